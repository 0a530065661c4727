//! Paths of departments as text: names from the root down. A path is what such a department is recognised by, so that rows
//! of a file and `department_paths` mean the same one.

use idflow_sdk::{Problem, text};

/// The longest path, in bytes of its key: a store keeps it together with the names of the pair that it belongs to.
pub const MOST: usize = 1_500;

/// The names of a path. A separator after a backslash belongs to its name; blank names are left out.
#[must_use]
pub fn names(path: &str, separator: &str) -> Vec<String> {
    let separator = if separator.is_empty() { "/" } else { separator };
    let mut names = Vec::new();
    let mut name = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\\').and_then(|after| after.strip_prefix(separator)) {
            name.push_str(separator);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(separator) {
            names.push(std::mem::take(&mut name));
            rest = after;
        } else {
            let mut chars = rest.chars();
            name.extend(chars.next());
            rest = chars.as_str();
        }
    }
    names.push(name);
    names.iter().map(|name| text::trim(name).to_string()).filter(|name| !name.is_empty()).collect()
}

/// The path in the form of the directory: `/a/b`, a `/` inside a name written `\/`.
#[must_use]
pub fn key(names: &[String]) -> String {
    names.iter().map(|name| format!("/{}", name.replace('/', "\\/"))).collect()
}

/// Why a department cannot be recognised by this path.
///
/// # Errors
/// It is too long.
pub fn check(names: &[String]) -> Result<(), Problem> {
    if key(names).len() <= MOST {
        return Ok(());
    }
    let begins: String =
        names.iter().take(3).map(|name| name.chars().take(20).collect::<String>()).collect::<Vec<_>>().join("/");
    let levels = names.len().to_string();
    Err(Problem::new("department_path_long").arg("path", format!("{begins}/…")).arg("levels", levels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_department_has_one_key() {
        for (path, separator, expected) in [
            ("研发/平台", "/", "/研发/平台"),
            ("/研发 / 平台/", "/", "/研发/平台"),
            ("研发>A/B", ">", "/研发/A\\/B"),
            ("研发\\/测试/x", "/", "/研发\\/测试/x"),
            ("a", "", "/a"),
            (" / ", "/", ""),
            ("", "/", ""),
        ] {
            assert_eq!(key(&names(path, separator)), expected, "{path}");
        }
    }
}
