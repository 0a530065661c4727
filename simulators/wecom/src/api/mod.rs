//! The platform's calls: the table of routes and the order in which a call is checked.
//!
//! Token presence, token validity, source address, permission, parameters: the same order for every
//! call, so it stands here once and the handlers begin where the parameters do. A handler gets a
//! [`Call`] and returns the JSON body of its success, or a refusal.

mod agent;
mod agent_set;
mod department_read;
mod department_write;
pub(crate) mod export;
pub(crate) mod fields;
mod gettoken;
mod import;
mod import_file;
pub(crate) mod import_run;
mod invite;
mod list_id;
mod lookup;
mod media;
pub(crate) mod member_check;
mod member_read;
mod member_write;
mod message;
mod message_body;
mod oauth;
mod profile;
mod receivers;
mod small;
mod tag;
pub(crate) mod upload;

pub(crate) use gettoken::gettoken;

pub(crate) use media::UPLOAD;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::chance;
use crate::corp::exports::ExportSpeed;
use crate::corp::visibility::View;
use crate::corp::{Corp, Holder};
use crate::errors::ApiError;
use crate::limits::Limits;
use crate::log::{MessageRecord, ObjectKind, Touch};
use crate::options::ImportSpeed;
use crate::state::ContactsReads;
use fields::{Fields, Query};
use upload::Upload;

/// The path of the token call, which needs no token.
pub(crate) const GETTOKEN: &str = "/cgi-bin/gettoken";

/// What a handler returns: a JSON body, or a refusal.
pub(crate) type Reply = Result<Vec<u8>, ApiError>;

/// One call of the platform.
pub(crate) struct Route {
    pub path: &'static str,
    pub verb: Verb,
    pub access: Access,
    /// Payload keys a refusal carries with an empty list.
    pub empty: &'static [&'static str],
    handler: fn(&mut Call<'_>) -> Reply,
}

/// The verb a call wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
}

/// Who may make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Changes the directory: the contact-sync secret with edit permission.
    Write,
    /// Changes tags: apps their own, the contact-sync secret with edit permission all but the apps'.
    WriteTags,
    /// Reads ids of the whole corp: the contact-sync secret.
    AllIds,
    /// Everybody, apps within their range: ids, tags, uploads, invitations.
    Ids,
    /// Reads details: apps within their range; the contact-sync secret only from an old address.
    Details,
    /// Concerns an app: the app itself.
    App,
    /// Concerns who logs in to an app: the app itself, with a refusal of its own.
    Login,
    /// Concerns nobody.
    Anybody,
}

