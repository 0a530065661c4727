//! Creating, changing and deleting members, with the refusals of the reference's section 4.
//!
//! Every call checks everything before it changes anything, so a refused call leaves no trace.

use std::collections::BTreeSet;

use serde::Serialize;

use super::department_write::is_full;
use super::member_check::{MemberInput, required_userid};
use super::{Call, Moment, Reply, done, profile, success};
use crate::corp::Corp;
use crate::corp::members::{Key, Member, Membership};
use crate::corp::traffic::MONTH_MS;
use crate::errors::ApiError;
use crate::log::{Action, ObjectKind, Touch};
use crate::state::{MailboxChange, MissingDepartment, UnknownDepartment};

/// The most userids of one batch deletion.
const BATCH_LIMIT: usize = 200;
/// How many members a corp may create in a month for every account it may have.
const CREATIONS_PER_ACCOUNT: u64 = 3;

#[derive(Serialize)]
struct Created {
    errcode: i64,
    errmsg: &'static str,
    created_department_list: CreatedDepartments,
}

#[derive(Serialize)]
struct CreatedDepartments {
    department_info: Vec<CreatedDepartment>,
}

#[derive(Serialize)]
pub(super) struct CreatedDepartment {
    name: String,
    id: u32,
}

/// `POST /cgi-bin/user/create`
pub(super) fn create(call: &mut Call<'_>) -> Reply {
    let input = MemberInput::read(call.fields())?;
    call.touched.userid = input.userid.map(Into::into);
    call.touched.department = input.department.as_ref().and_then(|list| list.first().copied());
    let adopted = create_member(call.corp, &input, call.at, &mut call.touched.writes)?;
    if adopted.is_empty() {
        return done("created");
    }
    let created_department_list = CreatedDepartments { department_info: adopted };
    success(&Created { errcode: 0, errmsg: "created", created_department_list })
}

/// Creates a member as the call does; returns the departments that had to be made for it.
pub(super) fn create_member(
    corp: &mut Corp,
    input: &MemberInput<'_>,
    at: Moment<'_>,
    writes: &mut Vec<Touch>,
) -> Result<Vec<CreatedDepartment>, ApiError> {
    let userid = required_userid(input.userid)?;
    let exists = corp.members.find(userid).is_some();
    writes.push(Touch::user(userid, Action::Create, exists));
    input.name.ok_or_else(|| ApiError::of(60112))?;
    input.check(&corp.options)?;
    let given = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
    if !given(input.mobile) && !given(input.email) {
        return Err(ApiError::of(60129));
    }
    let departments = departments_on_create(corp, input)?;
    if exists {
        return Err(ApiError::of(60102));
    }
    check_unique(corp, None, input)?;
    let unknown: Vec<u32> = departments.iter().copied().filter(|id| !corp.tree.contains(*id)).collect();
    if !unknown.is_empty() && corp.options.unknown_department == UnknownDepartment::Refuse {
        return Err(ApiError::of(60123));
    }
    if input.main_department.is_some_and(|main| main != 0 && !departments.contains(&main)) {
        return Err(ApiError::unusable("main_department"));
    }
    let leaders = direct_leaders(corp, input)?;
    if corp.options.member_limit.is_some_and(|limit| corp.members.len() >= limit) {
        return Err(ApiError::of(45024));
    }
    // The pending department itself may have to be made as well.
    let new_departments = if unknown.is_empty() && !departments.is_empty() { 0 } else { unknown.len() + 1 };
    if departments.iter().any(|id| is_full(corp, *id))
        || (new_departments > 0 && corp.tree.len() + new_departments > corp.options.department_limit)
    {
        return Err(ApiError::of(81001));
    }
    count_creation(corp, at)?;

    let adopted = adopt(corp, unknown, writes)?;
    let mut member = Member { userid: userid.to_owned(), enabled: true, base_status: 4, ..Member::default() };
    member.places = if departments.is_empty() {
        let pending = corp.pending_department().ok_or_else(|| ApiError::of(81001))?;
        vec![Membership { department: pending, order: 0, leader: false }]
    } else {
        places(&[], input, &departments)
    };
    apply(corp, &mut member, input, leaders);
    if input.to_invite {
        corp.invited.push(userid.to_owned());
    }
    corp.add_member(member);
    Ok(adopted)
}

