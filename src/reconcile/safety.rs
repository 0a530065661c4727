//! The limits of `safety`, judged on a plan. Everything is counted for each kind of object on its own, because five
//! departments and five hundred people are not the same thing. Shares are of the objects linked before the run and do not
//! apply while there are none.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::Kind;

use crate::model::{
    change::{Action, Row},
    definition::{ChangeLimit, Safety},
    run::SafetyCheck,
};

/// What is judged beside the rows.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// In-scope objects of the source, by kind.
    pub source: BTreeMap<Kind, u64>,
    /// Kinds that the source does not have: they are made from paths of other objects, and say nothing about the source.
    pub derived: BTreeSet<Kind>,
    /// Kinds of which only what changed was read: how many there are, and were, says nothing.
    pub parts: BTreeSet<Kind>,
    /// The same at the last good run.
    pub before: BTreeMap<Kind, u64>,
    /// Linked objects that are not in the source, or leave by what it says, by kind.
    pub lost: BTreeMap<Kind, u64>,
    /// Objects linked before the run, by kind.
    pub linked: BTreeMap<Kind, u64>,
    /// Linked objects that the target's list does not hold, and that would be made again or forgotten for that, by kind.
    pub missing: BTreeMap<Kind, u64>,
    /// Objects that seem to have another key than at the last run, by kind.
    pub changed_keys: BTreeMap<Kind, u64>,
    /// Objects of the source with a live link, by kind: what shares of changed objects are shares of.
    pub compared: BTreeMap<Kind, u64>,
    /// Of them, those whose identity changes under the same key.
    pub shifted: BTreeMap<Kind, u64>,
    /// Of them, those that lose a field, by kind and field.
    pub cleared: BTreeMap<(Kind, String), u64>,
    /// What the workflow did in the last 24 hours, by word (`create`, `update`, `remove`) and kind.
    pub today: BTreeMap<(&'static str, Kind), u64>,
    /// What a first run would link with objects that are there, judged already.
    pub adopts: Vec<SafetyCheck>,
}

/// So many percent of the linked objects may be gone from the target before its list is doubted, whatever a workflow says:
/// a system that answers with half a list, or none, must not have everybody made again.
const TARGET_MISSING: f64 = 10.0;
/// Among fewer objects a share means nothing.
const TARGET_FEW: u64 = 10;

/// So many keys may change at once before the key column is doubted, whatever a workflow says: one, or one of a hundred,
/// as corrections come; and never as many as this, because so many people do not get new numbers in one day, a column does.
const MOST_CHANGED_KEYS: u64 = 19;
/// So few objects may change their identity, or lose a field, whatever share they are.
const FEW_CHANGED: u64 = 5;

/// Judges every limit that is set.
#[must_use]
pub fn judge<'r>(safety: &Safety, facts: &Facts, rows: impl IntoIterator<Item = &'r Row>) -> Vec<SafetyCheck> {
    let mut checks = Vec::new();
    of_list(safety, facts, &mut checks);
    of_links(safety, facts, &mut checks);
    let mut changes: BTreeMap<(&str, Kind), u64> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.writes() && row.object.is_none()) {
        let word = match row.action {
            _ if row.removes => "remove",
            Action::Create => "create",
            Action::Update => "update",
            _ => "remove",
        };
        *changes.entry((word, row.kind)).or_default() += 1;
    }
    for (word, limit) in [("create", safety.create), ("update", safety.update), ("remove", safety.remove)] {
        for kind in facts.source.keys() {
            let actual = changes.get(&(word, *kind)).copied().unwrap_or(0);
            limits(&mut checks, word, limit, *kind, actual, facts.linked.get(kind).copied().unwrap_or(0));
            if let Some(most) = limit.max_per_day {
                let actual = actual + facts.today.get(&(word, *kind)).copied().unwrap_or(0);
                checks.push(SafetyCheck {
                    rule: format!("{word}.max_per_day"),
                    kind: *kind,
                    limit: most as f64,
                    actual: actual as f64,
                    ok: actual <= most,
                    source: false,
                });
            }
        }
    }
    checks.extend(facts.adopts.iter().cloned());
    checks
}

/// The share of a list that is gone since the last good run, in percent.
fn lost_share(actual: u64, before: u64) -> f64 {
    100.0 * before.saturating_sub(actual) as f64 / before as f64
}

/// Whether a list of so many objects is shorter than a workflow takes without a person.
#[must_use]
pub fn is_short(safety: &Safety, actual: u64, before: Option<u64>) -> bool {
    let shrunk = safety.source_shrink.zip(before.filter(|before| *before > 0));
    safety.source_min.is_some_and(|least| actual < least)
        || shrunk.is_some_and(|(most, before)| lost_share(actual, before) > most)
}

