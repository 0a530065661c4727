//! One slip at a time in a file that uses the whole language: the code, and exactly the words that are underlined; and
//! edits that mend what can be mended.

use super::*;
use crate::workflow::other_workflows::Library;

const GOOD: &str = r#"dsl: 1
id: roster
name: {zh: 花名册, en: Roster}
on:
  manual:
    inputs:
      deep: {type: boolean, default: false}
      full: {type: boolean, default: false}
      mode: {type: enum, values: [day, night], default: day}
  webhook: {path: hr-ready, verify: token}
  event: [{connection: wecom, types: [create_user]}]
  after: {workflow: other_one, status: [succeeded]}
connections:
  csv: {type: csv, ref: hr_drop}
  directory: {type: directory, ref: default}
  wecom: {type: wecom, ref: wecom_main}
vars: {admins: [zhang.wei]}
timeout: 1h
safety:
  source_min: 50
  remove: {max: 10, max_percent: 2%}
mappings:
  person:
    from: csv/row
    to: directory/user
    match: [linked, source.no == target.employee_no]
    fields:
      employee_no: {value: "{{source.no}}", write: create}
      username: {value: "{{lower source.no}}", write: create}
      name: "{{trim source.name}}"
      departments: "{{department_paths source.dept}}"
  member:
    from: directory/user
    to: wecom/user
    match: [linked, source.username == target.userid]
    fields:
      userid: {value: "{{source.username}}", write: create}
      name: "{{source.name}}"
      department: "{{target_ids source.departments}}"
steps:
  - id: read
    name: {zh: 读取, en: Read}
    uses: csv/read
    with:
      path: "hr-{{date run.due '%Y%m%d' 'Asia/Shanghai'}}.csv"
      key: no
      columns: {no: 工号, name: 姓名, dept: 部门, note: 备注}
      required: [no, name, dept]
    retry: {max_attempts: 3, delay: 5m}
  - id: one
    name: {zh: 一个人, en: One}
    if: inputs.full
    uses: wecom/read_user
    with: {userid: "{{trigger.userid}}"}
  - id: upsert_department
    name: {zh: 部门, en: Departments}
    uses: directory/upsert_department
    foreach: {in: steps.read.outputs.rows, as: row, key: row.dept, distinct: true, order: parents_first}
    with: {path: "{{row.dept}}", separator: "/"}
  - id: upsert_user
    name: {zh: 人员, en: People}
    uses: directory/upsert_user
    map: person
    foreach: {in: "steps.read.outputs.rows.filter(r, r.name != '')", max_failures: 2%}
  - id: offboard
    name: {zh: 离职, en: Leavers}
    if: inputs.deep
    uses: directory/offboard_user
    foreach: {in: steps.read.outputs.removed_rows}
    approval: {when: always, by: [admin, approver]}
  - id: push
    name: {zh: 推送, en: Push}
    if: changes(steps.upsert_user, steps.offboard) > 0
    uses: workflow/full_sync
    with: {remove_leavers: true}
  - id: read_directory
    name: {zh: 读取目录, en: Read directory}
    uses: directory/read
    with:
      departments: {include: ["/研发/**"]}
  - id: create_user
    name: {zh: 创建成员, en: Create members}
    uses: wecom/create_user
    map: member
    foreach: {in: steps.read_directory.outputs.users, max_parallel: 1, on_item_error: continue}
