//! Import jobs: looks before it hands in, uploads the file, starts the job, reads what became of each row.
//!
//! The platform does three things in a job that the single calls do not, and each is ruled out before the upload: it makes
//! a department for an unknown id, it creates a member that an update names, and it overwrites one that is to be created.
//! So all department ids and all userids are read first, and a row that would meet one of these is refused with the
//! code that the single call has for it.
//!
//! Only `batch/syncuser` is used. It creates and updates; the other two imports delete what a file lacks.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use idflow_sdk::{
    ActionSpec, Applied, Call, Context, Error, ErrorKind, Estimate, Problem, Record, Value,
    bulk::{JobState, Submitted},
};

use crate::{
    actions,
    client::{Client, Job, JobRow},
    error::{code_of, lacks, lacks_as, of_code, own},
    import_file, people,
    rate::Pace,
    schema::user,
    tree,
};

/// The most members of one job. The platform names no number; with every field at its longest so many fill the 20 MB of an
/// upload about once.
pub(crate) const MOST: usize = 10_000;
/// Fewer members than this go one by one: two lists, an upload and a job are not worth it, and a job keeps every other
/// program of the company from importing.
pub(crate) const LEAST: usize = 200;
/// The least that a job takes: it is not over when it was just handed in.
const LEAST_TIME: Duration = Duration::from_millis(200);
/// After how long the end of somebody else's job is looked for.
const FOREIGN: Duration = Duration::from_secs(2);
/// Jobs smaller than this say little about the time of a row.
const TELLING: usize = 1_000;
/// Exchanges of a job beside its lists: departments, upload, start, two looks.
const EXCHANGES: u64 = 5;

/// Whether the action has a job, and whether that creates.
pub(crate) fn creates(action: &ActionSpec) -> Option<bool> {
    if action.name == actions::CREATE_USER.name {
        Some(true)
    } else {
        (action.name == actions::UPDATE_USER.name).then_some(false)
    }
}

/// The job that was handed in last, to learn how long jobs take.
#[derive(Default)]
pub(crate) struct Running(Mutex<Option<Handed>>);

/// A job that was handed in.
struct Handed {
    name: String,
    rows: usize,
    started: Instant,
    /// Whether its rows create.
    create: bool,
}

impl Running {
    fn set(&self, job: Option<Handed>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }

    /// Size and age of this job.
    fn get(&self, job: &str) -> Option<(usize, Duration)> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().filter(|handed| handed.name == job).map(|handed| (handed.rows, handed.started.elapsed()))
    }

    /// The single call that its rows stand for.
    fn stands_for(&self, job: &str) -> &'static str {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let creates = running.as_ref().is_some_and(|handed| handed.name == job && handed.create);
        if creates { "user/create" } else { "user/update" }
    }
}

/// What so many members cost as jobs, one after the other.
pub(crate) fn estimate(pace: &Pace, objects: usize) -> Estimate {
    let jobs = objects.div_ceil(MOST);
    let pages = objects.div_ceil(crate::client::PAGE);
    let calls = (EXCHANGES + pages as u64).saturating_mul(jobs as u64);
    let exchanges = pace.call_time().saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX));
    Estimate { calls, time: exchanges + pace.rows(objects).max(LEAST_TIME) }
}

