//! Parse arguments, call the command line, turn the outcome into an exit code.

use std::process::ExitCode;

use idflow::{
    cli::{Lang, arguments, exit, output, run},
    config::{self, Environment},
    store::folder,
    telemetry,
};

/// Objects are small and many: this allocator needs less time and space for them than that of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The number of mimalloc's option `purge_delay`, see `mi_option_t` in its header.
const PURGE_DELAY: i32 = 15;

/// Lets memory that is not used any more go back to the system within 10 ms, as the allocator did before its third version: a plan
/// that is made within some seconds would hold a fifth more at its peak, of what it has just given back.
#[expect(unsafe_code, reason = "the allocator is set by a function of C, and offers no other way but the environment")]
fn give_memory_back_soon() {
    // SAFETY: it sets a number, and must not be called by two threads at once: there is one thread yet.
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, 10);
    }
}

fn main() -> ExitCode {
    give_memory_back_soon();
    folder::only_for_the_owner();
    telemetry::tell_panics_once();
    let environment = Environment::read();
    // One TLS provider for the whole process; a second installation is refused and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match arguments::parse(
        config::arguments(&environment),
        Lang::of_locale(&environment.locale),
        environment.no_color,
    ) {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    let lang = cli.lang.unwrap_or_default();
    if let Some(why) = &environment.wrong {
        output::error(
            lang,
            lang.of(why),
            Some(lang.pick(
                "检查环境变量，以及 IDFLOW_CONFIG 指定的设置文件",
                "check the environment, and the file of settings that IDFLOW_CONFIG names",
            )),
        );
        return ExitCode::from(exit::USAGE);
    }
    if let Err(why) = telemetry::init(
        environment.log.as_ref().map(|(name, text)| (*name, text.as_str())),
        cli.serves(),
        environment.json_logs,
    ) {
        output::error(lang, &format!("{why} {}", lang.pick("不是日志过滤规则", "is not a log filter")), None);
        return ExitCode::from(exit::USAGE);
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // One command has one run to work on: a second worker would only hand each answer from one core to the other.
    if !cli.serves() {
        builder.worker_threads(1);
    }
    // What such a thread has given back, it keeps for itself for as long as it waits for more work.
    builder.thread_keep_alive(std::time::Duration::from_secs(1));
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return exit::fatal(lang, &format!("{}: {error}", lang.pick("程序无法启动", "the runtime cannot start")));
        }
    };
    let code = runtime.block_on(run(cli, &environment));
    // Blocking reads that nobody waits for any more must not keep the process alive.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(code)
}
