//! WeCom's address-book calls: addresses, parameters, and which secret may make which call. The only file with URLs.
//!
//! | call | secret |
//! |---|---|
//! | writes, `user/list_id`, import jobs with their upload | contact sync |
//! | writes of single departments and members, where a provider has the right to edit contacts | that right |
//! | `department/simplelist`, `tag/list`, `tag/get` | contact sync, else the app |
//! | `department/list`, `department/get`, `user/get`, `user/list`, `user/getuserid`, `agent/get`, `message/*`, `auth/*` | the app |
//!
//! A contact-sync secret set up today is refused names and profiles (48009) and an app is refused writes (48002), so a call
//! whose secret is missing fails here, without asking.
//!
//! Each call is counted before it is sent; one that would be too many is not sent ([`crate::pace`]).
//!
//! Deliberately absent: waiting and repeating. One call is one attempt, except that a stale token is replaced once.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use idflow_sdk::{Context, Error, ErrorKind, Estimate, Grant, Granted, Lease, Problem, Rest, Secret};
use reqwest::{
    RequestBuilder, Url,
    multipart::{Form, Part},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{
    codes,
    config::Config,
    error::{code_of, of_code, own},
    evidence::{self, Sent},
    export::What,
    pace::{Heard, Pace, Pass},
    quota::{Limits, Wait},
    token::{Fresh, Tokens},
    transport::{Answer, Nature, Transport},
    tree::COMPANY,
};

/// The most rows of one page of `user/list_id`.
pub(crate) const PAGE: usize = 10_000;

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
    path: &'static str,
    nature: Nature,
    /// The secrets that may make it, the better one first.
    by: &'static [Who],
    /// Whether the platform counts it by app instead of by company.
    by_app: bool,
}

impl Api {
    const fn new(path: &'static str, nature: Nature, by: &'static [Who]) -> Self {
        Self { path, nature, by, by_app: false }
    }
}

/// Who may change departments and members.
const EDITORS: &[Who] = &[Who::Contacts, Who::Edit];

const DEPARTMENT_LIST: Api = Api::new("department/list", Nature::Read, &[Who::App]);
/// The same by the contact-sync secret: only asked to say that it would be answered, see [`Client::contacts_read_all`].
const DEPARTMENT_LIST_OF_OLD: Api = Api::new("department/list", Nature::Read, &[Who::Contacts]);
const DEPARTMENT_GET: Api = Api::new("department/get", Nature::Read, &[Who::App]);
const DEPARTMENT_SIMPLELIST: Api = Api::new("department/simplelist", Nature::Read, &[Who::Contacts, Who::App]);
/// The same of the whole company, for who is about to edit it.
const DEPARTMENT_IDS_TO_EDIT: Api = Api::new("department/simplelist", Nature::Read, &[Who::Edit]);
const USER_LIST: Api = Api::new("user/list", Nature::Read, &[Who::App]);
const USER_GET: Api = Api::new("user/get", Nature::Read, &[Who::App]);
const USER_LIST_ID: Api = Api::new("user/list_id", Nature::Read, &[Who::Contacts]);
/// The same by the app's secret: only asked to see whether it is the contact-sync secret, see [`Client::app_may_list_ids`].
const USER_LIST_ID_BY_APP: Api = Api::new("user/list_id", Nature::Read, &[Who::App]);
const USER_GETUSERID: Api = Api::new("user/getuserid", Nature::Read, &[Who::App]);
const AGENT_GET: Api = Api::new("agent/get", Nature::Read, &[Who::App]);
const EXPORT_USER: Api = Api::new("export/user", Nature::Read, &[Who::App]);
const EXPORT_DEPARTMENT: Api = Api::new("export/department", Nature::Read, &[Who::App]);
const EXPORT_RESULT: Api = Api::new("export/get_result", Nature::Read, &[Who::App]);
const TAG_LIST: Api = Api::new("tag/list", Nature::Read, &[Who::Contacts, Who::App]);
const TAG_GET: Api = Api::new("tag/get", Nature::Read, &[Who::Contacts, Who::App]);
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
const GETUSERINFO: Api = Api::new("auth/getuserinfo", Nature::Read, &[Who::App]);
const GETUSERDETAIL: Api = Api::new("auth/getuserdetail", Nature::Read, &[Who::App]);
/// Takes a file for three days. It changes nothing that anybody sees, so a lost answer can be repeated.
const MEDIA_UPLOAD: Api = Api::new("media/upload", Nature::Upload, &[Who::Contacts]);
/// Starts an import job that creates and updates. The two that delete what a file lacks are not here on purpose.
const BATCH_SYNCUSER: Api = Api::new("batch/syncuser", Nature::Write, &[Who::Contacts]);
const BATCH_GETRESULT: Api = Api::new("batch/getresult", Nature::Read, &[Who::Contacts]);

