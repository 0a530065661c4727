//! What a run shows: its state, counts, and who started it. Counts are computed from items, states from counts.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Kind, Problem, Text};
use serde::{Deserialize, Serialize};

use super::{
    id::RunId,
    trigger::{Trigger, TriggerKind},
};

/// The state of a run or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waiting for its turn.
    Queued,
    /// Reading and comparing.
    Planning,
    /// Waiting for a person.
    Held,
    /// Writing.
    Applying,
    /// A person has stopped it for now; it goes on where it was.
    Paused,
    /// Everything is as wanted, something was written.
    Succeeded,
    /// Everything was as wanted before.
    SucceededNoChange,
    /// Every step was reached and some item is not as wanted.
    Partial,
    /// The plan or a step could not be carried out.
    Failed,
    /// A person or a rule ended it.
    Cancelled,
}

impl Status {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::SucceededNoChange | Self::Partial | Self::Failed | Self::Cancelled)
    }

    /// The word used in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Planning => "planning",
            Self::Held => "held",
            Self::Applying => "applying",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::SucceededNoChange => "succeeded_no_change",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state as people say it.
    #[must_use]
    pub const fn words(self) -> Text {
        match self {
            Self::Queued => Text::new("排队中", "waiting for its turn"),
            Self::Planning => Text::new("预演中", "planning"),
            Self::Held => Text::new("待审批", "held for an approval"),
            Self::Applying => Text::new("执行中", "at work"),
            Self::Paused => Text::new("已暂停", "paused"),
            Self::Succeeded => Text::new("成功", "succeeded"),
            Self::SucceededNoChange => Text::new("成功，没有变化", "succeeded, nothing to change"),
            Self::Partial => Text::new("部分完成", "done in part"),
            Self::Failed => Text::new("失败", "failed"),
            Self::Cancelled => Text::new("已取消", "cancelled"),
        }
    }
}

/// Objects by kind and word (`created`, `failed`; in plans `create`, `update`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts(pub BTreeMap<Kind, BTreeMap<String, u64>>);

impl Counts {
    /// Adds to a count.
    pub fn add(&mut self, kind: Kind, word: &str, number: u64) {
        let words = self.0.entry(kind).or_default();
        match words.get_mut(word) {
            Some(count) => *count += number,
            None => {
                words.insert(word.to_string(), number);
            }
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and others together.
    #[must_use]
    pub fn plus(&self, others: &Self) -> Self {
        let mut sum = self.clone();
        for (kind, words) in &others.0 {
            words.iter().for_each(|(word, number)| sum.add(*kind, word, *number));
        }
        sum
    }

    /// One object less.
    pub fn less(&mut self, kind: Kind, word: &str) {
        if let Some(number) = self.0.get_mut(&kind).and_then(|words| words.get_mut(word)) {
            *number = number.saturating_sub(1);
        }
    }

    /// One object counts as something else after all.
    pub fn moved(&mut self, kind: Kind, from: &str, to: &str) {
        if let Some(number) = self.0.get_mut(&kind).and_then(|words| words.get_mut(from)) {
            *number = number.saturating_sub(1);
            self.add(kind, to, 1);
        }
    }

    /// One count.
    #[must_use]
    pub fn get(&self, kind: Kind, word: &str) -> u64 {
        self.0.get(&kind).and_then(|words| words.get(word)).copied().unwrap_or(0)
    }

    /// All objects.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    /// One word over all kinds.
    #[must_use]
    pub fn total(&self, word: &str) -> u64 {
        self.0.values().filter_map(|words| words.get(word)).sum()
    }

    /// Counts with these words at zero where nothing was counted, for kinds that occur.
    #[must_use]
    pub fn with_words(mut self, words: &[&str]) -> Self {
        for counts in self.0.values_mut() {
            for word in words {
                counts.entry((*word).to_string()).or_default();
            }
        }
        self
    }
}

/// Whether a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It does.
    Apply,
    /// It ends with its plan.
    Plan,
    /// It writes, and only what went wrong in another run.
    Retry,
}

/// What a person asks of a run that is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Stop for now.
    Pause,
    /// Stop for good.
    Cancel,
}

/// What was asked, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What.
    pub ask: Ask,
    /// By whom.
    pub by: String,
}

/// Problems of the same sort, counted: what a run's page and its messages show first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorGroup {
    /// How many items.
    pub count: u64,
    /// One of them, in full.
    pub problem: Problem,
    /// The key of the first item.
    pub first: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_name: String,
}

