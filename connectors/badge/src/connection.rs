//! One account: reading and writing in the words of the engine.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Applied, Call, CheckReport, Connection, ConnectorSpec, Context, Error, ErrorKind, Field, Finding, Kind,
    OpenRequest, Page, Problem, ReadRequest, Reader, Record, Secret, Seen, Snapshot, SourceObject, Summary, Value,
};
use reqwest::Method;
use serde_json::{Map, Value as Json};

use crate::{
    client::{Client, fail},
    spec::{CREATE, DELETE, SPEC, USER},
};

/// Opens an account; nothing is sent.
pub(crate) fn open(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    let address = request.settings.get("address").map_or("", String::as_str);
    let key = request.secrets.get("key").cloned().unwrap_or_else(|| Secret::new(String::new()));
    Ok(Arc::new(Account(Client::new(address, key)?)))
}

struct Account(Client);

impl Account {
    /// All holders that have a number, and whether that is all of them.
    async fn holders(&self, context: &Context, kind: Kind) -> Result<(Vec<Seen>, bool), Error> {
        if kind != Kind::User {
            return Err(fail(ErrorKind::Unsupported, "badge_only_people"));
        }
        let json = self.0.call(context, Method::GET, "/holders", Json::Null).await?;
        let rows = json["holders"].as_array().ok_or_else(|| fail(ErrorKind::Unexpected, "badge_answer"))?;
        let named: Vec<Seen> = rows.iter().filter_map(seen).collect();
        let whole = named.len() == rows.len();
        Ok((named, whole))
    }
}

#[async_trait]
impl Connection for Account {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn check(&self, context: &Context) -> CheckReport {
        let problem = self.holders(context, Kind::User).await.err().map(|error| *error.problem);
        let can = problem.is_none();
        CheckReport {
            findings: vec![Finding { subject: "key", problem, fatal: true }],
            capabilities: BTreeMap::from([("read", can), ("write", can)]),
        }
    }

    async fn read(&self, context: &Context, _: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        let (seen, complete) = self.holders(context, Kind::User).await?;
        let object = |Seen { key, record }| SourceObject::new(key, record);
        let page = Page { output: "users", objects: seen.into_iter().map(object).collect() };
        Ok(Box::new(Holders(Some(page), complete)))
    }

    async fn snapshot(&self, context: &Context, kind: Kind) -> Result<Snapshot, Error> {
        let objects = self.holders(context, kind).await?.0;
        Ok(Snapshot { objects, ..Snapshot::default() })
    }

    async fn details(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Error> {
        let all = self.holders(context, kind).await?.0;
        Ok(all.into_iter().filter(|seen| keys.contains(&&*seen.key)).collect())
    }

    fn conform(&self, _: Kind, record: &mut Record, complete: bool, _: &mut Vec<Problem>) -> Result<(), Problem> {
        let lacks = |name: &str| complete && USER.field(name).is_none_or(|id| record.value(id).is_none());
        match () {
            () if lacks("number") => Err(Problem::new("userid_missing").field("number")),
            () if lacks("name") => Err(Problem::new("name_missing").field("name")),
            () if lacks("mobile") && lacks("email") => Err(Problem::new("badge_contact_missing")),
            () => Ok(()),
        }
    }

    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        let mut answers = Vec::with_capacity(call.objects.len());
        for object in &call.objects {
            let one = format!("/holders/{}", object.key);
            let (method, path, body) = match call.action.name {
                name if name == CREATE.name => (Method::POST, "/holders", holder(object.record)),
                name if name == DELETE.name => (Method::DELETE, one.as_str(), Json::Null),
                _ => (Method::PATCH, one.as_str(), holder(object.record)),
            };
            answers.push(self.0.call(context, method, path, body).await.map(|_| Applied::default()));
        }
        answers
    }

    async fn lookup(&self, context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        Ok(self.details(context, kind, &[key]).await?.pop().map(|seen| seen.record))
    }
}

/// A read: its one page, and whether that is everything.
struct Holders(Option<Page>, bool);

#[async_trait]
impl Reader for Holders {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        Ok(self.0.take())
    }

    fn summary(&self) -> Summary {
        let because = (!self.1).then(|| Problem::new("badge_unnamed"));
        Summary { complete: self.1, incomplete_because: because, ..Summary::default() }
    }
}

/// A holder as a record. A field that the system does not show is not in it, so that nobody takes it for an empty one.
fn seen(json: &Json) -> Option<Seen> {
    let key = json["number"].as_str().filter(|number| !number.is_empty())?;
    let field = |(name, json): (&String, &Json)| Some((USER.field(name)?, Value::from_json(json).ok()?));
    Some(Seen { key: key.into(), record: json.as_object()?.iter().filter_map(field).collect() })
}

/// The fields to write, and nothing else; an empty one is cleared.
fn holder(record: &Record) -> Json {
    let named = |(id, field): (u16, &Field)| (USER.spec(id).name.to_string(), field.to_json());
    record.iter().map(named).collect::<Map<String, Json>>().into()
}
