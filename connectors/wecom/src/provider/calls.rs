//! What a provider does: invite, exchange a code, look whether an authorisation is good, act for a company.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use idflow_sdk::{
    Context, Error, ErrorKind, Grant, Incoming, Problem, Provider, Secret,
    provider::{Command, Held, Invitation, Invite, Redeemed, Standing},
};
use reqwest::Url;
use serde_json::{Map, Value, json};

use super::{
    commands,
    config::Config,
    service::{NO_TICKET, Service, token_of},
};
use crate::error::{code_of, lacks, own};

/// Where an app of a provider is installed; another address of the API has its page beside it.
const INSTALL_PAGE: &str = "https://open.work.weixin.qq.com/3rdapp/install";
/// Where WeCom itself answers.
const USUAL_HOST: &str = "qyapi.weixin.qq.com";
/// How long a link is good where the platform does not say.
const LINK_LASTS: Duration = Duration::from_secs(864_000);
/// From this publish status on the app is online: 0 waits, 1 is being built, 2 is online, 3 is online with a newer draft.
const ONLINE: i64 = 2;

/// A provider, by its own credentials.
pub(super) struct Own(Service);

impl Own {
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self(Service::new(config)?))
    }

    fn install_page(&self) -> Url {
        let base = &self.0.config.base;
        let mut url = base.clone();
        if base.host_str() == Some(USUAL_HOST)
            && let Ok(usual) = Url::parse(INSTALL_PAGE)
        {
            return usual;
        }
        url.set_path("/3rdapp/install");
        url
    }

    /// The token of a customized app: its permanent code is its secret.
    async fn app_token(&self, context: &Context, held: &Held<'_>) -> Result<Secret, Error> {
        let query = [("corpid", held.company), ("corpsecret", held.code.expose())];
        let answer = self.0.call(context, "gettoken", &query, None, &[held.code]).await?;
        Ok(token_of(&answer, "access_token", "gettoken")?.token)
    }
}

#[async_trait]
impl Provider for Own {
    fn offers(&self, grant: Grant) -> bool {
        self.0.config.suite(grant).is_some()
    }

    fn receive(&self, incoming: &Incoming<'_>) -> Result<Command, Problem> {
        commands::receive(&self.0.config, incoming)
    }

    async fn invite(&self, context: &Context, asked: &Invite<'_>) -> Result<Invitation, Error> {
        if asked.grant == Grant::App {
            let body = json!({"state": asked.state, "templateid_list": [self.0.config.template.id]});
            let api = "service/get_customized_auth_url";
            let answer = self.0.as_provider(context, api, &body).await?;
            let url = text(&answer, "qrcode_url").ok_or_else(|| lacks(api, "qrcode_url"))?;
            return Ok(Invitation { url, lasts: lasts(&answer) });
        }
        let suite = self.0.config.suite(asked.grant);
        let suite = suite.ok_or_else(|| own(ErrorKind::Configuration, Problem::new("wecom_provider_no_suite")))?;
        let api = "service/get_pre_auth_code";
        let answer = self.0.as_suite(context, asked.grant, asked.ticket, (api, &[]), None, &[]).await?;
        let code = text(&answer, "pre_auth_code").ok_or_else(|| lacks(api, "pre_auth_code"))?;
        // 0 is a formal authorisation, 1 that of an app that is still being tested.
        let session = json!({"pre_auth_code": code, "session_info": {"auth_type": 0}});
        let call = ("service/set_session_info", [].as_slice());
        self.0.as_suite(context, asked.grant, asked.ticket, call, Some(&session), &[]).await?;
        let mut url = self.install_page();
        let mut query = url.query_pairs_mut();
        query.append_pair("suite_id", &suite.id).append_pair("pre_auth_code", &code);
        if let Some(back) = asked.back {
            query.append_pair("redirect_uri", back);
        }
        query.append_pair("state", asked.state);
        drop(query);
        Ok(Invitation { url: url.into(), lasts: lasts(&answer) })
    }

