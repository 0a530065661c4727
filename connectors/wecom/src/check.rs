//! `connection test`: are secrets, app and rights as they should be? A handful of calls, and nothing is changed.
//!
//! Each secret is looked at on its own and in order: token, what it belongs to, what it may see. A secret whose first
//! question fails is asked no further, so that one cause gives one finding. A broken network is reported as such.
//!
//! What each answer says of what a secret may do is noted for `connection doctor`, which asks on from here
//! ([`crate::examine`]).

use std::collections::BTreeMap;

use idflow_sdk::{CheckReport, Context, Error, Finding, Problem, Verdict};
use serde_json::{Map, Value};

use crate::{
    client::{AgentRow, Client, Who},
    codes,
    config::Config,
    error::code_of,
};

/// Looks at a connection.
pub(crate) async fn check(client: &Client, context: &Context, config: &Config) -> CheckReport {
    let mut look = Look::default();
    look.at_all(client, context, config, &BTreeMap::new()).await;
    look.report
}

/// By which answer it is known whether a secret may do something.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Whether it may.
    pub verdict: Verdict,
    /// The call.
    pub api: &'static str,
    /// Its code.
    pub code: Option<i64>,
    /// What to do.
    pub remedy: Option<Problem>,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Look {
    /// What a test tells.
    pub report: CheckReport,
    /// What each secret may do, as far as it was asked.
    pub told: BTreeMap<(&'static str, &'static str), Told>,
    /// Why a secret was asked no further.
    pub stopped: BTreeMap<&'static str, Told>,
    /// The app.
    pub agent: Option<AgentRow>,
    /// A member as the app sees it.
    pub member: Option<Map<String, Value>>,
    /// Somebody that there is, as the contact sync says.
    pub somebody: Option<String>,
    /// Secrets that were refused.
    pub refused: BTreeMap<String, Problem>,
}

/// The setting that holds a secret.
pub(crate) const fn setting(who: Who) -> &'static str {
    match who {
        Who::App => "app_secret",
        Who::Contacts => "contacts_secret",
        Who::Edit => "contact_edit",
    }
}

const CAPABILITIES: [&str; 9] = [
    "read_tree",
    "read_names",
    "read_people",
    "read_ids",
    "read_source",
    "write_dept",
    "write_user",
    "import_jobs",
    "send_message",
];

impl Look {
    /// Looks at both secrets. One that was `refused` a moment ago is not tried again.
    pub async fn at_all(
        &mut self,
        client: &Client,
        context: &Context,
        config: &Config,
        refused: &BTreeMap<String, Problem>,
    ) {
        for capability in CAPABILITIES {
            self.report.capabilities.insert(capability, false);
        }
        if client.has(Who::Edit) {
            self.edit(client, context, config.root_department).await;
        } else if client.has(Who::Contacts) {
            self.contacts(client, context, config, refused).await;
        } else {
            self.warn("contacts_secret", Problem::new("wecom_contacts_secret_missing").arg("api", "user/create"));
        }
        if client.has(Who::App) || client.has(Who::Edit) {
            self.app(client, context, config.root_department, refused).await;
        } else {
            self.warn("app_secret", Problem::new("wecom_names_hidden"));
            if self.report.capabilities.get("read_ids") == Some(&true) && client.contacts_read_all(context).await {
                self.warn("contacts_secret", Problem::new("wecom_contacts_reads_unused"));
            }
        }
    }

    /// Whether a token comes for this secret; one that does not is the end of it.
    async fn logs_in(
        &mut self,
        client: &Client,
        context: &Context,
        who: Who,
        refused: &BTreeMap<String, Problem>,
    ) -> bool {
        let setting = setting(who);
        let error = match refused.get(setting) {
            Some(problem) => Error::new(idflow_sdk::ErrorKind::Configuration, problem.clone()),
            None => match client.log_in(context, who).await {
                Ok(()) => return true,
                Err(error) => error,
            },
        };
        if matches!(code_of(&error), Some(40001 | 40091)) {
            self.refused.insert(setting.into(), (*error.problem).clone());
        }
        self.stop(who, setting, "gettoken", &error, None);
        false
    }

