//! A manager whom idflow deletes after the time of grace, or whom somebody deletes by hand, and who is there again: WeCom takes whoever
//! is deleted out of what named him, and shows that to nobody. The people below get their direct leader back.

use serde_json::{Value, json};

use super::support::{Corp, House, Organisation, corp};

const DAY: i64 = 86_400_000;
/// Two in the night of 2 March 2026, in UTC.
const START: i64 = 1_772_416_800_000;

/// A company of 40 people in step, of which WeCom shows the ids alone: everybody but the first has a manager.
fn in_step(template: &str) -> (Corp, House, Organisation) {
    let (corp, house) = (Corp::start(), House::new().clocked(START));
    house.connect_with(&corp, &["member_read=ids"], true);
    house.workflow(template);
    let organisation = Organisation::generated(4, 40);
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    (corp, house, organisation)
}

fn leaders(corp: &Corp, userid: &str) -> Value {
    corp.member(userid)["direct_leader"].clone()
}

fn delete_by_hand(corp: &Corp, userid: &str) {
    corp.by_hand(corp::CORP_ID, "user/delete", &json!({"userid": userid})).expect("deleted");
}

#[test]
fn a_manager_who_was_deleted_after_the_time_of_grace_and_comes_back_leads_the_same_people() {
    let (corp, house, mut organisation) = in_step("wecom_downstream_mirror");
    let night = |organisation: &Organisation, day: i64| {
        house.set_clock(START + day * DAY);
        organisation.write(&house.source());
        house.import(&["--yes"]);
        house.sync(&[]).expect(0).json()
    };
    // The cells of those below him are never changed.
    let row = organisation.people.remove("E0002").expect("there");
    night(&organisation, 1);
    night(&organisation, 33);
    assert_eq!(corp.member("user0002"), Value::Null);
    assert_eq!(leaders(&corp, "user0017"), json!([]));
    organisation.people.insert("E0002".into(), row);
    night(&organisation, 34);
    assert_eq!(leaders(&corp, "user0017"), json!(["user0002"]));
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let writes = corp.writes();
    assert_eq!(night(&organisation, 35)["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes);
}

#[test]
fn a_manager_who_is_made_again_after_somebody_deleted_him_leads_the_same_people() {
    let (corp, house, organisation) = in_step("wecom_downstream_full");
    delete_by_hand(&corp, "user0002");
    house.sync(&[]).expect(0);
    house.sync(&[]).expect(0);
    assert_eq!(leaders(&corp, "user0017"), json!(["user0002"]));
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let (writes, calls) = (corp.writes(), house.sync(&[]).expect(0).json());
    assert_eq!((corp.writes(), &calls["status"]), (writes, &json!("succeeded_no_change")), "{calls:#}");
}

/// Those below him are the business of another workflow than the one that makes him again.
#[test]
fn a_manager_in_the_part_of_another_workflow_leads_the_same_people_when_he_is_made_again() {
    let (corp, house) = (Corp::start(), House::new());
    house.connect_with(&corp, &["member_read=ids"], true);
    let departments = "dept_id,parent_id,name,order\n1,,Acme,1\n2,1,Sales,1\n3,1,RD,2\n";
    std::fs::write(house.source().join("departments.csv"), departments).expect("a file");
    let mut people = String::from("external_id,userid,name,email,departments,manager,status\n");
    for number in 10..40 {
        let (department, manager) = if number < 20 { (2, "") } else { (3, "N10") };
        people
            .push_str(&format!("N{number},p{number},P {number},p{number}@example.com,{department},{manager},active\n"));
    }
    std::fs::write(house.source().join("users.csv"), people).expect("a file");
    house.import(&["--yes"]).expect(0);
    let text = house.good(&["template", "show", "wecom_downstream_full"])["text"].as_str().expect("a text").to_string();
    let sync = |name: &str| house.ask(&["run", name, "--wait", "--yes"]).expect(0).json();
    for (name, part) in [("sales", "/Acme/Sales/**"), ("rd", "/Acme/RD/**")] {
        let file = house.path(&format!("{name}.yaml"));
        assert!(text.contains("include: [\"/**\"]"), "{text}");
        std::fs::write(&file, text.replace("include: [\"/**\"]", &format!("include: [\"{part}\"]"))).expect("written");
        let file = file.display().to_string();
        house.good(&["workflow", "create", "--file", &file, "--id", name, "--connection", "wecom=main"]);
        house.good(&["workflow", "activate", name, "--yes"]);
        sync(name);
    }
    sync("rd");
    assert_eq!(leaders(&corp, "p25"), json!(["p10"]));
    delete_by_hand(&corp, "p10");
    assert_eq!(leaders(&corp, "p25"), json!([]));
    sync("sales");
    sync("rd");
    assert_eq!(leaders(&corp, "p25"), json!(["p10"]));
    let writes = corp.writes();
    assert_eq!(sync("rd")["status"], "succeeded_no_change");
    assert_eq!(corp.writes(), writes);
}
