//! Broken input, row by row: each row ends in WeCom as it should, or is refused with the right reason, and the rows around
//! it are not touched by its mistake.
//!
//! `expected.json` of the sample says for each row what may become of it. What did become of it is read from the
//! simulator; what was said about it from the items of the import and of the sync. Rows that the sample does not call
//! strict may end otherwise, but never in silence.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::support::{
    Corp, House, Organisation,
    organisation::{self, Row, get},
    samples,
};

/// A company that was filled from broken files.
struct Filled {
    house: House,
    corp: Corp,
    import: Value,
    sync: Value,
    departments: BTreeMap<String, Row>,
    people: BTreeMap<String, Row>,
}

fn text_of(file: &Path) -> String {
    let bytes = std::fs::read(file).expect("the sample");
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::GBK.decode(error.as_bytes()).0.into_owned(),
    }
}

fn by_key(rows: Vec<Row>, key: &str) -> BTreeMap<String, Row> {
    rows.into_iter().map(|row| (get(&row, key).to_string(), row)).collect()
}

/// The header of the Chinese file in the words of the other.
fn in_english(text: &str) -> String {
    text.replacen(
        "工号,账号,姓名,手机,邮箱,部门,职务,直属上级,状态,入职日期",
        "external_id,userid,name,mobile,email,departments,position,manager,enabled,hire_date",
        1,
    )
}

fn fill(departments: &Path, people: &Path) -> Filled {
    let corp = Corp::start();
    let house = House::ready(&corp, "wecom_downstream_full");
    std::fs::copy(departments, house.source().join("departments.csv")).expect("copied");
    std::fs::copy(people, house.source().join("users.csv")).expect("copied");
    let import = house.import(&[]).json();
    assert!(["succeeded", "partial"].contains(&import["status"].as_str().unwrap_or_default()), "{import}");
    let sync = house.sync(&[]).json();
    assert!(["succeeded", "partial"].contains(&sync["status"].as_str().unwrap_or_default()), "{sync}");
    Filled {
        departments: by_key(organisation::parse(&text_of(departments)), "dept_id"),
        people: by_key(organisation::parse(&in_english(&text_of(people))), "external_id"),
        house,
        corp,
        import,
        sync,
    }
}

