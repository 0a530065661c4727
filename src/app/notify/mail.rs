//! Mails, by the mail server of the tenant.

use std::time::Duration;

use idflow_sdk::{Problem, outgoing};
use lettre::{
    address::Envelope,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, TlsParameters},
    },
};

use super::{
    sent::{Sent, both},
    smtp::{Failed, Patience, Security, Server},
    text::Message,
};
use crate::{
    app::App,
    contract::problem::Text,
    store::notices::{Mail, Recipients, Undelivered},
};

/// After so long the recipients that are left wait for the next try: who has the mail is kept then, and nobody takes the
/// delivery for one that was left by a process that ended.
const AT_ONCE_MS: i64 = 30_000;

/// Where the password is sealed for.
pub(in crate::app) const PLACE: &str = "notification/mail";

/// An address, or a name with one.
pub(super) fn mailbox(text: &str) -> Option<Mailbox> {
    text.trim().parse().ok()
}

/// Whether these certificates can be read.
pub(super) fn is_certificate(pem: &str) -> bool {
    Certificate::from_pem(pem.as_bytes()).is_ok()
}

fn failed(mail: &Mail, what: &Text) -> Problem {
    Problem::new("mail_failed")
        .arg("host", mail.host.clone())
        .arg("what_zh", what.zh.clone())
        .arg("what_en", what.en.clone())
}

/// What went wrong with a mail, in both languages; what a server or a library says stays as it is said.
fn words(failed: &Failed) -> Text {
    match failed {
        Failed::Slow => both("超时", "it took too long"),
        Failed::Unreachable(error) => both("无法连接", format!("no connection: {error}")),
        Failed::Smtp(error) => words_of(error),
    }
}

fn words_of(error: &Error) -> Text {
    if let Some(code) = error.status() {
        return both(format!("SMTP {code}"), format!("SMTP {code}, {}", chain(error)));
    }
    if error.is_timeout() {
        return both("超时", "it took too long");
    }
    if error.is_tls() || is_of_encryption(error) {
        return both("加密连接失败，证书不可信或服务器不支持", format!("the encryption failed: {}", chain(error)));
    }
    if error.is_client() && chain(error).contains("STARTTLS") {
        return both(
            "服务器不支持 STARTTLS，没有发送任何内容",
            "the server does not offer STARTTLS, so nothing was sent",
        );
    }
    both("无法连接", format!("no connection: {}", chain(error)))
}

