//! The workflow that is made of a mapping: next month's file is imported by it in one step. It is written as the template of
//! the import is, so that whoever reads one understands the other, and keeps to the same limits.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::columns;
use crate::contract::upload::{DepartmentsBy, UploadDepartments};

/// The file that it reads, in the folder that each run is given.
pub const FILE: &str = "people.csv";
/// The step that makes departments from their paths.
const MAKES: &str = "upsert_department";
/// The step by which people leave.
const LEAVES: &str = "offboard_user";

/// How a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Field to header.
    pub columns: BTreeMap<String, String>,
    /// How departments are named.
    pub departments: UploadDepartments,
    /// Words for states beside those of the template.
    pub states: BTreeMap<String, String>,
    /// Whether the file is the full list: whoever is not in it has left.
    pub full: bool,
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

impl Mapping {
    /// The words that a state may be, with what they mean.
    fn states(&self) -> BTreeMap<String, String> {
        let mut words = columns::words("status");
        words.extend(self.states.clone());
        words
    }

    /// The parameters of the step that reads the file, but for its path.
    #[must_use]
    pub fn reading(&self) -> Value {
        let has = |field: &str| self.columns.contains_key(field);
        let mut required = vec!["external_id", "name", "departments"];
        required.extend(has("username").then_some("username"));
        let mut lists = BTreeMap::new();
        // Who makes departments names one in each row; only with another column it has to be a list for all that.
        if !self.makes_departments() || has("is_leader") {
            lists.insert("departments", ";");
        }
        if has("manager") {
            lists.insert("manager", ";");
        }
        let mut with = json!({"encoding": "auto", "key": "external_id", "columns": self.columns, "required": required});
        if !self.full {
            // Whoever is not in it is somebody of whom it says nothing.
            with["partial"] = json!(true);
        }
        if !lists.is_empty() {
            with["lists"] = json!(lists);
        }
        if has("is_leader") {
            with["flags"] = json!({"departments": "is_leader"});
        }
        let mut words = BTreeMap::new();
        if has("gender") {
            words.insert("gender", columns::words("gender"));
        }
        if has("status") {
            words.insert("status", self.states());
            with["defaults"] = json!({"status": "active"});
        }
        if !words.is_empty() {
            with["words"] = json!(words);
        }
        with
    }

    /// Whether departments that are missing are made.
    #[must_use]
    pub fn makes_departments(&self) -> bool {
        self.departments.create && self.departments.by == DepartmentsBy::Path
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let has = |field: &str| self.columns.contains_key(field);
        let template = |text: &str| quoted(text);
        // Without a column of accounts the number is that of whoever is new; who is there keeps his own.
        let account = match has("username") {
            true => template("{{source.username}}"),
            false => r#"{value: "{{source.external_id}}", write: create}"#.into(),
        };
        let mut fields = vec![
            ("username", account),
            ("name", template("{{source.name}}")),
            ("employee_no", template("{{source.external_id}}")),
        ];
        for (name, value) in [
            ("mobile", r#"{value: "{{phone source.mobile 'CN'}}", when_empty: clear}"#),
            ("email", r#"{value: "{{lower source.email}}", when_empty: clear}"#),
            ("title", r#"{value: "{{source.title}}", when_empty: clear}"#),
            ("gender", r#"{value: "{{source.gender}}", when_empty: omit}"#),
        ] {
            if has(name) {
                fields.push((name, value.into()));
            }
        }
        let main = if self.departments.by == DepartmentsBy::Path {
            let separator = &self.departments.separator;
            let named = |column: &str| template(&format!("{{{{department_paths source.{column} '{separator}'}}}}"));
            fields.push(("departments", named("departments")));
            named("main_department")
        } else {
            fields.push(("departments", template("{{target_ids source.departments}}")));
            template("{{target_id source.main_department}}")
        };
        if has("main_department") {
            let value = format!("{{value: {main}, when_empty: omit, when_unresolved: omit}}");
            fields.push(("primary_department", value));
        }
        if has("manager") {
            let value = r#"{value: "{{target_ids source.manager}}", when_unresolved: omit}"#;
            fields.push(("managers", value.into()));
        }
        // Without a column of states the file says nothing of who is there: nobody is let in by it.
        let status = match has("status") {
            true => template("{{default source.status 'active'}}"),
            false => "{value: active, write: create}".into(),
        };
        fields.push(("status", status));
        fields
    }

    /// Its text as a workflow.
    #[must_use]
    pub fn text(&self, id: &str, (zh, en): (&str, &str)) -> String {
        let account = if self.columns.contains_key("username") { "username" } else { "external_id" };
        let fields: String = self.fields().iter().map(|(name, value)| format!("      {name}: {value}\n")).collect();
        let reading = self.reading();
        let with: String = reading
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| match value.as_object().filter(|_| name == "columns" || name == "words") {
                Some(rows) => {
                    let rows: String = rows.iter().map(|(name, value)| format!("        {name}: {value}\n")).collect();
                    format!("      {name}:\n{rows}")
                }
                None => format!("      {name}: {value}\n"),
            })
            .collect();
        let makes = if self.makes_departments() {
            format!(
                "  - id: {MAKES}\n    name: {{zh: 按路径建立部门, en: Make departments from their paths}}\n    uses: \
                 directory/upsert_department\n    foreach: {{in: steps.{step}.outputs.rows, as: row, key: \
                 row.{key}, distinct: true, order: parents_first}}\n    with: {{path: \"{{{{row.departments}}}}\", \
                 separator: {separator}}}\n\n",
                step = columns::STEP,
                separator = quoted(&self.departments.separator),
                // A list tells no row from another.
                key = if self.columns.contains_key("is_leader") { "external_id" } else { "departments" },
            )
        } else {
            String::new()
        };
        let leaves = if self.full {
            format!(
                "  # Before the others, so that a user name or mobile number given up can be taken again.\n  - id: \
                 {LEAVES}\n    name: {{zh: 办理离职, en: Offboard people who are gone}}\n    uses: \
                 directory/offboard_user\n    foreach: {{in: steps.{step}.outputs.removed_rows}}\n\n",
                step = columns::STEP,
            )
        } else {
            String::new()
        };
        format!(
            "# Made of an uploaded file; each further file with these headers is imported by it.\ndsl: 1\nid: {id}\nname: \
             {{zh: {zh}, en: {en}}}\nlabels: {{app: csv, category: upstream}}\n\non:\n  manual:\n    inputs:\n      \
             folder: {{type: string, required: true, label: {{zh: 文件夹, en: Folder}}}}\n\nconnections:\n  csv: {{type: \
             csv, ref: import}}\n  directory: {{type: directory, ref: default}}\n\nconcurrency: {{group: directory, \
             on_conflict: queue}}\ntimeout: 1h\nsafety:\n  source_min: 1\n  source_shrink: 10%\n  \
             remove: {{max_percent: 20%}}\n  on_exceed: hold_removals\n\nmappings:\n  user:\n    from: csv/row\n    to: directory/user\n    match: [linked, \
             source.{account} == target.username]\n    fields:\n{fields}\nsteps:\n  - id: {step}\n    name: {{zh: \
             读取人员文件, en: Read the people}}\n    uses: csv/read\n    with:\n      path: \
             \"{{{{inputs.folder}}}}/{FILE}\"\n{with}\n{makes}{leaves}  - id: upsert_user\n    name: {{zh: 同步人员, en: \
             Write people}}\n    uses: directory/upsert_user\n    map: user\n    foreach: {{in: \
             steps.{step}.outputs.rows, on_item_error: continue}}\n",
            zh = quoted(zh),
            en = quoted(en),
            step = columns::STEP,
        )
    }

    /// The mapping that a workflow keeps; `None` where it keeps none. What somebody changed in it by hand is not in it.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        let yaml: Value = serde_yaml::from_str(text).ok()?;
        let steps = yaml["steps"].as_array()?;
        let step = |id: &str| steps.iter().find(|step| step["id"] == id);
        let with = &step(columns::STEP)?["with"];
        if !with["path"].as_str()?.ends_with(FILE) {
            return None;
        }
        let texts = |value: &Value| -> BTreeMap<String, String> {
            let entries = value.as_object().into_iter().flatten();
            entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_string()))).collect()
        };
        let known = columns::words("status");
        let mut states = texts(&with["words"]["status"]);
        states.retain(|word, meaning| known.get(word) != Some(meaning));
        let departments = yaml["mappings"]["user"]["fields"]["departments"].as_str()?;
        let separator = departments.split('\'').nth(1);
        Some(Self {
            columns: texts(&with["columns"]),
            departments: UploadDepartments {
                by: if separator.is_some() { DepartmentsBy::Path } else { DepartmentsBy::Id },
                separator: separator.unwrap_or("/").into(),
                create: step(MAKES).is_some(),
            },
            states,
            full: step(LEAVES).is_some(),
        })
    }
}

