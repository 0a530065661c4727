//! The calls of providers (`service/*`). Some answer with a code only when they refuse.

use serde_json::{Map, Value, json};

use super::{Suite, Suites};
use crate::api::fields::Fields;
use crate::api::{Reply, success};
use crate::corp::{Corp, Holder};
use crate::errors::ApiError;
use crate::state::{AuthorizationState, SuiteKind};
use crate::world::{Corps, Request, World};

/// Where the calls of providers begin.
pub(crate) const PREFIX: &str = "/cgi-bin/service/";
/// How long tokens are good, in seconds.
const TOKEN_SECS: u64 = 7200;
/// How long a pre-authorisation code is good, in seconds.
const PRE_AUTH_SECS: u64 = 1200;
/// How long the link for customized apps is good, in seconds.
const LINK_SECS: u64 = 864_000;
/// The most templates behind one link.
const TEMPLATES: usize = 9;

/// The paths of this file.
pub(crate) const PATHS: [&str; 9] = [
    "/cgi-bin/service/get_suite_token",
    "/cgi-bin/service/get_pre_auth_code",
    "/cgi-bin/service/set_session_info",
    "/cgi-bin/service/get_permanent_code",
    "/cgi-bin/service/get_corp_token",
    "/cgi-bin/service/get_auth_info",
    "/cgi-bin/service/get_admin_list",
    "/cgi-bin/service/get_provider_token",
    "/cgi-bin/service/get_customized_auth_url",
];

/// Answers a call of a provider; nothing for a path that is not known.
pub(crate) fn answer(world: &mut World, request: &Request<'_>, now_ms: u64) -> Option<Reply> {
    let call = request.path.strip_prefix(PREFIX)?;
    let reads = call == "get_pre_auth_code";
    PATHS.contains(&request.path).then(|| {
        let body = match (request.method.as_str(), reads) {
            ("GET", true) => Map::new(),
            (_, true) => return Err(ApiError::of(40063)),
            ("POST", false) => request.body.as_ref().map_err(Clone::clone)?.clone(),
            (_, false) => return Err(ApiError::of(40058)),
        };
        let fields = Fields(&body);
        match call {
            "get_suite_token" => suite_token(world, fields, request.ip, now_ms),
            "get_provider_token" => provider_token(world, fields, now_ms),
            "get_customized_auth_url" => customized_link(world, request, fields, now_ms),
            _ => {
                let token = request.query.get("suite_access_token").ok_or_else(|| ApiError::of(41022))?;
                let suite_id = suite_of(world, token, now_ms)?;
                if let Some(suite) = world.suites.get(&suite_id) {
                    check_address(suite, request.ip)?;
                }
                with_suite(world, &suite_id, call, fields, now_ms)
            }
        }
    })
}

fn given<'a>(fields: Fields<'a>, name: &str, code: i64) -> Result<&'a str, ApiError> {
    fields.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| ApiError::of(code))
}

fn check_address(suite: &Suite, ip: &str) -> Result<(), ApiError> {
    let trusted = &suite.settings.trusted_ips;
    if trusted.is_empty() || trusted.iter().any(|known| known == ip) { Ok(()) } else { Err(ApiError::of(60020)) }
}

fn suite_token(world: &mut World, fields: Fields<'_>, ip: &str, now_ms: u64) -> Reply {
    let suite_id = given(fields, "suite_id", 41021)?;
    let secret = given(fields, "suite_secret", 41024)?;
    let ticket = given(fields, "suite_ticket", 41023)?;
    let token = world.tokens.make_text();
    let suite = world.suites.get_mut(suite_id).ok_or_else(|| ApiError::of(40083))?;
    check_address(suite, ip)?;
    if suite.settings.suite_secret != secret {
        return Err(ApiError::of(40080));
    }
    if !suite.knows_ticket(ticket, now_ms) {
        return Err(ApiError::of(40085));
    }
    suite.tokens.insert(token.to_string(), now_ms + TOKEN_SECS * 1000);
    success(&json!({ "suite_access_token": token, "expires_in": TOKEN_SECS }))
}

fn provider_token(world: &mut World, fields: Fields<'_>, now_ms: u64) -> Reply {
    let corpid = given(fields, "corpid", 41002)?;
    let secret = given(fields, "provider_secret", 41004)?;
    let mut own = world.suites.values().map(|suite| &suite.settings).filter(|suite| suite.provider_corpid == corpid);
    match own.next() {
        None => return Err(ApiError::of(40013)),
        Some(suite) if suite.provider_secret != secret => return Err(ApiError::of(40001)),
        Some(_) => {}
    }
    let token = world.tokens.make_text();
    world.provider_tokens.insert(token.to_string(), (corpid.to_owned(), now_ms + TOKEN_SECS * 1000));
    success(&json!({ "provider_access_token": token, "expires_in": TOKEN_SECS }))
}

