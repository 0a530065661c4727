//! What a run owns while it works: its concurrency group, and every system that it writes, whatever the groups of others are
//! called. So limits of a system hold, and there is one writer, on one node as among several.
//!
//! The group is taken first and the systems after it in the order of their names: two runs that want what the other has
//! never wait in a circle. While a called run is waited for, the systems are given back, because it may want them.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Core, at_work,
    group_queue::QueueEntry,
    lease::Lease,
    progress::{self, Progress},
    put_off, scope,
};
use crate::{
    model::{
        id::RunId,
        run::{Mark, Run, Status},
    },
    store::{StoreError, last_writers, runs},
    workflow::compiled::Workflow,
};

/// How long a run that is half-way in a system, and that nobody works on, is let go first: longer than it takes another
/// node to notice that one has vanished.
const HALF_WAY: Duration = Duration::from_secs(20);
/// How soon it is noticed that a lease was lost while nothing else happens.
const GLANCE: Duration = Duration::from_millis(200);

/// What a run owns.
pub(super) struct Owned {
    core: Arc<Core>,
    group: Lease,
    systems: Mutex<Vec<Taken>>,
}

struct Taken {
    system: String,
    lease: Lease,
    _place: QueueEntry,
}

/// The systems that a workflow writes to. Messages are no writes.
pub(super) async fn written(core: &Core, workflow: &Workflow) -> Result<BTreeSet<String>, StoreError> {
    let mut systems = BTreeSet::new();
    for step in &workflow.steps {
        if let Some(writing) = step.writing() {
            let alias = workflow.alias_of(&writing.uses);
            systems.insert(core.connect.system(&alias.reference, alias.connector.name).await?);
        }
    }
    Ok(systems)
}

impl Owned {
    /// A run that has its group and nothing else yet.
    pub fn group(core: &Arc<Core>, group: Lease) -> Self {
        Self { core: core.clone(), group, systems: Mutex::default() }
    }

    fn systems(&self) -> std::sync::MutexGuard<'_, Vec<Taken>> {
        self.systems.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What every commit of the run names.
    pub fn fence(&self) -> (String, u64) {
        self.group.fence()
    }

    fn left(&self) -> Duration {
        let group = self.group.state().left();
        self.systems().iter().map(|taken| taken.lease.state().left()).fold(group, Duration::min)
    }

    /// False when another node may take over, or has: nothing more is begun.
    pub fn is_good(&self) -> bool {
        !self.left().is_zero()
    }

    /// The right to write to a system; `None` when it is not owned.
    pub fn right_to(&self, system: &str) -> Option<idflow_sdk::Lease> {
        let systems = self.systems();
        let taken = systems.iter().find(|taken| taken.system == system)?;
        Some(taken.lease.right(self.group.state()))
    }

    /// The right to do what concerns no system that is written: reads and messages.
    pub fn right(&self) -> idflow_sdk::Lease {
        self.group.right(self.group.state())
    }

