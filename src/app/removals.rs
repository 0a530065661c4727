//! Removals that wait: what there is, and what people decide about them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, AppError, run_view, time};
use crate::{
    engine::{Request, removals::short},
    model::{
        id::RunId,
        run::{Mode, Trigger},
    },
    store::{
        Batch, StoreError,
        removals::{self, Decision, Entry, State},
        runs,
    },
};

/// Digits of an id that say enough.
const LEAST_DIGITS: usize = 6;

/// Which removals to show.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Which {
    /// Only those of this workflow.
    pub workflow: Option<String>,
    /// Only those that stand so.
    pub state: Option<String>,
}

/// A decision about removals.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Choice {
    /// Their ids, or the first digits of them.
    #[serde(default)]
    pub ids: Vec<String>,
    /// All that wait, if there are exactly so many: as many as were looked at.
    #[serde(default)]
    pub all: Option<u64>,
    /// Of all: only those of this workflow.
    #[serde(default)]
    pub workflow: Option<String>,
    /// Start the workflows, which carry out what was approved.
    #[serde(default)]
    pub run: bool,
    /// Who decides.
    #[serde(default)]
    pub actor: String,
}

impl App {
    /// The removals that were asked about, those that need a decision first.
    ///
    /// # Errors
    /// An unknown state, the store.
    pub async fn removals(&self, which: &Which) -> Result<Value, AppError> {
        let state = which.state.as_deref().map(state_of).transpose()?;
        let now = self.now();
        let mut entries = removals::all(&*self.store, &self.tenant, which.workflow.as_deref()).await?;
        if let Some(id) = which.workflow.as_deref().filter(|_| entries.is_empty()) {
            self.is_known(id).await?;
        }
        entries.retain(|entry| state.is_none_or(|state| state == entry.state(now)));
        let open = |entry: &Entry| !matches!(entry.state(now), State::Waiting | State::Failed);
        entries.sort_by_key(|entry| (open(entry), entry.removal.workflow.clone(), entry.removal.since));
        Ok(entries.iter().map(|entry| view(entry, now)).collect())
    }

    /// Approves removals: the next run that plans one of them again carries it out. Gives them, and the runs that were started.
    ///
    /// # Errors
    /// Ids that nobody knows, another number than was looked at, removals that are over.
    pub async fn approve_removals(&self, choice: &Choice) -> Result<Value, AppError> {
        let decided = self.decide_removals(choice, false).await?;
        let mut runs = Vec::new();
        if choice.run {
            for workflow in decided.iter().map(|entry| &entry.removal.workflow).collect::<BTreeSet<_>>() {
                let of = decided.iter().filter(|entry| entry.removal.workflow == *workflow);
                if let Some(last) = of.map(|entry| entry.removal.run).max() {
                    runs.push(self.carry_out(workflow, last, &choice.actor).await?.to_string());
                }
            }
        }
        let now = self.now();
        Ok(json!({"removals": decided.iter().map(|entry| view(entry, now)).collect::<Vec<_>>(), "runs": runs}))
    }

    /// Decides that objects are kept: their removals are not carried out until somebody approves them.
    ///
    /// # Errors
    /// As [`App::approve_removals`].
    pub async fn keep_removals(&self, choice: &Choice) -> Result<Value, AppError> {
        let decided = self.decide_removals(choice, true).await?;
        let now = self.now();
        Ok(json!({"removals": decided.iter().map(|entry| view(entry, now)).collect::<Vec<_>>(), "runs": []}))
    }

