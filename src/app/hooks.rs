//! Webhooks: who may start which workflow from outside, and how often.
//!
//! | `verify` | the caller sends | a call that somebody has recorded |
//! |---|---|---|
//! | `hmac_sha256` | `X-Idflow-Signature: t=SECONDS,v1=HEX`: HMAC with SHA-256 of `SECONDS.BODY` | starts nothing: its time is signed, and within the window it is remembered |
//! | `hmac_sha256_body` | `X-Hub-Signature-256: sha256=HEX` (or `X-Idflow-Signature`): of the body alone | starts a run, unless it has an `Idempotency-Key` that is remembered |
//! | `token` | `Authorization: Bearer SECRET` | holds the secret |
//!
//! Several `v1` may stand in one header, and the secret before the present one may stay good for a while, so that neither side
//! has to change it at the same moment as the other. The secret is made here, shown once, and kept sealed.

use idflow_sdk::{Problem, Secret};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    App, AppError,
    proof::{random, same, sign},
    time, words,
};
use crate::{
    contract::trigger as shown,
    engine::{Refused, Request},
    model::{
        id::RunId,
        run::{Mode, Status, Trigger},
    },
    reconcile::hash::hex,
    store::{
        Batch, StoreError, hook_calls,
        hook_calls::Call,
        hooks,
        hooks::{Before, Hook, RefusedCall},
        runs,
    },
    workflow::compiled::Workflow,
};

/// The longest body; what a run keeps of it must stay small.
pub const MOST_BYTES: usize = 64 << 10;
/// Runs of one workflow that wait to begin. With more of them nobody is helped by another one.
const MOST_QUEUED: usize = 50;
/// How many seconds later a call is worth another try when so many wait.
const QUEUE_SECS: u32 = 60;
/// Signatures that are looked at in one header.
const MOST_SIGNATURES: usize = 5;
/// The longest header that is looked at, and the longest `Idempotency-Key`.
const MOST_HEADER: usize = 1024;
const MOST_NAME: usize = 255;
/// How long an `Idempotency-Key` is remembered.
const NAME_MS: i64 = 24 * 3600 * 1000;
/// The longest window there is: a signed time is remembered until it is over even if a longer window comes.
const MAX_WINDOW_MS: i64 = 3600 * 1000;
/// How long the secret before the present one may stay good.
const MOST_KEPT_MS: i64 = 7 * 24 * 3600 * 1000;
/// How often a call is tried again when somebody else wrote at the same time.
const TRIES: usize = 16;

/// What a caller shows, as it stands in the headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// `X-Idflow-Signature`, or `X-Hub-Signature-256` where that is missing.
    pub signature: Option<&'a str>,
    /// The token.
    pub token: Option<&'a str>,
    /// `Idempotency-Key`: the caller's own name for this call, the same when it is sent again.
    pub name: Option<&'a str>,
}

/// A call that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The run; unknown when the process ended between accepting it and writing its name down.
    pub run: Option<String>,
    /// Whether this call came before and has started nothing now.
    pub repeated: bool,
}

/// What the proof of a call says.
enum Proved {
    /// The caller has the secret, and means this moment; with what the call is remembered by.
    Good(Option<String>),
    /// The caller has the secret, but the call could be an old one.
    Doubtful(Problem),
    /// Somebody else.
    No,
}

