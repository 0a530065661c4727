//! Authorise pages, codes and tickets: who comes back with what, and for how long it is good.

use std::time::Duration;

use serde_json::{Value, json};
use wecom_sim::state::OauthField;
use wecom_sim::{Person, Visitor};

use crate::support::{AGENT, APP, CORP, Got, Sim};

const BACK: &str = "https%3A%2F%2Fid.example.com%2Fcb";

fn member(userid: &str) -> Visitor {
    Visitor { person: Person::Member(userid.to_owned()), consent: None, refuses: false }
}

async fn corp() -> Sim {
    let apps = json!([
        { "agentid": AGENT, "secret": APP, "visible": { "departments": [2] }, "redirect_domain": "id.example.com" },
        { "agentid": 7, "secret": "seven", "visible": { "departments": [1] }, "redirect_domain": "id.example.com:8443",
          "oauth_fields": ["mobile"] }
    ]);
    let users = json!([
        { "userid": "in", "name": "内", "department": [3], "mobile": "13900000001", "email": "in@example.com", "gender": "2", "avatar": "https://example.com/a" },
        { "userid": "out", "name": "<外>", "department": [1], "mobile": "13900000002" },
        { "userid": "gone", "department": [3], "status": 2 }
    ]);
    Sim::new(json!({ "apps": apps, "users": users })).await
}

/// The address of the page inside the client.
fn page(scope: &str, back: &str) -> String {
    format!(
        "/connect/oauth2/authorize?appid={CORP}&redirect_uri={back}&response_type=code&scope={scope}&state=s1&agentid={AGENT}#wechat_redirect"
    )
}

