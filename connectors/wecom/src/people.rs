//! Reading members: all ids in a few pages, or full profiles department by department.
//!
//! `user/list_id` gives one row for each member and department, in pages that may split a member's rows and may repeat
//! some; only when all pages are read is it known where somebody belongs. `user/list` gives the direct members of one
//! department with everything the app may see, and somebody with several departments in each of them.
//!
//! How much a read costs: all ids, one call for 10,000 rows; profiles, one call for each department; some members, at most
//! one call for each beside the two lists.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, HashSet},
};

use futures::{FutureExt, StreamExt, TryStreamExt, future, stream};
use idflow_sdk::{Context, Error, ErrorKind, Field, FieldId, ObjectCall, Problem, Record, Seen, Value};
use serde_json::{Map, Value as Json};

use crate::{
    client::{Client, PAGE, Who},
    codes,
    error::{code_of, lacks, own},
    mapping,
    roster::Roster,
    schema::user,
};

/// The most pages; more than any company has members for.
const MAX_PAGES: usize = 2_000;
/// How often the list is begun, where its cursor does not hold.
const BEGINNINGS: usize = 3;
/// From so many members on it is worth counting whether whole departments are fewer calls.
const MANY: usize = 200;

/// Members in the order in which they were first seen; userids are compared without case.
#[derive(Default)]
struct Members {
    list: Vec<Seen>,
    places: HashMap<String, usize>,
}

impl Members {
    fn of(&mut self, userid: &str) -> &mut Record {
        let place = *self.places.entry(userid.to_lowercase()).or_insert_with(|| {
            let record = [(user::USERID, Field::Value(Value::text(userid)))].into_iter().collect();
            self.list.push(Seen { key: userid.into(), record });
            self.list.len() - 1
        });
        &mut self.list[place].record
    }
}

/// Every member of the company with its departments, nothing else.
pub(crate) async fn ids(client: &Client, context: &Context) -> Result<Vec<Seen>, Error> {
    memberships(client, context, None).await.map(grouped)
}

/// The same in as little memory as it takes.
pub(crate) async fn roster(client: &Client, context: &Context) -> Result<Roster, Error> {
    memberships(client, context, None).await.map(Roster::of)
}

/// Those of them who are in the company, by userid in lower case.
pub(crate) async fn ids_of(client: &Client, context: &Context, wanted: &HashSet<String>) -> Result<Vec<Seen>, Error> {
    memberships(client, context, Some(wanted)).await.map(grouped)
}

/// Whether somebody is in this department.
pub(crate) async fn is_inhabited(client: &Client, context: &Context, department: i64) -> Result<bool, Error> {
    Ok(memberships(client, context, None).await?.iter().any(|(_, id)| *id == department))
}

/// All userids of the company, in lower case. A company that is about to be filled may have none.
pub(crate) async fn userids(client: &Client, context: &Context) -> Result<HashSet<String>, Error> {
    Ok(memberships(client, context, None).await?.into_iter().map(|(userid, _)| userid.to_lowercase()).collect())
}

/// Every pair of member and department, or those of the members who are wanted, in lower case; 0 stands for a row without a
/// department.
async fn memberships(
    client: &Client,
    context: &Context,
    wanted: Option<&HashSet<String>>,
) -> Result<Vec<(Box<str>, i64)>, Error> {
    // Pairs, sorted when all are there: 100,000 members fit into little memory that way, and neither split nor repeated
    // rows matter.
    let mut memberships: Vec<(Box<str>, i64)> = Vec::new();
    let mut cursor = String::new();
    let mut begun = 1;
    for _ in 0..MAX_PAGES {
        let (rows, next) = match client.memberships(context, &cursor, PAGE).await {
            Err(error) if begun < BEGINNINGS && !cursor.is_empty() && code_of(&error) == Some(codes::BAD_CURSOR) => {
                // What was read so far is worth nothing without the rest.
                begun += 1;
                cursor.clear();
                memberships.clear();
                continue;
            }
            answer => answer?,
        };
        for row in rows {
            if row.userid.is_empty() {
                return Err(lacks("user/list_id", "userid"));
            }
            if wanted.is_some_and(|wanted| !wanted.contains(&row.userid.to_lowercase())) {
                continue;
            }
            memberships.push((row.userid.into(), row.department.filter(|id| *id > 0).unwrap_or(0)));
        }
        if next.is_empty() {
            return Ok(memberships);
        }
        if next == cursor {
            break;
        }
        cursor = next;
    }
    Err(own(ErrorKind::Unexpected, Problem::new("wecom_cursor_stuck")))
}

