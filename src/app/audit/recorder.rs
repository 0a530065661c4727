//! What is recorded of a deed, and when?

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::trail::Told;
use crate::{
    app::{
        AppError, mask,
        process::{AT_WORK_MS, process},
        time,
    },
    contract::audit::AuditKind,
    engine::clock::Clock,
    model::hex::hex,
    model::id::{Tenant, new_ulid},
    store::{
        Store, StoreError,
        audit::{self, Entry},
        keys, tenants,
    },
};

/// The outcome of a deed whose process ended before it could tell.
pub const END_UNKNOWN: &str = "end_unknown";

/// How often an entry is tried again when another node wrote one at the same time.
const TRIES: usize = 64;

/// The longest text that is recorded as it is.
const MOST_TEXT: usize = 200;

/// The longest comment of a decision that is recorded as it is, in bytes: 500 characters, whatever they are.
const MOST_COMMENT: usize = 2000;

/// The longest JSON that is recorded.
const MOST_JSON: usize = 4 << 10;

/// What somebody says about a decision.
const COMMENT: &str = "comment";

/// Names of what is never recorded, also as the end of a name.
const SECRETS: [&str; 5] = ["password", "secret", "secrets", "token", "auth_code"];

/// One thing to record.
#[derive(Debug, Clone)]
pub struct Deed {
    /// Who.
    pub actor: String,
    /// How that was proved.
    pub via: String,
    /// From where.
    pub address: String,
    /// What sort of deed.
    pub kind: AuditKind,
    /// The operation.
    pub deed: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// What was told of it.
    pub told: Told,
}

/// Writes the audits of all tenants.
pub struct Recorder {
    store: Store,
    clock: Arc<dyn Clock>,
    /// One entry at a time: each needs the hash of the one before.
    turn: tokio::sync::Mutex<()>,
}

impl Recorder {
    /// Over this store, by this clock.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, turn: tokio::sync::Mutex::default() }
    }

    fn entry(&self, deed: Deed) -> Entry {
        let text = |value: Value| Some(value).filter(|value| !value.is_null()).map(|value| recorded(&value));
        Entry {
            time: self.clock.now_ms(),
            actor: deed.actor,
            via: deed.via,
            address: deed.address,
            kind: word(deed.kind).into(),
            deed: deed.deed,
            about: deed.told.about,
            outcome: deed.outcome,
            before: deed.told.before.and_then(text),
            after: deed.told.after.and_then(text),
            ..Entry::default()
        }
    }

    /// Notes a deed before it is done; that is on disk when this returns. Whoever begins one settles or forgets it.
    pub async fn begin(&self, tenant: &Tenant, deed: Deed) -> Result<Begun, AppError> {
        let entry = self.entry(deed);
        let begun = Begun { tenant: tenant.clone(), id: new_ulid(entry.time) };
        let process = process().to_string();
        audit::begin(&*self.store, tenant, &begun.id, &audit::Begun { process, entry }).await?;
        Ok(begun)
    }

    /// Records a deed that was begun; both are on disk when this returns.
    pub async fn settle(&self, begun: &Begun, deed: Deed) -> Result<(), AppError> {
        self.write(&begun.tenant, self.entry(deed), Some(&begun.id)).await
    }

    /// Forgets a deed that changed nothing.
    pub async fn forget(&self, begun: &Begun) -> Result<(), AppError> {
        Ok(audit::forget(&*self.store, &begun.tenant, &begun.id).await?)
    }

    /// Records a deed; it is on disk when this returns.
    pub async fn record(&self, tenant: &Tenant, deed: Deed) -> Result<(), AppError> {
        self.write(tenant, self.entry(deed), None).await
    }

    /// Forgets entries from before this time, the oldest first, and records that; says how many. The chain begins behind them
    /// then: its first entry still names the hash of the last one that went.
    pub async fn forget_before(&self, tenant: &Tenant, old: i64) -> Result<u64, AppError> {
        let _turn = self.turn.lock().await;
        let (mut forgotten, mut tries) = (0, TRIES);
        loop {
            let entry = self.entry(Deed {
                actor: "idflow".into(),
                via: "retention".into(),
                address: String::new(),
                kind: AuditKind::Write,
                deed: audit::FORGET.into(),
                outcome: "done".into(),
                told: Told::default(),
            });
            match audit::forget_before(&*self.store, tenant, old, entry).await {
                Ok(0) => return Ok(forgotten),
                Ok(number) => forgotten += number,
                Err(StoreError::Conflict) if tries > 0 => tries -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn write(&self, tenant: &Tenant, entry: Entry, begun: Option<&str>) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        let mut tries = TRIES;
        loop {
            match audit::append(&*self.store, tenant, entry.clone(), begun).await {
                Err(StoreError::Conflict) if tries > 0 => tries -= 1,
                done => return Ok(done.map(|_| ())?),
            }
        }
    }

    /// Writes entries of what other processes began and did not live to record; says how many. Where `shared`, they may be at
    /// work on another node, and are given some minutes.
    pub async fn recover(&self, shared: bool) -> Result<usize, AppError> {
        let mut written = 0;
        for tenant in tenants::with(&*self.store, keys::AUDIT).await? {
            for (id, begun) in audit::all_begun(&*self.store, &tenant).await? {
                let now = self.clock.now_ms();
                let at_work = shared && now.saturating_sub(begun.entry.time) < AT_WORK_MS;
                if begun.process == process() || at_work {
                    continue;
                }
                // The list is in the order of time, so the entry is of now and says when it was.
                let asked = begun.entry.after.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
                let after = json!({"began": time(begun.entry.time), "asked": asked});
                let entry =
                    Entry { time: now, outcome: END_UNKNOWN.into(), after: Some(after.to_string()), ..begun.entry };
                self.write(&tenant, entry, Some(&id)).await?;
                written += 1;
            }
        }
        Ok(written)
    }
}

/// A deed that is noted and under way.
#[derive(Debug)]
pub struct Begun {
    tenant: Tenant,
    id: String,
}

/// The word of a kind, as it is stored.
pub(super) const fn word(kind: AuditKind) -> &'static str {
    match kind {
        AuditKind::Write => "write",
        AuditKind::SignIn => "sign_in",
        AuditKind::Reveal => "reveal",
        AuditKind::Export => "export",
    }
}

