//! What there is to tell, in words: what happened, and what to do next. Private values are masked, as for somebody without the
//! right to see them.

use idflow_sdk::Problem;

use crate::{
    app::{App, AppError, callbacks, run_view, time},
    contract::problem::Issue,
    engine::Connect,
    model::{
        id::RunId,
        run::{Mode, Run, Status},
    },
    store::{
        catalogue, failing_connections,
        newest_run::newest,
        notices::{self, Both, Item, Rule, Turn, What},
        receivers,
        removal_index::{self, Part, Standing},
        removals::StoredRemovalState,
        runs, wakes,
    },
};

/// Held runs that are looked at for the end of their time.
const MOST_HELD: usize = 500;
/// How long before its end a right that a company granted is told of: one lasts two hours, of which three quarters are over then.
const GRANT_MS: i64 = 30 * 60 * 1000;
/// How long is remembered that something that lasts was told: it is told again when it lasts longer.
const TOLD_MS: i64 = 7 * 24 * 3600 * 1000;

/// Something to tell, and the name under which it is remembered, where nothing else takes it away.
pub(super) struct News {
    pub item: Item,
    pub name: Option<(String, i64)>,
}

fn both(zh: impl Into<String>, en: impl Into<String>) -> Both {
    Both { zh: zh.into(), en: en.into() }
}

/// The English word for so many.
fn many(number: u64, word: &str) -> String {
    if number == 1 { word.into() } else { format!("{word}s") }
}

fn of_issue(issue: &Issue) -> (Both, Both) {
    let Issue { reason, hint, .. } = issue;
    (both(&*reason.zh, &*reason.en), both(&*hint.zh, &*hint.en))
}

impl App {
    /// What a workflow is called.
    async fn name_of(&self, run: &Run) -> Both {
        let found =
            self.connections.signatures(&[(&run.workflow, run.version)]).await.ok().and_then(|mut all| all.pop());
        let name = found.flatten().and_then(|signature| signature.summary().map(|summary| summary.name.clone()));
        name.map_or_else(|| both(&*run.workflow, &*run.workflow), |name| both(name.zh, name.en))
    }

    /// What a new state of a run is to whoever wants to know.
    pub(super) async fn news_of_run(&self, turn: &Turn) -> Result<Vec<Item>, AppError> {
        let Some(run) = runs::get(&*self.store, &self.tenant, turn.run).await? else { return Ok(Vec::new()) };
        // Whoever called it tells of it.
        if run.trigger.caller().is_some() {
            return Ok(Vec::new());
        }
        let name = self.name_of(&run).await;
        let item = |event: What, what: Both, next: Both| Item {
            event,
            at: turn.at,
            what: both(
                format!("「{}」第 {} 次运行{}", name.zh, run.no, what.zh),
                format!("{}, run {}, {}", name.en, run.no, what.en),
            ),
            next,
            workflow: Some(run.workflow.clone()),
            run: Some(run.run),
            connection: None,
        };
        let first = run.why.first().or(run.errors.first().map(|group| &group.problem));
        let why = first.map(|problem| of_issue(&run_view::shown_of(&run, problem, false)));
        let mut found = Vec::new();
        match turn.status {
            Status::Failed => {
                let (reason, next) = why.unwrap_or_else(|| (both("", ""), both("查看运行日志", "look at its log")));
                found.push(item(
                    What::RunFailed,
                    both(format!("失败：{}", reason.zh), format!("failed: {}", reason.en)),
                    next,
                ));
            }
            Status::Held if run.status == Status::Held => {
                let until = run.expires.map(time).unwrap_or_default();
                let reason = why.map_or_else(|| both("", ""), |(reason, _)| reason);
                found.push(item(
                    What::RunHeld,
                    both(format!("待审批：{}", reason.zh), format!("waits for an approval: {}", reason.en)),
                    both(
                        format!("查看计划，在 {until} 前批准或拒绝"),
                        format!("look at its plan, and approve or reject it before {until}"),
                    ),
                ));
            }
            Status::Partial => {
                let bad: u64 = run.errors.iter().map(|group| group.count).sum();
                let (reason, next) = match run.errors.iter().max_by_key(|group| group.count) {
                    Some(group) => of_issue(&run_view::shown_of(&run, &group.problem, false)),
                    None => (both("", ""), both("查看出错的条目", "look at the items that went wrong")),
                };
                found.push(item(
                    What::RunPartial,
                    both(
                        format!("部分完成，{bad} 个对象没有成功，主要原因：{}", reason.zh),
                        format!("did not succeed with {bad} {}, mostly because: {}", many(bad, "object"), reason.en),
                    ),
                    next,
                ));
            }
            Status::Succeeded | Status::SucceededNoChange if self.had_failed(&run).await? => found.push(item(
                What::RunRecovered,
                both("成功，工作流已恢复正常", "succeeded: the workflow is well again"),
                both("无需处理", "nothing to do"),
            )),
            _ => {}
        }
        if turn.status.is_end() && run.waiting > 0 {
            let new = self.new_removals(&run).await?;
            if new > 0 {
                found.push(item(
                    What::RemovalsWaiting,
                    both(
                        format!("发现 {new} 个新的移除，等待决定"),
                        format!("found {new} {} to be decided about", many(new, "removal")),
                    ),
                    both("逐个批准，或决定保留", "approve each, or decide to keep its object"),
                ));
            }
        }
        Ok(found)
    }

