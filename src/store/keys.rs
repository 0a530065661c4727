//! How keys are laid out: one kind byte, the tenant, then what the kind needs, in an order that scans use.
//!
//! Kind bytes are never given a second meaning. [`RESERVED`] belongs to backends.

use idflow_sdk::Kind;

use crate::model::id::{RunId, Tenant};

/// Rows of a plan in one stored value.
pub const GROUP: u32 = 32;

/// Connections.
pub const CONNECTION: u8 = b'c';
/// Directory objects.
pub const DIRECTORY: u8 = b'd';
/// Facts about the whole store.
pub const META: u8 = b'm';
/// Journal events.
pub const JOURNAL: u8 = b'j';
/// Links.
pub const LINK: u8 = b'l';
/// Plan rows.
pub const PLAN: u8 = b'p';
/// Runs that are not at an end.
pub const OPEN_RUN: u8 = b'q';
/// Run headers.
pub const RUN: u8 = b'r';
/// Runs by workflow.
pub const RUN_OF_WORKFLOW: u8 = b's';
/// When schedules fired last.
pub const SCHEDULE: u8 = b't';
/// Workflows: head and versions.
pub const WORKFLOW: u8 = b'w';
/// What a workflow remembers of its last good run.
pub const BASELINE: u8 = b'b';

/// What people ask of runs that another process may be working on.
pub const ASKED: u8 = b'a';
/// Runs by workflow and number.
pub const NUMBER: u8 = b'n';
/// Runs to be started because another one ended.
pub const FOLLOW: u8 = b'f';
/// Items that went wrong, by run.
pub const BAD_ITEM: u8 = b'i';
/// How long runs are kept: pins, and runs that retention has to look at again.
pub const KEEP: u8 = b'k';

/// Connections that do not work at present.
pub const SICK: u8 = b'x';
/// Import jobs that a run left at work.
pub const LEFT_JOB: u8 = b'o';
/// Exchanges that did not go well, by run.
pub const EVIDENCE: u8 = b'e';
/// When the directory was written to last.
pub const DIRECTORY_MARK: u8 = b'v';
/// Links by their second end.
pub const LINK_END: u8 = b'u';
/// What people decided about pairs.
pub const DECISION: u8 = b'y';
/// Removals that wait for a person.
pub const REMOVAL: u8 = b'z';
/// Who wrote last to each system.
pub const WRITTEN_LAST: u8 = b'g';
/// Addresses that start runs.
pub const HOOK: u8 = b'h';
/// Calls of addresses that have started a run.
pub const HOOK_CALL: u8 = b'H';
/// Runs with something to do now, by concurrency group.
pub const RUN_AT_WORK: u8 = b'A';
/// What is to be looked at when its time comes.
pub const WAKE: u8 = b'T';
/// What is known of versions of workflows without compiling them, and which addresses they want.
pub const SIGNATURE: u8 = b'S';
/// What the runs of a workflow wrote, by the time when they ended.
pub const WRITTEN_TODAY: u8 = b'D';
/// What systems do not want to be asked at present.
pub const RESTS: u8 = b'R';
/// Messages that people sent.
pub const MESSAGE: u8 = b'M';
/// House numbers of tenants, also those that a tenant had before.
pub const HOUSE: u8 = b'Z';
/// Tenants.
pub const TENANT: u8 = b'N';
/// Accounts of other systems by what identifies them, over all tenants.
pub const IDENTITY: u8 = b'I';
/// Events of connections: who listens, what waits, what came before.
pub const EVENT: u8 = b'E';
/// Receivers of callbacks: their keys, and what they heard.
pub const CALLBACK: u8 = b'W';
/// Whose address a callback is meant for, over all tenants.
pub const CALLBACK_ADDRESS: u8 = b'V';
/// Accounts of the installation, their names, and what they may do in each tenant.
pub const ACCOUNT: u8 = b'U';
/// Sessions of accounts.
pub const SESSION: u8 = b'C';
/// Tokens of programs.
pub const TOKEN: u8 = b'K';
/// Links that are good once.
pub const ONE_TIME: u8 = b'O';
/// The audit of a tenant.
pub const AUDIT: u8 = b'L';
/// Runs by what people look for.
pub const RUN_TERM: u8 = b'Q';
/// The rows of a large run by what people look for.
pub const ITEM_TERM: u8 = b'B';
/// Departments and people by what people look for.
pub const OBJECT_TERM: u8 = b'P';
/// Objects whose entries in the index are still to be written.
pub const OBJECT_NOTE: u8 = b'G';
/// Departments and people that were made together and stand in no index yet.
pub const OBJECTS_MADE: u8 = b'1';
/// What was changed in departments and people, and by whom.
pub const OBJECT_HISTORY: u8 = b'Y';
/// Files served at the top of our domain, over all tenants.
pub const SITE_FILE: u8 = b'F';
/// How far the first setup of a tenant is.
pub const SETUP: u8 = b'J';
/// Notifications: what there is to tell, who wants to be told, and what became of messages.
pub const NOTICE: u8 = b'X';
/// Templates of one's own, and the keys by which they are signed.
pub const TEMPLATE: u8 = b'2';
/// Files that people uploaded: what is known of them.
pub const UPLOAD: u8 = b'3';
/// Their content, sealed, in pieces.
pub const UPLOAD_PIECE: u8 = b'4';
/// The provider of the installation, what it was told, and how far the authorisations of companies are.
pub const PROVIDER: u8 = b'5';
/// Removals in the order in which people look at them.
pub const REMOVAL_ORDER: u8 = b'6';
/// What is known of links beside their two ends.
pub const LINK_NOTE: u8 = b'7';
/// Keys of backends themselves: parts of long values, and how far a store has come. Nobody else puts such keys.
pub const RESERVED: u8 = 0xfe;

