//! The pages that people read: every guide stands in English and in Chinese with the same headings and the same examples, links lead
//! to pages and headings that are there, and the commands that are shown exist with their options.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The name of a page in messages.
fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The Markdown files below a folder.
fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// A page, taken apart.
#[derive(Default)]
struct Page {
    /// The level and the text of each heading.
    headings: Vec<(usize, String)>,
    /// What stands behind the fence of each block, and its lines.
    blocks: Vec<(String, Vec<String>)>,
    /// Everything outside the blocks.
    prose: String,
}

fn page(path: &Path) -> Page {
    let mut page = Page::default();
    let mut fence: Option<String> = None;
    for line in read(path).lines() {
        let content = line.trim();
        if fence.is_some() {
            if fence.as_deref() == Some(content) {
                fence = None;
            } else if let Some((_, lines)) = page.blocks.last_mut() {
                lines.push(line.to_string());
            }
            continue;
        }
        let ticks: String = content.chars().take_while(|c| *c == '`').collect();
        if ticks.len() >= 3 {
            page.blocks.push((content[ticks.len()..].trim().to_string(), Vec::new()));
            fence = Some(ticks);
            continue;
        }
        let level = line.chars().take_while(|c| *c == '#').count();
        if level > 0 && line[level..].starts_with(' ') {
            page.headings.push((level, line[level..].trim().to_string()));
        }
        page.prose.push_str(line);
        page.prose.push('\n');
    }
    assert!(fence.is_none(), "{}: a block is not closed", name(path));
    page
}

/// The lines of a block without comments. What a command prints is in the language of the page and not compared.
fn code(block: &(String, Vec<String>)) -> Vec<String> {
    if block.0 == "text" {
        return Vec::new();
    }
    let lines = block.1.iter().filter(|line| !line.trim_start().starts_with('#'));
    let lines = lines.map(|line| line.split(" #").next().unwrap_or_default().trim_end().to_string());
    lines.filter(|line| !line.is_empty()).collect()
}

/// What differs between a page and the same page in the other language.
fn differences(english: &Page, chinese: &Page) -> Option<String> {
    let levels = |page: &Page| page.headings.iter().map(|(level, _)| *level).collect::<Vec<_>>();
    if levels(english) != levels(chinese) {
        let texts = |page: &Page| page.headings.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>().join(" | ");
        return Some(format!("other headings: {}\n    {}", texts(english), texts(chinese)));
    }
    if english.blocks.len() != chinese.blocks.len() {
        return Some(format!("{} blocks and {}", english.blocks.len(), chinese.blocks.len()));
    }
    for (number, (one, other)) in english.blocks.iter().zip(&chinese.blocks).enumerate() {
        if one.0 != other.0 || code(one) != code(other) {
            let (one, other) = (code(one).join("\n    "), code(other).join("\n    "));
            return Some(format!("block {} differs:\n    {one}\n  and\n    {other}", number + 1));
        }
    }
    None
}

#[test]
fn every_guide_stands_in_both_languages() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    let mut paths = pages_below(&root().join("docs/guide"));
    paths.extend(pages_below(&root().join("workflows")));
    for path in paths {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = file.trim_end_matches(".md");
        let english = !stem.ends_with(".zh");
        let twin = match stem.strip_suffix(".zh") {
            Some(stem) => path.with_file_name(format!("{stem}.md")),
            None => path.with_file_name(format!("{stem}.zh.md")),
        };
        if !twin.is_file() {
            wrong.push(format!("{} has no {}", name(&path), name(&twin)));
            continue;
        }
        let twin_file = twin.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !page(&path).prose.contains(&format!("({twin_file})")) {
            wrong.push(format!("{} has no link to {twin_file}", name(&path)));
        }
        if english {
            seen += 1;
            if let Some(difference) = differences(&page(&path), &page(&twin)) {
                wrong.push(format!("{} and {twin_file}: {difference}", name(&path)));
            }
        }
    }
    assert!(seen >= 5, "only {seen} guides were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The anchor of a heading, as hosts of code make it.
fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase();
    let letters = letters.chars().filter(|c| c.is_alphanumeric() || matches!(*c, ' ' | '-' | '_'));
    letters.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_lead_to_pages_and_headings_that_are_there() {
    let mut paths = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for folder in ["docs", "workflows", "connectors", "simulators"] {
        paths.extend(pages_below(&root().join(folder)));
    }
    let mut seen = 0;
    let mut wrong = Vec::new();
    for path in paths {
        let prose = page(&path).prose;
        for rest in prose.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let there = if file.is_empty() { path.clone() } else { path.parent().unwrap_or(root()).join(file) };
            let fits = there.exists()
                && (heading.is_empty() || page(&there).headings.iter().any(|(_, text)| anchor(text) == heading));
            if !fits {
                wrong.push(format!("{}: {target}", name(&path)));
            }
        }
    }
    assert!(seen >= 50, "only {seen} links were found");
    assert!(wrong.is_empty(), "links to nowhere:\n{}", wrong.join("\n"));
}

