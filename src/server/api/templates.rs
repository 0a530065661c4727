//! `/templates`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        page::{Page, Paging},
        template::Template,
    },
    server::extract::{Desk, Id, Params},
};

/// All templates.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<Template>> {
    Ok(Json(desk.of().templates(&wanted)?))
}

/// One template with its YAML.
pub async fn show(desk: Desk, Id(id): Id) -> Answer<Template> {
    Ok(Json(desk.of().template(&id)?))
}
