//! What disks and databases do to a store, with the real program: damaged files, no space, folders that cannot be written,
//! two processes, a database that goes away in the middle of a run, a store that a newer version wrote.
//!
//! In each case: a clear message with the next step, the right exit code, and nothing lost that was acknowledged, or words
//! that say so.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use idflow::store::{Batch, Kv, codec, format, location::Location, sled::SledStore};
use serde_json::Value;
use wecom_sim::Latency;

use super::support::{
    Chance, Cluster, Corp, Disk, House, Organisation, PATIENCE, copy_folder, eventually,
    house::{Answer, BEGIN},
};

/// Runs a command; one that does not come to an end, or that panics, is a failure.
fn bounded(mut command: Command) -> Answer {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let (out, err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let read = |mut from: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut text = String::new();
            from.read_to_string(&mut text).map(|_| text)
        })
    };
    let (out, err) = (read(Box::new(out)), read(Box::new(err)));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child is there") {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let answer = Answer {
        code: status.code().unwrap_or(-1),
        out: out.join().expect("a reader").expect("UTF-8"),
        err: err.join().expect("a reader").expect("UTF-8"),
    };
    assert!(!answer.err.contains("panicked"), "{command:?}: {}", answer.err);
    answer
}

/// A refusal: exit code 1, a message with these words, and a next step.
#[track_caller]
fn refused(answer: &Answer, words: &[&str]) {
    assert_eq!(answer.code, 1, "exit code\nout: {}\nerr: {}", answer.out, answer.err);
    for word in words.iter().chain(&["error: ", "hint: "]) {
        assert!(answer.err.contains(word), "`{word}` is missing: {}", answer.err);
    }
}

/// A folder with some megabytes in it, more than one segment of the log, written in many commits. Gives copies of it: one
/// after a clean end, one as a killed process leaves it.
fn filled(house: &House) -> [std::path::PathBuf; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let images = [house.path("closed"), house.path("killed")];
    runtime.block_on(async {
        let store = SledStore::open(&house.data()).expect("open");
        format::agree(&store).await.expect("a new store");
        let mut chance = Chance::new(11);
        for round in 0..60u64 {
            let mut batch = Batch::default();
            for number in 0..20u64 {
                let length = if number == 0 { 9_000 } else { 1_300 };
                let value: String =
                    (0..length).map(|_| char::from(u8::try_from(chance.within(48..91)).expect("a letter"))).collect();
                let key = format!("~/{:05}", (round * 7919 + number * 13) % 3000);
                batch.put(key.into_bytes(), codec::json(&value).expect("JSON"));
            }
            store.commit(batch).await.expect("commit");
        }
        // Everything is acknowledged, nothing is under way: what stands on disk now is what a kill would leave.
        copy_folder(&house.data(), &images[1]);
    });
    copy_folder(&house.data(), &images[0]);
    images
}

#[derive(Debug, Clone, Copy)]
enum Harm {
    Cut(u64),
    Flip(u64, u8),
    Zero(u64, u64),
    Append(u64),
}

impl Harm {
    fn to(self, file: &Path) {
        let mut bytes = std::fs::read(file).expect("a file");
        match self {
            Self::Cut(at) => bytes.truncate(at as usize),
            Self::Flip(at, bit) => bytes[at as usize] ^= 1 << bit,
            Self::Zero(at, length) => {
                let end = bytes.len().min((at + length) as usize);
                bytes[at as usize..end].fill(0);
            }
            Self::Append(length) => bytes.extend(std::iter::repeat_n(0xa5, length as usize)),
        }
        std::fs::write(file, bytes).expect("a file");
    }
}

