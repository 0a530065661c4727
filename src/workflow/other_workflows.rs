//! What is known of other workflows while one is compiled: those of the same folder, or those of the tenant.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    compiled::{Input, Workflow},
    signature::Summary,
};

/// Other workflows, by id. What is not in here is not known, and nothing is said about it.
#[derive(Debug, Default)]
pub struct Library {
    workflows: BTreeMap<String, Known>,
    others: BTreeSet<String>,
}

/// What is known of one workflow.
#[derive(Debug, Clone)]
pub struct Known {
    /// `on.manual.inputs`: what a call can give.
    pub inputs: Vec<Input>,
    /// The workflows it calls.
    pub calls: Vec<String>,
    /// The workflows after which it starts.
    pub after: Vec<String>,
    /// The paths of its webhooks.
    pub webhooks: Vec<String>,
}

impl Library {
    /// Takes a workflow in; one with the same id is replaced.
    pub fn insert(&mut self, workflow: &Workflow) {
        self.insert_summary(&workflow.id, &Summary::of(workflow));
    }

    /// The same, of one that was compiled before.
    pub fn insert_summary(&mut self, id: &str, summary: &Summary) {
        let known = Known {
            inputs: summary.inputs.clone(),
            calls: summary.calls.clone(),
            after: summary.after.iter().map(|after| after.workflow.clone()).collect(),
            webhooks: summary.webhooks.iter().map(|webhook| webhook.path.clone()).collect(),
        };
        self.workflows.insert(id.to_string(), known);
    }

    /// Takes in ids of which nothing else is known than that they are there.
    pub fn insert_ids(&mut self, ids: impl IntoIterator<Item = String>) {
        self.others.extend(ids);
    }

    /// Takes workflows in.
    pub fn extend<'w>(&mut self, workflows: impl IntoIterator<Item = &'w Workflow>) {
        for workflow in workflows {
            self.insert(workflow);
        }
    }

    /// A workflow.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Known> {
        self.workflows.get(id)
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.workflows.keys().chain(&self.others).map(String::as_str)
    }

    /// Who else has a webhook with this path.
    #[must_use]
    pub fn owner_of(&self, path: &str, except: &str) -> Option<&str> {
        let mut all = self.workflows.iter().filter(|(id, _)| *id != except);
        all.find(|(_, known)| known.webhooks.iter().any(|other| other == path)).map(|(id, _)| id.as_str())
    }

    /// The way from one workflow to another along calls (or along `on.after`), both ends included.
    #[must_use]
    pub fn way(&self, from: &str, to: &str, edges: impl Fn(&Known) -> &[String]) -> Option<Vec<String>> {
        let mut seen = std::collections::BTreeSet::from([from.to_string()]);
        let mut queue = std::collections::VecDeque::from([vec![from.to_string()]]);
        while let Some(path) = queue.pop_front() {
            let here = path.last().map_or("", String::as_str);
            if here == to {
                return Some(path);
            }
            for next in self.get(here).map_or(&[][..], &edges) {
                if seen.insert(next.clone()) {
                    let mut longer = path.clone();
                    longer.push(next.clone());
                    queue.push_back(longer);
                }
            }
        }
        None
    }
}
