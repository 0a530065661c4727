//! Creating, changing and deleting departments, with the refusals of the reference's section 3.

use serde::Serialize;

use super::fields::Fields;
use super::{Call, Reply, done, success};
use crate::corp::Corp;
use crate::corp::tree::ROOT;
use crate::errors::ApiError;
use crate::log::{Action, ObjectKind, Touch};

#[derive(Serialize)]
struct Created {
    errcode: i64,
    errmsg: &'static str,
    id: u32,
}

/// The body of a create or update call, or a row of an import file.
#[derive(Debug, Default)]
pub(super) struct DepartmentInput<'a> {
    pub id: Option<u32>,
    pub name: Option<&'a str>,
    pub name_en: Option<&'a str>,
    pub parent: Option<u32>,
    pub order: Option<u32>,
}

impl<'a> DepartmentInput<'a> {
    fn read(fields: Fields<'a>) -> Result<Self, ApiError> {
        Ok(Self {
            name: fields.text("name")?,
            name_en: fields.text("name_en")?,
            parent: fields.uint("parentid")?,
            order: fields.saturating_uint("order")?,
            id: fields.uint("id")?,
        })
    }
}

/// `POST /cgi-bin/department/create`
pub(super) fn create(call: &mut Call<'_>) -> Reply {
    let mut input = DepartmentInput::read(call.fields())?;
    input.id = input.id.filter(|id| *id != 0);
    call.touched.department = input.id;
    let id = create_department(call.corp, &input, &mut call.touched.writes)?;
    call.touched.department = Some(id);
    success(&Created { errcode: 0, errmsg: "created", id })
}

/// Creates a department as the call does and returns its id.
pub(super) fn create_department(
    corp: &mut Corp,
    input: &DepartmentInput<'_>,
    writes: &mut Vec<Touch>,
) -> Result<u32, ApiError> {
    let name_en = input.name_en.unwrap_or_default();
    // Without an id a department is the one of its name under its parent.
    let same = input.id.filter(|id| corp.tree.contains(*id));
    let same = same.or_else(|| corp.tree.child_named(input.parent?, input.name?));
    if let Some(id) = same.or(input.id) {
        writes.push(Touch::numbered(ObjectKind::Department, id, Action::Create, same.is_some()));
    }
    let name = input.name.ok_or_else(|| ApiError::of(60001))?;
    check_name(corp, name)?;
    check_name_en(corp, name_en)?;
    let parent = input.parent.filter(|id| corp.tree.contains(*id)).ok_or_else(|| ApiError::of(60004))?;
    if input.id.is_some_and(|id| corp.tree.contains(id)) {
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
    let id = input.id.map_or_else(next, Ok)?;
    let order = input.order.unwrap_or_else(|| corp.tree.next_order(parent));
    corp.add_department(id, parent, name, name_en, order);
    if input.id.is_none() {
        writes.push(Touch::numbered(ObjectKind::Department, id, Action::Create, false));
    }
    Ok(id)
}

/// `POST /cgi-bin/department/update`
pub(super) fn update(call: &mut Call<'_>) -> Reply {
    let input = DepartmentInput::read(call.fields())?;
    call.touched.department = input.id;
    update_department(call.corp, &input, &mut call.touched.writes)?;
    done("updated")
}

/// Changes a department as the call does.
pub(super) fn update_department(
    corp: &mut Corp,
    input: &DepartmentInput<'_>,
    writes: &mut Vec<Touch>,
) -> Result<(), ApiError> {
    let id = input.id.ok_or_else(|| ApiError::of(60003))?;
    writes.push(Touch::numbered(ObjectKind::Department, id, Action::Update, corp.tree.contains(id)));
    let node = corp.tree.get(id).ok_or_else(|| ApiError::of(60003))?;
    if let Some(name) = input.name {
        check_name(corp, name)?;
    }
    if let Some(name_en) = input.name_en {
        check_name_en(corp, name_en)?;
    }
    let (old_parent, old_name) = (node.parent, node.name.clone());
    // The root row shows parent 0, so sending that row back is no move.
    let parent = match input.parent {
        Some(0) if id == ROOT => old_parent,
        Some(parent) if !corp.tree.contains(parent) => return Err(ApiError::of(60124)),
        Some(parent) if corp.tree.is_within(parent, id) => return Err(ApiError::of(60010)),
        Some(parent) => parent,
        None => old_parent,
    };
    let name = input.name.unwrap_or(&old_name);
    check_siblings(corp, parent, Some(id), name, input.name_en.unwrap_or_default())?;
    if parent != old_parent {
        if corp.tree.depth(parent) + 1 + corp.tree.height(id) > corp.options.depth_limit {
            return Err(ApiError::of(81002));
        }
        if is_full(corp, parent) {
            return Err(ApiError::of(81001));
        }
    }
    corp.change_department(id, |tree| {
        tree.place(id, parent, name);
        if let Some(node) = tree.get_mut(id) {
            node.order = input.order.unwrap_or(node.order);
            if let Some(name_en) = input.name_en {
                name_en.clone_into(&mut node.name_en);
            }
        }
    });
    Ok(())
}

/// `GET /cgi-bin/department/delete`
pub(super) fn delete(call: &mut Call<'_>) -> Reply {
    let id = call.department_in_query("id")?.ok_or_else(|| ApiError::unusable("id"))?;
    let exists = call.corp.tree.contains(id);
    call.touched.writes.push(Touch::numbered(ObjectKind::Department, id, Action::Delete, exists));
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
    // The pages print a full-width bar in their list; the plain one was always refused.
    if name.contains(['\\', ':', '*', '?', '"', '<', '>', '|', '｜']) {
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
