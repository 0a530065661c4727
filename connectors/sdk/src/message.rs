//! Problems: a code and its arguments. The words come from a table when somebody reads them, so that a stored log can be
//! read in either language.
//!
//! Placeholders in the texts are `{name}` and are filled from [`Problem::args`]. A test of the whole product enumerates
//! all tables and fails on a missing language, a missing argument or a code that occurs twice.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// A text.
    #[must_use]
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }
}

/// What sort of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A value breaks a rule.
    Invalid,
    /// Something else has it already.
    Conflict,
    /// It is not there.
    NotFound,
    /// A setting, secret or right is wrong.
    Configuration,
    /// Too fast or too busy; later it may work.
    Temporary,
    /// Nobody can tell whether it was done.
    Unknown,
    /// A promise of our own code was broken.
    Bug,
}

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The administrator of the target system.
    ItAdmin,
    /// Whoever keeps the source data.
    Hr,
    /// The vendor of the system.
    Vendor,
    /// Whoever runs idflow.
    Operator,
    /// We.
    Bug,
}

/// One row of a message table.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// The code: `WECOM_60104`, `name_missing`.
    pub code: &'static str,
    /// What sort of trouble.
    pub class: Class,
    /// Who can mend it.
    pub owner: Owner,
    /// Why it happened.
    pub reason: Text,
    /// What to do next.
    pub hint: Text,
}

/// One problem: a code of a message table and what fills its placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code.
    pub code: Cow<'static, str>,
    /// The field it is about, if one.
    pub field: Option<Cow<'static, str>>,
    /// Names and values of the placeholders.
    pub args: Vec<(Cow<'static, str>, String)>,
}

impl Problem {
    /// A problem without arguments.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), field: None, args: Vec::new() }
    }

    /// The same, about this field.
    #[must_use]
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(Cow::Borrowed(field));
        self
    }

    /// The same with one more argument.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// The value of an argument.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Fills the placeholders of `text`.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.to_string();
        for (name, value) in &self.args {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    }
}

/// `table!{ "code" Class Owner, "zh reason", "en reason", "zh hint", "en hint"; … }`: rows of a message table.
#[macro_export]
macro_rules! messages {
    ($($code:literal $class:ident $owner:ident, $zh:literal, $en:literal, $hint_zh:literal, $hint_en:literal;)*) => {
        &[$($crate::Message {
            code: $code,
            class: $crate::Class::$class,
            owner: $crate::Owner::$owner,
            reason: $crate::Text::new($zh, $en),
            hint: $crate::Text::new($hint_zh, $hint_en),
        }),*]
    };
}
