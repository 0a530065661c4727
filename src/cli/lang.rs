//! The two languages in which the command line speaks, and how a text is written in both.

use std::fmt;

use clap::ValueEnum;

use crate::contract::problem::Text;

pub use crate::contract::problem::system;

/// Languages of texts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Chinese
    Zh,
    /// English
    #[default]
    En,
}

impl Lang {
    /// The key in bilingual texts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language of a locale such as `zh_CN.UTF-8`; English where it is neither.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// One of two texts.
    #[must_use]
    pub const fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// A text in this language.
    #[must_use]
    pub fn of(self, text: &Text) -> &str {
        self.pick(&text.zh, &text.en)
    }

    /// Several things in a row: `a、b` or `a, b`.
    #[must_use]
    pub fn list<T: fmt::Display>(self, items: impl IntoIterator<Item = T>) -> String {
        items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(self.pick("、", ", "))
    }
}

/// A text in one of the languages; both are written as for `format!`: `say!(lang, "运行 {run}", "run {run}")`.
macro_rules! say {
    ($lang:expr, $zh:literal, $en:literal $(,)?) => {
        match $lang {
            $crate::cli::lang::Lang::Zh => format!($zh),
            $crate::cli::lang::Lang::En => format!($en),
        }
    };
}

/// A text in both languages, written as for `format!`.
macro_rules! both {
    ($zh:literal, $en:literal $(,)?) => {
        $crate::contract::problem::Text { zh: format!($zh), en: format!($en) }
    };
}

pub(crate) use both;

pub(crate) use say;

/// A value on the command line that cannot be used, with the reason in both languages.
#[derive(Debug, Clone)]
pub struct Wrong(pub Text);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for Wrong {}

/// What can stand for a text in both languages.
pub trait Words {
    /// The text.
    fn words(self) -> Text;
}

impl Words for Text {
    fn words(self) -> Text {
        self
    }
}

impl Words for String {
    fn words(self) -> Text {
        Text { zh: self.clone(), en: self }
    }
}

impl Words for &str {
    fn words(self) -> Text {
        self.to_string().words()
    }
}
