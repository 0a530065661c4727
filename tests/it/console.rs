//! The console as a browser gets it: a page under a policy, files that may be kept, and what stands in its place where it was
//! not built.

use std::{io::Write, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use flate2::{Compression, write::GzEncoder};
use idflow::{
    app::{App, Settings},
    engine::clock::SystemClock,
    server::{
        Shared,
        console::Site,
        handshake::{Doorkeeper, LocalKey},
        router_with,
    },
    store::location::Location,
};
use tempfile::TempDir;
use tower::ServiceExt;

const HOST: &str = "127.0.0.1:8080";
const SCRIPT: &str = "export const words = '部门';";

/// A server and the folder of its console.
struct Place {
    router: Router,
    folder: TempDir,
}

/// What was answered.
struct Said {
    status: u16,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Said {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of text"))
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
}

impl Place {
    async fn unbuilt() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            data_dir: folder.path().into(),
            store: Location::Memory,
            master_key: Some("0".repeat(64)),
            clock: Arc::new(SystemClock),
            disk_floor: 0,
            at_work: None,
        };
        let app = Arc::new(App::open(settings).await.expect("an application"));
        let key = LocalKey::open(folder.path()).expect("a key");
        let door = Some(Arc::new(Doorkeeper::new(key, HOST.parse().expect("an address"))));
        let dist = folder.path().join("dist");
        std::fs::create_dir_all(dist.join("assets")).expect("a folder");
        std::fs::write(dist.join(".gitignore"), "*").expect("a file");
        Self { router: router_with(Shared { app, door }, Site::Folder(dist)), folder }
    }

    /// With a console as a build leaves it.
    async fn built() -> Self {
        let place = Self::unbuilt().await;
        let dist = place.folder.path().join("dist");
        let page = "<!doctype html><meta property=\"csp-nonce\" nonce=\"__NONCE__\"><script type=\"module\" \
                    src=\"/assets/main-1a2b.js\" nonce=\"__NONCE__\"></script><div id=\"root\"></div>";
        std::fs::write(dist.join("index.html"), page).expect("a file");
        std::fs::write(dist.join("favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").expect("a file");
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(SCRIPT.as_bytes()).expect("memory");
        std::fs::write(dist.join("assets/main-1a2b.js.gz"), packed.finish().expect("memory")).expect("a file");
        place
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Said {
        let mut request = Request::builder().method(method).uri(path);
        if headers.iter().all(|(name, _)| *name != "host") {
            request = request.header(header::HOST, HOST);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
        let (head, body) = answer.expect("an answer").into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body").to_vec();
        Said { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn get(&self, path: &str) -> Said {
        self.ask("GET", path, &[]).await
    }
}

#[tokio::test]
async fn every_page_comes_with_a_nonce_of_its_own_and_is_not_kept() {
    let place = Place::built().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/", "/w/default/runs?state=failed", "/welcome/abc", "/index.html", "/apis"] {
        let said = place.get(path).await;
        assert_eq!(said.status, 200, "{path}");
        assert_eq!(said.header(header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(said.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
        let policy = said.header(header::CONTENT_SECURITY_POLICY);
        let (_, rest) = policy.split_once("style-src 'self' 'nonce-").expect("a nonce for styles");
        let (nonce, _) = rest.split_once('\'').expect("its end");
        assert_eq!(said.text().matches(&format!("nonce=\"{nonce}\"")).count(), 2, "{}", said.text());
        assert!(!said.text().contains("__NONCE__"));
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        seen.insert(nonce.to_string());
    }
    assert_eq!(seen.len(), 5, "a nonce was used again");
}

#[tokio::test]
async fn files_are_kept_for_good_and_packed_for_who_unpacks() {
    let place = Place::built().await;
    let packed = place.ask("GET", "/assets/main-1a2b.js", &[("accept-encoding", "br;q=1, gzip;q=0.8")]).await;
    assert_eq!((packed.status, packed.header(header::CONTENT_ENCODING)), (200, "gzip"));
    assert_eq!(packed.header(header::CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert_eq!(packed.header(header::VARY), "accept-encoding");
    let plain = place.get("/assets/main-1a2b.js").await;
    assert_eq!((plain.header(header::CONTENT_ENCODING), plain.text()), ("", SCRIPT));
    assert_eq!(plain.header(header::CONTENT_TYPE), "text/javascript; charset=utf-8");
    let icon = place.get("/favicon.svg").await;
    assert_eq!((icon.status, icon.header(header::CONTENT_TYPE)), (200, "image/svg+xml"));
    assert!(!icon.header(header::CACHE_CONTROL).contains("immutable"));
    let head = place.ask("HEAD", "/", &[]).await;
    assert_eq!(head.status, 200);
}

#[tokio::test]
async fn what_is_no_page_is_never_answered_with_one() {
    let place = Place::built().await;
    for path in [
        "/assets/main-old.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/api/v2/runs",
        "/hooks",
        "/callbacks/01J",
        "/oauth/wecom/01J",
        "/metrics",
        "/readyz",
        "/WW_verify_abc.txt",
    ] {
        let said = place.get(path).await;
        assert!(!said.header(header::CONTENT_TYPE).starts_with("text/html"), "{path}: {}", said.text());
    }
    for path in ["/assets/main-old.js", "/assets/../index.html", "/api/v2/runs"] {
        let said = place.get(path).await;
        let problem = (said.status, said.header(header::CONTENT_TYPE));
        assert_eq!(problem, (404, "application/problem+json"), "{path}");
    }
    // Hidden files are no files of the console; the address is a page like any other.
    assert!(place.get("/.gitignore").await.text().starts_with("<!doctype html>"));
    let wrong = place.ask("POST", "/w/default/runs", &[]).await;
    assert_eq!((wrong.status, wrong.header(header::CONTENT_TYPE)), (405, "application/problem+json"));
    // A name that was made to lead to this machine.
    assert_eq!(place.ask("GET", "/", &[("host", "evil.example")]).await.status, 421);
    assert_eq!(place.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn without_a_built_console_a_page_names_the_command_in_both_languages() {
    let place = Place::unbuilt().await;
    let chinese = place.ask("GET", "/", &[("accept-language", "zh-CN,zh;q=0.9")]).await;
    let english = place.get("/").await;
    for said in [&chinese, &english] {
        assert_eq!(said.status, 200);
        assert!(said.text().contains("cargo xtask build"));
        assert!(said.text().contains("lang=\"zh-CN\"><h1>") && said.text().contains("lang=\"en\"><h1>"));
        assert!(said.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        assert!(!said.text().contains("<script"));
    }
    let at = |said: &Said, word: &str| said.text().find(word).expect("the word");
    assert!(at(&chinese, "这个程序") < at(&chinese, "This program"));
    assert!(at(&english, "This program") < at(&english, "这个程序"));
    assert_eq!(place.get("/w/default/runs").await.status, 404);
    // A link that is good once still signs in, by the form that needs no script.
    let form = place.ask("GET", "/welcome/abc", &[("accept-language", "zh")]).await;
    assert!(form.text().contains("<form method=\"post\">") && form.text().contains("登录 idflow"));
}
