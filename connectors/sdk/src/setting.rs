//! The settings of a connection: what is asked, how a form asks it, and how a value is checked.
//!
//! A form is drawn from this table alone, so a new connector needs no page of its own. What a value means is decided by its
//! [`SettingCheck`]; the form only helps people to find and type it.

use crate::message::{Problem, Text};

/// Checks the value of one setting; the problem names what is wrong and what to do.
pub type SettingCheck = fn(&str) -> Result<(), Problem>;

/// One setting of a connection.
#[derive(Debug, Clone, Copy)]
pub struct SettingSpec {
    /// Its name.
    pub name: &'static str,
    /// Secrets are sealed and never shown.
    pub secret: bool,
    /// Whether a connection cannot do without it.
    pub required: bool,
    /// The default value.
    pub default: Option<&'static str>,
    /// What it is and where to find it.
    pub doc: Text,
    /// Checks one value; the problem names what is wrong and what to do.
    pub check: Option<SettingCheck>,
    /// What it tells apart.
    pub identity: Identity,
    /// Secrets are sent to this address: they are kept only as long as it leads to the same place.
    pub gets_secrets: bool,
    /// It is not asked for where this setting has this value.
    pub unless: Option<(&'static str, &'static str)>,
    /// How a form asks for it.
    pub form: Form,
}

impl SettingSpec {
    /// An optional setting without default.
    #[must_use]
    pub const fn new(name: &'static str, doc: Text) -> Self {
        Self {
            name,
            secret: false,
            required: false,
            default: None,
            doc,
            check: None,
            identity: Identity::None,
            gets_secrets: false,
            unless: None,
            form: Form::TEXT,
        }
    }

    /// An optional secret.
    #[must_use]
    pub const fn secret(name: &'static str, doc: Text) -> Self {
        Self { secret: true, ..Self::new(name, doc) }
    }

    /// The same as an address to which secrets are sent.
    #[must_use]
    pub const fn getting_secrets(self) -> Self {
        Self { gets_secrets: true, ..self }
    }

    /// The same, asked for in this way.
    #[must_use]
    pub const fn asked(self, form: Form) -> Self {
        Self { form, ..self }
    }
}

/// What a setting tells apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Identity {
    /// Nothing: it says how to work with the system.
    #[default]
    None,
    /// Systems: with another value, the same key is somebody else (WeCom's corp id).
    System,
    /// Accounts of one system, which see the same objects (WeCom's agent id).
    Account,
}

/// How a form asks for a setting.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What it is called above its field; empty: by its name.
    pub title: Text,
    /// What is typed or chosen.
    pub input: Input,
    /// The unit of a number.
    pub unit: Option<Text>,
    /// A regular expression (ECMAScript and Rust) that a good value matches as a whole.
    pub pattern: Option<&'static str>,
    /// Where the value is found: the path through the pages of the other system.
    pub find: Option<Text>,
    /// The page of the other system to begin at.
    pub link: Option<&'static str>,
    /// Whether it is left alone in most cases, so that a form shows it folded.
    pub advanced: bool,
}

impl Form {
    /// A line of text.
    pub const TEXT: Self = Self {
        title: Text::new("", ""),
        input: Input::Text,
        unit: None,
        pattern: None,
        find: None,
        link: None,
        advanced: false,
    };

    /// A line of text called so.
    #[must_use]
    pub const fn titled(zh: &'static str, en: &'static str) -> Self {
        Self { title: Text::new(zh, en), ..Self::TEXT }
    }
}

/// What is typed or chosen.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// A line of text.
    Text,
    /// A whole number, from and to.
    Number(i64, i64),
    /// An address.
    Url,
    /// A folder of the machine on which idflow runs.
    Folder,
    /// One of some words, with what each means.
    Choice(&'static [(&'static str, Text)]),
}
