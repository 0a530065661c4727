//! The state format: what is loaded into a simulator and what a snapshot holds.
//!
//! These types are plain data. Everything except ids has a default, so a test writes only what it
//! is about; unknown keys are refused, so a typing error is not silently ignored. A snapshot is the
//! same format with every field present, and loading it gives the same simulator again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::options::Identity;

/// Everything a simulator holds that callers can change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The corps, by corp id.
    pub corps: Vec<CorpState>,
    /// Apps of service providers (服务商), by suite id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<SuiteState>,
}

impl State {
    /// One corp with a root department, the contact-sync secret and one app that sees everybody.
    pub fn one_corp(identity: &Identity) -> Self {
        Self { corps: vec![CorpState::new(identity)], ..Self::default() }
    }
}

/// One corp.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpState {
    /// The corp id (企业ID).
    pub corpid: String,
    /// The corp's name; also the root department's when that is not listed.
    #[serde(default)]
    pub name: String,
    /// How this corp's platform behaves where the documentation leaves a choice.
    #[serde(default)]
    pub options: CorpOptions,
    /// The contact-sync secret (通讯录同步).
    #[serde(default)]
    pub contacts: ContactsState,
    /// The self-built apps (自建应用).
    #[serde(default)]
    pub apps: Vec<AppState>,
    /// The departments; the root (id 1) is added when missing.
    #[serde(default)]
    pub departments: Vec<DepartmentState>,
    /// The members.
    #[serde(default)]
    pub users: Vec<UserState>,
    /// Userids that were sent an invitation, one entry per invitation.
    #[serde(default)]
    pub invited: Vec<String>,
    /// The tags.
    #[serde(default)]
    pub tags: Vec<TagState>,
    /// The highest department id ever used; ids are never given twice.
    #[serde(default)]
    pub highest_department_id: u32,
}

impl CorpState {
    /// A corp with nothing but its root department.
    pub fn new(identity: &Identity) -> Self {
        Self {
            corpid: identity.corp_id.clone(),
            name: identity.corp_name.clone(),
            contacts: ContactsState { secret: identity.contacts_secret.clone(), ..Default::default() },
            apps: vec![AppState::new(identity.agent_id, &identity.app_secret)],
            ..Default::default()
        }
    }
}

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

/// The contact-sync secret and what it may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContactsState {
    /// The secret; an empty one means that contact sync is off.
    pub secret: String,
    /// Addresses that may call; empty means every address.
    pub trusted_ips: Vec<String>,
    /// What it may read.
    pub reads: ContactsReads,
    /// Whether it may write.
    pub edit: bool,
    /// Who is told of changes in the directory (设置接收事件服务器).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ReceiverState>,
}

impl Default for ContactsState {
    fn default() -> Self {
        Self {
            secret: String::new(),
            trusted_ips: Vec::new(),
            reads: ContactsReads::IdsOnly,
            edit: true,
            receiver: None,
        }
    }
}

/// What the contact-sync secret may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactsReads {
    /// Ids only, as from an address that is new since August 2022.
    #[default]
    IdsOnly,
    /// Everything, as from an address used before.
    Full,
}

/// One self-built app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppState {
    /// The app's id.
    pub agentid: i64,
    /// The app's name.
    #[serde(default)]
    pub name: String,
    /// The app's secret.
    pub secret: String,
    /// Whom the app may see (可见范围).
    #[serde(default)]
    pub visible: VisibleState,
    /// Addresses that may call; empty means every address.
    #[serde(default)]
    pub trusted_ips: Vec<String>,
    /// Whether the app reads phone numbers, addresses and the like.
    #[serde(default)]
    pub sensitive_fields: SensitiveFields,
    /// 1 when the app is disabled.
    #[serde(default)]
    pub close: u8,
    /// The logo's address.
    #[serde(default)]
    pub square_logo_url: String,
    /// What the app is for.
    #[serde(default)]
    pub description: String,
    /// The trusted domain.
    #[serde(default)]
    pub redirect_domain: String,
    /// Whether the app receives locations.
    #[serde(default)]
    pub report_location_flag: u8,
    /// Whether the app is told when a member enters it.
    #[serde(default)]
    pub isreportenter: u8,
    /// The app's home page.
    #[serde(default)]
    pub home_url: String,
    /// Only customized apps have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customized_publish_status: Option<u8>,
    /// Who built it.
    #[serde(default, skip_serializing_if = "AppKind::is_self_built")]
    pub kind: AppKind,
    /// Fields withheld from it beside the sensitive ones, as `name` (shown as the userid), `position` or `telephone`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden_fields: Vec<HiddenField>,
    /// The sensitive fields that the administrator lets members give to this app; all of them unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth_fields: Option<Vec<OauthField>>,
    /// Who gets its messages and events (接收消息).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ReceiverState>,
}

