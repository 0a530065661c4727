//! Which runs have this state, were started in this way or by this person, or are told of in these words?
//!
//! A run stands in the index under each of its *terms*. They follow from its header alone, and entries are written in the
//! commit that writes the header: all of them when the run is accepted, the state when it changes, the codes of what went
//! wrong when the run ends. The header says under which state it stands ([`Run::indexed`]), so that nothing has to be read
//! for that. Lists go through the entries of several terms at once, the newest first, and let the header decide: an entry
//! that is not true any more shows nothing.
//!
//! Texts are found by whole words: workflow (and its parts), starter, number, codes. Times need no entry, because ids of
//! runs sort by time.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    Batch, Kv, StoreError, codec, keys,
    keys::Key,
    pages::Pages,
    run_headers::{self, RUNS, id_at_end},
    table::{Keys, Table},
};
use crate::model::{
    id::{RunId, Tenant},
    run::{Mode, Run, Status},
    trigger::TriggerKind,
};

/// What a term is about; the letter stands in keys and is never given a second meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The state.
    Status,
    /// What started it.
    Trigger,
    /// Who started it.
    Actor,
    /// The run that started it, or that it repeats.
    Parent,
    /// Whether it writes, ends with its plan, or repeats another.
    Mode,
    /// A word.
    Word,
}

impl About {
    const fn letter(self) -> u8 {
        match self {
            Self::Status => b's',
            Self::Trigger => b't',
            Self::Actor => b'a',
            Self::Parent => b'p',
            Self::Mode => b'm',
            Self::Word => b'x',
        }
    }
}

/// A term.
pub type Term = (About, String);

/// Of a longer text only the beginning counts, in bytes.
const LONGEST: usize = 200;
/// Headers that are indexed in one commit.
const PIECE: usize = 200;
/// Entries of a term that are read at first, and at most, at once.
const FIRST: usize = 64;
const MOST: usize = 512;

pub(super) static TERMS: Keys = Keys::new(keys::RUN_TERM, "indexes");
/// How far the runs of a store from before the index have come into it, the newest first.
pub(super) static DONE: Table<Done> = Table::json(keys::META, "other").part("runs by term");

/// What stands in the index by now: 1 has the modes, which were not in it before.
const FORM: u8 = 1;

/// How far this index is.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Done {
    #[serde(flatten)]
    progress: Progress,
    /// What it was done with: an older form is done once more.
    #[serde(default)]
    form: u8,
}

impl Done {
    const fn is_all(&self) -> bool {
        self.progress.done && self.form >= FORM
    }
}

/// How far an index is.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Whether everything is in it.
    pub done: bool,
    /// What comes next: everything from here on (or, where the order is backwards, before here) is still to come.
    #[serde(default)]
    pub next: Option<Vec<u8>>,
}

/// A text as it stands in keys: small letters, no zero bytes, not endless.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain: String = text.trim().to_lowercase().chars().filter(|c| *c != '\0').collect();
    if plain.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| plain.is_char_boundary(*end)).unwrap_or(0);
        plain.truncate(end);
    }
    plain
}

/// The words of a text that somebody looks for.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| c.is_whitespace() || matches!(c, '#' | ',' | '，' | '、'));
    parts.map(plain).filter(|word| !word.is_empty()).collect()
}

/// The words of codes: the whole and, where it has one, the number in it, so that `60104` finds `WECOM_60104`.
fn code_words(run: &Run) -> BTreeSet<String> {
    let codes = run.errors.iter().map(|group| &*group.problem.code).chain(run.why.iter().map(|why| &*why.code));
    codes.flat_map(|code| [Some(code), code.rsplit('_').next()]).flatten().map(plain).collect()
}

/// The term of a mode.
#[must_use]
pub fn mode(mode: Mode) -> Term {
    let word = match mode {
        Mode::Apply => "apply",
        Mode::Plan => "plan",
        Mode::Retry => "retry",
    };
    (About::Mode, word.into())
}

fn fixed(run: &Run) -> BTreeSet<Term> {
    let mut terms = BTreeSet::new();
    terms.insert((About::Trigger, run.trigger.kind.as_str().to_string()));
    terms.insert((About::Actor, plain(&run.trigger.actor)));
    terms.insert(mode(run.mode));
    let parents = [run.trigger.parent, run.retry_of].into_iter().flatten();
    terms.extend(parents.map(|parent| (About::Parent, plain(&parent.to_string()))));
    let mut texts = words(&run.trigger.actor);
    texts.insert(plain(&run.workflow));
    texts.extend(run.workflow.split('_').map(plain));
    texts.insert(run.no.to_string());
    terms.extend(texts.into_iter().filter(|word| !word.is_empty()).map(|word| (About::Word, word)));
    terms
}

