//! Between WeCom's JSON and records, both ways. Pure.
//!
//! Reading: a key that is not there is unknown, and stays absent from the record. WeCom withholds phone numbers, addresses
//! and the like from apps made since 2022 by leaving them out or empty, so an empty sensitive field is unknown as well;
//! an empty position or alias is known to be empty. `gender` "0" is unset or withheld: unknown.
//!
//! From apps that the company did not build itself it withholds whatever the company's administrator did not tick, positions and
//! leaders too: to them nothing that is empty is known ([`shown_to`]).
//!
//! An app whose range is not the whole company is shown cut lists: such a list is unknown ([`partly`]).
//!
//! Writing: only the fields of the record are sent; WeCom leaves alone what is not sent. An empty text clears a field.

use idflow_sdk::{Field, FieldId, Problem, Record, Value};
use serde_json::{Map, Value as Json, json};

use crate::schema::{DEPARTMENT, USER, department, user};

/// Fields that WeCom withholds by sending them empty.
const SENSITIVE: [FieldId; 4] = [user::MOBILE, user::EMAIL, user::ADDRESS, user::BIZ_MAIL];
/// Fields that are plain text on both sides and tell when they are empty.
const OPEN_TEXTS: [FieldId; 4] = [user::ALIAS, user::POSITION, user::TELEPHONE, user::EXTERNAL_POSITION];

/// A member as an app reads it, the company's `own` or that of somebody else: the userid and what is known. `None` without a
/// userid.
pub(crate) fn shown_to(own: bool, json: &Map<String, Json>) -> Option<(Box<str>, Record)> {
    let (userid, mut record) = user_record(json)?;
    if own {
        return Some((userid, record));
    }
    for id in OPEN_TEXTS {
        if record.get(id) == Some(&Field::Empty) {
            record.take(id);
        }
    }
    let list = |id| record.value(id).and_then(Value::as_list);
    let no_leader = list(user::DIRECT_LEADER).is_some_and(<[Value]>::is_empty);
    let no_flag = list(user::IS_LEADER_IN_DEPT).is_some_and(|flags| !flags.contains(&Value::Bool(true)));
    for (id, empty) in [(user::DIRECT_LEADER, no_leader), (user::IS_LEADER_IN_DEPT, no_flag)] {
        if empty {
            record.take(id);
        }
    }
    Some((userid, record))
}

/// A member as read: the userid and what is known. `None` without a userid.
fn user_record(json: &Map<String, Json>) -> Option<(Box<str>, Record)> {
    let userid = json.get("userid").and_then(Json::as_str).filter(|userid| !userid.is_empty())?;
    let mut record = Record::new();
    record.set(user::USERID, Field::Value(Value::text(userid)));
    // Blanks around a text say nothing; what is written from here has none.
    let text = |id: FieldId| json.get(&*USER.spec(id).name).and_then(Json::as_str).map(idflow_sdk::text::trim);
    for id in SENSITIVE.into_iter().chain([user::NAME]) {
        if let Some(text) = text(id).filter(|text| !text.is_empty()) {
            record.set(id, Field::from_text(text));
        }
    }
    for id in OPEN_TEXTS {
        if let Some(text) = text(id) {
            record.set(id, Field::from_text(text));
        }
    }
    let departments = list(json, "department", |item| item.as_i64().map(Value::Int));
    let places = departments.as_ref().and_then(Value::as_list).map(<[Value]>::len);
    if let Some(departments) = departments {
        record.set(user::DEPARTMENT, Field::Value(departments));
    }
    if let Some(main) = json.get("main_department").and_then(Json::as_i64).filter(|id| *id > 0) {
        record.set(user::MAIN_DEPARTMENT, Field::Value(Value::Int(main)));
    }
    // One stands for each department; of another number of them nobody knows which is whose.
    let flags = list(json, "is_leader_in_dept", |item| item.as_i64().map(|flag| Value::Bool(flag == 1)));
    let each = |flags: &Value| places.is_none_or(|places| flags.as_list().is_some_and(|flags| flags.len() == places));
    if let Some(flags) = flags.filter(each) {
        record.set(user::IS_LEADER_IN_DEPT, Field::Value(flags));
    }
    if let Some(leaders) = list(json, "direct_leader", |item| item.as_str().map(Value::text)) {
        record.set(user::DIRECT_LEADER, Field::Value(leaders));
    }
    let gender = json.get("gender").and_then(|gender| gender.as_i64().or_else(|| gender.as_str()?.parse().ok()));
    match gender {
        Some(1) => record.set(user::GENDER, Field::Value(Value::text("male"))),
        Some(2) => record.set(user::GENDER, Field::Value(Value::text("female"))),
        _ => {}
    }
    // 1 active, 2 disabled, 4 not yet activated, 5 left. Only 2 says that somebody was locked out.
    match json.get("status").and_then(Json::as_i64) {
        Some(1 | 4) => record.set(user::ENABLE, Field::Value(Value::Bool(true))),
        Some(2) => record.set(user::ENABLE, Field::Value(Value::Bool(false))),
        _ => {}
    }
    let status = match json.get("status").and_then(Json::as_i64) {
        Some(1 | 4) => Some("active"),
        Some(2) => Some("disabled"),
        Some(5) => Some("left"),
        _ => None,
    };
    if let Some(status) = status {
        record.set(user::STATUS, Field::Value(Value::text(status)));
    }
    Some((userid.into(), record))
}

