//! What templates and expressions can read, and of which type it is.
//!
//! One table of names serves both languages, so `source.mobil` gets the same answer wherever it stands. Steps that are read
//! are noted, because the graph must know who needs whose output.

use std::{cell::RefCell, fmt};

use idflow_sdk::{ActionSpec, FieldId, Schema, Type};

use super::{
    compiled::{ConnectionAlias, Input, InputType},
    diagnostic::{Diagnostic, Span},
    suggest::{nearest, row},
};

/// The type of a value, as far as it is known before a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ty {
    /// Not known.
    Any,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A time span, written as text.
    Duration,
    /// One of these words.
    Words(Vec<String>),
    /// A field of an object.
    Field(Type),
    /// A list.
    List,
    /// Names and values.
    Map,
    /// Keys of the target, from `target_ids`.
    References,
    /// A key of the target, from `target_id`.
    Reference,
    /// Flags, from `leader_flags`.
    Flags,
}

impl Ty {
    /// Whether it can stand where true or false is wanted.
    #[must_use]
    pub const fn is_bool(&self) -> bool {
        matches!(self, Self::Any | Self::Bool | Self::Field(Type::Bool))
    }

    /// Whether it is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(
            self,
            Self::List
                | Self::References
                | Self::Flags
                | Self::Field(Type::Refs { .. } | Type::Members | Type::Flags { .. } | Type::Texts)
        )
    }

    /// Whether it is a number.
    #[must_use]
    pub const fn is_int(&self) -> bool {
        matches!(self, Self::Int | Self::Field(Type::Int { .. }))
    }

    /// Whether it has text that can be joined with other text.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Words(_)
                | Self::Duration
                | Self::Field(
                    Type::Text | Type::Caseless | Type::Email | Type::Phone | Type::Enum(_) | Type::Id | Type::Path
                )
        )
    }

    /// What it is called: zh, en.
    #[must_use]
    pub fn title(&self) -> (&'static str, &'static str) {
        match self {
            Self::Any => ("未知类型", "a value"),
            Self::Bool | Self::Field(Type::Bool) => ("真假值", "true or false"),
            Self::Int | Self::Field(Type::Int { .. }) => ("整数", "a whole number"),
            Self::Duration => ("时长", "a time span"),
            Self::Map | Self::Field(Type::Custom) => ("映射", "a map"),
            Self::Reference | Self::Field(Type::Ref(_)) => ("对另一个对象的引用", "a reference to another object"),
            Self::References | Self::Field(Type::Refs { .. } | Type::Members) => {
                ("对其他对象的引用列表", "a list of references")
            }
            Self::Flags | Self::Field(Type::Flags { .. }) => ("真假值列表", "a list of flags"),
            Self::List | Self::Field(Type::Texts) => ("列表", "a list"),
            _ => ("文本", "text"),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title().1)
    }
}

/// The object at hand: `source`, `user`, `row`.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// The variable.
    pub variable: &'a str,
    /// Its fields.
    pub schema: &'a Schema,
    /// Why it is such an object: the place of `from`.
    pub because: Option<Span>,
}

/// What is known of an earlier step.
#[derive(Debug, Clone, Copy)]
pub struct StepNames<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its action, if that is known.
    pub action: Option<&'static ActionSpec>,
}

/// Everything that can be named in one place of the file.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// The object at hand.
    pub object: Option<Object<'a>>,
    /// `inputs`.
    pub inputs: &'a [Input],
    /// `vars`.
    pub vars: Option<&'a serde_json::Value>,
    /// `connections`.
    pub connections: &'a [ConnectionAlias],
    /// `steps`.
    pub steps: &'a [StepNames<'a>],
    /// Which steps were read, and where.
    pub reads: RefCell<Vec<(usize, Span)>>,
    /// Which connections were read.
    pub used_connections: RefCell<Vec<usize>>,
    /// Which variables were read.
    pub used_vars: RefCell<Vec<String>>,
}

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A field of the object at hand.
    Field(FieldId),
    /// A part of a field (`source.custom.x`).
    Part(FieldId, Vec<String>),
    /// Something in the scope.
    Scope(Vec<String>),
}

