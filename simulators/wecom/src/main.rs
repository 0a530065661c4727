//! The binary: reads its arguments, starts a simulator, says where it is, runs until told to stop.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use wecom_sim::{
    DEFAULT_AGENT_ID, DEFAULT_APP_SECRET, DEFAULT_CONTACTS_SECRET, DEFAULT_CORP_ID, DEFAULT_CORP_NAME, Identity,
    ImportSpeed, Latency, Limits, Options, Simulator, State,
};

/// A stand-in for the WeCom server API on 127.0.0.1.
///
/// When it is ready it prints one line of JSON with `base_url` and `admin` and runs until it is
/// interrupted. Nothing it holds survives the end.
#[derive(Debug, Parser)]
#[command(name = "wecom-sim", version)]
struct Arguments {
    /// The port; 0 lets the system choose.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A JSON file with the state to start with, instead of one corp with a root department.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How long each answer takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// The most that is added to each answer's time at random, in milliseconds.
    #[arg(long, default_value_t = 0)]
    jitter_ms: u64,
    /// The seed of tokens and jitter.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many requests the log keeps.
    #[arg(long, default_value_t = 1_000_000)]
    log_capacity: usize,
    /// How many wrong secrets within an hour block an address at gettoken for an hour.
    #[arg(long, default_value_t = 2000)]
    wrong_secret_limit: u32,
    /// Limits on calls: the published ones, or none; PUT /_sim/limits sets them one by one.
    #[arg(long, value_enum, default_value_t = LimitsChoice::Published)]
    limits: LimitsChoice,
    /// Calls of one API by one corp in a minute, instead of 10,000.
    #[arg(long, value_name = "CALLS")]
    calls_per_minute: Option<u64>,
    /// Calls of one API by one corp in an hour, instead of 150,000.
    #[arg(long, value_name = "CALLS")]
    calls_per_hour: Option<u64>,
    /// Calls of one API by one corp at the same time; more are refused with 45033.
    #[arg(long, value_name = "CALLS")]
    concurrent_calls: Option<u32>,
    /// How many rows of an import job are worked off in a second.
    #[arg(long, default_value_t = ImportSpeed::default().rows_per_second)]
    import_rows_per_second: f64,
    /// How long an import job says that it has started before its first row, in milliseconds.
    #[arg(long, default_value_t = ImportSpeed::default().start_ms)]
    import_start_ms: u64,
    /// The corp id, without --state.
    #[arg(long, default_value = DEFAULT_CORP_ID, conflicts_with = "state")]
    corp_id: String,
    /// The name of the corp and of its root department, without --state.
    #[arg(long, default_value = DEFAULT_CORP_NAME, conflicts_with = "state")]
    corp_name: String,
    /// The id of the app, without --state.
    #[arg(long, default_value_t = DEFAULT_AGENT_ID, conflicts_with = "state")]
    agent_id: i64,
    /// The secret of the app, without --state.
    #[arg(long, default_value = DEFAULT_APP_SECRET, conflicts_with = "state")]
    app_secret: String,
    /// The contact-sync secret, without --state.
    #[arg(long, default_value = DEFAULT_CONTACTS_SECRET, conflicts_with = "state")]
    contacts_secret: String,
}

/// Where limits on calls come from.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LimitsChoice {
    Published,
    None,
}

/// The one line on stdout.
#[derive(Debug, serde::Serialize)]
struct Ready {
    base_url: String,
    admin: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let limits = limits(&arguments);
    let state = match &arguments.state {
        Some(file) => read_state(file)?,
        None => State::one_corp(&Identity {
            corp_id: arguments.corp_id,
            corp_name: arguments.corp_name,
            agent_id: arguments.agent_id,
            app_secret: arguments.app_secret,
            contacts_secret: arguments.contacts_secret,
        }),
    };
    let options = Options {
        port: arguments.port,
        admin_key: None,
        state,
        latency: Latency { ms: arguments.latency_ms, jitter_ms: arguments.jitter_ms },
        seed: arguments.seed,
        log_capacity: arguments.log_capacity,
        wrong_secret_limit: arguments.wrong_secret_limit,
        limits,
        import_speed: ImportSpeed {
            rows_per_second: arguments.import_rows_per_second,
            start_ms: arguments.import_start_ms,
        },
    };
    let running = Simulator::start(options).await.map_err(|error| with_sources(&error))?;
    let ready = Ready { base_url: running.base_url(), admin: running.admin_url() };
    let ready = serde_json::to_string(&ready).map_err(|error| error.to_string())?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("cannot write to stdout: {error}"))?;
    interrupted().await.map_err(|error| format!("cannot wait for signals: {error}"))?;
    running.stop().await;
    Ok(())
}

fn limits(arguments: &Arguments) -> Limits {
    let mut limits = match arguments.limits {
        LimitsChoice::Published => Limits::default(),
        LimitsChoice::None => Limits::unlimited_calls(),
    };
    limits.corp_api_per_minute = arguments.calls_per_minute.or(limits.corp_api_per_minute);
    limits.corp_api_per_hour = arguments.calls_per_hour.or(limits.corp_api_per_hour);
    limits.concurrent_calls_per_api = arguments.concurrent_calls;
    limits
}

fn read_state(file: &Path) -> Result<State, String> {
    let text = std::fs::read(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("`{}` is not a state: {error}", file.display()))
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |source| source.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
