//! One mapping over one list: what is pushed through, what is put aside, and the phases in which it is settled.
//!
//! The phases, which the engine drives: `push` for every object, `decide` when the list has ended (keys are settled; the
//! answer says which records are to be fetched), `finish` with those records (rows are made).

mod aside;
mod chosen;
mod found_again;
mod heritage;
mod keep;
mod keepers;
mod push;
mod together;
mod uses;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use idflow_sdk::{FieldId, Kind, Problem, Record, Removal};

use super::{Decisions, Ends, Halt, TargetTable};
use crate::{
    model::{cells::Cells, change::RowIndex, run::Counts},
    workflow::{compiled::Mapping, scope::Scope},
};
use chosen::Fields;
use keepers::Keepers;

pub(super) use aside::{Aside, AsideState, Former, Found, Keeper, Object, OldLink};

/// The rules of the target system, see [`idflow_sdk::Connection::conform`].
pub type Conform<'a> = &'a (dyn Fn(Kind, &mut Record, bool, &mut Vec<Problem>) -> Result<(), Problem> + Sync);

/// The steps that carry out what a task finds, by their place in the workflow.
#[derive(Debug, Clone, Default)]
pub struct Steps {
    /// Makes objects.
    pub create: Option<u16>,
    /// Changes objects.
    pub update: Option<u16>,
    /// Removes objects.
    pub removals: Vec<RemovalStep>,
    /// When each step runs: position in the order of the graph, by place in the workflow.
    pub position: Vec<u16>,
    /// A field and value of the target that take access away when a mapping writes them.
    pub disabling: Vec<(FieldId, idflow_sdk::Value)>,
}

/// A step that removes.
#[derive(Debug, Clone)]
pub struct RemovalStep {
    /// The step.
    pub step: u16,
    /// How.
    pub removal: Removal,
    /// How long access must have been taken away before.
    pub after: Option<Duration>,
}

/// What has to be fetched before [`Task::finish`].
#[derive(Debug, Default)]
pub struct Needs {
    /// Links whose written records are needed: (source key, target key).
    pub written: Vec<(Box<str>, Box<str>)>,
    /// Objects of the target to be read in full, because they are linked for the first time.
    pub details: Vec<Box<str>>,
}

