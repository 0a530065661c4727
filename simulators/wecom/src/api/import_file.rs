//! Reading the CSV of an import: headers by name, lists by `;`, and everything that makes a whole
//! file unusable.
//!
//! A row becomes the body that the single call would have been sent, so that the same checks give
//! the same codes. A column that the file lacks is absent from the body and leaves the field alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::corp::jobs::PartyRow;
use crate::corp::tree::ROOT;

/// The file has no rows, no such column, or a row that cannot be.
pub(super) const INVALID_FILE: i64 = 40092;
const REPEATED_USERID: i64 = 302003;
const NOT_A_TREE: i64 = 302004;
const REPEATED_PARTYID: i64 = 302006;
const REPEATED_NAME: i64 = 302007;

/// What a column of a member file is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// A text field of this name.
    Text(&'static str),
    /// A list of numbers of this name, apart by `;`.
    Numbers(&'static str),
    Gender,
    Disabled,
    Ignored,
    /// An extension attribute of this name, if the console knows it.
    Attribute(String),
}

fn column(title: &str) -> Column {
    match title {
        "姓名" => Column::Text("name"),
        "帐号" => Column::Text("userid"),
        "手机号" => Column::Text("mobile"),
        "邮箱" => Column::Text("email"),
        "所在部门" => Column::Numbers("department"),
        "职位" => Column::Text("position"),
        "性别" => Column::Gender,
        "是否部门内领导" => Column::Numbers("is_leader_in_dept"),
        "排序" => Column::Numbers("order"),
        "别名" => Column::Text("alias"),
        "地址" => Column::Text("address"),
        "座机" => Column::Text("telephone"),
        "禁用" => Column::Disabled,
        // The oldest template had the first; the second is the help text of the newest.
        "微信号" => Column::Ignored,
        help if help.starts_with("禁用项说明") => Column::Ignored,
        other => Column::Attribute(other.to_owned()),
    }
}

/// The rows of a member file as bodies, or the code that refuses it.
pub(super) fn members(content: &[u8]) -> Result<Vec<Map<String, Value>>, i64> {
    let (titles, rows) = table(content)?;
    let columns: Vec<Column> = titles.iter().map(|title| column(title)).collect();
    if !columns.contains(&Column::Text("userid")) {
        return Err(INVALID_FILE);
    }
    let mut seen = BTreeSet::new();
    let mut bodies = Vec::with_capacity(rows.len());
    for row in rows {
        let body = member(&columns, &row);
        let userid = body.get("userid").and_then(Value::as_str).filter(|userid| !userid.is_empty());
        if !seen.insert(userid.ok_or(INVALID_FILE)?.to_ascii_lowercase()) {
            return Err(REPEATED_USERID);
        }
        bodies.push(body);
    }
    Ok(bodies)
}

fn member(columns: &[Column], row: &[String]) -> Map<String, Value> {
    let mut body = Map::new();
    let mut attributes = Vec::new();
    for (column, cell) in columns.iter().zip(row) {
        match column {
            Column::Text(field) => {
                body.insert((*field).to_owned(), json!(cell));
            }
            // Without departments the member has none; without flags or orders nothing is said of them.
            Column::Numbers(field) if !cell.is_empty() || *field == "department" => {
                body.insert((*field).to_owned(), numbers(cell));
            }
            Column::Numbers(_) => {}
            Column::Gender => {
                let gender = match cell.as_str() {
                    "男" => "1",
                    "女" => "2",
                    other => other,
                };
                body.insert("gender".to_owned(), json!(gender));
            }
            Column::Disabled => {
                let enable = match cell.as_str() {
                    "" => continue,
                    "0" => json!(1),
                    "1" => json!(0),
                    other => json!(other),
                };
                body.insert("enable".to_owned(), enable);
            }
            Column::Ignored => {}
            Column::Attribute(name) => {
                attributes.push(json!({ "type": 0, "name": name, "text": { "value": cell } }));
            }
        }
    }
    if !attributes.is_empty() {
        body.insert("extattr".to_owned(), json!({ "attrs": attributes }));
    }
    body
}

/// A list of numbers; what is none stays a text, which the checks of the call refuse.
fn numbers(cell: &str) -> Value {
    let parts = cell.split(';').map(str::trim).filter(|_| !cell.trim().is_empty());
    parts.map(|part| part.parse::<u32>().map_or_else(|_| json!(part), Value::from)).collect()
}

/// The rows of a department file, parents before children, each with its place in the file; or the
/// code that refuses it.
pub(super) fn departments(content: &[u8]) -> Result<Vec<(usize, PartyRow)>, i64> {
    let (titles, rows) = table(content)?;
    let at = |title: &str| titles.iter().position(|other| other == title);
    let (Some(name), Some(id), Some(parent)) = (at("部门名称"), at("部门ID"), at("父部门ID")) else {
        return Err(INVALID_FILE);
    };
    let order = at("排序");
    let mut by_id = BTreeMap::new();
    let mut names = BTreeSet::new();
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (number, row) in rows.into_iter().enumerate() {
        let cell = |index: usize| row.get(index).map_or("", |cell| cell.trim());
        let id = cell(id).parse::<u32>().ok().filter(|id| *id != 0).ok_or(NOT_A_TREE)?;
        let parent = match cell(parent) {
            "" if id == ROOT => 0,
            text => text.parse::<u32>().map_err(|_| NOT_A_TREE)?,
        };
        let order = match order.map_or("", cell) {
            "" => None,
            text => Some(text.parse::<u32>().map_err(|_| INVALID_FILE)?).filter(|order| *order != 0),
        };
        let name = cell(name).to_owned();
        if name.is_empty() {
            return Err(NOT_A_TREE);
        }
        if !names.insert((parent, name.clone())) {
            return Err(REPEATED_NAME);
        }
        if by_id.insert(id, (number, PartyRow { id, name, parent, order })).is_some() {
            return Err(REPEATED_PARTYID);
        }
        if id != ROOT {
            children.entry(parent).or_default().push(id);
        } else if parent != 0 {
            return Err(NOT_A_TREE);
        }
    }
    // What the root does not lead to hangs in the air or goes round in a circle.
    let mut ordered: Vec<(usize, PartyRow)> = by_id.remove(&ROOT).into_iter().collect();
    let mut parents = vec![ROOT];
    while let Some(parent) = parents.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            ordered.extend(by_id.remove(&child));
            parents.push(child);
        }
    }
    if by_id.is_empty() { Ok(ordered) } else { Err(NOT_A_TREE) }
}

