//! An ordinary client of WeCom's, wechatpy, works on the simulator unchanged, and reads there what the directory has: the
//! simulator is judged by somebody who did not write it, and so is the read.
//!
//! It comes from the Python package index into a folder of its own. Where there is no Python or no index, the test says so and
//! proves nothing. Its token is fetched beside it, because it would ask the platform itself.

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::{Value, json};

use super::support::{Corp, House, corp};

const CLIENT: [&str; 2] = ["wechatpy==1.8.18", "cryptography"];

const SCRIPT: &str = r#"
import json, sys, requests
from wechatpy.enterprise import WeChatClient

base, corp, agent, app, contacts = sys.argv[1:6]
agent = int(agent)

def client(secret):
    asked = requests.get(base + "/cgi-bin/gettoken", params={"corpid": corp, "corpsecret": secret}).json()
    made = WeChatClient(corp, secret, access_token=asked["access_token"])
    made.API_BASE_URL = base + "/cgi-bin/"
    return made

edit, read = client(contacts), client(app)
departments = {one["id"]: one for one in read.department.get()}
people = {}
for number in departments:
    for one in read.user.list(number):
        people[one["userid"]] = one
# What it sends where nothing is said: the gender as a number among others.
part = edit.department.create("Judged")["id"]
edit.department.update(part, name="Judged more")
edit.user.create("judge", "Judge", department=[part], mobile="13800138111")
edit.user.update("judge", name="Judge Two")
judged = read.user.get("judge")["name"]
tag = read.tag.create("judged")["tagid"]
read.tag.add_users(tag, ["judge"])
tagged = [one["userid"] for one in read.tag.get_users(tag)["userlist"]]
read.tag.update(tag, "judged more")
names = [one["tagname"] for one in read.tag.list()]
sent = [read.message.send_text(agent, ["judge"], "hello")["errcode"],
        read.message.send_markdown(agent, ["judge"], "**hello**")["errcode"]]
read.tag.delete_users(tag, ["judge"])
read.tag.delete(tag)
edit.user.delete("judge")
edit.department.delete(part)
print(json.dumps({"departments": departments, "people": people, "judged": judged, "tagged": tagged, "names": names, "sent": sent}))
"#;

fn runs(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    match done.status.success() {
        true => Ok(said(&done.stdout)),
        false => Err(format!("{command:?}: {}\n{}", said(&done.stdout), said(&done.stderr))),
    }
}

fn installed(folder: &Path) -> Result<std::path::PathBuf, String> {
    let bin = folder.join("venv/bin");
    runs(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
    let mut install = Command::new(bin.join("python"));
    runs(install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(CLIENT))?;
    Ok(bin)
}

/// A company with three departments, one inside another, and people in one or two of them.
fn company() -> Corp {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    for (id, parent, name) in [(2, 1, "销售"), (3, 2, "华东"), (4, 1, "研发")] {
        let part = json!({"id": id, "name": name, "parentid": parent, "order": id});
        company.departments.push(serde_json::from_value(part).expect("a department"));
    }
    for number in 0..30 {
        let departments = if number % 7 == 0 { json!([2 + number % 3, 1]) } else { json!([2 + number % 3]) };
        let member = json!({"userid": format!("u{number:02}"), "name": format!("成员{number:02}"), "position": format!("P{number}"),
            "department": departments, "enable": u8::from(number % 5 != 0), "status": 1});
        company.users.push(serde_json::from_value(member).expect("a member"));
    }
    Corp::with(state)
}

#[test]
fn an_ordinary_client_works_here_and_reads_what_the_directory_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let bin = match installed(folder.path()) {
        Ok(bin) => bin,
        Err(why) => {
            eprintln!("SKIPPED: wechatpy cannot be had here, so nothing is proved by it: {why}");
            return;
        }
    };
    let corp = company();
    let house = House::ready(&corp, "wecom_upstream_full");
    house.sync(&[]).expect(0);
    let script = folder.path().join("script.py");
    std::fs::write(&script, SCRIPT).expect("the script");
    let agent = corp::AGENT_ID.to_string();
    let base = corp.base_url();
    let args = [base.as_str(), corp::CORP_ID, &agent, corp::APP_SECRET, corp::CONTACTS_SECRET];
    let mut asked = Command::new(bin.join("python"));
    let said = runs(asked.arg(script).args(args).env("NO_PROXY", "127.0.0.1")).expect("the client works");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&said["judged"], &said["sent"]), (&json!("Judge Two"), &json!([0, 0])));
    assert_eq!((&said["tagged"], &said["names"]), (&json!(["judge"]), &json!(["judged more"])));

    let departments = house.good(&["directory", "show", "department"]);
    let people = house.good(&["directory", "show", "user", "--reveal"]);
    let ids: BTreeMap<&str, &Value> = departments
        .as_array()
        .expect("departments")
        .iter()
        .map(|one| (one["id"].as_str().expect("an id"), one))
        .collect();
    let name = |id: &Value| id.as_str().and_then(|id| ids.get(id)).map_or(Value::Null, |one| one["name"].clone());
    let theirs = said["departments"].as_object().expect("departments");
    let by_number = |number: &Value| theirs.get(&number.to_string()).map_or(Value::Null, |one| one["name"].clone());
    let mut tree: Vec<(Value, Value)> = ids.values().map(|one| (one["name"].clone(), name(&one["parent"]))).collect();
    let mut judged: Vec<(Value, Value)> =
        theirs.values().map(|one| (one["name"].clone(), by_number(&one["parentid"]))).collect();
    tree.sort_by_key(|pair| pair.0.to_string());
    judged.sort_by_key(|pair| pair.0.to_string());
    assert_eq!(tree, judged);

    let theirs = said["people"].as_object().expect("people");
    let people = people.as_array().expect("people");
    assert_eq!(people.len(), theirs.len());
    for one in people {
        let member = &theirs[one["username"].as_str().expect("an account")];
        assert_eq!((&one["name"], &one["title"]), (&member["name"], &member["position"]));
        assert_eq!(one["status"] == "disabled", member["status"] == 2, "{one} {member}");
        let sorted = |names: Vec<Value>| {
            let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
            names.sort();
            names
        };
        let mine = one["departments"].as_array().expect("departments").iter().map(|one| name(&one["department"]));
        let theirs = member["department"].as_array().expect("departments").iter().map(by_number);
        assert_eq!(sorted(mine.collect()), sorted(theirs.collect()), "{one} {member}");
    }
}
