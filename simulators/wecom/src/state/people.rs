//! What is a department, a member, a tag?

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One department.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentState {
    /// The id; the root is 1.
    pub id: u32,
    /// The name, unique among siblings.
    pub name: String,
    /// The English name.
    #[serde(default)]
    pub name_en: String,
    /// The parent; 0 for the root.
    #[serde(default)]
    pub parentid: u32,
    /// The sort value, larger first; without it, the platform's default for the next sibling.
    #[serde(default)]
    pub order: Option<u32>,
}

/// One member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserState {
    /// The account, unique without regard to case.
    pub userid: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The alias.
    #[serde(default)]
    pub alias: String,
    /// The mobile number, as it was sent.
    #[serde(default)]
    pub mobile: String,
    /// The personal mail address.
    #[serde(default)]
    pub email: String,
    /// The corp mail address.
    #[serde(default)]
    pub biz_mail: String,
    /// Aliases of the corp mail address.
    #[serde(default)]
    pub biz_mail_alias: Vec<String>,
    /// The departments; the root when empty.
    #[serde(default)]
    pub department: Vec<u32>,
    /// The sort value in each department; zeros when empty.
    #[serde(default)]
    pub order: Vec<u32>,
    /// Whether the member heads each department; zeros when empty.
    #[serde(default)]
    pub is_leader_in_dept: Vec<u8>,
    /// The direct leaders, by userid.
    #[serde(default)]
    pub direct_leader: Vec<String>,
    /// The main department; the first of `department` when absent or 0.
    #[serde(default)]
    pub main_department: u32,
    /// The position.
    #[serde(default)]
    pub position: String,
    /// `"0"` not set, `"1"` male, `"2"` female.
    #[serde(default = "not_set")]
    pub gender: String,
    /// The fixed-line number.
    #[serde(default)]
    pub telephone: String,
    /// The postal address.
    #[serde(default)]
    pub address: String,
    /// 1 enabled, 0 disabled; follows `status` when absent.
    #[serde(default)]
    pub enable: Option<u8>,
    /// 1 activated, 2 disabled, 4 not activated, 5 left; 4 when absent.
    #[serde(default)]
    pub status: Option<u8>,
    /// The status a disabled member returns to; only present when disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_when_enabled: Option<u8>,
    /// The avatar's media id, as it was sent.
    #[serde(default)]
    pub avatar_mediaid: String,
    /// The avatar's address.
    #[serde(default)]
    pub avatar: String,
    /// The small avatar's address.
    #[serde(default)]
    pub thumb_avatar: String,
    /// The address of the member's QR code.
    #[serde(default)]
    pub qr_code: String,
    /// The extension attributes: the `attrs` list of `extattr`.
    #[serde(default)]
    pub attributes: Vec<Value>,
    /// The profile shown to outsiders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_profile: Option<Value>,
    /// The position shown to outsiders.
    #[serde(default)]
    pub external_position: String,
    /// The top-level form of the channels account name.
    #[serde(default)]
    pub nickname: String,
    /// Whether this member created the corp and cannot be deleted.
    #[serde(default)]
    pub creator: bool,
    /// Whether the platform made the userid, so that it may be changed once.
    #[serde(default)]
    pub generated_userid: bool,
    /// Whether the mailbox is bound to Tencent Exmail, so that the address is kept and nobody is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exmail_bound: bool,
    /// Whether the member has no interface licence, so that messages name it in `unlicenseduser`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlicensed: bool,
    /// The openid; a member who was never activated has none unless it is written here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub openid: String,
}

/// One tag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagState {
    /// The id.
    pub tagid: u32,
    /// The name, unique in the corp.
    pub tagname: String,
    /// The app that made it; without one, contact sync or an administrator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<i64>,
    /// The members, by userid.
    #[serde(default)]
    pub users: Vec<String>,
    /// The departments; their members are not listed.
    #[serde(default)]
    pub departments: Vec<u32>,
}

fn not_set() -> String {
    "0".to_owned()
}
