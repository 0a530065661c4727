//! `idflow workflow`.

use std::path::PathBuf;

use super::{
    Failure, Lang, Session,
    client::encode,
    exit,
    lang::{Wrong, both, say},
    output,
    plan::{self, about::Way, item::Look},
    words,
};
use crate::{
    connectors,
    contract::{
        problem::Text,
        trigger::{Hook, HookPath},
        workflow::{Bound, NewWorkflow, SavedWorkflow, Workflow, WorkflowText},
    },
    workflow::{self, Environment},
};

/// What to do with workflows.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a workflow from a template or a file; an existing id gets a new version.
    Create(Create),
    /// List workflows: what starts each, when next, and how its last run ended.
    List {
        /// Include archived workflows.
        #[arg(long)]
        all: bool,
    },
    /// Show the stored text of a workflow.
    Show {
        /// The workflow.
        id: String,
        /// The version of this number; by default the newest.
        #[arg(long)]
        number: Option<u64>,
    },
    /// Archive a workflow: nothing starts it any more and it is not listed. Its runs stay; activating it brings it back.
    Archive {
        /// The workflow.
        id: String,
    },
    /// Make the newest version live, after showing what it would change.
    Activate {
        /// The workflow.
        id: String,
        /// Approve without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// List the versions of a workflow, the newest first.
    Versions {
        /// The workflow.
        id: String,
    },
    /// Show what is different between two versions, or a version and the draft: in words, and line by line with `--lines`.
    Diff {
        /// The workflow.
        id: String,
        /// The older version; by default the active one.
        #[arg(long)]
        from: Option<u64>,
        /// The newer version; by default the draft, else the newest.
        #[arg(long)]
        to: Option<u64>,
        /// Show it line by line.
        #[arg(long)]
        lines: bool,
    },
    /// Make a new version with the text of an earlier one. It is not live before it is activated.
    Rollback {
        /// The workflow.
        id: String,
        /// The version to go back to.
        number: u64,
    },
    /// Pause its triggers.
    Pause {
        /// The workflow.
        id: String,
    },
    /// Show the addresses that start it from outside (`on.webhook`), or make a new secret for one.
    Hook {
        /// The workflow.
        id: String,
        /// Make a new secret for this path. It is shown this once; the old one ends at once, unless `--keep-old` says otherwise.
        #[arg(long, value_name = "PATH")]
        new_secret: Option<String>,
        /// How long the old secret stays good beside the new one, at most 7d: time to change the callers.
        #[arg(long, value_name = "TIME", requires = "new_secret", value_parser = parse_time)]
        keep_old: Option<std::time::Duration>,
    },
}

/// A workflow to make.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The template it is made from; see `idflow template list`.
    #[arg(long, conflicts_with = "file")]
    template: Option<String>,
    /// The file it is made from.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Its id; by default the one in the template or file.
    #[arg(long)]
    id: Option<String>,
    /// The connection that an alias of the workflow stands for; can be repeated.
    #[arg(long = "connection", value_name = "ALIAS=NAME")]
    connections: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Create(create) => self::create(session, create).await,
        Command::List { all } => list(session, all).await,
        Command::Show { id, number } => show(session, &id, number).await,
        Command::Archive { id } => {
            let path = format!("/workflows/{}/archive", encode(&id));
            let archived: Workflow = session.client().await?.send(&path, &()).await?;
            tell(session, &archived, &say!(session.lang, "工作流 {id} 已归档", "workflow {id} is archived"));
            Ok(exit::DONE)
        }
        Command::Activate { id, yes } => activate(session, &id, yes).await,
        Command::Versions { id } => super::versions::list(session, &id).await,
        Command::Diff { id, from, to, lines } => super::versions::diff(session, &id, (from, to), lines).await,
        Command::Rollback { id, number } => super::versions::roll_back(session, &id, number).await,
        Command::Pause { id } => {
            let path = format!("/workflows/{}/pause", encode(&id));
            let paused: Workflow = session.client().await?.send(&path, &()).await?;
            tell(session, &paused, &say!(session.lang, "工作流 {id} 已暂停", "workflow {id} is paused"));
            Ok(exit::DONE)
        }
        Command::Hook { id, new_secret, keep_old } => {
            hook(session, &id, new_secret, keep_old.unwrap_or_default()).await
        }
    }
}