/// Whether somebody has logged in: the number of such a member is his own to change.
pub(crate) fn has_activated(json: &Map<String, Json>) -> bool {
    json.get("status").and_then(Json::as_i64) == Some(1)
}

/// Takes out what an app with a partial range cannot know: which departments there are, the flags that go with them, and
/// that there is no leader. A leader or a main department that it was shown is true.
pub(crate) fn partly(record: &mut Record) {
    record.take(user::DEPARTMENT);
    record.take(user::IS_LEADER_IN_DEPT);
    if record.value(user::DIRECT_LEADER).and_then(Value::as_list).is_some_and(<[Value]>::is_empty) {
        record.take(user::DIRECT_LEADER);
    }
}

/// A list of which every item can be read; otherwise it is unknown.
fn list(json: &Map<String, Json>, name: &str, item: impl Fn(&Json) -> Option<Value>) -> Option<Value> {
    json.get(name)?.as_array()?.iter().map(item).collect::<Option<Vec<_>>>().map(Value::list)
}

/// The body of `user/create` or `user/update` for this userid.
pub(crate) fn user_body(userid: &str, record: &Record, create: bool) -> Result<Json, Box<Problem>> {
    let mut body = Map::new();
    body.insert("userid".into(), userid.into());
    let listed = match record.value(user::DEPARTMENT) {
        Some(value) => Some(value.as_list().ok_or_else(|| bad_reference("department"))?),
        None => None,
    };
    // The same order as in the file of an import, so that a member ends up the same either way.
    let order: Vec<usize> = main_first(record, listed.unwrap_or_default()).collect();
    let departments = match listed {
        Some(list) => {
            let ids: Option<Vec<i64>> = order.iter().map(|place| number(&list[*place])).collect();
            Some(ids.ok_or_else(|| bad_reference("department"))?)
        }
        None => None,
    };
    for (id, field) in record.iter().filter(|(id, _)| *id != user::USERID) {
        let name = USER.spec(id).name.to_string();
        let sent = match (id, field) {
            (_, Field::Empty) if create => None,
            (user::DEPARTMENT | user::IS_LEADER_IN_DEPT | user::DIRECT_LEADER, Field::Empty) => Some(json!([])),
            (user::MAIN_DEPARTMENT | user::ENABLE | user::GENDER, Field::Empty) => None,
            (_, Field::Empty) => Some(json!("")),
            (user::DEPARTMENT, Field::Value(_)) => departments.clone().map(Json::from),
            (user::MAIN_DEPARTMENT, Field::Value(value)) => {
                Some(number(value).ok_or_else(|| bad_reference("main_department"))?.into())
            }
            (user::IS_LEADER_IN_DEPT, Field::Value(value)) => Some(flags(value, departments.as_ref().map(|_| &*order))),
            (user::GENDER, Field::Value(value)) => match value.as_text() {
                Some("male") => Some(json!("1")),
                Some("female") => Some(json!("2")),
                _ => None,
            },
            (user::ENABLE, Field::Value(value)) => value.as_bool().map(|enabled| i64::from(enabled).into()),
            (user::MOBILE, Field::Value(value)) => {
                value.as_text().map(|text| idflow_sdk::text::phone_digits(text).into())
            }
            (_, Field::Value(value)) => Some(value.to_json()),
        };
        if let Some(sent) = sent {
            body.insert(name, sent);
        }
    }
    Ok(body.into())
}

/// The body of `department/create` or `department/update` for this id. A new department without a parent goes below
/// `root`.
pub(crate) fn department_body(id: i64, record: &Record, new_below: Option<i64>) -> Result<Json, Box<Problem>> {
    let mut body = Map::new();
    body.insert("id".into(), id.into());
    if let Some(root) = new_below {
        body.insert("parentid".into(), root.into());
    }
    for (id, field) in record.iter() {
        let name = DEPARTMENT.spec(id).name.to_string();
        let sent = match (id, field) {
            (department::ID | department::PATH, _) => None,
            (department::PARENTID, Field::Value(value)) => {
                Some(number(value).ok_or_else(|| bad_reference("parentid"))?.into())
            }
            (department::NAME_EN, Field::Empty) if new_below.is_none() => Some(json!("")),
            (_, Field::Empty) => None,
            (_, Field::Value(value)) => Some(value.to_json()),
        };
        if let Some(sent) = sent {
            body.insert(name, sent);
        }
    }
    Ok(body.into())
}

