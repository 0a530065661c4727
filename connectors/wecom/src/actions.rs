//! What can be done with a WeCom address book, and with which effect.
//!
//! The platform advises one write after the other and answers 6000 to some that meet. So every company begins with one at a
//! time; how many there are later follows its answers, up to [`WIDE`] ([`idflow_sdk::slots`]).

use idflow_sdk::{
    ActionSpec, Effect, EventSpec, Kind, OutputSpec, ParamSpec, ParamType, Removal, Text, action::RemovedValue,
};

/// The most writes in flight.
pub(crate) const WIDE: u32 = 8;
/// The most reads of members in flight.
const WIDE_READS: u32 = 4;

const fn write(
    name: &'static str,
    kind: Kind,
    effect: Effect,
    title: Text,
    params: &'static [ParamSpec],
) -> ActionSpec {
    let capability = Some(if matches!(kind, Kind::Department) { "write_dept" } else { "write_user" });
    ActionSpec { name, title, kind: Some(kind), effect, capability, params, outputs: &[], max_parallel: WIDE, batch: 1 }
}

const fn param(name: &'static str, ty: ParamType, required: bool, doc: Text) -> ParamSpec {
    ParamSpec { name, ty, required, doc }
}

static CREATE_USER_PARAMS: [ParamSpec; 1] = [ParamSpec {
    name: "to_invite",
    ty: ParamType::Bool,
    required: false,
    doc: Text::new(
        "是否让企业微信向新成员发送邀请，默认不发送",
        "whether WeCom sends an invitation to the new member; default: no",
    ),
}];

/// Makes a department.
pub(crate) static CREATE_DEPARTMENT: ActionSpec =
    write("create_department", Kind::Department, Effect::Create, Text::new("创建部门", "Create departments"), &[]);
/// Changes a department.
pub(crate) static UPDATE_DEPARTMENT: ActionSpec =
    write("update_department", Kind::Department, Effect::Update, Text::new("更新部门", "Update departments"), &[]);
/// Deletes an empty department.
pub(crate) static DELETE_DEPARTMENT: ActionSpec = write(
    "delete_department",
    Kind::Department,
    Effect::Remove(Removal::Delete),
    Text::new("删除部门（须为空）", "Delete departments (they must be empty)"),
    &[],
);
/// Makes a member.
pub(crate) static CREATE_USER: ActionSpec =
    write("create_user", Kind::User, Effect::Create, Text::new("创建成员", "Create members"), &CREATE_USER_PARAMS);
/// Changes a member.
pub(crate) static UPDATE_USER: ActionSpec =
    write("update_user", Kind::User, Effect::Update, Text::new("更新成员", "Update members"), &[]);
/// Locks a member out.
pub(crate) static DISABLE_USER: ActionSpec = write(
    "disable_user",
    Kind::User,
    Effect::Remove(Removal::Set { field: "enable", value: RemovedValue::Bool(false) }),
    Text::new("禁用成员", "Disable members"),
    &[],
);
/// Lets a member in again.
pub(crate) static ENABLE_USER: ActionSpec =
    write("enable_user", Kind::User, Effect::Update, Text::new("启用成员", "Enable members"), &[]);
/// Deletes a member for good.
pub(crate) static DELETE_USER: ActionSpec = write(
    "delete_user",
    Kind::User,
    Effect::Remove(Removal::Delete),
    Text::new("删除成员（不可恢复）", "Delete members for good"),
    &[ParamSpec {
        name: "after",
        ty: ParamType::Duration,
        required: false,
        doc: Text::new(
            "禁用多久之后才删除；不写或 0d 表示立即删除",
            "how long a member must have been disabled before; absent or 0d: at once",
        ),
    }],
);

/// Reads the company, or a part of it.
pub(crate) static READ: ActionSpec = ActionSpec {
    name: "read",
    title: Text::new("读取通讯录", "Read the address book"),
    kind: None,
    effect: Effect::Read,
    capability: Some("read_source"),
    params: &[
        param(
            "departments",
            ParamType::Scope,
            false,
            Text::new(
                "部门范围：include、exclude，写路径模式或部门 ID（含其下级）；departments、people、tags 取并集，都不写就是全部",
                "which departments: include and exclude, path patterns or ids (with all below); departments, people and tags are a union, without any of them it is everybody",
            ),
        ),
        param("people", ParamType::Texts, false, Text::new("选定的成员账号", "userids of chosen members")),
        param(
            "tags",
            ParamType::Texts,
            false,
            Text::new(
                "标签的名称或编号；标签里的部门连同其下级",
                "names or numbers of tags; departments of a tag with all below them",
            ),
        ),
        param(
            "mode",
            ParamType::Enum(&["all", "people_only"]),
            false,
            Text::new(
                "all 部门和人员都同步（默认）；people_only 只同步人员，不写部门，人员放到 holding_department",
                "all: departments and people (default); people_only: no department is written, people go to `holding_department`",
            ),
        ),
        param(
            "holding_department",
            ParamType::Text,
            false,
            Text::new(
                "people_only 时存放人员的部门，写路径，例如 /企业微信",
                "with people_only: the department that people are put into, as a path such as /WeCom",
            ),
        ),
    ],
    outputs: &[
        list(
            "departments",
            Kind::Department,
            false,
            Text::new("范围内能看到的部门", "departments in scope that can be seen"),
        ),
        list("users", Kind::User, false, Text::new("范围内的成员", "members in scope")),
        list("removed_departments", Kind::Department, true, Text::new("已消失的部门", "departments that are gone")),
        list("removed_users", Kind::User, true, Text::new("已离开的成员", "members who are gone")),
    ],
    max_parallel: 1,
    batch: 1,
};

