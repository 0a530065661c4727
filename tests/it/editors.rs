//! What editors, code review and scripts get of the compiler: the language server, the schema, SARIF, pages and mends.

use serde_json::{Value, json};

use super::support::{House, editor::Editor};

const URI: &str = "file:///flows/%E5%90%8C%E6%AD%A5.yaml";

/// A file with Chinese text before the places that matter, and two mistakes.
const FLOW: &str = r#"# 企业微信 🙂
dsl: 1
id: push
name: {zh: 推送, en: Push}
on: {manual: {}}
connections:
  directory: {type: directory, ref: default}
  wecom: {type: wecom, ref: wecom_main}
mappings:
  user:
    from: directory/user
    to: wecom/user
    match: [linked]
    fields:
      userid: {value: "{{source.username}}", write: create}
      name: "姓名🙂{{source.nam}}"
      department: "{{target_ids source.departments}}"
steps:
  - {id: read, name: {zh: 读取, en: Read}, uses: directory/read}
  - {id: push, name: {zh: 推送成员🙂, en: Push}, uses: wecom/creat_user, map: user, foreach: {in: steps.read.outputs.users}}
"#;

/// Line and UTF-16 column, from 0, of the first `word`.
fn place(text: &str, word: &str) -> (usize, usize) {
    let at = text.find(word).unwrap_or_else(|| panic!("no {word}"));
    let start = text[..at].rfind('\n').map_or(0, |place| place + 1);
    (text[..at].matches('\n').count(), text[start..at].encode_utf16().count())
}

fn after(text: &str, word: &str) -> (usize, usize) {
    let (line, column) = place(text, word);
    (line, column + word.encode_utf16().count())
}

fn labels(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().expect("items").iter().filter_map(|item| item["label"].as_str()).collect()
}

#[test]
fn a_file_is_edited() {
    let house = House::new();
    let (mut editor, can) = Editor::greeted(house.command(&["lsp"]));
    assert_eq!(can["capabilities"]["hoverProvider"], true);
    let mut found = editor.open(URI, 1, FLOW);
    // What only the misspelt action would use is unused.
    found.retain(|finding| finding["severity"] == 1);
    let codes: Vec<&str> = found.iter().filter_map(|finding| finding["code"].as_str()).collect();
    assert_eq!(codes, ["E0401", "E0501"], "{found:#?}");
    for (finding, word) in found.iter().zip(["source.nam}}", "wecom/creat_user"]) {
        let (line, column) = place(FLOW, word);
        assert_eq!(finding["range"]["start"], json!({"line": line, "character": column}), "{finding}");
    }

    let (line, column) = place(FLOW, "wecom/creat_user");
    let range = json!({"start": {"line": line, "character": column}, "end": {"line": line, "character": column}});
    let context = json!({"diagnostics": []});
    let actions = editor
        .ask("textDocument/codeAction", json!({"textDocument": {"uri": URI}, "range": range, "context": context}));
    let edit = &actions[0]["edit"]["changes"][URI][0];
    assert_eq!(edit["newText"], "wecom/create_user", "{actions}");
    assert_eq!(edit["range"]["start"]["character"], column);
    let context = json!({"diagnostics": [], "only": ["source.fixAll"]});
    let actions = editor
        .ask("textDocument/codeAction", json!({"textDocument": {"uri": URI}, "range": range, "context": context}));
    let whole = actions[0]["edit"]["changes"][URI][0]["newText"].as_str().expect("a text");
    let mended = FLOW.replace("source.nam}}", "source.name}}").replace("creat_user", "create_user");
    assert_eq!(whole, mended);
    assert!(editor.open(URI, 2, &mended).is_empty());

    let hover = editor.at("textDocument/hover", URI, after(&mended, "wecom/create_u"));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("to_invite")), "{hover}");
    let defined = editor.at("textDocument/definition", URI, after(&mended, "map: us"));
    let (line, column) = place(&mended, "user:\n");
    assert_eq!(
        (&defined["uri"], &defined["range"]["start"]),
        (&URI.into(), &json!({"line": line, "character": column}))
    );
    let made = editor.at("textDocument/completion", URI, after(&mended, "姓名🙂{{source."));
    assert!(labels(&made).contains(&"nickname"), "{made}");
    let item = &made["items"][0]["textEdit"]["range"]["start"];
    let (line, column) = after(&mended, "姓名🙂{{source.");
    assert_eq!(item, &json!({"line": line, "character": column}));

    // Half a line is no YAML any more, and still the right words are offered.
    let broken = mended
        .replace("    match: [linked]\n", "    match: [linked\n")
        .replace("uses: wecom/create_user, map", "uses: wecom/");
    let found = editor.open(URI, 3, &broken);
    assert!(found.iter().any(|finding| finding["code"] == "E0101"), "{found:?}");
    let made = editor.at("textDocument/completion", URI, after(&broken, "uses: wecom/"));
    assert!(labels(&made).contains(&"wecom/create_user"), "{made}");

    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    let told = editor.wait(|message| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"].get("version").is_none()
    });
    assert_eq!(told["params"]["diagnostics"], json!([]));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn findings_are_in_the_language_of_the_editor() {
    let house = House::new();
    let mut editor = Editor::start(house.command(&["lsp"]));
    editor.ask("initialize", json!({"capabilities": {}, "locale": "zh-cn"}));
    let found = editor.open(URI, 1, FLOW);
    assert!(found[0]["message"].as_str().is_some_and(|text| text.contains("没有 `nam` 字段")), "{found:?}");
    // A test beside a workflow is another format.
    assert!(editor.open("file:///flows/x.test.yaml", 1, "workflow: x\ncases: []\n").is_empty());
    assert_eq!(editor.hang_up(), 1);
}

