//! What holds for every operation of the API: edits are for the state that was read, a call that names itself is carried out
//! once, lists say how many there are where that is known, and the reference page is whole and asks for nothing elsewhere.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request},
};
use idflow::{
    app::{
        App, Caller, Settings,
        idempotency::{Known, Named},
    },
    engine::clock::ManualClock,
    model::id::Tenant,
    server::{self, Inside, Shared, auth::LOCAL_USER, routes, summaries_zh},
    store::{Batch, Store, codec::Loaded, format, idempotency, keys, location::Location, memory::MemoryStore},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::support::{Manners, Stranger};

const DAY: i64 = 24 * 3_600_000;
/// 2026-03-02 00:00 UTC.
const MONDAY: i64 = 1_772_409_600_000;

/// An installation in memory.
struct Place {
    app: App,
    router: Router,
    store: Store,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Place {
    async fn new() -> Self {
        // Clients of other systems are made with it, and call nobody here.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(MONDAY));
        let store: Store = Arc::new(MemoryStore::default());
        let settings = Settings {
            data_dir: folder.path().to_path_buf(),
            store: Location::Memory,
            master_key: Some("11".repeat(32)),
            clock: clock.clone(),
            disk_floor: 0,
            at_work: None,
        };
        // A new store has its indexes from the start.
        format::agree(&*store).await.expect("a new store");
        let app = App::over(store.clone(), settings).await.expect("the application");
        let router = server::router(Shared { app: Arc::new(app.clone()), door: None });
        Self { app, router, store, clock, _folder: folder }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).extension(Inside);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let answer = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], Value::Null).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        self.ask(Method::POST, path, headers, body).await
    }

    /// A workflow that reads the directory; another `name` is another version.
    async fn workflow(&self, name: &str, headers: &[(&str, &str)]) -> Answer {
        let text = format!(
            "dsl: 1\nid: read\nname: {{zh: 读, en: {name}}}\non:\n  manual: {{}}\nconnections:\n  directory: \
             {{type: directory, ref: default}}\nsteps:\n  - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
        );
        self.post("/workflows", headers, json!({"text": text})).await
    }

    async fn runs(&self) -> usize {
        self.get("/runs").await.body["items"].as_array().map_or(0, Vec::len)
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

#[test]
fn an_edit_is_for_the_state_that_was_read() {
    run(async {
        let place = Place::new().await;
        assert_eq!(place.workflow("One", &[]).await.status, 200);
        let seen = place.get("/workflows/read").await;
        let tag = seen.header("etag").expect("a tag").to_string();
        assert_eq!(json!(tag.trim_matches('"')), seen.body["etag"]);
        // Somebody else saves a version; who saw the state before is told.
        let saved = place.workflow("Two", &[("if-match", &tag)]).await;
        assert_eq!((saved.status, saved.body["version"].as_u64()), (200, Some(2)));
        let late = place.workflow("Three", &[("if-match", &tag)]).await;
        assert_eq!(late.code(), (412, "changed_since"));
        assert_eq!(late.body["next"], json!({"kind": "show_workflow", "workflow": "read"}));
        for deed in ["activate", "archive"] {
            let path = format!("/workflows/read/{deed}");
            assert_eq!(
                place.post(&path, &[("if-match", &tag)], json!({})).await.code(),
                (412, "changed_since"),
                "{deed}"
            );
        }
        assert_eq!(place.workflow("Four", &[("if-none-match", "*")]).await.code(), (412, "there_already"));
        assert_eq!(place.get("/workflows/read").await.body["latest"], 2);
        // The tag of the answer is that of the new state.
        let now = saved.header("etag").expect("a tag");
        let live = place.post("/workflows/read/activate", &[("if-match", now)], json!({})).await;
        assert_eq!((live.status, &live.body["state"]), (200, &json!("active")), "{live:?}");
        assert_eq!(live.header("etag"), place.get("/workflows/read").await.header("etag"));
        // Whoever says nothing is not stopped.
        assert_eq!(place.workflow("Five", &[]).await.status, 200);
    });
}

#[test]
fn edits_of_connections_accounts_and_tenants_are_for_a_state_too() {
    run(async {
        let place = Place::new().await;
        let connection = |title: &str| {
            json!({"connector": "wecom", "name": "main", "settings":
                {"corp_id": "ww0123456789abcdef", "agent_id": "1000002", "title": title}, "secrets": {"app_secret": "a".repeat(43)}})
        };
        let made = place.post("/connections", &[("if-none-match", "*")], connection("A")).await;
        assert_eq!(made.status, 200, "{made:?}");
        assert_eq!(made.body["allowed"], json!(["edit", "test", "remove"]));
        let tag = made.header("etag").expect("a tag").to_string();
        assert_eq!(place.get("/connections/main").await.header("etag"), Some(&*tag));
        assert_eq!(place.get("/connections").await.body["items"][0]["etag"], tag.trim_matches('"'));
        assert_eq!(place.post("/connections", &[("if-match", &tag)], connection("B")).await.status, 200);
        let unread = place.post("/connections/main/test", &[("if-match", &tag)], json!({})).await;
        assert_eq!(unread.code(), (422, "if_match_unused"), "a condition is looked at, or refused");
        let late = place.post("/connections", &[("if-match", &tag)], connection("C")).await;
        assert_eq!((late.code(), &late.body["next"]["connection"]), ((412, "changed_since"), &json!("main")));
        let gone = place.ask(Method::DELETE, "/connections/main", &[("if-match", &tag)], Value::Null).await;
        assert_eq!(gone.code(), (412, "changed_since"));
        assert_eq!(place.get("/connections/main").await.body["title"], "B");

        let account = place.post("/accounts", &[], json!({"name": "li.na", "roles": ["viewer"]})).await;
        assert_eq!(account.status, 200, "{account:?}");
        let tag = account.body["account"]["etag"].as_str().expect("a tag").to_string();
        let roles = |roles: Value| json!({"roles": roles});
        let path = "/accounts/li.na/roles";
        let granted = place.post(path, &[("if-match", &tag)], roles(json!(["operator"]))).await;
        assert_eq!(granted.status, 200, "{granted:?}");
        assert_eq!(
            place.post(path, &[("if-match", &tag)], roles(json!(["admin"]))).await.code(),
            (412, "changed_since")
        );
        assert_eq!(place.post("/accounts/li.na/disable", &[("if-match", &tag)], json!({})).await.status, 412);
        assert_eq!(place.get("/accounts/li.na").await.body["roles"], json!(["operator"]));

        let tenant = place.post("/tenants", &[], json!({"id": "east"})).await;
        let tag = tenant.body["etag"].as_str().expect("a tag").to_string();
        let rename = |name: &str| json!({"name": name});
        assert_eq!(place.post("/tenants/east/rename", &[("if-match", &tag)], rename("East")).await.status, 200);
        assert_eq!(place.post("/tenants/east/rename", &[("if-match", &tag)], rename("Late")).await.status, 412);
    });
}

#[test]
fn edits_of_sign_in_and_of_a_provider_are_for_a_state_too() {
    run(async {
        let place = Place::new().await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
        let issuer = format!("http://{free}");
        // What it says of itself, and its keys, in one.
        let told = json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/begin"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"), "keys": []});
        let _provider = Stranger::at(&free.to_string(), Manners::ok(&told.to_string()));
        let sign_in = |title: &str| json!({"issuer": issuer, "client_id": "idflow", "title": title});
        let app = |id: &str| {
            json!({"settings": {"provider_corp_id": "ww0123456789abcdef", "template_id": id},
                "secrets": {"provider_secret": "suite-Lq7xN2vd-provider", "template_secret": "suite-Wm4pB8cz-template"}})
        };
        let apps = ["dkTemplate0001", "dkTemplate0002", "dkTemplate0003"].map(app);
        for (path, [first, second, late]) in [("/oidc", ["A", "B", "C"].map(sign_in)), ("/providers/wecom", apps)] {
            let made = place.ask(Method::PUT, path, &[], first).await;
            assert_eq!(made.status, 200, "{path}: {made:?}");
            let tag = made.header("etag").expect("a tag").to_string();
            let seen = place.get(path).await;
            assert_eq!((seen.header("etag"), &seen.body["etag"]), (Some(&*tag), &json!(tag.trim_matches('"'))));
            let changed = place.ask(Method::PUT, path, &[("if-match", &tag)], second).await;
            assert_eq!(changed.status, 200, "{path}: {changed:?}");
            let refused = place.ask(Method::PUT, path, &[("if-match", &tag)], late.clone()).await;
            assert_eq!(refused.code(), (412, "changed_since"), "{path}");
            assert_eq!(place.get(path).await.body["settings"], changed.body["settings"]);
            // Whoever says nothing is not stopped.
            assert_eq!(place.ask(Method::PUT, path, &[], late).await.status, 200, "{path}");
        }
        // New keys of an address are no other setting.
        let seen = place.get("/providers/wecom").await;
        let keys = place.post("/providers/wecom/keys", &[], json!({"grant": "app"})).await;
        assert_eq!(keys.status, 200, "{keys:?}");
        assert_eq!(place.get("/providers/wecom").await.header("etag"), seen.header("etag"));
    });
}

