//! One suite of behaviour for every store, and what only a store on disk can show.

use std::{sync::Arc, time::Duration};

use idflow::store::{
    Batch, Kv, StoreError, format, location::Location, memory::MemoryStore, postgres::PostgresStore, scan_prefix,
    sled::SledStore,
};
use idflow::{
    model::{
        id::{RunId, Tenant},
        run::Counts,
    },
    store::{
        links::{self, End, Pair},
        today,
    },
};

use idflow::store::directory::Directory;
use idflow_sdk::{
    Field, Kind, Lease, Record, Value,
    directory::{DirectoryStore, Writer},
};

use super::support::{Chance, Cluster, PATIENCE, eventually, nodes::Cable};

fn put(pairs: &[(&[u8], &[u8])]) -> Batch {
    let mut batch = Batch::default();
    for (key, value) in pairs {
        batch.put(key.to_vec(), value.to_vec());
    }
    batch
}

fn keys(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<&str> {
    entries.iter().map(|(key, _)| std::str::from_utf8(key).expect("a readable key")).collect()
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut chance = Chance::new(seed);
    (0..length).map(|_| u8::try_from(chance.within(0..256)).expect("a byte")).collect()
}

async fn read_what_was_written(store: &dyn Kv) {
    assert_eq!(store.get(b"s/a").await.expect("get"), None);
    store.commit(put(&[(b"s/a", b"1"), (b"s/b", b"2"), (b"s/empty", b"")])).await.expect("commit");
    assert_eq!(store.get(b"s/a").await.expect("get").as_deref(), Some(&b"1"[..]));
    assert_eq!(store.get(b"s/empty").await.expect("get").as_deref(), Some(&b""[..]));
    let many = store.get_many(vec![b"s/b".to_vec(), b"s/none".to_vec(), b"s/a".to_vec()]).await.expect("get_many");
    assert_eq!(many, [Some(b"2".to_vec()), None, Some(b"1".to_vec())]);
    store.commit(put(&[(b"s/a", b"3")])).await.expect("commit");
    assert_eq!(store.get(b"s/a").await.expect("get").as_deref(), Some(&b"3"[..]));
    let gone = Batch { deletes: vec![b"s/a".to_vec(), b"s/none".to_vec()], ..Batch::default() };
    store.commit(gone).await.expect("commit");
    assert_eq!(store.get(b"s/a").await.expect("get"), None);
    assert_eq!(store.get(b"s/b").await.expect("get").as_deref(), Some(&b"2"[..]));
}

async fn scans(store: &dyn Kv) {
    let rows: [(&[u8], &[u8]); 6] =
        [(b"t/1", b"a"), (b"t/2", b"b"), (b"t/3", b"c"), (b"t/4", b"d"), (b"t/5", b"e"), (b"u/1", b"z")];
    store.commit(put(&rows)).await.expect("commit");
    let scan = async |from: &str, to: &str, limit: usize, backwards: bool| {
        store.scan(from.as_bytes().to_vec(), to.as_bytes().to_vec(), limit, backwards).await.expect("scan")
    };
    assert_eq!(keys(&scan("t/", "t0", 10, false).await), ["t/1", "t/2", "t/3", "t/4", "t/5"]);
    assert_eq!(keys(&scan("t/", "t0", 10, true).await), ["t/5", "t/4", "t/3", "t/2", "t/1"]);
    assert_eq!(keys(&scan("t/", "t0", 2, false).await), ["t/1", "t/2"]);
    assert_eq!(keys(&scan("t/", "t0", 2, true).await), ["t/5", "t/4"]);
    // The beginning is part of a range, its end is not.
    assert_eq!(keys(&scan("t/2", "t/4", 10, false).await), ["t/2", "t/3"]);
    assert_eq!(keys(&scan("t/2", "t/4", 10, true).await), ["t/3", "t/2"]);
    assert!(scan("t/", "t0", 0, false).await.is_empty());
    assert!(scan("t/4", "t/2", 10, false).await.is_empty());
    assert!(scan("v/", "v0", 10, false).await.is_empty());
    assert_eq!(scan("t/3", "t/4", 10, false).await[0].1, b"c");
}

async fn pages(store: &dyn Kv) {
    let mut batch = Batch::default();
    for number in 0..2500 {
        batch.put(format!("p/{number:05}").into_bytes(), number.to_string().into_bytes());
    }
    batch.put(b"p0".to_vec(), b"outside".to_vec());
    store.commit(batch).await.expect("commit");
    let all = scan_prefix(store, b"p/").await.expect("scan");
    assert_eq!(all.len(), 2500);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, each once");
    // A store may read a long range in parts: nothing is read twice or left out where one ends.
    let (from, to) = (b"p/".to_vec(), b"p0".to_vec());
    for limit in [1, 255, 256, 257, 600, 2499, 2500, 2501] {
        let most = limit.min(2500);
        let forward = store.scan(from.clone(), to.clone(), limit, false).await.expect("scan");
        assert_eq!(forward, all[..most], "{limit} forward");
        let mut backwards = store.scan(from.clone(), to.clone(), limit, true).await.expect("scan");
        backwards.reverse();
        assert_eq!(backwards, all[2500 - most..], "{limit} backwards");
    }
}

async fn expectations(store: &dyn Kv) {
    store.commit(put(&[(b"x/1", b"old")])).await.expect("commit");
    let refused = Batch {
        expect: vec![(b"x/1".to_vec(), Some(b"old".to_vec())), (b"x/2".to_vec(), Some(b"not there".to_vec()))],
        puts: vec![(b"x/1".to_vec(), b"new".to_vec()), (b"x/3".to_vec(), b"new".to_vec())],
        deletes: vec![b"x/1".to_vec()],
        ..Batch::default()
    };
    assert!(matches!(store.commit(refused).await, Err(StoreError::Conflict)));
    assert_eq!(store.get(b"x/1").await.expect("get").as_deref(), Some(&b"old"[..]));
    assert_eq!(store.get(b"x/3").await.expect("get"), None);

    let absent = |key: &[u8]| Batch { expect: vec![(key.to_vec(), None)], ..put(&[(key, b"first")]) };
    store.commit(absent(b"x/4")).await.expect("nothing stood there");
    assert!(matches!(store.commit(absent(b"x/4")).await, Err(StoreError::Conflict)));
    let kept = Batch { expect: vec![(b"x/1".to_vec(), Some(b"old".to_vec()))], ..put(&[(b"x/1", b"new")]) };
    store.commit(kept.clone()).await.expect("the expectation holds");
    assert!(matches!(store.commit(kept).await, Err(StoreError::Conflict)), "and holds once only");
    // Of many that are expected not to be there, one is: first, in the middle, last, and none.
    let keys: Vec<Vec<u8>> = (10..40).map(|number| format!("x/m/{number}").into_bytes()).collect();
    for there in [Some(0), Some(15), Some(29), None] {
        if let Some(there) = there {
            store.commit(put(&[(&keys[there], b"there")])).await.expect("commit");
        }
        let expect = keys.iter().rev().map(|key| (key.clone(), None)).collect();
        let done = store.commit(Batch { expect, ..put(&[(b"x/m/0", b"done")]) }).await;
        assert_eq!(matches!(done, Err(StoreError::Conflict)), there.is_some(), "{there:?} {done:?}");
        if let Some(there) = there {
            let away = Batch { deletes: vec![keys[there].clone()], ..Batch::default() };
            store.commit(away).await.expect("commit");
        }
    }
}

/// An end of a link has no second link, whichever end it is and whoever asks first.
async fn ends_of_links(store: &dyn Kv) {
    let names = [("directory", "target"), ("import", "directory")];
    for (source, target) in names {
        let pair = Pair {
            tenant: Tenant::default_tenant(),
            source: source.into(),
            target: target.into(),
            kind: idflow_sdk::Kind::User,
        };
        let end = |key: &str| End { key: key.into(), ..End::default() };
        let link = |one: &str, other: &str| pair.link(end(one), end(other), "w", "created", 0);
        let add = async |link: &links::Link, replaces: Option<(&str, &str)>| {
            let mut batch = Batch::default();
            let added = links::add(store, &mut batch, &pair, &[(link, replaces)]).await.expect("links");
            store.commit(batch).await.expect("commit");
            added[0]
        };
        let all = async || {
            let mut all = Vec::new();
            let mut note = |link: links::LinkRef<'_>| {
                let (one, other) = link.ends(&pair);
                all.push(format!("{}={}", one.key, other.key));
            };
            links::all(store, &pair, &mut note).await.expect("links");
            all.sort();
            all
        };
        assert!(add(&link("1", "a"), None).await);
        assert!(add(&link("1", "a"), None).await, "the same once more, as after a crash");
        assert!(!add(&link("2", "a"), None).await, "the target's end is taken");
        assert!(!add(&link("1", "b"), None).await, "the source's end is taken");
        assert_eq!(all().await, ["1=a"]);
        // Two at once, neither of which saw the other.
        let (mut one, mut other) = (Batch::default(), Batch::default());
        let (two, three) = (link("2", "b"), link("3", "b"));
        assert_eq!(links::add(store, &mut one, &pair, &[(&two, None)]).await.expect("links"), [true]);
        assert_eq!(links::add(store, &mut other, &pair, &[(&three, None)]).await.expect("links"), [true]);
        store.commit(one).await.expect("the first one");
        assert!(matches!(store.commit(other).await, Err(StoreError::Conflict)));
        // Two in one commit.
        let mut batch = Batch::default();
        let (four, five) = (link("4", "c"), link("5", "c"));
        let added = links::add(store, &mut batch, &pair, &[(&four, None), (&five, None)]).await.expect("links");
        assert_eq!(added, [true, false]);
        store.commit(batch).await.expect("commit");
        // A new key takes the place of an old one; the old one is free again.
        assert!(add(&link("1new", "a"), Some(("1", "a"))).await);
        assert_eq!(all().await, ["1new=a", "2=b", "4=c"]);
        assert!(add(&link("1", "d"), None).await);
        // A link is found by both its ends: who has the key of one of them by now is another.
        let asked = [("1new", "a"), ("1", "a"), ("1new", "d"), ("1", "d"), ("2", "a"), ("nobody", "nothing")];
        let found = links::get(store, &pair, &asked).await.expect("links");
        let found: Vec<Option<String>> = found
            .iter()
            .map(|link| {
                let (one, other) = pair.ends(link.as_ref()?);
                Some(format!("{}={}", one.key, other.key))
            })
            .collect();
        let both = |text: &str| Some(text.to_string());
        assert_eq!(found, [both("1new=a"), None, None, both("1=d"), None, None]);
        let found = links::of_source(store, &pair, "1new").await.expect("links").expect("a link");
        assert_eq!(&*pair.ends(&found).1.key, "a");
        assert!(links::of_source(store, &pair, "nobody").await.expect("links").is_none());
        // A link from before the second end was kept: known from both ends once the store was opened.
        let (old, gone_before) = (link("7", "g"), links::Link { gone: Some(1), ..link("8", "h") });
        let mut batch = Batch::default();
        links::put(&mut batch, &pair, &old).expect("a link");
        links::put(&mut batch, &pair, &gone_before).expect("a link");
        batch.deletes.push(idflow::store::ends::key());
        store.commit(batch).await.expect("commit");
        idflow::store::format::agree(store).await.expect("the form");
        let found = links::of_source(store, &pair, "7").await.expect("links").expect("a link");
        assert_eq!(&*pair.ends(&found).1.key, "g");
        assert!(!add(&link("9", "g"), None).await, "the target's end is taken");
        assert!(add(&link("9", "h"), None).await, "who is gone holds nothing");
        let mut batch = Batch::default();
        for (one, other) in [("7", "g"), ("9", "h")] {
            links::drop(&mut batch, &pair, &link(one, other));
        }
        store.commit(batch).await.expect("commit");
        // Who is gone holds nothing.
        let mut gone = link("1", "d");
        gone.gone = Some(1);
        let mut batch = Batch::default();
        links::put(&mut batch, &pair, &gone).expect("a link");
        store.commit(batch).await.expect("commit");
        assert!(add(&link("6", "d"), None).await);
        // Many at once, where nobody is, and then where one of them is.
        let many: Vec<links::Link> =
            (10..40).map(|number| link(&format!("m{number}"), &format!("n{number}"))).collect();
        let mut batch = Batch::default();
        links::create(&mut batch, &pair, &link("other", "n25")).expect("a link");
        store.commit(batch).await.expect("commit");
        let new: Vec<links::New<'_>> = many.iter().map(|link| (link, None)).collect();
        let mut batch = Batch::default();
        let added = links::add(store, &mut batch, &pair, &new).await.expect("links");
        assert_eq!(added.iter().filter(|added| !**added).count(), 1, "one end is taken");
        assert!(!added[15]);
        let again = batch.clone();
        store.commit(batch).await.expect("commit");
        assert!(matches!(store.commit(again).await, Err(StoreError::Conflict)), "they are there now");
    }
}

