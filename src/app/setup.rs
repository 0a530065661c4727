//! The first setup of a tenant: settings and secrets, a close look at them, what would change, and the run that brings people
//! into the directory. What is kept is which connection, workflow and runs it made; how far it is, is asked of them, so that
//! it goes on where it was after a reload or a restart.

use idflow_sdk::{ConnectorSpec, NextKind};

use super::{
    AppError, Desk, caller::Permission, error::about_connection, expected::Expected, templates, time,
    workflows::checked,
};
use crate::{
    connectors,
    contract::{
        connection::NewConnection,
        examination::{
            Examine, Setup, SetupBegin, SetupSource, SetupStart, SetupState, SetupStep, SetupStepName, SetupStepState,
        },
        problem::{Issue, Next, Text},
        run::{NewRun, Run, Status},
        workflow::{Bound, NewWorkflow},
    },
    model::id::RunId,
    store::{
        Batch, accounts,
        catalogue::{self, StoredConnection, WorkflowState},
        setups::{self, StoredSetup},
    },
};

/// Objects of the directory that are not there any more, by their status.
const GONE: [&str; 2] = ["left", "removed"];

impl Desk<'_> {
    /// Whether the directory is empty, who may set it up, and how far a setup is.
    pub async fn setup(&self) -> Result<Setup, AppError> {
        let counts = self.directory_counts().await?.counts;
        let count = |kind: &str| -> u64 {
            let by_status = counts.get(kind).into_iter().flatten();
            by_status.filter(|(status, _)| !GONE.contains(&status.as_str())).map(|(_, number)| number).sum()
        };
        let (departments, people) = (count("department"), count("user"));
        let current = match setups::of(&*self.store, &self.tenant).await? {
            Some(stored) => Some(self.setup_state(&stored, people).await?),
            None => None,
        };
        Ok(Setup {
            needed: departments + people == 0,
            may: self.caller.may(Permission::TenantSetup),
            owners: self.owners().await?,
            departments,
            people,
            sources: connectors::ALL.iter().filter_map(|spec| source(spec)).collect(),
            current,
        })
    }

    /// Begins a setup, or goes on with the one that was begun: keeps what is given, looks closely, and plans. What cannot be used
    /// is no error but stands at its step, so that it can be mended and tried again.
    ///
    /// # Errors
    /// A connector that people cannot come from; settings that are wrong, each with its field.
    pub async fn begin_setup(&self, connector: &str, begin: SetupBegin) -> Result<Setup, AppError> {
        let spec = connectors::find(connector).filter(|spec| spec.setup.is_some()).ok_or_else(|| {
            let names: Vec<&str> =
                connectors::ALL.iter().filter(|spec| spec.setup.is_some()).map(|spec| spec.name).collect();
            AppError::not_found("setup_connector").arg("connector", connector).arg("names", names.join(", "))
        })?;
        let usual = spec.setup.map_or(connector, |setup| setup.connection);
        let known = setups::of(&*self.store, &self.tenant).await?.filter(|known| known.connector == connector);
        let name = begin.name.clone().or_else(|| known.as_ref().map(|known| known.connection.clone()));
        let name = name.unwrap_or_else(|| usual.into());
        let stored = catalogue::connection(&*self.store, &self.tenant, &name).await?;
        if stored.is_none() || !begin.settings.is_empty() || !begin.secrets.is_empty() {
            let SetupBegin { settings, secrets, .. } = begin;
            self.may_set_folder(connector, settings.get(super::connect::FOLDER))?;
            let new =
                NewConnection { connector: connector.into(), name: name.clone(), settings, secrets, only_new: false };
            self.put_connection(new).await?;
            self.caller.trail.keeps();
        }
        let mut setup = known.filter(|known| known.connection == name).unwrap_or_else(|| StoredSetup {
            connector: connector.into(),
            connection: name.clone(),
            workflow: None,
            plan: None,
            run: None,
            by: self.caller.actor.clone(),
            at: self.now(),
        });
        self.keep_setup(&setup).await?;
        let report = self.examine_connection(&name, Examine::default()).await?;
        if report.ok && !self.goes_on(setup.run).await? && !self.goes_on(setup.plan).await? {
            let workflow = self.setup_workflow(spec, &name, &setup).await?;
            setup.workflow = Some(workflow.clone());
            self.keep_setup(&setup).await?;
            let new = NewRun { plan: true, ..NewRun::default() };
            setup.plan = self.start_run(&workflow, new).await?.run.parse().ok();
            setup.run = None;
            self.keep_setup(&setup).await?;
        }
        self.setup().await
    }

    /// Carries out what the plan of the setup showed.
    ///
    /// # Errors
    /// No setup, none with a plan; another plan than the one that was looked at.
    pub async fn start_setup(&self, connector: &str, start: &SetupStart) -> Result<Setup, AppError> {
        let setup = setups::of(&*self.store, &self.tenant).await?.filter(|setup| setup.connector == connector);
        let mut setup = setup.ok_or_else(|| AppError::not_found("setup_none"))?;
        if self.goes_on(setup.run).await? {
            return self.setup().await;
        }
        let (Some(workflow), Some(plan)) = (setup.workflow.clone(), setup.plan) else {
            return Err(AppError::conflict("setup_no_plan"));
        };
        let planned = self.run(plan, false).await?;
        if !is_good(planned.status) {
            return Err(AppError::conflict("setup_no_plan"));
        }
        if start.plan.is_some() && start.plan != planned.plan {
            return Err(AppError::stale("setup_other_plan").field("plan"));
        }
        let head = catalogue::workflow(&*self.store, &self.tenant, &workflow).await?;
        if head.is_some_and(|head| head.value.state != WorkflowState::Active) {
            self.activate_if(&workflow, self.activator(), &Expected::Anything).await?;
            self.caller.trail.keeps();
        }
        let new = NewRun { approve: true, ..NewRun::default() };
        setup.run = self.start_run(&workflow, new).await?.run.parse().ok();
        self.keep_setup(&setup).await?;
        self.setup().await
    }

    async fn keep_setup(&self, setup: &StoredSetup) -> Result<(), AppError> {
        let mut batch = Batch::default();
        setups::put(&mut batch, &self.tenant, setup)?;
        Ok(self.store.commit(batch).await?)
    }

    /// Whether a run is at work.
    async fn goes_on(&self, run: Option<RunId>) -> Result<bool, AppError> {
        let Some(run) = run else { return Ok(false) };
        Ok(self.setup_run(run).await?.is_some_and(|run| is_at_work(run.status)))
    }

    /// A run of the setup; nothing where it was forgotten.
    async fn setup_run(&self, run: RunId) -> Result<Option<Run>, AppError> {
        match self.run(run, false).await {
            Err(error) if error.kind == super::error::RefusalKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    /// The workflow of the setup: the template with this connection. One that is there and uses the connection stays as it is.
    async fn setup_workflow(
        &self,
        spec: &'static ConnectorSpec,
        connection: &str,
        setup: &StoredSetup,
    ) -> Result<String, AppError> {
        if let Some(known) = &setup.workflow
            && catalogue::workflow(&*self.store, &self.tenant, known).await?.is_some()
        {
            return Ok(known.clone());
        }
        let template = templates::find(spec.setup.map_or("", |setup| setup.template))?;
        let (compiled, _) = checked(template.id, template.text)?;
        let of_this = compiled.connections.iter().filter(|alias| alias.connector.name == spec.name);
        let connections: Vec<Bound> =
            of_this.map(|alias| Bound { alias: alias.alias.clone(), name: connection.into() }).collect();
        let mut id = template.id.to_string();
        if catalogue::workflow(&*self.store, &self.tenant, &id).await?.is_some() {
            let text = self.workflow_text(&id, None).await?.text;
            let uses = checked(&id, &text)
                .is_ok_and(|(compiled, _)| compiled.connections.iter().any(|alias| alias.reference == connection));
            if uses {
                return Ok(id);
            }
            id = format!("{id}_{connection}");
        }
        let new =
            NewWorkflow { template: Some(template.id.into()), id: Some(id), connections, ..NewWorkflow::default() };
        Ok(self.create_workflow(new, &self.caller.actor).await?.id)
    }

    async fn owners(&self) -> Result<Vec<String>, AppError> {
        let grants = accounts::all_grants(&*self.store).await?;
        let all = accounts::all::<accounts::StoredAccount>(&*self.store).await?;
        let here = self.tenant.as_str();
        let owns = |id: &str| {
            let grant = grants.get(&(id.to_string(), here.to_string()));
            grant.is_some_and(|grant| grant.roles.iter().any(|role| role == "owner"))
        };
        Ok(all.into_iter().filter(|account| owns(&account.id)).map(|account| account.name).collect())
    }

    async fn setup_state(&self, setup: &StoredSetup, people: u64) -> Result<SetupState, AppError> {
        let stored = catalogue::connection(&*self.store, &self.tenant, &setup.connection).await?;
        let stored = stored.map(|stored| stored.value);
        let plan = match setup.plan {
            Some(plan) => self.setup_run(plan).await?,
            None => None,
        };
        let run = match setup.run {
            Some(run) => self.setup_run(run).await?,
            None => None,
        };
        let mut steps = vec![self.connection_step(setup, stored.as_ref())];
        let doctor = self.doctor_step(stored.as_ref()).await?;
        let good = doctor.state == SetupStepState::Done;
        steps.push(doctor);
        let plan = run_step(SetupStepName::Plan, plan);
        let planned = plan.state == SetupStepState::Done;
        steps.push(plan);
        let mut run = run_step(SetupStepName::Run, run);
        if run.run.is_none() && planned && good {
            // A person looks at the plan and says go.
            run.state = SetupStepState::Waiting;
            run.error = Some(AppError::conflict("setup_plan_waits").issue());
        }
        let brought = run.state == SetupStepState::Done;
        steps.push(run);
        let mut directory = step(SetupStepName::Directory);
        if brought && people > 0 {
            directory.state = SetupStepState::Done;
        } else if brought {
            directory.state = SetupStepState::Failed;
            directory.error = Some(AppError::conflict("setup_nobody").issue());
        }
        let done = directory.state == SetupStepState::Done;
        steps.push(directory);
        Ok(SetupState {
            connector: setup.connector.clone(),
            connection: setup.connection.clone(),
            workflow: setup.workflow.clone(),
            by: setup.by.clone(),
            at: time(setup.at),
            done,
            steps,
        })
    }

    fn connection_step(&self, setup: &StoredSetup, stored: Option<&StoredConnection>) -> SetupStep {
        let mut step = step(SetupStepName::Connection);
        match stored {
            Some(_) => step.state = SetupStepState::Done,
            None => {
                step.state = SetupStepState::Failed;
                let gone = super::connections::unknown(&setup.connection);
                step.error = Some(gone.next(Next::new(NextKind::AddConnection)).issue());
            }
        }
        step
    }

    async fn doctor_step(&self, stored: Option<&StoredConnection>) -> Result<SetupStep, AppError> {
        let mut step = step(SetupStepName::Doctor);
        let Some(stored) = stored else { return Ok(step) };
        if let Some(report) = self.examined(stored).await? {
            step.state = if report.ok { SetupStepState::Done } else { SetupStepState::Failed };
            let fatal = report.findings.into_iter().find(|finding| finding.fatal);
            step.error = fatal.and_then(|finding| finding.error).map(|mut issue| {
                let next = || about_connection(NextKind::TestConnection, &stored.name);
                issue.next.get_or_insert_with(next);
                issue
            });
        }
        Ok(step)
    }
}

fn source(spec: &'static ConnectorSpec) -> Option<SetupSource> {
    let setup = spec.setup?;
    Some(SetupSource {
        connector: spec.name.into(),
        title: super::problem_words::both(spec.title),
        template: setup.template.into(),
        connection: setup.connection.into(),
    })
}

fn step(step: SetupStepName) -> SetupStep {
    let (zh, en) = match step {
        SetupStepName::Connection => ("保存账号连接", "Keep the connection"),
        SetupStepName::Doctor => ("检查账号连接", "Look at the connection"),
        SetupStepName::Plan => ("预演", "Plan"),
        SetupStepName::Run => ("首次同步", "First run"),
        SetupStepName::Directory => ("通讯录就绪", "People in the directory"),
    };
    let title = Text { zh: zh.into(), en: en.into() };
    SetupStep { step, title, state: SetupStepState::Todo, error: None, run: None }
}

/// The step that a run does.
fn run_step(name: SetupStepName, run: Option<Run>) -> SetupStep {
    let mut step = step(name);
    let Some(run) = run else { return step };
    step.state = match run.status {
        Status::Queued | Status::Planning | Status::Applying => SetupStepState::Doing,
        Status::Held if name == SetupStepName::Plan => SetupStepState::Done,
        Status::Held | Status::Paused => SetupStepState::Waiting,
        Status::Succeeded | Status::SucceededNoChange => SetupStepState::Done,
        // Whoever could be brought was; the items that went wrong are told.
        Status::Partial => SetupStepState::Done,
        Status::Failed | Status::Cancelled => SetupStepState::Failed,
    };
    let wrong = !matches!(step.state, SetupStepState::Done | SetupStepState::Doing) || run.status == Status::Partial;
    let first = || run.errors.first().map(|group| group.error.clone());
    step.error = if wrong { run.status_why.clone().or_else(first) } else { None }.map(|issue: Issue| issue);
    step.run = Some(run);
    step
}

const fn is_at_work(status: Status) -> bool {
    matches!(status, Status::Queued | Status::Planning | Status::Applying | Status::Held | Status::Paused)
}

const fn is_good(status: Status) -> bool {
    matches!(status, Status::Succeeded | Status::SucceededNoChange)
}
