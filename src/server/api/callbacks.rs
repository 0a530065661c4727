//! `/connections/{id}/callbacks`: the addresses at which a connection's system calls.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        callback::{Callback, CallbackKeys},
        page::{Page, Paging},
    },
    server::extract::{Body, Desk, Id, Params},
};

/// The addresses, and what was heard there.
pub async fn list(desk: Desk, Id(name): Id, Params(wanted): Params<Paging>) -> Answer<Page<Callback>> {
    Ok(Json(desk.of().callbacks_page(&name, &wanted).await?))
}

/// New keys for one of them.
pub async fn new_keys(desk: Desk, Id(name): Id, Body(asked): Body<CallbackKeys>) -> Answer<Callback> {
    Ok(Json(desk.of().new_callback_keys(&name, &asked).await?))
}
