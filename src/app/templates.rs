//! The templates that ship with the product or came in a bundle, and how one becomes a workflow of its own.

use super::{App, AppError, paging};
use crate::{
    contract::{
        page::Page,
        problem::Text,
        template as shown,
        template::{Shelf, TemplateFilter, TemplateOrigin, TemplateStep},
        workflow::{Alias, Bound},
    },
    model::id::is_snake_case,
    store::templates::{self, StoredTemplate},
    workflow::{self, compiled::Workflow},
};

/// A template: its id, its YAML, and its test.
pub struct Template {
    /// Its id.
    pub id: &'static str,
    /// Its YAML.
    pub text: &'static str,
    /// Its test, beside it.
    pub test: &'static str,
}

/// All templates.
pub static ALL: &[Template] = &[
    Template {
        id: "csv_to_directory",
        text: include_str!("../../workflows/csv_to_directory.yaml"),
        test: include_str!("../../workflows/csv_to_directory.test.yaml"),
    },
    Template {
        id: "wecom_consent_invite",
        text: include_str!("../../workflows/wecom_consent_invite.yaml"),
        test: include_str!("../../workflows/wecom_consent_invite.test.yaml"),
    },
    Template {
        id: "wecom_disable_leavers",
        text: include_str!("../../workflows/wecom_disable_leavers.yaml"),
        test: include_str!("../../workflows/wecom_disable_leavers.test.yaml"),
    },
    Template {
        id: "wecom_downstream_event",
        text: include_str!("../../workflows/wecom_downstream_event.yaml"),
        test: include_str!("../../workflows/wecom_downstream_event.test.yaml"),
    },
    Template {
        id: "wecom_downstream_full",
        text: include_str!("../../workflows/wecom_downstream_full.yaml"),
        test: include_str!("../../workflows/wecom_downstream_full.test.yaml"),
    },
    Template {
        id: "wecom_downstream_mirror",
        text: include_str!("../../workflows/wecom_downstream_mirror.yaml"),
        test: include_str!("../../workflows/wecom_downstream_mirror.test.yaml"),
    },
    Template {
        id: "wecom_message",
        text: include_str!("../../workflows/wecom_message.yaml"),
        test: include_str!("../../workflows/wecom_message.test.yaml"),
    },
    Template {
        id: "wecom_upstream_event",
        text: include_str!("../../workflows/wecom_upstream_event.yaml"),
        test: include_str!("../../workflows/wecom_upstream_event.test.yaml"),
    },
    Template {
        id: "wecom_upstream_full",
        text: include_str!("../../workflows/wecom_upstream_full.yaml"),
        test: include_str!("../../workflows/wecom_upstream_full.test.yaml"),
    },
    Template {
        id: "wecom_upstream_bind",
        text: include_str!("../../workflows/wecom_upstream_bind.yaml"),
        test: include_str!("../../workflows/wecom_upstream_bind.test.yaml"),
    },
];

/// The template of this id.
///
/// # Errors
/// An unknown id; the message lists the known ones.
pub fn find(id: &str) -> Result<&'static Template, AppError> {
    ALL.iter().find(|template| template.id == id).ok_or_else(|| unknown(id))
}

pub(super) fn unknown(id: &str) -> AppError {
    let names: Vec<&str> = ALL.iter().map(|template| template.id).collect();
    AppError::not_found("template_unknown").arg("template", id).arg("names", names.join(", "))
}

/// A template, wherever it comes from.
pub(super) struct Found {
    /// Its id.
    pub id: String,
    /// Its YAML.
    pub text: String,
    /// Its test.
    pub test: Option<String>,
    origin: TemplateOrigin,
    signed_by: Option<String>,
}

impl Found {
    fn shipped(template: &Template) -> Self {
        let (id, text, test) = (template.id.into(), template.text.into(), Some(template.test.into()));
        Self { id, text, test, origin: TemplateOrigin::Idflow, signed_by: None }
    }

    fn kept(template: StoredTemplate, origin: TemplateOrigin) -> Self {
        let StoredTemplate { id, text, test, signed_by, .. } = template;
        Self { id, text, test, origin, signed_by: Some(signed_by) }
    }
}

impl App {
    /// All templates, with what they are for.
    ///
    /// # Errors
    /// A wrong limit or cursor; the store.
    pub async fn templates(&self, wanted: &TemplateFilter) -> Result<Page<shown::Template>, AppError> {
        let on = |shelf: &Option<Shelf>, wanted: &Option<String>| match (shelf, wanted) {
            (_, None) => true,
            (shelf, Some(wanted)) => shelf.as_ref().is_some_and(|shelf| shelf.id == *wanted),
        };
        let mut found: Vec<Found> = ALL.iter().map(Found::shipped).collect();
        let own = templates::all(&*self.store, Some(&self.tenant)).await?;
        let of_all = templates::all(&*self.store, None).await?.into_iter();
        // What is the tenant's own comes before what all have of that id.
        let of_all: Vec<_> = of_all.filter(|one| own.iter().all(|other| other.id != one.id)).collect();
        found.extend(own.into_iter().map(|one| Found::kept(one, TemplateOrigin::Tenant)));
        found.extend(of_all.into_iter().map(|one| Found::kept(one, TemplateOrigin::Installation)));
        let all = found.iter().map(|template| view(template, false));
        let all = all.filter(|one| on(&one.category, &wanted.category) && on(&one.app, &wanted.app)).collect();
        paging::cut(all, wanted.limit, wanted.cursor.as_deref())
    }

    /// One template with its YAML.
    ///
    /// # Errors
    /// An unknown id.
    pub async fn template(&self, id: &str) -> Result<shown::Template, AppError> {
        Ok(view(&self.any_template(id).await?, true))
    }

