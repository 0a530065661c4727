//! Is this ID token what the provider says of somebody who signed in just now, for us? (OpenID Connect Core 1.0, 3.1.3.7.)
//!
//! Pure: the keys and the time are given. Two algorithms are taken, RS256 and ES256, each with keys made for it, so that
//! nobody chooses another one: `none`, or a public key used as a shared secret. The signature is looked at by ring.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// By how many seconds clocks may differ.
const SKEW: i64 = 120;
/// The longest token.
const MOST: usize = 64 << 10;

/// The public keys of a provider (RFC 7517), as far as they are used here.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Keys {
    #[serde(default)]
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Key {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: String,
    n: String,
    e: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
}

/// What is expected.
pub(super) struct Wanted<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// What the token says of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Claims {
    pub sub: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: Option<Value>,
}

impl Claims {
    /// The address for mail, where the provider says that it has verified it. Some providers write the flag as a text.
    pub fn verified_email(&self) -> Option<&str> {
        let verified = match &self.email_verified {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(text)) => text == "true",
            _ => false,
        };
        self.email.as_deref().filter(|email| verified && !email.is_empty())
    }
}

#[derive(Deserialize)]
struct Bounds {
    iss: String,
    aud: Value,
    #[serde(default)]
    azp: Option<String>,
    exp: f64,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    nonce: Option<String>,
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Shape,
    Algorithm,
    /// No key of the provider fits: it may have new ones.
    NoKey,
    Signature,
    Issuer,
    Audience,
    Expired,
    NotYet,
    Nonce,
}

impl Wrong {
    /// In a word, for people who look after the provider.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Algorithm => "alg",
            Self::NoKey => "kid",
            Self::Signature => "signature",
            Self::Issuer => "iss",
            Self::Audience => "aud",
            Self::Expired => "exp",
            Self::NotYet => "iat",
            Self::Nonce => "nonce",
        }
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, Wrong> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| Wrong::Shape)
}

/// Looks at a token; gives what it says.
pub(super) fn read(token: &str, keys: &Keys, wanted: &Wanted<'_>) -> Result<Claims, Wrong> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(sign), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Wrong::Shape);
    };
    if token.len() > MOST {
        return Err(Wrong::Shape);
    }
    let parsed: Head = serde_json::from_slice(&decoded(head)?).map_err(|_| Wrong::Shape)?;
    verify(&parsed, keys, &token[..head.len() + 1 + body.len()], &decoded(sign)?)?;
    let body = decoded(body)?;
    let bounds: Bounds = serde_json::from_slice(&body).map_err(|_| Wrong::Shape)?;
    check(&bounds, wanted)?;
    let claims: Claims = serde_json::from_slice(&body).map_err(|_| Wrong::Shape)?;
    // A subject has 255 characters at most.
    if claims.sub.is_empty() || claims.sub.len() > 255 { Err(Wrong::Shape) } else { Ok(claims) }
}

fn verify(head: &Head, keys: &Keys, message: &str, sign: &[u8]) -> Result<(), Wrong> {
    let kty = match head.alg.as_str() {
        "RS256" => "RSA",
        "ES256" => "EC",
        _ => return Err(Wrong::Algorithm),
    };
    let fits = |key: &&Key| {
        key.kty == kty
            && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && key.alg.as_deref().is_none_or(|alg| alg == head.alg)
            && (kty != "EC" || key.crv == "P-256")
            && head.kid.as_ref().is_none_or(|kid| key.kid.as_ref().is_none_or(|own| own == kid))
    };
    let mut found = Wrong::NoKey;
    for key in keys.keys.iter().filter(fits) {
        found = Wrong::Signature;
        let good = match kty {
            "RSA" => {
                let (n, e) = (decoded(&key.n)?, decoded(&key.e)?);
                let public = RsaPublicKeyComponents { n: &n, e: &e };
                public.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), sign).is_ok()
            }
            _ => {
                let point = [&[4][..], &decoded(&key.x)?, &decoded(&key.y)?].concat();
                let public = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
                public.verify(message.as_bytes(), sign).is_ok()
            }
        };
        if good {
            return Ok(());
        }
    }
    Err(found)
}

/// Seconds; a time that no clock shows is one that never comes.
fn seconds(value: f64) -> i64 {
    value as i64
}

