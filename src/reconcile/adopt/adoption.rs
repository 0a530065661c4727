//! What is a person shown of a first run, which would link what is there already?

use std::collections::{BTreeMap, HashMap, HashSet};

use idflow_sdk::{Problem, Value, schema::canonical};

use crate::{
    model::{
        change::{Action, Planned, Row},
        run::SafetyCheck,
    },
    reconcile::{
        Known, Task,
        decisions::{BESIDE, CANDIDATES, Said},
    },
};

/// How many are named in a notice.
const NAMED: usize = 10;
/// How many who bear its name are named with a row.
const FEW: usize = 5;

/// The objects of the target without a link, by what they are called.
type Namesakes = HashMap<Value, Vec<Box<str>>>;

impl Task {
    /// What a person has to know before the first run links and makes anything: `None` when nothing that is there looks
    /// like what the source has. What would be made beside an object of its name says so in its row, with whom it could be.
    /// `connection` is the one under which people decide about it.
    pub fn adoption(&self, known: &Known, connection: &str, rows: &mut [Row]) -> Option<(SafetyCheck, Vec<Problem>)> {
        if !self.first || !self.in_use {
            return None;
        }
        let (check, notices) = self.adopts(known, rows)?;
        let names = self.namesakes(&self.apart(known, rows));
        for row in &mut rows[self.first_row as usize..] {
            if row.object.is_some() || row.planned != Planned::Do || row.action != Action::Create {
                continue;
            }
            let there = self.named_so(row, &names);
            if !there.is_empty() {
                let titles: Vec<String> = there.iter().map(|key| self.title_of(key)).collect();
                let problem = Problem::new(BESIDE).arg("kind", self.kind.as_str()).arg("names", titles.join(", "));
                let problem = problem.arg("connection", connection);
                row.warnings.push(problem.arg(CANDIDATES, self.candidates(known, there)));
            }
        }
        Some((check, notices.into_iter().map(|notice| notice.arg("connection", connection)).collect()))
    }

    /// The objects of the target that stay without a counterpart.
    fn apart(&self, known: &Known, rows: &[Row]) -> Vec<Box<str>> {
        let mine = rows[self.first_row as usize..].iter().filter(|row| row.object.is_none());
        let linked = mine.filter(|row| self.links_first(row));
        let taken: HashSet<String> = linked.map(|row| row.target.to_lowercase()).collect();
        self.strangers(known).into_iter().filter(|key| !taken.contains(&key.to_lowercase())).collect()
    }

    fn adopts(&self, known: &Known, rows: &[Row]) -> Option<(SafetyCheck, Vec<Problem>)> {
        let mine: Vec<&Row> = rows[self.first_row as usize..].iter().filter(|row| row.object.is_none()).collect();
        let linked: Vec<&&Row> = mine.iter().filter(|row| self.links_first(row)).collect();
        let apart = self.apart(known, rows);
        let names = self.namesakes(&apart);
        let looks = |row: &&&Row| match row.planned {
            Planned::Do => row.action == Action::Create && !self.named_so(row, &names).is_empty(),
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
        let first = row.base.is_some() && matches!(row.action, Action::Link | Action::Update);
        first && !self.is_root(&row.target)
    }

    fn namesakes(&self, keys: &[Box<str>]) -> Namesakes {
        let schema = self.mapping.target;
        let mut names = Namesakes::new();
        let Some(label) = schema.field(schema.label) else { return names };
        for key in keys {
            let seen = self.target.get(key);
            let name = seen.and_then(|seen| canonical(schema.spec(label).ty, seen.record.get(label)?));
            if let Some(name) = name {
                names.entry(name).or_default().push(key.clone());
            }
        }
        names
    }

    /// Those of them who bear the name of what a row makes, unless somebody said that it is another one: some, of many.
    fn named_so<'n>(&self, row: &Row, names: &'n Namesakes) -> Vec<&'n str> {
        if matches!(self.decisions.of(&row.source), Some(Said::Create)) {
            return Vec::new();
        }
        let schema = self.mapping.target;
        let name = schema.field(schema.label).and_then(|id| canonical(schema.spec(id).ty, &row.set.get(id)?));
        let there = name.and_then(|name| names.get(&name)).into_iter().flatten().map(|key| &**key);
        there.filter(|key| self.decisions.allows(&row.source, key)).take(FEW).collect()
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
