//! Applies the mends that findings carry, as often as there are any, and never one that makes things worse.
//!
//! Only mends that change the spelling are applied ([`Diagnostic::certain`]). A value, a time, a unit, a dependency or a
//! version that somebody may have meant otherwise is suggested by the finding and left to a person.
//!
//! A round takes the fixes that do not touch each other, all at once; when the result is worse than before, they are tried
//! one by one and the guilty ones dropped. What one mend brings to light is mended in the next round. Bytes that no fix
//! names stay as they are, so comments and blank lines survive. A text that was seen before is never gone back to, so this
//! ends; rounds and trials are bounded besides.

use std::collections::BTreeSet;

use super::{
    Environment, compile,
    diagnostic::{Diagnostic, Fix, Severity, Source},
};

/// How often what was brought to light is mended in turn.
const MAX_ROUNDS: usize = 24;
/// How much text is compiled for it, all trials together: a file of two megabytes is tried some twenty times.
const MAX_BYTES: usize = 48 << 20;
/// How often a file is compiled for it, however small.
const MAX_TRIALS: usize = 400;
/// How many findings are mended at once.
const MAX_AT_ONCE: usize = 1_000;

/// What became of a file.
#[derive(Debug)]
pub struct Mended {
    /// The text afterwards.
    pub text: String,
    /// What was mended, in the order in which it was done.
    pub applied: Vec<Applied>,
    /// What is left.
    pub left: Vec<Diagnostic>,
}

/// One finding that was mended.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The finding; its places are those of `before`.
    pub finding: Diagnostic,
    /// The text at that time.
    pub before: String,
    /// The line of the first byte that was changed, from 1.
    pub line: usize,
    /// What stood there, and what stands there now; insertions have nothing before.
    pub changes: Vec<(String, String)>,
}

/// How bad a text is.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
struct Badness {
    errors: usize,
    all: usize,
}

fn badness(findings: &[Diagnostic]) -> Badness {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    Badness { errors, all: findings.len() }
}

/// Mends a text.
#[must_use]
pub fn mend(file: &str, text: &str, environment: &Environment<'_>) -> Mended {
    let mut mender = Mender { file, environment, trials: 0, bytes: 0, seen: BTreeSet::new(), refused: BTreeSet::new() };
    let mut text = text.to_string();
    let mut left = compile(file, &text, environment).diagnostics;
    let mut applied = Vec::new();
    mender.seen.insert(text.clone());
    for _ in 0..MAX_ROUNDS {
        let candidates = mender.candidates(&text, &left);
        if candidates.is_empty() {
            break;
        }
        let Some((mended, findings, done)) = mender.round(&text, &left, &candidates) else { break };
        applied.extend(done);
        text = mended;
        left = findings;
    }
    Mended { text, applied, left }
}

struct Mender<'a> {
    file: &'a str,
    environment: &'a Environment<'a>,
    trials: usize,
    bytes: usize,
    seen: BTreeSet<String>,
    /// Fixes that made it worse: code, words and place (from the end, so that earlier edits do not move it).
    refused: BTreeSet<(&'static str, String, usize)>,
}

type Round = (String, Vec<Diagnostic>, Vec<Applied>);

