//! The words of broken rules about values. Some of these rules are shared with other connectors; the table is a file of
//! its own so that rows can move without touching anything else.

use idflow_sdk::{Message, messages};

/// One row for each code of [`crate::rules`].
pub(crate) const MESSAGES: &[Message] = messages! {
    "userid_invalid_chars" Invalid Hr,
        "成员账号含有不允许的字符“{char}”", "the userid contains `{char}`, which is not allowed",
        "只能用字母、数字和 _ - @ .，请在来源里更正账号", "use letters, digits and _ - @ . only; correct the account name in the source";
    "userid_bad_first_char" Invalid Hr,
        "成员账号的首字符不是字母或数字", "the userid does not begin with a letter or digit",
        "请在来源里更正账号", "correct the account name in the source";
    "userid_too_long" Invalid Hr,
        "成员账号超过 64 个字节", "the userid has more than 64 bytes",
        "请在来源里缩短账号", "shorten the account name in the source";
    "name_too_long" Invalid Hr,
        "姓名超过 64 个字", "the name has more than 64 characters",
        "请在来源里缩短姓名", "shorten the name in the source";
    "contact_missing" Invalid Hr,
        "手机号和邮箱都没有，企业微信要求至少有一个", "there is neither a mobile number nor an e-mail address; WeCom needs one of them",
        "请在来源里补上手机号或邮箱", "add a mobile number or an e-mail address in the source";
    "email_length" Invalid Hr,
        "邮箱地址的长度不在 6 至 64 字节之间", "the e-mail address is shorter than 6 or longer than 64 bytes",
        "请在来源里换一个邮箱", "use another e-mail address in the source";
    "position_too_long" Invalid Hr,
        "职务超过 128 个字", "the position has more than 128 characters",
        "请在来源里缩短职务", "shorten the position in the source";
    "alias_too_long" Invalid Hr,
        "别名超过 64 个字", "the alias has more than 64 characters",
        "请在来源里缩短别名", "shorten the alias in the source";
    "telephone_invalid" Invalid Hr,
        "座机号只能有最多 32 个数字和 - + ,", "a landline number has at most 32 digits and - + , only",
        "请在来源里更正座机号", "correct the landline number in the source";
    "address_too_long" Invalid Hr,
        "地址超过 128 个字", "the address has more than 128 characters",
        "请在来源里缩短地址", "shorten the address in the source";
    "too_many_departments" Invalid Hr,
        "所属部门超过 100 个", "the person has more than 100 departments",
        "请在来源里减少所属部门", "list fewer departments in the source";
    "too_many_leaders" Invalid Hr,
        "直属上级超过 5 人", "the person has more than 5 direct leaders",
        "请在来源里减少直属上级", "list fewer direct leaders in the source";
    "external_position_too_long" Invalid Hr,
        "对外职务超过 12 个字", "the position shown to outsiders has more than 12 characters",
        "请在来源里缩短对外职务", "shorten it in the source";
    "wecom_leaders_left_out" Invalid Hr,
        "企业微信只接受 {limit} 名直属上级，未写入：{names}", "WeCom takes {limit} direct leaders; left out: {names}",
        "请在来源里把真正的直属上级排在第一位；较早注册、可以有多名上级的企业把连接的 direct_leaders 调大", "put the real leader first in the source; an old company that may have several raises `direct_leaders` of the connection";
    "main_department_not_member" Invalid Hr,
        "主部门不是所属部门之一", "the main department is not one of the person's departments",
        "请在来源里更正主部门", "correct the main department in the source";
    "dept_name_too_long" Invalid Hr,
        "部门名称超过 64 个字", "the department's name has more than 64 characters",
        "请在来源里缩短部门名称", "shorten the department's name in the source";
    "dept_name_forbidden_char" Invalid Hr,
        "部门名称含有企业微信不允许的字符“{char}”", "the department's name contains `{char}`, which WeCom does not allow",
        "请在来源里去掉 \\ : * ? \" < > | ｜ 这些字符", "remove the characters \\ : * ? \" < > | ｜ in the source";
};
