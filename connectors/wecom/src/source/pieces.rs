//! Everybody of a company, a piece at a time: a million people are never held at once.
//!
//! | stage | who | held |
//! |---|---|---|
//! | files | whom the app sees, from the files of an export | one file |
//! | alone | whom no file had and somebody names: the app's range, or the list of ids | [`MANY`] at most |
//! | unseen | the rest of the list of ids, whose names are hidden | a page |
//!
//! Beside that only the list of ids is kept, which says who was met already ([`Roster`]). Nobody is given twice: what a file
//! says of somebody for the second time is left out.

use std::collections::{BTreeSet, HashSet, VecDeque};

use idflow_sdk::{Error, Problem, Record};
use serde_json::Value as Json;

use super::{
    Outside, PAGE, left_out,
    people::{self, MANY, People},
    range,
    scope::Wanted,
};
use crate::{
    client::{AgentRow, Who},
    export::{self, Files, What},
    people as lists,
    roster::Roster,
    schema::user,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Files,
    Alone,
    Unseen,
    Over,
}

/// What a step asks for, as far as departments say it.
pub(super) struct Asked<'a> {
    pub wanted: &'a Wanted,
    /// The departments whose members are wanted; `None`: all.
    pub covered: Option<&'a BTreeSet<i64>>,
    /// The departments that people are shown in.
    pub included: Option<&'a BTreeSet<i64>>,
}

/// A company that is read in pieces.
pub(super) struct Pieces {
    stage: Stage,
    /// The app, as it was before.
    agent: Option<AgentRow>,
    files: Option<Files>,
    roster: Option<Roster>,
    /// Who was met and is not in the list of ids, in lower case.
    met: HashSet<Box<str>>,
    /// The next one of the list of ids that is looked at.
    next: usize,
    ready: VecDeque<(Box<str>, Record)>,
    /// How many the scope leaves out.
    out: Outside,
    /// How many have no name that can be seen.
    hidden: usize,
}

impl Pieces {
    /// Begins: when an export is over its first file is read, so that what fails until then can be tried again as a whole.
    pub async fn begin(
        people: &mut People<'_>,
        agent: Option<AgentRow>,
        roster: Option<Roster>,
        asked: &Asked<'_>,
    ) -> Result<Self, Error> {
        let (client, context) = (people.client, people.context);
        let roster = match (roster, client.has(Who::Contacts)) {
            (None, true) => Some(lists::roster(client, context).await?),
            (roster, _) => roster,
        };
        let files = match agent {
            Some(_) => Some(export::files(client, context, What::Users).await?),
            None => None,
        };
        let mut pieces = Self {
            stage: if files.is_some() { Stage::Files } else { Stage::Unseen },
            agent,
            files,
            roster,
            met: HashSet::new(),
            next: 0,
            ready: VecDeque::new(),
            out: Outside::default(),
            hidden: 0,
        };
        if pieces.stage == Stage::Files {
            pieces.more(people, asked).await?;
        }
        Ok(pieces)
    }

