//! The command line's way to the API: over the loopback to whoever owns the data folder, or to the same router in this
//! process. What a command does looks the same either way.

mod failure;
mod files;
mod requests;
mod stream;
mod words;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Method, Request, header, request},
};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use serde_json::Value;
use tower::ServiceExt;

use words::{leave_behind, lost, lost_far, nothing_there, refusal, stranger_text, tell_open_folder, works_on};

use super::{
    Lang, Session,
    answering::Around,
    lang::{Words, both, say},
    local::{Found, Lost, Owner},
    next, output,
    remote::Far,
};
use crate::{
    app::{App, Settings, error::RefusalKind},
    config::servers::Server,
    server::{
        self, Inside, Shared,
        auth::{LOCAL_USER, TENANT},
        note::Note,
    },
    store::location::Location,
};

pub use failure::Failure;
pub use files::contents;
pub use stream::Events;

/// How long another process may hold the data folder before we give up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long we wait without a word.
const QUIET: Duration = Duration::from_secs(1);
/// The largest answer.
const MOST_BYTES: usize = 1 << 30;

/// What a command does to a data folder that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is an error: whoever reads has mistyped something.
    Refuse,
    /// It is made: the command is one that begins.
    Make,
    /// Nothing is made: what ships with the program can be read without.
    DoWithout,
}

/// A way to the API.
pub struct Client {
    way: Mutex<Way>,
    home: Option<Home>,
    /// Whether this is a command that goes on with what others have left.
    resumes: AtomicBool,
    /// Under which name it acts.
    user: String,
    lang: Lang,
    /// In which tenant, if not in the one that is there from the start.
    tenant: Option<String>,
}

#[derive(Clone)]
enum Way {
    /// The router of this process.
    Here { router: Router, app: Arc<App> },
    /// Another process that owns the data folder.
    There(Arc<Owner>),
    /// A server elsewhere.
    Far(Arc<Far>),
}

/// The data folder that the client was opened for.
struct Home {
    settings: Settings,
    around: Arc<Around>,
}

impl Session<'_> {
    /// A way to the API.
    ///
    /// # Errors
    /// A data folder that is not there or cannot be used.
    pub async fn client(&self) -> Result<Client, Failure> {
        Client::open(self, Missing::Refuse).await
    }

    /// A way to the API for a command that begins something: it makes the data folder.
    ///
    /// # Errors
    /// A data folder that cannot be used.
    pub async fn beginning(&self) -> Result<Client, Failure> {
        Client::open(self, Missing::Make).await
    }

    /// A way to the API for what ships with the program, with or without a data folder.
    ///
    /// # Errors
    /// A data folder that cannot be used.
    pub async fn shipped(&self) -> Result<Client, Failure> {
        Client::open(self, Missing::DoWithout).await
    }
}

