//! Is a helper called as it wants to be, and what does the call come to?

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use idflow_sdk::Kind;

use super::{Compiler, Typed};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    helpers::{self, HELPERS, Helper},
    names::{self, Phase, Ty},
    suggest::{is_spelling, nearest},
    template::{
        Expr,
        tag::{Token, tokens},
        typos,
    },
};

/// What a helper is given, argument by argument.
#[derive(Default)]
struct Arguments {
    values: Vec<Expr>,
    types: Vec<Ty>,
    spans: Vec<std::ops::Range<usize>>,
    /// Where it may be empty.
    empties: Vec<Option<Span>>,
}

impl Compiler<'_> {
    pub(super) fn tag(&mut self, call: &HelperTemplate, start: usize) -> Option<Typed> {
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
        let given = self.arguments(call, words);
        let spec = spec?;
        self.counted(spec, &name, call.params.len(), &name_at)?;
        let given = given?;
        if matches!(spec.helper, Helper::Default | Helper::Coalesce) && given.types.len() > 1 {
            self.names.skippable.borrow_mut().truncate(guarded);
        }
        self.taken(spec, &name, &given, &name_at)?;
        let Arguments { values, types, spans, empties } = given;
        self.refers_right(spec, &types, &spans)?;
        self.check_literals(spec.helper, &values, &spans)?;
        if spec.helper == Helper::Date {
            self.check_date(&values, &spans)?;
            self.zoneless(&values, &spans, &name_at);
        }
        let empty = match spec.helper {
            Helper::Eq | Helper::TargetIds | Helper::LeaderFlags | Helper::Members | Helper::DepartmentPaths => None,
            Helper::TargetId if self.options.refers_to == Some(Kind::Department) => None,
            Helper::Default | Helper::Coalesce => empties.into_iter().reduce(|all, one| all.and(one)).flatten(),
            _ => empties.first().copied().flatten(),
        };
        Some(Typed { ty: spec.helper.gives(&types), expr: Expr::Call(spec.helper, values), empty })
    }

    /// The arguments of a call, each with what was found of it; `None` where one of them is wrong.
    fn arguments(&mut self, call: &HelperTemplate, words: &mut Words<'_>) -> Option<Arguments> {
        let mut given = Arguments::default();
        let mut complete = true;
        for parameter in &call.params {
            let at = words.peek();
            match self.parameter(parameter, words) {
                Some(typed) => {
                    given.values.push(typed.expr);
                    given.types.push(typed.ty);
                    given.spans.push(at);
                    given.empties.push(typed.empty);
                }
                None => complete = false,
            }
        }
        complete.then_some(given)
    }

    /// Whether a helper has as many arguments as it takes.
    fn counted(&mut self, spec: &helpers::Spec, name: &str, given: usize, at: &std::ops::Range<usize>) -> Option<()> {
        if (spec.min..=spec.max).contains(&given) {
            return Some(());
        }
        let span = self.span(at.start, at.end);
        let wanted = if spec.min == spec.max { spec.min.to_string() } else { format!("{}–{}", spec.min, spec.max) };
        self.findings.push(
            Diagnostic::new(
                "E0405",
                span,
                format!("`{name}` 需要 {wanted} 个参数，这里有 {given} 个"),
                format!("`{name}` takes {wanted} arguments and has {given}"),
            )
            .help(format!("例如 `{}`", spec.example), format!("for example `{}`", spec.example)),
        );
        None
    }

    /// Whether a helper may stand here, and takes what it is given.
    fn taken(
        &mut self,
        spec: &helpers::Spec,
        name: &str,
        given: &Arguments,
        at: &std::ops::Range<usize>,
    ) -> Option<()> {
        if spec.helper.refers() && self.options.refers_to.is_none() {
            let span = self.span(at.start, at.end);
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
        let mut types = given.types.iter().enumerate();
        let Some((index, ty)) = types.find(|(index, ty)| !spec.helper.takes(*index, ty)) else { return Some(()) };
        let span = self.span(given.spans[index].start, given.spans[index].end);
        let (zh, en) = ty.title();
        let mut finding =
            Diagnostic::new("E0402", span, format!("`{name}` 不能处理{zh}"), format!("`{name}` cannot take {en}"))
                .help(format!("例如 `{}`", spec.example), format!("for example `{}`", spec.example));
        if spec.helper == Helper::TargetId && ty.is_list() {
            finding = finding
                .help("列表用 `target_ids`", "a list takes `target_ids`")
                .fix(self.span(at.start, at.end), "target_ids");
        }
        self.findings.push(finding);
        None
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

    fn unknown_helper(&mut self, name: &str, at: std::ops::Range<usize>) {
        let span = self.span(at.start, at.end);
        let mut finding =
            Diagnostic::new("E0405", span, format!("没有 `{name}` 这个函数"), format!("there is no helper `{name}`"));
        let known = HELPERS.iter().map(|row| row.name);
        if let Some((meant, certain)) = typos::other_name(name) {
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
    pub(super) fn peek(&mut self) -> std::ops::Range<usize> {
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
