//! Slips of the hand, made by rule: one in each key, word, reference and id of the valid files, and each needed entry taken
//! out. Which slip it is follows from the place alone, so every run judges the same files.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range};

use idflow::workflow::{
    diagnostic::Source,
    yaml::{self, Data, Entry, Node},
};

use super::{Score, compiled, errors, mended as with_edits, mends::Judged, shown};

/// At most so many files of each shape, or the run takes minutes.
const FILES: usize = 35;

/// One slip.
struct Slip {
    kind: &'static str,
    bytes: Range<usize>,
    text: String,
    /// What stood there, when a fix can know it.
    word: Option<String>,
    /// Lines with this text are right places too.
    elsewhere: Option<String>,
}

/// Judges all slips, by kind.
pub fn all(valid: &BTreeMap<String, String>, misses: &mut String) -> BTreeMap<&'static str, Score> {
    let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
    each(valid, |name, text, slip| scores.entry(slip.kind).or_default().add(&judge(name, text, slip, misses)));
    scores
}

/// Mends the same files.
pub fn mended(valid: &BTreeMap<String, String>, judged: &mut Judged) {
    each(valid, |name, original, slip| {
        let mut broken = original.to_string();
        broken.replace_range(slip.bytes.clone(), &slip.text);
        judged.judge(slip.kind, name, original, &broken);
    });
}

fn each(valid: &BTreeMap<String, String>, mut look: impl FnMut(&str, &str, &Slip)) {
    let every = (valid.len() / FILES).max(1);
    for (name, text) in valid.iter().enumerate().filter(|(place, _)| place % every == 0).map(|(_, file)| file) {
        let root = yaml::read(text, &mut Vec::new()).expect("valid files can be read");
        let mut slips = Vec::new();
        walk(&root, &[], text, &mut slips);
        // Files that say the same thing many times need not be tried everywhere.
        let step = (slips.len() / 100).max(1);
        for slip in slips.iter().step_by(step) {
            look(name, text, slip);
        }
    }
}

fn judge(name: &str, original: &str, slip: &Slip, misses: &mut String) -> Score {
    let mut text = original.to_string();
    text.replace_range(slip.bytes.clone(), &slip.text);
    let outcome = compiled(name, &text);
    let found: Vec<_> = errors(&outcome).collect();
    let source = Source::new(name, &text);
    let line = source.line(slip.bytes.start);
    let placed = found.iter().any(|finding| {
        let at = source.line(finding.span.start);
        let there = text.lines().nth(at - 1).unwrap_or_default();
        at == line || slip.elsewhere.as_ref().is_some_and(|word| there.contains(word.as_str()))
    });
    let mends = |word: &str| {
        found.iter().any(|finding| {
            finding.fixes.iter().any(|fix| fix.text.contains(word))
                && errors(&compiled(name, &with_edits(&text, finding))).next().is_none()
        })
    };
    let score = Score::one(!found.is_empty(), placed, slip.word.as_deref(), found.len(), mends);
    let Some(what) = score.complaint() else { return score };
    let was = &original[slip.bytes.clone()];
    let first = shown(name, &text, found.get(..found.len().min(6)).unwrap_or_default());
    writeln!(misses, "-- {what} ({}, {name} line {line}): `{was}` -> `{}`\n{first}", slip.kind, slip.text)
        .expect("memory");
    score
}

/// Maps whose keys are the author's own names, by the keys that lead to them.
fn free_names(path: &[&str]) -> bool {
    matches!(path.last(), Some(&("labels" | "vars" | "inputs" | "connections" | "mappings")))
        || matches!(path, [.., "with", "columns" | "lists" | "flags" | "defaults" | "words"])
        || matches!(path, [.., "words", _])
        || path.contains(&"vars")
        || path.contains(&"labels")
}

/// Words of the language at the end of these paths.
fn is_choice(path: &[&str]) -> bool {
    matches!(
        path,
        [
            ..,
            "write"
                | "when_empty"
                | "when_unresolved"
                | "order"
                | "on_item_error"
                | "on_error"
                | "catchup"
                | "on_conflict"
        ] | [.., "on_exceed" | "backoff" | "when" | "encoding"]
            | [.., "retry", "on"]
            | [.., "inputs", _, "type"]
            | ["connections", _, "type"]
    ) && !matches!(path, [.., "fields", "order"] | ["on", ..] | [.., "columns", _])
        || matches!(path, ["on", "schedule", .., "catchup"] | ["on", "manual", "inputs", _, "type"])
}

