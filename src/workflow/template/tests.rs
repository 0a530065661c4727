use idflow_sdk::{ConnectorSpec, Kind, Schema};
use serde_json::json;

use super::*;
use crate::workflow::{
    Environment,
    compiled::{Mapped, Mapping, References, Resolved},
    names::{Names, Object},
    yaml,
};

/// Source departments `d1`… have the target ids 1…; `d9` comes later, `d8` was refused, others are unknown. People are known
/// as themselves, except `nobody`.
struct Target;

impl References for Target {
    fn resolve(&self, kind: Kind, key: &str) -> Resolved {
        match (kind, key) {
            (Kind::Department, "d9") | (_, "later") => Resolved::Later,
            (Kind::Department, "d8") => Resolved::Refused { item: "d:d8".into() },
            (Kind::Department, key) => match key.strip_prefix('d').and_then(|number| number.parse().ok()) {
                Some(number) => Resolved::Key(Value::Int(number)),
                None => Resolved::Unknown,
            },
            (_, "nobody") => Resolved::Unknown,
            (_, key) => Resolved::Key(Value::text(key)),
        }
    }

    fn root(&self) -> Option<Value> {
        Some(Value::Int(1))
    }
}

pub(super) fn user() -> &'static Schema {
    idflow_directory::SPEC.schema(Kind::User).unwrap()
}

fn member(department: &str, leader: bool) -> Value {
    Value::map([("department".into(), department.into()), ("leader".into(), leader.into())])
}

fn person() -> Record {
    let mut record = Record::new();
    for place in 0..user().fields.len() {
        record.set(u16::try_from(place).unwrap(), Field::Empty);
    }
    for (name, value) in [
        ("username", Value::text("Zhang.San")),
        ("name", Value::text(" 张三\u{200b}")),
        ("email", Value::text("Zhang@Example.COM")),
        ("mobile", Value::text("+86 154-9800-0015")),
        ("status", Value::text("active")),
        ("departments", Value::list([member("d2", true), member("d3", false)])),
        ("primary_department", Value::text("d2")),
    ] {
        record.set(user().field(name).unwrap(), Field::Value(value));
    }
    record
}

fn value(template: &str) -> Result<Option<Field>, String> {
    let file = format!("v: '{}'", template.replace('\'', "''"));
    let root = yaml::read(&file, &mut Vec::new()).unwrap();
    let mut findings = Vec::new();
    let vars = json!({"list": ["a", "b"], "n": 7});
    let names = Names {
        object: Some(Object { variable: "source", schema: user(), because: None }),
        vars: Some(&vars),
        ..Names::default()
    };
    let compiled = compile(root.get("v").unwrap(), &file, &names, Options::default(), &mut findings);
    let compiled = compiled.ok_or_else(|| findings.first().map_or("?", |finding| finding.code).to_string())?;
    let scope = Scope::of(json!({"vars": vars, "run": {"due": "2026-11-20T22:30:00Z"}}));
    compiled.evaluate(Some(&person()), &scope).map_err(|problem| problem.code.to_string())
}

