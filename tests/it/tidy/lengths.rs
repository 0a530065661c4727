//! How long functions and files are. The ceilings only fall: whoever makes something shorter lowers them.

use super::{files, root};

/// A function of more lines is looked at: where would its comment be cut into two sentences?
const LONG_FUNCTION: usize = 80;
/// Those that are longer all the same, because a cut would make them worse.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[
    ("src/server/routes.rs", "routes", "the table of all routes, a line for each"),
    ("src/reconcile/task.rs", "new", "a line for each field, nearly all of them empty"),
    ("src/server/openapi.rs", "document", "one document, from its head to its end"),
    ("src/workflow/expression/evaluate.rs", "value", "an arm for each form of an expression"),
    ("src/workflow/helpers/table.rs", "said", "a table: what each helper does, in words"),
    ("simulators/wecom/src/errors.rs", "usual_text", "a table: the usual text of each code"),
    ("simulators/wecom/src/admin.rs", "at_once", "the table of the simulator's own routes"),
];
/// A file of more lines is looked at: which second question does it answer?
const LONG_FILE: usize = 500;
/// So many are longer all the same: tables of words, and a few that wait to be cut.
const LONG_FILES: usize = 15;
/// Half of the files are at most so long, their unit tests included.
const MEDIAN: usize = 150;

/// Every Rust file of the product, tests of its crates aside.
fn product() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["src", "connectors", "simulators", "xtask"] {
        let all = files(&root().join(folder)).into_iter().map(|(file, text)| (format!("{folder}/{file}"), text));
        found.extend(all.filter(|(file, _)| !file.contains("/tests/") && !file.ends_with("tests.rs")));
    }
    assert!(found.len() > 500, "only {} files were found", found.len());
    found
}

/// The functions of a file without its unit tests, with the lines of each: from its first to its closing brace.
fn functions(text: &str) -> Vec<(String, usize)> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let (indent, code) = line.split_at(line.len() - line.trim_start().len());
        let Some(name) = name_of(code) else { continue };
        let close = format!("{indent}}}");
        let rest = lines[at..].iter().position(|line| line.starts_with(&close)).unwrap_or_default();
        // A function of a trait may have no body.
        let rest = if line.trim_end().ends_with(';') { 0 } else { rest };
        found.push((name.to_string(), rest + 1));
    }
    found
}

/// The name of the function that begins on a line.
fn name_of(mut code: &str) -> Option<&str> {
    if let Some(rest) = code.strip_prefix("pub") {
        code = match rest.strip_prefix('(') {
            Some(rest) => rest.split_once(") ")?.1,
            None => rest.strip_prefix(' ')?,
        };
    }
    while let Some(rest) = ["const ", "async ", "unsafe "].iter().find_map(|word| code.strip_prefix(word)) {
        code = rest;
    }
    let name = code.strip_prefix("fn ")?;
    name.split(|char: char| !char.is_alphanumeric() && char != '_').next()
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for (file, text) in product() {
        for (name, lines) in functions(&text).into_iter().filter(|(_, lines)| *lines > LONG_FUNCTION) {
            long.push((file.clone(), name, lines));
        }
    }
    let allowed = |file: &str, name: &str| LONG_FUNCTIONS.iter().any(|(of, one, _)| (*of, *one) == (file, name));
    let new: Vec<String> = long
        .iter()
        .filter(|(file, name, _)| !allowed(file, name))
        .map(|(file, name, lines)| format!("{file}: `{name}` has {lines} lines"))
        .collect();
    assert!(new.is_empty(), "at most {LONG_FUNCTION} lines:\n{}", new.join("\n"));
    for (file, name, why) in LONG_FUNCTIONS {
        let still = long.iter().any(|(of, one, _)| (of.as_str(), one.as_str()) == (*file, *name));
        assert!(still, "{file}: `{name}` is short by now and need not be allowed any more ({why})");
    }
}

#[test]
fn files_are_short() {
    let mut lines: Vec<(usize, String)> =
        product().into_iter().map(|(file, text)| (text.lines().count(), file)).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2].0;
    assert!(median <= MEDIAN, "half of the files have more than {median} lines");
    let long: Vec<String> = lines
        .iter()
        .filter(|(lines, _)| *lines > LONG_FILE)
        .map(|(lines, file)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.len() <= LONG_FILES, "{} files, and not {LONG_FILES}:\n{}", long.len(), long.join("\n"));
}

#[test]
fn lengths_are_counted() {
    let body = "    let x = 1;\n".repeat(3);
    let text = format!(
        "pub(in crate::a) const fn one() {{\n{body}}}\n\nimpl X {{\n    pub async fn two(\n        a: u8,\n    ) {{\n        b();\n    }}\n\n    fn three();\n}}\n\
         #[cfg(test)]\nmod tests {{\n    fn four() {{\n    }}\n}}\n"
    );
    let found: Vec<(String, usize)> = functions(&text);
    let found: Vec<(&str, usize)> = found.iter().map(|(name, lines)| (name.as_str(), *lines)).collect();
    assert_eq!(found, [("one", 5), ("two", 5), ("three", 1)]);
    assert_eq!(name_of("let fn_name = 1;"), None);
    assert_eq!(name_of("pub unsafe fn raw(&self)"), Some("raw"));
}
