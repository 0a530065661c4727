//! Rows for what was put aside: what is made, what differs, what only needs to be remembered.

use std::collections::HashMap;

use idflow_sdk::{Field, FieldId, Record, Schema, Seen, Type, Value, schema::REFUSED_VALUES};

use super::{
    Known, Task,
    decisions::{DECISION, RENAMED},
    keys::keys_of,
    links::TAKEN_OVER,
    refused,
    target::overlay,
    task::{Aside, Conform, Found, Keeper, State},
};
use crate::{
    model::{
        cells::Cells,
        change::{Action, Dependency, Planned, Row, RowIndex},
    },
    workflow::compiled::WhenUnresolved,
};

/// Records as they were last written, by source key.
pub type Written = HashMap<Box<str>, Record>;

impl Task {
    /// Makes the rows of this task and appends them to `rows`.
    pub fn finish(
        &mut self,
        known: &mut Known,
        written: &Written,
        details: Vec<Seen>,
        conform: Conform<'_>,
        rows: &mut Vec<Row>,
    ) {
        self.first_row = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
        for seen in details {
            self.target.refine(seen);
        }
        // Who takes the place of another: that one is not gone.
        self.replaced = self
            .aside
            .iter()
            .filter_map(|aside| match &aside.found {
                Found::Matched { key, .. } => Some(key.clone()),
                _ => None,
            })
            .collect();
        // All at once: growing would hold the rows twice.
        rows.reserve(self.settled.len());
        // Each makes room for its row.
        let mut aside: Vec<Option<Box<Aside>>> = std::mem::take(&mut self.aside).into_iter().map(Some).collect();
        for place in std::mem::take(&mut self.settled) {
            if self.halt.is_set() {
                return;
            }
            let Some(object) = aside[place].take() else { continue };
            if let Some(row) = self.row(known, *object, written, conform) {
                if row.action == Action::Create && row.planned == Planned::Do {
                    let index = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
                    known.creates(self.kind, &row.target, index);
                }
                rows.push(row);
            }
        }
        self.removals(known, written, rows);
        self.hand_over(known, rows);
        self.note_uses(known, &rows[self.first_row as usize..]);
        self.depend(known, rows);
        // What is not made after all is nobody's department.
        for row in rows[self.first_row as usize..].iter().filter(|row| row.action == Action::Create) {
            if row.planned != Planned::Do && row.object.is_none() {
                known.is_not_made(self.kind, &row.source, &row.target);
            }
        }
        for row in &rows[self.first_row as usize..] {
            if row.object.is_some() {
                continue;
            }
            let word = match &row.planned {
                Planned::Do if row.removes && row.writes() => "remove",
                Planned::Do => match row.action {
                    Action::Create => "create",
                    Action::Update => "update",
                    Action::Disable | Action::Delete => "remove",
                    Action::Link | Action::None => "unchanged",
                },
                Planned::Skipped(_) => "skipped",
                Planned::Blocked { .. } => "blocked",
                Planned::Ambiguous(_) => "ambiguous",
                Planned::Invalid(_) => "invalid",
            };
            self.counts.add(self.kind, word, 1);
        }
    }

    fn label(&self, record: &Cells) -> Box<str> {
        let schema = self.mapping.target;
        schema.field(schema.label).and_then(|id| record.text(id)).unwrap_or_default().as_str().into()
    }

    /// The source's own name for an object, for rows without a wanted record.
    fn source_label(&self, cells: &Cells) -> Box<str> {
        let schema = &self.mapping.source;
        schema.field(schema.label).and_then(|id| cells.text(id)).unwrap_or_default().as_str().into()
    }

