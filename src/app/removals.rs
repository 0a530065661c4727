//! Removals that wait: what there is, and what people decide about them.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map},
    sync::Arc,
};

use idflow_sdk::{NextKind, Problem, Schema};

use super::{
    AppError, Desk,
    approving::{self, Involved},
    names, paging, plan_view, problem_words, run_view, time,
};
use crate::{
    contract::{
        item::InWords,
        page::Page,
        problem::Issue,
        removal::{
            DecidedRemovals, Removal, RemovalChoice, RemovalDecision, RemovalField, RemovalFilter, RemovalObject,
            RemovalState,
        },
    },
    engine::{Connect, removals::short},
    model::{change, id::RunId, run::Run},
    store::{
        Batch, StoreError,
        removal_index::{InOrder, Part, RemovalCursor, Standing},
        removals::{self, Decision, Entry, StoredRemovalState},
        runs,
    },
    trigger::removals as again,
    workflow::compiled::Workflow,
};

/// Digits of an id that say enough.
const LEAST_DIGITS: usize = 6;

impl Desk<'_> {
    /// The removals that were asked about, those that need a decision first.
    ///
    /// # Errors
    /// An unknown state, the store.
    pub async fn removals(&self, which: &RemovalFilter) -> Result<Page<Removal>, AppError> {
        let state = which.state.as_deref().map(state_of).transpose()?;
        let now = self.now();
        let limit = paging::limit(which.limit)?;
        let after = which.cursor.as_deref().map(Rank::of_cursor).transpose()?;
        let (mut best, mut total) = (Vec::<Rank>::new(), 0);
        for part in parts_of(state) {
            let workflow = which.workflow.as_deref();
            let mut pages = InOrder::new(&*self.store, &self.tenant, *part, workflow, None).await?;
            while let Some(page) = pages.next(&*self.store).await? {
                for one in page.iter().filter(|one| state.is_none_or(|state| state == one.state(now))) {
                    total += 1;
                    let rank = Rank::of(one, now);
                    if after.as_ref().is_none_or(|after| rank > *after) {
                        best.push(rank);
                    }
                }
                // Not more is kept than is asked for.
                best.sort();
                best.truncate(limit + 1);
            }
        }
        if let Some(id) = which.workflow.as_deref().filter(|_| total == 0) {
            self.is_known(id).await?;
        }
        let more = best.len() > limit;
        best.truncate(limit);
        let next = best.last().filter(|_| more).map(Rank::cursor);
        let shown: Vec<(&str, &str)> = best.iter().map(|rank| (&*rank.place.workflow, &*rank.place.id)).collect();
        let entries = removals::get(&*self.store, &self.tenant, &shown).await?;
        let items: Vec<&Entry> = entries.iter().collect();
        Ok(Page { items: self.views(&items, now).await?, next, total: Some(total) })
    }

    /// Approves removals: the next run that plans one of them again carries it out. Gives them, the runs that were started, and why
    /// one was not: the approval stands all the same.
    ///
    /// # Errors
    /// Ids that nobody knows, another number than was looked at, removals that are over.
    pub async fn approve_removals(&self, choice: &RemovalChoice) -> Result<DecidedRemovals, AppError> {
        let (decided, left) = self.decide_removals(choice, false).await?;
        let (runs, refused) = if choice.run { self.run_again(&decided).await } else { (Vec::new(), None) };
        let now = self.now();
        let removals = self.views(&decided.iter().chain(&left).collect::<Vec<_>>(), now).await?;
        Ok(DecidedRemovals { removals, runs, refused: refused.map(|refused| refused.issue()) })
    }

    /// Starts the workflows that want these removals. One that cannot start is no matter where another one does all the same.
    async fn run_again(&self, decided: &[Entry]) -> (Vec<String>, Option<AppError>) {
        let (mut runs, mut begun, mut refused) = (Vec::new(), BTreeSet::new(), Vec::new());
        for workflow in decided.iter().map(|entry| &entry.removal.workflow).collect::<BTreeSet<_>>() {
            let of = || decided.iter().map(|entry| &entry.removal).filter(|removal| removal.workflow == *workflow);
            let found_by = of().map(|removal| removal.run).collect();
            let (started, error) = again::start_each(&self.engine, workflow, &found_by, self.by()).await;
            runs.extend(started.iter().map(ToString::to_string));
            match error {
                None => begun.extend(of().map(|removal| &*removal.id)),
                Some(error) => refused.push((workflow, error)),
            }
        }
        let waits = |workflow: &str| {
            let mut of = decided.iter().map(|entry| &entry.removal).filter(|removal| removal.workflow == *workflow);
            of.any(|removal| !begun.contains(&*removal.id))
        };
        (runs, refused.into_iter().find(|(workflow, _)| waits(workflow)).map(|(_, error)| error.into()))
    }

    /// Decides that objects are kept: their removals are not carried out until somebody approves them.
    ///
    /// # Errors
    /// As [`Desk::approve_removals`].
    pub async fn keep_removals(&self, choice: &RemovalChoice) -> Result<DecidedRemovals, AppError> {
        let (decided, _) = self.decide_removals(choice, true).await?;
        let now = self.now();
        let removals = self.views(&decided.iter().collect::<Vec<_>>(), now).await?;
        Ok(DecidedRemovals { removals, runs: Vec::new(), refused: None })
    }

    /// Gives those that were decided about, and those that were left as they are.
    async fn decide_removals(&self, choice: &RemovalChoice, keep: bool) -> Result<(Vec<Entry>, Vec<Entry>), AppError> {
        let now = self.now();
        let comment = approving::comment(choice.comment.as_deref())?;
        let (mut chosen, mut left) = (self.chosen(choice, keep, now).await?, Vec::new());
        let is_old = |entry: &Entry| is_old(entry, keep, now);
        // One of many that is too old keeps nobody from approving the others.
        if choice.ids.is_empty() && !chosen.iter().all(is_old) {
            (left, chosen) = chosen.into_iter().partition(is_old);
        }
        self.may_decide_removals(&chosen).await?;
        let by = &self.caller.actor;
        let mut batch = Batch { notify: true, ..Batch::default() };
        for entry in &mut chosen {
            let removal = &entry.removal;
            let id = short(&removal.id);
            if is_settled(entry, keep, now) {
                let error = AppError::conflict("removal_over").arg("id", id);
                return Err(error.arg("state", entry.state(now).as_str()));
            }
            if is_old(entry) {
                let error = AppError::conflict("removal_planned_long_ago").arg("id", id);
                return Err(error.arg("seen", time(removal.seen)).arg("workflow", &removal.workflow));
            }
            let decision = Decision { keep, by: by.clone(), at: now, since: removal.since, comment: comment.clone() };
            removals::decide(&mut batch, &self.tenant, entry, &decision)?;
            entry.decision = Some(decision);
        }
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::conflict("removals_moved")),
            other => other?,
        }
        self.caller.trail.keeps();
        self.caller.trail.about(&who(&chosen, MOST_IN_ABOUT));
        self.caller.trail.change(serde_json::Value::Null, decided_about(&chosen, comment.as_deref()));
        Ok((chosen, left))
    }

    /// Refuses whoever is not among those that may decide about the steps that want the removals.
    async fn may_decide_removals(&self, chosen: &[Entry]) -> Result<(), AppError> {
        let mut steps: BTreeMap<(&str, RunId), BTreeSet<&str>> = BTreeMap::new();
        for entry in chosen {
            let removal = &entry.removal;
            steps.entry((&removal.workflow, removal.run)).or_default().insert(&removal.step);
        }
        for ((workflow, run), steps) in steps {
            let found = runs::get(&*self.store, &self.tenant, run).await?;
            let Some(version) = again::version(&self.engine, workflow, found.as_ref()).await? else { continue };
            let text = self.workflow_text(workflow, Some(version)).await?.text;
            let Ok(compiled) = self.connections.compile(&text) else { continue };
            let mut asked = compiled.steps.iter().filter(|step| steps.contains(&*step.id));
            let starter = found.map(|run| run.trigger.actor);
            let involved = Involved { starter, editor: self.editor_of(workflow, version).await? };
            asked.try_for_each(|step| self.may_approve(step, &involved))?;
        }
        Ok(())
    }

    /// The removals that a choice names.
    async fn chosen(&self, choice: &RemovalChoice, keep: bool, now: i64) -> Result<Vec<Entry>, AppError> {
        let Some(expected) = choice.expected.or(choice.all) else {
            if choice.filter.is_some() {
                return Err(AppError::invalid("removals_not_counted").field("expected"));
            }
            return self.named(choice, keep, now).await;
        };
        if !choice.ids.is_empty() {
            return Err(AppError::invalid("removal_choice_double").field("ids"));
        }
        let meant = choice.filter.clone().unwrap_or_default();
        let workflow = meant.workflow.as_deref().or(choice.workflow.as_deref());
        let wanted = |entry: &Entry| match meant.state {
            Some(state) => state == self::state(entry.state(now)),
            None => entry.state(now) == StoredRemovalState::Waiting,
        };
        let (mut chosen, mut number) = (Vec::new(), 0);
        let mut pages = removals::EntryPages::new(&self.tenant, workflow);
        while let Some(page) = pages.next(&*self.store).await? {
            for entry in page.into_iter().filter(wanted) {
                number += 1;
                if number <= expected {
                    chosen.push(entry);
                }
            }
        }
        if number != expected {
            let error = AppError::conflict("removals_other_number").arg("waiting", number.to_string());
            return Err(error.arg("number", expected.to_string()));
        }
        Ok(chosen)
    }

    /// Puts into a run that is over how many of the removals that it left to people still wait: what was decided since waits for
    /// nobody.
    pub(super) async fn count_waiting_now(&self, run: &mut Run) -> Result<(), AppError> {
        let Some(ended) = run.ended.filter(|_| run.waiting > 0) else { return Ok(()) };
        let now = self.now();
        let asked = |entry: &&Entry| entry.removal.since <= ended && entry.state(now) == StoredRemovalState::Waiting;
        let (mut waiting, mut pages) = (0, removals::EntryPages::new(&self.tenant, Some(&run.workflow)));
        while let Some(page) = pages.next(&*self.store).await? {
            waiting += page.iter().filter(asked).count() as u64;
        }
        if waiting >= run.waiting {
            return Ok(());
        }
        let decided = (run.waiting - waiting).to_string();
        run.waiting = waiting;
        for told in [&mut run.notices, &mut run.why] {
            let Some(place) = told.iter().position(|one| one.code == "removals_waiting") else { continue };
            let decided = Problem::new("removals_decided").arg("number", decided.clone());
            let now = Problem::new("removals_waiting").arg("number", waiting.to_string());
            let now = (waiting > 0).then(|| now.arg("workflow", run.workflow.clone()));
            told.splice(place..=place, now.into_iter().chain([decided]));
        }
        Ok(())
    }

    /// The removals with these ids, or the first digits of them.
    async fn named(&self, choice: &RemovalChoice, keep: bool, now: i64) -> Result<Vec<Entry>, AppError> {
        let ids = &choice.ids;
        if ids.is_empty() {
            return Err(AppError::invalid("removal_none_named").field("ids"));
        }
        if let Some(id) = ids.iter().find(|id| id.len() < LEAST_DIGITS) {
            return Err(AppError::invalid("removal_id_short").arg("id", id).field("ids"));
        }
        let mut found: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        let mut pages = removals::EntryPages::new(&self.tenant, choice.workflow.as_deref());
        while let Some(page) = pages.next(&*self.store).await? {
            let meant = |entry: &Entry| ids.iter().any(|id| entry.removal.id.starts_with(id.as_str()));
            for entry in page.into_iter().filter(meant) {
                found.entry(entry.removal.id.clone()).or_default().push(entry);
            }
        }
        let mut named: Vec<String> = Vec::new();
        for id in ids {
            let mut fits = found.keys().filter(|known| known.starts_with(id.as_str()));
            match (fits.next(), fits.next()) {
                (Some(known), None) => named.push(known.clone()),
                (None, _) => return Err(AppError::not_found("removal_unknown").arg("id", id).field("ids")),
                (Some(_), Some(_)) => {
                    return Err(AppError::invalid("removal_id_ambiguous").arg("id", id).field("ids"));
                }
            }
        }
        let mut chosen = Vec::new();
        for asked in named.iter().filter_map(|id| found.remove(id)).collect::<Vec<_>>() {
            chosen.extend(self.open_ones(asked, keep, now).await);
        }
        Ok(chosen)
    }

    /// Several workflows may ask about one removal: those of the questions that the caller can decide. Where there are none, those
    /// that say best why not.
    async fn open_ones(&self, mut asked: Vec<Entry>, keep: bool, now: i64) -> Vec<Entry> {
        // What somebody kept and nobody wants removed at present is meant where nothing is open.
        let rank = |one: &Entry| (is_settled(one, keep, now) || is_old(one, keep, now), is_over(one, now));
        let best = asked.iter().map(rank).min();
        asked.retain(|entry| Some(rank(entry)) == best);
        if asked.len() < 2 {
            return asked;
        }
        let mut may = Vec::new();
        for entry in &asked {
            if self.may_decide_removals(std::slice::from_ref(entry)).await.is_ok() {
                may.push(entry.clone());
            }
        }
        if may.is_empty() { asked } else { may }
    }

    /// The workflow by which removals are carried out that a run found; nothing where it does not compile.
    async fn compiled_for(&self, workflow: &str, run: RunId) -> Result<Option<Arc<Workflow>>, AppError> {
        let found = runs::get(&*self.store, &self.tenant, run).await?;
        let Some(version) = again::version(&self.engine, workflow, found.as_ref()).await? else { return Ok(None) };
        let text = self.workflow_text(workflow, Some(version)).await?.text;
        Ok(self.connections.compile(&text).ok())
    }

    /// Removals as the caller sees them. Whoever may not decide about the step that wants one is offered nothing.
    async fn views(&self, entries: &[&Entry], now: i64) -> Result<Vec<Removal>, AppError> {
        let mut known: BTreeMap<(&str, RunId, &str), bool> = BTreeMap::new();
        let mut texts: BTreeMap<(&str, RunId), Option<Arc<Workflow>>> = BTreeMap::new();
        let mut shown = Vec::with_capacity(entries.len());
        for entry in entries {
            let removal = &entry.removal;
            let mut allowed = self.caller.verbs_of_removal(entry, now);
            let key = (&*removal.workflow, removal.run, &*removal.step);
            if !allowed.is_empty() && !known.contains_key(&key) {
                let may = self.may_decide_removals(std::slice::from_ref(*entry)).await;
                known.insert(key, may.is_ok());
            }
            if known.get(&key) == Some(&false) {
                allowed.clear();
            }
            let place = (&*removal.workflow, removal.run);
            let text = match texts.entry(place) {
                btree_map::Entry::Occupied(known) => known.into_mut(),
                btree_map::Entry::Vacant(new) => new.insert(self.compiled_for(place.0, place.1).await?),
            };
            let steps = text.as_ref().map(|workflow| workflow.steps.as_slice());
            let step = steps.into_iter().flatten().find(|step| *step.id == *removal.step);
            let schema = step.and_then(|step| step.schema(removal.kind));
            shown.push(Removal { allowed, ..view(entry, schema, now) });
        }
        Ok(shown)
    }
}

