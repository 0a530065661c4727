//! idflow keeps identity systems in step.
//!
//! The modules, from the ground up; imports point down only, which `tests/it/tidy.rs` enforces:
//!
//! * [`model`]: plain data: ids, the definition of a workflow, the events of the run log;
//! * [`workflow`]: YAML to a checked graph;
//! * [`reconcile`]: source, links, target and mapping to a plan;
//! * [`store`]: what survives a crash;
//! * [`engine`]: decides, then acts;
//! * [`trigger`]: what starts a run;
//! * [`connectors`]: the list of compiled-in connectors;
//! * [`app`]: settings to a running application;
//! * [`server`], [`telemetry`], [`config`], [`cli`]: the edges.

pub mod model;
pub mod workflow;
