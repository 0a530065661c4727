//! The members of a corp with their indexes; it keeps them true and knows no API rules.
//!
//! A member lives in a numbered slot; userid, mobile and mail addresses lead to the slot. The userid
//! index is ordered, which is what makes paging resume in one step. Departments and leaders refer to
//! slots, so renaming a member touches nothing else. Slots of deleted members are not used again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use serde_json::Value;

use super::phone::{comparable_email, comparable_mobile};

/// The slot of a member.
pub(crate) type Key = u32;

/// What a member is called in one department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub department: u32,
    pub order: u32,
    pub leader: bool,
}

/// One member.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub userid: String,
    pub name: String,
    pub alias: String,
    pub mobile: String,
    pub email: String,
    pub biz_mail: String,
    pub biz_mail_alias: Vec<String>,
    pub places: Vec<Membership>,
    pub direct_leader: Vec<Key>,
    pub main_department: u32,
    pub position: String,
    /// 0 not set, 1 male, 2 female.
    pub gender: u8,
    pub telephone: String,
    pub address: String,
    pub enabled: bool,
    /// The status while enabled: 1 activated, 4 not activated, 5 left.
    pub base_status: u8,
    pub avatar_mediaid: String,
    pub avatar: String,
    pub thumb_avatar: String,
    pub qr_code: String,
    pub attributes: Vec<Value>,
    pub external_profile: Option<Value>,
    pub external_position: String,
    pub nickname: String,
    pub creator: bool,
    pub generated_userid: bool,
    pub exmail_bound: bool,
    pub unlicensed: bool,
    /// As the state gives it; see [`Corp::openid_of`](super::Corp::openid_of).
    pub openid: String,
}

impl Member {
    /// The status a reader sees.
    pub fn status(&self) -> u8 {
        if self.enabled { self.base_status } else { 2 }
    }

    /// The form in which userids are compared.
    pub fn comparable_userid(userid: &str) -> String {
        userid.to_ascii_lowercase()
    }
}

/// All members of a corp.
#[derive(Debug, Default)]
pub(crate) struct Members {
    slots: Vec<Option<Box<Member>>>,
    by_userid: BTreeMap<Box<str>, Key>,
    by_mobile: HashMap<Box<str>, Key>,
    by_email: HashMap<Box<str>, Key>,
    by_biz_mail: HashMap<Box<str>, Key>,
    /// Who names a member as direct leader.
    reports: HashMap<Key, BTreeSet<Key>>,
}

impl Members {
    pub fn len(&self) -> usize {
        self.by_userid.len()
    }

    pub fn get(&self, key: Key) -> Option<&Member> {
        self.slots.get(usize::try_from(key).ok()?)?.as_deref()
    }

    /// The slot of a userid, without regard to case.
    pub fn find(&self, userid: &str) -> Option<Key> {
        if userid.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.by_userid.get(Member::comparable_userid(userid).as_str()).copied()
        } else {
            self.by_userid.get(userid).copied()
        }
    }

    pub fn holder_of_mobile(&self, mobile: &str) -> Option<Key> {
        self.by_mobile.get(mobile_key(mobile).as_str()).copied()
    }

    pub fn holder_of_email(&self, email: &str) -> Option<Key> {
        self.by_email.get(comparable_email(email).as_str()).copied()
    }

    pub fn holder_of_biz_mail(&self, mail: &str) -> Option<Key> {
        self.by_biz_mail.get(comparable_email(mail).as_str()).copied()
    }

    /// Members in the order of their comparable userids, from one onwards.
    pub fn onwards_from(&self, start: Bound<&str>) -> impl Iterator<Item = (&str, Key, &Member)> {
        let range = self.by_userid.range::<str, _>((start, Bound::Unbounded));
        range.filter_map(|(userid, key)| Some((&**userid, *key, self.get(*key)?)))
    }

    /// The slot the next new member will get.
    pub fn next_key(&self) -> Key {
        Key::try_from(self.slots.len()).unwrap_or(Key::MAX)
    }

    /// Adds a member whose unique fields were checked.
    pub fn insert(&mut self, member: Member) -> Key {
        let key = self.next_key();
        self.link(key, &member);
        self.slots.push(Some(Box::new(member)));
        key
    }

    /// Takes a member out, with every trace in the indexes except who reports to it.
    pub fn take(&mut self, key: Key) -> Option<Member> {
        let member = self.slots.get_mut(usize::try_from(key).ok()?)?.take()?;
        self.unlink(key, &member);
        Some(*member)
    }

    /// Puts a changed member back where it was taken from.
    pub fn put_back(&mut self, key: Key, member: Member) {
        self.link(key, &member);
        if let Some(slot) = usize::try_from(key).ok().and_then(|index| self.slots.get_mut(index)) {
            *slot = Some(Box::new(member));
        }
    }

    /// Removes a member for good, also from the leader lists of others.
    pub fn remove(&mut self, key: Key) -> Option<Member> {
        let member = self.take(key)?;
        for report in self.reports.remove(&key).into_iter().flatten() {
            if let Some(report) = usize::try_from(report).ok().and_then(|index| self.slots.get_mut(index)?.as_mut()) {
                report.direct_leader.retain(|leader| *leader != key);
            }
        }
        Some(member)
    }

    fn link(&mut self, key: Key, member: &Member) {
        self.by_userid.insert(Member::comparable_userid(&member.userid).into(), key);
        if !member.mobile.is_empty() {
            self.by_mobile.insert(mobile_key(&member.mobile).into(), key);
        }
        if !member.email.is_empty() {
            self.by_email.insert(comparable_email(&member.email).into(), key);
        }
        if !member.biz_mail.is_empty() {
            self.by_biz_mail.insert(comparable_email(&member.biz_mail).into(), key);
        }
        for leader in &member.direct_leader {
            self.reports.entry(*leader).or_default().insert(key);
        }
    }

    fn unlink(&mut self, key: Key, member: &Member) {
        self.by_userid.remove(Member::comparable_userid(&member.userid).as_str());
        self.by_mobile.remove(mobile_key(&member.mobile).as_str());
        self.by_email.remove(comparable_email(&member.email).as_str());
        self.by_biz_mail.remove(comparable_email(&member.biz_mail).as_str());
        for leader in &member.direct_leader {
            if let Some(reports) = self.reports.get_mut(leader) {
                reports.remove(&key);
                if reports.is_empty() {
                    self.reports.remove(leader);
                }
            }
        }
    }
}

/// A loaded state may hold numbers no caller could have sent; they are compared as they are.
fn mobile_key(mobile: &str) -> String {
    comparable_mobile(mobile).unwrap_or_else(|| mobile.to_owned())
}