async fn show(session: &Session<'_>, id: &str, number: Option<u64>) -> Result<u8, Failure> {
    let client = session.client().await?;
    let version = number.map(|version| format!("?version={version}")).unwrap_or_default();
    let shown: WorkflowText = client.fetch(&format!("/workflows/{}/text{version}", encode(id))).await?;
    // Beside the text: what it is doing, and what it could not start.
    let workflow: Workflow = client.fetch(&format!("/workflows/{}", encode(id))).await?;
    if session.json() {
        let mut whole = serde_json::to_value(&workflow).unwrap_or_default();
        for (name, value) in serde_json::to_value(&shown).unwrap_or_default().as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        output::json(&whole);
    } else {
        output::data(&shown.text);
    }
    let refused = workflow.hooks.iter().flatten().filter_map(|hook| refused_call(session.lang, hook));
    for line in told(session.lang, &workflow).into_iter().chain(refused) {
        output::say(&line);
    }
    Ok(exit::DONE)
}

pub(super) fn parse_time(text: &str) -> Result<std::time::Duration, Wrong> {
    crate::workflow::duration::parse_duration(text)
        .ok_or_else(|| Wrong(both!("时长写成 30m、2h 或 3d", "a time is written 30m, 2h or 3d")))
}

async fn hook(
    session: &Session<'_>,
    id: &str,
    new_secret: Option<String>,
    keep_old: std::time::Duration,
) -> Result<u8, Failure> {
    let client = session.client().await?;
    let lang = session.lang;
    let route = format!("/workflows/{}/hooks", encode(id));
    if let Some(path) = new_secret {
        let body = HookPath { path, keep_old_ms: i64::try_from(keep_old.as_millis()).unwrap_or(i64::MAX) };
        let made: Hook = client.send(&route, &body).await?;
        if session.json() {
            output::json(&made);
        } else {
            output::data(&format!("{} {}", lang.pick("地址", "url    "), made.url));
            output::data(&format!("{} {}", lang.pick("密钥", "secret "), made.secret.as_deref().unwrap_or_default()));
            output::data(&format!("{} {}", lang.pick("发送", "send   "), how_to_call(lang, &made)));
            output::say(lang.pick(
                "密钥只显示这一次；请交给调用方，不要保存在别处",
                "the secret is not shown again; give it to the caller and keep it nowhere else",
            ));
        }
        return Ok(exit::DONE);
    }
    let hooks: Vec<Hook> = client.list(&route, None).await?;
    if session.json() {
        output::json(&hooks);
        return Ok(exit::DONE);
    }
    let mut table = output::table(&match lang {
        Lang::Zh => ["地址", "校验方式", "密钥", "调用方发送"],
        Lang::En => ["url", "verify", "secret", "the caller sends"],
    });
    for hook in &hooks {
        let secret = match hook.has_secret {
            true => lang.pick("已设置", "set"),
            false => lang.pick("没有：所有调用都会被拒绝", "none: every call is refused"),
        };
        table.add_row([hook.url.clone(), hook.verify.clone(), secret.to_string(), how_to_call(lang, hook)]);
    }
    output::show(table);
    for line in hooks.iter().filter_map(|hook| refused_call(lang, hook)) {
        output::say(&line);
    }
    output::say(lang.pick(
        "地址前面加上服务的地址（`idflow serve --listen`）；见 docs/guide/triggers.zh.md",
        "the address begins with that of the server (`idflow serve --listen`); see docs/guide/triggers.md",
    ));
    Ok(exit::DONE)
}

/// What the caller sends.
fn how_to_call(lang: Lang, hook: &Hook) -> String {
    // Which header it is, is known by what the server says of it.
    let header = hook.call.split(':').next().unwrap_or_default();
    lang.of(&crate::trigger::webhook::verify::how_to_call(&hook.verify, header)).to_string()
}

fn tell(session: &Session<'_>, value: &impl serde::Serialize, text: &str) {
    if session.json() {
        output::json(value);
    } else {
        output::data(text);
    }
}

