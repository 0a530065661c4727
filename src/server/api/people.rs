//! `/people/{id}/why`.

use axum::Json;

use super::Answer;
use crate::{
    contract::why::{Why, WhyLook},
    server::extract::{Desk, Id, Params},
};

/// The decision trace of a person.
pub async fn why(desk: Desk, Id(person): Id, Params(look): Params<WhyLook>) -> Answer<Why> {
    Ok(Json(desk.of().why(&person, &look).await?))
}
