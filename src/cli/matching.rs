//! `idflow match`: what no rule could decide, and what people say about it.

use serde_json::json;

use super::{
    Failure, Lang, Session,
    client::encode,
    exit,
    lang::{both, say},
    output, words,
};
use crate::contract::matching::{self as shown, Choice, Decided, Decision, NewDecision, Undecided};

/// What to do with undecided objects.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what the newest run of each workflow left undecided, with candidates, and what was decided.
    List {
        /// Only objects of this connection.
        #[arg(long)]
        connection: Option<String>,
        /// Only these: open, decided, proposed (one candidate), ambiguous (several), alone (none), beside (would be made beside
        /// others of its name).
        #[arg(long)]
        filter: Option<String>,
        /// Only those whose key or name, also in letters, begins with this.
        #[arg(long)]
        find: Option<String>,
    },
    /// Decide about an object. The next run follows it.
    Decide(Decide),
}

/// A decision.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("choice").required(true).args(["same", "other", "create", "ignore"])))]
pub struct Decide {
    /// The connection; imports of files are called `import`.
    connection: String,
    /// The object's key there: a personnel number, an account. Leave it out with --all.
    #[arg(required_unless_present = "all")]
    key: Option<String>,
    /// The same person as the candidate: keeps id, account and access.
    #[arg(long)]
    same: bool,
    /// Another person than the candidates: both go on.
    #[arg(long)]
    other: bool,
    /// Not there yet: create it.
    #[arg(long)]
    create: bool,
    /// Leave it alone.
    #[arg(long)]
    ignore: bool,
    /// Which of several candidates, by account or name.
    #[arg(long)]
    candidate: Option<String>,
    /// All objects of the connection that wait for a decision and have one candidate; shown first.
    #[arg(long, conflicts_with_all = ["key", "candidate", "create"])]
    all: bool,
    /// With --all: do not ask for confirmation.
    #[arg(long)]
    yes: bool,
    /// user or department.
    #[arg(long, default_value = "user")]
    kind: String,
    /// The other connection, where it is not the directory.
    #[arg(long)]
    with: Option<String>,
    /// The reason, kept for later questions.
    #[arg(long, default_value = "")]
    why: String,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    let lang = session.lang;
    match command {
        Command::List { connection, filter, find } => {
            let query = |given: &[(&str, &Option<String>)]| {
                let given =
                    given.iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(value.as_ref()?))));
                let given = given.collect::<Vec<_>>().join("&");
                if given.is_empty() { given } else { format!("?{given}") }
            };
            let (about, narrow) = (("connection", &connection), [("filter", &filter), ("find", &find)]);
            let asked = query(&[about, narrow[0], narrow[1]]);
            let open: Vec<Undecided> = client.list(&format!("/matching{asked}"), None).await?;
            let decisions: Vec<Decision> =
                client.list(&format!("/matching/decisions{}", query(&[about])), None).await?;
            if session.json() {
                output::json(&json!({"open": open, "decisions": decisions}));
            } else {
                list(lang, &open, &decisions);
            }
            Ok(exit::DONE)
        }
        Command::Decide(decide) => {
            let keys = match (&decide.key, decide.all) {
                (Some(key), false) => vec![key.clone()],
                _ => {
                    let path = format!("/matching?connection={}", encode(&decide.connection));
                    let keys = all(session, &decide, &client.list(&path, None).await?);
                    let number = keys.len();
                    if keys.is_empty() {
                        return Err(Failure::new(both!(
                            "没有等待决定、且只有一个候选的对象",
                            "nothing with exactly one candidate waits for a decision"
                        ))
                        .hint(both!("用 `idflow match list` 查看", "`idflow match list` shows what there is")));
                    }
                    let question = say!(lang, "对这 {number} 个对象作此决定？", "decide this for {number} objects?");
                    if !(decide.yes || (output::can_ask() && output::ask(lang, &question).await)) {
                        return Err(Failure::new(both!("没有作决定", "nothing was decided"))
                            .hint(both!("加上 --yes 重新执行", "repeat it with --yes")));
                    }
                    keys
                }
            };
            let choices = [(Choice::Same, decide.same), (Choice::Other, decide.other), (Choice::Create, decide.create)];
            let choice = choices.iter().find(|(_, given)| *given).map_or(Choice::Ignore, |(choice, _)| *choice);
            let decision = |key: &String| NewDecision {
                connection: decide.connection.clone(),
                with: decide.with.clone(),
                kind: Some(decide.kind.clone()),
                key: key.clone(),
                choice,
                candidate: decide.candidate.clone(),
                why: decide.why.clone(),
            };
            let decisions = shown::Decide { decisions: keys.iter().map(decision).collect() };
            let kept: Decided = client.send("/matching/decisions", &decisions).await?;
            if session.json() {
                output::json(&kept);
            } else {
                let (choice, keys) = (words::choice(lang, choice), lang.list(&keys));
                output::data(&say!(lang, "已决定：{keys} {choice}", "decided: {choice} for {keys}"));
                output::say(lang.pick("下一步：重新运行导入或工作流", "next: run the import or the workflow again"));
            }
            Ok(exit::DONE)
        }
    }
}

