//! Exports: everybody whom the app sees in a few files, written by a job of the platform and encrypted with a key that we choose.
//! For a company with thousands of departments that is a few calls instead of one for each, and the way out where a list is
//! refused for its size (45029).
//!
//! A job is waited for here, for half an hour at most: nothing is written, and a read that is given up leaves nothing behind but a
//! file that nobody can read. Files are fetched one after the other and rows taken from them one by one, so that only one file is
//! held in memory, however many people there are.

use std::{fmt, time::Duration};

use idflow_sdk::{Context, Error, ErrorKind, Problem, Secret};
use md5::{Digest, Md5};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{
    callback::crypto::{KEY_LENGTH, Key, plain_base64},
    client::{Client, ExportFile},
    error::own,
};

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Members, as `user/list` gives them.
    Users,
    /// Departments, as `department/list` gives them.
    Departments,
}

impl What {
    const fn list(self) -> &'static str {
        match self {
            Self::Users => "userlist",
            Self::Departments => "department",
        }
    }
}

/// Rows of a file: some 12 MB of members, of which one file at a time is held.
pub(crate) const BLOCK: u64 = 20_000;
/// How often a file is asked for: what was taken from those before it cannot be taken back.
const TRIES: u32 = 4;
/// The pauses between two questions how far a job is: each twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a job is waited for.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Takes one row.
pub(crate) type Take<'a> = &'a mut (dyn FnMut(Map<String, Value>) -> Result<(), Error> + Send);

/// The files of an export that is over, one after the other.
pub(crate) struct Files {
    what: What,
    key: Key,
    files: std::vec::IntoIter<ExportFile>,
}

/// Starts an export and waits until it is over.
///
/// # Errors
/// What the platform says; a job that fails or never ends.
pub(crate) async fn files(client: &Client, context: &Context, what: What) -> Result<Files, Error> {
    let text = key()?;
    let key = Key::parse(text.expose()).ok_or_else(|| failed("key"))?;
    let job = client.start_export(context, what, &text, BLOCK).await?;
    let files = finished(client, context, &job).await?.into_iter();
    Ok(Files { what, key, files })
}

impl Files {
    /// Takes every row of the next file; whether there was one.
    ///
    /// # Errors
    /// A file that does not come or is not what was announced; what `take` says.
    pub async fn next(&mut self, client: &Client, context: &Context, take: Take<'_>) -> Result<bool, Error> {
        let Some(file) = self.files.next() else { return Ok(false) };
        let sealed = fetched(client, context, &file).await?;
        let open = self.key.decrypt(&sealed).map_err(|_| failed("decrypt"))?;
        drop(sealed);
        each(&open, self.what.list(), take)?;
        Ok(true)
    }
}

/// Takes every row of an export.
///
/// # Errors
/// Those of [`files`] and [`Files::next`].
pub(crate) async fn rows(client: &Client, context: &Context, what: What, take: Take<'_>) -> Result<(), Error> {
    let mut files = files(client, context, what).await?;
    while files.next(client, context, &mut *take).await? {}
    Ok(())
}

/// The bytes of a file, also where they do not come at once: its address is good for a while.
async fn fetched(client: &Client, context: &Context, file: &ExportFile) -> Result<Vec<u8>, Error> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match client.download(context, file).await.and_then(|bytes| checked(file, bytes)) {
            Err(error) if error.retryable() => tokio::time::sleep(pause).await,
            fetched => return fetched,
        }
        pause = (pause * 4).min(LONGEST_PAUSE);
    }
    client.download(context, file).await.and_then(|bytes| checked(file, bytes))
}

/// A new key.
fn key() -> Result<Secret, Error> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(KEY_LENGTH);
    while text.len() < KEY_LENGTH {
        let mut bytes = [0_u8; 64];
        getrandom::fill(&mut bytes).map_err(|_| failed("random"))?;
        // What does not fall into whole rounds of the alphabet is thrown away, so that each letter is as likely.
        let letters = bytes.iter().filter(|byte| usize::from(**byte) < 4 * LETTERS.len());
        let letters = letters.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
        text.extend(letters.take(KEY_LENGTH - text.len()));
    }
    Ok(Secret::new(text))
}

