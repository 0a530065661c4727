//! A hundred thousand people through a whole mapping and a condition. Printed, and bounded generously: the bound catches a
//! parse or a JSON tree per person, not a busy machine.

use std::time::Instant;

use idflow_sdk::{Field, Kind, Record, Value};

use super::*;
use crate::workflow::{compiled::*, scope::Scope};

const FULL: &str = include_str!("../../../workflows/wecom_downstream_full.yaml");

struct Everyone;

impl References for Everyone {
    fn resolve(&self, _: Kind, key: &str) -> Resolved {
        Resolved::Key(Value::Int(key.len() as i64))
    }
    fn root(&self) -> Option<Value> {
        Some(Value::Int(1))
    }
}

#[test]
fn a_hundred_thousand_people() {
    let workflow = good(FULL);
    let mapping = workflow.mappings.iter().find(|mapping| mapping.name == "user").unwrap();
    let schema = &mapping.source;
    let people: Vec<Record> = (0..100_000)
        .map(|number| {
            let mut record = Record::new();
            let mut set = |name: &str, value: Value| record.set(schema.field(name).unwrap(), Field::Value(value));
            set("username", Value::text(format!("user{number}")));
            set("name", Value::text("王小明"));
            set("nickname", Value::text("小明"));
            set("mobile", Value::text(format!("139{number:08}")));
            set("email", Value::text(format!("User{number}@example.com")));
            set("title", Value::text("工程师"));
            set("status", Value::text(if number % 10 == 0 { "disabled" } else { "active" }));
            set(
                "departments",
                Value::list([Value::map([
                    ("department".into(), Value::text("01D")),
                    ("leader".into(), Value::Bool(false)),
                ])]),
            );
            set("primary_department", Value::text("01D"));
            set("managers", Value::list([Value::text("01U")]));
            record
        })
        .collect();
    let scope = Scope::default();
    let start = Instant::now();
    for person in &people {
        assert!(matches!(mapping.evaluate(person, &scope, &Everyone), Mapped::Record { .. }));
    }
    let mapped = start.elapsed();
    let WithValue::Predicate(condition, _) = &workflow.steps[0].with.entries.last().unwrap().value else {
        panic!("the last parameter is a condition")
    };
    let start = Instant::now();
    let ready = condition.prepare(&scope);
    let kept = people.iter().filter(|person| ready.test(person).unwrap()).count();
    let tested = start.elapsed();
    assert_eq!(kept, 100_000);
    let other = FULL.replace(
        "user.status in [\"active\", \"disabled\"]",
        "user.username.startsWith(\"user\") && size(user.departments) > 0",
    );
    let other = good(&other);
    let WithValue::Predicate(condition, _) = &other.steps[0].with.entries.last().unwrap().value else {
        panic!("the last parameter is a condition")
    };
    let start = Instant::now();
    let ready = condition.prepare(&scope);
    let kept = people.iter().filter(|person| ready.test(person).unwrap()).count();
    let searched = start.elapsed();
    assert_eq!(kept, 100_000);
    #[allow(clippy::print_stderr)]
    {
        let fields = mapping.fields.len();
        eprintln!("100,000 people: {fields} fields in {mapped:?}, a condition in {tested:?}, another in {searched:?}");
    }
    let bound = if cfg!(debug_assertions) { 10.0 } else { 1.5 };
    assert!(mapped.as_secs_f64() < bound && tested.as_secs_f64() < bound);
}
