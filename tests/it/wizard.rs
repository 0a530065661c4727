//! From a template to a workflow that is live, over the API alone: connections and their forms, the compiler over text that
//! is not saved, drafts and versions, a folder applied as a whole.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use idflow::{
    app::{App, Caller, Settings, caller::Permission},
    engine::clock::SystemClock,
    model::id::Tenant,
    server::{Shared, routes},
    store::location::Location,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Corp, House, corp};

/// The operations as an owner sees them.
struct Api {
    router: Router,
    _folder: tempfile::TempDir,
}

/// What an answer says.
struct Said {
    status: u16,
    tag: String,
    body: Value,
}

impl Said {
    #[track_caller]
    fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    #[track_caller]
    fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}", self.body);
        self.body
    }
}

impl Api {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            data_dir: folder.path().into(),
            store: Location::Memory,
            master_key: Some("0".repeat(64)),
            clock: Arc::new(SystemClock),
            disk_floor: 0,
            at_work: None,
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let app = App::open(settings).await.expect("an application");
        let shared = Shared { app: Arc::new(app), door: None };
        let mut caller = Caller::local(Tenant::default_tenant(), "wang.min");
        caller.permissions.extend(Permission::ALL);
        Self { router: routes::router().layer(Extension(caller)).with_state(shared), _folder: folder }
    }

    async fn call(&self, method: Method, path: &str, tag: &str, body: &Value) -> Said {
        let mut request = Request::builder().method(method).uri(path);
        if !tag.is_empty() {
            request = request.header(header::IF_MATCH, tag);
        }
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status().as_u16();
        let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_string();
        let bytes = to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
        let body =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
        Said { status, tag, body }
    }

    async fn get(&self, path: &str) -> Said {
        self.call(Method::GET, path, "", &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value) -> Said {
        self.call(Method::POST, path, "", body).await
    }
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work);
}

fn fields(refused: &Value) -> Vec<String> {
    let errors = refused["errors"].as_array().into_iter().flatten();
    errors.filter_map(|one| one["field"].as_str().map(ToString::to_string)).collect()
}

fn wecom(agent: &str) -> Value {
    json!({"connector": "wecom", "name": "main", "only_new": true,
        "settings": {"corp_id": "ww0123456789abcdef", "agent_id": agent, "title": "集团"},
        "secrets": {"app_secret": "s3cret-s3cret-s3cret"}})
}