/// Hands in a job of these members.
pub(crate) async fn submit(
    client: &Client,
    running: &Running,
    context: &Context,
    call: Call<'_>,
) -> Result<Submitted, Error> {
    let Some(create) = creates(call.action) else {
        return Err(own(ErrorKind::Unsupported, Problem::new("wecom_unsupported").arg("what", call.action.name)));
    };
    let lists = tokio::join!(departments(client, context), people::userids(client, context));
    let (departments, existing) = (lists.0?, lists.1?);
    if existing.is_empty() && !create {
        // Who is to be changed was there a moment ago: an empty list is no answer.
        return Err(lacks_as(ErrorKind::Unavailable, "user/list_id", "dept_user"));
    }
    let mut submitted = Submitted::default();
    let mut taken = HashSet::new();
    let mut members = Vec::with_capacity(call.objects.len());
    for (place, object) in call.objects.iter().enumerate() {
        let userid = object.key.to_lowercase();
        let there = existing.contains(&userid) || create && taken.contains(&userid);
        if unknown_department(object.record, &departments) {
            let mut error = single(create, 60123);
            error.problem.field = Some("department".into());
            submitted.refused.push((place, error));
        } else if create == there {
            let error = single(create, if create { 60102 } else { 60111 });
            submitted.refused.push((place, crate::error::of_member(error, object.key)));
        } else if members.len() == MOST || !taken.insert(userid) {
            submitted.refused.push((place, left()));
        } else {
            members.push((place, object.key, object.record));
        }
    }
    let sheet = import_file::write(create, &members, import_file::MAX_BYTES).map_err(|error| {
        own(ErrorKind::Unsupported, Problem::new("wecom_import_file").arg("cause", error.to_string()))
    })?;
    submitted.refused.extend(sheet.left.iter().map(|place| (*place, left())));
    submitted.refused.sort_by_key(|(place, _)| *place);
    if sheet.rows.is_empty() {
        return Ok(submitted);
    }
    let media = client.upload(context, "members.csv", &sheet.bytes).await.map_err(not_taken)?;
    let invite = create && call.params.flag("to_invite", false);
    let started = Instant::now();
    let job = client.start_job(context, &media, invite).await.map_err(not_taken).map_err(doubtful)?;
    let Some(job) = job else {
        // It was accepted, so it is at work; without its name nothing can be read of it.
        return Err(lacks_as(ErrorKind::Unknown, "batch/syncuser", "jobid"));
    };
    running.set(Some(Handed { name: job.clone(), rows: sheet.rows.len(), started, create }));
    submitted.job = Some(job);
    Ok(submitted)
}

/// Looks at a job.
pub(crate) async fn poll(
    client: &Client,
    running: &Running,
    context: &Context,
    job: &str,
    keys: &[&str],
) -> Result<JobState, Error> {
    let found = match client.job(context, job).await {
        Ok(found) => found,
        // The job itself failed inside the platform: every row is to be submitted again.
        Err(error) if code_of(&error) == Some(302_005) => {
            return Ok(JobState::Done(keys.iter().map(|_| Err(error.clone())).collect()));
        }
        // The file was taken and then refused as a whole. It says nothing of single rows.
        Err(error) if code_of(&error).is_some_and(refuses_the_file) => {
            let problem = Problem::new("wecom_import_refused").arg("cause", &*error.problem.code);
            return Err(own(ErrorKind::Unsupported, problem));
        }
        Err(error) => return Err(error),
    };
    match found.status {
        3 => {
            let api = running.stands_for(job);
            if let Some((rows, took)) = running.get(job) {
                running.set(None);
                if rows >= TELLING {
                    client.pace().job_took(rows, took);
                }
            }
            let secrets = client.secrets();
            let hide: Vec<&str> = secrets.iter().map(|secret| secret.expose()).collect();
            Ok(JobState::Done(rows(&found, keys, api, &hide)))
        }
        1 | 2 => {
            let percent = u8::try_from(found.percentage.clamp(0, 100)).unwrap_or(100);
            // If it goes on as fast as it did.
            let ahead = f64::from(100 - percent) / f64::from(percent.max(1));
            let again = match running.get(job) {
                Some((_, age)) if percent > 0 => age.mul_f64(ahead),
                _ => client.pace().rows(keys.len()),
            };
            Ok(JobState::Running { percent, again })
        }
        _ => Err(lacks("batch/getresult", "status")),
    }
}

