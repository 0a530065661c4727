//! Import jobs: what a file does to the directory, how a job goes on, and how it fails.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::{Action, Effect, FaultRule, Faults, ImportSpeed, ObjectKind};

use crate::support::{Sim, csv_form};

const SHORT: &str = "姓名,帐号,手机号,邮箱,所在部门,职位,性别";

fn codes(result: &Value) -> Vec<i64> {
    result["result"].as_array().into_iter().flatten().filter_map(|row| row["errcode"].as_i64()).collect()
}

fn people() -> Value {
    json!([
        { "userid": "boss", "name": "b", "creator": true, "department": [1] },
        { "userid": "a", "name": "甲", "mobile": "13900000001", "department": [2], "position": "p", "telephone": "1" },
        { "userid": "b", "name": "乙", "mobile": "13900000002", "department": [3], "status": 1 }
    ])
}

#[tokio::test]
async fn rows_create_or_change_and_leave_the_rest_alone() {
    let sim = Sim::new(json!({ "users": people(), "options": { "attributes": ["工号"] } })).await;
    let file = format!(
        "\u{feff}{SHORT},是否部门内领导,排序,别名,地址,座机,禁用,禁用项说明：(0-启用;1-禁用),工号,未知\n\
         新,n,13900000009,n@example.com,2;3,\"工程师, 高级\",女,0;1,5;6,Al,街,010-1,1,,E1,x\n\
         甲,A,13900000001,,2;77,,,,,,,,0,,E2,\n\
         乙,b,13911111111,,3,,,,,,,,,,,\n"
    );
    let done = sim.import("batch/syncuser", &file, json!({})).await;
    assert_eq!((codes(&done), &done["total"], &done["percentage"]), (vec![0, 0, 0], &json!(3), &json!(100)), "{done}");
    assert_eq!(done["result"][0], json!({ "userid": "n", "errcode": 0, "errmsg": "ok" }));
    let new = sim.user("n");
    assert_eq!(
        (&new["department"], &new["order"], &new["is_leader_in_dept"]),
        (&json!([2, 3]), &json!([5, 6]), &json!([0, 1]))
    );
    assert_eq!((&new["position"], &new["gender"], &new["enable"]), (&json!("工程师, 高级"), &json!("2"), &json!(0)));
    assert_eq!(
        new["attributes"],
        json!([{ "type": 0, "name": "工号", "text": { "value": "E1" } }]),
        "known names only"
    );
    let a = sim.user("a");
    assert_eq!((&a["department"], &a["position"], &a["telephone"]), (&json!([2, 77]), &json!(""), &json!("")));
    let pending = sim.department(77)["parentid"].as_u64().and_then(|id| u32::try_from(id).ok()).expect("a parent");
    assert_eq!(sim.department(pending)["name"], "其他（待设置部门）", "an unknown id makes a department");
    assert_eq!(sim.user("b")["mobile"], "13900000002", "the number of an activated member stays");
    let snapshot = sim.running.snapshot();
    assert_eq!(snapshot["corps"][0]["invited"], json!(["n"]), "new members are invited unless the caller says no");
    let done = sim.import("batch/syncuser", "帐号,职位\na,主管\nz,x\n", json!({ "to_invite": false })).await;
    assert_eq!(codes(&done), [0, 60112], "without a name nobody is created");
    assert_eq!((&sim.user("a")["position"], &sim.user("a")["name"]), (&json!("主管"), &json!("甲")));
}

