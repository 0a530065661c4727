//! Long texts with block helpers (`{{#each}}`, `{{#if}}`): rendered by handlebars itself, parsed once.
//!
//! Strict mode, so a misspelt name is an error and not a gap; no HTML escaping, because nothing here is HTML; no partials
//! and no decorators. Values come from the scope only; a record never passes through here.

use std::borrow::Cow;

use handlebars::{
    Context, Handlebars, Helper as Call, HelperDef, RenderContext, RenderError, RenderErrorReason, ScopedJson,
    Template as Parsed, no_escape,
    template::{HelperTemplate, TemplateElement},
};
use idflow_sdk::{Field, Problem, Value};

use super::value::{Got, cannot};
use crate::workflow::{
    helpers::{HELPERS, Helper, find},
    scope::Scope,
};

const NAME: &str = "text";
const BUILT_IN: &[&str] = &["if", "unless", "each", "with", "lookup", "len"];

/// A registered text.
#[derive(Debug)]
pub struct Block {
    engine: Handlebars<'static>,
    text: Box<str>,
}

impl Block {
    /// Parses and registers the text.
    pub fn new(text: &str) -> Option<Self> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(no_escape);
        engine.register_template_string(NAME, text).ok()?;
        for row in HELPERS.iter().filter(|row| !row.helper.refers() && row.name != "eq") {
            engine.register_helper(row.name, Box::new(Ours(row.helper)));
        }
        engine.register_helper("eq", Box::new(Ours(Helper::Eq)));
        Some(Self { engine, text: text.into() })
    }

    /// The text with the scope's values.
    pub fn render(&self, scope: &Scope) -> Result<String, Problem> {
        let context = Context::wraps(&scope.root).map_err(|_| cannot(&self.text, "数据不可用", "no data"))?;
        self.engine.render_with_context(NAME, &context).map_err(|error| {
            let what = match error.reason() {
                RenderErrorReason::MissingVariable(Some(path)) => format!("`{path}`"),
                _ => error.reason().to_string(),
            };
            let first: String = self.text.chars().take(60).collect();
            cannot(&first, &what, &what)
        })
    }
}

struct Ours(Helper);

impl HelperDef for Ours {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Call<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let refuse = |what: String| RenderError::from(RenderErrorReason::Other(what));
        let mut values = Vec::new();
        for parameter in call.params() {
            values.push(match Value::from_json(parameter.value()).map_err(refuse)? {
                Field::Value(value) => Some(Cow::Owned(value)),
                Field::Empty => None,
            });
        }
        let got = match self.0 {
            Helper::Eq => Got::owned(Value::Bool(values.first() == values.get(1))),
            Helper::Default | Helper::Coalesce => match values.into_iter().flatten().next() {
                Some(value) => Got::Value(value),
                None => Got::Empty,
            },
            helper => {
                let mut values = values.into_iter();
                match values.next().flatten() {
                    Some(value) => {
                        let rest: Vec<_> = values.collect();
                        helper
                            .apply(value, &rest, helper.spec().name)
                            .map_err(|problem| refuse(problem.get("what_en").unwrap_or(&problem.code).to_string()))?
                    }
                    None => Got::Empty,
                }
            }
        };
        Ok(ScopedJson::Derived(match got {
            Got::Value(value) => value.to_json(),
            Got::Empty | Got::Hidden => serde_json::Value::String(String::new()),
        }))
    }
}

/// Looks at every helper of the text; what is wrong is told by (start, end, code, zh, en).
pub fn check(parsed: &Parsed, text: &str, report: &mut dyn FnMut(usize, usize, &'static str, String, String)) {
    for (element, at) in parsed.elements.iter().zip(&parsed.mapping) {
        let start = super::limits::offset(text, at.0, at.1).min(text.len());
        let (_, end) = super::tag::tokens(text, start);
        let mut wrong = |code, zh: String, en: String| report(start, end, code, zh, en);
        match element {
            TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                inspect(call, false, &mut wrong)
            }
            TemplateElement::HelperBlock(call) => {
                inspect(call, true, &mut wrong);
                for inner in call.template.iter().chain(&call.inverse) {
                    check(inner, text, report);
                }
            }
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            _ => wrong(
                "E0404",
                "不支持片段（`{{>…}}`）和装饰器".into(),
                "partials (`{{>…}}`) and decorators are not supported".into(),
            ),
        }
    }
}

fn inspect(call: &HelperTemplate, block: bool, wrong: &mut dyn FnMut(&'static str, String, String)) {
    if call.params.is_empty() && call.hash.is_empty() && !block {
        return;
    }
    let name = call.name.as_name().unwrap_or_default();
    let known = if block { BUILT_IN[..4].contains(&name) } else { BUILT_IN.contains(&name) || find(name).is_some() };
    if !known {
        wrong("E0405", format!("没有 `{name}` 这个函数"), format!("there is no helper `{name}`"));
    }
}
