//! To whom? People and departments of the directory by their links, tags by their names in the system.

use idflow_sdk::{Kind, directory::Stored, messenger::Receivers};

use super::{
    super::{
        App, AppError,
        directory::{failed, schema},
        matching::HeldBack,
        problem_words,
    },
    NewMessage, ReceiverKind, ReceiverOutcome,
    way::Way,
};
use crate::{
    connectors,
    engine::Connect,
    store::{
        links::{self, Pair},
        messages::{StoredMessage, StoredReceiver},
        object_index::{self, Wanted},
    },
};

/// How many are looked at that begin like a name.
const MOST_ALIKE: usize = 50;
/// Receivers that a refusal names.
const MOST_NAMED: usize = 100;

/// The receivers of a message whom nothing speaks against.
pub(super) fn of(message: &StoredMessage) -> Receivers {
    let keys = |kind: ReceiverKind| {
        let good = message.receivers.iter().filter(is(kind));
        // Whoever the system could not reach was tried, too: the parts stay the same ones.
        let good = good.filter(|one| !left_out(one.outcome));
        good.filter_map(|one| one.key.clone()).collect()
    };
    Receivers {
        everybody: message.everybody,
        people: keys(ReceiverKind::Person),
        departments: keys(ReceiverKind::Department),
        tags: keys(ReceiverKind::Tag),
    }
}

/// Whether nothing was sent to a receiver for a reason of ours.
pub(super) fn left_out(outcome: ReceiverOutcome) -> bool {
    matches!(
        outcome,
        ReceiverOutcome::Missing | ReceiverOutcome::Unbound | ReceiverOutcome::Left | ReceiverOutcome::InDoubt
    )
}

impl App {
    /// Everybody who is named, with their keys in the system.
    pub(super) async fn message_receivers(&self, way: &Way, new: &NewMessage) -> Result<Vec<StoredReceiver>, AppError> {
        let mut all = Vec::new();
        if !new.receivers.is_empty() {
            let system = self.connections.link_name(&way.name, way.connection.spec().name);
            let held = self.held_back(&system).await?;
            for given in &new.receivers {
                push(&mut all, self.person_called(way, &held, given.trim()).await?);
            }
        }
        if !new.departments.is_empty() {
            let tree = crate::app::directory::tree::Tree::read(&*self.connections.directory()).await?;
            for given in &new.departments {
                let id = tree.named(given.trim(), "departments")?;
                let key = self.linked(way, Kind::Department, &id).await?;
                let outcome = if key.is_some() { ReceiverOutcome::Waiting } else { ReceiverOutcome::Unbound };
                let (given, name) = (given.trim().to_string(), tree.path(&id));
                push(&mut all, StoredReceiver { kind: ReceiverKind::Department, given, name, key, outcome });
            }
        }
        if !new.tags.is_empty() {
            let names: Vec<String> = new.tags.iter().map(|name| name.trim().to_string()).collect();
            let keys = way.messenger()?.tags(&self.context(), &names).await.map_err(|error| {
                AppError::conflict("message_way_broken")
                    .arg("name", &way.name)
                    .because(problem_words::show(&error.problem))
            })?;
            for (given, key) in names.into_iter().zip(keys) {
                let outcome = if key.is_some() { ReceiverOutcome::Waiting } else { ReceiverOutcome::Missing };
                let name = given.clone();
                push(&mut all, StoredReceiver { kind: ReceiverKind::Tag, given, name, key, outcome });
            }
        }
        if !new.skip_unbound && !new.only_check {
            let wrong = all.iter().filter(|one| left_out(one.outcome)).take(MOST_NAMED);
            if let Some(refused) = AppError::all(wrong.map(|one| refusal(one, &way.name)).collect()) {
                return Err(refused);
            }
        }
        Ok(all)
    }

