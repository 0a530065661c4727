//! What stands in the boxes of a picture of the graph. The trigger comes first; a step's box carries its name in one language.

use super::Graph;
use crate::workflow::{compiled::Workflow, diagnostic::Language};

/// What stands in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub title: String,
    /// The id and the action, or what triggers.
    pub detail: String,
}

impl Graph {
    /// The box of the trigger, then one for each step.
    #[must_use]
    pub fn labels(workflow: &Workflow, language: Language) -> Vec<Label> {
        let pick = |zh: &str, en: &str| match language {
            Language::Zh => zh.to_string(),
            Language::En => en.to_string(),
        };
        let mut how = Vec::new();
        if workflow.manual {
            how.push(pick("手动", "by hand"));
        }
        how.extend(workflow.schedules.iter().map(|schedule| format!("{} {}", schedule.cron, schedule.timezone)));
        how.extend(workflow.webhooks.iter().map(|webhook| format!("webhook {}", webhook.path)));
        how.extend(workflow.after.iter().map(|after| match language {
            Language::Zh => format!("在 {} 之后", after.workflow),
            Language::En => format!("after {}", after.workflow),
        }));
        how.extend(workflow.events.iter().map(|event| {
            let alias = workflow.connections.get(event.connection).map_or("", |alias| alias.alias.as_str());
            pick(
                &format!("事件 {alias} {}", event.types.join("、")),
                &format!("events {alias} {}", event.types.join(" ")),
            )
        }));
        if how.is_empty() {
            how.push(pick("未设置", "none"));
        }
        let trigger = Label { title: pick("触发器", "Trigger"), detail: how.join(", ") };
        let steps = workflow.steps.iter().map(|step| Label {
            title: pick(&step.name.zh, &step.name.en),
            detail: format!("{} · {}", step.id, step.uses_text()),
        });
        std::iter::once(trigger).chain(steps).collect()
    }
}
