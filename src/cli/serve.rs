//! `idflow serve`.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::json;
use tokio::net::TcpListener;

use super::{Client, Failure, Session, exit, output};
use crate::{
    app::{App, kept},
    server::{
        self, Shared,
        note::{Note, new_token},
    },
    store::location::Location,
    trigger::schedule::Scheduler,
};

/// How often the disk is looked at.
const DISK_LOOK: Duration = Duration::from_secs(60);

/// How long calls in flight are waited for when the server is stopped.
const FAREWELL: Duration = Duration::from_secs(15);

/// How to serve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address to listen on; a loopback address.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Runs until it is stopped.
pub async fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(format!("{} is not a loopback address", args.listen))
            .hint("this version listens on this machine only: use 127.0.0.1:PORT"));
    }
    let settings = session.settings();
    // A store in a folder has one owner anyway. With a database two servers could share a data folder, and each would take
    // the other's note for its own.
    if settings.store.is_shared() && Client::is_served(&session.data_dir).await {
        return Err(Failure::new(format!("another server answers for {}", session.data_dir.display()))
            .hint("give every node a data folder of its own, with the same master.key"));
    }
    if let Location::Folder(folder) = &settings.store
        && let Some(done) = kept::compact_if_worthwhile(folder).await
    {
        tracing::info!(%done, "the store was copied into fresh files");
    }
    let app = Arc::new(Client::own(session).await?);
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", args.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    let note = Note { address, token: new_token(), pid: std::process::id(), passing: String::new() };
    let router = server::router(Shared { app: app.clone(), token: note.token.as_str().into() });
    note.write(&session.data_dir).map_err(|error| {
        Failure::new(format!("cannot write {}: {error}", session.data_dir.join(server::note::FILE).display()))
    })?;
    let resumed = app.recover().await?.len();
    if session.json() {
        output::json(&json!({"address": address.to_string(), "resumed": resumed}));
    } else {
        output::data(&match resumed {
            0 => format!("listening on {address}"),
            1 => format!("listening on {address}; resuming 1 unfinished run"),
            more => format!("listening on {address}; resuming {more} unfinished runs"),
        });
    }
    let schedules = tokio::spawn(Scheduler::new(app.engine().clone()).watch());
    let tending = tokio::spawn(app.engine().clone().tend_always());
    let pruning = app.clone();
    let pruning = tokio::spawn(async move { pruning.prune_daily().await });
    let watching = tokio::spawn(watch_disk(app.clone()));
    let served = axum::serve(listener, router).with_graceful_shutdown(stopped()).await;
    schedules.abort();
    tending.abort();
    pruning.abort();
    watching.abort();
    app.engine().leave(FAREWELL).await;
    note.remove(&session.data_dir);
    served.map_err(|error| Failure::new(error.to_string()))?;
    output::say("stopped; unfinished runs go on at the next start");
    Ok(exit::DONE)
}

/// Tells in the log that the disk is getting full, as long as it is.
async fn watch_disk(app: Arc<App>) {
    loop {
        if let Some(warning) = kept::disk_warning(&app.disk()) {
            tracing::warn!("{warning}");
        }
        tokio::time::sleep(DISK_LOOK).await;
    }
}

/// An interrupt, or a request to terminate.
pub async fn stopped() {
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
