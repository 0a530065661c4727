//! Which departments a read covers, in every connector that has departments: path patterns with `*` (one name) and `**` (any number of names).
//!
//! `/a/**` covers `/a` itself and all below. A `/` inside a name is written `\/`.

/// A list of included and excluded patterns.
#[derive(Debug, Clone)]
pub struct Scope {
    include: Vec<Vec<String>>,
    exclude: Vec<Vec<String>>,
}

impl Scope {
    /// Without any included pattern everything is included.
    #[must_use]
    pub fn new(include: &[String], exclude: &[String]) -> Self {
        let everything = ["/**".to_string()];
        let include = if include.is_empty() { &everything[..] } else { include };
        Self {
            include: include.iter().map(|pattern| names(pattern)).collect(),
            exclude: exclude.iter().map(|pattern| names(pattern)).collect(),
        }
    }

    /// Whether a pattern excludes the department with this path.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        let path = names(path);
        self.exclude.iter().any(|pattern| matches(pattern, &path))
    }

    /// Whether every department is covered that is not excluded, whatever it is called: also one whose name cannot be seen.
    #[must_use]
    pub fn covers_all(&self) -> bool {
        self.include.iter().any(|pattern| pattern.len() == 1 && pattern[0] == "**")
    }

    /// Whether every department is covered, wherever it is.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.exclude.is_empty() && self.covers_all()
    }

    /// The patterns that fit none of these paths, as they were written: most likely a name that is spelled otherwise, or a
    /// department that is gone.
    #[must_use]
    pub fn idle<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        fitting_none(self.include.iter().chain(&self.exclude), paths)
            .into_iter()
            .map(|pattern| pattern.iter().map(|name| format!("/{}", escape(name))).collect())
            .collect()
    }

    /// Whether a pattern of what is included fits none of these paths: whatever it fitted before may only be called otherwise by
    /// now.
    #[must_use]
    pub fn lacks<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> bool {
        !fitting_none(self.include.iter(), paths).is_empty()
    }

    /// Whether the department with this path is covered.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let path = names(path);
        let any = |patterns: &[Vec<String>]| patterns.iter().any(|pattern| matches(pattern, &path));
        any(&self.include) && !any(&self.exclude)
    }
}

/// The patterns that fit none of these paths. Everything is meant also where there is nothing.
fn fitting_none<'p, 'a>(
    patterns: impl Iterator<Item = &'p Vec<String>>,
    paths: impl IntoIterator<Item = &'a str>,
) -> Vec<&'p Vec<String>> {
    let mut idle: Vec<&Vec<String>> = patterns.filter(|pattern| **pattern != ["**"]).collect();
    for path in paths {
        if idle.is_empty() {
            break;
        }
        let path = names(path);
        idle.retain(|pattern| !matches(pattern, &path));
    }
    idle
}

/// The names of a path, with `\/` undone.
#[must_use]
pub fn names(path: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut chars = path.trim().trim_start_matches('/').chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next().unwrap_or('\\');
                if let Some(name) = names.last_mut() {
                    name.push(next);
                }
            }
            '/' => names.push(String::new()),
            _ => {
                if let Some(name) = names.last_mut() {
                    name.push(c);
                }
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn matches(pattern: &[String], path: &[String]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((head, rest)) if head == "**" => (0..=path.len()).any(|skip| matches(rest, &path[skip..])),
        Some((head, rest)) => match path.split_first() {
            Some((name, below)) => (head == "*" || head == name) && matches(rest, below),
            None => false,
        },
    }
}

/// A name as it stands in a path.
#[must_use]
pub fn escape(name: &str) -> String {
    if name.contains(['/', '\\']) { name.replace('\\', "\\\\").replace('/', "\\/") } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(include: &[&str], exclude: &[&str]) -> Scope {
        let own = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        Scope::new(&own(include), &own(exclude))
    }

    #[test]
    fn patterns() {
        let all = scope(&["/**"], &["/外部合作/**"]);
        assert!(all.covers("/总部/研发") && !all.covers("/外部合作") && !all.covers("/外部合作/甲"));
        let one = scope(&["/a/*"], &[]);
        assert!(one.covers("/a/b") && !one.covers("/a") && !one.covers("/a/b/c"));
        assert!(scope(&["/a\\/b/**"], &[]).covers("/a\\/b/c"));
        assert!(scope(&[], &[]).covers("/x"));
    }

    #[test]
    fn patterns_that_fit_nothing() {
        let paths = ["/总部", "/总部/研发", "/a\\/b"];
        let idle = |include: &[&str], exclude: &[&str]| scope(include, exclude).idle(paths);
        assert_eq!(idle(&["/总部/**", "/*/研发", "/a\\/b"], &["/总部/研发/**"]), Vec::<String>::new());
        assert_eq!(idle(&["/总部/研发部/**", "/x\\/y"], &["/研发"]), ["/总部/研发部/**", "/x\\/y", "/研发"]);
        assert_eq!(scope(&["/**"], &[]).idle([]), Vec::<String>::new());
    }
}
