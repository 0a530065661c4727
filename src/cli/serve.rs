//! `idflow serve`.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use super::{
    Client, Failure, Session, exit,
    lang::{both, say, system},
    output,
};
use crate::{
    app::{App, kept},
    server::{handshake::Public, listen::Front},
    store::location::Location,
    trigger::{after, event::Gatherer, schedule::Scheduler},
};
use serde_json::json;
use tokio::task::JoinSet;

/// How often the disk is looked at.
const DISK_LOOK: Duration = Duration::from_secs(60);

/// How long calls in flight are waited for when the server is stopped.
pub(super) const FAREWELL: Duration = Duration::from_secs(15);

/// How to serve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on; a loopback address.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The address under which people reach it from elsewhere, that of a proxy with TLS on this machine:
    /// `https://id.example.com`.
    #[arg(long, value_name = "URL")]
    public_url: Option<Public>,
}

/// Runs until it is stopped.
pub async fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    if !args.listen.ip().is_loopback() {
        let listen = args.listen;
        return Err(Failure::new(both!(
            "{listen} 不是本机（loopback）地址：不加密的端口会让同一网络里的任何人读到密钥和姓名",
            "{listen} is not a loopback address: on a port without encryption everybody in the network could read secrets and names"
        ))
        .hint(both!(
            "请监听 127.0.0.1:端口；要让别的机器访问 webhook，在前面放一个带 TLS 的反向代理（proxy），只转发 /hooks",
            "listen on 127.0.0.1:PORT; for webhooks from other machines put a reverse proxy with TLS in front, and let it pass /hooks only",
        )));
    }
    let settings = session.settings();
    // A store in a folder has one owner anyway. With a database two servers could share a data folder, and each would take
    // the other's note for its own.
    if settings.store.is_shared() && Client::is_served(&session.data_dir).await {
        let folder = session.data_dir.display();
        return Err(Failure::new(both!("另一个服务正在使用 {folder}", "another server answers for {folder}")).hint(
            both!(
                "每个节点用自己的数据目录，master.key 相同",
                "give every node a data folder of its own, with the same master.key"
            ),
        ));
    }
    if let Location::Folder(folder) = &settings.store
        && let Some(done) = kept::compact_if_worthwhile(folder).await
    {
        tracing::info!(?done, "the store was copied into fresh files");
    }
    let app = Arc::new(Client::own(session).await?);
    let (front, posted) = Front::open(app.clone(), &session.data_dir, args.listen, "", args.public_url.clone())
        .await
        .map_err(|error| {
        let folder = session.data_dir.display();
        let (listen, crate::contract::problem::Text { zh, en }) = (args.listen, system(&error));
        Failure::new(both!(
            "不能在 {listen} 上为 {folder} 提供服务：{zh}",
            "cannot answer at {listen} for {folder}: {en}"
        ))
    })?;
    let address = posted.note.address;
    let resumed = app.recover().await?.len();
    // Until somebody has an account, whoever can read what this command prints becomes the first owner.
    let first = app.who().first_link().await?.map(|link| (front.door().page(&link.path), link.expires));
    if session.json() {
        let mut told = json!({"address": address.to_string(), "resumed": resumed});
        if let Some((link, expires)) = &first {
            told["first_link"] = json!({"url": link, "expires": expires});
        }
        output::json(&told);
    } else {
        output::data(&match resumed {
            0 => say!(session.lang, "服务地址 {address}", "listening on {address}"),
            1 => say!(
                session.lang,
                "服务地址 {address}；继续 1 个未完成的运行",
                "listening on {address}; resuming 1 unfinished run"
            ),
            more => say!(
                session.lang,
                "服务地址 {address}；继续 {more} 个未完成的运行",
                "listening on {address}; resuming {more} unfinished runs"
            ),
        });
        if let Some((link, _)) = &first {
            output::data(session.text(
                "还没有账号。在一小时内打开这个链接，成为第一个所有者（只能使用一次）：",
                "nobody has an account yet. Open this link within an hour to become the first owner; it is good once:",
            ));
            output::data(&format!("  {link}"));
        }
    }
    let background = tend(session, &app);
    front.console_from(session.environment.console.clone()).serve(stopped()).await;
    drop(background);
    app.engine().leave(FAREWELL).await;
    drop(posted);
    output::say(
        session.text("已停止；未完成的运行在下次启动时继续", "stopped; unfinished runs go on at the next start"),
    );
    Ok(exit::DONE)
}

/// Everything that goes on beside the answers, until what this gives is dropped.
pub(super) fn tend(session: &Session<'_>, app: &Arc<App>) -> JoinSet<()> {
    let supervisor = app.background();
    #[cfg(debug_assertions)]
    if let Some(file) = &session.environment.fault_file {
        supervisor.disturb_by(file.clone());
    }
    let _ = session;
    let mut tasks = JoinSet::new();
    let engine = app.engine().clone();
    tasks.spawn(supervisor.clone().keep("schedules", move || Scheduler::new(engine.clone()).watch()));
    let engine = app.engine().clone();
    tasks.spawn(supervisor.clone().keep("runs", move || engine.clone().tend_always()));
    let engine = app.engine().clone();
    tasks.spawn(supervisor.clone().keep("followers", move || after::watch(engine.clone())));
    let engine = app.engine().clone();
    tasks.spawn(supervisor.clone().keep("events", move || Gatherer::new(engine.clone()).watch()));
    let pruned = app.clone();
    tasks.spawn(supervisor.clone().keep("pruning", move || {
        let app = pruned.clone();
        async move { app.prune_daily().await }
    }));
    let indexed = app.clone();
    tasks.spawn(supervisor.clone().keep("indexes", move || {
        let app = indexed.clone();
        async move { app.index_always().await }
    }));
    let watched = app.clone();
    tasks.spawn(supervisor.clone().keep("disk", move || watch_disk(watched.clone())));
    tasks
}

/// Tells in the log that the disk is getting full, as long as it is.
async fn watch_disk(app: Arc<App>) {
    loop {
        if let Some(warning) = kept::disk_warning(app.disk().as_ref()) {
            tracing::warn!("{}", warning.en);
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