const ROUTES: &[Route] = &[
    post("/cgi-bin/user/create", Access::Write, &[], member_write::create),
    post("/cgi-bin/user/update", Access::Write, &[], member_write::update),
    get(
        "/cgi-bin/user/get",
        Access::Details,
        &["department", "order", "is_leader_in_dept", "direct_leader"],
        member_read::get,
    ),
    get("/cgi-bin/user/delete", Access::Write, &[], member_write::delete),
    post("/cgi-bin/user/batchdelete", Access::Write, &[], member_write::batch_delete),
    get("/cgi-bin/user/simplelist", Access::Details, &["userlist"], member_read::simple_list),
    get("/cgi-bin/user/list", Access::Details, &["userlist"], member_read::list),
    post("/cgi-bin/user/list_id", Access::AllIds, &["dept_user"], list_id::list_id),
    post("/cgi-bin/department/create", Access::Write, &[], department_write::create),
    post("/cgi-bin/department/update", Access::Write, &[], department_write::update),
    get("/cgi-bin/department/delete", Access::Write, &[], department_write::delete),
    get("/cgi-bin/department/list", Access::Details, &["department"], department_read::list),
    get("/cgi-bin/department/simplelist", Access::Ids, &["department_id"], department_read::simple_list),
    get("/cgi-bin/department/get", Access::Details, &[], department_read::get),
    get("/cgi-bin/agent/get", Access::App, &[], agent::get),
    get("/cgi-bin/agent/list", Access::App, &[], agent::list),
    post("/cgi-bin/agent/set", Access::App, &[], agent_set::set),
    get("/cgi-bin/auth/getuserinfo", Access::Login, &[], oauth::info),
    get("/cgi-bin/user/getuserinfo", Access::Login, &[], oauth::old_info),
    post("/cgi-bin/auth/getuserdetail", Access::Login, &[], oauth::detail),
    post("/cgi-bin/auth/get_tfa_info", Access::Ids, &[], small::tfa_info),
    post("/cgi-bin/user/tfa_succ", Access::Ids, &[], small::tfa_succeeded),
    get("/cgi-bin/user/authsucc", Access::Ids, &[], small::auth_succeeded),
    post("/cgi-bin/user/convert_to_openid", Access::Ids, &[], small::to_openid),
    post("/cgi-bin/user/convert_to_userid", Access::Ids, &[], small::to_userid),
    post("/cgi-bin/user/get_active_stat", Access::Ids, &[], small::active),
    get("/cgi-bin/corp/get_join_qrcode", Access::AllIds, &[], small::join_code),
    get("/cgi-bin/get_api_domain_ip", Access::Anybody, &[], small::addresses),
    get("/cgi-bin/getcallbackip", Access::Anybody, &[], small::addresses),
    post("/cgi-bin/export/simple_user", Access::Details, &[], export::simple_user),
    post("/cgi-bin/export/user", Access::Details, &[], export::user),
    post("/cgi-bin/export/department", Access::Details, &[], export::department),
    post("/cgi-bin/export/taguser", Access::Ids, &[], export::tag_user),
    get("/cgi-bin/export/get_result", Access::Ids, &[], export::result),
    post("/cgi-bin/user/getuserid", Access::Ids, &[], lookup::by_mobile),
    post("/cgi-bin/user/get_userid_by_email", Access::Ids, &[], lookup::by_email),
    post(UPLOAD, Access::Ids, &[], media::upload),
    post("/cgi-bin/batch/syncuser", Access::Write, &[], import::sync_user),
    post("/cgi-bin/batch/replaceuser", Access::Write, &[], import::replace_user),
    post("/cgi-bin/batch/replaceparty", Access::Write, &[], import::replace_party),
    get("/cgi-bin/batch/getresult", Access::AllIds, &[], import::result),
    post("/cgi-bin/batch/invite", Access::Ids, &[], invite::invite),
    post("/cgi-bin/tag/create", Access::WriteTags, &[], tag::create),
    post("/cgi-bin/tag/update", Access::WriteTags, &[], tag::update),
    get("/cgi-bin/tag/delete", Access::WriteTags, &[], tag::delete),
    get("/cgi-bin/tag/get", Access::Ids, &[], tag::get),
    get("/cgi-bin/tag/list", Access::Ids, &[], tag::list),
    post("/cgi-bin/tag/addtagusers", Access::WriteTags, &[], tag::add_members),
    post("/cgi-bin/tag/deltagusers", Access::WriteTags, &[], tag::remove_members),
    post(MESSAGE_SEND, Access::App, &[], message::send),
    post("/cgi-bin/message/recall", Access::App, &[], message::recall),
    post("/cgi-bin/message/update_template_card", Access::App, &[], message::update_template_card),
];

/// How many APIs are counted: the routes and the token call.
pub(crate) const API_COUNT: usize = ROUTES.len() + 1;
/// The number of the token call.
pub(crate) const GETTOKEN_API: usize = ROUTES.len();
/// Sending messages is not counted with the other calls.
const MESSAGE_SEND: &str = "/cgi-bin/message/send";

type Handler = fn(&mut Call<'_>) -> Reply;
type Keys = &'static [&'static str];

const fn get(path: &'static str, access: Access, empty: Keys, handler: Handler) -> Route {
    Route { path, verb: Verb::Get, access, empty, handler }
}

const fn post(path: &'static str, access: Access, empty: Keys, handler: Handler) -> Route {
    Route { path, verb: Verb::Post, access, empty, handler }
}

/// The route of a path with its number.
pub(crate) fn route(path: &str) -> Option<(usize, &'static Route)> {
    ROUTES.iter().enumerate().find(|(_, route)| route.path == path)
}

/// The paths by API number.
pub(crate) fn paths() -> Vec<&'static str> {
    ROUTES.iter().map(|route| route.path).chain([GETTOKEN]).collect()
}

