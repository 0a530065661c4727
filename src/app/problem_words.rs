//! Problems in words: every message table of the product, looked up by code.

use std::{collections::HashMap, sync::LazyLock};

use idflow_sdk::{Class, Message, NextKind, Owner, Problem};

use crate::{
    contract::problem::{Issue, Next, Text},
    engine::{
        counted_in::has_items,
        progress::{ELSEWHERE, FREE_PLACE, GROUP, SYSTEM, Waiting},
    },
    workflow::template::NOT_MADE,
};

/// The argument that names who holds a value, and what it says where nobody knows.
const HOLDER: &str = "holder";
const UNKNOWN_HOLDER: &str = "?";

static TABLE: LazyLock<HashMap<&'static str, &'static Message>> =
    LazyLock::new(|| all().map(|message| (message.code, message)).collect());

/// All messages of the product.
pub fn all() -> impl Iterator<Item = &'static Message> {
    tables().flat_map(|(_, messages)| messages)
}

/// The message tables of the product, each with the name of where its codes come from.
pub fn tables() -> impl Iterator<Item = (&'static str, Vec<&'static Message>)> {
    [
        ("app", super::messages::all().collect::<Vec<_>>()),
        ("runs", crate::engine::messages::MESSAGES.iter().collect()),
        ("values", idflow_sdk::shared::MESSAGES.iter().chain(crate::workflow::messages::MESSAGES).collect()),
        ("connectors", crate::connectors::messages().collect()),
    ]
    .into_iter()
}

/// A text of a table in both languages.
#[must_use]
pub fn both(text: idflow_sdk::Text) -> Text {
    Text { zh: text.zh.into(), en: text.en.into() }
}

/// The code by which the items of a notice are found.
fn items_of(kind: NextKind, notice: &str) -> Option<String> {
    (kind == NextKind::ListItems && has_items(notice)).then(|| notice.into())
}

/// What a step is about, as far as the problem says it.
fn next(kind: NextKind, problem: &Problem) -> Next {
    let get = |name: &str| problem.get(name).map(ToString::to_string);
    let connection = get("connection").or_else(|| match kind {
        NextKind::AddConnection | NextKind::TestConnection | NextKind::ShowConnection => get("name"),
        NextKind::ListLinks | NextKind::RemoveLink | NextKind::GiveSecret | NextKind::GiveSetting => get("name"),
        _ => None,
    });
    Next {
        kind,
        run: get("run"),
        workflow: get("workflow"),
        connection,
        key: get("key").or_else(|| items_of(kind, &problem.code)),
        person: None,
        removal: get("id").filter(|_| kind == NextKind::DecideRemoval),
        input: get("input"),
    }
}

/// A problem in words about an object of the source that somebody of the target stands in the way of: the two may be one.
#[must_use]
pub fn with_link(mut issue: Issue, problem: &Problem, source: &str) -> Issue {
    let Some(next) = issue.next.as_mut().filter(|next| next.kind == NextKind::AddLink) else { return issue };
    let key = problem.get(HOLDER).filter(|holder| *holder != UNKNOWN_HOLDER);
    next.key = next.key.take().or_else(|| key.map(Into::into));
    next.person = Some(source).filter(|source| !source.is_empty()).map(Into::into);
    issue
}

/// What a run waits for, in words; `None` for what has none.
#[must_use]
pub fn waiting(waiting: &Waiting) -> Option<Text> {
    let text = |zh: &str, en: &str| Some(Text { zh: zh.into(), en: en.into() });
    match &*waiting.why {
        FREE_PLACE if waiting.at_work.unwrap_or_default() == 0 => text("等待空位", "waiting for a free place"),
        FREE_PLACE => {
            let number = waiting.at_work.unwrap_or_default();
            let runs = if number == 1 { "1 run is".to_string() } else { format!("{number} runs are") };
            text(&format!("等待空位：{number} 个运行正在执行"), &format!("waiting for a free place: {runs} at work"))
        }
        GROUP => {
            text("等待同一并发组中排在前面的运行", "waiting for the runs of its concurrency group that came before")
        }
        ELSEWHERE => text("由另一个节点执行", "another node works on it"),
        SYSTEM => text("等待另一个运行写完同一系统", "waiting for another run that writes to the same system"),
        "rate_limited" => text("等待：对方系统限制了调用频率", "waiting: the other system limits the calls"),
        "retry" => text("等待重试", "waiting before it is tried again"),
        "import_job" => text("等待导入任务完成", "waiting for an import job"),
        "disk_full" => text("等待磁盘空间", "waiting for room on the disk"),
        _ => None,
    }
}

