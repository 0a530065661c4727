//! Problems in words: every message table of the product, looked up by code.

use std::{collections::HashMap, sync::LazyLock};

use idflow_sdk::{Class, Message, Owner, Problem, Text};
use serde::{Deserialize, Serialize};

use crate::{
    engine::progress::{FREE_PLACE, GROUP, SYSTEM, Waiting},
    model::run::Status,
};

static TABLE: LazyLock<HashMap<&'static str, &'static Message>> =
    LazyLock::new(|| all().map(|message| (message.code, message)).collect());

/// All messages of the product.
pub fn all() -> impl Iterator<Item = &'static Message> {
    idflow_sdk::shared::MESSAGES
        .iter()
        .chain(crate::engine::messages::MESSAGES)
        .chain(crate::workflow::problems::MESSAGES)
        .chain(crate::connectors::messages())
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A problem as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its code.
    pub code: String,
    /// What sort of trouble.
    pub class: Class,
    /// Who can mend it.
    pub owner: Owner,
    /// The field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Why it happened.
    pub reason: Bilingual,
    /// What to do next.
    pub hint: Bilingual,
    /// The vendor's own page about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

/// A state in words.
#[must_use]
pub const fn status(status: Status) -> Text {
    match status {
        Status::Queued => Text::new("排队中", "waiting for its turn"),
        Status::Planning => Text::new("预演中", "planning"),
        Status::Held => Text::new("等待批准", "waiting for an approval"),
        Status::Applying => Text::new("执行中", "at work"),
        Status::Paused => Text::new("已暂停", "paused"),
        Status::Succeeded => Text::new("成功", "succeeded"),
        Status::SucceededNoChange => Text::new("成功，没有变化", "succeeded, nothing to change"),
        Status::Partial => Text::new("部分完成", "done in part"),
        Status::Failed => Text::new("失败", "failed"),
        Status::Cancelled => Text::new("已取消", "cancelled"),
    }
}

/// What a run waits for, in words; `None` for what has none.
#[must_use]
pub fn waiting(waiting: &Waiting) -> Option<Bilingual> {
    let text = |zh: &str, en: &str| Some(Bilingual { zh: zh.into(), en: en.into() });
    match &*waiting.why {
        FREE_PLACE => {
            let number = waiting.at_work.unwrap_or_default();
            let runs = if number == 1 { "1 run is".to_string() } else { format!("{number} runs are") };
            text(&format!("等待空位：{number} 个运行正在执行"), &format!("waiting for a free place: {runs} at work"))
        }
        GROUP => {
            text("等待同一并发组中排在前面的运行", "waiting for the runs of its concurrency group that came before")
        }
        SYSTEM => text("等待另一个运行写完同一系统", "waiting for another run that writes to the same system"),
        "rate_limited" => text("等待：对方系统限制了调用频率", "waiting: the other system limits the calls"),
        "retry" => text("等待重试", "waiting before it is tried again"),
        "import_job" => text("等待导入任务完成", "waiting for an import job"),
        "disk_full" => text("等待磁盘空间", "waiting for room on the disk"),
        _ => None,
    }
}

/// Puts a problem into words.
#[must_use]
pub fn show(problem: &Problem) -> Shown {
    let field = problem.field.as_ref().map(ToString::to_string);
    let doc = problem
        .code
        .strip_prefix("WECOM_")
        .filter(|code| code.parse::<i64>().is_ok())
        .map(|code| format!("https://open.work.weixin.qq.com/devtool/query?e={code}"));
    match TABLE.get(&*problem.code) {
        Some(message) => Shown {
            code: problem.code.to_string(),
            class: message.class,
            owner: message.owner,
            field,
            reason: Bilingual { zh: problem.fill(message.reason.zh), en: problem.fill(message.reason.en) },
            hint: Bilingual { zh: problem.fill(message.hint.zh), en: problem.fill(message.hint.en) },
            doc,
        },
        None => {
            let args =
                problem.args.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            let text = format!("{} {args}", problem.code);
            let reason = Bilingual { zh: text.clone(), en: text };
            let hint = Bilingual { zh: "请报告此问题".into(), en: "please report this".into() };
            Shown { code: problem.code.to_string(), class: Class::Bug, owner: Owner::Bug, field, reason, hint, doc }
        }
    }
}
