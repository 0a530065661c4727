//! One slip at a time in a good file: the code, and exactly the words that are underlined.

use super::*;

const GOOD: &str = r#"dsl: 1
id: push
name: {zh: 推送, en: Push}
on:
  manual:
    inputs:
      grace: {type: duration, default: 30d}
      deep: {type: boolean, default: false}
  schedule:
    - {cron: "0 2 * * *", timezone: Asia/Shanghai}
connections:
  directory: {type: directory, ref: default}
  wecom: {type: wecom, ref: wecom_main}
vars: {suffix: x}
concurrency: {group: "wecom/{{connections.wecom.corp_id}}{{vars.suffix}}", on_conflict: queue}
timeout: 2h
safety:
  source_shrink: 10%
  remove: {max: 20, max_percent: 5%}
mappings:
  department:
    from: directory/department
    to: wecom/department
    match: [linked, source.path == target.path]
    fields:
      name: "{{source.name}}"
      parentid: "{{target_id source.parent}}"
  user:
    from: directory/user
    to: wecom/user
    match: [linked, source.username == target.userid]
    fields:
      userid: {value: "{{source.username}}", write: create}
      name: "{{source.name}}"
      mobile: {value: "{{source.mobile}}", when_empty: omit}
      department: "{{target_ids source.departments}}"
      is_leader_in_dept: "{{leader_flags source.departments}}"
      enable: "{{eq source.status 'active'}}"
steps:
  - id: read
    name: {zh: 读取, en: Read}
    uses: directory/read
    with:
      users: {where: 'user.status in ["active", "disabled"]'}
  - id: create_department
    name: {zh: 创建部门, en: Create departments}
    uses: wecom/create_department
    map: department
    foreach: {in: steps.read.outputs.departments, order: parents_first}
  - id: create_user
    name: {zh: 创建人员, en: Create users}
    uses: wecom/create_user
    map: user
    with: {to_invite: false}
    foreach: {in: steps.read.outputs.users, max_failures: 5%}
  - id: update_user
    name: {zh: 更新人员, en: Update users}
    uses: wecom/update_user
    map: user
    foreach: steps.read.outputs.users
  - id: delete_user
    name: {zh: 删除, en: Delete}
    if: inputs.deep
    uses: wecom/delete_user
    with: {after: "{{inputs.grace}}"}
    foreach: {in: steps.read.outputs.removed_users}
    approval: {when: always}
"#;

#[test]
fn the_good_file_is_good() {
    let outcome = compiled(GOOD);
    assert!(outcome.diagnostics.is_empty(), "{}", shown(GOOD, &outcome));
}

