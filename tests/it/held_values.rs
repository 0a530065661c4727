//! Numbers that are handed on from one to the next while somebody who left keeps the first of them: everybody behind him is told who
//! that is and what can be done, and nobody that the source is wrong.

use serde_json::Value;

use super::support::{Corp, House, Organisation};

fn texts(item: &Value, part: &str) -> [String; 2] {
    ["zh", "en"].map(|lang| item["error"][part][lang].as_str().unwrap_or_default().to_string())
}

#[test]
fn everybody_behind_a_number_that_is_kept_is_told_the_first_cause() {
    for (template, more) in
        [("wecom_downstream_full", &["--input", "remove_leavers=true"][..]), ("wecom_downstream_mirror", &[][..])]
    {
        let corp = Corp::start();
        let house = House::ready(&corp, template);
        let mut organisation = Organisation::generated(4, 12);
        organisation.write(&house.source());
        house.import(&[]).expect(0);
        house.sync(more).expect(0);
        // The ninth leaves; the eighth gets his number, the seventh that of the eighth, and so on.
        organisation.people.remove("E0009");
        for number in 5..9 {
            organisation.change(&format!("E{number:04}"), "mobile", &format!("1540{:07}", number + 1));
        }
        organisation.write(&house.source());
        house.import(&["--yes"]).expect(0);
        house.sync(more).expect(3);
        let run = house.sync(more).expect(3).json();
        assert_eq!(corp.member("user0009")["enable"], 0, "{run}");
        let items = house.items(&run);
        let of = |target: &str| {
            let found = items.iter().find(|item| item["object"]["target"] == target && item["error"].is_object());
            found.unwrap_or_else(|| panic!("{template}: nothing is said of {target}: {items:#?}"))
        };
        let first = of("user0008");
        assert_eq!(first["error"]["code"], "value_held", "{first}");
        let [zh, en] = texts(first, "hint");
        assert!(zh.contains("如果工作流") && en.contains("where the workflow deletes"), "{first}");
        for target in ["user0005", "user0006", "user0007"] {
            let item = of(target);
            assert_eq!(
                (&item["outcome"], &item["error"]["code"]),
                (&"blocked".into(), &"value_waits".into()),
                "{item}"
            );
            for reason in texts(item, "reason") {
                assert!(reason.contains("Person 0008") && reason.contains("Person 0009"), "{item}");
            }
            let [zh, en] = texts(item, "hint");
            assert!(!zh.contains("来源") && !en.contains("in the source"), "{item}");
        }
        assert_eq!(run["counts"]["user"]["blocked"], 3, "{run}");
        assert_eq!(run["counts"]["user"]["invalid"], 1, "{run}");
    }
}
