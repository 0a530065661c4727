//! Every problem has its words in both languages, and both languages use the same arguments.

use std::collections::BTreeSet;

use idflow_wecom::SPEC;

fn arguments(text: &str) -> BTreeSet<&str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names.filter_map(|name| name.split(['|', '?']).next()).collect()
}

#[test]
fn every_message_is_complete() {
    let mut codes = BTreeSet::new();
    for message in SPEC.messages {
        assert!(codes.insert(message.code), "{} twice", message.code);
        for text in [message.reason, message.hint] {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", message.code);
            assert!(text.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}: {}", message.code, text.zh);
            assert!(!text.en.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}: {}", message.code, text.en);
            // What another program says has its words in each language.
            let names = |text: &'static str, own: &str| -> BTreeSet<String> {
                arguments(text).into_iter().map(|name| name.trim_end_matches(own).to_string()).collect()
            };
            assert_eq!(names(text.zh, "_zh"), names(text.en, "_en"), "{}", message.code);
        }
    }
    assert!(codes.len() > 250, "{}", codes.len());
}

#[test]
fn every_code_in_the_sources_has_a_message() {
    let codes: BTreeSet<&str> = SPEC.messages.iter().map(|message| message.code).collect();
    let shared: BTreeSet<&str> = idflow_sdk::shared::MESSAGES.iter().map(|message| message.code).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut folders = vec![std::path::PathBuf::from(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    for file in files {
        let text = std::fs::read_to_string(file).expect("source");
        for code in text.split("Problem::new(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(codes.contains(code) || shared.contains(code), "{code}");
        }
    }
}

#[test]
fn settings_actions_and_fields_are_described() {
    for setting in SPEC.settings {
        assert!(!setting.doc.zh.is_empty() && !setting.doc.en.is_empty(), "{}", setting.name);
        if let (Some(check), Some(default)) = (setting.check, setting.default) {
            assert!(check(default).is_ok(), "{}", setting.name);
        }
    }
    for field in SPEC.schemas.iter().flat_map(|schema| schema.fields.iter()) {
        assert!(!field.doc.zh.is_empty() && !field.doc.en.is_empty(), "{}", field.name);
    }
    for action in SPEC.actions {
        assert!(!action.title.zh.is_empty() && !action.title.en.is_empty(), "{}", action.name);
        for doc in action.params.iter().map(|param| param.doc).chain(action.outputs.iter().map(|output| output.doc)) {
            assert!(!doc.zh.is_empty() && !doc.en.is_empty(), "{}", action.name);
        }
    }
    for event in SPEC.events {
        assert!(!event.doc.zh.is_empty() && !event.doc.en.is_empty(), "{}", event.name);
    }
    let names: Vec<_> = SPEC.actions.iter().map(|action| action.name).collect();
    assert_eq!(
        names,
        [
            "create_department",
            "update_department",
            "delete_department",
            "create_user",
            "update_user",
            "disable_user",
            "enable_user",
            "delete_user",
            "read",
            "read_user",
            "send_message"
        ]
    );
}