#[test]
fn nothing_that_comes_in_ends_the_server() {
    let house = House::new();
    let mut editor = Editor::start(house.command(&["lsp"]));
    let early = editor.answer("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002, "{early}");
    editor.raw(b"this is no header\r\n\r\nContent-Length: 3\r\n\r\n{{{");
    editor.wait(|message| message["error"]["code"] == -32700);
    editor.raw(b"Content-Length: 17\r\n\r\n{\"jsonrpc\": \"2.0\"");
    editor.wait(|message| message["error"].is_object());
    editor.ask("initialize", json!({"capabilities": {}}));
    for (method, params, code) in [
        ("textDocument/nonsense", json!({}), -32601),
        ("textDocument/completion", json!({"textDocument": 5}), -32602),
        ("textDocument/hover", json!({"textDocument": {"uri": "no uri at all"}, "position": {}}), -32602),
        ("initialize", json!({}), -32600),
    ] {
        let answer = editor.answer(method, params);
        assert_eq!(answer["error"]["code"], code, "{method}: {answer}");
    }
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///never-opened", "version": 1}, "contentChanges": []}),
    );
    editor.tell("textDocument/didOpen", json!([1, 2, 3]));
    let nowhere = json!({"textDocument": {"uri": "file:///never-opened"}, "position": {"line": 4_000_000_000_u32, "character": 4_000_000_000_u32}});
    assert_eq!(editor.ask("textDocument/completion", nowhere), Value::Null);
    for (version, text) in
        ["", "\u{feff}id: x", "{{{{[[[[", "a: &a [*a, *a]", "\t\0\u{1}", "steps:\n- - - -\n  -"].iter().enumerate()
    {
        let version = i32::try_from(version).expect("small") + 1;
        editor.open(URI, version, text);
        let far = json!({"textDocument": {"uri": URI}, "position": {"line": 4_000_000_000_u32, "character": 4_000_000_000_u32}});
        for method in ["textDocument/completion", "textDocument/hover", "textDocument/definition"] {
            editor.ask(method, far.clone());
        }
    }
    assert_eq!(editor.leave(), 0);
}

