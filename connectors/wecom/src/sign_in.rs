//! Signing in by WeCom: its authorise pages, and who comes back from them, see [`idflow_sdk::sign_in`].
//!
//! A code tells a userid whether or not the member may see the app, so the range is looked at here as well.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Context, Error, Secret, SignIn,
    sign_in::{Authorise, Device, Purpose, Visitor},
};
use reqwest::Url;
use serde_json::{Map, Value};

use crate::{
    client::{Client, Who},
    codes,
    config::Config,
    error::{code_of, lacks},
};

/// Where members are inside the client.
const CLIENT_PAGE: &str = "https://open.weixin.qq.com/connect/oauth2/authorize";
/// Where a browser shows a code to scan.
const BROWSER_PAGE: &str = "https://login.work.weixin.qq.com/wwlogin/sso/login";
/// Where WeCom itself answers; another address of the API has its pages beside it.
const USUAL_HOST: &str = "qyapi.weixin.qq.com";

/// What a member can give, and what it is called in the directory.
const GIVEN: [(&str, &str); 6] = [
    ("mobile", "mobile"),
    ("email", "email"),
    ("biz_mail", "biz_mail"),
    ("gender", "gender"),
    ("avatar", "avatar"),
    ("address", "address"),
];
/// Part of the address of the picture that is shown in place of one that was not given.
const DEFAULT_AVATAR: &str = "nMl9ssowtibVGyrmvBiaibzDtp";

/// The pages of one app.
pub(crate) struct Pages {
    client: Arc<Client>,
    in_client: Url,
    in_browser: Url,
}

impl Pages {
    /// Nothing where there is no app.
    pub fn new(config: &Config, client: &Arc<Client>) -> Option<Self> {
        if !client.has(Who::App) {
            return None;
        }
        let base = Url::parse(&config.base_url).ok()?;
        let page = |usual: &str| -> Option<Url> {
            let mut url = Url::parse(usual).ok()?;
            if base.host_str() != Some(USUAL_HOST) {
                let path = url.path().to_owned();
                url = base.clone();
                url.set_path(&path);
            }
            Some(url)
        };
        Some(Self { client: client.clone(), in_client: page(CLIENT_PAGE)?, in_browser: page(BROWSER_PAGE)? })
    }
}

#[async_trait]
impl SignIn for Pages {
    fn page(&self, wanted: &Authorise<'_>) -> String {
        let agent = self.client.agent_id().to_string();
        let in_client = wanted.device == Device::Client || wanted.purpose == Purpose::Consent;
        let mut url = if in_client { self.in_client.clone() } else { self.in_browser.clone() };
        let mut query = url.query_pairs_mut();
        if in_client {
            let scope = if wanted.purpose == Purpose::Consent { "snsapi_privateinfo" } else { "snsapi_base" };
            query.append_pair("appid", self.client.corp_id()).append_pair("redirect_uri", wanted.back);
            query.append_pair("response_type", "code").append_pair("scope", scope);
            query.append_pair("state", wanted.state).append_pair("agentid", &agent);
        } else {
            query.append_pair("login_type", "CorpApp").append_pair("appid", self.client.corp_id());
            query.append_pair("agentid", &agent).append_pair("redirect_uri", wanted.back);
            query.append_pair("state", wanted.state).append_pair("lang", if wanted.chinese { "zh" } else { "en" });
        }
        drop(query);
        if in_client {
            url.set_fragment(Some("wechat_redirect"));
        }
        url.into()
    }

    async fn visitor(&self, context: &Context, code: &str) -> Result<Visitor, Error> {
        let answer = self.client.user_info(context, code).await?;
        match who(&answer) {
            Some(Visitor::Person { key, ticket, .. }) => {
                // A ticket is only given to members within the range.
                let seen = if ticket.is_some() { Some(None) } else { self.seen(context, &key).await? };
                Ok(Visitor::Person { key, ticket, within: seen.is_some(), name: seen.flatten() })
            }
            Some(other) => Ok(other),
            None => Err(lacks("auth/getuserinfo", "userid")),
        }
    }

