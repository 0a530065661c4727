//! Templates that ship with the product.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Text;

/// A connection that a workflow names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alias {
    /// Its name in the workflow.
    pub alias: String,
    /// The connector.
    #[serde(rename = "type")]
    pub connector: String,
    /// The connection that is meant.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// A step of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateStep {
    /// Its id.
    pub id: String,
    /// What it does, in Chinese.
    pub zh: String,
    /// What it does, in English.
    pub en: String,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: Text,
    /// Its labels: `category`, `app`.
    pub labels: BTreeMap<String, String>,
    /// The connections that it names.
    pub connections: Vec<Alias>,
    /// Its steps.
    pub steps: Vec<TemplateStep>,
    /// Its YAML; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
