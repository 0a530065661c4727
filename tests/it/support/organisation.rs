//! Departments and people as the source files hold them, and the comparison with what stands in WeCom.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use serde_json::Value;

/// One row of a file: column and value.
pub type Row = BTreeMap<String, String>;

/// The two source files.
#[derive(Debug, Clone, Default)]
pub struct Organisation {
    /// By `dept_id`.
    pub departments: BTreeMap<String, Row>,
    /// By `external_id`.
    pub people: BTreeMap<String, Row>,
}

/// The rows of a file in UTF-8, a byte order mark or not.
pub fn rows(file: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    parse(&text)
}

/// The rows of a text; rows that are too short have fewer columns. Where rows end with CR LF, a lone LF is part of a value.
pub fn parse(text: &str) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}');
    if text.contains("\r\n") {
        let marked = text.replace("\r\n", "\u{1}").replace('\n', "\u{2}").replace('\u{1}', "\n");
        let mut rows = parse(&marked);
        rows.iter_mut().flat_map(|row| row.values_mut()).for_each(|value| *value = value.replace('\u{2}', "\n"));
        return rows;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_string).collect();
    reader
        .records()
        .map(|record| header.iter().cloned().zip(record.expect("a row").iter().map(str::to_string)).collect())
        .collect()
}

/// A row from pairs.
pub fn row<const N: usize>(pairs: [(&str, &str); N]) -> Row {
    pairs.into_iter().map(|(column, value)| (column.to_string(), value.to_string())).collect()
}

/// The value of a column; nothing where it is missing.
pub fn get<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

fn write(file: &Path, columns: &[&str], rows: &BTreeMap<String, Row>) {
    let mut writer = csv::Writer::from_path(file).expect("the file");
    writer.write_record(columns).expect("the header");
    for row in rows.values() {
        writer.write_record(columns.iter().map(|column| get(row, column))).expect("a row");
    }
    writer.flush().expect("the file is written");
}

impl Organisation {
    /// Reads the two files.
    pub fn read(departments: &Path, people: &Path) -> Self {
        let by = |rows: Vec<Row>, key: &str| rows.into_iter().map(|row| (get(&row, key).to_string(), row)).collect();
        Self { departments: by(rows(departments), "dept_id"), people: by(rows(people), "external_id") }
    }

    /// A company of `teams` teams in two divisions with `people` members; everybody but the first has a manager.
    pub fn generated(teams: usize, people: usize) -> Self {
        let mut made = Self::default();
        made.department("C", "", "Company", 1);
        made.department("D0", "C", "North", 1);
        made.department("D1", "C", "South", 2);
        for team in 0..teams {
            let parent = format!("D{}", team % 2);
            made.department(&format!("T{team:03}"), &parent, &format!("Team {team:03}"), team / 2 + 1);
        }
        for number in 0..people {
            let manager = if number == 0 { String::new() } else { format!("E{:04}", (number - 1) / 8) };
            made.person(number, &format!("T{:03}", number % teams), &manager);
        }
        made
    }

    /// The same people, of whom only every tenth has a manager.
    pub fn with_few_managers(mut self) -> Self {
        for (_, row) in self.people.values_mut().enumerate().filter(|(number, _)| number % 10 != 0) {
            row.insert("manager".into(), String::new());
        }
        self
    }

    /// Adds a department.
    pub fn department(&mut self, id: &str, parent: &str, name: &str, order: usize) {
        let order = order.to_string();
        let row = row([("dept_id", id), ("parent_id", parent), ("name", name), ("order", order.as_str())]);
        self.departments.insert(id.into(), row);
    }

    /// Adds the person of this number to a department.
    pub fn person(&mut self, number: usize, department: &str, manager: &str) {
        let id = format!("E{number:04}");
        let row = row([
            ("external_id", id.as_str()),
            ("userid", &format!("user{number:04}")),
            ("name", &format!("Person {number:04}")),
            ("mobile", &format!("1540{number:07}")),
            ("email", &format!("user{number:04}@example.com")),
            ("position", if number.is_multiple_of(7) { "Lead" } else { "Engineer" }),
            ("departments", department),
            ("is_leader", if number.is_multiple_of(7) { "1" } else { "0" }),
            ("main_department", department),
            ("manager", manager),
            ("enabled", "1"),
        ]);
        self.people.insert(id, row);
    }

    /// Changes a column of a person.
    pub fn change(&mut self, person: &str, column: &str, value: &str) {
        let row = self.people.get_mut(person).unwrap_or_else(|| panic!("there is no {person}"));
        row.insert(column.into(), value.into());
    }

    /// Writes departments.csv and users.csv.
    pub fn write(&self, folder: &Path) {
        write(&folder.join("departments.csv"), &["dept_id", "parent_id", "name", "order"], &self.departments);
        let known = [
            "external_id",
            "userid",
            "name",
            "gender",
            "mobile",
            "email",
            "position",
            "main_department",
            "departments",
            "is_leader",
            "manager",
            "status",
            "enabled",
        ];
        let there: Vec<&str> =
            known.into_iter().filter(|column| self.people.values().any(|row| row.contains_key(*column))).collect();
        write(&folder.join("users.csv"), &there, &self.people);
    }

    /// The names from the root down, joined with `/`.
    pub fn path(&self, id: &str) -> String {
        let mut names = Vec::new();
        let mut at = id;
        while let Some(row) = self.departments.get(at) {
            names.push(get(row, "name"));
            at = get(row, "parent_id");
        }
        names.reverse();
        names.join("/")
    }

