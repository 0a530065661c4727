//! `connection doctor`: a test, and on from there: tags, what is hidden of a member, the range in words, and what stands around
//! the connection: the public address, the trusted domain, callbacks, the clock. At most a dozen calls, none of which changes
//! anything.
//!
//! Deliberately not asked: whether exports may be made. A job would be made by the question; whoever reads people may export
//! them.

use idflow_sdk::{Ability, Context, Examination, Problem, Surroundings, Text, ToCopy, Verdict};
use serde_json::{Map, Value};

use crate::{
    callback,
    check::{Look, Told, setting},
    client::{Client, Who},
    config::{APPS_PAGE, CONSOLE, Config},
    error::code_of,
};

/// What a secret may be able to do, and which call tells.
const TABLE: [(&str, Text, Who); 14] = [
    ("read_ids", Text::new("读取全部账号", "Read all userids"), Who::Contacts),
    ("read_tree", Text::new("读取部门结构", "Read the tree of departments"), Who::Contacts),
    ("read_tags", Text::new("读取标签", "Read tags"), Who::Contacts),
    ("write_dept", Text::new("修改部门", "Change departments"), Who::Contacts),
    ("write_user", Text::new("修改成员", "Change members"), Who::Contacts),
    ("import_jobs", Text::new("异步导入成员", "Import members by jobs"), Who::Contacts),
    ("events", Text::new("接收通讯录变更", "Hear of changes"), Who::Contacts),
    ("read_tree", Text::new("读取部门结构", "Read the tree of departments"), Who::App),
    ("read_names", Text::new("读取部门名称", "Read names of departments"), Who::App),
    ("read_people", Text::new("读取成员资料", "Read profiles of members"), Who::App),
    ("read_tags", Text::new("读取标签", "Read tags"), Who::App),
    ("send_message", Text::new("发送消息", "Send messages"), Who::App),
    ("oauth", Text::new("授权登录", "Sign members in"), Who::App),
    ("events", Text::new("接收应用事件", "Hear of events of the app"), Who::App),
];

/// The fields that apps made since June 2022 are not given, and those that are shown to every app of the company itself.
const SENSITIVE: [&str; 6] = ["mobile", "email", "biz_mail", "avatar", "address", "qr_code"];
const ORDINARY: [&str; 4] = ["alias", "position", "telephone", "is_leader_in_dept"];
/// The events that an app's own receiver gets.
const OF_APP: [&str; 3] = ["subscribe", "unsubscribe", "enter_agent"];
/// How far the clocks may be apart, in milliseconds: signed calls of WeCom's are compared with ours.
const CLOCK_MS: i64 = 5 * 60 * 1000;

