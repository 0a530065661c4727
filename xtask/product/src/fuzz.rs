//! `cargo xtask fuzz`: inputs made by rule from the corpus, as long as wanted, in an optimised build.
//!
//! The targets in `fuzz` are guided by coverage and need a nightly toolchain; this needs nothing. The seed is printed; with it
//! the same inputs come in the same order. An input that panics or takes long is written to `target/fuzz` and named.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use xtask::output;

#[path = "../../../fuzz/src/lib.rs"]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a target is there to panic")]
mod inputs;

/// What to try.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `workflow` (files) or `values` (templates and conditions).
    #[arg(default_value = "workflow")]
    target: String,
    /// How long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The first number of the inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// An input that takes longer is told.
const SLOW: Duration = Duration::from_secs(1);
const CORPUS: &str = "tests/corpus/valid";
const WORDS: &str = "fuzz/workflow.dict";
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{{",
    "{{#if ",
    "{{/if}}",
    "{{#each ",
    "{{else}}",
    "{{~",
    "~}}",
    "(",
    ")",
    "[",
    "]",
    "'",
    "\"",
    "\\",
    "|",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "- ",
    ": ",
    "#",
    "%",
    "@",
    "`",
    "\t",
    "\n",
    "\r\n",
    "\u{feff}",
    "\0",
    "\u{202e}",
    "名",
    "é",
    "🙂",
    "99999999999999999999",
    "-1",
    "0x1",
    "1e999",
    "source.",
    "user.",
    "inputs.flag",
    "vars.list",
    "steps.read.outputs.users",
    "==",
    "!=",
    "&&",
    "||",
    "!",
    " in ",
    "size(",
    ".matches(\"",
    ".exists(x, ",
    "has(",
    "changes(",
    "target_ids ",
    "lower ",
    "default ",
    "truncate ",
    "date ",
    "json ",
    "null",
    "true",
];

/// A row of numbers that look arbitrary (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = self.below(from.len());
        from.get(place)
    }
}

/// Tries inputs until the time is over.
pub fn run(args: &Args, root: &Path) -> Result<()> {
    let judge: fn(&str) = match args.target.as_str() {
        "workflow" => inputs::workflow,
        "values" => inputs::values,
        other => bail!("there is no target `{other}`; there are workflow and values"),
    };
    let files = texts(&root.join(CORPUS))?;
    let words: Vec<String> = std::fs::read_to_string(root.join(WORDS))
        .context(WORDS)?
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"').map(|word| word.replace("\\\"", "\"")))
        .collect();
    let values = args.target == "values";
    let (start, mut count, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    std::panic::set_hook(Box::new(|_| {}));
    while start.elapsed() < Duration::from_secs(args.seconds) {
        let seed = args.seed.wrapping_add(count);
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let text = if values { value(&mut numbers, &words) } else { changed(&mut numbers, &files, &words) };
        let kept = text.clone();
        // A stack that overflows ends the process: the input is on disk before.
        keep(root, &args.target, "current", &text)?;
        let began = Instant::now();
        let worker = std::thread::Builder::new().stack_size(inputs::STACK).spawn(move || judge(&text));
        let ended = worker.context("no thread")?.join();
        let took = began.elapsed();
        slowest = slowest.max(took);
        count += 1;
        if ended.is_err() || took > SLOW {
            let file = keep(root, &args.target, &seed.to_string(), &kept)?;
            let what = if ended.is_err() { "panics" } else { "is slow" };
            output::say(&format!("seed {seed} {what} ({took:?}): {}", file.display()));
        }
    }
    output::say(&format!("{count} inputs of `{}` from seed {}; the slowest took {slowest:?}", args.target, args.seed));
    Ok(())
}

fn keep(root: &Path, target: &str, name: &str, text: &str) -> Result<PathBuf> {
    let folder = root.join("target/fuzz");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{target}-{name}"));
    std::fs::write(&file, text)?;
    Ok(file)
}

fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).context(CORPUS)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read_to_string(path)?)).collect()
}

