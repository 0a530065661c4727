//! Reading members: one, or the direct members of a department, in short or in full.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::department_read::readable;
use super::{Call, Reply, success};
use crate::corp::Corp;
use crate::corp::members::{Member, Membership};
use crate::corp::visibility::View;
use crate::errors::ApiError;
use crate::state::HiddenField;

/// A member as a reader sees it; withheld fields have no key.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    userid: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_userid: Option<String>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<&'a str>,
    department: Vec<u32>,
    order: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'a str>,
    gender: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_mail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_leader_in_dept: Option<Vec<u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_leader: Option<Vec<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telephone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    main_department: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extattr: Option<Attributes<'a>>,
    external_position: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_profile: Option<&'a Value>,
    status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumb_avatar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code: Option<&'a str>,
}

#[derive(Serialize)]
struct Attributes<'a> {
    attrs: &'a [Value],
}

impl<'a> Row<'a> {
    /// What a reader may not view is cut out of the lists without a word.
    pub fn new(corp: &'a Corp, member: &'a Member, view: View<'_>) -> Self {
        let allowed = |field: HiddenField| !view.hides(field);
        let hidden = view.hides_sensitive_fields();
        let shown = |text: &'a String| (!hidden).then_some(text.as_str());
        let leaders = member.direct_leader.iter().filter(|key| view.sees(**key));
        let leaders = leaders.filter_map(|key| corp.members.get(*key));
        let places: Vec<&Membership> = member.places.iter().filter(|place| view.department(place.department)).collect();
        let main = member.main_department;
        Self {
            userid: view.userid(member),
            open_userid: view.open_userid(member),
            name: if allowed(HiddenField::Name) { &member.name } else { &member.userid },
            alias: allowed(HiddenField::Alias).then_some(&member.alias),
            mobile: shown(&member.mobile),
            department: places.iter().map(|place| place.department).collect(),
            order: places.iter().map(|place| place.order).collect(),
            position: allowed(HiddenField::Position).then_some(&member.position),
            gender: match member.gender {
                1 if !hidden => "1",
                2 if !hidden => "2",
                _ => "0",
            },
            email: shown(&member.email),
            biz_mail: shown(&member.biz_mail),
            is_leader_in_dept: allowed(HiddenField::Leaders)
                .then(|| places.iter().map(|place| u8::from(place.leader)).collect()),
            direct_leader: allowed(HiddenField::Leaders).then(|| leaders.map(|leader| view.userid(leader)).collect()),
            telephone: allowed(HiddenField::Telephone).then_some(&member.telephone),
            address: shown(&member.address),
            main_department: (main != 0 && view.department(main)).then_some(main),
            extattr: allowed(HiddenField::Extattr).then_some(Attributes { attrs: &member.attributes }),
            external_position: &member.external_position,
            external_profile: member.external_profile.as_ref(),
            status: member.status(),
            avatar: shown(&member.avatar),
            thumb_avatar: shown(&member.thumb_avatar),
            qr_code: shown(&member.qr_code),
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
    errcode: i64,
    errmsg: &'static str,
    #[serde(flatten)]
    member: Row<'a>,
}

#[derive(Serialize)]
struct List<T> {
    errcode: i64,
    errmsg: &'static str,
    userlist: Vec<T>,
}

#[derive(Serialize)]
pub(super) struct ShortRow<'a> {
    userid: Cow<'a, str>,
    name: &'a str,
    department: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_userid: Option<String>,
}

impl<'a> ShortRow<'a> {
    pub fn new(member: &'a Member, view: View<'_>) -> Self {
        let ids = member.places.iter().map(|place| place.department).filter(|id| view.department(*id));
        Self {
            userid: view.userid(member),
            name: if view.hides(HiddenField::Name) { &member.userid } else { &member.name },
            department: ids.collect(),
            open_userid: view.open_userid(member),
        }
    }
}

/// `GET /cgi-bin/user/get`
pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let userid = call.userid_in_query()?;
    let view = call.view();
    let key = view.find(userid).ok_or_else(|| ApiError::of(60111))?;
    let member = call.corp.members.get(key).filter(|member| view.member(key, member));
    let member = member.ok_or_else(|| ApiError::of(60111))?;
    let member = Row::new(call.corp, member, view);
    success(&One { errcode: 0, errmsg: "ok", member })
}

/// `GET /cgi-bin/user/simplelist`
pub(super) fn simple_list(call: &mut Call<'_>) -> Reply {
    let id = call.department_in_query("department_id")?;
    let (members, view) = members(call, id)?;
    let rows = members.into_iter().map(|member| ShortRow::new(member, view));
    success(&List { errcode: 0, errmsg: "ok", userlist: rows.collect() })
}

/// `GET /cgi-bin/user/list`
pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let id = call.department_in_query("department_id")?;
    let (members, view) = members(call, id)?;
    let rows = members.into_iter().map(|member| Row::new(call.corp, member, view));
    success(&List { errcode: 0, errmsg: "ok", userlist: rows.collect() })
}

/// The members a list shows. A department in range shows all of its members, so no further look at
/// the visible range is needed.
fn members<'a>(call: &'a Call<'_>, id: Option<u32>) -> Result<(Vec<&'a Member>, View<'a>), ApiError> {
    let id = id.ok_or_else(|| ApiError::unusable("department_id"))?;
    readable(call, id)?;
    let recursive = call.corp.options.fetch_child && call.query.get("fetch_child") == Some("1");
    let members = call.corp.members_of(id, recursive);
    if call.corp.options.list_limit.is_some_and(|limit| members.len() > limit) {
        return Err(ApiError::of(45029));
    }
    Ok((members, call.view()))
}
