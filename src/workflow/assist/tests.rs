//! Places in good, broken and half-typed files.

use super::*;
use crate::workflow::{Environment, tests::connectors};

const FLOW: &str = r#"# 同步
dsl: 1
id: push
on:
  manual:
    inputs:
      deep: {type: boolean, default: false}
  schedule:
    - {cron: "0 2 * * *", timezone: Asia/Shanghai}
connections:
  directory: {type: directory, ref: default}
  wecom: {type: wecom, ref: wecom_main}
  hr: {type: csv, ref: import}
vars: {suffix: x, tree: {leaf: 1}}
concurrency: {group: "wecom/{{connections.wecom.corp_id}}", on_conflict: queue}
mappings:
  user:
    from: directory/user
    to: wecom/user
    match: [linked, source.username == target.userid]
    fields:
      userid: {value: "{{source.username}}", write: create}
      name: "{{source.name}}"   # 姓名
      department: "{{target_ids source.departments}}"
  person:
    from: csv/row
    to: directory/user
    match: [linked]
    fields:
      username: "{{source.id}}"
steps:
  - id: file
    uses: csv/read
    with: {path: a.csv, key: id, columns: {id: 工号, full_name: 姓名}, where: 'row.id != ""'}
  - id: upsert
    uses: directory/upsert_user
    map: person
    foreach: {in: steps.file.outputs.rows}
  - id: read
    uses: directory/read
    with:
      users: {where: 'user.status == "active"'}
  - id: create_user
    uses: wecom/create_user
    map: user
    if: inputs.deep
    needs: [read, upsert]
    with: {to_invite: false}
    foreach: {in: steps.read.outputs.users}
"#;

fn document<'a>(text: &'a str, all: &'a [&'static idflow_sdk::ConnectorSpec]) -> Document<'a> {
    Document::new(text, Environment::new(all))
}

/// The suggestions where `|` stands after the replacement.
fn offered(from: &str, to: &str) -> Vec<Suggestion> {
    assert_eq!(FLOW.matches(from).count(), 1, "`{from}` must occur once");
    let marked = FLOW.replace(from, to);
    let offset = marked.find('¦').expect("a cursor");
    let text = marked.replace('¦', "");
    document(&text, &connectors()).complete(offset)
}

fn labels(from: &str, to: &str) -> Vec<String> {
    offered(from, to).into_iter().map(|made| made.label).collect()
}