/// Under which terms a run stands as its header is.
#[must_use]
pub fn terms(run: &Run) -> BTreeSet<Term> {
    let mut terms = fixed(run);
    terms.insert((About::Status, run.status.as_str().into()));
    if run.status.is_end() {
        terms.extend(code_words(run).into_iter().map(|word| (About::Word, word)));
    }
    terms
}

fn of_term(start: Key, (about, text): &Term) -> Key {
    start.raw(&[about.letter()]).name(text)
}

fn entry(tenant: &Tenant, term: &Term, run: RunId) -> Vec<u8> {
    of_term(Key::new(keys::RUN_TERM, tenant), term).run(run).bytes()
}

/// Every state that a run can be in.
const STATES: [Status; 10] = [
    Status::Queued,
    Status::Planning,
    Status::Held,
    Status::Applying,
    Status::Paused,
    Status::Succeeded,
    Status::SucceededNoChange,
    Status::Partial,
    Status::Failed,
    Status::Cancelled,
];

/// A run is written for the first time.
pub(super) fn begin(batch: &mut Batch, tenant: &Tenant, run: &mut Run) {
    run.indexed = Some(run.status);
    for term in terms(run) {
        batch.put(entry(tenant, &term, run.run), Vec::new());
    }
}

/// A header is written again.
pub(super) fn change(batch: &mut Batch, tenant: &Tenant, run: &mut Run) {
    let state = |status: Status| entry(tenant, &(About::Status, status.as_str().into()), run.run);
    match run.indexed {
        Some(before) if before == run.status => {
            if !run.status.is_end() {
                return;
            }
        }
        Some(before) => {
            batch.deletes.push(state(before));
            batch.put(state(run.status), Vec::new());
        }
        // It is from before the index: where it stands, if it does already, nobody knows.
        None => {
            let others = STATES.into_iter().filter(|other| *other != run.status);
            batch.deletes.extend(others.map(state));
            let all = terms(run);
            batch.puts.extend(all.iter().map(|term| (entry(tenant, term, run.run), Vec::new())));
        }
    }
    if run.status.is_end() {
        let codes = code_words(run).into_iter().map(|word| (About::Word, word));
        batch.puts.extend(codes.map(|term| (entry(tenant, &term, run.run), Vec::new())));
    }
    run.indexed = Some(run.status);
}

/// A run is forgotten.
pub(super) fn forget(batch: &mut Batch, tenant: &Tenant, run: &Run) {
    batch.deletes.extend(terms(run).iter().map(|term| entry(tenant, term, run.run)));
}

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of this workflow.
    pub workflow: Option<String>,
    /// Those that have all of these terms.
    pub terms: BTreeSet<Term>,
    /// Those that were accepted at this time or later; milliseconds since 1970.
    pub since: Option<i64>,
    /// Those that were accepted before this time.
    pub until: Option<i64>,
}

impl Wanted {
    /// The runs that a run has started, or that repeat it.
    #[must_use]
    pub fn children(run: RunId) -> Self {
        Self { terms: BTreeSet::from([(About::Parent, plain(&run.to_string()))]), ..Self::default() }
    }

    /// Whether a run is one of them.
    #[must_use]
    pub fn holds(&self, run: &Run) -> bool {
        let from = self.since.is_none_or(|since| run.run >= RunId::first_of(since));
        let to = self.until.is_none_or(|until| run.run < RunId::first_of(until));
        let mine = self.workflow.as_deref().is_none_or(|workflow| workflow == run.workflow);
        from && to && mine && (self.terms.is_empty() || self.terms.is_subset(&terms(run)))
    }
}

/// The newest of the runs that are wanted, of those that were accepted before `before`; the newest first.
pub async fn find(
    store: &dyn Kv,
    tenant: &Tenant,
    wanted: &Wanted,
    before: Option<RunId>,
    limit: usize,
) -> Result<Vec<Arc<Run>>, StoreError> {
    let until = wanted.until.map(RunId::first_of);
    let end = [before, until].into_iter().flatten().min();
    let from = wanted.since.map(RunId::first_of);
    let indexed = wanted.terms.is_empty() || is_complete(store).await?;
    let prefixes = match prefixes(tenant, wanted, indexed) {
        // The headers themselves are in the right order.
        none if none.is_empty() && indexed => return run_headers::newest(store, tenant, (from, end), limit).await,
        // Until the index is whole, all of them are looked through.
        none if none.is_empty() => vec![RUNS.key(tenant)],
        some => some,
    };
    let mut streams: Vec<Stream> = prefixes.into_iter().map(|prefix| Stream::new(prefix, from, end)).collect();
    let mut found = Vec::new();
    while found.len() < limit {
        let mut ids = Vec::new();
        let rest = limit - found.len();
        // Where many may be passed over, not one is read at a time.
        let piece = if indexed { rest } else { rest.max(FIRST) };
        while ids.len() < piece {
            let Some(id) = next_of_all(store, &mut streams).await? else { break };
            ids.push(id);
        }
        if ids.is_empty() {
            break;
        }
        let runs = run_headers::get_many(store, tenant, ids).await?;
        found.extend(runs.into_iter().filter(|run| wanted.holds(run)).take(rest));
    }
    Ok(found)
}

