//! What a member's fields must look like, before anything is compared with the directory.
//!
//! [`MemberInput`] is the typed form of a create or update body: every field is optional, and an
//! absent field is told from an empty one, because an update clears the latter and leaves the former.

use serde_json::Value;

use super::fields::Fields;
use super::profile;
use crate::corp::phone::{comparable_mobile, is_email};
use crate::errors::ApiError;
use crate::state::CorpOptions;

/// The longest userid, in bytes.
const USERID_BYTES: usize = 64;
/// The longest name, in characters.
const NAME_LENGTH: usize = 64;
/// The longest position and address, in characters.
const LINE_LENGTH: usize = 128;
/// The longest position for outsiders, in characters.
const EXTERNAL_POSITION_LENGTH: usize = 12;
/// The longest telephone number, in bytes.
const TELEPHONE_BYTES: usize = 32;
/// The most aliases of a corp mailbox.
const MAIL_ALIASES: usize = 5;

/// The body of a create or update call.
#[derive(Debug)]
pub(crate) struct MemberInput<'a> {
    pub userid: Option<&'a str>,
    pub new_userid: Option<&'a str>,
    pub name: Option<&'a str>,
    pub alias: Option<&'a str>,
    pub mobile: Option<&'a str>,
    pub email: Option<&'a str>,
    pub biz_mail: Option<&'a str>,
    pub biz_mail_alias: Option<Vec<&'a str>>,
    /// Empty for an empty list, for 0 and for a list of zeros.
    pub department: Option<Vec<u32>>,
    pub order: Option<Vec<u32>>,
    pub is_leader_in_dept: Option<Vec<u32>>,
    pub direct_leader: Option<Vec<&'a str>>,
    pub main_department: Option<u32>,
    pub position: Option<&'a str>,
    /// 0 not set, 1, 2; clients send it as text or as a number.
    pub gender: Option<u8>,
    pub telephone: Option<&'a str>,
    pub address: Option<&'a str>,
    pub enable: Option<u32>,
    pub avatar_mediaid: Option<&'a str>,
    pub attributes: Option<&'a [Value]>,
    pub external_profile: Option<Fields<'a>>,
    pub external_position: Option<&'a str>,
    pub nickname: Option<&'a str>,
    pub to_invite: bool,
}

impl<'a> MemberInput<'a> {
    /// Reads a body; the only refusals are wrong JSON types.
    pub fn read(fields: Fields<'a>) -> Result<Self, ApiError> {
        let alias_list = fields.object("biz_mail_alias")?;
        let attributes = fields.object("extattr")?;
        Ok(Self {
            userid: fields.text("userid")?,
            new_userid: fields.text("new_userid")?,
            name: fields.text("name")?,
            alias: fields.text("alias")?,
            mobile: fields.text("mobile")?,
            email: fields.text("email")?,
            biz_mail: fields.text("biz_mail")?,
            biz_mail_alias: match alias_list {
                Some(object) => Some(Fields(object).texts("item")?.unwrap_or_default()),
                None => None,
            },
            department: departments(fields)?,
            order: fields.uints("order")?,
            is_leader_in_dept: fields.uints("is_leader_in_dept")?,
            direct_leader: fields.texts("direct_leader")?,
            main_department: fields.uint("main_department")?,
            position: fields.text("position")?,
            gender: gender(fields)?,
            telephone: fields.text("telephone")?,
            address: fields.text("address")?,
            enable: fields.uint("enable")?,
            avatar_mediaid: fields.text("avatar_mediaid")?,
            attributes: match attributes {
                Some(object) => Fields(object).list("attrs")?,
                None => None,
            },
            external_profile: fields.object("external_profile")?.map(Fields),
            external_position: fields.text("external_position")?,
            nickname: fields.text("nickname")?,
            to_invite: fields.flag("to_invite")?.unwrap_or(true),
        })
    }