/// One object for each member; a department of 0 stands for a row without one.
fn grouped(memberships: Vec<(Box<str>, i64)>) -> Vec<Seen> {
    Roster::of(memberships).into_everybody().collect()
}

/// Fields that WeCom keeps, with the userids of those of whom it does.
type Kept = Vec<(Box<str>, FieldId)>;

/// Every member the app sees, in full, added to `known`, and what WeCom does not change of them: the number of those who have
/// activated.
pub(crate) async fn profiles(
    client: &Client,
    context: &Context,
    known: Vec<Seen>,
    parallel: usize,
) -> Result<(Vec<Seen>, Kept), Error> {
    let departments: Vec<i64> = client.departments(context).await?.iter().map(|row| row.id).collect();
    let all = client.sees_all(context).await?;
    let mut kept = Kept::new();
    let people = walk(client, context, (&departments, &mut kept), known, parallel, all).await?;
    kept.sort_unstable();
    kept.dedup();
    Ok((people, kept))
}

/// Whether an app and who writes mean the same by a userid. To providers that were authorised since the upgrade of their ids
/// members are shown under ids of the provider: what is made under an account of the source is then never recognised, and would be
/// made again in every run.
pub(crate) async fn same_ids(client: &Client, context: &Context, seen: &[Seen]) -> Result<(), Error> {
    let ids: HashSet<String> = match client.provider_userids(context).await {
        Ok(ids) => ids.into_iter().map(|userid| userid.to_lowercase()).collect(),
        Err(error) if error.retryable() => return Err(error),
        // Whoever may not ask learns nothing by it.
        Err(_) => return Ok(()),
    };
    match seen.iter().find(|seen| ids.contains(&seen.key.to_lowercase())) {
        Some(one) => {
            let problem = Problem::new("wecom_ids_of_provider").arg("userid", one.key.to_string());
            Err(own(ErrorKind::Configuration, problem))
        }
        None => Ok(()),
    }
}

