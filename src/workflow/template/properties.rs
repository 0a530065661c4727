//! Random templates over random people: what compiles never panics, and gives a value of the type that was promised, nothing,
//! or a problem that says why.

use idflow_sdk::{Field, Record, Type, Value};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;

use super::{tests::user, *};
use crate::workflow::{
    compiled::{Input, InputType},
    names::{Names, Object, Phase},
    yaml,
};

const WORDS: &[&str] = &[
    "zhang.san",
    "Zhang San",
    "张三",
    "+86 154-9800-0015",
    "A@B.cn",
    "2026-03-01",
    "20260301",
    "1700000000",
    "3",
    "-1",
    "\u{200b}",
    "　 ",
    "a,b;c",
    "é\u{301}",
    "Asia/Shanghai",
    "%Y-%m-%d",
];

fn inputs() -> Vec<Input> {
    let input =
        |name: &str, ty| Input { name: name.into(), ty, default: None, required: false, label: Default::default() };
    vec![
        input("word", InputType::String),
        input("number", InputType::Integer),
        input("flag", InputType::Boolean),
        input("span", InputType::Duration),
        input("kind", InputType::Enum(vec!["a".into(), "b".into()])),
        input("who", InputType::String),
    ]
}

fn vars() -> serde_json::Value {
    json!({"list": ["a", "b"], "n": 7, "deep": {"x": "y"}, "empty": "", "flag": true, "none": []})
}

/// An argument, or the whole of a template.
fn argument() -> BoxedStrategy<String> {
    let names = select(
        &[
            "source.username",
            "source.name",
            "source.title",
            "source.mobile",
            "source.email",
            "source.status",
            "source.departments",
            "source.managers",
            "source.primary_department",
            "source.custom.x",
            "source.custom.x.y",
            "source.custom",
            "inputs.word",
            "inputs.who",
            "inputs.number",
            "inputs.flag",
            "inputs.span",
            "inputs.kind",
            "vars.list",
            "vars.n",
            "vars.deep.x",
            "vars.deep",
            "vars.empty",
            "vars.flag",
            "vars.none",
            "trigger.body.a",
            "run.due",
            "run.number",
            "run.top_errors",
        ][..],
    )
    .prop_map(ToString::to_string);
    let literals = prop_oneof![
        select(WORDS).prop_map(|word| format!("'{word}'")),
        select(&["0", "3", "-1", "true", "false", "''", "','", "'CN'", "'US'", "4294967296"][..])
            .prop_map(ToString::to_string),
    ];
    prop_oneof![3 => names, 1 => literals]
        .prop_recursive(2, 6, 3, |inner| {
            let helper = select(
                &[
                    "lower",
                    "upper",
                    "trim",
                    "truncate",
                    "default",
                    "coalesce",
                    "eq",
                    "join",
                    "split",
                    "replace",
                    "date",
                    "phone",
                    "pinyin",
                    "json",
                    "descending",
                ][..],
            );
            (helper, vec(inner, 1..4)).prop_map(|(name, arguments)| format!("({name} {})", arguments.join(" ")))
        })
        .boxed()
}

fn template() -> BoxedStrategy<String> {
    let tag = || {
        argument().prop_map(|text| {
            let bare = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(&text);
            format!("{{{{{bare}}}}}")
        })
    };
    prop_oneof![
        3 => tag(),
        1 => (tag(), tag()).prop_map(|(a, b)| format!("{a}-{b}")),
        1 => tag().prop_map(|a| format!("x/{a}")),
    ]
    .boxed()
}

