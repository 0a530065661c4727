//! Is the expression well formed, are its names known, and of which type is each part?

use cel::{
    common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators},
    parser::Parser,
};
use idflow_sdk::Type;

use super::{Types, constant, position, slips};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    edit,
    names::Ty,
    suggest::nearest,
    yaml::{Node, Plain},
};

const MAX_BYTES: usize = 4_096;
const MAX_SIGNS: usize = 150;
const MAX_NESTING: usize = 16;
const MAX_LOOPS: usize = 4;
const MAX_LOOP_DEPTH: usize = 2;
const MACROS: &[&str] = &[".exists(", ".exists_one(", ".all(", ".filter(", ".map("];

/// Functions, with the number of arguments (the receiver not counted) and whether they have a receiver.
pub const FUNCTIONS: &[(&str, usize, bool)] = &[
    ("size", 1, false),
    ("size", 0, true),
    ("startsWith", 1, true),
    ("endsWith", 1, true),
    ("contains", 1, true),
    ("matches", 1, true),
    ("duration", 1, false),
    ("int", 1, false),
    ("string", 1, false),
];

/// A checked expression.
pub struct Checked {
    pub expr: IdedExpr,
    pub ty: Ty,
    /// Its value, if that is known.
    pub constant: Option<bool>,
}

struct Checker<'a> {
    node: &'a Node,
    source: &'a str,
    text: &'a str,
    types: &'a Types<'a>,
    info: &'a SourceInfo,
    locals: Vec<String>,
    loops: usize,
    findings: &'a mut Vec<Diagnostic>,
}

/// Parses and checks. `None` when nothing could be parsed.
pub fn check(node: &Node, source: &str, types: &Types<'_>, findings: &mut Vec<Diagnostic>) -> Option<Checked> {
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
            if let Some(meant) = slips::spelled(text) {
                finding = finding
                    .help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?"))
                    .fix(node.span, edit::quoted(source, node.span, &meant));
            }
            findings.push(finding);
            return None;
        }
    };
    let mut checker = Checker { node, source, text, types, info: &info, locals: Vec::new(), loops: 0, findings };
    let ty = checker.expr(&expr);
    let constant = constant::value(&expr, types.phase);
    Some(Checked { expr, ty, constant })
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
            finding.fix(node.span, edit::quoted(source, node.span, inner))
        }
        Some(_) => {
            let bare = text.replace("${{", "").replace("{{", "").replace("}}", "");
            let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
            // What the parser could not survive is refused before it sees it.
            if !too_much(&bare) && Parser::new().max_recursion_depth(64).parse(&bare).is_ok() {
                finding.fix(node.span, edit::quoted(source, node.span, &bare))
            } else {
                finding
            }
        }
        None => finding,
    }
}

pub fn too_much(text: &str) -> bool {
    let (mut depth, mut deepest, mut signs) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '<' | '>' | '=' | '&' | '|' | '?' | '.' => signs += 1,
            _ => {}
        }
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| *word == "in").count();
    let loops: usize = MACROS.iter().map(|name| text.matches(name).count()).sum();
    text.len() > MAX_BYTES || deepest > MAX_NESTING || signs + words > MAX_SIGNS || loops > MAX_LOOPS
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

