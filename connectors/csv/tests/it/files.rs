//! What becomes of a file as a whole: found, recognised, complete.

use idflow_sdk::{Call, ErrorKind, Kind, ObjectCall, Params, Record};
use serde_json::json;

use crate::support::{connection, context, departments, people, read, read_bytes, try_read};

const HEADER: &str = "external_id,userid,name,departments\n";

#[tokio::test]
async fn files_that_are_no_roster() {
    let header_only_bom = "\u{feff}\n";
    for (bytes, code) in [
        (&b""[..], "file_empty"),
        (b"\n\r\n , \n", "file_empty"),
        (header_only_bom.as_bytes(), "file_empty"),
        (b"PK\x03\x04\x14\0", "not_csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_csv"),
        (b"%PDF-1.7", "not_csv"),
        (b"\xff\xfe\0\0i\0\0\0d\0\0\0", "not_csv"),
        (b"\0\0\xfe\xff\0\0\0i\0\0\0d", "not_csv"),
        (b"\xef\xbb\xbf\n <html>", "not_csv"),
        (b"{\"users\": []}", "not_csv"),
        (b"[\n {\"id\": 1}]", "not_csv"),
        (b"PKID,userid,name,departments\n", "header_missing_column"),
        (b"a\n", "header_missing_column"),
        (b"external_id,userid,name,departments,Name \n", "header_duplicate_column"),
        (b"external_id,userid,name,departments,x,x\n", "header_duplicate_column"),
        (b"external_id,userid,\"name,departments\n1,2,3,4\n", "file_truncated"),
        (b"external_id,\"user\"id,name,departments\n", "row_quotes"),
        (b"external_id,userid,name\xff,departments\xff\xff\n", "encoding_invalid_bytes"),
    ] {
        let error = read_bytes("users.csv", bytes, people()).await.unwrap_err();
        assert_eq!((&*error.problem.code, error.kind), (code, ErrorKind::Invalid), "{bytes:?}");
    }
}

#[tokio::test]
async fn missing_columns_are_all_named() {
    let error = read_bytes("users.csv", b"external_id,Position,mobile\n1,2,3\n", people()).await.unwrap_err();
    assert_eq!(
        error.problem.get("columns"),
        Some("departments (departments, 部门); name (name, 姓名); userid (userid, 账号, 帐号)")
    );
    assert_eq!(error.problem.get("found"), Some("external_id, Position, mobile"));
    let error = read_bytes("departments.csv", b"dept_id,name\n", departments()).await.unwrap_err();
    assert_eq!(error.problem.get("columns"), Some("parent_id (parent_id)"), "may be blank, must be there");
}

#[tokio::test]
async fn headers_compare_without_case_and_blanks() {
    let done = read("\u{3000}External_ID ,USERID\u{200b},姓名,\u{200b}Departments,,\n1,a,x,1,,\n", people()).await;
    assert_eq!(done.record("1")["name"], "x");
    assert!(done.notices().is_empty(), "columns without a header are not worth telling");
    let both = read("external_id,userid,姓名,name,departments\n1,a,x,y,1\n", people()).await;
    assert_eq!(both.record("1")["name"], "y", "the first accepted header counts");
    assert_eq!(both.summary.notices[0].get("columns"), Some("姓名"));
}

