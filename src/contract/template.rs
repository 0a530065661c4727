//! Templates: those that ship with the product, and one's own, which come in signed bundles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    compiler::TextEdit,
    problem::{Issue, Text},
    workflow::{Alias, Bound},
};

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

/// Where a template comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateOrigin {
    /// It ships with idflow.
    #[default]
    Idflow,
    /// It is the tenant's own.
    Tenant,
    /// It is there for all tenants of the installation.
    Installation,
}

/// A template in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BundledTemplate {
    /// Its id.
    pub id: String,
    /// Its YAML.
    pub text: String,
    /// Its test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
}

/// What is signed in a bundle: its compact JSON, with the fields in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateContents {
    /// The form of the bundle: 1.
    pub format: u32,
    /// The version of idflow that made it.
    pub idflow: String,
    /// When it was made.
    pub made: String,
    /// The templates, by id.
    pub templates: Vec<BundledTemplate>,
}

/// Templates that an installation has signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateBundle {
    /// What is signed.
    pub contents: TemplateContents,
    /// The public key (Ed25519), in hex.
    pub key: String,
    /// The signature, in hex.
    pub signature: String,
}

/// What is to be put into a bundle.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportTemplates {
    /// Templates, by id.
    #[serde(default)]
    pub templates: Vec<String>,
    /// Workflows, by id: the newest version of each becomes a template.
    #[serde(default)]
    pub workflows: Vec<String>,
}

/// A bundle to be taken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportTemplates {
    /// The bundle.
    pub bundle: TemplateBundle,
    /// Whether all tenants get it; for whoever runs the installation.
    #[serde(default)]
    pub for_all: bool,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportedTemplates {
    /// The templates.
    pub templates: Vec<String>,
    /// Whether all tenants have them.
    pub for_all: bool,
    /// The fingerprint of the key that signed them.
    pub signed_by: String,
}

/// A key whose bundles are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateKey {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether it is the one by which this installation signs.
    pub own: bool,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Since when it is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Who trusted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A key to be trusted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustKey {
    /// A bundle that it has signed.
    pub bundle: TemplateBundle,
    /// The fingerprint that whoever made the bundle told by another way.
    pub fingerprint: String,
    /// What people call it.
    pub name: String,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    #[serde(default)]
    pub origin: TemplateOrigin,
    /// The fingerprint of the key that signed it; absent for those that ship.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// What it is called.
    pub name: Text,
    /// What it does.
    #[serde(default)]
    pub description: Text,
    /// Its category, as the gallery calls it: downstream, upstream, events, messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Shelf>,
    /// The app that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<Shelf>,
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

/// A category or an app of the gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shelf {
    /// Its word in `labels`.
    pub id: String,
    /// What people call it.
    pub title: Text,
}

/// Which templates.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TemplateFilter {
    /// Only those of this category.
    pub category: Option<String>,
    /// Only those of this app.
    pub app: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// Which connection is looked at.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PrerequisiteLook {
    /// A connection to ask whether it may do what the template needs.
    pub connection: Option<String>,
}

/// What a prerequisite is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrerequisiteKind {
    /// The version of idflow.
    Engine,
    /// The kind of directory.
    Directory,
    /// That there are people in the directory.
    People,
    /// A connection of a connector.
    Connection,
    /// What a connection must be able to do.
    Right,
}

/// Something that a template needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Prerequisite {
    /// What it is about.
    pub kind: PrerequisiteKind,
    /// What is needed.
    pub title: Text,
    /// Whether it is so; null where nobody has asked yet.
    pub ok: Option<bool>,
    /// Why not, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Issue>,
    /// The connector that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// The connections of it that there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<String>,
}

/// What a template needs, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Prerequisites {
    /// The template.
    pub template: String,
    /// Whether all of it is so, as far as it was asked.
    pub ok: bool,
    /// One by one.
    pub items: Vec<Prerequisite>,
}

/// A draft to make from a template.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplateDraft {
    /// The id of the workflow; that of the template where none is given.
    #[serde(default)]
    pub id: Option<String>,
    /// Connections for names of the template.
    #[serde(default)]
    pub connections: Vec<Bound>,
    /// Edits by path: scope, mapping, triggers.
    #[serde(default)]
    pub edits: Vec<TextEdit>,
}
