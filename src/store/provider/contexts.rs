//! For what is something of a provider sealed? The context that a sealed text is bound to.

use idflow_sdk::Grant;

use crate::model::id::Tenant;

/// Where something of a provider is sealed for.
#[must_use]
pub fn seal_context(connector: &str, what: &str) -> String {
    format!("provider/{connector}/{what}")
}

/// For what a key of an address is sealed.
#[must_use]
pub fn key_context(connector: &str, receiver: &str, name: &str) -> String {
    seal_context(connector, &format!("keys/{receiver}/{name}"))
}

/// For what a ticket is sealed.
#[must_use]
pub fn ticket_context(connector: &str, grant: Grant) -> String {
    seal_context(connector, &format!("ticket/{}", grant.word()))
}

/// For what that is sealed which a command brings.
#[must_use]
pub fn command_context(connector: &str) -> String {
    seal_context(connector, "command")
}

/// For what the code of a grant is sealed.
#[must_use]
pub fn code_context(tenant: &Tenant, connection: &str, grant: Grant) -> String {
    format!("provider_way/{}/{connection}/{}", tenant.as_str(), grant.word())
}

/// For what a link is sealed.
#[must_use]
pub fn link_context(tenant: &Tenant, connection: &str, grant: Grant) -> String {
    format!("provider_way/{}/{connection}/link/{}", tenant.as_str(), grant.word())
}
