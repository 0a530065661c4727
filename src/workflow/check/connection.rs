//! `connections`, and which of them serves a step.

use idflow_sdk::ConnectorSpec;

use super::Scene;
use crate::workflow::{
    compiled::ConnectionAlias,
    diagnostic::{Diagnostic, Findings},
    suggest::{is_spelling, nearest, row},
    syntax, yaml_edit,
};

/// Connections whose type is known. Broken ones are left out; everything that needs them says nothing more.
pub fn resolve(
    written: &[syntax::Connection<'_>],
    connectors: &[&'static ConnectorSpec],
    findings: &mut Findings,
) -> Vec<ConnectionAlias> {
    let mut aliases = Vec::new();
    for connection in written {
        let Some(ty) = connection.ty else { continue };
        let Some(connector) = connectors.iter().copied().find(|connector| connector.name == ty.text) else {
            let mut finding = Diagnostic::new(
                "E0505",
                ty.span,
                format!("没有 `{}` 这种连接", ty.text),
                format!("there is no connector `{}`", ty.text),
            );
            let names = connectors.iter().map(|connector| connector.name);
            finding = match nearest(ty.text, names.clone()) {
                Some(word) => {
                    if let Some(connector) = connectors.iter().find(|connector| connector.name == word) {
                        aliases.push(alias(connection, connector));
                    }
                    finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                        is_spelling(ty.text, word, names),
                        ty.span,
                        word,
                    )
                }
                None => {
                    let names: Vec<&str> = names.collect();
                    finding.help(format!("可用：{}", names.join("、")), format!("there are: {}", names.join(", ")))
                }
            };
            findings.push(finding);
            continue;
        };
        aliases.push(alias(connection, connector));
    }
    aliases
}

fn alias(connection: &syntax::Connection<'_>, connector: &'static ConnectorSpec) -> ConnectionAlias {
    ConnectionAlias {
        alias: connection.alias.text.to_string(),
        connector,
        reference: connection.reference.map_or(connection.alias.text, |word| word.text).to_string(),
    }
}

/// An alias that nothing defines.
pub fn unknown(word: syntax::Word<'_>, connector: Option<&'static ConnectorSpec>, scene: &Scene<'_>) -> Diagnostic {
    let finding = Diagnostic::new(
        "E0504",
        word.span,
        format!("没有连接 `{}`", word.text),
        format!("there is no connection `{}`", word.text),
    );
    let all = || scene.connections.iter().map(|connection| connection.alias.as_str());
    let near = nearest(word.text, all());
    let certain = near.is_some_and(|alias| is_spelling(word.text, alias, all()));
    // Two companies have connections of one type: the one that happens to be spelled more alike is not the one that is meant.
    let ty = connector.or_else(|| {
        let near = scene.connections.iter().find(|connection| Some(connection.alias.as_str()) == near)?;
        Some(near.connector)
    });
    let fitting: Vec<&str> = scene
        .connections
        .iter()
        .filter(|connection| ty.is_some_and(|ty| connection.connector.name == ty.name))
        .map(|connection| connection.alias.as_str())
        .collect();
    match near {
        _ if fitting.len() > 1 && !certain => finding.help(
            format!("可用：{}", row(fitting.iter().copied(), "、")),
            format!("there are: {}", row(fitting.iter().copied(), ", ")),
        ),
        Some(alias) => finding
            .help(format!("是否想写 `{alias}`？"), format!("did you mean `{alias}`?"))
            .fix_if(certain, word.span, alias),
        None => {
            let name = connector.map_or(word.text, |connector| connector.name);
            finding.help(
                format!("在 `connections` 里加 `{}: {{type: {name}, ref: …}}`", word.text),
                format!("add `{}: {{type: {name}, ref: …}}` to `connections`", word.text),
            )
        }
    }
}

/// The connection of a step: the one it names, else the one named like the connector, else the only one of its type.
pub fn of_step(
    step: &syntax::Step<'_>,
    written: &syntax::Written<'_>,
    connector: &'static ConnectorSpec,
    uses: syntax::Word<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<usize> {
    let all = &scene.connections;
    let find = |alias: &str| all.iter().position(|connection| connection.alias == alias);
    if let Some(word) = step.connection {
        let Some(index) = find(word.text) else {
            let finding = unknown(word, Some(connector), scene);
            // A connection of unknown type was reported where it is defined.
            if !written.connections.iter().any(|connection| connection.alias.text == word.text) {
                findings.push(finding);
            }
            return None;
        };
        if all[index].connector.name != connector.name {
            findings.push(
                Diagnostic::new(
                    "E0505",
                    word.span,
                    format!("连接 `{}` 的类型是 {}，不能执行 `{}`", word.text, all[index].connector.name, uses.text),
                    format!(
                        "connection `{}` is of type {} and cannot do `{}`",
                        word.text, all[index].connector.name, uses.text
                    ),
                )
                .related(uses.span, "这个动作", "this action")
                .help(
                    format!("换一个类型为 {} 的连接", connector.name),
                    format!("name a connection of type {}", connector.name),
                ),
            );
            return None;
        }
        return Some(index);
    }
    let fitting: Vec<usize> = (0..all.len()).filter(|index| all[*index].connector.name == connector.name).collect();
    let named = |alias: &str| find(alias).filter(|index| fitting.contains(index));
    if let Some(index) = written.connection.and_then(|word| named(word.text)).or_else(|| named(connector.name)) {
        return Some(index);
    }
    match fitting.as_slice() {
        [index] => Some(*index),
        [] => {
            // One of the connections is broken and was reported; it may be the one.
            if written.connections.len() <= all.len() {
                findings.push(none_fits(written, connector, uses, scene));
            }
            None
        }
        several => {
            let names: Vec<&str> = several.iter().map(|index| all[*index].alias.as_str()).collect();
            findings.push(which(&names, written, connector, uses));
            None
        }
    }
}

/// That no connection can do what a step wants.
fn none_fits(
    written: &syntax::Written<'_>,
    connector: &'static ConnectorSpec,
    uses: syntax::Word<'_>,
    scene: &Scene<'_>,
) -> Diagnostic {
    let name = connector.name;
    let finding = Diagnostic::new(
        "E0504",
        uses.span,
        format!("没有能执行 `{}` 的连接", uses.text),
        format!("no connection can do `{}`", uses.text),
    )
    .help(
        format!("在 `connections` 里加 `{name}: {{type: {name}, ref: 账号连接的名字}}`"),
        format!("add `{name}: {{type: {name}, ref: name_of_the_connection}}` to `connections`"),
    );
    let reference = if connector.local { "default" } else { name };
    let entry = format!("{name}: {{type: {name}, ref: {reference}}}");
    let free = !written.connections.iter().any(|connection| connection.alias.text == name);
    let fix = match written.connections_node {
        Some(node) => yaml_edit::add_entry(scene.source.text, node, &entry),
        None => yaml_edit::before_key(scene.source.text, written.steps_key, &format!("connections: {{{entry}}}")),
    };
    match fix.filter(|_| free) {
        Some(fix) => finding.suggest(fix.span, fix.text),
        None => finding,
    }
}

/// That more than one could. None of them is proposed before the others: writing to the wrong company is worse than not writing.
fn which(
    names: &[&str],
    written: &syntax::Written<'_>,
    connector: &'static ConnectorSpec,
    uses: syntax::Word<'_>,
) -> Diagnostic {
    let mut finding = Diagnostic::new(
        "E0504",
        uses.span,
        format!("有 {} 个连接都能执行 `{}`", names.len(), uses.text),
        format!("{} connections could serve `{}`", names.len(), uses.text),
    )
    .label("用哪一个？", "which connection?");
    for connection in &written.connections {
        if names.contains(&connection.alias.text) {
            finding = finding.related(connection.alias.span, "可以是这一个", "it may be this one");
        }
    }
    let choices: Vec<String> = names.iter().map(|name| format!("`connection: {name}`")).collect();
    let choices = || choices.iter().map(String::as_str);
    finding.help(
        format!("在步骤里写 {}；或把默认的那个连接命名为 `{}`", row(choices(), " 或 "), connector.name),
        format!("add {} to the step; or name the usual one `{}`", row(choices(), " or "), connector.name),
    )
}
