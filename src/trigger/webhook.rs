//! Webhooks: who may start which workflow from outside, and how often.
//!
//! | `verify` | the caller sends | a call that somebody has recorded |
//! |---|---|---|
//! | `hmac_sha256` | `X-Idflow-Signature: t=SECONDS,v1=HEX`: HMAC with SHA-256 of `SECONDS.BODY` | starts nothing: its time is signed, and within the window it is remembered |
//! | `hmac_sha256_body` | `X-Hub-Signature-256: sha256=HEX` (or `X-Idflow-Signature`): of the body alone | starts a run, unless it has an `Idempotency-Key` that is remembered |
//! | `token` | `Authorization: Bearer SECRET` | holds the secret |
//! | `basic` | `Authorization: Basic` with the user name `idflow` | holds the secret |
//! | `header` | the secret in a header of its own | holds the secret |
//!
//! Several `v1` may stand in one header, and the secret before the present one may stay good for a while, so that neither side
//! has to change it at the same moment as the other. What was called before is remembered in the commit that accepts the
//! run, so a call starts one run, whatever crashes.

pub mod limits;
pub mod proof;
pub mod verify;

use idflow_sdk::{Problem, Secret};
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::{
    limits::Limits,
    verify::{Presented, Proved, how_to_call, prove},
};
use crate::{
    contract::problem::Text,
    engine::{Engine, Refused, Request},
    model::hex::hex,
    model::{
        id::RunId,
        json::no_name_twice,
        run::Status,
        trigger::{HookCall, Trigger, TriggerKind},
        unread,
    },
    store::{
        Batch, StoreError, runs, webhook_calls,
        webhook_calls::Call,
        webhooks,
        webhooks::{Hook, RefusedCall},
    },
};

/// The longest body; what a run keeps of it must stay small.
pub const MOST_BYTES: usize = 64 << 10;
/// The longest window there is, in milliseconds: a signed time is remembered until it is over even if a longer window comes.
pub const MAX_WINDOW_MS: i64 = 3600 * 1000;
/// Runs of one workflow that wait to begin. With more of them nobody is helped by another one.
const MOST_QUEUED: usize = 50;
/// How many seconds later a call is worth another try when so many wait.
const QUEUE_SECS: u32 = 60;
/// The longest `Idempotency-Key`.
const MOST_NAME: usize = 255;
/// How long an `Idempotency-Key` is remembered.
const NAME_MS: i64 = 24 * 3600 * 1000;
/// How often a call is tried again when somebody else wrote at the same time.
const TRIES: usize = 16;

/// A call that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The run; unknown when the process ended between accepting it and writing its name down.
    pub run: Option<String>,
    /// Whether this call came before and has started nothing now.
    pub repeated: bool,
    /// How its address is answered.
    pub answer: Answer,
}

/// How the calls of an address are answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// How long the end of the run is waited for.
    pub wait: Option<std::time::Duration>,
    /// The status of a good answer.
    pub status: Option<u16>,
    /// Its body.
    pub reply: Option<String>,
}

impl Answer {
    fn of(hook: &Hook) -> Self {
        let wait = hook.wait_ms.map(std::time::Duration::from_millis);
        Self { wait, status: hook.status, reply: hook.reply.clone() }
    }
}

/// Why a call starts nothing.
#[derive(Debug, Clone)]
pub enum NotTaken {
    /// An unknown address or a wrong secret, in the same words, so that nobody can find out which addresses there are; or a
    /// call that could be an old one.
    Refused(Problem),
    /// What came along is wrong.
    Invalid(Problem),
    /// Its name belongs to another call.
    Conflict(Problem),
    /// It is too much at once.
    TooMany {
        /// So many seconds later it is taken.
        after_secs: u32,
        /// Of what there is too much.
        why: Problem,
    },
    /// The workflow or the store.
    Start(Refused),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Start(error.into())
    }
}

/// The calls that one process takes. How many came is in memory: a process that restarts begins anew.
#[derive(Debug, Default)]
pub struct Webhooks {
    limits: Limits,
}