/// What a workflow is called that keeps a mapping, in Chinese and English.
#[must_use]
pub fn called(text: &str) -> (String, String) {
    let yaml: Value = serde_yaml::from_str(text).unwrap_or_default();
    let name = |lang: &str| yaml["name"][lang].as_str().unwrap_or_default().to_string();
    (name("zh"), name("en"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connectors, workflow};

    #[test]
    fn a_mapping_is_kept_by_a_workflow_that_compiles() {
        let all: BTreeMap<String, String> = columns::TARGETS
            .iter()
            .map(|target| (target.name.to_string(), format!("头\"{}: #", target.name)))
            .collect();
        let some: BTreeMap<String, String> =
            all.clone().into_iter().filter(|(name, _)| columns::find(name).is_some_and(|one| one.required)).collect();
        for columns in [all, some] {
            for (by, create) in [(DepartmentsBy::Id, false), (DepartmentsBy::Path, false), (DepartmentsBy::Path, true)]
            {
                for full in [false, true] {
                    let states = if columns.contains_key("status") {
                        [("长期病假".to_string(), "disabled".to_string())].into()
                    } else {
                        BTreeMap::new()
                    };
                    let departments = UploadDepartments { by, separator: "/".into(), create };
                    let mapping = Mapping { columns: columns.clone(), departments, states, full };
                    let text = mapping.text("upload_people", ("人 \"x\": #1", "x"));
                    let environment = workflow::Environment { connectors: connectors::ALL, ..Default::default() };
                    let outcome = workflow::compile("upload_people", &text, &environment);
                    assert!(outcome.workflow.is_some(), "{text}\n{:?}", outcome.diagnostics);
                    assert!(outcome.diagnostics.is_empty(), "{text}\n{:?}", outcome.diagnostics);
                    assert_eq!(Mapping::kept(&text), Some(mapping), "{text}");
                    // People leave by a word of their status as well as by their absence: the limits are those of the template.
                    let safety = |text: &str| serde_yaml::from_str::<Value>(text).unwrap()["safety"].clone();
                    let template = crate::app::templates::find("csv_to_directory").unwrap();
                    assert_eq!(safety(&text), safety(template.text), "{text}");
                    assert_eq!(text.contains("      partial: true\n"), !full, "{text}");
                }
            }
        }
    }
}