/// Counts a new member of this month; 45009 when the account limit does not allow more.
fn count_creation(corp: &mut Corp, at: Moment<'_>) -> Result<(), ApiError> {
    let by_accounts = corp.options.member_limit.map(|limit| (limit as u64).saturating_mul(CREATIONS_PER_ACCOUNT));
    let created = corp.traffic.created.within(MONTH_MS, at.now_ms);
    if at.limits.members_created_per_month.or(by_accounts).is_some_and(|limit| *created >= limit) {
        return Err(ApiError::of(45009));
    }
    *created += 1;
    Ok(())
}

/// Makes departments of unknown ids under the pending one.
fn adopt(corp: &mut Corp, unknown: Vec<u32>, writes: &mut Vec<Touch>) -> Result<Vec<CreatedDepartment>, ApiError> {
    // The pending department, made when first needed, must not get an id that is wanted here.
    let next = corp.tree.highest_id().saturating_add(1);
    if let Some(highest) = unknown.iter().max().filter(|_| unknown.contains(&next)) {
        corp.tree.raise_highest(*highest);
    }
    let mut adopted = Vec::new();
    for id in unknown {
        let name = corp.adopt_unknown_department(id).ok_or_else(|| ApiError::of(81001))?;
        writes.push(Touch::numbered(ObjectKind::Department, id, Action::Create, false));
        adopted.push(CreatedDepartment { name, id });
    }
    Ok(adopted)
}

/// `POST /cgi-bin/user/update`
pub(super) fn update(call: &mut Call<'_>) -> Reply {
    let mut input = MemberInput::read(call.fields())?;
    call.touched.userid = input.userid.map(Into::into);
    call.touched.department = input.department.as_ref().and_then(|list| list.first().copied());
    update_member(call.corp, &mut input, UnknownDepartment::Refuse, &mut call.touched.writes)?;
    done("updated")
}

/// Changes a member as the call does; only an import makes departments of unknown ids.
pub(super) fn update_member(
    corp: &mut Corp,
    input: &mut MemberInput<'_>,
    unknown_department: UnknownDepartment,
    writes: &mut Vec<Touch>,
) -> Result<(), ApiError> {
    let userid = required_userid(input.userid)?;
    let found = corp.members.find(userid);
    writes.push(Touch::user(userid, Action::Update, found.is_some()));
    input.check(&corp.options)?;
    let key = found.ok_or_else(|| ApiError::of(60111))?;
    let member = corp.members.get(key).ok_or_else(|| ApiError::of(60111))?;
    let new_userid = match input.new_userid {
        None => None,
        Some(new) => Some(check_rename(corp, member, key, new)?),
    };
    if member.base_status == 1 {
        // The platform answers 0 and keeps the number of an activated member.
        input.mobile = None;
    }
    if member.exmail_bound {
        // The same with the address of a mailbox of Tencent Exmail.
        input.email = None;
    }
    check_unique(corp, Some(key), input)?;
    let other_mailbox = input.biz_mail.is_some_and(|mail| !mail.eq_ignore_ascii_case(&member.biz_mail));
    if other_mailbox && !member.biz_mail.is_empty() && corp.options.mailbox_change == MailboxChange::Refuse {
        return Err(ApiError::of(60144));
    }
    if input.mobile.is_some() || input.email.is_some() {
        let mobile = input.mobile.unwrap_or(&member.mobile);
        let email = input.email.unwrap_or(&member.email);
        if mobile.is_empty() && email.is_empty() {
            return Err(ApiError::of(60129));
        }
    }
    let old: Vec<u32> = member.places.iter().map(|place| place.department).collect();
    let departments = match &input.department {
        None => old.clone(),
        Some(sent) if sent.is_empty() => return Err(ApiError::of(40066)),
        Some(sent) => sent.clone(),
    };
    check_lengths(input, departments.len())?;
    let unknown: Vec<u32> = departments.iter().copied().filter(|id| !corp.tree.contains(*id)).collect();
    if !unknown.is_empty() && unknown_department == UnknownDepartment::Refuse {
        return Err(ApiError::of(60123));
    }
    if departments.iter().any(|id| !old.contains(id) && is_full(corp, *id))
        || (!unknown.is_empty() && corp.tree.len() + unknown.len() + 1 > corp.options.department_limit)
    {
        return Err(ApiError::of(81001));
    }
    if input.main_department.is_some_and(|main| main != 0 && !departments.contains(&main)) {
        return Err(ApiError::unusable("main_department"));
    }
    let leaders = direct_leaders(corp, input)?;

    let mut changed = member.clone();
    changed.places = places(&member.places, input, &departments);
    adopt(corp, unknown, writes)?;
    apply(corp, &mut changed, input, leaders);
    if let Some(new) = new_userid {
        changed.userid = new.to_owned();
        changed.generated_userid = false;
    }
    corp.change_member(key, |member| *member = changed);
    Ok(())
}