    async fn contacts(
        &mut self,
        client: &Client,
        context: &Context,
        config: &Config,
        refused: &BTreeMap<String, Problem>,
    ) {
        const WHO: Who = Who::Contacts;
        let root = config.root_department;
        if !self.logs_in(client, context, WHO, refused).await {
            return;
        }
        // Only the contact-sync secret may list ids; `simplelist` alone would let an app's secret pass.
        match client.memberships(context, "", 1).await {
            Ok((rows, _)) => {
                self.good("contacts_secret");
                self.somebody = rows.into_iter().next().map(|row| row.userid);
            }
            Err(error) => {
                let wrong_secret = code_of(&error) == Some(48002);
                let problem = wrong_secret.then(|| Problem::new("wecom_not_contacts_secret").field("contacts_secret"));
                return self.stop(WHO, "contacts_secret", "user/list_id", &error, problem);
            }
        }
        self.can("read_ids", WHO, "user/list_id");
        self.report.capabilities.insert("read_source", true);
        // Whether editing is switched on shows only when something is written: an empty update is refused one way or another.
        let writes = ["write_dept", "write_user", "import_jobs"];
        match client.may_write(context).await {
            Ok(true) => {
                self.good("api_edit");
                for capability in writes {
                    self.can(capability, WHO, "department/update");
                }
                self.report.capabilities.insert("import_jobs", config.import_jobs);
            }
            Ok(false) => {
                let problem = Problem::new("wecom_edit_off").field("contacts_secret");
                for capability in writes {
                    self.cannot(capability, WHO, "department/update", Some(48002), &problem);
                }
                self.fail("api_edit", problem);
            }
            Err(error) => {
                for capability in writes {
                    self.cannot(capability, WHO, "department/update", code_of(&error), &error.problem);
                }
                self.fail("api_edit", *error.problem);
            }
        }
        match client.department_ids(context).await {
            Ok(rows) if rows.iter().any(|row| row.id == root) => {
                self.can("read_tree", WHO, "department/simplelist");
                self.good("root_department");
            }
            Ok(_) => {
                let problem = root_not_found(root);
                self.cannot("read_tree", WHO, "department/simplelist", Some(0), &problem);
                self.fail("root_department", problem);
            }
            Err(error) => {
                self.cannot("read_tree", WHO, "department/simplelist", code_of(&error), &error.problem);
                self.fail("root_department", *error.problem);
            }
        }
    }

    /// The right to edit contacts that a provider was given. Without it people are read all the same.
    async fn edit(&mut self, client: &Client, context: &Context, root: i64) {
        const WHO: Who = Who::Edit;
        let writes = ["write_dept", "write_user"];
        let refused = match client.department_ids_to_edit(context).await {
            Ok(rows) if rows.iter().any(|row| row.id == root) => None,
            Ok(_) => Some((Some(0), root_not_found(root))),
            Err(error) => Some((code_of(&error), *error.problem)),
        };
        match refused {
            None => {
                self.good("contact_edit");
                for capability in writes {
                    self.can(capability, WHO, "department/simplelist");
                }
            }
            Some((code, problem)) => {
                for capability in writes {
                    self.cannot(capability, WHO, "department/simplelist", code, &problem);
                }
                self.warn("contact_edit", problem);
            }
        }
    }

    async fn app(&mut self, client: &Client, context: &Context, root: i64, refused: &BTreeMap<String, Problem>) {
        const WHO: Who = Who::App;
        if !self.logs_in(client, context, WHO, refused).await {
            return;
        }
        self.good("app_secret");
        match client.agent(context).await {
            Ok(agent) if agent.close == 1 => {
                let problem = Problem::new("wecom_app_closed").arg("agent_id", client.agent_id().to_string());
                let told =
                    Told { verdict: Verdict::No, api: "agent/get", code: Some(0), remedy: Some(problem.clone()) };
                self.stopped.insert(setting(WHO), told);
                return self.fail("agent_id", problem);
            }
            Ok(agent) => {
                self.good("agent_id");
                self.can("send_message", WHO, "agent/get");
                // As a source a part of the company is enough.
                self.report.capabilities.insert("read_source", true);
                self.agent = Some(agent);
            }
            Err(error) => return self.not_this_app(client, context, &error).await,
        }
        let small = |look: &mut Self, code| {
            let problem = Problem::new("wecom_range_too_small").field("app_secret").arg("department", root.to_string());
            for capability in ["read_tree", "read_names", "read_people"] {
                look.cannot(capability, WHO, "department/list", Some(code), &problem);
            }
            look.warn("visible_range", problem);
        };
        match client.departments(context).await {
            Ok(rows) if rows.iter().any(|row| row.id == root) => {
                self.good("visible_range");
                self.can("read_tree", WHO, "department/list");
                self.can("read_names", WHO, "department/list");
            }
            Ok(_) => return small(self, 0),
            // People alone are in its range.
            Err(error) if code_of(&error).is_some_and(codes::is_out_of_range) => {
                return small(self, code_of(&error).unwrap_or_default());
            }
            Err(error) => return self.stop(WHO, "visible_range", "department/list", &error, None),
        }
        let range = self.agent.as_ref().map(|agent| (agent.sees_all(), agent.range()));
        if let Some((false, [departments, members, tags])) = range {
            let problem = Problem::new("wecom_range_partial")
                .arg("departments", departments.to_string())
                .arg("members", members.to_string())
                .arg("tags", tags.to_string());
            self.warn("whole_company", problem);
        }
        match client.members(context, root).await {
            Ok(rows) => {
                self.good("members");
                self.can("read_people", WHO, "user/list");
                self.member = rows.into_iter().next();
            }
            Err(error) => {
                self.cannot("read_people", WHO, "user/list", code_of(&error), &error.problem);
                self.fail("members", *error.problem);
            }
        }
    }

