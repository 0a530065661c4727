//! Reading departments: the whole permitted tree, ids only, or one department.

use std::borrow::Cow;

use serde::Serialize;

use super::{Call, Reply, success};
use crate::corp::Corp;
use crate::corp::tree::Department;
use crate::corp::visibility::View;
use crate::errors::ApiError;
use crate::state::HiddenField;

#[derive(Serialize)]
pub(super) struct Row<'a> {
    id: u32,
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_en: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department_leader: Option<Vec<&'a str>>,
    parentid: u32,
    order: u32,
}

impl<'a> Row<'a> {
    pub fn new(corp: &'a Corp, node: &'a Department, view: View<'_>) -> Self {
        let is_named = !view.hides(HiddenField::DepartmentName);
        let leaders = || corp.userids(node.leaders.iter().copied().filter(|key| view.sees(*key)));
        Self {
            id: node.id,
            name: if is_named { Cow::Borrowed(node.name.as_str()) } else { Cow::Owned(node.id.to_string()) },
            name_en: is_named.then_some(&node.name_en),
            department_leader: (!view.hides(HiddenField::Leaders)).then(leaders),
            parentid: node.parent,
            order: node.order,
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    errcode: i64,
    errmsg: &'static str,
    department: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    errcode: i64,
    errmsg: &'static str,
    department: Row<'a>,
}

#[derive(Serialize)]
struct Ids {
    errcode: i64,
    errmsg: &'static str,
    department_id: Vec<IdRow>,
}

#[derive(Serialize)]
struct IdRow {
    id: u32,
    parentid: u32,
    order: u32,
}

/// `GET /cgi-bin/department/list`
pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let ids = permitted(call)?;
    let view = call.view();
    let nodes = ids.iter().filter_map(|id| call.corp.tree.get(*id));
    success(&List { errcode: 0, errmsg: "ok", department: nodes.map(|node| Row::new(call.corp, node, view)).collect() })
}

/// `GET /cgi-bin/department/simplelist`
pub(super) fn simple_list(call: &mut Call<'_>) -> Reply {
    let ids = permitted(call)?;
    let nodes = ids.iter().filter_map(|id| call.corp.tree.get(*id));
    let rows = nodes.map(|node| IdRow { id: node.id, parentid: node.parent, order: node.order });
    success(&Ids { errcode: 0, errmsg: "ok", department_id: rows.collect() })
}

/// `GET /cgi-bin/department/get`
pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let id = call.department_in_query("id")?.ok_or_else(|| ApiError::unusable("id"))?;
    let node = readable(call, id)?;
    success(&One { errcode: 0, errmsg: "ok", department: Row::new(call.corp, node, call.view()) })
}

/// The departments asked for: the one named and its descendants, or everything in range.
fn permitted(call: &mut Call<'_>) -> Result<Vec<u32>, ApiError> {
    match call.department_in_query("id")? {
        None => Ok(call.view().departments()),
        Some(id) => {
            readable(call, id)?;
            Ok(call.corp.tree.subtree(id))
        }
    }
}

/// A department the caller may read: 60123 when there is none, 60011 when it is out of range.
pub(super) fn readable<'a>(call: &'a Call<'_>, id: u32) -> Result<&'a Department, ApiError> {
    let node = call.corp.tree.get(id).ok_or_else(|| ApiError::of(60123))?;
    if !call.view().department(id) {
        return Err(ApiError::of(60011));
    }
    Ok(node)
}
