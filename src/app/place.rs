//! The name of this node's place among others on the same database: a file in the data folder, held by one process at a
//! time. Its lock ends with the process, however that ends, so whoever holds it knows that the one before is gone.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::Path,
};

use crate::model::id::new_ulid;

/// The file.
const FILE: &str = "node";

/// A place that is held until this is dropped.
#[derive(Debug)]
pub struct Place {
    /// Its name.
    pub name: String,
    _lock: File,
}

impl Place {
    /// Takes the place of a data folder; `None` when another process holds it, or when the folder cannot be written: then
    /// this start is a node of its own.
    #[must_use]
    pub fn take(folder: &Path, now_ms: i64) -> Option<Self> {
        let path = folder.join(FILE);
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path).ok()?;
        file.try_lock().ok()?;
        let mut name = String::new();
        file.read_to_string(&mut name).ok()?;
        let mut name = name.trim().to_string();
        if name.is_empty() || name.contains('/') {
            name = new_ulid(now_ms);
            file.set_len(0).ok()?;
            file.rewind().ok()?;
            writeln!(file, "{name}").ok()?;
            file.sync_all().ok()?;
        }
        Some(Self { name, _lock: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_same_name_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = Place::take(folder.path(), 1).unwrap();
        assert!(Place::take(folder.path(), 2).is_none());
        let name = first.name.clone();
        drop(first);
        assert_eq!(Place::take(folder.path(), 3).unwrap().name, name);
    }
}