    /// Whether everybody was given.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over && self.ready.is_empty()
    }

    /// The next page; empty at the end.
    pub async fn page(&mut self, people: &mut People<'_>, asked: &Asked<'_>) -> Result<Vec<(Box<str>, Record)>, Error> {
        while self.ready.is_empty() && self.stage != Stage::Over {
            self.more(people, asked).await?;
        }
        let count = self.ready.len().min(PAGE);
        Ok(self.ready.drain(..count).collect())
    }

    /// Reads one piece more.
    async fn more(&mut self, people: &mut People<'_>, asked: &Asked<'_>) -> Result<(), Error> {
        match self.stage {
            Stage::Files => {
                let mut rows = Vec::new();
                let own = people.config.own_app;
                let mut take = |row: serde_json::Map<String, Json>| {
                    rows.push(people::member(own, &row, "export/user")?);
                    Ok(())
                };
                let files = self.files.as_mut();
                let more = match files {
                    Some(files) => files.next(people.client, people.context, &mut take).await?,
                    None => false,
                };
                for (userid, record) in rows {
                    self.meet(people, asked, userid, record);
                }
                if !more {
                    self.stage = Stage::Alone;
                }
            }
            Stage::Alone => {
                self.ask_alone(people, asked).await?;
                self.stage = Stage::Unseen;
            }
            Stage::Unseen => {
                let all = self.roster.as_ref().map_or(0, Roster::len);
                let end = all.min(self.next + PAGE);
                for place in self.next..end {
                    let unseen = self.roster.as_ref().filter(|roster| !roster.is_met(place));
                    if let Some((userid, record)) =
                        unseen.map(|roster| (roster.userid(place).into(), roster.record(place)))
                    {
                        self.offer(people, asked, userid, record);
                    }
                }
                self.next = end;
                if end == all {
                    self.end(people, asked).await?;
                    self.stage = Stage::Over;
                }
            }
            Stage::Over => {}
        }
        Ok(())
    }

    /// Asks one by one for those whom no file had, although they should be there: they may have come or moved meanwhile.
    async fn ask_alone(&mut self, people: &mut People<'_>, asked: &Asked<'_>) -> Result<(), Error> {
        let Some(agent) = self.agent.take() else { return Ok(()) };
        let open = asked.wanted.is_open();
        let mut alone: BTreeSet<String> = BTreeSet::new();
        if open {
            let named = agent.members().into_iter().map(str::to_lowercase).collect::<Vec<_>>();
            let tagged = people.tagged(&agent).await?;
            alone.extend(named.into_iter().chain(tagged).filter(|userid| !self.is_met(userid)));
        }
        self.agent = Some(agent);
        if let Some(roster) = &self.roster {
            let listed = people.lists(asked.covered);
            let missed = |place: &usize| {
                let homes = roster.departments(*place);
                let there = homes.iter().any(|id| listed.contains(id)) || (open && people.whole && homes.is_empty());
                there && !roster.is_met(*place)
            };
            let missed: Vec<usize> = (0..roster.len()).filter(missed).take(MANY + 1).collect();
            if missed.len() > MANY {
                people.found.moved("export/user");
            } else {
                alone.extend(missed.into_iter().map(|place| roster.userid(place).to_lowercase()));
            }
        }
        let written = |userid: &String| {
            let known = self.roster.as_ref().and_then(|roster| Some(roster.userid(roster.place(userid)?).to_owned()));
            known.unwrap_or_else(|| userid.clone())
        };
        let alone: Vec<String> = alone.iter().map(written).collect();
        for (_, answer) in people.ask(&alone).await? {
            if let Some((userid, record)) = answer {
                self.meet(people, asked, userid, record);
            }
        }
        Ok(())
    }

    fn is_met(&self, userid: &str) -> bool {
        let listed = self.roster.as_ref().and_then(|roster| Some(roster.is_met(roster.place(userid)?)));
        listed.unwrap_or_else(|| self.met.contains(userid))
    }

    /// Takes what the app sees of somebody, together with what is known of him.
    fn meet(&mut self, people: &People<'_>, asked: &Asked<'_>, userid: Box<str>, mut seen: Record) {
        let place = self.roster.as_ref().and_then(|roster| roster.place(&userid));
        let new = match (&mut self.roster, place) {
            (Some(roster), Some(place)) => roster.meet(place),
            _ => self.met.insert(userid.to_lowercase().into()),
        };
        if !new {
            return;
        }
        let (userid, record) = match &self.roster {
            Some(roster) => {
                let mut known = place.map(|place| roster.record(place)).unwrap_or_default();
                lists::join(&mut known, &seen, people.whole);
                (place.map_or(userid, |place| roster.userid(place).into()), known)
            }
            None => {
                if !people.whole {
                    people::in_part(&mut seen);
                }
                (userid, seen)
            }
        };
        self.offer(people, asked, userid, record);
    }

    /// Gives somebody, if he is wanted.
    fn offer(&mut self, people: &People<'_>, asked: &Asked<'_>, userid: Box<str>, mut record: Record) {
        if !people.tree.holds(&record) {
            return;
        }
        if !asked.wanted.takes(asked.covered, false, &record) {
            self.out.add(&userid, &record);
            return;
        }
        if !people.config.own_app {
            people::hide_account_names(&userid, &mut record);
        }
        self.hidden += usize::from(record.get(user::NAME).is_none());
        self.ready.push_back((userid, record));
    }

    /// What there is to tell once everybody was read, and whether the app saw the same all the time.
    async fn end(&mut self, people: &mut People<'_>, asked: &Asked<'_>) -> Result<(), Error> {
        let counted = self.roster.is_some();
        let told = asked.included.and_then(|included| left_out(people.tree, included, &self.out, counted));
        people.found.notices.extend(told);
        if self.hidden > 0 {
            people.found.notices.push(Problem::new("wecom_people_hidden").arg("count", self.hidden.to_string()));
        }
        if let Some(before) = &self.agent {
            let after = people.client.agent(people.context).await?;
            if !range::same(before, &after) {
                people.found.moved("agent/get");
            }
        }
        Ok(())
    }
}
