//! Failures: each says what to do about it, and none leaves anything behind.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use super::{
    Trouble,
    play::{Halt, Play},
};
use crate::{
    action::Removal,
    connector::{Call, ObjectCall, Params},
    error::{Error, ErrorKind},
    inbound::{Incoming, KeySpec, Keys},
    lease::Lease,
    secret::Secret,
};

pub(super) async fn a_lost_answer_is_unknown_and_can_be_looked_up(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        let sample = play.sample(schema.kind, 0)?;
        play.trouble(Trouble::LostAnswers).await?;
        let answer = play.write(action, &sample.key, &sample.record).await?.map_err(|error| error.kind);
        play.must(answer.as_ref().err() == Some(&ErrorKind::Unknown), || {
            format!("`{}` whose answer is lost is {answer:?} and not unknown", action.name)
        });
        play.trouble(Trouble::Nothing).await?;
        match play.lookup(schema.kind, &sample.key).await? {
            Some(known) => play.compare(schema, &sample.record, &known, false),
            None => play.wrong("what was done is not found when it is looked up"),
        }
        let deletes = play.removes(schema.kind).into_iter().find(|(_, removal)| *removal == Removal::Delete);
        if let Some((delete, _)) = deletes {
            play.trouble(Trouble::LostAnswers).await?;
            let _ = play.write(delete, &sample.key, &crate::Record::new()).await?;
            play.trouble(Trouble::Nothing).await?;
            let found = play.lookup(schema.kind, &sample.key).await?;
            play.must(found.is_none(), || "what was deleted without an answer is still found".into());
        }
    }
    Ok(())
}

/// A trouble, and the kinds of error that are right for it.
type Right = (Trouble, fn(ErrorKind) -> bool, &'static str);

const RIGHT: [Right; 4] = [
    (Trouble::Busy, |kind| matches!(kind, ErrorKind::Unavailable | ErrorKind::RateLimited(_)), "try again"),
    (Trouble::TooMany, |kind| matches!(kind, ErrorKind::RateLimited(pause) if !pause.is_zero()), "wait"),
    (Trouble::NoRight, |kind| kind == ErrorKind::Configuration, "stop, a right is missing"),
    (
        Trouble::Garbled,
        |kind| matches!(kind, ErrorKind::Unexpected | ErrorKind::Unknown | ErrorKind::Unavailable),
        "nobody knows what happened",
    ),
];

pub(super) async fn failures_say_what_to_do(play: &mut Play<'_>) -> Result<(), Halt> {
    let mut played = 0;
    let mut why = Halt::Skip(String::new());
    for (trouble, right, meaning) in RIGHT {
        // What a system complains of is remembered, so each complaint is one of another system.
        play.renew().await;
        if let Err(halt) = play.trouble(trouble).await {
            why = halt;
            continue;
        }
        played += 1;
        let mut errors: Vec<(&str, Option<Error>)> = Vec::new();
        if let Ok(written) = play.written() {
            for (schema, action) in written {
                let sample = play.sample(schema.kind, 0)?;
                errors.push((action.name, play.write(action, &sample.key, &sample.record).await?.err()));
                let connection = play.connection()?;
                errors.push(("lookup", connection.lookup(&play.context, schema.kind, &sample.key).await.err()));
                errors.push(("snapshot", connection.snapshot(&play.context, schema.kind).await.err()));
            }
        }
        for (name, params) in play.subject.reads() {
            errors.push((name, play.read(name, &params).await?.err()));
        }
        for (what, error) in errors {
            error.iter().for_each(|error| play.hear_error(error));
            let kind = error.map(|error| error.kind);
            play.must(kind.is_some_and(right), || format!("{trouble:?} means `{meaning}`; `{what}` says {kind:?}"));
        }
    }
    if played == 0 { Err(why) } else { Ok(()) }
}

pub(super) async fn a_call_that_is_given_up_leaves_nothing_behind(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        // Given up after so many steps, once at each point where it may wait.
        for steps in 0..6 {
            let sample = play.sample(schema.kind, steps)?;
            let connection = play.connection()?;
            let params = Params::default();
            let objects = vec![ObjectCall { key: &sample.key, record: &sample.record }];
            some_steps(connection.apply(&play.context, Call { action, params: &params, objects }), steps).await;
            if let Some(known) = play.lookup(schema.kind, &sample.key).await? {
                play.compare(schema, &sample.record, &known, false);
            }
        }
        let sample = play.create(schema, action, 6).await?;
        let known = play.lookup(schema.kind, &sample.key).await?;
        play.must(known.is_some(), || "after calls that were given up nothing can be written any more".into());
    }
    Ok(())
}

/// Lets a future go on for some steps, then drops it.
async fn some_steps(future: impl Future, steps: usize) {
    let mut future = pin!(future);
    for _ in 0..=steps {
        let over = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        if over {
            return;
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn nothing_is_sent_without_the_right_to_it(play: &mut Play<'_>) -> Result<(), Halt> {
    for (schema, action) in play.written()? {
        let sample = play.sample(schema.kind, 0)?;
        play.context.lease = Some(Lease::new("contract", 1, None, || false));
        let answer = play.write(action, &sample.key, &sample.record).await?;
        play.context.lease = None;
        play.must(answer.is_err(), || format!("`{}` is done although another node has taken over", action.name));
        let found = play.lookup(schema.kind, &sample.key).await?;
        play.must(found.is_none(), || format!("`{}` was sent although another node has taken over", action.name));
    }
    Ok(())
}

pub(super) async fn forged_callbacks_are_refused(play: &mut Play<'_>) -> Result<(), Halt> {
    if play.spec().inbound.is_empty() {
        return Err(Halt::Skip("it takes no callbacks".into()));
    }
    let connection = play.connection()?;
    let query = [("msg_signature".to_string(), "0".repeat(40)), ("timestamp".into(), "1".into())];
    for receiver in play.spec().inbound {
        let key = |spec: &KeySpec| (spec.name.to_string(), Secret::new("k".repeat(spec.length)));
        let keys: Keys = receiver.keys.iter().map(key).collect();
        for body in [None, Some(&b""[..]), Some(b"<xml/>"), Some(b"{}"), Some(&[0xff, 0xfe])] {
            let incoming = Incoming {
                receiver: receiver.name,
                keys: std::slice::from_ref(&keys),
                query: &query,
                body,
                now_ms: play.context.now_ms,
            };
            match connection.receive(&incoming) {
                Err(problem) => play.hear_problem(&problem),
                Ok(received) => play.wrong(format!("a call that anybody could make is taken: {received:?}")),
            }
        }
    }
    Ok(())
}
