//! How a command and the server of the same data folder recognise each other before anything is said that others must not
//! hear.
//!
//! The port that `server.json` names may belong to anybody by now, so the command asks for a proof before it shows one:
//!
//! ```text
//!  command                                              server
//!     GET /api/v1/hello   Idflow-Nonce: ASKED      ──►
//!                                                  ◄──   {"answered": ANSWERED, "proof": HMAC(key, server, …)}
//!     Authorization: Idflow ASKED.ANSWERED.PROOF   ──►   HMAC(key, client, …)
//! ```
//!
//! Both prove that they can read `local.key` of the data folder, which never travels. What is signed names both nonces, so
//! that an answer that was heard once is worth nothing; the address, so that nobody can hand the question on to the right
//! server; and the folder, so that a copy of it is another one. The last line is a token for this exchange: it holds for
//! [`LASTS`], and only the server that made `ANSWERED` takes it.

use std::{
    io::Write,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::reach::Reach;
use crate::{
    app::proof::{random, same, sign},
    store::folder::{self, LOCAL_KEY as KEY_FILE},
};

/// The header with the nonce of whoever asks.
pub const NONCE: &str = "idflow-nonce";
/// The scheme of the token in `Authorization`.
pub const SCHEME: &str = "Idflow ";
/// How long a token holds.
pub const LASTS: Duration = Duration::from_secs(600);

/// Bytes of the key and of each nonce.
const BYTES: usize = 32;
/// Digits of a nonce and of an HMAC.
const DIGITS: usize = 2 * BYTES;
/// Digits of the seconds in what a server answers.
const SECONDS: usize = 8;

/// Whether an answer says that the caller's proof is not good, or not any more; nothing was done then.
#[must_use]
pub fn wants_proof<B>(answer: &axum::http::Response<B>) -> bool {
    answer.status() == axum::http::StatusCode::UNAUTHORIZED
}

/// What the server answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// Its nonce.
    pub answered: String,
    /// That it can read the key.
    pub proof: String,
}

/// The key of a data folder, with which folder it is.
#[derive(Clone)]
pub struct LocalKey {
    key: Zeroizing<String>,
    folder: String,
}

/// The two who prove something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

impl LocalKey {
    /// The key of a folder, for whoever asks its server.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        let key = Zeroizing::new(std::fs::read_to_string(data_dir.join(KEY_FILE)).ok()?.trim().to_string());
        is_hex(&key, DIGITS).then(|| Self { key, folder: folder::identity(data_dir) })
    }

    /// The key of a folder, for its owner: made where it is missing, and anew where others could have read it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(data_dir: &Path) -> std::io::Result<Self> {
        let file = data_dir.join(KEY_FILE);
        if folder::open_to_others(&file).is_some() {
            std::fs::remove_file(&file)?;
        }
        if let Some(key) = Self::read(data_dir) {
            return Ok(key);
        }
        let mut new = tempfile::NamedTempFile::new_in(data_dir)?;
        writeln!(new, "{}", random(BYTES))?;
        new.as_file().sync_all()?;
        new.persist(&file).map_err(|error| error.error)?;
        Self::read(data_dir).ok_or_else(|| std::io::Error::other(format!("{} cannot be read back", file.display())))
    }

    fn prove(&self, side: Side, address: SocketAddr, asked: &str, answered: &str) -> String {
        let side = match side {
            Side::Server => "idflow server 1",
            Side::Client => "idflow client 1",
        };
        let text = format!("{side}\n{address}\n{}\n{asked}\n{answered}", self.folder);
        sign(self.key.as_bytes(), &[text.as_bytes()])
    }
}

/// The server's half.
pub struct Doorkeeper {
    key: LocalKey,
    address: SocketAddr,
    /// Signs the nonces of this process, so that none needs to be remembered.
    own: Zeroizing<String>,
    begun: Instant,
    public: Option<Public>,
    reach: Reach,
}

/// The address under which people reach a server from elsewhere: that of a proxy on this machine, which encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// Host and port, as they stand in an address.
    pub authority: String,
    /// Whether it is an encrypted address.
    pub https: bool,
}

impl std::fmt::Display for Public {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

impl std::str::FromStr for Public {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an address like https://id.example.com");
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(wrong()),
        };
        let authority = rest.trim_end_matches('/');
        let parsed: axum::http::uri::Authority = authority.parse().map_err(|_| wrong())?;
        let bare = !authority.contains(['/', '?', '#', '@']) && !parsed.host().is_empty();
        bare.then(|| Self { authority: authority.into(), https }).ok_or_else(wrong)
    }
}

impl Doorkeeper {
    /// The door of a server that answers at this address.
    #[must_use]
    pub fn new(key: LocalKey, address: SocketAddr) -> Self {
        Self {
            key,
            address,
            own: Zeroizing::new(random(BYTES)),
            begun: Instant::now(),
            public: None,
            reach: Reach::default(),
        }
    }

    /// The same with the address under which people reach it from elsewhere.
    #[must_use]
    pub fn reached_at(mut self, public: Option<Public>) -> Self {
        self.public = public;
        self
    }

