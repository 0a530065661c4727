//! The contract suite of connectors, over what this program keeps itself: the directory.
//!
//! The suites of other connectors stand beside them, in `connectors/*/tests`.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use idflow::{
    connectors,
    model::id::Tenant,
    store::{directory::Directory, memory::MemoryStore},
};
use idflow_sdk::{
    ConnectorSpec, Error, Field, Kind, OpenRequest, Params, Record, Value,
    contract::{self, Sample, Stage, Subject, System, Trouble},
    directory::{Change, DirectoryStore, Stored, Writer},
};

struct Own;

/// The directory in memory. While it is `restless`, somebody writes to it all the time.
struct Watched {
    directory: Directory,
    restless: Arc<AtomicBool>,
    marks: AtomicU64,
}

#[async_trait]
impl DirectoryStore for Watched {
    async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Stored>, Error> {
        self.directory.page(kind, after, limit).await
    }

    async fn get(&self, kind: Kind, keys: &[&str]) -> Result<Vec<Stored>, Error> {
        self.directory.get(kind, keys).await
    }

    async fn mark(&self) -> Result<String, Error> {
        match self.restless.load(Ordering::Relaxed) {
            true => Ok(self.marks.fetch_add(1, Ordering::Relaxed).to_string()),
            false => self.directory.mark().await,
        }
    }

    async fn update(&self, kind: Kind, keys: &[&str], writer: &Writer, change: Change<'_>) -> Result<(), Error> {
        self.directory.update(kind, keys, writer, change).await
    }
}

struct Restless(Arc<AtomicBool>);

fn record(kind: Kind, fields: &[(&str, &str)]) -> Record {
    let schema = connectors::DIRECTORY.schema(kind).expect("a schema");
    let field = |(name, text): &(&str, &str)| (schema.field(name).expect("a field"), Field::Value(Value::text(text)));
    fields.iter().map(field).collect()
}

#[async_trait]
impl Subject for Own {
    fn spec(&self) -> &'static ConnectorSpec {
        connectors::DIRECTORY
    }

    async fn begin(&self) -> Stage {
        let restless = Arc::new(AtomicBool::new(false));
        let directory = Directory::new(Arc::new(MemoryStore::default()), Tenant::default_tenant());
        let watched = Watched { directory, restless: restless.clone(), marks: AtomicU64::new(0) };
        let request = OpenRequest {
            name: "directory".into(),
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            directory: Arc::new(watched),
            granted: None,
        };
        Stage { request, system: Box::new(Restless(restless)) }
    }

    fn sample(&self, kind: Kind, number: usize) -> Sample {
        let key = format!("01J0000000000000000000000{number}");
        let (name, mobile) = (format!("Name {number}"), format!("1549800000{number}"));
        let record = match kind {
            Kind::Department => record(kind, &[("name", &name), ("status", "active")]),
            _ => {
                let (account, email) = (format!("person{number}"), format!("person{number}@example.com"));
                let fields = [("username", &*account), ("name", &name), ("mobile", &mobile), ("email", &email)];
                record(kind, &[&fields[..], &[("title", "Engineer"), ("status", "active")]].concat())
            }
        };
        Sample { key, record }
    }

    fn change(&self, kind: Kind) -> Record {
        match kind {
            Kind::Department => record(kind, &[("name", "Laboratory")]),
            _ => record(kind, &[("title", "Head")]),
        }
    }

    fn reads(&self) -> Vec<(&'static str, Params)> {
        vec![("read", Params::default())]
    }
}

#[async_trait]
impl System for Restless {
    async fn trouble(&self, trouble: Trouble) -> bool {
        self.0.store(trouble == Trouble::Partial, Ordering::Relaxed);
        matches!(trouble, Trouble::Nothing | Trouble::Partial)
    }
}

#[tokio::test]
async fn the_directory_keeps_what_the_engine_relies_on() {
    let report = contract::run(&Own).await;
    report.expect(&[
        // Everything in it can be seen,
        "what_is_hidden_is_not_empty",
        "one_of_several_is_enough",
        // what is unique is judged at the end of a plan,
        "what_is_unique_is_refused_twice",
        // no call goes over a network,
        "a_lost_answer_is_unknown_and_can_be_looked_up",
        "failures_say_what_to_do",
        // nobody calls it, and there is nothing to keep secret.
        "forged_callbacks_are_refused",
        "wrong_secrets_are_found_out",
        "no_text_has_a_secret_in_it",
    ]);
}
