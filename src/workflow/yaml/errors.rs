//! What can be wrong with YAML itself, in words that do not presume knowledge of a parser.

use granit_parser::{ErrorKind, ScanError};

use super::diagnose;
use crate::workflow::diagnostic::{Diagnostic, Span};

pub fn too_large(span: Span) -> Diagnostic {
    Diagnostic::new(
        "E0106",
        span,
        "文件过大、嵌套过深或别名展开过多",
        "the file is too large, nested too deeply, or multiplied by aliases",
    )
    .help(
        "上限：2 MiB、40 层、100 个别名。把一个大文件拆成几个工作流",
        "limits: 2 MiB, 40 levels, 100 aliases; split a large file into several workflows",
    )
}

pub fn second_document(span: Span) -> Diagnostic {
    Diagnostic::new("E0101", span, "一个文件只能有一个工作流", "a file holds one workflow, and here begins a second")
        .help("把 `---` 之后的部分移到另一个文件", "move what follows `---` to a file of its own")
}

pub fn open_alias(span: Span) -> Diagnostic {
    Diagnostic::new("E0101", span, "别名引用了自己或尚未定义的锚点", "this alias refers to itself or to nothing")
        .help("写出内容本身，不要用别名", "write the content itself instead of the alias")
}

pub fn odd_key(span: Span) -> Diagnostic {
    Diagnostic::new("E0101", span, "键必须是一个词", "a key must be a word, not a list or a map")
        .help("如果这是模板，请加引号", "if this is a template, put it in quotes")
}

pub fn duplicate(name: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::new(
        "E0103",
        second,
        format!("键 `{name}` 在同一处出现了两次"),
        format!("the key `{name}` occurs twice in the same place"),
    )
    .label("第二次", "and here again")
    .related(first, "第一次", "here first")
    .help("删除其中一个，或给其中一个改名", "remove or rename one of the two")
}

pub fn unquoted(span: Span) -> Diagnostic {
    Diagnostic::new("E0102", span, "模板必须加引号", "a template must be quoted")
        .label("YAML 会把没有引号的 `{` 当成映射的开头", "YAML reads an unquoted `{` as the start of a map")
        .help("用双引号把整个值括起来", "put the whole value in double quotes")
        .fix(Span::new(span.start, span.start), "\"")
        .fix(Span::new(span.end, span.end), "\"")
}

/// What the parser could not read. A template without quotes on the line is the likeliest cause, so it is looked for first.
pub fn unreadable(text: &str, error: &ScanError) -> Diagnostic {
    let marker = error.marker();
    let at = marker
        .byte_offset()
        .unwrap_or_else(|| text.char_indices().nth(marker.index()).map_or(text.len(), |(place, _)| place));
    let at = text.floor_char_boundary(at.min(text.len()));
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_large(Span::new(at, at));
    }
    if let Some(span) = bare_template(text, at) {
        return unquoted(span);
    }
    let end = at + text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
    let span = Span::new(at, end);
    let plain = Diagnostic::new("E0101", span, "YAML 无法读取", "the YAML cannot be read from here on");
    let told = matches!(
        error.kind(),
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
            | ErrorKind::UnclosedQuotedScalar
            | ErrorKind::InvalidTrailingDoubleQuotedScalar
            | ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::DocumentIndicatorInQuotedScalar
            | ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidUnicodeEscape
    );
    // A tab in the indent, whatever the parser makes of it.
    let line = text[..at].rfind('\n').map_or(0, |place| place + 1);
    let lead = text[line..at.max(line)].find('\t').filter(|_| text[line..at].trim().is_empty());
    if let Some(tab) = lead {
        let span = Span::new(line + tab, line + tab + 1);
        return Diagnostic::new("E0101", span, "YAML 无法读取", "the YAML cannot be read from here on")
            .label("制表符", "a tab")
            .help("YAML 的缩进只能用空格：把制表符换成空格", "YAML is indented by spaces: replace the tab by spaces");
    }
    if !told && let Some(cause) = diagnose::cause(text, at) {
        let mut finding = plain.label(cause.label.0, cause.label.1).help(cause.help.0, cause.help.1);
        finding.span = cause.span;
        finding.fixes = cause.fixes;
        return finding;
    }
    in_words(plain, text, at, error.kind())
}

