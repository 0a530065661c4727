//! `idflow tenant`: organisations that are kept apart in one installation.

use serde_json::json;

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output};
use crate::contract::tenant::{GiveHouseNumber, NewTenant, Tenant, TenantState};

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
    let (path, body) = match command {
        Command::List => return list(session).await,
        Command::Create { id, name } => ("/tenants".into(), json!(NewTenant { id, name })),
        Command::Rename { id, name } => (format!("/tenants/{}/rename", encode(&id)), json!({"name": name})),
        Command::HouseNumber { id, number, pattern } => {
            (format!("/tenants/{}/house-number", encode(&id)), json!(GiveHouseNumber { number, pattern }))
        }
        Command::Archive { id } => (format!("/tenants/{}/archive", encode(&id)), json!({})),
        Command::Restore { id } => (format!("/tenants/{}/restore", encode(&id)), json!({})),
    };
    let answer = session.beginning().await?.post(&path, &body).await?;
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
    output::show(table);
    Ok(exit::DONE)
}

fn read(answer: serde_json::Value) -> Result<Tenant, Failure> {
    serde_json::from_value(answer).map_err(|error| Failure::new(error.to_string()))
}
