//! Whether a caller shows what its address wants.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use idflow_sdk::{Problem, Secret};
use sha2::{Digest, Sha256};

use super::proof::{same, sign};
use crate::{contract::problem::Text, model::hex::hex, store::webhooks::Hook};

/// Signatures that are looked at in one header.
const MOST_SIGNATURES: usize = 5;
/// The longest header that is looked at.
const MOST_HEADER: usize = 1024;

/// What a caller shows, as it stands in the headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presented<'a> {
    /// `X-Idflow-Signature`, or `X-Hub-Signature-256` where that is missing.
    pub signature: Option<&'a str>,
    /// `Authorization`, whole.
    pub authorization: Option<&'a str>,
    /// The method.
    pub method: &'a str,
    /// The query, decoded.
    pub query: &'a [(String, String)],
    /// The headers, with small names.
    pub headers: &'a [(String, String)],
    /// `Idempotency-Key`: the caller's own name for this call, the same when it is sent again.
    pub name: Option<&'a str>,
}

/// What the proof of a call says.
pub(super) enum Proved {
    /// The caller has the secret, and means this moment; with what the call is remembered by.
    Good(Option<String>),
    /// The caller has the secret, but the call could be an old one.
    Doubtful(Problem),
    /// Somebody else.
    No,
}

/// Which header carries what, for the caller; `header` is the one that an address with `verify: header` names.
#[must_use]
pub fn how_to_call(verify: &str, header: &str) -> Text {
    let (zh, en) = match verify {
        "token" => ("Authorization: Bearer 密钥", "Authorization: Bearer SECRET"),
        "basic" => (
            "Authorization: Basic（用户名 `idflow`，密码为密钥）",
            "Authorization: Basic, with the user name `idflow` and the secret as password",
        ),
        "header" => return Text { zh: format!("{header}: 密钥"), en: format!("{header}: SECRET") },
        "hmac_sha256_body" => (
            "X-Idflow-Signature: sha256=HEX（用密钥对正文计算的 HMAC-SHA256）",
            "X-Idflow-Signature: sha256=HEX, HMAC-SHA256 of the body with the secret",
        ),
        _ => (
            "X-Idflow-Signature: t=SECONDS,v1=HEX（用密钥对 `SECONDS.正文` 计算的 HMAC-SHA256；SECONDS 为 1970 年以来的秒数）",
            "X-Idflow-Signature: t=SECONDS,v1=HEX, HMAC-SHA256 of `SECONDS.BODY` with the secret; SECONDS is the time since 1970",
        ),
    };
    Text { zh: zh.into(), en: en.into() }
}

/// Base64, with or without what fills it up.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The user name of `basic`.
const USER: &str = "idflow";

/// The secret that a caller shows, where the address wants one.
fn shown_secret(hook: &Hook, shown: Presented<'_>) -> Option<String> {
    match hook.verify.as_str() {
        "token" => shown.authorization?.strip_prefix("Bearer ").map(ToString::to_string),
        "basic" => {
            let text = shown.authorization?.strip_prefix("Basic ").filter(|text| text.len() <= MOST_HEADER)?;
            let bytes = BASE64.decode(text.trim()).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            let (user, password) = text.split_once(':')?;
            (user == USER).then(|| password.to_string())
        }
        _ => {
            let name = hook.header.as_deref()?;
            shown.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        }
    }
}

/// What a call proves.
pub(super) fn prove(hook: &Hook, secrets: &[Secret], shown: Presented<'_>, body: &[u8], now: i64) -> Proved {
    let header = shown.signature.filter(|header| header.len() <= MOST_HEADER);
    // All secrets and signatures are looked at, whichever of them fits.
    let signed = |given: &[&str], parts: &[&[u8]]| {
        let wanted = secrets.iter().map(|secret| sign(secret.expose().as_bytes(), parts));
        wanted.fold(false, |good, wanted| {
            given.iter().fold(good, |good, given| same(&given.to_ascii_lowercase(), &wanted) | good)
        })
    };
    let alone = || header.map(|header| header.trim().strip_prefix("sha256=").unwrap_or(header.trim()));
    match hook.verify.as_str() {
        "token" | "basic" | "header" => {
            let token = shown_secret(hook, shown).unwrap_or_default();
            let good = secrets.iter().fold(false, |good, secret| same(&token, secret.expose()) | good);
            if good { Proved::Good(None) } else { Proved::No }
        }
        "hmac_sha256_body" => {
            if alone().is_some_and(|given| signed(&[given], &[body])) {
                Proved::Good(None)
            } else {
                Proved::No
            }
        }
        "hmac_sha256" => match header.and_then(timed) {
            Some((seconds, given)) => {
                if !signed(&given, &[seconds.as_bytes(), b".", body]) {
                    return Proved::No;
                }
                let time_ms = seconds.parse::<i64>().unwrap_or(0).saturating_mul(1000);
                let apart = time_ms.abs_diff(now);
                if apart > hook.window_ms.unsigned_abs() {
                    let old = Problem::new("hook_call_old").arg("apart", (apart / 1000).to_string());
                    return Proved::Doubtful(old.arg("most", (hook.window_ms / 1000).to_string()));
                }
                let mut message = Sha256::new();
                message.update(format!("message\n{seconds}\n"));
                message.update(body);
                Proved::Good(Some(hex(&message.finalize())))
            }
            None if alone().is_some_and(|given| signed(&[given], &[body])) => {
                Proved::Doubtful(Problem::new("hook_time_unsigned"))
            }
            None => Proved::No,
        },
        _ => Proved::No,
    }
}

