//! Is it as was answered? After a run the target's lists are read once more: what was made must be there, what was deleted
//! must not, and the fields that lists tell must be as they were written.
//!
//! Fields that no list tells are not read again: that would cost a call for each object.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use idflow_sdk::{Connection, Error, FieldId, Kind, Problem, Record};

use super::{
    Core,
    ledger::{Ledger, RowState},
    progress::Progress,
    remember::{self, Doubt},
    writer::Writer,
};
use crate::{
    model::{
        change::{Action, Row, RowIndex},
        event::{Event, Outcome},
    },
    store::StoreError,
    workflow::compiled::Workflow,
};

/// A list may lag behind what was written: before anybody is doubted it is read again after these times.
const PATIENCE: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// Looks at the target once more. An answer that said otherwise is not believed.
pub(super) async fn verify(
    core: &Core,
    log: &mut Writer,
    progress: &Progress,
    workflow: &Workflow,
    ledger: &mut Ledger,
) -> Result<(), StoreError> {
    // Links are read below as they are stored: what waits is written first.
    let mut stored = false;
    let rows = ledger.rows().clone();
    let twice = twice(&rows);
    // By connection and kind: the rows that wrote something.
    let mut targets: BTreeMap<(usize, Kind), Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let Some(step) = workflow.steps.get(usize::from(row.step)) else { continue };
        let done = matches!(ledger.state(place), RowState::Over(outcome) if outcome.is_good());
        let telling = matches!(row.action, Action::Create | Action::Update | Action::Delete);
        // The directory is this store itself: there is nothing to doubt.
        if let Some(uses) = step.uses().filter(|uses| done && telling && !uses.connector.local) {
            targets.entry((uses.connection, row.kind)).or_default().push(place);
        }
    }
    for ((connection, kind), places) in targets {
        let alias = &workflow.connections[connection];
        let Ok(connection) = core.connect.open(&alias.reference, alias.connector.name).await else { continue };
        let mut doubts = Vec::new();
        for patience in PATIENCE.into_iter().map(Some).chain([None]) {
            doubts = match judge(log, &*connection, kind, ledger, &twice, &places).await {
                Ok(doubts) => doubts,
                Err(error) => {
                    let code = error.problem.code.to_string();
                    log.run.notices.push(Problem::new("verify_failed").arg("kind", kind.as_str()).arg("why", code));
                    Vec::new()
                }
            };
            match patience {
                Some(span) if !doubts.is_empty() && !progress.is_stopped() => {
                    progress.wait(&*core.clock, "verify", span).await;
                }
                _ => break,
            }
        }
        if !doubts.is_empty() {
            if !std::mem::replace(&mut stored, true) {
                log.commit().await?;
            }
            log.along(remember::doubted(core, workflow, ledger.rows(), &doubts).await?);
        }
        for Doubt { place, problem, .. } in doubts {
            ledger.close(place, Outcome::Failed(problem.clone()));
            log.note(Event::Doubted { row: RowIndex::try_from(place).unwrap_or(RowIndex::MAX), problem });
        }
    }
    Ok(())
}

/// The fields that several rows write to the same object, a passing name for example: which of them was last is for the
/// journal to tell, and the next plan finds what is wrong.
fn twice(rows: &[Row]) -> HashMap<&str, HashSet<FieldId>> {
    let mut seen: HashMap<usize, HashSet<FieldId>> = HashMap::new();
    let mut twice: HashMap<&str, HashSet<FieldId>> = HashMap::new();
    for row in rows {
        let Some(first) = row.object.map(|first| first as usize) else { continue };
        let seen = seen.entry(first).or_insert_with(|| rows[first].set.ids().collect());
        for id in row.set.ids() {
            if !seen.insert(id) {
                twice.entry(&row.target).or_default().insert(id);
            }
        }
    }
    twice
}

/// What one look at the target's list says.
async fn judge(
    log: &Writer,
    connection: &dyn Connection,
    kind: Kind,
    ledger: &Ledger,
    twice: &HashMap<&str, HashSet<FieldId>>,
    places: &[usize],
) -> Result<Vec<Doubt>, Error> {
    let snapshot = connection.snapshot(&log.context(), kind).await?;
    let there: HashMap<String, &Record> =
        snapshot.objects.iter().map(|seen| (seen.key.to_lowercase(), &seen.record)).collect();
    let mut doubts: Vec<Doubt> = Vec::new();
    for place in places.iter().copied() {
        let row = ledger.row(place);
        let found = there.get(&row.target.to_lowercase());
        let mut differing = Vec::new();
        let problem = match (row.action, found) {
            (Action::Create, None) => Some(Problem::new("verify_missing")),
            (Action::Delete, Some(_)) => Some(Problem::new("verify_still_there")),
            (Action::Create | Action::Update, Some(read)) => {
                let (mut written, _) = ledger.record(place);
                for field in twice.get(&*row.target).into_iter().flatten() {
                    written.take(*field);
                }
                let schema = connection.spec().schema(kind);
                differing = schema.map(|schema| schema.differing(&written, read)).unwrap_or_default();
                let names = differing.iter().filter_map(|id| Some(schema?.spec(*id).name.to_string()));
                let names = names.collect::<Vec<String>>().join(", ");
                (!names.is_empty()).then(|| Problem::new("verify_differs").arg("fields", names))
            }
            _ => None,
        };
        if let Some(problem) = problem {
            doubts.push(Doubt { place, problem: problem.arg("key", row.target.to_string()), fields: differing });
        }
    }
    Ok(doubts)
}
