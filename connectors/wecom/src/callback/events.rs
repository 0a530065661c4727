//! What a callback tells, as an event: a hint about an object that is read again. What is not known here starts nothing.

use std::collections::BTreeMap;

use idflow_sdk::Event;
use sha1::{Digest, Sha1};

use super::message::Element;
use crate::actions::EVENTS;

/// The event of a message, if it is one that workflows can listen for. `contacts`: it came to the address of the contact sync. To an
/// app's own address whoever only leaves its visible range is deleted as well, and keeps the userid.
pub(super) fn of(message: &Element, contacts: bool, now_ms: i64) -> Option<Event> {
    let word = match message.text("Event")? {
        "change_contact" => message.text("ChangeType")?,
        other => other,
    };
    let name = EVENTS.iter().find(|event| event.name == word)?.name;
    let mut details = BTreeMap::new();
    let mut detail = |name: &'static str, value: Option<&str>| -> Option<String> {
        let value = value?.to_string();
        details.insert(name, value.clone());
        Some(value)
    };
    let object = match name {
        "create_user" | "update_user" | "delete_user" => {
            detail("new_userid", message.text("NewUserID"));
            ("user", detail("userid", message.text("UserID")))
        }
        "create_party" | "update_party" | "delete_party" => ("department", detail("department_id", message.text("Id"))),
        "update_tag" => ("tag", detail("tag_id", message.text("TagId"))),
        "batch_job_result" => {
            let job = message.child("BatchJob")?;
            detail("errcode", job.text("ErrCode"));
            ("job", detail("job_id", job.text("JobId")))
        }
        // subscribe, unsubscribe, enter_agent: of a member.
        _ => ("user", detail("userid", message.text("FromUserName"))),
    };
    let created: Option<i64> = message.text("CreateTime").and_then(|text| text.parse().ok());
    let renamed = details.get("new_userid").is_some_and(|new| !new.is_empty());
    Some(Event {
        name,
        frees_key: contacts && name == "delete_user" || renamed,
        id: name_of(message),
        object: object.1.map(|key| (object.0, key)),
        details,
        at_ms: created.and_then(|seconds| seconds.checked_mul(1000)).filter(|at| *at > 0).unwrap_or(now_ms),
    })
}

/// The name of a delivery: a digest of all that it says. Two changes of one object in one second say different things; the
/// same message sent again says the same.
pub(crate) fn name_of(message: &Element) -> String {
    let mut digest = Sha1::new();
    for (path, text) in message.leaves() {
        digest.update(path.as_bytes());
        digest.update([0]);
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
