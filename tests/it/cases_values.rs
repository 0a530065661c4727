//! Values as real files bring them: understood whole, or refused and told. Each test is a small file after a report of
//! somebody who did this job; names and numbers are invented.

use std::collections::BTreeMap;

use serde_json::Value;

use super::support::{Corp, House};

const DEPARTMENTS: &str = "dept_id,parent_id,name,order\nHQ,,示例公司,1\nRD,HQ,研发部,1\nOPS,HQ,运营部,2\n";

/// A company that is filled from two files, month by month.
struct Company {
    corp: Corp,
    house: House,
}

/// What a run was like.
struct Done {
    run: Value,
    items: Vec<Value>,
}

impl Company {
    fn new() -> Self {
        let corp = Corp::start();
        let house = House::ready(&corp, "wecom_downstream_full");
        Self { corp, house }
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.house.source().join(file), bytes).expect("the file is written");
    }

    fn import(&self, departments: impl AsRef<[u8]>, people: impl AsRef<[u8]>) -> Done {
        self.write("departments.csv", departments);
        self.write("users.csv", people);
        self.done(self.house.import(&["--yes"]).json())
    }

    fn sync(&self) -> Done {
        self.done(self.house.sync(&[]).json())
    }

    /// A second run of the sync, which must find nothing to do.
    #[track_caller]
    fn stays(&self) {
        let again = self.house.sync(&[]).json();
        assert_eq!(again["api"]["writes"], 0, "{again}");
    }

    fn done(&self, run: Value) -> Done {
        let items = self.house.items(&run);
        Done { run, items }
    }

    fn mobile(&self, userid: &str) -> String {
        self.corp.member(userid)["mobile"].as_str().unwrap_or("nobody").to_string()
    }

    fn name(&self, userid: &str) -> String {
        self.corp.member(userid)["name"].as_str().unwrap_or("nobody").to_string()
    }

    fn person(&self, name: &str) -> Value {
        let found = self.house.good(&["directory", "show", "user", "--find", name]);
        found.as_array().and_then(|people| people.first()).cloned().unwrap_or(found)
    }
}

impl Done {
    /// What was told about the object of this name or source key: codes of error and warnings.
    fn told(&self, about: &str) -> Vec<String> {
        let mut codes = Vec::new();
        let object = |item: &Value| item["object"]["source"] == about || item["object"]["name"] == about;
        for item in self.items.iter().filter(|item| object(item)) {
            codes.extend(item["error"]["code"].as_str().map(str::to_string));
            let warnings = item["warnings"].as_array().into_iter().flatten();
            codes.extend(warnings.filter_map(|warning| Some(warning["code"].as_str()?.to_string())));
        }
        codes
    }

    /// The text of what was told about it.
    fn text(&self, about: &str) -> String {
        let object = |item: &&Value| item["object"]["source"] == about || item["object"]["name"] == about;
        self.items.iter().filter(object).map(ToString::to_string).collect()
    }

    fn notices(&self) -> BTreeMap<String, String> {
        let notices = self.run["notices"].as_array().into_iter().flatten();
        notices.map(|notice| (notice["code"].as_str().unwrap_or_default().to_string(), notice.to_string())).collect()
    }
}

/// A file of people: key, account, name, mobile, department.
fn people(rows: &[(&str, &str)]) -> String {
    let line = |(place, (name, mobile)): (usize, &(&str, &str))| {
        format!("{:04},u{:02},{name},{mobile},RD\n", place + 1, place + 1)
    };
    format!("external_id,userid,name,mobile,departments\n{}", rows.iter().enumerate().map(line).collect::<String>())
}

// 04: what pandas and spreadsheets make of digits.
#[test]
fn damage_by_spreadsheets_is_named_in_every_spelling() {
    let company = Company::new();
    let users = "external_id,userid,name,mobile,email,departments,manager\n\
        1001.0,zhang.wei,张伟,15400000001,,HQ,\n\
        1002,li.na,李娜,15400000002,,110.0,\n\
        1003,wang.fang,王芳,1.54E10,wang.fang@example.com,RD,\n\
        1004,liu.yang,刘洋,1.5400000004e10,liu.yang@example.com,RD,\n\
        1005,chen.jing,陈静,15400000005.0,,RD,\n\
        1006,zhao.lei,赵磊,15400000006,,RD,1001.0\n\
        1007,sun.li,孙丽,15400000007,,RD,\n";
    let import = company.import(DEPARTMENTS, users);
    assert_eq!(import.run["status"], "partial", "{}", import.run);
    let mangled: Vec<String> = vec!["excel_mangled".into()];
    for who in ["1002", "1003", "1004", "1005", "1006"] {
        assert_eq!(import.told(who), mangled, "{who}");
    }
    assert!(import.text("").contains("excel_mangled"), "the key that is none");
    assert!(import.text("1003").contains("format the column as text"), "{}", import.text("1003"));
    assert!(import.notices().contains_key("read_incomplete"), "nothing is removed: {:?}", import.notices());
    let sync = company.sync();
    assert_eq!(company.mobile("wang.fang"), "");
    assert_eq!(sync.told("陈静"), ["contact_missing", "refused_at_import"]);
    assert!(sync.text("陈静").contains("mobile (excel_mangled)"), "{}", sync.text("陈静"));
    company.stays();
}

