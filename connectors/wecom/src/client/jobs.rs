//! What does WeCom say of an export, or of an import job?

use serde::Deserialize;

use super::lenient;

/// An export as `export/get_result` tells of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExportState {
    /// 0 waiting, 1 running, 2 done, 3 failed.
    pub status: i64,
    /// Its files, once it is done.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub data_list: Vec<ExportFile>,
}

/// A file of an export.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExportFile {
    /// Its address, good for two hours.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub url: String,
    /// How many bytes it has.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub size: u64,
    /// The digest of its bytes, in hexadecimal digits.
    #[serde(deserialize_with = "lenient::or_empty")]
    pub md5: String,
}

/// What became of one row of an import job.
#[derive(Debug, Deserialize)]
pub(crate) struct JobRow {
    /// The member.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub userid: String,
    /// 0 is success; without it nothing is known.
    pub errcode: Option<i64>,
    /// The text of the code.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub errmsg: String,
}

/// An import job as `batch/getresult` tells of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    /// 1 started, 2 running, 3 finished.
    pub status: i64,
    /// 0 to 100.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub percentage: i64,
    /// The rows, once it is finished.
    #[serde(default, deserialize_with = "lenient::or_empty")]
    pub result: Vec<JobRow>,
}