/// Of many who expect the same, one wins.
async fn races(stores: &[Arc<dyn Kv>]) {
    let mut tasks = Vec::new();
    for number in 0..32 {
        let store = stores[usize::from(number) % stores.len()].clone();
        tasks.push(tokio::spawn(async move {
            let batch = Batch { expect: vec![(b"r/1".to_vec(), None)], ..put(&[(b"r/1", &[number])]) };
            store.commit(batch).await.is_ok()
        }));
    }
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.expect("the task ends"));
    }
    assert_eq!(won, 1);
}

async fn values_of_all_sizes(store: &dyn Kv) {
    let sizes = [1, 100, 3998, 3999, 4000, 4001, 7999, 8000, 8001, 65_536, 300_000, 1_048_576];
    for size in sizes {
        let value = noise(size, size as u64);
        store.commit(put(&[(b"v/one", &value), (b"v/one/below", b"neighbour")])).await.expect("commit");
        assert_eq!(store.get(b"v/one").await.expect("get"), Some(value), "{size} bytes");
    }
    // From long to short and back; nothing of the longer value stays behind.
    for size in [1_048_576, 10, 12_000, 4000, 1, 8000] {
        let value = noise(size, 7 + size as u64);
        let old = store.get(b"v/one").await.expect("get");
        let batch = Batch { expect: vec![(b"v/one".to_vec(), old)], ..put(&[(b"v/one", &value)]) };
        store.commit(batch).await.expect("an expectation of a long value");
        let all = scan_prefix(store, b"v/").await.expect("scan");
        assert_eq!(keys(&all), ["v/one", "v/one/below"]);
        assert_eq!(all[0].1, value, "{size} bytes");
        assert_eq!(all[1].1, b"neighbour");
    }
    store.commit(Batch { deletes: vec![b"v/one".to_vec()], ..Batch::default() }).await.expect("commit");
    let all = scan_prefix(store, b"v/").await.expect("scan");
    assert_eq!(keys(&all), ["v/one/below"]);
}

