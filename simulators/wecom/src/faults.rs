//! Which calls go wrong, and how: seeded rules that a test or a rehearsal sets.
//!
//! Every rule counts the calls it matches, lets the first `skip` of them through, applies at most
//! `times` times, and draws against `rate` from (seed, rule number, count). So the same rules and
//! the same calls give the same faults; the n-th call of a path is `skip` n-1 and `times` 1. A rule
//! that `lasts` acts on every matching call for that long once it acted, without a draw and without
//! counting. The first rule that applies wins, except that delays add up.
//!
//! Effects that answer in the platform's place (`errcode`, `http`, `html`, `reset`, `hang`) leave the
//! state alone unless the rule says `after`; the others spoil only the answer of a call that did its
//! work, and `expire` and `job_fails` change what the work comes to.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

use crate::chance;

/// A set of fault rules with the seed of their draws.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// The seed of every draw.
    #[serde(default)]
    pub seed: u64,
    /// The rules, tried in order.
    #[serde(default)]
    pub rules: Vec<FaultRule>,
}

impl Faults {
    /// Rules with seed 0.
    pub fn rules(rules: impl IntoIterator<Item = FaultRule>) -> Self {
        Self { seed: 0, rules: rules.into_iter().collect() }
    }
}

/// One rule: which calls, how often, what happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The path, as `/cgi-bin/user/create`, the beginning of one, as `/cgi-bin/user/*`, or `*` for every call.
    pub path: String,
    /// A text the query or the body must contain.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// How many matching calls pass before the rule acts.
    #[serde(default)]
    pub skip: u64,
    /// How often the rule acts; without it, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The share of matching calls that are hit, 0 to 1.
    #[serde(default = "always")]
    pub rate: f64,
    /// Whether an effect that answers in the platform's place does so after the work was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after: bool,
    /// How many seconds, on the simulator's clock, a rule that acted goes on acting on every matching call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_secs: Option<u64>,
    /// What happens.
    pub effect: Effect,
}

impl FaultRule {
    /// A rule that hits every call of a path.
    pub fn new(path: impl Into<String>, effect: Effect) -> Self {
        let path = path.into();
        Self { path, matching: None, skip: 0, times: None, rate: 1.0, after: false, lasts_secs: None, effect }
    }

    /// Only calls whose query or body contains the text.
    pub fn matching(mut self, text: impl Into<String>) -> Self {
        self.matching = Some(text.into());
        self
    }

    /// Lets the first matching calls through.
    pub fn skip(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// Acts at most this often.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits this share of the matching calls.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Answers in the platform's place only after the work was done.
    pub fn after(mut self) -> Self {
        self.after = true;
        self
    }

    /// Goes on acting for so many seconds of the simulator's clock once it acted.
    pub fn lasts(mut self, seconds: u64) -> Self {
        self.lasts_secs = Some(seconds);
        self
    }

    fn is_about(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => self.path == path,
        }
    }
}

fn always() -> f64 {
    1.0
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "WireEffect")]
pub enum Effect {
    /// Answers with an error code; without a text, with the usual one of the code.
    Error {
        /// The `errcode`.
        errcode: i64,
        /// The text before the tail.
        errmsg: Option<String>,
    },
    /// Answers with an HTTP status and an empty body.
    Http(u16),
    /// Answers 200 with a page of HTML, as a captive portal or proxy would.
    Html(String),
    /// Does the work at once and answers this much later.
    DelayMs(u64),
    /// Closes the connection without an answer and without doing the work.
    Reset,
    /// Never answers and does not do the work.
    Hang,
    /// Does the work, announces the whole answer, sends this many bytes of it and closes.
    Cut(usize),
    /// Does the work and closes the connection without an answer.
    Lost,
    /// The token of the call expires at this moment, so the call and all later ones with it are refused with 42001.
    Expire,
    /// Does the work and answers slowly: so many bytes, a pause, the next ones.
    Drip {
        /// How many bytes go out together; at least one.
        bytes: usize,
        /// The pause between them, in milliseconds.
        pause_ms: u64,
    },
    /// Does the work and names another content type; an empty text sends none.
    ContentType(String),
    /// Does the work and answers with every top-level key twice.
    Duplicated,
    /// Does the work and answers with the first bytes of the body as if they were all of it.
    Torn(usize),
    /// Does the work and leaves out of every list of the answer the rows of this userid, or of the department of this number.
    Lacks(String),
    /// The import job that this call starts fails with 302005 after this share of its rows, 0 to 1.
    JobFails(f64),
}

impl Effect {
    /// Whether it answers in the platform's place.
    fn replaces_answer(&self) -> bool {
        matches!(self, Self::Error { .. } | Self::Http(_) | Self::Html(_) | Self::Reset | Self::Hang)
    }
}

