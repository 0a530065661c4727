//! What is to be done with an object that has a counterpart in the target: does it differ, and is it still the same one?

use idflow_sdk::{FieldId, Problem, Record};

use super::{around::Around, fields::differing};
use crate::{
    model::{
        cells::Cells,
        change::{Action, Planned, Row},
    },
    reconcile::{
        Known, LinkEntry, Task,
        decisions::{DECISION, RENAMED},
        links::{LET_IN, TAKEN_OVER},
        target::overlay,
        task::{Found, Keeper},
    },
};

/// An object that was found in the target, and what the mapping wants of it.
pub(super) struct Counterpart {
    pub found: Found,
    pub link: Option<LinkEntry>,
    pub record: Record,
    pub create_only: Record,
    /// Unique fields that the source leaves empty and the mapping leaves alone.
    pub alone: Box<[idflow_sdk::FieldId]>,
}

impl Task {
    /// The row of an object that the target has.
    pub(super) fn compared(&mut self, around: &Around<'_>, mut row: Row, of: Counterpart) -> Row {
        let Around { known, .. } = *around;
        let Counterpart { found, link, mut record, create_only, alone } = of;
        let schema = self.mapping.target;
        let first_time = matches!(found, Found::Matched { .. });
        let read = self.target.get(&row.target).map(|seen| seen.record).unwrap_or_default();
        let old = self.recognised(around, &found, &mut row);
        let before = overlay(schema, &old, &read);
        let by_name = link.as_ref().and_then(|link| self.by_name(link, &before, (&record, &create_only)));
        self.fit(known, &mut record, &before, (link.as_ref(), first_time), &mut row);
        if !alone.is_empty() {
            self.alone.insert(row.source.clone(), alone);
        }
        // Whom nobody is shown and somebody has named may not be there: all is written, which finds it out.
        let only_named = first_time && self.target.partial && *row.rule == *DECISION && read.is_empty();
        // A link that came from the other direction is a first one here.
        let from_there = old.is_empty() && link.as_ref().is_some_and(|link| link.fingerprint == 0);
        let never = !only_named && (first_time || from_there);
        let mut differing = differing(schema, &mut record, &before, never);
        differing.retain(|id| !self.is_kept(&row.target, *id, (&old, &record)));
        if !first_time {
            for (id, wanted) in create_only.iter().filter(|(id, _)| self.keeps(*id)) {
                if before.get(id).is_some_and(|kept| !schema.same(id, kept, wanted)) {
                    let name = schema.spec(id).name.to_string();
                    row.warnings.push(Problem::new("kept_as_made").arg("field", name));
                }
            }
            self.note_losses(&row.source, &record, &before, &differing);
        }
        row.set = differing.iter().filter_map(|id| Some((*id, record.get(*id)?.clone()))).collect();
        row.before = differing.iter().filter_map(|id| Some((*id, before.get(*id)?.clone()))).collect();
        if let Found::Linked(place) = &found
            && let Some(planned) = self.now_another(known, &row, (&old, &read), (&before, &record), by_name)
        {
            self.keep(&before, &Record::new(), Keeper::of(*place));
            row.set = Cells::new();
            row.before = Cells::new();
            row.planned = planned;
            return row;
        }
        self.before.insert(row.source.clone(), before.clone());
        if first_time {
            row.base = Some(self.base(&record, &create_only, &before));
        }
        let renamed = match &found {
            Found::Linked(place) => self.renamed(known, *place, &create_only),
            _ => None,
        };
        let renamed = renamed.map(|wanted| {
            self.kept_keys += 1;
            Problem::new("key_kept").arg("wanted", &*wanted).arg("kept", &*row.target)
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
                row.planned = Planned::Skipped(problem.into());
            }
            return row;
        }
        row.warnings.extend(renamed);
        self.updated(around, row, &record)
    }