#[test]
fn a_call_that_names_itself_is_carried_out_once() {
    run(async {
        let place = Place::new().await;
        place.workflow("One", &[]).await;
        place.post("/workflows/read/activate", &[], json!({})).await;
        let path = "/workflows/read/runs";
        let named = [("idempotency-key", "batch-7")];
        let first = place.post(path, &named, json!({})).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (200, None), "{first:?}");
        let again = place.post(path, &named, json!({})).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, Some("true")));
        assert_eq!(again.body, first.body);
        assert_eq!(place.runs().await, 1);
        // The name is bound to body, operation and caller.
        let other = place.post(path, &named, json!({"plan": true})).await;
        assert_eq!(other.code(), (409, "idempotency_key_reused"));
        let other = place.post("/workflows/read/pause", &named, json!({})).await;
        assert_eq!(other.code(), (409, "idempotency_key_reused"));
        assert_eq!(place.runs().await, 1);
        let theirs = place.post(path, &[("idempotency-key", "batch-7"), (LOCAL_USER, "li.na")], json!({})).await;
        assert_eq!((theirs.status, theirs.header("idempotency-replayed")), (200, None));
        assert_ne!(theirs.body, first.body);
        // After a day it is another call.
        place.clock.set(MONDAY + DAY + 1);
        let later = place.post(path, &named, json!({})).await;
        assert_eq!((later.status, later.header("idempotency-replayed")), (200, None));
        assert_eq!(place.runs().await, 3);
        let long = "x".repeat(256);
        assert_eq!(
            place.post(path, &[("idempotency-key", &long)], json!({})).await.code(),
            (422, "idempotency_key_long")
        );
        assert_eq!(place.runs().await, 3);
    });
}

