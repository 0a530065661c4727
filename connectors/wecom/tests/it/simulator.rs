//! Whole tasks against the simulator, which knows the platform's rules and was written without knowing this crate.

use std::{collections::BTreeMap, sync::Arc};

use idflow_sdk::{Connection, ErrorKind, Field, Kind, Params, Record, Secret, Value};
use idflow_wecom::schema::{department, user};
use wecom_sim::{
    DEFAULT_AGENT_ID, DEFAULT_APP_SECRET, DEFAULT_CONTACTS_SECRET, DEFAULT_CORP_ID, Effect, FaultRule, Faults,
    Identity, Options, Running, Simulator, State,
    state::{DepartmentState, UserState, VisibleState},
};

use crate::stub::{apply, context, request};

pub async fn start(state: State) -> Running {
    Simulator::start(Options::with_state(state)).await.expect("simulator")
}

pub fn acme() -> State {
    let mut state = State::one_corp(&Identity::default());
    let unit = |id, parentid, name: &str| DepartmentState { id, parentid, name: name.into(), ..Default::default() };
    state.corps[0].departments = vec![unit(2, 1, "Sales"), unit(3, 2, "East"), unit(4, 1, "Lab")];
    let person = |userid: &str, department| UserState {
        userid: userid.into(),
        name: format!("N {userid}"),
        email: format!("{userid}@example.com"),
        department,
        ..Default::default()
    };
    state.corps[0].users = vec![person("lisi", vec![2, 3]), person("wangwu", vec![4])];
    state
}

pub fn connect(sim: &Running, changes: &[(&str, &str)]) -> Arc<dyn Connection> {
    let mut request = request(&sim.base_url());
    request.settings.insert("corp_id".into(), DEFAULT_CORP_ID.into());
    request.settings.insert("agent_id".into(), DEFAULT_AGENT_ID.to_string());
    request.settings.insert("timeout_ms".into(), "5000".into());
    let mut secrets =
        BTreeMap::from([("app_secret", DEFAULT_APP_SECRET), ("contacts_secret", DEFAULT_CONTACTS_SECRET)]);
    for (name, value) in changes {
        if name.ends_with("_secret") {
            secrets.insert(name, value);
        } else {
            request.settings.insert((*name).into(), (*value).into());
        }
    }
    request.secrets = secrets.into_iter().map(|(name, value)| (name.into(), Secret::new(value.into()))).collect();
    idflow_wecom::open(request).expect("settings")
}

pub fn record(fields: impl IntoIterator<Item = (u16, Field)>) -> Record {
    fields.into_iter().collect()
}

pub fn value(value: impl Into<Value>) -> Field {
    Field::Value(value.into())
}

pub fn numbers(ids: &[i64]) -> Field {
    Field::Value(Value::list(ids.iter().copied().map(Value::Int)))
}

#[tokio::test]
async fn the_life_of_a_department_and_a_member() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    let run = async |action: &str, key: &str, record: Record| {
        assert!(apply(&connection, action, Params::default(), key, &record).await.is_ok(), "{action} {key}");
    };
    run("create_department", "10", record([(department::NAME, value("研发/部"))])).await;
    run("create_department", "11", record([(department::NAME, value("一组")), (department::PARENTID, value(10))]))
        .await;
    run("update_department", "11", record([(department::NAME, value("二组")), (department::ORDER, value(7))])).await;
    let person = [
        (user::USERID, value("chen.yu")),
        (user::NAME, value("陈雨")),
        (user::MOBILE, value("+86 154-9800-0001")),
        (user::EMAIL, value("chen.yu@example.com")),
        (user::DEPARTMENT, numbers(&[11, 2])),
        (user::MAIN_DEPARTMENT, value(11)),
        (user::IS_LEADER_IN_DEPT, Field::Value(Value::list([Value::Bool(true), Value::Bool(false)]))),
        (user::DIRECT_LEADER, Field::Value(Value::list([Value::text("lisi")]))),
        (user::POSITION, value("工程师")),
        (user::GENDER, value("female")),
        (user::ENABLE, value(true)),
    ];
    run("create_user", "chen.yu", record(person)).await;
    run("update_user", "chen.yu", record([(user::POSITION, Field::Empty), (user::DEPARTMENT, numbers(&[11]))])).await;
    run("disable_user", "chen.yu", record([(user::ENABLE, value(false))])).await;

    let found = connection.snapshot(&context(), Kind::Department).await.expect("departments");
    let eleven = found.objects.iter().find(|seen| &*seen.key == "11").expect("11");
    assert_eq!(eleven.record.text(department::PATH), Some("/研发\\/部/二组"));
    assert_eq!((eleven.record.value(department::ORDER), found.highest_key), (Some(&Value::Int(7)), 11));
    let seen = connection.details(&context(), Kind::User, &["chen.yu"]).await.expect("details");
    assert_eq!(seen[0].record.value(user::ENABLE), Some(&Value::Bool(false)));
    assert_eq!(seen[0].record.get(user::POSITION), Some(&Field::Empty));
    assert_eq!(seen[0].record.get(user::MOBILE), None, "withheld");
    assert_eq!(seen[0].record.value(user::IS_LEADER_IN_DEPT), Some(&Value::list([Value::Bool(true)])));

    let corp = &sim.state().corps[0];
    let stored = corp.users.iter().find(|user| user.userid == "chen.yu").expect("stored");
    assert_eq!((stored.mobile.as_str(), stored.gender.as_str()), ("15498000001", "2"));
    assert!(corp.invited.is_empty(), "nobody is invited unasked");

    run("enable_user", "chen.yu", Record::new()).await;
    run("delete_user", "chen.yu", Record::new()).await;
    run("delete_department", "11", Record::new()).await;
    let again = apply(&connection, "delete_department", Params::default(), "11", &Record::new()).await.expect("gone");
    assert_eq!(again.warnings[0].code, "wecom_already_gone");
    assert_eq!(connection.lookup(&context(), Kind::User, "chen.yu").await.expect("lookup"), None);
}

