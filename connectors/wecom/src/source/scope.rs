//! Which part of the company a step asks for: departments by path or id, people by userid, tags by name or id. A union, each
//! person once; without any of them it is everybody.

use std::collections::BTreeSet;

use idflow_sdk::{Context, Error, ErrorKind, Params, Problem, Record, Value, scope::Scope};

use super::{
    Found,
    people::departments,
    tree::{Level, Tree, levels},
};
use crate::{
    client::{Client, TagRow},
    codes,
    error::{code_of, own},
};

/// What a step asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// The departments, by patterns and by id (with all below); `None` when the step names none.
    pub(super) departments: Option<Departments>,
    /// The people, by userid, as they are written.
    pub people: Vec<String>,
    /// The tags, by name or number.
    pub tags: Vec<String>,
    /// `mode: people_only`: the department that everybody is shown in, level by level.
    pub holding: Option<Vec<Level>>,
}

#[derive(Debug, Clone)]
pub(super) struct Departments {
    /// The patterns as they are written.
    include: Vec<String>,
    exclude: Vec<String>,
    scope: Scope,
    /// Whether there are patterns at all: without any, and with ids, only the ids count.
    by_path: bool,
    ids: Vec<i64>,
    not: Vec<i64>,
}

/// A tag that was read.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its members.
    pub members: Vec<String>,
    /// Its departments, with all below them.
    pub departments: Vec<i64>,
}

impl Tag {
    /// Whether nobody has it.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.departments.is_empty()
    }
}

/// The texts of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_list).unwrap_or_default();
    let mut texts: Vec<String> = items.iter().filter_map(Value::to_key).map(|text| text.trim().to_string()).collect();
    texts.retain(|text| !text.is_empty());
    texts
}

/// Patterns and ids of a list.
fn apart(items: Vec<String>) -> (Vec<String>, Vec<i64>) {
    let (mut patterns, mut ids) = (Vec::new(), Vec::new());
    for item in items {
        match item.parse::<i64>() {
            Ok(id) => ids.push(id),
            Err(_) => patterns.push(item),
        }
    }
    (patterns, ids)
}

impl Wanted {
    /// What these parameters ask for.
    ///
    /// # Errors
    /// `people_only` without a holding department, or the other way round.
    pub fn of(params: &Params) -> Result<Self, Error> {
        let (include, ids) = apart(texts(params.get("departments.include")));
        let (exclude, not) = apart(texts(params.get("departments.exclude")));
        let named = !(include.is_empty() && ids.is_empty() && exclude.is_empty() && not.is_empty());
        let by_path = !include.is_empty() || ids.is_empty();
        let scope = Scope::new(&include, &exclude);
        let departments = named.then_some(Departments { include, exclude, scope, by_path, ids, not });
        let only = params.text("mode") == Some("people_only");
        let holding = params.text("holding_department").map(levels).filter(|levels| !levels.is_empty());
        let refuse = |code| own(ErrorKind::Configuration, Problem::new(code).field("holding_department"));
        match (only, &holding) {
            (true, None) => return Err(refuse("wecom_holding_missing")),
            (false, Some(_)) => return Err(refuse("wecom_holding_unused")),
            _ => {}
        }
        Ok(Self { departments, people: texts(params.get("people")), tags: texts(params.get("tags")), holding })
    }

    /// Whether it is everybody.
    fn all(&self) -> bool {
        self.departments.is_none() && self.people.is_empty() && self.tags.is_empty()
    }

    /// Whether it is everybody but those who are only in excluded departments: somebody without a department is wanted, too.
    pub fn is_open(&self) -> bool {
        self.all() || self.departments.as_ref().is_some_and(|wanted| wanted.by_path && wanted.scope.covers_all())
    }

    /// The same people and tags, and everybody else.
    pub fn everybody(&self) -> Self {
        let all = Departments {
            include: Vec::new(),
            exclude: Vec::new(),
            scope: Scope::new(&[], &[]),
            by_path: true,
            ids: Vec::new(),
            not: Vec::new(),
        };
        Self { departments: Some(all), ..self.clone() }
    }

    /// Whether neither people nor tags are chosen.
    pub fn is_only_departments(&self) -> bool {
        self.people.is_empty() && self.tags.is_empty()
    }

    /// What is asked for of departments, entry by entry, each less what is excluded.
    pub fn department_parts(&self) -> Vec<(String, Self)> {
        let all = || "/**".to_string();
        let Some(wanted) = &self.departments else {
            return if self.all() { vec![(all(), self.clone())] } else { Vec::new() };
        };
        let only = |departments: Departments| Self { departments: Some(departments), ..Self::default() };
        let patterns = if wanted.include.is_empty() && wanted.by_path { vec![all()] } else { wanted.include.clone() };
        let by_pattern = patterns.into_iter().map(|pattern| {
            let scope = Scope::new(std::slice::from_ref(&pattern), &wanted.exclude);
            (pattern, only(Departments { scope, by_path: true, ids: Vec::new(), ..wanted.clone() }))
        });
        let by_id = wanted
            .ids
            .iter()
            .map(|id| (id.to_string(), only(Departments { by_path: false, ids: vec![*id], ..wanted.clone() })));
        by_pattern.chain(by_id).collect()
    }

    /// Whether this userid is named.
    pub fn names(&self, userid: &str) -> bool {
        self.people.iter().any(|person| person.eq_ignore_ascii_case(userid))
    }

