//! Strangers on the machine: on the port of a server that has gone, in the data folder, at the server itself.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use idflow::{
    app::{App, Settings},
    contract::connection::NewConnection,
    engine::clock::SystemClock,
    store::location::Location,
};
use serde_json::Value;
use wecom_sim::Latency;

use super::support::{Corp, House, Manners, Organisation, PATIENCE, Stranger, corp, eventually, house::Answer};

/// 2026-03-02 00:00 in China.
const MONDAY: i64 = 1_772_380_800_000;

fn note(house: &House) -> Value {
    serde_json::from_slice(&std::fs::read(house.data().join("server.json")).expect("a note")).expect("JSON")
}

fn address(house: &House) -> String {
    note(house)["address"].as_str().expect("an address").to_string()
}

/// Sends bytes to a server and gives all that it answers.
fn raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("no status: {answer}"))
}

/// What a stranger may have heard: questions for a proof, and nothing else.
#[track_caller]
fn only_questions(house: &House, heard: &[String]) {
    let key = std::fs::read_to_string(house.data().join("local.key")).unwrap_or_default();
    for text in heard {
        assert!(text.is_empty() || text.starts_with("GET /api/v1/hello HTTP/1.1\r\n"), "a stranger was told: {text}");
        let lower = text.to_lowercase();
        assert!(!lower.contains("authorization") && !lower.contains("content-length: "), "{text}");
        assert!(text.is_empty() || text.ends_with("\r\n\r\n"), "a body: {text}");
        for secret in [corp::APP_SECRET, corp::CONTACTS_SECRET, corp::CORP_ID, "wang.min"] {
            assert!(!text.contains(secret), "a stranger was told a secret: {text}");
        }
        assert!(key.trim().is_empty() || !text.contains(key.trim()), "a stranger was told the key");
    }
}

/// A house whose server was killed and has left its note, and where that server was.
fn left_behind(house: &House) -> String {
    let server = house.serve();
    let address = address(house);
    server.kill();
    assert!(house.data().join("server.json").exists(), "the note stays");
    address
}

#[test]
fn a_stranger_on_the_port_of_a_killed_server_is_told_nothing() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    // An answer of the true server, for whoever repeats what he has heard.
    let server = house.serve();
    let asked = "0".repeat(64);
    let heard_once = raw(
        &address(&house),
        &format!("GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\nIdflow-Nonce: {asked}\r\nConnection: close\r\n\r\n"),
    );
    assert_eq!(status(&heard_once), 200, "{heard_once}");
    server.kill();
    let hello = r#"{"answered": "00", "proof": "00"}"#;
    for (name, manners) in [
        ("empty lists", Manners::ok("[]")),
        ("succeeded", Manners::ok(r#"{"run": "01", "status": "succeeded", "ok": true}"#)),
        ("a proof that is none", Manners::ok(hello)),
        ("a proof of another exchange", Manners::Says(heard_once.clone().into_bytes())),
        ("no HTTP", Manners::Says(b"220 mail.example.com ESMTP\r\n".to_vec())),
        ("goes away", Manners::Closes),
    ] {
        let stranger = Stranger::at(&left_behind(&house), manners);
        let answer = house.text(&[
            "connection",
            "add",
            "wecom",
            "--name",
            "main",
            "--secret",
            "contacts_secret=env:CONTACTS",
            "--secret",
            "app_secret=env:APP",
        ]);
        assert_eq!(answer.code, 0, "{name}: {}", answer.err);
        assert!(answer.err.contains("cannot prove") && answer.err.contains("idflow serve"), "{name}: {}", answer.err);
        let heard = stranger.heard();
        assert!(!heard.is_empty(), "{name}: nobody asked");
        only_questions(&house, &heard);
        // It was told of once, and nobody asks it again.
        let next = house.text(&["connection", "list"]).expect(0);
        assert!(next.out.contains("main") && next.err.is_empty(), "{name}: {}", next.err);
        assert_eq!(stranger.heard().len(), heard.len(), "{name}");
    }
    let chinese = {
        let _stranger = Stranger::at(&left_behind(&house), Manners::ok("[]"));
        house.text(&["--lang", "zh", "runs", "list"]).expect(0)
    };
    assert!(chinese.err.contains("没有向它发送任何数据"), "{}", chinese.err);
}

#[test]
fn a_stranger_between_a_command_and_the_server_is_told_nothing() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let server = house.serve();
    let mut changed = note(&house);
    let true_address = address(&house);
    let stranger = Stranger::at("127.0.0.1:0", Manners::Relays(true_address.parse().expect("an address")));
    changed["address"] = stranger.address().to_string().into();
    std::fs::write(house.data().join("server.json"), changed.to_string()).expect("written");
    // The folder is in use, so the command does not work around it.
    let refused = house.ask(&["connection", "add", "wecom", "--name", "main", "--secret", "app_secret=env:APP"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    let error = refused.json()["error"].clone();
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("cannot prove")), "{error}");
    assert!(!stranger.heard().is_empty());
    only_questions(&house, &stranger.heard());
    server.kill();
}

