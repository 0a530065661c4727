//! The departments below the root, from two lists: the structure (every department the better secret sees) and the names
//! (what the app sees). Pure.
//!
//! A department that exists but whose name is hidden is listed without name and path, so that nothing is created beside
//! it. Half an answer is worse than none, because what is missing would be created again: a list without its root, with
//! repeated ids, with parents that are not in it or with a circle is refused as a whole.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Error, ErrorKind, Field, Problem, Record, Seen, Snapshot, Value};

use crate::{client::DepartmentRow, error::own, schema::department};

/// The company itself.
pub(crate) const COMPANY: i64 = 1;

/// Where the structure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    /// The contact-sync secret, which sees everything.
    Whole,
    /// An app, which sees its visible range: maybe without the company itself.
    Visible,
}

/// The snapshot of the departments below `root`. `names` is what the app sees; it may be the same list.
pub(crate) fn snapshot(
    rows: &[DepartmentRow],
    structure: Structure,
    names: Option<&[DepartmentRow]>,
    root: i64,
) -> Result<Snapshot, Error> {
    let parents = parents(rows)?;
    let company = parents.contains_key(&COMPANY);
    if !company && (structure == Structure::Whole || root == COMPANY || !parents.contains_key(&root)) {
        return Err(incomplete(format!("id {}", if structure == Structure::Whole { COMPANY } else { root })));
    }
    if !parents.contains_key(&root) {
        let problem = Problem::new("wecom_root_not_found").field("root_department").arg("department", root.to_string());
        return Err(own(ErrorKind::Configuration, problem));
    }
    if company {
        connected(rows, &parents)?;
    }
    let named = by_id(names.unwrap_or_default());
    let root_name = named.get(&root).and_then(|row| row.name.as_deref()).filter(|name| !name.is_empty());
    let root_name = root_name.map(Into::into);
    let mut snapshot = Snapshot { root: Some(Value::Int(root)), root_name, ..Snapshot::default() };
    snapshot.highest_key = parents.keys().chain(named.keys()).copied().max().unwrap_or(root);
    let mut hidden = 0_usize;
    for row in rows.iter().filter(|row| row.id != root) {
        let Some(path) = path(row.id, root, &parents, &named) else { continue };
        let record = record(row, named.get(&row.id).copied(), path);
        hidden += usize::from(record.get(department::NAME).is_none());
        snapshot.objects.push(Seen { key: row.id.to_string().into(), record });
    }
    if names.is_none() {
        snapshot.notices.push(Problem::new("wecom_names_hidden"));
    } else if hidden > 0 {
        snapshot.notices.push(Problem::new("wecom_names_partly_hidden").arg("count", hidden.to_string()));
    }
    Ok(snapshot)
}

/// The parent of each department; none is listed twice.
pub(crate) fn parents(rows: &[DepartmentRow]) -> Result<HashMap<i64, i64>, Error> {
    let mut parents: HashMap<i64, i64> = HashMap::with_capacity(rows.len());
    for row in rows {
        if row.id < 1 {
            return Err(incomplete(format!("id {}", row.id)));
        }
        if parents.insert(row.id, row.parentid.unwrap_or(0)).is_some() {
            return Err(incomplete(format!("id {} × 2", row.id)));
        }
    }
    Ok(parents)
}

/// Every department must hang below the company; then no parent is missing and there is no circle.
pub(crate) fn connected(rows: &[DepartmentRow], parents: &HashMap<i64, i64>) -> Result<(), Error> {
    let mut sound: HashSet<i64> = HashSet::from([COMPANY]);
    let mut trail = Vec::new();
    for row in rows {
        let mut id = row.id;
        while !sound.contains(&id) {
            trail.push(id);
            let parent = parents.get(&id).copied().unwrap_or(0);
            if !parents.contains_key(&parent) || trail.len() > parents.len() {
                return Err(incomplete(format!("id {id} → {parent}")));
            }
            id = parent;
        }
        sound.extend(trail.drain(..));
    }
    Ok(())
}

/// `None` when the department is not below the root; `Some(None)` when a name on the way is hidden.
#[allow(clippy::option_option)]
fn path(
    id: i64,
    root: i64,
    parents: &HashMap<i64, i64>,
    named: &HashMap<i64, &DepartmentRow>,
) -> Option<Option<String>> {
    let mut names = Vec::new();
    let mut known = true;
    let mut at = id;
    let mut steps = 0;
    while at != root {
        match named.get(&at).and_then(|row| row.name.as_deref()).filter(|name| !name.is_empty()) {
            Some(name) => names.push(name.replace('/', "\\/")),
            None => known = false,
        }
        at = *parents.get(&at)?;
        steps += 1;
        // An app's partial list may hold a circle that never meets the company.
        if steps > parents.len() {
            return None;
        }
    }
    names.reverse();
    Some(known.then(|| format!("/{}", names.join("/"))))
}

