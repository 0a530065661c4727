//! The one list of compiled-in connectors, and the only file that names one: everybody else asks for what a connector says
//! of itself.

use idflow_sdk::{ConnectorSpec, Message};

/// All connectors, one to a line.
#[rustfmt::skip]
pub static ALL: &[&ConnectorSpec] = &[
    &idflow_directory::SPEC,
    &idflow_csv::SPEC,
    &idflow_wecom::SPEC,
];

/// The one that serves the tenant's own directory.
pub static DIRECTORY: &ConnectorSpec = &idflow_directory::SPEC;

/// What a change of the directory tells.
pub use idflow_directory::events::between as directory_events;

/// The one that `directory import` reads with.
pub static IMPORT: &ConnectorSpec = &idflow_csv::SPEC;

/// The first rows of a file that it would read.
pub use idflow_csv::{rows as import_rows, sample as import_sample};

/// The connector of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ConnectorSpec> {
    ALL.iter().copied().find(|spec| spec.name == name)
}

/// The message tables of all connectors.
pub fn messages() -> impl Iterator<Item = &'static Message> {
    ALL.iter().flat_map(|spec| spec.messages)
}

/// The vendor's page about a code, where there is one.
#[must_use]
pub fn page_of(code: &str) -> Option<String> {
    ALL.iter().filter_map(|spec| spec.doc_of).find_map(|doc_of| doc_of(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_connector_is_the_tenants_own() {
        let local: Vec<&str> = ALL.iter().filter(|spec| spec.local).map(|spec| spec.name).collect();
        assert_eq!(local, [DIRECTORY.name]);
        assert!(find(IMPORT.name).is_some_and(|spec| spec.row_schema.is_some()), "it reads files");
    }
}
