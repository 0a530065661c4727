//! Lists that fill the same kind of one target from one source: nobody is gone who is in one of them. They are settled together
//! when everything has been read.

use std::sync::Arc;

use idflow_sdk::{Kind, Problem};

use super::{
    gathered::{Gathered, Job},
    planner::{PlanError, Planner},
};
use crate::{
    engine::pair::pair_of,
    reconcile::Task,
    workflow::compiled::{StepIndex, Writing},
};

/// A list: the step that reads it, and the name it has there.
type List = (StepIndex, &'static str);

impl Planner<'_> {
    /// What the workflow's steps go over between two connections: of each task the list, its mapping and the kind that it makes.
    fn tasks_between(&self, pair: &(String, String)) -> Vec<(List, usize, Kind)> {
        let mut tasks = Vec::new();
        for (at, step) in self.workflow.steps.iter().enumerate() {
            let Some(Writing { foreach, mapping: Some(mapping), .. }) = step.writing() else { continue };
            let kind = self.workflow.mappings[*mapping].target.kind;
            let of_pair = pair_of(self.core, self.workflow, at, kind);
            let task = ((foreach.step, foreach.output.name), *mapping, kind);
            if of_pair.is_some_and(|one| one.source == pair.0 && one.target == pair.1) && !tasks.contains(&task) {
                tasks.push(task);
            }
        }
        tasks
    }

    /// Whether several tasks make objects of one kind between these connections.
    pub(super) fn is_together(&self, pair: &(String, String)) -> bool {
        let tasks = self.tasks_between(pair);
        tasks.iter().enumerate().any(|(at, (.., kind))| tasks[..at].iter().any(|(.., other)| other == kind))
    }

    /// Whether no task but this one refers to what it makes: then nobody else asks what its objects are in the target.
    pub(super) fn is_referred_to_by_itself_alone(&self, job: &Job) -> bool {
        let others = self.workflow.mappings.iter().filter(|mapping| !Arc::ptr_eq(mapping, &job.task.mapping));
        let mut fields = others.flat_map(|mapping| &mapping.fields);
        !self.is_together(&job.pair) && fields.all(|field| field.refers_to != Some(job.task.kind))
    }

    fn list_of(&self, job: &Job) -> Option<List> {
        let foreach = &self.workflow.steps[job.first_step].writing()?.foreach;
        Some((foreach.step, foreach.output.name))
    }

    /// Settles the tasks that waited for other lists: those of a kind one after the other, departments first.
    pub(super) async fn settle_together(&self, work: &mut Gathered) -> Result<(), PlanError> {
        let mut open = std::mem::take(&mut work.together);
        let rank = |kind: Kind| match kind {
            Kind::Department => 0,
            Kind::User => 1,
            Kind::Group | Kind::Row => 2,
        };
        open.sort_by_key(|(job, _)| rank(job.task.kind));
        while let Some((first, _)) = open.first() {
            let (pair, kind) = (first.pair.clone(), first.task.kind);
            let of = |job: &Job| job.pair == pair && job.task.kind == kind;
            let (group, rest) = open.into_iter().partition(|(job, _)| of(job));
            open = rest;
            self.settle_group((&pair, kind), group, work).await?;
        }
        Ok(())
    }

    async fn settle_group(
        &self,
        (pair, kind): (&(String, String), Kind),
        mut group: Vec<(Job, bool)>,
        work: &mut Gathered,
    ) -> Result<(), PlanError> {
        // Whoever is in a list that was not read this time is not gone.
        let read: Vec<List> = group.iter().filter_map(|(job, _)| self.list_of(job)).collect();
        let lists = self.tasks_between(pair).into_iter().filter(|(.., of)| *of == kind);
        let unread = lists.filter(|(list, ..)| !read.contains(list)).count();
        let whole = unread == 0 && group.iter().all(|(job, complete)| *complete && job.readable && !job.unsure);
        if unread > 0 && group.iter().all(|(_, complete)| *complete) {
            work.notices.push(Problem::new("read_incomplete"));
        }
        // The one that removes comes last: by then it is known who took whose place.
        group.sort_by_key(|(job, _)| !job.task.steps.removals.is_empty());
        Task::join(group.iter_mut().map(|(job, _)| &mut job.task).collect());
        let mut before: Option<Job> = None;
        for (mut job, _) in group {
            if let Some((before, known)) = before.as_ref().zip(work.known.get_mut(&job.pair)) {
                job.task.follow(known, &before.task);
            }
            self.settle_one(&mut job, whole, work).await?;
            before = Some(job);
        }
        Ok(())
    }
}
