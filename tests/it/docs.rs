//! The examples in the documentation are right: every workflow in it compiles, and fits the schema.
//!
//! A block marked `yaml` that has `id:` and `steps:` is a workflow. Parts of files are marked `yaml fragment`; other YAML is
//! something else.

use std::path::{Path, PathBuf};

use idflow::{
    connectors,
    workflow::{
        self, Environment,
        diagnostic::{Language, Source},
        json_schema, yaml,
    },
};

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("docs/reference/language.md")];
    let guides = std::fs::read_dir(root.join("docs/guide")).expect("guides");
    pages.extend(
        guides.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
    );
    pages.sort();
    pages
}

/// The YAML blocks of a page: the line of the first, their text, and what stands behind `yaml`.
fn blocks(page: &str) -> Vec<(usize, String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String, String, String)> = None;
    for (number, line) in page.lines().enumerate() {
        let content = line.trim_start();
        match &mut open {
            Some((at, fence, info, text)) => {
                if content.trim_end() == fence {
                    if info.starts_with("yaml") {
                        blocks.push((*at, std::mem::take(text), info.trim_start_matches("yaml").trim().to_string()));
                    }
                    open = None;
                } else {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            None => {
                let fence: String = content.chars().take_while(|c| *c == '`').collect();
                if fence.len() >= 3 {
                    let info = content[fence.len()..].trim().to_string();
                    open = Some((number + 2, fence, info, String::new()));
                }
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn every_workflow_in_the_docs_compiles() {
    let schema = json_schema::workflow(connectors::ALL);
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let mut seen = 0;
    let mut wrong = String::new();
    for page in pages() {
        let name = page.display().to_string();
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (line, block, info) in blocks(&text) {
            let has = |key: &str| block.lines().any(|line| line.starts_with(key));
            let whole = info.is_empty() && has("id:") && has("steps:");
            if !whole {
                continue;
            }
            seen += 1;
            let outcome = workflow::compile(&name, &block, &Environment::new(connectors::ALL));
            let source = Source::new(&name, &block);
            if outcome.workflow.is_none() {
                let found = outcome.diagnostics.iter().map(|finding| finding.render(&source, Language::En, false));
                wrong.push_str(&format!("{name}, block at line {line}:\n{}\n", found.collect::<Vec<_>>().join("\n")));
            }
            if let Some(root) = yaml::read(&block, &mut Vec::new()) {
                for error in validator.iter_errors(&root.to_json()) {
                    wrong.push_str(&format!("{name}, block at line {line}: {}: {error}\n", error.instance_path()));
                }
            }
        }
    }
    assert!(seen >= 2, "only {seen} workflows were found");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Nobody should see an editor complain about a file that runs.
#[test]
fn what_compiles_satisfies_the_schema() {
    let schema = json_schema::workflow(connectors::ALL);
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    let mut wrong = String::new();
    for folder in ["workflows", "tests/corpus/valid"] {
        // The corpus is not part of every copy of the sources.
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            let name = path.display().to_string();
            if !name.ends_with(".yaml") || name.ends_with(".test.yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            if workflow::compile(&name, &text, &Environment::new(connectors::ALL)).workflow.is_none() {
                continue;
            }
            seen += 1;
            let tree = yaml::read(&text, &mut Vec::new()).expect("a tree").to_json();
            for error in validator.iter_errors(&tree) {
                wrong.push_str(&format!("{name}: {}: {error}\n", error.instance_path()));
            }
        }
    }
    assert!(seen >= 3, "only {seen} workflows were found");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Paths that the map and the pages of design name stand in the tree, with or without `.rs`.
#[test]
fn paths_of_the_map_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = regex::Regex::new(
        r"`((?:src|connectors|simulators|tests|docs|console|xtask|workflows|fuzz|packaging)/[A-Za-z0-9_./-]+)`",
    )
    .expect("a pattern");
    let design = std::fs::read_dir(root.join("docs/design")).expect("pages");
    let pages = design
        .map(|entry| entry.expect("an entry").path())
        .filter(|page| page.extension().is_some_and(|end| end == "md"));
    let (mut named, mut missing) = (0, Vec::new());
    for page in pages.chain([root.join("docs/architecture.md")]) {
        let text = std::fs::read_to_string(&page).expect("a page");
        for found in path.captures_iter(&text) {
            named += 1;
            if !root.join(&found[1]).exists() && !root.join(format!("{}.rs", &found[1])).exists() {
                missing.push(format!("{}: {}", page.display(), &found[1]));
            }
        }
    }
    assert!(named > 200, "the pages name {named} paths: the pattern finds too few");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn templates_name_a_schema_that_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    for entry in std::fs::read_dir(&folder).expect("templates") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let schema = text.lines().next().and_then(|line| line.split_once("$schema=")).map(|(_, schema)| schema);
            assert_eq!(schema, Some(&*format!("./{}", json_schema::FILE)), "{name}");
        }
    }
    assert!(folder.join(json_schema::FILE).is_file());
}

/// The most lines that the example of the guide may have: whoever adds a system should see that it is not much.
const MOST_LINES: usize = 300;

#[test]
fn the_connector_of_the_guide_is_the_one_that_is_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(root.join("docs/guide/connector.md")).expect("the guide");
    let mut lines = 0;
    for entry in std::fs::read_dir(root.join("connectors/badge/src")).expect("the example") {
        let path = entry.expect("an entry").path();
        let code = std::fs::read_to_string(&path).expect("UTF-8");
        lines += code.lines().count();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("connectors/badge/src/{file}");
        let block = format!("```rust {name}\n");
        let shown = guide.split_once(&block).and_then(|(_, rest)| rest.split_once("```\n"));
        let shown = shown.map_or("", |(shown, _)| shown);
        assert!(shown == code, "docs/guide/connector.md shows another {name}: copy the file into its block");
    }
    assert!((200..=MOST_LINES).contains(&lines), "the example has {lines} lines");
}

/// The two lines of the guide are those that every other connector has.
#[test]
fn a_connector_is_added_by_two_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("UTF-8");
    let (guide, manifest, list) = (read("docs/guide/connector.md"), read("Cargo.toml"), read("src/connectors.rs"));
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("connectors")).expect("connectors") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if name == "sdk" {
            continue;
        }
        let dependency = format!("idflow-{name} = {{ path = \"connectors/{name}\" }}\n");
        let listed = format!("    &idflow_{name}::SPEC,\n");
        if name == "badge" {
            assert!(guide.contains(&dependency) && guide.contains(&listed), "the guide says other lines");
            assert!(!manifest.contains("badge") && !list.contains("badge"), "the example is no part of the program");
            continue;
        }
        seen += 1;
        let number = manifest.matches(&format!("idflow-{name}")).count();
        assert!(number == 1 && manifest.contains(&dependency), "{name} has {number} lines in Cargo.toml");
        assert!(list.contains(&listed), "{name} is not in the list");
    }
    assert!(seen >= 3, "{seen}");
}
