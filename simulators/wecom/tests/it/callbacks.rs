//! Events: who is told of what, in which form, and what happens when nobody answers.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::state::VisibleState;
use wecom_sim::{CallbackOutcome, CallbackRecord, CallbackSettings, NewReceiver, Options, ReleaseOrder};

use crate::receiver::{KEY, Receiver, TOKEN, element};
use crate::support::{AGENT, APP, CONTACTS, CORP, Sim, state};

/// Events that nobody gets, because they are held.
async fn held(overlay: Value) -> Sim {
    let sim = Sim::new(overlay).await;
    sim.running.set_callbacks(CallbackSettings { hold: true, ..CallbackSettings::default() });
    sim
}

fn nowhere(form: Option<&str>) -> Value {
    let mut receiver = json!({ "url": "http://127.0.0.1:9/", "token": TOKEN, "encoding_aes_key": KEY });
    if let Some(form) = form {
        receiver["form"] = json!(form);
    }
    receiver
}

fn contacts(form: Option<&str>) -> Value {
    json!({ "secret": CONTACTS, "receiver": nowhere(form) })
}

fn names(sim: &Sim) -> Vec<(String, String)> {
    sim.running.callbacks().into_iter().map(|record| (record.receiver, record.event)).collect()
}

fn last(sim: &Sim) -> CallbackRecord {
    sim.running.callbacks().pop().expect("an event")
}

fn by_hand(sim: &Sim, call: &str, body: Value) {
    let answer = sim.running.by_hand(CORP, call, &body).expect("it can be done by hand");
    assert_eq!(answer["errcode"], 0, "{call} {body}: {answer}");
}

#[tokio::test]
async fn a_receiver_is_saved_when_it_sends_the_text_back() {
    let sim = Sim::new(json!({ "users": [{ "userid": "a", "department": [2] }] })).await;
    let mut receiver = Receiver::start().await;
    let new = receiver.saved(CORP);
    for (bad, why) in [
        (NewReceiver { encoding_aes_key: "short".into(), ..new.clone() }, "key"),
        (NewReceiver { token: "x".repeat(33), ..new.clone() }, "token"),
        (NewReceiver { url: "https://127.0.0.1/".into(), ..new.clone() }, "only http"),
        (NewReceiver { url: sim.running.base_url(), ..new.clone() }, "status 404"),
        (NewReceiver { corpid: "wwother".into(), ..new.clone() }, "no corp"),
        (NewReceiver { agentid: Some(5), ..new.clone() }, "no app"),
    ] {
        let error = sim.running.save_receiver(bad).await.expect_err(why).to_string();
        assert!(error.contains(why), "{error}");
    }
    receiver.answer(&[500]);
    sim.running.save_receiver(new.clone()).await.expect_err("a receiver that fails");
    assert!(sim.running.snapshot()["corps"][0]["contacts"].get("receiver").is_none());
    sim.running.save_receiver(new).await.expect("a receiver that answers");
    assert_eq!(sim.running.snapshot()["corps"][0]["contacts"]["receiver"]["url"], receiver.url);

    by_hand(&sim, "user/update", json!({ "userid": "a", "department": [3] }));
    let (message, to) = receiver.next().await;
    assert_eq!((to.as_str(), element(&message, "ChangeType")), (CORP, Some("update_user")));
    assert_eq!((element(&message, "UserID"), element(&message, "Department")), (Some("a"), Some("3")));
}

#[tokio::test]
async fn contact_sync_is_told_of_everything_but_its_own_writes() {
    let sim = held(json!({ "contacts": contacts(None), "tags": [{ "tagid": 5, "tagname": "five" }] })).await;
    sim.written("user/create", json!({ "userid": "a", "name": "甲", "mobile": "13900000001", "department": [2] }))
        .await;
    sim.written("user/update", json!({ "userid": "a", "department": [3] })).await;
    sim.written("department/create", json!({ "name": "x", "parentid": 1, "id": 9 })).await;
    assert_eq!(names(&sim), []);

    by_hand(&sim, "user/create", json!({ "userid": "b", "name": "乙", "mobile": "13900000002", "department": [2] }));
    // Ids only: neither a name nor a status is told, and nothing at all when only those change.
    assert_eq!((element(&last(&sim).message, "Department"), element(&last(&sim).message, "Name")), (Some("2"), None));
    by_hand(&sim, "user/update", json!({ "userid": "b", "name": "丙", "position": "p" }));
    sim.running.set_user_status(CORP, "b", 1).expect("a member");
    by_hand(&sim, "department/update", json!({ "id": 3, "name": "new name" }));
    assert_eq!(names(&sim).len(), 1);
    by_hand(&sim, "department/update", json!({ "id": 3, "parentid": 1 }));
    by_hand(&sim, "department/delete", json!({ "id": 9 }));
    by_hand(&sim, "tag/addtagusers", json!({ "tagid": 5, "userlist": ["a", "b"], "partylist": [2] }));
    assert_eq!(element(&last(&sim).message, "AddUserItems"), Some("a,b"));
    // Who is in the tag already does not join it again.
    by_hand(&sim, "tag/addtagusers", json!({ "tagid": 5, "userlist": ["a"] }));
    by_hand(&sim, "user/delete", json!({ "userid": "b" }));
    let events: Vec<String> = names(&sim).into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, ["create_user", "update_party", "delete_party", "update_tag", "delete_user"]);
    assert_eq!(
        sim.running.by_hand(CORP, "user/delete", &json!({ "userid": "ghost" })).expect("an answer")["errcode"],
        60111
    );
    assert!(sim.running.by_hand(CORP, "user/get", &json!({})).is_err(), "reading changes nothing");
    assert_eq!(sim.running.counts().writes, 3, "what is done by hand is no call");
}

