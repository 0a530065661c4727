//! `/tenants`: for whoever runs the installation.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        page::{Page, Paging},
        tenant::{GiveHouseNumber, NewTenant, RenameTenant, SetRetention, Tenant},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// All tenants.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Tenant>> {
    Ok(Json(desk.of().tenants(&wanted).await?))
}

/// One.
pub async fn show(desk: Desk, Id(id): Id) -> Result<Tagged<Tenant>, ApiError> {
    Ok(Tagged(desk.of().show_tenant(&id).await?))
}

/// Makes one.
pub async fn create(desk: Desk, Body(new): Body<NewTenant>) -> Answer<Tenant> {
    let desk = desk.of();
    Ok(Json(desk.create_tenant(&new, desk.caller.account.as_deref()).await?))
}

/// Gives one another name.
pub async fn rename(
    desk: Desk,
    Id(id): Id,
    If(expected): If,
    Body(rename): Body<RenameTenant>,
) -> Result<Tagged<Tenant>, ApiError> {
    Ok(Tagged(desk.of().rename_tenant_if(&id, &rename, &expected).await?))
}

/// Puts one away.
pub async fn archive(desk: Desk, Id(id): Id) -> Answer<Tenant> {
    Ok(Json(desk.of().archive_tenant(&id).await?))
}

/// Takes one up again.
pub async fn restore(desk: Desk, Id(id): Id) -> Answer<Tenant> {
    Ok(Json(desk.of().restore_tenant(&id).await?))
}

/// Gives one a house number.
pub async fn house_number(desk: Desk, Id(id): Id, Body(wanted): Body<GiveHouseNumber>) -> Answer<Tenant> {
    Ok(Json(desk.of().give_house_number(&id, &wanted).await?))
}

/// Says how long things of one are kept.
pub async fn retention(desk: Desk, Id(id): Id, Body(wanted): Body<SetRetention>) -> Answer<Tenant> {
    Ok(Json(desk.of().set_retention(&id, &wanted).await?))
}
