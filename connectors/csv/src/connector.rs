//! The connection: a folder of files. Files are read, never written, so everything about targets is refused.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    Applied, Call, CheckReport, Connection, ConnectorSpec, Context, Error, ErrorKind, Finding, Kind, OpenRequest,
    Params, Problem, ReadRequest, Reader, Record, Seen, Snapshot,
};
use serde_json::Value as Json;

use crate::{
    encoding,
    layout::{self, Layout},
    problems::io_error,
    reader::{FileReader, blocking},
    scan::{Scan, Wanted},
    spec::{ENCODINGS, READ, SPEC},
};

/// Parameters that the layout is made from.
const LAYOUT: [&str; 8] = ["key", "columns", "required", "present", "lists", "flags", "words", "defaults"];

/// Opens a folder of files.
///
/// # Errors
/// None at present: whether the folder is there is found out by [`Connection::check`] and by every read, for it may come
/// later than the connection.
pub fn open(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    let folder = request.settings.get("folder").map(PathBuf::from).unwrap_or_default();
    Ok(Arc::new(Folder { folder }))
}

struct Folder {
    folder: PathBuf,
}

#[async_trait]
impl Connection for Folder {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn check(&self, _: &Context) -> CheckReport {
        let folder = self.folder.clone();
        let problem = match blocking(move || folder_problem(&folder)).await {
            Ok(problem) => problem,
            Err(error) => Some(*error.problem),
        };
        let readable = problem.is_none();
        CheckReport {
            findings: vec![Finding { subject: "folder", problem, fatal: true }],
            capabilities: BTreeMap::from([("read_files", readable)]),
        }
    }

    async fn read(&self, _: &Context, request: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        if request.action.name != READ.name {
            return Err(read_only());
        }
        let params = request.params;
        let configuration = |problem| Error::new(ErrorKind::Configuration, problem);
        let path = params.text("path").ok_or_else(|| configuration(layout::missing("path")))?;
        let path = self.folder.join(path);
        let declared = params.text("encoding").unwrap_or("auto");
        if !ENCODINGS.contains(&declared) {
            let problem = Problem::new("csv_parameter").arg("parameter", "encoding").arg("entry", declared);
            return Err(configuration(problem));
        }
        let wanted = Wanted {
            layout: Layout::new(&as_json(&params)).map_err(configuration)?,
            encoding: encoding::by_name(declared),
            predicate: params.predicates.get("where").cloned(),
            asked: params.asked.get("where").cloned().unwrap_or_default(),
            partial: params.flag("partial", false),
        };
        let scan = blocking(move || Scan::open(&path, wanted)).await??;
        Ok(Box::new(FileReader::new(scan)))
    }

    fn places(&self) -> &'static [&'static str] {
        &["path"]
    }

    async fn snapshot(&self, _: &Context, _: Kind) -> Result<Snapshot, Error> {
        Err(read_only())
    }

    async fn details(&self, _: &Context, _: Kind, _: &[&str]) -> Result<Vec<Seen>, Error> {
        Err(read_only())
    }

    fn conform(&self, _: Kind, _: &mut Record, _: bool, _: &mut Vec<Problem>) -> Result<(), Problem> {
        Err(*read_only().problem)
    }

    async fn apply(&self, _: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        call.objects.iter().map(|_| Err(read_only())).collect()
    }

    async fn lookup(&self, _: &Context, _: Kind, _: &str) -> Result<Option<Record>, Error> {
        Err(read_only())
    }
}

fn read_only() -> Error {
    Error::new(ErrorKind::Unsupported, Problem::new("csv_read_only"))
}

/// What is wrong with the folder of a connection. No folder means the working directory, which is always there.
fn folder_problem(folder: &std::path::Path) -> Option<Problem> {
    if folder.as_os_str().is_empty() {
        return None;
    }
    let shown = folder.display().to_string();
    match std::fs::read_dir(folder) {
        Ok(_) => None,
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            Some(Problem::new("folder_is_file").arg("folder", shown))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(Problem::new("folder_not_found").arg("folder", shown))
        }
        Err(error) => Some(*io_error(&shown, &error).problem),
    }
}

/// The parameters of the layout, wherever the engine put them.
fn as_json(params: &Params) -> Json {
    let value = |name: &str| {
        let json = params.json.get(name).cloned().or_else(|| params.get(name).map(idflow_sdk::Value::to_json))?;
        Some((name.to_string(), json))
    };
    Json::Object(LAYOUT.into_iter().filter_map(value).collect())
}
