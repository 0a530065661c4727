//! What is a person shown of a first run, which would link what is there already?

use std::collections::{BTreeMap, HashSet};

use idflow_sdk::{Problem, Value, schema::canonical};

use crate::{
    model::{
        change::{Planned, Row},
        run::SafetyCheck,
    },
    reconcile::{Known, Task},
};

/// How many are named in a notice.
const NAMED: usize = 10;

impl Task {
    /// What a person has to know before the first run links and makes anything: `None` when nothing that is there looks
    /// like what the source has.
    pub fn adoption(&self, known: &Known, rows: &[Row]) -> Option<(SafetyCheck, Vec<Problem>)> {
        if !self.first || !self.in_use {
            return None;
        }
        let mine: Vec<&Row> = rows[self.first_row as usize..].iter().filter(|row| row.object.is_none()).collect();
        let linked: Vec<&&Row> = mine.iter().filter(|row| self.links_first(row)).collect();
        let taken: HashSet<String> = linked.iter().map(|row| row.target.to_lowercase()).collect();
        let apart: Vec<Box<str>> =
            self.strangers(known).into_iter().filter(|key| !taken.contains(&key.to_lowercase())).collect();
        let names: HashSet<Value> = self.names_of(&apart);
        let looks = |row: &&&Row| match row.planned {
            Planned::Do => row.action == crate::model::change::Action::Create && self.is_named(row, &names),
            Planned::Ambiguous(ref problem) => matches!(&*problem.code, "looks_like" | "several_candidates"),
            _ => false,
        };
        let beside: Vec<&&Row> = mine.iter().filter(looks).collect();
        let doubted: Vec<&&Row> = mine.iter().filter(|row| Self::is_doubted(row)).collect();
        if linked.is_empty() && beside.is_empty() && doubted.is_empty() {
            return None;
        }
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &linked {
            *rules.entry(&*row.rule).or_default() += 1;
        }
        let rules: Vec<String> = rules.into_iter().map(|(rule, number)| format!("{rule} × {number}")).collect();
        let shown = |names: Vec<String>| {
            let more = if names.len() > NAMED { " …" } else { "" };
            format!("{}{more}", names.into_iter().take(NAMED).collect::<Vec<_>>().join(", "))
        };
        let mut notices = Vec::new();
        let mut note = |code: &'static str, number: usize, names: String| {
            if number > 0 {
                notices.push(
                    Problem::new(code)
                        .arg("kind", self.kind.as_str())
                        .arg("number", number.to_string())
                        .arg("names", names),
                );
            }
        };
        note("adopt_linked", linked.len(), rules.join(", "));
        let titles = apart.iter().map(|key| self.title_of(key)).collect();
        note("adopt_apart", apart.len(), shown(titles));
        let renamed = self.renamed_by_linking(&linked.iter().map(|row| **row).collect::<Vec<_>>());
        let titles = renamed.iter().map(|row| format!("{} → {}", self.title_of(&row.target), row.name)).collect();
        note("adopt_renamed", renamed.len(), shown(titles));
        let titles = doubted.iter().map(|row| row.name.to_string()).collect();
        note("adopt_doubted", doubted.len(), shown(titles));
        let titles = beside.iter().map(|row| row.name.to_string()).collect();
        note("adopt_beside", beside.len(), shown(titles));
        let check = SafetyCheck {
            rule: "adopt".into(),
            kind: self.kind,
            limit: 0.0,
            actual: (linked.len() + beside.len() + doubted.len()) as f64,
            ok: false,
            source: true,
        };
        Some((check, notices))
    }

    /// Whether the row links an object for the first time that was there before.
    fn links_first(&self, row: &Row) -> bool {
        use crate::model::change::Action;
        let first = row.base.is_some() && matches!(row.action, Action::Link | Action::Update);
        first && !self.is_root(&row.target)
    }

    fn names_of(&self, keys: &[Box<str>]) -> HashSet<Value> {
        let schema = self.mapping.target;
        let Some(label) = schema.field(schema.label) else { return HashSet::new() };
        let name = |key: &str| canonical(schema.spec(label).ty, self.target.get(key)?.record.get(label)?);
        keys.iter().filter_map(|key| name(key)).collect()
    }

    fn is_named(&self, row: &Row, names: &HashSet<Value>) -> bool {
        let schema = self.mapping.target;
        let name = schema.field(schema.label).and_then(|id| canonical(schema.spec(id).ty, &row.set.get(id)?));
        name.is_some_and(|name| names.contains(&name))
    }

    /// What people call an object of the target, with its key where that is an account.
    fn title_of(&self, key: &str) -> String {
        let schema = self.mapping.target;
        let name = schema.field(schema.label).and_then(|id| self.target.get(key)?.record.text(id).map(String::from));
        match name {
            Some(name) if schema.numeric_keys => name,
            Some(name) => format!("{name} ({key})"),
            None => key.to_owned(),
        }
    }
}
