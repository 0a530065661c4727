//! What there is to say of a row beside what its reader says: of values that the directory would not take, of managers and
//! departments that are not there, of keys that lost their zeros.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use idflow_sdk::{Kind, Problem, Schema, SourceObject, Value, phone, text};

use super::{
    keys::{WithoutZeros, keys_of, without_zeros},
    paths::{Paths, is_there},
};
use crate::{
    app::{AppError, Desk, uploads::flow::Mapping},
    contract::upload::DepartmentsBy,
    reconcile::department_tree::{Meant, folded_path},
    store::links,
    workflow::{department_path, template},
};

/// What is looked at beside what the connection says of a row.
pub(super) struct Beside<'d> {
    desk: &'d Desk<'d>,
    mapping: &'d Mapping,
    schema: &'d Schema,
    /// What paths mean.
    paths: Paths,
    /// What is said where all of them begin with the company.
    pub(super) company: Option<Problem>,
    /// Which departments are there by id, as far as they were asked for.
    ids: HashMap<String, bool>,
    known: BTreeSet<String>,
    zeros: WithoutZeros,
    /// The keys of the file itself, where it names managers.
    keys: BTreeSet<String>,
    /// The rows whose key is a number in the workbook, and may have lost zeros.
    numbers: BTreeSet<u64>,
    /// Who of the file has a value that only one may have: the row, and what its person is called.
    owners: HashMap<(&'static str, String), (u64, String)>,
}

/// Columns whose values only one person may have.
const UNIQUE: [&str; 3] = ["mobile", "email", "username"];

