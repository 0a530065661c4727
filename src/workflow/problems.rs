//! The words of what can go wrong with the data of a checked workflow.

use idflow_sdk::{Message, messages};

/// The table; the product's own messages are put together from such tables.
pub const MESSAGES: &[Message] = messages! {
    "department_unknown" Invalid Hr, "找不到部门 `{key}`", "there is no department `{key}`",
        "检查来源里的部门编号；人员不会被放进别的部门", "check the department id in the source; nobody is put into another department";
    "manager_unknown" Invalid Hr, "找不到上级 `{key}`", "there is no manager `{key}`",
        "检查来源里的上级编号", "check the manager's id in the source";
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
    "condition_failed" Invalid Operator, "条件 `{expression}` 无法判断：{what}", "the condition `{expression}` cannot be decided: {what}",
        "检查条件里的字段是否可能为空", "see whether a field in the condition may be empty";
};
