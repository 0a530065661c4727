//! By what a department or person is found: whole names and what they begin with, also in letters (`zhangsan`, `zs`), accounts,
//! numbers; telephone numbers and addresses in full only; and departments. Pure.
//!
//! The numbers of fields are those under which they are stored, see the schema of the directory; they never change.

use std::collections::BTreeSet;

use idflow_sdk::{FieldId, Kind, Record, Value, text};

use super::run_index::plain;
use crate::model::pinyin;

/// Fields of people.
pub mod user {
    use idflow_sdk::FieldId;
    /// Account.
    pub const USERNAME: FieldId = 1;
    /// Name.
    pub const NAME: FieldId = 2;
    /// Employee number.
    pub const EMPLOYEE_NO: FieldId = 5;
    /// Mobile number.
    pub const MOBILE: FieldId = 7;
    /// E-mail address.
    pub const EMAIL: FieldId = 8;
    /// Departments.
    pub const DEPARTMENTS: FieldId = 9;
    /// Whether somebody is active, disabled, gone.
    pub const STATUS: FieldId = 12;
}

/// Fields of departments.
pub mod department {
    use idflow_sdk::FieldId;
    /// Name.
    pub const NAME: FieldId = 1;
    /// The department above.
    pub const PARENT: FieldId = 2;
}

/// What a term is about; the letter stands in keys and is never given a second meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum About {
    /// A word, of which the beginning is enough.
    Word,
    /// A telephone number or an address, in full.
    Contact,
    /// A department that somebody belongs to; of a department, the one above.
    Department,
}

impl About {
    /// The letter.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Word => b'w',
            Self::Contact => b'c',
            Self::Department => b'd',
        }
    }
}

/// A term.
pub type Term = (About, String);

/// The fields that terms come from: where none of them changed, no term did.
#[must_use]
pub fn same(kind: Kind, one: &Record, other: &Record) -> bool {
    use user::{DEPARTMENTS, EMAIL, EMPLOYEE_NO, MOBILE, NAME, USERNAME};
    let fields: &[FieldId] = match kind {
        Kind::User => &[USERNAME, NAME, EMPLOYEE_NO, MOBILE, EMAIL, DEPARTMENTS],
        _ => &[department::NAME, department::PARENT],
    };
    fields.iter().all(|field| one.get(*field) == other.get(*field))
}

/// A text as it is looked for: wide and narrow characters, capital and small letters are the same.
#[must_use]
pub fn written(word: &str) -> String {
    plain(&text::plain(text::trim(word)))
}

/// A number or an address as it is looked for.
#[must_use]
pub fn contact(word: &str) -> String {
    written(&if word.contains('@') { word.to_string() } else { text::phone_digits(word) })
}

/// The words of a name.
fn words_of_name(words: &mut BTreeSet<String>, name: &str) {
    let whole = written(name);
    // Whoever is called by the given name is found by it.
    let given: String = whole.chars().skip(1).collect();
    if pinyin::syllables(&whole).first().is_some_and(|parts| parts.len() == whole.chars().count())
        && given.chars().count() > 1
    {
        words.insert(given);
    }
    words.extend(whole.split_whitespace().map(ToString::to_string));
    for parts in pinyin::syllables(name) {
        words.insert(plain(&parts.concat()));
        words.insert(parts.iter().filter_map(|part| part.chars().next()).collect());
    }
    words.insert(whole);
}

/// The words of an object.
#[must_use]
pub fn words(kind: Kind, record: &Record) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let name = if kind == Kind::User { user::NAME } else { department::NAME };
    words_of_name(&mut words, record.text(name).unwrap_or_default());
    if kind == Kind::User {
        let fields = [user::USERNAME, user::EMPLOYEE_NO];
        words.extend(fields.iter().filter_map(|field| record.text(*field)).map(written));
    }
    words.remove("");
    words
}

/// All terms of an object.
#[must_use]
pub fn terms(kind: Kind, record: &Record) -> BTreeSet<Term> {
    let mut terms: BTreeSet<Term> = words(kind, record).into_iter().map(|word| (About::Word, word)).collect();
    terms.extend(contacts(kind, record).into_iter().map(|contact| (About::Contact, contact)));
    terms.extend(departments(kind, record).into_iter().map(|id| (About::Department, id)));
    terms
}

/// The numbers and addresses of somebody.
#[must_use]
pub fn contacts(kind: Kind, record: &Record) -> BTreeSet<String> {
    let fields: &[FieldId] = if kind == Kind::User { &[user::MOBILE, user::EMAIL] } else { &[] };
    let found = fields.iter().filter_map(|field| record.text(*field)).map(contact);
    found.filter(|contact| !contact.is_empty()).collect()
}

/// The departments of somebody; of a department, the one above.
#[must_use]
pub fn departments(kind: Kind, record: &Record) -> BTreeSet<String> {
    if kind != Kind::User {
        return record.text(department::PARENT).map(plain).into_iter().collect();
    }
    let members = record.value(user::DEPARTMENTS).and_then(Value::as_list).unwrap_or_default();
    members.iter().filter_map(|member| member.entry("department")?.to_key()).map(|key| plain(&key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_schema() {
        let schema = idflow_directory::SPEC.schema(Kind::User).unwrap();
        for (id, name) in [
            (user::USERNAME, "username"),
            (user::NAME, "name"),
            (user::EMPLOYEE_NO, "employee_no"),
            (user::MOBILE, "mobile"),
            (user::EMAIL, "email"),
            (user::DEPARTMENTS, "departments"),
        ] {
            assert_eq!(schema.field(name), Some(id), "{name}");
        }
        let schema = idflow_directory::SPEC.schema(Kind::Department).unwrap();
        assert_eq!((schema.field("name"), schema.field("parent")), (Some(department::NAME), Some(department::PARENT)));
    }

    #[test]
    fn people_are_found_as_people_type() {
        let fields = [
            (user::NAME, "单小明"),
            (user::USERNAME, "Shan.XM"),
            (user::EMPLOYEE_NO, "００123"),
            (user::MOBILE, "+86 138-0013-8000"),
            (user::EMAIL, "Shan@Example.com"),
        ];
        let record: Record =
            fields.iter().map(|(id, text)| (*id, idflow_sdk::Field::Value(Value::text(*text)))).collect();
        let found: Vec<String> = words(Kind::User, &record).into_iter().collect();
        assert_eq!(found, ["00123", "danxiaoming", "dxm", "shan.xm", "shanxiaoming", "sxm", "单小明", "小明"]);
        assert!(contacts(Kind::User, &record).contains(&contact("13800138000")));
        assert!(contacts(Kind::User, &record).contains(&contact("shan@example.COM")));
    }
}
