//! The document of the API (OpenAPI 3.1), made from the table of operations and from the types of their handlers.

use std::collections::BTreeMap;

use axum::{Json, response::Response};
use serde_json::{Value, json};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{
    api::{
        accounts::{Shown, WithCookie},
        live::{Events, LastEvent},
    },
    auth::{CSRF, TENANT, guest::Guest},
    error::{self, ApiError, PROBLEM},
    extract::{Body, Desk, File, Id, Pages, Params},
    routes::routes,
    tags::{If, Tagged},
};
use crate::{
    app::caller::Permission,
    contract::{live::LiveEvent, problem::Refusal},
};

type Schemas = Vec<(String, RefOr<Schema>)>;

/// What an operation takes and answers.
#[derive(Default)]
pub struct Operation {
    parameters: Vec<Value>,
    /// The schema of the body, and whether there must be one.
    body: Option<(Value, bool)>,
    /// Whether the body is a file.
    file: bool,
    /// The schema of the answer; a file when there is none.
    answer: Option<Value>,
    /// The schema of each event of the answer, where that is a stream.
    events: Option<Value>,
    schemas: Schemas,
    /// Whether the answer says in `ETag` which state it shows.
    tagged: bool,
}

impl Operation {
    /// The names of what can stand after the question mark.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let asked = self.parameters.iter().filter(|one| one["in"] == "query");
        asked.filter_map(|one| one["name"].as_str().map(Into::into)).collect()
    }
}

/// Answers that are files of other types than bytes of any sort: the operation and its types, of which a parameter chooses one.
const FILES: &[(&str, &[&str])] = &[
    (
        "export_run",
        &[
            "application/json",
            "application/x-ndjson",
            "text/csv",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ],
    ),
    ("blank_upload", &["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]),
    ("export_bundle", &["application/zip"]),
    ("backup_store", &["application/zstd"]),
    ("export_workflow", &["application/yaml"]),
];

/// What the answer of an operation is when it is a file.
fn file(id: &str) -> Value {
    let types = FILES
        .iter()
        .find(|(operation, _)| *operation == id)
        .map_or(&["application/octet-stream"][..], |(_, types)| types);
    let of = |media: &&str| {
        let schema = match *media {
            // Rows as they are in the answers of the API; the file of a workflow, which has a schema of its own.
            "application/json" | "application/yaml" => json!({}),
            media if media.starts_with("text/") || media.ends_with("json") => {
                json!({"type": "string"})
            }
            _ => json!({"type": "string", "format": "binary"}),
        };
        ((*media).to_string(), json!({"schema": schema}))
    };
    types.iter().map(of).collect::<serde_json::Map<_, _>>().into()
}

/// Whether a body of this type cannot be left out: an empty one is no such object.
fn needed(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => !object.required.is_empty(),
        _ => true,
    }
}

fn schema_of<T: ToSchema>(schemas: &mut Schemas) -> Value {
    T::schemas(schemas);
    let name = T::name();
    schemas.push((name.to_string(), T::schema()));
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An argument of a handler.
pub trait Taken {
    /// Tells what it is.
    fn describe(operation: &mut Operation);
}

impl Taken for Desk {
    fn describe(_: &mut Operation) {}
}

impl Taken for Guest {
    fn describe(_: &mut Operation) {}
}

impl Taken for Pages {
    fn describe(_: &mut Operation) {}
}

impl Taken for LastEvent {
    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string"});
        let told = "The `id` of the last event that was seen; before `after`.";
        operation.parameters.push(json!({
            "name": "Last-Event-ID", "in": "header", "required": false, "schema": schema, "description": told,
        }));
    }
}

impl Taken for Shown {
    fn describe(_: &mut Operation) {}
}

impl Taken for If {
    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string"});
        operation.parameters.push(json!({"name": "If-Match", "in": "header", "schema": schema,
            "description": "The `ETag` of the state that this is meant for: another one is answered with 412."}));
    }
}

