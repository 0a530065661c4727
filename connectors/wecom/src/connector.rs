//! The connector as the engine sees it: its static description, and one account behind the connection trait.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    ActionSpec, Applied, Call, Called, CheckReport, Connection, ConnectorSpec, Context, Error, ErrorKind, Estimate,
    Examination, FieldId, Gather, Incoming, Kind, Messenger, ObjectCall, OpenRequest, Page, Params, Preview, Problem,
    ReadRequest, Reader, Received, Record, Rest, Seen, SetupSpec, SignIn, Slots, Snapshot, SourceObject, Summary,
    Surroundings, Text, ToCopy, Told, Value,
    bulk::{Bulk, Carried, JobState, Submitted},
};

use crate::{
    actions, apply, callback, check,
    client::{Client, Who},
    config::{Config, SETTINGS},
    error::{lacks, own},
    examine, import_file,
    job::{self, Running},
    lookup, mapping, message, messages, people, provider, rules,
    schema::{DEPARTMENT, USER, department},
    sign_in::Pages,
    source::Source,
    tree::{self, Structure},
};

/// The connector's static description.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    settings: &SETTINGS,
    schemas: &[&DEPARTMENT, &USER],
    actions: &actions::ALL,
    messages: &messages::ALL,
    events: &actions::EVENTS,
    inbound: &callback::RECEIVERS,
    doc_of: Some(page_of),
    site_file: Some(examine::is_site_file),
    setup: Some(SetupSpec { template: "wecom_upstream_full", connection: "wecom_main" }),
    provider: Some(&provider::SPEC),
    called: &[(Kind::User, Called { one: Text::new("成员", "member"), many: Text::new("成员", "members") })],
    ..ConnectorSpec::new("wecom", Text::new("企业微信", "WeCom"), open)
};

/// The platform's page about one of its codes.
fn page_of(code: &str) -> Option<String> {
    let number: i64 = code.strip_prefix("WECOM_")?.parse().ok()?;
    Some(format!("https://open.work.weixin.qq.com/devtool/query?e={number}"))
}

/// Opens an account. Nothing is sent before the first call.
///
/// # Errors
/// Settings that are missing or wrong.
pub fn open(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    let config = Config::new(&request)?;
    let client = Arc::new(Client::new(&config)?);
    let sign_in = Pages::new(&config, &client);
    Ok(Arc::new(Account { config, client, running: Running::default(), sign_in }))
}

/// One account.
struct Account {
    config: Config,
    client: Arc<Client>,
    running: Running,
    /// Signing in, where there is an app.
    sign_in: Option<Pages>,
}

impl Account {
    async fn departments(&self, context: &Context) -> Result<Snapshot, Error> {
        let snapshot = self.tree(context).await?;
        Ok(Snapshot { root_is: self.config.source_root, ..snapshot })
    }

    async fn tree(&self, context: &Context) -> Result<Snapshot, Error> {
        let root = self.config.root_department;
        // The names first: what is made between the two reads is then hidden, and nothing is created beside it.
        let names = match self.client.has(Who::App) {
            true => Some(self.client.departments(context).await?),
            false => None,
        };
        if self.client.has(Who::Edit) {
            // Without the right to edit nothing is planned: the whole tree is read with it.
            let rows = self.client.department_ids_to_edit(context).await?;
            return tree::snapshot(&rows, Structure::Whole, names.as_deref(), root);
        }
        if !self.client.has(Who::Contacts)
            && let Some(names) = &names
        {
            return tree::snapshot(names, Structure::Visible, Some(names), root);
        }
        let rows = self.client.department_ids(context).await?;
        tree::snapshot(&rows, Structure::Whole, names.as_deref(), root)
    }

    /// Whether there are people whom no list of ours may have: nobody but the contact-sync secret lists all, and the app is shown
    /// a part.
    async fn others_exist(&self, context: &Context) -> Result<bool, Error> {
        Ok(!self.client.has(Who::Contacts) && self.client.has(Who::App) && !self.client.sees_all(context).await?)
    }

    /// Whether members are listed with nothing but their departments.
    fn lists_ids_only(&self) -> bool {
        let has = |who| self.client.has(who);
        has(Who::Contacts) && !has(Who::Edit) && !(has(Who::App) && self.config.full)
    }

    async fn members(&self, context: &Context) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::default();
        if self.client.has(Who::Contacts) {
            snapshot.objects = people::ids(&self.client, context).await?;
        } else {
            // A provider is never given that secret.
            let by_provider = self.client.has(Who::Edit);
            let code = if by_provider { "wecom_people_of_provider" } else { "wecom_people_visible_only" };
            snapshot.notices.push(Problem::new(code));
        }
        if self.client.has(Who::App) && (self.config.full || !self.client.has(Who::Contacts)) {
            let known = std::mem::take(&mut snapshot.objects);
            let (people, kept) = people::profiles(&self.client, context, known, self.config.parallel).await?;
            (snapshot.objects, snapshot.kept) = (people, kept);
        }
        if self.client.has(Who::Edit) {
            people::same_ids(&self.client, context, &snapshot.objects).await?;
        }
        snapshot.partial = self.others_exist(context).await?;
        Ok(snapshot)
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