async fn create(session: &Session<'_>, create: Create) -> Result<u8, Failure> {
    if create.template.is_none() && create.file.is_none() {
        Failure::new(both!("创建工作流需要文件或模板", "a workflow is made from a file or from a template"))
            .hint(both!(
                "--file FLOW.yaml，或 --template NAME（用 `idflow template list` 查看）",
                "--file FLOW.yaml, or --template NAME (`idflow template list` shows them)"
            ))
            .tell(session.lang);
        return Ok(exit::USAGE);
    }
    let mut connections = Vec::new();
    for text in &create.connections {
        let pair = text.split_once('=').ok_or_else(|| {
            Failure::new(both!("“{text}”应写成 ALIAS=NAME", "`{text}` is not ALIAS=NAME"))
                .hint(both!("例如 --connection wecom=main", "for example --connection wecom=main"))
        })?;
        connections.push(Bound { alias: pair.0.trim().into(), name: pair.1.trim().into() });
    }
    let (text, file) = match &create.file {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path.display(), &error))?;
            (Some(text), Some(path.display().to_string()))
        }
        None => (None, None),
    };
    let new = NewWorkflow { template: create.template, text, file, id: create.id, connections };
    let client = session.beginning().await?;
    let made: SavedWorkflow = match client.send("/workflows", &new).await {
        Ok(made) => made,
        Err(failure) => {
            if let (Some(text), Some(file)) = (&new.text, &new.file) {
                super::validate::show_findings(session, file, text);
            }
            return Err(failure);
        }
    };
    let (lang, id, version) = (session.lang, &made.id, made.version);
    let said = match made.changed {
        true => say!(lang, "工作流 {id} 已保存为版本 {version}", "workflow {id} saved as version {version}"),
        false => {
            say!(lang, "工作流 {id} 没有变化，仍为版本 {version}", "workflow {id} is unchanged at version {version}")
        }
    };
    tell(session, &made, &said);
    tell_notices(lang, &made.notices);
    if !session.json() {
        let inputs = needed(&client, id).await;
        output::say(&say!(
            lang,
            "下一步：idflow plan {id}{inputs}，然后 idflow workflow activate {id}",
            "next: idflow plan {id}{inputs}, then idflow workflow activate {id}"
        ));
    }
    Ok(exit::DONE)
}

/// What stands in the way of activating a workflow.
fn tell_notices(lang: Lang, notices: &[Text]) {
    for notice in notices {
        output::say(&format!("{}{}", lang.pick("提示：", "note: "), lang.of(notice)));
    }
    // A template names connections as most people call them; such a notice begins with ALIAS=NAME.
    let of_connection = |notice: &Text| {
        let begin = notice.en.split(": ").next().unwrap_or_default();
        begin.contains('=') && !begin.contains(' ')
    };
    if notices.iter().any(of_connection) {
        output::say(lang.pick(
            "  → 用 `idflow connection add` 添加，或在创建时用 --connection ALIAS=NAME 改用已有的账号连接（`idflow connection list`）",
            "  → add it with `idflow connection add`, or make the workflow with --connection ALIAS=NAME for one that is there (`idflow connection list`)",
        ));
    }
}

/// The options for what nobody can run a workflow without; what cannot be read is told by whoever runs it.
async fn needed(client: &super::Client, id: &str) -> String {
    let text: Result<WorkflowText, Failure> = client.fetch(&format!("/workflows/{}/text", encode(id))).await;
    let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
    let compiled = text.ok().and_then(|text| workflow::compile(id, &text.text, &environment).workflow);
    let inputs = compiled.map(|workflow| workflow.inputs).unwrap_or_default();
    let needed = inputs.iter().filter(|input| input.required && input.default.is_none());
    needed.map(|input| format!(" --input {}=…", input.name)).collect()
}

async fn list(session: &Session<'_>, all: bool) -> Result<u8, Failure> {
    use crate::contract::workflow::WorkflowState;
    let mut workflows: Vec<Workflow> = session.client().await?.list("/workflows", None).await?;
    workflows.retain(|workflow| all || workflow.state != WorkflowState::Archived);
    if session.json() {
        output::json(&workflows);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    let mut table = output::table(&match lang {
        Lang::Zh => ["编号", "名称", "状态", "版本", "运行次数", "最近一次", "触发器"],
        Lang::En => ["id", "name", "state", "version", "runs", "last run", "starts"],
    });
    for workflow in &workflows {
        let last = workflow.last.as_ref().map_or_else(
            || "–".to_string(),
            |last| format!("{} {}", words::status(lang, last.status), output::when(Some(&last.at))),
        );
        table.add_row([
            workflow.id.clone(),
            workflow.name.as_ref().map(|name| lang.of(name).to_string()).unwrap_or_default(),
            state(lang, workflow),
            workflow.active.map(|version| version.to_string()).unwrap_or_default(),
            workflow.runs.to_string(),
            last,
            starts(lang, workflow),
        ]);
    }
    output::list(lang, table);
    for workflow in &workflows {
        for line in told(lang, workflow) {
            let id = &workflow.id;
            output::say(&say!(lang, "{id}：{line}", "{id}: {line}"));
        }
    }
    Ok(exit::DONE)
}

/// Its state, and that it does not compile any more.
fn state(lang: Lang, workflow: &Workflow) -> String {
    let state = words::workflow(lang, workflow.state);
    match workflow.broken {
        None => state.into(),
        Some(_) => say!(lang, "{state}，无法编译", "{state}, does not compile"),
    }
}

/// What people must know of it: that it does not compile, and due times that started nothing.
fn told(lang: Lang, workflow: &Workflow) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(broken) = &workflow.broken {
        let (code, why) = (&broken.code, lang.of(&broken.message).trim());
        lines.push(say!(
            lang,
            "这个版本的 idflow 不能编译它，触发器都不启动：{code} {why}",
            "this version of idflow cannot compile it, and none of its triggers starts anything: {code} {why}"
        ));
    }
    for schedule in &workflow.schedules {
        if let Some(missed) = schedule.missed.last() {
            let (count, due, why) = (missed.count, output::when(Some(&missed.due)), lang.of(&missed.why.reason));
            let times = if count == 1 { "time" } else { "times" };
            lines.push(say!(
                lang,
                "{count} 次到时没有启动，最近一次 {due}：{why}",
                "{count} due {times} started nothing, the last at {due}: {why}"
            ));
        }
    }
    lines
}

