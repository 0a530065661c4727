//! Sending app messages, taking them back, and answering cards.
//!
//! What is refused is told in the answer; what is too frequent or a repetition vanishes silently, as
//! on the platform, and only the message log knows.

use serde::Serialize;
use serde_json::Value;

use super::message_body::{self, Body};
use super::receivers::Receivers;
use super::{Call, Reply, done, success};
use crate::corp::Holder;
use crate::corp::members::Key;
use crate::corp::traffic::{Dropped, HOUR_MS, SENT_MS, Sent, hash_of};
use crate::errors::ApiError;
use crate::log::MessageRecord;

const MOST_USERS: usize = 1000;
const MOST_PARTIES: usize = 100;
const MOST_TAGS: usize = 100;
/// The seconds in which the same message is dropped, unless the caller says otherwise.
const DUPLICATE_SECS: u32 = 1800;
const LONGEST_DUPLICATE_SECS: u32 = 14_400;
/// How many receivers a day an app may have for every account of the corp.
const PERSON_TIMES_PER_ACCOUNT: u64 = 200;
/// How long a message can be taken back.
const RECALL_MS: u64 = 24 * HOUR_MS;
/// How long a card can be answered.
const RESPONSE_MS: u64 = SENT_MS;

#[derive(Serialize)]
struct Answer<'a> {
    errcode: i64,
    errmsg: &'static str,
    msgid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invaliduser: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalidparty: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalidtag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unlicenseduser: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<&'a str>,
}

#[derive(Serialize)]
struct CardUpdated {
    errcode: i64,
    errmsg: &'static str,
    invaliduser: Vec<String>,
}

/// `POST /cgi-bin/message/send`
pub(super) fn send(call: &mut Call<'_>) -> Reply {
    let agentid = check_agent(call)?;
    let receivers = receivers(call)?;
    let body = message_body::read(call)?;
    let interval_ms = duplicate_interval(call)?;
    let msgid = call.at.id("M", 3);
    if receivers.valid == 0 {
        return Err(nobody(&receivers, &msgid));
    }
    let (licensed, unlicensed): (Vec<Key>, Vec<Key>) =
        receivers.members.iter().partition(|key| call.corp.members.get(**key).is_some_and(|member| !member.unlicensed));
    count_person_times(call, agentid, licensed.len() as u64)?;
    let response_code = body.is_interactive.then(|| call.at.id("RC", 4));
    deliver(call, agentid, &msgid, &body, &licensed, interval_ms);
    let sent = Sent { agentid, at_ms: call.at.now_ms, response_code: response_code.clone() };
    call.corp.traffic.remember(&msgid, sent);
    let partial = receivers.is_partial();
    success(&Answer {
        errcode: 0,
        errmsg: "ok",
        msgid: &msgid,
        invaliduser: partial.then(|| receivers.invalid_users.join("|")),
        invalidparty: partial.then(|| receivers.invalid_parties.join("|")),
        invalidtag: partial.then(|| receivers.invalid_tags.join("|")),
        unlicenseduser: (!unlicensed.is_empty()).then(|| call.corp.userids(unlicensed).join("|")),
        response_code: response_code.as_deref(),
    })
}

/// `POST /cgi-bin/message/recall`
pub(super) fn recall(call: &mut Call<'_>) -> Reply {
    let own = own_app(call)?;
    let msgid = call.fields().text("msgid")?.unwrap_or_default();
    let sent = call.corp.traffic.sent.get(msgid).filter(|sent| sent.agentid == own);
    let sent = sent.ok_or_else(|| ApiError::unusable("msgid"))?;
    if call.at.now_ms.saturating_sub(sent.at_ms) > RECALL_MS {
        return Err(ApiError::of(42052));
    }
    call.touched.recalled = Some(msgid.to_owned());
    done("ok")
}

/// `POST /cgi-bin/message/update_template_card`: a response code is good once.
pub(super) fn update_template_card(call: &mut Call<'_>) -> Reply {
    let agentid = check_agent(call)?;
    let fields = call.fields();
    let code = fields.text("response_code")?.filter(|code| !code.is_empty()).ok_or_else(|| ApiError::of(60140))?;
    let mut users = Receivers::default();
    users.add_users(call, fields.texts("userids")?.unwrap_or_default());
    let now_ms = call.at.now_ms;
    let is_it = |sent: &&mut Sent| {
        sent.agentid == agentid
            && sent.response_code.as_deref() == Some(code)
            && now_ms.saturating_sub(sent.at_ms) <= RESPONSE_MS
    };
    let sent = call.corp.traffic.sent.values_mut().find(is_it).ok_or_else(|| ApiError::of(60140))?;
    sent.response_code = None;
    success(&CardUpdated { errcode: 0, errmsg: "ok", invaliduser: users.invalid_users })
}

