//! Who is calling, and what they may do. A caller is made once, where a request comes in, from what it proves about itself;
//! nothing in a body says who somebody is.

use std::collections::BTreeSet;

use super::{App, AppError};
use crate::{
    contract::{run::RunVerb, workflow::WorkflowVerb},
    model::{id::Tenant, run},
    store::catalogue,
};

/// One thing that somebody may do. Each operation of the API names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Look at runs, plans and items, with private values masked.
    RunView,
    /// Start runs, also those that only plan.
    RunStart,
    /// Approve and reject held runs and removals.
    RunApprove,
    /// Cancel, pause, resume and pin runs.
    RunControl,
    /// Look at workflows and templates.
    WorkflowView,
    /// Save workflows and put them away.
    WorkflowEdit,
    /// Activate and pause workflows, and make secrets of webhooks.
    WorkflowActivate,
    /// Look at connections.
    ConnectionView,
    /// Add, change, test and remove connections.
    ConnectionEdit,
    /// Look at the directory, with private values masked.
    DirectoryView,
    /// Import into the directory.
    DirectoryImport,
    /// Look at links and at what is undecided.
    LinkView,
    /// Change links, and decide what no rule could.
    LinkManage,
    /// Look at the store.
    StoreView,
    /// Forget old runs.
    StoreManage,
    /// Read private values.
    PiiRead,
    /// Make, name and put away tenants. It belongs to whoever runs the installation, and to no role of a tenant.
    TenantManage,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::RunView,
        Self::RunStart,
        Self::RunApprove,
        Self::RunControl,
        Self::WorkflowView,
        Self::WorkflowEdit,
        Self::WorkflowActivate,
        Self::ConnectionView,
        Self::ConnectionEdit,
        Self::DirectoryView,
        Self::DirectoryImport,
        Self::LinkView,
        Self::LinkManage,
        Self::StoreView,
        Self::StoreManage,
        Self::PiiRead,
        Self::TenantManage,
    ];

    /// Those that belong to whoever runs the installation: no role of a tenant gives them.
    pub const OF_INSTALLATION: [Self; 1] = [Self::TenantManage];

    /// Its name, in the document of the API and in refusals.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunView => "run:view",
            Self::RunStart => "run:start",
            Self::RunApprove => "run:approve",
            Self::RunControl => "run:control",
            Self::WorkflowView => "workflow:view",
            Self::WorkflowEdit => "workflow:edit",
            Self::WorkflowActivate => "workflow:activate",
            Self::ConnectionView => "connection:view",
            Self::ConnectionEdit => "connection:edit",
            Self::DirectoryView => "directory:view",
            Self::DirectoryImport => "directory:import",
            Self::LinkView => "link:view",
            Self::LinkManage => "link:manage",
            Self::StoreView => "store:view",
            Self::StoreManage => "store:manage",
            Self::PiiRead => "pii:read",
            Self::TenantManage => "tenant:manage",
        }
    }
}

/// A role of people. Workflows name them in `approval.by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May do everything in a tenant.
    Owner,
    /// Everything but reading private values.
    Admin,
    /// Runs workflows and looks after what they leave undecided.
    Operator,
    /// Looks, and approves.
    Approver,
    /// Looks.
    Viewer,
}

impl Role {
    /// The word in workflows, as in [`crate::workflow::parse::ROLES`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Viewer => "viewer",
        }
    }

    /// What somebody with this role may do.
    #[must_use]
    pub fn permissions(self) -> BTreeSet<Permission> {
        use Permission as P;
        let view = [P::RunView, P::WorkflowView, P::ConnectionView, P::DirectoryView, P::LinkView, P::StoreView];
        let more: &[P] = match self {
            Self::Owner => &P::ALL,
            Self::Admin => &[
                P::RunStart,
                P::RunApprove,
                P::RunControl,
                P::WorkflowEdit,
                P::WorkflowActivate,
                P::ConnectionEdit,
                P::DirectoryImport,
                P::LinkManage,
                P::StoreManage,
            ],
            Self::Operator => &[P::RunStart, P::RunControl, P::DirectoryImport, P::LinkManage],
            Self::Approver => &[P::RunApprove],
            Self::Viewer => &[],
        };
        let all = view.into_iter().chain(more.iter().copied());
        all.filter(|permission| !P::OF_INSTALLATION.contains(permission)).collect()
    }
}

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant that the call is about.
    pub tenant: Tenant,
    /// Who it is, as it stands in the log.
    pub actor: String,
    /// The roles of the caller in that tenant.
    pub roles: BTreeSet<Role>,
    /// What the caller may do there.
    pub permissions: BTreeSet<Permission>,
}

impl Caller {
    /// Somebody with these roles.
    #[must_use]
    pub fn new(tenant: Tenant, actor: impl Into<String>, roles: impl IntoIterator<Item = Role>) -> Self {
        let roles: BTreeSet<Role> = roles.into_iter().collect();
        let permissions = roles.iter().flat_map(|role| role.permissions()).collect();
        Self { tenant, actor: actor.into(), roles, permissions }
    }

