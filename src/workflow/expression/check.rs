//! Is the expression well formed, are its names known, and of which type is each part?

use cel::parser::Parser;

use super::{constant, cost, limits::too_much, lower::Lower, sort::Sort, tree::Node as Tree, typos};
use crate::workflow::{
    diagnostic::Diagnostic,
    names::Names,
    yaml::{Node, Plain},
    yaml_edit,
};

/// A checked expression.
pub struct Checked {
    pub tree: Tree,
    pub sort: Sort,
    /// Its value, if that is known.
    pub constant: Option<bool>,
}

/// Parses and checks. `None` when nothing could be parsed.
pub fn check(node: &Node, source: &str, names: &Names<'_>, findings: &mut Vec<Diagnostic>) -> Option<Checked> {
    let text = match node.scalar() {
        Some(Plain::Null) | None => {
            if !node.is_broken() {
                findings.push(
                    Diagnostic::new("E0407", node.span, "这里应当是一个表达式", "an expression belongs here")
                        .help("例如 `inputs.remove_leavers`", "for example `inputs.remove_leavers`"),
                );
            }
            return None;
        }
        Some(_) => node.text()?,
    };
    if let Some(open) = text.find("{{") {
        findings.push(braces(node, source, text, open));
        return None;
    }
    if too_much(text) {
        findings.push(
            Diagnostic::new(
                "E0407",
                node.span,
                "表达式太长或嵌套太深",
                "the expression is too long or nested too deeply",
            )
            .help(
                "上限：4096 字节、150 个运算符、16 层括号、4 个循环函数。用 `in [...]` 代替一长串 `||`",
                "limits: 4096 bytes, 150 operators, 16 brackets deep, 4 loops; use `in [...]` for a long row of `||`",
            ),
        );
        return None;
    }
    let (expr, info) = match Parser::new().max_recursion_depth(64).parse_with_source_info(text) {
        Ok(parsed) => parsed,
        Err(errors) => {
            let (line, column) = errors.errors.first().map_or((1, 0), |error| error.pos);
            let at = lone_equals(text).unwrap_or_else(|| offset(text, line, column));
            let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
            let span = if at >= text.len() { node.span } else { node.place(source, at..end) };
            let mut finding = Diagnostic::new("E0407", span, "表达式写错", "this expression cannot be read");
            finding = if lone_equals(text).is_some() {
                finding.help("相等写作 `==`", "equality is written `==`")
            } else if text.contains(" and ") || text.contains(" or ") {
                finding.help("“且”写作 `&&`，“或”写作 `||`", "`and` is written `&&`, `or` is written `||`")
            } else {
                finding.help("例如 `user.status == \"active\"`", "for example `user.status == \"active\"`")
            };
            if let Some((meant, certain)) = typos::spelled(text) {
                finding = finding.help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?")).fix_if(
                    certain,
                    node.span,
                    yaml_edit::quoted(source, node.span, &meant),
                );
            }
            findings.push(finding);
            return None;
        }
    };
    let before = findings.len();
    let part = Lower { node, source, text, names, info: &info, locals: Vec::new(), findings }.expr(&expr);
    let constant = constant::value(&expr, names.phase);
    if findings.len() == before
        && let Some(work) = cost::too_much(&part.tree, names)
    {
        findings.push(cost::finding(node.span, work));
    }
    Some(Checked { tree: part.tree, sort: part.sort, constant })
}

