//! Between whom is a person asked to decide?

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
                "linked_to": link.map(|(source, _)| &**source),
                "still_there": link.map(|(_, seen)| seen),
            }))
        };
        serde_json::Value::from(keys.into_iter().filter_map(one).collect::<Vec<_>>()).to_string()
    }
}
