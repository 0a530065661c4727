//! `/compiler`: looks at text that is not saved.

use axum::Json;

use super::Answer;
use crate::{
    contract::compiler::{
        Checked, Completion, Cursor, DefinitionPlace, EditText, EditedText, HoverText, MappingPreview, PreviewMapping,
        SourceText, TextGraph,
    },
    server::{
        error::ApiError,
        extract::{Body, Desk},
        tags::Tagged,
    },
};

/// What is wrong with it.
pub async fn validate(desk: Desk, Body(text): Body<SourceText>) -> Result<Tagged<Checked>, ApiError> {
    Ok(Tagged(desk.of().validate_text(&text)?))
}

/// Its picture.
pub async fn graph(desk: Desk, Body(text): Body<SourceText>) -> Answer<TextGraph> {
    Ok(Json(desk.of().graph_text(&text)?))
}

/// What can be written.
pub async fn complete(desk: Desk, Body(cursor): Body<Cursor>) -> Answer<Completion> {
    Ok(Json(desk.of().complete_text(&cursor)?))
}

/// What stands there.
pub async fn hover(desk: Desk, Body(cursor): Body<Cursor>) -> Answer<HoverText> {
    Ok(Json(desk.of().hover_text(&cursor)?))
}

/// Where it is defined.
pub async fn define(desk: Desk, Body(cursor): Body<Cursor>) -> Answer<DefinitionPlace> {
    Ok(Json(desk.of().define_text(&cursor)?))
}

/// Edits it.
pub async fn edit(desk: Desk, Body(given): Body<EditText>) -> Result<Tagged<EditedText>, ApiError> {
    Ok(Tagged(desk.of().edit_text(&given)?))
}

/// Mends it.
pub async fn mend(desk: Desk, Body(text): Body<SourceText>) -> Result<Tagged<EditedText>, ApiError> {
    Ok(Tagged(desk.of().mend_text(&text)?))
}

/// A mapping over one object.
pub async fn preview(desk: Desk, Body(wanted): Body<PreviewMapping>) -> Answer<MappingPreview> {
    Ok(Json(desk.of().preview_mapping(&wanted).await?))
}
