//! The steps as a directed graph without circles: what comes before what, in which order, and how it looks.
//!
//! Steps run top to bottom: a step without `needs` comes after the one above it. `needs` replaces that rule for its step, and
//! `needs: []` means at once. Reading a step's output is no edge of its own: it must be before the reader anyway (E0303).

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque, hash_map::Entry};

use petgraph::{
    Direction,
    algo::{has_path_connecting, kosaraju_scc},
    graph::{DiGraph, NodeIndex},
};

use super::{
    diagnostic::{Diagnostic, Span},
    suggest::{nearest, row},
    syntax::Step,
};

mod label;
mod picture;
mod svg;
#[cfg(test)]
mod tests;

pub use label::Label;

/// With so many findings no more steps are looked for that are not there: each is compared with all others.
const MAX_SUGGESTED: usize = 300;
/// So many circles are told.
const MAX_CIRCLES: usize = 50;
/// So many steps of a circle are shown with their places.
const MAX_SHOWN: usize = 12;

/// The place of a step in [`Workflow::steps`](super::compiled::Workflow::steps).
pub type StepIndex = usize;

/// The graph of a workflow's steps.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    edges: DiGraph<StepIndex, ()>,
    order: Vec<StepIndex>,
    before: Before,
}

/// What comes before what, one row of bits for each step: a large workflow asks thousands of times.
#[derive(Debug, Clone, Default)]
struct Before {
    /// Words of a row; 0 when there is no table.
    width: usize,
    bits: Vec<u64>,
}

/// Larger graphs, and those with circles, are walked for each question.
const MAX_TABLE: usize = 10_000;
/// After so many reads of what is not before, the graph is no longer mended for the next.
const MAX_MENDED: usize = 50;

impl Before {
    fn new(edges: &DiGraph<StepIndex, ()>, order: &[StepIndex], complete: bool) -> Self {
        let count = edges.node_count();
        if !complete || count > MAX_TABLE {
            return Self::default();
        }
        let width = count.div_ceil(64);
        let mut bits = vec![0_u64; count * width];
        for step in order {
            for from in edges.neighbors_directed(NodeIndex::new(*step), Direction::Incoming) {
                let from = from.index();
                for word in 0..width {
                    bits[step * width + word] |= bits[from * width + word];
                }
                bits[step * width + from / 64] |= 1 << (from % 64);
            }
        }
        Self { width, bits }
    }

    fn get(&self, first: StepIndex, second: StepIndex) -> Option<bool> {
        let word = self.bits.get(second * self.width + first / 64).filter(|_| self.width > 0)?;
        Some(word >> (first % 64) & 1 == 1)
    }
}

/// Why one step comes after another.
struct Edge {
    from: StepIndex,
    to: StepIndex,
    span: Span,
    written: bool,
}

impl Graph {
    /// Builds the graph; unknown names, circles and reads of what is not before are reported.
    #[must_use]
    pub fn build(steps: &[Step<'_>], reads: &[Vec<(StepIndex, Span)>], findings: &mut Vec<Diagnostic>) -> Self {
        let edges = edges(steps, findings);
        let mut graph = Self::from_edges(steps.len(), edges.iter().map(|edge| (edge.from, edge.to)));
        let circles = graph.circles();
        for circle in circles.iter().take(MAX_CIRCLES) {
            findings.push(circular(steps, &edges, circle));
        }
        if circles.is_empty() {
            let mut mended = 0;
            for (reader, reads) in reads.iter().enumerate() {
                for (read, span) in reads {
                    if !graph.is_before(*read, reader) {
                        findings.push(not_before(steps, *read, reader, *span));
                        // From here on as if it were, so that later steps do not repeat the finding.
                        mended += 1;
                        if mended <= MAX_MENDED && *read != reader && !graph.is_before(reader, *read) {
                            graph.edges.update_edge(NodeIndex::new(*read), NodeIndex::new(reader), ());
                            let (order, complete) = order(&graph.edges);
                            graph.before = Before::new(&graph.edges, &order, complete);
                        }
                    }
                }
            }
        }
        graph
    }

    /// A graph of so many steps with these edges.
    #[must_use]
    pub fn from_edges(count: usize, pairs: impl IntoIterator<Item = (StepIndex, StepIndex)>) -> Self {
        let mut edges = DiGraph::with_capacity(count, count);
        for step in 0..count {
            edges.add_node(step);
        }
        for (from, to) in pairs {
            if from < count && to < count {
                edges.update_edge(NodeIndex::new(from), NodeIndex::new(to), ());
            }
        }
        let (order, complete) = order(&edges);
        let before = Before::new(&edges, &order, complete);
        Self { edges, order, before }
    }

    /// All steps, each after everything it waits for; steps that could go either way stand as in the file.
    #[must_use]
    pub fn order(&self) -> &[StepIndex] {
        &self.order
    }

    /// What a step waits for directly, in file order.
    #[must_use]
    pub fn predecessors(&self, step: StepIndex) -> Vec<StepIndex> {
        self.neighbours(step, Direction::Incoming)
    }

    /// What waits for a step directly, in file order.
    #[must_use]
    pub fn successors(&self, step: StepIndex) -> Vec<StepIndex> {
        self.neighbours(step, Direction::Outgoing)
    }

    fn neighbours(&self, step: StepIndex, direction: Direction) -> Vec<StepIndex> {
        if step >= self.edges.node_count() {
            return Vec::new();
        }
        let mut found: Vec<StepIndex> =
            self.edges.neighbors_directed(NodeIndex::new(step), direction).map(NodeIndex::index).collect();
        found.sort_unstable();
        found
    }

    /// Whether `first` has always ended when `second` starts.
    #[must_use]
    pub fn is_before(&self, first: StepIndex, second: StepIndex) -> bool {
        if first == second || first.max(second) >= self.edges.node_count() {
            return false;
        }
        self.before
            .get(first, second)
            .unwrap_or_else(|| has_path_connecting(&self.edges, NodeIndex::new(first), NodeIndex::new(second), None))
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.node_count()
    }

    /// True without any step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edges.node_count() == 0
    }

