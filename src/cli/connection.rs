//! `idflow connection`.

use std::collections::BTreeMap;

use super::{
    Failure, Session,
    client::encode,
    exit,
    lang::say,
    output,
    problem::problem,
    values::{pair, secret},
    words,
};
use crate::{
    app::connect::FOLDER,
    contract::{
        callback::{Callback, CallbackKeys},
        connection::{Connection, ConnectorSettings, NewConnection, RemovedConnection, Rotated, Rotation, TestReport},
    },
};

/// What to do with connections.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a connection, or change the one of that name: what is not given stays.
    Add(Add),
    /// List connections.
    List,
    /// Show one: its settings, which secrets it has, which workflows use it.
    Show {
        /// The connection.
        name: String,
    },
    /// Remove one that no workflow uses and through which nothing is linked.
    Remove {
        /// The connection.
        name: String,
    },
    /// Show what a connector asks for, and where to find each value.
    Settings {
        /// The connector, for example `wecom`.
        connector: String,
    },
    /// Try new secrets, and put them in the place of the old ones if they are good.
    Rotate {
        /// The connection.
        name: String,
        /// A secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`); never the secret itself.
        #[arg(long = "secret", value_name = "KEY=env:NAME|file:PATH|-", required = true)]
        secrets: Vec<String>,
        /// Keep them although the test does not go well: the old ones may be void already.
        #[arg(long)]
        anyway: bool,
    },
    /// Ask people for what only they can give (mobile, mail, gender), and count who did.
    Consent(super::consent::Args),
    /// How far the authorisation of a company is that a service provider builds an app for; invite it, say what no callback told, let go.
    Provider(super::provider::Args),
    /// Show the addresses at which its system calls, and what was heard there; or make new keys for one.
    Callbacks {
        /// The connection.
        name: String,
        /// Make new keys for this address (`app`; without a name the first one); they are shown this once, and the old ones stay good for a day.
        #[arg(long, value_name = "RECEIVER", num_args = 0..=1, default_missing_value = "")]
        new_keys: Option<String>,
    },
    /// Look closely: what each secret may do and how that is known, address, domain, callbacks; each cause once, with its remedy.
    Doctor {
        /// The connection.
        name: String,
        /// Try secrets again that the system refused a short while ago.
        #[arg(long)]
        again: bool,
    },
    /// Show what has to be entered in its system; give and check the file by which it sees whose the domain is.
    Integration {
        /// The connection.
        name: String,
        /// Serve this file, as it was downloaded (WW_verify_….txt), at the top of the domain.
        #[arg(long, value_name = "FILE")]
        add_file: Option<std::path::PathBuf>,
        /// Fetch each of these files at the public address, as the system would.
        #[arg(long)]
        check: bool,
        /// Serve the file of this name no longer.
        #[arg(long, value_name = "NAME")]
        remove_file: Option<String>,
    },
    /// Count what a part of its system would give, before anything is saved.
    Scope(super::scope::Scope),
    /// Try settings, secrets and rights with harmless calls.
    Test {
        /// The connection.
        name: String,
    },
}

/// A connection to add.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The connector, for example `wecom`.
    connector: String,
    /// The name of the connection: lower-case letters, digits and `_`.
    #[arg(long)]
    name: String,
    /// A setting of the connector; can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// A secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`); never the secret itself.
    #[arg(long = "secret", value_name = "KEY=env:NAME|file:PATH|-")]
    secrets: Vec<String>,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Add(add) => self::add(session, add).await,
        Command::List => list(session).await,
        Command::Show { name } => show(session, &name).await,
        Command::Remove { name } => {
            let client = session.client().await?;
            let removed = client.delete(&format!("/connections/{}", encode(&name))).await?;
            let removed: RemovedConnection =
                serde_json::from_value(removed).unwrap_or(RemovedConnection { name, removed: true });
            let name = &removed.name;
            if session.json() {
                output::json(&removed);
            } else {
                output::data(&say!(session.lang, "账号连接 {name} 已删除", "connection {name} is removed"));
            }
            Ok(exit::DONE)
        }
        Command::Settings { connector } => settings(session, &connector).await,
        Command::Rotate { name, secrets, anyway } => rotate(session, &name, &secrets, anyway).await,
        Command::Consent(args) => super::consent::run(session, args).await,
        Command::Provider(args) => super::provider::connection(session, args).await,
        Command::Callbacks { name, new_keys } => callbacks(session, &name, new_keys).await,
        Command::Doctor { name, again } => super::doctor::doctor(session, &name, again).await,
        Command::Integration { name, add_file, check, remove_file } => {
            super::doctor::integration(session, &name, add_file.as_deref(), check, remove_file.as_deref()).await
        }
        Command::Scope(scope) => super::scope::run(session, scope).await,
        Command::Test { name } => test(session, &name).await,
    }
}

