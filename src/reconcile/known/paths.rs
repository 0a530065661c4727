//! What the paths of a source mean in the target, see [`DepartmentTree`].

use idflow_sdk::{Kind, Value};

use super::{Decision, KindKnown, Known, View};
use crate::{
    model::change::item_key,
    reconcile::department_tree::{Decided, DepartmentTree, Meant},
    workflow::{compiled::Resolved, department_path},
};

/// Paths are those of departments.
const KIND: Kind = Kind::Department;

impl Known {
    /// Takes the departments of the target, by which paths are understood.
    pub fn set_tree(&mut self, tree: DepartmentTree) {
        self.tree = Some(tree);
    }

    /// Whether paths are understood.
    #[must_use]
    pub const fn has_tree(&self) -> bool {
        self.tree.is_some()
    }

    /// The source has this path.
    pub fn note_path(&mut self, names: &[String]) {
        if let Some(tree) = &mut self.tree {
            tree.note(names);
        }
    }

    /// All paths of the source are known. Gives the name that all of them begin with, where it is the company's and the target
    /// begins below it.
    pub fn look_at_paths(&mut self) -> Option<String> {
        let (Some(tree), Some(known)) = (&mut self.tree, self.kinds.get(KIND)) else { return None };
        let linked = |path: &str, below: bool| match below {
            true => known.links.has_below(path),
            false => known.linked(path).is_some(),
        };
        tree.look_at_company(linked).map(ToString::to_string)
    }

    /// What the first level of a path that nobody knows is made below, if not at the top.
    pub(in crate::reconcile) fn paths_begin_below(&self) -> Option<Value> {
        let key = self.tree.as_ref()?.begins_below()?;
        Some(self.kinds.get(KIND)?.schema.key_value(key))
    }

    /// What names from the root down mean; `None` where paths are not understood.
    pub(in crate::reconcile) fn meant(&self, names: &[String]) -> Option<Meant> {
        let (tree, known) = (self.tree.as_ref()?, self.kinds.get(KIND)?);
        let linked = |path: &str| {
            let place = known.linked(path)?;
            let entry = known.links.entry(place);
            if known.whole && !known.links.was_seen(place) {
                self.missed.borrow_mut().push((KIND, path.into()));
                return None;
            }
            Some(entry.target.clone())
        };
        Some(tree.meant(names, &|path| known.decided_about(path), &linked))
    }

    /// A department of a path is to be made.
    pub(in crate::reconcile) fn make_department(&mut self, above: Option<&Value>, name: &str, key: &str) {
        if let Some(tree) = &mut self.tree {
            tree.add_made(above.and_then(Value::to_key).as_deref(), name, key);
        }
    }
}

impl KindKnown {
    /// The place of the living link of an object of the source whose counterpart is not known to be lost.
    fn linked(&self, source: &str) -> Option<usize> {
        let place = self.links.of_source(source).filter(|_| !self.lost.contains(&*self.links.folded(source)))?;
        Some(place).filter(|place| !self.links.entry(*place).gone)
    }

    fn decided_about(&self, source: &str) -> Option<Decided> {
        Some(match self.decisions.get(source)? {
            Decision::Key(value) => Decided::Key(value.to_key().unwrap_or_default()),
            Decision::Refused => Decided::Refused,
            Decision::Top => Decided::Top,
        })
    }
}

impl View<'_> {
    /// The department that these names mean.
    pub(super) fn path(&self, names: &[String]) -> Option<Resolved> {
        let known = self.known.kinds.get(KIND)?;
        Some(match self.known.meant(names)? {
            Meant::Department(key) => Resolved::Key(known.schema.key_value(&key)),
            Meant::Top => Resolved::Top,
            Meant::Several(departments) => Resolved::Several(departments),
            Meant::Refused(path) => Resolved::Refused { item: item_key(KIND, &path) },
            Meant::Nothing => {
                let path = department_path::key(names);
                if known.complete || known.lacks(&path) {
                    Resolved::Unknown
                } else {
                    self.known.later.borrow_mut().push((KIND, path.into()));
                    Resolved::Later
                }
            }
        })
    }
}
