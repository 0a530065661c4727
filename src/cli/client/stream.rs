//! Events of a run as they come.

use axum::body::Bytes;
use futures::{StreamExt, stream::BoxStream};

use super::{super::lang::both, failure::Failure};
use crate::contract::live::LiveEvent;

/// A stream of events.
pub struct Events {
    pub(super) pieces: BoxStream<'static, Result<Bytes, String>>,
    pub(super) text: Vec<u8>,
}

impl Events {
    /// The next event; `None` at the end. One that this version does not know is passed over.
    ///
    /// # Errors
    /// A stream that breaks off.
    pub async fn next(&mut self) -> Result<Option<LiveEvent>, Failure> {
        loop {
            while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let lines = event.split(|byte| *byte == b'\n');
                let data = lines.filter_map(|line| line.strip_prefix(b"data: ")).collect::<Vec<_>>().concat();
                if let Ok(event) = serde_json::from_slice(&data) {
                    return Ok(Some(event));
                }
            }
            match self.pieces.next().await {
                Some(Ok(piece)) => self.text.extend_from_slice(&piece),
                Some(Err(error)) => {
                    return Err(Failure::new(both!("连接中断：{error}", "the stream broke off: {error}")));
                }
                None => return Ok(None),
            }
        }
    }
}
