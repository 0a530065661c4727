//! The served document against the server that serves it, by schemathesis: requests that the document allows and such that it
//! forbids, as each role and as nobody. No answer is a server's error, of an undocumented status or type, or breaks its schema.
//!
//! schemathesis comes from the Python package index into a folder below `target`. Where there is no Python or no index, the
//! test says so and proves nothing.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Command};

use serde_json::json;

use super::support::{Api, Corp, House, Organisation};

const TOOL: &str = "schemathesis==4.32.5";

/// Never tried, for these reasons.
const LEFT_OUT: [(&str, &str); 2] =
    [("watch_run", "a stream that ends when the run does"), ("watch_events", "a stream without an end")];

const ROLES: [&str; 5] = ["owner", "admin", "operator", "approver", "viewer"];

/// Whether a program ends well; tells what it said when it does not.
fn runs(command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr))),
    }
}

/// The tool in a folder of its own, made once for each version of it.
fn installed() -> Result<std::path::PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(TOOL.replace("==", "-"));
    let python = folder.join("bin/python");
    if !folder.join("complete").exists() {
        runs(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL];
        runs(Command::new(&python).args(quiet))?;
        std::fs::write(folder.join("complete"), "").map_err(|error| error.to_string())?;
    }
    Ok(python)
}

/// The settings of the tool: which ids there are, so that what is behind them is reached, too. What belongs to those who test is not
/// among them: whoever disables their own account is nobody afterwards.
fn settings(folder: &Path, token: Option<&str>, ids: &BTreeMap<&str, Vec<String>>) {
    let mut text = String::from("hooks = \"hooks.py\"\nrequest-timeout = 60.0\nwarnings = false\n");
    text.push_str("[checks.positive_data_acceptance]\n");
    text.push_str("expected-statuses = [\"2xx\", 401, 403, 404, 409, 412, 422, 429, 503]\n");
    text.push_str("[checks.negative_data_rejection]\n");
    text.push_str("expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 422, 429]\n");
    for phase in ["coverage", "fuzzing"] {
        writeln!(text, "[phases.{phase}.extra-data-sources]\nresponses = false").expect("written");
    }
    if let Some(token) = token {
        writeln!(text, "[auth.openapi.token]\nbearer = \"{token}\"").expect("written");
    }
    for (name, values) in ids {
        writeln!(text, "[dictionaries.{name}]\nvalues = {}", json!(values)).expect("written");
    }
    for name in ids.keys() {
        let path = name.replace('_', "/");
        writeln!(text, "[[operations]]\ninclude-path-regex = '^/{path}/\\{{id\\}}'").expect("written");
        writeln!(text, "parameters = {{\"path.id\" = {{dictionary = \"{name}\", probability = 0.7}}}}")
            .expect("written");
    }
    std::fs::write(folder.join("schemathesis.toml"), text).expect("the settings");
}

/// Runs the tool; what it found when it found something.
fn tried(python: &Path, folder: &Path, who: &str, base: &str, more: &[&str]) -> Result<(), String> {
    let mut command = Command::new(python);
    command.args(["-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]);
    command.arg(format!("{base}/api/openapi.json")).args(["--checks", "all", "--no-color", "--continue-on-failure"]);
    // One at a time: the interpreter compiles what the tool draws, and threads get in each other's way there.
    command.args(["--workers", "1", "--generation-deterministic", "--no-shrink"]);
    for (operation, _) in LEFT_OUT {
        command.args(["--exclude-operation-id", operation]);
    }
    command.args(more).current_dir(folder).env("NO_PROXY", "127.0.0.1");
    let done = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    let last: Vec<&str> = said.lines().rev().take(12).collect();
    eprintln!("{who}: {}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
    if done.status.success() { Ok(()) } else { Err(format!("as {who}:\n{said}")) }
}

#[test]
fn the_server_does_what_its_document_says_for_each_role_and_for_nobody() {
    let python = match installed() {
        Ok(python) => python,
        Err(why) => {
            eprintln!("SKIPPED: there is no schemathesis here, so nothing is proved about the document: {why}");
            return;
        }
    };
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    house.good(&["tenant", "create", "spare"]);
    let server = house.serve();
    let api = Api::of(&house);
    let base = api.base.clone();
    let mut people = vec![api.first_owner(&house)];
    for role in &ROLES[1..] {
        people.push(api.enter(&house.good(&["account", "create", role, "--role", role])["code"], None));
    }
    house.good(&["account", "create", "spare", "--role", "viewer"]);
    let person = house.good(&["directory", "show", "user", "--limit", "1"]);
    let person = person[0]["id"].as_str().expect("a person");
    let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, values) in [
        ("runs", vec!["sync#1"]),
        ("workflows", vec!["sync"]),
        ("drafts", vec!["sync"]),
        ("connections", vec!["main"]),
        ("connectors", vec!["wecom"]),
        ("templates", vec!["wecom_downstream_full"]),
        ("directory_objects", vec![person]),
        ("people", vec![person]),
        ("accounts", vec!["spare"]),
        ("tenants", vec!["spare"]),
    ] {
        ids.insert(path, values.into_iter().map(Into::into).collect());
    }

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hooks.py"), include_str!("schemathesis/hooks.py")).expect("the hooks");
    let mut wrong: Vec<String> = Vec::new();
    for (role, shown) in ROLES.iter().zip(&people) {
        settings(folder.path(), Some(&shown.token), &ids);
        let more: &[&str] = match *role {
            "owner" => &["--phases", "coverage,fuzzing", "--max-examples", "3"],
            _ => &["--phases", "fuzzing", "--max-examples", "2"],
        };
        wrong.extend(tried(&python, folder.path(), role, &base, more).err());
        assert_eq!(api.get(shown, "/session").status, 200, "{role} was nobody in the end, so little was tried");
    }
    settings(folder.path(), None, &ids);
    let nobody = ["--phases", "fuzzing", "--max-examples", "1"];
    wrong.extend(tried(&python, folder.path(), "nobody", &base, &nobody).err());
    // What only a session may. The document names the cookie of a server with https, so the tool cannot take this one away.
    let (cookie, csrf) = (format!("Cookie: {}", people[0].cookie), format!("X-Idflow-Csrf: {}", people[0].csrf));
    let session = ["--include-path-regex", "^/sessions?", "--exclude-operation-id", "sign_out", "--header", &cookie];
    let session =
        [&session[..], &["--header", &csrf, "--exclude-checks", "ignored_auth", "--max-examples", "3"]].concat();
    wrong.extend(tried(&python, folder.path(), "a session", &base, &session).err());
    server.stop();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