/// The JSON form: a word, or an object with the key of one effect.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum WireEffect {
    Error(ErrorKeys),
    Other(OtherEffect),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorKeys {
    errcode: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    errmsg: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OtherEffect {
    Reset,
    Hang,
    Expire,
    Duplicated,
    Lost(bool),
    Http(u16),
    Html(String),
    DelayMs(u64),
    Cut(usize),
    Torn(usize),
    #[serde(rename_all = "snake_case")]
    Drip {
        bytes: usize,
        pause_ms: u64,
    },
    ContentType(String),
    Lacks(String),
    JobFails(f64),
}

impl TryFrom<Value> for Effect {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.get("errcode").is_some() || value.get("errmsg").is_some() {
            let keys: ErrorKeys = serde_json::from_value(value).map_err(|error| error.to_string())?;
            return Ok(Self::Error { errcode: keys.errcode, errmsg: keys.errmsg });
        }
        if value == "lost" {
            return Ok(Self::Lost);
        }
        match serde_json::from_value(value).map_err(|error| format!("not an effect: {error}"))? {
            OtherEffect::Reset => Ok(Self::Reset),
            OtherEffect::Hang => Ok(Self::Hang),
            OtherEffect::Expire => Ok(Self::Expire),
            OtherEffect::Duplicated => Ok(Self::Duplicated),
            OtherEffect::Lost(true) => Ok(Self::Lost),
            OtherEffect::Lost(false) => Err("`lost` is true or absent".to_owned()),
            OtherEffect::Http(status) if (200..=599).contains(&status) => Ok(Self::Http(status)),
            OtherEffect::Http(status) => Err(format!("`http` must be a status from 200 to 599, not {status}")),
            OtherEffect::Html(page) => Ok(Self::Html(page)),
            OtherEffect::DelayMs(ms) => Ok(Self::DelayMs(ms)),
            OtherEffect::Cut(bytes) => Ok(Self::Cut(bytes)),
            OtherEffect::Torn(bytes) => Ok(Self::Torn(bytes)),
            OtherEffect::Drip { bytes: 0, .. } => Err("`drip` sends at least one byte at a time".to_owned()),
            OtherEffect::Drip { bytes, pause_ms } => Ok(Self::Drip { bytes, pause_ms }),
            OtherEffect::ContentType(text) => Ok(Self::ContentType(text)),
            OtherEffect::Lacks(key) => Ok(Self::Lacks(key)),
            OtherEffect::JobFails(share) if (0.0..=1.0).contains(&share) => Ok(Self::JobFails(share)),
            OtherEffect::JobFails(share) => Err(format!("`job_fails` is a share from 0 to 1, not {share}")),
        }
    }
}

impl From<Effect> for WireEffect {
    fn from(effect: Effect) -> Self {
        Self::Other(match effect {
            Effect::Error { errcode, errmsg } => return Self::Error(ErrorKeys { errcode, errmsg }),
            Effect::Reset => OtherEffect::Reset,
            Effect::Hang => OtherEffect::Hang,
            Effect::Expire => OtherEffect::Expire,
            Effect::Duplicated => OtherEffect::Duplicated,
            Effect::Lost => OtherEffect::Lost(true),
            Effect::Http(status) => OtherEffect::Http(status),
            Effect::Html(page) => OtherEffect::Html(page),
            Effect::DelayMs(ms) => OtherEffect::DelayMs(ms),
            Effect::Cut(bytes) => OtherEffect::Cut(bytes),
            Effect::Torn(bytes) => OtherEffect::Torn(bytes),
            Effect::Drip { bytes, pause_ms } => OtherEffect::Drip { bytes, pause_ms },
            Effect::ContentType(text) => OtherEffect::ContentType(text),
            Effect::Lacks(key) => OtherEffect::Lacks(key),
            Effect::JobFails(share) => OtherEffect::JobFails(share),
        })
    }
}

/// The rules in force with their counters.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    faults: Faults,
    counters: Vec<Counter>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counter {
    matched: u64,
    applied: u64,
    /// Until when a rule that lasts acts on everything it matches.
    until_ms: u64,
}

/// What the rules decided for one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    /// The number of the first rule that acted.
    pub rule: Option<usize>,
    /// The effect to apply, apart from delays.
    pub effect: Option<Effect>,
    /// Whether the call is answered without the work being done.
    pub skips_work: bool,
    /// The sum of the delays.
    pub delay: Duration,
}

/// One rule as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultStatus {
    /// The rule.
    #[serde(flatten)]
    pub rule: FaultRule,
    /// How many calls matched it so far.
    pub matched: u64,
    /// How many of those it hit.
    pub applied: u64,
}

