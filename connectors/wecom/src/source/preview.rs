//! What a scope would give, before anything is saved: each part by itself, all of them together, and how much of the company
//! can be seen at all. It reads what a run would read, and everything else that can be seen, to count it.

use std::{collections::BTreeSet, sync::Arc};

use idflow_sdk::{Context, Error, Params, Preview, PreviewPart, Problem, Record};

use super::{
    Found, Source,
    people::{self, People},
    scope::{self, Tag, Wanted},
    tree::Tree,
};
use crate::{
    client::{AgentRow, Client, Who},
    config::Config,
    schema::user,
};

/// How many people that cannot be seen are named.
const NAMED: usize = 20;

/// Everybody that can be seen.
type Members = Vec<(Box<str>, Record)>;

impl Source {
    /// Counts what a read with these parameters would give.
    ///
    /// # Errors
    /// What the read would say.
    pub async fn preview(
        client: Arc<Client>,
        context: &Context,
        config: &Config,
        params: &Params,
    ) -> Result<Preview, Error> {
        let wanted = Wanted::of(params)?;
        let mut found = Found::default();
        let agent = match client.has(Who::App) {
            true => Some(client.agent(context).await?),
            false => None,
        };
        let whole = agent.as_ref().is_none_or(AgentRow::sees_all);
        let tree = Tree::read(&client, context, config, agent.as_ref(), &mut found.notices).await?;
        let tags = scope::tags(&client, context, &wanted, &mut found).await?;
        let mut people = People { client: &client, context, config, whole, tree: &tree, found: &mut found };
        let mut members = people.read(agent.as_ref(), &wanted.everybody(), None, &tags).await?;
        members.retain(|(_, record)| tree.holds(record));
        if !config.own_app {
            members.iter_mut().for_each(|(userid, record)| people::hide_account_names(userid, record));
        }
        let mut preview = counted(&wanted, &tree, &tags, &members);
        preview.of = client.has(Who::Contacts).then_some(members.len() as u64);
        if !wanted.is_only_departments() && wanted.holding.is_none() {
            preview.notices.push(Problem::new("wecom_scope_no_departments"));
        }
        preview.notices.extend(found.notices);
        preview.incomplete_because = found.incomplete;
        Ok(preview)
    }
}

/// Counts each part, and all together.
fn counted(wanted: &Wanted, tree: &Tree, tags: &[Tag], members: &Members) -> Preview {
    let named = |record: &Record| record.get(user::NAME).is_some();
    let mut preview = Preview { visible: count(members, |_, record| named(record)), ..Preview::default() };
    let mut times = vec![0_u32; members.len()];
    for part in parts(wanted, tags) {
        let covered = part.wanted.covered(tree, &part.tags);
        let chosen = part.wanted.chosen(&part.tags);
        let mut people = 0;
        for ((userid, record), times) in members.iter().zip(&mut times) {
            if part.wanted.takes(covered.as_ref(), chosen.contains(&userid.to_lowercase()), record) {
                *times += 1;
                people += 1;
            }
        }
        let departments = covered.map_or(tree.ids().count(), |covered| covered.len());
        // One person alone who is not seen is one part.
        let unseen = part.parameter == "people" && wanted.people.len() == 1;
        let code = if unseen { "wecom_scope_unseen" } else { "wecom_scope_nobody" };
        let nobody = || Problem::new(code).arg("what", part.text.clone());
        let problem = part.problem.or_else(|| (people == 0).then(nobody));
        let departments = departments as u64;
        preview.parts.push(PreviewPart { parameter: part.parameter, text: part.text, departments, people, problem });
    }
    let there: BTreeSet<String> = members.iter().map(|(userid, _)| userid.to_lowercase()).collect();
    let several = wanted.people.iter().filter(|_| wanted.people.len() > 1);
    let unseen = several.filter(|person| !there.contains(&person.to_lowercase()));
    preview.parts.extend(unseen.take(NAMED).map(|person| PreviewPart {
        parameter: "people",
        text: person.clone(),
        departments: 0,
        people: 0,
        problem: Some(Problem::new("wecom_scope_unseen").arg("what", person.clone())),
    }));
    let (covered, chosen) = (wanted.covered(tree, tags), wanted.chosen(tags));
    let takes =
        |userid: &str, record: &Record| wanted.takes(covered.as_ref(), chosen.contains(&userid.to_lowercase()), record);
    preview.people = count(members, takes);
    preview.nameless = count(members, |userid, record| takes(userid, record) && !named(record));
    preview.overlap = times.iter().filter(|times| **times > 1).count() as u64;
    preview.departments = match (&wanted.holding, covered.as_ref()) {
        (Some(levels), _) => levels.len(),
        (None, None) => tree.ids().count(),
        (None, Some(covered)) => {
            let own = members.iter().filter(|(userid, _)| chosen.contains(&userid.to_lowercase()));
            let own = own.flat_map(|(_, record)| people::departments(record)).filter(|id| tree.has(*id));
            tree.with_all_above(covered.iter().copied().chain(own).collect()).len()
        }
    } as u64;
    preview
}

fn count(members: &Members, counts: impl Fn(&str, &Record) -> bool) -> u64 {
    members.iter().filter(|(userid, record)| counts(userid, record)).count() as u64
}

/// One part of what is asked for.
struct Part {
    parameter: &'static str,
    text: String,
    wanted: Wanted,
    tags: Vec<Tag>,
    problem: Option<Problem>,
}

fn parts(wanted: &Wanted, tags: &[Tag]) -> Vec<Part> {
    let mut parts: Vec<Part> = wanted
        .department_parts()
        .into_iter()
        .map(|(text, wanted)| Part { parameter: "departments", text, wanted, tags: Vec::new(), problem: None })
        .collect();
    if !wanted.people.is_empty() {
        let text = wanted.people.join(", ");
        let only = Wanted { people: wanted.people.clone(), ..Wanted::default() };
        parts.push(Part { parameter: "people", text, wanted: only, tags: Vec::new(), problem: None });
    }
    for text in &wanted.tags {
        let tag = tags.iter().find(|tag| tag.name == *text || tag.id.to_string() == *text);
        let problem = tag.is_none().then(|| Problem::new("wecom_tag_unreadable").arg("tag", text.clone()));
        let only = Wanted { tags: vec![text.clone()], ..Wanted::default() };
        let tags = tag.into_iter().cloned().collect();
        parts.push(Part { parameter: "tags", text: text.clone(), wanted: only, tags, problem });
    }
    parts
}