impl Route {
    /// Whether it changes the directory.
    pub fn is_write(&self) -> bool {
        matches!(self.access, Access::Write | Access::WriteTags)
    }

    /// Whether it submits an import job.
    pub fn is_import(&self) -> bool {
        self.is_write() && self.path.starts_with("/cgi-bin/batch/")
    }

    /// Whether it begins what goes on by itself.
    pub fn starts_job(&self) -> bool {
        self.is_import() || self.path.starts_with("/cgi-bin/export/")
    }

    /// Whether its body holds keys, codes or tickets.
    pub fn is_confidential(&self) -> bool {
        self.is_import()
            || matches!(self.access, Access::Login)
            || self.path.contains("/export/")
            || self.path.contains("tfa")
    }

    /// Whether its calls count against the limits of an API.
    pub fn is_counted(&self) -> bool {
        self.path != MESSAGE_SEND
    }

    /// The object a write names, as far as the request tells.
    pub fn object(&self, query: &Query<'_>, body: &Map<String, Value>) -> Option<(ObjectKind, Box<str>)> {
        let (kind, key) = match self.path.split('/').nth(2) {
            Some("user") => (ObjectKind::User, "userid"),
            Some("department") => (ObjectKind::Department, "id"),
            Some("tag") => (ObjectKind::Tag, "tagid"),
            _ => return None,
        };
        let id = match body.get(key) {
            Some(Value::String(text)) => text.to_ascii_lowercase(),
            Some(Value::Number(number)) => number.to_string(),
            _ => query.get(key)?.to_ascii_lowercase(),
        };
        Some((kind, id.into()))
    }
}

/// A call that has passed the checks of token and address.
pub(crate) struct Call<'a> {
    pub corp: &'a mut Corp,
    pub holder: Holder,
    pub query: &'a Query<'a>,
    pub body: &'a Map<String, Value>,
    pub upload: Option<&'a Result<Upload, ApiError>>,
    pub at: Moment<'a>,
    pub touched: &'a mut Touched,
}

/// When a call or a row happens, and what applies then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub now_ms: u64,
    /// The number of the request, from which ids are made.
    pub number: u64,
    pub seed: u64,
    pub limits: &'a Limits,
    pub import_speed: ImportSpeed,
    pub export_speed: ExportSpeed,
    /// Where this server is.
    pub base_url: &'a str,
    /// The share of its rows after which an import job that starts now fails.
    pub job_fails: Option<f64>,
}

impl Moment<'_> {
    /// An id of this request; `kind` keeps those of media, jobs and messages apart.
    pub fn id(&self, prefix: &str, kind: u64) -> String {
        let part = |part| chance::mix(self.seed ^ (kind << 32), self.number.wrapping_mul(2).wrapping_add(part));
        format!("{prefix}{:016x}{:016x}", part(0), part(1))
    }
}

/// What a call was about, for the logs.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub userid: Option<Box<str>>,
    pub department: Option<u32>,
    /// The objects it wrote or was refused to write.
    pub writes: Vec<Touch>,
    /// The message it sent.
    pub message: Option<MessageRecord>,
    /// The message it took back.
    pub recalled: Option<String>,
}

impl<'a> Call<'a> {
    pub fn fields(&self) -> Fields<'a> {
        Fields(self.body)
    }

    /// What the caller may see.
    pub fn view(&self) -> View<'_> {
        View::of(self.corp, self.holder)
    }

    /// The userid of the query; 41009 without.
    pub fn userid_in_query(&mut self) -> Result<&'a str, ApiError> {
        let userid = self.query.get("userid").ok_or_else(|| ApiError::of(41009))?;
        self.touched.userid = Some(userid.into());
        Ok(userid)
    }

    /// A department id of the query.
    pub fn department_in_query(&mut self, name: &str) -> Result<Option<u32>, ApiError> {
        let id = self.query.id(name)?;
        self.touched.department = id;
        Ok(id)
    }
}

/// Everything a route needs that is known before the state is locked.
pub(crate) struct Incoming<'a> {
    pub is_get: bool,
    pub is_post: bool,
    pub ip: &'a str,
    pub query: &'a Query<'a>,
    pub raw_body: &'a [u8],
    pub body: &'a Result<Map<String, Value>, ApiError>,
    pub upload: Option<&'a Result<Upload, ApiError>>,
    pub at: Moment<'a>,
}

