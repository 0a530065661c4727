//! What becomes of one row: repaired, warned about, refused, left out.

use std::sync::Arc;

use idflow_sdk::{Predicate, Problem, Record};
use serde_json::{Value as Json, json};

use crate::support::{as_json, departments, people, read, read_bytes, read_where};

#[tokio::test]
async fn a_row_becomes_an_object() {
    let done = read(
        "external_id,userid,name,mobile,departments,is_leader,manager,enabled,hire_date\n\
         0140,u1, 孙丽 ,+86 15498000015,110; 120;110,1;0;1,,0,2024-03-05\n",
        people(),
    )
    .await;
    assert_eq!(done.objects[0].at.as_deref(), Some("users.csv:2"));
    assert_eq!(
        done.record("0140"),
        json!({
            "external_id": "0140", "userid": "u1", "name": "孙丽", "mobile": "+86 15498000015",
            "departments": [{"department": "110", "leader": true}, {"department": "120", "leader": false}],
            "is_leader": "1;0;1", "manager": [], "status": "disabled",
        }),
        "columns that the file lacks (email, title) are unknown"
    );
    assert!(done.summary.complete && done.refused().is_empty() && done.warnings().is_empty());
    assert_eq!(done.notices(), ["columns_ignored"]);
    assert_eq!(done.summary.notices[0].get("columns"), Some("hire_date"));
}

#[tokio::test]
async fn blanks_and_defaults() {
    let done = read(
        "external_id,userid,name,departments,status,email\n\
         1,u1,a,110,, \n\
         2,u2,b,,在职,\u{200b}x@example.com\n\
         3,u3,c,1;2,LEFT,\n",
        people(),
    )
    .await;
    assert_eq!(done.record("1")["status"], "active");
    assert_eq!(done.record("1")["email"], json!(null));
    assert_eq!(done.record("2")["departments"], json!([]));
    assert_eq!(done.record("2")["email"], "x@example.com");
    assert_eq!(done.record("3")["status"], "left");
    assert!(done.record("3").get("mobile").is_none());
    let without = read("external_id,userid,name,departments\n1,u1,a,110\n", people()).await;
    assert_eq!(without.record("1")["status"], "active", "the default also stands for a column that is not there");
}

#[tokio::test]
async fn refusals() {
    for (row, refused, incomplete) in [
        ("9,u,n", "9 row_shape", None),
        ("9,u,n,m,110,1,x", "9 row_shape", None),
        (",u,n,m,110,1", " external_id_missing", Some("external_id_missing")),
        ("\u{3000},u,n,m,110,1", " external_id_missing", Some("external_id_missing")),
        ("\"9\n8\",u,n,m,110,1", " external_id_missing", Some("external_id_missing")),
        ("1.55E+10,u,n,m,110,1", " excel_mangled", Some("excel_mangled")),
        ("#N/A,u,n,m,110,1", " excel_mangled", Some("excel_mangled")),
        ("\0\0\0", " row_shape", Some("external_id_missing")),
        ("9,,n,m,110,1", "9 userid_missing", None),
        ("9,u,\u{feff} ,m,110,1", "9 name_missing", None),
        ("9,u,'', ,m,110,1", "9 row_shape", None),
        ("9,u,#REF!,m,110,1", "9 excel_mangled", None),
        ("9,1.55E+10,n,m,110,1", "9 excel_mangled", None),
        ("9,u,n,m,#REF!,1", "9 excel_mangled", None),
        ("9,u,n,m,110,2", "9 enabled_invalid", None),
        ("9,u,n,m,110,#N/A", "9 enabled_invalid", None),
        ("1,u,n,m,110,1", "1 external_id_duplicate", None),
        ("'1,u,n,m,110,1", "1 external_id_duplicate", None),
        ("9,\"u\"v,n,m,110,1", "9 row_quotes", None),
        ("9,\"u\n7,\"v\",n,m,110,1", "9 row_quotes", Some("row_quotes")),
        ("9,u,\"n\nm\",110,1", "9 row_shape", Some("row_quotes")),
    ] {
        let done =
            read(&format!("external_id,userid,name,mobile,departments,status\n1,a,b,,110,1\n{row}\n"), people()).await;
        assert_eq!((done.refused(), done.incomplete()), (vec![refused.to_string()], incomplete), "{row:?}");
        assert_eq!(done.record("1")["name"], "b", "{row:?}");
        assert_eq!(done.objects.len(), 2, "{row:?}");
    }
}

