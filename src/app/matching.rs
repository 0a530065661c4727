//! Links, what is undecided, and what people decide about it. See [`crate::store::decisions`].

mod held_back;
mod open;
pub(super) mod people;
pub(super) mod people_lists;
mod spelling;

use std::collections::HashMap;

use idflow_sdk::Kind;

pub(super) use held_back::HeldBack;
use open::Open;

use super::{App, AppError, Desk, directory::kind_of, paging};
use crate::{
    connectors,
    contract::{
        link::{self, LinkChange, LinkChanged, LinkFilter},
        matching as shown,
        matching::{Decided, MatchingFilter, NewDecision, Undecided},
        page::Page,
    },
    model::{pinyin, run::Status},
    reconcile::{decisions::BESIDE, person::OTHER_PERSON},
    store::{
        Batch, catalogue,
        decisions::{self, Choice, Decision},
        links::{self, Link, Pair},
        object_index::{self, Wanted as Objects},
        runs,
    },
};

/// How many links a search finds at most.
const MOST_FOUND: usize = 2000;

impl App {
    fn directory_name(&self) -> String {
        connectors::DIRECTORY.name.into()
    }

    /// The objects that wait for a decision, of all connections or of one.
    pub async fn undecided(&self, filter: &MatchingFilter) -> Result<Page<Undecided>, AppError> {
        let decided = decisions::all(&*self.store, &self.tenant).await?;
        let mut open = Vec::new();
        let all = self.open_items().await?.into_iter();
        for mut one in all.filter(|one| filter.connection.as_ref().is_none_or(|wanted| *wanted == one.connection)) {
            one.shown.decided = decided.iter().filter(|decision| one.concerns(decision)).map(decision_view).collect();
            let mut candidates = std::mem::take(&mut one.shown.candidates);
            let had = !candidates.is_empty();
            candidates.retain(|candidate| !decided.iter().any(|decision| one.gives_away(decision, &candidate.key)));
            // All that it could be is somebody else's: the next run makes it, and nobody has to decide.
            if had && candidates.is_empty() {
                continue;
            }
            one.shown.candidates = candidates;
            open.push(one.shown);
        }
        self.narrow(&mut open, filter)?;
        let mut page = paging::cut(open, filter.limit, filter.cursor.as_deref())?;
        for one in page.items.iter_mut().filter(|one| one.with == self.directory_name() && one.kind == "user") {
            // Whoever planned it knew where an object of the target is.
            for candidate in one.candidates.iter_mut().filter(|candidate| candidate.department.is_none()) {
                candidate.department = self.home_of(&candidate.key).await?;
            }
        }
        Ok(page)
    }

    /// Keeps what the filter asks for.
    fn narrow(&self, open: &mut Vec<Undecided>, filter: &MatchingFilter) -> Result<(), AppError> {
        let wanted: fn(&Undecided) -> bool = match filter.filter.as_deref() {
            None | Some("" | "all") => |_| true,
            Some("open") => |one| one.decided.is_empty(),
            Some("decided") => |one| !one.decided.is_empty(),
            // Whoever only has the same name is nobody's proposal.
            Some("proposed") => |one| one.candidates.len() == 1 && !is_beside(one),
            Some("ambiguous") => |one| one.candidates.len() > 1,
            Some("alone") => |one| one.candidates.is_empty(),
            Some("beside") => is_beside,
            Some(word) => return Err(AppError::invalid("matching_filter_unknown").arg("word", word).field("filter")),
        };
        let find = filter.find.as_deref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        open.retain(|one| wanted(one) && find.as_ref().is_none_or(|find| is_called(one, find)));
        Ok(())
    }

    /// The departments of a person of the directory.
    async fn home_of(&self, key: &str) -> Result<Option<String>, AppError> {
        let directory = self.connections.directory();
        let failed = |error: idflow_sdk::Error| super::directory::failed(&error);
        let person = directory.get(Kind::User, &[key]).await.map_err(failed)?;
        let departments = super::directory::schema(Kind::User).field("departments");
        let field = person.first().zip(departments).and_then(|(person, id)| person.record.get(id));
        let keys = field.map(crate::reconcile::references::keys_of).unwrap_or_default();
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let found = directory.get(Kind::Department, &keys).await.map_err(failed)?;
        let name = super::directory::schema(Kind::Department).field("name");
        let names = found.iter().filter_map(|stored| stored.record.text(name?).map(ToString::to_string));
        let names: Vec<String> = names.collect();
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }

