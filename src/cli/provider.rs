//! `idflow provider` and `idflow connection provider`: connections that a service provider makes for a company.

use std::collections::BTreeMap;

use super::{
    Failure, Session,
    account::done,
    client::encode,
    exit,
    lang::{both, say},
    output,
    problem::problem,
    values::{pair, secret, secret_option},
};
use crate::{
    connectors,
    contract::provider::{
        NewProviderInvitation, ProviderChange, ProviderGrant, ProviderKeys, ProviderMove, ProviderReceiver,
        ProviderSaid, ProviderStage, ProviderState, ProviderWay, ProviderWord,
    },
};

/// What to do about the service provider of the installation.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show what it is set up with, the addresses for commands, and what was heard there.
    Show {
        /// The connector; by default the one that has this way.
        connector: Option<String>,
    },
    /// Set it up, or change it: what is not given stays. Keys of its addresses are shown this once.
    Set {
        /// The connector; by default the one that has this way.
        connector: Option<String>,
        /// A setting of the provider; can be repeated.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        settings: Vec<String>,
        /// A secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`); never the secret itself.
        #[arg(long = "secret", value_name = "KEY=env:NAME|file:PATH|-")]
        secrets: Vec<String>,
    },
    /// Make new keys for one of its addresses; they are shown this once, and the old ones stay good for a day.
    Keys {
        /// What the address is about.
        #[arg(value_name = "app|contacts", hide_possible_values = true)]
        grant: Grant,
        /// The connector; by default the one that has this way.
        #[arg(long)]
        connector: Option<String>,
    },
    /// Take it away: nobody can be invited any more.
    Remove {
        /// The connector; by default the one that has this way.
        connector: Option<String>,
    },
}

/// What a company grants.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Grant {
    /// The app that the provider builds.
    App,
    /// To edit contacts, for two hours.
    Contacts,
}

impl Grant {
    const fn meant(self) -> ProviderGrant {
        match self {
            Self::App => ProviderGrant::App,
            Self::Contacts => ProviderGrant::Contacts,
        }
    }
}

/// A stage that a person says was reached.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Said {
    /// The company has authorised.
    AppBuilt,
    /// The app is online.
    Online,
    /// Contacts may be edited.
    ContactsGranted,
    /// They may not any more.
    Expired,
}

/// How far the authorisation behind a connection is, and what to do about it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The connection.
    name: String,
    /// Make a link by which the company authorises; its administrator opens it or scans it as a QR code.
    #[arg(long, value_name = "app|contacts", hide_possible_values = true, conflicts_with_all = ["say", "release"])]
    invite: Option<Grant>,
    /// Say what no callback told.
    #[arg(
        long,
        value_name = "app-built|online|contacts-granted|expired",
        hide_possible_values = true,
        conflicts_with = "release"
    )]
    say: Option<Said>,
    /// With `--say`: the code of the authorisation, from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`).
    #[arg(long, value_name = "env:NAME|file:PATH|-", requires = "say")]
    auth_code: Option<String>,
    /// With `--say app-built`, without a code: what follows from the authorisation; can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "say")]
    settings: Vec<String>,
    /// With `--say app-built`, without a code: a secret that follows; can be repeated.
    #[arg(long = "secret", value_name = "KEY=env:NAME|file:PATH|-", requires = "say")]
    secrets: Vec<String>,
    /// Let go of the authorisation: its secrets are forgotten here.
    #[arg(long)]
    release: bool,
}

