//! `/metrics` for Prometheus, `/readyz` for whoever shares out requests. Metrics tell of the program and never of a company: no
//! name, no tenant, no key stands in them.

use std::{
    fmt::Write,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Shared, auth::Peer, envelope::Counted, error};
use crate::app::{AppError, proof::same};

/// How long a store may take that is well.
const STORE: Duration = Duration::from_secs(2);

/// Whether whoever asks may read metrics: by the token, or from this machine and not through a proxy.
fn may_read(shared: &Shared, request: &Request) -> bool {
    let Some(door) = &shared.door else { return true };
    if let Some(token) = &door.reach().metrics_token {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        return same(shown.trim(), token);
    }
    let near = request.extensions().get::<Peer>().is_some_and(|Peer(peer)| peer.to_canonical().is_loopback());
    near && ["x-forwarded-for", "forwarded", "x-real-ip"].iter().all(|name| !request.headers().contains_key(*name))
}

/// The metrics.
pub async fn metrics(State((shared, counted)): State<(Shared, Arc<Counted>)>, request: Request) -> Response {
    if !may_read(&shared, &request) {
        return error::answer(&AppError::not_found("route_unknown"));
    }
    let app = &shared.app;
    let up = tokio::time::timeout(STORE, app.store_answers()).await.is_ok_and(|answers| answers);
    let mut out = String::new();
    let mut tell = |name: &str, kind: &str, help: &str, values: &[(String, f64)]| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(out, "{name}{labels} {value}");
        }
    };
    let one = |value: f64| vec![(String::new(), value)];
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    tell("idflow_build_info", "gauge", "The version that runs.", &[(version, 1.0)]);
    let classes = counted
        .classes
        .iter()
        .zip(1..)
        .map(|(count, class)| (format!("{{class=\"{class}xx\"}}"), count.load(Ordering::Relaxed) as f64));
    tell("idflow_http_responses_total", "counter", "Answers by class of status.", &classes.collect::<Vec<_>>());
    let seconds = counted.ms.load(Ordering::Relaxed) as f64 / 1000.0;
    tell("idflow_http_seconds_total", "counter", "Seconds that answers took, all together.", &one(seconds));
    let (at_work, streams) = (app.engine().at_work().len() as f64, app.live().streams() as f64);
    tell("idflow_runs_at_work", "gauge", "Runs that this process works on or has waiting.", &one(at_work));
    tell("idflow_live_streams", "gauge", "Live views that are open.", &one(streams));
    let tasks = app.background().failures();
    let tasks = tasks.into_iter().map(|(name, number)| (format!("{{task=\"{name}\"}}"), f64::from(number)));
    let help = "How often a task in the background failed and was started again.";
    tell("idflow_background_failures_total", "counter", help, &tasks.collect::<Vec<_>>());
    if let Some(bytes) = resident() {
        tell("process_resident_memory_bytes", "gauge", "Memory of this process.", &one(bytes as f64));
    }
    if let Some(disk) = app.disk() {
        if let Some(free) = disk.free {
            tell("idflow_disk_free_bytes", "gauge", "Free bytes on the disk of the data folder.", &one(free as f64));
        }
        let floor = disk.floor as f64;
        tell("idflow_disk_floor_bytes", "gauge", "Free bytes below which no run begins.", &one(floor));
    }
    tell("idflow_store_up", "gauge", "Whether the store answers.", &one(f64::from(u8::from(up))));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], out).into_response()
}

/// Bytes of memory of this process, where the system tells.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kb: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kb << 10)
}

/// `ready`, or 503 while requests are better sent elsewhere: the store does not answer, or this process is about to end.
pub async fn ready(State(shared): State<Shared>) -> Response {
    let stopping = shared.app.live().is_stopping();
    let up = tokio::time::timeout(STORE, shared.app.store_answers()).await.is_ok_and(|answers| answers);
    match (stopping, up) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response(),
        (_, false) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer").into_response(),
        _ => "ready".into_response(),
    }
}
