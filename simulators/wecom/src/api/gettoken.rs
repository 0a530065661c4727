//! The token call: which secret is good, and when an address is turned away.

use std::sync::Arc;

use serde::Serialize;

use super::fields::Query;
use super::{Reply, success};
use crate::corp::Holder;
use crate::errors::ApiError;
use crate::tokens::Tokens;
use crate::world::Corps;

#[derive(Serialize)]
struct Issued<'a> {
    errcode: i64,
    errmsg: &'static str,
    access_token: &'a str,
    expires_in: u64,
}

/// Answers `gettoken`; also tells whose token it was.
pub(crate) fn gettoken(
    corps: &Corps,
    tokens: &mut Tokens,
    ip: &str,
    query: &Query<'_>,
    now_ms: u64,
) -> (Reply, Option<(Arc<str>, Holder)>) {
    let (corp, holder) = match check(corps, tokens, ip, query, now_ms) {
        Ok(found) => found,
        Err(refusal) => return (Err(refusal), None),
    };
    let (token, lifetime) = tokens.issue(corp, holder, now_ms);
    let reply = success(&Issued { errcode: 0, errmsg: "ok", access_token: &token, expires_in: lifetime });
    (reply, Some((corp.corpid.as_str().into(), holder)))
}

fn check<'a>(
    corps: &'a Corps,
    tokens: &mut Tokens,
    ip: &str,
    query: &Query<'_>,
    now_ms: u64,
) -> Result<(&'a crate::corp::Corp, Holder), ApiError> {
    if tokens.is_blocked(ip, now_ms) {
        return Err(ApiError::of(45009));
    }
    // The secret is looked for first: without both parameters the answer is 41004.
    let secret = query.get("corpsecret").ok_or_else(|| ApiError::of(41004))?;
    let corpid = query.get("corpid").ok_or_else(|| ApiError::of(41002))?;
    // Providers know a corp by another id.
    let known = corps.get(corpid).or_else(|| corps.values().find(|corp| corp.encrypted_id() == corpid));
    let corp = known.ok_or_else(|| ApiError::of(40013))?;
    let enabled = |holder: &Holder| match holder {
        Holder::Contacts => true,
        Holder::ContactEdit => false,
        Holder::App(agentid) => corp.app(*agentid).is_some_and(|app| app.settings.close == 0),
    };
    match corp.holder_of_secret(secret).filter(enabled) {
        Some(holder) => Ok((corp, holder)),
        None => {
            tokens.count_wrong_secret(ip, now_ms);
            Err(ApiError::of(40001))
        }
    }
}
