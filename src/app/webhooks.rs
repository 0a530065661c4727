//! The addresses of webhooks: whose they are, and their secrets. What a call does is decided in [`crate::trigger::webhook`].
//!
//! A secret is made here, shown once, and kept sealed.

use idflow_sdk::Secret;

use super::{App, AppError, error::RefusalKind, problem_words, proof::random, run_view, time};
use crate::{
    contract::{
        page::{Page, Paging},
        run::Status,
        trigger as shown,
    },
    engine::Refused,
    model::run as model,
    store::{
        Batch, catalogue,
        catalogue::WorkflowState,
        runs, webhooks,
        webhooks::{Hook, RefusedCall},
    },
    trigger::webhook::{
        MAX_WINDOW_MS, NotTaken, Taken,
        verify::{Presented, how_to_call},
    },
    workflow::compiled::Workflow,
};

/// How long the secret before the present one may stay good.
const MOST_KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// How often a run that another node works on is looked at, and the pause between two looks.
const LOOK: std::time::Duration = std::time::Duration::from_millis(500);
const BREATH: std::time::Duration = std::time::Duration::from_millis(50);

impl App {
    /// Gives the paths of a workflow to it, and those it no longer names back.
    pub(super) async fn hold_hooks(&self, workflow: &Workflow, batch: &mut Batch) -> Result<(), AppError> {
        self.drop_hooks(&workflow.id, Some(workflow), batch).await?;
        for webhook in &workflow.webhooks {
            let old = webhooks::get(&*self.store, &self.tenant, &webhook.path).await?;
            if let Some(old) = &old
                && old.value.workflow != workflow.id
            {
                let error = AppError::conflict("hook_path_taken").arg("path", &webhook.path);
                return Err(error.arg("workflow", &old.value.workflow));
            }
            let verify = webhook.verify.as_str().to_string();
            // A secret for signing is not one for showing: another way to verify begins without. What is signed does not matter.
            let shows = |verify: &str| matches!(verify, "token" | "basic" | "header");
            let kept = old.as_ref().filter(|old| shows(&old.value.verify) == shows(&verify)).map(|old| &old.value);
            let created = old.as_ref().map_or_else(|| self.now(), |old| old.value.created);
            let hook = Hook {
                path: webhook.path.clone(),
                workflow: workflow.id.clone(),
                verify: verify.clone(),
                window_ms: i64::try_from(webhook.window.as_millis()).unwrap_or(MAX_WINDOW_MS),
                methods: webhook.methods.clone(),
                header: webhook.header.clone(),
                wait_ms: webhook.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
                status: webhook.status,
                reply: webhook.reply.clone(),
                sealed: kept.and_then(|old| old.sealed.clone()),
                before: kept.and_then(|old| old.before.clone()),
                older: kept.map(|old| old.older.clone()).unwrap_or_default(),
                created,
                refused: None,
            };
            webhooks::put(batch, &self.tenant, old.as_ref(), &hook)?;
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
        for hook in webhooks::all(&*self.store, &self.tenant).await? {
            let kept = keep.is_some_and(|workflow| workflow.webhooks.iter().any(|webhook| webhook.path == hook.path));
            if hook.workflow == id && !kept {
                webhooks::drop(batch, &self.tenant, &hook.path);
            }
        }
        Ok(())
    }

    /// The addresses of a workflow.
    ///
    /// # Errors
    /// There is no such workflow; the store.
    pub async fn hooks(&self, id: &str) -> Result<Vec<shown::Hook>, AppError> {
        if catalogue::workflow(&*self.store, &self.tenant, id).await?.is_none() {
            return Err(Refused::NoWorkflow(id.into()).into());
        }
        let hooks = webhooks::all(&*self.store, &self.tenant).await?;
        Ok(hooks.iter().filter(|hook| hook.workflow == id).map(|hook| self.hook_view(hook)).collect())
    }

    /// The same as a page.
    ///
    /// # Errors
    /// As [`App::hooks`]; a wrong limit or cursor.
    pub async fn hooks_page(&self, id: &str, wanted: &Paging) -> Result<Page<shown::Hook>, AppError> {
        super::paging::cut(self.hooks(id).await?, wanted.limit, wanted.cursor.as_deref())
    }

    fn hook_view(&self, hook: &Hook) -> shown::Hook {
        let refused =
            |refused: &RefusedCall| shown::RefusedCall { at: time(refused.at), why: problem_words::show(&refused.why) };
        let last = hook.former(self.now()).map(|before| before.until).max();
        shown::Hook {
            url: format!("/hooks/{}/{}", self.tenant.as_str(), hook.path),
            path: hook.path.clone(),
            workflow: hook.workflow.clone(),
            verify: hook.verify.clone(),
            has_secret: hook.sealed.is_some(),
            window_ms: (hook.verify == "hmac_sha256").then_some(hook.window_ms),
            old_secret_until: last.map(time),
            methods: hook.methods.clone(),
            wait_ms: hook.wait_ms,
            call: how_to_call(&hook.verify, hook.header.as_deref().unwrap_or_default()).en,
            refused: hook.refused.as_ref().map(refused),
            secret: None,
        }
    }

    /// Makes a new secret for an address of a workflow; it is shown this once. The one before stays good for `keep_old_ms`.
    ///
    /// # Errors
    /// A path that the workflow does not have, a time that is too long, too many earlier ones that are good still.
    pub async fn new_hook_secret(&self, id: &str, path: &str, keep_old_ms: i64) -> Result<shown::Hook, AppError> {
        if !(0..=MOST_KEPT_MS).contains(&keep_old_ms) {
            return Err(AppError::invalid("hook_secret_kept_too_long").field("keep_old_ms"));
        }
        let found = webhooks::get(&*self.store, &self.tenant, path).await?.filter(|hook| hook.value.workflow == id);
        let Some(found) = found else { return Err(self.no_hook(id, path).await?) };
        let secret = random(32);
        let mut hook = found.value.clone();
        let now = self.now();
        let sealed = self.sealer.seal(&seal_context(path), &Secret::new(secret.clone()))?;
        if !hook.replace_secret(sealed, now, now.saturating_add(keep_old_ms)) {
            return Err(AppError::conflict("hook_secrets_many").field("keep_old_ms"));
        }
        let mut batch = Batch::default();
        webhooks::put(&mut batch, &self.tenant, Some(&found), &hook)?;
        self.store.commit(batch).await?;
        let mut view = self.hook_view(&hook);
        view.secret = Some(secret);
        Ok(view)
    }

    /// That a workflow has no such address, with what it has.
    async fn no_hook(&self, id: &str, path: &str) -> Result<AppError, AppError> {
        let active = self.head(id).await?.value.state == WorkflowState::Active;
        let hooks = self.hooks(id).await?;
        let paths: Vec<&str> = hooks.iter().map(|hook| hook.path.as_str()).collect();
        let refused = match (active, paths.is_empty()) {
            (true, true) => AppError::not_found("hook_none"),
            (_, false) => AppError::not_found("hook_path_unknown").arg("paths", paths.join(", ")),
            (false, true) => AppError::not_found("hook_unknown"),
        };
        Ok(refused.arg("workflow", id).arg("path", path).field("path"))
    }

    /// A call from outside: starts the workflow when the caller shows what it must, once for each call.
    ///
    /// # Errors
    /// [`RefusalKind::Refused`] with the same words for unknown tenants and paths and wrong secrets, so that nobody can find out
    /// which there are; [`RefusalKind::TooMany`] when it is too much at once.
    pub async fn call_hook(
        &self,
        tenant: &str,
        path: &str,
        shown: Presented<'_>,
        body: &[u8],
    ) -> Result<Taken, AppError> {
        let webhooks = &self.all.webhooks;
        let Some(row) = self.known_tenant(tenant).await?.filter(|row| row.archived.is_none()) else {
            return Err(webhooks.unknown(self.now()).into());
        };
        let app = self.of(&row.id);
        Ok(webhooks.call(&app.engine, path, shown, body, |hook| app.secrets_of(hook)).await?)
    }

    /// How a run stands that a call has started, once it is over or this time has passed; nothing where nobody knows.
    pub async fn end_of_hook(&self, tenant: &str, run: &str, wait: std::time::Duration) -> Option<Status> {
        let (tenant, run) = (tenant.parse().ok()?, run.parse().ok()?);
        let app = self.of(&tenant);
        // Another node may work on it, so its header decides, and is looked at now and then.
        let until = tokio::time::Instant::now() + wait;
        loop {
            let _ = tokio::time::timeout_at(until.min(tokio::time::Instant::now() + LOOK), app.engine.wait(run)).await;
            let header = runs::get(&*app.store, &tenant, run).await.ok()??;
            let rests = header.status.is_end() || header.status == model::Status::Held;
            if rests || tokio::time::Instant::now() >= until {
                return Some(run_view::status(header.status));
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// The secrets that are good now.
    fn secrets_of(&self, hook: &Hook) -> Vec<Secret> {
        let former = hook.former(self.now()).map(|before| &before.sealed);
        let sealed = hook.sealed.iter().chain(former);
        sealed.filter_map(|sealed| self.sealer.unseal(&seal_context(&hook.path), sealed)).collect()
    }
}

impl From<NotTaken> for AppError {
    fn from(not: NotTaken) -> Self {
        match not {
            NotTaken::Refused(why) => Self::new(RefusalKind::Refused, why),
            NotTaken::Invalid(why) => Self::new(RefusalKind::Invalid, why),
            NotTaken::Conflict(why) => Self::new(RefusalKind::Conflict, why),
            NotTaken::TooMany { after_secs, why } => Self::new(RefusalKind::TooMany { after_secs }, why),
            NotTaken::Start(refused) => refused.into(),
        }
    }
}

pub(super) fn seal_context(path: &str) -> String {
    format!("hook/{path}")
}