fn secrets_of(session: &Session<'_>, given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let read = |text: &String| {
        let (key, source) = pair(text)?;
        let value = secret(session, &key, &source)?;
        Ok((key, value.trim().to_string()))
    };
    given.iter().map(read).collect()
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let path = |connector: &Option<String>| {
        let usual = connectors::ALL.iter().find(|spec| spec.provider.is_some()).map(|spec| spec.name);
        format!("/providers/{}", encode(connector.as_deref().or(usual).unwrap_or_default()))
    };
    match command {
        Command::Show { connector } => tell(session, &session.client().await?.fetch(&path(&connector)).await?),
        Command::Set { connector, settings, secrets } => {
            let settings: BTreeMap<String, String> =
                settings.iter().map(|text| pair(text)).collect::<Result<_, _>>()?;
            let some = |values: BTreeMap<String, String>| values.into_iter().map(|(key, value)| (key, Some(value)));
            let change = ProviderChange {
                settings: some(settings).collect(),
                secrets: some(secrets_of(session, &secrets)?).collect(),
            };
            tell(session, &session.client().await?.put(&path(&connector), &change).await?)
        }
        Command::Keys { grant, connector } => {
            let asked = ProviderKeys { grant: grant.meant() };
            let path = format!("{}/keys", path(&connector));
            let made: ProviderReceiver = session.client().await?.send(&path, &asked).await?;
            if session.json() {
                output::json(&made);
            } else {
                receiver(session, &made);
            }
            Ok(exit::DONE)
        }
        Command::Remove { connector } => {
            let gone: ProviderState = session.client().await?.remove(&path(&connector)).await?;
            done(session, &gone, || session.text("已移除", "removed").into())
        }
    }
}

fn tell(session: &Session<'_>, state: &ProviderState) -> Result<u8, Failure> {
    if session.json() {
        output::json(state);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    if !state.ready {
        output::data(session.text("尚未配置", "not set up"));
    }
    for (key, value) in &state.settings {
        output::data(&format!("  {key} = {value}"));
    }
    for set in &state.secrets {
        let name = &set.name;
        output::data(&say!(lang, "  {name} 已设置", "  {name} is set"));
    }
    state.receivers.iter().for_each(|one| receiver(session, one));
    for stray in &state.strays {
        let at = output::when(Some(&stray.at));
        let company = stray.company.as_deref().unwrap_or("?");
        output::data(&say!(lang, "未绑定的授权 {at} {company}", "authorised without a connection {at} {company}"));
        problem(lang, &stray.error, "  ");
    }
    for one in &state.unsupported {
        let (what, why) = (lang.of(&one.what), lang.of(&one.why));
        output::data(&say!(lang, "不支持：{what}（{why}）", "not supported: {what} ({why})"));
    }
    Ok(exit::DONE)
}

fn receiver(session: &Session<'_>, receiver: &ProviderReceiver) {
    let lang = session.lang;
    output::data(&session.server_page(&receiver.url).unwrap_or_else(|| receiver.url.clone()));
    output::data(&format!("  {}", lang.of(&receiver.doc)));
    for (key, value) in receiver.keys.iter().flatten() {
        output::data(&format!("  {key} = {value}"));
    }
    if receiver.keys.is_some() {
        output::say(lang.pick(
            "以上密钥只显示这一次；填到服务商管理后台",
            "these keys are shown this once; enter them in the provider console",
        ));
    }
    let ticket = receiver.last_ticket.as_deref().map(|at| output::when(Some(at)));
    output::data(&match ticket {
        Some(at) => say!(lang, "  最近一次票据 {at}", "  last ticket {at}"),
        None => lang.pick("  还没有收到过票据", "  no ticket has come yet").to_string(),
    });
    if let Some(refused) = &receiver.last_refused {
        let (at, why) = (output::when(Some(&refused.at)), lang.of(&refused.why.reason));
        output::data(&say!(lang, "  最近一次拒绝 {at}：{why}", "  last refused {at}: {why}"));
    }
}

/// `idflow connection provider`.
pub async fn connection(session: &Session<'_>, args: Args) -> Result<u8, Failure> {
    let path = format!("/connections/{}/provider", encode(&args.name));
    let client = session.client().await?;
    let way: Result<ProviderWay, Failure> = match (args.invite, args.say, args.release) {
        (Some(grant), ..) => {
            client.send(&format!("{path}/invite"), &NewProviderInvitation { grant: grant.meant() }).await
        }
        (_, Some(said), _) => {
            let auth_code = args.auth_code.map(|source| secret_option(session, "--auth-code", &source)).transpose()?;
            let word = ProviderWord {
                stage: match said {
                    Said::AppBuilt => ProviderSaid::AppBuilt,
                    Said::Online => ProviderSaid::Online,
                    Said::ContactsGranted => ProviderSaid::ContactsGranted,
                    Said::Expired => ProviderSaid::Expired,
                },
                auth_code: auth_code.map(|code| code.trim().to_string()),
                settings: args.settings.iter().map(|text| pair(text)).collect::<Result<_, _>>()?,
                secrets: secrets_of(session, &args.secrets)?,
            };
            client.send(&format!("{path}/word"), &word).await
        }
        (.., true) => client.send(&format!("{path}/release"), &serde_json::json!({})).await,
        _ => client.fetch(&path).await,
    };
    let way = way.map_err(|refused| as_typed(refused, &args.name))?;
    if session.json() {
        output::json(&way);
        return Ok(exit::DONE);
    }
    tell_way(session, &way);
    Ok(exit::DONE)
}

/// What the API asks for by a field, or by looking, is typed here.
fn as_typed(refused: Failure, name: &str) -> Failure {
    match refused.refusal.as_ref().map(|refusal| refusal.code.as_str()) {
        Some("provider_out_of_turn") => refused.hint(both!(
            "查看下一步：`idflow connection provider {name}`",
            "look at the next step: `idflow connection provider {name}`"
        )),
        Some("provider_code_needed") => refused.hint(both!(
            "用 --auth-code env:NAME 给出授权码（十分钟内有效，只能用一次）；--say app-built 也可以用 --set corp_id=…、--set agent_id=… 和 --secret app_secret=env:NAME",
            "give the code of the authorisation with --auth-code env:NAME (good once, for ten minutes); for --say app-built, --set corp_id=…, --set agent_id=… and --secret app_secret=env:NAME will do as well"
        )),
        _ => refused,
    }
}

/// What is typed to go on from a stage.
const fn typed(stage: ProviderStage) -> &'static str {
    match stage {
        ProviderStage::NotInvited | ProviderStage::Invited | ProviderStage::Cancelled => "--invite app",
        ProviderStage::AppBuilt => "--say online",
        ProviderStage::Online | ProviderStage::Expired => "--invite contacts",
        ProviderStage::ContactsGranted => "",
    }
}

