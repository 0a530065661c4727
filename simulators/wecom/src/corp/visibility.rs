//! Whom and what an app sees: its visible range (可见范围) and the fields withheld since 2022.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::members::{Key, Member};
use super::{App, Corp, Holder, Tag};
use crate::state::{AppKind, HiddenField, SensitiveFields};

/// What the holder of a token may see.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View<'a> {
    /// The whole corp with every field.
    Everything(&'a Corp),
    /// What an app may see.
    App(&'a Corp, &'a App),
}

impl<'a> View<'a> {
    /// The view of a holder.
    pub fn of(corp: &'a Corp, holder: Holder) -> Self {
        match holder {
            Holder::Contacts | Holder::ContactEdit => Self::Everything(corp),
            Holder::App(agentid) => match corp.app(agentid) {
                Some(app) => Self::App(corp, app),
                None => Self::Everything(corp),
            },
        }
    }

    /// Whether a department is in range.
    pub fn department(self, id: u32) -> bool {
        match self {
            Self::Everything(_) => true,
            Self::App(corp, app) => corp.tree.lineage(id).any(|node| {
                app.visible_departments.contains(&node.id)
                    || tags(corp, app).any(|tag| tag.departments.contains(&node.id))
            }),
        }
    }

    /// Whether a member is in range.
    pub fn member(self, key: Key, member: &Member) -> bool {
        match self {
            Self::Everything(_) => true,
            Self::App(corp, app) => {
                app.visible_users.contains(&key)
                    || tags(corp, app).any(|tag| tag.users.contains(&key))
                    || member.places.iter().any(|place| self.department(place.department))
            }
        }
    }

    /// Whether the member of this slot is in range.
    pub fn sees(self, key: Key) -> bool {
        let (Self::Everything(corp) | Self::App(corp, _)) = self;
        corp.members.get(key).is_some_and(|member| self.member(key, member))
    }

    /// Whether phone numbers, addresses and the like are withheld.
    pub fn hides_sensitive_fields(self) -> bool {
        match self {
            Self::Everything(_) => false,
            Self::App(_, app) => app.settings.sensitive_fields == SensitiveFields::Hidden,
        }
    }

    /// Whether a field beside the sensitive ones is withheld.
    pub fn hides(self, field: HiddenField) -> bool {
        match self {
            Self::Everything(_) => false,
            Self::App(_, app) => {
                let by_kind = matches!(
                    field,
                    HiddenField::Name | HiddenField::Position | HiddenField::Leaders | HiddenField::DepartmentName
                );
                app.settings.hidden_fields.contains(&field) || (by_kind && app.settings.kind == AppKind::ThirdParty)
            }
        }
    }

    /// The name of a member, or the userid in its place.
    pub fn name(self, member: &Member) -> &str {
        if self.hides(HiddenField::Name) { &member.userid } else { &member.name }
    }

    /// The name of a department, or the id in its place.
    pub fn department_name(self, id: u32, name: &str) -> Cow<'_, str> {
        if self.hides(HiddenField::DepartmentName) { Cow::Owned(id.to_string()) } else { Cow::Borrowed(name) }
    }

    /// The userid as providers know it, for those who get it.
    pub fn open_userid(self, member: &Member) -> Option<String> {
        match self {
            Self::App(corp, app) if app.settings.kind == AppKind::ThirdParty => Some(corp.open_userid(&member.userid)),
            Self::App(..) | Self::Everything(_) => None,
        }
    }

    /// The userid as the reader knows it.
    pub fn userid(self, member: &Member) -> Cow<'_, str> {
        match self {
            Self::App(corp, app) if app.settings.provider_ids => Cow::Owned(corp.open_userid(&member.userid)),
            Self::App(..) | Self::Everything(_) => Cow::Borrowed(&member.userid),
        }
    }

    /// The member whom the reader knows by this userid.
    pub fn find(self, userid: &str) -> Option<Key> {
        match self {
            Self::App(corp, app) if app.settings.provider_ids => {
                let is_meant = |member: &Member| corp.open_userid(&member.userid).eq_ignore_ascii_case(userid);
                let mut all = corp.members.onwards_from(std::ops::Bound::Unbounded);
                all.find(|(_, _, member)| is_meant(member)).map(|(_, key, _)| key)
            }
            Self::App(corp, _) | Self::Everything(corp) => corp.members.find(userid),
        }
    }

    /// Every department in range, by ascending id.
    pub fn departments(self) -> Vec<u32> {
        match self {
            Self::Everything(corp) => corp.tree.subtree(super::tree::ROOT),
            Self::App(corp, app) => {
                let tagged = tags(corp, app).flat_map(|tag| &tag.departments);
                let subtrees = app.visible_departments.iter().chain(tagged).map(|id| corp.tree.subtree(*id));
                let all: BTreeSet<u32> = subtrees.flatten().collect();
                all.into_iter().collect()
            }
        }
    }
}

/// The tags in the range of an app: their members and departments are visible, too.
fn tags<'a>(corp: &'a Corp, app: &'a App) -> impl Iterator<Item = &'a Tag> {
    app.settings.visible.tags.iter().filter_map(|id| corp.tags.get(id))
}