/// All of them.
const ALL: [Api; 26] = [
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

/// An answer no larger than this tells by its time how fast the platform is, not how long a list is.
const SMALL: usize = 16 * 1024;
/// For so long a range that was read is taken for the present one, in milliseconds.
const RANGE_HOLDS: i64 = 60_000;
/// The slowest upload that is waited for, in bytes a second.
const UPLOAD_RATE: u64 = 250_000;

/// A department as listed; `simplelist` leaves the names out.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DepartmentRow {
    /// Its number.
    pub id: i64,
    /// Its name, when the caller may see it.
    pub name: Option<String>,
    /// Its English name.
    pub name_en: Option<String>,
    /// The department above; 0 above the company.
    pub parentid: Option<i64>,
    /// Its sort value.
    pub order: Option<i64>,
}

/// One membership.
#[derive(Debug, Deserialize)]
pub(crate) struct MembershipRow {
    /// The member.
    pub userid: String,
    /// The department.
    pub department: Option<i64>,
}

/// A tag as listed.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TagRow {
    /// Its number.
    pub tagid: i64,
    /// Its name.
    #[serde(default)]
    pub tagname: String,
}

/// What a tag holds, as far as the caller sees it. The members of its departments are not listed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct TagContent {
    /// Its members.
    #[serde(default)]
    pub userlist: Vec<TaggedUser>,
    /// Its departments.
    #[serde(default)]
    pub partylist: Vec<i64>,
}

/// A member of a tag.
#[derive(Debug, Deserialize)]
pub(crate) struct TaggedUser {
    /// The member.
    pub userid: String,
}

/// A self-built app and its visible range. Keys of an empty range may be missing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AgentRow {
    /// 1 when it is disabled.
    pub close: i64,
    /// The trusted domain, without a scheme.
    pub redirect_domain: String,
    /// The home page on the workbench.
    pub home_url: String,
    allow_userinfos: Option<AllowedUsers>,
    allow_partys: Option<AllowedParties>,
    allow_tags: Option<AllowedTags>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AllowedUsers {
    user: Vec<Value>,
}
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AllowedParties {
    partyid: Vec<i64>,
}
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct AllowedTags {
    tagid: Vec<Value>,
}

impl AgentRow {
    /// Whether it sees the whole company. Only then is what it reads of a member all there is: departments and leaders
    /// outside the range are cut out without a word.
    pub fn sees_all(&self) -> bool {
        self.allow_partys.as_ref().is_some_and(|range| range.partyid.contains(&COMPANY))
    }

    /// The departments in its range, with all below them.
    pub fn departments(&self) -> &[i64] {
        self.allow_partys.as_ref().map_or(&[], |range| &range.partyid)
    }

    /// The members who are in its range by themselves.
    pub fn members(&self) -> Vec<&str> {
        let users = self.allow_userinfos.iter().flat_map(|range| &range.user);
        users.filter_map(|user| user.get("userid").unwrap_or(user).as_str()).collect()
    }

    /// The tags in its range.
    pub fn tags(&self) -> Vec<i64> {
        let tags = self.allow_tags.iter().flat_map(|range| &range.tagid);
        tags.filter_map(|tag| tag.as_i64().or_else(|| tag.as_str()?.parse().ok())).collect()
    }

    /// How many departments, members and tags are in its range.
    pub fn range(&self) -> [usize; 3] {
        [
            self.allow_partys.as_ref().map_or(0, |range| range.partyid.len()),
            self.allow_userinfos.as_ref().map_or(0, |range| range.user.len()),
            self.allow_tags.as_ref().map_or(0, |range| range.tagid.len()),
        ]
    }
}

