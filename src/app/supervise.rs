//! Work that goes on in the background for as long as a server runs, and must not end unnoticed: due times, runs that others
//! left, pruning, the disk. A panic in one of these tasks starts that task again, after a pause that grows; it is counted, told
//! in the log once, and `/healthz` says so until the task has worked for a while.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

/// The pause after a first failure; each further one doubles it.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);
/// A task that has worked for so long is well again.
const CALM: Duration = Duration::from_secs(300);

/// The background tasks of one process.
#[derive(Debug, Default)]
pub struct Supervisor {
    tasks: Mutex<BTreeMap<&'static str, Health>>,
    /// A file by which a test ends one of the tasks: it holds the name of the task. Not in what ships.
    #[cfg(debug_assertions)]
    fault: std::sync::OnceLock<std::path::PathBuf>,
}

/// How a task is.
#[derive(Debug, Clone, Copy)]
struct Health {
    failures: u32,
    /// When it failed last.
    failed: Option<Instant>,
    /// Whether it is at work.
    works: bool,
}

impl Supervisor {
    fn tasks(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Health>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does this work without end. Dropping the future ends it.
    pub async fn keep<W: Future<Output = ()> + Send + 'static>(
        self: Arc<Self>,
        name: &'static str,
        make: impl Fn() -> W,
    ) {
        let mut pause = FIRST;
        loop {
            let begun = Instant::now();
            self.tasks().entry(name).or_insert(Health { failures: 0, failed: None, works: true }).works = true;
            // A set, because its tasks end with it.
            let mut work = JoinSet::new();
            work.spawn(self.clone().disturbed(name, make()));
            let why = match work.join_next().await {
                Some(Err(error)) if error.is_panic() => "it panicked",
                _ => "it came to an end, which it never should",
            };
            let calm = begun.elapsed() >= CALM;
            if calm {
                pause = FIRST;
            }
            if self.failed(name) > 1 && !calm {
                tracing::debug!(task = name, why, "a background task failed again");
            } else {
                tracing::error!(
                    task = name,
                    why,
                    "a background task failed and is started again; further failures are told by /healthz"
                );
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
    }

    fn failed(&self, name: &'static str) -> u32 {
        let mut tasks = self.tasks();
        let health = tasks.entry(name).or_insert(Health { failures: 0, failed: None, works: false });
        health.failures = health.failures.saturating_add(1);
        health.failed = Some(Instant::now());
        health.works = false;
        health.failures
    }

    /// How often each task failed.
    #[must_use]
    pub fn failures(&self) -> Vec<(&'static str, u32)> {
        self.tasks().iter().map(|(name, health)| (*name, health.failures)).collect()
    }

    /// What is not well, a line for each task.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let tasks = self.tasks();
        let lately = tasks.iter().filter(|(_, health)| health.failed.is_some_and(|at| at.elapsed() < CALM));
        lately
            .map(|(name, health)| {
                let times = if health.failures == 1 { "once" } else { &format!("{} times", health.failures) };
                let state = if health.works { "it works again" } else { "it is about to be started again" };
                format!("background task {name} failed {times}; {state}")
            })
            .collect()
    }

    #[cfg(debug_assertions)]
    async fn disturbed(self: Arc<Self>, name: &'static str, work: impl Future<Output = ()>) {
        let Some(file) = self.fault.get() else { return work.await };
        let fault = async {
            loop {
                if std::fs::read_to_string(file).is_ok_and(|text| text.trim() == name)
                    && std::fs::remove_file(file).is_ok()
                {
                    panic!("a test wants the task {name} to panic");
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = work => {}
            () = fault => {}
        }
    }

    #[cfg(not(debug_assertions))]
    async fn disturbed(self: Arc<Self>, _name: &'static str, work: impl Future<Output = ()>) {
        work.await;
    }

    /// Sets the file by which a test ends a task.
    #[cfg(debug_assertions)]
    pub fn disturb_by(&self, file: std::path::PathBuf) {
        let _ = self.fault.set(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_started_again_after_growing_pauses() {
        let supervisor = Arc::new(Supervisor::default());
        let begun = tokio::time::Instant::now();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let mut set = JoinSet::new();
        set.spawn(supervisor.clone().keep("well", std::future::pending));
        set.spawn(supervisor.clone().keep("ill", move || {
            let tell = tell.clone();
            async move {
                let _ = tell.send(begun.elapsed().as_secs());
                if begun.elapsed() < Duration::from_secs(1000) {
                    panic!("ill");
                }
                std::future::pending::<()>().await;
            }
        }));
        let mut starts = Vec::new();
        while starts.last().is_none_or(|last| *last < 1000) {
            starts.push(told.recv().await.unwrap());
        }
        assert_eq!(starts[..9], [0, 1, 3, 7, 15, 31, 63, 123, 183]);
        let troubles = supervisor.troubles();
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        assert!(troubles[0].contains("ill failed") && troubles[0].contains("works again"), "{troubles:?}");
    }
}
