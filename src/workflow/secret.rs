//! Does a value in the file look like a secret? Secrets belong to connections, sealed; a workflow goes to git.
//!
//! The value is never repeated in the finding.

use super::{
    diagnostic::{Diagnostic, Span},
    yaml::{Data, Node},
};

/// Keys that name secrets, whatever the value looks like.
const NAMES: &[&str] =
    &["secret", "password", "passwd", "token", "api_key", "apikey", "private_key", "access_key", "credential"];

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

/// The value spans of secrets anywhere below a node (`vars`, `with`).
pub fn below(name: &str, node: &Node, found: &mut Vec<Span>) {
    match &node.data {
        Data::Scalar(text, _) => {
            let literal = !text.contains("{{");
            if literal && (random(text) || (named(name) && text.len() >= 8 && !text.contains(' '))) {
                found.push(node.span);
            }
        }
        Data::List(items) => items.iter().for_each(|item| below(name, item, found)),
        Data::Map(entries) => entries.iter().for_each(|entry| below(&entry.key, &entry.value, found)),
        Data::Broken => {}
    }
}

/// The finding about one.
pub fn finding(span: Span, connection: &str) -> Diagnostic {
    Diagnostic::new("E0702", span, "这看起来是密钥", "this looks like a secret")
        .label("不要写在文件里", "must not stand in a file")
        .help(
            format!("运行 `idflow connection set {connection} --secret-stdin`，文件里只写 `ref: {connection}`"),
            format!("run `idflow connection set {connection} --secret-stdin` and write `ref: {connection}` here"),
        )
        .help(
            "如果文件已经提交或分享过，请更换这个密钥",
            "if the file was pushed or shared, replace the secret by a new one",
        )
}

fn named(key: &str) -> bool {
    let key = super::suggest::snake_case(key);
    NAMES.iter().any(|name| key == *name || key.ends_with(&format!("_{name}")) || key.starts_with(&format!("{name}_")))
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
        assert!(named("corp_secret") && named("corpSecret") && named("token") && !named("tokens_per_day_name"));
    }
}