#[test]
fn values_keep_their_type() {
    let text = |text: &str| Ok(Some(Field::Value(Value::text(text))));
    for (template, expected) in [
        ("{{source.username}}", text("Zhang.San")),
        ("{{lower source.email}}", text("zhang@example.com")),
        ("{{upper source.username}}", text("ZHANG.SAN")),
        ("{{trim source.name}}", text("张三")),
        ("{{truncate source.username 5}}", text("Zhang")),
        ("{{truncate source.username 50}}", text("Zhang.San")),
        ("{{default source.title '员工'}}", text("员工")),
        ("{{default source.username 'x'}}", text("Zhang.San")),
        ("{{coalesce source.nickname source.title source.username}}", text("Zhang.San")),
        ("{{eq source.status 'active'}}", Ok(Some(Field::Value(Value::Bool(true))))),
        ("{{eq source.title 'x'}}", Ok(Some(Field::Value(Value::Bool(false))))),
        ("{{eq source.title ''}}", Ok(Some(Field::Value(Value::Bool(true))))),
        ("{{eq vars.n '7'}}", Ok(Some(Field::Value(Value::Bool(true))))),
        ("{{vars.list}}", Ok(Some(Field::Value(Value::list(["a".into(), "b".into()]))))),
        ("{{join vars.list '、'}}", text("a、b")),
        ("{{join vars.list}}", text("a,b")),
        ("{{split 'a; b;;c' ';'}}", Ok(Some(Field::Value(Value::list(["a".into(), "b".into(), "c".into()]))))),
        ("{{replace source.username '.' '_'}}", text("Zhang_San")),
        ("{{phone source.mobile 'CN'}}", text("15498000015")),
        ("{{pinyin (trim source.name)}}", text("zhangsan")),
        ("{{json vars.list}}", text("[\"a\",\"b\"]")),
        ("{{date run.due '%Y%m%d' 'Asia/Shanghai'}}", text("20261121")),
        ("{{descending vars.n}}", Ok(Some(Field::Value(Value::Int(4_294_967_288))))),
        ("{{descending 0}}", Ok(Some(Field::Value(Value::Int(4_294_967_295))))),
        ("{{vars.n}}", Ok(Some(Field::Value(Value::Int(7))))),
        ("{{lower (default source.title \"A B\")}}", text("a b")),
        ("hr/{{source.username}}-{{vars.n}}.csv", text("hr/Zhang.San-7.csv")),
        ("{{source.title}}{{source.nickname}}", Ok(Some(Field::Empty))),
        ("{{source.title}}", Ok(Some(Field::Empty))),
        ("{{lower source.title}}", Ok(Some(Field::Empty))),
        ("plain", text("plain")),
        ("{{~ source.username ~}} {{! note }}x", text("Zhang.Sanx")),
        ("{{{source.username}}}", text("Zhang.San")),
        ("\\{{source.username}}", text("{{source.username}}")),
        ("{{descending -1}}", Err("value_range".into())),
        ("{{descending 'x'}}", Err("template_value".into())),
        ("{{phone '5123 4567' 'HK'}}", text("+85251234567")),
        ("{{phone '5123 4567'}}", Err("mobile_invalid".into())),
        ("{{phone '15400000001转8001' 'CN'}}", Err("mobile_invalid".into())),
        ("{{phone source.mobile source.username}}", Err("template_value".into())),
        ("{{phone '　'}}", Ok(Some(Field::Empty))),
        ("{{pinyin 'ひろ'}}", Err("template_value".into())),
        ("{{date '20260301'}}", text("2026-03-01")),
        ("{{date '45352'}}", Err("template_value".into())),
        ("{{truncate source.username vars.n}}", text("Zhang.S")),
        ("{{truncate source.username source.status}}", Err("template_value".into())),
    ] {
        assert_eq!(value(template), expected, "{template}");
    }
}

#[test]
fn mistakes_are_found_before_a_run() {
    for (template, code) in [
        ("{{source.salary}}", "E0401"),
        ("{{sauce.name}}", "E0401"),
        ("{{source}}", "E0402"),
        ("{{vars.list.x}}", "E0401"),
        ("{{lower}}", "E0405"),
        ("{{lower source.name source.title}}", "E0405"),
        ("{{shout source.name}}", "E0405"),
        ("{{lower name=source.name}}", "E0405"),
        ("{{target_ids source.departments}}", "E0402"),
        ("{{lower vars.list}}", "E0402"),
        ("x {{vars.list}}", "E0402"),
        ("{{source.name", "E0404"),
        ("{{#if source.name}}x{{/if}}", "E0406"),
        ("{{> partial}}", "E0406"),
        ("{{../name}}", "E0404"),
        ("{{@index}}", "E0404"),
        ("{{lower [1]}}", "E0404"),
        ("{{default source.title [1, 2]}}", "E0404"),
        ("{{date run.due '%Q'}}", "E0404"),
        ("{{date run.due '%Y' 'Asia/Beijing'}}", "E0602"),
        ("{{now}}", "E0401"),
        ("{{truncate source.name -1}}", "E0402"),
        ("{{truncate source.name 'x'}}", "E0402"),
        ("{{phone source.mobile 'XX'}}", "E0402"),
        ("{{phone source.mobile ''}}", "E0402"),
        ("{{phone source.mobile 86}}", "E0402"),
    ] {
        assert_eq!(value(template), Err(code.to_string()), "{template}");
    }
}

