//! Files that are uploaded: what is in them is said before anything happens, their import goes through the gate as any other,
//! and what is broken changes nothing.

use std::{io::Write as _, path::PathBuf, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request},
};
use idflow::{
    app::{Caller, caller::Role, uploads::MOST_FILES},
    model::id::Tenant,
};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    directory::{Desk, ask, good, refused, run, urlencoded},
    support::{House, house::BEGIN},
};

async fn send(router: &Router, name: &str, bytes: &[u8]) -> (u16, String, Value) {
    let path = format!("/directory/uploads?name={}", urlencoded(name));
    let request = Request::builder().method(Method::POST).uri(path).body(Body::from(bytes.to_vec()));
    let answer = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, String::new(), serde_json::from_slice(&bytes).unwrap_or_default())
}

pub(super) async fn post(router: &Router, path: &str, body: Value) -> (u16, String, Value) {
    ask(router, Method::POST, path, &body, "").await
}

/// Uploads a file and gives the path of it.
pub(super) async fn uploaded(router: &Router, name: &str, bytes: &[u8]) -> String {
    let upload = good(send(router, name, bytes).await);
    format!("/directory/uploads/{}", upload["id"].as_str().expect("an id"))
}

/// Imports a file and gives the run once it is over or held.
pub(super) async fn imported(desk: &Desk, router: &Router, path: &str, body: Value) -> Value {
    let started = good(post(router, &format!("{path}/import"), body).await);
    let id = started["run"].as_str().expect("an id").to_string();
    desk.shared.app.engine().wait(id.parse().expect("an id")).await.expect("it ends");
    good(ask(router, Method::GET, &format!("/runs/{id}"), &Value::Null, "").await)
}

pub(super) async fn people(router: &Router) -> Vec<Value> {
    let found = good(ask(router, Method::GET, "/directory/objects?kind=user", &Value::Null, "").await);
    found["items"].as_array().expect("people").clone()
}

pub(super) fn codes(list: &Value) -> Vec<&str> {
    list.as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["code"].as_str().or(one["issue"]["code"].as_str()))
        .collect()
}

/// A personnel file as people send it: a title, a blank row, headers in the third, a second sheet that is hidden.
fn roster(departments: &[&str]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("花名册").expect("a name");
    sheet.merge_range(0, 0, 0, 5, "2026 年 3 月花名册", &Format::new()).expect("merged");
    for (column, header) in (0..).zip(["*工号（必填）", "姓名", "联系电话", "部门路径", "员工状态", "备注"])
    {
        sheet.write_string(2, column, header).expect("written");
    }
    for (row, department) in (3..).zip(departments) {
        sheet.write_number(row, 0, f64::from(row + 10)).expect("written");
        sheet.write_string(row, 1, format!("张{row}\n伟")).expect("written");
        sheet.write_number(row, 2, 13_800_138_000.0 + f64::from(row)).expect("written");
        sheet.write_string(row, 3, *department).expect("written");
        sheet.write_string(row, 4, if row == 4 { "长期病假" } else { "在职" }).expect("written");
        sheet.write_formula(row, 5, Formula::new("=1+1").set_result("2")).expect("written");
    }
    let hidden = book.add_worksheet();
    hidden.set_name("旧").expect("a name").set_hidden(true);
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn departments_that_are_to_be_made_are_counted_with_those_above_them() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let rows = "工号,姓名,登录名,所属部门\n1,张伟,zhang.wei,甲/乙/丙\n2,李娜,li.na,甲/乙\n";
        let file = uploaded(&owner, "部门.csv", rows.as_bytes()).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({})).await);
        let fields: Vec<&Value> =
            look["columns"].as_array().expect("columns").iter().map(|one| &one["field"]).collect();
        assert_eq!(fields, ["external_id", "name", "username", "departments"], "{look}");
        // Each level is made: the number that is promised is the number that the plan has.
        assert_eq!(look["missing_departments"], json!(["/甲", "/甲/乙", "/甲/乙/丙"]));
        assert_eq!(look["missing_departments_total"], 3);
        let create = json!({"by": "path", "separator": "/", "create": true});
        let plan = imported(&desk, &owner, &file, json!({"plan": true, "departments": create})).await;
        assert_eq!(plan["planned"]["department"]["create"], 3, "{plan}");
    });
}