/// The most bytes of query and headers that a run keeps.
const MOST_TOLD: usize = 8 << 10;
/// Headers that say how the call came here.
const NOT_TOLD: [&str; 3] = ["idempotency-key", "content-length", "connection"];
/// Words in the names of headers that prove who is calling, here or elsewhere: a run keeps none of them.
const PROOFS: [&str; 9] =
    ["authorization", "cookie", "signature", "token", "secret", "password", "api-key", "apikey", "csrf"];

/// The same, where they stand alone between hyphens and underscores.
const PROOF_PARTS: [&str; 10] =
    ["auth", "authentication", "sign", "sig", "hmac", "jwt", "session", "credential", "credentials", "passwd"];

/// Whether a header or a value of the query of this name may prove who is calling.
fn proves(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let key = || ["access-key", "access_key", "auth-key", "auth_key"].iter().any(|word| name.contains(word));
    PROOFS.iter().any(|word| name.contains(word))
        || key()
        || name.split(['-', '_', '.']).any(|part| PROOF_PARTS.contains(&part))
}

/// What steps can read of a call beside its body.
fn told(hook: &Hook, shown: Presented<'_>) -> Result<HookCall, NotTaken> {
    let tells = |name: &str| !NOT_TOLD.contains(&name) && !proves(name) && hook.header.as_deref() != Some(name);
    let call = HookCall {
        method: shown.method.into(),
        query: shown.query.iter().filter(|(name, _)| !proves(name)).cloned().collect(),
        headers: shown.headers.iter().filter(|(name, _)| tells(name)).cloned().collect(),
    };
    let length = |map: &std::collections::BTreeMap<String, String>| -> usize {
        map.iter().map(|(name, value)| name.len() + value.len()).sum()
    };
    if length(&call.query) + length(&call.headers) > MOST_TOLD {
        return Err(NotTaken::Invalid(Problem::new("hook_call_large").arg("most", (MOST_TOLD >> 10).to_string())));
    }
    Ok(call)
}

/// An address of an active workflow that somebody calls.
struct Address<'a> {
    engine: &'a Engine,
    limits: &'a Limits,
    path: &'a str,
    now: i64,
}

impl Webhooks {
    /// A call of a path that is unknown here: for another tenant, or for nobody.
    #[must_use]
    pub fn unknown(&self, now: i64) -> NotTaken {
        match self.limits.wrong(now) {
            Ok(()) => NotTaken::Refused(Problem::new("hook_refused")),
            Err(after_secs) => too_many(after_secs),
        }
    }

    /// A call from outside: starts the workflow when the caller shows what it must, once for each call. `secrets` are those
    /// of an address that are good now.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub async fn call(
        &self,
        engine: &Engine,
        path: &str,
        shown: Presented<'_>,
        body: &[u8],
        secrets: impl Fn(&Hook) -> Vec<Secret>,
    ) -> Result<Taken, NotTaken> {
        let core = engine.core();
        let now = core.clock.now_ms();
        let Some(hook) = webhooks::get(&*core.store, &core.tenant, path).await? else { return Err(self.unknown(now)) };
        let hook = hook.value;
        let secrets = secrets(&hook);
        let address = Address { engine, limits: &self.limits, path, now };
        if secrets.is_empty() {
            address.tell(&hook.workflow, "a webhook without a secret was called and refused");
            return Err(self.unknown(now));
        }
        let message = match prove(&hook, &secrets, shown, body, now) {
            Proved::Good(message) => message,
            Proved::No => {
                address.tell(&hook.workflow, "a webhook was called with a wrong secret");
                return Err(self.unknown(now));
            }
            Proved::Doubtful(why) => {
                address.tell(&hook.workflow, "a webhook was called in a way that could be repeated by somebody else");
                self.limits.wrong(now).map_err(too_many)?;
                let Text { zh, en } = how_to_call(&hook.verify, hook.header.as_deref().unwrap_or_default());
                let why = why.arg("call_zh", zh).arg("call_en", en);
                address.note_why(why.clone()).await;
                return Err(NotTaken::Refused(why));
            }
        };
        if !hook.methods.iter().any(|method| method == shown.method) {
            let why = Problem::new("hook_method").arg("method", shown.method).arg("methods", hook.methods.join(", "));
            address.note_why(why.clone()).await;
            return Err(NotTaken::Invalid(why));
        }
        let call = match hook.verify.as_str() {
            "token" | "basic" | "header" => Some(told(&hook, shown)?),
            // What nobody signed is given to no step.
            _ => None,
        };
        address.take(&hook, (message, shown.name), (body, call)).await
    }
}

