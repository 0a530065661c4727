//! The connector as the engine sees it: its static description, and one account behind the connection trait.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Applied, Call, CheckReport, Connection, ConnectorSpec, Context, Error, ErrorKind, Kind, OpenRequest, Problem,
    ReadRequest, Reader, Record, Seen, Snapshot, Text,
};

use crate::{
    actions, apply, check,
    client::{Client, Who},
    codes,
    config::{Config, SETTINGS},
    error::{code_of, own},
    people, rules,
    schema::{DEPARTMENT, USER},
    texts,
    tree::{self, Structure},
};

/// The connector's static description.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    name: "wecom",
    title: Text::new("企业微信", "WeCom"),
    settings: &SETTINGS,
    schemas: &[&DEPARTMENT, &USER],
    actions: &actions::ALL,
    messages: &texts::ALL,
    row_schema: None,
    events: &[],
};

/// Opens an account. Nothing is sent before the first call.
///
/// # Errors
/// Settings that are missing or wrong.
pub fn open(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    let config = Config::new(&request)?;
    let client = Client::new(&config)?;
    Ok(Arc::new(Account { config, client }))
}

/// One account.
struct Account {
    config: Config,
    client: Client,
}

impl Account {
    async fn departments(&self, context: &Context) -> Result<Snapshot, Error> {
        let root = self.config.root_department;
        // The names first: what is made between the two reads is then hidden, and nothing is created beside it.
        let names = match self.client.has(Who::App) {
            true => Some(self.client.departments(context).await?),
            false => None,
        };
        if !self.client.has(Who::Contacts)
            && let Some(names) = &names
        {
            return tree::snapshot(names, Structure::Visible, Some(names), root);
        }
        let rows = self.client.department_ids(context).await?;
        tree::snapshot(&rows, Structure::Whole, names.as_deref(), root)
    }

    async fn members(&self, context: &Context) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::default();
        if self.client.has(Who::Contacts) {
            snapshot.objects = people::ids(&self.client, context).await?;
        } else {
            snapshot.notices.push(Problem::new("wecom_people_visible_only"));
        }
        if self.client.has(Who::App) && (self.config.full || !self.client.has(Who::Contacts)) {
            let known = std::mem::take(&mut snapshot.objects);
            snapshot.objects = people::profiles(&self.client, context, known, self.config.parallel).await?;
        }
        Ok(snapshot)
    }

    async fn lookup_user(&self, context: &Context, key: &str) -> Result<Option<Record>, Error> {
        if self.client.has(Who::App)
            && let Some(record) = people::one(&self.client, context, key).await?
        {
            return Ok(Some(record));
        }
        if !self.client.has(Who::Contacts) {
            return Ok(None);
        }
        // Not visible to an app is not the same as not there.
        let wanted = key.to_lowercase();
        let all = people::ids(&self.client, context).await?;
        Ok(all.into_iter().find(|seen| seen.key.to_lowercase() == wanted).map(|seen| seen.record))
    }

    async fn lookup_department(&self, context: &Context, key: &str) -> Result<Option<Record>, Error> {
        if self.client.has(Who::App) {
            match self.client.department(context, key).await {
                Ok(row) => return Ok(Some(tree::single(&row))),
                Err(error) => match code_of(&error) {
                    Some(code) if codes::is_missing(code) || codes::is_out_of_range(code) => {}
                    _ => return Err(error),
                },
            }
        }
        if !self.client.has(Who::Contacts) {
            return Ok(None);
        }
        let rows = self.client.department_ids(context).await?;
        Ok(rows.iter().find(|row| row.id.to_string() == key).map(tree::single))
    }
}

#[async_trait]
impl Connection for Account {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn check(&self, context: &Context) -> CheckReport {
        check::check(&self.client, context, &self.config).await
    }

    async fn read(&self, _context: &Context, request: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        Err(unsupported(request.action.name))
    }

    async fn snapshot(&self, context: &Context, kind: Kind) -> Result<Snapshot, Error> {
        match kind {
            Kind::Department => self.departments(context).await,
            Kind::User => self.members(context).await,
            Kind::Row => Err(unsupported("row")),
        }
    }

    async fn details(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match kind {
            Kind::Department => {
                // The list of all is one or two calls and, unlike single departments, tells the paths.
                let wanted: HashSet<&str> = keys.iter().copied().collect();
                let all = self.departments(context).await?;
                Ok(all.objects.into_iter().filter(|seen| wanted.contains(&*seen.key)).collect())
            }
            Kind::User if self.client.has(Who::App) => {
                let others_exist = self.client.has(Who::Contacts);
                people::details(&self.client, context, keys, self.config.parallel, others_exist).await
            }
            Kind::User => Ok(keys.iter().map(|key| Seen { key: (*key).into(), record: Record::new() }).collect()),
            Kind::Row => Err(unsupported("row")),
        }
    }

    fn conform(
        &self,
        kind: Kind,
        record: &mut Record,
        complete: bool,
        _warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        rules::conform(kind, record, complete)
    }

    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        let mut results = Vec::with_capacity(call.objects.len());
        for object in call.objects {
            let root = self.config.root_department;
            results.push(apply::one(&self.client, context, call.action, call.params, root, object).await);
        }
        results
    }

    async fn lookup(&self, context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        match kind {
            Kind::Department => self.lookup_department(context, key).await,
            Kind::User => self.lookup_user(context, key).await,
            Kind::Row => Err(unsupported("row")),
        }
    }
}

fn unsupported(what: &str) -> Error {
    own(ErrorKind::Unsupported, Problem::new("wecom_unsupported").arg("what", what))
}
