//! Messages to people: by links, once, at a pace that arrives, taken back, and by clients of another product.

use std::time::Duration;

use idflow::store::{Batch, Kv, keys, sled::SledStore};
use serde_json::{Value, json};
use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation, PATIENCE, corp::CORP_ID, eventually, house::Server};

/// 2026-03-02 00:00 in China.
const MONDAY: i64 = 1_772_380_800_000;

/// A company whose people are linked, and somebody by hand who is not.
fn linked(corp: &Corp) -> House {
    let house = House::ready(corp, "wecom_downstream_full").clocked(MONDAY);
    Organisation::generated(2, 6).write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    house.good(&["directory", "person", "add", "hand.made", "Hand Made"]);
    house
}

fn outcomes(message: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let all = message["receivers"].as_array().expect("receivers");
    all.iter().map(|one| (text(&one["given"]), text(&one["outcome"]))).collect()
}

/// A server, and a way to call it as a program.
struct Served {
    server: Option<Server>,
    address: String,
    token: String,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl Served {
    fn new(house: &House, permissions: &[&str]) -> Self {
        let mut args = vec!["token", "create", "app"];
        permissions.iter().for_each(|permission| args.extend(["--permission", permission]));
        let token = house.good(&args)["token"].as_str().expect("a token").to_string();
        let server = house.serve();
        let note = std::fs::read(house.data().join("server.json")).expect("a note");
        let note: Value = serde_json::from_slice(&note).expect("JSON");
        let address = format!("http://{}", note["address"].as_str().expect("an address"));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        Self { server: Some(server), address, token, runtime, client }
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let mut request = self.client.post(format!("{}{path}", self.address)).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    fn send(&self, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token);
        self.runtime.block_on(self.post("/api/v1/messages/wecom", &[("authorization", &bearer)], body))
    }

    fn show(&self, id: &Value) -> Value {
        let request = self.client.get(format!("{}/api/v1/messages/{}", self.address, id.as_str().expect("an id")));
        let answer = self.runtime.block_on(request.bearer_auth(&self.token).send()).expect("an answer");
        self.runtime.block_on(answer.json()).expect("JSON")
    }
}

#[test]
fn messages_reach_people_by_their_links_and_name_whoever_has_none() {
    let corp = Corp::start();
    let house = linked(&corp);
    // By account, by number; whoever is named twice gets it once.
    let sent = house.good(&["message", "send", "hello", "--to", "user0001", "--to", "E0002", "--to", "user0002"]);
    assert_eq!((&sent["state"], &sent["total"], &sent["reached"]), (&json!("sent"), &json!(2), &json!(2)), "{sent}");
    assert!(sent["result"]["errcode"] == 0 && !sent["result"]["msgid"].as_str().expect("an id").is_empty(), "{sent}");
    let messages = corp.messages();
    assert_eq!((messages.len(), &messages[0].content["content"]), (1, &json!("hello")));
    assert_eq!(messages[0].delivered.len(), 2);
    // Somebody who is not linked is named, and nobody gets it, unless that is wanted.
    let refused = house.ask(&["message", "send", "hello", "--to", "user0001", "--to", "hand.made", "--to", "nobody"]);
    let refused = refused.expect(1).json();
    assert_eq!(refused["error"]["code"], "message_unbound");
    assert!(refused["error"]["hint"].as_str().is_some_and(|hint| hint.contains("--skip-unbound")), "{refused}");
    assert_eq!(corp.messages().len(), 1);
    let named = ["--to", "user0001", "--to", "hand.made", "--to", "user0003"];
    let checked = house.good(&[&["message", "send", "hello", "--check"][..], &named].concat());
    assert_eq!((&checked["state"], &checked["id"]), (&json!("checked"), &json!("")), "{checked}");
    assert_eq!(corp.messages().len(), 1, "only looked at");
    // One member is gone from WeCom since.
    let key = checked["receivers"][2]["key"].as_str().expect("a key").to_string();
    corp.by_hand(CORP_ID, "user/delete", &json!({"userid": key})).expect("gone");
    let part = house.good(&[&["message", "send", "hello", "--skip-unbound"][..], &named].concat());
    let expected = [("user0001", "sent"), ("hand.made", "unbound"), ("user0003", "out_of_reach")];
    assert_eq!(outcomes(&part), expected.map(|(who, what)| (who.to_string(), what.to_string())), "{part}");
    assert_eq!((&part["state"], part["result"]["invaliduser"].as_str()), (&json!("partial"), Some(key.as_str())));
    // A department with all below it; a tag that is not there.
    let department = house.good(&["message", "send", "all of you", "--department", "/Company/North"]);
    assert_eq!(department["state"], "sent", "{department}");
    assert!(!corp.messages().last().expect("a message").delivered.is_empty());
    house.ask(&["message", "send", "x", "--tag", "nothing"]).expect(1);
    // Everybody: asked first. A minute has passed.
    house.set_clock(MONDAY + 60_000);
    let refused = house.ask(&["message", "send", "fire drill", "--all"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "message_confirm", "{refused}");
    let hint = refused["error"]["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("--yes") && !hint.contains("confirm_all"), "an option, not a field of the API: {refused}");
    let all = house.good(&["message", "send", "fire drill", "--all", "--yes"]);
    assert_eq!(all["state"], "sent", "{all}");
    assert_eq!(corp.messages().last().expect("a message").delivered.len(), 5);
    // Too long is refused and not cut.
    let refused = house.ask(&["message", "send", &"长".repeat(700), "--to", "user0001"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "wecom_message_long", "{refused}");
    // Taken back within a day; the list has all of them, the newest first. What was sent in one moment has no order.
    let id = sent["id"].as_str().expect("an id");
    assert_eq!(house.good(&["message", "recall", id])["state"], "recalled");
    assert!(corp.messages()[0].recalled);
    let listed = house.good(&["message", "list"]);
    let mut states: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!((states.first(), listed[0]["text"].as_str()), (Some(&"sent"), Some("fire drill")), "{listed}");
    states.sort_unstable();
    assert_eq!(states, ["partial", "recalled", "sent", "sent"]);
    // An answer that is lost: a message cannot be looked up, and is not said to be.
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", Effect::Lost).times(1)]));
    let lost = house.ask(&["message", "send", "gone", "--to", "user0001"]).json();
    assert!(lost["state"] == "unknown" && lost.to_string().contains("message_answer_lost"), "{lost}");
    assert!(!lost.to_string().contains("looked up"), "{lost}");
    house.set_clock(MONDAY + 25 * 3_600_000);
    let late = house.ask(&["message", "recall", part["id"].as_str().expect("an id")]).expect(1).json();
    assert_eq!(late["error"]["code"], "message_not_recalled", "{late}");
    // What WeCom refuses is told, and nobody is said to have got it.
    corp.set_faults(Faults {
        seed: 1,
        rules: vec![FaultRule::new("/cgi-bin/message/send", Effect::Error { errcode: 60020, errmsg: None })],
    });
    let failed = house.ask(&["message", "send", "hello", "--to", "user0001"]).expect(1).json();
    assert_eq!((&failed["state"], &failed["result"]["errcode"]), (&json!("failed"), &json!(60020)), "{failed}");
    assert_eq!(failed["problem"]["code"], "WECOM_60020", "{failed}");
}

#[test]
fn a_member_who_would_get_too_many_gets_them_later() {
    let corp = Corp::start();
    let house = linked(&corp);
    let served = Served::new(&house, &["message:send"]);
    let before = corp.messages().len();
    let body = |number: usize| json!({"receivers": ["user0001"], "text": format!("number {number}")});
    for number in 0..30 {
        assert_eq!(served.send(&body(number)).1["state"], "sent", "{number}");
    }
    let (status, waits) = served.send(&body(30));
    assert_eq!((status, &waits["state"]), (200, &json!("waiting")), "{waits}");
    assert!(waits["due"].is_string() && waits["problem"]["code"] == "wecom_message_too_often", "{waits}");
    let other = served.send(&json!({"receivers": ["user0002"], "text": "x"})).1;
    assert_eq!(other["state"], "sent", "others are not held up: {other}");
    // One that waits can be taken back, and is never sent.
    let taken = served.send(&body(31)).1;
    let path = format!("/api/v1/messages/{}/recall", taken["id"].as_str().expect("an id"));
    let bearer = format!("Bearer {}", served.token);
    let recalled = served.runtime.block_on(served.post(&path, &[("authorization", &bearer)], &json!({}))).1;
    assert_eq!(recalled["state"], "recalled", "{recalled}");
    // Everybody who cannot get it is named in one answer.
    let (status, refused) = served.send(&json!({"receivers": ["hand.made", "nobody"], "text": "x"}));
    let codes: Vec<&str> =
        refused["errors"].as_array().expect("errors").iter().filter_map(|one| one["code"].as_str()).collect();
    assert_eq!((status, codes), (422, vec!["message_unbound", "message_person_unknown"]), "{refused}");
    // A minute later both the pace and WeCom have room; the server sends it by itself.
    corp.advance_clock(Duration::from_secs(120));
    house.set_clock(MONDAY + 120_000);
    eventually("what waited is sent", PATIENCE, || (served.show(&waits["id"])["state"] == "sent").then_some(()));
    let messages = corp.messages();
    assert_eq!(messages.len(), before + 32);
    assert!(messages.iter().all(|message| message.dropped.is_empty()), "nothing vanished in WeCom");
    assert_eq!(served.show(&taken["id"])["state"], "recalled");
}

#[test]
fn a_client_of_another_product_works_unchanged_and_one_key_delivers_once() {
    let corp = Corp::start();
    let house = linked(&corp);
    let mut served = Served::new(&house, &["message:send", "message:broadcast"]);
    let path = "/sys/thirdApp/sendMessageTest";
    let token = [("x-access-token", served.token.as_str()), ("x-tenant-id", "0")];
    let ask = |headers: &[(&str, &str)], body: Value| served.runtime.block_on(served.post(path, headers, &body));
    let one = json!({"app": "WECHAT_ENTERPRISE", "sendAll": false, "receiver": "user0001,user0002", "content": "测试"});
    let (status, said) = ask(&token, one.clone());
    assert_eq!((status, &said["success"], &said["code"]), (200, &json!(true), &json!(200)), "{said}");
    assert!(said["result"]["errcode"] == 0 && said["result"]["msgid"].is_string(), "{said}");
    assert!(said["timestamp"].is_i64() && said["message"].is_string(), "{said}");
    assert_eq!(corp.messages().last().expect("a message").delivered.len(), 2);
    let all = json!({"app": "WECHAT_ENTERPRISE", "sendAll": true, "receiver": "", "content": "全体"});
    assert_eq!(ask(&token, all.clone()).1["success"], true);
    assert_eq!(corp.messages().last().expect("a message").delivered.len(), 6);
    for (headers, body, code, words) in [
        (&token[..], json!({"app": "DINGTALK", "receiver": "user0001", "content": "x"}), 500, "不识别的第三方APP"),
        (&token[..], json!({"app": "WECHAT_ENTERPRISE", "receiver": "hand.made", "content": "x"}), 500, "hand.made"),
        (&token[..], json!({"app": "WECHAT_ENTERPRISE", "content": "x"}), 500, "receiver"),
        (&[][..], one.clone(), 401, "Token"),
        (&[token[0], ("x-tenant-id", "elsewhere")][..], one.clone(), 409, "尚未配置"),
    ] {
        let (_, said) = ask(headers, body);
        let text = said["message"].as_str().unwrap_or_default();
        assert!(said["success"] == false && said["code"] == code && text.contains(words), "{said}");
    }
    // A token without the right sends to nobody but whom it names.
    let narrow = house.good(&["token", "create", "narrow", "--permission", "message:send"]);
    let narrow = [("x-access-token", narrow["token"].as_str().expect("a token"))];
    assert_eq!(ask(&narrow, all).1["code"], 403);
    assert_eq!(ask(&narrow, one).1["success"], true);

    // A hundred at the same moment, by one key.
    let before = corp.messages().len();
    let bearer = format!("Bearer {}", served.token);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let body = json!({"receivers": ["user0004"], "text": "once"});
    let answers = served.runtime.block_on(async {
        let calls = (0..100).map(|_| served.post("/api/v1/messages/wecom", &headers, &body));
        futures::future::join_all(calls).await
    });
    assert_eq!(corp.messages().len(), before + 1);
    let good: Vec<&Value> = answers.iter().filter(|(status, _)| *status == 200).map(|(_, said)| said).collect();
    assert!(!good.is_empty() && good.iter().all(|said| said["id"] == good[0]["id"]), "{good:?}");
    let rest = answers.iter().filter(|(status, _)| *status != 200);
    rest.for_each(|(status, said)| assert_eq!((*status, &said["code"]), (409, &json!("idempotency_under_way"))));
    // After a crash the same name is answered as before.
    let (_, again) = served.runtime.block_on(served.post("/api/v1/messages/wecom", &headers, &body));
    served.server.take().expect("a server").kill();
    let served = Served::new(&house, &["message:send"]);
    let (_, after) = served.runtime.block_on(served.post("/api/v1/messages/wecom", &headers, &body));
    assert_eq!((&after["id"], corp.messages().len()), (&again["id"], before + 1), "{after}");
}

/// A stored message that cannot be read is told once, and those that wait beside it are sent all the same.
#[test]
fn a_message_that_cannot_be_read_keeps_no_other_from_its_time() {
    let corp = Corp::start();
    let house = linked(&corp);
    let mut served = Served::new(&house, &["message:send"]);
    let send = |served: &Served, text: String| served.send(&json!({"receivers": ["user0001"], "text": text})).1;
    (0..30).for_each(|number| assert_eq!(send(&served, format!("number {number}"))["state"], "sent"));
    let waiting = [30, 31, 32].map(|number| send(&served, format!("number {number}")));
    waiting.iter().for_each(|one| assert_eq!(one["state"], "waiting", "{one}"));
    served.server.take().expect("a server").stop();
    let damaged = waiting[0]["id"].as_str().expect("an id");
    served.runtime.block_on(async {
        let store = SledStore::open(&house.data()).expect("the store");
        let all = store.scan(vec![keys::MESSAGE], vec![keys::MESSAGE + 1], usize::MAX, false).await.expect("read");
        let id = damaged.as_bytes();
        let (key, _) =
            all.into_iter().find(|(key, _)| key.windows(id.len()).any(|part| part == id)).expect("the message");
        let mut batch = Batch::default();
        batch.put(key, b"{".to_vec());
        store.commit(batch).await.expect("damaged");
    });
    corp.advance_clock(Duration::from_secs(120));
    house.set_clock(MONDAY + 120_000);
    let served = Served::new(&house, &["message:send"]);
    for one in &waiting[1..] {
        eventually("the others are sent", PATIENCE, || (served.show(&one["id"])["state"] == "sent").then_some(()));
    }
    assert_eq!(served.show(&waiting[0]["id"])["code"], "store_corrupt");
}

/// Whoever was sending when the server was killed is gone: that nobody knows what became of the message is said at once, and
/// not when the time for it would have come.
#[test]
fn a_message_that_was_on_its_way_at_a_kill_has_an_unknown_end_at_once() {
    let corp = Corp::start();
    let house = linked(&corp);
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", Effect::Hang)]));
    let mut served = Served::new(&house, &["message:send"]);
    let url = format!("{}/api/v1/messages", served.address);
    let body = json!({"receivers": ["user0001"], "text": "x"});
    let request = served.client.post(format!("{url}/wecom")).bearer_auth(&served.token).json(&body);
    let sent = served.runtime.spawn(request.send());
    let id = eventually("the message", PATIENCE, || {
        let answer = served.runtime.block_on(served.client.get(&url).bearer_auth(&served.token).send()).ok()?;
        let all: Value = served.runtime.block_on(answer.json()).ok()?;
        let sending = all["items"].as_array()?.iter().find(|one| one["state"] == "sending")?;
        Some(sending["id"].clone())
    });
    // Who looks after messages once a second has seen by then that somebody sends it.
    std::thread::sleep(Duration::from_millis(1_500));
    served.server.take().expect("a server").kill();
    let _ = served.runtime.block_on(sent);
    let served = Served::new(&house, &["message:send"]);
    eventually("its end", PATIENCE, || (served.show(&id)["state"] == "unknown").then_some(()));
    assert!(served.show(&id).to_string().contains("message_end_unknown"));
}
