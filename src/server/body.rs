//! How large may the body of a call be, and how long may it take?

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody as _, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt as _};
use tokio::sync::oneshot;

use super::error;
use crate::app::AppError;

/// The largest body of a call of the API.
pub(super) const MOST_BODY: usize = 4 << 20;
/// The largest body of somebody who has proved nothing.
pub(super) const MOST_GUEST_BODY: usize = 16 << 10;
/// How long the body of a request may take.
const BODY: Duration = Duration::from_secs(30);
/// How much of a body that nobody wants is taken in all the same, in bytes, and for how long.
const MOST_UNWANTED: usize = 64 << 20;
const UNWANTED: Duration = Duration::from_secs(2);

/// Reads a body as a whole, in bounded time, before anything is done with it.
pub(super) async fn read_body<const MOST: usize>(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(BODY, to_bytes(body, MOST)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let refused = AppError::invalid("body_too_large").arg("most", (MOST >> 10).to_string());
            return error::answer_as(&refused, Some(StatusCode::PAYLOAD_TOO_LARGE));
        }
        Err(_) => {
            return error::answer_as(&AppError::invalid("body_slow"), Some(StatusCode::REQUEST_TIMEOUT));
        }
    };
    next.run(Request::from_parts(head, Body::from(body))).await
}

/// The operation that takes a file of any size; its body is not read as a whole.
pub(super) const UPLOAD: &str = "upload_file";

/// Takes in what is left of a body that was refused before it was whole. A connection that is closed while its other side still
/// sends is reset, and the reset can take the answer with it: whoever sent too much would learn nothing (RFC 9112, section 9.6).
pub(super) async fn take_in_the_rest(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(head, body)).await;
    }
    // Who waits for a word before the body is sent sends none after a refusal; reading would be that word.
    let waits = head.headers.contains_key(header::EXPECT);
    let (back, mut left) = oneshot::channel();
    let lent = Lent { body: Some(body.into_data_stream()), begun: !waits, back: Some(back) };
    let answer = next.run(Request::from_parts(head, Body::from_stream(lent))).await;
    if let Ok(mut body) = left.try_recv() {
        let mut taken = 0;
        let rest = async {
            while let Some(Ok(part)) = body.next().await {
                taken += part.len();
                if taken > MOST_UNWANTED {
                    break;
                }
            }
        };
        // A sender that is slower than that may miss the answer.
        let _ = tokio::time::timeout(UNWANTED, rest).await;
    }
    answer
}

/// A body that comes back when its reader lets go of it before its end.
struct Lent {
    body: Option<BodyDataStream>,
    /// Whether the other side sends it, whoever asks for it.
    begun: bool,
    back: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.begun = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = body.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (true, Some(body), Some(back)) = (self.begun, self.body.take(), self.back.take()) {
            // Nobody waits for it where the whole request was given up.
            let _ = back.send(body);
        }
    }
}
