//! Which keys there are, and what to say about all others.
//!
//! An unknown key is never ignored: it would be a promise that nobody keeps. A key spelt in kebab-case or camelCase, a slip
//! of the hand, and a word of another workflow language ([`foreign`]) each get the word that is right here, where possible as
//! an edit.

use super::{
    diagnostic::{Diagnostic, Findings, Span},
    foreign,
    suggest::{is_spelling, nearest, snake_case},
    yaml::{Entry, Node, Plain},
};

/// A sort of map, with its keys.
#[derive(Debug)]
pub struct Keys {
    /// Its name in the table of foreign words.
    pub id: &'static str,
    /// What it is called in Chinese.
    pub zh: &'static str,
    /// What it is called in English, with its article.
    pub en: &'static str,
    /// Its keys.
    pub known: &'static [&'static str],
}

macro_rules! keys {
    ($name:ident, $id:literal, $zh:literal, $en:literal, [$($known:literal),*]) => {
        #[doc = concat!("The keys of ", $en, ".")]
        pub const $name: Keys = Keys { id: $id, zh: $zh, en: $en, known: &[$($known),*] };
    };
}

keys!(
    TOP,
    "top",
    "工作流",
    "a workflow",
    [
        "dsl",
        "id",
        "name",
        "description",
        "labels",
        "requires",
        "on",
        "connections",
        "vars",
        "concurrency",
        "timeout",
        "safety",
        "defaults",
        "mappings",
        "steps",
        "finally"
    ]
);
keys!(REQUIRES, "requires", "`requires`", "`requires`", ["directory", "engine", "rights"]);
keys!(ON, "on", "`on`", "`on`", ["manual", "schedule", "webhook", "event", "after"]);
keys!(MANUAL, "manual", "`manual`", "`manual`", ["inputs"]);
keys!(INPUT, "input", "一个输入", "an input", ["type", "default", "required", "label", "values", "description"]);
keys!(SCHEDULE, "schedule", "一个定时任务", "a schedule", ["cron", "timezone", "catchup", "inputs"]);
keys!(
    WEBHOOK,
    "webhook",
    "一个 webhook",
    "a webhook",
    ["path", "verify", "window", "methods", "header", "wait", "status", "reply"]
);
keys!(EVENT, "event", "一个事件触发", "an event", ["connection", "types", "collect", "max"]);
keys!(AFTER, "after", "`after`", "`after`", ["workflow", "status", "inputs"]);
keys!(CONNECTION, "connection", "一个连接", "a connection", ["type", "ref"]);
keys!(CONCURRENCY, "concurrency", "`concurrency`", "`concurrency`", ["group", "on_conflict"]);
keys!(
    SAFETY,
    "safety",
    "`safety`",
    "`safety`",
    ["source_min", "source_shrink", "identity_shift", "mass_clear", "create", "update", "remove", "on_exceed"]
);
keys!(LIMIT, "limit", "一个上限", "a limit", ["max", "max_percent", "max_per_day"]);
keys!(DEFAULTS, "defaults", "`defaults`", "`defaults`", ["retry", "timeout", "connection"]);
keys!(RETRY, "retry", "`retry`", "`retry`", ["max_attempts", "backoff", "delay", "max_delay", "jitter", "on"]);
keys!(
    MAPPING,
    "mapping",
    "一个映射",
    "a mapping",
    ["from", "to", "match", "propose", "accept", "unmatched", "review", "fields"]
);
keys!(PROPOSAL, "proposal", "一种依据", "a sort of evidence", ["when", "score"]);
keys!(FIELD, "field", "一个字段", "a field", ["value", "write", "when_empty", "when_unresolved"]);
keys!(
    STEP,
    "step",
    "一个步骤",
    "a step",
    [
        "id",
        "name",
        "description",
        "uses",
        "connection",
        "map",
        "with",
        "if",
        "foreach",
        "needs",
        "retry",
        "timeout",
        "on_error",
        "on_unknown",
        "approval"
    ]
);
keys!(
    FOREACH,
    "foreach",
    "`foreach`",
    "`foreach`",
    ["in", "as", "key", "distinct", "order", "max_parallel", "on_item_error", "max_failures", "timeout", "retry"]
);
keys!(APPROVAL, "approval", "`approval`", "`approval`", ["when", "by", "not", "expires_after"]);
keys!(NAME, "name", "名称", "a name", ["zh", "en"]);