#[tokio::test]
async fn an_older_receiver_is_told_what_changed() {
    let users =
        json!([{ "userid": "a", "name": "甲", "mobile": "13900000001", "department": [2], "generated_userid": true }]);
    let sim = held(json!({ "contacts": contacts(Some("full")), "users": users })).await;
    by_hand(&sim, "user/update", json!({ "userid": "a", "position": "<b>]]>", "name": "甲" }));
    let message = last(&sim).message;
    assert!(message.contains("<Position><![CDATA[<b>]]]]><![CDATA[>]]></Position>"), "{message}");
    assert_eq!(element(&message, "Name"), None, "what did not change is not told");
    sim.running.set_user_status(CORP, "a", 2).expect("a member");
    assert_eq!(element(&last(&sim).message, "Status"), Some("2"));
    by_hand(&sim, "user/update", json!({ "userid": "a", "new_userid": "z" }));
    let message = last(&sim).message;
    assert_eq!((element(&message, "UserID"), element(&message, "NewUserID")), (Some("a"), Some("z")));
}

#[tokio::test]
async fn apps_of_providers_see_changes_in_their_range_and_own_apps_see_none() {
    let apps = json!([
        { "agentid": AGENT, "secret": APP, "visible": { "departments": [1] }, "receiver": nowhere(None) },
        { "agentid": 7, "secret": "s7", "kind": "customized", "visible": { "departments": [2] }, "receiver": nowhere(None) }
    ]);
    let sim = held(
        json!({ "apps": apps, "users": [{ "userid": "a", "name": "甲", "department": [1], "mobile": "13900000001" }] }),
    )
    .await;
    sim.written("user/update", json!({ "userid": "a", "position": "p" })).await;
    assert_eq!(names(&sim), [], "out of range");
    sim.written("user/update", json!({ "userid": "a", "department": [1, 3] })).await;
    let message = last(&sim).message;
    assert_eq!((element(&message, "ChangeType"), element(&message, "Department")), (Some("create_user"), Some("3")));
    assert_eq!((element(&message, "Mobile"), element(&message, "MainDepartment")), (None, None), "withheld");
    sim.written("user/update", json!({ "userid": "a", "department": [1] })).await;
    assert_eq!(last(&sim).event, "delete_user", "who leaves the range is gone");

    sim.running
        .set_visible(CORP, AGENT, &VisibleState { users: vec!["a".into()], ..VisibleState::default() })
        .expect("an app");
    assert_eq!(names(&sim).len(), 2, "it was in range before");
    sim.running.set_visible(CORP, AGENT, &VisibleState::default()).expect("an app");
    assert_eq!((last(&sim).event.as_str(), element(&last(&sim).message, "FromUserName")), ("unsubscribe", Some("a")));
    sim.running.app_event(CORP, AGENT, "a", "enter_agent").expect("a receiver");
    assert_eq!(last(&sim).receiver, format!("app {AGENT}"));
}

#[tokio::test]
async fn an_event_is_sent_three_times_until_it_is_answered_with_200() {
    let mut receiver = Receiver::start().await;
    let contacts = json!({ "secret": CONTACTS, "receiver": receiver.state(None) });
    let sim = Sim::new(json!({ "contacts": contacts })).await;
    let tell = |n: u64| by_hand(&sim, "department/create", json!({ "name": n.to_string(), "parentid": 1 }));
    sim.running.set_callbacks(CallbackSettings { timeout_ms: 200, ..CallbackSettings::default() });
    let settled = async || {
        // The outcome is written down when the answer has been read, which may be a moment after the receiver sent it.
        let all = async {
            while sim.running.callbacks().iter().any(|record| record.outcome == CallbackOutcome::Waiting) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all).await.expect("all are settled");
        sim.running.callbacks().pop().expect("an event")
    };
    // No answer in time, then another status than 200, then good.
    receiver.answer(&[0, 302, 200]);
    tell(1);
    assert_eq!(element(&receiver.next().await.0, "ChangeType"), Some("create_party"));
    let record = settled().await;
    assert_eq!(record.attempts.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [None, Some(302), Some(200)]);
    assert!(record.attempts[0].error.as_deref().is_some_and(|error| error.contains("200 ms")), "{record:?}");
    assert_eq!(record.outcome, CallbackOutcome::Delivered);
    receiver.answer(&[500, 500, 500]);
    tell(2);
    let record = settled().await;
    assert_eq!((record.attempts.len(), record.outcome), (3, CallbackOutcome::GivenUp));
}

