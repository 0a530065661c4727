//! One step: its action, its loop, and the compiled form.

use idflow_sdk::{ActionSpec, ConnectorSpec};

use super::{Findings, Scene, connection};
use crate::workflow::{
    compiled::{self, Foreach, MappingIndex, With},
    diagnostic::{Diagnostic, Source},
    expression::Condition,
    suggest::nearest,
    written::{self, Written},
};

/// What a step does, with whom.
#[derive(Debug, Clone)]
pub struct Action {
    pub connector: &'static ConnectorSpec,
    pub action: &'static ActionSpec,
    pub connection: Option<usize>,
}

/// Finds action and connection of a step.
pub fn action(
    step: &written::Step<'_>,
    written: &Written<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<Action> {
    let uses = step.uses?;
    let unknown = |zh: String, en: String| Diagnostic::new("E0501", uses.span, zh, en);
    let Some((prefix, name)) = uses.text.split_once('/') else {
        findings.push(unknown(format!("`{}` 不是动作", uses.text), format!("`{}` is no action", uses.text)).help(
            "写作 `连接器/动作`，例如 `wecom/create_user`",
            "write `connector/action`, for example `wecom/create_user`",
        ));
        return None;
    };
    if prefix == "workflow" {
        return super::call::action(step, super::call::callee(step)?, written, scene, findings);
    }
    let Some(connector) = scene.connectors.iter().copied().find(|connector| connector.name == prefix) else {
        let names = scene.connectors.iter().map(|connector| connector.name);
        let mut finding = unknown(format!("没有连接器 `{prefix}`"), format!("there is no connector `{prefix}`"));
        finding = match nearest(prefix, names.clone()) {
            Some(word) => finding
                .help(format!("是否想写 `{word}/{name}`？"), format!("did you mean `{word}/{name}`?"))
                .fix(uses.span, format!("{word}/{name}")),
            None => {
                let names: Vec<&str> = names.collect();
                finding.help(format!("连接器：{}", names.join("、")), format!("connectors: {}", names.join(", ")))
            }
        };
        findings.push(finding);
        return None;
    };
    let Some(action) = connector.action(name) else {
        let names = connector.actions.iter().map(|action| action.name);
        let mut finding = unknown(format!("没有动作 `{}`", uses.text), format!("there is no action `{}`", uses.text));
        finding = match nearest(name, names.clone()) {
            Some(word) => finding
                .help(format!("是否想写 `{prefix}/{word}`？"), format!("did you mean `{prefix}/{word}`?"))
                .fix(uses.span, format!("{prefix}/{word}")),
            None => {
                let names: Vec<&str> = names.collect();
                finding.help(
                    format!("`{prefix}` 的动作：{}", names.join("、")),
                    format!("actions of `{prefix}`: {}", names.join(", ")),
                )
            }
        };
        findings.push(finding);
        return None;
    };
    let connection = connection::of_step(step, written, connector, uses, scene, findings);
    scene.used.borrow_mut().connections.extend(connection);
    Some(Action { connector, action, connection })
}

/// The compiled step.
#[allow(clippy::too_many_arguments, reason = "each is a finished part of the step")]
pub fn assemble(
    step: &written::Step<'_>,
    action: &Action,
    with: With,
    mapping: Option<MappingIndex>,
    condition: Option<Condition>,
    foreach: Option<Foreach>,
    written: &Written<'_>,
    source: &Source<'_>,
) -> compiled::Step {
    compiled::Step {
        id: step.id.text.to_string(),
        name: step.name.as_ref().map_or_else(|| super::same(step.id.text), |(name, _)| name.clone()),
        calls: super::call::callee(step).map(|word| word.text.to_string()),
        connector: action.connector,
        action: action.action,
        connection: action.connection.unwrap_or_default(),
        mapping,
        with,
        condition,
        foreach,
        retry: step.retry.clone().unwrap_or_else(|| written.retry.clone()),
        timeout: step.timeout.or(written.step_timeout),
        continue_on_error: step.continue_on_error,
        resend: step.on_unknown.is_some_and(|(_, resend)| resend),
        approval: step.approval.clone(),
        line: source.line(step.id.span.start),
    }
}
