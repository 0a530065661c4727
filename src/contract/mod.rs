//! The contract: the types in which the API, the command line, exports and consoles speak of everything. One file for each
//! resource; what one edge writes, another reads back as the same type, and the OpenAPI document is made from them.
//!
//! No logic stands here, and no name of another module: the application turns what it stores into these types.
//! `serde_json::Value` is used where data is free by nature: inputs of workflows, values of fields, bodies of triggers.

pub mod account;
pub mod audit;
pub mod bindings;
pub mod callback;
pub mod compiler;
pub mod connection;
pub mod directory;
pub mod draft;
pub mod examination;
pub mod item;
pub mod link;
pub mod live;
pub mod matching;
pub mod message;
pub mod notification;
pub mod page;
pub mod plan;
pub mod playground;
pub mod problem;
pub mod provider;
pub mod rehearsal;
pub mod removal;
pub mod run;
pub mod set;
pub mod sign_in;
pub mod store;
pub mod template;
pub mod tenant;
pub mod trigger;
pub mod upload;
pub mod why;
pub mod workflow;
