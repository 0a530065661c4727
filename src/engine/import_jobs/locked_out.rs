//! Has a job taken access away where it says so?

use std::collections::HashMap;

use idflow_sdk::{FieldId, Record};

use super::item::{Item, RowStage};
use crate::engine::{applier::Applier, disabling::disabling, session::Session};

/// A job that says it has taken access away is not believed: somebody who left would keep it. Where the target does not
/// show that it is so, the field follows by a call of its own.
pub(super) async fn look_at_the_locked_out(
    applier: &Applier<'_>,
    session: &Session<'_>,
    items: &mut [Item],
    indexes: &[usize],
) {
    let Some(first) = indexes.first() else { return };
    let kind = applier.ledger.row(items[*first].at).kind;
    let Some(schema) = session.connection.spec().schema(kind) else { return };
    let fields = disabling(session.connection.spec(), schema);
    let locks_out = |item: &Item| {
        let field = fields.iter().find(|(field, value)| item.record.value(*field) == Some(value));
        field.filter(|_| matches!(item.state, RowStage::Over(Ok(_)))).map(|(field, _)| *field)
    };
    let locked: Vec<(usize, FieldId)> =
        indexes.iter().filter_map(|index| Some((*index, locks_out(&items[*index])?))).collect();
    if locked.is_empty() {
        return;
    }
    let keys: Vec<&str> = locked.iter().map(|(index, _)| &*applier.ledger.row(items[*index].at).target).collect();
    // What cannot be read is as good as not done.
    let read = session.connection.details(&applier.log.context(), kind, &keys).await.unwrap_or_default();
    let read: HashMap<String, Record> = read.into_iter().map(|seen| (seen.key.to_lowercase(), seen.record)).collect();
    for (index, field) in locked {
        let item = &mut items[index];
        let there = read.get(&applier.ledger.row(item.at).target.to_lowercase()).and_then(|record| record.get(field));
        let wanted = item.record.get(field).cloned();
        if let (Some(wanted), true) = (wanted, there.is_none() || there != item.record.get(field)) {
            item.rest.set(field, wanted);
        }
    }
}
