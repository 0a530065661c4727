//! The contract of the API: each operation asks for its permission and for no other, lists come in pages, and refusals are
//! problems in the language of the caller.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use idflow::{
    app::{
        App, Caller, Settings,
        caller::{Permission, Role},
    },
    contract::{problem::Refusal, run},
    engine::clock::SystemClock,
    model::id::Tenant,
    server::{self, Inside, Shared, routes},
    store::location::Location,
};
use serde_json::{Value, json};
use tower::ServiceExt;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// An application that holds nothing.
async fn nothing() -> Shared {
    // Clients of other systems are made with it: the playground opens a connection.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        data_dir: std::env::temp_dir(),
        store: Location::Memory,
        master_key: Some("0".repeat(64)),
        clock: Arc::new(SystemClock),
        disk_floor: 0,
        at_work: None,
    };
    let app = App::open(settings).await.expect("an application");
    Shared { app: Arc::new(app), door: None }
}

/// The operations as somebody sees them who may do this.
fn router(shared: &Shared, permissions: BTreeSet<Permission>) -> Router {
    let caller = Caller { permissions, ..Caller::new(Tenant::default_tenant(), "wang.min", []) };
    routes::router().layer(Extension(caller)).with_state(shared.clone())
}

async fn ask(router: &Router, method: &Method, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_string())).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[test]
fn each_operation_asks_for_its_permission_and_for_no_other() {
    runtime().block_on(async {
        let shared = nothing().await;
        let all = BTreeSet::from(Permission::ALL);
        let mut unused = all.clone();
        for route in routes::routes() {
            let path = route.path.replace("{id}", "x");
            let Some(permission) = route.permission else { continue };
            let without: BTreeSet<_> = all.iter().copied().filter(|other| *other != permission).collect();
            let (status, refused) = ask(&router(&shared, without), &route.method, &path, &json!({})).await;
            assert_eq!((status, &refused["code"]), (403, &json!("not_permitted")), "{}", route.id);
            assert!(refused["detail"].as_str().is_some_and(|text| text.contains(permission.as_str())));
            let alone = BTreeSet::from([permission]);
            let (status, answer) = ask(&router(&shared, alone), &route.method, &path, &json!({})).await;
            assert!(status != 403 && status < 500, "{}: {status} {answer}", route.id);
            unused.remove(&permission);
        }
        // Asked for by a parameter, and by nothing yet.
        assert_eq!(unused, BTreeSet::from([Permission::PiiRead, Permission::MessageBroadcast]));
    });
}

#[test]
fn every_route_of_the_router_stands_in_the_table() {
    // What is not in the table is found by no caller, whatever it may do.
    runtime().block_on(async {
        let shared = nothing().await;
        let router = server::router(shared);
        let ask = |path: &'static str| {
            let request = Request::builder().uri(path).extension(Inside);
            router.clone().oneshot(request.body(Body::empty()).expect("a request"))
        };
        for path in ["/api/v1/nothing", "/api/v1/runs/x/nothing", "/api/v1"] {
            assert_eq!(ask(path).await.expect("an answer").status(), 404, "{path}");
        }
        let document = ask("/api/openapi.json").await.expect("an answer");
        let document: Value =
            serde_json::from_slice(&to_bytes(document.into_body(), 1 << 22).await.expect("a body")).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let told: usize = paths.values().filter_map(|path| Some(path.as_object()?.len())).sum();
        assert_eq!(told, routes::routes().len());
    });
}

#[test]
fn private_values_need_a_permission() {
    runtime().block_on(async {
        let shared = nothing().await;
        for (permission, path) in [
            (Permission::RunView, "/failures?reveal=true"),
            (Permission::DirectoryView, "/directory/objects?kind=user&reveal=true"),
        ] {
            let (status, refused) =
                ask(&router(&shared, BTreeSet::from([permission])), &Method::GET, path, &Value::Null).await;
            assert_eq!(status, 403, "{path}");
            assert!(refused["detail"].as_str().is_some_and(|text| text.contains("pii:read")), "{refused}");
            let both = BTreeSet::from([permission, Permission::PiiRead]);
            assert_eq!(ask(&router(&shared, both), &Method::GET, path, &Value::Null).await.0, 200, "{path}");
        }
        assert!(!Role::Admin.permissions().contains(&Permission::PiiRead));
    });
}

#[test]
fn nothing_in_a_body_says_who_is_calling() {
    runtime().block_on(async {
        let shared = nothing().await;
        let all = router(&shared, BTreeSet::from(Permission::ALL));
        for (path, body) in [
            ("/workflows/x/runs", json!({"actor": "somebody"})),
            ("/runs/x/approve", json!({"actor": "somebody"})),
            ("/removals/keep", json!({"ids": ["abcdef"], "actor": "somebody"})),
            ("/links/add", json!({"connection": "main", "key": "1", "to": "2", "actor": "somebody"})),
        ] {
            let (status, refused) = ask(&all, &Method::POST, path, &body).await;
            assert_eq!((status, &refused["code"]), (422, &json!("body_invalid")), "{path}: {refused}");
        }
    });
}