/// What can happen to the files of a store of this size.
fn harms(image: &Path, chance: &mut Chance) -> Vec<(String, Harm)> {
    let log = std::fs::metadata(image.join("store/db")).expect("the log").len();
    let mut harms = Vec::new();
    let mut db = |harm| harms.push(("store/db".to_string(), harm));
    for sixteenth in 0..16 {
        db(Harm::Cut(log * sixteenth / 16 + sixteenth));
    }
    for back in [1, 2, 100, 511, 4096, 30_000, 70_000, 300_000, 500_000] {
        db(Harm::Cut(log.saturating_sub(back)));
    }
    for at in (0..64).step_by(3) {
        db(Harm::Flip(at, 3));
    }
    for segment in 0..log / (512 << 10) {
        db(Harm::Flip(segment * (512 << 10) + chance.within(0..20), 5));
    }
    for _ in 0..24 {
        db(Harm::Flip(chance.within(0..log), u8::try_from(chance.within(0..8)).expect("a bit")));
    }
    for _ in 0..8 {
        db(Harm::Zero(chance.within(0..log) / 4096 * 4096, 4096));
    }
    db(Harm::Zero(log - 300_000, 300_000));
    db(Harm::Append(5000));
    for entry in std::fs::read_dir(image.join("store")).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let length = entry.metadata().expect("its length").len();
        if name.starts_with("snap") || name == "conf" {
            for at in [0, length / 3, length / 2, length - 1] {
                harms.push((format!("store/{name}"), Harm::Flip(at, 1)));
                harms.push((format!("store/{name}"), Harm::Cut(at)));
            }
        }
    }
    let note = std::fs::metadata(image.join("acknowledged")).expect("the note").len();
    harms.push(("acknowledged".into(), Harm::Cut(0)));
    harms.push(("acknowledged".into(), Harm::Cut(note / 2)));
    harms.push(("acknowledged".into(), Harm::Flip(note / 2, 7)));
    harms
}

/// Every harm ends in a message with a next step, or in a store that has everything. Never in a panic, a hang, or a store
/// that is silently shorter than what was acknowledged.
#[test]
fn damaged_logs_are_told_or_mended_and_never_silently_short() {
    let house = House::new();
    let seed = std::env::var("IDFLOW_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    eprintln!("seed {seed}");
    let mut chance = Chance::new(seed);
    let (mut mended, mut told, mut short) = (0, 0, 0);
    let images = filled(&house);
    let check = || bounded(house.command(&["--output", "json", "store", "check"]));
    let whole = check().expect(0).json();
    assert!(whole["entries"].as_u64().is_some_and(|entries| entries > 900), "{whole}");
    for image in images {
        for (file, harm) in harms(&image, &mut chance) {
            std::fs::remove_dir_all(house.data()).expect("the data folder");
            copy_folder(&image, &house.data());
            harm.to(&house.data().join(&file));
            let answer = check();
            let what = format!("{} {file} {harm:?}", image.display());
            if answer.code == 0 {
                let found = answer.json();
                for same in ["entries", "checksum"] {
                    assert_eq!(found[same], whole[same], "{what}: silently another store");
                }
                mended += 1;
                continue;
            }
            assert_eq!(answer.code, 1, "{what}: {}", answer.err);
            told += 1;
            short += usize::from(format!("{}{}", answer.out, answer.err).contains("were acknowledged"));
            let damaged = answer.json()["damaged"].as_array().is_some_and(|damaged| !damaged.is_empty());
            assert!(damaged || answer.err.contains("damaged"), "{what}: {}", answer.err);
            assert!(damaged || answer.err.contains("hint: "), "{what}: {}", answer.err);
        }
    }
    eprintln!("{mended} mended, {told} told, {short} of them because the log ends too early");
    assert!(mended >= 10 && told >= 10 && short >= 3, "the harms do not reach far enough");
}

/// What a folder's note says: the number of writes, up to which one everything was compared, and the bytes of all entries.
fn noted(folder: &Path) -> [u64; 3] {
    let text = std::fs::read_to_string(folder.join("acknowledged")).expect("the note");
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    numbers.try_into().expect("three numbers")
}

/// A store that is too large to be read before anybody works with it is compared meanwhile: what is missing is found
/// although somebody writes over it, and from then on nothing is answered. Runs wait for the verdict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_store_is_compared_while_it_is_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, killed) = (folder.path().join("data"), folder.path().join("killed"));
    let key = |number: u64| format!("x/{number:06}").into_bytes();
    let value = |number: u64| codec::json(&format!("value {number}")).expect("JSON");
    let store = SledStore::open(&data).expect("open");
    for chunk in 0..60 {
        let mut batch = Batch::default();
        (chunk * 500..(chunk + 1) * 500).for_each(|number| batch.put(key(number), value(number)));
        batch.put(format!("y/{chunk}").into_bytes(), vec![7; 9000]);
        batch.deletes.push(format!("y/{}", chunk / 2).into_bytes());
        store.commit(batch).await.expect("commit");
    }
    copy_folder(&data, &killed);
    drop(store);
    for harm in ["none", "lost", "old"] {
        for written_over in [false, true] {
            let what = format!("{harm}, written over: {written_over}");
            let data = folder.path().join(format!("{harm} {written_over}"));
            copy_folder(&killed, &data);
            {
                let bare = ::sled::open(data.join("store")).expect("open");
                match harm {
                    "lost" => drop(bare.remove(key(29_000)).expect("removed").expect("it was there")),
                    "old" => drop(bare.insert(key(29_000), [&[0], &value(1)[..]].concat()).expect("put")),
                    _ => {}
                }
                let bytes: usize = bare.iter().flatten().map(|(key, value)| key.len() + value.len()).sum();
                if harm == "none" {
                    // All but the record itself.
                    let own = bare.iter().flatten().find(|(key, _)| key.starts_with(&[0xfe, 0xfe])).expect("a record");
                    assert_eq!(noted(&data)[2], (bytes - own.0.len() - own.1.len()) as u64, "bytes in use");
                }
                bare.flush().expect("flushed");
            }
            let store = SledStore::open(&data).expect("it opens at once");
            let mut over = Batch::default();
            over.put(key(if written_over { 29_000 } else { 50_000 }), value(5));
            over.put(key(3), value(6));
            over.deletes.push(key(4));
            let over = store.commit(over).await;
            let verdict = store.sound().await;
            if harm == "none" {
                over.expect("committed");
                verdict.expect("everything is there");
                drop(store);
                let [number, compared, _] = noted(&data);
                assert_eq!(number, compared, "{what}: it is known to be whole");
                continue;
            }
            let told = verdict.expect_err(&what).to_string();
            assert!(told.contains("damaged") && told.contains("backup"), "{what}: {told}");
            assert!(store.get(&key(1)).await.is_err() && store.commit(Batch::default()).await.is_err(), "{what}");
            drop(store);
            let again = SledStore::open(&data).expect("it opens at once");
            again.sound().await.expect_err(&what);
            drop(again);
            let (_, lost) = SledStore::inspect(&data).expect("what is left can be looked at");
            assert!(lost.is_some_and(|lost| lost.contains("entries should be there")), "{what}");
        }
    }
}

