//! Is a pair that a rule or a resemblance found one person? An account, a number or an address can go from one to the next.
//! Whoever gets the number of a leaver is not the leaver, and must not get the account with its chats, files and rights. So
//! where the names are two, or the account was switched off and would be switched on again, a person decides.

use std::collections::HashSet;

use idflow_sdk::{Field, Kind, Problem, Record, Value};

use super::{
    Known, Task,
    decisions::CANDIDATES,
    propose::{are_variants, folded},
};
use crate::{
    model::change::{Planned, Row},
    workflow::compiled::MatchRule,
};

/// What somebody is called: name and alias, as they are compared.
type Names = HashSet<String>;

impl Task {
    /// Why this object of the source may not be that one of the target, though `rule` says so; `None` where nothing speaks
    /// against it. Departments are no accounts that somebody could inherit.
    pub(super) fn doubt(&self, known: &Known, index: usize, key: &str, rule: &str) -> Option<Problem> {
        if self.kind != Kind::User || self.is_tree() {
            return None;
        }
        let there = self.target.get(key)?.record;
        let source = self.aside[index].object.cells.record();
        let code = if self.would_be_switched_on(&source, &there) {
            "account_switched_off"
        } else if self.is_of_two_names(&source, &there) && !(self.first && self.in_use && self.is_by_account(rule)) {
            "account_of_other_name"
        } else {
            return None;
        };
        let problem = Problem::new(code)
            .arg("name", self.called(index))
            .arg("other", self.called_there(known, key))
            .arg("rule", rule.to_owned())
            .arg(CANDIDATES, self.candidates(known, [key]));
        Some(problem)
    }

    /// Whether an account that does not work now would work again.
    fn would_be_switched_on(&self, source: &Record, there: &Record) -> bool {
        // Where people can wait for a review, he will.
        self.review_field().is_none()
            && self.steps.disabling.iter().any(|(id, off)| {
                let wanted = || self.mapping.field_alone(*id, source, &self.scope);
                there.value(*id) == Some(off)
                    && !self.create_only.contains(id)
                    && wanted().is_some_and(|wanted| wanted != Field::Empty && wanted.value() != Some(off))
            })
    }

    /// Whether both names are known and are no two forms of one.
    fn is_of_two_names(&self, source: &Record, there: &Record) -> bool {
        self.has_one_name(source, there) == Some(false)
    }

    /// Whether both names are known and are one, or two forms of it.
    pub(super) fn is_of_one_name(&self, source: &Record, there: &Record) -> bool {
        self.has_one_name(source, there) == Some(true)
    }

    /// Whether the two have one name; `None` where one of them is not known.
    fn has_one_name(&self, source: &Record, there: &Record) -> Option<bool> {
        let schema = self.mapping.target;
        let (label, alias) = (schema.field(schema.label)?, self.alias_field());
        let text = |field: Option<Field>| -> Option<String> {
            let text = folded(&field?.value().and_then(Value::to_key)?);
            Some(text).filter(|text| !text.is_empty())
        };
        let here = |id| text(self.mapping.field_alone(id, source, &self.scope));
        let other = |id| text(there.get(id).cloned());
        let (one, two) = (here(label)?, other(label)?);
        let ones: Names = std::iter::once(one).chain(alias.and_then(here)).collect();
        let twos: Names = std::iter::once(two).chain(alias.and_then(other)).collect();
        Some(ones.iter().any(|one| twos.iter().any(|two| are_variants(one, two))))
    }

    /// Whether the rule goes by the account that the source chose, which is the target's key.
    fn is_by_account(&self, rule: &str) -> bool {
        self.mapping.rules.iter().any(|one| match one {
            MatchRule::Equal { text, target, .. } => &**text == rule && Some(*target) == self.natural_key(),
            MatchRule::Linked => false,
        })
    }

    /// Of the rows that link somebody for the first time those that would give an account of one name to another.
    pub(super) fn renamed_by_linking<'r>(&self, rows: &[&'r Row]) -> Vec<&'r Row> {
        let schema = self.mapping.target;
        let Some(label) = schema.field(schema.label).filter(|_| self.kind == Kind::User) else { return Vec::new() };
        let name = |record: &Record| record.text(label).map(folded).filter(|name| !name.is_empty());
        let is_renamed = |row: &&&Row| {
            let there = self.target.get(&row.target).and_then(|seen| name(&seen.record));
            let wanted = name(&row.set.record());
            matches!((there, wanted), (Some(there), Some(wanted)) if !are_variants(&there, &wanted))
        };
        rows.iter().filter(is_renamed).copied().collect()
    }

    /// Whether the row waits because its pair is in doubt.
    pub(super) fn is_doubted(row: &Row) -> bool {
        let Planned::Ambiguous(problem) = &row.planned else { return false };
        matches!(&*problem.code, "account_of_other_name" | "account_switched_off")
    }
}
