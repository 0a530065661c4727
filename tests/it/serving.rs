//! How the server is reached: TLS, proxies, headers, metrics; what it refuses; backups, bundles, the service.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use wecom_sim::Latency;

use super::support::{Corp, House, Organisation, PATIENCE, corp, eventually};

/// A running server with arguments of its own.
struct Running {
    child: Child,
    told: Value,
    err: Option<std::process::ChildStderr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(house: &House, args: &[&str], set: &[(&str, &str)]) -> Running {
    let mut all = vec!["--output", "json", "serve"];
    all.extend(args);
    let mut command = house.command(&all);
    command.envs(set.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the server starts");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut text = String::new();
    while serde_json::from_str::<Value>(&text).is_err() {
        let read = out.read_line(&mut text).expect("the server's output");
        if read == 0 {
            let mut err = String::new();
            let _ = child.stderr.take().expect("errors").read_to_string(&mut err);
            panic!("the server ended before it answered: {text}{err}");
        }
    }
    std::mem::forget(out);
    let err = child.stderr.take();
    Running { child, told: serde_json::from_str(&text).expect("JSON"), err }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work)
}

fn plain() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A certificate for this name, made by `openssl`; nothing where that is not there.
fn certificate(folder: &Path, name: &str) -> Option<()> {
    let made = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-keyout", "key.pem", "-out", "cert.pem", "-subj", &format!("/CN={name}")])
        .args(["-addext", &format!("subjectAltName=DNS:{name}")])
        .output();
    if made.is_ok_and(|made| made.status.success()) {
        return Some(());
    }
    eprintln!("skipped: openssl is not there");
    None
}

#[test]
fn a_server_with_a_certificate_encrypts_and_local_commands_reach_it_still() {
    let house = House::new();
    let Some(()) = certificate(&house.path("."), "id.example.com") else { return };
    let port = free_port();
    let (cert, key) = (house.path("cert.pem").display().to_string(), house.path("key.pem").display().to_string());
    let (listen, page) = (format!("127.0.0.1:{port}"), format!("https://id.example.com:{port}"));
    let args = ["--listen", &listen, "--tls-cert", &cert, "--tls-key", &key, "--public-url", &page];
    let server = serve(&house, &args, &[]);
    let link = server.told["first_link"]["url"].as_str().expect("a first link").to_string();
    assert!(link.starts_with(&page), "{link}");
    // Where others are answered is told, beside the port of local commands.
    assert_eq!(server.told["listen"], Value::from(listen.as_str()), "{}", server.told);
    run(async {
        let at = format!("127.0.0.1:{port}").parse().expect("an address");
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_danger_accept_invalid_certs(true)
            .resolve("id.example.com", at)
            .build()
            .expect("a client");
        let answer = client.get(format!("{page}/api/v1/session")).send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        for (name, value) in [
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.headers().get(name).and_then(|value| value.to_str().ok()), Some(value), "{name}");
        }
        let csp = answer.headers()["content-security-policy"].to_str().expect("text").to_string();
        assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{csp}");
        assert_eq!(answer.headers()["x-request-id"].len(), 26);
        let code = link.rsplit('/').next().expect("a code");
        let body = serde_json::json!({"code": code, "name": "wang.min", "password": "a sentence of five words"});
        let redeemed =
            client.post(format!("{page}/api/v1/session/redeem")).json(&body).send().await.expect("an answer");
        let cookie = redeemed.headers()["set-cookie"].to_str().expect("text").to_string();
        assert!(cookie.starts_with("__Host-idflow=") && cookie.contains("; Secure"), "{cookie}");
        // Not encrypted, nobody is answered there.
        assert!(plain().get(format!("http://127.0.0.1:{port}/healthz")).send().await.is_err());
        // Under another name it is nobody's server.
        let other = client.get(format!("{page}/api/v1/session")).header("host", "evil.example").send().await;
        let other = other.expect("an answer");
        assert_eq!(other.status(), 421);
        let told = other.text().await.expect("a body");
        assert!(told.contains(&format!("id.example.com:{port}")) && told.contains("127.0.0.1"), "{told}");
    });
    assert_eq!(house.good(&["runs", "list"]), serde_json::json!([]));
}