impl ActiveFaults {
    /// Puts new rules in force with fresh counters.
    pub fn set(&mut self, faults: Faults) {
        self.counters = vec![Counter::default(); faults.rules.len()];
        self.faults = faults;
    }

    /// The rules with their counters.
    pub fn status(&self) -> Vec<FaultStatus> {
        let rules = self.faults.rules.iter().zip(&self.counters);
        rules.map(|(rule, c)| FaultStatus { rule: rule.clone(), matched: c.matched, applied: c.applied }).collect()
    }

    /// Decides one call.
    pub fn judge(&mut self, path: &str, query: &str, body: &[u8], now_ms: u64) -> Verdict {
        let mut verdict = Verdict::default();
        for (number, (rule, counter)) in self.faults.rules.iter().zip(&mut self.counters).enumerate() {
            let text_fits = |text: &str| query.contains(text) || contains(body, text);
            if !rule.is_about(path) || !rule.matching.as_deref().is_none_or(text_fits) {
                continue;
            }
            counter.matched += 1;
            if now_ms >= counter.until_ms {
                if counter.matched <= rule.skip || rule.times.is_some_and(|times| counter.applied >= times) {
                    continue;
                }
                let seed = chance::mix(self.faults.seed, number as u64);
                if rule.rate < 1.0 && chance::unit(seed, counter.matched) >= rule.rate {
                    continue;
                }
                if let Some(seconds) = rule.lasts_secs {
                    counter.until_ms = now_ms.saturating_add(seconds.saturating_mul(1000));
                }
                counter.applied += 1;
            }
            verdict.rule.get_or_insert(number);
            match &rule.effect {
                Effect::DelayMs(ms) => verdict.delay += Duration::from_millis(*ms),
                effect => {
                    verdict.effect = Some(effect.clone());
                    verdict.skips_work = effect.replaces_answer() && !rule.after;
                    break;
                }
            }
        }
        verdict
    }
}

fn contains(body: &[u8], text: &str) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_and_times_bound_a_rule() {
        let mut active = ActiveFaults::default();
        active.set(Faults::rules([FaultRule::new("*", Effect::Reset).skip(1).times(2)]));
        let hits: Vec<bool> = (0..5).map(|_| active.judge("/x", "", b"", 0).effect.is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn a_rule_that_lasts_acts_on_everything_for_that_long() {
        let mut active = ActiveFaults::default();
        let busy = Effect::Error { errcode: 45009, errmsg: None };
        active.set(Faults::rules([FaultRule::new("/x*", busy).skip(1).times(1).lasts(60)]));
        let hits: Vec<bool> =
            [0, 1000, 2000, 60_999, 61_000].map(|now| active.judge("/x/y", "", b"", now).effect.is_some()).into();
        assert_eq!(hits, [false, true, true, true, false]);
        assert_eq!(active.status()[0].applied, 1);
    }

    #[test]
    fn a_rate_is_repeatable_and_near_its_share() {
        let run = |seed| {
            let mut active = ActiveFaults::default();
            active.set(Faults { seed, rules: vec![FaultRule::new("*", Effect::Lost).rate(0.3)] });
            (0..1000).map(|_| active.judge("/x", "", b"", 0).effect.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let share = run(7).iter().filter(|hit| **hit).count();
        assert!((250..350).contains(&share), "{share}");
    }

    #[test]
    fn every_effect_survives_json() {
        for text in [
            r#"{"errcode":45009,"errmsg":"x"}"#,
            r#"{"errcode":-1}"#,
            r#"{"http":500}"#,
            r#"{"html":"<html>"}"#,
            r#"{"delay_ms":5}"#,
            r#""reset""#,
            r#""hang""#,
            r#"{"cut":12}"#,
            r#"{"lost":true}"#,
            r#""expire""#,
            r#""duplicated""#,
            r#"{"drip":{"bytes":3,"pause_ms":10}}"#,
            r#"{"content_type":"text/plain"}"#,
            r#"{"torn":20}"#,
            r#"{"lacks":"zhangsan"}"#,
            r#"{"job_fails":0.5}"#,
        ] {
            let effect: Effect = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&effect).expect("plain data"), text);
        }
        for text in [
            r#""explode""#,
            r#"{"http":7}"#,
            r#"{"http":500,"cut":1}"#,
            r#"{"errmsg":"x"}"#,
            r#"{"lost":false}"#,
            r#"{"drip":{"bytes":0,"pause_ms":1}}"#,
            r#"{"job_fails":2}"#,
        ] {
            assert!(serde_json::from_str::<Effect>(text).is_err(), "{text}");
        }
    }
}
