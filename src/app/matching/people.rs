//! Who is there in the system of a connection, for whoever looks for somebody to link?
//!
//! No list of another system's people is kept on disk. It is read when somebody asks, and stays in memory for two minutes:
//! whoever types a name does not read a company with each letter, and of several who ask at the same moment one reads. Whom
//! each is linked to is looked up when it is shown. Fields are recognised by what the schema says of them, so that nothing
//! here knows a system.

use std::{collections::HashMap, sync::Arc};

use idflow_sdk::{Connection, Context, FieldId, Kind, Problem, Record, Schema, Seen, Snapshot, Type, text};

use super::{
    App, AppError, Desk, called_so,
    people_lists::{self, KeptList, MOST_PEOPLE, Member},
};
use crate::{
    app::{caller::Permission, error::RefusalKind, mask, paging, problem_words},
    contract::{
        link::{ConnectionPerson, LinkChange, LinkedPerson, PeopleFilter},
        page::Page,
    },
    engine::Connect,
    reconcile::references,
    store::catalogue::StoredConnection,
};

impl Desk<'_> {
    /// The people of a connection's system who are called so.
    ///
    /// # Errors
    /// An unknown connection; nothing to look for; what the system says; the store.
    pub async fn people_of(&self, name: &str, filter: &PeopleFilter) -> Result<Page<ConnectionPerson>, AppError> {
        let stored = self.stored_connection(name).await?.value;
        let find = filter.find.as_deref().map(|find| find.trim().to_lowercase()).unwrap_or_default();
        if find.is_empty() {
            return Err(AppError::invalid("people_whom").field("find"));
        }
        paging::limit(filter.limit)?;
        let reveal = self.reveals(filter.reveal)?;
        let people = self.everybody_of(&stored, filter.again).await?;
        let number = self.caller.may(Permission::PiiRead).then(|| text::phone_digits(&find).to_string());
        let number = number.filter(|number| !number.is_empty());
        let is_meant = |member: &&Member| {
            let named = member
                .label
                .as_deref()
                .is_some_and(|label| label.to_lowercase().contains(&find) || called_so(label, &find));
            let reached = number.as_ref().is_some_and(|number| {
                member.mobile.as_deref().is_some_and(|mobile| text::phone_digits(mobile) == number.as_str())
            });
            named || reached || member.key.to_lowercase().starts_with(&find)
        };
        let found: Vec<&Member> = people.iter().filter(is_meant).collect();
        let page = paging::cut(found, filter.limit, filter.cursor.as_deref())?;
        let schema = crate::connectors::find(&stored.connector).and_then(|spec| spec.schema(Kind::User));
        let mut items = Vec::with_capacity(page.items.len());
        for member in page.items {
            let linked = self.linked_to(name, &member.key).await?;
            items.push(shown(member, linked, reveal, schema));
        }
        Ok(Page { items, next: page.next, total: page.total })
    }
}

impl App {
    /// Who an account of a connection is in the directory.
    async fn linked_to(&self, connection: &str, key: &str) -> Result<Option<LinkedPerson>, AppError> {
        let end = LinkChange { connection: connection.into(), key: key.into(), ..LinkChange::default() };
        let Some((pair, link)) = self.link_of(&end).await? else { return Ok(None) };
        let id = pair.ends(&link).1.key.clone();
        Ok(Some(LinkedPerson { label: self.person(pair.kind, &id).await?, id: id.into() }))
    }

    /// Everybody in the system of a connection, in the order of names: as it was read lately, or read now.
    async fn everybody_of(&self, stored: &StoredConnection, again: bool) -> Result<Arc<Vec<Member>>, AppError> {
        let entry = self.all.people.of(&self.tenant, &stored.name, self.now());
        let mut kept = entry.clone().lock_owned().await;
        let is_good = |kept: &&KeptList| !again && kept.changed == stored.changed && kept.is_fresh(self.now());
        if let Some(kept) = kept.as_ref().filter(is_good) {
            return Ok(kept.people.clone());
        }
        let refused = |cause| AppError::invalid("people_not_read").because(problem_words::show(&cause));
        let connection = self.connections.open(&stored.name, &stored.connector).await.map_err(refused)?;
        let (context, changed, clock) = (Context::at(self.now()), stored.changed, self.engine.core().clock.clone());
        // On its own: whoever types on asks anew, and what was read until then is not read once more.
        let reading = tokio::spawn(async move {
            let people = Arc::new(read(&*connection, &context).await?);
            // It is as fresh as its end: whoever waited for a long read does not begin another one.
            let at = clock.now_ms();
            *kept = (people.len() <= MOST_PEOPLE).then(|| KeptList { changed, at, people: people.clone() });
            drop(kept);
            tokio::spawn(people_lists::forget(Arc::downgrade(&entry), at));
            Ok::<_, idflow_sdk::Error>(people)
        });
        match reading.await {
            Ok(people) => people.map_err(|error| refused(*error.problem)),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(AppError::new(RefusalKind::Unavailable, Problem::new("server_ends"))),
            },
        }
    }
}