impl Checker<'_> {
    fn span(&self, expr: &IdedExpr) -> Span {
        self.node.place(self.source, position::range(expr, self.info, self.text))
    }

    fn report(&mut self, finding: Diagnostic) -> Ty {
        self.findings.push(finding);
        Ty::Any
    }

    fn expr(&mut self, expr: &IdedExpr) -> Ty {
        match &expr.expr {
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Ty::Bool,
                LiteralValue::Int(_) | LiteralValue::UInt(_) => Ty::Int,
                LiteralValue::String(_) => Ty::Text,
                _ => Ty::Any,
            },
            Expr::Ident(_) | Expr::Select(_) => self.name(expr),
            Expr::List(list) => {
                for element in &list.elements {
                    self.expr(element);
                }
                Ty::List
            }
            Expr::Call(call) => self.call(expr, call),
            Expr::Comprehension(loops) => self.comprehension(loops),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                let span = self.span(expr);
                self.report(
                    Diagnostic::new("E0407", span, "条件里不能写映射", "a condition cannot contain a map")
                        .help("例如 `user.status == \"active\"`", "for example `user.status == \"active\"`"),
                )
            }
        }
    }

    fn name(&mut self, expr: &IdedExpr) -> Ty {
        let span = self.span(expr);
        if let Expr::Select(select) = &expr.expr
            && select.test
        {
            // `has(a.b)`: the name must be known, its value may be missing.
            let Some(mut path) = path(&select.operand) else { return Ty::Bool };
            path.push(&select.field);
            if !self.locals.iter().any(|local| local == path[0])
                && let Err(finding) = self.types.resolve(&path, span)
            {
                self.findings.push(*finding);
            }
            return Ty::Bool;
        }
        let Some(path) = path(expr) else {
            if let Expr::Select(select) = &expr.expr {
                self.expr(&select.operand);
            }
            return Ty::Any;
        };
        if self.locals.iter().any(|local| local == path[0]) {
            return Ty::Any;
        }
        match self.types.resolve(&path, span) {
            Ok((ty, _)) => ty,
            Err(finding) => self.report(*finding),
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Ty {
        let name = call.func_name.as_str();
        if name == "changes" && call.target.is_none() {
            for argument in &call.args {
                self.changed(argument);
            }
            return Ty::Int;
        }
        if matches!(name, operators::EQUALS | operators::NOT_EQUALS | operators::IN)
            && call.args.iter().filter(|argument| self.bare_word(argument)).count() == 1
        {
            for argument in &call.args {
                if self.bare_word(argument) {
                    self.unquoted(argument);
                } else {
                    self.expr(argument);
                }
            }
            return Ty::Bool;
        }
        let types: Vec<Ty> = call.args.iter().map(|argument| self.expr(argument)).collect();
        let receiver = call.target.as_ref().map(|target| self.expr(target));
        match name {
            operators::EQUALS | operators::NOT_EQUALS => {
                if let [left, right] = call.args.as_slice() {
                    self.comparable(expr, (left, &types[0]), (right, &types[1]));
                }
                Ty::Bool
            }
            operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS => {
                if let [left, right] = types.as_slice()
                    && (left.is_list()
                        || right.is_list()
                        || (left.is_int() && right.is_text())
                        || (left.is_text() && right.is_int()))
                {
                    let span = self.span(expr);
                    self.report(never(span, left, right));
                }
                Ty::Bool
            }
            operators::IN => {
                if let [_, list] = call.args.as_slice() {
                    self.contains(&types[0], list, &types[1]);
                }
                Ty::Bool
            }
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => {
                for (argument, ty) in call.args.iter().zip(&types) {
                    if !ty.is_bool() {
                        let span = self.span(argument);
                        let (zh, en) = ty.title();
                        self.report(
                            Diagnostic::new(
                                "E0407",
                                span,
                                format!("这里应当是真假值，不是{zh}"),
                                format!("true or false belongs here, not {en}"),
                            )
                            .help(
                                "写成比较，例如 `… == \"active\"`",
                                "write a comparison, for example `… == \"active\"`",
                            ),
                        );
                    }
                }
                Ty::Bool
            }
            operators::CONDITIONAL => types.get(1).cloned().unwrap_or(Ty::Any),
            operators::ADD
            | operators::SUBSTRACT
            | operators::MULTIPLY
            | operators::DIVIDE
            | operators::MODULO
            | operators::NEGATE => {
                if types.iter().all(Ty::is_int) {
                    Ty::Int
                } else {
                    Ty::Any
                }
            }
            operators::INDEX => Ty::Any,
            _ if name.starts_with('@') || name.starts_with('_') => Ty::Any,
            _ => self.function(expr, call, receiver.is_some()),
        }
    }

    /// A single word that names nothing: most likely a text without its quotes.
    fn bare_word(&self, expr: &IdedExpr) -> bool {
        match &expr.expr {
            Expr::Ident(name) => !self.locals.contains(name) && !self.types.knows(&[name]) && !self.types.is_near(name),
            _ => false,
        }
    }

    fn unquoted(&mut self, expr: &IdedExpr) {
        let Expr::Ident(name) = &expr.expr else { return };
        let span = self.span(expr);
        let quote =
            if self.source.get(self.node.span.start..).is_some_and(|rest| rest.starts_with('"')) { '\'' } else { '"' };
        let quote = if self.source.get(self.node.span.start..).is_some_and(|rest| rest.starts_with('\'')) {
            '"'
        } else {
            quote
        };
        self.report(
            Diagnostic::new("E0401", span, format!("没有变量 `{name}`"), format!("there is no variable `{name}`"))
                .label("不认识", "not known")
                .help(
                    format!("文本要加引号：`{quote}{name}{quote}`"),
                    format!("text stands in quotes: `{quote}{name}{quote}`"),
                )
                .fix(span, format!("{quote}{name}{quote}")),
        );
    }

    /// An argument of `changes`: a step.
    fn changed(&mut self, argument: &IdedExpr) {
        let named = match &argument.expr {
            Expr::Ident(name) => Some(name.as_str()),
            Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
            _ => None,
        };
        // Another root, with the id of a step behind it.
        let parts = path(argument);
        let named = named.or(match parts.as_deref() {
            Some([_, id]) => Some(&**id),
            _ => None,
        });
        let named = named.filter(|name| self.types.steps.iter().any(|step| step.id == *name));
        let whole = path(argument).is_some_and(|path| path.len() == 2 && path[0] == "steps");
        if whole {
            self.expr(argument);
            return;
        }
        let span = self.span(argument);
        let finding = Diagnostic::new("E0402", span, "`changes` 的参数是步骤", "the arguments of `changes` are steps");
        let example = named.map_or_else(|| "steps.create_user".to_string(), |name| format!("steps.{name}"));
        let finding = finding.help(format!("写作 `{example}`"), format!("write `{example}`"));
        self.findings.push(if named.is_some() { finding.fix(span, example) } else { finding });
    }

    fn function(&mut self, expr: &IdedExpr, call: &CallExpr, receiver: bool) -> Ty {
        let name = call.func_name.as_str();
        if FUNCTIONS.contains(&(name, call.args.len(), receiver)) {
            if name == "matches"
                && let Some(IdedExpr { expr: Expr::Literal(LiteralValue::String(pattern)), .. }) = call.args.first()
                && let Err(error) = super::pattern(pattern.inner())
            {
                let span = call.args.first().map_or(self.node.span, |argument| self.span(argument));
                let what = error.to_string();
                let what = what.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_string();
                self.report(
                    Diagnostic::new(
                        "E0407",
                        span,
                        format!("这个正则表达式写错或过大：{what}"),
                        format!("this pattern is wrong or too large: {what}"),
                    )
                    .help("例如 `matches(\"^[0-9]{6}$\")`", "for example `matches(\"^[0-9]{6}$\")`"),
                );
            }
            return match name {
                "size" | "int" => Ty::Int,
                "string" => Ty::Text,
                "duration" => Ty::Any,
                _ => Ty::Bool,
            };
        }
        let span = self.span(expr);
        let known = FUNCTIONS.iter().map(|row| row.0).chain(["has", "exists", "all", "filter", "map", "changes"]);
        let mut finding = Diagnostic::new(
            "E0405",
            span,
            format!("没有 `{name}` 这个函数，或参数个数不对"),
            format!("there is no function `{name}` with these arguments"),
        );
        let mut all: Vec<&str> = known.collect();
        all.dedup();
        let meant = match name {
            "len" | "length" | "count" => Some("size"),
            "includes" | "has_text" => Some("contains"),
            "any" | "some" => Some("exists"),
            "every" => Some("all"),
            "like" | "regex" | "regexp" => Some("matches"),
            other => nearest(other, all.iter().copied()),
        };
        finding = match meant.filter(|word| *word != name) {
            Some(word) => {
                let finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"));
                let range = position::range(expr, self.info, self.text);
                let call = format!("{name}(");
                let mut places = self.text.get(range.clone()).unwrap_or_default().match_indices(&call);
                match (places.next(), places.next()) {
                    (Some((at, _)), None) => {
                        let start = range.start + at;
                        finding.fix(self.node.place(self.source, start..start + name.len()), word)
                    }
                    _ => finding,
                }
            }
            None => finding.help(format!("函数：{}", all.join("、")), format!("functions: {}", all.join(", "))),
        };
        self.report(finding)
    }

    fn comprehension(&mut self, loops: &ComprehensionExpr) -> Ty {
        let list = self.expr(&loops.iter_range);
        if !(list.is_list() || matches!(list, Ty::Any | Ty::Map)) {
            let span = self.span(&loops.iter_range);
            self.report(Diagnostic::new("E0407", span, "这里应当是列表", "a list belongs here").help(
                "`exists`、`all`、`filter` 和 `map` 用在列表上",
                "`exists`, `all`, `filter` and `map` work on lists",
            ));
        }
        self.loops += 1;
        if self.loops > MAX_LOOP_DEPTH {
            // Nothing bounds the cost of loops in loops but their depth.
            let span = self.span(&loops.iter_range);
            self.report(
                Diagnostic::new("E0407", span, "循环函数嵌套太深", "loops are nested too deeply")
                    .help("最多两层", "at most two levels"),
            );
        }
        let locals = self.locals.len();
        self.locals.push(loops.iter_var.clone());
        self.locals.extend(loops.iter_var2.clone());
        self.locals.push(loops.accu_var.clone());
        self.expr(&loops.loop_step);
        self.locals.truncate(locals);
        self.loops -= 1;
        match &loops.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(_) | LiteralValue::Int(_)) => Ty::Bool,
            Expr::List(_) => Ty::List,
            _ => Ty::Any,
        }
    }

    /// Comparisons that can never be true: a word that the field cannot have, or two types that never meet.
    fn comparable(&mut self, whole: &IdedExpr, left: (&IdedExpr, &Ty), right: (&IdedExpr, &Ty)) {
        for ((_, ty), (literal, _)) in [(left, right), (right, left)] {
            if self.word_fits(ty, literal).is_some() {
                return;
            }
        }
        let (left, right) = (left.1, right.1);
        if *left == Ty::Any || *right == Ty::Any {
            return;
        }
        let alike = (left.is_text() && right.is_text())
            || (left.is_int() && right.is_int())
            || (left.is_bool() && right.is_bool())
            || (left.is_list() && right.is_list())
            || matches!(left, Ty::Map | Ty::Field(Type::Custom | Type::Ref(_)))
            || matches!(right, Ty::Map | Ty::Field(Type::Custom | Type::Ref(_)));
        if !alike {
            let span = self.span(whole);
            self.report(never(span, left, right));
        }
    }

    fn contains(&mut self, item_ty: &Ty, list: &IdedExpr, list_ty: &Ty) {
        if !(list_ty.is_list() || matches!(list_ty, Ty::Any | Ty::Map | Ty::Field(Type::Custom))) {
            let span = self.span(list);
            let (zh, en) = list_ty.title();
            self.report(
                Diagnostic::new(
                    "E0407",
                    span,
                    format!("`in` 后面应当是列表，不是{zh}"),
                    format!("a list follows `in`, not {en}"),
                )
                .help("例如 `in [\"active\", \"disabled\"]`", "for example `in [\"active\", \"disabled\"]`"),
            );
            return;
        }
        if let Expr::List(list) = &list.expr {
            for element in &list.elements {
                self.word_fits(item_ty, element);
            }
        }
    }

    /// `Some` when `ty` is one of some words and `literal` a text: then it was looked at.
    fn word_fits(&mut self, ty: &Ty, literal: &IdedExpr) -> Option<()> {
        let words: Vec<&str> = match ty {
            Ty::Field(Type::Enum(words)) => words.to_vec(),
            Ty::Words(words) => words.iter().map(String::as_str).collect(),
            _ => return None,
        };
        let Expr::Literal(LiteralValue::String(text)) = &literal.expr else { return None };
        let text: &str = text.inner();
        if words.contains(&text) {
            return Some(());
        }
        let span = self.span(literal);
        let mut finding =
            Diagnostic::new("E0408", span, format!("值永远不会是 `{text}`"), format!("the value is never `{text}`"))
                .help(format!("可能的值：{}", words.join("、")), format!("it is one of: {}", words.join(", ")));
        let alias = match text {
            "success" | "successful" | "ok" | "completed" | "passed" => Some("succeeded"),
            "failure" | "error" | "errored" => Some("failed"),
            "canceled" | "aborted" | "stopped" => Some("cancelled"),
            "paused" | "waiting" | "suspended" => Some("held"),
            _ => None,
        };
        let alias = alias.filter(|word| words.contains(word));
        if let Some(word) = alias.or_else(|| nearest(text, words.iter().copied())) {
            let quote = self.source.get(span.start..).and_then(|rest| rest.chars().next()).unwrap_or('"');
            finding = finding
                .help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"))
                .fix(span, format!("{quote}{word}{quote}"));
        }
        self.findings.push(finding);
        Some(())
    }
}

fn never(span: Span, left: &Ty, right: &Ty) -> Diagnostic {
    let ((left_zh, left_en), (right_zh, right_en)) = (left.title(), right.title());
    Diagnostic::new(
        "E0408",
        span,
        format!("{left_zh}和{right_zh}不能比较"),
        format!("{left_en} cannot be compared with {right_en}"),
    )
    .help("两边要是同一种类的值", "both sides must be of one kind")
}

/// The words of a dotted name.
pub fn path(expr: &IdedExpr) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut expr = expr;
    loop {
        match &expr.expr {
            Expr::Ident(name) => {
                names.push(name.as_str());
                names.reverse();
                return Some(names);
            }
            Expr::Select(select) if !select.test => {
                names.push(select.field.as_str());
                expr = &select.operand;
            }
            _ => return None,
        }
    }
}