#[tokio::test]
async fn the_platform_refuses_with_words() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    let mut person =
        record([(user::NAME, value("x")), (user::EMAIL, value("LISI@example.com")), (user::DEPARTMENT, numbers(&[2]))]);
    let error = apply(&connection, "create_user", Params::default(), "other", &person).await.expect_err("taken");
    assert_eq!((error.kind, error.problem.get("holder")), (ErrorKind::Conflict, Some("lisi")));
    person.set(user::EMAIL, value("other@example.com"));
    person.set(user::DEPARTMENT, numbers(&[2, 8801]));
    let applied = apply(&connection, "create_user", Params::default(), "other", &person).await.expect("invented");
    assert_eq!(applied.warnings[0].code, "wecom_department_invented");
    let same = record([(department::NAME, value("Sales"))]);
    let error = apply(&connection, "create_department", Params::default(), "99", &same).await.expect_err("taken");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Conflict, "WECOM_60008"));
}

#[tokio::test]
async fn what_the_rules_let_pass_the_platform_takes() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    let long = |count| "长".repeat(count);
    let mut person = record([
        (user::USERID, value(&*"a".repeat(64))),
        (user::NAME, value(&*long(64))),
        (user::ALIAS, value(&*long(64))),
        (user::MOBILE, value("+852 9123-4567")),
        (user::EMAIL, value("a@b.cn")),
        (user::DEPARTMENT, numbers(&[2])),
        (user::POSITION, value(&*long(128))),
        (user::TELEPHONE, value("+86-10,1")),
        (user::ADDRESS, value(&*long(128))),
    ]);
    connection.conform(Kind::User, &mut person, true, &mut Vec::new()).expect("within the rules");
    apply(&connection, "create_user", Params::default(), &"a".repeat(64), &person).await.expect("taken");
    let mut unit = record([(department::NAME, value(&*long(64))), (department::ORDER, value(4_294_967_295))]);
    connection.conform(Kind::Department, &mut unit, true, &mut Vec::new()).expect("within the rules");
    apply(&connection, "create_department", Params::default(), "50", &unit).await.expect("taken");
}

#[tokio::test]
async fn a_small_visible_range_hides_names_and_keeps_everybody() {
    let mut state = acme();
    state.corps[0].apps[0].visible = VisibleState { departments: vec![2], ..Default::default() };
    let sim = start(state).await;
    let connection = connect(&sim, &[("member_read", "full")]);
    let found = connection.snapshot(&context(), Kind::Department).await.expect("departments");
    let names: Vec<_> = found.objects.iter().map(|seen| (&*seen.key, seen.record.text(department::NAME))).collect();
    assert_eq!(names, [("2", Some("Sales")), ("3", Some("East")), ("4", None)]);
    let people = connection.snapshot(&context(), Kind::User).await.expect("people");
    let names: Vec<_> = people.objects.iter().map(|seen| (&*seen.key, seen.record.text(user::NAME))).collect();
    assert_eq!(names, [("lisi", Some("N lisi")), ("wangwu", None)]);
    assert!(connection.lookup(&context(), Kind::User, "wangwu").await.expect("lookup").is_some());
    let report = connection.check(&context()).await;
    let codes: Vec<_> =
        report.findings.iter().filter_map(|finding| finding.problem.as_ref()).map(|found| &*found.code).collect();
    assert_eq!(codes, ["wecom_range_too_small"]);
}

