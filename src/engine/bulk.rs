//! Import jobs: many announced rows in one upload, where that is faster than single calls and loses nothing.
//!
//! The journal notes a job's name as soon as it is known, so after a crash the job is asked for its results. When the name
//! was lost the rows are unknown, not failed: the target is looked at until it stands still, what arrived is adopted, and
//! only the rest is handed in again.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use idflow_sdk::{
    ActionSpec, Call, Carried, Connection, Error, ErrorKind, Estimate, FieldId, JobState, ObjectCall, Problem, Record,
};

use super::{
    applier::Applier,
    calls,
    disabling::disabling,
    left, look, perform,
    retry::{self, LATE, SOON},
    session::{Answer, Session, Window},
};
use crate::{
    model::{
        cells::Cells,
        change::{Action, RowIndex},
        event::{Event, Outcome},
    },
    store::StoreError,
};

/// Looks at an unfinished job before it is given up; with the growing waits between them this is most of a day.
const MOST_LOOKS: u32 = 5000;
/// How long a job is still asked when the run is to stop; it is left at work then, and noted for the next plan.
const GRACE_MS: i64 = 60_000;
/// How often the end of another job is waited for.
const MOST_WAITS: u32 = 1000;
/// How often a job is handed in at most.
const MOST_JOBS: u32 = 5;
/// Rows on their way at a time that a job has done its part of; how many calls are in flight is the connection's.
const MOST_FOLLOWING: usize = 128;
/// From so many per cent of a job on, those of its rows are looked at of which something has to be read back: they stand first.
const EARLY: u8 = 60;
/// A look at them takes several calls: a shorter wait is none for that.
const WORTH_A_LOOK: Duration = Duration::from_millis(250);
/// How often a look at unknown rows is repeated when it fails; with the growing waits a few minutes.
const MOST_TRIES: u32 = 14;

/// How these records are written soonest, what that costs, and whether jobs are part of it.
pub(super) fn way<'r>(
    connection: &dyn Connection,
    action: &ActionSpec,
    records: impl Iterator<Item = &'r Cells>,
) -> (Estimate, bool) {
    let mut alone = 0;
    let mut groups: HashMap<u64, (usize, usize)> = HashMap::new();
    for cells in records {
        let Some(bulk) = connection.bulk() else {
            alone += 1;
            continue;
        };
        let record = cells.record();
        match (bulk.carries(action, &record), bulk.group(action, &record)) {
            (Carried::Nothing, _) => alone += 1,
            (carried, group) => {
                let (rows, followed) = groups.entry(group).or_default();
                *rows += 1;
                *followed += usize::from(matches!(carried, Carried::Without(_)));
            }
        }
    }
    let mut estimate = Estimate::default();
    let mut any = false;
    for (rows, followed) in groups.into_values() {
        match job(connection, action, rows, followed) {
            Some(cost) => {
                any = true;
                estimate = estimate.and(cost);
            }
            None => alone += rows,
        }
    }
    if alone > 0 {
        estimate = estimate.and(connection.estimate(action, alone));
    }
    (estimate, any)
}

/// What a job of so many rows costs, with the calls that follow it; `None` when single calls are faster.
fn job(connection: &dyn Connection, action: &ActionSpec, rows: usize, followed: usize) -> Option<Estimate> {
    let bulk = connection.bulk()?;
    let mut cost = bulk.estimate(action, rows)?;
    if followed > 0 {
        cost = cost.and(connection.estimate(update_of(connection, action)?, followed));
    }
    (bulk.preferred() || cost.time < connection.estimate(action, rows).time).then_some(cost)
}

/// The action that changes objects of the same kind.
fn update_of(connection: &dyn Connection, action: &ActionSpec) -> Option<&'static ActionSpec> {
    let actions = connection.spec().actions.iter().copied();
    actions.into_iter().find(|other| other.kind == action.kind && other.effect.updates())
}

/// One row on its way through a job.
struct Item {
    at: usize,
    /// Rows of one group share a job.
    group: u64,
    record: Record,
    left_out: Vec<FieldId>,
    /// Fields that follow by a call of their own.
    rest: Record,
    state: State,
    /// It was unknown once: before it is handed in again it is looked for, each time.
    doubtful: bool,
    /// The journal says that it is about to be handed in.
    noted: bool,
    /// What was read of it, made already, while its job was at work.
    seen: Option<Record>,
}

