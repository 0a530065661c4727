//! Macros over lists, such as exists(), as loops.

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::{
    super::{
        sort::Sort,
        tree::{Goal, Loop, Node as Tree},
    },
    Lower, MAX_LOOP_DEPTH, Part,
};
use crate::workflow::diagnostic::Diagnostic;

/// The parts of a macro, as they were written.
pub(super) struct Macro<'e> {
    goal: Goal,
    test: Option<&'e IdedExpr>,
    value: Option<&'e IdedExpr>,
}

/// What the parser made a loop from.
pub(super) fn macro_of(loops: &ComprehensionExpr) -> Option<Macro<'_>> {
    let (name, args) = call_of(&loops.loop_step)?;
    match (&loops.accu_init.expr, name, args) {
        (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, test]) => {
            Some(Macro { goal: Goal::Exists, test: Some(test), value: None })
        }
        (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, test]) => {
            Some(Macro { goal: Goal::All, test: Some(test), value: None })
        }
        (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [test, ..]) => {
            Some(Macro { goal: Goal::ExistsOne, test: Some(test), value: None })
        }
        (Expr::List(_), operators::CONDITIONAL, [test, added, _]) => {
            let value = added_to(added)?;
            // `filter` adds the object itself.
            let itself = matches!(&value.expr, Expr::Ident(name) if *name == loops.iter_var);
            Some(Macro { goal: Goal::List, test: Some(test), value: (!itself).then_some(value) })
        }
        (Expr::List(_), operators::ADD, _) => {
            Some(Macro { goal: Goal::List, test: None, value: Some(added_to(&loops.loop_step)?) })
        }
        _ => None,
    }
}

pub(super) fn call_of(expr: &IdedExpr) -> Option<(&str, &[IdedExpr])> {
    match &expr.expr {
        Expr::Call(call) => Some((call.func_name.as_str(), call.args.as_slice())),
        _ => None,
    }
}

/// `x` of `list + [x]`.
pub(super) fn added_to(expr: &IdedExpr) -> Option<&IdedExpr> {
    match call_of(expr)? {
        (operators::ADD, [_, IdedExpr { expr: Expr::List(list), .. }]) => list.elements.first(),
        _ => None,
    }
}

impl Lower<'_> {
    pub(super) fn comprehension(&mut self, expr: &IdedExpr, loops: &ComprehensionExpr) -> Part {
        let list = self.expr(&loops.iter_range);
        let entry = list.sort.entry().unwrap_or_else(|| {
            let span = self.span(&loops.iter_range);
            self.report(Diagnostic::new("E0407", span, "这里应当是列表", "a list belongs here").help(
                "`exists`、`all`、`filter` 和 `map` 用在列表上",
                "`exists`, `all`, `filter` and `map` work on lists",
            ));
            Sort::Any
        });
        if self.locals.len() >= MAX_LOOP_DEPTH {
            // Two already multiply; what they may cost is bounded besides.
            let span = self.span(&loops.iter_range);
            self.report(
                Diagnostic::new("E0407", span, "循环函数嵌套太深", "loops are nested too deeply")
                    .help("最多两层", "at most two levels"),
            );
        }
        let Some(parts) = macro_of(loops) else {
            let span = self.span(expr);
            return self.report(
                Diagnostic::new("E0407", span, "表达式写错", "this expression cannot be read")
                    .help("例如 `user.status == \"active\"`", "for example `user.status == \"active\"`"),
            );
        };
        self.locals.push((loops.iter_var.clone(), entry.clone()));
        let test = parts.test.map(|test| self.truth(test));
        let value = parts.value.map(|value| self.expr(value));
        self.locals.pop();
        let sort = match (parts.goal, &value) {
            (Goal::List, Some(value)) => Sort::list(value.sort.clone()),
            (Goal::List, None) => Sort::list(entry),
            _ => Sort::Bool,
        };
        let value = value.map(|value| value.tree);
        Part::new(Tree::Loop(Box::new(Loop { goal: parts.goal, list: list.tree, test, value })), sort)
    }
}
