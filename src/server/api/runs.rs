//! `/runs` and `/workflows/{id}/runs`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        item::{Call, CallFilter, Item, ItemFilter},
        page::{Page, Written},
        plan::{Plan, PlanLook, RowFilter},
        run::{Approve, NewRun, Pin, Pinned, Retry, RetryLook, RetryPreview, Run, RunFilter, RunLook, RunRef},
    },
    server::extract::{Body, Desk, Id, Params},
};

/// Starts a run; answers once it is on disk.
pub async fn start(desk: Desk, Id(workflow): Id, Body(new): Body<NewRun>) -> Answer<RunRef> {
    Ok(Json(desk.of().start_run(&workflow, new).await?))
}

/// The newest first.
pub async fn list(desk: Desk, Params(filter): Params<RunFilter>) -> Answer<Page<Written<Run>>> {
    Ok(Json(desk.of().runs(&filter).await?))
}

/// One run; `wait=true` answers when it is over or held.
pub async fn show(desk: Desk, Id(run): Id, Params(look): Params<RunLook>) -> Answer<Run> {
    let (desk, run) = (desk.of(), desk.of().find_run(&run).await?);
    Ok(Json(if look.wait { desk.wait_run(run, look.reveal).await? } else { desk.run(run, look.reveal).await? }))
}

/// Its items.
pub async fn items(desk: Desk, Id(run): Id, Params(filter): Params<ItemFilter>) -> Answer<Page<Item>> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().items(run, &filter).await?))
}

/// Its calls that did not go well.
pub async fn calls(desk: Desk, Id(run): Id, Params(filter): Params<CallFilter>) -> Answer<Page<Call>> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().calls(run, &filter).await?))
}

/// Its plan.
pub async fn plan(desk: Desk, Id(run): Id, Params(look): Params<PlanLook>) -> Answer<Plan> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().plan_of(run, &look).await?))
}

/// The rows of its plan.
pub async fn plan_rows(desk: Desk, Id(run): Id, Params(filter): Params<RowFilter>) -> Answer<Page<Item>> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().plan_rows(run, &filter).await?))
}

/// Approves it.
pub async fn approve(desk: Desk, Id(run): Id, Body(approve): Body<Approve>) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().approve_run(run, &approve).await?))
}

/// Refuses it.
pub async fn reject(desk: Desk, Id(run): Id) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().reject_run(run).await?))
}

/// Asks it to stop.
pub async fn cancel(desk: Desk, Id(run): Id) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().cancel_run(run).await?))
}

/// Stops it for now.
pub async fn pause(desk: Desk, Id(run): Id) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().pause_run(run).await?))
}

/// Lets it go on.
pub async fn resume(desk: Desk, Id(run): Id) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().resume_run(run).await?))
}

/// What a repetition would be about.
pub async fn retry_preview(desk: Desk, Id(run): Id, Params(look): Params<RetryLook>) -> Answer<RetryPreview> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().retry_preview(run, &look).await?))
}

/// Repeats what went wrong.
pub async fn retry(desk: Desk, Id(run): Id, Body(retry): Body<Retry>) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().retry_run(run, &retry).await?))
}

/// Plans the repetition.
pub async fn plan_retry(desk: Desk, Id(run): Id, Body(retry): Body<Retry>) -> Answer<RunRef> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().plan_retry(run, &retry).await?))
}

/// Keeps it whole, or no longer.
pub async fn pin(desk: Desk, Id(run): Id, Body(pin): Body<Pin>) -> Answer<Pinned> {
    let run = desk.of().find_run(&run).await?;
    Ok(Json(desk.of().pin_run(run, pin.pinned).await?))
}
