//! Which rows wait for each other in a circle, and where is it opened?
//!
//! Rows wait for whoever gives up a value that they want, or makes what they refer to. A slipped column makes one chain or
//! one circle of all people, so nothing here goes deeper with the length of a chain, and no circle is looked for anew
//! because another one was opened.

use std::collections::{BTreeMap, HashMap, HashSet};

use idflow_sdk::{Field, FieldId, Problem, Record, Value};
use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use super::{Task, steps, unique::passing_name};
use crate::model::change::{Action, Dependency, Planned, Row, RowIndex};

/// One waits for another, from a moment on.
#[derive(Debug, Clone, Copy)]
struct Wait {
    from: usize,
    to: usize,
    since: usize,
}

/// The moment that does not come.
const NEVER: usize = usize::MAX;

/// For each wait the first moment at which it is part of a circle, when the waits come one after the other; [`NEVER`] for
/// those that are part of none. `nodes`: one more than the highest end.
///
/// Halving the time: whoever is in one circle by the middle is looked at in the first half, everything else in the second,
/// where those circles are one node each. So a wait is looked at once for each halving, whatever circles there are.
fn closing(nodes: usize, waits: &[Wait]) -> Vec<usize> {
    let end = waits.iter().map(|wait| wait.since + 1).max().unwrap_or(0);
    let (stands, number) = ((0..nodes).collect(), vec![NEVER; nodes]);
    let mut closing = Closing { waits, end, stands, number, closed: vec![NEVER; waits.len()] };
    closing.narrow(0, end, (0..waits.len()).collect());
    closing.closed
}

struct Closing<'a> {
    waits: &'a [Wait],
    /// The moment after the last one.
    end: usize,
    /// Which node stands for the circle that a node is part of.
    stands: Vec<usize>,
    /// The numbers of nodes in the graph at hand; [`NEVER`] between two of them.
    number: Vec<usize>,
    closed: Vec<usize>,
}

impl Closing<'_> {
    fn stands_for(&mut self, mut node: usize) -> usize {
        while self.stands[node] != node {
            self.stands[node] = self.stands[self.stands[node]];
            node = self.stands[node];
        }
        node
    }

    fn ends(&mut self, wait: usize) -> (usize, usize) {
        let Wait { from, to, .. } = self.waits[wait];
        (self.stands_for(from), self.stands_for(to))
    }

    /// `open` are closed at one of `first..=last`. As deep as the number of moments can be halved.
    fn narrow(&mut self, first: usize, last: usize, mut open: Vec<usize>) {
        steps::took(open.len());
        open.retain(|wait| {
            let (from, to) = self.ends(*wait);
            if from == to {
                self.closed[*wait] = self.waits[*wait].since.max(first);
            }
            from != to
        });
        if open.is_empty() || first == self.end {
            return;
        }
        if first == last {
            for wait in open {
                self.closed[wait] = first;
                let (from, to) = self.ends(wait);
                self.stands[from] = to;
            }
            return;
        }
        let middle = first + (last - first) / 2;
        let (come, mut later): (Vec<usize>, _) = open.into_iter().partition(|wait| self.waits[*wait].since <= middle);
        let (now, not_yet) = self.in_circles(come);
        later.extend(not_yet);
        self.narrow(first, middle, now);
        self.narrow(middle + 1, last, later);
    }

    /// Those of the waits that are part of a circle of them, and the others.
    fn in_circles(&mut self, waits: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
        let mut graph = DiGraph::<usize, ()>::with_capacity(waits.len(), waits.len());
        let mut numbered = Vec::with_capacity(waits.len());
        for wait in waits {
            let (from, to) = self.ends(wait);
            for end in [from, to] {
                if self.number[end] == NEVER {
                    self.number[end] = graph.add_node(end).index();
                }
            }
            let (from, to) = (NodeIndex::new(self.number[from]), NodeIndex::new(self.number[to]));
            graph.add_edge(from, to, ());
            numbered.push((wait, from.index(), to.index()));
        }
        let mut part = vec![0; graph.node_count()];
        for (at, component) in kosaraju_scc(&graph).into_iter().enumerate() {
            component.into_iter().for_each(|node| part[node.index()] = at);
        }
        graph.node_weights().for_each(|end| self.number[*end] = NEVER);
        let (inside, outside): (Vec<_>, Vec<_>) =
            numbered.into_iter().partition(|(_, from, to)| part[*from] == part[*to]);
        let wait = |(wait, ..): (usize, usize, usize)| wait;
        (inside.into_iter().map(wait).collect(), outside.into_iter().map(wait).collect())
    }
}

