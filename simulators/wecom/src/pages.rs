//! Pages for people and files for programs: authorising, installing an app of a provider, and the files of exports.
//!
//! An authorise page is opened by a browser. Who is meant stands in the state (`visitor`) or is chosen on the page; then the
//! browser is sent back to the app with a code.

use std::fmt::Write;

use bytes::Bytes;
use hyper::header::{ACCEPT_RANGES, CONTENT_RANGE, LOCATION};

use crate::answer::Answer;
use crate::api::fields::Query;
use crate::chance;
use crate::corp::Corp;
use crate::corp::grants::{Code, Person, Visitor};
use crate::provider::console::Authorize;
use crate::state::OauthField;
use crate::world::World;

/// The most people a page lists.
const LISTED: usize = 200;
/// The longest `state`, in bytes.
const STATE_BYTES: usize = 128;

/// The three pages that give codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// Inside the client.
    Oauth2,
    /// In a browser.
    Sso,
    /// In a browser, the older form.
    QrConnect,
}

fn page_of(path: &str) -> Option<Page> {
    match path {
        "/connect/oauth2/authorize" => Some(Page::Oauth2),
        "/wwlogin/sso/login" => Some(Page::Sso),
        "/wwopen/sso/qrConnect" => Some(Page::QrConnect),
        _ => None,
    }
}

/// Answers a GET that is no call of the API; nothing for a path that is no page.
pub(crate) fn answer(world: &mut World, path: &str, query: &str, range: Option<&str>) -> Option<Answer> {
    if let Some(rest) = path.strip_prefix("/export/") {
        return Some(file(world, rest, range));
    }
    let parsed = Query::parse(query);
    if path == "/3rdapp/install" {
        return Some(install(world, &parsed, query));
    }
    page_of(path)?;
    let chosen = parsed.get("sim_person").map(|person| Visitor {
        person: person_of(person),
        consent: parsed.get("sim_consent").map(|fields| {
            let named = |text: &str| serde_json::from_value(serde_json::Value::String(text.to_owned())).ok();
            fields.split(',').filter_map(named).collect()
        }),
        refuses: parsed.get("sim_refuses").is_some(),
    });
    Some(match authorise(world, path, &parsed, chosen) {
        Ok(Authorised::Back(location)) => Answer::bare(302).with(LOCATION, location),
        Ok(Authorised::Ask { title, people, fields }) => Answer::html(ask(&title, path, query, &people, &fields)),
        Err(text) => Answer::page(400, format!("<!doctype html><meta charset=utf-8><p>{}", escaped(&text))),
    })
}

/// What an authorise page does.
#[derive(Debug)]
pub(crate) enum Authorised {
    /// The browser goes back to the app.
    Back(String),
    /// Somebody has to be chosen.
    Ask { title: String, people: Vec<(String, String)>, fields: Vec<OauthField> },
}

/// What an authorise page is asked for, checked.
struct Asked<'q> {
    page: Page,
    corpid: &'q str,
    redirect: &'q str,
    /// Where the browser is sent back to, without the usual port.
    host: String,
    state: &'q str,
    agentid: Option<i64>,
    scope: &'q str,
}

impl<'q> Asked<'q> {
    fn of(path: &str, query: &'q Query<'_>) -> Result<Self, String> {
        let page = page_of(path).ok_or("not an authorise page")?;
        let need = |name: &str| query.get(name).ok_or_else(|| format!("`{name}` is missing"));
        let corpid = need("appid")?;
        let redirect = need("redirect_uri")?;
        let target: hyper::Uri = redirect.parse().map_err(|_| "`redirect_uri` is not an address")?;
        let host = match (target.scheme_str(), target.authority()) {
            (Some("http"), Some(authority)) => authority.as_str().trim_end_matches(":80").to_owned(),
            (Some("https"), Some(authority)) => authority.as_str().trim_end_matches(":443").to_owned(),
            _ => return Err("`redirect_uri` is not an http(s) address".to_owned()),
        };
        let state = query.get("state").unwrap_or_default();
        if state.len() > STATE_BYTES || !state.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("`state` has more than 128 letters and digits, or other characters".to_owned());
        }
        let agentid = match query.get("agentid") {
            None if page == Page::Oauth2 => None,
            // Third-party apps log in by their suite, which is not simulated.
            None => return Err("`agentid` is missing".to_owned()),
            Some(text) => Some(text.parse::<i64>().map_err(|_| "`agentid` is not a number")?),
        };
        let scope = query.get("scope").unwrap_or("snsapi_base");
        match page {
            Page::Oauth2 if query.get("response_type") != Some("code") => {
                return Err("`response_type` is not `code`".to_owned());
            }
            Page::Oauth2 if !matches!(scope, "snsapi_base" | "snsapi_privateinfo" | "snsapi_userinfo") => {
                return Err("`scope` is unknown".to_owned());
            }
            Page::Sso if query.get("login_type") != Some("CorpApp") => {
                return Err("`login_type` is not `CorpApp`".to_owned());
            }
            _ => {}
        }
        Ok(Self { page, corpid, redirect, host, state, agentid, scope })
    }

    /// The address that the browser is sent back to, with these parameters.
    fn back(&self, parameters: &str) -> String {
        let redirect = self.redirect;
        let (address, fragment) = redirect.split_once('#').map_or((redirect, None), |(head, tail)| (head, Some(tail)));
        let joint = if address.contains('?') { '&' } else { '?' };
        let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
        format!("{address}{joint}{parameters}{fragment}")
    }
}

