//! A company of the WeCom simulator with which people play.

use std::collections::BTreeMap;

use futures::{FutureExt, future::BoxFuture};
use wecom_sim::{
    Effect, FaultRule, Faults, Identity, Limits, Options, Running, Simulator, State,
    state::{DepartmentState, UserState, VisibleState},
};

use crate::{
    demo::organisation::{Gender, Organisation},
    stand_ins::played::{Played, Range, Seen, Totals, Trouble, What},
};

/// The id of a company in its own tree.
const ROOT: u32 = 1;
/// How many calls are remembered.
const REMEMBERED: usize = 5_000;

/// A company that runs.
pub(super) struct Company {
    identity: Identity,
    running: Running,
}

impl Company {
    /// Begins it. What may be asked of it stands behind words that nobody else on the machine knows.
    pub async fn open(identity: Identity, key: String, organisation: &Organisation) -> Result<Self, String> {
        let mut state = State::one_corp(&identity);
        for corp in &mut state.corps {
            (corp.departments, corp.users) = (departments(organisation), people(organisation));
        }
        let options = Options {
            limits: Limits::unlimited_calls(),
            admin_key: Some(key),
            log_capacity: REMEMBERED,
            ..Options::with_state(state)
        };
        let running = Simulator::start(options).await.map_err(|error| error.to_string())?;
        Ok(Self { identity, running })
    }
}

/// The id of a department by its place; the company itself is the root.
fn id(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(ROOT)
}

fn departments(organisation: &Organisation) -> Vec<DepartmentState> {
    let all = organisation.departments.iter().enumerate().skip(1);
    all.map(|(index, department)| DepartmentState {
        id: id(index),
        name: department.name.clone(),
        parentid: department.parent.map_or(ROOT, id),
        order: Some(u32::MAX / 2 - department.order),
        ..DepartmentState::default()
    })
    .collect()
}

fn people(organisation: &Organisation) -> Vec<UserState> {
    let all = organisation.people.iter();
    all.map(|person| UserState {
        userid: person.userid.clone(),
        name: person.name.clone(),
        mobile: person.mobile.clone(),
        email: person.email.clone(),
        position: person.title.clone(),
        gender: if person.gender == Gender::Male { "1".into() } else { "2".into() },
        department: person.departments.iter().map(|one| id(one.department)).collect(),
        is_leader_in_dept: person.departments.iter().map(|one| u8::from(one.leader)).collect(),
        order: vec![0; person.departments.len()],
        main_department: id(person.main_department),
        enable: Some(u8::from(person.enabled)),
        status: Some(if person.enabled { 1 } else { 2 }),
        ..UserState::default()
    })
    .collect()
}

impl Played for Company {
    fn settings(&self) -> BTreeMap<String, String> {
        let settings = [
            ("corp_id", self.identity.corp_id.clone()),
            ("agent_id", self.identity.agent_id.to_string()),
            ("base_url", self.running.base_url()),
        ];
        settings.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }

    fn secrets(&self) -> BTreeMap<String, String> {
        let secrets = [("app_secret", &self.identity.app_secret), ("contacts_secret", &self.identity.contacts_secret)];
        secrets.into_iter().map(|(name, value)| (name.into(), value.clone())).collect()
    }

    fn totals(&self) -> Totals {
        let state = self.running.state();
        let counts = self.running.counts();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let corp = state.corps.first();
        Totals {
            departments: corp.map_or(0, |corp| number(corp.departments.len()).saturating_sub(1)),
            people: corp.map_or(0, |corp| number(corp.users.len())),
            calls: counts.calls.values().sum(),
            writes: counts.writes,
        }
    }

    fn seen(&self, most: usize) -> Vec<Seen> {
        let all = self.running.requests().into_iter().rev().take(most);
        all.map(|request| Seen {
            seq: request.seq,
            at_ms: request.at_ms,
            path: request.path,
            about: request.userid.or(request.department.map(|department| department.to_string())),
            code: request.errcode,
            spoilt: request.fault.is_some(),
        })
        .collect()
    }

    fn spoil(&self, troubles: &[Trouble]) {
        let rules = troubles.iter().map(|trouble| {
            let effect = match trouble.what {
                What::Code(errcode) => Effect::Error { errcode, errmsg: None },
                What::Late(ms) => Effect::DelayMs(ms),
                What::NoAnswer => Effect::Hang,
                What::AnswerLost => Effect::Lost,
            };
            FaultRule::new(trouble.path.clone(), effect).rate(trouble.share)
        });
        self.running.set_faults(Faults::rules(rules));
    }

    fn show(&self, range: Range) -> Result<(), String> {
        let departments = match range {
            Range::Whole => vec![ROOT],
            Range::Nobody => Vec::new(),
            Range::OneDepartment => {
                let state = self.running.state();
                let below = state.corps.into_iter().flat_map(|corp| corp.departments);
                below.filter(|department| department.parentid == ROOT).map(|department| department.id).take(1).collect()
            }
        };
        let visible = VisibleState { departments, ..VisibleState::default() };
        let set = self.running.set_visible(&self.identity.corp_id, self.identity.agent_id, &visible);
        set.map_err(|error| error.to_string())
    }

    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.running.stop().boxed()
    }
}
