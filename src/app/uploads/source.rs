//! The connection by which imports read, over files that lie sealed in the store: a path `upload:ID/PART/NAME` is such a file,
//! also with a further part behind it. It is unsealed into a folder of its own for as long as it is read, on whichever node reads
//! it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use idflow_sdk::{
    Applied, Call, CheckReport, Connection, ConnectorSpec, Context, Error, ErrorKind, Kind, Page, Problem, ReadRequest,
    Reader, Record, Seen, Snapshot, SourceObject, Value,
};

use super::{folder::work_folder, sealed::FileKey};
use crate::{
    app::{error::AppError, seal::Sealer},
    model::{id::Tenant, run::Run},
    store::{
        Store, uploads,
        uploads::{SCHEME, UPLOAD_MISSING},
    },
};

/// The folder by which a run reads a part of a file. The name of the file stands in it for whoever looks at the run, and is not
/// read.
pub(super) fn folder(id: &str, part: &str, name: &str) -> String {
    match shown(name) {
        Some(name) => format!("{SCHEME}{id}/{part}/{name}"),
        None => format!("{SCHEME}{id}/{part}"),
    }
}

/// What the file is called that a run reads by such a path; none for a path of another sort.
pub(in crate::app) fn name_in(path: &str) -> Option<&str> {
    path.strip_prefix(SCHEME)?.split('/').nth(2)
}

/// Whether a run reads a part of this file.
pub(super) fn reads(run: &Run, id: &str) -> bool {
    let of = |path: &str| path.strip_prefix(SCHEME).and_then(|rest| rest.split('/').next()) == Some(id);
    let inputs = run.inputs.as_object().into_iter().flat_map(|inputs| inputs.values());
    inputs.filter_map(serde_json::Value::as_str).any(of)
}

/// Whether a path is that of an uploaded file.
pub(in crate::app) fn is_uploaded(path: &str) -> bool {
    path.starts_with(SCHEME)
}

/// The connection.
pub(in crate::app) struct Unsealing {
    pub(in crate::app) inner: Arc<dyn Connection>,
    pub(in crate::app) store: Store,
    pub(in crate::app) tenant: Tenant,
    pub(in crate::app) sealer: Arc<Sealer>,
    /// Where folders are made for as long as a file is read.
    pub(in crate::app) scratch: PathBuf,
}

impl Unsealing {
    /// The file that is meant, unsealed, in the folder that goes when it was read.
    async fn unsealed(&self, id: &str, part: &str, name: &str) -> Result<(tempfile::TempDir, PathBuf), AppError> {
        let missing = || AppError::not_found(UPLOAD_MISSING).arg("id", id);
        let stored = uploads::get(&*self.store, &self.tenant, id).await?.ok_or_else(missing)?.value;
        let bytes = stored.parts.get(part).copied().ok_or_else(missing)?;
        let key = FileKey::open(&self.sealer, id, &stored.sealed)?;
        let folder = work_folder(&self.scratch, &self.tenant)?;
        let path = match shown(&stored.name) {
            Some(shown) => folder.path().join(shown),
            None => folder.path().join(Path::new(name).file_name().unwrap_or_default()),
        };
        key.write(&*self.store, &self.tenant, (part, bytes), &path).await?;
        Ok((folder, path))
    }
}

/// The name by which somebody knows a file, as far as it can be that of a file here: it stands in what is said of its rows.
pub(super) fn shown(name: &str) -> Option<String> {
    const MOST: usize = 120;
    let plain = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim();
    // The end says which form it has.
    let cut = name.ceil_char_boundary(name.len().saturating_sub(MOST));
    Some(name[cut..].trim_start_matches('.').to_string()).filter(|name| !name.is_empty())
}

#[async_trait]
impl Connection for Unsealing {
    fn spec(&self) -> &'static ConnectorSpec {
        self.inner.spec()
    }

    async fn check(&self, context: &Context) -> CheckReport {
        self.inner.check(context).await
    }

    async fn read(&self, context: &Context, mut request: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        let path = request.params.text("path").unwrap_or_default().to_string();
        let Some(named) = path.strip_prefix(SCHEME) else { return self.inner.read(context, request).await };
        let gone = || Error::new(ErrorKind::Configuration, Problem::new(UPLOAD_MISSING).arg("id", named.to_string()));
        let mut parts = named.splitn(3, '/');
        let (Some(id), Some(part), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(gone());
        };
        let unsealed = self.unsealed(id, part, name).await;
        let (folder, path) = unsealed.map_err(|error| Error::new(ErrorKind::Configuration, *error.problem))?;
        request.params.values.insert("path".into(), Value::text(path.display().to_string()));
        let inner = self.inner.read(context, request).await?;
        Ok(Box::new(OfFolder { inner, _folder: folder }))
    }

    fn places(&self) -> &'static [&'static str] {
        self.inner.places()
    }

    async fn snapshot(&self, context: &Context, kind: Kind) -> Result<Snapshot, Error> {
        self.inner.snapshot(context, kind).await
    }

    async fn details(&self, context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Error> {
        self.inner.details(context, kind, keys).await
    }

    fn conform(
        &self,
        kind: Kind,
        record: &mut Record,
        complete: bool,
        warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        self.inner.conform(kind, record, complete, warnings)
    }

    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        self.inner.apply(context, call).await
    }

    async fn lookup(&self, context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        self.inner.lookup(context, kind, key).await
    }
}

/// A reader whose file goes with it.
struct OfFolder {
    inner: Box<dyn Reader>,
    _folder: tempfile::TempDir,
}

#[async_trait]
impl Reader for OfFolder {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        self.inner.next().await
    }

    fn expect_line_end(&mut self) {
        self.inner.expect_line_end();
    }

    fn absent(&self) -> Vec<String> {
        self.inner.absent()
    }

    async fn blank(&mut self, fields: &[&str]) -> Result<Vec<idflow_sdk::Blank>, Error> {
        self.inner.blank(fields).await
    }

    fn root(&self) -> Option<Box<str>> {
        self.inner.root()
    }

    async fn once_more(&mut self, output: &'static str, keys: &[&str]) -> Result<Vec<SourceObject>, Error> {
        self.inner.once_more(output, keys).await
    }

    fn unsure(&self, output: &'static str, keys: &[&str]) -> Vec<(Box<str>, idflow_sdk::Problem)> {
        self.inner.unsure(output, keys)
    }

    fn summary(&self) -> idflow_sdk::Summary {
        self.inner.summary()
    }
}
