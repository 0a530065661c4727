//! One corp: its departments, members, apps and contact-sync secret.
//!
//! This folder keeps the directory consistent and answers who sees what. The platform's rules about
//! requests (which field is wrong, which code says so) live in `api`; this folder never refuses.

pub(crate) mod changes;
pub(crate) mod export;
pub(crate) mod exports;
pub(crate) mod grants;
mod ids;
pub(crate) mod jobs;
pub(crate) mod load;
pub(crate) mod media;
pub(crate) mod members;
pub(crate) mod phone;
pub(crate) mod traffic;
pub(crate) mod tree;
pub(crate) mod visibility;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::state::{AppKind, AppState, ContactsState, CorpOptions};
use changes::{Change, Changes, Node};
use exports::Exports;
use grants::Grants;
use jobs::Jobs;
use media::MediaStore;
use members::{Key, Member, Members};
use traffic::Traffic;
use tree::{ROOT, Tree};

/// The department that takes members without one.
pub(crate) const PENDING_DEPARTMENT: &str = "其他（待设置部门）";

/// One corp.
#[derive(Debug)]
pub(crate) struct Corp {
    pub corpid: String,
    pub name: String,
    pub options: CorpOptions,
    pub contacts: ContactsState,
    pub apps: Vec<App>,
    pub tree: Tree,
    pub members: Members,
    /// Userids that were sent an invitation.
    pub invited: Vec<String>,
    pub tags: BTreeMap<u32, Tag>,
    /// Uploaded files; not part of the state.
    pub media: MediaStore,
    /// Import jobs; not part of the state.
    pub jobs: Jobs,
    /// What was counted and remembered of messages and creations; not part of the state.
    pub traffic: Traffic,
    /// What receivers of events are still to be told; not part of the state.
    pub changes: Changes,
    /// Export jobs; not part of the state.
    pub exports: Exports,
    /// Codes and tickets; not part of the state.
    pub grants: Grants,
    /// The permanent code of the provider that may edit this directory.
    pub edit_code: Option<String>,
}

/// One tag (标签).
#[derive(Debug, Default)]
pub(crate) struct Tag {
    pub name: String,
    /// The app that made it; contact sync or an administrator without.
    pub owner: Option<i64>,
    pub users: BTreeSet<Key>,
    pub departments: BTreeSet<u32>,
}

/// One self-built app.
#[derive(Debug)]
pub(crate) struct App {
    /// What the administrator set, except for the visible members and departments.
    pub settings: AppState,
    pub visible_users: BTreeSet<Key>,
    pub visible_departments: BTreeSet<u32>,
}

/// Whose secret a token was issued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// The contact-sync secret.
    Contacts,
    /// The app of this id.
    App(i64),
    /// A provider with the right to edit the directory (通讯录编辑授权).
    ContactEdit,
}

impl Corp {
    /// The app of an id.
    pub fn app(&self, agentid: i64) -> Option<&App> {
        self.apps.iter().find(|app| app.settings.agentid == agentid)
    }

    /// Whose secret this is, if anybody's here.
    pub fn holder_of_secret(&self, secret: &str) -> Option<Holder> {
        if !self.contacts.secret.is_empty() && self.contacts.secret == secret {
            return Some(Holder::Contacts);
        }
        // A third-party app gets its tokens from its provider's calls.
        let own = |app: &&App| app.settings.secret == secret && app.settings.kind != AppKind::ThirdParty;
        let app = self.apps.iter().find(own)?;
        Some(Holder::App(app.settings.agentid))
    }

    /// The secret of a holder.
    pub fn secret_of(&self, holder: Holder) -> Option<&str> {
        match holder {
            Holder::Contacts => Some(&self.contacts.secret),
            Holder::App(agentid) => Some(&self.app(agentid)?.settings.secret),
            Holder::ContactEdit => self.edit_code.as_deref(),
        }
    }

    /// The addresses a holder may call from; empty means all.
    pub fn trusted_ips(&self, holder: Holder) -> &[String] {
        match holder {
            Holder::Contacts => &self.contacts.trusted_ips,
            Holder::App(agentid) => self.app(agentid).map_or(&[], |app| &app.settings.trusted_ips),
            Holder::ContactEdit => &[],
        }
    }

    /// Adds a checked member.
    pub fn add_member(&mut self, member: Member) -> Key {
        let key = self.members.next_key();
        self.enter_departments(key, &member);
        self.changes.keep(|| Change::Member { key, before: None, after: Some(Box::new(member.clone())) });
        self.members.insert(member)
    }

    /// Changes a member; the change was checked.
    pub fn change_member(&mut self, key: Key, change: impl FnOnce(&mut Member)) {
        let Some(mut member) = self.members.take(key) else { return };
        self.leave_departments(key, &member);
        let before = self.changes.is_kept().then(|| Box::new(member.clone()));
        change(&mut member);
        self.enter_departments(key, &member);
        self.changes.keep(|| Change::Member { key, before, after: Some(Box::new(member.clone())) });
        self.members.put_back(key, member);
    }

