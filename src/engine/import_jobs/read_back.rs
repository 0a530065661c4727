//! Which fields that a job does not carry are as wanted all the same, once it is over?

use std::borrow::Cow;

use idflow_sdk::{FieldId, ObjectCall, Record};

use super::item::{Item, RowStage};
use crate::{
    engine::{applier::Applier, session::Session},
    model::change::Action,
};

/// Some fields that no job carries may be as wanted once it is over, because the system fills them from what it carried. They
/// are read, and only those that differ, or that nobody can read, follow.
pub(super) async fn read_back(applier: &Applier<'_>, session: &Session<'_>, items: &mut [Item]) {
    let action = session.writing.uses.action;
    let schema = action.kind.and_then(|kind| session.connection.spec().schema(kind));
    let (Some(schema), false) = (schema, applier.progress.is_stopped() || session.lost()) else { return };
    let is_over =
        |index: &usize| matches!(items[*index].state, RowStage::Over(Ok(_))) && settled(session, &items[*index]);
    let indexes: Vec<usize> = (0..items.len()).filter(is_over).collect();
    let unseen: Vec<usize> = indexes.iter().copied().filter(|index| items[*index].seen.is_none()).collect();
    let read = look(applier, session, items, &unseen).await;
    for (index, read) in unseen.into_iter().zip(read) {
        items[index].seen = read;
    }
    for index in indexes {
        let Some(read) = items[index].seen.take() else { continue };
        let rest = std::mem::take(&mut items[index].rest);
        let differing = schema.differing(&rest, &read);
        let open = |id: FieldId| read.get(id).is_none() || differing.contains(&id);
        items[index].rest = rest.iter().filter(|(id, _)| open(*id)).map(|(id, field)| (id, field.clone())).collect();
    }
}

/// Whether what is left of an item may be as wanted once its job is over. Whoever needs a call all the same gets everything with
/// it.
fn settled(session: &Session<'_>, item: &Item) -> bool {
    let Some(bulk) = session.connection.bulk().filter(|_| !item.rest.is_empty()) else { return false };
    let fields = bulk.settles(session.writing.uses.action, &item.whole());
    item.rest.iter().all(|(id, _)| fields.contains(&id))
}

/// What is there of these items, as far as it can be read.
pub(super) async fn look(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &[Item],
    indexes: &[usize],
) -> Vec<Option<Record>> {
    let Some(bulk) = session.connection.bulk().filter(|_| !indexes.is_empty()) else { return Vec::new() };
    let records: Vec<Cow<'_, Record>> = indexes.iter().map(|index| items[*index].whole()).collect();
    let objects: Vec<ObjectCall<'_>> = indexes
        .iter()
        .zip(&records)
        .map(|(index, record)| ObjectCall { key: &applier.ledger.row(items[*index].at).target, record })
        .collect();
    match bulk.read_back(&applier.log.context(), session.writing.uses.action, &objects).await {
        Ok(read) => read,
        Err(error) => {
            tracing::info!(code = %error.problem.code, "what a job filled in cannot be read; it is written");
            Vec::new()
        }
    }
}

/// Reads while a job is waited for what it has made of those that are read back at its end. Whoever is not there yet is read then.
pub(super) async fn look_meanwhile(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    inside: &[usize],
    wait: impl Future<Output = ()>,
) {
    // Of who was there before nobody can tell whether the job has come to it.
    let made = |index: &usize| applier.ledger.row(items[*index].at).action == Action::Create;
    let indexes: Vec<usize> =
        inside.iter().copied().filter(|index| made(index) && settled(session, &items[*index])).collect();
    let mut wait = std::pin::pin!(wait);
    let read = tokio::select! {
        biased;
        () = &mut wait => return,
        read = look(applier, session, items, &indexes) => read,
    };
    wait.await;
    for (index, read) in indexes.into_iter().zip(read) {
        items[index].seen = read;
    }
}