/// What the parser says of it.
fn in_words(plain: Diagnostic, text: &str, at: usize, kind: &ErrorKind) -> Diagnostic {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => plain
            .label("制表符", "a tab")
            .help("YAML 的缩进只能用空格：把制表符换成两个空格", "YAML is indented by spaces: replace the tab by two spaces"),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => {
            // What was opened on an earlier line and closed by the next quote below is found too late.
            let opened = open_quote(text, at).filter(|span| span.start < at);
            let mut finding = plain
                .label("引号不配对", "a quote has no partner")
                .help("补上缺少的引号；引号里的引号要写两遍或换一种", "add the missing quote; a quote inside quotes is doubled or of the other sort");
            if let Some(span) = opened {
                finding.span = span;
                let quote = text.get(span.start..span.start + 1).unwrap_or("\"");
                if !text.get(span.range()).unwrap_or_default().ends_with([']', '}', ',']) {
                    finding = finding.fix(Span::new(span.end, span.end), quote);
                }
            }
            finding
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => plain
            .label("反斜杠后面的字符不对", "not a known character after `\\`")
            .help("在双引号里写 `\\\\` 表示反斜杠，或改用单引号", "write `\\\\` for a backslash in double quotes, or use single quotes"),
        ErrorKind::UnclosedFlowCollection { open }
        | ErrorKind::MismatchedFlowCollectionEnd { open, .. } => {
            let close = if *open == '[' { ']' } else { '}' };
            plain.label(format!("`{open}` 没有对应的 `{close}`"), format!("a `{open}` has no `{close}`"))
                .help("补上缺少的括号", "add the missing bracket")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::MisplacedFlowCollectionEnd => plain
            .label("这里缺少 `,` 或右括号", "a `,` or a closing bracket is missing before this")
            .help("检查这一行的括号和逗号", "look at the brackets and commas of this line"),
        ErrorKind::UnknownAnchor => plain
            .label("没有这个锚点", "no such anchor")
            .help("以 `*` 开头的文字要加引号", "put text that begins with `*` in quotes"),
        _ => plain.help(
            "检查这一行和上一行：同级的键缩进必须相同，冒号后要有空格，以 `%`、`@`、`*`、`&` 开头或含 `: ` 的文字要加引号",
            "look at this line and the one above: keys of one level have the same indent, a colon is followed by a space, \
             text that begins with `%`, `@`, `*`, `&` or contains `: ` is quoted",
        ),
    }
}

/// The first quote before `at` that its own line does not close, to the end of the line.
fn open_quote(text: &str, at: usize) -> Option<Span> {
    let mut start = 0;
    for line in text.get(..at)?.split_inclusive('\n') {
        let (mut open, mut before) = (None, ' ');
        for (place, c) in line.char_indices() {
            match open {
                None if c == '#' && before == ' ' => break,
                None if matches!(c, '"' | '\'') && matches!(before, ' ' | '[' | '{' | ',' | ':') => {
                    open = Some((place, c))
                }
                Some((_, quote)) if c == quote && !(quote == '"' && before == '\\') => open = None,
                _ => {}
            }
            before = c;
        }
        if let Some((place, _)) = open {
            return Some(Span::new(start + place, start + line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

/// A `{{…}}` without quotes on the line of the error or the one before.
fn bare_template(text: &str, at: usize) -> Option<Span> {
    let line_end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let line_start = text[..at].rfind('\n').map_or(0, |place| place + 1);
    let before = text[..line_start.saturating_sub(1)].rfind('\n').map_or(0, |place| place + 1);
    [line_start..line_end, before..line_start].into_iter().find_map(|range| {
        let line = &text[range.clone()];
        let open = line.find("{{")?;
        let lead = line[..open].trim_end();
        let bare = lead.is_empty() || lead.ends_with([':', '-', ',', '[', '{']);
        if !bare || line.trim_start().starts_with('#') {
            return None;
        }
        let rest = &line[open..];
        let length = rest.rfind("}}").map_or(rest.trim_end().len(), |place| place + 2);
        Some(Span::new(range.start + open, range.start + open + length))
    })
}
