//! `connection doctor`: each misconfiguration is one finding with its remedy in both languages; values to copy, and the file by
//! which WeCom sees whose a domain is.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use serde_json::{Value, json};
use wecom_sim::{
    State,
    state::{AppState, SensitiveFields},
};

use super::support::{Corp, House, corp};

/// A company in which everything is as it should be.
fn sound() -> State {
    let mut state = corp::empty();
    let company = &mut state.corps[0];
    company.apps[0].sensitive_fields = SensitiveFields::Shown;
    let member = json!({"userid": "zhang", "name": "张三", "mobile": "13800138000", "department": [1], "status": 1});
    company.users.push(serde_json::from_value(member).expect("a member"));
    let part = json!({"id": 2, "name": "Sales", "parentid": 1, "order": 1});
    company.departments.push(serde_json::from_value(part).expect("a department"));
    state
}

/// What is wrong with the connection `main`: the codes, after a look at their words.
#[track_caller]
fn wrong(house: &House, code: i32) -> (Vec<String>, Value) {
    let report = house.ask(&["connection", "doctor", "main"]).expect(code).json();
    let findings = report["findings"].as_array().expect("findings");
    let codes = findings.iter().map(|finding| {
        let error = &finding["error"];
        for part in ["reason", "hint"] {
            let (zh, en) = (error[part]["zh"].as_str(), error[part]["en"].as_str());
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(zh.is_some_and(chinese) && en.is_some_and(|text| !text.is_empty() && !chinese(text)), "{error}");
            assert!(!zh.unwrap_or_default().contains('{') && !en.unwrap_or_default().contains('{'), "{error}");
        }
        error["code"].as_str().expect("a code").to_string()
    });
    (codes.collect(), report)
}

#[test]
fn each_cause_is_one_finding() {
    type Case = (&'static str, i32, fn(&mut State), &'static [(&'static str, &'static str)]);
    let cases: &[Case] = &[
        ("", 0, |_| {}, &[]),
        ("WECOM_40001", 1, |_| {}, &[("APP", "nonsense-secret-1234567890")]),
        ("wecom_secrets_swapped", 1, |_| {}, &[("APP", corp::CONTACTS_SECRET), ("CONTACTS", corp::APP_SECRET)]),
        ("wecom_not_app_secret", 1, |_| {}, &[("APP", corp::CONTACTS_SECRET)]),
        ("wecom_not_contacts_secret", 1, |_| {}, &[("CONTACTS", corp::APP_SECRET)]),
        ("wecom_agent_mismatch", 1, |state| state.corps[0].apps.push(other()), &[("APP", "other-app-secret-999")]),
        ("WECOM_60020", 1, |state| state.corps[0].apps[0].trusted_ips = vec!["203.0.113.9".into()], &[]),
        ("wecom_range_too_small", 0, |state| state.corps[0].apps[0].visible.departments = vec![2], &[]),
        ("wecom_edit_off", 1, |state| state.corps[0].contacts.edit = false, &[]),
        ("wecom_fields_hidden", 0, |state| state.corps[0].apps[0].sensitive_fields = SensitiveFields::Hidden, &[]),
    ];
    for (wanted, code, spoil, secrets) in cases {
        let mut state = sound();
        spoil(&mut state);
        let corp = Corp::with(state);
        let mut house = House::new();
        secrets.iter().for_each(|(name, value)| house.set(name, value));
        house.connect(&corp);
        let before = corp.now();
        let (found, report) = wrong(&house, *code);
        let wanted: Vec<&str> = Some(*wanted).filter(|wanted| !wanted.is_empty()).into_iter().collect();
        assert_eq!(found, wanted, "{report:#}");
        assert!(report["api"]["calls"].as_u64().is_some_and(|calls| calls <= 12), "{}", report["api"]);
        assert_eq!(corp.now(), before, "nothing is changed");
        let said = house.heard();
        assert!(!said.contains(corp::APP_SECRET) && !said.contains(corp::CONTACTS_SECRET));
        // What a page shows without asking again.
        let shown = house.good(&["connection", "integration", "main"]);
        assert_eq!(shown["examined"]["findings"], report["findings"]);
        if wanted == ["WECOM_60020"] {
            assert_eq!(report["addresses"][0]["address"], "127.0.0.1");
            assert_eq!(report["addresses"][0]["credential"], "app_secret");
            assert_eq!(shown["addresses"], report["addresses"]);
        }
    }
}

