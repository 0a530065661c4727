//! Two workflows may share what lies between two connections, by departments for example, and somebody moves from the part of
//! the one to that of the other. Whoever is gone from what one workflow reads is looked for in what the others read, before
//! anything is taken away; where the other workflow removes what leaves its part, the link is its own from then on.

use std::collections::{BTreeMap, HashMap, HashSet};

use idflow_sdk::{Effect, Kind, Problem, ReadRequest, SourceObject};

use super::{
    elsewhere::{READ_BESIDE, UNREAD_BESIDE},
    gathered::Job,
    owners::{last_good, last_removing},
    planner::{PlanError, Planner},
};
use crate::{
    engine::{disabling::disabling, extent, loop_items::Items, pair::pair_of, scope},
    model::{change::LIST_IS_GONE, trigger::TriggerKind},
    reconcile::{links::folded, safety::is_short},
    store::{
        StoreError,
        catalogue::{self, StoredWorkflow, WorkflowState},
        links::Pair,
        uploads::{self, UPLOAD_MISSING},
    },
    workflow::{
        compiled::{Mapping, Step, Uses, Workflow, Writing},
        scope::Scope,
    },
};

/// Another workflow that writes the same pair, with what its conditions and templates can read.
struct Other {
    id: String,
    workflow: std::sync::Arc<Workflow>,
    scope: Scope,
    /// Whether it reads only files that are open to the network.
    fenced: bool,
    /// How many objects it read when it last went well.
    read: BTreeMap<Kind, u64>,
}

/// What a workflow keeps of somebody whom it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Keeps {
    /// The object, without access.
    Object,
    /// The object as it is.
    Access,
}

/// Who of those that are looked for another workflow reads and keeps, and whom it may read, with why: by their keys, folded.
type Read = (HashMap<Box<str>, Keeps>, HashMap<Box<str>, Problem>);

/// What the other workflows say of those who are gone from this one.
#[derive(Default)]
pub(super) struct Beside {
    /// Who stays for another one, or because nobody can tell: by the key of the target.
    pub stay: HashMap<Box<str>, Problem>,
    /// Who is not deleted for another one, which takes access away itself: by the key of the target.
    pub spared: HashMap<Box<str>, Problem>,
    /// Of whom nobody will ever be able to tell: by the key of the source.
    pub doubted: HashMap<Box<str>, Problem>,
}

