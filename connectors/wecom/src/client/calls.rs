//! Which calls are there, and which secret may make each?

use crate::transport::Nature;

/// Which secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// That of the self-built app.
    App,
    /// That of the contact sync.
    Contacts,
    /// None: the right to edit contacts that the company gave to a provider.
    Edit,
}

/// One call of the API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api {
    pub(super) path: &'static str,
    pub(super) nature: Nature,
    /// The secrets that may make it, the better one first.
    pub(super) by: &'static [Who],
    /// Whether the platform counts it by app instead of by company.
    pub(super) by_app: bool,
}

impl Api {
    pub(super) const fn new(path: &'static str, nature: Nature, by: &'static [Who]) -> Self {
        Self { path, nature, by, by_app: false }
    }
}

/// Who may change departments and members.
const EDITORS: &[Who] = &[Who::Contacts, Who::Edit];
pub(super) const DEPARTMENT_LIST: Api = Api::new("department/list", Nature::Read, &[Who::App]);
/// The same by the contact-sync secret: only asked to say that it would be answered, see [`super::Client::contacts_read_all`].
pub(super) const DEPARTMENT_LIST_OF_OLD: Api = Api::new("department/list", Nature::Read, &[Who::Contacts]);
pub(super) const DEPARTMENT_GET: Api = Api::new("department/get", Nature::Read, &[Who::App]);
pub(super) const DEPARTMENT_SIMPLELIST: Api =
    Api::new("department/simplelist", Nature::Read, &[Who::Contacts, Who::App]);
/// The same of the whole company, for who is about to edit it.
pub(super) const DEPARTMENT_IDS_TO_EDIT: Api = Api::new("department/simplelist", Nature::Read, &[Who::Edit]);
pub(super) const USER_LIST: Api = Api::new("user/list", Nature::Read, &[Who::App]);
pub(super) const USER_GET: Api = Api::new("user/get", Nature::Read, &[Who::App]);
pub(super) const USER_LIST_ID: Api = Api::new("user/list_id", Nature::Read, &[Who::Contacts]);
/// The same by the app's secret: only asked to see whether it is the contact-sync secret, see [`super::Client::app_may_list_ids`].
pub(super) const USER_LIST_ID_BY_APP: Api = Api::new("user/list_id", Nature::Read, &[Who::App]);
/// The same with the right to edit contacts: userids as the provider knows them.
pub(super) const USER_LIST_ID_TO_EDIT: Api = Api::new("user/list_id", Nature::Read, &[Who::Edit]);
pub(super) const USER_GETUSERID: Api = Api::new("user/getuserid", Nature::Read, &[Who::App]);
pub(super) const AGENT_GET: Api = Api::new("agent/get", Nature::Read, &[Who::App]);
pub(super) const EXPORT_USER: Api = Api::new("export/user", Nature::Read, &[Who::App]);
pub(super) const EXPORT_DEPARTMENT: Api = Api::new("export/department", Nature::Read, &[Who::App]);
pub(super) const EXPORT_RESULT: Api = Api::new("export/get_result", Nature::Read, &[Who::App]);
pub(super) const TAG_LIST: Api = Api::new("tag/list", Nature::Read, &[Who::Contacts, Who::App]);
pub(super) const TAG_GET: Api = Api::new("tag/get", Nature::Read, &[Who::Contacts, Who::App]);
/// Makes a department.
pub(crate) const DEPARTMENT_CREATE: Api = Api::new("department/create", Nature::Write, EDITORS);
/// Changes a department.
pub(crate) const DEPARTMENT_UPDATE: Api = Api::new("department/update", Nature::Write, EDITORS);
/// Deletes a department.
pub(crate) const DEPARTMENT_DELETE: Api = Api::new("department/delete", Nature::Write, EDITORS);
/// Makes a member.
pub(crate) const USER_CREATE: Api = Api::new("user/create", Nature::Write, EDITORS);
/// Changes a member.
pub(crate) const USER_UPDATE: Api = Api::new("user/update", Nature::Write, EDITORS);
/// Deletes a member.
pub(crate) const USER_DELETE: Api = Api::new("user/delete", Nature::Write, EDITORS);
/// Sends a message.
pub(crate) const MESSAGE_SEND: Api = Api { by_app: true, ..Api::new("message/send", Nature::Write, &[Who::App]) };
/// Takes a message back.
pub(crate) const MESSAGE_RECALL: Api = Api { by_app: true, ..Api::new("message/recall", Nature::Write, &[Who::App]) };
pub(super) const GETUSERINFO: Api = Api::new("auth/getuserinfo", Nature::Read, &[Who::App]);
pub(super) const GETUSERDETAIL: Api = Api::new("auth/getuserdetail", Nature::Read, &[Who::App]);
/// Takes a file for three days. It changes nothing that anybody sees, so a lost answer can be repeated.
pub(super) const MEDIA_UPLOAD: Api = Api::new("media/upload", Nature::Upload, &[Who::Contacts]);
/// Starts an import job that creates and updates. The two that delete what a file lacks are not here on purpose.
pub(super) const BATCH_SYNCUSER: Api = Api::new("batch/syncuser", Nature::Write, &[Who::Contacts]);
pub(super) const BATCH_GETRESULT: Api = Api::new("batch/getresult", Nature::Read, &[Who::Contacts]);
/// All of them.
pub(super) const ALL: [Api; 26] = [
    DEPARTMENT_LIST,
    DEPARTMENT_GET,
    DEPARTMENT_SIMPLELIST,
    USER_LIST,
    USER_GET,
    USER_LIST_ID,
    USER_GETUSERID,
    AGENT_GET,
    EXPORT_USER,
    EXPORT_DEPARTMENT,
    EXPORT_RESULT,
    TAG_LIST,
    TAG_GET,
    DEPARTMENT_CREATE,
    DEPARTMENT_UPDATE,
    DEPARTMENT_DELETE,
    USER_CREATE,
    USER_UPDATE,
    USER_DELETE,
    MESSAGE_SEND,
    MESSAGE_RECALL,
    GETUSERINFO,
    GETUSERDETAIL,
    MEDIA_UPLOAD,
    BATCH_SYNCUSER,
    BATCH_GETRESULT,
];
