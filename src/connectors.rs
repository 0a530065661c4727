//! The one list of compiled-in connectors.

use std::sync::Arc;

use idflow_sdk::{Connection, ConnectorSpec, Error, Message, OpenRequest};

/// All connectors.
pub static ALL: &[&ConnectorSpec] = &[&idflow_directory::SPEC, &idflow_csv::SPEC, &idflow_wecom::SPEC];

/// The connector of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ConnectorSpec> {
    ALL.iter().copied().find(|spec| spec.name == name)
}

/// Opens an account of a connector.
///
/// # Errors
/// Those of the connector; `None` for an unknown one.
pub fn open(connector: &str, request: OpenRequest) -> Option<Result<Arc<dyn Connection>, Error>> {
    match connector {
        "directory" => Some(idflow_directory::open(request)),
        "csv" => Some(idflow_csv::open(request)),
        "wecom" => Some(idflow_wecom::open(request)),
        _ => None,
    }
}

/// The message tables of all connectors.
pub fn messages() -> impl Iterator<Item = &'static Message> {
    ALL.iter().flat_map(|spec| spec.messages)
}
