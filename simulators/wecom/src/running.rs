//! Starting a simulator inside a program and talking to it without HTTP.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::api::fields::Query;
use crate::callback::tell::Origin;
use crate::callback::verify::{self, NewReceiver};
use crate::callback::{CallbackRecord, CallbackSettings, ReleaseOrder};
use crate::check::{Check, JobStatus, check};
use crate::corp::exports::ExportSpeed;
use crate::corp::grants::Visitor;
use crate::faults::{FaultStatus, Faults};
use crate::limits::Limits;
use crate::log::{Counts, EffectRecord, MessageRecord, RequestRecord};
use crate::options::{ImportSpeed, Latency, Options};
use crate::pages::{self, Authorised};
use crate::provider::console::{AuthCode, Authorize, Authorized, ChangeRange};
use crate::quota::ApiUsage;
use crate::server::{Shared, accept};
use crate::state::{State, VisibleState};
use crate::world::{World, build};

/// Why a simulator could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address could not be listened on.
    #[error("cannot listen on {addr}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state is not consistent; the text lists every finding.
    #[error("the state cannot be loaded: {0}")]
    State(String),
    /// There is no such corp or member.
    #[error("there is no {0}")]
    Unknown(String),
    /// It cannot be done as things are.
    #[error("{0}")]
    Refused(String),
    /// The address did not prove that it can read what is sent to it.
    #[error("the receiver is not saved: {0}")]
    Receiver(String),
}

/// The simulator; see [`Simulator::start`].
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Starts a simulator on 127.0.0.1, served by the runtime this is called on.
    pub async fn start(mut options: Options) -> Result<Running, Error> {
        let corps = build(std::mem::take(&mut options.state)).map_err(Error::State)?;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let bind = |source| Error::Bind { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let shared =
            Arc::new(Shared::new(World::new(&options, corps, format!("http://{addr}")), options.admin_key.clone()));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(accept(listener, Arc::clone(&shared), stopped));
        Ok(Running { addr, shared, stop: Some(stop), server: Some(server) })
    }
}

/// A running simulator; dropping it closes every connection.
pub struct Running {
    addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Running {
    /// Only the address: the state may be large, and it holds secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Running").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Running {
    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What to put before the paths of the platform, as `http://127.0.0.1:4711`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What to put before the paths of the admin surface.
    pub fn admin_url(&self) -> String {
        match self.shared.admin_key() {
            Some(key) => format!("http://{}/_sim/{key}", self.addr),
            None => format!("http://{}/_sim", self.addr),
        }
    }

    /// Replaces the state. Tokens stay good as long as their secret does; faults and log stay.
    pub fn load(&self, state: State) -> Result<(), Error> {
        let corps = build(state).map_err(Error::State)?;
        self.shared.lock().replace(corps);
        Ok(())
    }

    /// The state in its plain form.
    pub fn state(&self) -> State {
        self.shared.lock().export()
    }

    /// The state as canonical JSON: sorted keys, departments by id, members by userid.
    pub fn snapshot(&self) -> Value {
        canonical(&self.state())
    }

    /// The requests so far, oldest first, as far back as the log reaches.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.requests_after(0)
    }

    /// The requests with a number above this one.
    pub fn requests_after(&self, seq: u64) -> Vec<RequestRecord> {
        self.shared.lock().log.after(seq, usize::MAX)
    }

    /// Writes to single objects so far, done or refused, oldest first, as far back as the log reaches.
    pub fn effects(&self) -> Vec<EffectRecord> {
        self.shared.lock().log.effects.records(0, usize::MAX)
    }

    /// The messages so far and who got them, oldest first, as far back as the log reaches.
    pub fn messages(&self) -> Vec<MessageRecord> {
        self.shared.lock().log.messages.after(0).map(|(_, message)| message.clone()).collect()
    }

    /// What the log says about things made twice, written often or written at once.
    pub fn check(&self) -> Check {
        check(&self.shared.lock().log)
    }

    /// The import jobs that are remembered, those of a corp oldest first.
    pub fn jobs(&self) -> Vec<JobStatus> {
        self.shared.lock().jobs()
    }