    /// Removes a member from everywhere.
    pub fn remove_member(&mut self, key: Key) {
        if let Some(member) = self.members.remove(key) {
            self.leave_departments(key, &member);
            for app in &mut self.apps {
                app.visible_users.remove(&key);
            }
            for tag in self.tags.values_mut() {
                tag.users.remove(&key);
            }
            self.changes.keep(|| Change::Member { key, before: Some(Box::new(member)), after: None });
        }
    }

    /// Adds a department whose id, parent and name were checked.
    pub fn add_department(&mut self, id: u32, parent: u32, name: &str, name_en: &str, order: u32) {
        self.tree.insert(id, parent, name, name_en, order);
        let after = self.tree.get(id).map(Node::of);
        self.changes.keep(|| Change::Department { before: None, after });
    }

    /// Changes a department; the change was checked.
    pub fn change_department(&mut self, id: u32, change: impl FnOnce(&mut Tree)) {
        let before = self.tree.get(id).map(Node::of);
        change(&mut self.tree);
        let after = self.tree.get(id).map(Node::of);
        self.changes.keep(|| Change::Department { before, after });
    }

    /// Removes a department that has neither children nor members.
    pub fn remove_department(&mut self, id: u32) {
        let before = self.tree.get(id).map(Node::of);
        self.tree.remove(id);
        self.changes.keep(|| Change::Department { before, after: None });
        for app in &mut self.apps {
            app.visible_departments.remove(&id);
        }
        for tag in self.tags.values_mut() {
            tag.departments.remove(&id);
        }
    }

    /// Keeps who joined a tag and who left it, both as they were asked for; nothing when nobody did either.
    pub fn note_tag(&mut self, id: u32, users: (Vec<Key>, Vec<Key>), parties: (Vec<u32>, Vec<u32>)) {
        let names = |keys: Vec<Key>| self.userids(keys).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let (added, removed) = (names(users.0), names(users.1));
        let (added_parties, removed_parties) = parties;
        let lists = [added.len(), removed.len(), added_parties.len(), removed_parties.len()];
        if lists.iter().any(|length| *length > 0) {
            self.changes.keep(|| Change::Tag { id, added, removed, added_parties, removed_parties });
        }
    }

    /// The department for members without one, made when first needed; nothing when ids ran out.
    pub fn pending_department(&mut self) -> Option<u32> {
        if let Some(id) = self.tree.child_named(ROOT, PENDING_DEPARTMENT) {
            return Some(id);
        }
        let id = self.tree.highest_id().checked_add(1)?;
        let order = self.tree.next_order(ROOT);
        self.add_department(id, ROOT, PENDING_DEPARTMENT, "", order);
        Some(id)
    }

    /// Makes a department of this unknown id under the pending one and returns its name.
    pub fn adopt_unknown_department(&mut self, id: u32) -> Option<String> {
        let parent = self.pending_department()?;
        let mut name = id.to_string();
        let mut attempt = 2;
        while self.tree.child_named(parent, &name).is_some() {
            name = format!("{id}-{attempt}");
            attempt += 1;
        }
        let order = self.tree.next_order(parent);
        self.add_department(id, parent, &name, "", order);
        Some(name)
    }

    fn enter_departments(&mut self, key: Key, member: &Member) {
        for place in &member.places {
            if let Some(department) = self.tree.get_mut(place.department) {
                department.members.insert(key);
                if place.leader {
                    department.leaders.insert(key);
                }
            }
        }
    }

    fn leave_departments(&mut self, key: Key, member: &Member) {
        for place in &member.places {
            if let Some(department) = self.tree.get_mut(place.department) {
                department.members.remove(&key);
                department.leaders.remove(&key);
            }
        }
    }

    /// The userids of some members, in the order of their comparable forms.
    pub fn userids(&self, keys: impl IntoIterator<Item = Key>) -> Vec<&str> {
        let mut members: Vec<&Member> = keys.into_iter().filter_map(|key| self.members.get(key)).collect();
        sort_by_userid(&mut members);
        members.into_iter().map(|member| member.userid.as_str()).collect()
    }

    /// The direct members of a department, or of it and everything below it, each once.
    pub fn members_of(&self, department: u32, with_descendants: bool) -> Vec<&Member> {
        let mut members: Vec<&Member> = if with_descendants {
            let departments = self.tree.subtree(department);
            let nodes = departments.iter().filter_map(|id| self.tree.get(*id));
            let keys: HashSet<Key> = nodes.flat_map(|node| node.members.iter().copied()).collect();
            keys.into_iter().filter_map(|key| self.members.get(key)).collect()
        } else {
            let keys = self.tree.get(department).into_iter().flat_map(|node| &node.members);
            keys.filter_map(|key| self.members.get(*key)).collect()
        };
        sort_by_userid(&mut members);
        members
    }
}

fn sort_by_userid(members: &mut [&Member]) {
    members.sort_by_cached_key(|member| Member::comparable_userid(&member.userid));
}
