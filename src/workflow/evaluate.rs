//! A compiled mapping over one object, and compiled parameters over one run.
//!
//! Nothing is looked up by name here except in the scope. A field that the source hides leaves the target's field out, and an
//! empty one follows `when_empty`; the two are never mixed up. Whether a record is complete enough for the target is for the
//! connector to say (`Connection::conform`).

use std::{cell::RefCell, sync::Arc, time::Duration};

use idflow_sdk::{Field, FieldId, KeyRule, Kind, ParamType, Params, Problem, Record, Type, Value};

use super::{
    compiled::{Mapped, MappedField, Mapping, References, Resolved, WhenEmpty, With, WithValue},
    duration::parse_duration,
    scope::Scope,
    template::{Frame, Got, Lookup, Stop, as_text, cannot, convert, unknown_code},
};

/// What one field comes to.
enum Outcome {
    Set(Field),
    LeaveOut,
    /// The source has no value, and the target's is left alone.
    LeftAlone,
    Skip,
}

/// What one field comes to, for people who write the mapping.
#[derive(Debug, Clone, PartialEq)]
pub enum Preview {
    /// This value; an empty one clears the target's.
    Value(Field),
    /// Nothing: the target's value stays.
    LeftOut,
    /// The object is left out.
    Skipped,
    /// It refers to another object, and is known in a plan only.
    Later,
    /// It breaks a rule.
    Wrong(Box<Problem>),
}

impl Mapping {
    /// Whether a field is written with every change of an object.
    #[must_use]
    pub fn writes_always(&self, id: FieldId) -> bool {
        self.fields.iter().any(|field| field.target == id && !field.create_only && !field.fill_only)
    }

    /// Whether names are kept up to date, so that what was last written tells who an object is.
    #[must_use]
    pub fn keeps_names(&self) -> bool {
        self.target.field(self.target.label).is_none_or(|label| self.writes_always(label))
    }

    /// Evaluates all fields for one object.
    #[must_use]
    pub fn evaluate(&self, source: &Record, scope: &Scope, references: &dyn References) -> Mapped {
        let warnings = RefCell::new(Vec::new());
        let mut record = Record::with_room(self.fields.len());
        let mut later = false;
        let mut alone = Vec::new();
        for field in &self.fields {
            match self.field(field, source, scope, references, &warnings) {
                Ok(Outcome::Set(value)) => record.set(field.target, value),
                Ok(Outcome::LeaveOut) | Err(Stop::Absent) => {}
                Ok(Outcome::LeftAlone) => {
                    if self.target.spec(field.target).unique.is_some() {
                        alone.push(field.target);
                    }
                }
                Ok(Outcome::Skip) => return Mapped::Skip(self.target.spec(field.target).name.to_string()),
                Err(Stop::Later) => later = true,
                Err(Stop::Blocked(item)) => return Mapped::Blocked { item, field: field.target },
                Err(Stop::Invalid(problem)) => return Mapped::Invalid(self.about(field, problem)),
            }
        }
        if later {
            return Mapped::Later;
        }
        Mapped::Record { record, warnings: warnings.into_inner(), alone }
    }

    /// The key that the object will have in the target, where the mapping gives it (`userid`). `None` when the target
    /// chooses keys itself, when the field is not mapped, or when there is no value.
    ///
    /// # Errors
    /// What [`Mapping::evaluate`] would say about that field.
    pub fn natural_key(&self, source: &Record, scope: &Scope) -> Result<Option<Value>, Mapped> {
        let KeyRule::Natural(name) = self.target.key else { return Ok(None) };
        let Some(id) = self.target.field(name) else { return Ok(None) };
        let Some(field) = self.fields.iter().find(|field| field.target == id) else { return Ok(None) };
        let warnings = RefCell::new(Vec::new());
        match self.field(field, source, scope, &Nobody, &warnings) {
            Ok(Outcome::Set(Field::Value(value))) => Ok(Some(value)),
            Ok(Outcome::Set(Field::Empty) | Outcome::LeaveOut | Outcome::LeftAlone)
            | Err(Stop::Absent | Stop::Later) => Ok(None),
            Ok(Outcome::Skip) => Err(Mapped::Skip(name.to_string())),
            Err(Stop::Blocked(item)) => Err(Mapped::Blocked { item, field: id }),
            Err(Stop::Invalid(problem)) => Err(Mapped::Invalid(self.about(field, problem))),
        }
    }

    /// What one field comes to by itself, without references; `None` when it is not mapped, has no value that is known, or
    /// breaks a rule.
    #[must_use]
    pub fn field_alone(&self, target: FieldId, source: &Record, scope: &Scope) -> Option<Field> {
        let field = self.fields.iter().find(|field| field.target == target)?;
        match self.field(field, source, scope, &Nobody, &RefCell::new(Vec::new())) {
            Ok(Outcome::Set(value)) => Some(value),
            _ => None,
        }
    }

