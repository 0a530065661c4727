//! The members of a source: who there is, by the better list, and what the app sees of them.
//!
//! With the contact-sync secret `user/list_id` says who there is and where; without it that is whoever the app sees, in the
//! departments that it sees. Somebody who moves while department after department is read stands on no page: whoever is
//! missed is asked for by himself before anybody says that he is gone.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use idflow_sdk::{Context, Error, ErrorKind, Field, FieldId, Problem, Record, Seen, Value};
use serde_json::{Map, Value as Json};

use super::{
    Found, OTHERS,
    changes::Changes,
    scope::{Tag, Wanted},
    tree::Tree,
};
use crate::{
    client::{AgentRow, Client, Who},
    codes,
    config::{Config, Exports},
    error::{code_of, lacks, own},
    export::{self, What},
    mapping, people,
    roster::Roster,
    schema::user,
};

/// More people than this are not asked for one by one.
pub(super) const MANY: usize = 1_000;
/// Of those whom no list has so many are asked for by themselves before anybody says that they are gone.
const DOUBTED: usize = 200;
/// From so many departments up an export takes fewer calls than their lists.
const EXPORT_FROM: usize = 1_000;
/// From so many people up they are not all held at once, where an export can be read piece by piece.
const EXPORT_PEOPLE: usize = 100_000;
/// How many names a notice has.
const NAMED: usize = 10;

/// Who there is.
pub(super) enum Everybody {
    /// These.
    Listed(Vec<(Box<str>, Record)>),
    /// Maybe more than can be held at once, see [`super::pieces`]; with the list of ids, if that was read.
    InPieces(Option<Roster>),
}

/// Members by userid in lower case, with the userid as it is written.
pub(super) type Members = HashMap<String, (Box<str>, Record)>;

/// Where members go as they are read, so that nobody is held twice.
struct Gathering<'a> {
    members: &'a mut Members,
    /// Who was on a page, in lower case.
    seen: &'a mut HashSet<String>,
    /// Only these count, in lower case.
    only: Option<&'a HashSet<String>>,
}

/// What reading people needs.
pub(super) struct People<'a> {
    pub client: &'a Client,
    pub context: &'a Context,
    pub config: &'a Config,
    /// Whether the app sees the whole company.
    pub whole: bool,
    pub tree: &'a Tree,
    pub found: &'a mut Found,
}

