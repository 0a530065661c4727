//! Departments and people by hand: made, changed, disabled, brought back, moved, one or many. What a source fills is left to
//! it; everything else goes through the rules of an import, in one commit that sees the whole directory as it was read.

use std::collections::BTreeSet;

use idflow_sdk::{
    Field, Kind, NextKind, Record, Value,
    directory::{By, DirectoryStore as _, Stored, Writer},
};

use super::{masters::Masters, rules::Proposed, tree::Tree, values};
use crate::{
    app::{AppError, Desk, expected::Expected, mask},
    connectors,
    contract::{
        directory::{
            BulkDone, BulkFilter, DirectoryBulk, DirectoryDetail, DirectoryEdit, DirectoryFilter, DirectoryVerb,
            NewDirectoryObject, ObjectLook, ReviewVerdict,
        },
        problem::{Next, Text},
    },
    engine::Connect as _,
    model::id::new_ulid,
    store::object_terms::{department, user},
};

/// How often it is tried again when the directory is written to at the same time.
const TRIES: usize = 16;
/// With so many at most something is done at once: they are written in one commit.
const MOST: usize = 1000;

/// What somebody wants.
enum Wish<'w> {
    Make {
        id: String,
        fields: &'w serde_json::Map<String, serde_json::Value>,
    },
    Edit {
        id: &'w str,
        state: &'w Expected,
        fields: &'w serde_json::Map<String, serde_json::Value>,
    },
    Verb {
        id: &'w str,
        state: &'w Expected,
        verb: DirectoryVerb,
        to: &'w [String],
    },
    Many(&'w DirectoryBulk),
    Review {
        ids: &'w [String],
        verdict: ReviewVerdict,
        comment: Option<&'w str>,
    },
    /// What the person gave, whoever fills it otherwise.
    Given {
        id: &'w str,
        fields: &'w serde_json::Map<String, serde_json::Value>,
    },
}

