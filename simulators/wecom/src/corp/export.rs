//! From a corp back to the state format: departments by id, members by userid, nothing left out.

use std::ops::Bound;

use super::members::Member;
use super::tree::ROOT;
use super::{App, Corp, Tag};
use crate::state::{AppState, CorpState, DepartmentState, TagState, UserState, VisibleState};

/// The state of a corp, equal for equal corps.
pub(crate) fn corp(corp: &Corp) -> CorpState {
    let departments = corp.tree.subtree(ROOT).into_iter().filter_map(|id| corp.tree.get(id));
    let mut invited = corp.invited.clone();
    invited.sort_unstable();
    CorpState {
        corpid: corp.corpid.clone(),
        name: corp.name.clone(),
        options: corp.options.clone(),
        contacts: corp.contacts.clone(),
        apps: corp.apps.iter().map(|app| app_state(corp, app)).collect(),
        departments: departments
            .map(|node| DepartmentState {
                id: node.id,
                name: node.name.clone(),
                name_en: node.name_en.clone(),
                parentid: node.parent,
                order: Some(node.order),
            })
            .collect(),
        users: corp.members.onwards_from(Bound::Unbounded).map(|(_, _, member)| user(corp, member)).collect(),
        invited,
        tags: corp.tags.iter().map(|(id, tag)| tag_state(corp, *id, tag)).collect(),
        highest_department_id: corp.tree.highest_id(),
    }
}

fn tag_state(corp: &Corp, id: u32, tag: &Tag) -> TagState {
    TagState {
        tagid: id,
        tagname: tag.name.clone(),
        owner: tag.owner,
        users: corp.userids(tag.users.iter().copied()).into_iter().map(str::to_owned).collect(),
        departments: tag.departments.iter().copied().collect(),
    }
}

fn app_state(corp: &Corp, app: &App) -> AppState {
    AppState {
        visible: VisibleState {
            users: corp.userids(app.visible_users.iter().copied()).into_iter().map(str::to_owned).collect(),
            departments: app.visible_departments.iter().copied().collect(),
            tags: app.settings.visible.tags.clone(),
        },
        ..app.settings.clone()
    }
}

fn user(corp: &Corp, member: &Member) -> UserState {
    let leaders = member.direct_leader.iter().filter_map(|key| corp.members.get(*key));
    UserState {
        userid: member.userid.clone(),
        name: member.name.clone(),
        alias: member.alias.clone(),
        mobile: member.mobile.clone(),
        email: member.email.clone(),
        biz_mail: member.biz_mail.clone(),
        biz_mail_alias: member.biz_mail_alias.clone(),
        department: member.places.iter().map(|place| place.department).collect(),
        order: member.places.iter().map(|place| place.order).collect(),
        is_leader_in_dept: member.places.iter().map(|place| u8::from(place.leader)).collect(),
        direct_leader: leaders.map(|leader| leader.userid.clone()).collect(),
        main_department: member.main_department,
        position: member.position.clone(),
        gender: member.gender.to_string(),
        telephone: member.telephone.clone(),
        address: member.address.clone(),
        enable: Some(u8::from(member.enabled)),
        status: Some(member.status()),
        status_when_enabled: (!member.enabled).then_some(member.base_status),
        avatar_mediaid: member.avatar_mediaid.clone(),
        avatar: member.avatar.clone(),
        thumb_avatar: member.thumb_avatar.clone(),
        qr_code: member.qr_code.clone(),
        attributes: member.attributes.clone(),
        external_profile: member.external_profile.clone(),
        external_position: member.external_position.clone(),
        nickname: member.nickname.clone(),
        creator: member.creator,
        generated_userid: member.generated_userid,
        exmail_bound: member.exmail_bound,
        unlicensed: member.unlicensed,
        openid: member.openid.clone(),
    }
}