#[test]
fn a_form_is_drawn_from_the_connector_and_tells_all_that_is_wrong_by_field() {
    run(async {
        let api = Api::new().await;
        let all = api.get("/connectors").await.is(200);
        let connectable: Vec<&str> = all["items"]
            .as_array()
            .expect("connectors")
            .iter()
            .filter(|one| one["connectable"] == true)
            .filter_map(|one| one["connector"].as_str())
            .collect();
        assert!(connectable.contains(&"wecom") && !connectable.contains(&"directory"), "{connectable:?}");
        let one = api.get("/connectors/wecom").await.is(200);
        let setting = |name: &str| {
            one["settings"].as_array().expect("settings").iter().find(|one| one["name"] == name).expect(name).clone()
        };
        let timeout = setting("timeout_ms");
        assert_eq!((&timeout["kind"], &timeout["unit"]["en"]), (&json!("number"), &json!("ms")));
        assert_eq!(
            (&timeout["min"], &timeout["max"], &timeout["default"]),
            (&json!(100), &json!(120_000), &json!("10000"))
        );
        let corp = setting("corp_id");
        assert!(corp["find"]["zh"].as_str().is_some_and(|find| find.contains("企业信息")), "{corp}");
        assert!(corp["link"].is_string() && corp["identity"] == true && corp["title"]["zh"] == "企业ID", "{corp}");
        assert_eq!(setting("source_root")["choices"].as_array().map(Vec::len), Some(3));
        assert_eq!(setting("contacts_secret")["secret"], true);
        // What is wrong is told at once, each with its field.
        let wrong = json!({"connector": "wecom", "name": "Main 1",
            "settings": {"corp_id": "1000002", "timeout_ms": "5", "nonsense": "x"}, "secrets": {"app_secret": "a b"}});
        let refused = api.post("/connections", &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let mut named = fields(&refused.body);
        named.sort();
        assert_eq!(
            named,
            ["name", "secrets.app_secret", "settings.corp_id", "settings.nonsense", "settings.timeout_ms"]
        );
        // A pair: the secret of the app without its number.
        let alone = json!({"connector": "wecom", "name": "main", "settings": {"corp_id": "ww0123456789abcdef"},
            "secrets": {"app_secret": "s3cret-s3cret"}});
        let refused = api.post("/connections", &alone).await.refused(422, "connection_wrong");
        assert_eq!(fields(&refused), ["settings.agent_id"]);
        assert_eq!(api.get("/connections").await.is(200)["items"], json!([]), "nothing was stored");
    });
}

#[test]
fn a_connection_changes_by_parts_and_never_shows_its_secrets() {
    run(async {
        let api = Api::new().await;
        let made = api.post("/connections", &wecom("1000002")).await;
        let tag = made.tag.clone();
        let made = made.is(200);
        assert!(made["secrets_set"][0]["set"].is_string(), "{made}");
        let refused = api.post("/connections", &wecom("1000003")).await.refused(409, "connection_name_taken");
        assert_eq!(fields(&refused), ["name"]);
        // The same account under another name: AppKey重复.
        let mut double = wecom("1000002");
        double["name"] = "second".into();
        let refused = api.post("/connections", &double).await.refused(409, "connection_double");
        assert_eq!(fields(&refused), ["settings.corp_id"]);
        let path = "/connections/main";
        let changed =
            api.call(Method::PATCH, path, &tag, &json!({"settings": {"timeout_ms": " 2000 ", "title": null}})).await;
        let newer = changed.tag.clone();
        let changed = changed.is(200);
        assert_eq!((&changed["settings"]["timeout_ms"], &changed["title"]), (&json!("2000"), &json!("main")));
        assert_eq!(
            (&changed["secrets"], changed["notices"].as_array().map(Vec::len)),
            (&json!(["app_secret"]), Some(1))
        );
        assert_ne!(tag, newer);
        // Whoever saw it as it was before undoes nothing.
        api.call(Method::PATCH, path, &tag, &json!({"settings": {"timeout_ms": "3000"}}))
            .await
            .refused(412, "changed_since");
        // A required value cannot be taken away.
        let gone = api.call(Method::PATCH, path, &newer, &json!({"settings": {"corp_id": null}})).await;
        let refused = gone.refused(422, "setting_needed");
        assert_eq!(fields(&refused), ["settings.corp_id"]);
        let shown = api.get(path).await.is(200);
        assert_eq!((&shown["settings"]["timeout_ms"], &shown["uses"]), (&json!("2000"), &json!([])));
        assert!(!shown.to_string().contains("s3cret"), "{shown}");
    });
}

#[test]
fn settings_are_tried_before_they_are_saved_and_secrets_before_they_replace_others() {
    let corp = Corp::start();
    run(async {
        let api = Api::new().await;
        let settings = json!({"corp_id": corp::CORP_ID, "base_url": corp.base_url()});
        let good = json!({"settings": settings, "secrets": {"contacts_secret": corp::CONTACTS_SECRET}});
        let report = api.post("/connectors/wecom/test", &good).await.is(200);
        assert_eq!(report["ok"], true, "{report}");
        let bad = json!({"settings": settings, "secrets": {"contacts_secret": "another-secret-another-secret"}});
        let report = api.post("/connectors/wecom/test", &bad).await.is(200);
        assert_eq!(report["ok"], false, "{report}");
        assert_eq!(api.get("/connections").await.is(200)["items"], json!([]), "a test keeps nothing");
        let new = json!({"connector": "wecom", "name": "main", "settings": settings,
            "secrets": {"contacts_secret": corp::CONTACTS_SECRET}});
        let made = api.post("/connections", &new).await.is(200);
        // What is not given is taken from the connection.
        let trial = json!({"connection": "main", "settings": {"timeout_ms": "3000"}});
        assert_eq!(api.post("/connectors/wecom/test", &trial).await.is(200)["ok"], true);
        // A secret that does not work does not replace one that does.
        let wrong = json!({"secrets": {"contacts_secret": "another-secret-another-secret"}});
        let kept = api.post("/connections/main/rotate", &wrong).await.is(200);
        assert_eq!((&kept["rotated"], &kept["connection"]["etag"]), (&json!(false), &made["etag"]), "{kept}");
        assert_eq!(api.post("/connections/main/test", &Value::Null).await.is(200)["ok"], true);
        let right = json!({"secrets": {"contacts_secret": corp::CONTACTS_SECRET}});
        let done = api.post("/connections/main/rotate", &right).await.is(200);
        assert_eq!((&done["rotated"], &done["report"]["ok"]), (&json!(true), &json!(true)));
        assert_eq!(api.get("/connections/main").await.is(200)["tested"]["ok"], true);
    });
}

#[test]
fn the_compiler_looks_at_text_that_is_not_saved() {
    run(async {
        let api = Api::new().await;
        let text =
            api.get("/templates/wecom_downstream_full").await.is(200)["text"].as_str().expect("text").to_string();
        let checked = api.post("/compiler/validate", &json!({"text": text})).await;
        assert!(!checked.tag.is_empty());
        let checked = checked.is(200);
        assert_eq!((&checked["ok"], &checked["outline"]["id"]), (&json!(true), &json!("wecom_downstream_full")));
        assert_eq!(checked["outline"]["content"]["safety"]["source_shrink"], "10%");
        // Positions: a column in UTF-16 units, bytes and characters, behind a character of two units.
        let odd = "dsl: 1\nid: a\nname: \"\u{1F600}\" # x\nstepz: []\n";
        let found = api.post("/compiler/validate", &json!({"text": odd})).await.is(200);
        let finding =
            found["findings"].as_array().expect("findings").iter().find(|one| one["code"] == "E0201").expect("E0201");
        assert_eq!((&finding["line"], &finding["start"]), (&json!(4), &json!(odd.find("stepz").expect("there"))));
        // The picture of a text with an error, with the error at its node.
        let broken = text.replace("uses: wecom/create_user", "uses: wecom/creat_user");
        let graph = api.post("/compiler/graph", &json!({"text": broken})).await.is(200);
        let node =
            |id: &str| graph["nodes"].as_array().expect("nodes").iter().find(|one| one["id"] == id).expect(id).clone();
        assert_eq!((&graph["ok"], &node("create_user")["errors"]), (&json!(false), &json!(1)), "{graph}");
        assert_eq!(node("update_user")["connection"], "wecom_main");
        assert_eq!(graph["nodes"][0]["kind"], "trigger");
        assert!(
            graph["edges"]
                .as_array()
                .is_some_and(|edges| edges.contains(&json!({"from": "create_user", "to": "update_user"})))
        );
        // Completion, hover and definition at a place.
        let line = 1 + text.lines().position(|line| line.contains("uses: wecom/create_user")).expect("a line");
        let column = 1 + text.lines().nth(line - 1).expect("the line").find("create_user").expect("a column");
        let at = |column: usize| json!({"text": text, "line": line, "utf16_column": column});
        let made = api.post("/compiler/complete", &at(column + 2)).await.is(200);
        assert!(
            made["items"].as_array().is_some_and(|items| items.iter().any(|one| one["label"] == "wecom/update_user"))
        );
        let hover = api.post("/compiler/hover", &at(column + 2)).await.is(200);
        assert!(hover["text"]["zh"].as_str().is_some_and(|text| text.contains("wecom/create_user")), "{hover}");
        let place = api.post("/compiler/definition", &at(column + 2)).await.is(200);
        let start = usize::try_from(place["range"]["start"].as_u64().expect("a place")).expect("small");
        assert!(text[start..].starts_with("wecom"), "{place}");
        // An edit by path keeps comments and order.
        let edits = json!([
            {"path": ["safety", "create", "max"], "value": 50},
            {"path": ["steps", "create_user", "with", "to_invite"], "value": true},
            {"path": ["on", "schedule"], "value": [{"cron": "0 2 * * *", "timezone": "Asia/Shanghai"}]},
        ]);
        let edited = api.post("/compiler/edit", &json!({"text": text, "edits": edits})).await.is(200);
        assert_eq!((&edited["ok"], &edited["changed"]), (&json!(true), &json!(true)), "{}", edited["findings"]);
        let new = edited["text"].as_str().expect("text");
        let comments = |text: &str| text.lines().filter(|line| line.trim_start().starts_with('#')).count();
        assert_eq!(comments(new), comments(&text));
        assert_eq!(edited["outline"]["content"]["safety"]["create"]["max"], 50);
        assert_eq!(edited["outline"]["content"]["on"]["schedule"][0]["cron"], "0 2 * * *");
        let nowhere = json!({"text": text, "edits": [{"path": ["steps", "nobody", "with"], "value": 1}]});
        api.post("/compiler/edit", &nowhere).await.refused(404, "edit_no_place");
    });
}

#[test]
fn from_a_template_to_a_live_workflow_by_one_draft() {
    let corp = Corp::start();
    run(async {
        let api = Api::new().await;
        // The gallery: 下游同步 → 企业微信 → 企业微信下游全量同步.
        let shelf = api.get("/templates?category=downstream&app=wecom").await.is(200);
        let full = shelf["items"].as_array().expect("items").iter().find(|one| one["id"] == "wecom_downstream_full");
        let full = full.expect("the template");
        assert_eq!(
            (&full["category"]["title"]["zh"], &full["app"]["title"]["zh"]),
            (&json!("下游同步"), &json!("企业微信"))
        );
        let needs = api.get("/templates/wecom_downstream_full/prerequisites").await.is(200);
        let missing = |needs: &Value| -> Vec<String> {
            let items = needs["items"].as_array().expect("items").iter();
            items
                .filter(|one| one["ok"] == false)
                .map(|one| one["kind"].as_str().unwrap_or_default().to_string())
                .collect()
        };
        assert_eq!(missing(&needs), ["people", "connection"]);
        let settings = json!({"corp_id": corp::CORP_ID, "base_url": corp.base_url()});
        let new = json!({"connector": "wecom", "name": "main", "settings": settings,
            "secrets": {"contacts_secret": corp::CONTACTS_SECRET}});
        api.post("/connections", &new).await.is(200);
        let needs = api.get("/templates/wecom_downstream_full/prerequisites?connection=main").await.is(200);
        assert_eq!(missing(&needs), ["people"], "{needs}");
        // One draft; it can be saved with errors, and says them.
        let draft = api.post("/templates/wecom_downstream_full/drafts", &json!({"id": "push"})).await;
        let tag = draft.tag.clone();
        let draft = draft.is(200);
        assert_eq!(
            (&draft["id"], &draft["checked"]["ok"]),
            (&json!("push"), &json!(true)),
            "{}",
            draft["checked"]["findings"]
        );
        api.post("/templates/wecom_downstream_full/drafts", &json!({"id": "push"})).await.refused(409, "draft_taken");
        let used = api.call(Method::POST, "/drafts/push/connection", &tag, &json!({"name": "main"})).await;
        let tag = used.tag.clone();
        let used = used.is(200);
        assert!(
            used["text"].as_str().is_some_and(|text| text.contains("wecom: {type: wecom, ref: main}")),
            "{}",
            used["text"]
        );
        let broken = used["text"].as_str().expect("text").replace("steps:", "stepz:");
        let saved = api.call(Method::PUT, "/drafts/push", &tag, &json!({"text": broken})).await;
        let newer = saved.tag.clone();
        assert_eq!(saved.is(200)["checked"]["ok"], false);
        api.post("/drafts/push/save", &json!({})).await.refused(422, "workflow_has_errors");
        api.call(Method::PUT, "/drafts/push", &tag, &json!({"text": "x"})).await.refused(412, "changed_since");
        let mended = api.call(Method::PUT, "/drafts/push", &newer, &json!({"text": used["text"]})).await.is(200);
        assert_eq!((&mended["checked"]["ok"], &mended["by"]), (&json!(true), &json!("wang.min")));
        assert_eq!(api.get("/drafts").await.is(200)["total"], 1);
        // Saved, live, and no draft any more.
        let live = api.post("/drafts/push/activate", &json!({})).await.is(200);
        assert_eq!(
            (&live["state"], &live["active"], &live["template"]),
            (&json!("active"), &json!(1), &json!("wecom_downstream_full"))
        );
        api.get("/drafts/push").await.refused(404, "draft_unknown");
        // In use: with its steps, and it cannot be removed.
        let shown = api.get("/connections/main").await.is(200);
        assert_eq!(shown["uses"][0]["workflow"], "push");
        assert!(
            shown["uses"][0]["steps"].as_array().is_some_and(|steps| steps.contains(&json!("create_user"))),
            "{shown}"
        );
        api.call(Method::DELETE, "/connections/main", "", &Value::Null).await.refused(409, "connection_in_use");
        // The next version, its difference in words, and the way back.
        let begun = api.post("/workflows/push/draft", &json!({})).await.is(200);
        assert_eq!(begun["base"], 1);
        let edits = json!({"edits": [{"path": ["safety", "create", "max"], "value": 50},
            {"path": ["mappings", "user", "fields", "telephone"], "value": "{{source.mobile}}"}]});
        api.post("/drafts/push/edit", &edits).await.is(200);
        let words = |found: &Value| -> Vec<String> {
            let lines = found["lines"].as_array().expect("lines").iter();
            let mut words: Vec<String> =
                lines.filter_map(|one| one["words"]["en"].as_str().map(ToString::to_string)).collect();
            words.sort();
            words
        };
        let found = api.get("/workflows/push/difference").await.is(200);
        assert_eq!(
            words(&found),
            ["adds field `telephone` of mapping `user`", "limit create.max: 500 → 50"],
            "{found}"
        );
        assert!(
            found["unified"].as_str().is_some_and(|text| text.contains("+") && text.contains("version 1")),
            "{found}"
        );
        let removed = json!({"edits": [{"path": ["mappings", "user", "fields", "telephone"], "kind": "remove"}]});
        api.post("/drafts/push/edit", &removed).await.is(200);
        let second = api.post("/drafts/push/save", &json!({"note": "slower"})).await.is(200);
        assert_eq!((&second["version"], &second["active"]), (&json!(2), &json!(1)));
        let back = api.post("/workflows/push/rollback", &json!({"version": 1})).await.is(200);
        assert_eq!(back["version"], 3);
        let versions = api.get("/workflows/push/versions").await.is(200);
        let of = |place: usize, name: &str| versions["items"][place][name].clone();
        assert_eq!((of(0, "version"), of(1, "note"), of(2, "active")), (json!(3), json!("slower"), json!(true)));
        assert_eq!(of(0, "etag"), of(2, "etag"), "the text is the old one");
        let file = api.get("/workflows/push/export?version=2").await.is(200);
        assert!(file.as_str().is_some_and(|text| text.contains("create: {max: 50}")), "{file}");
        // Pauses of several: the number that was seen must be right.
        api.post("/workflow-pauses", &json!({"all": true, "expected": 4})).await.refused(409, "count_differs");
        let paused = api.post("/workflow-pauses", &json!({"all": true, "app": "wecom", "expected": 1})).await.is(200);
        assert_eq!(paused, json!({"paused": ["push"], "skipped": []}));
        assert_eq!(api.get("/workflows?state=paused&recent=30").await.is(200)["total"], 1);
    });
}

#[test]
fn what_is_required_is_told_before_anything_goes_live() {
    run(async {
        let api = Api::new().await;
        let text = |requires: &str| {
            format!(
                "dsl: 1\nid: hello\nname: {{zh: 你好, en: Hello}}\nrequires: {requires}\non: {{manual: {{}}}}\nconnections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  - id: read_directory\n    name: {{zh: 读取, en: Read}}\n    uses: directory/read\n"
            )
        };
        let wrong = api.post("/compiler/validate", &json!({"text": text("{directory: customer}")})).await.is(200);
        assert!(wrong["findings"].to_string().contains("only `employee`"), "{wrong}");
        let newer = json!({"text": text("{engine: \">=99.1\"}")});
        api.post("/workflows", &newer).await.is(200);
        let refused = api.post("/workflows/hello/activate", &json!({})).await.refused(409, "requires_newer");
        assert!(refused["reason"]["en"].as_str().is_some_and(|text| text.contains("99.1.0")), "{refused}");
        api.post("/workflows", &json!({"text": text("{directory: employee, engine: \">=0.1\"}")})).await.is(200);
        api.post("/workflows/hello/activate", &json!({})).await.is(200);
    });
}

#[test]
fn a_folder_is_applied_as_a_whole_or_not_at_all() {
    let house = House::new();
    let folder = house.path("flows");
    std::fs::create_dir(&folder).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
    let flow = |id: &str, more: &str| {
        format!(
            "dsl: 1\nid: {id}\nname: {{zh: 流程, en: Flow}}\non: {{manual: {{}}}}\nconnections:\n  directory: {{type: directory, ref: default}}\n{more}steps:\n  - id: read_directory\n    name: {{zh: 读取, en: Read}}\n    uses: directory/read\n"
        )
    };
    write("one.yaml", &flow("one", "timeout: 1h\n"));
    write("two.yaml", &flow("two", ""));
    let at = folder.display().to_string();
    house.good(&["workflow", "create", "--template", "csv_to_directory"]);
    let kinds = |outcome: &Value| -> Vec<String> {
        let changes = outcome["changes"].as_array().expect("changes").iter();
        changes
            .map(|one| {
                format!("{} {}", one["id"].as_str().unwrap_or_default(), one["kind"].as_str().unwrap_or_default())
            })
            .collect()
    };
    // Differences first; a plan changes nothing, and tells a pipeline by its exit code.
    let plan = house.ask(&["apply", &at, "--plan"]).expect(4).json();
    assert_eq!(kinds(&plan), ["one create", "two create"]);
    assert_eq!(house.good(&["workflow", "list"]).as_array().map(Vec::len), Some(1));
    house.ask(&["apply", &at]).expect(1);
    let done = house.ask(&["apply", &at, "--yes", "--activate"]).expect(0).json();
    assert_eq!(done["applied"], true);
    assert_eq!(house.ask(&["apply", &at, "--plan"]).expect(0).json()["changing"], 0);
    // One file with an error: nothing of the others is applied.
    write("one.yaml", &flow("one", "timeout: 2h\n"));
    write("two.yaml", &flow("two", "timeot: 2h\n"));
    let refused = house.ask(&["apply", &at, "--yes"]).expect(1).json();
    assert_eq!((&refused["ok"], &refused["applied"]), (&json!(false), &json!(false)), "{refused}");
    assert!(refused.to_string().contains("E0201"), "{refused}");
    assert_eq!(house.good(&["workflow", "versions", "one"]).as_array().map(Vec::len), Some(1));
    // What left the folder stays, unless somebody asks; what never was in it is left alone.
    std::fs::remove_file(folder.join("two.yaml")).expect("removed");
    let kept = house.ask(&["apply", &at, "--yes", "--activate"]).expect(0).json();
    assert_eq!(kinds(&kept), ["one update", "two left"]);
    assert_eq!(kept["changes"][0]["lines"][0]["words"]["en"], "`timeout`: 1h → 2h");
    let pruned = house.ask(&["apply", &at, "--yes", "--prune"]).expect(0).json();
    assert_eq!(kinds(&pruned), ["one unchanged", "two archive"]);
    let left: Vec<String> = house
        .good(&["workflow", "list"])
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["id"].as_str().unwrap_or_default().to_string())
        .collect();
    assert_eq!(left, ["csv_to_directory", "one"]);
    let told = house.good(&["workflow", "diff", "one", "--from", "1", "--to", "2"]);
    assert_eq!(told["lines"].as_array().map(Vec::len), Some(1), "{told}");
}