    async fn redeem(
        &self,
        context: &Context,
        grant: Grant,
        ticket: Option<&Secret>,
        code: &Secret,
    ) -> Result<Redeemed, Error> {
        let api = "service/get_permanent_code";
        let body = json!({"auth_code": code.expose()});
        let answer = self.0.as_suite(context, grant, ticket, (api, &[]), Some(&body), &[code]).await;
        let answer = answer.map_err(|mut error| {
            // The next ticket comes within ten minutes, and so long the code is good.
            if code_of(&error) == Some(40085) || error.problem.code == NO_TICKET {
                error.kind = ErrorKind::Unavailable;
            }
            error
        })?;
        redeemed(&answer, grant).map_err(|field| lacks(api, field))
    }

    async fn stands(&self, context: &Context, held: &Held<'_>) -> Result<Standing, Error> {
        if held.grant == Grant::Contacts {
            let (token, _) = self.token(context, held).await?;
            // Ids of departments are what this right may read; nothing is changed.
            let query = [("access_token", token.expose())];
            self.0.call(context, "department/simplelist", &query, None, &[&token]).await?;
            return Ok(Standing::default());
        }
        let body = json!({"auth_corpid": held.company, "permanent_code": held.code.expose()});
        let call = ("service/get_auth_info", [].as_slice());
        let info = self.0.as_suite(context, held.grant, held.ticket, call, Some(&body), &[held.code]).await?;
        let agent = info.get("auth_info").and_then(|info| info.pointer("/agent/0/agentid")).and_then(Value::as_i64);
        let agent = agent.ok_or_else(|| lacks("service/get_auth_info", "auth_info.agent.agentid"))?.to_string();
        let token = self.app_token(context, held).await?;
        let query = [("access_token", token.expose()), ("agentid", &agent)];
        let app = self.0.call(context, "agent/get", &query, None, &[&token]).await?;
        let status = app.get("customized_publish_status").and_then(Value::as_i64);
        Ok(Standing { published: status.map(|status| status >= ONLINE) })
    }

    async fn token(&self, context: &Context, held: &Held<'_>) -> Result<(Secret, Duration), Error> {
        if held.grant == Grant::App {
            return Ok((self.app_token(context, held).await?, Duration::ZERO));
        }
        let api = "service/get_corp_token";
        let body = json!({"auth_corpid": held.company, "permanent_code": held.code.expose()});
        let answer = self.0.as_suite(context, held.grant, held.ticket, (api, &[]), Some(&body), &[held.code]).await?;
        let fresh = token_of(&answer, "access_token", api)?;
        Ok((fresh.token, fresh.lifetime))
    }
}

fn text(answer: &Map<String, Value>, name: &str) -> Option<String> {
    answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn lasts(answer: &Map<String, Value>) -> Duration {
    answer.get("expires_in").and_then(Value::as_u64).map_or(LINK_LASTS, Duration::from_secs)
}

/// What an exchange gave. A right to edit contacts comes without an app. Names the field that is not as it should be.
fn redeemed(answer: &Map<String, Value>, grant: Grant) -> Result<Redeemed, &'static str> {
    let whole = Value::Object(answer.clone());
    let at =
        |path: &str| whole.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let code = Secret::new(text(answer, "permanent_code").ok_or("permanent_code")?);
    let company = at("/auth_corp_info/corpid").ok_or("auth_corp_info.corpid")?;
    let mut settings = BTreeMap::new();
    let mut secrets = BTreeMap::new();
    if grant == Grant::App {
        let agent = whole.pointer("/auth_info/agent/0").ok_or("auth_info.agent")?;
        // An app of the market has another kind of token and sees no names.
        if agent.get("is_customized_app").and_then(Value::as_bool) == Some(false) {
            return Err("auth_info.agent.is_customized_app");
        }
        settings.insert("corp_id", company.clone());
        let id = agent.get("agentid").and_then(Value::as_i64).ok_or("auth_info.agent.agentid")?;
        settings.insert("agent_id", id.to_string());
        settings.insert("app_kind", "customized".to_owned());
        secrets.insert("app_secret", code.clone());
    }
    Ok(Redeemed {
        title: at("/auth_corp_info/corp_name").unwrap_or_else(|| company.clone()),
        who: at("/auth_user_info/name").or_else(|| at("/auth_user_info/userid")),
        company,
        code,
        settings,
        secrets,
    })
}
