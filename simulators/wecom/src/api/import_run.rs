//! Working off the rows of an import that are due, with the checks of the single calls.

use std::sync::Arc;

use super::Moment;
use super::department_write::{DepartmentInput, create_department, update_department};
use super::fields::Fields;
use super::member_check::MemberInput;
use super::member_write::{create_member, update_member};
use crate::corp::jobs::{Job, PartyRow, RowResult, Work};
use crate::corp::{Corp, Holder};
use crate::errors::{ApiError, usual_text};
use crate::log::{Action, EffectEntry, ObjectKind, Touch};
use crate::state::ReceiverState;

/// A job that failed in the system; it is to be submitted again.
const SYSTEM_FAILURE: i64 = 302005;
/// The parts of the action of a department row.
const CREATED: u8 = 1;
const RENAMED: u8 = 2;
const MOVED: u8 = 4;
const REORDERED: u8 = 8;

/// What a step came to.
struct Outcome {
    writes: Vec<Touch>,
    row: Option<usize>,
    errcode: i64,
}

/// What the steps that were due came to.
#[derive(Default)]
pub(crate) struct Advanced {
    pub effects: Vec<EffectEntry>,
    /// How many rows of the file they worked off.
    pub rows: u64,
    /// The job, when it ended.
    pub ended: Option<Finished>,
}

/// A job that ended.
pub(crate) struct Finished {
    pub id: Arc<str>,
    pub kind: &'static str,
    pub errcode: i64,
    pub holder: Holder,
    pub callback: Option<ReceiverState>,
}

/// Does the steps of a corp's job that are due and tells what they wrote.
pub(crate) fn advance(corp: &mut Corp, at: Moment<'_>) -> Advanced {
    let Some(mut job) = corp.jobs.running.take() else { return Advanced::default() };
    let mut advanced = Advanced::default();
    let due = job.due(at.now_ms);
    while job.done < due && job.fails_after.is_none_or(|most| job.done < most) {
        let due_ms = job.due_ms(job.done);
        let outcome = step(corp, &mut job, Moment { now_ms: due_ms, ..at });
        job.done += 1;
        advanced.rows += u64::from(outcome.row.is_some());
        for touch in outcome.writes {
            advanced.effects.push(EffectEntry {
                request: job.request,
                job: Some((job.id.clone(), outcome.row)),
                at_ms: due_ms,
                corpid: corp.corpid.as_str().into(),
                touch,
                errcode: outcome.errcode,
                others: Default::default(),
            });
        }
    }
    let fails = job.fails_after.is_some_and(|most| job.done >= most);
    if job.has_begun(at.now_ms) && (fails || job.done == job.work.len()) {
        if fails {
            job.failure = Some(SYSTEM_FAILURE);
        }
        job.finished_ms = Some(job.due_ms(job.done.saturating_sub(1)).min(at.now_ms));
        job.work = Vec::new();
        advanced.ended = Some(Finished {
            id: job.id.clone(),
            kind: job.kind.name(),
            errcode: job.failure.unwrap_or_default(),
            holder: job.holder,
            callback: job.callback.clone(),
        });
    }
    corp.jobs.put_back(job);
    advanced
}

fn step(corp: &mut Corp, job: &mut Job, at: Moment<'_>) -> Outcome {
    let mut writes = Vec::new();
    let to_invite = job.to_invite;
    match job.work.get_mut(job.done) {
        Some(Work::User { row, body }) => {
            let (row, body) = (*row, std::mem::take(body));
            let outcome = write_user(corp, Fields(&body), to_invite, at, &mut writes);
            let userid = body.get("userid").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            let (errcode, errmsg) = code_and_text(outcome);
            keep(job, row, RowResult::User { userid, errcode, errmsg });
            Outcome { writes, row: Some(row), errcode }
        }
        Some(Work::Party { row, party }) => {
            let (row, party) = (*row, party.clone());
            let (action, outcome) = write_party(corp, &party, &mut writes);
            let (errcode, errmsg) = code_and_text(outcome);
            keep(job, row, RowResult::Party { action, partyid: party.id, errcode, errmsg });
            Outcome { writes, row: Some(row), errcode }
        }
        Some(Work::DeleteUser(key)) => {
            if let Some(member) = corp.members.get(*key) {
                writes.push(Touch::user(&member.userid, Action::Delete, true));
                corp.remove_member(*key);
            }
            Outcome { writes, row: None, errcode: 0 }
        }
        Some(Work::DeleteParty(id)) => {
            // A department that is not empty stays until a later import finds it empty.
            let is_empty =
                |id| corp.tree.get(id).is_some_and(|node| node.children.is_empty() && node.members.is_empty());
            if is_empty(*id) {
                writes.push(Touch::numbered(ObjectKind::Department, *id, Action::Delete, true));
                corp.remove_department(*id);
            }
            Outcome { writes, row: None, errcode: 0 }
        }
        None => Outcome { writes, row: None, errcode: 0 },
    }
}

fn keep(job: &mut Job, row: usize, result: RowResult) {
    if let Some(place) = job.results.get_mut(row) {
        *place = Some(result);
    }
}

/// The code and text of a row; the texts name no holder and have no tail.
fn code_and_text(outcome: Result<(), ApiError>) -> (i64, String) {
    match outcome {
        Ok(()) => (0, usual_text(0).to_owned()),
        Err(refusal) if matches!(refusal.code, 60104 | 60106) => (refusal.code, usual_text(refusal.code).to_owned()),
        Err(refusal) => (refusal.code, refusal.text.into_owned()),
    }
}

/// Creates the member or, if it exists, changes it.
fn write_user(
    corp: &mut Corp,
    body: Fields<'_>,
    to_invite: bool,
    at: Moment<'_>,
    writes: &mut Vec<Touch>,
) -> Result<(), ApiError> {
    let mut input = MemberInput::read(body)?;
    input.to_invite = to_invite;
    if !corp.options.import_disables {
        input.enable = input.enable.filter(|enable| *enable == 1);
    }
    if input.userid.is_some_and(|userid| corp.members.find(userid).is_some()) {
        let unknown_department = corp.options.unknown_department;
        update_member(corp, &mut input, unknown_department, writes)
    } else {
        if corp.options.import_last_is_main {
            input.main_department = input.department.as_ref().and_then(|ids| ids.last()).copied();
        }
        create_member(corp, &input, at, writes).map(drop)
    }
}

/// Creates the department or, if it exists, changes what differs; tells which of the four it was.
fn write_party(corp: &mut Corp, party: &PartyRow, writes: &mut Vec<Touch>) -> (u8, Result<(), ApiError>) {
    let input = DepartmentInput {
        id: Some(party.id),
        name: Some(&party.name),
        name_en: None,
        parent: Some(party.parent),
        order: party.order,
    };
    let Some(node) = corp.tree.get(party.id) else {
        return (CREATED, create_department(corp, &input, writes).map(drop));
    };
    let mut action = 0;
    if node.name != party.name {
        action |= RENAMED;
    }
    if node.parent != party.parent {
        action |= MOVED;
    }
    if party.order.is_some_and(|order| order != node.order) {
        action |= REORDERED;
    }
    if action == 0 {
        return (0, Ok(()));
    }
    (action, update_department(corp, &input, writes))
}
