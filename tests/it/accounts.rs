//! Accounts: the first owner, passwords, sessions, tokens, roles, four eyes and the audit, over the real router and the real
//! binary, by a clock that is moved.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Response, header},
};
use idflow::{
    app::{App, Settings, caller::Role},
    engine::clock::ManualClock,
    server::{
        self, Inside, Shared,
        auth::Peer,
        console::Site,
        handshake::{Doorkeeper, LocalKey},
        routes,
    },
    store::{Store, audit, location::Location, memory::MemoryStore},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::support::House;

/// 2026-03-02 00:00 in China.
const MONDAY: i64 = 1_772_380_800_000;
const HOUR: i64 = 3_600_000;
const PASSWORD: &str = "a sentence of five words";
const OTHER: &str = "another sentence of six words";
const HOST: &str = "127.0.0.1:9";

/// A server in this process, over a store that the test can read.
struct Place {
    router: Router,
    store: Store,
    clock: Arc<ManualClock>,
    /// All bodies that were answered and may not hold a secret.
    folder: tempfile::TempDir,
}

/// Somebody with a session.
#[derive(Clone)]
struct Person {
    cookie: String,
    csrf: String,
}

/// What an answer says.
#[derive(Debug)]
struct Said {
    status: u16,
    body: Value,
    cookie: String,
    retry_after: Option<u32>,
}

impl Said {
    #[track_caller]
    fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    #[track_caller]
    fn refused(self, status: u16, code: &str) {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}", self.body);
    }

    #[track_caller]
    fn signed_in(self) -> Person {
        let csrf = self.body["csrf"].as_str().map(str::to_string);
        let cookie = self.cookie.split(';').next().unwrap_or_default().to_string();
        assert!(self.status == 200 && csrf.is_some() && cookie.contains('='), "{} {}", self.status, self.body);
        Person { cookie, csrf: csrf.unwrap_or_default() }
    }
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(MONDAY));
        let settings = Settings {
            data_dir: folder.path().into(),
            store: Location::Memory,
            master_key: Some("0".repeat(64)),
            clock: clock.clone(),
            disk_floor: 0,
            at_work: None,
        };
        let store: Store = Arc::new(MemoryStore::default());
        let app = App::over(store.clone(), settings).await.expect("an application");
        let key = LocalKey::open(folder.path()).expect("a key");
        let door = Doorkeeper::new(key, HOST.parse().expect("an address"));
        let shared = Shared { app: Arc::new(app), door: Some(Arc::new(door)) };
        // Without a console, whether one was built here or not: the form stands in its place.
        let router = server::router_with(shared, Site::Folder(folder.path().join("console")));
        Self { router, store, clock, folder }
    }

    fn later(&self, ms: i64) {
        self.clock.advance(std::time::Duration::from_millis(ms.unsigned_abs()));
    }

    async fn send(&self, request: Request<Body>) -> Said {
        let answer: Response<Body> = self.router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status().as_u16();
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
        let cookie = text(header::SET_COOKIE).unwrap_or_default();
        let retry_after = text(header::RETRY_AFTER).and_then(|text| text.parse().ok());
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
        Said { status, body: serde_json::from_slice(&bytes).unwrap_or_default(), cookie, retry_after }
    }

    /// A call with these headers, from this address.
    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value, from: &str) -> Said {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request = request.extension(Peer(from.parse().expect("an address")));
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// A call of a command of the machine.
    async fn local(&self, method: Method, path: &str, body: &Value) -> Said {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).extension(Inside);
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    async fn get(&self, person: &Person, path: &str) -> Said {
        self.call(Method::GET, path, &[("cookie", &person.cookie)], &Value::Null, "127.0.0.1").await
    }

    async fn write(&self, person: &Person, method: Method, path: &str, body: &Value) -> Said {
        let headers = [("cookie", person.cookie.as_str()), ("x-idflow-csrf", person.csrf.as_str())];
        self.call(method, path, &headers, body, "127.0.0.1").await
    }

    async fn post(&self, person: &Person, path: &str, body: &Value) -> Said {
        self.write(person, Method::POST, path, body).await
    }

    async fn sign_in(&self, name: &str, password: &str, from: &str) -> Said {
        let body = json!({"name": name, "password": password});
        self.call(Method::POST, "/session/start", &[], &body, from).await
    }

    async fn redeem(&self, code: &Value, more: Value) -> Said {
        let mut body = json!({"code": code});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.call(Method::POST, "/session/redeem", &[], &body, "127.0.0.1").await
    }

    /// The first owner.
    async fn owner(&self) -> Person {
        let link = self.local(Method::POST, "/sign-in-links", &json!({})).await.is(200);
        self.redeem(&link["code"], json!({"name": "Wang.Min", "password": PASSWORD})).await.signed_in()
    }

    /// An account with these roles, signed in.
    async fn person(&self, owner: &Person, name: &str, roles: &[&str]) -> Person {
        let made = self.post(owner, "/accounts", &json!({"name": name, "roles": roles})).await.is(200);
        self.redeem(&made["code"], json!({"password": PASSWORD})).await.signed_in()
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

#[test]
fn the_first_link_makes_an_owner_once_and_for_an_hour() {
    run(async {
        let place = Place::new().await;
        let link = async || place.local(Method::POST, "/sign-in-links", &json!({})).await.is(200);
        let (first, second, late) = (link().await, link().await, link().await);
        for wrong in ["", "once_", "once_x.y", &first["code"].as_str().unwrap_or_default()[..40]] {
            place.redeem(&json!(wrong), json!({})).await.refused(401, "link_not_good");
        }
        place.redeem(&first["code"], json!({"password": "short"})).await.refused(422, "password_short");
        place.redeem(&first["code"], json!({"name": "a b"})).await.refused(422, "account_name_wrong");
        // On a loopback address a password can wait.
        let owner = place.redeem(&first["code"], json!({})).await.signed_in();
        let me = place.get(&owner, "/session").await.is(200);
        assert_eq!((&me["actor"], &me["proof"], &me["roles"]), (&json!("owner"), &json!("session"), &json!(["owner"])));
        assert_eq!(me["account"]["has_password"], false);
        // Neither the same link nor another first one makes a second owner.
        place.redeem(&first["code"], json!({})).await.refused(401, "link_not_good");
        place.redeem(&second["code"], json!({})).await.refused(401, "link_not_good");
        // A new link signs in until there is a password; then it sets another one.
        let again = link().await;
        place.redeem(&again["code"], json!({})).await.signed_in();
        let with = link().await;
        place.redeem(&with["code"], json!({"password": PASSWORD})).await.signed_in();
        let needs = link().await;
        place.redeem(&needs["code"], json!({})).await.refused(422, "password_needed");
        let old = link().await;
        place.redeem(&needs["code"], json!({"password": OTHER})).await.refused(401, "link_not_good");
        place.later(HOUR);
        place.redeem(&old["code"], json!({"password": OTHER})).await.refused(401, "link_not_good");
        place.redeem(&late["code"], json!({})).await.refused(401, "link_not_good");
    });
}

#[test]
fn a_link_is_used_in_a_browser_by_its_form_alone() {
    run(async {
        let place = Place::new().await;
        let link = place.local(Method::POST, "/sign-in-links", &json!({})).await.is(200);
        let ask = async |method: Method, body: &'static str| {
            let request = Request::builder().method(method).uri(link["path"].as_str().expect("a path"));
            let request = request.header(header::HOST, HOST).header(header::ACCEPT_LANGUAGE, "zh");
            let answer =
                place.router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("one");
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let bytes = to_bytes(answer.into_body(), 1 << 16).await.expect("a body");
            (status, headers, String::from_utf8_lossy(&bytes).into_owned())
        };
        for _ in 0..2 {
            let (status, headers, text) = ask(Method::GET, "").await;
            assert!(status == 200 && text.contains("<form method=\"post\">") && !text.contains("<script"), "{text}");
            assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().is_ok_and(|policy| policy.contains("'none'")));
        }
        let (status, headers, text) = ask(Method::POST, "name=%3Cb%3E&password=short").await;
        assert!(
            status == 422 && text.contains("至少需要 12 个字符") && headers.get(header::SET_COOKIE).is_none(),
            "{text}"
        );
        let (status, headers, text) = ask(Method::POST, "name=%3Cb%3E&password=a+sentence+of+five+words").await;
        assert!(status == 200 && text.contains("&lt;b&gt;") && !text.contains("<b>"), "{text}");
        assert!(headers[header::SET_COOKIE].to_str().is_ok_and(|cookie| cookie.contains("HttpOnly")));
        place.sign_in("<B>", PASSWORD, "127.0.0.1").await.signed_in();
        assert_eq!(ask(Method::POST, "").await.0, 401, "it is good once");
    });
}