/// An app that sees departments 2 and 3 only; Lisi is in 2, 3 and 4, leads 3, and has a leader in 4.
fn partly_seen() -> State {
    let mut state = acme();
    state.corps[0].users[0].department = vec![2, 3, 4];
    state.corps[0].users[0].is_leader_in_dept = vec![0, 1, 1];
    state.corps[0].users[0].direct_leader = vec!["wangwu".into()];
    state.corps[0].users[0].main_department = 4;
    state.corps[0].apps[0].visible = VisibleState { departments: vec![2, 3], ..Default::default() };
    state
}

#[tokio::test]
async fn a_partial_range_makes_nothing_of_what_it_cuts() {
    let sim = start(partly_seen()).await;
    let all = value(Value::list([2, 3, 4].map(Value::Int)));
    for settings in [&[("member_read", "full")][..], &[]] {
        let connection = connect(&sim, settings);
        let read = connection.details(&context(), Kind::User, &["lisi"]).await.expect("details");
        let looked = connection.lookup(&context(), Kind::User, "lisi").await.expect("lookup").expect("there");
        let listed = connection.snapshot(&context(), Kind::User).await.expect("list");
        let many =
            connection.lookup_many(&context(), Kind::User, &["lisi", "wangwu", "a", "b", "c"]).await.expect("some");
        let known = [&read[0].record, &looked, &listed.objects[0].record, many[0].as_ref().expect("there")];
        for record in known {
            assert_eq!(record.get(user::DEPARTMENT), Some(&all), "the list of all ids knows them");
            for unknown in [user::IS_LEADER_IN_DEPT, user::DIRECT_LEADER, user::MAIN_DEPARTMENT] {
                assert_eq!(record.get(unknown), None, "{}", idflow_wecom::schema::USER.spec(unknown).name);
            }
        }
        assert_eq!(looked.text(user::NAME), Some("N lisi"));
    }
    // An app alone does not even know the departments.
    let alone = connect(&sim, &[("contacts_secret", "")]);
    let read = alone.details(&context(), Kind::User, &["lisi"]).await.expect("details");
    assert_eq!((read[0].record.get(user::DEPARTMENT), read[0].record.text(user::NAME)), (None, Some("N lisi")));
    // One whole membership inside the range is known with its flag.
    let mut state = partly_seen();
    state.corps[0].users[0].department = vec![3];
    state.corps[0].users[0].is_leader_in_dept = vec![1];
    state.corps[0].users[0].main_department = 3;
    sim.load(state).expect("a state");
    let read = connect(&sim, &[]).details(&context(), Kind::User, &["lisi"]).await.expect("details");
    assert_eq!(read[0].record.get(user::IS_LEADER_IN_DEPT), Some(&value(Value::list([Value::Bool(true)]))));
    assert_eq!(read[0].record.get(user::DIRECT_LEADER), None, "the leader is outside");
    // With the whole company in range everything is known.
    let mut state = partly_seen();
    state.corps[0].apps[0].visible.departments = vec![1];
    sim.load(state).expect("a state");
    let read = connect(&sim, &[]).details(&context(), Kind::User, &["lisi"]).await.expect("details");
    assert_eq!(read[0].record.get(user::DIRECT_LEADER), Some(&value(Value::list([Value::text("wangwu")]))));
    assert_eq!(read[0].record.get(user::MAIN_DEPARTMENT), Some(&value(4)));
}

#[tokio::test]
async fn one_member_is_read_with_what_is_known_of_it() {
    let sim = start(partly_seen()).await;
    let connection = connect(&sim, &[]);
    let params = Params { values: [("userid".to_owned(), Value::text("lisi"))].into(), ..Params::default() };
    let action = idflow_wecom::SPEC.actions.iter().find(|action| action.name == "read_user").expect("action");
    let request = idflow_sdk::ReadRequest { action, params };
    let mut reader = connection.read(&context(), request).await.expect("a reader");
    let page = reader.next().await.expect("a page").expect("one");
    let record = &page.objects[0].record;
    assert_eq!(record.get(user::DEPARTMENT), Some(&value(Value::list([2, 3, 4].map(Value::Int)))));
    assert_eq!((record.get(user::IS_LEADER_IN_DEPT), record.get(user::DIRECT_LEADER)), (None, None));
}

