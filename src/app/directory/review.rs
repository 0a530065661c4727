//! People who wait for somebody to look at them: whom a workflow makes with the status `pending_review` comes in only once a
//! person has said so, and so does whoever had left or was disabled when a source was recognised in him. Nobody comes in by a run,
//! and what is decided here stays: whoever is not let in is no longer linked with what a source has of him. The accounts that he was
//! given elsewhere stay linked, so that they are seen to like those of anybody who leaves.

use std::collections::BTreeSet;

use idflow_sdk::{Kind, directory::Stored};

use super::{WAITING, detail, tree::Tree};
use crate::{
    app::{AppError, Desk, approving, paging},
    contract::{
        directory::{
            DepartmentPath, DirectoryFilter, ReviewDecision, ReviewDone, ReviewFilter, ReviewPerson, ReviewVerdict,
        },
        page::Page,
    },
    store::{
        Batch,
        decisions::{self, Choice, Decision},
        links,
        object_terms::user,
    },
};

impl ReviewVerdict {
    /// The status that it leads to.
    pub(super) const fn status(self) -> &'static str {
        match self {
            Self::Approve => "active",
            Self::Reject => "left",
        }
    }
}

impl Desk<'_> {
    /// Whoever waits, with where each comes from.
    ///
    /// # Errors
    /// A wrong cursor, the store.
    pub async fn review(&self, filter: &ReviewFilter) -> Result<Page<ReviewPerson>, AppError> {
        let limit = paging::limit(filter.limit)?;
        let list = DirectoryFilter {
            kind: Kind::User.as_str().into(),
            find: filter.find.clone(),
            department: filter.department.clone(),
            status: Some(WAITING.into()),
            ..DirectoryFilter::default()
        };
        let after = filter.cursor.as_deref().map(super::place).transpose()?;
        let is_first = after.is_none();
        let (found, next) = self.objects(&list, after, limit).await?;
        let tree = Tree::read(&*self.connections.directory()).await?;
        let total = (is_first && next.is_none()).then_some(found.len() as u64);
        let mut items = Vec::with_capacity(found.len());
        for (_, stored) in found {
            items.push(self.waiting(&stored, &tree).await?);
        }
        Ok(Page { items, next: next.map(|(word, id)| format!("{id}{word}")), total })
    }

    /// What a review says beside the status, written before it, so that whatever ends in between lets nobody in. Whoever is not let
    /// in is left alone from now on by whatever source has him: the next run would let him in otherwise. Whoever is let in after
    /// all is left alone no longer.
    pub(super) async fn prepare_review(
        &self,
        verdict: ReviewVerdict,
        ids: &[String],
        comment: Option<&str>,
    ) -> Result<(), AppError> {
        let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let listed: Vec<&str> = ids.iter().copied().collect();
        let status = super::schema(Kind::User).field("status");
        let found =
            self.connections.directory().get(Kind::User, &listed).await.map_err(|error| super::failed(&error))?;
        let waits = |stored: &Stored| status.and_then(|status| stored.record.text(status)) == Some(WAITING);
        // What is wrong with the others is said by whoever writes.
        if found.len() < ids.len() || !found.iter().all(waits) {
            return Ok(());
        }
        let mut batch = Batch { notify: true, ..Batch::default() };
        match verdict {
            ReviewVerdict::Reject => self.keep_out(&mut batch, &listed, comment).await?,
            ReviewVerdict::Approve => {
                let decided = decisions::all(&*self.store, &self.tenant).await?;
                let by_review = |one: &&Decision| one.review.as_deref().is_some_and(|id| ids.contains(id));
                decided.iter().filter(by_review).for_each(|one| one.drop(&mut batch, &self.tenant));
            }
        }
        if !batch.is_empty() {
            self.store.commit(batch).await?;
        }
        Ok(())
    }

    /// Whoever is not let in is no longer what a source has of him. What he was given in other systems stays his: whatever takes
    /// access away there from whoever leaves goes by that.
    async fn keep_out(&self, batch: &mut Batch, ids: &[&str], comment: Option<&str>) -> Result<(), AppError> {
        for id in ids {
            for (pair, link) in self.links_of(Kind::User, id).await? {
                let (own, remote) = pair.ends(&link);
                match (own.was_target(), remote.was_target()) {
                    // An account that he was given: by the link its access is taken away, or asked about.
                    (false, true) => continue,
                    // Both directions write: the run that writes to the directory leaves him alone, the other one does not.
                    (true, true) => {}
                    (_, false) => links::drop(batch, &pair, &link),
                }
                let ignored = Decision {
                    connection: pair.target.clone(),
                    with: pair.source.clone(),
                    kind: pair.kind,
                    key: remote.key.clone(),
                    choice: Choice::Ignore,
                    by: self.caller.actor.clone(),
                    at: self.now(),
                    why: comment.unwrap_or_default().to_string(),
                    workflow: None,
                    review: Some((*id).to_string()),
                };
                ignored.put(batch, &self.tenant)?;
            }
        }
        Ok(())
    }

    async fn waiting(&self, stored: &Stored, tree: &Tree) -> Result<ReviewPerson, AppError> {
        let text = |field| stored.record.text(field).map(|text| text.to_string());
        let departments = detail::member_ids(&stored.record);
        let links = self.links_of(Kind::User, &stored.key).await?;
        let employee_no = super::schema(Kind::User).field("employee_no").and_then(text);
        let name = text(user::NAME).unwrap_or_default();
        Ok(ReviewPerson {
            id: stored.key.to_string(),
            name: name.clone(),
            username: text(user::USERNAME).unwrap_or_default(),
            employee_no,
            departments: departments.into_iter().map(|id| DepartmentPath { path: tree.path(&id), id }).collect(),
            links: links.iter().map(|placed| detail::link(placed, &name)).collect(),
            etag: detail::etag(stored),
        })
    }

    /// Lets people in, or does not: all that are named, or none.
    ///
    /// # Errors
    /// Somebody who does not wait, or does not wait any more; a comment that is too long; a run that writes to the directory.
    pub async fn decide_review(
        &self,
        verdict: ReviewVerdict,
        decision: &ReviewDecision,
    ) -> Result<ReviewDone, AppError> {
        let comment = approving::comment(decision.comment.as_deref())?;
        if decision.ids.is_empty() {
            return Err(AppError::invalid("review_nobody").field("ids"));
        }
        let decided = self.write_review(verdict, &decision.ids, comment.as_deref()).await? as u64;
        let told = serde_json::json!({"verdict": verdict, "ids": decision.ids, "comment": comment});
        self.caller.trail.change(serde_json::Value::Null, told);
        Ok(ReviewDone { decided })
    }
}