impl App {
    /// Gives the paths of a workflow to it, and those it no longer names back.
    pub(super) async fn hold_hooks(&self, workflow: &Workflow, batch: &mut Batch) -> Result<(), AppError> {
        self.drop_hooks(&workflow.id, Some(workflow), batch).await?;
        for webhook in &workflow.webhooks {
            let old = hooks::get(&*self.store, &self.tenant, &webhook.path).await?;
            if let Some(old) = &old
                && old.value.workflow != workflow.id
            {
                let error = AppError::conflict("hook_path_taken").arg("path", &webhook.path);
                return Err(error.arg("workflow", &old.value.workflow));
            }
            let verify = webhook.verify.as_str().to_string();
            // A secret for signing is not one for showing: another way to verify begins without. What is signed does not matter.
            let shows = |verify: &str| verify == "token";
            let kept = old.as_ref().filter(|old| shows(&old.value.verify) == shows(&verify)).map(|old| &old.value);
            let created = old.as_ref().map_or_else(|| self.now(), |old| old.value.created);
            let hook = Hook {
                path: webhook.path.clone(),
                workflow: workflow.id.clone(),
                verify: verify.clone(),
                window_ms: i64::try_from(webhook.window.as_millis()).unwrap_or(MAX_WINDOW_MS),
                sealed: kept.and_then(|old| old.sealed.clone()),
                before: kept.and_then(|old| old.before.clone()),
                created,
                refused: None,
            };
            hooks::put(batch, &self.tenant, old.as_ref(), &hook)?;
        }
        Ok(())
    }

    /// Gives the paths of a workflow back, but for those that this version names.
    pub(super) async fn drop_hooks(
        &self,
        id: &str,
        keep: Option<&Workflow>,
        batch: &mut Batch,
    ) -> Result<(), AppError> {
        for hook in hooks::all(&*self.store, &self.tenant).await? {
            let kept = keep.is_some_and(|workflow| workflow.webhooks.iter().any(|webhook| webhook.path == hook.path));
            if hook.workflow == id && !kept {
                hooks::drop(batch, &self.tenant, &hook.path);
            }
        }
        Ok(())
    }