#[test]
fn a_personnel_file_is_looked_at_planned_and_imported_and_the_next_one_by_the_same_mapping() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let file = uploaded(&owner, "三月.xlsx", &roster(&["总部/研发部", "总部/研发部/前端组", "总部"])).await;
        let shown = good(ask(&owner, Method::GET, &file, &Value::Null, "").await);
        assert_eq!((&shown["format"], &shown["sheets"][1]["hidden"]), (&json!("xlsx"), &json!(true)));

        let look = good(post(&owner, &format!("{file}/preview"), json!({})).await);
        assert_eq!((&look["sheet"], &look["header_row"], &look["total"]), (&json!("花名册"), &json!(3), &json!(3)));
        let fields: Vec<&Value> =
            look["columns"].as_array().expect("columns").iter().map(|one| &one["field"]).collect();
        let wanted = ["external_id", "name", "mobile", "departments", "status"];
        assert_eq!(fields[..5].iter().map(|one| one.as_str()).collect::<Vec<_>>(), wanted.map(Some), "{look}");
        assert_eq!(look["departments"], json!({"by": "path", "separator": "/", "create": false}));
        // Nothing is there yet: each department is named once, with its row.
        assert_eq!(look["missing_departments"], json!(["/总部", "/总部/研发部", "/总部/研发部/前端组"]));
        assert_eq!(look["rows_with_findings"][0]["row"], 4, "{look}");
        assert_eq!(look["rows"][0]["cells"][2], "138****8003", "a number is shown in part: {look}");
        let said = codes(&look["problems"]);
        assert!(said.contains(&"department_path_unknown") && said.contains(&"enabled_invalid"), "{look}");
        let noted = codes(&look["notes"]);
        for code in ["upload_formulas", "upload_merged", "upload_hidden_sheets"] {
            assert!(noted.contains(&code), "{code} is not in {noted:?}");
        }

        // Without being asked nobody makes departments; a plan changes nothing and leaves the file.
        let plan = imported(&desk, &owner, &file, json!({"plan": true})).await;
        assert_eq!(plan["planned"]["user"]["create"].as_u64().unwrap_or_default(), 0, "{plan}");
        assert_eq!(people(&owner).await, Vec::<Value>::new());
        let states = json!({"长期病假": "disabled"});
        let create = json!({"by": "path", "separator": "/", "create": true});
        let body = json!({"departments": create, "states": states, "workflow": "roster", "name": "花名册"});
        // No columns, no such workflow: what is proposed is kept under that name.
        let done = imported(&desk, &owner, &file, body.clone()).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert_eq!(done["counts"]["user"]["created"], 3, "{done}");
        let there = people(&owner).await;
        let status = |username: &str| {
            let one = there.iter().find(|one| one["username"] == username);
            one.map(|one| one["status"].clone()).unwrap_or_default()
        };
        assert_eq!((status("13"), status("14")), (json!("active"), json!("disabled")));
        // It was imported and is gone.
        refused(post(&owner, &format!("{file}/import"), json!({})).await, 409, "upload_used");
        good(ask(&owner, Method::GET, "/directory/uploads", &Value::Null, "").await);
        refused(ask(&owner, Method::GET, &file, &Value::Null, "").await, 404, "upload_missing");

        // Next month: the headers are known, one step, and a person more.
        let file = uploaded(&owner, "四月.xlsx", &roster(&["总部", "总部/研发部", "总部", "总部/研发部"])).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({"workflow": "roster"})).await);
        // The plan of before was kept under the usual name.
        assert_eq!((&look["workflows"], &look["refused"]), (&json!(["roster", "upload_people"]), &json!(0)), "{look}");
        let done = imported(&desk, &owner, &file, json!({"workflow": "roster"})).await;
        assert_eq!(
            (&done["counts"]["user"]["created"], &done["counts"]["user"]["updated"]),
            (&json!(1), &json!(2)),
            "{done}"
        );
        // What somebody wrote into the workflow by hand is not written over.
        let text = good(ask(&owner, Method::GET, "/workflows/roster/text", &Value::Null, "").await);
        let text = text["text"].as_str().expect("a text").replace("timeout: 1h", "timeout: 2h");
        good(post(&owner, "/workflows", json!({"text": text})).await);
        let file = uploaded(&owner, "五月.xlsx", &roster(&["总部"])).await;
        let columns = json!({"external_id": "*工号（必填）", "name": "姓名", "departments": "部门路径"});
        let body = json!({"workflow": "roster", "columns": columns});
        refused(post(&owner, &format!("{file}/import"), body).await, 409, "upload_workflow_taken");
    });
}

#[test]
fn a_full_list_goes_through_the_gate_and_lost_zeros_are_named() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let list = |rows: std::ops::Range<u32>, name: &dyn Fn(u32) -> String| {
            let mut text = "工号,姓名,部门\n".to_string();
            rows.for_each(|row| text.push_str(&format!("{},人员{row},总部\n", name(row))));
            text.into_bytes()
        };
        let zeros = |row: u32| format!("{row:04}");
        let create = json!({"by": "path", "separator": "/", "create": true});
        let full = json!({"full": true, "departments": create});
        let file = uploaded(&owner, "a.csv", &list(1..41, &zeros)).await;
        assert_eq!(imported(&desk, &owner, &file, full.clone()).await["status"], "succeeded");
        // A third of them is missing: the same limits as for every import.
        let file = uploaded(&owner, "b.csv", &list(1..28, &zeros)).await;
        let held = imported(&desk, &owner, &file, json!({"workflow": "upload_people"})).await;
        assert_eq!(held["status"], "held", "{held}");
        assert_eq!(people(&owner).await.len(), 40);
        let path = format!("/runs/{}", held["run"].as_str().expect("an id"));
        refused(ask(&owner, Method::DELETE, &file, &Value::Null, "").await, 409, "upload_in_use");
        good(post(&owner, &format!("{path}/reject"), json!({})).await);
        // Excel took the zeros: each such number is named, and nobody is made twice.
        let file = uploaded(&owner, "c.csv", &list(1..41, &|row: u32| row.to_string())).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({"workflow": "upload_people"})).await);
        let zero = look["problems"]
            .as_array()
            .expect("problems")
            .iter()
            .find(|one| one["issue"]["code"] == "upload_zeros_lost");
        assert_eq!(zero.map(|one| &one["rows"]), Some(&json!(40)), "{look}");
        refused(
            post(&owner, &format!("{file}/import"), json!({"workflow": "upload_people"})).await,
            422,
            "upload_zeros_lost",
        );
        assert_eq!(people(&owner).await.len(), 40);
        // One that is there with its zeros as well is another one.
        let mut both = list(1..41, &zeros);
        both.extend("1,另一人,总部\n".bytes());
        let file = uploaded(&owner, "d.csv", &both).await;
        assert_eq!(imported(&desk, &owner, &file, json!({"workflow": "upload_people"})).await["status"], "succeeded");
        assert_eq!(people(&owner).await.len(), 41);
    });
}

