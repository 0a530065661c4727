//! `/links`: which object is which.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        link::{ConnectionPerson, Link, LinkChange, LinkChanged, LinkFilter, PeopleFilter, ResolveLink, ResolvedLink},
        page::Page,
    },
    server::extract::{Body, Desk, Id, Params},
};

/// The links of a connection.
pub async fn list(desk: Desk, Params(filter): Params<LinkFilter>) -> Answer<Page<Link>> {
    Ok(Json(desk.of().links(&filter).await?))
}

/// Who is called so in the system of a connection.
pub async fn people(desk: Desk, Id(name): Id, Params(filter): Params<PeopleFilter>) -> Answer<Page<ConnectionPerson>> {
    Ok(Json(desk.of().people_of(&name, &filter).await?))
}

/// Whose account it is.
pub async fn resolve(desk: Desk, Body(asked): Body<ResolveLink>) -> Answer<ResolvedLink> {
    Ok(Json(desk.of().resolve_link(&asked).await?))
}

/// Two objects are one.
pub async fn add(desk: Desk, Body(change): Body<LinkChange>) -> Answer<LinkChanged> {
    Ok(Json(desk.of().add_link(&change).await?))
}

/// An object has another key.
pub async fn move_to(desk: Desk, Body(change): Body<LinkChange>) -> Answer<LinkChanged> {
    Ok(Json(desk.of().move_link(&change).await?))
}

/// Two objects are not one.
pub async fn remove(desk: Desk, Body(change): Body<LinkChange>) -> Answer<LinkChanged> {
    Ok(Json(desk.of().remove_link(&change).await?))
}
