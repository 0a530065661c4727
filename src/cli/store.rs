//! `idflow store`: what concerns the store as such. These commands open it themselves; a folder must not be in use.

use std::time::Duration;

use serde_json::json;

use super::{
    Failure, Lang, Session, exit,
    lang::{both, say},
    output, prune,
};
use crate::{
    app::{
        AppError,
        seal::{self, rotate::rotate},
    },
    store::{
        StoreError, backup,
        check::{Damage, check},
        copy::{CopyError, copy},
        location::Location,
    },
};

/// How often progress is told: every so many entries.
const TELL_EVERY: u64 = 50_000;

/// What to do with the store.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Copy everything from one store into another, empty one; the source stays as it is.
    Copy {
        /// The store to read: a data folder, postgres://… or file:PATH with the address in it.
        #[arg(long, value_name = "STORE")]
        from: String,
        /// The store to write: a folder that is new, or postgres://… (or file:PATH) with a schema that is.
        #[arg(long, value_name = "STORE")]
        to: String,
    },
    /// Read everything and say what is damaged.
    Check,
    /// Delete what is older than it is kept; a server does this once a day.
    Prune(prune::Args),
    /// Give unused disk space back by copying the store into fresh files. The data folder must not be in use.
    Compact,
    /// Show what takes how much space.
    Size,
    /// Say that the store was put back by other means than `idflow restore` (pg_restore, a copied folder), before a server works
    /// with it: runs that were under way, held or paused then are cancelled at the next start.
    Restored,
    /// Seal everything that is sealed anew under another master key. Run it again after an interruption: it goes on. A key in
    /// the data folder is made anew; keys kept elsewhere are both given in IDFLOW_MASTER_KEY, as NEW;OLD.
    RotateKey,
}

fn failure(error: StoreError) -> Failure {
    AppError::from(error).into()
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Copy { from, to } => copied(session, &from, &to).await,
        Command::Check => checked(session).await,
        Command::Prune(args) => prune::prune(session, &args).await,
        Command::Compact => prune::compact(session).await,
        Command::Size => prune::size(session).await,
        Command::Restored => restored(session).await,
        Command::RotateKey => rotated(session).await,
    }
}

/// The location, if something is there: a command that reads must not make an empty store by a slip of the pen.
fn there(location: Location) -> Result<Location, Failure> {
    if location.is_there() {
        return Ok(location);
    }
    Err(Failure::new(both!("{location} 里没有数据存储", "there is no store in {location}"))
        .hint(both!("检查路径，以及 --data-dir 或 --store", "check the path, and --data-dir or --store")))
}

async fn checked(session: &Session<'_>) -> Result<u8, Failure> {
    let location = there(session.settings().store)?;
    let (store, lost) = location.inspect().await.map_err(failure)?;
    let mut damages: Vec<Damage> =
        lost.map(|why| Damage { key: session.text("（整体）", "(as a whole)").into(), why }).into_iter().collect();
    let (amount, checksum) = check(&*store, |damage| damages.push(damage)).await.map_err(failure)?;
    if session.json() {
        let damages: Vec<_> = damages.iter().map(|damage| json!({"key": damage.key, "why": damage.why})).collect();
        output::json(&json!({
            "store": location.to_string(), "entries": amount.entries, "bytes": amount.bytes, "damaged": damages,
            "checksum": format!("sha256:{checksum}"),
        }));
    } else {
        for damage in &damages {
            output::data(&format!("{}  {}: {}", session.text("损坏", "damaged"), damage.key, damage.why));
        }
        let (entries, bytes, damaged) = (amount.entries, amount.bytes, damages.len());
        output::data(&say!(
            session.lang,
            "{entries} 条，{bytes} 字节，损坏 {damaged} 处，sha256:{checksum}：{location}",
            "{entries} entries, {bytes} bytes, {damaged} damaged, sha256:{checksum}: {location}"
        ));
    }
    Ok(if damages.is_empty() { exit::DONE } else { exit::FAILED })
}

