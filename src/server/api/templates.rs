//! `/templates`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        draft::Draft,
        page::{Page, Paging},
        template::{
            ExportTemplates, ImportTemplates, ImportedTemplates, NewTemplateDraft, PrerequisiteLook, Prerequisites,
            Template, TemplateBundle, TemplateFilter, TemplateKey, TrustKey,
        },
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::Tagged,
    },
};

/// All templates.
pub async fn list(desk: Desk, Params(wanted): Params<TemplateFilter>) -> Answer<Page<Template>> {
    Ok(Json(desk.of().templates(&wanted).await?))
}

/// One template with its YAML.
pub async fn show(desk: Desk, Id(id): Id) -> Answer<Template> {
    Ok(Json(desk.of().template(&id).await?))
}

/// What it needs, as it is now.
pub async fn prerequisites(desk: Desk, Id(id): Id, Params(look): Params<PrerequisiteLook>) -> Answer<Prerequisites> {
    Ok(Json(desk.of().prerequisites(&id, look.connection.as_deref()).await?))
}

/// A draft from it.
pub async fn draft(desk: Desk, Id(id): Id, Body(new): Body<NewTemplateDraft>) -> Result<Tagged<Draft>, ApiError> {
    Ok(Tagged(desk.of().draft_from_template(&id, &new).await?))
}

/// Templates and workflows as a signed bundle.
pub async fn export(desk: Desk, Body(wanted): Body<ExportTemplates>) -> Answer<TemplateBundle> {
    Ok(Json(desk.of().export_templates(&wanted).await?))
}

/// Takes a bundle.
pub async fn import(desk: Desk, Body(wanted): Body<ImportTemplates>) -> Answer<ImportedTemplates> {
    Ok(Json(desk.of().import_templates(&wanted).await?))
}

/// Removes one that came in a bundle.
pub async fn remove(desk: Desk, Id(id): Id) -> Answer<Template> {
    Ok(Json(desk.of().remove_template(&id).await?))
}

/// The keys whose bundles are taken.
pub async fn keys(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<TemplateKey>> {
    Ok(Json(desk.of().template_keys(&wanted).await?))
}

/// Trusts a key.
pub async fn trust(desk: Desk, Body(wanted): Body<TrustKey>) -> Answer<TemplateKey> {
    Ok(Json(desk.of().trust_key(&wanted).await?))
}

/// Trusts a key no longer.
pub async fn distrust(desk: Desk, Id(id): Id) -> Answer<TemplateKey> {
    Ok(Json(desk.of().distrust_key(&id).await?))
}
