//! People under another key, people who came back, and values that change hands: nobody loses id, account or access because
//! of a slip in a file, and what a person decided is carried out.

use serde_json::Value;

use wecom_sim::{Effect, FaultRule, Faults};

use super::support::{Corp, House, Organisation, organisation};

/// A person in the files: key, account, name, mobile, e-mail, status.
type Person = (String, String, String, String, String, String);

fn person(key: &str, number: usize) -> Person {
    let status = "在职".into();
    let name = format!("人员{number:02}");
    (key.into(), format!("user{number:02}"), name, format!("154000001{number:02}"), String::new(), status)
}

fn twenty() -> Vec<Person> {
    (1..=20).map(|number| person(&format!("{number:04}"), number)).collect()
}

fn write(house: &House, people: &[Person]) {
    let departments = "dept_id,parent_id,name,order\nHQ,,示例公司,1\nRD,HQ,研发部,1\nOPS,HQ,运营部,2\n";
    std::fs::write(house.source().join("departments.csv"), departments).expect("a file");
    let mut users =
        String::from("external_id,userid,name,mobile,email,position,departments,is_leader,manager,status\n");
    for (key, account, name, mobile, email, status) in people {
        let even = account.chars().filter_map(|c| c.to_digit(10)).next_back().is_some_and(|digit| digit % 2 == 0);
        let department = if even { "RD" } else { "OPS" };
        users.push_str(&format!("{key},{account},{name},{mobile},{email},专员,{department},0,,{status}\n"));
    }
    std::fs::write(house.source().join("users.csv"), users).expect("a file");
}

/// A company in step through the mirror.
fn in_step(people: &[Person]) -> (Corp, House) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_mirror");
    write(&house, people);
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (corp, house)
}

/// Account, id and status of everybody in the directory.
fn everybody(house: &House) -> Vec<(String, String, String)> {
    let people = house.good(&["directory", "show", "user"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let mut people: Vec<_> = people
        .as_array()
        .expect("people")
        .iter()
        .map(|one| (text(&one["username"]), text(&one["id"]), text(&one["status"])))
        .collect();
    people.sort();
    people
}

fn with_code<'a>(items: &'a [Value], code: &str) -> Vec<&'a Value> {
    items.iter().filter(|item| item["error"]["code"] == code).collect()
}

/// The texts of an item in both languages, reason and next step.
fn texts(item: &Value) -> String {
    ["reason", "hint"]
        .iter()
        .flat_map(|part| ["zh", "en"].map(|lang| item["error"][part][lang].as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// No key that idflow made is in a text for people: 26 letters and digits in one word.
fn says_no_internal_id(text: &str) {
    let word = text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| word.len() == 26);
    assert_eq!(word, None, "{text}");
}

/// The command that a hint names.
fn command_of<'a>(item: &'a Value, ending: &str) -> Vec<&'a str> {
    let hint = item["error"]["hint"]["en"].as_str().unwrap_or_default();
    let mut commands = hint.split('`').filter(|part| part.starts_with("idflow ") && part.ends_with(ending));
    let command = commands.next_back().unwrap_or_else(|| panic!("no command ends with {ending}: {hint}"));
    command.split(' ').skip(1).collect()
}

