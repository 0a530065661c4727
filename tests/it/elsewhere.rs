//! Signing in by accounts of other systems: WeCom as the simulator plays it, a browser that follows redirects and keeps cookies,
//! the real binary. (OpenID Connect against a real provider stands in `oidc`.)

use std::collections::BTreeMap;

use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use wecom_sim::{Person, Visitor};

use super::support::{Corp, House, Organisation, corp, house::Server};

const IN_CLIENT: &str = "Mozilla/5.0 (iPhone) MicroMessenger/7.0.1 wxwork/4.1.6 Language/zh";

/// A browser: it keeps cookies by host, and follows redirects one by one.
pub struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<(String, String), String>,
    agent: &'static str,
    /// Where it has been.
    pub seen: Vec<Url>,
}

/// Where a browser ended.
pub struct Page {
    pub status: StatusCode,
    pub text: String,
}

impl Browser {
    pub fn new(agent: &'static str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client");
        Self { client, cookies: BTreeMap::new(), agent, seen: Vec::new() }
    }

    fn host(url: &Url) -> String {
        format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
    }

    /// One request, without following.
    pub async fn step(&mut self, url: &Url) -> (Page, Option<Url>) {
        let host = Self::host(url);
        let cookies = self.cookies.iter().filter(|((of, _), _)| *of == host);
        let cookies = cookies.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let request = self.client.get(url.clone()).header("user-agent", self.agent).header("accept-language", "en");
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies) };
        let answer = request.send().await.expect("an answer");
        self.seen.push(url.clone());
        for cookie in answer.headers().get_all("set-cookie") {
            let line = cookie.to_str().expect("text");
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            let key = (host.clone(), name.trim().to_string());
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_string());
            }
        }
        let next = answer.headers().get("location").map(|to| to.to_str().expect("text").to_string());
        let next = next.map(|to| url.join(&to).expect("an address"));
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        (Page { status, text }, next)
    }

    /// Follows to where a page is.
    pub async fn open(&mut self, address: &str) -> Page {
        let mut url: Url = address.parse().expect("an address");
        for _ in 0..20 {
            let (page, next) = self.step(&url).await;
            match next {
                Some(next) => url = next,
                None => return page,
            }
        }
        panic!("{url}: too many redirects");
    }

    /// Follows until it would open an address that begins so, and gives that one.
    pub async fn until(&mut self, address: &str, end: &str) -> Url {
        let mut url: Url = address.parse().expect("an address");
        for _ in 0..20 {
            if url.as_str().contains(end) {
                return url;
            }
            let (page, next) = self.step(&url).await;
            url = next.unwrap_or_else(|| panic!("{url}: {} {}", page.status, page.text));
        }
        panic!("{url}: too many redirects");
    }

    /// Who is signed in at this server.
    pub async fn me(&mut self, server: &str) -> Option<Value> {
        let url = format!("{server}/api/v1/session").parse().expect("an address");
        let (page, _) = self.step(&url).await;
        (page.status == StatusCode::OK).then(|| serde_json::from_str(&page.text).expect("JSON"))
    }
}

