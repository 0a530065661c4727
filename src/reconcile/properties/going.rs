//! Who can be referred to: everybody who is linked and there, but whom this plan removes.

use std::sync::Arc;

use idflow_sdk::{Field, Kind, Problem, Record, Removal, Seen};

use super::{NAME, PARENT, PEOPLE, mapped, task};
use crate::{
    model::change::Planned,
    reconcile::{
        Known, LinkEntry, LinkTable, Owner, RemovalStep, Steps, Task,
        task::{Aside, AsideState, Found, Object},
    },
    workflow::compiled::{References, Resolved},
};

/// Nobody of these is in the list. 1 is this workflow's, 2 another one's, 3 is so and not there, 4 is this one's and stands in
/// another list, 5 is somebody else by now, and 6 has been another one's that sees to nobody, and this one does.
fn gone(removes: bool) -> (Task, Known) {
    let seen = [1, 2, 4, 5, 6].map(|number| Seen { key: format!("k{number}").into(), record: Record::new() });
    let removal = RemovalStep { step: 2, removal: Removal::Delete, after: None };
    let removals = removes.then_some(removal).into_iter().collect();
    let mut task = task(&PEOPLE, seen.into(), Steps { update: Some(1), removals, ..Steps::default() });
    Arc::get_mut(&mut task.mapping).expect("the only one").fields.push(mapped(PARENT));
    let owners = [Owner::Own, Owner::Other(0), Owner::Other(0), Owner::Own, Owner::Own, Owner::Free(0)];
    let entries = owners.into_iter().zip(1..).map(|(owner, number)| LinkEntry {
        source: format!("s{number}").into(),
        target: format!("k{number}").into(),
        fingerprint: 3,
        owner,
        both_ways: false,
        gone: false,
        waits: false,
        notes: None,
    });
    let mut known = Known::default();
    known.add(&PEOPLE, LinkTable::new(entries.collect()), true);
    task.complete = true;
    task.elsewhere.insert("k4".into(), Problem::new("still_in_other_list"));
    let found = Found::Matched { key: "k5".into(), rule: "linked".into(), instead_of: None };
    let refused = AsideState::Refused(Planned::Skipped(Problem::new("broken").into()));
    task.aside.push(Box::new(Aside { object: Object::default(), found, state: refused, old_link: None }));
    task.look_at_heritage(&known);
    known.list_ended(Kind::User, task.listed(), true);
    (task, known)
}

/// The numbers of those whom references find.
fn found(known: &Known) -> Vec<usize> {
    let resolved = |number: &usize| known.references().resolve(Kind::User, &format!("s{number}"));
    (1..=6).filter(|number| matches!(resolved(number), Resolved::Key(_))).collect()
}

#[test]
fn whoever_is_linked_and_not_removed_can_be_referred_to() {
    let (task, mut known) = gone(true);
    task.note_going(&mut known);
    assert_eq!(found(&known), [2, 4, 5]);
    known.missed(|| unreachable!("nobody is missed"));
    let (task, mut known) = gone(false);
    task.note_going(&mut known);
    assert_eq!(found(&known), [1, 2, 4, 5, 6]);
    // Of a part of the list nobody is gone.
    let (mut task, mut known) = gone(true);
    task.complete = false;
    task.note_going(&mut known);
    assert_eq!(found(&known), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn whoever_was_mapped_before_is_written_without_them_as_well() {
    for (manager, stays) in [("k1", false), ("k2", true)] {
        let (mut task, mut known) = gone(true);
        let name = Record::from_iter([(NAME, Field::from_text("x"))]);
        let mut whole = name.clone();
        whole.set(PARENT, Field::from_text(manager));
        let state = AsideState::Wanted {
            record: whole.clone().into(),
            create_only: Record::new().into(),
            fingerprint: PEOPLE.fingerprint(&whole),
            alone: [].into(),
        };
        let found = Found::Linked(0);
        task.aside.push(Box::new(Aside { object: Object::default(), found, state, old_link: None }));
        let going = task.note_going(&mut known);
        task.leave_out_going(1, &going);
        let aside = &task.aside[1];
        let AsideState::Wanted { record, fingerprint, .. } = &aside.state else { panic!("it is wanted") };
        let wanted = if stays { whole } else { name };
        assert_eq!((record.record(), *fingerprint), (wanted.clone(), PEOPLE.fingerprint(&wanted)));
        let told: Vec<_> = aside.object.warnings.iter().map(|one| (&*one.code, one.get("key"))).collect();
        assert_eq!(told, if stays { vec![] } else { vec![("reference_unknown", Some("s1"))] });
    }
}