/// One flag for each department, in their order (60132 otherwise).
fn flags(value: &Value, order: Option<&[usize]>) -> Json {
    let given = value.as_list().unwrap_or_default();
    let flag = |place: usize| i64::from(matches!(given.get(place), Some(Value::Bool(true) | Value::Int(1))));
    match order {
        Some(order) => order.iter().map(|place| flag(*place)).collect(),
        None => (0..given.len()).map(flag).collect(),
    }
}

/// The places of a member's departments, that of the main one first.
pub(crate) fn main_first(record: &Record, departments: &[Value]) -> impl Iterator<Item = usize> + use<> {
    let main = record.value(user::MAIN_DEPARTMENT).and_then(number);
    let main = departments.iter().position(|id| main.is_some() && number(id) == main);
    let rest = (0..departments.len()).filter(move |place| Some(*place) != main);
    main.into_iter().chain(rest)
}

/// The number of a department.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn bad_reference(field: &'static str) -> Box<Problem> {
    Box::new(Problem::new("wecom_reference_invalid").field(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Json) -> Record {
        user_record(json.as_object().expect("object")).expect("userid").1
    }

    #[test]
    fn what_is_withheld_is_unknown_and_what_is_empty_is_known() {
        let record = read(json!({
            "userid": "chen.yu", "name": "陈雨", "alias": "", "mobile": "", "email": "", "department": [12, 15],
            "main_department": 12, "is_leader_in_dept": [0, 1], "direct_leader": [], "position": "", "gender": "0",
            "status": 4, "telephone": "010-1234"
        }));
        assert_eq!(record.text(user::NAME), Some("陈雨"));
        assert_eq!(record.get(user::ALIAS), Some(&Field::Empty));
        assert_eq!(record.get(user::POSITION), Some(&Field::Empty));
        for unknown in [user::MOBILE, user::EMAIL, user::ADDRESS, user::BIZ_MAIL, user::GENDER, user::EXTERNAL_POSITION]
        {
            assert_eq!(record.get(unknown), None, "{}", USER.spec(unknown).name);
        }
        assert_eq!(record.value(user::DEPARTMENT), Some(&Value::list([Value::Int(12), Value::Int(15)])));
        assert_eq!(record.value(user::IS_LEADER_IN_DEPT), Some(&Value::list([Value::Bool(false), Value::Bool(true)])));
        assert_eq!(record.value(user::DIRECT_LEADER), Some(&Value::list([])));
        assert_eq!(record.value(user::ENABLE), Some(&Value::Bool(true)));
        assert_eq!(read(json!({"userid": "a", "status": 2})).value(user::ENABLE), Some(&Value::Bool(false)));
        assert_eq!(read(json!({"userid": "a", "status": 5})).get(user::ENABLE), None);
        assert_eq!(read(json!({"userid": "a", "gender": "2"})).text(user::GENDER), Some("female"));
        assert_eq!(read(json!({"userid": "a", "gender": 1})).text(user::GENDER), Some("male"));
        assert_eq!(read(json!({"userid": "a", "department": ["x"]})).get(user::DEPARTMENT), None);
        assert!(user_record(&Map::new()).is_none());
    }

    #[test]
    fn to_an_app_of_somebody_else_nothing_that_is_empty_is_known() {
        let json = json!({
            "userid": "chen.yu", "alias": "", "position": "", "telephone": "", "external_position": "", "department": [12],
            "is_leader_in_dept": [0], "direct_leader": []
        });
        let (_, own) = shown_to(true, json.as_object().expect("object")).expect("userid");
        let (_, other) = shown_to(false, json.as_object().expect("object")).expect("userid");
        for id in OPEN_TEXTS.into_iter().chain([user::IS_LEADER_IN_DEPT, user::DIRECT_LEADER]) {
            assert!(own.get(id).is_some() && other.get(id).is_none(), "{}", USER.spec(id).name);
        }
        let json = json!({
            "userid": "a", "alias": "A", "position": "P", "telephone": "1", "external_position": "X", "department": [1, 2],
            "is_leader_in_dept": [0, 1], "direct_leader": ["b"]
        });
        let seen = |own| shown_to(own, json.as_object().expect("object")).expect("userid").1;
        assert_eq!(seen(true), seen(false));
    }

    #[test]
    fn flags_of_another_number_say_nothing_and_leaders_are_keys_in_either_case() {
        for (flags, known) in
            [(json!([1, 0]), true), (json!([1]), false), (json!([]), false), (json!([0, 0, 1]), false)]
        {
            let record = read(json!({"userid": "li", "department": [3, 4], "is_leader_in_dept": flags}));
            assert_eq!(record.value(user::IS_LEADER_IN_DEPT).is_some(), known, "{record:?}");
        }
        let leaders = |keys: &[&str]| Field::Value(Value::list(keys.iter().copied().map(Value::text)));
        assert!(USER.same(user::DIRECT_LEADER, &leaders(&["zhang.wei"]), &leaders(&["ZHANG.WEI"])));
        assert!(!USER.same(user::DIRECT_LEADER, &leaders(&["zhang.wei"]), &leaders(&["li.na"])));
        assert!(!USER.same(user::DIRECT_LEADER, &leaders(&["zhang.wei"]), &leaders(&["zhang.wei", "li.na"])));
    }

    #[test]
    fn a_partial_range_leaves_lists_unknown_and_what_it_shows_true() {
        let mut record = read(json!({
            "userid": "li", "name": "李", "department": [3], "is_leader_in_dept": [1], "direct_leader": [], "status": 1
        }));
        partly(&mut record);
        for unknown in [user::DEPARTMENT, user::IS_LEADER_IN_DEPT, user::DIRECT_LEADER, user::MAIN_DEPARTMENT] {
            assert_eq!(record.get(unknown), None, "{}", USER.spec(unknown).name);
        }
        assert_eq!((record.text(user::NAME), record.value(user::ENABLE)), (Some("李"), Some(&Value::Bool(true))));
        let mut led = read(json!({"userid": "li", "main_department": 3, "direct_leader": ["wu"]}));
        partly(&mut led);
        assert_eq!(led.value(user::DIRECT_LEADER), Some(&Value::list([Value::text("wu")])));
        assert_eq!(led.value(user::MAIN_DEPARTMENT), Some(&Value::Int(3)));
    }

    #[test]
    fn members_are_written_with_these_fields_only() {
        let record: Record = [
            (user::NAME, Field::from_text("陈雨")),
            (user::MOBILE, Field::from_text("+86 139 0000-1111")),
            (user::EMAIL, Field::Empty),
            (user::DEPARTMENT, Field::Value(Value::list([Value::Int(12), Value::Int(15)]))),
            (user::MAIN_DEPARTMENT, Field::Empty),
            (user::IS_LEADER_IN_DEPT, Field::Value(Value::list([Value::Bool(true)]))),
            (user::DIRECT_LEADER, Field::Empty),
            (user::GENDER, Field::Value(Value::text("female"))),
            (user::ENABLE, Field::Value(Value::Bool(false))),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            user_body("chen.yu", &record, false).expect("body"),
            json!({
                "userid": "chen.yu", "name": "陈雨", "mobile": "13900001111", "email": "", "department": [12, 15],
                "is_leader_in_dept": [1, 0], "direct_leader": [], "gender": "2", "enable": 0
            })
        );
        assert_eq!(
            user_body("chen.yu", &record, true).expect("body"),
            json!({
                "userid": "chen.yu", "name": "陈雨", "mobile": "13900001111", "department": [12, 15],
                "is_leader_in_dept": [1, 0], "gender": "2", "enable": 0
            })
        );
        let main: Record = [
            (user::DEPARTMENT, Field::Value(Value::list([Value::Int(12), Value::Int(15)]))),
            (user::MAIN_DEPARTMENT, Field::Value(Value::Int(15))),
            (user::IS_LEADER_IN_DEPT, Field::Value(Value::list([Value::Bool(true), Value::Bool(false)]))),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            user_body("a", &main, false).expect("body"),
            json!({"userid": "a", "department": [15, 12], "main_department": 15, "is_leader_in_dept": [0, 1]})
        );
        let bad: Record = [(user::DEPARTMENT, Field::Value(Value::list([Value::text("x")])))].into_iter().collect();
        assert_eq!(user_body("a", &bad, false).expect_err("refused").code, "wecom_reference_invalid");
    }

    #[test]
    fn departments_are_written_with_these_fields_only() {
        let record: Record = [
            (department::ID, Field::Value(Value::Int(12))),
            (department::NAME, Field::from_text("研发/部")),
            (department::NAME_EN, Field::Empty),
            (department::ORDER, Field::Value(Value::Int(7))),
            (department::PATH, Field::from_text("/研发")),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            department_body(12, &record, Some(3)).expect("body"),
            json!({"id": 12, "name": "研发/部", "parentid": 3, "order": 7})
        );
        assert_eq!(
            department_body(12, &record, None).expect("body"),
            json!({"id": 12, "name": "研发/部", "name_en": "", "order": 7})
        );
        let moved: Record = [(department::PARENTID, Field::Value(Value::Int(9)))].into_iter().collect();
        assert_eq!(department_body(12, &moved, Some(3)).expect("body"), json!({"id": 12, "parentid": 9}));
    }
}