/// One mapping over one list.
pub struct Task {
    /// The mapping.
    pub mapping: Arc<Mapping>,
    /// The kind of the target objects.
    pub kind: Kind,
    /// Who carries out what.
    pub steps: Steps,
    /// What was read of the target.
    pub target: TargetTable,
    /// What templates can read.
    pub scope: Scope,
    /// The time, in milliseconds since 1970.
    pub now: i64,
    /// Objects of the source, refused ones included.
    pub total: u64,
    /// Linked objects that the target's list does not hold any more, and that would be made again or forgotten for that.
    pub missing: u64,
    /// Objects of the source that have a live link.
    pub compared: u64,
    /// Of them, those that would become somebody else: several aspects of their identity change at once.
    pub shifted: u64,
    /// Objects of the source with a live link whose name changes.
    pub(super) renamed: u64,
    /// Values of the source that could not be used, by field.
    pub refused: BTreeMap<FieldId, u64>,
    /// Objects whose managers are given by name.
    pub by_name: u64,
    /// Of them, those that would lose a field, by field.
    pub cleared: BTreeMap<FieldId, u64>,
    /// Of linked objects that were put aside, the fields that are a default for want of a value in the source.
    pub(super) defaulted: HashMap<Box<str>, Box<[FieldId]>>,
    /// Fields that are left as they are on objects that exist, because what they are made of was not read this time.
    pub frozen: Vec<FieldId>,
    /// Of several tasks over lists of one kind another one sees to what is gone.
    leaves_gone: bool,
    /// Where the rows of the first of them begin.
    first_of_all: Option<RowIndex>,
    /// The step to which objects are put down that are gone from the source and that no step removes.
    pub left_step: u16,
    /// Whether the list was read to its end, without a hole.
    pub complete: bool,
    /// Whether it is a part by what it is, and not for want of a good read.
    pub part: bool,
    /// Of a list of which only a part was read: the keys of objects that a look has shown to be gone.
    pub gone: HashSet<Box<str>>,
    /// Of what is not in the list, the objects that need not have left the source, see [`idflow_sdk::Reader::unsure`].
    pub unsure: HashMap<Box<str>, Problem>,
    /// Objects that the target's list lacks and that are not known to be gone from it, see [`Task::forgotten`].
    pub lacked: HashMap<Box<str>, Problem>,
    /// Objects of the target that are gone from this list and stand in another one that fills the same target, by their key
    /// there, with what is said of them, see [`Task::gone_and_there`].
    pub elsewhere: HashMap<Box<str>, Problem>,
    /// Objects of the target that are gone from this list and that another workflow reads to take their access away: they may
    /// lose it here as well, and are not deleted.
    pub spared: HashMap<Box<str>, Problem>,
    /// Objects of the target that other workflows had linked and that nobody reads any more, by their key there, see
    /// [`super::occupants::leavers_of_others`].
    pub left: HashSet<Box<str>>,
    /// Objects by planned action.
    pub counts: Counts,
    /// Whether the plan is still wanted.
    pub halt: Halt,
    #[expect(
        clippy::vec_box,
        reason = "a list of 300,000 that grows would copy what it holds, and hold it twice meanwhile"
    )]
    pub(super) aside: Vec<Box<Aside>>,
    /// The places of `aside` in the order in which they were settled: parents before children.
    pub(super) settled: Vec<usize>,
    pub(super) create_only: Vec<FieldId>,
    pub(super) unique: Vec<FieldId>,
    /// The fields that tell which unique values a record claims: those, the parents among whose children they are unique, and
    /// the one that says that an object is no longer there.
    pub(super) claims: Vec<FieldId>,
    /// The fields that depend on who else is there: members, and references to objects of the same kind.
    pub(super) of_others: Vec<FieldId>,
    /// The fields of the source that the match rules read.
    pub(super) rule_reads: Vec<FieldId>,
    /// The fields of the source that the target's label is made of.
    pub(super) label_reads: Vec<FieldId>,
    /// Who holds a unique value and keeps it, by hash of field and value.
    pub(super) keepers: Keepers,
    /// Unchanged objects that may hold a unique value which the source does not have any more: places of links.
    pub(super) silent: Vec<(u32, FieldId)>,
    /// The unique values that somebody is to get who does not have them.
    pub(super) sought: HashSet<u64>,
    /// Of those, what silent objects hold: whose it is, and all that is known of it.
    pub(super) released: HashMap<u64, (usize, FieldId, Record)>,
    /// Unique fields that changed objects leave alone, by source key.
    pub(super) alone: HashMap<Box<str>, Box<[FieldId]>>,
    /// Accounts that the source changed and the target cannot.
    pub kept_keys: u64,
    pub(super) levels: HashMap<Box<str>, usize>,
    pub(super) next_key: i64,
    /// The numbers that this plan has picked for new objects of the target, whichever list they come from.
    pub picked: HashSet<Box<str>>,
    /// All that is known of the target objects that change, by source key: written, overlaid by what was read.
    pub(super) before: HashMap<Box<str>, Record>,
    /// The first row of this task.
    pub(super) first_row: RowIndex,
    /// What people decided about objects of this kind.
    pub decisions: Decisions,
    /// The connection whose objects are decided about, seen from the directory.
    pub remote: String,
    /// Whether that is the connection that is written.
    pub decide_by_target: bool,
    /// The objects of the source that a decision was followed for.
    pub heeded: HashSet<Box<str>>,
    /// The objects with a living link that somebody had decided to link.
    pub(super) fulfilled: Vec<Box<str>>,
    /// Decisions that could not be followed any more, by source key, with the reason.
    pub void: Vec<(Box<str>, Problem)>,
    /// Links of objects that seem to be in the source under another key, by place, with what is said of both.
    pub(super) suspects: HashMap<usize, Problem>,
    /// Links that are given up because their objects have another key now, by place.
    pub(super) given: HashSet<usize>,
    /// Links of people whose rows say that they leave, by place.
    pub(super) leaving: HashSet<usize>,
    /// Objects that seem to have another key since the last run.
    pub changed_keys: u64,
    /// What objects that were put aside may say, see [`idflow_sdk::SourceObject::traces`], by their place.
    pub(super) traces: HashMap<usize, Box<[Cells]>>,
    /// Objects of the target that were found for an object without a link.
    pub(super) replaced: HashSet<Box<str>>,
    /// The keys of the source that are another person's by now, as somebody said: whoever had them has left.
    pub(super) former: HashSet<Box<str>>,
    /// The keys of the source that are another person's by now, where whoever had them does not leave by this plan.
    pub(super) given_up: HashMap<Box<str>, Former>,
    /// Rows of tasks that were settled before and are left to a later run, by the word that they were counted by.
    pub left_to_later: Vec<&'static str>,
    /// What people who are gone from the source are called, by their key in the target.
    pub(super) left_names: HashMap<Box<str>, Box<str>>,
    /// Objects of the target that a text names by their key alone, because the target did not show more: their links may.
    pub(super) unnamed: Mutex<HashMap<Box<str>, Ends>>,
    /// Of objects that have one value in common the first ones, see [`Task::of_crowd`].
    pub(super) crowds: HashMap<(FieldId, u32), Vec<u32>>,
    /// How many objects without a link are in a list of those with a hidden field, see [`Task::unlinked`].
    pub(super) unlinked: HashMap<(bool, FieldId, u32), usize>,
    /// Nothing is linked yet between the two connections, or nearly nothing of what is read now.
    pub first: bool,
    /// Others make objects in the target, too.
    pub in_use: bool,
    /// Things to tell once.
    pub notices: Vec<Problem>,
    /// Who looks like whom, by source key.
    pub(super) likeness: HashMap<Box<str>, super::likeness::Likeness>,
    /// Who has the name of somebody, and nothing else in common, by source key.
    pub(super) by_name_alone: HashMap<Box<str>, Vec<Box<str>>>,
    /// Objects of the target that a rule gives to somebody, in lower case.
    pub(super) claimed: HashSet<String>,
    /// Objects of the target that were read in full already.
    pub(super) read_in_full: HashSet<Box<str>>,
    /// The object of the source that stands for the whole system, see [`idflow_sdk::Reader::root`].
    pub source_root: Option<Box<str>>,
    /// The keys that objects of the source had before, by their new ones, as the source's system told.
    pub former_keys: HashMap<Box<str>, Box<str>>,
    /// The keys of either end that their system said were given up, since nobody has looked.
    pub freed: [HashSet<Box<str>>; 2],
    /// Of them those whose holders were recognised, by names that are known or because somebody said who they are.
    pub recognised: [HashSet<Box<str>>; 2],
    /// Objects whose removal waits, because they were gone from the source: both keys.
    pub leavers: HashSet<Ends>,
    /// What is gone of links that another workflow left is asked about here.
    pub(super) inherits: bool,
    /// The objects are departments that paths name: those that are there are used as they are.
    pub by_path: bool,
}

