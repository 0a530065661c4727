//! Which codes exist, in one table: the checks refer to it, the documentation and `explain` are made from it.

use idflow_sdk::Text;

/// One code.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `E0103`.
    pub code: &'static str,
    /// What it says, without names.
    pub title: Text,
}

const fn row(code: &'static str, zh: &'static str, en: &'static str) -> Code {
    Code { code, title: Text::new(zh, en) }
}

/// All codes, in order.
pub const CODES: &[Code] = &[
    row("E0101", "YAML 无法读取", "the YAML cannot be read"),
    row("E0102", "模板没有加引号", "a template is not quoted"),
    row("E0103", "同一个键出现两次", "the same key twice"),
    row("E0105", "`on` 被 YAML 1.1 工具改成了 `true`", "`on` was turned into `true` by a YAML 1.1 tool"),
    row("E0106", "文件过大、嵌套过深或别名过多", "the file is too large, too deep, or multiplies itself by aliases"),
    row("E0201", "未知的键", "unknown key"),
    row("E0202", "缺少键", "missing key"),
    row("E0203", "值的种类不对", "wrong kind of value"),
    row("E0204", "id 不是 snake_case", "an id is not snake_case"),
    row("E0205", "步骤 id 重复", "the same step id twice"),
    row("E0206", "保留的 id", "reserved id"),
    row("E0207", "时长、百分比或数量写错", "bad duration, share or size"),
    row("E0208", "未知的 `dsl` 版本", "unknown `dsl`"),
    row("E0209", "两个键不能同时写", "keys exclude each other"),
    row("E0301", "`needs` 指向不存在的步骤", "`needs` names no step"),
    row("E0302", "步骤互相等待", "steps wait for each other in a circle"),
    row("E0303", "读取了不一定先运行的步骤", "a step reads one that is not before it"),
    row("E0304", "未知的步骤输出", "unknown output of a step"),
    row("E0305", "读取可能被跳过的步骤而没有默认值", "a step reads one that may be skipped, without a default"),
    row("E0306", "步骤永远不会运行", "a step can never run"),
    row("E0307", "`steps` 里读取了 `finally` 的步骤", "a step of `finally` is read from `steps`"),
    row("E0308", "工作流调用自己", "a workflow calls itself"),
    row("E0309", "循环变量用在循环之外", "the variable of a loop is used outside its loop"),
    row("E0310", "读取同一次运行尚未写入的结果", "a step reads what an earlier step of this run still has to write"),
    row("E0401", "未知的变量或字段", "unknown variable or field"),
    row("E0402", "值的类型不符", "the type of a value does not fit"),
    row("E0403", "表达式里写了花括号", "braces in an expression"),
    row("E0404", "模板语法错误", "template syntax"),
    row("E0405", "未知的函数或参数个数不对", "unknown helper or wrong number of arguments"),
    row("E0406", "此处不能用块模板", "a block helper where a value is expected"),
    row("E0407", "条件不是真假值，或 `in` 不是列表", "a condition is not true or false, or `in` is not a list"),
    row("E0408", "比较永远不成立", "a comparison can never be true"),
    row("E0409", "映射里用了时钟或随机数", "a clock or a random number in a mapping"),
    row("E0410", "来源字段可能为空而没有说明处理方式", "a source field may be empty and no policy is given"),
    row("E0411", "条件的计算量过大", "a condition takes too much work"),
    row("E0501", "未知的动作", "unknown action"),
    row("E0502", "未知的参数", "unknown parameter"),
    row("E0503", "缺少参数", "missing parameter"),
    row("E0504", "没有合适的连接或有多个", "no connection fits, or several do"),
    row("E0505", "连接的类型不对", "a connection of the wrong type"),
    row("E0506", "连接缺少所需的权限", "a connection lacks what an action needs"),
    row("E0507", "映射与动作不符", "a mapping does not fit the action"),
    row("E0508", "必填的目标字段没有映射", "a required target field is not mapped"),
    row("E0509", "未知的目标字段", "unknown target field"),
    row("E0510", "固定值不符合目标系统的规则", "a literal breaks a rule of the target"),
    row("E0511", "字段只能在创建时写入或不可写", "a field may be written on create only, or never"),
    row("E0512", "更新动作没有 `match` 规则", "an update without any `match` rule"),
    row("E0513", "部门循环没有 `parents_first`", "a department loop without `parents_first`"),
    row("E0514", "人员先于所需部门写入", "people are written before their departments"),
    row("E0515", "循环的对象没有稳定的键", "the items of a loop have no stable key"),
    row("E0601", "cron 表达式错误", "bad cron expression"),
    row("E0602", "未知的时区", "unknown time zone"),
    row("E0603", "定时任务永远不会触发", "a schedule that never fires"),
    row("E0604", "webhook 地址已被占用", "the path of a webhook is taken"),
    row("E0605", "连接不发送这种事件", "a connection sends no such event"),
    row("E0606", "触发器没有给出必填的输入", "a trigger gives no value for a required input"),
    row("E0701", "有移除动作而没有 `safety.remove`", "removal without `safety.remove`"),
    row("E0702", "文件中写了密钥", "a literal secret"),
    row("E0703", "删除没有审批", "delete without approval"),
    row("E0704", "不可能的上限", "a limit that cannot be"),
    row("E0705", "未知的审批角色", "unknown role of an approver"),
    row("E0706", "密码可以推算", "a password that others can work out"),
    row("W0801", "消息里有个人信息", "personal data in a message"),
    row("W0802", "定时任务没有时区", "a schedule without a time zone"),
    row("W0803", "没有用到的映射、变量或连接", "unused mapping, variable or connection"),
    row("W0804", "`max_parallel` 超过连接器的上限", "`max_parallel` is above the connector's limit"),
    row("W0805", "发送消息的步骤会重试", "a step that sends messages is retried"),
    row("W0806", "重试超出时限", "retries do not fit into the time limit"),
    row("W0807", "步骤缺少中文或英文名称", "a step without a zh or en name"),
    row("W0808", "范围包括所有人并且会移除对象", "the scope covers everyone, and objects are removed"),
    row("W0809", "按目标系统不显示的字段匹配", "a match by a field that the target hides"),
    row("W0810", "日期没有写时区", "a date is formatted without a time zone"),
    row("W0811", "每次运行自成一组", "every run is a concurrency group of its own"),
    row("W0812", "同一字段双向映射", "one field is mapped in both directions"),
    row("W0813", "条件总是同一个结果", "a condition is the same whatever is read"),
];

/// The row of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|row| row.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_bilingual() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(CODES.iter().all(|row| !row.title.zh.is_empty() && !row.title.en.is_empty()));
        assert!(find("E0508").is_some() && find("E9999").is_none());
    }
}