impl<'d> Beside<'d> {
    pub(super) async fn new(
        desk: &'d Desk<'d>,
        file: &Path,
        (mapping, numbers): (&'d Mapping, BTreeSet<u64>),
        schema: &'d Schema,
    ) -> Result<Self, AppError> {
        let (paths, company) = match mapping.departments.by {
            DepartmentsBy::Path => Paths::read(desk, file, mapping).await?,
            DepartmentsBy::Id => (Paths::default(), None),
        };
        let (known, zeros) = desk.known_keys().await?;
        let keys = match mapping.columns.contains_key("manager") {
            true => keys_of(file, mapping).await?,
            false => BTreeSet::new(),
        };
        let (ids, owners) = (HashMap::new(), HashMap::new());
        Ok(Self { desk, mapping, schema, paths, company, ids, known, zeros, keys, numbers, owners })
    }

    fn text(&self, object: &SourceObject, column: &str) -> String {
        let field = self.schema.field(column).and_then(|field| object.record.text(field));
        field.map(|text| text.to_string()).unwrap_or_default()
    }

    /// Why a row would not be imported, beside what its reader says.
    pub(super) async fn look(
        &mut self,
        (row, object): (u64, &SourceObject),
        warnings: &mut Vec<Problem>,
        missing: &mut BTreeMap<String, String>,
    ) -> Result<Option<Problem>, AppError> {
        let mobile = self.text(object, "mobile");
        if !mobile.is_empty() && !phone::read(&mobile, phone::HOME).is_some_and(|number| phone::is_mobile(&number)) {
            let problem = Problem::new("mobile_invalid").arg("field", "mobile").arg("value", mobile);
            warnings.push(problem.field("mobile"));
        }
        let email = self.text(object, "email");
        if !email.is_empty() && !text::is_email(&email) {
            warnings.push(Problem::new("email_invalid").arg("field", "email").arg("value", email).field("email"));
        }
        if !self.known.contains(&*object.key)
            && let Some(before) = without_zeros(&object.key).and_then(|rest| self.zeros.get(rest))
        {
            let problem = Problem::new("upload_zeros_lost").arg("key", &*object.key).arg("before", before.as_str());
            warnings.push(problem.field("external_id"));
        } else if self.numbers.contains(&row) && !self.known.contains(&*object.key) {
            warnings.push(Problem::new("upload_number").arg("key", &*object.key).field("external_id"));
        }
        self.look_at_contacts(row, object, warnings);
        self.look_at_managers(object, warnings);
        let main = self.text(object, "main_department");
        if !main.is_empty() && self.mapping.departments.by == DepartmentsBy::Id && !self.is_there(&main).await? {
            warnings.push(Problem::new("department_unknown").arg("key", main).field("main_department"));
        }
        if self.mapping.departments.by == DepartmentsBy::Path {
            for path in self.departments(object) {
                if let Err(problem) = department_path::check(&department_path::names(&path, "/")) {
                    return Ok(Some(problem.field("departments")));
                }
            }
        }
        let lacking = match self.lacking(object).await? {
            Ok(lacking) if lacking.is_empty() => return Ok(None),
            Ok(lacking) => lacking,
            Err(several) => return Ok(Some(several.field("departments"))),
        };
        self.add_levels(&lacking, missing);
        if self.mapping.makes_departments() {
            return Ok(None);
        }
        let code = match self.mapping.departments.by {
            DepartmentsBy::Path => "department_path_unknown",
            DepartmentsBy::Id => "department_unknown",
        };
        Ok(Some(Problem::new(code).arg("key", lacking.join("; ")).field("departments")))
    }

    /// Values that another row of the file has as well, and people whom nobody can reach.
    fn look_at_contacts(&mut self, row: u64, object: &SourceObject, warnings: &mut Vec<Problem>) {
        for column in UNIQUE {
            let text = self.text(object, column);
            let value = match phone::read(&text, phone::HOME).filter(|_| column == "mobile") {
                Some(number) => number.to_string(),
                None => text.to_lowercase(),
            };
            if value.is_empty() {
                continue;
            }
            let own = (row, self.text(object, "name"));
            let (first, name) = self.owners.entry((column, value)).or_insert_with(|| own.clone());
            if *first != row {
                let problem =
                    Problem::new("upload_value_twice").arg("row", first.to_string()).arg("name", name.as_str());
                warnings.push(problem.field(column));
            }
        }
        let asked = ["mobile", "email"].iter().any(|column| self.mapping.columns.contains_key(*column));
        let unreachable = ["mobile", "email"].iter().all(|column| self.text(object, column).is_empty());
        if asked && unreachable && self.text(object, "status") != "left" {
            warnings.push(Problem::new("upload_no_contact").field("mobile"));
        }
    }

    /// Managers whom the import could not find: it would leave them out.
    fn look_at_managers(&self, object: &SourceObject, warnings: &mut Vec<Problem>) {
        let managers = self.schema.field("manager").and_then(|field| object.record.value(field)?.as_list());
        for manager in managers.unwrap_or_default().iter().filter_map(Value::to_key) {
            let problem = match &*manager {
                own if *own == *object.key => Problem::new("manager_self"),
                other if self.known.contains(other) || self.keys.contains(other) => continue,
                other => template::manager_unknown(other),
            };
            warnings.push(problem.field("manager"));
        }
    }

    /// The departments that a row names and that are not there; or what is wrong with one that means several.
    pub(super) async fn lacking(&mut self, object: &SourceObject) -> Result<Result<Vec<String>, Problem>, AppError> {
        let mut lacking = Vec::new();
        for department in self.departments(object) {
            let there = match self.mapping.departments.by {
                DepartmentsBy::Id => self.is_there(&department).await?,
                DepartmentsBy::Path => match self.paths.meant(&department_path::names(&department, "/")) {
                    Meant::Several(departments) => {
                        let problem = Problem::new("department_ambiguous").arg("key", department);
                        return Ok(Err(problem.arg("departments", departments)));
                    }
                    meant => is_there(&meant),
                },
            };
            if !there {
                lacking.push(department);
            }
        }
        Ok(Ok(lacking))
    }

    /// Adds departments that are not there with those above them that are not there either: each of them is made.
    pub(super) fn add_levels(&self, lacking: &[String], missing: &mut BTreeMap<String, String>) {
        for department in lacking {
            if self.mapping.departments.by == DepartmentsBy::Id {
                missing.insert(department.clone(), department.clone());
                continue;
            }
            let names = department_path::names(department, "/");
            for depth in (1..=names.len()).rev() {
                let names = &names[..depth];
                if is_there(&self.paths.meant(names)) {
                    break;
                }
                let folded = folded_path(names);
                if missing.contains_key(&folded) {
                    break;
                }
                missing.insert(folded, department_path::key(names));
            }
        }
    }

    /// The departments that a row names: ids, or paths in the form of the directory.
    fn departments(&self, object: &SourceObject) -> Vec<String> {
        let Some(field) = self.schema.field("departments") else { return Vec::new() };
        let items = match object.record.value(field) {
            Some(Value::List(items)) => {
                let named = |item: &Value| item.entry("department").unwrap_or(item).to_key();
                items.iter().filter_map(named).map(|key| key.to_string()).collect()
            }
            Some(other) => other.to_key().map(|key| key.to_string()).into_iter().collect(),
            None => Vec::new(),
        };
        match self.mapping.departments.by {
            DepartmentsBy::Id => items,
            DepartmentsBy::Path => {
                let names = |item: String| department_path::names(&item, &self.mapping.departments.separator);
                items
                    .into_iter()
                    .map(names)
                    .filter(|names| !names.is_empty())
                    .map(|names| department_path::key(&names))
                    .collect()
            }
        }
    }

    async fn is_there(&mut self, department: &str) -> Result<bool, AppError> {
        if let Some(known) = self.ids.get(department) {
            return Ok(*known);
        }
        let pair = self.desk.import_pair(Kind::Department);
        let there = links::of_source(&*self.desk.store, &pair, department).await?.is_some();
        self.ids.insert(department.into(), there);
        Ok(there)
    }
}
