//! Paging through (member, department) pairs: the one read the contact-sync secret still has.
//!
//! A cursor names the last member given and how many of its rows were given, so that a page begins
//! with one step into the ordered userid index however many members there are. There is no snapshot
//! across pages: members that come or go between pages appear or vanish where they sort.

use std::ops::Bound;

use serde::Serialize;

use super::{Call, Reply, success};
use crate::corp::Holder;
use crate::errors::ApiError;

/// The largest page, and the page size when none is asked for.
const LIMIT: u32 = 10_000;
const PREFIX: &str = "CUR_";

#[derive(Serialize)]
struct Page<'a> {
    errcode: i64,
    errmsg: &'static str,
    next_cursor: String,
    dept_user: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    userid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_userid: Option<String>,
    department: u32,
}

/// `POST /cgi-bin/user/list_id`
pub(super) fn list_id(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let cursor = fields.text("cursor")?.filter(|cursor| !cursor.is_empty());
    let limit = fields.uint("limit")?.unwrap_or(LIMIT);
    if !(1..=LIMIT).contains(&limit) {
        return Err(ApiError::unusable("limit"));
    }
    let limit = limit as usize;
    let corp = &*call.corp;
    let last = match cursor {
        None => None,
        Some(text) => Some(Cursor::decode(text, &corp.corpid).ok_or_else(|| ApiError::of(50100))?),
    };
    let start = last.as_ref().map_or(Bound::Unbounded, |last| Bound::Included(last.userid.as_str()));
    let mut pairs: Vec<Pair<'_>> = Vec::with_capacity(limit.min(1024));
    let mut here = Cursor { userid: String::new(), given: 0 };
    for (comparable, _, member) in corp.members.onwards_from(start) {
        let skip = last.as_ref().filter(|last| last.userid == comparable).map_or(0, |last| last.given);
        for (index, place) in member.places.iter().enumerate().skip(skip) {
            if pairs.len() == limit {
                let next_cursor = here.encode(&corp.corpid);
                return success(&Page { errcode: 0, errmsg: "ok", next_cursor, dept_user: pairs });
            }
            let is_provider = call.holder == Holder::ContactEdit;
            pairs.push(Pair {
                userid: (!is_provider).then_some(member.userid.as_str()),
                open_userid: is_provider.then(|| corp.open_userid(&member.userid)),
                department: place.department,
            });
            if pairs.len() == limit {
                here = Cursor { userid: comparable.to_owned(), given: index + 1 };
            }
        }
    }
    success(&Page { errcode: 0, errmsg: "ok", next_cursor: String::new(), dept_user: pairs })
}

/// Where a page ended.
#[derive(Debug, PartialEq)]
struct Cursor {
    /// The comparable form of the last userid given.
    userid: String,
    /// How many rows of that member were given.
    given: usize,
}

impl Cursor {
    fn encode(&self, corpid: &str) -> String {
        let plain = format!("{}/{}", self.given, self.userid);
        let mut text = format!("{PREFIX}{:08x}", check_sum(corpid, &plain));
        for byte in plain.bytes() {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    fn decode(text: &str, corpid: &str) -> Option<Self> {
        let hex = text.strip_prefix(PREFIX).filter(|hex| hex.is_ascii())?;
        let (sum, rest) = (hex.get(..8)?, hex.get(8..)?);
        let bytes: Option<Vec<u8>> =
            (0..rest.len()).step_by(2).map(|index| u8::from_str_radix(rest.get(index..index + 2)?, 16).ok()).collect();
        let plain = String::from_utf8(bytes?).ok()?;
        if u32::from_str_radix(sum, 16).ok()? != check_sum(corpid, &plain) {
            return None;
        }
        let (given, userid) = plain.split_once('/')?;
        Some(Self { userid: userid.to_owned(), given: given.parse().ok()? })
    }
}

/// FNV-1a; it only has to notice a cursor that was made up or belongs to another corp.
fn check_sum(corpid: &str, plain: &str) -> u32 {
    let bytes = corpid.bytes().chain([0]).chain(plain.bytes());
    bytes.fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_encoding_and_nothing_else_is_one() {
        let cursor = Cursor { userid: "chen.yu".to_owned(), given: 2 };
        let text = cursor.encode("ww1");
        assert_eq!(Cursor::decode(&text, "ww1"), Some(cursor));
        assert_eq!(Cursor::decode(&text, "ww2"), None);
        for bad in ["", "nonsense", "CUR_", "CUR_000002", "CUR_00000000zz", "CUR_é"] {
            assert_eq!(Cursor::decode(bad, "ww1"), None, "{bad}");
        }
    }
}
