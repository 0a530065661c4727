//! The words of the directory's problems.

use idflow_sdk::{Message, messages};

/// All of them.
pub static MESSAGES: &[Message] = messages! {
    "value_too_long" Invalid Hr,
        "“{field}”超过 256 个字符", "`{field}` has more than 256 characters",
        "请在来源里缩短该值", "shorten the value in the source";
    "list_too_long" Invalid Hr,
        "“{field}”超过 100 项", "`{field}` has more than 100 entries",
        "请在来源里减少条目", "list fewer entries in the source";
    "directory_moved" Temporary Operator,
        "读取目录期间目录一直有写入，没有读到同一时刻的内容，本次不移除任何对象",
        "the directory was written to all the while it was read, so nothing is removed this time",
        "导入结束后再次运行", "run again when the import is over";
    "directory_unsupported" Configuration Bug,
        "目录不支持此操作：{what}", "the directory cannot do this: {what}",
        "请报告此问题", "please report this";
};