#[test]
fn a_folder_archives_nothing_that_came_from_another() {
    let house = House::new();
    let flow = |folder: &str, id: &str| {
        std::fs::create_dir_all(house.path(folder)).expect("a folder");
        let text = format!(
            "dsl: 1\nid: {id}\nname: {{zh: 流程, en: Flow}}\non: {{manual: {{}}}}\nconnections:\n  directory: {{type: directory, ref: default}}\nsteps:\n  - id: read_directory\n    name: {{zh: 读取, en: Read}}\n    uses: directory/read\n"
        );
        std::fs::write(house.path(folder).join(format!("{id}.yaml")), text).expect("a file");
    };
    let apply = |folder: &str, more: &[&str]| {
        let at = house.path(folder).display().to_string();
        house.ask(&[&["apply", &at, "--yes"][..], more].concat()).expect(0).json()
    };
    let left = || -> Vec<String> {
        let all = house.good(&["workflow", "list"]);
        all.as_array().expect("a list").iter().map(|one| one["id"].as_str().unwrap_or_default().to_string()).collect()
    };
    flow("hr", "one");
    flow("it", "two");
    apply("hr", &["--prune"]);
    let other = apply("it", &["--prune"]);
    assert!(other["notices"][0]["zh"].as_str().is_some_and(|text| text.contains("one")), "{other}");
    assert_eq!(apply("hr", &["--prune"])["changing"], 0);
    assert_eq!(left(), ["one", "two"]);
    // What left the one folder goes, however often the other was applied.
    std::fs::remove_file(house.path("it").join("two.yaml")).expect("removed");
    flow("it", "three");
    apply("it", &["--prune"]);
    assert_eq!(left(), ["one", "three"]);
    // A pipeline checks out elsewhere each time, and says which folder it is.
    apply("it", &["--name", "team"]);
    flow("elsewhere", "four");
    apply("elsewhere", &["--name", "team", "--prune"]);
    assert_eq!(left(), ["four", "one"]);
}
