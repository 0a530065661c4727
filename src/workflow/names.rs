//! What templates and expressions can read, and of which type it is.
//!
//! One table of names serves both languages, so `source.mobil` gets the same answer wherever it stands. Steps that are read
//! are noted, because the graph must know who needs whose output.

mod steps;
mod unknown;

use std::cell::{Cell, RefCell};

use idflow_sdk::{ActionSpec, ConnectorSpec, FieldId, Schema, Type};

use super::{
    compiled::{ConnectionAlias, Input, InputType},
    diagnostic::{Diagnostic, Span},
    scope::{RUN, STEADY},
};
use crate::model::run::Status;

pub use super::types::Ty;
pub use steps::{only_finally, still_to_write};

/// The states that a run or step can be seen in.
const STATUSES: [Status; 9] = [
    Status::Queued,
    Status::Planning,
    Status::Held,
    Status::Applying,
    Status::Succeeded,
    Status::SucceededNoChange,
    Status::Partial,
    Status::Failed,
    Status::Cancelled,
];
/// What an event may tell about a person.
const PERSONAL: &[&str] = &["mobile", "phone", "email", "biz_mail", "telephone", "address", "id_card"];

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

/// What is known of another step.
#[derive(Debug, Clone, Copy, Default)]
pub struct StepNames<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its action, if that is known.
    pub action: Option<&'static ActionSpec>,
    /// Its connector, if that is known: it has the fields of single objects.
    pub connector: Option<&'static ConnectorSpec>,
    /// Its `if`: it may be skipped.
    pub condition: Option<&'a str>,
}

/// The object of a loop, or of anything else that has a name in some places of the file only.
#[derive(Debug, Clone, Copy)]
pub struct Local<'a> {
    /// Its name.
    pub name: &'a str,
    /// The step whose loop it belongs to.
    pub step: &'a str,
    /// The loop.
    pub span: Span,
}

/// Where in the life of a run something is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// In a mapping: the same for the same object at any time.
    Mapping,
    /// While the plan is made: nothing is written yet.
    #[default]
    Plan,
    /// When the step's turn comes: the steps before it have ended.
    Turn,
    /// When the run is over, in `finally`.
    After,
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
    /// The ids under `finally`, where they cannot be read.
    pub finally: &'a [&'a str],
    /// Names of loops elsewhere in the file.
    pub locals: &'a [Local<'a>],
    /// When it is read.
    pub phase: Phase,
    /// The `if` of the step that reads.
    pub condition: Option<&'a str>,
    /// Values of steps that may be skipped: the step, the place, the name as written.
    pub skippable: RefCell<Vec<(usize, Span, String)>>,
    /// Where personal data is read.
    pub personal: RefCell<Vec<(Span, String)>>,
    /// Which steps were read, and where.
    pub reads: RefCell<Vec<(usize, Span)>>,
    /// Which connections were read.
    pub used_connections: RefCell<Vec<usize>>,
    /// Which variables were read.
    pub used_vars: RefCell<Vec<String>>,
    /// How often the nearest name was looked for in this file.
    pub looked: Option<&'a Cell<usize>>,
}

/// So often the nearest name is looked for in one file: each time all names are compared.
const MAX_LOOKED: usize = 200;

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

/// What a clock or a die would be called.
const RESTLESS: &[&str] = &["now", "today", "date_now", "timestamp", "random", "rand", "uuid", "ulid"];

/// Whether a name would be a clock or a random number.
#[must_use]
pub fn is_restless(name: &str) -> bool {
    RESTLESS.contains(&name)
}