/// So many of those who were decided about are named in a line of the audit, and in its entry.
const MOST_IN_ABOUT: usize = 3;
const MOST_NAMED: usize = 100;

/// The names of the first of them.
fn who(chosen: &[Entry], most: usize) -> String {
    let more = if chosen.len() > most { " …" } else { "" };
    format!("{}{more}", chosen.iter().take(most).map(called).collect::<Vec<_>>().join(", "))
}

fn called(entry: &Entry) -> String {
    change::called(&entry.removal.name, &[&entry.removal.target, &entry.removal.source])
}

/// What the audit is told of a decision: about whom it was. Ids alone name nobody, and are gone with the removals.
fn decided_about(chosen: &[Entry], comment: Option<&str>) -> serde_json::Value {
    let names: Vec<String> = chosen.iter().take(MOST_NAMED).map(called).collect();
    let ids: Vec<&str> = chosen.iter().take(MOST_NAMED / 2).map(|entry| short(&entry.removal.id)).collect();
    let workflows: BTreeSet<&str> = chosen.iter().map(|entry| &*entry.removal.workflow).collect();
    serde_json::json!({
        "number": chosen.len(), "names": names, "ids": ids, "workflows": workflows, "comment": comment,
    })
}

/// Whether it was done, or nobody wants it any more.
fn is_over(entry: &Entry, now: i64) -> bool {
    matches!(entry.state(now), StoredRemovalState::Done | StoredRemovalState::Gone)
}

