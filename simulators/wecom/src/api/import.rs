//! Submitting an import and asking how far it is.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::Serialize;

use super::fields::Fields;
use super::{Call, Reply, import_file, success};
use crate::corp::Corp;
use crate::corp::jobs::{Found, Job, JobKind, RowResult, Work};
use crate::corp::members::Key as MemberKey;
use crate::corp::tree::ROOT;
use crate::crypto::Key;
use crate::errors::ApiError;
use crate::state::{ImportFileErrors, ReceiverState};

/// An import that would delete too many members is not begun.
const TOO_MANY_DELETED: i64 = 45026;

#[derive(Serialize)]
struct Submitted<'a> {
    errcode: i64,
    errmsg: &'static str,
    jobid: &'a str,
}

#[derive(Serialize)]
struct Progress<'a> {
    errcode: i64,
    errmsg: &'static str,
    status: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    total: usize,
    percentage: usize,
    result: Vec<ResultRow<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ResultRow<'a> {
    User { userid: &'a str, errcode: i64, errmsg: &'a str },
    Party { action: u8, partyid: u32, errcode: i64, errmsg: &'a str },
}

/// `POST /cgi-bin/batch/syncuser`
pub(super) fn sync_user(call: &mut Call<'_>) -> Reply {
    submit(call, JobKind::SyncUser)
}

/// `POST /cgi-bin/batch/replaceuser`
pub(super) fn replace_user(call: &mut Call<'_>) -> Reply {
    submit(call, JobKind::ReplaceUser)
}

/// `POST /cgi-bin/batch/replaceparty`
pub(super) fn replace_party(call: &mut Call<'_>) -> Reply {
    submit(call, JobKind::ReplaceParty)
}

fn submit(call: &mut Call<'_>, kind: JobKind) -> Reply {
    let fields = call.fields();
    let media_id = fields.text("media_id")?.filter(|id| !id.is_empty());
    let to_invite = fields.flag("to_invite")?.unwrap_or(true);
    let callback = callback(fields)?;
    let media_id = media_id.ok_or_else(|| ApiError::of(41006))?;
    if call.corp.jobs.running.is_some() {
        return Err(ApiError::of(302008));
    }
    let media = call.corp.media.get(media_id, call.at.now_ms).filter(|media| media.kind == "file");
    let media = media.ok_or_else(|| ApiError::of(40007))?;
    let planned = match kind {
        JobKind::ReplaceParty => plan_parties(call.corp, &media.content),
        JobKind::SyncUser | JobKind::ReplaceUser => plan_users(call.corp, &media.content, kind),
    };
    let (total, work, failure) = match planned {
        Ok((total, work)) => (total, work, None),
        Err(code) if call.corp.options.import_file_errors == ImportFileErrors::Submit => {
            return Err(ApiError::of(code));
        }
        Err(code) => (0, Vec::new(), Some(code)),
    };
    // A share of a row count, rounded down: small enough to be exact.
    let fails_after = call.at.job_fails.map(|share| (work.len() as f64 * share) as usize);
    let id = call.at.id("J", 2);
    call.corp.jobs.start(Job {
        id: id.as_str().into(),
        kind,
        request: call.at.number,
        submitted_ms: call.at.now_ms,
        to_invite,
        holder: call.holder,
        media_id: media_id.to_owned(),
        callback,
        work,
        done: 0,
        total,
        results: vec![None; total],
        failure,
        fails_after,
        finished_ms: None,
        speed: call.at.import_speed,
    });
    success(&Submitted { errcode: 0, errmsg: "ok", jobid: &id })
}

/// The address of a callback, which comes with a token and a key or not at all.
fn callback(fields: Fields<'_>) -> Result<Option<ReceiverState>, ApiError> {
    let Some(object) = fields.object("callback")? else { return Ok(None) };
    let inner = Fields(object);
    let given = |name| Ok::<_, ApiError>(inner.text(name)?.unwrap_or_default());
    let (url, token, key) = (given("url")?, given("token")?, given("encodingaeskey")?);
    match (url.is_empty(), token.is_empty(), key.is_empty()) {
        (true, true, true) => Ok(None),
        (false, false, false) if Key::parse(key).is_some() => Ok(Some(ReceiverState {
            url: url.to_owned(),
            token: token.to_owned(),
            encoding_aes_key: key.to_owned(),
            form: None,
        })),
        _ => Err(ApiError::unusable("callback")),
    }
}

