//! `/notifications`: who is told of what, by which way, and what became of it.

use axum::Json;

use super::Answer;
use crate::{
    contract::{
        notification::{
            DeliveryFilter, MailSettings, MailTrial, NotificationDelivery, NotificationRule, NotificationTrial,
            PutMailSettings, PutNotificationRule, RemovedNotificationRule,
        },
        page::{Page, Paging},
    },
    server::{
        error::ApiError,
        extract::{Body, Desk, Id, Params},
        tags::{If, Tagged},
    },
};

/// All rules.
pub async fn list(desk: Desk, Params(wanted): Params<Paging>) -> Answer<Page<NotificationRule>> {
    Ok(Json(desk.of().notification_rules(&wanted).await?))
}

/// One.
pub async fn show(desk: Desk, Id(id): Id) -> Result<Tagged<NotificationRule>, ApiError> {
    Ok(Tagged(desk.of().notification_rule(&id).await?))
}

/// Makes or changes one.
pub async fn put(
    desk: Desk,
    Id(id): Id,
    If(expected): If,
    Body(new): Body<PutNotificationRule>,
) -> Result<Tagged<NotificationRule>, ApiError> {
    Ok(Tagged(desk.of().put_notification_rule(&id, new, &expected).await?))
}

/// Forgets one.
pub async fn remove(desk: Desk, Id(id): Id, If(expected): If) -> Answer<RemovedNotificationRule> {
    Ok(Json(desk.of().remove_notification_rule(&id, &expected).await?))
}

/// Tries one.
pub async fn test(desk: Desk, Id(id): Id) -> Answer<NotificationTrial> {
    Ok(Json(desk.of().try_notification_rule(&id).await?))
}

/// What became of messages.
pub async fn deliveries(desk: Desk, Params(filter): Params<DeliveryFilter>) -> Answer<Page<NotificationDelivery>> {
    Ok(Json(desk.of().deliveries(&filter).await?))
}

/// The mail server.
pub async fn mail(desk: Desk) -> Result<Tagged<MailSettings>, ApiError> {
    Ok(Tagged(desk.of().mail_settings().await?))
}

/// Another mail server.
pub async fn put_mail(
    desk: Desk,
    If(expected): If,
    Body(new): Body<PutMailSettings>,
) -> Result<Tagged<MailSettings>, ApiError> {
    Ok(Tagged(desk.of().put_mail_settings(new, &expected).await?))
}

/// Tries the mail server.
pub async fn test_mail(desk: Desk, Body(trial): Body<MailTrial>) -> Answer<NotificationTrial> {
    Ok(Json(desk.of().try_mail(&trial).await?))
}
