//! Which commands are there, and what do all of them take?

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::{
    Form, Lang, account, apply, audit, backup, connection, demo, directory, explain, graph, link, login, matching,
    message, notify, oidc, playground, provider, prune, removals, run, runs, serve, service, session, setup, store,
    template, tenant, test, token, validate, why, workflow,
};

/// The data folder where none is named.
pub(super) const USUAL_FOLDER: &str = "./idflow-data";

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
    Graph(graph::GraphArgs),
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
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Runs(_) => "runs",
            Self::Directory(_) => "directory import",
            Self::Workflow(_) => "workflow activate",
            _ => "run",
        }
    }

    /// Whether the command is about this machine, its files or its folders, and never about a server elsewhere that nobody named.
    pub(super) const fn is_local(&self) -> bool {
        matches!(self, Self::Demo(_) | Self::Serve(_) | Self::Restore(_) | Self::Service(_) | Self::Store(_))
    }

    /// Whether the command stays until somebody stops it, and ends in its own way.
    pub(super) const fn explores(&self) -> bool {
        matches!(self, Self::Demo(args) if args.stays())
    }
}
