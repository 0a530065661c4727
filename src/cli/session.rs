//! `idflow session`: who is signed in.

use super::{Failure, Lang, Session, account::done, client::encode, exit, output};
use crate::contract::account;

/// What to do with sessions.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the open sessions of the tenant's accounts.
    List {
        /// Only those of this account, by name or id.
        #[arg(long)]
        account: Option<String>,
    },
    /// End a session.
    Revoke {
        /// Its id.
        id: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::List { account } => list(session, account).await,
        Command::Revoke { id } => {
            let ended: account::Changed = session.client().await?.remove(&format!("/sessions/{}", encode(&id))).await?;
            done(session, &ended, || match session.lang {
                Lang::Zh => format!("会话 {id} 已结束"),
                Lang::En => format!("session {id} has ended"),
            })
        }
    }
}

async fn list(session: &Session<'_>, account: Option<String>) -> Result<u8, Failure> {
    let path = account.map_or("/sessions".into(), |account| format!("/sessions?account={}", encode(&account)));
    let sessions: Vec<account::Session> = session.client().await?.list(&path, None).await?;
    if session.json() {
        output::json(&sessions);
        return Ok(exit::DONE);
    }
    let columns = match session.lang {
        Lang::Zh => ["ID", "账号", "登录时间", "上次使用", "地址", "程序"],
        Lang::En => ["id", "account", "signed in", "used", "address", "program"],
    };
    let mut table = output::table(&columns);
    for one in sessions {
        let time = |time: String| output::when(Some(&time));
        table.add_row([one.id, one.account, time(one.created), time(one.seen), one.address, one.agent]);
    }
    output::list(session.lang, table);
    Ok(exit::DONE)
}