#[test]
fn a_damaged_value_leaves_alone_what_is_there() {
    let company = Company::new();
    company.import(DEPARTMENTS, people(&[("张伟", "15400000001"), ("李娜", "15400000002"), ("王芳", "15400000003")]));
    company.sync();
    let import = company.import(DEPARTMENTS, people(&[("张伟", "1.54E+10"), ("李娜", "15400000002转8"), ("王芳", "")]));
    assert_eq!(import.told("0001"), ["excel_mangled"]);
    assert_eq!(import.told("0002"), ["mobile_invalid"]);
    let again = company.done(company.house.import(&[]).json());
    assert_eq!(again.told("0001"), ["excel_mangled"], "told as long as it is so");
    assert_eq!(again.told("0002"), ["mobile_invalid"], "told as long as it is so");
    let directory = company.house.good(&["directory", "show", "user", "--find", "张伟", "--reveal"]);
    assert!(directory.to_string().contains("15400000001"), "{directory}");
    company.sync();
    assert_eq!((company.mobile("u01"), company.mobile("u02")), ("15400000001".into(), "15400000002".into()));
}

// 05: roots as RuoYi, JeecgBoot and WeCom itself write them.
#[test]
fn zero_is_no_parent_where_no_department_is_called_so() {
    let company = Company::new();
    let departments = "dept_id,parent_id,name,order\n1,0,示例公司,1\n2,1,研发部,1\n4,2,平台组,1\n";
    let import = company.import(departments, "external_id,userid,name,mobile,departments\n1,u1,张伟,15400000001,4\n");
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    assert_eq!(import.run["counts"]["department"]["created"], 3);
    // Where there is one, it is meant.
    let company = Company::new();
    let departments = "dept_id,parent_id,name,order\n1,0,研发部,1\n0,,示例公司,1\n";
    let import = company.import(departments, "external_id,userid,name,mobile,departments\n1,u1,张伟,15400000001,1\n");
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    assert_eq!(company.sync().run["status"], "succeeded");
    let now = company.corp.now();
    let named =
        |name: &str| now["departments"].as_array().unwrap().iter().find(|d| d["name"] == name).cloned().unwrap();
    assert_eq!(named("研发部")["parentid"], named("示例公司")["id"]);
}

#[test]
fn a_department_that_is_its_own_parent_is_told_how_to_be_a_root() {
    let company = Company::new();
    let departments =
        "dept_id,parent_id,name,order\n1,1,示例公司,1\n2,1,研发部,1\n3,4,甲部,1\n4,3,乙部,1\n5,4,丙组,1\n6,,丁部,1\n";
    let import = company.import(departments, "external_id,userid,name,mobile,departments\n1,u1,张伟,15400000001,6\n");
    assert_eq!(import.told("1")[0], "dept_parent_self");
    let first = import.items.iter().find(|item| item["error"]["code"] == "dept_parent_self").expect("the item");
    assert!(first["error"]["hint"].to_string().contains("留空"), "{first}");
    assert_eq!(import.told("2"), ["dept_parent_rejected"], "not in a circle itself");
    assert_eq!(
        (import.told("3"), import.told("4")),
        (vec!["dept_parent_cycle".into()], vec!["dept_parent_cycle".into()])
    );
    assert_eq!(import.told("5"), ["dept_parent_rejected"], "below a circle, not in it");
    assert_eq!(import.told("6"), Vec::<String>::new());
}

/// Departments that are there already wait for nobody, so a circle of them is found by where they would hang. They stay where they
/// are, and nobody in them loses access.
#[test]
fn departments_that_are_there_are_not_put_below_themselves() {
    let people = "external_id,userid,name,mobile,departments\n1,u1,张伟,15400000001,4\n2,u2,李娜,15400000002,2\n";
    let table = |rows: &str| format!("dept_id,parent_id,name,order\n1,,示例公司,1\n{rows}");
    let good = "2,1,研发部,1\n3,2,平台组,1\n4,3,小组,1\n";
    let tree = |company: &Company| -> Vec<[Value; 3]> {
        let all = company.house.good(&["directory", "show", "department"]);
        let all = all.as_array().expect("departments").iter();
        all.map(|one| ["id", "name", "parent"].map(|field| one[field].clone())).collect()
    };
    for (bad, told) in [
        // One cell in which its own number stands.
        ("2,2,研发部,1\n3,2,平台组,1\n4,3,小组,1\n", [("2", "dept_parent_self")].as_slice()),
        // One that hangs below its own child.
        ("2,3,研发部,1\n3,2,平台组,1\n4,3,小组,1\n", &[("2", "dept_parent_cycle")]),
        ("2,4,研发部,1\n3,2,平台组,1\n4,3,小组,1\n", &[("2", "dept_parent_cycle")]),
        // A new one in between.
        (
            "2,5,研发部,1\n3,2,平台组,1\n4,3,小组,1\n5,2,新部,1\n",
            &[("2", "dept_parent_cycle"), ("5", "dept_parent_cycle")],
        ),
    ] {
        let company = Company::new();
        assert_eq!(company.import(table(good), people).run["status"], "succeeded");
        assert_eq!(company.sync().run["status"], "succeeded");
        let (before, tree_before) = (company.corp.now(), tree(&company));
        let import = company.import(table(bad), people);
        for (key, code) in told {
            assert_eq!(import.told(key), [*code], "{bad}: {}", import.run);
        }
        assert_eq!(tree(&company), tree_before, "{bad}");
        assert_eq!(company.sync().run["status"], "succeeded_no_change", "{bad}");
        assert_eq!(company.corp.now(), before, "{bad}");
    }
}