/// What is too long has the right number of fields, so that is not what is said.
#[tokio::test]
async fn a_value_that_is_too_long_is_called_that() {
    let long = "x".repeat(1024 * 1024 + 1);
    let text = format!("external_id,userid,name,mobile,departments,status\n1,a,b,,110,1\n9,u,{long},m,110,1\n");
    let done = read(&text, people()).await;
    assert_eq!(done.refused(), ["9 row_too_long"]);
    assert_eq!(done.objects.len(), 2);
}

#[tokio::test]
async fn refusals_of_departments() {
    for (row, refused, warning) in [
        (",100,a,1", Some(" dept_id_missing"), None),
        ("100,,a,1", Some("100 dept_id_duplicate"), None),
        ("110,100,,1", Some("110 dept_name_missing"), None),
        ("110,,a,1", None, None),
        ("110,100,a\u{202e}b,1", None, Some("110 dept_name_control_char name")),
        ("110,100,a,-1", None, Some("110 dept_order_invalid order")),
        ("110,100,a,4294967296", None, Some("110 dept_order_invalid order")),
        ("110,100,a,1.0", None, Some("110 dept_order_invalid order")),
        ("110,100,a,4294967295", None, None),
    ] {
        let done = read(&format!("dept_id,parent_id,name,order\n100,,root,\n{row}\n"), departments()).await;
        assert_eq!(done.refused(), refused.into_iter().map(str::to_string).collect::<Vec<_>>(), "{row:?}");
        assert_eq!(done.warnings(), warning.into_iter().map(str::to_string).collect::<Vec<_>>(), "{row:?}");
        if warning.is_some_and(|warning| warning.contains("order")) {
            assert_eq!(done.record("110")["order"], json!(null));
        }
    }
}

#[tokio::test]
async fn repairs() {
    let header = "external_id,userid,name,mobile,departments,is_leader,position";
    for (row, field, value, warning) in [
        ("9,u,\"周\n杰\",m,110,,", "name", json!("周 杰"), Some("name_control_char name")),
        ("9,u,a\tb,m,110,,", "name", json!("a b"), Some("name_control_char name")),
        ("9,u,n,m,110,,\"x\u{200b}\r\ny\"", "title", json!("x y"), Some("value_control_char title")),
        ("9,u,n,1.55E+10,110,,", "mobile", json!(null), Some("excel_mangled mobile")),
        ("9,u,n,#N/A,110,,", "mobile", json!(null), Some("excel_mangled mobile")),
        ("9,u,n,m,110,,#VALUE!", "title", json!(null), Some("excel_mangled title")),
        ("9,u,n,m,110,,1.55E+10", "title", json!("1.55E+10"), None),
        ("9,u,n,'015498000001,110,,", "mobile", json!("015498000001"), None),
        ("9,u,n,\"=\"\"15498000001\"\"\",110,,", "mobile", json!("15498000001"), None),
        ("9,u,'t Hooft,m,110,,", "name", json!("'t Hooft"), None),
        ("9,u,\"陈\"\"大\"\"文\",m,110,,", "name", json!("陈\"大\"文"), None),
        ("9,0007,n,m,110,,", "userid", json!("0007"), None),
        (
            "9,u,n,m,110,是,",
            "departments",
            json!([{"department": "110", "leader": false}]),
            Some("flag_invalid is_leader"),
        ),
        ("9\u{200b}9,u,n,m,110,,", "external_id", json!("99"), Some("value_control_char external_id")),
    ] {
        let done = read(&format!("{header}\n{row}\n"), people()).await;
        let key = done.objects[0].key.clone();
        assert_eq!(done.record(&key)[field], value, "{row:?}");
        let expected: Vec<_> = warning.into_iter().map(|warning| format!("{key} {warning}")).collect();
        assert_eq!((done.warnings(), done.refused()), (expected, vec![]), "{row:?}");
        assert!(done.summary.complete);
    }
}

