//! `--fix` changes the spelling, never the meaning: every mend that is applied gives the file as it was meant.
//!
//! What was meant is the valid file before the mistake (or the `meant` of a row, where the mistake is another wish in the
//! words of another language). Three comparisons, each for what the one before it cannot decide:
//!
//! 1. the parsed file: the same keys and values, whatever their order, comments and quotes;
//! 2. the compiled workflow, but for places in the file: the same graph, mappings, conditions, times, limits and triggers.
//!    The plan is a function of it and of the data, so the plans are equal then, too;
//! 3. for files that read the directory and write WeCom, the plan itself on a small company: what each step would do to
//!    whom. It is computed for every such file whose text is not the same, and for one of each kind whose text is.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use idflow::{
    app::rehearsal::{self, Settings},
    connectors,
    engine::clock::SystemClock,
    workflow::{Environment, apply_fixes, compile, yaml},
};

use super::{compiled, environment, errors};

/// What became of the mends of many mistakes.
#[derive(Default)]
pub struct Judged {
    /// Files that were mended to the end.
    pub mended: usize,
    /// Mends that were applied.
    pub applied: usize,
    /// Plans that were compared.
    pub planned: usize,
    /// What is not as it was meant.
    pub wrong: String,
    /// Kinds of which a plan was compared.
    seen: BTreeMap<String, usize>,
}

impl Judged {
    /// Mends a broken file and compares what comes out with what was meant.
    pub fn judge(&mut self, kind: &str, name: &str, meant: &str, broken: &str) {
        let done = apply_fixes::mend(name, broken, &environment());
        if done.applied.is_empty() {
            return;
        }
        let codes: Vec<&str> = done.applied.iter().map(|applied| applied.finding.code).collect();
        let changes: Vec<_> = done.applied.iter().flat_map(|applied| &applied.changes).collect();
        self.applied += done.applied.len();
        if errors_in(name, &done.text) {
            // Not a file that can be run; but what was changed was not guessed, so undoing nothing of it was needed.
            return;
        }
        self.mended += 1;
        let same_text = parsed(meant) == parsed(&done.text);
        if !same_text && shape(name, meant) != shape(name, &done.text) {
            self.wrong.push_str(&format!("-- {kind}, {name}: {codes:?} {changes:?}\n"));
            return;
        }
        let seen = self.seen.entry(kind.to_string()).or_default();
        if is_sync(meant) && (!same_text || *seen == 0) {
            *seen += 1;
            self.planned += 1;
            if plan(meant) != plan(&done.text) {
                self.wrong.push_str(&format!("-- another plan: {kind}, {name}: {codes:?} {changes:?}\n"));
            }
        }
    }
}

fn errors_in(name: &str, text: &str) -> bool {
    errors(&compiled(name, text)).next().is_some()
}

/// The file as data.
fn parsed(text: &str) -> Option<serde_json::Value> {
    let root = yaml::read(text, &mut Vec::new())?;
    Some(sorted(root.to_json()))
}

/// The order of keys says nothing, but for steps and rules, which stand in lists.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let map: BTreeMap<String, serde_json::Value> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            serde_json::json!(map)
        }
        serde_json::Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// The compiled workflow without its places in the file.
fn shape(name: &str, text: &str) -> Option<String> {
    let workflow = compiled(name, text).workflow?;
    let shown = format!("{workflow:?}");
    let mut out = String::with_capacity(shown.len());
    let mut rest = shown.as_str();
    // `line: 12`, `Span { start: 1, end: 2 }`, and the hash of the text.
    const PLACES: &[(&str, &[char])] = &[("line: ", &[',', ' ', '}']), ("Span {", &['}']), ("content: ", &[','])];
    while let Some((at, word, ends)) =
        PLACES.iter().filter_map(|(word, ends)| Some((rest.find(word)?, *word, *ends))).min_by_key(|found| found.0)
    {
        out.push_str(&rest[..at]);
        let tail = &rest[at + word.len()..];
        rest = tail.find(ends).map_or("", |end| &tail[end..]);
    }
    out.push_str(rest);
    Some(out)
}