#[test]
fn what_is_shown_once_is_repeated_to_whoever_made_it_and_stored_for_nobody() {
    run(async {
        let place = Place::new().await;
        let named = [("idempotency-key", "token-1")];
        let first = place.post("/accounts", &named, json!({"name": "li.na", "roles": ["viewer"]})).await;
        assert_eq!(first.status, 200, "{first:?}");
        let again = place.post("/accounts", &named, json!({"name": "li.na", "roles": ["viewer"]})).await;
        assert_eq!((again.status, &again.body), (200, &first.body), "the account is not made twice");
        let code = first.body["code"].as_str().expect("a code");
        let all = place.store.scan(Vec::new(), vec![0xff; 4], 10_000, false).await.expect("all");
        let seen = all.iter().any(|(_, value)| value.windows(code.len()).any(|part| part == code.as_bytes()));
        assert!(!seen, "the code of a link stands in the store");
        // What was refused has changed nothing, and may be tried again under its name.
        let named = [("idempotency-key", "start-1")];
        assert_eq!(place.post("/workflows/read/runs", &named, json!({})).await.code(), (404, "workflow_unknown"));
        place.workflow("One", &[]).await;
        place.post("/workflows/read/activate", &[], json!({})).await;
        assert_eq!(place.post("/workflows/read/runs", &named, json!({})).await.status, 200);
    });
}

/// The entry of the only call that is remembered, as if another process had written it.
async fn of_another_process(place: &Place) -> (Vec<u8>, idempotency::Call) {
    let prefix = keys::Key::new(keys::HOOK_CALL, &Tenant::default_tenant()).name("once").bytes();
    let mut found = place.store.scan(prefix.clone(), keys::end_of(&prefix), 10, false).await.expect("entries");
    assert_eq!(found.len(), 1);
    let (key, value) = found.remove(0);
    let call = Loaded::<idempotency::Call>::of(value).expect("a call").value;
    let call = idempotency::Call { process: "gone".into(), ..call };
    let mut batch = Batch::default();
    batch.put(key.clone(), idflow::store::codec::json(&call).expect("JSON"));
    place.store.commit(batch).await.expect("written");
    (key, call)
}

