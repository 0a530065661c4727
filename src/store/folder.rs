//! A data folder as its owner keeps it: it holds phone numbers and sealed secrets, so nobody else on the machine may read it.

use std::{io, path::Path};

/// Makes a folder, and those above it, that only the owner can enter. One that is there stays as it is.
///
/// # Errors
/// Those of the file system.
pub fn make(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The rights of a folder, in octal, when others than the owner can read or enter it.
#[must_use]
pub fn open_to_others(folder: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder).ok()?.permissions()) & 0o777;
        (mode & 0o077 != 0).then(|| format!("{mode:o}"))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}
