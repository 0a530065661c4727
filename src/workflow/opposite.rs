//! Which fields are mapped in both directions between two connections, with both sides always writing? What is changed on one
//! side is then changed back from the other, and which change stays depends on who runs last.

use std::collections::BTreeSet;

use idflow_sdk::{FieldId, Kind, Schema};
use serde::{Deserialize, Serialize};

use super::compiled::{MappedField, Mapping, Work, Workflow};

/// A field that a workflow keeps as another system has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Flow {
    /// The connection that is read.
    pub from: String,
    /// The connection that is written.
    pub to: String,
    /// The kind of the objects.
    pub kind: Kind,
    /// The field that is read.
    pub source: String,
    /// The field that is written.
    pub target: String,
}

impl Flow {
    /// Whether the other one brings the same field back.
    #[must_use]
    pub fn is_opposite(&self, other: &Self) -> bool {
        (&self.from, &self.to, self.kind) == (&other.to, &other.from, other.kind)
            && (&self.source, &self.target) == (&other.target, &other.source)
    }
}

/// The fields that this workflow always writes, and what they are made of. What one system alone has (a derived path) and what
/// tells objects apart is no such field.
#[must_use]
pub fn flows(workflow: &Workflow) -> BTreeSet<Flow> {
    let mut flows = BTreeSet::new();
    for step in &workflow.steps {
        let Some((writing, mapping)) = step.writing().and_then(|writing| Some((writing, writing.mapping?))) else {
            continue;
        };
        let read = workflow.steps.get(writing.foreach.step).map(|step| &step.work);
        let (Some(mapping), Some(Work::Read(from))) = (workflow.mappings.get(mapping), read) else { continue };
        let name = |index: usize| workflow.connections.get(index).map(|alias| alias.reference.clone());
        let (Some(from), Some(to)) = (name(from.connection), name(writing.uses.connection)) else { continue };
        for (source, target) in pairs(mapping) {
            let kind = mapping.target.kind;
            let called = |schema: &Schema, id: FieldId| schema.spec(id).name.to_string();
            flows.insert(Flow {
                from: from.clone(),
                to: to.clone(),
                kind,
                source: called(&mapping.source, source),
                target: called(mapping.target, target),
            });
        }
    }
    flows
}

fn pairs(mapping: &Mapping) -> impl Iterator<Item = (FieldId, FieldId)> {
    let always = |field: &&MappedField| !field.create_only && !field.fill_only;
    mapping.fields.iter().filter(always).flat_map(|field| {
        let mut reads = Vec::new();
        field.value.reads(&mut reads);
        let target = field.target;
        reads.into_iter().map(move |source| (source, target))
    })
}

/// The fields of one workflow that another brings back, by their names in the system that the first one writes.
#[must_use]
pub fn both_ways(one: &BTreeSet<Flow>, other: &BTreeSet<Flow>) -> BTreeSet<String> {
    let back = |flow: &&Flow| other.iter().any(|other| flow.is_opposite(other));
    one.iter().filter(back).map(|flow| flow.target.clone()).collect()
}
