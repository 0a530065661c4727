//! Whom a message or an invitation is for: names and numbers, checked against what the caller sees.

use std::collections::BTreeSet;

use super::Call;
use crate::corp::members::Key;
use crate::corp::{Holder, Tag};
use crate::state::AppKind;

/// Members that are meant, and what of the request meant nobody.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    pub members: BTreeSet<Key>,
    /// In lower case, as the platform gives them back.
    pub invalid_users: Vec<String>,
    pub invalid_parties: Vec<String>,
    pub invalid_tags: Vec<String>,
    /// How many of the names and numbers were good.
    pub valid: usize,
}

impl Receivers {
    /// Whether something was not good.
    pub fn is_partial(&self) -> bool {
        !(self.invalid_users.is_empty() && self.invalid_parties.is_empty() && self.invalid_tags.is_empty())
    }

    pub fn add_users<'a>(&mut self, call: &Call<'_>, userids: impl IntoIterator<Item = &'a str>) {
        for userid in userids {
            let key = call.corp.members.find(userid);
            match key.filter(|key| sees(call, *key)) {
                Some(key) => {
                    self.valid += 1;
                    self.members.insert(key);
                }
                None => self.invalid_users.push(userid.to_lowercase()),
            }
        }
    }

    /// Departments with everybody below them.
    pub fn add_parties<'a>(&mut self, call: &Call<'_>, ids: impl IntoIterator<Item = &'a str>) {
        for text in ids {
            let id = text.parse().ok().filter(|id| call.corp.tree.contains(*id) && call.view().department(*id));
            match id {
                Some(id) => {
                    self.valid += 1;
                    self.members.extend(members_below(call, id));
                }
                None => self.invalid_parties.push(text.to_owned()),
            }
        }
    }

    pub fn add_tags<'a>(&mut self, call: &Call<'_>, ids: impl IntoIterator<Item = &'a str>) {
        for text in ids {
            let tag = text.parse().ok().and_then(|id| Some((id, call.corp.tags.get(&id)?)));
            match tag.filter(|(id, tag)| may_use_tag(call, *id, tag)) {
                Some((_, tag)) => {
                    self.valid += 1;
                    self.members.extend(tag.users.iter().copied().filter(|key| sees(call, *key)));
                    for id in tag.departments.iter().filter(|id| call.view().department(**id)) {
                        self.members.extend(members_below(call, *id));
                    }
                }
                None => self.invalid_tags.push(text.to_owned()),
            }
        }
    }

    /// Everybody the caller sees.
    pub fn add_all(&mut self, call: &Call<'_>) {
        let all = call.corp.members.onwards_from(std::ops::Bound::Unbounded);
        self.members.extend(all.map(|(_, key, _)| key).filter(|key| sees(call, *key)));
        self.valid += 1;
    }
}

/// Whether the caller sees a member.
pub(super) fn sees(call: &Call<'_>, key: Key) -> bool {
    call.corp.members.get(key).is_some_and(|member| call.view().member(key, member))
}

/// Whether the caller may read a tag: every one, but an app of a provider only its own and those in its range.
pub(super) fn may_read_tag(call: &Call<'_>, id: u32, tag: &Tag) -> bool {
    let by_provider = |app: &crate::corp::App| app.settings.kind == AppKind::ThirdParty;
    match call.holder {
        Holder::App(agentid) if call.corp.app(agentid).is_some_and(by_provider) => may_use_tag(call, id, tag),
        Holder::App(_) | Holder::Contacts | Holder::ContactEdit => true,
    }
}

/// Whether the caller may send to a tag: its own, or one in its range.
fn may_use_tag(call: &Call<'_>, id: u32, tag: &Tag) -> bool {
    match call.holder {
        Holder::Contacts | Holder::ContactEdit => true,
        Holder::App(agentid) => {
            let in_range = |app: &crate::corp::App| app.settings.visible.tags.contains(&id);
            tag.owner == Some(agentid) || call.corp.app(agentid).is_some_and(in_range)
        }
    }
}

fn members_below(call: &Call<'_>, department: u32) -> BTreeSet<Key> {
    let below = call.corp.tree.subtree(department);
    below.iter().filter_map(|id| call.corp.tree.get(*id)).flat_map(|node| node.members.iter().copied()).collect()
}
