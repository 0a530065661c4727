//! A plan as an approver reads it: what it comes to in words, what is over a limit, and the changes, removals first; with
//! titles, names and paths. Where a value comes from in the workflow is told on request only.

use std::collections::BTreeMap;

use super::{Lang, lang::say, limits, output, problem::problem, words};
use crate::contract::{
    bindings::Bindings,
    item::{Action, FieldChange, Item, Planned},
    plan::{Plan, PlanGroup},
    run::StepCost,
};

/// So few calls are nothing to speak of: an import into the directory is one.
const FEW_CALLS: u64 = 2;
/// How wide a line of fields becomes where nobody says how wide the terminal is.
const WIDTH: usize = 100;

/// How to tell a plan.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The language.
    pub lang: Lang,
    /// With raw values, and the line of the mapping that asks for each.
    pub why: bool,
    /// How to see what is left out.
    pub all: Option<&'a str>,
}

/// A plan.
pub fn tell(look: Look<'_>, plan: &Plan) {
    let lang = look.lang;
    output::data(&format!("{} {}", lang.pick("预演", "plan"), plan.hash.as_deref().unwrap_or("–")));
    output::data(&format!("  {}", sums(lang, plan)));
    costs(lang, &plan.costs);
    limits::told(lang, &plan.safety);
    for notice in &plan.notices {
        problem(lang, notice, lang.pick("  提示 ", "  note "));
    }
    for held in &plan.held {
        output::data(lang.pick("  需要人工决定：", "  needs a decision:"));
        problem(lang, held, "    ");
    }
    // What takes access away first, also where it waits for a decision.
    let (removals, others): (Vec<&PlanGroup>, Vec<&PlanGroup>) = plan.groups.iter().partition(|group| takes(group));
    for group in removals.into_iter().chain(others) {
        let mine: Vec<&Item> = plan.changes.iter().filter(|change| belongs(group, change)).collect();
        output::data(&head(lang, group, system(plan, group)));
        for change in &mine {
            item(look, change);
        }
        let more = group.count.saturating_sub(mine.len() as u64);
        if more > 0 {
            let run = &plan.run;
            let all = look.all.map_or_else(
                || {
                    say!(
                        lang,
                        "用 `idflow runs export {run} FILE --plan` 导出全部",
                        "`idflow runs export {run} FILE --plan` writes all of them"
                    )
                },
                ToString::to_string,
            );
            output::data(&say!(lang, "  … 另有 {more} 项；{all}", "  … and {more} more; {all}"));
        }
    }
    bindings(lang, &plan.bindings, false);
    for one in &plan.contested {
        let (field, count, workflow) = (&one.field, one.count, &one.workflow);
        output::data(&say!(
            lang,
            "有争议：{count} 个对象的字段 {field} 也由工作流 {workflow} 填写，两者会互相改回；请用 write: create 或 fill 让其中一个让出",
            "contested: `{field}` of {count} objects is filled by the workflow {workflow}, too: each takes back what the other wrote; let one of them give way (`write: create` or `fill`)"
        ));
    }
}

/// Who is who: told where somebody would be bound, or waits for a person. `done`: of a run that has carried its plan out.
pub fn bindings(lang: Lang, counted: &BTreeMap<String, Bindings>, done: bool) {
    for (kind, counts) in counted {
        let Bindings { bound, to_bind, to_create, proposed, ambiguous, alone, ignored, .. } = counts;
        if to_bind + proposed + ambiguous + alone + ignored == 0 {
            continue;
        }
        let kind = words::kinds(lang, kind, "");
        if done {
            output::data(&say!(
                lang,
                "  {kind}绑定（按预演）：此前已绑定 {bound}，本次绑定 {to_bind}，新建 {to_create}；待确认 {proposed}（一个候选）、{ambiguous}（多个候选）、{alone}（没有候选）；忽略 {ignored}",
                "  {kind}, as planned: {bound} bound before, {to_bind} bound by it, {to_create} made; waiting for a decision: {proposed} with one candidate, {ambiguous} with several, {alone} with none; {ignored} ignored"
            ));
            continue;
        }
        output::data(&say!(
            lang,
            "{kind}绑定：已绑定 {bound}，将绑定 {to_bind}，将新建 {to_create}；待确认 {proposed}（一个候选）、{ambiguous}（多个候选）、{alone}（没有候选）；忽略 {ignored}",
            "{kind}: {bound} bound, {to_bind} to bind, {to_create} to create; waiting for a decision: {proposed} with one candidate, {ambiguous} with several, {alone} with none; {ignored} ignored"
        ));
    }
}

