//! One department or person: its fields with who fills and who wrote them, its links, and what happened to it.

use std::collections::BTreeMap;

use idflow_sdk::{
    Access, Field, FieldId, Kind, Record, Schema, Value,
    directory::{By, Stored},
    schema::REFUSED_VALUES,
};

use super::{masters, masters::Masters, tree::Tree};
use crate::{
    app::{
        App, AppError, Desk,
        caller::Permission,
        expected, mask,
        names::{self, Names},
        paging, time,
    },
    connectors,
    contract::{
        directory::{
            DepartmentPath, DirectoryDetail, DirectoryField, DirectoryVerb, DirectoryWriter, FieldEdit, FieldMaster,
            ObjectLook, TimelineEntry, TimelineKind, TimelineLook,
        },
        item::InWords,
        link::Link,
        page::Page,
        problem::Text,
    },
    store::{
        links::Placed,
        object_history::{Past, history},
        object_terms::{department, user},
        runs,
    },
};

/// Changes that are looked at to find who wrote a field last.
const MOST_PAST: usize = 500;

/// What an object is now, as one word.
#[must_use]
pub fn etag(stored: &Stored) -> String {
    expected::tag(stored)
}

/// When an object was made: its id says it.
fn made(id: &str) -> i64 {
    ulid::Ulid::from_string(id).map_or(0, |ulid| i64::try_from(ulid.timestamp_ms()).unwrap_or(0))
}

impl App {
    /// The object of this id.
    pub(super) async fn find_object(&self, id: &str) -> Result<(Kind, Stored), AppError> {
        let directory = self.connections.directory();
        if ulid::Ulid::from_string(id).is_ok() {
            for kind in connectors::DIRECTORY.schemas.iter().map(|schema| schema.kind) {
                let found = directory.get(kind, &[id]).await.map_err(|error| super::failed(&error))?;
                if let Some(stored) = found.into_iter().next() {
                    return Ok((kind, stored));
                }
            }
        }
        Err(super::missing(id))
    }

    /// Who it was, as far as it is still known.
    async fn writer(
        &self,
        by: &By,
        at: i64,
        masters: &Masters,
        known: &mut BTreeMap<String, Option<String>>,
    ) -> Result<DirectoryWriter, AppError> {
        let at = Some(time(at));
        let run = match by {
            By::Person(actor) => return Ok(DirectoryWriter { actor: Some(actor.to_string()), at, ..nobody() }),
            By::Run(run) => run.to_string(),
        };
        if !known.contains_key(&run) {
            let found = match run.parse() {
                Ok(id) => runs::get(&*self.store, &self.tenant, id).await?,
                Err(_) => None,
            };
            known.insert(run.clone(), found.map(|run| run.workflow.to_string()));
        }
        let workflow = known.get(&run).cloned().flatten();
        let workflow_name = workflow.as_deref().and_then(|workflow| masters.name(workflow));
        Ok(DirectoryWriter { run: Some(run), workflow, workflow_name, at, ..nobody() })
    }
}

const fn nobody() -> DirectoryWriter {
    DirectoryWriter { actor: None, run: None, workflow: None, workflow_name: None, at: None }
}

fn by_workflow(master: &FieldMaster, at: Option<i64>) -> DirectoryWriter {
    DirectoryWriter {
        workflow: Some(master.workflow.clone()),
        workflow_name: Some(master.name.clone()),
        at: at.map(time),
        ..nobody()
    }
}

