//! What the engine needs to know from outside: open connections, compiled workflows, words for people.

use std::sync::Arc;

use async_trait::async_trait;
use idflow_sdk::{Connection, ConnectorSpec, Params, Problem};

use crate::{
    model::{id::Tenant, run::Status},
    store::StoreError,
    workflow::{compiled::Workflow, signature::Signature},
};

/// Where open connections come from.
#[async_trait]
pub trait Connect: Send + Sync {
    /// The connection of this name, which must be of this connector.
    async fn open(&self, name: &str, connector: &str) -> Result<Arc<dyn Connection>, Problem>;

    /// Whether files are read with these parameters for somebody who comes over the network.
    ///
    /// # Errors
    /// A file of the server that is not open to the network.
    async fn may_read(&self, name: &str, connector: &str, params: &Params) -> Result<(), Problem>;

    /// The name that links know the connection by.
    fn link_name(&self, name: &str, connector: &str) -> String;

    /// The system that it leads to: two connections of one company have the same.
    ///
    /// # Errors
    /// Those of the store: a company whose id cannot be read is not one without an id.
    async fn system(&self, name: &str, connector: &str) -> Result<String, StoreError>;

    /// Its settings without secrets, for templates.
    async fn settings(&self, name: &str, connector: &str) -> Result<serde_json::Value, StoreError>;

    /// Compiles a stored workflow; the same text is compiled once.
    fn compile(&self, text: &str) -> Result<Arc<Workflow>, String>;

    /// What is known of versions of workflows without compiling them, in the order asked; `None` where there is no such
    /// version.
    async fn signatures(&self, versions: &[(&str, u64)]) -> Result<Vec<Option<Arc<Signature>>>, StoreError>;

    /// The workflow with this content hash, if it was compiled lately.
    fn compiled(&self, content: &str) -> Option<Arc<Workflow>>;

    /// A problem in words, for messages to people.
    fn words(&self, problem: &Problem) -> Words;

    /// Whether the problem is one of the connection itself: its rights, its secret, or that nobody answers.
    fn is_sickness(&self, problem: &Problem) -> bool;

    /// A state in words, for messages to people.
    fn status_text(&self, status: Status) -> String;

    /// The connectors.
    fn connectors(&self) -> &'static [&'static ConnectorSpec];
}

/// Where the open connections of each tenant come from.
pub trait Tenants: Send + Sync {
    /// Those of this tenant.
    fn of(&self, tenant: &Tenant) -> Arc<dyn Connect>;
}

/// A problem in words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Its code.
    pub code: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub hint: String,
}
