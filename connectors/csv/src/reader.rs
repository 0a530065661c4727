//! A scan as the engine takes it: a page at a time, each read on a thread that may block.

use async_trait::async_trait;
use idflow_sdk::{Blank, Error, ErrorKind, Page, Problem, Reader, Summary};

use crate::scan::Scan;

/// A file being read. The scan is away while a page is read; should that be given up, the read is over.
pub(crate) struct FileReader {
    scan: Option<Box<Scan>>,
}

impl FileReader {
    /// Reads on where this scan stands.
    pub(crate) fn new(scan: Scan) -> Self {
        Self { scan: Some(Box::new(scan)) }
    }
}

#[async_trait]
impl Reader for FileReader {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        let mut scan = self.scan.take().ok_or_else(interrupted)?;
        let (scan, page) = blocking(move || {
            let page = scan.page();
            (scan, page)
        })
        .await?;
        self.scan = Some(scan);
        page
    }

    fn expect_line_end(&mut self) {
        if let Some(scan) = &mut self.scan {
            scan.expect_line_end();
        }
    }

    fn absent(&self) -> Vec<String> {
        self.scan.as_ref().map(|scan| scan.absent()).unwrap_or_default()
    }

    async fn blank(&mut self, fields: &[&str]) -> Result<Vec<Blank>, Error> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_string()).collect();
        let scan = self.scan.take().ok_or_else(interrupted)?;
        let (scan, found) = blocking(move || {
            let found = scan.blank(&fields);
            (scan, found)
        })
        .await?;
        self.scan = Some(scan);
        found
    }

    fn summary(&self) -> Summary {
        match &self.scan {
            Some(scan) => scan.summary(),
            None => Summary { incomplete_because: Some(*interrupted().problem), ..Summary::default() },
        }
    }
}

/// Runs something that blocks. Nobody gives such work up but a process that ends: then there is no answer, because one that
/// tells of a failure would stand in the run, which the next process goes on with.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Err(ended) if ended.is_cancelled() => std::future::pending().await,
        done => done.map_err(|_| interrupted()),
    }
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Unexpected, Problem::new("read_interrupted"))
}
