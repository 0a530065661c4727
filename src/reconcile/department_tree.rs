//! Which department does a path mean? The one of the target whose names from the root down it gives, whoever made that one: a
//! file, another system, or a person by hand.
//!
//! A level is looked for by its name as it is written, then without regard to width and spacing; what has no such name may be
//! what an import by paths made and somebody renamed, which its link says. The company itself may stand in the paths or not,
//! whatever the target does: where the target's only root is the company, paths may begin below it, and where the target begins
//! below the company, paths may begin with it. The index is made once, and a path costs a look-up for each of its levels.

use std::collections::{HashMap, HashSet};

use idflow_sdk::{Schema, Seen, text};

use crate::workflow::department_path;

/// The key of what is above the roots.
const TOP: &str = "";
/// Departments that are named where a path means several.
const NAMED: usize = 5;

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: Box<str>,
    key: Box<str>,
}

/// The departments of a target that are there, by what is above them and what they are called.
#[derive(Debug, Default)]
pub struct DepartmentTree {
    below: HashMap<(Box<str>, Box<str>), Vec<Entry>>,
    there: HashSet<Box<str>>,
    roots: Vec<Entry>,
    /// What the first levels of the paths that were seen are called, as they are compared and as they are written, and the second
    /// ones.
    firsts: HashMap<Box<str>, Box<str>>,
    seconds: HashSet<Box<str>>,
    /// The name of the company, where all paths begin with it and the target begins below it.
    company: Option<Box<str>>,
}

/// What was decided about a level of a path before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is, or will be, the department with this key.
    Key(Box<str>),
    /// It stands for the whole: what is below it is at the top.
    Top,
    /// It will not be there.
    Refused,
}

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// The department with this key.
    Department(Box<str>),
    /// The company itself, which is no department.
    Top,
    /// No department.
    Nothing,
    /// One of several, which are named.
    Several(String),
    /// Nothing, because the level with this path will not be there.
    Refused(String),
}

/// What is said of one level.
enum Level {
    One(Box<str>),
    None,
    Several(String),
}

/// A name as it is compared: wide characters in their plain form, without what cannot be seen, and a blank only between two
/// words of letters.
fn folded(name: &str) -> Box<str> {
    let mut folded = String::with_capacity(name.len());
    let mut blank = false;
    for c in text::plain(name).chars() {
        if text::is_blank(c) {
            blank = true;
            continue;
        }
        if text::is_invisible(c) {
            continue;
        }
        let word = |c: char| c.is_ascii_alphanumeric();
        if std::mem::take(&mut blank) && word(c) && folded.chars().next_back().is_some_and(word) {
            folded.push(' ');
        }
        folded.push(c);
    }
    folded.into()
}

/// Where departments of a name stand, as it is compared.
fn place(above: &str, name: Box<str>) -> (Box<str>, Box<str>) {
    (above.into(), name)
}

/// A path in a form in which equal ones are identical.
#[must_use]
pub fn folded_path(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| folded(name).into()).collect();
    department_path::key(&names)
}

impl DepartmentTree {
    /// The tree of these objects; those that are no longer there are left out.
    #[must_use]
    pub fn of(schema: &Schema, objects: impl Iterator<Item = Seen>) -> Self {
        let mut tree = Self::default();
        let (name, parent) = (schema.field(schema.label), schema.parent.and_then(|parent| schema.field(parent)));
        for Seen { key, record } in objects.filter(|seen| !schema.is_gone(&seen.record)) {
            let above = parent.and_then(|id| record.value(id)?.to_key());
            tree.add(above.as_deref(), name.and_then(|id| record.text(id)).unwrap_or_default(), &key);
        }
        tree
    }

    /// Adds a department of the target.
    pub fn add(&mut self, above: Option<&str>, name: &str, key: &str) {
        if above.is_none() {
            self.roots.push(Entry { name: name.into(), key: key.into() });
        }
        self.add_made(above, name, key);
    }

    /// Adds a department that is to be made: what the roots are is not changed by it.
    pub fn add_made(&mut self, above: Option<&str>, name: &str, key: &str) {
        let entry = Entry { name: name.into(), key: key.into() };
        self.below.entry((above.unwrap_or(TOP).into(), folded(name))).or_default().push(entry);
        self.there.insert(key.into());
    }