impl Item {
    /// All that is to be written.
    fn whole(&self) -> Cow<'_, Record> {
        if self.rest.is_empty() {
            return Cow::Borrowed(&self.record);
        }
        let mut whole = self.record.clone();
        whole.merge(&self.rest);
        Cow::Owned(whole)
    }
}

enum State {
    /// To be handed in.
    Open,
    /// Nobody knows whether a job has it.
    Unknown,
    /// In the job that is at work.
    In,
    /// By a call of its own.
    Alone,
    /// Over.
    Over(Result<Vec<Problem>, Error>),
}

/// Carries a window of announced rows out.
pub(super) async fn carry_out(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    window: &[usize],
) -> Result<Window, StoreError> {
    let Some(bulk) = session.connection.bulk() else {
        return Ok(single(applier, session, window).await);
    };
    let mut alone: Vec<usize> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut known: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for at in window {
        let (record, left_out) = applier.ledger.record(*at);
        let fields = match bulk.carries(session.writing.uses.action, &record) {
            Carried::Whole => Vec::new(),
            Carried::Without(fields) => fields,
            Carried::Nothing => {
                alone.push(*at);
                continue;
            }
        };
        let group = bulk.group(session.writing.uses.action, &record);
        let job = applier.jobs.remove(at);
        let noted = job.is_some();
        let job = job.filter(|name| !name.is_empty());
        let state = match (&job, applier.ledger.is_announced(*at)) {
            (Some(_), _) => State::In,
            (None, true) => State::Unknown,
            _ => State::Open,
        };
        if let Some(job) = job {
            known.entry(job).or_default().push(items.len());
        }
        let mut record = record;
        let rest = fields.into_iter().filter_map(|id| Some((id, record.take(id)?))).collect();
        let doubtful = matches!(state, State::Unknown);
        items.push(Item { at: *at, group, record, left_out, rest, state, doubtful, noted, seen: None });
    }
    let lost = items.iter().filter(|item| item.noted && item.doubtful).count();
    if lost > 0 {
        left::note(applier, session, None, lost)?;
    }
    // What was handed in before a restart is asked for first.
    for (job, places) in known {
        ask(applier, session, &mut items, &places, &job, Duration::ZERO).await?;
    }
    let mut groups: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate().filter(|(_, item)| !matches!(item.state, State::Over(_))) {
        groups.entry(item.group).or_default().push(place);
    }
    let mut broken = None;
    for places in groups.into_values() {
        let followed = places.iter().filter(|place| !items[**place].rest.is_empty()).count();
        let certain = places.iter().all(|place| matches!(items[*place].state, State::Open) && !items[*place].doubtful);
        if certain && job(&*session.connection, session.writing.uses.action, places.len(), followed).is_none() {
            for place in places {
                items[place].state = State::Alone;
            }
        } else if broken.is_none() {
            broken = jobs(applier, session, &mut items, &places).await?;
        }
    }
    alone.extend(items.iter().filter(|item| matches!(item.state, State::Alone)).map(|item| item.at));
    read_back(applier, session, &mut items).await;
    // What a job cannot carry follows, and what cannot go by a job goes alone.
    let mut answers: Vec<Answer> = Vec::with_capacity(window.len());
    let context = applier.log.context();
    let mut following = FuturesUnordered::new();
    let mut items = items.into_iter();
    loop {
        while following.len() < MOST_FOLLOWING {
            let Some(item) = items.next() else { break };
            let State::Over(result) = item.state else { continue };
            match result {
                // The job has done its part. What follows is for the next run, or for when this one goes on.
                Ok(warnings) if !item.rest.is_empty() && applier.progress.is_stopped() => {
                    if applier.progress.stop().is_some_and(|stop| stop.is_for_now()) {
                        continue;
                    }
                    let left_out = item.left_out.into_iter().chain(item.rest.iter().map(|(id, _)| id)).collect();
                    answers.push(answer(applier, item.at, Ok(warnings), left_out));
                }
                Ok(warnings) if !item.rest.is_empty() => {
                    let (core, progress, rows) = (applier.core, applier.progress, applier.ledger.rows());
                    let context = &context;
                    following.push(async move {
                        let more = perform::follow(core, progress, context, session, &rows[item.at], &item.rest).await;
                        let result = more.map(|more| warnings.into_iter().chain(more).collect());
                        (item.at, result, item.left_out, item.rest)
                    });
                }
                other => answers.push(answer(applier, item.at, other, item.left_out)),
            }
        }
        let Some((at, result, mut left_out, rest)) = following.next().await else { break };
        // Nobody wants it any more: the row stays as it was announced, and the job is asked again when the run goes on; or
        // what follows is for the next run.
        let given_up = result.as_ref().is_err_and(Error::retryable);
        let result = match applier.progress.stop().filter(|_| given_up) {
            Some(stop) if stop.is_for_now() => continue,
            Some(_) => {
                left_out.extend(rest.iter().map(|(id, _)| id));
                Ok(Vec::new())
            }
            None => result,
        };
        // The job has done its part: what follows did not get there.
        let made = result.is_err();
        if made {
            left_out.extend(rest.iter().map(|(id, _)| id));
        }
        answers.push(Answer { made, ..answer(applier, at, result, left_out) });
    }
    drop(following);
    if broken.is_some() {
        return Ok(Window { answers, broken, untouched: Vec::new() });
    }
    let mut done = single(applier, session, &alone).await;
    // The journal may say that a job has them.
    done.untouched.clear();
    answers.append(&mut done.answers);
    Ok(Window { answers, ..done })
}