#[test]
fn whoever_fails_to_sign_in_learns_nothing_and_waits() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        place.person(&owner, "li.lei", &["viewer"]).await;
        place.post(&owner, "/accounts", &json!({"name": "new", "roles": ["viewer"]})).await.is(200);
        place.post(&owner, "/accounts/li.lei/disable", &json!({})).await.is(200);
        // A wrong password, a name of nobody, an account without a password, a disabled one with the right password.
        let mut answers = std::collections::BTreeSet::new();
        for (name, password) in [("wang.min", OTHER), ("nobody", OTHER), ("new", ""), ("li.lei", PASSWORD)] {
            let said = place.sign_in(name, password, "192.0.2.1").await;
            assert_eq!(said.status, 401, "{name}");
            answers.insert(said.body.to_string());
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
        // The name in capitals, with blanks, is the same name, and each try counts.
        place.sign_in(" WANG.MIN ", PASSWORD, "192.0.2.1").await.signed_in();
        for _ in 0..5 {
            place.sign_in("wang.min", OTHER, "192.0.2.2").await.refused(401, "sign_in_wrong");
        }
        let often = place.sign_in("wang.min", PASSWORD, "192.0.2.2").await;
        assert_eq!((often.status, often.retry_after), (429, Some(900)), "{}", often.body);
        place.sign_in("wang.min", PASSWORD, "192.0.2.3").await.signed_in();
        place.later(HOUR / 4);
        place.sign_in("wang.min", PASSWORD, "192.0.2.2").await.signed_in();
        for wrong in [json!({}), json!({"name": 5, "password": []}), json!({"name": "x"}), json!([]), json!("x")] {
            let said = place.call(Method::POST, "/session/start", &[], &wrong, "192.0.2.4").await;
            said.refused(422, "body_invalid");
        }
    });
}

