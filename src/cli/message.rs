//! `idflow message`: messages to people.

use super::{Failure, Lang, Session, client::encode, exit, lang::both, next, output, values::secret};
use crate::contract::message::{Message, MessageCard, MessageReceiver, MessageState, NewMessage, ReceiverOutcome};

/// What to do with messages.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Send a message to people, departments or tags, or to everybody.
    Send {
        /// The text; `-` reads it from standard input.
        text: String,
        /// A person: account, number or id. Several are allowed.
        #[arg(long = "to", value_name = "PERSON")]
        people: Vec<String>,
        /// A department, by path or id, with all below it. Several are allowed.
        #[arg(long = "department", value_name = "DEPARTMENT")]
        departments: Vec<String>,
        /// A tag of WeCom, by name or number. Several are allowed.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// Everybody whom the app can reach.
        #[arg(long)]
        all: bool,
        /// The text is Markdown.
        #[arg(long, conflicts_with = "url")]
        markdown: bool,
        /// Make it a card that opens this address; the text is its title.
        #[arg(long)]
        url: Option<String>,
        /// The connection, where several can send.
        #[arg(long)]
        connection: Option<String>,
        /// Leave out whoever is unknown or not linked.
        #[arg(long)]
        skip_unbound: bool,
        /// Send nothing: only show who would get it.
        #[arg(long)]
        check: bool,
        /// Do not ask whether everybody is meant.
        #[arg(long)]
        yes: bool,
        /// A name for this message: the same name again sends nothing again, for 24 hours.
        #[arg(long, value_name = "NAME")]
        once: Option<String>,
    },
    /// List messages, the newest first.
    List {
        /// Maximum number to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show a message with what became of each receiver.
    Show {
        /// The message, by its id.
        id: String,
    },
    /// Take a message back: within a day.
    Recall {
        /// The message, by its id.
        id: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::List { limit } => list(session, limit).await,
        Command::Show { id } => {
            let found: Message = session.client().await?.fetch(&format!("/messages/{}", encode(&id))).await?;
            tell(session, &found)
        }
        Command::Recall { id } => {
            let path = format!("/messages/{}/recall", encode(&id));
            let done: Message = session.client().await?.send(&path, &serde_json::json!({})).await?;
            tell(session, &done)
        }
        Command::Send {
            text,
            people,
            departments,
            tags,
            all,
            markdown,
            url,
            connection,
            skip_unbound,
            check,
            yes,
            once,
        } => {
            let text = match text.as_str() {
                "-" => secret(session, "text", "-")?,
                _ => text,
            };
            let question = session.text("发给应用能看到的所有人？", "send it to everybody whom the app can reach?");
            let confirm_all = all && !check && (yes || output::ask(session.lang, question).await);
            let mut new = NewMessage {
                connection,
                receivers: people,
                departments,
                tags,
                send_all: all,
                confirm_all,
                skip_unbound,
                only_check: check,
                ..NewMessage::default()
            };
            match url {
                Some(url) => new.card = Some(MessageCard { title: text, description: None, url }),
                None if markdown => new.markdown = Some(text),
                None => new.text = Some(text),
            }
            let client = session.client().await?;
            let sent: Result<Message, Failure> = client.send_once("/messages/wecom", &new, once.as_deref()).await;
            tell(session, &sent.map_err(as_option)?)
        }
    }
}

fn state(lang: Lang, state: MessageState) -> &'static str {
    match state {
        MessageState::Checked => lang.pick("未发送", "not sent"),
        MessageState::Waiting => lang.pick("等待发送", "waiting"),
        MessageState::Sending => lang.pick("正在发送", "sending"),
        MessageState::Sent => lang.pick("已发送", "sent"),
        MessageState::Partial => lang.pick("部分送达", "partial"),
        MessageState::Failed => lang.pick("失败", "failed"),
        MessageState::Unknown => lang.pick("结果未知", "unknown"),
        MessageState::Recalled => lang.pick("已撤回", "recalled"),
    }
}