/// All sorts of maps, from the top of a file downwards. What stands under the keys: [`vocabulary`](super::vocabulary).
pub const ALL: &[&Keys] = &[
    &TOP,
    &REQUIRES,
    &ON,
    &MANUAL,
    &INPUT,
    &SCHEDULE,
    &CONNECTION,
    &CONCURRENCY,
    &SAFETY,
    &LIMIT,
    &DEFAULTS,
    &RETRY,
    &MAPPING,
    &PROPOSAL,
    &FIELD,
    &STEP,
    &FOREACH,
    &APPROVAL,
    &NAME,
    &WEBHOOK,
    &EVENT,
    &AFTER,
];

/// The entries of a map, after its keys were looked at. `None`, with a finding, when it is no map.
pub fn entries<'t>(node: &'t Node, keys: &Keys, findings: &mut Findings) -> Option<&'t [Entry]> {
    if node.is_broken() {
        return None;
    }
    let Some(entries) = node.map() else {
        let zh = format!("{}要写成键和值", keys.zh);
        findings.push(
            Diagnostic::new("E0203", node.span, zh, format!("{} is a map of keys and values", keys.en)).help(
                format!("可用的键：{}", keys.known.join("、")),
                format!("its keys are: {}", keys.known.join(", ")),
            ),
        );
        return None;
    };
    for entry in entries {
        if !keys.known.contains(&entry.key.as_str()) {
            findings.push(unknown(entry, entries, keys));
        }
    }
    Some(entries)
}

/// The value of a key, in whatever spelling it was surely meant.
#[must_use]
pub fn get<'t>(node: &'t Node, keys: &Keys, name: &str) -> Option<&'t Node> {
    let entries = node.map()?;
    let entry = entries.iter().find(|entry| entry.key == name);
    entry.or_else(|| entries.iter().find(|entry| meant(entry, entries, keys) == name)).map(|entry| &entry.value)
}

/// The key that an entry is read as: itself, or the one that was surely meant, so that one slip is not told twice.
pub fn meant<'a>(entry: &'a Entry, siblings: &[Entry], keys: &Keys) -> &'a str {
    let key = entry.key.as_str();
    if keys.known.contains(&key) {
        return key;
    }
    if keys.id == "top" && entry.plain && plain_key(key) == Plain::Bool(true) {
        return "on";
    }
    let snake = snake_case(key);
    let word = keys.known.iter().find(|word| **word == snake).copied();
    let word = word.or_else(|| match foreign::find(keys.id, key) {
        Some(row) => row.key(keys.known),
        None if elsewhere(&snake, keys).is_some() => None,
        None => nearest(key, keys.known.iter().copied()),
    });
    word.filter(|word| !siblings.iter().any(|sibling| sibling.key == *word)).unwrap_or(key)
}

/// Maps whose keys are likely to slip into another one, with where they stand.
const PLACES: &[&Keys] = &[
    &FOREACH,
    &RETRY,
    &APPROVAL,
    &STEP,
    &SCHEDULE,
    &CONCURRENCY,
    &SAFETY,
    &LIMIT,
    &MAPPING,
    &PROPOSAL,
    &FIELD,
    &MANUAL,
    &ON,
    &DEFAULTS,
    &INPUT,
    &WEBHOOK,
    &EVENT,
    &AFTER,
    &TOP,
];
/// Keys that say nothing about where they belong.
const COMMON: &[&str] =
    &["name", "description", "id", "type", "on", "default", "value", "values", "zh", "en", "when", "in"];

/// The map that has this key, when it is another one.
fn elsewhere(snake: &str, keys: &Keys) -> Option<&'static Keys> {
    let plural = |one: &str, many: &str| many.strip_suffix('s') == Some(one);
    if COMMON.contains(&snake) || keys.known.iter().any(|known| plural(known, snake) || plural(snake, known)) {
        return None;
    }
    PLACES.iter().copied().find(|place| place.id != keys.id && place.known.contains(&snake))
}