async fn single(applier: &Applier<'_>, session: &Session<'_>, window: &[usize]) -> Window {
    calls::carry_out(applier.core, applier.progress, &applier.context, session, &applier.ledger, window).await
}

fn answer(applier: &Applier<'_>, at: usize, result: Result<Vec<Problem>, Error>, left_out: Vec<FieldId>) -> Answer {
    let (outcome, warnings) = match result {
        Ok(warnings) => {
            let made = applier.ledger.row(at).action == Action::Create;
            (if made { Outcome::Created } else { Outcome::Updated }, warnings)
        }
        Err(error) => (Outcome::Failed(*error.problem), Vec::new()),
    };
    Answer { left_out, warnings, ..Answer::without_call(at, 1, outcome) }
}

/// Job after job, until every one of these items is over.
async fn jobs(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    places: &[usize],
) -> Result<Option<Problem>, StoreError> {
    let Some(bulk) = session.connection.bulk() else { return Ok(None) };
    let (core, progress) = (applier.core.clone(), applier.progress);
    let mut attempt = 1;
    let mut handed_in = 0;
    let mut waited = 0;
    loop {
        if session.lost() {
            return Ok(None);
        }
        let stop = progress.stop();
        let for_now = stop.as_ref().is_some_and(|stop| stop.is_for_now());
        if places.iter().any(|place| matches!(items[*place].state, State::Unknown)) {
            if for_now {
                // They stay announced, and are looked for when the run goes on.
                return Ok(None);
            }
            match settle(applier, session, items, places).await {
                // Whoever is to be changed is always there: that says nothing about the job.
                Ok(whole) if whole && session.writing.uses.action.effect.creates() => left::over(applier, session),
                Ok(_) => {}
                Err(error) => {
                    for place in places {
                        if matches!(items[*place].state, State::Unknown) {
                            items[*place].state = State::Over(Err(error.clone()));
                        }
                    }
                }
            }
            continue;
        }
        let mut open: Vec<usize> =
            places.iter().copied().filter(|place| matches!(items[*place].state, State::Open)).collect();
        if open.is_empty() {
            return Ok(None);
        }
        // What has to be read back is made first, so that it can be read while the others are made.
        open.sort_by_key(|place| items[*place].rest.is_empty());
        if stop.is_some() {
            // They stay announced: cancelled ones end as not attempted, unless a job may have them; paused ones are
            // looked up later.
            if !for_now {
                let doubtful: Vec<usize> = open.into_iter().filter(|place| items[*place].doubtful).collect();
                end(items, &doubtful, &Error::new(ErrorKind::Unknown, Problem::new("lost_answer")));
            }
            return Ok(None);
        }
        if bulk.most() == 0 {
            alone(applier, items, &open);
            continue;
        }
        if open.iter().any(|place| !items[*place].noted) {
            // A crash from here on leaves rows behind of which nobody knows whether a job has them.
            let rows = open.iter().map(|place| index(items[*place].at)).collect();
            applier.log.commit_with(Event::Job { job: String::new(), rows }).await?;
            open.iter().for_each(|place| items[*place].noted = true);
        }
        handed_in += 1;
        if handed_in > MOST_JOBS {
            // Jobs leave these out; a call of its own says why.
            alone(applier, items, &open);
            continue;
        }
        let records: Vec<Cow<'_, Record>> = open.iter().map(|place| items[*place].whole()).collect();
        let objects = open
            .iter()
            .zip(&records)
            .map(|(place, record)| ObjectCall { key: &applier.ledger.row(items[*place].at).target, record })
            .collect();
        let call = Call { action: session.writing.uses.action, params: &session.params, objects };
        let submitted = bulk.submit(&applier.log.context(), call).await;
        drop(records);
        match submitted {
            Ok(submitted) => {
                attempt = 1;
                let mut inside = vec![true; open.len()];
                for (place, error) in submitted.refused {
                    if let Some(mark) = inside.get_mut(place) {
                        *mark = false;
                        let item = &mut items[open[place]];
                        // A job of before has made it meanwhile.
                        let made = item.doubtful && error.kind == ErrorKind::Conflict;
                        item.state = if made { State::Unknown } else { State::Over(Err(error)) };
                    }
                }
                let Some(name) = submitted.job else { continue };
                let mut rows: Vec<RowIndex> = Vec::new();
                for (place, _) in open.iter().zip(inside).filter(|(_, inside)| *inside) {
                    items[*place].state = State::In;
                    rows.push(index(items[*place].at));
                }
                tracing::info!(job = name, rows = rows.len(), "an import job was handed in");
                // One job at a time is taken: whatever was at work before is over.
                left::over(applier, session);
                applier.log.commit_with(Event::Job { job: name.clone(), rows }).await?;
                ask(applier, session, items, places, &name, SOON).await?;
            }
            Err(error) if error.kind == ErrorKind::Unsupported => {
                tracing::info!(code = %error.problem.code, "import jobs are not taken; the objects go one by one");
                alone(applier, items, &open);
            }
            Err(error) if error.kind == ErrorKind::Configuration => {
                let problem = (*error.problem).clone();
                end(items, &open[..1], &error);
                return Ok(Some(problem));
            }
            Err(error) if error.kind == ErrorKind::Unknown => {
                for place in &open {
                    items[*place].state = State::Unknown;
                    items[*place].doubtful = true;
                }
                left::note(applier, session, None, open.len())?;
                applier.context.meter.retry();
            }
            Err(error) => {
                // Nothing was handed in. Another job at work is worth a long wait, and no failed attempt.
                let later = matches!(error.kind, ErrorKind::RateLimited(_));
                if later {
                    waited += 1;
                    handed_in -= 1;
                } else {
                    attempt += 1;
                }
                let span =
                    retry::wait(&session.writing.uses.retry, &error, if later { 1 } else { attempt }, core.random());
                match span {
                    Some(span) if waited < MOST_WAITS => {
                        applier.context.meter.retry();
                        let why = if later { "import_job" } else { "retry" };
                        progress.wait(&*core.clock, why, span).await;
                    }
                    _ => {
                        // Jobs do not work here at present. Nobody fails for that: those of whom it is certain that no
                        // job has them go one by one.
                        tracing::warn!(code = %error.problem.code, "no import job is taken; the objects go one by one");
                        for place in &open {
                            let item = &mut items[*place];
                            item.state = if item.doubtful { State::Over(Err(error.clone())) } else { State::Alone };
                        }
                    }
                }
                // The job at work may be the one whose answer was lost.
                for place in &open {
                    let item = &mut items[*place];
                    if item.doubtful && matches!(item.state, State::Open) {
                        item.state = State::Unknown;
                    }
                }
            }
        }
    }
}

