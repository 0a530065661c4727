//! `/setup`: how a tenant begins; `/site-files`: files by which systems see whose our domain is.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        examination::{NewSiteFile, RemovedSiteFile, Setup, SetupBegin, SetupStart, SiteFile, SiteFileCheck},
        page::{Page, Paging},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
    },
};

/// How far it is.
pub async fn show(desk: Desk) -> Answer<Setup> {
    Ok(Json(desk.of().setup().await?))
}

/// Begins, or goes on.
pub async fn begin(desk: Desk, Id(connector): Id, Body(begin): Body<SetupBegin>) -> Answer<Setup> {
    Ok(Json(desk.of().begin_setup(&connector, begin).await?))
}

/// Carries out what was planned.
pub async fn start(desk: Desk, Id(connector): Id, Body(start): Body<SetupStart>) -> Answer<Setup> {
    Ok(Json(desk.of().start_setup(&connector, &start).await?))
}

/// All files.
pub async fn files(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<SiteFile>> {
    Ok(Json(desk.of().site_files_page(&wanted).await?))
}

/// Keeps one.
pub async fn put_file(desk: Desk, Body(new): Body<NewSiteFile>) -> Answer<SiteFile> {
    Ok(Json(desk.of().put_site_file(&new).await?))
}

/// Takes one away.
pub async fn remove_file(desk: Desk, Id(name): Id) -> Answer<RemovedSiteFile> {
    Ok(Json(desk.of().remove_site_file(&name).await?))
}

/// Fetches one as its system would.
pub async fn check_file(desk: Desk, Id(name): Id) -> Result<Json<SiteFileCheck>, ApiError> {
    Ok(Json(desk.of().check_site_file(&name).await?))
}
