//! Finding a member by mobile number or mail address; too many misses close the calls for the day.

use serde::Serialize;

use super::{Call, Reply, success};
use crate::corp::members::Key;
use crate::errors::ApiError;

#[derive(Serialize)]
struct Found<'a> {
    errcode: i64,
    errmsg: &'static str,
    userid: &'a str,
}

/// `POST /cgi-bin/user/getuserid`
pub(super) fn by_mobile(call: &mut Call<'_>) -> Reply {
    let mobile = call.fields().text("mobile")?.ok_or_else(|| ApiError::of(40063))?;
    if !(5..=32).contains(&mobile.len()) {
        return Err(ApiError::of(60103));
    }
    answer(call, |call| call.corp.members.holder_of_mobile(mobile))
}

/// `POST /cgi-bin/user/get_userid_by_email`
pub(super) fn by_email(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let email = fields.text("email")?.filter(|email| !email.is_empty()).ok_or_else(|| ApiError::of(40063))?;
    match fields.uint("email_type")?.unwrap_or(1) {
        1 => answer(call, |call| call.corp.members.holder_of_biz_mail(email)),
        2 => answer(call, |call| call.corp.members.holder_of_email(email)),
        _ => Err(ApiError::unusable("email_type")),
    }
}

fn answer(call: &mut Call<'_>, find: impl FnOnce(&Call<'_>) -> Option<Key>) -> Reply {
    let limits = call.at.limits;
    let most = limits.lookup_miss_share.map(|share| {
        // A share of a head count: small enough to be exact, and never negative.
        let by_size = (call.corp.members.len() as f64 * share.max(0.0)).floor() as u64;
        by_size.max(limits.lookup_misses_at_least)
    });
    if most.is_some_and(|most| *call.corp.traffic.misses.today(call.at.now_ms) > most) {
        return Err(ApiError::of(45009));
    }
    let key = find(call);
    let view = call.view();
    let member = key.and_then(|key| call.corp.members.get(key).filter(|member| view.member(key, member)));
    let Some(member) = member else {
        *call.corp.traffic.misses.today(call.at.now_ms) += 1;
        return Err(ApiError::of(46004));
    };
    call.touched.userid = Some(member.userid.as_str().into());
    success(&Found { errcode: 0, errmsg: "ok", userid: &member.userid })
}
