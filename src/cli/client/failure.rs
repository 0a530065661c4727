//! Why a command could not do what it was asked to.

use std::{fmt::Display, io::ErrorKind};

use serde_json::{Value, json};

use crate::cli::{
    Lang,
    lang::{Words, both, system},
    next, output,
};
use crate::{
    app::AppError,
    contract::problem::{Refusal, Text},
    server,
};

/// Why a call was refused.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// What is wrong.
    pub text: Text,
    /// The next step.
    pub hint: Option<Text>,
    /// More, for machines.
    pub details: Option<Box<Value>>,
    /// What the API said.
    pub refusal: Option<Box<Refusal>>,
}

impl Failure {
    /// A failure without a next step.
    pub fn new(text: impl Words) -> Self {
        Self { text: text.words(), ..Self::default() }
    }

    /// A file that cannot be used.
    pub fn file(name: impl Display, error: &std::io::Error) -> Self {
        let Text { zh, en } = system(error);
        let failure = Self::new(both!("{name}：{zh}", "{name}: {en}"));
        match error.kind() {
            ErrorKind::NotFound => {
                let here = std::path::absolute(".").unwrap_or_default();
                let here = here.display();
                failure
                    .hint(both!("检查路径；相对路径从 {here} 算起", "check the path; a relative one begins at {here}"))
            }
            ErrorKind::PermissionDenied => failure.hint(both!(
                "换一个有权限的用户运行，或修改该文件的权限",
                "run it as somebody who may, or change who may use this file"
            )),
            _ => failure,
        }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Words) -> Self {
        self.hint = Some(hint.words());
        self
    }

    /// What is wrong and the next step, in a language; the step as a command, where there is one.
    #[must_use]
    pub fn words(&self, lang: Lang) -> (String, Option<String>) {
        // What this command knows better than the API.
        let own = self.hint.as_ref().map(|hint| lang.of(hint).to_string());
        let Some(refusal) = &self.refusal else { return (lang.of(&self.text).to_string(), own) };
        // Where what a part of it said is handed on, the commands are those of that part.
        let of_part = refusal.cause.as_ref().filter(|cause| cause.hint == refusal.hint).map(|cause| &cause.code);
        let code = of_part.unwrap_or(&refusal.code);
        let hint = own.unwrap_or_else(|| next::hint(code, &refusal.hint, refusal.next.as_ref(), lang));
        (lang.of(&refusal.reason).to_string(), Some(hint).filter(|hint| !hint.is_empty()))
    }

    /// Tells it to people.
    pub fn tell(&self, lang: Lang) {
        let (message, hint) = self.words(lang);
        output::error(lang, &message, hint.as_deref());
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        let (message, hint) = self.words(lang);
        let code = self.refusal.as_ref().map(|refusal| &refusal.code);
        let next = self.refusal.as_ref().and_then(|refusal| refusal.next.as_ref());
        json!({"error": {"code": code, "message": message, "hint": hint, "next": next, "details": self.details}})
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut details = match refusal.findings.as_slice() {
            [] => refusal.cause.as_ref().map(|cause| json!(cause)),
            findings => Some(json!(findings)),
        };
        details.iter_mut().for_each(next::word);
        Self {
            text: refusal.reason.clone(),
            hint: None,
            details: details.map(Box::new),
            refusal: Some(Box::new(refusal)),
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        server::error::refusal(&error, false).into()
    }
}
