//! A run lets nobody in by itself. Where a target knows people who wait for a review, two things follow: who waits there stays
//! there until a person has said so, whatever the source says; and who was switched off or had left before a rule recognised
//! somebody of the source in him begins to wait, instead of having access again. Where a person decided that he is the same,
//! that is enough. Whoever began to wait, left and comes back waits again, unless somebody had let him in.

use std::borrow::Cow;

use idflow_sdk::{Field, FieldId, Record, Value, schema::PENDING_REVIEW};

use super::{Known, Task};

impl Task {
    /// The field that says who waits, where the target has such a state.
    pub(super) fn review_field(&self) -> Option<FieldId> {
        self.mapping.target.review_field()
    }

    /// What makes somebody wait who is made, where the mapping wants that.
    pub(super) fn review_of_new(&self) -> Option<(FieldId, Field)> {
        let id = self.review_field().filter(|_| self.mapping.review_new)?;
        Some((id, Field::Value(Value::text(PENDING_REVIEW))))
    }

    /// Whether this value of that field lets somebody in.
    fn lets_in(&self, id: FieldId, wanted: &Field) -> bool {
        let takes = self.steps.disabling.iter().any(|(field, off)| *field == id && wanted.value() == Some(off));
        let gone = self.mapping.target.is_gone(&[(id, wanted.clone())].into_iter().collect());
        wanted.value().is_some() && !takes && !gone && !is_waiting(Some(wanted))
    }

    /// Whether he waits and the source would let him in, or would only switch him off: he waits on. Who left leaves.
    fn waits_on(&self, record: &Record, before: &Record) -> Option<FieldId> {
        let id = self.review_field().filter(|id| is_waiting(before.get(*id)))?;
        let wanted = record.get(id)?;
        let gone = self.mapping.target.is_gone(&[(id, wanted.clone())].into_iter().collect());
        (!gone).then_some(id)
    }

    /// Takes out what only a person decides.
    pub(super) fn leave_waiting(&self, record: &mut Record, before: &Record) {
        if let Some(id) = self.waits_on(record, before) {
            record.take(id);
        }
    }

    /// The same, without a copy where nothing is taken out.
    pub(super) fn without_waiting<'r>(&self, record: Cow<'r, Record>, before: &Record) -> Cow<'r, Record> {
        match self.waits_on(&record, before) {
            None => record,
            Some(id) => {
                let mut record = record.into_owned();
                record.take(id);
                Cow::Owned(record)
            }
        }
    }

    /// Lets somebody wait who was recognised for the first time and does not work there now; whether he begins to.
    pub(super) fn begin_waiting(&self, record: &mut Record, before: &Record) -> bool {
        let Some(id) = self.review_field() else { return false };
        let off = before.get(id).is_some_and(|field| field.value().is_some() && !self.lets_in(id, field));
        let begins =
            off && !is_waiting(before.get(id)) && record.get(id).is_some_and(|wanted| self.lets_in(id, wanted));
        if begins {
            record.set(id, Field::Value(Value::text(PENDING_REVIEW)));
        }
        begins
    }
}

impl Task {
    /// Whether somebody who waited was let in since the last run.
    pub(super) fn was_let_in(&self, known: &Known, place: usize) -> bool {
        let Some(entry) = known.links(self.kind).map(|links| links.entry(place)).filter(|entry| entry.waits) else {
            return false;
        };
        let there = self.target.get(&entry.target);
        there.is_some_and(|there| self.is_in(&there.record))
    }

    /// Whether somebody works there, as far as is known.
    pub(super) fn is_in(&self, before: &Record) -> bool {
        let id = self.review_field();
        id.and_then(|id| Some((id, before.get(id)?))).is_some_and(|(id, field)| self.lets_in(id, field))
    }
}

fn is_waiting(field: Option<&Field>) -> bool {
    field.and_then(Field::value).and_then(Value::as_text) == Some(PENDING_REVIEW)
}