const RUN: &[(&str, Ty)] = &[
    ("id", Ty::Text),
    ("number", Ty::Int),
    ("workflow", Ty::Text),
    ("workflow_name", Ty::Text),
    ("status", Ty::Text),
    ("status_text", Ty::Text),
    ("due", Ty::Text),
    ("started", Ty::Text),
    ("trigger", Ty::Text),
    ("url", Ty::Text),
    ("top_errors", Ty::List),
];
const ROOTS: &[&str] = &["inputs", "vars", "connections", "run", "trigger", "steps"];

impl Names<'_> {
    /// The type of a dotted name, and where it leads.
    ///
    /// # Errors
    /// What is not known, with the nearest name that is.
    pub fn resolve(&self, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let root = path.first().copied().unwrap_or_default();
        if let Some(object) = &self.object
            && object.variable == root
        {
            return self.field(object, path, span);
        }
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        match root {
            "inputs" => match path {
                [_, name, ..] => {
                    let Some(input) = self.inputs.iter().find(|input| input.name == *name) else {
                        let known = self.inputs.iter().map(|input| input.name.as_str());
                        return Err(unknown(path, 1, span, known, ("没有输入", "there is no input")).into());
                    };
                    if path.len() > 2 {
                        return Err(no_parts(path, 2, span).into());
                    }
                    scope(match &input.ty {
                        InputType::Boolean => Ty::Bool,
                        InputType::String => Ty::Text,
                        InputType::Integer => Ty::Int,
                        InputType::Duration => Ty::Duration,
                        InputType::Enum(words) => Ty::Words(words.clone()),
                    })
                }
                _ => scope(Ty::Map),
            },
            "vars" => {
                let Some(name) = path.get(1) else { return scope(Ty::Map) };
                let vars = self.vars.and_then(serde_json::Value::as_object);
                let Some(mut value) = vars.and_then(|vars| vars.get(*name)) else {
                    let known = vars.into_iter().flat_map(|vars| vars.keys().map(String::as_str));
                    return Err(unknown(path, 1, span, known, ("没有变量", "there is no variable")).into());
                };
                self.used_vars.borrow_mut().push((*name).to_string());
                for (depth, name) in path.iter().enumerate().skip(2) {
                    let Some(inner) = value.get(name) else {
                        let known = value.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str));
                        return Err(unknown(path, depth, span, known, ("没有变量", "there is no variable")).into());
                    };
                    value = inner;
                }
                scope(of_json(value))
            }
            "connections" => self.connection(path, span),
            "run" => {
                let Some(name) = path.get(1) else { return scope(Ty::Map) };
                if *name == "status" && path.len() == 2 {
                    return scope(states());
                }
                match RUN.iter().find(|(known, _)| known == name) {
                    Some((_, ty)) => scope(ty.clone()),
                    None => {
                        let known = RUN.iter().map(|(known, _)| *known);
                        Err(unknown(path, 1, span, known, ("运行没有属性", "a run has no property")).into())
                    }
                }
            }
            "trigger" => scope(Ty::Any),
            "steps" => self.step(path, span),
            _ => {
                if let Some(right) = self.elsewhere(path) {
                    let finding = Diagnostic::new(
                        "E0401",
                        span,
                        format!("没有变量 `{root}`"),
                        format!("there is no variable `{root}`"),
                    )
                    .label("不认识", "not known")
                    .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
                    .fix(span, right);
                    return Err(finding.into());
                }
                let object = self.object.iter().map(|object| object.variable);
                Err(unknown(path, 0, span, object.chain(ROOTS.iter().copied()), ("没有变量", "there is no variable"))
                    .into())
            }
        }
    }

    /// Whether a name leads anywhere. Nothing is noted as read.
    #[must_use]
    pub fn knows(&self, path: &[&str]) -> bool {
        let quiet = Names {
            object: self.object,
            inputs: self.inputs,
            vars: self.vars,
            connections: self.connections,
            steps: self.steps,
            ..Names::default()
        };
        quiet.resolve(path, Span::default()).is_ok()
    }

    /// Whether a word is nearly the name of something, or the name of something without its root.
    #[must_use]
    pub fn is_near(&self, word: &str) -> bool {
        let roots = self.object.iter().map(|object| object.variable).chain(ROOTS.iter().copied());
        nearest(word, roots).is_some() || self.elsewhere(&[word]).is_some()
    }

    /// The whole name, when a name stands without its root or with that of something else.
    fn elsewhere(&self, path: &[&str]) -> Option<String> {
        let (root, rest) = path.split_first()?;
        let near = |candidates: &mut dyn Iterator<Item = &str>| nearest(root, candidates).is_some();
        if near(&mut self.object.iter().map(|object| object.variable).chain(ROOTS.iter().copied())) && !rest.is_empty()
        {
            return None;
        }
        let name = rest.first().unwrap_or(root);
        let tail = rest.get(1..).unwrap_or_default().join(".");
        let whole = |root: &str| {
            let end = if tail.is_empty() { String::new() } else { format!(".{tail}") };
            Some(format!("{root}.{name}{end}"))
        };
        if let Some(object) = &self.object
            && object.schema.field(name).is_some()
        {
            return whole(object.variable);
        }
        if tail.is_empty() && self.inputs.iter().any(|input| input.name == *name) {
            return whole("inputs");
        }
        if self.vars.is_some_and(|vars| vars.get(name).is_some()) {
            return whole("vars");
        }
        // `read.outputs.users`
        if self.steps.iter().any(|step| step.id == *root) && matches!(rest, ["outputs" | "status" | "counts", ..]) {
            return Some(format!("steps.{}", path.join(".")));
        }
        None
    }

    fn field(&self, object: &Object<'_>, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let schema = object.schema;
        let Some(name) = path.get(1) else {
            return Err(Diagnostic::new(
                "E0402",
                span,
                format!("`{}` 是整个对象，这里需要它的一个字段", object.variable),
                format!("`{}` is a whole object; name one of its fields", object.variable),
            )
            .help(
                format!("例如 `{}.{}`", object.variable, schema.label),
                format!("for example `{}.{}`", object.variable, schema.label),
            )
            .into());
        };
        let Some(id) = schema.field(name) else {
            let known = schema.fields.iter().map(|field| field.name.as_ref());
            let (zh, en) = of_schema(schema);
            let mut finding = unknown(path, 1, span, known, ("", ""));
            finding.message.zh = format!("{zh}没有 `{name}` 字段");
            finding.message.en = format!("{en} has no field `{name}`");
            let names = schema.fields.iter().map(|field| field.name.as_ref()).collect::<Vec<_>>();
            finding = finding.help(format!("字段：{}", names.join("、")), format!("fields: {}", names.join(", ")));
            if let Some(because) = object.because {
                finding = finding.related(
                    because,
                    format!("因为这里，`{}` 是{zh}", object.variable),
                    format!("`{}` is {en} because of this", object.variable),
                );
            }
            return Err(finding.into());
        };
        let ty = schema.spec(id).ty;
        if path.len() == 2 {
            return Ok((Ty::Field(ty), Target::Field(id)));
        }
        if ty == Type::Custom {
            return Ok((Ty::Any, Target::Part(id, path[2..].iter().map(ToString::to_string).collect())));
        }
        Err(no_parts(path, 2, span).into())
    }

    fn connection(&self, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        let Some(alias) = path.get(1) else { return scope(Ty::Map) };
        let Some(place) = self.connections.iter().position(|connection| connection.alias == *alias) else {
            let known = self.connections.iter().map(|connection| connection.alias.as_str());
            return Err(unknown(path, 1, span, known, ("没有连接", "there is no connection")).into());
        };
        self.used_connections.borrow_mut().push(place);
        let spec = self.connections[place].connector;
        let Some(setting) = path.get(2) else { return scope(Ty::Map) };
        let open = spec.settings.iter().filter(|known| !known.secret).map(|known| known.name);
        let known = ["name", "title"].into_iter().chain(open).collect::<Vec<_>>();
        if path.len() > 3 {
            return Err(no_parts(path, 3, span).into());
        }
        if known.contains(setting) {
            return scope(Ty::Text);
        }
        Err(unknown(path, 2, span, known.into_iter(), ("连接没有设置", "the connection has no setting")).into())
    }

    fn step(&self, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        let Some(id) = path.get(1) else { return scope(Ty::Map) };
        let Some(place) = self.steps.iter().position(|step| step.id == *id) else {
            let known = self.steps.iter().map(|step| step.id);
            return Err(unknown(path, 1, span, known, ("没有步骤", "there is no step")).into());
        };
        self.reads.borrow_mut().push((place, span));
        let Some(action) = self.steps[place].action else {
            // An action that is not known: its outputs are not either, but the words above them are.
            let words = ["outputs", "counts", "status"];
            return match path.get(2) {
                Some(&"status") if path.len() == 3 => scope(states()),
                Some(word) if !words.contains(word) => {
                    let mut finding = unknown(path, 2, span, words.into_iter(), ("步骤没有", "a step has no"));
                    finding.code = "E0304";
                    Err(finding.into())
                }
                _ => scope(Ty::Any),
            };
        };
        match path[2..] {
            [] => scope(Ty::Map),
            ["status"] => scope(states()),
            ["counts"] | ["outputs"] => scope(Ty::Map),
            ["counts", _] => scope(Ty::Int),
            ["outputs", name] => match action.outputs.iter().find(|output| output.name == name) {
                Some(output) if output.list_of.is_some() => scope(Ty::List),
                Some(_) => scope(Ty::Int),
                None => {
                    let known = action.outputs.iter().map(|output| output.name);
                    let mut finding = unknown(path, 3, span, known, ("这个步骤没有输出", "this step has no output"));
                    finding.code = "E0304";
                    Err(finding.into())
                }
            },
            [word, ..] => {
                let mut finding = if ["outputs", "counts", "status"].contains(&word) {
                    no_parts(path, if word == "status" { 3 } else { 4 }, span)
                } else if let [output] = path[2..]
                    && action.outputs.iter().any(|known| known.name == output)
                {
                    let right = format!("steps.{id}.outputs.{output}");
                    Diagnostic::new("E0304", span, format!("步骤没有 `{output}`"), format!("a step has no `{output}`"))
                        .label("不认识", "not known")
                        .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
                        .fix(span, right)
                } else {
                    let known = ["outputs", "counts", "status"];
                    unknown(path, 2, span, known.into_iter(), ("步骤没有", "a step has no"))
                };
                finding.code = "E0304";
                Err(finding.into())
            }
        }
    }
}

