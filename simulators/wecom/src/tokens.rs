//! Access tokens: issuing, expiry, revocation, and the block after too many wrong secrets.

use std::collections::HashMap;
use std::sync::Arc;

use crate::chance;
use crate::corp::{Corp, Holder};
use crate::errors::ApiError;

/// An hour, the window of the wrong-secret count and the length of the block.
const HOUR_MS: u64 = 3_600_000;

/// One issued token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub corpid: Arc<str>,
    pub holder: Holder,
    secret: Box<str>,
    expires_ms: u64,
    revoked: bool,
}

#[derive(Debug, Default)]
struct WrongSecrets {
    since_ms: u64,
    count: u32,
    blocked_until_ms: u64,
}

/// All tokens ever issued, and the addresses that tried wrong secrets.
#[derive(Debug)]
pub(crate) struct Tokens {
    seed: u64,
    issued: u64,
    wrong_secret_limit: u32,
    all: HashMap<Box<str>, Token>,
    newest: HashMap<(Arc<str>, Holder), Box<str>>,
    wrong: HashMap<Box<str>, WrongSecrets>,
}

impl Tokens {
    pub fn new(seed: u64, wrong_secret_limit: u32) -> Self {
        Self { seed, issued: 0, wrong_secret_limit, all: HashMap::new(), newest: HashMap::new(), wrong: HashMap::new() }
    }

    /// A token for a holder and its remaining seconds.
    pub fn issue(&mut self, corp: &Corp, holder: Holder, now_ms: u64) -> (Box<str>, u64) {
        let lifetime = corp.options.token_lifetime_secs;
        let owner: (Arc<str>, Holder) = (corp.corpid.as_str().into(), holder);
        if corp.options.token_reuse
            && let Some(text) = self.newest.get(&owner)
            && self.all.get(text).is_some_and(|token| !token.revoked && token.expires_ms > now_ms)
        {
            return (text.clone(), lifetime);
        }
        let text = self.make_text();
        let token = Token {
            corpid: owner.0.clone(),
            holder,
            secret: corp.secret_of(holder).unwrap_or_default().into(),
            expires_ms: now_ms.saturating_add(lifetime.saturating_mul(1000)),
            revoked: false,
        };
        self.all.insert(text.clone(), token);
        self.newest.insert(owner, text.clone());
        (text, lifetime)
    }

    /// Whose token this is, or why it is not accepted.
    pub fn check(&self, text: &str, now_ms: u64) -> Result<&Token, ApiError> {
        let token = self.all.get(text).filter(|token| !token.revoked).ok_or_else(|| ApiError::of(40014))?;
        if token.expires_ms <= now_ms {
            return Err(ApiError::of(42001));
        }
        Ok(token)
    }

    /// Makes every token invalid (40014).
    pub fn revoke_all(&mut self) {
        self.all.values_mut().for_each(|token| token.revoked = true);
    }

    /// Makes every token expired (42001).
    pub fn expire_all(&mut self) {
        self.all.values_mut().for_each(|token| token.expires_ms = 0);
    }

    /// Makes one token expired (42001).
    pub fn expire(&mut self, text: &str) {
        if let Some(token) = self.all.get_mut(text) {
            token.expires_ms = 0;
        }
    }

    /// Drops tokens whose secret no longer exists after another state was loaded.
    pub fn keep_known(&mut self, corps: &crate::world::Corps) {
        self.all.retain(|_, token| {
            let secret = corps.get(&*token.corpid).and_then(|corp| corp.secret_of(token.holder));
            secret == Some(&*token.secret)
        });
    }

    /// Whether `gettoken` turns this address away.
    pub fn is_blocked(&self, ip: &str, now_ms: u64) -> bool {
        self.wrong.get(ip).is_some_and(|wrong| wrong.blocked_until_ms > now_ms)
    }

    /// Counts a wrong secret; at the limit the address is blocked for an hour.
    pub fn count_wrong_secret(&mut self, ip: &str, now_ms: u64) {
        let wrong = self.wrong.entry(ip.into()).or_default();
        if now_ms.saturating_sub(wrong.since_ms) >= HOUR_MS {
            *wrong = WrongSecrets { since_ms: now_ms, ..WrongSecrets::default() };
        }
        wrong.count += 1;
        if wrong.count >= self.wrong_secret_limit {
            *wrong = WrongSecrets { blocked_until_ms: now_ms.saturating_add(HOUR_MS), ..WrongSecrets::default() };
        }
    }

    /// Real tokens are long and opaque; callers that keep too little room should notice.
    pub fn make_text(&mut self) -> Box<str> {
        let mut text = String::with_capacity(214);
        for part in 0..14 {
            let bits = chance::mix(self.seed, self.issued.wrapping_mul(14).wrapping_add(part));
            text.push_str(&format!("{bits:016x}"));
        }
        self.issued += 1;
        text.truncate(214);
        text.into()
    }
}