/// A file that is not the full list says nothing of those who are not in it; whoever it says has left counts as removed.
#[test]
fn a_file_of_some_people_takes_nobody_else_for_a_leaver_and_most_people_out_only_by_approval() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let list = |rows: std::ops::Range<u32>, left: std::ops::Range<u32>| {
            let mut text = "工号,姓名,部门,在职状态\n".to_string();
            for row in rows {
                let state = if left.contains(&row) { "离职" } else { "在职" };
                text.push_str(&format!("{row:04},人员{row},总部/组{},{state}\n", row % 3));
            }
            text.into_bytes()
        };
        let create = json!({"by": "path", "separator": "/", "create": true});
        let body = json!({"departments": create});
        let upload = async |name: &str, bytes: Vec<u8>, body: Value| {
            let file = uploaded(&owner, name, &bytes).await;
            imported(&desk, &owner, &file, body).await
        };
        let active = async || people(&owner).await.iter().filter(|one| one["status"] == "active").count();
        assert_eq!(upload("a.csv", list(1..41, 0..0), body.clone()).await["status"], "succeeded");
        // A new colleague, planned and imported: of the others nothing is said, nor of the departments that he is not in.
        let plan = upload("b.csv", list(41..42, 0..0), json!({"plan": true, "departments": create})).await;
        let done = upload("b.csv", list(41..42, 0..0), body.clone()).await;
        for one in [&plan, &done] {
            let said: Vec<&str> = codes(&one["notices"]).into_iter().chain(codes(&one["why"])).collect();
            let gone = |code: &&str| code.starts_with("leavers_") || *code == "departments_left_behind";
            assert!(!said.iter().any(gone), "{said:?}: {one}");
            assert_eq!(one["part"], true, "{one}");
        }
        assert_eq!((&done["status"], &done["counts"]["user"]["created"]), (&json!("succeeded"), &json!(1)), "{done}");
        assert!(done["counts"]["user"]["skipped"].as_u64().is_none_or(|number| number == 0), "{done}");
        let items = format!("/runs/{}/items?limit=100", done["run"].as_str().expect("an id"));
        let items = good(ask(&owner, Method::GET, &items, &Value::Null, "").await);
        let outcomes = |word: &str| {
            items["items"].as_array().expect("items").iter().filter(|item| item["outcome"] == word).count()
        };
        assert_eq!((outcomes("skipped"), active().await), (0, 41), "{items}");
        // Somebody leaves by a word: a file with nobody else in it is no empty one.
        let one = upload("c.csv", list(1..2, 1..2), body.clone()).await;
        assert_eq!((&one["status"], active().await), (&json!("succeeded"), 40), "{one}");
        // All but one leave by a word: beyond the limit nobody does without an approval.
        let most = upload("d.csv", list(2..42, 3..42), body.clone()).await;
        let said: Vec<&str> = codes(&most["notices"]).into_iter().chain(codes(&most["why"])).collect();
        assert!(said.contains(&"removals_waiting"), "{most}");
        assert_eq!(active().await, 40, "{most}");
        // The next part is about others: those removals go on waiting.
        assert_eq!(upload("e.csv", list(42..43, 0..0), body).await["status"], "succeeded");
        let waiting = good(ask(&owner, Method::GET, "/removals?state=waiting", &Value::Null, "").await);
        assert_eq!(waiting["items"].as_array().map(Vec::len), Some(39), "{waiting}");
    });
}

#[test]
fn what_is_shown_before_an_import_is_of_the_version_that_imports() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let rows = "工号,姓名,登录名,所属部门\n1,张伟,zhang.wei,甲\n2,李娜,li.na,甲\n";
        let create = json!({"by": "path", "separator": "/", "create": true});
        let first = uploaded(&owner, "一.csv", rows.as_bytes()).await;
        imported(&desk, &owner, &first, json!({"departments": create, "workflow": "roster"})).await;
        // Somebody saves another version, and nobody makes it live.
        let kept = good(ask(&owner, Method::GET, "/workflows/roster/text", &Value::Null, "").await);
        let text = kept["text"].as_str().expect("a text").replace("source_min: 1", "source_min: 2");
        good(post(&owner, "/workflows", json!({"id": "roster", "text": text})).await);
        let next = uploaded(&owner, "二.csv", rows.as_bytes()).await;
        let plan = imported(&desk, &owner, &next, json!({"workflow": "roster", "plan": true})).await;
        let done = imported(&desk, &owner, &next, json!({"workflow": "roster"})).await;
        assert_eq!((&plan["version"], &done["version"]), (&json!(1), &json!(1)), "{plan} {done}");
    });
}

/// A zip archive of these parts.
fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(*name, options).expect("a part");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn what_is_no_table_is_refused_and_leaves_nothing() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let bomb = archive(&[("xl/workbook.xml", vec![b' '; 420 << 20])]);
        assert!(bomb.len() < 2 << 20);
        let whole = roster(&["总部"]);
        for (name, bytes, code) in [
            ("bomb.xlsx", bomb, "upload_grows"),
            ("cut.xlsx", whole[..whole.len() / 2].to_vec(), "upload_unreadable"),
            ("other.xlsx", archive(&[("a", b"b".to_vec())]), "upload_unreadable"),
            ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more".to_vec(), "upload_old_excel"),
            ("nothing.csv", Vec::new(), "upload_empty"),
            ("blank.csv", b"\n,,\n \n".to_vec(), "upload_empty"),
            ("a.pdf", b"%PDF-1.7 x".to_vec(), "not_csv"),
            ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "upload_no_table"),
            ("a.json", br#"[{"name": "x"}]"#.to_vec(), "not_csv"),
            ("a.html", b"<table><tr>".to_vec(), "not_csv"),
        ] {
            let said = refused(send(&owner, name, &bytes).await, 422, code);
            assert!(said["reason"]["zh"].as_str().is_some_and(|text| !text.contains('{')), "{said}");
        }
        let left = good(ask(&owner, Method::GET, "/directory/uploads", &Value::Null, "").await);
        assert_eq!(left["items"], json!([]));
        let shelf: PathBuf = desk.folder.path().join("uploads/default");
        assert_eq!(std::fs::read_dir(&shelf).expect("a folder").count(), 0);

        // What is wrong about a mapping is said with its place, before anything is kept.
        let file = uploaded(&owner, "../../a.csv", "工号,姓名,部门,状态\n1,张,总部,在职\n".as_bytes()).await;
        let import = format!("{file}/import");
        let columns = |entries: Value| json!({"columns": entries});
        let good_ones = json!({"external_id": "工号", "name": "姓名", "departments": "部门"});
        for (body, status, code) in [
            (columns(json!({"external_id": "工号", "name": "姓名"})), 422, "upload_field_missing"),
            (
                columns(json!({"external_id": "工号", "name": "工号", "departments": "部门"})),
                422,
                "upload_column_twice",
            ),
            (columns(json!({"external_id": "x", "name": "姓名", "departments": "部门"})), 422, "upload_column_missing"),
            (json!({"columns": good_ones, "departments": {"separator": "'"}}), 422, "upload_separator"),
            (json!({"columns": good_ones, "states": {"x": "here"}}), 422, "upload_state_wrong"),
            (json!({"columns": good_ones, "workflow": "No Id"}), 422, "workflow_id_wrong"),
            (json!({"sheet": "x"}), 422, "upload_csv_has_no_sheets"),
            (json!({"header_row": 0}), 422, "upload_header_row"),
            (json!({"header_row": 9}), 422, "upload_header_row_blank"),
        ] {
            refused(post(&owner, &import, body).await, status, code);
        }
        let workflows = good(ask(&owner, Method::GET, "/workflows", &Value::Null, "").await);
        assert_eq!(workflows["items"], json!([]));
        // Others see nothing of it: another tenant, somebody who only looks.
        let other = desk.router(Caller::new("west".parse::<Tenant>().expect("an id"), "x", [Role::Owner]));
        refused(ask(&other, Method::GET, &file, &Value::Null, "").await, 404, "upload_missing");
        refused(ask(&desk.role(Role::Viewer), Method::GET, &file, &Value::Null, "").await, 403, "not_permitted");
        refused(
            ask(&owner, Method::GET, "/directory/uploads/..%2Fwest", &Value::Null, "").await,
            404,
            "upload_missing",
        );
        // A day later it is gone.
        desk.clock.advance(Duration::from_secs(24 * 3600));
        refused(ask(&owner, Method::GET, &file, &Value::Null, "").await, 404, "upload_missing");
        assert_eq!(std::fs::read_dir(&shelf).expect("a folder").count(), 0);
    });
}

