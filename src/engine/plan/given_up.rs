//! Keys that were given up: who was gone under one, or was said to be, when the plan began, and of whom it tells now who has them.

use std::collections::HashSet;

use idflow_sdk::Kind;

use super::{
    gathered::{Freed, Gathered, Job},
    planner::Planner,
};
use crate::{
    model::change::{Planned, Row},
    reconcile::{Known, Task, links::Owner, person::OTHER_PERSON},
    store::{
        StoreError,
        freed_keys::{self, FreedKey},
        links,
        removals::{EntryPages, Found},
    },
};

impl Planner<'_> {
    /// Who was gone, or said to be, from either end. Removals count that wait for a person, whoever found them: what they say of
    /// the pair holds for everybody.
    pub(super) async fn take_given_up(&self, pair: &(String, String), task: &mut Task) -> Result<Freed, StoreError> {
        if task.kind != Kind::User {
            return Ok(Freed::default());
        }
        let (store, tenant) = (&*self.core.store, &self.core.tenant);
        let mut pages = EntryPages::new(tenant, None);
        while let Some(page) = pages.next(store).await? {
            let waits = page
                .into_iter()
                .map(|entry| entry.removal)
                .filter(|removal| removal.kind == Kind::User && matches!(removal.found, Found::Open | Found::Failed));
            task.leavers.extend(waits.map(|removal| (removal.source.into(), removal.target.into())));
        }
        let mut freed = Freed::default();
        for (end, connection) in [&pair.0, &pair.1].into_iter().enumerate() {
            freed.0[end] = freed_keys::all(store, tenant, connection).await?;
            task.freed[end] = freed.0[end].iter().map(|freed| freed.key.to_lowercase().into()).collect();
        }
        Ok(freed)
    }

    /// Notes of which keys this plan has found out who has them. A link of another workflow is that one's to judge.
    pub(super) async fn settle_given_up(&self, job: &Job, first: usize, work: &mut Gathered) -> Result<(), StoreError> {
        for (connection, freed, settled) in looked_at(job, first, work) {
            let settled = match settled {
                Some(settled) => settled,
                None => {
                    let (store, tenant) = (&*self.core.store, &self.core.tenant);
                    !links::is_linked(store, tenant, &connection, Kind::User, &freed.key).await?
                }
            };
            work.freed.extend(settled.then_some((connection, freed)));
        }
        Ok(())
    }
}

/// The keys that were given up, by connection, and whether it is known who has each.
fn looked_at(job: &Job, first: usize, work: &Gathered) -> Vec<(String, FreedKey, Option<bool>)> {
    let Some(known) = work.known.get(&job.pair) else { return Vec::new() };
    let asked = work.rows[first..].iter().filter(|row| is_asked(row));
    let asked: HashSet<&str> = asked.map(|row| &*row.source).collect();
    let mut found = Vec::new();
    for (end, connection) in [&job.pair.0, &job.pair.1].into_iter().enumerate() {
        for freed in &job.freed.0[end] {
            let settled = standing(&job.task, known, end, &freed.key, &asked);
            found.push((connection.clone(), freed.clone(), settled));
        }
    }
    found
}

/// Whether it is asked about whose the key is.
fn is_asked(row: &Row) -> bool {
    matches!(&row.planned, Planned::Ambiguous(problem) if *problem.code == *OTHER_PERSON)
}

/// Whether it is known who has this key, where the pair has a link of it.
fn standing(task: &Task, known: &Known, end: usize, key: &str, asked: &HashSet<&str>) -> Option<bool> {
    let links = known.links(Kind::User)?;
    let place = if end == 0 { links.of_source(key) } else { links.of_target(key) };
    let place = place.filter(|place| !links.entry(*place).gone)?;
    let entry = links.entry(place);
    // Who has left comes back by a question of his own.
    let left = || task.target.get(&entry.target).is_some_and(|there| task.target.is_gone(&there));
    let seen = if end == 0 { links.was_seen(place) || left() } else { task.target.has(&entry.target) };
    Some(seen && !matches!(entry.owner, Owner::Other(_)) && !asked.contains(&*entry.source))
}
