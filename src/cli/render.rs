//! Runs and items as text for people.

use std::collections::BTreeMap;

use super::{
    Lang, Session,
    lang::say,
    output,
    plan::{
        self,
        item::{self, Look},
    },
    problem::problem,
    progress::far,
    words,
};
use crate::contract::{
    item::{Call, FailedItem, Item},
    problem::NextKind,
    run::{Counts, ErrorGroup, Kept, Mode, Run, Status},
};

/// Why a run is held whose source, or target, has to be looked at first.
const SOURCE_CHECKS: [&str; 7] = [
    "source_min",
    "source_shrink",
    "target_missing",
    "keys_changed",
    "identity_shift",
    "mass_clear",
    "filter_column_blank",
];

/// Outcomes that nobody wanted.
pub use crate::model::outcomes::NOT_WELL;

/// Objects by kind and word, a line for each kind.
pub fn counts(lang: Lang, counts: &Counts, indent: &str) {
    for (kind, words) in counts {
        let kind = words::kinds(lang, kind, "");
        let told = told(lang, words.iter());
        let told = if told.is_empty() { lang.pick("无", "nothing") } else { &told };
        output::data(&say!(lang, "{indent}{kind}：{told}", "{indent}{kind}: {told}"));
    }
}

/// Counts that are not zero.
fn told<'w>(lang: Lang, words: impl Iterator<Item = (&'w String, &'w u64)>) -> String {
    let words = words.filter(|(_, number)| **number > 0);
    match lang {
        Lang::Zh => words
            .map(|(word, number)| format!("{} {number}", words::counted(lang, word)))
            .collect::<Vec<_>>()
            .join("，"),
        Lang::En => words
            .map(|(word, number)| format!("{number} {}", words::counted(lang, word)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// How many objects of these words there are.
pub fn total(counts: &Counts, wanted: &[&str]) -> u64 {
    counts.values().flat_map(|words| wanted.iter().filter_map(|word| words.get(*word))).sum()
}

/// Items.
pub fn items(lang: Lang, items: &[Item], why: bool) {
    for one in items {
        item::item(Look { lang, why }, one, &[]);
    }
    output::say(&words::of(lang, items.len() as u64, "项", "item"));
}

/// Which step would see to people who are gone: the notes of the run that say so.
pub fn about_leavers(lang: Lang, run: &Run) {
    for notice in run.notices.iter().filter(|notice| notice.code.starts_with("leavers_")) {
        let mut notice = notice.clone();
        // That is what was just done.
        notice.next = notice.next.filter(|next| next.kind != NextKind::ListLeavers);
        problem(lang, &notice, lang.pick("提示：", "note: "));
    }
}

/// The newest failures, each with its run. Who fails again and again in the same way is shown once, with the other runs; what
/// a run that was stopped did not come to is no failure of its own and only counted.
pub fn failures(lang: Lang, items: &[FailedItem]) {
    let (failed, left): (Vec<&FailedItem>, Vec<&FailedItem>) =
        items.iter().partition(|item| item.item.outcome.as_deref() != Some("not_attempted"));
    let code = |item: &FailedItem| item.item.error.as_ref().map(|error| error.code.clone());
    let same = |one: &FailedItem, other: &FailedItem| {
        one.workflow == other.workflow && one.item.key == other.item.key && code(one) == code(other)
    };
    let mut shown = 0;
    for (place, item) in failed.iter().enumerate() {
        if failed[..place].iter().any(|newer| same(newer, item)) {
            continue;
        }
        shown += 1;
        let earlier = failed[place + 1..].iter().filter(|older| same(older, item));
        let earlier: Vec<String> = earlier.map(|older| format!("#{}", older.no)).collect();
        let earlier = lang.list(&earlier);
        let too = match earlier.as_str() {
            "" => String::new(),
            earlier => say!(lang, "，{earlier} 中也有", ", also in {earlier}"),
        };
        let (workflow, no, at) = (&item.workflow, item.no, output::when(item.item.at.as_deref()));
        let settled = if item.settled { lang.pick("，之后已解决", ", settled since") } else { "" };
        output::data(&say!(lang, "{workflow}#{no}，{at}{too}{settled}", "{workflow}#{no}, {at}{too}{settled}"));
        item::item(Look { lang, why: false }, &item.item, &[]);
    }
    let (items, times) = (words::of(lang, shown, "项", "item"), failed.len() as u64);
    output::say(&match times == shown {
        true => items,
        false => say!(lang, "{items}，共出错 {times} 次", "{items}, {times} failures in all"),
    });
    if !left.is_empty() {
        let left = words::of(lang, left.len() as u64, "项", "item");
        output::say(&say!(
            lang,
            "另有 {left}因运行停止而未执行（`idflow runs items RUN --outcome not_attempted`）",
            "and {left} that stopped runs did not come to (`idflow runs items RUN --outcome not_attempted`)"
        ));
    }
}

/// Calls that did not go well.
pub fn calls(lang: Lang, calls: &[Call]) {
    for call in calls {
        let attempt = call.attempt.unwrap_or_default();
        let about =
            call.key.as_ref().map(|key| say!(lang, "  {key}，第 {attempt} 次尝试", "  {key}, attempt {attempt}"));
        let (at, api, ms) = (output::when(Some(&call.at)), &call.api, call.ms);
        let about = about.unwrap_or_default();
        output::data(&say!(lang, "{at}  {api}  {ms} 毫秒{about}", "{at}  {api}  {ms} ms{about}"));
        for (text, label) in [
            (&call.request, lang.pick("发送", "sent")),
            (&call.text, lang.pick("响应", "answer")),
            (&call.vendor_trace, lang.pick("追踪号", "trace")),
            (&call.from_ip, lang.pick("出口 IP", "from ip")),
        ] {
            if let Some(text) = text {
                output::data(&say!(lang, "    {label}：{text}", "    {label}: {text}"));
            }
        }
        problem(lang, &call.error, "    ");
    }
    let number = words::of(lang, calls.len() as u64, "次调用", "call");
    output::say(&say!(lang, "{number}未成功", "{number} that did not go well"));
}

/// A list of runs.
pub fn runs(lang: Lang, runs: &[Run]) {
    let mut table = output::table(&match lang {
        Lang::Zh => ["运行", "序号", "工作流", "状态", "启动者", "接受时间", "新建", "更新", "移除", "未完成"],
        Lang::En => {
            ["run", "no", "workflow", "status", "started by", "accepted", "created", "updated", "removed", "not done"]
        }
    });
    for run in runs {
        // What is not over has no count yet, and a plan does nothing; whom it cannot be done for stands in the plan.
        let over = run.ended.is_some() && run.mode != Mode::Plan;
        let planned = run.status == Status::Held || run.mode == Mode::Plan;
        let done = |word: &str| if over { total(&run.counts, &[word]).to_string() } else { String::new() };
        let undone = match (over, planned) {
            (true, _) => total(&run.counts, &NOT_WELL).to_string(),
            (false, true) => total(&run.planned, &NOT_WELL).to_string(),
            (false, false) => String::new(),
        };
        table.add_row([
            run.run.clone(),
            run.no.to_string(),
            format!("{} v{}", run.workflow, run.version),
            state(lang, run),
            words::who(lang, &run.trigger),
            output::when(Some(&run.accepted)),
            done("created"),
            done("updated"),
            done("removed"),
            undone,
        ]);
    }
    output::show(table);
}

/// The state of a run in a list, with the removals that wait.
fn state(lang: Lang, run: &Run) -> String {
    let planned = run.mode == Mode::Plan && run.ended.is_some() && run.status != Status::Failed;
    let status = if planned { lang.pick("仅预演", "planned") } else { words::status(lang, run.status) };
    match run.waiting_removals {
        0 => status.into(),
        waiting => say!(lang, "{status}，{waiting} 项移除待决定", "{status}, {waiting} wait"),
    }
}

/// One run.
pub fn run(session: &Session<'_>, run: &Run) {
    let lang = session.lang;
    let (id, no, workflow, version) = (&run.run, run.no, &run.workflow, run.version);
    let status = words::status(lang, run.status);
    output::data(&say!(
        lang,
        "运行 {id}（{workflow} v{version} 的第 {no} 次）：{status}",
        "run {id} (no. {no}) of {workflow} v{version}: {status}"
    ));
    beginning(lang, run);
    let time = |time: Option<&String>| output::when(time.map(String::as_str));
    let (accepted, began, ended) =
        (output::when(Some(&run.accepted)), time(run.started.as_ref()), time(run.ended.as_ref()));
    output::data(&say!(
        lang,
        "  接受 {accepted}，开始 {began}，结束 {ended}",
        "  accepted {accepted}, began {began}, ended {ended}"
    ));
    if run.abandoned == Some(true) {
        output::data(session.text(
            "  目前没有进程在处理它：下次 `idflow run` 或 `idflow serve` 启动时继续，`idflow runs cancel` 可结束它",
            "  nobody works on it now: it goes on with the next `idflow run` or `idflow serve`; `idflow runs cancel` ends it",
        ));
    }
    for why in &run.why {
        problem(lang, why, "  ");
    }
    if run.expires.is_some() {
        let until = time(run.expires.as_ref());
        output::data(&say!(lang, "  等待审批，截止 {until}", "  waits for an approval until {until}"));
    }
    if let Some(progress) = run.progress.as_ref().filter(|progress| progress.total > 0 || progress.waiting.is_some()) {
        let (step, far) = (&progress.step, far(lang, progress));
        output::data(&if step.is_empty() {
            format!("  {far}")
        } else {
            say!(lang, "  {step}：{far}", "  {step}: {far}")
        });
    }
    match run.kept {
        Kept::All => {}
        Kept::Failures => {
            output::data(lang.pick("  已清理：只保留出错的明细", "  kept: only the items that went wrong"))
        }
        Kept::Header => output::data(lang.pick("  已清理：只保留概要", "  kept: only the summary")),
    }
    let planned = matches!(run.status, Status::Held | Status::Planning | Status::Paused);
    output::data(if planned { lang.pick("计划变更：", "planned:") } else { lang.pick("对象：", "objects:") });
    counts(lang, if planned { &run.planned } else { &run.counts }, "  ");
    plan::bindings(lang, &run.bindings, !planned);
    if planned {
        plan::costs(lang, &run.costs, &BTreeMap::new());
    }
    grouped(lang, &run.errors);
    let (calls, writes, retries) = (run.api.calls, run.api.writes, run.api.retries);
    let least = at_least(lang, run);
    output::data(&say!(
        lang,
        "调用：{least}{calls} 次，其中写入 {writes} 次，重试 {retries} 次",
        "calls: {least}{calls}, of them writes {writes}, retries {retries}"
    ));
    steps(lang, run);
    children(lang, run);
}

/// Who or what started a run.
fn beginning(lang: Lang, run: &Run) {
    let trigger = &run.trigger;
    let who = words::who(lang, trigger);
    output::data(&say!(lang, "  启动者：{who}", "  started by {who}"));
    if trigger.due.is_some() {
        let due = output::when(trigger.due.as_deref());
        output::data(&say!(lang, "  预定时间：{due}", "  due {due}"));
    }
    if let Some(parent) = &trigger.parent {
        output::data(&say!(lang, "  由运行 {parent} 引起", "  after run {parent}"));
    }
    if !trigger.chain.is_empty() {
        let chain = trigger.chain.join(" → ");
        output::data(&say!(lang, "  经过工作流：{chain}", "  through {chain}"));
    }
    if let Some(other) = &run.retry_of {
        output::data(&say!(lang, "  重试 {other} 中出错的部分", "  repeats what went wrong in {other}"));
    }
}

fn steps(lang: Lang, run: &Run) {
    if !run.steps.is_empty() {
        let mut table = output::table(&match lang {
            Lang::Zh => ["步骤", "状态", "明细", "运行"],
            Lang::En => ["step", "status", "items", "run"],
        });
        for step in &run.steps {
            table.add_row([
                step.step.clone(),
                words::status(lang, step.status).into(),
                told(lang, step.counts.iter()),
                step.child.clone().unwrap_or_default(),
            ]);
        }
        output::show(table);
    }
}

/// The runs that this one started.
fn children(lang: Lang, run: &Run) {
    for child in run.children.iter().flatten() {
        let kind = serde_json::to_value(&child.kind).map(|kind| output::cell(&kind)).unwrap_or_default();
        let (workflow, no, status) = (&child.workflow, child.no, words::status(lang, child.status));
        let (kind, id) = (words::trigger(lang, &kind), &child.run);
        output::data(&say!(
            lang,
            "启动了 {workflow}#{no}（{kind}）：{status} {id}",
            "started {workflow}#{no} ({kind}): {status} {id}"
        ));
    }
}

/// Errors by sort: `WECOM_60104 × 37`, with the words and the first item.
fn grouped(lang: Lang, errors: &[ErrorGroup]) {
    for group in errors {
        let first = [&group.first_name, &group.first].into_iter().find(|first| !first.is_empty());
        let first = first.map(|first| say!(lang, "，第一项是 {first}", ", first {first}")).unwrap_or_default();
        output::data(&format!("  {} × {}{first}", group.error.code, group.count));
        problem(lang, &group.error, "    ");
    }
}

/// What stands before the number of calls of a run: nobody counted those of a process in the moment in which it ended.
fn at_least(lang: Lang, run: &Run) -> &'static str {
    if run.resumed.is_empty() { "" } else { lang.pick("至少 ", "at least ") }
}

/// That a run which came to nothing is to be started again.
fn again(lang: Lang, next: &str, run: &Run) -> String {
    let workflow = &run.workflow;
    let verb = if run.mode == Mode::Plan { "plan" } else { "run" };
    let given = run.inputs.as_object().is_some_and(|inputs| !inputs.is_empty());
    let same = if given { lang.pick("（输入相同）", " with the same inputs") } else { "" };
    match run.trigger.kind.as_str() {
        "import" => {
            say!(lang, "{next}解决上面的问题后，重新导入", "{next}once that is mended, import it again")
        }
        "retry" => {
            let of = run.retry_of.as_deref().unwrap_or("RUN");
            say!(
                lang,
                "{next}解决上面的问题后，idflow runs retry {of}",
                "{next}once that is mended, idflow runs retry {of}"
            )
        }
        _ => say!(
            lang,
            "{next}解决上面的问题后，idflow {verb} {workflow}{same}",
            "{next}once that is mended, idflow {verb} {workflow}{same}"
        ),
    }
}

/// How a run ended, in a few lines, with the next step.
pub fn ended(lang: Lang, run: &Run) {
    let (id, status) = (&run.run, words::status(lang, run.status));
    output::data(&say!(lang, "运行 {id}：{status}", "run {id}: {status}"));
    counts(lang, if run.status == Status::Held { &run.planned } else { &run.counts }, "  ");
    plan::bindings(lang, &run.bindings, run.status != Status::Held);
    if run.api.calls != 0 {
        let (calls, writes) = (words::of(lang, run.api.calls, "次调用", "call"), run.api.writes);
        let least = at_least(lang, run);
        output::data(&say!(
            lang,
            "  {least}{calls}，其中写入 {writes} 次",
            "  {least}{calls}, {writes} of them writes"
        ));
    }
    // What is a reason of the state, too, is told once.
    for notice in run.notices.iter().filter(|notice| !run.why.contains(notice)) {
        problem(lang, notice, lang.pick("  提示：", "  note: "));
    }
    for why in &run.why {
        problem(lang, why, "  ");
    }
    let next = lang.pick("下一步：", "next: ");
    match run.status {
        Status::Held => {
            let source = run.why.iter().any(|why| SOURCE_CHECKS.contains(&why.code.as_str()));
            let more = match source {
                true => lang
                    .pick(" --source-checked（先核对来源）", " --source-checked (once you have looked at the source)"),
                false => "",
            };
            output::say(&say!(
                lang,
                "{next}idflow runs show {id} --plan，然后 idflow runs approve {id}{more}",
                "{next}idflow runs show {id} --plan, then idflow runs approve {id}{more}"
            ));
        }
        Status::Partial => {
            output::say(&say!(
                lang,
                "{next}idflow runs items {id}，然后 idflow runs retry {id}",
                "{next}idflow runs items {id}, then idflow runs retry {id}"
            ));
        }
        // A step that could not read left nothing to look at: what to mend is said above.
        Status::Failed if run.rows == 0 => output::say(&again(lang, next, run)),
        Status::Failed => output::say(&format!("{next}idflow runs items {id}")),
        Status::Paused => output::say(&format!("{next}idflow runs resume {id}")),
        _ => {}
    }
}