impl Planner<'_> {
    /// Who of the objects that would be removed, or told of as left behind, is in what another workflow reads. `gone`: their keys
    /// in the source and in the target.
    pub(super) async fn look_beside(
        &self,
        job: &Job,
        gone: Vec<(Box<str>, Box<str>)>,
        pair: &Pair,
        live: &Scope,
    ) -> Result<Beside, PlanError> {
        let mut beside = Beside::default();
        let source = job.task.mapping.source.has_caseless_keys();
        let mut open: HashMap<Box<str>, (Box<str>, Box<str>)> =
            gone.into_iter().map(|(key, target)| (folded(source, &key).into(), (key, target))).collect();
        let step = &self.workflow.steps[job.first_step];
        let Some(own) = step.writing().and_then(|writing| self.workflow.steps.get(writing.foreach.step)) else {
            return Ok(beside);
        };
        if open.is_empty() {
            return Ok(beside);
        }
        let own = own.with.evaluate(live).map(|params| extent::of_read(own, &params, &[], "", live));
        let own = own.map_err(|problem| self.failed(step, problem))?;
        for other in self.others(pair).await.map_err(|error| self.store_failed(step, error))? {
            let takes = last_removing(self.core, &other.id, pair).await;
            let takes = takes.map_err(|error| self.store_failed(step, error))?.is_some();
            let of_loops = other.workflow.steps.iter().enumerate().filter_map(|(at, step)| {
                let writing =
                    step.writing().filter(|writing| !matches!(writing.uses.action.effect, Effect::Remove(_)))?;
                let of_pair = pair_of(self.core, &other.workflow, at, pair.kind).as_ref() == Some(pair);
                (of_pair && writing.uses.action.kind == Some(pair.kind)).then_some(writing)
            });
            for writing in of_loops {
                let Some((step, uses)) = other.reading(writing) else { continue };
                let found = match step.with.evaluate(&other.scope) {
                    // Whoever is gone from the one is gone from the other.
                    Ok(params) if same(&extent::of_read(step, &params, &[], "", &other.scope), &own) => continue,
                    Ok(params) => {
                        let request = ReadRequest { action: uses.action, params };
                        let asked: Vec<&str> = open.values().map(|(key, _)| &**key).collect();
                        self.read_beside(&other, (step, uses, writing), &request, &asked, |key| {
                            let key: Box<str> = folded(source, key).into();
                            open.contains_key(&key).then_some(key)
                        })
                        .await
                    }
                    Err(problem) => Err(problem),
                };
                let of = |code| Problem::new(code).arg("workflow", other.id.clone());
                match found {
                    Ok((found, unsure)) => {
                        let why = of(READ_BESIDE).arg("takes", if takes { &*other.id } else { "" });
                        for (key, keeps) in found {
                            let (list, of) = match keeps {
                                Keeps::Access => (&mut beside.stay, open.remove(&key)),
                                // A third one may leave him his access.
                                Keeps::Object => (&mut beside.spared, open.get(&key).cloned()),
                            };
                            list.extend(of.map(|(_, target)| (target, why.clone())));
                        }
                        let unsure = unsure.into_iter().filter_map(|(key, why)| Some((open.remove(&key)?, why)));
                        beside.stay.extend(
                            unsure.map(|((_, target), why)| {
                                (target, of(UNREAD_BESIDE).arg("code", why.code.to_string()))
                            }),
                        );
                    }
                    // Nobody can mend that, so it keeps nobody for good: a person decides.
                    Err(problem) if *problem.code == *UPLOAD_MISSING => {
                        let keys = open.values().map(|(key, _)| key.clone());
                        beside.doubted.extend(keys.map(|key| (key, of(LIST_IS_GONE))));
                    }
                    Err(problem) => {
                        let why = of(UNREAD_BESIDE).arg("code", problem.code.to_string());
                        beside.stay.extend(open.drain().map(|(_, (_, target))| (target, why.clone())));
                    }
                }
            }
        }
        Ok(beside)
    }

    /// The other workflows that are not put away and once went well.
    async fn others(&self, pair: &Pair) -> Result<Vec<Other>, StoreError> {
        let core = self.core;
        let mut others = Vec::new();
        let counts = |head: &StoredWorkflow| {
            matches!(head.state, WorkflowState::Active | WorkflowState::Paused) && head.id != self.workflow.id
        };
        let heads = catalogue::workflows_each(&*core.store, &core.tenant).await?;
        let heads: Vec<StoredWorkflow> = heads.into_iter().filter_map(|(_, head)| head.ok()).filter(counts).collect();
        let fences: HashSet<&str> = heads.iter().filter(|head| head.fenced).map(|head| &*head.id).collect();
        let versions: Vec<(&str, u64)> =
            heads.iter().map(|head| (&*head.id, head.active.unwrap_or(head.latest))).collect();
        // There may be thousands: only those that name both connections are looked at.
        let signatures = core.connect.signatures(&versions).await?;
        for (&(id, number), signature) in versions.iter().zip(signatures) {
            let named = |pair_end: &String| {
                let summary = signature.as_ref().and_then(|signature| signature.says.as_ref().ok());
                summary.is_some_and(|summary| {
                    let mut names = summary.connections.iter();
                    names.any(|(_, connector, name)| core.connect.link_name(name, connector) == *pair_end)
                })
            };
            if !named(&pair.source) || !named(&pair.target) {
                continue;
            }
            let Some(version) = catalogue::version(&*core.store, &core.tenant, id, number).await? else { continue };
            let Ok(workflow) = core.connect.compile(&version.text) else { continue };
            if !super::owners::writes(core, &workflow, pair) {
                continue;
            }
            let Some(run) = last_good(core, id).await? else { continue };
            // A part of a list, as an upload is, was written once, and nobody is kept in step with it.
            if run.part && run.trigger.kind != TriggerKind::Event {
                continue;
            }
            // The rows of an upload are those of the mapping by which it was read, whatever file was only planned since.
            let own = if uploads::read_by(&run) { scope::workflow_of(core, &run).await?.ok() } else { None };
            let (workflow, number) = own.map_or((workflow, number), |own| (own, run.version));
            let scope = scope::scope(core, &run, &workflow).await?;
            // Another version may read what nobody at the machine has let it.
            let fenced = run.fenced || run.version != number && fences.contains(id);
            others.push(Other { id: id.to_string(), workflow, scope, fenced, read: run.source });
        }
        Ok(others)
    }

    /// The keys of those objects in what a loop of another workflow goes over now that `wanted` knows, as that spells them. Whom it
    /// reads only to take his access away does not count.
    async fn read_beside(
        &self,
        other: &Other,
        (step, uses, writing): (&Step, &Uses, &Writing),
        request: &ReadRequest,
        asked: &[&str],
        wanted: impl Fn(&str) -> Option<Box<str>>,
    ) -> Result<Read, Problem> {
        let Some(mapping) = writing.mapping.map(|at| &other.workflow.mappings[at]) else { return Ok(Read::default()) };
        let alias = other.workflow.alias_of(uses);
        if other.fenced {
            self.core.connect.may_read(&alias.reference, alias.connector.name, &request.params).await?;
        }
        let connection = self.core.connect.open(&alias.reference, alias.connector.name).await?;
        let local = connection.spec().local;
        let once = || async {
            let mut reader = connection.read(&self.context, request.clone()).await?;
            let mut items = Items::new(&writing.foreach, &mapping.source);
            let (mut found, mut number) = (HashMap::new(), 0);
            while let Some(page) = reader.next().await?.filter(|_| !self.progress.is_stopped()) {
                if page.output == writing.foreach.output.name {
                    let taken = items.take(page.objects, &other.scope, &self.progress.halt());
                    number += taken.objects.len() as u64;
                    for object in &taken.objects {
                        let key = wanted(&object.key);
                        if let Some((key, keeps)) =
                            key.and_then(|key| Some((key, other.keeps(writing, mapping, object)?)))
                        {
                            found.entry(key).and_modify(|one: &mut Keeps| *one = keeps.max(*one)).or_insert(keeps);
                        }
                    }
                }
            }
            // Whoever is in this store itself is there or is not: of those who are, the reader knows whom its scope may only have lost.
            let unsure = if local { reader.unsure(writing.foreach.output.name, asked) } else { Vec::new() };
            let unsure: HashMap<Box<str>, Problem> =
                unsure.into_iter().filter_map(|(key, why)| Some((wanted(&key)?, why))).collect();
            Ok(((found, unsure), number, reader.summary()))
        };
        let (read, number, summary) = self.retrying(step, once).await.map_err(|error| error.problem)?;
        match summary.incomplete_because {
            // A part of a list was written once, and nobody is kept in step with it.
            _ if summary.part.is_some() => Ok(Read::default()),
            // A system that is this store itself has no half lists.
            _ if summary.complete && !local && other.finds_short(writing, number) => {
                Err(Problem::new("read_incomplete"))
            }
            _ if summary.complete => Ok(read),
            Some(problem) => Err(problem),
            None => Err(Problem::new("read_incomplete")),
        }
    }
}

