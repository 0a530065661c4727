//! The steps as a directed graph without circles: what comes before what, in which order, and how it looks.
//!
//! Steps run top to bottom: a step without `needs` comes after the one above it. `needs` replaces that rule for its step, and
//! `needs: []` means at once. Reading a step's output is no edge of its own: it must be before the reader anyway (E0303).

use petgraph::{
    Direction,
    algo::{has_path_connecting, tarjan_scc},
    graph::{DiGraph, NodeIndex},
};

use super::{
    compiled::StepIndex,
    diagnostic::{Diagnostic, Span},
    suggest::nearest,
    written::Step,
};

mod picture;
mod svg;
#[cfg(test)]
mod tests;

pub use picture::Label;

/// The graph of a workflow's steps.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    edges: DiGraph<StepIndex, ()>,
    order: Vec<StepIndex>,
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
        for circle in &circles {
            findings.push(circular(steps, &edges, circle));
        }
        if circles.is_empty() {
            for (reader, reads) in reads.iter().enumerate() {
                for (read, span) in reads {
                    if !graph.is_before(*read, reader) {
                        findings.push(not_before(steps, *read, reader, *span));
                        // From here on as if it were, so that later steps do not repeat the finding.
                        if *read != reader && !graph.is_before(reader, *read) {
                            graph.edges.update_edge(NodeIndex::new(*read), NodeIndex::new(reader), ());
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
        let order = order(&edges);
        Self { edges, order }
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
        first != second
            && first.max(second) < self.edges.node_count()
            && has_path_connecting(&self.edges, NodeIndex::new(first), NodeIndex::new(second), None)
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
        tarjan_scc(&self.edges)
            .into_iter()
            .map(|component| component.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
            .filter(|steps| steps.len() > 1 || steps.iter().any(|step| self.successors(*step).contains(step)))
            .collect()
    }
}

/// A topological order that prefers the file's order; steps of a circle come last.
fn order(edges: &DiGraph<StepIndex, ()>) -> Vec<StepIndex> {
    let count = edges.node_count();
    let mut waits: Vec<usize> =
        (0..count).map(|step| edges.neighbors_directed(NodeIndex::new(step), Direction::Incoming).count()).collect();
    let mut done = vec![false; count];
    let mut order = Vec::with_capacity(count);
    while let Some(step) = (0..count).find(|step| !done[*step] && waits[*step] == 0) {
        done[step] = true;
        order.push(step);
        for next in edges.neighbors_directed(NodeIndex::new(step), Direction::Outgoing) {
            waits[next.index()] -= 1;
        }
    }
    order.extend((0..count).filter(|step| !done[*step]));
    order
}

fn edges(steps: &[Step<'_>], findings: &mut Vec<Diagnostic>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (to, step) in steps.iter().enumerate() {
        let Some((_, needs)) = &step.needs else {
            if to > 0 {
                edges.push(Edge { from: to - 1, to, span: step.id.span, written: false });
            }
            continue;
        };
        for need in needs {
            match steps.iter().position(|other| other.id.text == need.text) {
                Some(from) => edges.push(Edge { from, to, span: need.span, written: true }),
                None => {
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
                .fix(span, word)
        }
        None => {
            let all: Vec<&str> = steps.iter().map(|step| step.id.text).collect();
            finding.help(format!("步骤：{}", all.join("、")), format!("the steps are: {}", all.join(", ")))
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
    let shown = names.join(" → ");
    let first = path.windows(2).filter_map(|pair| between(pair[0], pair[1])).find(|edge| edge.written);
    let span = first.map_or(Span::default(), |edge| edge.span);
    let mut finding =
        Diagnostic::new("E0302", span, "步骤互相等待，谁也不能开始", "steps wait for each other in a circle");
    if let Some(edge) = first {
        let (to, from) = (id(edge.to), id(edge.from));
        finding = finding.label(format!("`{to}` 等待 `{from}`"), format!("`{to}` waits for `{from}`"));
    }
    for pair in path.windows(2) {
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
    let mut queue = std::collections::VecDeque::from([vec![start]]);
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = queue.pop_front() {
        let here = path.last().copied().unwrap_or(start);
        for edge in edges.iter().filter(|edge| edge.to == here && circle.contains(&edge.from)) {
            let mut longer = path.clone();
            longer.push(edge.from);
            if edge.from == start {
                return longer;
            }
            if seen.insert(edge.from) {
                queue.push_back(longer);
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
                finding = finding.fix(*needs, list);
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
