//! The folders of the machine below which files are read for whoever comes over the network. Links and `..` are followed before it
//! is decided. Who may read what else stands in `roots`.

use std::{
    path::{Component, Path, PathBuf},
    sync::OnceLock,
};

/// The installation's own folder for files to import, in the data folder.
pub const IMPORTS: &str = "import";

/// Where a path leads once every link is followed; what is not there yet counts as where it would be. `None`: it goes up from
/// something that is not there.
fn real(path: &Path) -> Option<PathBuf> {
    let mut there = path;
    let mut rest = Vec::new();
    loop {
        if let Ok(found) = std::fs::canonicalize(there) {
            return Some(rest.into_iter().rev().fold(found, |path, part| path.join(part)));
        }
        match there.components().next_back()? {
            Component::Normal(part) => rest.push(part.to_os_string()),
            _ => return None,
        }
        there = there.parent()?;
    }
}

pub(super) fn is_below(path: &Path, root: &Path) -> bool {
    // A root that is not there has nothing below it.
    real(path).zip(std::fs::canonicalize(root).ok()).is_some_and(|(path, root)| path.starts_with(root))
}

/// The folders below which files are read for whoever comes over the network.
#[derive(Debug)]
pub struct Roots {
    own: PathBuf,
    named: OnceLock<Vec<PathBuf>>,
}

impl Roots {
    /// The installation's own one, in its data folder.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self { own: data_dir.join(IMPORTS), named: OnceLock::new() }
    }

    /// Opens these folders, too; the first time counts.
    pub(super) fn open(&self, folders: Vec<PathBuf>) {
        let _ = self.named.set(folders);
    }

    /// Whether a path leads below one of them.
    #[must_use]
    pub fn is_open(&self, path: &Path) -> bool {
        let named = self.named.get().into_iter().flatten();
        std::iter::once(&self.own).chain(named).any(|root| is_below(path, root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_lead_nowhere() {
        let place = tempfile::tempdir().unwrap();
        let (root, other) = (place.path().join("root"), place.path().join("rooted"));
        for folder in [root.join("a"), other.clone()] {
            std::fs::create_dir_all(folder).unwrap();
        }
        for (path, below) in [
            ("", true),
            ("a", true),
            ("a/b/c.csv", true),
            ("a/..", true),
            ("..", false),
            ("../rooted", false),
            ("x/../../rooted", false),
        ] {
            assert_eq!(is_below(&root.join(path), &root), below, "{path}");
        }
        assert!(!is_below(&other, &root) && !is_below(Path::new("/etc/passwd"), &root));
        assert!(!is_below(&root, &place.path().join("nothing")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&other, root.join("link")).unwrap();
            assert!(!is_below(&root.join("link/x.csv"), &root));
        }
    }
}
