//! Who may approve what: the roles that `approval.by` names, and four eyes (`approval.not`): whoever started a run, or edited
//! the workflow that it carries out, does not decide about it.
//!
//! People are told apart by the names that the run log shows. Whoever holds the key of the data folder chooses that name
//! freely and owns everything anyway; four eyes bind those who sign in.

use super::{AppError, Desk, caller::Permission};
use crate::{
    engine::Connect,
    model::{definition::FourEyes, run::Run},
    store::catalogue,
    workflow::compiled::Step,
};

/// Who had to do with what is to be approved.
#[derive(Debug, Clone, Default)]
pub(super) struct Involved {
    /// Who started the run.
    pub starter: Option<String>,
    /// Who saved the version of the workflow.
    pub editor: Option<String>,
}

/// The longest comment of a decision, in characters.
const MOST_COMMENT: usize = 500;

/// Why somebody decided so, as it is kept: nothing where nothing was said.
///
/// # Errors
/// A comment that is too long.
pub(super) fn comment(given: Option<&str>) -> Result<Option<String>, AppError> {
    let comment = given.map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.chars().count() > MOST_COMMENT) {
        return Err(AppError::invalid("note_too_long").arg("most", MOST_COMMENT.to_string()).field("comment"));
    }
    Ok(comment.map(ToString::to_string))
}

impl Desk<'_> {
    /// Who had to do with a run.
    pub(super) async fn involved(&self, run: &Run) -> Result<Involved, AppError> {
        let editor = self.editor_of(&run.workflow, run.version).await?;
        Ok(Involved { starter: Some(run.trigger.actor.clone()), editor })
    }

    /// Who saved a version; nobody knows of one that an earlier idflow saved.
    pub(super) async fn editor_of(&self, workflow: &str, version: u64) -> Result<Option<String>, AppError> {
        let version = catalogue::version(&*self.store, &self.tenant, workflow, version).await?;
        Ok(version.and_then(|version| version.by))
    }

    /// Refuses whoever is not among those that may decide about a step, or had to do with it.
    pub(super) fn may_approve(&self, step: &Step, involved: &Involved) -> Result<(), AppError> {
        let Some(approval) = step.approval() else { return Ok(()) };
        if !self.caller.is_among(&approval.by) {
            let refused = AppError::refused("approver_not_named").arg("step", &step.id);
            return Err(refused.arg("by", approval.by.join(", ")));
        }
        for other in &approval.not {
            let (who, refused) = match other {
                FourEyes::Starter => (&involved.starter, AppError::refused("four_eyes_starter")),
                FourEyes::Editor => (&involved.editor, AppError::refused("four_eyes_editor")),
            };
            if who.as_deref() == Some(&self.caller.actor) {
                return Err(refused.arg("step", &step.id).arg("who", &self.caller.actor));
            }
        }
        Ok(())
    }

    /// Refuses to start something that counts as approved to whoever might not approve it later. Gives the version that was
    /// looked at for that.
    pub(super) async fn may_approve_at_start(&self, workflow: &str, approve: bool) -> Result<Option<u64>, AppError> {
        if !approve {
            return Ok(None);
        }
        let head = catalogue::workflow(&*self.store, &self.tenant, workflow).await?;
        let version = head.map(|head| head.value.active.unwrap_or(head.value.latest));
        match version {
            Some(version) => self.may_approve_version(workflow, version).await?,
            None => self.caller.needs(Permission::RunApprove)?,
        }
        Ok(version)
    }

    /// The same of the version that is to run.
    pub(super) async fn may_approve_version(&self, workflow: &str, version: u64) -> Result<(), AppError> {
        self.caller.needs(Permission::RunApprove)?;
        let text = self.workflow_text(workflow, Some(version)).await?.text;
        // What does not compile is refused when it starts.
        let Ok(compiled) = self.connections.compile(&text) else { return Ok(()) };
        let editor = self.editor_of(workflow, version).await?;
        let involved = Involved { starter: Some(self.caller.actor.clone()), editor };
        compiled.steps.iter().try_for_each(|step| self.may_approve(step, &involved))
    }
}
