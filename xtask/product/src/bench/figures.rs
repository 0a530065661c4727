//! The figures of one size, their medians, and the aims they are held against.

use serde::Serialize;

use super::{large::Large, machine::Machine, process::Used, slow::Slow};

/// The first sync may take so many times what its bare requests take.
pub const FIRST_RATIO: f64 = 1.5;
/// An unchanged sync of [`AIMED_PEOPLE`] may take so long.
pub const UNCHANGED_MS: f64 = 5000.0;
/// And hold so much memory.
pub const UNCHANGED_KIB: u64 = 150 * 1024;
/// The size those two aims are for.
pub const AIMED_PEOPLE: usize = 100_000;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// How many rounds began while something else used the processors.
    pub disturbed: usize,
    /// From the smallest.
    pub sizes: Vec<Size>,
    /// A large company, unless it was left out.
    pub large: Option<Large>,
    /// A company whose answers take their time, unless it was left out.
    pub slow: Option<Slow>,
}

/// One size.
#[derive(Debug, Clone, Serialize)]
pub struct Size {
    /// How many people.
    pub people: usize,
    /// In how many departments.
    pub departments: usize,
    /// How many rounds the medians are of.
    pub rounds: usize,
    /// Files to directory.
    pub import: Used,
    /// Into an empty company.
    pub first: Sync,
    /// With nothing to do.
    pub unchanged: Sync,
}

/// One sync and its bare requests.
#[derive(Debug, Clone, Serialize)]
pub struct Sync {
    /// The process from start to end.
    pub wall_ms: f64,
    /// The run itself, from started to ended.
    pub run_ms: f64,
    /// On all processors.
    pub cpu_ms: u64,
    /// The most that was resident.
    pub peak_kib: u64,
    /// How many business requests it sent.
    pub requests: usize,
    /// The same requests, bare.
    pub bare_ms: f64,
    /// `wall_ms / bare_ms`
    pub ratio: f64,
}

impl Sync {
    /// From what was measured.
    pub fn new(used: &Used, run_ms: f64, requests: usize, bare_ms: f64) -> Self {
        let wall_ms = used.wall_ms;
        let ratio = wall_ms / bare_ms;
        Self { wall_ms, run_ms, cpu_ms: used.cpu_ms, peak_kib: used.peak_kib, requests, bare_ms, ratio }
    }
}

/// The median of each figure over the rounds of one size. The ratio is that of the medians.
pub fn median(rounds: Vec<Size>) -> Size {
    let sync = |of: fn(&Size) -> &Sync| {
        let wall_ms = middle(&rounds, |size| of(size).wall_ms);
        let bare_ms = middle(&rounds, |size| of(size).bare_ms);
        Sync {
            wall_ms,
            run_ms: middle(&rounds, |size| of(size).run_ms),
            cpu_ms: middle(&rounds, |size| of(size).cpu_ms as f64) as u64,
            peak_kib: middle(&rounds, |size| of(size).peak_kib as f64) as u64,
            requests: of(&rounds[0]).requests,
            bare_ms,
            ratio: wall_ms / bare_ms,
        }
    };
    Size {
        people: rounds[0].people,
        departments: rounds[0].departments,
        rounds: rounds.len(),
        import: Used {
            wall_ms: middle(&rounds, |size| size.import.wall_ms),
            cpu_ms: middle(&rounds, |size| size.import.cpu_ms as f64) as u64,
            peak_kib: middle(&rounds, |size| size.import.peak_kib as f64) as u64,
        },
        first: sync(|size| &size.first),
        unchanged: sync(|size| &size.unchanged),
    }
}

fn middle(rounds: &[Size], figure: impl Fn(&Size) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let half = figures.len() / 2;
    if figures.len().is_multiple_of(2) { (figures[half - 1] + figures[half]) / 2.0 } else { figures[half] }
}

#[cfg(test)]
mod tests {
    use super::{Size, Sync, Used, median};

    fn round(wall_ms: f64) -> Size {
        let used = Used { wall_ms, cpu_ms: 5, peak_kib: 7 };
        let sync = Sync::new(&used, wall_ms, 3, 10.0);
        Size { people: 1, departments: 1, rounds: 1, import: used, first: sync.clone(), unchanged: sync }
    }

    #[test]
    fn one_slow_round_does_not_count() {
        let size = median(vec![round(10.0), round(90.0), round(20.0)]);
        assert!((size.first.wall_ms - 20.0).abs() < f64::EPSILON);
        assert!((size.first.ratio - 2.0).abs() < f64::EPSILON);
        assert_eq!(size.rounds, 3);
    }
}
