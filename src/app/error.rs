//! What a caller of the application is told when something is refused: a code with its arguments. The words of it, in both
//! languages, stand in [`super::messages`] and in the tables below the application; the next step is typed, so that each
//! edge has its own words for it.

use idflow_sdk::{NextKind, Problem};

use super::problem_words;
use crate::{
    contract::problem::{FieldError, Finding, Issue, Next, Text},
    engine::Refused,
    store::StoreError,
};

/// Kinds of refusal; the edges turn them into status and exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was given is wrong.
    Invalid,
    /// It is not there.
    NotFound,
    /// It is in a state in which this cannot be done.
    Conflict,
    /// It is in another state than the one that was meant.
    Stale,
    /// Nobody knows who is calling.
    Unknown,
    /// The caller may not.
    Refused,
    /// The machine or the store does not work.
    Unavailable,
    /// Another process owns the data folder.
    InUse,
    /// It is too much at once; the same is good later.
    TooMany {
        /// How many seconds later.
        after_secs: u32,
    },
}

/// A refusal.
#[derive(Debug, Clone)]
pub struct AppError {
    /// Its kind.
    pub kind: RefusalKind,
    /// What is wrong: a code of a message table, with what it is about.
    pub problem: Box<Problem>,
    /// The next step, where it is another than the code's own.
    pub next: Option<Box<Next>>,
    /// What is wrong beside it.
    pub more: Vec<FieldError>,
    /// What the compiler found.
    pub findings: Vec<Finding>,
    /// What another system or a run said before.
    pub cause: Option<Box<Issue>>,
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.issue().reason.en)
    }
}

impl std::error::Error for AppError {}

impl AppError {
    /// A refusal of this kind.
    #[must_use]
    pub fn new(kind: RefusalKind, problem: Problem) -> Self {
        Self { kind, problem: Box::new(problem), next: None, more: Vec::new(), findings: Vec::new(), cause: None }
    }

    /// Something given is wrong.
    #[must_use]
    pub fn invalid(code: &'static str) -> Self {
        Self::new(RefusalKind::Invalid, Problem::new(code))
    }

    /// Something is not there.
    #[must_use]
    pub fn not_found(code: &'static str) -> Self {
        Self::new(RefusalKind::NotFound, Problem::new(code))
    }

    /// Something is in another state.
    #[must_use]
    pub fn conflict(code: &'static str) -> Self {
        Self::new(RefusalKind::Conflict, Problem::new(code))
    }

    /// Something is in another state than the one that was meant.
    #[must_use]
    pub fn stale(code: &'static str) -> Self {
        Self::new(RefusalKind::Stale, Problem::new(code))
    }

    /// Several refusals as one: the first, which also names what is wrong beside it.
    #[must_use]
    pub fn all(wrong: Vec<Self>) -> Option<Self> {
        let mut wrong = wrong.into_iter();
        let mut first = wrong.next()?;
        first.more = wrong.flat_map(|other| other.errors()).collect();
        Some(first)
    }

    /// The caller may not.
    #[must_use]
    pub fn refused(code: &'static str) -> Self {
        Self::new(RefusalKind::Refused, Problem::new(code))
    }

    /// It is too much at once.
    #[must_use]
    pub fn too_many(after_secs: u32, code: &'static str) -> Self {
        Self::new(RefusalKind::TooMany { after_secs }, Problem::new(code))
    }

