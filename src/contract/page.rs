//! Lists: a page of them, and how to ask for the next.

use std::{borrow::Cow, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type},
};

/// How many are given where nothing is said.
pub const USUAL: usize = 50;
/// How many are given at most.
pub const MOST: usize = 500;
/// How many runs or people are counted for a `total` at most.
pub const MOST_COUNTED: usize = 5_000;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many there are in all. Absent where nobody knows: lists of runs, items and people tell it on their first page, and
    /// of runs and people only as long as there are at most 5,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some("What is on it."));
        let next = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The cursor of the next page; absent on the last one."));
        let total = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .description(Some(
                "How many there are in all. Absent where nobody knows: lists of runs, items and people tell it on their \
                 first page, and of runs and people only as long as there are at most 5,000.",
            ));
        ObjectBuilder::new()
            .description(Some("A page of a list."))
            .property("items", items)
            .required("items")
            .property("next", next)
            .property("total", total)
            .into()
    }
}

/// A value of this type as JSON: written once, and answered as often as it is asked for.
#[derive(Debug)]
pub struct Written<T>(Arc<RawValue>, PhantomData<T>);

impl<T> Clone for Written<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<T: Serialize> Written<T> {
    /// Writes it.
    ///
    /// # Errors
    /// It has no form in JSON.
    pub fn new(value: &T) -> serde_json::Result<Self> {
        Ok(Self(serde_json::value::to_raw_value(value)?.into(), PhantomData))
    }

    /// As it is written.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.get()
    }
}

impl<T> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// In the document it is the type that was written.
impl<T: ToSchema> PartialSchema for Written<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: ToSchema> ToSchema for Written<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// A page of each type has a name of its own; a derived one would be the same for all.
impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("PageOf{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// Which page.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many at most; 50 where nothing is said, never more than 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}
