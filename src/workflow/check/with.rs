//! `with`: parameters against the action's table.

use std::sync::Arc;

use idflow_sdk::{Kind, ParamSpec, ParamType, Problem, Schema};

use super::{Scene, action::Action, listed, listed::Given};
use crate::workflow::{
    compiled::{With, WithEntry, WithValue},
    diagnostic::{Diagnostic, Findings, Span, no_errors},
    duration::parse_duration,
    evaluate,
    expression::Condition,
    messages,
    names::{Names, Object, Ty},
    suggest::{is_same_but_case, is_spelling, nearest},
    syntax,
    template::{self, Options, Template},
    yaml::{Entry, Node, Plain},
    yaml_edit,
};

/// Compiles `with`. For steps that read files, `given` learns the fields of the rows.
pub fn compile(
    step: &syntax::Step<'_>,
    action: &Action,
    scene: &Scene<'_>,
    names: &Names<'_>,
    given: &mut Given,
    findings: &mut Findings,
) -> Option<With> {
    let before = findings.len();
    let params = action.action.params;
    let entries = entries(step, ("参数", "parameters"), "{to_invite: false}", findings)?;
    let uses = step.uses.map_or("", |word| word.text);
    for param in params.iter().filter(|param| param.required) {
        // A slip of the hand is told where it stands.
        let meant = |entry: &Entry| {
            params.iter().all(|param| param.name != entry.key)
                && nearest(&entry.key, params.iter().map(|param| param.name)) == Some(param.name)
        };
        if !entries.iter().any(|entry| entry.key == param.name || meant(entry)) {
            let span = step.uses.map_or(step.id.span, |word| word.span);
            let finding = Diagnostic::new(
                "E0503",
                span,
                format!("`{uses}` 缺少参数 `{}`", param.name),
                format!("`{uses}` needs the parameter `{}`", param.name),
            )
            .help(
                format!("在 `with` 里加上 `{}`：{}", param.name, param.doc.zh),
                format!("add `{}` under `with`: {}", param.name, param.doc.en),
            );
            findings.push(match likely(param, step) {
                Some(entry) => fixed(finding, scene, step, &entry),
                None => finding,
            });
        }
    }
    let literal = step.with.map_or_else(|| serde_json::json!({}), Node::to_json);
    let mut compiler = Compiler { scene, names, action, rows: None, findings, entries: Vec::new() };
    let known: Vec<(&Entry, &'static ParamSpec)> = entries
        .iter()
        .filter_map(|entry| match params.iter().find(|param| param.name == entry.key) {
            Some(param) => Some((entry, param)),
            None => {
                compiler.unknown(uses, entry);
                None
            }
        })
        .collect();
    // The shapes first: the fields of a file's rows are made from parameters that must be right.
    let late = |ty: ParamType| matches!(ty, ParamType::Predicate { .. } | ParamType::Filter { .. });
    for (entry, param) in known.iter().filter(|(_, param)| !late(param.ty)) {
        compiler.param(entry, param);
    }
    if let Some(row_schema) = action.connector.row_schema
        && action.action.outputs.iter().any(|output| output.list_of == Some(Kind::Row))
        && no_errors(&compiler.findings[before..])
    {
        match row_schema(&literal) {
            Ok(schema) => {
                let schema = Arc::new(schema);
                given.rows = Some(Arc::clone(&schema));
                compiler.rows = Some(schema);
            }
            Err(problem) => compiler.rows_refused(step, &problem),
        }
    }
    for (entry, param) in known.iter().filter(|(_, param)| late(param.ty)) {
        compiler.param(entry, param);
    }
    let mut compiled = std::mem::take(&mut compiler.entries);
    let order = |name: &str| entries.iter().position(|entry| name.split('.').next() == Some(entry.key.as_str()));
    compiled.sort_by_key(|entry| order(&entry.name));
    no_errors(&findings[before..]).then_some(With { entries: compiled, literal })
}

/// A required parameter with the value that is surely meant, where there is one.
fn likely(param: &ParamSpec, step: &syntax::Step<'_>) -> Option<String> {
    match (param.name, param.ty) {
        // The key of a file is one of its columns.
        ("key", ParamType::Text) => {
            let columns = step.with?.get("columns")?.map()?;
            Some(format!("key: {}", columns.first()?.key))
        }
        // The object that an event is about.
        ("userid", ParamType::Text) => Some("userid: \"{{trigger.userid}}\"".into()),
        _ => None,
    }
}

fn fixed(finding: Diagnostic, scene: &Scene<'_>, step: &syntax::Step<'_>, entry: &str) -> Diagnostic {
    let source = scene.source.text;
    let fix = match step.with {
        Some(node) => yaml_edit::add_entry(source, node, entry),
        None => yaml_edit::add_entry(source, step.node, &format!("with: {{{entry}}}")),
    };
    match fix {
        Some(fix) => finding.suggest(fix.span, fix.text),
        None => finding,
    }
}

/// The entries of `with`, none without it; `None`, with a finding, when it is no map.
pub fn entries<'t>(
    step: &syntax::Step<'t>,
    what: (&str, &str),
    example: &str,
    findings: &mut Findings,
) -> Option<&'t [Entry]> {
    let Some(node) = step.with else { return Some(&[]) };
    if node.map().is_none() && !node.is_broken() {
        let (zh, en) = what;
        findings.push(
            Diagnostic::new("E0203", node.span, format!("`with` 要写成{zh}和值"), format!("`with` is a map of {en}"))
                .help(format!("例如 `with: {example}`"), format!("for example `with: {example}`")),
        );
    }
    node.map()
}