/// A place in the text where a character begins.
fn place(numbers: &mut Numbers, text: &str) -> usize {
    text.floor_char_boundary(numbers.below(text.len() + 1))
}

/// A file of the corpus with a few changes.
fn changed(numbers: &mut Numbers, files: &[String], words: &[String]) -> String {
    let Some(mut text) = numbers.pick(files).cloned() else { return String::new() };
    for _ in 0..=numbers.below(6) {
        let at = place(numbers, &text);
        match numbers.below(8) {
            0 => {
                let end = text.ceil_char_boundary((at + numbers.below(40)).min(text.len()));
                text.replace_range(at..end, "");
            }
            1 => {
                let word = numbers.pick(words).cloned().unwrap_or_default();
                text.insert_str(at, &word);
            }
            2 | 3 => {
                let piece = numbers.pick(PIECES).copied().unwrap_or_default();
                text.insert_str(at, piece);
            }
            4 => {
                let piece = numbers.pick(PIECES).copied().unwrap_or_default();
                let times = numbers.below(3_000);
                text.insert_str(at, &piece.repeat(times));
            }
            5 => {
                // A piece of the same or another file somewhere else.
                let other = numbers.pick(files).cloned().unwrap_or_default();
                let from = place(numbers, &other);
                let to = other.ceil_char_boundary((from + numbers.below(300)).min(other.len()));
                text.insert_str(at, &other[from..to]);
            }
            6 => {
                // The indent of a line.
                let line = text[..at].rfind('\n').map_or(0, |place| place + 1);
                text.insert_str(line, &" ".repeat(numbers.below(5)));
            }
            _ => {
                let line = text[..at].rfind('\n').map_or(0, |place| place + 1);
                let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
                let copy = text[line..end].to_string();
                text.insert_str(line, &format!("{copy}\n"));
            }
        }
        if text.len() > 400_000 {
            break;
        }
    }
    text
}

/// A template or condition out of pieces, or nearly one.
fn value(numbers: &mut Numbers, words: &[String]) -> String {
    const GOOD: &[&str] = &[
        "{{lower source.email}}",
        "{{truncate (trim source.name) 8}}",
        "{{default source.title 'x'}}",
        "{{coalesce source.nickname source.name}}",
        "a{{source.name}}b{{vars.name}}",
        "{{date run.due '%Y%m%d' 'Asia/Shanghai'}}",
        "{{replace source.name ' ' ''}}",
        "{{phone source.mobile 'CN'}}",
        "{{json source.custom}}",
        "{{join vars.list ','}}",
        "inputs.flag && inputs.number > 2",
        "inputs.word in [\"a\", \"b\"]",
        "size(vars.list) == 2 || !inputs.flag",
        "user.status == \"active\" && user.username.matches(\"^[a-z]+$\")",
        "user.departments.exists(d, d != \"x\")",
        "has(user.email) ? user.name.startsWith(\"王\") : false",
        "vars.deep.er + 1 * 2 - 3 / 1 % 2 == 1",
        "[1, 2, 3].filter(x, x > 1).size() == 2",
    ];
    let mut text = match numbers.below(3) {
        0 => String::new(),
        _ => numbers.pick(GOOD).copied().unwrap_or_default().to_string(),
    };
    for _ in 0..=numbers.below(12) {
        let at = place(numbers, &text);
        match numbers.below(6) {
            0 => {
                let end = text.ceil_char_boundary((at + numbers.below(6)).min(text.len()));
                text.replace_range(at..end, "");
            }
            1 => {
                let word = numbers.pick(words).cloned().unwrap_or_default();
                text.insert_str(at, &word);
            }
            2 => {
                let good = numbers.pick(GOOD).copied().unwrap_or_default();
                text.insert_str(at, good);
            }
            3 => {
                let piece = numbers.pick(PIECES).copied().unwrap_or_default();
                let times = numbers.below(200);
                text.insert_str(at, &piece.repeat(times));
            }
            _ => {
                let piece = numbers.pick(PIECES).copied().unwrap_or_default();
                text.insert_str(at, piece);
            }
        }
    }
    format!("{}{text}", ["0", "1", "2"][numbers.below(3)])
}
