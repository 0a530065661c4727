//! `idflow notify`: who is told of what, by which way, and what became of it.

use std::time::Duration;

use super::{
    Failure, Lang, Session,
    client::encode,
    exit,
    lang::{Wrong, both, say},
    next, output,
    values::secret_option,
    workflow::parse_time,
};
use crate::contract::notification::{
    DeliveryState, MailSecurity, MailSettings, MailTrial, NotificationChannel, NotificationDelivery, NotificationEvent,
    NotificationLanguage, NotificationRule, NotificationTrial, PutMailSettings, PutNotificationRule, QuietHours,
    RemovedNotificationRule,
};

/// What to do with notifications.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the rules: who is told of what.
    List,
    /// Make a rule, or change the one of this name as a whole.
    Set(Box<Set>),
    /// Forget a rule.
    Remove {
        /// Its name.
        rule: String,
    },
    /// Send a test message by a rule.
    Test {
        /// Its name.
        rule: String,
    },
    /// Show what was sent, the newest first.
    Log {
        /// Only the messages of this rule.
        #[arg(long)]
        rule: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// The mail server.
    #[command(subcommand)]
    Mail(Mail),
}

/// A rule.
#[derive(Debug, clap::Args)]
pub struct Set {
    /// Its name: lower-case letters, digits and `_`, a letter first.
    rule: String,
    /// What it tells of: run_failed, run_held, run_partial, run_recovered, approval_expiring, removals_waiting,
    /// connection_unhealthy, callback_unhealthy, grant_expiring.
    #[arg(long, required = true, value_delimiter = ',', value_parser = event)]
    on: Vec<NotificationEvent>,
    /// Only of runs of this workflow; may be repeated.
    #[arg(long)]
    workflow: Vec<String>,
    /// A mail address that is told; may be repeated.
    #[arg(long, group = "way")]
    mail: Vec<String>,
    /// An address that is called.
    #[arg(long, group = "way", value_name = "URL")]
    webhook: Option<String>,
    /// A connection whose app sends the message.
    #[arg(long, group = "way")]
    connection: Option<String>,
    /// An account of that connection that is told; may be repeated.
    #[arg(long, requires = "connection")]
    to_user: Vec<String>,
    /// A department of that connection, by id; may be repeated.
    #[arg(long, requires = "connection")]
    to_department: Vec<String>,
    /// A tag of that connection, by id; may be repeated.
    #[arg(long, requires = "connection")]
    to_tag: Vec<String>,
    /// The language of its messages: zh or en; zh where nothing is said.
    #[arg(long, value_parser = ["zh", "en"])]
    language: Option<String>,
    /// When nothing is sent: 22:00-07:00. What happens meanwhile is told afterwards.
    #[arg(long, value_name = "FROM-TO", value_parser = quiet)]
    quiet: Option<(String, String)>,
    /// The zone of these hours.
    #[arg(long, default_value = "Asia/Shanghai")]
    timezone: String,
    /// How long what happens is gathered into one message.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_time)]
    collect: Duration,
    /// How long before an approval expires it is told.
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = parse_time)]
    expiring: Duration,
    /// Keep the rule and tell nobody.
    #[arg(long)]
    off: bool,
    /// Make a new secret for the calls of its address.
    #[arg(long, requires = "webhook")]
    new_secret: bool,
}

/// What to do with the mail server.
#[derive(Debug, clap::Subcommand)]
pub enum Mail {
    /// Show the mail server.
    Show,
    /// Set the mail server.
    Set(SetMail),
    /// Send a test mail.
    Test {
        /// To whom.
        to: String,
    },
}

