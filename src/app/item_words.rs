//! Words for what is told of an item, Chinese and English: kinds, actions, outcomes, how it was recognised. The terms are those of
//! `docs/design/words.md`.

use idflow_sdk::{Called, Kind};

use crate::{
    connectors,
    contract::{
        item::{Action, Planned},
        problem::{Class, Issue},
    },
};

/// A word in Chinese and English.
pub type Pair<'w> = (&'w str, &'w str);

/// What is done with an object.
#[must_use]
pub const fn action(action: Action) -> Pair<'static> {
    match action {
        Action::Create => ("新建", "create"),
        Action::Update => ("更新", "update"),
        Action::Disable => ("禁用", "disable"),
        Action::Delete => ("删除", "delete"),
        Action::Link => ("绑定", "link"),
        Action::None => ("不处理", "pass over"),
    }
}

/// Why something is not to be done.
#[must_use]
pub const fn planned(planned: Planned) -> Pair<'static> {
    match planned {
        Planned::Do => ("执行", "do"),
        Planned::Invalid => ("数据有误", "invalid"),
        Planned::Ambiguous => ("无法判定", "ambiguous"),
        Planned::Blocked => ("受阻", "blocked"),
        Planned::Skipped => ("跳过", "skipped"),
    }
}

/// Why an item is not to be done, in a word that is right for its case: not everything that cannot be done has wrong data.
#[must_use]
pub fn not_done(word: Planned, why: Option<&Issue>) -> Pair<'static> {
    match why.map(|why| (why.code.as_str(), why.class)) {
        Some(("department_in_use" | "department_has_people" | "department_not_judged", _)) => {
            ("部门里还有人", "still in use")
        }
        Some(("swap_impossible", _)) => ("不能直接交换", "cannot be exchanged"),
        Some(("removal_waiting" | "removal_undecided", _)) => ("等待决定", "waits for a decision"),
        Some(("removal_kept", _)) => ("已决定保留", "kept by decision"),
        Some(("still_in_other_list", _)) => ("在另一份名单里", "in another list"),
        Some(("read_by_other_workflow" | "other_workflow_unread", _)) => ("归另一个工作流", "another workflow's"),
        Some(("leaver_keeps_access", _)) => ("保留访问权", "keeps access"),
        Some((_, Class::Conflict)) if word == Planned::Invalid => ("有冲突", "in conflict"),
        _ => planned(word),
    }
}

/// What became of an item, the same way.
#[must_use]
pub fn outcome_of<'w>(word: &'w str, why: Option<&Issue>) -> Pair<'w> {
    match word {
        "invalid" => not_done(Planned::Invalid, why),
        _ => counted(word),
    }
}

/// A word by which objects are counted: outcomes, planned actions, states of people.
#[must_use]
pub fn counted(word: &str) -> Pair<'_> {
    let zh = match word {
        "created" => "已新建",
        "updated" => "已更新",
        "removed" => "已移除",
        "unchanged" => "没有变化",
        "failed" => "失败",
        "blocked" => "受阻",
        "ambiguous" => "无法判定",
        "invalid" => "数据有误",
        "skipped" => "已跳过",
        "not_attempted" => return ("未执行", "not attempted"),
        "create" => return ("新建", "to create"),
        "update" => return ("更新", "to update"),
        "remove" => return ("移除", "to remove"),
        "link" => return ("绑定", "to link"),
        "linked" => "已绑定",
        "active" => "正常",
        "disabled" => "已禁用",
        "left" => "已离职",
        "pending_review" => return ("待审核", "waiting for review"),
        _ => return (word, word),
    };
    (zh, word)
}

/// The word that a system has of its own for objects of a kind.
fn called(kind: &str, system: &str) -> Option<Called> {
    connectors::find(system)?.called(Kind::parse(kind)?)
}

/// A kind of object, in the words of the system that holds it; in English for several of them.
#[must_use]
pub fn kinds<'k>(kind: &'k str, system: &str) -> Pair<'k> {
    if let Some(Called { many, .. }) = called(kind, system) {
        return (many.zh, many.en);
    }
    match kind {
        "user" => ("人员", "people"),
        "department" => ("部门", "departments"),
        "group" => ("组", "groups"),
        "row" => ("行", "rows"),
        _ => (kind, kind),
    }
}

/// One object of a kind.
#[must_use]
pub fn kind<'k>(kind: &'k str, system: &str) -> Pair<'k> {
    if let Some(Called { one, .. }) = called(kind, system) {
        return (one.zh, one.en);
    }
    match kind {
        "user" => ("人员", "person"),
        _ => (kinds(kind, system).0, kind),
    }
}

/// How an object was recognised.
#[must_use]
pub fn rule(rule: &str) -> Pair<'_> {
    match rule {
        "linked" => ("已有绑定", "earlier link"),
        "let_in" => ("已通过审核", "let in by a review"),
        "taken_over" => ("接管的绑定", "link taken over"),
        "renamed" => ("来源改了账号", "renamed in the source"),
        "created" => ("新建", "created"),
        "decision" => ("人工决定", "decision"),
        "name" => ("姓名", "name"),
        "name and department" => ("姓名和部门", rule),
        "value" => ("唯一的值", rule),
        "mobile" => ("手机号", rule),
        "root" => ("根部门", "root department"),
        other => (other, other),
    }
}