#[tokio::test]
async fn one_direct_leader_is_kept_and_the_others_are_named() {
    let sim = start(acme()).await;
    let leaders = || value(Value::list(["wangwu", "zhao", "qian"].map(Value::text)));
    let conform = |connection: &Arc<dyn Connection>| {
        let (mut record, mut warnings) = (record([(user::DIRECT_LEADER, leaders())]), Vec::new());
        connection.conform(Kind::User, &mut record, false, &mut warnings).expect("conform");
        (record, warnings)
    };
    let connection = connect(&sim, &[]);
    let (kept, warnings) = conform(&connection);
    assert_eq!(kept.get(user::DIRECT_LEADER), Some(&value(Value::list([Value::text("wangwu")]))));
    assert_eq!((&*warnings[0].code, warnings[0].get("names")), ("wecom_leaders_left_out", Some("zhao, qian")));
    let done = apply(&connection, "update_user", Params::default(), "lisi", &kept).await;
    assert!(done.is_ok(), "{done:?}");
    let old = connect(&sim, &[("direct_leaders", "5")]);
    assert_eq!(conform(&old), (record([(user::DIRECT_LEADER, leaders())]), Vec::new()));
}

#[tokio::test]
async fn a_holder_is_asked_for_by_number_as_long_as_that_is_answered() {
    let mut state = acme();
    state.corps[0].users[0].mobile = "+86 138-0000-0001".into();
    let sim = start(state).await;
    let connection = connect(&sim, &[]);
    let asked = ["13800000001", "+86 13800000001", "13800000002"];
    let holders = connection.holders(&context(), Kind::User, "mobile", &asked, 9).await.expect("answers");
    assert_eq!(holders, [Some("lisi".into()), Some("lisi".into()), None]);
    // Beyond so many misses the platform answers no more; what was not asked is not known, and nothing fails.
    let misses: Vec<String> = (0..30).map(|n| format!("139000000{n:02}")).collect();
    let misses: Vec<&str> = misses.iter().map(String::as_str).collect();
    assert_eq!(
        connection.holders(&context(), Kind::User, "mobile", &misses, 90).await.expect("answers"),
        vec![None; 30]
    );
    let alone = connect(&sim, &[("app_secret", "")]);
    assert_eq!(alone.holders(&context(), Kind::User, "mobile", &asked, 9).await.expect("answers"), vec![None; 3]);
}

#[tokio::test]
async fn connections_are_tested() {
    let sim = start(acme()).await;
    let codes = async |sim: &Running, changes: &[(&str, &str)]| -> Vec<String> {
        let report = connect(sim, changes).check(&context()).await;
        report
            .findings
            .into_iter()
            .filter_map(|finding| finding.problem)
            .map(|problem| problem.code.into_owned())
            .collect()
    };
    assert!(codes(&sim, &[]).await.is_empty());
    assert_eq!(codes(&sim, &[("agent_id", "1000003")]).await, ["wecom_agent_mismatch"]);
    assert_eq!(codes(&sim, &[("contacts_secret", DEFAULT_APP_SECRET)]).await, ["wecom_not_contacts_secret"]);
    assert_eq!(codes(&sim, &[("app_secret", "wrong")]).await, ["WECOM_40001"]);
    assert_eq!(codes(&sim, &[("corp_id", "ww000000")]).await, ["WECOM_40013", "WECOM_40013"]);
    assert_eq!(codes(&sim, &[("root_department", "77")]).await, ["wecom_root_not_found", "wecom_range_too_small"]);
    let mut state = acme();
    state.corps[0].contacts.trusted_ips = vec!["203.0.113.9".into()];
    assert_eq!(codes(&start(state).await, &[]).await, ["WECOM_60020"]);
}

#[tokio::test]
async fn tokens_that_end_early_are_no_trouble() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    connection.snapshot(&context(), Kind::User).await.expect("first");
    sim.expire_tokens();
    connection.snapshot(&context(), Kind::User).await.expect("expired");
    sim.revoke_tokens();
    connection.snapshot(&context(), Kind::Department).await.expect("revoked");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    sim.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/create", Effect::Lost).times(1)]));
    let person =
        record([(user::NAME, value("x")), (user::EMAIL, value("new@example.com")), (user::DEPARTMENT, numbers(&[4]))]);
    let error = apply(&connection, "create_user", Params::default(), "new", &person).await.expect_err("lost");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unknown, "wecom_no_answer"));
    let found = connection.lookup(&context(), Kind::User, "new").await.expect("lookup").expect("it was done");
    assert_eq!(found.value(user::DEPARTMENT), Some(&Value::list([Value::Int(4)])));
}

