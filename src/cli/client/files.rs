//! Files that are written from an answer and sent as a body.

use std::{fmt::Display, path::Path};

use axum::http::Method;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{super::lang::both, Client, failure::Failure, refusal, words::read};
use crate::contract::upload::MOST_BYTES;

impl Client {
    /// Writes an answer into a file, piece by piece. The file has its name only when it is complete.
    ///
    /// # Errors
    /// What the API refuses, a file that cannot be written, an answer that is cut short.
    pub async fn download(&self, path: &str, file: &Path) -> Result<u64, Failure> {
        let path = format!("/api/v1{path}");
        let name = file.display();
        let failed = |error: std::io::Error| Failure::file(&name, &error);
        let lost = |error: &dyn Display| Failure::new(both!("响应不完整：{error}", "the answer is cut short: {error}"));
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        // One that was left there may have other rights.
        let _ = tokio::fs::remove_file(&part).await;
        let (good, mut pieces) = self.pieces(&path).await?;
        if !good {
            let mut answer = Vec::new();
            while let Some(piece) = pieces.next().await {
                answer.extend_from_slice(&piece.map_err(|error| lost(&error))?);
            }
            return Err(refusal(&answer));
        }
        let mut options = tokio::fs::File::options();
        options.write(true).create(true).truncate(true);
        // With names and, if wanted so, phone numbers of people in it.
        #[cfg(unix)]
        options.mode(0o600);
        let mut out = options.open(&part).await.map_err(failed)?;
        let written = async {
            let mut bytes = 0;
            while let Some(piece) = pieces.next().await {
                let piece = piece.map_err(|error| lost(&error))?;
                bytes += piece.len() as u64;
                out.write_all(&piece).await.map_err(failed)?;
            }
            out.sync_all().await.map_err(failed)?;
            tokio::fs::rename(&part, file).await.map_err(failed)?;
            Ok(bytes)
        };
        let written = written.await;
        if written.is_err() {
            let _ = tokio::fs::remove_file(&part).await;
        }
        written
    }

    /// Sends what is in a file as it is.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, bytes: Vec<u8>) -> Result<T, Failure> {
        read(self.call_with(Method::POST, path, Some(bytes.into()), None).await?)
    }
}

/// What is in a file that is to be sent.
///
/// # Errors
/// A file that cannot be read, one that is too large.
pub async fn contents(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file(file.display(), &error);
    let opened = tokio::fs::File::open(file).await.map_err(failed)?;
    let told = opened.metadata().await.map_err(failed)?.len();
    let mut bytes = Vec::new();
    // What has no length of its own, a device for example, ends where no more is taken.
    if told <= MOST_BYTES {
        opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    }
    if told > MOST_BYTES || bytes.len() as u64 > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        return Err(Failure::new(both!("文件超过 {most} MB", "the file is larger than {most} MB"))
            .hint(both!("减少内容后重试", "send less")));
    }
    Ok(bytes)
}
