//! Messages: who gets them, what is refused, and what vanishes silently.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::Limits;

use crate::support::{AGENT, Sim};

async fn sim() -> Sim {
    Sim::new(json!({
        "users": [
            { "userid": "a", "department": [2] }, { "userid": "b", "department": [3] },
            { "userid": "c", "department": [1] }, { "userid": "d", "department": [2], "unlicensed": true }
        ],
        "tags": [{ "tagid": 7, "tagname": "t", "users": ["a", "c"], "departments": [3] },
                 { "tagid": 8, "tagname": "other", "owner": 9, "users": ["a"] }],
        "apps": [{ "agentid": AGENT, "secret": crate::support::APP, "visible": { "departments": [2], "tags": [7] } }]
    }))
    .await
}

fn text(more: Value) -> Value {
    let mut body = json!({ "agentid": AGENT, "msgtype": "text", "text": { "content": "hi" } });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

#[tokio::test]
async fn receivers_are_members_departments_and_tags_in_range() {
    let sim = sim().await;
    let got =
        sim.app_post("message/send", text(json!({ "touser": "A|C|Ghost|d", "toparty": "2|1", "totag": "7|8" }))).await;
    let answer = got.json();
    assert_eq!(
        (&answer["errcode"], &answer["invaliduser"], &answer["invalidparty"], &answer["invalidtag"]),
        (&json!(0), &json!("ghost"), &json!("1"), &json!("8"))
    );
    assert_eq!(answer["unlicenseduser"], "d");
    let sent = sim.running.messages();
    assert_eq!(sent[0].delivered, ["a", "b", "c"], "c is in the range by its tag");
    assert_eq!((sent[0].msgtype.as_str(), &sent[0].content), ("text", &json!({ "content": "hi" })));
    let all = sim.app_post("message/send", text(json!({ "touser": "@all", "toparty": "99" }))).await.json();
    assert!(all["errcode"] == 0 && all.get("invalidparty").is_none(), "{all}");
    assert_eq!(sim.running.messages()[1].delivered, ["a", "b", "c"]);
    let nobody = sim.app_post("message/send", text(json!({ "touser": "ghost", "totag": "8" }))).await.json();
    assert_eq!(
        (&nobody["errcode"], &nobody["invaliduser"], &nobody["invalidtag"], nobody["msgid"].is_string()),
        (&json!(81013), &json!("ghost"), &json!("8"), true)
    );
    assert_eq!(sim.running.messages().len(), 2);
}

#[tokio::test]
async fn requests_that_cannot_be_are_refused() {
    let sim = sim().await;
    let many = |count: usize| vec!["1"; count].join("|");
    let card = |card: Value| json!({ "touser": "a", "msgtype": "textcard", "textcard": card });
    let good_card = json!({ "title": "t", "description": "d", "url": "https://e.com" });
    let with = |key: &str, value: Value| {
        let mut changed = good_card.clone();
        changed[key] = value;
        card(changed)
    };
    for (more, code) in [
        (json!({}), 82001),
        (json!({ "touser": many(1001) }), 40032),
        (json!({ "toparty": many(101) }), 82002),
        (json!({ "totag": many(101) }), 82003),
        (json!({ "touser": "a", "agentid": 5 }), 301_002),
        (json!({ "touser": "a", "agentid": "5" }), 40056),
        (json!({ "touser": "a", "agentid": null }), 41011),
        (json!({ "touser": "a", "msgtype": "poem" }), 40008),
        (json!({ "touser": ["a"] }), 40058),
        (json!({ "touser": "a", "text": { "content": "" } }), 44004),
        (json!({ "touser": "a", "msgtype": "markdown" }), 44004),
        (json!({ "touser": "a", "msgtype": "markdown", "markdown": { "content": "甲".repeat(683) } }), 45002),
        (json!({ "touser": "a", "msgtype": "markdown", "markdown": { "content": "甲".repeat(682) } }), 0),
        (card(good_card.clone()), 0),
        (with("description", json!("")), 41033),
        (with("url", json!("")), 41010),
        (with("url", json!("e.com")), 40094),
        (with("title", json!("t".repeat(129))), 40058),
        (with("description", json!("d".repeat(513))), 40058),
        (with("btntxt", json!("五个字的钮")), 40058),
        (json!({ "touser": "a", "msgtype": "file", "file": { "media_id": "x" } }), 40007),
        (json!({ "touser": "a", "msgtype": "template_card", "template_card": { "card_type": "x" } }), 42031),
        (json!({ "touser": "a", "enable_duplicate_check": 1, "duplicate_check_interval": 14401 }), 40058),
    ] {
        let got = sim.app_post("message/send", text(more.clone())).await;
        assert_eq!(got.code(), code, "{more} gave {}", got.text);
    }
    sim.refused("message/send", text(json!({ "touser": "a" })), 48002).await;
    let long = text(json!({ "touser": "a", "text": { "content": "甲".repeat(1000) } }));
    assert_eq!(sim.app_post("message/send", long).await.code(), 0);
    let cut = sim.running.messages().last().and_then(|sent| sent.content["content"].as_str().map(str::len));
    assert_eq!(cut, Some(2046), "cut at a whole character within 2048 bytes");
}

#[tokio::test]
async fn too_many_and_repeated_messages_vanish_silently() {
    let sim = sim().await;
    for n in 0..31 {
        let body = text(json!({ "touser": if n < 30 { "a" } else { "a|b" }, "text": { "content": n.to_string() } }));
        assert_eq!(sim.app_post("message/send", body).await.code(), 0);
    }
    let sent = sim.running.messages();
    assert_eq!((&sent[30].delivered, &sent[30].dropped), (&vec!["b".to_owned()], &vec!["a".to_owned()]));
    sim.running.advance_clock(Duration::from_secs(60));
    let once = || text(json!({ "touser": "a", "enable_duplicate_check": 1, "duplicate_check_interval": 600 }));
    for _ in 0..2 {
        assert_eq!(sim.app_post("message/send", once()).await.code(), 0);
    }
    let sent = sim.running.messages();
    assert_eq!(
        (sent[31].delivered.len(), sent[32].delivered.len(), &sent[32].duplicate),
        (1, 0, &vec!["a".to_owned()])
    );
    assert_eq!(sim.running.check().repeated_deliveries, 0);
    sim.running.advance_clock(Duration::from_secs(600));
    assert_eq!(sim.app_post("message/send", once()).await.code(), 0);
    assert_eq!(sim.running.check().repeated_deliveries, 1);
}

#[tokio::test]
async fn a_day_has_so_many_receivers() {
    let sim = sim().await;
    sim.running.set_limits(Limits { message_person_times_per_day: Some(3), ..Limits::default() });
    assert_eq!(sim.app_post("message/send", text(json!({ "touser": "a|b" }))).await.code(), 0);
    assert_eq!(sim.app_post("message/send", text(json!({ "touser": "a|b" }))).await.code(), 45009);
    assert_eq!(sim.app_post("message/send", text(json!({ "touser": "a" }))).await.code(), 0);
}

#[tokio::test]
async fn messages_are_taken_back_within_a_day() {
    let sim = sim().await;
    let sent = sim.app_post("message/send", text(json!({ "touser": "a" }))).await.json();
    let recall = json!({ "msgid": sent["msgid"] });
    assert_eq!(sim.app_post("message/recall", json!({ "msgid": "x" })).await.code(), 40058);
    assert_eq!(sim.app_post("message/recall", recall.clone()).await.code(), 0);
    assert!(sim.running.messages()[0].recalled);
    sim.running.advance_clock(Duration::from_secs(86_401));
    let token = sim.gettoken(crate::support::CORP, crate::support::APP).await.json();
    let path = format!("message/recall?access_token={}", token["access_token"].as_str().unwrap_or_default());
    assert_eq!(sim.post(&path, recall.to_string()).await.code(), 42052);
}
