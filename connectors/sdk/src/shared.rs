//! Words of problems that several connectors find: the same code means the same wherever it is met.

use crate::{Message, messages};

/// All of them.
pub static MESSAGES: &[Message] = messages! {
    "lease_lost" Temporary Operator,
        "本节点未能及时续期，另一节点可能已接手，因此没有发出请求", "this node could not renew its right in time and another one may have taken over, so nothing was sent",
        "无需处理：接手的节点会继续执行；若经常出现，请检查数据库和网络", "nothing to do: whoever took over goes on; if it happens often, check the database and the network";
    "callback_not_taken" Configuration ItAdmin,
        "这类连接没有接收“{receiver}”回调的地址", "connections of this kind take no calls at the address `{receiver}`",
        "检查对方系统里填写的回调地址", "check the address that was entered in the other system";
    "preview_unsupported" Configuration Operator,
        "这类连接不能按范围预览", "connections of this kind cannot say beforehand what a scope would give",
        "先预演（plan）工作流", "plan the workflow instead";
    "left_out_by_scope" Invalid Operator,
        "步骤的范围没有包含 {departments} 个部门、{people?若干} 人：{names}", "the scope of the step leaves out {departments|1 department|# departments} and {people?an unknown number of} people: {names}",
        "若不是有意的，请修改步骤的 `departments.include`、`departments.exclude`", "change `departments.include` or `departments.exclude` of the step, unless that is meant";
    "scope_fits_nothing" Invalid Operator,
        "步骤的范围里有模式没有匹配到任何部门：{patterns}", "the scope of the step has patterns that fit no department: {patterns}",
        "核对部门路径的写法，从最上级写起；部门已经撤销的，请从 `departments.include`、`departments.exclude` 里去掉", "look at the spelling of the path, which begins at the top; take it out of `departments.include` or `departments.exclude` where the department is gone";
    "maybe_out_of_range" Invalid Operator,
        "来源的连接只看得到一部分：不在名单里的，可能真的不在了，也可能只是移出了看得到的范围，移除需要批准", "the connection of the source sees only a part of it: what is not in the list may be gone, or only out of sight; its removal needs an approval",
        "在来源系统里核实：确实离开的批准移除，其余的保留；企业微信的连接再填上通讯录同步的 Secret，以后就能自动分辨", "look into the source's system: approve the removal of who really left and keep the others; a WeCom connection can tell by itself once it has the contact-sync secret, too" => ListRemovals;
    "out_of_scope" Invalid Operator,
        "它还在来源的系统里，只是不再属于步骤读取的范围，移除需要批准", "it is still in the source's system, only outside of the part that the step reads; its removal needs an approval",
        "不再需要同步的批准移除；否则保留，或放宽步骤读取的范围", "approve the removal if it is no longer to be kept in step; else keep it, or widen what the step reads" => ListRemovals;
    "name_missing" Invalid Hr,
        "没有姓名", "there is no name",
        "请在来源里补上姓名", "add the name in the source";
    "name_control_char" Invalid Hr,
        "姓名里有换行、零宽或其他不可见字符", "the name contains a line break or another invisible character",
        "请在来源里重新输入姓名", "type the name again in the source";
    "userid_missing" Invalid Hr,
        "没有账号", "there is no account name",
        "请在来源里补上账号", "add the account name in the source";
    "department_missing" Invalid Hr,
        "没有所属部门", "there is no department",
        "请在来源里把此人放进部门，或检查同步范围", "put the person into a department in the source, or check the scope";
    "dept_name_missing" Invalid Hr,
        "没有部门名称", "the department has no name",
        "请在来源里补上部门名称", "add the name of the department in the source";
    "dept_name_control_char" Invalid Hr,
        "部门名称里有换行、零宽或其他不可见字符", "the department's name contains a line break or another invisible character",
        "请在来源里重新输入部门名称", "type the department's name again in the source";
    "dept_order_invalid" Invalid Hr,
        "部门排序值不是 0 到 4294967295 的整数", "the order of the department is not a whole number from 0 to 4294967295",
        "请在来源里更正排序", "correct the order in the source";
    "mobile_invalid" Invalid Hr,
        "不是一个完整的手机号", "this is not one whole mobile number",
        "请在来源里更正：只写一个号码，不带分机号和说明；中国大陆以外的号码以 + 和国家或地区码开头", "correct it in the source: one number, no extension, no words; numbers from outside mainland China begin with + and the country code";
    "email_invalid" Invalid Hr,
        "不是邮箱地址", "this is not an e-mail address",
        "请在来源里更正邮箱", "correct the address in the source";
    "value_control_char" Invalid Hr,
        "值里有换行、零宽或其他不可见字符", "the value contains a line break or another invisible character",
        "请在来源里更正该值", "correct the value in the source";
    "userid_duplicate" Conflict Hr,
        "账号与 {holder?另一人} 相同", "the account name is the same as that of {holder?somebody else}",
        "在来源中给其中一人换一个账号", "give one of the two another account name in the source";
    "userid_duplicate_case" Conflict Hr,
        "账号与 {holder?另一人} 相同（不分大小写）", "the account name is the same as that of {holder?somebody else}, apart from case",
        "在来源中给其中一人换一个账号", "give one of the two another account name in the source";
    "mobile_duplicate" Conflict Hr,
        "手机号已属于 {holder?另一人}", "the mobile number already belongs to {holder?somebody else}",
        "在来源中更正其中一人的手机号", "correct the number of one of the two in the source";
    "email_duplicate" Conflict Hr,
        "邮箱已属于 {holder?另一人}", "the e-mail address already belongs to {holder?somebody else}",
        "在来源中更正其中一人的邮箱", "correct the address of one of the two in the source";
    "dept_name_duplicate_sibling" Conflict Hr,
        "同一上级下已有同名部门（{holder?不详}）", "a sibling has the same name ({holder?which one is not known})",
        "在来源中给其中一个部门改名", "rename one of the two in the source";
};