/// Managers by whom nobody is found are said before the import and by it, and a file by the name that people know.
#[test]
fn managers_who_are_not_found_are_said_beforehand_and_by_the_run() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let rows = "工号,姓名,部门,直属上级\n1,张伟,总部,\n2,李娜,总部,张伟\n3,王芳,总部,Wang Min\n4,刘洋,总部,1\n5,陈静,总部,99\n\
                    6,赵磊,总部,6\n";
        let file = uploaded(&owner, "花名册.csv", rows.as_bytes()).await;
        let create = json!({"departments": {"by": "path", "separator": "/", "create": true}});
        let look = good(post(&owner, &format!("{file}/preview"), create.clone()).await);
        let said: Vec<(u64, Vec<&str>)> = look["rows_with_findings"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| (row["row"].as_u64().expect("a row"), codes(&row["findings"])))
            .collect();
        let by_name = vec!["manager_by_name"];
        let wanted = [(3, by_name.clone()), (4, by_name), (6, vec!["manager_unknown"]), (7, vec!["manager_self"])];
        assert_eq!(said, wanted, "{look}");
        let done = imported(&desk, &owner, &file, create.clone()).await;
        assert_eq!(done["counts"]["user"]["created"], 6, "{done}");
        let told = |code: &str| {
            let notices = done["notices"].as_array().expect("notices").iter();
            notices
                .filter(|notice| notice["code"] == code)
                .map(|notice| notice["reason"].to_string())
                .collect::<String>()
        };
        assert!(told("managers_by_name").contains("2 people"), "{done}");
        assert!(told("values_refused").contains("managers × 2"), "{done}");
        let twice = "工号,姓名,部门,手机,手机\n1,张伟,总部,,\n";
        let file = uploaded(&owner, "两列.csv", twice.as_bytes()).await;
        let (status, _, body) = post(&owner, &format!("{file}/preview"), create).await;
        assert!(
            status == 422 && body.to_string().contains("两列.csv") && !body.to_string().contains("people.csv"),
            "{body}"
        );
    });
}

#[test]
fn what_excel_did_to_values_is_named_row_by_row() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        good(post(&owner, "/directory/objects", json!({"kind": "department", "fields": {"name": "总部"}})).await);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, header) in (0..).zip(["工号", "姓名", "部门", "手机"]) {
            sheet.write_string(0, column, header).expect("written");
        }
        let day = ExcelDateTime::from_ymd(2026, 3, 1).expect("a day");
        let date = Format::new().set_num_format("yyyy-mm-dd");
        for row in 1..7 {
            sheet.write_string(row, 0, format!("A{row}")).expect("written");
            sheet.write_string(row, 1, "张").expect("written");
            if row != 4 {
                sheet.write_string(row, 2, "总部").expect("written");
            }
        }
        sheet.write_datetime_with_format(1, 0, &day, &date).expect("written");
        sheet.write_number(2, 0, 123_456_789_012_345_680.0).expect("written");
        sheet.write_number(3, 3, 1.38e9).expect("written");
        sheet.write_string(5, 0, "A6").expect("written");
        // A sheet whose cells have a colour down to row 50,000 has as many rows, all blank.
        for row in 7..50_000 {
            sheet.write_blank(row, 0, &date).expect("written");
        }
        let file = uploaded(&owner, "x.xlsx", &book.save_to_buffer().expect("a workbook")).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({})).await);
        let said: Vec<(u64, Vec<&str>)> = look["rows_with_findings"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| (row["row"].as_u64().expect("a row"), codes(&row["findings"])))
            .collect();
        assert_eq!(
            said,
            [
                (2, vec!["excel_mangled"]),
                (3, vec!["excel_mangled"]),
                (4, vec!["mobile_invalid"]),
                (5, vec!["department_missing"]),
                (6, vec!["upload_no_contact"]),
                (7, vec!["external_id_duplicate"]),
            ],
            "{look}"
        );
        assert_eq!((&look["total"], &look["refused"]), (&json!(6), &json!(4)));
        assert!(codes(&look["notes"]).contains(&"upload_numbers"), "{look}");
    });
}

