//! The first rows of a file as they stand there, for whoever is to say which column is which. They are split exactly as a
//! read splits them, so that what is shown is what is read.

use std::{fs::File, path::Path};

use idflow_sdk::{Error, text};

use crate::{problems::io_error, raw::RawRow, scan};

/// The first rows of a file.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Rows with something in them, each with the line on which it begins, from 1.
    pub rows: Vec<(u64, Vec<String>)>,
    /// The name of the encoding, as the Encoding Standard has it.
    pub encoding: &'static str,
}

/// Reads at most so many rows; `name` is what the file is called in messages.
///
/// # Errors
/// A file that cannot be read, or that is no table.
pub fn sample(path: &Path, name: &str, most: usize) -> Result<Sample, Error> {
    let mut sample = Sample::default();
    sample.encoding = rows(path, name, &mut |line, cells| {
        sample.rows.push((line, cells));
        sample.rows.len() < most
    })?;
    Ok(sample)
}

/// Goes through the rows with something in them, each with its line, until `each` wants no more. Gives the name of the encoding.
///
/// # Errors
/// A file that cannot be read, or that is no table.
pub fn rows(path: &Path, name: &str, each: &mut dyn FnMut(u64, Vec<String>) -> bool) -> Result<&'static str, Error> {
    let file = File::open(path).map_err(|error| io_error(name, &error))?;
    let (found, mut tokens) = scan::begin(Box::new(file), name, None)?;
    let mut row = RawRow::default();
    while tokens.next(&mut row).map_err(|error| io_error(name, &error))? {
        let blank = row.iter().all(|cell| text::trim(cell).is_empty());
        if !blank && !each(row.line, row.iter().map(Into::into).collect()) {
            break;
        }
    }
    Ok(found.encoding.name())
}