impl Desk<'_> {
    /// One object with everything that is known of it.
    ///
    /// # Errors
    /// There is none; the store.
    pub async fn object_detail(&self, id: &str, look: &ObjectLook) -> Result<DirectoryDetail, AppError> {
        let reveal = self.reveals(look.reveal)?;
        let (kind, stored) = self.find_object(id).await?;
        let schema = super::schema(kind);
        let links = self.links_of(kind, id).await?;
        let masters = Masters::of(self).await?;
        let filled = masters.of_object(kind, &links);
        let past = history(&*self.store, &self.tenant, (kind, id), None, MOST_PAST).await?;
        let tree = Tree::read(&*self.connections.directory()).await?;
        let may = self.caller.may(Permission::DirectoryEdit);
        let mut known = BTreeMap::new();
        let mut fields = Vec::new();
        for (id, spec) in (0..).zip(schema.fields.iter()) {
            let writable = spec.access != Access::ReadOnly;
            if !writable && (spec.name != REFUSED_VALUES || stored.record.value(id).is_none()) {
                continue;
            }
            let field = stored.record.get(id).cloned().unwrap_or(Field::Empty);
            let (hidden, masked) = mask::field(spec, &field);
            let master = filled.get(&id).cloned();
            let wrote = past.iter().find(|(_, past)| past.after.get(id).is_some());
            let origin = match (wrote, &master, masters::first(&links)) {
                (Some((_, past)), ..) => Some(self.writer(&past.by, past.at, &masters, &mut known).await?),
                (None, Some(master), first) if field.value().is_some() => {
                    Some(by_workflow(master, first.map(|link| link.since)))
                }
                _ => None,
            };
            fields.push(DirectoryField {
                name: spec.name.to_string(),
                title: title(spec),
                value: if reveal { field.to_json() } else { hidden },
                masked: masked && !reveal,
                editable: writable && master.is_none(),
                master,
                origin,
            });
        }
        let allowed = if may { verbs(kind, &stored.record, &filled) } else { Vec::new() };
        let named = match kind {
            Kind::Department => vec![id.to_string()],
            _ => member_ids(&stored.record),
        };
        let departments = named.into_iter().map(|id| DepartmentPath { path: tree.path(&id), id }).collect();
        let label = stored.record.text(if kind == Kind::User { user::NAME } else { department::NAME });
        let status = schema.field("status").and_then(|status| stored.record.text(status));
        Ok(DirectoryDetail {
            id: id.into(),
            kind: kind.as_str().into(),
            label: label.unwrap_or_default().into(),
            status: status.unwrap_or("active").into(),
            etag: etag(&stored),
            fields,
            departments,
            links: links.iter().map(|placed| link(placed, label.unwrap_or_default())).collect(),
            created: time(made(id)),
            allowed,
        })
    }

    /// What happened to an object, the newest first. That it was made stands at the end.
    ///
    /// # Errors
    /// There is none; the store.
    pub async fn timeline(&self, id: &str, look: &TimelineLook) -> Result<Page<TimelineEntry>, AppError> {
        let reveal = self.reveals(look.reveal)?;
        let limit = paging::limit(look.limit)?;
        let (kind, _) = self.find_object(id).await?;
        let schema = super::schema(kind);
        let masters = Masters::of(self).await?;
        if look.cursor.as_deref().is_some_and(|cursor| ulid::Ulid::from_string(cursor).is_err()) {
            return Err(paging::wrong_cursor());
        }
        let mut past = history(&*self.store, &self.tenant, (kind, id), look.cursor.as_deref(), limit + 1).await?;
        let more = past.len() > limit;
        past.truncate(limit);
        let next = past.last().filter(|_| more).map(|(id, _)| id.clone());
        let (mut known, mut names, ours) = (BTreeMap::new(), Names::default(), connectors::DIRECTORY.name);
        let mut items = Vec::new();
        let mut is_made = false;
        let label = if kind == Kind::User { user::NAME } else { department::NAME };
        for (_, one) in &past {
            // Nothing is without a name that is there already.
            let made = one.before.value(label).is_none() && one.after.value(label).is_some();
            is_made |= made;
            for record in [&one.before, &one.after] {
                for (id, field) in known_fields(schema, record) {
                    names.learn_value(self, (ours, ours), (schema, id, field)).await?;
                }
            }
            items.push(TimelineEntry {
                what: if made { TimelineKind::Created } else { TimelineKind::Changed },
                at: time(one.at),
                by: Some(self.writer(&one.by, one.at, &masters, &mut known).await?),
                changes: known_fields(schema, &one.after)
                    .map(|(id, _)| edit(schema, id, one, &names, reveal))
                    .collect(),
            });
        }
        // What an import made has no entry of its own: its id says when, and its first link says by what.
        if next.is_none() && !is_made {
            let links = self.links_of(kind, id).await?;
            let by = masters::first(&links).map(|link| {
                let name = masters.name(&link.workflow).unwrap_or_default();
                by_workflow(&FieldMaster { workflow: link.workflow.clone(), name }, Some(made(id)))
            });
            items.push(TimelineEntry { what: TimelineKind::Created, at: time(made(id)), by, changes: Vec::new() });
        }
        Ok(Page { items, next, total: None })
    }
}

