//! Room on the disk: a run that cannot be written down must not begin. What is written already, the log of work under way
//! and approvals, is never given up for space.

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Enough.
    Plenty,
    /// Less than twice the floor: somebody should look.
    Low,
    /// Less than the floor: no new runs.
    Full,
}

/// A look at the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Free bytes; `None` when the system does not say.
    pub free: Option<u64>,
    /// Below this no run begins.
    pub floor: u64,
}

impl Look {
    /// How much there is. A system that does not say is trusted.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.free {
            Some(free) if free < self.floor => Level::Full,
            Some(free) if free < self.floor.saturating_mul(2) => Level::Low,
            _ => Level::Plenty,
        }
    }
}

/// Where the free space is read, and how much there must be.
pub struct Room {
    /// Bytes.
    pub floor: u64,
    /// Reads the free bytes.
    pub free: Box<dyn Fn() -> Option<u64> + Send + Sync>,
}

impl Room {
    /// Looks now.
    #[must_use]
    pub fn look(&self) -> Look {
        Look { free: (self.free)(), floor: self.floor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        let level = |free| Look { free, floor: 100 }.level();
        assert_eq!(level(Some(99)), Level::Full);
        assert_eq!(level(Some(100)), Level::Low);
        assert_eq!(level(Some(199)), Level::Low);
        assert_eq!(level(Some(200)), Level::Plenty);
        assert_eq!(level(None), Level::Plenty);
        assert_eq!(Look { free: Some(0), floor: 0 }.level(), Level::Plenty, "switched off");
    }
}
