//! The command line's way to the API: over the loopback to whoever owns the data folder, or to the same router in this
//! process. What a command does looks the same either way.

use std::{
    fmt::Display,
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
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;

use super::{
    Lang, Session,
    answering::Around,
    lang::{Words, both, say, system},
    local::{Found, Lost, Owner},
    next, output,
    remote::Far,
};
use crate::{
    app::{App, AppError, Settings, error::Kind},
    config::servers::Server,
    contract::{
        live::LiveEvent,
        page::MOST,
        plan::Plan,
        problem::{Refusal, Text},
    },
    server::{
        self, Inside, Shared,
        auth::{LOCAL_USER, TENANT},
        note::Note,
    },
    store::location::Location,
};

/// How long another process may hold the data folder before we give up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long we wait without a word.
const QUIET: Duration = Duration::from_secs(1);
/// The largest answer.
const MOST_BYTES: usize = 1 << 30;

/// Why a call was refused.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// What is wrong.
    pub text: Text,
    /// The next step.
    pub hint: Option<Text>,
    /// More, for machines.
    pub details: Option<Box<Value>>,
    /// What the API said.
    pub refusal: Option<Box<Refusal>>,
}

impl Failure {
    /// A failure without a next step.
    pub fn new(text: impl Words) -> Self {
        Self { text: text.words(), ..Self::default() }
    }

    /// A file that cannot be used.
    pub fn file(name: impl Display, error: &std::io::Error) -> Self {
        let Text { zh, en } = system(error);
        Self::new(both!("{name}：{zh}", "{name}: {en}"))
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Words) -> Self {
        self.hint = Some(hint.words());
        self
    }

    /// What is wrong and the next step, in a language; the step as a command, where there is one.
    #[must_use]
    pub fn words(&self, lang: Lang) -> (String, Option<String>) {
        // What this command knows better than the API.
        let own = self.hint.as_ref().map(|hint| lang.of(hint).to_string());
        let Some(refusal) = &self.refusal else { return (lang.of(&self.text).to_string(), own) };
        let hint = own.unwrap_or_else(|| next::hint(&refusal.hint, refusal.next.as_ref(), lang));
        (lang.of(&refusal.reason).to_string(), Some(hint).filter(|hint| !hint.is_empty()))
    }

    /// Tells it to people.
    pub fn tell(&self, lang: Lang) {
        let (message, hint) = self.words(lang);
        output::error(lang, &message, hint.as_deref());
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        let (message, hint) = self.words(lang);
        let code = self.refusal.as_ref().map(|refusal| &refusal.code);
        let next = self.refusal.as_ref().and_then(|refusal| refusal.next.as_ref());
        json!({"error": {"code": code, "message": message, "hint": hint, "next": next, "details": self.details}})
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let mut details = match refusal.findings.as_slice() {
            [] => refusal.cause.as_ref().map(|cause| json!(cause)),
            findings => Some(json!(findings)),
        };
        details.iter_mut().for_each(next::word);
        Self {
            text: refusal.reason.clone(),
            hint: None,
            details: details.map(Box::new),
            refusal: Some(Box::new(refusal)),
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        server::error::refusal(&error, false).into()
    }
}

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
                Found::Owner(owner) => return Ok(Self::new(Way::There(Arc::new(owner)), settings, session)),
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
                Err(error) if error.kind == Kind::InUse && begun.elapsed() < PATIENCE => {
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
            if error.kind != Kind::InUse || begun.elapsed() > PATIENCE {
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
    ///
    /// # Errors
    /// Those of the store.
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
                    *self.way.lock().unwrap_or_else(PoisonError::into_inner) = Way::here(Arc::new(app));
                    return Ok(());
                }
                Err(error) if error.kind == Kind::InUse && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Reads a list page by page: all of it, or at most so many.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn all(&self, path: &str, most: Option<usize>) -> Result<Value, Failure> {
        let mut items = Vec::new();
        self.pages(path, most, |page| items.extend(page)).await?;
        Ok(items.into())
    }

    /// Reads a list whose newest page comes first and whose pages begin with the oldest.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn all_backwards(&self, path: &str, most: Option<usize>) -> Result<Value, Failure> {
        let mut items = Vec::new();
        self.pages(path, most, |page| drop(items.splice(0..0, page))).await?;
        Ok(items.into())
    }

    async fn pages(&self, path: &str, most: Option<usize>, mut take: impl FnMut(Vec<Value>)) -> Result<(), Failure> {
        let sign = if path.contains('?') { '&' } else { '?' };
        let (mut left, mut cursor) = (most.unwrap_or(usize::MAX), String::new());
        while left > 0 {
            let limit = left.min(MOST);
            let mut page = self.get(&format!("{path}{sign}limit={limit}{cursor}")).await?;
            let Value::Array(items) = page["items"].take() else { break };
            left -= items.len().min(left);
            let empty = items.is_empty();
            take(items);
            match page["next"].as_str() {
                Some(next) if !empty => cursor = format!("&cursor={}", encode(next)),
                _ => break,
            }
        }
        Ok(())
    }

