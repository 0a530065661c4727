//! `cargo xtask bench --compiler`: how long does a workflow take to compile, and a mapping to be applied?
//!
//! Three aims: a workflow of 1,000 steps in at most 25 ms, one of 20 steps in at most 1 ms, and 100,000 people through a
//! mapping of eight templates in at most a second. All of it happens in this process, on one thread; the best of several
//! rounds counts, because a busy machine only ever adds.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use idflow::{
    connectors,
    workflow::{
        Environment, compile,
        compiled::{Mapped, Mapping, References, Resolved, Workflow},
        scope::Scope,
    },
};
use idflow_sdk::{Field, Kind, Record, Value};

use xtask::output;

const ROUNDS: usize = 20;
const PEOPLE: usize = 100_000;

const HEAD: &str = r#"dsl: 1
id: bench
name: {zh: 测量, en: Bench}
on:
  manual: {inputs: {leavers: {type: boolean, default: false}}}
  schedule: [{cron: "0 2 * * *", timezone: Asia/Shanghai}]
connections:
  directory: {type: directory, ref: default}
  wecom: {type: wecom, ref: wecom_main}
vars: {domain: example.com}
safety: {source_shrink: 10%, remove: {max: 20}}
mappings:
  department:
    from: directory/department
    to: wecom/department
    match: [linked, source.path == target.path]
    fields: {name: "{{source.name}}", parentid: "{{target_id source.parent}}"}
  user:
    from: directory/user
    to: wecom/user
    match: [linked, source.username == target.userid]
    fields:
      userid: {value: "{{lower source.username}}", write: create}
      name: "{{trim source.name}}"
      alias: {value: "{{coalesce source.nickname source.name}}", when_empty: omit}
      mobile: {value: "{{phone source.mobile 'CN'}}", when_empty: omit}
      email: {value: "{{source.username}}@{{vars.domain}}", when_empty: omit}
      position: "{{default source.title '员工'}}"
      department: "{{target_ids source.departments}}"
      enable: "{{eq source.status 'active'}}"
steps:
  - id: read_directory
    name: {zh: 读取组织架构, en: Read directory}
    uses: directory/read
    with: {departments: {include: ["/**"]}, users: {where: 'user.status in ["active", "disabled"]'}}
  - id: create_department
    name: {zh: 创建部门, en: Create departments}
    uses: wecom/create_department
    map: department
    foreach: {in: steps.read_directory.outputs.departments, order: parents_first}
"#;

/// A workflow of so many steps; half of them write people, the others read, with conditions and `needs` between them.
fn workflow_of(steps: usize) -> String {
    let mut text = HEAD.to_string();
    for number in 2..steps {
        let step = match number % 4 {
            0 => format!(
                "  - id: read_{number}\n    name: {{zh: 读取 {number}, en: Read {number}}}\n    uses: directory/read\n    \
                 with: {{users: {{where: 'user.status == \"active\" && user.username.startsWith(\"a\")'}}}}\n"
            ),
            1 => format!(
                "  - id: create_{number}\n    name: {{zh: 创建 {number}, en: Create {number}}}\n    uses: wecom/create_user\n    \
                 map: user\n    with: {{to_invite: false}}\n    foreach: {{in: steps.read_directory.outputs.users, \
                 on_item_error: continue, max_failures: 5%}}\n"
            ),
            2 => format!(
                "  - id: update_{number}\n    name: {{zh: 更新 {number}, en: Update {number}}}\n    uses: wecom/update_user\n    \
                 map: user\n    foreach: {{in: steps.read_directory.outputs.users}}\n    retry: {{max_attempts: 3, delay: 10s}}\n"
            ),
            _ => format!(
                "  - id: disable_{number}\n    name: {{zh: 停用 {number}, en: Disable {number}}}\n    if: inputs.leavers && \
                 steps.read_directory.counts.users >= 0\n    uses: wecom/disable_user\n    foreach: \
                 steps.read_directory.outputs.removed_users\n    timeout: 20m\n"
            ),
        };
        text.push_str(&step);
    }
    text
}

struct Everyone;

impl References for Everyone {
    fn resolve(&self, _: Kind, key: &str) -> Resolved {
        Resolved::Key(Value::Int(i64::try_from(key.len()).unwrap_or(1)))
    }
    fn root(&self) -> Option<Value> {
        Some(Value::Int(1))
    }
}

fn compiled(text: &str) -> Result<Workflow> {
    let outcome = compile("bench.yaml", text, &Environment::new(connectors::ALL));
    match outcome.workflow {
        Some(workflow) => Ok(workflow),
        None => bail!("the workflow of the bench is wrong: {:?}", outcome.diagnostics.first()),
    }
}

/// The shortest of several rounds.
fn best<T>(rounds: usize, mut work: impl FnMut() -> Result<T>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        std::hint::black_box(work()?);
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn people(mapping: &Mapping) -> Vec<Record> {
    let schema = &mapping.source;
    (0..PEOPLE)
        .map(|number| {
            let mut record = Record::new();
            let mut set = |name: &str, value: Value| {
                if let Some(id) = schema.field(name) {
                    record.set(id, Field::Value(value));
                }
            };
            set("username", Value::text(format!("User{number}")));
            set("name", Value::text("王小明"));
            set("mobile", Value::text(format!("139{number:08}")));
            set("title", Value::text("工程师"));
            set("status", Value::text("active"));
            let member = [("department".into(), Value::text("01D")), ("leader".into(), Value::Bool(false))];
            set("departments", Value::list([Value::map(member)]));
            record
        })
        .collect()
}

/// Measures and prints.
pub fn run() -> Result<()> {
    for (steps, aim) in [(20, 1.0), (1_000, 25.0)] {
        let text = workflow_of(steps);
        let took = best(ROUNDS, || compiled(&text))?.as_secs_f64() * 1_000.0;
        output::say(&format!("compile {steps} steps ({} bytes): {took:.2} ms (aim {aim} ms)", text.len()));
    }
    let workflow = compiled(HEAD)?;
    let Some(mapping) = compiled(&workflow_of(4))?.mappings.into_iter().find(|mapping| mapping.name == "user") else {
        bail!("the mapping of the bench is not compiled");
    };
    drop(workflow);
    let people = people(&mapping);
    let scope = Scope::of(serde_json::json!({"vars": {"domain": "example.com"}}));
    let took = best(3, || {
        for person in &people {
            if !matches!(mapping.evaluate(person, &scope, &Everyone), Mapped::Record { .. }) {
                bail!("a person of the bench cannot be mapped");
            }
        }
        Ok(())
    })?;
    let fields = mapping.fields.len();
    output::say(&format!("map {PEOPLE} people through {fields} templates: {:.3} s (aim 1 s)", took.as_secs_f64()));
    Ok(())
}
