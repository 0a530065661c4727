//! What is shown of a run at work: its counters, and what it waits for.

/// Why a run waits whose turn has come: as many are at work as the machine serves.
pub const FREE_PLACE: &str = "free_place";
/// Why a run waits while another one writes to the same system.
pub const SYSTEM: &str = "system";
/// Why a run waits that others of its concurrency group are ahead of.
pub const GROUP: &str = "group";

/// Why a run waits here that another node works on.
pub const ELSEWHERE: &str = "other_node";

/// Why nothing happens right now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Waiting {
    /// The code of what is waited for: `rate_limited`, `import_job`, `group`, `other_node` (it works on
    /// this run), `system` (another run writes there), `free_place`.
    pub why: String,
    /// Until when, in milliseconds since 1970, as far as that is known.
    pub until: Option<i64>,
    /// How many runs are at work, where it waits for one of them to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_work: Option<usize>,
}

/// A look at the counters.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, Default)]
pub struct Snapshot {
    /// The step at work.
    pub step: String,
    /// Rows to carry out in this run.
    pub total: u64,
    /// Rows carried out.
    pub done: u64,
    /// Rows that failed.
    pub failed: u64,
    /// Objects read so far.
    pub read: u64,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Rows a second since carrying out began, waits included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_s: Option<f64>,
    /// Milliseconds until the last row at that rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_ms: Option<u64>,
}

impl Snapshot {
    /// Whether something happened between two looks; rate and time left change by themselves.
    #[must_use]
    pub fn differs(&self, before: &Self) -> bool {
        let counters = |look: &Self| (look.total, look.done, look.failed, look.read);
        counters(self) != counters(before) || self.step != before.step || self.waiting != before.waiting
    }
}
