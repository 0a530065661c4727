//! Where a store is, as a command is told: a folder, the address of a database, or a file with that address in it. A password on
//! the command line can be read by everybody on the machine, so it is not taken from there.

use std::path::Path;

use super::lang::{both, system};
use crate::contract::problem::Text;
use crate::store::{folder::open_to_others, location::Location};

/// What stands before the name of a file with the address.
const FILE: &str = "file:";

/// Reads it. `seen`: it stands on the command line, where others see it.
///
/// # Errors
/// What is wrong with it, and never the password.
pub fn of(text: &str, seen: bool) -> Result<Location, Text> {
    let Some(path) = text.strip_prefix(FILE) else {
        let location: Location = text.parse().map_err(not_understood)?;
        return match seen && location.has_password() {
            true => Err(both!(
                "不要把密码写在命令行里，本机其他用户能看到：把地址放进 IDFLOW_STORE，或放进只有你能读的文件，写成 file:PATH",
                "a password is not given on the command line, where others on this machine can read it: put the address into \
                 IDFLOW_STORE, or into a file that only you can read, and name it as file:PATH"
            )),
            false => Ok(location),
        };
    };
    let inside = std::fs::read_to_string(path).map_err(|error| {
        let Text { zh, en } = system(&error);
        both!("{path}：{zh}", "{path}: {en}")
    })?;
    let location: Location = inside.trim().parse().map_err(|why| {
        let Text { zh, en } = not_understood(why);
        both!("{path}：{zh}", "{path}: {en}")
    })?;
    match open_to_others(Path::new(path)).filter(|_| location.has_password()) {
        Some(mode) => Err(both!(
            "本机其他用户能读到 {path} 里的密码（权限 {mode}）：chmod 600 {path}",
            "others on this machine can read the password in {path} (mode {mode}): chmod 600 {path}"
        )),
        None => Ok(location),
    }
}

/// An address that the store does not understand, with its own words about it.
fn not_understood(why: String) -> Text {
    both!("存储地址不对（{why}）", "{why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_from_where_nobody_else_sees_it() {
        let url = "postgres://anna:S3cret@localhost/x";
        assert!(of(url, false).is_ok() && of("postgres://anna@localhost/x", true).is_ok() && of("data", true).is_ok());
        let why = of(url, true).unwrap_err().en;
        assert!(why.contains("IDFLOW_STORE") && why.contains("file:PATH") && !why.contains("S3cret"), "{why}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.url");
        let text = format!("file:{}", path.display());
        assert!(of(&text, true).unwrap_err().en.contains("store.url"));
        std::fs::write(&path, format!("{url}\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            set(0o644);
            let why = of(&text, true).unwrap_err().en;
            assert!(why.contains("chmod 600") && !why.contains("S3cret"), "{why}");
            set(0o600);
        }
        assert!(of(&text, true).unwrap().has_password());
    }
}