/// That something with a name, of this sort in Chinese and English, lacks a key.
pub fn missing(span: Span, (zh, en): (&str, &str), name: &str, key: &str) -> Diagnostic {
    Diagnostic::new("E0202", span, format!("{zh} `{name}` 缺少 `{key}`"), format!("{en} `{name}` has no `{key}`"))
}

fn unknown(entry: &Entry, siblings: &[Entry], keys: &Keys) -> Diagnostic {
    let key = entry.key.as_str();
    if keys.id == "top" && entry.plain && Plain::Bool(true) == plain_key(key) {
        return yaml_1_1(entry.key_span, key);
    }
    let mut finding = Diagnostic::new(
        "E0201",
        entry.key_span,
        format!("{}没有 `{key}` 这个键", keys.zh),
        format!("unknown key `{key}` in {}", keys.en),
    )
    .label("这里不认识这个键", "not a key of this language");
    let free = |word: &str| !siblings.iter().any(|sibling| sibling.key == word && !sibling.merged);
    let snake = snake_case(key);
    if let Some(word) = keys.known.iter().find(|word| **word == snake) {
        finding = finding.help(
            format!("本语言用下划线写法：`{word}`"),
            format!("this language writes words with underscores: `{word}`"),
        );
        return if free(word) { finding.fix(entry.key_span, *word) } else { finding };
    }
    if let Some(row) = foreign::find(keys.id, key) {
        let finding = finding.help(
            format!("{} 的 `{key}` 在这里写作 {}", row.dialect, row.zh),
            format!("{}'s `{key}` is written {} here", row.dialect, row.en),
        );
        if let Some((word, text)) = row.converted(&entry.value).filter(|(word, _)| keys.known.contains(word)) {
            let span = Span::new(entry.key_span.start, entry.value.span.end);
            return if free(word) { finding.fix_if(row.is_sure(), span, text) } else { finding };
        }
        return match row.key(keys.known) {
            Some(word) if free(word) => finding.fix_if(row.is_plain(&entry.value), entry.key_span, word),
            _ => finding,
        };
    }
    if let Some(place) = elsewhere(&snake, keys) {
        return finding.help(
            format!("`{snake}` 是{}的键，要写在那里", place.zh),
            format!("`{snake}` is a key of {} and belongs there", place.en),
        );
    }
    match nearest(key, keys.known.iter().copied()) {
        Some(word) => {
            finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"));
            let certain = is_spelling(key, word, keys.known.iter().copied());
            if free(word) { finding.fix_if(certain, entry.key_span, word) } else { finding }
        }
        None => finding
            .help(format!("可用的键：{}", keys.known.join("、")), format!("the keys are: {}", keys.known.join(", "))),
    }
}

fn plain_key(key: &str) -> Plain<'_> {
    match key {
        "true" | "True" | "TRUE" => Plain::Bool(true),
        other => Plain::Text(other),
    }
}

fn yaml_1_1(span: Span, key: &str) -> Diagnostic {
    Diagnostic::new("E0105", span, format!("这里不能有键 `{key}`"), format!("the key `{key}` is not allowed here"))
        .label("另一个工具改写文件之前，这里是 `on`", "this was `on` before another tool rewrote the file")
        .help(
            "YAML 1.1 的工具把不带引号的 `on` 读成真值；本程序按 YAML 1.2 读取。改为 `on:` 或 `\"on\":`，并且不要再用那个工具改写这个文件",
            "YAML 1.1 tools read the bare word `on` as the boolean true, this engine reads YAML 1.2; write `on:` or \
             `\"on\":` and keep that tool away from the file",
        )
        .fix(span, "on")
}

/// Two keys that say the same or the contrary.
pub fn exclusive(span: Span, key: &str, other: Span, of: &str) -> Diagnostic {
    Diagnostic::new(
        "E0209",
        span,
        format!("`{key}` 和 `{of}` 不能同时写"),
        format!("`{key}` and `{of}` exclude each other"),
    )
    .related(other, "另一个在这里", "the other one")
    .help("留下其中一个", "keep one of them")
}
