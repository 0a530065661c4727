//! The shape of the source tree: imports point down, and some things have one home.
//!
//! The modules of `src/` stand in rows; a module may use those of lower rows and its own, nothing else. That makes circles
//! between modules impossible, which the compiler alone would allow.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

mod circles;
mod lengths;

/// The modules from the ground up.
const ROWS: &[&[&str]] = &[
    &["model", "contract", "demo"],
    &["workflow", "store"],
    &["reconcile"],
    &["engine"],
    &["trigger"],
    &["connectors"],
    &["stand_ins"],
    &["app"],
    &["server", "telemetry"],
    &["config"],
    &["cli"],
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, with its path from there.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    found.sort();
    found
}

/// The text without comments and without what stands in quotation marks.
fn code(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.peek() == Some(&'/') => {
                for next in chars.by_ref() {
                    if next == '\n' {
                        kept.push('\n');
                        break;
                    }
                }
            }
            // A character in single quotes is no lifetime when the quote closes.
            '\'' => {
                let mut ahead = chars.clone();
                match (ahead.next(), ahead.next()) {
                    (Some('\\'), _) => {
                        chars.next();
                        chars.next();
                        while chars.next().is_some_and(|next| next != '\'') {}
                    }
                    (Some(_), Some('\'')) => {
                        chars.next();
                        chars.next();
                    }
                    _ => kept.push('\''),
                }
            }
            'r' if matches!(chars.peek(), Some('"' | '#'))
                && !kept.ends_with(|c: char| c.is_alphanumeric() || c == '_') =>
            {
                let mut ahead = chars.clone();
                let mut hashes = 0;
                while ahead.peek() == Some(&'#') {
                    ahead.next();
                    hashes += 1;
                }
                if ahead.next() == Some('"') {
                    let rest: String = ahead.collect();
                    let end = format!("\"{}", "#".repeat(hashes));
                    let close = rest.find(&end).expect("a raw string ends");
                    let skip = hashes + 1 + rest[..close].chars().count() + end.len();
                    for _ in 0..skip {
                        chars.next();
                    }
                } else {
                    kept.push('r');
                }
            }
            '"' => {
                while let Some(next) = chars.next() {
                    match next {
                        '\\' => {
                            chars.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
                kept.push_str("\"\"");
            }
            other => kept.push(other),
        }
    }
    kept
}

/// The first names after `crate::`, those in braces too.
fn uses(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut begins = true;
            let mut name = String::new();
            for char in group.chars() {
                match char {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        names.insert(std::mem::take(&mut name));
                        begins = true;
                    }
                    _ if depth > 0 || char.is_whitespace() => {}
                    _ if begins && (char.is_alphanumeric() || char == '_') => name.push(char),
                    _ => begins = false,
                }
            }
            names.insert(name);
        } else {
            names.insert(rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect());
        }
    }
    names.remove("");
    names
}

fn row_of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// What is wrong with one file's imports.
fn judge(file: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut wrong = Vec::new();
    if code.contains("super::super::") {
        wrong.push(format!("{file}: `super::super::`; write `crate::…`"));
    }
    let module = file.split(['/', '.']).next().unwrap_or_default();
    let Some(row) = row_of(module) else {
        wrong.push(format!("{file}: `{module}` stands in no row"));
        return wrong;
    };
    for used in uses(&code) {
        match row_of(&used) {
            None => wrong.push(format!("{file}: `crate::{used}` stands in no row")),
            Some(_) if used == module => {}
            Some(other) if other < row => {}
            Some(_) => wrong.push(format!("{file}: `{module}` may not use `{used}`")),
        }
    }
    wrong
}

#[test]
fn imports_point_down() {
    let mut looked_at = 0;
    let mut wrong = Vec::new();
    for (file, text) in files(&root().join("src")) {
        if file == "main.rs" || file == "lib.rs" {
            continue;
        }
        looked_at += uses(&code(&text)).len();
        wrong.extend(judge(&file, &text));
    }
    assert!(looked_at > 100, "only {looked_at} imports were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_judge_sees_what_it_should() {
    let names = |text: &str| uses(&code(text)).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(
        names("use crate::{\n    engine::{Engine, clock::Clock},\n    model,\n    store::{self, Kv as K},\n};"),
        "engine model store"
    );
    assert_eq!(names("let x = crate::workflow::compile(\"crate::cli\"); // crate::server\n"), "workflow");
    assert_eq!(names("let x = r#\"\"crate::cli\"#; let y: &'static str = crate::model::NAME; let z = '\"';"), "model");
    assert_eq!(names("use mycrate::engine; $crate::store"), "");
    assert_eq!(judge("model/id.rs", "use crate::model::run;"), Vec::<String>::new());
    assert_eq!(judge("store/mod.rs", "use crate::workflow::Graph;").len(), 1, "neighbours");
    assert_eq!(judge("engine/mod.rs", "use crate::app::App;").len(), 1, "upwards");
    assert_eq!(judge("engine/mod.rs", "use crate::nowhere::App;").len(), 1, "an unlisted module");
    assert_eq!(judge("extra.rs", "").len(), 1, "an unlisted file");
    assert_eq!(judge("store/a/b.rs", "use super::super::codec;").len(), 1);
    assert_eq!(judge("cli/demo.rs", "use crate::demo::organisation;").len(), 0);
    assert_eq!(judge("demo/mod.rs", "use crate::cli::exit;").len(), 1);
}

/// Our crates among the dependencies of a package; those for its tests do not count.
fn ours(manifest: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let mut section = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line.trim();
        } else if section == "[dependencies]" {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if name.starts_with("idflow") || name == "wecom-sim" {
                found.push(name.to_string());
            }
        }
    }
    found
}

