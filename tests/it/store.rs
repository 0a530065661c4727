//! One suite of behaviour for every store, and what only a store on disk can show.

use std::{sync::Arc, time::Duration};

use idflow::store::{Batch, Kv, StoreError, memory::MemoryStore, scan_prefix, sled::SledStore};

use super::support::{Chance, eventually};

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
}

/// Of many who expect the same, one wins.
async fn races(store: Arc<dyn Kv>) {
    let mut tasks = Vec::new();
    for number in 0..32 {
        let store = store.clone();
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

async fn suite(store: Arc<dyn Kv>) {
    read_what_was_written(&*store).await;
    scans(&*store).await;
    pages(&*store).await;
    expectations(&*store).await;
    values_of_all_sizes(&*store).await;
    races(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_behaves() {
    suite(Arc::new(MemoryStore::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sled_behaves() {
    let folder = tempfile::tempdir().expect("a folder");
    suite(Arc::new(SledStore::open(folder.path()).expect("open"))).await;
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
        let store = eventually("open", Duration::from_secs(5), || SledStore::open(folder.path()).ok());
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