/// One answer for each key, in order; userids are compared without case.
fn rows(job: &Job, keys: &[&str], api: &str, hide: &[&str]) -> Vec<Result<Applied, Error>> {
    let told: std::collections::HashMap<String, &JobRow> =
        job.result.iter().map(|row| (row.userid.to_lowercase(), row)).collect();
    keys.iter()
        .map(|key| match told.get(&key.to_lowercase()).map(|row| (row.errcode, *row)) {
            Some((Some(0), _)) => Ok(Applied::default()),
            Some((Some(code), row)) => Err(crate::error::of_member(of_code(api, code, &row.errmsg, hide), key)),
            Some((None, _)) | None => Err(own(ErrorKind::Unknown, Problem::new("wecom_job_silent"))),
        })
        .collect()
}

/// The ids of all departments. A list without the company itself is no list.
async fn departments(client: &Client, context: &Context) -> Result<HashSet<i64>, Error> {
    let ids: HashSet<i64> = client.department_ids(context).await?.iter().map(|row| row.id).collect();
    if ids.contains(&tree::COMPANY) {
        return Ok(ids);
    }
    Err(own(ErrorKind::Unexpected, Problem::new("wecom_tree_incomplete").arg("what", format!("id {}", tree::COMPANY))))
}

fn unknown_department(record: &Record, departments: &HashSet<i64>) -> bool {
    let listed = record.value(user::DEPARTMENT).and_then(Value::as_list).unwrap_or_default();
    listed.iter().any(|id| !crate::mapping::number(id).is_some_and(|id| departments.contains(&id)))
}

/// The file itself is wrong in the platform's eyes.
fn refuses_the_file(code: i64) -> bool {
    matches!(code, 40092 | 45026 | 302_003 | 302_004 | 302_006 | 302_007)
}

/// What the single call answers in this case.
fn single(create: bool, code: i64) -> Error {
    of_code(if create { "user/create" } else { "user/update" }, code, "", &[])
}

/// For a row that has to wait for another job.
fn left() -> Error {
    own(ErrorKind::Unavailable, Problem::new("wecom_import_left"))
}

/// A file or a job that the platform does not take is no fault of its rows: they go one by one.
fn not_taken(mut error: Error) -> Error {
    if code_of(&error) == Some(302_008) {
        // Another job is at work; it will be over.
        error.kind = ErrorKind::RateLimited(FOREIGN);
        return error;
    }
    let may_not = matches!(code_of(&error), Some(48001 | 48002 | 48008));
    if may_not || matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict) {
        error.kind = ErrorKind::Unsupported;
    }
    error
}

/// Whoever says "busy" when a job is handed in may have taken it all the same.
fn doubtful(mut error: Error) -> Error {
    if error.kind == ErrorKind::Unavailable && code_of(&error).is_some() {
        error.kind = ErrorKind::Unknown;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{quota::Limits, rate::Heard};

    #[test]
    fn some_hundreds_are_worth_a_job_where_calls_take_their_time() {
        let context = Context::at(0);
        for (micros, objects, worth) in [
            (30_000, LEAST, true),
            (400_000, LEAST, true),
            (100, 10_000, true),
            (2_000, 1_000, true),
            (20_000, 5_000, true),
            (100_000, 100_000, true),
            // Answered at once, and several at a time: before the job is looked at they are over.
            (100, LEAST, false),
        ] {
            let pace = Pace::new();
            let pass = pace.admit(&context, "user/update", None, Limits::DEFAULT).expect("room");
            pace.heard(pass, Heard::Clean, true, true, Duration::from_micros(micros));
            let single = pace.calls("user/update", None, Limits::DEFAULT, objects as u64, actions::WIDE as usize);
            let job = estimate(&pace, objects);
            assert_eq!(job.time < single.time, worth, "{micros} {objects} {job:?} {single:?}");
            assert!(job.calls < single.calls / 10, "{job:?} {single:?}");
        }
        // Once a job turned out to be slow, the single calls are chosen.
        let pace = Pace::new();
        pace.job_took(1_000, Duration::from_secs(900));
        assert!(estimate(&pace, 1_000).time > pace.calls("user/update", None, Limits::DEFAULT, 1_000, 1).time);
    }
}
