//! WeCom's rules about values, checked before anything is sent: on literals when a workflow is compiled, and on every
//! record before its call.
//!
//! One function per field checks one value; [`conform`] runs them over a record in the order in which an administrator
//! would look, and adds the rules that need more than one field. The first broken rule wins. Nothing is repaired here:
//! every repair would lose something.
//!
//! Deliberately absent: depth of the tree, duplicates and unknown references (the engine's, who sees the whole plan).

use idflow_sdk::{
    Field, Kind, Problem, Record, Value, phone,
    text::{is_email, is_invisible},
};

use crate::schema::{DEPARTMENT, MAX_ORDER, USER, department, user};

/// What a department name must not contain.
const FORBIDDEN: [char; 9] = ['\\', ':', '*', '?', '"', '<', '>', '|', '｜'];
/// The most departments of one member.
const MAX_DEPARTMENTS: usize = 100;
/// The most direct leaders that any company may have; a newer one has [`crate::config::Config::direct_leaders`].
const MAX_LEADERS: usize = 5;

/// Checks a record. `complete` is false for an update, which names some fields only.
pub(crate) fn conform(kind: Kind, record: &Record, complete: bool) -> Result<(), Problem> {
    match kind {
        Kind::Department => conform_department(record, complete),
        Kind::User => conform_user(record, complete),
        Kind::Row | Kind::Group => Ok(()),
    }
}

fn conform_department(record: &Record, complete: bool) -> Result<(), Problem> {
    if lacking(record, department::NAME, complete) {
        return Err(Problem::new("dept_name_missing").field("name"));
    }
    for (id, field) in record.iter() {
        if let (Some(check), Some(value)) = (DEPARTMENT.spec(id).check, field.value()) {
            check(value)?;
        }
    }
    Ok(())
}

fn conform_user(record: &Record, complete: bool) -> Result<(), Problem> {
    if lacking(record, user::USERID, complete) {
        return Err(Problem::new("userid_missing").field("userid"));
    }
    if lacking(record, user::NAME, complete) {
        return Err(Problem::new("name_missing").field("name"));
    }
    for (id, field) in record.iter() {
        if let (Some(check), Some(value)) = (USER.spec(id).check, field.value()) {
            check(value)?;
        }
    }
    if complete && record.text(user::MOBILE).is_none() && record.text(user::EMAIL).is_none() {
        return Err(Problem::new("contact_missing"));
    }
    if lacking(record, user::DEPARTMENT, complete) {
        return Err(department_missing());
    }
    let departments = record.value(user::DEPARTMENT).and_then(Value::as_list);
    if let (Some(departments), Some(main)) = (departments, record.value(user::MAIN_DEPARTMENT))
        && !departments.contains(main)
    {
        return Err(Problem::new("main_department_not_member").field("main_department"));
    }
    Ok(())
}

/// Keeps as many direct leaders as the company may have, the first ones, and names those left out.
pub(crate) fn keep_leaders(record: &mut Record, most: usize, warnings: &mut Vec<Problem>) {
    let Some(leaders) = record.value(user::DIRECT_LEADER).and_then(Value::as_list) else { return };
    if leaders.len() <= most {
        return;
    }
    let (kept, left_out) = leaders.split_at(most);
    let named = left_out.iter().filter_map(Value::to_key).collect::<Vec<_>>().join(", ");
    warnings.push(
        Problem::new("wecom_leaders_left_out")
            .field("direct_leader")
            .arg("limit", most.to_string())
            .arg("names", named),
    );
    let kept = Value::list(kept.iter().cloned());
    record.set(user::DIRECT_LEADER, Field::Value(kept));
}

/// Whether a needed field is not there: at creation when it is absent, at any time when it is to be emptied.
fn lacking(record: &Record, id: idflow_sdk::FieldId, complete: bool) -> bool {
    match record.get(id) {
        None => complete,
        Some(Field::Empty) => true,
        Some(Field::Value(_)) => false,
    }
}

