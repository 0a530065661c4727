//! Every sort of secret that there is, used over HTTP; and where none of them may stand: in any answer that a reading operation
//! gives, in exports, bundles and backups, also unpacked, in metrics, logs, files of the data folder, and values of the store.

use std::{
    io::{Cursor, Read},
    path::Path,
};

use idflow::{
    server::routes,
    store::{Kv, location::Location},
};
use serde_json::{Value, json};

use super::{Api, Corp, House, PASSWORD, Shown, corp, of_session};

/// Streams without an end; what they tell is told by the others.
const STREAMS: [&str; 2] = ["watch_run", "watch_events"];

/// What stands in the address of an operation, by its beginning.
const IDS: [(&str, &[&str]); 13] = [
    ("/runs", &["sync%231"]),
    ("/people", &["li.lei"]),
    ("/workflows", &["sync", "hooked"]),
    ("/drafts", &["hooked"]),
    ("/templates", &["wecom_downstream_full"]),
    ("/connections", &["wecom_main"]),
    ("/connectors", &["wecom"]),
    ("/directory", &["li.lei"]),
    ("/messages", &["none"]),
    ("/notifications", &["ops", "mails"]),
    ("/tenants", &["default"]),
    ("/providers", &["wecom"]),
    ("/accounts", &["wang.min"]),
];

/// What is asked beside the bare addresses.
const MORE: [&str; 10] = [
    "/runs/sync%231/items?reveal=true",
    "/runs/sync%231/export?format=csv&plan=false&reveal=true",
    "/runs/sync%231/export?format=xlsx&plan=false&reveal=true",
    "/runs/sync%231/export?format=jsonl&plan=true",
    "/audit?limit=500",
    "/directory/objects?kind=user&reveal=true",
    "/links?connection=wecom_main",
    "/directory/upload-form?format=xlsx",
    "/runs?workflow=hooked",
    "/people/li.lei/why?reveal=true",
];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_string()
}

/// Keys that an answer shows this once.
fn keys(receivers: &Value) -> Vec<String> {
    let all = receivers.as_array().expect("addresses").iter();
    all.flat_map(|one| one["keys"].as_object().into_iter().flatten().map(|(_, key)| text(key))).collect()
}

