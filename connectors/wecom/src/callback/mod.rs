//! Calls that the platform makes to us: the echo by which it tries an address out, and events.
//!
//! A call is verified by its signature, opened, and compared with the company before a word of it is believed. Nothing is sent and
//! nothing waits: the platform wants the echo within a second and an event within five.

pub mod crypto;
pub(crate) mod events;
pub mod message;

use idflow_sdk::{Incoming, KeySpec, Keys, Problem, Received, Receiver, Text};

use self::crypto::{Closed, KEY_LENGTH, Key, is_signed};

/// The key's name in the platform's console.
pub const KEY: &str = "EncodingAESKey";
/// The token's name there.
pub const TOKEN: &str = "Token";
/// How far the signed time may be from ours. Deliveries are remembered for as long, so that a recorded one starts nothing.
const WINDOW_MS: i64 = 24 * 3600 * 1000;

pub(crate) const KEYS: &[KeySpec] = &[KeySpec { name: TOKEN, length: 32 }, KeySpec { name: KEY, length: KEY_LENGTH }];

/// The name of the address that the contact sync tells.
const CONTACTS: &str = "";

/// The addresses of a connection.
pub(crate) static RECEIVERS: [Receiver; 2] = [
    Receiver {
        name: CONTACTS,
        doc: Text::new(
            "通讯录变更和异步任务：管理后台 → 安全与管理 → 管理工具 → 通讯录同步 → 设置接收事件服务器",
            "changes of the contacts, and jobs: admin console → Security & Management → Management Tools → Contacts Sync → event server",
        ),
        keys: KEYS,
    },
    Receiver {
        name: "app",
        doc: Text::new(
            "成员进入或离开可见范围、打开应用：管理后台 → 应用管理 → 应用详情页 → 接收消息 → 设置 API 接收",
            "members who enter or leave the visible range, or open the app: admin console → App Management → the app → Receive Messages → API",
        ),
        keys: KEYS,
    },
];

/// Takes a call that is meant for this company.
pub(crate) fn receive(corp_id: &str, incoming: &Incoming<'_>) -> Result<Received, Problem> {
    let text = opened(&[corp_id], incoming, WINDOW_MS)?;
    if incoming.body.is_none() {
        let answer = String::from_utf8(text).map_err(|_| Problem::new("wecom_callback_form"))?;
        return Ok(Received { answer, events: Vec::new() });
    }
    let message = message::read(&text).ok_or(Problem::new("wecom_callback_form"))?;
    let contacts = incoming.receiver == CONTACTS;
    Ok(Received {
        answer: String::new(),
        events: events::of(&message, contacts, incoming.now_ms).into_iter().collect(),
    })
}

/// What a call says: its signature is right, it is meant for one of these, and an event was sent within so many milliseconds.
pub(crate) fn opened(receivers: &[&str], incoming: &Incoming<'_>, window_ms: i64) -> Result<Vec<u8>, Problem> {
    let sealed = match incoming.body {
        // Somebody on the way may have turned `+` into blanks.
        None => incoming.param("echostr").map(|text| text.replace(' ', "+")),
        Some(body) => {
            let envelope = message::read(body).ok_or(Problem::new("wecom_callback_form"))?;
            envelope.text("Encrypt").map(|text| text.split_whitespace().collect())
        }
    };
    let (Some(signature), Some(timestamp), Some(nonce), Some(sealed)) =
        (incoming.param("msg_signature"), incoming.param("timestamp"), incoming.param("nonce"), sealed)
    else {
        return Err(Problem::new("wecom_callback_query"));
    };
    let key = signed_with(incoming.keys, |token| is_signed(signature, token, timestamp, nonce, &sealed))?;
    let found = receivers.iter().map(|receiver| key.open(&sealed, receiver));
    let opened = found.reduce(|first, next| first.or(next)).unwrap_or(Err(Closed::Receiver));
    let text = opened.map_err(|closed| match closed {
        Closed::Form => Problem::new("wecom_callback_form"),
        Closed::Key => Problem::new("wecom_callback_key"),
        Closed::Receiver => Problem::new("wecom_callback_receiver").arg("corp_id", receivers.join(", ")),
    })?;
    if incoming.body.is_some() {
        let sent = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
        if sent.is_none_or(|sent| sent.abs_diff(incoming.now_ms) > window_ms.unsigned_abs()) {
            return Err(Problem::new("wecom_callback_time").arg("timestamp", short(timestamp)));
        }
    }
    Ok(text)
}

/// The key that belongs to the token which the call was signed with.
fn signed_with(all: &[Keys], is_signed: impl Fn(&str) -> bool) -> Result<Key, Problem> {
    if all.is_empty() {
        return Err(Problem::new("wecom_callback_no_keys"));
    }
    let found = all.iter().find(|keys| keys.get(TOKEN).is_some_and(|token| is_signed(token.expose())));
    let keys = found.ok_or(Problem::new("wecom_callback_signature"))?;
    keys.get(KEY).and_then(|key| Key::parse(key.expose())).ok_or(Problem::new("wecom_callback_key"))
}

/// So much of a text that somebody sent as can be shown.
fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(20).collect()
}
