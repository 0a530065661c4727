//! A command that owns the data folder and may take long answers the other commands meanwhile, as a server does: somebody
//! wants to watch a first sync of 800 people, or to cancel it.
//!
//! It answers until its own work is done. What others have started through it by then is carried out first; what they ask
//! after that they find out for themselves, because the folder is free.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::oneshot, task::JoinHandle};

use super::{Lang, output};
use crate::{
    app::App,
    model::id::RunId,
    server::{listen::Front, note::Posted},
};

/// How often it is looked whether the work of others is done.
const LOOK: Duration = Duration::from_millis(50);
/// How long requests that are being answered may take at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// How long a command that ends waits for what its runs have in flight.
const FAREWELL: Duration = Duration::from_secs(5);

/// What goes on around one command.
pub struct Around {
    /// What others are told about the command.
    command: &'static str,
    state: Mutex<AnsweringState>,
}

#[derive(Default)]
struct AnsweringState {
    answering: Option<Answering>,
    /// What works in this process, if anything does.
    app: Weak<App>,
    /// Runs of an earlier process; nobody waits for them here.
    resumed: HashSet<RunId>,
    /// The run that is waited for, and whether another process works on it.
    watched: Option<(String, bool)>,
}

/// A listener, until it is told to end.
struct Answering {
    app: Arc<App>,
    posted: Posted,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Around {
    /// Nothing yet.
    #[must_use]
    pub fn new(command: &'static str) -> Self {
        Self { command, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, AnsweringState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs are carried out by this application, in this process.
    pub fn works_in(&self, app: &Arc<App>) {
        self.state().app = Arc::downgrade(app);
    }

    /// Lets go of every run that is still at work here: the next process goes on with it. Whatever is cut off by the end of
    /// the process would look like a failure, and be written down as one.
    pub async fn leave(&self) {
        let app = self.state().app.upgrade();
        if let Some(app) = app.filter(|app| !app.engine().at_work().is_empty()) {
            app.engine().leave(FAREWELL).await;
        }
    }

    /// Begins to answer, unless it does already. Where that fails the command works as well; others then wait.
    pub async fn answer(&self, app: Arc<App>, data_dir: &Path) {
        if self.state().answering.is_some() {
            return;
        }
        match Answering::begin(app, data_dir, self.command).await {
            Ok(answering) => self.state().answering = Some(answering),
            Err(error) => tracing::warn!(%error, "this command cannot answer the others"),
        }
    }

    /// These runs were left behind by another process.
    pub fn resumed(&self, runs: &[RunId]) {
        self.state().resumed.extend(runs);
    }

    /// The command waits for this run.
    pub fn watching(&self, run: Option<&str>, there: bool) {
        self.state().watched = run.map(|run| (run.to_string(), there));
    }

    /// The command's own work is done: that of others is done too, then nobody is answered any more.
    pub async fn end(&self, lang: Lang) {
        let (answering, resumed) = {
            let mut state = self.state();
            (state.answering.take(), std::mem::take(&mut state.resumed))
        };
        let mut still_here = None;
        if let Some(answering) = answering {
            // As long as there is work for others, others can also look at it.
            answering.wait_for_others(&resumed, lang).await;
            answering.posted.remove();
            answering.wait_for_others(&resumed, lang).await;
            // Whoever had found the way here before may have started something until the last answer was given.
            let Answering { app, stop, served, .. } = answering;
            let _ = stop.send(());
            let _ = tokio::time::timeout(LAST_ANSWERS, served).await;
            wait_for_others(&app, &resumed, lang).await;
            still_here = Some(app);
        }
        self.leave().await;
        drop(still_here);
    }

    /// Somebody stops the command: says what becomes of the runs. Everything is on disk.
    pub fn interrupted(&self, lang: Lang) {
        let (answering, watched) = {
            let mut state = self.state();
            (state.answering.take(), state.watched.take())
        };
        let mut left: Vec<String> = Vec::new();
        if let Some(answering) = &answering {
            answering.posted.remove();
            left = answering.app.engine().at_work().iter().map(ToString::to_string).collect();
        }
        match (watched, left.as_slice()) {
            (Some((run, true)), _) => output::say(&match lang {
                Lang::Zh => format!("不再等待；运行 {run} 会继续，用 `idflow runs show {run}` 查看"),
                Lang::En => format!("no longer waiting; run {run} goes on: `idflow runs show {run}`"),
            }),
            (_, []) => output::say(match lang {
                Lang::Zh => "已停止",
                Lang::En => "stopped",
            }),
            (_, left) => output::say(&match lang {
                Lang::Zh => format!(
                    "已停止；已完成的部分都已保存，运行 {} 会在下次 `idflow run` 或 `idflow serve` 启动时继续；不想继续时用 `idflow runs cancel`",
                    left.join("、")
                ),
                Lang::En => format!(
                    "stopped; what was done is on disk. The next `idflow run` or `idflow serve` goes on with run {}; \
                     `idflow runs cancel` ends it",
                    left.join(", ")
                ),
            }),
        }
    }
}

/// Waits for runs that are neither this command's own nor left behind by another process.
async fn wait_for_others(app: &App, resumed: &HashSet<RunId>, lang: Lang) {
    let mut told = false;
    loop {
        let at_work = app.engine().at_work();
        let Some(first) = at_work.iter().find(|run| !resumed.contains(*run)) else { return };
        if !told {
            output::say(&match lang {
                Lang::Zh => format!("另一个命令启动了运行 {first}，等它结束；按 Ctrl-C 则留到下次启动"),
                Lang::En => format!(
                    "another command has started run {first}: waiting for it to end; Ctrl-C leaves it for the next start"
                ),
            });
            told = true;
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl Answering {
    async fn wait_for_others(&self, resumed: &HashSet<RunId>, lang: Lang) {
        wait_for_others(&self.app, resumed, lang).await;
    }

    async fn begin(app: Arc<App>, data_dir: &Path, command: &str) -> std::io::Result<Self> {
        let (front, posted) = Front::open(app.clone(), data_dir, ([127, 0, 0, 1], 0).into(), command, None).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(front.serve(async {
            let _ = stopped.await;
        }));
        Ok(Self { app, posted, stop, served })
    }
}