/// Whether an encryption that did not come about is behind an error: the library calls that a connection that failed.
fn is_of_encryption(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What the whole chain of an error says.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Who has not got a mail that others have; `said`: what the mail server said to one of them.
pub(super) fn partly(to: &[String], so_far: &Recipients, said: &Problem) -> Problem {
    let missing = to.iter().filter(|address| !so_far.reached.contains(address)).cloned().collect::<Vec<_>>().join(", ");
    let mut problem = Problem::new("mail_partly").arg("who", missing);
    for name in ["host", "what_zh", "what_en"] {
        let value = said.args.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        problem = problem.arg(name, value.unwrap_or_default());
    }
    problem
}

impl App {
    /// Sends a mail to everybody who has not got it yet; the same `id` is the same mail to whoever gets it twice. Each recipient
    /// is asked for by itself: one whom the mail server does not take keeps it from nobody else. `so_far` learns who has it now
    /// and who will never get it.
    pub(super) async fn send_mail(
        &self,
        mail: &Mail,
        to: &[String],
        id: &str,
        message: &Message,
        so_far: &mut Recipients,
    ) -> Sent {
        let server = match self.mail_server(mail).await {
            Ok(server) => server,
            Err(sent) => return sent,
        };
        let Some(from) = mailbox(&mail.from) else {
            return Sent::Never(Problem::new("mail_address").arg("address", mail.from.clone()));
        };
        let sender = from.email.clone();
        let now = Duration::from_millis(u64::try_from(self.now()).unwrap_or(0));
        let mut builder = lettre::Message::builder()
            .message_id(Some(format!("<{id}@{}>", sender.domain())))
            .from(from)
            .subject(message.title.clone())
            .date(std::time::SystemTime::UNIX_EPOCH + now)
            // Nobody's absence answers it (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
            .header(ContentType::TEXT_PLAIN);
        let mut open = Vec::new();
        for address in to {
            let Some(to) = mailbox(address) else {
                return Sent::Never(Problem::new("mail_address").arg("address", address.clone()));
            };
            if !so_far.is_settled(address) {
                open.push((address, to.email.clone()));
            }
            builder = builder.to(to);
        }
        let built = match builder.body(message.plain.clone()) {
            Ok(built) => built.formatted(),
            Err(error) => return Sent::Never(failed(mail, &both("无法连接或内容不可用", error.to_string()))),
        };
        let mut later = None;
        let begun = self.now();
        for (address, recipient) in open {
            if self.now().saturating_sub(begun) > AT_ONCE_MS {
                let slow = both("服务器太慢，其余收件人稍后继续", "it is slow, and the other recipients follow");
                return Sent::Again(later.unwrap_or_else(|| failed(mail, &slow)));
            }
            let envelope = match Envelope::new(Some(sender.clone()), vec![recipient]) {
                Ok(envelope) => envelope,
                Err(error) => return Sent::Never(failed(mail, &both("无法连接或内容不可用", error.to_string()))),
            };
            let Err(why) = server.send(&envelope, &built).await else {
                so_far.reached.push(address.clone());
                continue;
            };
            let problem = failed(mail, &words(&why));
            let code = why.code();
            // Who may not sign in there (RFC 4954, 530 to 538) would be refused for each recipient again.
            if code.as_ref().is_some_and(|code| code.starts_with("53")) {
                // Some mail servers limit how often somebody signs in: whoever is left is tried later.
                return if so_far.reached.is_empty() { Sent::Never(problem) } else { Sent::Again(problem) };
            }
            if why.is_permanent() {
                so_far.refused.push(Undelivered { address: address.clone(), problem });
            } else {
                later = Some(problem);
                if code.is_none() {
                    break;
                }
            }
        }
        match (later, so_far.refused.first()) {
            (Some(later), _) => Sent::Again(later),
            (None, None) => Sent::Done,
            (None, Some(refused)) if so_far.reached.is_empty() => Sent::Never(refused.problem.clone()),
            (None, Some(refused)) => Sent::Partly(partly(to, so_far, &refused.problem)),
        }
    }

    async fn mail_server(&self, mail: &Mail) -> Result<Server, Sent> {
        let refused = || Sent::Never(Problem::new("address_private").arg("address", mail.host.clone()));
        if !outgoing::may_call_host(&mail.host) {
            return Err(refused());
        }
        // What is called are the addresses that were looked at.
        let addresses = match outgoing::resolve(&mail.host).await {
            Ok(found) => found.into_iter().map(|found| (found.ip(), mail.port).into()).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return Err(refused()),
            Err(error) => return Err(Sent::Again(failed(mail, &words(&Failed::Unreachable(error))))),
        };
        let wrong = |error: Error| Sent::Never(failed(mail, &words_of(&error)));
        let encrypted = || {
            let mut parameters = TlsParameters::builder(mail.host.clone());
            if let Some(pem) = &mail.ca {
                parameters = parameters.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(wrong)?);
            }
            parameters.build().map_err(wrong)
        };
        let security = match mail.security.as_str() {
            "none" => Security::None,
            "starttls" => Security::StartTls(encrypted()?),
            _ => Security::Tls(encrypted()?),
        };
        let mut account = None;
        if !mail.username.is_empty() {
            let sealed = mail.sealed.as_deref().unwrap_or_default();
            let password = self.sealer.unseal(PLACE, sealed);
            let password = password.ok_or_else(|| Sent::Again(Problem::new("mail_password_unreadable")))?;
            account = Some(Credentials::new(mail.username.clone(), password.expose().to_string()));
        }
        Ok(Server { addresses, security, account, patience: Patience::USUAL })
    }
}
