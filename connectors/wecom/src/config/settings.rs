//! Which settings has a connection, and how are they asked for?

use idflow_sdk::{Form, Identity, Input, SettingSpec, Text};

use super::checks::{
    check_agent_id, check_app_kind, check_auth_mode, check_base_url, check_corp_id, check_direct_leaders,
    check_exports, check_import_jobs, check_limits, check_member_read, check_root_department, check_secret,
    check_source_root, check_timeout,
};

/// Where WeCom answers.
pub(crate) const DEFAULT_BASE_URL: &str = "https://qyapi.weixin.qq.com";
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
    .getting_secrets()
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
        "作为来源读取时是否用异步导出：auto 应用可见 1000 个以上部门、企业有 10 万人以上或列表过大时用，off 始终逐个部门读取，always 始终用导出",
        "whether a read as a source goes by an export: auto from 1,000 departments or 100,000 people up, or where a list is too large; off always department by department; always by an export",
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

pub(super) const fn secret(name: &'static str, zh: &'static str, en: &'static str) -> SettingSpec {
    SettingSpec { check: Some(check_secret), unless: BY_PROVIDER, ..SettingSpec::secret(name, Text::new(zh, en)) }
}
