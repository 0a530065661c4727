//! The language as a JSON Schema (draft 2020-12), for editors.
//!
//! Made from the tables of the compiler: [`keys`] and [`vocabulary`] for the keys, the
//! connectors' tables for actions, parameters and fields. A schema cannot see across a file, so it accepts more than the
//! compiler does; what it refuses, the compiler refuses too.

use idflow_sdk::{Access, ActionSpec, ConnectorSpec, FieldSpec, ParamType, Schema, Text, Type};
use serde_json::{Map, Value, json};

use super::{
    keys::{self, Keys},
    vocabulary::{self, Shape},
};

/// Where the schema lives in the repository, beside the templates that refer to it.
pub const FILE: &str = "workflow-1.schema.json";

const DURATION: &str = "^([0-9]+[smhd])+$";
const SHARE: &str = "^[0-9]+(\\.[0-9]+)? *%$";
const ID: &str = "^[a-z][a-z0-9_]{0,63}$";
const HOLDS_TEMPLATE: &str = "\\{\\{";

/// The schema.
#[must_use]
pub fn workflow(connectors: &[&'static ConnectorSpec]) -> Value {
    let maker = Maker { connectors };
    let mut definitions = Map::new();
    for keys in keys::ALL.iter().filter(|keys| keys.id != "top") {
        definitions.insert(keys.id.into(), maker.map(keys));
    }
    definitions.insert("id".into(), json!({"type": "string", "pattern": ID}));
    definitions.insert(
        "duration".into(),
        json!({"type": "string", "pattern": DURATION, "examples": ["30s", "5m", "2h", "3d"]}),
    );
    definitions.insert("share".into(), json!({"type": "string", "pattern": SHARE, "examples": ["5%"]}));
    definitions.insert("template".into(), json!({"type": ["string", "number", "boolean", "null"]}));
    definitions.insert("has_template".into(), json!({"type": "string", "pattern": HOLDS_TEMPLATE}));
    definitions.insert(
        "word".into(),
        json!({"type": ["string", "number", "boolean"], "$comment": "a word; numbers and flags count as they are written"}),
    );
    definitions.insert("localized".into(), json!({"anyOf": [{"$ref": "#/$defs/word"}, {"$ref": "#/$defs/name"}]}));
    definitions.insert(
        "texts".into(),
        json!({"anyOf": [
            {"$ref": "#/$defs/word"},
            {"type": "array", "items": {"$ref": "#/$defs/word"}},
        ]}),
    );
    let mut top = maker.map(&keys::TOP);
    if let Some(map) = top.as_object_mut() {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("title".into(), "idflow workflow · idflow 工作流".into());
        map.insert("$defs".into(), definitions.into());
    }
    merging(&mut top);
    top
}

/// The merge key of YAML: what it brings is not in the map as the schema sees it.
const MERGE: &str = "<<";

/// Lets every map with fixed keys or names take a merge key, which may bring the keys that are required.
fn merging(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(merging),
        Value::Object(map) => {
            map.values_mut().for_each(merging);
            let fixed = map.get("additionalProperties") == Some(&Value::Bool(false));
            let names = map.remove("propertyNames");
            if !fixed && names.is_none() {
                return;
            }
            map.insert("patternProperties".into(), json!({"^<<$": {"type": ["object", "array"]}}));
            if let Some(names) = names {
                map.insert("propertyNames".into(), json!({"anyOf": [names, {"const": MERGE}]}));
            }
            if let Some(required) = map.remove("required") {
                let rule = unless_merged(&required);
                match map.get_mut("allOf").and_then(Value::as_array_mut) {
                    Some(rules) => rules.push(rule),
                    None => drop(map.insert("allOf".into(), json!([rule]))),
                }
            }
        }
        _ => {}
    }
}

/// Keys that must be there, if no merge key may bring them.
fn unless_merged(required: &Value) -> Value {
    json!({"if": {"not": {"required": [MERGE]}}, "then": {"required": required}})
}

struct Maker<'a> {
    connectors: &'a [&'static ConnectorSpec],
}

/// Both languages; editors show one text only.
fn said(text: Text) -> String {
    format!("{}\n\n{}", text.en, text.zh)
}

fn described(mut schema: Value, text: Text) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".into(), said(text).into());
    }
    schema
}

