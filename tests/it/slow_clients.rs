//! Callers that say little, or say it slowly, keep nobody else out: heads and bodies have their time, and connections their
//! number. Time is the runtime's own and moves when nothing else is to be done, so nobody waits for it.

use std::{sync::Arc, time::Duration};

use idflow::{
    app::{App, Settings},
    engine::clock::SystemClock,
    server::{listen::Front, routes},
    store::location::Location,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::{Instant, timeout},
};

/// Longer than any bound.
const LONG: Duration = Duration::from_secs(600);

/// A server with this many places, and where it listens.
async fn serve(folder: &tempfile::TempDir, places: usize) -> (std::net::SocketAddr, JoinHandle<()>) {
    let settings = Settings {
        data_dir: folder.path().to_path_buf(),
        store: Location::Memory,
        master_key: Some("0".repeat(64)),
        clock: Arc::new(SystemClock),
        disk_floor: 0,
        at_work: None,
    };
    let app = Arc::new(App::open(settings).await.expect("an application"));
    let listen = "127.0.0.1:0".parse().expect("an address");
    let (front, posted) = Front::open(app, folder.path(), listen, "", None).await.expect("it listens");
    let (address, front) = (front.address().expect("an address"), front.at_most(places));
    let server = tokio::spawn(async move {
        let _posted = posted;
        front.serve(std::future::pending()).await;
    });
    (address, server)
}

async fn connect(address: std::net::SocketAddr, say: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(say.as_bytes()).await.expect("said");
    stream
}

/// All that is answered until the other side closes.
async fn answer(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("it is closed").expect("read");
    String::from_utf8_lossy(&bytes).into_owned()
}

const WHOLE: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 8).await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: local", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "] {
        let from = Instant::now();
        let said = answer(connect(address, begun).await).await;
        assert!(!said.contains(" 200 "), "{begun:?}: {said}");
        assert!(from.elapsed() < Duration::from_secs(60), "{begun:?}");
    }
    assert!(answer(connect(address, WHOLE).await).await.contains(" 200 "));
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 8).await;
    let head = "POST /api/v1/session/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"name\":";
    let mut stream = connect(address, head).await;
    let mut bytes = vec![0; 4096];
    let length = timeout(LONG, stream.read(&mut bytes)).await.expect("it is answered").expect("read");
    let said = String::from_utf8_lossy(&bytes[..length]).into_owned();
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("body_slow"), "{said}");
    server.abort();
}

/// Of whatever address somebody asks, known or not.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_waited_for_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 8).await;
    let mut paths: Vec<(String, String)> = routes::routes()
        .iter()
        .filter(|route| route.method != axum::http::Method::GET)
        .map(|route| (route.method.to_string(), format!("/api/v1{}", route.path.replace(['{', '}'], ""))))
        .collect();
    for other in [
        "/sys/thirdApp/sendMessageTest",
        "/hooks/default/x",
        "/callbacks/x",
        "/callbacks/x/y",
        "/callbacks/provider/x/y",
        "/welcome/x",
        "/oauth/oidc/start",
        "/oauth/wecom/x/start",
        "/api",
        "/api/openapi.json",
        "/api/v1/hello",
        "/api/v1/nowhere",
        "/healthz",
        "/readyz",
        "/metrics",
        "/nowhere",
    ] {
        paths.extend(["POST", "GET"].map(|method| (method.to_string(), other.to_string())));
    }
    for (method, path) in paths {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{\"name\":");
        let mut stream = connect(address, &head).await;
        let answered = timeout(Duration::from_secs(60), stream.read(&mut [0; 64])).await;
        assert!(answered.is_ok_and(|read| read.is_ok_and(|read| read > 0)), "{method} {path} is waited for");
    }
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 1).await;
    // More than the buffers on the way hold.
    let asks = "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(64);
    let taker = connect(address, &asks).await;
    assert!(answer(connect(address, WHOLE).await).await.contains(" 200 "));
    drop(taker);
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn silent_connections_keep_others_out_for_a_moment_and_no_longer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 2).await;
    let silent = [connect(address, "").await, connect(address, "GET /").await];
    let mut third = connect(address, WHOLE).await;
    let mut bytes = vec![0; 4096];
    // The two places are taken, and whoever is silent has 15 seconds.
    assert!(timeout(Duration::from_secs(10), third.read(&mut bytes)).await.is_err(), "a third one was let in");
    let length = timeout(LONG, third.read(&mut bytes)).await.expect("it is answered").expect("read");
    assert!(String::from_utf8_lossy(&bytes[..length]).contains(" 200 "));
    drop(silent);
    server.abort();
}

/// Whoever sends too much, or what it may not, learns it although it sends on while the answer is made: a connection that is
/// closed with something unread is reset, and the answer would be lost with it.
#[tokio::test]
async fn who_still_sends_what_is_refused_reads_why() {
    const PART: usize = 64 << 10;
    const PARTS: usize = 96;
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 8).await;
    for (path, status) in [
        ("/api/v1/session/start", " 413 "), // more than somebody may send who has proved nothing
        ("/api/v1/workflows", " 401 "),
        ("/api/v1/directory/uploads", " 401 "), // whose file has no such bound
        ("/hooks/default/nothing", " 413 "),
        ("/nowhere", " 405 "),
    ] {
        let length = PART * PARTS;
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        let mut stream = connect(address, &head).await;
        for part in 0..PARTS {
            stream.write_all(&[b' '; PART]).await.unwrap_or_else(|error| panic!("{path}, part {part}: {error}"));
            if part % 32 == 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        let said = answer(stream).await;
        assert!(said.split("\r\n").next().is_some_and(|line| line.contains(status)), "{path}: {said}");
    }
    server.abort();
}

#[tokio::test]
async fn who_waits_to_be_asked_for_a_body_is_not_asked_for_one_that_nobody_wants() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, server) = serve(&folder, 8).await;
    let head = "POST /api/v1/workflows HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n";
    let said = answer(connect(address, head).await).await;
    assert!(said.starts_with("HTTP/1.1 401 "), "{said}");
    server.abort();
}
