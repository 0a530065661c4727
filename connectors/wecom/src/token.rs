//! The access token of one secret: kept while it is good, fetched by one caller while the others wait.
//!
//! Repeated wrong secrets get the whole address refused for an hour, so a refused fetch is remembered for a short while,
//! and callers that waited for a failed fetch share its error instead of fetching in turn.
//!
//! Lifetimes are measured on the monotonic clock, not on [`idflow_sdk::Context::now_ms`]: that time may stand still
//! during a run.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use idflow_sdk::{Error, ErrorKind, Secret};
use tokio::{sync::Mutex, time::Instant};

/// How long a refusal is remembered.
const REFUSAL_MEMORY: Duration = Duration::from_secs(30);
/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(300);

/// The token of one secret.
#[derive(Default)]
pub(crate) struct Tokens {
    state: Mutex<TokenState>,
    /// How many fetches have ended. Read before waiting for the lock: a larger number afterwards means that a fetch
    /// ended meanwhile.
    ended: AtomicU64,
}

#[derive(Default)]
struct TokenState {
    held: Option<(Secret, Instant)>,
    refused: Option<(Error, Instant)>,
    last_error: Option<Error>,
}

/// A token just fetched.
pub(crate) struct Fresh {
    /// The token.
    pub token: Secret,
    /// How long the platform says it is good.
    pub lifetime: Duration,
}

impl Tokens {
    /// The token, fetched by `fetch` if there is none.
    pub async fn get<F>(&self, fetch: impl FnOnce() -> F) -> Result<Secret, Error>
    where
        F: Future<Output = Result<Fresh, Error>>,
    {
        let ended = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some((token, until)) = &state.held
            && now < *until
        {
            return Ok(token.clone());
        }
        if let Some((error, until)) = &state.refused
            && now < *until
        {
            return Err(error.clone());
        }
        if self.ended.load(Ordering::Acquire) != ended
            && let Some(error) = &state.last_error
        {
            return Err(error.clone());
        }
        *state = TokenState::default();
        let fetched = fetch().await;
        self.ended.fetch_add(1, Ordering::Release);
        match fetched {
            Ok(Fresh { token, lifetime }) => {
                state.held = Some((token.clone(), Instant::now() + usable(lifetime)));
                Ok(token)
            }
            Err(error) => {
                // One call too many is remembered by its bucket.
                let memory = (error.kind == ErrorKind::Configuration).then_some(REFUSAL_MEMORY);
                state.refused = memory.map(|memory| (error.clone(), Instant::now() + memory));
                state.last_error = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Forgets this token; one that came since stays.
    pub async fn discard(&self, token: &Secret) {
        let mut state = self.state.lock().await;
        if state.held.as_ref().is_some_and(|(held, _)| held.expose() == token.expose()) {
            state.held = None;
            state.last_error = None;
        }
    }
}

/// The part of a lifetime in which a token is used.
fn usable(lifetime: Duration) -> Duration {
    lifetime - MARGIN.min(lifetime / 10)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use idflow_sdk::Problem;

    use super::*;

    fn fresh(name: &str, seconds: u64) -> Result<Fresh, Error> {
        Ok(Fresh { token: Secret::new(name.into()), lifetime: Duration::from_secs(seconds) })
    }

    fn failure(kind: ErrorKind) -> Result<Fresh, Error> {
        Err(Error::new(kind, Problem::new("WECOM_40001")))
    }

    #[tokio::test]
    async fn many_callers_fetch_once_whether_it_succeeds_or_fails() {
        for kind in [None, Some(ErrorKind::Unavailable), Some(ErrorKind::Configuration)] {
            let tokens = Arc::new(Tokens::default());
            let fetches = Arc::new(AtomicU64::new(0));
            let callers: Vec<_> = (0..50)
                .map(|_| {
                    let (tokens, fetches) = (tokens.clone(), fetches.clone());
                    tokio::spawn(async move {
                        tokens
                            .get(|| async {
                                fetches.fetch_add(1, Ordering::SeqCst);
                                tokio::time::sleep(Duration::from_millis(20)).await;
                                kind.map_or_else(|| fresh("t", 7200), failure)
                            })
                            .await
                            .is_ok()
                    })
                })
                .collect();
            for caller in callers {
                assert_eq!(caller.await.expect("caller"), kind.is_none());
            }
            assert_eq!(fetches.load(Ordering::SeqCst), 1, "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_end_before_their_time_and_refusals_are_forgotten() {
        let tokens = Tokens::default();
        let get = async |name: &'static str, result: fn(&str, u64) -> Result<Fresh, Error>| {
            tokens.get(|| async { result(name, 7200) }).await.map(|token| token.expose().to_owned())
        };
        assert_eq!(get("a", fresh).await.expect("token"), "a");
        tokio::time::advance(Duration::from_secs(6899)).await;
        assert_eq!(get("b", fresh).await.expect("token"), "a");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(get("b", fresh).await.expect("token"), "b");
        tokens.discard(&Secret::new("a".into())).await;
        assert_eq!(get("c", fresh).await.expect("token"), "b");
        tokens.discard(&Secret::new("b".into())).await;
        assert!(get("c", |_, _| failure(ErrorKind::Configuration)).await.is_err());
        tokio::time::advance(Duration::from_secs(29)).await;
        assert!(get("d", fresh).await.is_err());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(get("d", fresh).await.expect("token"), "d");
        tokens.discard(&Secret::new("d".into())).await;
        assert!(get("e", |_, _| failure(ErrorKind::Unavailable)).await.is_err());
        assert_eq!(get("e", fresh).await.expect("token"), "e");
    }
}
