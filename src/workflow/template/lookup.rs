//! Where `target_id` and its kin look a reference up for one target field, and what is said where nobody is at the other end.

use idflow_sdk::{Kind, Problem, Value};

use super::value::Stop;
use crate::workflow::{
    compiled::{References, Resolved, WhenUnresolved},
    department_path,
};

/// How references are looked up for one target field.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub references: &'a dyn References,
    pub kind: Kind,
    pub policy: WhenUnresolved,
    pub unknown: &'static str,
    /// Whether the field holds the parent of a tree: then nothing means the root.
    pub parent: bool,
    /// Whether the target keeps `{department, leader}` entries rather than keys.
    pub members: bool,
    /// Whether the field holds one reference and no list.
    pub single: bool,
    pub quiet: bool,
    pub warnings: &'a std::cell::RefCell<Vec<Problem>>,
}

impl Lookup<'_> {
    /// The target's key of one source object; `None` is left out.
    pub(crate) fn resolve(&self, key: &str) -> Result<Option<Value>, Stop> {
        self.answer(key, self.references.resolve(self.kind, key), || self.unknown_code(key))
    }

    /// The same of the department that names from the root down mean, which is told by its path.
    pub(crate) fn resolve_path(&self, names: &[String]) -> Result<Option<Value>, Stop> {
        department_path::check(names).map_err(Stop::Invalid)?;
        let code = || if self.unknown == "department_unknown" { "department_path_unknown" } else { self.unknown };
        self.answer(&department_path::key(names), self.references.resolve_path(self.kind, names), code)
    }

    fn answer(
        &self,
        key: &str,
        found: Resolved,
        unknown: impl FnOnce() -> &'static str,
    ) -> Result<Option<Value>, Stop> {
        let problem = match found {
            Resolved::Key(value) => return Ok(Some(value)),
            Resolved::Later => return Err(Stop::Later),
            Resolved::Top => return Ok(None),
            Resolved::Refused { item } if self.policy != WhenUnresolved::Omit => return Err(Stop::Blocked(item)),
            Resolved::Several(departments) => {
                Problem::new("department_ambiguous").arg("key", key).arg("departments", departments)
            }
            Resolved::Refused { item } => not_made(self.unknown, key, &item),
            Resolved::Unknown => Problem::new(unknown()).arg("key", key),
        };
        if self.policy != WhenUnresolved::Omit {
            return Err(Stop::Invalid(problem));
        }
        if !self.quiet {
            self.warnings.borrow_mut().push(problem);
        }
        Ok(None)
    }

    /// What an unknown key is most likely meant to be.
    fn unknown_code(&self, key: &str) -> &'static str {
        let path = || {
            self.kind == Kind::Department
                && !self.parent
                && !key.starts_with('/')
                && key.contains(['/', '\\', '>', '＞', '／'])
        };
        match self.unknown {
            "department_unknown" if path() => "department_by_path",
            "manager_unknown" if is_called(key) => "manager_by_name",
            other => other,
        }
    }
}

/// Whether what stands in the place of a key looks like what a person is called: in Chinese characters, or in several words of
/// letters.
fn is_called(key: &str) -> bool {
    let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '·');
    let letters = |c: char| c.is_alphabetic() || c == ' ' || ".'’-·".contains(c);
    key.chars().all(han) || (key.trim().contains(' ') && key.chars().all(letters))
}

/// What is said of a manager whom nobody knows by this key.
#[must_use]
pub fn manager_unknown(key: &str) -> Problem {
    Problem::new(if is_called(key) { "manager_by_name" } else { "manager_unknown" }).arg("key", key)
}

/// Whom nobody knows by the reference in this field.
#[must_use]
pub fn unknown_code(kind: Kind, field: &str) -> &'static str {
    match (kind, field) {
        (_, "managers" | "manager" | "direct_leader") => "manager_unknown",
        (Kind::Department, _) => "department_unknown",
        _ => "reference_unknown",
    }
}

/// The codes of references that were left out because who they mean is in the source and cannot be made.
pub const NOT_MADE: &[&str] = &["manager_not_made", "department_not_made", "reference_not_made"];

/// What is said of a reference to such an object: `by` is what it is called, `item` its item, which says why.
#[must_use]
pub fn not_made(unknown: &str, by: &str, item: &str) -> Problem {
    let code = match unknown {
        "manager_unknown" => "manager_not_made",
        "department_unknown" => "department_not_made",
        _ => "reference_not_made",
    };
    Problem::new(code).arg("by", by).arg("item", item)
}

/// Whether a warning tells of a reference that nobody is at the other end of, and which was left out. Names in place of keys,
/// which are a whole column as a rule, are counted apart.
#[must_use]
pub fn is_unresolved(code: &str) -> bool {
    matches!(
        code,
        "manager_unknown"
            | "department_unknown"
            | "department_ambiguous"
            | "department_by_path"
            | "department_path_unknown"
            | "reference_unknown"
    )
}
