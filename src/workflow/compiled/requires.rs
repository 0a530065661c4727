//! What must hold before a workflow can be activated?

/// `requires`: what must hold before a workflow can be activated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    /// The kind of directory.
    pub directory: Option<String>,
    /// The least version of the engine: its first three numbers.
    pub engine: Option<[u64; 3]>,
    /// What the connections must be able to do.
    pub rights: Vec<String>,
}

impl Requires {
    /// Reads `>=0.1` or `0.1.0`; `None` for anything else.
    #[must_use]
    pub fn version(text: &str) -> Option<[u64; 3]> {
        let numbers = text.trim().trim_start_matches(">=").trim();
        let mut version = [0; 3];
        let mut parts = numbers.split('.');
        for place in &mut version {
            match parts.next() {
                Some(part) => *place = part.parse().ok()?,
                None => break,
            }
        }
        (parts.next().is_none() && !numbers.is_empty()).then_some(version)
    }

    /// Whether this version of the engine is new enough.
    #[must_use]
    pub fn is_served_by(&self, engine: &str) -> bool {
        let own = engine.split(['-', '+']).next().and_then(Self::version).unwrap_or_default();
        self.engine.is_none_or(|least| own >= least)
    }
}
