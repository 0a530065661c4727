//! One mapping over one list: what is pushed through, what is put aside, and the phases in which it is settled.
//!
//! The phases, which the engine drives: `push` for every object, `decide` when the list has ended (keys are settled; the
//! answer says which records are to be fetched), `finish` with those records (rows are made).

mod heritage;
mod keep;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use idflow_sdk::{FieldId, Kind, Problem, Record, Removal, SourceObject, Type};

use super::{Decisions, Ends, Halt, Known, TargetTable, called::called, decisions::Said, links::compare_keys};
use crate::{
    model::{
        cells::Cells,
        change::{Row, RowIndex},
        run::Counts,
    },
    workflow::{
        compiled::{Mapped, Mapping, MatchRule},
        scope::Scope,
    },
};

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

/// What is known of an object that was put aside.
#[derive(Debug)]
pub(super) enum State {
    /// Not looked at yet.
    Open,
    /// The wanted record is known.
    Wanted {
        /// Fields for creation and updates.
        record: Cells,
        /// Fields for creation only.
        create_only: Cells,
        /// Fingerprint of `record` as the mapping gave it.
        fingerprint: u64,
        /// Unique fields that the source leaves empty and the mapping leaves alone.
        alone: Box<[FieldId]>,
    },
    /// It stays as it is, with this reason.
    Refused(crate::model::change::Planned),
}

/// Who keeps a unique value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keeper {
    /// The object whose link stands at this place.
    Link(usize),
    /// The object of the target with this key.
    Target(Box<str>),
}

impl Keeper {
    pub(super) const fn of(place: usize) -> Self {
        Self::Link(place)
    }
}

/// How an object without a link was recognised.
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// It has a live link; the place of it.
    Linked(usize),
    /// It is this object of the target, by this rule.
    Matched {
        /// The target's key.
        key: Box<str>,
        /// The rule.
        rule: String,
        /// The link that is given up for it, by place.
        instead_of: Option<usize>,
    },
    /// It has to be made, with this key.
    New(Box<str>),
    /// Not decided.
    Nothing,
}

/// An object of the source, as small as it can be: hundreds of thousands may be put aside.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub key: Box<str>,
    pub cells: Cells,
    pub at: Option<Box<str>>,
    pub warnings: Vec<Problem>,
}

/// An object that was put aside.
#[derive(Debug)]
pub(super) struct Aside {
    pub object: Object,
    pub found: Found,
    pub state: State,
    /// The target key of its link, when the target no longer has such an object.
    pub lost: Option<Box<str>>,
    /// The target key of its link, when a person said that it is not the same object.
    pub apart: Option<Box<str>>,
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
    /// Linked objects that the target's list does not hold any more.
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
    /// Fields that are left as they are on objects that exist, because what they are made of was not read this time.
    pub frozen: Vec<FieldId>,
    /// The step to which objects are put down that are gone from the source and that no step removes.
    pub left_step: u16,
    /// Whether the list was read to its end, without a hole.
    pub complete: bool,
    /// Of a list of which only a part was read: the keys of objects that a look has shown to be gone.
    pub gone: HashSet<Box<str>>,
    /// Of what is not in the list, the objects that need not have left the source, see [`idflow_sdk::Reader::unsure`].
    pub unsure: HashMap<Box<str>, Problem>,
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
    pub(super) keepers: HashMap<u64, Keeper>,
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
    /// Objects of the target that were found for an object without a link.
    pub(super) replaced: HashSet<Box<str>>,
    /// What people who are gone from the source are called, by their key in the target.
    pub(super) left_names: HashMap<Box<str>, Box<str>>,
    /// Objects of the target that a text names by their key alone, because the target did not show more: their links may.
    pub(super) unnamed: Mutex<HashMap<Box<str>, Ends>>,
    /// Of objects that have one value in common the first ones, see [`Task::of_crowd`].
    pub(super) crowds: HashMap<(FieldId, u32), Vec<u32>>,
    /// How many objects without a link are in a list of those with a hidden field, see [`Task::unlinked`].
    pub(super) unlinked: HashMap<(bool, FieldId, u32), usize>,
    /// Nothing is linked yet between the two connections.
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
    /// What is gone of links that another workflow left is asked about here.
    pub(super) inherits: bool,
}

