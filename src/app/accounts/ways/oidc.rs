//! By OpenID Connect: the code flow with PKCE (RFC 7636), for one provider of the whole installation.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use idflow_sdk::{NextKind, Secret};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    Origin, accounts,
    oidc_provider::{AGAIN, FRESH, Provider, body, client, failed, is_safe},
    token,
    visit::{Attempt, Back, Begin, Came, Entered, Sent},
};
use crate::{
    app::{
        App, AppError, Desk,
        expected::{Expected, tag},
    },
    contract::{
        problem::Next,
        sign_in::{OidcSettings, OidcState},
    },
    store::{
        Batch, StoreError,
        accounts::{StoredAccount, StoredIdentity, StoredOidc},
        codec::Loaded,
    },
};

/// The word for this way.
pub(in crate::app) const WAY: &str = "oidc";
/// Where a browser begins.
pub const START: &str = "/oauth/oidc/start";
/// Where it comes back to.
pub const BACK: &str = "/oauth/oidc/back";
/// The id of the settings.
pub(super) const ONE: &str = "oidc";
/// For what the secret is sealed.
pub(in crate::app) const PLACE: &str = "oidc/client_secret";

#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
}

impl App {
    pub(super) async fn oidc_stored(&self) -> Result<Option<Loaded<StoredOidc>>, AppError> {
        Ok(accounts::get::<StoredOidc>(&*self.store, ONE).await?)
    }

    async fn oidc_settings(&self) -> Result<StoredOidc, AppError> {
        let stored = self.oidc_stored().await?.map(|stored| stored.value);
        stored.ok_or_else(|| AppError::not_found("oidc_not_set_up"))
    }

    /// Sends a browser to the provider.
    ///
    /// # Errors
    /// Nothing is set up; the provider does not answer.
    pub async fn begin_oidc(&self, begin: &Begin, page: impl Fn(&str) -> String) -> Result<Sent, AppError> {
        let settings = self.oidc_settings().await?;
        let known = self.all.oidc.of(&settings.issuer, FRESH).await?;
        let (attempt, kept) = self.attempt(WAY, begin)?;
        let mut url = reqwest::Url::parse(&known.provider.authorization_endpoint).map_err(failed)?;
        let scopes = ["openid"].into_iter().chain(settings.scopes.iter().map(String::as_str));
        let scopes = scopes.collect::<Vec<_>>().join(" ");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &page(BACK))
            .append_pair("scope", &scopes)
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.verifier.as_bytes())))
            .append_pair("code_challenge_method", "S256");
        Ok(Sent { location: url.into(), kept })
    }

    /// Lets in who comes back from the provider.
    ///
    /// # Errors
    /// Another browser's sign-in, one that came back before, a provider that refuses, a token that is not good, somebody to
    /// whom no account is bound.
    pub async fn back_from_oidc(
        &self,
        back: &Back,
        kept: Option<&str>,
        from: &Origin,
        page: impl Fn(&str) -> String,
    ) -> Result<Entered, AppError> {
        self.who().count_return(from)?;
        let vouched = self.vouched_by_oidc(back, kept, page).await;
        let (attempt, settings, claims) = self.or_told(WAY, from, vouched).await?;
        let email = claims.verified_email().filter(|_| settings.by_email);
        let came = Came {
            way: WAY,
            issuer: &settings.issuer,
            subject: &claims.sub,
            key: &claims.sub,
            name: None,
            of: None,
            email,
        };
        self.enter(&came, &attempt, from).await
    }

    /// Whom the provider vouches for to the browser that comes back.
    async fn vouched_by_oidc(
        &self,
        back: &Back,
        kept: Option<&str>,
        page: impl Fn(&str) -> String,
    ) -> Result<(Attempt, StoredOidc, token::Claims), AppError> {
        let attempt = self.returned(WAY, back, kept).await?;
        let settings = self.oidc_settings().await?;
        // A provider that names itself is the one that was asked (RFC 9207).
        if back.iss.as_ref().is_some_and(|iss| *iss != settings.issuer) {
            return Err(AppError::refused("sign_in_other_browser"));
        }
        let code = back.code.as_deref().filter(|code| !code.is_empty() && back.error.is_none());
        let code = code.ok_or_else(|| AppError::refused("sign_in_refused"))?;
        let known = self.all.oidc.of(&settings.issuer, FRESH).await?;
        let id_token = self.redeem_code(&settings, &known.provider, code, &attempt.verifier, &page(BACK)).await?;
        let wanted = token::Wanted {
            issuer: &settings.issuer,
            client_id: &settings.client_id,
            nonce: &attempt.nonce,
            now: self.now() / 1000,
        };
        let claims = match token::read(&id_token, &known.keys, &wanted) {
            // The provider may have new keys.
            Err(token::Wrong::NoKey | token::Wrong::Signature) => {
                let known = self.all.oidc.of(&settings.issuer, AGAIN).await?;
                token::read(&id_token, &known.keys, &wanted)
            }
            other => other,
        };
        let claims = claims.map_err(|wrong| AppError::refused("oidc_token_wrong").arg("what", wrong.word()))?;
        Ok((attempt, settings, claims))
    }

    async fn redeem_code(
        &self,
        settings: &StoredOidc,
        provider: &Provider,
        code: &str,
        verifier: &str,
        back: &str,
    ) -> Result<String, AppError> {
        let sealed = settings.sealed.as_deref();
        let secret = sealed.map(|sealed| {
            self.sealer.unseal(PLACE, sealed).ok_or_else(|| AppError::conflict("secret_unreadable").arg("name", WAY))
        });
        let secret = secret.transpose()?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", verifier),
        ];
        let methods = provider.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        // Where a provider says nothing, it takes the first of the two.
        let by_post = methods.iter().any(|method| method == "client_secret_post")
            && !methods.iter().any(|method| method == "client_secret_basic");
        let request = client(&provider.token_endpoint)?.post(&provider.token_endpoint);
        let request = match &secret {
            Some(secret) if !by_post => {
                let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                request.basic_auth(encoded(&settings.client_id), Some(encoded(secret.expose())))
            }
            Some(secret) => {
                form.extend([("client_id", settings.client_id.as_str()), ("client_secret", secret.expose())]);
                request
            }
            None => {
                form.push(("client_id", settings.client_id.as_str()));
                request
            }
        };
        let tokens: Tokens = body(request.form(&form)).await?;
        tokens.id_token.ok_or_else(|| AppError::refused("oidc_token_wrong").arg("what", "id_token"))
    }

    /// Where a browser ends its session at the provider as well; nothing where the provider has no such page.
    ///
    /// # Errors
    /// Nothing is set up; the provider does not answer.
    pub async fn end_oidc(&self, page: impl Fn(&str) -> String) -> Result<Option<String>, AppError> {
        let settings = self.oidc_settings().await?;
        let known = self.all.oidc.of(&settings.issuer, FRESH).await?;
        let Some(address) = known.provider.end_session_endpoint.filter(|address| is_safe(address)) else {
            return Ok(None);
        };
        let mut url = reqwest::Url::parse(&address).map_err(failed)?;
        url.query_pairs_mut()
            .append_pair("client_id", &settings.client_id)
            .append_pair("post_logout_redirect_uri", &page("/"));
        Ok(Some(url.into()))
    }
}