#[test]
fn one_corrected_key_costs_nobody_anything() {
    let (corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let writes = corp.writes();
    let mut people = twenty();
    people[6].0 = "7".into();
    write(&house, &people);
    // However often, and whatever is approved: undecided is undecided.
    for more in [&[][..], &["--yes"], &[]] {
        let run = house.import(more).expect(3).json();
        assert_eq!((&run["counts"]["user"]["removed"], &run["counts"]["user"]["created"]), (&0.into(), &0.into()));
        let items = house.items(&run);
        let changed = with_code(&items, "key_changed");
        assert_eq!(changed.len(), 2, "the old one and the new one: {items:#?}");
        for item in changed {
            assert_eq!(item["outcome"], "ambiguous");
            let text = texts(item);
            for word in ["0007", "`7`", "人员07", "user07"] {
                assert!(text.contains(word), "{word}: {text}");
            }
            says_no_internal_id(&text);
        }
        let run = house.ask(&["run", "sync", "--wait"]).expect(0).json();
        assert_eq!(run["status"], "succeeded_no_change", "{run}");
    }
    assert_eq!(everybody(&house), before);
    let open = house.good(&["match", "list"]);
    assert_eq!(open["open"].as_array().map(Vec::len), Some(1), "{open}");
    assert_eq!(open["open"][0]["candidates"][0]["label"], "人员07 (user07)", "{open}");
    assert!(house.text(&["match", "list"]).expect(0).out.contains("0007"));

    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    house.good(&command_of(with_code(&items, "key_changed")[0], "--same"));
    let run = house.import(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
    assert_eq!(everybody(&house), before);
    assert_eq!(house.ask(&["run", "sync", "--wait"]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes, "WeCom saw nothing of all this");
    assert_eq!(house.good(&["match", "list"]), serde_json::json!({"open": [], "decisions": []}));
    // The new key is the person's from now on.
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    let left: Vec<_> = everybody(&house).into_iter().filter(|(_, _, status)| status == "left").collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, "user07");
}

#[test]
fn whoever_has_another_key_can_be_told_beforehand() {
    let (corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let writes = corp.writes();
    house.good(&["link", "move", "0007", "9007", "--why", "corrected by HR"]);
    let mut people = twenty();
    people[6].0 = "9007".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    assert_eq!(everybody(&house), before);
    assert_eq!(house.ask(&["run", "sync", "--wait"]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes);
    let links = house.good(&["link", "list", "import", "--find", "9007"]);
    assert_eq!(links[0]["label"], "人员07 (user07)", "{links}");
    assert_eq!(house.ask(&["link", "move", "0007", "1"]).code, 1, "nobody has that key any more");
    assert_eq!(house.ask(&["link", "move", "0001", "0002"]).code, 1, "that key is somebody else's");
}

/// The number of one row is typed as that of another one, or the row cannot be used: whoever stands in it has not left.
#[test]
fn whoever_stands_in_another_row_has_not_left() {
    let (corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let writes = corp.writes();
    let line = "0007,user07,人员07,15400000107,,专员,OPS,0,,在职";
    let slips = [
        ("the number of somebody above", "0001,user07,人员07,15400000107,,专员,OPS,0,,在职"),
        ("the number of the next one", "0008,user07,人员07,15400000107,,专员,OPS,0,,在职"),
        ("another number and a comma too many", "0097,user07,人员07,15400000107,,专员,OPS,0,,在职,x"),
        ("a comma in the number", "00,07,user07,人员07,15400000107,,专员,OPS,0,,在职"),
        ("a comma in the name", "0097,user07,人,员07,15400000107,,专员,OPS,0,,在职"),
        ("another number and a comma too few", "0097,user07,人员07,15400000107,,专员,OPS,0,在职"),
        ("another number, no account, a comma too many", "0097,,人员07,15400000107,,专员,OPS,0,,在职,x"),
    ];
    let file = house.source().join("users.csv");
    let good = std::fs::read_to_string(&file).expect("a file");
    for (what, slip) in slips {
        assert!(good.contains(line), "{good}");
        std::fs::write(&file, good.replace(line, slip)).expect("a file");
        let run = house.import(&["--yes"]).expect(3).json();
        assert_eq!(run["counts"]["user"]["removed"], 0, "{what}: {run}");
        let items = house.items(&run);
        let kept = with_code(&items, "stands_in_other_row");
        assert_eq!(kept.len(), 1, "{what}: {items:#?}");
        assert_eq!(kept[0]["outcome"], "ambiguous", "{what}: {items:#?}");
        let text = texts(kept[0]);
        for word in ["0007", "users.csv:8", "人员07 (user07)"] {
            assert!(text.contains(word), "{what}, {word}: {text}");
        }
        says_no_internal_id(&text);
        assert_eq!(everybody(&house), before, "{what}");
        house.sync(&[]);
    }
    // Without the row he has left, and others stand in their own rows.
    std::fs::write(&file, good.replace(&format!("{line}\n"), "")).expect("a file");
    let run = house.import(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
    assert_eq!(corp.writes(), writes, "WeCom saw nothing of all this");
}

/// One number in two rows, of which the first says that its person has left: one of them is wrong, and nobody knows which.
#[test]
fn whoever_leaves_in_one_row_and_not_in_another_stays() {
    let (corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let writes = corp.writes();
    let file = house.source().join("users.csv");
    let good = std::fs::read_to_string(&file).expect("a file");
    let line = good.lines().find(|line| line.starts_with("0007,")).expect("a row").to_string();
    let left = line.replace("在职", "离职");
    assert_ne!(line, left, "{line}");
    std::fs::write(&file, good.replace(&line, &format!("{left}\n{line}"))).expect("a file");
    let run = house.import(&["--yes"]).expect(3).json();
    assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
    let items = house.items(&run);
    let kept = with_code(&items, "leaves_and_stays");
    assert_eq!((kept.len(), &kept[0]["outcome"]), (1, &"ambiguous".into()), "{items:#?}");
    says_no_internal_id(&texts(kept[0]));
    assert_eq!(everybody(&house), before);
    house.sync(&[]);
    assert_eq!(corp.writes(), writes, "WeCom saw nothing of it");
    // The row alone is believed.
    std::fs::write(&file, good.replace(&line, &left)).expect("a file");
    assert_eq!(house.import(&[]).expect(0).json()["counts"]["user"]["removed"], 1);
}

/// A file that is a part of the list gives nobody what somebody else has who is not in it.
#[test]
fn an_upload_gives_nobody_the_number_or_account_of_somebody_else() {
    let (_corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let file = house.path("part.csv");
    for (what, row, code) in [
        ("a new person with a number", "0300,撞,q300,15400000101,RD", "mobile"),
        ("an account", "0002,人员02,user03,15400000102,RD", "username"),
    ] {
        std::fs::write(&file, format!("工号,姓名,账号,手机,部门\n{row}\n")).expect("a file");
        let run = house.ask(&["directory", "upload", &file.display().to_string(), "--by-id", "--yes"]).json();
        let items = house.items(&run);
        let told = |item: &&Value| item["error"]["field"] == code || item["warnings"].to_string().contains(code);
        assert!(items.iter().any(|item| told(&item)), "{what}: {run} {items:#?}");
        let people = house.good(&["directory", "show", "user", "--reveal"]);
        for field in ["mobile", "username"] {
            let all: Vec<&str> =
                people.as_array().expect("people").iter().filter_map(|one| one[field].as_str()).collect();
            let once: std::collections::BTreeSet<&str> = all.iter().copied().collect();
            assert_eq!(all.len(), once.len(), "{what}: two have one {field}");
        }
    }
    assert!(before.iter().all(|one| everybody(&house).contains(one)), "nobody else changed");
}

/// A file without columns of states and accounts says nothing of either: nobody is let in again or renamed by it.
#[test]
fn an_upload_changes_neither_state_nor_account_that_it_does_not_name() {
    let mut people = twenty();
    let (corp, house) = in_step(&people);
    (people[4].5, people[5].5) = ("停用".into(), "离职".into());
    write(&house, &people);
    house.import(&["--yes"]).expect(0);
    let before = everybody(&house);
    let file = house.path("part.csv");
    let rows = "0005,人员05,15400000105,RD\n0006,人员06,15400000106,RD\n0007,人员07,15400000107,OPS\n0040,新人,15400000140,RD\n";
    std::fs::write(&file, format!("工号,姓名,手机,部门\n{rows}")).expect("a file");
    let upload = ["directory", "upload", &file.display().to_string(), "--by-id", "--yes"].map(str::to_string);
    let upload: Vec<&str> = upload.iter().map(String::as_str).collect();
    house.ask(&upload).expect(0);
    let after = everybody(&house);
    assert!(before.iter().all(|one| after.contains(one)), "{before:#?}\n{after:#?}");
    let new: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
    assert!(new.len() == 1 && new[0].0 == "0040" && new[0].2 == "active", "whoever is new works: {new:?}");
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user05")["enable"], 0);
    // What the mapping has otherwise is not left out without a word.
    for option in ["--full", "--create-departments"] {
        let refused = house.ask(&[&upload[..3], &["--workflow", "upload_people", option]].concat()).expect(1).json();
        assert_eq!(refused["error"]["code"], "upload_mapping_kept", "{option}: {refused}");
    }
}

/// People whom an upload made are in no file of the import: that `--yes` was given beforehand is no decision about them.
#[test]
fn nobody_whom_an_upload_made_is_removed_by_an_import_without_a_decision() {
    let house = House::new();
    write(&house, &twenty());
    house.import(&[]).expect(0);
    let file = house.path("part.csv");
    std::fs::write(&file, "工号,姓名,账号,手机,部门\n0300,新一,new1,15400000301,RD\n0301,新二,new2,15400000302,RD\n")
        .expect("a file");
    house.ask(&["directory", "upload", &file.display().to_string(), "--by-id", "--yes"]).expect(0);
    let status = |account: &str| everybody(&house).into_iter().find(|one| one.0 == account).map(|one| one.2);
    for _ in 0..2 {
        let run = house.import(&["--yes"]).json();
        assert!(run["notices"].to_string().contains("leavers_of_other"), "{run}");
        assert_eq!((status("new1").as_deref(), status("new2").as_deref()), (Some("active"), Some("active")), "{run}");
        assert_eq!(run["counts"]["user"]["removed"], 0, "{run}");
    }
    let waiting = house.good(&["removals", "list"]);
    let ids: Vec<&Value> =
        waiting.as_array().expect("a list").iter().filter(|one| one.to_string().contains("\"0300\"")).collect();
    assert_eq!((waiting.as_array().map(Vec::len), ids.len()), (Some(2), 1), "{waiting}");
    house.good(&["removals", "approve", ids[0]["id"].as_str().expect("an id")]);
    let run = house.import(&["--yes"]).json();
    assert_eq!((status("new1").as_deref(), status("new2").as_deref()), (Some("left"), Some("active")), "{run}");
}

/// A column that tells who is there, and that nobody has assigned, is named; nobody's state follows from it.
#[test]
fn an_upload_says_that_a_column_of_states_is_not_read() {
    let mut people = twenty();
    let house = House::new();
    people[4].5 = "停用".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let before = everybody(&house);
    let file = house.path("part.csv");
    let path = file.display().to_string();
    for header in ["是否离职", "在职情况"] {
        std::fs::write(&file, format!("工号,姓名,账号,手机,部门,{header}\n0005,人员05,user05,15400000105,OPS,否\n0007,人员07,user07,15400000107,OPS,是\n")).expect("a file");
        let look = house.good(&["directory", "upload", &path, "--preview"]);
        let told = |list: &Value| {
            list.as_array()
                .into_iter()
                .flatten()
                .any(|one| one["code"] == "status_unread" && one.to_string().contains(header))
        };
        assert!(told(&look["notes"]), "{look}");
        let run = house.ask(&["directory", "upload", &path, "--by-id", "--yes"]).expect(0).json();
        assert!(told(&run["notices"]), "{run}");
        assert_eq!(everybody(&house), before);
    }
}

/// A main department that is none of a person's, and flags that nobody can tell apart, are the row's mistakes.
#[test]
fn nothing_is_guessed_of_main_departments_and_leaders() {
    let house = House::new();
    write(&house, &twenty());
    house.import(&[]).expect(0);
    let departments = || {
        let people = house.good(&["directory", "show", "user", "--limit", "100"]);
        people
            .as_array()
            .expect("people")
            .iter()
            .map(|one| one["departments"].to_string() + &one["primary_department"].to_string())
            .collect::<Vec<_>>()
    };
    let before = departments();
    let rows = "0001,user01,人员01,15400000101,RD;OPS,,HQ\n0002,user02,人员02,15400000102,RD;OPS,1,\n\
        0003,user03,人员03,15400000103,RD,1;1,RD\n";
    let header = "external_id,userid,name,mobile,departments,is_leader,main_department";
    let rest: String = twenty()[3..]
        .iter()
        .map(|one| {
            format!(
                "{},{},{},{},{},,\n",
                one.0,
                one.1,
                one.2,
                one.3,
                if one.1.ends_with(['0', '2', '4', '6', '8']) { "RD" } else { "OPS" }
            )
        })
        .collect();
    std::fs::write(house.source().join("users.csv"), format!("{header}\n{rows}{rest}")).expect("a file");
    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "main_department_not_listed").len(), 1, "{items:#?}");
    assert!(texts(with_code(&items, "main_department_not_listed")[0]).contains("HQ"));
    assert_eq!(with_code(&items, "flags_number").len(), 2, "{items:#?}");
    assert_eq!(departments(), before, "each stays as he is");
    // The same before an upload.
    let file = house.path("part.csv");
    std::fs::write(&file, "工号,姓名,账号,手机,部门,部门负责人,主部门\n0001,人员01,user01,15400000101,RD;OPS,,HQ\n0002,人员02,user02,15400000102,RD;OPS,1,RD\n").expect("a file");
    let look = house.good(&["directory", "upload", &file.display().to_string(), "--by-id", "--preview"]);
    for code in ["main_department_not_listed", "flags_number"] {
        assert!(look["problems"].to_string().contains(code), "{code}: {look}");
    }
    assert_eq!(look["refused"], 2, "{look}");
}

/// That one member must not be written, that one department is full, that no account is left: each keeps nobody else from being
/// written, and nobody who left keeps access for it.
#[test]
fn a_right_that_is_missing_for_one_keeps_nobody_else_waiting() {
    let (corp, house) = in_step(&twenty());
    let refuse = |path: &str, text: &str, errcode: i64| {
        let rule = FaultRule::new(path, Effect::Error { errcode, errmsg: None }).matching(text);
        corp.set_faults(Faults::rules([rule]));
    };
    let mut people = twenty();
    for (round, (path, text, errcode)) in
        [("/cgi-bin/user/update", "user03", 60011), ("/cgi-bin/user/create", "user31", 45024)].into_iter().enumerate()
    {
        refuse(path, text, errcode);
        // Everybody has another number, one leaves in each round, one comes.
        people.remove(people.len() - 1);
        for (at, one) in people.iter_mut().enumerate() {
            one.3 = format!("1390000{round}{at:03}");
        }
        let key = 30 + round;
        people.insert(0, person(&format!("00{key}"), key));
        write(&house, &people);
        house.import(&["--yes"]).expect(0);
        let run = house.sync(&[]).expect(3).json();
        let failed = with_code(&house.items(&run), &format!("WECOM_{errcode}")).len();
        assert_eq!(failed, 1, "{run}");
        assert_eq!(run["counts"]["user"]["failed"], 1, "{run}");
        assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
        assert!(run["counts"]["user"].get("not_attempted").is_none_or(|none| none == 0), "{run}");
    }
}

/// Somebody has two accounts, with one number, which only the first one can have. That he gives the first one up is no slip:
/// the row of the second has its own account.
#[test]
fn whoever_has_two_accounts_may_give_one_up() {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_mirror");
    let mut people = twenty();
    let mut second = person("0021", 21);
    (second.2, second.3) = (people[6].2.clone(), people[6].3.clone());
    people.push(second);
    write(&house, &people);
    house.import(&[]);
    let both = everybody(&house);
    assert!(["user07", "user21"].iter().all(|account| both.iter().any(|one| one.0 == *account)), "{both:?}");
    people.remove(6);
    write(&house, &people);
    let run = house.import(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
    assert!(with_code(&house.items(&run), "stands_in_other_row").is_empty());
    let left: Vec<String> = everybody(&house).into_iter().filter(|one| one.2 == "left").map(|one| one.0).collect();
    assert_eq!(left, ["user07"]);
}

/// The same of a department: its number is typed as that of another one, or its row cannot be used.
#[test]
fn a_department_in_a_row_that_cannot_be_used_is_not_gone() {
    let (_corp, house) = in_step(&twenty());
    let file = house.source().join("departments.csv");
    let good = std::fs::read_to_string(&file).expect("a file") + "LAB,HQ,实验室,3\n";
    std::fs::write(&file, &good).expect("a file");
    house.import(&[]).expect(0);
    for slip in ["RD,HQ,实验室,3", "LAX,HQ,实验室,3,x", "LAX,HX,实验室,3"] {
        std::fs::write(&file, good.replace("LAB,HQ,实验室,3", slip)).expect("a file");
        let run = house.import(&["--yes"]).expect(3).json();
        assert_eq!(run["counts"]["department"]["removed"], 0, "{slip}: {run}");
    }
}

/// A member who was disabled, and of whom WeCom says so, is disabled, although no answer came.
#[test]
fn a_disable_whose_answer_is_lost_is_recognised() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/update", Effect::Lost)]));
    let before = corp.writes();
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["removed"], 1, "{run}");
    assert_eq!((corp.member("user07")["enable"].clone(), corp.writes() - before), (0.into(), 1), "sent once: {run}");
    corp.set_faults(Faults::default());
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// WeCom keeps the number of a member who has activated and says nothing. Whoever gets that number next is not told to be that
/// member: both are linked.
#[test]
fn the_number_that_an_activated_member_keeps_is_called_that() {
    let mut state = super::support::corp::empty();
    state.corps[0].users.push(wecom_sim::state::UserState {
        userid: "user04".into(),
        name: "人员04".into(),
        mobile: "15400000104".into(),
        department: vec![1],
        status: Some(1),
        ..Default::default()
    });
    let corp = Corp::with(state);
    let house = House::ready(&corp, "wecom_downstream_mirror");
    let mut people = twenty();
    write(&house, &people);
    house.import(&[]).expect(0);
    house.adopt();
    people[3].3 = "15499999999".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user04")["mobile"], "15400000104", "kept without a word");
    let mut hire = person("0021", 21);
    hire.3 = "15400000104".into();
    people.push(hire);
    write(&house, &people);
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let taken = with_code(&items, "WECOM_60104");
    assert_eq!(taken.len(), 1, "{items:#?}");
    let text = texts(taken[0]);
    for word in ["user04", "已激活", "activated"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

/// Somebody got another account in the admin console. That his number is taken is found out once, and not asked for again.
#[test]
fn a_creation_that_is_refused_for_the_number_is_sent_once() {
    let (corp, house) = in_step(&twenty());
    let mut state = corp.state();
    let member = state.corps[0].users.iter_mut().find(|member| member.userid == "user09").expect("the ninth");
    member.userid = "renamed.nine".into();
    corp.load(state).expect("the state holds together");
    let creations = || corp.requests().iter().filter(|record| record.path.ends_with("user/create")).count();
    let before = creations();
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!((with_code(&items, "WECOM_60104").len(), creations() - before), (1, 1), "{items:#?}");
}

/// Of a leaver whom only the list lacks, the link is not forgotten: who is there is deleted once the list shows him again.
#[test]
fn a_leaver_whom_only_the_list_lacks_is_not_forgotten() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/list_id", Effect::Lacks("user07".into()))]));
    let before = corp.writes();
    let run = house.sync(&["--input", "grace=0d"]).expect(0).json();
    let items = house.items(&run);
    let kept = with_code(&items, "target_list_lacks");
    assert_eq!((kept.len(), corp.writes()), (1, before), "{items:#?}");
    assert!(texts(kept[0]).contains("user07"), "{}", texts(kept[0]));
    corp.set_faults(Faults::default());
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(corp.member("user07"), Value::Null, "deleted");
    // Whoever is gone from WeCom is forgotten as before.
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    corp.by_hand(super::support::corp::CORP_ID, "user/delete", &serde_json::json!({"userid": "user08"})).expect("gone");
    house.sync(&["--input", "grace=0d"]).expect(0);
    assert_eq!(house.sync(&["--input", "grace=0d"]).expect(0).json()["status"], "succeeded_no_change");
}

/// Number and address go to two different colleagues, and everybody has both after one run.
#[test]
fn a_number_swapped_with_one_and_an_address_with_another_arrive() {
    let mut people = twenty();
    for (number, person) in people.iter_mut().enumerate() {
        person.4 = format!("p{number}@example.com");
    }
    let (corp, house) = in_step(&people);
    let (number, address) = (people[2].3.clone(), people[2].4.clone());
    people[2].3 = std::mem::replace(&mut people[3].3, number);
    people[2].4 = std::mem::replace(&mut people[4].4, address);
    write(&house, &people);
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    for person in &people[2..5] {
        let member = corp.member(&person.1);
        assert_eq!((&member["mobile"], &member["email"]), (&person.3.as_str().into(), &person.4.as_str().into()));
    }
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// A number that goes to a colleague under his own name is no sign of the one who left.
#[test]
fn the_number_of_a_leaver_may_go_to_a_colleague() {
    let (_corp, house) = in_step(&twenty());
    let mut people = twenty();
    let left = people.remove(6);
    people[2].3 = left.3;
    write(&house, &people);
    let run = house.import(&[]).expect(0).json();
    assert_eq!((&run["counts"]["user"]["removed"], &run["counts"]["user"]["updated"]), (&1.into(), &1.into()), "{run}");
}

#[test]
fn a_file_whose_numbers_lost_their_zeros_is_held() {
    let (corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let writes = corp.writes();
    let people: Vec<Person> = (1..=20).map(|number| person(&number.to_string(), number)).collect();
    write(&house, &people);
    let held = house.import(&["--yes"]).expect(4).json();
    let why: Vec<&str> = held["why"].as_array().expect("why").iter().filter_map(|why| why["code"].as_str()).collect();
    assert_eq!(why, ["keys_changed"], "{held}");
    // A person who has looked lets the rest go on: nobody leaves and nobody is made.
    let id = held["run"].as_str().expect("an id");
    let run = house.ask(&["runs", "approve", id, "--source-checked", "--yes"]).expect(3).json();
    assert_eq!((&run["counts"]["user"]["removed"], &run["counts"]["user"]["created"]), (&0.into(), &0.into()), "{run}");
    assert_eq!(everybody(&house), before);

    house.good(&["match", "decide", "import", "--all", "--same", "--yes"]);
    house.import(&[]).expect(0);
    assert_eq!(everybody(&house), before);
    assert_eq!(house.ask(&["run", "sync", "--wait"]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes);
}

#[test]
fn somebody_who_comes_back_under_a_new_number_gets_everything_again() {
    let (corp, house) = in_step(&twenty());
    let before = everybody(&house);
    let mut people = twenty();
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user07")["enable"], 0);

    people.push(person("1007", 7));
    write(&house, &people);
    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    let changed = with_code(&items, "key_changed");
    assert_eq!(changed.len(), 1, "who left before has nothing to lose: {items:#?}");
    says_no_internal_id(&texts(changed[0]));
    house.good(&command_of(changed[0], "--same"));
    house.import(&[]).expect(0);
    assert_eq!(everybody(&house), before);
    house.ask(&["run", "sync", "--wait"]).expect(0);
    assert_eq!(corp.member("user07")["enable"], 1);
    assert_eq!(corp.member("user07")["name"], "人员07");
    assert_eq!(house.ask(&["run", "sync", "--wait"]).expect(0).json()["status"], "succeeded_no_change");
}

/// The file keeps the old row, marked as left, beside the new one: in the same file or some months later.
#[test]
fn a_row_of_somebody_who_left_may_stand_beside_the_new_one() {
    for months in [0, 1] {
        let (corp, house) = in_step(&twenty());
        let before = everybody(&house);
        let mut people = twenty();
        people[6].5 = "离职".into();
        if months > 0 {
            write(&house, &people);
            house.import(&[]).expect(0);
            house.sync(&[]).expect(0);
            assert_eq!(corp.member("user07")["enable"], 0);
        }
        people.push(person("1007", 7));
        write(&house, &people);
        let run = house.import(&[]).expect(3).json();
        let items = house.items(&run);
        let changed = with_code(&items, "key_changed");
        assert_eq!(changed.len(), 2 - months, "{items:#?}");
        if months == 0 {
            assert_eq!(everybody(&house), before, "nobody leaves before somebody decides");
        }
        assert_eq!(house.good(&["match", "list"])["open"].as_array().map(Vec::len), Some(1));
        house.good(&command_of(changed[0], "--same"));
        for _ in 0..2 {
            house.import(&[]).expect(0);
            assert_eq!(everybody(&house), before);
            house.sync(&[]).expect(0);
            assert_eq!(corp.member("user07")["enable"], 1);
        }
        assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
    }
}

#[test]
fn another_person_is_made_and_the_former_one_leaves() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    // A namesake with the same number: another account.
    people[6].0 = "9007".into();
    people[6].1 = "user07b".into();
    write(&house, &people);
    let run = house.import(&[]).expect(3).json();
    let items = house.items(&run);
    let changed = with_code(&items, "key_changed");
    assert_eq!(changed.len(), 2, "{items:#?}");
    assert!(texts(changed[0]).contains("name, mobile number"), "{}", texts(changed[0]));
    house.good(&command_of(changed[0], "--other"));
    let run = house.import(&[]).expect(0).json();
    assert_eq!((&run["counts"]["user"]["removed"], &run["counts"]["user"]["created"]), (&1.into(), &1.into()), "{run}");
    let people = everybody(&house);
    let status = |account: &str| people.iter().find(|one| one.0 == account).map(|one| one.2.as_str());
    assert_eq!((status("user07"), status("user07b")), (Some("left"), Some("active")));
    assert_eq!(house.import(&[]).expect(0).json()["status"], "succeeded_no_change");
    // WeCom is not asked about again: the former one is disabled, the new one waits for the number and is told so.
    let run = house.ask(&["run", "sync", "--wait"]).expect(3).json();
    assert_eq!(corp.member("user07")["enable"], 0, "{run}");
    let items = house.items(&run);
    assert_eq!((with_code(&items, "key_changed").len(), with_code(&items, "value_held").len()), (0, 1), "{items:#?}");
}

/// A decision whose ends are gone is over, and the run says so.
#[test]
fn a_decision_that_nobody_can_carry_out_is_told_and_over() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    people[6].0 = "7".into();
    write(&house, &people);
    let undecided = house.import(&[]).expect(3).json();
    house.good(&["match", "decide", "import", "7", "--same"]);
    assert_ne!(undecided["plan"], house.good(&["plan", "csv_to_directory", "--input", &folder(&house)])["plan"]);
    // Everything as it was: the new key was a slip.
    write(&house, &twenty());
    let run = house.import(&[]).expect(0).json();
    assert_eq!(run["notices"][0]["code"], "decision_source_gone", "{run}");
    assert_eq!(house.good(&["match", "list"])["decisions"], serde_json::json!([]));

    // A second record, decided about, and then somebody deletes the member.
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    house.good(&["match", "decide", "import", "9007", "--create"]);
    people.push(person("9007", 7));
    write(&house, &people);
    house.import(&[]).expect(0);
    house.sync(&[]).expect(3);
    house.good(&["match", "decide", "main", "user07", "--same"]);
    let mut state = corp.state();
    state.corps[0].users.retain(|user| user.userid != "user07");
    corp.load(state).expect("the state holds together");
    // Whoever decided sees that before anybody is made.
    let run = house.sync(&[]).expect(3).json();
    let told = run["notices"].as_array().into_iter().flatten().any(|notice| notice["code"] == "decision_end_gone");
    assert!(told, "{run}");
    assert_eq!(with_code(&house.items(&run), "decision_end_gone").len(), 1, "{run}");
    assert_eq!(corp.member("user07"), Value::Null);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user07")["name"], "人员07");
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    let links = house.good(&["link", "list", "main", "--find", "user07"]);
    assert_eq!(links.as_array().map(Vec::len), Some(1), "{links}");
}

/// A file that is held for being too short says nothing of those who are not in it.
#[test]
fn a_decision_outlives_a_file_that_is_held() {
    let (_corp, house) = in_step(&twenty());
    let mut people = twenty();
    people[6].0 = "9007".into();
    write(&house, &people);
    house.import(&[]).expect(3);
    house.good(&["match", "decide", "import", "9007", "--same"]);
    write(&house, &people[..5]);
    let held = house.import(&[]).expect(4).json();
    assert!(!held["notices"].to_string().contains("decision_source_gone"), "{held}");
    assert_eq!(house.good(&["match", "list"])["decisions"].as_array().map(Vec::len), Some(1), "{held}");
    let before = everybody(&house);
    write(&house, &people);
    house.import(&[]).expect(0);
    assert_eq!(everybody(&house), before, "he is who he was");
}

fn folder(house: &House) -> String {
    format!("folder={}", house.source().display())
}

/// Somebody made a second record of one person in the directory. WeCom's member is neither disabled nor made again.
#[test]
fn a_second_record_of_a_person_takes_the_member_over_by_decision() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    people.remove(6);
    write(&house, &people);
    house.import(&[]).expect(0);
    house.good(&["match", "decide", "import", "9007", "--create"]);
    people.push(person("9007", 7));
    write(&house, &people);
    house.import(&[]).expect(0);
    assert_eq!(everybody(&house).iter().filter(|one| one.0 == "user07").count(), 2);

    let writes = corp.writes();
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let changed = with_code(&items, "key_changed");
    assert_eq!(changed.len(), 2, "{items:#?}");
    for item in &changed {
        says_no_internal_id(&texts(item));
    }
    assert_eq!(corp.writes(), writes);
    assert_eq!(corp.member("user07")["enable"], 1);
    let command = command_of(changed[0], "--same");
    assert_eq!(command, ["match", "decide", "main", "user07", "--same"]);
    house.good(&command);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user07")["enable"], 1);
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(house.good(&["match", "list", "--connection", "main"])["open"], serde_json::json!([]));
}

/// Two in the source whom a rule takes for one member: neither gets it.
#[test]
fn no_two_get_one_member() {
    let mut state = super::support::corp::empty();
    state.corps[0].users.push(wecom_sim::state::UserState {
        userid: "zhang".into(),
        name: "张伟".into(),
        mobile: "15400009999".into(),
        department: vec![1],
        ..Default::default()
    });
    let corp = Corp::with(state);
    let house = House::new();
    // Only then names of members are seen.
    house.connect_with(&corp, &["member_read=full"], true);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    let rule = "source.username == target.userid";
    assert!(text.contains(rule));
    house.workflow_text(&text.replace(rule, "source.name == target.name"));
    let mut people = twenty();
    people[3].2 = "张伟".into();
    people[4].2 = "张伟".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let contested = with_code(&items, "match_contested");
    assert_eq!(contested.len(), 2, "{items:#?}");
    for (item, rival) in contested.iter().zip(["user05", "user04"]) {
        assert!(texts(item).contains(rival) && texts(item).contains("zhang"), "{}", texts(item));
        says_no_internal_id(&texts(item));
    }
    assert_eq!(corp.member("zhang")["mobile"], "15400009999");
    let links = house.good(&["link", "list", "main"]);
    assert!(links.as_array().expect("links").iter().all(|link| link["key"] != "zhang"), "{links}");
    // A person says which of them it is.
    house.good(&["match", "decide", "main", "zhang", "--same", "--candidate", "user04"]);
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    assert_eq!(with_code(&items, "match_contested").len(), 1, "the other one still waits: {items:#?}");
    let links = house.good(&["link", "list", "main", "--find", "zhang"]);
    assert_eq!(links[0]["label"], "张伟 (user04)", "{links}");
    house.good(&["match", "decide", "main", "zhang", "--other"]);
    house.sync(&[]).expect(0);
    assert_eq!(corp.member("user05")["name"], "张伟");
}

/// The mapping leaves empty numbers and addresses alone. A value that its holder gave up in the source goes to whoever
/// takes it, in the same run or later, and what nobody takes stays.
#[test]
fn a_value_given_up_goes_to_whoever_takes_it() {
    let mut people = twenty();
    for (place, address) in [(1, "li.na@example.com"), (2, "second@example.com"), (3, "third@example.com")] {
        people[place].4 = address.into();
    }
    let (corp, house) = in_step(&people);
    let email = |account: &str| corp.member(account)["email"].as_str().unwrap_or_default().to_string();

    // In one file.
    people[1].4 = String::new();
    people[1].3 = "15400000902".into();
    people[10].4 = "li.na@example.com".into();
    people[10].3 = "15400000911".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!((email("user02"), email("user11")), (String::new(), "li.na@example.com".into()));
    assert_eq!(corp.member("user11")["mobile"], "15400000911", "the other fields go on");
    let items = house.items(&run);
    let holder = items.iter().find(|item| item["object"]["target"] == "user02").expect("the holder has an item");
    assert_eq!(holder["warnings"][0]["code"], "value_given_up", "{holder}");
    assert!(holder["warnings"][0]["reason"]["zh"].as_str().unwrap_or_default().contains("人员11 (user11)"), "{holder}");

    // Given up first: WeCom keeps it, nothing is said to have changed.
    people[2].4 = String::new();
    people[3].4 = String::new();
    write(&house, &people);
    house.import(&[]).expect(0);
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
    assert_eq!(email("user03"), "second@example.com");
    // Taken later, by somebody who was there and by somebody new.
    people[11].4 = "second@example.com".into();
    people.push(person("0021", 21));
    people[20].4 = "third@example.com".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 1, "{run}");
    assert_eq!((email("user03"), email("user12")), (String::new(), "second@example.com".into()));
    assert_eq!((email("user04"), email("user21")), (String::new(), "third@example.com".into()));
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// WeCom wants a number or an address of everybody: the only one is not taken away, and both runs say the same.
#[test]
fn the_last_way_to_reach_somebody_is_not_given_away() {
    let mut people = twenty();
    people[1].3 = String::new();
    people[1].4 = "li.na@example.com".into();
    let (corp, house) = in_step(&people);
    people[1].4 = String::new();
    people[2].4 = "li.na@example.com".into();
    people[2].2 = "人员三".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let writes = corp.writes();
    for night in 0..2 {
        let run = house.sync(&[]).expect(3).json();
        let items = house.items(&run);
        let problem = with_code(&items, "email_duplicate");
        let problem = problem.first().unwrap_or_else(|| panic!("night {night}: {items:#?}"));
        assert!(texts(problem).contains("人员02 (user02)"), "{}", texts(problem));
        says_no_internal_id(&texts(problem));
        assert_eq!(corp.member("user03")["name"], "人员三", "the other fields go on");
        assert_eq!(corp.member("user02")["email"], "li.na@example.com");
        assert_eq!(corp.writes() - writes, 1, "no useless call at night {night}");
    }
}

/// A leaver's number and mailbox go to a new colleague. The disabled member keeps both in WeCom.
#[test]
fn whoever_sits_only_in_the_target_is_named_with_what_frees_the_value() {
    let mut people = twenty();
    people[6].4 = "sales@example.com".into();
    let (corp, house) = in_step(&people);
    let mut heir = person("0021", 21);
    heir.3.clone_from(&people[6].3);
    heir.4 = "sales@example.com".into();
    people.remove(6);
    people.push(heir);
    write(&house, &people);
    house.import(&[]).expect(0);
    for night in 0..2 {
        let run = house.ask(&["run", "sync", "--wait"]).expect(3).json();
        let items = house.items(&run);
        let held = with_code(&items, "value_held");
        assert_eq!(held.len(), 1, "night {night}: {items:#?}");
        let text = texts(held[0]);
        assert!(text.contains("人员07 (user07)") && text.contains("禁用"), "{text}");
        says_no_internal_id(&text);
        assert_eq!(corp.member("user07")["enable"], 0);
        assert_eq!(corp.member("user21"), Value::Null);
    }
    // With a way to be reached of her own she is made, and the rest is told.
    people[19].3 = "15400000921".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let run = house.ask(&["run", "sync", "--wait"]).expect(3).json();
    assert_eq!(corp.member("user21")["mobile"], "15400000921", "{run}");
    assert_eq!(with_code(&house.items(&run), "value_held").len(), 1);
    let run = house.ask(&["run", "sync", "--wait"]).expect(3).json();
    assert_eq!(with_code(&house.items(&run), "value_held").len(), 1, "the same state, the same verdict");
}

/// An account renamed in the source stays what it is in WeCom, and every run says so; nobody gets the old one meanwhile.
#[test]
fn a_renamed_account_is_told_and_taken_by_nobody() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    people[1].1 = "user02.b".into();
    write(&house, &people);
    house.import(&[]).expect(0);
    let writes = corp.writes();
    for _ in 0..2 {
        let run = house.sync(&[]).expect(0).json();
        assert_eq!(run["status"], "succeeded_no_change", "{run}");
        let notices: Vec<&str> =
            run["notices"].as_array().expect("notices").iter().filter_map(|notice| notice["code"].as_str()).collect();
        assert!(notices.contains(&"keys_kept"), "{run}");
        let items = house.items(&run);
        let kept = with_code(&items, "key_kept");
        assert_eq!(kept.len(), 1, "{items:#?}");
        assert!(texts(kept[0]).contains("user02.b"), "{}", texts(kept[0]));
    }
    people.push(("0021".into(), "user02".into(), "王芳".into(), "15400000921".into(), String::new(), "在职".into()));
    write(&house, &people);
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let taken = with_code(&items, "account_taken");
    assert_eq!(taken.len(), 1, "{items:#?}");
    let text = texts(taken[0]);
    assert!(text.contains("人员02 (user02)") && !text.contains("bring the former"), "{text}");
    says_no_internal_id(&text);
    let error = &taken[0]["error"];
    assert_eq!(error["next"]["kind"], "decide_match", "one's own account is bound there: {error}");
    assert!(error["hint"]["zh"].as_str().is_some_and(|hint| hint.contains("账号绑定")), "{error}");
    // He is in the source as well: to say that the two are one would be no answer.
    let hint = error["hint"]["en"].as_str().expect("a hint");
    assert!(hint.contains("`idflow match list`") && !hint.contains("match decide"), "{hint}");
    assert_eq!(corp.member("user02")["name"], "人员02");
    assert_eq!(corp.writes(), writes);
    // The administrator renames the member: then both are as wanted.
    let mut state = corp.state();
    let member = state.corps[0].users.iter_mut().find(|user| user.userid == "user02").expect("a member");
    member.userid = "user02.b".into();
    corp.load(state).expect("the state holds together");
    house.sync(&[]).expect(0);
    assert_eq!(
        (corp.member("user02")["name"].clone(), corp.member("user02.b")["name"].clone()),
        ("王芳".into(), "人员02".into())
    );
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// The account of somebody who left: how to decide is said, and how to take it back that it is another person's.
#[test]
fn that_an_account_is_another_persons_can_be_taken_back() {
    let (corp, house) = in_step(&twenty());
    let mut people = twenty();
    people.remove(1);
    write(&house, &people);
    house.import(&["--yes"]).expect(0);
    house.sync(&[]).expect(0);
    people.push(("0021".into(), "user02".into(), "王芳".into(), "15400000921".into(), String::new(), "在职".into()));
    write(&house, &people);
    house.import(&[]).expect(3);
    house.good(&["match", "decide", "import", "0021", "--other"]);
    house.import(&[]).expect(0);
    let the_only = |code: &str| {
        let run = house.sync(&[]).json();
        let items = house.items(&run);
        let found = with_code(&items, code);
        assert_eq!((run["status"].as_str(), found.len()), (Some("partial"), 1), "{run:#} {items:#?}");
        says_no_internal_id(&texts(found[0]));
        (texts(found[0]), found[0]["error"]["hint"]["en"].as_str().expect("a hint").to_string())
    };
    let offers = |hint: &str| {
        ["--same", "--other"].map(|way| hint.contains(&format!("`idflow match decide main user02 {way}`")))
    };
    let (_, hint) = the_only("account_taken");
    assert_eq!(offers(&hint), [true, true], "{hint}");
    // Whoever thinks again before the next run is believed the second time.
    house.good(&["match", "decide", "main", "user02", "--same"]);
    house.good(&["match", "decide", "main", "user02", "--other"]);
    let writes = corp.writes();
    let (text, hint) = the_only("account_kept_apart");
    assert!(text.contains("人员02 (user02)"), "{text}");
    assert_eq!((offers(&hint), corp.writes()), ([true, false], writes), "{hint}");
    house.good(&["match", "decide", "main", "user02", "--same"]);
    let run = house.sync(&[]).json();
    let member = corp.member("user02");
    assert_eq!((&member["name"], &member["enable"]), (&"王芳".into(), &1.into()), "{run:#} {:#?}", house.items(&run));
    assert_eq!(house.sync(&[]).expect(0).json()["status"], "succeeded_no_change");
}

/// An account that somebody has is the same to the letter, or apart from case: each is said where it is so.
#[test]
fn an_account_that_is_taken_is_said_to_differ_in_case_only_where_it_does() {
    let corp = Corp::start();
    let house = House::new();
    house.connect(&corp);
    let rule = ("source.username == target.userid", "source.mobile == target.mobile");
    house.workflow_changed("wecom_downstream_mirror", &[rule]);
    write(&house, &twenty());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    let mut people = twenty();
    for number in [21, 22] {
        people[number - 20].1 = format!("user{number}.b");
    }
    write(&house, &people);
    house.import(&[]).expect(0);
    for (number, account) in [(21, "user02"), (22, "USER03")] {
        let mobile = format!("154000009{number}");
        people.push((format!("00{number}"), account.into(), "王芳".into(), mobile, String::new(), "在职".into()));
    }
    write(&house, &people);
    house.import(&[]).expect(0);
    let items = house.items(&house.sync(&[]).expect(3).json());
    for (code, holder) in [("userid_duplicate", "人员02 (user02)"), ("userid_duplicate_case", "人员03 (user03)")] {
        let taken = with_code(&items, code);
        assert_eq!(taken.len(), 1, "{code}: {items:#?}");
        let text = texts(taken[0]);
        assert!(text.contains(holder), "{text}");
        assert_eq!(text.contains("apart from case"), code == "userid_duplicate_case", "{text}");
    }
}

/// The same for departments: a rule by name takes two of them for one.
#[test]
fn no_two_departments_get_one() {
    let mut state = super::support::corp::empty();
    state.corps[0].departments.push(wecom_sim::state::DepartmentState {
        id: 900,
        name: "销售部".into(),
        parentid: 1,
        ..Default::default()
    });
    let corp = Corp::with(state);
    let house = House::new();
    house.connect(&corp);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    let rule = "source.path == target.path";
    assert!(text.contains(rule));
    house.workflow_text(&text.replace(rule, "source.name == target.name"));
    let mut organisation = Organisation::generated(2, 4);
    organisation.department("S0", "D0", "销售部", 9);
    organisation.department("S1", "D1", "销售部", 9);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(3).json();
    let items = house.items(&run);
    let contested = with_code(&items, "match_contested");
    assert_eq!(contested.len(), 2, "{items:#?}");
    for (item, rival) in contested.iter().zip(["South/销售部", "North/销售部"]) {
        says_no_internal_id(&texts(item));
        assert!(texts(item).contains(rival), "{}", texts(item));
    }
    let links = house.good(&["link", "list", "main"]);
    assert!(links.as_array().expect("links").iter().all(|link| link["key"] != "900"), "{links}");
    assert_eq!(run["counts"]["user"]["created"], 4, "everybody else goes on: {run}");
}

fn mirrored(organisation: &Organisation) -> (Corp, House) {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_mirror");
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    (corp, house)
}

#[track_caller]
fn follows(corp: &Corp, house: &House, organisation: &Organisation) -> Value {
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&["--input", "grace=0d"]).expect(0).json();
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new(), "{run}");
    assert_eq!(house.sync(&["--input", "grace=0d"]).expect(0).json()["status"], "succeeded_no_change");
    run
}

/// Deleted by hand in WeCom and renamed in the source meanwhile: made again with the new values, and told.
#[test]
fn what_was_deleted_by_hand_comes_back_as_the_source_has_it() {
    let mut organisation = Organisation::generated(12, 40);
    organisation.department("X", "D0", "Lonely", 90);
    let (corp, house) = mirrored(&organisation);
    let mut state = corp.state();
    state.corps[0].users.retain(|user| user.userid != "user0039");
    state.corps[0].departments.retain(|department| department.name != "Lonely");
    corp.load(state).expect("the state holds together");
    organisation.change("E0039", "name", "Other Name");
    organisation.change("E0039", "mobile", "15409990039");
    organisation.departments.get_mut("X").expect("X").insert("name".into(), "Lonelier".into());
    let run = follows(&corp, &house, &organisation);
    let items = house.items(&run);
    let told = items.iter().filter(|item| item["warnings"][0]["code"] == "missing_in_target").count();
    assert_eq!(told, 2, "{items:#?}");
}

/// A department leaves and returns under its id.
#[test]
fn a_department_that_comes_back_is_made_again() {
    let mut organisation = Organisation::generated(12, 40);
    let (corp, house) = mirrored(&organisation);
    let before = organisation.clone();
    let there: Vec<String> = organisation
        .people
        .iter()
        .filter(|(_, row)| organisation::get(row, "departments") == "T011")
        .map(|(id, _)| id.clone())
        .collect();
    for (id, column) in there.iter().flat_map(|id| ["departments", "main_department"].map(|column| (id, column))) {
        organisation.change(id, column, "T001");
    }
    organisation.departments.remove("T011");
    follows(&corp, &house, &organisation);
    follows(&corp, &house, &before);
}

/// Three levels removed at once: WeCom wants the deepest first.
#[test]
fn a_whole_branch_goes_from_the_leaves_up() {
    let mut organisation = Organisation::generated(40, 40);
    for (id, parent) in [("A", "C"), ("B", "A"), ("L", "B")] {
        organisation.department(id, parent, &format!("Branch {id}"), 80);
    }
    let (corp, house) = mirrored(&organisation);
    for id in ["A", "B", "L"] {
        organisation.departments.remove(id);
    }
    let run = follows(&corp, &house, &organisation);
    assert_eq!(run["counts"]["department"]["removed"], 3, "{run}");
}

/// WeCom's lists of departments lack one that people are in, once: it is not made a second time, with an app or without.
#[test]
fn a_department_that_only_the_lists_lack_is_not_made_again() {
    for app in [true, false] {
        let corp = Corp::start();
        let house = House::new();
        house.connect_with(&corp, &["source_root=department"], app);
        house.workflow("wecom_downstream_mirror");
        write(&house, &twenty());
        house.import(&[]).expect(0);
        house.sync(&[]).expect(0);
        let departments = || corp.now()["departments"].as_array().expect("departments").clone();
        let before = departments();
        let number = before.iter().find(|one| one["name"] == "研发部").expect("the department")["id"].to_string();
        let lacks = |path: &str| FaultRule::new(path, Effect::Lacks(number.clone()));
        corp.set_faults(Faults::rules(["/cgi-bin/department/list", "/cgi-bin/department/simplelist"].map(lacks)));
        // It is called otherwise in the source by now, so WeCom would not refuse another one.
        let file = house.source().join("departments.csv");
        let text = std::fs::read_to_string(&file).expect("a file");
        std::fs::write(&file, text.replace("研发部", "研究部")).expect("a file");
        house.import(&[]).expect(0);
        let run = house.sync(&[]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.out.contains("target_list_lacks"), "{}", run.out);
        assert_eq!(departments(), before);
        // The lists are whole again: it is renamed.
        corp.set_faults(Faults::default());
        house.sync(&[]).expect(0);
        let names: Vec<Value> = departments().iter().map(|one| one["name"].clone()).collect();
        assert_eq!(names.len(), before.len(), "{names:?}");
        assert!(names.contains(&"研究部".into()) && !names.contains(&"研发部".into()), "{names:?}");
    }
}
