//! Where does a department stand?

use std::collections::HashMap;

use super::{Client, Failure, output};
use crate::contract::directory::DirectoryObject;

/// The paths of all departments by id: an id says nothing to anybody.
pub(super) async fn paths(client: &Client) -> Result<HashMap<String, String>, Failure> {
    let departments: Vec<DirectoryObject> = client.list("/directory/objects?kind=department", None).await?;
    let text = |object: &DirectoryObject, name: &str| object.fields.get(name).map(output::cell).unwrap_or_default();
    let departments: HashMap<String, (String, String)> =
        departments.iter().map(|one| (one.id.clone(), (text(one, "name"), text(one, "parent")))).collect();
    let path = |id: &String| {
        let mut names = Vec::new();
        let mut at = id;
        // A circle of parents, which nobody should be able to make, ends here.
        while let Some((name, parent)) = departments.get(at).filter(|_| names.len() < 100) {
            names.push(name.as_str());
            at = parent;
        }
        names.reverse();
        format!("/{}", names.join("/"))
    };
    Ok(departments.keys().map(|id| (id.clone(), path(id))).collect())
}