/// A parent and its child may change places.
#[test]
fn a_department_may_go_below_one_that_hung_below_it() {
    let people = "external_id,userid,name,mobile,departments\n1,u1,张伟,15400000001,3\n";
    let company = Company::new();
    let table = |rows: &str| format!("dept_id,parent_id,name,order\n1,,示例公司,1\n{rows}");
    company.import(table("2,1,研发部,1\n3,2,平台组,1\n"), people);
    company.sync();
    let import = company.import(table("2,3,研发部,1\n3,1,平台组,1\n"), people);
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    assert_eq!(company.sync().run["status"], "succeeded");
    let now = company.corp.now();
    let named =
        |name: &str| now["departments"].as_array().unwrap().iter().find(|d| d["name"] == name).cloned().unwrap();
    assert_eq!(named("研发部")["parentid"], named("平台组")["id"]);
}

// 07 and F3: headers as people write them.
#[test]
fn a_status_column_that_is_not_read_stops_the_import() {
    let company = Company::new();
    company.write("departments.csv", DEPARTMENTS);
    company.write("users.csv", "工号,账号,姓名,手机,部门,是否离职\n0001,u1,张伟,15400000001,RD,是\n");
    let run = company.house.import(&[]).expect(1).json();
    assert_eq!(run["status"], "failed");
    assert!(run.to_string().contains("status_column_unread") && run.to_string().contains("是否离职"), "{run}");
    assert_eq!(company.house.good(&["directory", "show"])["counts"]["user"], serde_json::json!({}), "nobody was made");
}

#[test]
fn headers_and_words_of_personnel_files_are_known() {
    let company = Company::new();
    let users = "序号,工号,账号,姓名,手机号码,电子邮箱,职位,所在部门,直接上级,在职状态,婚姻状态,E-mail地址\n\
        1,0001,u1,张伟,15400000001,u1@example.com,总经理,HQ,,在职,已婚,\n\
        2,0002,u2,李娜,15400000002,,经理,RD,0001,试用期,,\n\
        3,0003,u3,王芳,15400000003,,,RD,0001,停用,,\n\
        4,0004,u4,刘洋,15400000004,,,RD,0001,离职,,\n\
        5,0005,u5,陈静,15400000005,,,RD,0001,停薪留职,,\n";
    let import = company.import(DEPARTMENTS, users);
    assert_eq!(import.told("0004"), ["left_unknown"]);
    assert_eq!(import.told("0005"), ["enabled_invalid"]);
    assert!(import.text("0005").contains("试用期"), "the words that are known are named");
    company.sync();
    assert_eq!(company.corp.member("u2")["direct_leader"][0], "u1");
    assert_eq!(
        (company.corp.member("u2")["enable"].clone(), company.corp.member("u3")["enable"].clone()),
        (1.into(), 0.into())
    );
    assert_eq!((company.corp.member("u4"), company.corp.member("u5")), (Value::Null, Value::Null));
    assert_eq!(company.corp.member("u1")["position"], "总经理");
}

#[test]
fn headers_of_other_personnel_systems_are_known() {
    for (person, name, mobile, email, title, departments, manager, department, parent) in [
        (
            "员工编号",
            "员工姓名",
            "移动电话",
            "电子邮件",
            "岗位名称",
            "所属部门",
            "上级工号",
            "部门编码",
            "上级部门编码",
        ),
        ("人员编号", "人员姓名", "手机", "邮箱", "职位名称", "部门", "直属上级工号", "部门编号", "上级部门编号"),
        ("职工号", "姓名", "联系电话", "电子邮箱", "岗位", "所在部门", "直接上级", "部门ID", "上级部门ID"),
    ] {
        let company = Company::new();
        let users = format!(
            "{person},账号,{name},{mobile},{email},{title},{departments},{manager}\n\
             0001,u1,张伟,15400000001,u1@example.com,总经理,HQ,\n0002,u2,李娜,15400000002,u2@example.com,经理,RD,0001\n"
        );
        let departments = format!("{department},{parent},部门名称\nHQ,,公司\nRD,HQ,研发\n");
        let import = company.import(&departments, &users);
        assert!(import.notices().is_empty(), "{:?}", import.notices());
        company.sync();
        let member = company.corp.member("u2");
        let seen = ["name", "mobile", "email", "position"].map(|field| member[field].as_str().unwrap_or_default());
        assert_eq!(seen, ["李娜", "15400000002", "u2@example.com", "经理"], "{member}");
        assert_eq!(member["direct_leader"][0], "u1");
    }
}

