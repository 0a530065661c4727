//! Keys as people type them, of systems that do not tell keys apart by case.

use idflow_sdk::Kind;

use super::open::Open;
use crate::{
    app::{App, AppError, directory::kind_of},
    connectors,
    contract::matching::NewDecision,
    store::{
        catalogue,
        decisions::Decision,
        links::{self, Link, Pair},
    },
};

impl App {
    /// Whether keys of this kind that differ in case alone are one in a connection.
    async fn has_caseless_keys(&self, connection: &str, kind: Kind) -> Result<bool, AppError> {
        let stored = catalogue::connection(&*self.store, &self.tenant, connection).await?;
        let spec = stored.and_then(|stored| connectors::find(&stored.value.connector));
        Ok(spec.and_then(|spec| spec.schema(kind)).is_some_and(idflow_sdk::Schema::has_caseless_keys))
    }

    /// The living link of an object, however its key is written.
    pub(super) async fn link_in(&self, pair: &Pair, key: &str) -> Result<Option<Link>, AppError> {
        Ok(match self.has_caseless_keys(&pair.source, pair.kind).await? {
            true => links::of_source_in_any_case(&*self.store, pair, key).await?,
            false => links::of_source(&*self.store, pair, key).await?,
        })
    }

    /// A decision about the key as the question, an earlier decision or the link writes it.
    pub(super) async fn spelled(
        &self,
        new: &NewDecision,
        open: &[Open],
        before: &[Decision],
    ) -> Result<NewDecision, AppError> {
        let kind = kind_of(new.kind.as_deref())?;
        if !self.has_caseless_keys(&new.connection, kind).await? {
            return Ok(new.clone());
        }
        let asked = open.iter().filter(|one| one.connection == new.connection && one.kind == kind);
        let decided = before.iter().filter(|one| one.connection == new.connection && one.kind == kind);
        let keys: Vec<&str> = asked.flat_map(Open::keys).chain(decided.map(|one| &*one.key)).collect();
        let same = keys.iter().find(|key| **key == new.key);
        let same = same.or_else(|| keys.iter().find(|key| key.eq_ignore_ascii_case(&new.key)));
        Ok(NewDecision { key: same.map_or_else(|| new.key.clone(), ToString::to_string), ..new.clone() })
    }
}