/// Rows that all wait for each other, directly or not.
struct Circle {
    /// Their places, in order.
    places: Vec<usize>,
    /// The number of each place.
    number: HashMap<usize, usize>,
}

impl Circle {
    fn of(mut places: Vec<usize>) -> Self {
        places.sort_unstable();
        let number = places.iter().enumerate().map(|(number, place)| (*place, number)).collect();
        Self { places, number }
    }

    fn holds(&self, need: &Dependency) -> bool {
        self.number.contains_key(&(need.row as usize))
    }

    /// Who waits for whom within it, by number, and which need of the row that is.
    fn waits<'a>(&'a self, rows: &'a [Row]) -> impl Iterator<Item = (usize, usize, &'a Dependency)> {
        self.places.iter().enumerate().flat_map(|(from, place)| {
            let inside =
                rows[*place].needs.iter().filter_map(|need| Some((*self.number.get(&(need.row as usize))?, need)));
            inside.map(move |(to, need)| (from, to, need))
        })
    }

    /// When each one comes at its moment, the first ones all at 0: who closes a circle of those who came before, and the
    /// waits from it and for it that are part of that circle.
    fn closed_by(&self, rows: &[Row], moment: &[usize]) -> BTreeMap<usize, Vec<(usize, usize)>> {
        let since = |from: usize, to: usize| moment[from].max(moment[to]);
        let waits: Vec<Wait> =
            self.waits(rows).map(|(from, to, _)| Wait { from, to, since: since(from, to) }).collect();
        let mut closed: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (wait, at) in waits.iter().zip(closing(self.places.len(), &waits)) {
            if at == wait.since && at > 0 {
                for end in [wait.from, wait.to].into_iter().filter(|end| moment[*end] == at) {
                    closed.entry(end).or_default().push((wait.from, wait.to));
                }
            }
        }
        closed
    }
}

/// For each row from `first` on whether it may be part of a circle. Who waits for nobody is part of none, and neither is
/// who waits for such rows alone: in nearly every plan nobody is left, and no graph is made of hundreds of thousands.
fn knotted(rows: &[Row], first: usize) -> Vec<bool> {
    let rows = rows.get(first..).unwrap_or_default();
    let mut knotted: Vec<bool> = rows.iter().map(|row| row.writes() && !row.needs.is_empty()).collect();
    // For how many others each one waits; who is waited for, and who waits, in this order.
    let (mut open, mut waits) = (vec![0u32; rows.len()], Vec::new());
    for (place, row) in rows.iter().enumerate().filter(|(place, _)| knotted[*place]) {
        for other in row.needs.iter().filter_map(|need| (need.row as usize).checked_sub(first)) {
            if other != place && knotted.get(other) == Some(&true) {
                steps::took(1);
                open[place] += 1;
                waits.push((other as RowIndex, place as RowIndex));
            }
        }
    }
    waits.sort_unstable();
    let mut free: Vec<usize> = (0..rows.len()).filter(|place| knotted[*place] && open[*place] == 0).collect();
    while let Some(done) = free.pop() {
        knotted[done] = false;
        let from = waits.partition_point(|(other, _)| (*other as usize) < done);
        for (_, place) in waits[from..].iter().take_while(|(other, _)| *other as usize == done) {
            let place = *place as usize;
            open[place] -= 1;
            free.extend((open[place] == 0).then_some(place));
        }
    }
    knotted
}

/// All circles among the rows from `first` on, by their first rows.
fn circles(rows: &[Row], first: usize) -> Vec<Circle> {
    let knotted = knotted(rows, first);
    let is_knotted = |place: usize| place.checked_sub(first).and_then(|place| knotted.get(place)) == Some(&true);
    let mut graph = DiGraph::<usize, ()>::new();
    let mut nodes: HashMap<usize, NodeIndex> = HashMap::new();
    for (place, row) in rows.iter().enumerate().filter(|(place, _)| is_knotted(*place)) {
        for other in row.needs.iter().map(|need| need.row as usize) {
            if other != place && is_knotted(other) {
                let [from, to] = [place, other].map(|end| *nodes.entry(end).or_insert_with(|| graph.add_node(end)));
                graph.add_edge(from, to, ());
            }
        }
    }
    drop(nodes);
    let found = kosaraju_scc(&graph).into_iter().filter(|component| component.len() > 1);
    let mut circles: Vec<Circle> =
        found.map(|component| Circle::of(component.into_iter().map(|node| graph[node]).collect())).collect();
    circles.sort_unstable_by_key(|circle| circle.places[0]);
    circles
}

