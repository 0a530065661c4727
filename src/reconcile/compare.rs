//! Rows for what was put aside: what is made, what differs, what only needs to be remembered.

mod around;
mod counterpart;
mod depend;
mod fields;
mod losses;

use idflow_sdk::{Problem, Record, Seen};

use super::{
    Known, Task,
    target::overlay,
    task::{Aside, AsideState, Conform, Former, Found, Keeper, Object, OldLink},
};
use crate::model::{
    cells::Cells,
    change::{Action, Planned, Row, RowIndex},
};
use around::Around;
use counterpart::Counterpart;

pub use around::Written;

/// What an object that is made consists of.
struct Created {
    /// All fields, packed.
    packed: Cells,
    /// Those that depend on others: as they are to be, and as the mapping gave them.
    record: Record,
    as_wanted: Record,
    create_only: Cells,
}

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
        // All at once: growing would hold the rows twice. Some get a second row, for a value that is given up or refused; room that
        // nothing is written to costs none.
        rows.reserve(self.settled.len() + self.settled.len() / 32);
        // Each makes room for its row.
        let mut aside: Vec<Option<Box<Aside>>> = std::mem::take(&mut self.aside).into_iter().map(Some).collect();
        for place in std::mem::take(&mut self.settled) {
            if self.halt.is_set() {
                return;
            }
            let Some(object) = aside[place].take() else { continue };
            let around = Around { known, written, conform };
            if let Some(row) = self.row(&around, *object) {
                if row.action == Action::Create && row.planned == Planned::Do {
                    let index = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
                    known.creates(self.kind, &row.target, index);
                }
                rows.push(row);
            }
        }
        self.removals(known, written, rows);
        self.wait_for_former_holders(rows);
        self.hand_over(known, rows);
        if self.sees_to_gone() {
            self.note_uses(known, &rows[self.first_of_all()..]);
        }
        self.depend(known, rows);
        self.tell_former_holders(known, rows);
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

    pub(super) fn label(&self, record: &Cells) -> Box<str> {
        let schema = self.mapping.target;
        schema.field(schema.label).and_then(|id| record.text(id)).unwrap_or_default().as_str().into()
    }

    /// The source's own name for an object, for rows without a wanted record.
    fn source_label(&self, cells: &Cells) -> Box<str> {
        let schema = &self.mapping.source;
        schema.field(schema.label).and_then(|id| cells.text(id)).unwrap_or_default().as_str().into()
    }

    /// The row of an object that was put aside; `None` when nothing was decided about it.
    fn row(&mut self, around: &Around<'_>, aside: Aside) -> Option<Row> {
        let Around { known, written, .. } = *around;
        let Aside { object, found, state, old_link } = aside;
        let link = match &found {
            Found::Linked(place) => known.links(self.kind).map(|links| links.entry(*place).clone()),
            _ => None,
        };
        let target: Box<str> = match (&found, &link) {
            (Found::Linked(_), Some(entry)) => entry.target.clone(),
            (Found::Matched { key, .. } | Found::New(key), _) => key.clone(),
            _ => "".into(),
        };
        let Object { key, cells, at, warnings } = object;
        let mut row = Row { at, warnings, ..self.empty_row(key, target) };
        let (record, create_only, fingerprint, alone) = match state {
            AsideState::Wanted { record, create_only, fingerprint, alone } => (record, create_only, fingerprint, alone),
            AsideState::Refused(planned) => {
                row.name = self.source_label(&cells);
                row.step = self.steps.create.or(self.steps.update).unwrap_or(0);
                row.planned = planned;
                // It keeps what it has, unique values included.
                if let (Found::Linked(place), Some(entry)) = (&found, &link)
                    && let Some(old) = written.get(&entry.source)
                {
                    self.keep(old, &Record::new(), Keeper::of(*place));
                }
                return Some(row);
            }
            AsideState::Open | AsideState::Used => return None,
        };
        row.name = self.label(&record);
        if row.name.is_empty() {
            row.name = self.label(&create_only);
        }
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
        let stays = matches!(found, Found::Linked(place) if self.stays(place, written, &mut row));
        if stays || !self.gives_up(known, old_link, makes, &mut row) {
            return Some(row);
        }
        if makes {
            return Some(self.created(known, row, Created { packed, record, as_wanted, create_only }));
        }
        if self.is_root(&row.target) {
            // Never written; only that it is the same one is remembered.
            row.action = Action::Link;
            row.rule = if link.is_some() { "linked" } else { super::root::RULE }.into();
            row.base = link.is_none().then(Cells::new);
            return Some(row);
        }
        let create_only = create_only.record();
        Some(self.compared(around, row, Counterpart { found, link, record, create_only, alone }))
    }

    /// A row that does nothing yet.
    fn empty_row(&self, source: Box<str>, target: Box<str>) -> Row {
        Row::new(self.steps.update.or(self.steps.create).unwrap_or(0), self.kind, source, target)
    }

    /// Whether a linked object stays as it is, because its link goes to another, or two rows may be about one person.
    fn stays(&mut self, place: usize, written: &Written, row: &mut Row) -> bool {
        if self.given.contains(&place) {
            row.planned = Planned::Skipped(Problem::new("key_moved").into());
            return true;
        }
        let Some(planned) = self.suspected(Some(place)) else { return false };
        // Nothing is done before somebody decides.
        row.planned = planned;
        let read = self.target.get(&row.target).map(|seen| seen.record).unwrap_or_default();
        let has = overlay(self.mapping.target, written.get(&row.source).unwrap_or(&Record::new()), &read);
        self.keep(&has, &Record::new(), Keeper::of(place));
        true
    }

    /// Gives up the link to a counterpart that is lost, or that is another's as somebody said. False when whoever is to be made
    /// instead would have the key of somebody who is there.
    fn gives_up(&mut self, known: &Known, link: Option<Box<OldLink>>, makes: bool, row: &mut Row) -> bool {
        let Some(link) = link else { return true };
        let old = match *link {
            OldLink::Lost(old) => {
                row.warnings.push(Problem::new("missing_in_target").arg("key", &*old));
                old
            }
            OldLink::Apart(old) => {
                let former = self.former_holder(known, &row.source, &old);
                if let Former::Leaves = former {
                    self.former.insert(row.source.clone());
                } else {
                    let kept = self.target.get(&old).map(|seen| seen.record).unwrap_or_default();
                    self.keep(&kept, &Record::new(), Keeper::Target(old.clone()));
                    if makes
                        && self.target.has(&row.target)
                        && let Some(id) = self.natural_key()
                    {
                        let same = self.has_same(&row.target, row, id);
                        let problem = self.duplicate(row, (id, same), self.called_there(known, &row.target));
                        row.planned = Planned::Invalid(problem.into());
                        return false;
                    }
                    self.given_up.extend([(row.source.clone(), former)]);
                }
                old
            }
        };
        row.replaces = Some(Box::new((row.source.clone(), old)));
        true
    }

    /// The row of an object that the target does not have.
    fn created(&mut self, known: &Known, mut row: Row, new: Created) -> Row {
        let Created { packed, mut record, as_wanted, create_only } = new;
        let Some(step) = self.steps.create else {
            row.planned = Planned::Skipped(Problem::new("no_create_step").into());
            return row;
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
        if let Some(old) = known.links(self.kind).and_then(|links| Some(links.entry(links.of_target(&row.target)?))) {
            row.replaces.get_or_insert_with(|| Box::new((old.source.clone(), old.target.clone())));
        }
        row.rule = "created".into();
        row
    }
}
