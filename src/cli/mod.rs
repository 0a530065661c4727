//! The command line: one file for each command. Every command speaks to the API through `client`.

mod account;
mod answering;
mod apply;
pub mod arguments;
mod audit;
mod backup;
mod by_hand;
mod client;
mod connection;
mod consent;
mod demo;
mod directory;
mod doctor;
pub mod exit;
mod explain;
mod files;
mod help_zh;
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
mod progress;
mod provider;
mod prune;
mod remote;
mod removals;
mod retry;
mod review;
mod run;
mod runs;
mod scope;
mod serve;
pub mod service;
mod session;
mod setup;
mod shown;
mod store;
mod template;
mod tenant;
mod test;
mod token;
mod upload;
mod validate;
mod versions;
mod watch;
mod why;
mod words;
mod workflow;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    app::Settings,
    config::{Environment, servers::Server},
    server::note::Note,
    store::location::Location,
};
use answering::Around;
pub use client::{Client, Failure, Missing};
pub use lang::Lang;
use lang::both;

/// The data folder where none is named.
const USUAL_FOLDER: &str = "./idflow-data";

/// idflow keeps identity systems in step: it shows what it will change, changes no more than that, and says truthfully what
/// it did.
#[derive(Debug, Parser)]
#[command(name = "idflow", version, propagate_version = true)]
pub struct Cli {
    /// The data folder.
    #[arg(long, global = true, env = "IDFLOW_DATA_DIR", default_value = USUAL_FOLDER)]
    pub data_dir: PathBuf,
    /// Where runs and all else are stored: a folder, or postgres://USER@HOST/DATABASE?schema=NAME for several nodes, or
    /// file:PATH with that address in it. By default the data folder, which also keeps the master key. A password stands in
    /// the environment or in a file, never on the command line.
    #[arg(long, global = true, env = "IDFLOW_STORE", hide_env_values = true, value_name = "STORE")]
    pub store: Option<String>,
    /// The tenant that the command is about; by default the one that is there from the start.
    #[arg(long, global = true, env = "IDFLOW_TENANT", value_name = "ID")]
    pub tenant: Option<String>,
    /// A server elsewhere, by its address, after `idflow login`. Where no data folder is named and none is there, the one that
    /// was logged in to last.
    #[arg(long, global = true, env = "IDFLOW_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// Output format: JSON is stable, text is for people.
    #[arg(long, global = true, value_enum, default_value_t = Form::Text)]
    pub output: Form,
    /// Language of texts; by default IDFLOW_LANG, then the system's locale.
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
    /// Free space below which no run begins: 512MB, 2GB; 0 turns the check off.
    #[arg(long, global = true, env = "IDFLOW_DISK_FLOOR", default_value = "512MB", value_parser = prune::parse_bytes)]
    pub disk_floor: u64,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Whether the command keeps running and answers others.
    #[must_use]
    pub const fn serves(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }
}

/// Forms of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code review: findings as SARIF 2.1.0, of `validate` only.
    Sarif,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole path on an organisation of 1,000 people: import, plan, sync, change, sync, sync again.
    Demo(demo::Args),
    /// Run the schedules of active workflows until stopped, and serve the API that the other commands use.
    Serve(serve::Args),
    /// Check workflow files.
    Validate(validate::Args),
    /// Explain a code: one that `validate` gives, with a wrong and a right example, or one of a run.
    Explain(explain::Args),
    /// Print the JSON Schema of workflow files, for editors.
    Schema,
    /// Print a script that completes commands and options in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the pages of the manual (man) into a folder, one for each command.
    Man {
        /// The folder.
        folder: PathBuf,
    },
    /// Serve an editor over standard input and output (Language Server Protocol).
    Lsp,
    /// Run the tests of workflow files (NAME.test.yaml) against simulated systems.
    Test(test::Args),
    /// Draw a workflow, a template or a workflow file.
    Graph(files::GraphArgs),
    /// Compute what a run would change, without changing anything.
    Plan(run::PlanArgs),
    /// Run a workflow.
    Run(run::RunArgs),
    /// Past and present runs.
    #[command(subcommand)]
    Runs(runs::Command),
    /// Explain why a person is as they are in other systems: in scope, match, mapping, plan, approval, call, answer.
    Why(why::Args),
    /// Removals that wait for a decision, while the rest of their runs went on.
    #[command(subcommand)]
    Removals(removals::Command),
    /// Accounts of other systems.
    #[command(subcommand)]
    Connection(connection::Command),
    /// Begin: from settings and secrets over a close look and a plan to the people in the directory.
    Setup(setup::Args),
    /// The departments and people kept here.
    #[command(subcommand)]
    Directory(directory::Command),
    /// Which object of a connection is which one of the directory.
    #[command(subcommand)]
    Link(link::Command),
    /// What no rule could decide, and what people decide about it.
    #[command(subcommand)]
    Match(matching::Command),
    /// Messages to people through WeCom.
    #[command(subcommand)]
    Message(message::Command),
    /// Workflows.
    #[command(subcommand)]
    Workflow(workflow::Command),
    /// Apply a folder of workflow files as a whole: differences first, then all of it or nothing.
    Apply(apply::Args),
    /// Templates that ship with idflow.
    #[command(subcommand)]
    Template(template::Command),
    /// Notifications: who is told of runs that fail or wait, by which way, and what became of each message.
    #[command(subcommand)]
    Notify(notify::Command),
    /// A simulated company inside the server, to try things out on.
    #[command(subcommand)]
    Playground(playground::Command),
    /// Organisations that are kept apart in one installation: make, name, archive and restore them.
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Who may sign in, and what they may do.
    #[command(subcommand)]
    Account(account::Command),
    /// Signing in by OpenID Connect.
    #[command(subcommand)]
    Oidc(oidc::Command),
    /// The service provider of the installation, by which companies authorise.
    #[command(subcommand)]
    Provider(provider::Command),
    /// Tokens of programs.
    #[command(subcommand)]
    Token(token::Command),
    /// Who is signed in.
    #[command(subcommand)]
    Session(session::Command),
    /// Keep a server elsewhere and a token for it: commands go there from now on.
    Login(login::LoginArgs),
    /// Forget a server and its token.
    Logout(login::LogoutArgs),
    /// Show who you are, and for which server or data folder.
    Whoami,
    /// Who did what, in a chain that shows what was changed afterwards.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Write everything into one file, while everything works.
    Backup(backup::BackupArgs),
    /// Write a backup into a data folder that is new, and compare.
    Restore(backup::RestoreArgs),
    /// As a service of this machine (systemd).
    #[command(subcommand)]
    Service(service::Command),
    /// The store itself: its size, its soundness, a copy of it in another one.
    #[command(subcommand)]
    Store(store::Command),
}

