//! Who is in a company and where, as `user/list_id` tells it: nothing but userids and departments, so that a million people
//! take some 60 MB. Userids are compared without case.

use std::cmp::Ordering;

use idflow_sdk::{Field, Record, Seen, Value};

use crate::schema::user;

/// Everybody of a company with their departments.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    /// In the order of their userids without case, each once.
    people: Vec<Person>,
    /// The departments of all of them, one person after the other.
    departments: Vec<i64>,
}

#[derive(Debug)]
struct Person {
    userid: Box<str>,
    /// Where the departments begin.
    first: u32,
    count: u32,
    met: bool,
}

/// The order of userids without case; WeCom's are letters, digits and signs of ASCII.
fn compare(one: &str, other: &str) -> Ordering {
    let fold = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(fold).cmp(other.bytes().map(fold))
}

impl Roster {
    /// One person for each userid; a department of 0 stands for a row without one. Rows may be split and may be repeated.
    pub fn of(mut rows: Vec<(Box<str>, i64)>) -> Self {
        rows.sort_unstable_by(|a, b| compare(&a.0, &b.0).then(a.1.cmp(&b.1)));
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut roster = Self::default();
        let mut rows = rows.into_iter().peekable();
        while let Some((userid, mut department)) = rows.next() {
            let first = roster.departments.len();
            loop {
                let repeated = roster.departments.len() > first && roster.departments.last() == Some(&department);
                if department > 0 && !repeated {
                    roster.departments.push(department);
                }
                match rows.next_if(|(other, _)| compare(other, &userid).is_eq()) {
                    Some((_, next)) => department = next,
                    None => break,
                }
            }
            let count = number(roster.departments.len() - first);
            roster.people.push(Person { userid, first: number(first), count, met: false });
        }
        roster
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Where somebody stands.
    pub fn place(&self, userid: &str) -> Option<usize> {
        self.people.binary_search_by(|person| compare(&person.userid, userid)).ok()
    }

    /// The userid as it is written.
    pub fn userid(&self, place: usize) -> &str {
        &self.people[place].userid
    }

    /// The departments of somebody, in order.
    pub fn departments(&self, place: usize) -> &[i64] {
        let Person { first, count, .. } = &self.people[place];
        &self.departments[*first as usize..(*first + *count) as usize]
    }

    /// What is known of somebody.
    pub fn record(&self, place: usize) -> Record {
        record_of(self.userid(place), self.departments(place))
    }

    /// All of them, one by one, with what is known.
    pub fn into_everybody(self) -> impl Iterator<Item = Seen> {
        let Self { people, departments } = self;
        people.into_iter().map(move |Person { userid, first, count, .. }| {
            let mine = &departments[first as usize..(first + count) as usize];
            Seen { record: record_of(&userid, mine), key: userid }
        })
    }

    /// Notes that more than this is known of somebody; whether that is new.
    pub fn meet(&mut self, place: usize) -> bool {
        !std::mem::replace(&mut self.people[place].met, true)
    }

    /// Whether more than this is known of somebody.
    pub fn is_met(&self, place: usize) -> bool {
        self.people[place].met
    }
}

/// What is known of a member.
fn record_of(userid: &str, departments: &[i64]) -> Record {
    let departments = departments.iter().copied().map(Value::Int);
    let record =
        [(user::USERID, Field::Value(Value::text(userid))), (user::DEPARTMENT, Field::Value(Value::list(departments)))];
    record.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_person_are_one_whatever_their_case_and_order() {
        let rows = [("Li", 3), ("wang", 0), ("li", 2), ("zhao", 9), ("LI", 3), ("zhao", 0), ("zhao", 9)];
        let mut roster = Roster::of(rows.iter().map(|(userid, id)| ((*userid).into(), *id)).collect());
        assert_eq!(roster.len(), 3);
        let place = roster.place("lI").expect("there");
        assert_eq!((roster.userid(place), roster.departments(place)), ("li", &[2, 3][..]));
        assert_eq!(roster.departments(roster.place("WANG").expect("there")), &[] as &[i64]);
        assert_eq!(roster.departments(roster.place("zhao").expect("there")), &[9]);
        assert_eq!(roster.place("nobody"), None);
        assert!(!roster.is_met(place) && roster.meet(place) && roster.is_met(place) && !roster.meet(place));
        let record = roster.record(place);
        assert_eq!(record.value(user::DEPARTMENT), Some(&Value::list([Value::Int(2), Value::Int(3)])));
        let known: Vec<(String, Record)> =
            (0..3).map(|place| (roster.userid(place).to_owned(), roster.record(place))).collect();
        let everybody = roster.into_everybody().map(|seen| (seen.key.to_string(), seen.record));
        assert_eq!(everybody.collect::<Vec<_>>(), known);
    }
}