async fn rotated(session: &Session<'_>) -> Result<u8, Failure> {
    let location = there(session.settings().store)?;
    let store = location.open().await.map_err(failure)?;
    let environment = session.environment;
    let (given, file) = (environment.master_key.as_deref(), session.data_dir.join("master.key"));
    // In a folder nobody else has it open.
    let leave = if location.is_shared() { seal::LOOK * 3 } else { Duration::ZERO };
    let done = rotate(&store, environment.clock(), given, &file, &environment.user, leave).await?;
    let kept = done.kept.as_ref().map(|kept| kept.display().to_string());
    if session.json() {
        output::json(&json!({
            "from": done.from, "to": done.to, "sealed": done.sealed, "already": done.already, "kept": kept,
        }));
        return Ok(exit::DONE);
    }
    let (from, to, sealed, already) = (&done.from, &done.to, done.sealed, done.already);
    output::data(&say!(
        session.lang,
        "主密钥已从 {from} 换成 {to}：重新加密 {sealed} 项，{already} 项已经是新的",
        "the master key is {to} now, {from} before: {sealed} sealed anew, {already} had it already"
    ));
    output::say(&match kept {
        Some(kept) => say!(
            session.lang,
            "旧的主密钥在 {kept}：只有更换以前的备份还需要它，不再需要时请删除",
            "the old key is {kept}: only backups from before need it; delete it when none does"
        ),
        None => session
            .text(
                "下一步：从 IDFLOW_MASTER_KEY 中去掉旧密钥；更换以前的备份仍需要它",
                "next: take the old key out of IDFLOW_MASTER_KEY; backups from before still need it",
            )
            .to_string(),
    });
    Ok(exit::DONE)
}

async fn restored(session: &Session<'_>) -> Result<u8, Failure> {
    let location = there(session.settings().store)?;
    let store = location.open().await.map_err(failure)?;
    backup::restored(&*store, session.environment.clock().now_ms()).await.map_err(failure)?;
    if session.json() {
        output::json(&json!({"store": location.to_string(), "restored": true}));
        return Ok(exit::DONE);
    }
    output::say(&say!(
        session.lang,
        "{location}：下次启动时，那时正在进行、待审批和已暂停的运行会被取消。下一步：批准第一份预演之前请仔细看",
        "{location}: runs that were under way, held or paused then are cancelled at the next start. Next: look at the first plan before you approve it"
    ));
    Ok(exit::DONE)
}

async fn copied(session: &Session<'_>, from: &str, to: &str) -> Result<u8, Failure> {
    let location = |text: &str| super::location::of(text, true).map_err(Failure::new);
    let (from, to) = (there(location(from)?)?, location(to)?);
    let source = from.bare().await.map_err(failure)?;
    let target = to.bare().await.map_err(failure)?;
    let mut next = TELL_EVERY;
    let done = copy(&*source, &*target, |amount| {
        if amount.entries >= next {
            let (entries, size) = (amount.entries, amount.bytes >> 20);
            output::say(&say!(session.lang, "{entries} 条，{size} MiB", "{entries} entries, {size} MiB"));
            next = amount.entries + TELL_EVERY;
        }
    });
    let (amount, checksum) = done.await.map_err(|error| match error {
        CopyError::Store(error) => failure(error),
        CopyError::NotEmpty => {
            let failure = Failure::new(both!("目标不是空的：{to}", "the target is not empty: {to}"));
            failure.hint(match &to {
                Location::Postgres(_) => {
                    both!(
                        "用 ?schema=NAME 换一个 schema，或删除这一个",
                        "name another schema with ?schema=NAME, or drop this one"
                    )
                }
                _ => both!("换一个目录，或把这个移走", "name another folder, or move this one aside"),
            })
        }
        CopyError::Nothing => Failure::new(both!("来源是空的：{from}", "the source is empty: {from}"))
            .hint(both!("检查路径或地址", "check the path or address")),
        CopyError::Differs(_) => Failure::new(both!("复制结果与来源不一致（{error}）", "{error}")).hint(both!(
            "停止所有使用它们的程序，再重新复制",
            "stop everything that works with either of them, then repeat the copy"
        )),
    })?;
    if session.json() {
        output::json(&json!({
            "from": from.to_string(), "to": to.to_string(), "entries": amount.entries, "bytes": amount.bytes,
            "checksum": format!("sha256:{checksum}"),
        }));
    } else {
        let (entries, bytes) = (amount.entries, amount.bytes);
        output::data(&say!(
            session.lang,
            "已复制并核对：{entries} 条，{bytes} 字节，sha256:{checksum}",
            "copied and compared: {entries} entries, {bytes} bytes, sha256:{checksum}"
        ));
    }
    output::say(match session.lang {
        Lang::Zh => "连接的密钥仍由主密钥加密：请把数据目录中的 master.key（或 IDFLOW_MASTER_KEY）一并带走",
        Lang::En => {
            "the secrets of connections stay sealed with the master key: take master.key of the data folder (or \
             IDFLOW_MASTER_KEY) along"
        }
    });
    Ok(exit::DONE)
}