#[tokio::test]
async fn other_separators() {
    for (separator, shown) in [(";", ";"), ("\t", "TAB")] {
        let mut with = people();
        with["lists"]["departments"] = json!("/");
        let done =
            read(&format!("{HEADER}1,a,\"x,y\",1/2\n").replace("\"x,y\"", "x|y").replace(',', separator), with).await;
        assert_eq!(done.record("1")["departments"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            (done.notices(), done.summary.notices[0].get("separator")),
            (vec!["separator_guessed"], Some(shown))
        );
    }
}

#[tokio::test]
async fn a_header_alone_is_complete() {
    let done = read(HEADER, people()).await;
    assert!(done.objects.is_empty() && done.summary.complete);
}

#[tokio::test]
async fn a_file_cut_short_is_incomplete() {
    for (rows, incomplete, objects) in [
        ("1,a,x,1", None, 1),
        ("1,a,x,1\n", None, 1),
        ("1,a,x,1\n2,b,y\n", None, 2),
        ("1,a,x,1\n2,b,y", Some("file_truncated"), 2),
        ("1,a,x,1\n2", Some("file_truncated"), 2),
        // As many fields as ever, and the last value is none.
        ("1,a,x,1\n2,b,y,#N", None, 2),
        ("1,a,x,1\n2,b,y,#N/A", Some("file_truncated"), 2),
        ("1,a,x,1\n2,b,y,#N/A\n", None, 2),
        ("1,a,x,1\n2,b,,1", Some("file_truncated"), 2),
        ("1,a,x,1\n2,b,\"y", Some("file_truncated"), 2),
        ("1,a,x,1\n2,b,\"y,1\n3,c,z,1\n4,d,w,1\n", Some("file_truncated"), 2),
        (",a,x,1\n2,b,\"y,1\n", Some("file_truncated"), 2),
        ("1,a,x,1\n\"2", Some("file_truncated"), 2),
        ("1,a,\"x,1\n2,b,\"y\",1\n", Some("row_quotes"), 1),
        ("1,a,\"x,1\n2,b,\"\",1\n3,c,\"z\",1\n", Some("row_quotes"), 1),
        ("1,a,\"x,1\n2,b,\",\",1\n", Some("file_truncated"), 1),
    ] {
        let done = read(&format!("{HEADER}{rows}"), people()).await;
        assert_eq!((done.incomplete(), done.objects.len()), (incomplete, objects), "{rows:?}");
    }
    let cut = read(&format!("{HEADER}1,a,x,1\n2"), people()).await;
    assert_eq!(cut.keys(), ["1", ""], "half a key is none");
}

/// Where the file ended with a line end the last time, a last line without one is cut off whatever it holds.
#[tokio::test]
async fn a_line_end_that_was_there_the_last_time_is_missed() {
    for (rows, refused, keys) in [
        ("1,a,x,1\n2,b,y,1\n", vec![], vec!["1", "2"]),
        ("1,a,x,1\n2,b,y,1", vec!["2 line_end_missing"], vec!["1", "2"]),
        ("1,a,x,1\n2,b,y", vec!["2 row_shape"], vec!["1", "2"]),
        ("1,a,x,1\n ", vec![" row_shape"], vec!["1", ""]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users.csv"), format!("{HEADER}{rows}")).unwrap();
        let mut with = people();
        with["path"] = json!("users.csv");
        let params = crate::support::params(&with);
        let request = idflow_sdk::ReadRequest { action: idflow_csv::SPEC.action("read").unwrap(), params };
        let mut reader = connection(folder.path()).read(&context(), request).await.unwrap();
        reader.expect_line_end();
        let mut objects = Vec::new();
        while let Some(page) = reader.next().await.unwrap() {
            objects.extend(page.objects);
        }
        let summary = reader.summary();
        assert_eq!(summary.complete, refused.is_empty(), "{rows:?}");
        assert_eq!(matches!(summary.ending, Some(idflow_sdk::Ending::Line)), refused.is_empty(), "{rows:?}");
        summary.incomplete_because.iter().for_each(crate::support::worded);
        let said: Vec<String> = objects
            .iter()
            .filter_map(|object| Some(format!("{} {}", object.key, object.refused.as_ref()?.code)))
            .collect();
        assert_eq!(said, refused, "{rows:?}");
        assert_eq!(objects.iter().map(|object| &*object.key).collect::<Vec<_>>(), keys, "{rows:?}");
    }
}

#[tokio::test]
async fn a_part_of_a_list_says_so() {
    let mut with = people();
    with["partial"] = json!(true);
    let done = read(&format!("{HEADER}1,a,x,1\n"), with).await;
    assert!(done.summary.complete);
    assert_eq!(done.summary.part, Some(idflow_sdk::Part { output: "rows", gone: Vec::new() }));
    assert_eq!(read(&format!("{HEADER}1,a,x,1\n"), people()).await.summary.part, None);
}

#[tokio::test]
async fn paths() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("hr")).unwrap();
    std::fs::write(folder.path().join("hr/staff.csv"), format!("{HEADER}1,a,x,1\n")).unwrap();
    let read = async |path: &str| {
        let mut with = people();
        with["path"] = json!(path);
        try_read(folder.path(), &with, None).await
    };
    assert_eq!(read("hr/staff.csv").await.unwrap().objects[0].at.as_deref(), Some("staff.csv:2"));
    let absolute = folder.path().join("hr/staff.csv");
    assert_eq!(read(&absolute.display().to_string()).await.unwrap().objects.len(), 1);
    for (path, code, kind) in [
        ("hr/none.csv", "file_not_found", ErrorKind::NotFound),
        ("hr", "file_is_folder", ErrorKind::Configuration),
        ("", "csv_parameter_missing", ErrorKind::Configuration),
    ] {
        let error = read(path).await.unwrap_err();
        assert_eq!((&*error.problem.code, error.kind), (code, kind));
    }
}

