//! What must hold of an object before it is written by hand: the same that holds of what an import writes. It is looked at in
//! the state of one moment; whoever writes makes sure that nothing of the directory was written since.

use idflow_sdk::{FieldId, Kind, Problem, Record, Schema, Value, directory::DirectoryStore};

use super::tree::Tree;
use crate::{
    app::{App, AppError, error::RefusalKind as Refusal},
    connectors,
    engine::Connect as _,
    store::{
        object_index::{self, Wanted},
        object_terms::{self, department, user},
    },
};

/// Objects that are looked at at once.
const PAGE: usize = 200;
const PRIMARY: &str = "primary_department";
const MANAGERS: &str = "managers";

/// An object that is about to be written.
pub struct Proposed {
    /// Its id.
    pub id: String,
    /// As it is; `None`: it is new.
    pub before: Option<Record>,
    /// As it is to be.
    pub after: Record,
}

impl Proposed {
    /// The fields that change.
    #[must_use]
    pub fn changed(&self) -> Vec<FieldId> {
        let none = Record::default();
        let before = self.before.as_ref().unwrap_or(&none);
        let all = before.iter().chain(self.after.iter()).map(|(id, _)| id);
        let fields: std::collections::BTreeSet<FieldId> = all.collect();
        fields.into_iter().filter(|id| before.value(*id) != self.after.value(*id)).collect()
    }
}

fn said(problem: Problem) -> AppError {
    AppError::new(Refusal::Invalid, problem)
}

/// The departments of a person.
fn departments(record: &Record) -> Vec<String> {
    let list = record.value(user::DEPARTMENTS).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(|member| Some(member.entry("department")?.as_text()?.to_string())).collect()
}

impl App {
    /// Repairs what can be repaired without losing anything (spaces, forms of numbers), and refuses what cannot be written.
    ///
    /// # Errors
    /// The first rule that does not hold, with the field.
    pub(super) async fn judge(
        &self,
        directory: &dyn DirectoryStore,
        kind: Kind,
        proposed: &mut Proposed,
        tree: &Tree,
    ) -> Result<(), AppError> {
        let schema = super::schema(kind);
        self.conform(kind, proposed).await?;
        let changed = proposed.changed();
        let comes_back = proposed.before.as_ref().is_none_or(|before| schema.is_gone(before));
        let is_gone = schema.is_gone(&proposed.after);
        match kind {
            Kind::Department => self.judge_department(proposed, tree, is_gone).await?,
            _ => judge_person(directory, proposed, tree).await?,
        }
        if is_gone {
            return Ok(());
        }
        for (id, spec) in (0..).zip(schema.fields.iter()) {
            if spec.unique.is_some() && kind == Kind::User && (comes_back || changed.contains(&id)) {
                self.refuse_taken(schema, id, proposed).await?;
            }
        }
        Ok(())
    }

    /// The directory's own rules for values. Whoever types a value is told when it cannot be kept; an import would go on
    /// without it.
    async fn conform(&self, kind: Kind, proposed: &mut Proposed) -> Result<(), AppError> {
        let own = connectors::DIRECTORY.name;
        let connection = self.connections.open(own, own).await.map_err(said)?;
        let mut given: Record =
            proposed.changed().into_iter().filter_map(|id| Some((id, proposed.after.get(id)?.clone()))).collect();
        let mut lost = Vec::new();
        connection.conform(kind, &mut given, false, &mut lost).map_err(said)?;
        if let Some(problem) = lost.into_iter().next() {
            return Err(said(problem));
        }
        proposed.after.merge(&given);
        connection.conform(kind, &mut proposed.after.clone(), true, &mut Vec::new()).map_err(said)
    }

