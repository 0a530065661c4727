use idflow_sdk::{Field, Kind, Record, Schema, Value};
use serde_json::json;

use super::{tree::Node as Tree, *};
use crate::workflow::{
    compiled::{Input, InputType},
    diagnostic::Source,
    names::{Object, Phase, StepNames},
    yaml,
};

pub(super) fn schema() -> &'static Schema {
    idflow_directory::SPEC.schema(Kind::User).unwrap()
}

fn person(fields: &[(&str, Value)]) -> Record {
    fields.iter().map(|(name, value)| (schema().field(name).unwrap(), Field::Value(value.clone()))).collect()
}

/// Everything that a condition can name, and values for it.
pub(super) struct World {
    pub inputs: Vec<Input>,
    pub vars: serde_json::Value,
    pub scope: Scope,
}

pub(super) fn world() -> World {
    let input =
        |name: &str, ty| Input { name: name.into(), ty, default: None, required: false, label: Default::default() };
    let inputs = vec![
        input("deep", InputType::Boolean),
        input("mode", InputType::Enum(vec!["fast".into(), "slow".into()])),
        input("count", InputType::Integer),
        input("word", InputType::String),
        input("grace", InputType::Duration),
        // Not given.
        input("flag", InputType::Boolean),
        input("number", InputType::Integer),
        input("who", InputType::String),
        input("span", InputType::Duration),
        input("kind", InputType::Enum(vec!["a".into(), "b".into()])),
    ];
    let vars = json!({
        "name": "ZHANG.SAN", "names": ["ZHANG.SAN", "LI.NA"], "mobile": "+86 154-9800-0015", "span": "1h",
        "codes": ["abc", "xyz"], "groups": [{"name": "root", "size": 3}], "blank": ["", "经理"], "nothing": "",
        "numbers": [1, 2, 3], "table": {"a": "x", "b": "y"}, "level": 3, "filled": "{{run.id}}",
    });
    let counts = json!({"created": 1, "updated": 2, "removed": 0});
    let root = json!({
        "inputs": {"deep": true, "mode": "fast", "count": 3, "word": "zhang.san", "grace": "2h"},
        "vars": vars,
        "run": {"status": "partial", "top_errors": []},
        "trigger": {"kind": "webhook", "body": {"level": "3", "count": 4, "flag": true, "rows": [{"a": 1.5}]}},
        "steps": {
            "read": {"status": "succeeded", "outputs": {"row_count": 2}, "counts": counts},
            "create_user": {"status": "succeeded", "counts": counts, "items": 0, "outputs": {}},
            "update_user": {"status": "skipped"},
        },
    });
    World { inputs, vars, scope: Scope::of(root) }
}

/// The steps that a condition can name.
fn steps() -> Vec<StepNames<'static>> {
    let of = |id, spec: &'static idflow_sdk::ConnectorSpec, name: &str| {
        let action = spec.actions.iter().find(|action| action.name == name).copied();
        StepNames { id, action: Some(action.unwrap()), connector: Some(spec), condition: None }
    };
    vec![
        of("read", &idflow_csv::SPEC, "read"),
        of("create_user", &idflow_wecom::SPEC, "create_user"),
        of("update_user", &idflow_wecom::SPEC, "update_user"),
    ]
}

fn rows() -> Schema {
    let with = json!({"path": "a.csv", "key": "no", "columns": {"no": "no", "level": "level", "tags": "tags"}, "lists": {"tags": "|"}});
    idflow_csv::SPEC.row_schema.unwrap()(&with).unwrap()
}

pub(super) fn compile(text: &str) -> Result<Condition, Vec<(&'static str, String)>> {
    let file = format!("if: '{}'", text.replace('\'', "''"));
    let root = yaml::read(&file, &mut Vec::new()).unwrap();
    let world = world();
    let (steps, rows) = (steps(), rows());
    let object = if text.contains("row.") {
        Object { variable: "row", schema: &rows, because: None }
    } else {
        Object { variable: "user", schema: schema(), because: None }
    };
    let types = Names {
        object: Some(object),
        inputs: &world.inputs,
        vars: Some(&world.vars),
        steps: &steps,
        phase: Phase::After,
        ..Names::default()
    };
    Condition::compile(root.get("if").unwrap(), &file, &types).map_err(|findings| {
        let source = Source::new("t", &file);
        findings.iter().map(|finding| (finding.code, source.slice(finding.span).to_string())).collect()
    })
}

