//! Who is gone from one list may stand in another one that fills the same system: then nobody takes him out. It is remembered
//! that this list dropped him, so that he is removed when the other one drops him, too.
//!
//! What the other list has is known from its links. It counts as long as its workflow is not put away and removes by itself
//! what that list drops; otherwise whoever left both would stay for ever.

use std::collections::{BTreeMap, HashMap};

use idflow_sdk::{Problem, Schema};

use super::{
    owners::{last_removing, writes},
    planner::Planner,
};
use crate::{
    engine::Core,
    model::change::{Planned, Row},
    reconcile::links::LET_GO,
    store::{
        StoreError,
        catalogue::{self, StoredWorkflow, WorkflowState},
        links::{self, Link, Pair},
    },
};

/// What a row says of an object that another list has.
const CODE: &str = "still_in_other_list";
/// What a row says of an object that another workflow reads from the same list.
pub(super) const READ_BESIDE: &str = "read_by_other_workflow";
/// The same, where what that workflow reads cannot be read now.
pub(super) const UNREAD_BESIDE: &str = "other_workflow_unread";
/// How many links are looked for together.
const GROUP: usize = 1000;
/// How many names a notice has.
const NAMED: usize = 10;

/// What a row says of the other list that has its object, or of the other workflow that reads it.
pub(in crate::engine) fn stands_elsewhere(row: &Row) -> Option<&Problem> {
    match &row.planned {
        Planned::Skipped(problem) if [CODE, READ_BESIDE, UNREAD_BESIDE].contains(&&*problem.code) => Some(problem),
        _ => None,
    }
}

/// Says of each other list how many it keeps here.
pub(super) fn tell_elsewhere(rows: &[Row], notices: &mut Vec<Problem>) {
    let mut lists: BTreeMap<(&str, &str, &str), (u64, Vec<String>)> = BTreeMap::new();
    for row in rows {
        let Some(problem) = stands_elsewhere(row) else { continue };
        let of = |name| problem.get(name).unwrap_or_default();
        let list = (&*problem.code, of("connection"), of("workflow"));
        let (number, names) = lists.entry(list).or_default();
        *number += 1;
        if names.len() < NAMED {
            names.push(row.called());
        }
    }
    for ((code, connection, workflow), (number, mut names)) in lists {
        if number > names.len() as u64 {
            names.push("…".into());
        }
        let notice = match code {
            READ_BESIDE => Problem::new("kept_by_other_workflow"),
            UNREAD_BESIDE => Problem::new("kept_for_other_workflow"),
            _ => Problem::new("kept_by_other_list").arg("connection", connection),
        };
        let notice = notice.arg("workflow", workflow);
        notices.push(notice.arg("number", number.to_string()).arg("names", names.join(", ")));
    }
}

impl Planner<'_> {
    /// Who of these objects of the target, which are gone from a list, stands in the list of another connection, with what is
    /// said of that.
    pub(super) async fn look_elsewhere(
        &self,
        gone: &[Box<str>],
        schema: &Schema,
        pair: &Pair,
    ) -> Result<HashMap<Box<str>, Problem>, StoreError> {
        let mut elsewhere = HashMap::new();
        if gone.is_empty() {
            return Ok(elsewhere);
        }
        let store = &*self.core.store;
        for back in links::places(store, &self.core.tenant, &pair.target).await? {
            if back.kind != pair.kind || back.target == pair.source || back.target == back.source {
                continue;
            }
            let from = back.reversed();
            let mut lists: Option<Lists> = None;
            for group in gone.chunks(GROUP) {
                let keys: Vec<&str> = group.iter().map(|key| &**key).collect();
                for (key, link) in group.iter().zip(links::of_sources(store, &back, &keys).await?) {
                    let Some(link) = link.filter(|link| has(&from, schema, link)) else { continue };
                    let lists = match &mut lists {
                        Some(lists) => lists,
                        none => none.insert(Lists::of(self.core, &from).await?),
                    };
                    let Some(workflow) = lists.that_has(&from, &link) else { continue };
                    let problem = Problem::new(CODE).arg("connection", from.source.clone()).arg("workflow", workflow);
                    elsewhere.entry(key.clone()).or_insert(problem);
                }
            }
        }
        Ok(elsewhere)
    }
}

/// Whether the list of the other connection had the object when it was read last, as far as its link says.
fn has(from: &Pair, schema: &Schema, link: &Link) -> bool {
    let (_, here) = from.ends(link);
    let removed = here.removed_at.is_some() && here.fingerprint == 0;
    here.was_target() && !removed && here.fingerprint != LET_GO && !schema.is_gone(&here.written)
}

/// The workflows that read another list into this target.
struct Lists {
    /// Those that remove what their list drops.
    reading: Vec<String>,
    /// Whether some workflow writes the other system by what stands here: what it wrote there says nothing.
    written_back: bool,
}

impl Lists {
    async fn of(core: &Core, from: &Pair) -> Result<Self, StoreError> {
        let mut lists = Self { reading: Vec::new(), written_back: false };
        let back = from.reversed();
        let heads = catalogue::workflows_each(&*core.store, &core.tenant).await?;
        let counts = |head: &StoredWorkflow| matches!(head.state, WorkflowState::Active | WorkflowState::Paused);
        for head in heads.into_iter().filter_map(|(_, head)| head.ok()).filter(counts) {
            let number = head.active.unwrap_or(head.latest);
            let Some(version) = catalogue::version(&*core.store, &core.tenant, &head.id, number).await? else {
                continue;
            };
            let Ok(workflow) = core.connect.compile(&version.text) else { continue };
            lists.written_back |= writes(core, &workflow, &back);
            if writes(core, &workflow, from) && last_removing(core, &head.id, from).await?.is_some() {
                lists.reading.push(head.id);
            }
        }
        Ok(lists)
    }

    /// The workflow whose list has the object of this link: the one that made it, where there are several.
    fn that_has(&self, from: &Pair, link: &Link) -> Option<&str> {
        let written = self.written_back && from.ends(link).0.fingerprint != 0;
        let maker = self.reading.iter().find(|id| **id == link.workflow).or(self.reading.first());
        maker.filter(|_| !written).map(String::as_str)
    }
}
