//! What goes back over the wire: status, headers, body, and whether it arrives at all.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};

const JSON: &str = "application/json; charset=UTF-8";
const HTML: &str = "text/html; charset=UTF-8";

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    content_type: Option<&'static str>,
    /// The code, when the answer is the platform's JSON.
    pub errcode: Option<i64>,
    error_text: Option<String>,
    body: Bytes,
}

/// What happens to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is sent.
    Whole,
    /// Its head and this many bytes of its body are sent, then the connection is closed.
    Cut(usize),
    /// The connection is closed without it.
    Close,
    /// The caller waits for ever.
    Never,
}

/// The result of a call: the answer and what becomes of it.
#[derive(Debug)]
pub(crate) struct Served {
    pub answer: Option<Answer>,
    pub delivery: Delivery,
    pub wait: Duration,
}

impl Answer {
    /// A JSON body with `errcode` 0.
    pub fn success(body: Vec<u8>) -> Self {
        Self { status: 200, content_type: Some(JSON), errcode: Some(0), error_text: None, body: body.into() }
    }

    /// A refusal, with the payload keys a failed read still carries.
    pub fn refusal(errcode: i64, text: String, empty: &[&str]) -> Self {
        let quoted = serde_json::Value::String(text.clone()).to_string();
        let mut body = format!("{{\"errcode\":{errcode},\"errmsg\":{quoted}");
        for key in empty {
            body.push_str(",\"");
            body.push_str(key);
            body.push_str("\":[]");
        }
        body.push('}');
        Self {
            status: 200,
            content_type: Some(JSON),
            errcode: Some(errcode),
            error_text: Some(text),
            body: body.into(),
        }
    }

    /// A status without a body.
    pub fn bare(status: u16) -> Self {
        Self { status, content_type: None, errcode: None, error_text: None, body: Bytes::new() }
    }

    /// A page of HTML.
    pub fn html(page: String) -> Self {
        Self { status: 200, content_type: Some(HTML), errcode: None, error_text: None, body: page.into() }
    }

    /// A JSON answer of the admin surface.
    pub fn admin(status: u16, body: Vec<u8>) -> Self {
        Self { status, content_type: Some(JSON), errcode: None, error_text: None, body: body.into() }
    }

    /// The HTTP response, cut after some bytes if wanted.
    pub fn into_response(self, cut: Option<usize>) -> Response<AnswerBody> {
        let length = self.body.len();
        let body = match cut {
            None => AnswerBody::Whole(Some(self.body)),
            Some(bytes) => AnswerBody::Cut { head: Some(self.body.slice(..bytes.min(length))), waited: false },
        };
        let mut response = Response::new(body);
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if cut.is_some() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let (Some(errcode), Some(text)) = (self.errcode, self.error_text) {
            headers.insert(HeaderName::from_static("error-code"), HeaderValue::from(errcode));
            // A text a fault asked for may hold what no header can; then only the body has it.
            if let Ok(text) = HeaderValue::from_bytes(text.as_bytes()) {
                headers.insert(HeaderName::from_static("error-msg"), text);
            }
        }
        response
    }
}

/// The body of a response.
#[derive(Debug)]
pub(crate) enum AnswerBody {
    Whole(Option<Bytes>),
    Cut { head: Option<Bytes>, waited: bool },
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                Poll::Ready(body.take().filter(|body| !body.is_empty()).map(|body| Ok(Frame::data(body))))
            }
            Self::Cut { head, waited } => {
                if let Some(bytes) = head.take().filter(|bytes| !bytes.is_empty()) {
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                // Pausing once lets the connection send what it has before the error closes it.
                if !std::mem::replace(waited, true) {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(std::io::Error::other("the answer is cut here on purpose"))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(body) if body.as_ref().is_none_or(Bytes::is_empty))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Self::Cut { .. } => SizeHint::default(),
        }
    }
}