    /// Whether there is a department with this key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.there.contains(key)
    }

    /// Notes a path of the source: what all of them begin with is looked at in [`DepartmentTree::look_at_company`].
    pub fn note(&mut self, names: &[String]) {
        let Some(first) = names.first() else { return };
        self.firsts.entry(folded(first)).or_insert_with(|| first.as_str().into());
        if let Some(second) = names.get(1).filter(|_| self.firsts.len() == 1) {
            self.seconds.insert(folded(second));
        }
    }

    /// All paths were seen: whether the name that each of them begins with is the company's, of which the target does not have it.
    /// It is where what is below it is at the top of the target: at least half of that, or some of it where an earlier import saw
    /// the same. `linked` says whether a department was made for a path (false), or for one below it (true). Gives the name when
    /// that is found.
    pub fn look_at_company(&mut self, linked: impl Fn(&str, bool) -> bool) -> Option<&str> {
        let mut firsts = self.firsts.iter();
        let (Some((first, written)), None) = (firsts.next(), firsts.next()) else { return None };
        let is_there = |above: &str, name: &str| self.below.contains_key(&place(above, name.into()));
        let below_root = self.only_root().is_some_and(|root| is_there(&root.key, first));
        let path = department_path::key(&[written.to_string()]);
        if self.company.is_some() || is_there(TOP, first) || below_root || linked(&path, false) {
            return None;
        }
        let known = self.seconds.iter().filter(|name| is_there(TOP, name)).count();
        if known > 0 && (known * 2 >= self.seconds.len() || linked(&path, true)) {
            self.company = Some(first.clone());
        }
        self.company.as_ref().map(|_| &**written)
    }

    fn only_root(&self) -> Option<&Entry> {
        match self.roots.as_slice() {
            [root] => Some(root),
            _ => None,
        }
    }

    /// The company, where the paths begin below it: what they name at first and is not there is made below it as well.
    #[must_use]
    pub fn begins_below(&self) -> Option<&str> {
        let root = self.only_root()?;
        let below = |first: &str| self.below.contains_key(&(root.key.clone(), first.into()));
        let begins = !self.firsts.contains_key(&folded(&root.name)) && self.firsts.keys().any(|first| below(first));
        begins.then_some(&*root.key)
    }

    fn level(&self, above: &str, name: &str) -> Level {
        let Some(alike) = self.below.get(&place(above, folded(name))) else { return Level::None };
        let exact: Vec<&Entry> = alike.iter().filter(|entry| *entry.name == *name).collect();
        let alike: Vec<&Entry> = if exact.is_empty() { alike.iter().collect() } else { exact };
        match alike.as_slice() {
            [] => Level::None,
            [one] => Level::One(one.key.clone()),
            several => {
                let mut names: Vec<String> =
                    several.iter().take(NAMED).map(|entry| format!("{} ({})", entry.name, entry.key)).collect();
                names.sort();
                Level::Several(names.join(", "))
            }
        }
    }

    /// What a path means. `decided` says what was decided about a level, and `linked` the department that was made for one,
    /// each by the path of the level.
    pub fn meant(
        &self,
        names: &[String],
        decided: &dyn Fn(&str) -> Option<Decided>,
        linked: &dyn Fn(&str) -> Option<Box<str>>,
    ) -> Meant {
        let mut at: Box<str> = TOP.into();
        for (depth, name) in names.iter().enumerate() {
            let path = department_path::key(&names[..=depth]);
            match decided(&path) {
                Some(Decided::Key(key)) => {
                    at = key;
                    continue;
                }
                Some(Decided::Top) => continue,
                Some(Decided::Refused) => return Meant::Refused(path),
                None => {}
            }
            let mut level = self.level(&at, name);
            if matches!(level, Level::None) {
                level = match linked(&path).filter(|key| self.has(key)) {
                    Some(key) => Level::One(key),
                    None => match self.only_root().filter(|_| depth == 0) {
                        Some(root) => self.level(&root.key, name),
                        None => Level::None,
                    },
                };
            }
            match level {
                Level::One(key) => at = key,
                Level::Several(names) => return Meant::Several(names),
                Level::None if depth == 0 && self.company.as_deref() == Some(&*folded(name)) => {}
                Level::None => return Meant::Nothing,
            }
        }
        if *at == *TOP { Meant::Top } else { Meant::Department(at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(departments: &[(Option<&str>, &str, &str)]) -> DepartmentTree {
        let mut tree = DepartmentTree::default();
        departments.iter().for_each(|(above, name, key)| tree.add(*above, name, key));
        tree
    }

    fn meant(tree: &DepartmentTree, path: &str) -> Meant {
        tree.meant(&department_path::names(path, "/"), &|_| None, &|path| (path == "/旧名").then(|| "r".into()))
    }

    fn is(key: &str) -> Meant {
        Meant::Department(key.into())
    }

    #[test]
    fn a_path_means_the_department_that_is_called_so() {
        let tree = tree(&[
            (None, "公司", "c"),
            (Some("c"), "研发部（北京）", "r"),
            (Some("c"), "A/B", "s"),
            (Some("r"), "Web Team", "w"),
            (Some("r"), "组", "g1"),
            (Some("r"), "组 ", "g2"),
            (Some("c"), "同名", "t1"),
            (Some("c"), "同名", "t2"),
        ]);
        for (path, expected) in [
            ("公司", is("c")),
            ("公司/研发部（北京）", is("r")),
            ("公司 / 研发部(北京)", is("r")),
            ("公司/研发部 (北京)/Web  Team", is("w")),
            ("公司/研发部(北京)/WebTeam", Meant::Nothing),
            ("公司/A\\/B", is("s")),
            ("公司/研发部(北京)/组", is("g1")),
            ("公司/没有", Meant::Nothing),
            // Without the company, which is the only root.
            ("研发部(北京)", is("r")),
            ("没有", Meant::Nothing),
            // What somebody renamed is known by its link, and so is what is below it.
            ("旧名/Web Team", is("w")),
            ("公司/同名", Meant::Several("同名 (t1), 同名 (t2)".into())),
            ("公司/同名/x", Meant::Several("同名 (t1), 同名 (t2)".into())),
        ] {
            assert_eq!(meant(&tree, path), expected, "{path}");
        }
    }

    #[test]
    fn what_was_decided_about_a_level_goes_before_its_name() {
        let tree = tree(&[(None, "a", "1"), (Some("1"), "b", "2"), (None, "c", "3"), (Some("3"), "b", "4")]);
        let names = department_path::names("a/b", "/");
        let ask = |said: Decided| tree.meant(&names, &|path| (path == "/a").then(|| said.clone()), &|_| None);
        assert_eq!(ask(Decided::Key("3".into())), is("4"));
        assert_eq!(ask(Decided::Refused), Meant::Refused("/a".into()));
        assert_eq!(ask(Decided::Top), Meant::Nothing);
    }

    #[test]
    fn the_company_is_told_by_what_is_below_it() {
        let at_top = || tree(&[(None, "研发部", "r"), (None, "销售部", "s"), (Some("r"), "平台组", "p")]);
        let looked = |paths: &[&str], before: bool| {
            let mut tree = at_top();
            paths.iter().for_each(|path| tree.note(&department_path::names(path, "/")));
            let company = tree.look_at_company(|_, below| below && before).map(ToString::to_string);
            (tree, company)
        };
        let (tree, company) = looked(&["公司/研发部/平台组", "公司/新部", "公司"], false);
        assert_eq!(company.as_deref(), Some("公司"));
        assert_eq!(meant(&tree, "公司/研发部/平台组"), is("p"));
        assert_eq!(meant(&tree, "公司"), Meant::Top);
        assert_eq!(meant(&tree, "公司/新部"), Meant::Nothing);
        for paths in [
            // Another one stands beside it; most of what is below it is not there; nothing is below it; it is there.
            &["公司/研发部", "分公司/研发部"][..],
            &["公司/研发部", "公司/甲", "公司/乙"],
            &["公司"],
            &["研发部/研发部"],
        ] {
            assert_eq!(looked(paths, false).1, None, "{paths:?}");
        }
        assert_eq!(looked(&["公司/研发部", "公司/甲", "公司/乙"], true).1.as_deref(), Some("公司"));
        assert_eq!(looked(&["公司/甲"], true).1, None);
        assert_eq!(at_top().begins_below(), None);
    }

    #[test]
    fn what_is_new_is_made_below_the_company_where_the_paths_begin_there() {
        for (paths, below) in [
            (&["研发部", "新部"][..], Some("c")),
            (&["公司/研发部", "新部"], None),
            (&["新部"], None),
            (&["公司", "研发部"], None),
        ] {
            let mut tree = tree(&[(None, "公司", "c"), (Some("c"), "研发部", "r")]);
            paths.iter().for_each(|path| tree.note(&department_path::names(path, "/")));
            assert_eq!(tree.begins_below(), below, "{paths:?}");
        }
    }
}
