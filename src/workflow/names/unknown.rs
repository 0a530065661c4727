//! What was meant by a name that leads nowhere?

use std::cell::Cell;

use super::{MAX_LOOKED, Names};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    scope::{OF_STEP, ROOTS},
    suggest::{is_spelling, nearest, row},
};

impl Names<'_> {
    /// That a name leads nowhere, with the one that was surely meant.
    pub(super) fn nothing(&self, path: &[&str], span: Span) -> Box<Diagnostic> {
        let root = path.first().copied().unwrap_or_default();
        if let Some(finding) = self.elsewhere(root, span) {
            return self.meant(finding, path, span).into();
        }
        if let Some(right) = self.rooted(path) {
            let finding =
                Diagnostic::new("E0401", span, format!("没有变量 `{root}`"), format!("there is no variable `{root}`"))
                    .label("不认识", "not known")
                    .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
                    // Which object or list was meant is not a matter of spelling.
                    .suggest(span, right);
            return finding.into();
        }
        let object = self.object.iter().map(|object| object.variable);
        let known = object.chain(ROOTS.iter().copied());
        let finding = self.unknown(path, 0, span, known, ("没有变量", "there is no variable"));
        self.meant(finding, path, span).into()
    }

    /// The finding with the field of the object at hand that was surely meant.
    fn meant(&self, finding: Diagnostic, path: &[&str], span: Span) -> Diagnostic {
        match (&self.object, path) {
            (Some(object), [_, field, ..]) if finding.fixes.is_empty() && object.schema.field(field).is_some() => {
                let right = format!("{}.{}", object.variable, path[1..].join("."));
                finding.help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?")).suggest(span, right)
            }
            _ => finding,
        }
    }

    /// Whether a word is nearly the name of something, or the name of something without its root.
    #[must_use]
    pub fn is_near(&self, word: &str) -> bool {
        let roots = self.object.iter().map(|object| object.variable).chain(ROOTS.iter().copied());
        nearest(word, roots).is_some() || self.rooted(&[word]).is_some()
    }

    /// The whole name, when a name stands without its root or with that of something else.
    fn rooted(&self, path: &[&str]) -> Option<String> {
        let (root, rest) = path.split_first()?;
        let near = |candidates: &mut dyn Iterator<Item = &str>| nearest(root, candidates).is_some();
        if near(&mut self.object.iter().map(|object| object.variable).chain(ROOTS.iter().copied())) && !rest.is_empty()
        {
            return None;
        }
        let name = rest.first().unwrap_or(root);
        let tail = rest.get(1..).unwrap_or_default().join(".");
        let whole = |root: &str| {
            let end = if tail.is_empty() { String::new() } else { format!(".{tail}") };
            Some(format!("{root}.{name}{end}"))
        };
        if let Some(object) = &self.object
            && object.schema.field(name).is_some()
        {
            return whole(object.variable);
        }
        if tail.is_empty() && self.inputs.iter().any(|input| input.name == *name) {
            return whole("inputs");
        }
        if self.vars.is_some_and(|vars| vars.get(name).is_some()) {
            return whole("vars");
        }
        // `read.outputs.users`
        if self.steps.iter().any(|step| step.id == *root) && matches!(rest, [word, ..] if OF_STEP.contains(word)) {
            return Some(format!("steps.{}", path.join(".")));
        }
        None
    }

    /// A name that means something in another place of the file.
    fn elsewhere(&self, root: &str, span: Span) -> Option<Diagnostic> {
        let here = self.object.map(|object| object.variable);
        if let Some(local) = self.locals.iter().find(|local| local.name == root) {
            let finding = Diagnostic::new(
                "E0309",
                span,
                format!("`{root}` 只在步骤 `{}` 的循环里有值", local.step),
                format!("`{root}` is the object of the loop of step `{}` and means nothing here", local.step),
            )
            .related(local.span, "这个循环", "this loop");
            return Some(match here {
                Some(here) => finding.help(format!("这里的对象叫 `{here}`"), format!("the object here is `{here}`")),
                None => finding.help(
                    "逐个对象的值写在 `mappings` 里；要筛选对象，用读取步骤的 `where`",
                    "values of single objects belong in `mappings`; to leave objects out use `where` of the read step",
                ),
            });
        }
        if here != Some("source") && matches!(root, "source" | "target" | "item" | "row") {
            let finding =
                Diagnostic::new("E0309", span, format!("这里没有 `{root}`"), format!("there is no `{root}` here"));
            return Some(match here {
                Some(here) => finding.help(format!("这里的对象叫 `{here}`"), format!("the object here is `{here}`")),
                None => finding.help(
                    "`source` 只在 `mappings` 里有值，循环变量只在它的循环里有值",
                    "`source` means something in `mappings` only, and the variable of a loop in its loop only",
                ),
            });
        }
        None
    }

    /// A name that is not known, with the nearest that is.
    pub(super) fn unknown<'k>(
        &self,
        path: &[&str],
        index: usize,
        span: Span,
        known: impl Iterator<Item = &'k str>,
        words: (&str, &str),
    ) -> Diagnostic {
        let name = path.get(index).copied().unwrap_or_default();
        let finding = Diagnostic::new("E0401", span, format!("{} `{name}`", words.0), format!("{} `{name}`", words.1))
            .label("不认识", "not known");
        let known: Vec<&str> = known.collect();
        let looked = self.looked.map_or(0, Cell::get);
        if let Some(counter) = self.looked {
            counter.set(looked + 1);
        }
        match nearest(name, known.iter().copied().take(if looked < MAX_LOOKED { known.len() } else { 0 })) {
            Some(word) => {
                let mut right: Vec<&str> = path.to_vec();
                right[index] = word;
                let right = right.join(".");
                finding.help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?")).fix_if(
                    is_spelling(name, word, known.iter().copied()),
                    span,
                    right,
                )
            }
            None if known.is_empty() => finding.help("这里什么都没有定义", "nothing of the sort is defined here"),
            None => {
                let all = || known.iter().copied();
                finding.help(format!("可用的：{}", row(all(), "、")), format!("known are: {}", row(all(), ", ")))
            }
        }
    }
}