/// Looks closely.
pub(crate) async fn examine(client: &Client, context: &Context, config: &Config, around: &Surroundings) -> Examination {
    let mut look = Look::default();
    look.at_all(client, context, config, &around.refused).await;
    tags(&mut look, client, context).await;
    let hidden = hidden(&mut look, client, context, config).await;
    clock(&mut look, client, context);
    outside(&mut look, around);
    let mut values = to_copy(around);
    if let Some(agent) = &look.agent {
        let there = [("trusted_domain", &agent.redirect_domain), ("home_page", &agent.home_url)];
        for (name, text) in there {
            if let Some(value) = values.iter_mut().find(|value| value.name == name) {
                value.there = Some(text.clone());
            }
        }
    }
    let untrusted = look.report.findings.iter().filter_map(|finding| {
        let problem = finding.problem.as_ref().filter(|problem| problem.code == "WECOM_60020")?;
        let secret = look.stopped.iter().find(|(_, told)| told.remedy.as_ref() == Some(problem));
        Some((secret.map_or("app_secret", |(name, _)| *name), problem.get("ip")?.to_string()))
    });
    let addresses: Vec<(&'static str, String)> = untrusted.collect();
    if let Some((_, address)) = addresses.first()
        && let Some(value) = values.iter_mut().find(|value| value.name == "trusted_ip")
    {
        value.value.get_or_insert_with(|| address.clone());
    }
    let range = look.agent.as_ref().map(|agent| match agent.sees_all() {
        true => Problem::new("wecom_range_whole"),
        false => {
            let [departments, members, tags] = agent.range();
            Problem::new("wecom_range_words")
                .arg("departments", departments.to_string())
                .arg("members", members.to_string())
                .arg("tags", tags.to_string())
        }
    });
    Examination {
        abilities: abilities(&look, client),
        range,
        hidden,
        addresses,
        values,
        refused: look.refused,
        report: look.report,
    }
}

/// Tags are read with the better of the two secrets.
async fn tags(look: &mut Look, client: &Client, context: &Context) {
    let who = if client.has(Who::Contacts) { Who::Contacts } else { Who::App };
    if look.stopped.contains_key(setting(who)) {
        return;
    }
    match client.tags(context).await {
        Ok(_) => look.can("read_tags", who, "tag/list"),
        Err(error) => look.cannot("read_tags", who, "tag/list", code_of(&error), &error.problem),
    }
}

/// What is hidden, tried on one member.
async fn hidden(look: &mut Look, client: &Client, context: &Context, config: &Config) -> Vec<String> {
    if look.member.is_none()
        && let Some(somebody) = look.somebody.clone().filter(|_| look.agent.is_some())
        && look.told.get(&("read_people", "app_secret")).is_some_and(|told| told.verdict == Verdict::Yes)
    {
        look.member = client.member(context, &somebody).await.ok();
    }
    let Some(member) = &look.member else { return Vec::new() };
    let hidden: Vec<String> = of_member(member, config.own_app).into_iter().map(str::to_owned).collect();
    if !hidden.is_empty() {
        let code =
            if hidden.iter().any(|field| field == "name") { "wecom_name_withheld" } else { "wecom_fields_hidden" };
        look.warn("fields", Problem::new(code).arg("fields", hidden.join(", ")));
    }
    hidden
}

/// The fields that are not shown. A member without any of the sensitive ones could have none; then they count as hidden only
/// if their keys are missing.
fn of_member(member: &Map<String, Value>, own_app: bool) -> Vec<&'static str> {
    let text = |name: &str| member.get(name).and_then(Value::as_str);
    let mut hidden = Vec::new();
    if text("name").is_none_or(str::is_empty) || (!own_app && text("name") == text("userid")) {
        hidden.push("name");
    }
    hidden.extend(ORDINARY.into_iter().filter(|name| !member.contains_key(*name)));
    let shown = SENSITIVE.into_iter().any(|name| text(name).is_some_and(|text| !text.is_empty()));
    if !shown {
        hidden.extend(SENSITIVE.into_iter().filter(|name| !member.contains_key(*name)));
    }
    hidden
}

/// Whether our clock and that of WeCom agree.
fn clock(look: &mut Look, client: &Client, context: &Context) {
    let Some(apart) = client.clock_apart(context) else { return };
    if apart.abs() > CLOCK_MS {
        let minutes = (apart.abs() / 60_000).to_string();
        look.warn("clock", Problem::new("wecom_clock_apart").arg("minutes", minutes));
    }
}

/// What stands around the connection.
fn outside(look: &mut Look, around: &Surroundings) {
    let domain = look.agent.as_ref().map(|agent| agent.redirect_domain.clone());
    let Some(url) = &around.public_url else {
        if !around.awaited.is_empty() || domain.as_ref().is_some_and(|domain| !domain.is_empty()) {
            look.warn("public_address", Problem::new("wecom_public_missing"));
        }
        callbacks(look, around);
        return;
    };
    let host = host(url);
    let numeric = is_numeric(host);
    if numeric {
        look.warn("public_address", Problem::new("wecom_public_ip").arg("url", url.clone()));
    } else if !url.starts_with("https://") {
        look.warn("public_address", Problem::new("wecom_public_plain").arg("url", url.clone()));
    }
    if let Some(domain) = domain {
        let told = |verdict, remedy| Told { verdict, api: "agent/get", code: Some(0), remedy };
        // For an address that cannot be a trusted domain there is nothing to compare.
        let answer = match (numeric, domain.is_empty(), domain.eq_ignore_ascii_case(host)) {
            (true, ..) => told(Verdict::No, Some(Problem::new("wecom_public_ip").arg("url", url.clone()))),
            (_, true, _) => told(Verdict::No, Some(Problem::new("wecom_domain_missing").arg("host", host))),
            (_, _, false) => {
                let problem = Problem::new("wecom_domain_mismatch").arg("domain", domain.clone());
                told(Verdict::No, Some(problem.arg("host", host)))
            }
            _ => told(Verdict::Yes, None),
        };
        if let Some(problem) = answer.remedy.clone().filter(|_| !numeric) {
            look.warn("trusted_domain", problem);
        }
        look.told.insert(("oauth", "app_secret"), answer);
    }
    callbacks(look, around);
}

