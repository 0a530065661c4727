//! Redeeming the code of an authorise page, and reading what the member gave.

use serde::Serialize;

use super::{Call, Reply, success};
use crate::corp::Holder;
use crate::corp::grants::{Code, Person, Ticket};
use crate::errors::ApiError;
use crate::state::OauthField;

/// What is shown in place of an avatar that was not given.
const DEFAULT_AVATAR: &str = "https://wework.qpic.cn/wwhead/nMl9ssowtibVGyrmvBiaibzDtp/0";

#[derive(Serialize, Default)]
struct Info {
    errcode: i64,
    errmsg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    userid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_ticket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_userid: Option<String>,
}

#[derive(Serialize)]
struct OldInfo {
    errcode: i64,
    errmsg: &'static str,
    #[serde(rename = "UserId", skip_serializing_if = "Option::is_none")]
    userid: Option<String>,
    #[serde(rename = "OpenId", skip_serializing_if = "Option::is_none")]
    openid: Option<String>,
    #[serde(rename = "DeviceId")]
    device: &'static str,
}

#[derive(Serialize)]
struct Detail<'a> {
    errcode: i64,
    errmsg: &'static str,
    userid: &'a str,
    gender: &'static str,
    avatar: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_mail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

/// `GET /cgi-bin/auth/getuserinfo`
pub(super) fn info(call: &mut Call<'_>) -> Reply {
    let (agentid, code) = redeem(call)?;
    let mut info = Info { errmsg: "ok", ..Info::default() };
    match code.person {
        Person::Member(userid) => {
            call.touched.userid = Some(userid.as_str().into());
            let is_seen = call.corp.members.find(&userid).is_some_and(|key| call.view().sees(key));
            if let Some(consent) = code.consent.filter(|_| is_seen) {
                let text = call.at.id("UT_", 7);
                let ticket = Ticket { userid: userid.clone(), agentid, consent, made_ms: call.at.now_ms };
                call.corp.grants.add_ticket(&text, ticket);
                info.user_ticket = Some(text);
            }
            info.userid = Some(userid);
        }
        Person::Linked(userid) => info.userid = Some(userid),
        Person::Outsider { openid, external_userid } => {
            info.openid = Some(openid);
            info.external_userid = external_userid;
        }
    }
    success(&info)
}

/// `GET /cgi-bin/user/getuserinfo`: the old path with the old keys.
pub(super) fn old_info(call: &mut Call<'_>) -> Reply {
    let (_, code) = redeem(call)?;
    let (userid, openid) = match code.person {
        Person::Member(userid) | Person::Linked(userid) => (Some(userid), None),
        Person::Outsider { openid, .. } => (None, Some(openid)),
    };
    success(&OldInfo { errcode: 0, errmsg: "ok", userid, openid, device: "DEV-demo" })
}

/// The app that asks and the code, which is used up whatever comes of it.
fn redeem(call: &mut Call<'_>) -> Result<(i64, Code), ApiError> {
    let Holder::App(agentid) = call.holder else { return Err(ApiError::of(50001)) };
    let code = call.query.get("code").unwrap_or_default();
    let code = call.corp.grants.take_code(code, call.at.now_ms).ok_or_else(|| ApiError::of(40029))?;
    if code.agentid.is_some_and(|named| named != agentid) {
        return Err(ApiError::of(40029));
    }
    let app = call.corp.app(agentid).ok_or_else(|| ApiError::of(50003))?;
    // The host as a whole with its port; a parent domain does not do.
    if !code.host.eq_ignore_ascii_case(&app.settings.redirect_domain) {
        return Err(ApiError::of(50001));
    }
    Ok((agentid, code))
}

/// `POST /cgi-bin/auth/getuserdetail`
pub(super) fn detail(call: &mut Call<'_>) -> Reply {
    let text = call.fields().text("user_ticket")?.unwrap_or_default();
    let Holder::App(agentid) = call.holder else { return Err(ApiError::of(50001)) };
    let (ticket, is_old) = call.corp.grants.ticket(text, call.at.now_ms).ok_or_else(|| ApiError::of(84015))?;
    if ticket.agentid != agentid {
        return Err(ApiError::of(84015));
    }
    if is_old {
        return Err(ApiError::of(84014));
    }
    let key = call.corp.members.find(&ticket.userid).ok_or_else(|| ApiError::of(60111))?;
    let member = call.corp.members.get(key).ok_or_else(|| ApiError::of(60111))?;
    call.touched.userid = Some(member.userid.as_str().into());
    let given = |field: OauthField| ticket.consent.contains(&field);
    success(&Detail {
        errcode: 0,
        errmsg: "ok",
        userid: &member.userid,
        gender: match member.gender {
            1 if given(OauthField::Gender) => "1",
            2 if given(OauthField::Gender) => "2",
            _ => "0",
        },
        avatar: if given(OauthField::Avatar) { &member.avatar } else { DEFAULT_AVATAR },
        qr_code: given(OauthField::QrCode).then_some(&member.qr_code),
        mobile: given(OauthField::Mobile).then_some(&member.mobile),
        email: given(OauthField::Email).then_some(&member.email),
        biz_mail: given(OauthField::BizMail).then_some(&member.biz_mail),
        address: given(OauthField::Address).then_some(&member.address),
    })
}