    /// Whether the run of the workflow that ended before this one did not succeed. One that looked at a part only does not make up
    /// for one that looked at everything.
    async fn had_failed(&self, run: &Run) -> Result<bool, AppError> {
        let of_a_part = |run: &Run| run.part || !run.partial.is_empty();
        let of_its_sort = |before: &Run| before.mode != Mode::Plan && (!of_a_part(run) || of_a_part(before));
        let whole = |before: &Run| before.mode != Mode::Plan && !of_a_part(before);
        Ok(self.newest_failed(run, of_its_sort).await? || !of_a_part(run) && self.newest_failed(run, whole).await?)
    }

    /// Whether the newest of those that came before a run and fit did not succeed.
    async fn newest_failed(&self, run: &Run, fits: impl Fn(&Run) -> bool) -> Result<bool, AppError> {
        const ENDS: [Status; 4] = [Status::Succeeded, Status::SucceededNoChange, Status::Partial, Status::Failed];
        let before = (&*run.workflow, Some(run.run));
        let found = newest(&*self.store, &self.tenant, before, &ENDS, fits).await?;
        Ok(found.is_some_and(|run| matches!(run.status, Status::Failed | Status::Partial)))
    }

    /// How many of the removals that wait did not wait before this run.
    async fn new_removals(&self, run: &Run) -> Result<u64, AppError> {
        let (begun, now) = (run.started.unwrap_or(run.trigger.fired), self.now());
        let waits = |one: &Standing| one.place.since >= begun && one.state(now) == StoredRemovalState::Waiting;
        let workflow = Some(&*run.workflow);
        Ok(removal_index::count(&*self.store, &self.tenant, Part::Wanted, workflow, waits).await?)
    }

    /// What lasts and is not told yet, for these rules.
    pub(super) async fn lasting(&self, rules: &[Rule]) -> Result<Vec<News>, AppError> {
        let wants = |what: What| rules.iter().any(|rule| rule.enabled && rule.events.contains(&what));
        let mut found = Vec::new();
        if wants(What::ApprovalExpiring) {
            self.expiring(rules, &mut found).await?;
        }
        if wants(What::ConnectionUnhealthy) {
            self.sick(&mut found).await?;
        }
        if wants(What::CallbackUnhealthy) {
            self.unheard(&mut found).await?;
        }
        if wants(What::GrantExpiring) {
            self.ending(&mut found).await?;
        }
        let mut new = Vec::new();
        for news in found {
            let known = match &news.name {
                Some((name, _)) => notices::was_told(&*self.store, &self.tenant, name).await?,
                None => false,
            };
            if !known {
                new.push(news);
            }
        }
        Ok(new)
    }