impl Mender<'_> {
    /// The findings whose fixes can be applied together.
    fn candidates(&self, text: &str, findings: &[Diagnostic]) -> Vec<Diagnostic> {
        let mut taken: Vec<Fix> = Vec::new();
        let mut chosen = Vec::new();
        for finding in findings {
            let fixes = &finding.fixes;
            if chosen.len() >= MAX_AT_ONCE {
                break;
            }
            if fixes.is_empty()
                || !finding.certain
                || self.refused.contains(&mark(text, finding))
                || !apart(fixes)
                || !within(text, fixes)
            {
                continue;
            }
            if fixes.iter().any(|fix| taken.iter().any(|other| touch(fix, other))) {
                continue;
            }
            taken.extend(fixes.iter().cloned());
            chosen.push(finding.clone());
        }
        chosen
    }

    fn round(&mut self, text: &str, before: &[Diagnostic], candidates: &[Diagnostic]) -> Option<Round> {
        if let Some((mended, findings)) = self.attempt(text, before, candidates) {
            return Some((mended, findings, candidates.iter().map(|finding| self.applied(text, finding)).collect()));
        }
        // Together they do harm: the first that helps alone is taken, the rest is seen to in the next round.
        if candidates.len() > 1 {
            for finding in candidates {
                if let Some((mended, findings)) = self.attempt(text, before, std::slice::from_ref(finding)) {
                    return Some((mended, findings, vec![self.applied(text, finding)]));
                }
                self.refused.insert(mark(text, finding));
            }
        }
        None
    }

    /// The text with these fixes and what is found in it, if that is no worse.
    fn attempt(
        &mut self,
        text: &str,
        before: &[Diagnostic],
        fixed: &[Diagnostic],
    ) -> Option<(String, Vec<Diagnostic>)> {
        self.trials += 1;
        self.bytes += text.len();
        if self.trials > MAX_TRIALS || self.bytes > MAX_BYTES {
            return None;
        }
        let fixes: Vec<&Fix> = fixed.iter().flat_map(|finding| &finding.fixes).collect();
        let mended = edited(text, &fixes)?;
        if self.seen.contains(&mended) {
            return None;
        }
        let after = compile(self.file, &mended, self.environment).diagnostics;
        if badness(&after).errors > badness(before).errors {
            return None;
        }
        // As many as before, but not the same: then one mistake hid another.
        let still = |finding: &Diagnostic| {
            after.iter().any(|other| (other.code, &other.message) == (finding.code, &finding.message))
        };
        if badness(&after) >= badness(before) && fixed.iter().any(still) {
            return None;
        }
        self.seen.insert(mended.clone());
        Some((mended, after))
    }

    fn applied(&self, text: &str, finding: &Diagnostic) -> Applied {
        let source = Source::new(self.file, text);
        let first = finding.fixes.iter().map(|fix| fix.span.start).min().unwrap_or(finding.span.start);
        Applied {
            finding: finding.clone(),
            before: text.to_string(),
            line: source.line(first),
            changes: finding.fixes.iter().map(|fix| (source.slice(fix.span).to_string(), fix.text.clone())).collect(),
        }
    }
}

fn mark(text: &str, finding: &Diagnostic) -> (&'static str, String, usize) {
    (finding.code, finding.message.en.clone(), text.len().saturating_sub(finding.span.start))
}

/// Whether two fixes change the same bytes or the same place.
fn touch(left: &Fix, right: &Fix) -> bool {
    left.span.start <= right.span.end && right.span.start <= left.span.end
}

/// Whether the fixes of one finding leave each other alone.
fn apart(fixes: &[Fix]) -> bool {
    fixes.iter().enumerate().all(|(place, fix)| {
        fixes[..place].iter().all(|other| fix.span.start >= other.span.end || other.span.start >= fix.span.end)
    })
}

fn within(text: &str, fixes: &[Fix]) -> bool {
    fixes.iter().all(|fix| text.get(fix.span.range()).is_some())
}

