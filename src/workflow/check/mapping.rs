//! `mappings`: typed on both sides, compiled once for each source they are used with.

use std::{collections::BTreeMap, sync::Arc};

use idflow_sdk::{Access, Field, FieldSpec, KeyRule, Kind, Schema, Type};

use super::{Findings, Given, Scene, listed, owned, step::Action, with::worded};
use crate::workflow::{
    compiled::{Foreach, MappedField, Mapping, MappingIndex, MatchRule, WhenEmpty, WhenUnresolved},
    diagnostic::{Diagnostic, Span},
    expression::pair,
    helpers::Helper,
    names::{Names, Object, Target, Ty, of_schema},
    suggest::nearest,
    template::{self, Options, Template, convert},
    written::{self, Word, Written},
    yaml::{Node, Plain},
};

/// The mappings of a file and their compiled forms.
pub struct Mappings<'w, 't> {
    written: &'w [written::Mapping<'t>],
    compiled: Vec<Arc<Mapping>>,
    /// Mapping and source (the step that gives the rows, if any) to compiled form.
    index: BTreeMap<(usize, Option<usize>), Option<MappingIndex>>,
    used: Vec<bool>,
}

impl<'w, 't> Mappings<'w, 't> {
    pub fn new(written: &'w Written<'t>) -> Self {
        Self {
            written: &written.mappings,
            compiled: Vec::new(),
            index: BTreeMap::new(),
            used: vec![false; written.mappings.len()],
        }
    }

    pub fn get(&self, index: MappingIndex) -> &Mapping {
        &self.compiled[index]
    }

    pub fn done(self) -> Vec<Arc<Mapping>> {
        self.compiled
    }

    /// As written, by name.
    pub fn find(&self, name: &str) -> Option<(usize, &'w written::Mapping<'t>)> {
        self.written.iter().enumerate().find(|(_, mapping)| mapping.name.text == name)
    }

    /// The compiled mapping of a step's `map`.
    pub fn of_step(
        &mut self,
        step: &written::Step<'_>,
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
            finding = match nearest(word.text, names.clone()) {
                Some(name) => finding
                    .help(format!("是否想写 `{name}`？"), format!("did you mean `{name}`?"))
                    .fix(word.span, name),
                None => {
                    let names: Vec<&str> = names.collect();
                    finding.help(format!("映射：{}", names.join("、")), format!("mappings: {}", names.join(", ")))
                }
            };
            findings.push(finding);
            return None;
        };
        self.used[place] = true;
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
            findings.push(
                Diagnostic::new("W0803", name.span, format!("映射 `{}` 没有用到", name.text), format!("mapping `{}` is not used", name.text))
                    .help("在步骤里写 `map:`，或删除它", "name it in a step's `map`, or remove it"),
            );
            if let Some(from) = mapping.from
                && let Some(schema) = schema(from.text, scene)
                && schema.kind != Kind::Row
            {
                compile(mapping, owned(schema), scene, findings);
            }
        }
    }
}

