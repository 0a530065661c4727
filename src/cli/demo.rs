//! `idflow demo`: the whole path in one command, against the WeCom simulator.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use wecom_sim::{Identity, Running, Simulator, state::State};

use super::{
    Client, Failure, Lang, Session, exit,
    lang::both,
    output,
    plan::{self, about::Way, item::Look},
    progress, render, words,
};
use crate::{
    app::{App, proof::random},
    contract::{
        directory::Import,
        run::{NewRun, Run, RunRef, Status},
    },
    demo::organisation::{self, Organisation},
    server::listen::Front,
};

/// So many changes of each sort are shown of the first plan.
const SHOWN: usize = 3;
/// The seed of the organisation that ships with the product.
const SEED: u64 = 20;
/// How many people change between the first and the second run.
const CHANGES: usize = 20;
const CONNECTION: &str = "demo_corp";
const WORKFLOW: &str = "demo_downstream";

/// What to show.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder with departments.csv and users.csv instead of the organisation that ships with idflow. It is only read.
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many people the generated organisation has.
    #[arg(long, default_value_t = 1000, conflicts_with = "data", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
    /// Keep the data folder and the simulator for exploring, until interrupted.
    #[arg(long)]
    keep: bool,
    /// Then answer like `serve` until interrupted, and print a link that signs in to the web console.
    #[arg(long)]
    console: bool,
}

impl Args {
    /// Whether it stays until somebody stops it.
    #[must_use]
    pub const fn stays(&self) -> bool {
        self.keep || self.console
    }
}

/// One finished run, for the table at the end.
struct DemoRun {
    what: String,
    run: Run,
    took: Duration,
}

/// Runs the demo.
pub async fn run(session: &Session<'_>, args: Args) -> Result<u8, Failure> {
    let failed = |error: std::io::Error| Failure::new(error.to_string());
    // Removed when this is dropped, also when somebody stops the demo.
    let mut folder = tempfile::Builder::new().prefix("idflow-demo-").tempdir().map_err(failed)?;
    let result = if args.stays() {
        // Whoever stops it before it answers is served as well: nothing of it stays.
        tokio::select! {
            ready = show(session, &args, folder.path()) => ready,
            () = super::serve::stopped() => return Ok(exit::INTERRUPTED),
        }
    } else {
        show(session, &args, folder.path()).await
    };
    let Ready { simulator, app, data_dir, table } = result?;
    let code = table.iter().map(|shown| exit::of_status(shown.run.status)).max();
    if args.stays() {
        folder.disable_cleanup(args.keep);
        let (front, posted) =
            Front::open(app.clone(), &data_dir, ([127, 0, 0, 1], 0).into(), "", None).await.map_err(failed)?;
        let link = app.who().first_link().await?.map(|link| front.door().page(&link.path));
        tell(session, &simulator, &data_dir, &table, link.as_deref());
        explore(session, &args, &simulator, &data_dir, app, front, link.as_deref()).await;
        drop(posted);
    } else {
        tell(session, &simulator, &data_dir, &table, None);
    }
    Ok(code.unwrap_or(exit::DONE))
}

/// What there is when the story has been told.
struct Ready {
    simulator: Running,
    app: Arc<App>,
    data_dir: PathBuf,
    table: Vec<DemoRun>,
}

