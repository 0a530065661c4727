//! `idflow connection consent`: people are asked for what only they can give.

use super::{Failure, Lang, Session, client::encode, exit, output};
use crate::contract::sign_in::{ConsentCount, NewConsentInvitation};

/// Whom to ask.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The connection.
    name: String,
    /// Invite this person by a message: account, number or id. Several are allowed.
    #[arg(long = "invite", value_name = "PERSON")]
    people: Vec<String>,
    /// Invite everybody who is linked and whose mobile number is not known.
    #[arg(long)]
    invite_hidden: bool,
    /// Send nothing: only count whom it would go to.
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, args: Args) -> Result<u8, Failure> {
    let client = session.client().await?;
    let path = format!("/connections/{}/consent", encode(&args.name));
    let new = NewConsentInvitation {
        receivers: args.people,
        all_hidden: args.invite_hidden,
        text: None,
        only_check: args.check,
    };
    let count: ConsentCount = match new.receivers.is_empty() && !new.all_hidden {
        true => client.fetch(&path).await?,
        false => client.send(&path, &new).await?,
    };
    if session.json() {
        output::json(&count);
        return Ok(exit::DONE);
    }
    let ConsentCount { invited, gave, gave_nothing, waiting, conflicts, receivers, start, .. } = count;
    let address = session.server_page(&start).unwrap_or(start);
    output::data(&match session.lang {
        Lang::Zh => format!(
            "本次邀请 {receivers}；累计邀请 {invited}，已授权 {gave}，未提供 {gave_nothing}，未答复 {waiting}，有冲突 {conflicts}\n授权页面：{address}"
        ),
        Lang::En => format!(
            "invited now: {receivers}; in all: {invited}; gave: {gave}; gave nothing: {gave_nothing}; not answered: {waiting}; conflicts: {conflicts}\npage: {address}"
        ),
    });
    Ok(exit::DONE)
}