/// Uses secrets of webhooks, notifications, mail, a service provider, a provider of sign-ins, tokens, and such that are wrong.
pub fn used(api: &Api, owner: &Shown, corp: &Corp) -> Vec<String> {
    let call = |method: &str, path: &str, body: Value| of_session(api, owner, "default", method, path, Some(&body));
    let mut never = vec!["mail-password-Rk3wZ9".to_string()];
    // Nobody listens there: what goes wrong is told without secrets, too.
    let mail = json!({"host": "127.0.0.1", "port": 9, "security": "starttls", "username": "ops", "password": never[0],
        "from": "idflow@example.com"});
    call("PUT", "/notifications/mail", mail).is(200);
    call("POST", "/notifications/mail/test", json!({"to": "ops@example.com"})).is(200);
    let channel = json!({"kind": "mail", "to": ["ops@example.com"]});
    call("PUT", "/notifications/rules/mails", json!({"events": ["run_failed"], "channel": channel})).is(200);
    let channel = json!({"kind": "webhook", "url": "http://127.0.0.1:9/in"});
    let rule = call("PUT", "/notifications/rules/ops", json!({"events": ["run_failed"], "channel": channel})).is(200);
    never.push(text(&rule["secret"]));
    call("POST", "/notifications/rules/ops/test", json!({})).is(200);

    never.extend(webhook(api, owner));
    let own = ["suite-Lq7xN2vd-provider", "suite-Wm4pB8cz-template", "suite-Jt6yH1ks-contacts"].map(String::from);
    let settings = json!({"base_url": corp.base_url(), "provider_corp_id": corp::CORP_ID,
        "template_id": "dkTemplate0001", "contacts_suite_id": "wwContactEdit0001"});
    let secrets = json!({"provider_secret": own[0], "template_secret": own[1], "contacts_suite_secret": own[2]});
    let set = call("PUT", "/providers/wecom", json!({"settings": settings, "secrets": secrets})).is(200);
    never.extend(keys(&set["receivers"]));
    never.extend(own);
    let given = call("POST", "/providers/wecom/keys", json!({"grant": "app"})).is(200);
    never.extend(keys(&json!([given])));

    // What is refused is kept nowhere either.
    let wrong = ["wrong-Sx5cV8bn-app-secret", "wrong-Pd2fG6hj-oidc", "wrong-Yu9iO3pl-password"].map(String::from);
    let rotation = json!({"secrets": {"app_secret": wrong[0]}});
    assert_eq!(call("POST", "/connections/wecom_main/rotate", rotation).is(200)["rotated"], false);
    let oidc = json!({"issuer": "http://127.0.0.1:9", "client_id": "idflow", "client_secret": wrong[1]});
    assert!(call("PUT", "/oidc", oidc).status >= 400, "nobody answers there");
    let sign_in = json!({"name": "wang.min", "password": wrong[2]}).to_string();
    api.ask("POST", "/api/v1/session/start", &[], Some(&sign_in)).is(401);
    never.extend(wrong);

    // A session by password, a token that is made twice under one name, and a link.
    let sign_in = json!({"name": "wang.min", "password": PASSWORD}).to_string();
    let entered = api.ask("POST", "/api/v1/session/start", &[], Some(&sign_in));
    let cookie = entered.headers["set-cookie"].to_str().expect("text").split(';').next().expect("a pair");
    let after = |text: &str| text.rsplit('.').next().expect("a secret").to_string();
    never.extend([after(cookie), text(&entered.is(200)["csrf"])]);
    let [name, csrf] = owner.session();
    let headers = [name, csrf, ("idempotency-key", "token-of-the-story")];
    let new = json!({"name": "ci", "permissions": ["run:view"]}).to_string();
    let made = [(); 2].map(|()| text(&api.ask("POST", "/api/v1/tokens", &headers, Some(&new)).is(200)["token"]));
    assert_eq!(made[0], made[1], "the answer is kept, sealed");
    never.push(after(&made[0]));
    // Of somebody who is nobody elsewhere.
    call("POST", "/accounts", json!({"name": "li.lei", "roles": ["viewer"]})).is(200);
    let link = call("POST", "/sign-in-links", json!({"account": "li.lei"})).is(200);
    never.push(after(&text(&link["code"])));
    never
}

/// A workflow that is started by calls: its secret, the one before, and what else a caller shows.
fn webhook(api: &Api, owner: &Shown) -> Vec<String> {
    let words = "dsl: 1\nid: hooked\nname: {zh: 读, en: Read}\non:\n  webhook: {path: hr, verify: token}\nconnections:\n  directory: \
                 {type: directory, ref: default}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n";
    api.post(owner, "/workflows", &json!({"text": words})).is(200);
    api.post(owner, "/workflows/hooked/activate", &json!({})).is(200);
    api.post(owner, "/workflows/hooked/draft", &json!({})).is(200);
    let mut never = Vec::new();
    for _ in 0..2 {
        let new = json!({"path": "hr", "keep_old_ms": 60_000});
        never.push(text(&api.post(owner, "/workflows/hooked/hooks", &new).is(200)["secret"]));
    }
    let (good, other) = (format!("Bearer {}", never[1]), "proof-Qa1zX5sw-of-a-caller".to_string());
    let shown = [("authorization", good.as_str()), ("x-gitlab-token", other.as_str()), ("x-from", "hr")];
    let started = api.ask("POST", "/hooks/default/hr", &shown, Some("{}")).is(202);
    let run = text(&started["run"]);
    let shown = api.get(owner, &format!("/runs/{run}?wait=true")).is(200);
    assert!(text(&shown["status"]).starts_with("succeeded"), "{shown}");
    let wrong = format!("Bearer {other}");
    api.ask("POST", "/hooks/default/hr", &[("authorization", &wrong)], Some("{}")).is(403);
    never.push(other);
    never
}

