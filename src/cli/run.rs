//! `idflow plan` and `idflow run`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{
    Client, Failure, Session,
    client::encode,
    exit,
    lang::{both, say},
    output::{self, JsonWithList},
    plan::{
        self,
        about::Way,
        item::Look,
        load::{self, Shown},
    },
    progress, render,
};
use crate::contract::{
    item::Item,
    plan::Plan,
    run::{Approve, NewRun, Run, RunRef, Status},
};

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The workflow.
    workflow: String,
    /// An input of the workflow; can be repeated.
    #[arg(long = "input", value_name = "KEY=VALUE")]
    inputs: Vec<String>,
    /// Write all changes into this file, too: .json, .jsonl, .csv or .xlsx.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "export")]
    overwrite: bool,
    /// Show phone numbers, e-mail addresses and the like as they are.
    #[arg(long)]
    reveal: bool,
    /// Show only the people who are gone from the source and keep an account that works.
    #[arg(long)]
    leavers: bool,
    /// Show raw values, and the line of the mapping that asks for each.
    #[arg(long)]
    why: bool,
    /// Show every change, however many there are: above 200, only the first of each sort are shown otherwise.
    #[arg(long)]
    all: bool,
    /// Plan no further than this step: a workflow that is still being written is tried step by step.
    #[arg(long, value_name = "STEP")]
    until: Option<String>,
}

/// What to run.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The workflow.
    workflow: String,
    /// Wait until the run is over or held. Without a running server a run always is waited for.
    #[arg(long)]
    wait: bool,
    /// Approve the plan as computed, approval steps and limits included; source checks stay.
    #[arg(long)]
    yes: bool,
    /// An input of the workflow; can be repeated.
    #[arg(long = "input", value_name = "KEY=VALUE")]
    inputs: Vec<String>,
    /// A name of your own for this start: within 24 hours the same one starts nothing more.
    #[arg(long, value_name = "NAME")]
    once: Option<String>,
}

fn inputs(given: &[String]) -> Result<Map<String, Value>, Failure> {
    given
        .iter()
        .map(|text| {
            text.split_once('=').map(|(key, value)| (key.trim().to_string(), Value::from(value))).ok_or_else(|| {
                Failure::new(both!("“{text}”应写成 KEY=VALUE", "`{text}` is not KEY=VALUE"))
                    .hint(both!("例如 --input grace=30d", "for example --input grace=30d"))
            })
        })
        .collect()
}

/// Runs `idflow plan`.
pub async fn plan(session: &Session<'_>, args: PlanArgs) -> Result<u8, Failure> {
    if let Some(file) = &args.export {
        format_of(file)?;
        free(file, args.overwrite)?;
    }
    let client = session.client().await?;
    let new = NewRun { inputs: inputs(&args.inputs)?, plan: true, until: args.until.clone(), ..NewRun::default() };
    let run = compute(&client, &args.workflow, new).await?;
    if args.leavers {
        let mut leavers = client.plan(&run, None, args.reveal).await?.changes;
        leavers.retain(|change| change.error.as_ref().is_some_and(|error| error.code == "leaver_keeps_access"));
        if session.json() {
            output::json(&leavers);
        } else {
            render::items(session.lang, &leavers, args.why);
            let ended: Run = client.fetch(&format!("/runs/{}", encode(&run))).await?;
            render::about_leavers(session.lang, &ended);
        }
    } else {
        let look = PlanLook { reveal: args.reveal, all: args.all, why: args.why };
        tell_plan(session, &client, &run, look, Way::Run(&args.inputs)).await?;
    }
    if let Some(file) = &args.export {
        export(session, &client, &run, file, Some(true), args.reveal).await?;
    }
    Ok(exit::DONE)
}

/// How to show a plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanLook {
    /// Private values as they are.
    pub reveal: bool,
    /// Every change, however many there are.
    pub all: bool,
    /// With raw values, and the line of the mapping that asks for each.
    pub why: bool,
}

/// Shows the plan of a run; to programs all of it.
pub async fn tell_plan(
    session: &Session<'_>,
    client: &Client,
    run: &str,
    PlanLook { reveal, all, why }: PlanLook,
    way: Way<'_>,
) -> Result<(), Failure> {
    if session.json() {
        // A plan of 100,000 changes is some hundred megabytes.
        let head = Plan { changes: Vec::new(), ..client.plan(run, Some(1), reveal).await? };
        let mut out = JsonWithList::begin(&head, "changes");
        let path = format!("/runs/{}/plan/rows?reveal={reveal}", encode(run));
        client.each_page(&path, &mut |page: Vec<Item>| page.iter().for_each(|change| out.item(change))).await?;
        out.end();
        return Ok(());
    }
    let shown = load::load(client, run, reveal, all).await?;
    plan::tell(Look { lang: session.lang, why }, &shown, None, way);
    Ok(())
}

/// The form of a file, by its name.
pub fn format_of(file: &Path) -> Result<&'static str, Failure> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    ["json", "jsonl", "csv", "xlsx"].into_iter().find(|format| *format == extension).ok_or_else(|| {
        let file = file.display();
        Failure::new(both!("{file}：从文件名看不出格式", "{file}: the name does not say which form is wanted"))
            .hint(both!("文件名应以 .json、.jsonl、.csv 或 .xlsx 结尾", "let it end with .json, .jsonl, .csv or .xlsx"))
    })
}

