//! Runs, plans and items as text for people.

use serde_json::Value;

use super::{Session, output, progress::far};

fn counts(counts: &Value) {
    for (kind, words) in counts.as_object().into_iter().flatten() {
        let words = words.as_object().into_iter().flatten();
        let words = words.map(|(word, number)| format!("{number} {word}")).collect::<Vec<_>>().join(", ");
        output::data(&format!("  {kind}: {words}"));
    }
}

fn problem(session: &Session<'_>, problem: &Value, indent: &str) {
    let lang = session.lang.key();
    output::data(&format!("{indent}{}: {}", output::cell(&problem["code"]), output::cell(&problem["reason"][lang])));
    output::data(&format!("{indent}→ {}", output::cell(&problem["hint"][lang])));
}

fn diff(item: &Value, indent: &str) {
    for line in item["diff"].as_array().into_iter().flatten() {
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
    output::data(&format!("plan {}", output::cell(&plan["hash"])));
    counts(&plan["counts"]);
    costs(plan);
    safety(&plan["safety"]);
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
            output::data(&format!("  … and {more} more; --export FILE or --output json shows all"));
        }
    }
}

/// What the steps of a plan will cost.
fn costs(plan: &Value) {
    let costs = plan["costs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if costs.is_empty() {
        return;
    }
    let needed = |name: &str| costs.iter().filter_map(|cost| cost[name].as_u64()).sum::<u64>();
    output::data(&format!("  needs {} calls, {} by latency and quotas:", needed("calls"), span(needed("ms"))));
    for cost in costs {
        let way = if cost["job"] == true { "import job" } else { "call by call" };
        output::data(&format!(
            "    {}: {} objects, {} calls, {}, {way}",
            output::cell(&cost["step"]),
            cost["objects"],
            cost["calls"],
            span(cost["ms"].as_u64().unwrap_or(0))
        ));
    }
}

fn span(ms: u64) -> String {
    match ms {
        0..=999 => format!("{ms} ms"),
        1000..=119_999 => format!("about {} s", ms.div_ceil(1000)),
        _ => format!("about {} min", ms.div_ceil(60_000)),
    }
}

/// Counts without a point, shares with what they have behind it.
fn round(number: &Value) -> String {
    number.as_f64().map(|number| format!("{}", (number * 100.0).round() / 100.0)).unwrap_or_default()
}