    /// What one field comes to, with the references that can be resolved by now; `None` where it has no value or cannot be
    /// told.
    #[must_use]
    pub fn value_of(
        &self,
        target: FieldId,
        source: &Record,
        scope: &Scope,
        references: &dyn References,
    ) -> Option<Field> {
        let field = self.fields.iter().find(|field| field.target == target)?;
        match self.field(field, source, scope, references, &RefCell::default()) {
            Ok(Outcome::Set(value)) => Some(value).filter(|value| *value != Field::Empty),
            _ => None,
        }
    }

    /// What each field comes to by itself, in the order of the file, for people who write the mapping. What refers to other
    /// objects is not looked up.
    #[must_use]
    pub fn preview(&self, source: &Record, scope: &Scope) -> Vec<(FieldId, Preview)> {
        let one = |field: &MappedField| match self.field(field, source, scope, &Nobody, &RefCell::default()) {
            Ok(Outcome::Set(value)) => Preview::Value(value),
            Ok(Outcome::LeaveOut | Outcome::LeftAlone) | Err(Stop::Absent) => Preview::LeftOut,
            Ok(Outcome::Skip) => Preview::Skipped,
            Err(Stop::Later | Stop::Blocked(_)) => Preview::Later,
            Err(Stop::Invalid(problem)) => Preview::Wrong(Box::new(self.about(field, problem))),
        };
        self.fields.iter().map(|field| (field.target, one(field))).collect()
    }

    /// Whether a field is mapped and what it is made of cannot be seen in the source.
    #[must_use]
    pub fn hides(&self, target: FieldId, source: &Record, scope: &Scope) -> bool {
        let field = self.fields.iter().find(|field| field.target == target);
        let outcome = |field| self.field(field, source, scope, &Nobody, &RefCell::default());
        field.is_some_and(|field| matches!(outcome(field), Ok(Outcome::LeaveOut)))
    }

    /// The line of the file on which a target field is mapped.
    #[must_use]
    pub fn field_line(&self, target: FieldId) -> Option<usize> {
        self.fields.iter().find(|field| field.target == target).map(|field| field.line)
    }

    fn field(
        &self,
        field: &MappedField,
        source: &Record,
        scope: &Scope,
        references: &dyn References,
        warnings: &RefCell<Vec<Problem>>,
    ) -> Result<Outcome, Stop> {
        let spec = self.target.spec(field.target);
        let lookup = field.refers_to.map(|kind| Lookup {
            references,
            kind,
            policy: field.when_unresolved,
            unknown: unknown_code(kind, &spec.name),
            parent: self.is_parent(&spec.name),
            members: matches!(spec.ty, Type::Members { .. }),
            single: matches!(spec.ty, Type::Ref(_)),
            quiet: matches!(spec.ty, Type::Flags { .. }),
            warnings,
        });
        let frame = Frame { template: field.value.text(), record: Some(source), scope, lookup };
        let noted = warnings.borrow().len();
        let got = field.value.fill(&frame);
        for warning in warnings.borrow_mut().iter_mut().skip(noted) {
            warning.field = Some(spec.name.clone());
        }
        let got = match got {
            // What is no number is for the target to judge: some take the person without it and say so.
            Err(Stop::Invalid(problem)) if spec.ty == Type::Phone && problem.code == "mobile_invalid" => {
                problem.get("value").map_or(Err(Stop::Invalid(problem.clone())), |written| Ok(Got::text(written)))
            }
            got => got,
        };
        let value = match got? {
            Got::Hidden => return Ok(Outcome::LeaveOut),
            Got::Empty => Field::Empty,
            Got::Value(value) => convert::convert(value, spec).map_err(Stop::Invalid)?,
        };
        if value != Field::Empty {
            return Ok(Outcome::Set(value));
        }
        Ok(match field.when_empty {
            WhenEmpty::Clear => Outcome::Set(Field::Empty),
            // A required field says so when the connector looks at it, and no parent means the root; any other field without
            // a policy is left alone (a main department that the source does not name is for the target to choose).
            WhenEmpty::Never if spec.required || self.is_parent(&spec.name) => Outcome::Set(Field::Empty),
            WhenEmpty::Never | WhenEmpty::Omit => Outcome::LeftAlone,
            WhenEmpty::SkipItem => Outcome::Skip,
        })
    }

    fn is_parent(&self, field: &str) -> bool {
        self.target.parent == Some(field)
    }

    fn about(&self, field: &MappedField, problem: Problem) -> Problem {
        Problem { field: Some(self.target.spec(field.target).name.clone()), ..problem }
    }
}

/// For keys, which refer to nothing.
struct Nobody;

impl References for Nobody {
    fn resolve(&self, _: Kind, _: &str) -> Resolved {
        Resolved::Later
    }

    fn root(&self) -> Option<Value> {
        None
    }
}

