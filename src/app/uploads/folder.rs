//! Folders in which uploaded files are unsealed, for as long as somebody looks at them.

use std::path::Path;

use idflow_sdk::Problem;

use crate::{
    app::error::{AppError, RefusalKind},
    model::id::Tenant,
};

/// The folder of all of them, in the data folder.
pub(in crate::app) const FOLDER: &str = "uploads";
/// The part of a file that holds it as it came, and its name where it is looked at.
pub(super) const RAW: &str = "raw";
/// What their names begin with.
const WORK: &str = "work-";

pub(super) fn disk(error: &std::io::Error) -> AppError {
    AppError::new(RefusalKind::Unavailable, Problem::new("upload_disk").arg("what", error.to_string()))
}

/// Makes a folder that nobody else reads: names and numbers of people lie in it.
fn make_folder(place: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(place)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A folder of its own below the one of all; it goes when it is dropped.
pub(super) fn work_folder(uploads: &Path, tenant: &Tenant) -> Result<tempfile::TempDir, AppError> {
    let shelf = uploads.join(tenant.as_str());
    let made = make_folder(uploads).and_then(|()| make_folder(&shelf));
    let made = made.and_then(|()| tempfile::Builder::new().prefix(WORK).tempdir_in(&shelf));
    made.map_err(|error| disk(&error))
}
