//! What connectors ask for, as a form needs it, and what they can do.

use idflow_sdk::{ConnectorSpec, Effect, Identity, Input, Problem, SettingSpec};

use crate::{
    app::{App, AppError, paging, problem_words},
    connectors,
    contract::{
        connection::{
            ActionEffect, Connector, ConnectorAction, ConnectorEvent, ConnectorSettings, Setting, SettingChoice,
            SettingKind, Unless,
        },
        page::{Page, Paging},
        problem::Text,
    },
};

impl App {
    /// All connectors.
    ///
    /// # Errors
    /// A wrong limit or cursor.
    pub fn connectors(&self, wanted: &Paging) -> Result<Page<Connector>, AppError> {
        let all = connectors::ALL.iter().map(|spec| connector(spec)).collect();
        paging::cut(all, wanted.limit, wanted.cursor.as_deref())
    }

    /// One connector.
    ///
    /// # Errors
    /// An unknown name.
    pub fn connector(&self, name: &str) -> Result<Connector, AppError> {
        find(name).map(connector)
    }

    /// What a connector asks for: its settings, with where to find each value.
    ///
    /// # Errors
    /// An unknown connector.
    pub fn connector_settings(&self, name: &str) -> Result<ConnectorSettings, AppError> {
        let Connector { connector, title, settings, .. } = self.connector(name)?;
        Ok(ConnectorSettings { connector, title, settings })
    }
}

fn find(name: &str) -> Result<&'static ConnectorSpec, AppError> {
    connectors::find(name)
        .ok_or_else(|| AppError::not_found("connector_unknown").arg("connector", name).arg("names", connectable()))
}

fn connector(spec: &'static ConnectorSpec) -> Connector {
    let action = |action: &&idflow_sdk::ActionSpec| ConnectorAction {
        uses: format!("{}/{}", spec.name, action.name),
        title: problem_words::both(action.title),
        effect: effect(action.effect),
    };
    let event =
        |event: &idflow_sdk::EventSpec| ConnectorEvent { name: event.name.into(), doc: problem_words::both(event.doc) };
    Connector {
        connector: spec.name.into(),
        title: problem_words::both(spec.title),
        connectable: !spec.settings.is_empty(),
        settings: spec.settings.iter().map(setting).collect(),
        actions: spec.actions.iter().map(action).collect(),
        events: spec.events.iter().map(event).collect(),
    }
}

/// What an action does with objects.
pub(in crate::app) const fn effect(effect: Effect) -> ActionEffect {
    match effect {
        Effect::Read => ActionEffect::Read,
        Effect::Create => ActionEffect::Create,
        Effect::Upsert => ActionEffect::Upsert,
        Effect::Update => ActionEffect::Update,
        Effect::Remove(_) => ActionEffect::Remove,
        Effect::Send => ActionEffect::Send,
    }
}

pub(in crate::app) fn setting(spec: &SettingSpec) -> Setting {
    let form = spec.form;
    let (kind, min, max) = match form.input {
        Input::Text => (SettingKind::Text, None, None),
        Input::Number(min, max) => (SettingKind::Number, Some(min), Some(max)),
        Input::Url => (SettingKind::Url, None, None),
        Input::Folder => (SettingKind::Folder, None, None),
        Input::Choice(_) => (SettingKind::Choice, None, None),
    };
    let choices: &[(&str, idflow_sdk::Text)] = match form.input {
        Input::Choice(words) => words,
        _ => &[],
    };
    let name = Text { zh: spec.name.into(), en: spec.name.into() };
    Setting {
        name: spec.name.into(),
        title: if form.title.en.is_empty() { name } else { problem_words::both(form.title) },
        kind,
        secret: spec.secret,
        required: spec.required,
        default: spec.default.map(ToString::to_string),
        doc: problem_words::both(spec.doc),
        unit: form.unit.map(problem_words::both),
        min,
        max,
        pattern: form.pattern.map(ToString::to_string),
        choices: choices
            .iter()
            .map(|(value, title)| SettingChoice { value: (*value).into(), title: problem_words::both(*title) })
            .collect(),
        find: form.find.map(problem_words::both),
        link: form.link.map(ToString::to_string),
        advanced: form.advanced,
        identity: tells_apart(spec),
        unless: spec.unless.map(|(setting, value)| Unless { setting: setting.into(), value: value.into() }),
    }
}

/// The place in a form of the setting that a problem is about.
pub(super) fn place_of(spec: &ConnectorSpec, problem: &Problem) -> Option<String> {
    let name = problem.field.as_deref()?;
    let setting = spec.settings.iter().find(|setting| setting.name == name)?;
    Some(format!("{}.{name}", if setting.secret { "secrets" } else { "settings" }))
}

/// Whether a setting tells systems or accounts apart.
pub(super) fn tells_apart(setting: &SettingSpec) -> bool {
    setting.identity != Identity::None
}

/// The connectors that have something to connect to.
pub(super) fn connectable() -> String {
    let with_settings = connectors::ALL.iter().filter(|spec| !spec.settings.is_empty());
    with_settings.map(|spec| spec.name).collect::<Vec<_>>().join(", ")
}
