//! `idflow why`: the decision trace of a person in words.

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output, words};
use crate::contract::why::{Why, WhyStage, WhyStep, WhyVerdict};

/// Whom to explain.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: number, account, id or a name that only one has; of somebody who is not in the directory, the account in the
    /// other system.
    person: String,
    /// Only what this run did: its id, or WORKFLOW#NUMBER.
    #[arg(long)]
    run: Option<String>,
    /// How many of the newest runs are looked at.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Show phone numbers, e-mail addresses and the like as they are.
    #[arg(long)]
    reveal: bool,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    let client = session.client().await?;
    let run = args.run.as_ref().map(|run| format!("&run={}", encode(run))).unwrap_or_default();
    let person = encode(&args.person);
    let path = format!("/people/{person}/why?limit={}&reveal={}{run}", args.limit, args.reveal);
    let why: Why = client.fetch(&path).await?;
    if session.json() {
        output::json(&why);
    } else {
        tell(session.lang, &why);
    }
    Ok(exit::DONE)
}

fn tell(lang: Lang, why: &Why) {
    match &why.person {
        Some(person) => {
            let name = &why.name;
            let field =
                |name: &str| person.fields.get(name).and_then(|value| value.as_str()).unwrap_or("–").to_string();
            let (number, status) = (field("employee_no"), field("status"));
            let status = words::counted(lang, &status);
            output::data(&say!(lang, "{name}（{number}），状态 {status}", "{name} ({number}), status {status}"));
        }
        None => {
            let key = &why.key;
            output::data(&say!(lang, "目录里没有 {key}", "the directory does not know {key}"));
        }
    }
    for now in &why.now {
        let (workflow, step, connection) = (&now.workflow, &now.step, &now.connection);
        output::data(&say!(
            lang,
            "按现在的数据，工作流 {workflow}（步骤 {step}，连接 {connection}）：",
            "as things are now, workflow {workflow} (step {step}, connection {connection}):"
        ));
        now.trace.iter().for_each(|step| line(lang, step));
    }
    for run in &why.runs {
        let (workflow, no, status) = (&run.run.workflow, run.run.no, words::status(lang, run.run.status));
        let at = output::when(Some(&run.accepted));
        output::data(&say!(lang, "{at} 运行 {workflow}#{no}（{status}）：", "{at} run {workflow}#{no} ({status}):"));
        run.trace.iter().for_each(|step| line(lang, step));
    }
    if why.runs.is_empty() {
        let looked = why.looked_at;
        output::data(&say!(
            lang,
            "最近 {looked} 次运行没有对这个人做过什么",
            "none of the newest {looked} runs had anything to do for this person"
        ));
    }
}

fn line(lang: Lang, step: &WhyStep) {
    let stage = match step.stage {
        WhyStage::Read => lang.pick("读取", "read"),
        WhyStage::Scope => lang.pick("范围", "scope"),
        WhyStage::Match => lang.pick("匹配", "match"),
        WhyStage::Map => lang.pick("映射", "map"),
        WhyStage::Plan => lang.pick("预演", "plan"),
        WhyStage::Gate => lang.pick("审批", "gate"),
        WhyStage::Call => lang.pick("调用", "call"),
        WhyStage::Answer => lang.pick("结果", "answer"),
        WhyStage::Now => lang.pick("现在", "now"),
    };
    let mark = match step.verdict {
        WhyVerdict::Yes => "✓",
        WhyVerdict::No => "–",
        WhyVerdict::Trouble => "✗",
        WhyVerdict::Unknown => "?",
    };
    let text = lang.of(&step.text);
    let from = step.from.as_ref().map(|from| format!("  [{from}]")).unwrap_or_default();
    output::data(&format!("  {mark} {stage}  {text}{from}"));
}