#[test]
fn a_session_ends_by_time_and_by_hand_and_proves_nothing_without_its_secret() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let said = place.sign_in("wang.min", PASSWORD, "127.0.0.1").await;
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "idflow-9="] {
            assert!(said.cookie.contains(part), "{}", said.cookie);
        }
        assert!(!said.cookie.contains("Secure"), "plain http: {}", said.cookie);
        let me = said.signed_in();
        // A write without the token, with another session's, or from another site's page.
        let cookie = ("cookie", me.cookie.as_str());
        for more in [vec![cookie], vec![cookie, ("x-idflow-csrf", owner.csrf.as_str())]] {
            let said = place.call(Method::POST, "/session/preferences", &more, &json!({}), "127.0.0.1").await;
            said.refused(403, "csrf_missing");
        }
        let other = [cookie, ("x-idflow-csrf", me.csrf.as_str()), ("origin", "https://example.com")];
        let said = place.call(Method::POST, "/session/preferences", &other, &json!({}), "127.0.0.1").await;
        said.refused(403, "origin_other");
        let chosen = json!({"language": "zh", "zone": "Asia/Shanghai", "theme": "dark"});
        assert_eq!(place.post(&me, "/session/preferences", &chosen).await.is(200), chosen);
        place
            .post(&me, "/session/preferences", &json!({"zone": "Mars/Olympus"}))
            .await
            .refused(422, "preference_unknown");
        // Forged: another secret, another id, two of one name, what is no cookie of ours.
        let (id, secret) = me.cookie.split_once('.').expect("id and secret");
        let other_id = owner.cookie.split_once('.').expect("id and secret").0;
        let forged = [
            format!("{id}.{}", "0".repeat(64)),
            format!("{other_id}.{secret}"),
            format!("{0}; {0}", me.cookie),
            format!("{id}."),
            "idflow-9=x".into(),
        ];
        for cookie in &forged {
            let said = place.call(Method::GET, "/session", &[("cookie", cookie)], &Value::Null, "127.0.0.1").await;
            said.refused(401, "caller_not_proved");
        }
        // Another's session is not there.
        let li = place.person(&owner, "li.lei", &["admin", "viewer"]).await;
        let viewer = place.person(&owner, "han", &["viewer"]).await;
        let mine = place.get(&me, "/sessions").await.is(200);
        let mine = mine["items"].as_array().expect("sessions").iter().find(|one| one["current"] == true).expect("mine");
        let path = format!("/sessions/{}", mine["id"].as_str().expect("an id"));
        place.write(&viewer, Method::DELETE, &path, &Value::Null).await.refused(404, "session_missing");
        let of_owner = format!("/sessions/{}", other_id.split_once('=').expect("the cookie's name and its value").1);
        place.write(&li, Method::DELETE, &of_owner, &Value::Null).await.refused(403, "only_owners");
        place.get(&viewer, "/sessions?account=li.lei").await.refused(403, "not_permitted");
        place.get(&li, "/sessions?account=han").await.is(200);
        place.get(&me, "/session").await.is(200);
        place.write(&me, Method::DELETE, &path, &Value::Null).await.is(200);
        place.get(&me, "/session").await.refused(401, "caller_not_proved");
        // Signed out, the cookie is taken away.
        let said = place.write(&viewer, Method::DELETE, "/session", &Value::Null).await;
        assert!(said.cookie.contains("Max-Age=0"), "{}", said.cookie);
        place.get(&viewer, "/session").await.refused(401, "caller_not_proved");
        // Nothing done for twelve hours; and seven days in any case.
        place.later(11 * HOUR);
        place.get(&owner, "/session").await.is(200);
        place.later(11 * HOUR);
        place.get(&owner, "/session").await.is(200);
        place.get(&li, "/session").await.refused(401, "caller_not_proved");
        for _ in 0..14 {
            place.later(11 * HOUR);
            let _ = place.get(&owner, "/session").await;
        }
        place.get(&owner, "/session").await.refused(401, "caller_not_proved");
    });
}

#[test]
fn a_password_is_changed_by_whoever_knows_it_and_ends_other_sessions() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let other = place.sign_in("wang.min", PASSWORD, "127.0.0.1").await.signed_in();
        let change = |old: &str, new: &str| json!({"old_password": old, "password": new});
        place.post(&owner, "/session/password", &change(OTHER, OTHER)).await.refused(422, "password_wrong");
        place.post(&owner, "/session/password", &change(PASSWORD, "short")).await.refused(422, "password_short");
        let changed = place.post(&owner, "/session/password", &change(PASSWORD, OTHER)).await.is(200);
        assert_eq!(changed["sessions"], 1);
        place.get(&owner, "/session").await.is(200);
        place.get(&other, "/session").await.refused(401, "caller_not_proved");
        place.sign_in("wang.min", PASSWORD, "127.0.0.1").await.refused(401, "sign_in_wrong");
        place.sign_in("wang.min", OTHER, "127.0.0.1").await.signed_in();
        // Only the operator of the machine sets it for somebody else.
        let given = json!({"password": PASSWORD});
        place.post(&owner, "/accounts/wang.min/password", &given).await.refused(403, "only_locally");
        place.local(Method::POST, "/accounts/wang.min/password", &given).await.is(200);
        place.get(&owner, "/session").await.refused(401, "caller_not_proved");
        place.sign_in("wang.min", PASSWORD, "127.0.0.1").await.signed_in();
    });
}

/// Also one that is about to begin while the password is changed.
#[test]
fn nobody_stays_in_by_a_password_that_was_changed() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        place.person(&owner, "li.lei", &["viewer"]).await;
        for (old, new) in [(PASSWORD, OTHER), (OTHER, PASSWORD), (PASSWORD, OTHER), (OTHER, PASSWORD)] {
            let from = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|from| place.sign_in("li.lei", old, from));
            let given = json!({"password": new});
            let (signed, changed) = tokio::join!(
                futures::future::join_all(from),
                place.local(Method::POST, "/accounts/li.lei/password", &given)
            );
            changed.is(200);
            for said in signed.into_iter().filter(|said| said.status == 200) {
                place.get(&said.signed_in(), "/session").await.refused(401, "caller_not_proved");
            }
            place.later(HOUR);
        }
    });
}