#[test]
fn a_stranger_who_takes_the_port_while_a_command_waits_is_told_nothing() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 40).write(&house.source());
    house.import(&[]).expect(0);
    corp.set_latency(Latency { ms: 150, jitter_ms: 0 });
    let server = house.serve();
    let port = address(&house);
    let waiting = house
        .command(&["run", "sync", "--yes", "--wait"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    eventually("the server writes", PATIENCE, || (corp.writes() > 3).then_some(()));
    server.kill();
    let stranger = Stranger::at(&port, Manners::ok(r#"{"status": "succeeded", "progress": null}"#));
    let ended = waiting.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("does not answer"), "{told}");
    only_questions(&house, &stranger.heard());
}

#[test]
fn a_command_in_a_copied_folder_does_not_work_in_the_original() {
    let house = House::new();
    house.good(&super::support::house::BEGIN);
    let server = house.serve();
    let copy = house.path("copy");
    std::fs::create_dir(&copy).expect("a folder");
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o700)).expect("closed");
    for name in ["server.json", "local.key", "master.key"] {
        std::fs::copy(house.data().join(name), copy.join(name)).expect("copied");
    }
    let done = Command::new(env!("CARGO_BIN_EXE_idflow"))
        .env("IDFLOW_DATA_DIR", &copy)
        .env("LC_ALL", "C")
        .args(["workflow", "create", "--template", "csv_to_directory"])
        .output()
        .expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(copy.join("store").is_dir(), "the copy has a store of its own");
    server.kill();
}

