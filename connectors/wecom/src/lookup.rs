//! Whether objects are there: after a lost answer or a crash, for one or for thousands, with few calls.
//!
//! Only the contact-sync secret sees everybody, and it or a provider's right to edit every department. What an app does not see may exist all the same, so with both secrets the
//! app is asked for the fields and the contact sync for existence.

use std::collections::HashMap;

use idflow_sdk::{Context, Error, Field, Record, Seen, Value};

use crate::{
    client::{Client, DepartmentRow, Who},
    codes,
    error::code_of,
    people,
    schema::department,
    tree,
};

/// From so many objects on the whole list is fewer calls.
const FEW: usize = 3;

/// One member.
pub(crate) async fn user(client: &Client, context: &Context, key: &str) -> Result<Option<Record>, Error> {
    if client.has(Who::App)
        && let Some(record) = people::one(client, context, key).await?
    {
        return Ok(Some(record));
    }
    if !client.has(Who::Contacts) {
        return Ok(None);
    }
    // Not visible to an app is not the same as not there.
    let wanted = key.to_lowercase();
    let all = people::ids(client, context).await?;
    Ok(all.into_iter().find(|seen| seen.key.to_lowercase() == wanted).map(|seen| seen.record))
}

/// Members, in order: one list of all ids, then the fields of those who are there.
pub(crate) async fn users(
    client: &Client,
    context: &Context,
    keys: &[&str],
    parallel: usize,
) -> Result<Vec<Option<Record>>, Error> {
    if keys.len() <= FEW && client.has(Who::App) || !client.has(Who::Contacts) {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(user(client, context, key).await?);
        }
        return Ok(found);
    }
    let all = people::ids(client, context).await?;
    let mut there: HashMap<String, Record> =
        all.into_iter().map(|seen| (seen.key.to_lowercase(), seen.record)).collect();
    if client.has(Who::App) {
        let existing: Vec<&str> = keys.iter().copied().filter(|key| there.contains_key(&key.to_lowercase())).collect();
        let whole = client.sees_all(context).await?;
        for Seen { key, record } in people::details(client, context, &existing, parallel, true).await? {
            if let Some(known) = there.get_mut(&key.to_lowercase()) {
                people::join(known, &record, whole);
            }
        }
    }
    Ok(keys.iter().map(|key| there.get(&key.to_lowercase()).cloned()).collect())
}

/// All departments without their names, if somebody here may list them.
async fn whole_tree(client: &Client, context: &Context) -> Result<Option<Vec<DepartmentRow>>, Error> {
    Ok(match (client.has(Who::Edit), client.has(Who::Contacts)) {
        (true, _) => Some(client.department_ids_to_edit(context).await?),
        (_, true) => Some(client.department_ids(context).await?),
        _ => None,
    })
}

/// One department.
pub(crate) async fn department(client: &Client, context: &Context, key: &str) -> Result<Option<Record>, Error> {
    if client.has(Who::App) {
        match client.department(context, key).await {
            Ok(row) => return Ok(Some(tree::single(&row))),
            Err(error) => match code_of(&error) {
                Some(code) if codes::is_missing(code) || codes::is_out_of_range(code) => {}
                _ => return Err(error),
            },
        }
    }
    let Some(rows) = whole_tree(client, context).await? else { return Ok(None) };
    if let Some(row) = rows.iter().find(|row| row.id.to_string() == key) {
        return Ok(Some(tree::single(row)));
    }
    if !client.has(Who::Contacts) {
        return Ok(None);
    }
    // The platform deletes no department that somebody is in: where the other list names it, it is there.
    let Ok(id) = key.parse::<i64>() else { return Ok(None) };
    let inhabited = people::is_inhabited(client, context, id).await?;
    Ok(inhabited.then(|| [(department::ID, Field::Value(Value::Int(id)))].into_iter().collect()))
}

/// Departments, in order, from one list for each secret.
pub(crate) async fn departments(
    client: &Client,
    context: &Context,
    keys: &[&str],
) -> Result<Vec<Option<Record>>, Error> {
    let mut there: HashMap<String, Record> = HashMap::new();
    if let Some(rows) = whole_tree(client, context).await? {
        there.extend(rows.iter().map(|row| (row.id.to_string(), tree::single(row))));
    }
    if client.has(Who::App) {
        let rows = client.departments(context).await?;
        there.extend(rows.iter().map(|row| (row.id.to_string(), tree::single(row))));
    }
    Ok(keys.iter().map(|key| there.get(*key).cloned()).collect())
}
