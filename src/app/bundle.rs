//! What somebody needs who helps with a run and cannot look at it: one zip file with run, plan, items, calls, journal, workflow,
//! connections and versions. Private values are masked, and no secret of the tenant stands in it, wherever it came from.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Seek, SeekFrom, Write},
};

use serde::Serialize;
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{App, AppError, Desk, caller::Permission, connect::Connections, connections, mask, run_view, time};
use crate::{
    contract::item::CallFilter,
    model::{id::RunId, outcomes::NOT_WELL},
    store::{StoreError, catalogue, failing_connections, pages::JournalPages},
};

/// Items that went wrong, other items, and events that are in it at most.
const MOST_BAD: usize = 20_000;
const MOST_GOOD: usize = 2_000;
const MOST_EVENTS: usize = 50_000;
const MOST_CALLS: usize = 500;
/// For which machine this was built.
const SYSTEM: &str = if cfg!(target_os = "linux") {
    "linux"
} else if cfg!(target_os = "macos") {
    "macos"
} else if cfg!(windows) {
    "windows"
} else {
    "other"
};
const PROCESSOR: &str = if cfg!(target_arch = "x86_64") {
    "x86_64"
} else if cfg!(target_arch = "aarch64") {
    "aarch64"
} else {
    "other"
};
/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// A shorter secret would hide too much beside itself.
const LEAST_SECRET: usize = 4;

fn failed(error: impl std::fmt::Display) -> AppError {
    StoreError::Unavailable(format!("the bundle cannot be written: {error}")).into()
}

/// Takes out what must not be in the file.
struct Scrub {
    secrets: Vec<String>,
}

impl Scrub {
    fn text(&self, text: &str) -> String {
        let mut text = mask::text(text);
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), HIDDEN);
            }
        }
        text
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    // Ids of runs, times and hashes are no telephone numbers.
                    if !matches!(name.as_str(), "run" | "plan" | "content" | "hash") {
                        self.value(value);
                    }
                }
            }
            _ => {}
        }
    }

    fn json(&self, value: &impl Serialize) -> Result<Value, AppError> {
        let mut value = serde_json::to_value(value).map_err(failed)?;
        self.value(&mut value);
        Ok(value)
    }
}

struct Zip<'a> {
    zip: ZipWriter<File>,
    scrub: &'a Scrub,
}

impl Zip<'_> {
    fn begin(&mut self, name: &str) -> Result<(), AppError> {
        self.zip.start_file(name, SimpleFileOptions::default()).map_err(failed)
    }

    fn one(&mut self, name: &str, value: &impl Serialize) -> Result<(), AppError> {
        self.begin(name)?;
        let value = self.scrub.json(value)?;
        let text = serde_json::to_string_pretty(&value).map_err(failed)?;
        self.zip.write_all(text.as_bytes()).map_err(failed)
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), AppError> {
        self.begin(name)?;
        let text: Vec<String> = text.lines().map(|line| self.scrub.text(line)).collect();
        self.zip.write_all((text.join("\n") + "\n").as_bytes()).map_err(failed)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), AppError> {
        let text = serde_json::to_string(&self.scrub.json(value)?).map_err(failed)?;
        writeln!(self.zip, "{text}").map_err(failed)
    }
}

impl App {
    /// The secrets of the tenant's connections, as they are.
    async fn secrets(&self) -> Result<Vec<String>, AppError> {
        let mut secrets = Vec::new();
        for stored in catalogue::connections(&*self.store, &self.tenant).await? {
            for (name, sealed) in &stored.sealed {
                let secret = self.sealer.unseal(&Connections::seal_context(&stored, name), sealed);
                secrets.extend(secret.map(|secret| secret.expose().to_string()));
            }
        }
        secrets.retain(|secret| secret.len() >= LEAST_SECRET);
        // The longest first: a secret may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Ok(secrets)
    }
}

impl Desk<'_> {
    /// Writes the bundle of a run into a temporary file that has no name, and gives it at its beginning.
    ///
    /// # Errors
    /// An unknown run, rights that are missing, the store, the disk.
    pub async fn bundle(&self, run: RunId) -> Result<File, AppError> {
        self.caller.needs(Permission::WorkflowView)?;
        self.caller.needs(Permission::ConnectionView)?;
        let header = self.header(run).await?;
        let scrub = Scrub { secrets: self.secrets().await? };
        let zip = ZipWriter::new(tempfile::tempfile().map_err(failed)?);
        let mut zip = Zip { zip, scrub: &scrub };
        zip.one(
            "versions.json",
            &json!({
                "idflow": env!("CARGO_PKG_VERSION"),
                "accepted_by": header.engine,
                "made": time(self.now()),
                "system": SYSTEM,
                "processor": PROCESSOR,
                "form": crate::store::format::FORMAT,
            }),
        )?;
        zip.one("run.json", &run_view::view(&header, false))?;
        zip.one("plan.json", &run_view::plan(&header, false))?;
        let stored = catalogue::version(&*self.store, &self.tenant, &header.workflow, header.version).await?;
        if let Some(stored) = stored {
            zip.text("workflow.yaml", &stored.text)?;
        }
        let sick = failing_connections::all(&*self.store, &self.tenant).await?;
        let sick: BTreeMap<&str, _> =
            sick.iter().map(|sick| (sick.connection.as_str(), connections::sickness(sick))).collect();
        let all = catalogue::connections(&*self.store, &self.tenant).await?;
        let all = all.iter().map(|stored| {
            json!({
                "name": stored.name, "connector": stored.connector, "settings": stored.settings,
                "secrets": stored.sealed.keys().collect::<Vec<_>>(), "sick": sick.get(stored.name.as_str()),
                "changed": time(stored.changed),
            })
        });
        zip.one("connections.json", &all.collect::<Vec<_>>())?;
        if header.plan.is_some() {
            zip.begin("items.jsonl")?;
            // A version that this program cannot read any more has no items to show.
            if let Ok(mut reader) = self.reader(&header, false, true).await {
                let (mut bad, mut good) = (0, 0);
                while let Some(rows) = reader.next(&*self.store).await? {
                    for (place, row) in rows {
                        let (counter, most) = match NOT_WELL.contains(&reader.word(place, &row)) {
                            true => (&mut bad, MOST_BAD),
                            false => (&mut good, MOST_GOOD),
                        };
                        if *counter < most {
                            *counter += 1;
                            zip.line(&reader.item(place, &row))?;
                        }
                    }
                }
            }
        }
        zip.begin("calls.jsonl")?;
        let filter = CallFilter { limit: Some(MOST_CALLS), ..CallFilter::default() };
        for call in self.calls(run, &filter).await?.items {
            zip.line(&call)?;
        }
        zip.begin("journal.jsonl")?;
        let mut pages = JournalPages::new(&self.tenant, run);
        let mut events = 0;
        'all: while let Some(entries) = pages.next(&*self.store).await? {
            for entry in entries {
                if events == MOST_EVENTS {
                    break 'all;
                }
                events += 1;
                zip.line(&entry)?;
            }
        }
        let mut file = zip.zip.finish().map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok(file)
    }
}