/// `userid`: 1 to 64 bytes of `0-9 A-Z a-z _ - @ .`, the first one a letter or digit.
pub(crate) fn userid(value: &Value) -> Result<(), Problem> {
    let text = text(value);
    if text.is_empty() {
        return Err(Problem::new("userid_missing").field("userid"));
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '.'))) {
        return Err(Problem::new("userid_invalid_chars").field("userid").arg("char", shown(bad)));
    }
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(Problem::new("userid_bad_first_char").field("userid"));
    }
    if text.len() > 64 {
        return Err(Problem::new("userid_too_long").field("userid"));
    }
    Ok(())
}

/// `name`: 1 to 64 characters.
pub(crate) fn name(value: &Value) -> Result<(), Problem> {
    let text = text(value);
    if text.is_empty() {
        return Err(Problem::new("name_missing").field("name"));
    }
    if text.contains(is_invisible) {
        return Err(Problem::new("name_control_char").field("name"));
    }
    at_most(text, 64, "name_too_long", "name")
}

/// `alias`: at most 64 characters.
pub(crate) fn alias(value: &Value) -> Result<(), Problem> {
    at_most(text(value), 64, "alias_too_long", "alias")
}

/// `mobile`: a mainland number of 11 digits, or `+`, country code and number. Spaces and hyphens do not count.
pub(crate) fn mobile(value: &Value) -> Result<(), Problem> {
    if is_mobile(text(value)) { Ok(()) } else { Err(Problem::new("mobile_invalid").field("mobile")) }
}

fn is_mobile(text: &str) -> bool {
    let shaped = text.char_indices().all(|(place, c)| match c {
        '0'..='9' => true,
        '+' => place == 0,
        '-' | ' ' => place > 0,
        _ => false,
    });
    if !shaped || text.len() > 32 {
        return false;
    }
    // Sent as it is written, so nothing but separators and the code of the mainland may have been left out of it.
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    phone::read(text, phone::HOME)
        .is_some_and(|number| phone::is_mobile(&number) && digits.ends_with(number.trim_start_matches('+')))
}

/// `email`: an address of 6 to 64 bytes.
pub(crate) fn email(value: &Value) -> Result<(), Problem> {
    address_of(text(value), "email")
}

/// `biz_mail`: as [`email`].
pub(crate) fn biz_mail(value: &Value) -> Result<(), Problem> {
    address_of(text(value), "biz_mail")
}

fn address_of(text: &str, field: &'static str) -> Result<(), Problem> {
    if !is_email(text) {
        return Err(Problem::new("email_invalid").field(field));
    }
    if !(6..=64).contains(&text.len()) {
        return Err(Problem::new("email_length").field(field));
    }
    Ok(())
}

/// `department`: 1 to 100 of them.
pub(crate) fn departments(value: &Value) -> Result<(), Problem> {
    match value.as_list() {
        Some([]) => Err(department_missing()),
        Some(list) if list.len() > MAX_DEPARTMENTS => Err(Problem::new("too_many_departments").field("department")),
        _ => Ok(()),
    }
}

fn department_missing() -> Problem {
    Problem::new("department_missing").field("department")
}

/// `direct_leader`: at most five.
pub(crate) fn direct_leaders(value: &Value) -> Result<(), Problem> {
    match value.as_list() {
        Some(list) if list.len() > MAX_LEADERS => Err(Problem::new("too_many_leaders").field("direct_leader")),
        _ => Ok(()),
    }
}

/// `position`: at most 128 characters.
pub(crate) fn position(value: &Value) -> Result<(), Problem> {
    at_most(text(value), 128, "position_too_long", "position")
}

/// `external_position`: at most 12 characters, 36 bytes.
pub(crate) fn external_position(value: &Value) -> Result<(), Problem> {
    let text = text(value);
    if text.len() > 36 {
        return Err(Problem::new("external_position_too_long").field("external_position"));
    }
    at_most(text, 12, "external_position_too_long", "external_position")
}

/// `telephone`: at most 32 digits, `-`, `+` and `,`.
pub(crate) fn telephone(value: &Value) -> Result<(), Problem> {
    let text = text(value);
    if text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b',')) {
        return Ok(());
    }
    Err(Problem::new("telephone_invalid").field("telephone"))
}

/// `address`: at most 128 characters.
pub(crate) fn address(value: &Value) -> Result<(), Problem> {
    at_most(text(value), 128, "address_too_long", "address")
}

