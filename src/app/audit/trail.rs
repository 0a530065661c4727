//! What is the audit told of one call, while that is carried out?

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// What the audit is told of one call, gathered while it is carried out.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Mutex<Told>>);

/// See [`Trail`].
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What it was, where the operation alone says too much: an import that was only planned.
    pub deed: Option<&'static str>,
    /// The id of what it is about, where the path does not say it.
    pub about: Option<String>,
    /// How it was before.
    pub before: Option<Value>,
    /// How it is afterwards; what was asked for, where nothing is said.
    pub after: Option<Value>,
    /// Whether private values were shown.
    pub revealed: bool,
    /// Whether something is kept, whatever is answered in the end.
    pub kept: bool,
}

impl Trail {
    fn with(&self, tell: impl FnOnce(&mut Told)) {
        tell(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What it is about.
    pub fn about(&self, id: &str) {
        self.with(|told| told.about = Some(id.into()));
    }

    /// What it was, more exactly than the operation says.
    pub fn deed(&self, deed: &'static str) {
        self.with(|told| told.deed = Some(deed));
    }

    /// How it was before, and is now.
    pub fn change(&self, before: Value, after: Value) {
        self.with(|told| {
            told.before = Some(before);
            told.after = Some(after);
        });
    }

    /// A part is done and stays, also where the rest is refused: it stands in the audit, and whoever repeats the call is not told
    /// that nothing was done.
    pub fn keeps(&self) {
        self.with(|told| told.kept = true);
    }

    /// Private values are shown.
    pub fn reveals(&self) {
        self.with(|told| told.revealed = true);
    }

    /// What was told.
    #[must_use]
    pub fn told(&self) -> Told {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
