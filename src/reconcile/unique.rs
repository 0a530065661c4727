//! Values that may occur once and change hands. Who wants a value waits for who gives it up; who keeps it makes the other
//! one invalid and is named; two who exchange values need one extra write, which clears one side or gives it a passing
//! value. Where the order of steps forbids waiting, the value is left out first and added by the update step.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Problem, Record, Type, Unique, Value};
use petgraph::{algo::tarjan_scc, graph::DiGraph};

use super::{Known, Task};
use crate::model::change::{Action, Dependency, Planned, Row, RowIndex, item_key};

/// Who gives a value up.
type Givers = HashMap<u64, usize>;

impl Task {
    /// Orders what changes hands among the rows of this task.
    pub(super) fn hand_over(&mut self, known: &Known, rows: &mut Vec<Row>) {
        if self.unique.is_empty() {
            return;
        }
        // Whoever is refused keeps what he has, which may refuse the next one: repeated until nothing changes.
        loop {
            let givers = self.givers(rows);
            if !self.refuse_takers(known, rows, &givers) {
                self.wait_for_givers(rows, &givers);
                break;
            }
        }
        self.break_swaps(rows);
    }

    fn at_end(&self, id: FieldId) -> bool {
        matches!(self.mapping.target.spec(id).unique, Some(Unique::AtEnd | Unique::AmongSiblingsAtEnd { .. }))
    }

    /// What the object has before the row, as far as its unique fields are concerned.
    fn had(&self, row: &Row) -> Record {
        match self.before.get(&row.source) {
            Some(before) => before.clone(),
            None => self.target.get(&row.target).map(|seen| seen.record.clone()).unwrap_or_default(),
        }
    }

    /// The unique values that rows give up.
    fn givers(&self, rows: &[Row]) -> Givers {
        let mut givers = HashMap::new();
        for (place, row) in rows.iter().enumerate().skip(self.first_row as usize) {
            if !row.writes() || row.action == Action::Create || row.object.is_some() {
                continue;
            }
            let had = self.had(row);
            if self.mapping.target.is_gone(&had) {
                continue;
            }
            for id in &self.unique {
                let Some(old) = self.unique_hash(*id, &had, &Record::new()) else { continue };
                let gives = match row.action {
                    Action::Delete => true,
                    Action::Disable => self.mapping.target.is_gone(&row.set),
                    _ => {
                        let mut after = had.clone();
                        after.merge(&row.set);
                        self.mapping.target.is_gone(&after)
                            || self.unique_hash(*id, &after, &Record::new()) != Some(old)
                    }
                };
                if gives {
                    givers.insert(old, place);
                }
            }
        }
        givers
    }

    /// The values a row wants that it does not have.
    fn wants(&self, row: &Row) -> Vec<(FieldId, u64)> {
        if !row.writes() || matches!(row.action, Action::Delete | Action::Disable) || row.object.is_some() {
            return Vec::new();
        }
        let had = if row.action == Action::Create { Record::new() } else { self.had(row) };
        let mut after = had.clone();
        after.merge(&row.set);
        if self.mapping.target.is_gone(&after) {
            return Vec::new();
        }
        // Whoever comes back takes everything again.
        let had = if self.mapping.target.is_gone(&had) { Record::new() } else { had };
        self.unique
            .iter()
            .filter_map(|id| {
                let new = self.unique_hash(*id, &after, &Record::new())?;
                (Some(new) != self.unique_hash(*id, &had, &Record::new())).then_some((*id, new))
            })
            .collect()
    }

