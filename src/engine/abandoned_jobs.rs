//! Import jobs that may still be at work after their run has ended or was paused. The next plan for the
//! same system waits for them, because what a job is just making would look missing and be made a second time.
//!
//! A job whose name is known is asked. Of one whose name was lost nothing can be asked: it is given time.

use std::{collections::BTreeSet, time::Duration};

use idflow_sdk::{Context, ErrorKind, JobState};

use super::{
    Core,
    applier::Applier,
    progress::Progress,
    retry::{self, LATE, SOON},
    session::Session,
};
use crate::{
    store::{
        Batch, StoreError,
        abandoned_jobs::{self, LeftJob},
        codec::Loaded,
    },
    workflow::compiled::Workflow,
};

/// How long a job is asked at most before the next plan goes on.
const NAMED: Duration = Duration::from_secs(3600);
/// How long a job without a name is given: twice its expected time, within these bounds.
const NAMELESS: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(600));

/// Notes that a job may be at work; it goes along with the next commit.
pub(super) fn note(
    applier: &mut Applier<'_>,
    session: &Session<'_>,
    job: Option<&str>,
    objects: usize,
) -> Result<(), StoreError> {
    let expected = session.connection.bulk().and_then(|bulk| bulk.estimate(session.writing.uses.action, objects));
    let patience = match job {
        Some(_) => NAMED,
        None => (expected.map_or(NAMELESS.0, |cost| cost.time) * 2).clamp(NAMELESS.0, NAMELESS.1),
    };
    let left = LeftJob {
        place: session.system.clone(),
        job: job.map(ToString::to_string),
        run: applier.log.run.run,
        until: applier.core.clock.now_ms().saturating_add(i64::try_from(patience.as_millis()).unwrap_or(i64::MAX)),
    };
    tracing::warn!(place = left.place, job, "an import job may be at work, and nobody knows");
    let mut batch = Batch::default();
    abandoned_jobs::leave(&mut batch, &applier.core.tenant, &left)?;
    applier.log.along(batch);
    applier.left = true;
    Ok(())
}

/// Notes that no job is at work any more.
pub(super) fn over(applier: &mut Applier<'_>, session: &Session<'_>) {
    if std::mem::take(&mut applier.left) {
        let mut batch = Batch::default();
        abandoned_jobs::over(&mut batch, &applier.core.tenant, &session.system, applier.log.run.run);
        applier.log.along(batch);
    }
}

/// A job of an earlier run, with the connection to ask.
pub(super) struct Left<'w> {
    job: Loaded<LeftJob>,
    name: &'w str,
    connector: &'w str,
}

/// The jobs that earlier runs left in the systems of this workflow.
pub(super) async fn find<'w>(core: &Core, workflow: &'w Workflow) -> Result<Vec<Left<'w>>, StoreError> {
    let outside = workflow.connections.iter().filter(|alias| !alias.connector.local);
    let connections: Vec<(&str, &str)> = outside.map(|alias| (&*alias.reference, alias.connector.name)).collect();
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let mut places: Vec<String> = Vec::with_capacity(connections.len());
    for (name, connector) in &connections {
        places.push(core.connect.system(name, connector).await?);
    }
    let several: BTreeSet<String> = places.iter().cloned().collect();
    let found = abandoned_jobs::left(&*core.store, &core.tenant, several).await?;
    let known = found.into_iter().filter_map(|job| {
        let at = places.iter().position(|place| *place == job.value.place)?;
        let (name, connector) = connections[at];
        Some(Left { job, name, connector })
    });
    Ok(known.collect())
}

/// Waits until these jobs are over, or somebody asks the run to stop. Gives what to write with the run's next commit.
pub(super) async fn wait(core: &Core, found: Vec<Left<'_>>, context: &Context, progress: &Progress) -> Batch {
    let mut batch = Batch::default();
    for left in found {
        let job = &left.job.value;
        tracing::info!(run = %job.run, job = job.job, "waiting for an import job of an earlier run");
        // The note may be from a time when the clock was wrong: nobody waits longer than one may wait at all.
        let most = if job.job.is_some() { NAMED } else { NAMELESS.1 };
        let begun = tokio::time::Instant::now();
        loop {
            if progress.is_stopped() {
                return batch;
            }
            let rest = Duration::from_millis(u64::try_from(job.until - core.clock.now_ms()).unwrap_or(0));
            let rest = rest.min(most.saturating_sub(begun.elapsed()));
            let again = match &job.job {
                None => Some(rest),
                Some(name) => look(core, &left, context, name, begun.elapsed()).await,
            };
            match again.map(|again| again.min(rest).min(LATE)) {
                None | Some(Duration::ZERO) => break,
                Some(span) => progress.wait(&*core.clock, "import_job", span).await,
            }
        }
        abandoned_jobs::settled(&mut batch, &core.tenant, &left.job);
    }
    batch
}

/// When to look at a job again that was asked for so long; `None` when it is over, or nobody can say.
async fn look(core: &Core, left: &Left<'_>, context: &Context, job: &str, gone: Duration) -> Option<Duration> {
    // What is wrong with the connection is told by the reads of the plan.
    let connection = core.connect.open(left.name, left.connector).await.ok()?;
    match connection.bulk()?.poll(context, job, &[]).await {
        Ok(JobState::Running { again, .. }) => Some(retry::ask_again(gone, again)),
        Ok(JobState::Done(_)) => None,
        Err(error) => match error.kind {
            ErrorKind::RateLimited(span) => Some(span),
            _ => error.retryable().then_some(SOON * 10),
        },
    }
}