#[test]
fn what_would_show_secrets_to_a_network_is_refused() {
    let house = House::new();
    for (args, why) in [
        (vec!["--listen", "0.0.0.0:0"], "not a loopback address"),
        (vec!["--listen", "0.0.0.0:0", "--insecure-http"], "needs --public-url"),
        (vec!["--listen", "0.0.0.0:0", "--trusted-proxy", "10.0.0.0/8"], "needs --public-url"),
        (vec!["--public-url", "http://id.example.com"], "not an https:// address"),
        (
            vec!["--tls-cert", "nothing.pem", "--tls-key", "nothing.pem", "--public-url", "https://id.example.com"],
            "nothing.pem",
        ),
    ] {
        let mut all = vec!["serve"];
        all.extend(args);
        let refused = house.text(&all).expect(1);
        assert!(refused.err.contains(why), "{all:?}: {}", refused.err);
    }
    let wrong = house.text(&["serve", "--trusted-proxy", "10.0.0.0/99"]).expect(2);
    assert!(wrong.err.contains("is not a range of addresses"), "{}", wrong.err);
    // A slip in the file of settings is told, and not passed over.
    std::fs::write(house.path("settings"), "IDFLOW_LISTN=127.0.0.1:1\n").expect("written");
    let done = house.command(&["runs", "list"]).env("IDFLOW_CONFIG", house.path("settings")).output().expect("it runs");
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("there is no setting IDFLOW_LISTN"));
}

#[test]
fn settings_come_from_a_file_and_metrics_are_for_this_machine() {
    let house = House::new();
    let port = free_port();
    let text = format!("IDFLOW_LISTEN=127.0.0.1:{port}\nIDFLOW_LOG=idflow::http=info\nIDFLOW_LOG_FORMAT=json\n");
    std::fs::write(house.path("settings"), text).expect("written");
    let settings = house.path("settings").display().to_string();
    let mut server = serve(&house, &[], &[("IDFLOW_CONFIG", &settings)]);
    run(async {
        let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
        let client = plain();
        assert_eq!(client.get(at("/readyz")).send().await.expect("an answer").text().await.expect("text"), "ready");
        let metrics = client.get(at("/metrics")).send().await.expect("an answer");
        assert_eq!(metrics.status(), 200);
        let text = metrics.text().await.expect("text");
        for name in
            ["idflow_build_info{version=", "idflow_runs_at_work 0", "idflow_store_up 1", "idflow_live_streams 0"]
        {
            assert!(text.contains(name), "{name}: {text}");
        }
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').expect("name and value");
            assert!(value.parse::<f64>().is_ok() && !name.contains("tenant"), "{line}");
        }
        // A proxy on this machine brings others along.
        let through = client.get(at("/metrics")).header("x-forwarded-for", "203.0.113.9").send().await;
        assert_eq!(through.expect("an answer").status(), 404);
    });
    let _ = server.child.kill();
    let mut lines = String::new();
    let _ = server.err.take().expect("errors").read_to_string(&mut lines);
    let answered: Vec<Value> = lines
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).expect("JSON on each line"))
        .collect();
    let found = answered.iter().find(|line| line["span"]["path"] == "/metrics").expect("the request is told");
    assert!(found["status"] == 200 && found["span"]["id"].as_str().is_some_and(|id| id.len() == 26), "{found}");
}

#[test]
fn a_connection_does_not_lead_into_the_network_of_a_server_that_others_reach() {
    let corp = Corp::start();
    let house = House::new();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let args = ["--listen", &listen, "--public-url", "https://id.example.com"];
    house.connect(&corp);
    let server = serve(&house, &args, &[]);
    let before = corp.requests().len();
    let tested = house.ask(&["connection", "test", "main"]).json().to_string();
    assert!(tested.contains("wecom_base_url_private"), "{tested}");
    assert_eq!(corp.requests().len(), before, "nobody was called");
    drop(server);
    let mut wide = args.to_vec();
    wide.push("--allow-private");
    let _server = serve(&house, &wide, &[]);
    house.ask(&["connection", "test", "main"]).expect(0);
}