/// The link whose QR code an administrator scans to have customized apps built.
fn customized_link(world: &World, request: &Request<'_>, fields: Fields<'_>, now_ms: u64) -> Reply {
    let token = request.query.get("provider_access_token").ok_or_else(|| ApiError::of(41001))?;
    let provider = match world.provider_tokens.get(token) {
        None => return Err(ApiError::of(40014)),
        Some((_, ends_ms)) if now_ms >= *ends_ms => return Err(ApiError::of(42001)),
        Some((provider, _)) => provider,
    };
    let state = fields.text("state")?.unwrap_or_default();
    let templates = fields.texts("templateid_list")?.unwrap_or_default();
    let is_own = |id: &&str| {
        let suite = world.suites.get(*id).map(|suite| &suite.settings);
        suite.is_some_and(|suite| suite.kind == SuiteKind::Customized && suite.provider_corpid == *provider)
    };
    if templates.is_empty() || templates.len() > TEMPLATES || !templates.iter().all(is_own) {
        return Err(ApiError::unusable("templateid_list"));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("suite_id", &templates.join(",")).append_pair("state", state);
    let url = format!("{}/3rdapp/install?{}", world.base_url, query.finish());
    success(&json!({ "errcode": 0, "errmsg": "ok", "qrcode_url": url, "expires_in": LINK_SECS }))
}

fn suite_of(world: &World, token: &str, now_ms: u64) -> Result<String, ApiError> {
    let found = world.suites.values().find_map(|suite| Some((suite, *suite.tokens.get(token)?)));
    match found {
        None => Err(ApiError::of(40082)),
        Some((_, ends_ms)) if now_ms >= ends_ms => Err(ApiError::of(42009)),
        Some((suite, _)) => Ok(suite.settings.suite_id.clone()),
    }
}

fn with_suite(world: &mut World, suite_id: &str, call: &str, fields: Fields<'_>, now_ms: u64) -> Reply {
    let made = world.tokens.make_text();
    let suite = world.suites.get_mut(suite_id).ok_or_else(|| ApiError::of(40082))?;
    match call {
        "get_pre_auth_code" => {
            let code = format!("PAC_{}", made.get(..60).unwrap_or_default());
            suite.pre_auth_codes.insert(code.clone(), now_ms + PRE_AUTH_SECS * 1000);
            success(&json!({ "errcode": 0, "errmsg": "ok", "pre_auth_code": code, "expires_in": PRE_AUTH_SECS }))
        }
        "set_session_info" => {
            match suite.pre_auth_codes.get(fields.text("pre_auth_code")?.unwrap_or_default()) {
                None => return Err(ApiError::of(40077)),
                Some(ends_ms) if now_ms >= *ends_ms => return Err(ApiError::of(42007)),
                Some(_) => {}
            }
            success(&json!({ "errcode": 0, "errmsg": "ok" }))
        }
        "get_permanent_code" => {
            let code = given(fields, "auth_code", 41008)?;
            let found = suite.auth_codes.remove(code).filter(|(_, ends_ms)| now_ms < *ends_ms);
            let (corpid, _) = found.ok_or_else(|| ApiError::of(40078))?;
            permanent_code(world, suite_id, &corpid, now_ms)
        }
        "get_admin_list" => {
            let corpid = corp_named(world, given(fields, "auth_corpid", 41002)?)?;
            let (_, corp, authorization) = authorized(&world.suites, &world.corps, suite_id, &corpid, now_ms)?;
            let asked = fields.get("agentid").and_then(Value::as_i64).ok_or_else(|| ApiError::of(41011))?;
            if asked != authorization.agentid {
                return Err(ApiError::of(40056));
            }
            let admin = &authorization.admin;
            let row = json!({ "userid": admin, "open_userid": corp.open_userid(admin), "auth_type": 1 });
            let rows = if admin.is_empty() { vec![] } else { vec![row] };
            success(&json!({ "errcode": 0, "errmsg": "ok", "admin": rows }))
        }
        _ => {
            let corpid = corp_named(world, given(fields, "auth_corpid", 41002)?)?;
            let code = given(fields, "permanent_code", 41025)?;
            let (suite, corp, authorization) = authorized(&world.suites, &world.corps, suite_id, &corpid, now_ms)?;
            if authorization.permanent_code != code {
                return Err(ApiError::of(40084));
            }
            if call == "get_auth_info" {
                let (info, agents) = described(suite, corp, authorization);
                return success(&json!({ "errcode": 0, "errmsg": "ok", "auth_corp_info": info, "auth_info": agents }));
            }
            let holder = match suite.settings.kind {
                // The permanent code of a customized app is a secret for gettoken.
                SuiteKind::Customized => return Err(ApiError::of(48002)),
                SuiteKind::ThirdParty => Holder::App(authorization.agentid),
                SuiteKind::ContactEdit => Holder::ContactEdit,
            };
            let (token, lifetime) = world.tokens.issue(corp, holder, now_ms);
            success(&json!({ "access_token": token, "expires_in": lifetime }))
        }
    }
}

/// The plain id of a corp that a provider names.
fn corp_named(world: &World, id: &str) -> Result<String, ApiError> {
    let found = world.corps.values().find(|corp| corp.encrypted_id() == id || corp.corpid == id);
    found.map(|corp| corp.corpid.clone()).ok_or_else(|| ApiError::of(40084))
}

fn authorized<'a>(
    suites: &'a Suites,
    corps: &'a Corps,
    suite_id: &str,
    corpid: &str,
    now_ms: u64,
) -> Result<(&'a Suite, &'a Corp, &'a AuthorizationState), ApiError> {
    let suite = suites.get(suite_id).ok_or_else(|| ApiError::of(40082))?;
    let corp = corps.get(corpid).ok_or_else(|| ApiError::of(40084))?;
    let authorization = suite.live(corpid, now_ms).ok_or_else(|| ApiError::of(40084))?;
    Ok((suite, corp, authorization))
}