/// The states of runs and steps, as `status` gives them.
fn states() -> Ty {
    use crate::model::run::Status::{
        Applying, Cancelled, Failed, Held, Partial, Planning, Queued, Succeeded, SucceededNoChange,
    };
    let all = [Succeeded, SucceededNoChange, Partial, Failed, Held, Cancelled, Queued, Planning, Applying];
    Ty::Words(all.iter().map(|status| status.as_str().to_string()).chain(["skipped".to_string()]).collect())
}

/// What objects of a schema are called: zh, en.
#[must_use]
pub fn of_schema(schema: &Schema) -> (String, String) {
    use idflow_sdk::Kind;
    let (zh, en) = match schema.kind {
        Kind::Department => ("部门", "department"),
        Kind::User => ("人员", "user"),
        Kind::Row => ("行", "row"),
    };
    (format!(" {} {zh}", schema.connector), format!("a {} {en}", schema.connector))
}

fn of_json(value: &serde_json::Value) -> Ty {
    match value {
        serde_json::Value::Bool(_) => Ty::Bool,
        serde_json::Value::Number(_) => Ty::Int,
        serde_json::Value::String(_) => Ty::Text,
        serde_json::Value::Array(_) => Ty::List,
        serde_json::Value::Object(_) => Ty::Map,
        serde_json::Value::Null => Ty::Any,
    }
}