/// These go by calls of their own; what may have been done already is looked up first.
fn alone(applier: &mut Applier<'_>, items: &mut [Item], places: &[usize]) {
    for place in places {
        let item = &mut items[*place];
        item.state = State::Alone;
        if item.doubtful {
            applier.ledger.announce(item.at);
        }
    }
}

fn end(items: &mut [Item], places: &[usize], error: &Error) {
    for place in places {
        items[*place].state = State::Over(Err(error.clone()));
    }
}

fn index(at: usize) -> RowIndex {
    RowIndex::try_from(at).unwrap_or(RowIndex::MAX)
}

/// Asks a job, first after so long, until it is over, or until it is certain that it does not answer.
async fn ask(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    places: &[usize],
    job: &str,
    first: Duration,
) -> Result<(), StoreError> {
    let over = poll(applier, session, items, places, job, first).await?;
    look_at_the_locked_out(applier, session, items, places).await;
    for place in places {
        // Whatever is handed in again belongs to another job.
        items[*place].noted = false;
    }
    if over {
        left::over(applier, session);
        return Ok(());
    }
    left::note(applier, session, Some(job), places.len())
}

/// A job that says it has taken access away is not believed: somebody who left would keep it. Where the target does not
/// show that it is so, the field follows by a call of its own.
async fn look_at_the_locked_out(applier: &Applier<'_>, session: &Session<'_>, items: &mut [Item], places: &[usize]) {
    let Some(first) = places.first() else { return };
    let kind = applier.ledger.row(items[*first].at).kind;
    let Some(schema) = session.connection.spec().schema(kind) else { return };
    let fields = disabling(session.connection.spec(), schema);
    let locks_out = |item: &Item| {
        let field = fields.iter().find(|(field, value)| item.record.value(*field) == Some(value));
        field.filter(|_| matches!(item.state, State::Over(Ok(_)))).map(|(field, _)| *field)
    };
    let locked: Vec<(usize, FieldId)> =
        places.iter().filter_map(|place| Some((*place, locks_out(&items[*place])?))).collect();
    if locked.is_empty() {
        return;
    }
    let keys: Vec<&str> = locked.iter().map(|(place, _)| &*applier.ledger.row(items[*place].at).target).collect();
    // What cannot be read is as good as not done.
    let read = session.connection.details(&applier.log.context(), kind, &keys).await.unwrap_or_default();
    let read: HashMap<String, Record> = read.into_iter().map(|seen| (seen.key.to_lowercase(), seen.record)).collect();
    for (place, field) in locked {
        let item = &mut items[place];
        let there = read.get(&applier.ledger.row(item.at).target.to_lowercase()).and_then(|record| record.get(field));
        let wanted = item.record.get(field).cloned();
        if let (Some(wanted), true) = (wanted, there.is_none() || there != item.record.get(field)) {
            item.rest.set(field, wanted);
        }
    }
}