/// JSON as it is recorded.
fn recorded(value: &Value) -> String {
    let value = masked(value);
    let text = value.to_string();
    if text.len() <= MOST_JSON {
        return text;
    }
    let mut short = json!({"bytes": text.len(), "sha256": digest(&text)});
    // However many it was decided about: why is what the audit is asked for.
    if let Some(comment) = value.get(COMMENT).filter(|comment| !comment.is_null()) {
        short[COMMENT] = comment.clone();
    }
    short.to_string()
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name == *secret || name.ends_with(&format!("_{secret}")))
}

/// The value without secrets and private values.
#[must_use]
pub fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > MOST_TEXT => {
            json!({"characters": text.chars().count(), "sha256": digest(text)})
        }
        Value::String(text) => mask::text(text).into(),
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), field(name, value))).collect(),
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    match value {
        value if is_secret(name) => hidden(value),
        Value::String(text) if name == COMMENT && text.len() <= MOST_COMMENT => mask::text(text).into(),
        value => masked(value),
    }
}

/// That something was given, and not what.
fn hidden(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Object(fields) => fields.keys().map(|name| (name.clone(), Value::from("***"))).collect(),
        _ => "***".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_or_private_is_recorded() {
        let given = json!({
            "name": "main", "secrets": {"app_secret": "s3cret"}, "password": "hunter2 hunter2", "old_password": null,
            "settings": {"corp_id": "ww1", "callback_token": "abc"}, "note": "call 13800138000",
            "text": "x".repeat(300),
        });
        let kept = masked(&given);
        let text = kept.to_string();
        for secret in ["s3cret", "hunter2", "abc", "13800138000", "xxxx"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(kept["secrets"]["app_secret"], "***");
        assert_eq!((&kept["old_password"], &kept["settings"]["corp_id"]), (&Value::Null, &json!("ww1")));
        assert_eq!(kept["text"]["characters"], 300);
    }
}