#[test]
fn a_link_is_not_good_for_more_than_it_could_be_made_for() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        place.person(&owner, "li.lei", &["viewer"]).await;
        let link =
            async || place.post(&owner, "/sign-in-links", &json!({"account": "li.lei"})).await.is(200)["code"].clone();
        let more = json!({"roles": ["owner"]});
        let given = json!({"password": OTHER});
        for (path, body) in [("/accounts/li.lei/roles", &more), ("/accounts/li.lei/password", &given)] {
            let code = link().await;
            place.local(Method::POST, path, body).await.is(200);
            place.redeem(&code, json!({"password": PASSWORD})).await.refused(401, "link_not_good");
        }
        let code = link().await;
        place.redeem(&code, json!({"password": PASSWORD})).await.signed_in();
    });
}

#[test]
fn a_token_may_what_it_says_as_long_as_its_account_may() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let li = place.person(&owner, "li.lei", &["operator"]).await;
        let new = |permissions: Value| json!({"name": "ci", "permissions": permissions, "days": 30});
        place.post(&li, "/tokens", &new(json!(["connection:edit"]))).await.refused(403, "more_than_own");
        place.post(&li, "/tokens", &new(json!(["account:self"]))).await.refused(403, "token_not_self");
        place.post(&li, "/tokens", &new(json!(["everything"]))).await.refused(422, "body_invalid");
        place.post(&li, "/tokens", &new(json!([]))).await.refused(422, "token_without_permission");
        let made = place.post(&li, "/tokens", &new(json!(["run:view", "run:start"]))).await.is(200);
        let bearer = format!("Bearer {}", made["token"].as_str().expect("a token"));
        let by = async |method: Method, path: &str| {
            place.call(method, path, &[("authorization", &bearer)], &json!({}), "192.0.2.9").await
        };
        let me = by(Method::GET, "/session").await.is(200);
        assert_eq!((&me["actor"], &me["proof"]), (&json!("li.lei"), &json!("token")));
        by(Method::GET, "/runs").await.is(200);
        // Allowed to the account, not to the token; never to a token.
        by(Method::GET, "/connections").await.refused(403, "not_permitted");
        by(Method::POST, "/tokens").await.refused(403, "not_permitted");
        let listed = place.get(&li, "/tokens").await.is(200);
        assert!(listed["items"][0]["token"].is_null() && listed["items"][0]["used"].is_string(), "{listed}");
        // What the account loses the token loses.
        place.post(&owner, "/accounts/li.lei/roles", &json!({"roles": ["viewer"]})).await.is(200);
        by(Method::POST, "/workflows/x/runs").await.refused(403, "not_permitted");
        place.post(&owner, "/accounts/li.lei/disable", &json!({})).await.is(200);
        by(Method::GET, "/runs").await.refused(401, "caller_not_proved");
        place.post(&owner, "/accounts/li.lei/enable", &json!({})).await.is(200);
        by(Method::GET, "/runs").await.is(200);
        let wrong = format!("{}0", &bearer[..bearer.len() - 1]);
        if wrong != bearer {
            let said = place.call(Method::GET, "/runs", &[("authorization", &wrong)], &Value::Null, "192.0.2.9").await;
            said.refused(401, "caller_not_proved");
        }
        place.later(30 * 24 * HOUR);
        by(Method::GET, "/runs").await.refused(401, "caller_not_proved");
        // Revoked.
        let made = place.local(Method::POST, "/tokens", &new(json!(["run:view"]))).await.is(200);
        let bearer = format!("Bearer {}", made["token"].as_str().expect("a token"));
        let by = async || place.call(Method::GET, "/runs", &[("authorization", &bearer)], &Value::Null, "::1").await;
        by().await.is(200);
        let path = format!("/tokens/{}", made["id"].as_str().expect("an id"));
        place.local(Method::DELETE, &path, &Value::Null).await.is(200);
        by().await.refused(401, "caller_not_proved");
    });
}

#[test]
fn each_role_may_what_the_table_says_and_nothing_else() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let mut looked_at = 0;
        for role in [Role::Admin, Role::Operator, Role::Approver, Role::Viewer] {
            let person = place.person(&owner, &format!("{}.one", role.as_str()), &[role.as_str()]).await;
            for route in routes::routes() {
                let Some(permission) = route.permission else { continue };
                // Those that end the session that asks are walked elsewhere.
                if ["sign_out", "change_password"].contains(&route.id) {
                    continue;
                }
                let path = route.path.replace("{id}", "nothing");
                let said = place.write(&person, route.method.clone(), &path, &json!({"nonsense": 1})).await;
                let refused = said.status == 403 && said.body["code"] == "not_permitted";
                assert_eq!(
                    refused,
                    !role.permissions().contains(&permission),
                    "{}: {} {}",
                    role.as_str(),
                    route.id,
                    said.body
                );
                assert!(said.status < 500, "{}: {}", route.id, said.body);
                looked_at += 1;
            }
        }
        assert!(looked_at > 200, "{looked_at}");
    });
}

