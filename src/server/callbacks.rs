//! `/callbacks/{connection}` and `/callbacks/{connection}/{receiver}`: calls from the systems behind connections. No token of
//! ours: the connector verifies each call, and the id in the address tells the tenant.

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Shared, error};
use crate::app::{AppError, callbacks::Call, error::RefusalKind};

/// A call of a connection's first address.
pub async fn first(
    state: State<Shared>,
    Path(id): Path<String>,
    query: RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    named(state, Path((id, String::new())), query, method, headers, body).await
}

/// A call of one of the others.
pub async fn named(
    State(shared): State<Shared>,
    Path((id, receiver)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = decoded(query.as_deref().unwrap_or_default());
    let body = (method == Method::POST).then_some(&*body);
    answer(shared.app.callback(Call { id: &id, receiver: &receiver, query: &query, body }).await, &headers)
}

/// A command to the service provider of the installation.
pub async fn of_provider(
    State(shared): State<Shared>,
    Path((id, grant)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = decoded(query.as_deref().unwrap_or_default());
    let body = (method == Method::POST).then_some(&*body);
    answer(shared.app.provider_call(Call { id: &id, receiver: &grant, query: &query, body }).await, &headers)
}

fn answer(said: Result<String, AppError>, headers: &HeaderMap) -> Response {
    match said {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        Err(refused) => error::in_language(refusal(&refused), error::is_chinese(headers)),
    }
}

/// What cannot be stored is an error of ours, so that the system sends it again.
fn refusal(refused: &AppError) -> Response {
    let plain = matches!(refused.kind, RefusalKind::NotFound | RefusalKind::Refused | RefusalKind::TooMany { .. });
    error::answer_as(refused, (!plain).then_some(StatusCode::INTERNAL_SERVER_ERROR))
}

/// The parameters of a query. A `+` is a `+`: the Base64 of callbacks is not always escaped.
fn decoded(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.replace('+', "%2B").as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_stays_one() {
        let found = decoded("echostr=a+b%2Bc%2F%3D&nonce=1&x");
        assert_eq!(found[0], ("echostr".into(), "a+b+c/=".into()));
        assert_eq!(found[2], ("x".into(), String::new()));
    }
}