    /// Refuses rows whose value somebody keeps; true when any was refused.
    fn refuse_takers(&mut self, known: &Known, rows: &mut [Row], givers: &Givers) -> bool {
        let schema = self.mapping.target;
        let mut refused = false;
        let mut taken: HashMap<u64, usize> = HashMap::new();
        // Changed rows keep what they do not give up.
        let mut kept: HashMap<u64, usize> = HashMap::new();
        for (place, row) in rows.iter().enumerate().skip(self.first_row as usize) {
            let stays =
                row.action == Action::Update || (matches!(row.planned, Planned::Invalid(_)) && !row.target.is_empty());
            if stays && row.object.is_none() {
                let had = self.had(row);
                for id in &self.unique {
                    if let Some(hash) = self.unique_hash(*id, &had, &Record::new())
                        && givers.get(&hash) != Some(&place)
                    {
                        kept.insert(hash, place);
                    }
                }
            }
        }
        let outside = self.outsiders(known, rows);
        for place in self.first_row as usize..rows.len() {
            for (id, hash) in self.wants(&rows[place]) {
                let holder = if let Some(other) = taken.get(&hash) {
                    Some(item_key(self.kind, &rows[*other].source))
                } else if givers.contains_key(&hash) {
                    None
                } else if Some(id) == self.natural_key() {
                    let links = known.links(self.kind);
                    let entry = links.and_then(|links| Some(links.entry(links.of_target(&rows[place].target)?)));
                    match entry {
                        Some(entry) if *entry.source == *rows[place].source => None,
                        Some(entry) => Some(item_key(self.kind, &entry.source)),
                        None if rows[place].action != Action::Create => None,
                        None => self.target.get(&rows[place].target).map(|seen| seen.key.to_string()),
                    }
                } else if let Some(keeper) = self.keepers.get(&hash) {
                    let links = known.links(self.kind);
                    let source = links
                        .filter(|links| (*keeper as usize) < links.entries().len())
                        .map(|links| links.entry(*keeper as usize));
                    match source {
                        Some(entry) if *entry.source == *rows[place].source => None,
                        Some(entry) => Some(item_key(self.kind, &entry.source)),
                        None => Some(String::new()),
                    }
                } else if let Some(other) = kept.get(&hash).filter(|other| **other != place) {
                    Some(item_key(self.kind, &rows[*other].source))
                } else {
                    outside.get(&hash).filter(|key| ***key != *rows[place].target).map(|key| key.to_string())
                };
                match holder {
                    Some(holder) => {
                        let value = rows[place].set.get(id).cloned().unwrap_or(Field::Empty);
                        let code = duplicate_code(schema.kind, &schema.spec(id).name, &rows, &taken, hash, &value, id);
                        rows[place].planned = Planned::Invalid(
                            Problem {
                                code: code.into(),
                                field: Some(schema.spec(id).name.to_string().into()),
                                args: Vec::new(),
                            }
                            .arg("holder", holder)
                            .arg("field", schema.spec(id).name.to_string()),
                        );
                        refused = true;
                        break;
                    }
                    None => {
                        taken.insert(hash, place);
                    }
                }
            }
        }
        refused
    }

    /// Unique values of target objects that nobody here writes.
    fn outsiders(&self, known: &Known, rows: &[Row]) -> HashMap<u64, Box<str>> {
        let links = known.links(self.kind);
        let ours: HashSet<&str> = rows[self.first_row as usize..].iter().map(|row| &*row.target).collect();
        let mut outside = HashMap::new();
        for seen in self.target.objects() {
            if ours.contains(&*seen.key)
                || self.mapping.target.is_gone(&seen.record)
                || links.is_some_and(|links| links.of_target(&seen.key).is_some())
            {
                continue;
            }
            for id in &self.unique {
                if let Some(hash) = self.unique_hash(*id, &seen.record, &Record::new()) {
                    outside.insert(hash, seen.key.clone());
                }
            }
        }
        outside
    }

    /// Takers wait for givers; where the giver's step comes later, the value comes later too.
    fn wait_for_givers(&mut self, rows: &mut Vec<Row>, givers: &Givers) {
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let mut later: Vec<(usize, FieldId, usize)> = Vec::new();
        for place in self.first_row as usize..rows.len() {
            for (id, hash) in self.wants(&rows[place]) {
                if self.at_end(id) {
                    continue;
                }
                let Some(giver) = givers.get(&hash).copied().filter(|giver| *giver != place) else { continue };
                if at(rows[giver].step) <= at(rows[place].step) {
                    let need = Dependency { row: RowIndex::try_from(giver).unwrap_or(RowIndex::MAX), leave_out: None };
                    if !rows[place].needs.contains(&need) {
                        rows[place].needs.push(need);
                    }
                } else {
                    later.push((place, id, giver));
                }
            }
        }
        for (place, id, giver) in later {
            self.add_later(rows, place, id, Some(giver));
        }
    }

