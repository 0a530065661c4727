//! Why is this person as they are? What the directory knows, what each active workflow says of them now (`now`), and what
//! runs did with them (`past`, `gate`).

mod gate;
mod now;
mod past;

use idflow_sdk::{Kind, directory::Stored};

use super::{AppError, Desk, caller::Permission, directory, mask, paging, problem_words::show};
use crate::{
    contract::{
        directory::DirectoryObject,
        problem::Text,
        why::{Why, WhyLook, WhyStage, WhyStep, WhyVerdict},
    },
    store::object_index::{self, Wanted},
};

/// Runs that are looked at where nothing is said, and at most.
const USUAL: usize = 20;
const MOST: usize = 100;
/// Names that are told where several people are meant.
const MOST_NAMED: usize = 5;

/// Somebody who is asked about.
struct Person {
    key: String,
    name: String,
    stored: Option<Stored>,
}

/// A stage.
fn step(stage: WhyStage, verdict: WhyVerdict, zh: impl Into<String>, en: impl Into<String>) -> WhyStep {
    WhyStep { stage, verdict, text: Text { zh: zh.into(), en: en.into() }, from: None, at: None }
}

/// A stage that ends in a problem.
fn trouble(stage: WhyStage, problem: &idflow_sdk::Problem) -> WhyStep {
    let issue = show(&mask::problem(problem, &[], &[]));
    step(stage, WhyVerdict::Trouble, issue.reason.zh, issue.reason.en)
}

impl Desk<'_> {
    /// The decision trace of a person: by id, number or account in full, else by a name that only one has.
    ///
    /// # Errors
    /// Several people of that name; a wrong run; the store.
    pub async fn why(&self, key: &str, look: &WhyLook) -> Result<Why, AppError> {
        let reveal = self.reveals(look.reveal)?;
        let limit = paging::limit_of(look.limit, USUAL, MOST)?;
        let person = self.person(key.trim()).await?;
        let shown = person.stored.as_ref().map(|stored| {
            let schema = directory::schema(Kind::User);
            let fields = stored.record.iter().map(|(id, field)| {
                let spec = schema.spec(id);
                let shown = if reveal { field.to_json() } else { mask::field(spec, field).0 };
                (spec.name.to_string(), shown)
            });
            DirectoryObject { id: stored.key.to_string(), fields: fields.collect() }
        });
        let now = match &person.stored {
            Some(stored) if look.run.is_none() && look.before.is_none() => self.now_of(stored, reveal).await?,
            _ => Vec::new(),
        };
        let past = self.past_of(&person, look, limit, reveal).await?;
        Ok(Why {
            key: person.key,
            name: person.name,
            person: shown,
            now,
            runs: past.runs,
            looked_at: past.looked_at,
            next: past.next,
        })
    }

    async fn person(&self, key: &str) -> Result<Person, AppError> {
        let known = |stored: Stored| {
            let schema = directory::schema(Kind::User);
            let name = schema.field("name").and_then(|id| stored.record.text(id)).unwrap_or_default().to_string();
            Person { key: stored.key.to_string(), name, stored: Some(stored) }
        };
        let store = self.connections.directory();
        let by_id = store.get(Kind::User, &[key]).await.map_err(|error| directory::failed(&error))?;
        if let Some(stored) = by_id.into_iter().next() {
            return Ok(known(stored));
        }
        let contacts = self.caller.may(Permission::PiiRead);
        let wanted = Wanted { kind: Kind::User, find: Some(key.into()), contacts, department: None };
        let found = object_index::find(&*self.store, &self.tenant, &wanted, None, MOST_NAMED * 10).await?;
        let mut people: Vec<Stored> = Vec::new();
        for (_, stored) in found {
            if people.iter().all(|other| other.key != stored.key) {
                people.push(stored);
            }
        }
        let schema = directory::schema(Kind::User);
        let text = |stored: &Stored, name: &str| {
            schema.field(name).and_then(|id| stored.record.text(id)).unwrap_or_default().to_lowercase()
        };
        let wanted = key.to_lowercase();
        // What names one person comes before what several may have.
        for fields in [&["employee_no", "username"][..], &["name"], &[]] {
            let of = |stored: &&Stored| fields.is_empty() || fields.iter().any(|name| text(stored, name) == wanted);
            let meant: Vec<&Stored> = people.iter().filter(of).collect();
            match meant.as_slice() {
                [] => {}
                [one] => return Ok(known((*one).clone())),
                several => {
                    let called = |stored: &&&Stored| {
                        let name = schema.field("name").and_then(|id| stored.record.text(id)).unwrap_or_default();
                        let number = schema.field("employee_no").and_then(|id| stored.record.text(id));
                        format!("{name} ({})", number.unwrap_or(&stored.key))
                    };
                    let names: Vec<String> = several.iter().take(MOST_NAMED).map(|one| called(&one)).collect();
                    let error = AppError::conflict("person_ambiguous").arg("key", key);
                    return Err(error.arg("names", names.join(", ")).field("id"));
                }
            }
        }
        // Of somebody who is not here, runs may still tell: by the account in the other system.
        Ok(Person { key: key.into(), name: String::new(), stored: None })
    }
}
