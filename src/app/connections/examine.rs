//! A close look at a connection (`connection doctor`), and what has to be entered in its system.
//!
//! What was found is kept, so that a page can show it without asking the system again. A secret that the system refused is not
//! tried again while it is the same, for a while: too many wrong ones make it refuse our address.

use std::{collections::BTreeMap, sync::Arc};

use idflow_sdk::{
    Ability, Connection as Open, Context, Examination, Finding, Meter, ReceiverState, Surroundings, ToCopy, Verdict,
};

use super::not_usable;
use crate::{
    app::{App, AppError, problem_words, time},
    connectors,
    contract::{
        connection::TestFinding,
        examination::{
            AbilityRow, AbilityVerdict, ExaminationReport, Examine, Integration, IntegrationValue, UntrustedAddress,
            ValueState,
        },
        plan::Reads,
    },
    engine::Connect,
    store::{
        Batch, StoreError,
        catalogue::{self, StoredConnection},
        codec::Loaded,
        events,
        examinations::{self, Looked, RefusedSecret},
        failing_connections,
    },
};

/// So long a refused secret is not tried again.
const REMEMBERED_MS: i64 = 10 * 60 * 1000;
/// So long an address that was not trusted is shown.
const ADDRESS_MS: i64 = 24 * 3600 * 1000;

impl App {
    /// Looks closely at a connection as it is stored.
    ///
    /// # Errors
    /// An unknown name, settings that cannot be used.
    pub async fn examine_connection(&self, name: &str, asked: Examine) -> Result<ExaminationReport, AppError> {
        let stored = self.stored_connection(name).await?;
        let connection = self.opened(&stored.value)?;
        let before = examinations::of(&*self.store, &self.tenant, name).await?.unwrap_or_default();
        let around = self.surroundings(&stored.value, &before, asked.again).await?;
        let meter = Arc::new(Meter::default());
        let now = self.now();
        let context = Context { meter: meter.clone(), ..Context::at(now) };
        let found = connection.examine(&context, &around).await;
        let addresses = addresses(&before, &found, now);
        let refused = refused(&stored.value, &before, &around, &found, now);
        let report = report(name, now, &found, &addresses, meter.read()[0]);
        let looked = Looked {
            at: now,
            changed: stored.value.changed,
            ok: report.ok,
            report: serde_json::to_value(&report).unwrap_or_default(),
            addresses,
            refused,
        };
        self.note_examined(&stored, &looked).await?;
        Ok(report)
    }

    /// What has to be entered in the system of a connection, without asking it.
    ///
    /// # Errors
    /// An unknown name, settings that cannot be used.
    pub async fn integration(&self, name: &str) -> Result<Integration, AppError> {
        let stored = self.stored_connection(name).await?.value;
        let connection = self.opened(&stored)?;
        let looked = examinations::of(&*self.store, &self.tenant, name).await?.unwrap_or_default();
        let around = self.surroundings(&stored, &looked, false).await?;
        let examined: Option<ExaminationReport> = serde_json::from_value(looked.report.clone()).ok();
        let mut values: Vec<IntegrationValue> = connection.to_copy(&around).iter().map(value).collect();
        // What was read there the last time; the value itself may be another one by now.
        for there in examined.iter().flat_map(|report| &report.values) {
            if let Some(value) = values.iter_mut().find(|value| value.name == there.name) {
                value.there.clone_from(&there.there);
                let same = ToCopy {
                    name: "",
                    title: idflow_sdk::Text::new("", ""),
                    find: idflow_sdk::Text::new("", ""),
                    link: "",
                    value: value.value.clone(),
                    there: value.there.clone(),
                };
                value.state = state(&same);
            }
        }
        Ok(Integration {
            name: name.into(),
            public_url: self.public_url().map(Into::into),
            values,
            callbacks: self.callbacks(name).await?,
            files: self.site_files().await?,
            addresses: untrusted(&looked.addresses, self.now()),
            examined,
        })
    }

    /// What the last close look found, if the connection is still as it was then.
    pub(in crate::app) async fn examined(
        &self,
        stored: &StoredConnection,
    ) -> Result<Option<ExaminationReport>, StoreError> {
        let looked = examinations::of(&*self.store, &self.tenant, &stored.name).await?;
        let looked = looked.filter(|looked| looked.changed == stored.changed);
        Ok(looked.and_then(|looked| serde_json::from_value(looked.report).ok()))
    }

    pub(super) fn opened(&self, stored: &StoredConnection) -> Result<Arc<dyn Open>, AppError> {
        self.connections.open_stored(stored).map_err(|problem| match connectors::find(&stored.connector) {
            Some(spec) => not_usable(spec, &problem),
            None => AppError::invalid("connection_wrong").because(problem_words::show(&problem)),
        })
    }

