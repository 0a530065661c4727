//! The file of an import job: which fields it can carry, and its text. Pure.
//!
//! The header is that of the official template; a column that is left out is not updated. What a cell of an *existing*
//! member means when it is empty is nowhere said, so no cell of an update is ever empty: records that are to empty a field
//! do not go into a file, and one file holds only updates of the same fields ([`group`]). A *new* member has nothing that
//! an empty cell could overwrite.
//!
//! The main department stands first among a member's departments. No document says which one the platform makes the main one;
//! so that is read afterwards, and where it is another (or cannot be read) it follows by a call of its own.
//!
//! Values go out as they are or not at all: what could be read as something else (line breaks, blanks at the ends that a
//! parser may drop, a beginning that a spreadsheet program takes for a formula) keeps its record out of the file.

use idflow_sdk::{Field, FieldId, Record, Value, bulk::Carried, text::is_invisible, text::phone_digits};

use crate::{mapping, schema::user};

/// The most bytes of an uploaded file.
pub(crate) const MAX_BYTES: usize = 20 * 1024 * 1024;

/// The columns in the order of the template. Its `排序` (the sort value in each department) and the column that explains
/// `禁用` are left out: no field is written to them.
const COLUMNS: [(FieldId, &str); 12] = [
    (user::NAME, "姓名"),
    (user::USERID, "帐号"),
    (user::MOBILE, "手机号"),
    (user::EMAIL, "邮箱"),
    (user::DEPARTMENT, "所在部门"),
    (user::POSITION, "职位"),
    (user::GENDER, "性别"),
    (user::IS_LEADER_IN_DEPT, "是否部门内领导"),
    (user::ALIAS, "别名"),
    (user::ADDRESS, "地址"),
    (user::TELEPHONE, "座机"),
    (user::ENABLE, "禁用"),
];

/// How a field gets to its member.
enum Way<'a> {
    /// In the file.
    Cell(&'a Value),
    /// Not at all: there is nothing to write.
    None,
    /// By a call of its own afterwards.
    Later,
    /// The whole record goes by a call of its own.
    Refused,
}

fn way<'a>(create: bool, record: &Record, id: FieldId, field: &'a Field) -> Way<'a> {
    let Field::Value(value) = field else { return if create { Way::None } else { Way::Refused } };
    match id {
        user::USERID => Way::None,
        // Nobody has a leader before one is named.
        user::DIRECT_LEADER if create && value.as_list().is_some_and(<[Value]>::is_empty) => Way::None,
        // A changed number or address comes with a warning that a file cannot give.
        user::MOBILE | user::EMAIL if !create => Way::Later,
        // Somebody with one department has no other main department.
        user::MAIN_DEPARTMENT if create && record.value(user::DEPARTMENT).is_some_and(|list| only(list, value)) => {
            Way::None
        }
        _ if !COLUMNS.iter().any(|(column, _)| *column == id) => Way::Later,
        _ => Way::Cell(value),
    }
}

fn only(list: &Value, value: &Value) -> bool {
    matches!(list.as_list(), Some([one]) if one == value)
}

/// What a file can carry of this record.
pub(crate) fn carries(create: bool, record: &Record) -> Carried {
    let (mut later, mut cells) = (Vec::new(), 0);
    for (id, field) in record.iter() {
        match way(create, record, id, field) {
            Way::Cell(value) if cell(record, id, value).is_some() => cells += 1,
            Way::None => {}
            Way::Later => later.push(id),
            Way::Cell(_) | Way::Refused => return Carried::Nothing,
        }
    }
    match (cells, later.is_empty()) {
        (0, _) => Carried::Nothing,
        (_, true) => Carried::Whole,
        (_, false) => Carried::Without(later),
    }
}

/// Records of the same group can share a file: new members all do, updates when they change the same fields.
pub(crate) fn group(create: bool, record: &Record) -> u64 {
    if create { 0 } else { columns(create, record) }
}

/// The fields that stand in the file, one bit each.
fn columns(create: bool, record: &Record) -> u64 {
    record
        .iter()
        .filter(|(id, field)| matches!(way(create, record, *id, field), Way::Cell(_)))
        .fold(0, |all, (id, _)| all | 1 << id)
}