impl Command {
    /// What other commands are told about one that is at work in the data folder.
    const fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Runs(_) => "runs",
            Self::Directory(_) => "directory import",
            Self::Workflow(_) => "workflow activate",
            _ => "run",
        }
    }

    /// Whether the command is about this machine, its files or its folders, and never about a server elsewhere that nobody named.
    const fn is_local(&self) -> bool {
        matches!(self, Self::Demo(_) | Self::Serve(_) | Self::Restore(_) | Self::Service(_) | Self::Store(_))
    }

    /// Whether the command stays until somebody stops it, and ends in its own way.
    const fn explores(&self) -> bool {
        matches!(self, Self::Demo(args) if args.stays())
    }
}

/// What every command is given.
pub struct Session<'a> {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The store, if it is not in the data folder.
    pub store: Option<Location>,
    /// The tenant, if one is named.
    pub tenant: Option<String>,
    /// A server elsewhere that the command is for.
    pub server: Option<Server>,
    /// The form of the answer.
    pub form: Form,
    /// The language of texts.
    pub lang: Lang,
    /// The environment.
    pub environment: &'a Environment,
    /// What goes on around the command.
    pub around: Arc<Around>,
}

impl Session<'_> {
    /// A way to the API.
    ///
    /// # Errors
    /// A data folder that is not there or cannot be used.
    pub async fn client(&self) -> Result<Client, Failure> {
        Client::open(self, Missing::Refuse).await
    }

    /// A way to the API for a command that begins something: it makes the data folder.
    ///
    /// # Errors
    /// A data folder that cannot be used.
    pub async fn beginning(&self) -> Result<Client, Failure> {
        Client::open(self, Missing::Make).await
    }

    /// A way to the API for what ships with the program, with or without a data folder.
    ///
    /// # Errors
    /// A data folder that cannot be used.
    pub async fn shipped(&self) -> Result<Client, Failure> {
        Client::open(self, Missing::DoWithout).await
    }

    /// The address of a page of the server, when one answers for this data folder.
    #[must_use]
    pub fn server_page(&self, path: &str) -> Option<String> {
        if let Some(server) = &self.server {
            return Some(format!("{}{path}", server.url));
        }
        let note = Note::read(&self.data_dir).filter(|note| note.passing.is_empty())?;
        let host = note.public.unwrap_or_else(|| format!("http://{}", note.address));
        Some(format!("{host}{path}"))
    }

    /// One of two texts.
    #[must_use]
    pub const fn text<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.pick(zh, en)
    }

    /// The settings of an application over data folder and store.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.environment.settings(self.data_dir.clone(), self.store.clone())
    }

    /// Whether the answer is for programs.
    #[must_use]
    pub fn json(&self) -> bool {
        self.form != Form::Text
    }
}

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
    let at_home = store.is_some() || cli.data_dir != Path::new(USUAL_FOLDER) || cli.data_dir.exists();
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
    let named = cli.server.as_deref().filter(|server| !server.is_empty());
    // Whoever logs in or out says to where.
    if !matches!(cli.command, Command::Login(_) | Command::Logout(_)) {
        match remote::chosen(named, at_home || cli.command.is_local(), &session) {
            Ok(server) => session.server = server,
            Err(failure) => return refused(&session, &failure),
        }
    }
    let session = session;
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
        Command::Graph(args) => files::graph(session, &args).await,
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