impl Desk<'_> {
    /// Makes a department or a person.
    ///
    /// # Errors
    /// A rule that does not hold; a run that writes to the directory right now.
    pub async fn new_object(&self, new: NewDirectoryObject) -> Result<DirectoryDetail, AppError> {
        let kind = super::kind_of(Some(&new.kind))?;
        let id = new_ulid(self.now());
        self.by_hand(kind, Wish::Make { id: id.clone(), fields: &new.fields }).await?;
        self.caller.trail.about(&id);
        self.object_detail(&id, &ObjectLook::default()).await
    }

    /// Changes fields of one.
    ///
    /// # Errors
    /// As [`Desk::new_object`]; a field that a workflow fills; it is not as it was when it was looked at.
    pub async fn edit_object(
        &self,
        id: &str,
        state: &Expected,
        edit: DirectoryEdit,
    ) -> Result<DirectoryDetail, AppError> {
        let (kind, _) = self.find_object(id).await?;
        self.by_hand(kind, Wish::Edit { id, state, fields: &edit.fields }).await?;
        self.object_detail(id, &ObjectLook::default()).await
    }

    /// Writes a value that the person gave. A workflow may fill the field: what it cannot see it leaves alone.
    ///
    /// # Errors
    /// As [`Desk::new_object`].
    pub(in crate::app) async fn give_value(&self, id: &str, field: &str, value: &str) -> Result<(), AppError> {
        let fields = serde_json::Map::from_iter([(field.to_string(), value.into())]);
        self.by_hand(Kind::User, Wish::Given { id, fields: &fields }).await.map(drop)
    }

    /// Disables, enables, removes or moves one.
    ///
    /// # Errors
    /// As [`Desk::edit_object`].
    pub async fn object_verb(
        &self,
        id: &str,
        state: &Expected,
        verb: DirectoryVerb,
        to: &[String],
    ) -> Result<DirectoryDetail, AppError> {
        let (kind, _) = self.find_object(id).await?;
        self.by_hand(kind, Wish::Verb { id, state, verb, to }).await?;
        self.object_detail(id, &ObjectLook::default()).await
    }

    /// Does it with all that a filter finds: with all of them, or with none.
    ///
    /// # Errors
    /// As [`Desk::object_verb`]; another number than was expected; more than can be written at once.
    pub async fn bulk(&self, bulk: DirectoryBulk) -> Result<BulkDone, AppError> {
        let kind = super::kind_of(Some(&bulk.filter.kind))?;
        if bulk.verb == DirectoryVerb::Edit {
            return Err(AppError::invalid("directory_verb_wrong").arg("verb", bulk.verb.as_str()).field("verb"));
        }
        if bulk.count_only {
            return Ok(BulkDone { found: self.meant(kind, &bulk.filter).await?.len() as u64, changed: 0 });
        }
        let changed = self.by_hand(kind, Wish::Many(&bulk)).await? as u64;
        let told = serde_json::json!({"verb": bulk.verb, "filter": bulk.filter, "to": bulk.to, "changed": changed});
        self.caller.trail.change(serde_json::Value::Null, told);
        Ok(BulkDone { found: bulk.expected, changed })
    }

    /// What objects are to be, as things are in this moment.
    async fn proposed(&self, kind: Kind, wish: &Wish<'_>, tree: &Tree) -> Result<Vec<Proposed>, AppError> {
        let schema = super::schema(kind);
        match wish {
            Wish::Make { id, fields } => {
                let mut after = values::fields(schema, fields, tree)?;
                if let Some(status) = schema.field("status").filter(|status| after.value(*status).is_none()) {
                    after.set(status, Field::Value(Value::text("active")));
                }
                Ok(vec![Proposed { id: id.clone(), before: None, after }])
            }
            Wish::Edit { id, state, fields } => {
                let (_, stored) = self.find_object(id).await?;
                refuse_changed(&stored, state)?;
                let given = values::fields(schema, fields, tree)?;
                let decides = schema.field("status").is_some_and(|status| given.get(status).is_some());
                if decides && waits(kind, &stored) {
                    return Err(AppError::conflict("review_waiting").field("status"));
                }
                Ok(vec![merged(stored, &given)])
            }
            Wish::Given { id, fields } => {
                let (_, stored) = self.find_object(id).await?;
                Ok(vec![merged(stored, &values::fields(schema, fields, tree)?)])
            }
            Wish::Verb { id, state, verb, to } => {
                let (_, stored) = self.find_object(id).await?;
                refuse_changed(&stored, state)?;
                let given = wanted(kind, &stored, *verb, to, tree)?;
                Ok(vec![merged(stored, &given)])
            }
            Wish::Review { ids, verdict, .. } => {
                let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
                let ids: Vec<&str> = ids.into_iter().collect();
                if ids.len() > MOST {
                    return Err(AppError::invalid("directory_too_many").arg("most", MOST.to_string()).field("ids"));
                }
                let found = self.connections.directory().get(kind, &ids).await;
                let found = found.map_err(|error| super::failed(&error))?;
                if let Some(missing) = ids.iter().find(|id| !found.iter().any(|stored| *stored.key == ***id)) {
                    return Err(super::missing(missing).field("ids"));
                }
                let one = |stored: Stored| {
                    if !waits(kind, &stored) {
                        let name = stored.record.text(user::NAME).unwrap_or_default().to_string();
                        return Err(AppError::conflict("review_not_waiting").arg("name", name).field("ids"));
                    }
                    let status = schema.field("status").ok_or_else(|| AppError::invalid("kind_unknown"))?;
                    let word = Field::Value(Value::text(verdict.status()));
                    Ok(merged(stored, &[(status, word)].into_iter().collect()))
                };
                found.into_iter().map(one).collect()
            }
            Wish::Many(bulk) => {
                let meant = self.meant(kind, &bulk.filter).await?;
                if meant.len() as u64 != bulk.expected {
                    let found = meant.len().to_string();
                    let refused = AppError::conflict("directory_count_differs").arg("found", found);
                    return Err(refused.arg("expected", bulk.expected.to_string()).field("expected"));
                }
                let one = |stored: Stored| {
                    let given = wanted(kind, &stored, bulk.verb, &bulk.to, tree)?;
                    Ok(merged(stored, &given))
                };
                meant.into_iter().map(one).collect()
            }
        }
    }

    /// Lets in whoever waits for a review, or does not.
    pub(super) async fn write_review(
        &self,
        verdict: ReviewVerdict,
        ids: &[String],
        comment: Option<&str>,
    ) -> Result<usize, AppError> {
        self.by_hand(Kind::User, Wish::Review { ids, verdict, comment }).await
    }

    /// Those that a filter means.
    async fn meant(&self, kind: Kind, filter: &BulkFilter) -> Result<Vec<Stored>, AppError> {
        let too_many = || AppError::invalid("directory_too_many").arg("most", MOST.to_string()).field("filter");
        if !filter.ids.is_empty() {
            let ids: BTreeSet<&str> = filter.ids.iter().map(String::as_str).collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            if ids.len() > MOST {
                return Err(too_many());
            }
            let found = self.connections.directory().get(kind, &ids).await;
            return found.map_err(|error| super::failed(&error));
        }
        let list = DirectoryFilter {
            kind: filter.kind.clone(),
            find: filter.find.clone(),
            department: filter.department.clone(),
            status: filter.status.clone(),
            ..DirectoryFilter::default()
        };
        let (found, more) = self.objects(&list, None, MOST).await?;
        if more.is_some() {
            return Err(too_many());
        }
        Ok(found.into_iter().map(|(_, stored)| stored).collect())
    }

    /// Changes objects of a kind; gives how many were changed. What is wanted is decided in the state of one moment, and again
    /// when somebody else writes to the directory meanwhile.
    async fn by_hand(&self, kind: Kind, wish: Wish<'_>) -> Result<usize, AppError> {
        let own = connectors::DIRECTORY.name;
        let system = self.connections.system(own, own).await?;
        // A run that writes to the directory has planned by what stood there; it is not disturbed.
        let Some(held) = self.engine.hold(&system).await? else {
            return Err(AppError::conflict("directory_busy"));
        };
        let by = Some(By::Person(self.caller.actor.as_str().into()));
        let prepared = match &wish {
            Wish::Review { ids, verdict, comment } => self.prepare_review(*verdict, ids, *comment).await,
            _ => Ok(()),
        };
        let done = match prepared {
            Ok(()) => self.write_by_hand(kind, wish, Writer { lease: Some(held.right()), by }).await,
            Err(refused) => Err(refused),
        };
        // Also after a refusal: whoever edits next must not find it held.
        held.give_back().await;
        done
    }

    async fn write_by_hand(&self, kind: Kind, wish: Wish<'_>, writer: Writer) -> Result<usize, AppError> {
        let directory = self.connections.own_directory();
        for _ in 0..TRIES {
            let mark = directory.mark().await.map_err(|error| super::failed(&error))?;
            let mut tree = Tree::read(&directory).await?;
            let masters = Masters::of(self).await?;
            let mut proposed = self.proposed(kind, &wish, &tree).await?;
            proposed.retain(|one| one.before.is_none() || !one.changed().is_empty());
            for one in &mut proposed {
                // Who comes in is for a person to say, whichever workflow fills the status otherwise.
                if !matches!(wish, Wish::Given { .. } | Wish::Review { .. }) {
                    self.refuse_mastered(kind, one, &masters).await?;
                }
                self.judge(&directory, kind, one, &tree).await?;
                if kind == Kind::Department {
                    tree.set(&one.id, &one.after);
                }
            }
            if proposed.is_empty() {
                return Ok(0);
            }
            if let [one] = proposed.as_slice() {
                self.tell(kind, one);
            }
            let ids: Vec<&str> = proposed.iter().map(|one| one.id.as_str()).collect();
            let mut write = |id: &str, _: Option<Record>| -> Record {
                let one = proposed.iter().find(|one| one.id == id);
                let fields = one.into_iter().flat_map(|one| one.after.iter());
                // Empty fields are not stored: in the directory what is absent is empty.
                fields.filter(|(_, field)| field.value().is_some()).map(|(id, field)| (id, field.clone())).collect()
            };
            if directory.update_at(&mark, kind, &ids, &writer, &mut write).await? {
                return Ok(proposed.len());
            }
        }
        Err(AppError::conflict("store_conflict"))
    }

    /// Tells the audit what changes, with private values hidden.
    fn tell(&self, kind: Kind, one: &Proposed) {
        let schema = super::schema(kind);
        let shown = |record: &Record| -> serde_json::Value {
            let fields = one.changed().into_iter().map(|id| {
                let spec = schema.spec(id);
                let field = record.get(id).cloned().unwrap_or(Field::Empty);
                (spec.name.to_string(), mask::field(spec, &field).0)
            });
            serde_json::Value::Object(fields.collect())
        };
        let before = one.before.as_ref().map_or(serde_json::Value::Null, shown);
        self.caller.trail.change(before, shown(&one.after));
    }

    /// Refuses a change of what a workflow fills.
    async fn refuse_mastered(&self, kind: Kind, one: &Proposed, masters: &Masters) -> Result<(), AppError> {
        if one.before.is_none() {
            return Ok(());
        }
        let filled = masters.of_object(kind, &self.links_of(kind, &one.id).await?);
        let Some((id, master)) = one.changed().into_iter().find_map(|id| Some((id, filled.get(&id)?))) else {
            return Ok(());
        };
        let spec = super::schema(kind).spec(id);
        let title = spec.title();
        let refused = AppError::conflict("directory_mastered").arg("workflow", &master.workflow);
        let refused = refused.words("title", Text { zh: title.zh.into(), en: title.en.into() });
        Err(refused.words("name", master.name.clone()).field(spec.name.to_string()))
    }
}

