//! By an account of WeCom, or of whatever else a connection can sign people in by.

use std::{collections::BTreeMap, sync::Arc};

use idflow_sdk::{
    Connection, Context, Secret, SignIn,
    sign_in::{Authorise, Device, Purpose, Visitor},
};

use super::{
    Origin, Returned,
    visit::{Attempt, Back, Begin, Came, Sent},
};
use crate::{
    app::{App, AppError, problem_words},
    connectors,
    contract::sign_in::{SignInWay, WayKind},
    engine::Connect,
    model::id::Tenant,
    store::{
        accounts::{self, StoredIdentity},
        catalogue::{self, StoredConnection},
        receivers,
    },
};

/// The beginning of the addresses of a connection.
pub const PATH: &str = "/oauth/wecom/";
/// What WeCom's own client says it is.
const CLIENT: &str = "wxwork";

/// A connection that can sign people in.
pub(super) struct Way {
    app: App,
    stored: StoredConnection,
    connection: Arc<dyn Connection>,
}

/// What the audit calls it, before it is known which connection somebody came by: the last word of the addresses.
fn way_word() -> &'static str {
    PATH.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

impl Way {
    fn sign_in(&self) -> Result<&dyn SignIn, AppError> {
        self.connection.sign_in().ok_or_else(not_set_up)
    }
}

fn not_set_up() -> AppError {
    AppError::not_found("sign_in_not_set_up")
}

/// Who vouches: the connection as it is. Another company, app or address is somebody else.
pub(super) fn issuer(stored: &StoredConnection) -> String {
    let spec = connectors::find(&stored.connector);
    let account = spec.and_then(|spec| spec.account(&stored.settings)).unwrap_or_default();
    let address = stored.settings.get("base_url").map(String::as_str).unwrap_or_default();
    format!("{} {} {account} {address}", stored.connector, stored.id)
}

/// Whether somebody may come in, by what the system says of them.
fn person(visitor: Visitor) -> Result<String, AppError> {
    named(visitor).map(|(key, _)| key)
}

/// The same, with what the system calls them.
fn named(visitor: Visitor) -> Result<(String, Option<String>), AppError> {
    match visitor {
        Visitor::Person { key, within: true, name, .. } => Ok((key, name)),
        Visitor::Person { key, within: false, .. } => Err(AppError::refused("sign_in_out_of_range").arg("who", key)),
        Visitor::Linked(_) => Err(AppError::refused("sign_in_linked")),
        Visitor::Outsider => Err(AppError::refused("sign_in_outsider")),
    }
}

