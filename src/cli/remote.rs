//! A server elsewhere, over its address: the same API with a token in the place of the key of the data folder.

use axum::{body::Bytes, http::request};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use reqwest::Url;

use super::{
    Failure, Session,
    lang::{Words, both},
    local::Lost,
};
use crate::{
    config::{
        Typed,
        servers::{Server, Servers},
    },
    contract::problem::Text,
};

/// How long a connection may take.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(10);

/// See the module.
pub struct Far {
    server: Server,
    client: reqwest::Client,
}

impl Far {
    /// A way to this server. Nothing is sent yet.
    ///
    /// # Errors
    /// A certificate that is none.
    pub fn of(server: &Server) -> Result<Self, Failure> {
        let url = &server.url;
        let wrong = |error: reqwest::Error| {
            Failure::new(both!("{url}：{error}", "{url}: {error}"))
                .hint(both!("检查 --ca 的文件", "check the file of --ca"))
        };
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            // The token is for this address and no other.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("idflow/", env!("CARGO_PKG_VERSION")));
        if let Some(ca) = &server.ca {
            builder = builder.tls_certs_merge([reqwest::Certificate::from_pem(ca.as_bytes()).map_err(wrong)?]);
        }
        if is_near(&server.url) {
            builder = builder.no_proxy();
        }
        Ok(Self { server: server.clone(), client: builder.build().map_err(wrong)? })
    }

    /// Sends a request.
    ///
    /// # Errors
    /// No answer; whether the request was seen is told.
    pub async fn ask(&self, request: request::Builder, body: Option<Bytes>) -> Result<Answer, Lost> {
        let lost = |why: String, unseen: bool| Lost { why: why.words(), unseen, hint: None };
        let request = request.body(()).map_err(|error| lost(error.to_string(), true))?;
        let (parts, ()) = request.into_parts();
        let url = format!("{}{}", self.server.url, parts.uri);
        let mut asking = self.client.request(parts.method, url).headers(parts.headers).bearer_auth(&self.server.token);
        if let Some(body) = body {
            asking = asking.header(axum::http::header::CONTENT_TYPE, "application/json").body(body);
        }
        let answer = asking.send().await.map_err(|error| {
            let unseen = error.is_connect() || error.is_builder();
            let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            let last = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
            let url = &self.server.url;
            match of_tls(url, &last) {
                Some((why, hint)) => Lost { why, unseen, hint: Some(hint) },
                None => lost(format!("{url}: {last}"), unseen),
            }
        })?;
        Ok(Answer(answer))
    }
}

/// Why no encrypted connection was made, and what helps, for what the library says of it.
fn of_tls(url: &str, said: &str) -> Option<(Text, Text)> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    // What comes back in place of a handshake where nobody encrypts.
    if says(&["InvalidContentType"]) {
        return Some((
            both!("{url}：对方在这里没有使用 https", "{url}: the server does not speak https there"),
            both!("地址改为以 http:// 开头，或检查端口", "begin the address with http://, or look at the port"),
        ));
    }
    if says(&["CaUsedAsEndEntity"]) {
        return Some((
            both!(
                "{url}：服务器的证书是 CA 证书，不能用作服务器证书",
                "{url}: the certificate of the server is that of a CA, which is none for a server"
            ),
            both!(
                "重新制作证书，加上 basicConstraints=CA:FALSE（openssl req -x509 … -addext basicConstraints=critical,CA:FALSE），或由这个 CA 签发一个服务器证书",
                "make it anew with basicConstraints=CA:FALSE (openssl req -x509 … -addext basicConstraints=critical,CA:FALSE), or let this CA sign one for the server"
            ),
        ));
    }
    if says(&["UnknownIssuer"]) {
        return Some((
            both!("{url}：服务器的证书不受信任", "{url}: the certificate of the server is not trusted"),
            both!("用 --ca FILE 给出签发它的证书", "give the certificate that signed it with --ca FILE"),
        ));
    }
    if says(&["NotValidForName", "not valid for name"]) {
        return Some((
            both!("{url}：服务器的证书不是给这个名字的", "{url}: the certificate of the server is not for this name"),
            both!("用证书里的名字打开，或换一个证书", "use the name that the certificate has, or another certificate"),
        ));
    }
    if says(&["Expired", "NotValidYet", "certificate expired", "not valid yet"]) {
        return Some((
            both!("{url}：服务器的证书已过期或尚未生效", "{url}: the certificate of the server has ended or not begun"),
            both!("更换证书，并检查两边的时钟", "replace it, and look at the clocks of both machines"),
        ));
    }
    None
}

