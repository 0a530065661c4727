//! What an app learns about itself, its visible range above all.

use serde::Serialize;

use super::{Call, Reply, success};
use crate::corp::{App, Holder};
use crate::errors::ApiError;

#[derive(Serialize)]
struct Agent<'a> {
    errcode: i64,
    errmsg: &'static str,
    agentid: i64,
    name: &'a str,
    square_logo_url: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_userinfos: Option<AllowedUsers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_partys: Option<AllowedParties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_tags: Option<AllowedTags<'a>>,
    close: u8,
    redirect_domain: &'a str,
    report_location_flag: u8,
    isreportenter: u8,
    home_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customized_publish_status: Option<u8>,
}

#[derive(Serialize)]
struct AllowedUsers<'a> {
    user: Vec<AllowedUser<'a>>,
}

#[derive(Serialize)]
struct AllowedUser<'a> {
    userid: &'a str,
}

#[derive(Serialize)]
struct AllowedParties {
    partyid: Vec<u32>,
}

#[derive(Serialize)]
struct AllowedTags<'a> {
    tagid: &'a [u32],
}

#[derive(Serialize)]
struct AgentList<'a> {
    errcode: i64,
    errmsg: &'static str,
    agentlist: [AgentRow<'a>; 1],
}

#[derive(Serialize)]
struct AgentRow<'a> {
    agentid: i64,
    name: &'a str,
    square_logo_url: &'a str,
}

/// `GET /cgi-bin/agent/get`
pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let asked = call.query.get("agentid").ok_or_else(|| ApiError::of(41011))?;
    let asked: i64 = asked.parse().map_err(|_| ApiError::of(40056))?;
    let app = own_app(call)?;
    let settings = &app.settings;
    if settings.agentid != asked {
        return Err(ApiError::of(301002));
    }
    let users = call.corp.userids(app.visible_users.iter().copied());
    let parties: Vec<u32> = app.visible_departments.iter().copied().collect();
    let tags = settings.visible.tags.as_slice();
    success(&Agent {
        errcode: 0,
        errmsg: "ok",
        agentid: settings.agentid,
        name: &settings.name,
        square_logo_url: &settings.square_logo_url,
        description: &settings.description,
        allow_userinfos: (!users.is_empty())
            .then(|| AllowedUsers { user: users.into_iter().map(|userid| AllowedUser { userid }).collect() }),
        allow_partys: (!parties.is_empty()).then_some(AllowedParties { partyid: parties }),
        allow_tags: (!tags.is_empty()).then_some(AllowedTags { tagid: tags }),
        close: settings.close,
        redirect_domain: &settings.redirect_domain,
        report_location_flag: settings.report_location_flag,
        isreportenter: settings.isreportenter,
        home_url: &settings.home_url,
        customized_publish_status: settings.customized_publish_status,
    })
}

/// `GET /cgi-bin/agent/list`
pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let app = &own_app(call)?.settings;
    let row = AgentRow { agentid: app.agentid, name: &app.name, square_logo_url: &app.square_logo_url };
    success(&AgentList { errcode: 0, errmsg: "ok", agentlist: [row] })
}

fn own_app<'a>(call: &'a Call<'_>) -> Result<&'a App, ApiError> {
    match call.holder {
        Holder::App(agentid) => call.corp.app(agentid).ok_or_else(|| ApiError::of(50003)),
        Holder::Contacts | Holder::ContactEdit => Err(ApiError::of(48002)),
    }
}