#[test]
fn headers_that_are_nearly_known_are_asked_about() {
    let company = Company::new();
    let import =
        company.import(DEPARTMENTS, "external_id,userid,name,mobile_phone,departments\n1,u1,张伟,15400000001,RD\n");
    let notices = import.notices();
    assert!(notices["columns_unread"].contains("mobile_phone → mobile"), "{notices:?}");
    let company = Company::new();
    let import = company.import(
        DEPARTMENTS,
        "external_id,userid,name,mobile,departments,状态,员工状态\n1,u1,张伟,15400000001,RD,在职,离职\n",
    );
    assert!(import.notices()["columns_unread"].contains("员工状态"), "a second status is never passed over in silence");
    // Marks of forms belong to another header: a needed column is missing, and which is said.
    company.write("users.csv", "*工号,*账号,*姓名,*部门\n0001,u1,张伟,RD\n");
    let run = company.house.import(&[]).expect(1).json();
    assert!(run.to_string().contains("header_missing_column") && run.to_string().contains("*工号"), "{run}");
}

#[test]
fn names_and_paths_in_place_of_ids_are_said() {
    let company = Company::new();
    let users = "工号,账号,姓名,手机,部门,直属上级\n\
        0001,u1,张伟,15400000001,RD,\n\
        0002,u2,李娜,15400000002,RD,张伟\n\
        0003,u3,王芳,15400000003,示例公司/研发部,0001\n\
        0004,u4,刘洋,15400000004,RD,0099\n\
        0005,u5,陈静,15400000005,R9,\n";
    let import = company.import(DEPARTMENTS, users);
    assert_eq!(import.told("0002"), ["manager_by_name"]);
    let notices = import.notices();
    assert!(
        notices["managers_by_name"].contains("1 person") || notices["managers_by_name"].contains("one person"),
        "{notices:?}"
    );
    assert!(notices["values_refused"].contains("managers × 1"), "{notices:?}");
    assert_eq!(import.told("0003"), ["department_by_path"]);
    assert_eq!(
        (import.told("0004"), import.told("0005")),
        (vec!["manager_unknown".into()], vec!["department_unknown".into()])
    );
}

// 08, 38, 44: encodings.
fn gbk(text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding_rs::GB18030.encode(text);
    assert!(!lost);
    bytes.into_owned()
}

#[test]
fn rare_characters_of_gb18030_are_read() {
    let company = Company::new();
    let text = "external_id,userid,name,mobile,departments\n0001,u1,陈昇,15400000001,HQ\n0002,u2,朱镕一,15400000002,RD\n\
        0003,u3,𠮷野一,15400000003,RD\n0004,u4,䶮一鸣,15400000004,RD\n";
    let import = company.import(gbk(DEPARTMENTS), gbk(text));
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    assert!(import.notices().contains_key("encoding_guessed"));
    company.sync();
    let names = ["u1", "u2", "u3", "u4"].map(|userid| company.name(userid));
    assert_eq!(names, ["陈昇", "朱镕一", "𠮷野一", "䶮一鸣"]);
}

#[test]
fn one_line_of_another_encoding_changes_nobody() {
    let family = ["王", "李", "张", "刘", "陈", "杨"];
    let row =
        |place: usize| format!("{place:04},p{place:03},{}洋敏,154000{place:05},RD\n", family[place % family.len()]);
    let header = "external_id,userid,name,mobile,departments\n";
    let month1: String = (1..=60).map(row).collect();
    let company = Company::new();
    company.import(DEPARTMENTS, format!("{header}{month1}"));
    company.sync();
    let before = company.corp.now();
    let mut month2 = header.as_bytes().to_vec();
    for place in 1..=60 {
        month2.extend(if place == 30 { gbk(&row(place)) } else { row(place).into_bytes() });
    }
    let import = company.import(DEPARTMENTS, month2);
    assert_eq!(import.told("0030"), ["encoding_invalid_bytes"]);
    assert!(!import.notices().contains_key("encoding_guessed"), "{:?}", import.notices());
    assert_eq!(import.run["counts"]["user"]["unchanged"], 59, "{}", import.run);
    company.sync();
    assert_eq!(company.corp.now(), before, "nobody was renamed, nobody left");
}

#[test]
fn a_file_of_the_west_is_refused_line_by_line() {
    let company = Company::new();
    let departments = "dept_id;parent_id;name;order\r\nHQ;;ACME GmbH;1\r\nRD;HQ;Entwicklung;1\r\nOPS;HQ;Betrieb;2\r\n";
    let users = "external_id;userid;name;mobile;departments;is_leader;manager\r\n\
        0001;a.schmidt;Schmidt, Anna;+49 151 23456789;HQ;1;\r\n\
        0002;b.mueller;Müller, Bernd;+4915123456780;\"RD;OPS\";\"1;0\";0001\r\n\
        0003;c.weiss;Weiß, Clara;+49 (0) 151 23456781;RD;;\"0001;0002\"\r\n";
    let western: Vec<u8> = encoding_rs::WINDOWS_1252.encode(users).0.into_owned();
    let import = company.import(departments, western);
    assert_eq!(import.told("0001"), Vec::<String>::new());
    for who in ["0002", "0003"] {
        assert_eq!(import.told(who), ["encoding_invalid_bytes"], "{who}");
    }
    let import = company.import(departments, users);
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    assert!(import.notices().contains_key("separator_guessed"));
    company.sync();
    assert_eq!(company.mobile("c.weiss"), "+4915123456781");
    assert_eq!(company.name("b.mueller"), "Müller, Bernd");
}

