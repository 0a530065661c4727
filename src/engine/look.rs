//! What does the target show of a call whose answer was lost? Whatever may have been done is looked up before it is repeated.

use idflow_sdk::{Call, Context, Error, ErrorKind, KeyRule, ObjectCall, Problem, Record, Schema};

use super::session::Session;
use crate::model::change::{Action, Row};

/// What is told of an object that was to be made because the target's list lacked it, and that was there: nothing was written, and
/// what is known of it stays.
pub(super) const WAS_THERE: &str = "was_there";

/// What one object of a call needs next.
pub(super) enum Next {
    /// The call.
    Call,
    /// A look at the target, because the call may have been done.
    Look,
    /// The same after a refusal, because the object may be there: what is not there was refused for another reason.
    LookWhy,
    /// An update of what differs: the object was made, but not as wanted.
    Mend(Record),
}

/// What the target shows of a call whose answer was lost: `None` when it was done, else what is to be done.
pub(super) async fn look(
    context: &Context,
    session: &Session<'_>,
    row: &Row,
    record: &Record,
) -> Result<Option<Next>, Error> {
    let found = session.connection.lookup(context, row.kind, &row.target).await?;
    Ok(match (row.action, found) {
        (Action::Delete, None) => None,
        // We chose the key: what stands under it is ours, unless it is plainly something else. What can be read and differs
        // is mended, never made again.
        (Action::Create, Some(read)) => {
            let schema = session.connection.spec().schema(row.kind);
            if schema.is_some_and(|schema| is_other(schema, record, &read)) {
                return Err(taken(&row.target));
            }
            let mut differing = schema.map(|schema| schema.differing(record, &read)).unwrap_or_default();
            if differing.is_empty() {
                return Ok(None);
            }
            let pairs: Vec<_> = differing.iter().filter_map(|id| schema?.companion(*id)).collect();
            differing.extend(pairs);
            Some(Next::Mend(differing.iter().filter_map(|id| Some((*id, record.get(*id)?.clone()))).collect()))
        }
        // It is as it was to be: it was done.
        (Action::Update | Action::Disable, Some(read)) if is_as_wanted(session, row, record, &read) => None,
        // Repeating an update changes nothing more; what is missing was not done.
        _ => Some(Next::Call),
    })
}

/// Whether every field that is written can be read, and is as it is written.
fn is_as_wanted(session: &Session<'_>, row: &Row, record: &Record, read: &Record) -> bool {
    let Some(schema) = session.connection.spec().schema(row.kind) else { return false };
    let mut fields = record.iter().map(|(id, _)| id).peekable();
    fields.peek().is_some() && fields.all(|id| read.get(id).is_some()) && schema.differing(record, read).is_empty()
}

/// Whether what stands under a key that we chose is an object of somebody else: it has another name, or (where keys are
/// numbers that anybody gets next) another parent.
pub(super) fn is_other(schema: &Schema, wanted: &Record, read: &Record) -> bool {
    let numbered = matches!(schema.key, KeyRule::Sequence(_));
    let telling = [Some(schema.label), schema.parent.filter(|_| numbered)];
    let telling: Record = telling
        .into_iter()
        .flatten()
        .filter_map(|name| schema.field(name))
        .filter_map(|id| Some((id, wanted.get(id)?.clone())))
        .collect();
    !schema.differing(&telling, read).is_empty()
}

/// The key that was chosen for a new object is somebody else's by now.
pub(super) fn taken(key: &str) -> Error {
    Error::new(ErrorKind::Conflict, Problem::new("key_taken").arg("key", key))
}

/// Updates fields of an object that was made.
pub(super) async fn mend(
    context: &Context,
    session: &Session<'_>,
    row: &Row,
    fields: &Record,
) -> Result<Vec<Problem>, Error> {
    let actions = session.connection.spec().actions.iter();
    let update = actions.copied().find(|action| action.kind == Some(row.kind) && action.effect.updates());
    let Some(action) = update else { return Ok(Vec::new()) };
    let objects = vec![ObjectCall { key: &row.target, record: fields }];
    let mut answers = session.connection.apply(context, Call { action, params: &session.params, objects }).await;
    match answers.pop() {
        Some(answer) => answer.map(|applied| applied.warnings),
        None => Err(Error::new(ErrorKind::Unexpected, Problem::new("lost_answer"))),
    }
}
