//! A client that many people use works on the simulator as it is: wechatpy, with default arguments, reads, writes, sends, and
//! opens what the simulator seals.
//!
//! The client comes from the Python package index into a folder of its own. Where there is no Python or no index, the test says
//! so and proves nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use wecom_sim::Options;

use crate::receiver::{KEY, Receiver, TOKEN};
use crate::support::{AGENT, APP, CONTACTS, CORP, Sim, state};

const CLIENT: [&str; 2] = ["wechatpy==1.8.18", "cryptography==42.0.8"];

const SCRIPT: &str = r#"
import base64, hashlib, json, os, sys
base, corp, contacts_secret, app_secret, agent = sys.argv[1:6]
from wechatpy.enterprise import WeChatClient
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatClientException
class Client(WeChatClient):
    API_BASE_URL = base + "/cgi-bin/"
    # The one address that the client does not take from above.
    def _fetch_access_token(self, url, params):
        return super()._fetch_access_token(base + "/cgi-bin/gettoken", params)
contacts, app = Client(corp, contacts_secret), Client(corp, app_secret)
made = contacts.department.create("质量组", 2)
contacts.department.update(made["id"], name="质量保障组")
contacts.user.create("py", "派森", department=[made["id"]], mobile="13900000001")
contacts.user.update("py", position="工程师", gender=1)
refused = None
try:
    contacts.user.create("py", "派森", mobile="13900000001")
except WeChatClientException as error:
    refused = error.errcode
tag = contacts.tag.create("蟒")
contacts.tag.add_users(tag["tagid"], ["py"])
sent = app.message.send_text(int(agent), "py", "你好")
out = {
    "member": app.user.get("py"),
    "departments": [row["name"] for row in app.department.get()],
    "listed": [row["userid"] for row in app.user.list(made["id"])],
    "short": [row["name"] for row in app.user.list(made["id"], simple=True)],
    "tags": contacts.tag.list(),
    "tagged": contacts.tag.get_users(tag["tagid"])["userlist"],
    "agent": app.agent.get(int(agent))["allow_partys"],
    "addresses": app.misc.get_wechat_ips(),
    "refused": refused,
    "sent": sent["errcode"],
}
crypto = WeChatCrypto(sys.argv[6], sys.argv[7], corp)
def opened(event):
    query = dict(pair.split("=") for pair in event["query"].split("&"))
    return crypto.decrypt_message(event["body"], query["msg_signature"], query["timestamp"], query["nonce"])
event = json.loads(sys.argv[8])
text = opened(event)
out["opened"] = text if isinstance(text, str) else text.decode()
contacts.tag.delete_users(tag["tagid"], ["py"])
contacts.tag.delete(tag["tagid"])
contacts.user.delete("py")
contacts.department.delete(made["id"])
print(json.dumps(out))
"#;

/// What a program says when it ends well, or what went wrong.
fn said(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match done.status.success() {
        true => Ok(text(&done.stdout)),
        false => Err(format!("{}\n{}", text(&done.stdout), text(&done.stderr))),
    }
}

/// The client in a folder of its own.
fn installed(folder: &Path) -> Result<PathBuf, String> {
    said(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let python = folder.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "20", "--retries", "1"];
    said(Command::new(&python).args(pip).args(CLIENT))?;
    Ok(python)
}

#[tokio::test]
async fn wechatpy_reads_writes_sends_and_opens_events_as_it_is() {
    let folder = std::env::temp_dir().join(format!("wecom-sim-wechatpy-{}", std::process::id()));
    let outcome = installed(&folder);
    let python = match outcome {
        Ok(python) => python,
        Err(why) => {
            let _ = std::fs::remove_dir_all(&folder);
            let _ = writeln!(std::io::stderr(), "skipped: wechatpy cannot be had here: {why}");
            return;
        }
    };
    let mut receiver = Receiver::start().await;
    let contacts = json!({ "secret": CONTACTS, "receiver": receiver.state(None) });
    let sim = Sim::with(Options::with_state(state(json!({ "contacts": contacts })))).await;
    sim.running.by_hand(CORP, "department/create", &json!({ "name": "x", "parentid": 1, "id": 9 })).expect("by hand");
    receiver.next().await;
    let event = receiver.raw();
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT, &sim.running.base_url(), CORP, CONTACTS, APP, &AGENT.to_string(), TOKEN, KEY]);
    let done = tokio::task::spawn_blocking(move || said(command.arg(event.to_string()))).await.expect("no panic");
    let _ = std::fs::remove_dir_all(&folder);
    let told: Value = serde_json::from_str(&done.unwrap_or_else(|why| panic!("{why}"))).expect("JSON");
    assert_eq!((&told["member"]["name"], &told["member"]["position"]), (&json!("派森"), &json!("工程师")));
    assert_eq!((&told["listed"], &told["short"]), (&json!(["py"]), &json!(["派森"])));
    assert!(told["departments"].as_array().is_some_and(|names| names.contains(&json!("质量保障组"))), "{told}");
    assert_eq!((&told["refused"], &told["sent"]), (&json!(60102), &json!(0)));
    assert_eq!(told["tagged"], json!([{ "userid": "py", "name": "派森" }]));
    assert_eq!(told["tags"][0]["tagname"], "蟒");
    assert_eq!((&told["agent"], &told["addresses"]), (&json!({ "partyid": [1] }), &json!(["127.0.0.1"])));
    assert!(told["opened"].as_str().is_some_and(|text| text.contains("<Id>9</Id>")), "{told}");
    assert_eq!(sim.user("py"), Value::Null, "and takes it all back");
}
