//! Between whom is a person asked to decide?

use idflow_sdk::{Kind, Seen, Type, Value};
use serde_json::json;

use super::{Known, Task};

impl Task {
    /// What an object could be, for those who decide: the target's key, what people call it, and whose it is now.
    pub(super) fn candidates<'a>(&self, known: &Known, keys: impl IntoIterator<Item = &'a str>) -> String {
        let links = known.links(self.kind);
        let one = |key: &str| {
            let seen = self.target.get(key)?;
            let link = links.and_then(|links| Some((links, links.of_target(&seen.key)?)));
            let link = link.map(|(links, place)| (&links.entry(place).source, links.was_seen(place)));
            Some(json!({
                "key": &*seen.key,
                "label": self.called_there(known, &seen.key),
                "department": self.home_there(known, &seen.key),
                "linked_to": link.map(|(source, _)| &**source),
                "still_there": link.map(|(_, seen)| seen),
            }))
        };
        serde_json::Value::from(keys.into_iter().filter_map(one).collect::<Vec<_>>()).to_string()
    }

    /// The departments of an object of the target, as far as they were read.
    fn home_there(&self, known: &Known, key: &str) -> Option<String> {
        let homes = self.homes_of(key);
        let names: Vec<&str> = homes.iter().filter_map(|home| known.department(home)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// What the departments of the target are called, from the top, by key.
    pub fn department_names(&self) -> Vec<(Box<str>, Box<str>)> {
        if self.kind != Kind::Department {
            return Vec::new();
        }
        let schema = self.mapping.target;
        let path = schema.fields.iter().find(|field| field.ty == Type::Path);
        let fields = [path.and_then(|field| schema.field(&field.name)), schema.field(schema.label)];
        let named = |seen: Seen| {
            let name = fields.into_iter().flatten().find_map(|id| seen.record.text(id))?;
            Some((seen.key.clone(), name.trim_matches('/').into()))
        };
        let root = self.target.root.as_ref().and_then(Value::to_key).zip(self.target.root_name.clone());
        self.target.objects().filter_map(named).chain(root).collect()
    }
}