async fn show(session: &Session<'_>, args: &Args, folder: &Path) -> Result<Ready, Failure> {
    let say = |zh: &str, en: &str| output::say(session.text(zh, en));
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let mut identity = Identity::default();
    // Real people: the simulator holds them for whoever knows its secrets, and nobody else on the machine is to.
    let admin_key = args.data.is_some().then(|| random(16));
    if admin_key.is_some() {
        (identity.app_secret, identity.contacts_secret) = (random(16), random(16));
    }
    // A demonstration with many people should not wait for the quotas of a real corp.
    let options = wecom_sim::Options {
        limits: wecom_sim::Limits::unlimited_calls(),
        admin_key,
        ..wecom_sim::Options::with_state(State::one_corp(&identity))
    };
    let simulator = Simulator::start(options).await.map_err(|error| failed(&error))?;
    let url = simulator.base_url();
    say(&format!("1. 企业微信模拟器已启动：{url}"), &format!("1. A WeCom simulator listens on {url}"));

    let (source, mut organisation) = match &args.data {
        Some(data) => (data.clone(), None),
        None => {
            let organisation = organisation::generate(SEED, args.people as usize);
            let source = folder.join("source");
            std::fs::create_dir_all(&source).map_err(|error| failed(&error))?;
            organisation.write(&source).map_err(|error| failed(&error))?;
            (source, Some(organisation))
        }
    };
    let data_dir = folder.join("data");
    let app = Arc::new(App::open(session.environment.settings(data_dir.clone(), None)).await?);
    let client = Client::here(app.clone(), "demo", session.lang);

    let mut table: Vec<DemoRun> = Vec::new();
    tell_source(session, args, &source);
    table.push(import(&client, &source, session.text("导入", "import")).await?);

    say(
        "3. 添加账号连接，用模板 wecom_downstream_full 创建工作流",
        "3. The connection, and a workflow from the template wecom_downstream_full",
    );
    set_up(&client, &identity, &url, session.lang).await?;
    say("4. 第一次运行会做什么（预演，即变更预览）", "4. What the first run would change");
    let mut shown = super::run::compute_plan(&client, WORKFLOW, serde_json::Map::new()).await?;
    if !session.json() {
        let all = session.text(
            "加上 --keep 后可以用 `idflow plan` 全部查看",
            "with --keep, `idflow plan` shows all of them afterwards",
        );
        shown.shorten(SHOWN);
        plan::tell(Look { lang: session.lang, why: false }, &shown, Some(all), Way::Elsewhere);
    }
    if !shown.plan.held.is_empty() {
        say(
            "5. 第一次运行：这份预演超出上限，平时要由人批准；演示代为批准（相当于 --yes）",
            "5. The first run. Its plan is over a limit, so a person would have to approve it; the demo does that itself, as \
             `--yes` would",
        );
    } else {
        say("5. 第一次运行", "5. The first run");
    }
    table.push(sync(&client, session.text("第一次同步", "first sync")).await?);
    later_runs(session, &client, &source, organisation.as_mut(), &mut table).await?;
    if let Some(organisation) = organisation.as_mut().filter(|_| args.console) {
        say(
            &format!("8. 又有 {CHANGES} 人有变化：等您在控制台里预演和运行"),
            &format!("8. {CHANGES} more people change: the console has something to plan and run"),
        );
        change(organisation, &source)?;
        let what = session.text("导入新的变化", "import of new changes");
        table.push(import(&client, &source, what).await?);
    }
    Ok(Ready { simulator, app, data_dir, table })
}

fn tell_source(session: &Session<'_>, args: &Args, source: &Path) {
    let say = |zh: &str, en: &str| output::say(session.text(zh, en));
    match (&args.data, args.stays()) {
        (Some(data), _) => {
            let data = data.display();
            say(&format!("2. 把 {data} 导入目录"), &format!("2. {data} is imported into the directory"));
        }
        (None, true) => {
            let source = source.display();
            say(
                &format!("2. 把虚构的人事文件 {source} 导入目录"),
                &format!("2. The files of an invented personnel department, {source}, are imported into the directory"),
            );
        }
        (None, false) => say(
            "2. 把虚构的人事文件导入目录（都在临时目录里，结束时删除；用 --keep 保留）",
            "2. The files of an invented personnel department are imported into the directory (all of it in a temporary \
             folder that is removed at the end; --keep keeps it)",
        ),
    }
}