/// The newest call of an address that started nothing.
fn refused_call(lang: Lang, hook: &Hook) -> Option<String> {
    let refused = hook.refused.as_ref()?;
    let (url, at, why) = (&hook.url, output::when(Some(&refused.at)), lang.of(&refused.why.reason));
    Some(say!(lang, "{url}：{at} 的调用没有启动：{why}", "{url}: a call at {at} started nothing: {why}"))
}

/// What starts a workflow, in a line for each.
fn starts(lang: Lang, workflow: &Workflow) -> String {
    let mut lines = Vec::new();
    if let Some(triggers) = &workflow.triggers {
        for schedule in &triggers.schedules {
            let (cron, zone) = (&schedule.cron, &schedule.timezone);
            lines.push(match &schedule.next {
                None => format!("{cron} {zone}"),
                Some(next) => {
                    let next = output::when(Some(next));
                    say!(lang, "{cron} {zone}，下次 {next}", "{cron} {zone}, next {next}")
                }
            });
        }
        lines.extend(triggers.after.iter().map(|other| say!(lang, "在 {other} 之后", "after {other}")));
        lines.extend(triggers.webhooks.iter().map(|path| format!("webhook {path}")));
    }
    for event in &workflow.events {
        lines.push(match &event.connection {
            Some(alias) => say!(lang, "{alias} 的事件", "events of {alias}"),
            None => lang.pick("目录的事件", "events of the directory").into(),
        });
    }
    if workflow.triggers.as_ref().is_some_and(|triggers| triggers.manual) && lines.is_empty() {
        lines.push(lang.pick("手动", "by hand").into());
    }
    lines.join("\n")
}

/// The number of the newest version.
async fn newest(client: &super::Client, id: &str) -> Result<u64, Failure> {
    let workflow: Workflow = client.fetch(&format!("/workflows/{}", encode(id))).await?;
    Ok(workflow.latest)
}

/// Shows what the workflow would change now, asks, and makes it live. A plan that cannot be computed (an empty directory,
/// a system that does not answer) is told and does not stand in the way: nothing runs by being activated.
async fn activate(session: &Session<'_>, id: &str, yes: bool) -> Result<u8, Failure> {
    let client = session.client().await?;
    let lang = session.lang;
    let path = format!("/workflows/{}/activate", encode(id));
    if !yes {
        let shown = newest(&client, id).await?;
        match super::run::compute_plan(&client, id, serde_json::Map::new()).await {
            Ok(plan) if !session.json() => plan::tell(Look { lang, why: false }, &plan, None, Way::Elsewhere),
            Ok(_) => {}
            Err(failure) => {
                let why = failure.words(lang).0;
                output::say(&say!(lang, "没有可展示的预演：{why}", "no plan to show: {why}"));
            }
        }
        if !output::can_ask() {
            return Err(Failure::new(both!("启用需要确认", "activation needs a confirmation"))
                .hint(both!("请加上 --yes", "add --yes")));
        }
        if !output::ask(lang, &say!(lang, "启用 {id}？", "Activate {id}?")).await {
            output::say(lang.pick("没有启用", "not activated"));
            return Ok(exit::FAILED);
        }
        // What would go live is what was shown.
        let now = newest(&client, id).await?;
        if now != shown {
            return Err(Failure::new(both!(
                "没有启用：在此期间保存了版本 {now}，上面展示的是版本 {shown}",
                "not activated: version {now} was saved meanwhile, and what is shown above is version {shown}"
            ))
            .hint(both!(
                "重新运行该命令，查看新版本的预演",
                "run the command again to see the plan of the new version"
            )));
        }
    }
    let active: Workflow = client.send(&path, &()).await?;
    for notice in &active.notices {
        output::say(&format!("{}{}", lang.pick("提示：", "note: "), lang.of(notice)));
    }
    let version = active.active.unwrap_or_default();
    tell(
        session,
        &active,
        &say!(lang, "工作流 {id} 已启用（版本 {version}）", "workflow {id} is active (version {version})"),
    );
    Ok(exit::DONE)
}
