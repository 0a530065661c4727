//! The graph as text, DOT and Mermaid. The trigger comes first; a step's box carries its name in one language.

use std::fmt::Write;

use super::{Graph, svg};
use crate::workflow::{compiled::Workflow, diagnostic::Language};

/// What stands in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub title: String,
    /// The id and the action, or what triggers.
    pub detail: String,
}

impl Graph {
    /// The box of the trigger, then one for each step.
    #[must_use]
    pub fn labels(workflow: &Workflow, language: Language) -> Vec<Label> {
        let pick = |zh: &str, en: &str| match language {
            Language::Zh => zh.to_string(),
            Language::En => en.to_string(),
        };
        let mut how = Vec::new();
        if workflow.manual {
            how.push(pick("手动", "by hand"));
        }
        how.extend(workflow.schedules.iter().map(|schedule| format!("{} {}", schedule.cron, schedule.timezone)));
        how.extend(workflow.webhooks.iter().map(|webhook| format!("webhook {}", webhook.path)));
        how.extend(workflow.after.iter().map(|after| match language {
            Language::Zh => format!("在 {} 之后", after.workflow),
            Language::En => format!("after {}", after.workflow),
        }));
        how.extend(workflow.events.iter().map(|event| {
            let alias = workflow.connections.get(event.connection).map_or("", |alias| alias.alias.as_str());
            pick(
                &format!("事件 {alias} {}", event.types.join("、")),
                &format!("events {alias} {}", event.types.join(" ")),
            )
        }));
        if how.is_empty() {
            how.push(pick("未设置", "none"));
        }
        let trigger = Label { title: pick("触发器", "Trigger"), detail: how.join(", ") };
        let steps = workflow.steps.iter().map(|step| Label {
            title: pick(&step.name.zh, &step.name.en),
            detail: format!("{} · {}", step.id, step.uses_text()),
        });
        std::iter::once(trigger).chain(steps).collect()
    }

    /// Edges with the trigger as node 0 and step `n` as node `n + 1`.
    pub(super) fn drawn_edges(&self) -> Vec<(usize, usize)> {
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