    /// Works as long as all of it is held. What is under way then is dropped where it stands, calls and waits alike: what
    /// was announced stays announced, for whoever takes over.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when something was lost; those of the work.
    pub async fn while_held<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let mut work = pin!(work);
        let mut glance = pin!(tokio::time::sleep(GLANCE));
        std::future::poll_fn(|context| {
            // Before anything else: whoever was frozen wakes up here.
            if !self.is_good() {
                return Poll::Ready(Err(StoreError::Fenced));
            }
            while glance.as_mut().poll(context).is_ready() {
                glance.as_mut().reset(Instant::now() + GLANCE);
            }
            work.as_mut().poll(context)
        })
        .await
        .inspect_err(|error| {
            if matches!(error, StoreError::Fenced) {
                self.lose();
            }
        })
    }

    fn lose(&self) {
        self.group.lose();
        self.systems().iter().for_each(|taken| taken.lease.lose());
    }

    /// Takes the systems, those that are not owned yet; false when this process ends before, or the run is to stop and has
    /// written nothing. Tells by `waited` whether it took its time.
    pub async fn take(
        &self,
        run: &Run,
        systems: &BTreeSet<String>,
        progress: &Progress,
        waited: &mut bool,
    ) -> Result<bool, StoreError> {
        if systems.is_empty() {
            return Ok(true);
        }
        let core = &self.core;
        let half_way = run.status == Status::Applying;
        let mut patience: Option<Instant> = None;
        let mut rested = false;
        loop {
            for system in systems {
                if self.systems().iter().any(|taken| taken.system == *system) {
                    continue;
                }
                let place = QueueEntry::take(core, format!("{}/system/{system}", core.tenant.as_str()), run.run);
                if place.behind {
                    *waited = true;
                    // Whoever waits keeps nobody from work: those whose turn it is need a place among the runs at work.
                    rested |= progress.rest().is_some();
                    progress.waits_for(progress::SYSTEM);
                }
                let lease = loop {
                    let free = async {
                        tokio::select! {
                            free = place.free() => free,
                            () = progress.stopped(), if !half_way => Ok(None),
                        }
                    };
                    if let Some(lease) = free.await? {
                        break lease;
                    }
                    *waited = true;
                    rested |= progress.rest().is_some();
                    progress.waits_for(progress::SYSTEM);
                    if progress.is_leaving() || (!half_way && progress.is_stopped()) {
                        self.give_systems_back().await;
                        return Ok(false);
                    }
                    QueueEntry::look(core).await;
                };
                progress.waits(None);
                self.systems().push(Taken { system: system.clone(), lease, _place: place });
            }
            // All of it is free. A run that was writing when its node vanished, in another group, goes on first: the plans of
            // others do not know what it still has to write.
            let until = *patience.get_or_insert_with(|| Instant::now() + HALF_WAY);
            if !core.shared || half_way || Instant::now() >= until || !self.left_half_way(run, systems).await? {
                break;
            }
            *waited = true;
            rested |= progress.rest().is_some();
            self.give_systems_back().await;
            QueueEntry::look(core).await;
        }
        if rested {
            // Those that are at work never wait for a system while they have a place, so this one comes.
            let objects = at_work::size(core, run).await?;
            return Ok(!matches!(at_work::take_place(core, progress, objects).await, at_work::Took::Nothing));
        }
        Ok(true)
    }

    /// Whether somebody is half-way in one of these systems, which we own: so it is not at work at present.
    async fn left_half_way(&self, run: &Run, systems: &BTreeSet<String>) -> Result<bool, StoreError> {
        for other in runs::working(&*self.core.store, &self.core.tenant, None).await? {
            let waits = || other.steps.iter().any(|step| step.child.is_some() && step.ended.is_none());
            let writing = other.status == Status::Applying && !other.only_tells();
            if !writing || other.run == run.run || waits() || put_off::rests(&self.core, &other) {
                continue;
            }
            let Ok(workflow) = scope::workflow_of(&self.core, &other).await? else { continue };
            if !written(&self.core, &workflow).await?.is_disjoint(systems) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the systems back, and keeps the group.
    pub async fn give_systems_back(&self) {
        let taken = std::mem::take(&mut *self.systems());
        // The last one first, each with its place.
        for Taken { lease, _place, .. } in taken.into_iter().rev() {
            lease.give_back().await;
        }
    }

    /// Gives everything back.
    pub async fn give_back(self) {
        self.give_systems_back().await;
        self.group.give_back().await;
    }
}

/// Whether anybody wrote to these systems since the marks were taken, other than this run and those that it called.
pub(super) async fn others_wrote(
    core: &Core,
    run: RunId,
    systems: Vec<String>,
    since: &BTreeMap<String, Mark>,
) -> Result<bool, StoreError> {
    for (system, mark) in last_writers::of(&*core.store, &core.tenant, systems).await? {
        if since.get(&system) != Some(&mark) && !is_called_by(core, mark.run, run).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a run came of another one, which waits for it: called by it, or by one that was.
async fn is_called_by(core: &Core, run: RunId, caller: RunId) -> Result<bool, StoreError> {
    let mut next = Some(run);
    // A chain of calls has no circle; what is stored is not believed without a bound.
    for _ in 0..64 {
        let Some(run) = next else { return Ok(false) };
        if run == caller {
            return Ok(true);
        }
        let found = runs::get(&*core.store, &core.tenant, run).await?;
        next = found.and_then(|run| run.trigger.caller());
    }
    Ok(false)
}
