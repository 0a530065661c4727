//! What runs did with a person: how they were recognised, what was planned, who let it go on, what was sent and answered.

use std::sync::Arc;

use idflow_sdk::Exchange;

use super::{Person, gate::gate, step};
use crate::{
    app::{AppError, Desk, item_words, mask, run_view, time},
    contract::{
        item::{Action, FieldChange, Item, ItemFilter},
        why::{WhyLook, WhyRun, WhyStage as Stage, WhyStep, WhyVerdict as Verdict},
    },
    model::{
        id::RunId,
        run::{Kept, Mode, Run},
        trigger::TriggerKind,
    },
    store::{failed_calls, run_index},
};

/// Items of one run, and calls of one item, that are told.
const MOST_ITEMS: usize = 20;
const MOST_CALLS: usize = 20;

/// Headers of runs that are read at once, and how often.
const PAGE: usize = 50;
const MOST_PAGES: usize = 20;

/// What was found.
pub(super) struct Past {
    pub runs: Vec<WhyRun>,
    pub looked_at: u64,
    pub next: Option<String>,
}

fn quoted(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "–".into(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What became of it, as lists of items say it.
fn outcome(item: &Item) -> (item_words::Pair<'_>, Verdict) {
    let Some(word) = item.outcome.as_deref() else { return (("还没有结果", "nothing yet"), Verdict::Unknown) };
    let verdict = match word {
        "created" | "updated" | "removed" | "unchanged" => Verdict::Yes,
        "skipped" => Verdict::No,
        _ => Verdict::Trouble,
    };
    (item_words::outcome_of(word, item.error.as_ref()), verdict)
}

impl Desk<'_> {
    pub(super) async fn past_of(
        &self,
        person: &Person,
        look: &WhyLook,
        limit: usize,
        reveal: bool,
    ) -> Result<Past, AppError> {
        let (found, next) = match &look.run {
            Some(run) => (vec![self.header(self.find_run(run).await?).await?.into()], None),
            None => {
                let before = look.before.as_deref().map(str::parse::<RunId>).transpose();
                let before = before.map_err(|_: String| crate::app::paging::wrong_cursor())?;
                self.telling(before, limit).await?
            }
        };
        let mut past = Past { runs: Vec::new(), looked_at: found.len() as u64, next };
        for header in &found {
            if !is_kept(header) {
                continue;
            }
            let filter = ItemFilter {
                object: Some(person.key.clone()),
                limit: Some(MOST_ITEMS),
                reveal,
                ..ItemFilter::default()
            };
            // A version that this program cannot read any more tells nothing; the other runs do.
            let Ok(items) = self.items(header.run, &filter).await else { continue };
            if items.items.is_empty() {
                continue;
            }
            let mut trace = Vec::new();
            for item in &items.items {
                self.item_trace(header, item, &mut trace).await?;
            }
            past.runs.push(WhyRun {
                run: run_view::brief(header),
                accepted: time(header.accepted),
                trace,
                items: items.items,
            });
        }
        Ok(past)
    }

    /// The newest runs that can tell of somebody, and where to go on. Previews of files that were uploaded are passed over: there
    /// are many of them, and none did anything.
    async fn telling(
        &self,
        mut before: Option<RunId>,
        limit: usize,
    ) -> Result<(Vec<Arc<Run>>, Option<String>), AppError> {
        let wanted = run_index::Wanted::default();
        let mut telling = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = run_index::find(&*self.store, &self.tenant, &wanted, before, PAGE).await?;
            let last = page.len() < PAGE;
            for run in page {
                if telling.len() == limit {
                    return Ok((telling, before.map(|run| run.to_string())));
                }
                before = Some(run.run);
                if is_kept(&run) && !(run.mode == Mode::Plan && run.trigger.kind == TriggerKind::Import) {
                    telling.push(run);
                }
            }
            if last {
                return Ok((telling, None));
            }
        }
        Ok((telling, before.map(|run| run.to_string())))
    }

    async fn item_trace(&self, header: &Run, item: &Item, trace: &mut Vec<WhyStep>) -> Result<(), AppError> {
        trace.push(counterpart(item));
        trace.extend(item.diff.iter().filter(|field| !field.minor).map(changed));
        let (zh, en) = item_words::action(item.action);
        let no = header.no;
        trace.push(WhyStep {
            at: header.planned_at.map(time),
            ..step(
                Stage::Plan,
                if item.action == Action::None { Verdict::No } else { Verdict::Yes },
                format!("运行 {}#{no} 的步骤 {} 计划：{zh}", header.workflow, item.step),
                format!("step {} of run {}#{no} planned: {en}", item.step, header.workflow),
            )
        });
        trace.push(gate(header, item));
        let row = item.row;
        let calls = failed_calls::of(&*self.store, &self.tenant, header.run, Some(row), MOST_CALLS).await?;
        trace.extend(calls.iter().map(|kept| refused_call(kept.attempt, &kept.exchange)));
        if let (true, Some(number)) = (item.error.is_none(), item.attempts.filter(|number| *number > 0)) {
            trace.push(WhyStep {
                at: item.at.clone(),
                ..step(
                    Stage::Call,
                    Verdict::Yes,
                    format!("第 {number} 次调用成功"),
                    format!("attempt {number} was answered with success"),
                )
            });
        }
        let ((zh, en), verdict) = outcome(item);
        let (why_zh, why_en) = match &item.error {
            Some(error) => (format!("：{}", error.reason.zh), format!(": {}", error.reason.en)),
            None => (String::new(), String::new()),
        };
        trace.push(WhyStep {
            at: item.at.clone(),
            from: item.error.as_ref().map(|error| error.code.clone()),
            ..step(Stage::Answer, verdict, format!("{zh}{why_zh}"), format!("{en}{why_en}"))
        });
        if let Some(hint) = item.error.as_ref().map(|error| &error.hint).filter(|hint| !hint.en.is_empty()) {
            trace.push(step(Stage::Now, Verdict::Trouble, hint.zh.clone(), hint.en.clone()));
        }
        Ok(())
    }
}

