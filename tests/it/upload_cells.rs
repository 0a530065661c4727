//! Cells of workbooks that are not what they look like: formulas that nobody computed, zeros that only a format shows.

use std::io::{Cursor, Read as _, Write as _};

use idflow::app::caller::Role;
use rust_xlsxwriter::{Format, Formula, Workbook};
use serde_json::{Value, json};

use super::{
    directory::{Desk, good, run},
    uploads::{codes, imported, people, post, uploaded},
};

/// A workbook whose formulas have no values, as programs write it that compute nothing.
fn uncomputed(book: &[u8]) -> Vec<u8> {
    let mut parts = zip::ZipArchive::new(Cursor::new(book)).expect("a workbook");
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..parts.len() {
        let mut part = parts.by_index(place).expect("a part");
        let (name, mut bytes) = (part.name().expect("a name").into_owned(), Vec::new());
        part.read_to_end(&mut bytes).expect("read");
        if name == "xl/worksheets/sheet1.xml" {
            let text = String::from_utf8(bytes).expect("text");
            assert!(text.contains("</f><v>0</v>"), "{text}");
            bytes = text.replacen("</f><v>0</v>", "</f><v></v>", 1).replace("</f><v>0</v>", "</f>").into_bytes();
        }
        out.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        out.write_all(&bytes).expect("written");
    }
    out.finish().expect("an archive").into_inner()
}

/// A workbook with these headers and rows; what begins with `=` is a formula.
fn book(headers: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(std::iter::once(&headers).chain(rows)) {
        for (column, cell) in (0..).zip(*cells) {
            match cell.starts_with('=') {
                true => sheet.write_formula(row, column, Formula::new(*cell)).expect("written"),
                false => sheet.write_string(row, column, *cell).expect("written"),
            };
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn of<'p>(people: &'p [Value], username: &str) -> &'p Value {
    people
        .iter()
        .find(|person| person["username"] == username.to_uppercase())
        .unwrap_or_else(|| panic!("{username}: {people:?}"))
}

#[test]
fn a_formula_that_nobody_computed_is_no_blank() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        good(post(&owner, "/directory/objects", json!({"kind": "department", "fields": {"name": "总部"}})).await);
        let headers = ["工号", "姓名", "部门", "职务", "状态"];
        let first = book(&headers, &[&["A1", "张伟", "总部", "经理", "停用"], &["A2", "李娜", "总部", "经理", "在职"]]);
        imported(&desk, &owner, &uploaded(&owner, "a.xlsx", &first).await, json!({})).await;
        assert_eq!(of(&people(&owner).await, "a1")["status"], "disabled");
        let next =
            book(&headers, &[&["A1", "张伟", "总部", "经理", "=E1&\"\""], &["A2", "李娜", "总部", "=E1&\"\"", "在职"]]);
        let file = uploaded(&owner, "b.xlsx", &uncomputed(&next)).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({})).await);
        assert_eq!(look["refused"], 1, "{look}");
        let started = good(post(&owner, &format!("{file}/import"), json!({})).await);
        assert!(codes(&started["notes"]).contains(&"upload_formulas"), "{started}");
        let id = started["run"].as_str().expect("an id").parse().expect("an id");
        desk.shared.app.engine().wait(id).await.expect("it ends");
        let all = people(&owner).await;
        assert_eq!(of(&all, "a1")["status"], "disabled", "nobody comes back by a formula");
        assert_eq!(of(&all, "a2")["title"], "经理", "nothing is cleared by a formula");
    });
}

#[test]
fn zeros_that_a_format_shows_are_part_of_a_number() {
    run(async {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        good(post(&owner, "/directory/objects", json!({"kind": "department", "fields": {"name": "总部"}})).await);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, header) in (0..).zip(["工号", "姓名", "部门"]) {
            sheet.write_string(0, column, header).expect("written");
        }
        let format = Format::new().set_num_format("00000000");
        for row in 1..4_u32 {
            sheet.write_number_with_format(row, 0, f64::from(1000 + row), &format).expect("written");
            sheet.write_string(row, 1, format!("人员{row}")).expect("written");
            sheet.write_string(row, 2, "总部").expect("written");
        }
        let file = uploaded(&owner, "c.xlsx", &book.save_to_buffer().expect("a workbook")).await;
        let look = good(post(&owner, &format!("{file}/preview"), json!({})).await);
        assert!(!codes(&look["notes"]).contains(&"upload_numbers"), "{look}");
        imported(&desk, &owner, &file, json!({})).await;
        let all = people(&owner).await;
        let mut names: Vec<&str> = all.iter().filter_map(|person| person["username"].as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["00001001", "00001002", "00001003"]);
    });
}
