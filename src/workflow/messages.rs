//! The words of what can go wrong with the data of a checked workflow.

use idflow_sdk::{Message, messages};

/// The table; the product's own messages are put together from such tables.
pub const MESSAGES: &[Message] = messages! {
    "department_unknown" Invalid Hr, "找不到部门 `{key}`", "there is no department `{key}`",
        "核对写下的部门编号或路径；人员不会被放进别的部门", "look at how its id or path is written; nobody is put into another department";
    "department_path_unknown" Invalid Hr, "没有路径为 `{key}` 的部门", "there is no department with the path `{key}`",
        "检查路径的写法，或让导入新建它：上传时选择新建缺少的部门，工作流里用 `upsert_department` 步骤；人员不会被放进别的部门", "look at how the path is written, or have it made: by an upload that makes missing departments, in a workflow by a step `upsert_department`; nobody is put into another department";
    "department_ambiguous" Invalid Hr, "路径 `{key}` 对应多个部门：{departments}", "the path `{key}` means several departments: {departments}",
        "给其中一个部门改名，或合并这些部门；在此之前不会放进其中任何一个", "rename one of them, or merge them; until then nobody is put into either";
    "paths_begin_with_company" Invalid Hr,
        "所有部门路径都以“{name}”开头，目录里没有这个部门，而它的下级在目录的最上层：按公司本身处理，不为它建部门",
        "every path of a department begins with {name}, which is not in the directory, while what is below it is at the top there: it is taken for the company itself, and no department is made for it",
        "如果它是一个部门而不是公司，请先在目录里新建它", "if it is a department and not the company, make it in the directory first";
    "manager_unknown" Invalid Hr, "找不到上级 `{key}`", "there is no manager `{key}`",
        "检查来源里的上级编号", "check the manager's id in the source";
    "manager_not_made" Invalid Hr, "上级 {by} 没有建成，没有写入：{cause_zh?原因见其明细}", "the manager {by} could not be made and was left out: {cause_en?its own item tells why}",
        "先解决 {by} 的问题，之后的运行会补上上级", "settle what keeps {by}; a later run then adds the manager";
    "department_not_made" Invalid Hr, "部门 {by} 没有建成，没有写入：{cause_zh?原因见其明细}", "the department {by} could not be made and was left out: {cause_en?its own item tells why}",
        "先解决 {by} 的问题，之后的运行会补上部门", "settle what keeps {by}; a later run then adds the department";
    "reference_not_made" Invalid Hr, "引用的 {by} 没有建成，没有写入：{cause_zh?原因见其明细}", "{by}, which is referred to, could not be made and was left out: {cause_en?its own item tells why}",
        "先解决 {by} 的问题，之后的运行会补上", "settle what keeps {by}; a later run then adds the reference";
    "manager_self" Invalid Hr, "上级是本人，已忽略", "the person is listed as their own manager; left out",
        "在来源里更正上级", "correct the manager in the source";
    "manager_by_name" Invalid Hr, "找不到编号为“{key}”的上级：这看起来是姓名", "there is no manager with the id `{key}`; it looks like a name",
        "上级一栏填写对方的编号（工号），姓名可能重复", "give the manager's id (employee number) in this column; names may occur twice";
    "department_by_path" Invalid Hr, "找不到编号为“{key}”的部门：这看起来是部门路径", "there is no department with the id `{key}`; it looks like a path",
        "这一列填写部门编号；来源只有路径时，在工作流里用 `department_paths` 代替 `target_ids`", "this column takes department ids; where the source has paths, write `department_paths` instead of `target_ids` in the workflow";
    "reference_unknown" Invalid Hr, "找不到被引用的对象 `{key}`", "there is no object `{key}` to refer to",
        "检查来源里的编号", "check the id in the source";
    "value_type" Invalid Hr, "`{value}` 不是{expected_zh}", "`{value}` is not {expected_en}",
        "在来源里改正，或在映射里换一个字段", "correct it in the source, or map another field";
    "value_range" Invalid Hr, "{value} 不在 {min} 到 {max} 之间", "{value} is not between {min} and {max}",
        "在来源里改正这个数", "correct the number in the source";
    "value_word" Invalid Hr, "`{value}` 不是允许的词：{words}", "`{value}` is none of the allowed words: {words}",
        "在来源里改正，或在映射里换算", "correct it in the source, or translate it in the mapping";
    "value_empty" Invalid Hr, "这个字段为空", "this field is empty",
        "在来源里补上，或在映射里写 `when_empty`", "fill it in the source, or write `when_empty` in the mapping";
    "template_value" Invalid Operator, "模板 `{template}` 无法填写：{what_zh}", "the template `{template}` cannot be filled: {what_en}",
        "检查模板里的名字和类型", "check the names and types in the template";
    "parameter_invalid" Invalid Operator, "参数 `{name}` 的值 `{value}` 不对：应当是{expected_zh}", "parameter `{name}` cannot be `{value}`: {expected_en} belongs there",
        "检查输入和变量", "check inputs and variables";
    "condition_too_long" Invalid Operator, "条件 `{expression}` 对这个对象的计算量过大，没有判断", "the condition `{expression}` takes too much work for this object and was not decided",
        "用 `值 in vars.列表` 代替循环，缩短列表，或换更简单的正则表达式", "write `VALUE in vars.LIST` instead of a loop, shorten the lists, or take a simpler pattern";
    "condition_stopped" Invalid Operator, "条件 `{expression}` 没有判断完就被停止", "the condition `{expression}` was stopped before it was decided",
        "运行被取消或超时；需要时再运行一次", "the run was cancelled or out of time; run it again if needed";
};
