//! The settings of one WeCom account: what is asked, where to find it, how each value is checked, and the typed form the
//! rest of the crate works with.
//!
//! A refused value is never repeated in the problem: it may be a secret pasted into the wrong field.

use std::{net::IpAddr, sync::Arc, time::Duration};

use idflow_sdk::{
    Error, ErrorKind, Form, Granted, Identity, Input, OpenRequest, Problem, RootIs, Secret, SettingSpec, Text,
    text::{is_blank, is_invisible},
};
use reqwest::Url;

use crate::quota::Limits;

/// Where WeCom answers.
pub(crate) const DEFAULT_BASE_URL: &str = "https://qyapi.weixin.qq.com";
/// How many reads may be in flight unless `limits` says otherwise.
const DEFAULT_PARALLEL: usize = 8;

/// The setting that says how a company authorises.
pub(crate) const AUTH_MODE: &str = "auth_mode";
/// By a service provider.
pub(crate) const PROVIDER: &str = "provider";
/// What follows from such an authorisation is not asked for.
const BY_PROVIDER: Option<(&str, &str)> = Some((AUTH_MODE, PROVIDER));

/// The pages of the admin console.
pub(crate) const CONSOLE: &str = "https://work.weixin.qq.com/wework_admin/frame";
/// Where the company's own page is.
const COMPANY_PAGE: &str = "https://work.weixin.qq.com/wework_admin/frame#profile";
/// Where the self-built apps are.
pub(crate) const APPS_PAGE: &str = "https://work.weixin.qq.com/wework_admin/frame#apps";