/// Room for a tenant, two connections and the key of an object: a key that grows name by name is copied each time.
const USUAL: usize = 64;

/// A key under construction.
#[derive(Debug, Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of this kind and tenant.
    #[must_use]
    pub fn new(kind: u8, tenant: &Tenant) -> Self {
        let mut bytes = Vec::with_capacity(USUAL);
        bytes.push(kind);
        bytes.extend_from_slice(tenant.as_str().as_bytes());
        bytes.push(0);
        Self(bytes)
    }

    /// What all keys of this kind begin with, whatever tenant they belong to.
    #[must_use]
    pub fn of_all(kind: u8) -> Self {
        Self(vec![kind])
    }

    /// A key of this kind that belongs to no tenant.
    #[must_use]
    pub fn of_store(kind: u8) -> Self {
        Self(vec![kind, 0])
    }

    /// A key of this kind for the tenant of another key.
    #[must_use]
    pub fn beside(kind: u8, other: &[u8]) -> Self {
        let end = other.iter().position(|byte| *byte == 0).unwrap_or(other.len());
        let mut bytes = vec![kind];
        bytes.extend_from_slice(other.get(1..end).unwrap_or_default());
        bytes.push(0);
        Self(bytes)
    }

    /// Adds a name, closed by a zero byte (names contain none).
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(0);
        self
    }

    /// Adds a kind of object.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.0.push(kind.letter() as u8);
        self
    }

    /// Adds a run id.
    #[must_use]
    pub fn run(mut self, run: RunId) -> Self {
        self.0.extend_from_slice(&run.to_bytes());
        self
    }

    /// Adds a number, smaller first.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds bytes as they are; nothing may stand behind them whose place depends on their length.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The first key after all keys with this prefix.
#[must_use]
pub fn end_of(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < 0xff {
            end.push(last + 1);
            return end;
        }
    }
    vec![0xff; 8]
}

/// The number at the end of a key.
#[must_use]
pub fn last_number(key: &[u8]) -> u64 {
    let tail = key.len().saturating_sub(8);
    key[tail..].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
