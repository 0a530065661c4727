//! Files by which a system sees whose our domain is (WeCom's `WW_verify_….txt`): given once, served byte for byte at the top of
//! the domain, and fetched as the system would, to see whether it works.

use std::time::Duration;

use idflow_sdk::Problem;

use super::{App, AppError, Desk, problem_words, time};
use crate::{
    connectors,
    contract::{
        examination::{NewSiteFile, RemovedSiteFile, SiteFile, SiteFileCheck},
        page::{Page, Paging},
    },
    store::{
        Batch,
        site_files::{self, StoredFile},
    },
};

/// The longest content.
const MOST_BYTES: usize = 1024;
/// The most files of a tenant.
const MOST_FILES: usize = 50;
/// How long the public address may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether some system looks for a file of this name.
#[must_use]
pub fn is_one(name: &str) -> bool {
    connectors::ALL.iter().filter_map(|spec| spec.site_file).any(|is_one| is_one(name))
}

impl App {
    /// What stands in the file of this name, for whoever asks; nothing else of it is told.
    pub async fn site_file(&self, name: &str) -> Result<Option<String>, AppError> {
        if !is_one(name) {
            return Ok(None);
        }
        let Some(file) = site_files::get(&*self.store, name).await? else { return Ok(None) };
        let tenant = self.known_tenant(file.value.tenant.as_str()).await?;
        Ok(tenant.filter(|tenant| tenant.archived.is_none()).map(|_| file.value.content))
    }

    /// The files of this tenant.
    pub async fn site_files(&self) -> Result<Vec<SiteFile>, AppError> {
        let all = site_files::of(&*self.store, &self.tenant).await?;
        Ok(all.iter().map(|file| self.shown_file(file)).collect())
    }

    /// A page of them.
    ///
    /// # Errors
    /// As [`App::site_files`]; a wrong cursor.
    pub async fn site_files_page(&self, wanted: &Paging) -> Result<Page<SiteFile>, AppError> {
        super::paging::cut(self.site_files().await?, wanted.limit, wanted.cursor.as_deref())
    }

    fn shown_file(&self, file: &StoredFile) -> SiteFile {
        SiteFile {
            name: file.name.clone(),
            content: file.content.clone(),
            url: self.public_url().map(|url| format!("{url}/{}", file.name)),
            by: file.by.clone(),
            at: time(file.at),
        }
    }

    async fn own_file(&self, name: &str) -> Result<StoredFile, AppError> {
        let found = site_files::get(&*self.store, name).await?.map(|file| file.value);
        let found = found.filter(|file| file.tenant == self.tenant);
        found.ok_or_else(|| AppError::not_found("site_file_unknown").arg("file", name))
    }

    /// Takes a file away.
    ///
    /// # Errors
    /// There is none of that name here; the store.
    pub async fn remove_site_file(&self, name: &str) -> Result<RemovedSiteFile, AppError> {
        self.own_file(name).await?;
        let mut batch = Batch::default();
        site_files::drop(&mut batch, name);
        self.store.commit(batch).await?;
        Ok(RemovedSiteFile { name: name.into(), removed: true })
    }

    /// Fetches a file at the public address, as the system would, and compares.
    ///
    /// # Errors
    /// There is none of that name here; the server has no public address.
    pub async fn check_site_file(&self, name: &str) -> Result<SiteFileCheck, AppError> {
        let file = self.own_file(name).await?;
        let public = self.public_url().ok_or_else(|| AppError::conflict("site_file_no_address"))?;
        let url = format!("{public}/{name}");
        let problem = match fetched(&url).await {
            Ok(bytes) if bytes == file.content.as_bytes() => None,
            Ok(_) => Some(Problem::new("site_file_differs").arg("url", url.clone())),
            Err(cause) => Some(Problem::new("site_file_unreachable").arg("url", url.clone()).arg("cause", cause)),
        };
        let ok = problem.is_none();
        Ok(SiteFileCheck { name: name.into(), url, ok, error: problem.as_ref().map(problem_words::show) })
    }
}

impl Desk<'_> {
    /// Keeps a file, in the place of one of that name that this tenant gave before.
    ///
    /// # Errors
    /// A name that no system looks for; content that no such file has; one of that name that another tenant gave.
    pub async fn put_site_file(&self, new: &NewSiteFile) -> Result<SiteFile, AppError> {
        if !is_one(&new.name) {
            return Err(AppError::invalid("site_file_name").arg("file", &new.name).field("name"));
        }
        // It is served in our name: letters and digits can be nothing but what they look like.
        let plain = new.content.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=\r\n".contains(&byte));
        if new.content.is_empty() || new.content.len() > MOST_BYTES || !plain {
            return Err(AppError::invalid("site_file_content").field("content"));
        }
        let before = site_files::get(&*self.store, &new.name).await?;
        if before.as_ref().is_some_and(|before| before.value.tenant != self.tenant) {
            return Err(AppError::conflict("site_file_taken").arg("file", &new.name).field("name"));
        }
        if before.is_none() && site_files::of(&*self.store, &self.tenant).await?.len() >= MOST_FILES {
            return Err(AppError::conflict("site_file_many").arg("most", MOST_FILES.to_string()));
        }
        let file = StoredFile {
            name: new.name.clone(),
            content: new.content.clone(),
            tenant: self.tenant.clone(),
            by: self.caller.actor.clone(),
            at: self.now(),
        };
        let mut batch = Batch::default();
        site_files::put(&mut batch, before.as_ref(), &file)?;
        self.store.commit(batch).await?;
        Ok(self.shown_file(&file))
    }
}

/// What stands at an address; at most a little more than such a file has.
async fn fetched(url: &str) -> Result<Vec<u8>, String> {
    let wrong = |error: reqwest::Error| {
        let error = error.without_url();
        if error.is_timeout() { "timed out".to_string() } else { error.to_string() }
    };
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    let mut response = client.build().map_err(wrong)?.get(url).send().await.map_err(wrong)?;
    if !response.status().is_success() {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(wrong)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            break;
        }
    }
    Ok(bytes)
}
