//! `idflow link`: which object of a connection is which one of the directory.

use serde_json::{Value, json};

use super::{Failure, Session, client::encode, exit, output};

/// What to do with links.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the links of a connection.
    List {
        /// The connection; imports of files are called `import`.
        connection: String,
        /// Only those whose keys, account or name contain this.
        #[arg(long)]
        find: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// An object of a connection and one of the directory are the same: the next run links them.
    Add {
        /// The key in the connection.
        key: String,
        /// The account, name or id in the directory.
        person: String,
        #[command(flatten)]
        about: About,
    },
    /// Whoever had this key in the connection has another one now: the next run keeps id, account and access.
    Move {
        /// The old key.
        old: String,
        /// The new key.
        new: String,
        #[command(flatten)]
        about: About,
    },
    /// The two are not the same: the link goes, no run makes it again by itself, neither object is touched.
    Remove {
        /// The key in the connection.
        key: String,
        #[command(flatten)]
        about: About,
    },
}

/// Between what.
#[derive(Debug, clap::Args)]
pub struct About {
    /// The connection; imports of files are called `import`.
    #[arg(long, default_value = "import")]
    connection: String,
    /// The other connection, where it is not the directory.
    #[arg(long)]
    with: Option<String>,
    /// user or department.
    #[arg(long, default_value = "user")]
    kind: String,
    /// The reason, kept for later questions.
    #[arg(long, default_value = "")]
    why: String,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    let body = |about: &About, key: &str, to: &str| {
        json!({
            "connection": about.connection, "with": about.with, "kind": about.kind, "why": about.why,
            "key": key, "to": to,
        })
    };
    let (answer, said) = match &command {
        Command::List { connection, find, limit } => {
            let mut path = format!("/links?connection={}", encode(connection));
            if let Some(find) = find {
                path.push_str(&format!("&find={}", encode(find)));
            }
            let links = client.all(&path, Some(*limit)).await?;
            if session.json() {
                output::json(&links);
            } else {
                list(&links);
            }
            return Ok(exit::DONE);
        }
        Command::Add { key, person, about } => {
            let answer = client.post("/links/add", &body(about, key, person)).await?;
            let said = format!("{key} of {} will be linked to {}", about.connection, output::cell(&answer["who"]));
            (answer, said)
        }
        Command::Move { old, new, about } => {
            let answer = client.post("/links/move", &body(about, old, new)).await?;
            let who = output::cell(&answer["who"]);
            (answer, format!("{who}, so far {old} of {}, is {new} there from now on", about.connection))
        }
        Command::Remove { key, about } => {
            let answer = client.post("/links/remove", &body(about, key, "")).await?;
            let who = output::cell(&answer["who"]);
            (answer, format!("{key} of {} is no longer linked to {who}, and will not be again", about.connection))
        }
    };
    if session.json() {
        output::json(&answer);
    } else {
        output::data(&said);
        output::say("next: run the import or the workflow again");
    }
    Ok(exit::DONE)
}

fn list(links: &Value) {
    let mut table = output::table(&["key", "is", "in", "kind", "who", "by", "since", "gone"]);
    for link in links.as_array().into_iter().flatten() {
        let columns = ["key", "other", "with", "kind", "label", "rule", "since", "gone"];
        table.add_row(columns.map(|column| output::cell(&link[column])));
    }
    output::data(&table.to_string());
}
