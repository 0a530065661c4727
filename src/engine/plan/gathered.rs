//! What is gathered while sources are read: rows and counts, what is known of links, what was told, and the tasks of a list.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use idflow_sdk::{Connection, Kind, Problem};

use super::owners::Others;
use crate::{
    engine::loop_items::Items,
    model::{
        change::Row,
        run::{Counts, SafetyCheck},
    },
    reconcile::{Ends, Known, Task},
    store::{decisions::Decision, freed_keys::FreedKey},
    workflow::{compiled::StepIndex, scope::Scope},
};

/// The tasks of one list, and what was shared between lists.
#[derive(Default)]
pub(super) struct Gathered {
    pub known: HashMap<(String, String), Known>,
    /// Tasks that are settled with those over other lists, with whether their list was read as a whole.
    pub together: Vec<(Job, bool)>,
    /// The numbers that were picked for new objects of a target, whichever source they come from.
    pub picked: HashMap<(String, Kind), HashSet<Box<str>>>,
    pub linked: BTreeMap<Kind, u64>,
    pub missing: BTreeMap<Kind, u64>,
    /// Linked objects that are not in the source, or leave by what it says, by kind.
    pub lost: BTreeMap<Kind, u64>,
    pub rows: Vec<Row>,
    pub counts: Counts,
    pub source: BTreeMap<Kind, u64>,
    pub notices: Vec<Problem>,
    /// What was judged while a list was settled.
    pub checks: Vec<SafetyCheck>,
    pub complete: bool,
    /// A source was written to while it was read.
    pub moved: bool,
    /// Kinds of which only what changed was read, or whose list is said to be a part.
    pub parts: BTreeSet<Kind>,
    /// The latter.
    pub partial: BTreeSet<Kind>,
    /// The read steps whose file ends with the end of a line.
    pub line_ends: BTreeSet<String>,
    /// The objects of last lines that have no end.
    pub unended: BTreeSet<(StepIndex, Box<str>)>,
    /// What people decided, as far as it stands.
    pub decided: Vec<Decision>,
    /// Decisions that were carried out before or that nobody can carry out any more.
    pub over: Vec<Decision>,
    /// Decisions of this workflow about objects that the source does not have any more.
    pub unseen: Vec<Decision>,
    /// Decisions about objects that have another key now: as they are, and as they are to be.
    pub follow: Vec<(Decision, Decision)>,
    /// Keys that were given up and of which the plan knows who has them, by connection.
    pub freed: Vec<(String, FreedKey)>,
    /// Whoever was gone, as a removal says, and stands in a list again: both keys of each.
    pub back: HashSet<Ends>,
    /// Digests of the decisions that this plan follows.
    pub heeded: Vec<[u8; 32]>,
    /// Objects that seem to have another key, by kind.
    pub changed_keys: BTreeMap<Kind, u64>,
    pub scope: String,
    /// What templates and conditions can read, with the results of the reads so far.
    pub live: Scope,
    pub derived: BTreeSet<Kind>,
    pub judged: BTreeSet<StepIndex>,
    pub compared: BTreeMap<Kind, u64>,
    pub shifted: BTreeMap<Kind, u64>,
    pub cleared: BTreeMap<(Kind, String), u64>,
    pub filled: BTreeMap<String, BTreeSet<String>>,
    pub ranges: BTreeMap<String, BTreeMap<String, String>>,
    pub shrunk: Vec<Problem>,
    /// Who left and keeps access, and what is left behind beside people, by the way to change it.
    pub left: Vec<(Problem, u64)>,
    /// What becomes of links of other workflows.
    pub others: Others,
}

/// Keys of both ends that were given up, as they stood before anything was read.
#[derive(Default)]
pub(super) struct Freed(pub [Vec<FreedKey>; 2]);

/// One task with the connections it runs between.
pub(super) struct Job {
    pub task: Task,
    pub pair: (String, String),
    pub target: Arc<dyn Connection>,
    pub first_step: StepIndex,
    pub items: Items,
    /// Whether the mapping asks for departments by their paths.
    pub asks_paths: bool,
    /// Whether every object could be told from the others.
    pub readable: bool,
    /// Whether a row that cannot be used may name what no other row does: nothing of it is gone then.
    pub unsure: bool,
    /// The fields of the source that had a value, by their place.
    pub filled: Vec<bool>,
    /// Steps whose `if` reads the list that is being read: decided when it has ended.
    pub undecided: Vec<StepIndex>,
    /// Keys that were given up before anything was read.
    pub freed: Freed,
}
