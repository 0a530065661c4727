//! From the state format to a corp, with every finding reported together.
//!
//! A state says what exists, as if it had grown over years; so the limits on new data (lengths,
//! counts, depth) are not applied, but everything the indexes rely on is: unique ids, names, userids,
//! numbers and addresses, and references that lead somewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::members::{Key, Member, Membership};
use super::tree::{ROOT, Tree};
use super::{App, Corp, Tag};
use crate::state::{AppState, CorpState, DepartmentState, ReceiverState, TagState, UserState, VisibleState};

/// The most findings reported at once.
const FINDINGS: usize = 20;

/// What is wrong with a state; collects instead of stopping.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<String>,
    more: usize,
}

impl Findings {
    pub fn add(&mut self, finding: String) {
        if self.list.len() < FINDINGS {
            self.list.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// All findings in one text, or nothing when there are none.
    pub fn into_text(self) -> Option<String> {
        if self.list.is_empty() {
            return None;
        }
        let tail = if self.more > 0 { format!("; and {} more", self.more) } else { String::new() };
        Some(self.list.join("; ") + &tail)
    }
}

/// Builds a corp; what it returns is only to be used when no finding was added.
pub(crate) fn corp(state: CorpState, findings: &mut Findings) -> Corp {
    let mut here = Findings::default();
    if state.corpid.is_empty() {
        here.add("`corpid` is empty".to_owned());
    }
    let mut corp = Corp {
        tree: tree(&state.name, &state.departments, &mut here),
        corpid: state.corpid,
        name: state.name,
        options: state.options,
        contacts: state.contacts,
        apps: Vec::new(),
        members: Default::default(),
        invited: state.invited,
        tags: BTreeMap::new(),
        media: Default::default(),
        jobs: Default::default(),
        traffic: Default::default(),
        changes: Default::default(),
        exports: Default::default(),
        grants: Default::default(),
        edit_code: None,
    };
    corp.tree.raise_highest(state.highest_department_id);
    add_members(&mut corp, state.users, &mut here);
    add_tags(&mut corp, state.tags, &mut here);
    add_apps(&mut corp, state.apps, &mut here);
    if let Some(receiver) = &corp.contacts.receiver {
        check_receiver("contacts", receiver, &mut here);
    }
    for finding in here.list {
        findings.add(format!("corp `{}`: {finding}", corp.corpid));
    }
    findings.more += here.more;
    corp
}

fn tree(corp_name: &str, departments: &[DepartmentState], findings: &mut Findings) -> Tree {
    let root = departments.iter().find(|department| department.id == ROOT);
    let mut tree = Tree::new(root.map_or(corp_name, |root| &root.name));
    if let Some(root) = root
        && let Some(node) = tree.get_mut(ROOT)
    {
        node.name_en.clone_from(&root.name_en);
        node.order = root.order.unwrap_or(node.order);
        if root.parentid != 0 {
            findings.add(format!("department 1: the root has no parent, but `parentid` is {}", root.parentid));
        }
    }
    let mut ids = BTreeSet::new();
    let mut by_parent: BTreeMap<u32, Vec<&DepartmentState>> = BTreeMap::new();
    for department in departments {
        if department.id == 0 || !ids.insert(department.id) {
            findings.add(format!("department {}: the id is 0 or used twice", department.id));
        } else if department.id != ROOT {
            by_parent.entry(department.parentid).or_default().push(department);
        }
    }
    let mut parents = vec![ROOT];
    while let Some(parent) = parents.pop() {
        for department in by_parent.remove(&parent).unwrap_or_default() {
            if tree.child_named(parent, &department.name).is_some() {
                findings
                    .add(format!("department {}: `{}` exists twice under {parent}", department.id, department.name));
                continue;
            }
            let order = department.order.unwrap_or_else(|| tree.next_order(parent));
            tree.insert(department.id, parent, &department.name, &department.name_en, order);
            parents.push(department.id);
        }
    }
    for department in by_parent.into_values().flatten() {
        let id = department.id;
        findings.add(format!("department {id}: `parentid` {} does not lead to the root", department.parentid));
    }
    tree
}

fn add_members(corp: &mut Corp, users: Vec<UserState>, findings: &mut Findings) {
    let mut leaders: HashMap<Key, Vec<String>> = HashMap::new();
    for mut user in users {
        let named = std::mem::take(&mut user.direct_leader);
        let Some(member) = member(corp, user, findings) else { continue };
        let key = corp.add_member(member);
        if !named.is_empty() {
            leaders.insert(key, named);
        }
    }
    // Leaders may be listed after those they lead, so they are looked up when everybody is there.
    for (key, named) in leaders {
        let mut found = Vec::with_capacity(named.len());
        for userid in named {
            match corp.members.find(&userid) {
                Some(leader) => found.push(leader),
                None => findings.add(format!("a direct leader `{userid}` does not exist")),
            }
        }
        corp.change_member(key, |member| member.direct_leader = found);
    }
}

fn member(corp: &Corp, user: UserState, findings: &mut Findings) -> Option<Member> {
    let mut problems = Vec::new();
    if !crate::api::member_check::is_userid(&user.userid) {
        problems.push("the userid is malformed".to_owned());
    }
    if corp.members.find(&user.userid).is_some() {
        problems.push("the userid is used twice".to_owned());
    }
    let taken = [
        ("mobile", &user.mobile, corp.members.holder_of_mobile(&user.mobile)),
        ("email", &user.email, corp.members.holder_of_email(&user.email)),
        ("biz_mail", &user.biz_mail, corp.members.holder_of_biz_mail(&user.biz_mail)),
    ];
    for (field, value, holder) in taken {
        if let (false, Some(holder)) = (value.is_empty(), holder.and_then(|key| corp.members.get(key))) {
            problems.push(format!("`{field}` is also that of `{}`", holder.userid));
        }
    }
    let places = places(corp, &user, &mut problems);
    let main_department = match user.main_department {
        0 => places.first().map_or(ROOT, |place| place.department),
        main if places.iter().any(|place| place.department == main) => main,
        main => {
            problems.push(format!("`main_department` {main} is not one of `department`"));
            main
        }
    };
    let gender = match user.gender.as_str() {
        "" | "0" => 0,
        "1" => 1,
        "2" => 2,
        other => {
            problems.push(format!("`gender` is `{other}`, not \"0\", \"1\" or \"2\""));
            0
        }
    };
    let (enabled, base_status) = status(&user, &mut problems);
    if !problems.is_empty() {
        findings.add(format!("user `{}`: {}", user.userid, problems.join(", ")));
        return None;
    }
    Some(Member {
        userid: user.userid,
        name: user.name,
        alias: user.alias,
        mobile: user.mobile,
        email: user.email,
        biz_mail: user.biz_mail,
        biz_mail_alias: user.biz_mail_alias,
        places,
        direct_leader: Vec::new(),
        main_department,
        position: user.position,
        gender,
        telephone: user.telephone,
        address: user.address,
        enabled,
        base_status,
        avatar_mediaid: user.avatar_mediaid,
        avatar: user.avatar,
        thumb_avatar: user.thumb_avatar,
        qr_code: user.qr_code,
        attributes: user.attributes,
        external_profile: user.external_profile,
        external_position: user.external_position,
        nickname: user.nickname,
        creator: user.creator,
        generated_userid: user.generated_userid,
        exmail_bound: user.exmail_bound,
        unlicensed: user.unlicensed,
        openid: user.openid,
    })
}

fn places(corp: &Corp, user: &UserState, problems: &mut Vec<String>) -> Vec<Membership> {
    let departments = if user.department.is_empty() { &[ROOT][..] } else { &user.department };
    if !user.order.is_empty() && user.order.len() != departments.len() {
        problems.push("`order` is not as long as `department`".to_owned());
    }
    let flags = &user.is_leader_in_dept;
    if (!flags.is_empty() && flags.len() != departments.len()) || flags.iter().any(|flag| *flag > 1) {
        problems.push("`is_leader_in_dept` is not as long as `department`, or not of 0 and 1".to_owned());
    }
    let mut seen = BTreeSet::new();
    for department in departments {
        if !corp.tree.contains(*department) || !seen.insert(*department) {
            problems.push(format!("department {department} does not exist or is listed twice"));
        }
    }
    let place = |(index, department): (usize, &u32)| Membership {
        department: *department,
        order: user.order.get(index).copied().unwrap_or(0),
        leader: flags.get(index).is_some_and(|flag| *flag == 1),
    };
    departments.iter().enumerate().map(place).collect()
}

/// Whether the member is enabled, and the status while enabled.
fn status(user: &UserState, problems: &mut Vec<String>) -> (bool, u8) {
    let enabled = match (user.enable, user.status) {
        (None, status) => status != Some(2),
        (Some(1), None | Some(1 | 4 | 5)) => true,
        (Some(0), None | Some(2)) => false,
        // Written by hand, `enable: 0` beside the status while enabled says the same as status 2.
        (Some(0), Some(1 | 4)) => false,
        (Some(enable), status) => {
            problems.push(format!("`enable` {enable} does not go with `status` {status:?}"));
            true
        }
    };
    let base = match (user.status, user.status_when_enabled) {
        (Some(2) | None, Some(base)) => base,
        (Some(2) | None, None) => 4,
        (Some(status), _) => status,
    };
    if !matches!(base, 1 | 4 | 5) {
        problems.push(format!("`status` {base} is not 1, 2, 4 or 5"));
    }
    (enabled, base)
}

fn add_tags(corp: &mut Corp, tags: Vec<TagState>, findings: &mut Findings) {
    for tag in tags {
        let id = tag.tagid;
        if corp.tags.contains_key(&id) || corp.tags.values().any(|other| other.name == tag.tagname) {
            findings.add(format!("tag {id}: the id or the name `{}` is used twice", tag.tagname));
        }
        let mut loaded = Tag { name: tag.tagname, owner: tag.owner, ..Tag::default() };
        for userid in tag.users {
            match corp.members.find(&userid) {
                Some(key) => {
                    loaded.users.insert(key);
                }
                None => findings.add(format!("tag {id}: user `{userid}` does not exist")),
            }
        }
        for department in tag.departments {
            if !corp.tree.contains(department) {
                findings.add(format!("tag {id}: department {department} does not exist"));
            }
            loaded.departments.insert(department);
        }
        corp.tags.insert(id, loaded);
    }
}

/// The members and departments of a visible range, or everything in it that there is not.
fn range(corp: &Corp, visible: &VisibleState) -> Result<(BTreeSet<Key>, BTreeSet<u32>), Vec<String>> {
    let mut unknown = Vec::new();
    let mut users = BTreeSet::new();
    for userid in &visible.users {
        match corp.members.find(userid) {
            Some(key) => {
                users.insert(key);
            }
            None => unknown.push(format!("visible user `{userid}` does not exist")),
        }
    }
    let departments: BTreeSet<u32> = visible.departments.iter().copied().collect();
    let gone = departments.iter().filter(|id| !corp.tree.contains(**id));
    unknown.extend(gone.map(|id| format!("visible department {id} does not exist")));
    if unknown.is_empty() { Ok((users, departments)) } else { Err(unknown) }
}

/// The members and departments of a visible range, or a text that names what there is not.
pub(crate) fn visible_range(corp: &Corp, visible: &VisibleState) -> Result<(BTreeSet<Key>, BTreeSet<u32>), String> {
    range(corp, visible).map_err(|unknown| unknown.join("; "))
}

/// An address that could never be called is no receiver.
pub(crate) fn check_receiver(whose: &str, receiver: &ReceiverState, findings: &mut Findings) {
    if crate::crypto::Key::parse(&receiver.encoding_aes_key).is_none() {
        findings.add(format!("{whose}: `encoding_aes_key` of the receiver is not 43 letters and digits"));
    }
}

fn add_apps(corp: &mut Corp, apps: Vec<AppState>, findings: &mut Findings) {
    let mut secrets: BTreeSet<String> = BTreeSet::new();
    secrets.insert(corp.contacts.secret.clone());
    for mut app in apps {
        let agentid = app.agentid;
        if corp.app(agentid).is_some() {
            findings.add(format!("app {agentid}: the id is used twice"));
        }
        if app.secret.is_empty() || !secrets.insert(app.secret.clone()) {
            findings.add(format!("app {agentid}: the secret is empty or used twice"));
        }
        let visible = VisibleState { tags: app.visible.tags.clone(), ..std::mem::take(&mut app.visible) };
        app.visible.tags.clone_from(&visible.tags);
        let (visible_users, visible_departments) = match range(corp, &visible) {
            Ok(range) => range,
            Err(unknown) => {
                unknown.into_iter().for_each(|what| findings.add(format!("app {agentid}: {what}")));
                continue;
            }
        };
        if let Some(receiver) = &app.receiver {
            check_receiver(&format!("app {agentid}"), receiver, findings);
        }
        corp.apps.push(App { settings: app, visible_users, visible_departments });
    }
    corp.apps.sort_by_key(|app| app.settings.agentid);
}
