//! Random conditions over random people: whatever compiles has an answer, the same when it was made ready, and `&&` only takes
//! away.

use idflow_sdk::{Field, Record, Value};
use proptest::{collection::vec, prelude::*, sample::select};

use super::tests::{compile, schema, world};

/// What people and lists are made of: the same things, written in several ways.
const WORDS: &[&str] = &[
    "zhang.san",
    "ZHANG.SAN",
    "Zhang.San",
    "张三",
    "经理",
    "1",
    "3",
    "01D",
    "01U",
    "15498000015",
    "+86 154 9800 0015",
    "a@b.cn",
    "A@B.cn",
    "active",
    "left",
    "1h",
    "60m",
    "x",
];

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(|word| format!("\"{word}\""))
}

/// Text of any kind.
fn text() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => select(&[
            "user.username", "user.name", "user.title", "user.nickname", "user.mobile", "user.email", "user.status",
            "user.employee_no", "user.primary_department", "inputs.word", "inputs.who", "inputs.mode", "inputs.kind",
            "vars.name", "vars.mobile", "vars.nothing", "vars.filled", "run.status", "vars.names[0]", "vars.names[7]",
            "inputs[\"who\"]", "vars.groups[0].name", "run.top_errors[0].code", "user.custom.x", "user.custom.y.z",
            "user.custom[\"n\"]", "trigger.body.level", "trigger.nope", "vars.table[user.title]",
        ][..]).prop_map(ToString::to_string),
        2 => word(),
        1 => select(&["\"\"", "null"][..]).prop_map(ToString::to_string),
    ];
    leaf.prop_recursive(2, 6, 2, |text| {
        prop_oneof![
            (text.clone(), text.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
            text.prop_map(|a| format!("string({a})")),
        ]
    })
    .boxed()
}

fn number() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        select(
            &[
                "inputs.count",
                "inputs.number",
                "vars.level",
                "3",
                "-1",
                "0",
                "9223372036854775807",
                "user.custom.n",
                "steps.read.outputs.row_count",
                "changes(steps.read)",
                "trigger.body.count",
                "vars.numbers[0]",
                "size(user.departments)",
                "user.managers.size()",
                "size(vars.numbers.filter(n, n > 1))",
                "user.custom.x",
            ][..]
        )
        .prop_map(ToString::to_string),
        text().prop_map(|text| format!("size({text})")),
        text().prop_map(|text| format!("int({text})")),
    ];
    leaf.prop_recursive(2, 6, 2, |number| {
        (number.clone(), select(&["+", "-", "*", "/", "%"][..]), number)
            .prop_map(|(a, sign, b)| format!("({a} {sign} {b})"))
    })
    .boxed()
}

fn span() -> BoxedStrategy<String> {
    prop_oneof![
        select(
            &[
                "inputs.grace",
                "inputs.span",
                "vars.span",
                "\"1h\"",
                "\"60m\"",
                "duration(\"PT1H\")",
                "duration(\"3d\")"
            ][..]
        )
        .prop_map(ToString::to_string),
        text().prop_map(|text| format!("duration({text})")),
    ]
    .boxed()
}

