//! What does an operation take and answer? The types of its handler tell.

use axum::{Json, response::Response};
use serde_json::{Value, json};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{
    api::{
        accounts::{SessionCookie, WithCookie},
        live::{Events, LastEvent},
    },
    auth::guest::Guest,
    error::ApiError,
    extract::{Body, Desk, File, Id, Pages, Params},
    tags::{If, Tagged},
};
use crate::contract::live::LiveEvent;

/// Types with their names.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// What an operation takes and answers.
#[derive(Default)]
pub struct Operation {
    pub(super) parameters: Vec<Value>,
    /// The schema of the body, and whether there must be one.
    pub(super) body: Option<(Value, bool)>,
    /// Whether the body is a file.
    pub(super) file: bool,
    /// The schema of the answer; a file when there is none.
    pub(super) answer: Option<Value>,
    /// The schema of each event of the answer, where that is a stream.
    pub(super) events: Option<Value>,
    pub(super) schemas: Schemas,
    /// Whether the answer says in `ETag` which state it shows.
    pub(super) tagged: bool,
}

impl Operation {
    /// The names of what can stand after the question mark.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let asked = self.parameters.iter().filter(|one| one["in"] == "query");
        asked.filter_map(|one| one["name"].as_str().map(Into::into)).collect()
    }

    /// Whether it is for a state that `If-Match` names.
    #[must_use]
    pub fn takes_tags(&self) -> bool {
        self.parameters.iter().any(|one| one["name"] == "If-Match")
    }
}

/// Whether a body of this type cannot be left out: an empty one is no such object.
fn needed(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => !object.required.is_empty(),
        _ => true,
    }
}

/// A reference to the type, which is kept with those that it needs.
pub(super) fn schema_of<T: ToSchema>(schemas: &mut Schemas) -> Value {
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

impl Taken for SessionCookie {
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