/// Limits and what the plan does.
fn safety(checks: &Value) {
    for check in checks.as_array().into_iter().flatten() {
        let verdict = if check["ok"] == true { "ok" } else { "exceeded" };
        output::data(&format!(
            "  {} {}: {} of {} ({verdict})",
            output::cell(&check["rule"]),
            output::cell(&check["kind"]),
            round(&check["actual"]),
            round(&check["limit"])
        ));
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
    output::say(&format!("{} items", items.as_array().map_or(0, Vec::len)));
}

/// The newest failures, each with its run.
pub fn failures(session: &Session<'_>, items: &Value) {
    for item in items.as_array().into_iter().flatten() {
        output::data(&format!("{}#{} at {}", output::cell(&item["workflow"]), item["no"], output::cell(&item["at"])));
        line(session, item);
    }
    output::say(&format!("{} items", items.as_array().map_or(0, Vec::len)));
}

/// Calls that did not go well.
pub fn calls(session: &Session<'_>, calls: &Value) {
    for call in calls.as_array().into_iter().flatten() {
        let about = call["key"].as_str().map(|key| format!("  {key}, attempt {}", call["attempt"])).unwrap_or_default();
        let (at, api) = (output::cell(&call["at"]), output::cell(&call["api"]));
        output::data(&format!("{at}  {api}  {} ms{about}", call["ms"]));
        for (name, label) in
            [("request", "sent"), ("errmsg", "answer"), ("vendor_trace", "trace"), ("from_ip", "from ip")]
        {
            if let Some(text) = call[name].as_str() {
                output::data(&format!("    {label}: {text}"));
            }
        }
        problem(session, &call["error"], "    ");
    }
    output::say(&format!("{} calls that did not go well", calls.as_array().map_or(0, Vec::len)));
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
        "failed",
    ]);
    for run in runs.as_array().into_iter().flatten() {
        let total = |word: &str| {
            let kinds = run["counts"].as_object().into_iter().flatten();
            kinds.filter_map(|(_, words)| words[word].as_u64()).sum::<u64>().to_string()
        };
        table.add_row([
            output::cell(&run["run"]),
            output::cell(&run["no"]),
            format!("{} v{}", output::cell(&run["workflow"]), run["version"]),
            if run["mode"] == "plan" { "planned".into() } else { output::cell(&run["status"]) },
            format!("{} ({})", output::cell(&run["trigger"]["actor"]), output::cell(&run["trigger"]["kind"])),
            output::cell(&run["accepted"]),
            total("created"),
            total("updated"),
            total("removed"),
            total("failed"),
        ]);
    }
    output::data(&table.to_string());
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
    output::data(&format!("  started by {} ({})", output::cell(&trigger["actor"]), output::cell(&trigger["kind"])));
    if !trigger["due"].is_null() {
        output::data(&format!("  due {}", output::cell(&trigger["due"])));
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
        output::cell(&run["accepted"]),
        short(&run["started"]),
        short(&run["ended"])
    ));
    for why in run["why"].as_array().into_iter().flatten() {
        problem(session, why, "  ");
    }
    if !run["expires"].is_null() {
        output::data(&format!("  waits for an approval until {}", output::cell(&run["expires"])));
    }
    if run["progress"]["total"].as_u64().is_some_and(|total| total > 0) || !run["progress"]["waiting"].is_null() {
        output::data(&format!("  {}: {}", output::cell(&run["progress"]["step"]), far(&run["progress"])));
    }
    if run["kept"] != "all" && run["kept"].is_string() {
        output::data(&format!("  kept: {}", output::cell(&run["kept"])));
    }
    let planned = matches!(run["status"].as_str(), Some("held" | "planning" | "paused"));
    output::data(if planned { "planned:" } else { "objects:" });
    counts(if planned { &run["planned"] } else { &run["counts"] });
    costs(run);
    grouped(session, &run["errors"]);
    output::data(&format!(
        "calls: {}, of them writes {}, retries {}",
        run["api"]["calls"], run["api"]["writes"], run["api"]["retries"]
    ));
    let mut table = output::table(&["step", "status", "items", "run"]);
    for step in run["steps"].as_array().into_iter().flatten() {
        let words = step["counts"].as_object().into_iter().flatten();
        let words = words.map(|(word, number)| format!("{number} {word}")).collect::<Vec<_>>().join(", ");
        table.add_row([
            output::cell(&step["step"]),
            output::cell(&step["status"]),
            words,
            output::cell(&step["child"]),
        ]);
    }
    output::data(&table.to_string());
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
        let first = group["first"].as_str().filter(|first| !first.is_empty());
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
    output::data(&format!("  {} calls, {} writes", run["api"]["calls"], run["api"]["writes"]));
    for notice in run["notices"].as_array().into_iter().flatten() {
        problem(session, notice, "  note ");
    }
    for why in run["why"].as_array().into_iter().flatten() {
        problem(session, why, "  ");
    }
    match run["status"].as_str() {
        Some("held") => {
            let whys = run["why"].as_array().into_iter().flatten();
            let source = whys
                .filter_map(|why| why["code"].as_str())
                .any(|code| ["source_min", "source_shrink", "target_missing"].contains(&code));
            let more = if source { " --source-checked (once you have looked at the source)" } else { "" };
            output::say(&format!("next: idflow runs approve {id}{more}"));
        }
        Some("partial") => output::say(&format!("next: idflow runs items {id}, then idflow runs retry {id}")),
        Some("failed") => output::say(&format!("next: idflow runs items {id}")),
        Some("paused") => output::say(&format!("next: idflow runs resume {id}")),
        _ => {}
    }
}