// 12: what nobody sees.
#[test]
fn invisible_characters_are_taken_out_and_told() {
    let company = Company::new();
    let users = "external_id,userid,name,mobile,email,departments\n\
        0001,zhang.wei,张伟,15400000001,,HQ\n\
        0002,li.na,　　,15400000002,,RD\n\
        \u{200b},\u{200b},\u{200b},\u{200b},\u{200b},\u{200b}\n\
        0003,wang.fang,王\u{200b}芳,15400000003,\u{200b}wang.fang@example.com,RD\n\
        0004,\u{200b}liu.yang,刘洋\u{202a},\u{202a}15400000004\u{202c},,RD\n";
    let import =
        company.import("dept_id,parent_id,name,order\nHQ,,示例公司,1\nRD,HQ,\u{200b}研发部\u{feff},1\n", users);
    assert_eq!(import.told("0002"), ["name_missing"]);
    assert_eq!(import.told("0003"), ["name_control_char"]);
    assert!(import.told("0004").contains(&"value_control_char".to_string()), "{:?}", import.told("0004"));
    company.sync();
    assert_eq!(company.name("wang.fang"), "王芳");
    assert_eq!(company.mobile("liu.yang"), "15400000004");
    company.stays();
}

// 13: the first cause reaches the sync.
#[test]
fn a_missing_contact_names_the_value_that_was_refused() {
    let company = Company::new();
    let users = "external_id,userid,name,mobile,email,departments\n\
        0001,paer·aihe,帕尔·艾合,15400000001,,HQ\n\
        0003,ana.bek,阿娜•别克,,ana·bek@example.com,RD\n\
        0004,li na,李娜,15400000004,,RD\n\
        0006,nobody,无名,,,RD\n\
        0008,tong.hao,同号,15400000004,,RD\n";
    let import = company.import(DEPARTMENTS, users);
    assert_eq!(import.told("0003"), ["email_invalid"]);
    let sync = company.sync();
    assert_eq!(sync.told("帕尔·艾合"), ["userid_invalid_chars"]);
    assert_eq!(sync.told("李娜"), ["userid_invalid_chars"]);
    assert_eq!(sync.told("阿娜•别克"), ["contact_missing", "refused_at_import"]);
    assert!(sync.text("阿娜•别克").contains("email (email_invalid)"), "{}", sync.text("阿娜•别克"));
    assert_eq!(sync.told("无名"), ["contact_missing"], "nothing was refused there");
    // A number that somebody else has is as little missing from the source, also when nothing changes.
    assert_eq!(import.told("0008"), ["mobile_duplicate"]);
    let again = company.done(company.house.import(&[]).json());
    assert_eq!(again.told("0008"), ["mobile_duplicate"]);
    assert!(!again.text("0008").contains("refused_values"), "a note that stays is no change: {}", again.text("0008"));
    assert_eq!(again.run["counts"]["user"]["updated"].as_u64().unwrap_or(0), 0, "{}", again.run);
    for sync in [sync, company.sync()] {
        assert_eq!(sync.told("同号"), ["contact_missing", "refused_at_import"]);
        assert!(sync.text("同号").contains("mobile (mobile_duplicate)"), "{}", sync.text("同号"));
    }
    // Once it is mended, it is forgotten.
    let mended = users.replace("ana·bek@", "ana.bek@").replace("李娜,15400000004", "李娜,15400000009");
    let import = company.import(DEPARTMENTS, mended);
    assert_eq!(import.told("0003"), Vec::<String>::new());
    assert_eq!(import.told("0008"), Vec::<String>::new());
    for who in ["阿娜•别克", "同号"] {
        assert_eq!(company.person(who)["refused_values"], Value::Null, "{who}");
    }
    company.sync();
    assert_eq!(company.corp.member("ana.bek")["email"], "ana.bek@example.com");
}

// 14: the same text, written by a Mac.
#[test]
fn a_decomposed_month_changes_nothing() {
    use unicode_normalization::UnicodeNormalization;
    let company = Company::new();
    let departments = "dept_id,parent_id,name,order\nHQ,,Zürich Büro,1\nGA,HQ,ガス部,1\nPÄ,HQ,パイプ部,2\n";
    let users = "external_id,userid,name,mobile,position,departments\n\
        Ä1,mueller,Jürgen Müller,15400000001,Büro,HQ\n0002,da.ke,ダケ バナナ,15400000002,,GA\n0003,jose,José Núñez,15400000003,,PÄ\n";
    company.import(departments, users);
    company.sync();
    let before = company.corp.now();
    let decomposed = |text: &str| text.nfd().collect::<String>();
    assert_ne!(decomposed(users), users);
    let import = company.import(decomposed(departments), decomposed(users));
    assert_eq!(import.run["counts"]["user"]["unchanged"], 3, "{}", import.run);
    assert_eq!(import.run["counts"]["department"]["unchanged"], 3, "{}", import.run);
    company.stays();
    assert_eq!(company.corp.now(), before);
}