    /// Changes how much a corp may call; what was counted stays.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.lock().limits = limits;
    }

    /// How much a corp may call.
    pub fn limits(&self) -> Limits {
        self.shared.lock().limits.clone()
    }

    /// What was counted against the limits, by corp and API and by address and API.
    pub fn usage(&self) -> Vec<ApiUsage> {
        self.shared.lock().quotas.usage(&crate::api::paths())
    }

    /// Changes how fast import jobs are that are submitted from now on.
    pub fn set_import_speed(&self, speed: ImportSpeed) {
        self.shared.lock().import_speed = speed;
    }

    /// Forgets requests, effects, messages and counts.
    pub fn clear_requests(&self) {
        self.shared.lock().log.clear();
    }

    /// How often what was called.
    pub fn counts(&self) -> Counts {
        self.shared.lock().log.counts()
    }

    /// Replaces the fault rules and starts their counters anew.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.lock().faults.set(faults);
    }

    /// The fault rules with their counters.
    pub fn faults(&self) -> Vec<FaultStatus> {
        self.shared.lock().faults.status()
    }

    /// Changes how long answers take.
    pub fn set_latency(&self, latency: Latency) {
        self.shared.lock().latency = latency;
    }

    /// Makes every token invalid (40014).
    pub fn revoke_tokens(&self) {
        self.shared.lock().tokens.revoke_all();
    }

    /// Makes every token expired (42001).
    pub fn expire_tokens(&self) {
        self.shared.lock().tokens.expire_all();
    }

    /// Lets time pass for tokens, blocks, limits and import jobs.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.lock().advance_clock(by);
    }

    /// Changes a member's status as a log-in (1) or the console (2) would.
    pub fn set_user_status(&self, corpid: &str, userid: &str, status: u8) -> Result<(), Error> {
        set_user_status(&self.shared, corpid, userid, status)
    }

    /// Changes how fast exports are that are submitted from now on.
    pub fn set_export_speed(&self, speed: ExportSpeed) {
        self.shared.lock().export_speed = speed;
    }

    /// Does by hand what a call of the API does, as `user/update` with its body: the receivers of events are told of it.
    /// Answers what the call answers.
    pub fn by_hand(&self, corpid: &str, call: &str, body: &Value) -> Result<Value, Error> {
        by_hand(&self.shared, corpid, call, body)
    }

    /// Saves who is told of events, once the address has proved that it can read them (40057 else).
    pub async fn save_receiver(&self, receiver: NewReceiver) -> Result<(), Error> {
        verify::save(&self.shared, receiver).await
    }

    /// The events so far, oldest first, as far back as they are remembered.
    pub fn callbacks(&self) -> Vec<CallbackRecord> {
        self.shared.lock().outbox.records(0).cloned().collect()
    }

    /// Changes how events are sent.
    pub fn set_callbacks(&self, settings: CallbackSettings) {
        self.shared.lock().set_callbacks(settings);
    }

    /// Lets events go that were held.
    pub fn release_callbacks(&self, order: ReleaseOrder) {
        self.shared.lock().outbox.release(order);
    }

    /// Tells an app that a member did something, as `subscribe`, `unsubscribe` or `enter_agent`.
    pub fn app_event(&self, corpid: &str, agentid: i64, userid: &str, event: &str) -> Result<(), Error> {
        app_event(&self.shared, corpid, agentid, userid, event)
    }

    /// Changes whom an app may see.
    pub fn set_visible(&self, corpid: &str, agentid: i64, visible: &VisibleState) -> Result<(), Error> {
        self.shared.lock().set_visible(corpid, agentid, visible)
    }

    /// Says who is meant when an authorise page of a corp is opened; nobody lets the page ask.
    pub fn set_visitor(&self, corpid: &str, visitor: Option<Visitor>) -> Result<(), Error> {
        let mut world = self.shared.lock();
        let corp = world.corps.get_mut(corpid).ok_or_else(|| Error::Unknown(format!("corp `{corpid}`")))?;
        corp.grants.visitor = visitor;
        Ok(())
    }

    /// Opens an authorise page as somebody; answers where the browser is sent.
    pub fn authorise(&self, url: &str, visitor: Visitor) -> Result<String, Error> {
        authorise(&self.shared, url, visitor)
    }

    /// A corp authorises an app of a provider; the provider is told.
    pub fn authorize_suite(&self, asked: &Authorize) -> Result<AuthCode, Error> {
        self.shared.lock().authorize(asked)
    }

    /// A corp changes whom an app of a provider may see; the provider is told.
    pub fn change_suite(&self, asked: &ChangeRange) -> Result<(), Error> {
        self.shared.lock().change_authorization(asked)
    }

    /// A provider publishes its customized app in a corp.
    pub fn publish_suite(&self, asked: &Authorized) -> Result<(), Error> {
        self.shared.lock().publish(asked)
    }

    /// A corp takes its authorisation back; the provider is told.
    pub fn cancel_suite(&self, asked: &Authorized) -> Result<(), Error> {
        self.shared.lock().cancel_authorization(asked)
    }

    /// A provider resets the permanent code for a corp.
    pub fn reset_suite(&self, asked: &Authorized) -> Result<AuthCode, Error> {
        self.shared.lock().reset_permanent_code(asked)
    }

    /// Makes a ticket for an app of a provider, sends it and tells it.
    pub fn send_ticket(&self, suite_id: &str) -> Result<String, Error> {
        self.shared.lock().send_ticket(suite_id)
    }

    /// Stops accepting, closes every connection and waits until that is done.
    pub async fn stop(mut self) {
        self.stop.take();
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

/// Does by hand what a call does.
pub(crate) fn by_hand(shared: &Shared, corpid: &str, call: &str, body: &Value) -> Result<Value, Error> {
    let body = body.as_object().ok_or_else(|| Error::Refused("the body is not an object".to_owned()))?;
    match shared.lock().by_hand(corpid, call, body)? {
        Ok(answer) => Ok(serde_json::from_slice(&answer).unwrap_or_default()),
        Err(refusal) => Ok(json!({ "errcode": refusal.code, "errmsg": refusal.text })),
    }
}

/// Tells an app that a member did something.
pub(crate) fn app_event(shared: &Shared, corpid: &str, agentid: i64, userid: &str, event: &str) -> Result<(), Error> {
    let mut world = shared.lock();
    let now_ms = world.clock.now_ms();
    match world.tell_app(corpid, agentid, userid, event, now_ms) {
        true => Ok(()),
        false => Err(Error::Unknown(format!("receiver of app {agentid}"))),
    }
}

/// Opens an authorise page as somebody.
pub(crate) fn authorise(shared: &Shared, url: &str, visitor: Visitor) -> Result<String, Error> {
    let uri: hyper::Uri =
        url.split('#').next().unwrap_or_default().parse().map_err(|_| Error::Refused("not an address".to_owned()))?;
    let query = Query::parse(uri.query().unwrap_or_default());
    match pages::authorise(&mut shared.lock(), uri.path(), &query, Some(visitor)) {
        Ok(Authorised::Back(location)) => Ok(location),
        Ok(Authorised::Ask { .. }) => Err(Error::Refused("the page asks who is there".to_owned())),
        Err(refusal) => Err(Error::Refused(refusal)),
    }
}

/// Sorted JSON of a state.
pub(crate) fn canonical(state: &State) -> Value {
    // Plain data without exotic keys cannot fail to serialize.
    let mut value = serde_json::to_value(state).unwrap_or_default();
    value.sort_all_objects();
    value
}

/// Changes a member's status as a log-in (1) or the console (2) would.
pub(crate) fn set_user_status(shared: &Shared, corpid: &str, userid: &str, status: u8) -> Result<(), Error> {
    let mut world = shared.lock();
    let now_ms = world.clock.now_ms();
    let listens = world.corps.get(corpid).is_some_and(|corp| world.listens(corp));
    let corp = world.corps.get_mut(corpid).ok_or_else(|| Error::Unknown(format!("corp `{corpid}`")))?;
    if listens {
        corp.changes.listen();
    }
    let key = corp.members.find(userid).ok_or_else(|| Error::Unknown(format!("user `{userid}`")))?;
    match status {
        2 => corp.change_member(key, |member| member.enabled = false),
        1 | 4 | 5 => corp.change_member(key, |member| {
            member.enabled = true;
            member.base_status = status;
        }),
        _ => return Err(Error::Unknown(format!("status {status} (there are 1, 2, 4, 5)"))),
    }
    world.tell_changes(corpid, Origin::Console, now_ms);
    Ok(())
}
