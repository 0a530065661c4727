//! Another master key: everything that is sealed is sealed anew, whatever kills the change, and a wrong key changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use idflow::{
    app::seal::{Sealer, keys, rotate::rotate},
    engine::clock::ManualClock,
    model::id::Tenant,
    store::{
        Batch, Kv, Store, accounts, catalogue, copy, idempotency, key_change, location::Location, notices, provider,
        receivers, sealed::Holder, templates, uploads, webhooks,
    },
};
use idflow_sdk::Secret;
use wecom_sim::Latency;

use crate::support::{Cluster, Corp, House, corp, counted::Counted, nodes};

const TIME: i64 = 1_782_000_000_000;

/// Files that seal what is not stored: the cookie of a sign-in, and the sealer with its tests.
const NOT_STORED: [&str; 3] = ["src/app/seal.rs", "src/app/seal/rotate.rs", "src/app/accounts/ways/mod.rs"];

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn whatever_seals_stands_in_the_list_of_what_is_sealed_anew() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    let seals = |file: &&std::path::PathBuf| std::fs::read_to_string(file).expect("a file").contains(".seal(");
    let names = files.iter().filter(seals).map(|file| file.strip_prefix(root).expect("below").display().to_string());
    let found: BTreeSet<String> = names.filter(|name| !NOT_STORED.contains(&name.as_str())).collect();
    let listed: BTreeSet<String> = Holder::ALL.into_iter().map(|holder| holder.sealed_by().to_string()).collect();
    assert_eq!(
        found, listed,
        "a file that seals needs a row in `store::sealed::Holder` (or in NOT_STORED here, if nothing of it is stored): \
         otherwise a change of the master key loses what it has sealed"
    );
}