#[tokio::test]
async fn a_sync_of_nothing_is_a_handful_of_calls() {
    let mut state = acme();
    state.corps[0].users = (0..8_664)
        .map(|n| UserState {
            userid: format!("u{n}"),
            name: "x".into(),
            email: format!("u{n}@example.com"),
            // As in the sample company, some have a second department.
            department: if n % 4 == 0 { vec![2, 3] } else { vec![4] },
            ..Default::default()
        })
        .collect();
    let sim = start(state).await;
    let (connection, context) = (connect(&sim, &[]), context());
    connection.snapshot(&context, Kind::Department).await.expect("departments");
    let people = connection.snapshot(&context, Kind::User).await.expect("people");
    assert_eq!(people.objects.len(), 8_664);
    assert_eq!(people.objects[0].record.value(user::DEPARTMENT), Some(&Value::list([Value::Int(2), Value::Int(3)])));
    let calls = context.meter.read()[0];
    assert_eq!((calls, sim.requests().len()), (6, 6));
}

#[tokio::test]
async fn messages_arrive_once_and_say_who_was_missed() {
    let sim = start(acme()).await;
    let connection = connect(&sim, &[]);
    let send = async |to: &[&str], text: &str| {
        let to = Value::list(to.iter().map(|name| Value::text(*name)));
        let values = BTreeMap::from([("to_users".to_owned(), to), ("text".to_owned(), Value::text(text))]);
        let params = Params { values, ..Params::default() };
        let action = idflow_wecom::SPEC.action("send_message").expect("action");
        let call = idflow_sdk::Call { action, params: &params, objects: vec![] };
        connection.apply(&context(), call).await.remove(0)
    };
    let applied = send(&["LiSi", "ghost"], "你好").await.expect("sent");
    let told: Vec<_> = applied.warnings.iter().map(|problem| (&*problem.code, problem.get("names"))).collect();
    assert_eq!(told, [("wecom_message_no_user", Some("ghost"))]);
    let error = send(&["ghost"], "x").await.expect_err("nobody");
    assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Invalid, "WECOM_81013"));
    // What fits exactly is not cut on either side.
    let long = "长".repeat(682);
    assert!(send(&["lisi"], &long).await.expect("sent").warnings.is_empty());
    assert_eq!(send(&["lisi"], &"长".repeat(683)).await.expect("sent").warnings[0].code, "wecom_message_cut");
    sim.set_faults(Faults::rules([FaultRule::new("/cgi-bin/message/send", Effect::Lost).times(1)]));
    assert_eq!(send(&["wangwu"], "y").await.expect_err("lost").kind, ErrorKind::Unknown);
    let sent = sim.messages();
    let texts: Vec<_> = sent.iter().map(|sent| sent.content["content"].as_str().unwrap_or_default()).collect();
    assert_eq!(texts.len(), 4);
    assert_eq!((texts[0], texts[1], texts[3]), ("你好", long.as_str(), "y"));
    assert!(texts[2].ends_with('…') && texts[2].len() <= 2048);
    assert_eq!(sent[0].delivered, ["lisi"]);
}

#[tokio::test]
async fn our_own_limits_keep_us_below_the_platforms() {
    let mut options = Options::with_state(acme());
    options.limits.corp_api_per_minute = Some(60);
    let sim = Simulator::start(options).await.expect("simulator");
    let read = async |connection: &Arc<dyn Connection>| {
        connection.details(&context(), Kind::User, &["lisi"]).await.map(|_| ()).map_err(|error| error.problem.code)
    };
    let careful = connect(&sim, &[("limits", "per_minute=50")]);
    for _ in 0..50 {
        read(&careful).await.expect("within our limit");
    }
    assert_eq!(read(&careful).await.expect_err("not sent"), "wecom_quota_used_up");
    let calls = sim.counts().calls;
    assert_eq!(read(&careful).await.expect_err("not sent"), "wecom_quota_used_up");
    assert_eq!(sim.counts().calls, calls);
    // Another connection to the same company counts on, and hears what the platform says.
    let eager = connect(&sim, &[]);
    for _ in 0..10 {
        read(&eager).await.expect("within the platform's limit");
    }
    assert_eq!(read(&eager).await.expect_err("refused"), "WECOM_45009");
    assert_eq!(read(&careful).await.expect_err("shut for both"), "WECOM_45009");
    assert!(connect(&sim, &[]).snapshot(&context(), Kind::Department).await.is_ok(), "other calls go on");
}
