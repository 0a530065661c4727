//! One object of a plan or a run: what is done with it, and field by field what changes.

use crate::{
    cli::{Lang, lang::say, output, problem::problem, words},
    contract::{
        item::{Action, FieldChange, Item, Planned},
        problem::Issue,
    },
};

/// So many other items are named beside one.
const MOST_NAMED: usize = 5;

/// How to tell of an object.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The language.
    pub lang: Lang,
    /// With raw values, and the line of the mapping that asks for each.
    pub why: bool,
}

/// Another item of the same list that has to do with this one.
#[derive(Debug, Clone, Copy)]
pub struct Other<'p> {
    /// It.
    pub item: &'p Item,
    /// Whether it stands further down.
    pub below: bool,
}

/// One object: what is done with it, and field by field what changes.
pub fn item(look: Look, item: &Item, others: &[Other<'_>]) {
    let lang = look.lang;
    let object = &item.object;
    let sign = sign(item);
    let outcome = match (&item.outcome, item.planned) {
        (Some(word), _) => format!(" [{}]", words::outcome_of(lang, word, item.error.as_ref())),
        (None, Some(planned)) if planned != Planned::Do => {
            format!(" [{}]", words::not_done(lang, planned, item.error.as_ref()))
        }
        _ => String::new(),
    };
    // That a new object is new is said by the action, and that an old one is linked is usual.
    let rule = Some(&*item.rule).filter(|rule| !["", "created", "linked"].contains(rule));
    let rule =
        rule.map(|rule| say!(lang, "（匹配：{rule}）", " (matched by: {rule})").replace(rule, words::rule(lang, rule)));
    let (action, kind) = (verb(lang, item.action, item.removes), words::kind(lang, &object.kind, &object.system));
    let called = called(lang, item);
    let rule = rule.unwrap_or_default();
    output::data(&say!(
        lang,
        "  {sign} {action}{kind} {called}{outcome}{rule}",
        "  {sign} {action} {kind} {called}{outcome}{rule}"
    ));
    let indent = "      ";
    fields(look, item, indent);
    if let Some(error) = &item.error {
        problem(lang, error, indent);
    }
    for warning in item.warnings.iter().filter(|warning| !says_the_same(item.error.as_ref(), warning)) {
        problem(lang, warning, &format!("{indent}{}", lang.pick("警告：", "warning: ")));
    }
    see(lang, others, indent);
}

/// What is done with objects: an update that takes access away is one that disables, or puts out of reach.
pub fn verb(lang: Lang, action: Action, removes: bool) -> &'static str {
    match action {
        Action::Update if removes => lang.pick("禁用或移出", "take access from"),
        action => words::action(lang, action),
    }
}

/// A sign for each sort of change; what is not done has none of them.
fn sign(item: &Item) -> char {
    match (item.action, item.removes) {
        _ if item.planned.is_some_and(|planned| planned != Planned::Do) => '·',
        (Action::Create, _) => '+',
        (Action::Delete, _) => '-',
        (Action::Disable, _) | (_, true) => '⊘',
        (Action::Update, false) => '~',
        (Action::Link | Action::None, false) => '·',
    }
}

/// Whether a warning says once more why nothing is done.
fn says_the_same(error: Option<&Issue>, warning: &Issue) -> bool {
    let pair = ("department_in_use", "department_has_people");
    error.is_some_and(|error| (error.code.as_str(), warning.code.as_str()) == pair)
}

