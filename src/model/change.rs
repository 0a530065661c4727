//! The rows of a plan. A row is one change to one object, or the reason why there is none; it is stored once and becomes
//! the item of the run log.
//!
//! An object has one row as a rule. It has two when a value must be added later (a manager who does not exist yet) or
//! given up before (the two sides of a swap); the later row names the first in [`Row::object`], so that objects are
//! counted once.

use idflow_sdk::{Field, FieldId, Kind, Problem, Value};
use serde::{Deserialize, Serialize};

use super::cells::Cells;

/// The place of a row in its plan.
pub type RowIndex = u32;

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes the object.
    Create,
    /// Changes fields.
    Update,
    /// Takes access away by a field; the object stays.
    Disable,
    /// Deletes the object.
    Delete,
    /// Only remembers which object is which; nothing is written to the target.
    Link,
    /// Nothing: the row only carries a reason.
    None,
}

impl Action {
    /// The word used in YAML, JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::Link => "link",
            Self::None => "none",
        }
    }
}

/// Whether a row is to be carried out, or why not. Of hundreds of thousands nearly all are: a reason is boxed, and costs those no
/// room that have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Planned {
    /// It is.
    Do,
    /// A rule of the workflow leaves the object out.
    Skipped(Box<Problem>),
    /// Another item stands in the way.
    Blocked {
        /// The key of that item.
        by: String,
    },
    /// Several objects could be meant, or it cannot be decided.
    Ambiguous(Box<Problem>),
    /// A rule is broken.
    Invalid(Box<Problem>),
}

/// What must have happened before a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The row.
    pub row: RowIndex,
    /// If that row fails: leave this field out and go on. `None`: this row is blocked. Of a row that removes: the unique value
    /// that it frees and this row takes. See [`Dependency::takes_from`].
    pub leave_out: Option<FieldId>,
}

impl Dependency {
    /// The value that this row takes from one that removes its holder. Who has the value at the end counts where the target
    /// judges the end, so that the removal may come later; a removal that is not carried out keeps it.
    #[must_use]
    pub fn takes_from(&self, rows: &[Row]) -> Option<FieldId> {
        self.leave_out.filter(|_| rows.get(self.row as usize).is_some_and(|row| row.removes))
    }
}

/// One row of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The step that carries it out, by its place in the workflow.
    pub step: u16,
    /// The kind of object.
    pub kind: Kind,
    /// Its key in the source.
    pub source: Box<str>,
    /// Its key in the target; empty when there is none.
    pub target: Box<str>,
    /// What people call it.
    pub name: Box<str>,
    /// Where it stands: `users.csv:12`, or a department's path.
    pub at: Option<Box<str>>,
    /// What it does.
    pub action: Action,
    /// Whether it is done.
    pub planned: Planned,
    /// The fields that are written.
    pub set: Cells,
    /// What was known of them before.
    pub before: Cells,
    /// For objects linked for the first time: all that is taken as written from now on.
    pub base: Option<Cells>,
    /// The link that is given up for this one, by its source and target key: that of a replaced department, or the
    /// object's own when its counterpart was deleted by somebody.
    pub replaces: Option<Box<(Box<str>, Box<str>)>>,
    /// Fingerprint of what the mapping wanted; equal next time means unchanged.
    pub fingerprint: u64,
    /// What must have happened before.
    pub needs: Vec<Dependency>,
    /// Whether it takes access away.
    pub removes: bool,
    /// Repairs that lost something, and what speaks against a removal.
    pub warnings: Vec<Problem>,
    /// How the object was recognised: `linked`, `created`, or the match rule.
    pub rule: Box<str>,
    /// The first row of the same object, if this is not the first.
    pub object: Option<RowIndex>,
}

impl Row {
    /// A row of an object that does nothing yet.
    #[must_use]
    pub fn new(step: u16, kind: Kind, source: Box<str>, target: Box<str>) -> Self {
        Self {
            step,
            kind,
            source,
            target,
            name: "".into(),
            at: None,
            action: Action::None,
            planned: Planned::Do,
            set: Cells::new(),
            before: Cells::new(),
            base: None,
            replaces: None,
            fingerprint: 0,
            needs: Vec::new(),
            removes: false,
            warnings: Vec::new(),
            rule: "".into(),
            object: None,
        }
    }

    /// Takes a value out of this row, which stands at `place` of its plan, and makes it a row of its own of the same object, that is
    /// to say why it is not written. None where the row does not set the field.
    #[must_use]
    pub fn split_off(&mut self, field: FieldId, place: usize) -> Option<Self> {
        let value = self.set.get(field)?;
        self.set.take(field);
        let before = self.before.take(field);
        // The next run looks at it again.
        self.fingerprint = 0;
        if let Some(base) = &mut self.base {
            base.take(field);
            before.iter().for_each(|before| base.set(field, before.clone()));
        }
        Some(Self {
            set: [(field, value)].into_iter().collect(),
            before: before.map(|before| (field, before)).into_iter().collect(),
            base: None,
            needs: Vec::new(),
            removes: false,
            warnings: Vec::new(),
            object: self.object.or_else(|| RowIndex::try_from(place).ok()),
            ..self.clone()
        })
    }

