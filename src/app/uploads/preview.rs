//! What is in a file, and what its import would make of each row. The rows are read by the connection that the import reads
//! with, so that what is said here is what is said there.

mod beside;
mod keys;
mod paths;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use idflow_sdk::{Context, OpenRequest, Params, Privacy, Problem, ReadRequest, SourceObject, Value};

use beside::Beside;

use super::{
    blocking::{blocking, problem},
    columns::{self, TARGETS},
    flow::Mapping,
    import::Meant,
    reading::{self, Beginning, SHOWN},
};
use crate::{
    app::{AppError, Desk, connect::IMPORT, mask, problem_words},
    connectors,
    contract::{
        problem::Text,
        upload::{UploadColumn, UploadField, UploadPreview, UploadProblem, UploadReading, UploadRow},
    },
};

/// Rows with something to say about that are shown.
const WITH_FINDINGS: usize = 50;
/// Departments that are named as missing.
const MISSING: usize = 100;
/// Different problems that are told.
const PROBLEMS: usize = 100;

/// What there is to say about a row.
struct Said {
    row: u64,
    refused: bool,
    findings: Vec<Problem>,
}

/// What all rows amount to.
#[derive(Default)]
struct Found {
    total: u64,
    refused: u64,
    said: Vec<Said>,
    problems: BTreeMap<(String, Option<String>), (Problem, UploadProblem)>,
    /// Departments that are not there, by a form of their path in which equal ones are identical.
    missing: BTreeMap<String, String>,
    notes: Vec<Problem>,
}

impl Found {
    fn add(&mut self, row: u64, refused: Option<Problem>, warnings: Vec<Problem>) {
        self.total += 1;
        self.refused += u64::from(refused.is_some());
        let is_refused = refused.is_some();
        let findings: Vec<Problem> = refused.into_iter().chain(warnings).collect();
        if findings.is_empty() {
            return;
        }
        for (place, finding) in findings.iter().enumerate() {
            let key = (finding.code.to_string(), finding.field.as_deref().map(Into::into));
            if self.problems.len() >= PROBLEMS && !self.problems.contains_key(&key) {
                continue;
            }
            let (_, told) = self.problems.entry(key).or_insert_with(|| {
                let told =
                    UploadProblem { issue: problem_words::show(finding), rows: 0, first_row: row, refused: false };
                (finding.clone(), told)
            });
            told.rows += 1;
            told.refused |= is_refused && place == 0;
        }
        if self.said.len() < WITH_FINDINGS {
            self.said.push(Said { row, refused: is_refused, findings });
        }
    }

    /// What is wrong with the rows, the commonest first.
    fn problems_shown(&self, reveal: bool) -> Vec<UploadProblem> {
        let shown = |(first, told): &(Problem, UploadProblem)| match reveal {
            true => told.clone(),
            false => UploadProblem { issue: problem_words::show(&mask::problem(first, &[], &[])), ..told.clone() },
        };
        let mut problems: Vec<UploadProblem> = self.problems.values().map(shown).collect();
        problems.sort_by_key(|told| std::cmp::Reverse(told.rows));
        problems
    }
}

/// One row as it may be seen: cells of private fields are masked, and so is what is said of them.
fn row_shown<'c>(
    number: u64,
    cells: impl Iterator<Item = (Option<&'c str>, Option<Privacy>)>,
    said: Option<&Said>,
    reveal: bool,
) -> UploadRow {
    let mut private = Vec::new();
    let cells: Vec<String> = cells
        .map(|(cell, privacy)| {
            let cell = cell.unwrap_or_default();
            match privacy.filter(|_| !cell.is_empty()) {
                _ if reveal => cell.to_string(),
                Some(privacy) => {
                    let masked = privacy.mask(cell);
                    private.push((cell.to_string(), masked.clone()));
                    masked
                }
                None => mask::text(cell),
            }
        })
        .collect();
    let masked = |finding: &Problem| match reveal {
        true => problem_words::show(finding),
        false => problem_words::show(&mask::problem(finding, &private, &[])),
    };
    UploadRow {
        row: number,
        cells,
        refused: said.is_some_and(|said| said.refused),
        findings: said.into_iter().flat_map(|said| &said.findings).map(masked).collect(),
    }
}

