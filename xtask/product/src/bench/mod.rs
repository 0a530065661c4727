//! `cargo xtask bench`: how long does a sync take, and how much of that is the product's own?
//!
//! For each size an organisation is generated and imported, and the binary of the product syncs it twice against
//! the binary of the simulator, which answers without delay: the first sync creates everything, the second finds
//! nothing to do. Both are compared with *bare*: the same business requests, taken from the simulator's own list, sent
//! again by one client, one after the other, with ready-made bodies and tokens. What is above that is the product's
//! reading, comparing, planning, logging and waiting for the disk.
//!
//! Nothing of the product is built here. The client that sends the bare requests must be optimised too, or bare would look
//! slower than it is, so a development build of this command starts itself again as it ships.

mod bare;
mod compiler;
mod engine;
mod figures;
mod http;
mod large;
mod machine;
mod page;
mod planning;
mod process;
mod product;
mod server;
mod simulator;
mod slow;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use figures::{Report, Size, Sync, median};
use product::{Jobs, Product};
use simulator::Simulator;

use xtask::{output, workspace};

/// The seed of the organisations.
const SEED: u64 = 20;
/// Sizes above this are measured once.
const LARGE: usize = 10_000;

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many people, several sizes apart by commas.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    people: Vec<usize>,
    /// How many rows the import of a large company has; 0 leaves large companies out.
    #[arg(long, default_value_t = 300_000)]
    large_rows: usize,
    /// How many people the syncs of a large company have.
    #[arg(long, default_value_t = 257_000)]
    large_people: usize,
    /// How many people go into a company whose answers take 20 ms; 0 leaves that out.
    #[arg(long, default_value_t = 5_000)]
    slow_people: usize,
    /// How often each size of up to 10,000 people is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// How often each larger size is measured.
    #[arg(long, default_value_t = 1)]
    repeat_large: usize,
    /// Where the figures go.
    #[arg(long, default_value = "docs/benchmarks.json")]
    out: PathBuf,
    /// The date to write beside them; by default that of the measured binary.
    #[arg(long)]
    date: Option<String>,
    /// The folder of the binaries, built as they ship, of idflow and wecom-sim.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// Only print the table; write no file.
    #[arg(long)]
    dry: bool,
    /// Measure the compiler and the mapping of people instead; prints only.
    #[arg(long)]
    compiler: bool,
    /// Only measure the company whose answers take 20 ms; prints only.
    #[arg(long)]
    slow: bool,
    /// Only measure a large company, with as many rows and people as asked for; prints only.
    #[arg(long)]
    large: bool,
    /// Only measure the engine: durable runs and the journal.
    #[arg(long)]
    engine: bool,
    /// Only measure a server that has little to do: the size of the program, its start on an empty and on a large store, its
    /// memory, ten thousand schedules that rest, and all of them at once; prints only.
    #[arg(long)]
    server: bool,
    /// Only measure the API: the list of runs under load beside a bare server, pages of a large run and a large directory, a run
    /// that many watch; prints only.
    #[arg(long)]
    http: bool,
    /// Only measure plans of slipped columns, exchanges, hidden fields and flat trees, with so many people; prints only.
    #[arg(long, value_name = "PEOPLE", num_args = 0..=1, default_missing_value = "50000")]
    planning: Option<usize>,
}

/// Measures and writes.
pub fn run(args: &Args) -> Result<()> {
    if cfg!(debug_assertions) {
        return again_in_release();
    }
    if args.compiler {
        return compiler::run();
    }
    if args.engine {
        let folder = room()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        output::data(&serde_json::to_string_pretty(&runtime.block_on(engine::measure(folder.path()))?)?);
        return Ok(());
    }
    let binary = binary(&args.binaries, "idflow")?;
    if args.server {
        let folder = room()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let figures = runtime.block_on(server::measure(&binary, folder.path()))?;
        output::data(&serde_json::to_string_pretty(&figures)?);
        return Ok(());
    }
    let simulator = self::binary(&args.binaries, "wecom-sim")?;
    // reqwest asks for a TLS provider even where only http is spoken; a second installation is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(done) = one_thing(args, &runtime, &binary, &simulator) {
        return done;
    }
    let mut sizes = Vec::new();
    let mut disturbed = 0;
    for &people in &args.people {
        let repeats = if people > LARGE { args.repeat_large } else { args.repeat }.max(1);
        let mut rounds = Vec::new();
        for round in 1..=repeats {
            if !machine::is_quiet() {
                output::say(
                    "note: something else is using the processors; the figures will be worse than they should be",
                );
                disturbed += 1;
            }
            output::say(&format!("{people} people, round {round} of {repeats}"));
            let measured = runtime.block_on(measure(&binary, &simulator, people));
            rounds.push(measured.with_context(|| format!("{people} people"))?);
        }
        sizes.push(median(rounds));
    }
    let mut large = None;
    if args.large_rows > 0 {
        output::say(&format!("{} rows and {} people", args.large_rows, args.large_people));
        let measured = large::measure(&binary, &simulator, args.large_rows, args.large_people);
        large = Some(runtime.block_on(measured).context("a large company")?);
    }
    let mut slow = None;
    if args.slow_people > 0 {
        output::say(&format!("{} people, {}", args.slow_people, "20 ms a call"));
        let measured = slow::measure(&binary, &simulator, args.slow_people);
        slow = Some(runtime.block_on(measured).context("a slow WeCom")?);
    }
    let report = Report { machine: machine::read(&binary, args.date.clone())?, disturbed, sizes, large, slow };
    output::data(&page::table(&report));
    if !args.dry {
        let out = workspace::root().join(&args.out);
        std::fs::write(&out, serde_json::to_string_pretty(&report)? + "\n").with_context(|| workspace::short(&out))?;
        page::rewrite(&report)?;
    }
    Ok(())
}

