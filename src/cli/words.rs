//! Words for what the contract names: states, kinds, actions, outcomes. The terms are those of `docs/design/words.md`.

use super::{Lang, lang::say};
use crate::{
    app::item_words,
    contract::{
        item::{Action, Planned},
        matching::Choice,
        problem::Issue,
        removal::RemovalState,
        run::{Status, Trigger},
        workflow::WorkflowState,
    },
};

/// The state of a run or a step.
#[must_use]
pub const fn status(lang: Lang, status: Status) -> &'static str {
    match status {
        Status::Queued => lang.pick("排队中", "queued"),
        Status::Planning => lang.pick("预演中", "planning"),
        Status::Held => lang.pick("待审批", "held"),
        Status::Applying => lang.pick("执行中", "applying"),
        Status::Paused => lang.pick("已暂停", "paused"),
        Status::Succeeded => lang.pick("成功", "succeeded"),
        Status::SucceededNoChange => lang.pick("成功（没有变化）", "succeeded, nothing to change"),
        Status::Partial => lang.pick("部分完成", "partial"),
        Status::Failed => lang.pick("失败", "failed"),
        Status::Cancelled => lang.pick("已取消", "cancelled"),
    }
}

/// The state of a workflow.
#[must_use]
pub const fn workflow(lang: Lang, state: WorkflowState) -> &'static str {
    match state {
        WorkflowState::Draft => lang.pick("草稿", "draft"),
        WorkflowState::Active => lang.pick("已启用", "active"),
        WorkflowState::Paused => lang.pick("已暂停", "paused"),
        WorkflowState::Archived => lang.pick("已归档", "archived"),
        WorkflowState::Unreadable => lang.pick("无法读取", "unreadable"),
    }
}

/// How a removal stands.
#[must_use]
pub const fn removal(lang: Lang, state: RemovalState) -> &'static str {
    match state {
        RemovalState::Waiting => lang.pick("等待决定", "waiting"),
        RemovalState::Approved => lang.pick("已批准", "approved"),
        RemovalState::Kept => lang.pick("保留", "kept"),
        RemovalState::Done => lang.pick("已执行", "done"),
        RemovalState::Failed => lang.pick("失败", "failed"),
        RemovalState::Gone => lang.pick("不再需要", "gone"),
    }
}

/// What a person decided about a pair.
#[must_use]
pub const fn choice(lang: Lang, choice: Choice) -> &'static str {
    match choice {
        Choice::Same => lang.pick("同一个", "same"),
        Choice::Other => lang.pick("不是同一个", "other"),
        Choice::Create => lang.pick("新建", "create"),
        Choice::Ignore => lang.pick("不处理", "ignore"),
    }
}

/// What is done with an object.
#[must_use]
pub const fn action(lang: Lang, action: Action) -> &'static str {
    let (zh, en) = item_words::action(action);
    lang.pick(zh, en)
}

/// Why an item is not to be done, in a word that is right for its case: not everything that cannot be done has wrong data.
#[must_use]
pub fn not_done(lang: Lang, word: Planned, why: Option<&Issue>) -> &'static str {
    let (zh, en) = item_words::not_done(word, why);
    lang.pick(zh, en)
}

/// What became of an item, the same way.
#[must_use]
pub fn outcome_of<'w>(lang: Lang, word: &'w str, why: Option<&Issue>) -> &'w str {
    let (zh, en) = item_words::outcome_of(word, why);
    lang.pick(zh, en)
}

/// A word by which objects are counted: outcomes, planned actions, states of people.
#[must_use]
pub fn counted(lang: Lang, word: &str) -> &str {
    let (zh, en) = item_words::counted(word);
    lang.pick(zh, en)
}

/// A kind of object, in the words of the system that holds it; in English for several of them.
#[must_use]
pub fn kinds<'k>(lang: Lang, kind: &'k str, system: &str) -> &'k str {
    let (zh, en) = item_words::kinds(kind, system);
    lang.pick(zh, en)
}

/// One object of a kind.
#[must_use]
pub fn kind<'k>(lang: Lang, kind: &'k str, system: &str) -> &'k str {
    let (zh, en) = item_words::kind(kind, system);
    lang.pick(zh, en)
}

/// A number of objects: `3 名成员`, `2 departments`.
#[must_use]
pub fn number(lang: Lang, number: u64, of: &str, system: &str) -> String {
    match lang {
        Lang::Zh => {
            let unit = if of == "user" { "名" } else { "个" };
            format!("{number} {unit}{}", kinds(lang, of, system))
        }
        Lang::En if number == 1 => format!("1 {}", kind(lang, of, system)),
        Lang::En => format!("{number} {}", kinds(lang, of, system)),
    }
}