/// The unique values that rows hold and want before any circle is opened. What a row can free is decided by these alone, so it
/// does not depend on which circle is opened first.
pub(super) struct Exchanged {
    wanted: HashSet<(FieldId, u64)>,
    held: HashSet<(FieldId, u64)>,
}

impl Exchanged {
    pub(super) fn of(task: &Task, rows: &[Row]) -> Self {
        let rows = rows.iter().skip(task.first_row as usize).filter(|row| row.writes());
        let (mut wanted, mut held) = (HashSet::new(), HashSet::new());
        for row in rows {
            wanted.extend(task.wants(row));
            if row.action != Action::Create {
                let had = task.had(row);
                let value = |id: &FieldId| Some((*id, task.unique_hash(*id, &had, &Record::new())?));
                held.extend(task.unique.iter().filter_map(value));
            }
        }
        Self { wanted, held }
    }
}

/// What a row takes on for a moment, and the values that it gives up with that.
pub(super) type Given = (Record, Vec<(FieldId, u64)>);

impl Task {
    /// Rows that wait for each other in a circle, some of them through a reference that may be left out: it is left out and
    /// added later. Or through a name that is taken: it is given up for a passing one.
    pub(super) fn break_reference_circles(&mut self, rows: &mut Vec<Row>) {
        let mut open = circles(rows, self.first_row as usize);
        if open.is_empty() {
            return;
        }
        let values = Exchanged::of(self, rows);
        while !open.is_empty() && !self.halt.is_set() {
            for circle in open {
                if circle.waits(rows).any(|(_, _, need)| need.leave_out.is_some()) {
                    self.leave_references_out(rows, &circle);
                } else if !self.give_names_up_first(rows, &circle, &values) {
                    go_without_waiting(rows, &circle);
                }
            }
            open = circles(rows, self.first_row as usize);
        }
    }

    /// The first reference that can be left out and is part of the circle is left out, then the first of what is still part
    /// of one, and so on.
    fn leave_references_out(&mut self, rows: &mut Vec<Row>, circle: &Circle) {
        let mut fields: HashMap<(usize, FieldId), usize> = HashMap::new();
        let mut needs: Vec<(usize, usize, Option<usize>, Dependency)> = Vec::new();
        for (from, to, need) in circle.waits(rows) {
            let next = fields.len();
            let field = need.leave_out.map(|id| *fields.entry((from, id)).or_insert(next));
            needs.push((from, to, field, *need));
        }
        // Who is left out first comes last: then it closes the circles that nothing after it closes.
        let since = |field: Option<usize>| field.map_or(0, |field| fields.len() - field);
        let waits: Vec<Wait> =
            needs.iter().map(|(from, to, field, _)| Wait { from: *from, to: *to, since: since(*field) }).collect();
        let mut left_out: BTreeMap<usize, (usize, Dependency)> = BTreeMap::new();
        for ((wait, at), (from, _, field, need)) in waits.iter().zip(closing(circle.places.len(), &waits)).zip(&needs) {
            if let Some(field) = field.filter(|_| at == wait.since) {
                left_out.entry(field).or_insert((*from, *need));
            }
        }
        for (from, need) in left_out.into_values() {
            let (place, Some(id)) = (circle.places[from], need.leave_out) else { continue };
            rows[place].needs.retain(|other| other.leave_out != Some(id));
            self.add_later(rows, place, id, Some(need.row as usize));
            // Whoever is not made at all is part of no circle any more.
            if !rows[place].writes() {
                return;
            }
        }
    }

