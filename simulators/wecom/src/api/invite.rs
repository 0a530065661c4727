//! `batch/invite`: the lists are arrays here, in the request and in the answer.

use serde::Serialize;

use super::receivers::Receivers;
use super::{Call, Reply, success};
use crate::errors::ApiError;

const MOST_USERS: usize = 1000;
const MOST_OTHERS: usize = 100;

#[derive(Serialize)]
struct Invited {
    errcode: i64,
    errmsg: &'static str,
    invaliduser: Vec<String>,
    invalidparty: Vec<u32>,
    invalidtag: Vec<u32>,
}

/// `POST /cgi-bin/batch/invite`
pub(super) fn invite(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let users = fields.texts("user")?.unwrap_or_default();
    let parties = numbers(fields.uints("party")?);
    let tags = numbers(fields.uints("tag")?);
    if users.is_empty() && parties.is_empty() && tags.is_empty() {
        return Err(ApiError::of(40063));
    }
    if users.len() > MOST_USERS {
        return Err(ApiError::of(40032));
    }
    if parties.len() > MOST_OTHERS {
        return Err(ApiError::of(82002));
    }
    if tags.len() > MOST_OTHERS {
        return Err(ApiError::of(82003));
    }
    let mut receivers = Receivers::default();
    receivers.add_users(call, users);
    receivers.add_parties(call, parties.iter().map(String::as_str));
    receivers.add_tags(call, tags.iter().map(String::as_str));
    // Who has logged in already needs no invitation.
    let waiting = receivers.members.iter().filter_map(|key| call.corp.members.get(*key));
    let invited: Vec<String> =
        waiting.filter(|member| member.status() == 4).map(|member| member.userid.clone()).collect();
    call.corp.invited.extend(invited);
    let ids = |texts: Vec<String>| texts.iter().filter_map(|text| text.parse().ok()).collect();
    success(&Invited {
        errcode: 0,
        errmsg: "ok",
        invaliduser: receivers.invalid_users,
        invalidparty: ids(receivers.invalid_parties),
        invalidtag: ids(receivers.invalid_tags),
    })
}

fn numbers(ids: Option<Vec<u32>>) -> Vec<String> {
    ids.unwrap_or_default().iter().map(u32::to_string).collect()
}