    /// The person behind an account of a connection.
    ///
    /// # Errors
    /// Nobody is linked to it; the store.
    pub async fn resolve_link(&self, asked: &link::ResolveLink) -> Result<link::ResolvedLink, AppError> {
        let userid = match (&asked.userid, &asked.code) {
            (Some(userid), None) => userid.clone(),
            (None, Some(code)) => self.visitor_of(&asked.connection, code).await?,
            _ => return Err(AppError::invalid("resolve_what").field("userid")),
        };
        let change = LinkChange {
            connection: asked.connection.clone(),
            key: userid.clone(),
            kind: Some(Kind::User.as_str().into()),
            ..LinkChange::default()
        };
        let (pair, link) = self.link_of(&change).await?.ok_or_else(|| Self::no_link(&change))?;
        let key = pair.ends(&link).1.key.clone();
        if self.is_held_back(&asked.connection, &userid, &key).await? {
            let error = AppError::conflict("link_in_doubt").arg("key", &userid);
            return Err(error.arg("connection", &asked.connection).field("userid"));
        }
        let found = self.connections.directory().get(Kind::User, &[&key]).await;
        let found = found.map_err(|error| super::directory::failed(&error))?;
        let person = found.first().ok_or_else(|| Self::no_link(&change))?;
        let schema = super::directory::schema(Kind::User);
        let text =
            |name: &str| schema.field(name).and_then(|id| person.record.text(id)).unwrap_or_default().to_string();
        Ok(link::ResolvedLink {
            connection: asked.connection.clone(),
            userid,
            id: key.to_string(),
            username: text("username"),
            name: text("name"),
            status: Some(text("status")).filter(|status| !status.is_empty()).unwrap_or_else(|| "active".into()),
        })
    }

    /// What people decided, of all connections or of one.
    pub async fn decisions(&self, filter: &MatchingFilter) -> Result<Page<shown::Decision>, AppError> {
        let decided = decisions::all(&*self.store, &self.tenant).await?;
        let wanted = |decision: &&Decision| filter.connection.as_ref().is_none_or(|name| *name == decision.connection);
        let decided = decided.iter().filter(wanted).map(decision_view).collect();
        paging::cut(decided, filter.limit, filter.cursor.as_deref())
    }
}

/// Whether a decision is about the same object as a new one.
fn is_of(one: &Decision, new: &NewDecision, with: &str, kind: Kind) -> bool {
    (&*one.connection, &*one.with, one.kind, &*one.key) == (&*new.connection, with, kind, new.key.as_str())
}

/// Whether an open question is about the object that somebody decides about.
fn is_about(one: &Open, new: &NewDecision, kind: Kind) -> bool {
    one.connection == new.connection
        && new.with.as_ref().is_none_or(|with| *with == one.with)
        && one.kind == kind
        && one.keys().contains(&new.key.as_str())
}

/// The object that somebody has said it is not, where that is one: what is taken back when nobody asks any more.
fn the_only_never<'d>(decided: impl Iterator<Item = &'d Decision>) -> Option<Box<str>> {
    let mut others = decided.filter_map(|one| match &one.choice {
        Choice::Never(other) => Some(other.clone()),
        _ => None,
    });
    others.next().filter(|_| others.next().is_none())
}

/// Whom an object could be, seen from its own side: the candidates, or those who could be it, with key and label.
fn could_be<'o>(mine: &[&'o Open]) -> Vec<(&'o Open, String, String)> {
    mine.iter()
        .flat_map(|one| match one.by_target {
            true => vec![(*one, one.source.clone(), one.shown.name.clone())],
            false => one.shown.candidates.iter().map(|it| (*one, it.key.clone(), it.label.clone())).collect(),
        })
        .collect()
}