/// Whether this is another provider than before.
fn is_other(before: &str, issuer: &str) -> bool {
    let bare = |issuer: &str| issuer.trim().trim_end_matches('/').to_string();
    bare(before) != bare(issuer)
}

fn state(stored: Option<&StoredOidc>, by_server: bool) -> OidcState {
    OidcState {
        by_server,
        set_up: stored.is_some(),
        has_secret: stored.is_some_and(|stored| stored.sealed.is_some()),
        settings: stored.map(|stored| OidcSettings {
            issuer: stored.issuer.clone(),
            client_id: stored.client_id.clone(),
            client_secret: None,
            title: Some(stored.title.clone()),
            by_email: stored.by_email,
            scopes: Some(stored.scopes.clone()),
        }),
        back: BACK.into(),
        etag: stored.map(tag).unwrap_or_default(),
    }
}

/// Where to look again.
fn look() -> Next {
    Next::new(NextKind::ListAccounts)
}

impl Desk<'_> {
    /// How people sign in by OpenID Connect.
    pub async fn oidc(&self) -> Result<OidcState, AppError> {
        let stored = self.oidc_stored().await?;
        Ok(state(stored.as_ref().map(|stored| &stored.value), self.all.oidc.is_by_server()))
    }

    /// Sets it up, after the provider has told about itself.
    ///
    /// # Errors
    /// A field that cannot be used, a provider that does not answer or is another one; it is in another state.
    pub async fn set_oidc(&self, new: &OidcSettings, expected: &Expected) -> Result<OidcState, AppError> {
        self.all.oidc.refuse_by_server()?;
        let (old, stored) = self.oidc_of(new).await?;
        expected.check(old.as_ref().map(|old| tag(&old.value)).as_deref(), look)?;
        self.all.oidc.ask(&stored.issuer).await?;
        // The secret is sent to whatever address the provider names, so it stays with the provider.
        let moved = old.as_ref().is_some_and(|old| is_other(&old.value.issuer, &stored.issuer));
        if moved && stored.sealed.is_some() && new.client_secret.is_none() {
            let error = AppError::invalid("secret_for_other_address").arg("key", "client_secret");
            return Err(error.field("client_secret"));
        }
        let mut batch = Batch::default();
        accounts::put(&mut batch, old.as_ref(), &stored)?;
        match self.store.commit(batch).await {
            Err(StoreError::Conflict) => return Err(AppError::stale("changed_since").next(look())),
            done => done?,
        }
        let shown = |stored: &StoredOidc| json!({"issuer": stored.issuer, "client_id": stored.client_id, "by_email": stored.by_email});
        self.caller.trail.change(old.map_or(json!(null), |old| shown(&old.value)), shown(&stored));
        Ok(state(Some(&stored), false))
    }
}