/// What sled has noted of where everything lies, by its files.
fn snapshots(data: &Path) -> Vec<String> {
    let names = std::fs::read_dir(data.join("store")).expect("a folder").flatten().map(|entry| entry.file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("snap") && !name.contains("gen")).collect();
    names.sort();
    names
}

/// Where somebody writes without a pause the files are opened anew between two batches, and nothing is lost by that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_opened_anew_although_somebody_never_rests() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, killed) = (folder.path().join("data"), folder.path().join("killed"));
    let store = SledStore::open(&data).expect("open");
    let (before, begun) = (snapshots(&data), Instant::now());
    let mut number = 0u64;
    let mut after = None;
    // Some more is written after it.
    while after.is_none_or(|after| number < after + 10 * 500) {
        assert!(begun.elapsed() < PATIENCE, "the files are not opened anew");
        let mut batch = Batch::default();
        for one in number..number + 500 {
            // In no order, as people and links come.
            batch.put(format!("x/{:05}/{one}", one * 7919 % 100_003).into_bytes(), vec![one as u8; 1000]);
        }
        number += 500;
        batch.put(b"y".to_vec(), number.to_be_bytes().to_vec());
        store.commit(batch).await.expect("commit");
        if after.is_none() && snapshots(&data) != before {
            after = Some(number);
        }
    }
    copy_folder(&data, &killed);
    drop(store);
    for folder in [data, killed] {
        let store = SledStore::open(&folder).expect("open");
        store.sound().await.expect("everything is there");
        let all = store.scan(b"x".to_vec(), b"y".to_vec(), usize::MAX, false).await.expect("read");
        assert_eq!(all.len() as u64, number);
        assert_eq!(store.get(b"y").await.expect("read"), Some(number.to_be_bytes().to_vec()));
    }
}

