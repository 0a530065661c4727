//! What does a step do, with whom?

use idflow_sdk::{ActionSpec, ConnectorSpec};

/// What a step does, with whom.
#[derive(Debug, Clone)]
pub struct Action {
    pub connector: &'static ConnectorSpec,
    pub action: &'static ActionSpec,
    pub connection: Option<usize>,
}
