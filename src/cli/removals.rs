//! `idflow removals`: what waits for a decision, and the decision.

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output, problem::problem, words};
use crate::contract::removal::{DecidedRemovals, Removal, RemovalChoice, RemovalState, RemovalVerb, RemovalsMeant};

/// What to do with removals that wait.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the removals that were asked about: those that wait first.
    List {
        /// Only those of this workflow.
        #[arg(long)]
        workflow: Option<String>,
        /// Only those in this state: waiting, approved, kept, done, failed, gone.
        #[arg(long)]
        state: Option<String>,
    },
    /// Approve removals: the next run that plans them again carries them out.
    Approve {
        #[command(flatten)]
        which: Which,
        /// Why, for whoever asks later.
        #[arg(long)]
        comment: Option<String>,
        /// Start the workflow at once, with the inputs of the run that asked.
        #[arg(long)]
        run: bool,
        /// With --run: wait until the run is over or held. Without a running server a run always is waited for.
        #[arg(long, requires = "run")]
        wait: bool,
    },
    /// Keep objects: they are not removed, whatever else is approved, until somebody approves their removal.
    Keep {
        #[command(flatten)]
        which: Which,
        /// Why, for whoever asks later.
        #[arg(long)]
        comment: Option<String>,
    },
}

/// Which removals.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Their ids, or the first digits of them. Where several workflows ask about one, it is decided for all of them.
    #[arg(required_unless_present = "all")]
    ids: Vec<String>,
    /// All that wait, if their number is still NUMBER, as you saw it in the list.
    #[arg(long, value_name = "NUMBER", conflicts_with = "ids")]
    all: Option<u64>,
    /// Only what this workflow asks about.
    #[arg(long)]
    workflow: Option<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    let lang = session.lang;
    match command {
        Command::List { workflow, state } => {
            let given = [("workflow", workflow), ("state", state)].into_iter();
            let given = given.filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))));
            let path = format!("/removals?{}", given.collect::<Vec<_>>().join("&"));
            if session.json() {
                let found: Vec<Removal> = client.list(&path, None).await?;
                output::json(&found);
                return Ok(exit::DONE);
            }
            let (mut waiting, mut all) = (0, 0);
            let open = |removal: &&Removal| removal.state == RemovalState::Waiting;
            let mut show = |page: Vec<Removal>| {
                waiting += page.iter().filter(open).count();
                all += page.len();
                list(lang, &page);
            };
            client.each_page(&path, &mut show).await?;
            if all == 0 {
                output::nothing(lang);
            }
            if waiting > 0 {
                output::say(&say!(
                    lang,
                    "{waiting} 项等待决定；下一步：idflow removals approve ID …、idflow removals keep ID …，或 --all {waiting}",
                    "{waiting} wait; next: idflow removals approve ID …, idflow removals keep ID …, or --all {waiting}"
                ));
            }
        }
        Command::Approve { which, comment, run, wait } => {
            let choice = RemovalChoice { run, ..choice(which, comment) };
            let decided: DecidedRemovals = client.send("/removals/approve", &choice).await?;
            let nothing = decided.refused.is_some() && decided.runs.is_empty();
            if !run || nothing || !session.json() {
                answer(session, &decided, lang.pick("已批准", "approved"));
            }
            let mut code = exit::DONE;
            for started in decided.runs.iter().filter(|_| run) {
                code = code.max(super::run::accepted(session, &client, started, wait, false).await?);
            }
            if let Some(refused) = &decided.refused {
                let (code_of, why) = (&refused.code, lang.of(&refused.reason));
                output::say(&say!(
                    lang,
                    "已批准，但没有启动工作流：{why}（{code_of}）；下次运行时执行",
                    "approved, and no run was started: {why} ({code_of}); the next run carries it out"
                ));
                code = code.max(exit::PARTIAL);
            }
            return Ok(code);
        }
        Command::Keep { which, comment } => {
            let decided: DecidedRemovals = client.send("/removals/keep", &choice(which, comment)).await?;
            answer(session, &decided, lang.pick("保留", "kept"));
        }
    }
    Ok(exit::DONE)
}

