//! What follows a job: calls of their own for what it does not carry, and the answer of each row.

use futures::{StreamExt, stream::FuturesUnordered};
use idflow_sdk::{Error, FieldId, Problem};

use super::item::{Item, RowStage};
use crate::{
    engine::{
        applier::Applier,
        perform,
        session::{Answer, Session},
    },
    model::{change::Action, event::Outcome},
};

/// Rows on their way at a time that a job has done its part of; how many calls are in flight is the connection's.
const MOST_FOLLOWING: usize = 128;

/// Brings items whose job is over to their end. Those that are not over, or that go on when the run does, have no answer.
pub(super) async fn follow(applier: &Applier<'_>, session: &Session<'_>, items: Vec<Item>, most: usize) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::with_capacity(most);
    let context = applier.log.context();
    let mut following = FuturesUnordered::new();
    let mut items = items.into_iter();
    loop {
        while following.len() < MOST_FOLLOWING {
            let Some(item) = items.next() else { break };
            let RowStage::Over(result) = item.state else { continue };
            match result {
                // The job has done its part. What follows is for the next run, or for when this one goes on.
                Ok(warnings) if !item.rest.is_empty() && applier.progress.is_stopped() => {
                    if applier.progress.stop().is_some_and(|stop| stop.is_for_now()) {
                        continue;
                    }
                    let left_out = item.left_out.into_iter().chain(item.rest.iter().map(|(id, _)| id)).collect();
                    answers.push(answer(applier, item.at, Ok(warnings), left_out));
                }
                Ok(warnings) if !item.rest.is_empty() => {
                    let (core, progress, rows) = (applier.core, applier.progress, applier.ledger.rows());
                    let context = &context;
                    following.push(async move {
                        let more = perform::follow(core, progress, context, session, &rows[item.at], &item.rest).await;
                        let result = more.map(|more| warnings.into_iter().chain(more).collect());
                        (item.at, result, item.left_out, item.rest)
                    });
                }
                other => answers.push(answer(applier, item.at, other, item.left_out)),
            }
        }
        let Some((at, result, mut left_out, rest)) = following.next().await else { break };
        // Nobody wants it any more: the row stays as it was announced, and the job is asked again when the run goes on; or
        // what follows is for the next run.
        let given_up = result.as_ref().is_err_and(Error::retryable);
        let result = match applier.progress.stop().filter(|_| given_up) {
            Some(stop) if stop.is_for_now() => continue,
            Some(_) => {
                left_out.extend(rest.iter().map(|(id, _)| id));
                Ok(Vec::new())
            }
            None => result,
        };
        // The job has done its part: what follows did not get there.
        let made = result.is_err();
        if made {
            left_out.extend(rest.iter().map(|(id, _)| id));
        }
        answers.push(Answer { made, ..answer(applier, at, result, left_out) });
    }
    answers
}

fn answer(applier: &Applier<'_>, at: usize, result: Result<Vec<Problem>, Error>, left_out: Vec<FieldId>) -> Answer {
    let (outcome, warnings) = match result {
        Ok(warnings) => {
            let made = applier.ledger.row(at).action == Action::Create;
            (if made { Outcome::Created } else { Outcome::Updated }, warnings)
        }
        Err(error) => (Outcome::Failed(*error.problem), Vec::new()),
    };
    Answer { left_out, warnings, ..Answer::without_call(at, 1, outcome) }
}
