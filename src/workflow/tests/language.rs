//! The language as a whole: files that use every part of it compile, and say what the engine needs.

use super::{diagnostic::Severity, *};
use crate::{
    model::run::Status,
    workflow::compiled::{After, EventTrigger, Verify, Webhook},
};

/// A roster in CSV, to the directory, to WeCom, with a message when something is wrong.
const ROSTER: &str = include_str!("files/hr_csv_to_wecom.yaml");
/// One member, when WeCom says that something changed.
const JOINER: &str = include_str!("files/joiner.yaml");

#[test]
fn a_roster_with_paths_a_call_and_a_message() {
    let workflow = good(ROSTER);
    assert_eq!(
        workflow.webhooks,
        [Webhook {
            path: "hr-csv-ready".into(),
            verify: Verify::HmacSha256,
            window: std::time::Duration::from_secs(300),
            methods: vec!["POST".into()],
            header: None,
            wait: None,
            status: None,
            reply: None,
        }]
    );
    let [_, departments, people, leavers, push] = workflow.steps.as_slice() else { panic!() };
    let foreach = &departments.writing().unwrap().foreach;
    assert_eq!((foreach.variable.as_str(), foreach.distinct), ("row", true));
    assert_eq!(foreach.key.as_ref().unwrap().text(), "{{row.dept_path}}");
    assert_eq!(foreach.paths.as_ref().unwrap().separator, "/");
    let mapping = &workflow.mappings[departments.writing().unwrap().mapping.unwrap()];
    assert_eq!((mapping.target.kind, mapping.fields.len()), (idflow_sdk::Kind::Department, 2));
    assert!(people.writing().unwrap().mapping.is_some() && leavers.writing().unwrap().foreach.output.removed);
    assert_eq!(push.callee(), Some("wecom_downstream_full"));
    let params = push.with.evaluate(&crate::workflow::scope::Scope::default()).unwrap();
    assert!(params.flag("remove_leavers", false));
    let [message] = workflow.finally.as_slice() else { panic!() };
    let compiled::Work::Send(sending) = &message.work else { panic!() };
    assert_eq!(workflow.alias_of(&sending.uses).alias, "it_bot");
    assert!(!sending.resend);
}

#[test]
fn the_roster_has_the_warnings_it_deserves() {
    let outcome = compiled(ROSTER);
    let codes: Vec<_> = outcome.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["W0807"], "{}", shown(ROSTER, &outcome));
}

#[test]
fn one_object_is_a_list_of_one() {
    let workflow = good(JOINER);
    let types = ["create_user", "update_user", "delete_user"].map(String::from).to_vec();
    let (collect, most) = (workflow.events[0].collect, workflow.events[0].most);
    assert_eq!(workflow.events, [EventTrigger { connection: 0, types, collect, most }]);
    assert!(!collect.is_zero() && most > 0);
    let foreach = &workflow.steps[1].writing().unwrap().foreach;
    assert!(foreach.output.one && foreach.step == 0);
    for list in ["[steps.pull_one.outputs.user]", "\"[ steps.pull_one.outputs.user ]\""] {
        good(&JOINER.replace("\"[steps.pull_one.outputs.user]\"", list));
    }
}

#[test]
fn after_names_one_or_several() {
    let text = ROSTER.replace(
        "  manual: {}",
        "  manual: {}\n  after:\n    - {workflow: [a, b]}\n    - {workflow: c, status: failed}",
    );
    let workflow = good(&text);
    let good = vec![Status::Succeeded, Status::SucceededNoChange];
    let after = |workflow: &str, statuses: &[Status]| After {
        workflow: workflow.into(),
        statuses: statuses.to_vec(),
        inputs: serde_json::Map::new(),
    };
    assert_eq!(workflow.after, [after("a", &good), after("b", &good), after("c", &[Status::Failed])]);
}

#[test]
fn one_object_without_brackets_is_mended() {
    let text = JOINER.replace("\"[steps.pull_one.outputs.user]\"", "steps.pull_one.outputs.user");
    let outcome = compiled(&text);
    let errors: Vec<_> = outcome.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let [finding] = &errors[..] else { panic!("{}", shown(&text, &outcome)) };
    assert_eq!((finding.code, &text[finding.span.range()]), ("E0407", "steps.pull_one.outputs.user"));
    let mut mended = text.clone();
    mended.replace_range(finding.fixes[0].span.range(), &finding.fixes[0].text);
    good(&mended);
}

#[test]
fn variables_may_be_templates() {
    let text = ROSTER.replace(
        "vars: {it_admins: [zhang.wei, li.na]}",
        "vars: {first: \"{{run.workflow}}\", it_admins: [\"{{vars.first}}.a\", li.na]}",
    );
    let workflow = good(&text);
    let mut scope =
        crate::workflow::scope::Scope::of(serde_json::json!({"vars": workflow.vars, "run": {"workflow": "roster"}}));
    workflow.fill_vars(&mut scope).unwrap();
    assert_eq!(scope.root["vars"], serde_json::json!({"first": "roster", "it_admins": ["roster.a", "li.na"]}));
}

#[test]
fn steps_that_share_a_list_and_a_mapping_agree() {
    let full = include_str!("../../../workflows/wecom_downstream_full.yaml");
    let list = "foreach: {in: steps.read_directory.outputs.users, on_item_error: continue, max_failures: 5%}";
    assert_eq!(full.matches(list).count(), 2);
    let text = full.replacen(list, "foreach: steps.read_directory.outputs.users.filter(u, u.name != 'x')", 1);
    let outcome = compiled(&text);
    let codes: Vec<_> = outcome.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["E0209"], "{}", shown(&text, &outcome));
}
