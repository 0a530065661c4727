//! `idflow oidc`: signing in by OpenID Connect.

use super::{Failure, Lang, Session, account::done, exit, output, values::secret_option};
use crate::contract::sign_in::{OidcSettings, OidcState};

/// What to do about OpenID Connect.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show how people sign in by OpenID Connect.
    Show,
    /// Set it up for the whole installation; the provider is asked about itself first.
    Set {
        /// The address of the provider (issuer).
        issuer: String,
        /// What the provider calls us (client id).
        #[arg(long)]
        client_id: String,
        /// The client secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`).
        #[arg(long, value_name = "env:NAME|file:PATH|-")]
        client_secret: Option<String>,
        /// What the button says.
        #[arg(long)]
        title: Option<String>,
        /// Bind an account at its first sign-in to whoever has its address for mail, verified by the provider.
        #[arg(long)]
        by_email: bool,
        /// What is asked for beside `openid`. Several are allowed.
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Take it away: nobody signs in by it any more.
    Remove,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Show => tell(session, &session.client().await?.fetch("/oidc").await?),
        Command::Set { issuer, client_id, client_secret, title, by_email, scopes } => {
            let client_secret =
                client_secret.map(|given| secret_option(session, "--client-secret", &given)).transpose()?;
            let client_secret = client_secret.map(|text| text.trim_end_matches(['\r', '\n']).to_string());
            let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
            let new = OidcSettings { issuer, client_id, client_secret, title, by_email, scopes };
            tell(session, &session.client().await?.put("/oidc", &new).await?)
        }
        Command::Remove => {
            let gone: OidcState = session.client().await?.remove("/oidc").await?;
            done(session, &gone, || session.text("已移除", "removed").into())
        }
    }
}

fn tell(session: &Session<'_>, state: &OidcState) -> Result<u8, Failure> {
    if session.json() {
        output::json(state);
        return Ok(exit::DONE);
    }
    let Some(settings) = &state.settings else {
        output::data(session.text("尚未配置", "not set up"));
        return Ok(exit::DONE);
    };
    let back = session.server_page(&state.back).unwrap_or_else(|| state.back.clone());
    let secret = state.has_secret;
    output::data(&match session.lang {
        Lang::Zh => format!(
            "身份提供方：{}\n客户端 ID：{}\n密钥：{}\n按已验证的邮箱绑定：{}\n回调地址：{back}",
            settings.issuer,
            settings.client_id,
            if secret { "已设置" } else { "无" },
            if settings.by_email { "是" } else { "否" },
        ),
        Lang::En => format!(
            "provider: {}\nclient id: {}\nsecret: {}\nbinds by verified mail: {}\ncomes back to: {back}",
            settings.issuer,
            settings.client_id,
            if secret { "set" } else { "none" },
            if settings.by_email { "yes" } else { "no" },
        ),
    });
    Ok(exit::DONE)
}
