//! The compiler, judged by files: `tests/corpus/valid` must compile without a finding, and each one-edit mistake of
//! `tests/corpus/mistakes` must be found where it was made and, where the right word is known, be mended by its fix.
//!
//! A mistake names a file of `valid`, the text to `find` (it occurs once, or `nth` counts from 1), what to put there, the
//! accepted `code`s, and:
//!
//! * `at`: texts of the broken file whose lines are right places; without it, the lines that were edited;
//! * `word`: what a fix must write, where that can be known; after it the file must compile without errors;
//! * `meant`: what was meant in the place of `find`, where it is not `find` itself: a wish in the words of another language.
//!
//! What `--fix` makes of each mistake is compared with what was meant: see [`mends`].
//!
//! The workflows of `tests/corpus/beside` are known meanwhile: those that are called, and those that are in the way.
//!
//! [`slips`] makes mistakes by rule instead: each key, word and reference of the valid files, misspelt.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf, sync::OnceLock};

use idflow::{
    connectors,
    workflow::{
        Environment, Outcome, compile,
        diagnostic::{Diagnostic, Language, Severity, Source},
        other_workflows::Library,
    },
};
use serde::Deserialize;

mod mends;
mod slips;

/// A warning that good files may have: a rule that matches by a field which most credentials of WeCom do not see is no mistake
/// where the rules above it do the work.
const FAIR: &str = "W0809";

/// The least share of mistakes that are found, of those found on the right line, and of known words that are mended.
const FOUND: f64 = 0.95;
const PLACED: f64 = 0.95;
const MENDED: f64 = 0.90;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// The files of a folder, by name.
fn files(name: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder(name)).expect("the corpus is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_string();
            (name, fs::read_to_string(path).expect("text"))
        })
        .collect()
}

fn compiled(name: &str, text: &str) -> Outcome {
    compile(name, text, &environment())
}

fn environment() -> Environment<'static> {
    static BESIDE: OnceLock<Library> = OnceLock::new();
    let beside = BESIDE.get_or_init(|| {
        let mut library = Library::default();
        let environment = Environment { connectors: connectors::ALL, ..Environment::default() };
        for (name, text) in files("beside") {
            let workflow = compile(&name, &text, &environment).workflow;
            library.insert(&workflow.unwrap_or_else(|| panic!("{name} is broken")));
        }
        library
    });
    Environment { connectors: connectors::ALL, library: Some(beside) }
}

fn errors(outcome: &Outcome) -> impl Iterator<Item = &Diagnostic> {
    outcome.diagnostics.iter().filter(|finding| finding.severity == Severity::Error)
}

fn shown(name: &str, text: &str, findings: &[&Diagnostic]) -> String {
    let source = Source::new(name, text);
    findings.iter().map(|finding| finding.render(&source, Language::En, false) + "\n").collect()
}

/// The text with all edits of a finding applied.
fn mended(text: &str, finding: &Diagnostic) -> String {
    let mut fixes = finding.fixes.clone();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    let mut text = text.to_string();
    for fix in fixes {
        text.replace_range(fix.span.range(), &fix.text);
    }
    text
}

#[test]
fn valid_files_have_no_findings() {
    let files = files("valid");
    assert!(files.len() >= 200, "{} valid files", files.len());
    let mut wrong = String::new();
    for (name, text) in &files {
        let outcome = compiled(name, text);
        let all: Vec<&Diagnostic> = outcome.diagnostics.iter().filter(|finding| finding.code != FAIR).collect();
        if !all.is_empty() {
            write!(wrong, "{}", shown(name, text, &all)).expect("memory");
        }
        assert_eq!(outcome.workflow.is_some(), errors(&outcome).next().is_none(), "{name}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    file: String,
    find: String,
    #[serde(default)]
    nth: Option<usize>,
    replace: String,
    code: OneOrMany,
    #[serde(default)]
    at: Option<OneOrMany>,
    #[serde(default)]
    word: Option<String>,
    #[serde(default)]
    meant: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn list(&self) -> Vec<&str> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

/// How one kind of mistakes fared.
#[derive(Default)]
struct Score {
    all: usize,
    found: usize,
    placed: usize,
    known: usize,
    mended: usize,
    /// Errors beyond the first, over all files.
    more: usize,
}

impl Score {
    fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.found += other.found;
        self.placed += other.placed;
        self.known += other.known;
        self.mended += other.mended;
        self.more += other.more;
    }

    /// One mistake.
    fn one(found: bool, placed: bool, word: Option<&str>, findings: usize, mends: impl Fn(&str) -> bool) -> Self {
        Self {
            all: 1,
            found: usize::from(found),
            placed: usize::from(placed),
            known: usize::from(word.is_some()),
            mended: usize::from(word.is_some_and(mends)),
            more: findings.saturating_sub(1),
        }
    }

    /// What is wrong with the answer to one mistake.
    fn complaint(&self) -> Option<&'static str> {
        match self {
            Self { found: 0, .. } => Some("not found"),
            Self { placed: 0, .. } => Some("on another line"),
            Self { known: 1, mended: 0, .. } => Some("not mended"),
            Self { more: 4.., .. } => Some("many findings"),
            _ => None,
        }
    }

    fn row(&self, name: &str) -> String {
        let Self { all, found, placed, known, mended, more } = self;
        format!("{name:24} {all:5} {found:6} {placed:7} {known:6} {mended:7} {more:6}\n")
    }

    fn pass(&self) {
        let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        assert!(share(self.found, self.all) >= FOUND, "too few are found");
        assert!(share(self.placed, self.found) >= PLACED, "too few on the right line");
        assert!(share(self.mended, self.known) >= MENDED, "too few are mended");
    }
}

const TITLE: &str = "kind                     files  found  placed  known  mended  extra\n";

/// The lines, from 1, on which `bytes` stand.
fn lines(text: &str, bytes: std::ops::Range<usize>) -> std::ops::RangeInclusive<usize> {
    let line = |byte: usize| text[..byte.min(text.len())].matches('\n').count() + 1;
    line(bytes.start)..=line(bytes.end.max(bytes.start))
}

/// The valid file, and the place of the mistake in it.
fn place<'v>(mistake: &Mistake, valid: &'v BTreeMap<String, String>) -> (&'v String, usize) {
    let original = valid.get(&mistake.file).unwrap_or_else(|| panic!("no file {}", mistake.file));
    let places: Vec<usize> = original.match_indices(&mistake.find).map(|(place, _)| place).collect();
    let at = match (places.as_slice(), mistake.nth) {
        ([one], None) => *one,
        (many, Some(nth)) if nth >= 1 && nth <= many.len() => many[nth - 1],
        (many, _) => panic!("{}: `{}` occurs {} times", mistake.file, mistake.find, many.len()),
    };
    (original, at)
}

