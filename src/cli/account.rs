//! `idflow account`: who may sign in, and what they may do.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output, values::secret_option};
use crate::contract::{
    account::{Account, Changed, OneTimeLink, Permission, Role},
    sign_in::BoundIdentity,
};

/// What to do with accounts.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an account, and show a link by which its person sets a password; the link is good once, for an hour.
    Create {
        /// The name to sign in with; an address for mail will do. It never changes.
        name: String,
        /// What people call it.
        #[arg(long)]
        display: Option<String>,
        /// The address for mail.
        #[arg(long)]
        email: Option<String>,
        /// A role: owner, admin, operator, approver or viewer. Several are allowed.
        #[arg(long = "role", value_name = "ROLE", value_parser = word::<Role>)]
        roles: Vec<Role>,
        /// A single permission beside the roles: pii:read, message:send, message:broadcast, link:manage or tenant:manage.
        #[arg(long = "permission", value_name = "PERMISSION", value_parser = word::<Permission>)]
        permissions: Vec<Permission>,
    },
    /// List the accounts of the tenant.
    List,
    /// Say what an account may do in the tenant from now on. Without a role it may do nothing there any more.
    Role {
        /// The account, by name or id.
        account: String,
        /// Its roles from now on.
        #[arg(value_name = "ROLE", value_parser = word::<Role>)]
        roles: Vec<Role>,
        /// A single permission beside the roles.
        #[arg(long = "permission", value_name = "PERMISSION", value_parser = word::<Permission>)]
        permissions: Vec<Permission>,
    },
    /// Disable an account: it cannot sign in, and its sessions end.
    Disable {
        /// The account, by name or id.
        account: String,
    },
    /// Enable an account again.
    Enable {
        /// The account, by name or id.
        account: String,
    },
    /// Set the password of an account, on the machine of the server only. Its sessions end.
    Password {
        /// The account, by name or id.
        account: String,
        /// The password: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`).
        #[arg(long, value_name = "env:NAME|file:PATH|-", default_value = "-")]
        password: String,
    },
    /// Let an account of WeCom, or of the OpenID Connect provider, sign in as an account.
    Bind {
        /// The account, by name or id.
        account: String,
        /// The userid in WeCom, or the subject that the provider gives.
        subject: String,
        /// The WeCom connection; without one OpenID Connect is meant.
        #[arg(long)]
        connection: Option<String>,
    },
    /// Take such a binding away; sessions that began by it end.
    Unbind {
        /// The binding, by its id.
        id: String,
    },
    /// List who signs in by accounts of other systems.
    Bindings {
        /// Only those of this account, by name or id.
        account: Option<String>,
    },
    /// Show a link that is good once, for an hour: by it somebody signs in and sets a password.
    Link {
        /// The account, by name or id; without one the only owner, or whoever becomes the first one.
        account: Option<String>,
    },
}