#[test]
fn nobody_gives_what_they_do_not_have_and_a_tenant_keeps_an_owner() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let admin = place.person(&owner, "admin.one", &["admin"]).await;
        let new = |name: &str, roles: Value, more: Value| json!({"name": name, "roles": roles, "permissions": more});
        place.post(&admin, "/accounts", &new("x", json!(["owner"]), json!([]))).await.refused(403, "only_owners");
        let more = new("x", json!(["viewer"]), json!(["pii:read"]));
        place.post(&admin, "/accounts", &more).await.refused(403, "more_than_own");
        place
            .post(&owner, "/accounts", &new("x", json!([]), json!(["run:view"])))
            .await
            .refused(422, "permission_not_single");
        place.post(&owner, "/accounts", &new("x", json!([]), json!([]))).await.refused(422, "roles_missing");
        place
            .post(&owner, "/accounts", &new("admin.one", json!(["viewer"]), json!([])))
            .await
            .refused(409, "sign_in_name_taken");
        place.post(&owner, "/accounts", &new("x", json!(["king"]), json!([]))).await.refused(422, "body_invalid");
        // An admin takes over no owner: neither by roles nor by a link, nor by disabling.
        place.post(&admin, "/accounts/wang.min/roles", &json!({"roles": ["viewer"]})).await.refused(403, "only_owners");
        place.post(&admin, "/sign-in-links", &json!({"account": "wang.min"})).await.refused(403, "only_owners");
        place.post(&admin, "/accounts/wang.min/disable", &json!({})).await.refused(403, "only_owners");
        place.post(&admin, "/accounts/admin.one/roles", &json!({"roles": ["owner"]})).await.refused(403, "only_owners");
        // Whoever has lost the last role gets one from who runs the installation, and from nobody else.
        place.post(&owner, "/accounts", &new("view", json!(["viewer"]), json!([]))).await.is(200);
        place.post(&admin, "/accounts/view/roles", &json!({"roles": []})).await.is(200);
        place.post(&admin, "/accounts/view/roles", &json!({"roles": ["viewer"]})).await.refused(404, "account_missing");
        place.post(&owner, "/accounts/view/roles", &json!({"roles": ["viewer"]})).await.is(200);
        place
            .post(&owner, "/accounts/nobody/roles", &json!({"roles": ["viewer"]}))
            .await
            .refused(404, "account_missing");
        place.post(&owner, "/accounts/wang.min/roles", &json!({"roles": ["viewer"]})).await.refused(409, "last_owner");
        place.post(&owner, "/accounts/wang.min/disable", &json!({})).await.refused(409, "last_owner");
        place.post(&owner, "/accounts", &new("second", json!(["owner"]), json!([]))).await.is(200);
        place.post(&owner, "/accounts/wang.min/roles", &json!({"roles": ["viewer"]})).await.is(200);
        place.get(&owner, "/accounts").await.refused(403, "not_permitted");
    });
}

#[test]
fn a_tenant_sees_its_own_accounts_and_nobody_elses() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        place.person(&owner, "only.here", &["viewer"]).await;
        // Whoever makes a tenant owns it.
        place.post(&owner, "/tenants", &json!({"id": "north"})).await.is(200);
        let in_north = [("cookie", owner.cookie.as_str()), ("x-idflow-csrf", &owner.csrf), ("x-tenant-id", "north")];
        let north = async |method: Method, path: &str, body: Value| {
            place.call(method, path, &in_north, &body, "127.0.0.1").await
        };
        let listed = north(Method::GET, "/accounts", Value::Null).await.is(200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
        north(Method::GET, "/accounts/only.here", Value::Null).await.refused(404, "account_missing");
        let made = north(Method::POST, "/accounts", json!({"name": "li.lei", "roles": ["admin"]})).await.is(200);
        let li = place.redeem(&made["code"], json!({"password": PASSWORD})).await.signed_in();
        // Without a word it is the own tenant; another one is not there, nor is one that does not exist.
        assert_eq!(place.get(&li, "/session").await.is(200)["tenant"], "north");
        place.get(&li, "/accounts/only.here").await.refused(404, "account_missing");
        for tenant in ["default", "south"] {
            let headers = [("cookie", li.cookie.as_str()), ("x-tenant-id", tenant)];
            let said = place.call(Method::GET, "/runs", &headers, &Value::Null, "127.0.0.1").await;
            said.refused(404, "tenant_unknown");
        }
        // The audit of each tenant has what was done there.
        let audit = place.get(&li, "/audit").await.is(200);
        assert!(!audit.to_string().contains("only.here") && audit.to_string().contains("redeem_link"), "{audit}");
        // The owner is one elsewhere, too: as a whole that account is not changed from here.
        let boss = north(Method::POST, "/accounts", json!({"name": "boss", "roles": ["owner"]})).await.is(200);
        north(Method::POST, "/accounts/wang.min/disable", json!({})).await.refused(403, "account_elsewhere");
        let boss = place.redeem(&boss["code"], json!({"password": PASSWORD})).await.signed_in();
        // Whoever runs the installation lets somebody of one tenant into another; an owner of that one does not.
        let roles = json!({"roles": ["viewer"]});
        place.post(&boss, "/accounts/only.here/roles", &roles).await.refused(404, "account_missing");
        north(Method::POST, "/accounts/only.here/roles", roles).await.is(200);
    });
}