#[test]
fn hidden_is_not_empty() {
    let file = "v: '{{default source.title \"x\"}}'";
    let root = yaml::read(file, &mut Vec::new()).unwrap();
    let names =
        Names { object: Some(Object { variable: "source", schema: user(), because: None }), ..Names::default() };
    let template = compile(root.get("v").unwrap(), file, &names, Options::default(), &mut Vec::new()).unwrap();
    assert_eq!(template.evaluate(Some(&Record::new()), &Scope::default()), Ok(None));
}

fn mapping(fields: &str) -> std::sync::Arc<Mapping> {
    let text = format!(
        "dsl: 1\nid: x\non: {{manual: {{}}}}\nconnections: {{directory: {{type: directory, ref: default}}, wecom: {{type: wecom, ref: \
         main}}}}\nmappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n      userid: {{value: \
         \"{{{{source.username}}}}\", write: create}}\n      name: \"{{{{source.name}}}}\"\n{fields}\nsteps:\n  - {{id: read, name: {{zh: a, \
         en: a}}, uses: directory/read}}\n  - id: write\n    name: {{zh: b, en: b}}\n    uses: wecom/update_user\n    map: user\n    foreach: \
         steps.read.outputs.users\n"
    );
    let connectors: [&'static ConnectorSpec; 2] = [&idflow_directory::SPEC, &idflow_wecom::SPEC];
    let outcome = crate::workflow::compile("t", &text, &Environment { connectors: &connectors, ..Default::default() });
    outcome.workflow.unwrap_or_else(|| panic!("{:#?}", outcome.diagnostics)).mappings[0].clone()
}

const REFERENCES: &str = "      department: {value: \"{{target_ids source.departments}}\", when_unresolved: omit}\n      is_leader_in_dept: \
                          \"{{leader_flags source.departments}}\"\n      main_department: \"{{target_id source.primary_department}}\"\n      \
                          direct_leader: {value: \"{{target_ids source.managers}}\", when_unresolved: omit}\n      order: x";

fn evaluated(mapping: &Mapping, person: &Record) -> Mapped {
    mapping.evaluate(person, &Scope::default(), &Target)
}

fn of(mapping: &Mapping, mapped: &Mapped, field: &str) -> Option<serde_json::Value> {
    let Mapped::Record { record, .. } = mapped else { panic!("{mapped:?}") };
    record.get(mapping.target.field(field).unwrap()).map(Field::to_json)
}

fn references() -> std::sync::Arc<Mapping> {
    mapping(REFERENCES.trim_end_matches("\n      order: x"))
}

#[test]
fn references_become_the_targets_keys() {
    let mapping = references();
    let mapped = evaluated(&mapping, &person());
    assert_eq!(of(&mapping, &mapped, "name"), Some(json!("张三")), "text is trimmed");
    assert_eq!(of(&mapping, &mapped, "department"), Some(json!([2, 3])));
    assert_eq!(of(&mapping, &mapped, "is_leader_in_dept"), Some(json!([true, false])));
    assert_eq!(of(&mapping, &mapped, "main_department"), Some(json!(2)));
    assert_eq!(of(&mapping, &mapped, "direct_leader"), Some(json!([])), "an empty list is a value");
    let mut rootless = person();
    rootless.set(user().field("primary_department").unwrap(), Field::Empty);
    assert_eq!(of(&mapping, &evaluated(&mapping, &rootless), "main_department"), None, "the target chooses");
}

#[test]
fn memberships_come_with_their_flags_or_without_any() {
    let text = "dsl: 1\nid: x\non: {manual: {inputs: {who: {type: string}}}}\nconnections: {directory: {type: directory, ref: \
                default}, wecom: {type: wecom, ref: main}}\nmappings:\n  user:\n    from: wecom/user\n    to: directory/user\n    \
                match: [linked]\n    fields:\n      username: {value: \"{{source.userid}}\", write: create}\n      name: \
                \"{{source.name}}\"\n      departments: \"{{members source.department source.is_leader_in_dept}}\"\nsteps:\n  \
                - {id: read, name: {zh: a, en: a}, uses: wecom/read_user, with: {userid: \"{{inputs.who}}\"}}\n  - {id: write, \
                name: {zh: b, en: b}, uses: directory/upsert_user, map: user, foreach: {in: \"[steps.read.outputs.user]\"}}\n";
    let connectors: [&'static ConnectorSpec; 2] = [&idflow_directory::SPEC, &idflow_wecom::SPEC];
    let outcome = crate::workflow::compile("t", text, &Environment { connectors: &connectors, ..Default::default() });
    let mapping = outcome.workflow.unwrap_or_else(|| panic!("{:#?}", outcome.diagnostics)).mappings[0].clone();
    let schema = idflow_wecom::SPEC.schema(Kind::User).unwrap();
    let id = |name: &str| schema.field(name).unwrap();
    let mut member = Record::new();
    member.set(id("userid"), Field::from_text("li"));
    member.set(id("name"), Field::from_text("李"));
    assert_eq!(of(&mapping, &evaluated(&mapping, &member), "departments"), None, "hidden departments");
    let departments = |keys: &[&str]| Field::Value(Value::list(keys.iter().map(|key| Value::text(*key))));
    let flags = |flags: &[bool]| Field::Value(Value::list(flags.iter().map(|flag| Value::Bool(*flag))));
    member.set(id("department"), departments(&["d2", "d3"]));
    let open = Some(json!([{"department": 2}, {"department": 3}]));
    assert_eq!(of(&mapping, &evaluated(&mapping, &member), "departments"), open, "unknown is not: no leader");
    member.set(id("is_leader_in_dept"), flags(&[true]));
    assert_eq!(of(&mapping, &evaluated(&mapping, &member), "departments"), open, "one flag for two departments");
    member.set(id("is_leader_in_dept"), flags(&[false, true]));
    assert_eq!(
        of(&mapping, &evaluated(&mapping, &member), "departments"),
        Some(json!([{"department": 2, "leader": false}, {"department": 3, "leader": true}]))
    );
}

#[test]
fn what_cannot_be_resolved_is_left_out_with_its_flag() {
    let mapping = references();
    let mut person = person();
    let departments = user().field("departments").unwrap();
    person.set(departments, Field::Value(Value::list([member("gone", true), member("d8", true), member("d4", false)])));
    person.set(user().field("managers").unwrap(), Field::Value(Value::list(["nobody".into()])));
    let mapped = evaluated(&mapping, &person);
    assert_eq!(of(&mapping, &mapped, "department"), Some(json!([4])));
    assert_eq!(of(&mapping, &mapped, "is_leader_in_dept"), Some(json!([false])));
    assert_eq!(of(&mapping, &mapped, "direct_leader"), None, "nothing remains: not written");
    let Mapped::Record { warnings, .. } = &mapped else { panic!() };
    let told: Vec<_> = warnings
        .iter()
        .map(|problem| {
            let of = problem.get("key").or_else(|| problem.get("by"));
            (problem.code.as_ref(), problem.field.as_deref().unwrap(), of.unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("department_unknown", "department", "gone"),
            ("department_not_made", "department", "d8"),
            ("manager_unknown", "direct_leader", "nobody")
        ]
    );
    person.set(departments, Field::Value(Value::list(["d5".into(), "d6".into()])));
    let mapped = evaluated(&mapping, &person);
    assert_eq!(of(&mapping, &mapped, "department"), Some(json!([5, 6])), "plain keys are entries too");
    assert_eq!(of(&mapping, &mapped, "is_leader_in_dept"), Some(json!([false, false])));
}

#[test]
fn without_omit_a_reference_waits_blocks_or_fails() {
    let mapping = mapping("      department: \"{{target_ids source.departments}}\"");
    let with = |key: &str| {
        let mut person = person();
        person.set(user().field("departments").unwrap(), Field::Value(Value::list([member(key, false)])));
        evaluated(&mapping, &person)
    };
    assert!(matches!(with("d9"), Mapped::Later));
    assert!(matches!(with("d8"), Mapped::Blocked { item, field: 5 } if item == "d:d8"));
    assert!(
        matches!(with("gone"), Mapped::Invalid(problem) if problem.code == "department_unknown" && problem.field.as_deref() == Some("department"))
    );
    let key = mapping.natural_key(&person(), &Scope::default());
    assert!(matches!(key, Ok(Some(Value::Text(key))) if &*key == "Zhang.San"));
    assert_eq!(mapping.field_line(0), Some(11));
}

#[test]
fn empty_values_follow_their_policy() {
    let mapping = mapping(
        "      department: \"{{target_ids source.departments}}\"\n      position: {value: \"{{source.title}}\", when_empty: clear}\n      alias: \
         {value: \"{{source.nickname}}\", when_empty: omit}\n      enable: \"{{eq source.status 'active'}}\"\n      gender: {value: \
         \"{{source.gender}}\", when_empty: omit}",
    );
    let mapped = evaluated(&mapping, &person());
    assert_eq!(of(&mapping, &mapped, "position"), Some(json!(null)));
    assert_eq!(of(&mapping, &mapped, "alias"), None);
    assert_eq!(of(&mapping, &mapped, "enable"), Some(json!(true)));
    let mut hidden = person();
    hidden.take(user().field("title").unwrap());
    assert_eq!(of(&mapping, &evaluated(&mapping, &hidden), "position"), None, "hidden never clears");
    let mut odd = person();
    odd.set(user().field("gender").unwrap(), Field::Value("other".into()));
    assert!(matches!(evaluated(&mapping, &odd), Mapped::Invalid(problem) if problem.code == "value_word"));
    let skip = super::tests::mapping(
        "      department: \"{{target_ids source.departments}}\"\n      position: {value: \"{{source.title}}\", when_empty: skip_item}",
    );
    assert!(matches!(evaluated(&skip, &person()), Mapped::Skip(field) if field == "position"));
}

#[test]
fn values_become_the_fields_type() {
    use idflow_sdk::Type;
    let convert =
        |value: Value, ty| convert::convert_type(Cow::Owned(value), ty).map_err(|problem| problem.code.to_string());
    let int = Type::Int { min: 0, max: 9 };
    for (value, ty, expected) in [
        (Value::text("\u{3000}7 "), int, Ok(Field::Value(Value::Int(7)))),
        (Value::text("12"), int, Err("value_range")),
        (Value::text("1.5"), int, Err("value_type")),
        (Value::Int(5), Type::Text, Ok(Field::Value("5".into()))),
        (Value::text(" \u{feff}"), Type::Text, Ok(Field::Empty)),
        (Value::text("1"), Type::Bool, Ok(Field::Value(true.into()))),
        (Value::text("yes"), Type::Bool, Err("value_type")),
        (Value::Int(0), Type::Bool, Ok(Field::Value(false.into()))),
        (Value::text("a"), Type::Enum(&["a", "b"]), Ok(Field::Value("a".into()))),
        (Value::text("c"), Type::Enum(&["a", "b"]), Err("value_word")),
        (Value::list([]), Type::Text, Err("value_type")),
        (Value::list([" a ".into()]), Type::Texts, Ok(Field::Value(Value::list(["a".into()])))),
        (Value::text("a"), Type::Members { kind: Kind::Department }, Err("value_type")),
    ] {
        assert_eq!(convert(value.clone(), ty), expected.map_err(ToString::to_string), "{value:?} {ty:?}");
    }
}

#[test]
fn long_texts_are_rendered_by_handlebars() {
    let file = "v: |\n  **{{run.workflow_name}}** {{upper run.workflow_name}}\n  {{#each run.top_errors}}\n  > {{count}} {{code}}\n  {{/each}}\n";
    let root = yaml::read(file, &mut Vec::new()).unwrap();
    let options = Options { blocks: true, ..Options::default() };
    let template = compile(root.get("v").unwrap(), file, &Names::default(), options, &mut Vec::new()).unwrap();
    let scope = Scope::of(json!({"run": {"workflow_name": "a<b", "top_errors": [{"count": 2, "code": "X"}]}}));
    assert_eq!(template.render(&scope).unwrap(), "**a<b** A<B\n> 2 X\n");
    let missing = template.render(&Scope::of(json!({"run": {"workflow_name": "x"}}))).unwrap_err();
    assert_eq!(missing.code, "template_value");
    let mut findings = Vec::new();
    let file = "v: '{{#each run.top_errors}}{{shout code}}{{/each}}'";
    let root = yaml::read(file, &mut Vec::new()).unwrap();
    assert!(compile(root.get("v").unwrap(), file, &Names::default(), options, &mut findings).is_none());
    assert_eq!(findings[0].code, "E0405");
    for (text, under) in [
        ("{{#each run.top_errors}}{{cont}}{{/each}}", "cont"),
        ("{{#each run.top_errors}}{{run.url}}{{/each}}", "run.url"),
        ("{{run.nmber}}{{#each run.top_errors}}{{/each}}", "run.nmber"),
        ("{{#if run.statuss}}x{{/if}}", "run.statuss"),
        ("{{#each run.top_errors}}{{#if count}}{{../run.urll}}{{/if}}{{/each}}", "../run.urll"),
    ] {
        let file = format!("v: '{text}'");
        let root = yaml::read(&file, &mut Vec::new()).unwrap();
        let mut findings = Vec::new();
        compile(root.get("v").unwrap(), &file, &Names::default(), options, &mut findings);
        let found: Vec<_> = findings.iter().map(|finding| (finding.code, &file[finding.span.range()])).collect();
        assert_eq!(found, [("E0401", under)], "{text}");
    }
    let file = "v: '{{#each run.top_errors}}{{@index}}{{this.count}}{{@root.run.url}}{{../run.url}}{{/each}}'";
    let root = yaml::read(file, &mut Vec::new()).unwrap();
    assert!(compile(root.get("v").unwrap(), file, &Names::default(), options, &mut Vec::new()).is_some());
}

#[test]
fn no_parent_means_the_root() {
    let text = include_str!("../../../workflows/wecom_downstream_full.yaml");
    let workflow = crate::workflow::tests::good(text);
    let mapping = workflow.mappings.iter().find(|mapping| mapping.name == "department").unwrap();
    let schema = idflow_directory::SPEC.schema(Kind::Department).unwrap();
    let mut department = Record::new();
    department.set(schema.field("name").unwrap(), Field::Value("销售部".into()));
    for name in ["parent", "order"] {
        department.set(schema.field(name).unwrap(), Field::Empty);
    }
    assert_eq!(of(mapping, &evaluated(mapping, &department), "parentid"), Some(json!(1)));
    department.set(schema.field("parent").unwrap(), Field::Value("d4".into()));
    department.set(schema.field("order").unwrap(), Field::Value(Value::Int(1)));
    let mapped = evaluated(mapping, &department);
    assert_eq!(of(mapping, &mapped, "parentid"), Some(json!(4)));
    assert_eq!(of(mapping, &mapped, "order"), Some(json!(4_294_967_294_i64)));
}
