//! Files on the disk, read the way the engine reads them.

mod contract;
mod encodings;
mod files;
mod large;
mod nasty;
mod properties;
mod rows;
mod support;
