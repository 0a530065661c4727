//! The integration tests: the real binary, a data folder and a simulated WeCom for each test.
//!
//! * `tidy`, `messages`, `docs`: promises about the source tree, the texts and the examples in the docs;
//! * `guides`: every guide in both languages, links and commands that exist;
//! * `corpus`: files that must compile, and one-edit mistakes that must be found;
//! * `hostile`: files made to hurt the compiler;
//! * `store`, `bad_stores`: one suite of behaviour for every store; what damaged and lost ones do;
//! * `cli`: forms and exit codes of the commands; `editors`: what editors and
//!   code review get of the compiler;
//! * `months`, `acme`, `nasty`: whole organisations, month by month, at full size, and full of mistakes;
//! * `conditions`: whom a filter takes, and what it may cost;
//! * `roster`: departments made from the paths in a file, and the people in them;
//! * `steps`: messages, calls of other workflows, webhooks; `cases_triggers`: what starts runs by itself, and what keeps it from that;
//! * `generated_client`: a program made from the document of the API;
//! * `accounts`: who may sign in and how that is proved, what roles may do, and the audit;
//! * `connectors`: what the engine relies on, tried on the directory's connector;
//! * `console`: the console as a browser gets it, and what stands in its place;
//! * `contract`: who may do what, and that lists come in pages and refusals as problems;
//! * `adopt`: a company that has members already;
//! * `templates`: every template does what its test says;
//! * `cases_values`: values as real files bring them, each understood whole or refused;
//! * `promises`: random organisations, changes, faults and decisions;
//! * `cases_people`: keys that changed, people who came back, values that change hands;
//! * `trust`: nobody loses access because something else went wrong;
//! * `cases_limits`: slips that would change nearly everybody at once, and leavers whom nothing disables;
//! * `at_once`: adoption, decisions about people and waiting removals together;
//! * `pace`: a slow WeCom, several calls at a time;
//! * `removals`: removals wait for a decision while everything else goes on;
//! * `runlog`, `compact`: what people see of runs, how long it is kept, and space that is given back;
//! * `security`: strangers on the machine: on old ports, in the data folder, at webhooks;
//! * `webhooks`: calls from outside: recorded ones, too many, the documented callers;
//! * `due`: many schedules, held runs and workflows cost what is due and not what is kept;
//! * `tenants`: nobody sees, names, counts or starves what belongs to another tenant;
//! * `live`: what streams tell, and why a person is as they are;
//! * `indexes`: an index answers what reading everything would; `figures`: measurements, run by hand (`--ignored`);
//! * `places`: how many runs are at work at once, and who waits for whom;
//! * `nodes`: three nodes over one database, killed, frozen and cut off while they write; `takeover`: the rules by which one goes on with the work of another; `crash`: the crash harness, on both stores; `durability`, `schedule`: killed at any moment, nothing is lost and nothing done twice.
//!
//! Sample organisations are read from `../shared/data`; where that folder is missing, the tests that need it say so.

#![allow(clippy::print_stderr, reason = "a skipped test and a seed are told")]

mod accounts;
mod acme;
mod adopt;
mod at_once;
mod bad_stores;
mod cases_limits;
mod cases_people;
mod cases_triggers;
mod cases_values;
mod cli;
mod compact;
mod conditions;
mod connectors;
mod console;
mod contract;
mod corpus;
mod crash;
mod docs;
mod due;
mod durability;
mod editors;
mod events;
mod figures;
mod first_use;
mod generated_client;
mod guides;
mod hostile;
mod indexes;
mod jobs;
mod languages;
mod live;
mod messages;
mod months;
mod nasty;
mod nodes;
mod pace;
mod places;
mod promises;
mod removals;
mod roster;
mod runlog;
mod schedule;
mod security;
mod steps;
mod store;
mod support;
mod surprises;
mod takeover;
mod templates;
mod tenants;
mod tidy;
mod trigger_kinds;
mod trust;
mod truth;
mod upgrade;
mod verify;
mod webhooks;