/// The text of a cell; `None` when a file cannot hold it.
fn cell(record: &Record, id: FieldId, value: &Value) -> Option<String> {
    let departments = || record.value(user::DEPARTMENT).and_then(Value::as_list);
    match id {
        user::DEPARTMENT => {
            let list = value.as_list()?;
            let ids =
                mapping::main_first(record, list).map(|place| mapping::number(&list[place]).map(|id| id.to_string()));
            let ids: Option<Vec<String>> = ids.collect();
            ids.filter(|ids| !ids.is_empty()).map(|ids| ids.join(";"))
        }
        user::IS_LEADER_IN_DEPT => Some(flags(value.as_list()?, mapping::main_first(record, departments()?))),
        user::GENDER => match value.as_text()? {
            "male" => Some("男".to_owned()),
            "female" => Some("女".to_owned()),
            _ => None,
        },
        user::ENABLE => Some(if value.as_bool()? { "0" } else { "1" }.to_owned()),
        user::MOBILE => Some(phone_digits(value.as_text()?)).filter(|digits| !digits.is_empty()),
        user::TELEPHONE => {
            let text = value.as_text()?;
            text.bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b','))
                .then(|| text.to_owned())
        }
        _ => value.as_text().filter(|text| plain(text)).map(str::to_owned),
    }
}

/// The field that may be as wanted once the file was imported, although no column has it.
pub(crate) fn settles(record: &Record) -> Option<FieldId> {
    let main = record.value(user::MAIN_DEPARTMENT).and_then(mapping::number)?;
    let departments = record.value(user::DEPARTMENT).and_then(Value::as_list)?;
    departments.iter().any(|id| mapping::number(id) == Some(main)).then_some(user::MAIN_DEPARTMENT)
}

fn flags(given: &[Value], places: impl Iterator<Item = usize>) -> String {
    let flag = |place| if matches!(given.get(place), Some(Value::Bool(true) | Value::Int(1))) { "1" } else { "0" };
    places.map(flag).collect::<Vec<_>>().join(";")
}

