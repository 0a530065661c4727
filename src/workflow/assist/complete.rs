//! What can be written at a place.

use idflow_sdk::{Access, ParamType, Type};

use super::{
    code::Code,
    cursor::{Here, Spot},
    document::Document,
    names_at::{Name, Objects, rules},
    tolerant_yaml::{End, Role, Segment, Sketch},
};
use crate::workflow::{
    diagnostic::Span,
    expression::functions::FUNCTIONS,
    helpers::HELPERS,
    keys::Keys,
    vocabulary::{self, Shape},
};

/// The most that is offered at once.
const MAX: usize = 1_000;

/// What a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A key.
    Key,
    /// One of some words.
    Word,
    /// An action.
    Action,
    /// A name of the file: a step, a mapping, a connection.
    Name,
    /// A field or property.
    Field,
    /// A helper or function.
    Function,
}

/// Something that can be written.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// What it is called.
    pub label: String,
    /// What to write.
    pub insert: String,
    /// The bytes that it replaces.
    pub replace: Span,
    /// What it is.
    pub sort: Sort,
    /// What it is, in a few words: zh, en.
    pub detail: (String, String),
    /// What it means: zh, en.
    pub doc: (String, String),
}

struct Offer<'d> {
    replace: Span,
    made: Vec<Suggestion>,
    document: &'d Document<'d>,
}

impl Offer<'_> {
    fn add(&mut self, sort: Sort, label: &str, insert: String, detail: (String, String), doc: (String, String)) {
        if self.made.len() < MAX && !self.made.iter().any(|made| made.label == label) {
            self.made.push(Suggestion { label: label.into(), insert, replace: self.replace, sort, detail, doc });
        }
    }

    fn word(&mut self, word: &str) {
        self.add(Sort::Word, word, word.into(), nothing(), nothing());
    }

    fn names(&mut self, names: Vec<Name>, sort: Sort) {
        for name in names {
            self.add(sort, &name.name, name.name.clone(), name.detail, name.doc);
        }
    }
}

fn nothing() -> (String, String) {
    (String::new(), String::new())
}

fn both(text: idflow_sdk::Text) -> (String, String) {
    (text.zh.into(), text.en.into())
}

