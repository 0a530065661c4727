//! Which bytes of an expression a node of its tree stands for. CEL notes operators and brackets only.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};

/// The bytes of a node.
pub fn range(expr: &IdedExpr, info: &SourceInfo, text: &str) -> Range<usize> {
    let own = info.offset_for(expr.id).map_or(0..0, |(start, stop)| start as usize..stop as usize + 1);
    let clip = |range: Range<usize>| {
        let end = text.floor_char_boundary(range.end.min(text.len()));
        text.floor_char_boundary(range.start.min(end))..end
    };
    let around = |parts: &mut dyn Iterator<Item = Range<usize>>| {
        parts.fold(own.clone(), |all, part| all.start.min(part.start)..all.end.max(part.end))
    };
    match &expr.expr {
        Expr::Select(select) => {
            let operand = range(&select.operand, info, text);
            if select.test {
                let start = word_before(text, own.start);
                return clip(start..closed(text, operand.end.max(own.end), ')'));
            }
            let after = text.get(own.end..).unwrap_or_default();
            let start = own.end + (after.len() - after.trim_start().len());
            clip(operand.start..start + select.field.len())
        }
        Expr::Call(call) => {
            let mut parts = call
                .target
                .iter()
                .map(|target| range(target, info, text))
                .chain(call.args.iter().map(|argument| range(argument, info, text)));
            let all = around(&mut parts);
            let named = call.func_name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !call.func_name.starts_with('_');
            match call.func_name.as_str() {
                _ if named => {
                    let start = if call.target.is_some() { all.start } else { word_before(text, own.start) };
                    clip(start..closed(text, all.end, ')'))
                }
                "_[_]" => clip(all.start..closed(text, all.end, ']')),
                _ => clip(all),
            }
        }
        Expr::List(list) => {
            let all = around(&mut list.elements.iter().map(|element| range(element, info, text)));
            clip(all.start..closed(text, all.end, ']'))
        }
        Expr::Comprehension(loops) => {
            let list = range(&loops.iter_range, info, text);
            let step = range(&loops.loop_step, info, text);
            clip(list.start..closed(text, step.end.max(own.end), ')'))
        }
        _ => clip(own),
    }
}

/// The bytes of the function's name before the bracket at `bracket`.
pub fn word_before(text: &str, bracket: usize) -> usize {
    let before = text.get(..bracket).unwrap_or_default().trim_end();
    let word = before.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    before.len() - word
}

fn closed(text: &str, end: usize, bracket: char) -> usize {
    text.get(end..).and_then(|rest| rest.find(bracket)).map_or(end, |place| end + place + 1)
}
