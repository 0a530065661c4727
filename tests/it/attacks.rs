//! Bad input and attacks over HTTP against the real server: each is a clear problem, and nothing is changed; and the audit of a
//! server that is killed in the middle of writes.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::support::{Api, House, Shown, eventually, house::BEGIN};

fn workflow(id: &str) -> Value {
    json!({"template": "csv_to_directory", "id": id})
}

/// The names of the entries of a list.
fn ids(api: &Api, shown: &Shown, path: &str, name: &str) -> BTreeSet<String> {
    let list = api.get(shown, path).is(200);
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item[name].as_str().unwrap_or_default().to_string()).collect()
}

#[test]
fn what_nobody_should_send_is_refused_and_changes_nothing() {
    let house = House::new();
    house.good(&BEGIN);
    let log = house.path("log");
    let mut server = house
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .env("IDFLOW_LOG", "idflow::http=info,warn")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).expect("a log"))
        .spawn()
        .expect("the server starts");
    eventually("a note", super::support::PATIENCE, || {
        let note = std::fs::read_to_string(house.data().join("server.json")).ok()?;
        let note: Value = serde_json::from_str(&note).ok()?;
        Api::at(&format!("http://{}", note["address"].as_str()?)).try_ask("GET", "/readyz", &[], None)
    });
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let token = format!("Bearer {}", owner.token);
    let auth = ("authorization", token.as_str());
    let before = ["/workflows", "/connections"].map(|path| api.get(&owner, path).is(200)["items"].clone());

    // A name that stands twice is read one way by whoever looks at it and another way by whoever carries it out.
    let post = |body: &str| api.ask("POST", "/api/v1/workflows", &[auth], Some(body));
    for body in [
        r#"{"template": "csv_to_directory", "id": "one", "id": "two"}"#,
        r#"{"template": "csv_to_directory", "id": "one", "\u0069d": "two"}"#,
        r#"{"id": "one", "unknown": 1}"#,
        "[]",
        "7",
        "\"x\"",
        "{",
        "{\"id\": \"\u{0}\"",
    ] {
        post(body).refused(422, "body_invalid");
    }
    let settings = r#"{"connector": "wecom", "name": "main", "settings": {"corp_id": "a", "corp_id": "b"}}"#;
    api.ask("POST", "/api/v1/connections", &[auth], Some(settings)).refused(422, "body_invalid");
    post(&format!("{{\"id\": {}", "[".repeat(200_000))).refused(422, "body_invalid");
    post(&json!({"id": "x".repeat(5 << 20)}).to_string()).refused(413, "body_too_large");
    let guest = json!({"name": "x".repeat(20 << 10), "password": "x"}).to_string();
    api.ask("POST", "/api/v1/session/start", &[], Some(&guest)).refused(413, "body_too_large");

    // A filter with a slip in its name, a number that is none, one name twice.
    for query in ["limt=1", "limit=x", "limit=1&limit=2", "limit=-1", "state=running&stat=x"] {
        let said = api.get(&owner, &format!("/runs?{query}"));
        assert!(said.status == 422 && said.json()["detail"].is_string(), "{query}: {}", said.text);
    }

    // Proofs that are none.
    let (id, secret) = owner.cookie.split_once('.').expect("a cookie");
    let forged: String = secret.chars().rev().collect();
    let (forged, cut, twice) =
        (format!("{id}.{forged}"), format!("{id}."), format!("{}; {}", owner.cookie, owner.cookie));
    for cookie in [&forged, &cut, &twice, &"idflow=1".to_string(), &owner.cookie.to_uppercase()] {
        let headers = [("cookie", cookie.as_str()), ("x-idflow-csrf", owner.csrf.as_str())];
        api.ask("GET", "/api/v1/session", &headers, None).refused(401, "caller_not_proved");
        let body = workflow("forged").to_string();
        api.ask("POST", "/api/v1/workflows", &headers, Some(&body)).refused(401, "caller_not_proved");
    }
    for value in ["Bearer ", "Bearer idflow_x.y", "bearer x", "Basic eDp5", "Idflow a.b.c", &token.to_uppercase()] {
        api.ask("GET", "/api/v1/session", &[("authorization", value)], None).refused(401, "caller_not_proved");
    }
    // Another tenant, also one whose name is none, is not there.
    for tenant in ["other", "", "../default", "default/..", "DEFAULT", "a%00b"] {
        let said = api.ask("GET", "/api/v1/runs", &[auth, ("x-tenant-id", tenant)], None);
        said.refused(404, "tenant_unknown");
    }
    // Ids that are paths.
    for path in
        ["..%2f..%2fetc%2fpasswd", "%2e%2e", "x%00", "%ff%fe", "a%2fb", &"x".repeat(3_000), "%0d%0aset-cookie:x=1"]
    {
        for what in ["runs", "workflows", "connections", "templates", "accounts", "directory/objects"] {
            let said = api.get(&owner, &format!("/{what}/{path}"));
            assert!([404, 422].contains(&said.status), "{what}/{path}: {} {}", said.status, said.text);
            assert!(said.headers.get("set-cookie").is_none(), "{path}");
        }
    }
    for path in
        ["/..%2f..%2fetc%2fpasswd", "/assets/..%2f..%2fmaster.key", "/welcome/..%2fx", "/hooks/default/..%2f..%2fx"]
    {
        let said = api.ask("GET", path, &[], None);
        assert!(said.status < 500 && !said.text.contains("root:"), "{path}: {} {}", said.status, said.text);
    }
    for method in ["TRACE", "PROPFIND", "OPTIONS", "PUT"] {
        if let Some(said) = api.try_ask(method, "/api/v1/runs", &[auth], None) {
            assert!((400..500).contains(&said.status), "{method}: {}", said.status);
        }
    }
    // Nobody writes lines of their own into the log.
    let lines = "x%0aFORGED%20line%0d%0aFORGED";
    api.get(&owner, &format!("/runs/{lines}"));
    api.ask("GET", &format!("/{lines}?{lines}"), &[("user-agent", "FORGED")], None);
    let named = json!({"name": "x\nFORGED line", "password": "y\nFORGED"}).to_string();
    api.ask("POST", "/api/v1/session/start", &[], Some(&named)).is(401);
    api.ask("GET", "/api/v1/runs", &[auth, ("x-idflow-user", "a%0aFORGED")], None).is(200);

    let after = ["/workflows", "/connections"].map(|path| api.get(&owner, path).is(200)["items"].clone());
    assert_eq!(after, before, "nothing was made or changed");
    assert_eq!(api.get(&owner, "/audit/verification").is(200)["ok"], true);
    let metrics = api.ask("GET", "/metrics", &[], None).text;
    assert!(metrics.contains("5xx\"} 0") || !metrics.contains("class=\"5xx\""), "{metrics}");
    server.kill().expect("killed");
    server.wait().expect("it ends");
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(log.contains("answered"), "the requests are in the log: {log}");
    assert!(log.lines().all(|line| !line.trim_start().starts_with("FORGED")) && !log.contains('\u{1b}'), "{log}");
    for secret in [owner.token.as_str(), owner.cookie.as_str(), owner.csrf.as_str(), super::support::api::PASSWORD] {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}