impl Task {
    /// A task. `links` must have been given to `known` before.
    #[must_use]
    pub fn new(mapping: Arc<Mapping>, steps: Steps, target: TargetTable, scope: Scope, now: i64) -> Self {
        let Fields { create_only, unique, claims, of_others, rule_reads, label_reads } = Fields::of(&mapping);
        Self {
            kind: mapping.target.kind,
            of_others,
            rule_reads,
            label_reads,
            before: HashMap::new(),
            next_key: target.highest_key,
            picked: HashSet::new(),
            mapping,
            steps,
            target,
            scope,
            now,
            total: 0,
            missing: 0,
            compared: 0,
            shifted: 0,
            renamed: 0,
            refused: BTreeMap::new(),
            by_name: 0,
            cleared: BTreeMap::new(),
            defaulted: HashMap::new(),
            frozen: Vec::new(),
            leaves_gone: false,
            first_of_all: None,
            left_step: 0,
            complete: false,
            part: false,
            gone: HashSet::new(),
            unsure: HashMap::new(),
            lacked: HashMap::new(),
            elsewhere: HashMap::new(),
            spared: HashMap::new(),
            left: HashSet::new(),
            counts: Counts::default(),
            halt: Halt::default(),
            aside: Vec::new(),
            settled: Vec::new(),
            create_only,
            unique,
            claims,
            keepers: Keepers::default(),
            silent: Vec::new(),
            sought: HashSet::new(),
            released: HashMap::new(),
            alone: HashMap::new(),
            kept_keys: 0,
            levels: HashMap::new(),
            first_row: 0,
            decisions: Decisions::default(),
            remote: String::new(),
            decide_by_target: false,
            heeded: HashSet::new(),
            fulfilled: Vec::new(),
            void: Vec::new(),
            suspects: HashMap::new(),
            given: HashSet::new(),
            leaving: HashSet::new(),
            changed_keys: 0,
            traces: HashMap::new(),
            replaced: HashSet::new(),
            former: HashSet::new(),
            given_up: HashMap::new(),
            left_to_later: Vec::new(),
            left_names: HashMap::new(),
            unnamed: Mutex::default(),
            crowds: HashMap::new(),
            unlinked: HashMap::new(),
            first: false,
            in_use: false,
            notices: Vec::new(),
            likeness: HashMap::new(),
            by_name_alone: HashMap::new(),
            claimed: HashSet::new(),
            read_in_full: HashSet::new(),
            source_root: None,
            former_keys: HashMap::new(),
            freed: Default::default(),
            recognised: Default::default(),
            leavers: HashSet::new(),
            inherits: false,
            by_path: false,
        }
    }

    /// Whether an object that is not in the list is known to be gone from the source.
    pub(super) fn is_gone(&self, source: &str) -> bool {
        self.complete || self.gone.contains(source)
    }

    /// Whether an object of the target that is gone from this list is there for another list or workflow.
    #[must_use]
    pub fn stays_for_others(&self, target: &str) -> bool {
        self.elsewhere.contains_key(target) || self.spared.contains_key(target)
    }

    /// Objects of the source that have a living link: what a person decided about them is carried out.
    pub fn fulfilled(&self) -> impl Iterator<Item = &str> {
        self.fulfilled.iter().map(|key| &**key)
    }

    /// The keys without a live link, for [`super::Known::list_ended`].
    pub(super) fn listed(&self) -> impl Iterator<Item = &str> {
        self.aside.iter().map(|aside| &*aside.object.key)
    }
}
