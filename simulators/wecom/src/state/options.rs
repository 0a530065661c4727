//! How does a corp answer where the platform was seen to answer in more than one way?

use serde::{Deserialize, Serialize};

/// Choices of one corp's platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CorpOptions {
    /// What `user/create` does with a department id that does not exist.
    pub unknown_department: UnknownDepartment,
    /// What `user/create` does without a department.
    pub missing_department: MissingDepartment,
    /// The longest department name, in characters: 64, or 32 as on older servers.
    pub department_name_limit: usize,
    /// The longest alias, in characters: 64, or 32 as on older servers.
    pub alias_limit: usize,
    /// The most direct leaders of one member: 1, or 5 as on older servers.
    pub direct_leader_limit: usize,
    /// Whether `user/update` may give a member another corp mailbox.
    pub mailbox_change: MailboxChange,
    /// The most departments of one member: 100, or 20 as in the code table.
    pub member_department_limit: usize,
    /// The most levels below the root department.
    pub depth_limit: usize,
    /// The most departments of the corp.
    pub department_limit: usize,
    /// The most members and child departments directly under one department.
    pub node_limit: usize,
    /// The most members of the corp (45024 beyond); none by default.
    pub member_limit: Option<usize>,
    /// The most members in one answer of `user/list` and `user/simplelist` (45029 beyond); none by default.
    pub list_limit: Option<usize>,
    /// Whether `fetch_child=1` still makes the member lists recursive.
    pub fetch_child: bool,
    /// Whether a body with `\uXXXX` escapes is refused with 40033.
    pub refuse_unicode_escapes: bool,
    /// The extension attributes (extattr) defined in the console; others are ignored silently.
    pub attributes: Vec<String>,
    /// The verified short name; an `external_corp_name` that differs is refused with 41036.
    pub external_corp_name: Option<String>,
    /// Whether `gettoken` returns the same token while it is valid.
    pub token_reuse: bool,
    /// How long a token lives.
    pub token_lifetime_secs: u64,
    /// When an import file that cannot be used is refused.
    pub import_file_errors: ImportFileErrors,
    /// Whether an import follows its 禁用 column; otherwise the row succeeds and the member stays enabled.
    pub import_disables: bool,
    /// Whether an import makes the last department of a new member the main one, and not the first: no document says which.
    pub import_last_is_main: bool,
    /// The template's title of the account column, where it is another one: files with the known title are refused.
    pub import_account_title: Option<String>,
}

impl Default for CorpOptions {
    fn default() -> Self {
        Self {
            unknown_department: UnknownDepartment::CreatePending,
            missing_department: MissingDepartment::Pending,
            department_name_limit: 64,
            alias_limit: 64,
            direct_leader_limit: 1,
            mailbox_change: MailboxChange::Refuse,
            member_department_limit: 100,
            depth_limit: 15,
            department_limit: 30_000,
            node_limit: 30_000,
            member_limit: None,
            list_limit: None,
            fetch_child: false,
            refuse_unicode_escapes: true,
            attributes: Vec::new(),
            external_corp_name: None,
            token_reuse: true,
            token_lifetime_secs: 7200,
            import_file_errors: ImportFileErrors::Result,
            import_disables: true,
            import_last_is_main: false,
            import_account_title: None,
        }
    }
}

/// What `user/update` does with another `biz_mail`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxChange {
    /// Refuses with 60144, as for members made since 2022-04-25.
    #[default]
    Refuse,
    /// Changes it, as for older members.
    Allow,
}

/// What `user/create` does with a department id that does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownDepartment {
    /// Makes a department of that id under 待设置部门, as the current page says.
    #[default]
    CreatePending,
    /// Refuses with 60123, as older servers did.
    Refuse,
}

/// What `user/create` does without a department.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingDepartment {
    /// Puts the member into 其他（待设置部门）, as the current page says.
    #[default]
    Pending,
    /// Refuses with 60127, or 40066 for an empty list, as older servers did.
    Refuse,
}

/// When an import file that cannot be used (40092, 45026, 302003 and the like) is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportFileErrors {
    /// The job starts and `batch/getresult` answers with the code.
    #[default]
    Result,
    /// The call that submits the file answers with the code, and there is no job.
    Submit,
}
