//! What hands values over and breaks circles as simply as it can be written: in passes over everything, until nothing changes.
//! The rules are read more easily here, and the work grows with the square of the people.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Problem, Record};
use petgraph::{algo::tarjan_scc, graph::DiGraph};

use crate::{
    model::change::{Action, Dependency, Planned, Row, RowIndex},
    reconcile::{Known, Task, circles::Exchanged, task::Keeper},
};

/// Who gives a value up.
type Givers = HashMap<u64, usize>;

impl Task {
    pub(super) fn naive_hand_over(&mut self, known: &Known, rows: &mut Vec<Row>) {
        let given = self.give_up(known, rows);
        // Whoever is refused keeps what he has, which may refuse the next one: repeated until nothing changes.
        loop {
            let givers = self.givers(rows);
            if !self.naive_refuse_takers(known, rows, &givers) {
                self.name_first_causes(rows);
                self.naive_wait_for_givers(rows, &givers);
                self.wait_for_unknown(rows, |hash| givers.get(&hash).copied());
                break;
            }
        }
        self.naive_take_back(rows, &given);
        self.naive_break_swaps(rows);
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
                    Action::Disable => self.mapping.target.is_gone(&row.set.record()),
                    _ => {
                        let mut after = had.clone();
                        after.merge(&row.set.record());
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

    /// Refuses what rows want and somebody keeps; true when any was refused.
    fn naive_refuse_takers(&mut self, known: &Known, rows: &mut Vec<Row>, givers: &Givers) -> bool {
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
            let mut held: Vec<(FieldId, Problem)> = Vec::new();
            for (id, hash) in self.wants(&rows[place]) {
                let own = &rows[place];
                let holder = if let Some(other) = taken.get(&hash) {
                    Some(self.wanted_by_both(rows, *other, place, id))
                } else if givers.contains_key(&hash) {
                    None
                } else if Some(id) == self.natural_key() {
                    let links = known.links(self.kind);
                    match links.and_then(|links| links.of_target(&own.target)) {
                        Some(link) => self.held(known, &Keeper::of(link), own, id),
                        None if own.action != Action::Create => None,
                        None => self.held(known, &Keeper::Target(own.target.clone()), own, id),
                    }
                } else if let Some(keeper) = self.keepers.get(hash) {
                    self.held(known, keeper, own, id)
                } else if let Some(other) = kept.get(&hash).filter(|other| **other != place) {
                    let same = self.has_same(&rows[*other].target, own, id);
                    Some(self.duplicate(own, (id, same), self.row_called(&rows[*other])))
                } else {
                    let keeper = outside.get(&hash).filter(|key| ***key != *own.target);
                    keeper.and_then(|key| self.held(known, &Keeper::Target(key.clone()), own, id))
                };
                match holder {
                    Some(problem) => held.push((id, problem)),
                    None => {
                        taken.insert(hash, place);
                    }
                }
            }
            refused |= !held.is_empty();
            self.leave_out(rows, place, held);
        }
        refused
    }

    /// Nothing is cleared for somebody who does not get it after all.
    fn naive_take_back(&self, rows: &mut [Row], given: &[(usize, FieldId, usize)]) {
        for (holder, id, taker) in given {
            let gets = |row: &Row| row.set.has(*id) && row.planned == Planned::Do;
            let later = rows.iter().any(|row| row.object.is_some_and(|first| first as usize == *taker) && gets(row));
            if gets(&rows[*taker]) || later {
                continue;
            }
            let row = &mut rows[*holder];
            row.set.take(*id);
            row.before.take(*id);
            row.warnings.retain(|warning| &*warning.code != "value_given_up");
            if row.set.is_empty() {
                row.action = Action::Link;
            }
        }
    }

    /// Takers wait for givers; where the giver's step comes later, the value comes later too.
    fn naive_wait_for_givers(&mut self, rows: &mut Vec<Row>, givers: &Givers) {
        let position = self.steps.position.clone();
        let at = |step: u16| position.get(usize::from(step)).copied().unwrap_or(step);
        let mut later: Vec<(usize, FieldId, usize)> = Vec::new();
        for place in self.first_row as usize..rows.len() {
            for (id, hash) in self.wants(&rows[place]) {
                let Some(giver) = givers.get(&hash).copied().filter(|giver| *giver != place) else { continue };
                let giver = self.gives_name_up_first(rows, giver, id).unwrap_or(giver);
                let leaves = rows[giver].removes;
                if self.at_end(id) && !leaves {
                    continue;
                }
                if self.at_end(id) || at(rows[giver].step) <= at(rows[place].step) {
                    let row = RowIndex::try_from(giver).unwrap_or(RowIndex::MAX);
                    let need = Dependency { row, leave_out: leaves.then_some(id) };
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

    /// Rows that wait for each other in a circle, one of them through a reference that may be left out: it is left out
    /// and added later.
    pub(super) fn naive_break_reference_circles(&mut self, rows: &mut Vec<Row>) {
        while !self.halt.is_set() {
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
                if self.naive_give_names_up_first(rows, &circle) {
                    continue;
                }
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

    /// The first one of a circle that others wait for because of its name gives it up first.
    fn naive_give_names_up_first(&self, rows: &mut Vec<Row>, circle: &[usize]) -> bool {
        let values = Exchanged::of(self, rows);
        let found = circle.iter().find_map(|place| {
            let (passing, given) = self.given_by(rows, *place, &values)?;
            let waits = |other: &usize| {
                rows[*other].needs.iter().any(|need| need.row as usize == *place)
                    && self.wants(&rows[*other]).iter().any(|want| given.contains(want))
            };
            let waiting: Vec<usize> = circle.iter().copied().filter(waits).collect();
            (!waiting.is_empty()).then_some((*place, passing, waiting))
        });
        let Some((place, passing, waiting)) = found else { return false };
        self.give_up_before(rows, place, passing, &waiting);
        true
    }

    /// Breaks exchanges: one side of each circle gives its value up first.
    fn naive_break_swaps(&mut self, rows: &mut Vec<Row>) {
        let values = Exchanged::of(self, rows);
        while let Some(circle) = circle(rows, self.first_row as usize).filter(|_| !self.halt.is_set()) {
            let inside: HashSet<usize> = circle.iter().copied().collect();
            let chosen = circle.iter().copied().find_map(|place| {
                let passing = self.passing(rows, place, &values)?;
                Some((place, passing))
            });
            let Some((place, (passing, kept))) = chosen else {
                for place in circle {
                    let other = rows[place].needs.iter().find(|need| inside.contains(&(need.row as usize)));
                    let holder = other.map(|need| self.row_called(&rows[need.row as usize])).unwrap_or_default();
                    rows[place].planned =
                        Planned::Invalid(Problem::new("swap_impossible").arg("holder", holder).into());
                    rows[place].needs.clear();
                }
                continue;
            };
            let waits = |other: &usize| rows[*other].needs.iter().any(|need| need.row as usize == place);
            let waiting: Vec<usize> = circle.into_iter().filter(waits).collect();
            self.give_up_before(rows, place, passing, &waiting);
            if let Some(id) = kept {
                self.naive_take_in_turns(rows, place, id, &waiting);
            }
        }
    }

    /// Two who exchange both their number and their address: one side gives up one of the two and keeps the other for now.
    /// Whoever is to get that one gives up his own meanwhile, and takes it once it is free.
    fn naive_take_in_turns(&mut self, rows: &mut Vec<Row>, giver: usize, id: FieldId, waiting: &[usize]) {
        let Some(hash) = self.unique_hash(id, &self.had(&rows[giver]), &Record::new()) else { return };
        let taker = waiting.iter().copied().find(|place| self.wants(&rows[*place]).contains(&(id, hash)));
        let Some(taker) = taker else { return };
        let before = rows[taker].before.get(id);
        self.add_later(rows, taker, id, Some(giver));
        if let (Some(before), Action::Update) = (before, rows[taker].action) {
            rows[taker].set.set(id, Field::Empty);
            rows[taker].before.set(id, before);
        }
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