impl Other {
    /// What a loop of this workflow keeps of an object that it goes over: nothing of one that it makes gone, and of one from which
    /// it takes access away no more than that it is there, where the workflow would make it again.
    fn keeps(&self, writing: &Writing, mapping: &Mapping, object: &SourceObject) -> Option<Keeps> {
        let schema = mapping.target;
        let wanted = |id| mapping.field_alone(id, &object.record, &self.scope).map(|field| (id, field));
        let status = schema.gone_when.and_then(|(name, _)| schema.field(name)).and_then(wanted);
        if status.is_some_and(|status| schema.is_gone(&[status].into_iter().collect())) {
            return None;
        }
        // What is written on creation only, or where there is nothing, takes nothing away.
        let always = mapping.fields.iter().filter(|field| !field.create_only && !field.fill_only);
        let off = disabling(writing.uses.connector, schema);
        let mut off = off.iter().filter(|(id, _)| always.clone().any(|field| field.target == *id));
        let takes = off.any(|(id, value)| wanted(*id).is_some_and(|(_, field)| field.value() == Some(value)));
        match takes {
            false => Some(Keeps::Access),
            true => writing.uses.action.effect.creates().then_some(Keeps::Object),
        }
    }

    /// Whether this workflow would not go by a read of so many objects without a person: who is missing from it may be in it.
    fn finds_short(&self, writing: &Writing, number: u64) -> bool {
        let kind = writing.uses.action.kind;
        kind.is_some_and(|kind| is_short(&self.workflow.safety, number, self.read.get(&kind).copied()))
    }

    /// The step that reads what a step of this workflow writes.
    fn reading(&self, writing: &Writing) -> Option<(&Step, &Uses)> {
        let step = self.workflow.steps.get(writing.foreach.step)?;
        Some((step, step.uses()?))
    }
}

/// Whether two reads cover the same, whatever the steps are called.
fn same(one: &str, other: &str) -> bool {
    one.split_once('@').map(|(_, one)| one) == other.split_once('@').map(|(_, other)| other)
}
