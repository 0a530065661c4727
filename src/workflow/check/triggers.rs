//! `on.webhook`, `on.event` and `on.after`: what starts a run beside people and clocks.

use super::{
    Scene, call,
    given::{self, Starts},
};
use crate::workflow::{
    compiled::{After, EventTrigger, Webhook},
    diagnostic::{Diagnostic, Findings},
    suggest::{is_spelling, nearest},
    syntax::{Word, Written},
};

/// How far a signed time may be from ours, when nothing is said.
const WINDOW: std::time::Duration = std::time::Duration::from_secs(300);
/// The longest path of a webhook.
const LONGEST: usize = 128;

/// Webhooks with a path and a proof; what is wrong with them is reported.
pub fn webhooks(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) -> Vec<Webhook> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    let mut seen: Vec<Word<'_>> = Vec::new();
    let own = written.id.map_or("", |id| id.text);
    for webhook in &written.webhooks {
        let Some(path) = webhook.path else { continue };
        given::inputs(&[], &scene.inputs, path.span, Starts::Webhook, scene.live, findings);
        if !is_path(path.text) {
            findings.push(bad_path(path));
            continue;
        }
        let taken = |zh: String, en: String| {
            Diagnostic::new("E0604", path.span, zh, en).help("换一个地址", "give it another path")
        };
        if let Some(first) = seen.iter().find(|other| other.text == path.text) {
            findings.push(
                taken(
                    format!("地址 `{}` 在这个文件里出现两次", path.text),
                    format!("the path `{}` occurs twice in this file", path.text),
                )
                .related(first.span, "第一个", "the other one"),
            );
            continue;
        }
        if let Some(owner) = scene.library.and_then(|library| library.owner_of(path.text, own)) {
            findings.push(taken(
                format!("地址 `{}` 已被工作流 `{owner}` 使用", path.text),
                format!("workflow `{owner}` already has the path `{}`", path.text),
            ));
        }
        seen.push(path);
        if let Some(verify) = webhook.verify {
            let methods = match webhook.methods.as_slice() {
                [] => vec!["POST".to_string()],
                named => named.iter().map(ToString::to_string).collect(),
            };
            webhooks.push(Webhook {
                path: path.text.to_string(),
                verify,
                window: webhook.window.unwrap_or(WINDOW),
                methods,
                header: webhook.header.map(|header| header.text.to_ascii_lowercase()),
                wait: webhook.wait,
                status: webhook.status,
                reply: webhook.reply.map(|reply| reply.text.to_string()),
            });
        }
    }
    webhooks
}

fn is_path(text: &str) -> bool {
    text.len() <= LONGEST
        && text.split('/').all(|part| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        })
}

fn bad_path(path: Word<'_>) -> Diagnostic {
    let finding = Diagnostic::new(
        "E0203",
        path.span,
        "地址只能用字母、数字、`-`、`_`、`.`，各段之间用 `/`，最多 128 个字符",
        "a path has letters, digits, `-`, `_`, `.`, with `/` between its parts, and at most 128 characters",
    )
    .help("例如 `path: hr-csv-ready`", "for example `path: hr-csv-ready`");
    let tail = path.text.rsplit_once("/hooks/").map_or(path.text, |(_, tail)| tail);
    let mut right = String::new();
    for c in tail.trim().trim_matches('/').chars() {
        match c {
            _ if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') => right.push(c),
            _ if !right.ends_with('-') => right.push('-'),
            _ => {}
        }
    }
    let right = right.trim_matches(['-', '/', '.']);
    // Whoever calls knows the address by its letters: only what stands around them is taken away.
    let certain = path.text.contains(right);
    if is_path(right) { finding.fix_if(certain, path.span, right) } else { finding }
}

/// What holds where `collect` and `max` are not given.
const COLLECT: std::time::Duration = std::time::Duration::from_secs(3);
const MOST_EVENTS: usize = 500;

/// Events with their connections.
pub fn events(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) -> Vec<EventTrigger> {
    let mut events = Vec::new();
    for event in &written.events {
        let Some(alias) = event.connection else { continue };
        given::inputs(&[], &scene.inputs, alias.span, Starts::Event, scene.live, findings);
        let Some(connection) = scene.connections.iter().position(|known| known.alias == alias.text) else {
            // A connection of unknown type was reported where it is defined.
            if !written.connections.iter().any(|connection| connection.alias.text == alias.text) {
                findings.push(super::connection::unknown(alias, None, scene));
            }
            continue;
        };
        scene.used.borrow_mut().connections.push(connection);
        let connector = scene.connections[connection].connector;
        let known = connector.events.iter().map(|event| event.name);
        let mut types = Vec::new();
        for word in &event.types {
            if known.clone().any(|name| name == word.text) {
                types.push(word.text.to_string());
                continue;
            }
            let finding = Diagnostic::new(
                "E0605",
                word.span,
                format!("{} 的连接不发送事件 `{}`", connector.name, word.text),
                format!("connections of {} send no event `{}`", connector.name, word.text),
            );
            let all: Vec<&str> = known.clone().collect();
            findings.push(match nearest(word.text, all.iter().copied()) {
                Some(name) => finding.help(format!("是否想写 `{name}`？"), format!("did you mean `{name}`?")).fix_if(
                    is_spelling(word.text, name, all.iter().copied()),
                    word.span,
                    name,
                ),
                None if all.is_empty() => finding.help(
                    format!("{} 不发送任何事件：改用 `schedule` 或 `webhook`", connector.name),
                    format!("{} sends no events at all: use `schedule` or `webhook`", connector.name),
                ),
                None => finding.help(format!("事件：{}", all.join("、")), format!("events: {}", all.join(", "))),
            });
            if all.is_empty() {
                // The others are as wrong, for the same reason.
                break;
            }
        }
        if !types.is_empty() {
            events.push(EventTrigger {
                connection,
                types,
                collect: event.collect.unwrap_or(COLLECT),
                most: event.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_EVENTS),
            });
        }
    }
    events
}

/// The workflows after which this one starts, one entry for each.
pub fn after(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) -> Vec<After> {
    let mut all = Vec::new();
    for after in &written.after {
        let Some(first) = after.workflows.first() else { continue };
        let inputs = given::inputs(after.inputs, &scene.inputs, first.span, Starts::After, scene.live, findings);
        for workflow in &after.workflows {
            if call::known(*workflow, written, scene, findings)
                && !call::circular(*workflow, written, scene, findings, true)
            {
                all.push(After {
                    workflow: workflow.text.to_string(),
                    statuses: after.statuses.clone(),
                    inputs: inputs.clone(),
                });
            }
        }
    }
    all
}