    fn row(&mut self, known: &Known, aside: Aside, written: &Written, conform: Conform<'_>) -> Option<Row> {
        let schema = self.mapping.target;
        let Aside { object, found, state, lost, apart } = aside;
        let link = match &found {
            Found::Linked(place) => known.links(self.kind).map(|links| links.entry(*place).clone()),
            _ => None,
        };
        let target: Box<str> = match (&found, &link) {
            (Found::Linked(_), Some(entry)) => entry.target.clone(),
            (Found::Matched { key, .. } | Found::New(key), _) => key.clone(),
            _ => "".into(),
        };
        let mut row = Row {
            step: self.steps.update.or(self.steps.create).unwrap_or(0),
            kind: self.kind,
            source: object.key,
            target,
            name: "".into(),
            at: object.at,
            action: Action::None,
            planned: Planned::Do,
            set: Cells::new(),
            before: Cells::new(),
            base: None,
            replaces: None,
            fingerprint: 0,
            needs: Vec::new(),
            removes: false,
            warnings: object.warnings,
            rule: "".into(),
            object: None,
        };
        let (record, create_only, fingerprint, alone) = match state {
            State::Wanted { record, create_only, fingerprint, alone } => (record, create_only, fingerprint, alone),
            State::Refused(planned) => {
                row.name = self.source_label(&object.cells);
                row.step = self.steps.create.or(self.steps.update).unwrap_or(0);
                row.planned = planned;
                if let Some(entry) = &link {
                    // It keeps what it has, unique values included.
                    if let Some(old) = written.get(&entry.source) {
                        let Found::Linked(place) = found else { return Some(row) };
                        self.keep(old, &Record::new(), Keeper::of(place));
                    }
                }
                return Some(row);
            }
            State::Open => return None,
        };
        row.name = self.label(&record);
        row.fingerprint = fingerprint;
        // Of who is made only what depends on others is unpacked.
        let makes = matches!(found, Found::New(_));
        let (mut record, packed) = match makes {
            true => (record.pick(&self.of_others), record),
            false => (record.record(), Cells::new()),
        };
        let as_wanted = record.clone();
        for id in self.leave_out_self(&mut record, &mut row) {
            *self.refused.entry(id).or_default() += 1;
        }
        if let Found::Linked(place) = found {
            if self.given.contains(&place) {
                row.planned = Planned::Skipped(idflow_sdk::Problem::new("key_moved"));
                return Some(row);
            }
            if let Some(planned) = self.suspected(Some(place)) {
                // Two rows are about one person, perhaps: nothing is done before somebody decides.
                row.planned = planned;
                let read = self.target.get(&row.target).map(|seen| seen.record).unwrap_or_default();
                let has = overlay(schema, written.get(&row.source).unwrap_or(&Record::new()), &read);
                self.keep(&has, &Record::new(), Keeper::of(place));
                return Some(row);
            }
        }
        if let Some(old) = apart {
            // Somebody said that the account is another's: the link is given up for whoever is found or made now.
            let kept = self.target.get(&old).map(|seen| seen.record).unwrap_or_default();
            self.keep(&kept, &Record::new(), Keeper::Target(old.clone()));
            if makes
                && self.target.has(&row.target)
                && let Some(id) = self.natural_key()
            {
                row.planned = Planned::Invalid(self.duplicate(id, self.called_there(known, &row.target)));
                return Some(row);
            }
            row.replaces = Some(Box::new((row.source.clone(), old)));
        }
        if let Some(old) = lost {
            row.warnings.push(idflow_sdk::Problem::new("missing_in_target").arg("key", &*old));
            row.replaces = Some(Box::new((row.source.clone(), old)));
        }
        if makes {
            let Some(step) = self.steps.create else {
                row.planned = Planned::Skipped(idflow_sdk::Problem::new("no_create_step"));
                return Some(row);
            };
            let mut all = packed;
            self.fill_members(known, &mut record, &Record::new());
            if record != as_wanted {
                all.merge(&record.into());
            }
            all.merge(&create_only);
            if let Some((id, waits)) = self.review_of_new() {
                all.set(id, waits);
            }
            row.set = all.filled();
            row.base = Some(Cells::new());
            row.step = step;
            row.action = Action::Create;
            // A key that somebody had whose object is no longer there: that link says nothing any more.
            if let Some(old) = known.links(self.kind).and_then(|links| Some(links.entry(links.of_target(&row.target)?)))
            {
                row.replaces.get_or_insert_with(|| Box::new((old.source.clone(), old.target.clone())));
            }
            row.rule = "created".into();
            return Some(row);
        }
        if self.is_root(&row.target) {
            // Never written; only that it is the same one is remembered.
            row.action = Action::Link;
            row.rule = if link.is_some() { "linked" } else { super::root::RULE }.into();
            row.base = link.is_none().then(Cells::new);
            return Some(row);
        }
        let create_only = create_only.record();
        let read = self.target.get(&row.target).map(|seen| seen.record).unwrap_or_default();
        let (old, first_time) = match &found {
            Found::Linked(_) => (written.get(&row.source).cloned().unwrap_or_default(), false),
            Found::Matched { rule, instead_of, .. } => {
                row.rule = rule.as_str().into();
                let old = instead_of.and_then(|place| {
                    let entry = known.links(self.kind)?.entry(place);
                    row.replaces = Some(Box::new((entry.source.clone(), entry.target.clone())));
                    written.get(&entry.source).cloned()
                });
                (old.unwrap_or_default(), true)
            }
            _ => (Record::new(), false),
        };
        if let Found::Linked(place) = &found {
            let taken_over = self.complete && self.takes_over(known, *place);
            row.rule = if taken_over { TAKEN_OVER } else { "linked" }.into();
        }
        let before = overlay(schema, &old, &read);
        self.fill_members(known, &mut record, &before);
        self.leave_filled(&mut record, &before);
        self.leave_waiting(&mut record, &before);
        // A person who said that he is the same let him in, and a new key is no new person.
        let recognised = first_time && *row.rule != *DECISION && *row.rule != *RENAMED;
        if recognised && self.begin_waiting(&mut record, &before) {
            row.warnings.push(idflow_sdk::Problem::new("review_begins"));
        }
        if !alone.is_empty() {
            self.alone.insert(row.source.clone(), alone);
        }
        let mut differing = schema.differing(&record, &before);
        // A link that came from the other direction is a first one here.
        let never =
            first_time || (old.iter().next().is_none() && link.as_ref().is_some_and(|link| link.fingerprint == 0));
        for (id, field) in record.iter() {
            // Never written, not readable: what a first link cannot see is taken as equal, a new line of a mapping is not.
            if before.get(id).is_none() && !never && field.value().is_some() {
                differing.push(id);
            }
        }
        for id in differing.clone() {
            let Some(pair) = schema.companion(id) else { continue };
            if record.get(pair).is_some() {
                differing.push(pair);
            } else if let Some(flags) = carried(schema, id, &record, &before) {
                // Nobody wants other flags: they stay with what they belong to.
                record.set(pair, flags);
                differing.push(pair);
            }
        }
        if !first_time {
            for (id, wanted) in create_only.iter().filter(|(id, _)| self.keeps(*id)) {
                if before.get(id).is_some_and(|kept| !schema.same(id, kept, wanted)) {
                    let name = schema.spec(id).name.to_string();
                    row.warnings.push(idflow_sdk::Problem::new("kept_as_made").arg("field", name));
                }
            }
        }
        if !first_time {
            self.note_losses(&record, &before, &differing);
        }
        row.set = differing.iter().filter_map(|id| Some((*id, record.get(*id)?.clone()))).collect();
        row.before = differing.iter().filter_map(|id| Some((*id, before.get(*id)?.clone()))).collect();
        if let Found::Linked(place) = &found {
            let ends = (row.source.clone(), row.target.clone());
            let ends = (&*ends.0, &*ends.1);
            let other = self.came_to_another(known, ends, &before, &record);
            let other = other.or_else(|| {
                let touched = !row.set.is_empty();
                if touched { self.went_to_another(known, ends, (&old, &read), Some(&record)) } else { None }
            });
            if let Some(problem) = other {
                self.keep(&before, &Record::new(), Keeper::of(*place));
                row.set = Cells::new();
                row.before = Cells::new();
                row.planned = self.in_doubt(ends, problem);
                return Some(row);
            }
        }
        self.before.insert(row.source.clone(), before.clone());
        if first_time {
            let mut base = record.clone();
            base.merge(&create_only);
            base.merge(&before);
            // The account that the mapping would have given is remembered, so that keeping its own is no renaming.
            if let Some(id) = self.natural_key()
                && let Some(given) = create_only.get(id)
            {
                base.set(id, given.clone());
            }
            row.base = Some(base.into());
        }
        let renamed = match &found {
            Found::Linked(place) => self.renamed(known, *place, &create_only),
            _ => None,
        };
        let renamed = renamed.map(|wanted| {
            self.kept_keys += 1;
            idflow_sdk::Problem::new("key_kept").arg("wanted", &*wanted).arg("kept", &*row.target)
        });
        if row.set.is_empty() {
            row.action = Action::Link;
            let keeper = match &found {
                Found::Linked(place) => Keeper::of(*place),
                _ => Keeper::Target(row.target.clone()),
            };
            // What it has and the source leaves empty is its own as well.
            self.keep(&before, &Record::new(), keeper.clone());
            self.keep(&record, &create_only, keeper);
            if let Some(problem) = renamed {
                row.planned = Planned::Skipped(problem);
            }
            return Some(row);
        }
        row.warnings.extend(renamed);
        let Some(step) = self.steps.update else {
            row.planned = Planned::Skipped(idflow_sdk::Problem::new("no_update_step"));
            return Some(row);
        };
        row.step = step;
        row.action = Action::Update;
        if schema.is_gone(&record) {
            self.total = self.total.saturating_sub(1);
        }
        row.removes = self.steps.disabling.iter().any(|(field, value)| row.set.value(*field).as_ref() == Some(value));
        let mut set = row.set.record();
        let conformed = conform(self.kind, &mut set, false, &mut row.warnings);
        row.set = set.into();
        if let Err(problem) = conformed {
            row.planned = Planned::Invalid(problem);
        }
        Some(row)
    }