impl Taken for Id {
    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string"});
        operation.parameters.push(json!({"name": "id", "in": "path", "required": true, "schema": schema}));
    }
}

impl<T: IntoParams> Taken for Params<T> {
    fn describe(operation: &mut Operation) {
        let parameters = T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query));
        operation.parameters.extend(parameters.iter().filter_map(|one| serde_json::to_value(one).ok()));
    }
}

impl Taken for File {
    fn describe(operation: &mut Operation) {
        operation.file = true;
    }
}

impl<T: ToSchema> Taken for Body<T> {
    fn describe(operation: &mut Operation) {
        operation.body = Some((schema_of::<T>(&mut operation.schemas), needed(&T::schema())));
    }
}

/// What a handler answers.
pub trait Given {
    /// Tells what it is.
    fn describe(operation: &mut Operation);
}

impl<T: ToSchema> Given for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.answer = Some(schema_of::<T>(&mut operation.schemas));
    }
}

impl<T: ToSchema> Given for WithCookie<T> {
    fn describe(operation: &mut Operation) {
        operation.answer = Some(schema_of::<T>(&mut operation.schemas));
    }
}

impl<T: ToSchema> Given for Tagged<T> {
    fn describe(operation: &mut Operation) {
        operation.answer = Some(schema_of::<T>(&mut operation.schemas));
        operation.tagged = true;
    }
}

impl Given for Events {
    fn describe(operation: &mut Operation) {
        operation.events = Some(schema_of::<LiveEvent>(&mut operation.schemas));
    }
}

impl Given for Response {
    fn describe(_: &mut Operation) {}
}

/// A handler whose arguments and answer tell what they are.
pub trait Described<D> {
    /// What it takes and answers.
    fn describe() -> Operation;
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, Fut, R, $($argument: Taken),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut,
            Fut: Future<Output = Result<R, ApiError>>,
            R: Given,
        {
            fn describe() -> Operation {
                let mut operation = Operation::default();
                $($argument::describe(&mut operation);)*
                R::describe(&mut operation);
                operation
            }
        }
    };
}