#[tokio::test]
async fn words_for_none_are_counted_by_column() {
    let done = read(
        "external_id,userid,name,mobile,email,departments,manager,status\n\
         1,u1,a,无,N/A,110,-,1\n2,u2,b,—,x@example.com,110,,1\n3,null,无,1,NA,110,,1\n4,u4,c,,,NA,,-\n-,u5,d,,,110,,1\n",
        people(),
    )
    .await;
    assert_eq!(done.refused(), ["3 name_missing", "4 enabled_invalid", " external_id_missing"]);
    assert_eq!((&done.record("1")["mobile"], &done.record("1")["manager"]), (&json!(null), &json!([])));
    let told: Vec<_> = done
        .summary
        .notices
        .iter()
        .map(|notice| {
            ["column", "count", "words"].map(|name| notice.get(name).unwrap_or_default().to_string()).join(" ")
        })
        .collect();
    assert_eq!(told, ["email 2 N/A, NA", "manager 1 -", "mobile 2 —, 无", "name 1 无"]);
}

#[tokio::test]
async fn damage_in_ids_refuses_and_in_details_is_unknown() {
    let header = "external_id,userid,name,mobile,departments,manager";
    for (row, refused, warning) in [
        ("4001.0,u,n,,110,", Some(" excel_mangled"), None),
        ("3月1日,u,n,,110,", Some(" excel_mangled"), None),
        ("9,u,n,,110.0,", Some("9 excel_mangled"), None),
        ("9,u,n,,110,1001.0", Some("9 excel_mangled"), None),
        ("9,1001.0,n,,110,", Some("9 excel_mangled"), None),
        ("9,u,n,15400000001.0,110,", None, Some("9 excel_mangled mobile")),
        ("9,u,n,\"15,400,000,001\",110,", None, Some("9 excel_mangled mobile")),
        ("9,u,n,2E10,110,", None, Some("9 excel_mangled mobile")),
        ("1.0,u,2.0,,1.1;2.0,", None, None),
    ] {
        let done = read(&format!("{header}\n{row}\n"), people()).await;
        assert_eq!(done.refused(), refused.into_iter().map(str::to_string).collect::<Vec<_>>(), "{row}");
        assert_eq!(done.warnings(), warning.into_iter().map(str::to_string).collect::<Vec<_>>(), "{row}");
        if warning.is_some() {
            assert!(done.record("9").get("mobile").is_none(), "unknown, not empty: {row}");
        }
    }
    let done =
        read_bytes("departments.csv", b"dept_id,parent_id,name,order\n100,,a,1\n110,100.0,b,1\n", departments()).await;
    assert_eq!(done.unwrap().refused(), ["110 excel_mangled"], "a lost parent is not the root");
}

#[tokio::test]
async fn positions_count_physical_lines() {
    let done = read(
        "\n\nexternal_id,userid,name,departments\r\n1,a,\"x\r\ny\",1\r\n,,,\n2,b,\"y\rz\n\",1\n\n3,c,z,1\r4,d,z,1",
        people(),
    )
    .await;
    let at: Vec<_> = done.objects.iter().map(|object| object.at.as_deref().unwrap_or_default()).collect();
    assert_eq!(at, ["users.csv:4", "users.csv:7", "users.csv:11", "users.csv:12"]);
    assert!(done.summary.complete);
}