// 17: managers in circles.
#[test]
fn nobody_is_their_own_manager() {
    let company = Company::new();
    let users = "external_id,userid,name,mobile,departments,manager\n\
        0001,u1,张伟,15400000001,HQ,0003\n0002,u2,李娜,15400000002,RD,0001\n0003,u3,王芳,15400000003,RD,0002\n\
        0004,u4,刘洋,15400000004,RD,0005\n0005,u5,陈静,15400000005,OPS,0004\n0006,u6,赵磊,15400000006,OPS,0006\n\
        0007,u7,孙丽,15400000007,OPS,0007;0006\n";
    let import = company.import(DEPARTMENTS, users);
    assert_eq!((import.told("0006"), import.told("0007")), (vec!["manager_self".into()], vec!["manager_self".into()]));
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    let sync = company.sync();
    assert_eq!(sync.run["status"], "succeeded", "{}", sync.run);
    let leaders = |userid: &str| company.corp.member(userid)["direct_leader"].clone();
    assert_eq!(leaders("u1"), serde_json::json!(["u3"]));
    assert_eq!(leaders("u5"), serde_json::json!(["u4"]));
    assert_eq!(leaders("u6"), serde_json::json!([]));
    assert_eq!(leaders("u7"), serde_json::json!(["u6"]));
    let again = company.done(company.house.import(&[]).json());
    assert_eq!(again.told("0006"), ["manager_self"], "told each time, written never");
    assert_eq!(again.run["counts"]["user"]["updated"], 0, "{}", again.run);
    company.stays();
}

#[test]
fn who_is_made_without_a_manager_that_cannot_be_made_is_told() {
    let company = Company::new();
    let users = "external_id,userid,name,mobile,departments,manager\n\
        0001,zengfei,曾飞,,HQ,\n0002,u2,李娜,15400000002,RD,0001\n0003,u3,王芳,15400000003,RD,0001\n\
        0004,u4,刘洋,15400000004,RD,0002\n";
    let import = company.import(DEPARTMENTS, users);
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    let sync = company.sync();
    assert_eq!(company.corp.member("zengfei"), Value::Null, "neither mobile nor e-mail");
    for who in ["李娜", "王芳"] {
        assert_eq!(sync.told(who), ["manager_not_made"], "{who}");
    }
    assert_eq!(sync.told("刘洋"), Vec::<String>::new());
    let text = sync.run.to_string();
    let notices = sync.notices();
    assert!(notices["managers_not_made"].contains("2 people"), "{notices:?}");
    assert!(notices["managers_not_made"].contains("曾飞 (zengfei)"), "{notices:?}");
    // Those without their manager are not among the rest that is done.
    let why = &sync.run["why"][0];
    assert_eq!(why["code"], "items_failed_and_lacking", "{text}");
    assert!(why["reason"]["en"].as_str().is_some_and(|said| said.contains("2 more were written without")), "{why}");
    let item = sync.text("李娜");
    assert!(item.contains("曾飞 (zengfei)"), "{item}");
    assert!(item.contains("手机") && !item.contains("cause_"), "the true cause: {item}");
}

// 18 and 19: limits.
#[test]
fn many_departments_and_many_managers() {
    let company = Company::new();
    let departments: String = (1..=101).map(|n| format!("D{n:03},HQ,门店{n:03},{n}\n")).collect();
    let list = |most: usize| (1..=most).map(|n| format!("D{n:03}")).collect::<Vec<_>>().join(";");
    let users = format!(
        "external_id,userid,name,mobile,departments,manager\n0001,u1,张伟,15400000001,{},\n0002,u2,李娜,15400000002,{},\n\
         0003,u3,王芳,15400000003,HQ,\n0004,u4,刘洋,15400000004,HQ,\n0005,u5,陈静,15400000005,HQ,\n\
         0006,u6,赵磊,15400000006,HQ,\n0007,u7,孙丽,15400000007,HQ,0001;0003;0004;0005;0006;0008\n0008,u8,周杰,15400000008,HQ,\n",
        list(100),
        list(101)
    );
    let import = company.import(format!("dept_id,parent_id,name,order\nHQ,,示例公司,1\n{departments}"), users);
    assert_eq!(import.told("0002"), ["list_too_long"]);
    let sync = company.sync();
    assert_eq!(company.corp.member("u1")["department"].as_array().map(Vec::len), Some(100));
    assert_eq!(company.corp.member("u2"), Value::Null);
    // WeCom keeps one direct leader; the others are named.
    assert_eq!(sync.told("孙丽"), ["wecom_leaders_left_out"]);
    assert_eq!(company.corp.member("u7")["direct_leader"], serde_json::json!(["u1"]));
}