    /// The key of the item: the kind's letter and the source key; a later row of the same object says so.
    #[must_use]
    pub fn key(&self) -> String {
        let suffix = if self.object.is_some() { "+" } else { "" };
        format!("{}{suffix}", item_key(self.kind, &self.source))
    }

    /// What people call the object: its name with its account, or where it stands.
    #[must_use]
    pub fn called(&self) -> String {
        let at = self.at.as_deref().filter(|_| self.kind == Kind::Department);
        called(at.unwrap_or(&self.name), &[&self.target, &self.source])
    }

    /// The item as the cause of something, see [`cause`]. A removal that is not carried out without a decision names itself.
    #[must_use]
    pub fn cause(&self) -> String {
        let removal = match &self.planned {
            Planned::Skipped(problem)
                if matches!(&*problem.code, "removal_waiting" | "removal_kept" | "removal_after") =>
            {
                problem.get("id")
            }
            Planned::Blocked { by } => cause(by).removal,
            _ => None,
        };
        let keeper = match &self.planned {
            Planned::Invalid(problem) if problem.code == "value_held" => problem.get("holder"),
            Planned::Blocked { by } => cause(by).keeper,
            _ => None,
        };
        let rest = match (removal, keeper) {
            (None, None) => String::new(),
            (Some(id), None) => format!("{NAMED}{id}"),
            (removal, Some(keeper)) => format!("{NAMED}{}{NAMED}{keeper}", removal.unwrap_or_default()),
        };
        format!("{}{NAMED}{}{rest}", self.key(), self.called())
    }

    /// The item as the cause for which another row is not carried out.
    #[must_use]
    pub fn cause_of(&self, blocked: &Self) -> String {
        with_way(&self.cause(), self.way_of(blocked))
    }

    /// Why that row waits for this one.
    fn way_of(&self, blocked: &Self) -> Way {
        let refers =
            |(_, field): (FieldId, Field)| field.value().and_then(Value::to_key).is_some_and(|key| key == self.target);
        // What this one has before and gives up.
        let takes = |(id, field): (FieldId, Field)| self.set.has(id) && self.before.get(id) == Some(field);
        // A removal takes nothing from one that has to come before it.
        let gives_key = || {
            let given_up = blocked.replaces.as_ref();
            self.removes && given_up.is_some_and(|ends| (&ends.0, &ends.1) == (&self.source, &self.target))
        };
        if gives_key() {
            Way::Key
        } else if (self.kind, &self.source) == (blocked.kind, &blocked.source) || (self.removes && blocked.removes) {
            Way::Own
        } else if !blocked.set.iter().any(refers) && (self.removes || blocked.set.iter().any(takes)) {
            Way::Value
        } else {
            Way::Reference
        }
    }

    /// Whether it calls the target.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.planned == Planned::Do && !matches!(self.action, Action::Link | Action::None)
    }

    /// Why the object that is removed may not be gone at all: a person decides about that.
    #[must_use]
    pub fn doubt(&self) -> Option<&Problem> {
        let doubts = |problem: &&Problem| DOUBTS.contains(&&*problem.code);
        self.warnings.iter().find(doubts).filter(|_| self.removes)
    }

    /// Whether it takes an object that was there for one of the source, with or without a change of it.
    #[must_use]
    pub fn takes(&self) -> bool {
        matches!(self.action, Action::Link | Action::Update) && self.base.is_some() && self.planned == Planned::Do
    }

    /// Whether it takes such an object and does nothing else: people approve that, too.
    #[must_use]
    pub fn binds(&self) -> bool {
        self.action == Action::Link && self.takes()
    }
}

/// What a removal says where a whole list that somebody uploaded cannot be read again, and may have had the object.
pub const LIST_IS_GONE: &str = "list_is_gone";

/// What is said of objects that are not in a list and need not have left: by the source, see [`idflow_sdk::Reader::unsure`], or
/// because another list cannot be looked into any more.
pub const DOUBTS: &[&str] = &["maybe_out_of_range", "out_of_scope", LIST_IS_GONE];

/// The key of an object's item.
#[must_use]
pub fn item_key(kind: Kind, source: &str) -> String {
    format!("{}:{source}", kind.letter())
}

/// What stands between the parts of a cause.
const NAMED: char = '\u{1f}';

/// For what an item waits for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It refers to the other one.
    Reference,
    /// It takes a value that the other one has.
    Value,
    /// Both are about one object, or one can only be removed after the other.
    Own,
    /// It gets the key of the source that the other one had, who is removed by the link that is given up for it.
    Key,
}

