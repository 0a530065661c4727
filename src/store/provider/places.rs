//! Where does something sealed of a provider stand?

use idflow_sdk::Grant;

use crate::model::id::Tenant;

/// Where something of a provider is sealed for.
#[must_use]
pub fn place(connector: &str, what: &str) -> String {
    format!("provider/{connector}/{what}")
}

/// For what a key of an address is sealed.
#[must_use]
pub fn key_place(connector: &str, receiver: &str, name: &str) -> String {
    place(connector, &format!("keys/{receiver}/{name}"))
}

/// For what a ticket is sealed.
#[must_use]
pub fn ticket_place(connector: &str, grant: Grant) -> String {
    place(connector, &format!("ticket/{}", grant.word()))
}

/// For what that is sealed which a command brings.
#[must_use]
pub fn command_place(connector: &str) -> String {
    place(connector, "command")
}

/// For what the code of a grant is sealed.
#[must_use]
pub fn code_place(tenant: &Tenant, connection: &str, grant: Grant) -> String {
    format!("provider_way/{}/{connection}/{}", tenant.as_str(), grant.word())
}

/// For what a link is sealed.
#[must_use]
pub fn link_place(tenant: &Tenant, connection: &str, grant: Grant) -> String {
    format!("provider_way/{}/{connection}/link/{}", tenant.as_str(), grant.word())
}
