//! The mail server of a tenant, as people see and set it; a mail that tries it.

use idflow_sdk::Secret;

use super::{
    mail,
    rules::{look, trial_of},
};
use crate::{
    app::{
        App, AppError, Desk,
        expected::{Expected, tag},
        time,
    },
    contract::notification::{MailSecurity, MailSettings, MailTrial, NotificationTrial, PutMailSettings},
    store::{
        Batch, StoreError,
        notices::{self, Mail},
    },
};

/// The most bytes of certificates.
const MOST_CA: usize = 64 << 10;

impl App {
    /// The mail server.
    pub async fn mail_settings(&self) -> Result<MailSettings, AppError> {
        let mail = notices::mail(&*self.store, &self.tenant).await?;
        Ok(mail.map_or_else(nothing, |mail| mail_view(&mail.value)))
    }

    /// Sends a mail to somebody, by the mail server as it is saved.
    ///
    /// # Errors
    /// There is no mail server, an address that is none; the store. A mail that was not taken is an answer.
    pub async fn try_mail(&self, trial: &MailTrial) -> Result<NotificationTrial, AppError> {
        if mail::mailbox(&trial.to).is_none() {
            return Err(AppError::invalid("mail_address").arg("address", &trial.to).field("to"));
        }
        let mail = notices::mail(&*self.store, &self.tenant).await?;
        let mail = mail.ok_or_else(|| AppError::conflict("mail_unset"))?.value;
        let message = super::text::Message {
            title: "idflow：测试邮件 / test mail".into(),
            plain: "idflow 可以通过这台邮件服务器发送通知。\nidflow can send notifications by this mail server.\n"
                .into(),
            markdown: String::new(),
        };
        let id = crate::model::id::new_ulid(self.now());
        let mut nobody_yet = notices::Recipients::default();
        let sent = self.send_mail(&mail, std::slice::from_ref(&trial.to), &id, &message, &mut nobody_yet).await;
        Ok(trial_of(sent))
    }
}

impl Desk<'_> {
    /// Sets the mail server.
    ///
    /// # Errors
    /// What is wrong with it, by field; it is in another state; the store.
    pub async fn put_mail_settings(&self, new: PutMailSettings, expected: &Expected) -> Result<MailSettings, AppError> {
        let old = notices::mail(&*self.store, &self.tenant).await?;
        expected.check(old.as_ref().map(|old| tag(&old.value)).as_deref(), look)?;
        let host = new.host.trim().to_ascii_lowercase();
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_');
        if host.is_empty() || host.len() > 253 || !host.bytes().all(letters) {
            return Err(AppError::invalid("mail_host").arg("host", &host).field("host"));
        }
        if !idflow_sdk::outgoing::may_call_host(&host) {
            return Err(AppError::invalid("address_private").arg("address", &host).field("host"));
        }
        if mail::mailbox(&new.from).is_none() {
            return Err(AppError::invalid("mail_address").arg("address", &new.from).field("from"));
        }
        let ca = new.ca.as_deref().map(str::trim).filter(|pem| !pem.is_empty());
        if ca.is_some_and(|pem| pem.len() > MOST_CA || !mail::is_certificate(pem)) {
            return Err(AppError::invalid("mail_ca").field("ca"));
        }
        let username = new.username.as_deref().map(str::trim).unwrap_or_default().to_string();
        let kept = old.as_ref().filter(|old| old.value.host == host && old.value.username == username);
        let sealed = match &new.password {
            Some(password) if password.is_empty() => None,
            Some(password) => Some(self.sealer.seal(mail::PLACE, &Secret::new(password.clone()))?),
            None => kept.and_then(|old| old.value.sealed.clone()),
        };
        if !username.is_empty() && sealed.is_none() {
            return Err(AppError::invalid("mail_password_missing").field("password"));
        }
        let (security, usual) = match new.security {
            MailSecurity::Tls => ("tls", 465),
            MailSecurity::Starttls => ("starttls", 587),
            MailSecurity::None if !username.is_empty() => {
                return Err(AppError::invalid("mail_password_plain").field("security"));
            }
            MailSecurity::None => ("none", 25),
        };
        let port = new.port.unwrap_or(usual);
        if port == 0 {
            return Err(AppError::invalid("mail_host").arg("host", &host).field("port"));
        }
        let mail = Mail {
            host,
            port,
            security: security.into(),
            sealed: sealed.filter(|_| !username.is_empty()),
            username,
            from: new.from.trim().to_string(),
            ca: ca.map(ToString::to_string),
            changed: self.now(),
        };
        let mut batch = Batch::default();
        notices::put_mail(&mut batch, &self.tenant, old.as_ref(), &mail)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::stale("changed_since").next(look())),
            done => done?,
        }
        Ok(mail_view(&mail))
    }
}

fn nothing() -> MailSettings {
    MailSettings {
        configured: false,
        host: String::new(),
        port: 465,
        security: MailSecurity::Tls,
        username: String::new(),
        has_password: false,
        from: String::new(),
        ca: None,
        changed: None,
        etag: String::new(),
    }
}

fn mail_view(mail: &Mail) -> MailSettings {
    let security = match mail.security.as_str() {
        "none" => MailSecurity::None,
        "starttls" => MailSecurity::Starttls,
        _ => MailSecurity::Tls,
    };
    MailSettings {
        configured: true,
        host: mail.host.clone(),
        port: mail.port,
        security,
        username: mail.username.clone(),
        has_password: mail.sealed.is_some(),
        from: mail.from.clone(),
        ca: mail.ca.clone(),
        changed: Some(time(mail.changed)),
        etag: tag(mail),
    }
}
