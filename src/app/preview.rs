//! A mapping over one real person or department of the directory: what each field comes to, beside the line that asks for it.
//! Nothing is read from the target and nothing is stored.

use std::collections::BTreeMap;

use idflow_sdk::{Kind, directory::Stored};
use serde_json::Map;

use super::{App, AppError, Desk, directory::failed, mask, problem_words, workflows::checked};
use crate::{
    connectors,
    contract::compiler::{MappingPreview, PreviewField, PreviewMapping, PreviewOutcome},
    model::{
        run::Status,
        trigger::{Trigger, TriggerKind},
    },
    workflow::{
        compiled::{Mapping, Workflow},
        evaluate::Preview,
        scope::{Given, RunFacts, Scope},
    },
};

/// Objects that are read at once while one is looked for.
const PAGE: usize = 1000;
/// So many pages are looked through for somebody who is named otherwise than by the key.
const MOST_PAGES: usize = 100;

impl Desk<'_> {
    /// What a mapping of a text makes of one object of the directory.
    ///
    /// # Errors
    /// Errors of the text, an unknown mapping or object, a mapping that reads another system.
    pub async fn preview_mapping(&self, wanted: &PreviewMapping) -> Result<MappingPreview, AppError> {
        let reveal = self.reveals(wanted.reveal)?;
        let (compiled, _) = checked("workflow.yaml", &wanted.text)?;
        let mapping = mapping_of(&compiled, wanted.mapping.as_deref())?;
        let kind = mapping.source.kind;
        if !connectors::DIRECTORY
            .schemas
            .iter()
            .any(|own| own.kind == kind && own.fields.len() == mapping.source.fields.len())
        {
            let error = AppError::conflict("preview_source").arg("mapping", &mapping.name);
            return Err(error.arg("source", kind.as_str()).field("mapping"));
        }
        self.caller.needs(super::caller::Permission::DirectoryView)?;
        let stored = self.directory_object(kind, wanted.key.as_deref()).await?;
        let scope = scope_of(&compiled, &self.caller.actor, self.now());
        let field = |(id, preview): (idflow_sdk::FieldId, Preview)| {
            let spec = mapping.target.spec(id);
            let (outcome, value, error) = match preview {
                Preview::Value(field) => {
                    let shown = if reveal { field.to_json() } else { mask::field(spec, &field).0 };
                    (PreviewOutcome::Value, Some(shown), None)
                }
                Preview::LeftOut => (PreviewOutcome::LeftOut, None, None),
                Preview::Skipped => (PreviewOutcome::Skipped, None, None),
                Preview::Later => (PreviewOutcome::Later, None, None),
                Preview::Wrong(problem) if reveal => (PreviewOutcome::Wrong, None, Some(problem_words::show(&problem))),
                Preview::Wrong(problem) => {
                    (PreviewOutcome::Wrong, None, Some(problem_words::show(&mask::problem(&problem, &[], &[]))))
                }
            };
            let line = mapping.field_line(id).unwrap_or_default();
            PreviewField {
                field: spec.name.to_string(),
                title: problem_words::both(spec.doc),
                outcome,
                value,
                error,
                line,
            }
        };
        let name = connectors::DIRECTORY.schema(kind).and_then(|schema| schema.field("name"));
        Ok(MappingPreview {
            mapping: mapping.name.clone(),
            key: stored.key.to_string(),
            name: name.and_then(|id| stored.record.text(id)).unwrap_or_default().to_string(),
            fields: mapping.preview(&stored.record, &scope).into_iter().map(field).collect(),
        })
    }
}

impl App {
    /// An object of the directory by its key, its account or its number; the first one where nobody is named.
    async fn directory_object(&self, kind: Kind, key: Option<&str>) -> Result<Stored, AppError> {
        let directory = self.connections.directory();
        let nobody = || AppError::not_found("preview_nobody").arg("key", key.unwrap_or("*")).field("key");
        let Some(wanted) = key.map(str::trim).filter(|key| !key.is_empty()) else {
            let page = directory.page(kind, None, 1).await.map_err(|error| failed(&error))?;
            return page.into_iter().next().ok_or_else(nobody);
        };
        let found = directory.get(kind, &[wanted]).await.map_err(|error| failed(&error))?;
        if let Some(found) = found.into_iter().next() {
            return Ok(found);
        }
        let schema = super::directory::schema(kind);
        let fields: Vec<_> = ["username", "employee_no", "name"].iter().filter_map(|name| schema.field(name)).collect();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = directory.page(kind, after.as_deref(), PAGE).await.map_err(|error| failed(&error))?;
            let fits = |stored: &&Stored| {
                fields.iter().any(|id| stored.record.text(*id).is_some_and(|text| text.eq_ignore_ascii_case(wanted)))
            };
            if let Some(found) = page.iter().find(fits) {
                return Ok(found.clone());
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.key.to_string()),
                _ => break,
            }
        }
        Err(nobody())
    }
}

fn mapping_of<'w>(compiled: &'w Workflow, name: Option<&str>) -> Result<&'w Mapping, AppError> {
    let mut all = compiled.mappings.iter();
    let found = match name {
        Some(name) => all.find(|mapping| mapping.name == name),
        None => all.find(|mapping| mapping.source.kind == Kind::User),
    };
    found.map(|mapping| &**mapping).ok_or_else(|| {
        let names: Vec<&str> = compiled.mappings.iter().map(|mapping| mapping.name.as_str()).collect();
        let error = AppError::not_found("mapping_unknown").arg("mapping", name.unwrap_or("*"));
        error.arg("names", if names.is_empty() { "–".into() } else { names.join(", ") }).field("mapping")
    })
}

/// What templates can read where no run is under way: defaults of the inputs, the variables as they are written.
fn scope_of(compiled: &Workflow, actor: &str, now: i64) -> Scope {
    let inputs: Map<String, serde_json::Value> =
        compiled.inputs.iter().map(|input| (input.name.clone(), input.default.clone().unwrap_or_default())).collect();
    let at = super::time(now);
    let run = RunFacts {
        id: String::new(),
        number: 0,
        workflow: compiled.id.clone(),
        workflow_name: compiled.name.zh.clone(),
        status: Status::Planning.as_str(),
        status_text: String::new(),
        due: at.clone(),
        started: at,
        trigger: TriggerKind::Manual.as_str(),
        url: String::new(),
        waiting_removals: 0,
        top_errors: Vec::new(),
    };
    let connections: BTreeMap<String, serde_json::Value> =
        compiled.connections.iter().map(|alias| (alias.alias.clone(), serde_json::json!({}))).collect();
    let mut scope = Scope::new(Given {
        inputs: &inputs.into(),
        vars: &compiled.vars,
        connections: connections.into_iter().collect(),
        run,
        trigger: &Trigger::new(TriggerKind::Manual, actor, now),
        steps: compiled.steps.iter().map(|step| step.id.as_str()).collect(),
    });
    // A variable that cannot be filled here is one that a run fills.
    let _ = compiled.fill_vars(&mut scope);
    scope
}
