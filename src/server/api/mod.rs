//! Handlers, one file for each resource: extract, ask the caller's desk, answer in a type of the contract.

pub mod accounts;
pub mod audit;
pub mod callbacks;
pub mod compiler;
pub mod connections;
pub mod directory;
pub mod drafts;
pub mod export;
pub mod failures;
pub mod links;
pub mod live;
pub mod matching;
pub mod messages;
pub mod notifications;
pub mod people;
pub mod playground;
pub mod provider;
pub mod removals;
pub mod runs;
pub mod sets;
pub mod setup;
pub mod store;
pub mod templates;
pub mod tenants;
pub mod uploads;
pub mod ways;
pub mod workflows;

use axum::Json;

use super::error::ApiError;

/// What handlers answer.
pub type Answer<T> = Result<Json<T>, ApiError>;