impl Client {
    /// Whoever owns this data folder and answers, or the folder itself.
    ///
    /// # Errors
    /// A folder that is not there or cannot be used, or that another process keeps.
    pub async fn open(session: &Session<'_>, missing: Missing) -> Result<Self, Failure> {
        if let Some(server) = &session.server {
            return Self::far(server, session);
        }
        let settings = session.settings();
        let begun = Instant::now();
        let mut told = false;
        loop {
            let stranger = match Found::of(&session.data_dir).await {
                Found::Owner(owner) => {
                    works_on(session, &settings, &owner.note)?;
                    return Ok(Self::new(Way::There(Arc::new(owner)), settings, session));
                }
                Found::Stranger(note) => Some(note),
                Found::Nobody => None,
            };
            if !settings.store.is_there() {
                match missing {
                    Missing::Make => {}
                    Missing::Refuse => return Err(nothing_there(session)),
                    Missing::DoWithout => return Self::without_folder(settings, session).await,
                }
            }
            match App::open(settings.clone()).await {
                Ok(app) => {
                    tell_open_folder(session, &app);
                    leave_behind(session, &settings, stranger.as_ref());
                    return Ok(Self::new(Way::here(Arc::new(app)), settings, session));
                }
                Err(error) if error.kind == RefusalKind::InUse && begun.elapsed() < PATIENCE => {
                    if !told && begun.elapsed() > QUIET {
                        output::say(session.text(
                            "另一个命令正在使用数据目录，等它结束……",
                            "another command is using the data folder; waiting for it to end …",
                        ));
                        told = true;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => {
                    let error = Failure::from(error);
                    return Err(match stranger {
                        Some(note) => error.hint(stranger_text(&note)),
                        None => error,
                    });
                }
            }
        }
    }

    fn new(way: Way, settings: Settings, session: &Session<'_>) -> Self {
        if let Way::Here { app, .. } = &way {
            session.around.works_in(app);
        }
        Self {
            way: Mutex::new(way),
            home: Some(Home { settings, around: session.around.clone() }),
            resumes: AtomicBool::new(false),
            user: session.environment.user.clone(),
            lang: session.lang,
            tenant: session.tenant.clone(),
        }
    }

    /// A server elsewhere.
    ///
    /// # Errors
    /// A certificate that is none.
    pub fn far(server: &Server, session: &Session<'_>) -> Result<Self, Failure> {
        let way = Way::Far(Arc::new(Far::of(server)?));
        Ok(Self::new(way, session.settings(), session))
    }

    /// An application that holds nothing, for what ships with the program.
    async fn without_folder(settings: Settings, session: &Session<'_>) -> Result<Self, Failure> {
        let nothing = Settings {
            store: Location::Memory,
            // Nothing is ever sealed with it.
            master_key: Some("0".repeat(64)),
            ..settings.clone()
        };
        let app = App::open(nothing).await?;
        Ok(Self::new(Way::here(Arc::new(app)), settings, session))
    }

    /// The data folder for a server: waits for short commands that hold it, not for one that answers others.
    ///
    /// # Errors
    /// A folder that cannot be used, or that another process keeps.
    pub async fn own(session: &Session<'_>) -> Result<App, Failure> {
        let begun = Instant::now();
        loop {
            let error = match App::open(session.settings()).await {
                Ok(app) => {
                    tell_open_folder(session, &app);
                    return Ok(app);
                }
                Err(error) => error,
            };
            if let Found::Owner(owner) = Found::of(&session.data_dir).await {
                let (error, note, pid) = (Failure::from(error), &owner.note, owner.note.pid);
                return Err(match note.passing.as_str() {
                    "" => error.hint(both!(
                        "`idflow serve`（进程 {pid}）已经在使用它",
                        "`idflow serve` (process {pid}) uses it already"
                    )),
                    passing => error.hint(both!(
                        "`idflow {passing}`（进程 {pid}）正在使用它；等它结束，或用 Ctrl-C 停止它",
                        "`idflow {passing}` (process {pid}) is at work in it; wait until it has ended, or stop it with Ctrl-C"
                    )),
                });
            }
            if error.kind != RefusalKind::InUse || begun.elapsed() > PATIENCE {
                return Err(error.into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The API of an application in this process.
    #[must_use]
    pub fn here(app: Arc<App>, user: &str, lang: Lang) -> Self {
        let way = Mutex::new(Way::here(app));
        Self { way, home: None, resumes: AtomicBool::new(false), user: user.into(), lang, tenant: None }
    }

    /// The language of whoever asks.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether somebody answers for this data folder.
    pub async fn is_served(data_dir: &Path) -> bool {
        matches!(Found::of(data_dir).await, Found::Owner(_))
    }

    fn way(&self) -> Way {
        self.way.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on this command answers the others, if it owns the data folder: whoever works on a run, or waits for a
    /// person, may take long.
    pub async fn answer(&self) {
        let (Some(home), Way::Here { app, .. }) = (&self.home, self.way()) else { return };
        // Several processes may work with a database anyway.
        if matches!(home.settings.store, Location::Folder(_)) {
            home.around.answer(app, &home.settings.data_dir).await;
        }
    }

    /// Whether this is a command that goes on with what others have left. Whoever only asks, or only plans, leaves it alone.
    #[must_use]
    pub fn resumes(&self) -> bool {
        self.resumes.load(Ordering::Relaxed)
    }

    /// Goes on with what a stopped process left behind, when this process owns the folder, now or later.
    pub async fn recover(&self) -> Result<(), Failure> {
        self.resumes.store(true, Ordering::Relaxed);
        if let Way::Here { app, .. } = self.way() {
            self.answer().await;
            let resumed = app.recover().await?;
            if let Some(home) = &self.home {
                home.around.resumed(&resumed);
            }
            match resumed.len() {
                0 => {}
                1 => {
                    let run = resumed[0];
                    output::say(&say!(self.lang, "继续 1 个未完成的运行：{run}", "resuming 1 unfinished run: {run}"));
                }
                more => {
                    output::say(&say!(self.lang, "继续 {more} 个未完成的运行", "resuming {more} unfinished runs"));
                }
            }
        }
        Ok(())
    }

    /// Tells what this command waits for, in case that somebody stops it.
    pub fn watching(&self, run: Option<&str>) {
        if let Some(home) = &self.home {
            home.around.watching(run, !self.is_here());
        }
    }

    /// Whether a server keeps working after this command.
    #[must_use]
    pub fn is_served_by_other(&self) -> bool {
        match self.way() {
            Way::Here { .. } => false,
            Way::There(owner) => owner.note.passing.is_empty(),
            Way::Far(_) => true,
        }
    }

    /// Whether this process does the work.
    #[must_use]
    pub fn is_here(&self) -> bool {
        matches!(self.way(), Way::Here { .. })
    }

    /// The folder itself, after a command that answered for it has ended. A server that has gone away is not stood in for:
    /// it may be about to come back.
    async fn come_home(&self, error: &Failure, gone: &Note) -> Result<(), Failure> {
        let Some(home) = self.home.as_ref().filter(|_| !gone.passing.is_empty()) else { return Err(error.clone()) };
        let begun = Instant::now();
        loop {
            if let Found::Owner(owner) = Found::of(&home.settings.data_dir).await {
                *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Way::There(Arc::new(owner));
                return Ok(());
            }
            match App::open(home.settings.clone()).await {
                Ok(app) => {
                    let app = Arc::new(app);
                    home.around.works_in(&app);
                    *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Way::here(app);
                    return Ok(());
                }
                Err(error) if error.kind == RefusalKind::InUse && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The events of a stream, as they come; the stream ends when the server says so.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn events(&self, path: &str) -> Result<Events, Failure> {
        let (good, mut pieces) = self.pieces(&format!("/api/v1{path}")).await?;
        if good {
            return Ok(Events { pieces, text: Vec::new() });
        }
        let mut answer = Vec::new();
        while let Some(Ok(piece)) = pieces.next().await {
            answer.extend_from_slice(&piece);
        }
        Err(refusal(&answer))
    }

    /// The answer to a question, as it comes.
    async fn pieces(&self, path: &str) -> Result<(bool, BoxStream<'static, Result<Bytes, String>>), Failure> {
        loop {
            match self.way() {
                Way::Here { router, .. } => {
                    let request = self.who(Request::builder().uri(path).extension(Inside));
                    let request =
                        request.body(Body::empty()).map_err(|error| Failure::new(format!("{path}: {error}")))?;
                    let answer = match router.oneshot(request).await {
                        Ok(answer) => answer,
                        Err(never) => match never {},
                    };
                    let good = answer.status().is_success();
                    let pieces = answer.into_body().into_data_stream().map_err(|error| error.to_string());
                    return Ok((good, pieces.boxed()));
                }
                Way::Far(far) => {
                    let answer = far.ask(self.who(Request::get(path)), None).await.map_err(lost_far)?;
                    return Ok((answer.good(), answer.pieces()));
                }
                Way::There(owner) => match owner.ask(self.who(Request::get(path)), None).await {
                    Ok(answer) => return Ok((answer.good, answer.pieces())),
                    Err(error) => self.come_home(&lost(error), &owner.note).await?,
                },
            }
        }
    }

    /// The request of this user, about this tenant.
    fn who(&self, request: request::Builder) -> request::Builder {
        let request = match self.way() {
            // Who one is there is said by the token.
            Way::Far(_) => request,
            _ => request.header(LOCAL_USER, encode(&self.user)),
        };
        match &self.tenant {
            Some(tenant) => request.header(TENANT, encode(tenant)),
            None => request,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        self.call_once(method, path, body, None).await
    }

    /// The same; a call with a name is carried out once, so it is asked again when its answer is lost.
    async fn call_once(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        name: Option<&str>,
    ) -> Result<Value, Failure> {
        self.call_with(method, path, body.map(|body| Bytes::from(body.to_string())), name).await
    }

    async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
        name: Option<&str>,
    ) -> Result<Value, Failure> {
        let named = |request: request::Builder| match name {
            Some(name) => request.header("Idempotency-Key", encode(name)),
            None => request,
        };
        let path = format!("/api/v1{path}");
        let (good, answer) = loop {
            match self.way() {
                Way::Here { router, .. } => {
                    break inside(router, named(self.who(Request::builder().method(&method).uri(&path))), body.clone())
                        .await?;
                }
                Way::Far(far) => {
                    let request = named(self.who(Request::builder().method(&method).uri(&path)));
                    let answer = far.ask(request, body.clone()).await.map_err(lost_far)?;
                    let good = answer.good();
                    let cut = |why: String| lost_far(Lost { why: why.words(), unseen: false, hint: None });
                    break (good, answer.read().await.map_err(cut)?);
                }
                Way::There(owner) => {
                    let request = named(self.who(Request::builder().method(&method).uri(&path)));
                    match owner.ask(request, body.clone()).await {
                        Ok(answer) => {
                            let good = answer.good;
                            let read = owner.read(answer, MOST_BYTES).await;
                            break (
                                good,
                                read.map_err(|why| lost(Lost { why: why.words(), unseen: false, hint: None }))?,
                            );
                        }
                        // What was not seen, or only asks, can be asked again elsewhere.
                        Err(error) if error.unseen || method == Method::GET || name.is_some() => {
                            self.come_home(&lost(error), &owner.note).await?;
                        }
                        Err(error) => return Err(lost(error)),
                    }
                }
            }
        };
        if !good {
            return Err(refusal(&answer));
        }
        let answer = serde_json::from_slice(&answer);
        let mut answer: Value = answer.map_err(|_| {
            Failure::new(both!(
                "响应不是 JSON；服务是否是另一个版本？",
                "the answer is not JSON; is the server another version?"
            ))
        })?;
        next::word(&mut answer);
        Ok(answer)
    }
}

impl Way {
    fn here(app: Arc<App>) -> Self {
        let router = server::router(Shared { app: app.clone(), door: None });
        Self::Here { router, app }
    }
}

/// Calls the router of this process.
async fn inside(router: Router, request: request::Builder, body: Option<Bytes>) -> Result<(bool, Bytes), Failure> {
    let mut request = request.extension(Inside);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, Body::from);
    let request = request.body(body).map_err(|error| Failure::new(error.to_string()))?;
    let answer = match router.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let good = answer.status().is_success();
    let bytes = to_bytes(answer.into_body(), MOST_BYTES).await;
    Ok((good, bytes.map_err(|error| Failure::new(error.to_string()))?))
}

/// A text as part of a path or query.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