fn permanent_code(world: &mut World, suite_id: &str, corpid: &str, now_ms: u64) -> Reply {
    let (suite, corp, authorization) = authorized(&world.suites, &world.corps, suite_id, corpid, now_ms)?;
    let (info, agents) = described(suite, corp, authorization);
    let admin = &authorization.admin;
    let mut answer = json!({
        "permanent_code": authorization.permanent_code,
        "auth_corp_info": info,
        "auth_info": agents,
        "auth_user_info": {
            "userid": admin, "open_userid": corp.open_userid(admin), "name": admin, "avatar": ""
        },
    });
    let holder = match suite.settings.kind {
        SuiteKind::Customized => {
            answer["errcode"] = json!(0);
            answer["errmsg"] = json!("ok");
            return success(&answer);
        }
        SuiteKind::ThirdParty => Holder::App(authorization.agentid),
        SuiteKind::ContactEdit => Holder::ContactEdit,
    };
    let (token, lifetime) = world.tokens.issue(corp, holder, now_ms);
    answer["access_token"] = json!(token);
    answer["expires_in"] = json!(lifetime);
    success(&answer)
}

/// What a provider learns of a corp, and of its app there.
fn described(suite: &Suite, corp: &Corp, authorization: &AuthorizationState) -> (Value, Value) {
    let info = json!({
        "corpid": corp.encrypted_id(),
        "corp_name": corp.name,
        "corp_type": "verified",
        "corp_square_logo_url": "",
        "corp_user_max": corp.options.member_limit.unwrap_or(200),
        "corp_full_name": corp.name,
        "verified_end_time": 4_102_444_800_u64,
        "subject_type": 1,
        "corp_wxqrcode": "",
        "corp_scale": "1-50人",
        "corp_industry": "IT服务",
        "corp_sub_industry": "互联网和相关服务",
    });
    let is_customized = suite.settings.kind == SuiteKind::Customized;
    let agents = corp.app(authorization.agentid).into_iter().map(|app| {
        let mut agent = json!({
            "agentid": authorization.agentid,
            "name": app.settings.name,
            "round_logo_url": "",
            "square_logo_url": app.settings.square_logo_url,
            "auth_mode": 0,
            "is_customized_app": is_customized,
            "auth_from_thirdapp": false,
            "privilege": {
                "level": 1,
                "allow_party": app.visible_departments,
                "allow_user": corp.userids(app.visible_users.iter().copied()),
                "allow_tag": app.settings.visible.tags,
                "extra_party": [],
                "extra_user": [],
                "extra_tag": [],
            },
        });
        if !is_customized {
            agent["appid"] = json!(1);
        }
        agent
    });
    (info, json!({ "agent": agents.collect::<Vec<_>>() }))
}
