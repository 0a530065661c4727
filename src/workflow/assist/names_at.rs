//! What can be read at a place, name by name: `source.`, `steps.read.outputs.`, `connections.wecom.`.

use idflow_sdk::{FieldSpec, Kind, ParamType, Text};

use super::{
    cursor::{Here, Spot},
    document::Document,
    tolerant_yaml::Segment::{self, Key},
};
use crate::workflow::{
    diagnostic::Span,
    keys,
    names::{Ty, of_schema},
    vocabulary,
};

/// One name that can follow.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name.
    pub name: String,
    /// What it is, in a few words: zh, en.
    pub detail: (String, String),
    /// What it means: zh, en.
    pub doc: (String, String),
    /// Where it is defined in the file.
    pub defined: Option<Span>,
}

impl Name {
    fn new(name: &str, detail: (&str, &str), doc: Text) -> Self {
        Self {
            name: name.into(),
            detail: (detail.0.into(), detail.1.into()),
            doc: (doc.zh.into(), doc.en.into()),
            defined: None,
        }
    }

    fn here(name: &str, detail: (&str, &str), defined: Span) -> Self {
        Self { defined: Some(defined), ..Self::new(name, detail, Text::new("", "")) }
    }
}

/// What objects a list holds.
#[derive(Debug, Clone)]
pub enum Objects {
    /// Objects of `connector/kind`.
    Of(String),
    /// The rows of the file that this step reads.
    Rows(Vec<Segment>),
}

impl Document<'_> {
    /// The names that can follow a dotted path; all that can begin one when the path is empty.
    pub(super) fn names(&self, here: &Here, path: &[&str]) -> Vec<Name> {
        let Some((root, rest)) = path.split_first() else { return self.roots(here) };
        if let Some((_, objects)) = self.objects_here(here).iter().find(|(variable, _)| variable == root) {
            return if rest.is_empty() { self.fields(objects) } else { Vec::new() };
        }
        match (*root, rest) {
            ("inputs", []) => {
                let input = |(name, span): (String, Span)| Name::here(&name, ("输入", "input"), span);
                self.inputs().into_iter().map(input).collect()
            }
            ("vars", rest) => {
                let mut at = vec![Key("vars".into())];
                at.extend(rest.iter().map(|part| Key((*part).into())));
                let below = self.sketch.below(&at);
                below
                    .filter_map(|fact| Some(Name::here(fact.path.last()?.key()?, ("变量", "variable"), fact.key)))
                    .collect()
            }
            ("connections", []) => self
                .named("connections")
                .into_iter()
                .map(|(name, span)| Name::here(&name, ("连接", "connection"), span))
                .collect(),
            ("connections", [alias]) => {
                let at = [Key("connections".into()), Key((*alias).into())];
                let settings = self.text_at(&at, "type").and_then(|ty| self.connector(ty));
                let mut names = vec![Name::new(
                    "name",
                    ("连接", "connection"),
                    Text::new("账号连接的名字", "the name of the account"),
                )];
                for setting in settings.map_or(&[][..], |connector| connector.settings) {
                    if !setting.secret {
                        names.push(Name::new(setting.name, ("设置", "setting"), setting.doc));
                    }
                }
                names
            }
            ("run", []) => vocabulary::RUN.iter().map(|(name, doc)| Name::new(name, ("运行", "run"), *doc)).collect(),
            ("steps", []) => self
                .steps()
                .into_iter()
                .map(|(id, path)| {
                    let uses = self.text_at(&path, "uses").unwrap_or_default().to_string();
                    let defined = self.sketch.at(&[path, vec![Key("id".into())]].concat()).map(|fact| fact.value);
                    let doc = self.action(&uses).map_or(Text::new("", ""), |(_, action)| action.title);
                    Name { defined, ..Name::new(&id, (&uses, &uses), doc) }
                })
                .collect(),
            ("steps", [_]) => {
                let parts = vocabulary::STEP_PARTS.iter();
                parts.map(|(name, doc)| Name::new(name, ("步骤", "step"), *doc)).collect()
            }
            ("steps", [id, "outputs"]) => {
                let Some((_, path)) = self.steps().into_iter().find(|(known, _)| known == id) else {
                    return Vec::new();
                };
                let Some((connector, action)) = self.action_of(&path) else { return Vec::new() };
                let output = |output: &idflow_sdk::OutputSpec| {
                    let list = output.list_of.map(|kind| format!("{}/{}", connector.name, kind.as_str()));
                    let list = list.unwrap_or_else(|| "number".into());
                    Name::new(output.name, (&list, &list), output.doc)
                };
                action.outputs.iter().map(output).collect()
            }
            _ => Vec::new(),
        }
    }

    fn roots(&self, here: &Here) -> Vec<Name> {
        let objects = self.objects_here(here);
        let mut names: Vec<Name> = objects
            .iter()
            .map(|(variable, objects)| {
                let what = match objects {
                    Objects::Of(of) => of.clone(),
                    Objects::Rows(_) => "row".into(),
                };
                Name::new(variable, (&what, &what), Text::new("当前对象", "the object at hand"))
            })
            .collect();
        // Rules of `match` compare two objects and know nothing else.
        if !matches!(here.spot, Spot::Entry(vocabulary::Shape::Rules) | Spot::Value(_, _, vocabulary::Shape::Rules)) {
            names.extend(vocabulary::ROOTS.iter().map(|(name, doc)| Name::new(name, ("", ""), *doc)));
        }
        names
    }

    /// The variables that mean an object here, with what the objects are.
    pub(super) fn objects_here(&self, here: &Here) -> Vec<(String, Objects)> {
        let mut objects = Vec::new();
        if let Some(mapping) = &here.mapping {
            for (variable, key) in [("source", "from"), ("target", "to")] {
                let rules = matches!(
                    here.spot,
                    Spot::Entry(vocabulary::Shape::Rules) | Spot::Value(_, _, vocabulary::Shape::Rules)
                );
                if variable == "target" && !rules {
                    continue;
                }
                let Some(of) = self.text_at(mapping, key) else { continue };
                let rows = of.ends_with("/row").then(|| self.reader_for(mapping)).flatten();
                objects.push((variable.into(), rows.map_or_else(|| Objects::Of(of.into()), Objects::Rows)));
            }
        }
        let Some(step) = &here.step else { return objects };
        if let Spot::Part(param, "where") | Spot::Parameter(param) = here.spot
            && let ParamType::Filter { variable } | ParamType::Predicate { variable } = param.ty
            && let Some((connector, _)) = self.action_of(step)
        {
            let of = match Kind::parse(variable) {
                Some(Kind::Row) | None => Objects::Rows(step.clone()),
                Some(kind) => Objects::Of(format!("{}/{}", connector.name, kind.as_str())),
            };
            objects.push((variable.into(), of));
        }
        let foreach = [step.clone(), vec![Key("foreach".into())]].concat();
        // Without `as` the object is called `item`, where loops have objects at all.
        let unnamed = keys::FOREACH.known.contains(&"as").then_some("item");
        if let Some(variable) = self.text_at(&foreach, "as").or(unnamed).map(ToString::to_string)
            && let Some(of) = self.listed(step)
        {
            objects.push((variable, of));
        }
        objects
    }

    /// What a step loops over.
    pub(super) fn listed(&self, step: &[Segment]) -> Option<Objects> {
        let foreach = [step.to_vec(), vec![Key("foreach".into())]].concat();
        let list = self.text_at(&foreach, "in").or_else(|| self.text_at(step, "foreach"))?;
        let name = crate::workflow::expression::list_name(list)?;
        let (_, path) = self.steps().into_iter().find(|(id, _)| id == name.step)?;
        let (connector, action) = self.action_of(&path)?;
        let output = action.outputs.iter().find(|output| output.name == name.output)?;
        match output.list_of? {
            Kind::Row => Some(Objects::Rows(path)),
            kind => Some(Objects::Of(format!("{}/{}", connector.name, kind.as_str()))),
        }
    }

    /// The step that reads the rows of a mapping: the one that a step with this mapping loops over.
    fn reader_for(&self, mapping: &[Segment]) -> Option<Vec<Segment>> {
        let name = mapping.last()?.key()?;
        let users = self.steps().into_iter().filter(|(_, path)| self.text_at(path, "map") == Some(name));
        users.filter_map(|(_, path)| self.listed(&path)).find_map(|objects| match objects {
            Objects::Rows(path) => Some(path),
            Objects::Of(_) => None,
        })
    }

    /// The fields of such objects.
    pub(super) fn fields(&self, objects: &Objects) -> Vec<Name> {
        match objects {
            Objects::Of(of) => {
                let Some(schema) = self.schema(of) else { return Vec::new() };
                let (zh, en) = of_schema(schema);
                schema
                    .fields
                    .iter()
                    .map(|field| {
                        let (ty_zh, ty_en) = Ty::Field(field.ty).title();
                        let mut name = Name::new(&field.name, (ty_zh, ty_en), Text::new("", ""));
                        name.doc =
                            (format!("{}\n\n{}", rules(field).0, zh.trim()), format!("{}\n\n{en}", rules(field).1));
                        name
                    })
                    .collect()
            }
            Objects::Rows(step) => {
                let at = [step.clone(), vec![Key("with".into()), Key("columns".into())]].concat();
                let columns = self.sketch.below(&at);
                columns
                    .filter_map(|fact| Some(Name::here(fact.path.last()?.key()?, ("列", "column"), fact.key)))
                    .collect()
            }
        }
    }
}

