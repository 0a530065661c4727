//! What stands at a place, in words.

use idflow_sdk::{ActionSpec, ConnectorSpec, FieldSpec};

use super::{
    cursor::Spot,
    document::Document,
    names_at::{Name, rules},
};
use crate::workflow::{
    codes,
    diagnostic::Span,
    evaluate, explain,
    expression::functions,
    helpers,
    vocabulary::{self, Shape},
};

/// An explanation.
#[derive(Debug, Clone)]
pub struct Hover {
    /// What it explains.
    pub span: Span,
    /// In Chinese, as Markdown.
    pub zh: String,
    /// In English, as Markdown.
    pub en: String,
}

/// What a field is and which rules it has: zh, en.
#[must_use]
pub fn field_rules(field: &FieldSpec) -> (String, String) {
    rules(field)
}

impl Hover {
    fn new(span: Span, title: &str, zh: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self { span, zh: format!("**{title}**\n\n{}", zh.as_ref()), en: format!("**{title}**\n\n{}", en.as_ref()) }
    }
}

impl Document<'_> {
    /// What stands at this byte.
    #[must_use]
    pub fn hover(&self, offset: usize) -> Option<Hover> {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        if let Some(fact) = self.sketch.key_at(offset) {
            let here = self.here(&fact.path);
            return Self::of_key(here.spot, fact.path.last()?.key()?, fact.key);
        }
        if let Some(hover) = self.of_code_word(offset) {
            return Some(hover);
        }
        let fact = self.sketch.value_at(offset)?;
        let here = self.here(&fact.path);
        if let Some(code) = self.code(&here, fact.value.start, offset) {
            return self.of_name(&here, code.token, offset, code.template);
        }
        let text = fact.text.as_str();
        let span = fact.value;
        let shape = match here.spot {
            Spot::Value(_, _, shape) | Spot::Entry(shape) => shape,
            _ => return None,
        };
        match shape {
            Shape::Action => self.action(text).map(|(connector, action)| {
                let (zh, en) = of_action(connector, action);
                Hover::new(span, text, zh, en)
            }),
            Shape::Connector => {
                let connector = self.connector(text)?;
                Some(Hover::new(span, text, connector.title.zh, connector.title.en))
            }
            Shape::Objects => {
                let schema = self.schema(text)?;
                let fields: Vec<&str> = schema.fields.iter().map(|field| field.name.as_ref()).collect();
                let fields = fields.join(", ");
                Some(Hover::new(span, text, format!("字段：{fields}"), format!("fields: {fields}")))
            }
            Shape::StepIds => {
                let (_, path) = self.steps().into_iter().find(|(id, _)| id == text)?;
                let uses = self.text_at(&path, "uses").unwrap_or_default();
                Some(Hover::new(span, text, format!("步骤：`{uses}`"), format!("step: `{uses}`")))
            }
            Shape::Mapping | Shape::Connection => {
                let list = if shape == Shape::Mapping { "mappings" } else { "connections" };
                let at =
                    [super::tolerant_yaml::Segment::Key(list.into()), super::tolerant_yaml::Segment::Key(text.into())];
                let (first, second) = if shape == Shape::Mapping { ("from", "to") } else { ("type", "ref") };
                let (first, second) = (self.text_at(&at, first)?, self.text_at(&at, second).unwrap_or_default());
                let line = format!("`{first}` → `{second}`");
                Some(Hover::new(span, text, &line, &line))
            }
            _ => None,
        }
    }

    fn of_key(spot: Spot, key: &str, span: Span) -> Option<Hover> {
        match spot {
            Spot::Value(place, known, shape) => {
                let row = vocabulary::find(place, known)?;
                let (mut zh, mut en) = (row.doc.zh.to_string(), row.doc.en.to_string());
                let title = shape.title();
                zh.push_str(&format!("\n\n值：{}", title.0));
                en.push_str(&format!("\n\nvalue: {}", title.1));
                if row.required {
                    zh.push_str("；必填");
                    en.push_str("; required");
                }
                if !row.default.is_empty() {
                    zh.push_str(&format!("\n\n默认：`{}`", row.default));
                    en.push_str(&format!("\n\ndefault: `{}`", row.default));
                }
                Some(Hover::new(span, key, zh, en))
            }
            Spot::Field(field) => {
                let (zh, en) = rules(field);
                Some(Hover::new(span, key, zh, en))
            }
            Spot::Parameter(param) => {
                let (zh, en) = evaluate::title(param.ty);
                Some(Hover::new(
                    span,
                    key,
                    format!("{}\n\n值：{zh}{}", param.doc.zh, if param.required { "；必填" } else { "" }),
                    format!("{}\n\nvalue: {en}{}", param.doc.en, if param.required { "; required" } else { "" }),
                ))
            }
            Spot::Part(param, _) => Some(Hover::new(span, key, param.doc.zh, param.doc.en)),
            _ => None,
        }
    }

    /// A name in a template or an expression, up to the part under the cursor.
    fn of_name(&self, here: &super::cursor::Here, token: usize, offset: usize, template: bool) -> Option<Hover> {
        let end = self.word_end(offset);
        let word = self.text.get(token..end)?;
        let parts: Vec<&str> = word.split('.').collect();
        let (last, path) = parts.split_last()?;
        let span = Span::new(end - last.len(), end);
        let found = self.names(here, path).into_iter().find(|name| name.name == *last);
        if let Some(Name { detail, doc, .. }) = found {
            let line = |detail: &str, doc: &str| match (detail, doc) {
                ("", doc) => doc.to_string(),
                (detail, "") => detail.to_string(),
                (detail, doc) => format!("{detail}\n\n{doc}"),
            };
            return Some(Hover::new(span, word, line(&detail.0, &doc.0), line(&detail.1, &doc.1)));
        }
        if template && let Some(helper) = helpers::find(last) {
            let title = format!("{} {}", helper.name, helper.signature);
            let example = helper.example;
            return Some(Hover::new(
                span,
                &title,
                format!("{}\n\n`{example}`", helper.doc.zh),
                format!("{}\n\n`{example}`", helper.doc.en),
            ));
        }
        let function = functions::find(last).filter(|_| !template)?;
        let example = function.example;
        Some(Hover::new(
            span,
            function.signature,
            format!("{}\n\n`{example}`", function.doc.zh),
            format!("{}\n\n`{example}`", function.doc.en),
        ))
    }

    /// `E0508` in a comment.
    fn of_code_word(&self, offset: usize) -> Option<Hover> {
        let head = self.text.get(..offset)?;
        let start = offset - head.bytes().rev().take(5).take_while(u8::is_ascii_alphanumeric).count();
        let end = self.word_end(offset);
        let page = explain::find(self.text.get(start..end)?)?;
        let (zh, en) = of_code(page);
        Some(Hover { span: Span::new(start, end), zh, en })
    }
}

