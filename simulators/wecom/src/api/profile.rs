//! Extension attributes (extattr) and the profile for outsiders: their rules and how updates merge.

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::errors::ApiError;
use crate::state::CorpOptions;

/// The longest text value of an extension attribute, in characters.
const TEXT_LENGTH: usize = 64;
/// The longest title, and the longest text for outsiders, in characters.
const SHORT_LENGTH: usize = 12;

/// Checks a list of extension attributes.
pub(super) fn check_attributes(attributes: &[Value]) -> Result<(), ApiError> {
    for attribute in attributes {
        let fields = Fields(attribute.as_object().ok_or_else(|| ApiError::wrong_type("attrs", "object"))?);
        fields.text("name")?.filter(|name| !name.is_empty()).ok_or_else(|| ApiError::unusable("attrs.name"))?;
        match fields.uint("type")?.unwrap_or(0) {
            0 => {
                if too_long(part(fields, "text", "value")?, TEXT_LENGTH) {
                    return Err(ApiError::too_long("text.value", TEXT_LENGTH));
                }
            }
            1 => {
                let (url, title) = (part(fields, "web", "url")?, part(fields, "web", "title")?);
                if too_long(title, SHORT_LENGTH) {
                    return Err(ApiError::too_long("web.title", SHORT_LENGTH));
                }
                // Both empty is how a web attribute is cleared.
                let cleared = url.is_empty() && title.is_empty();
                if !cleared && !is_url(url) {
                    return Err(ApiError::of(40094));
                }
            }
            _ => return Err(ApiError::unusable("attrs.type")),
        }
    }
    Ok(())
}

/// Lays sent attributes over the stored ones; names the console does not know are ignored silently.
pub(super) fn merge_attributes(stored: &mut Vec<Value>, sent: &[Value], options: &CorpOptions) {
    for attribute in sent {
        let name = name_of(attribute);
        if !options.attributes.iter().any(|known| known == name) {
            continue;
        }
        let place = stored.iter().position(|other| name_of(other) == name);
        match (place, is_cleared(attribute)) {
            (Some(index), true) => {
                stored.remove(index);
            }
            (Some(index), false) => stored[index] = attribute.clone(),
            (None, true) => {}
            (None, false) => stored.push(attribute.clone()),
        }
    }
}

/// Checks a profile for outsiders.
pub(super) fn check_external(profile: Fields<'_>, options: &CorpOptions) -> Result<(), ApiError> {
    if let (Some(sent), Some(verified)) = (profile.text("external_corp_name")?, &options.external_corp_name)
        && sent != verified
    {
        return Err(ApiError::of(41036));
    }
    profile.object("wechat_channels")?;
    for attribute in profile.list("external_attr")?.unwrap_or_default() {
        let fields = Fields(attribute.as_object().ok_or_else(|| ApiError::of(90106))?);
        if fields.text("name")?.is_none_or(str::is_empty) {
            return Err(ApiError::of(90106));
        }
        let read = |object, key| part(fields, object, key).map_err(|_| ApiError::of(90106));
        match fields.uint("type")? {
            Some(0) if too_long(read("text", "value")?, SHORT_LENGTH) => return Err(ApiError::of(90101)),
            Some(1) if too_long(read("web", "title")?, SHORT_LENGTH) => return Err(ApiError::of(90102)),
            Some(1) if !is_url(read("web", "url")?) => return Err(ApiError::of(90103)),
            Some(2) if too_long(read("miniprogram", "title")?, SHORT_LENGTH) => return Err(ApiError::of(90104)),
            Some(2) if read("miniprogram", "pagepath")?.is_empty() => return Err(ApiError::of(90105)),
            Some(0..=2) => {}
            _ => return Err(ApiError::of(90100)),
        }
    }
    Ok(())
}

/// Lays the sent keys of a profile over the stored ones.
pub(super) fn merge_external(stored: &mut Option<Value>, sent: Fields<'_>) {
    let mut merged = match stored.take() {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    for (key, value) in sent.0 {
        merged.insert(key.clone(), value.clone());
    }
    *stored = Some(Value::Object(merged));
}

/// A text inside an object, empty when either is absent.
fn part<'a>(fields: Fields<'a>, object: &str, key: &str) -> Result<&'a str, ApiError> {
    match fields.object(object)? {
        Some(inner) => Ok(Fields(inner).text(key)?.unwrap_or_default()),
        None => Ok(""),
    }
}

fn name_of(attribute: &Value) -> &str {
    attribute.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn is_cleared(attribute: &Value) -> bool {
    let empty = |pointer: &str| attribute.pointer(pointer).and_then(Value::as_str).unwrap_or_default().is_empty();
    match attribute.get("type").and_then(Value::as_u64) {
        Some(1) => empty("/web/url") && empty("/web/title"),
        _ => empty("/text/value"),
    }
}

fn is_url(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

fn too_long(text: &str, limit: usize) -> bool {
    text.chars().count() > limit
}