    /// Nobody is their own manager: such an entry is left out, and told. Gives the fields in which it stood.
    fn leave_out_self(&self, record: &mut Record, row: &mut Row) -> Vec<FieldId> {
        let schema = self.mapping.target;
        let mut left = Vec::new();
        let own = schema.key_value(&row.target);
        for field in &self.mapping.fields {
            let id = field.target;
            let Type::Refs { kind, .. } = schema.spec(id).ty else { continue };
            let items = record.value(id).and_then(Value::as_list).unwrap_or_default();
            if kind != self.kind || row.target.is_empty() || !items.contains(&own) {
                continue;
            }
            let others: Vec<Value> = items.iter().filter(|item| **item != own).cloned().collect();
            record.set(id, Field::Value(Value::List(others.into())));
            row.warnings.push(idflow_sdk::Problem {
                field: Some(schema.spec(id).name.clone()),
                ..idflow_sdk::Problem::new("manager_self")
            });
            left.push(id);
        }
        left
    }

    /// Counts who would become somebody else, and which fields would be lost.
    fn note_losses(&mut self, record: &Record, before: &Record, differing: &[FieldId]) {
        let schema = self.mapping.target;
        if schema.is_gone(record) || schema.is_gone(before) {
            return;
        }
        let has = |record: &Record, id: FieldId| match record.value(id) {
            Some(Value::List(items)) => !items.is_empty(),
            value => value.is_some(),
        };
        // A value that cannot be used is another one than before, too: two columns that changed places show in both.
        let refused = refused::fields(schema, record);
        let changed =
            |id: &FieldId| has(before, *id) && (refused.contains(id) || (differing.contains(id) && has(record, *id)));
        if schema.identity().iter().filter(|aspect| aspect.iter().any(changed)).count() > 1 {
            self.shifted += 1;
        }
        self.renamed += u64::from(schema.field(schema.label).is_some_and(|id| changed(&id)));
        // What was remembered about the source is no value of the object.
        let own = |id: &FieldId| schema.field(REFUSED_VALUES) != Some(*id);
        for id in differing.iter().filter(|id| own(id) && has(before, **id) && !has(record, **id)) {
            *self.cleared.entry(*id).or_default() += 1;
        }
    }

