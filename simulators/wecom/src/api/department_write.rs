//! Creating, changing and deleting departments, with the refusals of the reference's section 3.

use serde::Serialize;

use super::{Call, Reply, done, success};
use crate::corp::Corp;
use crate::corp::tree::ROOT;
use crate::errors::ApiError;

#[derive(Serialize)]
struct Created {
    errcode: i64,
    errmsg: &'static str,
    id: u32,
}

/// `POST /cgi-bin/department/create`
pub(super) fn create(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let name = fields.text("name")?;
    let name_en = fields.text("name_en")?.unwrap_or_default();
    let parent = fields.uint("parentid")?;
    let order = fields.saturating_uint("order")?;
    let asked_id = fields.uint("id")?.filter(|id| *id != 0);
    call.touched.department = asked_id;

    let corp = &mut *call.corp;
    let name = name.ok_or_else(|| ApiError::of(60001))?;
    check_name(corp, name)?;
    check_name_en(corp, name_en)?;
    let parent = parent.filter(|id| corp.tree.contains(*id)).ok_or_else(|| ApiError::of(60004))?;
    if asked_id.is_some_and(|id| corp.tree.contains(id)) {
        return Err(ApiError::of(60008));
    }
    check_siblings(corp, parent, None, name, name_en)?;
    if corp.tree.depth(parent) >= corp.options.depth_limit {
        return Err(ApiError::of(81002));
    }
    if corp.tree.len() >= corp.options.department_limit || is_full(corp, parent) {
        return Err(ApiError::of(81001));
    }
    let next = || corp.tree.highest_id().checked_add(1).ok_or_else(|| ApiError::of(81001));
    let id = asked_id.map_or_else(next, Ok)?;
    let order = order.unwrap_or_else(|| corp.tree.next_order(parent));
    corp.tree.insert(id, parent, name, name_en, order);
    call.touched.department = Some(id);
    success(&Created { errcode: 0, errmsg: "created", id })
}

/// `POST /cgi-bin/department/update`
pub(super) fn update(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let id = fields.uint("id")?;
    let name = fields.text("name")?;
    let name_en = fields.text("name_en")?;
    let parent = fields.uint("parentid")?;
    let order = fields.saturating_uint("order")?;
    call.touched.department = id;

    let corp = &mut *call.corp;
    let id = id.ok_or_else(|| ApiError::of(60003))?;
    let node = corp.tree.get(id).ok_or_else(|| ApiError::of(60003))?;
    if let Some(name) = name {
        check_name(corp, name)?;
    }
    if let Some(name_en) = name_en {
        check_name_en(corp, name_en)?;
    }
    let (old_parent, old_name) = (node.parent, node.name.clone());
    // The root row shows parent 0, so sending that row back is no move.
    let parent = match parent {
        Some(0) if id == ROOT => old_parent,
        Some(parent) if !corp.tree.contains(parent) => return Err(ApiError::of(60124)),
        Some(parent) if corp.tree.is_within(parent, id) => return Err(ApiError::of(60010)),
        Some(parent) => parent,
        None => old_parent,
    };
    let name = name.unwrap_or(&old_name);
    check_siblings(corp, parent, Some(id), name, name_en.unwrap_or_default())?;
    if parent != old_parent {
        if corp.tree.depth(parent) + 1 + corp.tree.height(id) > corp.options.depth_limit {
            return Err(ApiError::of(81002));
        }
        if is_full(corp, parent) {
            return Err(ApiError::of(81001));
        }
    }
    corp.tree.place(id, parent, name);
    if let Some(node) = corp.tree.get_mut(id) {
        node.order = order.unwrap_or(node.order);
        if let Some(name_en) = name_en {
            name_en.clone_into(&mut node.name_en);
        }
    }
    done("updated")
}

/// `GET /cgi-bin/department/delete`
pub(super) fn delete(call: &mut Call<'_>) -> Reply {
    let id = call.department_in_query("id")?.ok_or_else(|| ApiError::unusable("id"))?;
    let node = call.corp.tree.get(id).ok_or_else(|| ApiError::of(60123))?;
    if id == ROOT {
        return Err(ApiError::of(60007));
    }
    if !node.children.is_empty() {
        return Err(ApiError::of(60006));
    }
    if !node.members.is_empty() {
        return Err(ApiError::of(60005));
    }
    call.corp.remove_department(id);
    done("deleted")
}

fn check_name(corp: &Corp, name: &str) -> Result<(), ApiError> {
    if name.is_empty() {
        return Err(ApiError::new(40058, "name exceed min utf8 words 1. invalid Request Parameter"));
    }
    if name.chars().count() > corp.options.department_name_limit {
        return Err(ApiError::of(60001));
    }
    check_characters(name)
}

fn check_name_en(corp: &Corp, name_en: &str) -> Result<(), ApiError> {
    if name_en.chars().count() > corp.options.department_name_limit {
        return Err(ApiError::too_long("name_en", corp.options.department_name_limit));
    }
    check_characters(name_en)
}

fn check_characters(name: &str) -> Result<(), ApiError> {
    if name.contains(['\\', ':', '*', '?', '"', '<', '>', '|']) {
        return Err(ApiError::of(60009));
    }
    Ok(())
}

/// A sibling's name is taken, for the English name too.
fn check_siblings(corp: &Corp, parent: u32, own: Option<u32>, name: &str, name_en: &str) -> Result<(), ApiError> {
    let taken = |name: &str| corp.tree.child_named(parent, name).is_some_and(|id| Some(id) != own);
    if taken(name) || (!name_en.is_empty() && taken(name_en)) {
        return Err(ApiError::of(60008));
    }
    Ok(())
}

/// Whether a department can take no more members or children.
pub(super) fn is_full(corp: &Corp, id: u32) -> bool {
    corp.tree.get(id).is_some_and(|node| node.node_count() >= corp.options.node_limit)
}
