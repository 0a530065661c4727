//! Whoever has another userid by now, as WeCom told, keeps what is theirs, and nobody else gets it: neither by a userid that a
//! leaver had before. What one pair of connections knows says nothing of another.

use std::collections::BTreeMap;

use idflow::{
    model::{
        id::Tenant,
        trigger::{ConnectionEvent, EventObject},
    },
    store::{
        Batch, Kv,
        links::{self, End, Pair},
        memory::MemoryStore,
        renamed_keys,
    },
};
use idflow_sdk::{Kind, NEW_KEY};
use serde_json::{Value, json};

use super::{
    event_templates::{delivered, follows, generated, ids, over, pass, this_moment},
    support::{Corp, House, corp},
};

fn hand(corp: &Corp, call: &str, body: Value) {
    let answer = corp.by_hand(corp::CORP_ID, call, &body).expect("by hand");
    assert_eq!(answer["errcode"], 0, "{call} {body}: {answer}");
}

fn with_code(house: &House, run: &Value, code: &str) -> usize {
    house.items(run).iter().filter(|item| item["error"]["code"] == code).count()
}

fn refused(house: &House, userid: &str) -> Value {
    house.ask(&["link", "resolve", "main", userid]).expect(1).json()["error"]["code"].clone()
}

/// The first event: everything is read and linked.
fn begin(corp: &Corp, house: &House, now: &mut i64) {
    hand(corp, "user/update", json!({"userid": "gen0", "position": "First"}));
    delivered(corp, 1);
    pass(house, now, "the first run", || (over(house).len() == 1).then_some(()));
}

#[test]
fn a_new_userid_that_a_leaver_had_is_asked_about_and_then_followed() {
    let mut now = this_moment();
    let corp = generated(40);
    let (house, _server) = follows(&corp, now);
    begin(&corp, &house, &mut now);
    let before = ids(&house);
    hand(&corp, "user/delete", json!({"userid": "gen3"}));
    delivered(&corp, 2);
    pass(&house, &mut now, "the leaver", || (over(&house).len() == 2).then_some(()));
    house.sync(&[]).expect(0);
    // The clock stands: the event is still gathered when somebody starts a run.
    hand(&corp, "user/update", json!({"userid": "gen1", "new_userid": "gen3"}));
    delivered(&corp, 3);
    for _ in 0..2 {
        let run = house.sync(&[]).expect(3).json();
        let counts = &run["counts"]["user"];
        assert_eq!((&counts["removed"], &counts["created"]), (&json!(0), &json!(0)), "{run:#}");
        assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
        assert_eq!(with_code(&house, &run, "key_changed"), 1, "{run:#}");
        assert_eq!(refused(&house, "gen3"), "link_in_doubt");
    }
    assert_eq!(ids(&house), before);
    // It is not the leaver: then it is whoever WeCom said.
    house.good(&["match", "decide", "main", "gen3", "--other"]);
    let run = house.sync(&[]).expect(0).json();
    let counts = &run["counts"]["user"];
    assert_eq!((&counts["removed"], &counts["created"]), (&json!(0), &json!(0)), "{run:#}");
    assert_eq!(house.good(&["link", "resolve", "main", "gen3"])["name"], "Gen 1");
    assert_eq!(ids(&house), before);
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "gen3"])["name"], "Gen 1");
}

fn pair(other: &str) -> Pair {
    Pair { tenant: Tenant::default_tenant(), source: "main".into(), target: other.into(), kind: Kind::User }
}

/// Makes a link at this time, or moves the one that it takes the place of.
async fn link(
    store: &dyn Kv,
    pair: &Pair,
    ends: (&str, &str),
    rule: &str,
    at: i64,
    instead: Option<(&str, &str)>,
) -> bool {
    let end = |key: &str| End { key: key.into(), ..End::default() };
    let link = pair.link(end(ends.0), end(ends.1), "w", rule, at);
    let mut batch = Batch::default();
    let added = links::add(store, &mut batch, pair, &[(&link, instead)]).await.expect("links");
    store.commit(batch).await.expect("commit");
    added[0]
}

