//! Rules: what the schema declares is what the connector keeps.

use super::play::{Halt, Play, has, without};
use crate::{
    error::ErrorKind,
    message::Problem,
    schema::{KeyRule, Kind, Unique},
    value::{FieldId, Record},
};

/// The rule that a record breaks.
fn broken(play: &mut Play<'_>, kind: Kind, record: &Record) -> Result<Option<Problem>, Halt> {
    let mut record = record.clone();
    let broken = play.connection()?.conform(kind, &mut record, true, &mut Vec::new()).err();
    broken.iter().for_each(|problem| play.hear_problem(problem));
    Ok(broken)
}

pub(super) async fn what_is_required_is_asked_for(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, _) in play.written()? {
        let sample = play.sample(schema.kind, 0)?;
        for place in 0..schema.fields.len() {
            let Ok(id) = FieldId::try_from(place) else { break };
            if schema.spec(id).required && has(&sample.record, id) {
                let broken = broken(play, schema.kind, &without(&sample.record, id))?;
                let name = &schema.spec(id).name;
                play.must(broken.is_some(), || format!("`{name}` is required, and nobody misses it"));
            }
        }
    }
    Ok(())
}

pub(super) async fn one_of_several_is_enough(play: &mut Play<'_>) -> Result<(), Halt> {
    let written: Vec<_> = play.written()?.into_iter().filter(|(schema, _)| !schema.at_least_one.is_empty()).collect();
    if written.is_empty() {
        return Err(Halt::Skip("no kind asks for one of several fields".into()));
    }
    for (schema, _) in written {
        let sample = play.sample(schema.kind, 0)?;
        let ids: Vec<FieldId> = schema.at_least_one.iter().filter_map(|name| schema.field(name)).collect();
        let given: Vec<FieldId> = ids.iter().copied().filter(|id| has(&sample.record, *id)).collect();
        let none = ids.iter().fold(sample.record.clone(), |record, id| without(&record, *id));
        let missed = broken(play, schema.kind, &none)?.is_some();
        play.must(missed, || format!("one of {:?} is needed, and nobody misses them", schema.at_least_one));
        for kept in &given {
            let others = given.iter().filter(|id| *id != kept);
            let one = others.fold(sample.record.clone(), |record, id| without(&record, *id));
            let broken = broken(play, schema.kind, &one)?;
            let name = &schema.spec(*kept).name;
            play.must(broken.is_none(), || format!("`{name}` alone should be enough: {broken:?}"));
        }
    }
    Ok(())
}

pub(super) async fn what_is_unique_is_refused_twice(play: &mut Play<'_>) -> Result<(), Halt> {
    let mut tried = 0;
    for (schema, action) in play.written()? {
        let first = play.create(schema, action, 0).await?;
        let mut second = play.sample(schema.kind, 1)?;
        for (id, field) in first.record.iter() {
            let spec = schema.spec(id);
            let each_call = match spec.unique {
                Some(Unique::EachCall) => true,
                Some(Unique::AmongSiblings { parent }) => {
                    let parent = schema.field(parent);
                    parent.is_none_or(|parent| first.record.get(parent) == second.record.get(parent))
                }
                _ => false,
            };
            if !each_call {
                continue;
            }
            tried += 1;
            let (key, was) = (second.key.clone(), second.record.get(id).cloned());
            second.record.set(id, field.clone());
            if matches!(schema.key, KeyRule::Natural(name) if name == spec.name) {
                second.key.clone_from(&first.key);
            }
            let answer = play.write(action, &second.key, &second.record).await?.map_err(|error| error.kind);
            let name = &spec.name;
            play.must(answer.as_ref().err() == Some(&ErrorKind::Conflict), || {
                format!("`{name}` is unique; a second object with it is {answer:?} and not a conflict")
            });
            let known = play.lookup(schema.kind, &first.key).await?.unwrap_or_default();
            play.compare(schema, &first.record, &known, false);
            second.key = key;
            match was {
                Some(was) => second.record.set(id, was),
                None => drop(second.record.take(id)),
            }
        }
    }
    if tried == 0 { Err(Halt::Skip("no call checks that a value is unique".into())) } else { Ok(()) }
}

pub(super) async fn a_partial_record_stays_partial(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, _) in play.written()? {
        let change = play.subject.change(schema.kind);
        let mut fitted = change.clone();
        let conforms = play.connection()?.conform(schema.kind, &mut fitted, false, &mut Vec::new());
        if let Err(problem) = conforms {
            play.hear_problem(&problem);
            play.wrong(format!("a change that names some fields is refused: {problem:?}"));
        }
        for (id, _) in fitted.iter().filter(|(id, _)| change.get(*id).is_none()) {
            let name = &schema.spec(id).name;
            play.wrong(format!("`{name}` was not to be changed, and is added to the change"));
        }
        let sample = play.sample(schema.kind, 0)?;
        let mut again = sample.record.clone();
        let mut warnings = Vec::new();
        let conforms = play.connection()?.conform(schema.kind, &mut again, true, &mut warnings);
        play.must(conforms.is_ok() && again == sample.record && warnings.is_empty(), || {
            format!("what was made to fit does not fit: {:?}", schema.differing(&sample.record, &again))
        });
    }
    Ok(())
}
