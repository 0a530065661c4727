//! Who watches, and what they are told: streams of events about the runs of a tenant.
//!
//! However many watch a tenant, one task looks for them (`look`) and writes what it finds into one ring of events
//! (`ring`); a viewer (`viewer`) only has a place in it. A slow viewer costs nothing, and is told when the ring has
//! passed it. Nobody watches: nobody looks.

mod look;
mod ring;
mod streams;
mod viewer;

use std::{collections::BTreeSet, sync::Arc};

pub use streams::Live;
pub use viewer::Viewer;

use super::{App, AppError, Desk, run_view};
use crate::{
    app::caller::Permission,
    contract::live::{LiveEvent, LiveProgress, Topic},
    model::id::RunId,
    store::StoreError,
};
use ring::Feed;
/// Runs that one stream can name.
const MOST_RUNS: usize = 50;

/// What somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// About all runs and connections.
    pub topics: BTreeSet<Topic>,
    /// Everything about these.
    pub runs: BTreeSet<RunId>,
}

impl Watched {
    /// Whether an event is among that.
    fn holds(&self, topic: Topic, run: Option<RunId>) -> bool {
        self.topics.contains(&topic) || run.is_some_and(|run| self.runs.contains(&run))
    }
}

/// The topics that a text names, separated by commas.
///
/// # Errors
/// A word that is none, or none at all.
pub fn topics(text: &str) -> Result<BTreeSet<Topic>, AppError> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let known = |word: &str| serde_json::from_value::<Topic>(word.into()).ok();
    words
        .map(|word| known(word).ok_or_else(|| AppError::invalid("topic_unknown").arg("word", word).field("topics")))
        .collect()
}

impl App {
    /// The streams of this process.
    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        &self.all.live
    }

    /// What is looked at for this tenant; somebody begins to look if nobody does.
    async fn feed(&self) -> Result<Arc<Feed>, AppError> {
        let feed = {
            let mut feeds = self.all.live.feeds();
            match feeds.get(&self.tenant).filter(|feed| !feed.is_over()) {
                Some(feed) => feed.clone(),
                None => {
                    let (feed, news) = Feed::new();
                    let feed = Arc::new(feed);
                    feeds.insert(self.tenant.clone(), feed.clone());
                    tokio::spawn(look::watch(self.clone(), feed.clone(), news));
                    feed
                }
            }
        };
        if feed.ready().await {
            return Ok(feed);
        }
        Err(StoreError::Unavailable("what is to be watched cannot be read".into()).into())
    }
}

impl Desk<'_> {
    /// Begins a stream; `after` is the id of the last event that the viewer has seen.
    ///
    /// # Errors
    /// Nothing to watch, unknown runs, too many streams, the store.
    pub async fn watch(&self, watched: Watched, after: Option<&str>) -> Result<Viewer, AppError> {
        if watched.topics.is_empty() && watched.runs.is_empty() {
            return Err(AppError::invalid("topic_missing").field("topics"));
        }
        if watched.runs.len() > MOST_RUNS {
            return Err(AppError::invalid("streams_runs_many").arg("most", MOST_RUNS.to_string()).field("runs"));
        }
        if watched.topics.contains(&Topic::Connections) {
            self.caller.needs(Permission::ConnectionView)?;
        }
        for run in &watched.runs {
            self.header(*run).await?;
        }
        let caller = self.caller;
        let who = caller.account.clone().unwrap_or_else(|| format!("{:?}", caller.via));
        let seat = self.all.live.enter(format!("{}/{who}", self.tenant.as_str()))?;
        let feed = self.feed().await?;
        // The place first: what happens from here on is told later.
        let mut viewer = Viewer::begin(App::clone(self), caller.clone(), feed, seat, watched.clone(), after);
        if !viewer.resumed {
            for run in &watched.runs {
                viewer.first(&LiveEvent::Run(Box::new(run_view::live(&self.header(*run).await?))));
                if let Some(progress) = self.engine.progress(*run) {
                    let progress = run_view::progress(progress);
                    viewer.first(&LiveEvent::Progress(LiveProgress { run: run.to_string(), progress }));
                }
            }
        }
        Ok(viewer)
    }
}