struct Compiler<'a, 'f> {
    scene: &'a Scene<'a>,
    names: &'a Names<'a>,
    action: &'a Action,
    rows: Option<Arc<Schema>>,
    findings: &'f mut Findings,
    entries: Vec<WithEntry>,
}

impl Compiler<'_, '_> {
    fn unknown(&mut self, uses: &str, entry: &Entry) {
        let known = self.action.action.params.iter().map(|param| param.name);
        let key = &entry.key;
        let mut finding = Diagnostic::new(
            "E0502",
            entry.key_span,
            format!("`{uses}` 没有参数 `{key}`"),
            format!("`{uses}` has no parameter `{key}`"),
        );
        finding = match nearest(key, known.clone()) {
            Some(word) => finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                is_spelling(key, word, known),
                entry.key_span,
                word,
            ),
            None => {
                let known: Vec<&str> = known.collect();
                if known.is_empty() {
                    finding.help("它没有参数：删除这一行", "it has no parameters: remove this line")
                } else {
                    finding.help(
                        format!("参数：{}", known.join("、")),
                        format!("its parameters are: {}", known.join(", ")),
                    )
                }
            }
        };
        self.findings.push(finding);
    }

    /// Parameters whose rows make no sense: the connector says why.
    fn rows_refused(&mut self, step: &syntax::Step<'_>, problem: &Problem) {
        let node = step.with.and_then(|with| {
            problem.field.as_deref().or(problem.get("parameter")).and_then(|field| with.get(field)).or(Some(with))
        });
        let span = node.map_or(step.id.span, |node| node.span);
        let (zh, en, help_zh, help_en) = worded(problem, self.action.connector.messages);
        self.findings.push(Diagnostic::new("E0402", span, zh, en).help(help_zh, help_en));
    }

    /// A word where a flag belongs, with the flag that was surely meant.
    fn flag_word(&mut self, node: &Node, param: &ParamSpec) -> bool {
        let meant = match node.text().unwrap_or_default().to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" | "1" | "y" | "是" => "true",
            "no" | "off" | "false" | "0" | "n" | "否" => "false",
            _ => return false,
        };
        let help = (format!("改为 `{meant}`（不加引号）"), format!("write `{meant}`, without quotes"));
        self.misfit(node.span, param, Some(help));
        if let Some(finding) = self.findings.last_mut() {
            finding.fixes.push(crate::workflow::diagnostic::Fix { span: node.span, text: meant.into() });
        }
        true
    }

    fn misfit(&mut self, span: Span, param: &ParamSpec, help: Option<(String, String)>) {
        let (zh, en) = evaluate::title(param.ty);
        let name = param.name;
        let (help_zh, help_en) = help.unwrap_or_else(|| (param.doc.zh.to_string(), param.doc.en.to_string()));
        self.findings.push(
            Diagnostic::new(
                "E0402",
                span,
                format!("参数 `{name}` 应当是{zh}"),
                format!("parameter `{name}` takes {en}"),
            )
            .help(help_zh, help_en),
        );
    }

    fn push(&mut self, name: impl Into<String>, value: WithValue) {
        self.entries.push(WithEntry { name: name.into(), value });
    }

    fn template(&mut self, node: &Node, options: Options) -> Option<Template> {
        template::compile(node, self.scene.source.text, self.names, options, self.findings)
    }

    fn param(&mut self, entry: &Entry, param: &'static ParamSpec) {
        let node = &entry.value;
        if node.is_broken() {
            return;
        }
        match param.ty {
            ParamType::Text | ParamType::LongText | ParamType::Int | ParamType::Bool | ParamType::Enum(_) => {
                self.single(node, param);
            }
            ParamType::Duration => self.duration(node, param),
            // It is made from each object of the loop, whose fields are not known yet.
            ParamType::Path => {
                if node.scalar().is_none() || node.is_null() {
                    self.misfit(node.span, param, None);
                }
            }
            ParamType::Texts => self.texts(node, param.name.to_string(), param),
            ParamType::Map => self.maps(node, param, 1),
            ParamType::MapOfMaps => self.maps(node, param, 2),
            ParamType::Scope => self.scope(node, param),
            ParamType::Predicate { variable } => self.predicate(node, param.name.to_string(), variable),
            ParamType::Filter { variable } => match node.map() {
                Some(entries) => {
                    for entry in entries {
                        if entry.key == "where" {
                            self.predicate(&entry.value, format!("{}.where", param.name), variable);
                        } else {
                            self.part(entry, param, &["where"]);
                        }
                    }
                }
                None => self.misfit(node.span, param, None),
            },
        }
    }

    /// A key inside a parameter that it does not have.
    fn part(&mut self, entry: &Entry, param: &ParamSpec, known: &[&str]) {
        let key = &entry.key;
        let name = param.name;
        let mut finding = Diagnostic::new(
            "E0502",
            entry.key_span,
            format!("参数 `{name}` 里没有 `{key}`"),
            format!("parameter `{name}` has no `{key}`"),
        );
        finding = match nearest(key, known.iter().copied()) {
            Some(word) => finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?")).fix_if(
                is_spelling(key, word, known.iter().copied()),
                entry.key_span,
                word,
            ),
            None => finding.help(format!("可用：{}", known.join("、")), format!("there are: {}", known.join(", "))),
        };
        self.findings.push(finding);
    }

    fn single(&mut self, node: &Node, param: &'static ParamSpec) {
        if node.scalar().is_none() || node.is_null() {
            return self.misfit(node.span, param, None);
        }
        let (blocks, text) = (param.ty == ParamType::LongText, param.ty == ParamType::Text);
        let options = Options { blocks, whole: text && param.required, ..Options::default() };
        let Some(template) = self.template(node, options) else { return };
        let ty = template.ty();
        let literal = template.constant().is_some();
        let fits = match param.ty {
            ParamType::Int => ty.is_int() || *ty == Ty::Any || (!literal && ty.is_text()),
            ParamType::Bool => ty.is_bool() || *ty == Ty::Any || (!literal && ty.is_text()),
            ParamType::Enum(words) => {
                let fits = !literal || node.text().is_some_and(|text| words.contains(&text));
                if !fits {
                    let text = node.text().unwrap_or_default();
                    let mut finding = Diagnostic::new(
                        "E0402",
                        node.span,
                        format!("参数 `{}` 不能是 `{text}`", param.name),
                        format!("parameter `{}` cannot be `{text}`", param.name),
                    )
                    .help(format!("可用：{}", words.join("、")), format!("it is one of: {}", words.join(", ")));
                    if let Some(word) = nearest(text, words.iter().copied()) {
                        finding = finding.fix_if(is_same_but_case(text, word), node.span, word);
                    }
                    self.findings.push(finding);
                    return;
                }
                ty.is_text() || *ty == Ty::Any || ty.is_int()
            }
            _ => ty.is_text() || ty.is_int() || ty.is_bool() || *ty == Ty::Any,
        };
        if !fits && param.ty == ParamType::Bool && literal && self.flag_word(node, param) {
            return;
        }
        if !fits {
            let help = literal.then(|| {
                let written = node.text().unwrap_or_default();
                (format!("这里写的是 `{written}`"), format!("`{written}` stands here"))
            });
            return self.misfit(node.span, param, help);
        }
        self.push(param.name, WithValue::Template(template, param.ty));
    }

    fn duration(&mut self, node: &Node, param: &'static ParamSpec) {
        let Some(template) = node.scalar().and_then(|_| self.template(node, Options::default())) else {
            if node.scalar().is_none() {
                self.misfit(node.span, param, None);
            }
            return;
        };
        if template.constant().is_some() {
            if node.text().and_then(parse_duration).is_none() {
                self.findings.push(
                    Diagnostic::new("E0207", node.span, "这不是时长", "this is not a time span")
                        .help("时长写作 `30s`、`5m`、`2h`、`3d`", "time spans are written `30s`, `5m`, `2h`, `3d`"),
                );
                return;
            }
        } else if !(template.ty().is_text() || *template.ty() == Ty::Any) {
            return self.misfit(node.span, param, None);
        }
        self.push(param.name, WithValue::Duration(template));
    }

    fn texts(&mut self, node: &Node, name: String, param: &'static ParamSpec) {
        if let Some(items) = node.list() {
            let mut templates = Vec::new();
            for item in items {
                if item.scalar().is_none() || item.is_null() {
                    self.misfit(item.span, param, None);
                } else if let Some(template) = self.template(item, Options::default()) {
                    templates.push(template);
                }
            }
            return self.push(name, WithValue::List(templates));
        }
        if node.scalar().is_none() || node.is_null() {
            return self.misfit(node.span, param, None);
        }
        if let Some(template) = self.template(node, Options::default()) {
            self.push(name, WithValue::Template(template, ParamType::Texts));
        }
    }

    /// Maps of texts or lists of texts, one or two levels deep. They describe a file's columns, so they hold no templates.
    fn maps(&mut self, node: &Node, param: &'static ParamSpec, levels: usize) {
        let before = self.findings.len();
        self.level(node, param, levels);
        if self.findings.len() == before {
            self.push(param.name, WithValue::Json(node.to_json()));
        }
    }

    fn level(&mut self, node: &Node, param: &'static ParamSpec, levels: usize) {
        let Some(entries) = node.map() else { return self.misfit(node.span, param, None) };
        for entry in entries {
            if levels > 1 {
                self.level(&entry.value, param, levels - 1);
                continue;
            }
            let items = entry.value.list().unwrap_or(std::slice::from_ref(&entry.value));
            for item in items {
                match item.text() {
                    None => self.misfit(item.span, param, None),
                    Some(text) if text.contains("{{") => {
                        self.findings.push(
                            Diagnostic::new(
                                "E0404",
                                item.span,
                                format!("参数 `{}` 里不能用模板", param.name),
                                format!("parameter `{}` holds no templates", param.name),
                            )
                            .help("写出固定的名字", "write the name itself"),
                        );
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn scope(&mut self, node: &Node, param: &'static ParamSpec) {
        let Some(entries) = node.map() else { return self.misfit(node.span, param, None) };
        for entry in entries {
            if !matches!(entry.key.as_str(), "include" | "exclude") {
                self.part(entry, param, &["include", "exclude"]);
                continue;
            }
            let items = entry.value.list().unwrap_or(std::slice::from_ref(&entry.value));
            // Where departments are numbered, a number means one of them with all below.
            let numbered = self.action.connector.schema(Kind::Department).is_some_and(|schema| schema.numeric_keys);
            for item in items {
                match item.scalar() {
                    Some(Plain::Text(text)) if text.starts_with('/') || text.contains("{{") => continue,
                    Some(Plain::Text(text)) if numbered && text.parse::<i64>().is_ok_and(|id| id > 0) => continue,
                    Some(Plain::Int(id)) if numbered && id > 0 => continue,
                    _ => {}
                }
                self.findings.push(
                    Diagnostic::new(
                        "E0402",
                        item.span,
                        "范围是以 `/` 开头的部门路径",
                        "a scope is a department path that begins with `/`",
                    )
                    .help(
                        "`/研发/**` 表示研发和它下面的全部，`/**` 表示全部",
                        "`/a/**` covers `/a` and all below, `/**` everything",
                    ),
                );
            }
            self.texts(&entry.value, format!("{}.{}", param.name, entry.key), param);
        }
    }

    fn predicate(&mut self, node: &Node, name: String, variable: &'static str) {
        let schema = match (Kind::parse(variable).unwrap_or(Kind::Row), &self.rows) {
            (Kind::Row, Some(rows)) => Arc::clone(rows),
            // The columns are broken; what is wrong with them was said.
            (Kind::Row, None) => return,
            (kind, _) => match self.action.connector.schema(kind) {
                Some(schema) => listed::owned(schema),
                None => return,
            },
        };
        let types = Names {
            object: Some(Object { variable, schema: &schema, because: None }),
            inputs: self.names.inputs,
            vars: self.names.vars,
            connections: self.names.connections,
            steps: self.names.steps,
            finally: self.names.finally,
            locals: self.names.locals,
            phase: self.names.phase,
            condition: self.names.condition,
            ..Names::default()
        };
        let compiled = Condition::compile(node, self.scene.source.text, &types);
        self.names.reads.borrow_mut().extend(types.reads.into_inner());
        self.names.used_connections.borrow_mut().extend(types.used_connections.into_inner());
        self.names.used_vars.borrow_mut().extend(types.used_vars.into_inner());
        self.names.skippable.borrow_mut().extend(types.skippable.into_inner());
        match compiled {
            Ok(condition) => {
                self.findings.extend(condition.same_for_all(node.span));
                self.push(name, WithValue::Predicate(Arc::new(condition), schema));
            }
            Err(mut found) => self.findings.append(&mut found),
        }
    }
}

/// The words of a problem: reason and hint in both languages, from the connector's table or ours.
pub(super) fn worded(problem: &Problem, messages: &[idflow_sdk::Message]) -> (String, String, String, String) {
    let row = messages.iter().chain(messages::MESSAGES).find(|row| row.code == problem.code);
    match row {
        Some(row) => (
            problem.fill(row.reason.zh),
            problem.fill(row.reason.en),
            problem.fill(row.hint.zh),
            problem.fill(row.hint.en),
        ),
        None => {
            let code = problem.code.to_string();
            (code.clone(), code, "检查这个值".into(), "look at this value".into())
        }
    }
}
