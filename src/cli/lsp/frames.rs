//! Messages off the wire, however they are damaged.
//!
//! A frame is a few header lines, a blank line, and as many bytes as `Content-Length` says. Lines that are no header are
//! skipped, so that one bad frame costs one answer and not the connection; a frame that is too long is read and thrown away.

use std::io::{self, BufRead, Read};

use lsp_server::Message;

/// The longest frame that is looked at: far above any workflow.
const MAX_BYTES: u64 = 16 << 20;
/// The longest header line.
const MAX_LINE: u64 = 4 << 10;

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Box<Message>),
    /// Something that is none; with the id of a request, where one could be seen.
    Bad {
        /// The id.
        id: Option<serde_json::Value>,
        /// Why.
        reason: String,
        /// The code of the answer.
        code: i32,
    },
}

/// Parse error of JSON-RPC.
const PARSE_ERROR: i32 = -32_700;
/// Invalid request of JSON-RPC.
const INVALID_REQUEST: i32 = -32_600;

/// The next message; `None` at the end.
///
/// # Errors
/// A source that cannot be read any more.
pub fn next(source: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let bad = |code, reason: String| Ok(Some(Incoming::Bad { id: None, reason, code }));
    let mut length: Option<u64> = None;
    loop {
        let mut line = Vec::new();
        if source.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            match length {
                Some(_) => break,
                // A blank line before any header.
                None => continue,
            }
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.trim().eq_ignore_ascii_case("content-length") {
            match value.trim().parse() {
                Ok(number) => length = Some(number),
                Err(_) => return bad(PARSE_ERROR, "Content-Length is not a number".into()),
            }
        }
    }
    let length = length.unwrap_or_default();
    if length > MAX_BYTES {
        let skipped = io::copy(&mut source.by_ref().take(length), &mut io::sink())?;
        return bad(INVALID_REQUEST, format!("a message of {skipped} bytes is too long"));
    }
    let mut body = Vec::new();
    if source.by_ref().take(length).read_to_end(&mut body)? < usize::try_from(length).unwrap_or(usize::MAX) {
        return Ok(None);
    }
    let value: serde_json::Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) => return bad(PARSE_ERROR, format!("this is not JSON: {error}")),
    };
    let id = value.get("id").filter(|id| id.is_number() || id.is_string()).cloned();
    Ok(Some(match serde_json::from_value(value) {
        Ok(message) => Incoming::Message(Box::new(message)),
        Err(_) => Incoming::Bad { id, reason: "this is not a message of the protocol".into(), code: INVALID_REQUEST },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_frame_costs_one_answer() {
        let good = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let wire = [
            "\r\nnonsense\r\n".to_string(),
            good("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}"),
            good("{broken"),
            good("[1, 2]"),
            good("{\"id\": \"x\", \"method\": 5}"),
            "Content-Length: many\r\n".to_string(),
            good("{\"jsonrpc\":\"2.0\",\"method\":\"b\"}"),
            "Content-Length: 99\r\n\r\n{".to_string(),
        ]
        .concat();
        let mut source = io::BufReader::new(wire.as_bytes());
        let mut seen = Vec::new();
        while let Some(incoming) = next(&mut source).unwrap() {
            seen.push(match incoming {
                Incoming::Message(message) => match *message {
                    Message::Request(request) => request.method,
                    Message::Notification(notification) => notification.method,
                    Message::Response(_) => "response".into(),
                },
                Incoming::Bad { code, .. } => code.to_string(),
            });
        }
        assert_eq!(seen, ["a", "-32700", "-32600", "-32600", "-32700", "b"]);
    }
}
