//! The small member calls: openids, the second factor, the code to join by, and how many were active.

use serde::Serialize;

use super::{Call, Reply, done, success};
use crate::corp::grants::Person;
use crate::errors::ApiError;

#[derive(Serialize)]
struct Openid {
    errcode: i64,
    errmsg: &'static str,
    openid: String,
}

#[derive(Serialize)]
struct Userid<'a> {
    errcode: i64,
    errmsg: &'static str,
    userid: &'a str,
}

#[derive(Serialize)]
struct Tfa<'a> {
    errcode: i64,
    errmsg: &'static str,
    userid: &'a str,
    tfa_code: &'a str,
}

#[derive(Serialize)]
struct JoinCode {
    errcode: i64,
    errmsg: &'static str,
    join_qrcode: String,
}

#[derive(Serialize)]
struct Active {
    errcode: i64,
    errmsg: &'static str,
    active_cnt: usize,
}

#[derive(Serialize)]
struct Addresses {
    errcode: i64,
    errmsg: &'static str,
    ip_list: [&'static str; 1],
}

/// A member the caller sees, or 60111.
fn visible<'a>(call: &'a Call<'_>, userid: &str) -> Result<&'a crate::corp::members::Member, ApiError> {
    let key = call.corp.members.find(userid).filter(|key| call.view().sees(*key));
    key.and_then(|key| call.corp.members.get(key)).ok_or_else(|| ApiError::of(60111))
}

/// `POST /cgi-bin/user/convert_to_openid`
pub(super) fn to_openid(call: &mut Call<'_>) -> Reply {
    let userid =
        call.fields().text("userid")?.filter(|userid| !userid.is_empty()).ok_or_else(|| ApiError::of(41009))?;
    call.touched.userid = Some(userid.into());
    let openid = call.corp.openid_of(visible(call, userid)?).ok_or_else(|| ApiError::of(43004))?;
    success(&Openid { errcode: 0, errmsg: "ok", openid })
}

/// `POST /cgi-bin/user/convert_to_userid`
pub(super) fn to_userid(call: &mut Call<'_>) -> Reply {
    let openid = call.fields().text("openid")?.unwrap_or_default();
    let key = call.corp.holder_of_openid(openid).filter(|key| call.view().sees(*key));
    let member = key.and_then(|key| call.corp.members.get(key)).ok_or_else(|| ApiError::of(40073))?;
    call.touched.userid = Some(member.userid.as_str().into());
    success(&Userid { errcode: 0, errmsg: "ok", userid: &member.userid })
}

/// `GET /cgi-bin/user/authsucc`
pub(super) fn auth_succeeded(call: &mut Call<'_>) -> Reply {
    let userid = call.userid_in_query()?;
    visible(call, userid)?;
    done("ok")
}

/// `POST /cgi-bin/auth/get_tfa_info`
pub(super) fn tfa_info(call: &mut Call<'_>) -> Reply {
    let code = call.fields().text("code")?.unwrap_or_default();
    let code = call.corp.grants.take_code(code, call.at.now_ms).ok_or_else(|| ApiError::of(40029))?;
    let Person::Member(userid) = code.person else { return Err(ApiError::of(40029)) };
    let tfa_code = call.at.id("TFA_", 6);
    call.corp.grants.add_tfa(&tfa_code, &userid, call.at.now_ms);
    success(&Tfa { errcode: 0, errmsg: "ok", userid: &userid, tfa_code: &tfa_code })
}

/// `POST /cgi-bin/user/tfa_succ`
pub(super) fn tfa_succeeded(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let (userid, code) = (fields.text("userid")?.unwrap_or_default(), fields.text("tfa_code")?.unwrap_or_default());
    match call.corp.grants.take_tfa(code, userid, call.at.now_ms) {
        true => done("ok"),
        false => Err(ApiError::of(40207)),
    }
}

/// `GET /cgi-bin/corp/get_join_qrcode`
pub(super) fn join_code(call: &mut Call<'_>) -> Reply {
    let size = match call.query.get("size_type") {
        None => 1,
        Some(text) => {
            text.parse().ok().filter(|size| (1..=4).contains(size)).ok_or_else(|| ApiError::unusable("size_type"))?
        }
    };
    let join_qrcode =
        format!("https://work.weixin.qq.com/wework_admin/genqrcode?action=join&vcode=demo&r_hash=demo&qr_size={size}");
    success(&JoinCode { errcode: 0, errmsg: "ok", join_qrcode })
}

/// `POST /cgi-bin/user/get_active_stat`: everybody who was activated counts as active on every day.
pub(super) fn active(call: &mut Call<'_>) -> Reply {
    let date = call.fields().text("date")?.unwrap_or_default();
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_date {
        return Err(ApiError::unusable("date"));
    }
    let all = call.corp.members.onwards_from(std::ops::Bound::Unbounded);
    let active_cnt = all.filter(|(_, _, member)| member.status() == 1).count();
    success(&Active { errcode: 0, errmsg: "ok", active_cnt })
}

/// `GET /cgi-bin/get_api_domain_ip` and `GET /cgi-bin/getcallbackip`: this machine, for both.
pub(super) fn addresses(_: &mut Call<'_>) -> Reply {
    success(&Addresses { errcode: 0, errmsg: "ok", ip_list: ["127.0.0.1"] })
}
