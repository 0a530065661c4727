//! A string of the file to a [`Template`]: parsed by handlebars, checked against the names, turned into an [`Expr`].

mod arguments;
mod call;

use handlebars::{Path, PathSeg, Template as Parsed, TemplateError, TemplateErrorReason, template::TemplateElement};
use idflow_sdk::{Field, Kind, Type, Value};

use super::{
    Expr, Template, block,
    limits::{offset, too_much},
    tag::tokens,
    typed, typos,
};
use crate::workflow::{
    diagnostic::{Diagnostic, Severity, Span},
    helpers,
    names::{Names, Target, Ty},
    yaml::{Data, Node, Plain},
    yaml_edit,
};

/// What is allowed where a template stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether block helpers are allowed: a text parameter.
    pub blocks: bool,
    /// Of which kind the target field's references are, if it holds some.
    pub refers_to: Option<Kind>,
    /// Whether a text of which a part has no value has none itself: an account `hr-` is nobody's.
    pub whole: bool,
}

struct Compiler<'a> {
    source: &'a str,
    node: &'a Node,
    text: &'a str,
    names: &'a Names<'a>,
    options: Options,
    findings: &'a mut Vec<Diagnostic>,
}

/// One value with what is known of it.
struct Typed {
    expr: Expr,
    ty: Ty,
    empty: Option<Span>,
}

/// Compiles a scalar of the file. `None` when something was found.
pub fn compile(
    node: &Node,
    source: &str,
    names: &Names<'_>,
    options: Options,
    findings: &mut Vec<Diagnostic>,
) -> Option<Template> {
    let Data::Scalar(text, _) = &node.data else { return None };
    let literal = |field: Field, ty: Ty| {
        let empty = (field == Field::Empty).then_some(node.span);
        Some(Template { text: text.as_str().into(), expr: Expr::Literal(field), ty, empty })
    };
    match node.scalar() {
        Some(Plain::Bool(flag)) => return literal(Field::Value(Value::Bool(flag)), Ty::Bool),
        Some(Plain::Int(number)) => return literal(Field::Value(Value::Int(number)), Ty::Int),
        Some(Plain::Null) | None => return literal(Field::Empty, Ty::Any),
        Some(Plain::Float(_) | Plain::Text(_)) => {}
    }
    if !text.contains("{{") {
        if let Some(meant) = typos::bare(text, names) {
            findings.push(
                Diagnostic::new(
                    "E0404",
                    node.span,
                    "这是固定文字，不是模板：模板写在两对花括号里",
                    "this is plain text and no template: a template stands in double braces",
                )
                .label("原样写出", "written as it stands")
                .help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?"))
                .fix(node.span, yaml_edit::quoted(source, node.span, &meant)),
            );
            return None;
        }
        return literal(Field::from_text(text), Ty::Text);
    }
    let before = findings.len();
    let mut compiler = Compiler { source, node, text, names, options, findings };
    let typed = compiler.template()?;
    if compiler.findings[before..].iter().any(|finding| finding.severity == Severity::Error) {
        return None;
    }
    Some(Template { text: text.as_str().into(), expr: typed.expr, ty: typed.ty, empty: typed.empty })
}

