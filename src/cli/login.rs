//! `idflow login`, `logout` and `whoami`: servers elsewhere, and who one is.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Failure, Lang, Session,
    account::join,
    client::Client,
    exit,
    lang::{both, say},
    output,
    remote::{self, address},
    values::secret_option,
};
use crate::{config::servers::Server, contract::account::Me};

/// To log in.
#[derive(Debug, clap::Args)]
pub struct LoginArgs {
    /// The address of the server: `https://id.example.com`.
    url: String,
    /// The token: env:NAME, file:PATH, or - for standard input. Without it the one that is kept for this server is used.
    #[arg(long, value_name = "env:NAME|file:PATH|-")]
    token: Option<String>,
    /// A certificate in PEM that signs the server's, where the system does not trust it.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// To log out.
#[derive(Debug, clap::Args)]
pub struct LogoutArgs {
    /// The address of the server; the current one where none is given.
    url: Option<String>,
}

fn nowhere() -> Failure {
    Failure::new(both!("不知道用户的配置目录在哪里", "it is not known where the settings of the user are"))
        .hint(both!("设置 XDG_CONFIG_HOME 或 HOME", "set XDG_CONFIG_HOME or HOME"))
}

/// Keeps a server and its token, once the server has said who that is.
pub async fn login(session: &Session<'_>, args: &LoginArgs) -> Result<u8, Failure> {
    let url = address(&args.url)?;
    let file = session.environment.servers.as_ref().ok_or_else(nowhere)?;
    let mut servers = remote::known(session.environment)?;
    let kept = servers.find(&url).cloned();
    let token = match (&args.token, &kept) {
        (Some(source), _) => secret_option(session, "--token", source)?.trim().to_string(),
        (None, Some(kept)) => kept.token.clone(),
        (None, None) => {
            return Err(Failure::new(both!("登录 {url} 需要令牌", "to log in to {url} takes a token")).hint(both!(
                "在控制台或用 `idflow token create` 创建令牌，再用 --token env:NAME、--token file:PATH 或 --token -（标准输入）给出",
                "make one in the console or by `idflow token create`, and give it by --token env:NAME, --token file:PATH, or --token - for standard input"
            )));
        }
    };
    let ca = match &args.ca {
        Some(file) => Some(std::fs::read_to_string(file).map_err(|error| Failure::file(file.display(), &error))?),
        None => kept.and_then(|kept| kept.ca),
    };
    let server = Server { url: url.clone(), token, ca };
    let me: Me = Client::far(&server, session)?.fetch("/session").await?;
    servers.put(server);
    servers.write(file).map_err(|error| Failure::file(file.display(), &error))?;
    if session.json() {
        output::json(&json!({"server": url, "actor": me.actor, "tenant": me.tenant, "roles": me.roles}));
    } else {
        let (actor, tenant) = (&me.actor, &me.tenant);
        output::say(&match session.lang {
            Lang::Zh => format!("已登录 {url}：{actor}，租户 {tenant}"),
            Lang::En => format!("logged in to {url} as {actor}, tenant {tenant}"),
        });
    }
    Ok(exit::DONE)
}

/// Forgets a server and its token.
pub fn logout(session: &Session<'_>, args: &LogoutArgs) -> Result<u8, Failure> {
    let file = session.environment.servers.as_ref().ok_or_else(nowhere)?;
    let mut servers = remote::known(session.environment)?;
    let url = match &args.url {
        Some(url) => address(url)?,
        None => servers
            .current
            .clone()
            .ok_or_else(|| Failure::new(both!("没有登录任何服务", "you are not logged in to a server")))?,
    };
    if !servers.forget(&url) {
        return Err(Failure::new(both!("没有登录 {url}", "you are not logged in to {url}")));
    }
    servers.write(file).map_err(|error| Failure::file(file.display(), &error))?;
    if session.json() {
        output::json(&json!({"server": url, "logged_out": true}));
    } else {
        output::say(&match session.lang {
            Lang::Zh => format!("已退出 {url}；令牌本身仍然有效，不再使用时请撤销：idflow token revoke"),
            Lang::En => {
                format!("logged out of {url}; the token itself stays good until it is revoked: idflow token revoke")
            }
        });
    }
    Ok(exit::DONE)
}

/// Who one is, and where.
pub async fn whoami(session: &Session<'_>) -> Result<u8, Failure> {
    let me: Me = session.client().await?.fetch("/session").await?;
    let here = session.server.as_ref().map(|server| server.url.clone());
    let servers = remote::known(session.environment)?;
    let known: Vec<&str> = servers.servers.iter().map(|server| server.url.as_str()).collect();
    if session.json() {
        output::json(&json!({
            "server": here, "actor": me.actor, "tenant": me.tenant, "roles": me.roles, "permissions": me.permissions,
            "servers": known,
        }));
        return Ok(exit::DONE);
    }
    let place = here.unwrap_or_else(|| session.data_dir.display().to_string());
    let (actor, tenant) = (&me.actor, &me.tenant);
    let lang = session.lang;
    let roles = join(me.roles.iter().map(|role| role.as_str()));
    // A token has permissions of its own and no role.
    let may = match roles.is_empty() {
        true => {
            let permissions = join(me.permissions.iter().map(|permission| permission.as_str()));
            say!(lang, "权限：{permissions}", "permissions: {permissions}")
        }
        false => say!(lang, "角色：{roles}", "roles: {roles}"),
    };
    output::say(&say!(lang, "{actor}，租户 {tenant}，{may}；{place}", "{actor}, tenant {tenant}, {may}; {place}"));
    for url in known.into_iter().filter(|url| *url != place) {
        output::say(&format!("  {url}"));
    }
    Ok(exit::DONE)
}