/// Whether a command ends before this word.
fn ends(word: &str) -> bool {
    matches!(word, "|" | "||" | "&" | "&&" | ";" | ">" | "<" | "#" | "idflow")
}

/// The commands in a text: the words after each `idflow`, up to what means something to the shell.
fn commands(text: &str) -> Vec<Vec<String>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let begins = words.iter().enumerate().filter(|(_, word)| **word == "idflow").map(|(at, _)| at + 1);
    begins
        .map(|at| words[at..].iter().take_while(|word| !ends(word)).map(|word| (*word).to_string()).collect())
        .collect()
}

/// What is wrong with a command by the reference, whose chapters are named as the commands are.
fn fault(words: &[String], reference: &BTreeMap<String, String>) -> Option<String> {
    let mut command = "idflow".to_string();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        // `idflow link list|add` stands for two commands.
        let word = word.trim_matches(|c: char| matches!(c, ';' | ')' | '"'));
        let each: Vec<String> = word.split('|').map(|word| format!("{command} {word}")).collect();
        let known = each.iter().filter(|command| reference.contains_key(*command)).count();
        if known == 0 {
            break;
        }
        if known < each.len() {
            return Some(format!("`{command}` does not have all of `{word}`"));
        }
        command.clone_from(&each[0]);
        at += 1;
    }
    let chapter = reference.get(&command)?;
    let rest = &words[at..];
    if chapter.contains("\nCommands:") && rest.first().is_some_and(|word| !word.starts_with("--")) {
        return Some(format!("`{command}` has no `{}`", rest[0]));
    }
    for word in rest.iter().filter(|word| word.starts_with("--")) {
        let option: String = word.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        let mut options = chapter.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
        if !options.any(|known| known == option) {
            return Some(format!("`{command}` has no `{option}`"));
        }
    }
    None
}

#[test]
fn the_commands_that_the_guides_show_exist() {
    let text = read(&root().join("docs/reference/cli.md"));
    let chapters = text.split("\n## ").skip(1).filter_map(|chapter| chapter.split_once('\n'));
    let reference: BTreeMap<String, String> =
        chapters.map(|(command, text)| (command.trim().to_string(), text.to_string())).collect();
    assert!(reference.contains_key("idflow"), "the reference was not understood");
    let mut paths = pages_below(&root().join("docs/guide"));
    paths.extend([root().join("README.md"), root().join("workflows/README.md")]);
    let mut seen = 0;
    let mut wrong = Vec::new();
    for path in paths {
        let page = page(&path);
        let mut found = Vec::new();
        for (_, lines) in page.blocks.iter().filter(|(info, _)| info == "sh") {
            let script = lines.join("\n").replace("\\\n", " ");
            found.extend(script.lines().flat_map(commands));
        }
        let spans = page.prose.split('`').skip(1).step_by(2).filter(|span| span.starts_with("idflow "));
        found.extend(spans.flat_map(commands));
        seen += found.len();
        wrong.extend(
            found.iter().filter_map(|words| fault(words, &reference)).map(|why| format!("{}: {why}", name(&path))),
        );
    }
    assert!(seen >= 100, "only {seen} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
