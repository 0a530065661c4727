//! Where a store is, as a command is told: a folder, the address of a database, or a file with that address in it. A password on
//! the command line can be read by everybody on the machine, so it is not taken from there.

use std::path::Path;

use crate::store::{folder::open_to_others, location::Location};

/// What stands before the name of a file with the address.
const FILE: &str = "file:";

/// Reads it. `seen`: it stands on the command line, where others see it.
///
/// # Errors
/// What is wrong with it, and never the password.
pub fn of(text: &str, seen: bool) -> Result<Location, String> {
    let Some(path) = text.strip_prefix(FILE) else {
        let location: Location = text.parse()?;
        return match seen && location.has_password() {
            true => Err("a password is not given on the command line, where others on this machine can read it: put the address into \
                         IDFLOW_STORE, or into a file that only you can read, and name it as file:PATH"
                .into()),
            false => Ok(location),
        };
    };
    let inside = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let location: Location = inside.trim().parse().map_err(|why| format!("{path}: {why}"))?;
    match open_to_others(Path::new(path)).filter(|_| location.has_password()) {
        Some(mode) => {
            Err(format!("others on this machine can read the password in {path} (mode {mode}): chmod 600 {path}"))
        }
        None => Ok(location),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_from_where_nobody_else_sees_it() {
        let url = "postgres://anna:S3cret@localhost/x";
        assert!(of(url, false).is_ok() && of("postgres://anna@localhost/x", true).is_ok() && of("data", true).is_ok());
        let why = of(url, true).unwrap_err();
        assert!(why.contains("IDFLOW_STORE") && why.contains("file:PATH") && !why.contains("S3cret"), "{why}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.url");
        let text = format!("file:{}", path.display());
        assert!(of(&text, true).unwrap_err().contains("store.url"));
        std::fs::write(&path, format!("{url}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            set(0o644);
            let why = of(&text, true).unwrap_err();
            assert!(why.contains("chmod 600") && !why.contains("S3cret"), "{why}");
            set(0o600);
        }
        assert!(of(&text, true).unwrap().has_password());
    }
}