#[test]
fn a_server_answers_nobody_who_has_not_proved_himself() {
    let house = House::new();
    for outside in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let refused = house.ask(&["serve", "--listen", outside]).expect(1).json()["error"].clone();
        let text = refused.to_string();
        assert!(text.contains("loopback") && text.contains("proxy") && text.contains("127.0.0.1"), "{text}");
    }
    assert!(!house.data().exists(), "a refused server makes no folder");
    let server = house.serve();
    let address = address(&house);
    let ask =
        |headers: &str| raw(&address, &format!("GET /api/v1/runs HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"));
    let host = format!("Host: {address}\r\n");
    let key = std::fs::read_to_string(house.data().join("local.key")).expect("the key");
    let key = key.trim();
    for token in ["".into(), format!("Bearer {key}"), format!("Idflow {key}"), format!("Idflow {key}.{key}.{key}")] {
        let answer = ask(&format!("{host}Authorization: {token}\r\n"));
        assert_eq!(status(&answer), 401, "{token}: {answer}");
    }
    // A page in a browser whose name was made to lead here.
    for foreign in ["idflow.example.com", "127.0.0.1.example.com", "192.0.2.1"] {
        assert_eq!(status(&ask(&format!("Host: {foreign}\r\n"))), 421);
    }
    // Whoever watches the server learns that it lives.
    let health = raw(&address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(health.ends_with("\r\n\r\nok"), "{health}");
    // The note is a hint and holds no secret.
    assert!(!std::fs::read_to_string(house.data().join("server.json")).expect("the note").contains(key));
    // What is too long is not read to its end.
    let long = format!("POST /hooks/default/x HTTP/1.1\r\n{host}Content-Length: 70000\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&raw(&address, &(long + &"a".repeat(70_000)))), 413);
    server.kill();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// What others than the owner can read, enter or change, with its rights.
fn open_to_others(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut open = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        if mode(&path) & 0o077 != 0 {
            open.push((path.clone(), format!("{:o}", mode(&path))));
        }
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
    }
    open
}

/// Runs the binary where files are made for everybody to read and write.
fn careless(house: &House, args: &[&str]) -> Command {
    let command = house.command(args);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("umask 000; exec \"$0\" \"$@\"").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(house.path(".")).stdin(Stdio::null());
    shell
}

#[test]
fn nobody_else_reads_what_is_kept_or_exported() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    std::fs::remove_dir_all(house.data()).expect("it begins anew");
    Organisation::generated(2, 30).write(&house.source());
    let folder = house.source().display().to_string();
    let good = |args: &[&str]| {
        let done = careless(&house, args).output().expect("it runs");
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    good(&["directory", "import", &folder]);
    good(&["workflow", "create", "--template", "csv_to_directory"]);
    let table = house.path("items.csv").display().to_string();
    let run = house.good(&["runs", "list"])[0]["run"].as_str().expect("a run").to_string();
    good(&["runs", "export", &run, &table]);
    good(&["store", "compact"]);
    let copy = house.path("copy").display().to_string();
    let data = house.data().display().to_string();
    good(&["store", "copy", "--from", &data, "--to", &copy]);
    let mut server =
        careless(&house, &["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    eventually("it answers", PATIENCE, || house.data().join("server.json").exists().then_some(()));
    house.good(&["workflow", "list"]);
    // A crash leaves no picture of the memory.
    if let Ok(limits) = std::fs::read_to_string(format!("/proc/{}/limits", server.id())) {
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("the limit").to_string();
        assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    }
    let open = [house.data(), house.path("copy"), house.path("items.csv")].map(|path| open_to_others(&path)).concat();
    let _ = server.kill();
    let _ = server.wait();
    assert!(open.is_empty(), "with their rights: {open:?}");
    assert!(house.data().join("store/db").is_file() && house.data().join("local.key").is_file());
}

#[test]
fn a_data_folder_that_others_can_enter_is_closed_or_refused() {
    let house = House::new();
    house.good(&super::support::house::BEGIN);
    // Copied by a tool that gives rights to everybody.
    for (path, rights) in [("store/db", 0o666), ("store", 0o777), ("master.key", 0o644), ("", 0o755)] {
        std::fs::set_permissions(house.data().join(path), std::fs::Permissions::from_mode(rights)).expect("opened");
    }
    let told = house.text(&["workflow", "list"]).expect(0);
    assert!(told.err.contains("mode 755") && told.err.contains("master.key"), "{}", told.err);
    assert!(open_to_others(&house.data()).is_empty(), "{:?}", open_to_others(&house.data()));
    let quiet = house.text(&["--lang", "zh", "workflow", "list"]).expect(0);
    assert_eq!(quiet.err, "");
    std::fs::set_permissions(house.data(), std::fs::Permissions::from_mode(0o750)).expect("opened");
    let chinese = house.text(&["--lang", "zh", "workflow", "list"]).expect(0);
    assert!(chinese.err.contains("750") && chinese.err.contains("700"), "{}", chinese.err);

    // A folder of other things is not closed to those who use it, and nothing is put into it.
    let shared = House::new();
    std::fs::create_dir(shared.data()).expect("a folder");
    std::fs::write(shared.data().join("minutes.txt"), "x").expect("written");
    std::fs::set_permissions(shared.data(), std::fs::Permissions::from_mode(0o755)).expect("opened");
    for args in [&super::support::house::BEGIN[..], &["serve"]] {
        let error = shared.ask(args).expect(1).json()["error"].clone();
        assert!(error["message"].as_str().is_some_and(|text| text.contains("mode 755")), "{error}");
        assert!(error["hint"].as_str().is_some_and(|text| text.contains("--data-dir")), "{error}");
    }
    assert_eq!(mode(&shared.data()), 0o755);
    assert_eq!(std::fs::read_dir(shared.data()).expect("a folder").count(), 1, "nothing was put into it");
}

/// A server whose log goes into a file.
struct Logged(Child);

impl Drop for Logged {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What makes a task panic is in builds for tests only: what ships neither reads the variable nor has the code.
#[cfg(debug_assertions)]
#[test]
fn a_background_task_that_panics_is_started_again_and_told() {
    let mut house = House::new().clocked(MONDAY);
    let fault = house.path("fault");
    house.set("IDFLOW_FAULT_FILE", &fault.display().to_string());
    house.set_clock(MONDAY);
    let text = "dsl: 1\nid: minutely\nname: {zh: 读, en: Read}\non:\n  schedule: [{cron: \"* * * * *\", timezone: Asia/Shanghai}]\n\
                connections:\n  directory: {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: \
                directory/read}\n";
    std::fs::write(house.path("minutely.yaml"), text).expect("written");
    house.good(&["workflow", "create", "--file", &house.path("minutely.yaml").display().to_string()]);
    house.good(&["workflow", "activate", "minutely", "--yes"]);
    let log = File::create(house.path("log")).expect("a log");
    let server = house.command(&["serve"]).stdout(Stdio::null()).stderr(log).spawn().expect("it starts");
    let server = Logged(server);
    eventually("it answers", PATIENCE, || house.data().join("server.json").exists().then_some(()));
    let place = address(&house);
    let health = || raw(&place, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let until = |words: &str| eventually(words, PATIENCE, || Some(health()).filter(|answer| answer.contains(words)));
    assert!(health().ends_with("\r\n\r\nok"), "{}", health());
    let end = |task: &str| {
        std::fs::write(house.path("fault.next"), task).expect("written");
        std::fs::rename(house.path("fault.next"), &fault).expect("renamed");
    };
    end("schedules");
    let told = until("background task schedules failed once");
    assert!(told.contains("\r\n\r\ndegraded\nwarning: "), "{told}");
    until("schedules failed once; it works again");
    // It does its work again.
    house.set_clock(MONDAY + 60_000);
    let runs = || house.good(&["runs", "list", "--workflow", "minutely"]).as_array().expect("runs").len();
    eventually("a run of the next minute", PATIENCE, || (runs() == 1).then_some(()));
    end("schedules");
    until("schedules failed 2 times; it works again");
    for other in ["runs", "pruning", "disk"] {
        end(other);
        until(&format!("background task {other} failed once"));
    }
    house.set_clock(MONDAY + 120_000);
    eventually("a run of the minute after", PATIENCE, || (runs() == 2).then_some(()));
    drop(server);
    let log = std::fs::read_to_string(house.path("log")).expect("the log");
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(lines("a background task failed"), 4, "one for each task: {log}");
    assert_eq!(lines("panicked at"), 1, "one for each place: {log}");
}

/// Two that look at the same moment see nobody else.
#[test]
fn one_company_and_app_is_connected_once_whoever_asks_at_the_same_moment() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let settings = Settings {
        data_dir: folder.path().join("data"),
        store: Location::Folder(folder.path().join("data")),
        master_key: None,
        clock: Arc::new(SystemClock),
        disk_floor: 0,
        at_work: None,
    };
    let put = |name: String, agent: &str| NewConnection {
        connector: "wecom".into(),
        name,
        settings: [("corp_id", corp::CORP_ID), ("agent_id", agent)]
            .map(|(key, value)| (key.into(), value.into()))
            .into(),
        secrets: [("app_secret", corp::APP_SECRET)].map(|(key, value)| (key.into(), value.into())).into(),
        only_new: false,
    };
    runtime.block_on(async {
        let app = Arc::new(App::open(settings).await.expect("it opens"));
        for round in 0..4 {
            let agent = (corp::AGENT_ID + round).to_string();
            let calls: Vec<_> = (0..8)
                .map(|number| {
                    let (app, new) = (app.clone(), put(format!("c{round}_{number}"), &agent));
                    tokio::spawn(async move { app.put_connection(new).await.map_err(|error| error.to_string()) })
                })
                .collect();
            let mut added = 0;
            for call in calls {
                match call.await.expect("no panic") {
                    Ok(_) => added += 1,
                    Err(why) => assert!(why.contains("same corp_id"), "{why}"),
                }
            }
            assert_eq!(added, 1, "round {round}");
        }
    });
}

/// The way into the API for programs that docs/guide/scripting.md shows.
#[test]
fn the_documented_way_to_the_api_works() {
    let house = House::new();
    house.good(&super::support::house::BEGIN);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/scripting.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let script = block(&page, "python", "/api/v1/hello");
    let server = house.serve();
    let run = || python(&house, &script, &[("IDFLOW_DATA_DIR", house.data().display().to_string())]);
    let Some(answer) = run() else { return };
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.json()["items"].is_array(), "{}", answer.out);
    let port = address(&house);
    server.kill();
    let stranger = Stranger::at(&port, Manners::ok(r#"{"answered": "00", "proof": "00"}"#));
    let answer = run().expect("python");
    assert_ne!(answer.code, 0, "{}", answer.out);
    for text in stranger.heard() {
        assert!(text.starts_with("GET /api/v1/hello") && !text.contains("Authorization"), "{text}");
    }
}

/// The first block of a page in this language that has these words in it.
fn block(page: &str, language: &str, words: &str) -> String {
    let fence = format!("```{language}\n");
    let mut blocks = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or(""));
    blocks.find(|block| block.contains(words)).unwrap_or_else(|| panic!("no {language} block with `{words}`")).into()
}

/// Runs a script; nothing where there is no Python.
fn python(house: &House, script: &str, variables: &[(&str, String)]) -> Option<Answer> {
    let file = house.path("script.py");
    std::fs::write(&file, script).expect("written");
    let done = Command::new("python3")
        .arg(&file)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output();
    let Ok(done) = done else {
        eprintln!("skipped: python3 is not there");
        return None;
    };
    Some(Answer {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    })
}
