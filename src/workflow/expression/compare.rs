//! Comparisons: which may be asked, and how the two sides are compared.
//!
//! The type of a field decides, whatever stands on the other side: accounts without case, phone numbers as numbers, time
//! spans as spans. What could never hold is an error.

use cel::common::ast::{Expr, IdedExpr};
use serde_json::Value as Json;

use super::{
    lower::{Lower, Part},
    sort::Sort,
    span as spans,
    tree::{Node as Tree, Order},
};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    suggest::{alias, is_same_but_case, nearest},
};

impl Lower<'_> {
    /// `left == right`.
    pub(super) fn equal(&mut self, whole: &IdedExpr, left: &IdedExpr, right: &IdedExpr) -> Tree {
        let (one, other) = (self.expr(left), self.expr(right));
        if one.is_blank() || other.is_blank() {
            let asked = if other.is_blank() { one } else { other };
            return Tree::Blank(Box::new(asked.tree));
        }
        let looked = self.word_fits(&one.sort, right, &other) || self.word_fits(&other.sort, left, &one);
        if !looked && self.spans_fit((left, &one), (right, &other)) && !one.sort.meets(&other.sort) {
            let span = self.span(whole);
            self.never(span, &one.sort, &other.sort);
        }
        let fold = one.sort.fold().with(other.sort.fold());
        Tree::Same(Box::new([one.tree, other.tree]), fold)
    }

    /// `left < right` and the like.
    pub(super) fn order(&mut self, whole: &IdedExpr, left: &IdedExpr, right: &IdedExpr, order: Order) -> Part {
        let (one, other) = (self.expr(left), self.expr(right));
        let ordered = |sort: &Sort| {
            matches!(sort, Sort::Any | Sort::Int | Sort::Text(_) | Sort::Words(_) | Sort::Key | Sort::Span)
        };
        let blank = one.is_blank() || other.is_blank();
        if self.spans_fit((left, &one), (right, &other))
            && (blank || !one.sort.meets(&other.sort) || !ordered(&one.sort) || !ordered(&other.sort))
        {
            let span = self.span(whole);
            self.never(span, &one.sort, &other.sort);
        }
        let fold = one.sort.fold().with(other.sort.fold());
        Part::new(Tree::Compare(Box::new([one.tree, other.tree]), order, fold), Sort::Bool)
    }

    /// `item in list`.
    pub(super) fn contained(&mut self, whole: &IdedExpr, item: &IdedExpr, list: &IdedExpr) -> Part {
        let asked = self.expr(item);
        let literal = match &list.expr {
            Expr::List(list) => Some(list.elements.as_slice()),
            _ => None,
        };
        let Some(elements) = literal else { return self.within(whole, asked, list) };
        let (mut trees, mut blank, mut fold) = (Vec::new(), false, asked.sort.fold());
        for element in elements {
            let part = self.expr(element);
            if part.is_blank() {
                blank = true;
                continue;
            }
            if !self.word_fits(&asked.sort, element, &part)
                && self.spans_fit((item, &asked), (element, &part))
                && !asked.sort.meets(&part.sort)
            {
                let span = self.span(element);
                self.never(span, &asked.sort, &part.sort);
            }
            fold = fold.with(part.sort.fold());
            trees.push(part.tree);
        }
        let (item, list) = (Box::new(asked.tree), Box::new(Tree::List(trees)));
        Part::new(Tree::In { item, list, fold, blank }, Sort::Bool)
    }

    /// A list, or names, that something else gives.
    fn within(&mut self, whole: &IdedExpr, asked: Part, list: &IdedExpr) -> Part {
        let part = self.expr(list);
        let Some(of) = part.sort.entry() else {
            let span = self.span(list);
            let (zh, en) = part.sort.title();
            return self.report(
                Diagnostic::new(
                    "E0407",
                    span,
                    format!("`in` 后面应当是列表，不是{zh}"),
                    format!("a list follows `in`, not {en}"),
                )
                .help("例如 `in [\"active\", \"disabled\"]`", "for example `in [\"active\", \"disabled\"]`"),
            );
        };
        if !asked.sort.meets(&of) {
            let span = self.span(whole);
            self.never(span, &asked.sort, &of);
        }
        // Nothing is one of a list of the file that holds `""`, as it is of one that stands in the condition.
        let nothing = |json: &Json| json.is_null() || json.as_str() == Some("");
        let blank = part.known.as_ref().and_then(Json::as_array).is_some_and(|items| items.iter().any(nothing));
        let fold = asked.sort.fold().with(of.fold());
        let (item, list) = (Box::new(asked.tree), Box::new(part.tree));
        Part::new(Tree::In { item, list, fold, blank }, Sort::Bool)
    }

    /// Tells a text of the file that is compared with a time span and is none. False when one was told.
    fn spans_fit(&mut self, left: (&IdedExpr, &Part), right: (&IdedExpr, &Part)) -> bool {
        for ((_, span), (expr, text)) in [(left, right), (right, left)] {
            if span.sort == Sort::Span
                && let Some(written) = text.text().filter(|written| !written.is_empty())
                && spans::parse(written).is_none()
            {
                let written = written.to_string();
                self.no_span(expr, &written);
                return false;
            }
        }
        true
    }

    /// A text that is no time span.
    pub(super) fn no_span(&mut self, expr: &IdedExpr, written: &str) {
        let span = self.span(expr);
        self.report(
            Diagnostic::new("E0207", span, format!("`{written}` 不是时长"), format!("`{written}` is not a time span"))
                .help(
                    "时长写作 `30s`、`5m`、`2h`、`3d`、`1h30m`",
                    "time spans are written `30s`, `5m`, `2h`, `3d`, `1h30m`",
                ),
        );
    }

    /// Two kinds of values that never meet.
    pub(super) fn never(&mut self, span: Span, left: &Sort, right: &Sort) {
        let ((left_zh, left_en), (right_zh, right_en)) = (left.title(), right.title());
        self.report(
            Diagnostic::new(
                "E0408",
                span,
                format!("{left_zh}和{right_zh}不能比较"),
                format!("{left_en} cannot be compared with {right_en}"),
            )
            .help("两边要是同一种类的值", "both sides must be of one kind"),
        );
    }

    /// Looks whether a text of the file is one of the words that the other side can be; `true` when that was the question.
    fn word_fits(&mut self, sort: &Sort, expr: &IdedExpr, part: &Part) -> bool {
        let Sort::Words(words) = sort else { return false };
        let Some(text) = part.text().filter(|text| !text.is_empty()) else { return false };
        if words.iter().any(|word| word == text) {
            return true;
        }
        let span = self.span(expr);
        let mut finding =
            Diagnostic::new("E0408", span, format!("值永远不会是 `{text}`"), format!("the value is never `{text}`"))
                .help(format!("可能的值：{}", words.join("、")), format!("it is one of: {}", words.join(", ")));
        let alias = alias(text, words.iter().map(String::as_str));
        if let Some(word) = alias.or_else(|| nearest(text, words.iter().map(String::as_str))) {
            finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"));
            if matches!(expr.expr, Expr::Literal(_)) {
                let quote = self.source.get(span.start..).and_then(|rest| rest.chars().next()).unwrap_or('"');
                // A value has a meaning of its own: `inactive` is no slip of `active`. Only its spelling is put right.
                let certain = alias.is_none() && is_same_but_case(text, word);
                finding = finding.fix_if(certain, span, format!("{quote}{word}{quote}"));
            }
        }
        self.findings.push(finding);
        true
    }
}