#[test]
fn the_audit_has_every_write_and_shows_what_was_done_to_it() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let li = place.person(&owner, "li.lei", &["viewer"]).await;
        place.sign_in("li.lei", OTHER, "192.0.2.7").await.refused(401, "sign_in_wrong");
        place.sign_in(OTHER, OTHER, "192.0.2.7").await.refused(401, "sign_in_wrong");
        place.post(&owner, "/accounts/li.lei/roles", &json!({"roles": ["operator"]})).await.is(200);
        place.post(&li, "/accounts/wang.min/disable", &json!({})).await.refused(403, "not_permitted");
        place.get(&owner, "/directory/objects?kind=user&reveal=true").await.is(200);
        place.post(&owner, "/tokens", &json!({"name": "ci", "permissions": ["run:view"]})).await.is(200);
        let audit = place.get(&owner, "/audit?limit=500").await.is(200);
        let entries = audit["items"].as_array().expect("entries");
        let find = |deed: &str, outcome: &str| {
            let found = entries.iter().find(|entry| entry["deed"] == deed && entry["outcome"] == outcome);
            found.unwrap_or_else(|| panic!("no {deed} {outcome}: {audit}"))
        };
        let granted = find("grant_roles", "done");
        assert_eq!(
            (&granted["before"]["roles"], &granted["after"]["roles"]),
            (&json!(["viewer"]), &json!(["operator"]))
        );
        assert_eq!((&granted["actor"], &granted["address"]), (&json!("wang.min"), &json!("127.0.0.1")));
        assert_eq!(
            (&find("sign_in", "sign_in_wrong")["actor"], &find("redeem_link", "done")["kind"]),
            (&json!("?"), &json!("sign_in"))
        );
        assert_eq!(find("disable_account", "not_permitted")["actor"], "li.lei");
        assert_eq!(find("list_directory", "done")["kind"], "reveal");
        // Filters and pages.
        let only = place.get(&owner, "/audit?actor=li.lei&kind=sign_in").await.is(200);
        assert_eq!(only["items"].as_array().map(Vec::len), Some(2), "{only}");
        let page = place.get(&owner, "/audit?limit=2").await.is(200);
        let next = page["next"].as_str().expect("there is more");
        let more = place.get(&owner, &format!("/audit?limit=2&cursor={next}")).await.is(200);
        assert_eq!(more["items"][0]["no"].as_u64(), page["items"][1]["no"].as_u64().map(|no| no - 1));
        place.get(&owner, "/audit?kind=nonsense").await.refused(422, "audit_kind_unknown");
        place.get(&owner, "/audit?since=yesterday").await.refused(422, "time_invalid");
        place.get(&li, "/audit").await.refused(403, "not_permitted");
        // An entry that was changed in the store is found.
        assert_eq!(place.get(&owner, "/audit/verification").await.is(200)["ok"], true);
        let tenant = idflow::model::id::Tenant::default_tenant();
        let entries = audit::before(&*place.store, &tenant, None, 3).await.expect("entries");
        let key =
            idflow::store::keys::Key::new(idflow::store::keys::AUDIT, &tenant).name("entry").number(entries[1].no);
        let forged = audit::Entry { actor: "somebody".into(), ..entries[1].clone() };
        let value = idflow::store::codec::json(&forged).expect("bytes");
        let batch = idflow::store::Batch { puts: vec![(key.bytes(), value)], ..Default::default() };
        place.store.commit(batch).await.expect("written");
        let verdict = place.get(&owner, "/audit/verification").await.is(200);
        assert_eq!((&verdict["ok"], &verdict["faults"][0]["kind"]), (&json!(false), &json!("changed")), "{verdict}");
        assert_eq!(verdict["faults"][0]["no"].as_u64(), Some(entries[1].no));
    });
}

#[test]
fn no_secret_is_stored_or_recorded_in_plain() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let li = place.person(&owner, "li.lei", &["admin"]).await;
        let token = place.post(&li, "/tokens", &json!({"name": "ci", "permissions": ["run:view"]})).await.is(200);
        place.post(&li, "/session/password", &json!({"old_password": PASSWORD, "password": OTHER})).await.is(200);
        let link = place.local(Method::POST, "/sign-in-links", &json!({"account": "li.lei"})).await.is(200);
        place.sign_in("li.lei", "a wrong password", "127.0.0.1").await.refused(401, "sign_in_wrong");
        place.sign_in("a password as name", "x", "127.0.0.1").await.refused(401, "sign_in_wrong");
        let after =
            |value: &Value| value.as_str().and_then(|text| text.split_once('.')).expect("a secret").1.to_string();
        let secret = |person: &Person| person.cookie.split_once('.').expect("a secret").1.to_string();
        let secrets = [
            PASSWORD.to_string(),
            OTHER.into(),
            "a wrong password".into(),
            "a password as name".into(),
            after(&token["token"]),
            after(&link["code"]),
            secret(&owner),
            secret(&li),
            owner.csrf.clone(),
            li.csrf.clone(),
        ];
        let all = place.store.scan(vec![0], vec![0xff], 10_000, false).await.expect("everything");
        assert!(all.len() > 20, "{}", all.len());
        for (key, value) in &all {
            let text = format!("{} {}", String::from_utf8_lossy(key), String::from_utf8_lossy(value));
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{secret} is stored: {text}");
            }
        }
        assert!(all.iter().any(|(_, value)| String::from_utf8_lossy(value).contains("$argon2id$")));
    });
}

