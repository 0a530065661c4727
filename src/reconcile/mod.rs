//! Source, links, target and mapping to a plan. Pure: the engine reads, this decides, the engine writes.
//!
//! One [`Task`] is one mapping over one list of a read step: all departments, then all people. Objects are pushed through
//! as they are read; those that are linked and whose fingerprint equals last time's are only counted, so that 100,000
//! unchanged people cost no memory. The rest is kept aside until the list ends, because only then is it known who is
//! there: keys are decided ([`matching`], [`changed`], [`decisions`], `doubt`), fields compared ([`compare`]), removals found ([`removal`]), unique values handed
//! over ([`unique`], `claims`, `circles`), and rows given their dependencies. [`safety`] judges the result, [`hash`] names it.
//!
//! Deliberately absent: I/O, the clock, the choice of calls.

pub mod adopt;
pub mod bindings;
mod called;
mod candidates;
pub mod changed;
mod circles;
mod claims;
pub mod compare;
pub mod decisions;
pub mod department_tree;
mod doubt;
mod fill;
mod first_causes;
pub mod halt;
pub mod hash;
mod heads;
pub mod known;
mod likeness;
pub mod links;
pub mod matching;
mod members;
pub mod names;
pub mod occupants;
pub mod person;
#[cfg(test)]
mod properties;
mod propose;
pub mod references;
mod refused;
pub mod removal;
mod renamed;
mod review;
pub mod root;
pub mod safety;
mod steps;
pub mod target;
pub mod task;
pub mod unique;
mod unknown_values;

pub use decisions::Decisions;
pub use halt::Halt;
pub use known::Known;
pub use links::{Ends, LinkEntry, LinkNotes, LinkTable, Owner};
pub use target::{TargetObjects, TargetTable};
pub use task::{Needs, RemovalStep, Steps, Task};