/// The text with all fixes; `None` when one does not fit it.
#[must_use]
pub fn edited(text: &str, fixes: &[&Fix]) -> Option<String> {
    let mut ordered = fixes.to_vec();
    ordered.sort_by_key(|fix| (fix.span.start, fix.span.end));
    let mut edited = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for fix in ordered {
        edited.push_str(text.get(at..fix.span.start)?);
        edited.push_str(&fix.text);
        text.get(fix.span.range())?;
        at = fix.span.end;
    }
    edited.push_str(text.get(at..)?);
    Some(edited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::tests::connectors;

    fn mended(text: &str) -> Mended {
        mend("flow.yaml", text, &Environment::new(&connectors()))
    }

    const BROKEN: &str = "# 同步\r\ndsl: 1\r\nid: Push-All   # the id\r\non: {manual: {}}\r\ntimeOut: PT30M # 半小时\r\n\
        connections: {directory: {type: directori, ref: default}, wecom: {type: wecom, ref: main}}\r\n\
        mappings:\r\n  user:\r\n    from: directory/user\r\n    to: wecom/user\r\n    match: [linked]\r\n    fields:\r\n\
        \x20     userid: \"{{source.usernam}}\"\r\n      name: {{source.name}}\r\n      department: \"{{target_ids source.departments}}\"\r\n\
        steps:\r\n  - id: read\r\n    name: {zh: 读, en: Read}\r\n    uses: directory/reed\r\n\
        \x20 - id: push\r\n    name: {zh: 写, en: Write}\r\n    uses: wecom/create_user\r\n    map: user\r\n\
        \x20   foreach: \"{{steps.read.outputs.users}}\"\r\n";

    #[test]
    fn one_mend_after_the_other() {
        let done = mended(BROKEN);
        assert!(done.left.is_empty(), "{}\n{:#?}", done.text, done.left);
        let codes: BTreeSet<&str> = done.applied.iter().map(|applied| applied.finding.code).collect();
        assert!(
            codes.is_superset(&BTreeSet::from([
                "E0102", "E0201", "E0204", "E0207", "E0401", "E0403", "E0501", "E0505", "E0511"
            ])),
            "{codes:?}"
        );
        assert!(done.text.starts_with("# 同步\r\ndsl: 1\r\nid: push_all   # the id\r\n"));
        assert!(done.text.contains("timeout: 30m # 半小时\r\n"));
        assert!(done.text.lines().count() == BROKEN.lines().count());
        let again = mended(&done.text);
        assert!(again.applied.is_empty() && again.text == done.text);
    }

    #[test]
    fn what_is_right_stays() {
        let text = "dsl: 1\nid: x\n";
        let done = mended(text);
        assert_eq!((done.text.as_str(), done.applied.len()), (text, 0));
    }

    /// A file with a value in the place of a right one.
    const WHOLE: &str = "dsl: 1\nid: x\non:\n  manual: {inputs: {kind: {type: enum, values: [daily, weekly], default: daily}}}\n\
        \x20 schedule: [{cron: \"0 2 * * *\", timezone: Asia/Shanghai}]\ntimeout: 2h\n\
        connections: {directory: {type: directory, ref: default}, wecom: {type: wecom, ref: main}}\n\
        safety: {remove: {max: 20}, source_shrink: 10%}\n\
        mappings:\n  user:\n    from: directory/user\n    to: wecom/user\n    match: [linked]\n    fields:\n\
        \x20     userid: {value: \"{{source.username}}\", write: create}\n      name: \"{{source.name}}\"\n\
        \x20     alias: {value: \"{{source.nickname}}\", when_empty: omit}\n\
        \x20     department: \"{{target_ids source.departments}}\"\n\
        steps:\n  - id: read\n    name: {zh: 读, en: Read}\n    uses: directory/read\n\
        \x20   with: {users: {where: 'user.status == \"active\"'}}\n\
        \x20 - id: push\n    name: {zh: 写, en: Write}\n    uses: wecom/create_user\n    map: user\n    needs: [read]\n\
        \x20   foreach: {in: steps.read.outputs.users}\n";

    fn with(right: &str, written: &str) -> String {
        assert_eq!(WHOLE.matches(right).count(), 1, "{right}");
        WHOLE.replacen(right, written, 1)
    }

    /// No value, time, unit, dependency or version is guessed: somebody may have meant something else.
    #[test]
    fn what_may_be_meant_otherwise_is_left_alone() {
        for (right, written) in [
            ("\"active\"'", "\"inactive\"'"),
            ("\"active\"'", "\"activ\"'"),
            ("== \"active\"", "!= \"inactive\""),
            ("0 2 * * *", "0 0 2 * * *"),
            ("0 2 * * *", "0 9 * * 1-5 *"),
            ("0 2 * * *", "0 24 * * MON"),
            ("0 2 * * *", "0 9 * JN *"),
            ("0 2 * * *", "0 9 * MA *"),
            ("0 2 * * *", "0 2 ? * 2-6"),
            ("0 2 * * *", "02:00"),
            ("Asia/Shanghai", "CST"),
            (", timezone: Asia/Shanghai", ""),
            ("timeout: 2h", "timeout: P1M"),
            ("timeout: 2h", "timeout: 5M"),
            ("timeout: 2h", "timeout: 30"),
            ("timeout: 2h", "timeout: 0s"),
            ("source_shrink: 10%", "source_shrink: 10"),
            ("source_shrink: 10%", "source_shrink: 0.1"),
            ("max: 20", "max: -1"),
            ("max: 20", "max: 1,5"),
            ("dsl: 1", "dsl: 2"),
            ("dsl: 1", "apiVersion: v1"),
            ("needs: [read]", "needs: [raed]"),
            ("needs: [read]", "depends: read && foo"),
            ("needs: [read]", "depends: read.Succeeded || read.Failed"),
            ("default: daily", "default: dayly"),
            ("values: [daily, weekly]", "values: []"),
        ] {
            let text = with(right, written);
            let done = mended(&text);
            assert_eq!(done.text, text, "{written}: {:?}", done.applied);
            assert!(!done.left.is_empty(), "{written} is found");
        }
    }

    /// The same in another spelling is put right.
    #[test]
    fn what_is_only_spelt_otherwise_is_mended() {
        for (right, written) in [
            ("0 2 * * *", "0 0 2 ? * *"),
            ("0 2 * * *", "0 2 * * ?"),
            ("Asia/Shanghai", "Asia/Shangai"),
            ("timeout: 2h", "timeout: PT2H"),
            ("timeout: 2h", "timeout: 2 hours"),
            ("timeout: 2h", "timeOut: 2h"),
            ("source_shrink: 10%", "source_shrink: 10 percent"),
            ("dsl: 1", "dsl: \"1\""),
            ("\"active\"'", "\"Active\"'"),
            ("needs: [read]", "depends: [read]"),
            ("create_user", "createUser"),
            ("source.username", "source.usernam"),
        ] {
            let done = mended(&with(right, written));
            assert_eq!(done.text.replace("needs: read\n", "needs: [read]\n"), WHOLE, "{written}");
        }
    }

    #[test]
    fn a_mend_that_harms_is_dropped() {
        let span = |start, end| crate::workflow::diagnostic::Span::new(start, end);
        let text = "dsl: 1\nid: x\non: {manual: {}}\n";
        let all = connectors();
        let environment = Environment::new(&all);
        let before = compile("flow.yaml", text, &environment).diagnostics;
        let mut mender = Mender {
            file: "flow.yaml",
            environment: &environment,
            trials: 0,
            bytes: 0,
            seen: BTreeSet::new(),
            refused: BTreeSet::new(),
        };
        let harm = Diagnostic::new("E0202", span(0, 1), "x", "x").fix(span(7, 9), "ix").help("x", "x");
        assert!(mender.attempt(text, &before, std::slice::from_ref(&harm)).is_none());
        let outside = Diagnostic::new("E0202", span(0, 1), "x", "x").fix(span(900, 901), "y");
        assert!(mender.attempt(text, &before, std::slice::from_ref(&outside)).is_none());
        assert!(mender.candidates(text, &[outside]).is_empty());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

        /// Any damage: never more errors than before, nothing left that could be mended at once.
        #[test]
        fn no_file_gets_worse(cuts in proptest::collection::vec((0_usize..4_000, 0_usize..12, "[a-z:{}\"' \n-]{0,4}"), 1..6)) {
            let mut text = include_str!("../../workflows/wecom_downstream_full.yaml").to_string();
            for (at, length, instead) in cuts {
                let start = text.floor_char_boundary(at.min(text.len()));
                let end = text.floor_char_boundary((at + length).min(text.len())).max(start);
                text.replace_range(start..end, &instead);
            }
            let all = connectors();
            let environment = Environment::new(&all);
            let before = badness(&compile("flow.yaml", &text, &environment).diagnostics);
            let done = mend("flow.yaml", &text, &environment);
            proptest::prop_assert!(badness(&done.left).errors <= before.errors);
            proptest::prop_assert_eq!(&compile("flow.yaml", &done.text, &environment).diagnostics, &done.left);
            for offset in [0, 700, 1_500, 2_500, 3_500] {
                let document = crate::workflow::assist::Document::new(&text, environment);
                let _ = (document.complete(offset), document.hover(offset), document.define(offset));
            }
        }
    }
}
