//! The items of a run one after the other, without all of them in memory.

use std::sync::Arc;

use idflow_sdk::Kind;

use super::{App, AppError, plan_view::Lens};
use crate::{
    contract::item::Item,
    engine::outcomes::{Done, Outcomes},
    model::{
        change::{Planned, Row},
        outcomes,
        run::Run,
    },
    store::{Kv, pages::PlanPages},
};

/// Reads the rows of one run.
pub struct Reader {
    /// How they are shown.
    pub lens: Lens,
    pages: PlanPages,
    outcomes: Option<Outcomes>,
    first: usize,
}

impl App {
    /// A reader of a run's rows: as a plan, or with what became of each.
    pub(super) async fn reader(&self, header: &Run, reveal: bool, done: bool) -> Result<Reader, AppError> {
        self.reader_from(header, reveal, done, 0).await
    }

    /// The same from this row on.
    pub(super) async fn reader_from(
        &self,
        header: &Run,
        reveal: bool,
        done: bool,
        first: u32,
    ) -> Result<Reader, AppError> {
        let workflow = self.workflow_of(header).await?;
        let outcomes = match done {
            true => Some(Outcomes::read(&*self.store, &self.tenant, header.run, header.rows as usize).await?),
            false => None,
        };
        let pages = PlanPages::from_row(&self.tenant, header.run, first);
        let mut lens = Lens::new(Arc::clone(&workflow), reveal);
        // Departments that the plan makes stand at its beginning, and rows further on refer to them.
        let mut before = PlanPages::from_row(&self.tenant, header.run, 0);
        while let Some((_, rows)) = if first > 0 { before.next(&*self.store).await? } else { None } {
            let departments: Vec<&Row> = rows.iter().filter(|row| row.kind == Kind::Department).collect();
            departments.iter().for_each(|row| lens.notice(self, row));
            if departments.is_empty() {
                break;
            }
        }
        Ok(Reader { lens, pages, outcomes, first: first as usize })
    }
}

impl Reader {
    /// A reader of these rows, with what became of each.
    #[must_use]
    pub const fn of(lens: Lens, pages: PlanPages, outcomes: Outcomes) -> Self {
        Self { lens, pages, outcomes: Some(outcomes), first: 0 }
    }

    /// What became of a row; `None`: nothing yet, or nobody asked.
    #[must_use]
    pub fn done(&self, index: usize) -> Option<Done> {
        self.outcomes.as_ref()?.get(index)
    }

    /// The next rows that people are shown, with their places; `None` at the end. A piece may be empty.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<(usize, Row)>>, AppError> {
        let Some((first, rows)) = self.pages.next(store).await? else { return Ok(None) };
        // Links that are only renewed change nothing anybody sees; what there is to tell about them is told afterwards. Who is
        // taken for whom is seen by whoever approves it.
        let told = |row: &Row| self.outcomes.is_some() && !row.warnings.is_empty();
        let shown = |row: &Row| row.planned != Planned::Do || row.writes() || row.binds() || told(row);
        Ok(Some((first..).zip(rows).filter(|(index, row)| *index >= self.first && shown(row)).collect()))
    }

    /// What became of a row, in a word.
    #[must_use]
    pub fn word(&self, index: usize, row: &Row) -> &'static str {
        let done = self.outcomes.as_ref().and_then(|outcomes| outcomes.get(index));
        outcomes::word(row, done.as_ref().map(|done| &done.outcome))
    }

    /// A row as it is shown.
    #[must_use]
    pub fn item(&self, index: usize, row: &Row) -> Item {
        match &self.outcomes {
            Some(outcomes) => self.lens.item(index, row, Some(outcomes.get(index).as_ref())),
            None => self.lens.item(index, row, None),
        }
    }
}