/// The schema of `connector/kind`.
fn schema(text: &str, scene: &Scene<'_>) -> Option<&'static Schema> {
    let (connector, kind) = text.split_once('/')?;
    let connector = scene.connectors.iter().copied().find(|spec| spec.name == connector)?;
    connector.schema(Kind::parse(kind)?)
}

/// Whether mapping, action and loop are about the same things.
fn fits(
    step: &written::Step<'_>,
    word: Word<'_>,
    mapping: &written::Mapping<'_>,
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
    mapping: &written::Mapping<'_>,
    source: Arc<Schema>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<Mapping> {
    let to = mapping.to?;
    let Some(target) = schema(to.text, scene) else {
        findings.push(no_schema(to, scene));
        return None;
    };
    let names = Names {
        object: Some(Object {
            variable: "source",
            schema: &source,
            because: mapping.from.map(|from| from.span),
        }),
        ..scene.names(&[])
    };
    let rules = rules(mapping, &source, target, &names, scene, findings);
    let mut fields = Vec::new();
    for field in &mapping.fields {
        if let Some(field) = self::field(field, target, &names, scene, findings) {
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
    scene.note(&names);
    // Even with findings: the rules over mapping and step have something to say too, and nobody runs it.
    Some(Mapping { name: mapping.name.text.to_string(), source, target, rules, fields })
}

fn no_schema(word: Word<'_>, scene: &Scene<'_>) -> Diagnostic {
    let all: Vec<String> = scene
        .connectors
        .iter()
        .flat_map(|spec| spec.schemas.iter().map(move |schema| format!("{}/{}", spec.name, schema.kind.as_str())))
        .collect();
    let finding = Diagnostic::new(
        "E0507",
        word.span,
        format!("没有 `{}` 这种对象", word.text),
        format!("there are no objects `{}`", word.text),
    );
    match nearest(word.text, all.iter().map(String::as_str)) {
        Some(right) => finding
            .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
            .fix(word.span, right),
        None => finding.help(format!("可用：{}", all.join("、")), format!("there are: {}", all.join(", "))),
    }
}

fn rules(
    mapping: &written::Mapping<'_>,
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
            findings.push(
                Diagnostic::new("E0403", node.span, "`match` 是表达式，不是模板", "`match` takes expressions, not templates")
                    .label("去掉花括号", "remove the braces")
                    .help("写作 `source.username == target.userid`", "write `source.username == target.userid`"),
            );
            continue;
        }
        let Some(pair) = pair(text) else {
            findings.push(
                Diagnostic::new(
                    "E0407",
                    node.span,
                    "匹配规则写作 `linked` 或 `source.字段 == target.字段`",
                    "a match rule is `linked` or `source.field == target.field`",
                )
                .help("例如 `[linked, source.username == target.userid]`", "for example `[linked, source.username == target.userid]`"),
            );
            continue;
        };
        let place = |range: std::ops::Range<usize>| node.place(scene.source.text, range);
        let left = names.resolve(&["source", pair.source.0], place(pair.source.1.clone()));
        let because = mapping.to.map(|to| to.span);
        let right = Names { object: Some(Object { variable: "target", schema: target, because }), ..Names::default() }
            .resolve(&["target", pair.target.0], place(pair.target.1.clone()));
        match (left, right) {
            (Ok((ty, Target::Field(id))), Ok((_, Target::Field(other)))) => {
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

/// Of which kind the objects are that a field refers to.
fn refers_to(ty: Type, target: &Schema) -> Option<Kind> {
    match ty {
        Type::Ref(kind) | Type::Refs { kind, .. } => Some(kind),
        Type::Members => Some(Kind::Department),
        Type::Flags { of } => target.field(of).and_then(|id| match target.spec(id).ty {
            Type::Refs { kind, .. } | Type::Ref(kind) => Some(kind),
            _ => None,
        }),
        _ => None,
    }
}

fn field(
    field: &written::Field<'_>,
    target: &'static Schema,
    names: &Names<'_>,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<MappedField> {
    let name = field.name;
    let Some(id) = target.field(name.text) else {
        findings.push(no_field(name, target));
        return None;
    };
    let spec = target.spec(id);
    let carried = matches!(target.key, KeyRule::Sequence(key) if key == name.text);
    if spec.access == Access::ReadOnly || carried {
        let (zh, en) = of_schema(target);
        findings.push(
            Diagnostic::new(
                "E0511",
                name.span,
                format!("{zh}的 `{}` 由系统给出，不能写", name.text),
                format!("`{}` of {en} is given by the system and cannot be written", name.text),
            )
            .help("删除这一行", "remove this line"),
        );
        return None;
    }
    if field.value.is_broken() {
        return None;
    }
    if field.value.scalar().is_none() {
        findings.push(
            Diagnostic::new("E0203", field.value.span, "字段的值是一个模板或固定值", "the value of a field is a template or a literal")
                .help("例如 `\"{{source.name}}\"`", "for example `\"{{source.name}}\"`"),
        );
        return None;
    }
    if spec.access == Access::CreateOnly && !field.create_only {
        let finding = Diagnostic::new(
            "E0511",
            name.span,
            format!("`{}` 只能在创建时写入", name.text),
            format!("`{}` may be written on create only", name.text),
        )
        .help("加上 `write: create`", "add `write: create`");
        findings.push(if field.bare {
            let value = scene.source.slice(field.value.span);
            finding.fix(field.whole, format!("{{value: {value}, write: create}}"))
        } else {
            finding
        });
    }
    let refers_to = refers_to(spec.ty, target);
    let options = Options { blocks: false, refers_to };
    let value = template::compile(field.value, scene.source.text, names, options, findings)?;
    let right = if value.constant().is_some() {
        literal(&value, field.value, spec, target, scene, findings)
    } else {
        typed(&value, field.value, spec, findings)
    };
    if !right {
        return None;
    }
    let when_empty = match (field.when_empty, value.may_be_empty()) {
        (Some(policy), _) => policy,
        (None, None) => WhenEmpty::Never,
        (None, Some(_)) if spec.required => WhenEmpty::Never,
        (None, Some(span)) => {
            findings.push(may_be_empty(field, name, span, scene));
            WhenEmpty::Omit
        }
    };
    Some(MappedField {
        target: id,
        value,
        create_only: field.create_only,
        when_empty,
        when_unresolved: field.when_unresolved.unwrap_or(WhenUnresolved::Wait),
        refers_to,
        line: scene.source.line(name.span.start),
    })
}

fn no_field(name: Word<'_>, target: &Schema) -> Diagnostic {
    let (zh, en) = of_schema(target);
    let writable = target.fields.iter().filter(|field| field.access != Access::ReadOnly).map(|field| field.name.as_ref());
    let finding = Diagnostic::new(
        "E0509",
        name.span,
        format!("{zh}没有 `{}` 字段", name.text),
        format!("{en} has no field `{}`", name.text),
    );
    match nearest(name.text, writable.clone()) {
        Some(word) => finding
            .help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"))
            .fix(name.span, word),
        None => {
            let all: Vec<&str> = writable.collect();
            finding.help(format!("字段：{}", all.join("、")), format!("fields: {}", all.join(", ")))
        }
    }
}

fn may_be_empty(field: &written::Field<'_>, name: Word<'_>, span: Span, scene: &Scene<'_>) -> Diagnostic {
    let finding = Diagnostic::new(
        "E0410",
        span,
        format!("`{}` 可能为空，而没有说明这时怎么办", name.text),
        format!("`{}` may be empty and nothing says what to do then", name.text),
    )
    .label("来源里可以没有", "optional in the source")
    .help(
        "`when_empty: clear` 写入空值，`omit` 保留目标原来的值，`skip_item` 跳过这个对象",
        "`when_empty: clear` writes an empty value, `omit` leaves the target's value alone, `skip_item` leaves the object out",
    );
    if field.bare {
        let value = scene.source.slice(field.value.span);
        return finding.fix(field.whole, format!("{{value: {value}, when_empty: omit}}"));
    }
    let end = Span::new(field.value.span.end, field.value.span.end);
    let inside = scene.source.text[..field.whole.start.min(scene.source.text.len())].len();
    if scene.source.text[inside..].starts_with('{') { finding.fix(end, ", when_empty: omit") } else { finding }
}

/// A literal must be right as it stands.
fn literal(
    value: &Template,
    node: &Node,
    spec: &FieldSpec,
    target: &Schema,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> bool {
    let Some(Field::Value(literal)) = value.constant() else { return true };
    let converted = convert::convert(std::borrow::Cow::Borrowed(literal), spec);
    let problem = match converted {
        Ok(Field::Empty) => return true,
        Ok(Field::Value(value)) => match spec.check.map(|check| check(&value)) {
            Some(Err(problem)) => problem,
            _ => return true,
        },
        Err(problem) => problem,
    };
    let messages =
        scene.connectors.iter().find(|connector| connector.name == target.connector).map_or(&[][..], |spec| spec.messages);
    let (zh, en, help_zh, help_en) = worded(&problem, messages);
    let mut finding = Diagnostic::new("E0510", node.span, zh, en).label(
        format!("写入 `{}`", spec.name),
        format!("written to `{}`", spec.name),
    );
    finding = match (spec.ty, node.scalar()) {
        (Type::Enum(words), Some(Plain::Text(text))) => {
            match nearest(text, words.iter().copied()) {
                Some(word) => finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix(node.span, word),
                None => finding.help(format!("可用：{}", words.join("、")), format!("it is one of: {}", words.join(", "))),
            }
        }
        _ => finding.help(help_zh, help_en),
    };
    findings.push(finding);
    false
}

/// Whether values of the template's type can be written to the field.
fn typed(value: &Template, node: &Node, spec: &FieldSpec, findings: &mut Findings) -> bool {
    let ty = value.ty();
    if *ty == Ty::Any {
        return true;
    }
    let (fits, help): (bool, Option<&str>) = match spec.ty {
        Type::Text | Type::Caseless | Type::Email | Type::Phone | Type::Id | Type::Path | Type::Enum(_) => {
            (ty.is_text() || ty.is_int(), None)
        }
        Type::Int { .. } => (ty.is_text() || ty.is_int(), None),
        Type::Bool => (ty.is_text() || ty.is_bool(), Some("{{eq source.status 'active'}}")),
        Type::Ref(_) => (*ty == Ty::Reference, Some("{{target_id source.…}}")),
        Type::Refs { .. } | Type::Members => (*ty == Ty::References, Some("{{target_ids source.…}}")),
        Type::Flags { .. } => (*ty == Ty::Flags, Some("{{leader_flags source.departments}}")),
        Type::Texts => (ty.is_list() && !matches!(ty, Ty::References | Ty::Flags), Some("{{split source.… ','}}")),
        Type::Custom => (matches!(ty, Ty::Map | Ty::Field(Type::Custom)), None),
    };
    // Keys of other objects mean nothing in the target, even where they are text.
    if fits && !value.uses(Helper::refers) && matches!(spec.ty, Type::Ref(_) | Type::Refs { .. } | Type::Members) {
        return true;
    }
    if fits {
        return true;
    }
    let ((zh, en), (wanted_zh, wanted_en)) = (ty.title(), Ty::Field(spec.ty).title());
    let finding = Diagnostic::new(
        "E0402",
        node.span,
        format!("`{}` 应当是{wanted_zh}，这里是{zh}", spec.name),
        format!("`{}` takes {wanted_en}, and this is {en}", spec.name),
    );
    findings.push(match help {
        Some(example) => finding.help(format!("例如 `{example}`"), format!("for example `{example}`")),
        None => finding.help("换一个字段，或用函数转换", "map another field, or convert it by a helper"),
    });
    false
}