    /// Every field in which the company differs from this organisation; nothing when they are equal.
    pub fn differences(&self, corp: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let paths = paths(corp);
        let wanted: HashMap<String, &Row> = self.departments.iter().map(|(id, row)| (self.path(id), row)).collect();
        let there: HashMap<&String, &Value> = corp["departments"]
            .as_array()
            .expect("departments")
            .iter()
            .filter_map(|department| Some((paths.get(&department["id"].as_u64()?)?, department)))
            .collect();
        for path in wanted.keys().filter(|path| !there.contains_key(path)) {
            found.push(format!("department {path} is missing"));
        }
        for (path, department) in there {
            let Some(row) = wanted.get(path) else {
                found.push(format!("department {path} should not be there"));
                continue;
            };
            if let Ok(order) = get(row, "order").parse::<u64>()
                && department["order"].as_u64() != Some(u64::from(u32::MAX) - order)
            {
                found.push(format!("department {path}: order {} for {order}", department["order"]));
            }
        }
        let members: HashMap<&str, &Value> = members(corp).collect();
        let active: HashMap<&str, &Row> = self
            .people
            .values()
            .filter(|row| get(row, "status") != "left")
            .map(|row| (get(row, "userid"), row))
            .collect();
        for userid in active.keys().filter(|userid| !members.contains_key(*userid)) {
            found.push(format!("member {userid} is missing"));
        }
        for (userid, member) in &members {
            match active.get(userid) {
                Some(row) => self.compare_member(userid, member, row, &paths, &mut found),
                None => found.push(format!("member {userid} should not be there")),
            }
        }
        found.sort();
        found
    }

    fn compare_member(
        &self,
        userid: &str,
        member: &Value,
        row: &Row,
        paths: &HashMap<u64, String>,
        found: &mut Vec<String>,
    ) {
        let mut same = |field: &str, there: String, wanted: String| {
            if there != wanted {
                found.push(format!("member {userid}: {field} is {there:?}, not {wanted:?}"));
            }
        };
        for field in ["name", "mobile", "position"] {
            same(field, text(&member[field]), get(row, field).into());
        }
        same("email", text(&member["email"]), get(row, "email").to_lowercase());
        let flags = get(row, "is_leader").split(';').chain(std::iter::repeat("0"));
        let mut wanted: Vec<(String, String)> = get(row, "departments")
            .split(';')
            .zip(flags)
            .map(|(id, flag)| (self.path(id), if flag == "1" { "1" } else { "0" }.to_string()))
            .collect();
        let ids = member["department"].as_array().expect("departments").iter();
        let flags = member["is_leader_in_dept"].as_array().expect("flags").iter();
        let name = |id: &Value| id.as_u64().and_then(|id| paths.get(&id)).cloned().unwrap_or_else(|| format!("? {id}"));
        let mut there: Vec<(String, String)> = ids.zip(flags).map(|(id, flag)| (name(id), flag.to_string())).collect();
        wanted.sort();
        there.sort();
        same("departments", format!("{there:?}"), format!("{wanted:?}"));
        let first = get(row, "departments").split(';').next().unwrap_or_default();
        let main = Some(get(row, "main_department")).filter(|main| !main.is_empty()).unwrap_or(first);
        same("main department", name(&member["main_department"]), self.path(main));
        let manager = self.people.get(get(row, "manager")).filter(|manager| get(manager, "status") != "left");
        let leaders: Vec<&str> = manager.map(|manager| get(manager, "userid")).into_iter().collect();
        // A manager whom the file does not know says nothing: what is there stays, with a warning, and nobody else takes the place.
        let named = get(row, "manager");
        if named.is_empty() || self.people.contains_key(named) {
            same("direct leader", member["direct_leader"].to_string(), Value::from(leaders).to_string());
        } else {
            let leaders = member["direct_leader"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let known = |leader: &str| self.people.values().any(|row| get(row, "userid").eq_ignore_ascii_case(leader));
            let unasked: Vec<&str> = leaders.filter(|leader| known(leader)).collect();
            same("direct leader whom nobody named", format!("{unasked:?}"), "[]".into());
        }
        let enabled = !matches!(get(row, "enabled"), "0") && get(row, "status") != "disabled";
        same("enable", member["enable"].to_string(), u8::from(enabled).to_string());
    }
}

/// The members of a company by userid.
pub fn members(corp: &Value) -> impl Iterator<Item = (&str, &Value)> {
    corp["users"].as_array().expect("users").iter().map(|user| (user["userid"].as_str().expect("userid"), user))
}

/// The paths of a company's departments by id, without the root.
pub fn paths(corp: &Value) -> HashMap<u64, String> {
    let departments: HashMap<u64, (&str, u64)> = corp["departments"]
        .as_array()
        .expect("departments")
        .iter()
        .map(|row| {
            let number = |key: &str| row[key].as_u64().expect("a number");
            (number("id"), (row["name"].as_str().expect("a name"), number("parentid")))
        })
        .collect();
    departments
        .keys()
        .filter(|id| **id != 1)
        .map(|id| {
            let mut names = Vec::new();
            let mut at = *id;
            while at != 1 {
                let (name, parent) = departments[&at];
                names.push(name);
                at = parent;
            }
            names.reverse();
            (*id, names.join("/"))
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