    /// Why the app does not answer: a pair of AgentId and secret that do not belong together has two codes, and a secret that
    /// may list all ids is that of the contact sync.
    async fn not_this_app(&mut self, client: &Client, context: &Context, error: &Error) {
        let problem = match code_of(error) {
            Some(48001 | 48002 | 301_002 | 40056) if client.app_may_list_ids(context).await => {
                // Both are in the wrong place: that is one thing to mend.
                let wrong = |finding: &Finding| {
                    finding.problem.as_ref().is_some_and(|problem| problem.code == "wecom_not_contacts_secret")
                };
                let both = self.report.findings.iter().any(wrong);
                self.report.findings.retain(|finding| !wrong(finding));
                let code = if both { "wecom_secrets_swapped" } else { "wecom_not_app_secret" };
                let problem = Problem::new(code).field("app_secret");
                self.report.findings.retain(|finding| finding.subject != "app_secret");
                let told = Told {
                    verdict: Verdict::No,
                    api: "agent/get",
                    code: code_of(error),
                    remedy: Some(problem.clone()),
                };
                if both && let Some(stopped) = self.stopped.get_mut("contacts_secret") {
                    stopped.remedy = Some(problem.clone());
                }
                self.stopped.insert("app_secret", told);
                return self.fail("app_secret", problem);
            }
            Some(301_002 | 40056) => {
                let problem = Problem::new("wecom_agent_mismatch").field("agent_id");
                Some(problem.arg("agent_id", client.agent_id().to_string()))
            }
            _ => None,
        };
        self.stop(Who::App, "agent_id", "agent/get", error, problem);
    }

    /// The secret is asked no further. `problem`: what it means here, where that is more than the code says.
    fn stop(&mut self, who: Who, subject: &'static str, api: &'static str, error: &Error, problem: Option<Problem>) {
        let problem = problem.unwrap_or_else(|| (*error.problem).clone());
        let told = Told { verdict: Verdict::No, api, code: code_of(error), remedy: Some(problem.clone()) };
        self.stopped.insert(setting(who), told);
        self.fail(subject, problem);
    }

    /// A secret may do this, as the call says.
    pub fn can(&mut self, capability: &'static str, who: Who, api: &'static str) {
        if CAPABILITIES.contains(&capability) {
            self.report.capabilities.insert(capability, true);
        }
        let told = Told { verdict: Verdict::Yes, api, code: Some(0), remedy: None };
        self.told.insert((capability, setting(who)), told);
    }

    /// It may not.
    pub fn cannot(
        &mut self,
        capability: &'static str,
        who: Who,
        api: &'static str,
        code: Option<i64>,
        remedy: &Problem,
    ) {
        let told = Told { verdict: Verdict::No, api, code, remedy: Some(remedy.clone()) };
        self.told.insert((capability, setting(who)), told);
    }

    fn good(&mut self, subject: &'static str) {
        self.report.findings.push(Finding { subject, problem: None, fatal: false });
    }

    /// Something that runs can live with.
    pub fn warn(&mut self, subject: &'static str, problem: Problem) {
        self.report.findings.push(Finding { subject, problem: Some(problem), fatal: false });
    }

    fn fail(&mut self, subject: &'static str, problem: Problem) {
        self.report.findings.push(Finding { subject, problem: Some(problem), fatal: true });
    }
}

fn root_not_found(root: i64) -> Problem {
    Problem::new("wecom_root_not_found").field("root_department").arg("department", root.to_string())
}