fn check(bounds: &Bounds, wanted: &Wanted<'_>) -> Result<(), Wrong> {
    if bounds.iss != wanted.issuer {
        return Err(Wrong::Issuer);
    }
    let audiences: Vec<&str> = match &bounds.aud {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    // A token for several says which of them it was made for.
    let for_us = match &bounds.azp {
        Some(azp) => azp == wanted.client_id,
        None => audiences.len() == 1,
    };
    if !audiences.contains(&wanted.client_id) || !for_us {
        return Err(Wrong::Audience);
    }
    if seconds(bounds.exp).saturating_add(SKEW) <= wanted.now {
        return Err(Wrong::Expired);
    }
    let begins = [bounds.iat, bounds.nbf].into_iter().flatten().map(seconds).max();
    if begins.is_some_and(|begins| begins.saturating_sub(SKEW) > wanted.now) {
        return Err(Wrong::NotYet);
    }
    match bounds.nonce.as_deref() {
        Some(nonce) if crate::app::proof::same(nonce, wanted.nonce) => Ok(()),
        _ => Err(Wrong::Nonce),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
    };
    use serde_json::json;

    struct Provider {
        pair: EcdsaKeyPair,
        keys: Keys,
    }

    impl Provider {
        fn new(kid: &str) -> Self {
            let random = SystemRandom::new();
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
            let pair =
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).expect("a key");
            let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
            let key = json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256",
                "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
            let keys = serde_json::from_value(json!({"keys": [key]})).expect("keys");
            Self { pair, keys }
        }

        fn token(&self, head: &Value, body: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(head), part(body));
            let sign = self.pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(sign.as_ref()))
        }
    }

    const NOW: i64 = 1_772_380_800;

    fn body(more: Value) -> Value {
        let mut body =
            json!({"iss": "https://id", "aud": "us", "sub": "li", "exp": NOW + 60, "iat": NOW, "nonce": "n"});
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    }

    #[test]
    fn only_a_token_made_for_us_just_now_is_good() {
        let provider = Provider::new("1");
        let wanted = Wanted { issuer: "https://id", client_id: "us", nonce: "n", now: NOW };
        let head = json!({"alg": "ES256", "kid": "1"});
        let said = |more: Value| read(&provider.token(&head, &body(more)), &provider.keys, &wanted);
        let email = said(json!({"email": "li@example.com", "email_verified": true})).expect("good");
        assert_eq!((email.sub.as_str(), email.verified_email()), ("li", Some("li@example.com")));
        assert_eq!(said(json!({"email": "li@example.com"})).expect("good").verified_email(), None);
        assert!(said(json!({"exp": NOW - 100, "iat": NOW - 400})).is_ok(), "clocks differ");
        assert!(said(json!({"iat": NOW + 100})).is_ok(), "clocks differ");
        assert!(said(json!({"aud": ["us", "other"], "azp": "us"})).is_ok());
        for (more, wrong) in [
            (json!({"iss": "https://id/"}), Wrong::Issuer),
            (json!({"aud": "other"}), Wrong::Audience),
            (json!({"aud": ["us", "other"]}), Wrong::Audience),
            (json!({"azp": "other"}), Wrong::Audience),
            (json!({"exp": NOW - 121}), Wrong::Expired),
            (json!({"iat": NOW + 121}), Wrong::NotYet),
            (json!({"nbf": NOW + 121}), Wrong::NotYet),
            (json!({"nonce": "m"}), Wrong::Nonce),
            (json!({"nonce": null}), Wrong::Nonce),
            (json!({"sub": ""}), Wrong::Shape),
            (json!({"exp": "soon"}), Wrong::Shape),
        ] {
            assert_eq!(said(more.clone()), Err(wrong), "{more}");
        }
    }

    #[test]
    fn nobody_else_makes_one() {
        let (provider, other) = (Provider::new("1"), Provider::new("1"));
        let wanted = Wanted { issuer: "https://id", client_id: "us", nonce: "n", now: NOW };
        let good = provider.token(&json!({"alg": "ES256", "kid": "1"}), &body(json!({})));
        assert!(read(&good, &provider.keys, &wanted).is_ok());
        let forged = other.token(&json!({"alg": "ES256", "kid": "1"}), &body(json!({})));
        assert_eq!(read(&forged, &provider.keys, &wanted), Err(Wrong::Signature));
        let unknown = other.token(&json!({"alg": "ES256", "kid": "2"}), &body(json!({})));
        assert_eq!(read(&unknown, &provider.keys, &wanted), Err(Wrong::NoKey));
        for alg in ["none", "HS256", "RS512", "es256"] {
            let token = provider.token(&json!({"alg": alg, "kid": "1"}), &body(json!({})));
            assert_eq!(read(&token, &provider.keys, &wanted), Err(Wrong::Algorithm), "{alg}");
        }
        let (message, _) = good.rsplit_once('.').expect("parts");
        assert_eq!(read(&format!("{message}."), &provider.keys, &wanted), Err(Wrong::Signature));
        let (head, rest) = good.split_once('.').expect("parts");
        let (_, sign) = rest.rsplit_once('.').expect("parts");
        let other_body = URL_SAFE_NO_PAD.encode(body(json!({"sub": "wu"})).to_string());
        assert_eq!(read(&format!("{head}.{other_body}.{sign}"), &provider.keys, &wanted), Err(Wrong::Signature));
        for shape in ["", "a.b", "a.b.c.d", "....", "\u{0}.\u{0}.\u{0}", &"a".repeat(100_000)] {
            assert_eq!(read(shape, &provider.keys, &wanted), Err(Wrong::Shape), "{}", shape.len());
        }
    }
}
