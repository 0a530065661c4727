//! What a connector is made of: the vocabulary shared by the engine and every connector.
//!
//! Read in this order:
//!
//! * [`value`]: what flows between systems: [`Value`], [`Field`], [`Record`];
//! * [`schema`]: what a system's objects look like: kinds, fields, types and how values compare;
//! * [`action`]: what can be done, and with which effect;
//! * [`connector`]: the two things a connector provides: a static [`ConnectorSpec`] and, for each account, a
//!   [`Connection`];
//! * [`bulk`]: import jobs, where a system has them;
//! * [`message`]: every problem as a code with arguments, worded in zh and en when read;
//! * [`messenger`]: messages that somebody sends outside of runs;
//! * [`sign_in`]: signing in by an account of a system;
//! * [`provider`]: connections that a service provider makes for a company;
//! * [`error`]: what a failed call means for the engine: again, refresh, or stop;
//! * [`evidence`]: exchanges that did not go well, for people;
//! * [`inbound`]: calls that a system makes to us;
//! * [`directory`]: the contract of the directory's storage, which the store implements;
//! * [`scope`]: which departments a read covers, by patterns of paths;
//! * [`slots`]: how many writes may be in flight, for everybody who writes to one system;
//! * [`setting`]: what a connection asks for, and how a form asks it;
//! * [`shared`]: the words of problems that several connectors find;
//! * [`text`], [`phone`]: text and phone numbers as people write them, made comparable;
//! * `contract` (a feature): the suite that every connector passes;
//! * [`secret`]: values that print as `***`.
//!
//! Deliberately absent: retries, rate limits, plans and logs (the engine's), and anything about one system.

pub mod action;
pub mod bulk;
pub mod connector;
#[cfg(feature = "contract")]
pub mod contract;
pub mod directory;
pub mod error;
pub mod evidence;
pub mod examine;
pub mod inbound;
pub mod lease;
pub mod message;
pub mod messenger;
pub mod outgoing;
pub mod phone;
pub mod provider;
pub mod schema;
pub mod scope;
pub mod secret;
pub mod setting;
pub mod shared;
pub mod sign_in;
pub mod slots;
pub mod text;
pub mod value;

pub use action::{ActionSpec, Effect, OutputSpec, ParamSpec, ParamType, Removal};
pub use bulk::{Bulk, Carried, Estimate, JobState, Submitted};
pub use connector::{
    Applied, Blank, Call, Called, CheckReport, Connection, ConnectorSpec, Context, Ending, EventSpec, Finding, Gather,
    Meter, ObjectCall, OpenRequest, Page, Params, Part, Predicate, Preview, PreviewPart, Range, ReadRequest, Reader,
    Rest, RootIs, RowSchema, Seen, SetupSpec, Snapshot, SourceObject, Summary,
};
pub use error::{Error, ErrorKind};
pub use evidence::{Evidence, Exchange};
pub use examine::{Ability, Examination, ReceiverState, Surroundings, ToCopy, Verdict};
pub use inbound::{Event, Incoming, KeySpec, Keys, NEW_KEY, Received, Receiver, Told};
pub use lease::Lease;
pub use message::{Class, Message, NextKind, Owner, Problem, Text};
pub use messenger::Messenger;
pub use provider::{Grant, Granted, Provider, ProviderSpec};
pub use schema::{Access, Duplicate, FieldSpec, KeyRule, Kind, Privacy, Schema, Type, Unique, ValueCheck};
pub use secret::Secret;
pub use setting::{Form, Identity, Input, SettingCheck, SettingSpec};
pub use sign_in::SignIn;
pub use slots::{Slot, Slots};
pub use value::{Field, FieldId, Record, Str, Value};
