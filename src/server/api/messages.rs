//! `/messages`: what people send, and what became of it.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        message::{Message, MessageFilter, NewMessage},
        page::Page,
    },
    server::extract::{Body, Desk, Id, Params},
};

/// Sends one.
pub async fn send(desk: Desk, Body(new): Body<NewMessage>) -> Answer<Message> {
    Ok(Json(desk.of().send_message(new).await?))
}

/// Those that were sent.
pub async fn list(desk: Desk, Params(filter): Params<MessageFilter>) -> Answer<Page<Message>> {
    Ok(Json(desk.of().messages(&filter).await?))
}

/// One of them.
pub async fn show(desk: Desk, Id(id): Id) -> Answer<Message> {
    Ok(Json(desk.of().message(&id).await?))
}

/// Takes one back.
pub async fn recall(desk: Desk, Id(id): Id) -> Answer<Message> {
    Ok(Json(desk.of().recall_message(&id).await?))
}