fn callbacks(look: &mut Look, around: &Surroundings) {
    for receiver in &around.receivers {
        let secret = if receiver.name.is_empty() { "contacts_secret" } else { "app_secret" };
        let of_app = |event: &String| OF_APP.contains(&event.as_str());
        let awaited = around.awaited.iter().any(|event| of_app(event) != receiver.name.is_empty());
        let silent = (awaited && !receiver.reached)
            .then(|| Problem::new("wecom_callback_silent").arg("path", receiver.path.clone()));
        let problem = receiver.trouble.clone().or(silent);
        let verdict = match (&problem, receiver.reached) {
            (Some(_), _) => Verdict::No,
            (None, true) => Verdict::Yes,
            (None, false) => Verdict::Unknown,
        };
        let told = Told { verdict, api: "callback", code: None, remedy: problem.clone() };
        look.told.insert(("events", secret), told);
        if let Some(problem) = problem {
            look.warn(if receiver.name.is_empty() { "callback" } else { "callback_app" }, problem);
        }
    }
}

fn abilities(look: &Look, client: &Client) -> Vec<Ability> {
    let by_provider = client.has(Who::Edit);
    let row = |(name, title, who): &(&'static str, Text, Who)| {
        let who = match who {
            // A provider writes by what it was granted, and has nothing else of the contact sync.
            Who::Contacts if by_provider && name.starts_with("write_") => Who::Edit,
            Who::Contacts if by_provider => return None,
            who => *who,
        };
        let (credential, api) = match who {
            Who::App if by_provider => (Text::new("代开发应用", "Customized app"), "app"),
            Who::App => (Text::new("应用 Secret", "App secret"), "app"),
            Who::Contacts => (Text::new("通讯录同步 Secret", "Contact-sync secret"), "contacts"),
            Who::Edit => (Text::new("通讯录编辑授权", "Right to edit contacts"), "contacts"),
        };
        let key = setting(who);
        let missing = || {
            let code = match who {
                Who::App => "wecom_app_secret_missing",
                Who::Contacts | Who::Edit => "wecom_contacts_secret_missing",
            };
            Told { verdict: Verdict::No, api, code: None, remedy: Some(Problem::new(code).arg("api", *name)) }
        };
        let told = match client.has(who) || (by_provider && look.stopped.contains_key(key)) {
            false => missing(),
            true => look.told.get(&(*name, key)).or_else(|| look.stopped.get(key)).cloned().unwrap_or_default(),
        };
        Some(Ability {
            name,
            title: *title,
            credential: key,
            credential_title: credential,
            verdict: told.verdict,
            api: told.api,
            code: told.code,
            remedy: told.remedy,
        })
    };
    TABLE.iter().filter_map(row).collect()
}