/// Whether the changes of a group take access away, or would.
fn takes(group: &PlanGroup) -> bool {
    group.removes || matches!(group.action, Action::Disable | Action::Delete)
}

fn belongs(group: &PlanGroup, change: &Item) -> bool {
    change.step == group.step
        && change.action == group.action
        && change.planned == Some(group.planned)
        && change.object.kind == group.kind
        // What is not done removes nothing.
        && (change.removes == group.removes || group.planned != Planned::Do)
}

/// The system that a group writes.
fn system<'p>(plan: &'p Plan, group: &PlanGroup) -> &'p str {
    let found = plan.changes.iter().find(|change| change.step == group.step && change.object.kind == group.kind);
    found.map_or("", |change| &change.object.system)
}

fn verb(lang: Lang, group: &PlanGroup) -> &'static str {
    match group.action {
        // An update that takes access away is one that disables.
        Action::Update if group.removes => lang.pick("禁用或移出", "take access from"),
        action => words::action(lang, action),
    }
}

/// What a plan comes to, in words; what takes access away first.
fn sums(lang: Lang, plan: &Plan) -> String {
    let done = |removes: bool| {
        plan.groups.iter().filter(move |group| group.planned == Planned::Do && group.removes == removes)
    };
    let mut parts: Vec<String> = done(true)
        .chain(done(false))
        .map(|group| {
            let number = words::number(lang, group.count, &group.kind, system(plan, group));
            format!("{} {number}", verb(lang, group))
        })
        .collect();
    let left: u64 = plan.groups.iter().filter(|group| group.planned != Planned::Do).map(|group| group.count).sum();
    let unchanged: u64 = plan.counts.values().filter_map(|words| words.get("unchanged")).sum();
    let waiting = plan.waiting_removals;
    if waiting > 0 {
        parts.insert(0, say!(lang, "{waiting} 项移除等待决定", "{waiting} removals wait for a decision"));
    }
    if parts.is_empty() {
        parts.push(lang.pick("没有要写入的变更", "nothing to write").into());
    }
    if left > 0 {
        parts.push(say!(lang, "{left} 项不执行（见下）", "{left} not done (see below)"));
    }
    if unchanged > 0 {
        parts.push(say!(lang, "{unchanged} 项没有变化", "{unchanged} unchanged"));
    }
    lang.pick("合计：", "in all: ").to_string() + &parts.join(lang.pick("，", ", "))
}

/// The line above the changes of a group.
fn head(lang: Lang, group: &PlanGroup, system: &str) -> String {
    let number = words::number(lang, group.count, &group.kind, system);
    let step = &group.step;
    if group.planned != Planned::Do && takes(group) {
        let (verb, why) = (verb(lang, group), words::planned(lang, group.planned));
        return say!(
            lang,
            "! {verb} {number}：现在不执行（{why}），原因见各项 · 步骤 {step}",
            "! {verb} {number}: not now ({why}), each says why · step {step}"
        );
    }
    if group.planned != Planned::Do {
        let why = words::planned(lang, group.planned);
        return say!(lang, "不执行（{why}）：{number} · 步骤 {step}", "not done ({why}): {number} · step {step}");
    }
    let verb = verb(lang, group);
    match group.removes {
        true => say!(
            lang,
            "! {verb} {number}（失去访问权限） · 步骤 {step}",
            "! {verb} {number} (takes access away) · step {step}"
        ),
        false => say!(lang, "{verb} {number} · 步骤 {step}", "{verb} {number} · step {step}"),
    }
}

