//! What is a plan about, of when is it, and what can be done with it? What whoever signs it asks before he looks at a change.

use super::load::Shown;
use crate::{
    cli::{Lang, lang::say, output, words},
    connectors,
    contract::{
        item::Planned,
        plan::{PlanSide, WrittenLast},
        run::{Mode, RunVerb, Status},
    },
};

/// What can be done with a plan, where that is told.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// It is a plan and nothing more; these were the inputs.
    Run(&'a [String]),
    /// The question whether it is to be carried out follows.
    Asked,
    /// Whoever shows it says what comes next.
    Elsewhere,
}

/// What the plan is of.
pub fn head(lang: Lang, shown: &Shown) {
    let Shown { plan, run } = shown;
    let (name, workflow, version, no) = (lang.of(&plan.name), &plan.workflow, plan.version, run.no);
    let name = if name.is_empty() { workflow } else { name };
    output::data(&say!(
        lang,
        "预演：{name}（工作流 {workflow} 第 {version} 版，运行 {workflow}#{no}）",
        "plan of {name} (workflow {workflow}, version {version}, run {workflow}#{no})"
    ));
    for read in &plan.reads {
        let side = side(lang, read);
        output::data(&say!(lang, "  来源：{side}", "  source: {side}"));
        if let Some(written) = read.written.as_ref().filter(|_| read.files.is_empty()) {
            let written = last(lang, written);
            output::data(&say!(lang, "    其内容最近由 {written}写入", "    last written by {written}"));
        }
    }
    for write in &plan.writes {
        let side = side(lang, write);
        output::data(&say!(lang, "  目标：{side}", "  target: {side}"));
    }
    let read = run.source.iter().map(|(kind, number)| words::number(lang, *number, kind, ""));
    let (read, at, by) = (lang.list(read), output::when(plan.computed.as_deref()), words::who(lang, &run.trigger));
    let how = match (run.part, plan.complete) {
        (true, _) => lang.pick("只读取了变更的部分", "only what changed"),
        (false, true) => lang.pick("完整读取", "read completely"),
        (false, false) => {
            lang.pick("没有读完整，因此不移除任何对象", "not read completely, so that nothing is removed")
        }
    };
    let read = if read.is_empty() { lang.pick("没有对象", "nothing").to_string() } else { read };
    output::data(&say!(lang, "  读取：{at}，来源中有 {read}（{how}）", "  read: {at}; the source has {read} ({how})"));
    output::data(&say!(lang, "  生成者：{by}", "  made by: {by}"));
    if let Some(hash) = &plan.hash {
        output::data(&say!(lang, "  预演标识：{hash}", "  plan {hash}"));
    }
}

/// A system: what it is, which connection leads to it, and which account of which company that is.
fn side(lang: Lang, side: &PlanSide) -> String {
    let (system, connection) = (lang.of(&side.system), &side.connection);
    let spec = connectors::find(&side.connector);
    let mut parts: Vec<String> = Vec::new();
    // There is one directory, and nobody gave it a name.
    if !spec.is_some_and(|spec| spec.local) {
        parts.push(match &side.title {
            Some(title) => say!(lang, "账号连接 {connection}“{title}”", "connection {connection}, {title}"),
            None => say!(lang, "账号连接 {connection}", "connection {connection}"),
        });
    }
    parts.extend(side.settings.iter().map(|setting| format!("{} {}", lang.of(&setting.title), setting.value)));
    parts.extend(side.files.iter().map(|file| say!(lang, "文件 {file}", "file {file}")));
    let parts = parts.join(lang.pick("，", ", "));
    if parts.is_empty() { system.to_string() } else { say!(lang, "{system}（{parts}）", "{system} ({parts})") }
}