/// The connection to the simulator, and an active workflow that writes there.
async fn set_up(client: &Client, identity: &Identity, url: &str, lang: Lang) -> Result<(), Failure> {
    let connection = json!({
        "connector": "wecom", "name": CONNECTION,
        "settings": {"title": lang.pick("演示企业", "Demo company"), "corp_id": identity.corp_id,
                     "agent_id": identity.agent_id.to_string(), "base_url": url},
        "secrets": {"app_secret": identity.app_secret, "contacts_secret": identity.contacts_secret},
    });
    client.post("/connections", &connection).await?;
    let tested = client.post(&format!("/connections/{CONNECTION}/test"), &Value::Null).await?;
    if tested["ok"] != true {
        let failure = Failure::new(both!("无法连接模拟器", "the connection to the simulator does not work"));
        return Err(Failure { details: Some(Box::new(tested)), ..failure });
    }
    let workflow = json!({"template": "wecom_downstream_full", "id": WORKFLOW, "connections": [{"alias": "wecom", "name": CONNECTION}]});
    client.post("/workflows", &workflow).await?;
    client.post(&format!("/workflows/{WORKFLOW}/activate"), &Value::Null).await?;
    Ok(())
}

/// What changes after the first run, and a run in which nothing changes.
async fn later_runs(
    session: &Session<'_>,
    client: &Client,
    source: &Path,
    organisation: Option<&mut Organisation>,
    table: &mut Vec<DemoRun>,
) -> Result<(), Failure> {
    let say = |zh: &str, en: &str| output::say(session.text(zh, en));
    match organisation {
        Some(organisation) => {
            say(&format!("6. {CHANGES} 人有变化"), &format!("6. {CHANGES} people change"));
            change(organisation, source)?;
            let what = match session.lang {
                Lang::Zh => format!("导入 {CHANGES} 处变化"),
                Lang::En => format!("import of {CHANGES} changes"),
            };
            table.push(import(client, source, &what).await?);
            table.push(sync(client, session.text("第二次同步", "second sync")).await?);
            say("7. 没有任何变化", "7. Nothing changes");
            table.push(sync(client, session.text("第三次同步", "third sync")).await?);
        }
        None => {
            say("6. 没有任何变化", "6. Nothing changes");
            table.push(sync(client, session.text("第二次同步", "second sync")).await?);
        }
    }
    Ok(())
}

fn change(organisation: &mut Organisation, source: &Path) -> Result<(), Failure> {
    organisation.change(SEED + 1, CHANGES);
    organisation.write(source).map_err(|error| Failure::new(error.to_string()))
}

async fn import(client: &Client, source: &Path, what: &str) -> Result<DemoRun, Failure> {
    let begun = Instant::now();
    let source = std::fs::canonicalize(source).map_err(|error| Failure::file(source.display(), &error))?;
    let body = Import { folder: source.display().to_string(), approve: true, ..Import::default() };
    let started: RunRef = client.send("/directory/import", &body).await?;
    watch(client, &started, what, begun).await
}

async fn sync(client: &Client, what: &str) -> Result<DemoRun, Failure> {
    let begun = Instant::now();
    let body = NewRun { approve: true, ..NewRun::default() };
    let started: RunRef = client.send(&format!("/workflows/{WORKFLOW}/runs"), &body).await?;
    watch(client, &started, what, begun).await
}

async fn watch(client: &Client, started: &RunRef, what: &str, begun: Instant) -> Result<DemoRun, Failure> {
    let run = progress::watch(client, &started.run).await?;
    if matches!(run.status, Status::Failed | Status::Held | Status::Cancelled) {
        let reason = run.why.first().map(|why| why.reason.clone()).unwrap_or_default();
        let (status_zh, status_en) = (words::status(Lang::Zh, run.status), words::status(Lang::En, run.status));
        let (zh, en) = (reason.zh, reason.en);
        return Err(Failure::new(both!("{what}：{status_zh}：{zh}", "{what}: {status_en}: {en}")));
    }
    Ok(DemoRun { what: what.into(), run, took: begun.elapsed() })
}