    async fn decide_removals(&self, choice: &Choice, keep: bool) -> Result<Vec<Entry>, AppError> {
        let now = self.now();
        let all = removals::all(&*self.store, &self.tenant, choice.workflow.as_deref()).await?;
        let mut chosen = self.chosen(choice, all, now)?;
        let by = if choice.actor.is_empty() { "owner".to_string() } else { choice.actor.clone() };
        let mut batch = Batch { notify: true, ..Batch::default() };
        for entry in &mut chosen {
            let removal = &entry.removal;
            let id = short(&removal.id);
            let over = matches!(entry.state(now), State::Done | State::Gone);
            // Whoever kept something can take that back, also when nobody wants it removed at present.
            if over && (keep || !entry.is_kept()) {
                let message = format!("removal {id} is {}: there is nothing to decide", entry.state(now).as_str());
                return Err(AppError::conflict(message).hint("`idflow removals list` shows what waits"));
            }
            if !keep && !over && now >= entry.askable_until() {
                let message = format!("removal {id} was planned too long ago, at {}", time(removal.seen));
                let hint = format!("run `{}` again: it is planned anew and can be approved then", removal.workflow);
                return Err(AppError::conflict(message).hint(hint));
            }
            let decision = Decision { keep, by: by.clone(), at: now, since: removal.since };
            removals::decide(&mut batch, &self.tenant, entry, &decision)?;
            entry.decision = Some(decision);
        }
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => Err(AppError::conflict("a run found something else at the same moment")
                .hint("look at `idflow removals list` again")),
            other => Ok(other.map(|()| chosen)?),
        }
    }

    /// The removals that a choice names.
    fn chosen(&self, choice: &Choice, all: Vec<Entry>, now: i64) -> Result<Vec<Entry>, AppError> {
        let list = "`idflow removals list` shows what there is";
        if let Some(number) = choice.all {
            if !choice.ids.is_empty() {
                return Err(AppError::invalid("either ids, or all: not both"));
            }
            let waits = |entry: &Entry| matches!(entry.state(now), State::Waiting | State::Failed);
            let waiting: Vec<Entry> = all.into_iter().filter(waits).collect();
            if waiting.len() as u64 != number {
                let message = format!("{} removals wait, not {number}", waiting.len());
                return Err(AppError::conflict(message).hint("look at `idflow removals list` again"));
            }
            return Ok(waiting);
        }
        if choice.ids.is_empty() {
            return Err(
                AppError::invalid("no removal is named").hint("give ids, or --all with the number of those that wait")
            );
        }
        let mut chosen: Vec<Entry> = Vec::new();
        for id in &choice.ids {
            if id.len() < LEAST_DIGITS {
                return Err(AppError::invalid(format!("`{id}` is too short to name a removal")).hint(list));
            }
            let mut found = all.iter().filter(|entry| entry.removal.id.starts_with(id.as_str()));
            match (found.next(), found.next()) {
                (Some(entry), None) => {
                    if chosen.iter().all(|other| other.removal.id != entry.removal.id) {
                        chosen.push(entry.clone());
                    }
                }
                (None, _) => return Err(AppError::not_found(format!("there is no removal `{id}`")).hint(list)),
                (Some(_), Some(_)) => {
                    return Err(AppError::invalid(format!("several removals begin with `{id}`")).hint(list));
                }
            }
        }
        Ok(chosen)
    }

    /// Starts the workflow as the run was started that found the removals.
    async fn carry_out(&self, workflow: &str, last: RunId, by: &str) -> Result<RunId, AppError> {
        let found = runs::get(&*self.store, &self.tenant, last).await?;
        let inputs = found.and_then(|run| run.inputs.as_object().cloned()).unwrap_or_default();
        let trigger = Trigger {
            kind: "removals".into(),
            due: None,
            fired: self.now(),
            actor: if by.is_empty() { "owner".into() } else { by.into() },
            parent: Some(last),
            chain: Vec::new(),
            body: Value::Null,
        };
        let request = Request {
            workflow: workflow.into(),
            mode: Mode::Apply,
            inputs,
            trigger,
            approve: false,
            along: Batch::default(),
            retry_of: None,
            version: None,
        };
        Ok(self.engine.submit(request).await?)
    }
}

fn state_of(word: &str) -> Result<State, AppError> {
    let found = State::WORDS.iter().find(|(known, _)| *known == word);
    found.map(|(_, state)| *state).ok_or_else(|| {
        let words: Vec<&str> = State::WORDS.iter().map(|(word, _)| *word).collect();
        AppError::invalid(format!("`{word}` is no state of a removal")).hint(format!("one of {}", words.join(", ")))
    })
}

fn view(entry: &Entry, now: i64) -> Value {
    let removal = &entry.removal;
    let state = entry.state(now);
    let until = match state {
        State::Waiting | State::Failed => Some(entry.approved_until().filter(|until| now < *until))
            .map(|until| until.unwrap_or_else(|| entry.askable_until())),
        State::Approved => entry.approved_until(),
        State::Kept | State::Done | State::Gone => None,
    };
    json!({
        "id": short(&removal.id),
        "digest": removal.id,
        "state": state.as_str(),
        "workflow": removal.workflow,
        "step": removal.step,
        "action": removal.action.as_str(),
        "object": {
            "type": removal.kind.as_str(), "source": removal.source, "target": removal.target, "name": removal.name,
        },
        "fields": removal.fields,
        "why": run_view::shown(&removal.why, false),
        "warnings": removal.warnings.iter().map(|warning| run_view::shown(warning, false)).collect::<Vec<_>>(),
        "since": time(removal.since),
        "seen": time(removal.seen),
        "until": until.map(time),
        "run": removal.run.to_string(),
        "decided": entry.decision.as_ref().map(|decision| json!({
            "keep": decision.keep, "by": decision.by, "at": time(decision.at),
        })),
        "over": removal.over.map(time),
        "error": removal.problem.as_ref().map(|problem| run_view::shown(problem, false)),
    })
}