/// One thing in every place, with the places of its texts.
async fn filled(store: &dyn Kv, sealer: &Sealer) -> BTreeMap<String, String> {
    let tenant: Tenant = "acme".parse().expect("a tenant");
    let mut texts = BTreeMap::new();
    let mut seal = |place: &str| {
        let sealed = sealer.seal(place, &Secret::new(format!("secret of {place}"))).expect("it is sealed");
        texts.insert(place.to_string(), format!("secret of {place}"));
        sealed
    };
    let connection = catalogue::StoredConnection {
        id: "01C".into(),
        name: "main".into(),
        connector: "wecom".into(),
        settings: BTreeMap::new(),
        sealed: [("app_secret".to_string(), seal("01C/app_secret"))].into(),
        sealed_at: BTreeMap::new(),
        created: 1,
        changed: 1,
        tested: None,
    };
    let mut batch = Batch::default();
    catalogue::put_connection(&mut batch, &tenant, None, &connection).expect("written");
    let looked = idflow::store::examinations::Looked {
        refused: [(
            "app_secret".to_string(),
            idflow::store::examinations::RefusedSecret {
                sealed: connection.sealed["app_secret"].clone(),
                at: 1,
                problem: idflow_sdk::Problem::new("secret_refused"),
            },
        )]
        .into(),
        ..Default::default()
    };
    idflow::store::examinations::put(&mut batch, &tenant, "main", &looked).expect("written");
    let place = |key: &str| format!("01C/callback/events/{key}");
    let all = receivers::Receivers::from([(
        "events".to_string(),
        receivers::StoredKeys {
            sealed: [("token".to_string(), seal(&place("token")))].into(),
            made: 1,
            before: Some(receivers::Before { sealed: [("token".to_string(), seal(&place("token")))].into(), until: 9 }),
            older: vec![receivers::Before { sealed: [("token".to_string(), seal(&place("token")))].into(), until: 8 }],
        },
    )]);
    let whose = receivers::Addressee { tenant: tenant.clone(), connection: "main".into() };
    receivers::put(&mut batch, "01C", &whose, None, &all).expect("written");
    let hook: webhooks::Hook = serde_json::from_value(serde_json::json!({
        "path": "hr", "workflow": "sync", "verify": "token", "created": 1, "sealed": seal("hook/hr"),
        "before": {"sealed": seal("hook/hr"), "until": 9},
    }))
    .expect("a hook");
    webhooks::put(&mut batch, &tenant, None, &hook).expect("written");
    let rule: notices::Rule = serde_json::from_value(serde_json::json!({
        "id": "01R", "name": "ops", "enabled": true, "events": ["run_failed"], "workflows": [], "chinese": false,
        "channel": {"kind": "webhook", "url": "https://example.com/", "sealed": seal("notification/rule/01R")},
        "quiet": null, "collect_ms": 1, "expiring_ms": 1, "changed": 1, "by": "wang.min",
    }))
    .expect("a rule");
    notices::put_rule(&mut batch, &tenant, None, &rule).expect("written");
    let mail: notices::Mail = serde_json::from_value(serde_json::json!({
        "host": "mail.example.com", "port": 465, "security": "tls", "username": "ops", "from": "ops@example.com",
        "changed": 1, "sealed": seal("notification/mail"),
    }))
    .expect("a mail server");
    notices::put_mail(&mut batch, &tenant, None, &mail).expect("written");
    let oidc = accounts::StoredOidc {
        id: "oidc".into(),
        issuer: "https://id.example.com".into(),
        client_id: "idflow".into(),
        sealed: Some(seal("oidc/client_secret")),
        title: "OIDC".into(),
        by_email: false,
        scopes: Vec::new(),
    };
    accounts::put(&mut batch, None, &oidc).expect("written");
    let signing = templates::SigningKey { public: "00".into(), sealed: seal("templates/signing"), made: 1 };
    templates::keep_signing(store, &signing).await.expect("it is stored");
    let upload: uploads::StoredUpload = serde_json::from_value(serde_json::json!({
        "id": "01U", "name": "people.csv", "format": "csv", "bytes": 1, "sheets": [], "created": TIME, "by": "wang.min",
        "sealed": seal("upload/01U"), "parts": {"raw": 1},
    }))
    .expect("an upload");
    uploads::put(store, &tenant, None, &upload).await.expect("it is stored");
    let call: idempotency::Call = serde_json::from_value(serde_json::json!({
        "operation": "o", "body": "b", "until": TIME + 1, "began": 1, "process": "p", "done": true,
        "answer": seal("once/abc"),
    }))
    .expect("a call");
    idempotency::put(&mut batch, &tenant, "abc", None, &call).expect("written");
    let keys = receivers::StoredKeys {
        sealed: [("Token".to_string(), seal("provider/wecom/keys/app/Token"))].into(),
        made: 1,
        before: None,
        older: Vec::new(),
    };
    let stored = provider::StoredProvider {
        connector: "wecom".into(),
        id: "01P".into(),
        settings: BTreeMap::new(),
        sealed: [("template_secret".to_string(), seal("provider/wecom/template_secret"))].into(),
        sealed_at: BTreeMap::new(),
        keys: [("app".to_string(), keys)].into(),
        by: "wang.min".into(),
        changed: 1,
    };
    provider::put_provider(&mut batch, None, &stored).expect("written");
    let suite = provider::StoredSuite { ticket: Some((1, seal("provider/wecom/ticket/app"))), ..Default::default() };
    provider::put_suite(&mut batch, ("wecom", idflow_sdk::Grant::App), None, &suite).expect("written");
    let command = provider::StoredCommand {
        id: "01Q".into(),
        connector: "wecom".into(),
        grant: idflow_sdk::Grant::App,
        wanted: provider::Wanted::Replaced(seal("provider/wecom/command")),
        sent: 1,
        taken: 1,
        tries: 0,
        next: i64::MAX,
        redeemed: None,
    };
    provider::put_command(&mut batch, None, &command).expect("written");
    let granted = provider::StoredGrant {
        company: "wp1".into(),
        title: "Acme".into(),
        code: seal("provider_way/acme/main/app"),
        sent: 1,
        from: 1,
        until: None,
        confirmed: None,
    };
    let way = provider::StoredWay { app: Some(granted), ..Default::default() };
    provider::put_way(&mut batch, (&tenant, "main"), None, &way).expect("written");
    store.commit(batch).await.expect("it is stored");
    texts
}

/// Every sealed text opens by these keys, and is what was sealed; says how many there are.
async fn opens(store: &dyn Kv, sealer: &Sealer, secrets: &BTreeMap<String, String>) -> usize {
    let mut number = 0;
    for holder in Holder::ALL {
        let found = holder.find(store).await.expect("it is read");
        assert!(!found.is_empty(), "{holder:?}: the test fills every place");
        for text in found.iter().flat_map(|found| &found.texts) {
            let opened = secrets.iter().find(|(place, _)| sealer.unseal(place, &text.1).is_some());
            let (place, secret) = opened.unwrap_or_else(|| panic!("{holder:?} does not open: {:?}", text.0));
            assert_eq!(sealer.unseal(place, &text.1).expect("open").expose(), secret);
            number += 1;
        }
    }
    number
}

