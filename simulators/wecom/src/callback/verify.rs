//! Saving a receiver: the address has to send a text back before it is taken, as in the platform's console.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;

use super::deliver::call;
use crate::running::Error;
use crate::server::Shared;
use crate::state::{EventForm, ReceiverState};
use crate::world::World;

/// How long the answer may take.
const ECHO: Duration = Duration::from_secs(1);

/// Whose receiver it is to be: of an app, of a provider's app, or else of contact sync.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReceiver {
    /// The corp; not needed for a provider's app.
    #[serde(default)]
    pub corpid: String,
    /// The app.
    #[serde(default)]
    pub agentid: Option<i64>,
    /// The provider's app.
    #[serde(default)]
    pub suite_id: Option<String>,
    /// The address.
    pub url: String,
    /// The token.
    pub token: String,
    /// The key.
    pub encoding_aes_key: String,
    /// How much its events tell.
    #[serde(default)]
    pub form: Option<EventForm>,
}

/// Asks the address for its echo and, when that is right, keeps the receiver.
pub(crate) async fn save(shared: &Shared, new: NewReceiver) -> Result<(), Error> {
    let receiver = ReceiverState {
        url: new.url.clone(),
        token: new.token.clone(),
        encoding_aes_key: new.encoding_aes_key.clone(),
        form: new.form,
    };
    let refused = |why: String| Error::Receiver(format!("40057: {why}"));
    if receiver.token.is_empty()
        || receiver.token.len() > 32
        || !receiver.token.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(refused("the token is not 1 to 32 letters and digits".to_owned()));
    }
    let (text, url) = {
        let mut world = shared.lock();
        place(&mut world, &new)?;
        let to = new.suite_id.as_deref().unwrap_or(&new.corpid);
        let now_ms = world.clock.now_ms();
        let echo = world.outbox.echo(&receiver, to, now_ms);
        echo.ok_or_else(|| refused("the key is not 43 letters and digits".to_owned()))?
    };
    match call(Method::GET, &url, Bytes::new(), ECHO).await {
        Ok((200, body)) if body == text.as_bytes() => {}
        Ok((200, body)) => {
            let found = String::from_utf8_lossy(&body);
            return Err(refused(format!("the answer is `{}`, not the text that was sent", found.escape_default())));
        }
        Ok((status, _)) => return Err(refused(format!("the answer has status {status}"))),
        Err(error) => return Err(refused(error)),
    }
    *place(&mut shared.lock(), &new)? = Some(receiver);
    Ok(())
}

/// Where the receiver is kept.
fn place<'a>(world: &'a mut World, new: &NewReceiver) -> Result<&'a mut Option<ReceiverState>, Error> {
    if let Some(suite_id) = &new.suite_id {
        let suite = world.suites.get_mut(suite_id).ok_or_else(|| Error::Unknown(format!("suite `{suite_id}`")))?;
        return Ok(&mut suite.settings.receiver);
    }
    let corp = world.corps.get_mut(&new.corpid).ok_or_else(|| Error::Unknown(format!("corp `{}`", new.corpid)))?;
    let Some(agentid) = new.agentid else { return Ok(&mut corp.contacts.receiver) };
    let app = corp.apps.iter_mut().find(|app| app.settings.agentid == agentid);
    Ok(&mut app.ok_or_else(|| Error::Unknown(format!("app {agentid}")))?.settings.receiver)
}
