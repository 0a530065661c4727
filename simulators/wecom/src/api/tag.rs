//! Tags (标签): making, naming, deleting and reading them, and who belongs to them.
//!
//! A membership call with some bad ids succeeds and names them; with nothing but bad ids it is
//! refused, with another code for adding than for removing.

use serde::Serialize;

use super::receivers::{may_read_tag, sees};
use super::{Call, Reply, done, success};
use crate::corp::members::{Key, Member};
use crate::corp::visibility::View;
use crate::corp::{Corp, Holder, Tag};
use crate::errors::ApiError;
use crate::log::{Action, ObjectKind, Touch};
use crate::state::HiddenField;

/// The longest name, in characters.
const NAME_LENGTH: usize = 32;
/// The most tags of a corp.
const TAG_LIMIT: usize = 3000;
/// The most members and departments of a tag.
const NODE_LIMIT: usize = 30_000;
const MOST_USERS: usize = 1000;
const MOST_PARTIES: usize = 100;

#[derive(Serialize)]
struct Created {
    errcode: i64,
    errmsg: &'static str,
    tagid: u32,
}

#[derive(Serialize)]
struct One<'a> {
    errcode: i64,
    errmsg: &'static str,
    tagname: &'a str,
    userlist: Vec<UserRow<'a>>,
    partylist: Vec<u32>,
}

#[derive(Serialize)]
struct UserRow<'a> {
    userid: &'a str,
    name: &'a str,
}

/// One file of an export.
#[derive(Serialize)]
struct Block<'a> {
    userlist: Vec<UserRow<'a>>,
    partylist: Vec<u32>,
}

#[derive(Serialize)]
struct List<'a> {
    errcode: i64,
    errmsg: &'static str,
    taglist: Vec<TagRow<'a>>,
}

#[derive(Serialize)]
struct TagRow<'a> {
    tagid: u32,
    tagname: &'a str,
}

#[derive(Serialize)]
struct Partial {
    errcode: i64,
    errmsg: &'static str,
    invalidlist: String,
    invalidparty: Vec<u32>,
}

/// `POST /cgi-bin/tag/create`
pub(super) fn create(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let name = fields.text("tagname")?;
    let asked = fields.uint("tagid")?;
    let corp = &mut *call.corp;
    let exists =
        asked.is_some_and(|id| corp.tags.contains_key(&id)) || name.is_some_and(|name| is_taken(corp, None, name));
    let generated = corp.tags.keys().next_back().map_or(Some(1), |highest| highest.checked_add(1));
    let id = asked.or(generated).ok_or_else(|| ApiError::of(40126))?;
    call.touched.writes.push(Touch::numbered(ObjectKind::Tag, id, Action::Create, exists));
    let name = check_name(name)?;
    if exists {
        return Err(ApiError::of(40071));
    }
    if corp.tags.len() >= TAG_LIMIT {
        return Err(ApiError::of(40126));
    }
    let owner = match call.holder {
        Holder::Contacts | Holder::ContactEdit => None,
        Holder::App(agentid) => Some(agentid),
    };
    corp.tags.insert(id, Tag { name: name.to_owned(), owner, ..Tag::default() });
    success(&Created { errcode: 0, errmsg: "created", tagid: id })
}

/// `POST /cgi-bin/tag/update`
pub(super) fn update(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let id = fields.uint("tagid")?.ok_or_else(|| ApiError::of(41017))?;
    let name = fields.text("tagname")?;
    own(call, id, Action::Update)?;
    let name = check_name(name)?;
    if is_taken(call.corp, Some(id), name) {
        return Err(ApiError::of(40071));
    }
    if let Some(tag) = call.corp.tags.get_mut(&id) {
        name.clone_into(&mut tag.name);
    }
    done("updated")
}