#[tokio::test]
async fn a_change_of_the_key_that_is_killed_at_any_commit_loses_nothing_and_goes_on() {
    killed_at_any_commit(async |_| Counted::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_over_postgres() {
    let Some(cluster) = Cluster::start() else { return };
    let schema = async |number| {
        let address: Location =
            format!("{}&connections=3", cluster.url(&format!("rotation{number}"))).parse().expect("one");
        Counted::over(address.open().await.expect("a store"))
    };
    killed_at_any_commit(schema).await;
}

/// Begins a change again and again, each time with an empty store and one commit more until it is killed.
async fn killed_at_any_commit(empty: impl AsyncFn(u64) -> Arc<Counted>) {
    let (mut stops, mut over) = (0, false);
    while !over {
        assert!(stops < 40, "a change has an end");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        let counted = empty(stops).await;
        let store: Store = counted.clone();
        let clock = Arc::new(ManualClock::at(TIME));
        let first = keys(&*store, None, &file).await.expect("a key is made");
        let old = first.id().to_string();
        let secrets = filled(&*store, &first).await;
        let number = opens(&*store, &first, &secrets).await;
        counted.stop_after(Some(stops));
        let killed = rotate(&store, clock.clone(), None, &file, "wang.min", Duration::ZERO).await;
        over = killed.is_ok();
        counted.stop_after(None);
        // Whoever starts now works with everything, whether the change is underway or not.
        let between = keys(&*store, None, &file).await.expect("both keys are there");
        assert_eq!(opens(&*store, &between, &secrets).await, number, "after {stops} commits");
        if !over {
            let done =
                rotate(&store, clock.clone(), None, &file, "wang.min", Duration::ZERO).await.expect("it goes on");
            assert_eq!(done.from, old);
            assert_eq!((done.sealed + done.already) as usize, number, "after {stops} commits");
        }
        let change = key_change::newest(&*store).await.expect("read").expect("there").value;
        assert!(change.done.is_some() && change.from == old, "{change:?}");
        let now = Sealer::open(None, &file).expect("the new key lies in the place of the old one");
        assert_eq!(now.id(), change.to);
        assert_eq!(opens(&*store, &now, &secrets).await, number);
        assert!(!folder.path().join("master.key.next").exists());
        assert!(folder.path().join(format!("master.key.before-{old}")).exists());
        // What was refused is still known to be refused.
        let tenant: Tenant = "acme".parse().expect("a tenant");
        let looked = idflow::store::examinations::of(&*store, &tenant, "main").await.expect("read").expect("there");
        let stored = catalogue::connection(&*store, &tenant, "main").await.expect("read").expect("there").value;
        assert_eq!(looked.refused["app_secret"].sealed, stored.sealed["app_secret"]);
        // The old key alone is refused, by name.
        let path = folder.path().join(format!("master.key.before-{old}"));
        let text = std::fs::read_to_string(path).expect("the old key");
        let refused = keys(&*store, Some(text.trim()), &file).await.err().expect("another key");
        assert!(refused.to_string().contains(&change.to), "{refused}");
        stops += 1;
    }
    assert!(stops > 6, "the kills came at different moments: {stops}");
}

#[tokio::test]
async fn keys_that_are_kept_elsewhere_are_both_given_and_a_wrong_one_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("master.key");
    let counted = Counted::new();
    let store: Store = counted.clone();
    let clock = Arc::new(ManualClock::at(TIME));
    let (old, new, wrong) = ("11".repeat(32), "22".repeat(32), "33".repeat(32));
    let secrets = filled(&*store, &Sealer::open(Some(&old), &file).expect("a key")).await;
    let before = copy::sum(&*store).await.expect("read");
    for (given, said) in [(format!("{new};{wrong}"), "do not open"), (new.clone(), "one key only")] {
        let refused =
            rotate(&store, clock.clone(), Some(&given), &file, "wang.min", Duration::ZERO).await.expect_err("refused");
        assert!(refused.to_string().contains(said), "{refused}");
        assert_eq!(copy::sum(&*store).await.expect("read"), before, "nothing was changed");
    }
    // Killed in the middle: neither key alone opens the store; both do, and another new one is not taken up.
    counted.stop_after(Some(4));
    let both = format!("{new};{old}");
    rotate(&store, clock.clone(), Some(&both), &file, "wang.min", Duration::ZERO).await.expect_err("killed");
    counted.stop_after(None);
    for one in [&old, &new] {
        let refused = keys(&*store, Some(one), &file).await.err().expect("a key is missing");
        assert!(refused.to_string().contains("not finished"), "{refused}");
    }
    let other =
        rotate(&store, clock.clone(), Some(&format!("{wrong};{new};{old}")), &file, "wang.min", Duration::ZERO).await;
    assert!(other.expect_err("another change").to_string().contains("not finished"));
    opens(&*store, &keys(&*store, Some(&both), &file).await.expect("both"), &secrets).await;
    rotate(&store, clock, Some(&both), &file, "wang.min", Duration::ZERO).await.expect("it goes on");
    opens(&*store, &keys(&*store, Some(&new), &file).await.expect("the new one"), &secrets).await;
    assert!(!file.exists(), "no key is made where one is given");
    assert!(!folder.path().join("master.key.next").exists());
}

#[test]
fn the_command_changes_the_key_of_a_data_folder_and_the_audit_tells_of_it() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    let key = std::fs::read_to_string(house.data().join("master.key")).expect("the key");
    let server = house.serve();
    house.ask(&["store", "rotate-key"]).expect(1);
    server.stop();
    let done = house.good(&["store", "rotate-key"]);
    assert!(done["sealed"] == 6 && done["already"] == 0, "{done}");
    let now = std::fs::read_to_string(house.data().join("master.key")).expect("the key");
    assert_ne!(now, key);
    let kept = done["kept"].as_str().expect("where the old one is");
    assert_eq!(std::fs::read_to_string(kept).expect("the old key"), key);
    assert_eq!(house.good(&["connection", "test", "main"])["ok"], true);
    let audit = house.good(&["audit", "list"]).to_string();
    assert!(audit.contains("rotate_master_key") && audit.contains(done["to"].as_str().expect("a name")), "{audit}");
    assert_eq!(house.good(&["audit", "verify"])["ok"], true);
    // The key from before opens nothing any more, and says which one is wanted.
    std::fs::write(house.data().join("master.key"), &key).expect("it is put back");
    let refused = house.ask(&["connection", "list"]).expect(1).json()["error"].clone();
    assert!(refused["message"].as_str().is_some_and(|text| text.contains(done["to"].as_str().unwrap_or("?"))));
}