type Table = (Vec<String>, Vec<Vec<String>>);

/// Header and rows of a CSV in UTF-8.
fn table(content: &[u8]) -> Result<Table, i64> {
    let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let titles: Vec<String> =
        reader.headers().map_err(|_| INVALID_FILE)?.iter().map(|title| title.trim().to_owned()).collect();
    let distinct: BTreeSet<&String> = titles.iter().filter(|title| !title.is_empty()).collect();
    if distinct.len() != titles.len() {
        return Err(INVALID_FILE);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let row: Vec<String> = record.map_err(|_| INVALID_FILE)?.iter().map(str::to_owned).collect();
        if row.len() > titles.len() {
            return Err(INVALID_FILE);
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(INVALID_FILE) } else { Ok((titles, rows)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "姓名,帐号,手机号,邮箱,所在部门,职位,性别";

    fn codes(file: &str) -> i64 {
        members(file.as_bytes()).map_or_else(|code| code, |_| 0)
    }

    #[test]
    fn a_row_is_the_body_of_the_single_call() {
        let file =
            format!("\u{feff}{SHORT},是否部门内领导,排序,禁用,工号\n陈雨,chen.yu,139,,12;15,\"a,b\",女,0;1,,1,E1\n");
        let rows = members(file.as_bytes()).expect("a file");
        let expected = json!({
            "name": "陈雨", "userid": "chen.yu", "mobile": "139", "email": "", "department": [12, 15],
            "position": "a,b", "gender": "2", "is_leader_in_dept": [0, 1], "enable": 0,
            "extattr": { "attrs": [{ "type": 0, "name": "工号", "text": { "value": "E1" } }] }
        });
        assert_eq!(Value::Object(rows[0].clone()), expected);
    }

    #[test]
    fn unusable_member_files_have_their_codes() {
        assert_eq!(codes(""), 40092);
        assert_eq!(codes(SHORT), 40092, "no rows");
        assert_eq!(codes("姓名,手机号\na,1\n"), 40092, "no userid column");
        assert_eq!(codes("姓名,帐号,帐号\na,b,c\n"), 40092, "a column twice");
        assert_eq!(codes("姓名,帐号\na,\n"), 40092, "no userid");
        assert_eq!(codes("姓名,帐号\na,b,c\n"), 40092, "more cells than columns");
        assert_eq!(codes("姓名,帐号\na,b\nc,B\n"), 302003);
        assert_eq!(members(b"\xd0\xd5,\xc3\xfb\n1,2\n"), Err(40092), "not UTF-8");
        assert_eq!(codes("帐号\na\n"), 0, "a column left out is not updated");
    }

    #[test]
    fn department_files_must_be_one_tree() {
        let code = |rows: &str| {
            let file = format!("部门名称,部门ID,父部门ID,排序\n{rows}");
            departments(file.as_bytes()).map_or_else(|code| code, |_| 0)
        };
        assert_eq!(code("质量组,15,12,0\n平台研发部,12,1,100\n公司,1,0,\n"), 0);
        assert_eq!(code(""), 40092);
        for rows in ["a,2,9,\n", "a,2,3,\nb,3,2,\n", "a,,1,\n", ",2,1,\n", "a,x,1,\n", "a,2,2,\n"] {
            assert_eq!(code(rows), 302004, "{rows}");
        }
        assert_eq!(code("a,2,1,\nb,2,1,\n"), 302006);
        assert_eq!(code("a,2,1,\na,3,1,\n"), 302007);
        let file = "部门名称,部门ID,父部门ID\n质量组,15,12\n平台研发部,12,1\n";
        let order: Vec<usize> =
            departments(file.as_bytes()).expect("a tree").into_iter().map(|(number, _)| number).collect();
        assert_eq!(order, [1, 0], "parents first");
    }
}
