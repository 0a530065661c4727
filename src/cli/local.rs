//! Another process that owns the data folder, over the loopback. Nothing but a random number is said on a connection until
//! whoever is at its other end has proved that it is that process ([`crate::server::handshake`]); a connection that breaks
//! is not replaced without a new proof.

use std::{net::SocketAddr, path::Path, sync::Mutex, sync::PoisonError, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderValue, Request, header, request},
};
use futures::{StreamExt, stream::BoxStream};
use http_body_util::{BodyExt, BodyStream, Full, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::lang::{Words, both};
use crate::contract::problem::Text;
use crate::server::{
    handshake::{Hello, LocalKey, NONCE, Question, wants_proof},
    note::Note,
};

/// How long a connection to this machine may take.
const CONNECT: Duration = Duration::from_millis(500);
/// How long the proof may take; the machine may have other things to do.
const PROOF: Duration = Duration::from_secs(5);
/// The largest answer to a question for a proof.
const MOST_HELLO: usize = 4 << 10;
/// How often a request is begun anew on a fresh connection.
const TRIES: usize = 4;
/// Connections that are kept for the next request.
const MOST_KEPT: usize = 4;

/// Who answers for a data folder.
pub enum Found {
    /// Nobody: no note, or nobody listens where it says.
    Nobody,
    /// Somebody who cannot prove that it is the process of the note. It was told nothing.
    Stranger(Note),
    /// The process that owns the folder.
    Owner(Owner),
}

/// The process that owns the data folder.
pub struct Owner {
    /// Its note.
    pub note: Note,
    key: LocalKey,
    kept: Mutex<Vec<Line>>,
}

/// A connection whose other end is proved.
struct Line {
    sender: http1::SendRequest<Full<Bytes>>,
    token: String,
}

/// Why a request has no answer.
pub struct Lost {
    /// What happened.
    pub why: Text,
    /// Whether the owner cannot have seen it.
    pub unseen: bool,
    /// What helps, where that is known.
    pub hint: Option<Text>,
}

/// An answer whose body is still to come.
pub struct Answer {
    /// Whether it was done.
    pub good: bool,
    body: Incoming,
    line: Line,
}

impl Found {
    /// Asks whoever the note of a data folder names.
    pub async fn of(data_dir: &Path) -> Self {
        let Some(note) = Note::read(data_dir) else { return Self::Nobody };
        // A note that leads to another machine is not one of ours, and nobody is called there.
        if !note.address.ip().is_loopback() {
            return Self::Stranger(note);
        }
        let Some(stream) = connect(note.address).await else { return Self::Nobody };
        let Some(key) = LocalKey::read(data_dir) else { return Self::Stranger(note) };
        match prove(stream, note.address, &key).await {
            Some(line) => Self::Owner(Owner { note, key, kept: Mutex::new(vec![line]) }),
            None => Self::Stranger(note),
        }
    }
}

impl Owner {
    /// A connection that is proved: one that is kept, or a new one.
    async fn line(&self) -> Result<Line, Lost> {
        loop {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut line) = kept else { break };
            if line.sender.ready().await.is_ok() {
                return Ok(line);
            }
        }
        let address = self.note.address;
        let lost = |why: Text| Lost { why, unseen: true, hint: None };
        let stream = connect(address)
            .await
            .ok_or_else(|| lost(both!("{address} 上已经没有程序应答", "nobody answers at {address} any more")))?;
        prove(stream, address, &self.key).await.ok_or_else(|| {
            lost(both!(
                "现在在 {address} 上应答的程序不能证明自己是那个服务，没有向它发送任何数据",
                "whoever answers at {address} now cannot prove that it is that server; nothing was sent to it"
            ))
        })
    }

    /// Sends a request, which says already for whom it is.
    ///
    /// # Errors
    /// The connection is lost; whether the request was seen by then is told.
    pub async fn ask(&self, request: request::Builder, body: Option<Bytes>) -> Result<Answer, Lost> {
        let unseen = |why: String| Lost { why: why.words(), unseen: true, hint: None };
        let request = request.body(Full::from(body.clone().unwrap_or_default()));
        let request = request.map_err(|error| unseen(error.to_string()))?;
        for _ in 0..TRIES {
            let mut line = self.line().await?;
            let request = addressed(request.clone(), self.note.address, &line.token, body.is_some()).map_err(unseen)?;
            match line.sender.try_send_request(request).await {
                // The proof of this connection is too old: a new one is made. Nothing was done.
                Ok(answer) if wants_proof(&answer) => {}
                Ok(answer) => {
                    return Ok(Answer { good: answer.status().is_success(), body: answer.into_body(), line });
                }
                // It was never sent: the connection had ended while it was kept.
                Err(error) if error.message().is_some() => {}
                Err(error) => return Err(Lost { why: error.error().to_string().words(), unseen: false, hint: None }),
            }
        }
        Err(Lost {
            why: both!("它不接受本命令的证明", "it does not accept the proof of this command"),
            unseen: true,
            hint: None,
        })
    }

    /// The whole body of an answer, of at most so many bytes.
    ///
    /// # Errors
    /// It is cut short, or longer.
    pub async fn read(&self, answer: Answer, most: usize) -> Result<Bytes, String> {
        let Answer { body, line, .. } = answer;
        let bytes = Limited::new(body, most).collect().await.map_err(|error| error.to_string())?.to_bytes();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // One that answers only until its work is done may end at any moment: each request has a connection of its own then.
        if self.note.passing.is_empty() && kept.len() < MOST_KEPT {
            kept.push(line);
        }
        Ok(bytes)
    }
}

impl Answer {
    /// The body, piece by piece.
    pub fn pieces(self) -> BoxStream<'static, Result<Bytes, String>> {
        let Self { body, line, .. } = self;
        BodyStream::new(body)
            .filter_map(move |frame| {
                // The connection lives as long as the body.
                let _line = &line;
                futures::future::ready(match frame {
                    Ok(frame) => frame.into_data().ok().map(Ok),
                    Err(error) => Some(Err(error.to_string())),
                })
            })
            .boxed()
    }
}

async fn connect(address: SocketAddr) -> Option<TcpStream> {
    let stream = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await.ok()?.ok()?;
    let _ = stream.set_nodelay(true);
    Some(stream)
}

/// Asks whoever is at the other end for a proof; nothing when there is none.
async fn prove(stream: TcpStream, address: SocketAddr, key: &LocalKey) -> Option<Line> {
    let asking = async {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let question = Question::new(key, address);
        let request = Request::get("/api/v1/hello").header(header::HOST, address.to_string());
        let request = request.header(NONCE, &question.asked).body(Full::default()).ok()?;
        let answer = sender.send_request(request).await.ok()?;
        let body = Limited::new(answer.into_body(), MOST_HELLO).collect().await.ok()?.to_bytes();
        let hello: Hello = serde_json::from_slice(&body).ok()?;
        Some(Line { token: question.token(&hello)?, sender })
    };
    let mut line = tokio::time::timeout(PROOF, asking).await.ok()??;
    line.sender.ready().await.ok()?;
    Some(line)
}

/// The request to this address, with the proof of its connection.
fn addressed(
    mut request: Request<Full<Bytes>>,
    address: SocketAddr,
    token: &str,
    has_body: bool,
) -> Result<Request<Full<Bytes>>, String> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
    let headers = request.headers_mut();
    headers.insert(header::HOST, value(&address.to_string())?);
    headers.insert(header::AUTHORIZATION, value(token)?);
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(request)
}