/// `GET /cgi-bin/tag/delete`
pub(super) fn delete(call: &mut Call<'_>) -> Reply {
    let id = tag_in_query(call)?;
    own(call, id, Action::Delete)?;
    call.corp.tags.remove(&id);
    done("deleted")
}

/// `GET /cgi-bin/tag/get`
pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let id = tag_in_query(call)?;
    let tag = readable(call, id)?;
    let view = call.view();
    let (userlist, partylist) = rows(call.corp, view, tag);
    success(&One { errcode: 0, errmsg: "ok", tagname: &tag.name, userlist, partylist })
}

/// A tag the caller may read: 40068 when there is none, 60011 when it is another's.
pub(super) fn readable<'a>(call: &'a Call<'_>, id: u32) -> Result<&'a Tag, ApiError> {
    let tag = call.corp.tags.get(&id).ok_or_else(|| ApiError::of(40068))?;
    if may_read_tag(call, id, tag) { Ok(tag) } else { Err(ApiError::of(60011)) }
}

/// The members and departments of a tag that a view shows.
fn rows<'a>(corp: &'a Corp, view: View<'_>, tag: &Tag) -> (Vec<UserRow<'a>>, Vec<u32>) {
    let seen = tag.users.iter().filter(|key| view.sees(**key)).filter_map(|key| corp.members.get(*key));
    let mut members: Vec<_> = seen.collect();
    members.sort_by_cached_key(|member| member.userid.to_ascii_lowercase());
    let name = |member: &'a Member| if view.hides(HiddenField::Name) { &member.userid } else { &member.name };
    let userlist = members.into_iter().map(|member| UserRow { userid: &member.userid, name: name(member) });
    (userlist.collect(), tag.departments.iter().copied().filter(|id| view.department(*id)).collect())
}

/// The documents of an export of a tag: members and departments together make up a block.
pub(super) fn blocks(corp: &Corp, view: View<'_>, tag: &Tag, size: usize) -> Vec<Vec<u8>> {
    let (users, parties) = rows(corp, view, tag);
    let (mut users, mut parties) = (users.into_iter(), parties.into_iter());
    let mut done = Vec::new();
    loop {
        let userlist: Vec<UserRow<'_>> = users.by_ref().take(size).collect();
        let partylist: Vec<u32> = parties.by_ref().take(size - userlist.len()).collect();
        if userlist.is_empty() && partylist.is_empty() && !done.is_empty() {
            return done;
        }
        done.push(serde_json::to_vec(&Block { userlist, partylist }).unwrap_or_default());
    }
}

/// `GET /cgi-bin/tag/list`
pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let visible = call.corp.tags.iter().filter(|(id, tag)| may_read_tag(call, **id, tag));
    let rows = visible.map(|(id, tag)| TagRow { tagid: *id, tagname: &tag.name });
    success(&List { errcode: 0, errmsg: "ok", taglist: rows.collect() })
}

/// `POST /cgi-bin/tag/addtagusers`
pub(super) fn add_members(call: &mut Call<'_>) -> Reply {
    let (id, sent) = membership(call)?;
    if sent.is_useless() {
        return Err(ApiError::of(40070));
    }
    let tag = call.corp.tags.get_mut(&id).ok_or_else(|| ApiError::of(40068))?;
    if tag.users.len() + tag.departments.len() + sent.users.len() + sent.parties.len() > NODE_LIMIT {
        return Err(ApiError::of(81003));
    }
    let users: Vec<Key> = sent.users.iter().copied().filter(|key| tag.users.insert(*key)).collect();
    let parties: Vec<u32> = sent.parties.iter().copied().filter(|id| tag.departments.insert(*id)).collect();
    call.corp.note_tag(id, (users, Vec::new()), (parties, Vec::new()));
    sent.answer("ok")
}

