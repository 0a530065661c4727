//! The items of a run: filtered by what the index of a large run knows, or by reading a small one.

use std::collections::{BTreeSet, HashMap};

use idflow_sdk::{FieldId, Kind};

use super::{
    App, AppError, Desk, paging,
    plan_view::Lens,
    reader::Reader,
    runs::{all_rows, first_row},
};
use crate::{
    contract::{
        item::{Item, ItemFilter},
        page::Page,
    },
    engine::{
        counted_in::counted_in,
        outcomes::{Done, Outcomes},
        verdict::blocked,
    },
    model::{
        change::{Action, Planned, Row, RowIndex},
        event::{Event, Outcome},
        id::RunId,
        outcomes::COUNTED,
        run::Run,
    },
    store::{
        StoreError,
        item_index::{self, About, Builder, Head, Term, TermNumber, Wanted, of_code},
        pages::{JournalPages, PlanPages},
        run_index::plain,
        runs,
    },
};

/// The codes by which a row is found: of what is wrong with it, of what is told of it, and of the notices that count it.
fn codes_of(row: &Row, done: Option<&Done>) -> BTreeSet<String> {
    let mut codes: BTreeSet<String> = wrong_with(row, done).into_iter().collect();
    for warning in row.warnings.iter().chain(done.into_iter().flat_map(|done| &done.warnings)) {
        codes.extend([Some(&*warning.code), counted_in(warning)].into_iter().flatten().map(Into::into));
    }
    codes
}

/// The code of what is wrong with a row.
fn wrong_with(row: &Row, done: Option<&Done>) -> Option<String> {
    let planned = match &row.planned {
        Planned::Do => None,
        Planned::Skipped(problem) | Planned::Ambiguous(problem) | Planned::Invalid(problem) => {
            Some(problem.code.to_string())
        }
        Planned::Blocked { by } => Some(blocked(row.kind, by).code.to_string()),
    };
    match done.map(|done| &done.outcome) {
        Some(Outcome::Failed(problem) | Outcome::NotAttempted(problem)) => Some(problem.code.to_string()),
        Some(Outcome::Blocked { by }) => Some(blocked(row.kind, by).code.to_string()),
        _ => planned,
    }
}

