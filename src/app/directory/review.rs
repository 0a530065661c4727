//! People who wait for somebody to look at them: whom a workflow makes with the status `pending_review` comes in only once a
//! person has said so. Nobody comes in by a run: `status: {value: pending_review, write: create}` is written once, and what is
//! decided here stays.

use idflow_sdk::{Kind, directory::Stored};

use super::{detail, tree::Tree};
use crate::{
    app::{AppError, Desk, paging},
    contract::{
        directory::{
            DepartmentPath, DirectoryFilter, ReviewDecision, ReviewDone, ReviewFilter, ReviewPerson, ReviewVerdict,
        },
        page::Page,
    },
    store::object_terms::user,
};

/// The status of whoever waits.
pub(super) const WAITING: &str = "pending_review";
/// The longest comment, in characters.
const MOST_COMMENT: usize = 500;

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
        let comment = decision.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
        if comment.is_some_and(|comment| comment.chars().count() > MOST_COMMENT) {
            return Err(AppError::invalid("note_too_long").arg("most", MOST_COMMENT.to_string()).field("comment"));
        }
        if decision.ids.is_empty() {
            return Err(AppError::invalid("review_nobody").field("ids"));
        }
        let decided = self.write_review(verdict, &decision.ids).await? as u64;
        let told = serde_json::json!({"verdict": verdict, "ids": decision.ids, "comment": comment});
        self.caller.trail.change(serde_json::Value::Null, told);
        Ok(ReviewDone { decided })
    }
}
