//! Whole files: the shipped templates, and one broken file for each code.

use super::diagnostic::{Language, Severity, Source};
use super::*;

mod broken;
mod language;
mod newer;
mod robust;
mod shipped;

pub(crate) fn connectors() -> Vec<&'static ConnectorSpec> {
    vec![&idflow_directory::SPEC, wecom(), &idflow_csv::SPEC]
}

/// The WeCom connector, with a message, the read of one member and two events where it has none of its own: the language
/// has a place for them whatever the connector can do.
fn wecom() -> &'static ConnectorSpec {
    use idflow_sdk::{ActionSpec, Effect, EventSpec, Kind, OutputSpec, ParamSpec, ParamType, Text};
    static WECOM: std::sync::OnceLock<ConnectorSpec> = std::sync::OnceLock::new();
    const TEXT: Text = Text::new("测试", "test");
    const fn param(name: &'static str, ty: ParamType, required: bool) -> ParamSpec {
        ParamSpec { name, ty, required, doc: TEXT }
    }
    static SEND: ActionSpec = ActionSpec {
        name: "send_message",
        title: TEXT,
        kind: None,
        effect: Effect::Send,
        capability: None,
        params: &[param("to_users", ParamType::Texts, false), param("markdown", ParamType::LongText, false)],
        outputs: &[],
        max_parallel: 1,
        batch: 1,
    };
    static READ_USER: ActionSpec = ActionSpec {
        name: "read_user",
        effect: Effect::Read,
        params: &[param("userid", ParamType::Text, true)],
        outputs: &[OutputSpec { name: "user", list_of: Some(Kind::User), one: true, removed: false, doc: TEXT }],
        ..SEND
    };
    static EVENTS: [EventSpec; 3] = [
        EventSpec { name: "create_user", doc: TEXT },
        EventSpec { name: "update_user", doc: TEXT },
        EventSpec { name: "delete_user", doc: TEXT },
    ];
    WECOM.get_or_init(|| {
        let own = &idflow_wecom::SPEC;
        let mut actions = own.actions.to_vec();
        actions.extend([&SEND, &READ_USER].into_iter().filter(|action| own.action(action.name).is_none()));
        ConnectorSpec {
            actions: actions.leak(),
            events: if own.events.is_empty() { &EVENTS } else { own.events },
            ..*own
        }
    })
}

/// Compiles against the real tables.
pub(crate) fn compiled(text: &str) -> Outcome {
    compile("flow.yaml", text, &Environment { connectors: &connectors(), ..Default::default() })
}

/// The findings as a reader sees them, for messages of failed tests.
pub(crate) fn shown(text: &str, outcome: &Outcome) -> String {
    let source = Source::new("flow.yaml", text);
    outcome.diagnostics.iter().map(|finding| finding.render(&source, Language::En, false) + "\n").collect()
}

/// A file that must be right.
pub(crate) fn good(text: &str) -> Workflow {
    let outcome = compiled(text);
    let errors = outcome.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count();
    assert_eq!(errors, 0, "{}", shown(text, &outcome));
    outcome.workflow.unwrap()
}