fn choice(which: Which, comment: Option<String>) -> RemovalChoice {
    let Which { ids, all, workflow } = which;
    let filter = all.map(|_| RemovalsMeant { workflow: workflow.clone(), state: None });
    RemovalChoice { ids, filter, expected: all, workflow, comment, ..RemovalChoice::default() }
}

fn answer(session: &Session<'_>, decided: &DecidedRemovals, word: &str) {
    if session.json() {
        output::json(decided);
        return;
    }
    list(session.lang, &decided.removals);
    let left = decided.removals.iter().filter(|removal| removal.state == RemovalState::Waiting).count();
    let number = decided.removals.len() - left;
    output::say(&say!(session.lang, "{number} 项{word}", "{number} {word}"));
    if left > 0 {
        output::say(&say!(
            session.lang,
            "{left} 项未批准：预演时间太久，请先再次运行工作流",
            "{left} left as it was: planned too long ago; run the workflow again first"
        ));
    }
}

fn list(lang: Lang, removals: &[Removal]) {
    for removal in removals {
        let object = &removal.object;
        let name = if object.name.is_empty() { String::new() } else { format!("{} ", object.name) };
        let (id, state, action) =
            (&removal.id, words::removal(lang, removal.state), words::action(lang, removal.action));
        let (kind, key) = (words::kind(lang, &object.kind, ""), &object.target);
        let (step, workflow) = (&removal.step, &removal.workflow);
        output::data(&say!(
            lang,
            "{id}  {state}  {action}{kind} {name}（{key}）  {workflow} 的步骤 {step}",
            "{id}  {state:8} {action} {kind} {name}({key})  {step} of {workflow}"
        ));
        for field in &removal.fields {
            let title = Some(lang.of(&field.title)).filter(|title| !title.is_empty()).unwrap_or(&field.field);
            let (before, after) = match &field.in_words {
                Some(words) => (lang.of(&words.before).to_string(), lang.of(&words.after).to_string()),
                None => (output::cell(&field.before), output::cell(&field.after)),
            };
            output::data(&say!(lang, "    {title}：{before} → {after}", "    {title}: {before} → {after}"));
        }
        let since = output::when(Some(&removal.since));
        let until = removal.until.as_deref().map(|until| output::when(Some(until)));
        let until = until.map(|until| say!(lang, "，截止 {until}", ", until {until}")).unwrap_or_default();
        output::data(&say!(lang, "    提出时间 {since}{until}", "    asked since {since}{until}"));
        // Nobody can approve it, and whoever may decide can keep it: its time is over.
        let may = |verb| removal.allowed.contains(&verb);
        if removal.state == RemovalState::Waiting && may(RemovalVerb::Keep) && !may(RemovalVerb::Approve) {
            output::data(&say!(
                lang,
                "    预演时间太久，不能批准；再次运行工作流后即可：idflow run {workflow}",
                "    planned too long ago to be approved; run the workflow again: idflow run {workflow}"
            ));
        }
        if let Some(decision) = &removal.decided {
            let (by, at) = (&decision.by, output::when(Some(&decision.at)));
            output::data(&match decision.keep {
                true => say!(lang, "    {by} 于 {at} 决定保留", "    kept by {by} at {at}"),
                false => say!(lang, "    {by} 于 {at} 批准", "    approved by {by} at {at}"),
            });
            if let Some(comment) = &decision.comment {
                output::data(&say!(lang, "    原因：{comment}", "    because: {comment}"));
            }
        }
        for warning in &removal.warnings {
            problem(lang, warning, "    ");
        }
        if let Some(error) = &removal.error {
            problem(lang, error, "    ");
        } else if removal.state == RemovalState::Waiting {
            output::data(&format!("    {}", lang.of(&removal.why.reason)));
        }
    }
}
