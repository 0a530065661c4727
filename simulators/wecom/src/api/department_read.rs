//! Reading departments: the whole permitted tree, ids only, or one department.

use serde::Serialize;

use super::{Call, Reply, success};
use crate::corp::Corp;
use crate::corp::tree::Department;
use crate::corp::visibility::View;
use crate::errors::ApiError;

#[derive(Serialize)]
struct Row<'a> {
    id: u32,
    name: &'a str,
    name_en: &'a str,
    department_leader: Vec<&'a str>,
    parentid: u32,
    order: u32,
}

impl<'a> Row<'a> {
    fn new(corp: &'a Corp, node: &'a Department, view: View<'_>) -> Self {
        Self {
            id: node.id,
            name: &node.name,
            name_en: &node.name_en,
            department_leader: corp.userids(node.leaders.iter().copied().filter(|key| view.sees(*key))),
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