/// The address of a running server.
pub fn address(house: &House) -> String {
    let note = std::fs::read(house.data().join("server.json")).expect("a note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    format!("http://{}", note["address"].as_str().expect("an address"))
}

/// A company, an installation whose app may come back here, and a running server.
struct Place {
    corp: Corp,
    house: House,
    server: String,
    /// Where a browser begins.
    start: String,
    _running: Server,
}

impl Place {
    fn new() -> Self {
        let corp = Corp::start();
        let house = House::ready(&corp, "wecom_downstream_full");
        Organisation::generated(2, 6).write(&house.source());
        house.import(&[]).expect(0);
        house.sync(&[]).expect(0);
        // The first owner, by whom nothing is lost when others are bound.
        house.good(&["account", "create", "owner", "--role", "owner"]);
        house.good(&["account", "create", "li.lei", "--role", "approver"]);
        let running = house.serve();
        let server = address(&house);
        let host = server.trim_start_matches("http://").to_string();
        trust(&corp, &host);
        let shown = house.good(&["connection", "callbacks", "main"]);
        let url = shown[0]["url"].as_str().expect("an address of callbacks");
        let id = url.split('/').nth(2).expect("an id").to_string();
        let start = format!("{server}/oauth/wecom/{id}/start");
        Self { corp, house, server, start, _running: running }
    }

    fn visit(&self, person: Person) {
        let visitor = Visitor { person, consent: None, refuses: false };
        self.corp.set_visitor(corp::CORP_ID, Some(visitor)).expect("a visitor");
    }

    fn ways(&self) -> Vec<Value> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let url = format!("{}/api/v1/session/ways", self.server).parse().expect("an address");
        let (page, _) = runtime.block_on(Browser::new("").step(&url));
        let said: Value = serde_json::from_str(&page.text).expect("JSON");
        said["ways"].as_array().expect("ways").clone()
    }

    fn audit(&self) -> Vec<(String, String, String)> {
        let all = self.house.good(&["audit", "list"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let of = |one: &Value| (text(&one["actor"]), text(&one["via"]), text(&one["outcome"]));
        let all = all.as_array().expect("entries").iter();
        all.filter(|one| one["deed"] == "sign_in_elsewhere").map(of).collect()
    }
}

/// Makes a host the trusted domain of the app. Its page of an administrator takes no address of this machine, so it is put
/// into the state.
fn trust(corp: &Corp, host: &str) {
    let mut state = corp.state();
    state.corps[0].apps[0].redirect_domain = host.into();
    corp.load(state).expect("a state");
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work)
}

#[test]
fn whoever_is_bound_signs_in_by_wecom_and_nobody_else() {
    let place = Place::new();
    let (house, member) = (&place.house, |userid: &str| Person::Member(userid.into()));
    assert_eq!(place.ways().len(), 1, "nobody is bound, so WeCom is not offered");
    place.visit(member("user0001"));
    let told = run(Browser::new("").open(&place.start));
    assert!(told.status == StatusCode::FORBIDDEN && told.text.contains("no account is bound"), "{}", told.text);

    let bound = house.good(&["account", "bind", "li.lei", "User0001", "--connection", "main"]);
    assert_eq!((&bound["account"], &bound["way"]), (&json!("li.lei"), &json!("wecom")));
    let twice = house.ask(&["account", "bind", "owner", "user0001", "--connection", "main"]).expect(1).json();
    assert_eq!(twice["error"]["code"], "identity_taken", "{twice}");
    let ways = place.ways();
    assert_eq!((ways.len(), &ways[1]["kind"]), (2, &json!("wecom")));
    assert!(place.start.ends_with(ways[1]["start"].as_str().expect("a path")));

    // In a browser by a code that is scanned, inside WeCom silently, on a desk and on a phone.
    for (agent, page) in [("Mozilla/5.0 (X11)", "/wwlogin/sso/login"), (IN_CLIENT, "/connect/oauth2/authorize")] {
        let mut browser = Browser::new(agent);
        run(browser.open(&format!("{}?to=/api/v1/session", place.start)));
        assert!(browser.seen.iter().any(|url| url.path() == page), "{agent}: {:?}", browser.seen);
        assert_eq!(browser.seen.last().expect("a page").path(), "/api/v1/session");
        let me = run(browser.me(&place.server)).expect("signed in");
        assert_eq!((&me["actor"], &me["roles"]), (&json!("li.lei"), &json!(["approver"])), "{me}");
    }
    assert_eq!(place.audit()[0], ("li.lei".into(), "wecom".into(), "done".into()));
    let sessions = house.good(&["session", "list"]);
    assert!(sessions.to_string().contains("\"way\":\"wecom\""), "{sessions}");

    // Others: a colleague who is not bound, outsiders, members of linked companies, whoever the app does not see.
    for (person, words) in [
        (member("user0002"), "no account is bound"),
        (Person::Linked("wwpartner/li".into()), "linked companies"),
        (Person::Outsider { openid: "o1".into(), external_userid: None }, "not a member of the company"),
    ] {
        place.visit(person);
        let mut browser = Browser::new("");
        let told = run(browser.open(&place.start));
        assert!(told.status == StatusCode::FORBIDDEN && told.text.contains(words), "{}", told.text);
        assert!(run(browser.me(&place.server)).is_none());
    }
    place.visit(member("user0001"));
    let nobody = wecom_sim::state::VisibleState { users: vec!["user0002".into()], ..Default::default() };
    place.corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &nobody).expect("a range");
    let told = run(Browser::new("").open(&place.start));
    assert!(told.status == StatusCode::FORBIDDEN && told.text.contains("cannot see"), "{}", told.text);
    let all = wecom_sim::state::VisibleState { departments: vec![1], ..Default::default() };
    place.corp.set_visible(corp::CORP_ID, corp::AGENT_ID, &all).expect("a range");

    // A disabled account, and a binding that was taken away: sessions end with it.
    let mut browser = Browser::new("");
    run(browser.open(&place.start));
    assert!(run(browser.me(&place.server)).is_some());
    let gone = house.good(&["account", "unbind", bound["id"].as_str().expect("an id")]);
    assert!(gone["sessions"].as_u64().is_some_and(|sessions| sessions >= 3), "{gone}");
    assert!(run(browser.me(&place.server)).is_none());
    house.good(&["account", "bind", "li.lei", "user0001", "--connection", "main"]);
    house.good(&["account", "disable", "li.lei"]);
    assert!(run(Browser::new("").open(&place.start)).text.contains("no account is bound"));
    house.good(&["account", "enable", "li.lei"]);
    assert!(
        run(async {
            let mut browser = Browser::new("");
            browser.open(&place.start).await;
            browser.me(&place.server).await
        })
        .is_some()
    );

    // Whose account is it? By the code as by the userid, once.
    let page = run(Browser::new("").until(&place.start, "/back?"));
    let code = page.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let found = house.good(&["link", "resolve", "main", "--code", &code]);
    assert_eq!((&found["userid"], &found["username"]), (&json!("user0001"), &json!("user0001")));
    assert_eq!(found, house.good(&["link", "resolve", "main", "user0001"]));
    let again = house.ask(&["link", "resolve", "main", "--code", &code]).expect(1).json();
    assert_eq!(again["error"]["code"], "sign_in_code_wrong", "{again}");

    // The same connection at another address of the API is somebody else, whoever answers there.
    let settings = [
        format!("corp_id={}", corp::CORP_ID),
        format!("agent_id={}", corp::AGENT_ID),
        format!("base_url={}/x", place.corp.base_url()),
    ];
    let mut args = vec!["connection", "add", "wecom", "--name", "main", "--secret", "app_secret=env:APP"];
    settings.iter().for_each(|setting| args.extend(["--set", setting.as_str()]));
    house.good(&args);
    assert_eq!(place.ways().len(), 1);
}