/// The argument of a problem that names what was probably meant.
pub const SIMILAR: &str = "similar";

/// Puts a problem into words; what was probably meant stands before the rest of what to do.
#[must_use]
pub fn show(problem: &Problem) -> Issue {
    let mut issue = plainly(problem);
    if let Some(similar) = problem.get(SIMILAR) {
        let Text { zh, en } = &issue.hint;
        issue.hint = Text {
            zh: format!("是否想写“{similar}”？{zh}"),
            en: format!("did you mean `{similar}`? Or {en}"),
        };
    }
    issue
}

/// What the names of kinds and limits are called, in Chinese and in English.
fn called(argument: &str, value: &str) -> Option<(&'static str, &'static str)> {
    Some(match (argument, value) {
        ("kind", "user") => ("人员", "people"),
        ("kind", "department") => ("部门", "departments"),
        ("kind", "group") => ("组", "groups"),
        ("kind", "row") => ("行", "rows"),
        ("rule", "create.max") => ("新建数量", "additions"),
        ("rule", "update.max") => ("更新数量", "updates"),
        ("rule", "remove.max") => ("移除数量", "removals"),
        ("rule", "create.max_percent") => ("新建比例", "added"),
        ("rule", "update.max_percent") => ("更新比例", "updated"),
        ("rule", "remove.max_percent") => ("移除比例", "removed"),
        ("rule", "create.max_per_day") => ("每日新建数量", "additions a day"),
        ("rule", "update.max_per_day") => ("每日更新数量", "updates a day"),
        ("rule", "remove.max_per_day") => ("每日移除数量", "removals a day"),
        _ => return None,
    })
}

/// The problem with words in place of names of kinds and limits, for its Chinese and for its English text.
fn in_words(problem: &Problem) -> (Problem, Problem) {
    let (mut chinese, mut english) = (problem.clone(), problem.clone());
    for (place, (name, value)) in problem.args.iter().enumerate() {
        if let Some((zh, en)) = called(name, value) {
            chinese.args[place].1 = zh.into();
            english.args[place].1 = en.into();
        }
    }
    (chinese, english)
}

/// The argument that holds the code of what a problem comes from, whose words are filled by the same arguments.
const CAUSE: &str = "cause";

/// The problem with the words of its cause.
fn with_cause(problem: &Problem) -> Problem {
    let words = problem.get(CAUSE).and_then(|code| TABLE.get(code)).map(|message| message.reason);
    let fill = |text: Option<&str>| text.map_or_else(|| "?".into(), |text| problem.fill(text));
    let (zh, en) = (fill(words.map(|text| text.zh)), fill(words.map(|text| text.en)));
    problem.clone().arg("cause_zh", zh).arg("cause_en", en)
}

fn plainly(problem: &Problem) -> Issue {
    let with_cause;
    let problem = match NOT_MADE.contains(&&*problem.code) {
        true => {
            with_cause = self::with_cause(problem);
            &with_cause
        }
        false => problem,
    };
    let (zh, en) = in_words(problem);
    let field = problem.field.as_ref().map(ToString::to_string);
    let doc = crate::connectors::page_of(&problem.code);
    match TABLE.get(&*problem.code) {
        Some(message) => Issue {
            code: problem.code.to_string(),
            class: message.class,
            owner: message.owner,
            field,
            reason: Text { zh: zh.fill(message.reason.zh), en: en.fill(message.reason.en) },
            hint: Text { zh: zh.fill(message.hint.zh), en: en.fill(message.hint.en) },
            next: message.next.map(|kind| next(kind, problem)),
            doc,
        },
        None => {
            let args =
                problem.args.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            let text = format!("{} {args}", problem.code);
            let reason = Text { zh: text.clone(), en: text };
            let hint = Text { zh: "请报告此问题".into(), en: "please report this".into() };
            let code = problem.code.to_string();
            Issue { code, class: Class::Bug, owner: Owner::Bug, field, reason, hint, next: None, doc }
        }
    }
}