#[tokio::test]
async fn wrong_parameters_stop_the_read() {
    let mut with = people();
    with["encoding"] = json!("latin-1");
    let error = read_bytes("users.csv", HEADER.as_bytes(), with).await.unwrap_err();
    assert_eq!((&*error.problem.code, error.kind), ("csv_parameter", ErrorKind::Configuration));
}

#[tokio::test]
async fn a_file_written_to_meanwhile_is_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    std::fs::write(&path, format!("{HEADER}1,a,x,1\n")).unwrap();
    let mut with = people();
    with["path"] = json!("users.csv");
    let request = idflow_sdk::ReadRequest {
        action: idflow_csv::SPEC.action("read").unwrap(),
        params: crate::support::params(&with),
    };
    let mut reader = connection(folder.path()).read(&context(), request).await.unwrap();
    std::fs::write(&path, format!("{HEADER}1,a,x,1\n2,b,y,1\n")).unwrap();
    while reader.next().await.unwrap().is_some() {}
    assert_eq!(
        reader.summary().incomplete_because.map(|problem| problem.code.into_owned()),
        Some("file_changed".into())
    );
}

#[tokio::test]
async fn the_folder_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (path, code) in [
        (folder.path().to_path_buf(), None),
        (std::path::PathBuf::new(), None),
        (folder.path().join("none"), Some("folder_not_found")),
        (file, Some("folder_is_file")),
    ] {
        let report = connection(&path).check(&context()).await;
        let problem = report.findings[0].problem.clone();
        problem.iter().for_each(crate::support::worded);
        assert_eq!(problem.as_ref().map(|problem| &*problem.code), code);
        assert_eq!(report.capabilities["read_files"], code.is_none());
    }
}

#[tokio::test]
async fn files_are_not_written() {
    let connection = connection(std::path::Path::new(""));
    let context = context();
    let record = Record::new();
    let (action, params) = (connection.spec().actions[0], Params::default());
    let call = Call { action, params: &params, objects: vec![ObjectCall { key: "1", record: &record }] };
    let answers = connection.apply(&context, call).await;
    assert_eq!(answers.len(), 1);
    let mut errors = vec![answers.into_iter().next().unwrap().unwrap_err()];
    errors.push(connection.snapshot(&context, Kind::Row).await.unwrap_err());
    errors.push(connection.details(&context, Kind::Row, &["1"]).await.unwrap_err());
    errors.push(connection.lookup(&context, Kind::Row, "1").await.unwrap_err());
    for error in errors {
        assert_eq!((error.kind, &*error.problem.code), (ErrorKind::Unsupported, "csv_read_only"));
    }
    let problem = connection.conform(Kind::Row, &mut Record::new(), true, &mut Vec::new()).unwrap_err();
    assert_eq!(problem.code, "csv_read_only");
}