/// The fields of a record that the directory still has.
fn known_fields<'a>(schema: &Schema, record: &'a Record) -> impl Iterator<Item = (FieldId, &'a Field)> + use<'a> {
    let number = schema.fields.len();
    record.iter().filter(move |(id, _)| usize::from(*id) < number)
}

/// What a change did to a field.
fn edit(schema: &Schema, id: FieldId, past: &Past, names: &Names, reveal: bool) -> FieldEdit {
    let spec = schema.spec(id);
    let told = |record: &Record| {
        let field = record.get(id).cloned().unwrap_or(Field::Empty);
        let shown = if reveal { field.to_json() } else { mask::field(spec, &field).0 };
        let name = |kind, key: &str| names.get(connectors::DIRECTORY.name, kind, key).map(ToString::to_string);
        let words = names::in_words(schema, id, &shown, Some(&field), &|other| record.get(other).cloned(), &name);
        (shown, words)
    };
    let ((before, was), (after, is)) = (told(&past.before), told(&past.after));
    let in_words = Some(InWords { before: was, after: is });
    FieldEdit { name: spec.name.to_string(), title: title(spec), before, after, in_words }
}

fn title(spec: &idflow_sdk::FieldSpec) -> Text {
    let title = spec.title();
    Text { zh: title.zh.into(), en: title.en.into() }
}

pub(super) fn member_ids(record: &Record) -> Vec<String> {
    let list = record.value(user::DEPARTMENTS).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(|member| Some(member.entry("department")?.as_text()?.to_string())).collect()
}

/// What can be done with an object as it is, and as far as no workflow fills what that changes.
fn verbs(kind: Kind, record: &Record, filled: &BTreeMap<FieldId, FieldMaster>) -> Vec<DirectoryVerb> {
    let schema = super::schema(kind);
    let status = schema.field("status");
    let free = |field: Option<FieldId>| field.is_some_and(|field| !filled.contains_key(&field));
    let word = status.and_then(|status| record.text(status)).unwrap_or("active");
    let gone = schema.is_gone(record);
    let home = if kind == Kind::User { user::DEPARTMENTS } else { department::PARENT };
    let editable = (0..)
        .zip(schema.fields.iter())
        .any(|(id, spec): (FieldId, _)| spec.access != Access::ReadOnly && !filled.contains_key(&id));
    [
        (DirectoryVerb::Edit, editable),
        (DirectoryVerb::Disable, kind == Kind::User && !gone && word != "disabled" && free(status)),
        // Whoever waits for a review comes in by that.
        (DirectoryVerb::Enable, word != "active" && word != super::WAITING && free(status)),
        (DirectoryVerb::Remove, !gone && free(status)),
        (DirectoryVerb::Move, !gone && free(Some(home))),
    ]
    .into_iter()
    .filter(|(_, fits)| *fits)
    .map(|(verb, _)| verb)
    .collect()
}

pub(super) fn link((pair, link): &Placed, label: &str) -> Link {
    let (own, other) = pair.ends(link);
    Link {
        connection: pair.target.clone(),
        key: other.key.to_string(),
        with: pair.source.clone(),
        other: own.key.to_string(),
        label: label.into(),
        kind: pair.kind.as_str().into(),
        rule: link.rule.clone(),
        workflow: link.workflow.clone(),
        since: time(link.since),
        gone: link.gone.map(time),
    }
}
