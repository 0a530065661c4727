//! Was it held, and who let it go on? A removal waits by itself, while everything else of its run goes on.

use super::step;
use crate::{
    app::{run_view, time},
    contract::{
        item::Item,
        why::{WhyStage as Stage, WhyStep, WhyVerdict as Verdict},
    },
    engine::gate::exceeded,
    model::{
        change::DOUBTS,
        run::{Mode, Run, Status},
    },
};

/// Whether a run was held, and who let it go on.
pub(super) fn gate(header: &Run, item: &Item) -> WhyStep {
    if let Some(own) = of_removal(header, item) {
        return own;
    }
    if let Some(approval) = header.approvals.iter().rfind(|approval| !approval.void) {
        let by = &approval.by;
        return WhyStep {
            at: Some(time(approval.at)),
            ..step(Stage::Gate, Verdict::Yes, format!("由 {by} 批准"), format!("approved by {by}"))
        };
    }
    match header.status {
        Status::Held => step(Stage::Gate, Verdict::No, "待审批", "held: it waits for a person"),
        Status::Cancelled => step(Stage::Gate, Verdict::No, "运行已取消", "the run was cancelled"),
        _ if header.approve => {
            let by = &header.trigger.actor;
            step(Stage::Gate, Verdict::Yes, format!("{by} 启动时即批准"), format!("approved by {by} with the start"))
        }
        _ if header.mode == Mode::Plan => match header.why.iter().find(|why| why.code != "plan_only") {
            Some(why) => {
                let reason = run_view::shown(why, false).reason;
                let zh = format!("只是预演；运行会待审批：{}", reason.zh);
                step(Stage::Gate, Verdict::No, zh, format!("only planned; a run would be held: {}", reason.en))
            }
            None => step(Stage::Gate, Verdict::Yes, "只是预演；没有超过任何限制", "only planned; within all limits"),
        },
        _ if header.safety.iter().any(|check| !check.ok) => {
            step(Stage::Gate, Verdict::Yes, "没有被限制拦下", "no limit kept this one back")
        }
        _ => step(Stage::Gate, Verdict::Yes, "没有超过任何限制", "within all limits"),
    }
}

/// What is said of a removal that waited, that somebody kept, or that somebody approved.
fn of_removal(header: &Run, item: &Item) -> Option<WhyStep> {
    let told = |verdict, zh: String, en: String| Some(step(Stage::Gate, verdict, zh, en));
    match item.error.as_ref().map(|error| error.code.as_str()) {
        Some("removal_waiting" | "removal_after") => {
            let (zh, en) = asked_for(header, item);
            told(Verdict::No, format!("{zh}等人决定"), format!("{en}it waits for a decision"))
        }
        Some("removal_kept") => told(Verdict::No, "有人决定保留".into(), "somebody decided to keep it".into()),
        Some("not_for_removals") => {
            told(Verdict::No, "只执行已批准的移除".into(), "only approved removals are carried out".into())
        }
        _ if item.removes => {
            let approved = header.notices.iter().find(|notice| notice.code == "removals_approved")?;
            let by = approved.get("by").unwrap_or_default();
            told(Verdict::Yes, format!("移除由 {by} 批准"), format!("the removal was approved by {by}"))
        }
        _ => None,
    }
}

/// Why a removal of this run was asked for: limits that its removals or its source passed, and doubts about the source.
fn asked_for(header: &Run, item: &Item) -> (String, String) {
    let limits = header.safety.iter().filter(|check| {
        !check.ok && (check.source || (check.rule.starts_with("remove") && check.kind.as_str() == item.object.kind))
    });
    let doubts = header.notices.iter().filter(|notice| {
        let code = &*notice.code;
        matches!(code, "range_shrunk" | "scope_changed" | "removal_of_other") || DOUBTS.contains(&code)
    });
    let reasons = limits.map(exceeded).chain(doubts.cloned()).map(|problem| run_view::shown(&problem, false).reason);
    reasons.fold((String::new(), String::new()), |(zh, en), reason| {
        (format!("{zh}{}；", reason.zh), format!("{en}{}; ", reason.en))
    })
}
