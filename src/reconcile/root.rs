//! Is a root of the source the target's own root? In many companies it is: the list of departments begins with the company
//! itself, and so does the target's tree. Then its children hang below the target's root and its people are members of it;
//! without that a second tree would stand beside the first one, name for name.
//!
//! What was decided is a link like any other, so a later change of either name changes nothing. The root itself is never
//! made, renamed, moved or removed.

use idflow_sdk::{Problem, RootIs, Value};

use super::{
    Known, Task,
    called::called,
    matching::Match,
    task::{AsideState, Found},
};
use crate::{model::change::Planned, workflow::compiled::Mapped};

/// The word that stands in the plan and at the link as the rule.
pub(super) const RULE: &str = "source_root";

impl Task {
    /// The key of the target's own root.
    pub(super) fn root_key(&self) -> Option<Box<str>> {
        self.target.root.as_ref().and_then(Value::to_key)
    }

    /// Whether this is the key of the target's own root.
    pub(super) fn is_root(&self, key: &str) -> bool {
        self.is_tree() && self.root_key().is_some_and(|root| *root == *key)
    }

    /// Whether the object at this place is the target's own root.
    pub(super) fn stands_for_root(&self, known: &Known, place: usize) -> bool {
        match &self.aside[place].found {
            Found::Matched { key, .. } => self.is_root(key),
            Found::Linked(link) => known.links(self.kind).is_some_and(|links| self.is_root(&links.entry(*link).target)),
            Found::New(_) | Found::Nothing => false,
        }
    }

    /// Finds out whether the source's root is an object of the target, or stands for the whole of it: the target keeps at its
    /// top what the source keeps below its root. It does when departments of the source's root are linked to departments at
    /// the top, or, where nothing is linked yet, when such departments bear their names and none bears the root's.
    pub(super) fn find_source_root(&mut self, known: &mut Known) {
        let Some(root) = self.source_root.clone().filter(|_| self.root_key().is_none()) else { return };
        let Some(place) = self.aside.iter().position(|aside| aside.object.key == root) else { return };
        let schema = self.mapping.target;
        let (Some(name), Some(up), Some(above)) = (
            schema.field(schema.label),
            schema.parent.and_then(|parent| schema.field(parent)),
            self.mapping.source.parent.and_then(|parent| self.mapping.source.field(parent)),
        ) else {
            return;
        };
        if !matches!(self.aside[place].found, Found::Nothing) || !matches!(self.aside[place].state, AsideState::Open) {
            return;
        }
        let links = known.links(self.kind);
        let at_top = |seen: &idflow_sdk::Seen| seen.record.value(up).is_none() && !schema.is_gone(&seen.record);
        let tops: Vec<idflow_sdk::Field> =
            self.target.objects().filter(at_top).filter_map(|seen| seen.record.get(name).cloned()).collect();
        let mut linked = false;
        let mut named = false;
        for aside in &self.aside {
            if aside.object.cells.value(above).and_then(|parent| parent.to_key()).as_deref() != Some(&*root) {
                continue;
            }
            match &aside.found {
                Found::Linked(link) => {
                    let target = links.map(|links| links.entry(*link).target.clone());
                    linked |= target.and_then(|key| self.target.get(&key)).is_some_and(|seen| at_top(&seen));
                }
                _ => {
                    let own = self.mapping.field_alone(name, &aside.object.cells.record(), &self.scope);
                    named |= own.is_some_and(|own| tops.iter().any(|top| schema.same(name, top, &own)));
                }
            }
        }
        let own = self.mapping.field_alone(name, &self.aside[place].object.cells.record(), &self.scope);
        let alone = own.is_none_or(|own| !tops.iter().any(|top| schema.same(name, top, &own)));
        if !(linked || (named && alone)) {
            return;
        }
        known.put_on_top(self.kind, &root);
        self.aside[place].state = AsideState::Refused(Planned::Skipped(Problem::new("source_top").into()));
    }

    /// Links the root of the source that is the target's own root, if there is exactly one. Gives the place of the only root of
    /// which that cannot be told, because the target does not show what its root is called.
    pub(super) fn find_root(&mut self, known: &mut Known) -> Option<usize> {
        let key = self.root_key().filter(|_| self.target.root_is != RootIs::Below)?;
        if known.links(self.kind).is_some_and(|links| links.of_target(&key).is_some()) {
            return None;
        }
        let schema = self.mapping.target;
        let (Some(name), Some(above)) = (
            schema.field(schema.label),
            self.mapping.source.parent.and_then(|parent| self.mapping.source.field(parent)),
        ) else {
            return None;
        };
        let by_name = self.target.root_is == RootIs::ItselfByName;
        let root_name = self.target.root_name.clone().map(|name| idflow_sdk::Field::from_text(&name));
        let mut found = None;
        for (place, aside) in self.aside.iter().enumerate() {
            let top = aside.object.cells.value(above).is_none();
            if !top || !matches!(aside.state, AsideState::Open) {
                continue;
            }
            if by_name && root_name.is_some() {
                let mapped = self.mapping.evaluate(&aside.object.cells.record(), &self.scope, &known.references());
                let _ = known.waiting(self.kind);
                let Mapped::Record { record, .. } = mapped else { continue };
                let same = match (record.get(name), &root_name) {
                    (Some(wanted), Some(root)) => schema.same(name, wanted, root),
                    _ => false,
                };
                if !same {
                    continue;
                }
            }
            if found.replace(place).is_some() {
                // Several of them: none is the only one.
                return None;
            }
        }
        let place = found.filter(|place| matches!(self.aside[*place].found, Found::Nothing))?;
        if by_name && root_name.is_none() {
            // Where departments are linked already, it was told before.
            return Some(place).filter(|_| known.links(self.kind).is_none_or(|links| links.entries().is_empty()));
        }
        let source = self.aside[place].object.key.clone();
        known.decide(schema, self.kind, &source, &key);
        let shown = self.target.root_name.as_deref().unwrap_or_default();
        self.notices.push(Problem::new("source_root").arg("name", shown).arg("key", &*key));
        self.aside[place].found = Found::Matched { key, rule: RULE.into(), instead_of: None };
        None
    }

    /// The root of which it cannot be told whether it is the target's own: a person says so before a second one is made
    /// below it.
    pub(super) fn doubt_root(&self, place: usize, found: Match) -> Match {
        if !matches!(found, Match::None) || self.steps.create.is_none() {
            return found;
        }
        let object = &self.aside[place].object;
        let name = called(&self.mapping.source, &object.cells.record(), &object.key);
        Match::Refused(Planned::Ambiguous(Problem::new("root_hidden").arg("name", name).into()))
    }
}
