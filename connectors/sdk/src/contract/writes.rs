//! Targets: what is written is there afterwards, and nothing else is changed.

use super::{
    Sample,
    play::{Halt, Play},
};
use crate::{
    action::{ActionSpec, Removal},
    error::ErrorKind,
    schema::{KeyRule, Schema},
    value::{Field, Record},
};

pub(super) async fn what_was_created_can_be_read_back(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        let sample = play.create(schema, action, 0).await?;
        if let KeyRule::Natural(name) = schema.key
            && let Some(id) = schema.field(name)
        {
            let key = sample.record.value(id).and_then(crate::Value::to_key);
            play.must(key.as_deref() == Some(&*sample.key), || format!("`{name}` is not the key of the sample"));
        }
        match play.lookup(schema.kind, &sample.key).await? {
            Some(known) => play.compare(schema, &sample.record, &known, false),
            None => play.wrong(format!("the {} that was created is not found", schema.kind.as_str())),
        }
        let found = play.details(schema.kind, &[&sample.key]).await?;
        match found.as_slice() {
            [seen] if *seen.key == *sample.key => play.compare(schema, &sample.record, &seen.record, true),
            found => play.wrong(format!("details of one key are those of {} objects", found.len())),
        }
    }
    Ok(())
}

pub(super) async fn a_target_is_listed_whole(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        let mut samples = Vec::new();
        for number in 0..3 {
            samples.push(play.create(schema, action, number).await?);
        }
        let snapshot = play.snapshot(schema.kind).await?;
        for sample in &samples {
            let mut seen = snapshot.objects.iter().filter(|seen| *seen.key == *sample.key);
            match (seen.next(), seen.next()) {
                (Some(seen), None) => play.compare(schema, &sample.record, &seen.record, snapshot.absent_is_empty),
                (None, _) => play.wrong(format!("`{}` was created and is not listed", sample.key)),
                (Some(_), Some(_)) => play.wrong(format!("`{}` is listed twice", sample.key)),
            }
        }
        if let KeyRule::Sequence(_) = schema.key {
            let keys = snapshot.objects.iter().filter_map(|seen| seen.key.parse::<i64>().ok());
            let highest = keys.max().unwrap_or_default();
            play.must(snapshot.highest_key >= highest, || {
                format!("the highest key is {highest}, and {} is said", snapshot.highest_key)
            });
        }
    }
    Ok(())
}

pub(super) async fn an_update_changes_what_it_names(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        let Some(update) = play.updates(schema.kind) else { continue };
        let sample = play.create(schema, action, 0).await?;
        let other = play.create(schema, action, 1).await?;
        let change = play.subject.change(schema.kind);
        play.done(update, &sample.key, &change).await?;
        let mut wanted = sample.record.clone();
        wanted.merge(&change);
        compare(play, schema, &sample.key, &wanted).await?;
        compare(play, schema, &other.key, &other.record).await?;
        // The same again changes nothing more: after a crash it is sent again.
        play.done(update, &sample.key, &change).await?;
        compare(play, schema, &sample.key, &wanted).await?;
    }
    Ok(())
}

/// An object is as it should be.
async fn compare(play: &mut Play<'_>, schema: &'static Schema, key: &str, wanted: &Record) -> Result<(), Halt> {
    match play.lookup(schema.kind, key).await? {
        Some(known) => play.compare(schema, wanted, &known, false),
        None => play.wrong(format!("`{key}` is not found any more")),
    }
    Ok(())
}

/// What a removal sends, and what is then known of the object; `None`: nothing.
fn removed(schema: &Schema, removal: Removal, sample: &Sample) -> (Record, Option<Record>) {
    match removal {
        Removal::Delete => (Record::new(), None),
        Removal::Set { field, value } => {
            let id = schema.field(field);
            let set: Record = id.map(|id| (id, Field::Value(value.value()))).into_iter().collect();
            let mut after = sample.record.clone();
            after.merge(&set);
            (set, Some(after))
        }
    }
}