/// What the plan refuses, or what comes back next month, is said of its row before anything is imported.
#[test]
fn rows_that_share_a_value_or_lost_zeros_or_reach_nobody_are_said_beforehand() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        good(post(&owner, "/directory/objects", json!({"kind": "department", "fields": {"name": "总部"}})).await);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, header) in (0..).zip(["工号", "姓名", "部门", "手机", "邮箱"]) {
            sheet.write_string(0, column, header).expect("written");
        }
        let rows = [
            ("010071", "张伟", "13800000001", "zhang@example.com"),
            ("010072", "李娜", "138 0000 0001", "li@example.com"),
            ("010073", "王芳", "13800000003", "ZHANG@example.com"),
            ("010074", "刘洋", "", ""),
            ("", "陈静", "13800000005", ""),
        ];
        for (row, (key, name, mobile, email)) in (1..).zip(rows) {
            for (column, cell) in (0..).zip([key, name, "总部", mobile, email]) {
                sheet.write_string(row, column, cell).expect("written");
            }
        }
        sheet.write_number(5, 0, 10_075.0).expect("written");
        let file = uploaded(&owner, "花名册.xlsx", &book.save_to_buffer().expect("a workbook")).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({})).await);
        let said: Vec<(u64, Vec<&str>)> = look["rows_with_findings"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| (row["row"].as_u64().expect("a row"), codes(&row["findings"])))
            .collect();
        let twice = || vec!["upload_value_twice"];
        assert_eq!(
            said,
            [(3, twice()), (4, twice()), (5, vec!["upload_no_contact"]), (6, vec!["upload_number"])],
            "{look}"
        );
        let told = look["problems"].to_string();
        assert!(told.contains("第 2 行（张伟）"), "{told}");
        let note = look["notes"].as_array().expect("notes").iter().find(|note| note["code"] == "upload_numbers");
        assert!(note.is_some_and(|note| note["reason"]["zh"].to_string().contains("第 6 行")), "{look}");
    });
}

/// A department that is 200 levels deep is refused by the preview and by the run, and keeps nobody else out.
#[test]
fn a_path_that_no_store_can_keep_refuses_its_row() {
    let house = House::new();
    house.good(&BEGIN);
    house.good(&["directory", "department", "add", "总部"]);
    let form = house.path("form.csv").display().to_string();
    house.ask(&["--lang", "en", "directory", "form", &form]).expect(0);
    let deep: Vec<String> = (1..=200).map(|level| format!("第{level}层部门")).collect();
    let mut text = std::fs::read_to_string(&form).expect("the form");
    text.push_str("0013,zhang.san,Zhang San,13800000000,,,male,Company/Web,0,,,active\r\n");
    text.push_str(&format!("0014,li.si,Li Si,13800000001,,,male,{},0,,,active\r\n", deep.join("/")));
    std::fs::write(&form, text).expect("filled in");
    let look = house.good(&["directory", "upload", &form, "--create-departments", "--preview"]).to_string();
    assert!(look.contains("department_path_long"), "{look}");
    let run = house.ask(&["directory", "upload", &form, "--create-departments"]).json();
    assert_eq!(run["counts"]["user"]["created"], 1, "{run}");
    let refused = house.items(&run);
    assert!(refused.iter().any(|item| item.to_string().contains("department_path_long")), "{refused:?}");
    let made = house.good(&["directory", "show"]);
    assert_eq!(made["counts"]["department"]["active"], 3, "nothing of the path is made: {made}");
}

/// What is too large is not read to be found so, and a plan is shown and changes nothing.
#[test]
fn a_file_from_the_command_line() {
    let house = House::new();
    house.good(&BEGIN);
    house.good(&["directory", "department", "add", "总部"]);
    for (file, lang) in [("form.xlsx", "zh"), ("form.csv", "en")] {
        let path = house.path(file).display().to_string();
        house.ask(&["--lang", lang, "directory", "form", &path]).expect(0);
        // The example on the second sheet is nobody.
        let look = house.good(&["directory", "upload", &path, "--preview"]);
        let unread: Vec<&Value> =
            look["columns"].as_array().expect("columns").iter().filter(|one| one["field"].is_null()).collect();
        assert_eq!((unread.len(), &look["total"], look["columns"].as_array().map(Vec::len)), (0, &json!(0), Some(12)));
        house.ask(&["directory", "form", &path]).expect(1);
    }
    let form = house.path("form.csv").display().to_string();
    let mut text = std::fs::read_to_string(&form).expect("the form");
    text.push_str("0013,zhang.san,Zhang San,13800000000,,,male,Company/Web,0,,,active\r\n");
    std::fs::write(&form, text).expect("filled in");
    let plan = house.text(&["--lang", "en", "directory", "upload", &form, "--create-departments", "--plan"]).expect(0);
    let next = format!("idflow directory upload {form}");
    for words in ["create", "Zhang San", "Web", next.as_str()] {
        assert!(plan.out.contains(words) || plan.err.contains(words), "{words}: {plan:?}");
    }
    assert!(!plan.out.contains("nothing to change") && !plan.err.contains("idflow run upload_people"), "{plan:?}");
    let deeds = house.good(&["audit", "list"]).to_string();
    assert!(deeds.contains("plan_upload") && !deeds.contains("import_upload"), "a plan is no import: {deeds}");
    assert_eq!(house.good(&["directory", "show"])["counts"]["user"], json!({}));
    house.ask(&["directory", "upload", &form, "--create-departments"]).expect(0);
    let found = house.good(&["directory", "find", "zhang.san"]);
    assert_eq!((&found[0]["employee_no"], &found[0]["gender"]), (&json!("0013"), &json!("male")));
    // Through a server it is the same.
    let server = house.serve();
    let again = house.ask(&["directory", "upload", &form, "--workflow", "upload_people"]).expect(0).json();
    assert_eq!(again["status"], "succeeded_no_change", "{again}");
    server.stop();
    assert!(std::fs::read_dir(house.data().join("uploads/default")).is_ok_and(|left| left.count() <= 2));
    // A file of 64 GB takes no memory and no time; one sheet too many is named with the others.
    let large = house.path("large.csv");
    std::fs::File::create(&large).and_then(|file| file.set_len(1 << 36)).expect("a hole");
    let refused = house.text(&["--lang", "en", "directory", "upload", &large.display().to_string()]).expect(1);
    assert!(refused.err.contains("larger than 200 MB"), "{refused:?}");
    let form = house.path("form.xlsx").display().to_string();
    for options in [&["--sheet", "nope"][..], &["--sheet", "示例", "--header-row", "9"]] {
        let refused = house.text(&[&["--lang", "en", "directory", "upload", &form][..], options].concat()).expect(1);
        assert!(refused.err.contains("人员, 示例"), "{refused:?}");
    }
}

