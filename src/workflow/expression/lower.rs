//! The parsed expression to a tree of ours: names resolved, types known, macros told apart.

mod loops;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use serde_json::Value as Json;

use super::{
    dotted::path,
    position,
    sort::{Sort, is_constant},
    tree::{Math, Node as Tree, Order},
    value::{Fold, Val},
};
use crate::workflow::{
    diagnostic::{Diagnostic, Span},
    names::{Names, Target, Ty},
    scope::entries_of,
    suggest::{is_spelling, nearest, row},
    yaml::Node,
};

const MAX_LOOP_DEPTH: usize = 2;

/// What one part of the expression is.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub tree: Tree,
    pub sort: Sort,
    /// Its value, where it stands in the file.
    pub known: Option<Json>,
}

impl Part {
    pub(super) const fn new(tree: Tree, sort: Sort) -> Self {
        Self { tree, sort, known: None }
    }

    /// Something that was wrong and has been told.
    const fn broken() -> Self {
        Self::new(Tree::Known(Val::Empty), Sort::Any)
    }

    fn literal(json: Json) -> Self {
        Self { tree: Tree::Known(Val::of_json(&json).keep()), sort: Sort::of_json(&json), known: Some(json) }
    }

    /// Whether it is how people write "empty".
    pub(super) fn is_blank(&self) -> bool {
        match &self.known {
            Some(Json::Null) => true,
            Some(Json::String(text)) => text.is_empty(),
            Some(Json::Array(items)) => items.is_empty(),
            _ => false,
        }
    }

    /// Its text, where it stands in the file.
    pub(super) fn text(&self) -> Option<&str> {
        self.known.as_ref().and_then(Json::as_str)
    }
}

pub(super) struct Lower<'a> {
    pub node: &'a Node,
    pub source: &'a str,
    pub text: &'a str,
    pub names: &'a Names<'a>,
    pub info: &'a SourceInfo,
    /// The names of the loops around, with what each stands for.
    pub locals: Vec<(String, Sort)>,
    pub findings: &'a mut Vec<Diagnostic>,
}