    /// Whether somebody is wanted: by name, by a tag, or because of a department. `covered`: the departments whose members are
    /// wanted.
    pub fn takes(&self, covered: Option<&BTreeSet<i64>>, chosen: bool, record: &Record) -> bool {
        let nowhere = || self.is_open() && departments(record).next().is_none();
        let inside = |covered: &BTreeSet<i64>| departments(record).any(|id| covered.contains(&id));
        chosen || covered.is_none_or(inside) || nowhere()
    }

    /// Everybody who is wanted by name or has a tag, in lower case.
    pub fn chosen(&self, tags: &[Tag]) -> BTreeSet<String> {
        let tagged = tags.iter().flat_map(|tag| &tag.members);
        self.people.iter().chain(tagged).map(|userid| userid.to_lowercase()).collect()
    }

    /// Whether the members of this department are wanted because of it.
    pub fn covers(&self, tree: &Tree, tags: &[Tag], id: i64) -> bool {
        if self.all() {
            return true;
        }
        let below = |of: &[i64]| tree.lineage(id).any(|above| of.contains(&above));
        let selected = self.departments.as_ref().is_some_and(|wanted| {
            let path = tree.path(id);
            // A path of which a part is hidden fits no pattern but the one for everything.
            let by_path =
                wanted.by_path && path.map_or_else(|| wanted.scope.covers_all(), |path| wanted.scope.covers(path));
            let excluded = path.is_some_and(|path| wanted.scope.excludes(path)) || below(&wanted.not);
            (by_path || below(&wanted.ids)) && !excluded
        });
        selected || tags.iter().any(|tag| below(&tag.departments))
    }

    /// The departments whose members are wanted; `None`: all.
    pub fn covered(&self, tree: &Tree, tags: &[Tag]) -> Option<BTreeSet<i64>> {
        (!self.all()).then(|| tree.ids().filter(|id| self.covers(tree, tags, *id)).collect())
    }
}

/// The tags that a step asks for, with what they hold. One that cannot be read makes the read incomplete: whoever had it has
/// not left.
pub(super) async fn tags(
    client: &Client,
    context: &Context,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<Vec<Tag>, Error> {
    if wanted.tags.is_empty() {
        return Ok(Vec::new());
    }
    let all = client.tags(context).await?;
    let mut tags: Vec<Tag> = Vec::new();
    for text in &wanted.tags {
        let problem = match named(&all, text) {
            Ok(row) => match client.tag(context, row.tagid).await {
                Ok(content) => {
                    if tags.iter().all(|tag| tag.id != row.tagid) {
                        tags.push(Tag {
                            id: row.tagid,
                            name: row.tagname.clone(),
                            members: content.userlist.into_iter().map(|user| user.userid).collect(),
                            departments: content.partylist,
                        });
                    }
                    continue;
                }
                Err(error) if is_gone(&error) => Problem::new("wecom_tag_unreadable").arg("tag", text.clone()),
                Err(error) => return Err(error),
            },
            Err(problem) => problem,
        };
        found.notices.push(problem.clone());
        found.incomplete.get_or_insert(problem);
    }
    Ok(tags)
}

/// Whether an answer says that there is no such tag, or none that may be seen.
fn is_gone(error: &Error) -> bool {
    code_of(error).is_some_and(codes::is_unseen)
}

/// The tag of this name or number. A name counts before a number.
fn named<'t>(all: &'t [TagRow], text: &str) -> Result<&'t TagRow, Problem> {
    let by_name: Vec<&TagRow> = all.iter().filter(|tag| tag.tagname == text).collect();
    match by_name.as_slice() {
        [one] => Ok(one),
        [] => {
            let number = text.parse().ok();
            let by_number = all.iter().find(|tag| Some(tag.tagid) == number);
            by_number.ok_or_else(|| Problem::new("wecom_tag_unreadable").arg("tag", text))
        }
        several => Err(Problem::new("wecom_tag_ambiguous").arg("tag", text).arg("count", several.len().to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(tagid: i64, tagname: &str) -> TagRow {
        TagRow { tagid, tagname: tagname.into() }
    }

    #[test]
    fn a_tag_is_found_by_name_then_by_number() {
        let all = [tag(1, "项目组"), tag(2, "1"), tag(3, "x"), tag(4, "x")];
        assert_eq!(named(&all, "项目组").map(|tag| tag.tagid), Ok(1));
        assert_eq!(named(&all, "1").map(|tag| tag.tagid), Ok(2));
        assert_eq!(named(&all, "4").map(|tag| tag.tagid), Ok(4));
        assert_eq!(
            named(&all, "x").map_err(|problem| problem.code.into_owned()).map(|_| ()),
            Err("wecom_tag_ambiguous".into())
        );
        assert!(named(&all, "9").is_err());
    }

    #[test]
    fn people_only_and_its_department_belong_together() {
        let params = |mode: &str, holding: &str| {
            let mut params = Params::default();
            params.values.insert("mode".into(), Value::text(mode));
            if !holding.is_empty() {
                params.values.insert("holding_department".into(), Value::text(holding));
            }
            Wanted::of(&params).map_err(|error| error.problem.code.into_owned())
        };
        assert!(params("all", "").is_ok_and(|wanted| wanted.holding.is_none()));
        assert_eq!(params("people_only", "").err().as_deref(), Some("wecom_holding_missing"));
        assert_eq!(params("all", "/企业微信").err().as_deref(), Some("wecom_holding_unused"));
        let two = params("people_only", "/外部/企业微信").expect("two levels");
        let keys: Vec<String> = two.holding.unwrap_or_default().into_iter().map(|level| level.key).collect();
        assert_eq!(keys, ["/外部", "/外部/企业微信"]);
    }
}