#[test]
fn whoever_comes_over_the_network_reads_no_folder_of_the_server_that_is_not_open() {
    run(async {
        let desk = Desk::new().await;
        let remote = |role: Role| {
            let via = idflow::app::caller::Via::Token("x".into());
            desk.router(Caller { via, ..Caller::new(Tenant::default_tenant(), "far", [role]) })
        };
        let (far, near) = (remote(Role::Owner), desk.role(Role::Owner));
        let elsewhere = tempfile::tempdir().expect("a folder");
        let (own, open) = (desk.folder.path().join("import"), elsewhere.path().join("open"));
        let closed = elsewhere.path().join("closed");
        for folder in [&own, &open, &closed] {
            std::fs::create_dir_all(folder).expect("a folder");
            std::fs::write(folder.join("departments.csv"), "dept_id,parent_id,name\nD1,,Lab\n").expect("written");
            std::fs::write(folder.join("users.csv"), "external_id,userid,name,departments\nE1,ann,Ann,D1\n")
                .expect("written");
        }
        desk.shared.app.open_folders(vec![open.clone()]);
        let import = |folder: PathBuf| json!({"folder": folder.display().to_string(), "plan": true});
        #[cfg(unix)]
        std::os::unix::fs::symlink(&closed, open.join("link")).expect("a link");
        for folder in [
            closed.clone(),
            open.join("../closed"),
            open.join("link"),
            own.join("../.."),
            elsewhere.path().join("opened"),
        ] {
            refused(post(&far, "/directory/import", import(folder)).await, 403, "folder_closed");
        }
        good(post(&far, "/directory/import", import(own.clone())).await);
        // What reads an uploaded file is not run by hand: whoever tries is told where the file goes, and no path of the server.
        let file = uploaded(&near, "花名册.csv", "工号,姓名,部门\n1,张伟,总部\n".as_bytes()).await;
        let create = json!({"by": "path", "separator": "/", "create": true});
        imported(&desk, &near, &file, json!({"departments": create})).await;
        let start = json!({"inputs": {"folder": "/tmp/rosters"}});
        for body in [json!({}), start.clone(), json!({"plan": true, "inputs": start["inputs"]})] {
            let (status, _, said) = post(&far, "/workflows/upload_people/runs", body).await;
            assert_eq!((status, &said["code"]), (409, &json!("upload_not_run")), "{said}");
            assert!(said.to_string().contains("导入人员") && !said.to_string().contains("/tmp/rosters"), "{said}");
        }
        good(post(&far, "/directory/import", import(open.clone())).await);
        good(post(&near, "/directory/import", import(closed.clone())).await);
        // A workflow that reads files is no way around it, nor is a connection.
        let start = |folder: PathBuf| json!({"inputs": {"folder": folder.display().to_string()}, "plan": true});
        refused(post(&far, "/workflows/csv_to_directory/runs", start(closed.clone())).await, 403, "folder_closed");
        good(post(&far, "/workflows/csv_to_directory/runs", start(open.clone())).await);
        let connection = |folder: String| json!({"connector": "csv", "name": "hr", "settings": {"folder": folder}});
        for folder in
            [closed.display().to_string(), ".".into(), "..".into(), open.join("../closed").display().to_string()]
        {
            refused(post(&far, "/connections", connection(folder)).await, 403, "folder_closed");
        }
        good(post(&far, "/connections", connection(open.display().to_string())).await);
        let text = |path: &str, on: &str| {
            format!(
                "dsl: 1\nid: reads\nname: {{zh: 读, en: Read}}\non: {on}\nconnections:\n  hr: {{type: csv, ref: hr}}\nsteps:\n  - \
                 {{id: read, name: {{zh: 读, en: Read}}, uses: csv/read, with: {{path: {path}, key: a, columns: {{a: a}}}}}}\n"
            )
        };
        let manual = "{manual: {inputs: {file: {type: string, required: true}}}}";
        let nightly = "{schedule: [{cron: '0 1 * * *', timezone: UTC}]}";
        for (path, on, right) in [
            ("users.csv", nightly, true),
            ("../closed/users.csv", nightly, false),
            ("/etc/passwd", nightly, false),
            ("'{{inputs.file}}'", manual, true),
        ] {
            good(post(&far, "/workflows", json!({"text": text(path, on)})).await);
            let activated = post(&far, "/workflows/reads/activate", json!({})).await;
            if right {
                drop(good(activated))
            } else {
                drop(refused(activated, 403, "folder_closed"))
            };
        }
        let start = |file: &str| json!({"inputs": {"file": file}});
        refused(post(&far, "/workflows/reads/runs", start("/etc/passwd")).await, 403, "folder_closed");
        refused(post(&far, "/workflows/reads/runs", start("link/users.csv")).await, 403, "folder_closed");
        good(post(&far, "/workflows/reads/runs", start("users.csv")).await);
    });
}

/// The import and its file know of each other, whatever else happens with the file at that moment.
#[test]
fn a_file_is_imported_while_others_plan_it() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        for round in 0..4 {
            let file = uploaded(&owner, "people.csv", "工号,姓名,部门\n1,张伟,总部\n".as_bytes()).await;
            let create = json!({"by": "path", "separator": "/", "create": true});
            let path = format!("{file}/import");
            let plan = || post(&owner, &path, json!({"departments": create, "plan": true}));
            // The mapping is kept by the first of them.
            good(plan().await);
            let import = post(&owner, &path, json!({"departments": create}));
            let (_, _, imported, _, _) = tokio::join!(plan(), plan(), import, plan(), plan());
            let run = good(imported)["run"].clone();
            let (status, _, shown) = ask(&owner, Method::GET, &file, &Value::Null, "").await;
            assert!(status == 404 || shown["run"] == run, "{round}: {shown}");
            refused(
                post(&owner, &path, json!({})).await,
                if status == 404 { 404 } else { 409 },
                match status {
                    404 => "upload_missing",
                    _ => "upload_used",
                },
            );
        }
    });
}