fn tell_way(session: &Session<'_>, way: &ProviderWay) {
    let lang = session.lang;
    let name = &way.connection;
    if !way.by_provider {
        output::data(&say!(
            lang,
            "账号连接 {name} 使用自己的 Secret，不经过服务商",
            "connection {name} has secrets of its own and comes by no provider"
        ));
        return;
    }
    let title = lang.of(&way.title);
    output::data(&say!(lang, "账号连接 {name}：{title}", "connection {name}: {title}"));
    if let Some(company) = &way.company {
        output::data(&say!(lang, "  企业：{company}", "  company: {company}"));
    }
    if let Some(until) = &way.contacts_until {
        let until = output::when(Some(until));
        output::data(&say!(lang, "  通讯录编辑授权到 {until}", "  contacts may be edited until {until}"));
    }
    for link in &way.links {
        let until = output::when(Some(&link.until));
        if let Some(url) = &link.url {
            output::data(&say!(lang, "  邀请链接（到 {until}）：{url}", "  invitation (until {until}): {url}"));
        }
    }
    for step in &way.steps {
        let (at, title, by) = (output::when(Some(&step.at)), lang.of(&step.title), &step.by);
        let how = match step.how {
            ProviderMove::Callback => lang.pick("回调", "by callback"),
            ProviderMove::Operator => lang.pick("人工确认", "by word"),
            ProviderMove::Time => lang.pick("到期", "by time"),
        };
        output::data(&format!("  {at}  {title}  {how} {by}"));
    }
    if let Some(error) = &way.error {
        problem(lang, error, "  ");
    }
    let (next, colon) = (lang.of(&way.next), lang.pick("：", ": "));
    output::data(&match typed(way.stage) {
        _ if !way.provider_ready => format!("  → {next}{colon}`idflow provider set`"),
        "" => format!("  → {next}"),
        option => format!("  → {next}{colon}`idflow connection provider {name} {option}`"),
    });
}
