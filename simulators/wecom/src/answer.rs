//! What goes back over the wire: status, headers, body, and whether it arrives at all.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use tokio::time::Sleep;

const JSON: &str = "application/json; charset=UTF-8";
const FILE: &str = "application/octet-stream";
const HTML: &str = "text/html; charset=UTF-8";

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    content_type: Option<Cow<'static, str>>,
    /// The code, when the answer is the platform's JSON.
    pub errcode: Option<i64>,
    error_text: Option<String>,
    body: Bytes,
    /// Headers beside those every answer has.
    headers: Vec<(HeaderName, String)>,
}

/// What happens to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is sent.
    Whole,
    /// Its head and this many bytes of its body are sent, then the connection is closed.
    Cut(usize),
    /// It is sent so many bytes at a time, with pauses between.
    Drip { bytes: usize, pause: Duration },
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
    /// The number under which the call is listed as in flight until it is answered.
    pub flight: Option<u64>,
}

impl Answer {
    /// A JSON body with `errcode` 0.
    pub fn success(body: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type: Some(Cow::Borrowed(JSON)),
            errcode: Some(0),
            error_text: None,
            body: body.into(),
            headers: Vec::new(),
        }
    }

    /// A refusal, with the payload keys a failed read still carries and texts of its own.
    pub fn refusal(errcode: i64, text: String, empty: &[&str], extra: &[(&str, String)]) -> Self {
        let quoted = serde_json::Value::String(text.clone()).to_string();
        let mut body = format!("{{\"errcode\":{errcode},\"errmsg\":{quoted}");
        for key in empty {
            body.push_str(",\"");
            body.push_str(key);
            body.push_str("\":[]");
        }
        for (key, value) in extra {
            let quoted = serde_json::Value::String(value.clone());
            body.push_str(&format!(",\"{key}\":{quoted}"));
        }
        body.push('}');
        Self {
            status: 200,
            content_type: Some(Cow::Borrowed(JSON)),
            errcode: Some(errcode),
            error_text: Some(text),
            body: body.into(),
            headers: Vec::new(),
        }
    }

    /// A status without a body.
    pub fn bare(status: u16) -> Self {
        Self::plain(status, None, Bytes::new())
    }

    /// A page of HTML.
    pub fn html(page: String) -> Self {
        Self::page(200, page)
    }

    /// A page of HTML with a status.
    pub fn page(status: u16, page: String) -> Self {
        Self::plain(status, Some(HTML), page.into())
    }

    /// A file.
    pub fn file(status: u16, bytes: Bytes) -> Self {
        Self::plain(status, Some(FILE), bytes)
    }

    fn plain(status: u16, content_type: Option<&'static str>, body: Bytes) -> Self {
        let content_type = content_type.map(Cow::Borrowed);
        Self { status, content_type, errcode: None, error_text: None, body, headers: Vec::new() }
    }

    /// The same answer with one more header; a value that no header can hold is left out.
    pub fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A JSON answer of the admin surface.
    pub fn admin(status: u16, body: Vec<u8>) -> Self {
        Self::plain(status, Some(JSON), body.into())
    }

    /// Names another content type; an empty one is not sent.
    pub fn retype(&mut self, content_type: String) {
        self.content_type = (!content_type.is_empty()).then_some(Cow::Owned(content_type));
    }

    /// Repeats every top-level key of a JSON object.
    pub fn duplicate_keys(&mut self) {
        if let Some(inner) = self.body.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"))
            && !inner.is_empty()
        {
            self.body = [b"{", inner, b",", inner, b"}"].concat().into();
        }
    }

    /// Leaves out of the lists at the top the rows of this userid, or of this number.
    pub fn leave_out(&mut self, key: &str) {
        let Ok(serde_json::Value::Object(mut answer)) = serde_json::from_slice(&self.body) else { return };
        let number = key.parse::<u64>().ok();
        let is_it = |row: &serde_json::Value| row["userid"] == key || number.is_some_and(|number| row["id"] == number);
        for value in answer.values_mut() {
            if let serde_json::Value::Array(rows) = value {
                rows.retain(|row| !is_it(row));
            }
        }
        self.body = serde_json::Value::Object(answer).to_string().into();
    }

    /// Keeps only the first bytes of the body.
    pub fn tear(&mut self, bytes: usize) {
        self.body.truncate(bytes);
    }

    /// The HTTP response, delivered whole, in part or slowly.
    pub fn into_response(self, delivery: Delivery) -> Response<AnswerBody> {
        let length = self.body.len();
        let cut = matches!(delivery, Delivery::Cut(_));
        let body = match delivery {
            Delivery::Cut(bytes) => AnswerBody::Cut { head: Some(self.body.slice(..bytes.min(length))), waited: false },
            Delivery::Drip { bytes, pause } => AnswerBody::Drip { rest: self.body, bytes, pause, sleep: None },
            Delivery::Whole | Delivery::Close | Delivery::Never => AnswerBody::Whole(Some(self.body)),
        };
        let mut response = Response::new(body);
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        match self.content_type {
            Some(Cow::Borrowed(content_type)) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            }
            // A text that no header can hold is left out.
            Some(Cow::Owned(content_type)) => {
                if let Ok(content_type) = HeaderValue::from_str(&content_type) {
                    headers.insert(CONTENT_TYPE, content_type);
                }
            }
            None => {}
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.insert(name, value);
            }
        }
        if cut {
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
    Drip { rest: Bytes, bytes: usize, pause: Duration, sleep: Option<Pin<Box<Sleep>>> },
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
            Self::Drip { rest, .. } if rest.is_empty() => Poll::Ready(None),
            Self::Drip { rest, bytes, pause, sleep } => {
                if let Some(sleep) = sleep {
                    ready!(sleep.as_mut().poll(cx));
                }
                *sleep = Some(Box::pin(tokio::time::sleep(*pause)));
                let next = rest.split_to((*bytes).clamp(1, rest.len()));
                Poll::Ready(Some(Ok(Frame::data(next))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.as_ref().is_none_or(Bytes::is_empty),
            Self::Drip { rest, .. } => rest.is_empty(),
            Self::Cut { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Self::Drip { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            Self::Cut { .. } => SizeHint::default(),
        }
    }
}
