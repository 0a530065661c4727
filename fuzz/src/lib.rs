//! What the fuzz targets do with one input. `cargo xtask fuzz` does the same with inputs of its own making.

use idflow::{
    connectors,
    workflow::{
        Environment, compile,
        compiled::{References, Resolved, WithValue},
        diagnostic::{Language, Source},
        scope::Scope,
    },
};
use idflow_sdk::{Field, Kind, Record, Value};

/// The stack of a worker of the runtime, in bytes.
pub const STACK: usize = 2 << 20;

const FILE: &str = r#"dsl: 1
id: fuzz
on: {manual: {inputs: {flag: {type: boolean, default: true}, word: {type: string, default: a}, number: {type: integer, default: 3}}}}
vars: {name: x, list: [a, b], deep: {er: 1}}
connections: {directory: {type: directory, ref: default}, wecom: {type: wecom, ref: main}}
mappings:
  user:
    from: directory/user
    to: wecom/user
    match: [linked]
    fields: {userid: {value: "{{source.username}}", write: create}, name: NAME, department: "{{target_ids source.departments}}"}
steps:
  - {id: read, name: {zh: r, en: r}, uses: directory/read, with: {users: {where: WHERE}}}
  - {id: write, name: {zh: w, en: w}, if: IF, uses: wecom/create_user, map: user, foreach: steps.read.outputs.users}
"#;

struct Known;

impl References for Known {
    fn resolve(&self, _: Kind, key: &str) -> Resolved {
        if key.len().is_multiple_of(2) { Resolved::Unknown } else { Resolved::Key(Value::text(key)) }
    }
    fn root(&self) -> Option<Value> {
        Some(Value::Int(1))
    }
}

/// Any text as a workflow file: the compiler ends, findings lie inside it and can be shown, edits can be applied.
pub fn workflow(text: &str) {
    let connectors = connectors::ALL.to_vec();
    let outcome = compile("fuzz.yaml", text, &Environment::new(&connectors));
    let source = Source::new("fuzz.yaml", text);
    for finding in outcome.diagnostics.iter().take(40) {
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len(), "{finding:?}");
        let _ = finding.render(&source, Language::Zh, false);
        let _ = idflow::app::findings::finding(finding, &source);
        let mut fixes = finding.fixes.clone();
        fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
        let mut mended = text.to_string();
        for fix in fixes {
            assert!(mended.get(fix.span.range()).is_some(), "{finding:?}");
            mended.replace_range(fix.span.range(), &fix.text);
        }
    }
}

/// Any text as a template, or after `1` as `if` and after `2` as `where`: compiled, and evaluated on three people.
pub fn values(text: &str) {
    let (place, text) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    let quoted = format!("'{}'", text.replace('\'', "''").replace(['\n', '\r'], " "));
    let (name, condition, filter) = match place {
        "1" => ("x", quoted.as_str(), "'true'"),
        "2" => ("x", "'true'", quoted.as_str()),
        _ => (quoted.as_str(), "'true'", "'true'"),
    };
    let file = FILE.replace("NAME", name).replace("WHERE", filter).replace("IF", condition);
    let connectors = connectors::ALL.to_vec();
    let outcome = compile("fuzz.yaml", &file, &Environment::new(&connectors));
    let Some(workflow) = outcome.workflow else { return };
    let scope = Scope::of(scope_root());
    if let Some(condition) = workflow.steps.get(1).and_then(|step| step.condition.as_ref()) {
        let _ = condition.test(&scope);
    }
    let Some(mapping) = workflow.mappings.first() else { return };
    for number in 0..3_i64 {
        let mut record = Record::new();
        let mut set = |name: &str, value: Value| {
            if let Some(id) = mapping.source.field(name) {
                record.set(id, Field::Value(value));
            }
        };
        set("username", Value::text(format!("u{number}")));
        if number > 0 {
            set("name", Value::text("王小明 Wang"));
            set("email", Value::text("A@example.com"));
            set("mobile", Value::text("+86 139 0000 0000"));
            set("status", Value::text("active"));
            set(
                "departments",
                Value::list([Value::map([
                    ("department".into(), Value::text("01D")),
                    ("leader".into(), Value::Bool(true)),
                ])]),
            );
        }
        if number > 1 {
            set("name", Value::text("\u{0}\u{202e}é".repeat(50)));
            set("managers", Value::list([Value::text("a"), Value::text("bb")]));
        }
        let _ = mapping.evaluate(&record, &scope, &Known);
        for entry in &workflow.steps[0].with.entries {
            if let WithValue::Predicate(condition, _) = &entry.value {
                let _ = condition.prepare(&scope).test(&record);
            }
        }
    }
}

fn scope_root() -> serde_json::Value {
    serde_json::json!({
        "inputs": {"flag": true, "word": "a", "number": 3},
        "vars": {"name": "x", "list": ["a", "b"], "deep": {"er": 1}},
        "run": {"number": 1, "due": "2026-01-02T03:04:05Z", "status": "applying", "trigger": "manual"},
        "steps": {"read": {"outputs": {"users": []}, "counts": {}, "status": "succeeded"}},
        "connections": {"wecom": {"corp_id": "ww1"}},
    })
}