/// The settings, in the order in which they are asked.
pub(crate) static SETTINGS: [SettingSpec; 16] = [
    setting(
        "title",
        None,
        None,
        "账号名称，便于识别，例如“集团企业微信”",
        "a name for people, for example “Group WeCom”",
    )
    .asked(Form::titled("账号名称", "Account name")),
    setting(
        AUTH_MODE,
        Some("self_built"),
        Some(check_auth_mode),
        "授权方式：self_built 企业自己填写企业 ID 和 Secret，不需要服务商；provider 由服务商代开发，企业扫码授权后自动填写",
        "how the company authorises: self_built, it gives its corp id and secrets, with no provider at all; provider, an app built by a service provider, filled in once the company has scanned and authorised",
    )
    .asked(Form {
        input: Input::Choice(&[
            ("self_built", Text::new("企业自建应用", "the company's own app")),
            (PROVIDER, Text::new("服务商代开发", "built by a service provider")),
        ]),
        advanced: true,
        ..Form::titled("授权方式", "How it is authorised")
    }),
    SettingSpec {
        required: true,
        identity: Identity::System,
        unless: BY_PROVIDER,
        ..setting(
            "corp_id",
            None,
            Some(check_corp_id),
            "企业 ID：企业微信管理后台 → 我的企业 → 企业信息，页面最下方",
            "corp id: WeCom admin console → My Company → Company Information, at the bottom of the page",
        )
    }
    .asked(Form {
        pattern: Some("(ww|wx|wp)[A-Za-z0-9_-]{4,62}"),
        find: Some(Text::new(
            "管理后台 → 我的企业 → 企业信息 → 页面最下方的“企业ID”",
            "admin console → My Company → Company Information → “Company ID” at the bottom of the page",
        )),
        link: Some(COMPANY_PAGE),
        ..Form::titled("企业ID", "Corp ID")
    }),
    SettingSpec {
        identity: Identity::Account,
        unless: BY_PROVIDER,
        ..setting(
            "agent_id",
            None,
            Some(check_agent_id),
            "AgentId：管理后台 → 应用管理 → 自建应用 → 应用详情页；填了应用 Secret 时必填",
            "AgentId: admin console → App Management → your self-built app; needed with the app secret",
        )
    }
    .asked(Form {
        pattern: Some("[0-9]{1,10}"),
        find: Some(Text::new(
            "管理后台 → 应用管理 → 自建 → 你的应用 → AgentId",
            "admin console → App Management → Self-built → your app → AgentId",
        )),
        link: Some(APPS_PAGE),
        ..Form::titled("AgentId", "AgentId")
    }),
    secret(
        "app_secret",
        "应用 Secret：自建应用详情页，用于读取部门名称和成员；应用的可见范围应为整个企业",
        "app secret: on the page of the self-built app; reads department names and members. The app should be visible to the whole company",
    )
    .asked(Form {
        find: Some(Text::new(
            "管理后台 → 应用管理 → 自建 → 你的应用 → Secret → 查看（发送到企业微信客户端）",
            "admin console → App Management → Self-built → your app → Secret → View (sent to the WeCom client)",
        )),
        link: Some(APPS_PAGE),
        ..Form::titled("应用 Secret", "App secret")
    }),
    secret(
        "contacts_secret",
        "通讯录同步 Secret：管理后台 → 安全与管理 → 管理工具 → 通讯录同步，需开启 API 编辑，Secret 要在企业微信客户端里查看；用于写入和读取全部 ID",
        "contact-sync secret: admin console → Security & Management → Management Tools → Contacts Sync, with API editing switched on; it is shown in the WeCom client; writes, and reads all ids",
    )
    .asked(Form {
        find: Some(Text::new(
            "管理后台 → 安全与管理 → 管理工具 → 通讯录同步 → 开启 API 编辑 → Secret → 查看",
            "admin console → Security & Management → Management Tools → Contacts Sync → switch on API editing → Secret → View",
        )),
        link: Some(CONSOLE),
        ..Form::titled("通讯录同步 Secret", "Contact-sync secret")
    }),
    setting(
        "timeout_ms",
        Some("10000"),
        Some(check_timeout),
        "每次请求的超时时间，100 至 120000 毫秒；读取时按收不到数据的时长计算，正在接收的长列表最多再等 2 分钟",
        "time limit of one request, 100 to 120000 milliseconds; of a read: how long nothing may come, a long list that keeps coming has two minutes more",
    )
    .asked(Form {
        input: Input::Number(100, 120_000),
        unit: Some(Text::new("毫秒", "ms")),
        ..Form::titled("请求超时", "Request timeout")
    }),
    setting(
        "base_url",
        Some(DEFAULT_BASE_URL),
        Some(check_base_url),
        "接口地址，通常不用改；只有本机地址可以用 http",
        "address of the API, normally left alone; plain http only for this machine",
    )
    .asked(Form { input: Input::Url, advanced: true, ..Form::titled("接口地址", "API address") }),
    setting(
        "root_department",
        Some("1"),
        Some(check_root_department),
        "根部门 ID，同步的内容都放在它下面；1 是整个企业（部门 ID 见管理后台 → 通讯录 → 部门右侧菜单）",
        "id of the department below which everything is kept; 1 is the whole company (admin console → Contacts → menu of the department)",
    )
    .asked(Form {
        input: Input::Number(1, 4_294_967_295),
        find: Some(Text::new(
            "管理后台 → 通讯录 → 部门右侧菜单 → 部门ID",
            "admin console → Contacts → menu beside the department → department ID",
        )),
        link: Some(CONSOLE),
        ..Form::titled("根部门", "Root department")
    }),
    setting(
        "source_root",
        Some("auto"),
        Some(check_source_root),
        "来源的根部门是什么：auto 名称与企业微信的根部门相同时就是企业本身，company 来源唯一的根部门就是企业本身，department 一律放在根部门下面",
        "what a root department of the source is: auto the company itself when it bears the name of WeCom's root department, company the only root is the company itself, department always one below the root",
    )
    .asked(Form {
        input: Input::Choice(&[
            ("auto", Text::new("名称相同时就是企业本身", "the company itself, if it has the same name")),
            ("company", Text::new("就是企业本身", "the company itself")),
            ("department", Text::new("放在根部门下面", "a department below the root")),
        ]),
        advanced: true,
        ..Form::titled("来源的根部门", "Root of the source")
    }),
    setting(
        "direct_leaders",
        Some("1"),
        Some(check_direct_leaders),
        "一名成员最多的直属上级数，1 至 5；现在的企业都是 1，较早注册的企业可以更多",
        "how many direct leaders a member may have, 1 to 5; 1 in today's companies, more in some old ones",
    )
    .asked(Form { input: Input::Number(1, 5), advanced: true, ..Form::titled("直属上级数", "Direct leaders") }),
    setting(
        "app_kind",
        Some("self_built"),
        Some(check_app_kind),
        "应用的类型：self_built 自建应用，customized 代开发应用，third_party 第三方应用；后两种看到的姓名可能只是账号，那样就当作看不到",
        "kind of the app: self_built, customized (built by a provider for this company) or third_party; the latter two may see an account in place of a name, which is then taken for hidden",
    )
    .asked(Form {
        input: Input::Choice(&[
            ("self_built", Text::new("自建应用", "made by the company itself")),
            ("customized", Text::new("代开发应用", "built by a provider for this company")),
            ("third_party", Text::new("第三方应用", "a third-party app")),
        ]),
        advanced: true,
        ..Form::titled("应用类型", "Kind of app")
    }),
    setting(
        "member_read",
        Some("ids"),
        Some(check_member_read),
        "读取成员的方式：ids 只读账号和部门（快），full 用应用 Secret 逐部门读取资料",
        "how members are read: ids reads accounts and departments only (fast), full reads profiles with the app secret, department by department",
    )
    .asked(Form {
        input: Input::Choice(&[
            ("ids", Text::new("只读账号和部门（快）", "accounts and departments only (fast)")),
            ("full", Text::new("逐部门读取资料", "profiles, department by department")),
        ]),
        advanced: true,
        ..Form::titled("读取成员的方式", "How members are read")
    }),
    setting(
        "import_jobs",
        Some("auto"),
        Some(check_import_jobs),
        "成员较多时是否用异步导入：auto 按预计时间选择，off 始终逐个写入，always 从 200 名起始终导入",
        "whether many members may go by an import job: auto chooses by the expected time, off always writes one by one, always imports from 200 members up",
    )
    .asked(Form {
        input: Input::Choice(&[
            ("auto", Text::new("按预计时间选择", "by the expected time")),
            ("off", Text::new("始终逐个写入", "always one by one")),
            ("always", Text::new("从 200 名起始终导入", "always by jobs from 200 members up")),
        ]),
        advanced: true,
        ..Form::titled("异步导入", "Import jobs")
    }),
    setting(
        "exports",
        Some("auto"),
        Some(check_exports),
        "作为来源读取时是否用异步导出：auto 应用可见 1000 个以上部门或列表过大时用，off 始终逐个部门读取，always 始终用导出",
        "whether a read as a source goes by an export: auto from 1,000 departments up, or where a list is too large; off always department by department; always by an export",
    )
    .asked(Form {
        input: Input::Choice(&[
            ("auto", Text::new("部门多或列表过大时用", "for many departments or large lists")),
            ("off", Text::new("始终逐个部门读取", "always department by department")),
            ("always", Text::new("始终用导出", "always by an export")),
        ]),
        advanced: true,
        ..Form::titled("异步导出", "Exports")
    }),
    setting(
        "limits",
        None,
        Some(check_limits),
        "可选，用逗号分隔：max_parallel=8 同时进行的读取数（1 至 16）；per_minute=9000、per_hour=135000 每个接口每分钟、每小时最多调用的次数",
        "optional, separated by commas: max_parallel=8 reads at a time (1 to 16); per_minute=9000 and per_hour=135000 calls of one API in any minute and hour",
    )
    .asked(Form { advanced: true, ..Form::titled("调用限制", "Limits of calls") }),
];

