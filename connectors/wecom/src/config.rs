//! The settings of one WeCom account: what is asked, where to find it, how each value is checked, and the typed form the
//! rest of the crate works with.
//!
//! A refused value is never repeated in the problem: it may be a secret pasted into the wrong field.

mod checks;
mod settings;

use std::{sync::Arc, time::Duration};

use idflow_sdk::{Error, ErrorKind, Granted, OpenRequest, Problem, RootIs, Secret};

use crate::quota::Limits;
use checks::limits;

pub(crate) use checks::{check_base_url, check_corp_id, check_secret, is_loopback};

pub(crate) use settings::{APPS_PAGE, AUTH_MODE, CONSOLE, DEFAULT_BASE_URL, PROVIDER, SETTINGS};

/// How many reads may be in flight unless `limits` says otherwise.
const DEFAULT_PARALLEL: usize = 8;

/// Whether a source is read by exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exports {
    /// Where there are many departments, or a list is too large.
    Auto,
    /// Never.
    Off,
    /// In every case.
    Always,
}

/// A connection's settings after all checks.
#[derive(Clone)]
pub(crate) struct Config {
    /// The company.
    pub corp_id: String,
    /// The self-built app, when its secret is there.
    pub app: Option<App>,
    /// The contact-sync secret.
    pub contacts_secret: Option<Secret>,
    /// What the company granted to a provider, for a connection that comes by one.
    pub granted: Option<Arc<dyn Granted>>,
    /// Whether a source is read by exports.
    pub exports: Exports,
    /// The time limit of one exchange.
    pub timeout: Duration,
    /// Where the API is, without a slash at the end.
    pub base_url: String,
    /// The department below which everything is kept.
    pub root_department: i64,
    /// What a root department of the source is.
    pub source_root: RootIs,
    /// How many direct leaders a member may have.
    pub direct_leaders: usize,
    /// Whether names are names: an app that the company did not build itself may see accounts in their place.
    pub own_app: bool,
    /// Whether members are read in full.
    pub full: bool,
    /// How many reads may be in flight.
    pub parallel: usize,
    /// How many calls of one API may be made.
    pub limits: Limits,
    /// Whether import jobs may be used.
    pub import_jobs: bool,
    /// They go by a job wherever that is possible, whatever takes longer.
    pub prefer_jobs: bool,
}

/// A self-built app.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Its number.
    pub agent_id: i64,
    /// Its secret.
    pub secret: Secret,
}

impl Config {
    /// Takes the settings of an open request; what the caller checked is checked again, because it costs nothing.
    pub fn new(request: &OpenRequest) -> Result<Self, Error> {
        Self::read(request).map_err(|problem| Error::new(ErrorKind::Configuration, problem))
    }

    fn read(request: &OpenRequest) -> Result<Self, Problem> {
        for spec in SETTINGS.iter().filter(|spec| !spec.secret) {
            if let (Some(check), Some(value)) = (spec.check, value(request, spec.name)) {
                check(value)?;
            }
        }
        let secret = |name| request.secrets.get(name).filter(|secret| !secret.expose().is_empty()).cloned();
        for name in ["app_secret", "contacts_secret"] {
            if let Some(secret) = secret(name) {
                check_secret(secret.expose()).map_err(|problem| problem.field(name))?;
            }
        }
        let app = match secret("app_secret") {
            None => None,
            Some(secret) => {
                let agent_id = value(request, "agent_id")
                    .and_then(|text| text.parse().ok())
                    .ok_or(Problem::new("wecom_agent_id_missing").field("agent_id"))?;
                Some(App { agent_id, secret })
            }
        };
        let contacts_secret = secret("contacts_secret");
        let provided = value(request, AUTH_MODE) == Some(PROVIDER);
        if provided && contacts_secret.is_some() {
            // A provider must not take over the secret of a customer's contact sync.
            return Err(Problem::new("wecom_provider_secret").field("contacts_secret"));
        }
        if !provided && app.is_none() && contacts_secret.is_none() {
            return Err(Problem::new("wecom_secret_missing").field("contacts_secret"));
        }
        let (parallel, limits) =
            value(request, "limits").and_then(limits).unwrap_or((DEFAULT_PARALLEL, Limits::DEFAULT));
        Ok(Self {
            corp_id: match value(request, "corp_id") {
                Some(corp_id) => corp_id.to_owned(),
                // It is known once the company has authorised.
                None if provided => String::new(),
                None => return Err(Problem::new("wecom_corp_id_shape").field("corp_id")),
            },
            app,
            contacts_secret,
            granted: request.granted.clone().filter(|_| provided),
            timeout: Duration::from_millis(number(request, "timeout_ms").unwrap_or(10_000)),
            base_url: value(request, "base_url").unwrap_or(DEFAULT_BASE_URL).trim_end_matches('/').to_owned(),
            root_department: number(request, "root_department").and_then(|id| i64::try_from(id).ok()).unwrap_or(1),
            source_root: match value(request, "source_root") {
                Some("company") => RootIs::Itself,
                Some("department") => RootIs::Below,
                _ => RootIs::ItselfByName,
            },
            direct_leaders: number(request, "direct_leaders").and_then(|most| usize::try_from(most).ok()).unwrap_or(1),
            own_app: !matches!(value(request, "app_kind"), Some("customized" | "third_party")),
            full: value(request, "member_read") == Some("full"),
            parallel,
            limits,
            exports: match value(request, "exports") {
                Some("off") => Exports::Off,
                Some("always") => Exports::Always,
                _ => Exports::Auto,
            },
            import_jobs: value(request, "import_jobs") != Some("off"),
            prefer_jobs: value(request, "import_jobs") == Some("always"),
        })
    }
}

fn value<'a>(request: &'a OpenRequest, name: &str) -> Option<&'a str> {
    request.settings.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

fn number(request: &OpenRequest, name: &str) -> Option<u64> {
    value(request, name).and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests;
