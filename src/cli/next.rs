//! Next steps as commands: what every edge knows as a name, the command line tells as something to type.

use idflow_sdk::NextKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Lang;
use crate::contract::problem::{Next, Text};

/// The commands for a next step: several where there are several ways, or one after the other. What a step is about and
/// nobody knows stands in capitals.
#[must_use]
pub fn commands(next: &Next) -> Vec<String> {
    fn or<'a>(value: &'a Option<String>, word: &'a str) -> &'a str {
        value.as_deref().unwrap_or(word)
    }
    let run = or(&next.run, "RUN");
    let workflow = or(&next.workflow, "WORKFLOW");
    let connection = or(&next.connection, "CONNECTION");
    let key = or(&next.key, "KEY");
    let removal = or(&next.removal, "ID");
    let input = or(&next.input, "INPUT");
    let one = |command: String| vec![command];
    match next.kind {
        NextKind::ApproveRun => one(format!("idflow runs approve {run}")),
        NextKind::CheckSource => one(format!("idflow runs approve {run} --source-checked")),
        NextKind::ListItems => one(match &next.key {
            Some(code) => format!("idflow runs items {run} --code {code}"),
            None => format!("idflow runs items {run}"),
        }),
        NextKind::ListRuns => one("idflow runs list".into()),
        NextKind::ResumeRun => one(format!("idflow runs resume {run}")),
        NextKind::RunWorkflow | NextKind::ApplyPlan => one(format!("idflow run {workflow}")),
        NextKind::ListLeavers => one(format!("idflow plan {workflow} --leavers")),
        NextKind::DisableLeavers => {
            vec![format!("idflow plan {workflow} --leavers"), format!("idflow run {workflow} --input {input}=true")]
        }
        NextKind::ListMatching => one("idflow match list".into()),
        NextKind::DecideMatch => match &next.key {
            Some(key) => {
                ["--same", "--other"].map(|choice| format!("idflow match decide {connection} {key} {choice}")).into()
            }
            None => one("idflow match list".into()),
        },
        NextKind::ListLinks => one(format!("idflow link list {connection}")),
        NextKind::AddLink => one(match (&next.key, &next.person, &next.connection) {
            (Some(key), Some(person), Some(connection)) => {
                format!("idflow link add {key} {person} --connection {connection}")
            }
            _ => "idflow link add".into(),
        }),
        NextKind::RemoveLink => one(format!("idflow link remove {key}")),
        NextKind::ListRemovals => one(match &next.workflow {
            Some(workflow) => format!("idflow removals list --workflow {workflow}"),
            None => "idflow removals list".into(),
        }),
        NextKind::ListKeptRemovals => one("idflow removals list --state kept".into()),
        NextKind::DecideRemoval => {
            ["approve", "keep"].map(|choice| format!("idflow removals {choice} {removal}")).into()
        }
        NextKind::ShowWorkflow => one(format!("idflow workflow show {workflow}")),
        NextKind::ListWorkflows => one("idflow workflow list".into()),
        NextKind::CreateWorkflow => one("idflow workflow create".into()),
        NextKind::ActivateWorkflow => one(format!("idflow workflow activate {workflow}")),
        NextKind::ArchiveWorkflow => one(format!("idflow workflow archive {workflow}")),
        NextKind::ValidateWorkflow => one(format!("idflow validate {workflow}")),
        NextKind::ListTemplates => one("idflow template list".into()),
        NextKind::ShowConnection => one(format!("idflow connection show {connection}")),
        NextKind::ListConnections => one("idflow connection list".into()),
        NextKind::AddConnection => one("idflow connection add".into()),
        NextKind::GiveSecret => one(format!("--secret {key}=env:NAME")),
        NextKind::GiveSetting => one(format!("--set {key}=…")),
        NextKind::TestConnection => one(format!("idflow connection test {connection}")),
        NextKind::UploadPeople => one(match &next.workflow {
            Some(workflow) => format!("idflow directory upload FILE --workflow {workflow}"),
            None => "idflow directory upload FILE".into(),
        }),
        NextKind::SearchDirectory => one("idflow directory show user --find TEXT".into()),
        NextKind::ListTenants => one("idflow tenant list".into()),
        NextKind::ListAccounts => one("idflow account list".into()),
        NextKind::ListSessions => one("idflow session list".into()),
        NextKind::ListTokens => one("idflow token list".into()),
        NextKind::NewSignInLink => one("idflow account link".into()),
        NextKind::PruneStore => vec!["idflow store prune".into(), "idflow store compact".into()],
        NextKind::CopyStore => one("idflow store copy --from STORE --to STORE".into()),
        NextKind::CheckStore => one("idflow store check".into()),
        NextKind::ChooseFolder => one("--data-dir FOLDER".into()),
    }
}