/// Opens an authorise page as somebody, or as whoever is set for the corp.
pub(crate) fn authorise(
    world: &mut World,
    path: &str,
    query: &Query<'_>,
    chosen: Option<Visitor>,
) -> Result<Authorised, String> {
    let asked = Asked::of(path, query)?;
    let (page, agentid) = (asked.page, asked.agentid);
    world.drawn += 1;
    let text: String =
        (0..4).map(|part| format!("{:016x}", chance::mix(world.seed ^ 0xc0de, world.drawn * 4 + part))).collect();
    let now_ms = world.clock.now_ms();
    let mut corps = world.corps.values_mut();
    let corp = corps.find(|corp| corp.corpid == asked.corpid || corp.encrypted_id() == asked.corpid);
    let corp = corp.ok_or("`appid` is no corp (40013)")?;
    let app = match agentid {
        None => None,
        Some(id) => {
            Some(corp.app(id).filter(|app| app.settings.close == 0).ok_or("`agentid` is no app that is enabled")?)
        }
    };
    // Without the app's id, or in a browser, nobody is asked for anything.
    let asks = page == Page::Oauth2 && asked.scope == "snsapi_privateinfo";
    let fields: Vec<OauthField> = match app.filter(|_| asks) {
        None => Vec::new(),
        Some(app) => app.settings.oauth_fields.clone().unwrap_or(OauthField::ALL.to_vec()),
    };
    let Some(visitor) = chosen.or_else(|| corp.grants.visitor.clone()) else {
        let people = people(corp);
        return Ok(Authorised::Ask { title: corp.name.clone(), people, fields });
    };
    let consent = visitor.consent.unwrap_or_else(|| fields.clone());
    let consent = consent.into_iter().filter(|field| fields.contains(field) && !visitor.refuses).collect();
    let person = match visitor.person {
        Person::Member(userid) => {
            let member = corp.members.find(&userid).and_then(|key| corp.members.get(key));
            let member = member.filter(|member| matches!(member.status(), 1 | 4));
            Person::Member(member.ok_or_else(|| format!("`{userid}` is no member who can log in"))?.userid.clone())
        }
        other => other,
    };
    let mut back = form_urlencoded::Serializer::new(String::new());
    // Who refuses in a browser comes back with the state alone; inside the client only the fields are refused.
    if page == Page::Oauth2 || !visitor.refuses {
        let consent = (asks && agentid.is_some()).then_some(consent);
        let host = asked.host.clone();
        corp.grants.add_code(&text, Code { person, agentid, host, consent, made_ms: now_ms });
        back.append_pair("code", &text);
    }
    if query.get("state").is_some() {
        back.append_pair("state", asked.state);
    }
    Ok(Authorised::Back(asked.back(&back.finish())))
}

fn people(corp: &Corp) -> Vec<(String, String)> {
    let all = corp.members.onwards_from(std::ops::Bound::Unbounded);
    let can_log_in = all.filter(|(_, _, member)| matches!(member.status(), 1 | 4));
    can_log_in.take(LISTED).map(|(_, _, member)| (member.userid.clone(), member.name.clone())).collect()
}