    async fn expiring(&self, rules: &[Rule], found: &mut Vec<News>) -> Result<(), AppError> {
        let now = self.now();
        let wants = rules.iter().filter(|rule| rule.events.contains(&What::ApprovalExpiring));
        let Some(most) = wants.map(|rule| rule.expiring_ms).max() else { return Ok(()) };
        let soon = now.saturating_add(most);
        let due = wakes::due(&*self.store, &self.tenant, wakes::What::HeldRun, soon, None, MOST_HELD).await?;
        for wake in due {
            let Some(id) = wake.id.as_slice().try_into().ok().map(RunId::from_bytes) else { continue };
            let Some(run) = runs::get(&*self.store, &self.tenant, id).await? else { continue };
            let Some(expires) = run.expires.filter(|expires| run.status == Status::Held && now < *expires) else {
                continue;
            };
            let (name, until) = (self.name_of(&run).await, time(expires));
            let item = Item {
                event: What::ApprovalExpiring,
                at: now,
                what: both(
                    format!("「{}」第 {} 次运行的审批将在 {until} 过期", name.zh, run.no),
                    format!("{}, run {}: the time for its approval is over at {until}", name.en, run.no),
                ),
                next: both(
                    "查看计划，批准或拒绝；过期后运行取消",
                    "look at its plan, and approve or reject it; afterwards it is cancelled",
                ),
                workflow: Some(run.workflow.clone()),
                run: Some(run.run),
                connection: None,
            };
            found.push(News { item, name: Some((format!("expiring/{}/{expires}", run.run), expires)) });
        }
        Ok(())
    }

    /// Rights of a provider's app that are nearly over: whoever works with them is told while there is time.
    async fn ending(&self, found: &mut Vec<News>) -> Result<(), AppError> {
        let now = self.now();
        for grant in self.grants_that_end(GRANT_MS).await? {
            let (name, company, until) = (&grant.connection, &grant.company, time(grant.until));
            let item = Item {
                event: What::GrantExpiring,
                at: now,
                what: both(
                    format!("账号连接 {name}：{company} 授予的通讯录编辑权限将在 {until} 到期"),
                    format!(
                        "the connection {name}: the right to edit contacts that {company} granted is over at {until}"
                    ),
                ),
                next: both(
                    "在到期前运行还要写入通讯录的工作流；之后要写入，请重新邀请企业管理员扫码授权",
                    "run what still has to be written before then; to write afterwards, invite the company's administrator to scan once more",
                ),
                workflow: None,
                run: None,
                connection: Some(name.clone()),
            };
            found.push(News { item, name: Some((format!("grant/{name}/{}", grant.until), grant.until)) });
        }
        Ok(())
    }

    async fn sick(&self, found: &mut Vec<News>) -> Result<(), AppError> {
        let now = self.now();
        for sick in failing_connections::all(&*self.store, &self.tenant).await? {
            let (reason, next) = of_issue(&run_view::shown(&sick.problem, false));
            let name = &sick.connection;
            let item = Item {
                event: What::ConnectionUnhealthy,
                at: sick.since,
                what: both(
                    format!("账号连接 {name} 无法使用：{}", reason.zh),
                    format!("the connection {name} does not work: {}", reason.en),
                ),
                next,
                workflow: None,
                run: None,
                connection: Some(name.clone()),
            };
            found.push(News { item, name: Some((format!("sick/{name}/{}", sick.since), now.saturating_add(TOLD_MS))) });
        }
        Ok(())
    }

    /// Receivers whose newest call was refused.
    async fn unheard(&self, found: &mut Vec<News>) -> Result<(), AppError> {
        let now = self.now();
        for stored in catalogue::connections(&*self.store, &self.tenant).await? {
            for receiver in callbacks::receivers_of(&stored) {
                let heard = receivers::heard(&*self.store, &self.tenant, &stored.name, receiver).await?;
                let [echo, event, refused] = heard;
                let good = [echo, event].into_iter().flatten().map(|heard| heard.at).max();
                let Some(refused) = refused.filter(|refused| good.is_none_or(|good| good < refused.at)) else {
                    continue;
                };
                let why = refused.why.unwrap_or_else(|| Problem::new("callback_unknown"));
                let (reason, next) = of_issue(&run_view::shown(&why, false));
                let name = &stored.name;
                let item = Item {
                    event: What::CallbackUnhealthy,
                    at: refused.at,
                    what: both(
                        format!("账号连接 {name} 的回调被拒绝：{}", reason.zh),
                        format!("a callback of the connection {name} was refused: {}", reason.en),
                    ),
                    next,
                    workflow: None,
                    run: None,
                    connection: Some(name.clone()),
                };
                let spell = format!("unheard/{name}/{receiver}/{}", good.unwrap_or_default());
                found.push(News { item, name: Some((spell, now.saturating_add(TOLD_MS))) });
            }
        }
        Ok(())
    }
}
