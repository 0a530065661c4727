//! The audit: what is told of each write, sign-in, reveal and export, and how it is read back.
//!
//! Deeds are told where they pass through: the table of operations records each write after it was done and before it is
//! answered, so no handler can forget it. A handler only adds what it alone knows: the id of what was made, and how it was
//! before ([`Trail`]).
//!
//! A write is noted before it is done, and the note goes in the commit of its entry. What a process left behind that ended in
//! between gets an entry that says so ([`END_UNKNOWN`]), so no deed is missing, whenever somebody pulls the plug.
//!
//! What is recorded is masked first: secrets are left out, private values hidden, long texts told by their length and hash.

use super::{AppError, Desk, paging, time};
use crate::{
    contract::{
        audit::{AuditEntry, AuditFault, AuditFaultKind, AuditFilter, AuditKind, AuditVerdict},
        page::Page,
    },
    store::audit::{self, Entry, Fault},
};

mod around;
mod recorder;
mod trail;

pub use recorder::{Begun, Deed, END_UNKNOWN, Recorder, masked};
pub use trail::{Told, Trail};

use recorder::word;

/// Entries that are looked at for one page: a filter that nothing fits must not read everything at once.
const MOST_READ: usize = 5_000;

fn view(entry: Entry) -> AuditEntry {
    let read = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    AuditEntry {
        no: entry.no,
        time: time(entry.time),
        actor: entry.actor,
        via: entry.via,
        address: entry.address,
        kind: kind(&entry.kind).unwrap_or(AuditKind::Write),
        deed: entry.deed,
        about: entry.about,
        outcome: entry.outcome,
        before: read(entry.before),
        after: read(entry.after),
        hash: entry.hash,
    }
}

fn kind(text: &str) -> Option<AuditKind> {
    [AuditKind::Write, AuditKind::SignIn, AuditKind::Reveal, AuditKind::Export]
        .into_iter()
        .find(|kind| word(*kind) == text)
}

impl Desk<'_> {
    /// Entries, the newest first.
    ///
    /// # Errors
    /// A wrong filter or cursor, the store.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Page<AuditEntry>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let (since, until) =
            (self.time_of(filter.since.as_deref(), "since")?, self.time_of(filter.until.as_deref(), "until")?);
        if let Some(given) = filter.kind.as_deref().filter(|given| kind(given).is_none()) {
            return Err(AppError::invalid("audit_kind_unknown").arg("word", given).field("kind"));
        }
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        let mut from = paging::number::<u64>(filter.cursor.as_deref())?;
        let (mut items, mut read) = (Vec::new(), 0);
        while items.len() <= limit && read < MOST_READ {
            let entries = audit::before(&*self.store, &self.caller.tenant, from, 500).await?;
            let Some(last) = entries.last() else { return Ok(Page { items, next: None, total: None }) };
            from = Some(last.no);
            read += entries.len();
            for entry in entries {
                if since.is_some_and(|since| entry.time < since) {
                    return Ok(cut(items, limit, None));
                }
                if until.is_none_or(|until| entry.time < until)
                    && fits(&filter.actor, &entry.actor)
                    && fits(&filter.deed, &entry.deed)
                    && fits(&filter.kind, &entry.kind)
                    && filter.about.as_deref().is_none_or(|about| entry.about.as_deref() == Some(about))
                {
                    items.push(view(entry));
                }
            }
        }
        Ok(cut(items, limit, from))
    }

    /// Looks at the whole audit.
    pub async fn verify_audit(&self) -> Result<AuditVerdict, AppError> {
        let verdict = audit::verify(&*self.store, &self.caller.tenant).await?;
        let (newest, hash) = verdict.head.map_or((0, String::new()), |head| (head.no, head.hash));
        let fault = |(no, fault)| {
            let kind = match fault {
                Fault::Changed => AuditFaultKind::Changed,
                Fault::Missing => AuditFaultKind::Missing,
                Fault::Moved => AuditFaultKind::Moved,
                Fault::Unreadable => AuditFaultKind::Unreadable,
            };
            AuditFault { no, kind }
        };
        let faults: Vec<AuditFault> = verdict.faults.into_iter().map(fault).collect();
        Ok(AuditVerdict { ok: faults.is_empty(), entries: verdict.entries, newest, hash, faults })
    }
}

/// A page of what was found; `read` is the number before which the next look begins, when this one found too little.
fn cut(mut items: Vec<AuditEntry>, limit: usize, read: Option<u64>) -> Page<AuditEntry> {
    let next = if items.len() > limit {
        items.truncate(limit);
        items.last().map(|entry| entry.no)
    } else {
        read
    };
    Page { items, next: next.map(|no| no.to_string()), total: None }
}
