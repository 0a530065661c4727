//! No file, however broken, may end the process.

use proptest::prelude::*;

use super::*;

const GOOD: &str = include_str!("../../../workflows/wecom_downstream_full.yaml");
const CSV: &str = include_str!("../../../workflows/csv_to_directory.yaml");

fn survives(text: &str) {
    let outcome = compiled(text);
    let source = Source::new("flow.yaml", text);
    for finding in &outcome.diagnostics {
        let _ = finding.render(&source, Language::Zh, false);
        let _ = (source.position(finding.span.start), source.utf16(finding.span.end));
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len(), "{finding:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,300}") {
        survives(&text);
    }

    #[test]
    fn a_good_file_with_a_piece_cut_out(start in 0..GOOD.len(), length in 0..60_usize) {
        let start = GOOD.floor_char_boundary(start);
        let end = GOOD.ceil_char_boundary((start + length).min(GOOD.len()));
        survives(&format!("{}{}", &GOOD[..start], &GOOD[end..]));
    }

    #[test]
    fn a_good_file_with_something_put_in(at in 0..CSV.len(), piece in "[\\[\\]{}:\"'#&*!|>%@`\\\\ \n\t\\-,.a-z0-9名]{1,8}") {
        let at = CSV.floor_char_boundary(at);
        survives(&format!("{}{piece}{}", &CSV[..at], &CSV[at..]));
    }

    #[test]
    fn any_template(inner in "[{}#/a-z .'\"()|~!>&@\\[\\]=0-9名\\\\-]{0,40}") {
        let quoted = inner.replace('\'', "''");
        survives(&GOOD.replace("\"{{source.title}}\"", &format!("'{{{{{quoted}}}}}'")));
        survives(&GOOD.replace("\"{{source.title}}\"", &format!("'{quoted}'")));
    }

    #[test]
    fn any_expression(inner in "[a-z.()\\[\\]{}!&|=<>+*/% \"',0-9?:名\\\\-]{0,60}") {
        let quoted = inner.replace('\'', "''");
        survives(&GOOD.replace("if: inputs.remove_leavers", &format!("if: '{quoted}'")));
    }

    #[test]
    fn any_cron(inner in "[0-9*/,LW#?@a-z -]{0,30}") {
        survives(&GOOD.replace("on:\n  manual", &format!("on:\n  schedule: [{{cron: '{inner}', timezone: UTC}}]\n  manual")));
    }
}

/// What the parsers below could not survive is refused before; in a thread with the stack of a worker.
#[test]
fn deep_values_do_not_exhaust_the_stack() {
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        let title = |value: &str| survives(&GOOD.replace("\"{{source.title}}\"", value));
        let condition = |value: &str| survives(&GOOD.replace("if: inputs.remove_leavers", &format!("if: '{value}'")));
        title(&format!("'{}x{}'", "{{#if a}}".repeat(2_000), "{{/if}}".repeat(2_000)));
        title(&format!("'{}x{}'", "{{#if a}}".repeat(30), "{{/if}}".repeat(30)));
        title(&format!("'{{{{lower {}source.title{}}}}}'", "(lower ".repeat(2_000), ")".repeat(2_000)));
        title(&format!("'{}'", "{".repeat(5_000)));
        condition(&vec!["1"; 2_000].join(" + "));
        condition(&vec!["inputs.remove_leavers"; 140].join(" && "));
        condition(&format!("{}true{}", "(".repeat(3_000), ")".repeat(3_000)));
        condition(&format!("{}true", "!".repeat(3_000)));
        condition(&format!("{}true", "!".repeat(140)));
        condition(&format!("a{}", ".b".repeat(3_000)));
        condition(&format!("{}1{}", "[".repeat(15), "]".repeat(15)));
        condition(&vec!["true ? 1"; 60].join(" : "));
        condition(&"-".repeat(140));
    });
    worker.unwrap().join().unwrap();
}