/// Measures one thing beside the table, where that is asked for.
fn one_thing(args: &Args, runtime: &tokio::runtime::Runtime, binary: &Path, simulator: &Path) -> Option<Result<()>> {
    let done = |text: Result<String>| Some(text.map(|text| output::data(&text)));
    if let Some(people) = args.planning {
        return Some(runtime.block_on(planning::measure(binary, simulator, people)));
    }
    if args.http {
        return done(measure_http(binary, simulator));
    }
    if args.slow {
        let measured = runtime.block_on(slow::measure(binary, simulator, args.slow_people));
        return done(measured.map(|measured| {
            let aims = slow::aims(&measured).into_iter().map(page::aim);
            slow::lines(&measured).into_iter().chain([String::new()]).chain(aims).collect::<Vec<_>>().join("\n")
        }));
    }
    if args.large {
        let measured = runtime.block_on(large::measure(binary, simulator, args.large_rows, args.large_people));
        return done(measured.map(|measured| {
            let aims = large::aims(&measured).into_iter().map(page::aim);
            large::lines(&measured).into_iter().chain([String::new()]).chain(aims).collect::<Vec<_>>().join("\n")
        }));
    }
    None
}

/// A folder on the disk of the build, which goes with its end.
fn room() -> Result<tempfile::TempDir> {
    let target = workspace::root().join("target");
    std::fs::create_dir_all(&target).with_context(|| target.display().to_string())?;
    tempfile::tempdir_in(&target).with_context(|| target.display().to_string())
}

fn measure_http(binary: &Path, simulator: &Path) -> Result<String> {
    let folder = room()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = runtime.block_on(http::measure(binary, simulator, folder.path()))?;
    Ok(serde_json::to_string_pretty(&figures)?)
}

/// Runs this command again, optimised.
fn again_in_release() -> Result<()> {
    output::say("bench runs optimised: building it");
    let mut command = workspace::cargo(&["run", "--release", "--package", "xtask-product", "--"]);
    let status = command.args(std::env::args_os().skip(1)).status().context("cargo cannot be run")?;
    if !status.success() {
        bail!("the optimised build failed: {status}");
    }
    Ok(())
}

fn binary(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = workspace::root().join(folder).join(name);
    if !path.exists() {
        bail!("{name} is not in {}: run `cargo build --release -p idflow -p wecom-sim --bins` first", folder.display());
    }
    Ok(path)
}

/// One round: from an empty folder and an empty company to the figures of one size.
async fn measure(binary: &Path, simulator: &Path, people: usize) -> Result<Size> {
    let folder = tempfile::tempdir()?;
    let organisation = idflow::demo::organisation::generate(SEED, people);
    let source = folder.path().join("source");
    organisation.write(&source)?;
    let departments = organisation.departments.len();
    drop(organisation);

    let simulator = Simulator::start(simulator).await?;
    let empty = simulator.snapshot().await?;
    let product = Product::new(binary, folder.path());
    let import = product.import(&source)?;
    product.connect(&simulator.base_url, Jobs::Off)?;

    simulator.forget_requests().await?;
    let first = product.sync()?;
    let first_requests = simulator.requests().await?;
    let filled = simulator.snapshot().await?;
    simulator.forget_requests().await?;
    let unchanged = product.sync()?;
    let unchanged_requests = simulator.requests().await?;
    if unchanged.created_or_changed > 0 {
        bail!("the second sync changed {} objects: nothing had changed", unchanged.created_or_changed);
    }

    // The company is still as the first sync left it, which is what the unchanged sync read.
    let bare_unchanged = bare::replay(&simulator, &unchanged_requests).await?;
    simulator.load(&empty).await?;
    let bare_first = bare::replay(&simulator, &first_requests).await?;
    if simulator.snapshot().await? != filled {
        bail!("the bare requests left another company than the sync did: the comparison means nothing");
    }
    Ok(Size {
        people,
        departments,
        import,
        first: Sync::new(&first.used, first.run_ms, first_requests.len(), bare_first),
        unchanged: Sync::new(&unchanged.used, unchanged.run_ms, unchanged_requests.len(), bare_unchanged),
        rounds: 1,
    })
}