/// Some fields that no job carries may be as wanted once it is over, because the system fills them from what it carried. They
/// are read, and only those that differ, or that nobody can read, follow.
async fn read_back(applier: &Applier<'_>, session: &Session<'_>, items: &mut [Item]) {
    let action = session.writing.uses.action;
    let schema = action.kind.and_then(|kind| session.connection.spec().schema(kind));
    let (Some(schema), false) = (schema, applier.progress.is_stopped() || session.lost()) else { return };
    let is_over = |place: &usize| matches!(items[*place].state, State::Over(Ok(_))) && settled(session, &items[*place]);
    let places: Vec<usize> = (0..items.len()).filter(is_over).collect();
    let unseen: Vec<usize> = places.iter().copied().filter(|place| items[*place].seen.is_none()).collect();
    let read = look(applier, session, items, &unseen).await;
    for (place, read) in unseen.into_iter().zip(read) {
        items[place].seen = read;
    }
    for place in places {
        let Some(read) = items[place].seen.take() else { continue };
        let rest = std::mem::take(&mut items[place].rest);
        let differing = schema.differing(&rest, &read);
        let open = |id: FieldId| read.get(id).is_none() || differing.contains(&id);
        items[place].rest = rest.iter().filter(|(id, _)| open(*id)).map(|(id, field)| (id, field.clone())).collect();
    }
}

/// Whether what is left of an item may be as wanted once its job is over. Whoever needs a call all the same gets everything with
/// it.
fn settled(session: &Session<'_>, item: &Item) -> bool {
    let Some(bulk) = session.connection.bulk().filter(|_| !item.rest.is_empty()) else { return false };
    let fields = bulk.settles(session.writing.uses.action, &item.whole());
    item.rest.iter().all(|(id, _)| fields.contains(&id))
}

