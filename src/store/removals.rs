//! Removals that wait for a person, and what people decided about them.
//!
//! Runs write the one, people the other, each under a key of its own: a run that finds a removal again and a person who
//! decides about it at the same moment never overwrite each other.

pub use super::removal::{Decision, Field, Found, Removal, StoredRemovalState};
use super::{
    Batch, Kv, StoreError, codec,
    codec::Loaded,
    keys,
    keys::Key,
    pages::Pages,
    removal::{DECISION, decision_key, key, state},
    removal_index,
    table::Keys,
};
use crate::model::id::Tenant;

/// What a run may do with a removal that was asked about before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing without a decision.
    Waiting,
    /// Carry it out.
    Approved,
    /// Leave it, whatever else was approved.
    Kept,
}

/// A removal with what was decided about it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The removal.
    pub removal: Removal,
    /// What was decided last.
    pub decision: Option<Decision>,
    raw: Vec<u8>,
}

impl Entry {
    /// Until when the approval holds that somebody gave for it; `None` without one.
    #[must_use]
    pub fn approved_until(&self) -> Option<i64> {
        let decision = self.decision.as_ref().filter(|decision| !decision.keep)?;
        (decision.since == self.removal.since).then(|| decision.at.saturating_add(self.removal.patience))
    }

    /// Until when it can be approved: an old question is asked anew by the next plan.
    #[must_use]
    pub fn askable_until(&self) -> i64 {
        self.removal.seen.saturating_add(self.removal.patience)
    }

    /// Whether somebody decided to keep the object.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.keep)
    }

    /// What a run may do with it; `None`: as if nobody had ever asked.
    #[must_use]
    pub fn standing(&self, now: i64) -> Option<Standing> {
        if self.is_kept() {
            return Some(Standing::Kept);
        }
        if !matches!(self.removal.found, Found::Open | Found::Failed) {
            return None;
        }
        Some(if self.approved_until().is_some_and(|until| now < until) {
            Standing::Approved
        } else {
            Standing::Waiting
        })
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self, now: i64) -> StoredRemovalState {
        let Removal { found, since, patience, .. } = self.removal;
        state(found, (since, patience), self.decision.as_ref(), now)
    }
}

/// Entries that are read at once.
const PIECE: usize = 500;
/// Both halves of removals: a decision stands right behind what it is about.
pub(super) static REMOVALS: Keys = Keys::new(keys::REMOVAL, "workflows");

/// These removals, by workflow and digest, with the decisions; those that are not there any more are left out.
pub async fn get(store: &dyn Kv, tenant: &Tenant, wanted: &[(&str, &str)]) -> Result<Vec<Entry>, StoreError> {
    let both = |(workflow, id): &(&str, &str)| [key(tenant, workflow, id).bytes(), decision_key(tenant, workflow, id)];
    let mut values = store.get_many(wanted.iter().flat_map(both).collect()).await?.into_iter();
    let mut found = Vec::with_capacity(wanted.len());
    while let (Some(removal), Some(decision)) = (values.next(), values.next()) {
        let Some(loaded) = Loaded::<Removal>::read(removal)? else { continue };
        let raw = loaded.raw();
        let decision = decision.as_deref().map(codec::unpack).transpose()?;
        found.push(Entry { removal: loaded.value, decision, raw });
    }
    Ok(found)
}

/// All removals that were asked about, of one workflow or of all, with the decisions.
pub async fn all(store: &dyn Kv, tenant: &Tenant, workflow: Option<&str>) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    let mut pages = EntryPages::new(tenant, workflow);
    while let Some(page) = pages.next(store).await? {
        found.extend(page);
    }
    Ok(found)
}

/// Removals with the decisions, piece by piece, in the order of workflow and digest.
pub struct EntryPages {
    pages: Pages,
    /// The last one that was read: its decision may be the first thing of the next piece.
    last: Option<(Vec<u8>, Entry)>,
}

impl EntryPages {
    /// Those of one workflow, or of all.
    #[must_use]
    pub fn new(tenant: &Tenant, workflow: Option<&str>) -> Self {
        let prefix = Key::new(keys::REMOVAL, tenant);
        let prefix = workflow.map_or(prefix.clone(), |workflow| prefix.name(workflow)).bytes();
        Self { pages: Pages::of_prefix(prefix, PIECE), last: None }
    }

