//! Names of steps and of what they give.

use idflow_sdk::{ActionSpec, Effect, Privacy, Type};

use super::{
    super::{
        diagnostic::{Diagnostic, Span},
        scope::OF_STEP,
        types::Ty,
    },
    Names, Phase, StepNames, Target, no_parts, states, whole_list,
};
use crate::model::outcomes::COUNTED;

impl Names<'_> {
    pub(super) fn step(&self, path: &[&str], span: Span) -> Result<(Ty, Target), Box<Diagnostic>> {
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        let Some(id) = path.get(1) else { return scope(Ty::Map) };
        let Some(index) = self.steps.iter().position(|step| step.id == *id) else {
            if self.finally.contains(id) {
                return Err(only_finally(id, span).into());
            }
            let known = self.steps.iter().map(|step| step.id);
            return Err(self.unknown(path, 1, span, known, ("没有步骤", "there is no step")).into());
        };
        self.reads.borrow_mut().push((index, span));
        let step = &self.steps[index];
        let Some(action) = step.action else {
            // An action that is not known: its outputs are not either, but the words above them are.
            return match path.get(2) {
                Some(&"status") if path.len() == 3 => scope(states()),
                Some(word) if !OF_STEP.contains(word) => {
                    let mut finding =
                        self.unknown(path, 2, span, OF_STEP.iter().copied(), ("步骤没有", "a step has no"));
                    finding.code = "E0304";
                    Err(finding.into())
                }
                _ => scope(Ty::Any),
            };
        };
        if !matches!(self.phase, Phase::Turn | Phase::After) && action.effect != Effect::Read {
            return Err(still_to_write(id, span).into());
        }
        let skipped = path.get(2) == Some(&"outputs")
            && step.condition.is_some_and(|condition| self.condition != Some(condition));
        let found = self.of_step(step, action, path, span);
        if skipped && found.is_ok() {
            self.skippable.borrow_mut().push((index, span, path.join(".")));
        }
        found
    }

    /// What stands behind the id of a step.
    pub(super) fn of_step(
        &self,
        step: &StepNames<'_>,
        action: &ActionSpec,
        path: &[&str],
        span: Span,
    ) -> Result<(Ty, Target), Box<Diagnostic>> {
        let scope = |ty| Ok((ty, Target::Scope(path.iter().map(ToString::to_string).collect())));
        let id = step.id;
        match path[2..] {
            [] => scope(Ty::Map),
            ["status"] => scope(states()),
            ["counts"] | ["outputs"] => scope(Ty::Map),
            ["items"] => scope(Ty::List),
            ["counts", word] => {
                let lists = action.outputs.iter().filter(|output| output.list_of.is_some()).map(|output| output.name);
                let known = lists.chain(COUNTED.iter().copied());
                if known.clone().any(|known| known == word) {
                    return scope(Ty::Int);
                }
                let mut finding = self.unknown(path, 3, span, known, ("没有这种计数", "nothing is counted as"));
                finding.code = "E0304";
                Err(finding.into())
            }
            ["outputs", name] => match action.outputs.iter().find(|output| output.name == name) {
                Some(output) if output.one => scope(Ty::Map),
                Some(output) if output.list_of.is_some() => Err(whole_list(path, span).into()),
                Some(_) => scope(Ty::Int),
                None => {
                    let known = action.outputs.iter().map(|output| output.name);
                    let mut finding =
                        self.unknown(path, 3, span, known, ("这个步骤没有输出", "this step has no output"));
                    finding.code = "E0304";
                    Err(finding.into())
                }
            },
            ["outputs", name, field, ..] if action.outputs.iter().any(|output| output.name == name && output.one) => {
                let kind = action.outputs.iter().find(|output| output.name == name).and_then(|output| output.list_of);
                let Some(schema) = step.connector.zip(kind).and_then(|(connector, kind)| connector.schema(kind)) else {
                    return scope(Ty::Any);
                };
                let Some(field_id) = schema.field(field) else {
                    let known = schema.fields.iter().map(|field| field.name.as_ref());
                    let mut finding = self.unknown(path, 4, span, known, ("没有字段", "there is no field"));
                    finding.code = "E0304";
                    return Err(finding.into());
                };
                let spec = schema.spec(field_id);
                if spec.privacy != Privacy::Open {
                    self.personal.borrow_mut().push((span, spec.name.to_string()));
                }
                if path.len() > 5 && spec.ty != Type::Custom {
                    return Err(no_parts(path, 5, span).into());
                }
                scope(if path.len() > 5 { Ty::Any } else { Ty::Field(spec.ty) })
            }
            [word, ..] => {
                let mut finding = if OF_STEP.contains(&word) {
                    no_parts(path, if matches!(word, "status" | "items") { 3 } else { 4 }, span)
                } else if let [output] = path[2..]
                    && action.outputs.iter().any(|known| known.name == output)
                {
                    let right = format!("steps.{id}.outputs.{output}");
                    Diagnostic::new("E0304", span, format!("步骤没有 `{output}`"), format!("a step has no `{output}`"))
                        .label("不认识", "not known")
                        .help(format!("是否想写 `{right}`？"), format!("did you mean `{right}`?"))
                        .fix(span, right)
                } else {
                    self.unknown(path, 2, span, OF_STEP.iter().copied(), ("步骤没有", "a step has no"))
                };
                finding.code = "E0304";
                Err(finding.into())
            }
        }
    }
}

/// A step of `finally`, read from `steps`.
#[must_use]
pub fn only_finally(id: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        "E0307",
        span,
        format!("`{id}` 是 `finally` 里的步骤，`steps` 里的步骤读不到它"),
        format!("`{id}` is a step of `finally`; steps cannot read it or wait for it"),
    )
    .label("它在所有步骤之后才运行", "it runs after all steps")
    .help("把需要的步骤移到 `steps` 里", "move what is needed to `steps`")
}

/// A result that is not there yet while the plan is made.
#[must_use]
pub fn still_to_write(id: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        "E0310",
        span,
        format!("`{id}` 要到计划批准之后才写入，这里还没有它的结果"),
        format!("`{id}` writes only after the plan, so there is no result to read here"),
    )
    .label("做计划时还没有写入", "nothing is written while the plan is made")
    .help(
        "读取步骤的输出可以用；要用写入的结果，放进另一个工作流（`uses: workflow/ID`）或 `finally`",
        "outputs of read steps can be used; what needs the result belongs in a workflow of its own (`uses: workflow/ID`) or \
         in `finally`",
    )
}