/// After much was written the files are opened anew while nobody wants anything, so that a kill leaves little to read; who
/// reads and writes meanwhile notices nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_opened_anew_when_much_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, killed) = (folder.path().join("data"), folder.path().join("killed"));
    let snapshots = || snapshots(&data);
    let key = |round: u64, number: u64| format!("x/{round}/{number:05}").into_bytes();
    let value = |number: u64| codec::json(&format!("{number}").repeat(200)).expect("JSON");
    let store = SledStore::open(&data).expect("open");
    let mut before = snapshots();
    for round in 0..3 {
        for chunk in 0..16 {
            let mut batch = Batch::default();
            (chunk * 500..(chunk + 1) * 500).for_each(|number| batch.put(key(round, number), value(number)));
            store.commit(batch).await.expect("commit");
        }
        let begun = Instant::now();
        let mut looks = 0;
        while snapshots() == before {
            assert!(begun.elapsed() < PATIENCE, "the files are not opened anew");
            looks += 1;
            let number = looks * 7919 % 8000;
            assert_eq!(store.get(&key(round, number)).await.expect("read"), Some(value(number)));
            let page = store.scan(key(0, 0), b"y".to_vec(), 200, true).await.expect("read");
            assert_eq!((page.len(), &page[0].0), (200, &key(round, 7999)));
            tokio::task::yield_now().await;
        }
        before = snapshots();
        let mut batch = Batch::default();
        batch.put(format!("y/{round}").into_bytes(), vec![7; 9000]);
        batch.expect.push((key(round, 0), Some(value(0))));
        store.commit(batch).await.expect("commit");
    }
    copy_folder(&data, &killed);
    drop(store);
    for folder in [data, killed] {
        let store = SledStore::open(&folder).expect("open");
        store.sound().await.expect("everything is there");
        let all = store.scan(b"x".to_vec(), b"z".to_vec(), usize::MAX, false).await.expect("read");
        assert_eq!(all.len(), 3 * 8000 + 3);
    }
}

/// A store whose log has lost its end is not opened until a person has decided to go on with the rest.
#[test]
fn what_was_acknowledged_is_missed() {
    let house = House::new();
    house.good(&BEGIN);
    let empty = house.path("empty");
    copy_folder(&house.data(), &empty);
    let folder = house.source().display().to_string();
    Organisation::generated(3, 20).write(&house.source());
    house.good(&["directory", "import", &folder]);
    // The log of an earlier time beside the note of a later one: as after a restore of half a backup.
    std::fs::remove_dir_all(house.data().join("store")).expect("the store");
    copy_folder(&empty.join("store"), &house.data().join("store"));
    for _ in 0..2 {
        refused(&bounded(house.command(&["runs", "list"])), &["were acknowledged", "delete", "backup"]);
        refused(&bounded(house.command(&["serve"])), &["were acknowledged"]);
    }
    std::fs::remove_file(house.data().join("acknowledged")).expect("the note");
    assert_eq!(house.good(&["runs", "list"]), Value::Array(Vec::new()));
}