    /// Whoever holds the local key: an owner of every tenant, called so, who runs the installation.
    #[must_use]
    pub fn local(tenant: Tenant, actor: impl Into<String>) -> Self {
        let mut caller = Self::new(tenant, actor, [Role::Owner]);
        caller.permissions.extend(Permission::OF_INSTALLATION);
        caller
    }

    /// Whether the caller may do this.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Refuses whoever may not.
    ///
    /// # Errors
    /// Naming the permission that is missing.
    pub fn needs(&self, permission: Permission) -> Result<(), AppError> {
        if self.may(permission) {
            return Ok(());
        }
        Err(AppError::refused("not_permitted").arg("permission", permission.as_str()))
    }

    /// Whether `approval.by` names a role of the caller. An owner may always decide.
    fn is_among(&self, by: &[String]) -> bool {
        self.roles.iter().any(|role| *role == Role::Owner || by.iter().any(|word| word == role.as_str()))
    }

    /// What the caller may do with a run as it is now.
    pub(super) fn verbs_of_run(&self, run: &run::Run) -> Vec<RunVerb> {
        use run::{Mode, Status};
        let status = run.status;
        let over = status.is_end();
        [
            (RunVerb::Approve, Permission::RunApprove, status == Status::Held),
            (RunVerb::Reject, Permission::RunApprove, status == Status::Held),
            (RunVerb::Cancel, Permission::RunControl, !over),
            (RunVerb::Pause, Permission::RunControl, !over && !matches!(status, Status::Held | Status::Paused)),
            (RunVerb::Resume, Permission::RunControl, status == Status::Paused),
            (RunVerb::Retry, Permission::RunStart, over && run.mode != Mode::Plan && run.plan.is_some()),
            (RunVerb::Pin, Permission::RunControl, true),
            (RunVerb::Reveal, Permission::PiiRead, true),
        ]
        .into_iter()
        .filter(|(_, permission, fits)| *fits && self.may(*permission))
        .map(|(verb, ..)| verb)
        .collect()
    }

    /// What the caller may do with a workflow as it is now.
    pub(super) fn verbs_of_workflow(&self, state: catalogue::WorkflowState) -> Vec<WorkflowVerb> {
        use catalogue::WorkflowState as State;
        [
            (WorkflowVerb::Run, Permission::RunStart, state == State::Active),
            (WorkflowVerb::Plan, Permission::RunStart, true),
            (WorkflowVerb::Edit, Permission::WorkflowEdit, true),
            (WorkflowVerb::Activate, Permission::WorkflowActivate, true),
            (WorkflowVerb::Pause, Permission::WorkflowActivate, state == State::Active),
            (WorkflowVerb::Archive, Permission::WorkflowEdit, state != State::Archived),
        ]
        .into_iter()
        .filter(|(_, permission, fits)| *fits && self.may(*permission))
        .map(|(verb, ..)| verb)
        .collect()
    }
}

/// What one caller can do. Everything that needs to know who is asking is here; what is the same for everybody is found on
/// the application itself, which a desk stands for. Whether the caller may ask at all is decided by the route, see
/// `server::routes`; a desk decides about private values and about `approval.by`.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    app: &'a App,
    /// Who is calling.
    pub caller: &'a Caller,
}

impl std::ops::Deref for Desk<'_> {
    type Target = App;

    fn deref(&self) -> &App {
        self.app
    }
}

impl App {
    /// The desk of a caller.
    #[must_use]
    pub const fn desk<'a>(&'a self, caller: &'a Caller) -> Desk<'a> {
        Desk { app: self, caller }
    }
}

impl Desk<'_> {
    /// Whether private values are shown: asked for, and allowed.
    pub(super) fn reveals(&self, reveal: bool) -> Result<bool, AppError> {
        if reveal {
            self.caller.needs(Permission::PiiRead)?;
            tracing::info!(actor = self.caller.actor, "private values are shown");
        }
        Ok(reveal)
    }

    /// Refuses whoever is not among those that may decide about a step.
    pub(super) fn may_approve(&self, step: &crate::workflow::compiled::Step) -> Result<(), AppError> {
        let Some(approval) = step.approval().filter(|approval| !self.caller.is_among(&approval.by)) else {
            return Ok(());
        };
        Err(AppError::refused("approver_not_named").arg("step", &step.id).arg("by", approval.by.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_those_of_workflows() {
        let roles = [Role::Owner, Role::Admin, Role::Operator, Role::Approver, Role::Viewer];
        assert_eq!(roles.map(Role::as_str).as_slice(), crate::workflow::parse::ROLES);
    }

    #[test]
    fn who_may_approve() {
        let by = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let caller = |role| Caller::new(Tenant::default_tenant(), "x", [role]);
        assert!(caller(Role::Owner).is_among(&by(&["approver"])));
        assert!(caller(Role::Approver).is_among(&by(&["admin", "approver"])));
        assert!(!caller(Role::Approver).is_among(&by(&["admin"])));
        assert!(!caller(Role::Admin).may(Permission::PiiRead));
    }
}
