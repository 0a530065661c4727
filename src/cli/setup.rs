//! `idflow setup`: how a tenant begins.

use std::collections::BTreeMap;

use super::{
    Client, Failure, Lang, Session,
    client::encode,
    exit,
    lang::say,
    output,
    problem::problem,
    progress, render,
    values::{pair, secret},
};
use crate::contract::{
    examination::{Setup, SetupBegin, SetupStart, SetupState, SetupStep, SetupStepName, SetupStepState},
    run::Status,
};

/// What to begin with.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The connector that people come from, for example `wecom`. Without one, how far a setup is.
    connector: Option<String>,
    /// The name of the connection; by default what the template calls it.
    #[arg(long)]
    name: Option<String>,
    /// A setting of the connector; can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// A secret: from the environment (`env:NAME`), a file (`file:PATH`) or standard input (`-`); never the secret itself.
    #[arg(long = "secret", value_name = "KEY=env:NAME|file:PATH|-")]
    secrets: Vec<String>,
    /// Start the first run as soon as its plan is there, without asking.
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, args: Args) -> Result<u8, Failure> {
    let Some(connector) = args.connector else {
        let setup: Setup = session.shipped().await?.fetch("/setup").await?;
        return Ok(told(session, &setup));
    };
    // Nothing is begun with what cannot be read.
    let mut begin = SetupBegin { name: args.name, ..SetupBegin::default() };
    begin.settings = args.settings.iter().map(|text| pair(text)).collect::<Result<BTreeMap<_, _>, _>>()?;
    for text in &args.secrets {
        let (key, source) = pair(text)?;
        begin.secrets.insert(key.clone(), secret(session, &key, &source)?);
    }
    let client = session.beginning().await?;
    client.recover().await?;
    let path = format!("/setup/{}", encode(&connector));
    let mut setup: Setup = client.send(&path, &begin).await?;
    setup = settled(session, &client, setup, SetupStepName::Plan).await?;
    let waits = step(&setup, SetupStepName::Run).is_some_and(|step| step.state == SetupStepState::Waiting);
    let planned = step(&setup, SetupStepName::Plan).and_then(|step| step.run.clone());
    let Some(plan) = planned.filter(|_| waits) else { return Ok(told(session, &setup)) };
    if !session.json() {
        super::run::show(session, &client, &plan.run).await?;
    }
    let question = session.text("开始首次同步？", "Start the first run?");
    if !(args.yes || (!session.json() && output::can_ask() && output::ask(session.lang, question).await)) {
        let code = told(session, &setup);
        output::say(&say!(
            session.lang,
            "下一步：idflow setup {connector} --yes",
            "next: idflow setup {connector} --yes"
        ));
        return Ok(code);
    }
    let start = SetupStart { plan: plan.plan };
    setup = client.send(&format!("{path}/start"), &start).await?;
    setup = settled(session, &client, setup, SetupStepName::Run).await?;
    Ok(told(session, &setup))
}

/// The setup once the run of this step is over, with its counts shown as they come.
async fn settled(session: &Session<'_>, client: &Client, setup: Setup, name: SetupStepName) -> Result<Setup, Failure> {
    let at_work = step(&setup, name).filter(|step| step.state == SetupStepState::Doing);
    let Some(run) = at_work.and_then(|step| step.run.as_ref()) else { return Ok(setup) };
    let ended = progress::watch(client, &run.run).await?;
    if name == SetupStepName::Run && !session.json() && ended.status != Status::Held {
        render::ended(session.lang, &ended);
    }
    client.fetch("/setup").await
}

fn step(setup: &Setup, name: SetupStepName) -> Option<&SetupStep> {
    setup.current.as_ref()?.steps.iter().find(|step| step.step == name)
}

/// How far it is, and the code to end with.
fn told(session: &Session<'_>, setup: &Setup) -> u8 {
    let lang = session.lang;
    if session.json() {
        output::json(setup);
    } else {
        let (departments, people) = (setup.departments, setup.people);
        output::data(&say!(
            lang,
            "通讯录：{departments} 个部门，{people} 人",
            "directory: {departments} departments, {people} people"
        ));
        match &setup.current {
            Some(state) => {
                steps(lang, state);
                again(lang, state);
            }
            None if setup.needed => {
                let names = lang.list(setup.sources.iter().map(|source| &source.connector));
                output::data(&say!(
                    lang,
                    "还没有初始化；可以从这里开始：{names}",
                    "nothing was begun; people can come from: {names}"
                ));
            }
            None => {}
        }
    }
    let failed = setup.current.iter().flat_map(|state| &state.steps).any(|step| step.state == SetupStepState::Failed);
    let held = setup.current.iter().flat_map(|state| &state.steps).any(|step| step.state == SetupStepState::Waiting);
    match (failed, held) {
        (true, _) => exit::FAILED,
        (false, true) => exit::of_status(Status::Held),
        (false, false) => exit::DONE,
    }
}

/// What a setup that could not go on is given: the same command with what was wrong.
fn again(lang: Lang, state: &SetupState) {
    if state.steps.iter().any(|step| step.state == SetupStepState::Failed) {
        let connector = &state.connector;
        output::say(&say!(
            lang,
            "下一步：更正后再次运行，只写有变化的：idflow setup {connector} --set KEY=VALUE 或 --secret KEY=env:NAME",
            "next: run it again with what was wrong, and only that: idflow setup {connector} --set KEY=VALUE or --secret KEY=env:NAME"
        ));
    }
}

fn steps(lang: Lang, state: &SetupState) {
    for step in &state.steps {
        let sign = match step.state {
            SetupStepState::Todo => "·",
            SetupStepState::Doing => "…",
            SetupStepState::Waiting => "?",
            SetupStepState::Done => "✓",
            SetupStepState::Failed => "✗",
        };
        output::data(&format!("{sign} {}", lang.of(&step.title)));
        if let Some(error) = &step.error {
            problem(lang, error, "    ");
        }
        if let Some(run) = step.run.as_ref().filter(|_| step.step == SetupStepName::Plan) {
            render::counts(lang, &run.planned, "    ");
        }
        if let Some(run) = step.run.as_ref().filter(|_| step.step == SetupStepName::Run) {
            render::counts(lang, &run.counts, "    ");
        }
    }
}
