//! `idflow link`: which object of a connection is which one of the directory.

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output, words};
use crate::contract::link::{ConnectionPerson, Link, LinkChange, LinkChanged, ResolveLink, ResolvedLink};

/// What to do with links.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the links of a connection.
    List {
        /// The connection; imports of files are called `import`.
        connection: String,
        /// Only those of which a key, account or name begins with this.
        #[arg(long)]
        find: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Show people of the system of a connection who are called so, and whom each is linked to.
    People {
        /// The connection.
        connection: String,
        /// A part of a name, the beginning of a name in letters or of an account, or a mobile number in full, where the system shows numbers.
        text: String,
        /// Read the system anew, instead of using what was read a moment ago.
        #[arg(long)]
        again: bool,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
        /// Maximum number to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show the person of the directory behind an account of a connection.
    Resolve {
        /// The connection; imports of files are called `import`.
        connection: String,
        /// The key in the connection.
        #[arg(required_unless_present = "code")]
        userid: Option<String>,
        /// The code of a sign-in, in place of the key. It is good once.
        #[arg(long, conflicts_with = "userid")]
        code: Option<String>,
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
    let lang = session.lang;
    let change = |about: &About, key: &str, to: &str| LinkChange {
        connection: about.connection.clone(),
        with: about.with.clone(),
        kind: Some(about.kind.clone()),
        key: key.into(),
        to: to.into(),
        why: about.why.clone(),
    };
    let (answer, said): (LinkChanged, String) = match &command {
        Command::List { connection, find, limit } => {
            let mut path = format!("/links?connection={}", encode(connection));
            if let Some(find) = find {
                path.push_str(&format!("&find={}", encode(find)));
            }
            let links: Vec<Link> = client.list(&path, Some(*limit)).await?;
            if session.json() {
                output::json(&links);
            } else {
                list(lang, &links);
            }
            return Ok(exit::DONE);
        }
        Command::People { connection, text, again, reveal, limit } => {
            let (name, text) = (encode(connection), encode(text));
            let path = format!("/connections/{name}/people?find={text}&again={again}&reveal={reveal}");
            return people(session, client.list(&path, Some(*limit)).await?);
        }
        Command::Resolve { connection, userid, code } => {
            let (userid, code) = (userid.clone(), code.clone());
            let asked = ResolveLink { connection: connection.clone(), userid, code };
            let found: ResolvedLink = client.send("/links/resolve", &asked).await?;
            if session.json() {
                output::json(&found);
            } else {
                output::data(&format!("{} ({}) {}", found.name, found.username, found.status));
            }
            return Ok(exit::DONE);
        }
        Command::Add { key, person, about } => {
            let answer: LinkChanged = client.send("/links/add", &change(about, key, person)).await?;
            let (who, connection) = (&answer.who, &about.connection);
            let said =
                say!(lang, "{connection} 的 {key} 将与 {who} 绑定", "{key} of {connection} will be linked to {who}");
            (answer, said)
        }
        Command::Move { old, new, about } => {
            let answer: LinkChanged = client.send("/links/move", &change(about, old, new)).await?;
            let (who, connection) = (&answer.who, &about.connection);
            let said = say!(
                lang,
                "{who} 在 {connection} 中的编号 {old} 已登记改为 {new}，下次运行时生效",
                "{who}, so far {old} of {connection}, is {new} there with the next run"
            );
            (answer, said)
        }
        Command::Remove { key, about } => {
            let answer: LinkChanged = client.send("/links/remove", &change(about, key, "")).await?;
            let (who, connection) = (&answer.who, &about.connection);
            let said = say!(
                lang,
                "{connection} 的 {key} 与 {who} 已解除绑定，之后也不会自动恢复",
                "{key} of {connection} is no longer linked to {who}, and will not be again"
            );
            (answer, said)
        }
    };
    if session.json() {
        output::json(&answer);
    } else {
        output::data(&said);
        output::say(lang.pick("下一步：重新运行导入或工作流", "next: run the import or the workflow again"));
    }
    Ok(exit::DONE)
}

fn list(lang: Lang, links: &[Link]) {
    let mut table = output::table(&match lang {
        Lang::Zh => ["编号", "对应", "另一端", "类型", "对象", "匹配依据", "绑定时间", "消失时间"],
        Lang::En => ["key", "is", "in", "kind", "who", "by", "since", "gone"],
    });
    for link in links {
        table.add_row([
            link.key.clone(),
            link.other.clone(),
            link.with.clone(),
            words::kind(lang, &link.kind, "").into(),
            link.label.clone(),
            words::rule(lang, &link.rule).into(),
            output::when(Some(&link.since)),
            link.gone.as_deref().map(|gone| output::when(Some(gone))).unwrap_or_default(),
        ]);
    }
    output::list(lang, table);
}

fn people(session: &Session<'_>, found: Vec<ConnectionPerson>) -> Result<u8, Failure> {
    if session.json() {
        output::json(&found);
        return Ok(exit::DONE);
    }
    let mut table = output::table(&match session.lang {
        Lang::Zh => ["编号", "姓名", "部门", "手机号", "状态", "绑定"],
        Lang::En => ["key", "name", "departments", "mobile", "status", "linked to"],
    });
    for one in found {
        let linked = one.linked.map(|linked| linked.label).unwrap_or_default();
        let (mobile, status) = (one.mobile.unwrap_or_default(), one.status.unwrap_or_default());
        table.add_row([one.key, one.label, one.departments.join("\n"), mobile, status, linked]);
    }
    output::list(session.lang, table);
    Ok(exit::DONE)
}
