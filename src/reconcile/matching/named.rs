//! Departments that paths name: one that is there is used as it is, whoever made it; only what is not there is made.

use idflow_sdk::{Problem, Value};

use crate::{
    model::change::Planned,
    reconcile::{
        Known, Task,
        department_tree::Meant,
        task::{AsideState, Found, OldLink},
    },
    workflow::department_path,
};

impl Task {
    /// The names of the path that the object at this place is.
    fn path_at(&self, place: usize) -> Option<Vec<String>> {
        let path = self.mapping.source.field("path").filter(|_| self.by_path)?;
        let path = self.aside[place].object.cells.text(path)?;
        Some(department_path::names(&path, "/"))
    }

    /// Before the first department of a path is looked for: whether the paths begin below the company.
    pub(super) fn begin_paths(&mut self, known: &mut Known) {
        if self.by_path {
            known.set_root(known.paths_begin_below());
        }
    }

    /// Whether the path at this place means a department that is there and that it is not linked with: that one is used as it is.
    /// What means several is not decided. Nothing is ever renamed or moved by a path, which says nothing but where somebody is.
    pub(super) fn use_named(&mut self, known: &mut Known, place: usize) -> bool {
        let Some(names) = self.path_at(place) else { return false };
        let key = self.aside[place].object.key.clone();
        // What a person said goes before.
        let open = matches!(self.aside[place].state, AsideState::Open) && self.decisions.of(&key).is_none();
        let (Some(meant), true) = (known.meant(&names), open) else { return false };
        let own = match self.aside[place].found {
            Found::Linked(link) => known.links(self.kind).map(|links| links.entry(link).target.clone()),
            _ => None,
        };
        match meant {
            Meant::Department(there) if own.as_ref() == Some(&there) => return false,
            Meant::Department(there) => {
                // Two paths may mean one.
                self.counts.add(self.kind, "unchanged", u64::from(!known.is_seen(self.kind, &there)));
                known.decide(self.mapping.target, self.kind, &key, &there);
                // Whoever linked it sees that it is still asked for.
                if let Some(link) = known.links(self.kind).and_then(|links| links.of_target(&there)) {
                    known.mark_seen(self.kind, link);
                }
            }
            Meant::Top => known.put_on_top(self.kind, &key),
            Meant::Several(departments) => {
                let problem = Problem::new("department_ambiguous").arg("key", &*key).arg("departments", departments);
                known.refuse(self.kind, &key);
                let aside = &mut self.aside[place];
                (aside.found, aside.state) = (Found::Nothing, AsideState::Refused(Planned::Ambiguous(problem.into())));
                return true;
            }
            Meant::Nothing => {
                // What was made for it is somewhere else by now, below another name.
                if let Some(own) = own {
                    known.mark_lost(self.kind, &key);
                    let aside = &mut self.aside[place];
                    (aside.found, aside.old_link) = (Found::Nothing, Some(Box::new(OldLink::Apart(own))));
                }
                return false;
            }
            Meant::Refused(_) => return false,
        }
        let aside = &mut self.aside[place];
        (aside.found, aside.state) = (Found::Nothing, AsideState::Used);
        true
    }

    /// What paths made has the name and the place that it has by now.
    pub(super) fn keep_named(&mut self, known: &Known, place: usize) {
        let Found::Linked(link) = self.aside[place].found else { return };
        let own = known.links(self.kind).filter(|_| self.by_path).map(|links| &links.entry(link).target);
        let Some(seen) = own.and_then(|own| self.target.get(own)) else { return };
        if let AsideState::Wanted { record, .. } = &mut self.aside[place].state {
            for id in record.ids().collect::<Vec<_>>() {
                if let Some(field) = seen.record.get(id) {
                    record.set(id, field.clone());
                }
            }
        }
    }

    /// A department of a path that is to be made is found by further paths that are written in another way.
    pub(super) fn note_made(&self, known: &mut Known, place: usize) {
        let (true, Found::New(key)) = (self.by_path, &self.aside[place].found) else { return };
        let Some(whole) = self.whole(place) else { return };
        let name = self.mapping.target.field(self.mapping.target.label).and_then(|id| whole.text(id));
        let above: Option<Value> = self.parent_of(&whole);
        known.make_department(above.as_ref(), name.unwrap_or_default(), key);
    }
}
