//! `idflow runs watch`: what happens, as it happens.

use super::{
    Client, Failure, Lang, Session,
    client::encode,
    exit,
    lang::{both, say},
    output, progress, render, words,
};
use crate::contract::{
    live::{LiveEndWhy, LiveEvent, LiveRun},
    run::Run,
};

/// Watches one run until it is over, or everything until somebody stops it.
pub async fn run(session: &Session<'_>, client: &Client, run: Option<&str>) -> Result<u8, Failure> {
    let lang = session.lang;
    let path = match run {
        Some(run) => format!("/runs/{}/events", encode(run)),
        None => "/events?topics=runs,progress,items,waiting,connections".into(),
    };
    let mut events = client.events(&path).await?;
    let mut over = None;
    while let Some(event) = events.next().await? {
        if session.json() {
            // A line for each event, so that programs need not wait for the end.
            output::data(&serde_json::to_string(&event).unwrap_or_default());
        } else {
            tell(lang, &event);
        }
        match &event {
            LiveEvent::Run(now) if run.is_some() && now.ended.is_some() => {
                over = Some(now.run.clone());
                break;
            }
            LiveEvent::End(end) => {
                return Err(match end.why {
                    LiveEndWhy::Stopping => Failure::new(both!("服务正在停止", "the server stops")),
                    LiveEndWhy::SessionEnded => {
                        Failure::new(both!("登录已失效", "the session or token is not good any more"))
                    }
                    LiveEndWhy::Interrupted => Failure::new(both!("实时视图中断", "the live view was interrupted")),
                });
            }
            _ => {}
        }
    }
    let Some(id) = over else { return Ok(exit::DONE) };
    let ended: Run = client.fetch(&format!("/runs/{}", encode(&id))).await?;
    if !session.json() {
        render::ended(lang, &ended);
    }
    Ok(exit::of_status(ended.status))
}

fn tell(lang: Lang, event: &LiveEvent) {
    let text = match event {
        LiveEvent::Hello(_) | LiveEvent::End(_) => return,
        LiveEvent::Run(run) => state(lang, run),
        LiveEvent::Progress(now) => {
            let (run, far) = (&now.run, progress::far(lang, &now.progress));
            let step = &now.progress.step;
            say!(lang, "{run} {step}：{far}", "{run} {step}: {far}")
        }
        LiveEvent::Items(items) => {
            for item in &items.items {
                let (key, name) = (&item.item.key, &item.item.object.name);
                let code = item.item.error.as_ref().map(|error| error.code.as_str()).unwrap_or_default();
                let why = item.item.error.as_ref().map(|error| lang.of(&error.reason)).unwrap_or_default();
                let no = format!("{}#{}", item.workflow, item.no);
                output::data(&say!(lang, "{no} {key} {name} {code}：{why}", "{no} {key} {name} {code}: {why}"));
            }
            match items.more {
                0 => return,
                more => say!(lang, "… 另有 {more} 项出错", "… and {more} more went wrong"),
            }
        }
        LiveEvent::Waiting(waiting) => {
            let (held, removals) = (waiting.held, waiting.removals);
            say!(lang, "待审批的运行 {held}，待执行的移除 {removals}", "{held} runs are held, {removals} removals wait")
        }
        LiveEvent::Connection(connection) => {
            let name = &connection.connection;
            match &connection.sick {
                Some(sick) => {
                    let why = lang.of(&sick.error.reason);
                    say!(lang, "连接 {name} 暂停使用：{why}", "connection {name} rests: {why}")
                }
                None => say!(lang, "连接 {name} 恢复正常", "connection {name} works again"),
            }
        }
        LiveEvent::Lagged(_) | LiveEvent::Reset(_) => {
            say!(lang, "（有事件没有收到）", "(some events are missing)")
        }
    };
    output::data(&text);
}

fn state(lang: Lang, run: &LiveRun) -> String {
    let (workflow, no, status) = (&run.workflow, run.no, words::status(lang, run.status));
    let why = run.status_why.as_ref().map(|why| lang.of(&why.reason));
    let why = why.map(|why| say!(lang, "：{why}", ": {why}")).unwrap_or_default();
    say!(lang, "{workflow}#{no} {status}{why}", "{workflow}#{no} {status}{why}")
}
