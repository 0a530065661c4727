//! Dotted names in a parsed expression: `user.status`, `vars["name"]`.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

/// The words of a dotted name; a name in brackets is one of them.
pub fn path(expr: &IdedExpr) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut expr = expr;
    loop {
        match &expr.expr {
            Expr::Ident(name) => {
                names.push(name.as_str());
                names.reverse();
                return Some(names);
            }
            Expr::Select(select) if !select.test => {
                names.push(select.field.as_str());
                expr = &select.operand;
            }
            Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
                [whole, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] => {
                    names.push(name.inner());
                    expr = whole;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}
