//! Runs, plans and items as text for people.

use serde_json::Value;

use super::{Session, output};

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
        output::data(&format!("{indent}{}: {before} → {}", output::cell(&line["field"]), short(&line["after"])));
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        other => output::cell(other).chars().take(60).collect(),
    }
}

/// A plan with at most `most` changes.
pub fn plan(session: &Session<'_>, plan: &Value, most: usize) {
    output::data(&format!("plan {}", output::cell(&plan["hash"])));
    counts(&plan["counts"]);
    for notice in plan["notices"].as_array().into_iter().flatten() {
        problem(session, notice, "  note ");
    }
    for held in plan["held"].as_array().into_iter().flatten() {
        output::data("  needs a decision:");
        problem(session, held, "    ");
    }
    let changes = plan["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    for change in changes.iter().take(most) {
        line(session, change);
    }
    if changes.len() > most {
        output::data(&format!("  … and {} more; --output json shows all", changes.len() - most));
    }
}

fn line(session: &Session<'_>, item: &Value) {
    let object = &item["object"];
    let outcome = item.get("outcome").or_else(|| item.get("planned").filter(|word| **word != "do"));
    let outcome = outcome.map(|word| format!(" [{}]", output::cell(word))).unwrap_or_default();
    output::data(&format!(
        "  {:8} {} {} {}{outcome}",
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
    output::data(&format!(
        "  accepted {}, began {}, ended {}",
        output::cell(&run["accepted"]),
        short(&run["started"]),
        short(&run["ended"])
    ));
    for why in run["why"].as_array().into_iter().flatten() {
        problem(session, why, "  ");
    }
    output::data("objects:");
    counts(&run["counts"]);
    output::data(&format!(
        "calls: {}, of them writes {}, retries {}",
        run["api"]["calls"], run["api"]["writes"], run["api"]["retries"]
    ));
    let mut table = output::table(&["step", "status", "items"]);
    for step in run["steps"].as_array().into_iter().flatten() {
        let words = step["counts"].as_object().into_iter().flatten();
        let words = words.map(|(word, number)| format!("{number} {word}")).collect::<Vec<_>>().join(", ");
        table.add_row([output::cell(&step["step"]), output::cell(&step["status"]), words]);
    }
    output::data(&table.to_string());
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
        Some("partial" | "failed") => output::say(&format!("next: idflow runs items {id}")),
        _ => {}
    }
}
