//! What starts a run. A trigger turns an outside fact into "start this workflow with these inputs, once" and does nothing
//! else. So far: schedules; manual runs come in through the API.

pub mod schedule;
