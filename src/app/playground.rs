//! The playground: a simulated company inside the server, on which a tenant tries workflows without touching a real one. It
//! lives in memory, one for each tenant, and is gone when the server ends; the connection that leads to it stays as long as
//! something needs it.

use idflow_sdk::Problem;
use sha2::{Digest, Sha256};

use super::{AppError, Desk, error::RefusalKind, proof::random, time};
use crate::{
    contract::{
        connection::NewConnection,
        playground::{
            NewPlayground, Playground, PlaygroundAsked, PlaygroundCall, PlaygroundFault, PlaygroundFaultKind,
            PlaygroundRange, PlaygroundTrouble,
        },
    },
    demo::organisation,
    model::hex::hex,
    stand_ins::{
        self,
        played::{Range, Trouble, What},
    },
    store::catalogue,
};

mod running;

pub use running::Playgrounds;

use running::Running;

/// The name of the connection.
const CONNECTION: &str = "playground";
/// The most people that it begins with.
const MOST_PEOPLE: u32 = 5_000;
/// The seed of its people: always the same ones.
const SEED: u64 = 20;
/// How many tenants have one at once.
const MOST: usize = 8;
/// How many things go wrong at once.
const MOST_FAULTS: usize = 20;
/// The longest delay.
const MOST_DELAY_MS: u64 = 60_000;
/// How many calls are shown.
const CALLS: usize = 50;
const MOST_CALLS: usize = 500;

/// The company's id in a tenant; no two tenants may have the same.
fn company(tenant: &str) -> String {
    let hash = hex(&Sha256::digest(tenant.as_bytes()));
    format!("ww{}", hash.get(..16).unwrap_or_default())
}

fn wrong(field: &'static str) -> AppError {
    AppError::invalid("playground_fault").field(field)
}

/// What a stand-in is told.
fn trouble(fault: &PlaygroundFault) -> Result<Trouble, AppError> {
    let known = fault.path == "*" || fault.path.starts_with("/cgi-bin/");
    if !known || fault.path.len() > 100 {
        return Err(wrong("path"));
    }
    let what = match fault.kind {
        PlaygroundFaultKind::Errcode => {
            What::Code(fault.errcode.filter(|code| *code != 0).ok_or_else(|| wrong("errcode"))?)
        }
        PlaygroundFaultKind::Delay => {
            let ms = fault.delay_ms.filter(|ms| (1..=MOST_DELAY_MS).contains(ms));
            What::Late(ms.ok_or_else(|| wrong("delay_ms"))?)
        }
        PlaygroundFaultKind::NoAnswer => What::NoAnswer,
        PlaygroundFaultKind::AnswerLost => What::AnswerLost,
    };
    let percent = Some(fault.percent.unwrap_or(100)).filter(|percent| (1..=100).contains(percent));
    let percent = percent.ok_or_else(|| wrong("percent"))?;
    Ok(Trouble { path: fault.path.clone(), what, share: f64::from(percent) / 100.0 })
}

fn view(running: &Running, calls: usize) -> Playground {
    let totals = running.played.totals();
    let seen = running.played.seen(calls.min(MOST_CALLS)).into_iter().map(|call| PlaygroundCall {
        seq: call.seq,
        at: time(i64::try_from(call.at_ms).unwrap_or(i64::MAX)),
        path: call.path,
        about: call.about,
        errcode: call.code,
        spoilt: call.spoilt,
    });
    Playground {
        running: true,
        connection: CONNECTION.into(),
        started: Some(time(running.started)),
        departments: totals.departments,
        people: totals.people,
        calls: totals.calls,
        writes: totals.writes,
        faults: running.trouble.faults.clone(),
        range: running.trouble.range,
        seen: seen.collect(),
    }
}

