//! The provider's way (服务商代开发): a company scans a code, an app that a provider built for it comes into being there, and its
//! permanent code is the app's secret. A second scan gives the right to edit contacts for two hours.
//!
//! | what | file |
//! |---|---|
//! | what a provider gives | `config` |
//! | commands of the platform, verified and read | `commands` |
//! | calls of `service/*` | `service` |
//! | invitations, codes, tokens | `calls` |
//!
//! Source of the calls and their limits: pages 90600 to 90605, 97162 to 97164, 97175 and 96078 of the platform's documentation.

mod calls;
mod commands;
mod config;
mod service;

use std::{sync::Arc, time::Duration};

use idflow_sdk::{
    Error, Provider, ProviderSpec, Receiver, Text,
    provider::{ProviderRequest, Unsupported},
};

use crate::{
    callback::KEYS,
    config::{AUTH_MODE, PROVIDER},
};

/// How long the right to edit contacts lasts, as the reference product says; no page of the platform names a limit.
const CONTACTS_LAST: Duration = Duration::from_secs(2 * 3600);

/// The way as the application sees it.
pub(crate) static SPEC: ProviderSpec = ProviderSpec {
    mode: (AUTH_MODE, PROVIDER),
    settings: &config::SETTINGS,
    receivers: &RECEIVERS,
    open,
    contacts_last: CONTACTS_LAST,
    secrets: &["app_secret"],
    settings_of_app: &["agent_id"],
    release: Text::new(
        "请企业管理员在企业微信管理后台 → 应用管理 → 该应用 → 取消授权（通讯录编辑权限另在 安全与管理 → 管理工具 里取消）",
        "the company's administrator cancels it in the WeCom admin console → App Management → the app → Cancel authorisation (the right to edit contacts: Security & Management → Management Tools)",
    ),
    unsupported: &UNSUPPORTED,
};

static RECEIVERS: [Receiver; 2] = [
    Receiver {
        name: "app",
        doc: Text::new(
            "代开发应用模板的指令回调：服务商管理后台 → 应用代开发 → 模板 → 回调配置 → 指令回调 URL",
            "commands about the template: provider console → Customized apps → the template → callback settings → command callback URL",
        ),
        keys: KEYS,
    },
    Receiver {
        name: "contacts",
        doc: Text::new(
            "通讯录编辑授权的指令回调：服务商管理后台 → 通讯录编辑权限 → 回调配置 → 指令回调 URL",
            "commands about the right to edit contacts: provider console → contact-edit permission → callback settings → command callback URL",
        ),
        keys: KEYS,
    },
];

static UNSUPPORTED: [Unsupported; 5] = [
    Unsupported {
        name: "third_party",
        what: Text::new("第三方应用（应用市场）", "third-party apps (app market)"),
        why: Text::new(
            "第三方应用看不到姓名、职务和部门名称，同步出来的只有编号；请改用代开发应用",
            "a third-party app sees neither names nor positions nor the names of departments, so that a sync would bring numbers only; use a customized app",
        ),
    },
    Unsupported {
        name: "contacts_secret",
        what: Text::new("由服务商保管企业的通讯录同步 Secret", "the company's contact-sync secret kept by a provider"),
        why: Text::new(
            "企业微信禁止服务商使用客户的通讯录同步 Secret；写入使用通讯录编辑授权",
            "WeCom forbids providers to use it; writes go by the right to edit contacts",
        ),
    },
    Unsupported {
        name: "import_jobs",
        what: Text::new("异步导入成员", "import jobs"),
        why: Text::new(
            "以通讯录编辑授权写入时逐个进行：两小时内未完成的导入无法查询结果",
            "with the right to edit contacts everything is written one by one: what became of a job cannot be asked once its two hours are over",
        ),
    },
    Unsupported {
        name: "contact_events",
        what: Text::new(
            "由指令回调触发工作流的通讯录变更",
            "changes of contacts that start workflows by the command callback",
        ),
        why: Text::new(
            "这类事件只带加密账号，只作应答；请用定时运行，应用自身的事件仍可用连接的应用回调地址接收",
            "these events carry encrypted userids only, and are answered and not followed; use a schedule, and the connection's own address for events of the app",
        ),
    },
    Unsupported {
        name: "outside_range",
        what: Text::new("可见范围以外的成员", "members outside the visible range"),
        why: Text::new(
            "代开发应用只能读到可见范围内的成员，通讯录编辑授权只给出加密账号；请企业把可见范围设为整个企业",
            "a customized app reads the members within its range only, and the right to edit contacts tells encrypted userids only; the company makes the range the whole company",
        ),
    },
];

fn open(request: ProviderRequest) -> Result<Arc<dyn Provider>, Error> {
    Ok(Arc::new(calls::Own::new(config::Config::new(&request)?)?))
}