#[test]
fn crates_depend_on_the_sdk_only() {
    let folders = |name: &str| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(root().join(name)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.join("Cargo.toml").is_file()).collect()
    };
    let connectors = folders("connectors");
    assert!(connectors.len() >= 4, "{connectors:?}");
    for folder in connectors {
        let wanted: &[&str] = if folder.ends_with("sdk") { &[] } else { &["idflow-sdk"] };
        assert_eq!(ours(&folder.join("Cargo.toml")), wanted, "{}", folder.display());
    }
    // A simulator that shared code with its connector would share its mistakes.
    let simulators = folders("simulators");
    assert!(!simulators.is_empty());
    for folder in simulators {
        assert_eq!(ours(&folder.join("Cargo.toml")), [""; 0], "{}", folder.display());
    }
}

#[test]
fn some_things_have_one_home() {
    let homes: &[(&[&str], &[&str])] = &[
        (&["StatusCode"], &["server/"]),
        (&["println!", "print!", "io::stdout"], &["cli/output.rs"]),
        (&["std::env::", "env::var"], &["config.rs", "cli/demo.rs"]),
        (&["Utc::now", "Local::now", "SystemTime::now"], &["engine/clock.rs"]),
    ];
    // Unit tests live where they like.
    let product = |text: &str| text.split("#[cfg(test)]\nmod tests {").next().map(code).unwrap_or_default();
    let sources: Vec<(String, String)> = files(&root().join("src"))
        .into_iter()
        .filter(|(file, _)| !file.contains("/tests/") && !file.ends_with("/tests.rs"))
        .map(|(file, text)| (file, product(&text)))
        .collect();
    let mut wrong = Vec::new();
    for (words, places) in homes {
        for (file, code) in &sources {
            let at_home = places.iter().any(|place| file.starts_with(place));
            for word in words.iter().filter(|word| code.contains(**word) && !at_home) {
                wrong.push(format!("{file}: `{word}` belongs to {}", places.join(" or ")));
            }
        }
        let lived_in = sources.iter().any(|(file, code)| {
            places.iter().any(|place| file.starts_with(place)) && words.iter().any(|word| code.contains(word))
        });
        assert!(lived_in, "{words:?} is nowhere; does this test still look for the right thing?");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The code of a file without its unit tests and comments, what stands in quotation marks included.
fn spoken(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_connector_is_named_outside_its_list() {
    // Where a name of a connector means something else, or has to be said.
    let allowed: &[(&str, &[&str], &str)] = &[
        ("app/export.rs", &["csv"], "a format of exports"),
        ("cli/run.rs", &["csv"], "a format of exports"),
        ("app/uploads/blank.rs", &["csv"], "a format of the form to fill in"),
        ("cli/demo.rs", &["wecom", "wecom_sim::"], "the demonstration is one of WeCom, with its simulator"),
        ("store/", &["directory"], "a sort of stored data"),
        ("cli/words.rs", &["directory"], "the same sort of stored data, by its word"),
        ("workflow/", &["directory"], "a word of the language: the kind of directory that `requires` asks for"),
        ("stand_ins/", &["idflow_csv::", "idflow_wecom::", "wecom_sim::"], "each stand-in says whom it plays"),
        ("connectors.rs", &["idflow_csv::", "idflow_directory::", "idflow_wecom::"], "the list"),
    ];
    let entries = std::fs::read_dir(root().join("connectors")).expect("a folder");
    let names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "sdk")
        .collect();
    assert!(names.len() >= 3, "{names:?}");
    let words = names.iter().flat_map(|name| {
        [
            format!("\"{name}\""),
            format!("idflow_{name}::"),
            format!("{name}_sim::"),
            format!("\"{}_", name.to_uppercase()),
        ]
    });
    let words: Vec<String> = words.collect();
    let sources: Vec<(String, String)> = files(&root().join("src"))
        .into_iter()
        .filter(|(file, _)| !file.contains("/tests/") && !file.ends_with("/tests.rs"))
        .map(|(file, text)| (file, spoken(&text)))
        .collect();
    let is_allowed = |file: &str, word: &str| {
        allowed.iter().any(|(place, words, _)| file.starts_with(place) && words.contains(&word.trim_matches('"')))
    };
    let mut wrong = Vec::new();
    for (file, text) in &sources {
        for word in words.iter().filter(|word| text.contains(word.as_str()) && !is_allowed(file, word)) {
            wrong.push(format!("{file}: {word}"));
        }
    }
    assert!(wrong.is_empty(), "what a connector is like is asked of its spec:\n{}", wrong.join("\n"));
    for (place, words, why) in allowed {
        for word in *words {
            let met = |(file, text): &(String, String)| {
                file.starts_with(place) && (text.contains(&format!("\"{word}\"")) || text.contains(word))
            };
            assert!(sources.iter().any(met), "{place} does not say {word} any more ({why})");
        }
    }
}
