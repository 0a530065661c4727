//! The platform's calls: the table of routes and the order in which a call is checked.
//!
//! Token presence, token validity, source address, permission, parameters: the same order for every
//! call, so it stands here once and the handlers begin where the parameters do. A handler gets a
//! [`Call`] and returns the JSON body of its success, or a refusal.

mod agent;
mod department_read;
mod department_write;
pub(crate) mod fields;
mod gettoken;
mod list_id;
pub(crate) mod member_check;
mod member_read;
mod member_write;
mod profile;

pub(crate) use gettoken::gettoken;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::corp::visibility::View;
use crate::corp::{Corp, Holder};
use crate::errors::ApiError;
use crate::state::ContactsReads;
use fields::{Fields, Query};

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
    /// Reads ids of the whole corp: the contact-sync secret.
    AllIds,
    /// Reads ids: everybody, apps within their range.
    Ids,
    /// Reads details: apps within their range; the contact-sync secret only from an old address.
    Details,
    /// Concerns an app: the app itself.
    App,
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
];

type Handler = fn(&mut Call<'_>) -> Reply;
type Keys = &'static [&'static str];

const fn get(path: &'static str, access: Access, empty: Keys, handler: Handler) -> Route {
    Route { path, verb: Verb::Get, access, empty, handler }
}

const fn post(path: &'static str, access: Access, empty: Keys, handler: Handler) -> Route {
    Route { path, verb: Verb::Post, access, empty, handler }
}

/// The route of a path.
pub(crate) fn route(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}

/// A call that has passed the checks of token and address.
pub(crate) struct Call<'a> {
    pub corp: &'a mut Corp,
    pub holder: Holder,
    pub query: &'a Query<'a>,
    pub body: &'a Map<String, Value>,
    pub touched: &'a mut Touched,
}

/// What a call was about, for the request log.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub userid: Option<Box<str>>,
    pub department: Option<u32>,
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
    permit(route.access, corp, holder)?;
    let empty = Map::new();
    let body = match route.verb {
        Verb::Get if incoming.is_get => &empty,
        // The code table names 40063 for a wrong method, and 40058 for GET on a POST call.
        Verb::Get => return Err(ApiError::new(40063, "some parameters are empty, or wrong http method")),
        Verb::Post if incoming.is_post => {
            if corp.options.refuse_unicode_escapes && fields::has_unicode_escape(incoming.raw_body) {
                return Err(ApiError::of(40033));
            }
            incoming.body.as_ref().map_err(Clone::clone)?
        }
        Verb::Post => return Err(ApiError::new(40058, "wrong http method, should be POST. invalid Request Parameter")),
    };
    (route.handler)(&mut Call { corp, holder, query: incoming.query, body, touched })
}

fn permit(access: Access, corp: &Corp, holder: Holder) -> Result<(), ApiError> {
    let forbidden = || Err(ApiError::of(48002));
    match (holder, access) {
        (Holder::App(agentid), _) if corp.app(agentid).is_none_or(|app| app.settings.close != 0) => {
            Err(ApiError::of(50003))
        }
        (Holder::App(_), Access::Write | Access::AllIds) => forbidden(),
        (Holder::App(_), Access::Ids | Access::Details | Access::App) => Ok(()),
        (Holder::Contacts, Access::Write) if !corp.contacts.edit => forbidden(),
        (Holder::Contacts, Access::App) => forbidden(),
        (Holder::Contacts, Access::Details) if corp.contacts.reads == ContactsReads::IdsOnly => {
            Err(ApiError::of(48009))
        }
        (Holder::Contacts, Access::Write | Access::AllIds | Access::Ids | Access::Details) => Ok(()),
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
