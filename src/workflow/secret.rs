//! Does a value in the file look like a secret? Secrets belong to connections, sealed; a workflow goes to git.
//!
//! The value is never repeated in the finding.

use super::{
    diagnostic::{Diagnostic, Span},
    yaml::{Data, Node},
};

/// Keys that name secrets, whatever the value looks like.
const NAMES: &[&str] = &[
    "secret",
    "corpsecret",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
    "aes_key",
    "encoding_aeskey",
    "encodingaeskey",
    "credential",
    "credentials",
];
/// Longer texts are not searched word by word.
const MAX_TEXT: usize = 16 << 10;

/// The key and value spans of secrets in an entry of `connections`.
pub fn in_connection(node: &Node) -> Vec<(Span, Span)> {
    let Some(entries) = node.map() else { return Vec::new() };
    entries
        .iter()
        .filter(|entry| !matches!(entry.key.as_str(), "type" | "ref"))
        .filter(|entry| entry.value.text().is_some_and(|text| !text.is_empty() && (named(&entry.key) || random(text))))
        .map(|entry| (entry.key_span, entry.value.span))
        .collect()
}

/// The value spans of secrets anywhere in a file.
pub fn in_file(root: &Node, source: &str, found: &mut Vec<Span>) {
    for entry in root.map().unwrap_or_default() {
        // What people read about the workflow may speak of passwords.
        if !matches!(entry.key.as_str(), "name" | "description" | "id") {
            below(&entry.key, &entry.value, source, found);
        }
    }
}

fn below(name: &str, node: &Node, source: &str, found: &mut Vec<Span>) {
    match &node.data {
        Data::Scalar(text, _) => {
            if let Some((start, end)) = part(name, text) {
                found.push(if (start, end) == (0, text.len()) { node.span } else { node.place(source, start..end) });
            }
        }
        Data::List(items) => items.iter().for_each(|item| below(name, item, source, found)),
        Data::Map(entries) => {
            for entry in entries {
                // The columns of a file may be called so.
                match entry.key.as_str() {
                    "columns" | "label" | "description" | "type" => {}
                    // The default of an input `password`.
                    "default" | "value" => below(name, &entry.value, source, found),
                    key => below(key, &entry.value, source, found),
                }
            }
        }
        Data::Broken => {}
    }
}

/// The bytes of `text` that are secret.
fn part(name: &str, text: &str) -> Option<(usize, usize)> {
    let literal = !text.contains("{{");
    let word = text.len() >= 8 && !text.contains(char::is_whitespace) && !reference(text);
    if literal && (random(text) || (word && named(name))) {
        return Some((0, text.len()));
    }
    if text.len() > MAX_TEXT {
        return None;
    }
    // `Bearer …`, `?access_token=…`, a literal in a template: one word of the text.
    let mut start = 0;
    for piece in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/'))) {
        let end = start + piece.len();
        if random(piece) || (text[..start].ends_with(['=', ':']) && piece.len() >= 8 && parameter(&text[..start])) {
            return Some((start, end));
        }
        start = text[end..].chars().next().map_or(end, |c| end + c.len_utf8());
    }
    None
}

/// Whether what stands before a value names a secret: `https://…?access_token=`, `password:`.
fn parameter(lead: &str) -> bool {
    let lead = lead.trim_end_matches(['=', ':']);
    let start = lead.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).map_or(0, |place| place + 1);
    lead.get(start..).is_some_and(named)
}

/// A name of something in this file, no value.
fn reference(text: &str) -> bool {
    text.split_once('.').is_some_and(|(root, _)| {
        matches!(root, "inputs" | "vars" | "connections" | "steps" | "run" | "trigger" | "source" | "user" | "row")
    })
}

/// The finding about one.
pub fn finding(span: Span, connection: &str) -> Diagnostic {
    Diagnostic::new("E0702", span, "这看起来是密钥", "this looks like a secret")
        .label("不要写在文件里", "must not stand in a file")
        .help(
            format!("把密钥保存在账号连接 {connection} 里，文件里只写 `ref: {connection}`"),
            format!("store the secret in the connection {connection} and write `ref: {connection}` here"),
        )
        .help(
            "如果文件已经提交或分享过，请更换这个密钥",
            "if the file was pushed or shared, replace the secret by a new one",
        )
}

fn named(key: &str) -> bool {
    let key = super::suggest::snake_case(key);
    // Asked for every value of a file: nothing is put together for it.
    NAMES.iter().any(|name| {
        key == *name
            || key.strip_suffix(name).is_some_and(|rest| rest.ends_with('_'))
            || key.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))
    })
}

/// Long, one word, and of all sorts of characters: nobody types that.
fn random(text: &str) -> bool {
    let length = text.len();
    if !(24..=512).contains(&length)
        || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte))
    {
        return false;
    }
    let class = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    // A key in hexadecimal: digits and letters in turn, and nothing else.
    if length >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let turns = text.as_bytes().windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
        return turns * 5 >= length;
    }
    let mixed = class(u8::is_ascii_lowercase) && class(u8::is_ascii_uppercase) && class(u8::is_ascii_digit);
    let changes = text.as_bytes().windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    mixed && changes * 3 >= length
}

fn kind(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_inside_texts() {
        for (name, text, secret) in [
            ("url", "https://qyapi.example.com/cgi?corpsecret=abcdefgh1234", Some("abcdefgh1234")),
            ("header", "Bearer Zt8kQ2mX9vB4nR7wL1pY6sD3fH5jK0aC", Some("Zt8kQ2mX9vB4nR7wL1pY6sD3fH5jK0aC")),
            ("key", "0f8e2c7b9a1d4e6f8a0b2c3d4e5f6071", Some("0f8e2c7b9a1d4e6f8a0b2c3d4e5f6071")),
            (
                "name",
                "{{default source.x 'Zt8kQ2mX9vB4nR7wL1pY6sD3fH5jK0aC'}}",
                Some("Zt8kQ2mX9vB4nR7wL1pY6sD3fH5jK0aC"),
            ),
            ("token", "{{inputs.token}}", None),
            ("token", "inputs.token", None),
            ("group", "wecom/{{connections.wecom.corp_id}}", None),
            ("path", "https://example.com/a?b=c#d", None),
            ("path", "export/people.csv", None),
        ] {
            let found = part(name, text).map(|(start, end)| &text[start..end]);
            assert_eq!(found, secret, "{text}");
        }
    }

    #[test]
    fn random_words_are_told_from_names() {
        assert!(random("Zt8kQ2mX9vB4nR7wL1pY6sD3fH5jK0aC"));
        for name in [
            "wecom_downstream_full_and_more_words",
            "steps.read.outputs.users",
            "hr/staff-2026-11-21-final.csv",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(!random(name), "{name}");
        }
        assert!(
            named("corp_secret")
                && named("corpSecret")
                && named("token")
                && named("EncodingAESKey")
                && !named("tokens_per_day_name")
        );
    }
}
