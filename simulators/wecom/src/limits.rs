//! How much the platform lets a corp do: published numbers by default, all of them changeable.
//!
//! The numbers are those of the page of August 2023: per corp and API 10,000 a minute and 150,000 an
//! hour, per source address and API 20,000 and 600,000. `null` takes a limit away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The limits of every corp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls of one API by one corp in a minute; 45009 beyond.
    pub corp_api_per_minute: Option<u64>,
    /// Calls of one API by one corp in an hour; 45009 beyond.
    pub corp_api_per_hour: Option<u64>,
    /// Calls of one API from one address in a minute; 45009 beyond.
    pub ip_api_per_minute: Option<u64>,
    /// Calls of one API from one address in an hour; 45009 beyond.
    pub ip_api_per_hour: Option<u64>,
    /// How long a limit that was hit holds.
    pub block: Block,
    /// Whether refused calls count, too.
    pub count_refused: bool,
    /// Calls of one API by one corp at the same time; 45033 beyond. None by default: the number is not published.
    pub concurrent_calls_per_api: Option<u32>,
    /// Which writes at the same time are refused with 6000.
    pub conflicts: Conflicts,
    /// Limits of single APIs by path, in place of the ones above.
    pub apis: BTreeMap<String, ApiLimits>,
    /// Members created in 30 days; 45009 beyond. Without it, three times `member_limit` of the corp.
    pub members_created_per_month: Option<u64>,
    /// Receivers of one app's messages in a day; 45009 beyond. Without it, 200 times `member_limit` of the corp.
    pub message_person_times_per_day: Option<u64>,
    /// Messages of one app to one member in a minute; more are dropped silently.
    pub messages_per_member_per_minute: Option<u64>,
    /// Messages of one app to one member in an hour; more are dropped silently.
    pub messages_per_member_per_hour: Option<u64>,
    /// Lookups by mobile or address that may miss in a day, as a share of the corp's members; 45009 beyond.
    pub lookup_miss_share: Option<f64>,
    /// How many of them may miss even in a small corp.
    pub lookup_misses_at_least: u64,
}

/// Limits of one API of one corp; what is absent is that of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiLimits {
    /// Calls in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u64>,
    /// Calls in an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u64>,
    /// Calls at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
}

/// How long a limit that was hit holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Until the minute or hour that began with the first counted call is over.
    #[default]
    Remainder,
    /// A whole minute or hour from the call that hit it.
    Full,
}

/// Which writes of one corp at the same time are refused with 6000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflicts {
    /// None.
    #[default]
    Never,
    /// Those to an object that another call is writing.
    SameObject,
    /// All but one; a running import job is a writer, too.
    AnyWrite,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            corp_api_per_minute: Some(10_000),
            corp_api_per_hour: Some(150_000),
            ip_api_per_minute: Some(20_000),
            ip_api_per_hour: Some(600_000),
            block: Block::Remainder,
            count_refused: true,
            concurrent_calls_per_api: None,
            conflicts: Conflicts::Never,
            apis: BTreeMap::new(),
            members_created_per_month: None,
            message_person_times_per_day: None,
            messages_per_member_per_minute: Some(30),
            messages_per_member_per_hour: Some(1000),
            lookup_miss_share: Some(0.2),
            lookup_misses_at_least: 10,
        }
    }
}

impl Limits {
    /// No limit on calls; those on creations, messages and lookups stay.
    pub fn unlimited_calls() -> Self {
        Self {
            corp_api_per_minute: None,
            corp_api_per_hour: None,
            ip_api_per_minute: None,
            ip_api_per_hour: None,
            ..Self::default()
        }
    }

    /// The limits of one API of one corp.
    pub(crate) fn of(&self, path: &str) -> ApiLimits {
        let general = ApiLimits {
            per_minute: self.corp_api_per_minute,
            per_hour: self.corp_api_per_hour,
            concurrent: self.concurrent_calls_per_api,
        };
        match self.apis.get(path) {
            None => general,
            Some(own) => ApiLimits {
                per_minute: own.per_minute.or(general.per_minute),
                per_hour: own.per_hour.or(general.per_hour),
                concurrent: own.concurrent.or(general.concurrent),
            },
        }
    }
}
