//! Which folders of the machine are read for whoever comes over the network?
//!
//! Whoever sits at the machine can read its files anyway, so commands there import any folder. Over the network a workflow that
//! reads files would show any file of the server to whoever may write or start one. So there it reads below three sorts of
//! folders: the installation's own `import` in the data folder, those that whoever runs the server has named (`IDFLOW_IMPORT_ROOTS`),
//! and the folder that a connection was given by somebody at the machine. Links and `..` are followed before it is decided.
//!
//! It is decided when a file is read ([`crate::engine::Connect::may_read`]), because only then it is known which: every run knows
//! whether somebody at the machine stands behind it. What is refused before that, when a workflow is started or activated, is so
//! that whoever asks learns it at once.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{App, AppError, Desk, connect::FOLDER};
use crate::{
    connectors,
    contract::connection::{ConnectionChange, NewConnection, Trial},
    engine::Connect as _,
    store::catalogue,
    workflow::compiled::{Work, Workflow},
};

impl App {
    /// Lets whoever comes over the network import from below these folders, too.
    pub fn open_folders(&self, roots: Vec<PathBuf>) {
        self.all.roots.open(roots);
    }
}

fn closed(path: &Path) -> AppError {
    AppError::refused("folder_closed").arg("folder", path.display().to_string())
}

impl Desk<'_> {
    /// Whether files below a folder are read for this caller.
    ///
    /// # Errors
    /// It is none of those that are open to the network.
    pub(super) fn may_read_folder(&self, folder: &Path) -> Result<(), AppError> {
        match self.caller.is_operator() || self.connections.is_open(folder, None) {
            true => Ok(()),
            false => Err(closed(folder)),
        }
    }

    /// Whether a connection may be given this folder by the caller.
    pub(super) fn may_set_folder(&self, connector: &str, folder: Option<&String>) -> Result<(), AppError> {
        let is_folder = |spec: &idflow_sdk::ConnectorSpec| spec.settings.iter().any(|setting| setting.name == FOLDER);
        let Some(folder) = folder.filter(|folder| !folder.trim().is_empty()) else { return Ok(()) };
        match connectors::find(connector).is_some_and(is_folder) {
            true => {
                let folder = self.connections.folder_from(folder);
                self.may_read_folder(&folder).map_err(|refused| refused.field(FOLDER))
            }
            false => Ok(()),
        }
    }

    /// Whether the caller may add a connection with the folder that it is given.
    ///
    /// # Errors
    /// The folder is not open to the network.
    pub fn may_add_folder(&self, new: &NewConnection) -> Result<(), AppError> {
        self.may_set_folder(&new.connector, new.settings.get(FOLDER))
    }

    /// The same of settings that are tried.
    ///
    /// # Errors
    /// As [`Desk::may_add_folder`].
    pub fn may_try_folder(&self, connector: &str, trial: &Trial) -> Result<(), AppError> {
        self.may_set_folder(connector, trial.settings.get(FOLDER).and_then(Option::as_ref))
    }

    /// The same of a change.
    ///
    /// # Errors
    /// As [`Desk::may_add_folder`].
    pub async fn may_change_folder(&self, name: &str, change: &ConnectionChange) -> Result<(), AppError> {
        let Some(Some(folder)) = change.settings.get(FOLDER) else { return Ok(()) };
        let stored = catalogue::connection(&*self.store, &self.tenant, name).await?;
        stored.map_or(Ok(()), |stored| self.may_set_folder(&stored.value.connector, Some(folder)))
    }

    /// Whether the caller may start a workflow with these inputs, as far as files are concerned.
    ///
    /// # Errors
    /// A file outside of what is open to the network.
    pub(super) async fn may_start_reading(&self, workflow: &str, inputs: &Map<String, Value>) -> Result<(), AppError> {
        if self.caller.is_operator() {
            return Ok(());
        }
        let Some(head) = catalogue::workflow(&*self.store, &self.tenant, workflow).await? else { return Ok(()) };
        // A plan is made of the newest version, a run of the active one.
        for version in [head.value.active.unwrap_or(head.value.latest), head.value.latest] {
            let stored = catalogue::version(&*self.store, &self.tenant, workflow, version).await?;
            let Some(Ok(compiled)) = stored.map(|stored| self.connections.compile(&stored.text)) else { continue };
            self.may_read_files(&compiled, Some(inputs)).await?;
        }
        Ok(())
    }

    /// Whether the caller may let a workflow run by itself, as far as files are concerned.
    ///
    /// # Errors
    /// A file outside of what is open to the network; a file that a trigger would name.
    pub(super) async fn may_activate_reading(&self, text: &str) -> Result<(), AppError> {
        if self.caller.is_operator() {
            return Ok(());
        }
        let Ok(compiled) = self.connections.compile(text) else { return Ok(()) };
        let yaml: Value = serde_yaml::from_str(text).unwrap_or_default();
        let by_itself = yaml["on"].as_object().is_some_and(|on| on.keys().any(|trigger| trigger != "manual"));
        // What only people start is looked at when they do.
        let inputs = by_itself.then(Map::new);
        self.may_read_files(&compiled, inputs.as_ref()).await
    }

    /// `inputs`: nothing where they are looked at later.
    async fn may_read_files(&self, workflow: &Workflow, inputs: Option<&Map<String, Value>>) -> Result<(), AppError> {
        for step in workflow.steps.iter().chain(&workflow.finally) {
            match &step.work {
                Work::Read(uses) if uses.connector.name == connectors::IMPORT.name => {
                    let Some(path) = step.with.literal["path"].as_str() else { continue };
                    let Some(alias) = workflow.connections.get(uses.connection) else { continue };
                    self.may_read_file(&alias.reference, path, inputs).await?;
                }
                // What another workflow reads is named here.
                Work::Call(called) => {
                    let mut given = step.with.literal.as_object().cloned().unwrap_or_default();
                    given.retain(|_, value| value.is_string());
                    Box::pin(self.may_start_reading(called, &given)).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn may_read_file(
        &self,
        connection: &str,
        path: &str,
        inputs: Option<&Map<String, Value>>,
    ) -> Result<(), AppError> {
        let mut path = path.to_string();
        if path.contains("{{") {
            let Some(inputs) = inputs else { return Ok(()) };
            for (name, value) in inputs {
                let Some(value) = value.as_str() else { continue };
                for written in [format!("{{{{inputs.{name}}}}}"), format!("{{{{ inputs.{name} }}}}")] {
                    path = path.replace(&written, value);
                }
            }
        }
        let (folder, own) = self.connections.files_of(connection).await?;
        let whole = folder.join(&path);
        // What is only known later could lead anywhere.
        let known = !path.contains("{{");
        let fits = known && self.connections.is_open(&whole, own.then_some(&*folder));
        if fits { Ok(()) } else { Err(closed(&whole)) }
    }
}
