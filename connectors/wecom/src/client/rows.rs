//! What does WeCom say of departments, memberships, tags, and of the app?

use serde::Deserialize;
use serde_json::Value;

use super::lenient;
use crate::tree::COMPANY;

/// A department as listed; `simplelist` leaves the names out.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DepartmentRow {
    /// Its number.
    pub id: i64,
    /// Its name, when the caller may see it.
    pub name: Option<String>,
    /// Its English name.
    pub name_en: Option<String>,
    /// The department above; 0 above the company.
    pub parentid: Option<i64>,
    /// Its sort value, which some servers write as a text.
    #[serde(default, deserialize_with = "lenient::number")]
    pub order: Option<i64>,
}

/// One membership.
#[derive(Debug, Deserialize)]
pub(crate) struct MembershipRow {
    /// The member.
    pub userid: String,
    /// The department.
    pub department: Option<i64>,
}

/// A tag as listed.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TagRow {
    /// Its number.
    pub tagid: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub tagname: String,
}

/// What a tag holds, as far as the caller sees it. The members of its departments are not listed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TagContent {
    /// Its members.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub userlist: Vec<TaggedUser>,
    /// Its departments.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub partylist: Vec<i64>,
}

/// A member of a tag.
#[derive(Debug, Deserialize)]
pub(crate) struct TaggedUser {
    /// The member.
    pub userid: String,
}

/// A self-built app and its visible range. Keys of an empty range may be missing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AgentRow {
    /// 1 when it is disabled.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub close: i64,
    /// The trusted domain, without a scheme.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub redirect_domain: String,
    /// The home page on the workbench.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub home_url: String,
    allow_userinfos: Option<AllowedUsers>,
    allow_partys: Option<AllowedParties>,
    allow_tags: Option<AllowedTags>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AllowedUsers {
    #[serde(deserialize_with = "lenient::or_empty")]
    user: Vec<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AllowedParties {
    #[serde(deserialize_with = "lenient::or_empty")]
    partyid: Vec<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AllowedTags {
    #[serde(deserialize_with = "lenient::or_empty")]
    tagid: Vec<Value>,
}

impl AgentRow {
    /// Whether it sees the whole company. Only then is what it reads of a member all there is: departments and leaders
    /// outside the range are cut out without a word.
    pub fn sees_all(&self) -> bool {
        self.allow_partys.as_ref().is_some_and(|range| range.partyid.contains(&COMPANY))
    }

    /// The departments in its range, with all below them.
    pub fn departments(&self) -> &[i64] {
        self.allow_partys.as_ref().map_or(&[], |range| &range.partyid)
    }

    /// The members who are in its range by themselves.
    pub fn members(&self) -> Vec<&str> {
        let users = self.allow_userinfos.iter().flat_map(|range| &range.user);
        users.filter_map(|user| user.get("userid").unwrap_or(user).as_str()).collect()
    }

    /// The tags in its range.
    pub fn tags(&self) -> Vec<i64> {
        let tags = self.allow_tags.iter().flat_map(|range| &range.tagid);
        tags.filter_map(|tag| tag.as_i64().or_else(|| tag.as_str()?.parse().ok())).collect()
    }

    /// How many departments, members and tags are in its range.
    pub fn range(&self) -> [usize; 3] {
        [
            self.allow_partys.as_ref().map_or(0, |range| range.partyid.len()),
            self.allow_userinfos.as_ref().map_or(0, |range| range.user.len()),
            self.allow_tags.as_ref().map_or(0, |range| range.tagid.len()),
        ]
    }
}