fn other() -> AppState {
    AppState { agentid: 1_000_009, secret: "other-app-secret-999".into(), ..AppState::default() }
}

#[test]
fn the_table_says_what_each_secret_may_do_and_how_that_is_known() {
    let mut state = sound();
    state.corps[0].contacts.edit = false;
    let corp = Corp::with(state);
    let house = House::new();
    house.connect(&corp);
    let report = house.ask(&["connection", "doctor", "main"]).expect(1).json();
    let row = |credential: &str, capability: &str| {
        let rows = report["abilities"].as_array().expect("rows");
        let fits = |row: &&Value| row["credential"] == credential && row["capability"] == capability;
        rows.iter().find(fits).cloned().unwrap_or_else(|| panic!("{credential} {capability}"))
    };
    let told = |row: &Value| (row["verdict"].clone(), row["call"].clone(), row["code"].clone());
    assert_eq!(told(&row("contacts_secret", "read_ids")), (json!("yes"), json!("user/list_id"), json!(0)));
    let edit = row("contacts_secret", "write_user");
    assert_eq!(told(&edit), (json!("no"), json!("department/update"), json!(48002)));
    assert_eq!(edit["remedy"]["code"], "wecom_edit_off");
    assert_eq!(told(&row("app_secret", "read_people")), (json!("yes"), json!("user/list"), json!(0)));
    assert_eq!(row("app_secret", "events")["verdict"], "unknown");
    // A secret that is not there is told, not asked for.
    let house = House::new();
    house.connect_with(&corp, &[], false);
    let text = house.ask(&["connection", "doctor", "main"]).expect(1).out;
    assert!(text.contains("wecom_app_secret_missing"), "{text}");
}

#[test]
fn a_wrong_secret_is_not_tried_again_until_it_is_another_one() {
    let corp = Corp::with(sound());
    let mut house = House::new().clocked(1_760_000_000_000);
    house.set("APP", "nonsense-secret-1234567890");
    house.connect(&corp);
    let tries = |corp: &Corp| {
        let asked =
            |record: &wecom_sim::RequestRecord| record.path.ends_with("gettoken") && record.errcode == Some(40001);
        corp.requests().iter().filter(|record| asked(record)).count()
    };
    for _ in 0..3 {
        let (found, _) = wrong(&house, 1);
        assert!(found.contains(&"WECOM_40001".to_string()), "{found:?}");
    }
    assert_eq!(tries(&corp), 1);
    house.ask(&["connection", "doctor", "main", "--again"]).expect(1);
    assert_eq!(tries(&corp), 2);
    house.set_clock(1_760_000_000_000 + 11 * 60 * 1000);
    house.ask(&["connection", "doctor", "main"]).expect(1);
    assert_eq!(tries(&corp), 3, "after a while it may be good");
    house.set("APP", corp::APP_SECRET);
    house.good(&["connection", "add", "wecom", "--name", "main", "--secret", "app_secret=env:APP"]);
    let (found, _) = wrong(&house, 0);
    assert!(!found.contains(&"WECOM_40001".to_string()), "{found:?}");
}

const LISTENER: &str = "dsl: 1\nid: listener\nname: {zh: 听, en: Listener}\non:\n  event: [{connection: wecom, types: \
                        [create_user]}]\nconnections:\n  directory: {type: directory, ref: default}\n  wecom: {type: wecom, \
                        ref: main}\nsteps:\n  - {id: read, name: {zh: 读, en: Read}, uses: directory/read}\n";

