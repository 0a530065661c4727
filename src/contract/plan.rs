//! The plan of a run: what it would change, and what stands in the way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    bindings::Bindings,
    item::{Action, Item, Planned},
    problem::{Issue, Text},
    run::{Counts, Kept, SafetyCheck, StepCost},
};

/// Changes of one sort, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanGroup {
    /// The step.
    pub step: String,
    /// The kind of object.
    pub kind: String,
    /// What is done.
    pub action: Action,
    /// Whether it is to be done, or why not.
    pub planned: Planned,
    /// Whether it takes access away.
    pub removes: bool,
    /// How many.
    pub count: u64,
}

/// HTTP exchanges that the reads took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reads {
    /// All.
    pub calls: u64,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// The run.
    pub run: String,
    /// The workflow.
    pub workflow: String,
    /// What people call the workflow.
    #[serde(default)]
    pub name: Text,
    /// Its version.
    pub version: u64,
    /// The hash that names the plan; an approval names it.
    pub hash: Option<String>,
    /// Objects by planned action.
    pub counts: Counts,
    /// Whether every read was complete.
    pub complete: bool,
    /// Removals that wait for a person.
    pub waiting_removals: u64,
    /// Limits, judged.
    pub safety: Vec<SafetyCheck>,
    /// What a person has to decide.
    pub held: Vec<Issue>,
    /// Things told once by the reads.
    pub notices: Vec<Issue>,
    /// What reading took.
    pub api: Reads,
    /// What carrying it out costs, step by step.
    pub costs: Vec<StepCost>,
    /// HTTP exchanges to carry it out.
    pub calls_needed: u64,
    /// Milliseconds to carry it out.
    pub ms_needed: u64,
    /// How much of the run is still kept.
    pub kept: Kept,
    /// When it was computed: what was changed later in a source or the target is not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// What people call the steps, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<String, Text>,
    /// Where it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<PlanSide>,
    /// Where it writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<PlanSide>,
    /// Who is who, by kind: how many are bound, would be bound, made, or wait for a person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<String, Bindings>,
    /// Fields that it overwrites and that another live workflow fills, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<Contested>,
    /// The changes by sort, in the order in which people should look at them: removals first among what is done.
    #[serde(default)]
    pub groups: Vec<PlanGroup>,
    /// The first changes of each group.
    #[serde(default)]
    pub changes: Vec<Item>,
}

/// A system that a plan reads or writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanSide {
    /// The name of the connection.
    pub connection: String,
    /// The connector.
    pub connector: String,
    /// What people call such systems.
    pub system: Text,
    /// What people call the connection; absent where it has no name but its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The settings that say which account of which company it is, and in which folder files lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<PlanSetting>,
    /// The files that are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Who had written to it last when the plan was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<WrittenLast>,
}

/// A setting of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanSetting {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Text,
    /// Its value.
    pub value: String,
}

/// The run that wrote to a system last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WrittenLast {
    /// The run.
    pub run: String,
    /// Its number among the runs of the workflow, from 1.
    pub no: u64,
    /// The workflow.
    pub workflow: String,
    /// Who started it.
    pub by: String,
    /// When it ended; while it goes on, when it was accepted.
    pub at: String,
    /// Its inputs by name.
    #[schema(value_type = Object)]
    pub inputs: serde_json::Value,
}

/// A field that two live workflows fill: each takes back what the other wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contested {
    /// The kind of object.
    pub kind: String,
    /// The field.
    pub field: String,
    /// The other workflow.
    pub workflow: String,
    /// What people call it.
    pub name: Text,
    /// In how many objects of this plan; of a large plan only the first 500 objects are looked at.
    pub count: u64,
}

/// How much of a plan to show.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanLook {
    /// How many changes of each group at most; 50 where nothing is said, none with 0, never more than 500. All of them are at
    /// `/runs/{id}/plan/rows`.
    #[param(minimum = 0, maximum = 500)]
    pub limit: Option<usize>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}

/// Which rows of a plan.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RowFilter {
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Begin at this row of the plan.
    pub from: Option<u32>,
    /// Show private values as they are; needs `pii:read`.
    #[serde(default)]
    #[param(required = false)]
    pub reveal: bool,
}