/// What is typed to do as the hint of a code says, where that is no step that every edge knows by a name.
fn options(code: &str) -> &'static [&'static str] {
    match code {
        "upload_no_header" => &["--header-row ROW"],
        "upload_no_header_in_sheet" => &["--header-row ROW", "--sheet NAME"],
        "upload_field_missing" => &["--column FIELD=HEADER", "--preview"],
        "upload_no_mapping" => &["--column FIELD=HEADER"],
        "upload_workflow_taken" => &["--workflow ID"],
        "department_path_unknown" => &["--create-departments"],
        "input_needed" => &["--input NAME=VALUE"],
        "connection_unknown" | "message_way_broken" => &["idflow connection list"],
        "import_file_missing" => &["idflow directory upload FILE"],
        "message_missing" => &["idflow message list"],
        "notification_rule_unknown" => &["idflow notify list"],
        "mail_unset" => &["idflow notify mail set HOST --from ADDRESS"],
        "identity_missing" => &["idflow account bindings"],
        "tenant_archived" => &["idflow tenant restore ID"],
        "address_private" => &["idflow serve --allow-private"],
        "consent_nobody" => &["--invite-hidden"],
        "account_no_owner" => &["idflow account role ACCOUNT owner"],
        "caller_not_proved" => &["idflow token create", "idflow login URL"],
        "leaver_keeps_access" => &["idflow runs show RUN"],
        code if code.ends_with("_base_url_private") => &["idflow serve --allow-private"],
        _ => &[],
    }
}

/// What is typed about the connection of a provider; nothing for other problems.
fn of_provider(code: &str, next: Option<&Next>) -> Option<Vec<String>> {
    let name = next.and_then(|next| next.connection.as_deref()).unwrap_or("CONNECTION");
    let what = match code {
        "provider_waits" | "provider_cancelled" => " --invite app",
        "provider_contacts_missing" | "provider_contacts_expired" => " --invite contacts",
        "provider_not_online" => " --say online",
        _ => return None,
    };
    Some(vec![format!("idflow connection provider {name}{what}")])
}

/// How a decision is taken back that two are two.
fn of_decision(code: &str, next: Option<&Next>) -> Option<Vec<String>> {
    let (connection, key) = next.and_then(|next| next.connection.as_deref().zip(next.key.as_deref()))?;
    (code == "account_kept_apart").then(|| vec![format!("idflow match decide {connection} {key} --same")])
}

/// What to do about a problem of this code, with the commands.
#[must_use]
pub fn hint(code: &str, hint: &Text, next: Option<&Next>, lang: Lang) -> String {
    let (hint, colon, comma) = if lang == Lang::Zh { (&hint.zh, "：", "、") } else { (&hint.en, ": ", ", ") };
    let typed = of_provider(code, next).or_else(|| of_decision(code, next));
    let typed = typed.or_else(|| next.map(commands)).unwrap_or_default();
    let typed = typed.iter().map(String::as_str).chain(options(code).iter().copied());
    let typed: Vec<String> = typed.map(|command| format!("`{command}`")).collect();
    if typed.is_empty() { hint.clone() } else { format!("{hint}{colon}{}", typed.join(comma)) }
}

/// Puts the commands of next steps into the hints of an answer, wherever in it there are any.
pub fn word(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(word),
        Value::Object(fields) => {
            let next = fields.get("next").and_then(|next| Next::deserialize(next).ok());
            let text = fields.get("hint").and_then(|hint| Text::deserialize(hint).ok());
            let code = fields.get("code").and_then(Value::as_str).unwrap_or_default().to_string();
            if let Some(text) = text.filter(|_| next.is_some() || !options(&code).is_empty()) {
                let words = |lang| hint(&code, &text, next.as_ref(), lang);
                fields.insert("hint".into(), json!({"zh": words(Lang::Zh), "en": words(Lang::En)}));
            }
            fields.values_mut().for_each(word);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_have_commands_for_people() {
        let next = json!({"kind": "decide_removal", "removal": "abc123"});
        let mut answer = json!([{"error": {"hint": {"zh": "决定", "en": "decide"}, "next": next}, "hint": "other"}]);
        word(&mut answer);
        let hint = &answer[0]["error"]["hint"];
        assert_eq!(hint["en"], "decide: `idflow removals approve abc123`, `idflow removals keep abc123`");
        assert_eq!(hint["zh"], "决定：`idflow removals approve abc123`、`idflow removals keep abc123`");
        assert_eq!(answer[0]["hint"], "other");
    }
}
