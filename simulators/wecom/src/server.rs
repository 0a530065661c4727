//! Connections: accepting them, reading requests, waiting, and writing or withholding answers.
//!
//! Plain hyper rather than a router, because faults need to end a connection without an answer or in
//! the middle of one. The lock is taken once per request and never held while waiting.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, RANGE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use serde_json::Map;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::admin;
use crate::answer::{Answer, AnswerBody, Delivery};
use crate::api::fields::{Query, parse_body};
use crate::api::{UPLOAD, upload};
use crate::errors::ApiError;
use crate::pages;
use crate::world::{Request, World};

/// Where the calls of the API begin; everything else is a page.
const API: &str = "/cgi-bin/";
/// The largest body of a platform call.
const BODY_LIMIT: usize = 20 << 20;
/// The largest body of an upload: a file of 20 MB with what is around it, and one that is just too large.
const UPLOAD_LIMIT: usize = 24 << 20;
/// The largest body of an admin call; a state may be big.
const ADMIN_BODY_LIMIT: usize = 1 << 30;
/// The header in which a caller that has several nodes says which one it is, and by which right it writes. The platform does
/// not know it; it is kept with the request.
const LEASE: &str = "x-idflow-lease";
/// The header by which a test calls from another address.
const SOURCE_IP: &str = "x-sim-source-ip";

/// The state of a server, shared by its connections.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    admin_key: Option<String>,
}

impl Shared {
    pub fn new(world: World, admin_key: Option<String>) -> Self {
        Self { world: Mutex::new(world), admin_key }
    }

    /// The word in every admin path, if there is one.
    pub fn admin_key(&self) -> Option<&str> {
        self.admin_key.as_deref()
    }

    /// The state, with import jobs as far as they should be by now. A panic in an earlier call leaves data that is
    /// still worth reading.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.settle();
        world
    }
}

/// A call in flight; it is over when its answer is handed on or its caller is gone.
struct Flight<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.shared.lock().in_flight.end(self.number);
    }
}

/// A connection that ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends here on purpose")]
struct Withheld;

/// Serves connections until told to stop; then all of them are closed.
pub(crate) async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stop: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    connections.spawn(crate::callback::deliver::run(Arc::clone(&shared)));
    loop {
        let accepted = tokio::select! {
            _ = &mut stop => return,
            accepted = listener.accept() => accepted,
        };
        // An accept that failed concerns one caller, who will try again.
        if let Ok((stream, peer)) = accepted {
            connections.spawn(serve(stream, peer.ip(), Arc::clone(&shared)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, peer: IpAddr, shared: Arc<Shared>) {
    // Without this, small answers wait for acknowledgements of earlier ones.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(request, peer, &shared));
    // A caller that goes away and an answer withheld on purpose both end up here as errors.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    request: HttpRequest<Incoming>,
    peer: IpAddr,
    shared: &Shared,
) -> Result<Response<AnswerBody>, Withheld> {
    let (head, body) = request.into_parts();
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    if let Some(route) = admin::route_of(path, shared.admin_key()) {
        let host = head.headers.get(HOST).and_then(|value| value.to_str().ok());
        if !admin::is_here(host) {
            return Ok(admin::refuse(421, "admin calls name this machine: 127.0.0.1 or localhost")
                .into_response(Delivery::Whole));
        }
        let answer = match read(body, ADMIN_BODY_LIMIT).await {
            Some(body) => admin::answer(shared, &head.method, route, query, &body).await,
            None => admin::refuse(413, "the body is too large or broken"),
        };
        return Ok(answer.into_response(Delivery::Whole));
    }
    if head.method == Method::GET && !path.starts_with(API) {
        let range = head.headers.get(RANGE).and_then(|value| value.to_str().ok());
        if let Some(answer) = pages::answer(&mut shared.lock(), path, query, range) {
            return Ok(answer.into_response(Delivery::Whole));
        }
    }
    let is_upload = path == UPLOAD && head.method == Method::POST;
    let body = read(body, if is_upload { UPLOAD_LIMIT } else { BODY_LIMIT }).await;
    let upload = match &body {
        Some(body) if is_upload => {
            let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            Some(upload::read(content_type, body.clone()).await)
        }
        None if is_upload => Some(Err(ApiError::of(45001))),
        _ => None,
    };
    let source = head.headers.get(SOURCE_IP).and_then(|value| value.to_str().ok());
    let ip = source.map_or_else(|| peer.to_string(), str::to_owned);
    let served = {
        let request = Request {
            method: &head.method,
            path,
            raw_query: query,
            query: Query::parse(query),
            ip: &ip,
            lease: head.headers.get(LEASE).and_then(|value| value.to_str().ok()),
            raw_body: body.as_deref().filter(|_| !is_upload).unwrap_or_default(),
            body: match &body {
                _ if head.method != Method::POST || is_upload => Ok(Map::new()),
                Some(body) => parse_body(body),
                None => Err(ApiError::of(40206)),
            },
            upload,
        };
        shared.lock().serve(&request)
    };
    let _flight = served.flight.map(|number| Flight { shared, number });
    if !served.wait.is_zero() {
        tokio::time::sleep(served.wait).await;
    }
    match served.delivery {
        Delivery::Never => return std::future::pending().await,
        Delivery::Close => return Err(Withheld),
        Delivery::Whole | Delivery::Cut(_) | Delivery::Drip { .. } => {}
    }
    let answer = served.answer.unwrap_or_else(|| Answer::bare(500));
    Ok(answer.into_response(served.delivery))
}

/// The whole body; nothing when it is too large or breaks off.
async fn read(body: Incoming, limit: usize) -> Option<Bytes> {
    Limited::new(body, limit).collect().await.ok().map(|collected| collected.to_bytes())
}