fn walk(node: &Node, path: &[&str], text: &str, slips: &mut Vec<Slip>) {
    match &node.data {
        Data::Map(entries) => {
            for entry in entries {
                let below: Vec<&str> = path.iter().copied().chain([entry.key.as_str()]).collect();
                if !free_names(path) && entry.key != "<<" {
                    key(entry, path, text, slips);
                }
                let updates = !text.contains("create_user") && matches!(path.last(), Some(&"fields"));
                if is_needed(path, &entry.key) && !updates {
                    removed(entry, entries, text, slips);
                }
                walk(&entry.value, &below, text, slips);
            }
        }
        Data::List(items) => items.iter().for_each(|item| walk(item, path, text, slips)),
        Data::Scalar(value, _) => scalar(node, value, path, text, slips),
        Data::Broken => {}
    }
}

/// A choice among `count` that looks arbitrary and depends on the place only.
fn pick(place: usize, count: usize) -> usize {
    (place.wrapping_mul(2_654_435_761) >> 7) % count.max(1)
}

/// The word with one slip: a letter dropped, doubled, replaced or swapped with its neighbour.
fn slipped(word: &str, place: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = pick(place, letters.len());
    match pick(place + 1, 4) {
        0 if letters.len() > 3 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() && letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        _ => letters[at] = if letters[at] == 'z' { 'x' } else { 'z' },
    }
    letters.into_iter().collect()
}

fn key(entry: &Entry, path: &[&str], text: &str, slips: &mut Vec<Slip>) {
    let quotes = usize::from(!entry.plain);
    let bytes = entry.key_span.start + quotes..entry.key_span.end - quotes;
    let word = entry.key.clone();
    debug_assert_eq!(text.get(bytes.clone()), Some(word.as_str()));
    let mut add = |kind, text: String| {
        slips.push(Slip { kind, bytes: bytes.clone(), text, word: Some(word.clone()), elsewhere: None });
    };
    // Two languages and two letters: nothing tells `z` from `n`.
    if word.len() > 2 {
        add("key misspelt", slipped(&word, entry.key_span.start));
    }
    let field = path.contains(&"fields");
    if word.contains('_') {
        let camel: String = word
            .split('_')
            .enumerate()
            .map(|(place, part)| match part.chars().next() {
                Some(first) if place > 0 => first.to_ascii_uppercase().to_string() + &part[1..],
                _ => part.to_string(),
            })
            .collect();
        if field {
            add("key in camelCase", camel);
        } else {
            add("key in kebab-case", word.replace('_', "-"));
        }
    }
}

/// What the language cannot do without.
fn is_needed(path: &[&str], key: &str) -> bool {
    match key {
        "steps" => path.is_empty(),
        "id" => path.is_empty() || path.ends_with(&["steps"]) || path.ends_with(&["finally"]),
        "uses" => path.ends_with(&["steps"]) || path.ends_with(&["finally"]),
        "from" | "to" | "fields" => path.len() == 2 && path[0] == "mappings",
        "type" | "ref" => path.len() == 2 && path[0] == "connections",
        "cron" => path.ends_with(&["schedule"]),
        "key" | "path" | "columns" => path.ends_with(&["with"]),
        "in" => path.ends_with(&["foreach"]),
        "map" => path.ends_with(&["steps"]),
        "value" => path.len() == 4 && path[2] == "fields",
        "name" | "userid" | "department" | "username" => path.ends_with(&["fields"]),
        _ => false,
    }
}

