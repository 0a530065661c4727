//! Every message of the product in both languages: nothing missing, the same placeholders, no code twice.

use std::collections::{BTreeSet, HashSet};

use idflow::app::problem_words;

/// The names in braces. A value that is itself in both languages has the language at the end of its name.
fn placeholders<'a>(text: &'a str, language: &str) -> BTreeSet<&'a str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let names = names.map(|name| name.split(['|', '?']).next().unwrap_or(name));
    names.map(|name| name.strip_suffix(language).unwrap_or(name)).collect()
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|char| ('\u{4e00}'..='\u{9fff}').contains(&char))
}

#[test]
fn every_message_is_there_in_both_languages() {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    for message in problem_words::all() {
        let code = message.code;
        if !seen.insert(code) {
            wrong.push(format!("{code} occurs twice"));
        }
        for (part, text) in [("reason", message.reason), ("hint", message.hint)] {
            if text.zh.trim().is_empty() || text.en.trim().is_empty() {
                wrong.push(format!("{code}: the {part} is empty in one language"));
            }
            // What another problem said is in each language already.
            if !has_chinese(text.zh) && !text.zh.contains("_zh}") {
                wrong.push(format!("{code}: the Chinese {part} has no Chinese"));
            }
            if has_chinese(text.en) {
                wrong.push(format!("{code}: the English {part} has Chinese"));
            }
            if placeholders(text.zh, "_zh") != placeholders(text.en, "_en") {
                wrong.push(format!("{code}: the {part} has other placeholders in zh than in en"));
            }
        }
    }
    assert!(seen.len() > 100, "only {} messages were looked at", seen.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_is_counted_has_a_form_for_one() {
    let many = |text: &str| {
        ["{number} ", "{count} "].iter().any(|counted| {
            let nouns = text.split(counted).skip(1).filter_map(|rest| rest.split([' ', ':', ';', ',', '.']).next());
            nouns.into_iter().any(|noun| noun == "people" || (noun.ends_with('s') && noun.len() > 3))
        })
    };
    assert!(many("{number} people wait") && many("the {count} items") && !many("{number} of {all}"));
    let all =
        problem_words::all().flat_map(|message| [(message.code, message.reason.en), (message.code, message.hint.en)]);
    let wrong: Vec<_> = all.filter(|(_, text)| many(text)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn placeholders_are_told_apart() {
    assert_eq!(placeholders("{a} and {b}, {a}", "_en"), BTreeSet::from(["a", "b"]));
    assert_eq!(placeholders("{a|one|#} {b|none|one|#}", "_en"), BTreeSet::from(["a", "b"]));
    assert_eq!(placeholders("{what_en} {other_zh}", "_en"), BTreeSet::from(["what", "other_zh"]));
    assert!(has_chinese("部门") && !has_chinese("department"));
}

/// Words of the command line: a command or an option.
fn is_command(text: &str) -> bool {
    text.contains("`idflow ")
        || text
            .split([' ', '`', '（', '('])
            .any(|word| word.strip_prefix("--").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())))
}

#[test]
fn no_text_below_the_command_line_has_its_commands() {
    assert!(is_command("see `idflow runs list`") && is_command("add --yes") && !is_command("who runs idflow -- now"));
    let wrong: Vec<_> = problem_words::all()
        .flat_map(|message| [message.reason, message.hint].map(|text| (message.code, text)))
        .filter(|(_, text)| is_command(text.zh) || is_command(text.en))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every code that the sources of the product name when they refuse something.
fn refused_codes() -> BTreeSet<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            for way in ["invalid", "not_found", "conflict", "refused"] {
                for (at, begin) in text.match_indices(&format!("AppError::{way}(\"")) {
                    let rest = &text[at + begin.len()..];
                    found.insert(rest.split('"').next().unwrap_or_default().to_string());
                }
            }
        }
    }
    found
}

#[test]
fn every_refusal_has_words() {
    let known: HashSet<&str> = problem_words::all().map(|message| message.code).collect();
    let codes = refused_codes();
    assert!(codes.len() > 50, "only {} refusals were found", codes.len());
    let wrong: Vec<_> = codes.iter().filter(|code| !known.contains(code.as_str())).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