impl Task {
    /// A task. `links` must have been given to `known` before.
    #[must_use]
    pub fn new(mapping: Arc<Mapping>, steps: Steps, target: TargetTable, scope: Scope, now: i64) -> Self {
        let schema = mapping.target;
        let create_only = mapping
            .fields
            .iter()
            .filter(|field| field.create_only || schema.spec(field.target).access == idflow_sdk::Access::CreateOnly)
            .map(|field| field.target)
            .collect();
        let unique: Vec<FieldId> =
            mapping.fields.iter().map(|field| field.target).filter(|id| schema.spec(*id).unique.is_some()).collect();
        let among = unique.iter().filter_map(|id| match schema.spec(*id).unique? {
            idflow_sdk::Unique::AmongSiblings { parent } | idflow_sdk::Unique::AmongSiblingsAtEnd { parent } => {
                schema.field(parent)
            }
            idflow_sdk::Unique::EachCall | idflow_sdk::Unique::AtEnd => None,
        });
        let gone = schema.gone_when.and_then(|(name, _)| schema.field(name));
        let claims = unique.iter().copied().chain(among).chain(gone).collect();
        let (mut rule_reads, mut label_reads) = (Vec::new(), Vec::new());
        for rule in &mapping.rules {
            if let MatchRule::Equal { source, .. } = rule {
                source.reads(&mut rule_reads);
            }
        }
        let depends = |id: &FieldId| match schema.spec(*id).ty {
            Type::Members { .. } => true,
            Type::Refs { kind, .. } => kind == schema.kind,
            _ => false,
        };
        let of_others = mapping.fields.iter().map(|field| field.target).filter(depends).collect();
        let label = schema.field(schema.label);
        for field in mapping.fields.iter().filter(|field| Some(field.target) == label) {
            field.value.reads(&mut label_reads);
        }
        Self {
            kind: schema.kind,
            of_others,
            rule_reads,
            label_reads,
            before: HashMap::new(),
            next_key: target.highest_key,
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
            frozen: Vec::new(),
            left_step: 0,
            complete: false,
            gone: HashSet::new(),
            unsure: HashMap::new(),
            counts: Counts::default(),
            halt: Halt::default(),
            aside: Vec::new(),
            settled: Vec::new(),
            create_only,
            unique,
            claims,
            keepers: HashMap::new(),
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
            replaced: HashSet::new(),
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
            inherits: false,
        }
    }

    /// The source has this object, and the workflow leaves it alone.
    pub fn present(&mut self, known: &mut Known, key: &str) {
        self.total += 1;
        if let Some(place) = known.links(self.kind).and_then(|links| links.of_source(key)) {
            known.mark_seen(self.kind, place);
        }
        self.decisions.saw(key);
    }

    /// Takes one object of the source.
    pub fn push(&mut self, known: &mut Known, object: SourceObject) {
        self.total += 1;
        if self.halt.is_set() {
            return;
        }
        let place = known.links(self.kind).and_then(|links| links.of_source(&object.key));
        if let Some(place) = place {
            known.mark_seen(self.kind, place);
        }
        let live = place.filter(|place| known.links(self.kind).is_some_and(|links| !links.entry(*place).gone));
        let linked = live.and_then(|place| Some(known.links(self.kind)?.entry(place).target.clone()));
        match (&linked, self.decisions.of(&object.key)) {
            (Some(key), Some(Said::Link(wanted))) if compare_keys(key, wanted).is_eq() => {
                self.fulfilled.push(object.key.clone());
            }
            (Some(_), Some(Said::Link(_))) => {
                let who = called(&self.mapping.source, &object.record, &object.key);
                self.void.push((object.key.clone(), Problem::new("decision_linked_elsewhere").arg("who", who)));
            }
            _ => {}
        }
        self.decisions.saw(&object.key);
        // A counterpart that somebody deleted is looked for like any other, and made again if need be.
        // The target's own root is in no list of what is below it.
        let apart = linked.clone().filter(|target| self.decisions.are_two(&object.key, target));
        let lost = linked.filter(|key| apart.is_none() && !self.target.has(key) && !self.is_root(key));
        let live = live.filter(|_| lost.is_none() && apart.is_none());
        if apart.is_some() {
            known.mark_lost(self.kind, &object.key);
        }
        if lost.is_some() {
            self.missing += 1;
            known.mark_lost(self.kind, &object.key);
        }
        self.compared += u64::from(live.is_some());
        let found = live.map_or(Found::Nothing, Found::Linked);
        let SourceObject { key, record: source, at, refused, warnings } = object;
        let mut state = State::Open;
        let mut object = Object { key, cells: Cells::new(), at, warnings };
        if let Some(problem) = refused {
            state = State::Refused(crate::model::change::Planned::Invalid(*problem));
        } else if let (Some(place), false) = (live, self.is_tree()) {
            let mapped = self.mapping.evaluate(&source, &self.scope, &known.references());
            let _ = known.waiting(self.kind);
            known.missed(|| called(&self.mapping.source, &source, &object.key));
            if let Mapped::Record { mut record, warnings, alone, .. } = mapped {
                self.freeze(&mut record);
                let create_only = self.split(&mut record);
                let fingerprint = self.print(&record, &create_only);
                // What there is to tell about an object is told each time.
                let quiet = object.warnings.is_empty() && warnings.is_empty();
                if quiet
                    && !self.takes_over(known, place)
                    && self.is_unchanged(known, place, &record, fingerprint)
                    && self.renamed(known, place, &create_only).is_none()
                {
                    self.counts.add(self.kind, "unchanged", 1);
                    if self.mapping.target.is_gone(&record) {
                        self.total -= 1;
                    }
                    self.keep(&record, &create_only, Keeper::of(place));
                    let at = u32::try_from(place).unwrap_or(u32::MAX);
                    self.silent.extend(alone.into_iter().map(|id| (at, id)));
                    return;
                }
                object.warnings.extend(warnings);
                state = State::Wanted {
                    record: record.into(),
                    create_only: create_only.into(),
                    fingerprint,
                    alone: alone.into(),
                };
            }
        }
        if !matches!(state, State::Wanted { .. }) {
            object.cells = source.into();
        }
        self.aside.push(Box::new(Aside { object, found, state, lost, apart }));
    }

