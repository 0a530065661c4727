//! Bare: the requests of a sync, sent again by the plainest client that could do the same.
//!
//! One connection, one request in flight, one token for each secret, addresses and bodies made before the clock starts. The
//! answer is read to its end and its `errcode` looked at, because no client can do with less.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, Request, Url};
use serde::Deserialize;
use wecom_sim::Identity;

use super::simulator::{Recorded, Simulator};

#[derive(Deserialize)]
struct Answer {
    errcode: i64,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// Sends them and gives the milliseconds it took.
pub async fn replay(simulator: &Simulator, recorded: &[Recorded]) -> Result<f64> {
    let client = Client::builder().no_proxy().build()?;
    let identity = Identity::default();
    let app = token(&client, simulator, &identity.corp_id, &identity.app_secret).await?;
    let contacts = token(&client, simulator, &identity.corp_id, &identity.contacts_secret).await?;
    let mut requests = Vec::with_capacity(recorded.len());
    for record in recorded {
        let token = match record.caller.as_str() {
            "app" => &app,
            "contacts" => &contacts,
            other => bail!("{} was called without a good token ({other})", record.path),
        };
        requests.push((request(simulator, record, token)?, record.errcode));
    }
    let begun = Instant::now();
    for (request, errcode) in requests {
        let body = client.execute(request).await?.bytes().await?;
        let answer: Answer = serde_json::from_slice(&body)?;
        if Some(answer.errcode) != errcode {
            bail!("a request that gave {errcode:?} gave {} when sent again", answer.errcode);
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

fn request(simulator: &Simulator, record: &Recorded, token: &str) -> Result<Request> {
    let mut url = Url::parse(&format!("{}{}", simulator.base_url, record.path))?;
    let query = format!("access_token={token}");
    url.set_query(Some(&if record.query.is_empty() { query } else { format!("{query}&{}", record.query) }));
    let method = Method::from_bytes(record.method.as_bytes())?;
    let mut request = Request::new(method, url);
    if !record.body.is_null() {
        request.headers_mut().insert(reqwest::header::CONTENT_TYPE, "application/json".parse()?);
        *request.body_mut() = Some(serde_json::to_vec(&record.body)?.into());
    }
    Ok(request)
}

async fn token(client: &Client, simulator: &Simulator, corp: &str, secret: &str) -> Result<String> {
    let url = format!("{}/cgi-bin/gettoken", simulator.base_url);
    let answer = client.get(url).query(&[("corpid", corp), ("corpsecret", secret)]).send().await;
    // The address holds the secret; reqwest would print it.
    let answer = answer.map_err(reqwest::Error::without_url)?;
    let token: Token =
        answer.json().await.map_err(reqwest::Error::without_url).context("the simulator gives no token")?;
    Ok(token.access_token)
}