impl App {
    /// The connection with this id, of whatever tenant; the same refusal for everything that is not one.
    async fn sign_in_way(&self, id: &str) -> Result<Way, AppError> {
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(not_set_up());
        }
        let whose = receivers::addressee(&*self.store, id).await?.ok_or_else(not_set_up)?;
        let tenant = self.known_tenant(whose.tenant.as_str()).await?;
        if tenant.is_none_or(|tenant| tenant.archived.is_some()) {
            return Err(not_set_up());
        }
        let app = self.of(&whose.tenant);
        let stored = catalogue::connection(&*app.store, &app.tenant, &whose.connection).await?;
        let stored = stored.map(|stored| stored.value).filter(|stored| stored.id == id).ok_or_else(not_set_up)?;
        app.opened_way(stored).await
    }

    async fn opened_way(&self, stored: StoredConnection) -> Result<Way, AppError> {
        let opened = self.connections.open(&stored.name, &stored.connector).await;
        let connection = opened.map_err(|_| not_set_up())?;
        Ok(Way { app: self.clone(), stored, connection })
    }

    /// Ways of this tenant's connections: those by which somebody is bound.
    pub(super) async fn wecom_ways(&self) -> Result<Vec<SignInWay>, AppError> {
        let bound = accounts::all::<StoredIdentity>(&*self.store).await?;
        let mut ways = Vec::new();
        for stored in catalogue::connections(&*self.store, &self.tenant).await? {
            let issuer = issuer(&stored);
            if bound.iter().any(|one| one.issuer == issuer && one.ended.is_none()) {
                let title = stored.settings.get("title").cloned();
                let start = format!("{PATH}{}/start", stored.id);
                ways.push(SignInWay { kind: WayKind::Wecom, title, start });
            }
        }
        Ok(ways)
    }

    /// Sends a browser to WeCom: silently where it is WeCom's own, with a code to scan elsewhere. `page` is the address of
    /// a path of this server, as people open it.
    ///
    /// # Errors
    /// A connection that is not there, or cannot sign anybody in.
    pub async fn begin_wecom(
        &self,
        id: &str,
        begin: &Begin,
        from: &Origin,
        chinese: bool,
        page: impl Fn(&str) -> String,
    ) -> Result<Sent, AppError> {
        let way = self.sign_in_way(id).await?;
        let (attempt, kept) = self.attempt(&format!("{PATH}{id}"), begin)?;
        let device = match from.agent.to_ascii_lowercase().contains(CLIENT) {
            true => Device::Client,
            false => Device::Browser,
        };
        let location = way.sign_in()?.page(&Authorise {
            purpose: if begin.gives() { Purpose::Consent } else { Purpose::SignIn },
            device,
            back: &page(&format!("{PATH}{id}/back")),
            state: &attempt.state,
            chinese,
        });
        Ok(Sent { location, kept })
    }

    /// Lets in who comes back from WeCom.
    ///
    /// # Errors
    /// Another browser's sign-in, one that came back before, somebody who is no member or out of the app's sight, somebody to
    /// whom no account is bound.
    pub async fn back_from_wecom(
        &self,
        id: &str,
        back: &Back,
        kept: Option<&str>,
        from: &Origin,
    ) -> Result<Returned, AppError> {
        self.who().count_return(from)?;
        let returned = self.returned_with_code(id, back, kept).await;
        let (attempt, code, way) = self.or_told(way_word(), from, returned).await?;
        if attempt.gives {
            let (userid, ticket) = way.person_with_ticket(code).await?;
            let gave = way.app.gave(&way, &userid, ticket.as_ref(), from).await?;
            return Ok(Returned::Gave(gave));
        }
        let visitor = way.visitor(code).await.and_then(named);
        let (key, name) = way.app.or_told(way_word(), from, visitor).await?;
        // WeCom does not mind the case of a userid.
        let subject = key.to_lowercase();
        let came = Came {
            way: connectors::find(&way.stored.connector).map_or("", |spec| spec.name),
            issuer: &issuer(&way.stored),
            subject: &subject,
            key: &key,
            name: name.as_deref(),
            of: Some((&way.app.tenant, way.stored.name.as_str())),
            email: None,
        };
        // What a connection vouches for is known in its tenant.
        way.app.enter(&came, &attempt, from).await.map(|entered| Returned::In(Box::new(entered)))
    }

    /// The sign-in with which a browser comes back, the code that WeCom gave it, and the connection that it is for.
    async fn returned_with_code<'a>(
        &self,
        id: &str,
        back: &'a Back,
        kept: Option<&str>,
    ) -> Result<(Attempt, &'a str, Way), AppError> {
        let attempt = self.returned(&format!("{PATH}{id}"), back, kept).await?;
        let code = back.code.as_deref().filter(|code| !code.is_empty() && code.len() <= 1024);
        let code = code.ok_or_else(|| AppError::refused("sign_in_refused"))?;
        Ok((attempt, code, self.sign_in_way(id).await?))
    }

    /// Whose code it is, for a system that lets people sign in by a connection of this tenant.
    pub(in crate::app) async fn visitor_of(&self, connection: &str, code: &str) -> Result<String, AppError> {
        let stored = self.stored_connection(connection).await?.value;
        self.opened_way(stored).await?.person(code).await
    }

    /// Who vouches for people of a connection of this tenant, by its name, and its connector.
    pub(super) async fn issuer_of(&self, connection: &str) -> Result<(String, &'static str), AppError> {
        let stored = self.stored_connection(connection).await?.value;
        let way = self.opened_way(stored).await?;
        way.sign_in()?;
        Ok((issuer(&way.stored), way.connection.spec().name))
    }

    /// The tenant of this application, where a connection is meant.
    pub(super) fn own_tenant(&self) -> &Tenant {
        &self.tenant
    }
}

impl Way {
    /// The name of the connection.
    pub(super) fn name(&self) -> &str {
        &self.stored.name
    }

    /// The name of its connector.
    pub(super) fn connector(&self) -> &'static str {
        self.connection.spec().name
    }

    /// What somebody gave, by field.
    pub(super) async fn given(&self, ticket: &Secret) -> Result<BTreeMap<&'static str, String>, AppError> {
        let given = self.sign_in()?.given(&Context::at(self.app.now()), ticket).await;
        given.map_err(|error| AppError::refused("sign_in_code_wrong").because(problem_words::show(&error.problem)))
    }

    /// Whose code it is, and what opens what they gave.
    async fn person_with_ticket(&self, code: &str) -> Result<(String, Option<Secret>), AppError> {
        let visitor = self.visitor(code).await?;
        let ticket = match &visitor {
            Visitor::Person { ticket, .. } => ticket.clone(),
            _ => None,
        };
        Ok((person(visitor)?, ticket))
    }

    async fn person(&self, code: &str) -> Result<String, AppError> {
        person(self.visitor(code).await?)
    }

    async fn visitor(&self, code: &str) -> Result<Visitor, AppError> {
        let visitor = self.sign_in()?.visitor(&Context::at(self.app.now()), code).await;
        let failed = |error: idflow_sdk::Error| {
            AppError::refused("sign_in_code_wrong").because(problem_words::show(&error.problem))
        };
        visitor.map_err(failed)
    }
}