#[test]
fn orders_within_their_range_are_turned_round() {
    let company = Company::new();
    let departments = "dept_id,parent_id,name,order\nHQ,,示例公司,0\nA,HQ,甲部,4294967295\nB,HQ,乙部,2147484646\n\
        C,HQ,丙部,4294967296\nE,HQ,丁部,-1\nF,HQ,戊部,1.5\nG,HQ,己部,1.0\nH,HQ,庚部,１\nI,HQ,辛部,\"1,000\"\nJ,HQ,壬部,-\n";
    let import = company.import(departments, "external_id,userid,name,mobile,departments\n1,u1,张伟,15400000001,A\n");
    for who in ["C", "E", "F", "G", "H", "I"] {
        assert_eq!(import.told(who), ["dept_order_invalid"], "{who}");
    }
    for who in ["A", "B", "J"] {
        assert_eq!(import.told(who), Vec::<String>::new(), "{who}");
    }
    company.sync();
    let now = company.corp.now();
    let order = |name: &str| {
        now["departments"].as_array().unwrap().iter().find(|d| d["name"] == name).unwrap()["order"].clone()
    };
    assert_eq!((order("甲部"), order("乙部")), (0.into(), 2_147_482_649_i64.into()));
    company.stays();
}

// 20 and 47: numbers of phones.
#[test]
fn a_number_is_read_whole_or_refused() {
    let good = [
        ("15400000001", "15400000001"),
        ("154.0000.0033", "15400000033"),
        ("１５４００００００２１", "15400000021"),
        ("+８６ 15400000022", "15400000022"),
        ("8615400000026", "15400000026"),
        ("+86-154-0000-0027", "15400000027"),
        ("(+86)15400000028", "15400000028"),
        ("0086 15400000029", "15400000029"),
        ("+852 ５123 4567", "+85251234567"),
        ("00852 51234569", "+85251234569"),
        ("+886 0912 345 678", "+886912345678"),
        ("+1 (310) 555-0129", "+13105550129"),
        ("+44 (0)20 7946 0958", "+442079460958"),
    ];
    let bad = [
        "51234567",
        "852-51234570",
        "154 0000 0023/010-88880000",
        "15400000024 15400000025",
        "15400000034、15400000035",
        "+86 010-88880001",
        "+12",
        "tel:15400000036",
        "+1 (555) 010-0199 ext. 23",
        "15400000041转8001",
        "+852 5123 4567转12",
        "+852 5123 4568 (WhatsApp: 2)",
        "+65 9123 4567 / 4568",
        "1540000O043",
        "未知",
    ];
    let rows: Vec<(String, &str)> =
        (0..).map(|place| format!("人{place}")).zip(good.iter().map(|(written, _)| *written).chain(bad)).collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(name, mobile)| (name.as_str(), *mobile)).collect();
    let company = Company::new();
    let import = company.import(DEPARTMENTS, people(&rows));
    let sync = company.sync();
    for (place, (written, number)) in good.iter().enumerate() {
        assert_eq!(company.mobile(&format!("u{:02}", place + 1)), *number, "{written}");
        assert_eq!(import.told(&format!("{:04}", place + 1)), Vec::<String>::new(), "{written}");
    }
    for (place, written) in bad.iter().enumerate() {
        let place = place + good.len();
        assert_eq!(import.told(&format!("{:04}", place + 1)), ["mobile_invalid"], "{written}");
        assert_eq!(company.corp.member(&format!("u{:02}", place + 1)), Value::Null, "{written}");
        let told = sync.told(&format!("人{place}"));
        assert_eq!(told, ["contact_missing", "refused_at_import"], "{written}");
    }
    company.stays();
}

#[test]
fn words_for_nothing_are_blank_and_counted() {
    let company = Company::new();
    let words = ["未提供", "无", "N/A", "-", "暂无", "null"];
    let mut rows: Vec<(String, &str)> =
        words.iter().enumerate().map(|(place, word)| (format!("人{place}"), *word)).collect();
    rows.push(("冯强伟".into(), "15400000099"));
    rows.push(("冯军强".into(), "１５４００００００９８"));
    let rows: Vec<(&str, &str)> = rows.iter().map(|(name, mobile)| (name.as_str(), *mobile)).collect();
    let import = company.import(DEPARTMENTS, people(&rows));
    assert_eq!(import.run["status"], "succeeded", "{}", import.run);
    let notices = import.notices();
    assert!(notices["words_for_none"].contains("6 cells of mobile"), "{notices:?}");
    assert!(words.iter().all(|word| notices["words_for_none"].contains(word)), "{notices:?}");
    company.sync();
    assert_eq!(company.mobile("u08"), "15400000098");
    // Where a word may be somebody's, it stays.
    let users = "external_id,userid,name,mobile,departments,manager,status\nNA,null,None,15400000001,NA,无,\n0002,u2,无,15400000002,NA,,\n\
        0003,u3,张伟,15400000003,NA,,无\n";
    let company = Company::new();
    let import = company.import("dept_id,parent_id,name\nNA,无,North America\n", users);
    assert_eq!(import.told("NA"), Vec::<String>::new());
    assert_eq!(import.told("0002"), ["name_missing"]);
    assert_eq!(import.told("0003"), ["enabled_invalid"], "a status is never made up");
    company.sync();
    assert_eq!(company.name("null"), "None");
}

