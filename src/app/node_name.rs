//! Which node is this among others on the same database? A data folder is worked with by one process at a time: a file in it
//! is locked, and the lock ends with the process, however that ends. So whoever holds the lock knows that the one before is
//! gone, and need not wait for what that one had.
//!
//! That holds for this very file only. A copy of the folder (`cp -a`, a backup that was unpacked, a cloned machine) is
//! another file, whose lock says nothing about the first one's. The name of the node is therefore made from what a copy
//! cannot take along: the running system, and the file's number in it.

use std::{fs::File, path::Path};

/// The file.
const FILE: &str = "node";

/// A place that is held until this is dropped.
#[derive(Debug)]
pub struct NodeName {
    /// Its name.
    pub name: String,
    _lock: File,
}

impl NodeName {
    /// Takes the place of a data folder; `None` when another process holds it, or when nothing tells this folder from a copy:
    /// then this start is a node of its own, and waits until what an earlier one had is free.
    #[must_use]
    pub fn take(folder: &Path) -> Option<Self> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(folder.join(FILE)).ok()?;
        file.try_lock().ok()?;
        let name = name(&file)?;
        Some(Self { name, _lock: file })
    }
}

/// What tells this file from every other one, in this and in every other running system.
#[cfg(target_os = "linux")]
fn name(file: &File) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    use sha2::{Digest, Sha256};

    // Drawn anew with each start of a system, also of one that was cloned.
    let system = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let about = file.metadata().ok()?;
    let whole = Sha256::digest(format!("{} {} {}", system.trim(), about.dev(), about.ino()));
    Some(crate::model::hex::hex(&whole[..10]))
}

#[cfg(not(target_os = "linux"))]
fn name(_file: &File) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn one_at_a_time_and_the_same_name_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = NodeName::take(folder.path()).unwrap();
        assert!(NodeName::take(folder.path()).is_none());
        let name = first.name.clone();
        drop(first);
        assert_eq!(NodeName::take(folder.path()).unwrap().name, name);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_copy_is_another_place() {
        let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = NodeName::take(folder.path()).unwrap();
        // A version before kept the name in the file.
        std::fs::write(folder.path().join(FILE), "01K0000000000000000000000\n").unwrap();
        std::fs::copy(folder.path().join(FILE), copy.path().join(FILE)).unwrap();
        assert_ne!(NodeName::take(copy.path()).unwrap().name, first.name);
    }
}