#[tokio::test]
async fn events_come_twice_and_in_another_order_when_that_is_wanted() {
    let mut receiver = Receiver::start().await;
    let contacts = json!({ "secret": CONTACTS, "receiver": receiver.state(None) });
    let sim = Sim::new(json!({ "contacts": contacts })).await;
    sim.running.set_callbacks(CallbackSettings { hold: true, ..CallbackSettings::default() });
    for n in 10..14 {
        by_hand(&sim, "department/create", json!({ "name": n.to_string(), "parentid": 1, "id": n }));
    }
    assert!(sim.running.callbacks().iter().all(|record| record.outcome == CallbackOutcome::Waiting));
    sim.running.release_callbacks(ReleaseOrder::Reversed);
    let mut came = Vec::new();
    for _ in 10..14 {
        came.push(element(&receiver.next().await.0, "Id").unwrap_or_default().to_owned());
    }
    came.sort();
    assert_eq!(came, ["10", "11", "12", "13"]);
    sim.running.set_callbacks(CallbackSettings { duplicates: 1.0, ..CallbackSettings::default() });
    by_hand(&sim, "department/delete", json!({ "id": 13 }));
    assert_eq!(receiver.next().await, receiver.next().await);
}

#[tokio::test]
async fn the_end_of_a_job_is_told_to_the_address_it_names() {
    let mut receiver = Receiver::start().await;
    let sim = Sim::new(json!({})).await;
    let own = json!({ "callback": { "url": receiver.url, "token": TOKEN, "encodingaeskey": KEY } });
    let text = "姓名,帐号,手机号,邮箱,所在部门,职位,性别\n甲,a,13900000001,,2,,男\n";
    let job = sim.submit("batch/syncuser", text, own).await;
    let (message, _) = receiver.next().await;
    assert_eq!(element(&message, "JobId"), job.json()["jobid"].as_str());
    assert_eq!((element(&message, "JobType"), element(&message, "ErrCode")), (Some("sync_user"), Some("0")));
    assert_eq!(sim.user("a")["name"], "甲");
    let log = serde_json::to_string(&sim.running.requests()).expect("plain data");
    assert!(!log.contains(KEY), "a key is no business of the log");
}

#[tokio::test]
async fn the_admin_surface_does_all_of_it() {
    let mut receiver = Receiver::start().await;
    let sim = Sim::with(Options::with_state(state(json!({})))).await;
    let admin = async |method: reqwest::Method, path: &str, body: Value| {
        let url = format!("{}/{path}", sim.running.admin_url());
        sim.send(sim.client.request(method, url).body(body.to_string())).await.expect("an answer")
    };
    let (get, put, post) = (reqwest::Method::GET, reqwest::Method::PUT, reqwest::Method::POST);
    let mut new = receiver.state(Some("full"));
    new["corpid"] = json!(CORP);
    assert_eq!(admin(put.clone(), "receivers", new.clone()).await.status, 200);
    new["corpid"] = json!("wwother");
    assert_eq!(admin(put.clone(), "receivers", new.clone()).await.status, 404);
    new["corpid"] = json!(CORP);
    new["token"] = json!("not the token");
    assert_eq!(admin(put.clone(), "receivers", new).await.status, 400);
    assert_eq!(admin(put.clone(), "callbacks/settings", json!({ "attempts": 1 })).await.status, 200);
    let done = json!({ "corpid": CORP, "call": "department/create", "body": { "name": "x", "parentid": 1 } });
    assert_eq!(admin(post.clone(), "by_hand", done).await.json()["errmsg"], "created");
    assert_eq!(element(&receiver.next().await.0, "Name"), Some("x"));
    let listed = admin(get.clone(), "callbacks?after=0&limit=5", json!({})).await.json();
    assert_eq!((&listed["total"], &listed["callbacks"][0]["event"]), (&json!(1), &json!("create_party")));
    assert_eq!(admin(get, "callbacks/settings", json!({})).await.json()["attempts"], 1);
    assert_eq!(admin(post.clone(), "callbacks/release", json!({ "order": "shuffled" })).await.status, 200);
    let event = json!({ "corpid": CORP, "agentid": AGENT, "userid": "a", "event": "enter_agent" });
    assert_eq!(admin(post, "events", event).await.status, 404, "the app has no receiver");
    let range = json!({ "corpid": CORP, "agentid": AGENT, "visible": { "departments": [99] } });
    assert_eq!(admin(put, "apps/visible", range).await.status, 409);
}
