//! What can be done with a WeCom address book, and with which effect.
//!
//! Writes go one at a time: the platform asks for serial creation and answers 6000 to parallel writers.

use idflow_sdk::{ActionSpec, Effect, Kind, ParamSpec, ParamType, Removal, Text, action::RemovedValue};

const fn write(
    name: &'static str,
    kind: Kind,
    effect: Effect,
    title: Text,
    params: &'static [ParamSpec],
) -> ActionSpec {
    let capability = Some(if matches!(kind, Kind::Department) { "write_dept" } else { "write_user" });
    ActionSpec { name, title, kind: Some(kind), effect, capability, params, outputs: &[], max_parallel: 1, batch: 1 }
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
    Text::new("停用成员", "Disable members"),
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
            "停用多久之后才删除；不写或 0d 表示立即删除",
            "how long a member must have been disabled before; absent or 0d: at once",
        ),
    }],
);

/// All actions.
pub(crate) static ALL: [&ActionSpec; 8] = [
    &CREATE_DEPARTMENT,
    &UPDATE_DEPARTMENT,
    &DELETE_DEPARTMENT,
    &CREATE_USER,
    &UPDATE_USER,
    &DISABLE_USER,
    &ENABLE_USER,
    &DELETE_USER,
];
