//! `idflow serve`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Client, Failure, Session, exit,
    lang::{both, say, system},
    output,
    values::{secret, secret_option},
};
use crate::{
    app::{App, Settings, notify::Notifier, retention, retention::Closed},
    server::{
        handshake::Public,
        listen::{Front, Wide},
        reach::{Range, Reach},
        tls::{BadFile, Files},
    },
    store::location::Location,
    trigger::{after, event::Gatherer, schedule::Scheduler},
};
use serde_json::json;
use tokio::task::JoinSet;

/// How often the disk is looked at.
const DISK_LOOK: Duration = Duration::from_secs(60);
/// How often a server looks whether its store is closed.
const CLOSED_LOOK: Duration = Duration::from_millis(250);
/// With so much more room than there was, a store that was closed is opened again.
const MORE_ROOM: u64 = 1 << 20;
/// With so much it is opened again whatever there was.
const ENOUGH_ROOM: u64 = 64 << 20;

/// How long calls in flight are waited for when the server is stopped.
pub(super) const FAREWELL: Duration = Duration::from_secs(15);

/// How to serve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on. Anything but a loopback address needs TLS, a trusted proxy, or --insecure-http.
    #[arg(long, env = "IDFLOW_LISTEN", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The address under which people reach it from elsewhere, its own or that of a proxy with TLS: `https://id.example.com`.
    #[arg(long, env = "IDFLOW_PUBLIC_URL", value_name = "URL")]
    public_url: Option<Public>,
    /// The certificate, with those between it and the root, in PEM. It is read again when it changes.
    #[arg(long, env = "IDFLOW_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM.
    #[arg(long, env = "IDFLOW_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy in front of the server, or a range of them: 10.0.0.0/8. What it says of the caller's address is believed.
    #[arg(long, env = "IDFLOW_TRUSTED_PROXY", value_name = "RANGE", value_delimiter = ',')]
    trusted_proxy: Vec<Range>,
    /// Let people sign in over a network without encryption: everybody in that network can read what they see and do.
    #[arg(long, env = "IDFLOW_INSECURE_HTTP")]
    insecure_http: bool,
    /// Let connections call addresses of this machine and its network, also where others reach the server.
    #[arg(long, env = "IDFLOW_ALLOW_PRIVATE")]
    allow_private: bool,
    /// A folder below which files are read for people who come over the network, beside `import` in the data folder; repeat for
    /// several, or separate them with commas.
    #[arg(long = "import-roots", env = "IDFLOW_IMPORT_ROOTS", value_name = "FOLDER", value_delimiter = ',')]
    import_roots: Vec<PathBuf>,
    /// Opens /metrics to whoever shows this token. Without one only this machine reads them.
    #[arg(long, env = "IDFLOW_METRICS_TOKEN", value_name = "env:NAME|file:PATH", hide_env_values = true)]
    metrics_token: Option<String>,
}

impl Args {
    /// Refuses what would show secrets and names to a network.
    fn check(&self) -> Result<(), Failure> {
        let (listen, near) = (self.listen, self.listen.ip().is_loopback());
        let plain = self.public_url.as_ref().is_some_and(|public| !public.https);
        if plain && !self.insecure_http {
            return Err(Failure::new(both!(
                "--public-url 不是 https:// 地址",
                "--public-url is not an https:// address"
            ))
            .hint(both!(
                "改用 https://；确实要不加密时加 --insecure-http",
                "use https://, or say --insecure-http if that is what you want"
            )));
        }
        if near && self.tls_cert.is_none() {
            return Ok(());
        }
        if self.tls_cert.is_none() && self.trusted_proxy.is_empty() && !self.insecure_http {
            return Err(Failure::new(both!(
                "{listen} 不是本机（loopback）地址：不加密的端口会让同一网络里的任何人读到密钥和姓名",
                "{listen} is not a loopback address: on a port without encryption everybody in the network could read secrets and names"
            ))
            .hint(both!(
                "用 --tls-cert 和 --tls-key 提供证书；或在前面放一个带 TLS 的反向代理（proxy），用 --trusted-proxy 说明它的地址；或监听 127.0.0.1:端口",
                "give --tls-cert and --tls-key; or put a reverse proxy with TLS in front and name it with --trusted-proxy; or listen on 127.0.0.1:PORT",
            )));
        }
        if self.public_url.is_none() {
            return Err(Failure::new(both!(
                "监听 {listen} 时需要 --public-url",
                "listening on {listen} needs --public-url"
            ))
            .hint(both!(
                "写出人们打开的地址，例如 https://id.example.com；其他名字会被拒绝",
                "name the address that people open, for example https://id.example.com: every other name is refused"
            )));
        }
        Ok(())
    }