described!(A);
described!(A B);
described!(A B C);
described!(A B C D);

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    let mut schemas: Schemas = Vec::new();
    let refusal = schema_of::<Refusal>(&mut schemas);
    let mut tags: Vec<&str> = Vec::new();
    for route in routes() {
        let tag = route.path.split('/').nth(1).unwrap_or_default();
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let operation = route.operation;
        let content = match (operation.answer, operation.events) {
            (Some(schema), _) => json!({"application/json": {"schema": schema}}),
            // OpenAPI 3.1 has no word for what stands in each event: the schema is that of its data.
            (None, Some(schema)) => json!({"text/event-stream": {"schema": schema}}),
            (None, None) => file(route.id),
        };
        let mut done = json!({"description": "Done.", "content": content});
        if operation.tagged {
            let description = "The tag of the state that is shown; `If-Match` of an edit takes it.";
            done["headers"] = json!({"ETag": {"description": description, "schema": {"type": "string"}}});
        }
        let mut responses = BTreeMap::from([("200".to_string(), done)]);
        for status in error::statuses() {
            let description = status.canonical_reason().unwrap_or_default();
            let content = json!({PROBLEM: {"schema": refusal}});
            responses.insert(status.as_u16().to_string(), json!({"description": description, "content": content}));
        }
        let mut parameters = operation.parameters;
        if route.method == axum::http::Method::POST && route.permission.is_some() {
            parameters.push(json!({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255},
                "description": "A name of the caller's own for this call: sent again within 24 hours it does nothing and is \
                    answered as before. With another operation or body it is refused."}));
        }
        let mut told = json!({
            "operationId": route.id,
            "summary": route.summary,
            "tags": [tag],
            "parameters": parameters,
            "responses": responses,
            "x-permission": route.permission.map_or("none", Permission::as_str),
        });
        if route.permission.is_none() {
            told["security"] = json!([]);
        }
        if operation.file {
            let schema = json!({"type": "string", "format": "binary"});
            told["requestBody"] =
                json!({"required": true, "content": {"application/octet-stream": {"schema": schema}}});
        }
        if let Some((body, required)) = operation.body {
            told["requestBody"] = json!({"required": required, "content": {"application/json": {"schema": body}}});
        }
        schemas.extend(operation.schemas);
        let method = route.method.as_str().to_ascii_lowercase();
        paths.entry(route.path.into()).or_default().insert(method, told);
    }
    let schemas = named(schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "idflow",
            "version": "1",
            "description": "Everything that a person or a program can do with idflow. Lists come in pages: `limit` and \
                `cursor`, answered as `items` and `next`, with `total` where it is known. Every POST takes an \
                `Idempotency-Key`; edits take `If-Match`. What is refused is `application/problem+json` (RFC 9457). \
                `x-permission` names what the caller must be allowed. Times are RFC 3339 in UTC with milliseconds, \
                durations are milliseconds.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"session": []}, {"token": []}, {"key": []}],
        "tags": tags.iter().map(|tag| json!({"name": tag})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {
                "type": "apiKey", "in": "cookie", "name": "__Host-idflow",
                "description": format!("The cookie of a sign-in; `idflow-PORT` on a loopback address over http. Writes send `{CSRF}`, \
                    which `GET /session` gives. `{TENANT}` says which tenant a call is about."),
            }, "token": {
                "type": "http", "scheme": "bearer",
                "description": "A token of a program, from `POST /tokens`.",
            }, "key": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": "`Idflow ` and the proof that the caller can read the key of the data folder, from an exchange \
                    with `/api/v1/hello`.",
            }},
        },
    });
    bounded(&mut document);
    document
}

/// Whole numbers of which nothing else is said have 64 bits: a larger one is not read.
fn bounded(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(bounded),
        Value::Object(fields) => {
            let kind = fields.get("type");
            let whole = kind.is_some_and(|kind| {
                kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "integer"))
            });
            if whole && !fields.contains_key("format") {
                fields.insert("format".into(), "int64".into());
            }
            fields.values_mut().for_each(bounded);
        }
        _ => {}
    }
}

/// The types by their names. Two types of one name would be one to whoever reads the document.
fn named(schemas: Schemas) -> BTreeMap<String, RefOr<Schema>> {
    let mut named = BTreeMap::new();
    for (name, schema) in schemas {
        debug_assert!(named.get(&name).is_none_or(|other| *other == schema), "two types are called {name}");
        named.insert(name, schema);
    }
    named
}

/// Serves it.
pub async fn serve() -> Json<Value> {
    Json(document())
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let known = document["components"]["schemas"].as_object().unwrap();
        let text = document.to_string();
        let mut seen = 0;
        for (at, _) in text.match_indices("#/components/schemas/") {
            let name: String = text[at + 21..].chars().take_while(|char| *char != '"').collect();
            assert!(known.contains_key(&name), "{name}");
            seen += 1;
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn operations_have_names_of_their_own_and_a_permission() {
        let mut names = std::collections::BTreeSet::new();
        for route in routes() {
            assert!(names.insert(route.id), "{}", route.id);
            assert!(!route.summary.is_empty() && route.summary.ends_with('.'), "{}", route.id);
        }
        let one = &document()["paths"]["/runs/{id}"]["get"];
        assert_eq!((one["operationId"].as_str(), one["x-permission"].as_str()), (Some("show_run"), Some("run:view")));
    }

    #[test]
    fn nothing_is_free_form_but_what_must_be() {
        let value = serde_json::to_value(crate::contract::run::Run::schema()).unwrap();
        assert!(value["properties"]["status"].is_object(), "{value}");
    }
}