/// `name` of a department: 1 to 64 characters, none of the forbidden ones.
pub(crate) fn department_name(value: &Value) -> Result<(), Problem> {
    if text(value).is_empty() {
        return Err(Problem::new("dept_name_missing").field("name"));
    }
    a_department_name(text(value), "name")
}

/// `name_en` of a department: the same, but it may be empty.
pub(crate) fn department_name_en(value: &Value) -> Result<(), Problem> {
    a_department_name(text(value), "name_en")
}

fn a_department_name(text: &str, field: &'static str) -> Result<(), Problem> {
    if text.contains(is_invisible) {
        return Err(Problem::new("dept_name_control_char").field(field));
    }
    if let Some(bad) = text.chars().find(|c| FORBIDDEN.contains(c)) {
        return Err(Problem::new("dept_name_forbidden_char").field(field).arg("char", bad));
    }
    at_most(text, 64, "dept_name_too_long", field)
}

/// `order` of a department: 0 to 2^32 - 1.
pub(crate) fn department_order(value: &Value) -> Result<(), Problem> {
    match value.as_int() {
        Some(0..=MAX_ORDER) => Ok(()),
        _ => Err(Problem::new("dept_order_invalid").field("order")),
    }
}

fn at_most(text: &str, most: usize, code: &'static str, field: &'static str) -> Result<(), Problem> {
    if text.chars().count() > most { Err(Problem::new(code).field(field)) } else { Ok(()) }
}

fn text(value: &Value) -> &str {
    value.as_text().unwrap_or_default()
}

