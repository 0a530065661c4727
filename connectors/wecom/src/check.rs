//! `connection test`: are secrets, app and rights as they should be? A handful of calls, and nothing is changed.
//!
//! Each secret is looked at on its own and in order: token, what it belongs to, what it may see. A secret whose first
//! question fails is asked no further, so that one cause gives one finding. A broken network is reported as such.

use idflow_sdk::{CheckReport, Context, Error, Finding, Problem};

use crate::{
    client::{Client, Who},
    config::Config,
    error::code_of,
};

/// Looks at a connection.
pub(crate) async fn check(client: &Client, context: &Context, config: &Config) -> CheckReport {
    let mut report = CheckReport::default();
    for capability in [
        "read_tree",
        "read_names",
        "read_people",
        "read_ids",
        "read_source",
        "write_dept",
        "write_user",
        "import_jobs",
        "send_message",
    ] {
        report.capabilities.insert(capability, false);
    }
    if client.has(Who::Contacts) {
        contacts(client, context, config, &mut report).await;
    } else {
        warn(&mut report, "contacts_secret", Problem::new("wecom_contacts_secret_missing").arg("api", "user/create"));
    }
    if client.has(Who::App) {
        app(client, context, config.root_department, &mut report).await;
    } else {
        warn(&mut report, "app_secret", Problem::new("wecom_names_hidden"));
        if report.capabilities.get("read_ids") == Some(&true) && client.contacts_read_all(context).await {
            warn(&mut report, "contacts_secret", Problem::new("wecom_contacts_reads_unused"));
        }
    }
    report
}

async fn contacts(client: &Client, context: &Context, config: &Config, report: &mut CheckReport) {
    let root = config.root_department;
    if let Err(error) = client.log_in(context, Who::Contacts).await {
        return fail(report, "contacts_secret", *error.problem);
    }
    // Only the contact-sync secret may list ids; `simplelist` alone would let an app's secret pass.
    match client.memberships(context, "", 1).await {
        Ok(_) => good(report, "contacts_secret"),
        Err(error) => {
            let wrong_secret = code_of(&error) == Some(48002);
            let problem = if wrong_secret { Problem::new("wecom_not_contacts_secret") } else { *error.problem };
            return fail(report, "contacts_secret", problem);
        }
    }
    report.capabilities.insert("read_ids", true);
    report.capabilities.insert("read_source", true);
    // Whether editing is switched on shows only when something is written: an empty update is refused one way or another.
    match client.may_write(context).await {
        Ok(true) => {
            good(report, "api_edit");
            for capability in ["write_dept", "write_user"] {
                report.capabilities.insert(capability, true);
            }
            report.capabilities.insert("import_jobs", config.import_jobs);
        }
        Ok(false) => fail(report, "api_edit", Problem::new("wecom_edit_off").field("contacts_secret")),
        Err(error) => fail(report, "api_edit", *error.problem),
    }
    match client.department_ids(context).await {
        Ok(rows) if rows.iter().any(|row| row.id == root) => {
            report.capabilities.insert("read_tree", true);
            good(report, "root_department");
        }
        Ok(_) => fail(report, "root_department", root_not_found(root)),
        Err(error) => fail(report, "root_department", *error.problem),
    }
}

async fn app(client: &Client, context: &Context, root: i64, report: &mut CheckReport) {
    if let Err(error) = client.log_in(context, Who::App).await {
        return fail(report, "app_secret", *error.problem);
    }
    good(report, "app_secret");
    let agent = client.agent(context).await;
    let range = agent.as_ref().ok().map(|agent| (agent.sees_all(), agent.range()));
    match agent {
        Ok(agent) if agent.close == 1 => {
            let problem = Problem::new("wecom_app_closed").arg("agent_id", client.agent_id().to_string());
            return fail(report, "agent_id", problem);
        }
        Ok(_) => {
            good(report, "agent_id");
            report.capabilities.insert("send_message", true);
            // As a source a part of the company is enough.
            report.capabilities.insert("read_source", true);
        }
        Err(error) => return fail(report, "agent_id", agent_problem(client, error)),
    }
    match client.departments(context).await {
        Ok(rows) if rows.iter().any(|row| row.id == root) => {
            good(report, "visible_range");
            report.capabilities.insert("read_tree", true);
            report.capabilities.insert("read_names", true);
        }
        Ok(_) => {
            let problem = Problem::new("wecom_range_too_small").field("app_secret").arg("department", root.to_string());
            return warn(report, "visible_range", problem);
        }
        Err(error) => return fail(report, "visible_range", *error.problem),
    }
    if let Some((false, [departments, members, tags])) = range {
        let problem = Problem::new("wecom_range_partial")
            .arg("departments", departments.to_string())
            .arg("members", members.to_string())
            .arg("tags", tags.to_string());
        warn(report, "whole_company", problem);
    }
    match client.members(context, root).await {
        Ok(_) => {
            good(report, "members");
            report.capabilities.insert("read_people", true);
        }
        Err(error) => fail(report, "members", *error.problem),
    }
}

/// A pair of AgentId and secret that do not belong together has two codes; nothing else means that.
fn agent_problem(client: &Client, error: Error) -> Problem {
    match code_of(&error) {
        Some(301_002 | 40056) => {
            Problem::new("wecom_agent_mismatch").field("agent_id").arg("agent_id", client.agent_id().to_string())
        }
        _ => *error.problem,
    }
}

fn root_not_found(root: i64) -> Problem {
    Problem::new("wecom_root_not_found").field("root_department").arg("department", root.to_string())
}

fn good(report: &mut CheckReport, subject: &'static str) {
    report.findings.push(Finding { subject, problem: None, fatal: false });
}

fn warn(report: &mut CheckReport, subject: &'static str, problem: Problem) {
    report.findings.push(Finding { subject, problem: Some(problem), fatal: false });
}

fn fail(report: &mut CheckReport, subject: &'static str, problem: Problem) {
    report.findings.push(Finding { subject, problem: Some(problem), fatal: true });
}
