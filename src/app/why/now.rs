//! What active workflows say of a person as things are now: the same scope, links and mapping that a run would use, over this
//! one person.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Connection, Context, Field, FieldId, Kind, OpenRequest, ReadRequest, Record, Value,
    directory::{Change, DirectoryStore, Stored},
};

use super::{step, trouble};
use crate::{
    app::{
        AppError, Desk, directory, mask,
        names::{self, Names},
        time,
    },
    connectors,
    contract::{
        item::{Item, ItemFilter},
        problem::{Issue, Text},
        why::{WhyStage as Stage, WhyStep, WhyVerdict as Verdict, WhyWorkflow},
    },
    engine::Connect,
    model::{
        outcomes::NOT_WELL,
        run::{Kept, Mode, Run},
    },
    store::{
        catalogue::{self, WorkflowState},
        links::{self, Link, Pair},
        run_index,
    },
    workflow::{
        compiled::{Mapping, References, Resolved, Step, Work, Workflow},
        scope::Scope,
    },
};

/// Workflows that are asked.
const MOST_WORKFLOWS: usize = 50;

/// The directory with one person in it.
struct OnePerson {
    all: Arc<dyn DirectoryStore>,
    person: Stored,
}

#[async_trait]
impl DirectoryStore for OnePerson {
    async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Stored>, idflow_sdk::Error> {
        match (kind, after) {
            (Kind::User, None) => Ok(vec![self.person.clone()]),
            (Kind::User, Some(_)) => Ok(Vec::new()),
            _ => self.all.page(kind, after, limit).await,
        }
    }

    async fn get(&self, kind: Kind, keys: &[&str]) -> Result<Vec<Stored>, idflow_sdk::Error> {
        self.all.get(kind, keys).await
    }

    async fn mark(&self) -> Result<String, idflow_sdk::Error> {
        self.all.mark().await
    }

    async fn update(
        &self,
        _: Kind,
        _: &[&str],
        _: &idflow_sdk::directory::Writer,
        _: Change<'_>,
    ) -> Result<(), idflow_sdk::Error> {
        // Who only asks changes nothing.
        Err(idflow_sdk::Error::new(idflow_sdk::ErrorKind::Configuration, idflow_sdk::Problem::new("read_only")))
    }
}

/// What the links say of the objects that the person refers to.
struct Known(HashMap<(Kind, String), Value>);

impl References for Known {
    fn resolve(&self, kind: Kind, key: &str) -> Resolved {
        self.0.get(&(kind, key.to_string())).map_or(Resolved::Unknown, |value| Resolved::Key(value.clone()))
    }

    fn root(&self) -> Option<Value> {
        None
    }
}

