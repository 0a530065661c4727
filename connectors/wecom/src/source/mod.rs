//! `wecom/read`: WeCom as a source.
//!
//! ```text
//!  agent/get ──► range ┐
//!  department/list, simplelist ──► tree ──► scope ──► departments
//!  user/list, user/get, list_id ─────────► people ──► users
//! ```
//!
//! What an app may not view is cut out of lists without a word, so each list is taken for what it is: whole where the range
//! holds the company or the contact-sync secret says the same, else a part, which takes nothing away in the target
//! ([`OTHERS`]). A name that cannot be seen is no name. The range is looked at before and after: a read during which it
//! changed is of no single moment. People who come by an export, or by ids alone, come in pieces and are never held all at once.
//!
//! Deliberately absent: any conclusion about who has left. That is drawn by the engine, from complete reads alone.

mod changes;
mod people;
mod pieces;
mod preview;
mod range;
pub(crate) mod scope;
mod tree;

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Context, Error, Field, Page, Params, Part, Problem, Range, Reader, Record, SourceObject, Summary, Told, Value,
};

use self::{
    changes::Changes,
    people::{Everybody, People},
    pieces::{Asked, Pieces},
    scope::Wanted,
    tree::{Tree, holding},
};
use crate::{
    client::{AgentRow, Client, Who},
    config::Config,
    lookup,
    schema::user,
    tree::incomplete,
};

/// How many objects a page has.
const PAGE: usize = 1_000;
/// So many departments that the lists lack are asked for alone.
const DOUBTED: usize = 20;
/// So many departments that are left out are named.
const NAMED: usize = 5;
/// In a list of departments: there may be others that cannot be seen. No department has this number.
pub(super) const OTHERS: i64 = 0;

/// What a read found out beside the objects.
#[derive(Debug, Default)]
struct Found {
    notices: Vec<Problem>,
    /// Why what was read is not all there is.
    incomplete: Option<Problem>,
    /// It was changed meanwhile.
    moved: bool,
    range: Option<Range>,
    /// Only what changed was read; these were deleted.
    gone: Option<Vec<Box<str>>>,
}

/// A company being read.
pub(crate) struct Source {
    client: Arc<Client>,
    context: Context,
    config: Config,
    wanted: Wanted,
    /// Whether the app sees the whole company.
    whole: bool,
    tree: Tree,
    /// The departments whose members are wanted; `None`: all.
    covered: Option<BTreeSet<i64>>,
    /// Who is wanted by name or by a tag, in lower case.
    chosen: BTreeSet<String>,
    /// The departments that people are shown in.
    included: Option<BTreeSet<i64>>,
    departments: Option<Vec<SourceObject>>,
    people: std::vec::IntoIter<(Box<str>, Record)>,
    /// They come in pieces instead.
    pieces: Option<Box<Pieces>>,
    /// Whoever was looked for once more and is in the company, outside of what the step asks for, in lower case.
    outside: BTreeSet<String>,
    found: Found,
}

/// Leaves those whom the step asks for; gives how many others are in the departments that are seen.
fn keep_wanted(
    members: &mut Vec<(Box<str>, Record)>,
    wanted: &Wanted,
    tree: &Tree,
    covered: Option<&BTreeSet<i64>>,
    chosen: &BTreeSet<String>,
) -> Outside {
    let mut out = Outside::default();
    members.retain(|(userid, record)| {
        let taken = wanted.takes(covered, chosen.contains(&userid.to_lowercase()), record);
        let here = tree.holds(record);
        if here && !taken {
            out.add(userid, record);
        }
        here && taken
    });
    out
}

/// The departments in which people are shown: those that are wanted and those of people who were chosen, with all above.
fn shown(
    tree: &Tree,
    covered: &BTreeSet<i64>,
    chosen: &BTreeSet<String>,
    members: &[(Box<str>, Record)],
) -> BTreeSet<i64> {
    let own = members.iter().filter(|(userid, _)| chosen.contains(&userid.to_lowercase()));
    let own = own.flat_map(|(_, record)| people::departments(record)).filter(|id| tree.has(*id));
    tree.with_all_above(covered.iter().copied().chain(own).collect())
}

/// Takes names away that are only accounts, and says how many people have none.
fn hide_names(config: &Config, members: &mut [(Box<str>, Record)], found: &mut Found) {
    if !config.own_app {
        members.iter_mut().for_each(|(userid, record)| people::hide_account_names(userid, record));
    }
    let hidden = members.iter().filter(|(_, record)| record.get(user::NAME).is_none()).count();
    if hidden > 0 {
        found.notices.push(Problem::new("wecom_people_hidden").arg("count", hidden.to_string()));
    }
}