/// One limit of `safety`, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SafetyCheck {
    /// The rule: `remove.max_percent`.
    pub rule: String,
    /// The kind it was counted for.
    pub kind: Kind,
    /// The limit.
    pub limit: f64,
    /// What the plan does.
    pub actual: f64,
    /// Within the limit.
    pub ok: bool,
    /// About the source, not about changes: only a person who looked at the source can lift it.
    pub source: bool,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approved {
    /// Who.
    pub by: String,
    /// When.
    pub at: i64,
    /// The plan that the person saw.
    pub plan: String,
    /// The plan that was computed later, from newer data, and kept to what the person saw: its hash is nobody's approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// Whether the person looked at the source and lifts its checks.
    pub source_checked: bool,
    /// The checks of the source that did not hold when the person looked. A later plan that is worse is held again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<SafetyCheck>,
    /// What the person saw was planned for another system than a connection leads to by now: it approves nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void: bool,
}

impl Approved {
    /// Whether the plan of this name is the one that was approved, or what was left of it in a later one.
    #[must_use]
    pub fn covers(&self, hash: &str) -> bool {
        !self.void && self.computed.as_deref().unwrap_or(&self.plan) == hash
    }

    /// Whether the person who looked at the source saw what this check says, or worse.
    #[must_use]
    pub fn lifts(&self, check: &SafetyCheck) -> bool {
        let seen = |seen: &&SafetyCheck| seen.rule == check.rule && seen.kind == check.kind;
        !self.void
            && self.source_checked
            && self.lifted.iter().find(seen).is_some_and(|seen| {
                if check.rule == "source_min" { check.actual >= seen.actual } else { check.actual <= seen.actual }
            })
    }
}

/// Of the objects that were read, how many are whose counterpart. Together they are all that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bindings {
    /// Objects of the source in scope.
    pub read: u64,
    /// Bound by an earlier run.
    pub bound: u64,
    /// Found by a rule, a decision or a name, and bound by the plan.
    pub to_bind: u64,
    /// Nobody who is there: made by the plan.
    pub to_create: u64,
    /// Waiting for a person, with one candidate.
    pub proposed: u64,
    /// Waiting for a person, with several candidates.
    pub ambiguous: u64,
    /// Waiting for a person, without a candidate.
    pub alone: u64,
    /// Left alone because a person decided so.
    pub ignored: u64,
    /// Left out by the workflow, or not usable.
    pub left_out: u64,
}

/// HTTP exchanges of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// All.
    pub calls: u64,
    /// Those that write.
    pub writes: u64,
    /// Those that repeat an earlier one.
    pub retries: u64,
    /// Bytes of bodies.
    pub bytes: u64,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// Its id.
    pub step: String,
    /// Its state; `queued` before it begins, `skipped` is told by `why`.
    pub status: Status,
    /// Rows it carries out, by outcome.
    pub counts: BTreeMap<String, u64>,
    /// When it began.
    pub started: Option<i64>,
    /// When it ended.
    pub ended: Option<i64>,
    /// Why it was skipped or failed.
    pub why: Option<Problem>,
    /// The run that it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
}

/// What a step of a plan will cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCost {
    /// Its id.
    pub step: String,
    /// Objects to write.
    pub objects: u64,
    /// HTTP exchanges.
    pub calls: u64,
    /// Milliseconds, by latency and quotas.
    pub ms: u64,
    /// Whether they go as import jobs.
    pub job: bool,
}

/// How much of a run's rows and journal is still there. The header outlives both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Everything.
    #[default]
    All,
    /// Only the items that went wrong.
    Failures,
    /// Nothing.
    Header,
}

/// Who wrote last to a system: the run, and where in its journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The run.
    pub run: RunId,
    /// The event before the announcement.
    pub seq: u64,
}

