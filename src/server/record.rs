//! What the audit is to know of a call: every write, what shows private values, and exports. A call that only looks leaves
//! nothing; one that was refused for want of a permission does.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode},
};
use serde_json::Value;

use crate::{
    app::{
        AppError, Caller,
        audit::{Begun, Deed, Recorder, Told, Trail},
        caller::Via,
    },
    contract::audit::AuditKind,
};

use super::body::{MOST_BODY, UPLOAD};

/// Operations that only look and give files.
const EXPORTS: [&str; 3] = ["export_run", "export_bundle", "backup_store"];

/// Operations that look at what is sent and keep nothing of it: an editor asks at every pause.
const LOOKS: [&str; 9] = [
    "preview_upload",
    "validate_text",
    "draw_text",
    "complete_text",
    "hover_text",
    "define_text",
    "edit_text",
    "mend_text",
    "preview_mapping",
];

/// A call that is under way.
pub struct Record {
    recorder: Arc<Recorder>,
    caller: Caller,
    deed: &'static str,
    about: Option<String>,
    asked: Option<Value>,
    kind: Option<AuditKind>,
    begun: Option<Begun>,
}

impl Record {
    /// Notes what a call asks for, and gives its caller a trail of its own; nothing where nobody keeps an audit. What `may` be
    /// done and changes something is noted on disk first.
    ///
    /// # Errors
    /// Those of the store: what cannot be noted is not done.
    pub async fn begin(
        deed: &'static str,
        path: &'static str,
        caller: &Caller,
        request: &mut Request,
        may: bool,
    ) -> Result<Option<Self>, AppError> {
        let Some(recorder) = request.extensions().get::<Arc<Recorder>>().cloned() else { return Ok(None) };
        let caller = Caller { trail: Trail::default(), ..caller.clone() };
        request.extensions_mut().insert(caller.clone());
        let writes = !matches!(*request.method(), Method::GET | Method::HEAD) && !LOOKS.contains(&deed);
        let kind = match writes {
            true => Some(AuditKind::Write),
            false => EXPORTS.contains(&deed).then_some(AuditKind::Export),
        };
        let about = about(path, request.uri().path());
        // A file is not read here; its handler tells what came.
        let asked = if deed == UPLOAD {
            None
        } else if writes {
            body_of(request).await
        } else {
            request.uri().query().map(Value::from)
        };
        let mut record = Self { recorder, caller, deed, about, asked, kind, begun: None };
        if let (Some(kind), true) = (kind, may) {
            let told = Told { about: record.about.clone(), after: record.asked.clone(), ..Told::default() };
            let begun =
                record.recorder.begin(&record.caller.tenant, record.deed_of(kind, "begun".into(), told)).await?;
            record.begun = Some(begun);
        }
        Ok(Some(record))
    }

    fn deed_of(&self, kind: AuditKind, outcome: String, mut told: Told) -> Deed {
        told.after = told.after.filter(|after| *after != Value::Null);
        let via = match &self.caller.via {
            Via::Local => "local".to_string(),
            Via::Session(id) => format!("session {id}"),
            Via::Token(id) => format!("token {id}"),
        };
        Deed {
            actor: self.caller.actor.clone(),
            via,
            address: self.caller.address.clone(),
            kind,
            deed: told.deed.unwrap_or(self.deed).into(),
            outcome,
            told,
        }
    }

    /// Whether something of what was asked for is kept, whatever is answered.
    pub fn has_kept(&self) -> bool {
        self.caller.trail.told().kept
    }