/// Refuses a file that is there, unless it is to be replaced.
pub fn free(file: &Path, overwrite: bool) -> Result<(), Failure> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::metadata(folder).map_err(|error| Failure::file(folder.display(), &error))?;
    }
    if overwrite || !file.exists() {
        return Ok(());
    }
    let file = file.display();
    Err(Failure::new(both!("{file} 已经存在", "{file} is there already"))
        .hint(both!("换一个文件名，或加上 --overwrite", "name another file, or add --overwrite")))
}

/// Writes the rows of a run into a file.
pub async fn export(
    session: &Session<'_>,
    client: &Client,
    run: &str,
    file: &Path,
    plan: Option<bool>,
    reveal: bool,
) -> Result<(), Failure> {
    let format = format_of(file)?;
    let plan = plan.map(|plan| format!("&plan={plan}")).unwrap_or_default();
    let lang = session.lang.key();
    let path = format!("/runs/{}/export?format={format}&lang={lang}&reveal={reveal}{plan}", encode(run));
    let bytes = client.download(&path, file).await?;
    let file = file.display();
    output::say(&say!(session.lang, "{file}：{bytes} 字节", "{file}: {bytes} bytes"));
    Ok(())
}

/// Computes a plan: a run that ends before it writes. Gives the run.
async fn compute(client: &Client, workflow: &str, new: NewRun) -> Result<String, Failure> {
    let started: RunRef = client.send(&format!("/workflows/{}/runs", encode(workflow)), &new).await?;
    progress::watch(client, &started.run).await?;
    Ok(started.run)
}

/// Computes a plan and gives it, with as many changes as are shown.
pub async fn compute_plan(client: &Client, workflow: &str, inputs: Map<String, Value>) -> Result<Shown, Failure> {
    let run = compute(client, workflow, NewRun { inputs, plan: true, ..NewRun::default() }).await?;
    load::load(client, &run, false, false).await
}

/// Runs `idflow run`.
pub async fn run(session: &Session<'_>, args: RunArgs) -> Result<u8, Failure> {
    let client = session.client().await?;
    client.recover().await?;
    let new = NewRun { inputs: inputs(&args.inputs)?, approve: args.yes, ..NewRun::default() };
    let path = format!("/workflows/{}/runs", encode(&args.workflow));
    let started: RunRef = client.send_once(&path, &new, args.once.as_deref()).await?;
    accepted(session, &client, &started.run, args.wait, args.yes).await
}

/// Leaves an accepted run to the server, or waits for it.
pub async fn accepted(session: &Session<'_>, client: &Client, run: &str, wait: bool, yes: bool) -> Result<u8, Failure> {
    if client.is_served_by_other() && !wait {
        if session.json() {
            output::json(&json!({"run": run, "status": "queued"}));
        } else {
            output::data(&say!(session.lang, "运行 {run} 已接受", "run {run} accepted"));
            output::say(&say!(session.lang, "下一步：idflow runs show {run}", "next: idflow runs show {run}"));
        }
        return Ok(exit::DONE);
    }
    follow(session, client, run, yes).await
}

/// Waits for a run, asks about a held one where somebody can be asked, and shows what became of it.
pub async fn follow(session: &Session<'_>, client: &Client, run: &str, yes: bool) -> Result<u8, Failure> {
    let mut ended = progress::watch(client, run).await?;
    while ended.status == Status::Held && !yes && output::can_ask() && !session.json() {
        let shown = show(session, client, run).await?;
        if !output::ask(session.lang, session.text("批准这份预演？", "Approve this plan?")).await {
            break;
        }
        // Whoever looks at the plan on a terminal has not thereby looked at the source: those checks stay.
        let approve = Approve { plan: shown, ..Approve::default() };
        let _: RunRef = client.send(&format!("/runs/{}/approve", encode(run)), &approve).await?;
        let before = ended.why.clone();
        ended = progress::watch(client, run).await?;
        if ended.status == Status::Held && ended.why == before {
            break;
        }
    }
    if session.json() {
        output::json(&summary(&ended));
    } else {
        render::ended(session.lang, &ended);
    }
    Ok(exit::of_status(ended.status))
}

/// Shows the plan of a run to whoever is about to approve it, and gives which one that is.
pub async fn show(session: &Session<'_>, client: &Client, run: &str) -> Result<Option<String>, Failure> {
    let look = Look { lang: session.lang, why: false };
    let shown = load::load(client, run, false, false).await?;
    plan::tell(look, &shown, None, Way::Asked);
    Ok(shown.plan.hash)
}

/// What scripts rely on.
pub fn summary(run: &Run) -> Value {
    json!({
        "run": run.run,
        "status": run.status,
        "why": run.why,
        "counts": run.counts,
        "planned": run.planned,
        "bindings": run.bindings,
        "plan": run.plan,
        "api": run.api,
        "notices": run.notices,
    })
}