/// `GET /cgi-bin/user/delete`
pub(super) fn delete(call: &mut Call<'_>) -> Reply {
    let userid = call.userid_in_query()?;
    let found = call.corp.members.find(userid);
    call.touched.writes.push(Touch::user(userid, Action::Delete, found.is_some()));
    let key = found.ok_or_else(|| ApiError::of(60111))?;
    refuse_creator(call.corp, key)?;
    call.corp.remove_member(key);
    done("deleted")
}

/// `POST /cgi-bin/user/batchdelete`: all or nothing.
pub(super) fn batch_delete(call: &mut Call<'_>) -> Reply {
    let userids = call.fields().texts("useridlist")?.ok_or_else(|| ApiError::of(40063))?;
    if userids.is_empty() || userids.len() > BATCH_LIMIT {
        return Err(ApiError::of(40032));
    }
    for userid in &userids {
        let exists = call.corp.members.find(userid).is_some();
        call.touched.writes.push(Touch::user(userid, Action::Delete, exists));
    }
    let found: Option<BTreeSet<Key>> = userids.iter().map(|userid| call.corp.members.find(userid)).collect();
    let found = found.ok_or_else(|| ApiError::of(40031))?;
    for key in &found {
        refuse_creator(call.corp, *key)?;
    }
    for key in found {
        call.corp.remove_member(key);
    }
    done("deleted")
}

fn refuse_creator(corp: &Corp, key: Key) -> Result<(), ApiError> {
    match corp.members.get(key) {
        Some(member) if member.creator => Err(ApiError::of(301005)),
        _ => Ok(()),
    }
}

/// The departments of a new member; empty for the pending one.
fn departments_on_create(corp: &Corp, input: &MemberInput<'_>) -> Result<Vec<u32>, ApiError> {
    if corp.options.missing_department == MissingDepartment::Refuse {
        match &input.department {
            None => return Err(ApiError::of(60127)),
            Some(list) if list.is_empty() => return Err(ApiError::of(40066)),
            Some(_) => {}
        }
    }
    let departments = input.department.clone().unwrap_or_default();
    if !departments.is_empty() {
        check_lengths(input, departments.len())?;
    }
    Ok(departments)
}

fn check_lengths(input: &MemberInput<'_>, departments: usize) -> Result<(), ApiError> {
    if input.is_leader_in_dept.as_ref().is_some_and(|flags| flags.len() != departments) {
        return Err(ApiError::of(60132));
    }
    if input.order.as_ref().is_some_and(|orders| orders.len() != departments) {
        return Err(ApiError::new(40058, "order and department's size not match. invalid Request Parameter"));
    }
    Ok(())
}

fn check_rename<'a>(corp: &Corp, member: &Member, key: Key, new: &'a str) -> Result<&'a str, ApiError> {
    let new = required_userid(Some(new))?;
    if !member.generated_userid {
        return Err(ApiError::of(301036));
    }
    match corp.members.find(new) {
        Some(holder) if holder != key => Err(ApiError::of(60102)),
        _ => Ok(new),
    }
}

