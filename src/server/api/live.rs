//! `/events` and `/runs/{id}/events`: server-sent events.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::stream;

use crate::{
    app::{
        AppError,
        live::{Viewer, Watched, topics},
    },
    contract::live::{LiveFilter, RunLiveFilter},
    server::{
        Shared,
        error::ApiError,
        extract::{Desk, Id, Params},
    },
};

/// The event that was seen last, as browsers tell it when they come back.
pub struct LastEvent(Option<String>);

impl FromRequestParts<Shared> for LastEvent {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Self::Rejection> {
        let given = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok());
        Ok(Self(given.map(ToString::to_string)))
    }
}

/// A stream of events.
pub struct Events(Viewer);

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        let pieces = stream::unfold(self.0, |mut viewer| async move {
            let piece = viewer.next().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), viewer))
        });
        let mut response = Body::from_stream(pieces).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A proxy that gathers answers would keep events back.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

/// About everything, by topics.
pub async fn all(desk: Desk, Params(filter): Params<LiveFilter>, last: LastEvent) -> Result<Events, ApiError> {
    let ids = filter.runs.as_deref().unwrap_or_default();
    let ids = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
    let run =
        |id: &str| id.parse().map_err(|_: String| AppError::invalid("run_id_invalid").arg("run", id).field("runs"));
    let watched = Watched { topics: topics(&filter.topics)?, runs: ids.map(run).collect::<Result<_, _>>()? };
    Ok(Events(desk.of().watch(watched, last.0.or(filter.after).as_deref()).await?))
}

/// About one run.
pub async fn run(
    desk: Desk,
    Id(run): Id,
    Params(filter): Params<RunLiveFilter>,
    last: LastEvent,
) -> Result<Events, ApiError> {
    let run = desk.of().find_run(&run).await?;
    let watched = Watched { runs: [run].into(), ..Watched::default() };
    Ok(Events(desk.of().watch(watched, last.0.or(filter.after).as_deref()).await?))
}