const fn setting(
    name: &'static str,
    default: Option<&'static str>,
    check: Option<idflow_sdk::SettingCheck>,
    zh: &'static str,
    en: &'static str,
) -> SettingSpec {
    SettingSpec { default, check, ..SettingSpec::new(name, Text::new(zh, en)) }
}

const fn secret(name: &'static str, zh: &'static str, en: &'static str) -> SettingSpec {
    SettingSpec { check: Some(check_secret), unless: BY_PROVIDER, ..SettingSpec::secret(name, Text::new(zh, en)) }
}

/// Whether a source is read by exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exports {
    /// Where there are many departments, or a list is too large.
    Auto,
    /// Never.
    Off,
    /// In every case.
    Always,
}

/// A connection's settings after all checks.
#[derive(Clone)]
pub(crate) struct Config {
    /// The company.
    pub corp_id: String,
    /// The self-built app, when its secret is there.
    pub app: Option<App>,
    /// The contact-sync secret.
    pub contacts_secret: Option<Secret>,
    /// What the company granted to a provider, for a connection that comes by one.
    pub granted: Option<Arc<dyn Granted>>,
    /// Whether a source is read by exports.
    pub exports: Exports,
    /// The time limit of one exchange.
    pub timeout: Duration,
    /// Where the API is, without a slash at the end.
    pub base_url: String,
    /// The department below which everything is kept.
    pub root_department: i64,
    /// What a root department of the source is.
    pub source_root: RootIs,
    /// How many direct leaders a member may have.
    pub direct_leaders: usize,
    /// Whether names are names: an app that the company did not build itself may see accounts in their place.
    pub own_app: bool,
    /// Whether members are read in full.
    pub full: bool,
    /// How many reads may be in flight.
    pub parallel: usize,
    /// How many calls of one API may be made.
    pub limits: Limits,
    /// Whether import jobs may be used.
    pub import_jobs: bool,
    /// They go by a job wherever that is possible, whatever takes longer.
    pub prefer_jobs: bool,
}