/// Numbers and addresses that belong to somebody else; the texts name the holder.
fn check_unique(corp: &Corp, own: Option<Key>, input: &MemberInput<'_>) -> Result<(), ApiError> {
    let members = &corp.members;
    let other = |holder: Option<Key>| holder.filter(|key| Some(*key) != own).and_then(|key| members.get(key));
    // Empty texts are never in the indexes, so they find nobody.
    if let Some(holder) = other(input.mobile.and_then(|mobile| members.holder_of_mobile(mobile))) {
        return Err(ApiError::new(60104, format!("mobile existed:{}", holder.userid)));
    }
    if let Some(holder) = other(input.email.and_then(|email| members.holder_of_email(email))) {
        return Err(ApiError::new(60106, format!("email existed:{}", holder.userid)));
    }
    if other(input.biz_mail.and_then(|mail| members.holder_of_biz_mail(mail))).is_some() {
        return Err(ApiError::of(60145));
    }
    Ok(())
}

fn direct_leaders(corp: &Corp, input: &MemberInput<'_>) -> Result<Option<Vec<Key>>, ApiError> {
    let Some(userids) = &input.direct_leader else { return Ok(None) };
    let found: Option<Vec<Key>> = userids.iter().map(|userid| corp.members.find(userid)).collect();
    found.map(Some).ok_or_else(|| ApiError::of(301021))
}

/// The places in the wanted departments; what is not sent stays as it was, or is 0 in a new one.
fn places(old: &[Membership], input: &MemberInput<'_>, departments: &[u32]) -> Vec<Membership> {
    let mut places: Vec<Membership> = Vec::with_capacity(departments.len());
    for (index, department) in departments.iter().copied().enumerate() {
        if places.iter().any(|place| place.department == department) {
            continue;
        }
        let before = old.iter().find(|place| place.department == department);
        let order = input.order.as_ref().and_then(|orders| orders.get(index).copied());
        let leader = input.is_leader_in_dept.as_ref().and_then(|flags| flags.get(index)).map(|flag| *flag == 1);
        places.push(Membership {
            department,
            order: order.unwrap_or(before.map_or(0, |place| place.order)),
            leader: leader.unwrap_or(before.is_some_and(|place| place.leader)),
        });
    }
    places
}

/// Writes the sent fields into a member whose places are already the new ones.
fn apply(corp: &Corp, member: &mut Member, input: &MemberInput<'_>, leaders: Option<Vec<Key>>) {
    let set = |field: &mut String, sent: Option<&str>| {
        if let Some(sent) = sent {
            sent.clone_into(field);
        }
    };
    set(&mut member.name, input.name);
    set(&mut member.alias, input.alias);
    set(&mut member.mobile, input.mobile);
    set(&mut member.email, input.email);
    set(&mut member.biz_mail, input.biz_mail);
    set(&mut member.position, input.position);
    set(&mut member.telephone, input.telephone);
    set(&mut member.address, input.address);
    set(&mut member.avatar_mediaid, input.avatar_mediaid);
    set(&mut member.external_position, input.external_position);
    set(&mut member.nickname, input.nickname);
    if let Some(aliases) = &input.biz_mail_alias {
        member.biz_mail_alias = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    }
    if let Some(gender) = input.gender {
        member.gender = gender;
    }
    if let Some(enable) = input.enable {
        member.enabled = enable == 1;
    }
    if let Some(leaders) = leaders {
        member.direct_leader = leaders;
    }
    profile::merge_attributes(&mut member.attributes, input.attributes.unwrap_or_default(), &corp.options);
    if let Some(sent) = input.external_profile {
        profile::merge_external(&mut member.external_profile, sent);
    }
    let main = input.main_department.filter(|main| *main != 0).unwrap_or(member.main_department);
    let is_place = |id: u32| member.places.iter().any(|place| place.department == id);
    member.main_department =
        if is_place(main) { main } else { member.places.first().map_or(0, |place| place.department) };
}