    /// The addresses of a workflow.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn hooks(&self, id: &str) -> Result<Vec<shown::Hook>, AppError> {
        let hooks = hooks::all(&*self.store, &self.tenant).await?;
        Ok(hooks.iter().filter(|hook| hook.workflow == id).map(|hook| self.hook_view(hook)).collect())
    }

    fn hook_view(&self, hook: &Hook) -> shown::Hook {
        let refused =
            |refused: &RefusedCall| shown::RefusedCall { at: time(refused.at), why: words::show(&refused.why) };
        let before = hook.before.as_ref().filter(|before| before.until > self.now());
        shown::Hook {
            url: format!("/hooks/{}/{}", self.tenant.as_str(), hook.path),
            path: hook.path.clone(),
            workflow: hook.workflow.clone(),
            verify: hook.verify.clone(),
            has_secret: hook.sealed.is_some(),
            window_ms: (hook.verify == "hmac_sha256").then_some(hook.window_ms),
            old_secret_until: before.map(|before| time(before.until)),
            call: how_to_call(&hook.verify).into(),
            refused: hook.refused.as_ref().map(refused),
            secret: None,
        }
    }

    /// Makes a new secret for an address of a workflow; it is shown this once. The one before stays good for `keep_old_ms`.
    ///
    /// # Errors
    /// A path that the workflow does not have, a time that is too long.
    pub async fn new_hook_secret(&self, id: &str, path: &str, keep_old_ms: i64) -> Result<shown::Hook, AppError> {
        if !(0..=MOST_KEPT_MS).contains(&keep_old_ms) {
            return Err(AppError::invalid("hook_secret_kept_too_long").field("keep_old_ms"));
        }
        let found = hooks::get(&*self.store, &self.tenant, path).await?.filter(|hook| hook.value.workflow == id);
        let unknown = || AppError::not_found("hook_unknown").arg("workflow", id).arg("path", path).field("path");
        let found = found.ok_or_else(unknown)?;
        let secret = random(32);
        let mut hook = found.value.clone();
        let until = self.now().saturating_add(keep_old_ms);
        hook.before = hook.sealed.take().filter(|_| keep_old_ms > 0).map(|sealed| Before { sealed, until });
        hook.sealed = Some(self.sealer.seal(&place(path), &Secret::new(secret.clone()))?);
        let mut batch = Batch::default();
        hooks::put(&mut batch, &self.tenant, Some(&found), &hook)?;
        self.store.commit(batch).await?;
        let mut view = self.hook_view(&hook);
        view.secret = Some(secret);
        Ok(view)
    }

    /// A call from outside: starts the workflow when the caller shows what it must, once for each call.
    ///
    /// # Errors
    /// [`Kind::Refused`](super::error::Kind) with the same words for unknown paths and wrong secrets, so that nobody can
    /// find out which paths there are; [`Kind::TooMany`](super::error::Kind) when it is too much at once.
    pub async fn call_hook(&self, tenant: &str, path: &str, shown: Shown<'_>, body: &[u8]) -> Result<Taken, AppError> {
        let now = self.now();
        let refused = || match self.hook_limits.wrong(now) {
            Ok(()) => AppError::refused("hook_refused"),
            Err(after) => too_many(after),
        };
        if tenant != self.tenant.as_str() {
            return Err(refused());
        }
        let Some(hook) = hooks::get(&*self.store, &self.tenant, path).await? else { return Err(refused()) };
        let hook = hook.value;
        let secrets = self.secrets_of(&hook, now);
        let tell = |what: &str| {
            if let Some(calls) = self.hook_limits.tells(path, now) {
                tracing::warn!(path, workflow = hook.workflow, calls, "{what}");
            }
        };
        if secrets.is_empty() {
            tell("a webhook without a secret was called and refused");
            return Err(refused());
        }
        let message = match prove(&hook, &secrets, shown, body, now) {
            Proved::Good(message) => message,
            Proved::No => {
                tell("a webhook was called with a wrong secret");
                return Err(refused());
            }
            Proved::Doubtful(why) => {
                tell("a webhook was called in a way that could be repeated by somebody else");
                self.hook_limits.wrong(now).map_err(too_many)?;
                let why = why.arg("call", how_to_call(&hook.verify));
                self.note_why(path, why.clone()).await;
                return Err(AppError::new(super::error::Kind::Refused, why));
            }
        };
        let digest = hex(&Sha256::digest(body));
        let name = match shown.name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) if name.len() > MOST_NAME => {
                return Err(AppError::invalid("idempotency_key_long").arg("most", MOST_NAME.to_string()));
            }
            name => name.map(|name| hex(&Sha256::digest(format!("name\n{name}")))),
        };
        let body = if body.iter().all(u8::is_ascii_whitespace) {
            Value::Null
        } else {
            serde_json::from_slice(body)
                .map_err(|error| AppError::invalid("hook_body_not_json").arg("what", error.to_string()))?
        };
        let mut allowed = false;
        for _ in 0..TRIES {
            let mut along = Batch::default();
            let mut names = Vec::new();
            let mut known: Option<Call> = None;
            for (name, until) in [(&name, NAME_MS), (&message, hook.window_ms + MAX_WINDOW_MS)] {
                let Some(name) = name else { continue };
                let found = hook_calls::find(&*self.store, &self.tenant, path, name).await?;
                if let Some(call) = found.as_ref().map(|found| &found.value).filter(|call| call.until >= now) {
                    known.get_or_insert(call.clone());
                    continue;
                }
                let call = Call { body: digest.clone(), run: None, until: now.saturating_add(until) };
                hook_calls::put(&mut along, &self.tenant, (path, name), found.as_ref(), &call)?;
                names.push((name.as_str(), call));
            }
            if let Some(call) = known {
                if call.body != digest {
                    return Err(AppError::conflict("idempotency_key_reused"));
                }
                // Signed anew under a known name. The name is not signed: without it this would be another call.
                if let Some(message) =
                    message.as_deref().filter(|message| names.iter().any(|(name, _)| name == message))
                {
                    let until = now.saturating_add(hook.window_ms + MAX_WINDOW_MS);
                    self.remember(path, message, Call { until, ..call.clone() }).await?;
                }
                self.hook_limits.wrong(now).map_err(too_many)?;
                return Ok(Taken { run: call.run, repeated: true });
            }
            if !std::mem::replace(&mut allowed, true) {
                self.hook_limits.good(path, now).map_err(too_many)?;
                self.has_room_for(&hook.workflow).await?;
            }
            if !names.is_empty() {
                hook_calls::forget(&*self.store, &self.tenant, now, &mut along).await?;
            }
            let request = request(&hook.workflow, path, now, body.clone(), along);
            match self.engine.submit(request.clone()).await {
                Ok(run) => {
                    self.note_run(path, run, names).await;
                    return Ok(Taken { run: Some(run.to_string()), repeated: false });
                }
                // The same call on another node, or another run of the workflow: it is looked at again.
                Err(Refused::Store(StoreError::Conflict)) => {}
                Err(refused) => {
                    self.note_refused(path, Request { along: Batch::default(), ..request }, &refused).await;
                    return Err(refused.into());
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Remembers a call that has started nothing itself. When somebody else was faster, it is remembered already.
    async fn remember(&self, path: &str, name: &str, call: Call) -> Result<(), AppError> {
        let found = hook_calls::find(&*self.store, &self.tenant, path, name).await?;
        let mut batch = Batch::default();
        hook_calls::put(&mut batch, &self.tenant, (path, name), found.as_ref(), &call)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => Ok(()),
            done => Ok(done?),
        }
    }

    /// The secrets that are good now.
    fn secrets_of(&self, hook: &Hook, now: i64) -> Vec<Secret> {
        let before = hook.before.as_ref().filter(|before| before.until > now).map(|before| &before.sealed);
        let sealed = hook.sealed.iter().chain(before);
        sealed.filter_map(|sealed| self.sealer.unseal(&place(&hook.path), sealed)).collect()
    }

    /// Refuses another run where many wait already. Only the newest are looked at: they are the ones that wait.
    async fn has_room_for(&self, workflow: &str) -> Result<(), AppError> {
        let newest = runs::list(&*self.store, &self.tenant, Some(workflow), MOST_QUEUED).await?;
        if newest.len() < MOST_QUEUED || newest.iter().any(|run| run.status != Status::Queued) {
            return Ok(());
        }
        let error = AppError::too_many(QUEUE_SECS, "runs_wait_already").arg("number", MOST_QUEUED.to_string());
        Err(error.arg("workflow", workflow))
    }

    /// Writes down which run a call has started, for those who ask again.
    async fn note_run(&self, path: &str, run: RunId, names: Vec<(&str, Call)>) {
        for (name, call) in names {
            let noted = async {
                let found = hook_calls::find(&*self.store, &self.tenant, path, name).await?;
                let mut batch = Batch::default();
                let call = Call { run: Some(run.to_string()), ..call };
                hook_calls::put(&mut batch, &self.tenant, (path, name), found.as_ref(), &call)?;
                self.store.commit(batch).await
            };
            if let Err(error) = noted.await {
                tracing::warn!(path, %run, %error, "whoever repeats this call is not told which run it has started");
            }
        }
    }

    /// A call of somebody with the right secret that starts nothing: the caller is told, and so is whoever looks at the
    /// address, or at the runs when the workflow itself is why.
    async fn note_refused(&self, path: &str, request: Request, refused: &Refused) {
        if matches!(refused, Refused::Store(_)) {
            return;
        }
        if let Some(calls) = self.hook_limits.tells(path, self.now()) {
            tracing::warn!(path, workflow = request.workflow, %refused, calls, "a webhook could not start a run");
        }
        if matches!(refused, Refused::Input(..) | Refused::Broken(..))
            && let Err(error) = self.engine.settle_refused(request, refused.problem()).await
        {
            tracing::warn!(path, %error, "that a webhook could not start a run is in this log only");
        }
        self.note_why(path, refused.problem()).await;
    }

    /// Notes at an address why its newest call started nothing.
    async fn note_why(&self, path: &str, why: Problem) {
        let noted = async {
            let Some(found) = hooks::get(&*self.store, &self.tenant, path).await? else { return Ok(()) };
            let mut hook = found.value.clone();
            hook.refused = Some(RefusedCall { at: self.now(), why });
            let mut batch = Batch::default();
            hooks::put(&mut batch, &self.tenant, Some(&found), &hook)?;
            self.store.commit(batch).await
        };
        if let Err(error) = noted.await
            && !matches!(error, StoreError::Conflict)
        {
            tracing::warn!(path, %error, "that a webhook could not start a run is in this log only");
        }
    }
}

/// Which header carries what, for the caller.
fn how_to_call(verify: &str) -> &'static str {
    match verify {
        "token" => "Authorization: Bearer SECRET",
        "hmac_sha256_body" => "X-Idflow-Signature: sha256=HEX, HMAC-SHA256 of the body with the secret",
        _ => {
            "X-Idflow-Signature: t=SECONDS,v1=HEX, HMAC-SHA256 of `SECONDS.BODY` with the secret; SECONDS is the time since 1970"
        }
    }
}