    async fn examine(&self, context: &Context, surroundings: &Surroundings) -> Examination {
        examine::examine(&self.client, context, &self.config, surroundings).await
    }

    fn to_copy(&self, surroundings: &Surroundings) -> Vec<ToCopy> {
        examine::to_copy(surroundings)
    }

    async fn preview(&self, context: &Context, params: &Params) -> Result<Preview, Error> {
        Source::preview(self.client.clone(), context, &self.config, params).await
    }

    async fn read(&self, context: &Context, request: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        if request.action.name == actions::READ.name {
            let source = Source::read(self.client.clone(), context, &self.config, &request.params, &[]).await?;
            return Ok(Box::new(source));
        }
        if request.action.name != actions::READ_USER.name {
            return Err(unsupported(request.action.name));
        }
        let userid = request.params.text("userid").unwrap_or_default();
        if let Err(problem) = rules::userid(&Value::text(userid)) {
            return Err(own(ErrorKind::Invalid, problem));
        }
        let json = self.client.member(context, userid).await?;
        let Some((key, seen)) = mapping::shown_to(self.client.own_app(), &json) else {
            return Err(lacks("user/get", "userid"));
        };
        let record = people::whole(&self.client, context, &key, &seen).await?;
        Ok(Box::new(One(Some(SourceObject::new(key, record)))))
    }

    async fn read_changes(
        &self,
        context: &Context,
        request: &ReadRequest,
        told: &[Told],
    ) -> Result<Option<Box<dyn Reader>>, Error> {
        if request.action.name != actions::READ.name {
            return Ok(None);
        }
        let source = Source::read(self.client.clone(), context, &self.config, &request.params, told).await?;
        Ok(Some(Box::new(source)))
    }

    async fn snapshot(&self, context: &Context, kind: Kind) -> Result<Snapshot, Error> {
        match kind {
            Kind::Department => self.departments(context).await,
            Kind::User => self.members(context).await,
            Kind::Row | Kind::Group => Err(no_rows()),
        }
    }

