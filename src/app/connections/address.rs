//! A secret is only sent to the address that it was entered for: with another address, every secret is entered again. Otherwise
//! whoever may change settings, and may read no secret, would have it sent to an address of their own.

use std::collections::BTreeMap;

use idflow_sdk::{SettingSpec, text};
use reqwest::Url;

use crate::app::AppError;

/// Values by name; nothing for one that is taken away.
type Values = BTreeMap<String, Option<String>>;

/// Where an address leads: scheme, host and port. What is no address is itself.
pub(in crate::app) fn origin(address: &str) -> String {
    let address = text::trim(address);
    match Url::parse(address).map(|url| url.origin()) {
        Ok(origin) if origin.is_tuple() => origin.ascii_serialization(),
        _ => address.into(),
    }
}

/// Where secrets are sent with these settings, for each setting that says so.
pub(in crate::app) fn leads_to(specs: &[SettingSpec], settings: &BTreeMap<String, String>) -> Vec<String> {
    let value = |spec: &SettingSpec| {
        let given = settings.get(spec.name).map(String::as_str).filter(|given| !given.is_empty());
        origin(given.or(spec.default).unwrap_or_default())
    };
    specs.iter().filter(|spec| spec.gets_secrets).map(value).collect()
}

/// What is wrong with other settings: where secrets would be sent elsewhere than before, each that is neither given anew nor taken
/// away. Another path, and the same place written otherwise, is no other address.
pub(in crate::app) fn kept(
    specs: &[SettingSpec],
    (old, new): (&BTreeMap<String, String>, &BTreeMap<String, String>),
    sealed: &BTreeMap<String, String>,
    given: &Values,
) -> Vec<AppError> {
    if leads_to(specs, old) == leads_to(specs, new) {
        return Vec::new();
    }
    let kept = sealed.keys().filter(|key| !given.contains_key(*key));
    kept.map(|key| AppError::invalid("secret_for_other_address").arg("key", key).field(format!("secrets.{key}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_where_it_leads() {
        for (one, other, same) in [
            ("https://a.example", "https://a.example:443/path/", true),
            ("https://a.example", " HTTPS://A.Example ", true),
            ("https://a.example", "http://a.example", false),
            ("https://a.example", "https://a.example:8443", false),
            ("https://a.example", "https://a.example.b.example", false),
            ("https://a.example", "https://a.example@b.example", false),
            ("https://a.example", "", false),
            ("nonsense", "other nonsense", false),
            ("data:a", "data:b", false),
        ] {
            assert_eq!(origin(one) == origin(other), same, "{one} {other}");
        }
    }
}
