//! What a system's objects look like: kinds, fields, types, and how two values of a type compare.
//!
//! The compiler checks mappings against these tables, reconcile compares with them, and the reference documentation is
//! generated from them. Comparison belongs to the type (userids without case, phone numbers without +86, departments
//! with their flags as a map), so that no connector and no template repeats it.

mod compare;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    message::{Problem, Text},
    value::{Field, FieldId, Record, Str, Value},
};

pub use compare::canonical;

/// The kinds of object. A row is what a file holds before a mapping says what it is. Their order is stored: new ones go at
/// the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A department.
    Department,
    /// A person.
    User,
    /// A row of a file.
    Row,
    /// A group, role or tag: a named list of people.
    Group,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Department, Self::User, Self::Row, Self::Group];

    /// The word used in YAML, JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::User => "user",
            Self::Row => "row",
            Self::Group => "group",
        }
    }

    /// The letter that item keys of this kind begin with: `d:`, `u:`, `r:`, `g:`. It is stored.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Department => 'd',
            Self::User => 'u',
            Self::Row => 'r',
            Self::Group => 'g',
        }
    }

    /// The kind of that letter.
    #[must_use]
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The type of a field; it carries the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text, compared as it is.
    Text,
    /// Text compared without case (userids, usernames).
    Caseless,
    /// An e-mail address, compared without case.
    Email,
    /// A phone number, compared without spaces and without a leading +86.
    Phone,
    /// A whole number within these bounds, both included.
    Int {
        /// The smallest value.
        min: i64,
        /// The largest value.
        max: i64,
    },
    /// True or false.
    Bool,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// An id that the system gave.
    Id,
    /// A path of names, `/a/b`.
    Path,
    /// The key of one object of this kind.
    Ref(Kind),
    /// The keys of objects of this kind. `ordered: false` compares as a set.
    Refs {
        /// The kind of the objects.
        kind: Kind,
        /// Whether their order has a meaning.
        ordered: bool,
    },
    /// A list of `{department, leader}`: what of this kind somebody belongs to, and whether he leads it. In what is wanted
    /// `leader` may be missing, where nobody knows, and an entry may stand for [`others`].
    Members {
        /// The kind of the objects.
        kind: Kind,
    },
    /// Flags for the [`Type::Refs`] field of this name, in its order; the two compare together, as a map.
    Flags {
        /// The name of the field the flags belong to.
        of: &'static str,
    },
    /// Text values in order.
    Texts,
    /// Named values: text, number, flag or date.
    Custom,
}

impl Type {
    /// The kind of the objects that a value names by their keys.
    #[must_use]
    pub const fn refers_to(self) -> Option<Kind> {
        match self {
            Self::Ref(kind) | Self::Refs { kind, .. } | Self::Members { kind } => Some(kind),
            _ => None,
        }
    }
}

/// Who may write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and written.
    ReadWrite,
    /// Written when the object is created, never afterwards.
    CreateOnly,
    /// Derived or given by the system.
    ReadOnly,
}

/// Among whom a value must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// Among all objects of the kind, checked by the system at every call: handing a value over needs an order.
    EachCall,
    /// Among siblings (same value in the named field), checked by the system at every call.
    AmongSiblings {
        /// The field that holds the parent.
        parent: &'static str,
    },
    /// Among all objects, judged on the state a plan leads to.
    AtEnd,
    /// Among siblings, judged on the state a plan leads to.
    AmongSiblingsAtEnd {
        /// The field that holds the parent.
        parent: &'static str,
    },
}

/// How a value is shown to people without the right to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Shown.
    Open,
    /// `139****1111`.
    Phone,
    /// `z***@example.com`.
    Email,
}

impl Privacy {
    /// What people without the right to see the value are shown.
    #[must_use]
    pub fn mask(self, value: &str) -> String {
        match self {
            Self::Open => value.into(),
            Self::Phone => {
                let digits: Vec<char> = crate::text::phone_digits(value).chars().collect();
                match digits.len() {
                    0..=7 => HIDDEN.into(),
                    length => {
                        let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
                        format!("{}****{}", part(0, 3), part(length - 4, length))
                    }
                }
            }
            Self::Email => match value.split_once('@') {
                Some((local, host)) => {
                    format!("{}***@{host}", local.chars().next().map(String::from).unwrap_or_default())
                }
                None => HIDDEN.into(),
            },
        }
    }
}

/// The state of a person who is known and has no access before somebody has said so.
pub const PENDING_REVIEW: &str = "pending_review";

/// The read-only field (texts) in which a target remembers which values of the source could not be used, so that whoever
/// misses them later can name the first cause. The engine fills it where a schema has it.
pub const REFUSED_VALUES: &str = "refused_values";

/// The entry of a [`Type::Members`] list that says: there may be others, which the source cannot see.
#[must_use]
pub fn others() -> Value {
    Value::map([("others".into(), Value::Bool(true))])
}

/// Whether it is that entry.
#[must_use]
pub fn is_others(item: &Value) -> bool {
    item.entry("others").is_some()
}