fn definition(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A value, or a template that gives it.
fn or_template(schema: Value) -> Value {
    json!({"anyOf": [schema, definition("has_template")]})
}

fn list_or_one(item: &Value) -> Value {
    json!({"anyOf": [item, {"type": "array", "items": item}]})
}

impl Maker<'_> {
    /// One sort of map.
    fn map(&self, keys: &Keys) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for key in keys.known {
            let row = vocabulary::find(keys.id, key);
            let mut schema = self.shape(row.map_or(Shape::Any, |row| row.shape));
            if let (Some(row), Some(map)) = (row, schema.as_object_mut()) {
                let mut text = said(row.doc);
                if !row.default.is_empty() {
                    text.push_str(&format!("\n\ndefault · 默认：`{}`", row.default));
                }
                map.insert("description".into(), text.into());
                if row.required {
                    required.push(*key);
                }
            }
            properties.insert((*key).into(), schema);
        }
        let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
        if let Some(map) = schema.as_object_mut() {
            if !required.is_empty() {
                map.insert("required".into(), required.into());
            }
            match keys.id {
                "step" => {
                    map.insert("allOf".into(), self.parameters());
                }
                "mapping" => {
                    map.insert("allOf".into(), self.targets());
                }
                _ => {}
            }
        }
        schema
    }

    fn shape(&self, shape: Shape) -> Value {
        match shape {
            Shape::Any | Shape::NamedValues | Shape::Fields | Shape::Parameters => match shape {
                Shape::Any => json!({}),
                Shape::Parameters | Shape::NamedValues => json!({"type": ["object", "null"]}),
                _ => json!({"type": "object"}),
            },
            Shape::Id => definition("id"),
            Shape::Text | Shape::Cron | Shape::Account => definition("word"),
            Shape::Localized => definition("localized"),
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Number(min, u64::MAX) => json!({"type": "integer", "minimum": min}),
            Shape::Number(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Shape::Duration => definition("duration"),
            Shape::Share => definition("share"),
            Shape::Amount => json!({"anyOf": [{"type": "integer", "minimum": 0}, definition("share")]}),
            Shape::Words(words) => json!({"enum": words}),
            Shape::WordList(words) => list_or_one(&json!({"enum": words})),
            Shape::Texts => definition("texts"),
            Shape::Template => definition("template"),
            Shape::Condition => json!({"type": ["string", "boolean", "number"], "not": definition("has_template")}),
            // A list of one object needs no quotes.
            Shape::Expression => {
                let text = json!({"type": ["string", "boolean", "number"], "not": definition("has_template")});
                json!({"anyOf": [text, {"type": "array", "items": text, "minItems": 1, "maxItems": 1}]})
            }
            Shape::Zone => json!({"type": "string", "examples": ["Asia/Shanghai", "UTC"]}),
            Shape::Map(place) => definition(place),
            Shape::MapOrNothing(place) => json!({"anyOf": [definition(place), {"type": "null"}]}),
            Shape::MapOrList(place) => json!({"anyOf": [
                definition(place),
                {"type": "string", "not": definition("has_template")},
            ]}),
            Shape::Maps(place) => match vocabulary::keys_of(place) {
                Some(_) => list_or_one(&definition(place)),
                None => json!({}),
            },
            Shape::Steps => json!({"type": "array", "items": definition("step")}),
            Shape::Named(place) => json!({
                "type": ["object", "null"], "propertyNames": definition("id"), "additionalProperties": definition(place),
            }),
            Shape::NamedTexts => json!({
                "type": ["object", "null"], "propertyNames": definition("id"), "additionalProperties": definition("word"),
            }),
            Shape::Action => {
                let actions: Vec<Value> = self
                    .actions()
                    .map(|(connector, action)| {
                        json!({
                            "const": format!("{}/{}", connector.name, action.name),
                            "description": said(action.title),
                        })
                    })
                    .chain([json!({"type": "string", "pattern": "^workflow/[a-z][a-z0-9_]{0,63}$"})])
                    .collect();
                json!({"anyOf": actions})
            }
            Shape::Connector => {
                json!({"enum": self.connectors.iter().map(|connector| connector.name).collect::<Vec<_>>()})
            }
            Shape::Connection | Shape::Mapping => definition("id"),
            Shape::Objects => json!({"enum": self.objects()}),
            Shape::Rules => list_or_one(&json!({
                "type": "string",
                "anyOf": [{"const": "linked"}, {"pattern": "=="}],
            })),
            Shape::StepIds => list_or_one(&definition("id")),
            Shape::Events | Shape::Workflows => definition("texts"),
            Shape::Roles => list_or_one(&json!({"enum": crate::model::definition::ROLES})),
        }
    }

    fn actions(&self) -> impl Iterator<Item = (&'static ConnectorSpec, &'static ActionSpec)> {
        self.connectors.iter().flat_map(|connector| connector.actions.iter().map(move |action| (*connector, *action)))
    }

    /// What `from` and `to` can be.
    fn objects(&self) -> Vec<String> {
        let mut objects = Vec::new();
        for connector in self.connectors {
            objects
                .extend(connector.schemas.iter().map(|schema| format!("{}/{}", connector.name, schema.kind.as_str())));
            if connector.row_schema.is_some() {
                objects.push(format!("{}/row", connector.name));
            }
        }
        objects
    }

    /// `with`, for each action.
    fn parameters(&self) -> Value {
        self.actions()
            .map(|(connector, action)| {
                let properties: Map<String, Value> = action
                    .params
                    .iter()
                    .map(|param| (param.name.into(), described(parameter(param.ty), param.doc)))
                    .collect();
                let required: Vec<&str> =
                    action.params.iter().filter(|param| param.required).map(|param| param.name).collect();
                let mut with = json!({"properties": properties, "additionalProperties": false});
                let mut then = json!({});
                if !required.is_empty() {
                    with["required"] = json!(required);
                    then["allOf"] = json!([unless_merged(&json!(["with"]))]);
                }
                then["properties"] = json!({"with": with});
                let uses = format!("{}/{}", connector.name, action.name);
                json!({"if": {"properties": {"uses": {"const": uses}}, "required": ["uses"]}, "then": then})
            })
            .collect()
    }

    /// `fields`, for each target.
    fn targets(&self) -> Value {
        self.connectors
            .iter()
            .flat_map(|connector| connector.schemas)
            .map(|schema| {
                let to = format!("{}/{}", schema.connector, schema.kind.as_str());
                json!({
                    "if": {"properties": {"to": {"const": to}}, "required": ["to"]},
                    "then": {"properties": {"fields": fields(schema)}},
                })
            })
            .collect()
    }
}

