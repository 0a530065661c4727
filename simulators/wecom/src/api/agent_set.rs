//! `agent/set`: what an app changes about itself; never whom it sees.

use super::{Call, Reply, done};
use crate::corp::Holder;
use crate::corp::traffic::MONTH_MS;
use crate::errors::ApiError;
use crate::state::AppKind;

/// The longest name, in characters.
const NAME_LENGTH: usize = 32;
/// The shortest and the longest description, in characters.
const DESCRIPTION_LENGTH: std::ops::RangeInclusive<usize> = 4..=120;
/// How often trusted domains are set in a month.
const DOMAIN_SETTINGS: u64 = 20;

/// `POST /cgi-bin/agent/set`
pub(super) fn set(call: &mut Call<'_>) -> Reply {
    let fields = call.fields();
    let asked = fields.get("agentid").ok_or_else(|| ApiError::of(41011))?;
    let asked = asked.as_i64().ok_or_else(|| ApiError::of(40056))?;
    if call.holder != Holder::App(asked) {
        return Err(ApiError::of(301002));
    }
    let app = call.corp.app(asked).ok_or_else(|| ApiError::of(50003))?;
    if app.settings.kind != AppKind::SelfBuilt {
        return Err(ApiError::of(48002));
    }
    let mut settings = app.settings.clone();
    if let Some(flag) = fields.uint("report_location_flag")? {
        settings.report_location_flag =
            u8::try_from(flag).ok().filter(|flag| *flag <= 1).ok_or_else(|| ApiError::of(40059))?;
    }
    if let Some(flag) = fields.uint("isreportenter")? {
        let flag = u8::try_from(flag).ok().filter(|flag| *flag <= 1);
        settings.isreportenter = flag.ok_or_else(|| ApiError::unusable("isreportenter"))?;
    }
    if let Some(id) = fields.text("logo_mediaid")? {
        let image = call.corp.media.get(id, call.at.now_ms).filter(|media| media.kind == "image");
        image.ok_or_else(|| ApiError::of(40007))?;
        settings.square_logo_url = format!("https://example.com/logo/{id}");
    }
    if let Some(name) = fields.text("name")? {
        if !(1..=NAME_LENGTH).contains(&name.chars().count()) {
            return Err(ApiError::of(45022));
        }
        name.clone_into(&mut settings.name);
    }
    if let Some(description) = fields.text("description")? {
        if !DESCRIPTION_LENGTH.contains(&description.chars().count()) {
            return Err(ApiError::of(45004));
        }
        description.clone_into(&mut settings.description);
    }
    if let Some(url) = fields.text("home_url")? {
        if !url.contains("://") {
            return Err(ApiError::of(45034));
        }
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(ApiError::of(40094));
        }
        url.clone_into(&mut settings.home_url);
    }
    if let Some(domain) = fields.text("redirect_domain")?.filter(|domain| *domain != settings.redirect_domain) {
        if !is_domain(domain) {
            return Err(ApiError::of(80001));
        }
        let count = call.corp.traffic.domain_settings.within(MONTH_MS, call.at.now_ms);
        if *count >= DOMAIN_SETTINGS {
            return Err(ApiError::of(85004));
        }
        *count += 1;
        domain.clone_into(&mut settings.redirect_domain);
    }
    if let Some(app) = call.corp.apps.iter_mut().find(|app| app.settings.agentid == asked) {
        app.settings = settings;
    }
    done("ok")
}

/// A host with a dot and perhaps a port, without a scheme or path; an address of digits is none.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    host.contains('.')
        && host.split('.').all(is_label)
        && host.parse::<std::net::IpAddr>().is_err()
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_domain;

    #[test]
    fn domains_are_hosts_and_nothing_more() {
        for good in ["id.example.com", "id.example.com:8443"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in
            ["", "localhost", "10.0.0.1", "https://id.example.com", "id.example.com/x", "a..b", "id.example.com:x"]
        {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