/// A value of which nothing is shown.
const HIDDEN: &str = "***";

/// How the key of a new object is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRule {
    /// The value of this field, as the mapping gives it (`userid`).
    Natural(&'static str),
    /// A number one higher than any in the target or ever linked; the field of this name carries it.
    Sequence(&'static str),
    /// A ULID of ours.
    Ulid,
    /// The reader names it; objects of this kind are never created.
    Given,
}

/// What is said of two objects that want the same value: codes of a message table with the placeholders `field` and `holder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// Both write it in the same way.
    pub same: &'static str,
    /// They may write it differently, and the system does not tell the difference (case, for example).
    pub alike: &'static str,
}

/// Checks one value on its own.
pub type ValueCheck = fn(&Value) -> Result<(), Problem>;

/// One field.
#[derive(Debug, Clone)]
pub struct FieldSpec {
    /// Its name in YAML and in every output.
    pub name: Cow<'static, str>,
    /// Its type.
    pub ty: Type,
    /// Whether an object must have it.
    pub required: bool,
    /// Who may write it.
    pub access: Access,
    /// Whether a value may occur once only.
    pub unique: Option<Unique>,
    /// What is said when two objects want the same value; `None`: words that fit any field.
    pub duplicate: Option<Duplicate>,
    /// How it is shown.
    pub privacy: Privacy,
    /// Whether the system does not show it to most of its readers: whoever matches by it finds nothing.
    pub hidden: bool,
    /// Whether the system may keep the value that it has, of some objects, and not say so: what is written comes with a warning
    /// then, and another value afterwards is no lie.
    pub may_stay: bool,
    /// Whether it only arranges how objects are shown, so that an approver need not look at it.
    pub minor: bool,
    /// What it is: its title, and after a comma or semicolon what else there is to know.
    pub doc: Text,
    /// Checks one value on its own, without the rest of the record; used on literals when a workflow is compiled and on
    /// every value before a call. `None`: the type says it all.
    pub check: Option<ValueCheck>,
}

impl FieldSpec {
    /// An optional field that is read and written and has no further rule.
    #[must_use]
    pub const fn new(name: &'static str, ty: Type, doc: Text) -> Self {
        Self {
            name: Cow::Borrowed(name),
            ty,
            required: false,
            access: Access::ReadWrite,
            unique: None,
            duplicate: None,
            privacy: Privacy::Open,
            hidden: false,
            may_stay: false,
            minor: false,
            doc,
            check: None,
        }
    }

    /// What people call the field: what its documentation begins with.
    #[must_use]
    pub fn title(&self) -> Text {
        let head = |text: &'static str, ends: &[char]| text.split(ends).next().unwrap_or(text).trim();
        Text::new(head(self.doc.zh, &['，', '；', '、']), head(self.doc.en, &[',', ';']))
    }

    /// The same, of no interest to an approver.
    #[must_use]
    pub const fn minor(mut self) -> Self {
        self.minor = true;
        self
    }

    /// Marks the field as one that the system may keep as it is.
    #[must_use]
    pub const fn may_stay(mut self) -> Self {
        self.may_stay = true;
        self
    }

    /// Marks the field as required.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same with another access.
    #[must_use]
    pub const fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Says among whom a value may occur once only.
    #[must_use]
    pub const fn unique(mut self, unique: Unique) -> Self {
        self.unique = Some(unique);
        self
    }

    /// Names the code of two objects that want the same value.
    #[must_use]
    pub const fn duplicate(self, code: &'static str) -> Self {
        self.duplicate_alike(code, code)
    }

    /// Names the codes of two objects that want the same value, written in the same way or not.
    #[must_use]
    pub const fn duplicate_alike(mut self, same: &'static str, alike: &'static str) -> Self {
        self.duplicate = Some(Duplicate { same, alike });
        self
    }

    /// The same, masked.
    #[must_use]
    pub const fn privacy(mut self, privacy: Privacy) -> Self {
        self.privacy = privacy;
        self
    }

    /// The same, not shown by the system to most of its readers.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// The same with a check of single values.
    #[must_use]
    pub const fn check(mut self, check: ValueCheck) -> Self {
        self.check = Some(check);
        self
    }
}

/// One kind of object in one system.
#[derive(Debug)]
pub struct Schema {
    /// The connector's name.
    pub connector: &'static str,
    /// The kind.
    pub kind: Kind,
    /// The fields; a [`FieldId`] is a place in this list. Files without fixed fields use an owned list.
    pub fields: Cow<'static, [FieldSpec]>,
    /// How a new object gets its key.
    pub key: KeyRule,
    /// Whether keys are numbers (then references to this kind are [`Value::Int`]).
    pub numeric_keys: bool,
    /// The field that people recognise an object by.
    pub label: &'static str,
    /// The field that holds the parent, for trees.
    pub parent: Option<&'static str>,
    /// How many levels a tree may have below the root (WeCom: 15). `None`: any number.
    pub max_depth: Option<usize>,
    /// A field and the words of it with which an object is kept but no longer there (directory: `status`, `left`). Such
    /// objects match nothing and hold no unique value.
    pub gone_when: Option<(&'static str, &'static [&'static str])>,
    /// Fields of which an object must have one at least (WeCom: mobile or e-mail), whichever. Empty: there is no such rule.
    pub at_least_one: &'static [&'static str],
}

impl Schema {
    /// The number of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.fields.iter().position(|field| field.name == name).and_then(|place| FieldId::try_from(place).ok())
    }