fn expected(samples: &Path) -> Value {
    let text = std::fs::read_to_string(samples.join("nasty-sample/expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("JSON")
}

/// What became of a row.
struct Fate {
    /// Field by field what stands in WeCom; `None` when nothing does.
    there: Option<BTreeMap<&'static str, String>>,
    /// The codes that were reported about it.
    reported: Vec<String>,
}

/// The codes of a row's items: its own in the import, and those of the object it became in the sync.
fn reports(import: &[Value], sync: &[Value], at: &str) -> Vec<String> {
    let mut codes = Vec::new();
    let mut take = |item: &Value| {
        codes.extend(item["error"]["code"].as_str().map(str::to_string));
        let warnings = item["warnings"].as_array().into_iter().flatten();
        codes.extend(warnings.filter_map(|warning| Some(warning["code"].as_str()?.to_string())));
    };
    for item in import.iter().filter(|item| item["object"]["at"] == at) {
        take(item);
        let target = item["object"]["target"].as_str().filter(|target| !target.is_empty());
        if let Some(target) = target {
            sync.iter().filter(|item| item["object"]["source"] == target).for_each(&mut take);
        }
    }
    codes
}

impl Filled {
    fn fates(&self, file: &str, rows: &[Value]) -> Vec<Fate> {
        let import = self.house.items(&self.import);
        let sync = self.house.items(&self.sync);
        let now = self.corp.now();
        let paths = organisation::paths(&now);
        let members: HashMap<&str, &Value> = organisation::members(&now).collect();
        let tree = Organisation { departments: self.clean_departments(), ..Organisation::default() };
        let kind = if file.starts_with("dep") { "departments.csv" } else { "users.csv" };
        rows.iter()
            .map(|row| {
                let key = row["key"].as_str().expect("a key");
                let reported = reports(&import, &sync, &format!("{kind}:{}", row["line"]));
                let there = if kind == "departments.csv" {
                    // The names above come trimmed; the path as it is written in the file counts as well.
                    let wanted = tree.path(key);
                    let found = paths.values().filter(|path| **path == wanted).count();
                    assert!(found <= 1, "{wanted} stands {found} times in WeCom");
                    (found == 1)
                        .then(|| BTreeMap::from([("name", wanted.rsplit('/').next().unwrap_or_default().into())]))
                } else {
                    members.get(get(&self.people[key], "userid")).map(|member| shown(member, &paths, &members))
                };
                Fate { there, reported }
            })
            .collect()
    }

    /// The departments with their names trimmed; a second sibling of the same name gets a name that nobody has.
    fn clean_departments(&self) -> BTreeMap<String, Row> {
        let mut clean = self.departments.clone();
        let mut seen: HashMap<(String, String), String> = HashMap::new();
        for (key, row) in &mut clean {
            let name = get(row, "name").trim().to_string();
            let place = (get(row, "parent_id").to_string(), name.clone());
            let first = seen.entry(place).or_insert_with(|| key.clone());
            let name = if first == key { name } else { format!("the second {name}") };
            row.insert("name".into(), name);
        }
        // Circles have no path.
        for key in ["134", "135"] {
            if let Some(row) = clean.get_mut(key) {
                row.insert("parent_id".into(), String::new());
            }
        }
        clean
    }

    /// The values of a row as the file has them.
    fn as_written(&self, file: &str, key: &str) -> BTreeMap<&'static str, String> {
        if file.starts_with("dep") {
            let name = get(&self.departments[key], "name").to_string();
            return BTreeMap::from([("name", name)]);
        }
        let row = &self.people[key];
        let tree = Organisation { departments: self.clean_departments(), ..Organisation::default() };
        let mut departments: Vec<String> = get(row, "departments").split(';').map(|id| tree.path(id)).collect();
        departments.sort();
        let manager =
            self.people.get(get(row, "manager")).map_or(get(row, "manager"), |manager| get(manager, "userid"));
        BTreeMap::from([
            ("name", get(row, "name").to_string()),
            ("mobile", get(row, "mobile").to_string()),
            ("email", get(row, "email").to_string()),
            ("position", get(row, "position").to_string()),
            ("departments", departments.join(";")),
            ("manager", manager.to_string()),
            ("enabled", get(row, "enabled").to_string()),
        ])
    }

    /// All rows of a file against what is expected of them.
    fn judge(&self, expected: &Value, file: &str) {
        let rows = expected["files"][file]["rows"].as_array().expect("rows");
        assert!(!rows.is_empty());
        let fates = self.fates(file, rows);
        let mut wrong = Vec::new();
        for (row, fate) in rows.iter().zip(&fates) {
            let key = row["key"].as_str().expect("a key");
            let written = self.as_written(file, key);
            let mut reasons = Vec::new();
            let others = row["also_ok"].as_array().into_iter().flatten();
            let fine = std::iter::once(row).chain(others).any(|outcome| match fits(row, outcome, &written, fate) {
                Ok(()) => true,
                Err(reason) => {
                    reasons.push(reason);
                    false
                }
            });
            let told = row["strict"] != true && fate.there.is_none() && !fate.reported.is_empty();
            if !fine && !told {
                wrong.push(format!(
                    "{file}:{} {key} ({}): {}; reported {:?}",
                    row["line"],
                    row["case"],
                    reasons.join(" / "),
                    fate.reported
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.judge_groups(expected, file, rows, &fates);
    }

    /// Of rows that claim the same value, one at most has it, and the others are reported.
    fn judge_groups(&self, expected: &Value, file: &str, rows: &[Value], fates: &[Fate]) {
        for group in expected["files"][file]["groups"].as_array().into_iter().flatten() {
            let members: Vec<(&Value, &Fate)> =
                rows.iter().zip(fates).filter(|(row, _)| row["group"] == group["id"]).collect();
            assert!(members.len() > 1, "{group}");
            let silent: Vec<_> = members.iter().filter(|(_, fate)| fate.reported.is_empty()).collect();
            assert!(silent.len() <= 1, "{file}: of {group} more than one passed in silence");
            let reason = group["reason"].as_str().expect("a reason");
            for (row, fate) in members.iter().filter(|(_, fate)| !fate.reported.is_empty()) {
                let told =
                    fate.reported.iter().any(|code| reason.starts_with(code.as_str()) || code.starts_with(reason));
                assert!(told, "{file}:{}: {:?} does not tell {reason}", row["line"], fate.reported);
            }
        }
    }
}

/// A member in the words of the files.
fn shown(
    member: &Value,
    paths: &HashMap<u64, String>,
    members: &HashMap<&str, &Value>,
) -> BTreeMap<&'static str, String> {
    let text = |field: &str| member[field].as_str().unwrap_or_default().to_string();
    let ids = member["department"].as_array().expect("departments").iter();
    let mut departments: Vec<String> = ids.map(|id| paths[&id.as_u64().expect("an id")].clone()).collect();
    departments.sort();
    let leaders = member["direct_leader"].as_array().expect("leaders");
    assert!(leaders.iter().all(|leader| members.contains_key(leader.as_str().unwrap_or_default())));
    let leaders: Vec<&str> = leaders.iter().filter_map(Value::as_str).collect();
    BTreeMap::from([
        ("name", text("name")),
        ("mobile", text("mobile")),
        ("email", text("email")),
        ("position", text("position")),
        ("departments", departments.join(";")),
        ("manager", leaders.join(";")),
        ("enabled", member["enable"].to_string()),
    ])
}

/// Whether a row's fate is this outcome.
fn fits(row: &Value, outcome: &Value, written: &BTreeMap<&str, String>, fate: &Fate) -> Result<(), String> {
    let word = outcome["outcome"].as_str().expect("an outcome");
    let own = outcome["reasons"].as_array().filter(|_| outcome.get("reasons").is_some());
    let reasons: Vec<&str> =
        own.or(row["reasons"].as_array()).into_iter().flatten().filter_map(Value::as_str).collect();
    let told = reasons.is_empty() || reasons.iter().any(|reason| fate.reported.iter().any(|code| code == reason));
    if word == "reject" {
        return match &fate.there {
            Some(there) => Err(format!("should be refused, is there as {there:?}")),
            None if fate.reported.is_empty() => Err("was refused in silence".into()),
            None if !told => Err(format!("should be refused for {reasons:?}")),
            None => Ok(()),
        };
    }
    let Some(there) = &fate.there else { return Err(format!("should be there ({word})")) };
    let expect = outcome.get("expect").or(row.get("expect")).and_then(Value::as_object);
    for (field, value) in there {
        let wanted = expect.and_then(|expect| expect.get(*field));
        let fine = match wanted {
            Some(Value::Object(choice)) => {
                choice["one_of"].as_array().expect("choices").iter().any(|choice| choice == value.as_str())
            }
            Some(wanted) => wanted == value.as_str(),
            None => written[field] == *value,
        };
        if !fine {
            return Err(format!(
                "{field} is {value:?}, not {}",
                wanted.unwrap_or(&Value::from(written[field].as_str()))
            ));
        }
    }
    if word == "normalise" && !told { Err(format!("the repair should be told as {reasons:?}")) } else { Ok(()) }
}

fn folder(samples: &Path) -> PathBuf {
    samples.join("nasty-sample")
}

#[test]
fn every_row_ends_as_expected() {
    let Some(samples) = samples() else { return };
    let expected = expected(&samples);
    let folder = folder(&samples);
    let filled = fill(&folder.join("departments.csv"), &folder.join("users.csv"));
    filled.judge(&expected, "departments.csv");
    filled.judge(&expected, "users.csv");
    // What could not be sent is not sent the second time either, and nothing else is written.
    let again = filled.house.sync(&[]).json();
    assert_eq!(again["api"]["writes"], 0, "{again}");
}

#[test]
fn rows_in_another_encoding_end_as_expected() {
    let Some(samples) = samples() else { return };
    let folder = folder(&samples);
    let filled = fill(&folder.join("departments.csv"), &folder.join("users-gbk.csv"));
    filled.judge(&expected(&samples), "users-gbk.csv");
}

#[test]
fn the_second_day_is_a_small_change_or_is_held() {
    let Some(samples) = samples() else { return };
    let days = folder(&samples).join("days");
    let filled = fill(&days.join("departments.csv"), &days.join("day1-users.csv"));
    let Filled { house, corp, .. } = &filled;
    let before = house.good(&["directory", "show"]);
    assert_eq!(before["counts"]["user"]["active"], 30);
    let company = corp.now();

    // Only a header: the people did not all leave over night.
    let users = house.source().join("users.csv");
    std::fs::copy(days.join("day2-header-only.csv"), &users).expect("copied");
    let held = house.import(&[]).expect(4).json();
    assert_eq!(held["status"], "held");
    let held = house.import(&["--yes"]).expect(4).json();
    assert_eq!(held["status"], "held", "--yes lifts no source check");
    let codes: Vec<&str> = held["why"].as_array().expect("why").iter().filter_map(|why| why["code"].as_str()).collect();
    assert!(codes.iter().any(|code| ["source_min", "source_shrink"].contains(code)), "{codes:?}");
    assert_eq!(house.good(&["directory", "show"]), before, "nobody was removed");
    let id = held["run"].as_str().expect("the run's id");
    let still = house.ask(&["runs", "approve", id]).expect(4).json();
    assert_eq!(still["status"], "held", "an approval of the plan lifts no source check");
    assert_eq!(house.good(&["directory", "show"]), before, "nobody was removed");
    house.sync(&["--input", "remove_leavers=true"]);
    assert_eq!(corp.now(), company, "nobody lost access");

    // One change and one leaver.
    std::fs::copy(days.join("day2-small-change.csv"), &users).expect("copied");
    let ops = &expected(&samples)["runs"];
    let ops =
        ops.as_array().expect("runs").iter().find(|run| run["outcome"] == "proceed").expect("a run")["ops"].clone();
    let small = house.import(&[]).expect(0).json();
    assert_eq!(small["counts"]["user"]["created"], ops["create"], "{small}");
    assert_eq!(small["counts"]["user"]["updated"], ops["update"], "{small}");
    assert_eq!(small["counts"]["user"]["removed"], ops["delete"], "{small}");
    let after = house.good(&["directory", "show"]);
    assert_eq!(after["counts"]["user"]["active"], 29);
    corp.clear_requests();
    let sync = house.sync(&["--input", "remove_leavers=true"]).expect(0).json();
    assert_eq!(sync["counts"]["user"]["updated"], 1, "{sync}");
    assert_eq!(sync["counts"]["user"]["removed"], 1, "{sync}");
    assert_eq!(corp.member("q004")["position"], "主管");
    assert_eq!(corp.member("q008")["enable"], 0);
    assert_eq!(corp.writes(), 2);

    // A person who has looked at the source may say that it is right.
    std::fs::copy(days.join("day2-header-only.csv"), &users).expect("copied");
    let held = house.import(&["--yes"]).expect(4).json();
    let id = held["run"].as_str().expect("the run's id");
    let done = house.ask(&["runs", "approve", id, "--source-checked"]).expect(0).json();
    assert_eq!(done["counts"]["user"]["removed"], 29, "{done}");
    assert_eq!(house.good(&["directory", "show"])["counts"]["user"]["left"], 30);
}
