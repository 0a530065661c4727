//! Cells that hold more than text: lists, lists with a flag for each item, and places among siblings. Pure.

use idflow_sdk::Value;

/// The items of a list: trimmed, without blank ones, each once.
pub(crate) fn items(cell: &str, separator: &str) -> Value {
    Value::list(kept(cell, separator).into_iter().map(|(_, item)| Value::text(item)))
}

/// Items with the flag that stands at the same place of the other cell: a list of `{department, leader}`. An item that
/// is left out takes its flag along. The second value tells a flag that is neither 1, 0 nor blank, or one too many.
pub(crate) fn members(cell: &str, flags: &str, separator: &str) -> (Value, Option<String>) {
    let flags: Vec<&str> = flags.split(separator).map(idflow_sdk::text::trim).collect();
    let places = cell.split(separator).count();
    let wrong = |(place, flag): (usize, &&str)| match *flag {
        "" | "0" => false,
        "1" => place >= places,
        _ => true,
    };
    let odd = flags.iter().enumerate().find(|(place, flag)| wrong((*place, flag))).map(|(_, flag)| (*flag).to_string());
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

/// The items to keep, with their places.
fn kept<'a>(cell: &'a str, separator: &str) -> Vec<(usize, &'a str)> {
    let mut seen = std::collections::HashSet::new();
    cell.split(separator)
        .map(idflow_sdk::text::trim)
        .enumerate()
        .filter(|(_, item)| !item.is_empty() && seen.insert(*item))
        .collect()
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
        ] {
            assert_eq!(items(cell, ";").to_json(), expected, "{cell:?}");
        }
        assert_eq!(items("a, b;c", ", ").to_json(), json!(["a", "b;c"]));
    }

    #[test]
    fn flags_stay_with_their_items() {
        for (cell, flags, leaders, odd) in [
            ("a;b", "1;0", vec![("a", true), ("b", false)], None),
            ("a;b", "", vec![("a", false), ("b", false)], None),
            ("a;b", "0", vec![("a", false), ("b", false)], None),
            ("a;;b", "0;0;1", vec![("a", false), ("b", true)], None),
            ("a;a;b", "1;0;1", vec![("a", true), ("b", true)], None),
            ("a;b", " 1 ; ;", vec![("a", true), ("b", false)], None),
            ("a;b", "1;x", vec![("a", true), ("b", false)], Some("x")),
            ("a", "0;1", vec![("a", false)], Some("1")),
            ("a", "是", vec![("a", false)], Some("是")),
        ] {
            let (value, found) = members(cell, flags, ";");
            let expected: Vec<_> =
                leaders.into_iter().map(|(id, leader)| json!({"department": id, "leader": leader})).collect();
            assert_eq!((value.to_json(), found.as_deref()), (json!(expected), odd), "{cell:?} {flags:?}");
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
