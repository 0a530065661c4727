//! Tags of what is shown, and edits that name the state they are for: `ETag`, `If-Match` and `If-None-Match: *` (RFC 9110).

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::Shared;
use crate::{
    app::expected::Expected,
    contract::{
        account::Account,
        compiler::{Checked, EditedText},
        connection::Connection,
        directory::DirectoryDetail,
        draft::Draft,
        notification::{MailSettings, NotificationRule},
        provider::ProviderState,
        sign_in::OidcState,
        tenant::Tenant,
        workflow::{SavedWorkflow, Workflow},
    },
};

/// What has a tag that edits can name.
pub trait HasTag {
    /// The tag of its state; empty where nobody knows it.
    fn tag(&self) -> &str;
}

macro_rules! tags {
    ($($of:ty),*) => {
        $(impl HasTag for $of {
            fn tag(&self) -> &str {
                &self.etag
            }
        })*
    };
}

tags!(
    Account,
    Checked,
    Connection,
    DirectoryDetail,
    MailSettings,
    NotificationRule,
    OidcState,
    ProviderState,
    SavedWorkflow,
    Tenant,
    Workflow
);

impl HasTag for Draft {
    fn tag(&self) -> &str {
        &self.line.etag
    }
}

impl HasTag for EditedText {
    fn tag(&self) -> &str {
        &self.checked.etag
    }
}

/// An answer that says in its head which state it shows.
pub struct Tagged<T>(pub T);

impl<T: Serialize + HasTag> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.0.tag()));
        let known = !self.0.tag().is_empty();
        let mut response = Json(self.0).into_response();
        if let (Ok(tag), true) = (tag, known) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// Which state an edit is for, as its headers say.
pub struct If(pub Expected);

impl FromRequestParts<Shared> for If {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Self::Rejection> {
        Ok(Self(expected(&parts.headers)))
    }
}

fn expected(headers: &HeaderMap) -> Expected {
    let given = |name: HeaderName| -> Vec<String> {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let tags = values.flat_map(|value| value.split(',')).map(str::trim);
        // A proxy that packs answers makes tags weak; what is compared is the state and not its bytes.
        let tags = tags.map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
        tags.filter(|tag| !tag.is_empty()).map(Into::into).collect()
    };
    let (matching, none) = (given(header::IF_MATCH), given(header::IF_NONE_MATCH));
    if matching.iter().any(|tag| tag == "*") {
        Expected::Something
    } else if !matching.is_empty() {
        Expected::One(matching)
    } else if none.iter().any(|tag| tag == "*") {
        Expected::Nothing
    } else {
        Expected::Anything
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_headers_name() {
        for (name, value, wanted) in [
            (header::IF_MATCH, "\"a\", W/\"b\"", Expected::One(vec!["a".into(), "b".into()])),
            (header::IF_MATCH, "*", Expected::Something),
            (header::IF_NONE_MATCH, "*", Expected::Nothing),
            (header::IF_NONE_MATCH, "\"a\"", Expected::Anything),
            (header::IF_MATCH, "", Expected::Anything),
        ] {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            assert_eq!(expected(&headers), wanted, "{value}");
        }
    }
}
