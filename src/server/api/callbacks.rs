//! `/connections/{id}/callbacks`: the addresses at which a connection's system calls.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        callback::{Callback, CallbackKeys},
        page::Page,
    },
    server::extract::{Body, Desk, Id},
};

/// The addresses, and what was heard there.
pub async fn list(desk: Desk, Id(name): Id) -> Answer<Page<Callback>> {
    let items = desk.of().callbacks(&name).await?;
    Ok(Json(Page { total: Some(items.len() as u64), items, next: None }))
}

/// New keys for one of them.
pub async fn new_keys(desk: Desk, Id(name): Id, Body(asked): Body<CallbackKeys>) -> Answer<Callback> {
    Ok(Json(desk.of().new_callback_keys(&name, &asked).await?))
}