// 28: names of departments.
#[test]
fn names_of_departments_are_no_paths() {
    let company = Company::new();
    let long = "长".repeat(64);
    let departments = format!(
        "dept_id,parent_id,name,order\nHQ,,示例公司,1\nA,HQ,研发/测试,1\nA1,HQ,研发,2\nA2,A1,测试,1\nC,HQ,A:B,4\nC2,HQ,问?号,5\n\
         F,HQ,{long},7\nG,HQ,{long}长,8\nJ,HQ,ABC,11\nL,HQ,全角：冒号,13\nN,HQ,部|门,15\n"
    );
    let users =
        "external_id,userid,name,mobile,departments\n0001,u1,张伟,15400000001,A;A2\n0002,u2,李娜,15400000002,C\n";
    company.import(departments, users);
    let sync = company.sync();
    let names: Vec<Value> = company.corp.now()["departments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|department| department["name"].clone())
        .collect();
    for name in ["研发/测试", "研发", "测试", &long, "ABC", "全角：冒号"] {
        assert!(names.contains(&Value::from(name)), "{name}");
    }
    for name in ["A:B", "问?号", "部|门"] {
        assert_eq!(sync.told(name), ["dept_name_forbidden_char"], "{name}");
    }
    assert_eq!(sync.told(&format!("{long}长")), ["dept_name_too_long"]);
    assert_eq!(company.corp.member("u1")["department"].as_array().map(Vec::len), Some(2));
    assert_eq!(company.corp.member("u2"), Value::Null);
    company.stays();
}

// 33: accounts from names.
#[test]
fn accounts_in_letters_are_ascii_or_refused() {
    let house = House::new();
    let workflow = "dsl: 1\nid: sync\nname: roster\non: {manual: {}}\nconnections:\n  csv: {type: csv, ref: files}\n  \
        directory: {type: directory, ref: default}\nmappings:\n  person:\n    from: csv/row\n    to: directory/user\n    \
        match: [linked, source.no == target.employee_no]\n    fields:\n      employee_no: {value: \"{{source.no}}\", write: create}\n      \
        username: {value: \"{{pinyin source.name}}\", write: create}\n      name: \"{{source.name}}\"\n      status: active\nsteps:\n  \
        - id: read_staff\n    name: read\n    uses: csv/read\n    with: {path: staff.csv, key: no, columns: {no: 工号, name: 姓名}, required: [no, name]}\n  \
        - id: write_people\n    name: write\n    uses: directory/upsert_user\n    map: person\n    foreach: steps.read_staff.outputs.rows\n";
    let folder = format!("folder={}", house.source().display());
    house.good(&["connection", "add", "csv", "--name", "files", "--set", &folder]);
    let file = house.path("sync.yaml");
    std::fs::write(&file, workflow).expect("the workflow is written");
    house.good(&["workflow", "create", "--file", &file.display().to_string(), "--id", "sync"]);
    house.good(&["workflow", "activate", "sync", "--yes"]);
    let names = ["单雄", "曾静", "解晓", "仇英", "查良", "朴真", "尉迟恭", "万俟卨", "吕布", "帕尔·艾合", "𠮷野"];
    let rows: String = names.iter().enumerate().map(|(place, name)| format!("{place},{name}\n")).collect();
    std::fs::write(house.source().join("staff.csv"), format!("工号,姓名\n{rows}")).expect("the file is written");
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let refused: Vec<&Value> = items.iter().filter(|item| item["error"]["code"].is_string()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0]["object"]["source"] == "10" && refused[0].to_string().contains('𠮷'), "{refused:?}");
    let shown = house.good(&["directory", "show", "user"]).to_string();
    for account in [
        "shanxiong",
        "zengjing",
        "xiexiao",
        "qiuying",
        "zhaliang",
        "piaozhen",
        "yuchigong",
        "moqixie",
        "lyubu",
        "paeraihe",
    ] {
        assert!(shown.contains(&format!("\"{account}\"")), "{account}: {shown}");
    }
}

// 39: words of states.
#[test]
fn words_of_states_are_known_or_named() {
    let words = [
        ("TRUE", "active"),
        ("False", "disabled"),
        ("是", "active"),
        ("否", "disabled"),
        ("Y", "active"),
        ("N", "disabled"),
        ("正式", "active"),
        ("试用", "active"),
        ("实习", "active"),
        ("转正", "active"),
        ("ENABLED", "active"),
        ("离职 ", "left_unknown"),
        ("退休", "left_unknown"),
        ("待入职", "enabled_invalid"),
        ("停薪留职", "enabled_invalid"),
        ("1.0", "enabled_invalid"),
        ("在职（试用）", "enabled_invalid"),
    ];
    let rows: String = words
        .iter()
        .enumerate()
        .map(|(place, (word, _))| format!("{place},s{place},人{place},154002000{place:02},RD,{word}\n"))
        .collect();
    let company = Company::new();
    let import = company.import(DEPARTMENTS, format!("external_id,userid,name,mobile,departments,enabled\n{rows}"));
    company.sync();
    for (place, (word, meaning)) in words.iter().enumerate() {
        let member = company.corp.member(&format!("s{place}"));
        match *meaning {
            "active" => assert_eq!(member["enable"], 1, "{word}"),
            "disabled" => assert_eq!(member["enable"], 0, "{word}"),
            code => {
                assert_eq!((member, import.told(&place.to_string())), (Value::Null, vec![code.to_string()]), "{word}")
            }
        }
    }
}
