//! Reads and writes of the API, in whatever way it is reached.

use axum::http::Method;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Client, encode, failure::Failure, words::read};
use crate::contract::{page::MOST, plan::Plan};

impl Client {
    /// Reads.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Reads a list page by page: all of it, or at most so many.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn all(&self, path: &str, most: Option<usize>) -> Result<Value, Failure> {
        let mut items = Vec::new();
        self.pages(path, most, |page| items.extend(page)).await?;
        Ok(items.into())
    }

    /// Reads a list whose newest page comes first and whose pages begin with the oldest.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn all_backwards(&self, path: &str, most: Option<usize>) -> Result<Value, Failure> {
        let mut items = Vec::new();
        self.pages(path, most, |page| drop(items.splice(0..0, page))).await?;
        Ok(items.into())
    }

    pub(super) async fn pages(
        &self,
        path: &str,
        most: Option<usize>,
        mut take: impl FnMut(Vec<Value>),
    ) -> Result<(), Failure> {
        let sign = if path.contains('?') { '&' } else { '?' };
        let (mut left, mut cursor) = (most.unwrap_or(usize::MAX), String::new());
        // A page may be empty although more follows: what it would have had does not fit.
        // At least once: what is asked for in vain, the server says.
        loop {
            let limit = left.min(MOST);
            let mut page = self.get(&format!("{path}{sign}limit={limit}{cursor}")).await?;
            let Value::Array(items) = page["items"].take() else { break };
            left -= items.len().min(left);
            take(items);
            let next = page["next"].as_str().map(|next| format!("&cursor={}", encode(next)));
            match next {
                Some(next) if next != cursor && left > 0 => cursor = next,
                _ => break,
            }
        }
        Ok(())
    }

    /// Reads a list of the contract page by page, so that the whole of it is never held.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn each_page<T: DeserializeOwned>(
        &self,
        path: &str,
        take: &mut impl FnMut(Vec<T>),
    ) -> Result<(), Failure> {
        let mut wrong = None;
        let each = |page: Vec<Value>| match read(page.into()) {
            Ok(page) => take(page),
            Err(error) => wrong = Some(error),
        };
        self.pages(path, None, each).await?;
        wrong.map_or(Ok(()), Err)
    }

    /// A plan: with at most this many changes of each group, or with all of its rows in their order.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn plan(&self, run: &str, most: Option<usize>, reveal: bool) -> Result<Plan, Failure> {
        let path = format!("/runs/{}/plan", encode(run));
        let limit = most.map_or(1, |most| most.min(MOST));
        let mut plan: Plan = self.fetch(&format!("{path}?limit={limit}&reveal={reveal}")).await?;
        if most.is_none() {
            plan.changes = self.list(&format!("{path}/rows?reveal={reveal}"), None).await?;
        }
        Ok(plan)
    }

    /// Reads something of the contract.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn fetch<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(self.get(path).await?)
    }

    /// Reads a list of the contract page by page: all of it, or at most this many.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn list<T: DeserializeOwned>(&self, path: &str, most: Option<usize>) -> Result<Vec<T>, Failure> {
        read(self.all(path, most).await?)
    }

    /// Reads a list whose newest page comes first and whose pages begin with the oldest.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn list_backwards<T: DeserializeOwned>(
        &self,
        path: &str,
        most: Option<usize>,
    ) -> Result<Vec<T>, Failure> {
        read(self.all_backwards(path, most).await?)
    }

    /// Does something, and reads what the contract says of it.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn send<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::new(error.to_string()))?;
        read(self.post(path, &body).await?)
    }

    /// Does something once under this name (`Idempotency-Key`), and reads what the contract says of it.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn send_once<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        name: Option<&str>,
    ) -> Result<T, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::new(error.to_string()))?;
        read(self.call_once(Method::POST, path, Some(&body), name).await?)
    }

    /// Does.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Puts something in its place.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::new(error.to_string()))?;
        read(self.call(Method::PUT, path, Some(&body)).await?)
    }

    /// Removes.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None).await
    }

    /// Removes, and reads what the contract says of it.
    ///
    /// # Errors
    /// What the API refuses.
    pub async fn remove<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(self.delete(path).await?)
    }
}
