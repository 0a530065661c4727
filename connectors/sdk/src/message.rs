//! Problems: a code and its arguments. The words come from a table when somebody reads them, so that a stored log can be
//! read in either language.
//!
//! Placeholders in the texts are `{name}` and are filled from [`Problem::args`]. A test of the whole product enumerates
//! all tables and fails on a missing language, a missing argument or a code that occurs twice.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// A text.
    #[must_use]
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }
}

/// What sort of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A value breaks a rule.
    Invalid,
    /// Something else has it already.
    Conflict,
    /// It is not there.
    NotFound,
    /// A setting, secret or right is wrong.
    Configuration,
    /// Too fast or too busy; later it may work.
    Temporary,
    /// Nobody can tell whether it was done.
    Unknown,
    /// A promise of our own code was broken.
    Bug,
}

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The administrator of the target system.
    ItAdmin,
    /// Whoever keeps the source data.
    Hr,
    /// The vendor of the system.
    Vendor,
    /// Whoever runs idflow.
    Operator,
    /// The idflow developers.
    Bug,
}

/// What can be done next, as a name that each edge has its own words and buttons for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextKind {
    /// Approve or reject a held run.
    ApproveRun,
    /// Look at the source, then approve the run with that said.
    CheckSource,
    /// Look at the items of a run.
    ListItems,
    /// Look at the runs.
    ListRuns,
    /// Let a paused run go on.
    ResumeRun,
    /// Run a workflow.
    RunWorkflow,
    /// Carry out what a plan showed.
    ApplyPlan,
    /// See who has left and keeps access.
    ListLeavers,
    /// See who has left, then run the workflow with an input that takes their access away.
    DisableLeavers,
    /// Look at what no rule could decide.
    ListMatching,
    /// Decide who an object is.
    DecideMatch,
    /// Look at the links of a connection.
    ListLinks,
    /// Link two objects.
    AddLink,
    /// Take a link away.
    RemoveLink,
    /// Look at the removals that wait.
    ListRemovals,
    /// Look at the removals that were decided against.
    ListKeptRemovals,
    /// Approve a removal, or keep its object.
    DecideRemoval,
    /// Look at one workflow.
    ShowWorkflow,
    /// Look at the workflows.
    ListWorkflows,
    /// Make a workflow.
    CreateWorkflow,
    /// Activate a workflow.
    ActivateWorkflow,
    /// Pause or archive a workflow.
    ArchiveWorkflow,
    /// See every finding of a workflow's text.
    ValidateWorkflow,
    /// Look at the templates.
    ListTemplates,
    /// Look at one connection.
    ShowConnection,
    /// Look at the connections.
    ListConnections,
    /// Add a connection.
    AddConnection,
    /// Give a secret of a connection.
    GiveSecret,
    /// Give a setting of a connection.
    GiveSetting,
    /// Test a connection.
    TestConnection,
    /// Look somebody up in the directory.
    SearchDirectory,
    /// Upload a file of people, by the mapping of a workflow where one is named.
    UploadPeople,
    /// Look at the tenants.
    ListTenants,
    /// Look at the accounts.
    ListAccounts,
    /// Look at the open sessions.
    ListSessions,
    /// Look at the tokens of programs.
    ListTokens,
    /// Make a link by which somebody signs in once and sets a password.
    NewSignInLink,
    /// Forget old runs and give the room back.
    PruneStore,
    /// Read the whole store and name what is damaged.
    CheckStore,
    /// Copy a store into another one.
    CopyStore,
    /// Use another data folder.
    ChooseFolder,
}

/// One row of a message table.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// The code: `WECOM_60104`, `name_missing`.
    pub code: &'static str,
    /// What sort of trouble.
    pub class: Class,
    /// Who can mend it.
    pub owner: Owner,
    /// Why it happened.
    pub reason: Text,
    /// What to do about it. No edge's own words: commands and buttons come from `next`.
    pub hint: Text,
    /// The next step, where there is one that every edge can offer.
    pub next: Option<NextKind>,
}

/// One problem: a code of a message table and what fills its placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code.
    pub code: Cow<'static, str>,
    /// The field it is about, if one.
    pub field: Option<Cow<'static, str>>,
    /// Names and values of the placeholders.
    pub args: Vec<(Cow<'static, str>, String)>,
}

