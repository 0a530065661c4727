//! idflow keeps identity systems in step: an administrator picks a template, connects an account, sees exactly what will
//! change, and activates it.
//!
//! The modules, from the ground up; imports point down only, which `tests/it/tidy.rs` enforces:
//!
//! * [`model`]: plain data: ids, the definition of a workflow, the events of the run log;
//! * [`workflow`]: YAML to a checked graph;
//! * [`store`]: what survives a crash;
//! * [`reconcile`]: source, links, target and mapping to a plan;
//! * [`engine`]: decides, then acts;
//! * [`trigger`]: what starts a run;
//! * [`connectors`]: the list of compiled-in connectors;
//! * [`stand_ins`]: what plays their systems in rehearsals;
//! * [`contract`]: the types in which every edge speaks;
//! * [`app`]: settings to a running application;
//! * [`server`], [`telemetry`], [`config`], [`cli`]: the edges;
//! * [`demo`]: the organisation that ships with the product.

pub mod app;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod contract;
pub mod demo;
pub mod engine;
pub mod model;
pub mod reconcile;
pub mod server;
pub mod stand_ins;
pub mod store;
pub mod telemetry;
pub mod trigger;
pub mod workflow;
