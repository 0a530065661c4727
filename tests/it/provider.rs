//! The provider's way: from an invitation over a finished run to the end of what the company granted, on the simulator, by a
//! clock that the test moves. The provider is the company itself.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, SystemTime},
};

use idflow_wecom::callback::crypto::{Key, sign};
use serde_json::{Value, json};
use wecom_sim::Authorized;

use super::{
    elsewhere::Browser,
    support::{Corp, House, Organisation, PATIENCE, corp, eventually, house::Server},
};

pub(super) const TEMPLATE: &str = "dkTemplate0001";
const EDIT: &str = "wwContactEdit0001";
/// What must stand nowhere.
const TEMPLATE_SECRET: &str = "template-secret-9dKc2Rw7";
const EDIT_SECRET: &str = "edit-secret-Xq81Lm0p";
const OWN_SECRET: &str = "provider-secret-Tz5vB3ns";
const HOUR: i64 = 3_600_000;

/// An installation with a provider of its own, a connection `main` that comes by it, a running server, and WeCom.
pub(super) struct Place {
    pub house: House,
    pub corp: Corp,
    pub now: i64,
    server: String,
    /// Address, Token and key for commands: about the app, about contacts.
    lines: Vec<(String, String, String)>,
    _running: Server,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_string()
}

fn provider_set(house: &House, corp: &Corp) -> Value {
    let base = format!("base_url={}", corp.base_url());
    let own = format!("provider_corp_id={}", corp::CORP_ID);
    let (template, edit) = (format!("template_id={TEMPLATE}"), format!("contacts_suite_id={EDIT}"));
    let settings = ["--set", &base, "--set", &own, "--set", &template, "--set", &edit];
    let secrets = [
        "--secret",
        "provider_secret=env:OWN",
        "--secret",
        "template_secret=env:TEMPLATE",
        "--secret",
        "contacts_suite_secret=env:EDIT",
    ];
    house.good(&[&["provider", "set"][..], &settings, &secrets].concat())
}

impl Place {
    pub fn new() -> Self {
        let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let now = i64::try_from(passed.as_millis()).expect("a time");
        let mut house = House::new().clocked(now);
        for (name, secret) in [("OWN", OWN_SECRET), ("TEMPLATE", TEMPLATE_SECRET), ("EDIT", EDIT_SECRET)] {
            house.set(name, secret);
        }
        let corp = Corp::start();
        let place = |name: &str| connect(&house, &corp, name);
        place("main");
        let set = provider_set(&house, &corp);
        let lines = set["receivers"].as_array().expect("addresses").iter();
        let lines: Vec<(String, String, String)> = lines
            .map(|line| (text(&line["url"]), text(&line["keys"]["Token"]), text(&line["keys"]["EncodingAESKey"])))
            .collect();
        let running = house.serve();
        let server = super::elsewhere::address(&house);
        let place = Self { house, corp, now, server, lines, _running: running };
        place.suites(true);
        place.tickets();
        place
    }

    /// The provider's apps on the platform, told or not.
    fn suites(&self, told: bool) {
        let suite = |id: &str, secret: &str, kind: &str, line: usize| {
            let (url, token, key) = &self.lines[line];
            let receiver = json!({ "url": format!("{}{url}", self.server), "token": token, "encoding_aes_key": key });
            json!({ "suite_id": id, "suite_secret": secret, "kind": kind, "name": "身份流程",
                    "provider_corpid": corp::CORP_ID, "provider_secret": OWN_SECRET,
                    "receiver": if told { receiver } else { Value::Null } })
        };
        let mut state = self.corp.state();
        let before = std::mem::take(&mut state.suites);
        let suites =
            json!([suite(TEMPLATE, TEMPLATE_SECRET, "customized", 0), suite(EDIT, EDIT_SECRET, "contact_edit", 1)]);
        state.suites = serde_json::from_value(suites).expect("suites");
        for suite in &mut state.suites {
            let old = before.iter().find(|old| old.suite_id == suite.suite_id);
            suite.authorizations = old.map(|old| old.authorizations.clone()).unwrap_or_default();
        }
        self.corp.load(state).expect("a state");
    }