impl Compiler<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        self.node.place(self.source, start..end)
    }

    fn report(&mut self, finding: Diagnostic) -> Option<Typed> {
        self.findings.push(finding);
        None
    }

    fn syntax(&mut self, start: usize, end: usize, zh: &str, en: &str) -> Option<Typed> {
        let span = self.span(start, end);
        let finding = Diagnostic::new("E0404", span, zh, en).help(
            "模板写作 `{{source.name}}` 或 `{{helper 参数}}`",
            "templates are written `{{source.name}}` or `{{helper argument}}`",
        );
        let finding = self.respelled(finding);
        self.report(finding)
    }

    /// The finding with the template as it was surely meant.
    fn respelled(&self, finding: Diagnostic) -> Diagnostic {
        match typos::spelled(self.text) {
            Some(meant) => finding
                .help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?"))
                .fix(self.node.span, yaml_edit::quoted(self.source, self.node.span, &meant)),
            None => finding,
        }
    }

    fn template(&mut self) -> Option<Typed> {
        if let Some((zh, en)) = too_much(self.text) {
            let span = self.node.span;
            return self.report(
                Diagnostic::new("E0404", span, zh, en)
                    .help("把它拆成几个字段或变量", "split it into several fields or variables"),
            );
        }
        let parsed = match Parsed::compile(self.text) {
            Ok(parsed) => parsed,
            Err(error) => return self.unreadable(&error),
        };
        let has_blocks = parsed.elements.iter().any(|element| !plain(element));
        if has_blocks {
            if self.options.blocks {
                return self.long_text(&parsed);
            }
            return self.no_blocks_here(&parsed);
        }
        let mut parts = Vec::new();
        let mut elements = parsed.elements.iter().zip(&parsed.mapping).peekable();
        while let Some((element, at)) = elements.next() {
            match element {
                TemplateElement::RawString(text) if text.is_empty() => {}
                TemplateElement::RawString(text)
                    if (text.contains(['}', '{']) && !self.text.contains("\\{"))
                        || (text.ends_with('$') && elements.peek().is_some()) =>
                {
                    let start = offset(self.text, at.0, at.1);
                    let place = text.find(['}', '{']).unwrap_or(text.len() - 1);
                    let start = (start + place).min(self.text.len());
                    let end = self.text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
                    return self.syntax(
                        start,
                        end,
                        "多余或不成对的花括号，或模板前多了 `$`",
                        "a brace too many or too few, or a `$` before the template",
                    );
                }
                TemplateElement::RawString(text) => parts.push(Typed {
                    expr: Expr::Literal(Field::Value(Value::text(text.as_str()))),
                    ty: Ty::Text,
                    empty: None,
                }),
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                    let start = offset(self.text, at.0, at.1);
                    let start = self.text[start..].find("{{").map_or(start, |place| start + place);
                    if let Some(typed) = self.tag(call, start) {
                        parts.push(typed);
                    }
                }
                _ => {}
            }
        }
        if parts.len() == 1 && parsed.elements.len() == 1 {
            return parts.pop();
        }
        for part in &parts {
            if part.ty.is_list() || part.ty == Ty::Map {
                let span = self.node.span;
                self.findings.push(
                    Diagnostic::new("E0402", span, "列表不能拼进文本", "a list cannot be part of a text")
                        .help("先用 `{{join 列表 ','}}` 变成文本", "make it text with `{{join list ','}}` first"),
                );
                return None;
            }
        }
        let mut empties = parts.iter().map(|part| part.empty);
        let empty = match self.options.whole {
            true => empties.find_map(|empty| empty),
            false => empties.reduce(|all, one| all.and(one)).flatten(),
        };
        let parts = parts.into_iter().map(|part| part.expr).collect();
        let expr = if self.options.whole { Expr::Whole(parts) } else { Expr::Concat(parts) };
        Some(Typed { expr, ty: Ty::Text, empty })
    }

    fn unreadable(&mut self, error: &TemplateError) -> Option<Typed> {
        let at = error.pos().map_or(0, |(line, column)| offset(self.text, line, column));
        let start = self.text[..at].rfind("{{").unwrap_or(at);
        let end = self.text[at..].find("}}").map_or(self.text.len(), |place| at + place + 2);
        match error.reason() {
            TemplateErrorReason::MismatchingClosedHelper(open, close) => self.syntax(
                start,
                end,
                &format!("`{open}` 被 `{close}` 关闭"),
                &format!("`{open}` is closed by `{close}`"),
            ),
            _ => self.syntax(start, end, "模板语法错误", "this template cannot be read"),
        }
    }

    fn no_blocks_here(&mut self, parsed: &Parsed) -> Option<Typed> {
        let place = parsed.elements.iter().position(|element| !plain(element)).unwrap_or(0);
        let start = parsed.mapping.get(place).map_or(0, |at| offset(self.text, at.0, at.1));
        let (_, end) = tokens(self.text, start.min(self.text.len()));
        let span = self.span(start, end);
        self.report(
            Diagnostic::new("E0406", span, "这里不能用块模板", "a block helper cannot stand where a value is expected")
                .help(
                    "块（`{{#if}}`、`{{#each}}`）只能用在消息正文这样的文本参数里；这里用 `{{default …}}`、`{{coalesce …}}` 或 `{{eq …}}`",
                    "blocks (`{{#if}}`, `{{#each}}`) belong in texts such as a message; here use `{{default …}}`, \
                     `{{coalesce …}}` or `{{eq …}}`",
                ),
        )
    }

    fn long_text(&mut self, parsed: &Parsed) -> Option<Typed> {
        block::check(parsed, self.text, &mut |start, end, code, zh, en| {
            let span = self.node.place(self.source, start..end);
            self.findings.push(Diagnostic::new(code, span, zh, en).help(
                "可用：`{{#if}}`、`{{#unless}}`、`{{#each}}`、`{{#with}}` 和各个函数",
                "there are `{{#if}}`, `{{#unless}}`, `{{#each}}`, `{{#with}}` and the helpers",
            ));
        });
        typed::check(
            parsed,
            typed::Walk {
                text: self.text,
                node: self.node,
                source: self.source,
                names: self.names,
                findings: self.findings,
            },
        );
        match block::Block::new(self.text) {
            Some(block) => Some(Typed { expr: Expr::Block(block.into()), ty: Ty::Text, empty: None }),
            None => self.syntax(0, self.text.len(), "模板语法错误", "this template cannot be read"),
        }
    }

    fn literal(&mut self, literal: &serde_json::Value, at: std::ops::Range<usize>) -> Option<Typed> {
        let (field, ty) = match literal {
            serde_json::Value::String(text) => (Field::from_text(text), Ty::Text),
            serde_json::Value::Bool(flag) => (Field::Value(Value::Bool(*flag)), Ty::Bool),
            serde_json::Value::Number(number) if number.is_i64() => {
                (Field::Value(Value::Int(number.as_i64().unwrap_or_default())), Ty::Int)
            }
            serde_json::Value::Null => (Field::Empty, Ty::Any),
            _ => {
                return self.syntax(
                    at.start,
                    at.end,
                    "模板里的固定值只能是文本、整数、true 或 false",
                    "a literal in a template is a text, a whole number, true or false",
                );
            }
        };
        let empty = (field == Field::Empty).then(|| self.span(at.start, at.end));
        Some(Typed { expr: Expr::Literal(field), ty, empty })
    }

    fn path(&mut self, path: &Path, at: std::ops::Range<usize>) -> Option<Typed> {
        let Path::Relative((segments, raw)) = path else {
            return self.syntax(
                at.start,
                at.end,
                "`@` 变量只能用在 `{{#each}}` 里",
                "`@` variables belong in `{{#each}}`",
            );
        };
        let mut names = Vec::with_capacity(segments.len());
        for segment in segments {
            match segment {
                PathSeg::Named(name) => names.push(name.as_str()),
                _ => {
                    return self.syntax(at.start, at.end, "路径只能写成 `a.b.c`", "a path is written `a.b.c`");
                }
            }
        }
        if names.is_empty() || raw.contains('/') {
            return self.syntax(at.start, at.end, "路径只能写成 `a.b.c`", "a path is written `a.b.c`");
        }
        self.resolve(&names, at)
    }

    fn named(&mut self, name: &str, at: std::ops::Range<usize>) -> Option<Typed> {
        self.resolve(&[name], at)
    }

    fn resolve(&mut self, names: &[&str], at: std::ops::Range<usize>) -> Option<Typed> {
        let span = self.span(at.start, at.end);
        if let [name] = names
            && let Some(spec) = helpers::find(name)
        {
            return self.report(
                Diagnostic::new("E0405", span, format!("`{name}` 缺少参数"), format!("`{name}` has no argument"))
                    .help(format!("例如 `{}`", spec.example), format!("for example `{}`", spec.example)),
            );
        }
        match self.names.resolve(names, span) {
            Ok((ty, target)) => {
                let empty = self.can_be_empty(&ty, &target).then_some(span);
                let expr = match target {
                    Target::Field(id) => Expr::Field(id),
                    Target::Part(id, path) => Expr::Part(id, path),
                    Target::Scope(path) => Expr::Scope(path),
                };
                Some(Typed { expr, ty, empty })
            }
            Err(finding) => self.report(*finding),
        }
    }

    fn can_be_empty(&self, ty: &Ty, target: &Target) -> bool {
        match target {
            Target::Field(id) => {
                let required = self.names.object.is_none_or(|object| object.schema.spec(*id).required);
                !required && !ty.is_list() && *ty != Ty::Field(Type::Custom)
            }
            Target::Part(..) => true,
            Target::Scope(path) => match path.as_slice() {
                [root, name, ..] if root == "inputs" => self
                    .names
                    .inputs
                    .iter()
                    .any(|input| input.name == *name && !input.required && input.default.is_none()),
                _ => *ty == Ty::Any,
            },
        }
    }
}

fn plain(element: &TemplateElement) -> bool {
    matches!(
        element,
        TemplateElement::RawString(_)
            | TemplateElement::Expression(_)
            | TemplateElement::HtmlExpression(_)
            | TemplateElement::Comment(_)
    )
}