/// Keys are bytes, and sort as bytes do.
async fn binary_keys(store: &dyn Kv) {
    let mut tails: Vec<Vec<u8>> = vec![
        vec![],
        vec![0],
        vec![0, 0],
        vec![0, 0xff],
        vec![1],
        vec![0x7f],
        vec![0x80],
        vec![0xfe],
        vec![0xff],
        vec![0xff, 0],
        vec![0xff, 0xff],
        "\u{8d75}\u{4e91}\u{1f600}".as_bytes().to_vec(),
        b"\\x00 'quoted\" $1 {a,b} \n".to_vec(),
    ];
    let mut batch = Batch::default();
    for tail in &tails {
        batch.put([b"y/", &tail[..]].concat(), tail.clone());
    }
    store.commit(batch).await.expect("commit");
    tails.sort();
    let forward = scan_prefix(store, b"y/").await.expect("scan");
    assert_eq!(forward.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>(), tails);
    let backwards = store.scan(b"y/".to_vec(), b"y0".to_vec(), 100, true).await.expect("scan");
    assert_eq!(backwards.iter().rev().cloned().collect::<Vec<_>>(), forward);
    // From every key on, and up to every key.
    for (place, tail) in tails.iter().enumerate() {
        let key = [b"y/", &tail[..]].concat();
        let from = store.scan(key.clone(), b"y0".to_vec(), 100, false).await.expect("scan");
        assert_eq!(from, forward[place..], "from {tail:?}");
        let to = store.scan(b"y/".to_vec(), key.clone(), 100, true).await.expect("scan");
        assert_eq!(to.iter().rev().cloned().collect::<Vec<_>>(), forward[..place], "to {tail:?}");
        assert_eq!(store.get(&key).await.expect("get").as_ref(), Some(tail));
    }
    // The whole of the store, both ways, is in order and holds nothing but what was put.
    let all = store.scan(Vec::new(), vec![0xff; 8], 100_000, false).await.expect("scan");
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(all.iter().all(|(key, _)| key.first().is_some_and(u8::is_ascii_lowercase)), "foreign keys");
    let mut reverse = store.scan(Vec::new(), vec![0xff; 8], 100_000, true).await.expect("scan");
    reverse.reverse();
    assert_eq!(all, reverse);
}