/// A mail server.
#[derive(Debug, clap::Args)]
pub struct SetMail {
    /// Its host.
    host: String,
    /// Its port; 465, 587 or 25 by the encryption where nothing is said.
    #[arg(long)]
    port: Option<u16>,
    /// The encryption: tls, starttls or none.
    #[arg(long, default_value = "tls", value_parser = ["tls", "starttls", "none"])]
    security: String,
    /// The account.
    #[arg(long)]
    username: Option<String>,
    /// The password; left out, the one before stays.
    #[arg(long, value_name = "env:NAME|file:PATH|-")]
    password: Option<String>,
    /// Who mails come from: an address, or `Name <address>`.
    #[arg(long)]
    from: String,
    /// A file with further certificates that are believed, in PEM.
    #[arg(long, value_name = "FILE")]
    ca: Option<std::path::PathBuf>,
}

fn event(text: &str) -> Result<NotificationEvent, Wrong> {
    let unknown = |error: serde_json::Error| {
        let what = error.to_string();
        let (zh, _) = crate::model::unread::words(&what);
        Wrong(both!("没有这种事件：{zh}", "there is no such event: {what}"))
    };
    serde_json::from_value(text.trim().into()).map_err(unknown)
}

fn quiet(text: &str) -> Result<(String, String), Wrong> {
    let wrong = || Wrong(both!("时段写成 22:00-07:00", "hours are written 22:00-07:00"));
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    Ok((from.trim().to_string(), to.trim().to_string()))
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn channel(set: &Set) -> Result<NotificationChannel, Failure> {
    if let Some(url) = &set.webhook {
        return Ok(NotificationChannel::Webhook { url: url.clone() });
    }
    if let Some(connection) = &set.connection {
        return Ok(NotificationChannel::Message {
            connection: connection.clone(),
            to_users: set.to_user.clone(),
            to_departments: set.to_department.clone(),
            to_tags: set.to_tag.clone(),
        });
    }
    if !set.mail.is_empty() {
        return Ok(NotificationChannel::Mail { to: set.mail.clone() });
    }
    Err(Failure::new(both!("没有写明通知谁", "nobody is named who is told"))
        .hint(both!("用 --mail、--webhook 或 --connection 写明", "say --mail, --webhook or --connection")))
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let lang = session.lang;
    let rule_path = |rule: &str| format!("/notifications/rules/{}", encode(rule));
    match command {
        Command::List => {
            let rules: Vec<NotificationRule> = session.client().await?.list("/notifications/rules", None).await?;
            if session.json() {
                output::json(&rules);
            } else {
                list(lang, &rules);
            }
        }
        Command::Set(set) => {
            let new = PutNotificationRule {
                name: None,
                enabled: Some(!set.off),
                events: set.on.clone(),
                workflows: set.workflow.clone(),
                channel: channel(&set)?,
                language: if set.language.as_deref() == Some("en") {
                    NotificationLanguage::En
                } else {
                    NotificationLanguage::Zh
                },
                quiet: set.quiet.clone().map(|(from, to)| QuietHours { from, to, timezone: set.timezone.clone() }),
                collect_ms: Some(ms(set.collect)),
                expiring_ms: Some(ms(set.expiring)),
                new_secret: set.new_secret,
            };
            let rule: NotificationRule = session.client().await?.put(&rule_path(&set.rule), &new).await?;
            if session.json() {
                output::json(&rule);
                return Ok(exit::DONE);
            }
            let id = &rule.id;
            output::data(&say!(lang, "通知规则 {id} 已保存", "notification rule {id} is saved"));
            if set.language.is_none() {
                output::say(session.text(
                    "它的消息使用中文；要用英文，加 --language en",
                    "its messages are in Chinese; --language en makes them English",
                ));
            }
            if let Some(secret) = &rule.secret {
                output::data(&say!(
                    lang,
                    "签名密钥（只显示这一次）：{secret}",
                    "secret for signing, shown this once: {secret}"
                ));
            }
            output::say(&say!(lang, "下一步：`idflow notify test {id}`", "next: `idflow notify test {id}`"));
        }
        Command::Remove { rule } => {
            let removed: RemovedNotificationRule = session.client().await?.remove(&rule_path(&rule)).await?;
            if session.json() {
                output::json(&removed);
            } else {
                output::data(&say!(lang, "通知规则 {rule} 已删除", "notification rule {rule} is gone"));
            }
        }
        Command::Test { rule } => {
            let path = format!("{}/test", rule_path(&rule));
            let trial: NotificationTrial = session.client().await?.send(&path, &serde_json::json!({})).await?;
            return tried(session, &trial);
        }
        Command::Log { rule, limit } => {
            let rule = rule.map(|rule| format!("?rule={}", encode(&rule))).unwrap_or_default();
            let path = format!("/notifications/deliveries{rule}");
            let sent: Vec<NotificationDelivery> = session.client().await?.list(&path, Some(limit)).await?;
            if session.json() {
                output::json(&sent);
            } else {
                log(lang, &sent);
            }
        }
        Command::Mail(mail) => return of_mail(session, mail).await,
    }
    Ok(exit::DONE)
}

fn tried(session: &Session<'_>, trial: &NotificationTrial) -> Result<u8, Failure> {
    if session.json() {
        output::json(trial);
    } else if trial.delivered {
        output::data(session.text("测试消息已送出", "the test message was taken"));
    } else if let Some(problem) = &trial.problem {
        output::data(session.lang.of(&problem.reason));
        output::say(&next::hint(&problem.code, &problem.hint, problem.next.as_ref(), session.lang));
    }
    Ok(if trial.delivered { exit::DONE } else { exit::FAILED })
}

async fn of_mail(session: &Session<'_>, mail: Mail) -> Result<u8, Failure> {
    let lang = session.lang;
    let client = session.client().await?;
    let shown: MailSettings = match mail {
        Mail::Test { to } => {
            let trial: NotificationTrial = client.send("/notifications/mail/test", &MailTrial { to }).await?;
            return tried(session, &trial);
        }
        Mail::Show => client.fetch("/notifications/mail").await?,
        Mail::Set(set) => {
            let password = set.password.as_deref();
            let password = password.map(|given| secret_option(session, "--password", given)).transpose()?;
            let read = |path: &std::path::PathBuf| {
                std::fs::read_to_string(path).map_err(|error| Failure::file(path.display().to_string(), &error))
            };
            let new = PutMailSettings {
                host: set.host,
                port: set.port,
                security: match set.security.as_str() {
                    "none" => MailSecurity::None,
                    "starttls" => MailSecurity::Starttls,
                    _ => MailSecurity::Tls,
                },
                username: set.username,
                password: password.map(|password| password.trim_end_matches(['\r', '\n']).to_string()),
                from: set.from,
                ca: set.ca.as_ref().map(read).transpose()?,
            };
            client.put("/notifications/mail", &new).await?
        }
    };
    if session.json() {
        output::json(&shown);
    } else if shown.configured {
        let (host, port, from) = (&shown.host, shown.port, &shown.from);
        output::data(&say!(
            lang,
            "邮件服务器 {host}:{port}，发件人 {from}",
            "mail server {host}:{port}, mails come from {from}"
        ));
    } else {
        output::data(session.text("还没有设置邮件服务器", "there is no mail server yet"));
    }
    Ok(exit::DONE)
}

fn way(channel: &NotificationChannel) -> String {
    match channel {
        NotificationChannel::Message { connection, to_users, to_departments, to_tags } => {
            let to: Vec<&str> = to_users.iter().chain(to_departments).chain(to_tags).map(String::as_str).collect();
            format!("{connection}: {}", to.join(", "))
        }
        NotificationChannel::Mail { to } => to.join(", "),
        NotificationChannel::Webhook { url } => url.clone(),
    }
}

const fn event_word(lang: Lang, event: NotificationEvent) -> &'static str {
    use NotificationEvent as E;
    match (lang, event) {
        (Lang::Zh, E::RunFailed) => "运行失败",
        (Lang::Zh, E::RunHeld) => "待审批",
        (Lang::Zh, E::RunPartial) => "部分完成",
        (Lang::Zh, E::RunRecovered) => "恢复正常",
        (Lang::Zh, E::ApprovalExpiring) => "审批将过期",
        (Lang::Zh, E::RemovalsWaiting) => "移除待决定",
        (Lang::Zh, E::ConnectionUnhealthy) => "账号连接异常",
        (Lang::Zh, E::CallbackUnhealthy) => "回调异常",
        (Lang::Zh, E::GrantExpiring) => "编辑授权将到期",
        (Lang::En, E::RunFailed) => "failed",
        (Lang::En, E::RunHeld) => "held",
        (Lang::En, E::RunPartial) => "partial",
        (Lang::En, E::RunRecovered) => "recovered",
        (Lang::En, E::ApprovalExpiring) => "expiring",
        (Lang::En, E::RemovalsWaiting) => "removals",
        (Lang::En, E::ConnectionUnhealthy) => "connection",
        (Lang::En, E::CallbackUnhealthy) => "callback",
        (Lang::En, E::GrantExpiring) => "grant",
    }
}

