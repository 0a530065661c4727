//! The graph as text, DOT and Mermaid, and as a picture.

use std::fmt::Write;

use super::{Graph, svg};
use crate::workflow::{compiled::Workflow, diagnostic::Language};

impl Graph {
    /// Edges with the trigger as node 0 and step `n` as node `n + 1`.
    fn drawn_edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        for step in 0..self.len() {
            let before = self.predecessors(step);
            if before.is_empty() {
                edges.push((0, step + 1));
            }
            edges.extend(before.into_iter().map(|other| (other + 1, step + 1)));
        }
        edges
    }

    /// One line for each step, in order, with what it waits for.
    #[must_use]
    pub fn to_text(workflow: &Workflow, language: Language) -> String {
        let labels = Self::labels(workflow, language);
        let graph = &workflow.graph;
        let mut text = format!("{} ({})\n", labels[0].title, labels[0].detail);
        for step in graph.order() {
            let Some(label) = labels.get(step + 1) else { continue };
            let before = graph.predecessors(*step);
            let names: Vec<&str> =
                before.iter().filter_map(|other| workflow.steps.get(*other)).map(|step| step.id.as_str()).collect();
            let after = match (names.is_empty(), language) {
                (true, _) => String::new(),
                (false, Language::Zh) => format!("  （在 {} 之后）", names.join("、")),
                (false, Language::En) => format!("  (after {})", names.join(", ")),
            };
            let _ = writeln!(text, "  └─ {}  [{}]{after}", label.title, label.detail);
        }
        text
    }

    /// The graph for Graphviz.
    #[must_use]
    pub fn to_dot(workflow: &Workflow, language: Language) -> String {
        let labels = Self::labels(workflow, language);
        let mut dot =
            format!("digraph \"{}\" {{\n  rankdir=TB;\n  node [shape=box, style=rounded];\n", escaped(&workflow.id));
        for (place, label) in labels.iter().enumerate() {
            let _ = writeln!(dot, "  n{place} [label=\"{}\\n{}\"];", escaped(&label.title), escaped(&label.detail));
        }
        for (from, to) in workflow.graph.drawn_edges() {
            let _ = writeln!(dot, "  n{from} -> n{to};");
        }
        dot.push_str("}\n");
        dot
    }

    /// The graph for Mermaid.
    #[must_use]
    pub fn to_mermaid(workflow: &Workflow, language: Language) -> String {
        let mut text = String::from("flowchart TD\n");
        for (place, label) in Self::labels(workflow, language).iter().enumerate() {
            let clean = |text: &str| text.replace('"', "'").replace('\n', " ");
            let _ = writeln!(text, "  n{place}[\"{}<br/>{}\"]", clean(&label.title), clean(&label.detail));
        }
        for (from, to) in workflow.graph.drawn_edges() {
            let _ = writeln!(text, "  n{from} --> n{to}");
        }
        text
    }

    /// The graph as a picture.
    #[must_use]
    pub fn to_svg(workflow: &Workflow, language: Language) -> String {
        svg::draw(&Self::labels(workflow, language), &workflow.graph.drawn_edges())
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}
