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
//! Each call is counted before it is sent; one that would be too many is not sent ([`crate::rate`]).
//!
//! Deliberately absent: waiting and repeating. One call is one attempt, except that a stale token is replaced once.

mod answers;
mod calls;
mod jobs;
pub(crate) mod lenient;
mod rows;
mod send;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use idflow_sdk::{Context, Error, ErrorKind, Estimate, Granted, Problem, Rest, Secret};
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::{
    config::Config,
    error::{code_of, lacks, own},
    export::What,
    quota::Limits,
    rate::Pace,
    transport::Transport,
};
use answers::{
    DepartmentAnswer, DepartmentsAnswer, HolderAnswer, MediaAnswer, MembershipsAnswer, ProviderIdsAnswer,
    SimpleListAnswer, TagsAnswer, UsersAnswer,
};
use calls::{
    AGENT_GET, ALL, BATCH_GETRESULT, BATCH_SYNCUSER, DEPARTMENT_GET, DEPARTMENT_IDS_TO_EDIT, DEPARTMENT_LIST,
    DEPARTMENT_LIST_OF_OLD, DEPARTMENT_SIMPLELIST, EXPORT_DEPARTMENT, EXPORT_RESULT, EXPORT_USER, GETUSERDETAIL,
    GETUSERINFO, MEDIA_UPLOAD, TAG_GET, TAG_LIST, USER_GET, USER_GETUSERID, USER_LIST, USER_LIST_ID,
    USER_LIST_ID_BY_APP, USER_LIST_ID_TO_EDIT,
};
use jobs::ExportState;
use rows::{MembershipRow, TagContent};
use send::{Body, Credential, UPLOAD_RATE};

pub(crate) use calls::{
    Api, DEPARTMENT_CREATE, DEPARTMENT_DELETE, DEPARTMENT_UPDATE, MESSAGE_RECALL, MESSAGE_SEND, USER_CREATE,
    USER_DELETE, USER_UPDATE, Who,
};

pub(crate) use jobs::{ExportFile, Job, JobRow};
pub(crate) use rows::{AgentRow, DepartmentRow, TagRow};

/// The most rows of one page of `user/list_id`.
pub(crate) const PAGE: usize = 10_000;
/// For so long a range that was read is taken for the present one, in milliseconds.
const RANGE_HOLDS: i64 = 60_000;

/// The calls of one account.
pub(crate) struct Client {
    transport: Transport,
    base: Url,
    corp_id: String,
    agent_id: i64,
    own_app: bool,
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
            own_app: config.own_app,
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

    /// Whether the company built the app itself.
    pub fn own_app(&self) -> bool {
        self.own_app
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

    /// Userids of members of the company as the provider knows them, one page of them.
    pub async fn provider_userids(&self, context: &Context) -> Result<Vec<String>, Error> {
        let body = json!({"cursor": "", "limit": PAGE});
        let answer: ProviderIdsAnswer = self.read(context, USER_LIST_ID_TO_EDIT, &[], Some(&body)).await?;
        Ok(answer.dept_user.into_iter().map(|row| row.open_userid).filter(|userid| !userid.is_empty()).collect())
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
        job.map(str::to_owned).ok_or_else(|| lacks(api.path, "jobid"))
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
        let url = url.ok_or_else(|| lacks(EXPORT_RESULT.path, "data_list.url"))?;
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
            _ => Err(lacks(MEDIA_UPLOAD.path, "media_id")),
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
}