/// What one batch says about one key more than once.
async fn batches(store: &dyn Kv) {
    store.commit(put(&[(b"z/1", b"old"), (b"z/2", b"old")])).await.expect("commit");
    let mut batch = put(&[(b"z/1", b"new"), (b"z/3", b"first"), (b"z/3", b"last"), (b"z/4", b"")]);
    batch.deletes = vec![b"z/1".to_vec(), b"z/2".to_vec(), b"z/2".to_vec(), b"z/4".to_vec()];
    store.commit(batch).await.expect("commit");
    let all = scan_prefix(store, b"z/").await.expect("scan");
    let wanted: Vec<(Vec<u8>, Vec<u8>)> =
        vec![(b"z/1".into(), b"new".into()), (b"z/3".into(), b"last".into()), (b"z/4".into(), b"".into())];
    assert_eq!(all, wanted, "a put counts more than a delete, and the last put counts");

    // A long value, then a short one of the same key in the same batch, and back.
    let long = noise(20_000, 5);
    store.commit(put(&[(b"z/5", &long), (b"z/5", b"short")])).await.expect("commit");
    store.commit(put(&[(b"z/5", b"short"), (b"z/5", &long)])).await.expect("commit");
    assert_eq!(store.get(b"z/5").await.expect("get"), Some(long));
    store.commit(Batch { deletes: vec![b"z/5".to_vec()], ..Batch::default() }).await.expect("commit");

    // Expectations of absence without a put, twice the same, and two that cannot both hold.
    let absent = |key: &[u8]| (key.to_vec(), None);
    let mut batch = put(&[(b"z/6", b"1")]);
    batch.expect = vec![absent(b"z/7"), absent(b"z/7"), absent(b"z/6")];
    store.commit(batch).await.expect("commit");
    assert_eq!(store.get(b"z/7").await.expect("get"), None);
    let contradiction =
        Batch { expect: vec![(b"z/6".to_vec(), Some(b"1".to_vec())), absent(b"z/6")], ..put(&[(b"z/6", b"2")]) };
    assert!(matches!(store.commit(contradiction).await, Err(StoreError::Conflict)));
    let gone = Batch { expect: vec![absent(b"z/6")], deletes: vec![b"z/6".to_vec()], ..Batch::default() };
    assert!(matches!(store.commit(gone).await, Err(StoreError::Conflict)));
    let taken = Batch {
        expect: vec![(b"z/6".to_vec(), Some(b"1".to_vec()))],
        deletes: vec![b"z/6".to_vec()],
        ..Batch::default()
    };
    store.commit(taken).await.expect("an expectation of what is deleted");
    assert_eq!(store.get(b"z/6").await.expect("get"), None);
    // Empty is not absent.
    let empty = Batch { expect: vec![(b"z/4".to_vec(), Some(Vec::new()))], ..put(&[(b"z/4", b"full")]) };
    store.commit(empty.clone()).await.expect("commit");
    assert!(matches!(store.commit(empty).await, Err(StoreError::Conflict)));
    store.commit(Batch::default()).await.expect("nothing to do");

    for wrong in [vec![b'z'; 2049], vec![0xfe, 1]] {
        let refused = store.commit(put(&[(b"z/8", b"1"), (&wrong, b"1")])).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    assert_eq!(store.get(b"z/8").await.expect("get"), None);
    store.commit(put(&[(&[b'z'; 2048], b"1")])).await.expect("the longest key");
    store.commit(Batch { deletes: vec![vec![b'z'; 2048]], ..Batch::default() }).await.expect("commit");
}

async fn large_batches(store: &dyn Kv) {
    let mut batch = Batch::default();
    for number in 0..10_000u32 {
        let key = format!("l/{number:05}").into_bytes();
        batch.expect.push((key.clone(), None));
        batch.put(key, noise(20 + number as usize % 50, u64::from(number)));
    }
    store.commit(batch.clone()).await.expect("commit");
    assert!(matches!(store.commit(batch.clone()).await, Err(StoreError::Conflict)));
    let all = scan_prefix(store, b"l/").await.expect("scan");
    assert_eq!(all, batch.puts);
    let keys: Vec<Vec<u8>> = all.iter().map(|(key, _)| key.clone()).collect();
    let many = store.get_many(keys.clone()).await.expect("get_many");
    assert!(many.iter().zip(&all).all(|(value, (_, wanted))| value.as_ref() == Some(wanted)));
    // All of them expected, all of them changed.
    let mut change = Batch::default();
    for (key, value) in all {
        change.expect.push((key.clone(), Some(value)));
        change.put(key, b"changed".to_vec());
    }
    store.commit(change.clone()).await.expect("commit");
    assert!(matches!(store.commit(change).await, Err(StoreError::Conflict)));
    store.commit(Batch { deletes: keys, ..Batch::default() }).await.expect("commit");
    assert!(scan_prefix(store, b"l/").await.expect("scan").is_empty());
}

/// Many writers on few keys, through several handles of one store: nothing is lost, and what is in one batch stays so.
async fn no_update_is_lost(stores: &[Arc<dyn Kv>]) {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 12;
    let key = |counter: usize| format!("n/{counter}").into_bytes();
    let number = |value: Option<&[u8]>| value.map_or(0u64, |v| u64::from_be_bytes(v.try_into().expect("8 bytes")));
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let store = stores[writer % stores.len()].clone();
        tasks.push(tokio::spawn(async move {
            let mut chance = Chance::new(writer as u64);
            let mut done = 0;
            while done < ROUNDS {
                // Two counters at once, in any order, so that two writers may want them crosswise.
                let first = chance.within(0..3) as usize;
                let second = (first + 1 + chance.within(0..2) as usize) % 3;
                let keys = vec![key(first), key(second)];
                let before = store.get_many(keys.clone()).await.expect("get_many");
                let mut batch = Batch::default();
                for (key, value) in keys.into_iter().zip(before) {
                    batch.put(key.clone(), (number(value.as_deref()) + 1).to_be_bytes().to_vec());
                    batch.expect.push((key, value));
                }
                batch.put(format!("n/log/{writer}/{done}").into_bytes(), Vec::new());
                match store.commit(batch).await {
                    Ok(()) => done += 1,
                    Err(StoreError::Conflict) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("the task ends");
    }
    let mut total = 0;
    for counter in 0..3 {
        total += number(stores[0].get(&key(counter)).await.expect("get").as_deref());
    }
    assert_eq!(total, (2 * WRITERS * ROUNDS) as u64);
    assert_eq!(scan_prefix(&*stores[0], b"n/log/").await.expect("scan").len(), WRITERS * ROUNDS);
}

/// Writers that expect nothing and overlap: one of each pair is the last, whole.
async fn blind_writes_stay_whole(stores: &[Arc<dyn Kv>]) {
    let mut tasks = Vec::new();
    for writer in 0..6u8 {
        let store = stores[usize::from(writer) % stores.len()].clone();
        tasks.push(tokio::spawn(async move {
            for round in 0..10 {
                let mut batch = Batch::default();
                let mut keys: Vec<u32> = (0..40).collect();
                if (usize::from(writer) + round) % 2 == 0 {
                    keys.reverse();
                }
                for key in keys {
                    let key = format!("w/{key:02}").into_bytes();
                    if round % 3 == 2 {
                        batch.deletes.push(key);
                    } else {
                        batch.put(key, vec![writer; 4]);
                    }
                }
                store.commit(batch).await.expect("commit");
            }
        }));
    }
    for task in tasks {
        task.await.expect("the task ends");
    }
    let all = scan_prefix(&*stores[0], b"w/").await.expect("scan");
    assert!(all.is_empty() || all.len() == 40, "{} of 40", all.len());
    assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].1), "a mixture of two writers");
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(30);

async fn leases(store: &dyn Kv, other: &dyn Kv) {
    let first = store.claim("run a", "node 1", LONG).await.expect("claim").expect("free");
    assert_eq!(other.claim("run a", "node 2", LONG).await.expect("claim"), None, "held by another");
    assert_eq!(store.claim("run a", "node 1", LONG).await.expect("claim"), None, "held, if only by another task");
    let else_ = other.claim("run b", "node 2", LONG).await.expect("claim").expect("another name");
    assert!(store.renew("run a", first, LONG).await.expect("renew"));
    assert!(!store.renew("run a", first + 1000, LONG).await.expect("renew"), "another epoch");
    assert!(!store.renew("run b", first, LONG).await.expect("renew"), "another name");
    assert!(!store.renew("run c", first, LONG).await.expect("renew"), "never claimed");

    // Given back: free at once, with a new epoch, and the old one is worth nothing.
    other.release("run a", first + 1000).await.expect("release");
    assert!(store.renew("run a", first, LONG).await.expect("renew"), "another epoch gives nothing back");
    store.release("run a", first).await.expect("release");
    store.release("run a", first).await.expect("twice is no harm");
    assert!(!store.renew("run a", first, LONG).await.expect("renew"));
    let second = other.claim("run a", "node 2", LONG).await.expect("claim").expect("free again");
    assert!(second > first);
    assert!(!store.renew("run a", first, LONG).await.expect("renew"));
    store.release("run a", first).await.expect("release");
    assert!(other.renew("run a", second, LONG).await.expect("renew"), "an old holder gives nothing back");
    other.release("run a", second).await.expect("release");
    other.release("run b", else_).await.expect("release");
}

/// The time of a lease is over: others may take it, but who holds it goes on until somebody does.
async fn expiry(store: &dyn Kv, other: &dyn Kv) {
    let fenced = |epoch: u64, value: &[u8]| Batch { fence: Some(("run e".into(), epoch)), ..put(&[(b"f/e", value)]) };
    let first = store.claim("run e", "node 1", SHORT).await.expect("claim").expect("free");
    let mut second = None;
    for _ in 0..500 {
        second = other.claim("run e", "node 2", LONG).await.expect("claim");
        if second.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let second = second.expect("the time of the lease ends");
    assert!(second > first);
    assert!(!store.renew("run e", first, LONG).await.expect("renew"));
    assert!(matches!(store.commit(fenced(first, b"late")).await, Err(StoreError::Fenced)));
    other.commit(fenced(second, b"new")).await.expect("the new holder writes");
    assert_eq!(store.get(b"f/e").await.expect("get").as_deref(), Some(&b"new"[..]));
    assert!(other.renew("run e", second, Duration::ZERO).await.expect("renew"));
    // Over, but not taken.
    other.commit(fenced(second, b"still")).await.expect("nobody took it");
    assert!(other.renew("run e", second, LONG).await.expect("renew"), "nobody took it");
    assert_eq!(store.claim("run e", "node 1", LONG).await.expect("claim"), None, "held again");
    other.release("run e", second).await.expect("release");
    assert!(matches!(other.commit(fenced(second, b"after")).await, Err(StoreError::Fenced)), "given back");
}

async fn fences(store: &dyn Kv) {
    let epoch = store.claim("run f", "node", LONG).await.expect("claim").expect("free");
    let under = |name: &str, epoch: u64| Batch { fence: Some((name.into(), epoch)), ..put(&[(b"f/1", b"1")]) };
    for (name, epoch) in [("run f", epoch + 1), ("run f", epoch - 1), ("run f", u64::MAX), ("run g", epoch)] {
        assert!(matches!(store.commit(under(name, epoch)).await, Err(StoreError::Fenced)), "{name} {epoch}");
    }
    assert_eq!(store.get(b"f/1").await.expect("get"), None);
    store.commit(under("run f", epoch)).await.expect("held");
    // Both wrong: the fence is looked at first.
    let both = Batch { expect: vec![(b"f/1".to_vec(), None)], ..under("run f", epoch + 1) };
    assert!(matches!(store.commit(both).await, Err(StoreError::Fenced)));
    let expectation = Batch { expect: vec![(b"f/1".to_vec(), None)], ..under("run f", epoch) };
    assert!(matches!(store.commit(expectation).await, Err(StoreError::Conflict)));
    store.release("run f", epoch).await.expect("release");
}

/// Nodes take one lease from each other all the time and count under it. A write of a former holder would show.
async fn takeovers(stores: &[Arc<dyn Kv>]) {
    let mut tasks = Vec::new();
    for node in 0..4usize {
        let store = stores[node % stores.len()].clone();
        tasks.push(tokio::spawn(async move {
            let mut epochs = Vec::new();
            let mut writes = 0u64;
            for _ in 0..400 {
                if epochs.len() == 6 {
                    break;
                }
                // So short that it is over at once: everybody takes it from everybody.
                let Some(epoch) = store.claim("run t", "node", Duration::ZERO).await.expect("claim") else { continue };
                epochs.push(epoch);
                for _ in 0..3 {
                    // The writer reads, waits and writes without an expectation: only the fence protects it.
                    let before = store.get(b"f/t").await.expect("get");
                    tokio::task::yield_now().await;
                    let last = before.as_deref().map_or(0, |v| u64::from_be_bytes(v.try_into().expect("8 bytes")));
                    let mut batch = put(&[(b"f/t", &epoch.to_be_bytes())]);
                    batch.fence = Some(("run t".into(), epoch));
                    match store.commit(batch).await {
                        Ok(()) => {
                            assert!(last <= epoch, "{epoch} wrote after {last}");
                            writes += 1;
                        }
                        Err(StoreError::Fenced) => break,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
            (epochs, writes)
        }));
    }
    let mut all = Vec::new();
    let mut writes = 0;
    for task in tasks {
        let (epochs, wrote) = task.await.expect("the task ends");
        assert!(epochs.is_sorted(), "epochs of one node grow");
        all.extend(epochs);
        writes += wrote;
    }
    let granted = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), granted, "an epoch was granted twice");
    assert!(granted >= 12 && writes > 0, "{granted} grants, {writes} writes");
    let last = stores[0].get(b"f/t").await.expect("get").expect("somebody wrote");
    let last = u64::from_be_bytes(last.try_into().expect("8 bytes"));
    assert!(all.contains(&last));
}

/// Of many who want one free lease, one gets it.
async fn claims_race(stores: &[Arc<dyn Kv>]) {
    let mut tasks = Vec::new();
    for node in 0..16usize {
        let store = stores[node % stores.len()].clone();
        tasks.push(tokio::spawn(async move { store.claim("run r", "node", LONG).await.expect("claim") }));
    }
    let mut granted = Vec::new();
    for task in tasks {
        granted.extend(task.await.expect("the task ends"));
    }
    assert_eq!(granted.len(), 1);
    stores[0].release("run r", granted[0]).await.expect("release");
}

/// Hints reach everybody who watches, and only batches that ask for it give them.
/// Two who change the same people lose nothing of each other, whoever is in the middle of it; and whoever lost the right to
/// write changes nothing.
async fn directory_writes(stores: &[Arc<dyn Kv>]) {
    let [mine, theirs] = [0, stores.len() - 1].map(|at| Directory::new(stores[at].clone(), Tenant::default_tenant()));
    let text = |value: &str| Field::Value(Value::text(value));
    let keys = ["01A", "01B"];
    let write = |field: u16, value: &'static str| {
        move |_: &str, record: Option<Record>| {
            let mut record = record.unwrap_or_default();
            record.set(field, text(value));
            record
        }
    };
    mine.update(Kind::User, &keys, &Writer::default(), &mut write(1, "first")).await.expect("written");
    let mark = mine.mark().await.expect("a mark");
    let mut asked = 0;
    let mut interrupted = |key: &str, record: Option<Record>| {
        asked += 1;
        if asked == 1 {
            // Somebody else writes between our reading and our writing.
            tokio::task::block_in_place(|| {
                let other =
                    async { theirs.update(Kind::User, &keys[..1], &Writer::default(), &mut write(2, "theirs")).await };
                tokio::runtime::Handle::current().block_on(other).expect("written");
            });
        }
        write(3, "mine")(key, record)
    };
    mine.update(Kind::User, &keys, &Writer::default(), &mut interrupted).await.expect("written");
    assert_eq!(asked, 4, "both were read again");
    assert_ne!(mine.mark().await.expect("a mark"), mark);
    let found = mine.get(Kind::User, &keys).await.expect("people");
    let fields = |at: usize| {
        let record = &found[at].record;
        [1, 2, 3].map(|id| record.value(id).and_then(Value::as_text).unwrap_or_default().to_string())
    };
    assert_eq!(
        (fields(0), fields(1)),
        (["first", "theirs", "mine"].map(Into::into), ["first", "", "mine"].map(Into::into))
    );

    let epoch = stores[0].claim("directory", "node", LONG).await.expect("claim").expect("free");
    let lease = Lease::new("directory", epoch, None, || true);
    let held = Writer { lease: Some(lease), by: None };
    mine.update(Kind::User, &keys, &held, &mut write(1, "held")).await.expect("it is held");
    stores[0].release("directory", epoch).await.expect("release");
    mine.update(Kind::User, &keys, &held, &mut write(1, "late")).await.expect_err("it is not held any more");
    let found = mine.get(Kind::User, &keys).await.expect("people");
    assert!(found.iter().all(|stored| stored.record.value(1) == Some(&Value::text("held"))), "{found:?}");
}

async fn hints(store: &dyn Kv, other: &dyn Kv) {
    let patience = PATIENCE;
    for watched in [store, other] {
        let mut changes = watched.changes();
        // A connection that begins to listen counts as a hint too; wait until there is one for sure.
        let mut heard = false;
        for number in 0..200u32 {
            let hint = Batch { notify: true, ..put(&[(b"h/1", &number.to_be_bytes())]) };
            store.commit(hint).await.expect("commit");
            heard = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await.is_ok();
            if heard && number > 0 {
                break;
            }
        }
        assert!(heard);
        // What happened before somebody looks is not lost.
        while tokio::time::timeout(Duration::from_millis(300), changes.changed()).await.is_ok() {}
        store.commit(Batch { notify: true, ..put(&[(b"h/1", b"hint")]) }).await.expect("commit");
        tokio::time::timeout(patience, changes.changed()).await.expect("a hint").expect("the store is there");
        store.commit(put(&[(b"h/1", b"no hint")])).await.expect("commit");
        let refused = Batch { expect: vec![(b"h/1".to_vec(), None)], notify: true, ..put(&[(b"h/1", b"refused")]) };
        assert!(matches!(store.commit(refused).await, Err(StoreError::Conflict)));
        assert!(tokio::time::timeout(Duration::from_millis(300), changes.changed()).await.is_err(), "no hint");
    }
}

/// All of it. `other` is another handle of the same store where there can be one, as another node has it.
async fn suite(store: Arc<dyn Kv>, other: Arc<dyn Kv>) {
    read_what_was_written(&*store).await;
    scans(&*store).await;
    pages(&*store).await;
    expectations(&*store).await;
    ends_of_links(&*store).await;
    values_of_all_sizes(&*store).await;
    binary_keys(&*store).await;
    batches(&*store).await;
    large_batches(&*store).await;
    leases(&*store, &*other).await;
    expiry(&*store, &*other).await;
    fences(&*store).await;
    hints(&*store, &*other).await;
    let stores = [store.clone(), other];
    races(&stores).await;
    claims_race(&stores).await;
    takeovers(&stores).await;
    no_update_is_lost(&stores).await;
    blind_writes_stay_whole(&stores).await;
    directory_writes(&stores).await;
    assert!(store.size().await.expect("size") > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_behaves() {
    let store = Arc::new(MemoryStore::default());
    suite(store.clone(), store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sled_behaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(SledStore::open(folder.path()).expect("open"));
    suite(store.clone(), store).await;
    // sled writes long values to files that it does not sync; none may get there.
    let blobs = folder.path().join("store/blobs");
    if blobs.exists() {
        let files: Vec<_> = std::fs::read_dir(&blobs).expect("the folder").collect();
        assert!(files.is_empty(), "{files:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sled_keeps_everything_and_has_one_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = noise(100_000, 3);
    for round in 0..3u8 {
        // The owner thread of the last round may still be on its way out.
        let store = eventually("open", PATIENCE, || SledStore::open(folder.path()).ok());
        assert!(matches!(SledStore::open(folder.path()), Err(StoreError::Locked(_))), "a second owner");
        for earlier in 0..round {
            assert_eq!(store.get(&[b'k', earlier]).await.expect("get"), Some(vec![earlier; 10]));
        }
        assert_eq!(store.get(b"long").await.expect("get"), (round > 0).then(|| long.clone()));
        store.commit(put(&[(&[b'k', round], &[round; 10]), (b"long", &long)])).await.expect("commit");
        drop(store);
    }
    assert!(
        matches!(SledStore::open(&folder.path().join("lock")), Err(StoreError::Unavailable(_))),
        "a file is no folder"
    );
}

async fn connect(cluster: &Cluster, more: &str) -> Arc<PostgresStore> {
    let address = format!("{}{more}", cluster.url("store")).parse().expect("an address");
    Arc::new(PostgresStore::open(address).await.expect("open"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_behaves() {
    let Some(cluster) = Cluster::start() else { return };
    let (one, two) = tokio::join!(connect(&cluster, ""), connect(&cluster, "&connections=3"));
    suite(one, two).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_everything() {
    let Some(mut cluster) = Cluster::start() else { return };
    let long = noise(100_000, 3);
    for round in 0..3u8 {
        let store = connect(&cluster, "").await;
        for earlier in 0..round {
            assert_eq!(store.get(&[b'k', earlier]).await.expect("get"), Some(vec![earlier; 10]));
        }
        assert_eq!(store.get(b"long").await.expect("get"), (round > 0).then(|| long.clone()));
        store.commit(put(&[(&[b'k', round], &[round; 10]), (b"long", &long)])).await.expect("commit");
        // Once without the store, once under it: the connections that rest are of no use then.
        if round == 0 {
            drop(store);
            cluster.kill();
            cluster.go_on();
        } else {
            cluster.kill();
            cluster.go_on();
            assert_eq!(store.get(&[b'k', round]).await.expect("get"), Some(vec![round; 10]));
        }
    }
    // Another schema is another store.
    let other = cluster.url("other").parse().expect("an address");
    let other = PostgresStore::open(other).await.expect("open");
    assert_eq!(other.get(b"long").await.expect("get"), None);
}

/// Commits go on while the server is killed under them again and again. What was acknowledged is there; what was refused
/// is not; and nothing was done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_tells_the_truth_about_lost_commits() {
    let Some(mut cluster) = Cluster::start() else { return };
    let store = connect(&cluster, "").await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut writers = Vec::new();
    for writer in 0..6u8 {
        let (store, stop) = (store.clone(), stop.clone());
        writers.push(tokio::spawn(async move {
            let counter = vec![b'c', writer];
            let mut value: u64 = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                // Each commit expects the one before: one that was done although it was refused, or done twice, shows in
                // the next one, for nobody else writes here.
                let old = (value > 0).then(|| value.to_be_bytes().to_vec());
                let mut batch = put(&[(&counter, &(value + 1).to_be_bytes())]);
                batch.expect.push((counter.clone(), old));
                store.commit(batch).await.unwrap_or_else(|error| panic!("writer {writer} at {value}: {error}"));
                value += 1;
            }
            value
        }));
    }
    for round in 0..6 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        if round % 2 == 0 {
            cluster.kill()
        } else {
            cluster.stop()
        }
        cluster.go_on();
        // Sessions are cut off as well while the server stays.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'idflow'";
        cluster.sql(cut);
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut total = 0;
    for (writer, task) in writers.into_iter().enumerate() {
        let value = task.await.expect("the writer ends");
        let stored = store.get(&[b'c', u8::try_from(writer).expect("few")]).await.expect("get").expect("written");
        assert_eq!(u64::from_be_bytes(stored.try_into().expect("8 bytes")), value);
        total += value;
    }
    assert!(total > 50, "only {total} commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stays_away_is_given_up() {
    let Some(mut cluster) = Cluster::start() else { return };
    let store = connect(&cluster, "&wait=1").await;
    store.commit(put(&[(b"a", b"1")])).await.expect("commit");
    cluster.stop();
    let Err(StoreError::Unavailable(read)) = store.get(b"a").await else { panic!("the database is away") };
    let Err(StoreError::Unavailable(write)) = store.commit(put(&[(b"a", b"2")])).await else { panic!("away") };
    for message in [read, write] {
        assert!(message.contains("schema store") && message.contains("1 s"), "{message}");
    }
    let address = format!("{}&wait=0", cluster.url("store")).parse().expect("an address");
    assert!(matches!(PostgresStore::open(address).await, Err(StoreError::Unavailable(_))));
    cluster.go_on();
    assert_eq!(store.get(b"a").await.expect("get").as_deref(), Some(&b"1"[..]));
    store.commit(put(&[(b"a", b"3")])).await.expect("commit");
    assert_eq!(store.get(b"a").await.expect("get").as_deref(), Some(&b"3"[..]));
}

/// A database that says nothing at all is away, and not at work: nobody waits for it longer than for one that refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_is_given_up_in_time() {
    let Some(cluster) = Cluster::start() else { return };
    let (cable, url) = Cable::lay(&cluster, "store");
    let address = format!("{url}&wait=4").parse().expect("an address");
    let store = PostgresStore::open(address).await.expect("open");
    store.commit(put(&[(b"a", b"1")])).await.expect("commit");
    cable.mute();
    let begun = std::time::Instant::now();
    let Err(StoreError::Unavailable(_)) = store.get(b"a").await else { panic!("nobody answers") };
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

/// One that works on a statement for longer than that is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_at_work_is_waited_for() {
    let Some(cluster) = Cluster::start() else { return };
    let store = connect(&cluster, "&wait=2").await;
    store.commit(put(&[(b"a", b"1")])).await.expect("commit");
    let locked = "begin; lock table store.entries in access exclusive mode; select pg_sleep(5); commit;";
    let work = tokio::task::spawn_blocking(move || {
        cluster.sql(locked);
        cluster
    });
    // The lock is there once a read does not come back at once.
    let begun = std::time::Instant::now();
    let waited = async {
        loop {
            let asked = std::time::Instant::now();
            assert_eq!(store.get(b"a").await.expect("get").as_deref(), Some(&b"1"[..]));
            if asked.elapsed() > Duration::from_secs(3) || begun.elapsed() > Duration::from_secs(60) {
                return asked.elapsed();
            }
        }
    };
    assert!(waited.await > Duration::from_secs(3), "it was never at work");
    work.await.expect("the lock is given back");
}

/// A newer program leaves a larger number; this one keeps away from what it may not understand.
async fn refuses_a_newer_store(location: &Location) {
    let store = location.open().await.expect("open");
    let written = format::written(&*store).await.expect("read").expect("made at creation");
    assert_eq!((written.format, written.by.as_str()), (format::FORMAT, env!("CARGO_PKG_VERSION")));
    drop(location.open().await.map(|_| ()));
    let newer = format::Written { format: format::FORMAT + 1, by: "9.9.9".into() };
    let mut batch = put(&[(b"d/kept", b"as it was")]);
    batch.put(format::key(), idflow::store::codec::json(&newer).expect("JSON"));
    store.commit(batch).await.expect("commit");
    drop(store);
    let Err(StoreError::Newer(message)) = location.open().await.map(|_| ()) else { panic!("opened") };
    assert!(message.contains("9.9.9"), "{message}");
    let store = location.bare().await.expect("open");
    assert_eq!(store.get(b"d/kept").await.expect("get").as_deref(), Some(&b"as it was"[..]), "untouched");
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    refuses_a_newer_store(&Location::Folder(folder.path().into())).await;
    let Some(cluster) = Cluster::start() else { return };
    refuses_a_newer_store(&cluster.url("newer").parse().expect("an address")).await;
    // Tables of a newer version as well.
    connect(&cluster, "").await;
    cluster.sql(
        "insert into store._sqlx_migrations (version, description, success, checksum, execution_time) \
         values (999, 'later', true, '', 0)",
    );
    let refused = PostgresStore::open(cluster.url("store").parse().expect("an address")).await.map(|_| ());
    assert!(matches!(&refused, Err(StoreError::Newer(message)) if message.contains("999")), "{refused:?}");
}

/// What a workflow wrote in a day is counted by the time, however many runs there were and however long they waited.
#[tokio::test]
async fn what_was_written_in_a_day_is_counted_by_the_time() {
    const DAY: i64 = 24 * 3600 * 1000;
    let (store, tenant) = (MemoryStore::default(), Tenant::default_tenant());
    let note = async |workflow: &str, accepted: i64, ended: i64| {
        let mut counts = Counts::default();
        counts.add(Kind::User, "created", 2);
        let mut batch = Batch::default();
        let run = RunId::new(accepted);
        today::note(&store, &mut batch, &tenant, workflow, (run, &counts), ended).await.expect("a note");
        store.commit(batch).await.expect("commit");
    };
    let now = 1_000 * DAY;
    note("sync", now - 3 * DAY, now - 3 * DAY).await;
    note("sync", now - 2 * DAY, now - DAY - 1).await;
    // Accepted a month ago, held, and carried out today.
    note("sync", now - 30 * DAY, now - 5).await;
    note("other", now, now).await;
    for number in 0..2_500 {
        note("sync", now - number, now - number).await;
    }
    let found = today::since(&store, &tenant, "sync", now - DAY).await.expect("notes");
    let created: u64 = found.values().map(|counts| counts.get(Kind::User, "created")).sum();
    assert_eq!((found.len(), created), (2_501, 5_002));
    let kept = today::since(&store, &tenant, "sync", 0).await.expect("notes");
    assert_eq!(kept.len(), 2_502, "what is older than two days is gone");
}