/// What started a run.
#[must_use]
pub fn trigger(lang: Lang, kind: &str) -> &str {
    let zh = match kind {
        "manual" => "手动",
        "schedule" => "定时",
        "import" => "导入",
        "workflow" => "另一个工作流",
        "after" => "在另一个工作流之后",
        "webhook" => "webhook",
        "event" => "事件",
        "retry" => "重试",
        "removals" => "批准移除",
        _ => return kind,
    };
    lang.pick(zh, kind)
}

/// Who or what started a run.
#[must_use]
pub fn who(lang: Lang, by: &Trigger) -> String {
    let (actor, word) = (&by.actor, trigger(lang, &by.kind));
    if *actor == by.kind { word.into() } else { say!(lang, "{actor}（{word}）", "{actor} ({word})") }
}

/// What a test of a connection looked at, and what a connection can do; by the name that JSON has, where there are no words.
#[must_use]
pub fn tested(lang: Lang, name: &str) -> &str {
    let (zh, en) = match name {
        "contacts_secret" => ("通讯录同步 Secret", "contacts_secret"),
        "app_secret" => ("应用 Secret", "app_secret"),
        "contact_edit" => ("通讯录编辑授权", "right to edit contacts"),
        "api_edit" => ("API 编辑通讯录", "editing contacts by the API"),
        "root_department" => ("根部门", "root department"),
        "agent_id" => ("AgentId", "AgentId"),
        "visible_range" => ("应用可见范围", "visible range of the app"),
        "whole_company" => ("全公司可见", "the whole company is visible"),
        "members" => ("成员", "members"),
        "fields" => ("成员字段", "fields of members"),
        "clock" => ("时钟", "clock"),
        "public_address" => ("对外地址", "public address"),
        "trusted_domain" => ("可信域名", "trusted domain"),
        "callback" => ("通讯录事件回调", "callback for contacts"),
        "callback_app" => ("应用消息回调", "callback of the app"),
        "folder" => ("目录", "folder"),
        "import_jobs" => ("异步导入", "import jobs"),
        "read_files" => ("读取文件", "reading files"),
        "read_source" => ("作为来源读取", "reading as a source"),
        "read_ids" => ("读取账号", "reading ids"),
        "read_names" => ("读取姓名", "reading names"),
        "read_people" => ("读取成员资料", "reading members"),
        "read_tree" => ("读取部门", "reading departments"),
        "send_message" => ("发送消息", "sending messages"),
        "write_dept" => ("修改部门", "changing departments"),
        "write_user" => ("修改成员", "changing members"),
        _ => return name,
    };
    lang.pick(zh, en)
}

/// What a template is for.
#[must_use]
pub fn category(lang: Lang, name: &str) -> &str {
    let zh = match name {
        "downstream" => "下游同步",
        "upstream" => "上游同步",
        "event" => "事件",
        "message" => "消息",
        _ => return name,
    };
    lang.pick(zh, name)
}

/// What a class of stored data holds.
#[must_use]
pub fn stored(lang: Lang, class: &str) -> &str {
    let zh = match class {
        "journal" => "运行日志",
        "plans" => "预演",
        "failures" => "出错的明细",
        "calls" => "调用记录",
        "runs" => "运行",
        "links" => "绑定",
        "directory" => "目录",
        "workflows" => "工作流",
        "connections" => "账号连接",
        "tenants" => "租户",
        "accounts" => "账号",
        "audit" => "审计",
        "indexes" => "索引",
        "other" => "其他",
        _ => return class,
    };
    lang.pick(zh, class)
}

/// How a recorded deed ended; a refusal by its code.
#[must_use]
pub fn outcome(lang: Lang, word: &str) -> &str {
    let zh = match word {
        "done" => "完成",
        "begun" => "进行中",
        "refused" => "被拒绝",
        "not_permitted" => return lang.pick("没有权限", word),
        "end_unknown" => return lang.pick("结果未知", word),
        _ => return word,
    };
    lang.pick(zh, word)
}

/// What a part of a scope asks for.
#[must_use]
pub fn parameter(lang: Lang, name: &str) -> &str {
    match name {
        "departments" => lang.pick("部门", "departments"),
        "people" => lang.pick("人员", "people"),
        "tags" => lang.pick("标签", "tags"),
        other => other,
    }
}

/// How an object was recognised.
#[must_use]
pub fn rule(lang: Lang, rule: &str) -> &str {
    let (zh, en) = item_words::rule(rule);
    lang.pick(zh, en)
}

/// `1 item`, `7 items`; in Chinese with its measure word before it.
#[must_use]
pub fn of(lang: Lang, number: u64, zh: &str, en: &str) -> String {
    match lang {
        Lang::Zh => format!("{number} {zh}"),
        Lang::En if number == 1 => format!("1 {en}"),
        Lang::En => format!("{number} {en}s"),
    }
}
