//! `idflow audit`: who did what, and whether that was left as it was written.

use std::collections::HashMap;

use super::{Client, Failure, Lang, Session, client::encode, exit, output, words};
use crate::contract::{
    account::{Account, Token},
    audit::{AuditEntry, AuditFaultKind, AuditVerdict},
};

/// What to do with the audit.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List entries, the newest first.
    List {
        /// Only what this one did.
        #[arg(long)]
        actor: Option<String>,
        /// Only this operation, as the document of the API names it.
        #[arg(long)]
        deed: Option<String>,
        /// Only what was about this id.
        #[arg(long)]
        about: Option<String>,
        /// Only this sort: write, sign_in, reveal or export.
        #[arg(long)]
        kind: Option<String>,
        /// Only from this time on, for example 2026-03-02T00:00:00Z.
        #[arg(long)]
        since: Option<String>,
        /// Only before this time.
        #[arg(long)]
        until: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Read every entry and tell which are changed, missing or moved.
    Verify,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::List { actor, deed, about, kind, since, until, limit } => {
            // As the list names it.
            let about = match about {
                Some(name) => {
                    let names = names(&session.client().await?).await;
                    Some(names.into_iter().find(|(_, known)| *known == name).map_or(name, |(id, _)| id))
                }
                None => None,
            };
            let given = [
                ("actor", actor),
                ("deed", deed),
                ("about", about),
                ("kind", kind),
                ("since", since),
                ("until", until),
            ];
            let pairs = given.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))));
            let query = pairs.collect::<Vec<_>>().join("&");
            let path = if query.is_empty() { "/audit".into() } else { format!("/audit?{query}") };
            list(session, &path, limit).await
        }
        Command::Verify => verify(session).await,
    }
}

async fn list(session: &Session<'_>, path: &str, limit: usize) -> Result<u8, Failure> {
    let client = session.client().await?;
    let entries: Vec<AuditEntry> = client.list(path, Some(limit)).await?;
    if session.json() {
        output::json(&entries);
        return Ok(exit::DONE);
    }
    let names = names(&client).await;
    let columns = match session.lang {
        Lang::Zh => ["编号", "时间", "谁", "地址", "操作", "对象", "结果"],
        Lang::En => ["no", "time", "who", "address", "deed", "about", "outcome"],
    };
    let mut table = output::table(&columns);
    for entry in entries {
        table.add_row([
            entry.no.to_string(),
            output::when(Some(&entry.time)),
            entry.actor,
            entry.address,
            entry.deed,
            entry.about.map(|id| names.get(&id).cloned().unwrap_or(id)).unwrap_or_default(),
            words::outcome(session.lang, &entry.outcome).into(),
        ]);
    }
    output::list(session.lang, table);
    Ok(exit::DONE)
}

/// What accounts and tokens are called that entries are about. Whoever may not see them reads their ids.
async fn names(client: &Client) -> HashMap<String, String> {
    let accounts: Vec<Account> = client.list("/accounts", None).await.unwrap_or_default();
    let tokens: Vec<Token> = client.list("/tokens", None).await.unwrap_or_default();
    let accounts = accounts.into_iter().map(|account| (account.id, account.name));
    accounts.chain(tokens.into_iter().map(|token| (token.id, token.name))).collect()
}

async fn verify(session: &Session<'_>) -> Result<u8, Failure> {
    let verdict: AuditVerdict = session.client().await?.fetch("/audit/verification").await?;
    let code = if verdict.ok { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&verdict);
        return Ok(code);
    }
    for fault in &verdict.faults {
        let what = match fault.kind {
            AuditFaultKind::Changed => session.text("被改动", "is not as it was written"),
            AuditFaultKind::Missing => session.text("缺失", "is missing"),
            AuditFaultKind::Moved => session.text("与前一条不衔接", "does not follow the one before it"),
            AuditFaultKind::Unreadable => session.text("无法读取", "cannot be read"),
        };
        output::data(&match session.lang {
            Lang::Zh => format!("第 {} 条{what}", fault.no),
            Lang::En => format!("entry {} {what}", fault.no),
        });
    }
    let (entries, newest, hash) = (verdict.entries, verdict.newest, &verdict.hash);
    output::data(&match (session.lang, verdict.ok) {
        (Lang::Zh, true) => format!("{entries} 条全部完好；最新的第 {newest} 条：{hash}"),
        (Lang::En, true) => format!("all {entries} entries are as they were written; the newest, {newest}: {hash}"),
        (Lang::Zh, false) => format!("读取了 {entries} 条，审计不完整"),
        (Lang::En, false) => format!("{entries} entries were read; the audit is not whole"),
    });
    Ok(code)
}