    /// Objects that would become somebody else under the same key. Other names for most people are no renamings: another
    /// column was taken for the name.
    #[must_use]
    pub fn would_shift(&self) -> u64 {
        let most = !self.is_tree() && self.renamed.saturating_mul(2) > self.compared;
        if most { self.shifted.max(self.renamed) } else { self.shifted }
    }

    /// Rows wait for the rows that make what they refer to.
    fn depend(&mut self, known: &Known, rows: &mut Vec<Row>) {
        let schema = self.mapping.target;
        let first = self.first_row as usize;
        let moves = self.moves(rows);
        let all = 0..FieldId::try_from(schema.fields.len()).unwrap_or(FieldId::MAX);
        let refers: Vec<FieldId> = all.filter(|id| schema.spec(*id).ty.refers_to().is_some()).collect();
        for (place, row) in rows.iter_mut().enumerate().skip(first) {
            if !row.writes() {
                continue;
            }
            let mut needs: Vec<Dependency> = Vec::new();
            for (id, field) in row.set.pick(&refers).iter() {
                let Some(kind) = schema.spec(id).ty.refers_to() else { continue };
                let soft = self.omits(id).then_some(id);
                for key in keys_of(field) {
                    if let Some(row) = known.creating(kind, &key).filter(|row| *row as usize != place) {
                        needs.push(Dependency { row, leave_out: soft });
                    }
                    if kind == self.kind
                        && Some(id) == schema.parent.and_then(|name| schema.field(name))
                        && let Some(row) = moves.get(&key).filter(|row| **row as usize != place)
                    {
                        needs.push(Dependency { row: *row, leave_out: None });
                    }
                }
            }
            row.needs.reserve_exact(needs.len());
            for need in needs {
                if !row.needs.contains(&need) {
                    row.needs.push(need);
                }
            }
        }
        self.break_reference_circles(rows);
    }