#[tokio::test]
async fn rows_are_refused_as_the_single_calls_refuse_them() {
    let sim = Sim::new(json!({ "users": people(), "options": { "member_limit": 4 } })).await;
    let file = format!(
        "{SHORT},是否部门内领导,禁用\n\
         n,n1,13900000001,,2,,,,\nn,n2,,,2,,,,\nn,n3,13900000003,,x,,,,\nn,n 4,13900000004,,2,,,,\n\
         ,n5,13900000005,,2,,,,\nn,n6,139,,2,,,,\nn,n7,13900000007,,2;3,,,1,\nn,n8,13900000008,,2,,是,,\n\
         甲,a,13900000001,,,,,,\n甲,boss,,,1,,,,7\nn,n9,13900000009,,2,,,,\nn,n10,13900000010,,2,,,,\n"
    );
    let done = sim.import("batch/syncuser", &file, json!({})).await;
    assert_eq!(
        codes(&done),
        [60104, 60129, 41019, 40003, 60112, 60103, 60132, 40058, 40066, 40058, 0, 45024],
        "{done}"
    );
    assert_eq!(done["result"][0]["errmsg"], "mobile existed", "rows name no holder");
    let effects = sim.running.effects();
    let row = |number| effects.iter().find(|effect| effect.row == Some(number)).expect("an effect");
    assert_eq!((row(1).action, row(1).errcode, row(1).existed), (Action::Create, 60104, false));
    assert_eq!((row(9).action, row(9).errcode, row(9).existed), (Action::Update, 40066, true));
    assert_eq!((row(11).id.as_str(), row(11).errcode), ("n9", 0));
    assert_eq!(sim.running.counts().job_rows, 12);
}

#[tokio::test]
async fn a_job_goes_on_by_the_clock_whoever_is_there() {
    let sim = Sim::new(json!({})).await;
    sim.running.set_import_speed(ImportSpeed { rows_per_second: 0.01, start_ms: 1_000_000 });
    let rows: String = (0..10).map(|n| format!("n,u{n},1390000000{n},,2,,\n")).collect();
    let job = sim.submit("batch/syncuser", &format!("{SHORT}\n{rows}"), json!({})).await;
    let at = async |status: i64, percentage: i64| {
        let now = sim.result(&job).await.json();
        assert_eq!((&now["status"], &now["percentage"]), (&json!(status), &json!(percentage)), "{now}");
        assert_eq!(now["result"].as_array().map(Vec::len), Some(if status == 3 { 10 } else { 0 }));
    };
    at(1, 0).await;
    assert_eq!(sim.submit("batch/syncuser", SHORT, json!({})).await.code(), 302008, "one job at a time");
    sim.running.advance_clock(Duration::from_secs(1000 + 350));
    at(2, 30).await;
    assert_eq!((sim.user("u2").is_null(), sim.user("u3").is_null()), (false, true));
    let jobs = sim.running.jobs();
    assert_eq!((jobs[0].status, jobs[0].done, jobs[0].total, jobs[0].to_invite), (2, 3, 10, true));
    sim.running.advance_clock(Duration::from_secs(1000));
    assert!(!sim.user("u9").is_null(), "the state shows it though nobody asked for the job");
    at(3, 100).await;
    let times: Vec<u64> = sim.running.effects().iter().map(|effect| effect.at_ms - jobs[0].submitted_ms).collect();
    assert_eq!(&times[..2], [1_100_000, 1_200_000], "every row has its own time");
}

#[tokio::test]
async fn the_last_five_jobs_are_remembered() {
    let sim = Sim::new(json!({ "users": people() })).await;
    let mut jobs = Vec::new();
    for _ in 0..6 {
        let job = sim.submit("batch/syncuser", "帐号,职位\na,p\n", json!({})).await;
        sim.running.advance_clock(Duration::from_secs(10));
        assert_eq!(sim.result(&job).await.json()["status"], 3);
        jobs.push(job);
    }
    assert_eq!(sim.result(&jobs[0]).await.code(), 40089);
    assert_eq!(sim.result(&jobs[1]).await.code(), 0);
    assert_eq!(sim.read("batch/getresult", "&jobid=nope").await.code(), 40088);
    assert_eq!(sim.read("batch/getresult", "").await.code(), 40088);
}