#[test]
fn a_backup_of_a_working_server_comes_back_whole_and_a_damaged_one_not_at_all() {
    let house = House::new();
    Organisation::generated(3, 30).write(&house.source());
    house.import(&[]).expect(0);
    let server = house.serve();
    let file = house.path("backup").display().to_string();
    let made = house.good(&["backup", &file]);
    assert!(made["entries"].as_u64().is_some_and(|entries| entries > 60), "{made}");
    house.ask(&["backup", &file]).expect(1);
    let before = house.good(&["runs", "list"]);
    // What comes later is not in it.
    house.import(&[]).expect(0);
    server.stop();
    let other = House::new();
    let bytes = std::fs::read(&file).expect("the backup");
    let longer = [&bytes[..], b"x"].concat();
    let cut = &bytes[..bytes.len() - 7];
    for (name, bad) in [("cut", cut), ("longer", &longer[..]), ("empty", &bytes[..0]), ("other", &b"a text"[..])] {
        let bad_file = house.path(name);
        std::fs::write(&bad_file, bad).expect("written");
        let refused = other.text(&["restore", &bad_file.display().to_string()]).expect(1).err;
        let cause = match name {
            "cut" => "is cut short",
            "longer" => "is damaged",
            _ => "is not a backup",
        };
        assert!(
            refused.contains(cause) && !refused.contains("store check"),
            "about the file, not about data: {refused}"
        );
        assert!(!other.data().join("store").exists(), "{name}: nothing is left behind");
    }
    other.good(&["restore", "--check", &file]);
    other.good(&["restore", &file]);
    other.ask(&["restore", &file]).expect(1);
    std::fs::copy(house.data().join("master.key"), other.data().join("master.key")).expect("the key");
    assert_eq!(other.good(&["runs", "list"]), before);
    other.ask(&["store", "check"]).expect(0);
}

