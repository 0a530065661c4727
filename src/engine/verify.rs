//! Is it as was answered? After a run the target's lists are read once more: what was made must be there, what was deleted
//! must not, and the fields that lists tell must be as they were written.
//!
//! Fields that no list tells are not read again: that would cost a call for each object. The exception is the one by which
//! access is taken away: of whoever was to lose it in this run it is read alone, so there are at most as many calls more as
//! were made to take it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use idflow_sdk::{Connection, Error, Field, FieldId, Kind, Privacy, Problem, Record, Schema, Seen, Value};

use super::{
    Core,
    disabling::disabling,
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
    reconcile::{TargetObjects, TargetTable},
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
        let telling = matches!(row.action, Action::Create | Action::Update | Action::Delete | Action::Disable);
        // The directory is this store itself: there is nothing to doubt.
        if let Some(uses) = step.uses().filter(|uses| done && telling && !uses.connector.local) {
            targets.entry((uses.connection, row.kind)).or_default().push(place);
        }
    }
    for ((connection, kind), mut places) in targets {
        let alias = &workflow.connections[connection];
        let Ok(connection) = core.connect.open(&alias.reference, alias.connector.name).await else { continue };
        let (mut doubts, mut unlooked) = (Vec::new(), None);
        for patience in PATIENCE.into_iter().map(Some).chain([None]) {
            match judge(log, &*connection, kind, ledger, &twice, &places).await {
                Ok(found) => (doubts, unlooked) = found,
                // What an earlier look showed stands.
                Err(error) => {
                    unlooked = Some(error);
                    break;
                }
            }
            // Who was found as wanted is not asked for again.
            let doubted: HashSet<usize> = doubts.iter().map(|doubt| doubt.place).collect();
            let asked = |place: &usize| unlooked.is_some() && ledger.row(*place).removes;
            places.retain(|place| doubted.contains(place) || asked(place));
            match patience {
                Some(span) if !doubts.is_empty() && !progress.is_stopped() => {
                    progress.wait(&*core.clock, "verify", span).await;
                }
                _ => break,
            }
        }
        if let Some(error) = unlooked {
            let code = error.problem.code.to_string();
            log.run.notices.push(Problem::new("verify_failed").arg("kind", kind.as_str()).arg("why", code));
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

/// What one look at the target says: at its list, and at those who were to lose their access. Whoever cannot be looked at
/// alone hides nothing of the list; the error of it is given beside.
async fn judge(
    log: &Writer,
    connection: &dyn Connection,
    kind: Kind,
    ledger: &Ledger,
    twice: &HashMap<&str, HashSet<FieldId>>,
    places: &[usize],
) -> Result<(Vec<Doubt>, Option<Error>), Error> {
    let (mut doubts, failed) = match look_at_the_disabled(log, connection, kind, ledger, twice, places).await {
        Ok(doubts) => (doubts, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let doubted: HashSet<usize> = doubts.iter().map(|doubt| doubt.place).collect();
    let listed = |place: &&usize| ledger.row(**place).action != Action::Disable && !doubted.contains(*place);
    let places: Vec<usize> = places.iter().filter(listed).copied().collect();
    if places.is_empty() {
        return Ok((doubts, failed));
    }
    let Some(schema) = connection.spec().schema(kind) else { return Ok((doubts, failed)) };
    // Packed: the plan of a large company stands beside it.
    let mut gathered = TargetObjects::new(schema);
    let snapshot = connection.snapshot_into(&log.context(), kind, &mut gathered).await?;
    let partial = snapshot.partial;
    let there = TargetTable::of(gathered, snapshot);
    for place in places {
        let row = ledger.row(place);
        let mut differing = Vec::new();
        let problem = match (row.action, there.get(&row.target)) {
            // An account that is shown a part of all does not tell.
            (Action::Create, None) if partial => None,
            (Action::Create, None) => Some(Problem::new("verify_missing")),
            (Action::Delete, Some(_)) => Some(Problem::new("verify_still_there")),
            (Action::Create | Action::Update, Some(Seen { record: read, .. })) => {
                let written = written(ledger, twice, place);
                differing = schema.differing(&written, &read);
                // What may stay as it was came with a warning.
                differing.retain(|id| row.action == Action::Create || !schema.spec(*id).may_stay);
                let values: Vec<String> = differing.iter().map(|id| both(schema, *id, &written, &read)).collect();
                (!values.is_empty()).then(|| Problem::new("verify_differs").arg("fields", values.join(", ")))
            }
            _ => None,
        };
        if let Some(problem) = problem {
            doubts.push(Doubt { place, problem: problem.arg("key", row.target.to_string()), fields: differing });
        }
    }
    Ok((doubts, failed))
}

/// Those of these rows that were to take access away, and whose objects have it all the same. What cannot be read is
/// believed.
async fn look_at_the_disabled(
    log: &Writer,
    connection: &dyn Connection,
    kind: Kind,
    ledger: &Ledger,
    twice: &HashMap<&str, HashSet<FieldId>>,
    places: &[usize],
) -> Result<Vec<Doubt>, Error> {
    let Some(schema) = connection.spec().schema(kind) else { return Ok(Vec::new()) };
    let fields = disabling(connection.spec(), schema);
    let locks_out = |place: usize| {
        let written = written(ledger, twice, place);
        let (field, value) = fields.iter().find(|(field, value)| written.value(*field) == Some(value))?;
        Some((place, *field, Field::Value(value.clone())))
    };
    let locked: Vec<(usize, FieldId, Field)> = places.iter().filter_map(|place| locks_out(*place)).collect();
    if locked.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&str> = locked.iter().map(|(place, ..)| &*ledger.row(*place).target).collect();
    let read = connection.details(&log.context(), kind, &keys).await?;
    let read: HashMap<String, Record> =
        read.into_iter().map(|Seen { key, record }| (key.to_lowercase(), record)).collect();
    let doubt = |(place, field, wanted): (usize, FieldId, Field)| {
        let key = &ledger.row(place).target;
        let seen = read.get(&key.to_lowercase())?.get(field)?;
        let problem = || Problem::new("verify_keeps_access").arg("key", key.to_string());
        (!schema.same(field, seen, &wanted)).then(|| Doubt { place, problem: problem(), fields: vec![field] })
    };
    Ok(locked.into_iter().filter_map(doubt).collect())
}

/// What a row has written, as far as no other row of the same object writes it too.
fn written(ledger: &Ledger, twice: &HashMap<&str, HashSet<FieldId>>, place: usize) -> Record {
    let (mut written, _) = ledger.record(place);
    for field in twice.get(&*ledger.row(place).target).into_iter().flatten() {
        written.take(*field);
    }
    written
}

/// A field with what was written and what the target shows, unless that is nobody's business: two texts may differ by no
/// more than a blank, and then only both of them tell why every run writes again.
fn both(schema: &Schema, id: FieldId, written: &Record, read: &Record) -> String {
    let spec = schema.spec(id);
    if spec.privacy != Privacy::Open {
        return spec.name.to_string();
    }
    format!("{} (`{}` → `{}`)", spec.name, shown(written.get(id)), shown(read.get(id)))
}

/// So many characters of a value are shown.
const SHOWN: usize = 60;

fn shown(field: Option<&Field>) -> String {
    let text = match field.and_then(Field::value) {
        Some(Value::Text(text)) => text.to_string(),
        Some(value) => value.to_json().to_string(),
        None => String::new(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