/// Two nodes that have both keys work on while a third process changes the key; afterwards the new key alone is enough, and the
/// old one alone opens nothing.
#[test]
fn nodes_over_postgres_work_on_while_the_key_is_changed() {
    let Some(cluster) = Cluster::start() else { return };
    let corp = nodes::companies(9, Latency { ms: 0, jitter_ms: 0 });
    let url = cluster.url("rotation");
    let node = |key: &str| {
        let mut house = House::new();
        house.set("IDFLOW_STORE", &url);
        house.set("IDFLOW_MASTER_KEY", key);
        house
    };
    let (old, new) = (nodes::KEY, "22".repeat(32));
    let first = node(old);
    nodes::connect(&first, &corp, 0, &[]);
    let left = first.serve();
    let both = format!("{new};{old}");
    let two = [node(&both), node(&both)];
    let servers = two.each_ref().map(House::serve);
    let works = |house: &House| assert_eq!(house.good(&["connection", "test", "c0"])["ok"], true);
    two.iter().for_each(works);
    let third = node(&both);
    std::thread::scope(|scope| {
        let changed = scope.spawn(|| third.good(&["store", "rotate-key"]));
        // What a node seals meanwhile has the new key already.
        for number in 1..9 {
            nodes::connect(&two[number % 2], &corp, number, &[]);
            works(&two[(number + 1) % 2]);
        }
        let done = changed.join().expect("no panic");
        assert!(done["sealed"].as_u64().is_some_and(|sealed| sealed >= 2), "{done}");
    });
    two.iter().for_each(works);
    // Whoever has only the old key would seal what nobody opens later, and has ended.
    assert_eq!(left.ended_by_itself(), Some(1));
    drop(servers);
    let last = node(&new);
    works(&last);
    assert_eq!(last.good(&["connection", "test", "c8"])["ok"], true, "what a node sealed meanwhile opens, too");
    assert_eq!(last.good(&["audit", "verify"])["ok"], true);
    assert!(last.good(&["audit", "list"]).to_string().contains("rotate_master_key"));
    let refused = node(old).ask(&["connection", "test", "c0"]).expect(1).json()["error"].clone();
    assert_eq!(refused["code"], "key_other", "{refused}");
    let heard = [&first, &two[0], &two[1], &third, &last].map(House::heard).concat();
    for secret in [corp::APP_SECRET, corp::CONTACTS_SECRET, old, new.as_str()] {
        assert!(!heard.contains(secret), "a secret is shown");
    }
}
