//! One entry of `fields`: the target's field, a value of the right type, and what happens when there is none.

use idflow_sdk::{Access, Field, FieldSpec, KeyRule, Kind, Schema, Type};

use super::{Findings, Scene, with::worded};
use crate::workflow::{
    compiled::{MappedField, WhenEmpty, WhenUnresolved},
    diagnostic::{Diagnostic, Fix, Span},
    edit,
    helpers::Helper,
    names::{Names, Ty, of_schema},
    suggest::nearest,
    template::{self, Options, Template, convert},
    written::{self, Word},
    yaml::{Node, Plain},
};

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

/// Compiles one entry of `fields`. `None` when it cannot be used at all.
pub fn compile(
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
            Diagnostic::new(
                "E0203",
                field.value.span,
                "字段的值是一个模板或固定值",
                "the value of a field is a template or a literal",
            )
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
            // `write: always` stands there, or nothing.
            let fix = match field.node.get("write") {
                Some(node) => Some(Fix { span: node.span, text: "create".into() }),
                None => edit::add_entry(scene.source.text, field.node, "write: create"),
            };
            match fix {
                Some(fix) => finding.fix(fix.span, fix.text),
                None => finding,
            }
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
    let writable =
        target.fields.iter().filter(|field| field.access != Access::ReadOnly).map(|field| field.name.as_ref());
    let finding = Diagnostic::new(
        "E0509",
        name.span,
        format!("{zh}没有 `{}` 字段", name.text),
        format!("{en} has no field `{}`", name.text),
    );
    match nearest(name.text, writable.clone()) {
        Some(word) => {
            finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix(name.span, word)
        }
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
    match edit::add_entry(scene.source.text, field.node, "when_empty: omit") {
        Some(fix) => finding.fix(fix.span, fix.text),
        None => finding,
    }
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
    let messages = scene
        .connectors
        .iter()
        .find(|connector| connector.name == target.connector)
        .map_or(&[][..], |spec| spec.messages);
    let (zh, en, help_zh, help_en) = worded(&problem, messages);
    let mut finding = Diagnostic::new("E0510", node.span, zh, en)
        .label(format!("写入 `{}`", spec.name), format!("written to `{}`", spec.name));
    finding = match (spec.ty, node.scalar()) {
        (Type::Enum(words), Some(Plain::Text(text))) => match nearest(text, words.iter().copied()) {
            Some(word) => {
                finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix(node.span, word)
            }
            None => finding.help(format!("可用：{}", words.join("、")), format!("it is one of: {}", words.join(", "))),
        },
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
