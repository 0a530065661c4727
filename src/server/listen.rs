//! Answering over TCP: bounded in time, connections and bytes, so that nobody on the machine can keep the others out by
//! saying little, slowly, or by saying much.
//!
//! | bound | |
//! |---|---|
//! | connections at once | 1,024; more wait in the system's queue |
//! | the head of a request, and silence between two | 15 s |
//! | the body of a request | 30 s (`read_body` of the server) |
//! | an answer of which nothing is taken | 30 s |
//! | the end of the server | 10 s for answers that are being written |

use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tower::ServiceExt;

use super::{
    Shared,
    auth::Peer,
    console::Site,
    handshake::{Doorkeeper, LocalKey, Public},
    note::{Note, Posted},
    reach::Reach,
    router_with,
    slow_takers::Bounded,
    tls::{Files, Tls},
};
use crate::app::App;

/// Connections at once.
const MOST_CONNECTIONS: usize = 1_024;
/// The head of a request, in bytes.
const MOST_HEAD: usize = 64 << 10;
/// How long the head of a request may take, and how long a connection may be silent.
const HEAD: Duration = Duration::from_secs(15);
/// How long answers that are being written are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long a connection on which somebody is about to ask is kept open at the end.
const LINGER: Duration = Duration::from_millis(250);
/// The pause after a connection could not be accepted: the process has too many open files, and others close theirs.
const BREATH: Duration = Duration::from_millis(50);

/// Where a server listens, and how it is reached.
pub struct Wide {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address under which people reach it.
    pub public: Option<Public>,
    /// The certificate, where it encrypts itself.
    pub tls: Option<Files>,
    /// Proxies and the like.
    pub reach: Reach,
}

/// A listener that is ready to answer for a data folder.
pub struct Front {
    /// For commands of this machine, and for everybody where nobody else comes.
    listener: TcpListener,
    /// For everybody else.
    outer: Option<(TcpListener, Option<Arc<Tls>>)>,
    shared: Shared,
    site: Site,
    door: Arc<Doorkeeper>,
    most: usize,
}

impl Front {
    /// Listens, and leaves the note that says where. `passing` is the command that answers only until its work is done.
    ///
    /// # Errors
    /// An address that cannot be listened on, a folder that cannot be written.
    pub async fn open(
        app: Arc<App>,
        data_dir: &Path,
        listen: SocketAddr,
        passing: &str,
        public: Option<Public>,
    ) -> std::io::Result<(Self, Posted)> {
        Self::open_wide(app, data_dir, Wide { listen, public, tls: None, reach: Reach::default() }, passing).await
    }

    /// The same for a server that others reach, encrypted or not. Commands of this machine have a port of their own then, on the
    /// loopback, where nothing needs to be encrypted.
    ///
    /// # Errors
    /// As [`Front::open`], and a certificate that cannot be used.
    pub async fn open_wide(
        app: Arc<App>,
        data_dir: &Path,
        wide: Wide,
        passing: &str,
    ) -> std::io::Result<(Self, Posted)> {
        let Wide { listen, public, tls, reach } = wide;
        let tls = tls.map(|files| Tls::open(files).map(Arc::new)).transpose()?;
        let first = TcpListener::bind(listen).await?;
        let (listener, outer) = match tls.is_some() || !listen.ip().is_loopback() {
            true => (TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?, Some((first, tls))),
            false => (first, None),
        };
        let address = listener.local_addr()?;
        let page = public.as_ref().map(ToString::to_string);
        if let Some(page) = &page {
            app.reached_at(page);
        }
        let door = Arc::new(Doorkeeper::new(LocalKey::open(data_dir)?, address).reached_at(public).reached_by(reach));
        let started = app.engine().core().clock.now_ms();
        let store = Some(app.store_place().to_string());
        let note =
            Note { address, pid: std::process::id(), started, passing: passing.to_string(), store, public: page };
        let shared = Shared { app, door: Some(door.clone()) };
        let posted = Posted::write(note, data_dir)?;
        Ok((Self { listener, outer, shared, site: Site::default(), door, most: MOST_CONNECTIONS }, posted))
    }

    /// Offers the console of a folder instead of the one in the program; nothing changes where none is named.
    #[must_use]
    pub fn console_from(self, folder: Option<PathBuf>) -> Self {
        Self { site: folder.map_or(self.site, Site::Folder), ..self }
    }

    /// Takes so many connections at once instead of the usual number.
    #[must_use]
    pub fn at_most(self, connections: usize) -> Self {
        Self { most: connections, ..self }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Who may call, and at which address.
    #[must_use]
    pub fn door(&self) -> &Doorkeeper {
        &self.door
    }

    /// Answers until told to stop, and finishes what was begun by then.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { listener, outer, shared, site, most, .. } = self;
        let live = shared.app.live().clone();
        let router = router_with(shared, site);
        let room = Arc::new(Semaphore::new(most));
        let closing = watch::Sender::new(false);
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&listener, &room) => accepted.map(|(stream, permit)| (stream, None, permit)),
                accepted = accept_outer(outer.as_ref(), &room) => accepted,
            };
            match accepted {
                Some((stream, tls, permit)) => {
                    let (router, closing) = (router.clone(), closing.subscribe());
                    connections.spawn(async move {
                        // Without this, small answers wait for acknowledgements of earlier ones.
                        let _ = stream.set_nodelay(true);
                        let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
                        match tls {
                            None => converse(stream, peer, router, closing, permit).await,
                            Some(tls) => {
                                if let Some(stream) = tls.accept(stream).await {
                                    converse(stream, peer, router, closing, permit).await;
                                }
                            }
                        }
                    });
                }
                None => tokio::time::sleep(BREATH).await,
            }
            while connections.try_join_next().is_some() {}
        }
        drop((listener, outer));
        // Streams have no end of their own.
        live.stop();
        closing.send_replace(true);
        let ended = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(FAREWELL, ended).await;
    }
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    Some((stream, permit))
}

/// A connection from elsewhere; never, where none is listened for.
async fn accept_outer(
    outer: Option<&(TcpListener, Option<Arc<Tls>>)>,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, Option<Arc<Tls>>, OwnedSemaphorePermit)> {
    let Some((listener, tls)) = outer else { return std::future::pending().await };
    let (stream, permit) = accept(listener, room).await?;
    Some((stream, tls.clone(), permit))
}

/// One connection, to its end.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Option<Peer>,
    router: Router,
    mut closing: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
) {
    // Every request of a connection comes from where the connection comes from.
    let router = router.map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        request
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MOST_HEAD);
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(Bounded::new(stream)), TowerToHyperService::new(router)));
    let told = async {
        let _ = closing.wait_for(|closing| *closing).await;
        tokio::time::sleep(LINGER).await;
    };
    // A caller that goes away is no error of ours.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = told => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