    /// A person by account, number or id.
    async fn person_called(&self, way: &Way, held: &HeldBack, given: &str) -> Result<StoredReceiver, AppError> {
        let receiver = |name: String, key, outcome| StoredReceiver {
            kind: ReceiverKind::Person,
            given: given.into(),
            name,
            key,
            outcome,
        };
        let Some(person) = self.find_person(given).await? else {
            return Ok(receiver(given.into(), None, ReceiverOutcome::Missing));
        };
        let schema = schema(Kind::User);
        let name = schema.field("name").and_then(|id| person.record.text(id)).unwrap_or(given).to_string();
        let status = schema.field("status").and_then(|id| person.record.text(id)).unwrap_or_default();
        if status == "left" || schema.is_gone(&person.record) {
            return Ok(receiver(name, None, ReceiverOutcome::Left));
        }
        let key = self.linked(way, Kind::User, &person.key).await?;
        let outcome = match &key {
            Some(key) if held.holds(key, &person.key) => ReceiverOutcome::InDoubt,
            Some(_) => ReceiverOutcome::Waiting,
            None => ReceiverOutcome::Unbound,
        };
        Ok(receiver(name, key, outcome))
    }

    /// The person of the directory with this id, account or number.
    async fn find_person(&self, given: &str) -> Result<Option<Stored>, AppError> {
        if given.is_empty() || given.len() > 255 || given.contains('\0') {
            return Ok(None);
        }
        let directory = self.connections.directory();
        let by_id = directory.get(Kind::User, &[given]).await.map_err(|error| failed(&error))?;
        if let Some(one) = by_id.into_iter().next() {
            return Ok(Some(one));
        }
        let schema = schema(Kind::User);
        let wanted = Wanted { kind: Kind::User, find: Some(given.into()), contacts: false, department: None };
        let alike = object_index::find(&*self.store, &self.tenant, &wanted, None, MOST_ALIKE).await?;
        let is = |stored: &Stored, field: &str| {
            let text = schema.field(field).and_then(|id| stored.record.text(id));
            text.is_some_and(|text| text.eq_ignore_ascii_case(given))
        };
        let mut alike: Vec<Stored> = alike.into_iter().map(|(_, stored)| stored).collect();
        let place = ["username", "employee_no"].iter().find_map(|field| alike.iter().position(|one| is(one, field)));
        Ok(place.map(|place| alike.swap_remove(place)))
    }

    /// The key in the system of an object of the directory.
    async fn linked(&self, way: &Way, kind: Kind, id: &str) -> Result<Option<String>, AppError> {
        let spec = way.connection.spec();
        let system = self.connections.link_name(&way.name, spec.name);
        let pair =
            Pair { tenant: self.tenant.clone(), source: connectors::DIRECTORY.name.into(), target: system, kind };
        let link = links::of_source(&*self.store, &pair, id).await?;
        Ok(link.map(|link| pair.ends(&link).1.key.to_string()))
    }
}

/// Adds a receiver who is not there yet.
fn push(all: &mut Vec<StoredReceiver>, new: StoredReceiver) {
    let same = |one: &StoredReceiver| {
        one.kind == new.kind && (one.key == new.key && new.key.is_some() || one.given == new.given)
    };
    if !all.iter().any(same) {
        all.push(new);
    }
}

fn refusal(one: &StoredReceiver, connection: &str) -> AppError {
    let field = match one.kind {
        ReceiverKind::Person => "receivers",
        ReceiverKind::Department => "departments",
        ReceiverKind::Tag => "tags",
    };
    let error = match (one.kind, one.outcome) {
        (_, ReceiverOutcome::Left) => AppError::invalid("message_left"),
        (_, ReceiverOutcome::InDoubt) => AppError::invalid("message_in_doubt"),
        (ReceiverKind::Person, ReceiverOutcome::Missing) => AppError::invalid("message_person_unknown"),
        (ReceiverKind::Tag, _) => AppError::invalid("message_tag_unknown"),
        (ReceiverKind::Department, _) => AppError::invalid("message_department_unbound"),
        _ => AppError::invalid("message_unbound"),
    };
    error.arg("who", &one.given).arg("connection", connection).field(field)
}

/// Whether a receiver is of this kind.
pub(super) fn is(kind: ReceiverKind) -> impl Fn(&&StoredReceiver) -> bool {
    move |receiver| receiver.kind == kind
}