impl App {
    /// Sets it up as the configuration of the server says, which is asked for nothing: the provider may be away while the server
    /// begins. From now on it is changed there alone.
    ///
    /// # Errors
    /// A field that cannot be used; the store.
    pub async fn oidc_by_server(&self, new: &OidcSettings) -> Result<(), AppError> {
        let before = self.oidc_stored().await?;
        let mut new = new.clone();
        if new.client_secret.is_none() && before.is_some_and(|before| is_other(&before.value.issuer, &new.issuer)) {
            // The server begins all the same, without the secret of another provider.
            new.client_secret = Some(String::new());
        }
        let (old, stored) = self.oidc_of(&new).await?;
        self.all.oidc.set_by_server();
        // The same secret sealed again is another text; it is kept as it is.
        let open = |stored: &StoredOidc| {
            let sealed = stored.sealed.as_deref();
            sealed.and_then(|sealed| self.sealer.unseal(PLACE, sealed)).map(|secret| secret.expose().to_string())
        };
        let bare = |stored: &StoredOidc| StoredOidc { sealed: None, ..stored.clone() };
        let same = |old: &Loaded<StoredOidc>| bare(&old.value) == bare(&stored) && open(&old.value) == open(&stored);
        if old.as_ref().is_some_and(same) {
            return Ok(());
        }
        let mut batch = Batch::default();
        accounts::put(&mut batch, old.as_ref(), &stored)?;
        match self.store.commit(batch).await {
            // Another node begins with the same settings.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What was stored, and what is to be.
    async fn oidc_of(&self, new: &OidcSettings) -> Result<(Option<Loaded<StoredOidc>>, StoredOidc), AppError> {
        let wrong = |field: &'static str| AppError::invalid("oidc_settings_wrong").arg("field", field).field(field);
        let plain =
            |text: &str| !text.is_empty() && text.len() <= 500 && text.bytes().all(|byte| byte.is_ascii_graphic());
        let (issuer, client_id) = (new.issuer.trim(), new.client_id.trim());
        if !plain(issuer) || !is_safe(issuer) || issuer.contains(['?', '#']) {
            return Err(wrong("issuer"));
        }
        if !plain(client_id) {
            return Err(wrong("client_id"));
        }
        let title = new.title.as_deref().unwrap_or_default().trim();
        if title.chars().count() > 60 || title.chars().any(char::is_control) {
            return Err(wrong("title"));
        }
        let usual = || vec!["email".to_string(), "profile".to_string()];
        let mut scopes = new.scopes.clone().unwrap_or_else(usual);
        scopes.retain(|scope| scope != "openid");
        if scopes.len() > 20 || !scopes.iter().all(|scope| plain(scope)) {
            return Err(wrong("scopes"));
        }
        let old = self.oidc_stored().await?;
        let sealed = match new.client_secret.as_deref().map(str::trim) {
            None => old.as_ref().and_then(|old| old.value.sealed.clone()),
            Some("") => None,
            Some(secret) => Some(self.sealer.seal(PLACE, &Secret::new(secret.into()))?),
        };
        let stored = StoredOidc {
            id: ONE.into(),
            issuer: issuer.into(),
            client_id: client_id.into(),
            sealed,
            title: title.into(),
            by_email: new.by_email,
            scopes,
        };
        Ok((old, stored))
    }
}

impl Desk<'_> {
    /// Takes it away: nobody signs in by it any more. Who was bound stays bound for the same provider.
    ///
    /// # Errors
    /// It is not set up.
    pub async fn drop_oidc(&self) -> Result<OidcState, AppError> {
        self.all.oidc.refuse_by_server()?;
        let old = self.oidc_stored().await?.ok_or_else(|| AppError::not_found("oidc_not_set_up"))?;
        let mut batch = Batch::default();
        accounts::drop_one(&mut batch, &old);
        self.store.commit(batch).await?;
        for account in accounts::all::<StoredAccount>(&*self.store).await? {
            self.who().end_by(&account.id, WAY, None).await?;
        }
        let bound = accounts::all::<StoredIdentity>(&*self.store).await?;
        let bound = bound.iter().filter(|one| one.way == WAY).count();
        self.caller.trail.change(json!({"issuer": old.value.issuer, "bound": bound}), json!(null));
        Ok(state(None, false))
    }
}