fn place(path: &str) -> String {
    format!("hook/{path}")
}

fn too_many(after_secs: u32) -> AppError {
    AppError::too_many(after_secs, "too_many_calls")
}

fn request(workflow: &str, path: &str, now: i64, body: Value, along: Batch) -> Request {
    Request {
        workflow: workflow.into(),
        mode: Mode::Apply,
        inputs: serde_json::Map::new(),
        trigger: Trigger {
            kind: "webhook".into(),
            due: None,
            fired: now,
            actor: format!("webhook {path}"),
            parent: None,
            chain: Vec::new(),
            body,
        },
        approve: false,
        along,
        retry_of: None,
        version: None,
    }
}

/// What a call proves.
fn prove(hook: &Hook, secrets: &[Secret], shown: Shown<'_>, body: &[u8], now: i64) -> Proved {
    let header = shown.signature.filter(|header| header.len() <= MOST_HEADER);
    // All secrets and signatures are looked at, whichever of them fits.
    let signed = |given: &[&str], parts: &[&[u8]]| {
        let wanted = secrets.iter().map(|secret| sign(secret.expose().as_bytes(), parts));
        wanted.fold(false, |good, wanted| {
            given.iter().fold(good, |good, given| same(&given.to_ascii_lowercase(), &wanted) | good)
        })
    };
    let alone = || header.map(|header| header.trim().strip_prefix("sha256=").unwrap_or(header.trim()));
    match hook.verify.as_str() {
        "token" => {
            let token = shown.token.unwrap_or_default();
            let good = secrets.iter().fold(false, |good, secret| same(token, secret.expose()) | good);
            if good { Proved::Good(None) } else { Proved::No }
        }
        "hmac_sha256_body" => {
            if alone().is_some_and(|given| signed(&[given], &[body])) {
                Proved::Good(None)
            } else {
                Proved::No
            }
        }
        "hmac_sha256" => match header.and_then(timed) {
            Some((seconds, given)) => {
                if !signed(&given, &[seconds.as_bytes(), b".", body]) {
                    return Proved::No;
                }
                let time_ms = seconds.parse::<i64>().unwrap_or(0).saturating_mul(1000);
                let apart = time_ms.abs_diff(now);
                if apart > hook.window_ms.unsigned_abs() {
                    let old = Problem::new("hook_call_old").arg("apart", (apart / 1000).to_string());
                    return Proved::Doubtful(old.arg("most", (hook.window_ms / 1000).to_string()));
                }
                let mut message = Sha256::new();
                message.update(format!("message\n{seconds}\n"));
                message.update(body);
                Proved::Good(Some(hex(&message.finalize())))
            }
            None if alone().is_some_and(|given| signed(&[given], &[body])) => {
                Proved::Doubtful(Problem::new("hook_time_unsigned"))
            }
            None => Proved::No,
        },
        _ => Proved::No,
    }
}