/// A word of a closed list, as the API has it.
pub(super) fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text)).map_err(|error| error.to_string())
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::List => list(session).await,
        Command::Create { name, display, email, roles, permissions } => {
            let new =
                json!({"name": name, "display": display, "email": email, "roles": roles, "permissions": permissions});
            link(session, session.beginning().await?.send("/accounts", &new).await?)
        }
        Command::Link { account } => {
            link(session, session.beginning().await?.send("/sign-in-links", &json!({"account": account})).await?)
        }
        Command::Bind { account, subject, connection } => {
            let new = json!({"account": account, "subject": subject, "connection": connection});
            let bound: BoundIdentity = session.client().await?.send("/identities", &new).await?;
            if let Some(connection) = bound.connection.as_deref().filter(|_| bound.person.is_none()) {
                let id = short(&bound.id);
                output::say(&say!(
                    session.lang,
                    "注意：连接 {connection} 的账号 {subject} 没有绑定目录里的人，谁在企业微信中使用这个账号，谁就能登录。请核对写法；写错时取消：idflow account unbind {id}",
                    "note: nobody of the directory is linked to {subject} at {connection}, so whoever has that userid may sign in. Look at how it is written; if it is wrong: idflow account unbind {id}"
                ));
            }
            let id = short(&bound.id);
            done(session, &bound, || match session.lang {
                Lang::Zh => format!("{subject} 可以登录为 {account}（绑定 {id}）"),
                Lang::En => format!("{subject} may sign in as {account} (binding {id})"),
            })
        }
        Command::Unbind { id } => {
            let id = whole(session, id).await?;
            let gone: Changed = session.client().await?.remove(&format!("/identities/{}", encode(&id))).await?;
            let id = short(&id);
            done(session, &gone, || match session.lang {
                Lang::Zh => format!("绑定 {id} 已取消，{} 个会话已结束", gone.sessions),
                Lang::En => format!("binding {id} is gone; sessions ended: {}", gone.sessions),
            })
        }
        Command::Bindings { account } => bindings(session, account.as_deref()).await,
        Command::Role { account, roles, permissions } => {
            let grant = json!({"roles": roles, "permissions": permissions});
            let path = format!("/accounts/{}/roles", encode(&account));
            let changed: Account = session.client().await?.send(&path, &grant).await?;
            let words = join(roles.iter().map(|role| role.as_str()));
            done(session, &changed, || match (session.lang, roles.is_empty() && permissions.is_empty()) {
                (Lang::Zh, true) => format!("账号 {account} 在这个租户里不再有权限"),
                (Lang::En, true) => format!("account {account} may do nothing in this tenant any more"),
                (Lang::Zh, false) => format!("账号 {account} 的角色：{words}"),
                (Lang::En, false) => format!("account {account} has the roles: {words}"),
            })
        }
        Command::Disable { account } => {
            let path = format!("/accounts/{}/disable", encode(&account));
            let changed: Account = session.client().await?.send(&path, &json!({})).await?;
            done(session, &changed, || match session.lang {
                Lang::Zh => format!("账号 {account} 已禁用，会话已结束"),
                Lang::En => format!("account {account} is disabled; its sessions have ended"),
            })
        }
        Command::Enable { account } => {
            let path = format!("/accounts/{}/enable", encode(&account));
            let changed: Account = session.client().await?.send(&path, &json!({})).await?;
            done(session, &changed, || match session.lang {
                Lang::Zh => format!("账号 {account} 已启用"),
                Lang::En => format!("account {account} is enabled"),
            })
        }
        Command::Password { account, password } => {
            let given = secret_option(session, "--password", &password)?;
            // A line that somebody typed or wrote into a file ends with a line break.
            let given = given.trim_end_matches(['\r', '\n']);
            let path = format!("/accounts/{}/password", encode(&account));
            let changed: Changed = session.client().await?.send(&path, &json!({"password": given})).await?;
            done(session, &changed, || match session.lang {
                Lang::Zh => format!("账号 {account} 的密码已设置，会话已结束"),
                Lang::En => format!("the password of account {account} is set; its sessions have ended"),
            })
        }
    }
}

/// So many digits of a binding's id tell it from all others.
const ENOUGH: usize = 12;

/// The id of a binding as people read and write it.
fn short(id: &str) -> &str {
    id.get(..ENOUGH).unwrap_or(id)
}

/// The id of the one binding that begins so.
async fn whole(session: &Session<'_>, id: String) -> Result<String, Failure> {
    if id.len() < ENOUGH || id.len() >= 64 {
        return Ok(id);
    }
    let all: Vec<BoundIdentity> = session.client().await?.list("/identities", None).await?;
    let mut meant = all.into_iter().map(|one| one.id).filter(|known| known.starts_with(&id));
    Ok(match (meant.next(), meant.next()) {
        (Some(one), None) => one,
        _ => id,
    })
}

