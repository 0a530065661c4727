//! Which tasks go over the lists of a read: for each the target, what is linked, what people decided, and the steps that would make,
//! change or remove something.

use std::{sync::Arc, time::Duration};

use idflow_sdk::{Connection, Effect, Error, KeyRule, Kind, Schema, Snapshot};

use super::{
    gathered::{Gathered, Job},
    owners::Owners,
    planner::{PlanError, Planner},
};
use crate::{
    engine::{disabling::disabling, extent, loop_items::Items},
    reconcile::{
        Decisions, Known, LinkEntry, LinkNotes, LinkTable, RemovalStep, Steps, TargetObjects, TargetTable, Task,
        department_tree::DepartmentTree, links::folded,
    },
    store::{
        StoreError,
        decisions::{self, Choice},
        link_notes,
        links::{self, Pair},
        renamed_keys,
    },
    workflow::{
        compiled::{Mapping, Step, StepIndex, Uses, Writing},
        helpers::Helper,
        scope::Scope,
    },
};

impl Planner<'_> {
    /// The tasks over the lists of a read step, by output; each target is read here.
    pub(super) async fn jobs(
        &self,
        step_index: StepIndex,
        source_name: &str,
        work: &mut Gathered,
    ) -> Result<Vec<(&'static str, Job)>, PlanError> {
        let mut jobs: Vec<(&'static str, Job)> = Vec::new();
        let order: Vec<StepIndex> = self.workflow.graph.order().to_vec();
        let mut position = vec![0u16; self.workflow.steps.len()];
        for (at, step) in order.iter().enumerate() {
            position[*step] = u16::try_from(at).unwrap_or(u16::MAX);
        }
        for at in &order {
            let step = &self.workflow.steps[*at];
            let Some((writing, mapping)) = step.writing().and_then(|writing| Some((writing, writing.mapping?))) else {
                continue;
            };
            let (uses, foreach) = (&writing.uses, &writing.foreach);
            if foreach.step != step_index {
                continue;
            }
            let decided = self.wanted_so_far(step, step_index, &work.live)?;
            if decided == Some(false) {
                continue;
            }
            let mapping = &self.workflow.mappings[mapping];
            let number = u16::try_from(*at).unwrap_or(u16::MAX);
            let existing = jobs.iter_mut().find(|(output, job)| {
                *output == foreach.output.name
                    && Arc::ptr_eq(&job.task.mapping, mapping)
                    && self.workflow.steps[job.first_step]
                        .uses()
                        .is_some_and(|first| first.connection == uses.connection)
            });
            let job = match existing {
                Some((_, job)) => job,
                None => {
                    let (of, of_mapping) = ((step_index, source_name), (writing, mapping));
                    let job = self.new_job(of, (*at, step), of_mapping, position.clone(), work).await?;
                    jobs.push((foreach.output.name, job));
                    match jobs.last_mut() {
                        Some((_, job)) => job,
                        None => continue,
                    }
                }
            };
            if decided.is_none() {
                job.undecided.push(*at);
            }
            let steps = &mut job.task.steps;
            if uses.action.effect.creates() {
                steps.create.get_or_insert(number);
            }
            if uses.action.effect.updates() {
                steps.update.get_or_insert(number);
            }
        }
        Ok(jobs)
    }

    /// A task over a list of a read, for the first step that writes it by this mapping: its target is read here.
    async fn new_job(
        &self,
        (place, source_name): (StepIndex, &str),
        (at, step): (StepIndex, &Step),
        (writing, mapping): (&Writing, &Arc<Mapping>),
        position: Vec<u16>,
        work: &mut Gathered,
    ) -> Result<Job, PlanError> {
        let (uses, foreach) = (&writing.uses, &writing.foreach);
        let (target, target_name) = self.connection(step, uses).await?;
        let pair = (source_name.to_string(), target_name);
        self.know(&pair, mapping, (step, uses), work).await?;
        let schema = mapping.target;
        let (gathered, snapshot) = self.snapshot(step, &*target, schema).await?;
        work.notices.extend(snapshot.notices.clone());
        if let Some(known) = work.known.get_mut(&pair) {
            known.set_root(snapshot.root.clone());
        }
        let partial = snapshot.partial;
        let mut table = TargetTable::of(gathered, snapshot);
        if let Some(links) = work.known.get(&pair).and_then(|known| known.links(schema.kind)) {
            table.spell_as(links.targets());
            if partial {
                table.believe(links.targets());
            }
        }
        let steps = Steps {
            position,
            disabling: disabling(uses.connector, schema),
            removals: self.removals(place, uses, schema.kind, &work.live)?,
            ..Steps::default()
        };
        let mut task = Task::new(mapping.clone(), steps, table, work.live.clone(), self.context.now_ms);
        task.halt = self.progress.halt();
        self.take_decisions(&pair, &mut task, work).await.map_err(|error| self.store_failed(step, error))?;
        let freed = self.take_given_up(&pair, &mut task).await.map_err(|error| self.store_failed(step, error))?;
        work.scope.push_str(&extent::of_loop(foreach, mapping, &pair.1, &work.live));
        let items = Items::new(foreach, &mapping.source);
        if items.derives() {
            work.derived.insert(schema.kind);
        }
        let asks_paths = mapping.fields.iter().any(|field| field.value.uses(|one| one == Helper::DepartmentPaths));
        // Elsewhere names are not told to everybody, and departments have numbers.
        if uses.connector.local && (items.derives() || asks_paths) {
            task.by_path = items.derives();
            self.know_tree(&pair, &task, (step, uses, &*target), work).await?;
        }
        let (filled, undecided, readable, unsure) = (Vec::new(), Vec::new(), true, false);
        Ok(Job { task, pair, target, first_step: at, items, asks_paths, readable, unsure, filled, undecided, freed })
    }

    /// What paths of departments mean in a target: all its departments by name, read once for all tasks of a pair.
    async fn know_tree(
        &self,
        pair: &(String, String),
        task: &Task,
        (step, uses, target): (&Step, &Uses, &dyn Connection),
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        let Some(schema) = uses.connector.schema(Kind::Department) else { return Ok(()) };
        let Some(known) = work.known.get_mut(pair).filter(|known| !known.has_tree()) else { return Ok(()) };
        known.set_tree(match task.kind {
            Kind::Department => DepartmentTree::of(schema, task.target.objects()),
            _ => {
                let (gathered, snapshot) = self.snapshot(step, target, schema).await?;
                DepartmentTree::of(schema, TargetTable::of(gathered, snapshot).objects())
            }
        });
        Ok(())
    }

    /// The removing steps that go over what is gone from this read, on the same connection and kind.
    fn removals(
        &self,
        step_index: StepIndex,
        of: &Uses,
        kind: Kind,
        scope: &Scope,
    ) -> Result<Vec<RemovalStep>, PlanError> {
        let mut removals = Vec::new();
        for at in self.workflow.graph.order().to_vec() {
            let step = &self.workflow.steps[at];
            let Some(Writing { uses, foreach, .. }) = step.writing() else { continue };
            let Effect::Remove(removal) = uses.action.effect else { continue };
            let same = foreach.step == step_index && uses.connection == of.connection && uses.action.kind == Some(kind);
            if !same || !foreach.output.removed || self.wanted_so_far(step, step_index, scope)? == Some(false) {
                continue;
            }
            let params = step.with.evaluate(scope).map_err(|problem| self.failed(step, problem))?;
            let after: Option<Duration> = params.durations.get("after").copied();
            removals.push(RemovalStep { step: u16::try_from(at).unwrap_or(u16::MAX), removal, after });
        }
        Ok(removals)
    }

    /// Loads the links between two connections, of every kind that the target knows.
    async fn know(
        &self,
        pair: &(String, String),
        mapping: &Mapping,
        (step, uses): (&Step, &Uses),
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        if work.known.contains_key(pair) {
            return Ok(());
        }
        let mut known = Known::default();
        for other in uses.connector.schemas {
            let open = self.workflow.mappings.iter().any(|mapping| std::ptr::eq(mapping.target, *other));
            let of = Pair {
                tenant: self.core.tenant.clone(),
                source: pair.0.clone(),
                target: pair.1.clone(),
                kind: other.kind,
            };
            let names =
                link_notes::called(&*self.core.store, &of).await.map_err(|error| self.store_failed(step, error))?;
            let waiting =
                link_notes::waiting(&*self.core.store, &of).await.map_err(|error| self.store_failed(step, error))?;
            let mut entries = Vec::new();
            let mut owners = Owners::new(&self.workflow.id);
            links::all(&*self.core.store, &of, |link| {
                let (source, target) = link.ends(&of);
                // What was there under its own account keeps it, and nobody renamed anything.
                let given = match other.key {
                    KeyRule::Natural(name) => other.field(name).and_then(|id| target.written.text(id)),
                    _ => None,
                };
                let otherwise = given.filter(|given| crate::reconcile::links::compare_keys(given, target.key).is_ne());
                let named = names.get(source.key).filter(|one| *one.target == *target.key);
                let notes = LinkNotes {
                    removed_at: target.removed_at,
                    otherwise: otherwise.map(Into::into),
                    called: named.map(|one| one.name.clone()),
                };
                entries.push(LinkEntry {
                    source: source.key.into(),
                    target: target.key.into(),
                    fingerprint: target.fingerprint,
                    owner: owners.of(link.workflow),
                    both_ways: source.fingerprint != 0,
                    gone: link.gone.is_some(),
                    waits: !waiting.is_empty() && waiting.contains(&(source.key.to_string(), target.key.into())),
                    notes: notes.boxed(),
                });
            })
            .await
            .map_err(|error| self.failed(step, *Error::from(error).problem))?;
            // What the source's objects of this kind look like: one mapping is about one of its lists.
            let lists = self.workflow.mappings.iter().filter(|one| one.source.connector == mapping.source.connector);
            let mut lists = lists.filter(|one| one.target.kind == other.kind);
            let caseless = lists.any(|one| one.source.has_caseless_keys());
            let mut table = if caseless { LinkTable::without_case(entries) } else { LinkTable::new(entries) };
            owners
                .judge(self.core, self.workflow, &of, &mut table)
                .await
                .map_err(|error| self.store_failed(step, error))?;
            *work.linked.entry(other.kind).or_default() += table.live();
            known.add(other, table, open);
        }
        work.known.insert(pair.clone(), known);
        Ok(())
    }

    /// All objects of a kind in a target, packed as they come.
    async fn snapshot(
        &self,
        step: &Step,
        target: &dyn Connection,
        schema: &'static Schema,
    ) -> Result<(TargetObjects, Snapshot), PlanError> {
        let once = || async {
            let mut gathered = TargetObjects::new(schema);
            let snapshot = target.snapshot_into(&self.context, schema.kind, &mut gathered).await?;
            Ok((gathered, snapshot))
        };
        self.retrying(step, once).await
    }

    /// What people decided about the objects of a task.
    async fn take_decisions(
        &self,
        pair: &(String, String),
        task: &mut Task,
        work: &mut Gathered,
    ) -> Result<(), StoreError> {
        // Decisions are seen from the tenant's own objects.
        let own = self.core.connect.connectors().iter().find(|spec| spec.local).map_or("", |spec| spec.name);
        let by_target = decisions::by_target(&pair.0, own);
        let (connection, with) = if by_target { (&pair.1, &pair.0) } else { (&pair.0, &pair.1) };
        task.remote.clone_from(connection);
        task.decide_by_target = by_target;
        let (source, target) = (task.mapping.source.has_caseless_keys(), task.mapping.target.has_caseless_keys());
        task.decisions = Decisions::without_case(source, target);
        let (store, tenant) = (&*self.core.store, &self.core.tenant);
        if !by_target {
            let (from, to) = pair.clone();
            let of = Pair { tenant: tenant.clone(), source: from, target: to, kind: task.kind };
            let renamed = renamed_keys::before(store, &of).await?.into_iter();
            task.former_keys = renamed.map(|((_, new), old)| (folded(source, &new).into(), old)).collect();
        }
        for mut decision in decisions::of_pair(store, tenant, connection, with).await? {
            if decision.kind == task.kind {
                // What was said of somebody holds under a new key as well.
                let is_old = |old: &str| folded(source, old) == folded(source, &decision.key);
                let new = task.former_keys.iter().find(|(_, old)| is_old(old)).map(|(new, _)| new.clone());
                // That it is not whoever is linked there was said of the next holder of the old key.
                let links = work.known.get(pair).and_then(|known| known.links(task.kind));
                let linked = links.and_then(|links| Some(links.entry(links.of_source(&decision.key)?)));
                let is_linked = |other: &str| linked.is_some_and(|entry| !entry.gone && *entry.target == *other);
                let next = matches!(&decision.choice, Choice::Never(other) if is_linked(other));
                let new = new.filter(|_| !next);
                if let Some(new) = new {
                    let old = decision.clone();
                    decision.key = new;
                    work.follow.push((old, decision.clone()));
                }
                task.decisions.add(!by_target, &decision.key, &decision.choice);
                if !by_target && decision.review.is_some() && decision.choice == Choice::Ignore {
                    task.decisions.keep_out(&decision.key);
                }
                work.decided.push(decision);
            }
        }
        if !by_target {
            return Ok(());
        }
        // Who is another person than somebody who left, was said where both come from, and is not asked again.
        for decision in decisions::all(store, tenant).await? {
            let Choice::Never(old) = &decision.choice else { continue };
            if decision.with != pair.0 || decision.connection == pair.1 || decision.kind != task.kind {
                continue;
            }
            let from = Pair {
                tenant: self.core.tenant.clone(),
                source: decision.connection.clone(),
                target: decision.with.clone(),
                kind: decision.kind,
            };
            if let Some(link) = links::of_source_in_any_case(store, &from, &decision.key).await? {
                task.decisions.keep_apart(&from.ends(&link).1.key, old);
            }
        }
        Ok(())
    }
}
