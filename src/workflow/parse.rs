//! The YAML tree to the workflow as written: keys, kinds of values and ids; nothing about connectors.
//!
//! A broken part does not hide the others: each reader reports and goes on with what is left.

use super::{
    diagnostic::{Diagnostic, Findings, Span},
    keys,
    syntax::{Connection, Field, Mapping, Written},
    yaml::{Entry, Node},
};
use crate::model::definition::OnConflict;

mod id;
mod propose;
pub mod scalar;
mod step;
mod top;

pub use step::twin;

use id::{id, key_word, named};
use scalar::{choice, localized, word};

/// The newest version of the language.
const NEWEST: u64 = 1;

/// Reads the tree.
pub fn parse<'t>(root: &'t Node, source: &str, findings: &mut Findings) -> Option<Written<'t>> {
    let entries = keys::entries(root, &keys::TOP, findings)?;
    let mut written = Written { steps_key: Span::new(root.span.start, root.span.start), ..Written::default() };
    // Steps inherit `defaults`, wherever they stand.
    if let Some(node) = keys::get(root, &keys::TOP, "defaults") {
        top::defaults(node, &mut written, findings);
    }
    for entry in entries {
        let Entry { key_span, value, .. } = entry;
        match keys::meant(entry, entries, &keys::TOP) {
            "dsl" => version(value, findings),
            "id" => written.id = id(value, findings),
            "name" => written.name = localized(value, findings).map(|(name, _)| name),
            "description" => drop(localized(value, findings)),
            "labels" => written.labels = top::labels(value, findings),
            "requires" => written.requires = top::requires(value, findings),
            "on" => top::triggers(value, source, &mut written, findings),
            "connections" => {
                written.connections_node = Some(value);
                written.connections = connections(value, source, findings);
            }
            "vars" => written.vars = named(value, findings),
            "concurrency" => concurrency(value, &mut written, findings),
            "timeout" => written.timeout = scalar::time_limit(value, findings),
            "safety" => {
                written.safety_node = Some(value);
                top::safety(value, &mut written, findings);
            }
            "mappings" => written.mappings = mappings(value, findings),
            "steps" => {
                written.steps_key = *key_span;
                written.steps = step::steps(value, &written.retry, findings);
            }
            "finally" => written.finally = step::steps(value, &written.retry, findings),
            _ => {}
        }
    }
    for key in ["id", "steps"] {
        if !entries.iter().any(|entry| keys::meant(entry, entries, &keys::TOP) == key) {
            let start = Span::new(root.span.start, root.span.start);
            findings.push(
                Diagnostic::new("E0202", start, format!("缺少 `{key}`"), format!("the key `{key}` is missing")).help(
                    if key == "id" {
                        "在最前面加 `id: my_workflow`"
                    } else {
                        "加上 `steps:` 和至少一个步骤"
                    },
                    if key == "id" {
                        "add `id: my_workflow` at the top"
                    } else {
                        "add `steps:` with at least one step"
                    },
                ),
            );
        }
    }
    Some(written)
}

fn version(node: &Node, findings: &mut Findings) {
    match node.scalar() {
        Some(super::yaml::Plain::Int(1)) => {}
        _ => findings.push(
            Diagnostic::new(
                "E0208",
                node.span,
                "没有这个 `dsl` 版本",
                format!("there is no such version of the language; the newest is {NEWEST}"),
            )
            .help(format!("写 `dsl: {NEWEST}`"), format!("write `dsl: {NEWEST}`"))
            // A newer version is a newer language, not a slip.
            .fix_if(is_newest(node), node.span, NEWEST.to_string()),
        ),
    }
}

/// Whether this is the newest version in another spelling: `"1"`, `1.0`, `v1`.
fn is_newest(node: &Node) -> bool {
    let text = node.text().unwrap_or_default().trim();
    let number = text.trim_start_matches(['v', 'V']);
    number.strip_suffix(".0").unwrap_or(number) == NEWEST.to_string()
}

fn connections<'t>(node: &'t Node, source: &str, findings: &mut Findings) -> Vec<Connection<'t>> {
    let mut connections = Vec::new();
    for (alias, node) in named(node, findings) {
        // A secret is told apart before the key is called unknown: that is the more urgent thing to say.
        let secrets = super::secret::in_connection(node);
        let spans: Vec<Span> = secrets.iter().map(|(key, _)| *key).collect();
        let mut found = Vec::new();
        let entries = keys::entries(node, &keys::CONNECTION, &mut found);
        found.retain(|finding| !spans.contains(&finding.span));
        findings.extend(found);
        findings.extend(secrets.into_iter().map(|(_, value)| super::secret::finding(value, alias.text)));
        let mut connection = Connection { alias, ty: None, reference: None };
        if entries.is_some() {
            connection.ty = keys::get(node, &keys::CONNECTION, "type").and_then(|node| word(node, findings));
            connection.reference = keys::get(node, &keys::CONNECTION, "ref").and_then(|node| word(node, findings));
            for key in ["type", "ref"] {
                if keys::get(node, &keys::CONNECTION, key).is_none() && spans.is_empty() {
                    let finding = keys::missing(alias.span, ("连接", "connection"), alias.text, key).help(
                        "写作 `{type: wecom, ref: 账号连接的名字}`",
                        "write `{type: wecom, ref: name_of_the_connection}`",
                    );
                    // An account is often named like its alias; the kind of a system is not guessed.
                    let fix = if key == "ref" {
                        super::yaml_edit::add_entry(source, node, &format!("ref: {}", alias.text))
                    } else {
                        None
                    };
                    findings.push(match fix {
                        Some(fix) => finding.suggest(fix.span, fix.text),
                        None => finding,
                    });
                }
            }
        }
        connections.push(connection);
    }
    connections
}