/// Two files at one moment, each by a mapping of its own that is kept under one name: neither is told to try again, and each is
/// read by its own.
#[test]
fn files_that_come_at_one_moment_are_read_by_their_own_mappings() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let departments = json!({"by": "path", "separator": "/", "create": true});
        for round in 0..4 {
            let one = format!("工号,姓名,部门\nA{round},张伟{round},总部\n");
            let two = format!("编号,名字,所在部门\nB{round},李娜{round},总部\n");
            let one = uploaded(&owner, "one.csv", one.as_bytes()).await;
            let two = uploaded(&owner, "two.csv", two.as_bytes()).await;
            let mapping = |key: &str, name: &str, department: &str| {
                let columns = json!({"external_id": key, "name": name, "departments": department});
                json!({"columns": columns, "departments": departments})
            };
            let (one, two) = tokio::join!(
                imported(&desk, &owner, &one, mapping("工号", "姓名", "部门")),
                imported(&desk, &owner, &two, mapping("编号", "名字", "所在部门")),
            );
            for run in [&one, &two] {
                assert_eq!(
                    (&run["status"], &run["counts"]["user"]["created"]),
                    (&json!("succeeded"), &json!(1)),
                    "{run}"
                );
            }
        }
        assert_eq!(people(&owner).await.len(), 8);
    });
}

/// A repetition that waits for a person reads the file of its import again: until that is over the file stays, however old it is.
#[test]
fn a_file_stays_as_long_as_a_repetition_of_its_import_waits() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let path = |create: bool| json!({"by": "path", "separator": "/", "create": create});
        let list = |rows: std::ops::Range<u32>, last: &str| {
            let mut text = "工号,姓名,部门\n".to_string();
            rows.for_each(|row| text.push_str(&format!("{row:04},人员{row},总部\n")));
            (text + last).into_bytes()
        };
        let upload = async |bytes: Vec<u8>, create: bool| {
            let file = uploaded(&owner, "list.csv", &bytes).await;
            let done = imported(&desk, &owner, &file, json!({"departments": path(create), "full": true})).await;
            (file, done)
        };
        let (_, first) = upload(list(1..2, ""), true).await;
        assert_eq!(first["status"], "succeeded", "{first}");
        // Somebody of a department that is not there.
        let (file, partial) = upload(list(1..2, "0002,人员2,不在/这里\n"), false).await;
        assert_eq!(partial["status"], "partial", "{partial}");
        let (_, whole) = upload(list(1..41, ""), true).await;
        assert_eq!(whole["status"], "succeeded", "{whole}");
        // The list is shorter by now than the last one: the repetition waits.
        let retry = format!("/runs/{}/retry", partial["run"].as_str().expect("an id"));
        let again = good(post(&owner, &retry, json!({})).await)["run"].as_str().expect("an id").to_string();
        desk.shared.app.engine().wait(again.parse().expect("an id")).await.expect("it waits");
        let held = good(ask(&owner, Method::GET, &format!("/runs/{again}"), &Value::Null, "").await);
        assert_eq!(held["status"], "held", "{held}");
        // It makes no room for others, either.
        for number in 1..MOST_FILES {
            uploaded(&owner, &format!("{number}.csv"), &list(1..2, "")).await;
        }
        refused(send(&owner, "next.csv", &list(1..2, "")).await, 429, "upload_many");
        desk.clock.advance(Duration::from_secs(2 * 86_400));
        good(ask(&owner, Method::GET, &file, &Value::Null, "").await);
        good(post(&owner, &format!("/runs/{again}/reject"), json!({})).await);
        refused(ask(&owner, Method::GET, &file, &Value::Null, "").await, 404, "upload_missing");
    });
}

/// By a clock that jumped no file is old.
#[test]
fn a_clock_that_jumps_takes_no_file() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        let create = json!({"by": "path", "separator": "/", "create": true});
        let first = uploaded(&owner, "first.csv", "工号,姓名,部门\n1,张伟,总部\n".as_bytes()).await;
        imported(&desk, &owner, &first, json!({"departments": create})).await;
        let file = uploaded(&owner, "people.csv", "工号,姓名,部门\n2,李娜,总部\n".as_bytes()).await;
        desk.clock.advance(Duration::from_secs(500 * 86_400));
        good(ask(&owner, Method::GET, &file, &Value::Null, "").await);
        // A look hours later agrees.
        desk.clock.advance(Duration::from_secs(3 * 3600));
        refused(ask(&owner, Method::GET, &file, &Value::Null, "").await, 404, "upload_missing");
    });
}

const EVERYBODY: &str = "工号,姓名,部门\n1,张伟,总部\n";
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// An installation with a department, which an import has made.
async fn with_a_department() -> (Desk, Router) {
    let desk = Desk::new().await;
    let owner = desk.role(Role::Owner);
    let file = uploaded(&owner, "first.csv", EVERYBODY.as_bytes()).await;
    let create = json!({"by": "path", "separator": "/", "create": true});
    let done = imported(&desk, &owner, &file, json!({"departments": create, "full": true})).await;
    assert_eq!(done["status"], "succeeded", "{done}");
    (desk, owner)
}

/// Imports a file but for somebody whose department is not there, so that it stays; gives its path.
async fn imported_in_part(desk: &Desk, owner: &Router, name: &str) -> String {
    let file = uploaded(owner, name, format!("{EVERYBODY}2,李娜,不在/这里\n").as_bytes()).await;
    let as_it_is = json!({"by": "path", "separator": "/", "create": false});
    let done = imported(desk, owner, &file, json!({"departments": as_it_is, "full": true})).await;
    assert_eq!(done["status"], "partial", "{done}");
    file
}

/// Whether a file is there.
async fn is_there(owner: &Router, file: &str) -> bool {
    match ask(owner, Method::GET, file, &Value::Null, "").await {
        (404, ..) => false,
        found => good(found)["id"].is_string(),
    }
}

/// Where no server runs, and somebody looks once a week, the clock is believed and files go all the same.
#[test]
fn a_file_that_is_looked_at_once_a_week_goes() {
    run(async {
        let (desk, owner) = with_a_department().await;
        let file = imported_in_part(&desk, &owner, "people.csv").await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            desk.clock.advance(WEEK);
            seen.push(is_there(&owner, &file).await);
        }
        assert_eq!(seen, [true, true, false]);
    });
}

/// Whoever brings a file once a week finds none of the last one: what is old goes then without a question.
#[test]
fn a_file_that_comes_a_week_later_takes_the_place_of_the_last_one() {
    run(async {
        let (desk, owner) = with_a_department().await;
        let file = imported_in_part(&desk, &owner, "people.csv").await;
        desk.clock.advance(WEEK);
        let next = imported_in_part(&desk, &owner, "people.csv").await;
        assert_eq!((is_there(&owner, &file).await, is_there(&owner, &next).await), (false, true));
    });
}