/// Who wrote to a system last.
fn last(lang: Lang, written: &WrittenLast) -> String {
    let WrittenLast { workflow, no, by, at, inputs, .. } = written;
    let inputs =
        inputs.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={}", output::cell(value)));
    let inputs = inputs.collect::<Vec<_>>().join(" ");
    let (at, inputs) = (output::when(Some(at)), if inputs.is_empty() { inputs } else { format!(" {inputs}") });
    say!(lang, "{workflow}#{no}{inputs}（{by} 发起，{at}）", "{workflow}#{no}{inputs} (started by {by}, {at})")
}

/// How long the plan holds, and how it is carried out or approved.
pub fn next(lang: Lang, shown: &Shown, way: Way<'_>) {
    let Shown { plan, run } = shown;
    let nothing = !plan.groups.iter().any(|group| group.planned == Planned::Do) && plan.waiting_removals == 0;
    if matches!(way, Way::Elsewhere) || nothing || matches!(run.status, Status::Failed | Status::Cancelled) {
        return;
    }
    let at = output::when(plan.computed.as_deref());
    let (id, workflow, no) = (&run.run, &plan.workflow, run.no);
    if run.status == Status::Held {
        output::data(&say!(
            lang,
            "有效期：{at} 起 10 分钟内批准、且期间没有别的运行写入，就照此执行；否则批准后重新读取：与这里不同的移除不执行，其他不同之处没有超过上限才执行",
            "valid: approved within 10 minutes of {at}, and while no other run writes, it is carried out as it stands; later everything is read again: removals that differ from this plan are left out, other differences go along within the limits"
        ));
        if matches!(way, Way::Asked) {
            return;
        }
        let hash = plan.hash.as_ref().map(|hash| format!(" --plan {hash}")).unwrap_or_default();
        let until = run.expires.as_ref().map(|until| output::when(Some(until)));
        let until = until.map(|until| say!(lang, "；截止 {until}", "; until {until}")).unwrap_or_default();
        let may = if run.allowed.contains(&RunVerb::Approve) {
            ""
        } else {
            lang.pick("（您不在审批人之列）", " (you are not among those who may)")
        };
        output::data(&say!(
            lang,
            "批准{may}：idflow runs approve {id}{hash}，或在控制台“运行记录”→ {workflow}#{no} →“查看变更预览”中批准{until}",
            "to approve{may}: idflow runs approve {id}{hash}, or in the console: Runs, {workflow}#{no}, Show the plan{until}"
        ));
        output::data(&say!(lang, "驳回：idflow runs reject {id}", "to reject: idflow runs reject {id}"));
        return;
    }
    if run.mode != Mode::Plan {
        return;
    }
    output::data(&say!(
        lang,
        "有效期：只反映 {at} 读取时的情况；之后来源、目标、账号连接或工作流有改动就不再准确。预演本身不写入任何内容，也不能批准",
        "valid: as things stood when they were read at {at}; a later change of source, target, connection or workflow is not in it. A plan writes nothing and is not approved itself"
    ));
    if let Way::Run(inputs) = way {
        let inputs: String = inputs.iter().map(|input| format!(" --input {}", quoted(input))).collect();
        let then = match plan.held.is_empty() {
            true => lang.pick(
                "；执行时重新读取、重新计算，没有超过上限就不再询问",
                "; everything is read and computed again, and within the limits nobody is asked",
            ),
            false => lang.pick(
                "；执行时重新读取、重新计算，因上述原因待审批，批准之前不写入",
                "; everything is read and computed again, then it is held for the reasons above and writes nothing until it is approved",
            ),
        };
        output::data(&say!(
            lang,
            "执行：idflow run {workflow}{inputs}，或在控制台打开工作流 {workflow} 并运行{then}",
            "to carry it out: idflow run {workflow}{inputs}, or open the workflow {workflow} in the console and run it{then}"
        ));
    }
    if plan.waiting_removals > 0 {
        output::data(lang.pick(
            "等待决定的移除：idflow removals list，或控制台的“待处理的移除”",
            "removals that wait for a decision: idflow removals list, or Removals in the console",
        ));
    }
}

/// An argument as a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=_-./:,@%+".contains(&byte);
    if text.bytes().all(plain) { text.into() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
