//! What a checker asks after a run: was anything made twice, written too often, or written at once?
//!
//! Everything is counted from the effects and messages that the log still has.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::corp::jobs::Job;
use crate::log::{Action, EffectRecord, ObjectKind, RequestLog};

/// How many examples a list names.
const EXAMPLES: usize = 100;

/// What the log says about writes and messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Effects that were looked at.
    pub effects: u64,
    /// Creations that were done.
    pub created: u64,
    /// Changes that were done.
    pub updated: u64,
    /// Removals that were done.
    pub deleted: u64,
    /// Writes that were refused.
    pub refused: u64,
    /// Creations of objects that existed, whatever the answer; a row of a job that finds its object is a change.
    pub creates_of_existing: u64,
    /// The first of them.
    pub creates_of_existing_examples: Vec<EffectRecord>,
    /// The objects written most often, with how often.
    pub most_written: Vec<Written>,
    /// The most writes of a corp that were unanswered together; 1 when they came one after the other.
    pub most_parallel_writes: u32,
    /// Writes to an object of which another write was unanswered.
    pub parallel_writes_of_one_object: u64,
    /// Messages.
    pub messages: u64,
    /// Deliveries of a message with the same content from the same app to somebody who had it already.
    pub repeated_deliveries: u64,
}

/// One object and how often it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The corp.
    pub corpid: String,
    /// What kind of object.
    pub kind: ObjectKind,
    /// Its id.
    pub id: String,
    /// How many writes were done.
    pub done: u64,
    /// How many were refused.
    pub refused: u64,
}

/// An import job as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobStatus {
    /// The corp.
    pub corpid: String,
    /// The id.
    pub jobid: String,
    /// `sync_user`, `replace_user` or `replace_party`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The number of the request that submitted it.
    pub request: u64,
    /// When, in milliseconds since 1970 on the simulator's clock.
    pub submitted_ms: u64,
    /// 1 started, 2 running, 3 finished.
    pub status: u8,
    /// How far it is.
    pub percentage: usize,
    /// Rows of the file.
    pub total: usize,
    /// Rows and removals that are done.
    pub done: usize,
    /// Rows that were refused.
    pub refused: usize,
    /// Why the job as a whole failed.
    pub failure: Option<i64>,
    /// Whether new members are invited.
    pub to_invite: bool,
    /// The file.
    pub media_id: String,
    /// The address that is called at the end.
    pub callback: Option<String>,
    /// When it ended.
    pub finished_ms: Option<u64>,
}

/// Looks through the log.
pub(crate) fn check(log: &RequestLog) -> Check {
    let mut check = Check::default();
    let mut objects: BTreeMap<(String, ObjectKind, String), (u64, u64)> = BTreeMap::new();
    for (seq, entry) in log.effects.after(0) {
        check.effects += 1;
        let touch = &entry.touch;
        // Userids are the same whatever their case.
        let object = (entry.corpid.to_string(), touch.kind, touch.id.to_ascii_lowercase());
        let (done, refused) = objects.entry(object).or_default();
        if entry.errcode == 0 {
            *done += 1;
            match touch.action {
                Action::Create => check.created += 1,
                Action::Update => check.updated += 1,
                Action::Delete => check.deleted += 1,
            }
        } else {
            *refused += 1;
            check.refused += 1;
        }
        if touch.action == Action::Create && touch.existed {
            check.creates_of_existing += 1;
            if check.creates_of_existing_examples.len() < EXAMPLES {
                check.creates_of_existing_examples.push(entry.record(seq));
            }
        }
        check.most_parallel_writes = check.most_parallel_writes.max(entry.others.writes + 1);
        check.parallel_writes_of_one_object += u64::from(entry.others.same_object > 0);
    }
    let written = |((corpid, kind, id), (done, refused))| Written { corpid, kind, id, done, refused };
    check.most_written = objects.into_iter().map(written).collect();
    check.most_written.sort_by_key(|object| std::cmp::Reverse(object.done + object.refused));
    check.most_written.truncate(EXAMPLES);
    let mut deliveries: BTreeMap<(i64, &str, String), u64> = BTreeMap::new();
    for (_, message) in log.messages.after(0) {
        check.messages += 1;
        let content = format!("{} {}", message.msgtype, message.content);
        for userid in &message.delivered {
            let times = deliveries.entry((message.agentid, userid, content.clone())).or_default();
            check.repeated_deliveries += u64::from(*times > 0);
            *times += 1;
        }
    }
    check
}

/// A job at this moment.
pub(crate) fn job(corpid: &str, job: &Job, now_ms: u64) -> JobStatus {
    JobStatus {
        corpid: corpid.to_owned(),
        jobid: job.id.to_string(),
        kind: job.kind.name().to_owned(),
        request: job.request,
        submitted_ms: job.submitted_ms,
        status: job.status(now_ms),
        percentage: job.percentage(),
        total: job.total,
        done: job.done,
        refused: job.results.iter().flatten().filter(|row| row.errcode() != 0).count(),
        failure: job.failure,
        to_invite: job.to_invite,
        media_id: job.media_id.clone(),
        callback: job.callback.as_ref().map(|receiver| receiver.url.clone()),
        finished_ms: job.finished_ms,
    }
}
