//! What steps of one workflow must agree about: order, mappings, people after departments.

use std::collections::HashMap;

use idflow_sdk::{Effect, Kind};

use super::{
    super::{Scene, action::Action, mapping::Mappings},
    around::{Around, with_fix},
    everyone,
};
use crate::workflow::{
    compiled::{InputType, MappingIndex},
    diagnostic::{Diagnostic, Findings, Fix, Span},
    graph::Graph,
    helpers::Helper,
    keys,
    names::of_schema,
    parse::scalar,
    syntax::{self, Written},
    yaml_edit,
};

/// The rules over all steps together.
pub fn steps(
    around: &Around<'_, '_>,
    facts: &[Option<MappingIndex>],
    mappings: &Mappings<'_, '_>,
    graph: &Graph,
    findings: &mut Findings,
) {
    let Around { list, actions, written, scene } = *around;
    people_after_departments(around, facts, mappings, graph, findings);
    hidden_matches(written, scene, findings);
    agreement(list, facts, findings);
    let removes = |action: &&Option<Action>| {
        action.as_ref().is_some_and(|action| matches!(action.action.effect, Effect::Remove(_)))
    };
    let mut removing = list.iter().zip(actions).filter(|(_, action)| removes(action));
    let Some((step, _)) = removing.clone().next() else { return };
    if let Some((always, _)) = removing.find(|(step, _)| is_on(step, scene)) {
        everyone(always, around, findings);
    }
    let limit = written.safety.remove;
    if let Some(node) = written.safety_node.and_then(|node| keys::get(node, &keys::SAFETY, "remove"))
        && limit.max == Some(0)
    {
        let span = keys::get(node, &keys::LIMIT, "max").map_or(node.span, |node| node.span);
        let uses = step.uses.unwrap_or(step.id);
        findings.push(
            scalar::impossible(
                span,
                "`remove: {max: 0}` 不允许任何移除，而这里有移除步骤",
                "`remove: {max: 0}` allows no removal, and there is a step that removes",
            )
            .related(uses.span, "这个步骤会移除对象", "this step removes objects"),
        );
    }
    if limit.max.is_some() || limit.max_percent.is_some() || limit.max_per_day.is_some() {
        return;
    }
    let uses = step.uses.unwrap_or(step.id);
    let mut finding = Diagnostic::new(
        "E0701",
        uses.span,
        "这个工作流会移除对象，但没有 `safety.remove` 上限",
        "this workflow can remove objects but has no `safety.remove`",
    )
    .label("会移除对象", "removes objects")
    .help(
        "来源变空或被过滤时，没有上限会清空整个目录",
        "without a limit an empty or filtered-out source wipes the whole directory",
    );
    let limits = "remove: {max: 20, max_percent: 5%}";
    let source = scene.source.text;
    // A limit that is there and broken was reported; another would be a key twice.
    let fix = match written.safety_node {
        Some(safety) => {
            finding = finding.related(safety.span, "这里没有 `remove`", "no `remove` here");
            match keys::get(safety, &keys::SAFETY, "remove") {
                Some(node) if node.map().is_some_and(|entries| !entries.is_empty()) => return,
                Some(node) => Some(Fix { span: node.span, text: "{max: 20, max_percent: 5%}".into() }),
                None => yaml_edit::add_entry(source, safety, limits),
            }
        }
        None => yaml_edit::before_key(source, written.steps_key, &format!("safety: {{{limits}}}")),
    };
    finding = finding.help(
        "加上 `safety: {remove: {max: 20, max_percent: 5%}}`",
        "add `safety: {remove: {max: 20, max_percent: 5%}}`",
    );
    findings.push(with_fix(finding, fix));
}