impl Source {
    /// Reads everything that a step asks for, or of it what events told of, where that is enough and less.
    ///
    /// # Errors
    /// What the platform says; half a tree; parameters that contradict each other.
    pub async fn read(
        client: Arc<Client>,
        context: &Context,
        config: &Config,
        params: &Params,
        told: &[Told],
    ) -> Result<Self, Error> {
        // Without an app there are ids alone, which are a few calls however many there are.
        let changes = Some(told).filter(|told| !told.is_empty() && client.has(Who::App)).and_then(Changes::of);
        let wanted = Wanted::of(params)?;
        let mut found = Found::default();
        let agent = match client.has(Who::App) {
            true => Some(client.agent(context).await?),
            false => None,
        };
        let whole = agent.as_ref().is_none_or(AgentRow::sees_all);
        let tree = Tree::read(&client, context, config, agent.as_ref(), &mut found.notices).await?;
        let tags = scope::tags(&client, context, &wanted, &mut found).await?;
        let covered = wanted.covered(&tree, &tags);
        let chosen = wanted.chosen(&tags);
        // In which departments everybody is shown depends on them.
        let changes = changes.map(|changes| changes.with(covered.as_ref().map(|_| &chosen)));
        let mut people = People { client: &client, context, config, whole, tree: &tree, found: &mut found };
        let everything =
            covered.as_ref().map_or(tree.visible().len(), |covered| tree.visible().intersection(covered).count());
        let lists = changes.as_ref().map(|changes| changes.lists(&tree, covered.is_some() || tree.is_cut()));
        let everybody = match (&changes, lists) {
            (Some(changes), Some(lists)) if changes.is_worth_it(lists.len(), everything) => {
                Everybody::Listed(people.read_changes(changes, &lists).await?)
            }
            _ => people.read_or_begin(agent.as_ref(), &wanted, covered.as_ref(), &tags).await?,
        };
        let (mut members, roster) = match everybody {
            Everybody::Listed(members) => (members, None),
            Everybody::InPieces(roster) => (Vec::new(), Some(roster)),
        };
        let out = keep_wanted(&mut members, &wanted, &tree, covered.as_ref(), &chosen);
        found.notices.extend(wanted.idle(&tree));
        let included = covered.as_ref().map(|covered| shown(&tree, covered, &chosen, &members));
        found.range = Some(range::range(agent.as_ref(), client.has(Who::Contacts), &tree, &tags));
        let mut pieces = None;
        if let Some(roster) = roster {
            let asked = Asked { wanted: &wanted, covered: covered.as_ref(), included: included.as_ref() };
            let mut people = People { client: &client, context, config, whole, tree: &tree, found: &mut found };
            pieces = Some(Box::new(Pieces::begin(&mut people, agent.clone(), roster, &asked).await?));
        }
        let at_once = pieces.is_none();
        if let Some(included) = included.as_ref().filter(|_| at_once && found.gone.is_none()) {
            found.notices.extend(left_out(&tree, included, &out, client.has(Who::Contacts)));
        }
        hide_names(config, &mut members, &mut found);
        if let Some(before) = agent.as_ref().filter(|_| at_once) {
            let after = client.agent(context).await?;
            if !range::same(before, &after) {
                found.moved("agent/get");
            }
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let mut source = Self {
            client,
            context: context.clone(),
            config: config.clone(),
            wanted,
            whole,
            tree,
            covered,
            chosen,
            included,
            departments: None,
            people: members.into_iter(),
            pieces,
            outside: BTreeSet::new(),
            found,
        };
        source.departments = Some(match &source.wanted.holding {
            Some(path) => holding(path),
            None => source.tree.objects(source.included.as_ref()),
        });
        Ok(source)
    }

    /// Somebody as the scope shows them.
    fn object(&self, userid: Box<str>, mut record: Record) -> SourceObject {
        if let Some(path) = self.wanted.holding.as_ref().and_then(|path| path.last()) {
            let key = Value::text(&path.key);
            record.set(user::DEPARTMENT, Field::Value(Value::list([key.clone()])));
            record.set(user::IS_LEADER_IN_DEPT, Field::Value(Value::list([Value::Bool(false)])));
            record.set(user::MAIN_DEPARTMENT, Field::Value(key));
        } else if let Some(included) = &self.included {
            people::keep_departments(&mut record, |id| self.is_unknown(id) || included.contains(&id));
        } else if self.config.root_department != crate::tree::COMPANY {
            people::keep_departments(&mut record, |id| self.is_unknown(id) || self.tree.has(id));
        }
        SourceObject::new(userid, record)
    }
}

impl Source {
    /// Whether no list has this department: it may be one that is not seen, or one that the lists lack. Nobody is taken out of it
    /// on their word.
    fn is_unknown(&self, id: i64) -> bool {
        id == OTHERS || !(self.tree.has(id) || self.tree.is_left_out(id))
    }