/// The addresses of all operations that only read.
fn addresses() -> Vec<String> {
    let mut all: Vec<String> = MORE.map(String::from).into();
    for route in routes::routes() {
        if route.method != "GET" || route.permission.is_none() || STREAMS.contains(&route.id) {
            continue;
        }
        if !route.path.contains("{id}") {
            all.push(route.path.into());
            continue;
        }
        let known = IDS.iter().find(|(begin, _)| route.path.starts_with(begin));
        let (_, ids) = known.unwrap_or_else(|| panic!("{}: give an id for it in IDS", route.path));
        all.extend(ids.iter().map(|id| route.path.replace("{id}", id)));
    }
    all
}

/// What an answer holds: itself, and what is packed in it.
fn unpacked(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    if bytes.starts_with(b"PK") {
        let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a zip file");
        for place in 0..zip.len() {
            let mut inner = Vec::new();
            zip.by_index(place).expect("an entry").read_to_end(&mut inner).expect("it is whole");
            all.push(inner);
        }
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let plain = zstd::stream::decode_all(&bytes[..]).expect("a backup");
        // Values are packed each for itself; whoever restores it looks at them.
        all.push(plain);
    }
    all.push(bytes);
    all
}

/// Every place: what it is called, and what stands there.
pub struct Places(Vec<(String, Vec<u8>)>);

/// Reads every place of a server and of these installations that can be read while they work.
pub fn places(api: &Api, owner: &Shown, houses: &[&House]) -> Places {
    let (mut places, mut answered) = (Vec::new(), 0);
    for path in addresses() {
        let said = of_session(api, owner, "default", "GET", &path, None);
        assert!([200, 404, 409, 422].contains(&said.status), "{path}: {} {}", said.status, said.text);
        answered += usize::from(said.status == 200);
        places.extend(unpacked(said.bytes).into_iter().map(|bytes| (path.clone(), bytes)));
    }
    for path in ["/healthz", "/metrics", "/readyz", "/api/openapi.json", "/api"] {
        places.push((path.into(), api.ask("GET", path, &[], None).bytes));
    }
    for house in houses {
        let read = |path: &Path| std::fs::read(path).expect("a file");
        places.push(("the log".into(), read(&house.path("log"))));
        places.extend(house.files().into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)));
    }
    assert!(answered > 50, "only {answered} operations answered");
    Places(places)
}

impl Places {
    /// Adds the keys and values of a store that nobody works with, unpacked.
    pub async fn and_store(&mut self, location: &Location) {
        let store = location.open().await.expect("the store");
        let store: &dyn Kv = &*store;
        let mut from = vec![0];
        loop {
            let entries = store.scan(from, vec![0xff; 9], 1_000, false).await.expect("entries");
            let Some((last, _)) = entries.last() else { break };
            from = [last.as_slice(), &[0][..]].concat();
            for (key, value) in entries {
                let name = format!("the store, {}", String::from_utf8_lossy(&key));
                let plain = match value.split_first_chunk() {
                    Some((&[2, a, b, c, d], rest)) => {
                        let size = u32::from_be_bytes([a, b, c, d]) as usize;
                        zstd::bulk::decompress(rest, size).expect("a packed value")
                    }
                    _ => value,
                };
                self.0.push((name, [key, plain].concat()));
            }
        }
    }

    /// Looks for these in all of them.
    pub fn hold_none_of(&self, never: &[String]) {
        assert!(
            never.len() > 25 && never.iter().all(|secret| secret.len() > 12 && secret.is_ascii()),
            "the secrets are known: {never:?}"
        );
        for (place, bytes) in &self.0 {
            // They are plain letters, so what is no text between them hides none.
            let mut text = String::from_utf8_lossy(bytes).into_owned();
            // Whoever reads his own session is told its own token against forged calls: a page that is opened anew has no other way to it.
            if place == "/session"
                && let Ok(mut own) = serde_json::from_slice::<Value>(bytes)
            {
                own["csrf"].take();
                text = own.to_string();
            }
            for secret in never {
                let found = text.contains(secret.as_str());
                assert!(!found, "{place} holds a secret ({} characters, {}…)", secret.len(), &secret[..4]);
            }
        }
    }
}