    /// Reads a list of the contract page by page, so that the whole of it is never held.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn each_page<T: DeserializeOwned>(
        &self,
        path: &str,
        take: &mut impl FnMut(Vec<T>),
    ) -> Result<(), Failure> {
        let mut wrong = None;
        let each = |page: Vec<Value>| match read(page.into()) {
            Ok(page) => take(page),
            Err(error) => wrong = Some(error),
        };
        self.pages(path, None, each).await?;
        wrong.map_or(Ok(()), Err)
    }

    /// A plan: with at most this many changes of each group, or with all of its rows in their order.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn plan(&self, run: &str, most: Option<usize>, reveal: bool) -> Result<Plan, Failure> {
        let path = format!("/runs/{}/plan", encode(run));
        let limit = most.map_or(1, |most| most.min(MOST));
        let mut plan: Plan = self.fetch(&format!("{path}?limit={limit}&reveal={reveal}")).await?;
        if most.is_none() {
            plan.changes = self.list(&format!("{path}/rows?reveal={reveal}"), None).await?;
        }
        Ok(plan)
    }

    /// Reads something of the contract.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn fetch<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(self.get(path).await?)
    }

    /// Reads a list of the contract page by page: all of it, or at most this many.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn list<T: DeserializeOwned>(&self, path: &str, most: Option<usize>) -> Result<Vec<T>, Failure> {
        read(self.all(path, most).await?)
    }

    /// Reads a list whose newest page comes first and whose pages begin with the oldest.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn list_backwards<T: DeserializeOwned>(
        &self,
        path: &str,
        most: Option<usize>,
    ) -> Result<Vec<T>, Failure> {
        read(self.all_backwards(path, most).await?)
    }

    /// Does something, and reads what the contract says of it.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn send<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::new(error.to_string()))?;
        read(self.post(path, &body).await?)
    }

    /// Does something once under this name (`Idempotency-Key`), and reads what the contract says of it.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn send_once<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        name: Option<&str>,
    ) -> Result<T, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::new(error.to_string()))?;
        read(self.call_once(Method::POST, path, Some(&body), name).await?)
    }

    /// Does.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Puts something in its place.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::new(error.to_string()))?;
        read(self.call(Method::PUT, path, Some(&body)).await?)
    }

    /// Removes.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None).await
    }

    /// Removes, and reads what the contract says of it.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn remove<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(self.delete(path).await?)
    }

    /// Writes an answer into a file, piece by piece. The file has its name only when it is complete.
    ///
    /// # Errors
    /// What the API refuses, a file that cannot be written, an answer that is cut short.
    pub async fn download(&self, path: &str, file: &Path) -> Result<u64, Failure> {
        let path = format!("/api/v1{path}");
        let name = file.display();
        let failed = |error: std::io::Error| Failure::file(&name, &error);
        let lost = |error: &dyn Display| Failure::new(both!("响应不完整：{error}", "the answer is cut short: {error}"));
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        // One that was left there may have other rights.
        let _ = tokio::fs::remove_file(&part).await;
        let (good, mut pieces) = self.pieces(&path).await?;
        if !good {
            let mut answer = Vec::new();
            while let Some(piece) = pieces.next().await {
                answer.extend_from_slice(&piece.map_err(|error| lost(&error))?);
            }
            return Err(refusal(&answer));
        }
        let mut options = tokio::fs::File::options();
        options.write(true).create(true).truncate(true);
        // With names and, if wanted so, phone numbers of people in it.
        #[cfg(unix)]
        options.mode(0o600);
        let mut out = options.open(&part).await.map_err(failed)?;
        let written = async {
            let mut bytes = 0;
            while let Some(piece) = pieces.next().await {
                let piece = piece.map_err(|error| lost(&error))?;
                bytes += piece.len() as u64;
                out.write_all(&piece).await.map_err(failed)?;
            }
            out.sync_all().await.map_err(failed)?;
            tokio::fs::rename(&part, file).await.map_err(failed)?;
            Ok(bytes)
        };
        let written = written.await;
        if written.is_err() {
            let _ = tokio::fs::remove_file(&part).await;
        }
        written
    }

    /// Sends a file as it is.
    ///
    /// # Errors
    /// What the API refuses, a file that cannot be read.
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, file: &Path) -> Result<T, Failure> {
        let bytes = tokio::fs::read(file).await.map_err(|error| Failure::file(file.display(), &error))?;
        read(self.call_with(Method::POST, path, Some(bytes.into()), None).await?)
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
                    let cut = |why: String| lost_far(Lost { why: why.words(), unseen: false });
                    break (good, answer.read().await.map_err(cut)?);
                }
                Way::There(owner) => {
                    let request = named(self.who(Request::builder().method(&method).uri(&path)));
                    match owner.ask(request, body.clone()).await {
                        Ok(answer) => {
                            let good = answer.good;
                            let read = owner.read(answer, MOST_BYTES).await;
                            break (good, read.map_err(|why| lost(Lost { why: why.words(), unseen: false }))?);
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

/// A stream of events.
pub struct Events {
    pieces: BoxStream<'static, Result<Bytes, String>>,
    text: Vec<u8>,
}

impl Events {
    /// The next event; `None` at the end. One that this version does not know is passed over.
    ///
    /// # Errors
    /// A stream that breaks off.
    pub async fn next(&mut self) -> Result<Option<LiveEvent>, Failure> {
        loop {
            while let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let lines = event.split(|byte| *byte == b'\n');
                let data = lines.filter_map(|line| line.strip_prefix(b"data: ")).collect::<Vec<_>>().concat();
                if let Ok(event) = serde_json::from_slice(&data) {
                    return Ok(Some(event));
                }
            }
            match self.pieces.next().await {
                Some(Ok(piece)) => self.text.extend_from_slice(&piece),
                Some(Err(error)) => {
                    return Err(Failure::new(both!("连接中断：{error}", "the stream broke off: {error}")));
                }
                None => return Ok(None),
            }
        }
    }
}

impl Way {
    fn here(app: Arc<App>) -> Self {
        let router = server::router(Shared { app: app.clone(), door: None });
        Self::Here { router, app }
    }
}

/// What a server of another version says may have another form.
fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        Failure::new(both!(
            "无法理解响应（{error}）；服务是否是另一个版本？",
            "the answer is not understood ({error}); is the server another version?"
        ))
    })
}

