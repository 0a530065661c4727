//! Runs, plans and items as text for people.

use serde_json::Value;

use super::{Session, limits, output, progress::far};

/// Outcomes that nobody wanted.
pub const NOT_WELL: [&str; 5] = ["failed", "blocked", "ambiguous", "invalid", "not_attempted"];
/// So few calls are nothing to speak of: an import into the directory is one.
const FEW_CALLS: u64 = 2;

fn counts(counts: &Value) {
    for (kind, words) in counts.as_object().into_iter().flatten() {
        let words = told(words);
        output::data(&format!("  {kind}: {}", if words.is_empty() { "nothing" } else { &words }));
    }
}

/// Counts that are not zero.
fn told(words: &Value) -> String {
    let words = words.as_object().into_iter().flatten().filter(|(_, number)| number.as_u64() != Some(0));
    words.map(|(word, number)| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

/// A problem in words, with the next step.
pub fn problem(session: &Session<'_>, problem: &Value, indent: &str) {
    let lang = session.lang.key();
    let field = problem["field"].as_str().map(|field| format!(" ({field})")).unwrap_or_default();
    let code = output::cell(&problem["code"]);
    output::data(&format!("{indent}{code}{field}: {}", output::cell(&problem["reason"][lang])));
    output::data(&format!("{indent}→ {}", output::cell(&problem["hint"][lang])));
}

fn diff(item: &Value, indent: &str) {
    let lines = item["diff"].as_array().map(Vec::as_slice).unwrap_or_default();
    // What is only sent along is no change.
    for line in lines.iter().filter(|line| line["before"] != line["after"] || line["masked"] == true) {
        let before = if line["before_unknown"] == true { "?".into() } else { short(&line["before"]) };
        let from = line["from"].as_str().map(|from| format!("  ({from})")).unwrap_or_default();
        output::data(&format!("{indent}{}: {before} → {}{from}", output::cell(&line["field"]), short(&line["after"])));
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        other => output::cell(other).chars().take(60).collect(),
    }
}

/// A plan: a summary first, then the changes group by group, removals last and marked.
pub fn plan(session: &Session<'_>, plan: &Value) {
    let run = output::cell(&plan["run"]);
    some_of_plan(session, plan, &format!("`idflow runs export {run} FILE --plan` writes all of them"));
}

/// The same; `all` says how to see what is left out.
pub fn some_of_plan(session: &Session<'_>, plan: &Value, all: &str) {
    output::data(&format!("plan {}", output::cell(&plan["hash"])));
    counts(&plan["counts"]);
    costs(plan);
    limits::told(session, &plan["safety"]);
    for notice in plan["notices"].as_array().into_iter().flatten() {
        problem(session, notice, "  note ");
    }
    for held in plan["held"].as_array().into_iter().flatten() {
        output::data("  needs a decision:");
        problem(session, held, "    ");
    }
    let changes = plan["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    for group in plan["groups"].as_array().into_iter().flatten() {
        let mine = |change: &&Value| {
            ["step", "action", "planned"].iter().all(|name| change[*name] == group[*name])
                && change["object"]["type"] == group["kind"]
                // What is not done removes nothing.
                && (change["removes"] == group["removes"] || group["planned"] != "do")
        };
        let mine: Vec<&Value> = changes.iter().filter(mine).collect();
        let mark = if group["removes"] == true { "! " } else { "" };
        let what = match group["planned"].as_str() {
            Some("do") => output::cell(&group["action"]),
            _ => format!("not done, {}", output::cell(&group["planned"])),
        };
        let takes = if group["removes"] == true { "  (takes access away)" } else { "" };
        let (step, kind) = (output::cell(&group["step"]), output::cell(&group["kind"]));
        output::data(&format!("{mark}{step} · {kind} · {what}: {}{takes}", group["count"]));
        for change in &mine {
            line(session, change);
        }
        let more = group["count"].as_u64().unwrap_or(0).saturating_sub(mine.len() as u64);
        if more > 0 {
            output::data(&format!("  … and {more} more; {all}"));
        }
    }
}

/// What it takes to write what a plan holds. What only goes into the directory here takes next to nothing.
fn costs(plan: &Value) {
    let costs = plan["costs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let needed = |name: &str| costs.iter().filter_map(|cost| cost[name].as_u64()).sum::<u64>();
    if needed("calls") <= FEW_CALLS && costs.iter().all(|cost| cost["job"] != true) {
        return;
    }
    let number = |value: u64, thing: &str| output::number_of(usize::try_from(value).unwrap_or(usize::MAX), thing);
    output::data(&format!("  writing takes {}, {}", number(needed("calls"), "call"), span(needed("ms"))));
    // One step is the whole.
    for cost in costs.iter().filter(|_| costs.len() > 1) {
        let way = if cost["job"] == true { ", by import job" } else { "" };
        output::data(&format!(
            "    {}: {}, {}, {}{way}",
            output::cell(&cost["step"]),
            number(cost["objects"].as_u64().unwrap_or(0), "object"),
            number(cost["calls"].as_u64().unwrap_or(0), "call"),
            span(cost["ms"].as_u64().unwrap_or(0))
        ));
    }
}

fn span(ms: u64) -> String {
    match ms {
        0..=999 => "less than 1 s".into(),
        1000..=119_999 => format!("about {} s", ms.div_ceil(1000)),
        _ => format!("about {} min", ms.div_ceil(60_000)),
    }
}

fn line(session: &Session<'_>, item: &Value) {
    let object = &item["object"];
    let outcome = item.get("outcome").or_else(|| item.get("planned").filter(|word| **word != "do"));
    let outcome = outcome.map(|word| format!(" [{}]", output::cell(word))).unwrap_or_default();
    // That a new object is new is said by the action.
    let rule = item["rule"].as_str().filter(|rule| !["", "created"].contains(rule));
    let rule = rule.map(|rule| format!(" by {rule}")).unwrap_or_default();
    output::data(&format!(
        "  {:8} {} {} {}{outcome}{rule}",
        output::cell(&item["action"]),
        output::cell(&object["type"]),
        output::cell(&object["name"]),
        output::cell(if object["at"].is_null() { &object["target"] } else { &object["at"] }),
    ));
    diff(item, "             ");
    if !item["error"].is_null() {
        problem(session, &item["error"], "             ");
    }
    for warning in item["warnings"].as_array().into_iter().flatten() {
        problem(session, warning, "             warning ");
    }
}

/// Items.
pub fn items(session: &Session<'_>, items: &Value) {
    for item in items.as_array().into_iter().flatten() {
        line(session, item);
    }
    output::say(&output::number_of(items.as_array().map_or(0, Vec::len), "item"));
}

/// The newest failures, each with its run. Who fails again and again in the same way is shown once, with the other runs; what
/// a run that was stopped did not come to is no failure of its own and only counted.
pub fn failures(session: &Session<'_>, items: &Value) {
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    let (failed, left): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| item["outcome"] != "not_attempted");
    let same = |one: &Value, other: &Value| {
        one["workflow"] == other["workflow"]
            && one["key"] == other["key"]
            && one["error"]["code"] == other["error"]["code"]
    };
    for (place, item) in failed.iter().enumerate() {
        if failed[..place].iter().any(|newer| same(newer, item)) {
            continue;
        }
        let earlier = failed[place + 1..].iter().filter(|older| same(older, item));
        let earlier: Vec<String> = earlier.map(|older| format!("#{}", older["no"])).collect();
        let too = if earlier.is_empty() { String::new() } else { format!(", also in {}", earlier.join(", ")) };
        let (workflow, at) = (output::cell(&item["workflow"]), output::when(&item["at"]));
        output::data(&format!("{workflow}#{}, {at}{too}", item["no"]));
        line(session, item);
    }
    output::say(&output::number_of(failed.len(), "item"));
    if !left.is_empty() {
        let left = output::number_of(left.len(), "item");
        output::say(&format!(
            "and {left} that stopped runs did not come to (`idflow runs items RUN --outcome not_attempted`)"
        ));
    }
}

/// Calls that did not go well.
pub fn calls(session: &Session<'_>, calls: &Value) {
    for call in calls.as_array().into_iter().flatten() {
        let about = call["key"].as_str().map(|key| format!("  {key}, attempt {}", call["attempt"])).unwrap_or_default();
        let (at, api) = (output::when(&call["at"]), output::cell(&call["api"]));
        output::data(&format!("{at}  {api}  {} ms{about}", call["ms"]));
        for (name, label) in
            [("request", "sent"), ("text", "answer"), ("vendor_trace", "trace"), ("from_ip", "from ip")]
        {
            if let Some(text) = call[name].as_str() {
                output::data(&format!("    {label}: {text}"));
            }
        }
        problem(session, &call["error"], "    ");
    }
    let number = output::number_of(calls.as_array().map_or(0, Vec::len), "call");
    output::say(&format!("{number} that did not go well"));
}

/// Who or what started a run.
fn who(trigger: &Value) -> String {
    let (actor, kind) = (output::cell(&trigger["actor"]), output::cell(&trigger["kind"]));
    if actor == kind { kind } else { format!("{actor} ({kind})") }
}

/// A list of runs.
pub fn runs(runs: &Value) {
    let mut table = output::table(&[
        "run",
        "no",
        "workflow",
        "status",
        "started by",
        "accepted",
        "created",
        "updated",
        "removed",
        "not done",
    ]);
    for run in runs.as_array().into_iter().flatten() {
        // Of a held run what it would do.
        let (counted, done) = match run["status"].as_str() {
            Some("held") => (&run["planned"], ["create", "update", "remove"]),
            _ => (&run["counts"], ["created", "updated", "removed"]),
        };
        let total = |wanted: &[&str]| {
            let kinds = counted.as_object().into_iter().flatten();
            kinds.flat_map(|(_, words)| wanted.iter().filter_map(|word| words[*word].as_u64())).sum::<u64>().to_string()
        };
        table.add_row([
            output::cell(&run["run"]),
            output::cell(&run["no"]),
            format!("{} v{}", output::cell(&run["workflow"]), run["version"]),
            state(run),
            who(&run["trigger"]),
            output::when(&run["accepted"]),
            total(&done[..1]),
            total(&done[1..2]),
            total(&done[2..]),
            total(&NOT_WELL),
        ]);
    }
    output::data(&table.to_string());
}

/// The state of a run in a list, with the removals that wait.
fn state(run: &Value) -> String {
    let planned = run["mode"] == "plan" && !run["ended"].is_null();
    let status = if planned { "planned".into() } else { output::cell(&run["status"]) };
    match run["waiting_removals"].as_u64() {
        Some(waiting) if waiting > 0 => format!("{status}, {waiting} wait"),
        _ => status,
    }
}

/// One run.
pub fn run(session: &Session<'_>, run: &Value) {
    output::data(&format!(
        "run {} (no. {}) of {} v{}: {}",
        output::cell(&run["run"]),
        run["no"],
        output::cell(&run["workflow"]),
        run["version"],
        output::cell(&run["status"])
    ));
    let trigger = &run["trigger"];
    output::data(&format!("  started by {}", who(trigger)));
    if !trigger["due"].is_null() {
        output::data(&format!("  due {}", output::when(&trigger["due"])));
    }
    for (name, what) in [("parent", "after run"), ("chain", "through")] {
        let value = &trigger[name];
        if value.is_string() || value.as_array().is_some_and(|chain| !chain.is_empty()) {
            output::data(&format!("  {what} {}", list(value)));
        }
    }
    if !run["retry_of"].is_null() {
        output::data(&format!("  repeats what went wrong in {}", output::cell(&run["retry_of"])));
    }
    output::data(&format!(
        "  accepted {}, began {}, ended {}",
        output::when(&run["accepted"]),
        output::when(&run["started"]),
        output::when(&run["ended"])
    ));
    if run["abandoned"] == true {
        output::data(session.text(
            "  目前没有进程在处理它：下次 `idflow run` 或 `idflow serve` 启动时继续，`idflow runs cancel` 可结束它",
            "  nobody works on it now: it goes on with the next `idflow run` or `idflow serve`; `idflow runs cancel` ends it",
        ));
    }
    for why in run["why"].as_array().into_iter().flatten() {
        problem(session, why, "  ");
    }
    if !run["expires"].is_null() {
        output::data(&format!("  waits for an approval until {}", output::when(&run["expires"])));
    }
    if run["progress"]["total"].as_u64().is_some_and(|total| total > 0) || !run["progress"]["waiting"].is_null() {
        let (step, far) = (output::cell(&run["progress"]["step"]), far(&run["progress"], session.text("zh", "en")));
        output::data(&if step.is_empty() { format!("  {far}") } else { format!("  {step}: {far}") });
    }
    if run["kept"] != "all" && run["kept"].is_string() {
        output::data(&format!("  kept: {}", output::cell(&run["kept"])));
    }
    let planned = matches!(run["status"].as_str(), Some("held" | "planning" | "paused"));
    output::data(if planned { "planned:" } else { "objects:" });
    counts(if planned { &run["planned"] } else { &run["counts"] });
    if planned {
        costs(run);
    }
    grouped(session, &run["errors"]);
    output::data(&format!(
        "calls: {}, of them writes {}, retries {}",
        run["api"]["calls"], run["api"]["writes"], run["api"]["retries"]
    ));
    let mut table = output::table(&["step", "status", "items", "run"]);
    let steps = run["steps"].as_array().map_or(0, Vec::len);
    for step in run["steps"].as_array().into_iter().flatten() {
        table.add_row([
            output::cell(&step["step"]),
            output::cell(&step["status"]),
            told(&step["counts"]),
            output::cell(&step["child"]),
        ]);
    }
    if steps > 0 {
        output::data(&table.to_string());
    }
    for child in run["children"].as_array().into_iter().flatten() {
        output::data(&format!(
            "started {}#{} ({}): {} {}",
            output::cell(&child["workflow"]),
            child["no"],
            output::cell(&child["kind"]),
            output::cell(&child["status"]),
            output::cell(&child["run"])
        ));
    }
}

fn list(value: &Value) -> String {
    match value.as_array() {
        Some(items) => items.iter().map(output::cell).collect::<Vec<_>>().join(" → "),
        None => output::cell(value),
    }
}

/// Errors by sort: `WECOM_60104 × 37`, with the words and the first item.
fn grouped(session: &Session<'_>, errors: &Value) {
    for group in errors.as_array().into_iter().flatten() {
        let first =
            ["first_name", "first"].iter().find_map(|name| group[*name].as_str().filter(|first| !first.is_empty()));
        let first = first.map(|first| format!(", first {first}")).unwrap_or_default();
        output::data(&format!("  {} × {}{first}", output::cell(&group["error"]["code"]), group["count"]));
        problem(session, &group["error"], "    ");
    }
}

/// How a run ended, in a few lines, with the next step.
pub fn ended(session: &Session<'_>, run: &Value) {
    let id = output::cell(&run["run"]);
    output::data(&format!("run {id}: {}", output::cell(&run["status"])));
    counts(if run["status"] == "held" { &run["planned"] } else { &run["counts"] });
    if run["api"]["calls"] != 0 {
        output::data(&format!("  {} calls, {} of them writes", run["api"]["calls"], run["api"]["writes"]));
    }
    let whys = run["why"].as_array().map(Vec::as_slice).unwrap_or_default();
    // What is a reason of the state, too, is told once.
    for notice in run["notices"].as_array().into_iter().flatten().filter(|notice| !whys.contains(notice)) {
        problem(session, notice, "  note ");
    }
    for why in whys {
        problem(session, why, "  ");
    }
    match run["status"].as_str() {
        Some("held") => {
            let whys = run["why"].as_array().into_iter().flatten();
            let source = whys.filter_map(|why| why["code"].as_str()).any(|code| {
                ["source_min", "source_shrink", "target_missing", "keys_changed", "identity_shift", "mass_clear"]
                    .contains(&code)
            });
            let more = if source { " --source-checked (once you have looked at the source)" } else { "" };
            output::say(&format!("next: idflow runs approve {id}{more}"));
        }
        Some("partial") => output::say(&format!("next: idflow runs items {id}, then idflow runs retry {id}")),
        Some("failed") => output::say(&format!("next: idflow runs items {id}")),
        Some("paused") => output::say(&format!("next: idflow runs resume {id}")),
        _ => {}
    }
}