    /// Records it, now that its answer is known: with this status, and the code of the refusal.
    pub async fn end(self, status: StatusCode, code: Option<String>) -> Result<(), AppError> {
        let mut told = self.caller.trail.told();
        let kind = match self.kind {
            Some(kind) => kind,
            None if told.revealed => AuditKind::Reveal,
            None => return Ok(()),
        };
        // What was wrong or came too late changed nothing, unless it came in the middle. What failed here may have done a part.
        let failed = status.is_server_error();
        if !status.is_success() && status != StatusCode::FORBIDDEN && !failed && !told.kept {
            return match &self.begun {
                Some(begun) => self.recorder.forget(begun).await,
                None => Ok(()),
            };
        }
        told.about = told.about.or_else(|| self.about.clone());
        told.after = told.after.or_else(|| self.asked.clone());
        let outcome = if status.is_success() { "done".into() } else { code.unwrap_or_else(|| "refused".into()) };
        let deed = self.deed_of(kind, outcome, told);
        let told = match &self.begun {
            Some(begun) => self.recorder.settle(begun, deed).await,
            None => self.recorder.record(&self.caller.tenant, deed).await,
        };
        // The answer says already that something is wrong; the note of the beginning stays where it cannot be settled.
        if failed { Ok(()) } else { told }
    }
}

/// The part of an address that stands where its pattern has an id.
fn about(pattern: &str, path: &str) -> Option<String> {
    let place = pattern.split('/').position(|part| part == "{id}")?;
    // The address may still have `/api/v1` before what the table knows.
    let parts: Vec<&str> = path.split('/').collect();
    let before = parts.len().checked_sub(pattern.split('/').count())?;
    let part = parts.get(before + place)?;
    Some(super::auth::decoded(part)).filter(|id| !id.is_empty())
}

/// The body, which is whole already, as JSON.
async fn body_of(request: &mut Request) -> Option<Value> {
    let body = std::mem::take(request.body_mut());
    let bytes = to_bytes(body, MOST_BODY).await.ok()?;
    let value = serde_json::from_slice(&bytes).ok();
    *request.body_mut() = Body::from(bytes);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::clock::ManualClock,
        model::id::Tenant,
        store::{Store, audit, memory::MemoryStore},
    };

    #[tokio::test]
    async fn what_failed_stands_in_the_audit_and_what_was_wrong_does_not() {
        let store: Store = Arc::new(MemoryStore::default());
        let recorder = Arc::new(Recorder::new(store.clone(), Arc::new(ManualClock::at(1))));
        let caller = Caller::local(Tenant::default_tenant(), "wang.min");
        for (status, code, told) in [
            (StatusCode::UNPROCESSABLE_ENTITY, "body_invalid", None),
            (StatusCode::CONFLICT, "store_conflict", None),
            (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", Some("store_unavailable")),
            (StatusCode::FORBIDDEN, "not_permitted", Some("not_permitted")),
            (StatusCode::OK, "", Some("done")),
        ] {
            let mut request = Request::delete("/oidc").body(Body::from("{}")).unwrap();
            request.extensions_mut().insert(recorder.clone());
            let before = audit::before(&*store, &caller.tenant, None, 10).await.unwrap().len();
            let record = Record::begin("remove_oidc", "/oidc", &caller, &mut request, true).await.unwrap().unwrap();
            record.end(status, Some(code.into()).filter(|code: &String| !code.is_empty())).await.unwrap();
            let entries = audit::before(&*store, &caller.tenant, None, 10).await.unwrap();
            let outcome = entries.first().filter(|_| entries.len() > before).map(|entry| entry.outcome.as_str());
            assert_eq!(outcome, told, "{status}");
            assert!(audit::all_begun(&*store, &caller.tenant).await.unwrap().is_empty(), "{status}");
        }
    }

    #[test]
    fn ids_of_addresses() {
        let pattern = "/runs/{id}/approve";
        assert_eq!(about(pattern, "/runs/sync%231/approve").as_deref(), Some("sync#1"));
        assert_eq!(about(pattern, "/api/v1/runs/x/approve").as_deref(), Some("x"));
        assert_eq!(about("/runs", "/runs"), None);
        assert_eq!(about(pattern, "/x"), None);
    }
}