#[test]
fn files_are_mended_in_place() {
    let house = House::new();
    let file = house.path("flow.yaml");
    std::fs::write(&file, FLOW).expect("written");
    let path = file.display().to_string();
    house.text(&["validate", &path]).expect(1);
    assert_eq!(std::fs::read_to_string(&file).expect("there"), FLOW, "looking changes nothing");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("set");
    }
    let answer = house.text(&["validate", "--fix", "--output", "json", &path]).expect(0).json();
    let entries = answer.as_array().expect("a list");
    assert_eq!(entries.len(), 2, "{answer}");
    assert!(entries.iter().all(|entry| entry["fixed"] == true && entry["line"].as_u64().is_some()));
    let mended = FLOW.replace("source.nam}}", "source.name}}").replace("creat_user", "create_user");
    assert_eq!(std::fs::read_to_string(&file).expect("there"), mended);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
    }
    let beside = std::fs::read_dir(file.parent().expect("a folder")).expect("read");
    assert!(
        !beside.flatten().any(|entry| entry.file_name().to_string_lossy().contains(".idflow")),
        "nothing is left over"
    );
    let again = house.text(&["validate", "--fix", &path]).expect(0);
    assert!(!again.err.contains("fixed"), "{}", again.err);
}

#[test]
fn every_form_of_findings() {
    let house = House::new();
    let file = house.path("flow.yaml");
    std::fs::write(&file, FLOW).expect("written");
    let path = file.display().to_string();
    let found = house.text(&["validate", "--output", "json", &path]).expect(1).json();
    for finding in found.as_array().expect("a list") {
        for key in ["code", "severity", "file", "line", "column", "end_line", "end_column", "message", "help", "fixes"]
        {
            assert!(!finding[key].is_null(), "{key} in {finding}");
        }
    }
    let found: Vec<&Value> =
        found.as_array().expect("a list").iter().filter(|finding| finding["severity"] == "error").collect();
    assert_eq!(
        (&found[0]["line"], &found[0]["column"]),
        (&16.into(), &19.into()),
        "characters, not bytes: {}",
        found[0]
    );
    let fix = &found[0]["fixes"][0];
    let bytes = |key: &str| usize::try_from(fix[key].as_u64().expect("a number")).expect("small");
    assert_eq!(&FLOW[bytes("start")..bytes("end")], "source.nam");

    let log = house.text(&["validate", "--output", "sarif", &path]).expect(1).json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    for result in results.iter().filter(|result| result["level"] == "error") {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(region["startLine"].as_u64() > Some(1) && region["byteLength"].as_u64() > Some(0));
        assert!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"].is_string());
    }
    assert_eq!(house.text(&["template", "list", "--output", "sarif"]).code, 2);

    std::fs::write(&file, b"id: \xff\xfe\n").expect("written");
    let found = house.text(&["validate", "--output", "json", &path]).expect(1).json();
    assert_eq!(found[0]["code"], "E0101");
    house.text(&["validate", &house.path("missing.yaml").display().to_string()]).expect(1);
    assert_eq!(house.text(&["validate"]).code, 2);
}

#[test]
fn codes_are_explained() {
    let house = House::new();
    let page = house.text(&["explain", "e0508", "--lang", "zh"]).expect(0);
    assert!(page.out.contains("错误的写法") && page.out.contains("E0508"));
    let page = house.text(&["explain", "E0508", "--both"]).expect(0);
    assert!(page.out.contains("错误的写法") && page.out.contains("How to fix it"));
    let list = house.text(&["explain"]).expect(0);
    assert!(list.out.contains("W0802") && list.out.contains("E0101"));
    let unknown = house.text(&["explain", "E0580"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("E05"), "{}", unknown.err);
    let page = house.text(&["explain", "W0802", "--output", "json"]).expect(0).json();
    assert!(page["wrong"].is_string() && page["title"]["zh"].is_string());
}

#[test]
fn the_schema_is_printed() {
    let house = House::new();
    let schema = house.text(&["schema"]).expect(0).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