fn outcome(lang: Lang, outcome: ReceiverOutcome) -> &'static str {
    match outcome {
        ReceiverOutcome::Waiting => lang.pick("待发送", "to be sent"),
        ReceiverOutcome::Sent => lang.pick("已发送", "sent"),
        ReceiverOutcome::Missing => lang.pick("不存在", "not found"),
        ReceiverOutcome::Unbound => lang.pick("未绑定", "not linked"),
        ReceiverOutcome::Left => lang.pick("已离开", "left"),
        ReceiverOutcome::InDoubt => lang.pick("账号归属待确认", "in doubt"),
        ReceiverOutcome::OutOfReach => lang.pick("不在可见范围", "out of reach"),
        ReceiverOutcome::Unlicensed => lang.pick("没有接口许可", "no licence"),
        ReceiverOutcome::Failed => lang.pick("失败", "failed"),
        ReceiverOutcome::Unknown => lang.pick("结果未知", "unknown"),
    }
}

/// Tells one message. One that nobody got is a failure.
fn tell(session: &Session<'_>, message: &Message) -> Result<u8, Failure> {
    let lang = session.lang;
    if session.json() {
        output::json(message);
    } else {
        let all =
            if message.send_all { lang.pick("所有人", "everybody").to_string() } else { message.total.to_string() };
        output::data(&match lang {
            Lang::Zh => format!("{}  {}  接收人：{all}", state(lang, message.state), message.id),
            Lang::En => format!("{}  {}  receivers: {all}", state(lang, message.state), message.id),
        });
        if let Some(problem) = &message.problem {
            output::say(lang.of(&problem.reason));
            output::say(&next::hint(&problem.code, &problem.hint, problem.next.as_ref(), lang));
        }
        receivers(lang, message.state == MessageState::Recalled, &message.receivers);
    }
    let failed = matches!(message.state, MessageState::Failed | MessageState::Unknown);
    Ok(if failed { exit::FAILED } else { exit::DONE })
}

/// Whoever got a message that was taken back has it no more.
fn receivers(lang: Lang, recalled: bool, all: &[MessageReceiver]) {
    if all.is_empty() {
        return;
    }
    let mut table = output::table(&match lang {
        Lang::Zh => ["接收人", "名称", "企业微信", "结果"],
        Lang::En => ["receiver", "name", "in WeCom", "outcome"],
    });
    let how = |one: &MessageReceiver| match one.outcome {
        ReceiverOutcome::Sent if recalled => lang.pick("已撤回", "recalled"),
        other => outcome(lang, other),
    };
    for one in all {
        let key = one.key.clone().unwrap_or_default();
        table.add_row([one.given.clone(), one.name.clone(), key, how(one).into()]);
    }
    output::show(table);
}

async fn list(session: &Session<'_>, limit: usize) -> Result<u8, Failure> {
    let found: Vec<Message> = session.client().await?.list("/messages", Some(limit)).await?;
    if session.json() {
        output::json(&found);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    let mut table = output::table(&match lang {
        Lang::Zh => ["ID", "时间", "状态", "接收人", "送达", "发送者", "内容"],
        Lang::En => ["id", "time", "state", "receivers", "reached", "by", "text"],
    });
    for one in found {
        let all = if one.send_all { lang.pick("所有人", "everybody").to_string() } else { one.total.to_string() };
        let text: String = one.text.chars().take(40).collect();
        table.add_row([
            one.id,
            output::when(Some(&one.created)),
            state(lang, one.state).into(),
            all,
            one.reached.to_string(),
            one.by,
            text.replace(['\n', '\r'], " "),
        ]);
    }
    output::list(lang, table);
    Ok(exit::DONE)
}

/// What the API asks for by a field is an option here.
fn as_option(refused: Failure) -> Failure {
    let hint = match refused.refusal.as_ref().map(|refusal| refusal.code.as_str()) {
        Some("message_confirm") => both!("确认要发给所有人时，加上 --yes", "add --yes if everybody is meant"),
        Some("message_nobody") => both!(
            "用 --to、--department 或 --tag 指明接收人；要发给所有人，用 --all",
            "name receivers with --to, --department or --tag, or take --all for everybody"
        ),
        Some("message_empty") => both!(
            "写下消息文字，例如 idflow message send 文字 --to 张三",
            "give its text, for example: idflow message send TEXT --to zhang.san"
        ),
        Some("message_which_way") => both!("用 --connection 写明使用哪一个", "name one of them with --connection"),
        Some("message_unbound") => both!(
            "先绑定，或加上 --skip-unbound 跳过没有绑定的人",
            "link them first, or add --skip-unbound to leave out whoever is not linked"
        ),
        Some("message_left" | "message_in_doubt") => {
            both!("去掉此人，或加上 --skip-unbound 跳过", "leave them out, by name or with --skip-unbound")
        }
        _ => return refused,
    };
    refused.hint(hint)
}
