//! `idflow backup` and `idflow restore`.

use std::{fs::File, path::PathBuf};

use serde_json::json;

use super::{
    Failure, Session, exit,
    lang::{both, say},
    output, run,
};
use crate::{
    app::AppError,
    store::{
        StoreError,
        backup::{self, Damage, ReadError},
        copy::CopyError,
        location::Location,
    },
};

/// Where to back up to.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file.
    file: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    overwrite: bool,
}

/// From where to restore.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The file that `idflow backup` wrote.
    file: PathBuf,
    /// Only read it, and say whether it is whole.
    #[arg(long)]
    check: bool,
}

fn failure(error: StoreError) -> Failure {
    AppError::from(error).into()
}

/// Writes a backup while everything works, and reads it through.
pub async fn backup(session: &Session<'_>, args: &BackupArgs) -> Result<u8, Failure> {
    run::free(&args.file, args.overwrite)?;
    let client = session.client().await?;
    let bytes = client.download("/store/backup", &args.file).await?;
    let (_, amount) = read_through(args.file.clone()).await?;
    let (file, entries) = (args.file.display(), amount.entries);
    if session.json() {
        output::json(&json!({"file": file.to_string(), "bytes": bytes, "entries": entries}));
    } else {
        output::data(&say!(
            session.lang,
            "{file}：{entries} 条，{bytes} 字节，已核对",
            "{file}: {entries} entries, {bytes} bytes, checked"
        ));
    }
    let key = session.data_dir.join("master.key").display().to_string();
    output::say(&say!(
        session.lang,
        "备份里没有主密钥：请把 {key}（或 IDFLOW_MASTER_KEY）另外保存，没有它就打不开连接的密钥",
        "the master key is not in it: keep {key} (or IDFLOW_MASTER_KEY) elsewhere; without it nobody opens the secrets of connections"
    ));
    Ok(exit::DONE)
}

async fn read_through(file: PathBuf) -> Result<(backup::Head, crate::store::copy::Amount), Failure> {
    let opened = File::open(&file).map_err(|error| Failure::file(file.display(), &error))?;
    let checked = tokio::task::spawn_blocking(move || backup::check(opened)).await;
    let checked = checked.map_err(|error| Failure::new(error.to_string()))?;
    checked.map_err(|error| match error {
        ReadError::Damaged(damage) => not_whole(&file, damage),
        ReadError::Store(error) => failure(error),
    })
}

/// Nothing is wrong with any data folder here: it is the file that is not as it was written.
fn not_whole(file: &std::path::Path, damage: Damage) -> Failure {
    let file = file.display();
    let again = both!(
        "从备份所在处重新复制这个文件，或改用另一份备份；数据没有改变",
        "copy the file once more from where it was kept, or take another backup; nothing was changed"
    );
    match damage {
        Damage::NoBackup => Failure::new(both!("{file} 不是 idflow 的备份", "{file} is not a backup of idflow"))
            .hint(both!("给出 `idflow backup` 写出的文件", "give a file that `idflow backup` wrote")),
        Damage::CutShort => Failure::new(both!(
            "备份 {file} 不完整，缺少末尾部分",
            "the backup {file} is cut short: its end is missing"
        ))
        .hint(again),
        Damage::Changed => {
            Failure::new(both!("备份 {file} 已损坏", "the backup {file} is damaged: it is not as it was written"))
                .hint(again)
        }
    }
}

/// Writes a backup into an empty folder or database.
pub async fn restore(session: &Session<'_>, args: &RestoreArgs) -> Result<u8, Failure> {
    let name = args.file.display().to_string();
    if args.check {
        let (head, amount) = read_through(args.file.clone()).await?;
        tell(session, &name, &head, amount.entries, None);
        return Ok(exit::DONE);
    }
    let to = session.settings().store;
    if matches!(to, Location::Folder(_)) && to.is_there() {
        return Err(Failure::new(both!("{to} 里已经有数据", "there is data in {to} already")).hint(both!(
            "恢复到一个新的目录（--data-dir），或先把这个目录移走",
            "restore into a new folder (--data-dir), or move this one aside"
        )));
    }
    // Before anything is made: a file that is damaged leaves nothing behind.
    read_through(args.file.clone()).await?;
    let file = File::open(&args.file).map_err(|error| Failure::file(&name, &error))?;
    let target = to.bare().await.map_err(failure)?;
    let (head, amount) = backup::restore(file, &*target).await.map_err(|error| match error {
        CopyError::Store(error) => failure(error),
        CopyError::NotEmpty => Failure::new(both!("目标不是空的：{to}", "the target is not empty: {to}")),
        other => Failure::new(other.to_string()),
    })?;
    tell(session, &name, &head, amount.entries, Some(&to));
    if session.environment.master_key.is_none() && !session.data_dir.join("master.key").exists() {
        let key = session.data_dir.join("master.key").display().to_string();
        output::say(&say!(
            session.lang,
            "启动前把原来的主密钥放到 {key}（或设置 IDFLOW_MASTER_KEY）",
            "before the start put the master key of that installation at {key} (or set IDFLOW_MASTER_KEY)"
        ));
    }
    Ok(exit::DONE)
}

fn tell(session: &Session<'_>, file: &str, head: &backup::Head, entries: u64, to: Option<&Location>) {
    let at = chrono::DateTime::from_timestamp_millis(head.at).map(|at| at.to_rfc3339()).unwrap_or_default();
    let version = &head.version;
    if session.json() {
        let to = to.map(ToString::to_string);
        output::json(&json!({"file": file, "made": at, "version": version, "entries": entries, "to": to}));
        return;
    }
    let when = output::when(Some(&at));
    match to {
        None => output::data(&say!(
            session.lang,
            "{file} 完整：{when} 由 idflow {version} 备份，{entries} 条",
            "{file} is whole: made {when} by idflow {version}, {entries} entries"
        )),
        Some(to) => output::data(&say!(
            session.lang,
            "已恢复并核对：{entries} 条，{when} 的状态：{to}",
            "restored and compared: {entries} entries, as of {when}: {to}"
        )),
    }
}
