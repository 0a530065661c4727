//! The command line: one file for each command. Every command speaks to the API through `client`.

mod account;
mod answering;
mod apply;
pub mod arguments;
mod audit;
mod backup;
mod by_hand;
mod client;
mod commands;
mod connection;
mod consent;
mod demo;
mod department_paths;
mod directory;
mod doctor;
pub mod exit;
mod explain;
mod files;
mod graph;
mod help_zh;
mod invocation;
mod lang;
mod limits;
mod link;
mod local;
mod location;
mod login;
mod lsp;
mod matching;
mod message;
mod next;
mod notify;
mod oidc;
pub mod output;
mod plan;
mod playground;
mod problem;
mod progress;
mod provider;
mod prune;
mod remote;
mod removals;
mod render;
mod retry;
mod review;
mod run;
mod runs;
mod scope;
mod serve;
pub mod service;
mod session;
mod setup;
mod store;
mod template;
mod tenant;
mod test;
mod token;
mod upload;
mod validate;
mod values;
mod versions;
mod watch;
mod why;
mod words;
mod workflow;

use std::{path::Path, sync::Arc};

use crate::config::Environment;
use answering::Around;
pub use client::{Client, Failure, Missing};
use commands::USUAL_FOLDER;
pub use commands::{Cli, Command};
pub use invocation::{Form, Session};
pub use lang::Lang;
use lang::both;

/// Runs a command and gives the exit code.
pub async fn run(cli: Cli, environment: &Environment) -> u8 {
    let lang = cli.lang.unwrap_or_else(|| Lang::of_locale(&environment.locale));
    if cli.output == Form::Sarif && !matches!(cli.command, Command::Validate(_)) {
        output::error(
            lang,
            lang.pick("只有 `validate` 输出 SARIF", "only `validate` writes SARIF"),
            Some("--output json"),
        );
        return exit::USAGE;
    }
    // One that stands in the environment, too, is from there.
    let seen = environment.store != cli.store;
    let store = match cli.store.as_deref().map(|text| location::of(text, seen)).transpose() {
        Ok(store) => store,
        Err(why) => {
            let failure =
                Failure::new(why).hint(both!("查看 `idflow --help` 中的 --store", "see --store in `idflow --help`"));
            if cli.output == Form::Json {
                output::json(&failure.json(lang));
            }
            failure.tell(lang);
            return exit::USAGE;
        }
    };
    let environment = &Environment { disk_floor: cli.disk_floor, ..environment.clone() };
    let named = environment.typed.place || store.is_some() || cli.data_dir != Path::new(USUAL_FOLDER);
    let at_home = named || cli.data_dir.exists();
    let mut session = Session {
        data_dir: cli.data_dir,
        server: None,
        store,
        tenant: cli.tenant.filter(|tenant| !tenant.is_empty()),
        form: cli.output,
        lang,
        environment,
        around: Arc::new(Around::new(cli.command.name())),
    };
    let named = match remote::meant(cli.server.as_deref(), environment.typed) {
        Ok(named) => named,
        Err(failure) => {
            refused(&session, &failure);
            return exit::USAGE;
        }
    };
    // Whoever logs in or out says to where.
    if !matches!(cli.command, Command::Login(_) | Command::Logout(_)) {
        match remote::chosen(named, at_home || cli.command.is_local(), &session) {
            Ok(server) => session.server = server,
            Err(failure) => return refused(&session, &failure),
        }
    }
    let own_way = matches!(&cli.command, Command::Serve(_) | Command::Lsp) || cli.command.explores();
    let work = carry_out(&session, cli.command);
    // Whoever stops a command is told what becomes of its run. What has its own end is left alone.
    let result = if own_way {
        work.await
    } else {
        tokio::select! {
            biased;
            result = work => result,
            () = serve::stopped() => {
                session.around.interrupted(lang);
                session.around.leave().await;
                return exit::INTERRUPTED;
            }
        }
    };
    tokio::select! {
        biased;
        () = session.around.end(lang) => {}
        () = serve::stopped(), if !own_way => {
            session.around.interrupted(lang);
            session.around.leave().await;
        }
    }
    match result {
        Ok(code) => code,
        Err(failure) => refused(&session, &failure),
    }
}

/// Tells why a command came to nothing.
fn refused(session: &Session<'_>, failure: &Failure) -> u8 {
    if session.json() {
        output::json(&failure.json(session.lang));
    }
    failure.tell(session.lang);
    exit::FAILED
}

async fn carry_out(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    if let Some(server) = session.server.as_ref().filter(|_| command.is_local()) {
        let url = &server.url;
        return Err(Failure::new(both!(
            "这个命令只作用于本机，不能用于 {url}",
            "this command is about this machine; it cannot be for {url}"
        ))
        .hint(both!("去掉 --server 和 IDFLOW_SERVER", "leave out --server and IDFLOW_SERVER")));
    }
    match command {
        Command::Demo(args) => demo::run(session, args).await,
        Command::Serve(args) => serve::run(session, &args).await,
        Command::Validate(args) => validate::run(session, &args),
        Command::Explain(args) => explain::run(session, &args),
        Command::Schema => Ok(files::schema()),
        Command::Completions { shell } => Ok(files::completions(session.lang, shell)),
        Command::Man { folder } => files::man(session, &folder),
        Command::Lsp => Ok(lsp::run(session)),
        Command::Test(args) => test::run(session, &args).await,
        Command::Graph(args) => graph::graph(session, &args).await,
        Command::Plan(args) => run::plan(session, args).await,
        Command::Run(args) => run::run(session, args).await,
        Command::Runs(command) => runs::run(session, command).await,
        Command::Why(args) => why::run(session, &args).await,
        Command::Removals(command) => removals::run(session, command).await,
        Command::Connection(command) => connection::run(session, command).await,
        Command::Setup(args) => setup::run(session, args).await,
        Command::Directory(command) => directory::run(session, command).await,
        Command::Link(command) => link::run(session, command).await,
        Command::Match(command) => matching::run(session, command).await,
        Command::Message(command) => message::run(session, command).await,
        Command::Workflow(command) => workflow::run(session, command).await,
        Command::Apply(args) => apply::run(session, &args).await,
        Command::Template(command) => template::run(session, command).await,
        Command::Notify(command) => notify::run(session, command).await,
        Command::Playground(command) => playground::run(session, command).await,
        Command::Tenant(command) => tenant::run(session, command).await,
        Command::Account(command) => account::run(session, command).await,
        Command::Oidc(command) => oidc::run(session, command).await,
        Command::Provider(command) => provider::run(session, command).await,
        Command::Token(command) => token::run(session, command).await,
        Command::Session(command) => session::run(session, command).await,
        Command::Login(args) => login::login(session, &args).await,
        Command::Logout(args) => login::logout(session, &args),
        Command::Whoami => login::whoami(session).await,
        Command::Audit(command) => audit::run(session, command).await,
        Command::Backup(args) => backup::backup(session, &args).await,
        Command::Restore(args) => backup::restore(session, &args).await,
        Command::Service(command) => service::run(session, command),
        Command::Store(command) => store::run(session, command).await,
    }
}
