//! Connections that a service provider makes: a company authorises an app of the provider, and what it granted stands in the
//! place of secrets that somebody typed.
//!
//! ```text
//!  ProviderSpec ─ open ─► Provider: takes commands, makes invitations, redeems codes   (one for the installation)
//!                            │ what a company granted is kept by the application
//!  OpenRequest.granted ─► Granted: what a connection asks for when it needs a right    (one for each connection)
//! ```
//!
//! The application keeps tickets, codes and states and knows nothing of the system; the connector knows the calls and keeps
//! nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    connector::Context,
    error::Error,
    inbound::{Incoming, Receiver},
    message::{Problem, Text},
    secret::Secret,
    setting::SettingSpec,
};

/// What a company grants to a provider, each by an authorisation of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The app that the provider builds: to read, to send messages, to sign people in.
    App,
    /// To change departments and people.
    Contacts,
}

impl Grant {
    /// Both.
    pub const ALL: [Self; 2] = [Self::App, Self::Contacts];

    /// As it stands in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Contacts => "contacts",
        }
    }

    /// The grant that stands so in addresses.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.word() == word)
    }
}

/// What is opened for a provider: settings with defaults filled in, and secrets.
#[derive(Clone)]
pub struct ProviderRequest {
    /// Settings.
    pub settings: BTreeMap<String, String>,
    /// Secrets.
    pub secrets: BTreeMap<String, Secret>,
}

/// Opens what calls the system as a provider. Nothing is sent.
pub type OpenProvider = fn(ProviderRequest) -> Result<Arc<dyn Provider>, Error>;

/// The provider's way of a connector.
#[derive(Debug, Clone, Copy)]
pub struct ProviderSpec {
    /// The setting of a connection, and its value, which say that the connection comes this way.
    pub mode: (&'static str, &'static str),
    /// What a provider has to give, once for the installation.
    pub settings: &'static [SettingSpec],
    /// The addresses for commands, one for each grant, named by [`Grant::word`].
    pub receivers: &'static [Receiver],
    /// Opens it.
    pub open: OpenProvider,
    /// How long the right to change people lasts.
    pub contacts_last: Duration,
    /// The secrets of a connection that go when the company takes its authorisation back.
    pub secrets: &'static [&'static str],
    /// The settings that go with them: the app that they named is gone.
    pub settings_of_app: &'static [&'static str],
    /// How the company takes its authorisation back by itself.
    pub release: Text,
    /// What this way does not do, and why.
    pub unsupported: &'static [Unsupported],
}

/// Something that is not done.
#[derive(Debug, Clone, Copy)]
pub struct Unsupported {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub what: Text,
    /// Why not.
    pub why: Text,
}

/// What the system told a provider.
#[derive(Debug, Clone)]
pub struct Command {
    /// The body of the answer.
    pub answer: String,
    /// Which app of the provider it is about.
    pub grant: Grant,
    /// The same for each delivery of the same command.
    pub id: String,
    /// When it was sent, in milliseconds since 1970, by the system's clock.
    pub at_ms: i64,
    /// What.
    pub word: CommandWord,
}

/// What a command says.
#[derive(Debug, Clone)]
pub enum CommandWord {
    /// The address is tried out.
    Echo,
    /// A ticket, by which the provider proves who it is; it replaces the ones before.
    Ticket(Secret),
    /// A company authorised the app: a code that is good once, and what the invitation carried.
    Authorised {
        /// The code.
        code: Secret,
        /// What the invitation carried.
        state: Option<String>,
    },
    /// A company changed what it granted.
    Changed(String),
    /// A company took its authorisation back.
    Withdrawn(String),
    /// What stands in the place of a secret was replaced: a code for the new one.
    Replaced(Secret),
    /// Nothing that is of use here.
    Other,
}

/// An invitation that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Invite<'a> {
    /// To what.
    pub grant: Grant,
    /// The newest ticket.
    pub ticket: Option<&'a Secret>,
    /// What comes back with the authorisation: at most 32 letters and digits.
    pub state: &'a str,
    /// Where the browser goes afterwards, if the server has an address.
    pub back: Option<&'a str>,
}

/// An invitation: whoever administers the company opens it, or scans it as a QR code.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The link.
    pub url: String,
    /// How long it is good.
    pub lasts: Duration,
}

/// What a code was exchanged for.
#[derive(Debug, Clone)]
pub struct Redeemed {
    /// The company, as it is named to the provider.
    pub company: String,
    /// What people call it.
    pub title: String,
    /// Who authorised it, if that is told.
    pub who: Option<String>,
    /// What proves the authorisation from now on.
    pub code: Secret,
    /// Settings of the connection that follow from it.
    pub settings: BTreeMap<&'static str, String>,
    /// Secrets of the connection that follow from it.
    pub secrets: BTreeMap<&'static str, Secret>,
}

/// What a company granted, as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// What.
    pub grant: Grant,
    /// The newest ticket.
    pub ticket: Option<&'a Secret>,
    /// The company.
    pub company: &'a str,
    /// What proves it.
    pub code: &'a Secret,
}

/// How an authorisation stands, as the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the app is published, where that is told.
    pub published: Option<bool>,
}

/// What calls the system as a provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Whether what is needed for this grant was given.
    fn offers(&self, grant: Grant) -> bool;

    /// Takes a call of the system. Nothing is sent.
    ///
    /// # Errors
    /// A call that cannot be verified, or is too old.
    fn receive(&self, incoming: &Incoming<'_>) -> Result<Command, Problem>;

    /// Makes an invitation.
    ///
    /// # Errors
    /// Credentials that are refused; no ticket yet.
    async fn invite(&self, context: &Context, asked: &Invite<'_>) -> Result<Invitation, Error>;

    /// Exchanges a code that is good once.
    ///
    /// # Errors
    /// A code that is not good, or not any more.
    async fn redeem(
        &self,
        context: &Context,
        grant: Grant,
        ticket: Option<&Secret>,
        code: &Secret,
    ) -> Result<Redeemed, Error>;

    /// Looks with a harmless call whether an authorisation is good.
    ///
    /// # Errors
    /// It is not.
    async fn stands(&self, context: &Context, held: &Held<'_>) -> Result<Standing, Error>;

    /// A token that acts for the company, and how long it is good.
    ///
    /// # Errors
    /// An authorisation that is not good, or not any more.
    async fn token(&self, context: &Context, held: &Held<'_>) -> Result<(Secret, Duration), Error>;
}

/// What the company behind a connection granted, as the application keeps it.
#[async_trait]
pub trait Granted: Send + Sync {
    /// Whether it is granted now.
    ///
    /// # Errors
    /// Why it is not, and what to do.
    async fn stands(&self, grant: Grant) -> Result<(), Error>;

    /// A token to change people with, and how long it may be used.
    ///
    /// # Errors
    /// As [`Granted::stands`]; a system that does not give one.
    async fn token(&self, context: &Context) -> Result<(Secret, Duration), Error>;
}