#[tokio::test]
async fn submitting_is_refused_for_files_secrets_and_parameters() {
    let sim = Sim::new(json!({ "users": people() })).await;
    sim.refused("batch/syncuser", json!({}), 41006).await;
    sim.refused("batch/syncuser", json!({ "media_id": "nope" }), 40007).await;
    sim.refused("batch/syncuser", json!({ "media_id": "x", "to_invite": 1 }), 40058).await;
    sim.refused("batch/syncuser", json!({ "media_id": "x", "callback": { "url": "https://e.com" } }), 40058).await;
    assert_eq!(sim.app_post("batch/syncuser", json!({ "media_id": "x" })).await.code(), 48002);
    assert_eq!(sim.app("batch/getresult", "&jobid=x").await.code(), 48002);
    let media = sim.upload_as(&sim.app, "帐号,职位\na,p\n").await;
    let key = "k".repeat(43);
    let callback = json!({ "url": "https://e.com", "token": "tkn", "encodingaeskey": key });
    sim.refused("batch/syncuser", json!({ "media_id": "x", "callback": callback }), 40007).await;
    let logged = sim.running.requests().last().map(|entry| entry.body.clone()).unwrap_or_default();
    assert_eq!(logged, json!({ "media_id": "x", "callback": { "url": "https://e.com" } }), "secrets are not logged");
    sim.running.advance_clock(Duration::from_secs(3 * 86_400));
    let token = sim.gettoken(crate::support::CORP, crate::support::CONTACTS).await.json();
    let path = format!("batch/syncuser?access_token={}", token["access_token"].as_str().unwrap_or_default());
    assert_eq!(sim.post(&path, json!({ "media_id": media }).to_string()).await.code(), 40007, "three days are over");
}

#[tokio::test]
async fn unusable_files_fail_the_job_or_the_call() {
    let sim = Sim::new(json!({ "users": [{ "userid": "a" }, { "userid": "b" }] })).await;
    for (path, file, code) in [
        ("batch/syncuser", "姓名,帐号\n", 40092),
        ("batch/syncuser", "姓名,帐号\nn,x\nm,X\n", 302003),
        ("batch/replaceuser", "姓名,帐号\nn,x\n", 45026),
        ("batch/replaceparty", "部门名称,部门ID,父部门ID,排序\na,2,9,\n", 302004),
    ] {
        let before = sim.running.snapshot();
        assert_eq!(sim.import(path, file, json!({})).await["errcode"], code, "{path} {file}");
        assert_eq!(sim.running.snapshot(), before);
        assert_eq!(sim.running.jobs().last().and_then(|job| job.failure), Some(code));
    }
    let sim = Sim::new(json!({ "options": { "import_file_errors": "submit" } })).await;
    assert_eq!(sim.submit("batch/syncuser", "姓名,帐号\n", json!({})).await.code(), 40092);
    assert!(sim.running.jobs().is_empty());
}

#[tokio::test]
async fn a_full_replacement_deletes_what_the_file_lacks_up_to_a_point() {
    let users = |count: usize| -> Value {
        (0..count).map(|n| json!({ "userid": format!("u{n}"), "name": "n", "department": [1] })).collect()
    };
    let file = |kept: usize| {
        let rows: String = (0..kept).map(|n| format!("n,u{n},{},,1,,\n", 13_900_000_000_u64 + n as u64)).collect();
        format!("{SHORT}\n{rows}")
    };
    for (members, kept, refused) in
        [(300, 240, false), (300, 239, true), (40, 8, false), (40, 7, true), (60, 10, false)]
    {
        let sim = Sim::new(json!({ "users": users(members) })).await;
        let done = sim.import("batch/replaceuser", &file(kept), json!({})).await;
        let left = sim.running.snapshot()["corps"][0]["users"].as_array().map(Vec::len);
        assert_eq!(
            (done["errcode"] == 45026, left),
            (refused, Some(if refused { members } else { kept })),
            "{members} {kept}"
        );
    }
    let sim = Sim::new(json!({ "users": people() })).await;
    sim.import("batch/replaceuser", "姓名,帐号,手机号,所在部门\n甲,a,13900000001,2\n", json!({})).await;
    assert!(sim.user("b").is_null());
    assert!(!sim.user("boss").is_null(), "the creator stays");
    let gone = sim.running.effects().into_iter().find(|effect| effect.action == Action::Delete).expect("an effect");
    assert_eq!((gone.id.as_str(), gone.row, gone.job.is_some()), ("b", None, true));
}

