//! Does every statement that needs no page stand in `docs/design/proofs.md`, once, and are the tests there that it names? And those
//! that `docs/design/server.md` names?

use std::collections::BTreeSet;

/// The statements of each part: from, to.
const PARTS: [(&str, u32, u32); 4] = [("S0", 1, 15), ("S2", 1, 28), ("S3", 1, 20), ("S4", 1, 30)];
/// Those beside them.
const MORE: [&str; 10] = ["S1-03", "S1-11", "S1-12", "S1-18", "S1-19", "S1-20", "S1-21", "S1-22", "S1-23", "S2-15b"];

fn file(path: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read_to_string(format!("{root}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The statements of a cell: single ones, and from one to another.
fn of_cell(cell: &str) -> Vec<String> {
    let mut all = Vec::new();
    for piece in cell.split(", ") {
        match piece.split_once('…') {
            None => all.push(piece.to_string()),
            Some((from, to)) => {
                let number = |text: &str| text[3..].parse::<u32>().expect("a number");
                all.extend((number(from)..=number(to)).map(|number| format!("{}-{number:02}", &from[..2])));
            }
        }
    }
    all
}

#[test]
fn every_statement_has_a_test_that_is_there() {
    let text = file("docs/design/proofs.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| S"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let mut told: Vec<String> = rows.iter().flat_map(|row| of_cell(row[1])).collect();
    told.sort();
    let parts =
        PARTS.into_iter().flat_map(|(part, from, to)| (from..=to).map(move |number| format!("{part}-{number:02}")));
    let mut wanted: Vec<String> = parts.chain(MORE.map(String::from)).collect();
    wanted.sort();
    assert_eq!(told, wanted);
    let tests = rows.iter().filter(|row| !["page", "open"].contains(&row[3])).map(|row| row[3]);
    assert_eq!(missing(tests), BTreeSet::new());
}

/// Those of these tests, each as "`FILE` NAME", that are not there.
fn missing<'a>(tests: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let there = |test: &&str| {
        let (place, name) = test.split_once("` ").unwrap_or_else(|| panic!("{test}: no test"));
        file(&format!("tests/it/{}", place.trim_start_matches('`'))).contains(&format!("fn {name}("))
    };
    tests.filter(|test| !there(test)).collect()
}

#[test]
fn whatever_the_server_promises_has_a_test_that_is_there() {
    let text = file("docs/design/server.md");
    let cells = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what |"));
    let cells: Vec<&str> = cells.filter_map(|line| line.trim_end_matches([' ', '|']).rsplit("| ").next()).collect();
    assert!(cells.len() > 30, "{}", cells.len());
    let tests = cells.iter().filter(|cell| !cell.starts_with("measured: ")).flat_map(|cell| cell.split("; "));
    assert_eq!(missing(tests), BTreeSet::new());
}