impl Desk<'_> {
    /// The playground of this tenant.
    pub async fn playground(&self, asked: &PlaygroundAsked) -> Playground {
        let all = self.all.playgrounds.0.lock().await;
        let none = Playground { connection: CONNECTION.into(), ..Playground::default() };
        all.get(self.tenant.as_str()).map_or(none, |running| view(running, asked.calls.map_or(CALLS, usize::from)))
    }

    /// Begins it, or begins it anew, and makes the connection that leads to it.
    ///
    /// # Errors
    /// Several nodes, of which the others would not reach it; too many people; a connection of that name that leads elsewhere.
    pub async fn start_playground(&self, new: &NewPlayground) -> Result<Playground, AppError> {
        if self.all.shared {
            return Err(AppError::conflict("playground_shared"));
        }
        let people = new.people.unwrap_or(0);
        if people > MOST_PEOPLE {
            return Err(AppError::invalid("playground_people").arg("most", MOST_PEOPLE.to_string()).field("people"));
        }
        let corp = company(self.tenant.as_str());
        let known = catalogue::connection(&*self.store, &self.tenant, CONNECTION).await?;
        if known.is_some_and(|known| known.value.settings.get("corp_id") != Some(&corp)) {
            return Err(AppError::conflict("playground_taken").arg("name", CONNECTION));
        }
        let mut all = self.all.playgrounds.0.lock().await;
        if let Some(before) = all.remove(self.tenant.as_str()) {
            before.played.stop().await;
        }
        if all.len() >= MOST {
            return Err(AppError::conflict("playground_many").arg("most", MOST.to_string()));
        }
        let failed =
            |what: String| AppError::new(RefusalKind::Unavailable, Problem::new("playground_failed").arg("what", what));
        let stand_in = stand_ins::playable().ok_or_else(|| failed(CONNECTION.into()))?;
        let organisation = organisation::generate(SEED, usize::try_from(people).unwrap_or_default());
        let words = [random(16), random(16), random(16)];
        let played = stand_in.open(&corp, words, &organisation).await.map_err(failed)?;
        let mut settings = played.settings();
        settings.insert("title".into(), "模拟器 Playground".into());
        let new = NewConnection {
            connector: stand_in.connector().into(),
            name: CONNECTION.into(),
            settings,
            secrets: played.secrets(),
            only_new: false,
        };
        if let Err(refused) = self.put_connection(new).await {
            played.stop().await;
            return Err(refused);
        }
        let running = Running { played, started: self.now(), trouble: PlaygroundTrouble::default() };
        let shown = view(&running, CALLS);
        all.insert(self.tenant.as_str().into(), running);
        Ok(shown)
    }

    /// Says what goes wrong in it from now on.
    ///
    /// # Errors
    /// One that does not run; a fault that says nothing.
    pub async fn trouble_playground(&self, new: PlaygroundTrouble) -> Result<Playground, AppError> {
        if new.faults.len() > MOST_FAULTS {
            return Err(wrong("faults"));
        }
        let troubles = new.faults.iter().map(trouble).collect::<Result<Vec<_>, _>>()?;
        let mut all = self.all.playgrounds.0.lock().await;
        let running = all.get_mut(self.tenant.as_str()).ok_or_else(|| AppError::conflict("playground_off"))?;
        let range = match new.range {
            PlaygroundRange::Whole => Range::Whole,
            PlaygroundRange::OneDepartment => Range::OneDepartment,
            PlaygroundRange::Nobody => Range::Nobody,
        };
        let failed = |what: String| AppError::conflict("playground_failed").arg("what", what);
        running.played.show(range).map_err(failed)?;
        running.played.spoil(&troubles);
        running.trouble = new;
        Ok(view(running, CALLS))
    }

    /// Ends it. The connection goes too, unless a workflow uses it or people are linked through it.
    pub async fn stop_playground(&self) -> Result<Playground, AppError> {
        let before = self.all.playgrounds.0.lock().await.remove(self.tenant.as_str());
        if let Some(before) = before {
            before.played.stop().await;
            match self.remove_connection(CONNECTION).await {
                Ok(_) => {}
                Err(refused) if matches!(refused.kind, RefusalKind::Conflict | RefusalKind::NotFound) => {}
                Err(refused) => return Err(refused),
            }
        }
        Ok(Playground { connection: CONNECTION.into(), ..Playground::default() })
    }
}
