//! Handlers, one file for each resource: extract, ask the application, shape the answer.

pub mod connections;
pub mod directory;
pub mod export;
pub mod matching;
pub mod removals;
pub mod runs;
pub mod store;
pub mod templates;
pub mod workflows;

use axum::Json;
use serde_json::Value;

use super::error::ApiError;

/// What handlers answer.
pub type Answer = Result<Json<Value>, ApiError>;
