//! `idflow store`: what concerns the store as such. These commands open it themselves; a folder must not be in use.

use serde_json::json;

use super::{Failure, Lang, Session, exit, output, prune};
use crate::{
    app::AppError,
    store::{
        StoreError,
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
    }
}

/// The location, if something is there: a command that reads must not make an empty store by a slip of the pen.
fn there(location: Location) -> Result<Location, Failure> {
    if location.is_there() {
        return Ok(location);
    }
    Err(Failure::new(format!("there is no store in {location}")).hint("check the path, and --data-dir or --store"))
}

async fn checked(session: &Session<'_>) -> Result<u8, Failure> {
    let location = there(session.settings().store)?;
    let (store, lost) = location.inspect().await.map_err(failure)?;
    let mut damages: Vec<Damage> = lost.map(|why| Damage { key: "(as a whole)".into(), why }).into_iter().collect();
    let (amount, checksum) = check(&*store, |damage| damages.push(damage)).await.map_err(failure)?;
    if session.json() {
        let damages: Vec<_> = damages.iter().map(|damage| json!({"key": damage.key, "why": damage.why})).collect();
        output::json(&json!({
            "store": location.to_string(), "entries": amount.entries, "bytes": amount.bytes, "damaged": damages,
            "checksum": format!("sha256:{checksum}"),
        }));
    } else {
        for damage in &damages {
            output::data(&format!("damaged  {}: {}", damage.key, damage.why));
        }
        output::data(&format!(
            "{} entries, {} bytes, {} damaged, sha256:{checksum}: {location}",
            amount.entries,
            amount.bytes,
            damages.len()
        ));
    }
    Ok(if damages.is_empty() { exit::DONE } else { exit::FAILED })
}

async fn copied(session: &Session<'_>, from: &str, to: &str) -> Result<u8, Failure> {
    let location = |text: &str| super::location::of(text, true).map_err(Failure::new);
    let (from, to) = (there(location(from)?)?, location(to)?);
    let source = from.bare().await.map_err(failure)?;
    let target = to.bare().await.map_err(failure)?;
    let mut next = TELL_EVERY;
    let done = copy(&*source, &*target, |amount| {
        if amount.entries >= next {
            output::say(&format!("{} entries, {} MiB", amount.entries, amount.bytes >> 20));
            next = amount.entries + TELL_EVERY;
        }
    });
    let (amount, checksum) = done.await.map_err(|error| match error {
        CopyError::Store(error) => failure(error),
        CopyError::NotEmpty => Failure::new(format!("the target is not empty: {to}")).hint(match &to {
            Location::Postgres(_) => "name another schema with ?schema=NAME, or drop this one",
            _ => "name another folder, or move this one aside",
        }),
        CopyError::Nothing => Failure::new(format!("the source is empty: {from}")).hint("check the path or address"),
        CopyError::Differs(_) => {
            Failure::new(error.to_string()).hint("stop everything that works with either of them, then repeat the copy")
        }
    })?;
    if session.json() {
        output::json(&json!({
            "from": from.to_string(), "to": to.to_string(), "entries": amount.entries, "bytes": amount.bytes,
            "checksum": format!("sha256:{checksum}"),
        }));
    } else {
        output::data(&format!(
            "copied and compared: {} entries, {} bytes, sha256:{checksum}",
            amount.entries, amount.bytes
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
