//! Addresses that start runs (`on.webhook`): one entry for each path, held by one workflow.

use idflow_sdk::Problem;
use serde::{Deserialize, Serialize};

use super::{Batch, Kv, StoreError, codec::Loaded, keys, table::Table};
use crate::model::id::Tenant;

pub(super) static HOOKS: Table<Hook> = Table::json(keys::HOOK, "workflows");

/// Replaced secrets that are kept beside the last one that was replaced.
const MOST_OLDER: usize = 8;

/// One address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The path below the tenant's hooks.
    pub path: String,
    /// The workflow that it starts.
    pub workflow: String,
    /// How callers show who they are: `hmac_sha256`, `hmac_sha256_body` or `token`.
    pub verify: String,
    /// How far a signed time may be from ours, in milliseconds.
    #[serde(default = "five_minutes")]
    pub window_ms: i64,
    /// The methods that are taken.
    #[serde(default = "post")]
    pub methods: Vec<String>,
    /// The header in which the secret comes, for `header`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// How long the answer waits for the end of the run, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// The status of a good answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of a good answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// The secret, sealed; without one every caller is refused.
    pub sealed: Option<String>,
    /// The secret before it, which is still good for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Those before that one which somebody may still use, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Before>,
    /// When it was made.
    pub created: i64,
    /// The newest call of somebody with the right secret that started nothing, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedCall>,
}

impl Hook {
    /// The secrets that were replaced and are still good at a time, the newest first.
    pub fn former(&self, now: i64) -> impl Iterator<Item = &Before> {
        self.before.iter().chain(&self.older).filter(move |before| now < before.until)
    }

    /// Puts a new secret in the place of the one that was good. Whoever still has an earlier one keeps its time, so that two
    /// new ones in a row shut nobody out; with `until` not after `now` all earlier ones end: they are given up. False where so
    /// many are good still that one of them would have to end before its time; then nothing is changed.
    #[must_use]
    pub fn replace_secret(&mut self, sealed: String, now: i64, until: i64) -> bool {
        let former: Vec<Before> = self.former(now).cloned().collect();
        let keeps = until > now;
        if keeps && former.len() > MOST_OLDER {
            return false;
        }
        let replaced = self.sealed.replace(sealed).map(|sealed| Before { sealed, until });
        (self.before, self.older) = if keeps { (replaced, former) } else { (None, Vec::new()) };
        true
    }
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// It, sealed.
    pub sealed: String,
    /// Until when it is good.
    pub until: i64,
}

/// The window of an address that an earlier version has stored.
const fn five_minutes() -> i64 {
    300_000
}

/// The methods of such an address.
fn post() -> Vec<String> {
    vec!["POST".into()]
}

/// A call that started nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCall {
    /// When.
    pub at: i64,
    /// Why.
    pub why: Problem,
}

/// The hook of a path.
pub async fn get(store: &dyn Kv, tenant: &Tenant, path: &str) -> Result<Option<Loaded<Hook>>, StoreError> {
    HOOKS.loaded(store, HOOKS.key(tenant).name(path)).await
}

/// All hooks.
pub async fn all(store: &dyn Kv, tenant: &Tenant) -> Result<Vec<Hook>, StoreError> {
    HOOKS.all(store, HOOKS.key(tenant)).await
}

/// Writes a hook over what was read.
pub fn put(batch: &mut Batch, tenant: &Tenant, before: Option<&Loaded<Hook>>, hook: &Hook) -> Result<(), StoreError> {
    HOOKS.replace(batch, HOOKS.key(tenant).name(&hook.path), before, hook)
}

/// Gives a path up.
pub fn drop(batch: &mut Batch, tenant: &Tenant, path: &str) {
    HOOKS.drop(batch, HOOKS.key(tenant).name(path));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook() -> Hook {
        let text = r#"{"path": "x", "workflow": "w", "verify": "token", "sealed": "first", "created": 0}"#;
        serde_json::from_str(text).expect("a hook")
    }

    /// However many new ones there are in a row: a secret is good for as long as it was promised.
    #[test]
    fn no_secret_ends_before_its_time() {
        let mut hook = hook();
        let mut good = vec!["first".to_string()];
        let mut number = 0;
        while hook.replace_secret(format!("new {number}"), 0, 1_000) {
            good.push(format!("new {number}"));
            number += 1;
            assert!(number < 100, "there is an end to it");
            let known = |sealed: &String| {
                hook.sealed.as_ref() == Some(sealed) || hook.former(999).any(|before| before.sealed == *sealed)
            };
            assert!(good.iter().all(known), "{good:?} {hook:?}");
        }
        assert_eq!((good.len(), hook.sealed.as_deref()), (MOST_OLDER + 2, good.last().map(String::as_str)));
        // Once they are over, and wherever all of them are given up, there is room again.
        assert!(hook.clone().replace_secret("later".into(), 1_000, 2_000));
        assert!(hook.replace_secret("alone".into(), 0, 0));
        assert_eq!((hook.sealed.as_deref(), hook.former(0).count()), (Some("alone"), 0));
    }
}