    fn wide(&self, session: &Session<'_>) -> Result<Wide, Failure> {
        let token = self.metrics_token.as_deref();
        let token = token.map(|given| secret_option(session, "--metrics-token", given)).transpose()?;
        let reach = Reach {
            proxies: self.trusted_proxy.clone(),
            plain: self.public_url.as_ref().is_some_and(|public| !public.https),
            metrics_token: token.map(|token| token.trim().to_string()).filter(|token| !token.is_empty()),
        };
        for file in self.tls_cert.iter().chain(&self.tls_key) {
            std::fs::File::open(file).map_err(|error| Failure::file(file.display(), &error))?;
        }
        let tls = self.tls_cert.clone().zip(self.tls_key.clone()).map(|(cert, key)| Files { cert, key });
        Ok(Wide { listen: self.listen, public: self.public_url.clone(), tls, reach })
    }
}

/// Runs until it is stopped.
pub async fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    args.check()?;
    let wide = args.wide(session)?;
    // Whoever may edit a connection from elsewhere must not reach what only this machine can see.
    if args.public_url.is_some() && !args.allow_private {
        idflow_sdk::outgoing::be_strict(session.environment.proxied);
    }
    if wide.reach.plain {
        tracing::warn!("people sign in without encryption, because --insecure-http says so");
    }
    let settings = session.settings();
    has_its_own_folder(session, &settings).await?;
    if !session.data_dir.exists() {
        // No data folder is begun for an address that somebody else has.
        tokio::net::TcpListener::bind(args.listen).await.map_err(|error| unheard(session, args.listen, &error))?;
    }
    if let Location::Folder(folder) = &settings.store
        && let Some(done) = retention::compact_if_worthwhile(folder).await
    {
        tracing::info!(?done, "the store was copied into fresh files");
    }
    let app = Arc::new(Client::own(session).await?);
    app.open_folders(args.import_roots.clone());
    sign_in_by_server(session, &app).await?;
    // Whoever asks it to stop as soon as it has told its address is heard.
    let stop = stopped();
    let (front, posted) = Front::open_wide(app.clone(), &session.data_dir, wide, "")
        .await
        .map_err(|error| unheard(session, args.listen, &error))?;
    let address = posted.note.address;
    app.listens_at(&front.door().page(""));
    let resumed = app.recover().await?.len();
    // Until somebody has an account, whoever can read what this command prints becomes the first owner; an only owner who has
    // nothing to sign in with again comes in the same way.
    let first = app.who().way_in().await?;
    let first =
        first.map(|(link, owner)| FirstLink { url: front.door().page(&link.path), expires: link.expires, owner });
    // Others are answered where they were told to; commands of this machine have a port of their own beside it.
    let wide = Some(args.listen).filter(|listen| *listen != address && listen.port() != 0);
    greet(session, (address, wide, posted.note.public.as_deref()), resumed, first);
    let background = tend(session, &app);
    let ended_by_itself = Mutex::new(None);
    let stop = async {
        let why = tokio::select! {
            () = stop => None,
            () = can_be_opened_anew(&app, &session.data_dir) => Some(opened_anew()),
            changed = app.key_is_changed() => Some(Failure::from(changed)),
        };
        *ended_by_itself.lock().unwrap_or_else(PoisonError::into_inner) = why;
    };
    front.console_from(session.environment.console.clone()).serve(stop).await;
    drop(background);
    app.engine().leave(FAREWELL).await;
    drop(posted);
    if let Some(why) = ended_by_itself.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(why);
    }
    output::say(
        session.text("已停止；未完成的运行在下次启动时继续", "stopped; unfinished runs go on at the next start"),
    );
    Ok(exit::DONE)
}

/// Why a server ends whose store had been closed.
fn opened_anew() -> Failure {
    Failure::new(both!(
        "数据存储曾被关闭（例如磁盘已满），现在可以重新打开",
        "the store had been closed, for a full disk or the like, and can be opened again now"
    ))
    .hint(both!("重新启动 `idflow serve`；没有完成的运行会继续", "start `idflow serve` again; unfinished runs go on"))
}

/// That nobody can be answered at an address.
fn unheard(session: &Session<'_>, listen: SocketAddr, error: &std::io::Error) -> Failure {
    if let Some(bad) = error.get_ref().and_then(|error| error.downcast_ref::<BadFile>()) {
        let file = bad.file.display();
        return Failure::new(both!("{file} 里没有可用的证书或私钥", "{bad}")).hint(both!(
            "--tls-cert 是 PEM 格式的证书，--tls-key 是它的私钥",
            "--tls-cert is a certificate in PEM, --tls-key the key of that certificate"
        ));
    }
    let folder = session.data_dir.display();
    let crate::contract::problem::Text { zh, en } = system(error);
    let failure = Failure::new(both!(
        "不能在 {listen} 上为 {folder} 提供服务：{zh}",
        "cannot answer at {listen} for {folder}: {en}"
    ));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => failure.hint(both!(
            "另一个程序（也可能是另一个 idflow serve）正在使用这个地址：停掉它，或换一个端口，例如 --listen 127.0.0.1:8421",
            "another program, perhaps another idflow serve, has this address: stop it, or choose another port, for example --listen 127.0.0.1:8421"
        )),
        std::io::ErrorKind::AddrNotAvailable => failure.hint(both!(
            "这台机器没有这个地址：用 --listen 写出它自己的地址",
            "this machine does not have that address: give one of its own with --listen"
        )),
        std::io::ErrorKind::PermissionDenied => failure.hint(both!(
            "1024 以下的端口需要特别的权限：换一个端口",
            "ports below 1024 need special rights: choose another one"
        )),
        _ => failure,
    }
}