    /// Objects of a tree whose parent changes: a child moves below them after they moved themselves.
    fn moves(&self, rows: &[Row]) -> HashMap<Box<str>, RowIndex> {
        let schema = self.mapping.target;
        let Some(parent) = schema.parent.and_then(|name| schema.field(name)) else { return HashMap::new() };
        rows.iter()
            .enumerate()
            .skip(self.first_row as usize)
            .filter(|(_, row)| row.action == Action::Update && row.writes() && row.set.has(parent))
            .filter_map(|(place, row)| Some((row.target.clone(), RowIndex::try_from(place).ok()?)))
            .collect()
    }

    /// Whether an unresolved reference in this field is left out.
    fn omits(&self, id: FieldId) -> bool {
        self.mapping.fields.iter().any(|field| field.target == id && field.when_unresolved == WhenUnresolved::Omit)
    }
}

/// The flags of a list that changes, where the mapping has none of its own: whatever stays in the list keeps its flag. `None`
/// where they are not known, or nothing is flagged.
fn carried(schema: &Schema, list: FieldId, wanted: &Record, before: &Record) -> Option<Field> {
    let flags = schema.companion(list).filter(|flags| matches!(schema.spec(*flags).ty, Type::Flags { .. }))?;
    let (items, had) = (wanted.value(list)?.as_list()?, before.value(list)?.as_list()?);
    let set = before.value(flags)?.as_list()?;
    if set.len() != had.len() || set.iter().all(|flag| flag.as_bool() != Some(true)) {
        return None;
    }
    let flag =
        |item: &Value| had.iter().position(|other| other == item).is_some_and(|at| set[at].as_bool() == Some(true));
    Some(Field::Value(Value::list(items.iter().map(|item| Value::Bool(flag(item))))))
}