    fn circles(&self) -> Vec<Vec<StepIndex>> {
        let components = kosaraju_scc(&self.edges).into_iter();
        let mut circles: Vec<Vec<StepIndex>> = components
            .map(|component| component.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
            .filter(|steps| steps.len() > 1 || steps.iter().any(|step| self.successors(*step).contains(step)))
            .collect();
        circles.iter_mut().for_each(|steps| steps.sort_unstable());
        circles.sort_unstable();
        circles
    }
}

/// A topological order that prefers the file's order; steps of a circle come last. The flag says that there is none.
fn order(edges: &DiGraph<StepIndex, ()>) -> (Vec<StepIndex>, bool) {
    let count = edges.node_count();
    let mut waits: Vec<usize> =
        (0..count).map(|step| edges.neighbors_directed(NodeIndex::new(step), Direction::Incoming).count()).collect();
    let mut done = vec![false; count];
    let mut order = Vec::with_capacity(count);
    let mut ready: BTreeSet<StepIndex> = (0..count).filter(|step| waits[*step] == 0).collect();
    while let Some(step) = ready.pop_first() {
        done[step] = true;
        order.push(step);
        for next in edges.neighbors_directed(NodeIndex::new(step), Direction::Outgoing) {
            waits[next.index()] -= 1;
            if waits[next.index()] == 0 {
                ready.insert(next.index());
            }
        }
    }
    let complete = order.len() == count;
    order.extend((0..count).filter(|step| !done[*step]));
    (order, complete)
}

fn edges(steps: &[Step<'_>], findings: &mut Vec<Diagnostic>) -> Vec<Edge> {
    let mut edges = Vec::new();
    let places: HashMap<&str, StepIndex> =
        steps.iter().enumerate().rev().map(|(place, step)| (step.id.text, place)).collect();
    for (to, step) in steps.iter().enumerate() {
        let Some((_, needs)) = &step.needs else {
            if to > 0 {
                edges.push(Edge { from: to - 1, to, span: step.id.span, written: false });
            }
            continue;
        };
        for need in needs {
            match places.get(need.text).copied() {
                Some(from) => edges.push(Edge { from, to, span: need.span, written: true }),
                None => {
                    if findings.len() >= MAX_SUGGESTED {
                        continue;
                    }
                    findings.push(no_step(steps, step, need.text, need.span));
                    // As if the nearest had been named, or nothing: one slip is told once.
                    let others = steps.iter().map(|other| other.id.text).filter(|other| *other != step.id.text);
                    let meant = nearest(need.text, others)
                        .and_then(|name| steps.iter().position(|other| other.id.text == name))
                        .or(to.checked_sub(1));
                    edges.extend(meant.map(|from| Edge { from, to, span: need.span, written: true }));
                }
            }
        }
    }
    edges
}

fn no_step(steps: &[Step<'_>], step: &Step<'_>, name: &str, span: Span) -> Diagnostic {
    let id = step.id.text;
    let finding = Diagnostic::new(
        "E0301",
        span,
        format!("步骤 `{id}` 等待一个不存在的步骤"),
        format!("step `{id}` needs a step that does not exist"),
    )
    .label("没有这个 id 的步骤", "no step has this id");
    let others = steps.iter().map(|step| step.id.text).filter(|other| *other != id);
    match nearest(name, others) {
        Some(word) => {
            let place = steps.iter().find(|step| step.id.text == word).map_or(span, |step| step.id.span);
            finding
                .help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"))
                .related(place, "相近的步骤", "a step with a similar id")
                .suggest(span, word)
        }
        None => {
            let all = || steps.iter().map(|step| step.id.text);
            finding.help(format!("步骤：{}", row(all(), "、")), format!("the steps are: {}", row(all(), ", ")))
        }
    }
}

/// Names the whole circle, each edge with its place.
fn circular(steps: &[Step<'_>], edges: &[Edge], circle: &[StepIndex]) -> Diagnostic {
    let start = circle.iter().copied().min().unwrap_or_default();
    let path = walk(edges, circle, start);
    let id = |step: StepIndex| steps.get(step).map_or("", |step| step.id.text);
    let between = |to: StepIndex, from: StepIndex| edges.iter().find(|edge| edge.to == to && edge.from == from);
    let names: Vec<&str> = path.iter().map(|step| id(*step)).collect();
    let shown = row(names.iter().copied(), " → ");
    let first = path.windows(2).filter_map(|pair| between(pair[0], pair[1])).find(|edge| edge.written);
    let span = first.map_or(Span::default(), |edge| edge.span);
    let mut finding =
        Diagnostic::new("E0302", span, "步骤互相等待，谁也不能开始", "steps wait for each other in a circle");
    if let Some(edge) = first {
        let (to, from) = (id(edge.to), id(edge.from));
        finding = finding.label(format!("`{to}` 等待 `{from}`"), format!("`{to}` waits for `{from}`"));
    }
    for pair in path.windows(2).take(MAX_SHOWN) {
        let Some(edge) = between(pair[0], pair[1]) else { continue };
        if edge.span == span {
            continue;
        }
        let (to, from) = (id(edge.to), id(edge.from));
        finding = if edge.written {
            finding.related(edge.span, format!("`{to}` 等待 `{from}`"), format!("`{to}` waits for `{from}`"))
        } else {
            finding.related(
                edge.span,
                format!("`{to}` 写在 `{from}` 后面，所以等待它"),
                format!("`{to}` stands below `{from}`, so it waits for it"),
            )
        };
    }
    finding.help(
        format!("圈：{shown}。去掉其中一个等待"),
        format!("the circle: {}; remove one of these", shown.replace('→', "->")),
    )
}

/// Once around the circle, from `start` back to `start`, along "waits for".
fn walk(edges: &[Edge], circle: &[StepIndex], start: StepIndex) -> Vec<StepIndex> {
    let inside: HashSet<StepIndex> = circle.iter().copied().collect();
    let mut waits: HashMap<StepIndex, Vec<StepIndex>> = HashMap::new();
    for edge in edges.iter().filter(|edge| inside.contains(&edge.to) && inside.contains(&edge.from)) {
        waits.entry(edge.to).or_default().push(edge.from);
    }
    let mut came_from: HashMap<StepIndex, StepIndex> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for next in waits.get(&here).into_iter().flatten().copied() {
            if next == start {
                let mut path = vec![start, here];
                let mut at = here;
                while at != start {
                    let Some(before) = came_from.get(&at) else { break };
                    at = *before;
                    path.push(at);
                }
                if here == start {
                    return vec![start, start];
                }
                path.reverse();
                return path;
            }
            if let Entry::Vacant(place) = came_from.entry(next) {
                place.insert(here);
                queue.push_back(next);
            }
        }
    }
    vec![start]
}

fn not_before(steps: &[Step<'_>], read: StepIndex, reader: StepIndex, span: Span) -> Diagnostic {
    let id = |step: StepIndex| steps.get(step).map_or("", |step| step.id.text);
    let (wanted, here) = (id(read), id(reader));
    if read == reader {
        return Diagnostic::new(
            "E0303",
            span,
            format!("步骤 `{here}` 读取了自己的结果"),
            format!("step `{here}` reads its own result"),
        )
        .help("读取前面的步骤", "read an earlier step");
    }
    let mut finding = Diagnostic::new(
        "E0303",
        span,
        format!("`{here}` 读取 `{wanted}` 时，它可能还没有运行"),
        format!("`{wanted}` may not have run when `{here}` reads it"),
    )
    .label(
        format!("在这里读取，但 `{wanted}` 不在这个步骤之前"),
        format!("read here, but `{wanted}` is not before this step"),
    );
    match steps.get(reader).and_then(|step| step.needs.as_ref()) {
        Some((needs, words)) => {
            let list: Vec<&str> = words.iter().map(|word| word.text).chain([wanted]).collect();
            let list = format!("needs: [{}]", list.join(", "));
            finding = finding
                .related(*needs, "这里决定了它在什么之后运行", "this says what it runs after")
                .help(format!("写 `{list}`"), format!("write `{list}`"));
            if read < reader {
                finding = finding.suggest(*needs, list);
            }
            finding
        }
        None => {
            let place = steps.get(read).map_or(span, |step| step.id.span);
            finding
                .related(place, "这个步骤在后面", "this step comes later")
                .help(format!("把 `{wanted}` 移到 `{here}` 上面"), format!("move `{wanted}` above `{here}`"))
        }
    }
}