#[test]
fn a_full_disk_is_told_and_nothing_accepted_is_lost() {
    let house = House::new();
    let Some(disk) = Disk::mount(&house.data(), "2500k") else { return };
    let organisation = Organisation::generated(40, 3000);
    organisation.write(&house.source());
    let folder = house.source().display().to_string();
    // Without the guard, which would refuse before the disk does.
    let run = |args: &[&str]| {
        bounded(disk.with(&house.command(&[&["--output", "json", "--disk-floor", "0"], args].concat())))
    };
    let import = ["directory", "import", folder.as_str()];
    refused(&run(&import), &["no space left", "make room"]);
    // It stays full: the same words, no damage.
    refused(&run(&import), &["no space left", "make room"]);
    disk.remount("size=100m");
    let ended = run(&import).expect(0).json();
    assert!(ended["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{ended}");
    let runs = run(&["runs", "list"]).expect(0).json();
    for run in runs.as_array().expect("runs") {
        assert!(!run["ended"].is_null(), "an accepted run stays behind: {run}");
    }
    let shown = run(&["directory", "show"]).expect(0).json();
    assert_eq!(shown["counts"]["user"]["active"], 3000, "{shown}");
    assert_eq!(run(&["store", "check"]).expect(0).json()["damaged"], Value::Array(Vec::new()));
}

/// A disk that was full for a moment closes the store of a server for good. It says so, and once there is room it ends with an
/// error, so that whoever watches over it starts it again.
#[test]
fn a_server_whose_disk_was_full_says_so_and_ends_once_there_is_room() {
    let house = House::new();
    let Some(disk) = Disk::mount(&house.data(), "2500k") else { return };
    Organisation::generated(40, 3000).write(&house.source());
    let folder = house.source().display().to_string();
    let command =
        |args: &[&str]| disk.with(&house.command(&[&["--output", "json", "--disk-floor", "0"], args].concat()));
    let mut server = command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    // The address stands in a JSON object over several lines, and comes before its end.
    let mut lines = std::io::BufReader::new(server.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("\"address\"") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut lines, &mut line).expect("its output") > 0, "it ended");
    }
    let address = line.split('"').nth(3).expect("an address").to_string();
    let health = || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&address).expect("it answers");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    assert!(health().contains("200 OK"), "{}", health());
    assert_ne!(bounded(command(&["directory", "import", &folder])).code, 0);
    let closed = health();
    assert!(closed.contains(" 503 ") && closed.contains("closed") && closed.contains("make room"), "{closed}");
    assert!(server.try_wait().expect("known").is_none(), "it stays as long as there is no room");
    disk.remount("size=100m");
    let ended = eventually("it ends", PATIENCE, || server.try_wait().expect("known"));
    assert_eq!(ended.code(), Some(1));
    let ended = bounded(command(&["directory", "import", &folder])).expect(0).json();
    assert!(ended["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{ended}");
}

