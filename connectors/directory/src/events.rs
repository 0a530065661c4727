//! What happens in the directory, as events that workflows can start from (`on.event`).
//!
//! An event is a hint: it says whom to look at, not what is there now. Whoever starts from it reads the directory again.

use idflow_sdk::{EventSpec, FieldId, Kind, Record, Text};

use crate::schema::{department, user};

const fn event(name: &'static str, zh: &'static str, en: &'static str) -> EventSpec {
    EventSpec { name, doc: Text::new(zh, en) }
}

/// The events, for people and for departments.
pub static EVENTS: &[EventSpec] = &[
    event("user_created", "目录里新增了一个人", "a person was added to the directory"),
    event("user_changed", "一个人的信息有改动", "something of a person was changed"),
    event("user_moved", "一个人换了部门", "a person is in other departments"),
    event("user_left", "一个人离开了", "a person has left"),
    event("department_created", "新增了一个部门", "a department was added"),
    event("department_changed", "一个部门的信息有改动", "something of a department was changed"),
    event("department_moved", "一个部门换了上级部门", "a department is below another one"),
    event("department_left", "一个部门被移除", "a department was removed"),
];

/// The status of a person, or of a department, that is no longer there.
const GONE: &[&str] = &["left", "removed"];

/// What happened to an object of the directory; nothing, where it is as it was. Who comes back after having left is changed.
#[must_use]
pub fn between(kind: Kind, before: Option<&Record>, after: &Record) -> Option<&'static str> {
    let (place, status, names) = match kind {
        Kind::User => (user::DEPARTMENTS, user::STATUS, ["user_created", "user_left", "user_moved", "user_changed"]),
        Kind::Department => (
            department::PARENT,
            department::STATUS,
            ["department_created", "department_left", "department_moved", "department_changed"],
        ),
        _ => return None,
    };
    let [created, left, moved, changed] = names;
    let gone = |record: &Record| record.text(status).is_some_and(|word| GONE.contains(&word));
    let Some(before) = before else { return (!gone(after)).then_some(created) };
    // An empty field and one that is not there are the same.
    let same = |id: FieldId| before.value(id) == after.value(id);
    if before.iter().chain(after.iter()).all(|(id, _)| same(id)) {
        return None;
    }
    Some(match (gone(before), gone(after)) {
        (false, true) => left,
        (true, true) => return None,
        _ if !same(place) => moved,
        _ => changed,
    })
}

#[cfg(test)]
mod tests {
    use idflow_sdk::{Field, Value};

    use super::*;

    fn person(departments: &str, status: &str, name: &str) -> Record {
        let text = |text: &str| Field::Value(Value::from(text));
        let mut record: Record = [(user::USERNAME, text(name)), (user::STATUS, text(status))].into_iter().collect();
        if !departments.is_empty() {
            record.set(user::DEPARTMENTS, text(departments));
        }
        record
    }

    #[test]
    fn what_happened_is_told_by_what_differs() {
        let here = person("a", "active", "li");
        for (before, after, wanted) in [
            (None, &here, Some("user_created")),
            (Some(&here), &here, None),
            (Some(&here), &person("a", "active", "wang"), Some("user_changed")),
            (Some(&here), &person("b", "active", "li"), Some("user_moved")),
            (Some(&here), &person("b", "left", "li"), Some("user_left")),
            (Some(&person("a", "left", "li")), &person("a", "left", "wang"), None),
            (Some(&person("a", "left", "li")), &here, Some("user_changed")),
            (None, &person("a", "left", "li"), None),
        ] {
            assert_eq!(between(Kind::User, before, after), wanted);
        }
        assert_eq!(between(Kind::Row, None, &here), None);
    }

    #[test]
    fn every_event_has_its_name_in_the_list() {
        let names: Vec<&str> = EVENTS.iter().map(|event| event.name).collect();
        let new = between(Kind::User, None, &person("a", "active", "li")).unwrap();
        assert!(names.contains(&new));
    }
}
