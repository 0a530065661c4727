//! `cargo xtask bench --planning`: what does it cost to plan what nobody would write down? Columns that slipped, values that
//! everybody exchanges, people who can only be matched by a field that the platform hides, and thousands of departments side by
//! side. All of it is planned, and held or left undecided; nothing is written to the company.

use std::path::Path;

use anyhow::{Result, bail};
use idflow::demo::organisation::{Organisation, generate};

use super::{
    SEED,
    process::Used,
    product::{HELD, Jobs, PARTIAL, Product},
    simulator::Simulator,
};
use xtask::output;

/// A plan may take so long on the processors.
const MOST_MS: u64 = 10_000;
/// Departments side by side below the first one.
const SIBLINGS: usize = 10_000;
/// Measures all cases and prints them. `people` slip; twice as many are matched.
pub async fn measure(binary: &Path, simulator: &Path, people: usize) -> Result<()> {
    output::data("| case | people | process | processor time | peak memory | met |");
    output::data("|---|---:|---:|---:|---:|---|");
    slipped(binary, simulator, people).await?;
    hidden(binary, simulator, people * 2).await?;
    siblings(binary, simulator).await
}

fn tell(case: &str, people: usize, used: &Used) {
    let met = if used.cpu_ms <= MOST_MS { "yes" } else { "**no**" };
    let (wall, cpu) = (used.wall_ms / 1000.0, used.cpu_ms as f64 / 1000.0);
    output::data(&format!("| {case} | {people} | {wall:.2} s | {cpu:.2} s | {} MiB | {met} |", used.peak_kib / 1024));
}

/// A company in step, and its column of mobile numbers (and once that of the addresses) moved in several ways.
async fn slipped(binary: &Path, simulator: &Path, people: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("source");
    let mut organisation = generate(SEED, people);
    organisation.write(&source)?;
    let simulator = Simulator::start(simulator).await?;
    let product = Product::new(binary, folder.path());
    product.import(&source)?;
    product.connect(&simulator.base_url, Jobs::AsShipped)?;
    product.sync()?;
    let mobiles: Vec<String> = organisation.people.iter().map(|person| person.mobile.clone()).collect();
    let emails: Vec<String> = organisation.people.iter().map(|person| person.email.clone()).collect();
    // Numbers that have no factor in common with that of the people give everybody another one's.
    let far = |at: usize, step: usize| (at * step + 1) % people;
    let new = "15999999999".to_string();
    type Moved<'a> = Box<dyn Fn(usize) -> (String, String) + 'a>;
    let cases: Vec<(&str, Moved<'_>)> = vec![
        (
            "mobile column up by one, a new number last",
            Box::new(|at| (mobiles.get(at + 1).unwrap_or(&new).clone(), emails[at].clone())),
        ),
        (
            "mobile column up by one, the last cell blank",
            Box::new(|at| (mobiles.get(at + 1).cloned().unwrap_or_default(), emails[at].clone())),
        ),
        ("mobile column rotated by one", Box::new(|at| (mobiles[far(at, 1)].clone(), emails[at].clone()))),
        (
            "each two exchange their numbers",
            Box::new(|at| (mobiles.get(at ^ 1).unwrap_or(&mobiles[at]).clone(), emails[at].clone())),
        ),
        (
            "mobile and e-mail columns sorted apart",
            Box::new(|at| (mobiles[far(at, 12_347)].clone(), emails[far(at, 27_183)].clone())),
        ),
    ];
    for (name, moved) in &cases {
        for (at, person) in organisation.people.iter_mut().enumerate() {
            (person.mobile, person.email) = moved(at);
        }
        organisation.write(&source)?;
        product.import_anyway(&source)?;
        let (run, used) = product.run(&[HELD])?;
        tell(name, people, &used);
        product.decide("reject", &run)?;
    }
    Ok(())
}

/// A company whose departments are linked and whose people could only be told by a number that the platform does not show.
async fn hidden(binary: &Path, simulator: &Path, people: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (source, first) = (folder.path().join("source"), folder.path().join("first"));
    std::fs::create_dir(&first)?;
    let mut organisation = generate(SEED, people);
    organisation.write(&source)?;
    let simulator = Simulator::start(simulator).await?;
    let filling = Product::new(binary, &first);
    filling.import(&source)?;
    filling.connect(&simulator.base_url, Jobs::AsShipped)?;
    filling.sync()?;
    let everybody = std::mem::take(&mut organisation.people);
    organisation.write(&source)?;
    let product = Product::new(binary, folder.path());
    product.import_anyway(&source)?;
    let by_account = "source.username == target.userid";
    product.connect_with(&simulator.base_url, Jobs::AsShipped, &[(by_account, "source.mobile == target.mobile")])?;
    // The departments are there, by their paths: a person approves that.
    let (run, _) = product.run(&[HELD])?;
    product.decide("approve", &run)?;
    organisation.people = everybody;
    organisation.write(&source)?;
    product.import_anyway(&source)?;
    let (run, used) = product.run(&[HELD, PARTIAL])?;
    let undecided = run["planned"]["user"]["ambiguous"].as_u64();
    if undecided != Some(people as u64) {
        bail!("{undecided:?} of {people} people could not be matched: are the numbers shown?");
    }
    tell("the field to match by is hidden", people, &used);
    Ok(())
}

/// Departments that all have one parent, for a company that has them already and is known to nobody.
async fn siblings(binary: &Path, simulator: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (source, first) = (folder.path().join("source"), folder.path().join("first"));
    std::fs::create_dir(&first)?;
    let mut organisation: Organisation = generate(SEED, 100);
    for number in 0..SIBLINGS {
        let mut one = organisation.departments[0].clone();
        (one.id, one.parent, one.name) = (format!("S{number:05}"), Some(0), format!("Side {number:05}"));
        organisation.departments.push(one);
    }
    organisation.write(&source)?;
    let simulator = Simulator::start(simulator).await?;
    let filling = Product::new(binary, &first);
    filling.import(&source)?;
    filling.connect(&simulator.base_url, Jobs::AsShipped)?;
    filling.sync()?;
    let product = Product::new(binary, folder.path());
    product.import(&source)?;
    product.connect(&simulator.base_url, Jobs::AsShipped)?;
    let (_, used) = product.run(&[HELD])?;
    tell("departments side by side", SIBLINGS, &used);
    Ok(())
}
