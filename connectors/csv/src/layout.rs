//! What the step says about the columns of a file, checked: parameters (as JSON) to a [`Layout`], and from the layout
//! the schema of its rows. The compiler asks for the schema when a workflow is saved, the reader for the layout when it
//! runs; both come from here, so they cannot disagree. Columns are in order of our names.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex, PoisonError},
};

use idflow_sdk::{Access, FieldSpec, KeyRule, Kind, Privacy, Problem, Schema, Text, Type, text};
use serde_json::Value as Json;

use crate::{names, problems::shown};

/// More columns than any roster has.
const MAX_COLUMNS: usize = 1000;
/// The longest name of a column.
const MAX_NAME: usize = 64;

/// The columns that are read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The columns, by name. A field of a record has the place of its column.
    pub(crate) columns: Vec<Column>,
    /// The place of the key.
    pub(crate) key: usize,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Our name.
    pub(crate) name: String,
    /// The headers that are accepted, the best first.
    pub(crate) headers: Vec<String>,
    /// The file must have it.
    pub(crate) present: bool,
    /// Every row must have a value.
    pub(crate) required: bool,
    /// What separates its items, when it is a list.
    pub(crate) separator: Option<String>,
    /// The place of the column that tells who leads.
    pub(crate) flags: Option<usize>,
    /// The words it may hold and what they mean; empty: any.
    pub(crate) words: BTreeMap<String, String>,
    /// What stands for a blank.
    pub(crate) default: Option<String>,
}

/// The schema of the rows that a step with these parameters reads.
///
/// # Errors
/// The parameter that is wrong.
pub fn row_schema(with: &Json) -> Result<Schema, Problem> {
    let layout = Layout::new(with)?;
    let label = match layout.columns.iter().find(|column| column.name == "name") {
        Some(_) => "name",
        None => interned(&layout.columns[layout.key].name),
    };
    Ok(Schema {
        connector: "csv",
        kind: Kind::Row,
        fields: layout.columns.iter().map(Column::field).chain(path(with, &layout)?).collect(),
        key: KeyRule::Given,
        numeric_keys: false,
        label,
        parent: None,
        max_depth: None,
        gone_when: None,
        at_least_one: &[],
    })
}

/// Where the rows form a tree, each has a path: its names from the root down. It is no column: whoever compares paths
/// follows the parents.
fn path(with: &Json, layout: &Layout) -> Result<Option<FieldSpec>, Problem> {
    let Some(parent) = with.get("parent").and_then(scalar) else { return Ok(None) };
    if layout.columns.iter().all(|column| column.name != parent) {
        return Err(Problem::new("csv_unknown_column").arg("parameter", "parent").arg("column", parent));
    }
    if layout.columns.iter().any(|column| column.name == "path") {
        return Err(clash("path", "parent", "columns"));
    }
    let doc = Text::new("从根到本行的名称路径", "the names from the root down to this row");
    Ok(Some(FieldSpec::new("path", Type::Path, doc).access(Access::ReadOnly)))
}

impl Column {
    /// Whether a blank would mean more than "none" here: a status that is left blank is the default one.
    pub(crate) fn keeps_words(&self) -> bool {
        !self.words.is_empty() && self.default.is_some()
    }

    fn field(&self) -> FieldSpec {
        FieldSpec {
            name: Cow::Owned(self.name.clone()),
            ty: match (&self.separator, self.flags) {
                (None, _) => Type::Text,
                (Some(_), None) => Type::Texts,
                (Some(_), Some(_)) => Type::Members { kind: Kind::Department },
            },
            required: self.required,
            access: Access::ReadOnly,
            unique: None,
            duplicate: None,
            privacy: match &*self.name {
                name if names::is_phone(name) => Privacy::Phone,
                name if names::is_email(name) => Privacy::Email,
                _ => Privacy::Open,
            },
            may_stay: false,
            hidden: false,
            minor: false,
            doc: Text::new("文件中的一列", "a column of the file"),
            check: None,
        }
    }
}

