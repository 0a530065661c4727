//! A string of the file to a [`Template`]: parsed by handlebars, checked against the names, turned into an [`Expr`].

mod arguments;

use handlebars::{
    Path, PathSeg, Template as Parsed, TemplateErrorReason,
    template::{HelperTemplate, Parameter, TemplateElement},
};
use idflow_sdk::{Field, Kind, Type, Value};

use super::{
    Expr, Template, block,
    limits::{offset, too_much},
    slips,
    tag::{Token, tokens},
    typed,
};
use crate::workflow::{
    diagnostic::{Diagnostic, Severity, Span},
    edit,
    helpers::{self, HELPERS, Helper},
    names::{self, Names, Phase, Target, Ty},
    suggest::{is_spelling, nearest},
    yaml::{Data, Node, Plain},
};

/// What is allowed where a template stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether block helpers are allowed: a text parameter.
    pub blocks: bool,
    /// Of which kind the target field's references are, if it holds some.
    pub refers_to: Option<Kind>,
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
        if let Some(meant) = slips::bare(text, names) {
            findings.push(
                Diagnostic::new(
                    "E0404",
                    node.span,
                    "这是固定文字，不是模板：模板写在两对花括号里",
                    "this is plain text and no template: a template stands in double braces",
                )
                .label("原样写出", "written as it stands")
                .help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?"))
                .fix(node.span, edit::quoted(source, node.span, &meant)),
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
        match slips::spelled(self.text) {
            Some(meant) => finding
                .help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?"))
                .fix(self.node.span, edit::quoted(self.source, self.node.span, &meant)),
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
            Err(error) => {
                let at = error.pos().map_or(0, |(line, column)| offset(self.text, line, column));
                let start = self.text[..at].rfind("{{").unwrap_or(at);
                let end = self.text[at..].find("}}").map_or(self.text.len(), |place| at + place + 2);
                return match error.reason() {
                    TemplateErrorReason::MismatchingClosedHelper(open, close) => self.syntax(
                        start,
                        end,
                        &format!("`{open}` 被 `{close}` 关闭"),
                        &format!("`{open}` is closed by `{close}`"),
                    ),
                    _ => self.syntax(start, end, "模板语法错误", "this template cannot be read"),
                };
            }
        };
        let has_blocks = parsed.elements.iter().any(|element| !plain(element));
        if has_blocks {
            if self.options.blocks {
                return self.long_text(&parsed);
            }
            let place = parsed.elements.iter().position(|element| !plain(element)).unwrap_or(0);
            let start = parsed.mapping.get(place).map_or(0, |at| offset(self.text, at.0, at.1));
            let (_, end) = tokens(self.text, start.min(self.text.len()));
            let span = self.span(start, end);
            return self.report(
                Diagnostic::new("E0406", span, "这里不能用块模板", "a block helper cannot stand where a value is expected")
                    .help(
                        "块（`{{#if}}`、`{{#each}}`）只能用在消息正文这样的文本参数里；这里用 `{{default …}}`、`{{coalesce …}}` 或 `{{eq …}}`",
                        "blocks (`{{#if}}`, `{{#each}}`) belong in texts such as a message; here use `{{default …}}`, \
                         `{{coalesce …}}` or `{{eq …}}`",
                    ),
            );
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
        let empty = parts.iter().map(|part| part.empty).reduce(|all, one| all.and(one)).flatten();
        Some(Typed { expr: Expr::Concat(parts.into_iter().map(|part| part.expr).collect()), ty: Ty::Text, empty })
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

    fn tag(&mut self, call: &HelperTemplate, start: usize) -> Option<Typed> {
        let (tokens, end) = tokens(self.text, start);
        let mut words = Words { tokens: &tokens, next: 0, whole: start..end };
        self.call(call, &mut words)
    }

    fn call(&mut self, call: &HelperTemplate, words: &mut Words<'_>) -> Option<Typed> {
        let name_at = words.take();
        if call.params.is_empty() && call.hash.is_empty() {
            return match &call.name {
                Parameter::Path(path) => self.path(path, name_at),
                Parameter::Name(name) => self.named(name, name_at),
                Parameter::Literal(literal) => self.literal(literal, name_at),
                Parameter::Subexpression(inner) => match inner.as_element() {
                    TemplateElement::Expression(call) => {
                        words.next = words.next.saturating_sub(1);
                        self.call(call, words)
                    }
                    _ => self.syntax(name_at.start, name_at.end, "模板语法错误", "this template cannot be read"),
                },
                _ => None,
            };
        }
        let name = call.name.as_name().unwrap_or_default().to_string();
        let spec = helpers::find(&name);
        let guarded = self.names.skippable.borrow().len();
        if spec.is_none() && self.names.phase == Phase::Mapping && names::is_restless(&name) {
            let span = self.span(name_at.start, name_at.end);
            self.findings.push(names::restless(&name, span));
            return None;
        }
        if spec.is_none() {
            self.unknown_helper(&name, name_at.clone());
        }
        if !call.hash.is_empty() {
            let span = self.span(words.whole.start, words.whole.end);
            self.findings.push(
                Diagnostic::new("E0405", span, "函数没有带名字的参数", "helpers take no named arguments")
                    .help("把参数按顺序写在后面", "write the arguments one after the other"),
            );
            return None;
        }
        let mut arguments = Vec::new();
        let mut types = Vec::new();
        let mut spans = Vec::new();
        let mut empties = Vec::new();
        let mut complete = true;
        for parameter in &call.params {
            let at = words.peek();
            match self.parameter(parameter, words) {
                Some(typed) => {
                    arguments.push(typed.expr);
                    types.push(typed.ty);
                    spans.push(at);
                    empties.push(typed.empty);
                }
                None => complete = false,
            }
        }
        let spec = spec?;
        let given = call.params.len();
        if given < spec.min || given > spec.max {
            let span = self.span(name_at.start, name_at.end);
            let wanted =
                if spec.min == spec.max { spec.min.to_string() } else { format!("{}–{}", spec.min, spec.max) };
            self.findings.push(
                Diagnostic::new(
                    "E0405",
                    span,
                    format!("`{name}` 需要 {wanted} 个参数，这里有 {given} 个"),
                    format!("`{name}` takes {wanted} arguments and has {given}"),
                )
                .help(format!("例如 `{}`", spec.example), format!("for example `{}`", spec.example)),
            );
            return None;
        }
        if !complete {
            return None;
        }
        if matches!(spec.helper, Helper::Default | Helper::Coalesce) && given > 1 {
            self.names.skippable.borrow_mut().truncate(guarded);
        }
        if spec.helper.refers() && self.options.refers_to.is_none() {
            let span = self.span(name_at.start, name_at.end);
            self.findings.push(
                Diagnostic::new(
                    "E0402",
                    span,
                    format!("`{name}` 只能用在引用部门或人员的目标字段里"),
                    format!("`{name}` belongs in a target field that refers to departments or people"),
                )
                .help("普通字段直接写 `{{source.…}}`", "for an ordinary field write `{{source.…}}`"),
            );
            return None;
        }
        for (place, ty) in types.iter().enumerate() {
            if !spec.helper.takes(place, ty) {
                let span = self.span(spans[place].start, spans[place].end);
                let (zh, en) = ty.title();
                let mut finding = Diagnostic::new(
                    "E0402",
                    span,
                    format!("`{name}` 不能处理{zh}"),
                    format!("`{name}` cannot take {en}"),
                )
                .help(format!("例如 `{}`", spec.example), format!("for example `{}`", spec.example));
                if spec.helper == Helper::TargetId && ty.is_list() {
                    finding = finding
                        .help("列表用 `target_ids`", "a list takes `target_ids`")
                        .fix(self.span(name_at.start, name_at.end), "target_ids");
                }
                self.findings.push(finding);
                return None;
            }
        }
        self.refers_right(spec, &types, &spans)?;
        self.check_literals(spec.helper, &arguments, &spans)?;
        if spec.helper == Helper::Date {
            self.check_date(&arguments, &spans)?;
            self.zoneless(&arguments, &spans, &name_at);
        }
        let empty = match spec.helper {
            Helper::Eq | Helper::TargetIds | Helper::LeaderFlags | Helper::Members | Helper::DepartmentPaths => None,
            Helper::TargetId if self.options.refers_to == Some(Kind::Department) => None,
            Helper::Default | Helper::Coalesce => empties.into_iter().reduce(|all, one| all.and(one)).flatten(),
            _ => empties.first().copied().flatten(),
        };
        Some(Typed { ty: spec.helper.gives(&types), expr: Expr::Call(spec.helper, arguments), empty })
    }

    fn parameter(&mut self, parameter: &Parameter, words: &mut Words<'_>) -> Option<Typed> {
        match parameter {
            Parameter::Path(path) => {
                let at = words.take();
                self.path(path, at)
            }
            Parameter::Literal(literal) => {
                let at = words.take();
                self.literal(literal, at)
            }
            Parameter::Name(name) => {
                let at = words.take();
                self.named(name, at)
            }
            Parameter::Subexpression(inner) => match inner.as_element() {
                TemplateElement::Expression(call) => self.call(call, words),
                _ => None,
            },
            _ => None,
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

    fn unknown_helper(&mut self, name: &str, at: std::ops::Range<usize>) {
        let span = self.span(at.start, at.end);
        let mut finding =
            Diagnostic::new("E0405", span, format!("没有 `{name}` 这个函数"), format!("there is no helper `{name}`"));
        let known = HELPERS.iter().map(|row| row.name);
        if let Some((meant, certain)) = slips::other_name(name) {
            self.findings.push(
                finding
                    .help(format!("这里叫 `{meant}`"), format!("it is called `{meant}` here"))
                    .fix_if(certain, span, meant),
            );
            return;
        }
        finding = match nearest(name, known.clone()) {
            Some(word) => finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                is_spelling(name, word, known),
                span,
                word,
            ),
            None => {
                let all = known.collect::<Vec<_>>();
                finding.help(format!("函数：{}", all.join("、")), format!("helpers: {}", all.join(", ")))
            }
        };
        self.findings.push(finding);
    }
}

/// The tokens of one tag, taken in the order of the tree.
struct Words<'a> {
    tokens: &'a [Token],
    next: usize,
    whole: std::ops::Range<usize>,
}

impl Words<'_> {
    fn peek(&mut self) -> std::ops::Range<usize> {
        while self.tokens.get(self.next).is_some_and(|token| token.punctuation) {
            self.next += 1;
        }
        self.tokens.get(self.next).map_or_else(|| self.whole.clone(), |token| token.range.clone())
    }

    fn take(&mut self) -> std::ops::Range<usize> {
        let range = self.peek();
        self.next += 1;
        range
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