/// Who built an app; what it is shown follows from that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// The corp itself (自建应用).
    #[default]
    SelfBuilt,
    /// A provider for this corp (代开发应用): its permanent code is its secret.
    Customized,
    /// A provider for everybody (第三方应用): names, positions and leaders are withheld.
    ThirdParty,
}

impl AppKind {
    fn is_self_built(&self) -> bool {
        *self == Self::SelfBuilt
    }
}

/// A field that an app is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenField {
    /// The name; the userid stands in its place.
    Name,
    /// The alias.
    Alias,
    /// The position.
    Position,
    /// The fixed-line number.
    Telephone,
    /// The flags and lists of leaders.
    Leaders,
    /// The extension attributes.
    Extattr,
    /// The names of departments; the id stands in their place.
    DepartmentName,
}

/// A sensitive field that a member may give to an app by consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OauthField {
    /// The gender.
    Gender,
    /// The avatar.
    Avatar,
    /// The personal QR code.
    QrCode,
    /// The mobile number.
    Mobile,
    /// The personal mail address.
    Email,
    /// The corp mail address.
    BizMail,
    /// The postal address.
    Address,
}

impl OauthField {
    /// Every field there is.
    pub const ALL: [Self; 7] =
        [Self::Gender, Self::Avatar, Self::QrCode, Self::Mobile, Self::Email, Self::BizMail, Self::Address];
}

/// An address that is called with events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverState {
    /// The address; only `http://` ones are called.
    pub url: String,
    /// The token that signs.
    pub token: String,
    /// The key that encrypts, 43 letters and digits.
    pub encoding_aes_key: String,
    /// How much an event tells; without it, what is usual since August 2022.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<EventForm>,
}

/// How much a change of the directory tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventForm {
    /// Ids only, and only when membership, userid or parent changed: addresses saved since 2022-08-15.
    Reduced,
    /// What the object is, or what of it changed: addresses saved before, and apps.
    Full,
}

/// One app of a service provider, as the platform keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteState {
    /// Its id: `ww...` for an app, `dk...` for a template of customized apps.
    pub suite_id: String,
    /// Its secret.
    pub suite_secret: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What corps get from it.
    pub kind: SuiteKind,
    /// The provider's own corp.
    #[serde(default)]
    pub provider_corpid: String,
    /// The provider's own secret.
    #[serde(default)]
    pub provider_secret: String,
    /// Addresses that may call; empty means every address.
    #[serde(default)]
    pub trusted_ips: Vec<String>,
    /// Where tickets and authorisations are sent (指令回调).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<ReceiverState>,
    /// The corps that authorised it.
    #[serde(default)]
    pub authorizations: Vec<AuthorizationState>,
}

/// What corps get from an app of a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuiteKind {
    /// A third-party app (第三方应用).
    #[default]
    ThirdParty,
    /// A customized app built from a template (代开发应用).
    Customized,
    /// No app, but the right to edit the directory (通讯录编辑授权).
    ContactEdit,
}

/// One corp that authorised an app of a provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationState {
    /// The corp.
    pub corpid: String,
    /// The app in that corp; 0 for the right to edit the directory.
    #[serde(default)]
    pub agentid: i64,
    /// The permanent code, once it was given.
    #[serde(default)]
    pub permanent_code: String,
    /// The administrator who scanned the code.
    #[serde(default)]
    pub admin: String,
    /// When it ends, in milliseconds since 1970 on the simulator's clock; for ever without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
}

impl AppState {
    /// An app that sees the whole corp.
    pub fn new(agentid: i64, secret: &str) -> Self {
        Self {
            agentid,
            name: "Simulated app".to_owned(),
            secret: secret.to_owned(),
            visible: VisibleState { departments: vec![1], ..Default::default() },
            ..Default::default()
        }
    }
}