/// The entry taken out, with its line or its comma.
fn removed(entry: &Entry, all: &[Entry], text: &str, slips: &mut Vec<Slip>) {
    let (start, end) = (entry.key_span.start, entry.value.span.end);
    let line = text[..start].rfind('\n').map_or(0, |place| place + 1);
    let rest = text[end..].find('\n').map_or(text.len(), |place| end + place + 1);
    let alone = text[line..start].trim().is_empty() && all.len() > 1;
    let comment = text[end..rest].trim_start();
    let bytes = if alone && (comment.is_empty() || comment.starts_with('#')) {
        line..rest
    } else if let Some(comma) = text[end..rest].find(',').filter(|place| text[end..end + place].trim().is_empty()) {
        start..end + comma + 1
    } else {
        return;
    };
    slips.push(Slip {
        kind: "needed entry removed",
        bytes,
        text: String::new(),
        word: None,
        // The finding stands at what lacks the entry: its own lines.
        elsewhere: Some(String::new()),
    });
}

fn scalar(node: &Node, value: &str, path: &[&str], text: &str, slips: &mut Vec<Slip>) {
    let raw = &text[node.span.range()];
    let Some(offset) = raw.find(value).filter(|_| !value.is_empty()) else { return };
    let start = node.span.start + offset;
    let mut add = |kind, range: Range<usize>, slip: String, word: Option<&str>, elsewhere: Option<&str>| {
        slips.push(Slip {
            kind,
            bytes: start + range.start..start + range.end,
            text: slip,
            word: word.map(str::to_string),
            elsewhere: elsewhere.map(str::to_string),
        });
    };
    let whole = 0..value.len();
    if is_choice(path) && value.len() > 3 {
        add("word misspelt", whole.clone(), slipped(value, start), Some(value), None);
    }
    if path.last() == Some(&"uses") {
        let slash = value.find('/').unwrap_or(0);
        add("connector misspelt", 0..slash, slipped(&value[..slash], start), Some(value), None);
        if value.len() - slash > 4 {
            add("action misspelt", slash + 1..value.len(), slipped(&value[slash + 1..], start), Some(value), None);
        }
    }
    if path.last() == Some(&"timezone") && value.len() > 4 {
        add("zone misspelt", whole.clone(), slipped(value, start), Some(value), None);
    }
    if matches!(path, [.., "map"] | [.., "connection"]) || matches!(path, [.., "needs"]) && value.len() > 3 {
        add("name misspelt", whole.clone(), slipped(value, start), Some(value), None);
    }
    if matches!(path, [.., "from" | "to"]) && path.len() == 3 {
        add("object misspelt", whole.clone(), slipped(value, start), Some(value), None);
    }
    if path == ["steps", "id"] && text.contains(&format!("steps.{value}.")) {
        let use_of = format!("steps.{value}.");
        add("id renamed", whole, format!("{value}_new"), None, Some(&use_of));
    }
    for (at, root) in references(value) {
        let end = value[at..]
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
            .map_or(value.len(), |length| at + length);
        let names: Vec<&str> = value[at..end].split('.').collect();
        let depths: &[usize] = match root {
            "steps" => &[1, 3],
            "connections" => &[1, 2],
            "source" | "target" | "user" | "row" => &[1],
            _ => &[1],
        };
        if names.contains(&"custom") || path.first() == Some(&"labels") || path.contains(&"columns") {
            continue;
        }
        for depth in depths.iter().copied().filter(|depth| names.get(*depth).is_some_and(|name| name.len() > 2)) {
            let begin = at + names[..depth].iter().map(|name| name.len() + 1).sum::<usize>();
            let name = names[depth];
            add("reference misspelt", begin..begin + name.len(), slipped(name, start + begin), Some(name), None);
        }
        add("root misspelt", at..at + root.len(), slipped(root, start + at), Some(root), None);
    }
    if let Some(open) = value.find("{{") {
        let inner = value[open + 2..].trim_start_matches(['~', ' ']);
        let begin = value.len() - inner.len();
        let word: String = inner.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        if inner[word.len()..].starts_with(' ') && word.len() > 2 && !inner[word.len()..].trim_start().starts_with('}')
        {
            add("helper misspelt", begin..begin + word.len(), slipped(&word, start + begin), Some(&word), None);
        }
    }
}

/// Dotted names, by the byte at which they begin.
fn references(value: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for root in ["source", "target", "steps", "inputs", "vars", "connections", "user", "row", "run"] {
        for (at, _) in value.match_indices(&format!("{root}.")) {
            let before = value[..at].chars().next_back();
            if before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '@' | '"' | '\''))) {
                found.push((at, root));
            }
        }
    }
    found
}
