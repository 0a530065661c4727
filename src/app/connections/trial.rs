//! Connections are tried: as they are stored, with other settings before these are saved, and with new secrets before the old
//! ones go.

use std::sync::Arc;

use idflow_sdk::{Connection as Open, Context, Meter};

use super::{
    change::{Made, Wanted},
    not_usable, view,
};
use crate::{
    app::{App, AppError, expected::Expected, problem_words},
    contract::{
        connection::{Rotated, Rotation, TestFinding, TestReport, Trial},
        plan::Reads,
    },
    store::{Batch, catalogue, failing_connections},
};

impl App {
    /// Tries a connection as it is stored.
    ///
    /// # Errors
    /// An unknown name, settings that cannot be used.
    pub async fn test_connection(&self, name: &str) -> Result<TestReport, AppError> {
        let stored = self.stored_connection(name).await?;
        let connection = self.opened(&stored.value)?;
        let report = self.tried(name, connection).await;
        let mut batch = Batch::default();
        if report.ok {
            // Runs that start by themselves need not rest any longer.
            failing_connections::clear(&mut batch, &self.tenant, name);
        }
        let mut tested = stored.value.clone();
        tested.tested = Some((self.now(), report.ok));
        catalogue::put_connection(&mut batch, &self.tenant, Some(&stored), &tested)?;
        match self.store.commit(batch).await {
            // It was changed while it was tried: what the test said is about another state of it.
            Err(crate::store::StoreError::Conflict) => {}
            done => done?,
        }
        Ok(report)
    }

    /// Tries settings and secrets that are not saved.
    ///
    /// # Errors
    /// Settings that cannot be used, each with its field; an unknown connection.
    pub async fn try_settings(&self, connector: &str, trial: Trial) -> Result<TestReport, AppError> {
        let old = match &trial.connection {
            Some(name) => Some(self.stored_connection(name).await?.value),
            None => None,
        };
        // One that is to be made has no name yet.
        let name = trial.connection.unwrap_or_else(|| "new_connection".into());
        let Trial { settings, secrets, .. } = trial;
        let wanted = Wanted { connector: connector.into(), name, settings, secrets };
        let Made { stored, spec, .. } = self.made(&wanted, old.as_ref())?;
        let connection = self.connections.open_stored(&stored).map_err(|problem| not_usable(spec, &problem))?;
        self.refuse_double(spec, &stored).await?;
        Ok(self.tried(&stored.name, connection).await)
    }

    /// Puts new secrets in the place of the old ones, after they were tried.
    ///
    /// # Errors
    /// An unknown connection, secrets that cannot be used. That the system refuses them is no error: the answer says that
    /// the old ones stay.
    pub async fn rotate_secrets(
        &self,
        name: &str,
        rotation: Rotation,
        expected: &Expected,
    ) -> Result<Rotated, AppError> {
        let stored = self.stored_connection(name).await?.value;
        expected.check(Some(&super::tag(&stored)), || super::look(name))?;
        if rotation.secrets.is_empty() {
            return Err(AppError::invalid("rotation_empty").field("secrets"));
        }
        let secrets: super::change::Values =
            rotation.secrets.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let wanted =
            Wanted { connector: stored.connector.clone(), name: name.into(), settings: Default::default(), secrets };
        let Made { stored: new, spec, .. } = self.made(&wanted, Some(&stored))?;
        let connection = self.connections.open_stored(&new).map_err(|problem| not_usable(spec, &problem))?;
        let report = self.tried(name, connection).await;
        let rotated = report.ok || rotation.anyway;
        let connection = match rotated {
            true => {
                self.write_connection(&wanted, expected, |old| old.map(|_| ()).ok_or_else(|| super::unknown(name)))
                    .await?
            }
            false => view(&stored),
        };
        Ok(Rotated { rotated, connection, report })
    }

    /// Looks at an open connection with harmless calls.
    async fn tried(&self, name: &str, connection: Arc<dyn Open>) -> TestReport {
        let meter = Arc::new(Meter::default());
        let context = Context { meter: meter.clone(), ..Context::at(self.now()) };
        let report = connection.check(&context).await;
        let ok = !report.findings.iter().any(|finding| finding.fatal && finding.problem.is_some());
        TestReport {
            name: name.into(),
            ok,
            findings: report.findings.iter().map(finding).collect(),
            capabilities: report.capabilities.iter().map(|(name, can)| (name.to_string(), *can)).collect(),
            api: Reads { calls: meter.read()[0] },
        }
    }
}

/// One thing that was looked at, in words.
pub(super) fn finding(finding: &idflow_sdk::Finding) -> TestFinding {
    TestFinding {
        ok: finding.problem.is_none(),
        fatal: finding.fatal && finding.problem.is_some(),
        error: finding.problem.as_ref().map(problem_words::show),
        subject: finding.subject.to_string(),
    }
}
