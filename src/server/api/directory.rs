//! `/directory`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        directory::{
            BulkDone, DirectoryBulk, DirectoryCounts, DirectoryDetail, DirectoryEdit, DirectoryFilter, DirectoryMove,
            DirectoryObject, DirectoryVerb, Import, NewDirectoryObject, ObjectLook, ReviewDecision, ReviewDone,
            ReviewFilter, ReviewPerson, ReviewVerdict, TimelineEntry, TimelineLook, TreeLook, TreeNode,
        },
        page::Page,
        run::RunRef,
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// How many there are.
pub async fn counts(desk: Desk) -> Answer<DirectoryCounts> {
    Ok(Json(desk.of().directory_counts().await?))
}

/// Departments or people.
pub async fn list(desk: Desk, Params(filter): Params<DirectoryFilter>) -> Answer<Page<DirectoryObject>> {
    Ok(Json(desk.of().directory(&filter).await?))
}

/// Starts an import.
pub async fn import(desk: Desk, Body(import): Body<Import>) -> Answer<RunRef> {
    Ok(Json(desk.of().import(import).await?))
}

/// Departments right below one.
pub async fn tree(desk: Desk, Params(look): Params<TreeLook>) -> Answer<Page<TreeNode>> {
    Ok(Json(desk.of().directory_tree(&look).await?))
}

type One = Result<Tagged<DirectoryDetail>, ApiError>;

fn tagged(object: DirectoryDetail) -> One {
    Ok(Tagged(object))
}

/// One of them.
pub async fn one(desk: Desk, Id(id): Id, Params(look): Params<ObjectLook>) -> One {
    tagged(desk.of().object_detail(&id, &look).await?)
}

/// What happened to it.
pub async fn timeline(desk: Desk, Id(id): Id, Params(look): Params<TimelineLook>) -> Answer<Page<TimelineEntry>> {
    Ok(Json(desk.of().timeline(&id, &look).await?))
}

/// Makes one.
pub async fn create(desk: Desk, Body(new): Body<NewDirectoryObject>) -> One {
    tagged(desk.of().new_object(new).await?)
}

/// Changes its fields.
pub async fn edit(desk: Desk, Id(id): Id, If(state): If, Body(edit): Body<DirectoryEdit>) -> One {
    tagged(desk.of().edit_object(&id, &state, edit).await?)
}

async fn verb(desk: &Desk, id: &str, state: If, verb: DirectoryVerb, to: &[String]) -> One {
    tagged(desk.of().object_verb(id, &state.0, verb, to).await?)
}

/// Disables a person.
pub async fn disable(desk: Desk, Id(id): Id, state: If) -> One {
    verb(&desk, &id, state, DirectoryVerb::Disable, &[]).await
}

/// Lets a person in again, or brings back what was removed.
pub async fn enable(desk: Desk, Id(id): Id, state: If) -> One {
    verb(&desk, &id, state, DirectoryVerb::Enable, &[]).await
}

/// A person leaves; a department is removed.
pub async fn remove(desk: Desk, Id(id): Id, state: If) -> One {
    verb(&desk, &id, state, DirectoryVerb::Remove, &[]).await
}

/// Puts it into other departments.
pub async fn move_to(desk: Desk, Id(id): Id, state: If, Body(wanted): Body<DirectoryMove>) -> One {
    verb(&desk, &id, state, DirectoryVerb::Move, &wanted.to).await
}

/// Does it with many.
pub async fn bulk(desk: Desk, Body(bulk): Body<DirectoryBulk>) -> Answer<BulkDone> {
    Ok(Json(desk.of().bulk(bulk).await?))
}

/// Whoever waits for a review.
pub async fn review(desk: Desk, Params(filter): Params<ReviewFilter>) -> Answer<Page<ReviewPerson>> {
    Ok(Json(desk.of().review(&filter).await?))
}

/// Lets them in.
pub async fn approve_review(desk: Desk, Body(decision): Body<ReviewDecision>) -> Answer<ReviewDone> {
    Ok(Json(desk.of().decide_review(ReviewVerdict::Approve, &decision).await?))
}

/// Does not.
pub async fn reject_review(desk: Desk, Body(decision): Body<ReviewDecision>) -> Answer<ReviewDone> {
    Ok(Json(desk.of().decide_review(ReviewVerdict::Reject, &decision).await?))
}
