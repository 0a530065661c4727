//! What callbacks told since everything was read: whom to read again, if that is enough.
//!
//! | told | read |
//! |---|---|
//! | a member created, changed or deleted, or one who opened the app | that member, by `user/get` |
//! | a department created or changed | its members and those below it, where the scope goes by departments |
//! | a department deleted | nothing more: the tree is read anyway, which is a call or two |
//! | anything, where the scope names people or tags | those people as well: everybody is shown in their departments |
//! | a new userid, a tag, a job, the app's range | everything: what they mean is seen in all of it |
//!
//! Nobody is gone because he was not read. Whoever was told to be deleted is gone once WeCom says that there is no such
//! member, asked by an app that sees the whole company, or the contact-sync secret does not list him.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::Told;

use super::tree::Tree;

/// More members than this are not read one by one.
const MANY: usize = 1_000;

/// What was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Members, by userid in lower case, as they were written.
    pub people: BTreeMap<String, String>,
    /// Those of them who were deleted, as far as was told, in lower case.
    pub deleted: BTreeSet<String>,
    /// Departments that were made or changed.
    departments: BTreeSet<i64>,
}

impl Changes {
    /// What these events are about; `None` when one of them says too little.
    pub fn of(told: &[Told]) -> Option<Self> {
        let mut changes = Self::default();
        for event in told {
            let key = event.object.as_ref().map(|(_, key)| key.as_str()).filter(|key| !key.is_empty())?;
            match &*event.name {
                "create_user" | "update_user" | "delete_user" | "enter_agent" => {
                    if event.details.contains_key("new_userid") {
                        return None;
                    }
                    changes.people.insert(key.to_lowercase(), key.to_owned());
                    // The last word counts, and the read decides.
                    if &*event.name == "delete_user" {
                        changes.deleted.insert(key.to_lowercase());
                    }
                }
                "create_party" | "update_party" => drop(changes.departments.insert(key.parse().ok()?)),
                "delete_party" => {}
                _ => return None,
            }
        }
        Some(changes)
    }

    /// The same with these people, if there are any, by userids in lower case.
    pub fn with(mut self, userids: Option<&BTreeSet<String>>) -> Self {
        for userid in userids.into_iter().flatten() {
            self.people.entry(userid.clone()).or_insert_with(|| userid.clone());
        }
        self
    }

    /// The departments whose members are read, of those that the app sees: whoever is below one that was moved may be in the
    /// scope now. Without a scope by departments that changes nobody.
    pub fn lists(&self, tree: &Tree, by_department: bool) -> BTreeSet<i64> {
        if !by_department || self.departments.is_empty() {
            return BTreeSet::new();
        }
        let below = |id: &i64| tree.lineage(*id).any(|above| self.departments.contains(&above));
        tree.visible().iter().copied().filter(below).collect()
    }

    /// Whether reading so many lists and members is worth it where everything is so many lists.
    pub fn is_worth_it(&self, lists: usize, everything: usize) -> bool {
        self.people.len() <= MANY && lists + self.people.len() < everything.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, key: &str) -> Told {
        Told { name: name.into(), object: Some(("user".into(), key.into())), ..Told::default() }
    }

    #[test]
    fn events_of_members_and_departments_are_enough_and_others_are_not() {
        let events = [told("create_user", "Zhang"), told("delete_user", "li"), told("update_party", "7")];
        let changes = Changes::of(&events).expect("enough");
        assert_eq!(changes.people.keys().collect::<Vec<_>>(), ["li", "zhang"]);
        assert_eq!(changes.people["zhang"], "Zhang");
        assert_eq!(changes.deleted.iter().collect::<Vec<_>>(), ["li"]);
        assert_eq!(changes.departments.iter().collect::<Vec<_>>(), [&7]);
        for name in ["update_tag", "batch_job_result", "subscribe", "unsubscribe", "something_new"] {
            assert_eq!(Changes::of(&[told("create_user", "a"), told(name, "1")]), None, "{name}");
        }
        assert_eq!(Changes::of(&[told("update_party", "no number")]), None);
        assert_eq!(Changes::of(&[Told { name: "create_user".into(), ..Told::default() }]), None, "of nobody");
        let mut renamed = told("update_user", "a");
        renamed.details.insert("new_userid".into(), "b".into());
        assert_eq!(Changes::of(&[renamed]), None, "whose link moves is seen among all");
    }

    #[test]
    fn reading_everything_is_never_dearer_than_reading_what_changed() {
        let changes = |number: usize| Changes {
            people: (0..number).map(|number| (format!("u{number}"), format!("u{number}"))).collect(),
            ..Changes::default()
        };
        assert!(changes(3).is_worth_it(0, 4));
        assert!(!changes(4).is_worth_it(0, 4));
        assert!(!changes(3).is_worth_it(1, 4));
        assert!(changes(MANY).is_worth_it(0, 30_000));
        assert!(!changes(MANY + 1).is_worth_it(0, 30_000));
        assert!(changes(0).is_worth_it(0, 0), "departments alone");
    }
}
