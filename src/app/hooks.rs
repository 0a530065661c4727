//! Webhooks: who may start which workflow from outside.
//!
//! Whoever calls signs the body with the secret of the address (`X-Idflow-Signature: sha256=HEX`, HMAC with SHA-256; the
//! header that GitHub and others send is taken, too) or shows the secret itself (`Authorization: Bearer …`). The secret is
//! made here, shown once, and kept sealed.

use hmac::{Hmac, KeyInit, Mac};
use idflow_sdk::Secret;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{App, AppError, time, words};
use crate::{
    engine::{Refused, Request},
    model::{
        id::RunId,
        run::{Mode, Trigger},
    },
    reconcile::hash::hex,
    store::{
        Batch, StoreError, hooks,
        hooks::{Hook, RefusedCall},
    },
    workflow::compiled::Workflow,
};

/// The longest body; what a run keeps of it must stay small.
pub const MOST_BYTES: usize = 64 << 10;

/// What a caller shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// The signature, without `sha256=`.
    pub signature: Option<&'a str>,
    /// The token.
    pub token: Option<&'a str>,
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
                return Err(AppError::conflict(format!(
                    "E0604: the webhook path `{}` belongs to workflow `{}`",
                    webhook.path, old.value.workflow
                ))
                .hint("choose another `path`, or pause and change that workflow"));
            }
            let verify = webhook.verify.as_str().to_string();
            // A secret for signing is not one for showing: another way to verify begins without.
            let sealed = old.as_ref().filter(|old| old.value.verify == verify).and_then(|old| old.value.sealed.clone());
            let created = old.as_ref().map_or_else(|| self.now(), |old| old.value.created);
            let hook = Hook {
                path: webhook.path.clone(),
                workflow: workflow.id.clone(),
                verify,
                sealed,
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
    pub async fn hooks(&self, id: &str) -> Result<Value, AppError> {
        let hooks = hooks::all(&*self.store, &self.tenant).await?;
        Ok(hooks.iter().filter(|hook| hook.workflow == id).map(|hook| self.hook_view(hook)).collect())
    }

    fn hook_view(&self, hook: &Hook) -> Value {
        json!({
            "url": format!("/hooks/{}/{}", self.tenant.as_str(), hook.path),
            "path": hook.path,
            "workflow": hook.workflow,
            "verify": hook.verify,
            "has_secret": hook.sealed.is_some(),
            "call": how_to_call(&hook.verify),
            "refused": hook.refused.as_ref().map(|refused| {
                json!({"at": time(refused.at), "why": words::show(&refused.why)})
            }),
        })
    }

    /// Makes a new secret for an address of a workflow; it is shown this once.
    ///
    /// # Errors
    /// A path that the workflow does not have.
    pub async fn new_hook_secret(&self, id: &str, path: &str) -> Result<Value, AppError> {
        let found = hooks::get(&*self.store, &self.tenant, path).await?.filter(|hook| hook.value.workflow == id);
        let found = found.ok_or_else(|| {
            AppError::not_found(format!("workflow `{id}` has no active webhook `{path}`"))
                .hint("`on.webhook` names it; activate the workflow first")
        })?;
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| AppError::invalid(format!("no randomness: {error}")))?;
        let secret = hex(&bytes);
        let mut hook = found.value.clone();
        hook.sealed = Some(self.sealer.seal(&place(path), &Secret::new(secret.clone()))?);
        let mut batch = Batch::default();
        hooks::put(&mut batch, &self.tenant, Some(&found), &hook)?;
        self.store.commit(batch).await?;
        let mut view = self.hook_view(&hook);
        view["secret"] = secret.into();
        Ok(view)
    }

    /// A call from outside: starts the workflow when the caller shows what it must.
    ///
    /// # Errors
    /// [`Kind::Refused`](super::error::Kind) with the same words for unknown paths and wrong secrets, so that nobody can
    /// find out which paths there are.
    pub async fn call_hook(&self, tenant: &str, path: &str, shown: Shown<'_>, body: &[u8]) -> Result<RunId, AppError> {
        let refused = || AppError::refused("there is no such webhook, or the caller is not the one it belongs to");
        if tenant != self.tenant.as_str() {
            return Err(refused());
        }
        let Some(hook) = hooks::get(&*self.store, &self.tenant, path).await? else { return Err(refused()) };
        let hook = hook.value;
        let secret = hook.sealed.as_deref().and_then(|sealed| self.sealer.unseal(&place(path), sealed));
        let Some(secret) = secret else {
            tracing::warn!(path, workflow = hook.workflow, "a webhook without a secret was called and refused");
            return Err(refused());
        };
        let good = match hook.verify.as_str() {
            "hmac_sha256" => shown.signature.is_some_and(|signature| signed(secret.expose(), body, signature)),
            "token" => shown.token.is_some_and(|token| same(token, secret.expose())),
            _ => false,
        };
        if !good {
            tracing::warn!(path, workflow = hook.workflow, "a webhook was called with a wrong secret");
            return Err(refused());
        }
        let body = if body.iter().all(u8::is_ascii_whitespace) {
            Value::Null
        } else {
            serde_json::from_slice(body).map_err(|error| AppError::invalid(format!("the body is not JSON: {error}")))?
        };
        let request = Request {
            workflow: hook.workflow,
            mode: Mode::Apply,
            inputs: serde_json::Map::new(),
            trigger: Trigger {
                kind: "webhook".into(),
                due: None,
                fired: self.now(),
                actor: format!("webhook {path}"),
                parent: None,
                chain: Vec::new(),
                body,
            },
            approve: false,
            along: Batch::default(),
            retry_of: None,
            version: None,
        };
        match self.engine.submit(request.clone()).await {
            Ok(run) => Ok(run),
            Err(refused) => {
                self.note_refused(path, request, &refused).await;
                Err(refused.into())
            }
        }
    }

    /// A call of somebody with the right secret that starts nothing: the caller is told, and so is whoever looks at the
    /// address, or at the runs when the workflow itself is why.
    async fn note_refused(&self, path: &str, request: Request, refused: &Refused) {
        if matches!(refused, Refused::Store(_)) {
            return;
        }
        tracing::warn!(path, workflow = request.workflow, %refused, "a webhook could not start a run");
        let noted = async {
            if matches!(refused, Refused::Input(..) | Refused::Broken(..)) {
                self.engine.settle_refused(request, refused.problem()).await?;
            }
            let Some(found) = hooks::get(&*self.store, &self.tenant, path).await? else { return Ok(()) };
            let mut hook = found.value.clone();
            hook.refused = Some(RefusedCall { at: self.now(), why: refused.problem() });
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
        _ => "X-Idflow-Signature: sha256=HEX, HMAC-SHA256 of the body with the secret",
    }
}

fn place(path: &str) -> String {
    format!("hook/{path}")
}

/// Whether the signature (hex) is that of the body. The comparison takes the same time for all wrong ones.
fn signed(secret: &str, body: &[u8], signature: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(body);
    let wanted = hex(&mac.finalize().into_bytes());
    same(&signature.to_ascii_lowercase(), &wanted)
}

fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        // Test case 2 of RFC 4231.
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(signed("Jefe", b"what do ya want for nothing?", wanted));
        assert!(signed("Jefe", b"what do ya want for nothing?", &wanted.to_uppercase()));
        assert!(!signed("Jefe", b"what do ya want for nothing!", wanted));
        assert!(!signed("Jefe", b"what do ya want for nothing?", ""));
    }
}
