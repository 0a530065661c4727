//! Cells that hold more than text: lists, lists with a flag for each item, and places among siblings. Pure.

use idflow_sdk::Value;

/// The items of a list: trimmed, without blank ones, each once.
pub(crate) fn items(cell: &str, separator: &str) -> Value {
    Value::list(kept(cell, separator).into_iter().map(|(_, item)| Value::text(item)))
}

/// What is wrong with the flags of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Odd {
    /// One is neither 1, 0 nor blank.
    Flag(String),
    /// There are so many flags, one of them 1, for so many items: nobody knows whose it is.
    Number(usize, usize),
}

/// Items with the flag that stands at the same place of the other cell: a list of `{department, leader}`. An item that
/// is left out takes its flag along. Without any 1 it does not matter how many flags there are: nobody is flagged.
pub(crate) fn members(cell: &str, flags: &str, separator: &str) -> (Value, Option<Odd>) {
    let flags: Vec<&str> = flags.split(separator).map(idflow_sdk::text::trim).collect();
    let last = |texts: &[&str]| texts.iter().rposition(|text| !text.is_empty()).map_or(0, |at| at + 1);
    let places: Vec<&str> = cell.split(separator).map(idflow_sdk::text::trim).collect();
    let fits = flags.len() >= last(&places) && last(&flags) <= places.len();
    let odd = match flags.iter().find(|flag| !matches!(**flag, "" | "0" | "1")) {
        Some(flag) => Some(Odd::Flag((*flag).to_string())),
        None => (!fits && flags.contains(&"1")).then_some(Odd::Number(flags.len(), places.len())),
    };
    let member = |(place, item): (usize, &str)| {
        let leader = flags.get(place).is_some_and(|flag| *flag == "1");
        Value::map([("department".into(), Value::text(item)), ("leader".into(), Value::Bool(leader))])
    };
    (Value::list(kept(cell, separator).into_iter().map(member)), odd)
}

/// Whether this is a place among siblings: a whole number below 2^32.
pub(crate) fn is_order(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit()) && cell.parse::<u32>().is_ok()
}

/// So few items are compared with each other; of longer lists it is remembered what they had.
const FEW: usize = 8;

/// The items to keep, with their places.
fn kept<'a>(cell: &'a str, separator: &str) -> Vec<(usize, &'a str)> {
    let mut kept: Vec<(usize, &str)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let items = cell.split(separator).map(idflow_sdk::text::trim).enumerate();
    for (place, item) in items.filter(|(_, item)| !item.is_empty()) {
        if kept.len() == FEW {
            seen.extend(kept.iter().map(|(_, item)| *item));
        }
        let is_new = match kept.len() < FEW {
            true => kept.iter().all(|(_, other)| *other != item),
            false => seen.insert(item),
        };
        if is_new {
            kept.push((place, item));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists() {
        for (cell, expected) in [
            ("", json!([])),
            (";", json!([])),
            ("110", json!(["110"])),
            (" 111 ;\u{3000}120;", json!(["111", "120"])),
            ("b;a;b;;a", json!(["b", "a"])),
            ("9;8;7;6;5;4;3;2;9;1;0;2;1;9;0", json!(["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"])),
        ] {
            assert_eq!(items(cell, ";").to_json(), expected, "{cell:?}");
        }
        assert_eq!(items("a, b;c", ", ").to_json(), json!(["a", "b;c"]));
    }

    #[test]
    fn flags_stay_with_their_items() {
        let flag = |flag: &str| Some(Odd::Flag(flag.into()));
        for (cell, flags, leaders, odd) in [
            ("a;b", "1;0", vec![("a", true), ("b", false)], None),
            ("a;b", "", vec![("a", false), ("b", false)], None),
            ("a;b", "0", vec![("a", false), ("b", false)], None),
            ("a;b", "0;0;0", vec![("a", false), ("b", false)], None),
            ("a;b;", "0;1", vec![("a", false), ("b", true)], None),
            ("a;;b", "0;0;1", vec![("a", false), ("b", true)], None),
            ("a;a;b", "1;0;1", vec![("a", true), ("b", true)], None),
            ("a;b", " 1 ; ;", vec![("a", true), ("b", false)], None),
            ("a;b", "1", vec![("a", true), ("b", false)], Some(Odd::Number(1, 2))),
            ("a;b;c", "0;1", vec![("a", false), ("b", true), ("c", false)], Some(Odd::Number(2, 3))),
            ("a", "0;1", vec![("a", false)], Some(Odd::Number(2, 1))),
            ("a;b", "1;x", vec![("a", true), ("b", false)], flag("x")),
            ("a", "是", vec![("a", false)], flag("是")),
        ] {
            let (value, found) = members(cell, flags, ";");
            let expected: Vec<_> =
                leaders.into_iter().map(|(id, leader)| json!({"department": id, "leader": leader})).collect();
            assert_eq!((value.to_json(), found), (json!(expected), odd), "{cell:?} {flags:?}");
        }
    }

    #[test]
    fn orders() {
        for cell in ["0", "1", "4294967295", "007"] {
            assert!(is_order(cell), "{cell}");
        }
        for cell in ["", "-1", "+1", "1.0", "4294967296", "x", "1e3", "１"] {
            assert!(!is_order(cell), "{cell}");
        }
    }
}