/// Whether a person waits for a review.
fn waits(kind: Kind, stored: &Stored) -> bool {
    let status = super::schema(kind).field("status").and_then(|status| stored.record.text(status));
    kind == Kind::User && status == Some(super::WAITING)
}

/// One with new values.
fn merged(stored: Stored, given: &Record) -> Proposed {
    let mut after = stored.record.clone();
    after.merge(given);
    Proposed { id: stored.key.to_string(), before: Some(stored.record), after }
}

/// The fields that a verb sets.
fn wanted(kind: Kind, stored: &Stored, verb: DirectoryVerb, to: &[String], tree: &Tree) -> Result<Record, AppError> {
    let schema = super::schema(kind);
    let no_verb = || AppError::invalid("directory_verb_wrong").arg("verb", verb.as_str()).field("verb");
    let status = schema.field("status").ok_or_else(no_verb)?;
    let word = match (verb, kind) {
        (DirectoryVerb::Disable, Kind::User) if schema.is_gone(&stored.record) => {
            return Err(AppError::conflict("directory_left"));
        }
        (DirectoryVerb::Disable, Kind::User) => "disabled",
        (DirectoryVerb::Enable, Kind::User) if waits(kind, stored) => {
            return Err(AppError::conflict("review_waiting"));
        }
        (DirectoryVerb::Enable, _) => "active",
        (DirectoryVerb::Remove, Kind::User) => "left",
        (DirectoryVerb::Remove, _) => "removed",
        (DirectoryVerb::Move, _) => return moved(kind, stored, to, tree),
        (DirectoryVerb::Disable | DirectoryVerb::Edit, _) => return Err(no_verb()),
    };
    Ok([(status, Field::Value(Value::text(word)))].into_iter().collect())
}