impl Desk<'_> {
    /// Keeps decisions; all of them or none.
    ///
    /// # Errors
    /// Words that mean nothing, objects that nobody asks about, several candidates of which none is named.
    pub async fn decide(&self, new: &[NewDecision]) -> Result<Decided, AppError> {
        let open = self.open_items().await?;
        let before = decisions::all(&*self.store, &self.tenant).await?;
        let mut decided = Vec::new();
        for one in new {
            let one = self.spelled(one, &open, &before).await?;
            decided.extend(self.decisions_of(&one, &open, &before).await?);
        }
        self.refuse_two_of_one(&decided, &before).await?;
        let mut batch = Batch { notify: true, ..Batch::default() };
        for decision in &decided {
            // Of two people who decide at the same moment one is told so.
            decision.put_over(&*self.store, &mut batch, &self.tenant).await?;
        }
        self.store.commit(batch).await?;
        Ok(Decided { decisions: decided.iter().map(decision_view).collect() })
    }

    /// Refuses that two objects of a connection are said to be one and the same.
    async fn refuse_two_of_one(&self, decided: &[Decision], before: &[Decision]) -> Result<(), AppError> {
        for (at, one) in decided.iter().enumerate() {
            let Choice::Link(who) = &one.choice else { continue };
            let about = |other: &&Decision| {
                (&other.connection, &other.with, other.kind) == (&one.connection, &one.with, one.kind)
            };
            let anew = |other: &&Decision| {
                decided.iter().filter(about).any(|new| new.key == other.key && !matches!(new.choice, Choice::Never(_)))
            };
            let earlier = before.iter().filter(|other| !anew(other)).chain(&decided[..at]);
            let rival = earlier.filter(about).find(|other| other.key != one.key && other.choice == one.choice);
            if let Some(rival) = rival {
                let name = match one.with == self.directory_name() {
                    true => self.person(one.kind, who).await?,
                    false => who.to_string(),
                };
                let error = AppError::conflict("decided_already").arg("who", name).arg("other", rival.key.to_string());
                return Err(error.arg("connection", &one.connection).field("candidate"));
            }
        }
        Ok(())
    }

    /// The decisions that somebody takes about an object: one that waits, or one that was decided about before.
    async fn decisions_of(
        &self,
        new: &NewDecision,
        open: &[Open],
        before: &[Decision],
    ) -> Result<Vec<Decision>, AppError> {
        let kind = kind_of(new.kind.as_deref())?;
        let mine: Vec<&Open> = open.iter().filter(|one| is_about(one, new, kind)).collect();
        let with = match (&new.with, mine.first()) {
            (Some(with), _) => with.clone(),
            (None, Some(first)) => first.with.clone(),
            (None, None) => self.directory_name(),
        };
        let about_it = |one: &&Decision| is_of(one, new, &with, kind);
        let earlier = before.iter().find(about_it);
        let asked_by = mine.first().map(|one| &one.workflow).or(earlier.and_then(|one| one.workflow.as_ref())).cloned();
        let decision = |choice: Choice, workflow: Option<String>| Decision {
            connection: new.connection.clone(),
            with: with.clone(),
            kind,
            key: new.key.as_str().into(),
            choice,
            by: self.caller.actor.clone(),
            at: self.now(),
            why: new.why.clone(),
            workflow,
            review: None,
        };
        let unknown = || {
            let error = AppError::not_found("nothing_undecided").arg("key", &new.key);
            error.arg("connection", &new.connection).field("key")
        };
        // What is to become of somebody new can be said before he comes; who he is, only of somebody who is known.
        let is_known = !mine.is_empty() || earlier.is_some();
        let others = could_be(&mine);
        // Of one of several it may be said alone that it is another one, by its key or its name.
        let is_named = |(_, key, label): &&(&Open, String, String)| {
            new.candidate.as_ref().is_none_or(|named| key == named || label == named)
        };
        let never = |(one, key, _): &(&Open, String, String)| {
            decision(Choice::Never(key.as_str().into()), Some(one.workflow.clone()))
        };
        let nevers = || -> Vec<Decision> { others.iter().filter(is_named).map(never).collect() };
        let is_given_again = |one: &&Open| one.shown.error.as_ref().is_some_and(|error| *error.code == *OTHER_PERSON);
        match new.choice {
            shown::Choice::Same => {
                let fits = |(_, key, label): &&(&Open, String, String)| {
                    new.candidate.as_ref().is_none_or(|wanted| key == wanted || label.contains(wanted.as_str()))
                };
                let fitting: Vec<_> = others.iter().filter(fits).collect();
                match fitting.as_slice() {
                    [(one, key, _)] => {
                        Ok(vec![decision(Choice::Link(key.as_str().into()), Some(one.workflow.clone()))])
                    }
                    // Whoever decides knows more than the rules: anybody of the directory may be named.
                    [] => match (&new.candidate, the_only_never(before.iter().filter(about_it))) {
                        (Some(text), _) if is_known && with == self.directory_name() => {
                            Ok(vec![decision(Choice::Link(self.find_local(kind, text).await?), asked_by)])
                        }
                        (None, Some(other)) => Ok(vec![decision(Choice::Link(other), asked_by)]),
                        _ => Err(unknown()),
                    },
                    several => {
                        let names: Vec<&str> = several.iter().map(|(.., label)| label.as_str()).collect();
                        Err(AppError::invalid("several_meant").arg("names", names.join(", ")).field("candidate"))
                    }
                }
            }
            // Nobody whom it does not fit is kept apart for it: somebody may have been read meanwhile whom it is not about.
            shown::Choice::Other if !others.iter().any(|one| is_named(&one)) => Err(unknown()),
            // Of an account that may have gone to somebody else, a new one is another one.
            shown::Choice::Create if !others.is_empty() && mine.iter().any(is_given_again) => {
                Ok(others.iter().map(never).collect())
            }
            shown::Choice::Other => Ok(nevers()),
            shown::Choice::Create => Ok(vec![decision(Choice::Create, asked_by)]),
            shown::Choice::Ignore => Ok(vec![decision(Choice::Ignore, asked_by)]),
        }
    }

    fn decision_about(&self, change: &LinkChange, key: &str, choice: Choice, pair: &Pair) -> Decision {
        Decision {
            connection: change.connection.clone(),
            with: pair.target.clone(),
            kind: pair.kind,
            key: key.into(),
            choice,
            by: self.caller.actor.clone(),
            at: self.now(),
            why: change.why.clone(),
            workflow: None,
            review: None,
        }
    }

    /// Whoever had this key has another one now: the next run follows it.
    ///
    /// # Errors
    /// A key without a link; a new key that is somebody else's.
    pub async fn move_link(&self, change: &LinkChange) -> Result<LinkChanged, AppError> {
        let (pair, link) = self.link_of(change).await?.ok_or_else(|| App::no_link(change))?;
        let new = LinkChange { key: change.to.clone(), ..change.clone() };
        if change.to.is_empty() || change.to == change.key {
            return Err(AppError::invalid("link_key_missing").field("to"));
        }
        if let Some((pair, other)) = self.link_of(&new).await? {
            let who = self.whose(&pair, &other).await?;
            let error = AppError::conflict("link_taken").arg("key", &change.to).arg("who", who);
            return Err(error.arg("connection", &change.connection).field("to"));
        }
        let local = pair.ends(&link).1.key.clone();
        let who = self.whose(&pair, &link).await?;
        self.keep(self.decision_about(change, &change.to, Choice::Link(local), &pair), &who).await
    }

    /// An object of a connection is this one of the directory: the next run links them.
    ///
    /// # Errors
    /// Ends that are linked already, or that nobody knows.
    pub async fn add_link(&self, change: &LinkChange) -> Result<LinkChanged, AppError> {
        if let Some((pair, link)) = self.link_of(change).await? {
            let who = self.whose(&pair, &link).await?;
            let error = AppError::conflict("link_taken").arg("key", &change.key).arg("who", who);
            return Err(error.arg("connection", &change.connection).field("key"));
        }
        let kind = kind_of(change.kind.as_deref())?;
        let target = change.with.clone().unwrap_or_else(|| self.directory_name());
        let local = match target == self.directory_name() {
            true => self.find_local(kind, &change.to).await?,
            false => change.to.as_str().into(),
        };
        let pair = Pair { tenant: self.tenant.clone(), source: change.connection.clone(), target, kind };
        let who = self.person(kind, &local).await?;
        let decision = self.decision_about(change, &change.key, Choice::Link(local), &pair);
        // What somebody has decided and no run has carried out yet stands, too.
        let before = decisions::all(&*self.store, &self.tenant).await?;
        let about = |one: &&Decision| {
            (&one.connection, &one.with, one.kind, &one.key)
                == (&decision.connection, &decision.with, kind, &decision.key)
        };
        let rival = before.iter().filter(about).find_map(|one| match &one.choice {
            Choice::Link(other) if one.choice != decision.choice => Some(other),
            _ => None,
        });
        if let Some(other) = rival {
            let other = self.person(kind, other).await?;
            let error = AppError::conflict("account_decided").arg("who", &change.key).arg("other", other);
            return Err(error.arg("connection", &change.connection).field("key"));
        }
        self.refuse_two_of_one(std::slice::from_ref(&decision), &before).await?;
        self.keep(decision, &who).await
    }

    /// Takes a link away and keeps the two apart; neither object is touched.
    ///
    /// # Errors
    /// A key without a link; a run that is at work.
    pub async fn remove_link(&self, change: &LinkChange) -> Result<LinkChanged, AppError> {
        let (pair, link) = self.link_of(change).await?.ok_or_else(|| App::no_link(change))?;
        // Somebody has linked it anew since it was looked at: that link is not the one that was wrong.
        if !change.to.is_empty() && *change.to != *pair.ends(&link).1.key {
            let who = self.whose(&pair, &link).await?;
            let error = AppError::conflict("link_taken").arg("key", &change.key).arg("who", who);
            return Err(error.arg("connection", &change.connection));
        }
        let busy = runs::working(&*self.store, &self.tenant, None).await?;
        if let Some(run) = busy.iter().find(|run| matches!(run.status, Status::Applying | Status::Planning)) {
            let error = AppError::conflict("run_at_work").arg("run", run.run.to_string());
            return Err(error.arg("workflow", &run.workflow));
        }
        let mut batch = Batch::default();
        links::drop(&mut batch, &pair, &link);
        let (own, other) = pair.ends(&link);
        let decision = self.decision_about(change, &own.key, Choice::Never(other.key.clone()), &pair);
        decision.put_over(&*self.store, &mut batch, &self.tenant).await?;
        self.store.commit(batch).await?;
        // What the account's holder gave is not this person's after all.
        if pair.kind == Kind::User && pair.target == self.directory_name() {
            self.connections.own_directory().forget_given(&other.key).await?;
        }
        let who = self.whose(&pair, &link).await?;
        Ok(LinkChanged { who, removed: true, decision: decision_view(&decision) })
    }
}