    /// The field of that number. Unknown numbers are a broken promise of ours: ids come from [`Schema::field`].
    #[must_use]
    pub fn spec(&self, id: FieldId) -> &FieldSpec {
        &self.fields[usize::from(id)]
    }

    /// Whether keys that differ in case alone are one: then a system may write a key now this way and now that.
    #[must_use]
    pub fn has_caseless_keys(&self) -> bool {
        let KeyRule::Natural(name) = self.key else { return false };
        self.field(name).is_some_and(|id| self.spec(id).ty == Type::Caseless)
    }

    /// A reference to the object with this key, as this system writes it.
    #[must_use]
    pub fn key_value(&self, key: &str) -> Value {
        if self.numeric_keys { key.parse().map_or_else(|_| Value::text(key), Value::Int) } else { Value::text(key) }
    }

    /// The field that flags belong to, or the flags that belong to a field: the two are written together.
    #[must_use]
    pub fn companion(&self, id: FieldId) -> Option<FieldId> {
        if let Type::Flags { of } = self.spec(id).ty {
            return self.field(of);
        }
        let name = &self.spec(id).name;
        let place = self.fields.iter().position(|spec| matches!(spec.ty, Type::Flags { of } if of == *name))?;
        FieldId::try_from(place).ok()
    }

    /// Whether it is one of the fields of which an object must have one, see [`Schema::at_least_one`].
    #[must_use]
    pub fn is_one_of_several(&self, id: FieldId) -> bool {
        self.at_least_one.contains(&&*self.spec(id).name)
    }

    /// The kind of the objects that a field refers to; flags refer to what their list refers to.
    #[must_use]
    pub fn refers_to(&self, id: FieldId) -> Option<Kind> {
        match self.spec(id).ty {
            Type::Flags { of } => self.field(of).and_then(|list| self.spec(list).ty.refers_to()),
            ty => ty.refers_to(),
        }
    }

    /// Whether the record is kept but no longer there, see [`Schema::gone_when`].
    #[must_use]
    pub fn is_gone(&self, record: &Record) -> bool {
        self.gone_when.is_some_and(|(field, words)| {
            self.field(field).and_then(|id| record.text(id)).is_some_and(|word| words.contains(&word))
        })
    }

    /// The field that can say of a person that he waits for a review ([`PENDING_REVIEW`]): the one that says who is gone, if it
    /// has that word.
    #[must_use]
    pub fn review_field(&self) -> Option<FieldId> {
        let id = self.gone_when.and_then(|(name, _)| self.field(name))?;
        matches!(self.spec(id).ty, Type::Enum(words) if words.contains(&PENDING_REVIEW)).then_some(id)
    }

    /// What tells one object from another in the eyes of people, aspect by aspect: of a person the name, the account, the number
    /// and the address; of a department its name and its place. One of them changes all the time; several at once under one
    /// key hardly ever.
    #[must_use]
    pub fn identity(&self) -> Vec<Vec<FieldId>> {
        let label: Vec<FieldId> = self.field(self.label).into_iter().collect();
        if let Some(parent) = self.parent.and_then(|name| self.field(name)) {
            return vec![label, vec![parent]];
        }
        let mut aspects = vec![label, Vec::new(), Vec::new(), Vec::new()];
        for (place, spec) in self.fields.iter().enumerate() {
            let whole = matches!(spec.unique, Some(Unique::EachCall | Unique::AtEnd));
            let (true, Ok(id)) = (whole, FieldId::try_from(place)) else { continue };
            let aspect = match spec.ty {
                Type::Phone => 1,
                Type::Email => 2,
                _ => 3,
            };
            aspects[aspect].push(id);
        }
        aspects
    }

    /// The value by which uniqueness is judged: equal values compare equal as text.
    #[must_use]
    pub fn unique_key(&self, id: FieldId, field: &Field) -> Option<Str> {
        match canonical(self.spec(id).ty, field)? {
            Value::Text(text) => Some(text),
            Value::Int(number) => Some(number.to_string().into()),
            other => Some(other.to_json().to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_of_a_kind_stays() {
        assert_eq!(Kind::ALL.map(Kind::letter), ['d', 'u', 'r', 'g']);
        assert_eq!(Kind::ALL.map(|kind| kind as usize), [0, 1, 2, 3], "packed values hold the place");
        for kind in Kind::ALL {
            assert_eq!((Kind::of_letter(kind.letter()), Kind::parse(kind.as_str())), (Some(kind), Some(kind)));
        }
    }
}