/// A member by userid, `outsider:OPENID`, or `linked:CORP/USERID`.
fn person_of(text: &str) -> Person {
    match text.split_once(':') {
        Some(("outsider", openid)) => Person::Outsider { openid: openid.to_owned(), external_userid: None },
        Some(("linked", userid)) => Person::Linked(userid.to_owned()),
        _ => Person::Member(text.to_owned()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A page that asks who is there.
fn ask(title: &str, path: &str, query: &str, people: &[(String, String)], fields: &[OauthField]) -> String {
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1><p>以谁的身份继续？ Who goes on?<ul>",
        title = escaped(title)
    );
    let link = |person: &str, more: &str| {
        let mut added = form_urlencoded::Serializer::new(String::new());
        added.append_pair("sim_person", person);
        escaped(&format!("{path}?{query}&{}{more}", added.finish()))
    };
    for (userid, name) in people {
        // Writing to a string cannot fail.
        let _ = write!(page, "<li><a href=\"{}\">{} ({})</a>", link(userid, ""), escaped(name), escaped(userid));
        if !fields.is_empty() {
            let _ = write!(
                page,
                " · <a href=\"{}\">不提供敏感信息 without private fields</a>",
                link(userid, "&sim_refuses=1")
            );
        }
    }
    let _ = write!(page, "<li><a href=\"{}\">外部人员 an outsider</a></ul>", link("outsider:oSimOutsider", ""));
    page
}

/// The page on which a corp installs an app of a provider; `sim_corpid` says which corp does.
fn install(world: &mut World, query: &Query<'_>, raw: &str) -> Answer {
    let suites: Vec<String> =
        query.get("suite_id").unwrap_or_default().split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if suites.is_empty() || suites.iter().any(|id| !world.suites.contains_key(id)) {
        return Answer::page(400, "unknown suite_id".to_owned());
    }
    let Some(corpid) = query.get("sim_corpid") else {
        let mut page = "<!doctype html><meta charset=utf-8><p>授权企业 Which corp authorises it?<ul>".to_owned();
        for corp in world.corps.values() {
            let mut added = form_urlencoded::Serializer::new(String::new());
            added.append_pair("sim_corpid", &corp.corpid);
            let href = escaped(&format!("/3rdapp/install?{raw}&{}", added.finish()));
            let _ = write!(page, "<li><a href=\"{href}\">{}</a>", escaped(&corp.name));
        }
        return Answer::html(page);
    };
    let mut last = String::new();
    for suite_id in suites {
        let asked = Authorize {
            suite_id,
            corpid: corpid.to_owned(),
            visible: crate::state::VisibleState { departments: vec![1], ..Default::default() },
            admin: query.get("sim_admin").unwrap_or_default().to_owned(),
            state: query.get("state").unwrap_or_default().to_owned(),
            ..Authorize::default()
        };
        match world.authorize(&asked) {
            Ok(code) => last = code.auth_code,
            Err(error) => return Answer::page(400, escaped(&error.to_string())),
        }
    }
    match query.get("redirect_uri") {
        None => Answer::html("<!doctype html><meta charset=utf-8><p>授权成功 authorised".to_owned()),
        Some(address) => {
            let mut back = form_urlencoded::Serializer::new(String::new());
            back.append_pair("auth_code", &last).append_pair("expires_in", "600");
            back.append_pair("state", query.get("state").unwrap_or_default());
            let joint = if address.contains('?') { '&' } else { '?' };
            Answer::bare(302).with(LOCATION, format!("{address}{joint}{}", back.finish()))
        }
    }
}

/// A file of an export, or the part of it that was asked for.
fn file(world: &World, rest: &str, range: Option<&str>) -> Answer {
    let found = rest.split_once("/part-").and_then(|(id, part)| {
        let part = part.parse::<usize>().ok()?.checked_sub(1)?;
        world.corps.values().find_map(|corp| corp.exports.file(id, part, world.clock.now_ms()))
    });
    let Some(bytes) = found else { return Answer::bare(403) };
    let length = bytes.len();
    let Some(range) = range.and_then(|text| text.strip_prefix("bytes=")) else {
        return Answer::file(200, bytes).with(ACCEPT_RANGES, "bytes".to_owned());
    };
    match part_of(range, length) {
        Some((from, to)) => {
            let part: Bytes = bytes.slice(from..to);
            Answer::file(206, part).with(CONTENT_RANGE, format!("bytes {from}-{}/{length}", to - 1))
        }
        None => Answer::bare(416).with(CONTENT_RANGE, format!("bytes */{length}")),
    }
}

/// Where a range begins and where it ends, the end not included.
fn part_of(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.split_once('-')?;
    let (from, to) = match (from, to) {
        ("", tail) => (length.saturating_sub(tail.parse().ok()?), length),
        (head, "") => (head.parse().ok()?, length),
        (head, tail) => (head.parse().ok()?, tail.parse::<usize>().ok()?.saturating_add(1).min(length)),
    };
    (from < to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::part_of;

    #[test]
    fn ranges_lie_within_the_file() {
        for (text, part) in [
            ("0-9", Some((0, 10))),
            ("5-", Some((5, 20))),
            ("-3", Some((17, 20))),
            ("10-99", Some((10, 20))),
            ("20-", None),
            ("5-4", None),
            ("x", None),
            ("a-b", None),
        ] {
            assert_eq!(part_of(text, 20), part, "{text}");
        }
    }
}