/// An export as `export/get_result` tells of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExportState {
    /// 0 waiting, 1 running, 2 done, 3 failed.
    pub status: i64,
    /// Its files, once it is done.
    pub data_list: Vec<ExportFile>,
}

/// A file of an export.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExportFile {
    /// Its address, good for two hours.
    pub url: String,
    /// How many bytes it has.
    pub size: u64,
    /// The digest of its bytes, in hexadecimal digits.
    pub md5: String,
}

/// What became of one row of an import job.
#[derive(Debug, Deserialize)]
pub(crate) struct JobRow {
    /// The member.
    #[serde(default)]
    pub userid: String,
    /// 0 is success; without it nothing is known.
    pub errcode: Option<i64>,
    /// The text of the code.
    #[serde(default)]
    pub errmsg: String,
}

/// An import job as `batch/getresult` tells of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Job {
    /// 1 started, 2 running, 3 finished.
    pub status: i64,
    /// 0 to 100.
    #[serde(default)]
    pub percentage: i64,
    /// The rows, once it is finished.
    #[serde(default)]
    pub result: Vec<JobRow>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}
#[derive(Deserialize)]
struct HolderAnswer {
    #[serde(default)]
    userid: String,
}
#[derive(Deserialize)]
struct DepartmentsAnswer {
    department: Vec<DepartmentRow>,
}
#[derive(Deserialize)]
struct DepartmentAnswer {
    department: DepartmentRow,
}
#[derive(Deserialize)]
struct SimpleListAnswer {
    department_id: Vec<DepartmentRow>,
}
#[derive(Deserialize)]
struct TagsAnswer {
    taglist: Vec<TagRow>,
}
#[derive(Deserialize)]
struct UsersAnswer {
    userlist: Vec<Map<String, Value>>,
}
#[derive(Deserialize)]
struct MediaAnswer {
    media_id: String,
}
#[derive(Deserialize)]
struct MembershipsAnswer {
    dept_user: Vec<MembershipRow>,
    #[serde(default)]
    next_cursor: String,
}

struct Credential {
    who: Who,
    /// Empty where tokens come from what was granted.
    secret: Secret,
    tokens: Tokens,
}

impl Credential {
    fn new(who: Who, secret: &Secret) -> Self {
        Self { who, secret: secret.clone(), tokens: Tokens::default() }
    }
}

/// The calls of one account.
pub(crate) struct Client {
    transport: Transport,
    base: Url,
    corp_id: String,
    agent_id: i64,
    app: Option<Credential>,
    contacts: Option<Credential>,
    edit: Option<Credential>,
    /// What the company granted to a provider.
    granted: Option<Arc<dyn Granted>>,
    timeout: Duration,
    pace: Arc<Pace>,
    limits: Limits,
    /// When the app's range was read, and whether it was the whole company.
    range: Mutex<Option<(i64, bool)>>,
}

/// What a request carries beside its address.
#[derive(Clone, Copy)]
enum Body<'a> {
    Nothing,
    Json(&'a Value),
    /// A file of this name.
    File(&'static str, &'a [u8]),
}

