//! Fields of the directory that a plan overwrites and that another live workflow fills, too: the two would change them in turn.

use std::collections::BTreeMap;

use idflow_sdk::{FieldId, Kind};

use super::{
    App, AppError,
    directory::{masters::Masters, schema},
};
use crate::{
    contract::plan::Contested,
    model::{
        change::{Action, Planned, Row},
        run::Run,
    },
    workflow::compiled::Workflow,
};

/// Objects whose links are looked at; of more only these are counted.
const MOST: usize = 500;

/// What is found, row by row.
pub(super) struct Contest<'a> {
    app: &'a App,
    masters: Masters,
    /// For each step: whether it writes the directory.
    own: Vec<bool>,
    workflow: String,
    rows: Vec<(Kind, Box<str>, Vec<FieldId>)>,
}

impl<'a> Contest<'a> {
    /// Of a run. Where its workflow cannot be read any more, nothing is looked at.
    pub async fn of(app: &'a App, run: &Run) -> Result<Self, AppError> {
        let own = match app.workflow_of(run).await {
            Ok(workflow) => writes_directory(&workflow),
            Err(_) => Vec::new(),
        };
        let masters = if own.contains(&true) { Masters::of(app).await? } else { Masters::none() };
        Ok(Self { app, masters, own, workflow: run.workflow.clone(), rows: Vec::new() })
    }

    /// Notes a row that overwrites fields.
    pub fn note(&mut self, row: &Row) {
        let writes = row.action == Action::Update && row.planned == Planned::Do && !row.removes;
        let own = self.own.get(usize::from(row.step)) == Some(&true);
        if !writes || !own || self.rows.len() >= MOST {
            return;
        }
        let fields: Vec<FieldId> =
            row.set.iter().map(|(id, _)| id).filter(|id| self.masters.fill(row.kind, *id, &self.workflow)).collect();
        if !fields.is_empty() {
            self.rows.push((row.kind, row.target.clone(), fields));
        }
    }

    /// The fields with the other workflow of each.
    pub async fn done(self) -> Result<Vec<Contested>, AppError> {
        let mut found: BTreeMap<(Kind, String, String), Contested> = BTreeMap::new();
        for (kind, target, fields) in &self.rows {
            let links = self.app.links_of(*kind, target).await?;
            let others = self.masters.others(*kind, &links, &self.workflow);
            for field in fields {
                let Some(other) = others.get(field) else { continue };
                let name = schema(*kind).spec(*field).name.to_string();
                let entry = found.entry((*kind, name.clone(), other.workflow.clone())).or_insert_with(|| Contested {
                    kind: kind.as_str().into(),
                    field: name,
                    workflow: other.workflow.clone(),
                    name: other.name.clone(),
                    count: 0,
                });
                entry.count += 1;
            }
        }
        Ok(found.into_values().collect())
    }
}

/// For each step of a workflow, whether it writes the directory.
fn writes_directory(workflow: &Workflow) -> Vec<bool> {
    let local = |step: &crate::workflow::compiled::Step| {
        step.writing().is_some_and(|writing| workflow.alias_of(&writing.uses).connector.local)
    };
    workflow.steps.iter().map(local).collect()
}
