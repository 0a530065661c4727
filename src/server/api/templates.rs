//! `/templates`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        draft::Draft,
        page::Page,
        template::{NewTemplateDraft, PrerequisiteLook, Prerequisites, Template, TemplateFilter},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::Tagged,
    },
};

/// All templates.
pub async fn list(desk: Desk, Params(wanted): Params<TemplateFilter>) -> Answer<Page<Template>> {
    Ok(Json(desk.of().templates(&wanted)?))
}

/// One template with its YAML.
pub async fn show(desk: Desk, Id(id): Id) -> Answer<Template> {
    Ok(Json(desk.of().template(&id)?))
}

/// What it needs, as it is now.
pub async fn prerequisites(desk: Desk, Id(id): Id, Params(look): Params<PrerequisiteLook>) -> Answer<Prerequisites> {
    Ok(Json(desk.of().prerequisites(&id, look.connection.as_deref()).await?))
}

/// A draft from it.
pub async fn draft(desk: Desk, Id(id): Id, Body(new): Body<NewTemplateDraft>) -> Result<Tagged<Draft>, ApiError> {
    Ok(Tagged(desk.of().draft_from_template(&id, &new).await?))
}
