//! Why is a run to stop: somebody asks, a time limit is passed, or this process ends?

use idflow_sdk::Problem;

use crate::model::run::{Ask, Asked};

/// Everything that asks a run to stop.
#[derive(Debug, Default)]
pub(super) struct Stops {
    pub asked: Option<Asked>,
    /// How often somebody asked.
    pub times: u64,
    /// Time limits, the outermost first.
    pub limits: Vec<Limit>,
    /// The number of the last watch.
    pub watches: u64,
    /// This process ends.
    pub leaving: bool,
}

#[derive(Debug)]
pub(super) struct Limit {
    pub number: u64,
    pub problem: Problem,
    pub passed: bool,
}

/// Why a run is to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked.
    Asked(Asked),
    /// A time limit is passed.
    Late(Problem),
    /// This process ends; the run goes on elsewhere, or with the next start.
    Leaving,
}

impl Stop {
    /// Whether the run goes on later where it is.
    #[must_use]
    pub fn is_for_now(&self) -> bool {
        match self {
            Self::Asked(asked) => asked.ask == Ask::Pause,
            Self::Late(_) => false,
            Self::Leaving => true,
        }
    }
}

impl Stops {
    /// What comes first of all that asks it to stop.
    pub fn stop(&self) -> Option<Stop> {
        let asked = self.asked.clone().map(Stop::Asked);
        let late = || {
            let passed = self.limits.iter().find(|limit| limit.passed);
            passed.map(|limit| Stop::Late(limit.problem.clone()))
        };
        asked.or_else(late).or(self.leaving.then_some(Stop::Leaving))
    }
}