fn unknown<'k>(
    path: &[&str],
    place: usize,
    span: Span,
    known: impl Iterator<Item = &'k str>,
    words: (&str, &str),
) -> Diagnostic {
    let name = path.get(place).copied().unwrap_or_default();
    let finding = Diagnostic::new("E0401", span, format!("{} `{name}`", words.0), format!("{} `{name}`", words.1))
        .label("不认识", "not known");
    let known: Vec<&str> = known.collect();
    match nearest(name, known.iter().copied()) {
        Some(word) => {
            let mut right: Vec<&str> = path.to_vec();
            right[place] = word;
            let right = right.join(".");
            finding.help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?")).fix(span, right)
        }
        None if known.is_empty() => finding.help("这里什么都没有定义", "nothing of the sort is defined here"),
        None => {
            let all = || known.iter().copied();
            finding.help(format!("可用的：{}", row(all(), "、")), format!("known are: {}", row(all(), ", ")))
        }
    }
}

fn no_parts(path: &[&str], place: usize, span: Span) -> Diagnostic {
    let whole = path[..place.min(path.len())].join(".");
    Diagnostic::new("E0401", span, format!("`{whole}` 没有下级"), format!("`{whole}` has no parts"))
        .help(format!("写 `{whole}`"), format!("write `{whole}`"))
        .fix(span, whole)
}