/// A character as it can be read in a message.
fn shown(c: char) -> String {
    if c == ' ' || is_invisible(c) { format!("U+{:04X}", u32::from(c)) } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&Value) -> Result<(), Problem>;

    fn code(result: Result<(), Problem>) -> String {
        result.map_or_else(|problem| problem.code.into_owned(), |()| "ok".into())
    }

    #[test]
    fn single_values() {
        let long = |count: usize| "长".repeat(count);
        for (check, value, expected) in [
            (userid as Check, "zhang.san_1-x@a".to_owned(), "ok"),
            (userid, "0007".into(), "ok"),
            (userid, "李四".into(), "userid_invalid_chars"),
            (userid, "li si".into(), "userid_invalid_chars"),
            (userid, "-lisi".into(), "userid_bad_first_char"),
            (userid, "a".repeat(64), "ok"),
            (userid, "a".repeat(65), "userid_too_long"),
            (userid, String::new(), "userid_missing"),
            (name, long(64), "ok"),
            (name, long(65), "name_too_long"),
            (name, "周\n杰".into(), "name_control_char"),
            (name, "周\u{200b}杰".into(), "name_control_char"),
            (name, "郑爽朗🙂".into(), "ok"),
            (name, String::new(), "name_missing"),
            (alias, long(65), "alias_too_long"),
            (mobile, "15498000015".into(), "ok"),
            (mobile, "+86 154-9800-0015".into(), "ok"),
            (mobile, "+852 91234567".into(), "ok"),
            (mobile, "91234567".into(), "mobile_invalid"),
            (mobile, "1.55E+10".into(), "mobile_invalid"),
            (mobile, "12345678901".into(), "mobile_invalid"),
            (mobile, "+86 1549800".into(), "mobile_invalid"),
            (mobile, "1549800001".into(), "mobile_invalid"),
            (mobile, "+852 5123 4567-12".into(), "mobile_invalid"),
            (mobile, "+44 (0)20 7946 0958".into(), "mobile_invalid"),
            (mobile, "+44 020 7946 0958".into(), "mobile_invalid"),
            (mobile, "+86 010-88880001".into(), "mobile_invalid"),
            (email, "a@b.cn".into(), "ok"),
            (email, "a@b.c".into(), "email_length"),
            (email, "not-an-address".into(), "email_invalid"),
            (email, format!("{}@example.com", "a".repeat(60)), "email_length"),
            (biz_mail, "x".into(), "email_invalid"),
            (position, long(128), "ok"),
            (position, long(129), "position_too_long"),
            (telephone, "+86-10-1234,5".into(), "ok"),
            (telephone, "tel 1".into(), "telephone_invalid"),
            (telephone, "1".repeat(33), "telephone_invalid"),
            (address, long(129), "address_too_long"),
            (department_name, "客服部/北京".into(), "ok"),
            (department_name, "销售|华南".into(), "dept_name_forbidden_char"),
            (department_name, "A:B".into(), "dept_name_forbidden_char"),
            (department_name, "销售｜华南".into(), "dept_name_forbidden_char"),
            (external_position, long(12), "ok"),
            (external_position, long(13), "external_position_too_long"),
            (external_position, "abcdefghijklm".into(), "external_position_too_long"),
            (department_name, long(64), "ok"),
            (department_name, long(65), "dept_name_too_long"),
            (department_name, "a\tb".into(), "dept_name_control_char"),
            (department_name, String::new(), "dept_name_missing"),
            (department_name_en, "R?D".into(), "dept_name_forbidden_char"),
        ] {
            assert_eq!(code(check(&Value::text(value.as_str()))), expected, "{value}");
        }
        for (order, expected) in
            [(0, "ok"), (MAX_ORDER, "ok"), (-1, "dept_order_invalid"), (MAX_ORDER + 1, "dept_order_invalid")]
        {
            assert_eq!(code(department_order(&Value::Int(order))), expected);
        }
        let numbers = |count: i64| Value::list((1..=count).map(Value::Int));
        assert_eq!(code(departments(&numbers(100))), "ok");
        assert_eq!(code(departments(&numbers(101))), "too_many_departments");
        assert_eq!(code(departments(&numbers(0))), "department_missing");
        assert_eq!(
            code(direct_leaders(&Value::list((0..6).map(|n| Value::text(format!("u{n}")))))),
            "too_many_leaders"
        );
    }

    #[test]
    fn whole_records() {
        let good = || -> Record {
            [
                (user::USERID, Field::from_text("zhangsan")),
                (user::NAME, Field::from_text("张三")),
                (user::MOBILE, Field::from_text("15498000001")),
                (user::DEPARTMENT, Field::Value(Value::list([Value::Int(2), Value::Int(7)]))),
                (user::MAIN_DEPARTMENT, Field::Value(Value::Int(7))),
            ]
            .into_iter()
            .collect()
        };
        let with = |id, field| {
            let mut record = good();
            record.set(id, field);
            record
        };
        let without = |id| {
            let mut record = good();
            record.take(id);
            record
        };
        let only = |id, field| -> Record { [(id, field)].into_iter().collect() };
        for (record, complete, expected) in [
            (good(), true, "ok"),
            (without(user::USERID), true, "userid_missing"),
            (without(user::NAME), true, "name_missing"),
            (with(user::NAME, Field::Empty), true, "name_missing"),
            (only(user::NAME, Field::Empty), false, "name_missing"),
            (without(user::MOBILE), true, "contact_missing"),
            (with(user::MOBILE, Field::Empty), true, "contact_missing"),
            (only(user::MOBILE, Field::Empty), false, "ok"),
            (without(user::DEPARTMENT), true, "department_missing"),
            (with(user::DEPARTMENT, Field::Value(Value::list([]))), true, "department_missing"),
            (only(user::DEPARTMENT, Field::Empty), false, "department_missing"),
            (with(user::MAIN_DEPARTMENT, Field::Value(Value::Int(9))), true, "main_department_not_member"),
            (only(user::MAIN_DEPARTMENT, Field::Value(Value::Int(9))), false, "ok"),
            (only(user::ENABLE, Field::Value(Value::Bool(false))), false, "ok"),
            (Record::new(), false, "ok"),
        ] {
            assert_eq!(code(conform(Kind::User, &record, complete)), expected, "{record:?}");
        }
        assert_eq!(code(conform(Kind::Department, &Record::new(), true)), "dept_name_missing");
        assert_eq!(code(conform(Kind::Department, &Record::new(), false)), "ok");
        let name = |text| only(department::NAME, Field::from_text(text));
        assert_eq!(code(conform(Kind::Department, &name("研发部"), true)), "ok");
        assert_eq!(code(conform(Kind::Department, &name("研发<部>"), false)), "dept_name_forbidden_char");
    }
}
