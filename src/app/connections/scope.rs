//! What a scope would give, before anything is saved.

use std::sync::Arc;

use idflow_sdk::{Context, Meter, Params, Preview, Value};

use crate::{
    app::{App, AppError, problem_words},
    contract::{
        examination::{ScopeAsked, ScopePart, ScopePreview},
        plan::Reads,
    },
};

impl App {
    /// Counts what a reading step with these parameters would give.
    ///
    /// # Errors
    /// An unknown connection, one that cannot say; parameters that contradict each other; what the system says.
    pub async fn preview_scope(&self, name: &str, asked: &ScopeAsked) -> Result<ScopePreview, AppError> {
        let stored = self.stored_connection(name).await?.value;
        let connection = self.opened(&stored)?;
        let meter = Arc::new(Meter::default());
        let context = Context { meter: meter.clone(), ..Context::at(self.now()) };
        let found = connection.preview(&context, &params(asked)).await.map_err(|error| {
            let field = error.problem.field.as_ref().map(ToString::to_string);
            let refused = AppError::invalid("scope_not_counted").because(problem_words::show(&error.problem));
            match field {
                Some(field) => refused.field(field),
                None => refused,
            }
        })?;
        Ok(shown(name, &found, meter.read()[0]))
    }
}

/// The parameters as a step gives them.
fn params(asked: &ScopeAsked) -> Params {
    let mut params = Params::default();
    let lists = [
        ("departments.include", &asked.departments.include),
        ("departments.exclude", &asked.departments.exclude),
        ("people", &asked.people),
        ("tags", &asked.tags),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        params.values.insert(name.into(), Value::list(list.iter().map(Value::text)));
    }
    for (name, text) in [("mode", &asked.mode), ("holding_department", &asked.holding_department)] {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            params.values.insert(name.into(), Value::text(text));
        }
    }
    params
}

fn shown(name: &str, found: &Preview, calls: u64) -> ScopePreview {
    let part = |part: &idflow_sdk::PreviewPart| ScopePart {
        parameter: part.parameter.into(),
        text: part.text.clone(),
        departments: part.departments,
        people: part.people,
        error: part.problem.as_ref().map(problem_words::show),
    };
    ScopePreview {
        name: name.into(),
        parts: found.parts.iter().map(part).collect(),
        departments: found.departments,
        people: found.people,
        overlap: found.overlap,
        nameless: found.nameless,
        visible: found.visible,
        of: found.of,
        notices: found.notices.iter().map(problem_words::show).collect(),
        incomplete: found.incomplete_because.as_ref().map(problem_words::show),
        api: Reads { calls },
    }
}
