//! A data folder as its owner keeps it: it holds phone numbers and sealed secrets, so nobody else on the machine may read it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// What idflow keeps in a data folder: one that holds any of it is ours.
const OURS: &[&str] = &["lock", "store", "store.next", "master.key", LOCAL_KEY, "server.json", "acknowledged", "node"];
/// What file systems put at the top of a disk of its own: nobody's file.
const OF_THE_DISK: &str = "lost+found";
/// The key by which commands and the server of a folder recognise each other.
pub const LOCAL_KEY: &str = "local.key";
/// How deep files of ours may lie.
const DEPTH: usize = 4;

/// From now on this process makes files and folders that only their owner can read, whatever its surroundings allow, and
/// leaves no picture of its memory when it crashes: keys and phone numbers are in it.
pub fn only_for_the_owner() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit, umask};
        umask(rustix::fs::Mode::from_raw_mode(0o077));
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        // A system that does not know the limit leaves no such picture either.
        let _ = setrlimit(Resource::Core, none);
    }
}

/// A data folder that others could enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WasOpen {
    /// Its rights until now, in octal.
    pub mode: String,
    /// Whether others could read the master key, too.
    pub key: bool,
}

/// Keeps others out of a data folder: it is closed when it is one of ours, or empty. Nothing happens where there is none, and
/// on systems without such rights.
///
/// # Errors
/// A folder that others can enter and that cannot be closed, or that holds files of somebody else, who may need them.
pub fn close(folder: &Path) -> io::Result<Option<WasOpen>> {
    let Some(mode) = open_to_others(folder) else { return Ok(None) };
    let name = folder.display();
    let names = std::fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.file_name());
    let mut entries = names.filter(|name| name != OF_THE_DISK).peekable();
    let empty = entries.peek().is_none();
    if !empty && !entries.any(|entry| OURS.iter().any(|name| entry == *name)) {
        return Err(io::Error::other(format!(
            "others on this machine can enter {name} (mode {mode}), and it holds files that are not idflow's"
        )));
    }
    let key = open_to_others(&folder.join("master.key")).is_some();
    restrict(folder, true).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("others on this machine can enter {name} (mode {mode}), and it cannot be closed: {error}"),
        )
    })?;
    Ok(Some(WasOpen { mode, key }))
}

/// Takes the rights of others away from all that is in a data folder: it may have been copied there by a tool that gives them.
/// What cannot be changed lies in a folder that is closed, and is left alone.
pub fn close_files(folder: &Path) {
    let mut waiting: Vec<(PathBuf, usize)> = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
            if meta.is_symlink() {
                continue;
            }
            if open_to_others(&path).is_some() {
                let _ = restrict(&path, meta.is_dir());
            }
            if meta.is_dir() && depth < DEPTH {
                waiting.push((path, depth + 1));
            }
        }
    }
}

/// Leaves the rights of the owner.
fn restrict(path: &Path, folder: bool) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let own = std::fs::metadata(path)?.permissions().mode() & 0o700;
        let wanted = if folder { 0o700 } else { own };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(wanted))?;
    }
    let _ = (path, folder);
    Ok(())
}

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

/// The rights of a folder or file, in octal, when others than the owner have any.
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

/// What tells a folder from a copy of it, as long as it is not moved to another disk.
#[must_use]
pub fn identity(folder: &Path) -> String {
    #[cfg(unix)]
    if let Ok(meta) = std::fs::metadata(folder) {
        use std::os::unix::fs::MetadataExt;
        return format!("{}:{}", meta.dev(), meta.ino());
    }
    std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf()).display().to_string()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_of_ours_is_closed_and_one_of_others_is_left_alone() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("data");
        assert_eq!(close(&folder).unwrap(), None, "there is none");
        std::fs::create_dir(&folder).unwrap();
        set(&folder, 0o755);
        assert_eq!(close(&folder).unwrap(), Some(WasOpen { mode: "755".into(), key: false }), "an empty one");
        assert_eq!((mode(&folder), close(&folder).unwrap()), (0o700, None));
        std::fs::create_dir(folder.join("lost+found")).unwrap();
        set(&folder, 0o755);
        assert_eq!(close(&folder).unwrap(), Some(WasOpen { mode: "755".into(), key: false }), "a disk of its own");
        std::fs::write(folder.join("holiday.jpg"), "x").unwrap();
        set(&folder, 0o750);
        assert!(close(&folder).unwrap_err().to_string().contains("not idflow's"));
        assert_eq!(mode(&folder), 0o750, "whoever shares it goes on to");
        std::fs::write(folder.join("master.key"), "x").unwrap();
        set(&folder.join("master.key"), 0o644);
        assert_eq!(close(&folder).unwrap(), Some(WasOpen { mode: "750".into(), key: true }));
        std::fs::create_dir(folder.join("store")).unwrap();
        std::fs::write(folder.join("store/db"), "x").unwrap();
        set(&folder.join("store"), 0o755);
        set(&folder.join("store/db"), 0o444);
        std::os::unix::fs::symlink("/", folder.join("elsewhere")).unwrap();
        close_files(&folder);
        assert_eq!((mode(&folder.join("store")), mode(&folder.join("store/db"))), (0o700, 0o400));
        assert_eq!(mode(&folder.join("master.key")), 0o600);
    }
}
