//! `/audit`.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        audit::{AuditEntry, AuditFilter, AuditVerdict},
        page::Page,
    },
    server::extract::{Desk, Params},
};

/// Entries.
pub async fn list(desk: Desk, Params(filter): Params<AuditFilter>) -> Answer<Page<AuditEntry>> {
    Ok(Json(desk.of().audit(&filter).await?))
}

/// Looks at all of them.
pub async fn verify(desk: Desk) -> Answer<AuditVerdict> {
    Ok(Json(desk.of().verify_audit().await?))
}