/// An answer whose body is still to come.
pub struct Answer(reqwest::Response);

impl Answer {
    /// Whether it was done.
    #[must_use]
    pub fn good(&self) -> bool {
        self.0.status().is_success()
    }

    /// The whole body.
    ///
    /// # Errors
    /// It is cut short.
    pub async fn read(self) -> Result<Bytes, String> {
        self.0.bytes().await.map_err(|error| error.to_string())
    }

    /// The body, piece by piece.
    pub fn pieces(self) -> BoxStream<'static, Result<Bytes, String>> {
        self.0.bytes_stream().map_err(|error| error.to_string()).boxed()
    }
}

/// An address as it is kept: without a path and in one spelling. Only `https`, and `http` on this machine: over the rest of a network a
/// token would be read by everybody.
///
/// # Errors
/// What is no such address.
pub fn address(given: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::new(both!("`{given}` 不是服务地址", "`{given}` is not the address of a server"))
            .hint(both!("例如 https://id.example.com", "for example https://id.example.com"))
    };
    let url = Url::parse(given.trim()).map_err(|_| wrong())?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty() && url.has_host();
    let origin = url.origin().ascii_serialization();
    match url.scheme() {
        "https" if bare => Ok(origin),
        "http" if bare && is_near(&origin) => Ok(origin),
        "http" if bare => Err(Failure::new(both!(
            "{origin} 不加密：同一网络里的任何人都能读到令牌",
            "{origin} is not encrypted: everybody in the network could read the token"
        ))
        .hint(both!("使用 https:// 地址", "use an https:// address"))),
        _ => Err(wrong()),
    }
}

/// Whether an address is on this machine.
fn is_near(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The servers that the user has logged in to.
///
/// # Errors
/// A file that cannot be read.
pub fn known(environment: &crate::config::Environment) -> Result<Servers, Failure> {
    let Some(file) = &environment.servers else { return Ok(Servers::default()) };
    Servers::read(file).map_err(|error| Failure::file(file.display(), &error))
}

/// The server that is meant: what was typed counts, whatever the environment says.
///
/// # Errors
/// A server elsewhere was typed, and a place on this machine as well.
pub fn meant(named: Option<&str>, typed: Typed) -> Result<Option<&str>, Failure> {
    let named = named.filter(|server| !server.is_empty());
    match (typed.place, typed.server) {
        (true, true) if named.is_some() => Err(Failure::new(both!(
            "--server 与 --data-dir、--store 不能同时使用：前者指别处的服务，后者指本机的数据",
            "--server does not go with --data-dir or --store: the one is a server elsewhere, the others are data of this machine"
        ))
        .hint(both!("去掉其中一个", "leave one of them out"))),
        (true, false) => Ok(None),
        _ => Ok(named),
    }
}

/// The server that a command is for: the one that is named; else, where no data folder is named and none is there, the one that
/// the user has logged in to last.
///
/// # Errors
/// A server that the user has not logged in to.
pub fn chosen(named: Option<&str>, at_home: bool, session: &Session<'_>) -> Result<Option<Server>, Failure> {
    let Some(named) = named else {
        return if at_home { Ok(None) } else { Ok(known(session.environment)?.current().cloned()) };
    };
    let url = address(named)?;
    let found = known(session.environment)?.find(&url).cloned();
    match (&session.environment.token, found) {
        (Some(token), found) => Ok(Some(Server { url, token: token.clone(), ca: found.and_then(|server| server.ca) })),
        (None, Some(found)) => Ok(Some(found)),
        (None, None) => Err(Failure::new(both!("还没有登录 {url}", "you have not logged in to {url}"))
            .hint(both!("idflow login {url}，或设置 IDFLOW_TOKEN", "idflow login {url}, or set IDFLOW_TOKEN"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_which_a_token_may_go() {
        for (given, kept) in [
            ("https://id.example.com", Some("https://id.example.com")),
            (" https://ID.example.com:443/ ", Some("https://id.example.com")),
            ("https://id.example.com:8443", Some("https://id.example.com:8443")),
            ("http://127.0.0.1:8080/", Some("http://127.0.0.1:8080")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://id.example.com", None),
            ("http://127.0.0.1.example.com", None),
            ("https://id.example.com/path", None),
            ("https://id.example.com?x=1", None),
            ("https://me@id.example.com", None),
            ("ftp://id.example.com", None),
            ("id.example.com", None),
            ("", None),
        ] {
            assert_eq!(address(given).ok().as_deref(), kept, "{given}");
        }
    }
}