fn concurrency<'t>(node: &'t Node, written: &mut Written<'t>, findings: &mut Findings) {
    if keys::entries(node, &keys::CONCURRENCY, findings).is_none() {
        return;
    }
    written.group = keys::get(node, &keys::CONCURRENCY, "group");
    let choices =
        [("queue", OnConflict::Queue), ("skip", OnConflict::Skip), ("cancel_running", OnConflict::CancelRunning)];
    if let Some(node) = keys::get(node, &keys::CONCURRENCY, "on_conflict") {
        written.on_conflict = choice(node, &choices, findings).unwrap_or_default();
    }
}

fn mappings<'t>(node: &'t Node, findings: &mut Findings) -> Vec<Mapping<'t>> {
    let mut mappings = Vec::new();
    for (name, node) in named(node, findings) {
        let before = findings.len();
        let Some(entries) = keys::entries(node, &keys::MAPPING, findings) else { continue };
        let has_fields = entries.iter().any(|entry| keys::meant(entry, entries, &keys::MAPPING) == "fields");
        if !has_fields && findings.len() > before + 1 {
            // The target's fields stand a level too high: one finding, at the first of them.
            findings.truncate(before + 1);
            let help = ("目标字段写在 `fields:` 下面", "the target's fields stand under `fields:`");
            if let Some(finding) = findings.pop() {
                findings.push(finding.help(help.0, help.1));
            }
        }
        let mut mapping = Mapping {
            name,
            node,
            from: None,
            to: None,
            rules: Vec::new(),
            has_match: false,
            fields_key: name.span,
            fields_node: None,
            fields: Vec::new(),
            proposals: None,
            review: None,
        };
        if findings.len() > before && !has_fields {
            mappings.push(mapping);
            continue;
        }
        for entry in entries {
            match keys::meant(entry, entries, &keys::MAPPING) {
                "from" => mapping.from = word(&entry.value, findings),
                "to" => mapping.to = word(&entry.value, findings),
                "review" => {
                    mapping.review = choice(&entry.value, &[("new", ())], findings).map(|()| entry.value.span);
                }
                "match" => {
                    mapping.has_match = true;
                    mapping.rules =
                        entry.value.list().map_or_else(|| vec![&entry.value], |items| items.iter().collect());
                }
                "fields" => {
                    mapping.fields_key = entry.key_span;
                    mapping.fields_node = Some(&entry.value);
                    mapping.fields = fields(&entry.value, findings);
                }
                _ => {}
            }
        }
        mapping.proposals = propose::proposals(node, findings);
        for key in ["from", "to", "fields"] {
            if !entries.iter().any(|entry| keys::meant(entry, entries, &keys::MAPPING) == key) {
                findings.push(keys::missing(name.span, ("映射", "mapping"), name.text, key).help(
                    "写作 `{from: directory/user, to: wecom/user, match: [linked], fields: {…}}`",
                    "write `{from: directory/user, to: wecom/user, match: [linked], fields: {…}}`",
                ));
            }
        }
        mappings.push(mapping);
    }
    mappings
}

fn fields<'t>(node: &'t Node, findings: &mut Findings) -> Vec<Field<'t>> {
    use super::compiled::{WhenEmpty, WhenUnresolved};
    let Some(entries) = node.map() else {
        if !node.is_broken() {
            findings.push(scalar::wrong(node, "目标字段到值的映射", "a map of target fields"));
        }
        return Vec::new();
    };
    let mut fields = Vec::new();
    for entry in entries {
        let name = key_word(entry);
        let whole = entry.value.span;
        let mut field = Field {
            name,
            value: &entry.value,
            node: &entry.value,
            whole,
            bare: true,
            create_only: false,
            fill_only: false,
            write_span: None,
            when_empty: None,
            when_unresolved: None,
        };
        if entry.value.map().is_some() && !entry.value.is_broken() {
            keys::entries(&entry.value, &keys::FIELD, findings);
            let inner = entry.value.map().unwrap_or_default();
            let get = |key: &str| {
                inner.iter().find(|entry| keys::meant(entry, inner, &keys::FIELD) == key).map(|entry| &entry.value)
            };
            let Some(value) = get("value") else {
                findings.push(
                    Diagnostic::new(
                        "E0202",
                        name.span,
                        format!("字段 `{}` 缺少 `value`", name.text),
                        format!("field `{}` has no `value`", name.text),
                    )
                    .help("写作 `{value: \"{{source.name}}\"}`", "write `{value: \"{{source.name}}\"}`"),
                );
                continue;
            };
            field.value = value;
            field.bare = false;
            if let Some(node) = get("write") {
                field.write_span = Some(node.span);
                let choices = [("always", (false, false)), ("create", (true, false)), ("fill", (false, true))];
                (field.create_only, field.fill_only) = choice(node, &choices, findings).unwrap_or_default();
            }
            if let Some(node) = get("when_empty") {
                let choices =
                    [("omit", WhenEmpty::Omit), ("clear", WhenEmpty::Clear), ("skip_item", WhenEmpty::SkipItem)];
                field.when_empty = choice(node, &choices, findings);
            }
            if let Some(node) = get("when_unresolved") {
                let choices =
                    [("omit", WhenUnresolved::Omit), ("wait", WhenUnresolved::Wait), ("fail", WhenUnresolved::Fail)];
                field.when_unresolved = choice(node, &choices, findings);
            }
        }
        fields.push(field);
    }
    fields
}