impl With {
    /// Evaluates the parameters.
    ///
    /// # Errors
    /// A template that cannot be filled or a value of the wrong type, naming the parameter.
    pub fn evaluate(&self, scope: &Scope) -> Result<Params, Problem> {
        let mut params = Params::default();
        for entry in &self.entries {
            let name = entry.name.as_str();
            match &entry.value {
                WithValue::Template(template, ty) => {
                    let value = template.evaluate(None, scope)?;
                    if template.is_whole() && value == Some(Field::Empty) {
                        return Err(cannot(template.text(), "其中一部分没有值", "a part of it has no value"));
                    }
                    if let Some(Field::Value(value)) = value {
                        let value = fit(value, *ty).map_err(|(value, zh, en)| misfit(name, &value, zh, en))?;
                        if let Field::Value(value) = value {
                            params.values.insert(name.to_string(), value);
                        }
                    }
                }
                WithValue::Duration(template) => {
                    if let Some(Field::Value(value)) = template.evaluate(None, scope)? {
                        let duration = match &value {
                            Value::Int(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
                            Value::Text(text) => parse_duration(text.trim()),
                            _ => None,
                        };
                        let duration = duration
                            .ok_or_else(|| misfit(name, &value, "时长，例如 30d", "a time span such as 30d"))?;
                        params.durations.insert(name.to_string(), duration);
                    }
                }
                WithValue::List(templates) => {
                    let mut items = Vec::with_capacity(templates.len());
                    for template in templates {
                        match template.evaluate(None, scope)? {
                            Some(Field::Value(Value::List(inner))) => items.extend(inner),
                            Some(Field::Value(value)) => items.push(value),
                            Some(Field::Empty) | None => {}
                        }
                    }
                    params.values.insert(name.to_string(), Value::List(items.into()));
                }
                WithValue::Json(json) => {
                    if let Ok(Field::Value(value)) = Value::from_json(json) {
                        params.values.insert(name.to_string(), value);
                    }
                    params.json.insert(name.to_string(), json.clone());
                }
                WithValue::Predicate(condition, schema) => {
                    let ready = condition.prepare(scope);
                    let fields = (0..schema.fields.len()).filter_map(|place| FieldId::try_from(place).ok());
                    params.asked.insert(name.to_string(), fields.filter(|id| condition.reads(*id)).collect());
                    // A filter only narrows: who left is no part of the source, unless the condition asks for it itself.
                    let asked = |(field, _)| schema.field(field).is_some_and(|id| condition.reads(id));
                    let gone = (!schema.gone_when.is_some_and(asked)).then(|| Arc::clone(schema));
                    params.predicates.insert(
                        name.to_string(),
                        Arc::new(move |record: &Record| {
                            if gone.as_ref().is_some_and(|schema| schema.is_gone(record)) {
                                return Ok(false);
                            }
                            ready.test(record)
                        }),
                    );
                }
            }
        }
        Ok(params)
    }
}

type Misfit = (Value, &'static str, &'static str);

fn fit(value: Value, ty: ParamType) -> Result<Field, Misfit> {
    let typed = match ty {
        ParamType::Int => Type::Int { min: i64::MIN, max: i64::MAX },
        ParamType::Bool => Type::Bool,
        ParamType::Enum(words) => Type::Enum(words),
        ParamType::Texts => match value {
            Value::List(_) => Type::Texts,
            single => return Ok(Field::Value(Value::list([single]))),
        },
        ParamType::Text => Type::Text,
        _ => {
            return match as_text(&value) {
                Some(_) => Ok(Field::Value(value)),
                None => Err((value, "文本", "text")),
            };
        }
    };
    let (zh, en) = title(ty);
    convert::convert_type(std::borrow::Cow::Borrowed(&value), typed).map_err(|_| (value.clone(), zh, en))
}

/// What a parameter takes: zh, en.
pub const fn title(ty: ParamType) -> (&'static str, &'static str) {
    match ty {
        ParamType::Text | ParamType::LongText => ("文本", "text"),
        ParamType::Path => ("部门路径", "the path of a department"),
        ParamType::Int => ("整数", "a whole number"),
        ParamType::Bool => ("true 或 false", "true or false"),
        ParamType::Duration => ("时长，例如 30d", "a time span such as 30d"),
        ParamType::Enum(_) => ("几个词之一", "one of some words"),
        ParamType::Texts => ("文本列表", "a list of texts"),
        ParamType::Map => ("名字到文本的映射", "a map of names to texts"),
        ParamType::MapOfMaps => ("名字到映射的映射", "a map of names to maps"),
        ParamType::Predicate { .. } => ("条件", "a condition"),
        ParamType::Scope => ("`{include: […], exclude: […]}`", "`{include: […], exclude: […]}`"),
        ParamType::Filter { .. } => ("`{where: 条件}`", "`{where: condition}`"),
    }
}

fn misfit(name: &str, value: &Value, zh: &str, en: &str) -> Problem {
    let shown: String =
        as_text(value).map_or_else(|| value.to_json().to_string(), Into::into).chars().take(60).collect();
    Problem::new("parameter_invalid")
        .arg("name", name)
        .arg("value", shown)
        .arg("expected_zh", zh)
        .arg("expected_en", en)
}