/// The file with something else in the place of what is found.
fn changed(mistake: &Mistake, original: &str, at: usize, with: &str) -> String {
    let mut text = original.to_string();
    text.replace_range(at..at + mistake.find.len(), with);
    text
}

fn judge(mistake: &Mistake, valid: &BTreeMap<String, String>, misses: &mut String) -> Score {
    let (original, at) = place(mistake, valid);
    let mut text = original.clone();
    text.replace_range(at..at + mistake.find.len(), &mistake.replace);
    let accepted: Vec<std::ops::RangeInclusive<usize>> = match &mistake.at {
        None => vec![lines(&text, at..at + mistake.replace.trim_end().len())],
        Some(texts) => texts
            .list()
            .iter()
            .flat_map(|part| {
                let found: Vec<_> =
                    text.match_indices(part).map(|(place, part)| lines(&text, place..place + part.len())).collect();
                assert!(!found.is_empty(), "{}: `{part}` is not in the broken file", mistake.file);
                found
            })
            .collect(),
    };
    let outcome = compiled(&mistake.file, &text);
    let codes = mistake.code.list();
    // Warnings count where a warning is what is expected.
    let findings: Vec<&Diagnostic> = outcome
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Error || codes.contains(&finding.code))
        .collect();
    let source = Source::new(&mistake.file, &text);
    let right: Vec<&&Diagnostic> = findings.iter().filter(|finding| codes.contains(&finding.code)).collect();
    let placed = right.iter().any(|finding| {
        let line = source.line(finding.span.start);
        accepted.iter().any(|lines| lines.contains(&line))
    });
    let mends = |word: &str| {
        right.iter().any(|finding| {
            let text = mended(&text, finding);
            finding.fixes.iter().any(|fix| fix.text.contains(word))
                && errors(&compiled("mended", &text)).next().is_none()
        })
    };
    let score = Score::one(!right.is_empty(), placed, mistake.word.as_deref(), findings.len(), mends);
    let Some(what) = score.complaint() else { return score };
    let shown = shown(&mistake.file, &text, &findings);
    writeln!(misses, "-- {what}: {mistake:?}\n{shown}").expect("memory");
    score
}

#[test]
fn one_edit_mistakes_are_found_placed_and_mended() {
    let valid = files("valid");
    let (mut table, mut misses, mut total) = (TITLE.to_string(), String::new(), Score::default());
    for (name, text) in files("mistakes") {
        let mistakes: Vec<Mistake> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(mistakes.len() >= 15, "{name} has {} mistakes", mistakes.len());
        let mut score = Score::default();
        for mistake in &mistakes {
            score.add(&judge(mistake, &valid, &mut misses));
        }
        table.push_str(&score.row(name.trim_end_matches(".yaml")));
        total.add(&score);
    }
    table.push_str(&total.row("all"));
    eprintln!("{misses}\n{table}");
    assert!(total.all >= 250, "{} mistakes", total.all);
    total.pass();
}

#[test]
fn slips_in_every_word_are_found_placed_and_mended() {
    let (mut misses, mut table, mut total) = (String::new(), TITLE.to_string(), Score::default());
    for (kind, score) in slips::all(&files("valid"), &mut misses) {
        table.push_str(&score.row(kind));
        total.add(&score);
    }
    table.push_str(&total.row("all"));
    eprintln!("{misses}\n{table}");
    assert!(total.all > 2_500, "{} slips", total.all);
    total.pass();
}

/// Over all mistakes, those by hand and those by rule: what `--fix` makes of a file means what was meant.
#[test]
fn mends_change_the_spelling_and_never_the_meaning() {
    let valid = files("valid");
    let mut judged = mends::Judged::default();
    for (kind, text) in files("mistakes") {
        let mistakes: Vec<Mistake> = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{kind}: {error}"));
        for mistake in &mistakes {
            let (original, at) = place(mistake, &valid);
            let broken = changed(mistake, original, at, &mistake.replace);
            let meant = changed(mistake, original, at, mistake.meant.as_ref().unwrap_or(&mistake.find));
            judged.judge(&kind, &mistake.file, &meant, &broken);
        }
    }
    let by_hand = judged.mended;
    slips::mended(&valid, &mut judged);
    eprintln!("{} files mended ({by_hand} by hand), {} plans compared", judged.mended, judged.planned);
    assert!(judged.wrong.is_empty(), "{}", judged.wrong);
    assert!(by_hand >= 150 && judged.mended >= 1_000 && judged.planned >= 20, "too little is mended to say anything");
}
