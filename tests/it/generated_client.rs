//! A client that a generator makes from the document of the API starts a run and reads its items against the real server:
//! what the document says is what the server does.
//!
//! The generator (openapi-python-client) comes from the Python package index into a folder of its own. Where there is no
//! Python or no index, the test says so and proves nothing.

use std::{path::Path, process::Command};

use serde_json::Value;

use super::support::{Corp, House, Organisation};

const GENERATOR: &str = "openapi-python-client==0.29.1";

/// Types of files that the generator does not know by their names.
const SETTINGS: &str = "post_hooks: []
content_type_overrides:
  application/zip: application/octet-stream
  application/zstd: application/octet-stream
  application/yaml: text/yaml
";

const SCRIPT: &str = r#"
import hashlib, hmac, http.client, json, os, secrets, sys
from idflow_client import AuthenticatedClient
from idflow_client.api.runs import list_items, list_runs, show_plan, show_run
from idflow_client.api.workflows import start_run
from idflow_client.models import NewRun, Refusal
from idflow_client.types import UNSET

# The server and this program prove to each other that they can read the key of the data folder.
folder = sys.argv[1]
address = json.load(open(f"{folder}/server.json"))["address"]
key = open(f"{folder}/local.key").read().strip()
asked, where = secrets.token_hex(32), os.stat(folder)
line = http.client.HTTPConnection(address)
line.request("GET", "/api/v1/hello", headers={"Idflow-Nonce": asked})
hello = json.load(line.getresponse())

def proof(side):
    parts = [f"idflow {side} 1", address, f"{where.st_dev}:{where.st_ino}", asked, hello["answered"]]
    return hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()

assert hmac.compare_digest(proof("server"), hello["proof"])
token = f"{asked}.{hello['answered']}.{proof('client')}"
client = AuthenticatedClient(base_url=f"http://{address}/api/v1", token=token, prefix="Idflow")
started = start_run.sync("sync", client=client, body=NewRun(approve=True))
run = show_run.sync(started.run, client=client, wait=True)
keys, pages, cursor = [], 0, UNSET
while True:
    page = list_items.sync(started.run, client=client, limit=2, cursor=cursor)
    keys += [item.key for item in page.items]
    pages += 1
    cursor = page.next_
    if not cursor:
        break
plan = show_plan.sync(started.run, client=client)
listed = list_runs.sync(client=client, limit=1)
refused = show_run.sync("01ARZ3NDEKTSV4RRFFQ69G5FAV", client=client)
assert isinstance(refused, Refusal), refused
print(json.dumps({
    "status": run.status.value, "actor": run.trigger.actor, "keys": keys, "pages": pages, "plan": plan.hash_,
    "newest": listed.items[0].run == started.run, "refused": refused.code, "next": refused.next_.kind.value,
}))
"#;

/// Whether a program ends well; tells what it said when it does not.
fn runs(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    match done.status.success() {
        true => Ok(said(&done.stdout)),
        false => Err(format!("{command:?}: {}\n{}", said(&done.stdout), said(&done.stderr))),
    }
}

/// The generator in a folder of its own.
fn installed(folder: &Path) -> Result<std::path::PathBuf, String> {
    let bin = folder.join("venv/bin");
    runs(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
    runs(Command::new(bin.join("python")).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        GENERATOR,
    ]))?;
    Ok(bin)
}

/// The document without its streams of events, which the generator does not know: two operations, and what they send.
fn without_streams() -> Value {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/openapi.json");
    let text = std::fs::read_to_string(document).expect("the document");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let streams = ["/events", "/runs/{id}/events"];
    let paths = document["paths"].as_object_mut().expect("paths");
    for path in streams {
        let stream = paths.remove(path).expect("a stream of events");
        assert!(stream["get"]["responses"]["200"]["content"]["text/event-stream"].is_object(), "{path} is no stream");
    }
    document["components"]["schemas"].as_object_mut().expect("types").remove("LiveEvent").expect("what a stream sends");
    document
}

#[test]
fn a_generated_client_starts_a_run_and_reads_its_items() {
    let folder = tempfile::tempdir().expect("a folder");
    let bin = match installed(folder.path()) {
        Ok(bin) => bin,
        Err(why) => {
            eprintln!("SKIPPED: no client can be generated here, so nothing is proved about the document: {why}");
            return;
        }
    };
    let config = folder.path().join("config.yaml");
    std::fs::write(&config, SETTINGS).expect("the settings of the generator");
    let document = folder.path().join("openapi.json");
    std::fs::write(&document, without_streams().to_string()).expect("the document");
    let mut generate = Command::new(bin.join("openapi-python-client"));
    generate.args(["generate", "--meta", "none", "--fail-on-warning", "--path"]).arg(document);
    generate.arg("--config").arg(config).arg("--output-path").arg(folder.path().join("idflow_client"));
    runs(&mut generate).expect("a client is made without a warning");
    let script = folder.path().join("script.py");
    std::fs::write(&script, SCRIPT).expect("the script");

    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 4).write(&house.source());
    house.import(&[]).expect(0);
    let server = house.serve();
    let mut script = Command::new(bin.join("python"));
    script.arg(folder.path().join("script.py")).arg(house.data());
    let said = runs(script.env("NO_PROXY", "127.0.0.1").current_dir(folder.path())).expect("the client works");
    server.stop();
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&said["status"], &said["actor"]), (&"succeeded".into(), &"owner".into()), "{said}");
    assert_eq!(
        (&said["newest"], &said["refused"], &said["next"]),
        (&true.into(), &"run_unknown".into(), &"list_runs".into())
    );
    assert!(said["plan"].is_string() && said["pages"].as_u64().is_some_and(|pages| pages > 1), "{said}");
    let shown = house.good(&["runs", "items", "sync#1"]);
    let keys: Vec<&Value> = shown.as_array().expect("items").iter().map(|item| &item["key"]).collect();
    assert_eq!(said["keys"].as_array().expect("keys").iter().collect::<Vec<_>>(), keys);
}