/// What is kept of a run beside its journal: everything a list shows. Written with every transition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub run: RunId,
    /// Its number among the runs of the workflow, from 1.
    pub no: u64,
    /// The workflow.
    pub workflow: String,
    /// Its version.
    pub version: u64,
    /// SHA-256 of the definition.
    pub content: String,
    /// What the compiler made of the definition when the run was accepted, as a digest; empty for runs of versions that did
    /// not write it down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub meaning: String,
    /// Whether it writes.
    pub mode: Mode,
    /// Why it exists.
    pub trigger: Trigger,
    /// Its inputs.
    pub inputs: serde_json::Value,
    /// The caller approved the plan as computed (`--yes`).
    pub approve: bool,
    /// It reads no file of the server but those that are open to the network: nobody who sits at the machine stands behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fenced: bool,
    /// Its state.
    pub status: Status,
    /// Why it is in that state.
    pub why: Vec<Problem>,
    /// Objects by outcome.
    pub counts: Counts,
    /// Objects that were written, or may have been, and are not counted as that: nobody answered, or something else of them
    /// did not go well.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub unsure: Counts,
    /// Objects by planned action.
    pub planned: Counts,
    /// In-scope objects of the source, by kind.
    pub source: BTreeMap<Kind, u64>,
    /// Whether every read was complete.
    pub complete: bool,
    /// Only what changed was read, as events told of it, or a list that is said to be a part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    /// Who is who, as its plan found it, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<Kind, Bindings>,
    /// Limits, judged.
    pub safety: Vec<SafetyCheck>,
    /// The hash of the plan.
    pub plan: Option<String>,
    /// When the plan was computed.
    pub planned_at: Option<i64>,
    /// How many rows it has.
    pub rows: u32,
    /// Approvals.
    pub approvals: Vec<Approved>,
    /// HTTP exchanges.
    pub api: Api,
    /// When it was accepted.
    pub accepted: i64,
    /// When it began.
    pub started: Option<i64>,
    /// When it ended.
    pub ended: Option<i64>,
    /// When it went on after restarts.
    pub resumed: Vec<i64>,
    /// Its steps.
    pub steps: Vec<StepState>,
    /// Things told once by the reads.
    pub notices: Vec<Problem>,
    /// The highest number in the journal.
    pub seq: u64,
    /// The version of idflow.
    pub engine: String,
    /// Its concurrency group.
    #[serde(default)]
    pub group: String,
    /// When a held run gives up waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// The steps for which the plan of a held run has something to do or to link; `None` for runs held by a version that did
    /// not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concerns: Option<BTreeSet<String>>,
    /// Whether its state is news to the steps of `finally` and to the workflows that follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
    /// How it ends, from when that is certain: only messages are still to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<(Status, Vec<Problem>)>,
    /// What the scope and the match rules of its plan were, as a digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// Where a paused run was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_from: Option<Status>,
    /// The run whose failed items it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<RunId>,
    /// The rows of that run to which it keeps; all that went wrong where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry_rows: Vec<u32>,
    /// The step up to which it planned; of plans only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What the plan will cost, step by step.
    #[serde(default)]
    pub costs: Vec<StepCost>,
    /// What went wrong, the most frequent first.
    #[serde(default)]
    pub errors: Vec<ErrorGroup>,
    /// What the reads of the plan came to, by step: later steps and messages can name it.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub reads: serde_json::Value,
    /// How much of its rows and journal is still there.
    #[serde(default)]
    pub kept: Kept,
    /// The fields of each read step that had values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filled: BTreeMap<String, BTreeSet<String>>,
    /// What each read step's connection could see.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ranges: BTreeMap<String, BTreeMap<String, String>>,
    /// Kinds whose list was said to be a part of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub partial: BTreeSet<Kind>,
    /// The read steps whose file ended with the end of a line.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub line_ends: BTreeSet<String>,
    /// Removals of its plan that wait for a person, while the rest of it does not.
    #[serde(default)]
    pub waiting: u64,
    /// Who had written last to the systems of its plan when that was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, Mark>,
    /// Which system each connection of its workflow led to when its plan was made; empty for runs of versions that did not
    /// write it down.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub systems: BTreeMap<String, String>,
    /// The state under which lists find it; `None` for runs from before there was an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexed: Option<Status>,
    /// How often it could not be carried on.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stumbled: u32,
    /// Until when it is left alone because of that, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<i64>,
}

impl Run {
    /// What it wrote, with what it may have written: so much counts for the limits of a day.
    #[must_use]
    pub fn at_most(&self) -> Counts {
        self.counts.plus(&self.unsure)
    }

    /// Whether there is nothing to do for it at present: it is over, held or paused, and whoever wants to know was told.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        !self.untold && (self.status.is_end() || matches!(self.status, Status::Held | Status::Paused))
    }

    /// Whether it looked at a part only: at what events told of, at a list that is said to be a part, at what another run left, or
    /// up to a step.
    #[must_use]
    pub fn is_part(&self) -> bool {
        let of_another = self.retry_of.is_some() || self.trigger.kind == TriggerKind::Removals;
        self.part || !self.partial.is_empty() || of_another || self.until.is_some()
    }

    /// Whether people are still to be told of how it ended, or that it is held: for that nobody has to wait.
    #[must_use]
    pub fn only_tells(&self) -> bool {
        self.untold || self.ending.is_some()
    }

    /// Its concurrency group. Runs of the first version did not write it down.
    #[must_use]
    pub fn group_name(&self) -> &str {
        if self.group.is_empty() { &self.workflow } else { &self.group }
    }

    /// The chain of a run of `workflow` that this one leads to; `None` where that would begin anew what led here.
    #[must_use]
    pub fn leads_to(&self, workflow: &str) -> Option<Vec<String>> {
        let mut chain = self.trigger.chain.clone();
        chain.push(self.workflow.clone());
        (!chain.iter().any(|before| before == workflow)).then_some(chain)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}