    /// Tickets for both, and that they have come.
    fn tickets(&self) {
        for suite in [TEMPLATE, EDIT] {
            self.corp.send_ticket(suite).expect("a ticket");
        }
        eventually("tickets", PATIENCE, || {
            let sent = self.corp.callbacks();
            let good = |one: &wecom_sim::CallbackRecord| one.attempts.iter().any(|call| call.status == Some(200));
            sent.iter().all(good).then_some(())
        });
        let shown = self.house.good(&["provider", "show"]);
        let all = shown["receivers"].as_array().expect("addresses").clone();
        assert!(all.iter().all(|line| line["last_ticket"].is_string()), "{shown}");
    }

    /// The same after the company granted both, with a workflow that is active.
    pub fn granted() -> Self {
        let place = Self::new();
        place.workflow();
        assert_eq!(place.scan(&place.invite("main", "app")), 200);
        place.stage("main", "app_built");
        place.corp.publish_suite(&place.authorized(TEMPLATE)).expect("it is there");
        place.house.good(&["connection", "provider", "main", "--say", "online"]);
        assert_eq!(place.scan(&place.invite("main", "contacts")), 200);
        place.stage("main", "contacts_granted");
        place.house.good(&["workflow", "activate", "sync", "--yes"]);
        place
    }

    fn way(&self, name: &str) -> Value {
        self.house.good(&["connection", "provider", name])
    }

    /// The way once it is there, and the system was asked about it.
    pub fn stage(&self, name: &str, wanted: &str) -> Value {
        eventually(wanted, PATIENCE, || {
            let way = self.way(name);
            let asked = match wanted {
                "app_built" => way["published"].is_boolean(),
                "contacts_granted" => way["contacts_confirmed"].is_boolean(),
                _ => true,
            };
            (way["stage"] == wanted && asked).then_some(way)
        })
    }

    pub fn invite(&self, name: &str, grant: &str) -> String {
        let way = self.house.good(&["connection", "provider", name, "--invite", grant]);
        let links = way["links"].as_array().expect("links");
        text(&links.iter().find(|link| link["grant"] == grant).expect("a link")["url"])
    }

    /// The company's administrator opens a link.
    pub fn scan(&self, link: &str) -> u16 {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let url = format!("{link}&sim_corpid={}&sim_admin=li.na", corp::CORP_ID);
        runtime.block_on(Browser::new("").open(&url)).status.as_u16()
    }

    pub fn authorized(&self, suite_id: &str) -> Authorized {
        Authorized { suite_id: suite_id.into(), corpid: corp::CORP_ID.into() }
    }

    /// The workflow `sync`, which writes through `main`; not active.
    pub fn workflow(&self) {
        let shown = self.house.good(&["template", "show", "wecom_downstream_full"]);
        let file = self.house.path("sync.yaml");
        std::fs::write(&file, text(&shown["text"])).expect("the workflow is written");
        let file = file.display().to_string();
        self.house.good(&["workflow", "create", "--file", &file, "--id", "sync", "--connection", "wecom=main"]);
    }

    /// What a run is refused for.
    fn refused(&self, code: &str) {
        let answer = self.house.sync(&[]);
        assert_ne!(answer.code, 0, "{}", answer.out);
        assert!(format!("{}{}", answer.out, answer.err).contains(code), "{code}: {} {}", answer.out, answer.err);
    }

    fn refusal(&self, args: &[&str], code: &str) {
        let answer = self.house.ask(args);
        assert_ne!(answer.code, 0, "{}", answer.out);
        assert!(format!("{}{}", answer.out, answer.err).contains(code), "{code}: {} {}", answer.out, answer.err);
    }

