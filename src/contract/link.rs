//! Links: which object of a connection is which one of the directory.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::matching::Decision;

/// A link, seen from a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// The connection.
    pub connection: String,
    /// The key of the object there.
    pub key: String,
    /// The other connection; as a rule the directory.
    pub with: String,
    /// The key of the object in the other one.
    pub other: String,
    /// What people call it, if it is one of the directory.
    pub label: String,
    /// `user` or `department`.
    pub kind: String,
    /// How it was recognised.
    pub rule: String,
    /// The workflow that made the link.
    pub workflow: String,
    /// Since when.
    pub since: String,
    /// When its object was gone.
    pub gone: Option<String>,
}

/// Which links.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkFilter {
    /// The connection; imports of files are called `import`.
    pub connection: String,
    /// Only those of which a key, or the account or name of the object in the directory, begins with this.
    pub find: Option<String>,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// One end of a link, and what is to become of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkChange {
    /// The connection.
    pub connection: String,
    /// The other connection of the pair; the directory where none is named.
    #[serde(default)]
    pub with: Option<String>,
    /// `user` or `department`; a person where nothing is said.
    #[serde(default)]
    pub kind: Option<String>,
    /// The key in that connection.
    pub key: String,
    /// The new key there (`move`); account, name or id of the other object (`add`); its id as it was seen (`remove`).
    #[serde(default)]
    pub to: String,
    /// Why, for whoever asks later.
    #[serde(default)]
    pub why: String,
}

/// Whose account it is: what a system asks that lets people sign in by another one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveLink {
    /// The connection.
    pub connection: String,
    /// The key of a person there; or the code.
    #[serde(default)]
    pub userid: Option<String>,
    /// The code with which a browser came back from the system's own page of signing in. It is good once.
    #[serde(default)]
    #[schema(write_only)]
    pub code: Option<String>,
}

/// The person of the directory behind an account of another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResolvedLink {
    /// The connection.
    pub connection: String,
    /// The key there.
    pub userid: String,
    /// The id in the directory.
    pub id: String,
    /// The account.
    pub username: String,
    /// The name.
    pub name: String,
    /// `active`, `disabled`, `left` or another status: only who is active may be let in.
    pub status: String,
}

/// What a change of a link came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkChanged {
    /// Whom it is about.
    pub who: String,
    /// Whether a link was taken away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// What is remembered.
    pub decision: Decision,
}

/// Which people of a connection's system.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleFilter {
    /// Only those whose name has this in it, or whose name in letters (`zengwei`, `zw`) or key begins with it; with `pii:read`
    /// also the one with this mobile number in full, where the system shows numbers. It must be given.
    pub find: Option<String>,
    /// Read the system anew: what was read in the last two minutes is used where nothing is said.
    #[serde(default)]
    #[param(required = false)]
    pub again: bool,
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// Somebody of the directory to whom a person of another system is linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkedPerson {
    /// The id in the directory.
    pub id: String,
    /// What people call it.
    pub label: String,
}

/// A person as the system of a connection has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionPerson {
    /// The key there: an account.
    pub key: String,
    /// What people call it; the key where no name can be seen.
    pub label: String,
    /// The departments there, each from the top.
    pub departments: Vec<String>,
    /// The personnel number, where the system has one.
    pub number: Option<String>,
    /// The mobile number, masked unless it was asked for.
    pub mobile: Option<String>,
    /// What the system says of its state.
    pub status: Option<String>,
    /// Who it is in the directory, where that is known.
    pub linked: Option<LinkedPerson>,
}