/// Where a move leads: who leads a department and stays in it leads it still.
fn moved(kind: Kind, stored: &Stored, to: &[String], tree: &Tree) -> Result<Record, AppError> {
    let ids = to.iter().map(|named| tree.named(named, "to")).collect::<Result<Vec<_>, _>>()?;
    if kind == Kind::Department {
        let field = match ids.as_slice() {
            [] => Field::Empty,
            [parent] => Field::Value(Value::text(parent)),
            _ => return Err(AppError::invalid("directory_one_parent").field("to")),
        };
        return Ok([(department::PARENT, field)].into_iter().collect());
    }
    let before = stored.record.value(user::DEPARTMENTS).and_then(Value::as_list).unwrap_or_default();
    let leads = |id: &str| {
        let mine = before.iter().find(|member| member.entry("department").and_then(Value::as_text) == Some(id));
        mine.and_then(|member| member.entry("leader")).and_then(Value::as_bool).unwrap_or(false)
    };
    let mut seen = BTreeSet::new();
    let members = ids
        .iter()
        .filter(|id| seen.insert((*id).clone()))
        .map(|id| Value::map([("department".into(), Value::text(id)), ("leader".into(), Value::Bool(leads(id)))]));
    Ok([(user::DEPARTMENTS, Field::Value(Value::list(members)))].into_iter().collect())
}

fn refuse_changed(stored: &Stored, state: &Expected) -> Result<(), AppError> {
    state.check(Some(&super::detail::etag(stored)), || Next::new(NextKind::SearchDirectory))
}