impl App {
    /// The links of a connection.
    pub async fn links(&self, filter: &LinkFilter) -> Result<Page<link::Link>, AppError> {
        let (connection, find) = (filter.connection.as_str(), filter.find.as_deref());
        let (limit, after) = (paging::limit(filter.limit)?, filter.cursor.as_deref());
        let (store, tenant, directory) = (&*self.store, &self.tenant, self.directory_name());
        let mut all = match find {
            None => links::page(store, tenant, connection, after, limit + 1).await?,
            Some(find) => {
                let people = self.called(find).await?;
                let named = (directory.as_str(), &people[..]);
                let mut all = links::find(store, tenant, connection, find, named, MOST_FOUND).await?;
                all.retain(|(place, _)| after.is_none_or(|after| place.as_str() > after));
                all
            }
        };
        if all.is_empty() && links::page(store, tenant, connection, None, 1).await?.is_empty() {
            let known = directory == connection
                || catalogue::connection(store, tenant, connection).await?.is_some()
                || connection == "import";
            if !known {
                return Err(AppError::not_found("connection_missing").arg("name", connection).field("connection"));
            }
        }
        let more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| more).map(|(place, _)| place.clone());
        let mut found = Vec::new();
        for (_, (pair, link)) in &all {
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
            found.push(link::Link {
                connection: connection.into(),
                key: own.key.to_string(),
                with: pair.target.clone(),
                other: other.key.to_string(),
                label,
                kind: pair.kind.as_str().into(),
                rule: link.rule.clone(),
                workflow: link.workflow.clone(),
                since: super::time(link.since),
                gone: link.gone.map(super::time),
            });
        }
        Ok(Page { items: found, next, total: None })
    }

    /// The objects of the directory that are called so, or whose name, account or number begins so.
    async fn called(&self, text: &str) -> Result<Vec<(Kind, String)>, AppError> {
        let mut found = Vec::new();
        for kind in [Kind::Department, Kind::User] {
            let wanted = Objects { kind, find: Some(text.into()), contacts: false, department: None };
            let objects = object_index::find(&*self.store, &self.tenant, &wanted, None, MOST_FOUND).await?;
            found.extend(objects.into_iter().map(|(_, stored)| (kind, stored.key.to_string())));
        }
        Ok(found)
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
        let pair = Pair { tenant: self.tenant.clone(), source: change.connection.clone(), target: with, kind };
        let link = self.link_in(&pair, &change.key).await?;
        Ok(link.map(|link| (pair, link)))
    }

    fn no_link(change: &LinkChange) -> AppError {
        let error = AppError::not_found("link_missing").arg("key", &change.key);
        error.arg("connection", &change.connection).field("key")
    }

    async fn keep(&self, decision: Decision, who: &str) -> Result<LinkChanged, AppError> {
        let mut batch = Batch { notify: true, ..Batch::default() };
        decision.put(&mut batch, &self.tenant)?;
        self.store.commit(batch).await?;
        Ok(LinkChanged { who: who.into(), removed: false, decision: decision_view(&decision) })
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
            (None, _) => Err(AppError::not_found("nobody_called").arg("text", text).field("to")),
            (Some(_), Some(_)) => Err(AppError::invalid("several_called").arg("text", text).field("to")),
        }
    }
}

