//! Submitting an export, asking how far it is, and writing its files.

use std::ops::Bound;

use md5::{Digest, Md5};
use serde::Serialize;

use super::{Call, Reply, department_read, member_read, success, tag};
use crate::corp::Corp;
use crate::corp::exports::{Export, ExportKind, File};
use crate::corp::members::Member;
use crate::corp::visibility::View;
use crate::crypto::{Key, hex};
use crate::errors::ApiError;

/// The fewest and the most rows of a file.
const BLOCK_SIZE: std::ops::RangeInclusive<u32> = 10_000..=1_000_000;

#[derive(Serialize)]
struct Submitted<'a> {
    errcode: i64,
    errmsg: &'static str,
    jobid: &'a str,
}

#[derive(Serialize)]
struct Progress {
    errcode: i64,
    errmsg: &'static str,
    status: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    data_list: Vec<Data>,
}

#[derive(Serialize)]
struct Data {
    url: String,
    size: usize,
    md5: String,
}

/// `POST /cgi-bin/export/simple_user`
pub(super) fn simple_user(call: &mut Call<'_>) -> Reply {
    submit(call, ExportKind::SimpleUser)
}

/// `POST /cgi-bin/export/user`
pub(super) fn user(call: &mut Call<'_>) -> Reply {
    submit(call, ExportKind::User)
}

/// `POST /cgi-bin/export/department`
pub(super) fn department(call: &mut Call<'_>) -> Reply {
    submit(call, ExportKind::Department)
}

/// `POST /cgi-bin/export/taguser`
pub(super) fn tag_user(call: &mut Call<'_>) -> Reply {
    let id = call.fields().uint("tagid")?.ok_or_else(|| ApiError::of(41017))?;
    tag::readable(call, id)?;
    submit(call, ExportKind::TagUser(id))
}

fn submit(call: &mut Call<'_>, kind: ExportKind) -> Reply {
    let fields = call.fields();
    let key =
        fields.text("encoding_aeskey")?.and_then(Key::parse).ok_or_else(|| ApiError::unusable("encoding_aeskey"))?;
    let block_size = fields.uint("block_size")?.unwrap_or(*BLOCK_SIZE.end());
    if !BLOCK_SIZE.contains(&block_size) {
        return Err(ApiError::unusable("block_size"));
    }
    let rows = match kind {
        ExportKind::Department => call.corp.tree.len(),
        ExportKind::SimpleUser | ExportKind::User => call.corp.members.len(),
        ExportKind::TagUser(id) => call.corp.tags.get(&id).map_or(0, |tag| tag.users.len() + tag.departments.len()),
    };
    let speed = call.at.export_speed;
    let begins_ms = call.at.now_ms.saturating_add(speed.start_ms);
    // Saturates, like every conversion from a float.
    let takes_ms = (rows as f64 * 1000.0 / speed.rows_per_second.max(0.001)).ceil() as u64;
    let id = call.at.id("jobid_", 5);
    call.corp.exports.add(Export {
        id: id.as_str().into(),
        kind,
        holder: call.holder,
        key,
        block_size: block_size as usize,
        begins_ms,
        ends_ms: begins_ms.saturating_add(takes_ms),
        files: None,
        given_ms: 0,
    });
    success(&Submitted { errcode: 0, errmsg: "ok", jobid: &id })
}

/// `GET /cgi-bin/export/get_result`: only for whoever submitted the job.
pub(super) fn result(call: &mut Call<'_>) -> Reply {
    let id = call.query.get("jobid").unwrap_or_default();
    let (now_ms, base_url) = (call.at.now_ms, call.at.base_url);
    let export = call.corp.exports.find_mut(id).filter(|export| export.holder == call.holder);
    let export = export.ok_or_else(|| ApiError::of(40088))?;
    let status = export.status(now_ms);
    let mut data_list = Vec::new();
    if let Some(Some(files)) = &export.files {
        export.given_ms = now_ms;
        data_list.extend(files.iter().enumerate().map(|(part, file)| Data {
            url: format!("{base_url}/export/{id}/part-{}", part + 1),
            size: file.bytes.len(),
            md5: file.md5.clone(),
        }));
    }
    success(&Progress { errcode: 0, errmsg: "ok", status, data_list })
}

/// Writes the files of a job as things are now; nothing when it cannot be done any more.
pub(crate) fn write(corp: &Corp, export: &Export) -> Option<Vec<File>> {
    corp.secret_of(export.holder)?;
    let view = View::of(corp, export.holder);
    let members = || corp.members.onwards_from(Bound::Unbounded).filter(|(_, key, member)| view.member(*key, member));
    let texts = match export.kind {
        ExportKind::SimpleUser => {
            let row = |member: &Member| json(&member_read::ShortRow::new(member, view));
            blocks("userlist", members().map(|(_, _, member)| row(member)), export.block_size)
        }
        ExportKind::User => {
            let row = |member: &Member| json(&member_read::Row::new(corp, member, view));
            blocks("userlist", members().map(|(_, _, member)| row(member)), export.block_size)
        }
        ExportKind::Department => {
            let ids = view.departments();
            let nodes = ids.iter().filter_map(|id| corp.tree.get(*id));
            blocks(
                "department",
                nodes.map(|node| json(&department_read::Row::new(corp, node, view))),
                export.block_size,
            )
        }
        ExportKind::TagUser(id) => tag::blocks(corp, view, corp.tags.get(&id)?, export.block_size),
    };
    let file = |text: Vec<u8>| {
        let bytes = export.key.encrypt(&text);
        File { md5: hex(&Md5::digest(&bytes)), bytes: bytes.into() }
    };
    Some(texts.into_iter().map(file).collect())
}

fn json(row: &impl Serialize) -> Option<String> {
    serde_json::to_string(row).ok()
}

/// A document of one list for every so many rows; one document at least.
fn blocks(name: &str, rows: impl Iterator<Item = Option<String>>, size: usize) -> Vec<Vec<u8>> {
    let open = format!("{{\"{name}\":[");
    let mut done = Vec::new();
    let mut text = open.clone();
    let mut count = 0;
    for row in rows.flatten() {
        if count == size {
            text.push_str("]}");
            done.push(std::mem::replace(&mut text, open.clone()).into_bytes());
            count = 0;
        }
        if count > 0 {
            text.push(',');
        }
        text.push_str(&row);
        count += 1;
    }
    text.push_str("]}");
    done.push(text.into_bytes());
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_so_many_rows_and_an_empty_list_is_a_file_too() {
        let texts = |rows: &[&str], size| -> Vec<String> {
            let rows = rows.iter().map(|row| Some((*row).to_owned()));
            let texts = blocks("userlist", rows, size).into_iter();
            texts.map(|text| String::from_utf8(text).expect("a text")).collect()
        };
        assert_eq!(texts(&["1", "2", "3"], 2), [r#"{"userlist":[1,2]}"#, r#"{"userlist":[3]}"#]);
        assert_eq!(texts(&["1", "2"], 2), [r#"{"userlist":[1,2]}"#]);
        assert_eq!(texts(&[], 2), [r#"{"userlist":[]}"#]);
    }
}