impl Problem {
    /// A problem without arguments.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), field: None, args: Vec::new() }
    }

    /// The same, about this field.
    #[must_use]
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(Cow::Borrowed(field));
        self
    }

    /// The same with one more argument.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// The value of an argument. One that is the same in both languages also fills its names of each: `why` for `why_zh`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let find = |name: &str| self.args.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        find(name).or_else(|| find(name.strip_suffix("_zh").or_else(|| name.strip_suffix("_en"))?))
    }

    /// Fills the placeholders of `text`: `{name}`, and by a number one of several forms, `{name|one|many}` or
    /// `{name|none|one|many}`, in which `#` is the number; `{name?words}` has words for a value that nobody knows (`?`). What no argument fills stays as it is.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((inside, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                break;
            };
            let (inside, unknown) = inside.split_once('?').map_or((inside, None), |(name, words)| (name, Some(words)));
            let mut forms = inside.split('|');
            match forms.next().and_then(|name| self.get(name)) {
                Some("?" | "") if unknown.is_some() => filled.push_str(unknown.unwrap_or_default()),
                Some(value) => filled.push_str(&form(value, &forms.collect::<Vec<_>>())),
                None => {
                    let end = rest.len() - after.len();
                    filled.push_str(&rest[before.len()..end]);
                }
            }
            rest = after;
        }
        filled + rest
    }
}

/// A text that is about nothing in particular: `…` stands for what it would be about, and numbers are several.
#[must_use]
pub fn in_general(text: &str) -> String {
    let mut general = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        general.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            general.push('{');
            rest = after;
            break;
        };
        let inside = inside.split_once('?').map_or(inside, |(name, _)| name);
        match inside.split_once('|') {
            Some((_, forms)) => general.push_str(&form("…", &forms.split('|').collect::<Vec<_>>())),
            None => general.push('…'),
        }
        rest = after;
    }
    general + rest
}

/// The form that goes with a number; without forms the value itself.
fn form(value: &str, forms: &[&str]) -> String {
    let form = match (value, forms) {
        ("0", [none, _, _]) => none,
        ("1", [_, one, _] | [one, _]) => one,
        (_, [.., many]) => many,
        (_, []) => return value.to_string(),
    };
    form.replace('#', value)
}

/// `messages!{ "code" Class Owner, "zh reason", "en reason", "zh hint", "en hint" => NextStep; … }`: rows of a message table;
/// the next step may be left out.
#[macro_export]
macro_rules! messages {
    ($($code:literal $class:ident $owner:ident, $zh:literal, $en:literal, $hint_zh:literal, $hint_en:literal
        $(=> $next:ident)?;)*) => {
        &[$($crate::Message {
            code: $code,
            class: $crate::Class::$class,
            owner: $crate::Owner::$owner,
            reason: $crate::Text::new($zh, $en),
            hint: $crate::Text::new($hint_zh, $hint_en),
            next: $crate::next_step!($($next)?),
        }),*]
    };
}

/// The next step of a row, or none.
#[macro_export]
macro_rules! next_step {
    () => {
        None
    };
    ($next:ident) => {
        Some($crate::NextKind::$next)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_general_has_no_placeholders() {
        let text = "{all} {all|object|objects}; {done|nothing|the other one|the other # are}; {by?somebody} {";
        assert_eq!(in_general(text), "… objects; the other … are; … {");
    }

    #[test]
    fn numbers_choose_a_form() {
        let text = "{all} {all|object|objects}; {done|nothing|the other one|the other #}; {other} {";
        let fill = |all: &str, done: &str| Problem::new("x").arg("all", all).arg("done", done).fill(text);
        assert_eq!(fill("1", "0"), "1 object; nothing; {other} {");
        assert_eq!(fill("2", "1"), "2 objects; the other one; {other} {");
        assert_eq!(fill("9", "7"), "9 objects; the other 7; {other} {");
        let holder = |holder: &str| Problem::new("x").arg("holder", holder).fill("of {holder?somebody else}, {a?b}");
        assert_eq!((holder("?"), holder("lisi")), ("of somebody else, {a?b}".into(), "of lisi, {a?b}".into()));
        // What a value holds is no placeholder.
        assert_eq!(fill("{done}", "0"), "{done} objects; nothing; {other} {");
    }
}