/// Which other items are to be looked at with this one.
fn see(lang: Lang, others: &[Other<'_>], indent: &str) {
    for (below, place) in [(false, lang.pick("上面", "above")), (true, lang.pick("下面", "below"))] {
        let mut named: Vec<String> = Vec::new();
        for other in others.iter().filter(|other| other.below == below).take(MOST_NAMED) {
            let (item, called) = (other.item, called(lang, other.item));
            let kind = words::kind(lang, &item.object.kind, &item.object.system);
            let action = verb(lang, item.action, item.removes);
            named.push(say!(lang, "{action}{kind} {called}", "{action} {kind} {called}"));
        }
        if !named.is_empty() {
            let named = lang.list(named);
            output::data(&say!(lang, "{indent}另见{place}：{named}", "{indent}see {place}: {named}"));
        }
    }
}

/// Field by field what changes.
fn fields(look: Look, item: &Item, indent: &str) {
    let lang = look.lang;
    let lines: Vec<&FieldChange> = item.diff.iter().filter(|line| look.why || changes(line)).collect();
    let mut looked: Vec<&FieldChange> = Vec::new();
    for line in lines.iter().copied().filter(|line| look.why || !line.minor) {
        // The main department is the only one, as a rule: it is told once.
        let same = |other: &&FieldChange| {
            matches!(line.field.as_str(), "main_department" | "primary_department")
                && other.in_words.is_some()
                && other.in_words == line.in_words
        };
        if look.why || !looked.iter().any(same) {
            looked.push(line);
        }
    }
    if item.action == Action::Create && !look.why {
        let fields = looked.iter().filter(|line| !is_called(item, line));
        let told =
            fields.map(|line| format!("{}{}{}", title(lang, line), lang.pick("：", ": "), value(lang, line, false)));
        output::filled(lang, indent, told);
    } else {
        // A sort value alone is told without its numbers, which mean nothing to anybody.
        for line in lines.iter().filter(|_| looked.is_empty()) {
            let title = title(lang, line);
            output::data(&say!(lang, "{indent}{title}有变化", "{indent}{title} changes"));
        }
        for line in looked {
            output::data(&format!("{indent}{}", change(look, line)));
        }
    }
}

/// The object by its name, and by what tells it from others of that name; as reasons name it, too.
pub fn called(lang: Lang, item: &Item) -> String {
    let object = &item.object;
    let more = match (&object.at, object.target.as_str()) {
        (Some(at), _) if at.starts_with('/') => at.as_str(),
        (_, target) if !target.is_empty() && !is_ours(target) => target,
        (Some(at), _) => at.as_str(),
        (None, _) if is_ours(&object.source) => "",
        (None, _) => object.source.as_str(),
    };
    match (object.name.as_str(), more) {
        ("", more) => more.to_string(),
        (name, "") => name.to_string(),
        (name, more) if name == more => name.to_string(),
        // A path ends with the name.
        (name, more) if more.starts_with('/') && more.ends_with(name) => more.to_string(),
        // A number alone would be taken for a count.
        (name, more) if more.bytes().all(|byte| byte.is_ascii_digit()) => {
            say!(lang, "{name}（编号 {more}）", "{name} (id {more})")
        }
        (name, more) => format!("{name} ({more})"),
    }
}

/// Whether a key is one that idflow made: it says nothing to anybody.
fn is_ours(key: &str) -> bool {
    key.len() == 26 && key.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// What is only sent along is no change.
fn changes(line: &FieldChange) -> bool {
    line.before != line.after || line.masked
}

/// Whether a field of a new object says what its line says already.
fn is_called(item: &Item, line: &FieldChange) -> bool {
    line.after == item.object.name.as_str() || line.after == item.object.target.as_str()
}

fn title(lang: Lang, line: &FieldChange) -> &str {
    Some(lang.of(&line.title)).filter(|title| !title.is_empty()).unwrap_or(&line.field)
}

/// A value as people read it.
fn value(lang: Lang, line: &FieldChange, before: bool) -> String {
    let words = line.in_words.as_ref().map(|words| lang.of(if before { &words.before } else { &words.after }));
    let raw = if before { &line.before } else { &line.after };
    short(&words.map_or_else(|| output::cell(raw), ToString::to_string))
}

fn short(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "–".into(),
        None => text.into(),
    }
}

fn change(look: Look, line: &FieldChange) -> String {
    let lang = look.lang;
    let colon = lang.pick("：", ": ");
    if look.why {
        let before = if line.before_unknown { "?".into() } else { raw(&line.before) };
        let from = line.from.as_ref().map(|from| format!("  ({from})")).unwrap_or_default();
        return format!("{} {}{colon}{before} → {}{from}", title(lang, line), line.field, raw(&line.after));
    }
    format!("{}{colon}{} → {}", title(lang, line), value(lang, line, true), value(lang, line, false))
}

fn raw(value: &serde_json::Value) -> String {
    if value.is_null() { "–".into() } else { short(&output::cell(value)) }
}
