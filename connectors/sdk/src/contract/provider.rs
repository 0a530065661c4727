//! The contract suite for the provider's way: what the application relies on where a company authorises an app of a provider.
//!
//! Each case plays on a stage of its own, with a provider that is set up and a company that has granted nothing yet. What the
//! connector says is looked at as in the rest of the suite: each code has its words, and no secret stands in them.

use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{NoDirectory, Outcome, Report, play};
use crate::{
    connector::{ConnectorSpec, Context, OpenRequest},
    error::{Error, ErrorKind},
    inbound::{Incoming, KeySpec, Keys},
    message::Problem,
    provider::{Grant, Granted, Held, Invite, Provider, ProviderRequest, ProviderSpec, Redeemed},
    secret::Secret,
};

/// What a code of nobody is.
const NO_CODE: &str = "contract-No-Such-Code-5d1e";

/// A connector whose provider's way is looked at.
#[async_trait]
pub trait Subject: Send + Sync {
    /// The connector.
    fn spec(&self) -> &'static ConnectorSpec;

    /// A new system with a provider and a company.
    async fn begin(&self) -> Stage;
}

/// A system, a provider that is set up in it, and a connection that is to come by it.
pub struct Stage {
    /// What the provider is opened with.
    pub request: ProviderRequest,
    /// The settings of the connection before anything is granted, [`ProviderSpec::mode`] among them.
    pub settings: BTreeMap<String, String>,
    /// The time there, in milliseconds since 1970.
    pub now_ms: i64,
    /// The system.
    pub system: Box<dyn System>,
}

/// What the suite may do behind the connector's back.
#[async_trait]
pub trait System: Send + Sync {
    /// The newest ticket of the app behind a grant.
    async fn ticket(&self, grant: Grant) -> Secret;

    /// The company grants it: the code that the provider is told.
    async fn grant(&self, grant: Grant) -> Secret;

    /// The company takes it back.
    async fn withdraw(&self, grant: Grant);

    /// Ends it.
    async fn end(self: Box<Self>) {}
}

/// Plays every case.
///
/// # Panics
/// A connector without a provider's way.
pub async fn run(subject: &dyn Subject) -> Report {
    let spec = subject.spec();
    let way = spec.provider.unwrap_or_else(|| panic!("{} has no provider's way", spec.name));
    let mut cases = Vec::new();
    for name in CASES {
        let stage = subject.begin().await;
        let mut play = Play {
            spec,
            way,
            context: Context::at(stage.now_ms),
            stage,
            faults: Vec::new(),
            heard: Vec::new(),
            secret: Vec::new(),
        };
        if let Some(provider) = play.open() {
            match *name {
                "the_way_fits_together" => play.fits_together(&*provider),
                "forged_commands_are_refused" => play.forged(&*provider),
                "nothing_is_asked_without_a_ticket" => play.without_ticket(&*provider).await,
                "an_invitation_leads_somewhere_and_ends" => play.invites(&*provider).await,
                "a_code_is_good_once" => play.code_once(&*provider).await,
                "what_was_granted_opens_a_connection" => play.opens(&*provider).await,
                _ => play.taken_back(&*provider).await,
            }
        }
        let faults = play.end().await;
        cases.push((*name, if faults.is_empty() { Outcome::Passed } else { Outcome::Failed(faults) }));
    }
    Report { connector: spec.name, cases }
}

const CASES: &[&str] = &[
    "the_way_fits_together",
    "forged_commands_are_refused",
    "nothing_is_asked_without_a_ticket",
    "an_invitation_leads_somewhere_and_ends",
    "a_code_is_good_once",
    "what_was_granted_opens_a_connection",
    "what_was_taken_back_is_found_out",
];

struct Play {
    spec: &'static ConnectorSpec,
    way: &'static ProviderSpec,
    stage: Stage,
    context: Context,
    faults: Vec<String>,
    /// Everything that the connector said.
    heard: Vec<String>,
    /// What must stand in none of it, beside the provider's secrets.
    secret: Vec<String>,
}

