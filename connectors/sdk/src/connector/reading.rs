//! What a connector reads: objects, pages, and how complete they are.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{Params, Part, RootIs};
use crate::{
    action::ActionSpec,
    error::Error,
    message::Problem,
    value::{FieldId, Record, Value},
};

/// One object of a source.
#[derive(Debug, Clone)]
pub struct SourceObject {
    /// Its key in the source. Empty when it cannot be read: then the read is incomplete.
    pub key: Box<str>,
    /// What is known of it. References hold source keys.
    pub record: Record,
    /// Where it stands, for files: `users.csv:12`.
    pub at: Option<Box<str>>,
    /// Why it cannot be used; it counts as present all the same.
    pub refused: Option<Box<Problem>>,
    /// Repairs that lost something.
    pub warnings: Vec<Problem>,
    /// What a refused object may say, where it cannot be told which value stands for what. Nothing is written of it: whoever
    /// is found in it has not left.
    pub traces: Vec<Record>,
    /// Fields whose value is a default, because the source has them and leaves them empty.
    pub defaulted: Vec<FieldId>,
    /// Fields that have a value in the source which cannot be read, each with what is wrong with it. A condition that looks at
    /// one cannot be answered.
    pub lost: Vec<(FieldId, Problem)>,
}

impl SourceObject {
    /// An object that can be used, of which nothing more is to be said.
    #[must_use]
    pub const fn new(key: Box<str>, record: Record) -> Self {
        Self {
            key,
            record,
            at: None,
            refused: None,
            warnings: Vec::new(),
            traces: Vec::new(),
            defaulted: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Refuses it where a condition that looks at these fields cannot be answered.
    pub fn refuse_lost(&mut self, asked: impl Fn(FieldId) -> bool) {
        let Some((_, problem)) = self.lost.iter().find(|(id, _)| asked(*id)) else { return };
        self.warnings.retain(|warning| warning != problem);
        self.refused.get_or_insert_with(|| Box::new(problem.clone()));
    }
}

/// Objects of one output, in the order of the source.
#[derive(Debug)]
pub struct Page {
    /// The output they belong to (`departments`, `users`, `rows`).
    pub output: &'static str,
    /// The objects.
    pub objects: Vec<SourceObject>,
}

/// What a read amounts to once its last page was taken.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Whether everything was read; if not, nothing may be removed.
    pub complete: bool,
    /// Why it is incomplete.
    pub incomplete_because: Option<Problem>,
    /// The source was written to while it was read, so that what was read is of no single moment; it is worth another
    /// try. Such a read is not complete.
    pub moved: bool,
    /// Things to tell once: ignored columns, guesses about an encoding.
    pub notices: Vec<Problem>,
    /// Which part of the system the account may see, where that is set in the system and not by a parameter.
    pub range: Option<Range>,
    /// Only a part of one output was read, see [`crate::Connection::read_changes`], or the source was said to hold only a part:
    /// nothing is known of its other objects.
    pub part: Option<Part>,
    /// How a file of lines ends; `None` where the source is none.
    pub ending: Option<Ending>,
}

/// How a file of lines ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With the end of a line.
    Line,
    /// In a last line that has none, which is the object of this key. Many programs write files so; a file that was cut off
    /// looks the same.
    Open(Box<str>),
}

/// The part of a system that an account may see. It is part of what was read: who is gone because the range became smaller
/// has not left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// What the range is made of: a key that stays the same and ends with `/`, and what people call it.
    pub parts: BTreeMap<String, String>,
    /// Further parts that it covers as well, by key or by what their keys begin with: a department inside another one. What
    /// was a part before and is covered now was not lost.
    pub covers: BTreeSet<String>,
}

impl Range {
    /// What of an earlier range is not covered any more, by the names that it had.
    #[must_use]
    pub fn lost(&self, before: &BTreeMap<String, String>) -> Vec<String> {
        let within = |key: &str| key.match_indices('/').any(|(end, _)| self.covers.contains(&key[..=end]));
        let here = |key: &str| self.parts.contains_key(key) || within(key);
        before.iter().filter(|(key, _)| !here(key)).map(|(_, name)| name.clone()).collect()
    }
}

