//! Is a setting well formed?

use std::net::IpAddr;

use idflow_sdk::{
    Problem,
    text::{is_blank, is_invisible},
};
use reqwest::Url;

use super::{
    DEFAULT_PARALLEL,
    settings::{AUTH_MODE, PROVIDER},
};
use crate::quota::Limits;

/// Whether this address is on this machine; only such addresses may be spoken to without encryption.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(crate) fn check_corp_id(text: &str) -> Result<(), Problem> {
    no_blank(text, "corp_id")?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new("wecom_corp_id_is_agent_id").field("corp_id"));
    }
    let known = ["ww", "wx", "wp"].iter().any(|start| text.starts_with(start));
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if known && plain && (6..=64).contains(&text.len()) {
        return Ok(());
    }
    Err(Problem::new("wecom_corp_id_shape").field("corp_id"))
}

pub(super) fn check_agent_id(text: &str) -> Result<(), Problem> {
    no_blank(text, "agent_id")?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=10).contains(&text.len()) {
        return Ok(());
    }
    Err(Problem::new("wecom_agent_id_shape").field("agent_id"))
}

pub(crate) fn check_secret(text: &str) -> Result<(), Problem> {
    no_blank(text, "secret")
}

pub(super) fn check_timeout(text: &str) -> Result<(), Problem> {
    match text.parse::<u64>() {
        Ok(100..=120_000) => Ok(()),
        _ => Err(Problem::new("wecom_timeout_range").field("timeout_ms")),
    }
}

pub(crate) fn check_base_url(text: &str) -> Result<(), Problem> {
    no_blank(text, "base_url")?;
    let shape = || Problem::new("wecom_base_url_shape").field("base_url");
    let url = Url::parse(text).map_err(|_| shape())?;
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if url.host_str().is_none_or(str::is_empty) || !bare {
        return Err(shape());
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(Problem::new("wecom_base_url_plain_http").field("base_url")),
        _ => Err(shape()),
    }
}

pub(super) fn check_root_department(text: &str) -> Result<(), Problem> {
    match text.parse::<u32>() {
        Ok(1..) => Ok(()),
        _ => Err(Problem::new("wecom_root_department_shape").field("root_department")),
    }
}

pub(super) fn check_source_root(text: &str) -> Result<(), Problem> {
    match text {
        "auto" | "company" | "department" => Ok(()),
        _ => Err(Problem::new("wecom_source_root_word").field("source_root")),
    }
}

pub(super) fn check_direct_leaders(text: &str) -> Result<(), Problem> {
    match text.parse::<usize>() {
        Ok(1..=5) => Ok(()),
        _ => Err(Problem::new("wecom_direct_leaders_range").field("direct_leaders")),
    }
}

pub(super) fn check_auth_mode(text: &str) -> Result<(), Problem> {
    match text {
        "self_built" | PROVIDER => Ok(()),
        _ => Err(Problem::new("wecom_auth_mode_word").field(AUTH_MODE)),
    }
}

pub(super) fn check_app_kind(text: &str) -> Result<(), Problem> {
    match text {
        "self_built" | "customized" | "third_party" => Ok(()),
        _ => Err(Problem::new("wecom_app_kind_word").field("app_kind")),
    }
}

pub(super) fn check_member_read(text: &str) -> Result<(), Problem> {
    match text {
        "ids" | "full" => Ok(()),
        _ => Err(Problem::new("wecom_member_read_word").field("member_read")),
    }
}

pub(super) fn check_import_jobs(text: &str) -> Result<(), Problem> {
    match text {
        "auto" | "off" | "always" => Ok(()),
        _ => Err(Problem::new("wecom_import_jobs_word").field("import_jobs")),
    }
}

pub(super) fn check_exports(text: &str) -> Result<(), Problem> {
    match text {
        "auto" | "off" | "always" => Ok(()),
        _ => Err(Problem::new("wecom_exports_word").field("exports")),
    }
}

pub(super) fn check_limits(text: &str) -> Result<(), Problem> {
    limits(text).map(|_| ()).ok_or(Problem::new("wecom_limits_shape").field("limits"))
}

/// `max_parallel=8, per_minute=9000, per_hour=135000`; what is not named has its default.
pub(super) fn limits(text: &str) -> Option<(usize, Limits)> {
    let (mut parallel, mut limits) = (DEFAULT_PARALLEL, Limits::DEFAULT);
    for part in text.split([',', '，', '、']) {
        let (name, value) = part.split_once('=')?;
        let value: u32 = value.trim().parse().ok()?;
        match name.trim() {
            "max_parallel" if (1..=16).contains(&value) => parallel = value as usize,
            "per_minute" if value >= 1 => limits.per_minute = value,
            "per_hour" if value >= 1 => limits.per_hour = value,
            _ => return None,
        }
    }
    Some((parallel, limits))
}

fn no_blank(text: &str, field: &'static str) -> Result<(), Problem> {
    if text.chars().any(|c| is_blank(c) || is_invisible(c)) {
        return Err(Problem::new("wecom_setting_blank").field(field));
    }
    Ok(())
}