/// Code and underlined text of everything that is found after one replacement.
fn found(from: &str, to: &str) -> (String, Vec<(&'static str, String)>) {
    assert_eq!(GOOD.matches(from).count(), 1, "`{from}` must occur once");
    let text = GOOD.replace(from, to);
    let outcome = compiled(&text);
    let source = Source::new("flow.yaml", &text);
    let found =
        outcome.diagnostics.iter().map(|finding| (finding.code, source.slice(finding.span).to_string())).collect();
    let errors = outcome.diagnostics.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(outcome.workflow.is_none(), errors);
    for finding in &outcome.diagnostics {
        assert!(!finding.message.zh.is_empty() && !finding.message.en.is_empty());
        assert!(!finding.help.is_empty() || !finding.fixes.is_empty(), "{} gives no advice", finding.code);
        assert!(codes::find(finding.code).is_some(), "{} is not in the table", finding.code);
    }
    (shown(&text, &outcome), found)
}

#[test]
fn each_slip_is_told_by_its_code_and_place() {
    let table: &[(&str, &str, &str, &str)] = &[
        (
            "      name: \"{{source.name}}\"\n      parentid",
            "      name: {{source.name}}\n      parentid",
            "E0102",
            "{{source.name}}",
        ),
        ("timeout: 2h", "timeout: 2h\ntimeout: 3h", "E0103", "timeout"),
        ("on:\n  manual", "true:\n  manual", "E0105", "true"),
        ("timeout: 2h", "timeout-minutes: 120", "E0201", "timeout-minutes"),
        ("timeout: 2h", "timeOut: 2h", "E0201", "timeOut"),
        (
            "    uses: wecom/update_user\n",
            "    uses: wecom/update_user\n    continue-on-error: true\n",
            "E0201",
            "continue-on-error",
        ),
        ("    map: department", "    mapp: department", "E0201", "mapp"),
        ("id: push\n", "", "E0202", ""),
        (
            "    uses: directory/read\n    with:\n      users: {where: 'user.status in [\"active\", \"disabled\"]'}\n",
            "",
            "E0202",
            "read",
        ),
        ("timeout: 2h", "timeout: [2h]", "E0207", "[2h]"),
        ("on_conflict: queue", "on_conflict: queued", "E0203", "queued"),
        ("default: false", "default: \"no\"", "E0203", "\"no\""),
        ("id: push", "id: Push-All", "E0204", "Push-All"),
        ("id: update_user", "id: create_user", "E0205", "create_user"),
        ("id: update_user", "id: inputs", "E0206", "inputs"),
        ("timeout: 2h", "timeout: PT30M", "E0207", "PT30M"),
        ("source_shrink: 10%", "source_shrink: 10", "E0207", "10"),
        ("dsl: 1", "dsl: 2", "E0208", "2"),
        (
            "    uses: wecom/update_user\n",
            "    uses: wecom/update_user\n    needs: [creat_user]\n",
            "E0301",
            "creat_user",
        ),
        (
            "    uses: wecom/create_department\n",
            "    uses: wecom/create_department\n    needs: [update_user]\n",
            "E0302",
            "update_user",
        ),
        (
            "    uses: wecom/delete_user\n",
            "    uses: wecom/delete_user\n    needs: []\n",
            "E0303",
            "steps.read.outputs.removed_users",
        ),
        (
            "steps.read.outputs.removed_users",
            "steps.read.outputs.removed_user",
            "E0304",
            "steps.read.outputs.removed_user",
        ),
        (
            "steps.read.outputs.removed_users",
            "steps.red.outputs.removed_users",
            "E0304",
            "steps.red.outputs.removed_users",
        ),
        ("{{source.mobile}}", "{{source.mobil}}", "E0401", "source.mobil"),
        ("if: inputs.deep", "if: inputs.deeper", "E0401", "inputs.deeper"),
        ("user.status in", "user.state in", "E0401", "user.state"),
        ("connections.wecom.corp_id", "connections.wecom.corpid", "E0401", "connections.wecom.corpid"),
        ("source.path == target.path", "source.path == target.paths", "E0401", "target.paths"),
        ("to_invite: false", "to_invite: 5", "E0402", "5"),
        ("\"{{target_id source.parent}}\"", "\"{{source.parent}}\"", "E0402", "\"{{source.parent}}\""),
        (
            "      mobile: {value: \"{{source.mobile}}\"",
            "      mobile: {value: \"{{target_id source.mobile}}\"",
            "E0402",
            "target_id",
        ),
        ("{{source.mobile}}", "{{lower source.departments}}", "E0402", "source.departments"),
        ("if: inputs.deep", "if: \"{{inputs.deep}}\"", "E0403", "\"{{inputs.deep}}\""),
        (
            "in: steps.read.outputs.removed_users",
            "in: \"{{steps.read.outputs.removed_users}}\"",
            "E0403",
            "\"{{steps.read.outputs.removed_users}}\"",
        ),
        ("{{source.mobile}}", "{{source.mobile", "E0404", "{{source.mobile"),
        ("{{source.mobile}}", "{{lowr source.mobile}}", "E0405", "lowr"),
        ("{{source.mobile}}", "{{truncate source.mobile}}", "E0405", "truncate"),
        ("{{source.mobile}}", "{{#if source.mobile}}x{{/if}}", "E0406", "{{#if source.mobile}}"),
        ("if: inputs.deep", "if: inputs.grace", "E0407", "inputs.grace"),
        ("if: inputs.deep", "if: inputs.deep ==", "E0407", "inputs.deep =="),
        ("in: steps.read.outputs.removed_users", "in: inputs.grace", "E0407", "inputs.grace"),
        ("\"disabled\"]", "\"disable\"]", "E0408", "\"disable\""),
        ("if: inputs.deep", "if: inputs.deep == 3", "E0408", "inputs.deep == 3"),
        ("{value: \"{{source.mobile}}\", when_empty: omit}", "\"{{source.mobile}}\"", "E0410", "source.mobile"),
        ("{value: \"{{source.mobile}}\", when_empty: omit}", "\"+{{source.mobile}}\"", "E0410", "source.mobile"),
        ("uses: wecom/update_user", "uses: wecom/updat_user", "E0501", "wecom/updat_user"),
        ("uses: wecom/update_user", "uses: wecon/update_user", "E0501", "wecon/update_user"),
        ("to_invite: false", "to_invit: false", "E0502", "to_invit"),
        ("{where: 'user", "{when: 'user", "E0502", "when"),
        ("  wecom: {type: wecom, ref: wecom_main}", "  wecom: {type: wecon, ref: wecom_main}", "E0505", "wecon"),
        (
            "    uses: wecom/update_user\n",
            "    uses: wecom/update_user\n    connection: directory\n",
            "E0505",
            "directory",
        ),
        ("    uses: wecom/update_user\n", "    uses: wecom/update_user\n    connection: wecm\n", "E0504", "wecm"),
        (
            "    uses: wecom/update_user\n    map: user",
            "    uses: wecom/update_user\n    map: department",
            "E0507",
            "department",
        ),
        (
            "foreach: steps.read.outputs.users",
            "foreach: steps.read.outputs.departments",
            "E0507",
            "steps.read.outputs.departments",
        ),
        (
            "      department: \"{{target_ids source.departments}}\"\n      is_leader_in_dept: \"{{leader_flags source.departments}}\"\n",
            "",
            "E0508",
            "fields",
        ),
        ("      enable:", "      enabled:", "E0509", "enabled"),
        ("'active'}}\"", "'active'}}\"\n      gender: mal", "E0510", "mal"),
        ("{value: \"{{source.username}}\", write: create}", "\"{{source.username}}\"", "E0511", "userid"),
        ("      parentid:", "      id: 5\n      parentid:", "E0511", "id"),
        ("    match: [linked, source.username == target.userid]\n", "", "E0512", "user"),
        (", order: parents_first", "", "E0513", "steps.read.outputs.departments"),
        ("    uses: wecom/create_user\n", "    uses: wecom/create_user\n    needs: [read]\n", "E0514", "create_user"),
        ("\"0 2 * * *\"", "\"0 25 * * *\"", "E0601", "25"),
        ("\"0 2 * * *\"", "\"0 2 * *\"", "E0601", "0 2 * *"),
        ("Asia/Shanghai", "Asia/Beijing", "E0602", "Asia/Beijing"),
        ("\"0 2 * * *\"", "\"0 2 30 2 *\"", "E0603", "30 2"),
        ("  remove: {max: 20, max_percent: 5%}\n", "", "E0701", "wecom/delete_user"),
        (
            "ref: wecom_main}",
            "ref: wecom_main, corp_secret: aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC}",
            "E0702",
            "aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC",
        ),
        ("    approval: {when: always}\n", "", "E0703", "wecom/delete_user"),
        ("{suffix: x}", "{suffix: \"password: Welcome123\"}", "E0706", "Welcome123"),
        (", timezone: Asia/Shanghai", "", "W0802", "{cron: \"0 2 * * *\"}"),
        ("{suffix: x}", "{suffix: x, other: y}", "W0803", "other"),
        ("if: inputs.deep", "if: \"'inputs.mode' != 'full'\"", "W0813", "\"'inputs.mode' != 'full'\""),
        ("    name: {zh: 更新人员, en: Update users}\n", "", "W0807", "update_user"),
    ];
    let mut wrong = String::new();
    for (from, to, code, under) in table {
        let (shown, found) = found(from, to);
        // Whoever tells two steps apart by a broken rule may find the second step broken too; the first must be this.
        let expected = (*code, (*under).to_string());
        let others: Vec<_> = found.iter().filter(|finding| finding.0 != *code && finding.0.starts_with('E')).collect();
        if !found.contains(&expected) || !others.is_empty() {
            wrong.push_str(&format!("{from}\n  -> {to}\n  expected {expected:?}, found {found:?}\n{shown}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_code_of_the_table_is_tested() {
    let here = concat!(
        include_str!("broken.rs"),
        include_str!("newer.rs"),
        include_str!("../../../tests/it/roster.rs"),
        include_str!("../expression/tests.rs"),
        include_str!("../yaml/tests.rs")
    );
    for row in codes::CODES {
        assert!(here.contains(&format!("\"{}\"", row.code)), "{} has no test", row.code);
    }
}

#[test]
fn several_connections_are_all_shown() {
    let (_, found) = found(
        "  wecom: {type: wecom, ref: wecom_main}",
        "  wecom_a: {type: wecom, ref: wecom_main}\n  wecom_b: {type: wecom, ref: wecom_sub}",
    );
    assert!(found.contains(&("E0504", "wecom/create_user".to_string())), "{found:?}");
}

#[test]
fn a_file_step_needs_its_parameters() {
    let text = "dsl: 1\nid: x\non: {manual: {}}\nconnections: {csv: {type: csv, ref: import}}\nsteps:\n  - id: read\n    \
                name: {zh: 读, en: Read}\n    uses: csv/read\n    with: {path: a.csv, key: id, columns: {}}\n  - id: again\n    \
                name: {zh: 读, en: Read}\n    uses: csv/read\n    with: {key: id, columns: {id: id}}\n";
    let outcome = compiled(text);
    let source = Source::new("flow.yaml", text);
    let found: Vec<_> = outcome.diagnostics.iter().map(|finding| (finding.code, source.slice(finding.span))).collect();
    assert_eq!(found, [("E0402", "{}"), ("E0503", "csv/read")], "{}", shown(text, &outcome));
}

#[test]
fn fixes_mend_the_file() {
    for (from, to) in [
        ("timeout: 2h", "timeOut: 2h"),
        ("id: push", "id: Push-All"),
        ("timeout: 2h", "timeout: PT2H"),
        ("source_shrink: 10%", "source_shrink: 10"),
        ("on:\n  manual", "true:\n  manual"),
        ("      name: \"{{source.name}}\"\n      parentid", "      name: {{source.name}}\n      parentid"),
        ("{{source.mobile}}", "{{source.mobil}}"),
        ("if: inputs.deep", "if: \"{{inputs.deep}}\""),
        ("{value: \"{{source.mobile}}\", when_empty: omit}", "\"{{source.mobile}}\""),
        ("{value: \"{{source.mobile}}\", when_empty: omit}", "{value: \"{{source.mobile}}\"}"),
        ("{value: \"{{source.username}}\", write: create}", "\"{{source.username}}\""),
        (", order: parents_first", ""),
        ("\"disabled\"]", "\"disable\"]"),
        ("uses: wecom/update_user", "uses: wecom/updat_user"),
        ("Asia/Shanghai", "Asia/Beijing"),
        (", timezone: Asia/Shanghai", ""),
        ("    uses: wecom/delete_user\n", "    uses: wecom/delete_user\n    needs: []\n"),
    ] {
        let broken = GOOD.replace(from, to);
        let outcome = compiled(&broken);
        let mut fixes: Vec<_> = outcome.diagnostics.iter().flat_map(|finding| finding.fixes.clone()).collect();
        assert!(!fixes.is_empty(), "no fix for {to}\n{}", shown(&broken, &outcome));
        fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
        let mut mended = broken.clone();
        for fix in fixes {
            mended.replace_range(fix.span.range(), &fix.text);
        }
        let again = compiled(&mended);
        assert!(again.diagnostics.is_empty(), "{to}\n{}", shown(&mended, &again));
    }
}

#[test]
fn a_secret_is_not_repeated() {
    let (shown, _) = found("suffix: x", "suffix: x, api_token: aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC");
    let outcome = compiled(&GOOD.replace("suffix: x", "suffix: x, api_token: aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1bC"));
    assert!(outcome.diagnostics.iter().any(|finding| finding.code == "E0702"), "{shown}");
    for finding in &outcome.diagnostics {
        assert!(!format!("{} {:?}", finding.message.en, finding.help).contains("aB3dE5"));
    }
}
