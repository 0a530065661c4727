//! What of an object is kept, frozen, printed and told apart.

use idflow_sdk::{FieldId, Record};

use super::{
    super::{Known, links::compare_keys},
    Keeper, Task,
};

impl Task {
    /// Whether departments (or whatever has a parent) are compared: then parents are settled before children.
    pub(in crate::reconcile) fn is_tree(&self) -> bool {
        self.mapping.target.parent.is_some()
    }

    /// Takes the fields out of the record that stay as they are.
    pub(in crate::reconcile) fn freeze(&self, record: &mut Record) {
        for id in &self.frozen {
            record.take(*id);
        }
    }

    /// Takes the fields that are written on creation only out of the record.
    pub(in crate::reconcile) fn split(&self, record: &mut Record) -> Record {
        self.create_only.iter().filter_map(|id| record.take(*id).map(|field| (*id, field))).collect()
    }

    /// The fingerprint of what is wanted. What the target never changes after creation belongs to it as well, so that somebody
    /// learns of another wish; the account has a check of its own.
    pub(in crate::reconcile) fn print(&self, record: &Record, create_only: &Record) -> u64 {
        let mut kept = create_only.iter().filter(|(id, _)| self.keeps(*id)).peekable();
        if kept.peek().is_none() {
            return self.mapping.target.fingerprint(record);
        }
        let mut whole = record.clone();
        kept.for_each(|(id, field)| whole.set(id, field.clone()));
        self.mapping.target.fingerprint(&whole)
    }

    /// Whether the target keeps this field as it was made, whatever is wanted later.
    pub(in crate::reconcile) fn keeps(&self, id: FieldId) -> bool {
        self.mapping.target.spec(id).access == idflow_sdk::Access::CreateOnly && Some(id) != self.natural_key()
    }

    /// The quick test: wanted as last time, there, and nothing that was read says otherwise.
    pub(in crate::reconcile) fn is_unchanged(
        &self,
        known: &Known,
        index: usize,
        record: &Record,
        fingerprint: u64,
    ) -> bool {
        let Some(entry) = known.links(self.kind).map(|links| links.entry(index)) else { return false };
        if entry.fingerprint != fingerprint {
            return false;
        }
        if self.target.has_all(&entry.target, record) {
            return true;
        }
        match self.target.get(&entry.target) {
            Some(seen) => {
                let record = self.with_members(known, record, &seen.record);
                let record = self.without_filled(record, &seen.record);
                let record = self.without_waiting(record, &seen.record);
                self.mapping.target.differing(&record, &seen.record).is_empty()
            }
            None => false,
        }
    }

    /// The account that the source has now, when the target's is another one and cannot be changed.
    pub(in crate::reconcile) fn renamed(&self, known: &Known, index: usize, create_only: &Record) -> Option<Box<str>> {
        let id = self.natural_key()?;
        let wanted = create_only.value(id)?.to_key()?;
        let entry = known.links(self.kind)?.entry(index);
        let known = [Some(&*entry.target), entry.otherwise()];
        (!known.into_iter().flatten().any(|key| compare_keys(&wanted, key).is_eq())).then_some(wanted)
    }

    /// Remembers who holds unique values.
    pub(in crate::reconcile) fn keep(&mut self, record: &Record, create_only: &Record, keeper: Keeper) {
        if self.mapping.target.is_gone(record) {
            return;
        }
        for index in 0..self.unique.len() {
            let id = self.unique[index];
            // Who holds a key is known from the links.
            if Some(id) == self.natural_key() {
                continue;
            }
            if let Some(hash) = self.unique_hash(id, record, create_only) {
                self.keepers.insert(hash, keeper.clone());
            }
        }
    }

    /// The field that is the key of the target's objects, where the mapping chooses keys.
    pub(in crate::reconcile) fn natural_key(&self) -> Option<FieldId> {
        match self.mapping.target.key {
            idflow_sdk::KeyRule::Natural(name) => self.mapping.target.field(name),
            _ => None,
        }
    }

    /// The hash of a unique value (with its parent, where uniqueness is among siblings).
    pub(in crate::reconcile) fn unique_hash(&self, id: FieldId, record: &Record, more: &Record) -> Option<u64> {
        let schema = self.mapping.target;
        let get = |id: FieldId| record.get(id).or_else(|| more.get(id));
        let value = schema.unique_key(id, get(id)?)?;
        let within = match schema.spec(id).unique {
            Some(idflow_sdk::Unique::AmongSiblings { parent } | idflow_sdk::Unique::AmongSiblingsAtEnd { parent }) => {
                schema.field(parent).and_then(&get).and_then(|field| field.value()).and_then(idflow_sdk::Value::to_key)
            }
            _ => None,
        };
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        Some(BuildHasherDefault::<DefaultHasher>::default().hash_one((id, value, within)))
    }
}