/// Whether there is nothing to decide any more. Whoever kept something can take that back, also when nobody wants it removed at
/// present.
fn is_settled(entry: &Entry, keep: bool, now: i64) -> bool {
    is_over(entry, now) && (keep || !entry.is_kept())
}

/// Whether it was planned too long ago to be approved.
fn is_old(entry: &Entry, keep: bool, now: i64) -> bool {
    !keep && !is_over(entry, now) && now >= entry.askable_until()
}

/// Where removals of a state are found; of any state without one.
const fn parts_of(state: Option<StoredRemovalState>) -> &'static [Part] {
    match state {
        None => &[Part::Wanted, Part::Over],
        Some(StoredRemovalState::Done | StoredRemovalState::Gone) => &[Part::Over],
        Some(
            StoredRemovalState::Waiting
            | StoredRemovalState::Approved
            | StoredRemovalState::Kept
            | StoredRemovalState::Failed,
        ) => &[Part::Wanted],
    }
}

/// Where a removal stands in the list: those that need a decision first, then by workflow, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    decided: bool,
    place: RemovalCursor,
}

impl Rank {
    fn of(one: &Standing, now: i64) -> Self {
        Self {
            decided: !matches!(one.state(now), StoredRemovalState::Waiting | StoredRemovalState::Failed),
            place: one.place.clone(),
        }
    }

