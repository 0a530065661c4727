//! Which files stand in a circle: each of them needs, directly or through others, all the others, so that none of them can be
//! read, or moved, without the rest.
//!
//! A file needs another one when a path in it (`use`, or in an expression) leads to something that is defined there; what a
//! third one only passes on (`pub use`) is followed to where it comes from. That a file declares a module is no need, and unit
//! tests do not count. Methods on a type of another file are not seen.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
};
use regex::Regex;

type Names = Vec<String>;

/// What one file says.
struct File {
    module: Names,
    /// What `use` brings, each with its name here; `*` is one.
    brought: Vec<(Names, String)>,
    /// The paths that it needs itself.
    needed: Vec<Names>,
    /// The modules that it declares.
    children: BTreeSet<String>,
    code: String,
}

fn names(path: &str) -> Names {
    path.split("::").map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect()
}

/// The paths of a `use`, each with the name that it has here.
fn branches(before: &[String], tree: &str, found: &mut Vec<(Names, String)>) {
    let tree = tree.trim();
    if let Some((head, rest)) = tree.split_once('{')
        && let Some(group) = rest.strip_suffix('}')
    {
        let before: Names = before.iter().cloned().chain(names(head)).collect();
        let (mut depth, mut begin) = (0, 0);
        for (at, char) in group.char_indices() {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    branches(&before, &group[begin..at], found);
                    begin = at + 1;
                }
                _ => {}
            }
        }
        return branches(&before, &group[begin..], found);
    }
    if tree.is_empty() {
        return;
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias.trim())));
    let mut path: Names = before.iter().cloned().chain(names(path)).collect();
    path.pop_if(|last| last == "self");
    let own = path.last().cloned().unwrap_or_default();
    found.push((path, alias.map_or(own, ToString::to_string)));
}

fn module_of(file: &str) -> Names {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { Names::new() } else { path.split('/').map(ToString::to_string).collect() }
}

/// From the root of the crate; `None` for a path that leads out of it, or to a local name.
fn absolute(file: &File, path: &[String]) -> Option<Names> {
    let first = path.first()?.as_str();
    let ups = path.iter().take_while(|name| *name == "super").count();
    Some(match first {
        "crate" => path[1..].to_vec(),
        "self" => file.module.iter().chain(&path[1..]).cloned().collect(),
        "super" => {
            let own = &file.module[..file.module.len().checked_sub(ups)?];
            own.iter().chain(&path[ups..]).cloned().collect()
        }
        name if file.children.contains(name) => file.module.iter().chain(path).cloned().collect(),
        _ => return None,
    })
}

/// All files by their modules.
struct Tree(BTreeMap<Names, File>);