/// Refuses a data folder that another server uses.
async fn has_its_own_folder(session: &Session<'_>, settings: &Settings) -> Result<(), Failure> {
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
    Ok(())
}

/// Takes the sign-in service that the environment names.
async fn sign_in_by_server(session: &Session<'_>, app: &App) -> Result<(), Failure> {
    if let Some(oidc) = &session.environment.oidc {
        let mut oidc = oidc.clone();
        if let Some(given) = oidc.client_secret.take_if(|given| given.starts_with("file:")) {
            oidc.client_secret = Some(secret(session, "client_secret", &given)?);
        }
        app.oidc_by_server(&oidc).await?;
    }
    Ok(())
}

/// The link by which the first owner comes in, and until when it is good; for one that there is, with the name.
struct FirstLink {
    url: String,
    expires: String,
    owner: Option<String>,
}

/// Says where the server is, and how the first owner comes in.
fn greet(
    session: &Session<'_>,
    (own, wide, public): (SocketAddr, Option<SocketAddr>, Option<&str>),
    resumed: usize,
    first: Option<FirstLink>,
) {
    if session.json() {
        let mut told = json!({"address": own.to_string(), "resumed": resumed});
        if let Some(wide) = wide {
            told["listen"] = json!(wide.to_string());
            told["public_url"] = json!(public);
        }
        if let Some(FirstLink { url, expires, .. }) = &first {
            told["first_link"] = json!({"url": url, "expires": expires});
        }
        output::json(&told);
    } else {
        let address = match (wide, public) {
            (Some(wide), Some(public)) => say!(session.lang, "{wide}（{public}）", "{wide} ({public})"),
            (wide, _) => wide.unwrap_or(own).to_string(),
        };
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
        if wide.is_some() {
            output::data(&say!(session.lang, "本机命令使用 {own}", "commands of this machine use {own}"));
        }
        if let Some(FirstLink { url, owner, .. }) = &first {
            output::data(&match owner {
                None => session
                    .text(
                        "还没有账号。在一小时内打开这个链接，成为第一个所有者（只能使用一次）：",
                        "nobody has an account yet. Open this link within an hour to become the first owner; it is good once:",
                    )
                    .to_string(),
                Some(owner) => say!(
                    session.lang,
                    "所有者 {owner} 没有密码。在一小时内打开这个链接登录，并设置密码（只能使用一次）：",
                    "the owner {owner} has no password. Open this link within an hour to sign in and set one; it is good once:"
                ),
            });
            output::data(&format!("  {url}"));
        }
    }
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
    let sending = app.clone();
    tasks.spawn(supervisor.clone().keep("messages", move || {
        let app = sending.clone();
        async move { app.send_always().await }
    }));
    let provided = app.clone();
    tasks.spawn(supervisor.clone().keep("provider", move || {
        let app = provided.clone();
        async move { app.provider_always().await }
    }));
    let told = app.clone();
    tasks.spawn(supervisor.clone().keep("notifications", move || Notifier::new(told.clone()).watch()));
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
    let audited = app.clone();
    tasks.spawn(supervisor.clone().keep("audit", move || {
        let app = audited.clone();
        async move { app.audit_always().await }
    }));
    let swept = app.clone();
    tasks.spawn(supervisor.clone().keep("uploads", move || App::clone(&swept).keep_sweeping_uploads()));
    let watched = app.clone();
    tasks.spawn(supervisor.clone().keep("disk", move || watch_disk(watched.clone())));
    tasks
}

/// Completes when the store is closed and a new process could open it. Whoever started this one starts it again after an error.
async fn can_be_opened_anew(app: &App, folder: &Path) {
    let mut before: Option<u64> = None;
    loop {
        if app.closed() == Some(Closed::ForNow) {
            let Ok(free) = fs4::available_space(folder) else { return };
            // How much room it takes nobody knows: more than there was when it was closed.
            let least = before.get_or_insert(free).saturating_add(MORE_ROOM).min(ENOUGH_ROOM);
            if free >= least {
                return;
            }
        }
        tokio::time::sleep(CLOSED_LOOK).await;
    }
}

/// Tells in the log that the disk is getting full, as long as it is.
async fn watch_disk(app: Arc<App>) {
    loop {
        if let Some(warning) = retention::disk_warning(app.disk().as_ref()) {
            tracing::warn!("{}", warning.en);
        }
        tokio::time::sleep(DISK_LOOK).await;
    }
}

/// An interrupt, or a request to terminate. From the call on neither ends the process by itself.
pub fn stopped() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    };
    async move {
        #[cfg(unix)]
        if let (Ok(mut terminate), Ok(mut interrupt)) = signals {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
