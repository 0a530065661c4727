//! For any bytes: no panic, and nothing that invites a removal when the file is damaged.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{Done, read_bytes};

const HEADER: &str = "id,name,note\n";

fn with() -> Json {
    json!({"key": "id", "columns": {"id": "id", "name": "name", "note": "note"}})
}

fn read(bytes: &[u8], with: Json) -> Result<Done, idflow_sdk::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(read_bytes("any.csv", bytes, with))
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// Values with anything in them, also what looks like parts of a row.
const WILD: &str = "[a中 ,;\"\\r\\n']{0,6}";
/// Values that nobody takes for parts of a row.
const TAME: &str = "[a中 ;\"\\r\\n']{0,6}|[a中 ,;\"']{0,6}|[a中;\\n]{1,3}, [a中;\\n]{1,3}";

/// Rows with distinct keys as a file, and the keys.
fn roster(field: &'static str) -> impl Strategy<Value = (String, BTreeSet<String>)> {
    prop::collection::btree_map("[A-Z][0-9]{1,3}", (field, field), 1..12).prop_map(|rows| {
        let line =
            |(key, (name, note)): (&String, &(String, String))| format!("{key},{},{}\n", quoted(name), quoted(note));
        (HEADER.to_string() + &rows.iter().map(line).collect::<String>(), rows.into_keys().collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"a1,;\"\r\n\xff\xd6\0".to_vec())], 0..200),
        headed in any::<bool>(),
        encoding in prop::sample::select(vec!["auto", "utf-8", "utf-16le", "utf-16be", "gb18030"]),
    ) {
        let mut with = with();
        with["encoding"] = json!(encoding);
        let bytes = if headed { [HEADER.as_bytes(), &bytes].concat() } else { bytes };
        let _ = read(&bytes, with);
    }

    #[test]
    fn what_was_written_is_read((text, keys) in roster(TAME)) {
        let done = read(text.as_bytes(), with()).unwrap();
        prop_assert!(done.summary.complete && done.refused().is_empty());
        prop_assert_eq!(done.keys().into_iter().map(str::to_string).collect::<BTreeSet<_>>(), keys);
    }

    #[test]
    fn an_open_quote_is_never_complete((text, _) in roster(WILD), tail in "[a中,;\r\n]{0,20}") {
        let done = read(format!("{text}X1,x,\"{tail}").as_bytes(), with()).unwrap();
        prop_assert_eq!((done.summary.complete, done.incomplete()), (false, Some("file_truncated")));
    }

    #[test]
    fn a_lost_quote_never_hides_a_row((text, keys) in roster(WILD), which in any::<prop::sample::Index>()) {
        let places: Vec<usize> = text.match_indices('"').map(|(place, _)| place).collect();
        let mut damaged = text;
        damaged.remove(places[which.index(places.len())]);
        let done = read(damaged.as_bytes(), with()).unwrap();
        let present: BTreeSet<String> = done.keys().into_iter().map(str::to_string).collect();
        prop_assert!(!done.summary.complete || keys.is_subset(&present), "{:?}: {:?}", damaged, present);
    }

    #[test]
    fn a_file_cut_inside_a_row_is_never_complete((text, _) in roster(TAME), at in any::<prop::sample::Index>()) {
        let rows = &text[HEADER.len()..];
        let last = rows.len() - 1;
        let cut = at.index(last);
        prop_assume!(rows.is_char_boundary(cut));
        let inside = &rows[..cut];
        // Whether the cut leaves a row unfinished: an open quote, or fewer than two separators outside quotes.
        let (mut open, mut separators, mut begun) = (false, 0, false);
        for c in inside.chars() {
            match c {
                '"' => open = !open,
                ',' if !open => separators += 1,
                '\n' if !open => (separators, begun) = (0, false),
                _ => {}
            }
            begun |= c != '\n' || open;
        }
        let done = read(format!("{HEADER}{inside}").as_bytes(), with()).unwrap();
        if open || (begun && separators < 2) {
            prop_assert!(!done.summary.complete, "{:?}", inside);
        } else {
            prop_assert!(done.summary.complete, "{:?}", inside);
        }
    }
}
