//! The contract suite: what the engine relies on, tried on a connector with a system that the suite may fill and break.
//!
//! ```text
//!  Subject ─► begin ─► Stage: an empty system, and how to open a connection to it
//!             │
//!             └─► each case plays on a stage of its own ─► Report
//! ```
//!
//! Which cases apply follows from what the connector declares: who declares no action that creates is not asked to create.
//! A case that the system cannot play is skipped with a reason, and [`Report::expect`] pins which ones are, so nothing is
//! skipped unnoticed.
//!
//! The provider's way has cases of its own ([`provider`]).
//!
//! Deliberately absent: the system's own rules. Whether WeCom takes a name of 65 characters is for the connector's tests.

mod failures;
mod play;
pub mod provider;
mod reads;
mod rules;
mod secrets;
mod spec;
mod writes;

use std::{fmt::Write as _, future::Future, pin::Pin};

use async_trait::async_trait;

use crate::{
    connector::{ConnectorSpec, OpenRequest, Params},
    directory::{Change, DirectoryStore, Stored},
    error::Error,
    schema::Kind,
    value::Record,
};
use play::{Halt, Play};

/// A connector that is looked at.
#[async_trait]
pub trait Subject: Send + Sync {
    /// The connector.
    fn spec(&self) -> &'static ConnectorSpec;

    /// A new system that holds nothing but what it cannot be without.
    async fn begin(&self) -> Stage;

    /// An object that can be created in a new system, another one for each number, with as many fields as are plain. Never
    /// asked for kinds that no action creates.
    fn sample(&self, kind: Kind, number: usize) -> Sample;

    /// A change of such an object: fields of the sample with other values.
    fn change(&self, kind: Kind) -> Record;

    /// The reads that give all that a system holds, with their parameters. A read of a single object is none of them.
    fn reads(&self) -> Vec<(&'static str, Params)> {
        Vec::new()
    }
}

/// A system, and the way to it.
pub struct Stage {
    /// What a connection with all rights is opened with.
    pub request: OpenRequest,
    /// The system.
    pub system: Box<dyn System>,
}

/// What the suite may do to a system behind the connector's back.
#[async_trait]
pub trait System: Send + Sync {
    /// Puts an object there, and says the key that a read gives it. `None`: such objects are put there through the connection.
    async fn put(&self, _kind: Kind, _number: usize) -> Option<String> {
        None
    }

    /// What goes wrong from now on, until the next word. Whether the system can play that.
    async fn trouble(&self, trouble: Trouble) -> bool;

    /// Ends it.
    async fn end(self: Box<Self>) {}
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: all is well again.
    Nothing,
    /// What is written is done, and the answer does not arrive.
    LostAnswers,
    /// Every call is refused: busy, try again.
    Busy,
    /// Every call is refused: too many of them.
    TooMany,
    /// Every call is refused: the right was taken away.
    NoRight,
    /// Every answer is something else than the system ever sends.
    Garbled,
    /// A part of what is there cannot be read.
    Partial,
}

/// An object to create.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its key.
    pub key: String,
    /// Its fields.
    pub record: Record,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The connector keeps its promise.
    Passed,
    /// It does not apply, or the system cannot play it, and why.
    Skipped(String),
    /// It does not, and in what.
    Failed(Vec<String>),
}

/// What became of all cases.
#[derive(Debug)]
pub struct Report {
    /// The connector.
    pub connector: &'static str,
    /// The cases, in their order.
    pub cases: Vec<(&'static str, Outcome)>,
}

impl Report {
    /// The names of the cases that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.cases.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        failed.map(|(name, _)| *name).collect()
    }