    /// The template of this id: one that ships, one of the tenant, or one of the installation.
    pub(super) async fn any_template(&self, id: &str) -> Result<Found, AppError> {
        if let Ok(template) = find(id) {
            return Ok(Found::shipped(template));
        }
        // What cannot be an id is nobody's.
        if !is_snake_case(id) {
            return Err(unknown(id));
        }
        if let Some(own) = templates::get(&*self.store, Some(&self.tenant), id).await? {
            return Ok(Found::kept(own.value, TemplateOrigin::Tenant));
        }
        let of_all = templates::get(&*self.store, None, id).await?.ok_or_else(|| unknown(id))?;
        Ok(Found::kept(of_all.value, TemplateOrigin::Installation))
    }
}

fn view(template: &Found, whole: bool) -> shown::Template {
    let outcome = workflow::compile(
        &template.id,
        &template.text,
        &workflow::Environment { connectors: crate::connectors::ALL, ..Default::default() },
    );
    let mut view = shown::Template {
        id: template.id.clone(),
        origin: template.origin,
        signed_by: template.signed_by.clone(),
        name: Text::default(),
        description: Text::default(),
        category: None,
        app: None,
        labels: Default::default(),
        connections: Vec::new(),
        steps: Vec::new(),
        text: whole.then(|| template.text.clone()),
    };
    if let Some(compiled) = outcome.workflow {
        let step = |step: &workflow::compiled::Step| TemplateStep {
            id: step.id.clone(),
            zh: step.name.zh.clone(),
            en: step.name.en.clone(),
        };
        view.name = Text { zh: compiled.name.zh.clone(), en: compiled.name.en.clone() };
        view.labels = compiled.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        view.category = view.labels.get("category").map(|id| category(id));
        view.app = view.labels.get("app").map(|id| app(id));
        view.description = description(&template.text);
        view.connections = aliases(&compiled);
        view.steps = compiled.steps.iter().map(step).collect();
    }
    view
}

/// The categories of the gallery.
const CATEGORIES: [(&str, &str, &str); 4] = [
    ("downstream", "下游同步", "Downstream sync"),
    ("upstream", "上游同步", "Upstream sync"),
    ("event", "事件", "Events"),
    ("message", "消息", "Messages"),
];

fn category(id: &str) -> Shelf {
    let known = CATEGORIES.iter().find(|(known, ..)| *known == id);
    let (zh, en) = known.map_or((id, id), |(_, zh, en)| (*zh, *en));
    Shelf { id: id.into(), title: Text { zh: zh.into(), en: en.into() } }
}

/// An app is a connector, or has a name of its own.
fn app(id: &str) -> Shelf {
    let title = match crate::connectors::find(id) {
        Some(spec) => super::problem_words::both(spec.title),
        None => Text { zh: id.into(), en: id.into() },
    };
    Shelf { id: id.into(), title }
}

/// `description` of a text, which the compiler only checks.
fn description(text: &str) -> Text {
    let environment = workflow::Environment { connectors: crate::connectors::ALL, ..Default::default() };
    let content = workflow::outline::outline(text, &environment).unwrap_or_default().content;
    let written = &content["description"];
    let word = |key: &str| written[key].as_str().or_else(|| written.as_str()).unwrap_or_default().to_string();
    Text { zh: word("zh"), en: word("en") }
}

/// The connections a workflow names.
#[must_use]
pub fn aliases(workflow: &Workflow) -> Vec<Alias> {
    let alias = |alias: &workflow::compiled::ConnectionAlias| Alias {
        alias: alias.alias.clone(),
        connector: alias.connector.name.into(),
        reference: alias.reference.clone(),
    };
    workflow.connections.iter().map(alias).collect()
}

/// The text with another id and other connections; comments and layout stay. Only the one line of each is touched.
///
/// # Errors
/// A line that is not written the way templates write it.
pub fn adapt(text: &str, id: Option<&str>, connections: &[Bound]) -> Result<String, AppError> {
    let mut lines: Vec<String> = text.split('\n').map(ToString::to_string).collect();
    if let Some(id) = id {
        let line = lines.iter_mut().find(|line| line.starts_with("id:"));
        let line = line.ok_or_else(|| AppError::invalid("workflow_no_id_line").field("text"))?;
        *line = format!("id: {id}");
    }
    for Bound { alias, name } in connections {
        let start = lines.iter().position(|line| line.starts_with("connections:"));
        let index = start.and_then(|start| {
            let end = lines[start + 1..]
                .iter()
                .position(|line| !line.is_empty() && !line.starts_with([' ', '#']))
                .map_or(lines.len(), |end| start + 1 + end);
            (start + 1..end).find(|at| lines[*at].trim_start().starts_with(&format!("{alias}:")))
        });
        let index = index.ok_or_else(|| AppError::invalid("alias_unknown").arg("alias", alias).field("connections"))?;
        let line = &lines[index];
        let at = line.find("ref:");
        let at = at.ok_or_else(|| AppError::invalid("alias_not_plain").arg("alias", alias).field("connections"))?;
        let rest = &line[at + 4..];
        let end = rest.find([',', '}']).unwrap_or(rest.len());
        lines[index] = format!("{}ref: {name}{}", &line[..at], &rest[end..]);
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapting_changes_two_lines() {
        let text = "dsl: 1\nid: a\nconnections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: wecom_main} # here\nsteps: []";
        let bound = |alias: &str| [Bound { alias: alias.into(), name: "main".into() }];
        let adapted = adapt(text, Some("b"), &bound("wecom")).unwrap();
        assert_eq!(
            adapted,
            "dsl: 1\nid: b\nconnections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, ref: main} # here\nsteps: []"
        );
        assert!(adapt(text, None, &bound("other")).is_err());
    }
}