#[test]
fn refusals_are_problems_in_the_language_of_the_caller() {
    runtime().block_on(async {
        let router = server::router(nothing().await);
        for (language, zh) in [("zh-CN,zh;q=0.9", true), ("en", false)] {
            let request = Request::builder()
                .uri("/api/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV")
                .extension(Inside)
                .header(header::ACCEPT_LANGUAGE, language);
            let request = request.body(Body::empty()).expect("a request");
            let answer = router.clone().oneshot(request).await.expect("an answer");
            assert_eq!(answer.status(), 404);
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
            let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
            let refusal: Refusal = serde_json::from_slice(&bytes).expect("a problem");
            assert_eq!((refusal.status, refusal.code.as_str()), (404, "run_unknown"));
            assert_eq!(refusal.detail == refusal.reason.zh, zh);
            assert_eq!(serde_json::to_value(refusal.next).expect("JSON")["kind"], "list_runs");
        }
        let request = Request::builder().uri("/api/v1/runs").header(header::HOST, "127.0.0.1:1");
        let request = request.body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), 401);
    });
}

#[test]
fn lists_come_in_pages() {
    runtime().block_on(async {
        let shared = nothing().await;
        let all = router(&shared, BTreeSet::from(Permission::ALL));
        let document = server::openapi::document();
        let mut lists = 0;
        for route in routes::routes() {
            let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
            let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
            if !answer.as_str().is_some_and(|name| name.contains("/PageOf")) || route.id == "list_hooks" {
                continue;
            }
            lists += 1;
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for wanted in ["limit", "cursor"] {
                assert!(parameters.iter().any(|one| one["name"] == wanted), "{} has no {wanted}", route.id);
            }
            let sign = if route.id == "list_directory" { "kind=user&" } else { "" };
            let sign = if route.id == "list_links" { "connection=import&" } else { sign };
            let path = format!("{}?{sign}limit=501", route.path.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV"));
            let (status, refused) = ask(&all, &Method::GET, &path, &Value::Null).await;
            assert!([404, 422].contains(&status), "{path}: {refused}");
        }
        assert!(lists > 10, "only {lists} lists were looked at");
        // One that is there and holds more than one page.
        let (status, page) = ask(&all, &Method::GET, "/templates?limit=1", &Value::Null).await;
        assert_eq!((status, page["items"].as_array().map(Vec::len)), (200, Some(1)), "{page}");
        let next = page["next"].as_str().expect("there is more");
        let (_, more) = ask(&all, &Method::GET, &format!("/templates?limit=1&cursor={next}"), &Value::Null).await;
        assert_ne!(page["items"], more["items"]);
        let (status, refused) = ask(&all, &Method::GET, "/templates?cursor=nonsense", &Value::Null).await;
        assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("cursor")), "{refused}");
    });
}

#[test]
fn a_body_is_read_back_as_it_was_written() {
    let new = run::NewRun { plan: true, ..run::NewRun::default() };
    let read: run::NewRun = serde_json::from_value(serde_json::to_value(&new).expect("JSON")).expect("a run");
    assert!(read.plan && !read.approve && read.inputs.is_empty());
}

/// What a list gives at least and at most stands in the document, and is what the server does: one more or less is refused by its
/// name, with what may be asked for.
#[test]
fn a_list_gives_from_one_to_as_many_as_its_document_says() {
    runtime().block_on(async {
        let shared = nothing().await;
        let whole = server::router(shared.clone());
        let request = Request::builder().uri("/api/openapi.json").extension(Inside).body(Body::empty()).expect("one");
        let document = whole.oneshot(request).await.expect("an answer");
        let document: Value =
            serde_json::from_slice(&to_bytes(document.into_body(), 1 << 22).await.expect("a body")).expect("JSON");
        let router = router(&shared, BTreeSet::from(Permission::ALL));
        let (mut lists, mut tried) = (0, 0);
        for (path, methods) in document["paths"].as_object().expect("paths") {
            let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
            let Some(limit) = parameters.iter().find(|one| one["name"] == "limit") else { continue };
            let bound = |name: &str| limit["schema"][name].as_u64().unwrap_or_else(|| panic!("{path}: {limit}"));
            let (least, most) = (bound("minimum"), bound("maximum"));
            // A plan of which only the numbers are wanted shows none of its changes.
            assert_eq!(least, u64::from(path != "/runs/{id}/plan"), "{path}");
            lists += 1;
            let more = match path.as_str() {
                "/directory/objects" => "&kind=user",
                "/links" => "&connection=x",
                _ => "",
            };
            let path = path.replace("{id}", if path.starts_with("/runs") { "x%231" } else { "x" });
            for (wanted, code) in [(least.wrapping_sub(1), "limit_too_low"), (most + 1, "limit_too_high")] {
                if wanted == u64::MAX {
                    continue;
                }
                let (status, said) =
                    ask(&router, &Method::GET, &format!("{path}?limit={wanted}{more}"), &Value::Null).await;
                // Of what is not there nothing is listed.
                if status != 404 {
                    assert_eq!((status, &said["code"]), (422, &json!(code)), "{path}, {wanted}: {said}");
                    assert!(said["detail"].to_string().contains(&most.to_string()) || wanted == 0, "{said}");
                    tried += 1;
                }
            }
        }
        assert!(lists > 30 && tried > 40, "{lists} lists, {tried} refusals");
    });
}