impl Tree {
    fn read(sources: &[(String, String)]) -> Self {
        let uses = Regex::new(r"(?m)^[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);").expect("a pattern");
        let paths = Regex::new(r"\w+(?:\s*::\s*\w+)+").expect("a pattern");
        let seen = Regex::new(r"pub\(in [^)]*\)").expect("a pattern");
        let declared = Regex::new(r"\bmod\s+(\w+)\s*;").expect("a pattern");
        let mut tree = BTreeMap::new();
        for (file, text) in sources {
            let text = super::code(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
            // Who may see something is no need of it.
            let text = seen.replace_all(&text, "pub").into_owned();
            let children = declared.captures_iter(&text).map(|found| found[1].to_string()).collect();
            let (mut brought, mut needed) = (Vec::new(), Vec::new());
            for found in uses.captures_iter(&text) {
                let first = brought.len();
                branches(&[], &found[2], &mut brought);
                if found.get(1).is_none() {
                    needed.extend(brought[first..].iter().map(|(path, _)| path.clone()));
                }
            }
            let code = uses.replace_all(&text, " ").into_owned();
            for found in paths.find_iter(&code) {
                let before = code[..found.start()].chars().next_back();
                if !before.is_some_and(|char| matches!(char, ':' | '$' | '.')) {
                    needed.push(names(found.as_str()));
                }
            }
            let module = module_of(file);
            tree.insert(module.clone(), File { module, brought, needed, children, code });
        }
        Self(tree)
    }

    /// The module in which what an absolute path leads to is defined.
    fn home(&self, path: &[String], steps: usize) -> Option<&Names> {
        let (module, rest) = (0..=path.len()).rev().find_map(|end| Some((self.0.get(&path[..end])?, &path[end..])))?;
        let Some((name, rest)) = rest.split_first().filter(|_| steps < 16) else { return Some(&module.module) };
        if let Some((passed, _)) = module.brought.iter().find(|(_, alias)| alias == name) {
            let passed = absolute(module, passed)?;
            return self.home(&passed.iter().chain(rest).cloned().collect::<Names>(), steps + 1);
        }
        let defines = |file: &File| {
            ["struct", "enum", "fn", "trait", "type", "const", "static"].iter().any(|word| {
                let marks = [format!("{word} {name}("), format!("{word} {name} "), format!("{word} {name}<")];
                let more = [format!("{word} {name};"), format!("{word} {name}:")];
                marks.iter().chain(&more).any(|mark| file.code.contains(mark))
            })
        };
        let open = module.brought.iter().filter(|(_, alias)| alias == "*");
        let mut open = open.filter_map(|(path, _)| self.0.get(&absolute(module, &path[..path.len() - 1])?));
        Some(open.find(|file| defines(file)).map_or(&module.module, |file| &file.module))
    }

    /// The circles among the files of a folder.
    fn circles(&self, folder: &str) -> Vec<Vec<String>> {
        let inside = |module: &Names| module.first().is_some_and(|first| first == folder);
        let mut graph = DiGraph::<&Names, ()>::new();
        let nodes: BTreeMap<&Names, _> =
            self.0.keys().filter(|module| inside(module)).map(|module| (module, graph.add_node(module))).collect();
        for (module, node) in &nodes {
            let file = &self.0[*module];
            for path in &file.needed {
                let path = if path.last().is_some_and(|last| last == "*") { &path[..path.len() - 1] } else { path };
                let home = absolute(file, path).and_then(|path| self.home(&path, 0));
                if let Some(other) = home.filter(|home| home != module).and_then(|home| nodes.get(home)) {
                    graph.update_edge(*node, *other, ());
                }
            }
        }
        let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
        let named = |circle: Vec<NodeIndex>| {
            let mut names: Vec<String> = circle.into_iter().map(|node| graph[node].join("::")).collect();
            names.sort();
            names
        };
        circles.map(named).collect()
    }
}

#[test]
fn no_files_stand_in_a_circle() {
    let sources = super::files(&super::root().join("src"));
    let folders: BTreeSet<&str> = sources.iter().filter_map(|(file, _)| Some(file.split_once('/')?.0)).collect();
    let tests = |file: &str| file.contains("/tests/") || file.ends_with("/tests.rs") || file == "main.rs";
    let product: Vec<_> = sources.iter().filter(|(file, _)| !tests(file)).cloned().collect();
    let tree = Tree::read(&product);
    let circles: Vec<String> =
        folders.iter().flat_map(|folder| tree.circles(folder)).map(|circle| circle.join(" ")).collect();
    assert!(
        circles.is_empty(),
        "files that need each other in a circle; move what both need below both:\n{}",
        circles.join("\n")
    );
}

#[test]
fn circles_are_seen_and_nothing_else() {
    let circles = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(file, text)| (file.to_string(), text.to_string())).collect();
        let found = Tree::read(&files).circles("x");
        found.into_iter().map(|circle| circle.join(" ")).collect::<Vec<_>>()
    };
    let (a, b) = ("x/a.rs", "x/b.rs");
    assert_eq!(circles(&[(a, "use super::b::B;"), (b, "fn f() { crate::x::a::f() }")]), ["x::a x::b"]);
    assert_eq!(
        circles(&[(a, "use super::b::B;"), (b, "// super::a::A\n#[cfg(test)]\nmod tests {\n use super::a::A; }")]),
        [""; 0]
    );
    // What the folder only passes on belongs to whoever defines it.
    let top = ("x/mod.rs", "mod a;\nmod b;\npub use a::{A, Other as Name};\n");
    assert_eq!(circles(&[top, (a, "struct A;"), (b, "use super::{A, Name};")]), [""; 0]);
    assert_eq!(circles(&[top, (a, "use super::b;"), (b, "use super::Name;")]), ["x::a x::b"]);
    let top = ("x/mod.rs", "mod a;\nstruct Top;\nfn f() { a::f() }");
    assert_eq!(circles(&[top, (a, "use super::Top;")]), ["x x::a"]);
    assert_eq!(circles(&[top, (a, "use std::a; fn f() { b::a(); }")]), [""; 0]);
    let deep = ("x/a/c.rs", "use crate::x::{b::{self, B}, a};");
    assert_eq!(circles(&[(a, "mod c;\nfn f() { c::f() }"), deep, (b, "")]), ["x::a x::a::c"]);
}