fn query_of(location: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(location).expect("an address");
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn code(sim: &Sim, url: &str, visitor: Visitor) -> String {
    let location = sim.running.authorise(url, visitor).expect("the page sends back");
    assert!(location.to_lowercase().starts_with("https://id.example.com"), "{location}");
    query_of(&location, "code").expect("a code")
}

async fn info(sim: &Sim, code: &str) -> Got {
    sim.app("auth/getuserinfo", &format!("&code={code}")).await
}

#[tokio::test]
async fn a_code_is_good_once_for_five_minutes_and_for_its_app() {
    let sim = corp().await;
    let url = page("snsapi_base", BACK);
    let first = code(&sim, &url, member("IN"));
    assert_eq!(info(&sim, &first).await.json(), json!({ "errcode": 0, "errmsg": "ok", "userid": "in" }));
    let again = info(&sim, &first).await;
    assert_eq!((again.code(), again.message().as_str()), (40029, "invalid code"));
    let late = code(&sim, &url, member("in"));
    sim.running.advance_clock(Duration::from_secs(299));
    let later = code(&sim, &url, member("in"));
    sim.running.advance_clock(Duration::from_secs(1));
    assert_eq!(info(&sim, &late).await.code(), 40029);
    assert_eq!(info(&sim, &later).await.code(), 0);
    let seven = sim.gettoken(CORP, "seven").await.json();
    let token = seven["access_token"].as_str().unwrap_or_default();
    let code = code(&sim, &url, member("in"));
    assert_eq!(sim.get(&format!("auth/getuserinfo?access_token={token}&code={code}")).await.code(), 40029);
    assert_eq!(sim.read("auth/getuserinfo", "&code=x").await.code(), 50001, "contact sync logs nobody in");
    let log = serde_json::to_string(&sim.running.requests()).expect("plain data");
    assert!(!log.contains(&later), "codes are no business of the log");
}

#[tokio::test]
async fn the_host_must_be_the_trusted_domain_with_its_port() {
    let sim = corp().await;
    for back in [
        "https%3A%2F%2Fsub.id.example.com%2Fcb",
        "https%3A%2F%2Fid.example.com%3A8443%2F",
        "https%3A%2F%2Fexample.com%2F",
        "https%3A%2F%2Fid.example.com.evil.example%2F",
    ] {
        let location = sim.running.authorise(&page("snsapi_base", back), member("in")).expect("the page sends back");
        let code = query_of(&location, "code").expect("a code");
        assert_eq!(info(&sim, &code).await.code(), 50001, "{back}");
    }
    let good = code(&sim, &page("snsapi_base", "https%3A%2F%2FID.example.com%3A443%2Fcb%3Fa%3D1%23end"), member("in"));
    assert_eq!(info(&sim, &good).await.code(), 0);
}

#[tokio::test]
async fn a_ticket_opens_what_the_member_and_the_administrator_gave() {
    let sim = corp().await;
    let url = page("snsapi_privateinfo", BACK);
    let ticket = async |visitor: Visitor| {
        let told = info(&sim, &code(&sim, &url, visitor)).await.json();
        told["user_ticket"].as_str().map(str::to_owned)
    };
    let detail = async |ticket: &str| sim.app_post("auth/getuserdetail", json!({ "user_ticket": ticket })).await;
    let all = ticket(member("in")).await.expect("a ticket");
    let told = detail(&all).await.json();
    assert_eq!((&told["userid"], &told["mobile"], &told["gender"]), (&json!("in"), &json!("13900000001"), &json!("2")));
    assert_eq!((&told["email"], &told["avatar"]), (&json!("in@example.com"), &json!("https://example.com/a")));
    let some = Visitor { consent: Some(vec![OauthField::Email]), ..member("in") };
    let told = detail(&ticket(some).await.expect("a ticket")).await.json();
    assert_eq!((told.get("mobile"), &told["email"], &told["gender"]), (None, &json!("in@example.com"), &json!("0")));
    assert_ne!(told["avatar"], "https://example.com/a", "the usual picture");
    let none = ticket(Visitor { refuses: true, ..member("in") }).await.expect("a ticket");
    assert_eq!(detail(&none).await.json().get("email"), None);
    assert_eq!(ticket(member("out")).await, None, "out of range");
    assert_eq!(detail("nonsense").await.code(), 84015);
    sim.running.advance_clock(Duration::from_secs(1800));
    assert_eq!(detail(&all).await.code(), 84014);
    // Without the app's id the scope asks nobody.
    let url = url.replace(&format!("&agentid={AGENT}"), "");
    assert_eq!(info(&sim, &code(&sim, &url, member("in"))).await.json().get("user_ticket"), None);
}

#[tokio::test]
async fn outsiders_linked_members_and_people_out_of_range_are_told_apart() {
    let sim = corp().await;
    let url = page("snsapi_privateinfo", BACK);
    let as_person = |person: Person| Visitor { person, consent: None, refuses: false };
    let outsider = Person::Outsider { openid: "oX".into(), external_userid: Some("wmX".into()) };
    let told = info(&sim, &code(&sim, &url, as_person(outsider.clone()))).await.json();
    assert_eq!(told, json!({ "errcode": 0, "errmsg": "ok", "openid": "oX", "external_userid": "wmX" }));
    let told = info(&sim, &code(&sim, &url, as_person(Person::Linked("wwOther/zhang".into())))).await.json();
    assert_eq!(told, json!({ "errcode": 0, "errmsg": "ok", "userid": "wwOther/zhang" }));
    assert_eq!(info(&sim, &code(&sim, &url, member("out"))).await.json()["userid"], "out", "known all the same");
    let old = sim.app("user/getuserinfo", &format!("&code={}", code(&sim, &url, as_person(outsider)))).await.json();
    assert_eq!((&old["OpenId"], old.get("UserId")), (&json!("oX"), None));
    for nobody in ["gone", "ghost"] {
        assert!(sim.running.authorise(&url, member(nobody)).is_err(), "{nobody}");
    }
}

#[tokio::test]
async fn a_browser_is_sent_back_or_asked_who_is_there() {
    let sim = corp().await;
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let open = async |path: &str| {
        let url = format!("{}{}", sim.running.base_url(), path.split('#').next().unwrap_or_default());
        sim.send(client.get(url)).await.expect("an answer")
    };
    let sso = format!(
        "/wwlogin/sso/login?login_type=CorpApp&appid={CORP}&agentid={AGENT}&redirect_uri={BACK}&state=s1&lang=zh"
    );
    let old = format!("/wwopen/sso/qrConnect?appid={CORP}&agentid={AGENT}&redirect_uri={BACK}&state=s1");
    let asked = open(&sso).await;
    assert!(asked.status == 200 && asked.text.contains("&lt;外&gt;") && !asked.text.contains("gone"), "{}", asked.text);
    let link = asked
        .text
        .split("href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a link")
        .replace("&amp;", "&");
    let back = open(&link).await;
    let location = back.header("location").unwrap_or_default().to_owned();
    assert_eq!((back.status, query_of(&location, "state").as_deref()), (302, Some("s1")));
    let told = info(&sim, &query_of(&location, "code").expect("a code")).await.json();
    assert_eq!((&told["userid"], told.get("user_ticket")), (&json!("in"), None), "a browser never brings a ticket");
    sim.running.set_visitor(CORP, Some(Visitor { refuses: true, ..member("in") })).expect("a corp");
    for path in [&sso, &old] {
        let back = open(path).await;
        assert_eq!(back.header("location"), Some("https://id.example.com/cb?state=s1"), "{path}");
    }
    sim.running.set_visitor(CORP, Some(member("in"))).expect("a corp");
    assert_eq!(open(&page("snsapi_base", BACK)).await.status, 302);
    for bad in [
        page("snsapi_base", BACK).replace(CORP, "wwother"),
        page("snsapi_base", BACK).replace("=code", "=token"),
        page("snsapi_base", BACK).replace("state=s1", "state=s-1"),
        page("snsapi_base", BACK).replace("state=s1", &format!("state={}", "s".repeat(129))),
        page("snsapi_base", "javascript%3Aalert(1)"),
        page("nothing", BACK),
        sso.replace("CorpApp", "ServiceApp"),
        sso.replace(&AGENT.to_string(), "99"),
        old.replace(&format!("&agentid={AGENT}"), ""),
    ] {
        assert_eq!(open(&bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn the_second_factor_is_confirmed_with_a_code_of_its_own() {
    let sim = corp().await;
    let code = code(&sim, &page("snsapi_base", BACK), member("in"));
    let told = sim.write("auth/get_tfa_info", json!({ "code": code })).await.json();
    let confirm = json!({ "userid": "in", "tfa_code": told["tfa_code"] });
    let other: Value = json!({ "userid": "out", "tfa_code": told["tfa_code"] });
    assert_eq!(sim.write("user/tfa_succ", confirm.clone()).await.code(), 0);
    assert_eq!(sim.write("user/tfa_succ", confirm).await.code(), 40207, "once");
    assert_eq!(sim.write("user/tfa_succ", other).await.code(), 40207);
}