/// Whether it holds, both worked out from the beginning and made ready.
#[track_caller]
fn test(text: &str, person: &Record) -> bool {
    let scope = world().scope;
    let condition = compile(text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
    let plain = condition.test_record(person, &scope).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
    assert_eq!(condition.prepare(&scope).test(person), Ok(plain), "{text}");
    plain
}

/// Somebody with an account, a number, a department and custom fields.
fn zhang() -> Record {
    person(&[
        ("username", Value::text("Zhang.San")),
        ("name", Value::text("张三")),
        ("email", Value::text("Zhang@Example.com")),
        ("mobile", Value::text("15498000015")),
        ("status", Value::text("active")),
        ("managers", Value::list([Value::text("01U")])),
        (
            "departments",
            Value::list([Value::map([("department".into(), "01D".into()), ("leader".into(), true.into())])]),
        ),
        ("custom", Value::map([("x".into(), "1".into()), ("n".into(), 7.into())])),
    ])
}

#[test]
fn every_example_of_the_reference_has_an_answer() {
    let scope = world().scope;
    let mut row = Record::new();
    row.set(rows().field("level").unwrap(), Field::Value(Value::text("4")));
    for function in functions::FUNCTIONS {
        let text = function.example;
        let condition = compile(text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"));
        let object = if text.contains("row.") { row.clone() } else { zhang() };
        let answer = condition.test_record(&object, &scope).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
        let no = [
            "user.username.startsWith",
            "user.title",
            "size(user.departments)",
            "size(user.departments.filter",
            "string(row.level)",
            "user.username.matches",
        ];
        assert_eq!(answer, !no.iter().any(|start| text.starts_with(start)), "{text}");
    }
}

#[test]
fn the_type_of_a_field_decides_whatever_stands_on_the_other_side() {
    for (text, holds) in [
        ("user.username == \"ZHANG.san\"", true),
        ("user.username == inputs.word", true),
        ("inputs.word == user.username", true),
        ("user.username == vars.name", true),
        ("user.username != vars.name", false),
        ("user.username in vars.names", true),
        ("!(user.username in vars.names)", false),
        ("user.username in [\"x\", inputs.word]", true),
        ("user.username in [\"x\", vars.name]", true),
        ("vars.names.exists(n, n == user.username)", true),
        ("vars.names.all(n, n != user.username)", false),
        ("user.username in vars.names.filter(n, n != \"x\")", true),
        ("vars.names[0] == user.username", true),
        ("user.mobile == \"+86 154 9800 0015\"", true),
        ("user.mobile == vars.mobile", true),
        ("user.mobile in [vars.mobile]", true),
        // A word is no phone number, whatever digits are in it.
        ("user.mobile == \"nr15498000015\"", false),
        ("\"none\" == \"n/a\"", false),
        ("user.username <= \"ZHANG.SAN\" && user.username >= \"zhang.SAN\"", true),
        ("user.username < vars.name", false),
        ("user.email.endsWith(\"@EXAMPLE.com\")", true),
        ("user.username.startsWith(\"zhang\") && user.username.contains(\".SAN\")", true),
        ("user.name == \"張三\"", false),
        ("user.departments.exists(d, d.department == \"01D\")", true),
        ("\"01U\" in user.managers && !(\"01u\" in user.managers)", true),
        ("string(user.username) == inputs.word", true),
    ] {
        assert_eq!(test(text, &zhang()), holds, "{text}");
    }
}

#[test]
fn time_spans_are_compared_as_such() {
    for (text, holds) in [
        ("duration(\"2h\") > duration(\"1h\")", true),
        ("duration(\"30m\") < duration(\"1h\")", true),
        ("duration(\"3d\") == duration(\"72h\")", true),
        ("duration(\"PT1H30M\") == duration(\"1h30m\")", true),
        ("duration(inputs.grace) > duration(\"1h\")", true),
        ("inputs.grace > \"30m\"", true),
        ("inputs.grace == \"120m\"", true),
        ("inputs.grace in [\"1h\", \"120m\"]", true),
        ("inputs.grace >= vars.span", true),
        ("vars.span < inputs.grace", true),
        ("inputs.grace - duration(vars.span) == \"1h\"", true),
        ("string(inputs.grace) == \"2h\"", true),
        ("duration(user.name) > \"1h\" || duration(user.name) <= \"1h\"", false),
        // Not given.
        ("inputs.span > \"1h\"", false),
        ("inputs.span <= \"1h\"", false),
        ("inputs.span == \"\"", true),
        ("has(inputs.span)", false),
    ] {
        assert_eq!(test(text, &zhang()), holds, "{text}");
    }
    for (text, code, under) in [
        ("inputs.grace > \"an hour\"", "E0207", "\"an hour\""),
        ("inputs.grace == vars.name", "E0207", "vars.name"),
        ("inputs.grace in [\"1h\", \"x\"]", "E0207", "\"x\""),
        ("duration(\"1 month\") > duration(\"1h\")", "E0207", "\"1 month\""),
        ("inputs.grace > 3", "E0408", "inputs.grace > 3"),
        ("duration(inputs.count) > duration(\"1h\")", "E0402", "inputs.count"),
        ("inputs.grace.startsWith(\"1\")", "E0402", "inputs.grace"),
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
fn what_is_missing_is_empty_everywhere() {
    for (text, holds) in [
        ("inputs.who == \"a\"", false),
        ("inputs.who != \"a\"", true),
        ("inputs.who.startsWith(\"a\")", false),
        ("!inputs.who.startsWith(\"a\")", true),
        ("inputs.who > \"a\" || inputs.who <= \"a\"", false),
        ("inputs.number > 3 || inputs.number <= 3", false),
        ("inputs.number != 3", true),
        ("inputs.number + 1 == 1", false),
        ("inputs.flag || inputs[\"flag\"]", false),
        ("!inputs.flag", true),
        ("inputs.flag == false", false),
        ("inputs.kind == \"a\"", false),
        ("user.username == inputs.who", false),
        ("user.username != inputs.who", true),
        ("user.username in [inputs.who]", false),
        ("has(inputs.who)", false),
        ("size(inputs.who) == 0", true),
        // Custom fields, at any level.
        ("user.custom.x == \"1\"", true),
        ("user.custom.x == 1", true),
        ("user.custom.n > 5", true),
        ("user.custom[\"x\"] == \"1\"", true),
        ("user.custom.y == \"1\"", false),
        ("user.custom.y != \"1\"", true),
        ("user.custom.y.z.w == \"1\"", false),
        ("has(user.custom.x) && user.custom.x == \"1\"", true),
        ("has(user.custom.y) && user.custom.y == \"1\"", false),
        ("user.custom.y.startsWith(\"1\")", false),
        ("user.custom.y in [\"\", \"1\"]", true),
        ("\"x\" in user.custom && !(\"y\" in user.custom)", true),
        // What started the run.
        ("trigger.body.nope.deeper == 3", false),
        ("trigger.nope in [1, 2]", false),
        ("trigger.body.level == 3 && trigger.body.level > 2", true),
        ("trigger.body.count == 4 && trigger.body.count < 5", true),
        ("trigger.body.flag", true),
        ("trigger.body.rows[0].a < 2 && trigger.body.rows[0].a > 1", true),
        ("trigger.body.rows.exists(r, r.b == 1)", false),
        ("trigger.body.rows[7].a == 1", false),
        ("run.top_errors[0].code == \"x\"", false),
        ("steps.update_user.counts.created > 0", false),
        ("vars.table[user.title] == \"x\"", false),
        ("vars.numbers[9] == 1", false),
        ("int(user.name) > 3", false),
        ("1 / (inputs.count - 3) == 1", false),
        ("9223372036854775807 + inputs.count > 0", false),
    ] {
        assert_eq!(test(text, &zhang()), holds, "{text}");
        // Whoever is quite unknown can be asked as well.
        test(text, &Record::new());
    }
}

#[test]
fn empty_equals_nothing_but_nothing() {
    let mut person = zhang();
    person.set(schema().field("title").unwrap(), Field::Empty);
    for (text, holds) in [
        ("user.title == \"\"", true),
        ("user.title == null", true),
        ("null == user.title", true),
        ("user.title in [\"\", \"x\"]", true),
        ("user.title in [\"x\", null]", true),
        ("user.title in [\"x\"]", false),
        ("user.name in [\"\", \"x\"]", false),
        ("user.title in vars.blank", true),
        ("user.name in vars.blank", false),
        ("user.title == vars.nothing", true),
        ("user.name != vars.nothing", true),
        ("user.title == user.nickname", false),
        ("user.title != user.nickname", true),
        ("user.title == inputs.who", false),
        ("user.title in [user.nickname, inputs.who]", false),
        ("user.name == user.name", true),
        ("user.title == user.title", false),
        ("user.departments == []", false),
        ("user.managers.filter(m, m == \"x\") == []", true),
        ("inputs.number == null", true),
        ("user.title.contains(\"\")", false),
    ] {
        assert_eq!(test(text, &person), holds, "{text}");
    }
}

#[test]
fn everything_has_a_type() {
    for (text, code, under) in [
        ("user.departments.exists(d, d.leder)", "E0401", "d.leder"),
        ("user.departments.exists(d, d.id == \"d1\")", "E0401", "d.id"),
        ("user.managers.exists(m, m.name == \"x\")", "E0401", "m.name"),
        ("[1, 2].all(x, x.foo > 1)", "E0401", "x.foo"),
        ("run.top_errors.exists(e, e.kode == \"x\")", "E0401", "e.kode"),
        ("run.top_errors[0].kode == \"x\"", "E0401", "run.top_errors[0].kode"),
        ("vars.groups.exists(g, g.nam == \"x\")", "E0401", "g.nam"),
        ("user.departments.exists(d, d.department)", "E0407", "d.department"),
        ("user.departments.exists(d, d.leader == 3)", "E0408", "d.leader == 3"),
        ("user.departments[0].lead", "E0401", "user.departments[0].lead"),
        ("inputs.count.startsWith(\"1\")", "E0402", "inputs.count"),
        ("inputs.deep.size() > 1", "E0402", "inputs.deep"),
        ("size(inputs.count) > 1", "E0402", "inputs.count"),
        ("user.name.startsWith(3)", "E0402", "3"),
        ("user.name.matches(inputs.count)", "E0402", "inputs.count"),
        ("size(steps.create_user.items) > 2", "E0402", "steps.create_user.items"),
        ("steps.create_user.items.exists(i, i.name == \"Ann\")", "E0402", "steps.create_user.items"),
        ("inputs[\"nope\"] == 3", "E0401", "inputs[\"nope\"]"),
        ("inputs.deep > 3", "E0408", "inputs.deep > 3"),
        ("inputs.deep < true", "E0408", "inputs.deep < true"),
        ("user.name > \"\"", "E0408", "user.name > \"\""),
        ("inputs.mode == \"fast\" ? inputs.deep : inputs.word", "E0408", "inputs.word"),
        ("int(\"0x1\") == 3", "E0402", "\"0x1\""),
        ("int(user.departments) == 3", "E0402", "user.departments"),
        ("string(user.departments) == \"x\"", "E0402", "user.departments"),
        ("user.name + 1 == \"x\"", "E0402", "user.name + 1"),
        ("inputs.count - user.name > 3", "E0402", "inputs.count - user.name"),
        ("user.name in vars.numbers", "E0408", "user.name in vars.numbers"),
        ("user.name in [1]", "E0408", "1"),
        ("user.name == vars.numbers", "E0408", "user.name == vars.numbers"),
        ("user.departments[\"x\"].leader", "E0401", "user.departments[\"x\"].leader"),
        ("vars.numbers[user.name] == 1", "E0402", "user.name"),
        ("user.name[0] == \"x\"", "E0402", "user.name"),
        ("inputs.count > 2.5", "E0402", "2.5"),
        ("user.status == vars.name", "E0408", "vars.name"),
        ("user.custom == \"x\"", "E0408", "user.custom == \"x\""),
    ] {
        let found = compile(text).err().unwrap_or_default();
        assert_eq!(
            found.first().map(|(code, under)| (*code, under.as_str())),
            Some((code, under)),
            "{text}: {found:?}"
        );
    }
    for (text, holds) in [
        ("user.departments[0].leader", true),
        ("vars.groups.exists(g, g.name == \"root\" && g.size > 2)", true),
        ("\"root\" in vars.groups.map(g, g.name)", true),
        ("vars.numbers.map(n, n > 1, n * 2) == [4, 6]", true),
        ("vars.numbers.exists_one(n, n == 2)", true),
        ("size(vars.numbers + [4]) == 4", true),
        ("vars.table.exists(k, k == \"a\")", true),
        ("\"a\" in vars.table && vars.table[\"b\"] == \"y\"", true),
        ("user.name + \"x\" == \"张三x\" && user.title + \"x\" == \"x\"", true),
        ("user.departments.exists(d, d.department + inputs.who + \"x\" == \"01Dx\")", true),
        ("trigger.body.count + \"\" == \"4\" && user.custom.n + user.custom.n == 14", true),
        ("-inputs.count == -3 && 7 % 4 == inputs.count", true),
        ("changes(steps.read, steps.create_user, steps.update_user) == 6", true),
        ("vars.filled == \"{}\" || true", true),
    ] {
        assert_eq!(test(text, &zhang()), holds, "{text}");
    }
}

#[test]
fn work_is_bounded() {
    // Told before anything runs, where the lists are those of the file.
    let long: Vec<String> = (0..2_000).map(|number| format!("c{number}")).collect();
    let vars = json!({ "codes": long, "few": long[1_200..] });
    let compiled = |text: &str| {
        let file = format!("if: '{text}'");
        let root = yaml::read(&file, &mut Vec::new()).unwrap();
        let types = Names {
            object: Some(Object { variable: "user", schema: schema(), because: None }),
            vars: Some(&vars),
            ..Names::default()
        };
        Condition::compile(root.get("if").unwrap(), &file, &types)
            .map_err(|findings| findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>())
    };
    let scope = Scope::of(json!({ "vars": vars }));
    let nested = "!vars.codes.exists(c, vars.codes.exists(d, c + d == user.username))";
    assert_eq!(compiled(nested).err(), Some(vec!["E0411"]));
    let patterns = "vars.codes.exists(c, user.title.matches(c))";
    assert_eq!(compiled(patterns).err(), Some(vec!["E0411"]), "two thousand patterns for each");
    // What is the same for everybody is worked out once.
    for (text, quick) in [
        ("user.username in vars.codes", true),
        ("vars.codes.exists(c, c == user.username)", true),
        ("user.username in vars.codes.filter(c, c.endsWith(\"7\"))", true),
        ("vars.codes.exists(c, user.title.contains(c))", false),
        ("vars.few.exists(c, user.title.matches(c))", false),
        ("vars.few.exists(c, user.title.matches(\"^\" + c))", false),
    ] {
        let ready = compiled(text).unwrap().prepare(&scope);
        assert_eq!(matches!(ready.tree(), Tree::OneOf(..)), quick, "{text}");
        let mut person = zhang();
        person.set(schema().field("username").unwrap(), Field::Value(Value::text("C1997")));
        person.set(schema().field("title").unwrap(), Field::Value(Value::text("x")));
        assert_eq!(ready.test(&person), Ok(quick), "{text}");
    }
    // Told for the object, where its own lists are long.
    let many = Value::list((0..300).map(|number| Value::text(format!("m{number}"))));
    let person = person(&[("managers", many)]);
    let problem = compiled("user.managers.exists(a, user.managers.exists(b, a + b == user.username))")
        .unwrap()
        .prepare(&scope)
        .test(&person)
        .unwrap_err();
    assert_eq!(problem.code, "condition_too_long");
    assert!(problem.get("expression").is_some());
    // Nobody waits any more.
    let ready = compiled("user.name == \"x\"").unwrap().prepare(&scope);
    assert_eq!(ready.test(&person), Ok(false));
    scope.stop.set();
    assert_eq!(ready.test(&person).unwrap_err().code, "condition_stopped");
}

/// What is paid for a pattern grows with the text and with the pattern, and a pattern that is tried in vain is not cheaper.
#[test]
fn patterns_pay_for_their_size_and_for_the_text() {
    let long: Vec<String> = (0..1_000).map(|number| format!("code{number}")).collect();
    let (vars, scope) = (json!({ "codes": long }), Scope::of(json!({ "vars": { "codes": long } })));
    let compiled = |text: &str| {
        let file = format!("if: '{text}'");
        let root = yaml::read(&file, &mut Vec::new()).unwrap();
        let object = Some(Object { variable: "user", schema: schema(), because: None });
        let types = Names { object, vars: Some(&vars), ..Names::default() };
        Condition::compile(root.get("if").unwrap(), &file, &types).unwrap().prepare(&scope)
    };
    let titled = |letters: usize| {
        let mut person = zhang();
        let title = "ab".repeat(letters / 2);
        person.set(schema().field("title").unwrap(), Field::Value(Value::text(title)));
        person
    };
    let work = |text: &str, letters: usize| {
        let ready = compiled(text);
        ready.work(&titled(letters)).unwrap_or(u64::MAX)
    };
    // A plain text is looked for in one pass; what may be in many places at once is paid for each of them.
    let (plain, few, many) = (
        "user.title.matches(\"urgent\")",
        "user.title.matches(\"a[ab]{20}c\")",
        "user.title.matches(\"(?:a|b)*a[ab]{60}c\")",
    );
    assert!(work(plain, 8_000) > work(plain, 80) + 200);
    assert!(work(plain, 8_000) < 300);
    assert!(work(few, 800) > work(few, 80) + 720 * 20);
    assert!(work(many, 200) > 2 * work(few, 200));
    let problem = compiled(many).test(&titled(4_000)).unwrap_err();
    assert_eq!(problem.code, "condition_too_long");
    assert!(compiled(many).test(&titled(200)).is_ok());
    // A thousand of them, each of which is tried: on a short text that goes, on a longer one it is told.
    let none = "!vars.codes.exists(c, user.title.matches(c))";
    assert_eq!(compiled(none).test(&titled(8)), Ok(true));
    assert!(work(none, 8) > 1_000 * 14);
    assert_eq!(compiled(none).test(&titled(400)).unwrap_err().code, "condition_too_long");
    // Another form of a text has to be made before it is compared.
    let (exact, folded) = ("user.title.contains(\"x\")", "user.username.contains(\"x\")");
    let mut person = titled(600);
    person.set(schema().field("username").unwrap(), Field::Value(Value::text("Ab".repeat(300))));
    let paid = |text: &str| compiled(text).work(&person).unwrap_or(u64::MAX);
    assert!(paid(folded) > 4 * paid(exact), "{} {}", paid(folded), paid(exact));
}

#[test]
fn conditions_hold_or_not() {
    let person = zhang();
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
        // Functions and loops.
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
fn changes_sums_the_counts_of_steps() {
    let file = "if: changes(steps.a, steps.b) > 0";
    let root = yaml::read(file, &mut Vec::new()).unwrap();
    let steps = [StepNames { id: "a", ..StepNames::default() }, StepNames { id: "b", ..StepNames::default() }];
    let types = Names { steps: &steps, ..Names::default() };
    let condition = Condition::compile(root.get("if").unwrap(), file, &types).unwrap();
    let scope = |updated: i64| {
        Scope::of(
            json!({"steps": {"a": {"counts": {"created": 0, "updated": updated}}, "b": {"counts": {"removed": 0}}}}),
        )
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
fn what_is_never_true_is_known_by_the_type() {
    for (text, constant) in [
        ("inputs.mode == \"fast\" && inputs.mode == \"slow\"", Some(false)),
        ("inputs.grace == \"1h\" && inputs.grace == \"60m\"", None),
        ("user.username == \"A\" && user.username == \"a\"", None),
        ("user.mobile == \"15498000015\" && user.mobile == \"+86 154 9800 0015\"", None),
        ("user.username == \"a\" && user.username == \"b\"", Some(false)),
        ("inputs.deep && !inputs.deep", Some(false)),
    ] {
        assert_eq!(compile(text).unwrap().constant(), constant, "{text}");
    }
}

#[test]
fn a_list_without_items_is_no_value() {
    let with = |list: Value| person(&[("departments", list)]);
    let (none, one) = (with(Value::list([])), with(Value::list([Value::text("a")])));
    assert!(!test("has(user.departments)", &none) && test("has(user.departments)", &one));
    assert!(test("!has(user.departments)", &none) && test("user.departments == []", &none));
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