    /// Departments that the lists lack are asked for alone. One that is there all the same shows that the tree is half of one.
    async fn ask_for_departments(&self, keys: &[&str]) -> Result<(), Error> {
        let lost = |id: i64| !self.tree.has(id) && !self.tree.is_left_out(id);
        let lost = keys.iter().filter(|key| key.parse().is_ok_and(lost));
        for key in lost.take(DOUBTED) {
            if lookup::department(&self.client, &self.context, key).await?.is_some() {
                return Err(incomplete(format!("id {key}")));
            }
        }
        Ok(())
    }
}

/// People whom the scope of a step leaves out.
#[derive(Debug, Default)]
pub(super) struct Outside {
    number: usize,
    /// What the first ones are called.
    who: Vec<String>,
}

impl Outside {
    /// One more.
    pub fn add(&mut self, userid: &str, record: &Record) {
        self.number += 1;
        if self.who.len() < NAMED {
            let name = record.text(user::NAME).filter(|name| !name.is_empty());
            self.who.push(name.map_or_else(|| userid.to_string(), |name| format!("{name} ({userid})")));
        }
    }
}

/// What the scope of a step leaves out: nobody is to be missing because a pattern fits more than was meant, and nobody knows.
/// `counted`: everybody can be counted.
fn left_out(tree: &Tree, included: &BTreeSet<i64>, people: &Outside, counted: bool) -> Option<Problem> {
    let out: Vec<i64> = tree.ids().filter(|id| !included.contains(id)).collect();
    if out.is_empty() && (!counted || people.number == 0) {
        return None;
    }
    let highest = out.iter().filter(|id| tree.lineage(**id).nth(1).is_none_or(|above| included.contains(&above)));
    let mut names: Vec<String> =
        highest.map(|id| tree.path(*id).map_or_else(|| id.to_string(), ToString::to_string)).collect();
    names.sort();
    names.truncate(NAMED);
    names.extend(people.who.iter().cloned());
    names.extend((people.number > people.who.len()).then(|| "…".to_string()));
    let problem = Problem::new("left_out_by_scope")
        .arg("departments", out.len().to_string())
        .arg("people", if counted { people.number.to_string() } else { "?".into() })
        .arg("names", names.join(", "));
    Some(problem)
}

impl Found {
    /// It was changed while it was read.
    fn moved(&mut self, what: &str) {
        self.moved = true;
        self.incomplete.get_or_insert_with(|| Problem::new("wecom_read_moved").arg("what", what));
    }
}

#[async_trait]
impl Reader for Source {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        if let Some(objects) = self.departments.take() {
            return Ok(Some(Page { output: "departments", objects }));
        }
        let people: Vec<(Box<str>, Record)> = match self.pieces.as_deref_mut() {
            None => self.people.by_ref().take(PAGE).collect(),
            Some(pieces) => {
                let asked =
                    Asked { wanted: &self.wanted, covered: self.covered.as_ref(), included: self.included.as_ref() };
                let mut people = People {
                    client: &self.client,
                    context: &self.context,
                    config: &self.config,
                    whole: self.whole,
                    tree: &self.tree,
                    found: &mut self.found,
                };
                pieces.page(&mut people, &asked).await?
            }
        };
        let objects: Vec<SourceObject> =
            people.into_iter().map(|(userid, record)| self.object(userid, record)).collect();
        Ok((!objects.is_empty()).then_some(Page { output: "users", objects }))
    }

    fn root(&self) -> Option<Box<str>> {
        let root = self.config.root_department;
        (self.wanted.holding.is_none() && self.tree.has(root)).then(|| root.to_string().into())
    }

    async fn once_more(&mut self, output: &'static str, keys: &[&str]) -> Result<Vec<SourceObject>, Error> {
        if output == "departments" {
            self.ask_for_departments(keys).await?;
            return Ok(Vec::new());
        }
        if output != "users" || keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Found::default();
        let mut people = People {
            client: &self.client,
            context: &self.context,
            config: &self.config,
            whole: self.whole,
            tree: &self.tree,
            found: &mut found,
        };
        let members = people.look_again(keys).await?;
        if let Some(problem) = found.incomplete {
            self.found.incomplete.get_or_insert(problem);
        }
        let mut objects = Vec::new();
        for (userid, mut record) in members.into_values() {
            if !self.config.own_app {
                people::hide_account_names(&userid, &mut record);
            }
            let chosen = self.chosen.contains(&userid.to_lowercase());
            if self.tree.holds(&record) && self.wanted.takes(self.covered.as_ref(), chosen, &record) {
                objects.push(self.object(userid, record));
            } else {
                self.outside.insert(userid.to_lowercase());
            }
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    fn unsure(&self, output: &'static str, keys: &[&str]) -> Vec<(Box<str>, Problem)> {
        let is_outside = |key: &str| match output {
            "users" => self.outside.contains(&key.to_lowercase()),
            _ => key.parse().is_ok_and(|id| self.tree.is_left_out(id) || self.tree.has(id)),
        };
        // To an app that sees a part, whoever moved out of it and whoever left the company are equally unknown.
        let in_part = !self.whole && !self.client.has(Who::Contacts);
        let why = |key: &str| match is_outside(key) {
            true => Some("out_of_scope"),
            false => in_part.then_some("maybe_out_of_range"),
        };
        keys.iter().filter_map(|key| Some(((*key).into(), Problem::new(why(key)?)))).collect()
    }

    fn summary(&self) -> Summary {
        Summary {
            complete: self.found.incomplete.is_none() && self.pieces.as_deref().is_none_or(Pieces::is_over),
            incomplete_because: self.found.incomplete.clone(),
            moved: self.found.moved,
            notices: self.found.notices.clone(),
            range: self.found.range.clone(),
            part: self.found.gone.clone().map(|gone| Part { output: "users", gone }),
            ending: None,
        }
    }
}