#[test]
fn the_binary_makes_accounts_and_verifies_the_audit() {
    let house = House::new();
    let server = house.serve();
    let link = house.good(&["account", "link"]);
    assert!(link["url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{link}");
    let made = house.good(&["account", "create", "wang.min", "--role", "owner", "--display", "王敏"]);
    assert_eq!(made["account"]["roles"], json!(["owner"]));
    std::fs::write(house.path("pw"), format!("{PASSWORD}\n")).expect("written");
    house.good(&["account", "password", "wang.min", "--password", "file:pw"]);
    house.good(&["account", "create", "li.lei", "--role", "viewer"]);
    house.good(&["account", "role", "li.lei", "approver", "viewer", "--permission", "pii:read"]);
    house.good(&["account", "disable", "li.lei"]);
    let listed = house.good(&["account", "list"]);
    assert_eq!((&listed[1]["disabled"], &listed[1]["permissions"]), (&json!(true), &json!(["pii:read"])), "{listed}");
    let token = house.good(&["token", "create", "ci", "--permission", "run:view"]);
    house.good(&["token", "revoke", token["id"].as_str().expect("an id")]);
    assert_eq!(house.good(&["token", "list"]), json!([]));
    assert_eq!(house.good(&["session", "list"]), json!([]));
    let refused = house.ask(&["account", "disable", "wang.min"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "last_owner", "{refused}");
    let audit = house.good(&["audit", "list", "--deed", "grant_roles"]);
    assert_eq!((audit.as_array().map(Vec::len), &audit[0]["via"]), (Some(1), &json!("local")), "{audit}");
    assert_eq!(house.good(&["audit", "verify"])["ok"], true);
    for lang in ["zh", "en"] {
        for command in
            [["account", "list"], ["token", "list"], ["session", "list"], ["audit", "list"], ["audit", "verify"]]
        {
            house.text(&["--lang", lang, command[0], command[1]]).expect(0);
        }
    }
    server.stop();
    // The link of a start that finds accounts is none.
    assert!(!house.files().iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(PASSWORD)));
}

#[test]
fn whoever_started_a_run_or_edited_its_workflow_does_not_approve_it() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let (starter, editor, third) = (
            place.person(&owner, "starter", &["admin"]).await,
            place.person(&owner, "editor", &["admin"]).await,
            place.person(&owner, "third", &["approver", "admin"]).await,
        );
        // The folder that is read for people who come over the network.
        let folder = place.folder.path().join("import");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("departments.csv"), "dept_id,name,parent_id\n1,总部,\n").expect("written");
        std::fs::write(folder.join("users.csv"), "external_id,userid,name,departments\n1,wang.min,王敏,1\n")
            .expect("written");
        let template = place.get(&editor, "/templates/csv_to_directory").await.is(200);
        let text = template["text"].as_str().expect("a text");
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            lines.push(line.to_string());
            if line.trim_start().starts_with("uses: directory/upsert_user") {
                let indent: String = line.chars().take_while(|char| *char == ' ').collect();
                lines
                    .push(format!("{indent}approval: {{when: always, by: [admin, approver], not: [starter, editor]}}"));
            }
        }
        let text = lines.join("\n") + "\n";
        assert!(text.contains("not: [starter, editor]"), "the template writes otherwise than thought: {text}");
        let saved = place.post(&editor, "/workflows", &json!({"text": text, "id": "guarded"})).await.is(200);
        let id = saved["id"].as_str().expect("an id").to_string();
        place.post(&editor, &format!("/workflows/{id}/activate"), &json!({})).await.is(200);
        let inputs = json!({"folder": folder.display().to_string()});
        let start = format!("/workflows/{id}/runs");
        // To start it as approved is to approve it.
        let approved = json!({"inputs": inputs, "approve": true});
        place.post(&starter, &start, &approved).await.refused(403, "four_eyes_starter");
        let run = place.post(&starter, &start, &json!({"inputs": inputs})).await.is(200);
        let run = run["run"].as_str().expect("a run").to_string();
        let held = place.get(&starter, &format!("/runs/{run}?wait=true")).await.is(200);
        assert_eq!(held["status"], "held", "{held}");
        let approve = format!("/runs/{run}/approve");
        place.post(&starter, &approve, &json!({})).await.refused(403, "four_eyes_starter");
        place.post(&editor, &approve, &json!({})).await.refused(403, "four_eyes_editor");
        place.post(&third, &approve, &json!({})).await.is(200);
        place.get(&starter, &format!("/runs/{run}?wait=true")).await.is(200);
        // A repetition goes by the version of its run, whatever another version asks.
        let open = text.replace(", by: [admin, approver], not: [starter, editor]}", "}");
        assert_ne!(open, text);
        place.post(&third, "/workflows", &json!({"text": open, "id": "guarded"})).await.is(200);
        place.post(&third, &format!("/workflows/{id}/activate"), &json!({})).await.is(200);
        let retry = format!("/runs/{run}/retry");
        place.post(&starter, &retry, &json!({"approve": true})).await.refused(403, "four_eyes_starter");
        place.post(&starter, &retry, &json!({"approve": true, "newest": true})).await.is(200);
    });
}

/// Who may approve a run as it starts is asked of one version: where another one is active by then, nothing begins.
#[test]
fn what_is_approved_as_it_starts_is_the_version_that_was_judged() {
    use idflow::{
        engine::{Refused, Request},
        model::trigger::{Trigger, TriggerKind},
        store::StoreError,
    };

    use super::directory::{Desk, ask, good};
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        for name in ["Idle", "Idle again"] {
            let text = format!(
                "dsl: 1\nid: idle\nname: {{zh: 空, en: {name}}}\non: {{manual: {{}}}}\n\
                 connections: {{directory: {{type: directory, ref: default}}}}\n\
                 steps:\n  - {{id: look, name: {{zh: 读, en: Look}}, uses: directory/read}}\n"
            );
            good(ask(&owner, Method::POST, "/workflows", &json!({"text": text}), "").await);
            good(ask(&owner, Method::POST, "/workflows/idle/activate", &json!({}), "").await);
        }
        let engine = desk.shared.app.engine();
        let trigger = || Trigger::new(TriggerKind::Manual, "wang.min", MONDAY);
        let start = |judged| Request { approve: true, judged, ..Request::new("idle", trigger()) };
        let refused = engine.submit(start(Some(1))).await;
        assert!(matches!(refused, Err(Refused::Store(StoreError::Conflict))), "{refused:?}");
        engine.submit(start(Some(2))).await.expect("it is accepted");
        // Who only plans approves nothing.
        let plan = Request { mode: idflow::model::run::Mode::Plan, ..start(Some(1)) };
        engine.submit(plan).await.expect("it is accepted");
    });
}