/// A clock or a random number in a mapping.
#[must_use]
pub fn restless(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        "E0409",
        span,
        format!("映射里不能用 `{name}`：它每次运行都不同"),
        format!("a mapping cannot use `{name}`: it differs from run to run"),
    )
    .label("否则每次运行都会有改动", "every run would show changes")
    .help(
        "映射只读取 `source`、`vars`、`inputs` 和 `connections`",
        "a mapping reads `source`, `vars`, `inputs` and `connections`",
    )
}

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
            "inputs" => self.input(path, span),
            "vars" => self.var(path, span),
            "connections" => self.connection(path, span),
            "run" | "trigger"
                if self.phase == Phase::Mapping && !STEADY.contains(&path.get(1).copied().unwrap_or("")) =>
            {
                Err(restless(&path.join("."), span).into())
            }
            "run" => {
                let Some(name) = path.get(1) else { return scope(Ty::Map) };
                if path.len() > 2 {
                    return Err(no_parts(path, 2, span).into());
                }
                if *name == "status" {
                    return scope(states());
                }
                match RUN.iter().find(|(known, _)| known == name) {
                    Some((_, ty)) => scope(ty.clone()),
                    None => {
                        let known = RUN.iter().map(|(known, _)| *known);
                        Err(self.unknown(path, 1, span, known, ("运行没有属性", "a run has no property")).into())
                    }
                }
            }
            "trigger" => {
                if let Some(name) = path.get(1).filter(|name| PERSONAL.contains(name)) {
                    self.personal.borrow_mut().push((span, (*name).to_string()));
                }
                scope(Ty::Any)
            }
            "steps" => self.step(path, span),
            _ if self.phase == Phase::Mapping && path.len() == 1 && is_restless(root) => {
                Err(restless(root, span).into())
            }
            _ => Err(self.nothing(path, span)),
        }
    }

    fn input(&self, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        match path {
            [_, name, ..] => {
                let Some(input) = self.inputs.iter().find(|input| input.name == *name) else {
                    let known = self.inputs.iter().map(|input| input.name.as_str());
                    return Err(self.unknown(path, 1, span, known, ("没有输入", "there is no input")).into());
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
        }
    }

    fn var(&self, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        let Some(name) = path.get(1) else { return scope(Ty::Map) };
        let vars = self.vars.and_then(serde_json::Value::as_object);
        let Some(mut value) = vars.and_then(|vars| vars.get(*name)) else {
            let known = vars.into_iter().flat_map(|vars| vars.keys().map(String::as_str));
            return Err(self.unknown(path, 1, span, known, ("没有变量", "there is no variable")).into());
        };
        self.used_vars.borrow_mut().push((*name).to_string());
        for (depth, name) in path.iter().enumerate().skip(2) {
            let Some(inner) = value.get(name) else {
                let known = value.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str));
                return Err(self.unknown(path, depth, span, known, ("没有变量", "there is no variable")).into());
            };
            value = inner;
        }
        scope(of_json(value))
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
            finally: self.finally,
            locals: self.locals,
            phase: self.phase,
            condition: self.condition,
            looked: self.looked,
            ..Names::default()
        };
        quiet.resolve(path, Span::default()).is_ok()
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
            let mut finding = self.unknown(path, 1, span, known, ("", ""));
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
            return Err(self.unknown(path, 1, span, known, ("没有连接", "there is no connection")).into());
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
        Err(self.unknown(path, 2, span, known.into_iter(), ("连接没有设置", "the connection has no setting")).into())
    }
}

/// A list of objects where one value belongs.
fn whole_list(path: &[&str], span: Span) -> Diagnostic {
    let counts = format!("steps.{}.counts.{}", path[1], path[3]);
    Diagnostic::new(
        "E0402",
        span,
        format!("`{}` 是对象的列表，只能用在 `foreach` 里", path.join(".")),
        format!("`{}` lists objects; only `foreach` takes it", path.join(".")),
    )
    .help(format!("数量写作 `{counts}`"), format!("how many there are is `{counts}`"))
}

/// What objects of a schema are called: zh, en.
#[must_use]
pub fn of_schema(schema: &Schema) -> (String, String) {
    use idflow_sdk::Kind;
    let (zh, en) = match schema.kind {
        Kind::Department => ("部门", "department"),
        Kind::User => ("人员", "user"),
        Kind::Row => ("行", "row"),
        Kind::Group => ("群组", "group"),
    };
    (format!(" {} {zh}", schema.connector), format!("a {} {en}", schema.connector))
}

fn of_json(value: &serde_json::Value) -> Ty {
    match value {
        serde_json::Value::Bool(_) => Ty::Bool,
        serde_json::Value::Number(_) => Ty::Int,
        // A template may keep the type of what it reads.
        serde_json::Value::String(text) if text.contains("{{") => Ty::Any,
        serde_json::Value::String(_) => Ty::Text,
        serde_json::Value::Array(_) => Ty::List,
        serde_json::Value::Object(_) => Ty::Map,
        serde_json::Value::Null => Ty::Any,
    }
}

fn no_parts(path: &[&str], place: usize, span: Span) -> Diagnostic {
    let whole = path[..place.min(path.len())].join(".");
    Diagnostic::new("E0401", span, format!("`{whole}` 没有下级"), format!("`{whole}` has no parts"))
        .help(format!("写 `{whole}`"), format!("write `{whole}`"))
        .suggest(span, whole)
}

/// The states of runs and steps, as `status` gives them.
fn states() -> Ty {
    Ty::Words(STATUSES.iter().map(|status| status.as_str().to_string()).collect())
}
