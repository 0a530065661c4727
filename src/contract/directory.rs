//! The directory: departments and people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many of each kind and status the directory holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryCounts {
    /// Objects by kind and status.
    pub counts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// A department or a person: its id, and its fields by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryObject {
    /// Its id.
    pub id: String,
    /// Its fields.
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// Which objects of the directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DirectoryFilter {
    /// `user` or `department`.
    pub kind: String,
    /// Only those that are found by this: the beginning of a name, also in letters (`zhangsan`, `zs`), of an account or a number;
    /// with `pii:read` also a telephone number or an address in full. The best match comes first.
    pub find: Option<String>,
    /// Only people of this department, by its id; of departments, those right below it.
    pub department: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// A folder to import.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The folder of the server with `departments.csv` and `users.csv`, as an absolute path.
    pub folder: String,
    /// The caller approves the plan as computed.
    #[serde(default)]
    pub approve: bool,
    /// Only plan.
    #[serde(default)]
    pub plan: bool,
    /// Inputs by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: serde_json::Map<String, serde_json::Value>,
}