finally:
  - id: tell
    name: {zh: 通知, en: Tell}
    if: 'run.status in ["partial", "failed"]'
    uses: wecom/send_message
    on_unknown: resend
    with:
      to_users: "{{vars.admins}}"
      markdown: |
        {{run.status_text}} {{steps.upsert_user.counts.created}} {{steps.read.outputs.row_count}}
        {{default steps.one.outputs.user.name '-'}}
        {{#each run.top_errors}}
        > {{count}} × {{code}} {{@root.run.url}}
        {{/each}}
"#;

/// A workflow that the one above calls, and one that has a webhook.
fn library() -> Library {
    let mut library = Library::default();
    for (id, more) in [
        ("full_sync", ""),
        ("calls_back", ""),
        ("hooked", "  webhook: {path: taken, verify: token}\n"),
        ("starts_it", "  after: {workflow: roster}\n"),
    ] {
        let uses = if id == "calls_back" {
            "uses: workflow/roster".to_string()
        } else {
            "uses: directory/read\n    connection: directory".to_string()
        };
        let text = format!(
            "dsl: 1\nid: {id}\nname: {{zh: a, en: a}}\non:\n  manual:\n    inputs:\n      remove_leavers: {{type: boolean, \
             required: true}}\n      days: {{type: integer, default: 3}}\n      how: {{type: enum, values: [slow, fast], \
             default: slow}}\n{more}connections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  - id: a\n    \
             {uses}\n    name: {{zh: a, en: a}}\n"
        );
        library.insert(&good(&text));
    }
    library
}

fn checked(text: &str) -> Outcome {
    let library = library();
    compile("flow.yaml", text, &Environment { connectors: &connectors(), library: Some(&library) })
}

/// A trigger asks nobody: E0606 is found when the file is to go live, and not before.
#[test]
fn inputs_that_nobody_gives_are_found_when_triggers_go_live() {
    let on = |more: &str| {
        format!(
            "dsl: 1\nid: x\nname: {{zh: a, en: a}}\non:\n  manual: {{inputs: {{word: {{type: string, required: true}}}}}}\n{more}\
             connections: {{directory: {{type: directory, ref: default}}}}\nsteps:\n  - {{id: a, name: {{zh: a, en: a}}, uses: \
             directory/read}}\n"
        )
    };
    let connectors = connectors();
    let environment = Environment { connectors: &connectors, library: None };
    for (more, code) in [
        ("  schedule: {cron: '0 2 * * *', timezone: UTC}\n", "E0606"),
        ("  webhook: {path: x, verify: token}\n", "E0606"),
        ("  after: {workflow: other}\n", "E0606"),
        ("  schedule: {cron: '0 2 * * *', timezone: UTC, inputs: {word: a}}\n", ""),
        ("  after: {workflow: other, inputs: {word: a}}\n", ""),
        ("", ""),
    ] {
        let text = on(more);
        let codes = |outcome: &Outcome| outcome.diagnostics.iter().map(|finding| finding.code).collect::<Vec<_>>();
        assert_eq!(codes(&compile("flow.yaml", &text, &environment)), [""; 0], "{more}");
        let live = crate::workflow::compile_live("flow.yaml", &text, &environment);
        assert_eq!(codes(&live).join(""), code, "{more}");
        assert_eq!(live.workflow.is_some(), code.is_empty(), "{more}");
    }
    // `W0811`
    let text = on("").replace("connections:", "concurrency: {group: \"g/{{run.id}}\"}\nconnections:");
    let found = compile("flow.yaml", &text, &environment).diagnostics;
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["W0811"]);
}

#[test]
fn the_good_file_is_good() {
    let outcome = checked(GOOD);
    assert!(outcome.diagnostics.is_empty(), "{}", shown(GOOD, &outcome));
    assert!(outcome.workflow.is_some());
}

/// From, to, code, underlined, and whether an edit mends it.
const SLIPS: &[(&str, &str, &str, &str, bool)] = &[
    // Triggers.
    ("{path: hr-ready, verify: token}", "{path: hr-ready}", "E0202", "{path: hr-ready}", true),
    ("verify: token", "verify: none", "E0203", "none", true),
    ("verify: token", "verify: token, window: 5m", "E0203", "5m", false),
    ("verify: token", "verify: hmac_sha256, window: 2h", "E0203", "2h", false),
    ("verify: token", "verify: hmac_sha256, window: soon", "E0207", "soon", false),
    ("path: hr-ready", "path: /hooks/hr ready", "E0203", "/hooks/hr ready", true),
    ("{path: hr-ready, verify: token}", "[{path: a, verify: token}, {path: a, verify: token}]", "E0604", "a", false),
    ("path: hr-ready", "path: taken", "E0604", "taken", false),
    ("{connection: wecom, types: [create_user]}", "{connection: wecm, types: [create_user]}", "E0504", "wecm", true),
    ("types: [create_user]", "types: [creat_user]", "E0605", "creat_user", true),
    (
        "{connection: wecom, types: [create_user]}",
        "{connection: csv, types: [create_user]}",
        "E0605",
        "create_user",
        false,
    ),
    ("workflow: other_one", "workflow: roster", "E0308", "roster", false),
    ("workflow: other_one", "workflow: starts_it", "E0308", "starts_it", false),
    ("status: [succeeded]", "status: [succeded]", "E0203", "succeded", true),
    // Keys.
    (
        "    uses: directory/upsert_department\n",
        "    uses: directory/upsert_department\n    map: person\n",
        "E0209",
        "path",
        false,
    ),
    (
        "    uses: workflow/full_sync\n",
        "    uses: workflow/full_sync\n    connection: wecom\n",
        "E0209",
        "connection",
        false,
    ),
    ("{type: enum, values: [day, night], default: day}", "{type: string, values: [day]}", "E0209", "[day]", true),
    (
        "    uses: wecom/create_user\n",
        "    uses: wecom/create_user\n    on_unknown: resend\n",
        "E0209",
        "on_unknown",
        false,
    ),
    ("timeout: 1h", "timeout-minutes: 60", "E0201", "timeout-minutes", true),
    (
        "    uses: workflow/full_sync\n",
        "    uses: workflow/full_sync\n    continue-on-error: true\n",
        "E0201",
        "continue-on-error",
        true,
    ),
    // References.
    ("row_count}}\n", "row_count}} {{steps.one.outputs.user.name}}\n", "E0305", "steps.one.outputs.user.name", true),
    ("if: inputs.deep", "if: 'steps.one.outputs.user.name == \"a\"'", "E0305", "steps.one.outputs.user.name", false),
    ("if: inputs.deep", "if: false", "E0306", "false", false),
    (
        "if: inputs.deep",
        "if: inputs.mode == \"day\" && inputs.mode == \"night\"",
        "E0306",
        "inputs.mode == \"day\" && inputs.mode == \"night\"",
        false,
    ),
    ("if: inputs.deep", "if: 'run.status == \"failed\"'", "E0306", "'run.status == \"failed\"'", false),
    ("if: inputs.deep", "if: 'steps.tell.status == \"failed\"'", "E0307", "steps.tell.status", false),
    (
        "    uses: wecom/create_user\n",
        "    uses: wecom/create_user\n    needs: [read_directory, tell]\n",
        "E0307",
        "tell",
        false,
    ),
    (
        "in: steps.read_directory.outputs.users",
        "in: steps.tell.outputs.users",
        "E0307",
        "steps.tell.outputs.users",
        false,
    ),
    ("uses: workflow/full_sync", "uses: workflow/roster", "E0308", "workflow/roster", false),
    ("uses: workflow/full_sync", "uses: workflow/calls_back", "E0308", "workflow/calls_back", false),
    ("if: inputs.deep", "if: row.dept == \"a\"", "E0309", "row.dept", false),
    ("{{run.status_text}}", "{{source.username}}", "E0309", "source.username", false),
    ("{{trim source.name}}", "{{trim item.name}}", "E0401", "item.name", true),
    ("if: inputs.deep", "if: changes(steps.upsert_user) > 0", "E0310", "steps.upsert_user", false),
    (
        "in: steps.read_directory.outputs.users",
        "in: steps.upsert_user.items",
        "E0310",
        "steps.upsert_user.items",
        false,
    ),
    ("{userid: \"{{trigger.userid}}\"}", "{userid: \"{{steps.one.status}}\"}", "E0303", "steps.one.status", false),
    (
        "steps.upsert_user.counts.created",
        "steps.upsert_user.counts.creatd",
        "E0304",
        "steps.upsert_user.counts.creatd",
        true,
    ),
    (
        "{{default steps.one.outputs.user.name '-'}}",
        "{{default steps.one.outputs.user.nam '-'}}",
        "E0304",
        "steps.one.outputs.user.nam",
        true,
    ),
    // Types.
    ("{{trim source.name}}", "{{date run.started '%Y' 'UTC'}}", "E0409", "run.started", false),
    ("vars: {admins: [zhang.wei]}", "vars: {admins: [\"{{inputs.mod}}\"]}", "E0401", "inputs.mod", true),
    ("  csv: {type: csv, ref: hr_drop}", "  csv: {type: csv}", "E0202", "csv", true),
    ("id: push", "id: read", "E0205", "read", true),
    ("{{trim source.name}}", "{{now}}", "E0409", "now", false),
    ("{{trim source.name}}", "{{uuid 4}}", "E0409", "uuid", false),
    (
        "in: steps.read_directory.outputs.users",
        "in: \"[steps.read_directory.outputs.users]\"",
        "E0407",
        "steps.read_directory.outputs.users",
        true,
    ),
    (
        "in: steps.read_directory.outputs.users",
        "in: steps.read_directory.users",
        "E0407",
        "steps.read_directory.users",
        true,
    ),
    ("r.name != ''", "r.nam != ''", "E0401", "r.nam", true),
    ("run.status in [\"partial\"", "run.status in [\"partal\"", "E0408", "\"partal\"", true),
    ("if: inputs.deep", "if: size(steps.read.outputs.rows) > 0", "E0402", "steps.read.outputs.rows", false),
    ("{{@root.run.url}}", "{{run.url}}", "E0401", "run.url", true),
    ("× {{code}}", "× {{cod}}", "E0401", "cod", true),
    // Connectors.
    ("with: {remove_leavers: true}", "with: {remove_leaver: true}", "E0502", "remove_leaver", true),
    ("with: {remove_leavers: true}", "with: {days: 3}", "E0503", "workflow/full_sync", false),
    ("with: {remove_leavers: true}", "with: {remove_leavers: 7}", "E0402", "7", false),
    ("with: {remove_leavers: true}", "with: {remove_leavers: true, how: fst}", "E0402", "fst", true),
    ("uses: workflow/full_sync", "uses: workflow/full_snc", "E0501", "workflow/full_snc", true),
    ("key: row.dept,", "key: row.note,", "E0515", "row.note", false),
    ("key: row.dept,", "key: run.id,", "E0515", "run.id", false),
    (", key: row.dept, distinct: true", "", "E0515", "steps.read.outputs.rows", true),
    ("max_failures: 2%", "distinct: true", "E0515", "true", false),
    ("{{row.dept}}", "{{vars.admins}}", "E0515", "\"{{vars.admins}}\"", false),
    ("key: row.dept,", "key: \"{{row.dept}}\",", "E0403", "\"{{row.dept}}\"", true),
    ("key: row.dept,", "key: row.dep,", "E0401", "row.dep", true),
    ("      key: no\n", "", "E0503", "csv/read", true),
    ("    with: {userid: \"{{trigger.userid}}\"}\n", "", "E0503", "wecom/read_user", true),
    // Safety.
    ("max: 10,", "max: -1,", "E0704", "-1", false),
    ("max_percent: 2%", "max_percent: 200%", "E0704", "200%", false),
    ("max: 10,", "max: 0,", "E0704", "0", false),
    ("source_min: 50", "source_min: 0", "E0704", "0", false),
    ("max_failures: 2%", "max_failures: 150%", "E0704", "150%", false),
    ("by: [admin, approver]", "by: [admin, aprover]", "E0705", "aprover", true),
    ("by: [admin, approver]", "by: [zhang.wei]", "E0705", "zhang.wei", false),
    // Warnings.
    (
        "{{default steps.one.outputs.user.name '-'}}",
        "{{default steps.one.outputs.user.mobile '-'}}",
        "W0801",
        "steps.one.outputs.user.mobile",
        false,
    ),
    ("max_parallel: 1", "max_parallel: 16", "W0804", "16", true),
    ("    on_unknown: resend\n", "    retry: {max_attempts: 3}\n", "W0805", "retry", false),
    ("max_attempts: 3, delay: 5m", "max_attempts: 30, delay: 5m", "W0806", "retry", false),
    (
        "    retry: {max_attempts: 3, delay: 5m}\n",
        "    retry: {max_attempts: 3, delay: 5m}\n    timeout: 5m\n",
        "W0806",
        "retry",
        false,
    ),
    ("source.username == target.userid", "source.mobile == target.mobile", "W0809", "target.mobile", false),
    ("date run.due '%Y%m%d' 'Asia/Shanghai'", "date run.due '%Y%m%d'", "W0810", "date run.due '%Y%m%d'", true),
];

#[test]
fn each_slip_is_told_by_its_code_and_place() {
    let mut wrong = String::new();
    for (from, to, code, under, fixable) in SLIPS {
        assert_eq!(GOOD.matches(from).count(), 1, "`{from}` must occur once");
        let text = GOOD.replace(from, to);
        let outcome = checked(&text);
        let source = Source::new("flow.yaml", &text);
        let found: Vec<_> =
            outcome.diagnostics.iter().map(|finding| (finding.code, source.slice(finding.span))).collect();
        let others: Vec<_> = found.iter().filter(|finding| finding.0 != *code && finding.0 != "W0803").collect();
        if !found.contains(&(*code, *under)) || !others.is_empty() {
            wrong.push_str(&format!(
                "{from}\n  -> {to}\n  expected {code} {under}, found {found:?}\n{}\n",
                shown(&text, &outcome)
            ));
        }
        for finding in &outcome.diagnostics {
            assert!(!finding.message.zh.is_empty() && !finding.message.en.is_empty());
            assert!(!finding.help.is_empty() || !finding.fixes.is_empty(), "{} gives no advice", finding.code);
            assert!(codes::find(finding.code).is_some(), "{} is not in the table", finding.code);
        }
        let mended = mended(&text, &outcome);
        if mended.is_some() != *fixable {
            wrong.push_str(&format!("{to}: a fix was {}\n", if *fixable { "expected" } else { "not expected" }));
        }
        if let Some(mended) = mended {
            let again = checked(&mended);
            if again.diagnostics.iter().any(|finding| finding.severity == Severity::Error || finding.code == *code) {
                wrong.push_str(&format!("{to}\n  after the fix:\n{}\n", shown(&mended, &again)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The file with all edits applied; `None` when there are none.
fn mended(text: &str, outcome: &Outcome) -> Option<String> {
    let mut fixes: Vec<_> = outcome.diagnostics.iter().flat_map(|finding| finding.fixes.clone()).collect();
    if fixes.is_empty() {
        return None;
    }
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    let mut mended = text.to_string();
    for fix in fixes {
        mended.replace_range(fix.span.range(), &fix.text);
    }
    Some(mended)
}

#[test]
fn a_scope_without_limits_and_a_removal_are_told_together() {
    let text = GOOD.replace("    with:\n      departments: {include: [\"/研发/**\"]}\n", "").replace(
        "finally:\n",
        "  - id: disable\n    name: {zh: 停用, en: Disable}\n    uses: wecom/disable_user\n    foreach: \
             steps.read_directory.outputs.removed_users\nfinally:\n",
    );
    let outcome = checked(&text);
    let source = Source::new("flow.yaml", &text);
    let found: Vec<_> = outcome.diagnostics.iter().map(|finding| (finding.code, source.slice(finding.span))).collect();
    assert_eq!(found, [("W0808", "directory/read")], "{}", shown(&text, &outcome));
}

#[test]
fn removed_parts_are_put_back_by_edits() {
    for (part, code) in [
        ("      department: \"{{target_ids source.departments}}\"\n", "E0508"),
        ("      name: \"{{trim source.name}}\"\n", "E0508"),
        ("    match: [linked, source.no == target.employee_no]\n", "E0512"),
        ("  remove: {max: 10, max_percent: 2%}\n", "E0701"),
        ("safety:\n  source_min: 50\n  remove: {max: 10, max_percent: 2%}\n", "E0701"),
        ("    map: member\n", "E0202"),
        ("    foreach: {in: steps.read_directory.outputs.users, max_parallel: 1, on_item_error: continue}\n", "E0202"),
        ("  csv: {type: csv, ref: hr_drop}\n", "E0504"),
    ] {
        assert_eq!(GOOD.matches(part).count(), 1, "{part}");
        let text = GOOD.replace(part, "");
        let outcome = checked(&text);
        assert!(outcome.diagnostics.iter().any(|finding| finding.code == code), "{part}\n{}", shown(&text, &outcome));
        let mended = mended(&text, &outcome).unwrap_or_else(|| panic!("no fix\n{}", shown(&text, &outcome)));
        let again = checked(&mended);
        let errors = again.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count();
        assert_eq!(errors, 0, "{part}\n{}", shown(&mended, &again));
    }
}

#[test]
fn of_several_connections_none_is_proposed_before_the_others() {
    let text = GOOD
        .replace(
            "  wecom: {type: wecom, ref: wecom_main}",
            "  wecom: {type: wecom, ref: wecom_main}\n  csv_b: {type: csv, ref: b}",
        )
        .replace("  csv: {type", "  csv_a: {type");
    let outcome = checked(&text);
    assert!(outcome.diagnostics.iter().any(|finding| finding.code == "E0504"), "{}", shown(&text, &outcome));
    let help = |outcome: &Outcome| {
        let finding = outcome.diagnostics.iter().find(|finding| finding.code == "E0504").expect("E0504");
        assert!(finding.fixes.is_empty(), "{finding:?}");
        finding.help.iter().map(|help| format!("{} {}", help.zh, help.en)).collect::<String>()
    };
    let told = help(&outcome);
    for name in ["`connection: csv_a` 或 `connection: csv_b`", "`connection: csv_a` or `connection: csv_b`"] {
        assert!(told.contains(name), "{told}");
    }
    // A name that is like both is none of them.
    let named = text.replacen("    uses: csv/read\n", "    uses: csv/read\n    connection: csv_c\n", 1);
    assert_ne!(named, text);
    let told = help(&checked(&named));
    assert!(told.contains("csv_a、csv_b") && told.contains("csv_a, csv_b"), "{told}");
}

#[test]
fn a_reserved_word_names_no_object() {
    let text = GOOD.replace("as: row", "as: steps");
    let outcome = checked(&text);
    let codes: Vec<_> = outcome.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["E0206", "E0309", "E0309"], "{}", shown(&text, &outcome));
    assert!(checked(&mended(&text, &outcome).unwrap()).workflow.is_some());
}

#[test]
fn edits_fit_files_in_lines_too() {
    let text = GOOD
        .replace(
            "      userid: {value: \"{{source.username}}\", write: create}\n",
            "      userid:\n        value: \"{{source.username}}\"\n      alias:\n        value: \"{{source.nickname}}\"\n",
        )
        .replace("  after: {workflow", "  schedule:\n    - cron: \"0 2 * * *\"\n  after: {workflow")
        .replace("  remove: {max: 10, max_percent: 2%}\n", "")
        .replace(
            "    foreach: {in: steps.read.outputs.rows, as: row, key: row.dept, distinct: true, order: parents_first}\n",
            "    foreach:\n      in: steps.read.outputs.rows\n      as: row\n",
        );
    let outcome = checked(&text);
    let mut codes: Vec<_> = outcome.diagnostics.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["E0410", "E0511", "E0515", "E0701", "W0802"], "{}", shown(&text, &outcome));
    let mended = mended(&text, &outcome).unwrap();
    let again = checked(&mended);
    assert!(again.diagnostics.is_empty(), "{}\n{mended}", shown(&mended, &again));
}

#[test]
fn a_broken_step_is_told_once() {
    for (from, to) in
        [("uses: wecom/send_message", "uses: wecom/nothing_like_it"), ("uses: csv/read", "uses: csvv/reed")]
    {
        let text = GOOD.replace(from, to);
        let outcome = checked(&text);
        let codes: Vec<_> = outcome.diagnostics.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["E0501"], "{}", shown(&text, &outcome));
    }
}

#[test]
fn what_is_passed_to_a_called_workflow_fits_whatever_it_will_be() {
    let text = |with: &str| {
        format!(
            "dsl: 1\nid: caller\nname: {{zh: a, en: a}}\non:\n  manual:\n    inputs:\n      flag: {{type: boolean, default: false}}\n      \
             maybe: {{type: boolean}}\n      word: {{type: string, default: x}}\n      number: {{type: integer, default: 3}}\n      \
             how: {{type: enum, values: [slow, fast], default: slow}}\n      \
             other: {{type: enum, values: [slow, never], default: slow}}\nvars: {{yes: true, three: 3, zzz: zzz, quick: fast}}\n\
             steps:\n  - id: a\n    name: {{zh: a, en: a}}\n    uses: workflow/full_sync\n    with: {with}\n"
        )
    };
    for with in [
        "{remove_leavers: true}",
        "{remove_leavers: \"{{inputs.flag}}\"}",
        "{remove_leavers: \"{{default inputs.maybe false}}\"}",
        "{remove_leavers: \"{{vars.yes}}\", days: \"{{vars.three}}\", how: \"{{vars.quick}}\"}",
        "{remove_leavers: true, days: \"{{inputs.number}}\", how: \"{{inputs.how}}\"}",
        "{remove_leavers: true, how: \"{{default inputs.how 'fast'}}\"}",
    ] {
        let outcome = checked(&text(with));
        let errors: Vec<_> = outcome.diagnostics.iter().filter(|finding| finding.code.starts_with('E')).collect();
        assert!(errors.is_empty(), "{with}: {errors:?}");
    }
    for (with, code) in [
        ("{remove_leavers: \"{{inputs.maybe}}\"}", "E0503"),
        ("{remove_leavers: \"{{inputs.word}}\"}", "E0402"),
        ("{remove_leavers: \"{{vars.zzz}}\"}", "E0402"),
        ("{remove_leavers: true, days: \"{{inputs.word}}\"}", "E0402"),
        ("{remove_leavers: true, days: \"{{inputs.number}}1\"}", "E0402"),
        ("{remove_leavers: true, days: \"{{vars.zzz}}\"}", "E0402"),
        ("{remove_leavers: true, how: \"{{vars.zzz}}\"}", "E0402"),
        ("{remove_leavers: true, how: \"{{inputs.other}}\"}", "E0402"),
        ("{remove_leavers: true, how: \"{{inputs.word}}\"}", "E0402"),
        ("{remove_leavers: true, how: \"{{default inputs.how 'never'}}\"}", "E0402"),
    ] {
        let outcome = checked(&text(with));
        let errors: Vec<_> =
            outcome.diagnostics.iter().map(|finding| finding.code).filter(|code| code.starts_with('E')).collect();
        assert_eq!(errors, [code], "{with}");
    }
}

/// One file may bring a field down and up again as well as two of them.
#[test]
fn a_field_that_goes_both_ways_is_told() {
    let text = |back: &str| {
        format!(
            "dsl: 1\nid: x\non: {{manual: {{}}}}\nconnections: {{directory: {{type: directory, ref: default}}, wecom: {{type: wecom, \
             ref: main}}}}\nmappings:\n  down:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n      \
             userid: {{value: \"{{{{source.username}}}}\", write: create}}\n      name: \"{{{{source.name}}}}\"\n      department: \
             \"{{{{target_ids source.departments}}}}\"\n  up:\n    from: wecom/user\n    to: directory/user\n    match: [linked]\n    \
             fields:\n      username: {{value: \"{{{{source.userid}}}}\", write: create}}\n      name: {back}\nsteps:\n  - {{id: r, \
             name: {{zh: a, en: a}}, uses: directory/read}}\n  - {{id: w, name: {{zh: b, en: b}}, uses: wecom/update_user, map: down, \
             foreach: {{in: steps.r.outputs.users}}}}\n  - {{id: rr, name: {{zh: c, en: c}}, uses: wecom/read}}\n  - {{id: ww, name: {{zh: \
             d, en: d}}, uses: directory/upsert_user, map: up, foreach: {{in: steps.rr.outputs.users}}}}\n"
        )
    };
    let told = |text: &str| checked(text).diagnostics.iter().any(|finding| finding.code == "W0812");
    let always = text("\"{{source.name}}\"");
    assert!(told(&always), "{}", shown(&always, &checked(&always)));
    let fill = text("{value: \"{{source.name}}\", write: fill}");
    assert!(!told(&fill) && checked(&fill).workflow.is_some(), "{}", shown(&fill, &checked(&fill)));
}
