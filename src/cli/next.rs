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
        NextKind::ListItems => one(format!("idflow runs items {run}")),
        NextKind::ListRuns => one("idflow runs list".into()),
        NextKind::ResumeRun => one(format!("idflow runs resume {run}")),
        NextKind::RunWorkflow | NextKind::ApplyPlan => one(format!("idflow run {workflow}")),
        NextKind::ListLeavers => one(format!("idflow plan {workflow} --leavers")),
        NextKind::DisableLeavers => {
            vec![format!("idflow plan {workflow} --leavers"), format!("idflow run {workflow} --input {input}=true")]
        }
        NextKind::ListMatching => one("idflow match list".into()),
        NextKind::DecideMatch => {
            ["--same", "--other"].map(|choice| format!("idflow match decide {connection} {key} {choice}")).into()
        }
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

/// What to do, with the commands.
#[must_use]
pub fn hint(hint: &Text, next: Option<&Next>, lang: Lang) -> String {
    let (hint, colon, comma) = if lang == Lang::Zh { (&hint.zh, "：", "、") } else { (&hint.en, ": ", ", ") };
    match next {
        Some(next) => {
            let commands: Vec<String> = commands(next).iter().map(|command| format!("`{command}`")).collect();
            format!("{hint}{colon}{}", commands.join(comma))
        }
        None => hint.clone(),
    }
}

/// Puts the commands of next steps into the hints of an answer, wherever in it there are any.
pub fn word(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(word),
        Value::Object(fields) => {
            let next = fields.get("next").and_then(|next| Next::deserialize(next).ok());
            let text = fields.get("hint").and_then(|hint| Text::deserialize(hint).ok());
            if let (Some(next), Some(text)) = (next, text) {
                let words = |lang| hint(&text, Some(&next), lang);
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