/// What the terms of a row hang on, beside its code.
type Shape = (u16, Kind, &'static str, Action, Vec<FieldId>);

/// The terms of a row but those of its code.
fn plain_terms(reader: &Reader, number: usize, row: &Row) -> BTreeSet<Term> {
    let mut terms = BTreeSet::from([
        (About::Step, plain(reader.lens.step(row))),
        (About::Outcome, reader.word(number, row).to_string()),
        (About::Kind, row.kind.as_str().to_string()),
    ]);
    if let Ok(serde_json::Value::String(word)) = serde_json::to_value(super::plan_view::action(row.action)) {
        terms.insert((About::Action, word));
    }
    terms.extend(reader.lens.fields(row).map(|name| (About::Field, plain(name))));
    terms
}

/// The terms of a row.
fn terms(reader: &Reader, number: usize, row: &Row) -> BTreeSet<Term> {
    let mut terms = plain_terms(reader, number, row);
    terms.extend(codes_of(row, reader.done(number).as_ref()).iter().flat_map(|code| of_code(code)));
    terms
}

/// What a filter asks for.
fn wanted(filter: &ItemFilter) -> Result<Wanted, AppError> {
    if let Some(word) = filter.outcome.as_deref().filter(|word| !COUNTED.contains(word)) {
        let error = AppError::invalid("outcome_unknown").arg("word", word);
        return Err(error.arg("words", COUNTED.join(", ")).field("outcome"));
    }
    if let Some(word) = filter.kind.as_deref().filter(|word| Kind::parse(word).is_none()) {
        let error = AppError::invalid("item_kind_unknown").arg("word", word);
        return Err(error.arg("words", Kind::ALL.map(Kind::as_str).join(", ")).field("kind"));
    }
    let mut wanted = Wanted { find: filter.find.clone(), object: filter.object.clone(), ..Wanted::default() };
    let named = [
        (About::Step, &filter.step),
        (About::Outcome, &filter.outcome),
        (About::Kind, &filter.kind),
        (About::Code, &filter.code),
        (About::Action, &filter.action),
        (About::Field, &filter.field),
    ];
    wanted.terms.extend(named.into_iter().filter_map(|(about, text)| Some((about, plain(text.as_ref()?)))));
    Ok(wanted)
}

impl Desk<'_> {
    /// What became of each object that was not simply unchanged.
    ///
    /// # Errors
    /// An unknown run, the store.
    pub async fn items(&self, run: RunId, filter: &ItemFilter) -> Result<Page<Item>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let wanted = wanted(filter)?;
        let header = self.header(run).await?;
        let (first, mut skip) = (first_row(filter.cursor.as_deref(), filter.from)?, filter.skip.unwrap_or(0) as usize);
        let reveal = self.reveals(filter.reveal)?;
        let all = wanted == Wanted::default();
        // The first rows of all need no index: whoever opens a large run sees them before one is made.
        let head = match all && skip == 0 && first == 0 {
            true => self.made_index(&header, false).await?,
            false => self.item_index(&header, wanted.texts()).await?,
        };
        if let Some(head) = head {
            return self.indexed(&header, head, &wanted, (first, skip, limit), (reveal, filter.brief)).await;
        }
        let mut reader = self.reader_from(&header, reveal, true, first).await?;
        reader.lens = reader.lens.in_brief(filter.brief);
        let fits = |reader: &Reader, number: usize, row: &Row| {
            let fits = all
                || wanted.called([&row.key(), &row.target, &row.name])
                    && wanted.terms.is_subset(&terms(reader, number, row));
            let left_out = fits && skip > 0;
            skip -= usize::from(left_out);
            fits && !left_out
        };
        let page = super::runs::rows(self, reader, limit, fits).await?;
        Ok(Page { total: all_rows(&header).filter(|_| all), ..page })
    }

    /// A page by the index.
    async fn indexed(
        &self,
        header: &Run,
        head: Head,
        wanted: &Wanted,
        (first, skip, limit): (RowIndex, usize, usize),
        (reveal, brief): (bool, bool),
    ) -> Result<Page<Item>, AppError> {
        let (store, tenant, run) = (&*self.store, &self.tenant, header.run);
        let (mut rows, total) = item_index::find(store, tenant, run, head, wanted, (first, skip, limit + 1)).await?;
        let next = (rows.len() > limit).then(|| rows.split_off(limit)).and_then(|rest| Some(rest.first()?.to_string()));
        let wanted: BTreeSet<RowIndex> = rows.iter().copied().collect();
        let commits = item_index::commits(store, tenant, run, &wanted).await?;
        let mut outcomes = Outcomes::default();
        for (at, events) in runs::commits(store, tenant, run, &commits).await? {
            for event in events {
                outcomes.take(at, event, header.rows as usize);
            }
        }
        let groups: BTreeSet<u32> = rows.iter().map(|row| row / runs::GROUP).collect();
        let groups: Vec<(RunId, u32)> = groups.into_iter().map(|group| (run, group)).collect();
        let found = runs::get_groups(store, tenant, &groups).await?;
        let found: HashMap<u32, Vec<Row>> = groups.into_iter().map(|(_, group)| group).zip(found).collect();
        let row = |number: &RowIndex| found.get(&(number / runs::GROUP))?.get((number % runs::GROUP) as usize);
        let rows: Vec<(usize, &Row)> =
            rows.iter().filter_map(|number| Some((*number as usize, row(number)?))).collect();
        let mut lens = Lens::new(self.workflow_of(header).await?, reveal).in_brief(brief);
        lens.learn(self, &rows.iter().map(|(_, row)| *row).collect::<Vec<_>>()).await?;
        let item = |(number, row): &(usize, &Row)| lens.item(*number, row, Some(outcomes.get(*number).as_ref()));
        Ok(Page { items: rows.iter().map(item).collect(), next, total })
    }
}

