//! Whoever has another userid by now, as WeCom told, keeps what is theirs, and nobody else gets it: neither by a userid that a
//! leaver had before, nor by one that was given up since. What one pair of connections knows says nothing of another.

use std::collections::BTreeMap;

use idflow::{
    model::{
        id::Tenant,
        trigger::{ConnectionEvent, EventObject},
    },
    store::{
        Batch, Kv,
        freed_keys::{self, FreedKey},
        links::{self, End, Pair},
        memory::MemoryStore,
        renamed_keys,
    },
};
use idflow_sdk::{Kind, NEW_KEY};
use serde_json::{Value, json};

use super::{
    event_templates::{delivered, follows, follows_by, generated, ids, over, pass, this_moment},
    support::{Corp, House, corp, house::Server},
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

/// Something by hand, of which so many events are told by then.
fn told(corp: &Corp, events: usize, call: &str, body: Value) {
    hand(corp, call, body);
    delivered(corp, events);
}

/// Whoever gets a userid that was somebody else's.
fn next_holder(userid: &str) -> Value {
    json!({"userid": userid, "name": "赵六", "department": [1], "mobile": "15411110003"})
}

/// A company with members whose userids may be changed, all linked; and the time.
fn begun(members: usize) -> (Corp, House, Server, i64) {
    let mut now = this_moment();
    let corp = generated(members);
    let (house, server) = follows(&corp, now);
    begin(&corp, &house, &mut now);
    (corp, house, server, now)
}

/// The first event: everything is read and linked.
fn begin(corp: &Corp, house: &House, now: &mut i64) {
    hand(corp, "user/update", json!({"userid": "gen0", "position": "First"}));
    delivered(corp, 1);
    pass(house, now, "the first run", || (over(house).len() == 1).then_some(()));
}

#[test]
fn a_new_userid_that_a_leaver_had_is_asked_about_and_then_followed() {
    let (corp, house, _server, mut now) = begun(40);
    let before = ids(&house);
    told(&corp, 2, "user/delete", json!({"userid": "gen3"}));
    pass(&house, &mut now, "the leaver", || (over(&house).len() == 2).then_some(()));
    house.sync(&[]).expect(0);
    // The clock stands: the event is still gathered when somebody starts a run.
    told(&corp, 3, "user/update", json!({"userid": "gen1", "new_userid": "gen3"}));
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

/// Renamed, deleted, and the new userid given to the next one, all before anybody looked.
#[test]
fn a_new_userid_that_was_given_up_since_is_not_followed_unasked() {
    let (corp, house, _server, _) = begun(12);
    let before = ids(&house);
    told(&corp, 2, "user/update", json!({"userid": "gen1", "new_userid": "new.one"}));
    told(&corp, 3, "user/delete", json!({"userid": "new.one"}));
    told(&corp, 4, "user/create", next_holder("new.one"));
    for _ in 0..2 {
        let run = house.sync(&[]).expect(3).json();
        assert_eq!(with_code(&house, &run, "key_changed"), 2, "{run:#}");
        assert_eq!(ids(&house), before, "nobody is renamed, made or gone");
    }
    house.good(&["match", "decide", "main", "new.one", "--other"]);
    house.sync(&[]).expect(0);
    let after = ids(&house);
    assert!(after.contains_key("赵六") && after.get("Gen 1") == before.get("Gen 1"), "{after:?}");
}

/// The old userid has its next holder already: whoever was renamed keeps the record also then.
#[test]
fn whoever_was_renamed_keeps_the_record_when_the_old_userid_is_given_again() {
    let (corp, house, _server, _) = begun(12);
    let before = ids(&house);
    told(&corp, 2, "user/update", json!({"userid": "gen1", "new_userid": "new.one"}));
    told(&corp, 3, "user/create", next_holder("gen1"));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    assert_eq!(with_code(&house, &run, "key_changed"), 1, "{run:#}");
    assert_eq!(ids(&house), before, "nobody is renamed, made or gone");
    house.good(&["match", "decide", "main", "gen1", "--other"]);
    let run = house.sync(&[]).json();
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run:#}");
    assert_eq!(house.good(&["link", "resolve", "main", "new.one"])["name"], "Gen 1");
    assert_eq!(ids(&house).get("Gen 1"), before.get("Gen 1"));
}

/// The old userid went to the next one, who was said to be another, and then has the new one: nothing is theirs by that.
#[test]
fn whoever_was_said_to_be_another_one_gets_no_record_by_a_new_userid() {
    let (corp, house, _server, _) = begun(12);
    let before = ids(&house);
    told(&corp, 2, "user/delete", json!({"userid": "gen1"}));
    told(&corp, 3, "user/create", next_holder("gen1"));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    house.good(&["match", "decide", "main", "gen1", "--other"]);
    // As if WeCom had made that userid itself.
    let mut state = corp.state();
    let next = state.corps[0].users.iter_mut().find(|user| user.userid == "gen1").expect("the next one");
    next.generated_userid = true;
    corp.load(state).expect("loaded");
    told(&corp, 4, "user/update", json!({"userid": "gen1", "new_userid": "new.one"}));
    let run = house.sync(&[]).expect(3).json();
    assert!(with_code(&house, &run, "key_changed") > 0, "{run:#}");
    assert_eq!(ids(&house), before, "nobody is renamed, made or gone");
}

/// Whoever had the new userid leaves: the link follows after it, or nobody would know of a removal any more that waits or fails.
#[test]
fn whoever_had_the_new_userid_is_removed_before_the_link_follows() {
    let (corp, house, _server, now) = begun(12);
    // What happens from here on is later than the links.
    house.set_clock(now + 1000);
    let before = ids(&house);
    let status = |name: &str| {
        let shown = house.good(&["directory", "person", "show", &before[name]]);
        shown["object"]["status"].as_str().unwrap_or_default().to_string()
    };
    told(&corp, 2, "user/delete", json!({"userid": "gen3"}));
    told(&corp, 3, "user/update", json!({"userid": "gen1", "new_userid": "gen3"}));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run:#}");
    house.good(&["match", "decide", "main", "gen3", "--other"]);
    let run = house.sync(&[]).json();
    let blocked = house.items(&run).into_iter().filter(|item| item["outcome"] == "blocked");
    let blocked: Vec<Value> = blocked.map(|item| item["object"]["name"].clone()).collect();
    assert_eq!(blocked, ["Gen 1"], "{run:#}");
    assert_eq!((&*status("Gen 1"), &*status("Gen 3")), ("active", "left"), "{run:#}");
    house.sync(&[]).expect(0);
    assert_eq!(house.good(&["link", "resolve", "main", "gen3"])["name"], "Gen 1");
    assert_eq!(ids(&house), before);
}

/// Being there is no sign of who it is: a filter leaves the next holder alone at first.
#[test]
fn a_userid_that_was_given_up_is_in_doubt_until_its_holder_was_recognised() {
    let mut now = this_moment();
    let corp = generated(12);
    let list = "foreach: {in: steps.read_wecom.outputs.users, on_item_error: continue}";
    let filtered =
        "foreach: {in: 'steps.read_wecom.outputs.users.filter(u, u.name != \"待入职\")', on_item_error: continue}";
    let (house, _server) = follows_by(&corp, now, &[(list, filtered)]);
    begin(&corp, &house, &mut now);
    let before = ids(&house);
    told(&corp, 2, "user/delete", json!({"userid": "gen3"}));
    told(
        &corp,
        3,
        "user/create",
        json!({"userid": "gen3", "name": "待入职", "department": [1], "mobile": "15411110003"}),
    );
    house.sync(&[]).expect(0);
    assert_eq!(refused(&house, "gen3"), "link_in_doubt");
    told(&corp, 4, "user/update", json!({"userid": "gen3", "name": "赵六"}));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(with_code(&house, &run, "key_given_again"), 1, "{run:#}");
    assert_eq!((refused(&house, "gen3"), ids(&house)), (json!("link_in_doubt"), before));
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

#[tokio::test]
async fn what_one_pair_knows_of_a_userid_given_up_says_nothing_of_another() {
    let (store, tenant) = (MemoryStore::default(), Tenant::default_tenant());
    for other in ["directory", "zeta"] {
        assert!(link(&store, &pair(other), ("li", "p"), "created", 10, None).await);
    }
    let freed = FreedKey { key: "li".into(), event: "e".into(), heard: 20, with: String::new() };
    let mut batch = Batch::default();
    freed_keys::note(&store, &mut batch, &tenant, "main", &freed).await.expect("a note");
    store.commit(batch).await.expect("commit");
    let known = async |other: &str| freed_keys::all(&store, &tenant, ("main", other)).await.expect("read");
    assert_eq!((known("directory").await.len(), known("zeta").await.len()), (1, 1));
    let mut batch = Batch::default();
    freed_keys::over(&mut batch, &tenant, "main", &known("directory").await[0]);
    store.commit(batch).await.expect("commit");
    assert_eq!((known("directory").await.len(), known("zeta").await.len()), (0, 1));
    assert!(!freed_keys::is(&store, &tenant, ("main", "directory"), "li").await.expect("read"));
    assert!(freed_keys::is(&store, &tenant, ("main", "zeta"), "LI").await.expect("read"));
}