#[test]
fn a_server_that_is_killed_in_the_middle_of_writes_has_an_entry_of_each() {
    let house = House::new();
    house.good(&BEGIN);
    let server = house.serve();
    let owner = Api::of(&house).first_owner(&house);
    server.kill();
    let number = AtomicUsize::new(0);
    for _ in 0..4 {
        let server = house.serve();
        let killed = AtomicBool::new(false);
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let api = Api::of(&house);
                    let token = format!("Bearer {}", owner.token);
                    while !killed.load(Ordering::Relaxed) {
                        let body = workflow(&format!("made_{}", number.fetch_add(1, Ordering::Relaxed))).to_string();
                        let auth = [("authorization", token.as_str())];
                        if api
                            .try_ask("POST", "/api/v1/workflows", &auth, Some(&body))
                            .is_some_and(|said| said.status == 200)
                        {
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
            eventually("writes", super::support::PATIENCE, || (done.load(Ordering::Relaxed) >= 6).then_some(()));
            server.kill();
            killed.store(true, Ordering::Relaxed);
        });
    }
    let _server = house.serve();
    let api = Api::of(&house);
    let made = ids(&api, &owner, "/workflows?limit=500", "id");
    assert!(made.len() > 24, "{made:?}");
    assert_eq!(api.get(&owner, "/audit/verification").is(200)["ok"], true);
    let (mut told, mut unknown, mut cursor) = (BTreeSet::new(), 0, String::new());
    loop {
        let page = api.get(&owner, &format!("/audit?limit=500{cursor}")).is(200);
        for entry in page["items"].as_array().expect("entries") {
            unknown += usize::from(entry["outcome"] == "end_unknown");
            let asked = if entry["outcome"] == "end_unknown" { &entry["after"]["asked"] } else { &entry["after"] };
            told.extend(entry["about"].as_str().map(String::from));
            told.extend(asked["id"].as_str().map(String::from));
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let missing: Vec<_> = made.iter().filter(|id| id.starts_with("made_") && !told.contains(*id)).collect();
    assert!(missing.is_empty(), "made, and not in the audit: {missing:?} ({unknown} entries have an unknown end)");
}

#[test]
fn a_server_elsewhere_is_used_with_a_token_that_is_kept_for_the_user_alone() {
    let house = House::new();
    house.good(&BEGIN);
    let _server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    // Somebody on another machine: no data folder, settings of their own.
    let user = House::new();
    let there = |args: &[&str], token: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idflow"));
        for name in ["IDFLOW_DATA_DIR", "IDFLOW_STORE", "IDFLOW_TENANT", "IDFLOW_SERVER", "IDFLOW_TOKEN", "HOME"] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", user.path("settings")).env("GIVEN", token).env("LC_ALL", "C");
        let done = command.current_dir(user.source()).args(["--output", "json"]).args(args).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (done.status.code().unwrap_or(-1), text(&done.stdout), text(&done.stderr))
    };
    let good = |args: &[&str]| {
        let (code, out, err) = there(args, &owner.token);
        assert_eq!(code, 0, "{args:?}: {out} {err}");
        serde_json::from_str::<Value>(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    };
    let login = ["login", api.base.as_str(), "--token", "env:GIVEN"];
    let kept = user.path("settings/idflow/servers.json");
    assert_ne!(there(&login, "idflow_wrong").0, 0);
    assert!(!kept.exists(), "a token that is not good is not kept");
    assert_ne!(there(&["login", "http://id.example.com", "--token", "env:GIVEN"], &owner.token).0, 0, "not encrypted");
    assert_eq!(good(&login)["actor"], "owner");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&kept), mode(kept.parent().expect("a folder"))), (0o600, 0o700));
    }
    let me = good(&["whoami"]);
    assert_eq!((&me["actor"], &me["server"]), (&json!("owner"), &json!(api.base)), "{me}");
    // Commands of all sorts, with and without the name of the server.
    assert_eq!(good(&["workflow", "create", "--template", "csv_to_directory", "--id", "far"])["id"], "far");
    let listed = good(&["--server", &api.base, "workflow", "list"]).to_string();
    assert!(listed.contains("\"far\""), "{listed}");
    assert!(house.good(&["workflow", "list"]).to_string().contains("\"far\""), "it is there");
    good(&["runs", "list"]);
    good(&["audit", "verify"]);
    assert!(good(&["tenant", "list"]).to_string().contains("default"));
    // What is about a machine is about this one.
    let (code, out, _) = there(&["--server", &api.base, "store", "size"], "");
    assert!(code != 0 && out.contains("this machine"), "{out}");
    let (code, out, _) = there(&["directory", "import", "."], "");
    assert!(code != 0 && out.contains("cannot read a folder"), "{out}");
    assert!(!user.source().join("idflow-data").exists(), "no data folder was made here");
    // A token of the environment, for whoever keeps none.
    good(&["logout"]);
    let (code, out, err) = there(&["--server", &api.base, "whoami"], "");
    assert!(code != 0 && out.contains("not logged in"), "{out} {err}");
    assert!(!std::fs::read_to_string(&kept).expect("the file").contains(&owner.token), "the token is forgotten");
    assert_ne!(there(&["whoami"], "").0, 0, "there is neither a server nor a data folder");
}