type Planned = Result<(usize, Vec<Work>), i64>;

fn plan_users(corp: &Corp, content: &[u8], kind: JobKind) -> Planned {
    let head = String::from_utf8_lossy(content.split(|byte| *byte == b'\n').next().unwrap_or_default());
    if corp.options.import_account_title.as_ref().is_some_and(|title| !head.split(',').any(|cell| cell.trim() == title))
    {
        return Err(import_file::INVALID_FILE);
    }
    let rows = import_file::members(content)?;
    let total = rows.len();
    let mut gone: Vec<MemberKey> = Vec::new();
    if kind == JobKind::ReplaceUser {
        let userid = |row: &serde_json::Map<String, serde_json::Value>| corp.members.find(row.get("userid")?.as_str()?);
        let kept: HashSet<MemberKey> = rows.iter().filter_map(userid).collect();
        let all = corp.members.onwards_from(std::ops::Bound::Unbounded);
        // The creator of a corp stays whatever the file says.
        gone = all.filter(|(_, key, member)| !kept.contains(key) && !member.creator).map(|(_, key, _)| key).collect();
        if deletes_too_many(gone.len(), corp.members.len()) {
            return Err(TOO_MANY_DELETED);
        }
    }
    let mut work: Vec<Work> = rows.into_iter().enumerate().map(|(row, body)| Work::User { row, body }).collect();
    work.extend(gone.into_iter().map(Work::DeleteUser));
    Ok((total, work))
}

/// More than 50 members and more than a fifth of the corp, or fewer than 50 but more than four fifths.
fn deletes_too_many(gone: usize, all: usize) -> bool {
    match gone.cmp(&50) {
        Ordering::Greater => gone * 5 > all,
        Ordering::Equal => false,
        Ordering::Less => gone * 5 > all * 4,
    }
}

fn plan_parties(corp: &Corp, content: &[u8]) -> Planned {
    let rows = import_file::departments(content)?;
    let total = rows.len();
    let kept: HashSet<u32> = rows.iter().map(|(_, party)| party.id).collect();
    let mut gone: Vec<u32> =
        corp.tree.subtree(ROOT).into_iter().filter(|id| *id != ROOT && !kept.contains(id)).collect();
    // Children first, so that an empty branch goes as a whole.
    gone.sort_by_key(|id| std::cmp::Reverse(corp.tree.depth(*id)));
    let mut work: Vec<Work> = rows.into_iter().map(|(row, party)| Work::Party { row, party }).collect();
    work.extend(gone.into_iter().map(Work::DeleteParty));
    Ok((total, work))
}

/// `GET /cgi-bin/batch/getresult`
pub(super) fn result(call: &mut Call<'_>) -> Reply {
    let id = call.query.get("jobid").unwrap_or_default();
    let job = match call.corp.jobs.find(id) {
        Found::Job(job) => job,
        Found::Gone => return Err(ApiError::of(40089)),
        Found::Unknown => return Err(ApiError::of(40088)),
    };
    let status = job.status(call.at.now_ms);
    if let (3, Some(code)) = (status, job.failure) {
        return Err(ApiError::of(code));
    }
    let rows = job.results.iter().flatten().filter(|_| status == 3);
    success(&Progress {
        errcode: 0,
        errmsg: "ok",
        status,
        kind: job.kind.name(),
        total: job.total,
        percentage: job.percentage(),
        result: rows.map(ResultRow::new).collect(),
    })
}

impl<'a> ResultRow<'a> {
    fn new(result: &'a RowResult) -> Self {
        match result {
            RowResult::User { userid, errcode, errmsg } => Self::User { userid, errcode: *errcode, errmsg },
            RowResult::Party { action, partyid, errcode, errmsg } => {
                Self::Party { action: *action, partyid: *partyid, errcode: *errcode, errmsg }
            }
        }
    }
}