impl Desk<'_> {
    pub(super) async fn now_of(&self, person: &Stored, reveal: bool) -> Result<Vec<WhyWorkflow>, AppError> {
        let mut told: Vec<WhyWorkflow> = Vec::new();
        let all = catalogue::workflows(&*self.store, &self.tenant).await?;
        let active = all.iter().filter(|stored| stored.state == WorkflowState::Active).take(MOST_WORKFLOWS);
        for stored in active {
            let Some(version) = stored.active else { continue };
            let Some(text) = catalogue::version(&*self.store, &self.tenant, &stored.id, version).await? else {
                continue;
            };
            let Ok(workflow) = self.connections.compile(&text.text) else { continue };
            let wanted = run_index::Wanted { workflow: Some(stored.id.clone()), ..run_index::Wanted::default() };
            let last = run_index::find(&*self.store, &self.tenant, &wanted, None, 1).await?.into_iter().next();
            for step in workflow.steps.iter().filter(|step| writes_people(&workflow, step)) {
                let Some(writing) = step.writing() else { continue };
                let alias = workflow.alias_of(&writing.uses);
                let trace = self.trace(&workflow, step, last.as_deref(), person, reveal).await?;
                // Steps that make and change by one mapping say the same, once.
                let like = |one: &&mut WhyWorkflow| {
                    one.workflow == stored.id && one.connection == alias.reference && one.trace == trace
                };
                if let Some(one) = told.iter_mut().find(like) {
                    one.step = format!("{}, {}", one.step, step.id);
                    continue;
                }
                told.push(WhyWorkflow {
                    workflow: stored.id.clone(),
                    version,
                    step: step.id.clone(),
                    connection: alias.reference.clone(),
                    trace,
                });
            }
        }
        Ok(told)
    }

    async fn trace(
        &self,
        workflow: &Workflow,
        writing: &Step,
        last: Option<&Run>,
        person: &Stored,
        reveal: bool,
    ) -> Result<Vec<WhyStep>, AppError> {
        let mut trace = Vec::new();
        let Some(write) = writing.writing() else { return Ok(trace) };
        let reading = &workflow.steps[write.foreach.step];
        let Some(last) = last else {
            trace.push(step(Stage::Scope, Verdict::Unknown, "这个工作流还没有运行过", "this workflow has not run yet"));
            return Ok(trace);
        };
        let scope = self.engine.scope_of(last, workflow).await?;
        let Some(record) = self.in_scope(reading, write.foreach.filter.as_deref(), &scope, person, &mut trace).await?
        else {
            return Ok(trace);
        };
        let alias = workflow.alias_of(&write.uses);
        let link_name = self.connections.link_name(&alias.reference, alias.connector.name);
        let pair = Pair {
            tenant: self.tenant.clone(),
            source: connectors::DIRECTORY.name.into(),
            target: link_name,
            kind: Kind::User,
        };
        let link = links::of_source(&*self.store, &pair, &person.key).await?;
        trace.push(matched(&pair, link.as_ref()));
        if let Some(mapping) = write.mapping.and_then(|index| workflow.mappings.get(index)) {
            let known = self.references(&pair, alias.connector, &record).await?;
            let written = link.as_ref().map(|link| &pair.ends(link).1.written);
            let wanted: Vec<Wanted> = (mapping.fields.iter())
                .map(|field| Wanted {
                    value: mapping.value_of(field.target, &record, &scope, &known),
                    before: written.and_then(|written| written.get(field.target)).cloned(),
                    line: field.line,
                    field: field.target,
                })
                .collect();
            let mut names = Names::default();
            for one in &wanted {
                for value in one.value.iter().chain(&one.before) {
                    let value = (mapping.target, one.field, value);
                    names.learn_value(self, (&pair.source, &pair.target), value).await?;
                }
            }
            let called = |kind, key: &str| names.get(&pair.target, kind, key).map(ToString::to_string);
            lines(mapping, &wanted, reveal, &called, &mut trace);
        }
        if let Some(link) = &link {
            trace.push(stands(&pair, link));
        }
        trace.extend(self.last_trouble(last, person).await);
        Ok(trace)
    }

    /// Why the last run of the workflow could not do what it wanted with the person: as long as no later one did, that is how it
    /// stands.
    async fn last_trouble(&self, last: &Run, person: &Stored) -> Vec<WhyStep> {
        if last.plan.is_none() || last.kept == Kept::Header || last.rows == 0 {
            return Vec::new();
        }
        let filter = ItemFilter { object: Some(person.key.to_string()), ..ItemFilter::default() };
        // A version that this program cannot read any more tells nothing.
        let items = self.items(last.run, &filter).await.map(|page| page.items).unwrap_or_default();
        let bad = |item: &&Item| NOT_WELL.iter().any(|word| item.outcome.as_deref() == Some(*word)) || is_refused(item);
        let errors = items.iter().filter(bad).filter_map(|item| item.error.as_ref());
        let told = |error: &Issue| {
            let (reason, hint) = (&error.reason, &error.hint);
            let (zh, en) = if last.mode == Mode::Plan { ("预演", "plan") } else { ("运行", "run") };
            WhyStep {
                from: Some(error.code.clone()),
                ..step(
                    Stage::Now,
                    Verdict::Trouble,
                    format!("最近一次{zh} #{} 没有成功：{} · {}", last.no, reason.zh, hint.zh),
                    format!("the last {en} #{} did not succeed: {}; {}", last.no, reason.en, hint.en),
                )
            }
        };
        errors.map(told).collect()
    }

    /// Reads the person as a run would; `None`: the workflow leaves them out.
    async fn in_scope(
        &self,
        reading: &Step,
        filter: Option<&crate::workflow::expression::Condition>,
        scope: &Scope,
        person: &Stored,
        trace: &mut Vec<WhyStep>,
    ) -> Result<Option<Record>, AppError> {
        let Work::Read(uses) = &reading.work else { return Ok(None) };
        let params = match reading.with.evaluate(scope) {
            Ok(params) => params,
            Err(problem) => {
                trace.push(trouble(Stage::Scope, &problem));
                return Ok(None);
            }
        };
        let rule =
            reading.with.literal.get("users").and_then(|users| users.get("where")).and_then(|rule| rule.as_str());
        let rule = rule.map(ToString::to_string);
        let one = OnePerson { all: self.connections.directory(), person: person.clone() };
        let connection = (connectors::DIRECTORY.open)(OpenRequest {
            name: connectors::DIRECTORY.name.into(),
            settings: Default::default(),
            secrets: Default::default(),
            directory: Arc::new(one),
            granted: None,
        });
        let record = match connection {
            Ok(connection) => read(&*connection, uses.action, params, self.now(), &person.key).await,
            Err(_) => None,
        };
        let Some(record) = record else {
            let id = &reading.id;
            trace.push(WhyStep {
                from: rule,
                ..step(
                    Stage::Scope,
                    Verdict::No,
                    format!("不在步骤 {id} 读取的范围内：部门、条件或状态不符"),
                    format!("outside of what step {id} reads: its departments, its condition, or the person's status"),
                )
            });
            return Ok(None);
        };
        if let Some(filter) = filter {
            let in_loop = match filter.test_record(&record, scope) {
                Ok(true) => true,
                Ok(false) => {
                    trace.push(WhyStep {
                        from: Some(filter.text().into()),
                        ..step(Stage::Scope, Verdict::No, "循环的条件不成立", "the condition of the loop does not hold")
                    });
                    false
                }
                Err(problem) => {
                    trace.push(trouble(Stage::Scope, &problem));
                    false
                }
            };
            if !in_loop {
                return Ok(None);
            }
        }
        trace.push(WhyStep {
            from: rule.or_else(|| filter.map(|filter| filter.text().into())),
            ..step(Stage::Scope, Verdict::Yes, "在范围内", "in scope")
        });
        Ok(Some(record))
    }

    /// The counterparts of what the person refers to.
    async fn references(
        &self,
        pair: &Pair,
        connector: &idflow_sdk::ConnectorSpec,
        record: &Record,
    ) -> Result<Known, AppError> {
        let schema = directory::schema(Kind::User);
        let mut known = HashMap::new();
        for (name, kind) in
            [("departments", Kind::Department), ("primary_department", Kind::Department), ("managers", Kind::User)]
        {
            let value = schema.field(name).and_then(|id| record.get(id));
            let Some(Field::Value(value)) = value else { continue };
            let single = [value.clone()];
            for entry in value.as_list().unwrap_or(&single) {
                let key = entry.entry("department").or_else(|| entry.entry("key")).unwrap_or(entry).to_key();
                let Some(key) = key else { continue };
                let of_kind = Pair { kind, ..pair.clone() };
                if let Some(link) = links::of_source(&*self.store, &of_kind, &key).await? {
                    let target = &of_kind.ends(&link).1.key;
                    let target = connector
                        .schema(kind)
                        .map_or_else(|| Value::text(&**target), |schema| schema.key_value(target));
                    known.insert((kind, key.to_string()), target);
                }
            }
        }
        Ok(Known(known))
    }
}