    /// The same with what fills a placeholder.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.problem.args.push((name.into(), value.into()));
        self
    }

    /// The same, about this field of what was given.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.problem.field = Some(name.into().into());
        self
    }

    /// The same with another next step.
    #[must_use]
    pub fn next(mut self, next: Next) -> Self {
        self.next = Some(Box::new(next));
        self
    }

    /// The same with what was said before, which fills `why` and `hint` of the texts.
    #[must_use]
    pub fn because(self, cause: Issue) -> Self {
        let (reason, hint) = (cause.reason.clone(), cause.hint.clone());
        let mut error = self.words("why", reason).words("hint", hint);
        error.cause = Some(Box::new(cause));
        error
    }

    /// The same with a text that fills the placeholder of this name in each language.
    #[must_use]
    pub fn words(mut self, name: &str, text: Text) -> Self {
        self.problem.args.push((format!("{name}_zh").into(), text.zh));
        self.problem.args.push((format!("{name}_en").into(), text.en));
        self
    }

    /// In words.
    #[must_use]
    pub fn issue(&self) -> Issue {
        let mut issue = problem_words::show(&self.problem);
        if let Some(next) = &self.next {
            issue.next = Some((**next).clone());
        }
        if issue.next.is_none() {
            issue.next = self.cause.as_ref().and_then(|cause| cause.next.clone());
        }
        issue
    }

    /// What is wrong in detail: with fields of what was given, and with places of a workflow's text.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let issue = self.issue();
        let field = issue.field.map(|field| FieldError { field: Some(field), code: issue.code, reason: issue.reason });
        let place = |finding: &Finding| format!("{}:{}:{}", finding.file, finding.line, finding.column);
        let errors = self.findings.iter().filter(|finding| finding.code.starts_with('E'));
        let errors = errors.map(|finding| FieldError {
            field: Some(place(finding)),
            code: finding.code.clone(),
            reason: finding.message.clone(),
        });
        field.into_iter().chain(self.more.iter().cloned()).chain(errors).collect()
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let (kind, code, what) = match error {
            StoreError::Conflict => (RefusalKind::Conflict, "store_conflict", String::new()),
            StoreError::Fenced => (RefusalKind::Conflict, "store_fenced", String::new()),
            StoreError::Locked(what) => (RefusalKind::InUse, "store_in_use", what),
            StoreError::HalfCopied => (RefusalKind::Unavailable, "store_half_copied", String::new()),
            StoreError::Corrupt(what) => (RefusalKind::Unavailable, "store_corrupt", what),
            StoreError::Unavailable(what) => (RefusalKind::Unavailable, "store_unavailable", what),
            StoreError::Full(what) => (RefusalKind::Unavailable, "store_full", what),
            StoreError::Newer(what) => (RefusalKind::Unavailable, "store_newer", what),
            StoreError::Refused(what) => (RefusalKind::Invalid, "store_refused", what),
        };
        Self::new(kind, Problem::new(code)).arg("what", what)
    }
}

impl From<Refused> for AppError {
    fn from(refused: Refused) -> Self {
        let kind = match &refused {
            Refused::Store(error) => return error.clone().into(),
            Refused::NoWorkflow(_) | Refused::NoRun(_) => RefusalKind::NotFound,
            Refused::Archived(_)
            | Refused::NotActive(_)
            | Refused::NoneActive(_)
            | Refused::NotManual(_)
            | Refused::NotHeld(..)
            | Refused::OnlyPlanned(..)
            | Refused::NotOver(..)
            | Refused::NotPaused(..)
            | Refused::Over(..)
            | Refused::Expired(_)
            | Refused::ClockDoubted(_)
            | Refused::Forgotten(_)
            | Refused::OtherPlan(..) => RefusalKind::Conflict,
            Refused::DiskFull(_) => RefusalKind::Unavailable,
            Refused::Broken(..) | Refused::Input(..) => RefusalKind::Invalid,
        };
        Self::new(kind, refused.why())
    }
}

/// A next step about a workflow.
#[must_use]
pub fn about_workflow(kind: NextKind, workflow: &str) -> Next {
    Next { workflow: Some(workflow.into()), ..Next::new(kind) }
}

/// A next step about a connection.
#[must_use]
pub fn about_connection(kind: NextKind, connection: &str) -> Next {
    Next { connection: Some(connection.into()), ..Next::new(kind) }
}