/// The table, what the simulator holds, and where to look next.
fn tell(session: &Session<'_>, simulator: &Running, data_dir: &Path, table: &[DemoRun], link: Option<&str>) {
    let snapshot = simulator.snapshot();
    let corp = &snapshot["corps"][0];
    let length = |name: &str| corp[name].as_array().map_or(0, Vec::len);
    let (departments, members) = (length("departments").saturating_sub(1), length("users"));
    if session.json() {
        let runs: Vec<Value> = table
            .iter()
            .map(|shown| {
                let mut run = super::run::summary(&shown.run);
                run["what"] = shown.what.clone().into();
                run["ms"] = u64::try_from(shown.took.as_millis()).unwrap_or(u64::MAX).into();
                run
            })
            .collect();
        output::json(&json!({
            "runs": runs,
            "simulator": {"base_url": simulator.base_url(), "admin": simulator.admin_url(),
                          "departments": departments, "members": members, "invited": length("invited")},
            "data_dir": data_dir.display().to_string(),
            "link": link,
        }));
    } else {
        let columns = match session.lang {
            Lang::Zh => ["", "状态", "新建", "更新", "移除", "未完成", "调用", "写入", "秒"],
            Lang::En => ["", "status", "created", "updated", "removed", "not done", "calls", "writes", "seconds"],
        };
        let mut runs = output::table(&columns);
        for row in table {
            let total = |words: &[&str]| render::total(&row.run.counts, words);
            runs.add_row([
                row.what.clone(),
                words::status(session.lang, row.run.status).to_string(),
                total(&["created"]).to_string(),
                total(&["updated"]).to_string(),
                total(&["removed"]).to_string(),
                total(&render::NOT_WELL).to_string(),
                row.run.api.calls.to_string(),
                row.run.api.writes.to_string(),
                format!("{:.2}", row.took.as_secs_f64()),
            ]);
        }
        output::show(runs);
        output::data(&match session.lang {
            Lang::Zh => format!("模拟器里现有公司下属部门 {departments} 个、成员 {members} 名。"),
            Lang::En => {
                format!("The simulator holds {departments} departments below the company and {members} members.")
            }
        });
    }
    if link.is_none() {
        output::say(session.text(
            "想自己动手看看：`idflow demo --console`；接着可以读 docs/guide/first-hour.zh.md。",
            "Look around with `idflow demo --console`; then read docs/guide/first-hour.md.",
        ));
    }
}

/// Answers browsers and other commands until interrupted.
async fn explore(
    session: &Session<'_>,
    args: &Args,
    simulator: &Running,
    data_dir: &Path,
    app: Arc<App>,
    front: Front,
    link: Option<&str>,
) {
    let folder = data_dir.display();
    let admin = simulator.admin_url();
    output::say(session.text(
        "演示会一直应答，直到按 Ctrl-C。在另一个终端里：",
        "The demo answers until you press Ctrl-C. In another terminal:",
    ));
    output::say(&format!(
        "  idflow --data-dir {folder} runs list\n  idflow --data-dir {folder} plan {WORKFLOW}\n  curl {admin}/snapshot"
    ));
    if let Some(link) = link.filter(|_| !session.json()) {
        output::say(session.text(
            "在浏览器里打开这个链接即可登录控制台（一小时内有效，只能使用一次）：",
            "Open this link in a browser: it signs in to the console (good once, within an hour):",
        ));
        output::data(&format!("  {link}"));
    }
    let background = super::serve::tend(session, &app);
    front.console_from(session.environment.console.clone()).serve(super::serve::stopped()).await;
    drop(background);
    app.engine().leave(super::serve::FAREWELL).await;
    output::say(&match (session.lang, args.keep) {
        (Lang::Zh, true) => format!("数据目录仍在：{folder}；不再需要时可以删除"),
        (Lang::En, true) => format!("The data folder is still there: {folder}. Delete it when you have seen enough"),
        (Lang::Zh, false) => "已停止；演示的数据已删除".into(),
        (Lang::En, false) => "Stopped; the demo's data are removed".into(),
    });
}
