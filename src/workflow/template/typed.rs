//! The names in a long text with blocks: which of them are known where they stand.
//!
//! `{{#each}}` and `{{#with}}` change what a bare name means. Inside them it is a field of the entry at hand, `../x` is one
//! level further out, and `@root.x` is a name of the workflow. Where the entries' fields are not known before a run, nothing
//! is said.

use handlebars::{
    Path, Template as Parsed,
    template::{HelperTemplate, Parameter, TemplateElement},
};

use super::{limits::offset, tag::tokens};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    names::{Names, Ty},
    scope::{ROOTS, entries_of},
    suggest::{is_spelling, nearest},
    yaml::Node,
};

/// What a bare name means.
#[derive(Clone, Copy)]
enum Level {
    /// A name of the workflow.
    Root,
    /// A field of an entry of a list.
    Fields(&'static [(&'static str, Ty)]),
    /// Not known before a run.
    Unknown,
}

pub struct Walk<'a> {
    pub text: &'a str,
    pub node: &'a Node,
    pub source: &'a str,
    pub names: &'a Names<'a>,
    pub findings: &'a mut Vec<Diagnostic>,
}

/// Checks every name of the text.
pub fn check(parsed: &Parsed, mut walk: Walk<'_>) {
    walk.elements(parsed, &mut vec![Level::Root]);
}

impl Walk<'_> {
    fn elements(&mut self, parsed: &Parsed, levels: &mut Vec<Level>) {
        for (element, at) in parsed.elements.iter().zip(&parsed.mapping) {
            let start = offset(self.text, at.0, at.1).min(self.text.len());
            let start = self.text[start..].find("{{").map_or(start, |place| start + place);
            match element {
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                    self.call(call, start, levels);
                }
                TemplateElement::HelperBlock(call) => {
                    let inner = self.block(call, start, levels);
                    if let Some(template) = &call.template {
                        levels.extend(inner);
                        self.elements(template, levels);
                        levels.truncate(levels.len() - usize::from(inner.is_some()));
                    }
                    if let Some(template) = &call.inverse {
                        self.elements(template, levels);
                    }
                }
                _ => {}
            }
        }
    }

    /// The level that a block opens, if any.
    fn block(&mut self, call: &HelperTemplate, start: usize, levels: &[Level]) -> Option<Level> {
        let name = call.name.as_name().unwrap_or_default();
        for parameter in &call.params {
            self.parameter(parameter, start, levels);
        }
        let list = match call.params.first() {
            Some(Parameter::Path(Path::Relative((_, raw)))) => raw.as_str(),
            Some(Parameter::Name(name)) => name.as_str(),
            _ => return matches!(name, "each" | "with").then_some(Level::Unknown),
        };
        let list: Vec<&str> = list.trim_start_matches("@root.").split('.').collect();
        match name {
            "each" => Some(entries_of(&list).map_or(Level::Unknown, Level::Fields)),
            "with" => Some(Level::Unknown),
            _ => None,
        }
    }

    fn call(&mut self, call: &HelperTemplate, start: usize, levels: &[Level]) {
        let guarded = self.names.skippable.borrow().len();
        if call.params.is_empty() && call.hash.is_empty() {
            self.parameter(&call.name, start, levels);
            return;
        }
        for parameter in &call.params {
            self.parameter(parameter, start, levels);
        }
        if matches!(call.name.as_name(), Some("default" | "coalesce")) && call.params.len() > 1 {
            self.names.skippable.borrow_mut().truncate(guarded);
        }
    }

    fn parameter(&mut self, parameter: &Parameter, start: usize, levels: &[Level]) {
        match parameter {
            Parameter::Path(Path::Relative((_, raw))) => self.name(raw, start, levels),
            Parameter::Name(name) => self.name(name, start, levels),
            Parameter::Subexpression(inner) => {
                if let TemplateElement::Expression(call) = inner.as_element() {
                    self.call(call, start, levels);
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, raw: &str, start: usize, levels: &[Level]) {
        let (_, end) = tokens(self.text, start);
        let at = self
            .text
            .get(start..end)
            .and_then(|tag| tag.find(raw))
            .map_or(start..end, |place| start + place..start + place + raw.len());
        let mut rest = raw.trim_start_matches("./");
        let mut depth = levels.len();
        if let Some(absolute) = rest.strip_prefix("@root.") {
            (rest, depth) = (absolute, 1);
        }
        while let Some(outer) = rest.strip_prefix("../") {
            (rest, depth) = (outer, depth.saturating_sub(1).max(1));
        }
        let level = levels.get(depth.saturating_sub(1)).copied().unwrap_or(Level::Unknown);
        if rest == "this" || rest == "." || rest.starts_with('@') || rest.contains(['/', '[']) {
            return;
        }
        let own = rest.strip_prefix("this.").unwrap_or(rest);
        let path: Vec<&str> = own.split('.').collect();
        let span = self.node.place(self.source, at);
        match level {
            Level::Unknown => {}
            Level::Root => {
                if let Err(finding) = self.names.resolve(&path, span) {
                    self.findings.push(*finding);
                }
            }
            Level::Fields(fields) => {
                if !fields.iter().any(|(name, _)| *name == path[0]) {
                    self.findings.push(unknown_field(own, path[0], fields, span));
                }
            }
        }
    }
}

fn unknown_field(raw: &str, name: &str, fields: &[(&str, Ty)], span: Span) -> Diagnostic {
    let finding = Diagnostic::new(
        "E0401",
        span,
        format!("这个列表的每一项没有 `{name}`"),
        format!("an entry of this list has no `{name}`"),
    )
    .label("在 `{{#each}}` 里，名字指当前这一项的字段", "inside `{{#each}}` a name is a field of the entry at hand");
    if ROOTS.contains(&name) {
        let right = format!("@root.{raw}");
        return finding.help(format!("写 `{right}`"), format!("write `{right}`")).fix(span, right);
    }
    let names = fields.iter().map(|(name, _)| *name);
    match nearest(name, names.clone()) {
        Some(word) => finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
            is_spelling(name, word, names),
            span,
            word,
        ),
        None => {
            let all: Vec<&str> = names.collect();
            finding.help(format!("字段：{}", all.join("、")), format!("fields: {}", all.join(", ")))
        }
    }
}
