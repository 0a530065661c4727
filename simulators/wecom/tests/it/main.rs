//! The simulator over real HTTP: one file per question, all in one binary.

mod admin;
mod apps;
mod binary;
mod callbacks;
mod callers;
mod consistency;
mod departments;
mod exports;
mod faults;
mod fixtures;
mod imports;
mod limits;
mod members;
mod messages;
mod oauth;
mod paging;
mod provider;
mod reading;
mod receiver;
mod support;
mod tags;
mod tokens;
mod wechatpy;
