//! The texts of events: which elements a receiver gets, in which form and order.
//!
//! `update_*` in the full form holds what changed and nothing else; in the reduced form an event is sent only when membership,
//! userid or parent changed.

use serde_json::Value;

use super::xml::Xml;
use crate::corp::Corp;
use crate::corp::changes::{Change, Node};
use crate::corp::members::{Key, Member};
use crate::corp::visibility::View;
use crate::state::EventForm;

/// Who is told, and what of it.
#[derive(Clone, Copy)]
pub(crate) struct Audience<'a> {
    pub view: View<'a>,
    pub form: EventForm,
}

/// One element of a member.
#[derive(PartialEq)]
enum Element {
    Text(&'static str, String),
    Word(&'static str, String),
    Raw(&'static str, String),
}

/// The name of a change and the elements that follow it; nothing when this audience is not told.
pub(crate) fn change(corp: &Corp, change: &Change, audience: Audience<'_>) -> Option<(&'static str, Xml)> {
    match change {
        Change::Member { key, before, after } => member(corp, *key, before.as_deref(), after.as_deref(), audience),
        Change::Department { before, after } => department(before.as_ref(), after.as_ref(), audience),
        Change::Tag { id, added, removed, added_parties, removed_parties } => {
            let numbers = |ids: &[u32]| ids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            let mut xml = Xml::default().word("TagId", id);
            for (name, list) in [
                ("AddUserItems", added.join(",")),
                ("DelUserItems", removed.join(",")),
                ("AddPartyItems", numbers(added_parties)),
                ("DelPartyItems", numbers(removed_parties)),
            ] {
                if !list.is_empty() {
                    xml = xml.text(name, &list);
                }
            }
            Some(("update_tag", xml))
        }
    }
}

fn member(
    corp: &Corp,
    key: Key,
    before: Option<&Member>,
    after: Option<&Member>,
    audience: Audience<'_>,
) -> Option<(&'static str, Xml)> {
    let Audience { view, form } = audience;
    let sees = |member: &&Member| view.member(key, member);
    // Who was never in range is nobody to this receiver; who leaves the range is gone.
    let (before, after) = (before.filter(sees), after.filter(sees));
    let departments = |member: &Member| {
        let ids = member.places.iter().map(|place| place.department).filter(|id| view.department(*id));
        ids.map(|id| id.to_string()).collect::<Vec<_>>().join(",")
    };
    match (before, after) {
        (None, None) => None,
        (Some(old), None) => Some(("delete_user", Xml::default().text("UserID", &old.userid))),
        (None, Some(new)) => {
            let xml = Xml::default().text("UserID", &new.userid);
            let xml = match form {
                EventForm::Reduced => xml.text("Department", &departments(new)),
                EventForm::Full => elements(corp, new, view).into_iter().fold(xml, add),
            };
            Some(("create_user", xml))
        }
        (Some(old), Some(new)) => {
            let mut xml = Xml::default().text("UserID", &old.userid);
            let is_renamed = old.userid != new.userid;
            if is_renamed {
                xml = xml.text("NewUserID", &new.userid);
            }
            let changed: Vec<Element> = match form {
                EventForm::Reduced => {
                    let moved = departments(old) != departments(new);
                    moved.then(|| Element::Text("Department", departments(new))).into_iter().collect()
                }
                EventForm::Full => {
                    let known = elements(corp, old, view);
                    elements(corp, new, view).into_iter().filter(|element| !known.contains(element)).collect()
                }
            };
            if changed.is_empty() && !is_renamed {
                return None;
            }
            Some(("update_user", changed.into_iter().fold(xml, add)))
        }
    }
}

fn add(xml: Xml, element: Element) -> Xml {
    match element {
        Element::Text(name, value) => xml.text(name, &value),
        Element::Word(name, value) => xml.word(name, value),
        Element::Raw(name, value) => xml.raw(name, &value),
    }
}

/// Every element of a member that the receiver may see, in the platform's order.
fn elements(corp: &Corp, member: &Member, view: View<'_>) -> Vec<Element> {
    let places: Vec<_> = member.places.iter().filter(|place| view.department(place.department)).collect();
    let joined = |values: Vec<String>| values.join(",");
    let leaders = member.direct_leader.iter().filter(|key| view.sees(**key));
    let leaders = leaders.filter_map(|key| corp.members.get(*key)).map(|leader| leader.userid.clone());
    let mut found = vec![
        Element::Text("Name", view.name(member).to_owned()),
        Element::Text("Department", joined(places.iter().map(|place| place.department.to_string()).collect())),
    ];
    if view.department(member.main_department) {
        found.push(Element::Word("MainDepartment", member.main_department.to_string()));
    }
    let flags = places.iter().map(|place| u8::from(place.leader).to_string()).collect();
    found.push(Element::Text("IsLeaderInDept", joined(flags)));
    found.push(Element::Text("DirectLeader", joined(leaders.collect())));
    found.push(Element::Text("Position", member.position.clone()));
    if !view.hides_sensitive_fields() {
        found.push(Element::Word("Mobile", member.mobile.clone()));
        found.push(Element::Word("Gender", member.gender.to_string()));
        found.push(Element::Text("Email", member.email.clone()));
        found.push(Element::Text("BizMail", member.biz_mail.clone()));
    }
    found.push(Element::Word("Status", member.status().to_string()));
    if !view.hides_sensitive_fields() {
        found.push(Element::Text("Avatar", member.avatar.clone()));
    }
    found.push(Element::Text("Alias", member.alias.clone()));
    found.push(Element::Text("Telephone", member.telephone.clone()));
    if !view.hides_sensitive_fields() {
        found.push(Element::Text("Address", member.address.clone()));
    }
    if !member.attributes.is_empty() {
        let items = member.attributes.iter().map(|attribute| Xml::element("Item", &item(attribute)));
        found.push(Element::Raw("ExtAttr", items.collect()));
    }
    found
}

/// One extension attribute: a text, or an address with a title.
fn item(attribute: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = attribute["type"].as_u64().unwrap_or_default();
    let head = Xml::default().text("Name", &text(&attribute["name"])).word("Type", kind);
    let inner = match kind {
        1 => {
            let web = Xml::default().text("Title", &text(&attribute["web"]["title"]));
            head.raw("Web", &web.text("Url", &text(&attribute["web"]["url"])).into_text())
        }
        _ => head.raw("Text", &Xml::default().text("Value", &text(&attribute["text"]["value"])).into_text()),
    };
    inner.into_text()
}

fn department(before: Option<&Node>, after: Option<&Node>, audience: Audience<'_>) -> Option<(&'static str, Xml)> {
    let is_full = audience.form == EventForm::Full;
    // A department that is gone cannot be looked up; that it went is told to all who may have known its parent.
    let sees = |node: &&Node| audience.view.department(node.id) || audience.view.department(node.parent);
    match (before.filter(sees), after.filter(sees)) {
        (None, None) => None,
        (Some(old), None) => Some(("delete_party", Xml::default().word("Id", old.id))),
        (None, Some(new)) => {
            let mut xml = Xml::default().word("Id", new.id);
            if is_full {
                xml = xml.text("Name", audience.view.department_name(new.id, &new.name).as_ref());
            }
            xml = xml.text("ParentId", &new.parent.to_string());
            Some(("create_party", if is_full { xml.word("Order", new.order) } else { xml }))
        }
        (Some(old), Some(new)) => {
            let mut xml = Xml::default().word("Id", new.id);
            let (renamed, moved) = (is_full && old.name != new.name, old.parent != new.parent);
            if !renamed && !moved {
                return None;
            }
            if renamed {
                xml = xml.text("Name", audience.view.department_name(new.id, &new.name).as_ref());
            }
            if moved {
                xml = xml.text("ParentId", &new.parent.to_string());
            }
            Some(("update_party", xml))
        }
    }
}