fn record(row: &DepartmentRow, named: Option<&DepartmentRow>, path: Option<String>) -> Record {
    let mut record = Record::new();
    record.set(department::ID, Field::Value(Value::Int(row.id)));
    if let Some(named) = named {
        if let Some(name) = named.name.as_deref().filter(|name| !name.is_empty()) {
            record.set(department::NAME, Field::from_text(name));
        }
        if let Some(name) = named.name_en.as_deref() {
            record.set(department::NAME_EN, Field::from_text(name));
        }
    }
    if let Some(parent) = row.parentid {
        record.set(department::PARENTID, Field::Value(Value::Int(parent)));
    }
    if let Some(order) = row.order {
        record.set(department::ORDER, Field::Value(Value::Int(order)));
    }
    if let Some(path) = path {
        record.set(department::PATH, Field::from_text(&path));
    }
    record
}

/// What is known of one department on its own, without its path.
pub(crate) fn single(row: &DepartmentRow) -> Record {
    record(row, Some(row), None)
}

fn by_id(rows: &[DepartmentRow]) -> HashMap<i64, &DepartmentRow> {
    rows.iter().map(|row| (row.id, row)).collect()
}

pub(crate) fn incomplete(what: String) -> Error {
    own(ErrorKind::Unexpected, Problem::new("wecom_tree_incomplete").arg("what", what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, parentid: i64, name: &str) -> DepartmentRow {
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        DepartmentRow { id, name, name_en: None, parentid: Some(parentid), order: Some(id) }
    }

    fn ids(rows: &[(i64, i64)]) -> Vec<DepartmentRow> {
        rows.iter().map(|(id, parent)| row(*id, *parent, "")).collect()
    }

    fn whole(rows: &[(i64, i64)], root: i64) -> Result<Snapshot, String> {
        snapshot(&ids(rows), Structure::Whole, None, root).map_err(|error| error.problem.code.into_owned())
    }

    fn paths(snapshot: &Snapshot) -> Vec<(&str, Option<&str>)> {
        snapshot.objects.iter().map(|seen| (&*seen.key, seen.record.text(department::PATH))).collect()
    }

    #[test]
    fn names_come_from_the_app_and_what_it_cannot_see_is_hidden() {
        let rows = ids(&[(1, 0), (2, 1), (3, 2), (4, 1), (5, 4), (90, 1)]);
        let names =
            [row(1, 0, "ACME"), row(2, 1, "Sales"), row(3, 2, "North/East"), row(5, 4, "Lost"), row(95, 1, "gone")];
        let found = snapshot(&rows, Structure::Whole, Some(&names), 1).expect("snapshot");
        assert_eq!(
            paths(&found),
            [("2", Some("/Sales")), ("3", Some("/Sales/North\\/East")), ("4", None), ("5", None), ("90", None)]
        );
        assert_eq!((found.root, found.root_name.as_deref()), (Some(Value::Int(1)), Some("ACME")));
        assert_eq!(found.highest_key, 95);
        assert_eq!(found.objects[3].record.text(department::NAME), Some("Lost"));
        assert_eq!(found.objects[2].record.get(department::NAME), None);
        assert_eq!(found.objects[2].record.value(department::PARENTID), Some(&Value::Int(1)));
        assert_eq!(found.notices[0].get("count"), Some("2"));
    }

    #[test]
    fn only_what_is_below_the_root_is_listed() {
        let names = [row(1, 0, "ACME"), row(2, 1, "Sales"), row(3, 2, "East"), row(4, 1, "Other")];
        let found = snapshot(&names, Structure::Whole, Some(&names), 2).expect("snapshot");
        assert_eq!(paths(&found), [("3", Some("/East"))]);
        assert_eq!((found.highest_key, found.notices.len()), (4, 0));
    }

    #[test]
    fn half_an_answer_is_refused() {
        for (rows, root, code) in [
            (vec![], 1, "wecom_tree_incomplete"),
            (vec![(2, 1), (3, 2)], 1, "wecom_tree_incomplete"),
            (vec![(2, 1), (3, 2)], 2, "wecom_tree_incomplete"),
            (vec![(1, 0), (2, 1), (2, 1)], 1, "wecom_tree_incomplete"),
            (vec![(1, 0), (3, 2)], 1, "wecom_tree_incomplete"),
            (vec![(1, 0), (2, 3), (3, 2)], 1, "wecom_tree_incomplete"),
            (vec![(1, 0), (0, 1)], 1, "wecom_tree_incomplete"),
            (vec![(1, 0), (2, 1)], 7, "wecom_root_not_found"),
        ] {
            assert_eq!(whole(&rows, root).map(|_| ()), Err(code.to_owned()), "{rows:?}");
        }
        assert!(whole(&[(1, 0)], 1).is_ok_and(|found| found.objects.is_empty()));
    }

    #[test]
    fn an_app_may_see_less_than_the_company() {
        let rows = [row(12, 1, "Sales"), row(13, 12, "East"), row(30, 7, "Elsewhere")];
        let found = snapshot(&rows, Structure::Visible, Some(&rows), 12).expect("snapshot");
        assert_eq!(paths(&found), [("13", Some("/East"))]);
        assert!(snapshot(&rows, Structure::Visible, Some(&rows), 1).is_err());
        assert!(snapshot(&rows, Structure::Visible, Some(&rows), 99).is_err());
    }
}