/// Notes in a cause for what the item waits.
#[must_use]
pub fn with_way(by: &str, way: Way) -> String {
    let Cause { key, name, removal, keeper, .. } = cause(by);
    let (removal, keeper) = (removal.unwrap_or_default(), keeper.unwrap_or_default());
    match way {
        Way::Reference => by.to_string(),
        Way::Value => [key, name, removal, keeper, VALUE].join(&NAMED.to_string()),
        Way::Own => [key, name, removal, keeper, OWN].join(&NAMED.to_string()),
        Way::Key => [key, name, removal, keeper, KEY].join(&NAMED.to_string()),
    }
}

const VALUE: &str = "value";
const OWN: &str = "own";
const KEY: &str = "key";

/// Why an item is blocked, as it is stored: the key of the item in the way, what people call it, the removal that has to be
/// done first and that nobody has approved, and for what it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The key of the item.
    pub key: &'a str,
    /// What people call it. Those of older versions have a key only.
    pub name: &'a str,
    /// The name of the removal, as people type it.
    pub removal: Option<&'a str>,
    /// Who keeps in the target what the item in the way is to get, in words.
    pub keeper: Option<&'a str>,
    /// For what the blocked item waits. Older versions did not tell.
    pub way: Way,
}

/// A cause taken apart.
#[must_use]
pub fn cause(by: &str) -> Cause<'_> {
    let mut parts = by.split(NAMED);
    let key = parts.next().unwrap_or(by);
    let name = parts.next().unwrap_or(key);
    let mut said = || parts.next().filter(|part| !part.is_empty());
    let (removal, keeper) = (said(), said());
    let way = match said() {
        Some(VALUE) => Way::Value,
        Some(OWN) => Way::Own,
        Some(KEY) => Way::Key,
        _ => Way::Reference,
    };
    Cause { key, name, removal, keeper, way }
}

/// An object in words: its name and the first of its keys that says something to people. Keys that idflow made itself
/// say nothing.
#[must_use]
pub fn called(name: &str, keys: &[&str]) -> String {
    let telling = keys.iter().find(|key| !key.is_empty() && !is_ours(key));
    match (name, telling) {
        ("", None) => "?".into(),
        ("", Some(key)) => (*key).to_string(),
        (name, Some(key)) if !key.bytes().all(|byte| byte.is_ascii_digit()) && *key != name => {
            format!("{name} ({key})")
        }
        (name, _) => name.to_string(),
    }
}

/// Whether a key is one that idflow made itself.
fn is_ours(key: &str) -> bool {
    key.len() == 26 && ulid::Ulid::from_string(key).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundreds_of_thousands_of_rows_are_small() {
        let (planned, row) = (size_of::<Planned>(), size_of::<Row>());
        assert!(planned <= 24 && row <= 232, "{planned} {row}");
    }

    #[test]
    fn people_are_called_by_name_and_account() {
        let ours = "01M8GK9TVC0TSD1KZTM8MSWYR1";
        assert_eq!(called("陈静", &["chen.jing", ours]), "陈静 (chen.jing)");
        assert_eq!(called("陈静", &[ours, "00005"]), "陈静");
        assert_eq!(called("研发部", &["5", ours]), "研发部");
        assert_eq!(called("", &[ours, "00005"]), "00005");
        assert_eq!(called("", &[ours]), "?");
        let known = |name, removal, keeper, way| Cause { key: "u:01M8", name, removal, keeper, way };
        for (by, name, removal, keeper) in [
            ("u:01M8", "u:01M8", None, None),
            ("u:01M8\u{1f}陈静", "陈静", None, None),
            ("u:01M8\u{1f}陈静\u{1f}3f9c", "陈静", Some("3f9c"), None),
            ("u:01M8\u{1f}陈静\u{1f}\u{1f}李娜", "陈静", None, Some("李娜")),
        ] {
            for way in [Way::Reference, Way::Value, Way::Own, Way::Key] {
                assert_eq!(cause(&with_way(by, way)), known(name, removal, keeper, way));
            }
        }
    }

    #[test]
    fn who_gets_the_key_of_somebody_waits_for_that_one_to_leave() {
        let row = |target: &str| Row::new(0, Kind::User, "3".into(), target.into());
        let leaves = Row { action: Action::Disable, removes: true, ..row("old") };
        let given_up = Some(Box::new(("3".into(), "old".into())));
        let comes = Row { action: Action::Create, replaces: given_up, ..row("new") };
        assert_eq!(cause(&leaves.cause_of(&comes)).way, Way::Key);
        // A second row of one object waits for the first.
        assert_eq!(cause(&comes.cause_of(&Row { object: Some(1), ..comes.clone() })).way, Way::Own);
    }
}
