//! A plan as an approver reads it: what it is of, what it comes to in words, what was checked, and the changes, removals first;
//! with titles, names and paths; and what can be done with it. Where a value comes from in the workflow is told on request only.

pub mod about;
pub mod item;
mod links;
pub mod load;

use std::collections::BTreeMap;

use super::{Lang, lang::say, limits, output, problem::problem, words};
use crate::contract::{
    bindings::Bindings,
    item::{Item, Planned},
    plan::{Plan, PlanGroup},
    problem::Text,
    run::StepCost,
};
use about::Way;
use item::{Look, verb};
use load::{Shown, belongs, takes};

/// So few calls are nothing to speak of: an import into the directory is one.
const FEW_CALLS: u64 = 2;
/// Whoever decides about a plan does not ask for a time as short as this one, and it would be no honest estimate.
const SHORT_MS: u64 = 5_000;

/// A plan. `all`: how to see what is left out; `way`: what can be done with it.
pub fn tell(look: Look, shown: &Shown, all: Option<&str>, way: Way<'_>) {
    let (lang, plan) = (look.lang, &shown.plan);
    about::head(lang, shown);
    sums(lang, plan);
    left_out(lang, shown, all);
    costs(lang, &plan.costs, &plan.steps);
    limits::told(lang, &plan.safety, written(plan));
    for notice in &plan.notices {
        problem(lang, notice, lang.pick("  提示：", "  note: "));
    }
    if !plan.held.is_empty() {
        output::data(lang.pick("  需要人工决定：", "  needs a decision:"));
        plan.held.iter().for_each(|held| problem(lang, held, "    "));
    }
    // What takes access away first, also where it waits for a decision.
    let (removals, others): (Vec<&PlanGroup>, Vec<&PlanGroup>) = plan.groups.iter().partition(|group| takes(group));
    let groups: Vec<(&PlanGroup, Vec<&Item>)> = removals
        .into_iter()
        .chain(others)
        .map(|group| (group, plan.changes.iter().filter(|change| belongs(group, change)).collect()))
        .collect();
    let order: Vec<&Item> = groups.iter().flat_map(|(_, mine)| mine.iter().copied()).collect();
    let linked = links::find(&order);
    if matches!(way, Way::Run(_)) && order.iter().any(|item| item.diff.iter().any(|line| line.masked)) {
        output::data(lang.pick(
            "  部分个人信息已隐藏：加 --reveal 显示完整值（需要相应权限，并记入审计）",
            "  private values are hidden in part: --reveal shows them (it needs the permission, and stands in the audit)",
        ));
    }
    let mut place = 0;
    for (group, mine) in &groups {
        output::data(&head(lang, plan, group, mine));
        for change in mine {
            item::item(look, change, linked.get(&place).map_or(&[], Vec::as_slice));
            place += 1;
        }
        let more = group.count.saturating_sub(mine.len() as u64);
        if more > 0 {
            output::data(&say!(lang, "  … 另有 {more} 项没有列出", "  … {more} more are not shown"));
        }
    }
    bindings(lang, &plan.bindings, false);
    contested(lang, plan);
    about::next(lang, shown, way);
}

/// Fields that another workflow fills, too.
fn contested(lang: Lang, plan: &Plan) {
    for one in &plan.contested {
        let (field, count, workflow) = (&one.field, one.count, &one.workflow);
        output::data(&say!(
            lang,
            "有争议：{count} 个对象的字段 {field} 也由工作流 {workflow} 填写，两者会互相改回；请用 write: create 或 fill 让其中一个让出",
            "contested: `{field}` of {count} objects is filled by the workflow {workflow}, too: each takes back what the other wrote; let one of them give way (`write: create` or `fill`)"
        ));
    }
}

/// Says at once that not everything is shown: nobody signs what he took for the whole.
fn left_out(lang: Lang, shown: &Shown, all: Option<&str>) {
    let left = shown.left_out();
    if left == 0 {
        return;
    }
    let run = &shown.plan.run;
    let all = all.map_or_else(
        || {
            say!(
                lang,
                "`idflow runs show {run} --plan --all` 全部列出，`idflow runs export {run} FILE --plan` 写入文件",
                "`idflow runs show {run} --plan --all` shows all of them, `idflow runs export {run} FILE --plan` writes them into a file"
            )
        },
        ToString::to_string,
    );
    output::data(&say!(
        lang,
        "! 下面没有全部列出：{left} 项略去（禁用和删除的都列出）；{all}",
        "! not everything is shown below: {left} changes are left out, none of them takes access away; {all}"
    ));
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

/// The connector of the system that a plan writes; nothing where it writes several.
fn written(plan: &Plan) -> &str {
    match plan.writes.as_slice() {
        [side] => &side.connector,
        _ => "",
    }
}

/// The system that a group writes.
fn system<'p>(plan: &'p Plan, group: &PlanGroup) -> &'p str {
    let found = plan.changes.iter().find(|change| change.step == group.step && change.object.kind == group.kind);
    found.map_or_else(|| written(plan), |change| &change.object.system)
}