#[tokio::test]
async fn departments_are_replaced_as_a_tree() {
    let departments = json!([
        { "id": 2, "name": "研发", "parentid": 1 }, { "id": 3, "name": "平台", "parentid": 2 },
        { "id": 4, "name": "空", "parentid": 1 }, { "id": 5, "name": "更空", "parentid": 4 },
        { "id": 6, "name": "有人", "parentid": 1 }
    ]);
    let sim =
        Sim::new(json!({ "departments": departments, "users": [{ "userid": "a", "name": "a", "department": [6] }] }))
            .await;
    let file = "部门名称,部门ID,父部门ID,排序\n质量,9,3,7\n平台部,3,1,5\n研发,2,3,0\n质 量?,8,1,\n";
    let done = sim.import("batch/replaceparty", file, json!({})).await;
    let rows = done["result"].as_array().cloned().unwrap_or_default();
    let seen: Vec<(i64, i64, i64)> = rows
        .iter()
        .map(|row| ["partyid", "action", "errcode"].map(|key| row[key].as_i64().unwrap_or(-9)))
        .map(|[id, action, code]| (id, action, code))
        .collect();
    assert_eq!(seen, [(9, 1, 0), (3, 14, 0), (2, 4, 0), (8, 1, 60009)], "in the order of the file: {done}");
    assert_eq!((&sim.department(9)["parentid"], &sim.department(9)["order"]), (&json!(3), &json!(7)));
    assert_eq!((&sim.department(2)["parentid"], &sim.department(3)["parentid"]), (&json!(3), &json!(1)));
    assert!(sim.department(4).is_null() && sim.department(5).is_null(), "an empty branch goes");
    assert!(!sim.department(6).is_null(), "one with members stays");
    let again =
        sim.import("batch/replaceparty", "部门名称,部门ID,父部门ID\n平台部,3,1\n研发,2,3\n质量,9,3\n", json!({})).await;
    assert_eq!(codes(&again), [0, 0, 0]);
    assert!(again["result"].as_array().is_some_and(|rows| rows.iter().all(|row| row["action"] == 0)));
}

#[tokio::test]
async fn jobs_fail_half_way_and_answers_get_lost() {
    let sim = Sim::new(json!({})).await;
    let rows: String = (0..10).map(|n| format!("n,u{n},1390000000{n},,2,,\n")).collect();
    let file = format!("{SHORT}\n{rows}");
    let rule = |effect| FaultRule::new("/cgi-bin/batch/syncuser", effect).times(1);
    sim.running.set_faults(Faults::rules([rule(Effect::JobFails(0.5))]));
    assert_eq!(sim.import("batch/syncuser", &file, json!({})).await["errcode"], 302_005);
    assert_eq!((sim.user("u4").is_null(), sim.user("u5").is_null()), (false, true), "what was written stays");

    sim.running.set_faults(Faults::rules([rule(Effect::Lost)]));
    let media = sim.upload_as(&sim.contacts, &file).await;
    let url = format!("{}/cgi-bin/batch/syncuser?access_token={}", sim.running.base_url(), sim.contacts);
    let lost = sim.send(sim.client.post(url).body(json!({ "media_id": media }).to_string())).await;
    assert!(lost.is_err());
    assert_eq!(sim.submit("batch/syncuser", &file, json!({})).await.code(), 302008, "the job runs all the same");
    sim.running.advance_clock(Duration::from_secs(10));
    assert!(!sim.user("u9").is_null());
    let check = sim.running.check();
    assert_eq!((check.created, check.updated, check.creates_of_existing), (10, 5, 0));

    let busy = Effect::Error { errcode: -1, errmsg: None };
    sim.running.set_faults(Faults::rules([FaultRule::new("/cgi-bin/batch/getresult", busy).skip(1).times(1)]));
    let job = sim.submit("batch/syncuser", &file, json!({})).await;
    let answers = [sim.result(&job).await.code(), sim.result(&job).await.code(), sim.result(&job).await.code()];
    assert_eq!(answers, [0, -1, 0]);
}