/// A code as Markdown: zh, en.
#[must_use]
pub fn of_code(page: &explain::Page) -> (String, String) {
    let title = codes::find(page.code).map_or(idflow_sdk::Text::new("", ""), |row| row.title);
    (
        format!("**{}** {}\n\n{}\n\n{}", page.code, title.zh, page.meaning.zh, page.mend.zh),
        format!("**{}** {}\n\n{}\n\n{}", page.code, title.en, page.meaning.en, page.mend.en),
    )
}

fn of_action(connector: &ConnectorSpec, action: &ActionSpec) -> (String, String) {
    let (mut zh, mut en) = (
        format!("{}（{}）", action.title.zh, connector.title.zh),
        format!("{} ({})", action.title.en, connector.title.en),
    );
    for param in action.params {
        zh.push_str(&format!("\n* `{}`{}：{}", param.name, if param.required { "（必填）" } else { "" }, param.doc.zh));
        en.push_str(&format!(
            "\n* `{}`{}: {}",
            param.name,
            if param.required { " (required)" } else { "" },
            param.doc.en
        ));
    }
    for output in action.outputs {
        zh.push_str(&format!("\n* 输出 `{}`：{}", output.name, output.doc.zh));
        en.push_str(&format!("\n* output `{}`: {}", output.name, output.doc.en));
    }
    (zh, en)
}
