//! Ids, and maps whose keys are ids.

use super::scalar::{word, wrong};
use crate::workflow::{
    diagnostic::{Diagnostic, Findings},
    suggest::snake_case,
    syntax::Word,
    yaml::{Entry, Node},
};

/// A snake_case id.
pub(crate) fn id<'t>(node: &'t Node, findings: &mut Findings) -> Option<Word<'t>> {
    let word = word(node, findings)?;
    check_id(word, findings);
    Some(word)
}

fn check_id(word: Word<'_>, findings: &mut Findings) {
    let good = word.text.starts_with(|c: char| c.is_ascii_lowercase())
        && word.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && word.text.len() <= 64;
    if good {
        return;
    }
    let mut finding = Diagnostic::new(
        "E0204",
        word.span,
        "id 和名字只能用小写字母、数字和下划线，以字母开头，最多 64 个字符",
        "ids and names are small letters, digits and underscores, begin with a letter and have at most 64 characters",
    );
    let snake = snake_case(word.text);
    // What has other letters than ours loses them.
    let plain = word.text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '));
    if snake.starts_with(|c: char| c.is_ascii_lowercase()) && snake.len() <= 64 {
        finding = finding.help(format!("改为 `{snake}`"), format!("write `{snake}`")).fix_if(plain, word.span, snake);
    } else {
        finding = finding.help(
            "例如 `update_user`；显示用的名字写在 `name` 里",
            "for example `update_user`; what people read goes under `name`",
        );
    }
    findings.push(finding);
}

/// The name in an entry's key.
pub(super) fn key_word(entry: &Entry) -> Word<'_> {
    Word { text: &entry.key, span: entry.key_span }
}

/// The entries of a map with free names.
pub(super) fn named<'t>(node: &'t Node, findings: &mut Findings) -> Vec<(Word<'t>, &'t Node)> {
    if node.is_broken() || node.is_null() {
        return Vec::new();
    }
    let Some(entries) = node.map() else {
        findings.push(wrong(node, "名字到内容的映射", "a map of names"));
        return Vec::new();
    };
    entries
        .iter()
        .map(|entry| {
            let name = key_word(entry);
            check_id(name, findings);
            (name, &entry.value)
        })
        .collect()
}
