//! Which headers look like one that is known without being it. Nothing is read by such a guess; it is what people are told.

use idflow_sdk::text;

/// States that are about something else than whether somebody is there.
const OTHER_STATES: [&str; 12] =
    ["婚", "健康", "政治", "审批", "合同", "同步", "学", "户", "marital", "approval", "contract", "sync"];
/// What such a header says at its end, or behind `是否`.
const WORDS: [&str; 15] = [
    "在职",
    "离职",
    "停用",
    "启用",
    "禁用",
    "离职标识",
    "离职标志",
    "在职情况",
    "人员状况",
    "员工状况",
    "active",
    "inactive",
    "enabled",
    "disabled",
    "terminated",
];
/// What it says behind `是否` alone.
const ASKED: [&str; 2] = ["在岗", "有效"];
/// What may stand behind the word for a state.
const STATE_OF: [&str; 6] = ["名称", "代码", "说明", " code", "_code", " name"];

/// Whether the header (in small letters) most likely tells whether a person is still there.
pub(crate) fn tells_status(header: &str) -> bool {
    // What stands in brackets explains it.
    let header = header.split('(').next().unwrap_or_default().trim();
    let header = STATE_OF.iter().find_map(|end| header.strip_suffix(end)).unwrap_or(header);
    // 账户 and 用户 are accounts, 户 alone is a household.
    let rest = header.replace("账户", "").replace("帐户", "").replace("用户", "");
    let other = OTHER_STATES.iter().any(|word| rest.contains(word));
    let asked = header.strip_prefix("是否");
    let word = WORDS.iter().any(|word| header.ends_with(word) || asked.is_some_and(|rest| rest.starts_with(word)));
    let word = word || ASKED.iter().any(|word| asked.is_some_and(|rest| rest.starts_with(word)));
    !other && (header.ends_with("状态") || header.ends_with("status") || word)
}

/// Whether two headers are so much alike that one is probably meant for the other.
pub(crate) fn alike(header: &str, known: &str) -> bool {
    let (header, known) = (bare(header), bare(known));
    let (short, long) = if header.chars().count() <= known.chars().count() { (header, known) } else { (known, header) };
    let (length, most) = (short.chars().count(), long.chars().count());
    if length < 2 {
        return false;
    }
    if short.is_ascii() && long.is_ascii() {
        return short == long
            || length >= 4 && (long.contains(&short) || most - length <= 1 && one_apart(&short, &long));
    }
    short == long || long.contains(&short) && most - length <= 3
}

/// A header without the marks that forms put around it: `*手机（必填）` is `手机`.
fn bare(header: &str) -> String {
    let plain = text::plain(text::trim(header)).to_lowercase();
    let cut = plain.split(['(', '[']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    cut.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether one letter was changed, left out or added.
fn one_apart(short: &str, long: &str) -> bool {
    let same_start = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    let same_end = short.bytes().rev().zip(long.bytes().rev()).take_while(|(a, b)| a == b).count();
    same_start + same_end + 1 >= long.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_tell_who_is_there() {
        for header in [
            "在职状态",
            "员工状态",
            "账户状态",
            "用户状态",
            "是否在职",
            "是否离职",
            "employee_status",
            "is_active",
            "account enabled",
            "是否在岗",
            "是否有效",
            "离职标识",
            "状态名称",
            "状态(在职/离职)",
            "在职情况",
            "人员状况",
            "terminated",
            "status code",
        ] {
            assert!(tells_status(header), "{header}");
        }
        for header in [
            "婚姻状态",
            "健康状态",
            "审批状态",
            "离职日期",
            "证件是否有效",
            "在职年限",
            "last_active_day",
            "备注",
            "marital status",
            "户口状态",
            "title",
        ] {
            assert!(!tells_status(header), "{header}");
        }
    }

    #[test]
    fn headers_that_are_nearly_known() {
        for (header, known) in [
            ("手机号码", "手机号"),
            ("*手机", "手机"),
            ("手机（必填）", "手机"),
            ("所在部门", "部门"),
            ("mobile_phone", "mobile"),
            ("e-mail", "email"),
            ("Manger", "manager"),
            ("直属上级工号", "直属上级"),
        ] {
            assert!(alike(header, known), "{header} {known}");
        }
        for (header, known) in
            [("入职日期", "职务"), ("序号", "工号"), ("id", "email"), ("备注", "邮箱"), ("*", "手机"), ("性", "性别")]
        {
            assert!(!alike(header, known), "{header} {known}");
        }
    }
}