/// What is there of these items, as far as it can be read.
async fn look(applier: &Applier<'_>, session: &Session<'_>, items: &[Item], places: &[usize]) -> Vec<Option<Record>> {
    let Some(bulk) = session.connection.bulk().filter(|_| !places.is_empty()) else { return Vec::new() };
    let records: Vec<Cow<'_, Record>> = places.iter().map(|place| items[*place].whole()).collect();
    let objects: Vec<ObjectCall<'_>> = places
        .iter()
        .zip(&records)
        .map(|(place, record)| ObjectCall { key: &applier.ledger.row(items[*place].at).target, record })
        .collect();
    match bulk.read_back(&applier.log.context(), session.writing.uses.action, &objects).await {
        Ok(read) => read,
        Err(error) => {
            tracing::info!(code = %error.problem.code, "what a job filled in cannot be read; it is written");
            Vec::new()
        }
    }
}

/// Reads while a job is waited for what it has made of those that are read back at its end. Whoever is not there yet is read then.
async fn look_meanwhile(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    inside: &[usize],
    wait: impl Future<Output = ()>,
) {
    // Of who was there before nobody can tell whether the job has come to it.
    let made = |place: &usize| applier.ledger.row(items[*place].at).action == Action::Create;
    let places: Vec<usize> =
        inside.iter().copied().filter(|place| made(place) && settled(session, &items[*place])).collect();
    let mut wait = std::pin::pin!(wait);
    let read = tokio::select! {
        biased;
        () = &mut wait => return,
        read = look(applier, session, items, &places) => read,
    };
    wait.await;
    for (place, read) in places.into_iter().zip(read) {
        items[place].seen = read;
    }
}

/// Asks a job until it is over: true, or gives up: its rows are unknown.
async fn poll(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    places: &[usize],
    job: &str,
    first: Duration,
) -> Result<bool, StoreError> {
    let Some(bulk) = session.connection.bulk() else { return Ok(true) };
    let inside: Vec<usize> = places.iter().copied().filter(|place| matches!(items[*place].state, State::In)).collect();
    let keys: Vec<&str> = inside.iter().map(|place| &*applier.ledger.row(items[*place].at).target).collect();
    let creates = session.writing.uses.action.effect.creates();
    let (clock, progress) = (&*applier.core.clock, applier.progress);
    let (mut looks, mut failed) = (0, 0);
    let mut noticed: Option<(i64, u64)> = None;
    let (mut half_way, mut looked) = (false, false);
    let begun = clock.now_ms();
    if !first.is_zero() {
        progress.wait(clock, "import_job", first).await;
    }
    loop {
        looks += 1;
        if session.lost() {
            return Err(StoreError::Fenced);
        }
        let again = match bulk.poll(&applier.log.context(), job, &keys).await {
            Ok(JobState::Done(results)) => {
                for (place, result) in inside.iter().zip(results) {
                    items[*place].state = match result {
                        Ok(applied) => State::Over(Ok(applied.warnings)),
                        Err(error) if error.kind == ErrorKind::Unknown => {
                            items[*place].doubtful = true;
                            State::Unknown
                        }
                        // A job that failed half-way has done some of its rows.
                        Err(error) if error.retryable() && creates => {
                            items[*place].doubtful = true;
                            State::Unknown
                        }
                        Err(error) if error.retryable() => State::Open,
                        Err(error) => State::Over(Err(error)),
                    };
                }
                // Rows that a short answer leaves out are unknown, too.
                for place in &inside {
                    if matches!(items[*place].state, State::In) {
                        items[*place].state = State::Unknown;
                    }
                }
                return Ok(true);
            }
            Ok(JobState::Running { again, percent }) => {
                failed = 0;
                half_way |= percent >= EARLY;
                let gone = u64::try_from(clock.now_ms().saturating_sub(begun)).unwrap_or(0);
                retry::ask_again(Duration::from_millis(gone), again)
            }
            // The file was taken and then refused as a whole: nothing was done, and another one would fare no better.
            Err(error) if error.kind == ErrorKind::Unsupported => {
                tracing::info!(job, code = %error.problem.code, "an import file was refused; the objects go one by one");
                for place in &inside {
                    items[*place].state = State::Alone;
                }
                return Ok(true);
            }
            Err(error) if error.retryable() => {
                failed += 1;
                match error.kind {
                    ErrorKind::RateLimited(span) => span,
                    _ => SOON * 2u32.saturating_pow(failed.min(10)),
                }
                .clamp(SOON, LATE)
            }
            Err(error) => {
                tracing::warn!(job, code = %error.problem.code, "a job's results cannot be read; its rows are looked up");
                for place in &inside {
                    items[*place].state = State::Unknown;
                    items[*place].doubtful = true;
                }
                // A job that the system has forgotten is over.
                return Ok(error.kind == ErrorKind::NotFound);
            }
        };
        let stop = progress.stop();
        if stop.as_ref().is_some_and(|stop| stop.is_for_now()) {
            // The journal has its name: it is asked when the run goes on.
            return Ok(false);
        }
        // A job cannot be taken back: whoever stops the run still wants to know what it did, but not for ever.
        let noticed = stop.map(|_| *noticed.get_or_insert_with(|| (clock.now_ms(), progress.times_asked())));
        let enough = noticed.is_some_and(|(since, times)| {
            clock.now_ms().saturating_sub(since) >= GRACE_MS || progress.times_asked() > times
        });
        if looks > MOST_LOOKS || enough {
            for place in &inside {
                items[*place].state = State::Unknown;
                items[*place].doubtful = true;
            }
            return Ok(false);
        }
        match noticed {
            None => {
                let wait = progress.wait(clock, "import_job", again);
                if half_way && again >= WORTH_A_LOOK && !std::mem::replace(&mut looked, true) {
                    look_meanwhile(applier, session, items, &inside, wait).await;
                } else {
                    wait.await;
                }
            }
            Some((_, times)) => progress.wait_or(clock, "import_job", again, progress.asked_again(times)).await,
        }
    }
}