    /// Of a circle in which some wait for what others give up, and others for what they hang below: the first one that can
    /// gives its value up first, then the first one of what is still a circle, and so on. False when that opens nothing.
    fn give_names_up_first(&self, rows: &mut Vec<Row>, circle: &Circle, values: &Exchanged) -> bool {
        let given: HashMap<usize, Given> = (0..circle.places.len())
            .filter_map(|number| Some((number, self.given_by(rows, circle.places[number], values)?)))
            .collect();
        if given.is_empty() {
            return false;
        }
        // Whoever gives up first comes last, as in `give_up_first`.
        let mut waits = Vec::new();
        for (from, to, _) in circle.waits(rows) {
            let wants =
                |given: &Given| self.wants(&rows[circle.places[from]]).iter().any(|want| given.1.contains(want));
            let since = if given.get(&to).is_some_and(wants) { circle.places.len() - to } else { 0 };
            waits.push(Wait { from, to, since });
        }
        let mut opened: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (wait, at) in waits.iter().zip(closing(circle.places.len(), &waits)) {
            if wait.since > 0 && at == wait.since {
                opened.entry(wait.to).or_default().push(circle.places[wait.from]);
            }
        }
        for (number, waiting) in &opened {
            self.give_up_before(rows, circle.places[*number], given[number].0.clone(), waiting);
        }
        !opened.is_empty()
    }

    /// What a row can take on for a moment, without anything left to be done afterwards, and what others can have then.
    pub(super) fn given_by(&self, rows: &[Row], place: usize, values: &Exchanged) -> Option<Given> {
        let (passing, None) = self.passing(rows, place, values)? else { return None };
        let had = self.had(&rows[place]);
        let hash = |(id, _): (FieldId, &Field)| Some((id, self.unique_hash(id, &had, &Record::new())?));
        let given = passing.iter().filter_map(hash).collect();
        Some((passing, given))
    }

    /// Breaks exchanges: one side of each circle gives its value up first.
    pub(super) fn break_swaps(&mut self, rows: &mut Vec<Row>) {
        let mut open = circles(rows, self.first_row as usize);
        if open.is_empty() {
            return;
        }
        let values = Exchanged::of(self, rows);
        while !open.is_empty() && !self.halt.is_set() {
            for circle in open {
                self.give_up_first(rows, &circle, &values);
            }
            open = circles(rows, self.first_row as usize);
        }
    }

    /// The first one of the circle that can gives its value up, then the first one of what is still a circle, and so on.
    fn give_up_first(&mut self, rows: &mut Vec<Row>, circle: &Circle, values: &Exchanged) {
        let able: Vec<bool> = circle.places.iter().map(|place| self.passing(rows, *place, values).is_some()).collect();
        if !able.contains(&true) {
            for place in circle.places.iter().copied() {
                let other = rows[place].needs.iter().find(|need| circle.holds(need));
                let holder = other.map(|need| self.row_called(&rows[need.row as usize])).unwrap_or_default();
                rows[place].planned = Planned::Invalid(Problem::new("swap_impossible").arg("holder", holder).into());
                rows[place].needs.clear();
            }
            return;
        }
        // Whoever gives up first comes last: then it closes the circles that nobody after it closes.
        let mut moment = vec![0; able.len()];
        for (order, number) in (0..able.len()).rev().filter(|number| able[*number]).enumerate() {
            moment[number] = order + 1;
        }
        for (number, waits) in circle.closed_by(rows, &moment) {
            let place = circle.places[number];
            // Somebody before it may have changed that; the next look tells.
            let Some((passing, kept)) = self.passing(rows, place, values) else { continue };
            let waiting: Vec<usize> =
                waits.iter().filter(|(_, to)| *to == number).map(|(from, _)| circle.places[*from]).collect();
            self.give_up_before(rows, place, passing, &waiting);
            if let Some(id) = kept
                && !self.take_in_turns(rows, place, id, &waiting)
            {
                return;
            }
        }
    }

    /// A row before this one that takes on passing values; those who wait for the old ones wait for it.
    pub(super) fn give_up_before(&self, rows: &mut Vec<Row>, place: usize, passing: Record, waiting: &[usize]) {
        let index = RowIndex::try_from(rows.len()).unwrap_or(RowIndex::MAX);
        let own = RowIndex::try_from(place).unwrap_or(RowIndex::MAX);
        let mut first = rows[place].clone();
        let had = self.had(&rows[place]);
        let before = |id| rows[place].before.get(id).or_else(|| had.get(id).cloned());
        first.before = passing.iter().filter_map(|(id, _)| Some((id, before(id)?))).collect();
        // Who only moves has the name again at its new place.
        for (id, passing) in passing.iter().filter(|(id, _)| self.is_name_among_siblings(*id)) {
            if let (Some(name), false) = (had.get(id), rows[place].set.has(id)) {
                rows[place].set.set(id, name.clone());
                rows[place].before.set(id, passing.clone());
            }
        }
        first.set = passing.into();
        first.needs = Vec::new();
        first.object = Some(own);
        first.fingerprint = 0;
        first.removes = false;
        first.warnings = Vec::new();
        for other in waiting {
            rows[*other].needs.iter_mut().filter(|need| need.row == own).for_each(|need| need.row = index);
        }
        rows[place].needs.push(Dependency { row: index, leave_out: None });
        rows.push(first);
    }

