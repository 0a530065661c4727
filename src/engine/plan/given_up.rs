//! Keys that were given up: who was gone under one, or was said to be, when the plan began, and of whom it tells now who has them.
//! That a key is there tells nothing: whoever has it must have been recognised, by a name that is known.

use std::collections::HashSet;

use idflow_sdk::Kind;

use super::{
    gathered::{Freed, Gathered, Job},
    planner::Planner,
};
use crate::{
    model::change::{Planned, Row},
    reconcile::{Ends, Known, Task, links::Owner, person::OTHER_PERSON},
    store::{
        StoreError,
        freed_keys::{self, FreedKey},
        links::{self, Pair},
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
        for (end, (own, other)) in [(&pair.0, &pair.1), (&pair.1, &pair.0)].into_iter().enumerate() {
            freed.0[end] = freed_keys::all(store, tenant, (own.as_str(), other.as_str())).await?;
            let of = Pair { tenant: tenant.clone(), source: own.clone(), target: other.clone(), kind: Kind::User };
            for one in &freed.0[end] {
                // A link that was made since is that of whoever has the key now.
                let link = links::of_source_in_any_case(store, &of, &one.key).await?;
                if link.is_none_or(|link| link.since <= one.heard) {
                    task.freed[end].insert(one.key.to_lowercase().into());
                }
            }
        }
        Ok(freed)
    }

    /// Notes of which keys this plan has found out who has them. A link of another workflow is that one's to judge.
    pub(super) async fn settle_given_up(&self, job: &Job, first: usize, work: &mut Gathered) -> Result<(), StoreError> {
        work.back.extend(came_back(job, work));
        for (connection, freed, settled) in looked_at(job, first, work) {
            let settled = match settled {
                Some(settled) => settled,
                None if !freed.with.is_empty() => true,
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

/// Whoever was gone, as a removal says that waits or is approved, and stands in the list again.
fn came_back(job: &Job, work: &Gathered) -> Vec<Ends> {
    let Some(links) = work.known.get(&job.pair).and_then(|known| known.links(Kind::User)) else { return Vec::new() };
    let is_back = |(source, target): &&Ends| {
        let place = links.of_source(source).filter(|place| links.was_seen(*place));
        place.is_some_and(|place| links.entry(place).target == *target)
    };
    job.task.leavers.iter().filter(is_back).cloned().collect()
}

/// The keys that were given up, by connection, and whether it is known who has each; `None` where the pair has no link of it.
fn looked_at(job: &Job, first: usize, work: &Gathered) -> Vec<(String, FreedKey, Option<bool>)> {
    let Some(known) = work.known.get(&job.pair) else { return Vec::new() };
    let asked = work.rows[first..].iter().filter(|row| is_asked(row));
    let asked: HashSet<String> = asked.map(|row| row.source.to_lowercase()).collect();
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
    matches!(&row.planned, Planned::Ambiguous(problem) if matches!(&*problem.code, OTHER_PERSON | "key_changed"))
}

/// Whether it is known who has this key, where the pair has a link of it or is asked about it.
fn standing(task: &Task, known: &Known, end: usize, key: &str, asked: &HashSet<String>) -> Option<bool> {
    let folded = key.to_lowercase();
    let links = known.links(Kind::User)?;
    let place = if end == 0 { links.of_source(key) } else { links.of_target(key) };
    let Some(place) = place.filter(|place| !links.entry(*place).gone) else {
        return (end == 0 && asked.contains(&folded)).then_some(false);
    };
    let entry = links.entry(place);
    // Who has left comes back by a question of his own.
    let left = || task.target.get(&entry.target).is_some_and(|there| task.target.is_gone(&there));
    let known_to_be = !task.freed[end].contains(&*folded)
        || task.recognised[end].contains(&*folded)
        || !task.decisions.allows(&entry.source, &entry.target)
        || task.decisions.are_one(&entry.source, &entry.target)
        || end == 0 && left();
    Some(known_to_be && !matches!(entry.owner, Owner::Other(_)) && !asked.contains(&entry.source.to_lowercase()))
}