async fn add(session: &Session<'_>, add: Add) -> Result<u8, Failure> {
    let mut settings: BTreeMap<String, String> =
        add.settings.iter().map(|text| pair(text)).collect::<Result<_, _>>()?;
    // The folder that is meant is the one seen from here, whoever reads it later.
    if let Some(folder) = settings.get_mut(FOLDER).filter(|folder| !folder.is_empty())
        && let Ok(whole) = std::path::absolute(&*folder)
    {
        *folder = whole.display().to_string();
    }
    let mut secrets = BTreeMap::new();
    for text in &add.secrets {
        let (key, source) = pair(text)?;
        let value = secret(session, &key, &source)?;
        secrets.insert(key, value);
    }
    let new = NewConnection { connector: add.connector, name: add.name, settings, secrets, only_new: false };
    let added: Connection = session.beginning().await?.send("/connections", &new).await?;
    let lang = session.lang;
    for notice in &added.notices {
        output::say(&format!("{}{}", lang.pick("提示：", "note: "), lang.of(notice)));
    }
    let (name, connector) = (&added.name, &added.connector);
    if session.json() {
        output::json(&added);
    } else {
        output::data(&say!(lang, "账号连接 {name}（{connector}）已保存", "connection {name} ({connector}) saved"));
        added.callbacks.iter().for_each(|callback| show_callback(lang, callback));
        if !added.callbacks.is_empty() {
            output::say(lang.pick(
                "以上密钥只显示这一次；接收事件时填到对方系统",
                "these keys are shown this once; enter them in the other system to receive its events",
            ));
        }
        output::say(&say!(lang, "下一步：idflow connection test {name}", "next: idflow connection test {name}"));
    }
    Ok(exit::DONE)
}