/// Steps that share a list and a mapping decide about the same objects: they must tell them apart alike.
pub(super) fn agreement(list: &[syntax::Step<'_>], facts: &[Option<MappingIndex>], findings: &mut Findings) {
    fn text(node: Option<&crate::workflow::yaml::Node>) -> &str {
        node.and_then(|node| node.text()).unwrap_or_default().trim()
    }
    let mut seen: HashMap<(MappingIndex, &str), usize> = HashMap::new();
    for (place, step) in list.iter().enumerate() {
        let (Some(foreach), Some(mapping)) = (&step.foreach, facts[place]) else { continue };
        let own = text(foreach.list);
        let base = own.split(".filter(").next().unwrap_or_default();
        let first = *seen.entry((mapping, base)).or_insert(place);
        if first == place {
            continue;
        }
        let (first, Some(other)) = (&list[first], &list[first].foreach) else { continue };
        let distinct = |foreach: &syntax::Foreach<'_>| foreach.distinct.is_some_and(|(_, flag)| flag);
        let alike =
            own == text(other.list) && text(foreach.key) == text(other.key) && distinct(foreach) == distinct(other);
        if alike {
            continue;
        }
        findings.push(
            Diagnostic::new(
                "E0209",
                foreach.span,
                format!("`{}` 和 `{}` 用同一个映射处理同一个列表，筛选和 `key` 要一致", step.id.text, first.id.text),
                format!(
                    "`{}` and `{}` go over one list with one mapping: filter, `key` and `distinct` must agree",
                    step.id.text, first.id.text
                ),
            )
            .related(other.span, "另一个循环", "the other loop")
            .help("两处写得一样，或各用一个映射", "write both alike, or give each a mapping of its own"),
        );
    }
}

/// Whether a step runs unless somebody says otherwise: without `if`, or with an input that is true by default.
pub(super) fn is_on(step: &syntax::Step<'_>, scene: &Scene<'_>) -> bool {
    let Some(text) = step.condition.and_then(crate::workflow::yaml::Node::text) else {
        return step.condition.is_none();
    };
    let input = text.trim().strip_prefix("inputs.");
    scene.inputs.iter().any(|known| {
        Some(known.name.as_str()) == input && known.ty == InputType::Boolean && known.default == Some(true.into())
    })
}

/// Rules that match by what the target does not show.
pub(super) fn hidden_matches(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) {
    for mapping in &written.mappings {
        let Some(schema) = mapping.to.and_then(|to| crate::workflow::check::mapping::schema(to.text, scene)) else {
            continue;
        };
        for node in &mapping.rules {
            let Some(pair) = node.text().and_then(crate::workflow::expression::pair) else { continue };
            let Some(id) = schema.field(pair.target.0) else { continue };
            if !schema.spec(id).hidden {
                continue;
            }
            let (_, en) = of_schema(schema);
            findings.push(
                Diagnostic::new(
                    "W0809",
                    node.place(scene.source.text, pair.target.1),
                    format!("{} 通常不返回 `{}`，这条规则找不到对象", schema.connector, pair.target.0),
                    format!("`{}` of {en} is usually hidden, so this rule finds nobody", pair.target.0),
                )
                .label("多数凭证看不到", "most credentials do not see it")
                .help(
                    "用账号匹配，例如 `source.username == target.userid`",
                    "match by the account, for example `source.username == target.userid`",
                ),
            );
        }
    }
}

/// People who refer to departments of the same connection come after the step that creates those.
pub(super) fn people_after_departments(
    around: &Around<'_, '_>,
    facts: &[Option<MappingIndex>],
    mappings: &Mappings<'_, '_>,
    graph: &Graph,
    findings: &mut Findings,
) {
    let Around { list, actions, .. } = *around;
    let kind = |action: &Action, kind: Kind| action.action.kind == Some(kind) && action.action.effect.creates();
    for (place, action) in actions.iter().enumerate() {
        let (Some(action), Some(index)) = (action, facts[place]) else { continue };
        if action.action.kind != Some(Kind::User) {
            continue;
        }
        let mapping = mappings.get(index);
        let field = mapping
            .fields
            .iter()
            .find(|field| field.refers_to == Some(Kind::Department) && field.value.uses(Helper::refers));
        let Some(field) = field else { continue };
        for (other, creator) in actions.iter().enumerate() {
            let Some(creator) = creator else { continue };
            let same = creator.connection == action.connection && creator.connector.name == action.connector.name;
            if !same || !kind(creator, Kind::Department) || graph.is_before(other, place) {
                continue;
            }
            let (id, earlier) = (list[place].id, list[other].id);
            let expression = field.value.text().trim_start_matches('{').trim_end_matches('}').trim();
            let finding = Diagnostic::new(
                "E0514",
                id.span,
                "人员先于所需的部门写入",
                "people are written before the departments they need",
            )
            .label(format!("用到 `{expression}`"), format!("uses `{expression}`"))
            .related(earlier.span, "部门由这个步骤创建", "the departments are created by this step")
            .help(
                format!("把 `{}` 移到 `{}` 上面，或写 `needs: [{}]`", earlier.text, id.text, earlier.text),
                format!("move `{}` above `{}`, or add `needs: [{}]` to it", earlier.text, id.text, earlier.text),
            );
            findings.push(waiting(finding, place, other, around, graph));
        }
    }
}

/// The finding with the edits that let one step wait for another.
pub(super) fn waiting(
    finding: Diagnostic,
    place: usize,
    other: usize,
    around: &Around<'_, '_>,
    graph: &Graph,
) -> Diagnostic {
    let list = around.list;
    let (step, creator) = (&list[place], &list[other]);
    let id = creator.id.text;
    if !graph.is_before(place, other) {
        return match &step.needs {
            Some((span, words)) => {
                let all: Vec<&str> = words.iter().map(|word| word.text).chain([id]).collect();
                finding.suggest(*span, format!("needs: [{}]", all.join(", ")))
            }
            None => match place.checked_sub(1).map(|above| list[above].id.text).filter(|above| *above != id) {
                Some(above) => around.adding(finding, step.node, &format!("needs: [{above}, {id}]")),
                None => around.adding(finding, step.node, &format!("needs: [{id}]")),
            },
        };
    }
    // The creator waits for the people now: it takes their place in the row, if the file says nothing else.
    if step.needs.is_some() || creator.needs.is_some() || place + 1 != other {
        return finding;
    }
    let above = place.checked_sub(1).map_or("", |above| list[above].id.text);
    let finding = around.adding(finding, creator.node, &format!("needs: [{above}]"));
    around.adding(finding, step.node, &format!("needs: [{id}]"))
}

/// Connections and variables that nobody uses.
pub fn unused(written: &Written<'_>, scene: &Scene<'_>, findings: &mut Findings) {
    let used = scene.used.borrow();
    for connection in &written.connections {
        let place = scene.connections.iter().position(|known| known.alias == connection.alias.text);
        let Some(place) = place else { continue };
        if used.connections.contains(&place) {
            continue;
        }
        let alias = connection.alias;
        findings.push(
            Diagnostic::new(
                "W0803",
                alias.span,
                format!("连接 `{}` 没有用到", alias.text),
                format!("connection `{}` is not used", alias.text),
            )
            .help("删除它", "remove it"),
        );
    }
    for (name, _) in &written.vars {
        if used.vars.iter().any(|used| used == name.text) {
            continue;
        }
        findings.push(
            Diagnostic::new(
                "W0803",
                name.span,
                format!("变量 `{}` 没有用到", name.text),
                format!("variable `{}` is not used", name.text),
            )
            .help("删除它", "remove it"),
        );
    }
}

/// A group that is named after the run itself: no two runs ever share it.
pub fn own_group(span: Span, template: &crate::workflow::template::Template) -> Option<Diagnostic> {
    const OWN: &[&str] = &["run.id", "run.number", "run.url", "run.started", "run.due"];
    let text = template.text();
    let word = OWN.iter().find(|word| {
        text.match_indices(*word).any(|(at, word)| {
            let after = text[at + word.len()..].chars().next();
            !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    })?;
    Some(
        Diagnostic::new(
            "W0811",
            span,
            "每次运行都自成一组，运行会同时进行",
            "every run is a group of its own, so runs do overlap",
        )
        .label(format!("`{word}` 每次都不同"), format!("`{word}` is another one each time"))
        .help(
            "用不变的名字，例如 `group: hr`；不写 `group` 时，同一个工作流的运行排队",
            "name it by something that stays, such as `group: hr`; without `group` the runs of a workflow wait for each other",
        ),
    )
}
