//! `mappings`: typed on both sides, compiled once for each source they are used with.

use std::{collections::BTreeMap, sync::Arc};

use idflow_sdk::{Kind, Schema, Type};

use super::{
    Scene,
    action::Action,
    listed::{Given, listed, owned},
};
use crate::workflow::{
    compiled::{Foreach, Mapping, MappingIndex, MatchRule},
    diagnostic::{Diagnostic, Findings},
    expression::pair,
    names::{Names, Object, Target, Ty},
    suggest::{is_spelling, nearest},
    syntax::{self, Word, Written},
    template::Template,
    yaml::Node,
};

/// The mappings of a file and their compiled forms.
pub struct Mappings<'w, 't> {
    written: &'w [syntax::Mapping<'t>],
    compiled: Vec<Arc<Mapping>>,
    /// Mapping and source (the step that gives the rows, if any) to compiled form.
    index: BTreeMap<(usize, Option<usize>), Option<MappingIndex>>,
    used: Vec<bool>,
    /// Mappings of steps that cannot be looked into.
    assumed: Vec<bool>,
    /// Mappings whose `from` or `to` names nothing: that was said, and nothing can be said about their fields.
    broken: Vec<bool>,
}

impl<'w, 't> Mappings<'w, 't> {
    pub fn new(written: &'w Written<'t>, scene: &Scene<'_>, findings: &mut Findings) -> Self {
        let mut broken = Vec::with_capacity(written.mappings.len());
        for mapping in &written.mappings {
            let source = mapping.from.is_none_or(|from| exists(from, true, scene, findings));
            let target = mapping.to.is_none_or(|to| exists(to, false, scene, findings));
            broken.push(!(source && target));
        }
        Self {
            written: &written.mappings,
            compiled: Vec::new(),
            index: BTreeMap::new(),
            used: vec![false; written.mappings.len()],
            assumed: vec![false; written.mappings.len()],
            broken,
        }
    }

    pub fn get(&self, index: MappingIndex) -> &Mapping {
        &self.compiled[index]
    }

    /// A step whose action is broken uses its mapping all the same.
    pub fn assume_used(&mut self, step: &syntax::Step<'_>) {
        let found = step.map.and_then(|word| self.find(word.text)).map(|(place, _)| place);
        if let Some(assumed) = found.and_then(|place| self.assumed.get_mut(place)) {
            *assumed = true;
        }
    }

    /// Adds a mapping that no author wrote.
    pub fn add(&mut self, mapping: Mapping) -> MappingIndex {
        self.compiled.push(Arc::new(mapping));
        self.compiled.len() - 1
    }

    pub fn done(self) -> Vec<Arc<Mapping>> {
        self.compiled
    }

    /// As written, by name.
    pub fn find(&self, name: &str) -> Option<(usize, &'w syntax::Mapping<'t>)> {
        self.written.iter().enumerate().find(|(_, mapping)| mapping.name.text == name)
    }

    /// The compiled mapping of a step's `map`.
    pub fn of_step(
        &mut self,
        step: &syntax::Step<'_>,
        action: &Action,
        looped: Option<(&Foreach, &Given, Option<&Action>)>,
        scene: &Scene<'_>,
        findings: &mut Findings,
    ) -> Option<MappingIndex> {
        let word = step.map?;
        let Some((place, mapping)) = self.find(word.text) else {
            let names = self.written.iter().map(|mapping| mapping.name.text);
            let mut finding = Diagnostic::new(
                "E0507",
                word.span,
                format!("没有映射 `{}`", word.text),
                format!("there is no mapping `{}`", word.text),
            );
            finding =
                match nearest(word.text, names.clone()) {
                    Some(name) => finding
                        .help(format!("是否想写 `{name}`？"), format!("did you mean `{name}`?"))
                        .fix_if(is_spelling(word.text, name, names), word.span, name),
                    None => {
                        let names: Vec<&str> = names.collect();
                        finding.help(format!("映射：{}", names.join("、")), format!("mappings: {}", names.join(", ")))
                    }
                };
            findings.push(finding);
            return None;
        };
        self.used[place] = true;
        if self.broken[place] {
            return None;
        }
        if !fits(step, word, mapping, action, looped, findings) {
            return None;
        }
        let (foreach, given, reader) = looped?;
        let kind = foreach.output.list_of?;
        let source = listed(reader?, kind, given)?;
        // Rows have the fields of the step that reads them; all other sources are the same for every step.
        let key = (place, given.rows.as_ref().map(|_| foreach.step));
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        let compiled = compile(mapping, source, scene, findings);
        let index = compiled.map(|mapping| {
            self.compiled.push(Arc::new(mapping));
            self.compiled.len() - 1
        });
        self.index.insert(key, index);
        index
    }