/// The parts of `t=SECONDS,v1=HEX,v1=HEX`. What has other names is for other versions.
fn timed(header: &str) -> Option<(&str, Vec<&str>)> {
    let mut seconds = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", value) if seconds.is_none() => seconds = Some(value),
            ("t", _) => return None,
            ("v1", value) if signatures.len() < MOST_SIGNATURES => signatures.push(value),
            _ => {}
        }
    }
    let seconds = seconds.filter(|text| (1..=12).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()))?;
    (!signatures.is_empty()).then_some((seconds, signatures))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_336_000_000;

    fn hook(verify: &str) -> Hook {
        Hook {
            path: "p".into(),
            workflow: "w".into(),
            verify: verify.into(),
            window_ms: 300_000,
            sealed: None,
            before: None,
            created: 0,
            refused: None,
        }
    }

    fn proved(verify: &str, signature: &str, body: &[u8]) -> &'static str {
        let secrets = [Secret::new("new".into()), Secret::new("old".into())];
        let shown = Shown { signature: Some(signature), ..Shown::default() };
        match prove(&hook(verify), &secrets, shown, body, NOW) {
            Proved::Good(Some(_)) => "once",
            Proved::Good(None) => "good",
            Proved::Doubtful(_) => "doubtful",
            Proved::No => "no",
        }
    }

    #[test]
    fn time_and_body_are_signed() {
        let of =
            |secret: &str, seconds: i64, body: &str| sign(secret.as_bytes(), &[format!("{seconds}.{body}").as_bytes()]);
        let now = NOW / 1000;
        let good = of("new", now, "{}");
        for (signature, wanted) in [
            (format!("t={now},v1={good}"), "once"),
            (format!(" v1={} , t={now}", good.to_uppercase()), "once"),
            (format!("t={now},v0=x,v1={},v1={good}", "0".repeat(64)), "once"),
            (format!("t={now},v1={}", of("old", now, "{}")), "once"),
            (format!("t={},v1={}", now - 300, of("new", now - 300, "{}")), "once"),
            (format!("t={},v1={}", now + 300, of("new", now + 300, "{}")), "once"),
            (format!("t={},v1={}", now - 301, of("new", now - 301, "{}")), "doubtful"),
            (format!("t={},v1={}", now + 301, of("new", now + 301, "{}")), "doubtful"),
            (format!("t={},v1={good}", now + 1), "no"),
            (format!("t={now},t={now},v1={good}"), "no"),
            (format!("t={now},v1="), "no"),
            (format!("t=,v1={good}"), "no"),
            (format!("t=-{now},v1={good}"), "no"),
            (format!("v1={good}"), "no"),
            (format!("t={now},v1={}", of("other", now, "{}")), "no"),
            (format!("sha256={}", sign(b"new", &[b"{}"])), "doubtful"),
            (sign(b"new", &[b"{}"]), "doubtful"),
            (format!("sha256={}", sign(b"other", &[b"{}"])), "no"),
            (String::new(), "no"),
        ] {
            assert_eq!(proved("hmac_sha256", &signature, b"{}"), wanted, "{signature}");
        }
        let many = format!("t={now}{},v1={good}", ",v1=00".repeat(MOST_SIGNATURES));
        assert_eq!(proved("hmac_sha256", &many, b"{}"), "no", "no end of signatures to try");
    }

    #[test]
    fn a_body_alone_is_good_where_the_workflow_says_so() {
        let good = sign(b"new", &[b"{}"]);
        assert_eq!(proved("hmac_sha256_body", &format!("sha256={good}"), b"{}"), "good");
        assert_eq!(proved("hmac_sha256_body", &format!("sha256={good}"), b"{} "), "no");
        assert_eq!(proved("token", &format!("sha256={good}"), b"{}"), "no");
        assert_eq!(proved("something new", &format!("sha256={good}"), b"{}"), "no");
    }
}