/// The keys of what waits and has one candidate, shown.
fn all(session: &Session<'_>, decide: &Decide, found: &[Undecided]) -> Vec<String> {
    let one: Vec<(&Undecided, &String)> = found
        .iter()
        .filter(|open| open.candidates.len() == 1 && open.kind == decide.kind && open.decided.is_empty())
        // Who only has somebody's name is decided one by one.
        .filter(|open| open.error.as_ref().is_none_or(|error| *error.code != *"made_beside"))
        .filter_map(|open| Some((open, open.key.as_ref()?)))
        .collect();
    if !session.json() {
        for (open, _) in &one {
            output::say(&line(session.lang, open));
        }
    }
    one.iter().map(|(_, key)| (*key).clone()).collect()
}

fn line(lang: Lang, open: &Undecided) -> String {
    let shown = open.candidates.iter().map(|one| {
        let more: Vec<String> =
            one.department.iter().cloned().chain(one.score.map(|score| score.to_string())).collect();
        if more.is_empty() { one.label.clone() } else { format!("{} [{}]", one.label, more.join(" ")) }
    });
    let candidates = lang.list(shown);
    let candidates = if candidates.is_empty() { "–" } else { &candidates };
    let (connection, key, name) = (&open.connection, open.key.as_deref().unwrap_or_default(), &open.name);
    let at = open.at.as_ref().map(|at| say!(lang, "（{at}）", " ({at})")).unwrap_or_default();
    say!(lang, "{connection} {key} {name}{at}：{candidates}", "{connection} {key} {name}{at}: {candidates}")
}

fn list(lang: Lang, open: &[Undecided], decisions: &[Decision]) {
    for one in open {
        output::data(&line(lang, one));
        if let Some(error) = &one.error {
            output::data(&format!("  {}", lang.of(&error.reason)));
        }
        let decided = lang.list(one.decided.iter().map(|decision| words::choice(lang, decision.choice)));
        match (decided.as_str(), &one.error) {
            ("", Some(error)) => output::data(&format!("  → {}", lang.of(&error.hint))),
            ("", None) => {}
            (decided, _) => output::data(&say!(
                lang,
                "  已决定：{decided}；下次运行照办",
                "  decided: {decided}; the next run follows it"
            )),
        }
    }
    if open.is_empty() {
        output::data(lang.pick("没有等待决定的对象", "nothing waits for a decision"));
    }
    if decisions.is_empty() {
        return;
    }
    let mut table = output::table(&match lang {
        Lang::Zh => ["账号连接", "编号", "类型", "决定", "决定人", "时间", "原因"],
        Lang::En => ["connection", "key", "kind", "decision", "by", "at", "why"],
    });
    for one in decisions {
        table.add_row([
            one.connection.clone(),
            one.key.clone(),
            words::kind(lang, &one.kind, "").into(),
            words::choice(lang, one.choice).into(),
            one.by.clone(),
            output::when(Some(&one.at)),
            one.why.clone(),
        ]);
    }
    output::show(table);
}