/// A process that is killed, or a disk that is full, while sled writes a snapshot leaves a half one.
#[test]
fn a_half_snapshot_is_no_damage() {
    let house = House::new();
    house.good(&BEGIN);
    let before = house.good(&["workflow", "list"]);
    let half = house.data().join("store/snap.FFFFFFFFFFFFFFFF.generating");
    for bytes in [&b""[..], &[7; 4096]] {
        std::fs::write(&half, bytes).expect("a file");
        assert_eq!(house.good(&["workflow", "list"]), before);
        assert!(!half.exists());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let house = House::new();
    // A file where the folder should be.
    std::fs::write(house.data(), "not a folder").expect("a file");
    refused(&bounded(house.command(&["runs", "list"])), &["data"]);
    refused(&bounded(house.command(&["serve"])), &["data"]);
    std::fs::remove_file(house.data()).expect("the file");
    let Some(disk) = Disk::mount(&house.data(), "20m") else { return };
    bounded(disk.with(&house.command(&BEGIN))).expect(0);
    disk.remount("ro");
    for command in [&["runs", "list"][..], &["serve"], &["connection", "list"], &["store", "check"]] {
        refused(&bounded(disk.with(&house.command(command))), &["Read-only file system", "can be written"]);
    }
    disk.remount("rw");
    bounded(disk.with(&house.command(&["connection", "list"]))).expect(0);
    // A folder that was not there yet, on a disk that is read-only.
    disk.remount("ro");
    let below = house.data().join("below").display().to_string();
    let answer = bounded(disk.with(&house.command(&[&["--store", below.as_str()], &BEGIN[..]].concat())));
    refused(&answer, &["Read-only file system", "below"]);
}

#[test]
fn a_store_of_a_newer_version_is_refused_by_every_command() {
    let house = House::new();
    let mut stores = vec![house.data().display().to_string()];
    let cluster = Cluster::start();
    stores.extend(cluster.as_ref().map(|cluster| cluster.url("newer")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for store in stores {
        bounded(house.command(&[&["--store", store.as_str()], &BEGIN[..]].concat())).expect(0);
        runtime.block_on(async {
            let location: Location = store.parse().expect("a store");
            let opened = location.open().await.expect("open");
            let newer = format::Written { format: format::FORMAT + 1, by: "9.9.9".into() };
            let mut batch = Batch::default();
            batch.put(format::key(), codec::json(&newer).expect("JSON"));
            opened.commit(batch).await.expect("commit");
        });
        for command in [&["runs", "list"][..], &["serve"], &["store", "size"]] {
            let answer = bounded(house.command(&[&["--store", &store], command].concat()));
            refused(&answer, &["newer", "9.9.9", env!("CARGO_PKG_VERSION")]);
        }
    }
}

/// Members that were made, each once.
#[track_caller]
fn made_once(corp: &Corp) -> usize {
    let mut made: Vec<String> = corp
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/user/create"))
        .map(|request| {
            assert_ne!(request.errcode, Some(60102), "a member that was there already: {}", request.body["userid"]);
            request.body["userid"].to_string()
        })
        .collect();
    let asked = made.len();
    made.sort();
    made.dedup();
    assert_eq!(made.len(), asked, "a member was made twice");
    asked
}

/// The database goes away while members are written, and returns.
#[test]
fn a_database_that_goes_away_during_a_run() {
    const PEOPLE: usize = 500;
    let Some(mut cluster) = Cluster::start() else { return };
    let corp = Corp::start();
    corp.set_latency(Latency { ms: 3, jitter_ms: 1 });
    let mut house = House::new();
    house.set("IDFLOW_STORE", &cluster.url("idflow"));
    // By single calls, which are counted below.
    house.connect_with(&corp, &["import_jobs=off"], true);
    house.workflow("wecom_downstream_full");
    let organisation = Organisation::generated(10, PEOPLE);
    organisation.write(&house.source());
    house.import(&[]).expect(0);

    let start = |house: &House| {
        let mut command = house.command(&["--output", "json", "run", "sync", "--wait", "--yes"]);
        std::thread::spawn({
            command.stdin(Stdio::null());
            move || bounded(command)
        })
    };
    // Away for less than the patience: the run waits and ends well.
    let run = start(&house);
    eventually("some writes", PATIENCE, || (corp.writes() > 40).then_some(()));
    cluster.kill();
    std::thread::sleep(Duration::from_millis(700));
    cluster.go_on();
    eventually("more writes", PATIENCE, || (corp.writes() > 150 || run.is_finished()).then_some(()));
    if run.is_finished() {
        let early = run.join().expect("the run's thread");
        panic!("it ended: {} {} {}", early.code, early.out, early.err);
    }
    // Away again. Another command that has less patience gives up with a message.
    cluster.stop();
    let impatient = format!("{}&wait=1", cluster.url("idflow"));
    refused(&bounded(house.command(&["--store", &impatient, "runs", "list"])), &["did not answer for 1 s", "address"]);
    cluster.go_on();
    let ended = run.join().expect("the run's thread").expect(0).json();
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert_eq!(made_once(&corp), PEOPLE);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
}

/// The same without patience: the command ends with a message, the next one takes the run up.
#[test]
fn a_run_that_its_database_left_goes_on_later() {
    const PEOPLE: usize = 300;
    let Some(mut cluster) = Cluster::start() else { return };
    let corp = Corp::start();
    corp.set_latency(Latency { ms: 3, jitter_ms: 1 });
    let mut house = House::new();
    house.set("IDFLOW_STORE", &format!("{}&wait=1", cluster.url("idflow")));
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    let organisation = Organisation::generated(10, PEOPLE);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let command = house.command(&["--output", "json", "run", "sync", "--wait", "--yes"]);
    let run = std::thread::spawn(move || bounded(command));
    eventually("some writes", PATIENCE, || (corp.writes() > 60 || run.is_finished()).then_some(()));
    cluster.kill();
    let left = run.join().expect("the run's thread");
    assert_eq!(left.code, 1, "out: {}\nerr: {}", left.out, left.err);
    assert!(left.err.contains("did not answer for 1 s") || left.out.contains("did not answer for 1 s"), "{}", left.err);
    cluster.go_on();
    let ended = house.sync(&[]).expect(0).json();
    assert!(ended["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{ended}");
    assert_eq!(made_once(&corp), PEOPLE);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    for run in house.good(&["runs", "list"]).as_array().expect("runs") {
        assert!(!run["ended"].is_null(), "an accepted run stays behind: {run}");
    }
}

#[test]
fn addresses_are_checked_and_passwords_never_shown() {
    let mut house = House::new();
    house.set("IDFLOW_LOG", "trace");
    let ask = |house: &House, store: &str| {
        let answer = bounded(house.command(&["--store", store, "--output", "json", "runs", "list"]));
        let all = format!("{}{}", answer.out, answer.err);
        assert!(!all.contains("S3cret"), "{all}");
        answer
    };
    for wrong in
        ["postgres://anna:S3cret@host:port/x", "mysql://anna:S3cret@host/x", "postgres://anna:S3cret@h/x?wait=S3cret"]
    {
        let answer = ask(&house, wrong);
        assert_eq!(answer.code, 2, "{}", answer.err);
        assert!(answer.err.contains("hint: "), "{}", answer.err);
    }
    // Everybody on the machine sees the arguments of everybody.
    let answer = ask(&house, "postgres://anna:S3cret@127.0.0.1:1/x?wait=0");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(answer.err.contains("IDFLOW_STORE") && answer.err.contains("file:PATH"), "{}", answer.err);
    let copied =
        bounded(house.command(&["store", "copy", "--from", "x", "--to", "postgres://anna:S3cret@127.0.0.1:1/x"]));
    assert!(copied.code != 0 && !copied.err.contains("S3cret"), "{}", copied.err);
    // In a file. Nobody listens there.
    let file = house.path("store.url");
    std::fs::write(&file, "postgres://anna:S3cret@127.0.0.1:1/x?wait=0\n").expect("written");
    let named = format!("file:{}", file.display());
    let rights = std::os::unix::fs::PermissionsExt::from_mode;
    std::fs::set_permissions(&file, rights(0o644)).expect("opened");
    let answer = ask(&house, &named);
    assert!(answer.code == 2 && answer.err.contains("chmod 600"), "{}", answer.err);
    std::fs::set_permissions(&file, rights(0o600)).expect("closed");
    refused(&ask(&house, &named), &["anna@127.0.0.1:1/x", "did not answer"]);
    // In the environment.
    house.set("IDFLOW_STORE", "postgres://anna:S3cret@127.0.0.1:1/x?wait=0");
    let answer = bounded(house.command(&["--output", "json", "runs", "list"]));
    refused(&answer, &["anna@127.0.0.1:1/x", "did not answer"]);
    let help = bounded(house.command(&["--help"]));
    assert!(!format!("{}{}{}{}", answer.out, answer.err, help.out, help.err).contains("S3cret"));
    let Some(cluster) = Cluster::start() else { return };
    // A user and a database that are not there.
    for (right, wrong) in [("postgres://postgres@", "postgres://nobody:S3cret@"), ("/postgres?", "/nosuch?")] {
        house.set("IDFLOW_STORE", &cluster.url("x").replacen(right, wrong, 1));
        let answer = bounded(house.command(&["runs", "list"]));
        refused(&answer, &["does not exist"]);
        assert!(!answer.err.contains("S3cret"), "{}", answer.err);
    }
}

/// A run that was accepted while there was room does not begin once there is none, and says what it waits for.
#[test]
fn a_queued_run_waits_for_room() {
    let corp = Corp::start();
    let mut house = House::ready(&corp, "wecom_downstream_full");
    Organisation::generated(2, 8).write(&house.source());
    house.import(&[]).expect(0);
    // It has not read much, and certainly written nothing, when the server is killed.
    corp.set_latency(Latency { ms: 5000, jitter_ms: 0 });
    let server = house.serve();
    let run = house.good(&["run", "sync", "--yes"])["run"].as_str().expect("id").to_string();
    server.kill();
    house.set("IDFLOW_DISK_FLOOR", "1000000GB");
    let _server = house.serve();
    let show = || house.good(&["runs", "show", &run]);
    eventually("the run waits", PATIENCE, || (show()["progress"]["waiting"]["why"] == "disk_full").then_some(()));
    assert_eq!(corp.writes(), 0);
    house.good(&["runs", "cancel", &run]);
    eventually("the run ends", PATIENCE, || (show()["status"] == "cancelled").then_some(()));
}

/// A data folder goes to PostgreSQL and back, and is what it was.
#[test]
fn a_store_is_copied_there_and_back() {
    let Some(cluster) = Cluster::start() else { return };
    let corp = Corp::start();
    let mut house = House::ready(&corp, "wecom_downstream_full");
    let organisation = Organisation::generated(12, 300);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let (data, back, url) =
        (house.data().display().to_string(), house.path("back").display().to_string(), cluster.url("moved"));
    let before = house.good(&["store", "check"]);
    let there = house.good(&["store", "copy", "--from", &data, "--to", &url]);
    assert!(there["entries"].as_u64().is_some_and(|entries| entries > 600), "{there}");
    let here = house.ask(&["store", "copy", "--from", &url, "--to", &back]).expect(0);
    assert!(here.err.contains("master.key"), "{}", here.err);
    let here = here.json();
    let after = house.good(&["--store", &back, "store", "check"]);
    let moved = house.good(&["--store", &url, "store", "check"]);
    for report in [&there, &here, &after, &moved, &house.good(&["store", "check"])] {
        assert_eq!(report["checksum"], before["checksum"], "{report}");
    }
    assert_eq!(moved["damaged"], Value::Array(Vec::new()));
    assert!(house.good(&["--store", &url, "store", "size"])["on_disk"].as_u64().is_some_and(|bytes| bytes > 100_000));

    // The targets are in use now, a source that is not there is not made.
    let data_again = house.path("nosuch").display().to_string();
    refused(&bounded(house.command(&["store", "copy", "--from", &data, "--to", &url])), &["not empty", "schema"]);
    refused(&bounded(house.command(&["store", "copy", "--from", &url, "--to", &back])), &["not empty", "folder"]);
    refused(&bounded(house.command(&["store", "copy", "--from", &data_again, "--to", &url])), &["no store"]);
    assert!(!house.path("nosuch").exists());
    let fresh = house.path("fresh").display().to_string();
    refused(&bounded(house.command(&["store", "copy", "--from", &cluster.url("nothing"), "--to", &fresh])), &["empty"]);

    // A copy that was interrupted: nobody works with it, and it can be repeated.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let half: Location = cluster.url("half").parse().expect("an address");
        let half = half.bare().await.expect("open");
        let mut batch = Batch::default();
        batch.put(format::copying_key(), Vec::new());
        batch.put(b"x/left over".to_vec(), b"from an earlier time".to_vec());
        half.commit(batch).await.expect("commit");
    });
    let half = cluster.url("half");
    refused(&bounded(house.command(&["--store", &half, "runs", "list"])), &["interrupted", "store copy"]);
    let repeated = house.good(&["store", "copy", "--from", &data, "--to", &half]);
    assert_eq!(repeated["checksum"], before["checksum"]);

    // The product goes on there: same key, same links, nothing to do.
    house.set("IDFLOW_STORE", &url);
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
}

/// Two processes may share a database, but not a data folder that a server answers for.
#[test]
fn nodes_share_a_database_and_not_a_folder() {
    let Some(cluster) = Cluster::start() else { return };
    let mut house = House::new();
    house.set("IDFLOW_STORE", &cluster.url("shared"));
    let server = house.serve();
    refused(&bounded(house.command(&["serve"])), &["another server", "data folder of its own"]);
    // Commands of this folder talk to the server; a process with another folder works with the same store.
    house.good(&["template", "list"]);
    let mut other = House::new();
    other.set("IDFLOW_STORE", &cluster.url("shared"));
    let text = house.good(&["template", "show", "csv_to_directory"])["text"].as_str().expect("a text").to_string();
    let file = house.path("made.yaml");
    std::fs::write(&file, text).expect("a file");
    house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "made"]);
    let second = other.serve();
    let seen = other.good(&["workflow", "list"]);
    assert!(seen.to_string().contains("made"), "{seen}");
    server.kill();
    second.kill();
    assert!(other.good(&["workflow", "list"]).to_string().contains("made"));
}