impl Desk<'_> {
    /// What is in a file, and what its import would make of each row.
    ///
    /// # Errors
    /// No such file, sheet or workflow; a file that cannot be read.
    pub async fn upload_preview(&self, id: &str, look: &UploadReading) -> Result<UploadPreview, AppError> {
        let reveal = self.reveals(look.reveal)?;
        self.sweep_uploads().await?;
        let (place, stored) = self.unsealed_upload(id).await?;
        let (place, stored) = (place.path(), &stored.value);
        let begun = reading::begin(place, stored, look.sheet.as_deref(), look.header_row).await?;
        let given = Meant::given(&look.columns, look.departments.as_ref(), &look.states);
        let meant = self.mapping_for(&begun, given, look.workflow.as_deref(), false).await?;
        let mapping = &meant.mapping;
        let missing_fields: Vec<String> = columns::TARGETS
            .iter()
            .filter(|target| target.required && !mapping.columns.contains_key(target.name))
            .map(|target| target.name.to_string())
            .collect();
        let read: BTreeSet<String> = mapping.columns.values().cloned().collect();
        let key = mapping.columns.get("external_id").cloned().unwrap_or_default();
        let (file, written) = reading::write(place, stored, &begun, (&key, read)).await?;
        let found = match missing_fields.is_empty() {
            true => self.judged(&file, mapping, written.doubtful().collect()).await,
            false => Ok(Found { total: rows_below(&file, begun.header_row).await?, ..Found::default() }),
        };
        let shown = self.rows_shown(&file, &begun, found.as_ref().ok()).await;
        let _ = file.parent().map(std::fs::remove_dir_all);
        let (found, shown) = (found?, shown?);
        let field_of = |header: &String| {
            let folded = columns::folded(header);
            let mut fields = mapping.columns.iter().filter(|(_, mapped)| columns::folded(mapped) == folded);
            fields.next().map(|(field, _)| field.clone())
        };
        let fields: Vec<Option<String>> = begun.headers.iter().map(field_of).collect();
        let privacy = |place: usize| {
            let target = fields.get(place)?.as_deref().and_then(columns::find)?;
            Some(target.privacy).filter(|privacy| *privacy != Privacy::Open)
        };
        let row = |number: u64| {
            let cells = shown.get(&number).map(Vec::as_slice).unwrap_or_default();
            let said = found.said.iter().find(|said| said.row == number);
            let cells = (0..begun.headers.len()).map(|place| (cells.get(place).map(String::as_str), privacy(place)));
            row_shown(number, cells, said, reveal)
        };
        let problems = found.problems_shown(reveal);
        let mut notes = reading::notes(stored, &begun, &written);
        notes.extend(found.notes.iter().cloned());
        let text = |(zh, en): (&str, &str)| Text { zh: zh.into(), en: en.into() };
        Ok(UploadPreview {
            header_row: begun.header_row,
            columns: begun
                .headers
                .iter()
                .zip(&fields)
                .map(|(header, field)| UploadColumn { header: header.clone(), field: field.clone() })
                .collect(),
            fields: TARGETS
                .iter()
                .map(|target| UploadField {
                    name: target.name.into(),
                    title: text(target.title),
                    required: target.required,
                })
                .collect(),
            missing_fields,
            departments: mapping.departments.clone(),
            missing_departments_total: found.missing.len() as u64,
            missing_departments: found.missing.values().take(MISSING).cloned().collect(),
            rows: begun.first.iter().take(SHOWN).map(|(number, _)| row(*number)).collect(),
            rows_with_findings: found.said.iter().map(|said| row(said.row)).collect(),
            problems,
            total: found.total,
            refused: found.refused,
            notes: notes.iter().map(problem_words::show).collect(),
            workflows: self.fitting(&begun.headers).await?,
            sheet: begun.sheet,
        })
    }

    /// The cells of the rows that are shown, by their number.
    async fn rows_shown(
        &self,
        file: &Path,
        begun: &Beginning,
        found: Option<&Found>,
    ) -> Result<HashMap<u64, Vec<String>>, AppError> {
        let mut shown: HashMap<u64, Vec<String>> = begun.first.iter().cloned().collect();
        let mut wanted: BTreeSet<u64> = found.into_iter().flat_map(|found| &found.said).map(|said| said.row).collect();
        wanted.retain(|row| !shown.contains_key(row));
        if let Some(last) = wanted.last().copied() {
            let path = file.to_path_buf();
            let more = blocking(move || {
                let mut kept = Vec::new();
                let each = &mut |line: u64, cells: Vec<String>| {
                    if wanted.contains(&line) {
                        kept.push((line, cells));
                    }
                    line < last
                };
                // Nothing is said of the file here: it was read before.
                connectors::import_rows(&path, "", each).map_err(|error| *error.problem)?;
                Ok(kept)
            });
            shown.extend(more.await?);
        }
        Ok(shown)
    }

    /// What the import would make of each row.
    async fn judged(&self, file: &Path, mapping: &Mapping, numbers: BTreeSet<u64>) -> Result<Found, AppError> {
        let mut found = Found::default();
        let with = mapping.reading();
        let schema = connectors::IMPORT.row_schema.map(|schema| schema(&with)).transpose().map_err(problem)?;
        let Some(schema) = schema else { return Ok(found) };
        let failed = |error: idflow_sdk::Error| problem(*error.problem);
        let request = OpenRequest {
            name: IMPORT.into(),
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            directory: self.connections.directory(),
            granted: None,
        };
        let connection = (connectors::IMPORT.open)(request).map_err(failed)?;
        let action = connectors::IMPORT.actions.first().copied();
        let Some(action) = action else { return Ok(found) };
        let params = Params {
            values: [("path".to_string(), Value::text(file.display().to_string()))].into(),
            json: with.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
            ..Params::default()
        };
        let mut reader =
            connection.read(&Context::at(self.now()), ReadRequest { action, params }).await.map_err(failed)?;
        let mut beside = Beside::new(self, file, (mapping, numbers), &schema).await?;
        found.notes.extend(beside.company.take());
        while let Some(page) = reader.next().await.map_err(failed)? {
            for mut object in page.objects {
                let row = row_of(&object);
                let mut warnings = std::mem::take(&mut object.warnings);
                let refused = match object.refused.take() {
                    Some(refused) => {
                        // Once that is mended, its departments are looked for as well.
                        if let Ok(lacking) = beside.lacking(&object).await? {
                            beside.add_levels(&lacking, &mut found.missing);
                        }
                        Some(*refused)
                    }
                    None => beside.look((row, &object), &mut warnings, &mut found.missing).await?,
                };
                found.add(row, refused, warnings);
            }
        }
        let summary = reader.summary();
        found.notes.extend(summary.incomplete_because);
        // Which columns are left out is seen above the rows.
        let told = |notice: &Problem| !matches!(&*notice.code, "columns_ignored" | "separator_guessed");
        found.notes.extend(summary.notices.into_iter().filter(told));
        Ok(found)
    }
}

/// How many rows stand below the headers of a file that was written.
async fn rows_below(file: &Path, header: u64) -> Result<u64, AppError> {
    let path = file.to_path_buf();
    blocking(move || {
        let mut total = 0;
        let each = &mut |line: u64, _: Vec<String>| {
            total += u64::from(line > header);
            true
        };
        connectors::import_rows(&path, "", each).map_err(|error| *error.problem)?;
        Ok(total)
    })
    .await
}

/// The row on which an object stands: its line in the file that was written.
fn row_of(object: &SourceObject) -> u64 {
    let at = object.at.as_deref().unwrap_or_default();
    at.rsplit(':').next().and_then(|line| line.parse().ok()).unwrap_or_default()
}