/// Reads everybody, with names: what the list does not tell is asked for.
async fn read(connection: &dyn Connection, context: &Context) -> Result<Vec<Member>, idflow_sdk::Error> {
    let Some(schema) = connection.spec().schema(Kind::User) else { return Ok(Vec::new()) };
    let tree = connection.snapshot(context, Kind::Department).await?;
    let mut seen = connection.snapshot(context, Kind::User).await?.objects;
    let fields = Fields::of(schema);
    let is_bare = |seen: &&Seen| fields.label.is_none_or(|label| seen.record.text(label).is_none());
    let bare: Vec<&str> = seen.iter().filter(is_bare).map(|seen| &*seen.key).collect();
    let told = connection.details(context, Kind::User, &bare).await?;
    let mut told: HashMap<String, Record> =
        told.into_iter().map(|seen| (seen.key.to_lowercase(), seen.record)).collect();
    for one in &mut seen {
        if let Some(more) = told.remove(&one.key.to_lowercase()) {
            // The list of all knows departments that whoever tells the rest may not see.
            let departments = fields.departments.and_then(|id| Some((id, one.record.get(id)?.clone())));
            one.record.merge(&more);
            if let Some((id, departments)) = departments {
                one.record.set(id, departments);
            }
        }
    }
    let names = department_names(connection.spec().schema(Kind::Department), &tree);
    let mut people: Vec<Member> = seen.iter().map(|seen| member(seen, &fields, &names)).collect();
    people.sort_by(|one, other| (&one.label, &one.key).cmp(&(&other.label, &other.key)));
    Ok(people)
}

/// The fields of a person that tell people apart, as far as a system has them.
struct Fields {
    label: Option<FieldId>,
    departments: Option<FieldId>,
    number: Option<FieldId>,
    mobile: Option<FieldId>,
    status: Option<FieldId>,
}

impl Fields {
    fn of(schema: &Schema) -> Self {
        let first = |fits: fn(Type) -> bool| {
            schema.fields.iter().position(|field| fits(field.ty)).and_then(|place| FieldId::try_from(place).ok())
        };
        Self {
            label: schema.field(schema.label),
            departments: first(|ty| {
                matches!(ty, Type::Refs { kind: Kind::Department, .. } | Type::Members { kind: Kind::Department })
            }),
            number: schema.field("employee_no"),
            mobile: first(|ty| ty == Type::Phone),
            status: schema.field("status"),
        }
    }
}

/// What departments are called, from the top, by their keys.
fn department_names(schema: Option<&Schema>, tree: &Snapshot) -> HashMap<Box<str>, Arc<str>> {
    let Some(schema) = schema else { return HashMap::new() };
    let path = schema.fields.iter().find(|field| field.ty == Type::Path).and_then(|field| schema.field(&field.name));
    let label = schema.field(schema.label);
    let top = tree.root_name.as_deref().unwrap_or_default();
    let name = |seen: &Seen| {
        let text = |id: Option<FieldId>| id.and_then(|id| seen.record.text(id));
        let below = text(path).or_else(|| text(label))?.trim_matches('/');
        Some(if top.is_empty() { below.to_string() } else { format!("{top}/{below}") })
    };
    let mut names: HashMap<Box<str>, Arc<str>> =
        tree.objects.iter().filter_map(|seen| Some((seen.key.clone(), name(seen)?.into()))).collect();
    if let Some(root) = tree.root.as_ref().and_then(idflow_sdk::Value::to_key).filter(|_| !top.is_empty()) {
        names.insert(root, top.into());
    }
    names
}

fn member(seen: &Seen, fields: &Fields, names: &HashMap<Box<str>, Arc<str>>) -> Member {
    let text = |id: Option<FieldId>| id.and_then(|id| seen.record.text(id)).filter(|text| !text.is_empty());
    let keys = fields.departments.and_then(|id| seen.record.get(id)).map(references::keys_of).unwrap_or_default();
    Member {
        key: seen.key.clone(),
        label: text(fields.label).map(Into::into),
        departments: keys.iter().map(|key| names.get(key).cloned().unwrap_or_else(|| (&**key).into())).collect(),
        number: text(fields.number).map(Into::into),
        mobile: text(fields.mobile).map(Into::into),
        status: text(fields.status).map(Into::into),
    }
}

fn shown(member: &Member, linked: Option<LinkedPerson>, reveal: bool, schema: Option<&Schema>) -> ConnectionPerson {
    let spec = schema.and_then(|schema| schema.fields.iter().find(|field| field.ty == Type::Phone));
    let mobile = |plain: &str| match spec.filter(|_| !reveal) {
        Some(spec) => spec.privacy.mask(plain),
        None if reveal => plain.to_string(),
        None => mask::text(plain),
    };
    // A number that can only be that of an identity card is private whatever it is called.
    let open = |plain: &str| if reveal { plain.to_string() } else { mask::text(plain) };
    ConnectionPerson {
        key: member.key.to_string(),
        label: open(member.label.as_deref().unwrap_or(&member.key)),
        departments: member.departments.iter().map(ToString::to_string).collect(),
        number: member.number.as_deref().map(open),
        mobile: member.mobile.as_deref().map(mobile),
        status: member.status.as_deref().map(ToString::to_string),
        linked,
    }
}