/// What a plan comes to, in words; what takes access away first.
fn sums(lang: Lang, plan: &Plan) {
    let told = |groups: &mut dyn Iterator<Item = &PlanGroup>| -> (u64, String) {
        let (mut all, mut parts) = (0, Vec::new());
        for group in groups {
            let number = words::number(lang, group.count, &group.kind, system(plan, group));
            parts.push(format!("{} {number}", verb(lang, group.action, group.removes)));
            all += group.count;
        }
        (all, parts.join(lang.pick("，", ", ")))
    };
    let done = |removes: bool| {
        plan.groups.iter().filter(move |group| group.planned == Planned::Do && group.removes == removes)
    };
    let (number, parts) = told(&mut done(true).chain(done(false)));
    output::data(&match number {
        0 => lang.pick("合计：没有要写入的变更", "in all: nothing to write").to_string(),
        number => say!(lang, "合计 {number} 项变更：{parts}", "in all {number}: {parts}"),
    });
    let (number, parts) = told(&mut plan.groups.iter().filter(|group| group.planned != Planned::Do));
    if number > 0 {
        output::data(&say!(
            lang,
            "  不执行 {number} 项：{parts}（原因见各项）",
            "  not done {number}: {parts} (each says why)"
        ));
    }
    let waiting = plan.waiting_removals;
    if waiting > 0 {
        output::data(&say!(
            lang,
            "  其中移除等待决定：{waiting} 项",
            "  of them removals that wait for a decision: {waiting}"
        ));
    }
    let unchanged = plan.counts.iter().filter_map(|(kind, words)| {
        let number = *words.get("unchanged").filter(|number| **number > 0)?;
        Some(words::number(lang, number, kind, written(plan)))
    });
    let unchanged = lang.list(unchanged);
    if !unchanged.is_empty() {
        output::data(&say!(lang, "  没有变化：{unchanged}", "  unchanged: {unchanged}"));
    }
}

/// The line above the changes of a group.
fn head(lang: Lang, plan: &Plan, group: &PlanGroup, mine: &[&Item]) -> String {
    let number = words::number(lang, group.count, &group.kind, system(plan, group));
    let (step, verb) = (step(lang, &plan.steps, &group.step), verb(lang, group.action, group.removes));
    if group.planned == Planned::Do {
        return match group.removes {
            true => say!(
                lang,
                "! {verb} {number}（失去访问权限） · 步骤 {step}",
                "! {verb} {number} (takes access away) · step {step}"
            ),
            false => say!(lang, "{verb} {number} · 步骤 {step}", "{verb} {number} · step {step}"),
        };
    }
    // One word for all of them, where it is right for all.
    let mut whys: Vec<&str> =
        mine.iter().map(|item| words::not_done(lang, group.planned, item.error.as_ref())).collect();
    whys.sort_unstable();
    whys.dedup();
    let why = match whys.as_slice() {
        [why] => say!(lang, "（{why}）", " ({why})"),
        _ => String::new(),
    };
    let mark = if takes(group) { "! " } else { "" };
    say!(
        lang,
        "{mark}现在不执行{why}：{verb} {number} · 步骤 {step}",
        "{mark}not done now{why}: {verb} {number} · step {step}"
    )
}

/// A step by its title; its id stands beside it for whoever reads the file.
fn step(lang: Lang, titles: &BTreeMap<String, Text>, id: &str) -> String {
    match titles.get(id).map(|title| lang.of(title)).filter(|title| !title.is_empty() && *title != id) {
        Some(title) => say!(lang, "{title}（{id}）", "{title} ({id})"),
        None => id.to_string(),
    }
}

/// What it takes to write what a plan holds, as far as that can be said before. What only goes into the directory here takes next
/// to nothing. `titles`: of the steps.
pub fn costs(lang: Lang, costs: &[StepCost], titles: &BTreeMap<String, Text>) {
    let (calls, ms) = costs.iter().fold((0, 0), |(calls, ms), cost| (calls + cost.calls, ms + cost.ms));
    if calls <= FEW_CALLS && costs.iter().all(|cost| !cost.job) {
        return;
    }
    let number = |number: u64| words::of(lang, number, "次接口调用", "API call");
    let all = number(calls);
    if ms < SHORT_MS {
        output::data(&say!(lang, "  写入大约需要 {all}", "  writing takes about {all}"));
        return;
    }
    let time = span(lang, ms);
    output::data(&say!(
        lang,
        "  写入大约需要 {all}，估计{time}（按调用耗时和频率限制估算，不含重试和对方系统的停顿）",
        "  writing takes about {all}, {time} by estimate (by how long calls take and how many are allowed, without retries and pauses of the other system)"
    ));
    // One step is the whole.
    for cost in costs.iter().filter(|_| costs.len() > 1) {
        let (step, calls, time) = (step(lang, titles, &cost.step), number(cost.calls), span(lang, cost.ms));
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