/// Runs a call whose token was found to be good.
pub(crate) fn run(
    route: &Route,
    corp: &mut Corp,
    holder: Holder,
    incoming: &Incoming<'_>,
    touched: &mut Touched,
) -> Reply {
    let trusted = corp.trusted_ips(holder);
    if !trusted.is_empty() && !trusted.iter().any(|ip| ip == incoming.ip) {
        return Err(ApiError::of(60020));
    }
    permit(route, corp, holder)?;
    let empty = Map::new();
    let body = match route.verb {
        Verb::Get if incoming.is_get => &empty,
        // The code table names 40063 for a wrong method, and 40058 for GET on a POST call.
        Verb::Get => return Err(ApiError::new(40063, "some parameters are empty, or wrong http method")),
        Verb::Post if incoming.is_post && incoming.upload.is_some() => &empty,
        Verb::Post if incoming.is_post => {
            if corp.options.refuse_unicode_escapes && fields::has_unicode_escape(incoming.raw_body) {
                return Err(ApiError::of(40033));
            }
            incoming.body.as_ref().map_err(Clone::clone)?
        }
        Verb::Post => return Err(ApiError::new(40058, "wrong http method, should be POST. invalid Request Parameter")),
    };
    (route.handler)(&mut Call {
        corp,
        holder,
        query: incoming.query,
        body,
        upload: incoming.upload,
        at: incoming.at,
        touched,
    })
}

/// Does what an administrator does in the console: the same checks of the fields, but none of the caller.
pub(crate) fn by_hand(
    route: &Route,
    corp: &mut Corp,
    (query, body): (&Query<'_>, &Map<String, Value>),
    at: Moment<'_>,
) -> Reply {
    let mut touched = Touched::default();
    let call = &mut Call { corp, holder: Holder::Contacts, query, body, upload: None, at, touched: &mut touched };
    (route.handler)(call)
}

/// What the right to edit a directory is good for beside editing.
const EDITORS: [&str; 2] = ["/cgi-bin/department/simplelist", UPLOAD];

fn permit(route: &Route, corp: &Corp, holder: Holder) -> Result<(), ApiError> {
    let access = route.access;
    let forbidden = || Err(ApiError::of(48002));
    match (holder, access) {
        (_, Access::Anybody) | (Holder::ContactEdit, Access::Write) => Ok(()),
        (Holder::ContactEdit, Access::AllIds) if route.path != "/cgi-bin/corp/get_join_qrcode" => Ok(()),
        (Holder::ContactEdit, Access::Ids) if EDITORS.contains(&route.path) => Ok(()),
        (Holder::ContactEdit, _) => Err(ApiError::of(48008)),
        (Holder::Contacts, Access::Login) => Err(ApiError::of(50001)),
        (Holder::App(agentid), _) if corp.app(agentid).is_none_or(|app| app.settings.close != 0) => {
            Err(ApiError::of(50003))
        }
        (Holder::App(_), Access::Write | Access::AllIds) => forbidden(),
        (Holder::App(_), Access::Ids | Access::Details | Access::App | Access::Login | Access::WriteTags) => Ok(()),
        (Holder::Contacts, Access::Write | Access::WriteTags) if !corp.contacts.edit => forbidden(),
        (Holder::Contacts, Access::App) => forbidden(),
        (Holder::Contacts, Access::Details) if corp.contacts.reads == ContactsReads::IdsOnly => {
            Err(ApiError::of(48009))
        }
        (Holder::Contacts, Access::Write | Access::WriteTags | Access::AllIds | Access::Ids | Access::Details) => {
            Ok(())
        }
    }
}

/// A success with nothing but its text.
pub(crate) fn done(text: &'static str) -> Reply {
    success(&Done { errcode: 0, errmsg: text })
}

/// A success with a payload.
pub(crate) fn success(answer: &impl Serialize) -> Reply {
    // Plain structures of texts and numbers cannot fail to serialize.
    serde_json::to_vec(answer).map_err(|_| ApiError::of(-1))
}

#[derive(Serialize)]
struct Done {
    errcode: i64,
    errmsg: &'static str,
}
