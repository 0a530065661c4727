//! `propose`, `accept` and `unmatched` of a mapping: what becomes of whom no rule of `match` decides.

use super::scalar::{choice, integer};
use crate::workflow::{
    compiled::{Accept, Evidence, Proposals, Unmatched},
    diagnostic::{Diagnostic, Findings},
    keys,
    yaml::Node,
};

/// The highest score of one sort of evidence.
const MOST: u64 = 100;

/// What is written, with the defaults of what is not; nothing where none of the three keys is there.
pub fn proposals(node: &Node, findings: &mut Findings) -> Option<Proposals> {
    let get = |key: &str| keys::get(node, &keys::MAPPING, key);
    let (propose, accept, unmatched) = (get("propose"), get("accept"), get("unmatched"));
    if propose.is_none() && accept.is_none() && unmatched.is_none() {
        return None;
    }
    if let (None, Some(accept)) = (propose, accept) {
        findings.push(
            Diagnostic::new("E0203", accept.span, "`accept` 和 `propose` 一起用", "`accept` goes with `propose`").help(
                "写出 `propose: [{when: name}, {when: department}]`",
                "write `propose: [{when: name}, {when: department}]`",
            ),
        );
    }
    let items = propose.map_or(&[][..], |node| node.list().unwrap_or(std::slice::from_ref(node)));
    let evidence = items.iter().filter_map(|item| evidence(item, findings)).collect();
    let accepts = [Accept::UniqueName, Accept::Never].map(|one| (one.word(), one));
    let ends = [Unmatched::Create, Unmatched::Ask, Unmatched::Skip].map(|one| (one.word(), one));
    Some(Proposals {
        evidence,
        accept: accept.and_then(|node| choice(node, &accepts, findings)).unwrap_or(Accept::Never),
        unmatched: unmatched.and_then(|node| choice(node, &ends, findings)).unwrap_or(Unmatched::Create),
    })
}

fn evidence(node: &Node, findings: &mut Findings) -> Option<(Evidence, u32)> {
    keys::entries(node, &keys::PROPOSAL, findings)?;
    let Some(when) = keys::get(node, &keys::PROPOSAL, "when") else {
        findings.push(
            Diagnostic::new("E0202", node.span, "缺少 `when`", "`when` is missing here")
                .help("例如 `{when: name, score: 60}`", "for example `{when: name, score: 60}`"),
        );
        return None;
    };
    let words = Evidence::ALL.map(|one| (one.0.word(), one));
    let (evidence, default) = choice(when, &words, findings)?;
    let score = keys::get(node, &keys::PROPOSAL, "score").and_then(|node| {
        let score = integer(node, findings)?;
        if score > MOST {
            findings.push(Diagnostic::new("E0203", node.span, "`score` 最大 100", "`score` is at most 100"));
        }
        u32::try_from(score).ok()
    });
    Some((evidence, score.unwrap_or(default)))
}
