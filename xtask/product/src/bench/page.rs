//! The figures as a table, and docs/benchmarks.md with the table between its markers.

use anyhow::{Context, Result, bail};

use super::figures::{AIMED_PEOPLE, FIRST_RATIO, Report, Size, UNCHANGED_KIB, UNCHANGED_MS};
use xtask::{output, workspace};

const PAGE: &str = "docs/benchmarks.md";
const BEGIN: &str = "<!-- figures: written by cargo xtask bench -->";
const END: &str = "<!-- end of figures -->";

/// Two tables and the aims, in Markdown, which is readable on a terminal too.
pub fn table(report: &Report) -> String {
    let mut lines = vec![
        "| people | sync | requests | process | run | processor time | bare | process / bare | peak memory |"
            .to_string(),
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|".to_string(),
    ];
    for size in &report.sizes {
        for (name, sync) in [("first", &size.first), ("unchanged", &size.unchanged)] {
            lines.push(format!(
                "| {} | {name} | {} | {:.2} s | {:.2} s | {:.2} s | {:.2} s | {:.2} | {:.0} MiB |",
                size.people,
                sync.requests,
                sync.wall_ms / 1000.0,
                sync.run_ms / 1000.0,
                sync.cpu_ms as f64 / 1000.0,
                sync.bare_ms / 1000.0,
                sync.ratio,
                mib(sync.peak_kib),
            ));
        }
    }
    lines.push(String::new());
    lines.push("| people | departments | import | peak memory of the import | rounds |".into());
    lines.push("|---:|---:|---:|---:|---:|".into());
    for size in &report.sizes {
        let import = &size.import;
        let (seconds, memory) = (import.wall_ms / 1000.0, mib(import.peak_kib));
        let (people, departments, rounds) = (size.people, size.departments, size.rounds);
        lines.push(format!("| {people} | {departments} | {seconds:.2} s | {memory:.0} MiB | {rounds} |"));
    }
    if let Some(large) = &report.large {
        lines.push(String::new());
        lines.extend(super::large::lines(large));
    }
    if let Some(slow) = &report.slow {
        lines.push(String::new());
        lines.extend(super::slow::lines(slow));
    }
    lines.push(String::new());
    lines.push("| aim | measured | met |".into());
    lines.push("|---|---|---|".into());
    let of_large = report.large.as_ref().map(super::large::aims).unwrap_or_default();
    let of_slow = report.slow.as_ref().map(super::slow::aims).unwrap_or_default();
    lines.extend(aims(&report.sizes).into_iter().chain(of_large).chain(of_slow).map(aim));
    lines.push(String::new());
    let machine = &report.machine;
    lines.push(format!(
        "{}, {} cores, {} MiB, Linux {}; {}; {}; {}.",
        machine.cpu, machine.cores, machine.memory_mib, machine.kernel, machine.rustc, machine.idflow, machine.date
    ));
    if report.disturbed > 0 {
        lines.push(format!("\n{} rounds began while something else used the processors.", report.disturbed));
    }
    lines.join("\n")
}

/// A line of the table of aims.
pub fn aim((aim, measured, met): (String, String, bool)) -> String {
    format!("| {aim} | {measured} | {} |", if met { "yes" } else { "**no**" })
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Each aim in words, what was measured, and whether that is good enough.
fn aims(sizes: &[Size]) -> Vec<(String, String, bool)> {
    let mut aims = Vec::new();
    for size in sizes {
        let ratio = size.first.ratio;
        let aim = format!("first sync of {}: at most {FIRST_RATIO} × bare", size.people);
        aims.push((aim, format!("{ratio:.2} ×"), ratio <= FIRST_RATIO));
    }
    if let Some(size) = sizes.iter().find(|size| size.people == AIMED_PEOPLE) {
        let sync = &size.unchanged;
        let aim = format!("unchanged sync of {AIMED_PEOPLE}: at most {:.0} s", UNCHANGED_MS / 1000.0);
        aims.push((aim, format!("{:.2} s", sync.wall_ms / 1000.0), sync.wall_ms <= UNCHANGED_MS));
        let aim = format!("unchanged sync of {AIMED_PEOPLE}: at most {:.0} MiB", mib(UNCHANGED_KIB));
        aims.push((aim, format!("{:.0} MiB", mib(sync.peak_kib)), sync.peak_kib <= UNCHANGED_KIB));
    }
    for pair in sizes.windows(2) {
        let people = pair[1].people as f64 / pair[0].people as f64;
        for (name, from, to) in [
            ("first", pair[0].first.wall_ms, pair[1].first.wall_ms),
            ("unchanged", pair[0].unchanged.wall_ms, pair[1].unchanged.wall_ms),
        ] {
            let time = to / from;
            let aim = format!(
                "{name} sync, {} to {}: at most {people:.0} × the time, and a tenth for what measurements differ by",
                pair[0].people, pair[1].people
            );
            aims.push((aim, format!("{time:.1} ×"), time <= people * 1.1));
        }
    }
    aims
}

/// Puts the table into the page.
pub fn rewrite(report: &Report) -> Result<()> {
    let path = workspace::root().join(PAGE);
    let page = std::fs::read_to_string(&path).with_context(|| PAGE)?;
    std::fs::write(&path, replaced(&page, &table(report))?).with_context(|| PAGE)?;
    output::say(&format!("wrote {PAGE}"));
    Ok(())
}

fn replaced(page: &str, table: &str) -> Result<String> {
    let Some(((before, _), (_, after))) = page.split_once(BEGIN).zip(page.split_once(END)) else {
        bail!("{PAGE} has no lines `{BEGIN}` and `{END}`");
    };
    Ok(format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replaced};

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let page = format!("# A\n{BEGIN}\nold\n{END}\n## B\n");
        let new = replaced(&page, "new").unwrap();
        assert_eq!(new, format!("# A\n{BEGIN}\n\nnew\n\n{END}\n## B\n"));
        assert_eq!(replaced(&new, "new").unwrap(), new);
        assert!(replaced("# A", "new").is_err());
    }
}