impl Client {
    /// A client; nothing is sent yet.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let base = Url::parse(&config.base_url)
            .map_err(|_| own(ErrorKind::Configuration, Problem::new("wecom_base_url_shape").field("base_url")))?;
        Ok(Self {
            transport: Transport::new(&base, config.timeout)?,
            base,
            corp_id: config.corp_id.clone(),
            agent_id: config.app.as_ref().map_or(0, |app| app.agent_id),
            app: config.app.as_ref().map(|app| Credential::new(Who::App, &app.secret)),
            contacts: config.contacts_secret.as_ref().map(|secret| Credential::new(Who::Contacts, secret)),
            edit: config.granted.is_some().then(|| Credential::new(Who::Edit, &Secret::new(String::new()))),
            granted: config.granted.clone(),
            timeout: config.timeout,
            pace: Pace::of(&config.base_url, &config.corp_id),
            limits: config.limits,
            range: Mutex::default(),
        })
    }

    /// How fast the company may be spoken to.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The calls that WeCom wants no more of at present.
    pub fn rests(&self) -> Vec<Rest> {
        let named = |api: &str, app: Option<i64>| app.map_or_else(|| api.to_owned(), |app| format!("{api} {app}"));
        let shut = self.pace.shut().into_iter();
        shut.map(|(api, app, until, cause)| Rest { what: named(api, app), until, cause }).collect()
    }

    /// The same, as another process left it.
    pub fn let_rest(&self, rests: &[Rest]) {
        for Rest { what, until, cause } in rests {
            let (name, app) = what.split_once(' ').map_or((&**what, None), |(name, app)| (name, app.parse().ok()));
            if let Some(api) = ALL.iter().find(|api| api.path == name) {
                self.pace.shut_until(api.path, app, *until, cause.clone());
            }
        }
    }

    /// What so many calls cost.
    pub fn estimate(&self, api: Api, calls: u64, width: usize) -> Estimate {
        let limits = if api.by_app { Limits::NONE } else { self.limits };
        self.pace.calls(api.path, self.counted_by(api), limits, calls, width)
    }

    /// Whether this secret is there.
    pub fn has(&self, who: Who) -> bool {
        self.credential(who).is_some()
    }

    /// The app's number; 0 without an app.
    pub fn agent_id(&self) -> i64 {
        self.agent_id
    }

    /// Gets a token, to see whether the secret is right.
    pub async fn log_in(&self, context: &Context, who: Who) -> Result<(), Error> {
        match self.credential(who) {
            Some(credential) => self.token(context, credential).await.map(|_| ()),
            None => Err(self.lacking(who, "gettoken").await),
        }
    }

    /// The departments visible to the app, with their names.
    pub async fn departments(&self, context: &Context) -> Result<Vec<DepartmentRow>, Error> {
        let answer: DepartmentsAnswer = self.read(context, DEPARTMENT_LIST, &[], None).await?;
        Ok(answer.department)
    }

    /// Whether the contact-sync secret may still read everything: only from addresses that called before 15 August 2022. Nothing
    /// is built upon that, because a move to another address ends it.
    pub async fn contacts_read_all(&self, context: &Context) -> bool {
        self.read::<DepartmentsAnswer>(context, DEPARTMENT_LIST_OF_OLD, &[], None).await.is_ok()
    }

    /// Whether the app's secret is that of the contact sync: only that may list ids.
    pub async fn app_may_list_ids(&self, context: &Context) -> bool {
        let body = json!({"cursor": "", "limit": 1});
        self.read::<MembershipsAnswer>(context, USER_LIST_ID_BY_APP, &[], Some(&body)).await.is_ok()
    }

    /// How far WeCom's clock is ahead of ours by its last answer, in milliseconds, to the second.
    pub fn clock_apart(&self, context: &Context) -> Option<i64> {
        Some(self.transport.last_date_ms()?.saturating_sub(context.now_ms))
    }

    /// One department visible to the app.
    pub async fn department(&self, context: &Context, id: &str) -> Result<DepartmentRow, Error> {
        let answer: DepartmentAnswer = self.read(context, DEPARTMENT_GET, &[("id", id)], None).await?;
        Ok(answer.department)
    }

    /// All departments without names: the whole company with the contact-sync secret.
    pub async fn department_ids(&self, context: &Context) -> Result<Vec<DepartmentRow>, Error> {
        let answer: SimpleListAnswer = self.read(context, DEPARTMENT_SIMPLELIST, &[], None).await?;
        Ok(answer.department_id)
    }

    /// The same with the right to edit contacts.
    pub async fn department_ids_to_edit(&self, context: &Context) -> Result<Vec<DepartmentRow>, Error> {
        let answer: SimpleListAnswer = self.read(context, DEPARTMENT_IDS_TO_EDIT, &[], None).await?;
        Ok(answer.department_id)
    }

    /// The direct members of a department as the app sees them.
    pub async fn members(&self, context: &Context, department: i64) -> Result<Vec<Map<String, Value>>, Error> {
        let id = department.to_string();
        let answer: UsersAnswer = self.read(context, USER_LIST, &[("department_id", &id)], None).await?;
        Ok(answer.userlist)
    }

    /// One member as the app sees it.
    pub async fn member(&self, context: &Context, userid: &str) -> Result<Map<String, Value>, Error> {
        self.read(context, USER_GET, &[("userid", userid)], None).await
    }

    /// A page of all memberships of the company and where the next one begins; empty at the end.
    pub async fn memberships(
        &self,
        context: &Context,
        cursor: &str,
        limit: usize,
    ) -> Result<(Vec<MembershipRow>, String), Error> {
        let body = json!({"cursor": cursor, "limit": limit});
        let answer: MembershipsAnswer = self.read(context, USER_LIST_ID, &[], Some(&body)).await?;
        Ok((answer.dept_user, answer.next_cursor))
    }

    /// The app as WeCom knows it.
    pub async fn agent(&self, context: &Context) -> Result<AgentRow, Error> {
        self.read(context, AGENT_GET, &[("agentid", &self.agent_id.to_string())], None).await
    }

    /// Starts an export, to be encrypted with this key; returns the name of the job. Nothing is changed, so a lost answer can be
    /// repeated.
    pub async fn start_export(&self, context: &Context, what: What, key: &Secret, block: u64) -> Result<String, Error> {
        let api = match what {
            What::Users => EXPORT_USER,
            What::Departments => EXPORT_DEPARTMENT,
        };
        let body = json!({"encoding_aeskey": key.expose(), "block_size": block});
        let answer: Map<String, Value> = self.read(context, api, &[], Some(&body)).await?;
        let job = answer.get("jobid").and_then(Value::as_str).filter(|job| !job.is_empty());
        job.map(str::to_owned).ok_or_else(|| misshapen(api.path))
    }

    /// How far an export is.
    pub async fn export_state(&self, context: &Context, job: &str) -> Result<ExportState, Error> {
        self.read(context, EXPORT_RESULT, &[("jobid", job)], None).await
    }

    /// The bytes of a file of an export. Its address carries no token; it leads to where the API is, or is encrypted.
    pub async fn download(&self, context: &Context, file: &ExportFile) -> Result<Vec<u8>, Error> {
        let url = Url::parse(&file.url).ok().filter(|url| {
            let at_home = url.origin() == self.base.origin();
            at_home || (url.scheme() == "https" && self.base.scheme() == "https")
        });
        let url = url.ok_or_else(|| misshapen(EXPORT_RESULT.path))?;
        context.may_call()?;
        let time = self.timeout + Duration::from_secs(file.size / UPLOAD_RATE);
        self.transport.download(url, file.size, time, &context.meter).await
    }

    /// Whose code it is, as WeCom says. A code is good once.
    pub async fn user_info(&self, context: &Context, code: &str) -> Result<Map<String, Value>, Error> {
        self.read(context, GETUSERINFO, &[("code", code)], None).await
    }

    /// What a member gave.
    pub async fn user_detail(&self, context: &Context, ticket: &Secret) -> Result<Map<String, Value>, Error> {
        self.read(context, GETUSERDETAIL, &[], Some(&json!({"user_ticket": ticket.expose()}))).await
    }

    /// The company.
    pub fn corp_id(&self) -> &str {
        &self.corp_id
    }

    /// The tags that may be seen.
    pub async fn tags(&self, context: &Context) -> Result<Vec<TagRow>, Error> {
        let answer: TagsAnswer = self.read(context, TAG_LIST, &[], None).await?;
        Ok(answer.taglist)
    }

    /// What a tag holds.
    pub async fn tag(&self, context: &Context, id: i64) -> Result<TagContent, Error> {
        self.read(context, TAG_GET, &[("tagid", &id.to_string())], None).await
    }

    /// Whether the app sees the whole company; asked once a minute at most.
    pub async fn sees_all(&self, context: &Context) -> Result<bool, Error> {
        let kept = *self.range.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, all)) = kept
            && (0..RANGE_HOLDS).contains(&context.now_ms.saturating_sub(at))
        {
            return Ok(all);
        }
        let all = self.agent(context).await?.sees_all();
        *self.range.lock().unwrap_or_else(PoisonError::into_inner) = Some((context.now_ms, all));
        Ok(all)
    }

    /// Whether this secret may change anything: an update that names nothing is refused for its emptiness by whoever may
    /// write, and with 48002 where editing by API is switched off.
    pub async fn may_write(&self, context: &Context) -> Result<bool, Error> {
        match self.call(context, DEPARTMENT_UPDATE, &[], Body::Json(&json!({}))).await {
            Ok(_) => Ok(true),
            Err(error) => match code_of(&error) {
                Some(48001 | 48002 | 48008) => Ok(false),
                Some(60003 | 40058 | 40063 | 60123) => Ok(true),
                _ => Err(error),
            },
        }
    }

    /// The member who has this mobile number, as far as the app sees; `None` when nobody has.
    pub async fn holder_of_mobile(&self, context: &Context, mobile: &str) -> Result<Option<String>, Error> {
        match self.read::<HolderAnswer>(context, USER_GETUSERID, &[], Some(&json!({"mobile": mobile}))).await {
            Ok(answer) => Ok(Some(answer.userid).filter(|userid| !userid.is_empty())),
            Err(error) if matches!(code_of(&error), Some(46004 | 60103 | 60111 | 60011)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Posts a change; returns the answer's body.
    pub async fn write(&self, context: &Context, api: Api, body: &Value) -> Result<Map<String, Value>, Error> {
        let answer = self.call(context, api, &[], Body::Json(body)).await?;
        // It was done: what else the answer holds is not worth failing for.
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Deletes a department, which must be empty.
    pub async fn delete_department(&self, context: &Context, id: &str) -> Result<(), Error> {
        self.call(context, DEPARTMENT_DELETE, &[("id", id)], Body::Nothing).await.map(|_| ())
    }

    /// Deletes a member.
    pub async fn delete_user(&self, context: &Context, userid: &str) -> Result<(), Error> {
        self.call(context, USER_DELETE, &[("userid", userid)], Body::Nothing).await.map(|_| ())
    }

    /// Hands a file over, which the platform keeps for three days; returns its number.
    pub async fn upload(&self, context: &Context, name: &'static str, file: &[u8]) -> Result<String, Error> {
        let answer = self.call(context, MEDIA_UPLOAD, &[("type", "file")], Body::File(name, file)).await?;
        match serde_json::from_slice::<MediaAnswer>(&answer.body) {
            Ok(media) if !media.media_id.is_empty() => Ok(media.media_id),
            _ => Err(misshapen(MEDIA_UPLOAD.path)),
        }
    }

    /// Starts the import of an uploaded file; returns the name of the job, if the answer has one.
    pub async fn start_job(&self, context: &Context, media: &str, invite: bool) -> Result<Option<String>, Error> {
        // Always sent: left out, the platform invites everybody by message.
        let body = json!({"media_id": media, "to_invite": invite});
        let answer = self.write(context, BATCH_SYNCUSER, &body).await?;
        Ok(answer.get("jobid").and_then(Value::as_str).filter(|job| !job.is_empty()).map(str::to_owned))
    }

    /// The state of an import job.
    pub async fn job(&self, context: &Context, job: &str) -> Result<Job, Error> {
        self.read(context, BATCH_GETRESULT, &[("jobid", job)], None).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        context: &Context,
        api: Api,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<T, Error> {
        let answer = self.call(context, api, query, body.map_or(Body::Nothing, Body::Json)).await?;
        serde_json::from_slice(&answer.body).map_err(|_| misshapen(api.path))
    }

    async fn call(&self, context: &Context, api: Api, query: &[(&str, &str)], body: Body<'_>) -> Result<Answer, Error> {
        let credential = api.by.iter().find_map(|who| self.credential(*who));
        let Some(credential) = credential else {
            return Err(self.lacking(api.by.first().copied().unwrap_or(Who::Contacts), api.path).await);
        };
        let pass = self.admit(context, api.path, self.counted_by(api))?;
        let token = self.token(context, credential).await?;
        let answer = self.once(context, api, pass, (credential, &token), query, body).await?;
        if answer.errcode == 0 {
            return Ok(answer);
        }
        if !codes::is_stale_token(answer.errcode) {
            return Err(self.refused(context, api.path, pass, &answer, &[&credential.secret, &token]));
        }
        credential.tokens.discard(&token).await;
        let pass = self.admit(context, api.path, self.counted_by(api))?;
        let token = self.token(context, credential).await?;
        context.meter.retry();
        let answer = self.once(context, api, pass, (credential, &token), query, body).await?;
        if answer.errcode == 0 {
            return Ok(answer);
        }
        if codes::is_stale_token(answer.errcode) {
            credential.tokens.discard(&token).await;
        }
        Err(self.refused(context, api.path, pass, &answer, &[&credential.secret, &token]))
    }

    async fn once(
        &self,
        context: &Context,
        api: Api,
        pass: Pass,
        (credential, token): (&Credential, &Secret),
        query: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<Answer, Error> {
        let begun = std::time::Instant::now();
        let mut url = self.url(api.path);
        url.query_pairs_mut().append_pair("access_token", token.expose()).extend_pairs(query);
        let http = self.transport.http();
        let (request, sent) = match body {
            Body::Nothing => (http.get(url), 0),
            Body::Json(body) => {
                // Characters go out as they are: the platform refuses \u escapes (40033).
                let bytes = body.to_string().into_bytes();
                let sent = bytes.len();
                let request = http.post(url).header("content-type", "application/json");
                (with_body(request, bytes, context, api.nature), sent)
            }
            Body::File(name, file) => {
                let form = Form::new().part("media", Part::bytes(file.to_vec()).file_name(name));
                let time = self.timeout + Duration::from_secs(file.len() as u64 / UPLOAD_RATE);
                (http.post(url).multipart(form).timeout(time), file.len())
            }
        };
        let request = match context.lease.as_ref().and_then(Lease::shown) {
            Some(shown) => request.header("x-idflow-lease", shown),
            None => request,
        };
        let result = self.exchange(context, api.path, api.nature, pass, request, sent).await;
        let sent = match body {
            Body::Nothing => Sent::Query(query),
            Body::Json(body) => Sent::Json(body),
            Body::File(name, file) => Sent::File(name, file.len()),
        };
        evidence::note(context, api.path, sent, &result, begun.elapsed(), &[&credential.secret, token]);
        result
    }

    /// Counts a call, or says how long it has to wait; then nothing is sent.
    fn admit(&self, context: &Context, api: &'static str, app: Option<i64>) -> Result<Pass, Error> {
        // What is counted by app has no published table; only a refusal shuts its bucket.
        let limits = if app.is_some() { Limits::NONE } else { self.limits };
        self.pace.admit(context, api, app, limits).map_err(|Wait { rest, cause }| {
            let problem = cause.unwrap_or_else(|| Problem::new("wecom_quota_used_up").arg("api", api));
            own(ErrorKind::RateLimited(rest), problem)
        })
    }

    fn counted_by(&self, api: Api) -> Option<i64> {
        api.by_app.then_some(self.agent_id)
    }

    async fn token(&self, context: &Context, credential: &Credential) -> Result<Secret, Error> {
        // Looked at each time: what a company takes back ends at once, with a reason of ours.
        self.stands(grant_of(credential.who)).await?;
        credential.tokens.get(|| self.fetch_token(context, credential)).await
    }

    /// Whether the company grants this now, for a connection that comes by a provider.
    async fn stands(&self, grant: Grant) -> Result<(), Error> {
        match &self.granted {
            Some(granted) => granted.stands(grant).await,
            None => Ok(()),
        }
    }

    /// Why a call cannot be made: a secret that nobody gave, or something that the company has not granted, or not any more.
    async fn lacking(&self, who: Who, api: &'static str) -> Error {
        match self.stands(grant_of(who)).await {
            Err(error) => error,
            Ok(()) => lacking(who, api),
        }
    }

    async fn fetch_token(&self, context: &Context, credential: &Credential) -> Result<Fresh, Error> {
        if let (Who::Edit, Some(granted)) = (credential.who, &self.granted) {
            let (token, lifetime) = granted.token(context).await?;
            return Ok(Fresh { token, lifetime });
        }
        let mut url = self.url("gettoken");
        url.query_pairs_mut()
            .append_pair("corpid", &self.corp_id)
            .append_pair("corpsecret", credential.secret.expose());
        let pass = self.admit(context, "gettoken", None)?;
        let request = self.transport.http().get(url);
        let begun = std::time::Instant::now();
        let result = self.exchange(context, "gettoken", Nature::Read, pass, request, 0).await;
        let sent = Sent::Query(&[("corpid", &self.corp_id)]);
        evidence::note(context, "gettoken", sent, &result, begun.elapsed(), &[&credential.secret]);
        let answer = result?;
        if answer.errcode != 0 {
            let mut error = self.refused(context, "gettoken", pass, &answer, &[&credential.secret]);
            // Whatever is wrong with getting a token is wrong for every call.
            if !matches!(error.kind, ErrorKind::RateLimited(_) | ErrorKind::Unavailable) {
                error.kind = ErrorKind::Configuration;
            }
            return Err(error);
        }
        let answer: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| misshapen("gettoken"))?;
        if answer.access_token.is_empty() {
            return Err(misshapen("gettoken"));
        }
        let seconds = if answer.expires_in == 0 { 60 } else { answer.expires_in.min(86_400) };
        Ok(Fresh { token: Secret::new(answer.access_token), lifetime: Duration::from_secs(seconds) })
    }

    async fn exchange(
        &self,
        context: &Context,
        path: &'static str,
        nature: Nature,
        pass: Pass,
        request: RequestBuilder,
        sent: usize,
    ) -> Result<Answer, Error> {
        context.may_call()?;
        let started = std::time::Instant::now();
        let mut result = self.transport.exchange(request, nature, sent, &context.meter).await;
        let took = started.elapsed();
        let ms = took.as_millis();
        match &mut result {
            Ok(answer) => {
                tracing::debug!(api = path, errcode = answer.errcode, ms, "WeCom answered");
                // A refusal for its rate is noted with its words, in `refused`.
                if answer.errcode != codes::TOO_MANY {
                    let complaint = codes::is_complaint(answer.errcode);
                    let heard = if complaint { Heard::Complaint } else { Heard::Clean };
                    let small = sent + answer.body.len() <= SMALL;
                    self.pace.heard(pass, heard, nature == Nature::Write, small, took);
                }
            }
            Err(error) => {
                tracing::debug!(api = path, code = %error.problem.code, ms, "no answer from WeCom");
                if matches!(error.kind, ErrorKind::RateLimited(_)) {
                    error.kind = ErrorKind::RateLimited(self.pace.refused(context, pass, &error.problem));
                } else {
                    self.pace.heard(pass, Heard::Complaint, nature == Nature::Write, false, took);
                }
            }
        }
        result
    }

    /// The error of an answer other than success; one call too many shuts its bucket.
    fn refused(&self, context: &Context, api: &str, pass: Pass, answer: &Answer, secrets: &[&Secret]) -> Error {
        let hide: Vec<&str> = secrets.iter().map(|secret| secret.expose()).collect();
        let mut error = of_code(api, answer.errcode, &answer.errmsg, &hide);
        if matches!(error.kind, ErrorKind::RateLimited(_)) {
            error.kind = ErrorKind::RateLimited(self.pace.refused(context, pass, &error.problem));
        }
        error
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/cgi-bin/{path}", self.base.path().trim_end_matches('/')));
        url
    }

    fn credential(&self, who: Who) -> Option<&Credential> {
        match who {
            Who::App => self.app.as_ref(),
            Who::Contacts => self.contacts.as_ref(),
            Who::Edit => self.edit.as_ref(),
        }
    }
}

/// A request with this body. That of a write is handed over at the last moment, when its bytes go out together with the
/// head, and not any more once the right to write may be somebody else's: the platform drops a request without its body.
fn with_body(request: RequestBuilder, bytes: Vec<u8>, context: &Context, nature: Nature) -> RequestBuilder {
    let Some(lease) = context.lease.clone().filter(|_| nature == Nature::Write) else { return request.body(bytes) };
    let length = bytes.len();
    let body = futures::stream::once(async move {
        if lease.is_good() { Ok(bytes) } else { Err(std::io::Error::other("the right to write was lost")) }
    });
    // Named, so that it goes out in one piece with its length, as bodies do that are not asked for.
    request.header("content-length", length).body(reqwest::Body::wrap_stream(body))
}

/// What a company has to grant to a provider for this.
const fn grant_of(who: Who) -> Grant {
    match who {
        Who::App => Grant::App,
        Who::Contacts | Who::Edit => Grant::Contacts,
    }
}

fn misshapen(api: &'static str) -> Error {
    own(ErrorKind::Unexpected, Problem::new("wecom_answer_shape").arg("api", api))
}

fn lacking(who: Who, api: &'static str) -> Error {
    let code = match who {
        Who::App => "wecom_app_secret_missing",
        Who::Contacts | Who::Edit => "wecom_contacts_secret_missing",
    };
    own(ErrorKind::Configuration, Problem::new(code).arg("api", api))
}