    pub fn pass(&mut self, ms: i64) {
        self.now += ms;
        self.house.set_clock(self.now);
        self.corp.advance_clock(Duration::from_millis(ms.unsigned_abs()));
    }

    /// Permanent codes that the platform gave.
    fn codes(&self) -> Vec<String> {
        let state = self.corp.state();
        let all = state.suites.iter().flat_map(|suite| &suite.authorizations);
        all.map(|authorization| authorization.permanent_code.clone()).collect()
    }

    fn post(&self, target: &str, body: &str) -> (u16, String) {
        let host = self.server.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("a connection");
        let length = body.len();
        let head =
            format!("POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_string()).unwrap_or_default())
    }

    /// A command as the platform sends it: target and body.
    fn command(&self, line: usize, suite: &str, at: i64, inner: &str) -> (String, String) {
        let (url, token, key) = &self.lines[line];
        let seconds = at / 1000;
        let text = format!("<xml><SuiteId>{suite}</SuiteId>{inner}<TimeStamp>{seconds}</TimeStamp></xml>");
        let sealed = Key::parse(key).expect("a key").seal([7; 16], text.as_bytes(), suite);
        let signature = sign(token, &seconds.to_string(), "n", &sealed);
        let target = format!("{url}?msg_signature={signature}&timestamp={seconds}&nonce=n");
        (target, format!("<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"))
    }
}

fn connect(house: &House, corp: &Corp, name: &str) -> Value {
    let base = format!("base_url={}", corp.base_url());
    house.good(&["connection", "add", "wecom", "--name", name, "--set", "auth_mode=provider", "--set", &base])
}

#[test]
fn from_the_invitation_to_a_finished_run_and_to_its_expiry() {
    let mut place = Place::new();
    assert_eq!(place.way("main")["stage"], "not_invited");
    let unsupported = place.way("main")["unsupported"].as_array().expect("reasons").clone();
    assert!(unsupported.iter().all(|one| one["why"]["zh"].is_string()) && !unsupported.is_empty(), "{unsupported:?}");
    Organisation::generated(2, 6).write(&place.house.source());
    place.house.import(&[]).expect(0);
    place.workflow();
    let activate = ["workflow", "activate", "sync", "--yes"];
    place.refusal(&activate, "provider_waits");

    // Invited, scanned, built, online.
    let link = place.invite("main", "app");
    let way = place.way("main");
    assert_eq!((&way["stage"], &way["steps"][0]["how"]), (&json!("invited"), &json!("operator")));
    assert_eq!(place.scan(&link), 200);
    let way = place.stage("main", "app_built");
    assert_eq!((&way["steps"][0]["how"], &way["steps"][0]["by"]), (&json!("callback"), &json!("li.na")));
    assert_eq!((&way["company"], &way["published"]), (&json!("Simulated Corp"), &json!(false)));
    assert!(way["links"].as_array().is_some_and(Vec::is_empty), "a link is good once: {way}");
    place.refusal(&activate, "provider_not_online");
    place.corp.publish_suite(&place.authorized(TEMPLATE)).expect("it is there");
    let way = place.house.good(&["connection", "provider", "main", "--say", "online"]);
    assert_eq!((&way["stage"], &way["published"]), (&json!("online"), &json!(true)));
    place.refusal(&activate, "provider_contacts_missing");
    let report = place.house.ask(&["connection", "test", "main"]).expect(0).json();
    let can = |report: &Value, what: &str| report["capabilities"][what].as_bool();
    assert_eq!((can(&report, "read_people"), can(&report, "write_user")), (Some(true), Some(false)), "{report}");

    // A second binding is refused, with what to do first.
    place.refusal(&["connection", "provider", "main", "--invite", "app"], "provider_bound");

    // The right to edit, and a whole run with it.
    assert_eq!(place.scan(&place.invite("main", "contacts")), 200);
    let way = place.stage("main", "contacts_granted");
    assert_eq!(way["contacts_confirmed"], true, "{way}");
    place.refusal(&["connection", "provider", "main", "--invite", "contacts"], "provider_contacts_live");
    place.house.good(&activate);
    place.house.sync(&[]).expect(0);
    let people = place.corp.now()["users"].as_array().expect("users").len();
    assert_eq!(people, 6, "everybody is there");
    let writes = place.corp.writes();
    place.house.sync(&[]).expect(0);
    assert_eq!(place.corp.writes(), writes, "a second run writes nothing");

    // A new permanent code takes the place of the old one.
    let old = place.codes();
    place.corp.reset_suite(&place.authorized(TEMPLATE)).expect("it is authorised");
    eventually("the new code is in use", PATIENCE, || {
        place.house.ask(&["connection", "test", "main"]).json()["capabilities"]["read_people"]
            .as_bool()
            .filter(|can| *can)
    });

    // Whoever works with it is told once, while there is time.
    place.house.good(&[
        "notify",
        "set",
        "leads",
        "--on",
        "grant_expiring",
        "--connection",
        "main",
        "--to-user",
        "li.na",
    ]);
    let told = |place: &Place| place.house.good(&["notify", "log"]).to_string().matches("grant_expiring").count();
    place.pass(HOUR);
    place.house.good(&["provider", "show"]);
    assert_eq!(told(&place), 0, "an hour is left");
    place.pass(HOUR / 2 + 60_000);
    eventually("it is told", PATIENCE, || {
        place.pass(20_000);
        (told(&place) > 0).then_some(())
    });
    let log = place.house.good(&["notify", "log"]);
    assert!(log.to_string().contains("Simulated Corp") && log.to_string().contains("main"), "{log}");
    place.pass(120_000);
    assert_eq!(told(&place), 1, "once");

    // Two hours later: reading goes on, writing is refused with the reason, in both languages.
    let codes = [old, place.codes()].concat();
    place.pass(2 * HOUR + 60_000);
    let way = place.way("main");
    assert_eq!((&way["stage"], &way["steps"][0]["how"]), (&json!("expired"), &json!("time")), "{way}");
    place.refused("provider_contacts_expired");
    let shown =
        place.house.command(&["run", "sync", "--wait", "--yes"]).env("IDFLOW_LANG", "zh").output().expect("it runs");
    let shown = format!("{}{}", String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.contains("到期") && shown.contains("重新邀请企业管理员"), "{shown}");
    let report = place.house.ask(&["connection", "test", "main"]).expect(0).json();
    assert_eq!((can(&report, "read_people"), can(&report, "write_user")), (Some(true), Some(false)), "{report}");

    // The company cancels: nothing goes on, and the reason is told.
    place.tickets();
    place.corp.cancel_suite(&place.authorized(TEMPLATE)).expect("it is authorised");
    let way = place.stage("main", "cancelled");
    assert_eq!(way["steps"][0]["how"], "callback");
    place.refused("provider_cancelled");
    let report = place.house.ask(&["connection", "test", "main"]).json();
    assert!(report.to_string().contains("provider_cancelled"), "{report}");
    let connection = place.house.good(&["connection", "show", "main"]);
    assert_eq!(connection["secrets"], json!([]), "what it had is gone");
    let audit = place.house.good(&["audit", "list"]).to_string();
    assert!(audit.contains("provider_moved") && audit.contains("invite_provider"), "{audit}");

    // What is secret stands in no answer, and on no disk as it is.
    let heard = place.house.heard();
    let files = place.house.files();
    let secrets = [TEMPLATE_SECRET, EDIT_SECRET, OWN_SECRET].map(str::to_string).into_iter().chain(codes);
    for secret in secrets {
        assert!(!heard.contains(&secret), "an answer holds {secret}");
        let stands = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        let found = files.iter().find(|(_, bytes)| stands(bytes));
        assert!(found.is_none(), "{secret} stands in {found:?}");
    }
}

#[test]
fn what_is_forged_or_comes_again_does_nothing_and_a_bound_company_stays_where_it_is() {
    let place = Place::new();
    let last = || text(&place.house.good(&["provider", "show"])["receivers"][0]["last_ticket"]);
    let before = last();
    let ticket = |at: i64, ticket: &str| {
        let inner = format!("<InfoType>suite_ticket</InfoType><SuiteTicket>{ticket}</SuiteTicket>");
        place.command(0, TEMPLATE, at, &inner)
    };
    // Older than the one that is there: taken, and it changes nothing.
    let (target, body) = ticket(place.now - 60_000, "tkt-older");
    assert_eq!(place.post(&target, &body), (200, "success".to_string()));
    assert!(last() >= before, "{} {before}", last());
    // Too old, forged, for another app, at an address that nobody has.
    let (old, old_body) = ticket(place.now - HOUR, "tkt-old");
    let (status, answer) = place.post(&old, &old_body);
    assert!(status == 403 && answer.contains("wecom_callback_time"), "{status} {answer}");
    let (status, answer) = place.post(&target.replace("msg_signature=", "msg_signature=0"), &body);
    assert!(status == 403 && answer.contains("wecom_callback_signature"), "{status} {answer}");
    let (other, other_body) = place.command(0, EDIT, place.now, "<InfoType>suite_ticket</InfoType>");
    let (status, answer) = place.post(&other, &other_body);
    assert!(status == 403 && answer.contains("wecom_callback_receiver"), "{status} {answer}");
    assert_eq!(place.post("/callbacks/provider/01ARZ3NDEKTSV4RRFFQ69G5FAV/app?x=1", "x").0, 404);
    let shown = place.house.good(&["provider", "show"]);
    assert!(shown["receivers"][0]["last_refused"]["at"].is_string(), "{shown}");

    // An authorisation that nobody here asked for is no connection's.
    let inner = "<AuthCode>AUTH_forged_code</AuthCode><InfoType>create_auth</InfoType><State>nonsense</State>";
    let (target, body) = place.command(0, TEMPLATE, place.now, inner);
    assert_eq!(place.post(&target, &body).0, 200);
    let strays = || place.house.good(&["provider", "show"])["strays"].as_array().expect("strays").len();
    eventually("it is told", PATIENCE, || (strays() == 1).then_some(()));
    assert_eq!(place.post(&target, &body).0, 200, "the platform may send a command again");
    assert_eq!(place.way("main")["stage"], "not_invited");

    // Bound to one connection; its cancellation is missed; another connection cannot take the company over.
    assert_eq!(place.scan(&place.invite("main", "app")), 200);
    place.stage("main", "app_built");
    assert_eq!(strays(), 1, "a second delivery has done nothing");
    connect(&place.house, &place.corp, "other");
    let link = place.invite("other", "app");
    assert_eq!(place.scan(&link), 400, "the platform itself refuses while one lives");
    place.suites(false);
    place.corp.cancel_suite(&place.authorized(TEMPLATE)).expect("it is authorised");
    place.suites(true);
    place.tickets();
    assert_eq!(place.scan(&link), 200);
    let told = eventually("the refusal", PATIENCE, || {
        let way = place.way("other");
        way["error"]["code"].as_str().map(str::to_string)
    });
    assert_eq!((told.as_str(), &place.way("other")["stage"]), ("provider_company_bound", &json!("invited")));
    // Released here, then authorised once more: the other one has it.
    let way = place.house.good(&["connection", "provider", "main", "--release"]);
    assert_eq!((&way["stage"], &way["steps"][0]["how"]), (&json!("cancelled"), &json!("operator")));
    place.corp.cancel_suite(&place.authorized(TEMPLATE)).expect("it is authorised");
    assert_eq!(place.scan(&place.invite("other", "app")), 200);
    place.stage("other", "app_built");
    // A word that does not follow, and one without what proves it.
    place.refusal(&["connection", "provider", "main", "--say", "online"], "provider_out_of_turn");
    place.refusal(&["connection", "provider", "main", "--say", "app-built"], "provider_code_needed");
}