/// The parts of `t=SECONDS,v1=HEX,v1=HEX`. What has other names is for other versions.
fn timed(header: &str) -> Option<(&str, Vec<&str>)> {
    let mut seconds = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", value) if seconds.is_none() => seconds = Some(value),
            ("t", _) => return None,
            ("v1", value) if signatures.len() < MOST_SIGNATURES => signatures.push(value),
            _ => {}
        }
    }
    let seconds = seconds.filter(|text| (1..=12).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()))?;
    (!signatures.is_empty()).then_some((seconds, signatures))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_336_000_000;

    fn hook(verify: &str) -> Hook {
        Hook {
            path: "p".into(),
            workflow: "w".into(),
            verify: verify.into(),
            window_ms: 300_000,
            methods: vec!["POST".into()],
            header: Some("x-api-key".into()),
            wait_ms: None,
            status: None,
            reply: None,
            sealed: None,
            before: None,
            older: Vec::new(),
            created: 0,
            refused: None,
        }
    }

    fn proved(verify: &str, signature: &str, body: &[u8]) -> &'static str {
        let secrets = [Secret::new("new".into()), Secret::new("old".into())];
        let shown = Presented { signature: Some(signature), ..Presented::default() };
        match prove(&hook(verify), &secrets, shown, body, NOW) {
            Proved::Good(Some(_)) => "once",
            Proved::Good(None) => "good",
            Proved::Doubtful(_) => "doubtful",
            Proved::No => "no",
        }
    }

    #[test]
    fn time_and_body_are_signed() {
        let of =
            |secret: &str, seconds: i64, body: &str| sign(secret.as_bytes(), &[format!("{seconds}.{body}").as_bytes()]);
        let now = NOW / 1000;
        let good = of("new", now, "{}");
        for (signature, wanted) in [
            (format!("t={now},v1={good}"), "once"),
            (format!(" v1={} , t={now}", good.to_uppercase()), "once"),
            (format!("t={now},v0=x,v1={},v1={good}", "0".repeat(64)), "once"),
            (format!("t={now},v1={}", of("old", now, "{}")), "once"),
            (format!("t={},v1={}", now - 300, of("new", now - 300, "{}")), "once"),
            (format!("t={},v1={}", now + 300, of("new", now + 300, "{}")), "once"),
            (format!("t={},v1={}", now - 301, of("new", now - 301, "{}")), "doubtful"),
            (format!("t={},v1={}", now + 301, of("new", now + 301, "{}")), "doubtful"),
            (format!("t={},v1={good}", now + 1), "no"),
            (format!("t={now},t={now},v1={good}"), "no"),
            (format!("t={now},v1="), "no"),
            (format!("t=,v1={good}"), "no"),
            (format!("t=-{now},v1={good}"), "no"),
            (format!("v1={good}"), "no"),
            (format!("t={now},v1={}", of("other", now, "{}")), "no"),
            (format!("sha256={}", sign(b"new", &[b"{}"])), "doubtful"),
            (sign(b"new", &[b"{}"]), "doubtful"),
            (format!("sha256={}", sign(b"other", &[b"{}"])), "no"),
            (String::new(), "no"),
        ] {
            assert_eq!(proved("hmac_sha256", &signature, b"{}"), wanted, "{signature}");
        }
        let many = format!("t={now}{},v1={good}", ",v1=00".repeat(MOST_SIGNATURES));
        assert_eq!(proved("hmac_sha256", &many, b"{}"), "no", "no end of signatures to try");
    }

    #[test]
    fn a_body_alone_is_good_where_the_workflow_says_so() {
        let good = sign(b"new", &[b"{}"]);
        assert_eq!(proved("hmac_sha256_body", &format!("sha256={good}"), b"{}"), "good");
        assert_eq!(proved("hmac_sha256_body", &format!("sha256={good}"), b"{} "), "no");
        assert_eq!(proved("token", &format!("sha256={good}"), b"{}"), "no");
        assert_eq!(proved("something new", &format!("sha256={good}"), b"{}"), "no");
    }

    #[test]
    fn a_secret_that_comes_along_stands_where_the_address_says() {
        let secrets = [Secret::new("s3cret".to_string())];
        let good = |verify: &str, authorization: Option<&str>, headers: &[(&str, &str)]| {
            let headers: Vec<(String, String)> =
                headers.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
            let shown = Presented { authorization, headers: &headers, ..Presented::default() };
            matches!(prove(&hook(verify), &secrets, shown, b"", NOW), Proved::Good(None))
        };
        // `idflow:s3cret` and `other:s3cret`.
        assert!(good("basic", Some("Basic aWRmbG93OnMzY3JldA=="), &[]));
        assert!(!good("basic", Some("Basic b3RoZXI6czNjcmV0"), &[]));
        assert!(!good("basic", Some("Basic ????"), &[]) && !good("basic", Some("Bearer s3cret"), &[]));
        assert!(good("header", None, &[("x-api-key", "s3cret")]));
        assert!(!good("header", None, &[("x-api-key", "s3cre")]) && !good("header", None, &[("x-other", "s3cret")]));
        assert!(good("token", Some("Bearer s3cret"), &[]) && !good("token", None, &[("x-api-key", "s3cret")]));
    }
}