/// By what a call is known again: its query and its body.
fn digest_of(called: Option<&HookCall>, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    if let Some(call) = called.filter(|call| !call.query.is_empty()) {
        digest.update(format!("{:?}\n", call.query));
    }
    digest.update(body);
    hex(&digest.finalize())
}

impl Address<'_> {
    /// A call of somebody who has the secret. `message`: what a signed call is remembered by.
    async fn take(
        &self,
        hook: &Hook,
        (message, name): (Option<String>, Option<&str>),
        (body, called): (&[u8], Option<HookCall>),
    ) -> Result<Taken, NotTaken> {
        let (core, now, path) = (self.engine.core(), self.now, self.path);
        let digest = digest_of(called.as_ref(), body);
        let name = match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) if name.len() > MOST_NAME => {
                return Err(NotTaken::Invalid(Problem::new("idempotency_key_long").arg("most", MOST_NAME.to_string())));
            }
            name => name.map(|name| hex(&Sha256::digest(format!("name\n{name}")))),
        };
        let body = if body.iter().all(u8::is_ascii_whitespace) {
            Value::Null
        } else {
            no_name_twice(body).and_then(|()| serde_json::from_slice(body)).map_err(|error| {
                let what = error.to_string();
                let refused = Problem::new("hook_body_not_json").arg("what_zh", unread::words(&what).0);
                NotTaken::Invalid(refused.arg("what_en", what))
            })?
        };
        let mut allowed = false;
        for _ in 0..TRIES {
            let mut along = Batch::default();
            let mut names = Vec::new();
            let mut known: Option<Call> = None;
            for (name, until) in [(&name, NAME_MS), (&message, hook.window_ms + MAX_WINDOW_MS)] {
                let Some(name) = name else { continue };
                let found = webhook_calls::find(&*core.store, &core.tenant, path, name).await?;
                if let Some(call) = found.as_ref().map(|found| &found.value).filter(|call| call.until >= now) {
                    known.get_or_insert(call.clone());
                    continue;
                }
                let call = Call { body: digest.clone(), run: None, until: now.saturating_add(until) };
                webhook_calls::put(&mut along, &core.tenant, (path, name), found.as_ref(), &call)?;
                names.push((name.as_str(), call));
            }
            if let Some(call) = known {
                if call.body != digest {
                    return Err(NotTaken::Conflict(Problem::new("idempotency_key_reused")));
                }
                // Signed anew under a known name. The name is not signed: without it this would be another call.
                if let Some(message) =
                    message.as_deref().filter(|message| names.iter().any(|(name, _)| name == message))
                {
                    let until = now.saturating_add(hook.window_ms + MAX_WINDOW_MS);
                    self.remember(message, Call { until, ..call.clone() }).await?;
                }
                self.limits.wrong(now).map_err(too_many)?;
                return Ok(Taken { run: call.run, repeated: true, answer: Answer::of(hook) });
            }
            if !std::mem::replace(&mut allowed, true) {
                self.limits.good((&core.tenant, path), now).map_err(too_many)?;
                self.has_room_for(&hook.workflow).await?;
            }
            if !names.is_empty() {
                webhook_calls::forget(&*core.store, &core.tenant, now, &mut along).await?;
            }
            let trigger = Trigger::new(TriggerKind::Webhook, format!("webhook {path}"), now);
            let trigger = Trigger { body: body.clone(), call: called.clone(), ..trigger };
            let request = Request { along, ..Request::new(&hook.workflow, trigger) };
            match self.engine.submit(request.clone()).await {
                Ok(run) => {
                    self.note_run(run, names).await;
                    return Ok(Taken { run: Some(run.to_string()), repeated: false, answer: Answer::of(hook) });
                }
                // The same call on another node, or another run of the workflow: it is looked at again.
                Err(Refused::Store(StoreError::Conflict)) => {}
                Err(refused) => {
                    self.note_refused(Request { along: Batch::default(), ..request }, &refused).await;
                    return Err(NotTaken::Start(refused));
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Tells in the log of a call that is refused, now and then.
    fn tell(&self, workflow: &str, what: &str) {
        if let Some(calls) = self.limits.tells((&self.engine.core().tenant, self.path), self.now) {
            tracing::warn!(path = self.path, workflow, calls, "{what}");
        }
    }

    /// Remembers a call that has started nothing itself. When somebody else was faster, it is remembered already.
    async fn remember(&self, name: &str, call: Call) -> Result<(), StoreError> {
        let core = self.engine.core();
        let found = webhook_calls::find(&*core.store, &core.tenant, self.path, name).await?;
        let mut batch = Batch::default();
        webhook_calls::put(&mut batch, &core.tenant, (self.path, name), found.as_ref(), &call)?;
        match core.store.commit(batch).await {
            Err(StoreError::Conflict) => Ok(()),
            done => done,
        }
    }

    /// Refuses another run where many wait already. Only the newest are looked at: they are the ones that wait.
    async fn has_room_for(&self, workflow: &str) -> Result<(), NotTaken> {
        let core = self.engine.core();
        let newest = runs::list(&*core.store, &core.tenant, Some(workflow), MOST_QUEUED).await?;
        if newest.len() < MOST_QUEUED || newest.iter().any(|run| run.status != Status::Queued) {
            return Ok(());
        }
        let why = Problem::new("runs_wait_already").arg("number", MOST_QUEUED.to_string()).arg("workflow", workflow);
        Err(NotTaken::TooMany { after_secs: QUEUE_SECS, why })
    }

    /// Writes down which run a call has started, for those who ask again.
    async fn note_run(&self, run: RunId, names: Vec<(&str, Call)>) {
        let (core, path) = (self.engine.core(), self.path);
        for (name, call) in names {
            let noted = async {
                let found = webhook_calls::find(&*core.store, &core.tenant, path, name).await?;
                let mut batch = Batch::default();
                let call = Call { run: Some(run.to_string()), ..call };
                webhook_calls::put(&mut batch, &core.tenant, (path, name), found.as_ref(), &call)?;
                core.store.commit(batch).await
            };
            if let Err(error) = noted.await {
                tracing::warn!(path, %run, %error, "whoever repeats this call is not told which run it has started");
            }
        }
    }

    /// A call of somebody with the right secret that starts nothing: the caller is told, and so is whoever looks at the
    /// address, or at the runs when the workflow itself is why.
    async fn note_refused(&self, request: Request, refused: &Refused) {
        if matches!(refused, Refused::Store(_)) {
            return;
        }
        let path = self.path;
        if let Some(calls) = self.limits.tells((&self.engine.core().tenant, path), self.now) {
            tracing::warn!(path, workflow = request.workflow, %refused, calls, "a webhook could not start a run");
        }
        if matches!(refused, Refused::Input(..) | Refused::Broken(..))
            && let Err(error) = self.engine.settle_refused(request, refused.problem()).await
        {
            tracing::warn!(path, %error, "that a webhook could not start a run is in this log only");
        }
        self.note_why(refused.problem()).await;
    }

    /// Notes at an address why its newest call started nothing.
    async fn note_why(&self, why: Problem) {
        let (core, path) = (self.engine.core(), self.path);
        let noted = async {
            let Some(found) = webhooks::get(&*core.store, &core.tenant, path).await? else { return Ok(()) };
            let mut hook = found.value.clone();
            hook.refused = Some(RefusedCall { at: self.now, why });
            let mut batch = Batch::default();
            webhooks::put(&mut batch, &core.tenant, Some(&found), &hook)?;
            core.store.commit(batch).await
        };
        if let Err(error) = noted.await
            && !matches!(error, StoreError::Conflict)
        {
            tracing::warn!(path, %error, "that a webhook could not start a run is in this log only");
        }
    }
}

fn too_many(after_secs: u32) -> NotTaken {
    NotTaken::TooMany { after_secs, why: Problem::new("too_many_calls") }
}
