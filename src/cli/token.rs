//! `idflow token`: tokens of programs.

use serde_json::json;

use super::{
    Failure, Lang, Session,
    account::{done, join, word},
    client::encode,
    exit, output,
};
use crate::contract::account::{Changed, Permission, Token};

/// What to do with tokens.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a token; it is shown this once.
    Create {
        /// What people call it.
        name: String,
        /// What it may do, for example `run:start`. Several are allowed.
        #[arg(long = "permission", value_name = "PERMISSION", required = true, value_parser = word::<Permission>)]
        permissions: Vec<Permission>,
        /// For how many days it is good: 365 at most.
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// List the tokens of the tenant.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id.
        id: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Create { name, permissions, days } => {
            let new = json!({"name": name, "permissions": permissions, "days": days});
            let made: Token = session.beginning().await?.send("/tokens", &new).await?;
            let until = output::when(Some(&made.expires));
            if !session.json() {
                output::say(&match session.lang {
                    Lang::Zh => {
                        format!("令牌“{name}”，有效期至 {until}；只显示这一次：")
                    }
                    Lang::En => {
                        format!("token `{name}`, good until {until}; it is shown this once:")
                    }
                });
            }
            done(session, &made, || made.token.clone().unwrap_or_default())
        }
        Command::List => list(session).await,
        Command::Revoke { id } => {
            let revoked: Changed = session.client().await?.remove(&format!("/tokens/{}", encode(&id))).await?;
            done(session, &revoked, || match session.lang {
                Lang::Zh => format!("令牌 {id} 已撤销"),
                Lang::En => format!("token {id} is revoked"),
            })
        }
    }
}

async fn list(session: &Session<'_>) -> Result<u8, Failure> {
    let tokens: Vec<Token> = session.client().await?.list("/tokens", None).await?;
    if session.json() {
        output::json(&tokens);
        return Ok(exit::DONE);
    }
    let columns = match session.lang {
        Lang::Zh => ["ID", "名称", "账号", "权限", "有效期至", "上次使用"],
        Lang::En => ["id", "name", "account", "permissions", "good until", "used"],
    };
    let mut table = output::table(&columns);
    for token in tokens {
        table.add_row([
            token.id,
            token.name,
            token.account.unwrap_or_default(),
            join(token.permissions.iter().map(|permission| permission.as_str())),
            output::when(Some(&token.expires)),
            output::when(token.used.as_deref()),
        ]);
    }
    output::list(session.lang, table);
    Ok(exit::DONE)
}