/// The direct members of a department. Where they are too many for one answer, each of them by himself, as far as the other
/// secret tells who they are: one department keeps nobody from reading the others.
pub(crate) async fn list(
    client: &Client,
    context: &Context,
    department: i64,
    parallel: usize,
) -> Result<Vec<Map<String, Json>>, Error> {
    match client.members(context, department).await {
        Err(error) if code_of(&error) == Some(codes::TOO_LARGE) && client.has(Who::Contacts) => {}
        answer => return answer,
    }
    let members = memberships(client, context, None).await?;
    let inside: Vec<&str> = members.iter().filter(|(_, id)| *id == department).map(|(userid, _)| &**userid).collect();
    let mut reads = Vec::with_capacity(inside.len());
    for userid in inside {
        reads.push(client.member(context, userid).boxed());
    }
    let mut answers = stream::iter(reads).buffered(parallel);
    let mut rows = Vec::new();
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(row) => rows.push(row),
            Err(error) if is_unseen(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

async fn walk(
    client: &Client,
    context: &Context,
    (departments, kept): (&[i64], &mut Kept),
    known: Vec<Seen>,
    parallel: usize,
    all: bool,
) -> Result<Vec<Seen>, Error> {
    let mut members = Members::default();
    for seen in known {
        *members.of(&seen.key) = seen.record;
    }
    let mut reads = Vec::with_capacity(departments.len());
    for id in departments {
        reads.push(list(client, context, *id, parallel).boxed());
    }
    let mut answers = stream::iter(reads).buffered(parallel);
    while let Some(answer) = answers.try_next().await? {
        for row in &answer {
            let Some((userid, record)) = mapping::shown_to(client.own_app(), row) else {
                return Err(lacks("user/list", "userid"));
            };
            if mapping::has_activated(row) && record.get(user::MOBILE).is_some() {
                kept.push((userid.clone(), user::MOBILE));
            }
            join(members.of(&userid), &record, all);
        }
    }
    Ok(members.list)
}

/// Adds what the app sees of a member to what is known. The contact-sync secret sees departments that are outside the app's
/// range; unless that is `all` of the company, the app's list counts only where the other says the same.
pub(crate) fn join(known: &mut Record, seen: &Record, all: bool) {
    let departments = known.take(user::DEPARTMENT);
    let key = known.take(user::USERID);
    let mut seen = seen.clone();
    if !all && !departments.as_ref().is_some_and(|known| same_set(known, seen.get(user::DEPARTMENT))) {
        mapping::partly(&mut seen);
    } else if !all {
        // The same departments: their flags are whole, the leaders are not.
        let (list, flags) = (seen.get(user::DEPARTMENT).cloned(), seen.get(user::IS_LEADER_IN_DEPT).cloned());
        mapping::partly(&mut seen);
        for (id, field) in [(user::DEPARTMENT, list), (user::IS_LEADER_IN_DEPT, flags)] {
            if let Some(field) = field {
                seen.set(id, field);
            }
        }
    }
    known.merge(&seen);
    for (id, field) in [(user::DEPARTMENT, departments), (user::USERID, key)] {
        if let Some(field) = field {
            keep_larger(known, id, field);
        }
    }
}

/// Whether two lists hold the same, in whatever order.
fn same_set(one: &Field, other: Option<&Field>) -> bool {
    let items = |field: &Field| -> Option<BTreeSet<i64>> {
        field.value().and_then(Value::as_list)?.iter().map(Value::as_int).collect()
    };
    other.is_some_and(|other| items(one).is_some() && items(one) == items(other))
}

/// What is known of these members by a list of all ids; only where the app's range is not the whole company is that list
/// needed.
async fn beside(client: &Client, context: &Context, all: bool) -> Result<HashMap<String, Record>, Error> {
    if all || !client.has(Who::Contacts) {
        return Ok(HashMap::new());
    }
    Ok(ids(client, context).await?.into_iter().map(|seen| (seen.key.to_lowercase(), seen.record)).collect())
}

/// Sets a field back unless the newer value holds more.
fn keep_larger(record: &mut Record, id: FieldId, before: Field) {
    let count = |field: &Field| field.value().and_then(Value::as_list).map_or(0, <[Value]>::len);
    let newer = record.get(id).map_or(0, count);
    if id == user::USERID || count(&before) > newer {
        record.set(id, before);
        if id == user::DEPARTMENT {
            // Flags belong to a list of departments in its order; for another list they say nothing.
            record.take(user::IS_LEADER_IN_DEPT);
        }
    }
}

/// These members in full, as the app sees them. Somebody the app cannot see is listed without fields when `others_exist`
/// (a better secret has seen them, or nobody can tell), else left out.
///
/// A few members are read one by one. Many are read by the departments that they are in, which `user/list_id` tells where
/// the contact-sync secret is there: a few lists instead of a call for each, and never more calls than members.
pub(crate) async fn details(
    client: &Client,
    context: &Context,
    keys: &[&str],
    parallel: usize,
    others_exist: bool,
) -> Result<Vec<Seen>, Error> {
    let mut found: HashMap<String, Record> = HashMap::new();
    let mut alone: Option<HashSet<String>> = None;
    let all = client.sees_all(context).await?;
    if keys.len() > MANY {
        let visible: HashSet<i64> = client.departments(context).await?.iter().map(|row| row.id).collect();
        let homes = match client.has(Who::Contacts) {
            true => Some(homes(client, context, keys, &visible).await?),
            false => None,
        };
        let departments: BTreeSet<i64> = match &homes {
            Some(homes) => homes.values().copied().flatten().collect(),
            None => visible.into_iter().collect(),
        };
        if departments.len() < keys.len() {
            let departments: Vec<i64> = departments.into_iter().collect();
            // Whole for now: what the range cuts is joined below.
            let members = walk(client, context, (&departments, &mut Kept::new()), Vec::new(), parallel, true).await?;
            found = members.into_iter().map(|seen| (seen.key.to_lowercase(), seen.record)).collect();
            // An app may see somebody without the department. Whoever else is not in the list of the own department left
            // it meanwhile, which the next run will see.
            alone = homes.map(|homes| homes.into_iter().filter(|(_, home)| home.is_none()).map(|(id, _)| id).collect());
        }
    }
    let mut reads = Vec::with_capacity(keys.len());
    for key in keys {
        let userid = key.to_lowercase();
        reads.push(match found.remove(&userid) {
            Some(record) => future::ready(Ok(Some(record))).boxed(),
            None if alone.as_ref().is_some_and(|alone| !alone.contains(&userid)) => future::ready(Ok(None)).boxed(),
            None => raw(client, context, key).boxed(),
        });
    }
    let mut answers: Vec<Option<Record>> = stream::iter(reads).buffered(parallel).try_collect().await?;
    if !all {
        let mut beside = beside(client, context, all).await?;
        for (key, answer) in keys.iter().zip(&mut answers) {
            let Some(seen) = answer.take() else { continue };
            let mut known = beside.remove(&key.to_lowercase()).unwrap_or_default();
            join(&mut known, &seen, all);
            *answer = Some(known);
        }
    }
    let unseen = || others_exist.then(Record::new);
    Ok(keys
        .iter()
        .zip(answers)
        .filter_map(|(key, answer)| Some(Seen { key: (*key).into(), record: answer.or_else(unseen)? }))
        .collect())
}

/// What the app sees of these members, whose departments the records name: of those who share one by its list, of the others
/// one by one. `None` for whoever is not seen.
pub(crate) async fn placed(
    client: &Client,
    context: &Context,
    members: &[ObjectCall<'_>],
    parallel: usize,
) -> Result<Vec<Option<Record>>, Error> {
    let keys: Vec<&str> = members.iter().map(|member| member.key).collect();
    let mut found: HashMap<String, Record> = HashMap::new();
    if client.sees_all(context).await? {
        let departments = |member: &ObjectCall<'_>| -> Vec<i64> {
            let listed = member.record.value(user::DEPARTMENT).and_then(Value::as_list).unwrap_or_default();
            listed.iter().filter_map(mapping::number).collect()
        };
        let (lists, alone) = cover(&members.iter().map(departments).collect::<Vec<_>>());
        found.extend(
            walk(client, context, (&lists, &mut Kept::new()), Vec::new(), parallel, true)
                .await?
                .into_iter()
                .map(|seen| (seen.key.to_lowercase(), seen.record)),
        );
        let reads: Vec<_> = alone.into_iter().map(|place| raw(client, context, keys[place]).boxed()).collect();
        let mut answers = stream::iter(reads).buffered(parallel);
        while let Some(answer) = answers.try_next().await? {
            let userid = answer.as_ref().and_then(|record| record.text(user::USERID)).map(str::to_lowercase);
            found.extend(userid.zip(answer));
        }
    } else {
        for Seen { key, record } in details(client, context, &keys, parallel, true).await? {
            found.insert(key.to_lowercase(), record);
        }
    }
    Ok(keys.iter().map(|key| found.remove(&key.to_lowercase())).collect())
}

/// Departments in whose lists two or more of these members are found, few of them, and the places of the others: the
/// department with the most members who are not found yet comes first.
fn cover(members: &[Vec<i64>]) -> (Vec<i64>, Vec<usize>) {
    let mut inside: HashMap<i64, Vec<usize>> = HashMap::new();
    for (place, departments) in members.iter().enumerate() {
        departments.iter().for_each(|id| inside.entry(*id).or_default().push(place));
    }
    // The number decides between equals, so that the choice is always the same.
    let mut heap: BinaryHeap<(usize, Reverse<i64>)> =
        inside.iter().map(|(id, places)| (places.len(), Reverse(*id))).collect();
    let mut open = vec![true; members.len()];
    let mut lists = Vec::new();
    while let Some((most, Reverse(id))) = heap.pop() {
        if most < 2 {
            break;
        }
        let left = inside[&id].iter().filter(|place| open[**place]).count();
        if left < most {
            // Some of them were found meanwhile.
            heap.push((left, Reverse(id)));
            continue;
        }
        lists.push(id);
        inside[&id].iter().for_each(|place| open[*place] = false);
    }
    (lists, open.iter().enumerate().filter(|(_, open)| **open).map(|(place, _)| place).collect())
}

/// For each of these members who exist, one department of those that are visible, in whose list it is to be found. Departments
/// that many of them share come first, so that few lists are needed.
async fn homes(
    client: &Client,
    context: &Context,
    keys: &[&str],
    visible: &HashSet<i64>,
) -> Result<HashMap<String, Option<i64>>, Error> {
    let wanted: HashSet<String> = keys.iter().map(|key| key.to_lowercase()).collect();
    let memberships: Vec<(String, i64)> = memberships(client, context, Some(&wanted))
        .await?
        .into_iter()
        .map(|(userid, department)| (userid.to_lowercase(), department))
        .collect();
    let mut sizes: HashMap<i64, usize> = HashMap::new();
    for (_, department) in memberships.iter().filter(|(_, department)| visible.contains(department)) {
        *sizes.entry(*department).or_default() += 1;
    }
    let mut homes: HashMap<String, Option<i64>> = HashMap::with_capacity(wanted.len());
    for (userid, department) in memberships {
        let home = homes.entry(userid).or_default();
        // The number decides between equals, so that the choice does not depend on the order of the rows.
        let rank = |id: i64| sizes.get(&id).map(|size| (*size, -id));
        if rank(department) > home.and_then(rank) {
            *home = Some(department);
        }
    }
    Ok(homes)
}

/// One member; `None` when it is not there or not visible to the app. What a partial range cuts out of it comes from the
/// list of all ids where there is one, else it is unknown.
pub(crate) async fn one(client: &Client, context: &Context, userid: &str) -> Result<Option<Record>, Error> {
    match raw(client, context, userid).await? {
        Some(seen) => whole(client, context, userid, &seen).await.map(Some),
        None => Ok(None),
    }
}

/// What an app saw of a member, made whole as far as that can be.
pub(crate) async fn whole(client: &Client, context: &Context, userid: &str, seen: &Record) -> Result<Record, Error> {
    let all = client.sees_all(context).await?;
    let mut known = beside(client, context, all).await?.remove(&userid.to_lowercase()).unwrap_or_default();
    join(&mut known, seen, all);
    Ok(known)
}

/// One member as the app sees it.
async fn raw(client: &Client, context: &Context, userid: &str) -> Result<Option<Record>, Error> {
    match client.member(context, userid).await {
        Ok(json) => match mapping::shown_to(client.own_app(), &json) {
            Some((_, record)) => Ok(Some(record)),
            None => Err(lacks("user/get", "userid")),
        },
        Err(error) if is_unseen(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an answer says that there is no such member, or none who may be seen.
fn is_unseen(error: &Error) -> bool {
    code_of(error).is_some_and(codes::is_unseen)
}

#[cfg(test)]
mod tests {
    use super::cover;

    #[test]
    fn few_lists_tell_of_many() {
        assert_eq!(cover(&[vec![1, 2], vec![2, 3], vec![3, 2], vec![9]]), (vec![2], vec![3]));
        assert_eq!(cover(&[vec![1], vec![2], vec![]]), (vec![], vec![0, 1, 2]));
        // Twice in one list is one member; a department with one who is left is no list.
        let members: Vec<Vec<i64>> = (0..100).map(|number| vec![number % 10, 10 + number % 7]).collect();
        let (lists, alone) = cover(&members);
        assert!(lists.len() <= 7 && alone.is_empty(), "{lists:?} {alone:?}");
    }
}