/// The findings under a public address, with a trusted domain.
fn around(url: &str, domain: &str, listens: bool) -> Vec<String> {
    let mut state = sound();
    state.corps[0].apps[0].redirect_domain = domain.into();
    let corp = Corp::with(state);
    let mut house = House::new();
    house.connect(&corp);
    if listens {
        let file = house.path("listener.yaml");
        std::fs::write(&file, LISTENER).expect("the file is written");
        house.good(&["workflow", "create", "--file", &file.display().to_string()]);
        house.good(&["workflow", "activate", "listener", "--yes"]);
    }
    for (name, value) in
        [("IDFLOW_PUBLIC_URL", url), ("IDFLOW_ALLOW_PRIVATE", "true"), ("IDFLOW_INSECURE_HTTP", "true")]
    {
        house.set(name, value);
    }
    let server = house.serve();
    let (found, report) = wrong(&house, 0);
    let value = |name: &str| {
        let values = report["values"].as_array().expect("values").iter();
        values.clone().find(|value| value["name"] == name).cloned().unwrap_or_default()
    };
    assert_eq!(value("trusted_domain")["there"], domain);
    assert_eq!(value("home_page")["value"], format!("{url}/w/default"));
    assert!(value("callback")["value"].as_str().is_some_and(|at| at.starts_with(&format!("{url}/callbacks/"))));
    server.kill();
    found
}

#[test]
fn what_stands_around_a_connection_is_looked_at_too() {
    for (url, domain, listens, wanted) in [
        ("https://id.example.com", "id.example.com", false, None),
        ("https://id.example.com", "other.example.com", false, Some("wecom_domain_mismatch")),
        ("https://id.example.com", "", false, Some("wecom_domain_missing")),
        ("http://id.example.com", "id.example.com", false, Some("wecom_public_plain")),
        ("https://203.0.113.7", "id.example.com", false, Some("wecom_public_ip")),
        ("https://id.example.com", "id.example.com", true, Some("wecom_callback_silent")),
    ] {
        let wanted: Vec<String> = wanted.into_iter().map(Into::into).collect();
        assert_eq!(around(url, domain, listens), wanted, "{url} {domain}");
    }
}

fn get(address: &str, host: &str, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, head.to_lowercase(), body.to_string())
}

#[test]
fn the_file_of_a_domain_is_served_byte_for_byte_and_fetched_as_wecom_would() {
    let corp = Corp::with(sound());
    let mut house = House::new();
    house.connect(&corp);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").to_string();
    let url = format!("http://{free}");
    for (name, value) in [
        ("IDFLOW_LISTEN", free.as_str()),
        ("IDFLOW_PUBLIC_URL", url.as_str()),
        ("IDFLOW_ALLOW_PRIVATE", "true"),
        ("IDFLOW_INSECURE_HTTP", "true"),
    ] {
        house.set(name, value);
    }
    let server = house.serve();
    let file = house.path("WW_verify_Ab12Cd34.txt");
    assert_eq!(get(&free, &free, "/WW_verify_Ab12Cd34.txt").0, 404);
    house.ask(&["connection", "integration", "main", "--check"]).expect(1);
    std::fs::write(&file, "Ab12Cd34").expect("written");
    let given = house.good(&["connection", "integration", "main", "--add-file", &file.display().to_string()]);
    assert_eq!(given["url"], format!("{url}/WW_verify_Ab12Cd34.txt"));
    let (status, head, body) = get(&free, &free, "/WW_verify_Ab12Cd34.txt");
    assert_eq!((status, body.as_str()), (200, "Ab12Cd34"));
    assert!(head.contains("content-type: text/plain") && head.contains("nosniff"), "{head}");
    let checked = house.good(&["connection", "integration", "main", "--check"]);
    assert_eq!((checked[0]["ok"].clone(), checked[0]["name"].clone()), (json!(true), json!("WW_verify_Ab12Cd34.txt")));
    // Nothing that could be anything else is served in our name.
    for (name, content) in
        [("WW_verify_Ab.txt", "<script>"), ("WW_verify_Ab.txt", ""), ("index.html", "Ab"), ("WW_verify_..txt", "Ab")]
    {
        std::fs::write(house.path(name), content).expect("written");
        let path = house.path(name).display().to_string();
        house.ask(&["connection", "integration", "main", "--add-file", &path]).expect(1);
    }
    house.good(&["connection", "integration", "main", "--remove-file", "WW_verify_Ab12Cd34.txt"]);
    assert_eq!(get(&free, &free, "/WW_verify_Ab12Cd34.txt").0, 404);
    server.kill();
}