/// Whether a text means the same to every reader of the file.
fn plain(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(is_invisible)
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// What an empty cell of a new member says in words.
fn unset(record: &Record, id: FieldId) -> String {
    match id {
        user::IS_LEADER_IN_DEPT => {
            let departments = record.value(user::DEPARTMENT).and_then(Value::as_list).map_or(0, <[Value]>::len);
            flags(&[], 0..departments)
        }
        user::ENABLE => "0".to_owned(),
        _ => String::new(),
    }
}

/// A file and the rows that are in it, by their place.
pub(crate) struct Sheet {
    /// The text.
    pub bytes: Vec<u8>,
    /// The rows that it holds.
    pub rows: Vec<usize>,
    /// The rows that have to wait for another file: of another group, or it was full.
    pub left: Vec<usize>,
}

/// The file of these members (place, userid, fields). The group is that of the first.
pub(crate) fn write(create: bool, members: &[(usize, &str, &Record)], max_bytes: usize) -> Result<Sheet, csv::Error> {
    let mine = members.first().map_or(0, |(_, _, record)| group(create, record));
    let needed = members
        .iter()
        .filter(|(_, _, record)| group(create, record) == mine)
        .fold(1 << user::USERID, |all: u64, (_, _, record)| all | columns(create, record));
    let columns: Vec<(FieldId, &str)> = COLUMNS.into_iter().filter(|(id, _)| needed & 1 << id != 0).collect();
    let mut sheet = Sheet { bytes: Vec::new(), rows: Vec::new(), left: Vec::new() };
    sheet.bytes = line(columns.iter().map(|(_, name)| (*name).to_owned()))?;
    for (place, userid, record) in members {
        let cells: Option<Vec<String>> = columns
            .iter()
            .map(|(id, _)| match (*id, record.value(*id)) {
                (user::USERID, _) => Some((*userid).to_owned()),
                (id, Some(value)) => cell(record, id, value),
                (id, None) => create.then(|| unset(record, id)),
            })
            .collect();
        match cells.filter(|_| group(create, record) == mine) {
            Some(cells) => {
                let line = line(cells)?;
                if sheet.bytes.len() + line.len() <= max_bytes {
                    sheet.bytes.extend_from_slice(&line);
                    sheet.rows.push(*place);
                } else {
                    sheet.left.push(*place);
                }
            }
            None => sheet.left.push(*place),
        }
    }
    Ok(sheet)
}

fn line(cells: impl IntoIterator<Item = String>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(ids: &[i64]) -> Field {
        Field::Value(Value::list(ids.iter().copied().map(Value::Int)))
    }

    fn person(fields: &[(FieldId, Field)]) -> Record {
        let base = [
            (user::NAME, Field::from_text("陈雨")),
            (user::MOBILE, Field::from_text("+86 139 0000-1111")),
            (user::DEPARTMENT, numbers(&[12, 15])),
        ];
        base.into_iter().chain(fields.iter().cloned()).collect()
    }

    fn only(id: FieldId, field: Field) -> Record {
        [(id, field)].into_iter().collect()
    }

    fn text(id: FieldId, text: &str) -> Record {
        only(id, Field::from_text(text))
    }

    #[test]
    fn what_a_file_carries() {
        let leader = (user::DIRECT_LEADER, Field::Value(Value::list([Value::text("lisi")])));
        let main = |id| (user::MAIN_DEPARTMENT, Field::Value(Value::Int(id)));
        for (create, record, expected) in [
            (true, person(&[]), Carried::Whole),
            (true, person(&[(user::EMAIL, Field::Empty), (user::GENDER, Field::Empty)]), Carried::Whole),
            (true, person(std::slice::from_ref(&leader)), Carried::Without(vec![user::DIRECT_LEADER])),
            (true, person(&[main(12)]), Carried::Without(vec![user::MAIN_DEPARTMENT])),
            (true, person(&[(user::DEPARTMENT, numbers(&[12])), main(12)]), Carried::Whole),
            (true, person(&[(user::BIZ_MAIL, Field::from_text("a@b.cn"))]), Carried::Without(vec![user::BIZ_MAIL])),
            (true, person(&[(user::ADDRESS, Field::from_text("一\n二"))]), Carried::Nothing),
            (true, person(&[(user::POSITION, Field::from_text("=1+1"))]), Carried::Nothing),
            (true, person(&[(user::POSITION, Field::from_text(" x"))]), Carried::Nothing),
            (true, person(&[(user::TELEPHONE, Field::from_text("+86-10-1,2"))]), Carried::Whole),
            (false, text(user::POSITION, "工程师"), Carried::Whole),
            (false, only(user::POSITION, Field::Empty), Carried::Nothing),
            (false, only(user::GENDER, Field::Empty), Carried::Nothing),
            (false, person(&[main(12)]), Carried::Without(vec![user::MOBILE, user::MAIN_DEPARTMENT])),
            (false, text(user::MOBILE, "13900002222"), Carried::Nothing),
            (false, text(user::EMAIL, "chen.yu@example.com"), Carried::Nothing),
            (false, only(user::DIRECT_LEADER, leader.1.clone()), Carried::Nothing),
            (false, only(user::IS_LEADER_IN_DEPT, Field::Value(Value::list([Value::Bool(true)]))), Carried::Nothing),
        ] {
            assert_eq!(carries(create, &record), expected, "{create} {record:?}");
        }
    }

    #[test]
    fn new_members_share_a_file() {
        let flags = Field::Value(Value::list([Value::Bool(false), Value::Bool(true)]));
        let one = person(&[(user::IS_LEADER_IN_DEPT, flags), (user::ADDRESS, Field::from_text("A \"座\", 2,3"))]);
        let two = person(&[
            (user::MOBILE, Field::Empty),
            (user::EMAIL, Field::from_text("li@example.com")),
            (user::GENDER, Field::Value(Value::text("female"))),
            (user::ENABLE, Field::Value(Value::Bool(false))),
            (user::DIRECT_LEADER, Field::Value(Value::list([Value::text("chen.yu")]))),
        ]);
        let sheet = write(true, &[(4, "chen.yu", &one), (7, "li", &two)], MAX_BYTES).expect("sheet");
        assert_eq!((sheet.rows, sheet.left), (vec![4, 7], vec![]));
        assert_eq!(
            String::from_utf8(sheet.bytes).expect("UTF-8"),
            "姓名,帐号,手机号,邮箱,所在部门,性别,是否部门内领导,地址,禁用\n\
             陈雨,chen.yu,13900001111,,12;15,,0;1,\"A \"\"座\"\", 2,3\",0\n\
             陈雨,li,,li@example.com,12;15,女,0;0,,1\n"
        );
    }

    #[test]
    fn the_main_department_goes_first_with_its_flag() {
        let main = |id: i64| (user::MAIN_DEPARTMENT, Field::Value(Value::Int(id)));
        let flags = Field::Value(Value::list([Value::Bool(true), Value::Bool(false), Value::Bool(false)]));
        let listed = (user::DEPARTMENT, numbers(&[12, 15, 3]));
        let led = person(&[listed.clone(), (user::IS_LEADER_IN_DEPT, flags), main(15)]);
        let plain = person(&[listed, main(3)]);
        // One that is not among the departments moves nothing.
        let strange = person(&[main(99)]);
        let sheet = write(true, &[(0, "a", &led), (1, "b", &plain), (2, "c", &strange)], MAX_BYTES).expect("sheet");
        assert_eq!(
            String::from_utf8(sheet.bytes).expect("UTF-8"),
            "姓名,帐号,手机号,所在部门,是否部门内领导\n陈雨,a,13900001111,15;12;3,0;1;0\n\
             陈雨,b,13900001111,3;12;15,0;0;0\n陈雨,c,13900001111,12;15,0;0\n"
        );
        assert_eq!(
            [&led, &plain, &strange].map(settles),
            [Some(user::MAIN_DEPARTMENT), Some(user::MAIN_DEPARTMENT), None]
        );
    }

    #[test]
    fn updates_of_other_fields_go_into_another_file() {
        let position = |words: &str| text(user::POSITION, words);
        let mut more = position("d");
        more.set(user::ALIAS, Field::from_text("e"));
        let (a, b) = (position("a"), position("b"));
        let sheet = write(false, &[(0, "u0", &a), (1, "u1", &more), (2, "u2", &b)], MAX_BYTES).expect("sheet");
        assert_eq!((sheet.rows, sheet.left), (vec![0, 2], vec![1]));
        assert_eq!(String::from_utf8(sheet.bytes).expect("UTF-8"), "帐号,职位\nu0,a\nu2,b\n");
        assert_ne!(group(false, &a), group(false, &more));
        // A mobile number follows by a call of its own, so it does not part the files.
        let mut number = position("f");
        number.set(user::MOBILE, Field::from_text("13900001111"));
        assert_eq!(group(false, &a), group(false, &number));
    }

    #[test]
    fn a_full_file_leaves_the_rest() {
        let record = text(user::POSITION, "工程师");
        let members: Vec<_> = (0..10).map(|place| (place, "someone", &record)).collect();
        let sheet = write(false, &members, 100).expect("sheet");
        assert!(sheet.bytes.len() <= 100 && !sheet.rows.is_empty());
        assert_eq!(sheet.rows.len() + sheet.left.len(), 10);
    }

    #[test]
    fn no_value_gets_out_of_its_cell() {
        for words in ["a,b", "a\"b", "\"", "'a'", "a;b", "\"\"\",x", "#", "a\\\"b", "，；"] {
            let record = person(&[(user::POSITION, Field::from_text(words))]);
            assert_eq!(carries(true, &record), Carried::Whole, "{words}");
            let sheet = write(true, &[(0, "u", &record)], MAX_BYTES).expect("sheet");
            let mut reader = csv::Reader::from_reader(&sheet.bytes[..]);
            let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
            assert_eq!((rows.len(), &rows[0][4]), (1, words));
        }
        for words in ["a\nb", "a\rb", "a\u{0}b", "a\u{2028}b\u{200b}", "@x", "-1", "＝1", "a "] {
            assert_eq!(
                carries(true, &person(&[(user::POSITION, Field::from_text(words))])),
                Carried::Nothing,
                "{words}"
            );
        }
    }
}