/// Of as many files as are kept the oldest whose import is over makes room, once the next one is there.
#[test]
fn the_oldest_file_whose_import_is_over_makes_room() {
    run(async {
        let (desk, owner) = with_a_department().await;
        let waiting = uploaded(&owner, "waiting.csv", EVERYBODY.as_bytes()).await;
        let mut files = Vec::new();
        for number in 1..MOST_FILES {
            desk.clock.advance(Duration::from_secs(1));
            files.push(imported_in_part(&desk, &owner, &format!("{number}.csv")).await);
        }
        let (status, _, why) = send(&owner, "broken.xlsx", b"PK\x03\x04 and nothing more").await;
        assert!(status >= 400 && why["code"] != "upload_many", "{why}");
        assert!(is_there(&owner, &files[0]).await, "it made room for nothing");
        let next = uploaded(&owner, "next.csv", EVERYBODY.as_bytes()).await;
        assert!(!is_there(&owner, &files[0]).await, "it stays for good");
        for file in [&waiting, &files[1], &next] {
            assert!(is_there(&owner, file).await, "{file}");
        }
    });
}

#[test]
fn a_command_whose_files_are_not_there_begins_nothing() {
    let house = House::new();
    let path = |name: &str| house.path(name).display().to_string();
    std::fs::create_dir(house.path("empty")).expect("a folder");
    std::fs::write(house.path("empty/departments.csv"), "dept_id,parent_id,name\n").expect("written");
    let (nothing, empty) = (path("nothing"), path("empty"));
    let (sheet, form) = (path("nothing.xlsx"), path("nothing/form.csv"));
    let secret = format!("secret=file:{}", path("nothing.txt"));
    for command in [
        &["directory", "import", &nothing][..],
        &["directory", "import", &empty],
        &["directory", "upload", &sheet],
        &["directory", "form", &form],
        &["setup", "wecom", "--secret", &secret],
        &["setup", "wecom", "--set", "corp_id"],
    ] {
        let refused = house.ask(command).expect(1);
        let left = std::fs::read_dir(house.data()).map(|files| files.count()).unwrap_or_default();
        assert_eq!(left, 0, "{command:?}: {refused:?}");
    }
}

/// A file that one node took is imported by another one, and lies on no disk and in no entry of the store as it was.
#[test]
fn a_file_that_one_node_took_is_sealed_and_imported_by_another() {
    use idflow::{
        app::{App, Settings},
        contract::upload::UploadImport,
        engine::clock::ManualClock,
        store::{Store, location::Location, memory::MemoryStore},
    };
    run(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store: Store = std::sync::Arc::new(MemoryStore::default());
        let clock = std::sync::Arc::new(ManualClock::at(1_772_409_600_000));
        let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("another")];
        let mut nodes = Vec::new();
        for folder in &folders {
            let settings = Settings {
                data_dir: folder.path().to_path_buf(),
                store: Location::Memory,
                master_key: Some("11".repeat(32)),
                clock: clock.clone(),
                disk_floor: 0,
                at_work: None,
            };
            nodes.push(App::over(store.clone(), settings).await.expect("a node"));
        }
        let caller = Caller::local(Tenant::default_tenant(), "anna");
        // Longer than a piece, and its end is not that of one.
        let mut text = String::from("工号,姓名,部门\n");
        for number in 0..8_000 {
            text.push_str(&format!("U{number:05},Sealed Person {number:05},总部\n"));
        }
        let pieces: Vec<Result<axum::body::Bytes, std::io::Error>> =
            text.as_bytes().chunks(10_000).map(|piece| Ok(axum::body::Bytes::copy_from_slice(piece))).collect();
        let taken = nodes[0].desk(&caller).upload("people.csv", futures::stream::iter(pieces)).await.expect("taken");
        assert_eq!(taken.bytes, text.len() as u64);
        let everything = async || store.scan(vec![0], vec![0xff], usize::MAX, false).await.expect("read");
        let secret = |bytes: &[u8]| bytes.windows(13).any(|part| part == b"Sealed Person");
        assert!(everything().await.iter().all(|(_, value)| !secret(value)), "sealed in the store");
        for folder in &folders {
            let left = std::fs::read_dir(folder.path().join("uploads/default")).map_or(0, Iterator::count);
            assert_eq!(left, 0, "nothing is left on disk");
        }
        // The other node plans it, which keeps the rows for the run, and these are sealed, too.
        let plan: UploadImport =
            serde_json::from_value(json!({"plan": true, "departments": {"create": true}})).expect("an import");
        let planned = nodes[1].desk(&caller).import_upload(&taken.id, plan).await.expect("planned");
        let planned = planned.run.parse().expect("an id");
        nodes[1].engine().wait(planned).await.expect("it ends");
        let shown = nodes[0].desk(&caller).run(planned, false).await.expect("a run");
        let shown = serde_json::to_value(shown).expect("JSON");
        assert_ne!(shown["status"], "failed", "{shown}");
        assert!(
            shown.to_string().contains("8000") || shown.to_string().contains("8001"),
            "everybody was read: {shown}"
        );
        for (key, value) in everything().await {
            assert!(key.first() != Some(&b'4') || !secret(&value), "the rows are sealed");
        }
        for folder in &folders {
            let left = std::fs::read_dir(folder.path().join("uploads/default")).map_or(0, Iterator::count);
            assert_eq!(left, 0, "nothing is left on disk after a run");
        }
        // By the tenant's settings it stays for three days, and then nothing of it is left.
        let kept = serde_json::from_value(json!({"uploads_days": 3})).expect("settings");
        nodes[0].set_retention("default", &kept).await.expect("set");
        clock.advance(Duration::from_secs(2 * 86_400));
        nodes[1].sweep_uploads().await.expect("swept");
        nodes[1].desk(&caller).show_upload(&taken.id).await.expect("it is still there");
        clock.advance(Duration::from_secs(86_400));
        nodes[0].sweep_uploads().await.expect("swept");
        assert!(nodes[1].desk(&caller).show_upload(&taken.id).await.is_err());
        assert!(
            everything().await.iter().all(|(key, _)| !matches!(key.first(), Some(b'3' | b'4'))),
            "no piece is left"
        );
    });
}