async fn list(session: &Session<'_>) -> Result<u8, Failure> {
    let connections: Vec<Connection> = session.client().await?.list("/connections", None).await?;
    if session.json() {
        output::json(&connections);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    let mut table = output::table(&match lang {
        super::Lang::Zh => ["名称", "连接器", "账号名称", "设置", "密钥"],
        super::Lang::En => ["name", "connector", "title", "settings", "secrets"],
    });
    for connection in &connections {
        let settings = connection.settings.iter().map(|(key, value)| format!("{key}={value}"));
        table.add_row([
            connection.name.clone(),
            connection.connector.clone(),
            connection.title.clone(),
            settings.collect::<Vec<_>>().join(" "),
            connection.secrets.join(" "),
        ]);
    }
    output::list(lang, table);
    for connection in &connections {
        let Some(sick) = &connection.sick else { continue };
        let (name, failures) = (&connection.name, sick.failures);
        let (since, until) = (output::when(Some(&sick.since)), output::when(Some(&sick.rests_until)));
        output::data(&say!(
            lang,
            "{name}：自 {since} 起失败 {failures} 次；自动启动的运行暂停到 {until}",
            "{name}: {failures} failures since {since}; runs that start by themselves rest until {until}"
        ));
        output::data(&format!("  {}", lang.of(&sick.error.reason)));
        output::data(&format!("  → {}", lang.of(&sick.error.hint)));
    }
    Ok(exit::DONE)
}

async fn show(session: &Session<'_>, name: &str) -> Result<u8, Failure> {
    let connection: Connection = session.client().await?.fetch(&format!("/connections/{}", encode(name))).await?;
    if session.json() {
        output::json(&connection);
        return Ok(exit::DONE);
    }
    let (lang, connector) = (session.lang, &connection.connector);
    output::data(&say!(lang, "账号连接 {name}（{connector}）", "connection {name} ({connector})"));
    for (key, value) in &connection.settings {
        output::data(&format!("  {key} = {value}"));
    }
    for secret in &connection.secrets {
        output::data(&say!(lang, "  {secret} 已设置", "  {secret} is set"));
    }
    let workflows = lang.list(connection.workflows.iter().flatten());
    let workflows = if workflows.is_empty() { lang.pick("无", "none") } else { &workflows };
    let links = connection.links.unwrap_or_default();
    output::data(&say!(
        lang,
        "  工作流：{workflows}；已绑定对象：{links}",
        "  workflows: {workflows}; linked objects: {links}"
    ));
    let changed = output::when(Some(&connection.changed));
    output::data(&say!(lang, "  修改时间 {changed}", "  changed {changed}"));
    Ok(exit::DONE)
}

async fn callbacks(session: &Session<'_>, name: &str, new_keys: Option<String>) -> Result<u8, Failure> {
    let path = format!("/connections/{}/callbacks", encode(name));
    let client = session.client().await?;
    let all: Vec<Callback> = match new_keys {
        None => client.list(&path, None).await?,
        Some(receiver) => {
            let made: Callback = client.send(&path, &CallbackKeys { receiver }).await?;
            if session.json() {
                output::json(&made);
                return Ok(exit::DONE);
            }
            vec![made]
        }
    };
    if session.json() {
        output::json(&all);
        return Ok(exit::DONE);
    }
    if all.is_empty() {
        output::data(&say!(session.lang, "{name} 没有回调地址", "{name} has no addresses for callbacks"));
    }
    all.iter().for_each(|callback| show_callback(session.lang, callback));
    Ok(exit::DONE)
}

fn show_callback(lang: super::Lang, callback: &Callback) {
    output::data(&callback.url);
    output::data(&format!("  {}", lang.of(&callback.doc)));
    for (key, value) in callback.keys.iter().flatten() {
        output::data(&format!("  {key} = {value}"));
    }
    if let Some(until) = &callback.old_keys_until {
        let until = output::when(Some(until));
        output::data(&say!(lang, "  之前的密钥有效到 {until}", "  the keys before these are good until {until}"));
    }
    let heard = [
        (&callback.last_echo, lang.pick("最近一次验证", "last tried out")),
        (&callback.last_event, lang.pick("最近一次事件", "last event")),
    ];
    for (at, what) in heard.iter().filter(|(at, _)| at.is_some()) {
        output::data(&format!("  {what} {}", output::when(at.as_deref())));
    }
    if !callback.reached {
        output::data(lang.pick("  还没有收到过回调", "  never reached"));
    }
    if let Some(refused) = &callback.last_refused {
        let (at, why) = (output::when(Some(&refused.at)), lang.of(&refused.why.reason));
        output::data(&say!(lang, "  最近一次拒绝 {at}：{why}", "  last refused {at}: {why}"));
    }
    if let Some(missed) = &callback.last_missed {
        let (at, why) = (output::when(Some(&missed.at)), lang.of(&missed.why.reason));
        output::data(&say!(lang, "  没有收到的事件 {at}：{why}", "  events that did not come {at}: {why}"));
    }
    if let Some(trouble) = &callback.trouble {
        output::data(&format!("  → {}", lang.of(&trouble.hint)));
    }
}

async fn settings(session: &Session<'_>, connector: &str) -> Result<u8, Failure> {
    let path = format!("/connectors/{}/settings", encode(connector));
    let asked: ConnectorSettings = session.client().await?.fetch(&path).await?;
    if session.json() {
        output::json(&asked);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    for setting in &asked.settings {
        let mut marks = Vec::new();
        if setting.required {
            marks.push(lang.pick("必填", "needed").to_owned());
        }
        if setting.secret {
            marks.push(lang.pick("密钥，用 --secret 给出", "a secret, given by --secret").to_owned());
        }
        if let Some(default) = &setting.default {
            marks.push(say!(lang, "默认 {default}", "default {default}"));
        }
        let marks = marks.join(lang.pick("，", ", "));
        let marks = if marks.is_empty() { marks } else { say!(lang, "（{marks}）", "  ({marks})") };
        output::data(&format!("{}{marks}", setting.name));
        output::data(&format!("    {}", lang.of(&setting.doc)));
    }
    Ok(exit::DONE)
}

async fn test(session: &Session<'_>, name: &str) -> Result<u8, Failure> {
    let path = format!("/connections/{}/test", encode(name));
    let report: TestReport = session.client().await?.send(&path, &()).await?;
    let code = if report.ok { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&report);
    } else {
        tell(session, &report);
    }
    Ok(code)
}

/// New secrets, tried before the old ones go.
async fn rotate(session: &Session<'_>, name: &str, given: &[String], anyway: bool) -> Result<u8, Failure> {
    let mut secrets = BTreeMap::new();
    for text in given {
        let (key, source) = pair(text)?;
        let value = secret(session, &key, &source)?;
        secrets.insert(key, value);
    }
    let path = format!("/connections/{}/rotate", encode(name));
    let done: Rotated = session.client().await?.send(&path, &Rotation { secrets, anyway }).await?;
    let code = if done.rotated { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&done);
        return Ok(code);
    }
    let lang = session.lang;
    tell(session, &done.report);
    output::data(&match done.rotated {
        true => say!(lang, "账号连接 {name} 已改用新密钥", "connection {name} uses the new secrets"),
        false => {
            say!(lang, "没有替换：账号连接 {name} 仍用原来的密钥", "not replaced: connection {name} keeps its secrets")
        }
    });
    Ok(code)
}

/// How a test went, for people.
fn tell(session: &Session<'_>, report: &TestReport) {
    let lang = session.lang;
    for finding in &report.findings {
        let sign = match (finding.ok, finding.fatal) {
            (true, _) => lang.pick("正常", "ok     "),
            (false, true) => lang.pick("失败", "FAILED "),
            (false, false) => lang.pick("警告", "warning"),
        };
        output::data(&format!("{sign} {}", words::tested(lang, &finding.subject)));
        if let Some(error) = finding.error.as_ref().filter(|_| !finding.ok) {
            problem(lang, error, "        ");
        }
    }
    let can = report.capabilities.iter().filter(|(_, can)| **can);
    let can = lang.list(can.map(|(name, _)| words::tested(lang, name)));
    output::data(&say!(lang, "能力：{can}", "can: {can}"));
}