/// Where the ids of the runs that are wanted stand, all of them in each of these.
fn prefixes(tenant: &Tenant, wanted: &Wanted, indexed: bool) -> Vec<Key> {
    let terms = wanted.terms.iter().filter(|_| indexed);
    let terms = terms.map(|term| of_term(Key::new(keys::RUN_TERM, tenant), term));
    let workflow = wanted.workflow.iter().map(|workflow| Key::new(keys::RUN_OF_WORKFLOW, tenant).name(workflow));
    terms.chain(workflow).collect()
}

/// How many of something an index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// More than are counted.
    TooMany,
    /// The index does not have all of them yet.
    Unknown,
}

/// How many runs are wanted, by the index alone; at most so many are counted.
pub async fn count(store: &dyn Kv, tenant: &Tenant, wanted: &Wanted, most: u64) -> Result<Total, StoreError> {
    if !is_complete(store).await? {
        return Ok(Total::Unknown);
    }
    let (from, end) = (wanted.since.map(RunId::first_of), wanted.until.map(RunId::first_of));
    let all = prefixes(tenant, wanted, true);
    // Every run was started in one way.
    let by_trigger = || TriggerKind::ALL.iter().map(|kind| (About::Trigger, kind.as_str().to_string()));
    let groups: Vec<Vec<Key>> = match all.is_empty() {
        true => by_trigger().map(|term| vec![of_term(Key::new(keys::RUN_TERM, tenant), &term)]).collect(),
        false => vec![all],
    };
    let mut number = 0;
    for group in groups {
        let mut streams: Vec<Stream> = group.into_iter().map(|prefix| Stream::new(prefix, from, end)).collect();
        while next_of_all(store, &mut streams).await?.is_some() {
            number += 1;
            if number > most {
                return Ok(Total::TooMany);
            }
        }
    }
    Ok(Total::Exactly(number))
}

/// The next id that stands in all streams.
async fn next_of_all(store: &dyn Kv, streams: &mut [Stream]) -> Result<Option<RunId>, StoreError> {
    let (mut most, mut agreed, mut place) = (None, 0, 0);
    loop {
        let Some(id) = streams[place].at_most(store, most).await? else { return Ok(None) };
        agreed = if most == Some(id) { agreed + 1 } else { 1 };
        most = Some(id);
        if agreed >= streams.len() {
            for stream in streams.iter_mut() {
                stream.pass(id);
            }
            return Ok(Some(id));
        }
        place = (place + 1) % streams.len();
    }
}

/// The ids below one prefix, the newest first.
struct Stream {
    prefix: Key,
    from: Vec<u8>,
    end: Vec<u8>,
    read: VecDeque<RunId>,
    size: usize,
    over: bool,
}

impl Stream {
    fn new(prefix: Key, from: Option<RunId>, end: Option<RunId>) -> Self {
        let start = prefix.clone().bytes();
        Self {
            from: from.map_or_else(|| start.clone(), |from| prefix.clone().run(from).bytes()),
            end: end.map_or_else(|| keys::end_of(&start), |end| prefix.clone().run(end).bytes()),
            prefix,
            read: VecDeque::new(),
            size: FIRST,
            over: false,
        }
    }

    /// The newest id that is not newer than `most`; it stays the next one.
    async fn at_most(&mut self, store: &dyn Kv, most: Option<RunId>) -> Result<Option<RunId>, StoreError> {
        loop {
            while let Some(id) = self.read.front() {
                if most.is_none_or(|most| *id <= most) {
                    return Ok(Some(*id));
                }
                self.read.pop_front();
            }
            if self.over {
                return Ok(None);
            }
            if let Some(most) = most {
                let end = [self.prefix.clone().run(most).bytes(), vec![0]].concat();
                self.end = end.min(std::mem::take(&mut self.end));
            }
            let page = store.scan(self.from.clone(), self.end.clone(), self.size, true).await?;
            self.over = page.len() < self.size;
            self.size = (self.size * 2).min(MOST);
            if let Some((last, _)) = page.last() {
                self.end.clone_from(last);
            }
            self.read.extend(page.iter().filter_map(|(key, _)| id_at_end(key)));
        }
    }

