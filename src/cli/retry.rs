//! `idflow runs retry`: shows what it repeats, and with `--newest` how the workflow differs and what it would do, first.

use super::{
    Client, Failure, Lang, Session,
    client::encode,
    exit,
    lang::{both, say},
    output,
    plan::{self, about::Way, item::Look, load},
    progress, render, words,
};
use crate::contract::run::{Retry, RetryPreview, RunRef};

/// So many items are shown of what is repeated.
const SHOWN: usize = 10;

/// What to repeat.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run: its id, or WORKFLOW#NUMBER.
    run: String,
    /// Only this item, by its row as `runs items` tells it; several are allowed.
    #[arg(long = "row", value_name = "ROW")]
    rows: Vec<u32>,
    /// By the active version of the workflow instead of the run's own.
    #[arg(long)]
    newest: bool,
    /// Approve the plan as computed, approval steps and limits included; source checks stay.
    #[arg(long)]
    yes: bool,
    /// Wait until the run is over or held. Without a running server a run always is waited for.
    #[arg(long)]
    wait: bool,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, client: &Client, args: &Args) -> Result<u8, Failure> {
    let path = format!("/runs/{}/retry", encode(&args.run));
    let lang = session.lang;
    if !session.json() {
        let look = format!("{path}?newest={}", args.newest);
        let shown: RetryPreview = client.fetch(&look).await?;
        preview(lang, &shown, args.newest);
        if args.newest && !args.yes {
            let body = Retry { newest: true, approve: false, rows: args.rows.clone() };
            let planned: RunRef = client.send(&format!("{path}/plan"), &body).await?;
            progress::watch(client, &planned.run).await?;
            let way = Look { lang, why: false };
            plan::tell(way, &load::load(client, &planned.run, false, false).await?, None, Way::Asked);
            if output::can_ask() && !output::ask(lang, lang.pick("重试这些项？", "Repeat these items?")).await {
                output::say(lang.pick("没有重试", "not repeated"));
                return Ok(exit::FAILED);
            }
            let now: RetryPreview = client.fetch(&look).await?;
            if now.by_version != shown.by_version {
                return Err(another(now.by_version, shown.by_version));
            }
        }
    }
    let started: RunRef =
        client.send(&path, &Retry { newest: args.newest, approve: args.yes, rows: args.rows.clone() }).await?;
    super::run::accepted(session, client, &started.run, args.wait, args.yes).await
}

/// What is repeated is what was shown.
fn another(now: u64, shown: u64) -> Failure {
    Failure::new(both!(
        "没有重试：在此期间启用了版本 {now}，上面展示的是版本 {shown}",
        "not repeated: version {now} was activated meanwhile, and what is shown above is version {shown}"
    ))
    .hint(both!("重新运行该命令，查看新版本的预演", "run the command again to see the plan of the new version"))
}

fn preview(lang: Lang, preview: &RetryPreview, newest: bool) {
    let (items, workflow, no) = (words::of(lang, preview.number, "项", "item"), &preview.run.workflow, preview.run.no);
    output::data(&say!(lang, "重试 {workflow}#{no} 中的 {items}", "repeats {items} of {workflow}#{no}"));
    render::counts(lang, &preview.repeats, "  ");
    for item in preview.items.iter().take(SHOWN) {
        let outcome = item.outcome.as_deref().map(|word| words::counted(lang, word)).unwrap_or_default();
        let code = item.error.as_ref().map(|error| error.code.as_str()).unwrap_or_default();
        let (key, name) = (&item.key, &item.object.name);
        output::data(&say!(lang, "    {key} {name}（{outcome}）{code}", "    {key} {name} ({outcome}) {code}"));
    }
    let shown = preview.items.len().min(SHOWN) as u64;
    if let Some(more) = preview.number.checked_sub(shown).filter(|more| *more > 0) {
        output::data(&say!(lang, "    … 另有 {more} 项", "    … and {more} more"));
    }
    if newest {
        let version = preview.version;
        match preview.diff.as_str() {
            "" => output::data(&say!(
                lang,
                "启用的版本就是那次运行的版本 {version}",
                "the active version is the run's own, {version}"
            )),
            diff => output::data(diff),
        }
    }
}
