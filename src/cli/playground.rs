//! `idflow playground`: a simulated company inside the server, to try things out on.

use super::{Failure, Lang, Session, exit, lang::both, output};
use crate::contract::playground::{
    NewPlayground, Playground, PlaygroundFault, PlaygroundFaultKind, PlaygroundRange, PlaygroundTrouble,
};

/// What to do with it.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show whether it runs, what it holds, and its newest calls.
    Show,
    /// Start it, or start it anew, with the connection `playground` that leads to it.
    Start {
        /// How many invented people it holds at the start, at most 5000.
        #[arg(long, default_value_t = 0)]
        people: u32,
    },
    /// Say what goes wrong in it from now on; without options nothing does.
    Fault {
        /// Which calls: a path, the beginning of one with `*` behind it, or `*` for all.
        #[arg(long, default_value = "*")]
        path: String,
        /// They are answered with this code of WeCom.
        #[arg(long, conflicts_with_all = ["delay_ms", "no_answer"])]
        errcode: Option<i64>,
        /// They are answered so many milliseconds late.
        #[arg(long, conflicts_with = "no_answer")]
        delay_ms: Option<u64>,
        /// They are never answered.
        #[arg(long)]
        no_answer: bool,
        /// How many of a hundred calls.
        #[arg(long, default_value_t = 100)]
        percent: u8,
        /// The app sees nobody any more.
        #[arg(long)]
        sees_nobody: bool,
    },
    /// Stop it; its connection goes too, unless something needs it.
    Stop,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let client = session.client().await?;
    let shown: Playground = match command {
        Command::Show => client.fetch("/playground").await?,
        Command::Start { .. } if client.is_here() => {
            return Err(Failure::new(both!(
                "模拟器在服务里运行：请先启动 `idflow serve`",
                "the simulator runs inside a server: start `idflow serve` first"
            )));
        }
        Command::Start { people } => client.send("/playground", &NewPlayground { people: Some(people) }).await?,
        Command::Fault { path, errcode, delay_ms, no_answer, percent, sees_nobody } => {
            let kind = match (errcode, delay_ms, no_answer) {
                (Some(_), ..) => Some(PlaygroundFaultKind::Errcode),
                (None, Some(_), _) => Some(PlaygroundFaultKind::Delay),
                (None, None, true) => Some(PlaygroundFaultKind::NoAnswer),
                (None, None, false) => None,
            };
            let fault = |kind| PlaygroundFault { path, kind, errcode, delay_ms, percent: Some(percent) };
            let range = if sees_nobody { PlaygroundRange::Nobody } else { PlaygroundRange::Whole };
            client
                .put("/playground", &PlaygroundTrouble { faults: kind.map(fault).into_iter().collect(), range })
                .await?
        }
        Command::Stop => client.remove("/playground").await?,
    };
    tell(session, &shown);
    Ok(exit::DONE)
}

fn tell(session: &Session<'_>, shown: &Playground) {
    if session.json() {
        return output::json(shown);
    }
    let Playground { running, connection, departments, people, calls, writes, faults, seen, .. } = shown;
    if !running {
        return output::data(session.text("模拟器没有运行", "the simulator does not run"));
    }
    let faults = faults.len();
    output::data(&match session.lang {
        Lang::Zh => format!(
            "账号连接：{connection}\n部门 {departments}，成员 {people}；调用 {calls}，其中写入 {writes}；故障规则 {faults}"
        ),
        Lang::En => format!(
            "connection: {connection}\ndepartments: {departments}; members: {people}; calls: {calls}; writes: {writes}; faults: {faults}"
        ),
    });
    if seen.is_empty() {
        return;
    }
    let columns = match session.lang {
        Lang::Zh => ["编号", "时间", "调用", "对象", "errcode"],
        Lang::En => ["number", "time", "call", "about", "errcode"],
    };
    let mut table = output::table(&columns);
    for call in seen {
        let code = call.errcode.map_or_else(String::new, |code| code.to_string());
        let about = call.about.clone().unwrap_or_default();
        table.add_row([call.seq.to_string(), output::when(Some(&call.at)), call.path.clone(), about, code]);
    }
    output::show(table);
}