    /// Mappings that no step uses are checked as far as their source is known, and reported.
    pub fn check_unused(&self, scene: &Scene<'_>, findings: &mut Findings) {
        for (place, mapping) in self.written.iter().enumerate() {
            if self.used[place] {
                continue;
            }
            let name = mapping.name;
            if !self.assumed[place] {
                findings.push(
                    Diagnostic::new(
                        "W0803",
                        name.span,
                        format!("映射 `{}` 没有用到", name.text),
                        format!("mapping `{}` is not used", name.text),
                    )
                    .help("在步骤里写 `map:`，或删除它", "name it in a step's `map`, or remove it"),
                );
            }
            if !self.broken[place]
                && let Some(from) = mapping.from
                && let Some(schema) = schema(from.text, scene)
                && schema.kind != Kind::Row
            {
                compile(mapping, owned(schema), scene, findings);
            }
        }
    }
}

/// The schema of `connector/kind`.
pub(super) fn schema(text: &str, scene: &Scene<'_>) -> Option<&'static Schema> {
    let (connector, kind) = text.split_once('/')?;
    let connector = scene.connectors.iter().copied().find(|spec| spec.name == connector)?;
    connector.schema(Kind::parse(kind)?)
}

/// Whether mapping, action and loop are about the same things.
fn fits(
    step: &syntax::Step<'_>,
    word: Word<'_>,
    mapping: &syntax::Mapping<'_>,
    action: &Action,
    looped: Option<(&Foreach, &Given, Option<&Action>)>,
    findings: &mut Findings,
) -> bool {
    let effect = action.action.effect;
    let uses = step.uses.map_or("", |word| word.text);
    if !(effect.creates() || effect.updates()) {
        findings.push(
            Diagnostic::new("E0507", word.span, format!("`{uses}` 不用映射"), format!("`{uses}` takes no mapping"))
                .help("删除 `map`", "remove `map`"),
        );
        return false;
    }
    if let (Some(to), Some(kind)) = (mapping.to, action.action.kind) {
        let wanted = format!("{}/{}", action.connector.name, kind.as_str());
        if to.text != wanted {
            findings.push(
                Diagnostic::new(
                    "E0507",
                    word.span,
                    format!("映射 `{}` 写的是 {}，`{uses}` 需要 {wanted}", word.text, to.text),
                    format!("mapping `{}` makes {}, and `{uses}` needs {wanted}", word.text, to.text),
                )
                .related(to.span, "映射的目标", "what the mapping makes")
                .help(format!("用一个 `to: {wanted}` 的映射"), format!("use a mapping with `to: {wanted}`")),
            );
            return false;
        }
    }
    let Some((foreach, _, Some(reader))) = looped else { return step.foreach.is_some() };
    let given = foreach.output.list_of.map_or("", Kind::as_str);
    let given = format!("{}/{given}", reader.connector.name);
    match mapping.from {
        Some(from) if from.text != given => {
            let span = step.foreach.as_ref().and_then(|foreach| foreach.list).map_or(step.span, |node| node.span);
            findings.push(
                Diagnostic::new(
                    "E0507",
                    span,
                    format!("这个列表是 {given}，映射 `{}` 读取的是 {}", word.text, from.text),
                    format!("this list holds {given}, and mapping `{}` reads {}", word.text, from.text),
                )
                .related(from.span, "映射的来源", "what the mapping reads")
                .help("换一个列表，或换一个映射", "loop over another list, or use another mapping"),
            );
            false
        }
        _ => !foreach.output.removed,
    }
}

/// Compiles a mapping for one source. `None` without a target.
fn compile(
    mapping: &syntax::Mapping<'_>,
    source: Arc<Schema>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<Mapping> {
    let to = mapping.to?;
    let target = schema(to.text, scene)?;
    let names = Names {
        object: Some(Object { variable: "source", schema: &source, because: mapping.from.map(|from| from.span) }),
        phase: crate::workflow::names::Phase::Mapping,
        ..scene.names(&[])
    };
    let rules = rules(mapping, &source, target, &names, scene, findings);
    let mut fields = Vec::new();
    for field in &mapping.fields {
        if let Some(field) = super::field::compile(field, target, &names, scene, findings) {
            fields.push(field);
        }
    }
    // Flags leave out what their references leave out, so they follow the same policy.
    for place in 0..fields.len() {
        let Type::Flags { of } = target.spec(fields[place].target).ty else { continue };
        let Some(id) = target.field(of) else { continue };
        if let Some(policy) = fields.iter().find(|field| field.target == id).map(|field| field.when_unresolved) {
            fields[place].when_unresolved = policy;
        }
    }
    if let Some(span) = mapping.review.filter(|_| target.review_field().is_none()) {
        findings.push(
            Diagnostic::new(
                "E0203",
                span,
                "`review: new` 只用于写入目录的人员",
                "`review: new` is for people who are written into the directory",
            )
            .help("去掉 `review`，或改为 `to: directory/user`", "take `review` out, or write `to: directory/user`"),
        );
    }
    scene.note(&names);
    // Even with findings: the rules over mapping and step have something to say too, and nobody runs it.
    Some(Mapping {
        name: mapping.name.text.to_string(),
        source,
        target,
        rules,
        fields,
        proposals: mapping.proposals.clone(),
        review_new: mapping.review.is_some(),
    })
}

/// Whether there are such objects. Rows of a file can be read and not written.
fn exists(word: Word<'_>, source: bool, scene: &Scene<'_>, findings: &mut Findings) -> bool {
    let rows = |spec: &&&'static idflow_sdk::ConnectorSpec| source && spec.row_schema.is_some();
    let kinds = |spec: &'static idflow_sdk::ConnectorSpec| {
        spec.schemas.iter().map(move |schema| format!("{}/{}", spec.name, schema.kind.as_str()))
    };
    let connectors = scene.connectors;
    let all: Vec<String> = connectors
        .iter()
        .flat_map(|spec| kinds(spec))
        .chain(connectors.iter().filter(rows).map(|spec| format!("{}/{}", spec.name, Kind::Row.as_str())))
        .collect();
    if all.iter().any(|known| known == word.text) {
        return true;
    }
    let finding = Diagnostic::new(
        "E0507",
        word.span,
        format!("没有 `{}` 这种对象", word.text),
        format!("there are no objects `{}`", word.text),
    );
    findings.push(match nearest(word.text, all.iter().map(String::as_str)) {
        Some(right) => finding.help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?")).fix_if(
            is_spelling(word.text, right, all.iter().map(String::as_str)),
            word.span,
            right,
        ),
        None => finding.help(format!("可用：{}", all.join("、")), format!("there are: {}", all.join(", "))),
    });
    false
}

