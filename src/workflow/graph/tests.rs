use proptest::prelude::*;

use super::*;
use crate::workflow::diagnostic::Language;

#[test]
fn order_is_the_files_where_both_would_do() {
    let graph = Graph::from_edges(5, [(0, 1), (3, 2), (1, 4), (2, 4)]);
    assert_eq!(graph.order(), [0, 1, 3, 2, 4]);
    assert_eq!(graph.predecessors(4), [1, 2]);
    assert_eq!(graph.successors(3), [2]);
    assert!(graph.is_before(3, 4) && !graph.is_before(4, 3) && !graph.is_before(0, 2));
    assert!(graph.predecessors(99).is_empty() && !graph.is_before(99, 0));
}

proptest! {
    #[test]
    fn every_step_comes_after_what_it_waits_for(edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..30)) {
        // Edges that lead forward make no circle.
        let edges: Vec<_> = edges.into_iter().filter(|(from, to)| from != to).map(|(a, b)| (a.min(b), a.max(b))).collect();
        let graph = Graph::from_edges(12, edges.clone());
        let place = |step: usize| graph.order().iter().position(|other| *other == step).unwrap();
        prop_assert_eq!(graph.order().len(), 12);
        for (from, to) in edges {
            prop_assert!(place(from) < place(to));
        }
        prop_assert!(graph.circles().is_empty());
    }
}

#[test]
fn the_template_is_drawn() {
    let text = include_str!("../../../workflows/wecom_downstream_full.yaml");
    let workflow = crate::workflow::tests::good(text);
    assert_eq!(workflow.graph.order(), [0, 1, 2, 3, 4, 5]);
    let shown = Graph::to_text(&workflow, Language::En);
    assert!(shown.starts_with("Trigger (by hand)\n"), "{shown}");
    for language in [Language::Zh, Language::En] {
        let svg = Graph::to_svg(&workflow, language);
        let dot = Graph::to_dot(&workflow, language);
        let mermaid = Graph::to_mermaid(&workflow, language);
        let names = match language {
            Language::Zh => ["触发器", "读取组织架构", "创建部门", "更新部门", "创建用户", "更新用户"],
            Language::En => [
                "Trigger",
                "Read directory",
                "Create departments",
                "Update departments",
                "Create users",
                "Update users",
            ],
        };
        for picture in [&svg, &dot, &mermaid] {
            let places: Vec<usize> = names.iter().map(|name| picture.find(name).unwrap()).collect();
            assert!(places.is_sorted(), "{picture}");
        }
        assert!(dot.contains("n0 -> n1;") && mermaid.contains("n4 --> n5"));
        assert_eq!(svg.matches("<rect").count(), 7);
        assert_eq!(svg.matches("class=\"edge\"").count(), 6);
        assert!(svg.ends_with("</svg>\n"));
    }
}

#[test]
fn names_cannot_break_the_picture() {
    let label = |title: &str| Label { title: title.into(), detail: "a".into() };
    let svg = svg::draw(&[label("<script>\"&"), label("b")], &[(0, 1), (5, 9)]);
    assert!(svg.contains("&lt;script&gt;&quot;&amp;") && !svg.contains("<script"));
}
