//! The templates in `workflows/` compile without a finding and say what they should.

use super::*;

const FULL: &str = include_str!("../../../workflows/wecom_downstream_full.yaml");
const MIRROR: &str = include_str!("../../../workflows/wecom_downstream_mirror.yaml");
const CSV: &str = include_str!("../../../workflows/csv_to_directory.yaml");

#[test]
fn shipped_templates_have_no_findings() {
    for text in [FULL, MIRROR, CSV] {
        let outcome = compiled(text);
        assert!(outcome.diagnostics.is_empty(), "{}", shown(text, &outcome));
        assert!(outcome.workflow.is_some());
    }
}

#[test]
fn steps_say_what_the_engine_needs() {
    use crate::workflow::{
        compiled::{MatchRule, WhenUnresolved},
        scope::Scope,
    };
    let workflow = good(FULL);
    assert_eq!(
        workflow.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(),
        ["read_directory", "create_department", "update_department", "create_user", "update_user", "deprovision_user"]
    );
    assert_eq!(workflow.mappings.len(), 2, "one for both steps that share it");
    let [department, user] = workflow.mappings.as_slice() else { panic!() };
    assert!(matches!(department.rules[..], [MatchRule::Linked, MatchRule::Equal { .. }]));
    let policy = |name: &str| user.fields.iter().find(|field| user.target.spec(field.target).name == name).unwrap();
    assert_eq!(policy("direct_leader").when_unresolved, WhenUnresolved::Omit);
    assert_eq!(policy("department").when_unresolved, WhenUnresolved::Wait);
    assert!(policy("userid").create_only && !policy("name").create_only);
    let foreach = &workflow.steps[1].writing().unwrap().foreach;
    assert!(foreach.step == 0 && foreach.parents_first && foreach.output.name == "departments");
    assert!(workflow.steps[5].writing().unwrap().foreach.output.removed);
    let scope = Scope::of(
        serde_json::json!({"connections": {"wecom": {"corp_id": "ww1"}}, "inputs": {"remove_leavers": true}}),
    );
    assert_eq!(workflow.group.as_ref().unwrap().render(&scope).unwrap(), "wecom/ww1");
    assert_eq!(workflow.steps[5].condition.as_ref().unwrap().test(&scope), Ok(true));
    let params = workflow.steps[0].with.evaluate(&scope).unwrap();
    assert!(params.predicates.contains_key("users.where"));
    assert_eq!(params.get("departments.include").unwrap().to_json(), serde_json::json!(["/**"]));
    assert!(params.get("departments.exclude").is_none(), "a template leaves nobody out by example");
    assert!(!workflow.steps[3].with.evaluate(&scope).unwrap().flag("to_invite", true));
    assert_eq!(workflow.content.len(), 64);
}

#[test]
fn parameters_are_filled_from_inputs() {
    use crate::workflow::scope::Scope;
    let workflow = good(MIRROR);
    let step = workflow.steps.iter().find(|step| step.id == "delete_leaver").unwrap();
    let grace = |text: &str| {
        let scope = Scope::of(serde_json::json!({"inputs": {"grace": text}}));
        step.with.evaluate(&scope).map(|params| params.durations["after"].as_secs() / 86_400)
    };
    assert_eq!(grace("30d"), Ok(30));
    assert_eq!(grace("soon").unwrap_err().code, "parameter_invalid");
    let workflow = good(CSV);
    let scope = Scope::of(serde_json::json!({"inputs": {"folder": "/tmp/x"}}));
    let params = workflow.steps[1].with.evaluate(&scope).unwrap();
    assert_eq!(params.text("path"), Some("/tmp/x/users.csv"));
    assert_eq!(params.json["lists"]["manager"], ";");
}

#[test]
fn rows_have_the_columns_of_the_step_that_reads_them() {
    let text = r#"dsl: 1
id: hr
on: {schedule: [{cron: "30 6 * * MON-FRI", timezone: Asia/Shanghai, catchup: latest}]}
connections:
  csv: {type: csv, ref: hr_drop}
  directory: {type: directory, ref: default}
mappings:
  person:
    from: csv/row
    to: directory/user
    match: [linked, source.employee_no == target.employee_no]
    fields:
      employee_no: {value: "{{source.employee_no}}", write: create}
      username: {value: "{{lower source.employee_no}}", write: create}
      name: "{{trim source.name}}"
      mobile: {value: "{{phone source.mobile 'CN'}}", when_empty: omit}
      departments: "{{department_paths source.dept_path}}"
      status: active
steps:
  - id: read_csv
    name: {zh: 读取花名册, en: Read HR file}
    uses: csv/read
    with:
      path: "hr/staff-{{date run.due '%Y%m%d' 'Asia/Shanghai'}}.csv"
      key: employee_no
      columns: {employee_no: 工号, name: 姓名, mobile: 手机, dept_path: 部门, status: 状态}
      required: [employee_no, name, dept_path]
      where: 'row.status != "离职"'
    retry: {max_attempts: 6, delay: 5m, on: [not_found, timeout]}
  - id: upsert_user
    name: {zh: 同步人员, en: Upsert people}
    uses: directory/upsert_user
    map: person
    foreach: {in: steps.read_csv.outputs.rows, on_item_error: continue, max_failures: 2%}
"#;
    let workflow = good(text);
    assert!(workflow.mappings[0].source.field("dept_path").is_some());
    assert_eq!(workflow.steps[0].uses().unwrap().retry.max_attempts, 6);
    let broken = text.replace("source.dept_path", "source.dept").replace("row.status", "row.stat");
    let outcome = compiled(&broken);
    let source = Source::new("flow.yaml", &broken);
    let found: Vec<_> = outcome.diagnostics.iter().map(|finding| (finding.code, source.slice(finding.span))).collect();
    assert_eq!(found, [("E0401", "source.dept"), ("E0401", "row.stat")], "{}", shown(&broken, &outcome));
}