#[tokio::test]
async fn a_key_that_occurs_again_is_refused_and_names_the_first_line() {
    let done = read("external_id,userid,name,departments\n1,a,x,1\n2,b,y,1\n1,c,z,1\n1,d,w,1\n", people()).await;
    assert_eq!(done.refused(), ["1 external_id_duplicate", "1 external_id_duplicate"]);
    assert_eq!(done.objects[3].refused.as_ref().and_then(|problem| problem.get("line")), Some("2"));
    assert!(done.summary.complete);
}

#[tokio::test]
async fn the_key_of_a_misshapen_row_is_trusted_in_the_first_column_only() {
    let done = read("name,external_id,userid,departments\n陈,大文,7,u,1\n", people()).await;
    assert_eq!((done.refused(), done.incomplete()), (vec![" row_shape".to_string()], Some("external_id_missing")));
}

/// Whoever stands in a row of another shape is found there, wherever the separator is that is too many or too few.
#[tokio::test]
async fn a_misshapen_row_says_all_that_it_may_say() {
    let good = ["9", "u", "n", "15400000001", "110", "1"];
    for at in 0..=good.len() {
        let mut cells = good.to_vec();
        cells.insert(at, "");
        let done = read(
            &format!("external_id,userid,name,mobile,departments,status\n{}\n7,v,m,,110,1\n", cells.join(",")),
            people(),
        )
        .await;
        let object = &done.objects[0];
        assert_eq!(object.record.iter().count(), 0, "nothing is taken from it: {cells:?}");
        let traces: Vec<Json> = object.traces.iter().map(|trace| as_json(&done.schema, trace)).collect();
        let says = |name: &str, value: &str| traces.iter().any(|trace| trace[name] == value);
        assert!(says("userid", "u") && says("name", "n") && says("mobile", "15400000001"), "{cells:?}: {traces:?}");
        assert!(done.objects[1].traces.is_empty(), "a row that is used says what it says");
    }
    for (row, userid) in [("9,u,n,15400000001,110", "u"), ("u,n,15400000001,110,1", "u")] {
        let done = read(&format!("external_id,userid,name,mobile,departments,status\n{row}\n"), people()).await;
        let traces: Vec<Json> = done.objects[0].traces.iter().map(|trace| as_json(&done.schema, trace)).collect();
        assert!(traces.iter().any(|trace| trace["userid"] == userid), "{row}: {traces:?}");
    }
}

#[tokio::test]
async fn the_condition_leaves_rows_out() {
    let schema = idflow_csv::row_schema(&people()).unwrap();
    let (status, name) = (schema.field("status").unwrap(), schema.field("name").unwrap());
    let predicate: Predicate = Arc::new(move |record: &Record| match record.text(name) {
        Some("boom") => Err(Problem::new("row_shape").arg("expected", "1").arg("found", "2")),
        _ => Ok(record.text(status) != Some("left")),
    });
    let text = "external_id,userid,name,departments,status\n\
                1,a,x,1,离职\n\
                1,a,x,1,1\n\
                2,b,boom,1,1\n\
                3,c,y,1,\n\
                4,d,,1,离职\n";
    let done = read_where("users.csv", text.as_bytes(), people(), Some(predicate)).await.unwrap();
    assert_eq!(done.keys(), ["1", "2", "3", "4"], "a row left out does not take its key");
    assert_eq!(done.objects[0].at.as_deref(), Some("users.csv:3"));
    assert_eq!(done.refused(), ["2 row_shape", "4 name_missing"]);
    assert!(done.summary.complete);
}

#[tokio::test]
async fn long_fields_and_long_keys() {
    let text = format!(
        "external_id,userid,name,departments\n1,a,{},1\n{},b,x,1\n",
        "x".repeat(1024 * 1024 + 1),
        "9".repeat(257)
    );
    let done = read(&text, people()).await;
    assert_eq!(done.refused(), ["1 row_too_long", " key_too_long"]);
    assert_eq!(done.incomplete(), Some("key_too_long"));
}
