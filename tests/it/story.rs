//! The whole way over HTTP and nothing else, from an empty data folder: first owner, connection, people, workflow, a run by hand, its
//! log, a run at the next minute, a second tenant that sees nothing of it; on one server, and on two nodes behind one proxy. The
//! secrets that were used stand nowhere afterwards.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use idflow::store::location::Location;
use serde_json::{Value, json};

mod secrets;

use super::support::{Api, Cluster, Corp, House, PATIENCE, Shown, api::PASSWORD, api::Said, corp, eventually, nodes};

/// 2026-03-02 01:00:30 UTC.
const START: i64 = 1_772_413_230_000;
const MINUTE: i64 = 60_000;

/// A server that ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server, whose log is kept beside the data folder, and gives what it says.
fn serve(house: &House, more: &[&str]) -> (Serving, Value) {
    let log = std::fs::File::create(house.path("log")).expect("a log");
    let mut command = house.command(&["--output", "json", "serve", "--listen", "127.0.0.1:0"]);
    command.args(more).env("IDFLOW_LOG", "info,idflow=debug").stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().expect("the server starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut text = String::new();
    while !text.ends_with("}\n") || serde_json::from_str::<Value>(&text).is_err() {
        assert!(lines.read_line(&mut text).expect("its output") > 0, "it ended: {text}");
    }
    (Serving(child), serde_json::from_str(&text).expect("JSON"))
}

/// A proxy that hands each connection to the next of these addresses, and counts how many each got.
fn proxy(to: Vec<String>) -> (String, Arc<Vec<AtomicUsize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let counts: Arc<Vec<AtomicUsize>> = Arc::new(to.iter().map(|_| AtomicUsize::new(0)).collect());
    let counted = counts.clone();
    std::thread::spawn(move || {
        for (number, near) in listener.incoming().enumerate() {
            let (Ok(near), node) = (near, number % to.len()) else { return };
            let Ok(far) = TcpStream::connect(&to[node]) else { continue };
            counted[node].fetch_add(1, Ordering::Relaxed);
            for (mut from, mut to) in [(near.try_clone().expect("twice"), far.try_clone().expect("twice")), (far, near)]
            {
                std::thread::spawn(move || {
                    let mut buffer = [0u8; 16 << 10];
                    while let Ok(read @ 1..) = from.read(&mut buffer) {
                        if to.write_all(&buffer[..read]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    (format!("http://{address}"), counts)
}

/// A call of a session in a tenant.
fn of_session(api: &Api, owner: &Shown, tenant: &str, method: &str, path: &str, body: Option<&Value>) -> Said {
    let headers = [&owner.session()[..], &[("x-tenant-id", tenant)]].concat();
    api.ask(method, &format!("/api/v1{path}"), &headers, body.map(Value::to_string).as_deref())
}

/// The story; gives what must not stand anywhere afterwards.
fn told(corp: &Corp, api: &Api, first: &Value, later: impl Fn(i64)) -> (Shown, Vec<String>) {
    let link = first["first_link"]["url"].as_str().expect("the link of the first owner");
    let code = json!(link.rsplit('/').next().expect("its code"));
    api.ask("GET", "/api/v1/runs", &[], None).refused(401, "caller_not_proved");
    let owner = api.enter(&code, Some("wang.min"));
    let again = json!({"code": code, "password": PASSWORD}).to_string();
    api.ask("POST", "/api/v1/session/redeem", &[], Some(&again)).refused(401, "link_not_good");

    // Departments and people, by hand.
    for fields in [json!({"name": "Head"}), json!({"name": "East", "parent": "/Head"})] {
        api.post(&owner, "/directory/objects", &json!({"kind": "department", "fields": fields})).is(200);
    }
    for (account, name, mobile) in [("li.lei", "李雷", "13800138000"), ("han.meimei", "韩梅梅", "13900139000")] {
        let fields = json!({"username": account, "name": name, "mobile": mobile, "departments": ["/Head/East"]});
        api.post(&owner, "/directory/objects", &json!({"kind": "user", "fields": fields})).is(200);
    }
    // A connection, tried.
    let settings =
        json!({"corp_id": corp::CORP_ID, "agent_id": corp::AGENT_ID.to_string(), "base_url": corp.base_url()});
    let secrets = json!({"app_secret": corp::APP_SECRET, "contacts_secret": corp::CONTACTS_SECRET});
    let new = json!({"connector": "wecom", "name": "wecom_main", "settings": settings, "secrets": secrets});
    let made = api.post(&owner, "/connections", &new).is(200);
    let mut never = vec![corp::APP_SECRET.to_string(), corp::CONTACTS_SECRET.into(), PASSWORD.into()];
    for callback in made["callbacks"].as_array().into_iter().flatten() {
        let keys = callback["keys"].as_object().into_iter().flatten();
        never.extend(keys.filter_map(|(_, key)| key.as_str().map(String::from)));
    }
    assert_eq!(api.post(&owner, "/connections/wecom_main/test", &json!({})).is(200)["ok"], true);
    // A workflow from a template, due every minute.
    let shown = api.get(&owner, "/templates/wecom_downstream_full").is(200);
    let text = shown["text"].as_str().expect("its text");
    let line = "# schedule: [{cron: \"0 2 * * *\", timezone: Asia/Shanghai}]";
    assert!(text.contains(line), "{text}");
    let text = text.replace(line, "schedule: [{cron: \"* * * * *\", timezone: Asia/Shanghai}]");
    let text = text.replace("delay: 1s, max_delay: 60s", "delay: 0s, max_delay: 0s");
    api.post(&owner, "/workflows", &json!({"text": text, "id": "sync"})).is(200);
    api.post(&owner, "/workflows/sync/activate", &json!({})).is(200);

    // A run by hand, and its log.
    let started = api.post(&owner, "/workflows/sync/runs", &json!({"approve": true})).is(200);
    let run = started["run"].as_str().expect("an id").to_string();
    let shown = api.get(&owner, &format!("/runs/{run}?wait=true")).is(200);
    assert_eq!((&shown["status"], &shown["trigger"]["actor"]), (&json!("succeeded"), &json!("wang.min")), "{shown}");
    let items = api.get(&owner, &format!("/runs/{run}/items")).is(200);
    assert_eq!(items["items"].as_array().map(Vec::len), Some(4), "{items}");
    assert_eq!(corp.member("li.lei")["name"], "李雷");
    // The next minute.
    later(MINUTE);
    let by_time = || {
        let runs = api.get(&owner, "/runs?workflow=sync").is(200);
        let runs = runs["items"].as_array().expect("runs").clone();
        runs.into_iter().find(|run| run["trigger"]["kind"] == "schedule" && !run["ended"].is_null())
    };
    let due = eventually("a run at the next minute", PATIENCE, by_time);
    assert_eq!(
        (&due["status"], &due["trigger"]["due"]),
        (&json!("succeeded_no_change"), &json!("2026-03-02T01:01:00.000Z")),
        "{due}"
    );

    // Another tenant, with an owner of its own, sees nothing of it.
    of_session(api, &owner, "default", "POST", "/tenants", Some(&json!({"id": "west"}))).is(200);
    let new = json!({"name": "zhao.liu", "roles": ["owner"]});
    let code = of_session(api, &owner, "west", "POST", "/accounts", Some(&new)).is(200)["code"].clone();
    let other = api.enter(&code, None);
    for path in [
        "/runs",
        "/workflows",
        "/drafts",
        "/connections",
        "/directory/objects?kind=user",
        "/directory/objects?kind=department",
        "/failures",
        "/removals",
        "/matching",
        "/accounts",
        "/audit",
        "/session",
        "/directory",
    ] {
        let said = api.get(&other, path);
        assert_eq!(said.status, 200, "{path}: {}", said.text);
        for word in ["sync", "li.lei", "李雷", "Head", "wang.min", corp::CORP_ID, "wecom_main", &run] {
            // Whoever made the tenant is its first owner, and stands in its audit.
            let made = ["/audit", "/accounts"].contains(&path) && word == "wang.min";
            assert!(made || !said.text.contains(word), "{path} tells of {word}: {}", said.text);
        }
    }
    for path in [format!("/runs/{run}"), "/workflows/sync".into(), "/connections/wecom_main".into()] {
        assert_eq!(api.get(&other, &path).status, 404, "{path}");
    }
    let headers = [("authorization", format!("Bearer {}", other.token)), ("x-tenant-id", "default".into())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    api.ask("GET", "/api/v1/runs", &headers, None).refused(404, "tenant_unknown");

    never.extend([code.as_str().expect("a code").to_string(), link.rsplit('/').next().expect("a code").to_string()]);
    for shown in [&owner, &other] {
        let secret = |text: &str| text.rsplit('.').next().unwrap_or_default().to_string();
        never.extend([secret(&shown.token), secret(&shown.cookie), shown.csrf.clone()]);
    }
    (owner, never)
}

#[test]
fn from_an_empty_folder_over_http_alone() {
    let corp = Corp::start();
    let house = House::new().clocked(START);
    let (server, first) = serve(&house, &[]);
    let api = Api::at(&format!("http://{}", first["address"].as_str().expect("an address")));
    let (owner, mut never) = told(&corp, &api, &first, |ms| house.set_clock(START + ms));
    never.extend(secrets::used(&api, &owner, &corp));
    let mut places = secrets::places(&api, &owner, &[&house]);
    drop(server);
    let location = Location::Folder(house.data());
    tokio::runtime::Runtime::new().expect("a runtime").block_on(places.and_store(&location));
    places.hold_none_of(&never);
}

#[test]
fn the_same_on_two_nodes_behind_one_proxy() {
    let Some(cluster) = Cluster::start() else { return };
    let corp = Corp::start();
    let url = cluster.url("story");
    let houses = [nodes::node(&url).clocked(START), nodes::node(&url).clocked(START)];
    // People come over https, which the proxy would end; the simulated company is in this machine's network.
    let more = ["--public-url", "https://id.example.com", "--allow-private"];
    let (one, first) = serve(&houses[0], &more);
    let (two, second) = serve(&houses[1], &more);
    let addresses = [&first, &second].map(|told| told["address"].as_str().expect("an address").to_string());
    let (base, counts) = proxy(addresses.into());
    let api = Api::at(&base);
    let (owner, mut never) =
        told(&corp, &api, &first, |ms| houses.iter().for_each(|house| house.set_clock(START + ms)));
    never.extend(secrets::used(&api, &owner, &corp));
    let mut places = secrets::places(&api, &owner, &[&houses[0], &houses[1]]);
    assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) > 20), "both nodes answered: {counts:?}");
    drop((one, two));
    let location: Location = url.parse().expect("an address");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(places.and_store(&location));
    never.push(nodes::KEY.into());
    places.hold_none_of(&never);
}