    /// Checks every field on its own.
    pub fn check(&self, options: &CorpOptions) -> Result<(), ApiError> {
        if self.name.is_some_and(|name| name.is_empty() || length(name) > NAME_LENGTH) {
            return Err(ApiError::of(60112));
        }
        limit("alias", self.alias, options.alias_limit)?;
        if self.mobile.is_some_and(|mobile| !mobile.is_empty() && comparable_mobile(mobile).is_none()) {
            return Err(ApiError::of(60103));
        }
        if self.email.is_some_and(|email| !email.is_empty() && !is_email(email)) {
            return Err(ApiError::of(60105));
        }
        self.check_mailbox()?;
        self.check_departments(options)?;
        if self.direct_leader.as_ref().is_some_and(|leaders| leaders.len() > options.direct_leader_limit) {
            return Err(ApiError::of(60257));
        }
        if self.position.is_some_and(|position| length(position) > LINE_LENGTH) {
            return Err(ApiError::of(301012));
        }
        if self.telephone.is_some_and(|number| !is_telephone(number)) {
            return Err(ApiError::of(301013));
        }
        limit("address", self.address, LINE_LENGTH)?;
        if self.enable.is_some_and(|enable| enable > 1) {
            return Err(ApiError::unusable("enable"));
        }
        limit("external_position", self.external_position, EXTERNAL_POSITION_LENGTH)?;
        profile::check_attributes(self.attributes.unwrap_or_default())?;
        self.external_profile.map_or(Ok(()), |fields| profile::check_external(fields, options))
    }

    fn check_mailbox(&self) -> Result<(), ApiError> {
        let aliases = self.biz_mail_alias.as_deref().unwrap_or_default();
        if aliases.len() > MAIL_ALIASES {
            return Err(ApiError::too_long("biz_mail_alias", MAIL_ALIASES));
        }
        let own = self.biz_mail.filter(|mail| !mail.is_empty());
        if !aliases.iter().copied().chain(own).all(is_email) {
            return Err(ApiError::of(60143));
        }
        Ok(())
    }

    fn check_departments(&self, options: &CorpOptions) -> Result<(), ApiError> {
        let departments = self.department.as_deref().unwrap_or_default();
        if departments.len() > options.member_department_limit {
            return Err(ApiError::of(60110));
        }
        if departments.contains(&0) {
            return Err(ApiError::of(60123));
        }
        if self.is_leader_in_dept.iter().flatten().any(|flag| *flag > 1) {
            return Err(ApiError::unusable("is_leader_in_dept"));
        }
        Ok(())
    }
}

/// `"1"` and `1` alike: widely used clients send the number, and it works.
fn gender(fields: Fields<'_>) -> Result<Option<u8>, ApiError> {
    let number = match fields.get("gender") {
        None => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => Some(0),
        Some(Value::String(text)) => text.parse::<u64>().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        Some(_) => return Err(ApiError::wrong_type("gender", "string")),
    };
    let known = number.and_then(|number| u8::try_from(number).ok()).filter(|number| *number <= 2);
    known.map(Some).ok_or_else(|| ApiError::unusable("gender"))
}

/// A list of numbers, or the single number 0; everything else is 41019.
fn departments(fields: Fields<'_>) -> Result<Option<Vec<u32>>, ApiError> {
    let value = match fields.get("department") {
        None => return Ok(None),
        Some(value) => value,
    };
    if value.as_u64() == Some(0) {
        return Ok(Some(Vec::new()));
    }
    match fields.uints("department") {
        Ok(Some(list)) if list.iter().all(|id| *id == 0) => Ok(Some(Vec::new())),
        Ok(list) => Ok(list),
        Err(_) => Err(ApiError::of(41019)),
    }
}

/// A userid that must be there: 41009 without, 40058 when too long, 40003 when malformed.
pub(crate) fn required_userid(userid: Option<&str>) -> Result<&str, ApiError> {
    let userid = userid.filter(|userid| !userid.is_empty()).ok_or_else(|| ApiError::of(41009))?;
    if userid.len() > USERID_BYTES {
        return Err(ApiError::too_long("userid", USERID_BYTES));
    }
    if !is_userid(userid) {
        return Err(ApiError::of(40003));
    }
    Ok(userid)
}

/// Whether a userid has the right characters and length.
pub(crate) fn is_userid(userid: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'.');
    (1..=USERID_BYTES).contains(&userid.len())
        && userid.bytes().all(allowed)
        && userid.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

fn is_telephone(number: &str) -> bool {
    number.len() <= TELEPHONE_BYTES
        && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b','))
}

fn limit(field: &str, value: Option<&str>, most: usize) -> Result<(), ApiError> {
    match value {
        Some(value) if length(value) > most => Err(ApiError::too_long(field, most)),
        _ => Ok(()),
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}
