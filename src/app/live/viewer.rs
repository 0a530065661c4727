//! One stream: a place in the ring of a tenant's events, and what is sent of them.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{
    super::{App, Caller, caller::Permission, time},
    Watched,
    ring::{Feed, Ring},
    streams::Seat,
};
use crate::contract::live::{LiveEnd, LiveEndWhy, LiveEvent, LiveHello, LiveLagged, LiveReset, Topic};

/// How often it is looked whether the viewer may still watch.
const CHECK: Duration = Duration::from_secs(2);
/// After so long without an event a comment is sent: proxies end what is silent.
const QUIET: Duration = Duration::from_secs(15);
/// What is sent at once; the rest is sent when that has gone.
const PIECE: usize = 64 << 10;
/// How long browsers wait before they come back, in milliseconds.
const RETRY_MS: u32 = 2_000;

/// A stream.
pub struct Viewer {
    app: App,
    caller: Caller,
    feed: Arc<Feed>,
    _seat: Seat,
    watched: Watched,
    news: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// What is sent first.
    begin: String,
    /// Whether it goes on exactly where it was.
    pub(super) resumed: bool,
    /// The next event, and the last look at counters.
    next: u64,
    looks: u64,
    checked: Instant,
    over: bool,
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.feed.go();
    }
}

/// An event as it stands in a stream.
fn write(out: &mut String, id: Option<(&str, u64)>, name: &str, data: &str) {
    if let Some((epoch, number)) = id {
        out.push_str(&format!("id: {epoch}.{number}\n"));
    }
    // JSON has no line ends in it.
    out.push_str(&format!("event: {name}\ndata: {data}\n\n"));
}

fn tell(out: &mut String, id: Option<(&str, u64)>, event: &LiveEvent) {
    write(out, id, event.name(), &serde_json::to_string(event).unwrap_or_default());
}

/// The number of the event after which a stream goes on; `None`: it is not in the ring any more, or of another feed.
fn number(ring: &Ring, epoch: &str, after: &str) -> Option<u64> {
    let (of, number) = after.rsplit_once('.')?;
    let number: u64 = number.parse().ok()?;
    (of == epoch && number < u64::MAX && number + 1 >= ring.first && number <= ring.last()).then_some(number)
}

impl Viewer {
    pub(super) fn begin(
        app: App,
        caller: Caller,
        feed: Arc<Feed>,
        seat: Seat,
        watched: Watched,
        after: Option<&str>,
    ) -> Self {
        feed.come();
        let after = after.filter(|after| !after.is_empty());
        let mut begin = format!("retry: {RETRY_MS}\n\n");
        let (resumed, next, looks) = {
            let ring = feed.ring();
            let from = after.and_then(|after| number(&ring, &feed.epoch, after));
            let at = from.unwrap_or_else(|| ring.last());
            let id = Some((feed.epoch.as_str(), at));
            let now = time(app.now());
            tell(&mut begin, id, &LiveEvent::Hello(LiveHello { now, resumed: from.is_some() }));
            if let (None, Some(after)) = (from, after) {
                let after = after.chars().take(100).collect();
                tell(&mut begin, id, &LiveEvent::Reset(LiveReset { after }));
            }
            if from.is_none() {
                let all = ring.standing.values().filter(|told| watched.topics.contains(&told.topic));
                all.for_each(|told| write(&mut begin, id, told.name, &told.data));
            }
            // Whoever comes back is told the counters as they are now.
            (from.is_some(), at + 1, 0)
        };
        Self {
            news: feed.news(),
            stopping: app.live().stopping.subscribe(),
            app,
            caller,
            feed,
            _seat: seat,
            watched,
            begin,
            resumed,
            next,
            looks,
            checked: Instant::now(),
            over: false,
        }
    }

    /// Adds to what is sent first.
    pub(super) fn first(&mut self, event: &LiveEvent) {
        tell(&mut self.begin, None, event);
    }

    /// The next piece of the stream; `None` at its end.
    pub async fn next(&mut self) -> Option<String> {
        let begun = Instant::now();
        loop {
            if self.over {
                return None;
            }
            if *self.stopping.borrow() {
                return self.end(LiveEndWhy::Stopping);
            }
            if self.checked.elapsed() >= CHECK {
                if !self.may_watch().await {
                    return self.end(LiveEndWhy::SessionEnded);
                }
                self.checked = Instant::now();
            }
            self.news.mark_unchanged();
            let piece = self.take();
            if !piece.is_empty() {
                return Some(piece);
            }
            let left = QUIET.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Some(":\n\n".into());
            }
            let check = CHECK.saturating_sub(self.checked.elapsed());
            let looking = tokio::select! {
                changed = self.news.changed() => changed.is_ok(),
                _ = self.stopping.changed() => true,
                () = tokio::time::sleep(check.min(left)) => true,
            };
            if !looking && !*self.stopping.borrow() {
                return self.end(LiveEndWhy::Interrupted);
            }
        }
    }

    fn end(&mut self, why: LiveEndWhy) -> Option<String> {
        self.over = true;
        let mut out = String::new();
        tell(&mut out, None, &LiveEvent::End(LiveEnd { why }));
        Some(out)
    }

    /// Whether the viewer may still see this. When nobody can tell, nothing more is shown.
    async fn may_watch(&self) -> bool {
        let mut needed = vec![Permission::RunView];
        if self.watched.topics.contains(&Topic::Connections) {
            needed.push(Permission::ConnectionView);
        }
        self.app.who().still(&self.caller, &needed).await.unwrap_or(false)
    }

    /// What is new, as far as it fits into a piece.
    fn take(&mut self) -> String {
        let mut out = std::mem::take(&mut self.begin);
        let feed = self.feed.clone();
        let ring = feed.ring();
        if self.next < ring.first {
            let missed = ring.first - self.next;
            self.next = ring.first;
            tell(&mut out, Some((&feed.epoch, self.next - 1)), &LiveEvent::Lagged(LiveLagged { missed }));
        }
        while self.next <= ring.last() && out.len() < PIECE {
            let Some(told) = ring.events.get(usize::try_from(self.next - ring.first).unwrap_or(usize::MAX)) else {
                break;
            };
            if self.watched.holds(told.topic, told.run) {
                write(&mut out, Some((&feed.epoch, self.next)), told.name, &told.data);
            }
            self.next += 1;
        }
        // Counters have no number of their own: whoever misses some gets the next.
        if self.next > ring.last() && self.looks < ring.looks && out.len() < PIECE {
            for (run, (look, told)) in &ring.progress {
                if *look > self.looks && self.watched.holds(Topic::Progress, Some(*run)) {
                    write(&mut out, None, told.name, &told.data);
                }
            }
            self.looks = ring.looks;
        }
        out
    }
}
