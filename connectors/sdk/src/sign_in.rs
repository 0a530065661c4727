//! Signing in by an account of a system (OAuth 2): the pages to which a browser is sent, and what the code tells with which
//! it comes back.
//!
//! The server binds a sign-in to its browser and knows nothing of the system; the connector knows the pages and calls and
//! nothing of cookies.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{connector::Context, error::Error, secret::Secret};

/// Where the browser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// Inside the system's own client, on a desk or a phone: it knows who is there.
    Client,
    /// In a browser, where a code is scanned.
    Browser,
}

/// What for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To know who somebody is.
    SignIn,
    /// To be given values that only the person can give.
    Consent,
}

/// A page that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Authorise<'a> {
    /// What for.
    pub purpose: Purpose,
    /// Where the browser is.
    pub device: Device,
    /// Where it comes back to.
    pub back: &'a str,
    /// What it brings back unchanged: letters and digits.
    pub state: &'a str,
    /// Whether the page is wanted in Chinese.
    pub chinese: bool,
}

/// Who came back.
#[derive(Debug, Clone)]
pub enum Visitor {
    /// Somebody of the company.
    Person {
        /// The key.
        key: String,
        /// What opens the values that the person gave.
        ticket: Option<Secret>,
        /// Whether the account may see this person; who is outside has no business here.
        within: bool,
        /// What the system calls the person, where it was asked: keys are given to somebody else.
        name: Option<String>,
    },
    /// Somebody of another company that works with this one.
    Linked(String),
    /// Nobody of the company.
    Outsider,
}

/// Signing in, for connections that can.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// The address of the page.
    fn page(&self, wanted: &Authorise<'_>) -> String;

    /// Whose code it is. A code is good once.
    ///
    /// # Errors
    /// A code that is not good, or not any more; a system that cannot be asked.
    async fn visitor(&self, context: &Context, code: &str) -> Result<Visitor, Error>;

    /// What the person gave, by field. What is not there was not given.
    ///
    /// # Errors
    /// A ticket that is not good, or not any more.
    async fn given(&self, context: &Context, ticket: &Secret) -> Result<BTreeMap<&'static str, String>, Error>;
}