async fn bindings(session: &Session<'_>, account: Option<&str>) -> Result<u8, Failure> {
    let path = account.map_or_else(|| "/identities".into(), |name| format!("/identities?account={}", encode(name)));
    let found: Vec<BoundIdentity> = session.client().await?.list(&path, None).await?;
    if session.json() {
        output::json(&found);
        return Ok(super::exit::DONE);
    }
    let mut table = output::table(&match session.lang {
        Lang::Zh => ["账号", "方式", "对方账号", "绑定者", "绑定时间", "上次登录", "ID"],
        Lang::En => ["account", "by", "who there", "bound by", "bound", "used", "id"],
    });
    for one in found {
        let way = one.connection.unwrap_or_else(|| "OpenID Connect".into());
        let (bound, used) = (output::when(Some(&one.bound)), output::when(one.used.as_deref()));
        table.add_row([one.account, way, one.subject, one.by, bound, used, short(&one.id).into()]);
    }
    output::list(session.lang, table);
    Ok(super::exit::DONE)
}

/// Tells a change, as data for programs and as a sentence for people.
pub(super) fn done(session: &Session<'_>, answer: &impl Serialize, words: impl Fn() -> String) -> Result<u8, Failure> {
    if session.json() {
        output::json(answer);
    } else {
        output::data(&words());
    }
    Ok(exit::DONE)
}

/// Names of a closed list, one after the other.
pub(super) fn join(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// A link with the address at which it is opened, while a server answers.
#[derive(Serialize)]
struct Addressed<'a> {
    #[serde(flatten)]
    link: &'a OneTimeLink,
    url: Option<&'a str>,
}

fn link(session: &Session<'_>, made: OneTimeLink) -> Result<u8, Failure> {
    let address = session.server_page(&made.path);
    let name = made.account.as_ref().map(|account| account.name.clone()).unwrap_or_default();
    done(session, &Addressed { link: &made, url: address.as_deref() }, || {
        let whose = match (session.lang, name.is_empty()) {
            (Lang::Zh, true) => "第一个所有者".to_string(),
            (Lang::En, true) => "the first owner".to_string(),
            (Lang::Zh, false) => format!("账号 {name} "),
            (Lang::En, false) => format!("account {name}"),
        };
        let code = &made.code;
        match (session.lang, &address) {
            (Lang::Zh, Some(address)) => format!("{whose}的链接，一小时内可用一次：\n  {address}"),
            (Lang::En, Some(address)) => format!("a link for {whose}, good once within an hour:\n  {address}"),
            (Lang::Zh, None) => {
                format!("{whose}的代码，一小时内可用一次；先用 `idflow serve` 启动服务：\n  {code}")
            }
            (Lang::En, None) => {
                format!("a code for {whose}, good once within an hour; `idflow serve` starts the server:\n  {code}")
            }
        }
    })
}

async fn list(session: &Session<'_>) -> Result<u8, Failure> {
    let accounts: Vec<Account> = session.client().await?.list("/accounts", None).await?;
    if session.json() {
        output::json(&accounts);
        return Ok(exit::DONE);
    }
    let columns = match session.lang {
        Lang::Zh => ["登录名", "名称", "角色", "单独的权限", "状态", "上次登录"],
        Lang::En => ["name", "display", "roles", "permissions", "state", "signed in"],
    };
    let mut table = output::table(&columns);
    for account in accounts {
        let state = match (account.disabled, account.has_password) {
            (true, _) => session.text("已禁用", "disabled"),
            (false, true) => session.text("可登录", "can sign in"),
            (false, false) => session.text("还没有密码", "has no password yet"),
        };
        table.add_row([
            account.name,
            account.display,
            join(account.roles.iter().map(|role| role.as_str())),
            join(account.permissions.iter().map(|permission| permission.as_str())),
            state.into(),
            output::when(account.signed_in.as_deref()),
        ]);
    }
    output::list(session.lang, table);
    Ok(exit::DONE)
}