/// One parameter. Texts may hold templates, so they are not looked into.
fn parameter(ty: ParamType) -> Value {
    let text = json!({"type": ["string", "number", "boolean"]});
    match ty {
        ParamType::Int => or_template(json!({"type": "integer"})),
        ParamType::Bool => or_template(json!({"type": "boolean"})),
        ParamType::Duration => or_template(definition("duration")),
        ParamType::Enum(words) => or_template(json!({"enum": words})),
        ParamType::Texts => list_or_one(&text),
        ParamType::Map => json!({"type": "object", "additionalProperties": list_or_one(&text)}),
        ParamType::MapOfMaps => json!({
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": list_or_one(&text)},
        }),
        ParamType::Predicate { .. } => {
            json!({"type": ["string", "boolean"], "not": definition("has_template")})
        }
        ParamType::Scope => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {"include": list_or_one(&text), "exclude": list_or_one(&text)},
        }),
        ParamType::Filter { .. } => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {"where": {"type": ["string", "boolean"], "not": definition("has_template")}},
        }),
        // Texts of all sorts.
        _ => text,
    }
}

/// The fields that a mapping can fill.
fn fields(schema: &Schema) -> Value {
    let properties: Map<String, Value> = schema
        .fields
        .iter()
        .filter(|field| field.access != Access::ReadOnly)
        .map(|field| {
            let value = value(field);
            let policy: Map<String, Value> = vocabulary::ROWS
                .iter()
                .filter(|row| row.place == "field" && row.key != "value")
                .map(|row| {
                    let words = match row.shape {
                        Shape::Words(words) => json!({"enum": words}),
                        _ => json!({}),
                    };
                    (row.key.to_string(), described(words, row.doc))
                })
                .chain([("value".to_string(), value.clone())])
                .collect();
            let whole = json!({
                "anyOf": [
                    value,
                    {"type": "object", "properties": policy, "required": ["value"], "additionalProperties": false},
                ],
            });
            (field.name.to_string(), described(whole, field.doc))
        })
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// A literal of the field's type, or a template.
fn value(field: &FieldSpec) -> Value {
    match field.ty {
        Type::Bool => or_template(json!({"enum": [true, false, "true", "false", "1", "0", 1, 0, null]})),
        Type::Enum(words) => {
            let mut words: Vec<Value> = words.iter().map(|word| json!(word)).collect();
            words.push(Value::Null);
            or_template(json!({"enum": words}))
        }
        Type::Custom | Type::Texts | Type::Refs { .. } | Type::Members { .. } | Type::Flags { .. } => {
            json!({"type": ["string", "number", "boolean", "null"]})
        }
        _ => definition("template"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{tests, yaml};

    fn validator() -> jsonschema::Validator {
        let schema = workflow(&tests::connectors());
        jsonschema::meta::validate(&schema).expect("a schema of draft 2020-12");
        jsonschema::draft202012::new(&schema).expect("a schema that can be used")
    }

    fn complaints(validator: &jsonschema::Validator, text: &str) -> Vec<String> {
        let root = yaml::read(text, &mut Vec::new()).expect("YAML").to_json();
        validator.iter_errors(&root).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn templates_satisfy_it() {
        let validator = validator();
        for text in [
            include_str!("../../workflows/csv_to_directory.yaml"),
            include_str!("../../workflows/wecom_downstream_full.yaml"),
            include_str!("../../workflows/wecom_downstream_mirror.yaml"),
            include_str!("../../workflows/wecom_upstream_full.yaml"),
            include_str!("../../workflows/wecom_upstream_bind.yaml"),
        ] {
            assert_eq!(complaints(&validator, text), [""; 0]);
        }
    }

    /// Some tools show the schema a file whose merge keys are not applied.
    #[test]
    fn merge_keys_may_bring_what_is_required() {
        let validator = validator();
        let whole = json!({"id": "read", "uses": "directory/read"});
        let file = |step: Value| {
            let connections =
                json!({"<<": {"wecom": {"type": "wecom", "ref": "a"}}, "directory": {"<<": {}, "type": "directory"}});
            json!({"dsl": 1, "id": "x", "connections": connections, "steps": [step]})
        };
        let errors =
            |step: Value| validator.iter_errors(&file(step)).map(|error| error.to_string()).collect::<Vec<_>>();
        assert_eq!(errors(whole), [""; 0]);
        assert_eq!(errors(json!({"<<": {"uses": "directory/read"}, "id": "read"})), [""; 0]);
        assert_eq!(errors(json!({"<<": [{"with": {}}], "id": "read", "uses": "wecom/read_user"})), [""; 0]);
        assert_ne!(errors(json!({"<<": {}, "id": "read", "use": "directory/read"})), [""; 0]);
        assert_ne!(errors(json!({"id": "read", "uses": "wecom/read_user"})), [""; 0]);
    }

    #[test]
    fn what_it_refuses_the_compiler_refuses_too() {
        let validator = validator();
        let good = include_str!("../../workflows/wecom_downstream_mirror.yaml");
        for (from, to) in [
            ("dsl: 1", "dsl: 2"),
            ("id: wecom_downstream_mirror", "id: Wecom-Mirror"),
            ("timeout: 2h", "timeout: PT2H"),
            ("timeout: 2h", "time_out: 2h"),
            ("source_shrink: 10%", "source_shrink: 10"),
            ("on_exceed: hold", "on_exceed: stop"),
            ("on_conflict: queue", "on_conflict: wait"),
            ("{type: wecom, ref: wecom_main}", "{type: wecom}"),
            ("{type: wecom, ref: wecom_main}", "{type: wecon, ref: wecom_main}"),
            ("uses: wecom/create_user", "uses: wecom/make_user"),
            ("with: {to_invite: false}", "with: {to_invit: false}"),
            ("with: {to_invite: false}", "with: {to_invite: [1]}"),
            ("    to: wecom/user", "    to: wecom/member"),
            ("      enable:", "      enabled:"),
            ("when_empty: clear", "when_empty: empty"),
            (
                "    match: [linked, source.username == target.userid]",
                "    match: [linkt, source.username == target.userid]",
            ),
            ("order: parents_first}\n\n  - id: update_dep", "order: tree}\n\n  - id: update_dep"),
            ("max_failures: 5%}\n\n  - id: update_user", "max_failures: many}\n\n  - id: update_user"),
            ("steps:\n", "step:\n"),
        ] {
            assert!(good.contains(from), "{from}");
            let wrong = good.replacen(from, to, 1);
            assert!(!complaints(&validator, &wrong).is_empty(), "the schema accepts {to}");
            assert!(tests::compiled(&wrong).workflow.is_none(), "the compiler accepts {to}");
        }
    }

    #[test]
    fn every_key_is_in_it() {
        let schema = workflow(&tests::connectors());
        for keys in keys::ALL {
            let properties =
                if keys.id == "top" { &schema["properties"] } else { &schema["$defs"][keys.id]["properties"] };
            for key in keys.known {
                assert!(properties[key]["description"].is_string(), "{}.{key}", keys.id);
            }
        }
        let text = schema.to_string();
        for connector in tests::connectors() {
            for action in connector.actions {
                assert!(text.contains(&format!("\"{}/{}\"", connector.name, action.name)));
            }
        }
    }
}