fn lost(error: Lost) -> Failure {
    let Text { zh, en } = error.why;
    Failure::new(both!("服务没有响应：{zh}", "the server does not answer: {en}"))
        .hint(both!("`idflow serve` 是否还在运行？", "is `idflow serve` still running?"))
}

fn lost_far(error: Lost) -> Failure {
    let Text { zh, en } = error.why;
    let failure = Failure::new(both!("服务没有响应：{zh}", "the server does not answer: {en}"));
    match error.unseen {
        true => failure.hint(both!("检查地址和网络", "check the address and the network")),
        false => failure.hint(both!(
            "请求可能已经执行：先查看，再决定是否重试",
            "it may have been done: look first, then decide whether to try again"
        )),
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

fn nothing_there(session: &Session<'_>) -> Failure {
    let place = session.settings().store;
    if let Err(error) = std::fs::read_dir(&session.data_dir)
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        let folder = session.data_dir.display();
        return Failure::new(both!(
            "没有权限读取数据目录 {folder}",
            "the data folder {folder} cannot be read: permission denied"
        ))
        .hint(both!("请用建立它的用户运行", "run it as the user who made the folder"));
    }
    Failure::new(both!("{place} 里没有 idflow 的数据", "there is no idflow data in {place}")).hint(both!(
        "检查 --data-dir 或 IDFLOW_DATA_DIR；`idflow connection add`、`idflow directory import`、`idflow workflow create` 和 `idflow serve` 会新建数据目录",
        "check --data-dir or IDFLOW_DATA_DIR; `idflow connection add`, `idflow directory import`, `idflow workflow create` and \
         `idflow serve` begin a new one"
    ))
}

/// The folder holds phone numbers in clear, and was open to others until now.
fn tell_open_folder(session: &Session<'_>, app: &App) {
    let Some(was_open) = app.was_open() else { return };
    let (folder, mode) = (session.data_dir.display(), &was_open.mode);
    output::say(&say!(
        session.lang,
        "警告：本机其他用户此前可以读取数据目录 {folder}（权限 {mode}），现已收紧为 700",
        "warning: others on this machine could read {folder} (mode {mode}); it is closed to them now (mode 700)"
    ));
    if was_open.key {
        output::say(session.text(
            "警告：主密钥 master.key 也曾对其他用户可读；如果本机还有别人使用，请更换连接的 Secret",
            "warning: that was so of master.key, too: if others use this machine, replace the secrets of your connections",
        ));
    }
}

/// The folder is ours, so a note in it is of a process that has ended. Whoever listens there now is told of, and never asked
/// again. Of a shared store nobody knows whether that process has ended, so its note stays.
fn leave_behind(session: &Session<'_>, settings: &Settings, stranger: Option<&Note>) {
    if let Some(note) = stranger {
        output::say(session.lang.of(&stranger_text(note)));
        if matches!(settings.store, Location::Folder(_)) {
            note.remove(&session.data_dir);
        }
    }
}

/// Somebody answers where our server should, and is not it.
fn stranger_text(note: &Note) -> Text {
    let Note { address, pid, .. } = note;
    both!(
        "警告：server.json 记录的服务地址 {address}（进程 {pid}）上有程序应答，但它不能证明自己是这个数据目录的服务，因此没有向它发送任何数据；\
         原来的服务多半已经停止，端口被别的程序占用。可以用 `idflow serve` 重新启动服务",
        "warning: somebody answers at {address}, where server.json says that the server of this folder (process {pid}) does, and \
         cannot prove to be it; nothing was sent there. That server has probably ended and another program has its port: \
         `idflow serve` starts it again"
    )
}

/// What the API said when it refused.
fn refusal(answer: &[u8]) -> Failure {
    match serde_json::from_slice::<Refusal>(answer) {
        Ok(refusal) => refusal.into(),
        Err(_) => Failure::new(String::from_utf8_lossy(answer).trim().to_string()),
    }
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