#[tokio::test]
async fn uploads_have_types_sizes_and_names() {
    let sim = Sim::new(json!({})).await;
    let upload = async |kind: &str, name: &str, bytes: usize| {
        let url = format!("{}/cgi-bin/media/upload?access_token={}&type={kind}", sim.running.base_url(), sim.app);
        let part = reqwest::multipart::Part::bytes(vec![b'x'; bytes]).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().text("other", "1").part("media", part);
        sim.send(sim.client.post(url).multipart(form)).await.expect("an answer")
    };
    assert_eq!(upload("image", "a.PNG", 6).await.code(), 0);
    assert_eq!(upload("image", "a.gif", 6).await.code(), 40004);
    assert_eq!(upload("image", "a.png", (10 << 20) + 1).await.code(), 40009);
    assert_eq!(upload("voice", "a.amr", (2 << 20) + 1).await.code(), 45001);
    assert_eq!(upload("file", "a.csv", 0).await.code(), 44001);
    assert_eq!(upload("file", "a.csv", 5).await.code(), 40006);
    assert_eq!(upload("file", "a.csv", 20 << 20).await.code(), 0);
    assert_eq!(upload("file", "a.csv", (20 << 20) + 1).await.code(), 45001);
    assert_eq!(upload("paper", "a.csv", 6).await.code(), 40005);
    assert_eq!(sim.post(&format!("media/upload?access_token={}&type=file", sim.app), "not a form").await.code(), 44001);
    let url = format!("{}/cgi-bin/media/upload?access_token={}&type=file", sim.running.base_url(), sim.app);
    let got = sim.send(sim.client.post(url).multipart(csv_form("abcdef"))).await.expect("an answer").json();
    assert!(got["created_at"].is_string() && got["type"] == "file", "{got}");
    let log = sim.running.requests();
    assert_eq!(log.last().map(|entry| &entry.body), Some(&json!({ "filename": "import.csv", "bytes": 6 })));
    let image = upload("image", "a.png", 6).await.json()["media_id"].clone();
    sim.refused("batch/syncuser", json!({ "media_id": image }), 40007).await;
}

#[tokio::test]
async fn effects_tell_creates_of_what_existed() {
    let sim = Sim::new(json!({ "users": people() })).await;
    let body = json!({ "userid": "A", "name": "a", "email": "x@example.com", "department": [2] });
    sim.refused("user/create", body.clone(), 60102).await;
    let mut unknown = body.clone();
    unknown["userid"] = json!("n");
    unknown["department"] = json!([88]);
    sim.written("user/create", unknown).await;
    sim.refused("department/create", json!({ "name": "研发", "parentid": 1 }), 60008).await;
    sim.written("department/create", json!({ "name": "新", "parentid": 1 })).await;
    sim.written("user/batchdelete", json!({ "useridlist": ["a", "b"] })).await;
    let effects = sim.running.effects();
    let seen: Vec<(ObjectKind, &str, Action, bool, i64)> = effects
        .iter()
        .map(|effect| (effect.kind, effect.id.as_str(), effect.action, effect.existed, effect.errcode))
        .collect();
    let new = sim.running.snapshot()["corps"][0]["highest_department_id"].to_string();
    let (user, department) = (ObjectKind::User, ObjectKind::Department);
    assert_eq!(
        seen,
        [
            (user, "A", Action::Create, true, 60102),
            (user, "n", Action::Create, false, 0),
            (department, "88", Action::Create, false, 0),
            (department, "2", Action::Create, true, 60008),
            (department, new.as_str(), Action::Create, false, 0),
            (user, "a", Action::Delete, true, 0),
            (user, "b", Action::Delete, true, 0),
        ]
    );
    assert_eq!(effects[0].request, sim.running.requests()[0].seq);
    let check = sim.running.check();
    assert_eq!((check.creates_of_existing, check.created, check.deleted, check.refused), (2, 3, 2, 2));
    assert_eq!(check.creates_of_existing_examples[0].id, "A");
    assert_eq!(
        (check.most_written[0].id.as_str(), check.most_written[0].done, check.most_written[0].refused),
        ("a", 1, 1)
    );
}