/// Whether a run has items that can be looked at.
fn is_kept(header: &Run) -> bool {
    header.plan.is_some() && header.kept != Kept::Header && header.rows > 0
}

/// What the object was taken for in the target.
fn counterpart(item: &Item) -> WhyStep {
    let (name, target) = (&item.object.name, &item.object.target);
    let rule = &item.rule;
    match (rule.as_str(), target.is_empty()) {
        ("linked" | "taken_over" | "let_in", _) => step(
            Stage::Match,
            Verdict::Yes,
            format!("{name} 已绑定到 {target}"),
            format!("{name} was linked with {target}"),
        ),
        (_, true) => step(
            Stage::Match,
            Verdict::No,
            format!("{name} 在目标系统里没有对应的对象"),
            format!("{name} had no counterpart"),
        ),
        ("created" | "", false) => step(
            Stage::Match,
            Verdict::No,
            format!("{name} 没有对应的对象，账号为 {target}"),
            format!("{name} had no counterpart; the account is {target}"),
        ),
        (_, false) => WhyStep {
            from: Some(rule.clone()),
            ..step(
                Stage::Match,
                Verdict::Yes,
                format!("{name} 按规则对应到 {target}"),
                format!("{name} was taken for {target} by a rule"),
            )
        },
    }
}

/// A field that changes.
fn changed(field: &FieldChange) -> WhyStep {
    let (before, after) = match &field.in_words {
        Some(words) => (words.before.clone(), words.after.clone()),
        None => {
            let same = |value| crate::contract::problem::Text { zh: quoted(value), en: quoted(value) };
            (same(&field.before), same(&field.after))
        }
    };
    let (zh, en) = match (&*field.title.zh, &*field.title.en) {
        ("", _) | (_, "") => (field.field.as_str(), field.field.as_str()),
        titles => titles,
    };
    WhyStep {
        from: field.from.clone(),
        ..step(
            Stage::Map,
            if field.applied == Some(false) { Verdict::Trouble } else { Verdict::Yes },
            format!("{zh}：{} → {}", before.zh, after.zh),
            format!("{en}: {} → {}", before.en, after.en),
        )
    }
}

/// A call that did not go well.
fn refused_call(attempt: u16, exchange: &Exchange) -> WhyStep {
    let code = exchange.code.clone().unwrap_or_default();
    // What stands behind it, the trace and the address, is known by itself.
    let said = exchange.text.as_deref().map(|text| text.split(", hint:").next().unwrap_or(text));
    let said = said.map(mask::text).unwrap_or_default();
    let trace_id = exchange.trace.as_deref().map(|id| format!(" [{id}]")).unwrap_or_default();
    let api = &exchange.api;
    WhyStep {
        at: Some(time(exchange.at)),
        ..step(
            Stage::Call,
            Verdict::Trouble,
            format!("第 {attempt} 次调用 {api}：{code} {said}{trace_id}"),
            format!("attempt {attempt}, {api}: {code} {said}{trace_id}"),
        )
    }
}
