//! Links, what is undecided, and what people decide about it. See [`crate::store::decisions`].

use std::collections::HashMap;

use idflow_sdk::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, AppError, plan_view::Lens};
use crate::{
    engine::Connect,
    model::{
        change::{Planned, Row},
        id::RunId,
        run::Status,
    },
    reconcile::decisions::CANDIDATES,
    store::{
        Batch, catalogue,
        decisions::{self, Choice, Decision},
        links::{self, Link, Pair},
        runs,
    },
    workflow::compiled::Workflow,
};

/// How many runs of a workflow are looked at to find the newest plan.
const MOST_RUNS: usize = 50;

/// An object that some run left undecided.
struct Open {
    workflow: String,
    connection: String,
    with: String,
    kind: Kind,
    /// The object's key in `connection`, or, where that is the system that is written, the keys that it could have there.
    source: String,
    by_target: bool,
    candidates: Vec<Value>,
    shown: Value,
}

impl Open {
    fn keys(&self) -> Vec<&str> {
        match self.by_target {
            true => self.candidates.iter().filter_map(|one| one["key"].as_str()).collect(),
            false => vec![&self.source],
        }
    }
}

/// What somebody decides.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewDecision {
    /// The connection.
    pub connection: String,
    /// The other connection of the pair; the directory where none is named.
    #[serde(default)]
    pub with: Option<String>,
    /// `user` or `department`; a person where nothing is said.
    #[serde(default)]
    pub kind: Option<String>,
    /// The key of the object in that connection.
    pub key: String,
    /// `same`, `other`, `create` or `ignore`.
    pub choice: String,
    /// Which of several candidates, by its key or its label.
    #[serde(default)]
    pub candidate: Option<String>,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// Who.
    #[serde(default)]
    pub actor: String,
}

/// One end of a link, and what is to become of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LinkChange {
    /// The connection.
    pub connection: String,
    /// The other connection of the pair; the directory where none is named.
    #[serde(default)]
    pub with: Option<String>,
    /// `user` or `department`; a person where nothing is said.
    #[serde(default)]
    pub kind: Option<String>,
    /// The key in that connection.
    pub key: String,
    /// The new key there (`move`), or the account, name or id of the object of the other connection (`add`).
    #[serde(default)]
    pub to: String,
    /// Why.
    #[serde(default)]
    pub why: String,
    /// Who.
    #[serde(default)]
    pub actor: String,
}

fn kind_of(word: Option<&str>) -> Result<Kind, AppError> {
    match word {
        None => Ok(Kind::User),
        Some(word) => Kind::parse(word)
            .filter(|kind| *kind != Kind::Row)
            .ok_or_else(|| AppError::invalid(format!("`{word}` is neither `department` nor `user`"))),
    }
}

impl App {
    fn directory_name(&self) -> String {
        self.connections.link_name("", "directory")
    }

