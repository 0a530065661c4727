//! Notifications: people are told of runs that fail, wait or are well again, of removals that wait, and of connections and
//! callbacks that do not work.
//!
//! | file | the question it answers |
//! |---|---|
//! | `rules` | who is told of what, and by which way? |
//! | `happened` | what is there to tell, in words? |
//! | `notifier` | when is it told, and how often? |
//! | `mail_server` | by which server are mails sent, and does it take one? |
//! | `text` | how does a message read? |
//! | `send`, `mail`, `call`, `sent` | what became of it: an app of a connection, a mail, a signed call |
//! | `smtp` | how is a mail server talked to: reached, encrypted, for how long? |
//! | `view` | how is that shown? |
//!
//! What happens is gathered for a while after the first of it, so that a burst is one message. A message is claimed in the
//! store before it is sent. A call can be repeated without harm, because it has an `Idempotency-Key`, and a mail, because it has
//! the same `Message-ID` each time; the message of an app cannot, so of one that was cut off nobody says that it was sent.

pub(super) mod call;
mod happened;
pub(super) mod mail;
mod mail_server;
mod notifier;
mod rules;
mod send;
mod sent;
mod smtp;
mod text;
mod view;

pub use notifier::Notifier;

use super::App;

impl App {
    /// Links in messages begin with this as long as nobody has said under which address people reach the server.
    pub fn listens_at(&self, url: &str) {
        let _ = self.all.local.set(url.trim_end_matches('/').to_string());
    }

    /// Where people look at something of this tenant; from the root of the server where nobody knows its address.
    fn page_at(&self, path: &str) -> String {
        let begins = self.public_url().or(self.all.local.get().map(String::as_str)).unwrap_or_default();
        format!("{begins}/w/{}{path}", self.tenant.as_str())
    }
}