fn person() -> BoxedStrategy<Record> {
    let words = || select(WORDS).prop_map(Value::text).boxed();
    let texts = ["username", "name", "title", "mobile", "email", "primary_department"];
    let field = |value: BoxedStrategy<Value>| {
        prop_oneof![Just(None), Just(Some(Field::Empty)), value.prop_map(|value| Some(Field::Value(value)))].boxed()
    };
    let member = (words(), any::<bool>())
        .prop_map(|(key, leader)| Value::map([("department".into(), key), ("leader".into(), leader.into())]));
    let custom = prop_oneof![words(), any::<i64>().prop_map(Value::Int), any::<bool>().prop_map(Value::Bool)]
        .prop_map(|value| Value::map([("x".into(), value)]));
    (
        vec(field(words()), texts.len()),
        field(vec(member, 0..3).prop_map(Value::list).boxed()),
        field(vec(words(), 0..3).prop_map(Value::list).boxed()),
        field(custom.boxed()),
    )
        .prop_map(move |(fields, departments, managers, custom)| {
            let mut record = Record::new();
            let rest = [("departments", departments), ("managers", managers), ("custom", custom)];
            for (name, field) in texts.into_iter().zip(fields).chain(rest) {
                if let Some(field) = field {
                    record.set(user().field(name).unwrap(), field);
                }
            }
            record
        })
        .boxed()
}

/// Whether a value is of the type that was promised.
fn fits(ty: &Ty, value: &Value) -> bool {
    match ty {
        Ty::Any => true,
        Ty::Bool | Ty::Field(Type::Bool) => matches!(value, Value::Bool(_)),
        Ty::Int | Ty::Field(Type::Int { .. }) => matches!(value, Value::Int(_)),
        Ty::Map | Ty::Field(Type::Custom) => matches!(value, Value::Map(_)),
        Ty::Reference | Ty::Field(Type::Ref(_) | Type::Id) => matches!(value, Value::Int(_) | Value::Text(_)),
        ty if ty.is_list() => matches!(value, Value::List(_)),
        _ => matches!(value, Value::Text(_)),
    }
}

fn compiled(text: &str) -> Option<Template> {
    let file = format!("v: \"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let root = yaml::read(&file, &mut Vec::new())?;
    let (vars, inputs) = (vars(), inputs());
    let names = Names {
        object: Some(Object { variable: "source", schema: user(), because: None }),
        vars: Some(&vars),
        inputs: &inputs,
        phase: Phase::After,
        ..Names::default()
    };
    compile(root.get("v")?, &file, &names, Options::default(), &mut Vec::new())
}

fn scope() -> Scope {
    Scope::of(json!({
        "vars": vars(),
        "inputs": {"word": "A b", "number": 4, "flag": true, "span": "3d", "kind": "b"},
        "run": {"due": "2026-11-20T22:30:00Z", "number": 3, "top_errors": []},
        "trigger": {"body": {"a": "1"}},
    }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_compiles_gives_what_it_promises(text in template(), people in vec(person(), 1..4)) {
        let Some(template) = compiled(&text) else { return Ok(()) };
        let scope = scope();
        for person in &people {
            if let Ok(Some(Field::Value(value))) = template.evaluate(Some(person), &scope) {
                prop_assert!(fits(template.ty(), &value), "{}: {:?} is not {:?}", text, value, template.ty());
            }
        }
    }
}

#[test]
fn what_may_be_anything_makes_no_promise() {
    let promised = |text: &str| compiled(text).expect(text).ty().clone();
    for of in ["inputs.flag", "inputs.number", "inputs.word", "source.username"] {
        for helper in ["default", "coalesce"] {
            assert_eq!(promised(&format!("{{{{{helper} trigger.body.a {of}}}}}")), Ty::Any, "{helper} {of}");
            assert_eq!(promised(&format!("{{{{{helper} {of} trigger.body.a}}}}")), Ty::Any, "{helper} {of}");
        }
    }
    assert_eq!(promised("{{default inputs.flag inputs.flag}}"), Ty::Bool);
}

#[test]
fn random_templates_are_worth_something() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let scope = scope();
    let (mut good, mut values) = (0, 0);
    for _ in 0..400 {
        let text = template().new_tree(&mut runner).unwrap().current();
        let person = person().new_tree(&mut runner).unwrap().current();
        let Some(template) = compiled(&text) else { continue };
        good += 1;
        values += usize::from(matches!(template.evaluate(Some(&person), &scope), Ok(Some(Field::Value(_)))));
    }
    assert!(good > 60 && values * 4 > good, "{good} good, {values} with a value");
}
