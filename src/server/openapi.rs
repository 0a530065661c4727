//! The document of the API (OpenAPI 3.1), made from the table of operations and from what their handlers take and answer.

use std::collections::BTreeMap;

use axum::Json;
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, schema::Schema};

use super::{
    auth::{CSRF, TENANT},
    described::{Schemas, schema_of},
    error::{self, PROBLEM},
    routes::routes,
};
use crate::{app::caller::Permission, contract::problem::Refusal};

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
        let operation = (route.describe)();
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
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
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