/// What was saved before something else was refused stands in the audit, and is not done a second time.
#[test]
fn what_is_half_done_is_not_forgotten() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let draft = "/drafts/mine";
        place.post(&owner, "/templates/csv_to_directory/drafts", &json!({"id": "mine"})).await.is(200);
        let headers =
            [("cookie", owner.cookie.as_str()), ("x-idflow-csrf", owner.csrf.as_str()), ("idempotency-key", "plan-it")];
        let folder = place.folder.path().join("import");
        std::fs::create_dir_all(&folder).expect("a folder");
        let body = json!({"inputs": {"folder": folder.display().to_string()}, "until": "nothing"});
        let path = format!("{draft}/plan");
        let plan = async || place.call(Method::POST, &path, &headers, &body, "127.0.0.1").await;
        // There is no such step.
        plan().await.refused(422, "until_unknown");
        let saved = place.get(&owner, "/workflows/mine/versions").await.is(200);
        assert_eq!(saved["items"].as_array().map(Vec::len), Some(1), "{saved}");
        let audit = place.get(&owner, "/audit?deed=plan_draft").await.is(200);
        assert_eq!(
            (&audit["items"][0]["outcome"], &audit["items"][1]),
            (&json!("until_unknown"), &Value::Null),
            "{audit}"
        );
        plan().await.refused(409, "idempotency_end_unknown");
    });
}

/// A step that has nothing in the plan restricts nobody, and what a run offers to its reader is what it lets him do.
#[test]
fn whoever_is_offered_to_approve_a_run_can() {
    run(async {
        let place = Place::new().await;
        let owner = place.owner().await;
        let admin = place.person(&owner, "admin", &["admin"]).await;
        let approver = place.person(&owner, "approver", &["approver"]).await;
        let folder = place.folder.path().join("import");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("departments.csv"), "dept_id,name,parent_id\n1,总部,\n").expect("written");
        std::fs::write(folder.join("users.csv"), "external_id,userid,name,departments\n1,wang.min,王敏,1\n")
            .expect("written");
        let template = place.get(&admin, "/templates/csv_to_directory").await.is(200);
        let template = template["text"].as_str().expect("a text");
        // The first import creates: what takes people away has nothing to do.
        for (id, guarded, may) in [("named", "offboard_user", true), ("unnamed", "upsert_user", false)] {
            let uses = format!("    uses: directory/{guarded}\n");
            let text = template
                .replace(&uses, &format!("{uses}    approval: {{when: always, by: [admin]}}\n"))
                .replace("  on_exceed: hold_removals\n", "  create: {max: 0}\n  on_exceed: hold_removals\n");
            assert_eq!(text.matches("by: [admin]").count() + text.matches("{max: 0}").count(), 2, "{text}");
            place.post(&admin, "/workflows", &json!({"text": text, "id": id})).await.is(200);
            place.post(&admin, &format!("/workflows/{id}/activate"), &json!({})).await.is(200);
            let inputs = json!({"inputs": {"folder": folder.display().to_string()}});
            let run = place.post(&admin, &format!("/workflows/{id}/runs"), &inputs).await.is(200);
            let run = run["run"].as_str().expect("a run").to_string();
            let held = place.get(&approver, &format!("/runs/{run}?wait=true")).await.is(200);
            assert_eq!(held["status"], "held", "{held}");
            let offers = |view: &Value| {
                let verbs = view["allowed"].as_array().expect("verbs");
                (verbs.contains(&json!("approve")), verbs.contains(&json!("reject")))
            };
            assert_eq!(offers(&held), (may, true), "{id}: {held}");
            // Lists say it to each reader as it is for that one, however often and in whatever order they are asked for.
            for (who, told) in [(&approver, may), (&admin, true), (&approver, may)] {
                let listed = place.get(who, "/runs?state=held").await.is(200);
                let listed = listed["items"].as_array().expect("runs").iter().find(|one| one["run"] == *run);
                assert_eq!(listed.map(offers), Some((told, true)), "{id}: {listed:?}");
            }
            let approved = place.post(&approver, &format!("/runs/{run}/approve"), &json!({})).await;
            if may {
                approved.is(200);
                let over = place.get(&approver, &format!("/runs/{run}?wait=true")).await.is(200);
                assert_eq!(over["status"], "succeeded", "{over}");
                let listed = place.get(&approver, "/runs").await.is(200);
                let listed = listed["items"].as_array().expect("runs").iter().find(|one| one["run"] == *run);
                let now = listed.map(|one| (&one["status"], offers(one)));
                assert_eq!(now, Some((&json!("succeeded"), (false, false))), "{listed:?}");
            } else {
                approved.refused(403, "approver_not_named");
                place.post(&admin, &format!("/runs/{run}/reject"), &json!({})).await.is(200);
            }
            // The next one has something to create, too.
            std::fs::write(
                folder.join("users.csv"),
                "external_id,userid,name,departments\n1,wang.min,王敏,1\n2,li.na,李娜,1\n",
            )
            .expect("written");
        }
    });
}