#[test]
fn a_sign_in_belongs_to_the_browser_that_began_it_and_is_used_once() {
    let place = Place::new();
    place.house.good(&["account", "bind", "li.lei", "user0001", "--connection", "main"]);
    place.visit(Person::Member("user0001".into()));
    run(async {
        let refused = async |browser: &mut Browser, url: &Url, words: &str| {
            let (page, next) = browser.step(url).await;
            assert!(next.is_none() && page.text.contains(words), "{} {}", page.status, page.text);
            assert!(browser.me(&place.server).await.is_none(), "nobody is signed in");
        };
        let other_browser = "was not begun in this browser";
        // Another browser: one that began nothing, and one that began its own.
        let mut mine = Browser::new("");
        let back = mine.until(&place.start, "/back?").await;
        refused(&mut Browser::new(""), &back, other_browser).await;
        let mut other = Browser::new("");
        other.until(&place.start, "/back?").await;
        refused(&mut other, &back, other_browser).await;
        // A state that was changed, or left out; a code that is none, or is missing.
        for (query, words) in [
            (back.query().expect("a query").replace("state=", "state=x"), other_browser),
            ("code=abc".into(), other_browser),
        ] {
            let mut browser = Browser::new("");
            let mut url = browser.until(&place.start, "/back?").await;
            url.set_query(Some(&query));
            refused(&mut browser, &url, words).await;
        }
        for (code, words) in [("code=nonsense", "the code cannot be used"), ("x=y", "did not agree")] {
            let mut browser = Browser::new("");
            let mut url = browser.until(&place.start, "/back?").await;
            let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
            url.set_query(Some(&format!("{code}&state={state}")));
            refused(&mut browser, &url, words).await;
        }
        // Mine is good, once: whoever keeps the cookie and comes back again is nobody.
        let kept = mine.cookies.clone();
        let (_, next) = mine.step(&back).await;
        assert_eq!(next.expect("a place").path(), "/");
        let me = mine.me(&place.server).await.expect("signed in");
        assert_eq!(me["actor"], "li.lei");
        let mut again = Browser::new("");
        again.cookies = kept;
        refused(&mut again, &back, "was used before").await;
        // No other host is where it leads.
        let mut browser = Browser::new("");
        let back = browser.until(&format!("{}?to=//evil.example/x", place.start), "/back?").await;
        assert_eq!(browser.step(&back).await.1.expect("a place").as_str(), format!("{}/", place.server));
        // What is not there is not there, whatever it is called.
        for id in ["nothing", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "%00"] {
            let url = format!("{}/oauth/wecom/{id}/start", place.server).parse().expect("an address");
            let (page, _) = Browser::new("").step(&url).await;
            assert!(page.status.is_client_error(), "{id}: {}", page.status);
        }
    });
}

