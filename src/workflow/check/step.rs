//! One step: its action, its loop, and the compiled form.

use idflow_sdk::Effect;

use super::{Scene, action::Action, connection};
use crate::{
    model::definition::Localized,
    workflow::{
        compiled::{self, Foreach, MappingIndex, Sending, Uses, With, Work, Writing},
        diagnostic::{Diagnostic, Findings, Source},
        expression::Condition,
        suggest::{is_spelling, nearest},
        syntax::{self, Written},
        yaml_edit,
    },
};

/// Finds action and connection of a step.
pub fn action(
    step: &syntax::Step<'_>,
    written: &Written<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<Action> {
    let uses = step.uses?;
    let unknown = |zh: String, en: String| Diagnostic::new("E0501", uses.span, zh, en);
    let Some((prefix, name)) = uses.text.split_once('/') else {
        let finding = unknown(format!("`{}` 不是动作", uses.text), format!("`{}` is not an action", uses.text)).help(
            "写作 `连接器/动作`，例如 `wecom/create_user`",
            "write `connector/action`, for example `wecom/create_user`",
        );
        findings.push(match unslashed(uses.text, step, scene) {
            Some(meant) => {
                finding.help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?")).fix(uses.span, meant)
            }
            None => finding,
        });
        return None;
    };
    if prefix == "workflow" {
        return super::call::action(step, super::call::callee(step)?, written, scene, findings);
    }
    let Some(connector) = scene.connectors.iter().copied().find(|connector| connector.name == prefix) else {
        findings.push(no_connector((prefix, name), uses, step, written, scene));
        return None;
    };
    let Some(action) = connector.action(name) else {
        let names = connector.actions.iter().map(|action| action.name);
        let mut finding = unknown(format!("没有动作 `{}`", uses.text), format!("there is no action `{}`", uses.text));
        finding = match nearest(name, names.clone())
            .or_else(|| turned(name, names.clone()))
            .or_else(|| names.clone().next().filter(|_| names.clone().count() == 1))
        {
            Some(word) => finding
                .help(format!("是否想写 `{prefix}/{word}`？"), format!("did you mean `{prefix}/{word}`?"))
                .fix_if(is_spelling(name, word, names.clone()), uses.span, format!("{prefix}/{word}")),
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

/// That there is no such connector.
fn no_connector(
    (prefix, name): (&str, &str),
    uses: syntax::Word<'_>,
    step: &syntax::Step<'_>,
    written: &Written<'_>,
    scene: &Scene<'_>,
) -> Diagnostic {
    let unknown = |zh: String, en: String| Diagnostic::new("E0501", uses.span, zh, en);
    let names = scene.connectors.iter().map(|connector| connector.name);
    let aliased = written.connections.iter().find(|connection| connection.alias.text == prefix);
    let typed = aliased.and_then(|connection| connection.ty).filter(|ty| names.clone().any(|name| name == ty.text));
    if let Some(ty) = typed {
        // The name of a connection where that of its connector belongs.
        let mut finding = unknown(format!("没有连接器 `{prefix}`"), format!("there is no connector `{prefix}`")).help(
            format!("`{prefix}` 是连接：写 `uses: {}/{name}` 和 `connection: {prefix}`", ty.text),
            format!("`{prefix}` is a connection: write `uses: {}/{name}` and `connection: {prefix}`", ty.text),
        );
        let source = scene.source.text;
        if step.connection.is_none()
            && let Some(fix) = yaml_edit::add_entry(source, step.node, &format!("connection: {prefix}"))
        {
            finding = finding.fix(fix.span, fix.text);
        }
        return finding.fix(uses.span, format!("{}/{name}", ty.text));
    }
    let finding = unknown(format!("没有连接器 `{prefix}`"), format!("there is no connector `{prefix}`"));
    match nearest(prefix, names.clone().chain(["workflow"])) {
        Some(word) => finding
            .help(format!("是否想写 `{word}/{name}`？"), format!("did you mean `{word}/{name}`?"))
            .fix_if(is_spelling(prefix, word, names.clone()), uses.span, format!("{word}/{name}")),
        None => {
            let names: Vec<&str> = names.collect();
            finding.help(format!("连接器：{}", names.join("、")), format!("connectors: {}", names.join(", ")))
        }
    }
}

/// The action in `create_user`, `wecom.create_user` or `wecom:create_user`.
fn unslashed(text: &str, step: &syntax::Step<'_>, scene: &Scene<'_>) -> Option<String> {
    let (prefix, name) = text.split_once(['.', ':', '\\', '#', ' ']).unwrap_or(("", text));
    let fits: Vec<String> = scene
        .connectors
        .iter()
        .filter(|connector| prefix.is_empty() || connector.name == prefix)
        .filter_map(|connector| {
            let action = nearest(name.trim(), connector.actions.iter().map(|action| action.name))?;
            Some(format!("{}/{action}", connector.name))
        })
        .collect();
    let exact = fits.iter().filter(|fit| fit.ends_with(&format!("/{name}"))).count();
    match fits.as_slice() {
        [one] => Some(one.clone()),
        several if exact == 1 => several.iter().find(|fit| fit.ends_with(&format!("/{name}"))).cloned(),
        several => {
            // Several have it: the one whose connection the step names.
            let alias = step.connection?.text;
            let connection = scene.connections.iter().find(|connection| connection.alias == alias)?;
            several.iter().find(|fit| fit.starts_with(&format!("{}/", connection.connector.name))).cloned()
        }
    }
}

/// `user_create` for `create_user`, and other words for the same verb.
fn turned<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let snake = crate::workflow::suggest::snake_case(name);
    let (first, last) = snake.split_once('_')?;
    let verbs = |verb: &str| match verb {
        "add" | "new" | "insert" | "make" | "create" => ["create", "upsert"],
        "change" | "edit" | "modify" | "set" | "update" => ["update", "upsert"],
        "remove" | "drop" | "destroy" | "delete" => ["delete", "remove"],
        "lock" | "deactivate" | "suspend" | "disable" => ["disable", "offboard"],
        "unlock" | "activate" | "enable" => ["enable", "enable"],
        "sync" | "save" | "write" | "upsert" => ["upsert", "update"],
        _ => ["", ""],
    };
    let things = |thing: &str| match thing {
        "member" | "members" | "people" | "person" | "users" | "user" => "user",
        "dept" | "depts" | "org" | "departments" | "department" => "department",
        _ => "",
    };
    [(first, last), (last, first)].into_iter().find_map(|(verb, thing)| {
        let thing = things(thing);
        verbs(verb).into_iter().find_map(|verb| {
            let wanted = format!("{verb}_{thing}");
            known.clone().find(|name| *name == wanted)
        })
    })
}

/// The compiled step; `None` where a part is missing, which was told.
#[allow(clippy::too_many_arguments, reason = "each is a finished part of the step")]
pub fn assemble(
    step: &syntax::Step<'_>,
    action: &Action,
    with: With,
    mapping: Option<MappingIndex>,
    condition: Option<Condition>,
    foreach: Option<Foreach>,
    written: &Written<'_>,
    source: &Source<'_>,
) -> Option<compiled::Step> {
    let work = match super::call::callee(step) {
        Some(callee) => Work::Call(callee.text.to_string()),
        None => {
            let uses = Uses {
                connector: action.connector,
                action: action.action,
                connection: action.connection.unwrap_or_default(),
                retry: step.retry.clone().unwrap_or_else(|| written.retry.clone()),
            };
            match action.action.effect {
                Effect::Read => Work::Read(uses),
                Effect::Send => Work::Send(Sending { uses, resend: step.on_unknown.is_some_and(|(_, resend)| resend) }),
                // Without a loop it was refused.
                _ => {
                    Work::Write(Box::new(Writing { uses, foreach: foreach?, mapping, approval: step.approval.clone() }))
                }
            }
        }
    };
    Some(compiled::Step {
        id: step.id.text.to_string(),
        name: step.name.as_ref().map_or_else(|| Localized::same(step.id.text), |(name, _)| name.clone()),
        work,
        with,
        condition,
        timeout: step.timeout.or(written.step_timeout),
        continue_on_error: step.continue_on_error,
        line: source.line(step.id.span.start),
    })
}
