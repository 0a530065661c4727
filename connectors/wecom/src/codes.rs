//! WeCom's error codes: what each means for the engine and in words.
//!
//! The rows are in two tables, [`crate::codes_address_book`] for what the calls of this connector can meet and
//! [`crate::codes_other`] for the rest of the platform, which appears when a proxy, a vendor change or a later feature
//! brings it. A code is handled by number only; the platform may change its texts at any time.

use std::time::Duration;

use idflow_sdk::{Class, ErrorKind, Message};

/// What a code asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handling {
    /// Busy or a write conflict: again soon.
    Retry,
    /// Too fast: wait out the shortest window.
    Rate,
    /// The token is stale: a new one was tried before this is seen, so it is a matter of settings.
    Token,
    /// An administrator must change something.
    Config,
    /// This item cannot succeed as sent.
    Item,
    /// Something else has the value.
    Taken,
    /// The object is not there.
    Missing,
}

impl Handling {
    /// The kind of error it becomes.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Retry => ErrorKind::Unavailable,
            Self::Rate => ErrorKind::RateLimited(Duration::from_secs(60)),
            Self::Token | Self::Config => ErrorKind::Configuration,
            Self::Item => ErrorKind::Invalid,
            Self::Taken => ErrorKind::Conflict,
            Self::Missing => ErrorKind::NotFound,
        }
    }

    /// The class of its message.
    pub const fn class(self) -> Class {
        match self {
            Self::Retry | Self::Rate => Class::Temporary,
            Self::Token | Self::Config => Class::Configuration,
            Self::Item => Class::Invalid,
            Self::Taken => Class::Conflict,
            Self::Missing => Class::NotFound,
        }
    }
}

/// One code.
#[derive(Debug)]
pub(crate) struct Row {
    /// The number.
    pub code: i64,
    /// What it asks for.
    pub handling: Handling,
    /// Its words.
    pub message: Message,
}

/// `rows! { 60104 Taken Hr, "zh reason", "en reason", "zh hint", "en hint"; … }`
macro_rules! rows {
    ($($code:literal $handling:ident $owner:ident, $zh:literal, $en:literal, $hint_zh:literal, $hint_en:literal
        $(=> $next:ident)?;)*) => {
        &[$($crate::codes::Row {
            code: $code,
            handling: $crate::codes::Handling::$handling,
            message: idflow_sdk::Message {
                code: concat!("WECOM_", $code),
                class: $crate::codes::Handling::$handling.class(),
                owner: idflow_sdk::Owner::$owner,
                reason: idflow_sdk::Text::new($zh, $en),
                hint: idflow_sdk::Text::new($hint_zh, $hint_en),
                next: idflow_sdk::next_step!($($next)?),
            },
        }),*]
    };
}
pub(crate) use rows;

/// Copies the messages of `rows` into `all` from place `end`; returns the new end.
pub(crate) const fn append<const N: usize>(all: &mut [Message; N], mut end: usize, rows: &[Row]) -> usize {
    let mut from = 0;
    while from < rows.len() {
        all[end] = rows[from].message;
        (end, from) = (end + 1, from + 1);
    }
    end
}

/// The row of a code.
pub(crate) fn find(code: i64) -> Option<&'static Row> {
    crate::codes_address_book::ROWS.iter().chain(crate::codes_other::ROWS).find(|row| row.code == code)
}

/// Whether a business call that got this code deserves a fresh token and one repetition. 40001 is among them: it is a
/// wrong secret at `gettoken` only.
pub(crate) const fn is_stale_token(code: i64) -> bool {
    matches!(code, 40001 | 40014 | 42001)
}

/// A list that is too large for one answer.
pub(crate) const TOO_LARGE: i64 = 45_029;
/// A cursor that does not hold any more: the list is to be begun anew.
pub(crate) const BAD_CURSOR: i64 = 50_100;
/// A userid that is malformed, or unknown.
pub(crate) const NO_USERID: i64 = 40_003;
/// One call too many: its bucket is shut.
pub(crate) const TOO_MANY: i64 = 45009;

/// Whether the platform asks for less: it is busy, somebody else writes too, or too much is asked at a time.
pub(crate) const fn is_complaint(code: i64) -> bool {
    matches!(code, -1 | 6000 | 45033 | TOO_MANY)
}

/// Whether the object does not exist, or is not visible, which the platform does not tell apart.
pub(crate) const fn is_missing(code: i64) -> bool {
    matches!(code, 60111 | 46004 | 60136 | 60003 | 60123)
}

/// Whether a read was refused because the caller may not see the object; it may exist. 40003 is a malformed userid or one
/// that is not visible.
pub(crate) const fn is_out_of_range(code: i64) -> bool {
    matches!(code, 40003 | 50002 | 60011 | 60021 | 60030)
}

/// Whether an answer says that there is no such object, or none that the caller may see: a member, a department, or a tag.
pub(crate) const fn is_unseen(code: i64) -> bool {
    matches!(code, 40068 | 81011) || is_missing(code) || is_out_of_range(code)
}

/// The field a code is about.
pub(crate) const fn field_of(code: i64) -> Option<&'static str> {
    Some(match code {
        60102 | 40003 | 301036 => "userid",
        60103 | 60104 => "mobile",
        60105 | 60106 | 60141 | 60142 => "email",
        60143..=60145 => "biz_mail",
        60112 | 60001 | 60008 | 60009 | 60125 => "name",
        60004 | 60010 | 60124 => "parentid",
        40066 | 41019 | 60110 | 60127 => "department",
        60132 => "is_leader_in_dept",
        60257 => "direct_leader",
        301012 => "position",
        301013 => "telephone",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn all() -> impl Iterator<Item = &'static Row> {
        crate::codes_address_book::ROWS.iter().chain(crate::codes_other::ROWS)
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn every_documented_code_is_known_with_its_class() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/wecom-fixtures/errcodes.json");
        let Ok(text) = fs::read_to_string(&path) else {
            eprintln!("skipped: {} is not there", path.display());
            return;
        };
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let codes = json["codes"].as_array().expect("codes");
        assert!(codes.len() > 150);
        for entry in codes {
            let code = entry["code"].as_i64().expect("code");
            if code == 0 {
                continue;
            }
            let row = find(code).unwrap_or_else(|| panic!("{code} is missing"));
            let class = match row.handling {
                Handling::Retry | Handling::Rate => "retry",
                Handling::Token => "token",
                Handling::Config => "config",
                Handling::Item | Handling::Taken | Handling::Missing => "item",
            };
            assert_eq!(class, entry["class"].as_str().expect("class"), "{code}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_no_reason_to_stop() {
        for code in [40003, 40068, 50002, 60003, 60011, 60021, 60111, 81011] {
            assert!(is_unseen(code), "{code}");
        }
        for code in [0, -1, TOO_MANY, TOO_LARGE, 60020, 48002, 40058] {
            assert!(!is_unseen(code), "{code}");
        }
    }

    #[test]
    fn codes_occur_once_and_every_field_exists() {
        let mut seen = BTreeSet::new();
        for row in all() {
            assert!(seen.insert(row.code), "{} twice", row.code);
            if let Some(field) = field_of(row.code) {
                let known = crate::schema::USER.field(field).or(crate::schema::DEPARTMENT.field(field));
                assert!(known.is_some(), "{field}");
            }
        }
        assert!(find(-1).is_some_and(|row| row.message.code == "WECOM_-1"));
    }
}