/// Whether the plan refused it: nothing was tried.
fn is_refused(item: &Item) -> bool {
    item.outcome.as_deref().is_none_or(|word| matches!(word, "invalid" | "blocked" | "ambiguous"))
        && item.error.is_some()
}

/// Whether a step writes people whom it has from the directory.
fn writes_people(workflow: &Workflow, step: &Step) -> bool {
    let Some(writing) = step.writing() else { return false };
    let from = workflow.steps.get(writing.foreach.step).and_then(|step| step.uses());
    let people = writing.foreach.output.list_of == Some(Kind::User) && !writing.foreach.output.removed;
    people && writing.mapping.is_some() && from.is_some_and(|uses| uses.connector.name == connectors::DIRECTORY.name)
}

async fn read(
    connection: &dyn Connection,
    action: &'static idflow_sdk::ActionSpec,
    params: idflow_sdk::Params,
    now: i64,
    key: &str,
) -> Option<Record> {
    let mut reader = connection.read(&Context::at(now), ReadRequest { action, params }).await.ok()?;
    while let Ok(Some(page)) = reader.next().await {
        if page.output == "users"
            && let Some(found) = page.objects.into_iter().find(|object| *object.key == *key)
        {
            return Some(found.record);
        }
    }
    None
}

fn matched(pair: &Pair, link: Option<&Link>) -> WhyStep {
    let Some(link) = link else {
        return step(
            Stage::Match,
            Verdict::No,
            format!("还没有绑定到 {} 的对象", pair.target),
            format!("not linked with anything in {} yet", pair.target),
        );
    };
    let (target, workflow) = (&pair.ends(link).1.key, &link.workflow);
    WhyStep {
        // Where idflow made it there is no rule.
        from: Some(link.rule.clone()).filter(|rule| !matches!(&**rule, "created" | "linked")),
        at: Some(time(link.since)),
        ..step(
            Stage::Match,
            Verdict::Yes,
            format!("由工作流 {workflow} 绑定到 {} 的 {target}", pair.target),
            format!("linked with {target} in {} by workflow {workflow}", pair.target),
        )
    }
}

