//! Space that is given back: everything is there afterwards, wherever the work was interrupted.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use idflow::store::{
    Batch, Kv, StoreError,
    compact::{Moment, bytes_on_disk, compact, compact_until},
    sled::SledStore,
};

use super::support::{Chance, House};

const ENTRIES: u32 = 3000;

fn key(number: u32) -> Vec<u8> {
    [b"z".as_slice(), &number.to_be_bytes()].concat()
}

/// Short and long values; long ones are stored in parts.
fn value(number: u32) -> Vec<u8> {
    let length = if number.is_multiple_of(50) { 9000 } else { 400 };
    (0..length).map(|place| (place as u32).wrapping_mul(2_654_435_761).wrapping_add(number * 97) as u8).collect()
}

/// A folder in which most of what was written is deleted again.
async fn used(folder: &Path) {
    let store = SledStore::open(folder).expect("a folder");
    for round in 0..4 {
        for chunk in (0..ENTRIES).collect::<Vec<_>>().chunks(200) {
            let mut batch = Batch::default();
            for number in chunk {
                batch.put(key(number + round * ENTRIES), value(*number));
            }
            store.commit(batch).await.expect("committed");
        }
    }
    for chunk in (ENTRIES..4 * ENTRIES).collect::<Vec<_>>().chunks(500) {
        let batch = Batch { deletes: chunk.iter().map(|number| key(*number)).collect(), ..Batch::default() };
        store.commit(batch).await.expect("committed");
    }
}

async fn is_whole(folder: &Path) {
    let store = SledStore::open(folder).expect("it opens");
    let entries = store.scan(vec![b'z'], vec![b'{'], usize::MAX, false).await.expect("read");
    assert_eq!(entries.len(), ENTRIES as usize);
    for (number, (at, stored)) in (0..).zip(entries) {
        assert_eq!((at, stored), (key(number), value(number)), "entry {number}");
    }
}

fn left_over(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("store.")).collect()
}

#[tokio::test]
async fn space_is_given_back_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    used(folder.path()).await;
    let done = compact(folder.path()).expect("compacted");
    let now = bytes_on_disk(&folder.path().join("store"));
    assert!(now * 2 < done.before, "{done:?}, {now} now");
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
    is_whole(folder.path()).await;
    let open = SledStore::open(folder.path()).expect("it opens");
    assert!(matches!(compact(folder.path()), Err(StoreError::Locked(_))), "somebody works with it");
    drop(open);
    let empty = tempfile::tempdir().expect("a folder");
    assert!(compact(empty.path()).is_err());
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0, "nothing is made there");
}

#[tokio::test]
async fn interrupted_anywhere_one_good_store_is_left() {
    for stop in [Moment::Copying, Moment::Copied, Moment::Chosen, Moment::Moved, Moment::InPlace] {
        let folder = tempfile::tempdir().expect("a folder");
        used(folder.path()).await;
        let mut reached = false;
        compact_until(folder.path(), &mut |moment| {
            reached |= moment == stop;
            moment != stop
        })
        .expect("stopped");
        assert!(reached, "{stop:?}");
        is_whole(folder.path()).await;
        assert_eq!(left_over(folder.path()), Vec::<String>::new(), "{stop:?}");
        compact(folder.path()).expect("compacted");
        is_whole(folder.path()).await;
    }
}

/// Files that cannot be read stay as they are.
#[tokio::test]
async fn a_damaged_store_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    used(folder.path()).await;
    let log = folder.path().join("store").join("db");
    let mut bytes = std::fs::read(&log).expect("the log");
    let length = bytes.len();
    for byte in &mut bytes[length / 4..length / 2] {
        *byte ^= 0x5a;
    }
    std::fs::write(&log, &bytes).expect("written");
    let done = compact(folder.path());
    // sled may find less than there was, or nothing that it can read; either way no panic, and one store is left.
    assert!(folder.path().join("store").is_dir(), "{done:?}");
    if done.is_err() {
        assert!(!folder.path().join("store.next").exists());
    }
}

/// The real binary, killed at any moment of the work.
#[tokio::test]
async fn killed_anywhere_one_good_store_is_left() {
    let house = House::new();
    used(&house.data()).await;
    let mut chance = Chance::new(7);
    let mut kills = 0;
    for _ in 0..12 {
        let mut child = house
            .command(&["store", "compact"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let (begun, life) = (Instant::now(), Duration::from_millis(chance.within(10..250)));
        while begun.elapsed() < life && child.try_wait().expect("the child is there").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        kills += usize::from(child.kill().is_ok());
        child.wait().expect("the child ends");
        is_whole(&house.data()).await;
    }
    assert!(kills > 0);
    assert_eq!(left_over(&house.data()), Vec::<String>::new());
}
