//! One entry of `fields`: the target's field, a value of the right type, and what happens when there is none.

use idflow_sdk::{Access, Field, FieldSpec, KeyRule, Kind, Problem, Schema, Type, Unique, Value};

use super::{Scene, with::worded};
use crate::workflow::{
    compiled::{MappedField, WhenEmpty, WhenUnresolved},
    diagnostic::{Diagnostic, Findings, Span},
    helpers::Helper,
    names::{Names, Ty, of_schema},
    suggest::{is_same_but_case, is_spelling, nearest},
    syntax::{self, Word},
    template::{self, Options, Template, convert},
    yaml::{Node, Plain},
    yaml_edit,
};

/// Of which kind the objects are that a field refers to.
fn refers_to(ty: Type, target: &Schema) -> Option<Kind> {
    match ty {
        Type::Flags { of } => target.field(of).and_then(|id| target.spec(id).ty.refers_to()),
        ty => ty.refers_to(),
    }
}

/// Compiles one entry of `fields`. `None` when it cannot be used at all.
pub fn compile(
    field: &syntax::Field<'_>,
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
    writable(field, spec, target, scene, findings)?;
    let refers_to = refers_to(spec.ty, target);
    // A value by which one is told from another is no value without a part of it.
    let tells = matches!(spec.unique, Some(Unique::EachCall | Unique::AtEnd))
        || matches!(target.key, KeyRule::Natural(key) if key == spec.name);
    let options = Options { blocks: false, refers_to, whole: tells };
    let value = template::compile(field.value, scene.source.text, names, options, findings)?;
    let right = if value.constant().is_some() {
        literal(&value, field.value, spec, target, scene, findings)
    } else {
        typed(&value, field.value, spec, names, scene.source.text, findings)
            && parts(&value, field.value, spec, target, scene, findings)
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
        fill_only: field.fill_only,
        when_empty,
        when_unresolved: field.when_unresolved.unwrap_or(WhenUnresolved::Wait),
        refers_to,
        line: scene.source.line(name.span.start),
    })
}

/// Whether the field can be written by what stands there.
fn writable(
    field: &syntax::Field<'_>,
    spec: &FieldSpec,
    target: &'static Schema,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> Option<()> {
    let name = field.name;
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
        } else if let Some(span) = field.write_span {
            finding.suggest(span, "create")
        } else {
            beside(finding, field, "write: create", scene)
        });
    }
    Some(())
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
        Some(word) => finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
            is_spelling(name.text, word, writable),
            name.span,
            word,
        ),
        None => {
            let all: Vec<&str> = writable.collect();
            finding.help(format!("字段：{}", all.join("、")), format!("fields: {}", all.join(", ")))
        }
    }
}

fn may_be_empty(field: &syntax::Field<'_>, name: Word<'_>, span: Span, scene: &Scene<'_>) -> Diagnostic {
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
        return finding.suggest(field.whole, format!("{{value: {value}, when_empty: omit}}"));
    }
    let mut finding = beside(finding, field, "when_empty: omit", scene);
    finding.certain = false;
    finding
}

/// The finding with an entry beside `value` as its mend.
fn beside(finding: Diagnostic, field: &syntax::Field<'_>, entry: &str, scene: &Scene<'_>) -> Diagnostic {
    match yaml_edit::add_entry(scene.source.text, field.node, entry) {
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
    let Some(problem) = refused(literal, spec) else { return true };
    let mut finding = broken(&problem, node.span, spec, target, scene);
    if let (Type::Enum(words), Some(Plain::Text(text))) = (spec.ty, node.scalar())
        && let Some(word) = nearest(text, words.iter().copied())
    {
        finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
            is_same_but_case(text, word),
            node.span,
            word,
        );
    }
    if let (Type::Bool, Some(Plain::Text(text))) = (spec.ty, node.scalar()) {
        let meant = match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" | "y" | "是" | "active" | "enabled" => Some("true"),
            "no" | "off" | "false" | "n" | "否" | "inactive" | "disabled" => Some("false"),
            _ => None,
        };
        if let Some(meant) = meant {
            // Whether somebody who is active is meant by `true` depends on the field.
            let certain = !matches!(text.to_ascii_lowercase().as_str(), "active" | "inactive" | "enabled" | "disabled");
            finding =
                finding.help(format!("改为 `{meant}`"), format!("write `{meant}`")).fix_if(certain, node.span, meant);
        }
    }
    findings.push(finding);
    false
}