    async fn judge_department(&self, proposed: &Proposed, tree: &Tree, is_gone: bool) -> Result<(), AppError> {
        let (id, after) = (proposed.id.as_str(), &proposed.after);
        if is_gone {
            let below = tree.below(Some(id)).count() as u64;
            let people = self.members(id).await?;
            if below + people > 0 {
                let refused = AppError::conflict("directory_not_empty").arg("departments", below.to_string());
                return Err(refused.arg("people", people.to_string()));
            }
            return Ok(());
        }
        let parent = after.text(department::PARENT);
        if let Some(parent) = parent {
            tree.named(parent, "parent")?;
            if tree.is_within(parent, id) {
                return Err(said(Problem::new("dept_parent_cycle").field("parent")));
            }
        }
        let name = after.text(department::NAME).unwrap_or_default();
        let taken = tree.below(parent).find(|(other, node)| *other != id && node.name == name);
        taken.map_or(Ok(()), |(other, _)| {
            Err(AppError::conflict("directory_taken").arg("field", "name").arg("who", tree.path(other)).field("name"))
        })
    }

    /// Refuses a value that somebody else has who has not left.
    async fn refuse_taken(&self, schema: &Schema, id: FieldId, proposed: &Proposed) -> Result<(), AppError> {
        let Some(field) = proposed.after.get(id) else { return Ok(()) };
        let (Some(mine), Some(text)) = (schema.unique_key(id, field), proposed.after.text(id)) else { return Ok(()) };
        let wanted = Wanted { kind: schema.kind, find: Some(text.into()), contacts: true, department: None };
        let whole = object_terms::written(text);
        let mut after = None;
        loop {
            let page = object_index::find(&*self.store, &self.tenant, &wanted, after.as_ref(), PAGE).await?;
            for ((word, _), stored) in &page {
                // Those that only begin so stand behind all that are written so.
                if !word.is_empty() && *word != whole {
                    return Ok(());
                }
                let other = stored.record.get(id).and_then(|field| schema.unique_key(id, field));
                if *stored.key != *proposed.id && other.as_ref() == Some(&mine) && !schema.is_gone(&stored.record) {
                    let name = stored.record.text(user::NAME).unwrap_or_default();
                    let account = stored.record.text(user::USERNAME).unwrap_or_default();
                    let field = schema.spec(id).name.to_string();
                    let refused = AppError::conflict("directory_taken").arg("field", field.clone());
                    return Err(refused.arg("who", format!("{name} ({account})")).field(field));
                }
            }
            match page.last() {
                Some((place, _)) if page.len() == PAGE => after = Some(place.clone()),
                _ => return Ok(()),
            }
        }
    }
}

async fn judge_person(directory: &dyn DirectoryStore, proposed: &mut Proposed, tree: &Tree) -> Result<(), AppError> {
    let schema = super::schema(Kind::User);
    let changed = proposed.changed();
    let mine = departments(&proposed.after);
    if changed.contains(&user::DEPARTMENTS) {
        for department in &mine {
            tree.named(department, "departments")?;
        }
    }
    if let Some(primary) = schema.field(PRIMARY)
        && let Some(main) = proposed.after.text(primary)
        && !mine.iter().any(|department| *department == *main)
    {
        if changed.contains(&primary) {
            let what = crate::contract::problem::Text {
                zh: "主部门必须是所属部门之一".into(),
                en: "it is one of the person's departments".into(),
            };
            let refused = AppError::invalid("directory_value_wrong").arg("field", PRIMARY).words("what", what);
            return Err(refused.field(PRIMARY));
        }
        // Whoever left the main department has the first of the others.
        proposed.after.take(primary);
    }
    if let Some(managers) = schema.field(MANAGERS).filter(|id| changed.contains(id)) {
        let list = proposed.after.value(managers).and_then(Value::as_list).unwrap_or_default();
        let keys: Vec<&str> = list.iter().filter_map(Value::as_text).collect();
        let found = directory.get(Kind::User, &keys).await.map_err(|error| super::failed(&error))?;
        for key in keys {
            let there = found.iter().find(|stored| *stored.key == *key);
            if key == proposed.id || there.is_none_or(|stored| schema.is_gone(&stored.record)) {
                return Err(super::missing(key).field(MANAGERS));
            }
        }
    }
    Ok(())
}
