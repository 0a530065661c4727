//! What was written as a reference to an object says nothing any more once that object was deleted, or made again because somebody
//! else had deleted it: a target takes who is deleted out of whatever named him, and shows that to nobody. So the links of those who
//! referred to him forget it, and the next run writes it again where it is still wanted.
//!
//! The links are gone through once, after a run that deleted something or made it again; every other run costs nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use idflow_sdk::{FieldId, Kind, Schema};

use super::{Core, ledger::Ledger, pair::pair_of, writer::Writer};
use crate::{
    model::change::{Action, Row},
    reconcile::{Ends, links::LET_GO, references::keys_of},
    store::{
        Batch, StoreError,
        links::{self, Pair},
    },
    workflow::compiled::Workflow,
};

/// How many links are changed together.
const GROUP: usize = 1000;

/// Objects of one target, by kind: their keys without case.
type Gone = HashMap<Kind, HashSet<String>>;

/// What a row wrote: the kind and the ends of its object, and a field.
type Wrote<'a> = HashSet<(Kind, &'a str, &'a str, FieldId)>;

/// Forgets what was written as a reference to what a run has deleted or made again.
pub(super) async fn forget(
    core: &Core,
    log: &mut Writer,
    workflow: &Workflow,
    ledger: &Ledger,
) -> Result<(), StoreError> {
    let rows = ledger.rows().clone();
    let mut pairs: BTreeMap<(String, String), (&[&'static Schema], Gone)> = BTreeMap::new();
    for row in rows.iter().enumerate().filter(|(at, row)| breaks_references(row) && ledger.went_well(*at)) {
        let row = row.1;
        let Some(pair) = pair_of(core, workflow, usize::from(row.step), row.kind) else { continue };
        let Some(uses) = workflow.steps.get(usize::from(row.step)).and_then(|step| step.uses()) else { continue };
        let (_, gone) =
            pairs.entry((pair.source, pair.target)).or_insert_with(|| (uses.connector.schemas, Gone::default()));
        gone.entry(row.kind).or_default().insert(row.target.to_lowercase());
    }
    if pairs.is_empty() {
        return Ok(());
    }
    // Links are read as they are stored.
    log.commit().await?;
    for ((source, target), (schemas, gone)) in pairs {
        for schema in schemas {
            let refers = |id: &FieldId| schema.spec(*id).ty.refers_to().is_some_and(|kind| gone.contains_key(&kind));
            let fields: Vec<FieldId> =
                (0..schema.fields.len()).filter_map(|id| id.try_into().ok()).filter(refers).collect();
            if fields.is_empty() {
                continue;
            }
            let of =
                Pair { tenant: core.tenant.clone(), source: source.clone(), target: target.clone(), kind: schema.kind };
            let wrote = wrote(ledger, &rows, schema.kind, &fields);
            let names = Names { schema, fields: &fields, gone: &gone };
            for group in names.who_refers(core, &of).await?.chunks(GROUP) {
                log.along(names.forget(core, &of, group, &wrote).await?);
                log.commit().await?;
            }
        }
    }
    Ok(())
}

/// Whether a row that went well leaves nothing of what referred to its object: it was deleted, by the row or before it by somebody
/// else, or it is made again under the key that it had.
fn breaks_references(row: &Row) -> bool {
    let again = || row.replaces.as_ref().is_some_and(|ends| ends.1.eq_ignore_ascii_case(&row.target));
    match row.action {
        Action::Delete => true,
        Action::Link => row.removes,
        Action::Create => again(),
        Action::Update | Action::Disable | Action::None => false,
    }
}

/// The references that this run has written itself: whoever is made again was there by then.
fn wrote<'a>(ledger: &Ledger, rows: &'a [Row], kind: Kind, fields: &[FieldId]) -> Wrote<'a> {
    let mut wrote = Wrote::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.kind == kind && row.writes()) {
        if !ledger.went_well(at) {
            continue;
        }
        let (record, _) = ledger.record(at);
        let set = fields.iter().filter(|id| record.get(**id).is_some());
        wrote.extend(set.map(|id| (kind, &*row.source, &*row.target, *id)));
    }
    wrote
}

/// What is looked for in the links of one kind.
struct Names<'a> {
    schema: &'static Schema,
    fields: &'a [FieldId],
    gone: &'a Gone,
}

impl Names<'_> {
    fn is_gone(&self, id: FieldId, key: &str) -> bool {
        let kind = self.schema.spec(id).ty.refers_to();
        kind.and_then(|kind| self.gone.get(&kind)).is_some_and(|keys| keys.contains(&key.to_lowercase()))
    }

    /// The ends of the links by which something that is gone was last written as a reference.
    async fn who_refers(&self, core: &Core, of: &Pair) -> Result<Vec<Ends>, StoreError> {
        let mut found: Vec<Ends> = Vec::new();
        links::all(&*core.store, of, |link| {
            let (source, target) = link.ends(of);
            let names = |id: &FieldId| target.written.names(*id, &|key| self.is_gone(*id, key));
            if link.gone.is_none() && self.fields.iter().any(names) {
                found.push((source.key.into(), target.key.into()));
            }
        })
        .await?;
        Ok(found)
    }

    /// These links without such references, so that the next run looks at their objects in full.
    async fn forget(&self, core: &Core, of: &Pair, ends: &[Ends], wrote: &Wrote<'_>) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        let keys: Vec<(&str, &str)> = ends.iter().map(|(source, target)| (&**source, &**target)).collect();
        for mut link in links::get(&*core.store, of, &keys).await?.into_iter().flatten() {
            let (source, target) = of.ends_mut(&mut link);
            let mut forgotten = false;
            for id in self.fields {
                let written = target.written.get(*id).map(keys_of).unwrap_or_default();
                let names = written.iter().any(|key| self.is_gone(*id, key));
                if names && !wrote.contains(&(of.kind, &*source.key, &*target.key, *id)) {
                    target.written.take(*id);
                    forgotten = true;
                }
            }
            if !forgotten {
                continue;
            }
            // Whose access was taken away by what the source says, and who is kept for another list, are told by their fingerprints;
            // the mapping wants something else of them anyway as soon as they are back.
            if target.removed_at.is_none() && target.fingerprint != LET_GO {
                target.fingerprint = 0;
            }
            links::put(&mut batch, of, &link)?;
        }
        Ok(batch)
    }
}