    /// Leaves a field out of a row and adds it by a second row of the update step, after `giver`.
    fn add_later(&mut self, rows: &mut Vec<Row>, place: usize, id: FieldId, giver: Option<usize>) {
        let schema = self.mapping.target;
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let reachable =
            self.steps.update.filter(|update| giver.is_none_or(|giver| at(rows[giver].step) <= at(*update)));
        let alone = schema.spec(id).required || self.is_last_contact(&rows[place].set, id);
        let (Some(update), false) = (reachable, alone) else {
            let by = giver.map(|giver| rows[giver].key()).unwrap_or_default();
            rows[place].planned = Planned::Blocked { by };
            return;
        };
        let Some(field) = rows[place].set.take(id) else { return };
        let before = rows[place].before.take(id);
        let first = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
        let row = |index: usize| RowIndex::try_from(index).unwrap_or(RowIndex::MAX);
        let mut needs = vec![Dependency { row: first, leave_out: None }];
        needs.extend(giver.map(|giver| Dependency { row: row(giver), leave_out: None }));
        let mut second = rows[place].clone();
        second.step = update;
        second.action = Action::Update;
        second.set = [(id, field)].into_iter().collect();
        second.before = before.map(|before| (id, before)).into_iter().collect();
        second.base = None;
        second.needs = needs;
        second.removes = false;
        second.warnings = Vec::new();
        second.object = Some(first);
        // The first row is not yet all that was wanted.
        rows[place].fingerprint = 0;
        rows.push(second);
    }

    /// Whether nothing but this field reaches the person: WeCom wants a mobile or an e-mail.
    fn is_last_contact(&self, set: &Record, id: FieldId) -> bool {
        let schema = self.mapping.target;
        let contact = |ty: Type| matches!(ty, Type::Phone | Type::Email);
        contact(schema.spec(id).ty)
            && !set.iter().any(|(other, field)| {
                other != id
                    && contact(schema.spec(other).ty)
                    && schema.spec(other).unique.is_some()
                    && field.value().is_some()
            })
    }

    /// Another way to reach the person that the row sets and that nobody else is waiting to give up.
    fn other_contact(&self, set: &Record, id: FieldId) -> Option<(FieldId, Field)> {
        let schema = self.mapping.target;
        let contact = |ty: Type| matches!(ty, Type::Phone | Type::Email);
        set.iter()
            .find(|(other, field)| {
                *other != id
                    && contact(schema.spec(*other).ty)
                    && schema.spec(*other).unique.is_some()
                    && field.value().is_some()
            })
            .map(|(other, field)| (other, field.clone()))
    }

    /// Rows that wait for each other in a circle, one of them through a reference that may be left out: it is left out
    /// and added later.
    pub(super) fn break_reference_circles(&mut self, rows: &mut Vec<Row>) {
        loop {
            let Some(circle) = circle(rows, self.first_row as usize) else { return };
            let inside: HashSet<usize> = circle.iter().copied().collect();
            let soft = circle.iter().find_map(|place| {
                rows[*place]
                    .needs
                    .iter()
                    .find(|need| inside.contains(&(need.row as usize)) && need.leave_out.is_some())
                    .map(|need| (*place, *need))
            });
            let Some((place, need)) = soft else {
                // Cannot be ordered: the first one goes without waiting, and the target has the last word.
                let place = circle[0];
                rows[place].needs.retain(|need| !inside.contains(&(need.row as usize)));
                continue;
            };
            if let Some(id) = need.leave_out {
                rows[place].needs.retain(|other| other.leave_out != Some(id));
                self.add_later(rows, place, id, Some(need.row as usize));
            }
        }
    }

    /// Breaks exchanges: one side of each circle gives its value up first.
    fn break_swaps(&mut self, rows: &mut Vec<Row>) {
        while let Some(circle) = circle(rows, self.first_row as usize) {
            let inside: HashSet<usize> = circle.iter().copied().collect();
            let chosen = circle.iter().copied().find_map(|place| {
                let passing = self.passing(rows, place)?;
                Some((place, passing))
            });
            let Some((place, (passing, kept))) = chosen else {
                for place in circle {
                    let other = rows[place].needs.iter().find(|need| inside.contains(&(need.row as usize)));
                    let holder = other.map(|need| rows[need.row as usize].key()).unwrap_or_default();
                    rows[place].planned = Planned::Invalid(Problem::new("swap_impossible").arg("holder", holder));
                    rows[place].needs.clear();
                }
                continue;
            };
            let index = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
            let own = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
            let mut first = rows[place].clone();
            first.before =
                passing.iter().filter_map(|(id, _)| Some((id, rows[place].before.get(id)?.clone()))).collect();
            first.set = passing;
            first.needs = Vec::new();
            first.object = Some(own);
            first.fingerprint = 0;
            first.removes = false;
            first.warnings = Vec::new();
            for other in circle {
                for need in &mut rows[other].needs {
                    if need.row == own {
                        need.row = index;
                    }
                }
            }
            rows[place].needs.push(Dependency { row: index, leave_out: None });
            rows.push(first);
            if let Some(id) = kept {
                self.take_in_turns(rows, place, id, &inside);
            }
        }
    }