    /// The same, and how.
    #[must_use]
    pub fn reached_by(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// How it is reached.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The address under which people reach it from elsewhere.
    #[must_use]
    pub fn public(&self) -> Option<&Public> {
        self.public.as_ref()
    }

    /// The cookie of its sessions.
    #[must_use]
    pub fn cookie(&self) -> super::auth::cookie::Kind {
        use super::auth::cookie::Kind;
        match &self.public {
            Some(public) if public.https => Kind::of_https(),
            Some(_) => Kind::of_plain_http(),
            None => Kind::of_port(self.address.port()),
        }
    }

    /// The address of a page of it, as people open it.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        match &self.public {
            Some(public) => format!("{public}{path}"),
            None => format!("http://{}{path}", self.address),
        }
    }

    /// The answer to a nonce; nothing when it is none.
    #[must_use]
    pub fn hello(&self, asked: &str) -> Option<Hello> {
        if !is_hex(asked, DIGITS) {
            return None;
        }
        let head = format!("{:08x}{}", self.begun.elapsed().as_secs() & 0xffff_ffff, random(BYTES));
        let answered = format!("{head}{}", sign(self.own.as_bytes(), &[head.as_bytes()]));
        let proof = self.key.prove(Side::Server, self.address, asked, &answered);
        Some(Hello { answered, proof })
    }

    /// Whether `Authorization` is the token of an exchange that is not over.
    #[must_use]
    pub fn knows(&self, authorization: &str) -> bool {
        let Some(token) = authorization.strip_prefix(SCHEME) else { return false };
        let mut parts = token.split('.');
        let (Some(asked), Some(answered), Some(proof), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        if !is_hex(asked, DIGITS) || !is_hex(answered, SECONDS + 2 * DIGITS) {
            return false;
        }
        let (head, signature) = answered.split_at(SECONDS + DIGITS);
        let mine = same(signature, &sign(self.own.as_bytes(), &[head.as_bytes()]));
        let made = u64::from_str_radix(&head[..SECONDS], 16).unwrap_or(0);
        let fresh = self.begun.elapsed().as_secs().saturating_sub(made) <= LASTS.as_secs();
        mine && fresh && same(proof, &self.key.prove(Side::Client, self.address, asked, answered))
    }
}

/// The client's half: one exchange with whoever answers at an address.
pub struct Question<'a> {
    key: &'a LocalKey,
    address: SocketAddr,
    /// The nonce, to be sent as [`NONCE`].
    pub asked: String,
}

impl<'a> Question<'a> {
    /// A new question.
    #[must_use]
    pub fn new(key: &'a LocalKey, address: SocketAddr) -> Self {
        Self { key, address, asked: random(BYTES) }
    }

    /// The token for an answer that proves itself; nothing for anybody else.
    #[must_use]
    pub fn token(&self, hello: &Hello) -> Option<String> {
        let Hello { answered, proof } = hello;
        let good = is_hex(answered, SECONDS + 2 * DIGITS)
            && same(proof, &self.key.prove(Side::Server, self.address, &self.asked, answered));
        let own = self.key.prove(Side::Client, self.address, &self.asked, answered);
        good.then(|| format!("{SCHEME}{}.{answered}.{own}", self.asked))
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn both_prove_themselves_and_nothing_heard_helps_anybody_else() {
        let folder = tempfile::tempdir().unwrap();
        let key = LocalKey::open(folder.path()).unwrap();
        let door = Doorkeeper::new(LocalKey::read(folder.path()).unwrap(), address(1000));
        let question = Question::new(&key, address(1000));
        let hello = door.hello(&question.asked).unwrap();
        let token = question.token(&hello).unwrap();
        assert!(door.knows(&token));
        // An answer heard earlier fits no other question, and the server's proof is not the client's.
        let next = Question::new(&key, address(1000));
        assert_eq!(next.token(&hello), None);
        assert!(!door.knows(&format!("{SCHEME}{}.{}.{}", question.asked, hello.answered, hello.proof)));
        // The question cannot be handed on to the right server, and a token holds at the server that it was made for.
        let relayed = Question { key: &key, address: address(2000), asked: question.asked.clone() };
        assert_eq!(relayed.token(&hello), None);
        assert!(!Doorkeeper::new(key.clone(), address(1000)).knows(&token), "another process of the same folder");
        // Another folder, also one with a copy of the key.
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join(KEY_FILE), copy.path().join(KEY_FILE)).unwrap();
        let copied = LocalKey::read(copy.path()).unwrap();
        let asked = Question { key: &copied, address: address(1000), asked: question.asked.clone() };
        assert_eq!(asked.token(&hello), None);
        // What is no token.
        for wrong in ["", "Idflow ", "Idflow ..", "Idflow a.b.c", "Bearer x", &token[1..], &token[..token.len() - 1]] {
            assert!(!door.knows(wrong), "{wrong}");
        }
        assert!(door.hello("").is_none() && door.hello(&"G".repeat(DIGITS)).is_none());
    }

    #[test]
    fn a_token_ends() {
        let folder = tempfile::tempdir().unwrap();
        let key = LocalKey::open(folder.path()).unwrap();
        let mut door = Doorkeeper::new(key.clone(), address(1));
        let question = Question::new(&key, address(1));
        let token = question.token(&door.hello(&question.asked).unwrap()).unwrap();
        let Some(earlier) = door.begun.checked_sub(LASTS + Duration::from_secs(2)) else { return };
        door.begun = earlier;
        assert!(!door.knows(&token));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_could_read_is_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let key = LocalKey::open(folder.path()).unwrap();
        assert_eq!(*LocalKey::open(folder.path()).unwrap().key, *key.key);
        let file = folder.path().join(KEY_FILE);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_ne!(*LocalKey::open(folder.path()).unwrap().key, *key.key);
    }
}