/// An address of each operation of the document for which somebody must be known: method, path, whether it takes JSON, its name.
fn operations(api: &Api) -> Vec<(String, String, bool, String)> {
    let document = api.ask("GET", "/api/openapi.json", &[], None).is(200);
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().unwrap_or_default().to_string();
            let guest = ["sign_in", "redeem_link", "list_sign_in_ways"].contains(&id.as_str());
            let takes = !operation["requestBody"]["content"]["application/json"].is_null();
            if !id.is_empty() && !guest {
                let path = format!("/api/v1{}", path.trim_start_matches("/api/v1").replace("{id}", "nobody"));
                all.push((method.to_uppercase(), path, takes, id));
            }
        }
    }
    assert!(all.len() > 150, "only {} operations", all.len());
    all
}

#[test]
fn each_operation_refuses_sessions_that_are_none_and_bodies_that_are_too_large_or_say_two_things() {
    const MONDAY: i64 = 1_772_409_600_000;
    let house = House::new().clocked(MONDAY);
    house.good(&BEGIN);
    let _server = house.serve();
    let api = Api::of(&house);
    let owner = api.first_owner(&house);
    let done = || {
        let entries = api.get(&owner, "/audit?limit=500").is(200)["items"].as_array().expect("entries").clone();
        entries.iter().filter(|entry| entry["kind"] == "write" && entry["outcome"] == "done").count()
    };
    let before = done();
    let (id, secret) = owner.cookie.split_once('.').expect("a cookie");
    let forged = format!("{id}.{}", secret.chars().rev().collect::<String>());
    let forged = [("cookie", forged.as_str()), ("x-idflow-csrf", owner.csrf.as_str())];
    // A token is never let into what belongs to a person alone.
    let auth = owner.session();
    let large = json!({"name": "x".repeat(5 << 20)}).to_string();
    let all = operations(&api);
    for (method, path, takes, id) in &all {
        let ask = |headers: &[(&str, &str)], body: Option<&str>| api.ask(method, path, headers, body);
        let refused = |said: super::support::api::Said, status: u16, code: &str| {
            let is = said.json()["code"].as_str().unwrap_or_default().to_string();
            assert_eq!((said.status, is.as_str()), (status, code), "{id}: {}", said.text);
        };
        let body = takes.then_some("{}");
        refused(ask(&[], body), 401, "caller_not_proved");
        refused(ask(&forged, body), 401, "caller_not_proved");
        if method != "GET" {
            refused(ask(&[("cookie", owner.cookie.as_str())], body), 403, "csrf_missing");
            refused(ask(&[owner.session()[0], ("x-idflow-csrf", "0")], body), 403, "csrf_missing");
            let elsewhere = ("origin", "https://other.example.com");
            refused(ask(&[&owner.session()[..], &[elsewhere]].concat(), body), 403, "origin_other");
        }
        if *takes {
            for ambiguous in
                [r#"{"name": "a", "name": "b"}"#, r#"{"x": {"a": 1, "\u0061": 2}}"#, "[]", "7", "{", "\u{0}"]
            {
                refused(ask(&auth, Some(ambiguous)), 422, "body_invalid");
            }
            refused(ask(&auth, Some(&large)), 413, "body_too_large");
        }
    }
    assert_eq!(done(), before, "nothing was done");
    // A session that is over is none, whatever it asks for.
    house.set_clock(MONDAY + 8 * 86_400_000);
    for (method, path, takes, id) in &all {
        let said = api.ask(method, path, &owner.session(), takes.then_some("{}"));
        assert_eq!((said.status, &said.json()["code"]), (401, &json!("caller_not_proved")), "{id}");
    }
}
