//! What a provider gives, once for the installation: who it is, its template, and its contact-edit app where it has one.

use std::time::Duration;

use idflow_sdk::{
    Error, ErrorKind, Form, Grant, Identity, Input, Problem, Secret, SettingSpec, Text, provider::ProviderRequest,
};
use reqwest::Url;

use crate::config::{self, DEFAULT_BASE_URL};

/// The provider's console.
const CONSOLE: &str = "https://open.work.weixin.qq.com/wwopen/developer";

pub(super) static SETTINGS: [SettingSpec; 7] = [
    SettingSpec {
        required: true,
        identity: Identity::System,
        check: Some(config::check_corp_id),
        ..SettingSpec::new(
            "provider_corp_id",
            Text::new(
                "服务商的企业 ID；自己做自己的服务商时，就是本企业在服务商后台的企业 ID",
                "the provider's corp id; who is one's own provider gives the corp id that the provider console shows",
            ),
        )
    }
    .asked(Form {
        find: Some(Text::new("服务商管理后台 → 服务商信息 → 基本信息", "provider console → provider information")),
        link: Some(CONSOLE),
        ..Form::titled("服务商企业ID", "Provider's corp ID")
    }),
    SettingSpec {
        required: true,
        check: Some(config::check_secret),
        ..SettingSpec::secret(
            "provider_secret",
            Text::new(
                "服务商 Secret（ProviderSecret），用于生成邀请链接",
                "the provider's secret (ProviderSecret), with which invitations are made",
            ),
        )
    }
    .asked(Form {
        find: Some(Text::new("服务商管理后台 → 服务商信息 → 基本信息", "provider console → provider information")),
        link: Some(CONSOLE),
        ..Form::titled("服务商 Secret", "Provider's secret")
    }),
    SettingSpec {
        required: true,
        check: Some(check_template),
        ..SettingSpec::new(
            "template_id",
            Text::new("代开发应用模板的 ID，以 dk 开头", "the id of the template for customized apps; begins with dk"),
        )
    }
    .asked(Form {
        pattern: Some("dk[A-Za-z0-9_-]{1,62}"),
        find: Some(Text::new("服务商管理后台 → 应用代开发 → 模板", "provider console → Customized apps → template")),
        link: Some(CONSOLE),
        ..Form::titled("模板 ID", "Template ID")
    }),
    SettingSpec {
        required: true,
        check: Some(config::check_secret),
        ..SettingSpec::secret("template_secret", Text::new("代开发应用模板的 Secret", "the secret of the template"))
    }
    .asked(Form {
        find: Some(Text::new("服务商管理后台 → 应用代开发 → 模板", "provider console → Customized apps → template")),
        link: Some(CONSOLE),
        ..Form::titled("模板 Secret", "Template secret")
    }),
    SettingSpec {
        check: Some(check_suite),
        ..SettingSpec::new(
            "contacts_suite_id",
            Text::new(
                "通讯录编辑授权的 SuiteID，可选；没有它只能读取，不能写入通讯录",
                "the suite id of the contact-edit permission; optional, without it contacts are read and never written",
            ),
        )
    }
    .asked(Form {
        find: Some(Text::new("服务商管理后台 → 通讯录编辑权限", "provider console → contact-edit permission")),
        link: Some(CONSOLE),
        ..Form::titled("通讯录编辑 SuiteID", "Contact-edit suite ID")
    }),
    SettingSpec {
        check: Some(config::check_secret),
        ..SettingSpec::secret(
            "contacts_suite_secret",
            Text::new("通讯录编辑授权的 Secret", "the secret of the contact-edit permission"),
        )
    }
    .asked(Form {
        find: Some(Text::new("服务商管理后台 → 通讯录编辑权限", "provider console → contact-edit permission")),
        link: Some(CONSOLE),
        ..Form::titled("通讯录编辑 Secret", "Contact-edit secret")
    }),
    SettingSpec {
        default: Some(DEFAULT_BASE_URL),
        check: Some(config::check_base_url),
        ..SettingSpec::new(
            "base_url",
            Text::new(
                "接口地址，通常不用改；只有本机地址可以用 http",
                "address of the API, normally left alone; plain http only for this machine",
            ),
        )
    }
    .getting_secrets()
    .asked(Form { input: Input::Url, advanced: true, ..Form::titled("接口地址", "API address") }),
];

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One app of the provider: its id and its secret.
#[derive(Clone)]
pub(super) struct Suite {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

/// The settings after all checks.
pub(super) struct Config {
    /// The provider.
    pub corp_id: String,
    /// Its secret.
    pub secret: Secret,
    /// The template.
    pub template: Suite,
    /// The contact-edit app.
    pub contacts: Option<Suite>,
    /// Where the API is.
    pub base: Url,
    /// How long one exchange may take.
    pub timeout: Duration,
}

impl Config {
    pub fn new(request: &ProviderRequest) -> Result<Self, Error> {
        Self::read(request).map_err(|problem| Error::new(ErrorKind::Configuration, problem))
    }

    fn read(request: &ProviderRequest) -> Result<Self, Problem> {
        let text = |name: &str| request.settings.get(name).map(String::as_str).filter(|text| !text.is_empty());
        for spec in SETTINGS.iter().filter(|spec| !spec.secret) {
            if let (Some(check), Some(value)) = (spec.check, text(spec.name)) {
                check(value)?;
            }
        }
        let secret = |name: &'static str| {
            let found = request.secrets.get(name).filter(|secret| !secret.expose().is_empty()).cloned();
            found.ok_or(Problem::new("wecom_provider_incomplete").field(name).arg("name", name))
        };
        let given = |name: &'static str| {
            text(name).map(str::to_owned).ok_or(Problem::new("wecom_provider_incomplete").field(name).arg("name", name))
        };
        let contacts = match text("contacts_suite_id") {
            Some(id) => Some(Suite { id: id.to_owned(), secret: secret("contacts_suite_secret")? }),
            None => None,
        };
        let base = text("base_url").unwrap_or(DEFAULT_BASE_URL);
        Ok(Self {
            corp_id: given("provider_corp_id")?,
            secret: secret("provider_secret")?,
            template: Suite { id: given("template_id")?, secret: secret("template_secret")? },
            contacts,
            base: Url::parse(base).map_err(|_| Problem::new("wecom_base_url_shape").field("base_url"))?,
            timeout: PATIENCE,
        })
    }

    /// The app of the provider that a grant is about.
    pub fn suite(&self, grant: Grant) -> Option<&Suite> {
        match grant {
            Grant::App => Some(&self.template),
            Grant::Contacts => self.contacts.as_ref(),
        }
    }
}

fn plain(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (3..=64).contains(&text.len()) && text.bytes().all(letter)
}

fn check_template(text: &str) -> Result<(), Problem> {
    match text.starts_with("dk") && plain(text) {
        true => Ok(()),
        false => Err(Problem::new("wecom_template_id_shape").field("template_id")),
    }
}

fn check_suite(text: &str) -> Result<(), Problem> {
    // An old form begins with `tj`.
    let known = ["ww", "wx", "tj", "dk"].iter().any(|start| text.starts_with(start));
    match known && plain(text) {
        true => Ok(()),
        false => Err(Problem::new("wecom_suite_id_shape").field("contacts_suite_id")),
    }
}
