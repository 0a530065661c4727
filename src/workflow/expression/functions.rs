//! What can be called in an expression, for people: the checker's own table has the numbers of arguments.

use idflow_sdk::Text;

/// One function, operator or loop.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// What it gives.
    pub doc: Text,
    /// An example.
    pub example: &'static str,
}

const fn row(
    name: &'static str,
    signature: &'static str,
    zh: &'static str,
    en: &'static str,
    example: &'static str,
) -> Function {
    Function { name, signature, doc: Text::new(zh, en), example }
}

/// All of them; the operators first.
pub const FUNCTIONS: &[Function] = &[
    row(
        "==",
        "A == B, A != B",
        "相同、不同；按字段的类型比较，不论另一边是什么（账号和邮箱不分大小写，手机号按号码，时长按长短）；空值只等于 `\"\"` 和 `null`",
        "the same or not, compared by the type of the field whatever stands on the other side (accounts and addresses without case, phone numbers as numbers, time spans as spans); an empty value equals nothing but `\"\"` and `null`",
        "user.status == \"active\"",
    ),
    row(
        "<",
        "A < B, <=, >, >=",
        "比较大小；有一边为空则不成立",
        "smaller or larger; never so when one side is empty",
        "steps.read.outputs.row_count > 0",
    ),
    row("&&", "A && B, A || B, !A", "且、或、非", "and, or, not", "inputs.deep && run.status != \"failed\""),
    row(
        "in",
        "A in LIST",
        "是否在列表里；列表里写 `\"\"` 时，空值也算在内",
        "whether it is one of the list; where the list has `\"\"`, an empty value is one of it",
        "user.status in [\"active\", \"disabled\"]",
    ),
    row(
        "has",
        "has(NAME)",
        "是否有值；没有项的列表不算",
        "whether it has a value; a list without items has none",
        "has(user.mobile)",
    ),
    row(
        "size",
        "size(LIST), TEXT.size()",
        "列表或文本的长度",
        "the length of a list or text",
        "size(user.departments) > 1",
    ),
    row(
        "startsWith",
        "TEXT.startsWith(TEXT)",
        "是否以它开头（账号和邮箱不分大小写）",
        "whether it begins with that (accounts and addresses without case)",
        "user.username.startsWith(\"ext-\")",
    ),
    row(
        "endsWith",
        "TEXT.endsWith(TEXT)",
        "是否以它结尾",
        "whether it ends with that",
        "user.email.endsWith(\"@example.com\")",
    ),
    row("contains", "TEXT.contains(TEXT)", "是否含有它", "whether it contains that", "user.title.contains(\"经理\")"),
    row(
        "matches",
        "TEXT.matches(PATTERN)",
        "是否符合正则表达式（区分大小写；`(?i)` 不区分）",
        "whether it matches a regular expression (letter by letter; `(?i)` without case)",
        "user.username.matches(\"^[a-z]+$\")",
    ),
    row(
        "exists",
        "LIST.exists(x, CONDITION)",
        "列表里有没有一个满足条件",
        "whether one of the list fulfils it",
        "user.departments.exists(d, d.leader)",
    ),
    row(
        "exists_one",
        "LIST.exists_one(x, CONDITION)",
        "是否恰好一个满足条件",
        "whether exactly one fulfils it",
        "user.departments.exists_one(d, d.leader)",
    ),
    row(
        "all",
        "LIST.all(x, CONDITION)",
        "是否全部满足条件",
        "whether all fulfil it",
        "vars.codes.all(c, size(c) == 3)",
    ),
    row(
        "filter",
        "LIST.filter(x, CONDITION)",
        "满足条件的那些",
        "those of the list that fulfil it",
        "size(user.departments.filter(d, d.leader)) > 1",
    ),
    row(
        "map",
        "LIST.map(x, VALUE)",
        "逐个换算之后的列表",
        "the list with each turned into something else",
        "\"root\" in vars.groups.map(g, g.name)",
    ),
    row(
        "changes",
        "changes(STEP…)",
        "这些步骤一共改变了多少个对象",
        "how many objects these steps changed",
        "changes(steps.create_user, steps.update_user) > 0",
    ),
    row(
        "duration",
        "duration(TEXT)",
        "时长，可以比较：`3d`、`1h30m`、`PT1H30M`；时长类型的输入不必换算，直接与 `\"1h\"` 比较",
        "a time span that can be compared: `3d`, `1h30m`, `PT1H30M`; an input that is a time span is compared with `\"1h\"` as it is",
        "duration(inputs.grace) > duration(\"1h\")",
    ),
    row(
        "int",
        "int(TEXT)",
        "文本变成整数；不是整数则为空",
        "text as a whole number; empty where it is none",
        "int(row.level) > 3",
    ),
    row("string", "string(VALUE)", "值变成文本", "a value as text", "string(row.level) == \"3\""),
];

/// The row of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_checker_knows_is_explained() {
        for (name, ..) in crate::workflow::expression::calls::FUNCTIONS {
            assert!(find(name).is_some(), "{name}");
        }
        for (place, row) in FUNCTIONS.iter().enumerate() {
            assert!(!FUNCTIONS[..place].iter().any(|other| other.name == row.name));
            assert!(!row.example.is_empty() && !row.signature.is_empty());
        }
    }
}