    /// Notes who of the target's objects will still refer to departments, so that none of these is removed. Whoever left
    /// the source does not count, nor do objects that nobody linked in a system that refuses such a removal by itself.
    pub(super) fn note_uses(&self, known: &mut Known, rows: &[Row]) {
        let schema = self.mapping.target;
        let fields: Vec<FieldId> = (0..schema.fields.len())
            .filter_map(|id| FieldId::try_from(id).ok())
            .filter(|id| {
                let ty = schema.spec(*id).ty;
                matches!(
                    ty,
                    Type::Ref(Kind::Department)
                        | Type::Refs { kind: Kind::Department, .. }
                        | Type::Members { kind: Kind::Department }
                )
            })
            .collect();
        if fields.is_empty() || !known.may_lose(Kind::Department) {
            return;
        }
        let changes: HashMap<&str, &Row> =
            rows.iter().filter(|row| row.writes()).map(|row| (&*row.target, row)).collect();
        for seen in self.target.objects() {
            let change = changes.get(&*seen.key);
            let after = |id: FieldId| change.and_then(|row| row.set.get(id)).or_else(|| seen.record.get(id).cloned());
            if self.target.is_gone(&seen) || change.is_some_and(|row| row.removes && schema.is_gone(&row.set.record()))
            {
                continue;
            }
            let (counts, unread) =
                match known.links(self.kind).and_then(|links| Some((links, links.of_target(&seen.key)?))) {
                    // Whoever is not in a part of the list is there as before, unless he is known to be gone; so is whoever is
                    // the business of another workflow.
                    Some((links, place)) if !links.was_seen(place) => {
                        let entry = links.entry(place);
                        let gone = self.is_gone(&entry.source);
                        (!gone || !self.is_mine(entry), !gone)
                    }
                    Some(_) => (true, false),
                    None => (schema.gone_when.is_some(), false),
                };
            if !counts {
                continue;
            }
            let mut keys: Vec<Box<str>> =
                fields.iter().filter_map(|id| after(*id)).flat_map(|field| super::keys::keys_of(&field)).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                known.uses(Kind::Department, key, unread, || called(schema, &seen.record, &seen.key));
            }
        }
    }

    /// Whether an object that is not in the list is known to be gone from the source.
    pub(super) fn is_gone(&self, source: &str) -> bool {
        self.complete || self.gone.contains(source)
    }

    /// Objects of the source that have a living link: what a person decided about them is carried out.
    pub fn fulfilled(&self) -> impl Iterator<Item = &str> {
        self.fulfilled.iter().map(|key| &**key)
    }

    /// The keys without a live link, for [`Known::list_ended`].
    pub(super) fn listed(&self) -> HashSet<Box<str>> {
        self.aside.iter().map(|aside| aside.object.key.clone()).collect()
    }
}
