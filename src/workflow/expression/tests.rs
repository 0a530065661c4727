use idflow_sdk::{Field, Kind, Record, Value};
use serde_json::json;

use super::*;
use crate::workflow::{
    compiled::{Input, InputType},
    diagnostic::Source,
    names::Object,
    yaml,
};

fn schema() -> &'static Schema {
    idflow_directory::SPEC.schema(Kind::User).unwrap()
}

fn person(fields: &[(&str, Value)]) -> Record {
    fields.iter().map(|(name, value)| (schema().field(name).unwrap(), Field::Value(value.clone()))).collect()
}

fn inputs() -> Vec<Input> {
    let input =
        |name: &str, ty| Input { name: name.into(), ty, default: None, required: true, label: Default::default() };
    vec![
        input("deep", InputType::Boolean),
        input("mode", InputType::Enum(vec!["fast".into(), "slow".into()])),
        input("count", InputType::Integer),
    ]
}

fn compile(text: &str) -> Result<Condition, Vec<(&'static str, String)>> {
    let file = format!("if: '{}'", text.replace('\'', "''"));
    let root = yaml::read(&file, &mut Vec::new()).unwrap();
    let inputs = inputs();
    let types = Names {
        object: Some(Object { variable: "user", schema: schema(), because: None }),
        inputs: &inputs,
        ..Names::default()
    };
    Condition::compile(root.get("if").unwrap(), &file, &types).map_err(|findings| {
        let source = Source::new("t", &file);
        findings.iter().map(|finding| (finding.code, source.slice(finding.span).to_string())).collect()
    })
}