/// What the target has against a literal.
fn refused(literal: &Value, spec: &FieldSpec) -> Option<Problem> {
    match convert::convert(std::borrow::Cow::Borrowed(literal), spec) {
        Ok(Field::Empty) => None,
        Ok(Field::Value(value)) => spec.check.and_then(|check| check(&value).err()),
        Err(problem) => Some(problem),
    }
}

fn broken(problem: &Problem, span: Span, spec: &FieldSpec, target: &Schema, scene: &Scene<'_>) -> Diagnostic {
    let messages = scene
        .connectors
        .iter()
        .find(|connector| connector.name == target.connector)
        .map_or(&[][..], |spec| spec.messages);
    let (zh, en, help_zh, help_en) = worded(problem, messages);
    let finding = Diagnostic::new("E0510", span, zh, en)
        .label(format!("写入 `{}`", spec.name), format!("written to `{}`", spec.name));
    match spec.ty {
        Type::Enum(words) => {
            finding.help(format!("可用：{}", words.join("、")), format!("it is one of: {}", words.join(", ")))
        }
        _ => finding.help(help_zh, help_en),
    }
}

/// The literals inside a template: what `default` falls back to, and the texts around the braces.
fn parts(
    value: &Template,
    node: &Node,
    spec: &FieldSpec,
    target: &Schema,
    scene: &Scene<'_>,
    findings: &mut Findings,
) -> bool {
    let place = |part: &str| {
        let text = node.text().unwrap_or_default();
        text.rfind(part).map_or(node.span, |at| node.place(scene.source.text, at..at + part.len()))
    };
    let before = findings.len();
    for literal in value.fallbacks() {
        let Some(problem) = refused(literal, spec) else { continue };
        let text = template::as_text(literal).map(std::borrow::Cow::into_owned).unwrap_or_default();
        let span = place(&text);
        let mut finding = broken(&problem, span, spec, target, scene);
        if let Type::Enum(words) = spec.ty
            && let Some(word) = nearest(&text, words.iter().copied())
        {
            finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                is_same_but_case(&text, word),
                span,
                word,
            );
        }
        findings.push(finding);
    }
    // A letter stands for what the braces give: only the part itself can break the rule then.
    if matches!(spec.ty, Type::Text | Type::Caseless) {
        for (part, follows) in value.fixed_parts() {
            let padded = if follows { format!("a{part}") } else { format!("{part}a") };
            if let Some(problem) = refused(&Value::text(padded), spec) {
                findings.push(broken(&problem, place(part), spec, target, scene));
            }
        }
    }
    findings.len() == before
}

/// Whether values of the template's type can be written to the field.
fn typed(
    value: &Template,
    node: &Node,
    spec: &FieldSpec,
    names: &Names<'_>,
    source: &str,
    findings: &mut Findings,
) -> bool {
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
        // One path names one department.
        Type::Ref(Kind::Department) if value.uses(|helper| helper == Helper::DepartmentPaths) => (true, None),
        Type::Ref(_) => (*ty == Ty::Reference, Some("{{target_id source.…}}")),
        Type::Refs { .. } | Type::Members { .. } => (*ty == Ty::References, Some("{{target_ids source.…}}")),
        Type::Flags { .. } => (*ty == Ty::Flags, Some("{{leader_flags source.departments}}")),
        Type::Texts => (ty.is_list() && !matches!(ty, Ty::References | Ty::Flags), Some("{{split source.… ','}}")),
        Type::Custom => (matches!(ty, Ty::Map | Ty::Field(Type::Custom)), None),
    };
    // The cells of a file are text, whatever they mean; other sources know what they hold.
    let rows = names.object.is_none_or(|object| object.schema.kind == Kind::Row);
    if fits && (rows || meets(ty, spec.ty)) {
        return true;
    }
    let ((zh, en), (wanted_zh, wanted_en)) = (title(ty), title(&Ty::Field(spec.ty)));
    let finding = Diagnostic::new(
        "E0402",
        node.span,
        format!("`{}` 应当是{wanted_zh}，这里是{zh}", spec.name),
        format!("`{}` takes {wanted_en}, and this is {en}", spec.name),
    );
    let finding = match help {
        Some(example) => finding.help(format!("例如 `{example}`"), format!("for example `{example}`")),
        None => finding.help("换一个字段，或用函数转换", "map another field, or convert it by a helper"),
    };
    findings.push(match meant(value, spec.ty) {
        Some(text) => finding
            .help(format!("是否想写 `{text}`？"), format!("did you mean `{text}`?"))
            .fix(node.span, yaml_edit::quoted(source, node.span, &text)),
        None => finding,
    });
    false
}

