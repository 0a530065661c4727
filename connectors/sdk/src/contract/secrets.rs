//! Secrets: a wrong one is found out, and none is repeated.

use super::play::{Halt, Play};
use crate::{error::ErrorKind, schema::Kind, secret::Secret};

/// What no system takes for a secret of its own.
const WRONG: &str = "contract-Wrong-Secret-7f3a9c";

pub(super) async fn wrong_secrets_are_found_out(play: &mut Play<'_>) -> Result<(), Halt> {
    if play.stage.request.secrets.is_empty() {
        return Err(Halt::Skip("it has no secrets".into()));
    }
    for secret in play.stage.request.secrets.values_mut() {
        *secret = Secret::new(WRONG.into());
    }
    // One that is refused at once is found out as well.
    let Ok(connection) = play.open(play.stage.request.clone()) else { return Ok(()) };
    let report = connection.check(&play.context).await;
    play.hear(&report);
    report
        .findings
        .iter()
        .filter_map(|finding| finding.problem.as_ref())
        .for_each(|problem| play.hear_problem(problem));
    let found = report.findings.iter().any(|finding| finding.fatal && finding.problem.is_some());
    play.must(found, || format!("a wrong secret passes the test of the connection: {report:?}"));
    for kind in play.spec().schemas.iter().map(|schema| schema.kind) {
        if let Err(error) = connection.snapshot(&play.context, kind).await {
            play.hear_error(&error);
            let kind = error.kind;
            play.must(kind == ErrorKind::Configuration, || {
                format!("a wrong secret is {kind:?} and not a matter of settings")
            });
        }
    }
    Ok(())
}

/// What the connector says is looked through at the end of every case; this one makes it say more.
pub(super) async fn no_text_has_a_secret_in_it(play: &mut Play<'_>) -> Result<(), Halt> {
    let secrets: Vec<(String, Secret)> =
        play.stage.request.secrets.iter().map(|(name, secret)| (name.clone(), secret.clone())).collect();
    if secrets.is_empty() {
        return Err(Halt::Skip("it has no secrets".into()));
    }
    let good = play.stage.request.clone();
    // In the wrong place: a secret as the value of each setting, and as the name of the connection.
    for setting in play.spec().settings.iter().filter(|setting| !setting.secret) {
        for (_, secret) in &secrets {
            if let Some(Err(problem)) = setting.check.map(|check| check(secret.expose())) {
                play.hear_problem(&problem);
            }
            let mut request = good.clone();
            request.settings.insert(setting.name.into(), secret.expose().into());
            let _ = play.open(request);
        }
    }
    // Missing settings and secrets, one at a time.
    for name in good.settings.keys().chain(good.secrets.keys()) {
        let mut request = good.clone();
        request.settings.remove(name);
        request.secrets.remove(name);
        if let Ok(connection) = play.open(request) {
            let report = connection.check(&play.context).await;
            play.hear(&report);
        }
    }
    // Good ones, at work.
    let connection = play.connection()?;
    let report = connection.check(&play.context).await;
    play.hear(&report);
    play.hear(&connection.rests());
    for kind in play.spec().schemas.iter().map(|schema| schema.kind) {
        let found = connection.lookup(&play.context, kind, "1").await;
        play.hear(&found);
        if kind == Kind::User {
            let found = connection.details(&play.context, kind, &["nobody"]).await;
            play.hear(&found);
        }
    }
    Ok(())
}