    /// Two who exchange both their number and their address: one side gives up one of the two and keeps the other for now.
    /// Whoever is to get that one gives up his own meanwhile, and takes it once it is free.
    fn take_in_turns(&mut self, rows: &mut Vec<Row>, giver: usize, id: FieldId, circle: &HashSet<usize>) {
        let Some(hash) = self.unique_hash(id, &self.had(&rows[giver]), &Record::new()) else { return };
        let taker =
            circle.iter().copied().find(|place| *place != giver && self.wants(&rows[*place]).contains(&(id, hash)));
        let Some(taker) = taker else { return };
        let before = rows[taker].before.get(id).cloned();
        self.add_later(rows, taker, id, Some(giver));
        if let (Some(before), Action::Update) = (before, rows[taker].action) {
            rows[taker].set.set(id, Field::Empty);
            rows[taker].before.set(id, before);
        }
    }

    /// What an update can take on for a moment so that others get its unique values, and the value of them that it keeps
    /// because somebody must be reached by one of them.
    fn passing(&self, rows: &[Row], place: usize) -> Option<(Record, Option<FieldId>)> {
        let schema = self.mapping.target;
        let row = &rows[place];
        if row.action != Action::Update {
            return None;
        }
        let mut passing = Record::new();
        for (id, _) in self.wants(row) {
            if self.at_end(id) || row.before.get(id).and_then(Field::value).is_none() {
                continue;
            }
            let spec = schema.spec(id);
            let had = self.had(row);
            if spec.required || matches!(spec.unique, Some(Unique::AmongSiblings { .. })) {
                let name = row.before.text(id)?;
                let short: String = name.chars().take(40).collect();
                passing.set(id, Field::Value(Value::text(format!("{short}~{}", row.target))));
            } else if !self.is_last_contact(&had, id) {
                passing.set(id, Field::Empty);
            } else if let Some((other, field)) = self.other_contact(&row.set, id) {
                // A new address comes first, so that there is one while the number is gone.
                passing.set(other, field);
                passing.set(id, Field::Empty);
            } else {
                return None;
            }
        }
        if passing.is_empty() {
            return None;
        }
        let mut after = self.had(row);
        after.merge(&passing);
        let emptied = passing.iter().filter(|(_, field)| **field == Field::Empty).map(|(id, _)| id).last();
        let kept = emptied.filter(|id| self.is_last_contact(&after, *id));
        if let Some(id) = kept {
            passing.take(id);
        }
        (!passing.is_empty()).then_some((passing, kept))
    }
}

/// One circle among the rows from `first` on.
fn circle(rows: &[Row], first: usize) -> Option<Vec<usize>> {
    let waiting = |row: &Row| row.writes() && !row.needs.is_empty();
    if !rows[first..].iter().any(waiting) {
        return None;
    }
    let mut graph = DiGraph::<usize, ()>::with_capacity(rows.len() - first, 0);
    let nodes: Vec<_> = (first..rows.len()).map(|place| graph.add_node(place)).collect();
    for (place, row) in rows.iter().enumerate().skip(first) {
        if !row.writes() {
            continue;
        }
        for need in &row.needs {
            let other = need.row as usize;
            if other >= first && other < rows.len() && rows[other].writes() {
                graph.add_edge(nodes[place - first], nodes[other - first], ());
            }
        }
    }
    let component = tarjan_scc(&graph).into_iter().find(|component| component.len() > 1)?;
    let mut places: Vec<usize> = component.into_iter().map(|node| graph[node]).collect();
    places.sort_unstable();
    Some(places)
}

/// The reason code for a value that somebody else has.
fn duplicate_code(
    kind: idflow_sdk::Kind,
    field: &str,
    rows: &&mut [Row],
    taken: &HashMap<u64, usize>,
    hash: u64,
    value: &Field,
    id: FieldId,
) -> &'static str {
    match (kind, field) {
        (idflow_sdk::Kind::Department, _) => "dept_name_duplicate_sibling",
        (_, "mobile") => "mobile_duplicate",
        (_, "email") => "email_duplicate",
        (_, "username" | "userid") => {
            let same = taken.get(&hash).is_some_and(|other| rows[*other].set.get(id) == Some(value));
            if same { "userid_duplicate" } else { "userid_duplicate_case" }
        }
        _ => "value_duplicate",
    }
}
