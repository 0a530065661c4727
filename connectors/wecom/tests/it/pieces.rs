//! A company that is read in pieces: one file of an export after the other, nobody twice, nobody lost, and never all of it in
//! memory at once.
//!
//! `IDFLOW_EXPORT_PEOPLE=1000000` measures the memory of a large company; the server is in the same process.

use std::{
    collections::BTreeMap,
    io::Write as _,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use idflow_sdk::{Connection, Page, Params, ReadRequest, Reader, Value};
use idflow_wecom::{SPEC, callback::crypto::Key, schema::user};
use serde_json::json;

use crate::stub::{Reply, Request, Stub, context, ok, open_with, refuse};

/// Departments below the company, with numbers of two digits.
const TEAMS: usize = 9;
/// The number of the first one.
const FIRST: usize = 10;
/// The most that a process may hold of a large company, in kB: the limit of issue and documentation.
const MOST_KB: u64 = 500 * 1024;

/// A company whose members are told in files.
struct Company {
    people: usize,
    per_file: usize,
    /// Only in the list of ids: the app's export does not have them.
    unseen: usize,
    /// How often the first download of the second file fails.
    broken: AtomicUsize,
    key: Mutex<String>,
    base: OnceLock<String>,
}

/// Everybody that a reader gives.
async fn counted(reader: &mut dyn Reader) -> usize {
    let mut people = 0;
    while let Some(page) = next(reader).await {
        people += usize::from(page.output == "users") * page.objects.len();
    }
    people
}

/// Rows are all of one length, so that the size of a file is known before it is written.
fn row(number: usize) -> String {
    let (home, flag) = (FIRST + number % TEAMS, usize::from(number.is_multiple_of(50)));
    format!(
        "{{\"userid\":\"p{number:08}\",\"name\":\"N{number:08}\",\"department\":[{home}],\"position\":\"Engineer\",\
         \"mobile\":\"\",\"gender\":\"0\",\"email\":\"\",\"is_leader_in_dept\":[{flag}],\"direct_leader\":[],\
         \"main_department\":{home},\"status\":1,\"alias\":\"\",\"telephone\":\"\",\"avatar\":\"\"}}"
    )
}

impl Company {
    fn new(people: usize, per_file: usize, unseen: usize) -> Arc<Self> {
        let (broken, key, base) = (AtomicUsize::new(0), Mutex::default(), OnceLock::new());
        Arc::new(Self { people, per_file, unseen, broken, key, base })
    }

    async fn served(self: &Arc<Self>) -> Stub {
        let company = self.clone();
        let stub = Stub::start(move |request| company.answer(request)).await;
        self.base.set(stub.base.clone()).expect("once");
        stub
    }

    fn file(&self, number: usize) -> String {
        let first = number * self.per_file;
        let last = self.people.min(first + self.per_file);
        let rows: Vec<String> = (first..last).map(row).collect();
        let key = Key::parse(&self.key.lock().expect("a key")).expect("a key");
        STANDARD.encode(key.encrypt(format!("{{\"userlist\":[{}]}}", rows.join(",")).as_bytes()))
    }

    /// The same without writing it.
    fn size(&self, number: usize) -> usize {
        let count = self.people.min((number + 1) * self.per_file) - number * self.per_file;
        let length = "{\"userlist\":[]}".len() + count * row(0).len() + count - 1;
        (length + 32 - length % 32).div_ceil(3) * 4
    }

    fn answer(&self, request: &Request) -> Option<Reply> {
        let all = self.people + self.unseen;
        Some(match request.path.as_str() {
            "department/list" | "department/simplelist" => {
                let node = |id: usize| {
                    let parent = usize::from(id > 1);
                    json!({"id": id, "name": format!("D{id}"), "parentid": parent, "order": id})
                };
                let nodes: Vec<_> = std::iter::once(1).chain(FIRST..FIRST + TEAMS).map(node).collect();
                ok(json!({"department": nodes.clone(), "department_id": nodes}))
            }
            "user/list_id" => {
                let begin: usize = request.body()["cursor"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
                let end = all.min(begin + 10_000);
                let rows = (begin..end)
                    .map(|number| format!("{{\"userid\":\"P{number:08}\",\"department\":{}}}", FIRST + number % TEAMS));
                let rows = rows.collect::<Vec<_>>().join(",");
                let next = if end < all { end.to_string() } else { String::new() };
                let text =
                    format!("{{\"errcode\":0,\"errmsg\":\"ok\",\"next_cursor\":\"{next}\",\"dept_user\":[{rows}]}}");
                Reply::Raw(200, "Content-Type: application/json", text)
            }
            "export/user" => {
                *self.key.lock().expect("a key") = request.body()["encoding_aeskey"].as_str()?.into();
                ok(json!({"jobid": "j1"}))
            }
            "export/get_result" => {
                let base = self.base.get().expect("the address");
                let file = |number: usize| json!({"url": format!("{base}/files/{number}"), "size": self.size(number), "md5": ""});
                let files: Vec<_> = (0..self.people.div_ceil(self.per_file)).map(file).collect();
                ok(json!({"status": 2, "data_list": files}))
            }
            "user/get" => refuse(60111, "userid not found"),
            path => {
                let number = path.strip_prefix("/files/")?.parse().ok()?;
                let breaks = |left: usize| (number == 1 && left > 0).then(|| left - 1);
                if self.broken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, breaks).is_ok() {
                    return Some(Reply::Raw(503, "Content-Type: text/plain", "busy".into()));
                }
                Reply::Raw(200, "Content-Type: application/octet-stream", self.file(number))
            }
        })
    }
}

async fn reader(connection: &Arc<dyn Connection>) -> Box<dyn Reader> {
    let action = SPEC.action("read").expect("the action");
    connection.read(&context(), ReadRequest { action, params: Params::default() }).await.expect("a reader")
}

async fn next(reader: &mut dyn Reader) -> Option<Page> {
    reader.next().await.expect("a page")
}

fn files(stub: &Stub) -> usize {
    stub.requests().iter().filter(|request| request.path.starts_with("/files/")).count()
}

fn open(stub: &Stub, changes: &[(&str, &str)]) -> Arc<dyn Connection> {
    let all: Vec<_> =
        [("exports", "always"), ("timeout_ms", "60000")].into_iter().chain(changes.iter().copied()).collect();
    open_with(stub, &all)
}

#[tokio::test]
async fn people_are_given_while_the_files_of_an_export_come_and_each_once() {
    let company = Company::new(5_000, 1_500, 2);
    company.broken.store(2, Ordering::SeqCst);
    let stub = company.served().await;
    let mut reader = reader(&open(&stub, &[])).await;
    assert_eq!(next(&mut *reader).await.expect("departments").objects.len(), TEAMS + 1);
    let mut people: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut asked = Vec::new();
    while let Some(page) = next(&mut *reader).await {
        assert!(page.output == "users" && page.objects.len() <= 1_000, "{}", page.objects.len());
        assert!(!reader.summary().complete || people.len() + page.objects.len() == 5_002);
        for object in page.objects {
            let number: usize = object.key[1..].parse().expect("a number");
            let home = object.record.value(user::DEPARTMENT).cloned();
            assert_eq!(home, Some(Value::list([Value::Int((FIRST + number % TEAMS) as i64)])), "{}", object.key);
            let name = object.record.text(user::NAME).map(ToString::to_string);
            assert!(people.insert(object.key.to_string(), name).is_none(), "{} came twice", object.key);
        }
        asked.push(files(&stub));
    }
    // The first page came when one file was there; one that did not come was asked for again.
    assert_eq!((asked.first(), asked.last()), (Some(&1), Some(&6)), "{asked:?}");
    assert_eq!(people.len(), 5_002, "whoever the app does not see is there as well");
    // Userids as the list of ids writes them; the two of that list alone have no name.
    let hidden: Vec<&String> = people.iter().filter(|(_, name)| name.is_none()).map(|(userid, _)| userid).collect();
    assert_eq!(hidden, ["P00005000", "P00005001"]);
    assert_eq!(people["P00000007"].as_deref(), Some("N00000007"));
    assert_eq!(stub.count("user/get"), 2, "whoever is in no file is asked for by himself");
    let summary = reader.summary();
    assert!(summary.complete && !summary.moved, "{summary:?}");
    assert!(
        summary.notices.iter().any(|notice| notice.code == "wecom_people_hidden" && notice.get("count") == Some("2"))
    );

    // By the app alone, and by the list of ids alone.
    let calls = stub.count("user/list_id");
    let mut reader = self::reader(&open(&stub, &[("contacts_secret", "")])).await;
    assert_eq!(counted(&mut *reader).await, 5_000);
    assert!(reader.summary().complete && stub.count("user/list_id") == calls);
    let before = files(&stub);
    let mut reader = self::reader(&open(&stub, &[("app_secret", "")])).await;
    assert_eq!(counted(&mut *reader).await, 5_002);
    assert!(reader.summary().complete && files(&stub) == before);
}

#[tokio::test]
async fn a_company_of_any_size_is_read_in_bounded_memory() {
    let wanted = std::env::var("IDFLOW_EXPORT_PEOPLE").ok().and_then(|text| text.parse().ok());
    let people = wanted.unwrap_or(12_000);
    let company = Company::new(people, 20_000.min(people.div_ceil(4)), 0);
    let stub = company.served().await;
    let before = peak_kb();
    let begun = std::time::Instant::now();
    let mut reader = reader(&open(&stub, &[])).await;
    let given = counted(&mut *reader).await;
    assert!(given == people && reader.summary().complete, "{given} of {people}");
    let held = peak_kb();
    let _ = writeln!(
        std::io::stderr(),
        "{people} people in {:?}, {} calls; at most {held} kB resident, {before} kB before",
        begun.elapsed(),
        stub.requests().len()
    );
    if wanted.is_some() {
        assert!(held <= MOST_KB, "{held} kB");
    }
}

/// The most that this process ever held, in kB.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