fn list() -> BoxedStrategy<String> {
    prop_oneof![
        select(
            &[
                "vars.names",
                "vars.blank",
                "vars.codes",
                "user.managers",
                "vars.numbers",
                "user.custom.x",
                "vars.names.filter(n, n != user.username)",
                "vars.groups.map(g, g.name)",
                "user.departments.map(d, d.department)",
                "user.custom",
                "trigger.body.rows",
                "vars.names.map(n, n + \"x\")",
            ][..]
        )
        .prop_map(ToString::to_string),
        vec(prop_oneof![text(), number(), word()], 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
    ]
    .boxed()
}

/// Something that is true or false.
fn condition() -> BoxedStrategy<String> {
    let order = select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let leaf = prop_oneof![
        (text(), order.clone(), text()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (number(), order.clone(), number()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (span(), order.clone(), span()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (text(), select(&["==", "<"][..]), number()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        (prop_oneof![text(), number(), span()], list()).prop_map(|(a, list)| format!("{a} in {list}")),
        (text(), select(&["startsWith", "endsWith", "contains", "matches"][..]), text())
            .prop_map(|(a, name, b)| format!("{a}.{name}({b})")),
        (list(), text()).prop_map(|(list, text)| format!("{list}.exists(n, n == {text})")),
        (list(), text()).prop_map(|(list, text)| format!("{list}.all(n, {text} != n)")),
        (list(), text()).prop_map(|(list, text)| format!("{list}.exists_one(n, {text}.contains(n))")),
        text().prop_map(|text| format!("vars.names.exists(n, {text}.matches(\"^\" + n))")),
        text().prop_map(|text| format!("user.departments.exists(d, d.leader || d.department == {text})")),
        text().prop_map(|text| format!("vars.names.exists(a, user.managers.exists(b, a + b == {text}))")),
        (list(), list()).prop_map(|(a, b)| format!("{a} == {b}")),
        select(
            &[
                "inputs.deep",
                "inputs.flag",
                "inputs[\"flag\"]",
                "user.custom.x",
                "trigger.body.flag",
                "has(user.title)",
                "has(user.custom.y.z)",
                "has(inputs.who)",
                "true",
                "false",
                "user.departments[0].leader",
                "has(trigger.a.b)",
                "user.departments == []",
            ][..]
        )
        .prop_map(ToString::to_string),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
    .boxed()
}

/// A field that is hidden, empty or has a value.
fn field(value: BoxedStrategy<Value>) -> BoxedStrategy<Option<Field>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(Field::Empty)),
        4 => value.prop_map(|value| Some(Field::Value(value))),
    ]
    .boxed()
}

fn person() -> BoxedStrategy<Record> {
    let words = || select(WORDS).prop_map(Value::text).boxed();
    let texts = ["username", "name", "title", "nickname", "mobile", "email", "employee_no", "primary_department"];
    let member = (words(), any::<bool>())
        .prop_map(|(key, leader)| Value::map([("department".into(), key), ("leader".into(), leader.into())]));
    let any_value = prop_oneof![words(), (-1_i64..5).prop_map(Value::Int), any::<bool>().prop_map(Value::Bool)].boxed();
    let custom = vec((select(&["x", "y", "n"][..]), any_value), 0..3)
        .prop_map(|entries| Value::map(entries.into_iter().map(|(name, value)| (name.into(), value))));
    let status = select(&["active", "disabled", "left", "pending_review"][..]).prop_map(Value::text).boxed();
    (
        vec(field(words()), texts.len()),
        field(status),
        field(vec(member, 0..3).prop_map(Value::list).boxed()),
        field(vec(words(), 0..3).prop_map(Value::list).boxed()),
        field(custom.boxed()),
    )
        .prop_map(move |(fields, status, departments, managers, custom)| {
            let mut record = Record::new();
            let rest = [("status", status), ("departments", departments), ("managers", managers), ("custom", custom)];
            for (name, field) in texts.into_iter().zip(fields).chain(rest) {
                if let Some(field) = field {
                    record.set(schema().field(name).unwrap(), field);
                }
            }
            record
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn what_compiles_has_an_answer(text in condition(), more in condition(), people in vec(person(), 1..6)) {
        let Ok(condition) = compile(&text) else { return Ok(()) };
        let scope = world().scope;
        let ready = condition.prepare(&scope);
        let both = compile(&format!("({text}) && ({more})")).ok();
        for person in &people {
            let plain = condition.test_record(person, &scope);
            let answer = ready.test(person);
            for answer in [&plain, &answer] {
                if let Err(problem) = answer {
                    prop_assert_eq!(&*problem.code, "condition_too_long", "{}", text);
                }
            }
            if plain.is_ok() {
                prop_assert_eq!(&plain, &answer, "{}", text);
            }
            if let Some(both) = &both
                && both.prepare(&scope).test(person) == Ok(true)
            {
                prop_assert_eq!(&answer, &Ok(true), "{}", text);
            }
        }
    }
}

/// The conditions above are worth something: many of them compile, and they hold for some and not for others.
#[test]
fn random_conditions_are_worth_something() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let scope = world().scope;
    let (mut good, mut yes, mut refused) = (0, 0, 0);
    for _ in 0..400 {
        let text = condition().new_tree(&mut runner).unwrap().current();
        let person = person().new_tree(&mut runner).unwrap().current();
        let Ok(condition) = compile(&text) else { continue };
        good += 1;
        match condition.prepare(&scope).test(&person) {
            Ok(true) => yes += 1,
            Ok(false) => {}
            Err(_) => refused += 1,
        }
    }
    assert!(
        good > 150 && yes * 5 > good && yes * 5 < good * 4 && refused * 20 < good,
        "{good} good, {yes} hold, {refused} refused"
    );
}