/// A visible range.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VisibleState {
    /// Members, by userid.
    pub users: Vec<String>,
    /// Departments; their descendants are included.
    pub departments: Vec<u32>,
    /// Tags, with their members and departments.
    pub tags: Vec<u32>,
}

/// Whether an app reads the fields restricted since June 2022.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveFields {
    /// Withheld, as from an app made after June 2022.
    #[default]
    Hidden,
    /// Given, as to an app made before.
    Shown,
}

/// One department.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentState {
    /// The id; the root is 1.
    pub id: u32,
    /// The name, unique among siblings.
    pub name: String,
    /// The English name.
    #[serde(default)]
    pub name_en: String,
    /// The parent; 0 for the root.
    #[serde(default)]
    pub parentid: u32,
    /// The sort value, larger first; without it, the platform's default for the next sibling.
    #[serde(default)]
    pub order: Option<u32>,
}

/// One member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserState {
    /// The account, unique without regard to case.
    pub userid: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The alias.
    #[serde(default)]
    pub alias: String,
    /// The mobile number, as it was sent.
    #[serde(default)]
    pub mobile: String,
    /// The personal mail address.
    #[serde(default)]
    pub email: String,
    /// The corp mail address.
    #[serde(default)]
    pub biz_mail: String,
    /// Aliases of the corp mail address.
    #[serde(default)]
    pub biz_mail_alias: Vec<String>,
    /// The departments; the root when empty.
    #[serde(default)]
    pub department: Vec<u32>,
    /// The sort value in each department; zeros when empty.
    #[serde(default)]
    pub order: Vec<u32>,
    /// Whether the member heads each department; zeros when empty.
    #[serde(default)]
    pub is_leader_in_dept: Vec<u8>,
    /// The direct leaders, by userid.
    #[serde(default)]
    pub direct_leader: Vec<String>,
    /// The main department; the first of `department` when absent or 0.
    #[serde(default)]
    pub main_department: u32,
    /// The position.
    #[serde(default)]
    pub position: String,
    /// `"0"` not set, `"1"` male, `"2"` female.
    #[serde(default = "not_set")]
    pub gender: String,
    /// The fixed-line number.
    #[serde(default)]
    pub telephone: String,
    /// The postal address.
    #[serde(default)]
    pub address: String,
    /// 1 enabled, 0 disabled; follows `status` when absent.
    #[serde(default)]
    pub enable: Option<u8>,
    /// 1 activated, 2 disabled, 4 not activated, 5 left; 4 when absent.
    #[serde(default)]
    pub status: Option<u8>,
    /// The status a disabled member returns to; only present when disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_when_enabled: Option<u8>,
    /// The avatar's media id, as it was sent.
    #[serde(default)]
    pub avatar_mediaid: String,
    /// The avatar's address.
    #[serde(default)]
    pub avatar: String,
    /// The small avatar's address.
    #[serde(default)]
    pub thumb_avatar: String,
    /// The address of the member's QR code.
    #[serde(default)]
    pub qr_code: String,
    /// The extension attributes: the `attrs` list of `extattr`.
    #[serde(default)]
    pub attributes: Vec<Value>,
    /// The profile shown to outsiders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_profile: Option<Value>,
    /// The position shown to outsiders.
    #[serde(default)]
    pub external_position: String,
    /// The top-level form of the channels account name.
    #[serde(default)]
    pub nickname: String,
    /// Whether this member created the corp and cannot be deleted.
    #[serde(default)]
    pub creator: bool,
    /// Whether the platform made the userid, so that it may be changed once.
    #[serde(default)]
    pub generated_userid: bool,
    /// Whether the member has no interface licence, so that messages name it in `unlicenseduser`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlicensed: bool,
    /// The openid; a member who was never activated has none unless it is written here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub openid: String,
}

/// One tag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagState {
    /// The id.
    pub tagid: u32,
    /// The name, unique in the corp.
    pub tagname: String,
    /// The app that made it; without one, contact sync or an administrator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<i64>,
    /// The members, by userid.
    #[serde(default)]
    pub users: Vec<String>,
    /// The departments; their members are not listed.
    #[serde(default)]
    pub departments: Vec<u32>,
}

fn not_set() -> String {
    "0".to_owned()
}
