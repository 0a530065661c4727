//! Tenants: nobody sees, names, counts or starves what belongs to another one; an account is connected once; one that is put
//! away starts nothing and keeps everything.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Method, Request},
};
use idflow::{
    app::{
        App, AppError, Caller, Settings,
        caller::{Permission, Role},
        error::RefusalKind,
    },
    contract::{
        connection::NewConnection,
        page::Paging,
        run::{NewRun, RunFilter},
        tenant::{NewTenant, RenameTenant},
        workflow::NewWorkflow,
    },
    engine::clock::{Clock, ManualClock},
    model::{
        id::{RunId, Tenant},
        run::{Run, Status},
    },
    server::{self, Inside, Shared, routes},
    store::{Batch, Store, catalogue, keys, location::Location, memory::MemoryStore, retention, runs, tenants},
    trigger::schedule::Scheduler,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::support::House;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// 2026-03-02 00:00 UTC, a Monday.
const MONDAY: i64 = 1_772_409_600_000;
/// Stands in everything that belongs to one tenant, and nowhere else.
const MARK: &str = "eastmark";

fn id(text: &str) -> Tenant {
    text.parse().expect("an id")
}

/// An installation in memory with the tenants `east` and `west`.
struct Place {
    app: App,
    store: Store,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new(at_work: Option<usize>) -> Self {
        let place = Self::over(Arc::new(MemoryStore::default()), at_work).await;
        for id in ["east", "west"] {
            place.app.create_tenant(&NewTenant { id: id.into(), name: None }, None).await.expect("made");
        }
        place
    }

    async fn over(store: Store, at_work: Option<usize>) -> Self {
        // Clients of other systems are made with it, and call nobody here.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(MONDAY));
        let settings = Settings {
            data_dir: folder.path().to_path_buf(),
            store: Location::Memory,
            master_key: Some("11".repeat(32)),
            clock: clock.clone(),
            disk_floor: 0,
            at_work,
        };
        let app = App::over(store.clone(), settings).await.expect("the application");
        Self { app, store, clock, _folder: folder }
    }

    fn of(&self, tenant: &str) -> App {
        self.app.of(&id(tenant))
    }

    /// Makes and activates a workflow that reads the directory, is due every day at one, and has a webhook.
    async fn workflow(&self, tenant: &str, workflow: &str) {
        let text = format!(
            "dsl: 1\nid: {workflow}\nname: {{zh: 读, en: Read}}\non:\n  manual: {{}}\n  \
             webhook: {{path: hr, verify: token}}\n  \
             schedule: [{{cron: '0 1 * * *', timezone: UTC, catchup: all}}]\nconnections:\n  directory: \
             {{type: directory, ref: default}}\nsteps:\n  - {{id: read, name: {{zh: 读, en: Read}}, uses: directory/read}}\n"
        );
        let app = self.of(tenant);
        app.create_workflow(NewWorkflow { text: Some(text), ..NewWorkflow::default() }, "anna").await.expect("made");
        app.activate(workflow, "anna").await.expect("activated");
    }

    async fn run(&self, tenant: &str, workflow: &str) -> Result<RunId, AppError> {
        let (app, caller) = (self.of(tenant), Caller::local(id(tenant), "anna"));
        let run = app.desk(&caller).start_run(workflow, NewRun::default()).await?.run;
        let run = run.parse().expect("an id");
        app.engine().wait(run).await.expect("it ends");
        Ok(run)
    }

    async fn runs(&self, tenant: &str) -> Vec<Run> {
        runs::list(&*self.store, &id(tenant), None, 10_000).await.expect("runs")
    }
}

/// What an operation is about, so that it can be tried from another tenant.
#[derive(Debug, Clone, Copy, PartialEq)]
enum About {
    /// A run, a workflow, a connection: the id in the path is that of one in `east`.
    Run,
    Workflow,
    Connection,
    /// A person of the directory of `east`.
    Person,
    /// What is named in the body; with this body it is in `east`.
    Named(&'static str),
    /// What is named by a parameter; with this one it is in `east`.
    Asked(&'static str),
    /// A list, with these parameters.
    List(&'static str),
    /// Something that is the same for all, or is made by the call.
    Nobody,
    /// The installation.
    Tenants,
    /// Who the caller is, and the accounts of the tenant: what whoever may do this sees is tried in `accounts`.
    Own,
    /// Whoever has not signed in yet.
    Guest,
}

/// Every operation of the API. One that has no row here fails the test below.
const OPERATIONS: &[(&str, About)] = &[
    ("list_runs", About::List("")),
    ("show_run", About::Run),
    ("list_items", About::Run),
    ("list_calls", About::Run),
    ("show_plan", About::Run),
    ("list_plan_rows", About::Run),
    ("export_run", About::Run),
    ("watch_run", About::Run),
    ("watch_events", About::Nobody),
    ("explain_person", About::List("")),
    ("export_bundle", About::Run),
    ("backup_store", About::Tenants),
    ("preview_retry", About::Run),
    ("approve_run", About::Run),
    ("reject_run", About::Run),
    ("cancel_run", About::Run),
    ("pause_run", About::Run),
    ("resume_run", About::Run),
    ("retry_run", About::Run),
    ("plan_retry", About::Run),
    ("pin_run", About::Run),
    ("list_failures", About::List("")),
    ("list_removals", About::List("")),
    ("approve_removals", About::Named(r#"{"ids": ["abcdef"]}"#)),
    ("keep_removals", About::Named(r#"{"ids": ["abcdef"]}"#)),
    ("list_workflows", About::List("")),
    ("save_workflow", About::Nobody),
    ("show_workflow", About::Workflow),
    ("show_workflow_text", About::Workflow),
    ("draw_workflow", About::Workflow),
    ("start_run", About::Workflow),
    ("activate_workflow", About::Workflow),
    ("pause_workflow", About::Workflow),
    ("archive_workflow", About::Workflow),
    ("list_versions", About::Workflow),
    ("compare_versions", About::Workflow),
    ("roll_back_workflow", About::Workflow),
    ("export_workflow", About::Workflow),
    ("begin_draft", About::Workflow),
    ("apply_workflows", About::Nobody),
    ("pause_workflows", About::Named(r#"{"workflows": ["eastmark_read"]}"#)),
    ("list_drafts", About::List("")),
    ("show_draft", About::Named("{}")),
    ("put_draft", About::Nobody),
    ("drop_draft", About::Workflow),
    ("edit_draft", About::Workflow),
    ("use_connection", About::Workflow),
    ("save_draft", About::Workflow),
    ("plan_draft", About::Workflow),
    ("activate_draft", About::Workflow),
    ("list_hooks", About::Workflow),
    ("new_hook_secret", About::Workflow),
    ("list_templates", About::Nobody),
    ("show_template", About::Nobody),
    ("list_connections", About::List("")),
    ("put_connection", About::Nobody),
    ("show_connection", About::Connection),
    ("examine_connection", About::Connection),
    ("show_integration", About::Connection),
    ("preview_scope", About::Connection),
    ("list_site_files", About::List("")),
    ("put_site_file", About::Nobody),
    ("remove_site_file", About::Named("{}")),
    ("check_site_file", About::Named("{}")),
    ("show_setup", About::List("")),
    ("begin_setup", About::Named("{}")),
    ("start_setup", About::Named("{}")),
    ("remove_connection", About::Connection),
    ("list_callbacks", About::Connection),
    ("new_callback_keys", About::Connection),
    ("test_connection", About::Connection),
    ("change_connection", About::Connection),
    ("rotate_secrets", About::Connection),
    ("validate_text", About::Nobody),
    ("draw_text", About::Nobody),
    ("complete_text", About::Nobody),
    ("hover_text", About::Nobody),
    ("define_text", About::Nobody),
    ("edit_text", About::Nobody),
    ("mend_text", About::Nobody),
    ("preview_mapping", About::Nobody),
    ("list_prerequisites", About::Nobody),
    ("draft_template", About::Nobody),
    ("list_connectors", About::Nobody),
    ("show_connector", About::Nobody),
    ("test_settings", About::Nobody),
    ("show_connector_settings", About::Nobody),
    ("count_directory", About::List("")),
    ("list_directory", About::List("?kind=user")),
    ("show_directory_tree", About::List("")),
    ("new_directory_object", About::Nobody),
    ("change_directory_objects", About::Nobody),
    ("show_directory_object", About::Person),
    ("show_directory_timeline", About::Person),
    ("edit_directory_object", About::Person),
    ("disable_directory_object", About::Person),
    ("enable_directory_object", About::Person),
    ("remove_directory_object", About::Person),
    ("move_directory_object", About::Person),
    ("list_review", About::List("")),
    ("approve_review", About::Nobody),
    ("reject_review", About::Nobody),
    ("give_house_number", About::Tenants),
    ("upload_file", About::Nobody),
    ("list_uploads", About::List("")),
    ("show_upload", About::Nobody),
    ("preview_upload", About::Nobody),
    ("remove_upload", About::Nobody),
    ("import_upload", About::Nobody),
    ("blank_upload", About::Nobody),
    ("import_directory", About::Nobody),
    ("find_connection_people", About::Connection),
    ("list_links", About::Asked("?connection=eastmark_wecom")),
    ("resolve_link", About::Named(r#"{"connection": "eastmark_wecom", "userid": "1"}"#)),
    ("add_link", About::Named(r#"{"connection": "eastmark_wecom", "key": "1", "to": "2"}"#)),
    ("move_link", About::Named(r#"{"connection": "eastmark_wecom", "key": "1", "to": "2"}"#)),
    ("remove_link", About::Named(r#"{"connection": "eastmark_wecom", "key": "1", "to": ""}"#)),
    ("send_message", About::Named(r#"{"connection": "eastmark_wecom", "receivers": ["x"], "text": "x"}"#)),
    ("list_messages", About::List("")),
    ("show_message", About::Named("{}")),
    ("recall_message", About::Named("{}")),
    ("list_matching", About::List("")),
    ("list_decisions", About::List("")),
    ("decide_matching", About::Nobody),
    ("show_disk", About::List("")),
    ("show_sizes", About::List("")),
    ("prune_store", About::Nobody),
    ("sign_in", About::Guest),
    ("redeem_link", About::Guest),
    ("list_sign_in_ways", About::Guest),
    ("list_identities", About::Own),
    ("bind_identity", About::Own),
    ("unbind_identity", About::Own),
    ("show_consent", About::Connection),
    ("invite_consent", About::Connection),
    ("show_provider_way", About::Connection),
    ("invite_provider", About::Connection),
    ("say_provider", About::Connection),
    ("release_provider", About::Connection),
    ("show_provider", About::Tenants),
    ("set_provider", About::Tenants),
    ("remove_provider", About::Tenants),
    ("new_provider_keys", About::Tenants),
    ("show_oidc", About::Tenants),
    ("set_oidc", About::Tenants),
    ("remove_oidc", About::Tenants),
    ("show_session", About::Own),
    ("sign_out", About::Own),
    ("change_password", About::Own),
    ("set_preferences", About::Own),
    ("list_sessions", About::Own),
    ("end_session", About::Own),
    ("list_accounts", About::Own),
    ("new_account", About::Own),
    ("show_account", About::Own),
    ("grant_roles", About::Own),
    ("disable_account", About::Own),
    ("enable_account", About::Own),
    ("give_password", About::Own),
    ("new_sign_in_link", About::Own),
    ("list_tokens", About::Own),
    ("new_token", About::Own),
    ("revoke_token", About::Own),
    ("list_audit", About::Own),
    ("verify_audit", About::Own),
    ("show_playground", About::Nobody),
    ("start_playground", About::Nobody),
    ("trouble_playground", About::Nobody),
    ("stop_playground", About::Nobody),
    ("list_notification_rules", About::List("")),
    ("show_notification_rule", About::Named("{}")),
    ("put_notification_rule", About::Nobody),
    ("remove_notification_rule", About::Named("{}")),
    ("test_notification_rule", About::Named("{}")),
    ("list_notifications", About::List("")),
    ("show_mail_settings", About::List("")),
    ("put_mail_settings", About::Nobody),
    ("test_mail", About::Nobody),
    ("list_tenants", About::Tenants),
    ("create_tenant", About::Tenants),
    ("show_tenant", About::Tenants),
    ("rename_tenant", About::Tenants),
    ("export_templates", About::Nobody),
    ("import_templates", About::Nobody),
    ("remove_template", About::Nobody),
    ("list_template_keys", About::Nobody),
    ("trust_template_key", About::Tenants),
    ("distrust_template_key", About::Tenants),
    ("set_retention", About::Tenants),
    ("archive_tenant", About::Tenants),
    ("restore_tenant", About::Tenants),
];

/// The operations as this caller sees them.
fn router(shared: &Shared, caller: Caller) -> Router {
    routes::router().layer(Extension(caller)).with_state(shared.clone())
}

async fn ask(router: &Router, method: &Method, path: &str, body: &str) -> (u16, String) {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_string())).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// WeCom, as far as its settings tell; nobody calls it.
fn wecom(name: &str, corp: &str, agent: &str) -> NewConnection {
    let map = |entries: &[(&str, &str)]| {
        entries.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect::<BTreeMap<_, _>>()
    };
    NewConnection {
        connector: "wecom".into(),
        name: name.into(),
        settings: map(&[("corp_id", corp), ("agent_id", agent)]),
        secrets: map(&[("app_secret", "secret-secret-secret-secret-secret-secret-01")]),
        only_new: false,
    }
}

const CORP: &str = "ww0123456789abcdef";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_another_tenant_is_seen_or_named_by_any_role_at_any_operation() {
    let place = Place::new(None).await;
    place.workflow("east", "eastmark_read").await;
    place.of("east").put_connection(wecom("eastmark_wecom", CORP, "1000002")).await.expect("connected");
    let run = place.run("east", "eastmark_read").await.expect("started").to_string();
    let shared = Shared { app: Arc::new(place.app.clone()), door: None };
    let roles = [Role::Owner, Role::Admin, Role::Operator, Role::Approver, Role::Viewer];
    let east = router(&shared, Caller::new(id("east"), "wang.min", [Role::Owner]));
    let person = r#"{"kind": "user", "fields": {"username": "eastmark", "name": "Eastmark"}}"#;
    let (status, answer) = ask(&east, &Method::POST, "/directory/objects", person).await;
    assert_eq!(status, 200, "{answer}");
    let person: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    let person = person["id"].as_str().expect("an id").to_string();
    // A router takes its time to make.
    let desks = roles.map(|role| {
        let [other, own] = ["west", "east"].map(|tenant| Caller::new(id(tenant), "wang.min", [role]));
        (role, other.clone(), router(&shared, other), router(&shared, own))
    });
    let mut known: BTreeSet<&str> = OPERATIONS.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(known.len(), OPERATIONS.len(), "a row stands there twice");
    for route in routes::routes() {
        let row = OPERATIONS.iter().find(|(operation, _)| *operation == route.id);
        let (_, about) = row.unwrap_or_else(|| panic!("`{}` has no row in the table of this test", route.id));
        known.remove(route.id);
        let (named, body, parameters) = match about {
            About::Run if route.id == "pin_run" => (run.as_str(), r#"{"pinned": true}"#, ""),
            About::Run if route.id == "export_run" => (run.as_str(), "", "?format=csv&plan=false"),
            About::Run => (run.as_str(), "{}", ""),
            About::Workflow if route.id == "new_hook_secret" => ("eastmark_read", r#"{"path": "hr"}"#, ""),
            About::Workflow => ("eastmark_read", "{}", ""),
            About::Connection if route.id == "invite_provider" => ("eastmark_wecom", r#"{"grant": "app"}"#, ""),
            About::Connection if route.id == "say_provider" => ("eastmark_wecom", r#"{"stage": "online"}"#, ""),
            About::Connection => ("eastmark_wecom", "{}", ""),
            About::Person if route.id == "edit_directory_object" => (person.as_str(), r#"{"fields": {}}"#, ""),
            About::Person => (person.as_str(), "{}", ""),
            About::Named(body) => ("x", *body, ""),
            About::List(parameters) | About::Asked(parameters) => ("x", "{}", *parameters),
            About::Nobody | About::Own | About::Guest => ("x", "{}", ""),
            About::Tenants => ("east", r#"{"name": "renamed"}"#, ""),
        };
        let path = format!("{}{parameters}", route.path.replace("{id}", named));
        let Some(permission) = route.permission else {
            assert_eq!(*about, About::Guest, "`{}` asks for no permission", route.id);
            continue;
        };
        for (role, caller, other, own) in &desks {
            let at = format!("{} as {} from another tenant", route.id, role.as_str());
            let may = caller.may(permission);
            // Passwords take their time.
            if may && *about == About::Own {
                continue;
            }
            let (status, answer) = ask(other, &route.method, &path, body).await;
            if !may {
                assert_eq!(status, 403, "{at}: {answer}");
                continue;
            }
            // The id that was asked for may stand in the refusal; whether it is there must not.
            match about {
                About::Run
                | About::Workflow
                | About::Connection
                | About::Person
                | About::Named(_)
                | About::Asked(_) => {
                    assert_eq!(status, 404, "{at}: {answer}");
                }
                About::List(_) => {
                    assert_eq!(status, 200, "{at}: {answer}");
                    assert!(!answer.contains(MARK) && !answer.contains(&run), "{at}: {answer}");
                }
                About::Nobody => assert!(status != 403 && status < 500 && !answer.contains(MARK), "{at}: {answer}"),
                About::Own | About::Guest => panic!("{at}: it is tried in `accounts`"),
                About::Tenants => panic!("{at}: no role of a tenant may do this"),
            }
            // In the tenant itself it is there: otherwise the test above would prove nothing. A stream has no end to wait for.
            if route.method == Method::GET
                && route.id != "watch_run"
                && matches!(about, About::Run | About::Workflow | About::Connection | About::Person)
            {
                let (status, answer) = ask(own, &route.method, &path, body).await;
                assert!(status != 404 && status != 403, "{} in its own tenant: {status} {answer}", route.id);
            }
        }
    }
    assert!(known.is_empty(), "no such operations: {known:?}");
    // The lists show in the tenant itself what they hide elsewhere.
    let own = router(&shared, Caller::new(id("east"), "wang.min", [Role::Viewer]));
    for path in ["/runs", "/workflows", "/connections"] {
        assert!(ask(&own, &Method::GET, path, "").await.1.contains(MARK), "{path}");
    }
    assert_eq!(place.runs("east").await.len(), 1, "nobody else has started one");
}

#[tokio::test]
async fn the_header_chooses_a_tenant_and_any_other_one_is_not_found() {
    let place = Place::new(None).await;
    place.workflow("east", "eastmark_read").await;
    let router = server::router(Shared { app: Arc::new(place.app.clone()), door: None });
    let workflows = async |tenant: Option<&str>| {
        let mut request = Request::builder().uri("/api/v1/workflows").extension(Inside);
        if let Some(tenant) = tenant {
            request = request.header("X-Tenant-Id", tenant);
        }
        let answer = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        (status, serde_json::from_slice::<Value>(&bytes).expect("JSON"))
    };
    let count = |page: &Value| page["items"].as_array().map_or(usize::MAX, Vec::len);
    for (tenant, found) in [(None, 0), (Some("default"), 0), (Some("east"), 1), (Some("west"), 0)] {
        let (status, page) = workflows(tenant).await;
        assert_eq!((status, count(&page)), (200, found), "{tenant:?}: {page}");
    }
    for tenant in ["north", "", "East", "east ", "east/..", "%65ast"] {
        let (status, refused) = workflows(Some(tenant)).await;
        assert_eq!((status, &refused["code"]), (404, &json!("tenant_unknown")), "{tenant}: {refused}");
    }
}

#[tokio::test]
async fn an_account_is_connected_once_in_all_tenants() {
    let place = Place::new(None).await;
    let (east, west) = (place.of("east"), place.of("west"));
    east.put_connection(wecom("main", CORP, "1000002")).await.expect("connected");
    let refused = west.put_connection(wecom("other", CORP, "1000002")).await.expect_err("it is connected already");
    assert_eq!((refused.kind, &*refused.problem.code), (RefusalKind::Conflict, "connection_elsewhere"));
    let issue = refused.issue();
    assert_eq!(refused.problem.field.as_deref(), Some("settings.corp_id"));
    for text in [&issue.reason.zh, &issue.reason.en] {
        assert!(text.contains("corp_id") && text.contains("agent_id"), "it names the fields: {text}");
        assert!(!text.contains("east") && !text.contains("main"), "it does not say where: {text}");
    }
    assert!(issue.reason.zh.contains("重复"), "{}", issue.reason.zh);
    // Another app of that company is another account; the same connection may be saved again.
    west.put_connection(wecom("other", CORP, "1000003")).await.expect("another app");
    east.put_connection(wecom("main", CORP, "1000002")).await.expect("the same once more");
    // In one's own tenant the other connection is named.
    let double = east.put_connection(wecom("second", CORP, "1000002")).await.expect_err("it is connected already");
    assert_eq!(&*double.problem.code, "connection_double");
    // What is given up, by a change or by the end of the connection, is free.
    east.put_connection(wecom("main", CORP, "1000004")).await.expect("changed");
    west.put_connection(wecom("third", CORP, "1000002")).await.expect("it is free");
    west.remove_connection("third").await.expect("removed");
    east.put_connection(wecom("fourth", CORP, "1000002")).await.expect("it is free again");
}

/// Of two tenants that connect the same account at the same moment one is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_do_not_get_one_account_at_the_same_moment() {
    let place = Place::new(None).await;
    for agent in 1_000_000..1_000_020 {
        let agent = agent.to_string();
        let (east, west) = (place.of("east"), place.of("west"));
        let name = format!("c{agent}");
        let both = [(east, name.clone(), agent.clone()), (west, name, agent)].map(|(app, name, agent)| {
            tokio::spawn(async move { app.put_connection(wecom(&name, CORP, &agent)).await.is_ok() })
        });
        let done = futures::future::join_all(both).await;
        assert_eq!(done.into_iter().filter(|done| *done.as_ref().expect("no panic")).count(), 1);
    }
}

/// Connections that a version before tenants has left are known when the second tenant comes.
#[tokio::test]
async fn accounts_from_before_there_were_tenants_count() {
    let store: Store = Arc::new(MemoryStore::default());
    let place = Place::over(store.clone(), None).await;
    place.app.put_connection(wecom("main", CORP, "1000002")).await.expect("connected");
    let notes = idflow::store::scan_prefix(&*store, &[keys::IDENTITY]).await.expect("read");
    let forget = Batch { deletes: notes.into_iter().map(|(key, _)| key).collect(), ..Batch::default() };
    assert_eq!(forget.deletes.len(), 1);
    store.commit(forget).await.expect("as before");
    place.app.create_tenant(&NewTenant { id: "east".into(), name: None }, None).await.expect("made");
    let refused = place.of("east").put_connection(wecom("main", CORP, "1000002")).await.expect_err("it is taken");
    assert_eq!(&*refused.problem.code, "connection_elsewhere");
}

/// Two tenants with a thousand runs each, and places for two: of those that are over half belong to each, although all runs of
/// one were there first. Neither counts those of the other.
#[tokio::test]
async fn a_thousand_runs_of_one_tenant_do_not_keep_those_of_another_waiting() {
    const RUNS: u64 = 1000;
    const SOME: usize = 100;
    // On a disk: where nothing is ever waited for, each run is over before the next one asks for a place.
    let disk = tempfile::tempdir().expect("a folder");
    let store = Location::Folder(disk.path().to_path_buf()).open().await.expect("a store");
    let place = Place::over(store, Some(2)).await;
    let mut of_west = Vec::new();
    for tenant in ["east", "west"] {
        place.app.create_tenant(&NewTenant { id: tenant.into(), name: None }, None).await.expect("made");
        place.workflow(tenant, "read").await;
        let first = place.run(tenant, "read").await.expect("started");
        let like = runs::get(&*place.store, &id(tenant), first).await.expect("read").expect("a run");
        assert!(like.status.is_end() && like.why.is_empty(), "{:?}", like.why);
        place.clock.advance(Duration::from_secs(60));
        let mut batch = Batch::default();
        for number in 0..RUNS {
            place.clock.advance(Duration::from_millis(1));
            let now = place.clock.now_ms();
            // Each in a group of its own: they wait for nothing but a place.
            let mut run = Run {
                run: RunId::new(now),
                no: 10 + number,
                seq: 0,
                group: format!("group {number}"),
                status: Status::Queued,
                why: Vec::new(),
                started: None,
                ended: None,
                plan: None,
                planned_at: None,
                rows: 0,
                steps: Vec::new(),
                ..like.clone()
            };
            runs::create(&mut batch, &id(tenant), &mut run, now).expect("packed");
            if tenant == "west" {
                of_west.push(run.run);
            }
        }
        place.store.commit(batch).await.expect("written");
    }
    let left = place.app.recover().await.expect("they go on");
    assert_eq!(left.len() as u64, 2 * RUNS);
    for run in &of_west[..SOME] {
        place.of("west").engine().wait(*run).await.expect("it ends");
    }
    let over = |runs: &[Run]| runs.iter().filter(|run| run.status.is_end()).count();
    let (east, west) = (place.runs("east").await, place.runs("west").await);
    let (of_one, of_other) = (over(&east), over(&west));
    assert!(of_other >= SOME && of_one.abs_diff(of_other) <= SOME / 2, "{of_one} and {of_other} are over");
    assert_eq!((east.len() as u64, west.len() as u64), (RUNS + 1, RUNS + 1));
    let ids = |runs: &[Run]| runs.iter().map(|run| run.run).collect::<BTreeSet<_>>();
    assert!(ids(&east).is_disjoint(&ids(&west)));
    // One of theirs is not there, neither by its id nor by its number, and tells nothing of its progress.
    let working = west.iter().find(|run| !run.status.is_end()).expect("one that waits").run;
    assert!(
        place.of("west").engine().progress(working).is_some() && place.of("east").engine().progress(working).is_none()
    );
    let caller = Caller::local(id("east"), "anna");
    let app = place.of("east");
    let filter = RunFilter { limit: Some(500), ..RunFilter::default() };
    let page = app.desk(&caller).runs(&filter).await.expect("a page");
    let foreign = ids(&west);
    assert!(page.items.iter().all(|run| foreign.iter().all(|id| !run.json().contains(&id.to_string()))));
    place.app.engine().leave(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_scheduler_starts_what_is_due_of_all_tenants_that_are_not_put_away() {
    let place = Place::new(None).await;
    for tenant in ["default", "east", "west"] {
        place.workflow(tenant, "read").await;
    }
    let mut scheduler = Scheduler::new(place.app.engine().clone());
    let mut at = async |time: i64| {
        place.clock.set(time);
        let next = scheduler.tick().await.expect("a look");
        for run in place.app.engine().at_work() {
            for tenant in ["default", "east", "west"] {
                place.of(tenant).engine().wait(run).await.expect("it ends");
            }
        }
        let due = |runs: Vec<Run>| runs.into_iter().filter_map(|run| run.trigger.due).collect::<BTreeSet<i64>>();
        let started = [place.runs("default").await, place.runs("east").await, place.runs("west").await].map(due);
        (next, started.map(|due| due.into_iter().map(|due| (due - MONDAY) / HOUR).collect::<Vec<_>>()))
    };
    assert_eq!(at(MONDAY).await.0, Some(MONDAY + HOUR));
    assert_eq!(at(MONDAY + HOUR).await, (Some(MONDAY + DAY + HOUR), [vec![1], vec![1], vec![1]]));
    place.app.archive_tenant("east").await.expect("put away");
    // Nothing of it is started, by nobody.
    assert_eq!(at(MONDAY + DAY + HOUR).await.1, [vec![1, 25], vec![1], vec![1, 25]]);
    let refused = place.run("east", "read").await.expect_err("it is put away");
    assert_eq!((refused.kind, &*refused.problem.code), (RefusalKind::Conflict, "tenant_archived"));
    assert_eq!(at(MONDAY + 3 * DAY).await.1[1], [1]);
    // Its data are there.
    assert_eq!(place.runs("east").await.len(), 1);
    place.app.restore_tenant("east").await.expect("taken up");
    // `catchup: all` makes up for what nobody was there for, and not for the time when it was put away.
    assert_eq!(at(MONDAY + 3 * DAY + 1000).await.1[1], [1]);
    let (_, started) = at(MONDAY + 3 * DAY + HOUR).await;
    assert_eq!(started, [vec![1, 25, 49, 73], vec![1, 73], vec![1, 25, 49, 73]]);
    place.run("east", "read").await.expect("it starts again");
}

/// Ten thousand schedules of one tenant at the same minute: those of another one begin with the first of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedules_of_tenants_take_turns() {
    let place = Place::new(None).await;
    let mut batch = Batch::default();
    for number in 0..2000 {
        let head = catalogue::StoredWorkflow {
            id: format!("w{number:05}"),
            latest: 1,
            active: Some(1),
            state: catalogue::WorkflowState::Active,
            runs: 0,
            template: None,
            created: MONDAY,
            activated: Some((MONDAY, "anna".into())),
            fenced: false,
            live_since: None,
            from_folder: false,
            folder: None,
        };
        // Without a text they start nothing: what is looked at, and in which order, is what counts.
        catalogue::put_workflow(&mut batch, &id("east"), None, &head).expect("packed");
    }
    place.store.commit(batch).await.expect("written");
    place.workflow("west", "read").await;
    place.clock.set(MONDAY + HOUR);
    Scheduler::new(place.app.engine().clone()).tick().await.expect("a look");
    assert_eq!(place.runs("west").await.len(), 1);
    assert_eq!(place.runs("east").await.len(), 0);
}

#[tokio::test]
async fn old_runs_are_forgotten_in_all_tenants_but_those_that_are_put_away() {
    let place = Place::new(None).await;
    for tenant in ["default", "east", "west"] {
        place.workflow(tenant, "read").await;
        place.run(tenant, "read").await.expect("started");
    }
    place.app.archive_tenant("west").await.expect("put away");
    place.clock.set(MONDAY + DAY);
    let pruning = {
        let app = place.app.clone();
        tokio::spawn(async move { app.prune_daily().await })
    };
    for tenant in ["default", "east"] {
        while retention::last_pass(&*place.store, &id(tenant)).await.expect("read") == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(retention::last_pass(&*place.store, &id("west")).await.expect("read"), 0);
    pruning.abort();
}

#[tokio::test]
async fn tenants_are_made_named_put_away_and_taken_up() {
    let place = Place::over(Arc::new(MemoryStore::default()), None).await;
    let app = &place.app;
    let new = |id: &str| NewTenant { id: id.into(), name: None };
    for wrong in ["", "East", "1st", "a-b", "a/b", "..", "东", &"x".repeat(65)] {
        let refused = app.create_tenant(&new(wrong), None).await.expect_err(wrong);
        assert_eq!((refused.kind, &*refused.problem.code), (RefusalKind::Invalid, "tenant_id_invalid"), "{wrong}");
    }
    app.create_tenant(&new("east"), None).await.expect("made");
    for taken in ["east", "default"] {
        assert_eq!(app.create_tenant(&new(taken), None).await.expect_err(taken).kind, RefusalKind::Conflict);
    }
    let other = RenameTenant { name: "  总部 ".into() };
    assert_eq!(app.rename_tenant("default", &other).await.expect("named").name, "总部");
    assert_eq!(&*app.archive_tenant("default").await.expect_err("it stays").problem.code, "tenant_from_the_start");
    for unknown in ["north", "..", ""] {
        assert_eq!(app.archive_tenant(unknown).await.expect_err(unknown).kind, RefusalKind::NotFound);
        assert_eq!(app.show_tenant(unknown).await.expect_err(unknown).kind, RefusalKind::NotFound);
    }
    app.archive_tenant("east").await.expect("put away");
    let listed = app.tenants(&Paging::default()).await.expect("a page");
    let listed: Vec<_> = listed.items.iter().map(|row| (row.id.as_str(), row.archived.is_some())).collect();
    assert_eq!(listed, [("default", false), ("east", true)]);
    let once = tenants::get(&*place.store, &id("east")).await.expect("read").expect("a row");
    place.clock.advance(Duration::from_secs(1));
    app.archive_tenant("east").await.expect("it is put away already");
    assert_eq!(tenants::get(&*place.store, &id("east")).await.expect("read"), Some(once), "since the first time");
    // No role of a tenant has any of this.
    for role in [Role::Owner, Role::Admin, Role::Operator, Role::Approver, Role::Viewer] {
        assert!(!Caller::new(id("east"), "x", [role]).may(Permission::TenantManage));
    }
}

/// The real binary: the option, the variable, a server in between, webhooks, and words in both languages.
#[test]
fn commands_are_about_the_tenant_that_they_name() {
    let mut house = House::new();
    house.good(&["tenant", "create", "east", "--name", "华东"]);
    house.good(&["tenant", "create", "west"]);
    let text = "dsl: 1\nid: read\nname: {zh: 读, en: Read}\non:\n  manual: {}\n  webhook: {path: hr, verify: token}\nconnections:\n  \
                directory: {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n";
    let file = house.path("read.yaml");
    std::fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    let count = |house: &House, args: &[&str]| house.good(args).as_array().expect("a list").len();
    let mut secrets = Vec::new();
    for tenant in ["east", "west"] {
        house.good(&["--tenant", tenant, "workflow", "create", "--file", &file]);
        house.good(&["--tenant", tenant, "workflow", "activate", "read", "--yes"]);
        let made = house.good(&["--tenant", tenant, "workflow", "hook", "read", "--new-secret", "hr"]);
        assert_eq!(made["url"], format!("/hooks/{tenant}/hr"));
        secrets.push(made["secret"].as_str().expect("a secret").to_string());
    }
    house.good(&["run", "read", "--wait", "--tenant", "east"]);
    for served in [false, true] {
        let _server = served.then(|| house.serve());
        assert_eq!(count(&house, &["workflow", "list"]), 0);
        assert_eq!(count(&house, &["--tenant", "east", "runs", "list"]), 1);
        assert_eq!(count(&house, &["--tenant", "west", "runs", "list"]), 0);
        let refused = house.ask(&["--tenant", "north", "runs", "list"]).expect(1).json();
        assert_eq!(refused["error"]["code"], "tenant_unknown");
    }
    {
        // The same path in two tenants: each secret opens its own.
        let _server = house.serve();
        let note: Value =
            serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON");
        let address = note["address"].as_str().expect("an address");
        for (tenant, secret, status) in
            [("west", 1, 202), ("west", 0, 403), ("east", 1, 403), ("default", 1, 403), ("north", 1, 403)]
        {
            assert_eq!(call(address, tenant, &secrets[secret]), status, "{tenant} with secret {secret}");
        }
        house.good(&["tenant", "archive", "west"]);
        assert_eq!(call(address, "west", &secrets[1]), 403);
    }
    house.set("IDFLOW_TENANT", "west");
    let runs = house.good(&["runs", "list"]);
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs}");
    let refused = house.text(&["--lang", "zh", "run", "read", "--wait"]).expect(1);
    assert!(refused.err.contains("已归档"), "{}", refused.err);
    let listed = house.text(&["--lang", "zh", "tenant", "list"]).expect(0).out;
    for word in ["名称", "华东", "使用中", "已归档"] {
        assert!(listed.contains(word), "{listed}");
    }
    let restored = house.text(&["--lang", "en", "tenant", "restore", "west"]).expect(0).out;
    assert!(restored.contains("in use"), "{restored}");
    // The store as a whole.
    house.good(&["store", "check"]);
}

/// The status of a webhook's answer.
fn call(address: &str, tenant: &str, secret: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("the server");
    let head = format!("POST /hooks/{tenant}/hr HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n");
    write!(stream, "{head}Authorization: Bearer {secret}\r\n\r\n{{}}").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status")
}