/// The files of a job once it is over.
async fn finished(client: &Client, context: &Context, job: &str) -> Result<Vec<ExportFile>, Error> {
    let begun = tokio::time::Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let state = client.export_state(context, job).await?;
        match state.status {
            2 => return Ok(state.data_list),
            3 => return Err(failed("job")),
            _ if begun.elapsed() > PATIENCE => {
                return Err(own(ErrorKind::Unavailable, Problem::new("wecom_export_slow")));
            }
            _ => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The bytes of a file, if they are those that were announced. Whether they come as they are or in Base64 no document says.
fn checked(file: &ExportFile, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let digest = |bytes: &[u8]| Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let announced = |bytes: &[u8]| file.md5.is_empty() || file.md5.eq_ignore_ascii_case(&digest(bytes));
    if !announced(&bytes) {
        let problem = Problem::new("wecom_export_file").arg("what", "md5");
        return Err(own(ErrorKind::Unavailable, problem));
    }
    match plain_base64(&bytes) {
        Some(decoded) => Ok(decoded),
        None => Ok(bytes),
    }
}

fn failed(what: &str) -> Error {
    own(ErrorKind::Unavailable, Problem::new("wecom_export_file").arg("what", what))
}

/// Takes each item of the list of this name in a document.
fn each(
    text: &[u8],
    name: &str,
    take: &mut (dyn FnMut(Map<String, Value>) -> Result<(), Error> + Send),
) -> Result<(), Error> {
    let mut refused = None;
    let mut document = serde_json::Deserializer::from_slice(text);
    let read = Document { name, take, refused: &mut refused }.deserialize(&mut document);
    match (refused, read) {
        (Some(error), _) => Err(error),
        (None, Ok(true)) => Ok(()),
        (None, Ok(false) | Err(_)) => Err(failed("json")),
    }
}

struct Document<'a, 't> {
    name: &'a str,
    take: &'a mut (dyn FnMut(Map<String, Value>) -> Result<(), Error> + Send + 't),
    refused: &'a mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the list `{}`", self.name)
    }

    /// Whether the list was there.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { name, take, refused } = self;
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == name {
                found = true;
                map.next_value_seed(Rows { take: &mut *take, refused: &mut *refused })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct Rows<'a, 't> {
    take: &'a mut (dyn FnMut(Map<String, Value>) -> Result<(), Error> + Send + 't),
    refused: &'a mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<Map<String, Value>>()? {
            if self.refused.is_none()
                && let Err(error) = (self.take)(row)
            {
                *self.refused = Some(error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    fn taken(text: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let mut take = |row: Map<String, Value>| {
            names.push(row.get("userid").and_then(Value::as_str).unwrap_or_default().to_owned());
            Ok(())
        };
        each(text.as_bytes(), "userlist", &mut take)
            .map_err(|error| error.problem.get("what").unwrap_or("").to_owned())?;
        Ok(names)
    }

    #[test]
    fn rows_are_taken_one_by_one_and_half_a_file_is_none() {
        assert_eq!(
            taken(r#"{"x":[1,{}],"userlist":[{"userid":"a"},{"userid":"b"}],"y":{}}"#),
            Ok(vec!["a".into(), "b".into()])
        );
        assert_eq!(taken(r#"{"userlist":[]}"#), Ok(Vec::new()));
        for broken in [r#"{"userlist":[{"userid":"a"}"#, r#"{"department":[]}"#, "[]", "", r#"{"userlist":[1]}"#] {
            assert_eq!(taken(broken), Err("json".to_owned()), "{broken}");
        }
    }

    #[test]
    fn a_file_comes_as_it_is_or_in_base64_and_another_one_is_refused() {
        let key = Key::parse(key().expect("random").expose()).expect("a key");
        let sealed = key.encrypt(b"{}");
        let text = STANDARD.encode(&sealed).into_bytes();
        let file = |bytes: &[u8]| ExportFile {
            url: String::new(),
            size: bytes.len() as u64,
            md5: Md5::digest(bytes).iter().map(|byte| format!("{byte:02X}")).collect(),
        };
        assert_eq!(checked(&file(&sealed), sealed.clone()).expect("raw"), sealed);
        assert_eq!(checked(&file(&text), text.clone()).expect("Base64"), sealed);
        assert!(checked(&file(&sealed), text).is_err());
    }
}
