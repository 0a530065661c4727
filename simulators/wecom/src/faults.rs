//! Which calls go wrong, and how: seeded rules that a test or a rehearsal sets.
//!
//! Every rule counts the calls it matches, lets the first `skip` of them through, applies at most
//! `times` times, and draws against `rate` from (seed, rule number, count). So the same rules and
//! the same calls give the same faults. The first rule that applies wins, except that delays add up.
//!
//! Effects that answer in the platform's place (`errcode`, `http`, `html`, `reset`, `hang`) leave the
//! state alone; `delay_ms`, `cut` and `lost` spoil only the answer of a call that did its work.

use serde::{Deserialize, Serialize};
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
    /// The path, as `/cgi-bin/user/create`, or `*` for every call.
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
    /// What happens.
    pub effect: Effect,
}

impl FaultRule {
    /// A rule that hits every call of a path.
    pub fn new(path: impl Into<String>, effect: Effect) -> Self {
        Self { path: path.into(), matching: None, skip: 0, times: None, rate: 1.0, effect }
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
}

fn always() -> f64 {
    1.0
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WireEffect", into = "WireEffect")]
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
}

/// The JSON form: `"reset"`, `"hang"`, or an object with the key of one effect.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum WireEffect {
    Word(String),
    Keys(EffectKeys),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EffectKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errmsg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<bool>,
}

impl TryFrom<WireEffect> for Effect {
    type Error = String;

    fn try_from(wire: WireEffect) -> Result<Self, String> {
        let keys = match wire {
            WireEffect::Word(word) if word == "reset" => return Ok(Self::Reset),
            WireEffect::Word(word) if word == "hang" => return Ok(Self::Hang),
            WireEffect::Word(word) if word == "lost" => return Ok(Self::Lost),
            WireEffect::Word(word) => {
                return Err(format!("unknown effect `{word}` (words are `reset`, `hang`, `lost`)"));
            }
            WireEffect::Keys(keys) => keys,
        };
        match keys {
            EffectKeys {
                errcode: Some(errcode),
                errmsg,
                http: None,
                html: None,
                delay_ms: None,
                cut: None,
                lost: None,
            } => Ok(Self::Error { errcode, errmsg }),
            EffectKeys {
                errcode: None,
                errmsg: None,
                http: Some(status),
                html: None,
                delay_ms: None,
                cut: None,
                lost: None,
            } => {
                if (200..=599).contains(&status) {
                    Ok(Self::Http(status))
                } else {
                    Err(format!("`http` must be a status from 200 to 599, not {status}"))
                }
            }
            EffectKeys {
                errcode: None,
                errmsg: None,
                http: None,
                html: Some(page),
                delay_ms: None,
                cut: None,
                lost: None,
            } => Ok(Self::Html(page)),
            EffectKeys {
                errcode: None,
                errmsg: None,
                http: None,
                html: None,
                delay_ms: Some(ms),
                cut: None,
                lost: None,
            } => Ok(Self::DelayMs(ms)),
            EffectKeys {
                errcode: None,
                errmsg: None,
                http: None,
                html: None,
                delay_ms: None,
                cut: Some(bytes),
                lost: None,
            } => Ok(Self::Cut(bytes)),
            EffectKeys {
                errcode: None,
                errmsg: None,
                http: None,
                html: None,
                delay_ms: None,
                cut: None,
                lost: Some(true),
            } => Ok(Self::Lost),
            _ => Err("an effect has exactly one of `errcode` (with `errmsg`), `http`, `html`, `delay_ms`, `cut`, \
                      `lost: true`, or is the word `reset` or `hang`"
                .to_owned()),
        }
    }
}

impl From<Effect> for WireEffect {
    fn from(effect: Effect) -> Self {
        let keys = match effect {
            Effect::Reset => return Self::Word("reset".to_owned()),
            Effect::Hang => return Self::Word("hang".to_owned()),
            Effect::Error { errcode, errmsg } => EffectKeys { errcode: Some(errcode), errmsg, ..Default::default() },
            Effect::Http(status) => EffectKeys { http: Some(status), ..Default::default() },
            Effect::Html(page) => EffectKeys { html: Some(page), ..Default::default() },
            Effect::DelayMs(ms) => EffectKeys { delay_ms: Some(ms), ..Default::default() },
            Effect::Cut(bytes) => EffectKeys { cut: Some(bytes), ..Default::default() },
            Effect::Lost => EffectKeys { lost: Some(true), ..Default::default() },
        };
        Self::Keys(keys)
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
}

/// What the rules decided for one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    /// The number of the first rule that acted.
    pub rule: Option<usize>,
    /// The effect to apply, apart from delays.
    pub effect: Option<Effect>,
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
    pub fn judge(&mut self, path: &str, query: &str, body: &[u8]) -> Verdict {
        let mut verdict = Verdict::default();
        for (number, (rule, counter)) in self.faults.rules.iter().zip(&mut self.counters).enumerate() {
            let path_fits = rule.path == "*" || rule.path == path;
            let text_fits = rule.matching.as_deref().is_none_or(|text| query.contains(text) || contains(body, text));
            if !path_fits || !text_fits {
                continue;
            }
            counter.matched += 1;
            if counter.matched <= rule.skip || rule.times.is_some_and(|times| counter.applied >= times) {
                continue;
            }
            let seed = chance::mix(self.faults.seed, number as u64);
            if rule.rate < 1.0 && chance::unit(seed, counter.matched) >= rule.rate {
                continue;
            }
            counter.applied += 1;
            verdict.rule.get_or_insert(number);
            match &rule.effect {
                Effect::DelayMs(ms) => verdict.delay += Duration::from_millis(*ms),
                effect => {
                    verdict.effect = Some(effect.clone());
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
        let hits: Vec<bool> = (0..5).map(|_| active.judge("/x", "", b"").effect.is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn a_rate_is_repeatable_and_near_its_share() {
        let run = |seed| {
            let mut active = ActiveFaults::default();
            active.set(Faults { seed, rules: vec![FaultRule::new("*", Effect::Lost).rate(0.3)] });
            (0..1000).map(|_| active.judge("/x", "", b"").effect.is_some()).collect::<Vec<_>>()
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
        ] {
            let effect: Effect = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&effect).expect("plain data"), text);
        }
        for text in
            [r#""explode""#, r#"{"http":7}"#, r#"{"http":500,"cut":1}"#, r#"{"errmsg":"x"}"#, r#"{"lost":false}"#]
        {
            assert!(serde_json::from_str::<Effect>(text).is_err(), "{text}");
        }
    }
}