    fn cursor(&self) -> String {
        let RemovalCursor { workflow, since, id } = &self.place;
        format!("{}.{workflow}.{since}.{id}", u8::from(self.decided))
    }

    fn of_cursor(cursor: &str) -> Result<Self, AppError> {
        let parts: Vec<&str> = cursor.split('.').collect();
        let [decided, workflow, since, id] = parts[..] else { return Err(paging::wrong_cursor()) };
        let since = since.parse().map_err(|_| paging::wrong_cursor())?;
        Ok(Self { decided: decided == "1", place: RemovalCursor { workflow: workflow.into(), since, id: id.into() } })
    }
}

fn state_of(word: &str) -> Result<StoredRemovalState, AppError> {
    let found = StoredRemovalState::WORDS.iter().find(|(known, _)| *known == word);
    found.map(|(_, state)| *state).ok_or_else(|| {
        let words: Vec<&str> = StoredRemovalState::WORDS.iter().map(|(word, _)| *word).collect();
        AppError::invalid("removal_state_unknown").arg("word", word).arg("words", words.join(", ")).field("state")
    })
}

const fn state(state: StoredRemovalState) -> RemovalState {
    match state {
        StoredRemovalState::Waiting => RemovalState::Waiting,
        StoredRemovalState::Approved => RemovalState::Approved,
        StoredRemovalState::Kept => RemovalState::Kept,
        StoredRemovalState::Done => RemovalState::Done,
        StoredRemovalState::Failed => RemovalState::Failed,
        StoredRemovalState::Gone => RemovalState::Gone,
    }
}

