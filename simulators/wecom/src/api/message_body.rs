//! What a message holds: the object named as its type, checked and, where the platform cuts, cut.

use serde_json::{Map, Value};

use super::Call;
use super::fields::Fields;
use crate::errors::ApiError;

/// The longest text and markdown, in bytes.
const TEXT_BYTES: usize = 2048;
/// The longest title of a card, in characters.
const TITLE_LENGTH: usize = 128;
/// The longest description of a card, in characters.
const DESCRIPTION_LENGTH: usize = 512;
/// The longest address of a card, in bytes.
const URL_BYTES: usize = 2048;
/// The longest button of a card, in characters.
const BUTTON_LENGTH: usize = 4;
/// The most articles of one message.
const ARTICLES: usize = 8;
/// The longest task id, in bytes.
const TASK_ID_BYTES: usize = 128;
const CARDS: &[&str] =
    &["text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"];

/// The type and content of a message.
#[derive(Debug)]
pub(super) struct Body {
    pub kind: String,
    pub content: Map<String, Value>,
    /// Whether members answer it, so that it gets a response code.
    pub is_interactive: bool,
}

/// Reads and checks the body of `message/send`.
pub(super) fn read(call: &Call<'_>) -> Result<Body, ApiError> {
    let fields = call.fields();
    let kind = fields.text("msgtype")?.unwrap_or_default();
    let media = matches!(kind, "image" | "voice" | "video" | "file");
    let articles = matches!(kind, "news" | "mpnews");
    if !media && !articles && !matches!(kind, "text" | "markdown" | "textcard" | "template_card" | "miniprogram_notice")
    {
        return Err(ApiError::of(40008));
    }
    let mut content = fields.object(kind)?.cloned().ok_or_else(|| ApiError::of(44004))?;
    let mut is_interactive = false;
    let inner = Fields(&content);
    match kind {
        "text" => {
            let cut = cut(text(inner)?);
            content.insert("content".to_owned(), Value::String(cut));
        }
        "markdown" => check_length(text(inner)?)?,
        "textcard" => check_text_card(inner)?,
        "template_card" => is_interactive = check_template_card(inner)?,
        _ if media => {
            let id = inner.text("media_id")?.filter(|id| !id.is_empty()).ok_or_else(|| ApiError::of(41006))?;
            let found = call.corp.media.get(id, call.at.now_ms);
            found.filter(|found| found.kind == kind).ok_or_else(|| ApiError::of(40007))?;
        }
        _ if articles => {
            let count = inner.list("articles")?.map_or(0, <[Value]>::len);
            if count == 0 {
                return Err(ApiError::of(44004));
            }
            if count > ARTICLES {
                return Err(ApiError::of(45008));
            }
        }
        _ => {}
    }
    Ok(Body { kind: kind.to_owned(), content, is_interactive })
}

fn text(inner: Fields<'_>) -> Result<&str, ApiError> {
    inner.text("content")?.filter(|text| !text.is_empty()).ok_or_else(|| ApiError::of(44004))
}

fn check_length(markdown: &str) -> Result<(), ApiError> {
    if markdown.len() > TEXT_BYTES { Err(ApiError::of(45002)) } else { Ok(()) }
}

/// As much of a text as fits, without half a character.
fn cut(text: &str) -> String {
    text.char_indices()
        .take_while(|(at, letter)| at + letter.len_utf8() <= TEXT_BYTES)
        .map(|(_, letter)| letter)
        .collect()
}

fn check_text_card(card: Fields<'_>) -> Result<(), ApiError> {
    let missing = |text: Option<&str>| text.is_none_or(str::is_empty);
    let (title, description, url) = (card.text("title")?, card.text("description")?, card.text("url")?);
    if missing(title) {
        return Err(ApiError::unusable("title"));
    }
    if missing(description) {
        return Err(ApiError::of(41033));
    }
    if missing(url) {
        return Err(ApiError::of(41010));
    }
    limit("title", title, TITLE_LENGTH)?;
    limit("description", description, DESCRIPTION_LENGTH)?;
    limit("btntxt", card.text("btntxt")?, BUTTON_LENGTH)?;
    check_url(url.unwrap_or_default())
}

fn check_url(url: &str) -> Result<(), ApiError> {
    if url.len() > URL_BYTES {
        return Err(ApiError::too_long("url", URL_BYTES));
    }
    if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(ApiError::of(40094));
    }
    Ok(())
}

/// Checks what every card needs; tells whether members answer it.
fn check_template_card(card: Fields<'_>) -> Result<bool, ApiError> {
    let kind = card.text("card_type")?.filter(|kind| CARDS.contains(kind)).ok_or_else(|| ApiError::of(42031))?;
    let is_interactive = kind.ends_with("_interaction");
    if !is_interactive && card.object("card_action")?.is_none() {
        return Err(ApiError::of(42045));
    }
    let task_id = card.text("task_id")?;
    let needs_task = is_interactive || card.get("action_menu").is_some();
    let is_good = |id: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@');
        (1..=TASK_ID_BYTES).contains(&id.len()) && id.bytes().all(allowed)
    };
    if task_id.map_or(needs_task, |id| !is_good(id)) {
        return Err(ApiError::of(42014));
    }
    Ok(is_interactive)
}

fn limit(field: &str, value: Option<&str>, most: usize) -> Result<(), ApiError> {
    match value {
        Some(value) if value.chars().count() > most => Err(ApiError::too_long(field, most)),
        _ => Ok(()),
    }
}