impl Lower<'_> {
    pub(super) fn span(&self, expr: &IdedExpr) -> Span {
        self.node.place(self.source, position::range(expr, self.info, self.text))
    }

    pub(super) fn report(&mut self, finding: Diagnostic) -> Part {
        self.findings.push(finding);
        Part::broken()
    }

    pub(super) fn expr(&mut self, expr: &IdedExpr) -> Part {
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Ident(_) | Expr::Select(_) => self.name(expr),
            Expr::List(list) => {
                let parts: Vec<Part> = list.elements.iter().map(|element| self.expr(element)).collect();
                let of = parts.iter().map(|part| part.sort.clone()).reduce(Sort::with).unwrap_or(Sort::Any);
                let known = parts.iter().map(|part| part.known.clone()).collect::<Option<Vec<_>>>().map(Json::Array);
                let tree = Tree::List(parts.into_iter().map(|part| part.tree).collect());
                Part { tree, sort: Sort::list(of), known }
            }
            Expr::Call(call) => self.call(expr, call),
            Expr::Comprehension(loops) => self.comprehension(expr, loops),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                let span = self.span(expr);
                self.report(
                    Diagnostic::new("E0407", span, "条件里不能写映射", "a condition cannot contain a map")
                        .help("例如 `user.status == \"active\"`", "for example `user.status == \"active\"`"),
                )
            }
        }
    }

    fn literal(&mut self, expr: &IdedExpr, literal: &LiteralValue) -> Part {
        match literal {
            LiteralValue::Boolean(flag) => Part::literal((*flag.inner()).into()),
            LiteralValue::Int(number) => Part::literal((*number.inner()).into()),
            LiteralValue::UInt(number) => match i64::try_from(*number.inner()) {
                Ok(number) => Part::literal(number.into()),
                Err(_) => self.no_number(expr),
            },
            LiteralValue::String(text) => Part::literal(text.inner().into()),
            LiteralValue::Null => Part::literal(Json::Null),
            LiteralValue::Double(_) | LiteralValue::Bytes(_) => self.no_number(expr),
        }
    }

    fn no_number(&mut self, expr: &IdedExpr) -> Part {
        let span = self.span(expr);
        self.report(
            Diagnostic::new("E0402", span, "这里只有整数和文本", "numbers are whole here")
                .help("写整数，例如 `3`；文本要加引号", "write a whole number such as `3`; text stands in quotes"),
        )
    }

    fn name(&mut self, expr: &IdedExpr) -> Part {
        if let Expr::Select(select) = &expr.expr
            && select.test
        {
            // `has(a.b)`: the name must be known, its value may be missing.
            let whole = IdedExpr {
                id: expr.id,
                expr: Expr::Select(cel::common::ast::SelectExpr { test: false, ..select.clone() }),
            };
            let part = match path(&whole) {
                Some(names) if !self.is_local(names[0]) => self.resolved(&names, self.span(expr)),
                _ => self.name(&whole),
            };
            return Part::new(Tree::Has(Box::new(part.tree)), Sort::Bool);
        }
        match path(expr) {
            Some(names) if !self.is_local(names[0]) => {
                let span = self.span(expr);
                self.resolved(&names, span)
            }
            _ => match &expr.expr {
                Expr::Ident(name) => match self.locals.iter().rposition(|(local, _)| local == name) {
                    Some(place) => Part::new(Tree::Local(place), self.locals[place].1.clone()),
                    None => Part::broken(),
                },
                Expr::Select(select) => {
                    let whole = self.expr(&select.operand);
                    let span = self.span(expr);
                    self.select(whole, &select.field, span)
                }
                _ => Part::broken(),
            },
        }
    }

    pub(super) fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|(local, _)| local == name)
    }

    /// A name of the table.
    fn resolved(&mut self, names: &[&str], span: Span) -> Part {
        let (ty, target) = match self.names.resolve(names, span) {
            Ok(found) => found,
            Err(finding) => return self.report(*finding),
        };
        if let ["steps", id, "items"] = names {
            let counts = format!("steps.{id}.counts.created");
            return self.report(
                Diagnostic::new(
                    "E0402",
                    span,
                    format!("`{}` 是对象的列表，条件里读不到", names.join(".")),
                    format!("`{}` lists objects, which a condition cannot read", names.join(".")),
                )
                .help(format!("数量写作 `{counts}`"), format!("how many there are is `{counts}`")),
            );
        }
        let mut known = None;
        let mut sort = Sort::of(&ty);
        if let ["vars", below @ ..] = names
            && let Some(json) =
                self.names.vars.and_then(|vars| below.iter().try_fold(vars, |json, name| json.get(name)))
        {
            sort = Sort::of_json(json);
            known = is_constant(json).then(|| json.clone());
        } else if let Some(fields) = entries_of(names) {
            sort = Sort::of_entries(fields);
        }
        let tree = match target {
            Target::Field(id) => Tree::Field(id),
            Target::Part(id, path) => {
                path.into_iter().fold(Tree::Field(id), |whole, name| Tree::Part(Box::new(whole), name))
            }
            Target::Scope(path) => Tree::Scope(path),
        };
        // A time span is written as text.
        let tree = if ty == Ty::Duration { Tree::Span(Box::new(tree)) } else { tree };
        Part { tree, sort, known }
    }

    /// What stands under a name of something that is no name itself.
    fn select(&mut self, whole: Part, name: &str, span: Span) -> Part {
        let tree = Tree::Part(Box::new(whole.tree), name.to_string());
        match whole.sort {
            Sort::Any | Sort::Map(None) => Part::new(tree, Sort::Any),
            Sort::Map(Some(fields)) => {
                if let Some((_, sort)) = fields.iter().find(|(known, _)| known == name) {
                    return Part::new(tree, sort.clone());
                }
                let finding =
                    Diagnostic::new("E0401", span, format!("没有字段 `{name}`"), format!("there is no field `{name}`"))
                        .label("不认识", "not known");
                let known = || fields.iter().map(|(known, _)| known.as_str());
                self.report(match nearest(name, known()) {
                    Some(word) => {
                        let end = span.end;
                        let at = Span { start: end.saturating_sub(name.len()), end };
                        let finding = finding.help(format!("是否想写 `{word}`？"), format!("did you mean `{word}`?"));
                        if self.source.get(at.start..at.end) == Some(name) {
                            finding.fix_if(is_spelling(name, word, known()), at, word)
                        } else {
                            finding
                        }
                    }
                    None => finding
                        .help(format!("可用的：{}", row(known(), "、")), format!("known are: {}", row(known(), ", "))),
                })
            }
            sort => {
                let (zh, en) = sort.title();
                self.report(
                    Diagnostic::new("E0401", span, format!("{zh}没有下级 `{name}`"), format!("{en} has no `{name}`"))
                        .help("去掉最后一个点和它后面的名字", "leave the last dot and what follows it out"),
                )
            }
        }
    }

    /// What must be true or false.
    pub(super) fn truth(&mut self, expr: &IdedExpr) -> Tree {
        let part = self.expr(expr);
        if !part.sort.is_bool() {
            let span = self.span(expr);
            let (zh, en) = part.sort.title();
            self.report(
                Diagnostic::new(
                    "E0407",
                    span,
                    format!("这里应当是真假值，不是{zh}"),
                    format!("true or false belongs here, not {en}"),
                )
                .help("写成比较，例如 `… == \"active\"`", "write a comparison, for example `… == \"active\"`"),
            );
        }
        part.tree
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Part {
        let name = call.func_name.as_str();
        if name == "changes" && call.target.is_none() {
            let steps = call.args.iter().filter_map(|argument| self.changed(argument)).collect();
            return Part::new(Tree::Changes(steps), Sort::Int);
        }
        let args = call.args.as_slice();
        if matches!(name, operators::EQUALS | operators::NOT_EQUALS | operators::IN)
            && args.iter().filter(|argument| self.bare_word(argument)).count() == 1
        {
            for argument in args {
                if self.bare_word(argument) {
                    self.unquoted(argument);
                } else {
                    self.expr(argument);
                }
            }
            return Part::new(Tree::Known(Val::Empty), Sort::Bool);
        }
        let truths = |lower: &mut Self| args.iter().map(|argument| lower.truth(argument)).collect::<Vec<_>>();
        match (name, args) {
            (operators::LOGICAL_AND, _) => Part::new(Tree::And(truths(self)), Sort::Bool),
            (operators::LOGICAL_OR, _) => Part::new(Tree::Or(truths(self)), Sort::Bool),
            (operators::LOGICAL_NOT, [argument]) => {
                let inner = self.truth(argument);
                Part::new(Tree::Not(Box::new(inner)), Sort::Bool)
            }
            (operators::EQUALS, [left, right]) => Part::new(self.equal(expr, left, right), Sort::Bool),
            (operators::NOT_EQUALS, [left, right]) => {
                let equal = self.equal(expr, left, right);
                Part::new(Tree::Not(Box::new(equal)), Sort::Bool)
            }
            (operators::LESS, [left, right]) => self.order(expr, left, right, Order::Less),
            (operators::LESS_EQUALS, [left, right]) => self.order(expr, left, right, Order::LessEqual),
            (operators::GREATER, [left, right]) => self.order(expr, left, right, Order::Greater),
            (operators::GREATER_EQUALS, [left, right]) => self.order(expr, left, right, Order::GreaterEqual),
            (operators::IN, [item, list]) => self.contained(expr, item, list),
            (operators::CONDITIONAL, [test, yes, no]) => {
                let test = self.truth(test);
                let (left, right) = (self.expr(yes), self.expr(no));
                if !left.sort.meets(&right.sort) {
                    let span = self.span(no);
                    self.never(span, &left.sort, &right.sort);
                }
                let sort = if left.sort == Sort::Any { right.sort.clone() } else { left.sort.clone() };
                let sort = if left.sort.is_text() { left.sort.with(right.sort) } else { sort };
                Part::new(Tree::If(Box::new([test, left.tree, right.tree])), sort)
            }
            (operators::ADD, [left, right]) => self.math(expr, left, right, Math::Add),
            (operators::SUBSTRACT, [left, right]) => self.math(expr, left, right, Math::Subtract),
            (operators::MULTIPLY, [left, right]) => self.math(expr, left, right, Math::Multiply),
            (operators::DIVIDE, [left, right]) => self.math(expr, left, right, Math::Divide),
            (operators::MODULO, [left, right]) => self.math(expr, left, right, Math::Remainder),
            (operators::NEGATE, [inner]) => {
                let part = self.expr(inner);
                if let Some(number) = part.known.as_ref().and_then(Json::as_i64).and_then(i64::checked_neg) {
                    return Part::literal(number.into());
                }
                if !(part.sort.can_be_int() || part.sort == Sort::Span) {
                    self.wrong(inner, "-", &part.sort, ("整数", "a whole number"));
                }
                Part::new(Tree::Negate(Box::new(part.tree)), part.sort)
            }
            (operators::INDEX, [whole, place]) => self.index(expr, whole, place),
            _ if name.starts_with('@') || name.starts_with('_') => {
                let span = self.span(expr);
                self.report(
                    Diagnostic::new("E0407", span, "表达式写错", "this expression cannot be read")
                        .help("例如 `user.status == \"active\"`", "for example `user.status == \"active\"`"),
                )
            }
            _ => self.function(expr, call),
        }
    }

    fn index(&mut self, expr: &IdedExpr, whole: &IdedExpr, place: &IdedExpr) -> Part {
        // A name in brackets is a name like any other.
        if let Some(names) = path(expr)
            && !self.is_local(names[0])
        {
            let span = self.span(expr);
            return self.resolved(&names, span);
        }
        let (list, at) = (self.expr(whole), self.expr(place));
        let of = match &list.sort {
            Sort::List(of) if at.sort.can_be_int() => Some((**of).clone()),
            Sort::Map(_) if at.text().is_some() => {
                let name = at.text().unwrap_or_default().to_string();
                let span = self.span(expr);
                return self.select(list, &name, span);
            }
            Sort::Map(None) if at.sort.can_be_text() => Some(Sort::Any),
            Sort::Map(Some(fields)) if at.sort.can_be_text() => {
                let sorts = fields.iter().map(|(_, sort)| sort.clone());
                Some(sorts.reduce(Sort::with).unwrap_or(Sort::Any))
            }
            Sort::Any if at.sort.can_be_text() || at.sort.can_be_int() => Some(Sort::Any),
            Sort::List(_) => {
                self.wrong(place, "[]", &at.sort, ("整数", "a whole number"));
                None
            }
            Sort::Map(_) | Sort::Any => {
                self.wrong(place, "[]", &at.sort, ("名字", "a name"));
                None
            }
            other => {
                let other = other.clone();
                self.wrong(whole, "[]", &other, ("列表或映射", "a list or a map"));
                None
            }
        };
        match of {
            Some(sort) => Part::new(Tree::At(Box::new([list.tree, at.tree])), sort),
            None => Part::broken(),
        }
    }

    fn math(&mut self, expr: &IdedExpr, left: &IdedExpr, right: &IdedExpr, math: Math) -> Part {
        let (one, other) = (self.expr(left), self.expr(right));
        let sort = match (&one.sort, &other.sort) {
            (Sort::Int, Sort::Int) => Some(Sort::Int),
            (Sort::Span, Sort::Span) if matches!(math, Math::Add | Math::Subtract) => Some(Sort::Span),
            (Sort::List(left), Sort::List(right)) if math == Math::Add && left.meets(right) => {
                Some(Sort::list((**left).clone().with((**right).clone())))
            }
            (left, right)
                if math == Math::Add
                    && left.can_be_text()
                    && right.can_be_text()
                    && (left, right) != (&Sort::Any, &Sort::Any) =>
            {
                Some(Sort::Text(Fold::Exact))
            }
            (Sort::Any, Sort::Any) => Some(if math == Math::Add { Sort::Any } else { Sort::Int }),
            (Sort::Any, Sort::Int) | (Sort::Int, Sort::Any) => Some(Sort::Int),
            (Sort::Any, Sort::List(_)) | (Sort::List(_), Sort::Any) if math == Math::Add => Some(Sort::list(Sort::Any)),
            (Sort::Any, Sort::Span) | (Sort::Span, Sort::Any) if matches!(math, Math::Add | Math::Subtract) => {
                Some(Sort::Span)
            }
            _ => None,
        };
        // What may be a number is joined as text all the same.
        let joined = |part: Part| match part.sort {
            Sort::Any | Sort::Key => Tree::Text(Box::new(part.tree)),
            _ => part.tree,
        };
        match sort {
            Some(sort @ Sort::Text(_)) => Part::new(Tree::Math(math, Box::new([joined(one), joined(other)])), sort),
            Some(sort) => Part::new(Tree::Math(math, Box::new([one.tree, other.tree])), sort),
            None => {
                let span = self.span(expr);
                let ((left_zh, left_en), (right_zh, right_en)) = (one.sort.title(), other.sort.title());
                self.report(
                    Diagnostic::new(
                        "E0402",
                        span,
                        format!("{left_zh}和{right_zh}不能这样计算"),
                        format!("this cannot be done with {left_en} and {right_en}"),
                    )
                    .help(
                        "数与数计算，文本与文本相接；`int(…)` 和 `string(…)` 可以转换",
                        "numbers go with numbers and text with text; `int(…)` and `string(…)` convert",
                    ),
                )
            }
        }
    }

    /// What a function cannot do with a value.
    pub(super) fn wrong(&mut self, expr: &IdedExpr, name: &str, found: &Sort, wanted: (&str, &str)) {
        let span = self.span(expr);
        let (zh, en) = found.title();
        let finding = Diagnostic::new(
            "E0402",
            span,
            format!("`{name}` 需要{}，这里是{zh}", wanted.0),
            format!("`{name}` takes {}; this is {en}", wanted.1),
        );
        self.findings.push(match found {
            Sort::Int if wanted.1 == "text" => finding.help("用 `string(…)` 变成文本", "`string(…)` makes text of it"),
            Sort::Text(_) | Sort::Words(_) if wanted.1 == "a whole number" => {
                finding.help("用 `int(…)` 变成整数", "`int(…)` makes a number of it")
            }
            _ => finding.help("换一个字段或函数", "take another field or function"),
        });
    }
}