/// What a field is and which rules it has: zh, en.
#[must_use]
pub fn rules(field: &FieldSpec) -> (String, String) {
    use idflow_sdk::{Access, Type, Unique};
    let (ty_zh, ty_en) = Ty::Field(field.ty).title();
    let (mut zh, mut en) = (vec![ty_zh.to_string()], vec![ty_en.to_string()]);
    match field.ty {
        Type::Enum(words) => {
            zh = vec![words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join("、")];
            en = vec![words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")];
        }
        Type::Int { min, max } => {
            zh.push(format!("{min} 到 {max}"));
            en.push(format!("{min} to {max}"));
        }
        _ => {}
    }
    let mut both = |zh_text: &str, en_text: &str| {
        zh.push(zh_text.into());
        en.push(en_text.into());
    };
    if field.required {
        both("必填", "required");
    }
    match field.access {
        Access::ReadWrite => {}
        Access::CreateOnly => both("只在创建时写入", "written on create only"),
        Access::ReadOnly => both("只读", "read only"),
    }
    match field.unique {
        Some(Unique::EachCall | Unique::AtEnd) => both("唯一", "unique"),
        Some(Unique::AmongSiblings { .. } | Unique::AmongSiblingsAtEnd { .. }) => {
            both("同级唯一", "unique among siblings")
        }
        None => {}
    }
    (format!("{}（{}）", field.doc.zh, zh.join("；")), format!("{} ({})", field.doc.en, en.join("; ")))
}