impl Layout {
    /// The layout that these parameters describe.
    pub(crate) fn new(with: &Json) -> Result<Self, Problem> {
        let mut columns = columns(with)?;
        let places: BTreeMap<String, usize> =
            columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        let known = |parameter: &str, name: &str| {
            let problem = || Problem::new("csv_unknown_column").arg("parameter", parameter).arg("column", name);
            places.get(name).copied().ok_or_else(problem)
        };

        let key = with.get("key").and_then(scalar).ok_or_else(|| missing("key"))?;
        let key = known("key", &key)?;
        columns[key].required = true;
        for name in names_of(with, "required")? {
            columns[known("required", &name)?].required = true;
        }
        for name in names_of(with, "present")? {
            columns[known("present", &name)?].present = true;
        }
        for (name, separator) in texts(with, "lists")? {
            if separator.is_empty() {
                return Err(wrong("lists", &name));
            }
            columns[known("lists", &name)?].separator = Some(separator);
        }
        for (name, flags) in texts(with, "flags")? {
            let (list, flags) = (known("flags", &name)?, known("flags", &flags)?);
            if columns[list].separator.is_none() {
                return Err(Problem::new("csv_flags_without_list").arg("column", name));
            }
            if columns[flags].separator.is_some() {
                return Err(clash(&columns[flags].name, "flags", "lists"));
            }
            columns[list].flags = Some(flags);
        }
        for (name, words) in entries(with, "words")? {
            let column = &mut columns[known("words", name)?];
            for (word, meaning) in words.as_object().ok_or_else(|| wrong("words", name))? {
                let meaning = scalar(meaning).ok_or_else(|| wrong("words", word))?;
                column.words.insert(text::trim(word).to_lowercase(), meaning);
            }
        }
        for (name, default) in texts(with, "defaults")? {
            columns[known("defaults", &name)?].default = Some(default).filter(|text| !text.is_empty());
        }
        let column = &columns[key];
        let elsewhere = [
            (column.separator.is_some(), "lists"),
            (column.default.is_some(), "defaults"),
            (!column.words.is_empty(), "words"),
        ];
        if let Some((_, other)) = elsewhere.into_iter().find(|(is_there, _)| *is_there) {
            return Err(clash(&column.name, "key", other));
        }
        if let Some(both) = columns.iter().find(|column| column.separator.is_some() && !column.words.is_empty()) {
            return Err(clash(&both.name, "words", "lists"));
        }
        for column in &mut columns {
            column.present |= column.required && column.default.is_none();
        }
        Ok(Self { columns, key })
    }
}

/// The columns with their headers, by name.
fn columns(with: &Json) -> Result<Vec<Column>, Problem> {
    let mut columns = Vec::new();
    for (name, headers) in entries(with, "columns")? {
        let named = name.len() <= MAX_NAME
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !named {
            return Err(Problem::new("csv_column_name").arg("column", shown(name)));
        }
        let headers = match headers {
            Json::Array(headers) => headers.iter().map(scalar).collect(),
            one => scalar(one).map(|header| vec![header]),
        };
        let headers = headers
            .filter(|headers| !headers.is_empty() && headers.iter().all(|header| !text::trim(header).is_empty()))
            .ok_or_else(|| wrong("columns", name))?;
        columns.push(Column {
            name: name.clone(),
            headers,
            present: false,
            required: false,
            separator: None,
            flags: None,
            words: BTreeMap::new(),
            default: None,
        });
    }
    if columns.is_empty() {
        return Err(missing("columns"));
    }
    if columns.len() > MAX_COLUMNS {
        return Err(Problem::new("csv_too_many_columns").arg("limit", MAX_COLUMNS.to_string()));
    }
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(columns)
}

/// The entries of a parameter that is a map.
fn entries<'a>(with: &'a Json, parameter: &str) -> Result<Vec<(&'a String, &'a Json)>, Problem> {
    match with.get(parameter) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Object(entries)) => Ok(entries.iter().collect()),
        Some(_) => Err(wrong(parameter, "…")),
    }
}

/// The entries of a parameter that is a map to texts.
fn texts(with: &Json, parameter: &str) -> Result<Vec<(String, String)>, Problem> {
    let text = |(name, value): (&String, &Json)| {
        let value = scalar(value).ok_or_else(|| wrong(parameter, name))?;
        Ok((name.clone(), value))
    };
    entries(with, parameter)?.into_iter().map(text).collect()
}

