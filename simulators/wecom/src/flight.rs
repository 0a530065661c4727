//! Calls whose answer is still on its way: what 45033 and 6000 are judged by.
//!
//! Only calls that take time are listed (latency, a delay or a hang), because the others are over
//! before the next one is looked at. The list is short, so it is searched from end to end.

use std::sync::Arc;

use crate::api::Route;
use crate::log::ObjectKind;

/// The object a write is about, as the request names it.
pub(crate) type Object = (ObjectKind, Box<str>);

/// One call in flight.
#[derive(Debug)]
pub(crate) struct Flying {
    pub number: u64,
    pub corpid: Arc<str>,
    pub path: &'static str,
    pub is_write: bool,
    pub object: Option<Object>,
}

/// The calls in flight.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Vec<Flying>);

/// Who else is writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Others {
    /// Other writes of the corp.
    pub writes: u32,
    /// Those to the same object.
    pub same_object: u32,
}

impl InFlight {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn begin(&mut self, call: Flying) {
        self.0.push(call);
    }

    pub fn end(&mut self, number: u64) {
        self.0.retain(|call| call.number != number);
    }

    /// How many calls of one API a corp has in flight.
    pub fn of_api(&self, corpid: &str, route: &Route) -> usize {
        self.0.iter().filter(|call| call.path == route.path && &*call.corpid == corpid).count()
    }

    /// What else a corp is writing.
    pub fn others(&self, corpid: &str, object: Option<&Object>) -> Others {
        let writes = self.0.iter().filter(|call| call.is_write && &*call.corpid == corpid);
        writes.fold(Others::default(), |others, call| Others {
            writes: others.writes + 1,
            same_object: others.same_object + u32::from(object.is_some() && call.object.as_ref() == object),
        })
    }
}
