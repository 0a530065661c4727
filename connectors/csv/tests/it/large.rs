//! A large organisation: pages of equal size, every row once, and only a page at a time in memory.

use std::io::Write;

use serde_json::json;

use crate::support::{connection, context, params, people};

const ROWS: usize = 150_000;

#[tokio::test]
async fn a_large_file_comes_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.path().join("users.csv")).unwrap());
    writeln!(file, "external_id,userid,name,mobile,email,position,departments,is_leader,manager,enabled").unwrap();
    for row in 0..ROWS {
        writeln!(
            file,
            "E{row:06},u{row},王伟,154{row:08},u{row}@example.com,工程师,D{},0,E{:06},1",
            row % 3000,
            row / 12
        )
        .unwrap();
    }
    file.into_inner().unwrap();

    let mut with = people();
    with["path"] = json!("users.csv");
    let request = idflow_sdk::ReadRequest { action: idflow_csv::SPEC.action("read").unwrap(), params: params(&with) };
    let mut reader = connection(folder.path()).read(&context(), request).await.unwrap();
    let mut count = 0;
    while let Some(page) = reader.next().await.unwrap() {
        assert!(page.objects.len() <= 1000);
        assert_eq!(&*page.objects[0].key, format!("E{count:06}"));
        assert!(page.objects.iter().all(|object| object.refused.is_none() && object.warnings.is_empty()));
        count += page.objects.len();
    }
    assert_eq!((count, reader.summary().complete), (ROWS, true));
}