impl People<'_> {
    /// The departments whose members are listed.
    pub fn lists(&self, covered: Option<&BTreeSet<i64>>) -> BTreeSet<i64> {
        match covered {
            Some(covered) => self.tree.visible().intersection(covered).copied().collect(),
            None => self.tree.visible().clone(),
        }
    }

    /// Everybody who can be seen; of a step that asks for a part, at least that part. All of them are held at once.
    pub async fn read(
        &mut self,
        agent: Option<&AgentRow>,
        wanted: &Wanted,
        covered: Option<&BTreeSet<i64>>,
        tags: &[Tag],
    ) -> Result<Vec<(Box<str>, Record)>, Error> {
        let Some(agent) = agent else { return Ok(self.ids().await?.into_values().collect()) };
        let lists = self.lists(covered);
        let mut members = self.ids().await?;
        let mut seen: HashSet<String> = HashSet::new();
        self.profiles(&lists, Gathering { members: &mut members, seen: &mut seen, only: None }).await?;
        self.complete((agent, wanted, tags), &lists, members, &seen).await
    }

    /// The same, unless they may be more than can be held at once: by an export, or by ids alone, they come in pieces. Who is
    /// chosen by name or by a tag decides which departments are shown, so such a step holds everybody.
    pub async fn read_or_begin(
        &mut self,
        agent: Option<&AgentRow>,
        wanted: &Wanted,
        covered: Option<&BTreeSet<i64>>,
        tags: &[Tag],
    ) -> Result<Everybody, Error> {
        if !wanted.is_only_departments() {
            return Ok(Everybody::Listed(self.read(agent, wanted, covered, tags).await?));
        }
        let roster = match self.client.has(Who::Contacts) {
            true => Some(people::roster(self.client, self.context).await?),
            false => None,
        };
        let lists = self.lists(covered);
        let many =
            self.config.exports == Exports::Auto && roster.as_ref().is_some_and(|roster| roster.len() >= EXPORT_PEOPLE);
        let Some(agent) = agent.filter(|_| !many && !self.prefers_export(lists.len())) else {
            return Ok(Everybody::InPieces(roster));
        };
        let mut members = roster.map(|roster| by_userid(roster.into_everybody().collect())).unwrap_or_default();
        let mut seen: HashSet<String> = HashSet::new();
        match self.lists_of(&lists, &mut Gathering { members: &mut members, seen: &mut seen, only: None }).await {
            Err(error) if self.may_export_instead(&error) => return Ok(Everybody::InPieces(None)),
            listed => listed?,
        }
        Ok(Everybody::Listed(self.complete((agent, wanted, tags), &lists, members, &seen).await?))
    }

    /// Asks for whoever was on no page, one by one.
    async fn complete(
        &mut self,
        (agent, wanted, tags): (&AgentRow, &Wanted, &[Tag]),
        lists: &BTreeSet<i64>,
        mut members: Members,
        seen: &HashSet<String>,
    ) -> Result<Vec<(Box<str>, Record)>, Error> {
        let mut singles: BTreeSet<String> = wanted.chosen(tags);
        if wanted.is_open() {
            singles.extend(agent.members().into_iter().map(str::to_lowercase));
            singles.extend(self.tagged(agent).await?);
        }
        let missed = self.missed(&members, seen, lists, wanted.is_open());
        if missed.len() > MANY {
            self.found.moved("user/list");
        } else {
            singles.extend(missed);
        }
        singles.retain(|userid| !seen.contains(userid));
        let written =
            |userid: &String| members.get(userid).map_or_else(|| userid.clone(), |(as_is, _)| as_is.to_string());
        let asked: Vec<String> = singles.iter().map(written).collect();
        let mut unknown = Vec::new();
        for (userid, answer) in self.ask(&asked).await? {
            match answer {
                Some((userid, record)) => self.take(&mut members, userid, record),
                None if wanted.names(&userid) && !members.contains_key(&userid.to_lowercase()) => unknown.push(userid),
                None => {}
            }
        }
        if !unknown.is_empty() && !self.whole && !self.client.has(Who::Contacts) {
            let names = unknown.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let problem = Problem::new("wecom_people_not_found").arg("count", unknown.len().to_string());
            self.found.incomplete.get_or_insert(problem.arg("names", names));
        }
        Ok(members.into_values().collect())
    }

    /// Those alone whom events told of, and the members of these departments.
    pub async fn read_changes(
        &mut self,
        changes: &Changes,
        lists: &BTreeSet<i64>,
    ) -> Result<Vec<(Box<str>, Record)>, Error> {
        // Where the app sees a part, only the other secret knows who is there, and where.
        let contacts = self.client.has(Who::Contacts);
        let all = if self.whole { Members::new() } else { self.ids().await? };
        let mut members = Members::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut listed = if self.whole { Members::new() } else { all.clone() };
        self.lists_of(lists, &mut Gathering { members: &mut listed, seen: &mut seen, only: None }).await?;
        listed.retain(|key, _| seen.contains(key));
        members.extend(listed);
        let asked: Vec<&String> =
            changes.people.iter().filter(|(key, _)| !seen.contains(*key)).map(|(_, userid)| userid).collect();
        let mut reads = Vec::with_capacity(asked.len());
        for userid in &asked {
            reads.push(self.client.member(self.context, userid).boxed());
        }
        let answers: Vec<Result<Map<String, Json>, Error>> =
            stream::iter(reads).buffered(self.config.parallel).collect().await;
        let mut gone = Vec::new();
        for (userid, answer) in asked.into_iter().zip(answers) {
            let key = userid.to_lowercase();
            let known = all.get(&key);
            members.extend(known.map(|known| (key.clone(), known.clone())));
            let missing = matches!(&answer, Err(error) if code_of(error).is_some_and(codes::is_missing));
            if let Some(row) = present(answer)? {
                let (userid, record) = member(self.config.own_app, &row, "user/get")?;
                self.take(&mut members, userid, record);
            } else if missing && changes.deleted.contains(&key) && (self.whole || (contacts && known.is_none())) {
                gone.push(userid.as_str().into());
            }
        }
        let number = (members.len() + gone.len()).to_string();
        self.found.notices.push(Problem::new("wecom_read_changes").arg("count", number));
        self.found.gone = Some(gone);
        Ok(members.into_values().collect())
    }

    /// Looks once more for these, who were on no page.
    pub async fn look_again(&mut self, keys: &[&str]) -> Result<Members, Error> {
        let wanted: HashSet<String> = keys.iter().map(|key| key.to_lowercase()).collect();
        let mut there = match self.client.has(Who::Contacts) {
            true => by_userid(people::ids_of(self.client, self.context, &wanted).await?),
            false => Members::new(),
        };
        let app = self.client.has(Who::App);
        let contacts = self.client.has(Who::Contacts);
        if app && !contacts && keys.len() > MANY {
            let visible = self.tree.visible().clone();
            let mut seen = HashSet::new();
            self.profiles(&visible, Gathering { members: &mut there, seen: &mut seen, only: Some(&wanted) }).await?;
            if let Some(problem) = self.found.incomplete.take() {
                return Err(own(ErrorKind::Unexpected, problem));
            }
        } else if app {
            let asked: Vec<String> = match contacts {
                true => there.values().take(MANY).map(|(userid, _)| userid.to_string()).collect(),
                false => keys.iter().map(ToString::to_string).collect(),
            };
            for (_, answer) in self.ask(&asked).await? {
                if let Some((userid, record)) = answer {
                    self.take(&mut there, userid, record);
                }
            }
        }
        if app && (contacts || keys.len() > MANY) {
            self.ask_for_doubted(keys, &mut there).await?;
        }
        Ok(there)
    }

    /// A list that is given in pages is of no single moment, and a member can be missing from it who is there: only the platform's
    /// word that there is no such member says that he is gone. Where it says anything else, the lists lack somebody.
    async fn ask_for_doubted(&mut self, keys: &[&str], there: &mut Members) -> Result<(), Error> {
        let lost: Vec<&str> = keys.iter().filter(|key| !there.contains_key(&key.to_lowercase())).copied().collect();
        let mut reads = Vec::with_capacity(lost.len().min(DOUBTED));
        for userid in lost.iter().take(DOUBTED) {
            reads.push(self.client.member(self.context, userid).boxed());
        }
        let answers: Vec<Result<Map<String, Json>, Error>> =
            stream::iter(reads).buffered(self.config.parallel).collect().await;
        // The list of all is there, and without them: an unknown userid is that of somebody who left.
        let contacts = self.client.has(Who::Contacts);
        let mut names: Vec<&str> = Vec::new();
        for (userid, answer) in lost.into_iter().zip(answers) {
            let code = answer.as_ref().err().and_then(code_of);
            // To an app that sees a part, whoever it does not see may be gone or not: the other list says.
            let gone = |code| {
                let unknown = contacts && code == codes::NO_USERID;
                unknown || codes::is_missing(code) || (!self.whole && codes::is_out_of_range(code))
            };
            match answer {
                Ok(row) => {
                    let (key, record) = member(self.config.own_app, &row, "user/get")?;
                    self.take(there, key, record);
                    names.push(userid);
                }
                Err(_) if code.is_some_and(gone) => {}
                Err(_) if code.is_some_and(codes::is_out_of_range) => names.push(userid),
                Err(error) => return Err(error),
            }
        }
        if !names.is_empty() {
            let more = if names.len() > NAMED { "…" } else { "" };
            let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            let problem = Problem::new("wecom_list_lacks").arg("count", names.len().to_string());
            self.found.incomplete.get_or_insert(problem.arg("names", format!("{shown}{more}")));
        }
        Ok(())
    }

    /// Everybody in the company with their departments, where the contact-sync secret is there.
    async fn ids(&self) -> Result<Members, Error> {
        if !self.client.has(Who::Contacts) {
            return Ok(Members::new());
        }
        Ok(by_userid(people::ids(self.client, self.context).await?))
    }

    /// Whether the members of so many departments are better read by an export.
    fn prefers_export(&self, departments: usize) -> bool {
        match self.config.exports {
            Exports::Always => true,
            Exports::Auto => departments >= EXPORT_FROM,
            Exports::Off => false,
        }
    }

    /// Whether a list was refused for its size, and an export is the way out.
    fn may_export_instead(&self, error: &Error) -> bool {
        code_of(error) == Some(codes::TOO_LARGE) && self.config.exports != Exports::Off
    }

    /// The members of these departments, and of others where they come by an export.
    async fn profiles(&mut self, departments: &BTreeSet<i64>, mut into: Gathering<'_>) -> Result<(), Error> {
        if self.prefers_export(departments.len()) {
            return self.exported(&mut into).await;
        }
        match self.lists_of(departments, &mut into).await {
            Err(error) if self.may_export_instead(&error) => self.exported(&mut into).await,
            read => read,
        }
    }

    /// Everybody whom the app sees, by an export.
    async fn exported(&self, into: &mut Gathering<'_>) -> Result<(), Error> {
        let mut take = |row: Map<String, Json>| {
            let (userid, record) = member(self.config.own_app, &row, "export/user")?;
            self.put(into, userid, record);
            Ok(())
        };
        export::rows(self.client, self.context, What::Users, &mut take).await
    }

    fn put(&self, into: &mut Gathering<'_>, userid: Box<str>, record: Record) {
        let key = userid.to_lowercase();
        if into.only.is_none_or(|only| only.contains(&key)) {
            into.seen.insert(key);
            self.take(into.members, userid, record);
        }
    }

    /// The members of these departments, list by list. A department that is gone meanwhile, or out of range, shows that it was changed.
    async fn lists_of(&mut self, departments: &BTreeSet<i64>, into: &mut Gathering<'_>) -> Result<(), Error> {
        let mut reads = Vec::with_capacity(departments.len());
        let by_export = self.config.exports != Exports::Off;
        for id in departments {
            reads.push(match by_export {
                true => self.client.members(self.context, *id).map(present).boxed(),
                false => people::list(self.client, self.context, *id, self.config.parallel).map(present).boxed(),
            });
        }
        let mut answers = stream::iter(reads).buffered(self.config.parallel);
        let mut moved = false;
        while let Some(answer) = answers.try_next().await? {
            let Some(rows) = answer else {
                moved = true;
                continue;
            };
            for row in &rows {
                let (userid, record) = member(self.config.own_app, row, "user/list")?;
                self.put(into, userid, record);
            }
        }
        drop(answers);
        if moved {
            self.found.moved("user/list");
        }
        Ok(())
    }

    /// These members one by one; `None` for whoever cannot be seen.
    pub(super) async fn ask(&self, userids: &[String]) -> Result<Vec<(String, Option<(Box<str>, Record)>)>, Error> {
        let mut reads = Vec::with_capacity(userids.len());
        for userid in userids {
            reads.push(self.client.member(self.context, userid).map(present).boxed());
        }
        let answers: Vec<Option<Map<String, Json>>> =
            stream::iter(reads).buffered(self.config.parallel).try_collect().await?;
        let mut all = Vec::with_capacity(userids.len());
        for (userid, answer) in userids.iter().zip(answers) {
            let answer = answer.map(|row| member(self.config.own_app, &row, "user/get")).transpose()?;
            all.push((userid.clone(), answer));
        }
        Ok(all)
    }

    /// The members of the tags in the app's range. A tag that cannot be read hides some.
    pub(super) async fn tagged(&mut self, agent: &AgentRow) -> Result<Vec<String>, Error> {
        let mut all = Vec::new();
        if agent.sees_all() {
            return Ok(all);
        }
        for id in agent.tags() {
            match present(self.client.tag(self.context, id).await) {
                Ok(Some(content)) => all.extend(content.userlist.into_iter().map(|user| user.userid.to_lowercase())),
                Ok(None) => {
                    let problem = Problem::new("wecom_tag_unreadable").arg("tag", id.to_string());
                    self.found.incomplete.get_or_insert(problem);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Who is in one of these departments, as the other list says, and on no page of them.
    fn missed(&self, members: &Members, seen: &HashSet<String>, lists: &BTreeSet<i64>, everybody: bool) -> Vec<String> {
        let missed = |(userid, (_, record)): &(&String, &(Box<str>, Record))| {
            let nowhere = departments(record).next().is_none();
            let there = departments(record).any(|id| lists.contains(&id)) || (everybody && self.whole && nowhere);
            there && !seen.contains(*userid)
        };
        members.iter().filter(missed).map(|(userid, _)| userid.clone()).collect()
    }

    /// Adds what the app sees of somebody to what is known.
    fn take(&self, members: &mut Members, userid: Box<str>, mut seen: Record) {
        let key = userid.to_lowercase();
        if self.client.has(Who::Contacts) {
            let (_, known) = members.entry(key).or_insert_with(|| (userid, Record::new()));
            people::join(known, &seen, self.whole);
        } else {
            if !self.whole {
                in_part(&mut seen);
            }
            members.insert(key, (userid, seen));
        }
    }
}

/// Members by userid.
fn by_userid(all: Vec<Seen>) -> Members {
    all.into_iter().map(|seen| (seen.key.to_lowercase(), (seen.key, seen.record))).collect()
}

/// What an app with a partial range sees of somebody: some of the departments, a leader if he can be seen.
pub(super) fn in_part(seen: &mut Record) {
    for (id, more) in [(user::DEPARTMENT, Value::Int(OTHERS)), (user::IS_LEADER_IN_DEPT, Value::Bool(false))] {
        if let Some(items) = seen.value(id).and_then(Value::as_list) {
            let items: Vec<Value> = items.iter().cloned().chain([more]).collect();
            seen.set(id, Field::Value(Value::List(items.into())));
        }
    }
    if seen.value(user::DIRECT_LEADER).and_then(Value::as_list).is_some_and(<[Value]>::is_empty) {
        seen.take(user::DIRECT_LEADER);
    }
}

/// An answer, or nothing where what was asked for is not there or cannot be seen.
fn present<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match code_of(&error) {
            Some(code) if codes::is_unseen(code) => Ok(None),
            _ => Err(error),
        },
    }
}

pub(super) fn member(own: bool, row: &Map<String, Json>, api: &'static str) -> Result<(Box<str>, Record), Error> {
    mapping::shown_to(own, row).ok_or_else(|| lacks(api, "userid"))
}

/// The departments that somebody is known to be in.
pub(super) fn departments(record: &Record) -> impl Iterator<Item = i64> {
    let items = record.value(user::DEPARTMENT).and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(Value::as_int).filter(|id| *id != OTHERS)
}

/// Leaves out the departments that do not count, with their flags.
pub(super) fn keep_departments(record: &mut Record, counts: impl Fn(i64) -> bool) {
    let list = |record: &Record, id: FieldId| record.value(id).and_then(Value::as_list).map(<[Value]>::to_vec);
    let Some(items) = list(record, user::DEPARTMENT) else { return };
    let kept: Vec<usize> = (0..items.len()).filter(|at| items[*at].as_int().is_some_and(&counts)).collect();
    if kept.len() == items.len() {
        return;
    }
    let only = |items: Vec<Value>| Field::Value(Value::list(kept.iter().map(|at| items[*at].clone())));
    match list(record, user::IS_LEADER_IN_DEPT) {
        Some(flags) if flags.len() == items.len() => record.set(user::IS_LEADER_IN_DEPT, only(flags)),
        Some(_) => drop(record.take(user::IS_LEADER_IN_DEPT)),
        None => {}
    }
    record.set(user::DEPARTMENT, only(items));
    if record.value(user::MAIN_DEPARTMENT).and_then(Value::as_int).is_some_and(|main| !counts(main)) {
        record.take(user::MAIN_DEPARTMENT);
    }
}

/// An account in place of a name is what somebody gets who may not see the name.
pub(super) fn hide_account_names(userid: &str, record: &mut Record) {
    if record.text(user::NAME) == Some(userid) {
        record.take(user::NAME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(departments: &[i64], flags: &[bool]) -> Record {
        [
            (user::DEPARTMENT, Field::Value(Value::list(departments.iter().map(|id| Value::Int(*id))))),
            (user::IS_LEADER_IN_DEPT, Field::Value(Value::list(flags.iter().map(|flag| Value::Bool(*flag))))),
            (user::MAIN_DEPARTMENT, Field::Value(Value::Int(departments[0]))),
            (user::DIRECT_LEADER, Field::Value(Value::list([]))),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn departments_go_with_their_flags() {
        let mut record = somebody(&[3, 4, 5], &[true, false, true]);
        keep_departments(&mut record, |id| id > 3);
        assert_eq!(departments(&record).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(record.value(user::IS_LEADER_IN_DEPT), Some(&Value::list([Value::Bool(false), Value::Bool(true)])));
        assert_eq!(record.get(user::MAIN_DEPARTMENT), None, "the main department is not among them");
        let mut odd = somebody(&[3, 4], &[true]);
        keep_departments(&mut odd, |id| id == 4);
        assert_eq!(odd.get(user::IS_LEADER_IN_DEPT), None, "flags of another length say nothing");
    }

    #[test]
    fn a_cut_list_says_that_there_may_be_more() {
        let mut record = somebody(&[3], &[true]);
        in_part(&mut record);
        assert_eq!(departments(&record).collect::<Vec<_>>(), [3]);
        let items = record.value(user::DEPARTMENT).and_then(Value::as_list).map(<[Value]>::len);
        assert_eq!(items, record.value(user::IS_LEADER_IN_DEPT).and_then(Value::as_list).map(<[Value]>::len));
        assert_eq!(record.get(user::DIRECT_LEADER), None, "a leader outside the range is unknown");
    }
}