/// Looks at the unknown items until two looks agree, then tells what is there from what is to be done. True when all of
/// them are there.
async fn settle(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    places: &[usize],
) -> Result<bool, Error> {
    let unknown: Vec<usize> =
        places.iter().copied().filter(|place| matches!(items[*place].state, State::Unknown)).collect();
    let keys: Vec<&str> = unknown.iter().map(|place| &*applier.ledger.row(items[*place].at).target).collect();
    let kind = applier.ledger.row(items[unknown[0]].at).kind;
    let mut before: Option<Vec<Option<Record>>> = None;
    let mut tries = 0;
    let expected = session.connection.bulk().and_then(|bulk| bulk.estimate(session.writing.uses.action, keys.len()));
    let mut span = expected.map_or(SOON, |expected| expected.time).clamp(SOON, Duration::from_secs(1));
    loop {
        let found = match session.connection.lookup_many(&applier.log.context(), kind, &keys).await {
            Ok(found) => found,
            // A job cannot be taken back, so it is worth some patience to learn what it did.
            Err(error) => {
                tries += 1;
                let hurry = applier.progress.is_stopped() && tries > 3;
                if !error.retryable() || tries > MOST_TRIES || hurry || session.lost() {
                    return Err(error);
                }
                let span = match error.kind {
                    ErrorKind::RateLimited(span) => span,
                    _ => LATE.min(SOON * 2u32.saturating_pow(tries - 1)),
                };
                applier.context.meter.retry();
                applier.progress.wait(&*applier.core.clock, retry::waits_for(&error), span).await;
                continue;
            }
        };
        let whole = found.iter().all(Option::is_some);
        // Whoever stops the run gets what one look says.
        if whole || before.as_ref() == Some(&found) || applier.progress.is_stopped() {
            let schema = session.connection.spec().schema(kind);
            for (place, found) in unknown.iter().zip(found) {
                let item = &mut items[*place];
                let made = applier.ledger.row(item.at).action == Action::Create;
                item.state = match (made, found, schema) {
                    (true, Some(read), Some(schema)) if look::is_other(schema, &item.record, &read) => {
                        State::Over(Err(look::taken(&applier.ledger.row(item.at).target)))
                    }
                    (_, Some(read), Some(schema)) if schema.differing(&item.record, &read).is_empty() && made => {
                        State::Over(Ok(Vec::new()))
                    }
                    // It was made, but not as wanted: what differs goes by a call of its own.
                    (true, Some(_), _) => {
                        let fields = std::mem::take(&mut item.record);
                        for (id, field) in fields.iter() {
                            item.rest.set(id, field.clone());
                        }
                        State::Over(Ok(Vec::new()))
                    }
                    _ => State::Open,
                };
            }
            return Ok(whole);
        }
        before = Some(found);
        applier.progress.wait(&*applier.core.clock, "import_job", span).await;
        span = (span * 2).min(LATE);
    }
}