fn rules(
    mapping: &syntax::Mapping<'_>,
    source: &Schema,
    target: &'static Schema,
    names: &Names<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Vec<MatchRule> {
    let mut rules = Vec::new();
    for node in &mapping.rules {
        if node.is_broken() {
            continue;
        }
        let text = node.text().unwrap_or_default();
        if text.trim() == "linked" {
            rules.push(MatchRule::Linked);
            continue;
        }
        if text.contains("{{") {
            findings.push(no_template(node, text));
            continue;
        }
        let Some(pair) = pair(text) else {
            findings.push(no_rule(node, text));
            continue;
        };
        let place = |range: std::ops::Range<usize>| node.place(scene.source.text, range);
        let left = names.resolve(&["source", pair.source.0], place(pair.source.1.clone()));
        let because = mapping.to.map(|to| to.span);
        let right = Names { object: Some(Object { variable: "target", schema: target, because }), ..Names::default() }
            .resolve(&["target", pair.target.0], place(pair.target.1.clone()));
        match (left, right) {
            (Ok((ty, Target::Field(id))), Ok((_, Target::Field(other)))) => {
                let (here, there) = (source.spec(id).ty, target.spec(other).ty);
                if !comparable(here, there) {
                    findings.push(never_equal(node, (pair.source.0, here), (pair.target.0, there)));
                }
                let written = format!("source.{}", source.spec(id).name);
                rules.push(MatchRule::Equal {
                    text: text.trim().to_string(),
                    source: Template::of_field(id, ty, &written),
                    target: other,
                });
            }
            (left, right) => findings.extend([left.err(), right.err()].into_iter().flatten().map(|finding| *finding)),
        }
    }
    if !mapping.has_match {
        rules.push(MatchRule::Linked);
    }
    rules
}

/// That a rule is written as a template.
fn no_template(node: &Node, text: &str) -> Diagnostic {
    let bare = text.replace("{{", "").replace("}}", "");
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut finding =
        Diagnostic::new("E0403", node.span, "`match` 是表达式，不是模板", "`match` takes expressions, not templates")
            .label("去掉花括号", "remove the braces")
            .help("写作 `source.username == target.userid`", "write `source.username == target.userid`");
    if pair(&bare).is_some() {
        finding = finding.fix(node.span, bare);
    }
    finding
}

/// That this is no rule.
fn no_rule(node: &Node, text: &str) -> Diagnostic {
    let mut finding = Diagnostic::new(
        "E0407",
        node.span,
        "匹配规则写作 `linked` 或 `source.字段 == target.字段`",
        "a match rule is `linked` or `source.field == target.field`",
    )
    .help(
        "例如 `[linked, source.username == target.userid]`",
        "for example `[linked, source.username == target.userid]`",
    );
    if let Some(meant) = meant_rule(text) {
        finding = finding.help(format!("是否想写 `{meant}`？"), format!("did you mean `{meant}`?")).fix_if(
            is_respelled(text, &meant),
            node.span,
            meant,
        );
    }
    finding
}

/// That two fields can never have the same value.
fn never_equal(node: &Node, (left, here): (&str, Type), (right, there): (&str, Type)) -> Diagnostic {
    let ((zh, en), (other_zh, other_en)) = (Ty::Field(here).title(), Ty::Field(there).title());
    Diagnostic::new(
        "E0408",
        node.span,
        format!("这两个字段永远不会相等：`{left}` 是{zh}，`{right}` 是{other_zh}"),
        format!("these two are never equal: `{left}` is {en}, `{right}` is {other_en}"),
    )
    .help("比较含义相同的两个字段", "compare two fields that mean the same")
}

/// Whether values of these types can be equal.
fn comparable(left: Type, right: Type) -> bool {
    let class = |ty: Type| match ty {
        Type::Email => 1,
        Type::Phone => 2,
        Type::Path => 3,
        Type::Int { .. } => 4,
        Type::Bool => 5,
        Type::Refs { .. } | Type::Members { .. } | Type::Flags { .. } | Type::Texts | Type::Ref(_) => 6,
        Type::Custom => 7,
        // Any of them may be written as text.
        Type::Text | Type::Caseless | Type::Id | Type::Enum(_) => 0,
    };
    let (left, right) = (class(left), class(right));
    left == right || (left == 0 && right < 5) || (right == 0 && left < 5)
}

/// The rule that was surely meant: `linked` misspelt, one `=`, sides named `from` and `to`, a root misspelt.
/// Whether the rule was written with the right names, or with a slip in `linked`.
fn is_respelled(text: &str, meant: &str) -> bool {
    is_spelling(text.trim(), meant, ["linked"]) || (meant != "linked" && !text.contains("!="))
}

fn meant_rule(text: &str) -> Option<String> {
    if !text.contains(['=', '.']) {
        return nearest(text.trim(), ["linked"]).map(str::to_string);
    }
    let mut sides = text.split('=').map(str::trim).filter(|side| !side.is_empty());
    let (left, right) = (sides.next()?, sides.next()?);
    let side = |side: &str| {
        let (root, field) = side.split_once('.')?;
        let root = match root {
            "from" | "src" => "source",
            "to" | "dest" | "dst" | "destination" => "target",
            other => nearest(other, ["source", "target"])?,
        };
        Some(format!("{root}.{field}"))
    };
    let meant = format!("{} == {}", side(left)?, side(right)?);
    (sides.next().is_none() && pair(&meant).is_some() && meant != text).then_some(meant)
}