/// Why it waits. What is to be done about it is decided by itself, whatever asked for it.
fn why(removal: &removals::Removal) -> Issue {
    let mut why = run_view::shown(&removal.why, false);
    if let Some(next) = why.next.as_mut().filter(|next| next.kind == NextKind::ApproveRun) {
        next.kind = NextKind::DecideRemoval;
        next.removal = Some(short(&removal.id).into());
        let decide = run_view::shown(&Problem::new("removal_waiting"), false);
        why.hint = decide.hint;
    }
    why
}

fn field(field: &removals::Field, schema: Option<&Schema>) -> RemovalField {
    let known = schema.and_then(|schema| Some((schema, schema.field(&field.field)?)));
    let words = |value| known.map(|(schema, id)| names::kept_in_words(schema, id, value));
    RemovalField {
        field: field.field.clone(),
        title: known.map(|(schema, id)| problem_words::both(schema.spec(id).title())).unwrap_or_default(),
        before: field.before.clone(),
        after: field.after.clone(),
        in_words: words(&field.before).zip(words(&field.after)).map(|(before, after)| InWords { before, after }),
    }
}

fn view(entry: &Entry, schema: Option<&Schema>, now: i64) -> Removal {
    let removal = &entry.removal;
    let until = match entry.state(now) {
        StoredRemovalState::Waiting | StoredRemovalState::Failed => {
            Some(entry.approved_until().filter(|until| now < *until))
                .map(|until| until.unwrap_or_else(|| entry.askable_until()))
        }
        StoredRemovalState::Approved => entry.approved_until(),
        StoredRemovalState::Kept | StoredRemovalState::Done | StoredRemovalState::Gone => None,
    };
    let decided = |decision: &Decision| RemovalDecision {
        keep: decision.keep,
        by: decision.by.clone(),
        at: time(decision.at),
        comment: decision.comment.clone(),
    };
    Removal {
        id: short(&removal.id).into(),
        digest: removal.id.clone(),
        state: state(entry.state(now)),
        workflow: removal.workflow.clone(),
        step: removal.step.clone(),
        action: plan_view::action(removal.action),
        object: RemovalObject {
            kind: removal.kind.as_str().into(),
            source: removal.source.clone(),
            target: removal.target.clone(),
            name: removal.name.clone(),
        },
        fields: removal.fields.iter().map(|one| field(one, schema)).collect(),
        why: why(removal),
        warnings: removal.warnings.iter().map(|warning| run_view::shown(warning, false)).collect(),
        since: time(removal.since),
        seen: time(removal.seen),
        until: until.map(time),
        run: removal.run.to_string(),
        decided: entry.decision.as_ref().map(decided),
        over: removal.over.map(time),
        error: removal.problem.as_ref().map(|problem| run_view::shown(problem, false)),
        allowed: Vec::new(),
    }
}
