//! The same roster in every encoding, and bytes that are text in none.

use encoding_rs::{Encoding, GB18030, UTF_8};
use serde_json::{Value as Json, json};

use crate::support::{Done, people, read_bytes};

const TEXT: &str = "工号,账号,姓名,部门\r\nK001,a,吴·古丽,110\r\nK002,b,\"周\r\n杰\",120\r\n";

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

async fn read(bytes: &[u8], encoding: Option<&str>) -> Done {
    let mut with = people();
    if let Some(encoding) = encoding {
        with["encoding"] = json!(encoding);
    }
    read_bytes("users.csv", bytes, with).await.unwrap()
}

fn name(done: &Done, key: &str) -> Json {
    done.record(key)["name"].clone()
}

#[tokio::test]
async fn every_encoding_gives_the_same_rows() {
    let marked = format!("\u{feff}{TEXT}");
    for (bytes, encoding, notice) in [
        (TEXT.into(), None, None),
        (TEXT.into(), Some("auto"), None),
        (TEXT.into(), Some("utf-8"), None),
        (marked.clone().into_bytes(), None, None),
        (marked.clone().into_bytes(), Some("gb18030"), Some("encoding_differs")),
        (encoded(GB18030, TEXT), None, Some("encoding_guessed")),
        (encoded(GB18030, TEXT), Some("gb18030"), None),
        (encoded(GB18030, &marked), Some("gb18030"), None),
        (utf16(&marked, true), None, None),
        (utf16(&marked, false), None, None),
        (utf16(&marked, true), Some("utf-8"), Some("encoding_differs")),
        (utf16(TEXT, true), Some("utf-16le"), None),
        (utf16(TEXT, false), Some("utf-16be"), None),
        // One line of the other encoding does not decide.
        ([TEXT.as_bytes(), &encoded(GB18030, "K003,c,张三,110\r\n")].concat(), None, None),
    ] {
        let done = read(&bytes, encoding).await;
        assert_eq!((name(&done, "K001"), name(&done, "K002")), (json!("吴·古丽"), json!("周 杰")), "{encoding:?}");
        assert_eq!(done.notices(), notice.into_iter().collect::<Vec<_>>(), "{encoding:?} {:?}", &bytes[..8]);
        assert_eq!(done.objects[1].at.as_deref(), Some("users.csv:3"));
        assert!(done.summary.complete);
        let odd = done.objects.len() - 2;
        assert_eq!(done.refused(), vec!["K003 encoding_invalid_bytes"; odd]);
    }
}

#[tokio::test]
async fn the_west_is_read_where_it_is_named() {
    let text = "external_id,userid,name,departments\n";
    let bytes = encoded(encoding_rs::WINDOWS_1252, &format!("{text}1,a,Müller,1\n2,b,Weiß,1\n"));
    let done = read(&bytes, Some("windows-1252")).await;
    assert_eq!((name(&done, "1"), name(&done, "2"), done.notices().len()), (json!("Müller"), json!("Weiß"), 0));
    let done = read(&bytes, None).await;
    assert_eq!(done.refused(), ["1 encoding_invalid_bytes", "2 encoding_invalid_bytes"]);
}

#[tokio::test]
async fn bytes_that_are_no_text_refuse_their_row_only() {
    let header = b"external_id,userid,name,departments\n".as_slice();
    for (row, refused, incomplete) in [
        (b"2,b,\xff,1".as_slice(), "2 encoding_invalid_bytes", None),
        (b"2,b,y,\xc3", "2 encoding_invalid_bytes", None),
        (b"2,\"b\"\xff,y,1", "2 encoding_invalid_bytes", None),
        (b"2\xff,b,y,1", " encoding_invalid_bytes", Some("external_id_missing")),
        (b"\xff", " encoding_invalid_bytes", Some("external_id_missing")),
    ] {
        let bytes = [header, b"1,a,x,1\n", row, b"\n3,c,z,1\n"].concat();
        let done = read(&bytes, Some("utf-8")).await;
        assert_eq!((done.refused(), done.incomplete()), (vec![refused.to_string()], incomplete), "{row:?}");
        assert_eq!((done.keys()[0], done.keys()[2]), ("1", "3"));
    }
}

#[tokio::test]
async fn a_replacement_character_that_was_written_is_a_character() {
    let done = read("external_id,userid,name,departments\n1,a,x\u{fffd},1\n".as_bytes(), None).await;
    assert_eq!((name(&done, "1"), done.refused().len()), (json!("x\u{fffd}"), 0));
}

#[tokio::test]
async fn a_file_cut_inside_a_character_is_incomplete() {
    let short = "工号,账号,姓名,部门\n1,a,周杰,1\n2,b,周";
    let full = "工号,账号,部门,姓名\n1,a,1,周杰\n2,b,1,周";
    for (encoding, text) in [(UTF_8, short), (GB18030, short), (UTF_8, full), (GB18030, full)] {
        let bytes = encoded(encoding, text);
        let done = read(&bytes[..bytes.len() - 1], Some(encoding.name().to_lowercase().as_str())).await;
        assert_eq!(
            (done.refused(), done.incomplete()),
            (vec!["2 encoding_invalid_bytes".to_string()], Some("file_truncated"))
        );
    }
}