pub(super) async fn what_was_removed_is_gone_or_set(play: &mut Play<'_>) -> Result<(), Halt> {
    let mut removals = 0;
    for (schema, action) in play.written()? {
        for (number, (remove, removal)) in play.removes(schema.kind).into_iter().enumerate() {
            removals += 1;
            let (sample, other) =
                (play.create(schema, action, 2 * number).await?, play.create(schema, action, 2 * number + 1).await?);
            let (set, after) = removed(schema, removal, &sample);
            play.done(remove, &sample.key, &set).await?;
            match (play.lookup(schema.kind, &sample.key).await?, after) {
                (Some(known), Some(after)) => play.compare(schema, &after, &known, false),
                (None, None) => {}
                (Some(_), None) => play.wrong(format!("`{}` was deleted and is still there", sample.key)),
                (None, Some(_)) => play.wrong(format!("`{}` was to be kept and is gone", sample.key)),
            }
            compare(play, schema, &other.key, &other.record).await?;
            // Once more: whoever did not hear the answer asks again.
            if let Err(error) = play.write(remove, &sample.key, &set).await? {
                play.must(error.kind == ErrorKind::NotFound, || {
                    format!("`{}` a second time is {:?}; it is done, or not found", remove.name, error.kind)
                });
            }
        }
    }
    if removals == 0 { Err(Halt::Skip("no action removes objects".into())) } else { Ok(()) }
}

pub(super) async fn what_is_not_there_is_not_found(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        let absent = play.sample(schema.kind, 7)?;
        let found = play.lookup(schema.kind, &absent.key).await?;
        play.must(found.is_none(), || format!("`{}` is found before it was created", absent.key));
        let details = play.details(schema.kind, &[&absent.key]).await?;
        let there = details.iter().any(|seen| !seen.record.is_empty());
        play.must(!there, || format!("`{}` has details before it was created", absent.key));
        let connection = play.connection()?;
        let there = play.create(schema, action, 0).await?;
        let many = connection.lookup_many(&play.context, schema.kind, &[&absent.key, &there.key]).await;
        match many.as_deref() {
            Ok([None, Some(_)]) => {}
            other => play.wrong(format!("looking up two keys, of which the second is there, gives {other:?}")),
        }
        // What creates and changes in one makes it instead.
        if let Some(update) = play.updates(schema.kind).filter(|update| !update.effect.creates()) {
            let change = play.subject.change(schema.kind);
            let kind = play.write(update, &absent.key, &change).await?.map_err(|error| error.kind);
            let refused = matches!(kind, Err(ErrorKind::NotFound));
            play.must(refused, || format!("a change of what is not there is {kind:?} and not `NotFound`"));
        }
    }
    Ok(())
}

pub(super) async fn each_object_has_its_answer(play: &mut Play<'_>) -> Result<(), Halt> {
    let batches = |action: &ActionSpec| action.batch > 1;
    let written: Vec<_> = play.written()?.into_iter().filter(|(_, action)| batches(action)).collect();
    if written.is_empty() {
        return Err(Halt::Skip("objects are written one by one".into()));
    }
    for (schema, action) in written {
        let number = action.batch.min(5);
        let mut samples = Vec::new();
        for place in 0..number {
            samples.push(play.sample(schema.kind, place)?);
        }
        let objects: Vec<(&str, &Record)> =
            samples.iter().map(|sample| (sample.key.as_str(), &sample.record)).collect();
        let answers = play.apply(action, &objects).await?;
        play.must(answers.len() == number && answers.iter().all(Result::is_ok), || {
            format!("`{}` of {number} objects answers {answers:?}", action.name)
        });
        for sample in &samples {
            compare(play, schema, &sample.key, &sample.record).await?;
        }
    }
    Ok(())
}

pub(super) async fn what_is_hidden_is_not_empty(play: &mut Play<'_>) -> Result<(), Halt> {
    let mut hidden = 0;
    for (schema, action) in play.written()? {
        let sample = play.create(schema, action, 0).await?;
        let ids: Vec<_> = sample.record.iter().map(|(id, _)| id).filter(|id| schema.spec(*id).hidden).collect();
        hidden += ids.len();
        let mut records: Vec<Record> = play.lookup(schema.kind, &sample.key).await?.into_iter().collect();
        records.extend(play.details(schema.kind, &[&sample.key]).await?.into_iter().map(|seen| seen.record));
        let listed = play.snapshot(schema.kind).await?.objects;
        records.extend(listed.into_iter().filter(|seen| *seen.key == *sample.key).map(|seen| seen.record));
        for record in &records {
            for id in &ids {
                let name = &schema.spec(*id).name;
                play.must(record.get(*id) != Some(&Field::Empty), || {
                    format!("`{name}` was written and cannot be seen, and is called empty; it is to be left out")
                });
            }
        }
    }
    if hidden == 0 { Err(Halt::Skip("no field of a sample is hidden".into())) } else { Ok(()) }
}