#[test]
fn a_process_that_ended_in_the_middle_of_a_call_starts_no_run_twice() {
    run(async {
        let place = Place::new().await;
        place.workflow("One", &[]).await;
        place.post("/workflows/read/activate", &[], json!({})).await;
        let path = "/workflows/read/runs";
        let named = [("idempotency-key", "night")];
        let first = place.post(path, &named, json!({})).await;
        // Killed after the run was accepted and before its answer was kept.
        let (key, call) = of_another_process(&place).await;
        let mut batch = Batch::default();
        let half = idempotency::Call { answer: None, ..call.clone() };
        batch.put(key.clone(), idflow::store::codec::json(&half).expect("JSON"));
        place.store.commit(batch).await.expect("written");
        let again = place.post(path, &named, json!({})).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(place.runs().await, 1);
        // Killed before a run was accepted: nothing was started, so it is started now.
        let mut batch = Batch::default();
        let begun = idempotency::Call { answer: None, run: None, done: false, ..call };
        batch.put(key, idflow::store::codec::json(&begun).expect("JSON"));
        place.store.commit(batch).await.expect("written");
        let anew = place.post(path, &named, json!({})).await;
        assert_eq!(anew.status, 200, "{anew:?}");
        assert_ne!(anew.body, first.body);
        assert_eq!(place.runs().await, 2);
    });
}

#[test]
fn of_other_calls_that_were_cut_off_nobody_knows_the_end() {
    run(async {
        let place = Place::new().await;
        let caller = Caller::local(Tenant::default_tenant(), "owner");
        let named = Named { name: "n", operation: "POST /api/v1/accounts", body: b"{}", starts: false };
        assert!(matches!(place.app.once(&caller, &named).await, Ok(Known::New(_))));
        let at_work = place.app.once(&caller, &named).await.err().expect("it is at work");
        assert_eq!(&*at_work.problem.code, "idempotency_under_way");
        of_another_process(&place).await;
        let unknown = place.app.once(&caller, &named).await.err().expect("nobody knows");
        assert_eq!(&*unknown.problem.code, "idempotency_end_unknown");
    });
}

#[test]
fn lists_of_runs_say_how_many_there_are() {
    run(async {
        let place = Place::new().await;
        place.workflow("One", &[]).await;
        place.post("/workflows/read/activate", &[], json!({})).await;
        for number in 0..5 {
            let body = if number < 2 { json!({"plan": true}) } else { json!({}) };
            let run =
                place.post("/workflows/read/runs", &[], body).await.body["run"].as_str().expect("a run").to_string();
            place.get(&format!("/runs/{run}?wait=true")).await;
        }
        for filter in ["", "workflow=read&", "trigger=manual&", "text=owner&", "workflow=read&trigger=manual&"] {
            let first = place.get(&format!("/runs?{filter}limit=2")).await;
            assert_eq!((first.status, &first.body["total"]), (200, &json!(5)), "{filter}: {}", first.body);
            let next = first.body["next"].as_str().expect("there is more");
            let second = place.get(&format!("/runs?{filter}limit=2&cursor={next}")).await;
            assert_eq!(second.body.get("total"), None, "it is told once");
            let all = place.get(&format!("/runs?{filter}")).await;
            assert_eq!(all.body["total"], 5, "{filter}");
        }
        assert_eq!(place.get("/runs?trigger=schedule").await.body["total"], 0);
    });
}

#[test]
fn the_reference_page_is_whole_and_asks_for_nothing_elsewhere() {
    run(async {
        let place = Place::new().await;
        for lang in ["zh", "en"] {
            let request = Request::builder().uri(format!("/api?lang={lang}")).body(Body::empty()).expect("a request");
            let answer = place.router.clone().oneshot(request).await.expect("an answer");
            let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_string();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
            let page = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            for route in routes::routes() {
                assert!(page.contains(&format!("<article id=\"{}\">", route.id)), "{lang}: {} is missing", route.id);
                if lang == "zh" {
                    let summary = summaries_zh::of(route.id).unwrap_or_else(|| panic!("{} has no Chinese", route.id));
                    assert!(page.contains(summary), "{}", route.id);
                }
            }
            // No script, no inline style, and every address is one of its own.
            assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("<style"));
            let ids: BTreeSet<&str> = page.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                match link.strip_prefix('#') {
                    Some(id) => assert!(ids.contains(id), "{link} leads nowhere"),
                    None => assert!(link.starts_with("/api"), "{link}"),
                }
            }
            assert_eq!(page.contains("接口参考"), lang == "zh");
        }
    });
}