    async fn given(&self, context: &Context, ticket: &Secret) -> Result<BTreeMap<&'static str, String>, Error> {
        Ok(given(&self.client.user_detail(context, ticket).await?))
    }
}

impl Pages {
    /// The name of a member, if there is one to see; nothing of a member that the app does not see.
    async fn seen(&self, context: &Context, userid: &str) -> Result<Option<Option<String>>, Error> {
        match self.client.member(context, userid).await {
            Ok(member) => {
                let name = member.get("name").and_then(Value::as_str).map(str::trim);
                // Where names are hidden the userid stands in their place.
                let told = name.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(userid));
                Ok(Some(told.map(ToString::to_string)))
            }
            Err(error) => match code_of(&error) {
                Some(code) if codes::is_missing(code) || codes::is_out_of_range(code) => Ok(None),
                _ => Err(error),
            },
        }
    }
}

/// Who an answer tells about. Older paths write its keys in another way.
fn who(answer: &Map<String, Value>) -> Option<Visitor> {
    let text =
        |names: [&str; 2]| names.into_iter().find_map(|name| answer.get(name)?.as_str()).filter(|id| !id.is_empty());
    if let Some(userid) = text(["userid", "UserId"]) {
        // A member of a linked corp comes as `CorpId/userid`.
        if userid.contains('/') {
            return Some(Visitor::Linked(userid.into()));
        }
        let ticket = text(["user_ticket", "user_ticket"]).map(|ticket| Secret::new(ticket.into()));
        return Some(Visitor::Person { key: userid.into(), ticket, within: false, name: None });
    }
    text(["openid", "OpenId"]).or_else(|| text(["external_userid", "external_userid"])).map(|_| Visitor::Outsider)
}

/// What was given. Without consent the gender is 0 and the picture the usual one, so those say nothing.
fn given(answer: &Map<String, Value>) -> BTreeMap<&'static str, String> {
    let text = |name: &str| match answer.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let says = |name: &str, value: &String| match name {
        "gender" => value != "0",
        "avatar" => !value.contains(DEFAULT_AVATAR),
        _ => true,
    };
    let found = GIVEN.into_iter().filter_map(|(name, field)| Some((name, field, text(name)?)));
    let found = found.filter(|(name, _, value)| !value.is_empty() && says(name, value));
    found.map(|(_, field, value)| (field, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn who_comes_back() {
        let person = |key: &str| Some(Visitor::Person { key: key.into(), ticket: None, within: false, name: None });
        for (answer, expected) in [
            (serde_json::json!({"userid": "li"}), person("li")),
            (serde_json::json!({"UserId": "li", "DeviceId": "x"}), person("li")),
            (serde_json::json!({"userid": "wwpartner/li"}), Some(Visitor::Linked("wwpartner/li".into()))),
            (serde_json::json!({"openid": "o1", "external_userid": "wm1"}), Some(Visitor::Outsider)),
            (serde_json::json!({"OpenId": "o1"}), Some(Visitor::Outsider)),
            (serde_json::json!({"userid": ""}), None),
            (serde_json::json!({}), None),
        ] {
            assert_eq!(format!("{:?}", who(&object(answer.clone()))), format!("{expected:?}"), "{answer}");
        }
    }

    #[test]
    fn what_was_not_given_is_not_there() {
        let refused = serde_json::json!({"userid": "li", "gender": "0", "mobile": "",
            "avatar": "https://wework.qpic.cn/wwhead/nMl9ssowtibVGyrmvBiaibzDtp/0"});
        assert!(given(&object(refused)).is_empty());
        let part = serde_json::json!({"userid": "li", "gender": "2", "mobile": "13800138000", "qr_code": "https://x"});
        let expected = BTreeMap::from([("gender", "2".to_owned()), ("mobile", "13800138000".to_owned())]);
        assert_eq!(given(&object(part)), expected);
    }
}