    /// The names of the cases that were skipped.
    #[must_use]
    pub fn skipped(&self) -> Vec<&'static str> {
        let skipped = self.cases.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Skipped(_)));
        skipped.map(|(name, _)| *name).collect()
    }

    /// Passes when no case failed and exactly these were skipped.
    ///
    /// # Panics
    /// Otherwise, with the whole report.
    pub fn expect(&self, skipped: &[&str]) {
        assert!(self.failed().is_empty(), "{self}");
        assert_eq!(self.skipped(), skipped, "other cases are skipped than expected\n{self}");
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = format!("{}:\n", self.connector);
        for (name, outcome) in &self.cases {
            match outcome {
                Outcome::Passed => writeln!(text, "  ok       {name}")?,
                Outcome::Skipped(why) => writeln!(text, "  skipped  {name}: {why}")?,
                Outcome::Failed(faults) => {
                    writeln!(text, "  FAILED   {name}")?;
                    faults.iter().try_for_each(|fault| writeln!(text, "           {fault}"))?;
                }
            }
        }
        f.write_str(&text)
    }
}

type Playing<'a> = Pin<Box<dyn Future<Output = Result<(), Halt>> + Send + 'a>>;

/// A case: its name, and how it is played.
struct Case {
    name: &'static str,
    play: for<'a> fn(&'a mut Play<'_>) -> Playing<'a>,
}

macro_rules! cases {
    ($($module:ident::$name:ident,)*) => {
        &[$(Case { name: stringify!($name), play: |play| Box::pin($module::$name(play)) }),*]
    };
}

static CASES: &[Case] = cases! {
    spec::the_spec_fits_together,
    spec::every_text_is_in_both_languages,
    spec::a_test_of_the_connection_says_what_it_can_do,
    reads::a_source_is_read_whole,
    reads::a_source_reads_the_same_twice,
    reads::an_incomplete_read_says_so,
    reads::other_kinds_are_refused,
    writes::what_was_created_can_be_read_back,
    writes::a_target_is_listed_whole,
    writes::an_update_changes_what_it_names,
    writes::what_was_removed_is_gone_or_set,
    writes::what_is_not_there_is_not_found,
    writes::each_object_has_its_answer,
    writes::what_is_hidden_is_not_empty,
    rules::what_is_required_is_asked_for,
    rules::one_of_several_is_enough,
    rules::what_is_unique_is_refused_twice,
    rules::a_partial_record_stays_partial,
    failures::a_lost_answer_is_unknown_and_can_be_looked_up,
    failures::failures_say_what_to_do,
    failures::a_call_that_is_given_up_leaves_nothing_behind,
    failures::nothing_is_sent_without_the_right_to_it,
    failures::forged_callbacks_are_refused,
    secrets::wrong_secrets_are_found_out,
    secrets::no_text_has_a_secret_in_it,
};

/// Plays every case.
pub async fn run(subject: &dyn Subject) -> Report {
    let mut cases = Vec::with_capacity(CASES.len());
    for case in CASES {
        let mut play = Play::begin(subject).await;
        let played = (case.play)(&mut play).await;
        let faults = play.end().await;
        cases.push((
            case.name,
            match played {
                Err(Halt::Skip(why)) if faults.is_empty() => Outcome::Skipped(why),
                Err(Halt::Fail) | Ok(()) if faults.is_empty() => Outcome::Passed,
                _ => Outcome::Failed(faults),
            },
        ));
    }
    Report { connector: subject.spec().name, cases }
}

/// A directory of nobody, for connectors that do not serve it.
#[derive(Debug, Clone, Copy)]
pub struct NoDirectory;

#[async_trait]
impl DirectoryStore for NoDirectory {
    async fn page(&self, _: Kind, _: Option<&str>, _: usize) -> Result<Vec<Stored>, Error> {
        Ok(Vec::new())
    }

    async fn get(&self, _: Kind, _: &[&str]) -> Result<Vec<Stored>, Error> {
        Ok(Vec::new())
    }

    async fn mark(&self) -> Result<String, Error> {
        Ok(String::new())
    }

    async fn update(&self, _: Kind, _: &[&str], _: &crate::directory::Writer, _: Change<'_>) -> Result<(), Error> {
        Ok(())
    }
}