/// `POST /cgi-bin/tag/deltagusers`
pub(super) fn remove_members(call: &mut Call<'_>) -> Reply {
    let (id, sent) = membership(call)?;
    if sent.is_useless() {
        return Err(ApiError::new(40031, "all list invalid"));
    }
    let tag = call.corp.tags.get_mut(&id).ok_or_else(|| ApiError::of(40068))?;
    let users: Vec<Key> = sent.users.iter().copied().filter(|key| tag.users.remove(key)).collect();
    let parties: Vec<u32> = sent.parties.iter().copied().filter(|id| tag.departments.remove(id)).collect();
    call.corp.note_tag(id, (Vec::new(), users), (Vec::new(), parties));
    sent.answer("deleted")
}

/// The lists of a membership call, sorted into good and bad.
#[derive(Debug, Default)]
struct Sent {
    users: Vec<Key>,
    parties: Vec<u32>,
    bad_users: Vec<String>,
    bad_parties: Vec<u32>,
}

impl Sent {
    fn is_useless(&self) -> bool {
        self.users.is_empty() && self.parties.is_empty()
    }

    fn answer(self, text: &'static str) -> Reply {
        if self.bad_users.is_empty() && self.bad_parties.is_empty() {
            return done(text);
        }
        let invalidlist = self.bad_users.join("|");
        success(&Partial { errcode: 0, errmsg: text, invalidlist, invalidparty: self.bad_parties })
    }
}

fn membership(call: &mut Call<'_>) -> Result<(u32, Sent), ApiError> {
    let fields = call.fields();
    let id = fields.uint("tagid")?.ok_or_else(|| ApiError::of(41017))?;
    // A text in place of a list is an invalid size here, not a wrong type.
    let bad_size = |_| ApiError::of(40035);
    let users = fields.texts("userlist").map_err(bad_size)?.unwrap_or_default();
    let parties = fields.uints("partylist").map_err(bad_size)?.unwrap_or_default();
    if (users.is_empty() && parties.is_empty()) || users.len() > MOST_USERS || parties.len() > MOST_PARTIES {
        return Err(ApiError::of(40035));
    }
    own(call, id, Action::Update)?;
    let mut sent = Sent::default();
    for userid in users {
        match call.corp.members.find(userid).filter(|key| sees(call, *key)) {
            Some(key) => sent.users.push(key),
            None => sent.bad_users.push(userid.to_owned()),
        }
    }
    for party in parties {
        if call.corp.tree.contains(party) && call.view().department(party) {
            sent.parties.push(party);
        } else {
            sent.bad_parties.push(party);
        }
    }
    Ok((id, sent))
}

fn tag_in_query(call: &Call<'_>) -> Result<u32, ApiError> {
    call.query.id("tagid")?.ok_or_else(|| ApiError::of(41017))
}

/// A tag that the caller may change: 40068 when there is none, 60011 when it is another's.
fn own(call: &mut Call<'_>, id: u32, action: Action) -> Result<(), ApiError> {
    let tag = call.corp.tags.get(&id);
    call.touched.writes.push(Touch::numbered(ObjectKind::Tag, id, action, tag.is_some()));
    let own = match call.holder {
        Holder::Contacts | Holder::ContactEdit => None,
        Holder::App(agentid) => Some(agentid),
    };
    match tag {
        None => Err(ApiError::of(40068)),
        Some(tag) if tag.owner != own => Err(ApiError::of(60011)),
        Some(_) => Ok(()),
    }
}

fn is_taken(corp: &Corp, own: Option<u32>, name: &str) -> bool {
    corp.tags.iter().any(|(id, tag)| Some(*id) != own && tag.name == name)
}

fn check_name(name: Option<&str>) -> Result<&str, ApiError> {
    let name = name.ok_or_else(|| ApiError::of(41018))?;
    if name.is_empty() {
        return Err(ApiError::of(40072));
    }
    if name.chars().count() > NAME_LENGTH {
        return Err(ApiError::new(
            40058,
            format!("tagname exceed max utf8 words {NAME_LENGTH}. invalid Request Parameter"),
        ));
    }
    Ok(name)
}