/// Whether it is about somebody who would be made beside whoever has the same name.
fn is_beside(one: &Undecided) -> bool {
    one.error.as_ref().is_some_and(|error| *error.code == *BESIDE)
}

/// Whether a key or a name of an undecided object, or of what it could be, begins so; a name also in letters.
fn is_called(one: &Undecided, find: &str) -> bool {
    let candidates = one.candidates.iter().flat_map(|candidate| [candidate.key.as_str(), &candidate.label]);
    let mut texts = [one.key.as_deref().unwrap_or_default(), &one.name].into_iter().chain(candidates);
    texts.any(|text| called_so(text, find))
}

/// Whether a key or a name begins so, also in letters.
fn called_so(text: &str, find: &str) -> bool {
    let text = text.to_lowercase();
    let spelled = pinyin::syllables(&text);
    let mut written = spelled.iter().flat_map(|parts| {
        let initials: String = parts.iter().filter_map(|part| part.chars().next()).collect();
        [parts.concat(), initials]
    });
    text.starts_with(find) || text.contains(&format!("({find}")) || written.any(|text| text.starts_with(find))
}

fn decision_view(decision: &Decision) -> shown::Decision {
    let (choice, other) = match &decision.choice {
        Choice::Link(other) => (shown::Choice::Same, Some(other)),
        Choice::Never(other) => (shown::Choice::Other, Some(other)),
        Choice::Create => (shown::Choice::Create, None),
        Choice::Ignore => (shown::Choice::Ignore, None),
    };
    shown::Decision {
        connection: decision.connection.clone(),
        with: decision.with.clone(),
        kind: decision.kind.as_str().into(),
        key: decision.key.to_string(),
        choice,
        candidate: other.map(ToString::to_string),
        by: decision.by.clone(),
        at: super::time(decision.at),
        why: decision.why.clone(),
    }
}
