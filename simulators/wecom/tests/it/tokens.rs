//! gettoken and everything that can be wrong with a token.

use std::time::Duration;

use serde_json::json;
use wecom_sim::Options;

use crate::support::{APP, CONTACTS, CORP, Sim, state};

#[tokio::test]
async fn gettoken_refuses_in_order() {
    let sim = Sim::new(json!({})).await;
    for (query, code) in [
        ("", 41004),
        ("?corpid=ww1", 41004),
        ("?corpid=&corpsecret=", 41004),
        ("?corpsecret=x", 41002),
        ("?corpid=other&corpsecret=x", 40013),
        ("?corpid=ww1&corpsecret=x", 40001),
    ] {
        assert_eq!(sim.get(&format!("gettoken{query}")).await.code(), code, "{query}");
    }
}

#[tokio::test]
async fn a_token_is_reused_while_it_is_good() {
    let sim = Sim::new(json!({})).await;
    let again = sim.gettoken(CORP, CONTACTS).await.json();
    assert_eq!(again["access_token"], sim.contacts.as_str());
    assert_eq!(again["expires_in"], 7200);
    assert_ne!(sim.contacts, sim.app);
    sim.running.advance_clock(Duration::from_secs(7200));
    assert_eq!(sim.read("department/simplelist", "").await.code(), 42001);
    assert_ne!(sim.gettoken(CORP, CONTACTS).await.json()["access_token"], sim.contacts.as_str());
}

#[tokio::test]
async fn always_new_tokens_leave_the_old_ones_good() {
    let sim = Sim::new(json!({ "options": { "token_reuse": false } })).await;
    assert_ne!(sim.gettoken(CORP, CONTACTS).await.json()["access_token"], sim.contacts.as_str());
    assert_eq!(sim.read("department/simplelist", "").await.code(), 0);
}

#[tokio::test]
async fn tokens_are_missing_invalid_expired_or_revoked() {
    let sim = Sim::new(json!({})).await;
    assert_eq!(sim.get("department/simplelist").await.code(), 41001);
    assert_eq!(sim.get("department/simplelist?access_token=x").await.code(), 40014);
    let url = format!("{}/cgi-bin/department/simplelist", sim.running.base_url());
    let in_header = sim.client.get(url).header("access_token", &sim.contacts).bearer_auth(&sim.contacts);
    assert_eq!(sim.send(in_header).await.expect("an answer").code(), 41001);
    let body = json!({ "access_token": sim.contacts }).to_string();
    assert_eq!(sim.post("user/create", body).await.code(), 41001);
    sim.running.expire_tokens();
    assert_eq!(sim.read("department/simplelist", "").await.code(), 42001);
    sim.running.revoke_tokens();
    let got = sim.read("department/simplelist", "").await;
    assert_eq!((got.code(), got.json()["errmsg"].as_str()), (40014, Some("invalid access_token")));
    let fresh = sim.gettoken(CORP, CONTACTS).await.json();
    let fresh = fresh["access_token"].as_str().unwrap_or_default();
    assert_eq!(sim.get(&format!("department/simplelist?access_token={fresh}")).await.code(), 0);
}

#[tokio::test]
async fn wrong_secrets_block_the_address_for_an_hour() {
    let sim = Sim::with(Options { wrong_secret_limit: 3, ..Options::with_state(state(json!({}))) }).await;
    for _ in 0..3 {
        assert_eq!(sim.gettoken(CORP, "wrong").await.code(), 40001);
    }
    assert_eq!(sim.gettoken(CORP, CONTACTS).await.code(), 45009);
    let url = format!("{}/cgi-bin/gettoken?corpid={CORP}&corpsecret={CONTACTS}", sim.running.base_url());
    let elsewhere = sim.client.get(url).header("x-sim-source-ip", "203.0.113.7");
    assert_eq!(sim.send(elsewhere).await.expect("an answer").code(), 0);
    assert_eq!(sim.read("department/simplelist", "").await.code(), 0);
    sim.running.advance_clock(Duration::from_secs(3601));
    assert_eq!(sim.gettoken(CORP, CONTACTS).await.code(), 0);
}

#[tokio::test]
async fn a_disabled_app_gets_no_token_and_a_reset_secret_voids_its_own() {
    let sim = Sim::new(json!({})).await;
    let mut changed = sim.running.state();
    changed.corps[0].apps[0].close = 1;
    sim.running.load(changed.clone()).expect("a state");
    assert_eq!(sim.app("department/simplelist", "").await.code(), 50003);
    assert_eq!(sim.gettoken(CORP, APP).await.code(), 40001);
    changed.corps[0].apps[0].close = 0;
    changed.corps[0].apps[0].secret = "reset".to_owned();
    sim.running.load(changed).expect("a state");
    assert_eq!(sim.app("department/simplelist", "").await.code(), 40014);
    assert_eq!(sim.gettoken(CORP, APP).await.code(), 40001);
    assert_eq!(sim.gettoken(CORP, "reset").await.code(), 0);
}