/// Whether the list of the source is as long as it should be.
fn of_list(safety: &Safety, facts: &Facts, checks: &mut Vec<SafetyCheck>) {
    let whole = |kind: &Kind| !facts.derived.contains(kind) && !facts.parts.contains(kind);
    for (kind, actual) in facts.source.iter().filter(|(kind, _)| whole(kind)) {
        if let Some(least) = safety.source_min {
            checks.push(SafetyCheck {
                rule: "source_min".into(),
                kind: *kind,
                limit: least as f64,
                actual: *actual as f64,
                ok: *actual >= least,
                source: true,
            });
        }
        if let (Some(most), Some(before)) = (safety.source_shrink, facts.before.get(kind).filter(|before| **before > 0))
        {
            let lost = lost_share(*actual, *before);
            checks.push(SafetyCheck {
                rule: "source_shrink".into(),
                kind: *kind,
                limit: most,
                actual: round(lost),
                // Where everybody is there, some only do not count any more: whose status could not be seen before.
                ok: lost <= most || facts.lost.get(kind) == Some(&0),
                source: true,
            });
        }
    }
}

/// Whether those who are linked are still there, under their keys, and still themselves.
fn of_links(safety: &Safety, facts: &Facts, checks: &mut Vec<SafetyCheck>) {
    for (kind, missing) in facts.missing.iter().filter(|(_, missing)| **missing > 0) {
        let linked = facts.linked.get(kind).copied().unwrap_or(0).max(1);
        let share = 100.0 * *missing as f64 / linked as f64;
        checks.push(SafetyCheck {
            rule: "target_missing".into(),
            kind: *kind,
            limit: TARGET_MISSING,
            actual: round(share),
            ok: share <= TARGET_MISSING || linked < TARGET_FEW,
            source: true,
        });
    }
    for (kind, changed) in facts.changed_keys.iter().filter(|(_, changed)| **changed > 0) {
        let most = (facts.linked.get(kind).copied().unwrap_or(0) / 100).clamp(1, MOST_CHANGED_KEYS);
        checks.push(SafetyCheck {
            rule: "keys_changed".into(),
            kind: *kind,
            limit: most as f64,
            actual: *changed as f64,
            ok: *changed <= most,
            source: true,
        });
    }
    let shifted = facts.shifted.iter().map(|(kind, number)| ("identity_shift".to_string(), *kind, *number));
    let cleared = facts.cleared.iter().map(|((kind, field), number)| (format!("mass_clear.{field}"), *kind, *number));
    for (rule, kind, number) in shifted.chain(cleared).filter(|(.., number)| *number > 0) {
        let most = if rule == "identity_shift" { safety.identity_shift } else { safety.mass_clear };
        // Of a part, whoever was not read is as before.
        let all = if facts.parts.contains(&kind) { &facts.linked } else { &facts.compared };
        let share = 100.0 * number as f64 / all.get(&kind).copied().unwrap_or(0).max(1) as f64;
        let ok = share <= most || number < FEW_CHANGED;
        checks.push(SafetyCheck { rule, kind, limit: most, actual: round(share), ok, source: true });
    }
}

fn limits(checks: &mut Vec<SafetyCheck>, word: &str, limit: ChangeLimit, kind: Kind, actual: u64, linked: u64) {
    if let Some(most) = limit.max {
        checks.push(SafetyCheck {
            rule: format!("{word}.max"),
            kind,
            limit: most as f64,
            actual: actual as f64,
            ok: actual <= most,
            source: false,
        });
    }
    if let Some(most) = limit.max_percent.filter(|_| linked > 0) {
        let share = 100.0 * actual as f64 / linked as f64;
        checks.push(SafetyCheck {
            rule: format!("{word}.max_percent"),
            kind,
            limit: most,
            actual: round(share),
            ok: share <= most,
            source: false,
        });
    }
}

fn round(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_list_is_no_shrinkage_where_everybody_is_there() {
        let safety = Safety { source_shrink: Some(10.0), ..Safety::default() };
        for (lost, ok) in [(Some(0), true), (Some(1), false), (None, false)] {
            let facts = Facts {
                source: [(Kind::User, 8)].into(),
                before: [(Kind::User, 9)].into(),
                lost: lost.map(|lost| (Kind::User, lost)).into_iter().collect(),
                ..Facts::default()
            };
            let checks = judge(&safety, &facts, []);
            assert_eq!(checks.iter().map(|check| check.ok).collect::<Vec<_>>(), [ok], "{lost:?}");
        }
    }
}
