//! What is every command given?

use std::{path::PathBuf, sync::Arc};

use clap::ValueEnum;

use super::{Lang, answering::Around};
use crate::{
    app::Settings,
    config::{Environment, servers::Server},
    server::note::Note,
    store::location::Location,
};

/// Forms of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code review: findings as SARIF 2.1.0, of `validate` only.
    Sarif,
}

/// What every command is given.
pub struct Session<'a> {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The store, if it is not in the data folder.
    pub store: Option<Location>,
    /// The tenant, if one is named.
    pub tenant: Option<String>,
    /// A server elsewhere that the command is for.
    pub server: Option<Server>,
    /// The form of the answer.
    pub form: Form,
    /// The language of texts.
    pub lang: Lang,
    /// The environment.
    pub environment: &'a Environment,
    /// What goes on around the command.
    pub around: Arc<Around>,
}

impl Session<'_> {
    /// The address of a page of the server, when one answers for this data folder.
    #[must_use]
    pub fn server_page(&self, path: &str) -> Option<String> {
        if let Some(server) = &self.server {
            return Some(format!("{}{path}", server.url));
        }
        let note = Note::read(&self.data_dir).filter(|note| note.passing.is_empty())?;
        let host = note.public.unwrap_or_else(|| format!("http://{}", note.address));
        Some(format!("{host}{path}"))
    }

    /// One of two texts.
    #[must_use]
    pub const fn text<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(zh, en)
    }

    /// The settings of an application over data folder and store.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.environment.settings(self.data_dir.clone(), self.store.clone())
    }

    /// Whether the answer is for programs.
    #[must_use]
    pub fn json(&self) -> bool {
        self.form != Form::Text
    }
}