/// What has to be entered in the admin console.
pub(crate) fn to_copy(around: &Surroundings) -> Vec<ToCopy> {
    let url = around.public_url.as_deref();
    // What WeCom does not take is not offered.
    let host = url.map(host).filter(|host| !is_numeric(host)).map(str::to_owned);
    let at = |path: &str| url.map(|url| format!("{url}{path}"));
    let mut values = vec![
        ToCopy {
            name: "trusted_domain",
            title: Text::new("可信域名", "Trusted domain"),
            find: Text::new(
                "管理后台 → 应用管理 → 自建 → 你的应用 → 网页授权及JS-SDK → 设置可信域名（不带 https://）；域名须已备案，校验文件上传到 idflow 的“校验文件”",
                "admin console → App Management → Self-built → your app → Web authorization and JS-SDK → trusted domain, without https://; the file by which it is verified is uploaded to idflow",
            ),
            link: APPS_PAGE,
            value: host.clone(),
            there: None,
        },
        ToCopy {
            name: "callback_domain",
            title: Text::new("授权回调域", "Callback domain of web login"),
            find: Text::new(
                "管理后台 → 应用管理 → 自建 → 你的应用 → 企业微信授权登录 → Web网页 → 授权回调域",
                "admin console → App Management → Self-built → your app → WeCom login → Web page → callback domain",
            ),
            link: APPS_PAGE,
            value: host,
            there: None,
        },
        ToCopy {
            name: "home_page",
            title: Text::new("应用主页", "Home page of the app"),
            find: Text::new(
                "管理后台 → 应用管理 → 自建 → 你的应用 → 工作台应用主页",
                "admin console → App Management → Self-built → your app → home page on the workbench",
            ),
            link: APPS_PAGE,
            value: at(&around.home),
            there: None,
        },
        ToCopy {
            name: "trusted_ip",
            title: Text::new("企业可信IP", "Trusted IP"),
            find: Text::new(
                "管理后台 → 应用管理 → 自建 → 你的应用 → 企业可信IP；通讯录同步的在“管理工具 → 通讯录同步”，两处各有一份名单",
                "admin console → App Management → Self-built → your app → trusted IPs; those of the contact sync under Management Tools → Contacts Sync: each has a list of its own",
            ),
            link: APPS_PAGE,
            value: Some(around.addresses.join(", ")).filter(|text| !text.is_empty()),
            there: None,
        },
    ];
    for receiver in &around.receivers {
        let first = receiver.name.is_empty();
        let find = callback::RECEIVERS.iter().find(|known| known.name == receiver.name).map(|known| known.doc);
        values.push(ToCopy {
            name: if first { "callback" } else { "callback_app" },
            title: match first {
                true => Text::new("通讯录事件 URL", "URL for events of the contacts"),
                false => Text::new("应用接收消息 URL", "URL for events of the app"),
            },
            find: find.unwrap_or(Text::new("", "")),
            link: if first { CONSOLE } else { APPS_PAGE },
            value: at(&receiver.path),
            there: None,
        });
    }
    values
}

/// Host and port of an address.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Whether it is no name that could be a domain of a company.
fn is_numeric(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(_) => return true,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.parse::<std::net::IpAddr>().is_ok() || name == "localhost" || !name.contains('.')
}

/// Whether it is the file by which WeCom sees whose a domain is.
pub(crate) fn is_site_file(name: &str) -> bool {
    let code = name.strip_prefix("WW_verify_").and_then(|rest| rest.strip_suffix(".txt"));
    code.is_some_and(|code| (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_that_are_no_domain() {
        for (url, numeric) in [
            ("https://id.example.com", false),
            ("https://id.example.com:8443", false),
            ("https://203.0.113.7", true),
            ("http://203.0.113.7:8080", true),
            ("https://[2001:db8::1]:443", true),
            ("http://localhost:8080", true),
            ("http://server:8080", true),
        ] {
            assert_eq!(is_numeric(host(url)), numeric, "{url}");
        }
    }

    #[test]
    fn what_is_missing_is_hidden_and_what_is_empty_is_not() {
        let member = |value: Value| value.as_object().cloned().unwrap_or_default();
        let old = member(json!({"userid": "a", "name": "A", "alias": "", "position": "", "telephone": "",
            "is_leader_in_dept": [0], "mobile": "", "email": "", "biz_mail": "", "avatar": "", "address": "", "qr_code": ""}));
        assert!(of_member(&old, true).is_empty());
        let new = member(json!({"userid": "a", "name": "A", "alias": "", "position": "", "telephone": "",
            "is_leader_in_dept": [0]}));
        assert_eq!(of_member(&new, true), SENSITIVE);
        let masked = member(json!({"userid": "a", "name": "a", "alias": "", "position": "", "telephone": "",
            "is_leader_in_dept": [0], "mobile": "1"}));
        assert_eq!(of_member(&masked, true), Vec::<&str>::new(), "an account that is called so");
        assert_eq!(of_member(&masked, false), ["name"]);
    }

    #[test]
    fn files_that_are_looked_for() {
        for (name, is_one) in [
            ("WW_verify_Ab12.txt", true),
            ("WW_verify_.txt", false),
            ("WW_verify_a/b.txt", false),
            ("WW_verify_a.html", false),
            ("index.html", false),
        ] {
            assert_eq!(is_site_file(name), is_one, "{name}");
        }
    }
}
