//! What an app may see, as part of what was read: where it became smaller, nobody has left.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Range, Text};

use super::{scope::Tag, tree::Tree};
use crate::client::AgentRow;

/// The whole company.
const COMPANY: &str = "company/";
/// What it is called.
const COMPANY_TITLE: Text = Text::new("整个企业", "the whole company");

/// Whether two looks at an app saw one range.
pub(super) fn same(before: &AgentRow, after: &AgentRow) -> bool {
    let sorted = |agent: &AgentRow| {
        let departments: BTreeSet<i64> = agent.departments().iter().copied().collect();
        let members: BTreeSet<String> = agent.members().into_iter().map(str::to_owned).collect();
        (departments, members, agent.tags().into_iter().collect::<BTreeSet<i64>>())
    };
    sorted(before) == sorted(after)
}

/// The range that a read had. With the contact-sync secret everybody is seen, whatever the app may view.
pub(super) fn range(agent: Option<&AgentRow>, contacts: bool, tree: &Tree, tags: &[Tag]) -> Range {
    let mut parts = BTreeMap::new();
    let mut covers = BTreeSet::new();
    let agent = agent.filter(|agent| !contacts && !agent.sees_all());
    match agent {
        None => {
            parts.insert(COMPANY.to_string(), format!("{} ({})", COMPANY_TITLE.zh, COMPANY_TITLE.en));
            // Whatever was seen before is inside.
            covers.extend(["department/", "member/", "tag/"].map(String::from));
        }
        Some(agent) => {
            for id in agent.departments() {
                parts.insert(department(*id), tree.called(*id));
            }
            for userid in agent.members() {
                parts.insert(format!("member/{}/", userid.to_lowercase()), userid.to_string());
            }
            for id in agent.tags() {
                parts.insert(format!("tag/{id}/"), format!("标签 (tag) {id}"));
            }
            covers.extend(tree.ids().map(department));
        }
    }
    // A tag that a step asks for and that holds nobody any more: those who had it did not leave either.
    for tag in tags.iter().filter(|tag| !tag.is_empty()) {
        parts.insert(format!("chosen tag/{}/", tag.id), format!("标签 (tag) {}", tag.name));
    }
    Range { parts, covers }
}

fn department(id: i64) -> String {
    format!("department/{id}/")
}