#[test]
fn what_was_under_way_when_a_backup_was_made_ends_and_the_next_run_compares() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let organisation = Organisation::generated(2, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 100, jitter_ms: 0 });
    let server = house.serve();
    let begun = house.good(&["run", "sync"])["run"].as_str().expect("a run").to_string();
    eventually("some objects are made", PATIENCE, || (corp.writes() > 5).then_some(()));
    let file = house.path("backup").display().to_string();
    house.good(&["backup", &file]);
    corp.set_latency(Latency { ms: 0, jitter_ms: 0 });
    eventually("it ends", PATIENCE, || (house.good(&["runs", "show", &begun])["status"] == "succeeded").then_some(()));
    server.stop();
    let before = corp.writes();
    let other = House::new();
    other.good(&["restore", &file]);
    std::fs::copy(house.data().join("master.key"), other.data().join("master.key")).expect("the key");
    let _server = other.serve();
    let over = eventually("it ends", PATIENCE, || {
        let run = other.good(&["runs", "show", &begun]);
        (run["status"] == "cancelled").then_some(run)
    });
    assert_eq!(corp.writes(), before, "nothing is written by the plan of that time: {over}");
    let next = other.ask(&["run", "sync", "--wait", "--yes"]).expect(0).json();
    assert!(next["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{next}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

/// A house with a run that waits for somebody: more leave than may leave in one run.
fn with_a_held_run(corp: &Corp) -> (House, String) {
    let house = House::ready(corp, "wecom_downstream_mirror");
    let mut organisation = Organisation::generated(2, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (20..40).for_each(|number| drop(organisation.people.remove(&format!("E{number:04}"))));
    organisation.write(&house.source());
    let held = house.import(&[]).expect(4).json();
    (house, held["run"].as_str().expect("a run").to_string())
}

/// It was cancelled at the start, nobody approves it any more, and nobody has left.
fn is_over(house: &House, run: &str) {
    let over = eventually("it ends", PATIENCE, || {
        let run = house.good(&["runs", "show", run]);
        (run["status"] == "cancelled").then_some(run)
    });
    house.ask(&["runs", "approve", run]).expect(1);
    let people = house.good(&["directory", "show", "user"]);
    let left = people.as_array().expect("people").iter().filter(|one| one["status"] == "left").count();
    assert_eq!(left, 0, "{over}");
}

/// A plan that waited for somebody when the backup was made is one of that time: nobody approves it in what was restored.
#[test]
fn a_held_run_of_a_restored_backup_is_not_approved() {
    let corp = Corp::start();
    let (house, held) = with_a_held_run(&corp);
    let file = house.path("backup").display().to_string();
    house.good(&["backup", &file]);
    let other = House::new();
    other.good(&["restore", &file]);
    std::fs::copy(house.data().join("master.key"), other.data().join("master.key")).expect("the key");
    let _server = other.serve();
    is_over(&other, &held);
}

/// A store that was put back by other means knows it only if somebody says so.
#[test]
fn a_store_that_is_said_to_be_restored_is_treated_as_one() {
    let corp = Corp::start();
    let (house, held) = with_a_held_run(&corp);
    assert_eq!(house.good(&["runs", "show", &held])["status"], "held");
    assert_eq!(house.good(&["store", "restored"])["restored"], true);
    let _server = house.serve();
    is_over(&house, &held);
}

#[test]
fn a_bundle_has_everything_but_secrets_and_private_values() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(3, 12).write(&house.source());
    house.import(&[]).expect(0);
    let effect = wecom_sim::Effect::Error { errcode: 60104, errmsg: Some(format!("leak {}", corp::APP_SECRET)) };
    let rule = wecom_sim::FaultRule::new("/cgi-bin/user/create", effect).matching("user0007\"");
    corp.set_faults(wecom_sim::Faults::rules([rule]));
    let run = house.sync(&[]).expect(3).json();
    let id = run["run"].as_str().expect("an id");
    let file = house.path("bundle.zip").display().to_string();
    house.text(&["runs", "bundle", id, &file]).expect(0);
    let opened = std::fs::File::open(&file).expect("the bundle");
    let mut zip = zip::ZipArchive::new(opened).expect("a zip file");
    let names: Vec<String> = zip.file_names().map(|name| name.expect("a name").to_string()).collect();
    for name in [
        "run.json",
        "plan.json",
        "items.jsonl",
        "calls.jsonl",
        "journal.jsonl",
        "workflow.yaml",
        "connections.json",
        "versions.json",
    ] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let mut all = String::new();
    for (place, name) in names.iter().enumerate() {
        let mut text = String::new();
        zip.by_index(place).expect("an entry").read_to_string(&mut text).expect("text");
        assert!(!text.trim().is_empty(), "{name} is empty");
        all.push_str(&text);
    }
    for secret in [corp::APP_SECRET, corp::CONTACTS_SECRET] {
        assert!(!all.contains(secret), "a secret stands in the bundle");
    }
    assert!(all.contains("60104") && all.contains(corp::CORP_ID) && all.contains("user0007"));
    let is_mobile =
        |part: &&str| part.len() == 11 && part.starts_with('1') && part.bytes().all(|byte| byte.is_ascii_digit());
    let mobiles: Vec<&str> = all.split(['"', ' ', ',']).filter(is_mobile).collect();
    assert!(mobiles.is_empty(), "private values are masked: {mobiles:?}");
}

#[test]
fn the_service_is_installed_below_a_folder_and_keeps_to_itself() {
    let house = House::new();
    let root = house.path("root").display().to_string();
    house.text(&["service", "install", "--root", &root, "--program", "/usr/bin/idflow"]).expect(0);
    let unit = std::fs::read_to_string(house.path("root/etc/systemd/system/idflow.service")).expect("a unit");
    for line in ["ExecStart=/usr/bin/idflow serve", "DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    assert_eq!(house.text(&["service", "unit", "--program", "/usr/bin/idflow"]).expect(0).out, unit);
    let relative = house.text(&["service", "unit", "--program", "bin/idflow"]).expect(0).out;
    assert!(relative.contains("ExecStart=/") && relative.contains("/bin/idflow serve"), "{relative}");
    assert!(house.path("root/etc/idflow/idflow.env").exists());
    house.text(&["service", "install", "--root", &root, "--program", "/usr/bin/idflow"]).expect(1);
    let pages = house.path("man").display().to_string();
    house.text(&["man", &pages]).expect(0);
    let page = std::fs::read_to_string(house.path("man/idflow-runs-watch.1")).expect("a page");
    assert!(page.contains(".TH") && page.contains("Watch runs live"), "{page}");
    // The image takes what it is given and fetches nothing.
    let image =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/Dockerfile")).expect("a file");
    let steps: Vec<&str> = image.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(
        steps.contains(&"FROM scratch") && !steps.iter().any(|line| line.starts_with("RUN") || line.starts_with("ADD"))
    );
}

#[test]
fn a_server_that_is_asked_to_stop_is_not_ready_and_ends() {
    let house = House::new();
    let mut server = serve(&house, &[], &[]);
    let address = server.told["address"].as_str().expect("an address").to_string();
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    let ended = eventually("it ends", PATIENCE, || server.child.try_wait().expect("a process"));
    assert!(ended.success(), "{ended}");
    assert!(
        std::net::TcpStream::connect_timeout(&address.parse().expect("an address"), Duration::from_secs(1)).is_err()
    );
}

/// A command elsewhere believes a certificate that the system does not know only where its owner says so.
#[test]
fn a_login_elsewhere_believes_the_certificate_that_it_is_given_and_no_other() {
    let (house, user) = (House::new(), House::new());
    let folder = house.path(".");
    let made = Command::new("openssl")
        .current_dir(&folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=server of a test"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: openssl is not there");
        return;
    }
    house.good(&super::support::house::BEGIN);
    let port = free_port();
    let (cert, key) = (house.path("cert.pem").display().to_string(), house.path("key.pem").display().to_string());
    let (listen, page) = (format!("127.0.0.1:{port}"), format!("https://localhost:{port}"));
    let server =
        serve(&house, &["--listen", &listen, "--tls-cert", &cert, "--tls-key", &key, "--public-url", &page], &[]);
    let link = server.told["first_link"]["url"].as_str().expect("a first link").to_string();
    let token = run(async {
        let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build();
        let client = client.expect("a client");
        let code = link.rsplit('/').next().expect("a code");
        let body = serde_json::json!({"code": code, "name": "wang.min", "password": "a sentence of five words"});
        let entered = client.post(format!("{page}/api/v1/session/redeem")).json(&body).send().await.expect("an answer");
        let cookie = entered.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("it").to_string();
        let entered: Value = entered.json().await.expect("JSON");
        let body = serde_json::json!({"name": "laptop", "permissions": ["workflow:view"]});
        let made = client
            .post(format!("{page}/api/v1/tokens"))
            .header("cookie", cookie)
            .header("x-idflow-csrf", entered["csrf"].as_str().unwrap_or_default())
            .json(&body);
        let made: Value = made.send().await.expect("an answer").json().await.expect("JSON");
        made["token"].as_str().unwrap_or_else(|| panic!("{made}")).to_string()
    });
    let there = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idflow"));
        for name in ["IDFLOW_DATA_DIR", "IDFLOW_STORE", "IDFLOW_TENANT", "IDFLOW_SERVER", "IDFLOW_TOKEN", "HOME"] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", user.path("settings")).env("GIVEN", &token).env("LC_ALL", "C");
        command.current_dir(user.source()).args(["--output", "json"]).args(args).output().expect("it runs")
    };
    let login = |more: &[&str]| there(&[&["login", page.as_str(), "--token", "env:GIVEN"][..], more].concat());
    let kept = user.path("settings/idflow/servers.json");
    let said = |done: &std::process::Output| String::from_utf8_lossy(&done.stdout).into_owned();
    let doubted = login(&[]);
    assert!(!doubted.status.success() && !kept.exists(), "nobody has vouched for it");
    assert!(said(&doubted).contains("--ca FILE"), "{}", said(&doubted));
    // Another certificate of the same name is not this one.
    assert!(certificate(&user.path("."), "localhost").is_some());
    let other = user.path("cert.pem").display().to_string();
    assert!(!login(&["--ca", &other]).status.success() && !kept.exists(), "another one");
    let done = login(&["--ca", &cert]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    // It is kept with the token, and used by the commands after it.
    let listed = there(&["workflow", "list"]);
    assert!(listed.status.success(), "{}", said(&listed));
    // What is about the machine that has the data is not done here.
    let size = there(&["store", "size"]);
    assert!(!size.status.success() && said(&size).contains("--data-dir"), "{}", said(&size));
    assert!(said(&size).contains(&page), "{}", said(&size));
    // A certificate of a CA is none of a server.
    drop(server);
    assert!(certificate(&house.path("."), "localhost").is_some());
    let _server =
        serve(&house, &["--listen", &listen, "--tls-cert", &cert, "--tls-key", &key, "--public-url", &page], &[]);
    let refused = login(&["--ca", &cert]);
    assert!(!refused.status.success() && said(&refused).contains("basicConstraints"), "{}", said(&refused));
}

/// Single sign-on by the configuration of the server, and what a strict server does not call.
#[test]
fn openid_connect_stands_in_the_configuration_and_a_strict_server_calls_nothing_private() {
    let house = House::new();
    house.good(&super::support::house::BEGIN);
    let set = [
        ("IDFLOW_OIDC_ISSUER", "http://127.0.0.1:9"),
        ("IDFLOW_OIDC_CLIENT_ID", "idflow"),
        ("IDFLOW_OIDC_CLIENT_SECRET", "oidc-secret-Zx81"),
        ("IDFLOW_OIDC_TITLE", "Company"),
    ];
    let strict =
        ["--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1/32", "--public-url", "https://id.example.com"];
    {
        let _server = serve(&house, &strict, &set);
        let shown = house.good(&["oidc", "show"]);
        assert!(shown["by_server"] == true && shown["has_secret"] == true, "{shown}");
        assert_eq!(shown["settings"]["title"], "Company");
        assert!(shown["settings"]["client_secret"].is_null(), "{shown}");
        let code = |args: &[&str]| house.ask(args).expect(1).json()["error"]["code"].clone();
        assert_eq!(code(&["oidc", "set", "https://other.example.com", "--client-id", "x"]), "oidc_by_server");
        assert_eq!(code(&["oidc", "remove"]), "oidc_by_server");
        // Neither the provider nor a mail server of this machine is called.
        let mail = ["notify", "mail", "set", "127.0.0.1", "--security", "none", "--from", "idflow@example.com"];
        assert_eq!(code(&mail), "address_private");
    }
    {
        let _server = serve(&house, &strict, &[]);
        let code = |args: &[&str]| house.ask(args).expect(1).json()["error"]["code"].clone();
        for issuer in ["http://127.0.0.1:9", "https://10.0.0.1", "https://169.254.169.254", "https://localhost"] {
            assert_eq!(code(&["oidc", "set", issuer, "--client-id", "x"]), "address_private", "{issuer}");
        }
        // What the configuration said last stays until somebody changes it.
        let shown = house.good(&["oidc", "show"]);
        assert!(shown["by_server"] == false && shown["settings"]["issuer"] == "http://127.0.0.1:9", "{shown}");
        house.good(&["oidc", "remove"]);
    }
    assert!(house.files().iter().all(|(_, bytes)| !bytes.windows(16).any(|part| part == b"oidc-secret-Zx81")));
}

/// On a loopback address a password can wait. Whoever then signs out is not locked out: the next start says how to come in.
#[test]
fn an_owner_without_a_password_gets_a_link_at_the_next_start() {
    let house = House::new();
    let begin = || serve(&house, &["--listen", "127.0.0.1:0"], &[]);
    let redeem = |told: &Value, more: Value| {
        let link = told["first_link"]["url"].as_str().unwrap_or_else(|| panic!("no link: {told}")).to_string();
        let (page, code) = link.split_once("/welcome/").expect("a link");
        let mut body = serde_json::json!({"code": code});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        run(async {
            let client = reqwest::Client::builder().no_proxy().build().expect("a client");
            let sent =
                client.post(format!("{page}/api/v1/session/redeem")).json(&body).send().await.expect("an answer");
            assert!(sent.status().is_success(), "{:?}", sent.text().await);
        });
    };
    let server = begin();
    redeem(&server.told, serde_json::json!({"name": "wang.min"}));
    drop(server);
    let server = begin();
    redeem(&server.told, serde_json::json!({"password": "a sentence of five words"}));
    drop(server);
    let server = begin();
    assert!(server.told["first_link"].is_null(), "who has a password signs in by it: {}", server.told);
}