    async fn snapshot_into(&self, context: &Context, kind: Kind, into: &mut dyn Gather) -> Result<Snapshot, Error> {
        if kind == Kind::User && self.lists_ids_only() {
            // Nobody but the contact-sync secret lists everybody, so nobody is missing.
            let roster = people::roster(&self.client, context).await?;
            into.begin();
            roster.into_everybody().for_each(|seen| into.take(seen));
            return Ok(Snapshot::default());
        }
        let mut snapshot = self.snapshot(context, kind).await?;
        into.begin();
        std::mem::take(&mut snapshot.objects).into_iter().for_each(|seen| into.take(seen));
        Ok(snapshot)
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
                let others_exist = self.client.has(Who::Contacts) || self.others_exist(context).await?;
                people::details(&self.client, context, keys, self.config.parallel, others_exist).await
            }
            Kind::User => Ok(keys.iter().map(|key| Seen { key: (*key).into(), record: Record::new() }).collect()),
            Kind::Row | Kind::Group => Err(no_rows()),
        }
    }

    fn conform(
        &self,
        kind: Kind,
        record: &mut Record,
        complete: bool,
        warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        if kind == Kind::User {
            rules::keep_leaders(record, self.config.direct_leaders, warnings);
        }
        rules::conform(kind, record, complete)
    }

    fn in_use(&self) -> bool {
        true
    }

    fn asked_by(&self, kind: Kind) -> &'static [&'static str] {
        if kind == Kind::User && self.client.has(Who::App) { &["mobile"] } else { &[] }
    }

    async fn holders(
        &self,
        context: &Context,
        kind: Kind,
        field: &str,
        values: &[&str],
        misses: usize,
    ) -> Result<Vec<Option<Box<str>>>, Error> {
        let mut found: Vec<Option<Box<str>>> = Vec::with_capacity(values.len());
        if self.asked_by(kind).contains(&field) {
            for value in values {
                if found.iter().filter(|holder| holder.is_none()).count() >= misses {
                    break;
                }
                match self.client.holder_of_mobile(context, &idflow_sdk::text::phone_digits(value)).await {
                    Ok(holder) => found.push(holder.map(Into::into)),
                    // Too many questions without an answer close this call for a day: what is not asked is not known.
                    Err(error) if matches!(error.kind, ErrorKind::RateLimited(_) | ErrorKind::UsedUp(_)) => break,
                    Err(error) if found.is_empty() => return Err(error),
                    Err(_) => break,
                }
            }
        }
        found.resize(values.len(), None);
        Ok(found)
    }

    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        if call.action.name == actions::SEND_MESSAGE.name {
            return vec![message::send(&self.client, context, call.params).await];
        }
        let mut results = Vec::with_capacity(call.objects.len());
        for object in call.objects {
            let root = self.config.root_department;
            results.push(apply::one(&self.client, context, call.action, call.params, root, object).await);
        }
        results
    }

    async fn lookup(&self, context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        match kind {
            Kind::Department => lookup::department(&self.client, context, key).await,
            Kind::User => lookup::user(&self.client, context, key).await,
            Kind::Row | Kind::Group => Err(no_rows()),
        }
    }

    async fn lookup_many(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Option<Record>>, Error> {
        match (kind, keys) {
            (Kind::Row | Kind::Group, _) => Err(no_rows()),
            (_, []) => Ok(Vec::new()),
            (_, [key]) => Ok(vec![self.lookup(context, kind, key).await?]),
            (Kind::Department, keys) => lookup::departments(&self.client, context, keys).await,
            (Kind::User, keys) => lookup::users(&self.client, context, keys, self.config.parallel).await,
        }
    }

    fn slots(&self) -> Option<&Arc<Slots>> {
        Some(self.client.pace().slots())
    }

    fn keeps_order(&self, action: &ActionSpec) -> Option<FieldId> {
        // The platform lists a department without a sort value behind the siblings that were there.
        (action.name == actions::CREATE_DEPARTMENT.name).then_some(department::ORDER)
    }

    fn estimate(&self, action: &ActionSpec, objects: usize) -> Estimate {
        match apply::api_of(action) {
            Some(api) => self.client.estimate(api, objects.max(1) as u64, action.max_parallel as usize),
            None => Estimate { calls: 1, time: self.client.pace().call_time() },
        }
    }

    fn receive(&self, incoming: &Incoming<'_>) -> Result<Received, Problem> {
        callback::receive(&self.config.corp_id, incoming)
    }

    fn rests(&self) -> Vec<Rest> {
        self.client.rests()
    }

    fn let_rest(&self, rests: &[Rest]) {
        self.client.let_rest(rests);
    }

    fn messenger(&self) -> Option<&dyn Messenger> {
        self.client.has(Who::App).then_some(&*self.client)
    }

    fn sign_in(&self) -> Option<&dyn SignIn> {
        self.sign_in.as_ref().map(|pages| pages as &dyn SignIn)
    }

    fn bulk(&self) -> Option<&dyn Bulk> {
        // Only the contact-sync secret may import.
        self.client.has(Who::Contacts).then_some(self)
    }
}

#[async_trait]
impl Bulk for Account {
    fn most(&self) -> usize {
        if self.config.import_jobs { job::MOST } else { 0 }
    }

    fn estimate(&self, action: &ActionSpec, objects: usize) -> Option<Estimate> {
        let worth_it = self.config.import_jobs && job::creates(action).is_some() && objects >= job::LEAST;
        worth_it.then(|| job::estimate(self.client.pace(), objects))
    }

    fn preferred(&self) -> bool {
        self.config.prefer_jobs
    }

    fn carries(&self, action: &ActionSpec, record: &Record) -> Carried {
        job::creates(action).map_or(Carried::Nothing, |create| import_file::carries(create, record))
    }

    fn group(&self, action: &ActionSpec, record: &Record) -> u64 {
        job::creates(action).map_or(0, |create| import_file::group(create, record))
    }

    fn settles(&self, action: &ActionSpec, record: &Record) -> Vec<FieldId> {
        // Only an app can read it.
        let settled =
            job::creates(action).filter(|_| self.client.has(Who::App)).and_then(|_| import_file::settles(record));
        settled.into_iter().collect()
    }

    async fn read_back(
        &self,
        context: &Context,
        _action: &ActionSpec,
        objects: &[ObjectCall<'_>],
    ) -> Result<Vec<Option<Record>>, Error> {
        people::placed(&self.client, context, objects, self.config.parallel).await
    }

    async fn submit(&self, context: &Context, call: Call<'_>) -> Result<Submitted, Error> {
        job::submit(&self.client, &self.running, context, call).await
    }

    async fn poll(&self, context: &Context, job: &str, keys: &[&str]) -> Result<JobState, Error> {
        job::poll(&self.client, &self.running, context, job, keys).await
    }
}

/// A read of one object.
struct One(Option<SourceObject>);

#[async_trait]
impl Reader for One {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        Ok(self.0.take().map(|object| Page { output: "user", objects: vec![object] }))
    }

    fn summary(&self) -> Summary {
        Summary { complete: true, ..Summary::default() }
    }
}

fn unsupported(what: &str) -> Error {
    own(ErrorKind::Unsupported, Problem::new("wecom_unsupported").arg("what", what))
}

fn no_rows() -> Error {
    own(ErrorKind::Unsupported, Problem::new("wecom_no_rows"))
}
