//! What is a connection called in this file, and which one is it?

use idflow_sdk::ConnectorSpec;

/// One entry of `connections`.
#[derive(Debug, Clone)]
pub struct ConnectionAlias {
    /// The name used in this file.
    pub alias: String,
    /// The connector.
    pub connector: &'static ConnectorSpec,
    /// The name of the tenant's connection.
    pub reference: String,
}