const fn list(name: &'static str, kind: Kind, removed: bool, doc: Text) -> OutputSpec {
    OutputSpec { name, list_of: Some(kind), one: false, removed, doc }
}

/// Reads one member.
pub(crate) static READ_USER: ActionSpec = ActionSpec {
    name: "read_user",
    title: Text::new("读取一名成员", "Read one member"),
    kind: Some(Kind::User),
    effect: Effect::Read,
    capability: Some("read_people"),
    params: &[param("userid", ParamType::Text, true, Text::new("成员账号", "the member's userid"))],
    outputs: &[OutputSpec {
        name: "user",
        list_of: Some(Kind::User),
        one: true,
        removed: false,
        doc: Text::new("这名成员，应用能看到的字段", "the member, with the fields that the app may see"),
    }],
    max_parallel: WIDE_READS,
    batch: 1,
};

/// Sends a message of the app.
pub(crate) static SEND_MESSAGE: ActionSpec = ActionSpec {
    name: "send_message",
    title: Text::new("发送应用消息", "Send a message of the app"),
    kind: None,
    effect: Effect::Send,
    capability: Some("send_message"),
    params: &[
        param(
            "to_users",
            ParamType::Texts,
            false,
            Text::new(
                "接收的成员账号；@all 表示应用可见范围内的所有人",
                "userids to send to; @all is everybody who can see the app",
            ),
        ),
        param("to_departments", ParamType::Texts, false, Text::new("接收的部门 ID", "ids of departments to send to")),
        param("to_tags", ParamType::Texts, false, Text::new("接收的标签 ID", "ids of tags to send to")),
        param(
            "text",
            ParamType::LongText,
            false,
            Text::new(
                "文本消息，最多 2048 字节（约 680 个汉字），更长会截断并提示；与 title、url 一起写时是卡片的描述，最多 512 字",
                "a text message of at most 2048 bytes, longer ones are cut with a warning; with `title` and `url`: the card's description, at most 512 characters",
            ),
        ),
        param(
            "markdown",
            ParamType::LongText,
            false,
            Text::new(
                "Markdown 消息，最多 2048 字节，更长会截断并提示；只在企业微信客户端里显示",
                "a markdown message of at most 2048 bytes, longer ones are cut with a warning; only the WeCom client shows it",
            ),
        ),
        param(
            "title",
            ParamType::Text,
            false,
            Text::new("卡片的标题，最多 128 字", "title of a card, at most 128 characters"),
        ),
        param(
            "url",
            ParamType::Text,
            false,
            Text::new(
                "点开卡片后的网址，以 http:// 或 https:// 开头",
                "address that the card opens, with http:// or https://",
            ),
        ),
    ],
    outputs: &[],
    max_parallel: 1,
    batch: 1,
};

/// What the platform tells by itself.
pub(crate) static EVENTS: [EventSpec; 11] = [
    event("create_user", "有成员新增", "a member was created"),
    event("update_user", "有成员变更", "a member was changed"),
    event("delete_user", "有成员删除", "a member was deleted"),
    event("create_party", "有部门新增", "a department was created"),
    event("update_party", "有部门变更", "a department was changed"),
    event("delete_party", "有部门删除", "a department was deleted"),
    event("update_tag", "标签的成员有变更", "the members of a tag changed"),
    event("batch_job_result", "异步任务已完成", "an asynchronous job has ended"),
    event("subscribe", "有成员进入应用的可见范围", "a member came into the visible range of the app"),
    event("unsubscribe", "有成员离开应用的可见范围", "a member left the visible range of the app"),
    event("enter_agent", "有成员打开应用", "a member opened the app"),
];

const fn event(name: &'static str, zh: &'static str, en: &'static str) -> EventSpec {
    EventSpec { name, doc: Text::new(zh, en) }
}

/// All actions.
pub(crate) static ALL: [&ActionSpec; 11] = [
    &CREATE_DEPARTMENT,
    &UPDATE_DEPARTMENT,
    &DELETE_DEPARTMENT,
    &CREATE_USER,
    &UPDATE_USER,
    &DISABLE_USER,
    &ENABLE_USER,
    &DELETE_USER,
    &READ,
    &READ_USER,
    &SEND_MESSAGE,
];
