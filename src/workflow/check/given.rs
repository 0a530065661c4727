//! The inputs of runs that nobody starts by hand: what a schedule or a follower gives, and what nobody gives.
//!
//! A schedule, a webhook, an event or another workflow starts a run with nobody there to be asked. A required input without
//! a value would refuse each of its runs, so the workflow cannot be activated (E0606). Values are literals: there is nothing
//! to read yet.

use crate::workflow::{
    compiled::{Input, InputType},
    diagnostic::{Diagnostic, Findings, Span},
    duration::parse_duration,
    suggest::{is_same_but_case, is_spelling, nearest},
    yaml::{Entry, Node, Plain},
};

/// What starts the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Starts {
    Schedule,
    After,
    Webhook,
    Event,
}

impl Starts {
    const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Schedule => ("定时任务", "a schedule"),
            Self::After => ("`after`", "`after`"),
            Self::Webhook => ("webhook", "a webhook"),
            Self::Event => ("事件", "an event"),
        }
    }

    /// Whether it can say what the inputs are.
    const fn gives(self) -> bool {
        matches!(self, Self::Schedule | Self::After)
    }
}

/// The inputs that a trigger gives; what it cannot give, gives wrongly or leaves out is reported at `span`.
pub(crate) fn inputs(
    given: &[Entry],
    inputs: &[Input],
    span: Span,
    starts: Starts,
    live: bool,
    findings: &mut Findings,
) -> serde_json::Map<String, serde_json::Value> {
    let mut values = serde_json::Map::new();
    let mut meant: Vec<&str> = Vec::new();
    for entry in given {
        let Some(input) = inputs.iter().find(|input| input.name == entry.key) else {
            let (finding, word) = unknown(entry, inputs);
            findings.push(finding);
            meant.extend(word);
            continue;
        };
        match value(&entry.value, input) {
            Ok(value) => drop(values.insert(input.name.clone(), value)),
            Err(finding) if entry.value.is_broken() => drop(finding),
            Err(finding) => findings.push(*finding),
        }
    }
    // A file that is only kept or called may leave them out; one whose triggers go live may not.
    for input in inputs.iter().filter(|input| live && input.required && input.default.is_none()) {
        if !given.iter().any(|entry| entry.key == input.name) && !meant.contains(&input.name.as_str()) {
            findings.push(missing(input, span, starts));
        }
    }
    values
}

fn missing(input: &Input, span: Span, starts: Starts) -> Diagnostic {
    let ((zh, en), name) = (starts.title(), &input.name);
    let finding = Diagnostic::new(
        "E0606",
        span,
        format!("{zh}启动的运行没有必填输入 `{name}` 的值"),
        format!("runs that {en} starts have no value for the required input `{name}`"),
    )
    .label("没有人在场填写", "nobody is there to fill it in");
    if starts.gives() {
        let example = example(input);
        finding.help(
            format!("在这里加 `inputs: {{{name}: {example}}}`，或给这个输入写 `default`"),
            format!("add `inputs: {{{name}: {example}}}` here, or give the input a `default`"),
        )
    } else {
        finding.help(
            format!("给 `{name}` 写 `default`，或去掉 `required`"),
            format!("give `{name}` a `default`, or take `required` away"),
        )
    }
}

fn example(input: &Input) -> String {
    match &input.ty {
        InputType::Boolean => "true".into(),
        InputType::Integer => "10".into(),
        InputType::Duration => "30d".into(),
        InputType::Enum(words) => words.first().cloned().unwrap_or_else(|| "…".into()),
        InputType::String => "…".into(),
    }
}

fn unknown<'i>(entry: &Entry, inputs: &'i [Input]) -> (Diagnostic, Option<&'i str>) {
    let key = &entry.key;
    let finding = Diagnostic::new(
        "E0502",
        entry.key_span,
        format!("这个工作流没有输入 `{key}`"),
        format!("this workflow has no input `{key}`"),
    );
    let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    match nearest(key, known.iter().copied()) {
        Some(word) => {
            let finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"));
            (finding.fix_if(is_spelling(key, word, known.iter().copied()), entry.key_span, word), Some(word))
        }
        None if known.is_empty() => (
            finding
                .help("输入写在 `on: {manual: {inputs: …}}`", "inputs are declared under `on: {manual: {inputs: …}}`"),
            None,
        ),
        None => {
            (finding.help(format!("输入：{}", known.join("、")), format!("its inputs are: {}", known.join(", "))), None)
        }
    }
}

/// A literal of the input's type.
fn value(node: &Node, input: &Input) -> Result<serde_json::Value, Box<Diagnostic>> {
    let (zh, en) = match &input.ty {
        InputType::Boolean => (" true 或 false".into(), "true or false".into()),
        InputType::Integer => ("整数".into(), "a whole number".into()),
        InputType::Duration => ("时长，例如 30d".into(), "a time span such as 30d".into()),
        InputType::Enum(words) => {
            (format!("这些词之一：{}", words.join("、")), format!("one of: {}", words.join(", ")))
        }
        InputType::String => ("固定的文字".into(), "a fixed text".to_string()),
    };
    let text = node.text().unwrap_or_default();
    let found = match (&input.ty, node.scalar()) {
        (_, None | Some(Plain::Null)) => None,
        (InputType::Boolean, Some(Plain::Bool(flag))) => Some(flag.into()),
        (InputType::Integer, Some(Plain::Int(number))) => Some(number.into()),
        (InputType::Duration, _) => parse_duration(text).map(|_| text.into()),
        (InputType::Enum(words), _) => words.iter().any(|word| word == text).then(|| text.into()),
        // A run has nothing yet that a template could read.
        (InputType::String, _) => (!text.contains("{{")).then(|| text.into()),
        _ => None,
    };
    found.ok_or_else(|| {
        let mut finding = Diagnostic::new(
            "E0402",
            node.span,
            format!("输入 `{}` 应当是{zh}", input.name),
            format!("input `{}` takes {en}", input.name),
        )
        .help("这里写固定的值，看 `on.manual.inputs`", "a fixed value stands here; see `on.manual.inputs`");
        if let InputType::Enum(words) = &input.ty
            && let Some(word) = nearest(text, words.iter().map(String::as_str))
        {
            finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                is_same_but_case(text, word),
                node.span,
                word,
            );
        }
        Box::new(finding)
    })
}