/// A column that is there and has no value in any row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// The field.
    pub field: String,
    /// Whether it has a default, so that a blank says something.
    pub default: bool,
}

/// A source being read. Departments come before users, parents in any order.
#[async_trait]
pub trait Reader: Send {
    /// The next objects, `None` at the end. An error ends the read; what came before is worthless for removals.
    async fn next(&mut self) -> Result<Option<Page>, Error>;

    /// Says that the source ended with the end of a line the last time: a last line without one is cut off. To be said before
    /// the first page.
    fn expect_line_end(&mut self) {}

    /// Fields that the source could have and does not have at all: columns that the file lacks. To be asked after the first
    /// page. What stands in such a field, a default for example, was never read.
    fn absent(&self) -> Vec<String> {
        Vec::new()
    }

    /// Of these fields those that the source has and leaves empty in every object. To be asked after the first page.
    ///
    /// # Errors
    /// Those of reading.
    async fn blank(&mut self, _fields: &[&str]) -> Result<Vec<Blank>, Error> {
        Ok(Vec::new())
    }

    /// The key of the department that stands for the whole system (WeCom: the company), if it was read: where the target
    /// keeps the departments below it at its top, it is no department of its own. To be asked after the first page.
    fn root(&self) -> Option<Box<str>> {
        None
    }

    /// Looks once more for objects of an output that no page had, although they were there at the last run: somebody may
    /// have moved from a page that was still to come to one that was read. Gives those that are there after all; to be asked
    /// after the last page, and of an output that another one follows after its last page.
    ///
    /// # Errors
    /// It cannot be told: the read is incomplete.
    async fn once_more(&mut self, _output: &'static str, _keys: &[&str]) -> Result<Vec<SourceObject>, Error> {
        Ok(Vec::new())
    }

    /// Of objects that no page of an output had, those that need not have left the system, and why: the account sees only a
    /// part of it, or they are there, outside of what was asked for. Nobody takes them for gone without asking a person. To be
    /// asked when the output is over, and after [`Reader::once_more`].
    fn unsure(&self, _output: &'static str, _keys: &[&str]) -> Vec<(Box<str>, Problem)> {
        Vec::new()
    }

    /// What the read amounts to; to be asked after the last page.
    fn summary(&self) -> Summary;
}

/// What to read from a source.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// The action.
    pub action: &'static ActionSpec,
    /// Its parameters.
    pub params: Params,
}

/// An object of a target, as far as it was read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its key.
    pub key: Box<str>,
    /// The fields that could be read.
    pub record: Record,
}

/// All objects of one kind in a target.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The objects; the root itself is not among them.
    pub objects: Vec<Seen>,
    /// Whether a field that is not in a record is empty. Otherwise nothing is known of it.
    pub absent_is_empty: bool,
    /// Whether objects may be there that the list does not have, because the account is shown a part of them. Whatever is linked
    /// and not listed is then there, as far as anybody knows, with fields that nobody knows.
    pub partial: bool,
    /// Fields of objects that the system keeps as they are, whatever is written, with the keys of these objects: what was written
    /// once is not written again.
    pub kept: Vec<(Box<str>, FieldId)>,
    /// What an empty parent means: the key of the department below which everything is kept.
    pub root: Option<Value>,
    /// What the root is called, where that can be read.
    pub root_name: Option<Box<str>>,
    /// What a root of a source is here.
    pub root_is: RootIs,
    /// The highest number ever seen, for keys that are numbers.
    pub highest_key: i64,
    /// Things to tell once.
    pub notices: Vec<Problem>,
}

/// Takes the objects of a [`Snapshot`] as they are read.
pub trait Gather: Send {
    /// The list begins; what was taken before is none of it.
    fn begin(&mut self);

    /// The next object.
    fn take(&mut self, seen: Seen);
}

impl Gather for Vec<Seen> {
    fn begin(&mut self) {
        self.clear();
    }

    fn take(&mut self, seen: Seen) {
        self.push(seen);
    }
}