const fn state_word(lang: Lang, state: DeliveryState) -> &'static str {
    match (lang, state) {
        (Lang::Zh, DeliveryState::Sending) => "发送中",
        (Lang::Zh, DeliveryState::Waiting) => "等待重发",
        (Lang::Zh, DeliveryState::Delivered) => "已送出",
        (Lang::Zh, DeliveryState::Failed) => "失败",
        (Lang::Zh, DeliveryState::Unknown) => "结果不明",
        (Lang::En, DeliveryState::Sending) => "sending",
        (Lang::En, DeliveryState::Waiting) => "waiting",
        (Lang::En, DeliveryState::Delivered) => "delivered",
        (Lang::En, DeliveryState::Failed) => "failed",
        (Lang::En, DeliveryState::Unknown) => "unknown",
    }
}

fn list(lang: Lang, rules: &[NotificationRule]) {
    let mut table = output::table(&match lang {
        Lang::Zh => ["规则", "启用", "通知什么", "通知谁", "等待中", "最近一条"],
        Lang::En => ["rule", "in use", "tells of", "whom", "waiting", "newest"],
    });
    for rule in rules {
        let events: Vec<&str> = rule.events.iter().map(|event| event_word(lang, *event)).collect();
        table.add_row([
            rule.id.clone(),
            if rule.enabled { lang.pick("是", "yes") } else { lang.pick("否", "no") }.to_string(),
            events.join(lang.pick("、", ", ")),
            way(&rule.channel),
            rule.waiting.to_string(),
            rule.newest.as_ref().map_or("", |newest| state_word(lang, newest.state)).to_string(),
        ]);
    }
    output::list(lang, table);
}

fn log(lang: Lang, sent: &[NotificationDelivery]) {
    let mut table = output::table(&match lang {
        Lang::Zh => ["时间", "规则", "结果", "次数", "内容", "问题"],
        Lang::En => ["time", "rule", "outcome", "tries", "what", "problem"],
    });
    for one in sent {
        let what = match &one.items[..] {
            [] => lang.pick("测试", "test").to_string(),
            [first] => lang.pick(&first.what.zh, &first.what.en).to_string(),
            more => {
                let number = more.len();
                say!(lang, "{number} 条通知", "{number} notifications")
            }
        };
        let problem = one.problem.as_ref().map(|problem| lang.pick(&problem.reason.zh, &problem.reason.en).to_string());
        table.add_row([
            output::when(Some(&one.created)),
            one.rule.clone(),
            state_word(lang, one.state).to_string(),
            one.tries.to_string(),
            what,
            problem.unwrap_or_default(),
        ]);
    }
    output::list(lang, table);
}
