//! A stand-in with which people play: it goes on until it is stopped, and says what it was asked.

use std::collections::BTreeMap;

use futures::future::BoxFuture;

/// An account that is played for people who try things out.
pub trait Played: Send + Sync {
    /// Settings of a connection to it.
    fn settings(&self) -> BTreeMap<String, String>;

    /// Secrets of a connection to it, which open nothing else.
    fn secrets(&self) -> BTreeMap<String, String>;

    /// How much it holds and was asked.
    fn totals(&self) -> Totals;

    /// The newest calls, the newest first.
    fn seen(&self, most: usize) -> Vec<Seen>;

    /// What goes wrong from now on, in the place of what did.
    fn spoil(&self, troubles: &[Trouble]);

    /// What its application may see.
    ///
    /// # Errors
    /// In words, why it cannot.
    fn show(&self, range: Range) -> Result<(), String>;

    /// Ends it.
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Departments, without the company itself.
    pub departments: u64,
    /// People.
    pub people: u64,
    /// Calls so far.
    pub calls: u64,
    /// Calls that changed something.
    pub writes: u64,
}

/// A call.
pub struct Seen {
    /// Its number.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Its path.
    pub path: String,
    /// What it was about.
    pub about: Option<String>,
    /// What it came to.
    pub code: Option<i64>,
    /// Whether a trouble hit it.
    pub spoilt: bool,
}

/// What goes wrong with some calls.
pub struct Trouble {
    /// Which calls: a path, or the beginning of one with `*` behind it.
    pub path: String,
    /// What happens to them.
    pub what: What,
    /// The share of them, 0 to 1.
    pub share: f64,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// It is answered with a code, and nothing is done.
    Code(i64),
    /// It is answered so many milliseconds late.
    Late(u64),
    /// It is not done and never answered.
    NoAnswer,
    /// It is done, and its answer is lost.
    AnswerLost,
}

/// What an application may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// All of it.
    Whole,
    /// The first department below the company.
    OneDepartment,
    /// Nothing.
    Nobody,
}