/// What it takes to write what a plan holds. What only goes into the directory here takes next to nothing.
pub fn costs(lang: Lang, costs: &[StepCost]) {
    let (calls, ms) = costs.iter().fold((0, 0), |(calls, ms), cost| (calls + cost.calls, ms + cost.ms));
    if calls <= FEW_CALLS && costs.iter().all(|cost| !cost.job) {
        return;
    }
    let number = |number: u64| words::of(lang, number, "次调用", "API call");
    let (all, time) = (number(calls), span(lang, ms));
    output::data(&say!(lang, "  写入需要 {all}，{time}", "  writing takes {all}, {time}"));
    // One step is the whole.
    for cost in costs.iter().filter(|_| costs.len() > 1) {
        let (step, calls, time) = (&cost.step, number(cost.calls), span(lang, cost.ms));
        let objects = words::of(lang, cost.objects, "个对象", "object");
        let way = if cost.job { lang.pick("，用异步导入", ", by import job") } else { "" };
        output::data(&say!(
            lang,
            "    {step}：{objects}，{calls}，{time}{way}",
            "    {step}: {objects}, {calls}, {time}{way}"
        ));
    }
}

fn span(lang: Lang, ms: u64) -> String {
    match ms {
        0..=999 => lang.pick("不到 1 秒", "less than 1 s").into(),
        1000..=119_999 => {
            let s = ms.div_ceil(1000);
            say!(lang, "约 {s} 秒", "about {s} s")
        }
        _ => {
            let min = ms.div_ceil(60_000);
            say!(lang, "约 {min} 分钟", "about {min} min")
        }
    }
}

/// One object: what is done with it, and field by field what changes.
pub fn item(look: Look<'_>, item: &Item) {
    let lang = look.lang;
    let object = &item.object;
    let sign = match (item.removes, item.action) {
        (true, _) => '-',
        (_, Action::Create) => '+',
        (_, Action::Update) => '~',
        (_, Action::Disable | Action::Delete) => '-',
        _ => '·',
    };
    let outcome = match (&item.outcome, item.planned) {
        (Some(word), _) => format!(" [{}]", words::counted(lang, word)),
        (None, Some(planned)) if planned != Planned::Do => format!(" [{}]", words::planned(lang, planned)),
        _ => String::new(),
    };
    // That a new object is new is said by the action, and that an old one is linked is usual.
    let rule = Some(&*item.rule).filter(|rule| !["", "created", "linked"].contains(rule));
    let rule =
        rule.map(|rule| say!(lang, "（匹配：{rule}）", " (matched by: {rule})").replace(rule, words::rule(lang, rule)));
    let (action, kind) = (words::action(lang, item.action), words::kind(lang, &object.kind, &object.system));
    let called = called(item);
    let rule = rule.unwrap_or_default();
    output::data(&say!(
        lang,
        "  {sign} {action}{kind} {called}{outcome}{rule}",
        "  {sign} {action} {kind} {called}{outcome}{rule}"
    ));
    let indent = "      ";
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
        filled(
            lang,
            fields.map(|line| format!("{}{}{}", title(lang, line), lang.pick("：", ": "), value(lang, line, false))),
            indent,
        );
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
    if let Some(error) = &item.error {
        problem(lang, error, indent);
    }
    for warning in &item.warnings {
        problem(lang, warning, &format!("{indent}{}", lang.pick("警告 ", "warning ")));
    }
}

/// The object by its name, and by what tells it from others of that name.
fn called(item: &Item) -> String {
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
        (name, more) => format!("{name} {more}"),
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

fn change(look: Look<'_>, line: &FieldChange) -> String {
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

/// Short texts in lines, as many as fit.
fn filled(lang: Lang, parts: impl Iterator<Item = String>, indent: &str) {
    let (separator, width) = (lang.pick("；", "; "), output::width().unwrap_or(WIDTH));
    let mut line = String::new();
    for part in parts {
        let longer = output::cells(&line) + output::cells(&part) + indent.len() + 2;
        if !line.is_empty() && longer > width {
            output::data(&format!("{indent}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(separator);
        }
        line.push_str(&part);
    }
    if !line.is_empty() {
        output::data(&format!("{indent}{line}"));
    }
}