#[test]
fn what_can_be_written() {
    let table: &[(&str, &str, &[&str], &[&str])] = &[
        // from, to, offered, not offered
        ("dsl: 1\n", "dsl: 1\ntim¦\n", &["timeout", "safety", "finally"], &["steps", "uses"]),
        ("dsl: 1\n", "dsl: 1\n¦\n", &["timeout", "safety"], &["mappings"]),
        ("  schedule:\n", "  ¦\n  schedule:\n", &[], &["manual", "cron"]),
        ("timezone: Asia/Shanghai", "timezone: Asia/S¦", &["Asia/Shanghai", "Asia/Seoul"], &[]),
        ("timezone: Asia/Shanghai", "¦", &["timezone", "catchup"], &["cron"]),
        ("type: wecom, ref", "type: ¦, ref", &["wecom", "csv", "directory"], &[]),
        ("on_conflict: queue", "on_conflict: ¦", &["queue", "skip", "cancel_running"], &["hold"]),
        ("{{connections.wecom.corp_id}}", "{{connections.¦}}", &["wecom", "directory"], &["inputs"]),
        ("{{connections.wecom.corp_id}}", "{{connections.wecom.¦}}", &["corp_id", "name"], &["contacts_secret"]),
        ("{{connections.wecom.corp_id}}", "{{v¦}}", &["vars", "lower", "run"], &["size"]),
        ("{{connections.wecom.corp_id}}", "{{vars.tree.¦", &["leaf"], &["suffix"]),
        ("{{connections.wecom.corp_id}}", "{{run.¦}}", &["number", "url"], &[]),
        ("    from: directory/user", "    from: ¦", &["directory/user", "csv/row", "wecom/department"], &[]),
        (
            "    match: [linked, source.username == target.userid]",
            "    match: [¦]",
            &["linked", "source", "target"],
            &["run"],
        ),
        ("== target.userid", "== target.¦", &["userid", "mobile"], &["username"]),
        ("\"{{source.username}}\", write", "\"{{source.¦}}\", write", &["username", "mobile"], &["userid"]),
        ("\"{{source.username}}\", write", "\"{{lower source.em¦\", write", &["email"], &[]),
        ("write: create}", "write: ¦}", &["create", "always", "fill"], &[]),
        ("write: create}", "¦}", &["when_empty", "when_unresolved"], &["value"]),
        ("      name: \"{{source.name}}\"   # 姓名\n", "      ¦\n", &["name", "mobile", "enable"], &["userid", "id"]),
        (
            "      name: \"{{source.name}}\"   # 姓名\n",
            "      name: ¦\n",
            &["{{source.name}}"],
            &["{{source.departments}}"],
        ),
        ("      name: \"{{source.name}}\"   # 姓名\n", "      name: {{source.¦\n", &["name", "nickname"], &[]),
        ("\"{{target_ids source.departments}}\"", "¦", &["{{target_ids source.departments}}"], &["{{source.name}}"]),
        ("      username: \"{{source.id}}\"", "      username: \"{{source.¦", &["id", "full_name"], &["username"]),
        ("'row.id != \"\"'", "'row.¦'", &["full_name"], &[]),
        ("'user.status == \"active\"'", "'user.¦'", &["status", "mobile"], &[]),
        ("'user.status == \"active\"'", "'user.status == \"¦\"'", &["active", "left"], &["mobile"]),
        ("'user.status == \"active\"'", "'si¦'", &["size", "user", "inputs"], &["lower"]),
        ("    uses: wecom/create_user", "    uses: wecom/¦", &["wecom/create_user", "directory/read"], &[]),
        (
            "    uses: wecom/create_user\n    map: user\n",
            "    uses: wecom/create_user\n    map: ¦\n",
            &["user"],
            &["person"],
        ),
        (
            "    uses: wecom/create_user\n",
            "    uses: wecom/create_user\n    connection: ¦\n",
            &["wecom"],
            &["directory"],
        ),
        (
            "    uses: wecom/create_user\n",
            "    uses: wecom/create_user\n    ¦\n",
            &["retry", "approval", "timeout"],
            &["map", "uses", "cron"],
        ),
        (
            "    uses: wecom/create_user\n",
            "    uses: wecom/create_user\n    approval:\n      ¦\n",
            &["when", "by"],
            &["uses"],
        ),
        ("    needs: [read, upsert]", "    needs: [read, ¦]", &["upsert", "file"], &["create_user"]),
        ("    needs: [read, upsert]", "    needs:\n      - ¦", &["upsert", "file"], &["create_user"]),
        ("    if: inputs.deep", "    if: inputs.¦", &["deep"], &[]),
        ("{to_invite: false}", "{¦}", &["to_invite"], &[]),
        ("{to_invite: false}", "{to_invite: ¦}", &["true", "false"], &[]),
        ("steps.read.outputs.users}", "steps.¦}", &["read", "file"], &[]),
        ("steps.read.outputs.users}", "steps.read.¦}", &["outputs", "status"], &[]),
        ("steps.read.outputs.users}", "steps.read.outputs.¦}", &["users", "removed_users"], &["rows"]),
        ("steps.read.outputs.users}", "steps.read.outputs.users, ¦}", &["order", "max_failures"], &["in"]),
        ("steps.read.outputs.users}", "steps.read.outputs.users, order: ¦", &["parents_first"], &[]),
        // Nothing above the cursor has to be right.
        (
            "  directory: {type: directory, ref: default}\n",
            "  directory: {type: directory, ref: def\n  broken\n  x: {type: ¦}\n",
            &["wecom"],
            &[],
        ),
    ];
    let mut wrong = String::new();
    for (from, to, wanted, unwanted) in table {
        let labels = labels(from, to);
        for word in *wanted {
            if !labels.iter().any(|label| label == word) {
                wrong.push_str(&format!("{to:?}: `{word}` is missing in {labels:?}\n"));
            }
        }
        for word in *unwanted {
            if labels.iter().any(|label| label == word) {
                wrong.push_str(&format!("{to:?}: `{word}` should not be offered\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn suggestions_replace_what_was_typed() {
    for (from, to, label, result) in [
        ("timezone: Asia/Shanghai", "timezone: Asia/S¦h", "Asia/Seoul", "timezone: Asia/Seoul}"),
        ("timezone: Asia/Shanghai", "timezone: \"Asia/S¦h\"", "Asia/Seoul", "timezone: \"Asia/Seoul\"}"),
        ("    uses: wecom/create_user", "    us¦", "uses", "    uses: \n"),
        ("\"{{source.username}}\", write", "\"{{source.us¦ername}}\", write", "mobile", "\"{{source.mobile}}\", write"),
        ("      name: \"{{source.name}}\"", "      name: ¦", "{{source.name}}", "      name: \"{{source.name}}\"   #"),
    ] {
        let marked = FLOW.replace(from, to);
        let offset = marked.find('¦').expect("a cursor");
        let mut text = marked.replace('¦', "");
        let all = connectors();
        let made = document(&text, &all).complete(offset);
        let made = made.into_iter().find(|made| made.label == label).unwrap_or_else(|| panic!("no {label} for {to}"));
        text.replace_range(made.replace.range(), &made.insert);
        assert!(text.contains(result), "{to}: {text}");
    }
}

fn place(text: &str, word: &str, skip: usize) -> usize {
    text.match_indices(word).nth(skip).unwrap_or_else(|| panic!("no {word}")).0 + 1
}

#[test]
fn what_stands_there() {
    let all = connectors();
    let document = document(FLOW, &all);
    for (word, skip, wanted) in [
        ("on_conflict", 0, "cancel_running"),
        ("uses", 0, "connector/action"),
        ("wecom/create_user", 0, "to_invite"),
        ("to_invite", 0, "invitation"),
        ("department:", 0, "at most 100"),
        ("target_ids", 0, "referred objects"),
        ("username}}", 0, "account name"),
        ("outputs.users", 0, "what it gives"),
        ("deep\n", 0, "input"),
        ("timezone", 0, "default: `UTC`"),
    ] {
        let hover = document.hover(place(FLOW, word, skip)).unwrap_or_else(|| panic!("nothing about {word}"));
        assert!(hover.en.contains(wanted), "{word}: {}", hover.en);
        assert!(!hover.zh.is_empty());
    }
    let noted = "# see E0508\nid: x\n";
    assert!(super::Document::new(noted, Environment::new(&all)).hover(8).unwrap().en.contains("required target field"));
}

#[test]
fn where_it_is_defined() {
    let all = connectors();
    let document = document(FLOW, &all);
    for (word, skip, wanted) in [
        ("upsert]", 0, "- id: upsert"),
        ("needs: [read", 0, "- id: read"),
        ("map: user", 0, "  user:\n    from"),
        ("steps.read.outputs.users", 0, "- id: read"),
        ("inputs.deep", 0, "      deep:"),
        ("connections.wecom", 0, "  wecom: {"),
        ("wecom/create_user", 0, "  wecom: {"),
    ] {
        let shift = word.rfind(['.', ' ', '[']).map_or(0, |dot| dot + 1);
        let span = document.define(place(FLOW, word, skip) + shift).unwrap_or_else(|| panic!("no place for {word}"));
        let at = FLOW.find(wanted).unwrap();
        assert!((at..at + wanted.len()).contains(&span.start), "{word}: {}", &FLOW[span.start..]);
    }
    assert!(document.define(0).is_none());
}

#[test]
fn every_place_of_every_cut_is_answered() {
    let all = connectors();
    for cut in (0..FLOW.len()).step_by(7).filter(|cut| FLOW.is_char_boundary(*cut)) {
        let text = &FLOW[..cut];
        let document = document(text, &all);
        for offset in [cut, cut / 2, usize::MAX] {
            let _ = document.complete(offset);
            let _ = document.hover(offset);
            let _ = document.define(offset);
        }
    }
}