    /// Two who exchange both their number and their address: one side gives up one of the two and keeps the other for now.
    /// Whoever is to get that one gives up his own meanwhile, and takes it once it is free. False when he cannot: he is not
    /// changed then, and part of no circle any more.
    fn take_in_turns(&mut self, rows: &mut Vec<Row>, giver: usize, id: FieldId, waiting: &[usize]) -> bool {
        let Some(hash) = self.unique_hash(id, &self.had(&rows[giver]), &Record::new()) else { return true };
        let taker = waiting.iter().copied().find(|place| self.wants(&rows[*place]).contains(&(id, hash)));
        let Some(taker) = taker else { return true };
        let before = rows[taker].before.get(id);
        self.add_later(rows, taker, id, Some(giver));
        if let (Some(before), Action::Update) = (before, rows[taker].action) {
            rows[taker].set.set(id, Field::Empty);
            rows[taker].before.set(id, before);
        }
        rows[taker].writes()
    }

    /// What an update can take on for a moment so that others get its unique values (it may give up a number for somebody's
    /// address, so what others want counts and not what it wants itself), and the value of them that it keeps
    /// because somebody must be reached by one of them.
    pub(super) fn passing(&self, rows: &[Row], place: usize, values: &Exchanged) -> Option<(Record, Option<FieldId>)> {
        let schema = self.mapping.target;
        let row = &rows[place];
        if row.action != Action::Update || row.object.is_some() {
            return None;
        }
        let (had, wants) = (self.had(row), self.wants(row));
        let mine = |id: FieldId| {
            self.unique_hash(id, &had, &Record::new()).is_some_and(|hash| values.wanted.contains(&(id, hash)))
        };
        let mut free: Vec<FieldId> = self.unique.iter().copied().filter(|id| mine(*id)).collect();
        if free.is_empty() {
            free = wants.iter().map(|(id, _)| *id).collect();
        }
        // Nobody takes on for a moment what somebody else has at the beginning.
        let held = |id: FieldId| wants.iter().any(|(wanted, hash)| *wanted == id && values.held.contains(&(id, *hash)));
        let mut passing = Record::new();
        for id in free {
            let among = self.is_name_among_siblings(id);
            // Who moves gives a name up that stays as it is.
            let before = row.before.get(id).or_else(|| had.get(id).filter(|_| among).cloned());
            if self.at_end(id) || before.as_ref().and_then(Field::value).is_none() {
                continue;
            }
            if schema.spec(id).required || among {
                passing.set(
                    id,
                    passing_name(before.as_ref().and_then(Field::value).and_then(Value::as_text)?, &row.target),
                );
            } else if !self.is_last_of_several(&had, id) {
                passing.set(id, Field::Empty);
            } else if let Some((other, field)) =
                self.other_of_several(&row.set.record(), id).filter(|(other, _)| !held(*other))
            {
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
        let mut after = had;
        after.merge(&passing);
        let emptied = passing.iter().filter(|(_, field)| **field == Field::Empty).map(|(id, _)| id).last();
        let kept = emptied.filter(|id| self.is_last_of_several(&after, *id));
        if let Some(id) = kept {
            passing.take(id);
        }
        (!passing.is_empty()).then_some((passing, kept))
    }
}

/// Rows that cannot be ordered: the first one goes without waiting, then the first one of what is still a circle, and so
/// on; the target has the last word.
fn go_without_waiting(rows: &mut [Row], circle: &Circle) {
    let moment: Vec<usize> = (1..=circle.places.len()).rev().collect();
    for (number, waits) in circle.closed_by(rows, &moment) {
        let others: HashSet<usize> =
            waits.iter().filter(|(from, _)| *from == number).map(|(_, to)| circle.places[*to]).collect();
        rows[circle.places[number]].needs.retain(|need| !others.contains(&(need.row as usize)));
    }
}