    /// The next ones; `None` at the end.
    pub async fn next(&mut self, store: &dyn Kv) -> Result<Option<Vec<Entry>>, StoreError> {
        let end = [DECISION.as_bytes(), &[0]].concat();
        let Some(page) = self.pages.next(store).await? else {
            return Ok(self.last.take().map(|(_, entry)| vec![entry]));
        };
        let mut found = Vec::with_capacity(page.len());
        for (key, value) in page {
            match key.strip_suffix(&end[..]) {
                Some(of) => {
                    if let Some((_, entry)) = self.last.as_mut().filter(|(key, _)| key == of) {
                        entry.decision = Some(codec::unpack(&value)?);
                    }
                }
                None => {
                    let loaded = Loaded::<Removal>::of(value)?;
                    let raw = loaded.raw();
                    let entry = Entry { removal: loaded.value, decision: None, raw };
                    found.extend(self.last.replace((key, entry)).map(|(_, entry)| entry));
                }
            }
        }
        Ok(Some(found))
    }
}

/// What a run found; `before` is what was known of the removal, if anything was.
pub fn put(batch: &mut Batch, tenant: &Tenant, before: Option<&Removal>, removal: &Removal) -> Result<(), StoreError> {
    removal_index::note(batch, tenant, before, Some(removal))?;
    batch.put(key(tenant, &removal.workflow, &removal.id).bytes(), codec::json(removal)?);
    Ok(())
}

/// What a person decided about a removal as it was shown: refused when a run has found something else meanwhile.
pub fn decide(batch: &mut Batch, tenant: &Tenant, entry: &Entry, decision: &Decision) -> Result<(), StoreError> {
    let key = key(tenant, &entry.removal.workflow, &entry.removal.id);
    batch.expect.push((key.clone().bytes(), Some(entry.raw.clone())));
    batch.put(key.name(DECISION).bytes(), codec::json(decision)?);
    Ok(())
}

/// Forgets a removal that is long over, with what was decided about it.
pub fn forget(batch: &mut Batch, tenant: &Tenant, removal: &Removal) -> Result<(), StoreError> {
    removal_index::note(batch, tenant, Some(removal), None)?;
    let key = key(tenant, &removal.workflow, &removal.id);
    batch.deletes.push(key.clone().bytes());
    batch.deletes.push(key.name(DECISION).bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use idflow_sdk::{Kind, Problem};

    use super::*;
    use crate::model::{change::Action, id::RunId};

    fn entry(found: Found, decision: Option<(bool, i64, i64)>) -> Entry {
        let removal = Removal {
            id: "a".into(),
            workflow: "w".into(),
            step: "s".into(),
            kind: Kind::User,
            action: Action::Delete,
            source: "1".into(),
            target: "t".into(),
            name: String::new(),
            fields: Vec::new(),
            why: Problem::new("approval_needed"),
            warnings: Vec::new(),
            since: 100,
            seen: 200,
            patience: 50,
            run: RunId::new(1),
            found,
            over: None,
            problem: None,
        };
        let decision = decision.map(|(keep, at, since)| Decision { keep, by: "li".into(), at, since, comment: None });
        Entry { removal, decision, raw: Vec::new() }
    }

    #[test]
    fn an_approval_holds_for_its_time_and_for_the_spell_it_was_given_for() {
        let approved = entry(Found::Open, Some((false, 210, 100)));
        assert_eq!(approved.standing(259), Some(Standing::Approved));
        assert_eq!(approved.standing(260), Some(Standing::Waiting), "an approval of long ago");
        let of_before = entry(Found::Open, Some((false, 210, 99)));
        assert_eq!(of_before.standing(211), Some(Standing::Waiting), "the person came back in between");
        assert_eq!(entry(Found::Failed, Some((false, 210, 100))).standing(211), Some(Standing::Approved));
        assert_eq!(entry(Found::Done, Some((false, 210, 100))).standing(211), None, "a new removal asks anew");
        assert_eq!(entry(Found::Gone, Some((false, 210, 100))).standing(211), None);
    }

    #[test]
    fn what_went_wrong_waits_again_when_its_approval_is_over() {
        let failed = entry(Found::Failed, Some((false, 210, 100)));
        assert_eq!((failed.state(259), failed.state(260)), (StoredRemovalState::Failed, StoredRemovalState::Waiting));
        assert_eq!(failed.standing(260), Some(Standing::Waiting));
        // Approved with the whole of a plan: nobody decided about it alone.
        assert_eq!(entry(Found::Failed, None).state(211), StoredRemovalState::Waiting);
    }

    #[test]
    fn what_is_kept_stays_kept_however_often_it_comes_back() {
        for found in [Found::Open, Found::Failed, Found::Done, Found::Gone] {
            for since in [1, 100] {
                assert_eq!(entry(found, Some((true, 210, since))).standing(i64::MAX), Some(Standing::Kept));
            }
        }
    }
}
