//! Sources: what is there is read, and what could not be read is said.

use std::collections::BTreeMap;

use super::{
    Trouble,
    play::{Halt, Play},
};
use crate::{action::Effect, connector::Params, error::ErrorKind, schema::Kind};

/// Objects of each kind that a case fills a system with.
const SEVERAL: usize = 3;

/// The keys of what was put there, by kind.
async fn fill(play: &mut Play<'_>) -> Result<BTreeMap<Kind, Vec<String>>, Halt> {
    let mut keys: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for kind in Kind::ALL {
        for number in 0..SEVERAL {
            let Some(key) = play.stage.system.put(kind, number).await else { break };
            keys.entry(kind).or_default().push(key);
        }
    }
    if keys.is_empty() {
        for (schema, action) in play.written()? {
            for number in 0..SEVERAL {
                let sample = play.create(schema, action, number).await?;
                keys.entry(schema.kind).or_default().push(sample.key);
            }
        }
    }
    Ok(keys)
}

fn reads(play: &mut Play<'_>) -> Result<Vec<(&'static str, Params)>, Halt> {
    let reads = play.subject.reads();
    let lists = |effect: Effect| effect == Effect::Read;
    let declared = play.spec().actions.iter().any(|action| {
        lists(action.effect) && action.outputs.iter().any(|output| output.list_of.is_some() && !output.one)
    });
    match (declared, reads.is_empty()) {
        (false, _) => Err(Halt::Skip("no action lists objects of a source".into())),
        (true, true) => {
            play.wrong("an action lists objects, and the subject names no read");
            Err(Halt::Fail)
        }
        (true, false) => Ok(reads),
    }
}

pub(super) async fn a_source_is_read_whole(play: &mut Play<'_>) -> Result<(), Halt> {
    let reads = reads(play)?;
    let there = fill(play).await?;
    for (name, params) in reads {
        let (objects, summary) = match play.read(name, &params).await? {
            Ok(read) => read,
            Err(error) => {
                play.wrong(format!("`{name}` fails: {error:?}"));
                continue;
            }
        };
        play.must(summary.complete && summary.incomplete_because.is_none() && !summary.moved, || {
            format!("`{name}` of a system at rest is not complete: {summary:?}")
        });
        let outputs = play.spec().action(name).map_or(&[][..], |action| action.outputs);
        for output in outputs.iter().filter(|output| !output.removed) {
            let Some(keys) = output.list_of.and_then(|kind| there.get(&kind)) else { continue };
            let mut found: Vec<&str> =
                objects.iter().filter(|(of, _)| *of == output.name).map(|(_, object)| &*object.key).collect();
            let number = found.len();
            found.sort_unstable();
            found.dedup();
            play.must(found.len() == number, || format!("`{}` gives an object twice", output.name));
            for key in keys {
                play.must(found.contains(&key.as_str()), || format!("`{}` does not give `{key}`", output.name));
            }
        }
        let known = |of: &str| outputs.iter().any(|output| output.name == of);
        for (of, object) in &objects {
            play.must(known(of), || format!("`{name}` has no output `{of}`"));
            play.must(!object.key.is_empty(), || format!("`{name}` gives an object without key"));
        }
    }
    Ok(())
}

pub(super) async fn a_source_reads_the_same_twice(play: &mut Play<'_>) -> Result<(), Halt> {
    let reads = reads(play)?;
    fill(play).await?;
    for (name, params) in reads {
        let mut both = Vec::new();
        for _ in 0..2 {
            if let Ok((objects, _)) = play.read(name, &params).await? {
                let shown = objects.into_iter().map(|(of, object)| (of, object.key, object.record));
                both.push(shown.collect::<Vec<_>>());
            }
        }
        play.must(both.len() == 2 && both[0] == both[1], || format!("`{name}` reads something else the second time"));
    }
    Ok(())
}

pub(super) async fn an_incomplete_read_says_so(play: &mut Play<'_>) -> Result<(), Halt> {
    let reads = reads(play)?;
    fill(play).await?;
    play.trouble(Trouble::Partial).await?;
    for (name, params) in reads {
        if let Ok((_, summary)) = play.read(name, &params).await? {
            play.must(!summary.complete, || format!("`{name}` could not read all, and calls that complete"));
            let said = summary.incomplete_because.is_some() || summary.moved;
            play.must(said, || format!("`{name}` does not say why it is incomplete"));
        }
    }
    Ok(())
}

pub(super) async fn other_kinds_are_refused(play: &mut Play<'_>) -> Result<(), Halt> {
    let spec = play.spec();
    let connection = play.connection()?;
    for kind in Kind::ALL.into_iter().filter(|kind| spec.schema(*kind).is_none()) {
        let answers = [
            connection.snapshot(&play.context, kind).await.err(),
            connection.lookup(&play.context, kind, "1").await.err(),
        ];
        for answer in answers {
            let refused = answer.as_ref().is_some_and(|error| error.kind == ErrorKind::Unsupported);
            answer.iter().for_each(|error| play.hear_error(error));
            play.must(refused, || format!("it knows no {}, and does not refuse to look for one", kind.as_str()));
        }
    }
    Ok(())
}
