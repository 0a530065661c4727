//! Which workflow fills a field? A field that a source fills is not changed by hand: the next run would take it back, and the
//! person who changed it would never know why.
//!
//! It is told by two things together: a workflow that has been activated and is not put away maps the field, and the object is
//! linked with the connection that this workflow reads.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{FieldId, Kind};

use crate::{
    app::{App, AppError, names},
    connectors,
    contract::{directory::FieldMaster, problem::Text},
    engine::Connect as _,
    store::{
        catalogue::{self, WorkflowState},
        links::{self, Link, Placed},
    },
    workflow::compiled::{Step, Workflow},
};

/// Links of one object that are looked at.
const MOST_LINKS: usize = 50;

/// A workflow that writes objects of a kind into the directory.
#[derive(Debug)]
struct Master {
    workflow: String,
    name: Text,
    /// The connection that it reads, as links know it.
    source: String,
    kind: Kind,
    fields: BTreeSet<FieldId>,
}

/// All of them.
#[derive(Debug)]
pub struct Masters(Vec<Master>);

impl Masters {
    /// Those of a tenant.
    pub async fn of(app: &App) -> Result<Self, AppError> {
        let mut all = Vec::new();
        for head in catalogue::workflows(&*app.store, &app.tenant).await? {
            let live = matches!(head.state, WorkflowState::Active | WorkflowState::Paused);
            let Some(version) = head.active.or(Some(head.latest)).filter(|_| live) else { continue };
            let Some(stored) = catalogue::version(&*app.store, &app.tenant, &head.id, version).await? else { continue };
            // One that does not compile writes nothing.
            let Ok(workflow) = app.connections.compile(&stored.text) else { continue };
            all.extend(workflow.steps.iter().filter_map(|step| master(app, &workflow, step)));
        }
        Ok(Self(all))
    }

    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The workflow of each field of an object that is filled by one.
    #[must_use]
    pub fn of_object(&self, kind: Kind, links: &[Placed]) -> BTreeMap<FieldId, FieldMaster> {
        self.found(kind, links, None)
    }

    /// The same, by another workflow than this one.
    #[must_use]
    pub fn others(&self, kind: Kind, links: &[Placed], workflow: &str) -> BTreeMap<FieldId, FieldMaster> {
        self.found(kind, links, Some(workflow))
    }

    /// Whether another workflow than this one fills a field of some objects.
    #[must_use]
    pub fn fill(&self, kind: Kind, field: FieldId, workflow: &str) -> bool {
        let fills = |master: &Master| master.kind == kind && master.fields.contains(&field);
        self.0.iter().any(|master| master.workflow != workflow && fills(master))
    }

    fn found(&self, kind: Kind, links: &[Placed], not: Option<&str>) -> BTreeMap<FieldId, FieldMaster> {
        let linked = |master: &&Master| {
            let counts = master.kind == kind && not != Some(master.workflow.as_str());
            counts && links.iter().any(|(pair, link)| pair.target == master.source && link.gone.is_none())
        };
        let mut found = BTreeMap::new();
        for master in self.0.iter().filter(linked) {
            for field in &master.fields {
                let shown = FieldMaster { workflow: master.workflow.clone(), name: master.name.clone() };
                found.entry(*field).or_insert(shown);
            }
        }
        found
    }

    /// What people call a workflow.
    #[must_use]
    pub fn name(&self, workflow: &str) -> Option<Text> {
        self.0.iter().find(|master| master.workflow == workflow).map(|master| master.name.clone())
    }
}

fn master(app: &App, workflow: &Workflow, step: &Step) -> Option<Master> {
    let writing = step.writing()?;
    let alias = workflow.alias_of(&writing.uses);
    let kind = writing.uses.action.kind?;
    // A path makes departments, and says nothing of those that are there.
    if alias.connector.name != connectors::DIRECTORY.name || writing.foreach.paths.is_some() {
        return None;
    }
    let fields: BTreeSet<FieldId> = match writing.mapping {
        Some(place) => {
            let mapping = workflow.mappings.get(place)?;
            mapping.fields.iter().filter(|field| !field.create_only).map(|field| field.target).collect()
        }
        None => return None,
    };
    let source = names::source_of(workflow, step)?;
    let name = Text { zh: workflow.name.zh.clone(), en: workflow.name.en.clone() };
    Some(Master { workflow: workflow.id.clone(), name, source: names::link_name(app, workflow, source), kind, fields })
}

impl App {
    /// The links of an object of the directory.
    pub(in crate::app) async fn links_of(&self, kind: Kind, id: &str) -> Result<Vec<Placed>, AppError> {
        let own = connectors::DIRECTORY.name;
        let found = links::find(&*self.store, &self.tenant, own, id, (own, &[]), MOST_LINKS).await?;
        let mine = |(pair, link): &Placed| pair.kind == kind && *pair.ends(link).0.key == *id;
        Ok(found.into_iter().map(|(_, placed)| placed).filter(mine).collect())
    }
}

/// When an object was linked first, with the workflow that did it.
#[must_use]
pub fn first(links: &[Placed]) -> Option<&Link> {
    links.iter().map(|(_, link)| link).min_by_key(|link| link.since)
}