    async fn surroundings(
        &self,
        stored: &StoredConnection,
        before: &Looked,
        again: bool,
    ) -> Result<Surroundings, AppError> {
        let now = self.now();
        let link_name = self.connections.link_name(&stored.name, &stored.connector);
        let listeners = self.store.get(&events::listeners_key(&self.tenant, &link_name)).await?;
        let listeners = events::listeners_of(listeners.as_deref())?;
        let receivers: Vec<ReceiverState> = self.receiver_states(stored).await?;
        let fresh = |at: i64, most: i64| (0..most).contains(&now.saturating_sub(at));
        let still = |(setting, refused): (&String, &RefusedSecret)| {
            let same = stored.sealed.get(setting) == Some(&refused.sealed);
            (same && !again && fresh(refused.at, REMEMBERED_MS)).then(|| (setting.clone(), refused.problem.clone()))
        };
        let mut addresses: Vec<String> = before
            .addresses
            .values()
            .flatten()
            .filter(|(_, at)| fresh(**at, ADDRESS_MS))
            .map(|(address, _)| address.clone())
            .collect();
        addresses.sort();
        addresses.dedup();
        Ok(Surroundings {
            public_url: self.public_url().map(Into::into),
            home: format!("/w/{}", self.tenant.as_str()),
            receivers,
            awaited: listeners.into_iter().flat_map(|listener| listener.types).collect(),
            refused: before.refused.iter().filter_map(still).collect(),
            addresses,
        })
    }

    /// Keeps what was found, unless the connection was changed meanwhile.
    async fn note_examined(&self, stored: &Loaded<StoredConnection>, looked: &Looked) -> Result<(), AppError> {
        let name = &stored.value.name;
        let mut batch = Batch::default();
        if looked.ok {
            failing_connections::clear(&mut batch, &self.tenant, name);
        }
        let mut tested = stored.value.clone();
        tested.tested = Some((looked.at, looked.ok));
        catalogue::put_connection(&mut batch, &self.tenant, Some(stored), &tested)?;
        examinations::put(&mut batch, &self.tenant, name, looked)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => Ok(()),
            done => Ok(done?),
        }
    }
}

/// The addresses that were not trusted, those of before that are not too old among them.
fn addresses(before: &Looked, found: &Examination, now: i64) -> BTreeMap<String, BTreeMap<String, i64>> {
    let mut all = before.addresses.clone();
    for (setting, address) in &found.addresses {
        all.entry((*setting).to_string()).or_default().insert(address.clone(), now);
    }
    for known in all.values_mut() {
        known.retain(|_, at| now.saturating_sub(*at) < ADDRESS_MS);
    }
    all.retain(|_, known| !known.is_empty());
    all
}

/// The secrets that were refused. One that was not tried keeps the time when it was.
fn refused(
    stored: &StoredConnection,
    before: &Looked,
    around: &Surroundings,
    found: &Examination,
    now: i64,
) -> BTreeMap<String, RefusedSecret> {
    let one = |(setting, problem): (&String, &idflow_sdk::Problem)| {
        if around.refused.contains_key(setting) {
            return before.refused.get(setting).map(|old| (setting.clone(), old.clone()));
        }
        let sealed = stored.sealed.get(setting)?.clone();
        Some((setting.clone(), RefusedSecret { sealed, at: now, problem: problem.clone() }))
    };
    found.refused.iter().filter_map(one).collect()
}

fn report(
    name: &str,
    now: i64,
    found: &Examination,
    addresses: &BTreeMap<String, BTreeMap<String, i64>>,
    calls: u64,
) -> ExaminationReport {
    let wrong = |finding: &&Finding| finding.problem.is_some();
    let findings: Vec<TestFinding> = found.report.findings.iter().filter(wrong).map(super::trial::finding).collect();
    ExaminationReport {
        name: name.into(),
        at: time(now),
        ok: findings.iter().all(|finding| !finding.fatal),
        findings,
        abilities: found.abilities.iter().map(ability).collect(),
        range: found.range.as_ref().map(|range| problem_words::show(range).reason),
        hidden: found.hidden.clone(),
        addresses: untrusted(addresses, now),
        values: found.values.iter().map(value).collect(),
        api: Reads { calls },
    }
}

fn ability(ability: &Ability) -> AbilityRow {
    AbilityRow {
        capability: ability.name.into(),
        title: problem_words::both(ability.title),
        credential: ability.credential.into(),
        credential_title: problem_words::both(ability.credential_title),
        verdict: match ability.verdict {
            Verdict::Yes => AbilityVerdict::Yes,
            Verdict::No => AbilityVerdict::No,
            Verdict::Unknown => AbilityVerdict::Unknown,
        },
        call: Some(ability.api).filter(|api| !api.is_empty()).map(Into::into),
        code: ability.code,
        remedy: ability.remedy.as_ref().map(problem_words::show),
    }
}

fn state(value: &ToCopy) -> ValueState {
    match (value.is_same(), value.there.as_deref()) {
        (Some(true), _) => ValueState::Same,
        (Some(false), Some("")) => ValueState::Missing,
        (Some(false), _) => ValueState::Different,
        (None, _) => ValueState::Unknown,
    }
}

fn value(value: &ToCopy) -> IntegrationValue {
    IntegrationValue {
        name: value.name.into(),
        title: problem_words::both(value.title),
        value: value.value.clone(),
        there: value.there.clone(),
        state: state(value),
        find: problem_words::both(value.find),
        link: value.link.into(),
    }
}

fn untrusted(all: &BTreeMap<String, BTreeMap<String, i64>>, now: i64) -> Vec<UntrustedAddress> {
    let mut found = Vec::new();
    for (credential, known) in all {
        let fresh = known.iter().filter(|(_, at)| now.saturating_sub(**at) < ADDRESS_MS);
        found.extend(fresh.map(|(address, at)| UntrustedAddress {
            address: address.clone(),
            credential: credential.clone(),
            at: time(*at),
        }));
    }
    found
}
