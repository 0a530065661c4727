//! What do the paths of departments in a file mean, as its import will understand them?

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use idflow_sdk::{Kind, Problem};

use crate::{
    app::{
        AppError, Desk,
        directory::Tree,
        uploads::{columns, flow::Mapping, reading},
    },
    reconcile::department_tree::{DepartmentTree, Meant},
    store::links,
    workflow::department_path,
};

/// Whether a path means something that is there.
pub(super) const fn is_there(meant: &Meant) -> bool {
    matches!(meant, Meant::Department(_) | Meant::Top)
}

/// What paths of departments mean, as the import will understand them.
#[derive(Default)]
pub(super) struct Paths {
    tree: DepartmentTree,
    /// The departments that imports by paths made, by their paths.
    made: HashMap<String, Box<str>>,
}

impl Paths {
    /// Also gives what is said where all paths of the file begin with the company.
    pub(super) async fn read(
        desk: &Desk<'_>,
        file: &Path,
        mapping: &Mapping,
    ) -> Result<(Self, Option<Problem>), AppError> {
        let mut tree = Tree::read(&*desk.connections.directory()).await?.by_name();
        let pair = desk.import_pair(Kind::Department);
        let mut made = HashMap::new();
        links::all(&*desk.store, &pair, |link| {
            let (source, target) = link.ends(&pair);
            if link.gone.is_none() && source.key.starts_with('/') && tree.has(target.key) {
                made.insert(source.key.to_string(), target.key.into());
            }
        })
        .await?;
        let header = mapping.columns.get("departments").map(|header| columns::folded(header)).unwrap_or_default();
        let (separator, joined) = (mapping.departments.separator.clone(), !mapping.makes_departments());
        let each = move |found: &mut BTreeSet<Vec<String>>, cell: &str| {
            let paths = cell.split(|c: char| joined && matches!(c, ';' | '；'));
            found.extend(paths.map(|path| department_path::names(path, &separator)));
            true
        };
        let all: BTreeSet<Vec<String>> = reading::column(file, header, each).await?;
        all.iter().for_each(|names| tree.note(names));
        let linked = |path: &str, below: bool| match below {
            true => made.keys().any(|key: &String| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))),
            false => made.contains_key(path),
        };
        let company = tree.look_at_company(linked).map(ToString::to_string);
        let company = company.map(|name| Problem::new("paths_begin_with_company").arg("name", name));
        Ok((Self { tree, made }, company))
    }

    pub(super) fn meant(&self, names: &[String]) -> Meant {
        self.tree.meant(names, &|_| None, &|path| self.made.get(path).cloned())
    }
}
