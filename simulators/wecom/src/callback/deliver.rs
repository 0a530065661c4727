//! Calling the addresses: a task that takes events from the queue, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{CallbackAttempt, CallbackOutcome, CallbackSettings, Sealed};
use crate::server::Shared;

/// How many addresses are called at the same time.
const PARALLEL: usize = 16;
/// How often the clock is looked at while something is to happen by itself.
const TICK: Duration = Duration::from_millis(50);
/// The longest answer that is read.
const ANSWER_LIMIT: usize = 64 << 10;

/// Sends what is in the queue until the server ends.
pub(crate) async fn run(shared: Arc<Shared>) {
    let bell = Arc::clone(&shared.lock().outbox.bell);
    let mut flying = JoinSet::new();
    loop {
        let (next, settings, ticks) = {
            let mut world = shared.lock();
            let next = world.outbox.take(PARALLEL.saturating_sub(flying.len()));
            (next, world.outbox.settings, world.has_pending())
        };
        for sealed in next {
            flying.spawn(send(Arc::clone(&shared), sealed, settings));
        }
        tokio::select! {
            () = bell.notified() => {}
            Some(_) = flying.join_next(), if !flying.is_empty() => {}
            () = tokio::time::sleep(TICK), if ticks => {}
        }
    }
}

/// Sends one event until it is answered or was sent often enough.
async fn send(shared: Arc<Shared>, sealed: Sealed, settings: CallbackSettings) {
    let timeout = Duration::from_millis(settings.timeout_ms);
    let mut left = settings.attempts.max(1);
    while left > 0 {
        left -= 1;
        let body = Bytes::copy_from_slice(sealed.body.as_bytes());
        let answer = call(Method::POST, &sealed.url, body, timeout).await;
        let attempt = match &answer {
            Ok((status, _)) => CallbackAttempt { status: Some(*status), error: None },
            Err(error) => CallbackAttempt { status: None, error: Some(error.clone()) },
        };
        let is_received = attempt.status == Some(200);
        let outcome = match (is_received, left) {
            (true, _) => CallbackOutcome::Delivered,
            (false, 0) => CallbackOutcome::GivenUp,
            (false, _) => CallbackOutcome::Waiting,
        };
        shared.lock().outbox.note(sealed.seq, attempt, outcome);
        if is_received {
            // The platform is not sure either whether the first one arrived.
            if sealed.twice {
                let body = Bytes::copy_from_slice(sealed.body.as_bytes());
                let _ = call(Method::POST, &sealed.url, body, timeout).await;
            }
            return;
        }
        tokio::time::sleep(Duration::from_millis(settings.pause_ms)).await;
    }
}

/// Calls an address and reads its answer.
pub(crate) async fn call(method: Method, url: &str, body: Bytes, timeout: Duration) -> Result<(u16, Bytes), String> {
    match tokio::time::timeout(timeout, exchange(method, url, body)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} ms", timeout.as_millis())),
    }
}

async fn exchange(method: Method, url: &str, body: Bytes) -> Result<(u16, Bytes), String> {
    let uri: Uri = url.parse().map_err(|error| format!("not an address: {error}"))?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or("only http:// addresses are called")?;
    let port = uri.port_u16().unwrap_or(80);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let unreached = |error: std::io::Error| format!("not reached: {error}");
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map_err(unreached)?;
    let broken = |error: hyper::Error| format!("no answer: {error}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|error| format!("not an address: {error}"))?;
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    if let Ok(value) = authority.parse() {
        request.headers_mut().insert(HOST, value);
    }
    request.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("text/xml; charset=UTF-8"));
    let answer = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await;
        Ok((status, body.map_err(|error| format!("half an answer: {error}"))?.to_bytes()))
    };
    tokio::pin!(connection);
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        // A connection that ended may have brought the whole answer.
        _ = &mut connection => answer.await,
    }
}
