//! Which column of an uploaded file is which field? It is proposed by the headers that the import's own template knows, and
//! decided by whoever uploads.

use std::collections::{BTreeMap, BTreeSet};

use idflow_sdk::{Privacy, text};
use serde_json::Value;

use crate::app::templates;

/// The template whose headers and words are known.
const TEMPLATE: &str = "csv_to_directory";
/// The step of it that reads people.
pub const STEP: &str = "read_users";
/// Headers of a path of departments, beside those of the template.
pub(super) const PATHS: [&str; 6] = ["dept_path", "department_path", "部门路径", "部门全路径", "组织路径", "所属组织"];
/// Headers of other fields, as consoles and forms of ours call them, beside those of the template.
const OTHERS: [(&str, &str); 2] = [("登录名", "username"), ("用户名", "username")];
/// Rows among which a header is looked for.
pub const HEADER_ROWS: usize = 20;

/// A field that a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its name in the workflow.
    pub name: &'static str,
    /// What people call it.
    pub title: (&'static str, &'static str),
    /// Whether people cannot be imported without it.
    pub required: bool,
    /// What is shown of it to whoever may not read private values.
    pub privacy: Privacy,
}

const fn target(name: &'static str, zh: &'static str, en: &'static str) -> Target {
    Target { name, title: (zh, en), required: false, privacy: Privacy::Open }
}

/// All of them.
pub const TARGETS: [Target; 12] = [
    Target { required: true, ..target("external_id", "工号", "Employee number") },
    target("username", "账号", "Account"),
    Target { required: true, ..target("name", "姓名", "Name") },
    Target { privacy: Privacy::Phone, ..target("mobile", "手机号", "Mobile") },
    Target { privacy: Privacy::Email, ..target("email", "邮箱", "E-mail") },
    target("title", "职务", "Job title"),
    target("gender", "性别", "Gender"),
    Target { required: true, ..target("departments", "部门", "Department") },
    target("is_leader", "部门负责人", "Leads"),
    target("main_department", "主部门", "Main department"),
    target("manager", "直属上级", "Manager"),
    target("status", "状态", "Status"),
];

/// The field of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    const ALL: &[Target] = &TARGETS;
    ALL.iter().find(|target| target.name == name)
}

/// A header in the form in which equal ones are identical.
#[must_use]
pub fn folded(header: &str) -> String {
    let visible: String = header.chars().filter(|c| !text::is_invisible(*c)).collect();
    text::trim(&text::plain(text::trim(&visible))).to_lowercase()
}

/// Headers with the field that each of them means.
#[derive(Debug, Default)]
pub struct Known(BTreeMap<String, &'static str>);

impl Known {
    /// Those of the template, and a few more.
    #[must_use]
    pub fn new() -> Self {
        let mut known = BTreeMap::new();
        let columns = template_part("columns");
        for target in &TARGETS {
            let headers = match &columns[target.name] {
                Value::Array(headers) => headers.iter().filter_map(|one| one.as_str().map(Into::into)).collect(),
                Value::String(header) => vec![header.clone()],
                _ => Vec::new(),
            };
            for header in headers {
                known.entry(folded(&header)).or_insert(target.name);
            }
        }
        for target in &TARGETS {
            for header in [target.title.0, target.title.1, target.name] {
                known.entry(folded(header)).or_insert(target.name);
            }
        }
        for header in PATHS {
            known.insert(folded(header), "departments");
        }
        for (header, field) in OTHERS {
            known.entry(folded(header)).or_insert(field);
        }
        Self(known)
    }

    /// The field of a header, also of one with the marks that forms put around it: `*手机（必填）` is `手机`.
    #[must_use]
    pub fn field(&self, header: &str) -> Option<&'static str> {
        let folded = folded(header);
        self.0.get(&folded).or_else(|| self.0.get(&bare(&folded))).copied()
    }

    /// The row that is most likely the header: the one with the most headers that are known, else the first with at least two
    /// cells.
    #[must_use]
    pub fn header_row(&self, rows: &[(u64, Vec<String>)]) -> Option<usize> {
        let known = |row: &[String]| row.iter().filter(|cell| self.field(cell).is_some()).count();
        let full = |row: &[String]| row.iter().filter(|cell| !cell.trim().is_empty()).count();
        let first = || rows.iter().take(HEADER_ROWS);
        let best = first().map(|(_, row)| known(row)).max().unwrap_or(0);
        if best > 0 {
            return first().position(|(_, row)| known(row) == best);
        }
        first().position(|(_, row)| full(row) >= 2)
    }

    /// A field for each header; the first column that could be a field is it.
    #[must_use]
    pub fn propose(&self, headers: &[String]) -> BTreeMap<String, String> {
        let mut proposed = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for header in headers {
            if let Some(field) = self.field(header).filter(|field| taken.insert(*field)) {
                proposed.insert(field.to_string(), header.clone());
            }
        }
        proposed
    }
}

fn bare(header: &str) -> String {
    let cut = header.split(['(', '[']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    cut.trim_matches(|c: char| c == '*' || c == ':' || c.is_whitespace()).to_string()
}

/// A parameter of the step that reads people.
fn template_part(name: &str) -> Value {
    let Ok(template) = templates::find(TEMPLATE) else { return Value::Null };
    let Ok(yaml) = serde_yaml::from_str::<Value>(template.text) else { return Value::Null };
    let steps = yaml["steps"].as_array().cloned().unwrap_or_default();
    let step = steps.into_iter().find(|step| step["id"] == STEP).unwrap_or_default();
    step["with"][name].clone()
}

/// The words that a column may hold, with what they mean.
#[must_use]
pub fn words(column: &str) -> BTreeMap<String, String> {
    let words = template_part("words")[column].clone();
    let words = words.as_object().cloned().unwrap_or_default();
    words.into_iter().filter_map(|(word, meaning)| Some((word, meaning.as_str()?.to_string()))).collect()
}

/// What separates the names of paths in these cells; `None`: they hold no paths.
#[must_use]
pub fn path_separator<'c>(cells: impl Iterator<Item = &'c str> + Clone) -> Option<&'static str> {
    let count = |separator: &&str| cells.clone().filter(|cell| cell.contains(*separator)).count();
    // Of equally frequent ones the last is taken.
    ["|", "\\", ">", "/"].into_iter().max_by_key(count).filter(|best| count(best) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_the_row_with_known_words() {
        let known = Known::new();
        let row = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        let rows = [
            (1, row(&["2026 年花名册", "", "制表：人事部"])),
            (3, row(&["*工号（必填）", " 姓名 ", "联系电话", "部门路径", "备注"])),
        ];
        assert_eq!(known.header_row(&rows), Some(1));
        let fields = known.propose(&rows[1].1);
        let fields: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(fields, ["departments", "external_id", "mobile", "name"]);
        assert_eq!(known.propose(&row(&["手机", "手机号"]))["mobile"], "手机");
        let ours = known.propose(&row(&["登录名", "所属部门"]));
        assert_eq!((ours["username"].as_str(), ours["departments"].as_str()), ("登录名", "所属部门"));
        assert_eq!(path_separator(["研发/平台", "销售"].into_iter()), Some("/"));
        assert_eq!(path_separator(["0140", "0150"].into_iter()), None);
        assert_eq!(words("status")["离职"], "left");
        assert_eq!(words("gender")["女"], "female");
    }
}