/// Whether a value that is known to be of one type can be one of the other. Text may hold anything.
fn meets(ty: &Ty, wanted: Type) -> bool {
    let words: Option<Vec<&str>> = match ty {
        Ty::Field(Type::Enum(words)) => Some(words.to_vec()),
        Ty::Words(words) => Some(words.iter().map(String::as_str).collect()),
        _ => None,
    };
    match (ty, wanted) {
        (_, Type::Enum(allowed)) if words.is_some() => {
            words.is_some_and(|words| words.iter().any(|word| allowed.contains(word)))
        }
        (Ty::Field(Type::Email | Type::Phone | Type::Path), Type::Enum(_)) => false,
        (
            Ty::Field(Type::Text | Type::Caseless | Type::Email | Type::Phone | Type::Path),
            Type::Int { .. } | Type::Bool,
        ) => false,
        (Ty::Duration, Type::Int { .. } | Type::Bool) => false,
        (_, Type::Int { .. }) if words.is_some() => {
            words.is_some_and(|words| words.iter().all(|word| word.parse::<i64>().is_ok()))
        }
        (_, Type::Bool) if words.is_some() => {
            words.is_some_and(|words| words.iter().all(|word| matches!(*word, "true" | "false" | "1" | "0")))
        }
        (Ty::Field(Type::Phone | Type::Path | Type::Enum(_)), Type::Email) => false,
        (Ty::Field(Type::Email | Type::Path | Type::Enum(_)), Type::Phone) => false,
        (Ty::Field(Type::Path | Type::Enum(_)), Type::Caseless) => false,
        _ => true,
    }
}

/// What a type is called where it matters which sort of text it is.
fn title(ty: &Ty) -> (&'static str, &'static str) {
    match ty {
        Ty::Field(Type::Email) => ("邮箱地址", "an e-mail address"),
        Ty::Field(Type::Phone) => ("电话号码", "a phone number"),
        Ty::Field(Type::Path) => ("路径", "a path"),
        Ty::Field(Type::Enum(_)) | Ty::Words(_) => ("几个词之一", "one of some words"),
        other => other.title(),
    }
}

/// The template with the helper that the field wants.
fn meant(value: &Template, wanted: Type) -> Option<String> {
    let inner = value.text().trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let words: Vec<&str> = inner.split_whitespace().collect();
    let path = match words.as_slice() {
        [path] => path,
        ["target_id" | "target_ids" | "leader_flags" | "department_paths", path] => path,
        _ => return None,
    };
    match (wanted, value.ty()) {
        (Type::Ref(_), Ty::Reference | Ty::References | Ty::Field(Type::Ref(_))) => {
            Some(format!("{{{{target_id {path}}}}}"))
        }
        (
            Type::Refs { .. } | Type::Members { .. },
            Ty::Reference | Ty::References | Ty::Flags | Ty::Field(Type::Members { .. } | Type::Refs { .. }),
        ) => Some(format!("{{{{target_ids {path}}}}}")),
        (Type::Flags { .. }, Ty::References | Ty::Field(Type::Members { .. })) => {
            Some(format!("{{{{leader_flags {path}}}}}"))
        }
        (Type::Bool, Ty::Field(Type::Enum(words))) if words.contains(&"active") => {
            Some(format!("{{{{eq {path} 'active'}}}}"))
        }
        _ => None,
    }
}
