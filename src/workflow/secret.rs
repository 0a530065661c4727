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
/// What people call a password in a text.
const SPOKEN: &[&str] = &["密码", "口令", "password", "passwd"];
/// What stands between that word and the password.
const BETWEEN: &[char] = &['：', ':', '=', '是', '为', '“', '「', '"', '\''];
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

/// The value spans of passwords that others can work out, anywhere in a file: fixed ones, and those made of what is known of a
/// person.
pub fn guessable_in(root: &Node, source: &str, found: &mut Vec<Span>) {
    match &root.data {
        Data::Scalar(text, _) if text.len() <= MAX_TEXT => {
            found.extend(guessable(text).map(|(start, end)| root.place(source, start..end)));
        }
        Data::List(items) => items.iter().for_each(|item| guessable_in(item, source, found)),
        Data::Map(entries) => {
            // What people read about the workflow may speak of passwords.
            let told = |key: &str| matches!(key, "name" | "description" | "id" | "label" | "columns");
            entries
                .iter()
                .filter(|entry| !told(&entry.key))
                .for_each(|entry| guessable_in(&entry.value, source, found));
        }
        Data::Scalar(..) | Data::Broken => {}
    }
}

/// The bytes of `text` that are such a password.
fn guessable(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let places = SPOKEN.iter().flat_map(|word| lower.match_indices(word).map(|(place, word)| place + word.len()));
    for after in places {
        let rest = text[after..].trim_start();
        let rest = rest.strip_prefix("is ").map_or(rest, |rest| rest.trim_start());
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || BETWEEN.contains(&c));
        let start = text.len() - value.len();
        if text[after..start].trim().is_empty() {
            continue;
        }
        if let Some(template) = value.strip_prefix("{{") {
            let Some(end) = template.find("}}") else { continue };
            let of_person = ["source.", "user.", "row.", "trigger.", "tenant."];
            if of_person.iter().any(|root| template[..end].contains(root)) {
                return Some((start, start + end + 4));
            }
            continue;
        }
        let length = value.find(|c: char| !c.is_ascii_graphic()).unwrap_or(value.len());
        let word = &value[..length];
        if length >= 6
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && !reference(word)
            && !word.contains("{{")
            && !word.contains("://")
        {
            return Some((start, start + length));
        }
    }
    None
}

/// The finding about one.
pub fn guessable_finding(span: Span) -> Diagnostic {
    Diagnostic::new("E0706", span, "这个密码可以推算出来", "others can work this password out")
        .label("固定的，或由账号等拼成", "fixed, or made of what is known of a person")
        .help(
            "不要设置密码；让成员用企业微信登录，或发送一次性链接",
            "set no password: let people sign in with WeCom, or send a link that is good once",
        )
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
    fn passwords_that_can_be_worked_out_are_found() {
        for (text, password) in [
            ("初始密码：{{source.username}}", Some("{{source.username}}")),
            ("您的密码是{{tenant.house_number}}{{source.userid}}，请修改", Some("{{tenant.house_number}}")),
            ("Your password is {{lower source.username}}123", Some("{{lower source.username}}")),
            ("初始密码为 Abc12345。", Some("Abc12345")),
            ("Password: 123456", Some("123456")),
            ("账号 {{source.username}}，密码请用一次性链接设置：{{vars.link}}", None),
            ("请在 7 天内修改密码", None),
            ("password: {{inputs.password}}", None),
            ("passwords of 123456 people", None),
            ("忘记密码请拨打 010-12345678", None),
            ("", None),
        ] {
            let found = guessable(text).map(|(start, end)| &text[start..end]);
            assert_eq!(found, password, "{text}");
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