/// A self-built app.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Its number.
    pub agent_id: i64,
    /// Its secret.
    pub secret: Secret,
}

impl Config {
    /// Takes the settings of an open request; what the caller checked is checked again, because it costs nothing.
    pub fn new(request: &OpenRequest) -> Result<Self, Error> {
        Self::read(request).map_err(|problem| Error::new(ErrorKind::Configuration, problem))
    }

    fn read(request: &OpenRequest) -> Result<Self, Problem> {
        for spec in SETTINGS.iter().filter(|spec| !spec.secret) {
            if let (Some(check), Some(value)) = (spec.check, value(request, spec.name)) {
                check(value)?;
            }
        }
        let secret = |name| request.secrets.get(name).filter(|secret| !secret.expose().is_empty()).cloned();
        for name in ["app_secret", "contacts_secret"] {
            if let Some(secret) = secret(name) {
                check_secret(secret.expose()).map_err(|problem| problem.field(name))?;
            }
        }
        let app = match secret("app_secret") {
            None => None,
            Some(secret) => {
                let agent_id = value(request, "agent_id")
                    .and_then(|text| text.parse().ok())
                    .ok_or(Problem::new("wecom_agent_id_missing").field("agent_id"))?;
                Some(App { agent_id, secret })
            }
        };
        let contacts_secret = secret("contacts_secret");
        let provided = value(request, AUTH_MODE) == Some(PROVIDER);
        if provided && contacts_secret.is_some() {
            // A provider must not take over the secret of a customer's contact sync.
            return Err(Problem::new("wecom_provider_secret").field("contacts_secret"));
        }
        if !provided && app.is_none() && contacts_secret.is_none() {
            return Err(Problem::new("wecom_secret_missing").field("contacts_secret"));
        }
        let (parallel, limits) =
            value(request, "limits").and_then(limits).unwrap_or((DEFAULT_PARALLEL, Limits::DEFAULT));
        Ok(Self {
            corp_id: match value(request, "corp_id") {
                Some(corp_id) => corp_id.to_owned(),
                // It is known once the company has authorised.
                None if provided => String::new(),
                None => return Err(Problem::new("wecom_corp_id_shape").field("corp_id")),
            },
            app,
            contacts_secret,
            granted: request.granted.clone().filter(|_| provided),
            timeout: Duration::from_millis(number(request, "timeout_ms").unwrap_or(10_000)),
            base_url: value(request, "base_url").unwrap_or(DEFAULT_BASE_URL).trim_end_matches('/').to_owned(),
            root_department: number(request, "root_department").and_then(|id| i64::try_from(id).ok()).unwrap_or(1),
            source_root: match value(request, "source_root") {
                Some("company") => RootIs::Itself,
                Some("department") => RootIs::Below,
                _ => RootIs::ItselfByName,
            },
            direct_leaders: number(request, "direct_leaders").and_then(|most| usize::try_from(most).ok()).unwrap_or(1),
            own_app: !matches!(value(request, "app_kind"), Some("customized" | "third_party")),
            full: value(request, "member_read") == Some("full"),
            parallel,
            limits,
            exports: match value(request, "exports") {
                Some("off") => Exports::Off,
                Some("always") => Exports::Always,
                _ => Exports::Auto,
            },
            import_jobs: value(request, "import_jobs") != Some("off"),
            prefer_jobs: value(request, "import_jobs") == Some("always"),
        })
    }
}

/// Whether this address is on this machine; only such addresses may be spoken to without encryption.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn value<'a>(request: &'a OpenRequest, name: &str) -> Option<&'a str> {
    request.settings.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

fn number(request: &OpenRequest, name: &str) -> Option<u64> {
    value(request, name).and_then(|text| text.parse().ok())
}