/// What a line of the mapping wants, beside what was written last.
struct Wanted {
    field: FieldId,
    line: usize,
    value: Option<Field>,
    before: Option<Field>,
}

/// What each line of the mapping wants, in words.
fn lines(
    mapping: &Mapping,
    wanted: &[Wanted],
    reveal: bool,
    called: &dyn Fn(Kind, &str) -> Option<String>,
    trace: &mut Vec<WhyStep>,
) {
    let shown = |id: FieldId, field: &Field, old: bool| {
        let spec = mapping.target.spec(id);
        let value = if reveal { field.to_json() } else { mask::field(spec, field).0 };
        let of = |other: FieldId| {
            let other = wanted.iter().find(|one| one.field == other)?;
            if old { other.before.clone() } else { other.value.clone() }
        };
        names::in_words(mapping.target, id, &value, Some(field), &of, called)
    };
    for one in wanted {
        let spec = mapping.target.spec(one.field);
        let value = one.value.as_ref().map(|field| shown(one.field, field, false));
        let before = one.before.as_ref().map(|field| shown(one.field, field, true));
        let (said, verdict) = match (value, before) {
            (None, None) => continue,
            (Some(Text { zh, en }), Some(_)) if one.value == one.before => {
                let en = format!("{en} (as written last)");
                (Text { zh: format!("{zh}（与上次写入相同）"), en }, Verdict::Yes)
            }
            (Some(Text { zh, en }), Some(before)) => {
                let (zh, en) =
                    (format!("{zh}（上次写入 {}）", before.zh), format!("{en} (written last: {})", before.en));
                (Text { zh, en }, Verdict::Trouble)
            }
            (Some(Text { zh, en }), None) => {
                let en = format!("{en} (never written)");
                (Text { zh: format!("{zh}（还没有写入过）"), en }, Verdict::Unknown)
            }
            (None, Some(Text { zh, en })) => {
                let en = format!("no value (written last: {en})");
                (Text { zh: format!("没有值（上次写入 {zh}）"), en }, Verdict::Unknown)
            }
        };
        let title = spec.title();
        trace.push(WhyStep {
            from: Some(format!("mappings.{}.{}:L{}", mapping.name, spec.name, one.line)),
            ..step(Stage::Map, verdict, format!("{}：{}", title.zh, said.zh), format!("{}: {}", title.en, said.en))
        });
    }
}

fn stands(pair: &Pair, link: &Link) -> WhyStep {
    let end = pair.ends(link).1;
    match end.removed_at {
        Some(at) => WhyStep {
            at: Some(time(at)),
            ..step(
                Stage::Now,
                Verdict::No,
                format!("{} 的权限已被收回", end.key),
                format!("access was taken away from {}", end.key),
            )
        },
        None => step(
            Stage::Now,
            Verdict::Yes,
            format!("{} 由 idflow 维护", end.key),
            format!("{} is kept up by idflow", end.key),
        ),
    }
}
