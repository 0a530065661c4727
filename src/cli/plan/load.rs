//! How much of a plan is shown? All of it, as long as somebody can read that; what takes access away always.

use crate::{
    cli::{Client, Failure, client::encode},
    contract::{
        item::{Action, Item, Planned},
        plan::{Plan, PlanGroup},
        run::Run,
    },
};

/// A plan of so many objects is shown whole.
const WHOLE: usize = 200;
/// So many of each group of a larger one.
const FIRST: usize = 20;

/// A plan, as much of it as is shown, and its run.
pub struct Shown {
    /// The plan.
    pub plan: Plan,
    /// The run that computed it.
    pub run: Run,
}

impl Shown {
    /// Leaves so many of each group, and everything that takes access away.
    pub fn shorten(&mut self, first: usize) {
        cut(&mut self.plan, first);
    }

    /// How many objects of the plan are not shown.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        total(&self.plan).saturating_sub(self.plan.changes.len() as u64)
    }
}

/// The plan of a run. `all`: every change, however many there are.
///
/// # Errors
/// What the API refuses.
pub async fn load(client: &Client, run: &str, reveal: bool, all: bool) -> Result<Shown, Failure> {
    let seen: Run = client.fetch(&format!("/runs/{}?reveal={reveal}", encode(run))).await?;
    let mut plan = client.plan(run, Some(WHOLE), reveal).await?;
    let more = total(&plan) > WHOLE as u64;
    if all && more {
        plan = client.plan(run, None, reveal).await?;
    } else if more {
        if plan.groups.iter().any(|group| takes(group) && group.count > WHOLE as u64) {
            let path = format!("/runs/{}/plan/rows?reveal={reveal}", encode(run));
            plan.changes.retain(|change| !takes_access(change));
            let taking = &mut plan.changes;
            let mut take = |page: Vec<Item>| taking.extend(page.into_iter().filter(takes_access));
            client.each_page(&path, &mut take).await?;
        }
        cut(&mut plan, FIRST);
    }
    Ok(Shown { plan, run: seen })
}

fn total(plan: &Plan) -> u64 {
    plan.groups.iter().map(|group| group.count).sum()
}

fn cut(plan: &mut Plan, first: usize) {
    let mut left: Vec<usize> = vec![first; plan.groups.len()];
    let groups = &plan.groups;
    plan.changes.retain(|change| {
        let Some(place) = groups.iter().position(|group| belongs(group, change)) else { return false };
        if takes(&groups[place]) {
            return true;
        }
        let more = left[place] > 0;
        left[place] = left[place].saturating_sub(1);
        more
    });
}

/// Whether the changes of a group take access away, or would.
#[must_use]
pub fn takes(group: &PlanGroup) -> bool {
    group.removes || matches!(group.action, Action::Disable | Action::Delete)
}

fn takes_access(change: &Item) -> bool {
    change.removes || matches!(change.action, Action::Disable | Action::Delete)
}

/// Whether a change is one of a group.
#[must_use]
pub fn belongs(group: &PlanGroup, change: &Item) -> bool {
    change.step == group.step
        && change.action == group.action
        && change.planned == Some(group.planned)
        && change.object.kind == group.kind
        // What is not done removes nothing.
        && (change.removes == group.removes || group.planned != Planned::Do)
}