    /// This one was given.
    fn pass(&mut self, id: RunId) {
        if self.read.front() == Some(&id) {
            self.read.pop_front();
        }
    }
}

/// Whether all runs stand in the index.
pub async fn is_complete(store: &dyn Kv) -> Result<bool, StoreError> {
    Ok(DONE.get(store, DONE.key_of_store()).await?.is_some_and(|done| done.is_all()))
}

/// Notes that every run of a new store stands in the index.
pub fn note_complete(batch: &mut Batch) -> Result<(), StoreError> {
    DONE.put(batch, DONE.key_of_store(), &Done { progress: Progress { done: true, next: None }, form: FORM })
}

/// Takes some more runs of a store from before the index, or its present form, into it, of all tenants. False: there are none left. Another node may
/// do the same at the same moment.
pub async fn complete(store: &dyn Kv) -> Result<bool, StoreError> {
    let done = DONE.loaded(store, DONE.key_of_store()).await?;
    if done.as_ref().is_some_and(|done| done.value.is_all()) {
        return Ok(false);
    }
    // What was done of an older form is done anew.
    let begun = done.as_ref().filter(|done| done.value.form >= FORM);
    let next = begun.and_then(|done| done.value.progress.next.clone());
    let end = next.unwrap_or_else(|| keys::end_of(&[keys::RUN]));
    let page = store.scan(vec![keys::RUN], end, PIECE, true).await?;
    let mut batch = Batch::default();
    for (key, value) in &page {
        // One that cannot be read is told by `store check`; it is in no list either.
        let Ok(run) = codec::unpack::<Run>(value) else { continue };
        batch.expect.push((key.clone(), Some(value.clone())));
        for term in terms(&run) {
            batch.put(of_term(Key::beside(keys::RUN_TERM, key), &term).run(run.run).bytes(), Vec::new());
        }
    }
    let progress = Progress { done: page.len() < PIECE, next: page.last().map(|(key, _)| key.clone()) };
    let (all, after) = (progress.done, Done { progress, form: FORM });
    DONE.replace(&mut batch, DONE.key_of_store(), done.as_ref(), &after)?;
    match store.commit(batch).await {
        // Somebody was faster, or wrote one of them: it is looked at again.
        Ok(()) | Err(StoreError::Conflict) => Ok(!all),
        Err(error) => Err(error),
    }
}

/// Looks for what the index lacks, and for what is in it and should not be. `found` hears of each.
pub async fn check(store: &dyn Kv, found: &mut (dyn FnMut(&[u8], &str) + Send)) -> Result<(), StoreError> {
    if !is_complete(store).await? {
        return Ok(());
    }
    let mut pages = Pages::of_prefix(vec![keys::RUN], PIECE);
    while let Some(page) = pages.next(store).await? {
        let mut wanted = Vec::new();
        for (key, value) in &page {
            let Ok(run) = codec::unpack::<Run>(value) else { continue };
            let start = Key::beside(keys::RUN_TERM, key);
            wanted.extend(terms(&run).iter().map(|term| of_term(start.clone(), term).run(run.run).bytes()));
        }
        for (key, there) in wanted.clone().into_iter().zip(store.get_many(wanted).await?) {
            if there.is_none() {
                found(&key, "the index of runs lacks this entry");
            }
        }
    }
    let mut pages = Pages::of_prefix(vec![keys::RUN_TERM], PIECE);
    while let Some(page) = pages.next(store).await? {
        let id = |key: &[u8]| id_at_end(key).unwrap_or_else(|| RunId::first_of(0));
        let headers = page.iter().map(|(key, _)| Key::beside(keys::RUN, key).run(id(key)).bytes()).collect();
        for ((key, _), header) in page.iter().zip(store.get_many(headers).await?) {
            let run = header.as_deref().and_then(|header| codec::unpack::<Run>(header).ok());
            let start = Key::beside(keys::RUN_TERM, key);
            let is =
                |run: Run| terms(&run).iter().any(|term| of_term(start.clone(), term).run(run.run).bytes() == *key);
            // A header that cannot be read is told for itself.
            if (run.is_some() || header.is_none()) && !run.is_some_and(is) {
                found(key, "the index of runs has an entry of which there is nothing");
            }
        }
    }
    Ok(())
}