impl Document<'_> {
    /// What can be written at this byte.
    #[must_use]
    pub fn complete(&self, offset: usize) -> Vec<Suggestion> {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let end = Sketch::new(self.text.get(..offset).unwrap_or_default()).end;
        let mut offer = Offer { replace: Span::new(offset, offset), made: Vec::new(), document: self };
        let here = self.here(&end.path);
        // A template that is not quoted yet looks like a map in a map.
        let line = self.text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |place| place + 1);
        if end.role == Role::Key
            && let Some(code) = self.code(&here, line, offset).filter(|code| code.template)
        {
            self.in_code(&here, &code, offset, &mut offer);
            return offer.made;
        }
        match end.role {
            Role::Nothing => {}
            Role::Key => self.keys(&here, &end, offset, &mut offer),
            Role::Value => self.value(&here, &end, offset, &mut offer),
            Role::Either => match self.map_here(&here, &end) {
                true => self.keys(&here, &end, offset, &mut offer),
                false => self.value(&here, &end, offset, &mut offer),
            },
        }
        offer.made
    }

    /// Whether a line at this place begins with a key.
    fn map_here(&self, here: &Here, end: &End) -> bool {
        match here.spot {
            Spot::Map(_) | Spot::Field(_) => true,
            Spot::Value(_, _, Shape::Parameters | Shape::Fields) => true,
            Spot::Value(_, _, Shape::Maps(_) | Shape::Steps) => matches!(end.path.last(), Some(Segment::Item(_))),
            Spot::Value(_, _, shape) => shape.below().is_some(),
            Spot::Parameter(param) => matches!(param.ty, ParamType::Scope | ParamType::Filter { .. }),
            _ => false,
        }
    }

    fn keys(&self, here: &Here, end: &End, offset: usize, offer: &mut Offer<'_>) {
        let stop = self.word_end(offset);
        let start = end.start.min(offset);
        offer.replace = Span::new(start, stop);
        let follows = self.text.get(stop..).unwrap_or_default().trim_start_matches(' ').starts_with(':');
        let typed = self.text.get(start..stop).unwrap_or_default();
        let taken: Vec<&str> = self
            .sketch
            .below(&end.path)
            .filter_map(|fact| fact.path.last()?.key())
            .filter(|key| *key != typed)
            .collect();
        let mut key = |name: &str, detail: (String, String), doc: (String, String)| {
            if !taken.contains(&name) {
                let insert = if follows { name.to_string() } else { format!("{name}: ") };
                offer.add(Sort::Key, name, insert, detail, doc);
            }
        };
        let mut of = |keys: &Keys| {
            for name in keys.known {
                match vocabulary::find(keys.id, name) {
                    Some(row) => {
                        let mut detail = row.shape.title();
                        if row.required {
                            detail = (format!("{}（必填）", detail.0), format!("{} (required)", detail.1));
                        }
                        key(name, detail, both(row.doc));
                    }
                    None => key(name, nothing(), nothing()),
                }
            }
        };
        match here.spot {
            Spot::Map(place) => {
                if let Some(keys) = vocabulary::keys_of(place) {
                    of(keys);
                }
            }
            Spot::Field(_) => {
                if let Some(keys) = vocabulary::keys_of("field") {
                    of(keys);
                }
            }
            Spot::Value(_, _, Shape::Parameters) => {
                let action = here.step.as_ref().and_then(|step| self.action_of(step));
                for param in action.map_or(&[][..], |(_, action)| action.params) {
                    let (zh, en) = crate::workflow::evaluate::title(param.ty);
                    key(param.name, (zh.into(), en.into()), both(param.doc));
                }
            }
            Spot::Value(_, _, Shape::Fields) => {
                let schema = here.mapping.as_ref().and_then(|mapping| self.target_of(mapping));
                for field in schema.map_or(&[][..], |schema| schema.fields.as_ref()) {
                    if field.access != Access::ReadOnly {
                        let (zh, en) = crate::workflow::names::Ty::Field(field.ty).title();
                        key(&field.name, (zh.into(), en.into()), rules(field));
                    }
                }
            }
            Spot::Value(_, _, shape) => {
                if let Some(keys) = shape.below().and_then(vocabulary::keys_of) {
                    of(keys);
                }
            }
            Spot::Parameter(param) => match param.ty {
                ParamType::Scope => {
                    key("include", nothing(), both(param.doc));
                    key("exclude", nothing(), both(param.doc));
                }
                ParamType::Filter { .. } => key("where", nothing(), both(param.doc)),
                _ => {}
            },
            _ => {}
        }
    }

    fn value(&self, here: &Here, end: &End, offset: usize, offer: &mut Offer<'_>) {
        if let Some(code) = self.code(here, end.start.min(offset), offset) {
            self.in_code(here, &code, offset, offer);
            return;
        }
        // What is there already is replaced, without its quotes.
        let written = self.sketch.value_at(offset).filter(|fact| fact.value.start == end.start).map(|fact| fact.value);
        let mut start = end.start.min(offset);
        let mut stop = written.map_or(offset, |span| span.end.max(offset));
        let quote = self.text.get(start..).and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '"' | '\''));
        if let Some(quote) = quote.filter(|_| start < offset) {
            start += 1;
            if stop > offset && self.text.get(..stop).is_some_and(|text| text.ends_with(quote)) {
                stop -= 1;
            }
        }
        offer.replace = Span::new(start, stop.max(start));
        match here.spot {
            Spot::Value(place, key, shape) => self.of_shape(here, (place, key), shape, quote.is_some(), offer),
            Spot::Entry(shape) => self.of_shape(here, ("", ""), shape, quote.is_some(), offer),
            Spot::Parameter(param) => match param.ty {
                ParamType::Bool => {
                    offer.word("true");
                    offer.word("false");
                }
                ParamType::Enum(words) => words.iter().for_each(|word| offer.word(word)),
                ParamType::Duration => ["1d", "7d", "30d"].iter().for_each(|word| offer.word(word)),
                _ => {}
            },
            Spot::Field(field) => self.of_field(here, field, quote.is_some(), offer),
            _ => {}
        }
    }

    fn of_shape(&self, here: &Here, key: (&str, &str), shape: Shape, quoted: bool, offer: &mut Offer<'_>) {
        match shape {
            Shape::Words(words) | Shape::WordList(words) => words.iter().for_each(|word| offer.word(word)),
            Shape::Roles => crate::model::definition::ROLES.iter().for_each(|word| offer.word(word)),
            Shape::Flag => ["true", "false"].iter().for_each(|word| offer.word(word)),
            Shape::Duration => ["30s", "5m", "30m", "2h", "3d"].iter().for_each(|word| offer.word(word)),
            Shape::Share => ["5%", "10%", "50%"].iter().for_each(|word| offer.word(word)),
            Shape::Number(1, 1) => offer.word("1"),
            Shape::Cron => {
                for (cron, zh, en) in [
                    ("0 2 * * *", "每天两点", "every day at two"),
                    ("30 6 * * MON-FRI", "工作日六点半", "on workdays at half past six"),
                    ("*/15 * * * *", "每十五分钟", "every quarter of an hour"),
                    ("0 2 L * *", "每月最后一天两点", "on the last day of a month"),
                ] {
                    let insert = if quoted { cron.to_string() } else { format!("\"{cron}\"") };
                    offer.add(Sort::Word, cron, insert, (zh.into(), en.into()), nothing());
                }
            }
            Shape::Zone => {
                offer.word("Asia/Shanghai");
                offer.word("UTC");
                chrono_tz::TZ_VARIANTS.iter().for_each(|zone| offer.word(zone.name()));
            }
            Shape::Action => {
                for connector in offer.document.environment.connectors {
                    for action in connector.actions {
                        let name = format!("{}/{}", connector.name, action.name);
                        offer.add(Sort::Action, &name, name.clone(), both(connector.title), both(action.title));
                    }
                }
            }
            Shape::Connector => {
                for connector in offer.document.environment.connectors {
                    offer.add(Sort::Word, connector.name, connector.name.into(), both(connector.title), nothing());
                }
            }
            Shape::Connection => self.connections_for(here, offer),
            Shape::Mapping => self.mappings_for(here, offer),
            Shape::Objects => {
                for connector in offer.document.environment.connectors {
                    for schema in connector.schemas {
                        offer.word(&format!("{}/{}", connector.name, schema.kind.as_str()));
                    }
                    if connector.row_schema.is_some() && key.1 != "to" {
                        offer.word(&format!("{}/row", connector.name));
                    }
                }
            }
            Shape::StepIds => {
                let own = here.step.as_ref().and_then(|step| self.text_at(step, "id"));
                for (id, path) in self.steps() {
                    if Some(id.as_str()) != own {
                        let uses = self.text_at(&path, "uses").unwrap_or_default().to_string();
                        offer.add(Sort::Name, &id, id.clone(), (uses.clone(), uses), nothing());
                    }
                }
            }
            Shape::Account => {
                let word = if here.step.is_none() { "default" } else { "" };
                if !word.is_empty() {
                    offer.word(word);
                }
            }
            _ => {}
        }
    }

    /// The connections that can do what the step at hand does.
    fn connections_for(&self, here: &Here, offer: &mut Offer<'_>) {
        let wanted = here.step.as_ref().and_then(|step| self.text_at(step, "uses"));
        let wanted = wanted.and_then(|uses| uses.split_once('/')).map(|(connector, _)| connector);
        for (alias, _) in self.named("connections") {
            let at = [Segment::Key("connections".into()), Segment::Key(alias.clone())];
            let ty = self.text_at(&at, "type").unwrap_or_default().to_string();
            if wanted.is_none_or(|wanted| wanted == ty || self.connector(wanted).is_none()) {
                offer.add(Sort::Name, &alias, alias.clone(), (ty.clone(), ty), nothing());
            }
        }
    }

    /// The mappings to what the step at hand writes.
    fn mappings_for(&self, here: &Here, offer: &mut Offer<'_>) {
        let wanted = here.step.as_ref().and_then(|step| self.action_of(step));
        let wanted =
            wanted.and_then(|(connector, action)| Some(format!("{}/{}", connector.name, action.kind?.as_str())));
        for (name, _) in self.named("mappings") {
            let at = [Segment::Key("mappings".into()), Segment::Key(name.clone())];
            let (from, to) = (self.text_at(&at, "from"), self.text_at(&at, "to"));
            if wanted.is_none() || to.is_none() || to == wanted.as_deref() {
                let detail = format!("{} → {}", from.unwrap_or("?"), to.unwrap_or("?"));
                offer.add(Sort::Name, &name, name.clone(), (detail.clone(), detail), nothing());
            }
        }
    }

    /// Templates that suit a target's field, the field of the same name first.
    fn of_field(&self, here: &Here, field: &idflow_sdk::FieldSpec, quoted: bool, offer: &mut Offer<'_>) {
        match field.ty {
            Type::Enum(words) => words.iter().for_each(|word| offer.word(word)),
            Type::Bool => ["true", "false"].iter().for_each(|word| offer.word(word)),
            _ => {}
        }
        let objects = self.objects_here(here);
        let Some((_, source)) = objects.iter().find(|(variable, _)| variable == "source") else { return };
        let schema = match source {
            Objects::Of(of) => self.schema(of),
            Objects::Rows(_) => None,
        };
        let helper = match field.ty {
            Type::Ref(_) => "target_id ",
            Type::Refs { .. } | Type::Members { .. } => "target_ids ",
            Type::Flags { .. } => "leader_flags ",
            _ => "",
        };
        let mut names = self.fields(source);
        names.retain(|name| {
            let known = schema.and_then(|schema| schema.field(&name.name).map(|id| schema.spec(id).ty));
            match (known, field.ty) {
                (None, _) => true,
                (Some(ty), Type::Ref(_)) => matches!(ty, Type::Ref(_)),
                (Some(ty), Type::Refs { .. } | Type::Members { .. }) => {
                    matches!(ty, Type::Refs { .. } | Type::Members { .. })
                }
                (Some(ty), Type::Flags { .. }) => matches!(ty, Type::Members { .. }),
                (Some(ty), _) => {
                    !matches!(ty, Type::Ref(_) | Type::Refs { .. } | Type::Members { .. } | Type::Flags { .. })
                }
            }
        });
        names.sort_by_key(|name| name.name != field.name);
        for name in names {
            let template = format!("{{{{{helper}source.{}}}}}", name.name);
            let insert = if quoted { template.clone() } else { format!("\"{template}\"") };
            offer.add(Sort::Field, &template, insert, name.detail, name.doc);
        }
    }

    fn in_code(&self, here: &Here, code: &Code, offset: usize, offer: &mut Offer<'_>) {
        let token = self.text.get(code.token..offset).unwrap_or_default();
        let before = self.text.get(code.start..code.token).unwrap_or_default();
        if let Some(words) = self.quoted_words(here, code, offset) {
            let typed = before.rfind(['"', '\'']).map_or(code.token, |place| code.start + place + 1);
            offer.replace = Span::new(typed, self.word_end(offset));
            words.iter().for_each(|word| offer.word(word));
            return;
        }
        let parts: Vec<&str> = token.split('.').collect();
        let (last, path) = parts.split_last().map_or(("", &[][..]), |(last, path)| (*last, path));
        offer.replace = Span::new(offset - last.len(), self.word_end(offset));
        let sort = if path.is_empty() { Sort::Name } else { Sort::Field };
        offer.names(self.names(here, path), sort);
        if !path.is_empty() {
            return;
        }
        if is_rule(here.spot) {
            if before.trim_matches(['"', '\'', ' ']).is_empty() {
                offer.add(
                    Sort::Word,
                    "linked",
                    "linked".into(),
                    nothing(),
                    ("以前的运行绑定过的对象".into(), "the object that an earlier run tied to this one".into()),
                );
            }
            return;
        }
        if code.template {
            for helper in HELPERS {
                let detail = format!("{} {}", helper.name, helper.signature);
                let doc = both(helper.doc);
                let doc = (format!("{}\n\n`{}`", doc.0, helper.example), format!("{}\n\n`{}`", doc.1, helper.example));
                offer.add(Sort::Function, helper.name, helper.name.into(), (detail.clone(), detail), doc);
            }
            return;
        }
        for function in
            FUNCTIONS.iter().filter(|function| function.name.chars().all(|c| c.is_ascii_alphabetic() || c == '_'))
        {
            let detail = function.signature.to_string();
            offer.add(
                Sort::Function,
                function.name,
                function.name.into(),
                (detail.clone(), detail),
                both(function.doc),
            );
        }
    }

    /// Inside quotation marks of an expression: the words of the field that is compared.
    fn quoted_words(&self, here: &Here, code: &Code, offset: usize) -> Option<&'static [&'static str]> {
        let head = self.text.get(code.start..offset)?;
        // The quotes of YAML around the expression are not its own.
        let inner = if code.template { head } else { head.strip_prefix(['"', '\'']).unwrap_or(head) };
        let quote = if code.template { '\'' } else { '"' };
        if inner.matches(quote).count() % 2 == 0 {
            return None;
        }
        let compared = inner
            .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
            .rfind(|word| word.contains('.') && !word.starts_with('.'))?;
        let (variable, field) = compared.split_once('.')?;
        let objects = self.objects_here(here);
        let (_, Objects::Of(of)) = objects.iter().find(|(known, _)| known == variable)? else { return None };
        let schema = self.schema(of)?;
        match schema.spec(schema.field(field)?).ty {
            Type::Enum(words) => Some(words),
            _ => None,
        }
    }
}

fn is_rule(spot: Spot) -> bool {
    matches!(spot, Spot::Entry(Shape::Rules) | Spot::Value(_, _, Shape::Rules))
}