async fn tell(store: &dyn Kv, number: i64, old: &str, new: &str) {
    let event = ConnectionEvent {
        id: format!("{number:026}"),
        connection: "main".into(),
        kind: "update_user".into(),
        object: Some(EventObject { kind: "user".into(), id: old.into() }),
        at: number,
        missed: false,
        details: BTreeMap::from([(NEW_KEY.to_string(), new.to_string())]),
    };
    let mut batch = Batch::default();
    renamed_keys::note(&mut batch, &Tenant::default_tenant(), &event, number).expect("a note");
    store.commit(batch).await.expect("commit");
}

/// What a pair still has to follow: old and new keys.
async fn open(store: &dyn Kv, pair: &Pair) -> Vec<(String, String)> {
    let before = renamed_keys::before(store, pair).await.expect("read");
    before.into_iter().map(|((_, new), old)| (old.to_string(), new.to_string())).collect()
}

fn from_to(old: &str, new: &str) -> Vec<(String, String)> {
    vec![(old.to_string(), new.to_string())]
}

#[tokio::test]
async fn each_pair_follows_a_new_userid_by_itself() {
    let store = MemoryStore::default();
    // One name sorts before that of the connection, one after it: links stand the other way round.
    for (other, second) in [("directory", "zeta"), ("zeta", "directory")] {
        let (one, two) = (pair(other), pair(second));
        let (old, new) = (format!("{other}.old"), format!("{other}.new"));
        let (old, new) = (old.as_str(), new.as_str());
        assert!(link(&store, &one, (old, "p"), "created", 10, None).await);
        assert!(link(&store, &two, (old, "q"), "created", 10, None).await);
        tell(&store, 20, old, new).await;
        assert_eq!((open(&store, &one).await, open(&store, &two).await), (from_to(old, new), from_to(old, new)));
        assert!(link(&store, &one, (new, "p"), "renamed", 30, Some((old, "p"))).await);
        assert_eq!((open(&store, &one).await, open(&store, &two).await), (Vec::new(), from_to(old, new)));
        // The next holder of the old one is somebody else, and is not waited for.
        assert!(link(&store, &one, (old, "next"), "created", 40, None).await);
        assert_eq!(open(&store, &one).await, Vec::new());
        assert!(link(&store, &two, (new, "q"), "renamed", 50, Some((old, "q"))).await);
        assert_eq!(open(&store, &two).await, Vec::new());
        let mut batch = Batch::default();
        for (pair, ends) in [(&one, (new, "p")), (&one, (old, "next")), (&two, (new, "q"))] {
            let end = |key: &str| End { key: key.into(), ..End::default() };
            links::drop(&mut batch, pair, &pair.link(end(ends.0), end(ends.1), "", "", 0));
        }
        store.commit(batch).await.expect("commit");
    }
}

/// Who had the new userid before keeps his link from being made a second one, but not from the one to whom it went.
#[tokio::test]
async fn a_link_that_follows_takes_the_new_userid_from_whoever_had_it() {
    let store = MemoryStore::default();
    for other in ["directory", "zeta"] {
        let pair = pair(other);
        assert!(link(&store, &pair, ("old", "p"), "created", 10, None).await);
        assert!(link(&store, &pair, ("new", "left"), "created", 10, None).await);
        tell(&store, 20, "old", "new").await;
        assert_eq!(open(&store, &pair).await, from_to("old", "new"), "{other}");
        assert!(!link(&store, &pair, ("new", "p"), "created", 30, Some(("old", "p"))).await);
        assert!(link(&store, &pair, ("new", "p"), "renamed", 30, Some(("old", "p"))).await);
        let found = links::of_source(&store, &pair, "new").await.expect("links").expect("a link");
        assert_eq!(&*pair.ends(&found).1.key, "p");
        let back = pair.reversed();
        assert!(links::of_source(&store, &back, "left").await.expect("links").is_none());
        assert!(links::of_source(&store, &back, "p").await.expect("links").is_some());
        // What takes the place of the old link a second time leaves the one that stands now.
        assert!(link(&store, &pair, ("old", "other"), "created", 40, Some(("old", "p"))).await);
        assert!(links::of_source(&store, &back, "p").await.expect("links").is_some());
        assert_eq!(open(&store, &pair).await, Vec::new());
    }
}