impl App {
    /// The index of the items of a run, made now if it is not there yet; `None` for a run of which everything is read.
    async fn item_index(&self, header: &Run, texts: bool) -> Result<Option<Head>, AppError> {
        if !item_index::is_wanted(header) {
            return Ok(None);
        }
        if let Some(head) = self.made_index(header, texts).await? {
            return Ok(Some(head));
        }
        let _turn = self.all.indexing.lock().await;
        if let Some(head) = self.made_index(header, texts).await? {
            return Ok(Some(head));
        }
        match self.index_items(header.run, texts).await {
            Ok(made) => Ok(made),
            // Reading everything takes longer and needs no room.
            Err(IndexError::Store(error @ (StoreError::Full(_) | StoreError::Fenced))) => {
                tracing::warn!(run = %header.run, %error, "items could not be indexed");
                Ok(None)
            }
            Err(IndexError::Store(error)) => Err(error.into()),
            Err(IndexError::App(error)) => Err(error),
        }
    }

    /// The index of the items of a run, if it is there.
    async fn made_index(&self, header: &Run, texts: bool) -> Result<Option<Head>, AppError> {
        if !item_index::is_wanted(header) {
            return Ok(None);
        }
        let head = item_index::head(&*self.store, &self.tenant, header.run).await?;
        Ok(head.filter(|head| head.rows == header.rows && (head.texts || !texts)))
    }

    async fn index_items(&self, run: RunId, texts: bool) -> Result<Option<Head>, IndexError> {
        let (store, tenant) = (&*self.store, &self.tenant);
        let Some(loaded) = runs::loaded(store, tenant, run).await? else { return Ok(None) };
        let header = &loaded.value;
        if !item_index::is_wanted(header) {
            return Ok(None);
        }
        let mut builder = Builder::default();
        let mut outcomes = Outcomes::default();
        let mut journal = JournalPages::new(tenant, run);
        while let Some(commits) = journal.commits(store).await? {
            for (first, at, events) in commits {
                let rows: BTreeSet<RowIndex> = events.iter().filter_map(told).collect();
                if let (Some(low), Some(high)) = (rows.first(), rows.last()) {
                    builder.commit((first, *low, *high));
                }
                events.into_iter().for_each(|event| outcomes.take(at, event, header.rows as usize));
            }
        }
        let lens = Lens::new(self.workflow_of(header).await.map_err(IndexError::App)?, false);
        let mut reader = Reader::of(lens, PlanPages::new(tenant, run), outcomes);
        // Most rows are alike: their terms are made once.
        let mut known: HashMap<Shape, Vec<TermNumber>> = HashMap::new();
        while let Some(rows) = reader.next(store).await.map_err(IndexError::App)? {
            for (number, row) in rows {
                let place = RowIndex::try_from(number).unwrap_or(RowIndex::MAX);
                let fields: Vec<FieldId> = row.set.iter().map(|(id, _)| id).collect();
                let shape = (row.step, row.kind, reader.word(number, &row), row.action, fields);
                let alike = known.entry(shape).or_insert_with(|| {
                    plain_terms(&reader, number, &row).into_iter().map(|term| builder.number(term)).collect()
                });
                builder.row(place, alike);
                let codes = codes_of(&row, reader.done(number).as_ref());
                let numbers: Vec<TermNumber> =
                    codes.iter().flat_map(|code| of_code(code)).map(|term| builder.number(term)).collect();
                builder.row(place, &numbers);
                if texts {
                    builder.text(place, [&row.key(), &row.target, &row.name]);
                }
            }
        }
        let written = builder.write(store, tenant, &loaded, texts).await?;
        Ok(written.then_some(Head { rows: header.rows, texts }))
    }
}

/// Why an index was not made.
enum IndexError {
    Store(StoreError),
    App(AppError),
}

impl From<StoreError> for IndexError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The row whose outcome an event tells.
const fn told(event: &Event) -> Option<RowIndex> {
    match event {
        Event::Done { row, .. } | Event::Doubted { row, .. } => Some(*row),
        _ => None,
    }
}