    /// The decisions and the objects that wait for one, of all connections or of one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn matching(&self, connection: Option<&str>) -> Result<Value, AppError> {
        let wanted = |name: &str| connection.is_none_or(|connection| connection == name);
        let decided = decisions::all(&*self.store, &self.tenant).await?;
        let mut open = Vec::new();
        for one in self.open_items().await?.into_iter().filter(|one| wanted(&one.connection)) {
            let mut shown = one.shown.clone();
            let mine = decided.iter().filter(|decision| {
                decision.connection == one.connection
                    && decision.with == one.with
                    && decision.kind == one.kind
                    && one.keys().contains(&&*decision.key)
            });
            shown["decided"] = mine.map(decision_view).collect();
            open.push(shown);
        }
        let kept = decided.iter().filter(|decision| wanted(&decision.connection));
        Ok(json!({"open": open, "decisions": kept.map(decision_view).collect::<Vec<_>>()}))
    }

    /// What the newest plan of each workflow left undecided.
    async fn open_items(&self) -> Result<Vec<Open>, AppError> {
        let mut found = Vec::new();
        for workflow in catalogue::workflows(&*self.store, &self.tenant).await? {
            let newest = runs::list(&*self.store, &self.tenant, Some(&workflow.id), MOST_RUNS).await?;
            let has_plan = |run: &&crate::model::run::Run| run.plan.is_some() && run.status != Status::Planning;
            let Some(run) = newest.iter().find(has_plan) else { continue };
            let Ok(compiled) = self.workflow_of(run).await else { continue };
            let mut reader = self.reader(run, false, false).await?;
            while let Some(rows) = reader.next(&*self.store).await? {
                let undecided = rows.iter().filter(|(_, row)| matches!(row.planned, Planned::Ambiguous(_)));
                for (_, row) in undecided {
                    let Some(mut open) = self.open_item(run.run, &compiled, &reader.lens, row) else { continue };
                    // People of the directory are told apart by their accounts.
                    if open.by_target && open.with == self.directory_name() {
                        open.shown["name"] = self.person(open.kind, &open.source).await?.into();
                    }
                    found.push(open);
                }
            }
        }
        Ok(found)
    }

    fn open_item(&self, run: RunId, workflow: &Workflow, lens: &Lens, row: &Row) -> Option<Open> {
        let Planned::Ambiguous(problem) = &row.planned else { return None };
        // The old end of a changed key is shown with the new one.
        if row.removes || problem.code == "key_changed" && problem.get("old") == Some(&*row.source) {
            return None;
        }
        let step = workflow.steps.get(usize::from(row.step))?;
        let name = |step: &crate::workflow::compiled::Step| {
            let alias = &workflow.connections[step.connection];
            self.connections.link_name(&alias.reference, alias.connector.name)
        };
        let source = name(workflow.steps.get(step.foreach.as_ref()?.step)?);
        let target = name(step);
        let by_target = decisions::by_target(&source, &self.directory_name());
        let (connection, with) = if by_target { (target, source) } else { (source, target) };
        let candidates: Vec<Value> =
            problem.get(CANDIDATES).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let mut shown = lens.item(row, None);
        let keys: Vec<&Value> = candidates.iter().map(|one| &one["key"]).collect();
        let key = match (by_target, keys.as_slice()) {
            (false, _) => json!(&*row.source),
            (true, [one]) => (*one).clone(),
            (true, _) => Value::Null,
        };
        shown = json!({
            "run": run.to_string(),
            "workflow": workflow.id,
            "connection": connection,
            "with": with,
            "kind": row.kind.as_str(),
            "key": key,
            "name": &*row.name,
            "at": row.at.as_deref(),
            "item": shown["key"],
            "error": shown["error"],
            "candidates": candidates,
        });
        let source = row.source.to_string();
        Some(Open {
            workflow: workflow.id.clone(),
            connection,
            with,
            kind: row.kind,
            source,
            by_target,
            candidates,
            shown,
        })
    }

    /// Keeps decisions; all of them or none.
    ///
    /// # Errors
    /// Words that mean nothing, objects that nobody asks about, several candidates of which none is named.
    pub async fn decide(&self, new: &[NewDecision]) -> Result<Value, AppError> {
        let open = self.open_items().await?;
        let mut batch = Batch { notify: true, ..Batch::default() };
        let mut kept = Vec::new();
        for one in new {
            for decision in self.decisions_of(one, &open)? {
                decision.put(&mut batch, &self.tenant)?;
                kept.push(decision_view(&decision));
            }
        }
        self.store.commit(batch).await?;
        Ok(json!({"decisions": kept}))
    }

    fn decisions_of(&self, new: &NewDecision, open: &[Open]) -> Result<Vec<Decision>, AppError> {
        let kind = kind_of(new.kind.as_deref())?;
        let hint = "`idflow match list` shows what waits for a decision";
        let mine: Vec<&Open> = open
            .iter()
            .filter(|one| {
                one.connection == new.connection
                    && new.with.as_ref().is_none_or(|with| *with == one.with)
                    && one.kind == kind
                    && one.keys().contains(&new.key.as_str())
            })
            .collect();
        let with = match (&new.with, mine.first()) {
            (Some(with), _) => with.clone(),
            (None, Some(first)) => first.with.clone(),
            (None, None) => self.directory_name(),
        };
        let decision = |choice: Choice, workflow: Option<&Open>| Decision {
            connection: new.connection.clone(),
            with: with.clone(),
            kind,
            key: new.key.as_str().into(),
            choice,
            by: if new.actor.is_empty() { "owner".into() } else { new.actor.clone() },
            at: self.now(),
            why: new.why.clone(),
            workflow: workflow.map(|one| one.workflow.clone()),
        };
        let unknown = || {
            AppError::not_found(format!("nothing about `{}` of `{}` waits for a decision", new.key, new.connection))
                .hint(hint)
        };
        // Whom the object could be, seen from its own side: the candidates, or those who could be it.
        let others: Vec<(&Open, String, String)> = mine
            .iter()
            .flat_map(|one| match one.by_target {
                true => vec![(*one, one.source.clone(), one.shown["name"].as_str().unwrap_or_default().to_string())],
                false => one
                    .candidates
                    .iter()
                    .map(|it| {
                        let text = |name: &str| it[name].as_str().unwrap_or_default().to_string();
                        (*one, text("key"), text("label"))
                    })
                    .collect(),
            })
            .collect();
        match new.choice.as_str() {
            "same" => {
                let fits = |(_, key, label): &&(&Open, String, String)| {
                    new.candidate.as_ref().is_none_or(|wanted| key == wanted || label.contains(wanted.as_str()))
                };
                let fitting: Vec<_> = others.iter().filter(fits).collect();
                match fitting.as_slice() {
                    [(one, key, _)] => Ok(vec![decision(Choice::Link(key.as_str().into()), Some(one))]),
                    [] => Err(unknown()),
                    several => {
                        let names: Vec<&str> = several.iter().map(|(.., label)| label.as_str()).collect();
                        Err(AppError::invalid(format!("several could be meant: {}", names.join(", ")))
                            .hint("name one with --candidate, by its account or name"))
                    }
                }
            }
            "other" if others.is_empty() => Err(unknown()),
            "other" => {
                Ok(others.iter().map(|(one, key, _)| decision(Choice::Never(key.as_str().into()), Some(one))).collect())
            }
            "create" => Ok(vec![decision(Choice::Create, mine.first().copied())]),
            "ignore" => Ok(vec![decision(Choice::Ignore, mine.first().copied())]),
            word => {
                Err(AppError::invalid(format!("`{word}` is no decision"))
                    .hint("it is one of: same, other, create, ignore"))
            }
        }
    }

    /// The links of a connection.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn links(&self, connection: &str, find: Option<&str>, limit: usize) -> Result<Value, AppError> {
        let all = links::of_connection(&*self.store, &self.tenant, connection).await?;
        if all.is_empty() {
            let known = self.connections.link_name(connection, "directory") == connection
                || catalogue::connection(&*self.store, &self.tenant, connection).await?.is_some()
                || connection == "import";
            if !known {
                return Err(AppError::not_found(format!("there is no connection called `{connection}`"))
                    .hint("`idflow connection list` shows what there is; imports are called `import`"));
            }
        }
        let directory = self.directory_name();
        let mut found = Vec::new();
        for (pair, link) in &all {
            if found.len() >= limit {
                break;
            }
            let (own, other) = pair.ends(link);
            let local = match (connection == directory, pair.target == directory) {
                (true, _) => Some(&own.key),
                (_, true) => Some(&other.key),
                _ => None,
            };
            let label = match local {
                Some(key) => self.person(pair.kind, key).await?,
                None => String::new(),
            };
            let shown = json!({
                "connection": connection,
                "key": &*own.key,
                "with": pair.target,
                "other": &*other.key,
                "label": label,
                "kind": pair.kind.as_str(),
                "rule": link.rule,
                "workflow": link.workflow,
                "since": super::time(link.since),
                "gone": link.gone.map(super::time),
            });
            if find.is_none_or(|find| [&*own.key, &*other.key, &label].iter().any(|text| text.contains(find))) {
                found.push(shown);
            }
        }
        Ok(found.into())
    }

    /// What people call an object of the directory.
    async fn person(&self, kind: Kind, key: &str) -> Result<String, AppError> {
        let schema = super::directory::schema(kind);
        let stored = self.connections.directory().get(kind, &[key]).await;
        let stored = stored.map_err(|error| super::directory::failed(&error))?;
        let Some(stored) = stored.into_iter().next() else { return Ok(String::new()) };
        let text =
            |name: &str| schema.field(name).and_then(|id| stored.record.text(id)).unwrap_or_default().to_string();
        Ok(match (text("name"), text("username")) {
            (name, account) if account.is_empty() => name,
            (name, account) => format!("{name} ({account})"),
        })
    }

    /// The living link of an end.
    async fn link_of(&self, change: &LinkChange) -> Result<Option<links::Placed>, AppError> {
        let kind = kind_of(change.kind.as_deref())?;
        let with = change.with.clone().unwrap_or_else(|| self.directory_name());
        let all = links::of_connection(&*self.store, &self.tenant, &change.connection).await?;
        let mut mine = all.into_iter().filter(|(pair, link)| {
            pair.kind == kind && pair.target == with && link.gone.is_none() && *pair.ends(link).0.key == *change.key
        });
        Ok(mine.next())
    }

    fn no_link(change: &LinkChange) -> AppError {
        AppError::not_found(format!("`{}` of `{}` has no link", change.key, change.connection))
            .hint(format!("`idflow link list {}` shows what there is", change.connection))
    }

    fn decision_about(&self, change: &LinkChange, key: &str, choice: Choice, pair: &Pair) -> Decision {
        Decision {
            connection: change.connection.clone(),
            with: pair.target.clone(),
            kind: pair.kind,
            key: key.into(),
            choice,
            by: if change.actor.is_empty() { "owner".into() } else { change.actor.clone() },
            at: self.now(),
            why: change.why.clone(),
            workflow: None,
        }
    }

    /// Whoever had this key has another one now: the next run follows it.
    ///
    /// # Errors
    /// A key without a link; a new key that is somebody else's.
    pub async fn move_link(&self, change: &LinkChange) -> Result<Value, AppError> {
        let (pair, link) = self.link_of(change).await?.ok_or_else(|| Self::no_link(change))?;
        let new = LinkChange { key: change.to.clone(), ..change.clone() };
        if change.to.is_empty() || change.to == change.key {
            return Err(AppError::invalid("the new key is missing or the same"));
        }
        if let Some((pair, other)) = self.link_of(&new).await? {
            let who = self.whose(&pair, &other).await?;
            return Err(AppError::conflict(format!("`{}` of `{}` is {who} already", change.to, change.connection))
                .hint("a link can be taken away with `idflow link remove`"));
        }
        let local = pair.ends(&link).1.key.clone();
        let who = self.whose(&pair, &link).await?;
        self.keep(self.decision_about(change, &change.to, Choice::Link(local), &pair), &who).await
    }

    /// An object of a connection is this one of the directory: the next run links them.
    ///
    /// # Errors
    /// Ends that are linked already, or that nobody knows.
    pub async fn add_link(&self, change: &LinkChange) -> Result<Value, AppError> {
        if let Some((pair, link)) = self.link_of(change).await? {
            let who = self.whose(&pair, &link).await?;
            return Err(AppError::conflict(format!("`{}` of `{}` is {who} already", change.key, change.connection))
                .hint("a link can be taken away with `idflow link remove`"));
        }
        let kind = kind_of(change.kind.as_deref())?;
        let target = change.with.clone().unwrap_or_else(|| self.directory_name());
        let local = match target == self.directory_name() {
            true => self.find_local(kind, &change.to).await?,
            false => change.to.as_str().into(),
        };
        let pair = Pair { tenant: self.tenant.clone(), source: change.connection.clone(), target, kind };
        let who = self.person(kind, &local).await?;
        self.keep(self.decision_about(change, &change.key, Choice::Link(local), &pair), &who).await
    }

    /// Takes a link away and keeps the two apart; neither object is touched.
    ///
    /// # Errors
    /// A key without a link; a run that is at work.
    pub async fn remove_link(&self, change: &LinkChange) -> Result<Value, AppError> {
        let (pair, link) = self.link_of(change).await?.ok_or_else(|| Self::no_link(change))?;
        let busy = runs::working(&*self.store, &self.tenant, None).await?;
        if let Some(run) = busy.iter().find(|run| matches!(run.status, Status::Applying | Status::Planning)) {
            return Err(AppError::conflict(format!("run {} of `{}` is at work", run.run, run.workflow))
                .hint("try again when it is over"));
        }
        let mut batch = Batch::default();
        links::drop(&mut batch, &pair, &link);
        let (own, other) = pair.ends(&link);
        let decision = self.decision_about(change, &own.key, Choice::Never(other.key.clone()), &pair);
        decision.put(&mut batch, &self.tenant)?;
        self.store.commit(batch).await?;
        let who = self.whose(&pair, &link).await?;
        Ok(json!({"who": who, "removed": true, "decision": decision_view(&decision)}))
    }

    async fn keep(&self, decision: Decision, who: &str) -> Result<Value, AppError> {
        let mut batch = Batch { notify: true, ..Batch::default() };
        decision.put(&mut batch, &self.tenant)?;
        self.store.commit(batch).await?;
        Ok(json!({"who": who, "decision": decision_view(&decision)}))
    }

    async fn whose(&self, pair: &Pair, link: &Link) -> Result<String, AppError> {
        let (_, other) = pair.ends(link);
        if pair.target == self.directory_name() {
            self.person(pair.kind, &other.key).await
        } else {
            Ok(other.key.to_string())
        }
    }

    /// The object of the directory that a text means: its id, its account, or a name that nobody else has.
    async fn find_local(&self, kind: Kind, text: &str) -> Result<Box<str>, AppError> {
        let schema = super::directory::schema(kind);
        let directory = self.connections.directory();
        let mut found: HashMap<Box<str>, bool> = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let page = directory.page(kind, after.as_deref(), 1000).await;
            let page = page.map_err(|error| super::directory::failed(&error))?;
            for stored in &page {
                let is = |name: &str| schema.field(name).and_then(|id| stored.record.text(id)) == Some(text);
                let sure = *stored.key == *text || is("username");
                if sure || is("name") {
                    found.insert(stored.key.clone(), sure);
                }
            }
            match page.last() {
                Some(last) if page.len() == 1000 => after = Some(last.key.to_string()),
                _ => break,
            }
        }
        if found.values().any(|sure| *sure) {
            found.retain(|_, sure| *sure);
        }
        let mut keys = found.into_keys();
        match (keys.next(), keys.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(AppError::not_found(format!("nobody in the directory is called `{text}`"))
                .hint("`idflow directory show user --find TEXT` shows who is there")),
            (Some(_), Some(_)) => Err(AppError::invalid(format!("several in the directory are called `{text}`"))
                .hint("give the account or the id: `idflow directory show user --find TEXT`")),
        }
    }
}

fn decision_view(decision: &Decision) -> Value {
    let (choice, other) = match &decision.choice {
        Choice::Link(other) => ("same", Some(other)),
        Choice::Never(other) => ("other", Some(other)),
        Choice::Create => ("create", None),
        Choice::Ignore => ("ignore", None),
    };
    json!({
        "connection": decision.connection,
        "with": decision.with,
        "kind": decision.kind.as_str(),
        "key": &*decision.key,
        "choice": choice,
        "candidate": other.map(|other| &**other),
        "by": decision.by,
        "at": super::time(decision.at),
        "why": decision.why,
    })
}