/// Whether it reads the directory and writes WeCom, so that the company below is data for it.
fn is_sync(text: &str) -> bool {
    text.contains("uses: directory/read")
        && text.contains("wecom/create_user")
        && !text.contains("csv/read")
        && !text.contains("uses: workflow/")
}

/// Four departments and five people, some of them in WeCom.
const COMPANY: &str = r#"
    source:
      departments:
        - {key: d1, name: 销售部, order: 1, path: /销售部, status: active}
        - {key: d2, name: 华北区, parent: d1, order: 1, path: /销售部/华北区, status: active}
        - {key: d4, name: 研发部, order: 2, path: /研发部, status: active}
        - {key: d6, name: 外部合作, order: 3, path: /外部合作, status: active}
      users:
        - {key: u1, username: zhang.wei, name: 张伟, title: 总监, mobile: "15400000001", status: active, primary_department: d1, departments: [{department: d1, leader: true}]}
        - {key: u2, username: li.na, name: 李娜, title: 经理, mobile: "15400000002", status: active, primary_department: d2, departments: [{department: d2, leader: true}], managers: [u1]}
        - {key: u4, username: zhao.lei, name: 赵磊, mobile: "15400000004", status: disabled, primary_department: d2, departments: [{department: d2, leader: false}], managers: [u2]}
        - {key: u6, username: liu.yang, name: 刘洋, mobile: "15400000006", email: Liu.Yang@example.com, employee_no: "6", status: active, primary_department: d4, departments: [{department: d4, leader: false}], managers: [u1]}
        - {key: u8, username: partner.one, name: 合作方, mobile: "15400000008", status: left, primary_department: d6, departments: [{department: d6, leader: false}]}
    target:
      departments:
        - {key: "2", name: 销售部, parentid: 1, order: 4294967294}
      users:
        - {key: zhang.wei, userid: zhang.wei, name: 张伟, position: 经理, mobile: "15400000001", department: [2], main_department: 2, is_leader_in_dept: [true], direct_leader: [], enable: true}
        - {key: old.hand, userid: old.hand, name: 老员工, mobile: "15400000099", department: [2], main_department: 2, is_leader_in_dept: [false], direct_leader: [], enable: true}
    links:
      - {kind: department, source: d1, target: "2"}
      - {kind: user, source: u7, target: old.hand}
"#;

/// The plan on the company, as the rehearsal tells it when it is asked for what no plan has: each step with what it would do,
/// and to whom.
fn plan(text: &str) -> Vec<String> {
    let workflow = compile("plan.yaml", text, &Environment { connectors: connectors::ALL, ..Environment::default() });
    let Some(workflow) = workflow.workflow else { return vec!["no workflow".into()] };
    let folder = tempfile::tempdir().expect("a folder");
    let mut test = format!("workflow: it\ncases:\n  - name: plan\n{COMPANY}    expect:\n      counts:\n");
    for step in &workflow.steps {
        let words = ["create", "update", "remove", "unchanged", "skipped", "invalid", "blocked", "ambiguous"];
        let wrong: Vec<String> = words.iter().map(|word| format!("{word}: 99")).collect();
        test.push_str(&format!("        {}: {{{}}}\n", step.id, wrong.join(", ")));
    }
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    std::fs::write(path("it.yaml"), text).expect("written");
    std::fs::write(path("it.test.yaml"), test).expect("written");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings { clock: Arc::new(SystemClock), scratch: path("scratch") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(rehearsal::rehearse(&path("it.test.yaml"), &settings)) {
        Ok(report) => report.cases.into_iter().flat_map(|case| case.differences).map(|text| text.en).collect(),
        Err(error) => vec![error.to_string()],
    }
    .into_iter()
    // Each plan has a folder of its own.
    .map(|text| text.replace(&folder.path().display().to_string(), ""))
    .collect()
}