fn braces(node: &Node, source: &str, text: &str, open: usize) -> Diagnostic {
    let inner = text[open + 2..].find("}}").map(|end| text[open + 2..open + 2 + end].trim());
    let finding = Diagnostic::new(
        "E0403",
        node.span,
        "这里是表达式，不是模板",
        "this is an expression, not a template",
    )
    .label("去掉引号和花括号", "remove the quotes and braces")
    .help(
        "模板用在 `with` 和 `fields` 里；`if`、`in`、`where`、`key`、`match` 是表达式",
        "templates fill in text under `with` and `fields`; `if`, `in`, `where`, `key` and `match` are expressions",
    );
    let whole = text.trim().trim_start_matches('$');
    match inner {
        // Where the whole text is one pair of braces, or only names stand in braces.
        Some(inner)
            if whole.find("}}") == whole.len().checked_sub(2) && whole.starts_with("{{") && !inner.is_empty() =>
        {
            finding.fix(node.span, yaml_edit::quoted(source, node.span, inner))
        }
        Some(_) => match without_braces(text) {
            // What the parser could not survive is refused before it sees it.
            Some((bare, certain)) if !too_much(&bare) && Parser::new().max_recursion_depth(64).parse(&bare).is_ok() => {
                finding.fix_if(certain, node.span, yaml_edit::quoted(source, node.span, &bare))
            }
            _ => finding,
        },
        None => finding,
    }
}

/// An expression with what stands in its braces in their place, and whether all of them stood outside of quotes. `None` where
/// they are a part of a text: such a text has no place for a value.
fn without_braces(text: &str) -> Option<(String, bool)> {
    let bare = |braces: &str| {
        let inner = braces.trim().trim_start_matches('$').strip_prefix("{{")?.strip_suffix("}}")?.trim();
        let name = inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        (!inner.is_empty() && !inner.contains("{{"))
            .then(|| if name { inner.to_string() } else { format!("({inner})") })
    };
    let (mut out, mut certain, mut rest) = (String::with_capacity(text.len()), true, text);
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("{{") || rest.starts_with("${{") {
            let end = rest.find("}}")? + 2;
            out.push_str(&bare(&rest[..end])?);
            end
        } else if matches!(c, '"' | '\'') {
            let end = rest[1..].find(c)? + 2;
            let quoted = &rest[..end];
            if quoted.contains("{{") {
                out.push_str(&bare(&quoted[1..end - 1])?);
                certain = false;
            } else {
                out.push_str(quoted);
            }
            end
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    Some((out, certain))
}

/// A `=` that is no part of `==`, `!=`, `<=` or `>=`.
fn lone_equals(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    for (place, byte) in bytes.iter().copied().enumerate() {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'=', None) => {
                let before = place.checked_sub(1).map_or(b' ', |place| bytes[place]);
                let after = bytes.get(place + 1).copied().unwrap_or(b' ');
                if after != b'=' && !b"=!<>".contains(&before) {
                    return Some(place);
                }
            }
            _ => {}
        }
    }
    None
}

/// The byte of a line (from 1) and column (from 0, in characters).
fn offset(text: &str, line: isize, column: isize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start = text[start..].find('\n').map_or(text.len(), |place| start + place + 1);
    }
    let column = usize::try_from(column).unwrap_or(0);
    text[start..].char_indices().nth(column).map_or(text.len(), |(place, _)| start + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_quotes_are_a_text_and_no_name() {
        for (text, bare, certain) in [
            ("{{inputs.a}} && ${{ inputs.b }}", "inputs.a && inputs.b", true),
            ("{{inputs.a || inputs.b}} && inputs.c", "(inputs.a || inputs.b) && inputs.c", true),
            ("{{inputs.a}}  == 'a  {b}'", "inputs.a  == 'a  {b}'", true),
            ("'{{inputs.mode}}' != 'full'", "inputs.mode != 'full'", false),
            ("inputs.deep && \"{{ inputs.mode }}\" == 'x'", "inputs.deep && inputs.mode == 'x'", false),
        ] {
            assert_eq!(without_braces(text), Some((bare.to_string(), certain)), "{text}");
        }
        for text in ["'a-{{inputs.mode}}' == 'a-b'", "{{inputs.a", "{{inputs.a}} == 'x"] {
            assert_eq!(without_braces(text), None, "{text}");
        }
    }
}