#[test]
fn an_invitation_binds_its_person_once_and_the_connection_counts_in_its_tenant_only() {
    let place = Place::new();
    let house = &place.house;
    place.visit(Person::Member("user0003".into()));
    let link = house.good(&["account", "link", "li.lei"]);
    let code = link["code"].as_str().expect("a code");
    run(async {
        let mut browser = Browser::new("");
        browser.open(&format!("{}?invitation={code}", place.start)).await;
        assert_eq!(browser.me(&place.server).await.expect("signed in")["actor"], "li.lei");
        // It was good once, also for a password.
        let mut other = Browser::new("");
        place.visit(Person::Member("user0004".into()));
        let told = other.open(&format!("{}?invitation={code}", place.start)).await;
        assert!(told.text.contains("link is not good"), "{}", told.text);
        assert!(other.me(&place.server).await.is_none());
    });
    let bound = house.good(&["account", "bindings", "li.lei"]);
    assert_eq!((&bound[0]["subject"], &bound[0]["by"]), (&json!("user0003"), &json!("invitation")));
    let told = house.good(&["audit", "list", "--deed", "bind_identity"]);
    let of = |one: &Value| [&one["actor"], &one["via"], &one["outcome"]].map(Clone::clone);
    let told: Vec<_> = told.as_array().expect("entries").iter().map(of).collect();
    assert_eq!(told, [["li.lei", "invitation", "done"].map(Value::from)], "no request of an administrator tells of it");

    // In another tenant the account may do more; the connection of this one vouches for nothing there.
    house.good(&["tenant", "create", "east"]);
    house.good(&["--tenant", "east", "account", "role", "li.lei", "admin"]);
    house.good(&["tenant", "create", "west"]);
    house.good(&["tenant", "archive", "west"]);
    let refused = house.ask(&["--tenant", "west", "directory", "person", "add", "x", "X"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "tenant_archived", "nothing begins in it: {refused}");
    let refused = house.ask(&["--tenant", "west", "runs", "resume", "01KB0000000000000000000000"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "tenant_archived", "and nothing goes on: {refused}");
    let refused = house.ask(&["--tenant", "east", "account", "bindings"]).expect(0).json();
    assert_eq!(refused, json!([]), "what east does not know it does not see");
    place.visit(Person::Member("user0003".into()));
    run(async {
        let mut browser = Browser::new("");
        browser.open(&place.start).await;
        let me = browser.me(&place.server).await.expect("signed in");
        assert_eq!(me["tenants"].as_array().map(Vec::len), Some(1), "{me}");
        let url = format!("{}/api/v1/session?tenant=east", place.server).parse().expect("an address");
        assert_eq!(browser.step(&url).await.0.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn what_only_a_member_can_give_goes_into_the_person_and_is_counted() {
    let place = Place::new();
    let house = &place.house;
    let set = |person: &str, field: &str, value: &str| {
        house.ask(&["directory", "person", "edit", person, "--set", &format!("{field}={value}")])
    };
    // Their source does not fill these; somebody else has the mobile number of the second already.
    house.good(&["directory", "person", "add", "hand.made", "Hand Made"]);
    set("hand.made", "email", "someone@example.com").expect(0);
    let invited = house.good(&["connection", "consent", "main", "--invite", "user0001", "--invite", "user0002"]);
    assert_eq!((&invited["receivers"], &invited["invited"], &invited["waiting"]), (&json!(2), &json!(2), &json!(2)));
    let sent = place.corp.messages().pop().expect("a message");
    let page = sent.content["url"].as_str().expect("an address").to_string();
    assert!(page.starts_with(&place.start) && page.ends_with("?purpose=consent"), "{page}");
    let give = |userid: &str, consent: Option<Vec<wecom_sim::state::OauthField>>, refuses: bool| {
        let visitor = Visitor { person: Person::Member(userid.into()), consent, refuses };
        place.corp.set_visitor(corp::CORP_ID, Some(visitor)).expect("a visitor");
        let mut browser = Browser::new(IN_CLIENT);
        let page = run(browser.open(&page));
        assert!(run(browser.me(&place.server)).is_none(), "whoever gives something is not signed in by it");
        page
    };
    use wecom_sim::state::OauthField::{Gender, Mobile};
    let mut state = place.corp.state();
    let member = state.corps[0].users.iter_mut().find(|user| user.userid == "user0001").expect("a member");
    member.gender = "2".into();
    place.corp.load(state).expect("a state");
    let all = give("user0001", Some(vec![Mobile, Gender]), false);
    assert!(all.status == StatusCode::OK && all.text.contains("mobile number"), "{}", all.text);
    assert!(!all.text.contains("mail address"), "what was not given says nothing: {}", all.text);
    let nothing = give("user0002", None, true);
    assert!(nothing.text.contains("nothing was given"), "{}", nothing.text);
    let count = house.good(&["connection", "consent", "main"]);
    assert_eq!(
        (&count["gave"], &count["gave_nothing"], &count["waiting"]),
        (&json!(1), &json!(1), &json!(0)),
        "{count}"
    );
    // Outsiders and whoever is not linked give nothing to anybody.
    place.visit(Person::Outsider { openid: "o1".into(), external_userid: None });
    assert!(run(Browser::new(IN_CLIENT).open(&page)).text.contains("not a member of the company"));

    // They leave: nobody signs in as they did, whoever has the userid next, and what they gave is gone.
    let bound = || house.good(&["account", "bindings", "li.lei"])[0].clone();
    let shown = || house.good(&["directory", "show", "user", "--reveal", "--find", "user0001"]).to_string();
    house.good(&["account", "bind", "li.lei", "user0001", "--connection", "main"]);
    assert!(shown().contains("female"), "{}", shown());
    place.visit(Person::Member("user0001".into()));
    let mut browser = Browser::new("");
    run(browser.open(&place.start));
    assert!(run(browser.me(&place.server)).is_some());
    let mut organisation = Organisation::generated(2, 6);
    let back = organisation.people.remove("E0001").expect("a person");
    organisation.write(&house.source());
    let held = house.import(&["--yes"]).expect(4).json();
    house.good(&["runs", "approve", held["run"].as_str().expect("a run"), "--source-checked"]);
    assert!(run(browser.me(&place.server)).is_none(), "the session ends");
    let told = run(Browser::new("").open(&place.start));
    assert!(told.status == StatusCode::FORBIDDEN && told.text.contains("has ended"), "{}", told.text);
    assert_eq!(bound()["why"], "person_left");
    assert!(!shown().contains("female"), "{}", shown());
    assert_eq!(house.good(&["connection", "consent", "main"])["gave"], 0, "whoever comes next is asked anew");
    // Back, or somebody else under the same userid: an administrator binds again.
    organisation.people.insert("E0001".into(), back);
    organisation.write(&house.source());
    house.import(&["--yes"]);
    assert!(run(Browser::new("").open(&place.start)).text.contains("has ended"));
    house.good(&["account", "bind", "li.lei", "user0001", "--connection", "main"]);
    let mut browser = Browser::new("");
    run(browser.open(&place.start));
    assert!(run(browser.me(&place.server)).is_some(), "{}", shown());
    // Another name in WeCom than at the last sign-in and than here: it may have gone to somebody else without a word.
    let mut state = place.corp.state();
    let member = state.corps[0].users.iter_mut().find(|user| user.userid == "user0001").expect("a member");
    member.name = "Somebody Else".into();
    place.corp.load(state).expect("a state");
    place.visit(Person::Member("user0001".into()));
    let told = run(Browser::new("").open(&place.start));
    assert!(told.text.contains("Somebody Else"), "{}", told.text);
    // A link that is taken away takes the session with it.
    house.good(&["link", "remove", "user0001", "--connection", "main", "--why", "not theirs"]);
    assert!(run(browser.me(&place.server)).is_none(), "the link is gone");
}

/// Who vouched for a session is the connection as it was then: another address or app is somebody else, and none is nobody.
#[test]
fn a_session_ends_with_the_connection_that_vouched_for_it() {
    let place = Place::new();
    let house = &place.house;
    house.good(&["account", "bind", "li.lei", "user0001", "--connection", "main"]);
    place.visit(Person::Member("user0001".into()));
    let mut browser = Browser::new("");
    run(browser.open(&place.start));
    assert!(run(browser.me(&place.server)).is_some());
    let url = place.corp.base_url();
    let other = url.replace("127.0.0.1", "localhost");
    assert_ne!(url, other);
    let change = |to: &str| {
        let to = format!("base_url={to}");
        // A secret is only sent to the address that it was entered for.
        let secrets = ["--secret", "contacts_secret=env:CONTACTS", "--secret", "app_secret=env:APP"];
        house.good(&[&["connection", "add", "wecom", "--name", "main", "--set", &to][..], &secrets].concat());
    };
    change(&other);
    assert!(run(browser.me(&place.server)).is_none(), "another one vouches");
    change(&url);
    let mut browser = Browser::new("");
    run(browser.open(&place.start));
    assert!(run(browser.me(&place.server)).is_some());
    // Nothing is linked and no workflow names it: it goes, and its sessions with it.
    house.good(&["workflow", "archive", "sync"]);
    let all = house.good(&["link", "list", "main", "--limit", "1000"]);
    for one in all.as_array().expect("links") {
        let key = one["key"].as_str().expect("a key");
        let kind = one["kind"].as_str().expect("a kind");
        house.good(&["link", "remove", key, "--connection", "main", "--kind", kind, "--why", "over"]);
    }
    house.good(&["connection", "remove", "main"]);
    assert!(run(browser.me(&place.server)).is_none());
    let sessions = house.good(&["session", "list"]).to_string();
    assert!(!sessions.contains("\"way\":\"wecom\""), "{sessions}");
}