pub(crate) fn check_corp_id(text: &str) -> Result<(), Problem> {
    no_blank(text, "corp_id")?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new("wecom_corp_id_is_agent_id").field("corp_id"));
    }
    let known = ["ww", "wx", "wp"].iter().any(|start| text.starts_with(start));
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if known && plain && (6..=64).contains(&text.len()) {
        return Ok(());
    }
    Err(Problem::new("wecom_corp_id_shape").field("corp_id"))
}

fn check_agent_id(text: &str) -> Result<(), Problem> {
    no_blank(text, "agent_id")?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=10).contains(&text.len()) {
        return Ok(());
    }
    Err(Problem::new("wecom_agent_id_shape").field("agent_id"))
}

pub(crate) fn check_secret(text: &str) -> Result<(), Problem> {
    no_blank(text, "secret")
}

fn check_timeout(text: &str) -> Result<(), Problem> {
    match text.parse::<u64>() {
        Ok(100..=120_000) => Ok(()),
        _ => Err(Problem::new("wecom_timeout_range").field("timeout_ms")),
    }
}

pub(crate) fn check_base_url(text: &str) -> Result<(), Problem> {
    no_blank(text, "base_url")?;
    let shape = || Problem::new("wecom_base_url_shape").field("base_url");
    let url = Url::parse(text).map_err(|_| shape())?;
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if url.host_str().is_none_or(str::is_empty) || !bare {
        return Err(shape());
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(Problem::new("wecom_base_url_plain_http").field("base_url")),
        _ => Err(shape()),
    }
}

fn check_root_department(text: &str) -> Result<(), Problem> {
    match text.parse::<u32>() {
        Ok(1..) => Ok(()),
        _ => Err(Problem::new("wecom_root_department_shape").field("root_department")),
    }
}

fn check_source_root(text: &str) -> Result<(), Problem> {
    match text {
        "auto" | "company" | "department" => Ok(()),
        _ => Err(Problem::new("wecom_source_root_word").field("source_root")),
    }
}

fn check_direct_leaders(text: &str) -> Result<(), Problem> {
    match text.parse::<usize>() {
        Ok(1..=5) => Ok(()),
        _ => Err(Problem::new("wecom_direct_leaders_range").field("direct_leaders")),
    }
}

fn check_auth_mode(text: &str) -> Result<(), Problem> {
    match text {
        "self_built" | PROVIDER => Ok(()),
        _ => Err(Problem::new("wecom_auth_mode_word").field(AUTH_MODE)),
    }
}

fn check_app_kind(text: &str) -> Result<(), Problem> {
    match text {
        "self_built" | "customized" | "third_party" => Ok(()),
        _ => Err(Problem::new("wecom_app_kind_word").field("app_kind")),
    }
}

fn check_member_read(text: &str) -> Result<(), Problem> {
    match text {
        "ids" | "full" => Ok(()),
        _ => Err(Problem::new("wecom_member_read_word").field("member_read")),
    }
}

fn check_import_jobs(text: &str) -> Result<(), Problem> {
    match text {
        "auto" | "off" | "always" => Ok(()),
        _ => Err(Problem::new("wecom_import_jobs_word").field("import_jobs")),
    }
}

fn check_exports(text: &str) -> Result<(), Problem> {
    match text {
        "auto" | "off" | "always" => Ok(()),
        _ => Err(Problem::new("wecom_exports_word").field("exports")),
    }
}

fn check_limits(text: &str) -> Result<(), Problem> {
    limits(text).map(|_| ()).ok_or(Problem::new("wecom_limits_shape").field("limits"))
}

/// `max_parallel=8, per_minute=9000, per_hour=135000`; what is not named has its default.
fn limits(text: &str) -> Option<(usize, Limits)> {
    let (mut parallel, mut limits) = (DEFAULT_PARALLEL, Limits::DEFAULT);
    for part in text.split([',', '，', '、']) {
        let (name, value) = part.split_once('=')?;
        let value: u32 = value.trim().parse().ok()?;
        match name.trim() {
            "max_parallel" if (1..=16).contains(&value) => parallel = value as usize,
            "per_minute" if value >= 1 => limits.per_minute = value,
            "per_hour" if value >= 1 => limits.per_hour = value,
            _ => return None,
        }
    }
    Some((parallel, limits))
}

fn no_blank(text: &str, field: &'static str) -> Result<(), Problem> {
    if text.chars().any(|c| is_blank(c) || is_invisible(c)) {
        return Err(Problem::new("wecom_setting_blank").field(field));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
