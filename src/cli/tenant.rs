//! `idflow tenant`: organisations that are kept apart in one installation.

use serde_json::json;

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output};
use crate::contract::tenant::{GiveHouseNumber, NewTenant, SetRetention, Tenant, TenantState};

/// What to do with tenants.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a tenant. Commands are about it with --tenant ID.
    Create {
        /// Its id: lower-case letters, digits and `_`, a letter first. It never changes.
        id: String,
        /// What people call it; by default its id.
        #[arg(long)]
        name: Option<String>,
    },
    /// List all tenants.
    List,
    /// Show one tenant, and how long its things are kept.
    Show {
        /// Its id.
        id: String,
    },
    /// Say how long things of a tenant are kept, in days; what is not given stays as it is.
    Retention {
        /// Its id.
        id: String,
        /// Everything that is not given as usual.
        #[arg(long)]
        usual: bool,
        /// Days that failed calls are kept, with what was sent.
        #[arg(long, value_name = "DAYS")]
        calls: Option<u32>,
        /// Days that changes are kept, with values before and after.
        #[arg(long, value_name = "DAYS")]
        changes: Option<u32>,
        /// Days that failed, blocked and ambiguous items are kept.
        #[arg(long, value_name = "DAYS")]
        failures: Option<u32>,
        /// Days that runs are kept at all: summary, counts, approvals.
        #[arg(long, value_name = "DAYS")]
        runs: Option<u32>,
        /// Days that the audit is kept: half a year at least.
        #[arg(long, value_name = "DAYS")]
        audit: Option<u32>,
        /// Days that uploaded files are kept, 30 at most.
        #[arg(long, value_name = "DAYS")]
        uploads: Option<u32>,
    },
    /// Give a tenant another name.
    Rename {
        /// Its id.
        id: String,
        /// The new name.
        name: String,
    },
    /// Give a tenant a house number, for accounts that a sync makes: no other tenant has or ever gets it.
    HouseNumber {
        /// Its id.
        id: String,
        /// The number, 4 to 8 letters and digits; by default the next free one.
        number: Option<String>,
        /// The form of the next free one: # stands for a digit, everything else for itself.
        #[arg(long, conflicts_with = "number")]
        pattern: Option<String>,
    },
    /// Archive a tenant: nothing is started in it any more, and its data stay.
    Archive {
        /// Its id.
        id: String,
    },
    /// Restore an archived tenant. What was due meanwhile is not made up for.
    Restore {
        /// Its id.
        id: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    // Only a new tenant begins an installation: whatever else is asked for is about one that is there.
    let begins = matches!(command, Command::Create { .. });
    let (path, body) = match command {
        Command::List => return list(session).await,
        Command::Show { id } => {
            let shown: Tenant = session.client().await?.fetch(&format!("/tenants/{}", encode(&id))).await?;
            return Ok(show(session, &shown));
        }
        Command::Retention { id, usual, calls, changes, failures, runs, audit, uploads } => {
            let wanted = SetRetention {
                usual,
                calls_days: calls,
                changes_days: changes,
                failures_days: failures,
                runs_days: runs,
                audit_days: audit,
                uploads_days: uploads,
            };
            let path = format!("/tenants/{}/retention", encode(&id));
            let answer = session.client().await?.post(&path, &json!(wanted)).await?;
            return Ok(show(session, &read(answer)?));
        }
        Command::Create { id, name } => ("/tenants".into(), json!(NewTenant { id, name })),
        Command::Rename { id, name } => (format!("/tenants/{}/rename", encode(&id)), json!({"name": name})),
        Command::HouseNumber { id, number, pattern } => {
            (format!("/tenants/{}/house-number", encode(&id)), json!(GiveHouseNumber { number, pattern }))
        }
        Command::Archive { id } => (format!("/tenants/{}/archive", encode(&id)), json!({})),
        Command::Restore { id } => (format!("/tenants/{}/restore", encode(&id)), json!({})),
    };
    let client = if begins { session.beginning().await? } else { session.client().await? };
    let answer = client.post(&path, &body).await?;
    if session.json() {
        output::json(&answer);
        return Ok(exit::DONE);
    }
    let tenant = read(answer)?;
    let (id, name) = (tenant.id, tenant.name);
    if let Some(number) = &tenant.house_number {
        output::data(&say!(session.lang, "租户 {id} 的门牌号：{number}", "house number of tenant {id}: {number}"));
    }
    output::data(&match (session.lang, tenant.state) {
        (Lang::Zh, TenantState::Active) => format!("租户 {id}（{name}）：使用中"),
        (Lang::Zh, TenantState::Archived) => format!("租户 {id}（{name}）：已归档，不再启动任何运行；数据保留"),
        (Lang::En, TenantState::Active) => format!("tenant {id} ({name}) is in use"),
        (Lang::En, TenantState::Archived) => {
            format!("tenant {id} ({name}) is archived: nothing is started in it, its data stay")
        }
    });
    Ok(exit::DONE)
}

/// One tenant, line by line.
fn show(session: &Session<'_>, tenant: &Tenant) -> u8 {
    if session.json() {
        output::json(&json!(tenant));
        return exit::DONE;
    }
    let lang = session.lang;
    let (id, name) = (&tenant.id, &tenant.name);
    let state = match tenant.state {
        TenantState::Active => session.text("使用中", "in use"),
        TenantState::Archived => session.text("已归档", "archived"),
    };
    output::data(&say!(lang, "租户 {id}（{name}）：{state}", "tenant {id} ({name}): {state}"));
    if let Some(number) = &tenant.house_number {
        output::data(&say!(lang, "门牌号：{number}", "house number: {number}"));
    }
    let kept = tenant.retention;
    let mut table = output::table(&[session.text("内容", "what"), session.text("保留天数", "days kept")]);
    for (zh, en, days) in [
        ("失败的调用", "failed calls", kept.calls_days),
        ("已执行的变更", "changes", kept.changes_days),
        ("失败、受阻和无法判定的明细", "failed, blocked and ambiguous items", kept.failures_days),
        ("运行", "runs", kept.runs_days),
        ("审计记录", "audit", kept.audit_days),
        ("上传的文件", "uploaded files", kept.uploads_days),
    ] {
        table.add_row([session.text(zh, en).to_string(), days.to_string()]);
    }
    output::show(table);
    exit::DONE
}

async fn list(session: &Session<'_>) -> Result<u8, Failure> {
    let tenants = session.client().await?.all("/tenants", None).await?;
    if session.json() {
        output::json(&tenants);
        return Ok(exit::DONE);
    }
    let columns = match session.lang {
        Lang::Zh => ["ID", "名称", "状态", "创建时间", "归档时间"],
        Lang::En => ["id", "name", "state", "created", "archived"],
    };
    let mut table = output::table(&columns);
    for tenant in tenants.as_array().into_iter().flatten() {
        let tenant = read(tenant.clone())?;
        let state = match tenant.state {
            TenantState::Active => session.text("使用中", "in use"),
            TenantState::Archived => session.text("已归档", "archived"),
        };
        let time = |time: Option<String>| time.map(|time| output::when(Some(&time))).unwrap_or_default();
        table.add_row([tenant.id, tenant.name, state.into(), time(tenant.created), time(tenant.archived)]);
    }
    output::list(session.lang, table);
    Ok(exit::DONE)
}

fn read(answer: serde_json::Value) -> Result<Tenant, Failure> {
    serde_json::from_value(answer).map_err(|error| Failure::new(error.to_string()))
}
