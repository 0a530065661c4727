//! Who is calling, and what they may do. A caller is made once, where a request comes in, from what it proves about itself;
//! nothing in a body says who somebody is.

use std::collections::BTreeSet;

use super::{AppError, audit::Trail};
pub use crate::contract::account::{Permission, Role};
use crate::{
    contract::{connection::ConnectionVerb, removal::RemovalVerb, run::RunVerb, workflow::WorkflowVerb},
    model::{id::Tenant, run},
    store::{catalogue, idempotency::Ticket, removals},
};

impl Permission {
    /// All of them.
    pub const ALL: [Self; 26] = [
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
        Self::DirectoryEdit,
        Self::LinkView,
        Self::LinkManage,
        Self::StoreView,
        Self::StoreManage,
        Self::AccountView,
        Self::AccountManage,
        Self::AccountSelf,
        Self::SessionView,
        Self::AuditView,
        Self::MessageSend,
        Self::MessageBroadcast,
        Self::PiiRead,
        Self::TenantSetup,
        Self::TenantManage,
    ];

    /// Those that belong to whoever runs the installation: no role of a tenant gives them.
    pub const OF_INSTALLATION: [Self; 1] = [Self::TenantManage];

    /// The one of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    /// Those that can be given one by one, beside what roles bring.
    pub const SINGLE: [Self; 5] =
        [Self::PiiRead, Self::MessageSend, Self::MessageBroadcast, Self::LinkManage, Self::TenantManage];

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
            Self::DirectoryEdit => "directory:edit",
            Self::LinkView => "link:view",
            Self::LinkManage => "link:manage",
            Self::StoreView => "store:view",
            Self::StoreManage => "store:manage",
            Self::AccountView => "account:view",
            Self::AccountManage => "account:manage",
            Self::AccountSelf => "account:self",
            Self::SessionView => "session:view",
            Self::AuditView => "audit:view",
            Self::MessageSend => "message:send",
            Self::MessageBroadcast => "message:broadcast",
            Self::PiiRead => "pii:read",
            Self::TenantSetup => "tenant:setup",
            Self::TenantManage => "tenant:manage",
        }
    }
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Operator, Self::Approver, Self::Viewer];

    /// The one of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The word in workflows, as in [`crate::model::definition::ROLES`].
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
        let own = [P::AccountSelf, P::SessionView];
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
                P::DirectoryEdit,
                P::LinkManage,
                P::StoreManage,
                P::AccountView,
                P::AccountManage,
                P::AuditView,
                P::MessageSend,
                P::MessageBroadcast,
            ],
            Self::Operator => {
                &[P::RunStart, P::RunControl, P::DirectoryImport, P::DirectoryEdit, P::LinkManage, P::MessageSend]
            }
            Self::Approver => &[P::RunApprove],
            Self::Viewer => &[],
        };
        let all = view.into_iter().chain(own).chain(more.iter().copied());
        all.filter(|permission| !P::OF_INSTALLATION.contains(permission)).collect()
    }
}

/// The address of a command on the machine.
pub const LOCAL: &str = "local";

/// How a caller proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By the key of the data folder, or from inside this process: the operator of the machine.
    Local,
    /// By a session, of this id.
    Session(String),
    /// By a token, of this id.
    Token(String),
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
    /// The account, by its id; the holder of the local key has none.
    pub account: Option<String>,
    /// How that was proved.
    pub via: Via,
    /// Whether the proof counts in this tenant only.
    pub only_here: bool,
    /// From where.
    pub address: String,
    /// What the audit is told of this call.
    pub trail: Trail,
    /// The call, where it named itself; what it starts is started once.
    pub ticket: Option<Ticket>,
}

impl Caller {
    /// Somebody with these roles.
    #[must_use]
    pub fn new(tenant: Tenant, actor: impl Into<String>, roles: impl IntoIterator<Item = Role>) -> Self {
        let roles: BTreeSet<Role> = roles.into_iter().collect();
        let permissions = roles.iter().flat_map(|role| role.permissions()).collect();
        Self {
            tenant,
            actor: actor.into(),
            roles,
            permissions,
            account: None,
            via: Via::Local,
            only_here: false,
            address: LOCAL.into(),
            trail: Trail::default(),
            ticket: None,
        }
    }

    /// Whoever holds the local key: an owner of every tenant, called so, who runs the installation.
    #[must_use]
    pub fn local(tenant: Tenant, actor: impl Into<String>) -> Self {
        let mut caller = Self::new(tenant, actor, [Role::Owner]);
        caller.permissions.extend(Permission::OF_INSTALLATION);
        caller
    }

    /// Whether this is the operator of the machine, who can read everything anyway.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.via == Via::Local
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
    pub(super) fn is_among(&self, by: &[String]) -> bool {
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

impl Caller {
    /// What the caller may do with a connection.
    pub(super) fn verbs_of_connection(&self) -> Vec<ConnectionVerb> {
        let all = [ConnectionVerb::Edit, ConnectionVerb::Test, ConnectionVerb::Remove];
        if self.may(Permission::ConnectionEdit) { all.into() } else { Vec::new() }
    }

    /// What the caller may do with a removal as it is now. Whom its step asks is looked at when somebody decides.
    pub(super) fn verbs_of_removal(&self, entry: &removals::Entry, now: i64) -> Vec<RemovalVerb> {
        use removals::StoredRemovalState;
        let state = entry.state(now);
        let over = matches!(state, StoredRemovalState::Done | StoredRemovalState::Gone);
        [
            (
                RemovalVerb::Approve,
                state != StoredRemovalState::Approved && (entry.is_kept() || !over && now < entry.askable_until()),
            ),
            (RemovalVerb::Keep, state != StoredRemovalState::Kept && !over),
        ]
        .into_iter()
        .filter(|(_, fits)| *fits && self.may(Permission::RunApprove))
        .map(|(verb, _)| verb)
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_those_of_workflows() {
        let roles = [Role::Owner, Role::Admin, Role::Operator, Role::Approver, Role::Viewer];
        assert_eq!(roles.map(Role::as_str).as_slice(), crate::model::definition::ROLES);
    }

    #[test]
    fn names_of_permissions_are_those_of_the_contract() {
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.as_str());
            assert_eq!(Permission::of(permission.as_str()), Some(permission));
        }
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