/// The app is granted, and the right to change people is not.
struct AppAlone;

#[async_trait]
impl Granted for AppAlone {
    async fn stands(&self, grant: Grant) -> Result<(), Error> {
        match grant {
            Grant::App => Ok(()),
            // A reason for which every connector has words.
            Grant::Contacts => Err(Error::new(ErrorKind::Configuration, Problem::new("lease_lost"))),
        }
    }

    async fn token(&self, _: &Context) -> Result<(Secret, Duration), Error> {
        Err(Error::new(ErrorKind::Configuration, Problem::new("lease_lost")))
    }
}

impl Play {
    fn wrong(&mut self, what: impl Into<String>) {
        self.faults.push(what.into());
    }

    fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong(what());
        }
    }

    fn hear(&mut self, problem: &Problem) {
        self.heard.push(format!("{problem:?}"));
        match play::message(self.spec, &problem.code) {
            None => self.wrong(format!("`{}` is in no table of messages", problem.code)),
            Some(message) => {
                for text in [message.reason.zh, message.reason.en, message.hint.zh, message.hint.en] {
                    self.heard.push(problem.fill(text));
                }
            }
        }
    }

    /// What must go well.
    fn well<T>(&mut self, what: &str, done: Result<T, Error>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(error) => {
                self.hear(&error.problem);
                self.wrong(format!("{what} fails: {error:?}"));
                None
            }
        }
    }

    /// What must be refused for good.
    fn refused<T: Debug>(&mut self, what: &str, done: Result<T, Error>) {
        match done {
            Ok(done) => self.wrong(format!("{what} goes well: {done:?}")),
            Err(error) => {
                self.heard.push(error.to_string());
                self.hear(&error.problem);
                let kind = error.kind;
                self.must(!matches!(kind, ErrorKind::Unknown | ErrorKind::Unexpected), || {
                    format!("{what} is refused as {kind:?}, which says nothing")
                });
            }
        }
    }

    fn open(&mut self) -> Option<Arc<dyn Provider>> {
        let opened = (self.way.open)(self.stage.request.clone());
        self.well("a provider that is set up", opened)
    }

    async fn ticket(&mut self, grant: Grant) -> Secret {
        let ticket = self.stage.system.ticket(grant).await;
        self.secret.push(ticket.expose().to_string());
        ticket
    }

    /// The company grants it, and the code is exchanged.
    async fn redeemed(&mut self, provider: &dyn Provider, grant: Grant) -> Option<(Secret, Redeemed)> {
        let ticket = self.ticket(grant).await;
        let code = self.stage.system.grant(grant).await;
        self.secret.push(code.expose().to_string());
        let got = provider.redeem(&self.context, grant, Some(&ticket), &code).await;
        let got = self.well("the code of an authorisation", got)?;
        self.secret.push(got.code.expose().to_string());
        Some((code, got))
    }

    /// What the way declares exists.
    fn fits_together(&mut self, provider: &dyn Provider) {
        let settings = self.spec.settings;
        let setting = |name: &str| settings.iter().find(|setting| setting.name == name);
        let (mode, value) = self.way.mode;
        self.must(setting(mode).is_some(), || format!("`{mode}` is not a setting of a connection"));
        let given = self.stage.settings.get(mode).map(String::as_str) == Some(value);
        self.must(given, || format!("the connection of the stage has no `{mode}: {value}`"));
        for name in self.way.secrets {
            self.must(setting(name).is_some_and(|setting| setting.secret), || {
                format!("`{name}` is not a secret setting")
            });
        }
        for name in self.way.settings_of_app {
            self.must(setting(name).is_some_and(|setting| !setting.secret), || {
                format!("`{name}` is not a plain setting")
            });
        }
        for grant in Grant::ALL {
            let offered = provider.offers(grant);
            self.must(offered, || format!("the provider of the stage does not offer {grant:?}"));
            let receivers = self.way.receivers.iter().filter(|receiver| receiver.name == grant.word()).count();
            self.must(receivers == 1, || format!("{receivers} addresses are there for commands about {grant:?}"));
        }
        let mut texts = vec![self.way.release];
        texts.extend(self.way.unsupported.iter().flat_map(|one| [one.what, one.why]));
        texts.extend(self.way.receivers.iter().map(|receiver| receiver.doc));
        texts.extend(self.way.settings.iter().map(|setting| setting.doc));
        for text in texts {
            let both = !text.zh.trim().is_empty() && !text.en.trim().is_empty();
            self.must(both, || format!("a text is missing beside `{}{}`", text.zh, text.en));
        }
        for setting in self.way.settings.iter().filter(|setting| setting.required) {
            let mut request = self.stage.request.clone();
            request.settings.remove(setting.name);
            request.secrets.remove(setting.name);
            match (self.way.open)(request) {
                Ok(_) => self.wrong(format!("a provider without `{}` is opened", setting.name)),
                Err(error) => self.hear(&error.problem),
            }
        }
    }

    /// A command that anybody could send.
    fn forged(&mut self, provider: &dyn Provider) {
        let query = [("msg_signature".to_string(), "0".repeat(40)), ("timestamp".into(), "1".into())];
        for receiver in self.way.receivers {
            let key = |spec: &KeySpec| (spec.name.to_string(), Secret::new("k".repeat(spec.length)));
            let keys: Keys = receiver.keys.iter().map(key).collect();
            for body in [None, Some(&b""[..]), Some(b"<xml/>"), Some(b"{}"), Some(&[0xff, 0xfe])] {
                let keys = std::slice::from_ref(&keys);
                let now_ms = self.stage.now_ms;
                match provider.receive(&Incoming { receiver: receiver.name, keys, query: &query, body, now_ms }) {
                    Err(problem) => self.hear(&problem),
                    Ok(command) => self.wrong(format!("a command that anybody could send is taken: {command:?}")),
                }
            }
        }
    }

    /// What has to be proved by a ticket is not asked for without one.
    async fn without_ticket(&mut self, provider: &dyn Provider) {
        let asked = Invite { grant: Grant::Contacts, ticket: None, state: "s", back: None };
        let invited = provider.invite(&self.context, &asked).await;
        self.refused("an invitation without a ticket", invited);
        for grant in Grant::ALL {
            let got = provider.redeem(&self.context, grant, None, &Secret::new(NO_CODE.into())).await;
            match got {
                Ok(_) => self.wrong("a code is exchanged without a ticket"),
                Err(error) => {
                    self.hear(&error.problem);
                    // The next ticket comes by itself, and so long the code is good.
                    self.must(error.retryable(), || format!("a code that waits for a ticket is given up: {error:?}"));
                }
            }
        }
    }

    async fn invites(&mut self, provider: &dyn Provider) {
        for grant in Grant::ALL {
            let ticket = self.ticket(grant).await;
            let state = "contract0state";
            let asked = Invite { grant, ticket: Some(&ticket), state, back: Some("https://id.example.com/") };
            let made = provider.invite(&self.context, &asked).await;
            let Some(made) = self.well("an invitation", made) else { continue };
            self.must(made.url.contains("://"), || format!("an invitation for {grant:?} is not an address"));
            self.must(!made.lasts.is_zero(), || format!("an invitation for {grant:?} is over at once"));
            let repeats = made.url.contains(ticket.expose());
            self.must(!repeats, || format!("an invitation for {grant:?} has the ticket in it"));
        }
    }

    async fn code_once(&mut self, provider: &dyn Provider) {
        for grant in Grant::ALL {
            let Some((code, got)) = self.redeemed(provider, grant).await else { continue };
            self.must(!got.company.is_empty() && !got.title.is_empty(), || "a company has no name".into());
            let known = |name: &str, secret: bool| {
                self.spec.settings.iter().any(|setting| setting.name == name && setting.secret == secret)
            };
            let unknown: Vec<&str> = (got.settings.keys().filter(|name| !known(name, false)))
                .chain(got.secrets.keys().filter(|name| !known(name, true)))
                .copied()
                .collect();
            self.must(unknown.is_empty(), || format!("what follows from {grant:?} is not a setting: {unknown:?}"));
            let ticket = self.ticket(grant).await;
            let again = provider.redeem(&self.context, grant, Some(&ticket), &code).await;
            self.refused("a code that was used", again.map(|got| got.company));
            let none = provider.redeem(&self.context, grant, Some(&ticket), &Secret::new(NO_CODE.into())).await;
            self.refused("a code of nobody", none.map(|got| got.company));
        }
    }

    /// Before it was granted a connection says so; afterwards it works with what was granted.
    async fn opens(&mut self, provider: &dyn Provider) {
        let request = |settings: &BTreeMap<String, String>, secrets: BTreeMap<String, Secret>| OpenRequest {
            name: "main".into(),
            settings: settings.clone(),
            secrets,
            directory: Arc::new(NoDirectory),
            granted: Some(Arc::new(AppAlone)),
        };
        let empty = (self.spec.open)(request(&self.stage.settings, BTreeMap::new()));
        self.well("a connection that waits for its company", empty.map(drop));
        let Some((_, got)) = self.redeemed(provider, Grant::App).await else { return };
        let mut settings = self.stage.settings.clone();
        settings.extend(got.settings.iter().map(|(name, value)| ((*name).to_string(), value.clone())));
        let secrets = got.secrets.iter().map(|(name, secret)| ((*name).to_string(), secret.clone())).collect();
        let opened = (self.spec.open)(request(&settings, secrets));
        let Some(connection) = self.well("a connection with what was granted", opened) else { return };
        let report = connection.check(&self.context).await;
        self.heard.push(format!("{report:?}"));
        for finding in &report.findings {
            finding.problem.iter().for_each(|problem| self.hear(problem));
        }
        let reads = report.capabilities.iter().any(|(name, can)| name.starts_with("read") && *can);
        self.must(reads, || format!("with what was granted nothing can be read: {report:?}"));
        let ticket = self.ticket(Grant::App).await;
        let held = Held { grant: Grant::App, ticket: Some(&ticket), company: &got.company, code: &got.code };
        let stands = provider.stands(&self.context, &held).await;
        self.well("a look at a grant that is good", stands);
    }

    async fn taken_back(&mut self, provider: &dyn Provider) {
        for grant in Grant::ALL {
            let Some((_, got)) = self.redeemed(provider, grant).await else { continue };
            let ticket = self.ticket(grant).await;
            let held = Held { grant, ticket: Some(&ticket), company: &got.company, code: &got.code };
            let token = provider.token(&self.context, &held).await;
            if let Some((token, lasts)) = self.well("a token for what was granted", token) {
                self.secret.push(token.expose().to_string());
                let ends = grant == Grant::App || !lasts.is_zero();
                self.must(ends, || "a token to change people with is over at once".into());
            }
            self.stage.system.withdraw(grant).await;
            let stands = provider.stands(&self.context, &held).await;
            self.refused("a look at a grant that was taken back", stands);
            let token = provider.token(&self.context, &held).await;
            self.refused("a token for a grant that was taken back", token.map(|(_, lasts)| lasts));
        }
    }

    async fn end(mut self) -> Vec<String> {
        let given = self.stage.request.secrets.values().map(|secret| secret.expose().to_string());
        let secrets: Vec<String> =
            given.chain(std::mem::take(&mut self.secret)).filter(|text| text.len() > 3).collect();
        for secret in &secrets {
            if let Some(text) = self.heard.iter().find(|text| text.contains(secret.as_str())) {
                self.faults
                    .push(format!("a secret is in what it says: {}", text.replace(secret.as_str(), "<the secret>")));
            }
        }
        self.stage.system.end().await;
        self.faults
    }
}