/// A parameter that is a list of names.
fn names_of(with: &Json, parameter: &str) -> Result<Vec<String>, Problem> {
    let items = match with.get(parameter) {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    items.iter().map(|item| scalar(item).ok_or_else(|| wrong(parameter, "…"))).collect()
}

/// Text; YAML may have made a number or a flag of it.
fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// An entry of a parameter is not of the form that it must have.
fn wrong(parameter: &str, entry: &str) -> Problem {
    Problem::new("csv_parameter").arg("parameter", parameter).arg("entry", shown(entry))
}

/// A parameter is not there.
pub(crate) fn missing(parameter: &str) -> Problem {
    Problem::new("csv_parameter_missing").arg("parameter", parameter)
}

/// A column is named by two parameters that exclude each other.
fn clash(column: &str, parameter: &str, other: &str) -> Problem {
    Problem::new("csv_parameter_clash").arg("column", column).arg("parameter", parameter).arg("other", other)
}

/// The name as a constant, which the label of a schema is. Names of key columns are few; past a limit no more are kept,
/// and such rows go by their key.
fn interned(name: &str) -> &'static str {
    const LIMIT: usize = 1000;
    static NAMES: LazyLock<Mutex<BTreeSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    match names.get(name) {
        Some(name) => name,
        None if names.len() >= LIMIT => "",
        None => {
            let name: &'static str = Box::leak(name.into());
            names.insert(name);
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_follow_from_the_parameters() {
        let schema = row_schema(&json!({
            "path": "{{inputs.file}}", "key": "external_id", "required": ["name"],
            "columns": {"name": ["name", "姓名"], "external_id": "工号", "departments": "部门", "is_leader": "负责人",
                        "manager": "上级", "mobile": "手机", "status": "状态", "email": "邮箱"},
            "lists": {"departments": ";", "manager": ";"}, "flags": {"departments": "is_leader"},
            "words": {"status": {"1": "active", "0": "disabled"}}, "defaults": {"status": "active"},
        }))
        .unwrap();
        let fields: Vec<_> = schema.fields.iter().map(|field| (&*field.name, field.ty, field.required)).collect();
        assert_eq!(
            fields,
            [
                ("departments", Type::Members { kind: Kind::Department }, false),
                ("email", Type::Text, false),
                ("external_id", Type::Text, true),
                ("is_leader", Type::Text, false),
                ("manager", Type::Texts, false),
                ("mobile", Type::Text, false),
                ("name", Type::Text, true),
                ("status", Type::Text, false),
            ]
        );
        assert_eq!((schema.label, schema.kind, schema.connector), ("name", Kind::Row, "csv"));
        assert_eq!(schema.fields[5].privacy, Privacy::Phone);
        assert_eq!(schema.fields[1].privacy, Privacy::Email);
        let schema = row_schema(&json!({"key": "no", "columns": {"no": "编号"}})).unwrap();
        assert_eq!(schema.label, "no");
    }

    #[test]
    fn wrong_parameters_are_named() {
        let columns = json!({"id": "id", "list": "list", "flag": "flag"});
        let list = json!({"list": ";"});
        for (code, with) in [
            ("csv_parameter_missing", json!({"key": "id"})),
            ("csv_parameter_missing", json!({"key": "id", "columns": {}})),
            ("csv_parameter", json!({"key": "id", "columns": "id"})),
            ("csv_column_name", json!({"key": "id", "columns": {"工号": "工号"}})),
            ("csv_parameter", json!({"key": "id", "columns": {"id": []}})),
            ("csv_parameter", json!({"key": "id", "columns": {"id": " "}})),
            ("csv_parameter", json!({"key": "id", "columns": {"id": {"a": 1}}})),
            ("csv_parameter_missing", json!({"columns": columns})),
            ("csv_unknown_column", json!({"key": "no", "columns": columns})),
            ("csv_parameter_clash", json!({"key": "id", "columns": columns, "defaults": {"id": "1"}})),
            ("csv_unknown_column", json!({"key": "id", "columns": columns, "required": ["name"]})),
            ("csv_parameter", json!({"key": "id", "columns": columns, "required": [["id"]]})),
            ("csv_unknown_column", json!({"key": "id", "columns": columns, "present": "name"})),
            ("csv_parameter", json!({"key": "id", "columns": columns, "lists": {"list": ""}})),
            ("csv_parameter", json!({"key": "id", "columns": columns, "lists": ["list"]})),
            ("csv_flags_without_list", json!({"key": "id", "columns": columns, "flags": {"list": "flag"}})),
            ("csv_unknown_column", json!({"key": "id", "columns": columns, "lists": list, "flags": {"list": "none"}})),
            ("csv_parameter_clash", json!({"key": "id", "columns": columns, "lists": list, "flags": {"list": "list"}})),
            ("csv_parameter", json!({"key": "id", "columns": columns, "words": {"flag": "1"}})),
            ("csv_parameter", json!({"key": "id", "columns": columns, "words": {"flag": {"1": []}}})),
            (
                "csv_parameter_clash",
                json!({"key": "id", "columns": columns, "lists": list, "words": {"list": {"a": "b"}}}),
            ),
            ("csv_unknown_column", json!({"key": "id", "columns": columns, "defaults": {"x": "1"}})),
        ] {
            let problem = row_schema(&with).unwrap_err();
            assert_eq!(problem.code, code, "{with}");
            crate::messages::assert_worded(&problem);
        }
    }
}
