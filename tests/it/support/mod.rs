//! What the tests share: a folder with the product in it ([`house`]), its API as others call it ([`api`]), a simulated WeCom ([`corp`]), several nodes ([`nodes`]), organisations as
//! tables and their comparison with a snapshot ([`organisation`]), a PostgreSQL server ([`postgres`]), a small
//! disk ([`disk`]), somebody else on a server's port ([`stranger`]), and a small seeded source of numbers ([`chance`]).

pub mod api;
pub mod chance;
pub mod corp;
pub mod counted;
pub mod disk;
pub mod editor;
pub mod house;
pub mod nodes;
pub mod organisation;
pub mod postgres;
pub mod stranger;

pub use api::{Api, Shown};
pub use chance::Chance;
pub use corp::Corp;
pub use disk::Disk;
pub use house::House;
pub use organisation::Organisation;
pub use postgres::Cluster;
pub use stranger::{Manners, Stranger};

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The sample data, or `None` after saying that it is not there.
pub fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared/data is not there");
    None
}

/// How long a test waits for something that must come. Nothing is measured by it, so it is long enough for a machine that
/// has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Looks again and again until `look` gives something; fails when that takes too long.
pub fn eventually<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < patience, "{what}: not within {patience:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a file");
        }
    }
}
