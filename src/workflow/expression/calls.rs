//! Functions: which there are, and what each takes.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::{
    dotted::path,
    lower::{Lower, Part},
    position,
    sort::Sort,
    span as spans,
    tree::{Node as Tree, Search},
    value::Fold,
};
use crate::workflow::{
    diagnostic::Diagnostic,
    suggest::{is_spelling, nearest},
};

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

const TEXT: (&str, &str) = ("文本", "text");

impl Lower<'_> {
    pub(super) fn function(&mut self, expr: &IdedExpr, call: &CallExpr) -> Part {
        let name = call.func_name.as_str();
        let receiver = call.target.as_deref();
        if !FUNCTIONS.contains(&(name, call.args.len(), receiver.is_some())) {
            receiver.map(|target| self.expr(target));
            call.args.iter().for_each(|argument| drop(self.expr(argument)));
            return self.unknown(expr, name);
        }
        let parts: Vec<(&IdedExpr, Part)> =
            receiver.into_iter().chain(&call.args).map(|argument| (argument, self.expr(argument))).collect();
        let mut parts = parts.into_iter();
        let Some((first, one)) = parts.next() else { return self.unknown(expr, name) };
        let second = parts.next();
        match (name, second) {
            ("size", _) => {
                let fits = one.sort.can_be_text() || matches!(one.sort, Sort::List(_) | Sort::Map(_));
                if !fits {
                    self.wrong(first, name, &one.sort, ("文本或列表", "text or a list"));
                }
                Part::new(Tree::Size(Box::new(one.tree)), Sort::Int)
            }
            ("int", _) => self.int(first, one),
            ("string", _) => {
                if matches!(one.sort, Sort::List(_) | Sort::Map(_)) {
                    self.wrong(first, name, &one.sort, ("一个值", "one value"));
                }
                let fold = if one.sort == Sort::Span { Fold::Exact } else { one.sort.fold() };
                Part::new(Tree::Text(Box::new(one.tree)), Sort::Text(fold))
            }
            ("duration", _) => {
                match one.text().map(ToString::to_string) {
                    Some(written) if spans::parse(&written).is_none() => self.no_span(first, &written),
                    _ if one.sort.can_be_text() || one.sort == Sort::Span => {}
                    _ => self.wrong(first, name, &one.sort, TEXT),
                }
                Part::new(Tree::Span(Box::new(one.tree)), Sort::Span)
            }
            ("matches", Some((second, other))) => {
                self.texts(name, [(first, &one), (second, &other)]);
                if let Some(written) = other.text()
                    && let Err(error) = super::pattern::Pattern::written(written)
                {
                    self.bad_pattern(second, &error);
                }
                Part::new(Tree::Matches(Box::new([one.tree, other.tree])), Sort::Bool)
            }
            (_, Some((second, other))) => {
                self.texts(name, [(first, &one), (second, &other)]);
                let search = match name {
                    "startsWith" => Search::Start,
                    "endsWith" => Search::End,
                    _ => Search::Anywhere,
                };
                let fold = one.sort.fold().with(other.sort.fold());
                Part::new(Tree::Search(search, Box::new([one.tree, other.tree]), fold), Sort::Bool)
            }
            _ => self.unknown(expr, name),
        }
    }

    fn texts(&mut self, name: &str, parts: [(&IdedExpr, &Part); 2]) {
        for (expr, part) in parts {
            if !part.sort.can_be_text() {
                self.wrong(expr, name, &part.sort, TEXT);
            }
        }
    }

    fn int(&mut self, expr: &IdedExpr, part: Part) -> Part {
        if let Some(text) = part.text()
            && text.trim().parse::<i64>().is_err()
        {
            let text = text.to_string();
            let span = self.span(expr);
            return self.report(
                Diagnostic::new("E0402", span, format!("`{text}` 不是整数"), format!("`{text}` is not a whole number"))
                    .help("例如 `int(row.level) > 3`", "for example `int(row.level) > 3`"),
            );
        }
        if !(part.sort.can_be_text() || part.sort == Sort::Int) {
            self.wrong(expr, "int", &part.sort, TEXT);
        }
        Part::new(Tree::Int(Box::new(part.tree)), Sort::Int)
    }

    fn bad_pattern(&mut self, expr: &IdedExpr, error: &regex::Error) {
        let span = self.span(expr);
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

    /// An argument of `changes`: a step. Its place in the scope.
    pub(super) fn changed(&mut self, argument: &IdedExpr) -> Option<Vec<String>> {
        let names = path(argument);
        if let Some(names) = names.as_deref()
            && let ["steps", id] = names
        {
            let place = vec!["steps".to_string(), (*id).to_string()];
            self.expr(argument);
            return Some(place);
        }
        let named = match &argument.expr {
            Expr::Ident(name) => Some(name.as_str()),
            Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
            _ => None,
        };
        // Another root, with the id of a step behind it.
        let named = named.or(match names.as_deref() {
            Some([_, id]) => Some(&**id),
            _ => None,
        });
        let named = named.filter(|name| self.names.steps.iter().any(|step| step.id == *name));
        let span = self.span(argument);
        let finding = Diagnostic::new("E0402", span, "`changes` 的参数是步骤", "the arguments of `changes` are steps");
        let example = named.map_or_else(|| "steps.create_user".to_string(), |name| format!("steps.{name}"));
        let finding = finding.help(format!("写作 `{example}`"), format!("write `{example}`"));
        self.findings.push(if named.is_some() { finding.fix(span, example) } else { finding });
        None
    }

    /// A single word that names nothing: most likely a text without its quotes.
    pub(super) fn bare_word(&self, expr: &IdedExpr) -> bool {
        match &expr.expr {
            Expr::Ident(name) => !self.is_local(name) && !self.names.knows(&[name]) && !self.names.is_near(name),
            _ => false,
        }
    }

    pub(super) fn unquoted(&mut self, expr: &IdedExpr) {
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
                // Or a variable that is not there.
                .suggest(span, format!("{quote}{name}{quote}")),
        );
    }

    fn unknown(&mut self, expr: &IdedExpr, name: &str) -> Part {
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
                // `like` has other patterns than `matches`; the others are the same under another name.
                let same = matches!(
                    name,
                    "len"
                        | "length"
                        | "count"
                        | "includes"
                        | "has_text"
                        | "any"
                        | "some"
                        | "every"
                        | "regex"
                        | "regexp"
                );
                let certain = same || is_spelling(name, word, all.iter().copied());
                let finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"));
                let range = position::range(expr, self.info, self.text);
                let call = format!("{name}(");
                let mut places = self.text.get(range.clone()).unwrap_or_default().match_indices(&call);
                match (places.next(), places.next()) {
                    (Some((at, _)), None) => {
                        let start = range.start + at;
                        finding.fix_if(certain, self.node.place(self.source, start..start + name.len()), word)
                    }
                    _ => finding,
                }
            }
            None => finding.help(format!("函数：{}", all.join("、")), format!("functions: {}", all.join(", "))),
        };
        self.report(finding)
    }
}