fn test(text: &str, person: &Record) -> bool {
    let scope = Scope { root: json!({"inputs": {"deep": true, "mode": "fast", "count": 3}}) };
    let condition = compile(text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
    condition.test_record(person, schema(), "user", &scope).unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

#[test]
fn conditions_hold_or_not() {
    let person = person(&[
        ("username", Value::text("Zhang.San")),
        ("name", Value::text("张三")),
        ("email", Value::text("Zhang@Example.com")),
        ("mobile", Value::text("15498000015")),
        ("status", Value::text("active")),
        (
            "departments",
            Value::list([Value::map([("department".into(), "01D".into()), ("leader".into(), true.into())])]),
        ),
    ]);
    for (text, holds) in [
        ("user.status == \"active\"", true),
        ("\"active\" == user.status", true),
        ("user.status != \"active\"", false),
        ("user.status in [\"active\", \"disabled\"]", true),
        ("!(user.status in [\"active\"])", false),
        ("user.name == \"张三\" && inputs.deep", true),
        ("user.name == \"李四\" || inputs.count > 2", true),
        ("3 <= inputs.count && inputs.count < 4", true),
        ("inputs.mode == \"fast\"", true),
        // Types carry their comparison.
        ("user.username == \"zhang.san\"", true),
        ("user.email in [\"ZHANG@example.com\"]", true),
        ("user.mobile == \"+86 154 9800 0015\"", true),
        // Empty and hidden equal nothing.
        ("user.title == \"x\"", false),
        ("user.title != \"x\"", true),
        ("user.title == \"\"", true),
        ("user.title != \"\"", false),
        ("user.title == null", true),
        ("has(user.title)", false),
        ("has(user.name) && !has(user.nickname)", true),
        // The interpreter's part.
        ("user.name.startsWith(\"张\")", true),
        ("user.username.matches(\"^[A-Z]\")", true),
        ("size(user.departments) > 0", true),
        ("user.departments.exists(d, d.leader)", true),
        ("user.departments.all(d, !d.leader)", false),
        ("user.name.size() == 2 && user.status == \"active\"", true),
        ("inputs.count + 1 == 4", true),
        ("inputs.deep ? user.name == \"张三\" : false", true),
        ("has(user.title) ? user.title.startsWith(\"x\") : true", true),
        ("true", true),
    ] {
        assert_eq!(test(text, &person), holds, "{text}");
    }
}

#[test]
fn what_cannot_be_decided_is_told() {
    let scope = Scope::default();
    let condition = compile("user.title.startsWith(\"x\")").unwrap();
    let problem = condition.test_record(&Record::new(), schema(), "user", &scope).unwrap_err();
    assert_eq!(problem.code, "condition_failed");
    assert_eq!(problem.get("expression"), Some("user.title.startsWith(\"x\")"));
}

#[test]
fn changes_sums_the_counts_of_steps() {
    use crate::workflow::names::StepNames;
    let file = "if: changes(steps.a, steps.b) > 0";
    let root = yaml::read(file, &mut Vec::new()).unwrap();
    let steps = [StepNames { id: "a", ..StepNames::default() }, StepNames { id: "b", ..StepNames::default() }];
    let types = Names { steps: &steps, ..Names::default() };
    let condition = Condition::compile(root.get("if").unwrap(), file, &types).unwrap();
    let scope = |updated: i64| Scope {
        root: json!({"steps": {"a": {"counts": {"created": 0, "updated": updated}}, "b": {"counts": {"removed": 0}}}}),
    };
    assert_eq!((condition.test(&scope(0)), condition.test(&scope(2))), (Ok(false), Ok(true)));
    assert_eq!(types.reads.take().len(), 2);
}

#[test]
fn mistakes_are_underlined() {
    for (text, code, under) in [
        ("user.state == \"x\"", "E0401", "user.state"),
        ("person.name == \"x\"", "E0401", "person.name"),
        ("has(user.nam)", "E0401", "has(user.nam)"),
        ("user.name == 3", "E0408", "user.name == 3"),
        ("user.status == \"aktive\"", "E0408", "\"aktive\""),
        ("user.status in [\"active\", \"aktive\"]", "E0408", "\"aktive\""),
        ("inputs.mode == \"medium\"", "E0408", "\"medium\""),
        ("user.departments > 3", "E0408", "user.departments > 3"),
        ("user.name", "E0407", "'user.name'"),
        ("user.name && inputs.deep", "E0407", "user.name"),
        ("user.name in inputs.count", "E0407", "inputs.count"),
        ("user.name.exists(x, true)", "E0407", "user.name"),
        ("user.name.beginsWith(\"x\")", "E0405", "user.name.beginsWith(\"x\")"),
        ("sise(user.name) == 3", "E0405", "sise(user.name)"),
        (
            "user.departments.exists(a, user.departments.exists(b, user.managers.exists(c, c == b)))",
            "E0407",
            "user.managers",
        ),
        ("user.name = \"x\"", "E0407", "="),
        ("{{inputs.deep}}", "E0403", "'{{inputs.deep}}'"),
        ("inputs.deep.x", "E0401", "inputs.deep.x"),
        ("{\"a\": 1} == 3", "E0407", "{"),
    ] {
        let found = compile(text).err().unwrap_or_default();
        assert_eq!(
            found.first().map(|(code, under)| (*code, under.as_str())),
            Some((code, under)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn usual_conditions_need_no_interpreter() {
    for text in [
        "user.status in [\"active\", \"disabled\"]",
        "user.status == \"active\" && !(user.name in [\"x\"]) || inputs.count >= -3",
        "has(user.email)",
    ] {
        let shown = format!("{:?}", compile(text).unwrap());
        assert!(!shown.contains("Cel("), "{text}");
    }
}

#[test]
fn lists_and_pairs_are_read() {
    assert_eq!(list_name(" steps.read.outputs.users "), Some(ListName { step: "read", output: "users" }));
    for text in ["steps.read.users", "steps.read.outputs", "inputs.x", "steps.a.outputs.b.c", "steps..outputs.x", "[a]"]
    {
        assert_eq!(list_name(text), None, "{text}");
    }
    let pair = pair("target.userid == source.username").unwrap();
    assert_eq!((pair.source.0, pair.target.0), ("username", "userid"));
    for text in
        ["source.a", "source.a == source.b", "source.a != target.b", "source.a == target.b.c", "source. == target.b"]
    {
        assert!(super::pair(text).is_none(), "{text}");
    }
}