    /// Whether the target keeps this field as it is and what is wanted was written before: that is not done in every run.
    fn is_kept(&self, target: &str, id: FieldId, (old, wanted): (&Record, &Record)) -> bool {
        let both = old.get(id).zip(wanted.get(id));
        self.target.keeps(target, id) && both.is_some_and(|(old, wanted)| self.mapping.target.same(id, old, wanted))
    }

    /// How the counterpart was recognised, as the rule of the row, and what was written to it last.
    fn recognised(&self, around: &Around<'_>, found: &Found, row: &mut Row) -> Record {
        let Around { known, written, .. } = *around;
        match found {
            Found::Linked(place) => {
                let taken_over = self.complete && self.takes_over(known, *place);
                row.rule = if taken_over { TAKEN_OVER } else { "linked" }.into();
                written.get(&row.source).cloned().unwrap_or_default()
            }
            Found::Matched { rule, instead_of, .. } => {
                row.rule.clone_from(rule);
                let old = instead_of.and_then(|place| {
                    let entry = known.links(self.kind)?.entry(place);
                    row.replaces = Some(Box::new((entry.source.clone(), entry.target.clone())));
                    written.get(&entry.source).cloned()
                });
                old.unwrap_or_default()
            }
            _ => Record::new(),
        }
    }

    /// Fits what is wanted to what is there: members, fields that are filled only, persons who wait to be let in.
    fn fit(
        &self,
        known: &Known,
        record: &mut Record,
        before: &Record,
        (link, first_time): (Option<&LinkEntry>, bool),
        row: &mut Row,
    ) {
        self.fill_members(known, record, before);
        self.leave_filled(record, before);
        self.leave_waiting(record, before);
        // A person who said that he is the same let him in, and a new key is no new person.
        let recognised = first_time && *row.rule != *DECISION && *row.rule != *RENAMED;
        let waits = link.is_some_and(|link| link.waits);
        if waits && self.is_in(before) && *row.rule == *"linked" {
            row.rule = LET_IN.into();
        }
        if (recognised || waits) && self.begin_waiting(record, before) {
            row.warnings.push(Problem::new("review_begins"));
        }
    }

    /// Why the counterpart of a link may be another person by now, on either side.
    fn now_another(
        &mut self,
        known: &Known,
        row: &Row,
        (old, read): (&Record, &Record),
        (before, record): (&Record, &Record),
        by_name: Option<(Record, Record)>,
    ) -> Option<Planned> {
        let ends = (&*row.source, &*row.target);
        let mut other = match &by_name {
            Some((before, wanted)) => self.came_to_another(known, ends, before, wanted),
            None => self.came_to_another(known, ends, before, record),
        };
        if other.is_none() && (!row.set.is_empty() || self.is_given_up(1, &row.target)) {
            other = self.went_to_another(known, ends, (old, read), Some(record));
        }
        other.map(|problem| self.in_doubt(ends, problem))
    }

    /// What a first link remembers.
    fn base(&self, record: &Record, create_only: &Record, before: &Record) -> Cells {
        let mut base = record.clone();
        base.merge(create_only);
        base.merge(before);
        // The account that the mapping would have given is remembered, so that keeping its own is no renaming.
        if let Some(id) = self.natural_key()
            && let Some(given) = create_only.get(id)
        {
            base.set(id, given.clone());
        }
        base.into()
    }

    /// The row of a counterpart that differs.
    fn updated(&mut self, around: &Around<'_>, mut row: Row, record: &Record) -> Row {
        let Some(step) = self.steps.update else {
            row.planned = Planned::Skipped(Problem::new("no_update_step").into());
            return row;
        };
        row.step = step;
        row.action = Action::Update;
        if self.mapping.target.is_gone(record) {
            self.total = self.total.saturating_sub(1);
        }
        row.removes = self.steps.disabling.iter().any(|(field, value)| row.set.value(*field).as_ref() == Some(value));
        let mut set = row.set.record();
        let conformed = (around.conform)(self.kind, &mut set, false, &mut row.warnings);
        row.set = set.into();
        if let Err(problem) = conformed {
            row.planned = Planned::Invalid(problem.into());
        }
        row
    }
}
