//! `idflow connection scope`: what a part of a system would give.

use super::{Failure, Session, client::encode, exit, lang::say, output, problem::problem, words};
use crate::contract::{
    examination::{ScopeAsked, ScopeDepartments, ScopePreview},
    problem::{Issue, Text},
};

/// A part of a system.
#[derive(Debug, clap::Args)]
pub struct Scope {
    /// The connection.
    name: String,
    /// Departments: a pattern of paths (`/Company/Sales/**`), or an id with all below it; can be repeated.
    #[arg(long = "department", value_name = "PATTERN|ID")]
    departments: Vec<String>,
    /// Departments that are left out; can be repeated.
    #[arg(long = "without", value_name = "PATTERN|ID")]
    without: Vec<String>,
    /// Somebody, by account; can be repeated.
    #[arg(long = "person", value_name = "ACCOUNT")]
    people: Vec<String>,
    /// A tag, by name or id; can be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Bring people alone, into this department: `/WeCom`.
    #[arg(long, value_name = "DEPARTMENT")]
    people_only: Option<String>,
}

/// Counts.
pub async fn run(session: &Session<'_>, scope: Scope) -> Result<u8, Failure> {
    let asked = ScopeAsked {
        departments: ScopeDepartments { include: scope.departments, exclude: scope.without },
        people: scope.people,
        tags: scope.tags,
        mode: scope.people_only.as_ref().map(|_| "people_only".into()),
        holding_department: scope.people_only,
    };
    let path = format!("/connections/{}/scope", encode(&scope.name));
    let found: ScopePreview = session.client().await?.send(&path, &asked).await?;
    if session.json() {
        output::json(&found);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    let mut table = output::table(&match lang {
        super::Lang::Zh => ["选择", "部门", "人员"],
        super::Lang::En => ["chosen", "departments", "people"],
    });
    for part in &found.parts {
        let parameter = words::parameter(lang, &part.parameter);
        table.add_row([format!("{parameter} {}", part.text), part.departments.to_string(), part.people.to_string()]);
    }
    output::show(table);
    let errors: Vec<&Issue> = found.parts.iter().filter_map(|part| part.error.as_ref()).collect();
    for error in &errors {
        problem(lang, error, "  ");
    }
    let (departments, people) = (found.departments, found.people);
    let (overlap, nameless, visible) = (found.overlap, found.nameless, found.visible);
    output::data(&say!(
        lang,
        "合计：{departments} 个部门，{people} 人（重复选中 {overlap} 人，姓名不可见 {nameless} 人）",
        "in all: {departments} departments, {people} people ({overlap} chosen more than once, {nameless} without a visible name)"
    ));
    match found.of {
        Some(of) => output::data(&say!(lang, "可见 {visible} 人，共 {of} 人", "{visible} of {of} people can be seen")),
        None => output::data(&say!(lang, "可见 {visible} 人", "{visible} people can be seen")),
    }
    // What was said of a part is not said of the whole again.
    let mut told: Vec<&Text> = errors.iter().map(|error| &error.reason).collect();
    for notice in found.incomplete.iter().chain(&found.notices) {
        if !told.contains(&&notice.reason) {
            problem(lang, notice, "  ");
            told.push(&notice.reason);
        }
    }
    Ok(exit::DONE)
}