fn own_app(call: &Call<'_>) -> Result<i64, ApiError> {
    match call.holder {
        Holder::App(agentid) => Ok(agentid),
        Holder::Contacts | Holder::ContactEdit => Err(ApiError::of(48002)),
    }
}

/// The app of the token, which the body must name.
fn check_agent(call: &Call<'_>) -> Result<i64, ApiError> {
    let own = own_app(call)?;
    let asked = call.fields().get("agentid").ok_or_else(|| ApiError::of(41011))?;
    match asked.as_i64() {
        None => Err(ApiError::of(40056)),
        Some(asked) if asked != own => Err(ApiError::of(301002)),
        Some(_) => Ok(own),
    }
}

fn receivers(call: &Call<'_>) -> Result<Receivers, ApiError> {
    let fields = call.fields();
    let list = |name| Ok(split(fields.text(name)?.unwrap_or_default()));
    let (users, parties, tags) = (list("touser")?, list("toparty")?, list("totag")?);
    let mut receivers = Receivers::default();
    if users == ["@all"] {
        receivers.add_all(call);
        return Ok(receivers);
    }
    if users.is_empty() && parties.is_empty() && tags.is_empty() {
        return Err(ApiError::of(82001));
    }
    if users.len() > MOST_USERS {
        return Err(ApiError::of(40032));
    }
    if parties.len() > MOST_PARTIES {
        return Err(ApiError::of(82002));
    }
    if tags.len() > MOST_TAGS {
        return Err(ApiError::of(82003));
    }
    receivers.add_users(call, users);
    receivers.add_parties(call, parties);
    receivers.add_tags(call, tags);
    Ok(receivers)
}

fn split(list: &str) -> Vec<&str> {
    list.split('|').filter(|part| !part.is_empty()).collect()
}

/// The refusal of a message that is for nobody; it names them and carries an id all the same.
fn nobody(receivers: &Receivers, msgid: &str) -> ApiError {
    let mut refusal = ApiError::of(81013);
    let lists = [
        ("invaliduser", &receivers.invalid_users),
        ("invalidparty", &receivers.invalid_parties),
        ("invalidtag", &receivers.invalid_tags),
    ];
    for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        refusal = refusal.with(key, list.join("|"));
    }
    refusal.with("msgid", msgid)
}

/// How long a repetition is dropped, when the caller wants that.
fn duplicate_interval(call: &Call<'_>) -> Result<Option<u64>, ApiError> {
    let fields = call.fields();
    let interval = fields.uint("duplicate_check_interval")?.unwrap_or(DUPLICATE_SECS);
    if interval > LONGEST_DUPLICATE_SECS {
        return Err(ApiError::unusable("duplicate_check_interval"));
    }
    let wanted = fields.uint("enable_duplicate_check")? == Some(1);
    Ok(wanted.then(|| u64::from(interval) * 1000))
}

/// Counts receivers of the day; 45009 when the account limit does not allow more.
fn count_person_times(call: &mut Call<'_>, agentid: i64, more: u64) -> Result<(), ApiError> {
    let by_accounts =
        call.corp.options.member_limit.map(|limit| (limit as u64).saturating_mul(PERSON_TIMES_PER_ACCOUNT));
    let today = call.corp.traffic.person_times.entry(agentid).or_default().today(call.at.now_ms);
    if call.at.limits.message_person_times_per_day.or(by_accounts).is_some_and(|limit| *today + more > limit) {
        return Err(ApiError::of(45009));
    }
    *today += more;
    Ok(())
}

fn deliver(call: &mut Call<'_>, agentid: i64, msgid: &str, body: &Body, to: &[Key], interval_ms: Option<u64>) {
    let content = Value::Object(body.content.clone());
    let hash = hash_of(&body.kind, &content.to_string());
    let limits = (call.at.limits.messages_per_member_per_minute, call.at.limits.messages_per_member_per_hour);
    let (mut delivered, mut dropped, mut duplicate) = (Vec::new(), Vec::new(), Vec::new());
    for key in to.iter().copied() {
        match call.corp.traffic.deliver((agentid, key), hash, interval_ms, limits, call.at.now_ms) {
            Ok(()) => delivered.push(key),
            Err(Dropped::Frequency) => dropped.push(key),
            Err(Dropped::Duplicate) => duplicate.push(key),
        }
    }
    let names = |keys: Vec<Key>| call.corp.userids(keys).into_iter().map(str::to_owned).collect();
    call.touched.message = Some(MessageRecord {
        seq: 0,
        request: call.at.number,
        at_ms: call.at.now_ms,
        corpid: call.corp.corpid.clone(),
        agentid,
        msgid: msgid.to_owned(),
        msgtype: body.kind.clone(),
        content,
        delivered: names(delivered),
        dropped: names(dropped),
        duplicate: names(duplicate),
        recalled: false,
    });
}
