//! Settings from a file: `IDFLOW_CONFIG` names one with `NAME=VALUE` on each line, the names of the environment. What the
//! environment says comes before it, what is typed before both.

use std::{collections::BTreeMap, ffi::OsString, path::Path};

use crate::contract::problem::{Text, system};

/// Settings that every command has as an option.
const EVERYWHERE: [&str; 5] =
    ["IDFLOW_DATA_DIR", "IDFLOW_STORE", "IDFLOW_TENANT", "IDFLOW_SERVER", "IDFLOW_DISK_FLOOR"];
/// Settings that `serve` has as an option.
const OF_SERVE: [&str; 9] = [
    "IDFLOW_IMPORT_ROOTS",
    "IDFLOW_LISTEN",
    "IDFLOW_PUBLIC_URL",
    "IDFLOW_TLS_CERT",
    "IDFLOW_TLS_KEY",
    "IDFLOW_TRUSTED_PROXY",
    "IDFLOW_INSECURE_HTTP",
    "IDFLOW_ALLOW_PRIVATE",
    "IDFLOW_METRICS_TOKEN",
];
/// Settings without an option: each with what it is, in English and Chinese.
const OTHERS: [(&str, &str, &str); 12] = [
    (
        "IDFLOW_MASTER_KEY",
        "The key of stored secrets: 64 hex digits, file:PATH, or command:PROGRAM ARGUMENTS, which prints them; the new and the old one with `;` between them while the key is changed. Without it the file master.key of the data folder",
        "保存的密钥所用的主密钥：64 位十六进制，或 file:PATH，或 command:PROGRAM ARGUMENTS（输出主密钥的程序）；更换期间写新旧两个，用 ; 分开。不设置时用数据目录里的 master.key",
    ),
    (
        "IDFLOW_TOKEN",
        "The token for the server that --server names, in the place of the one that `idflow login` keeps",
        "用于 --server 所指服务的令牌，代替 `idflow login` 保存的令牌",
    ),
    (
        "IDFLOW_LOG",
        "What is logged to standard error, as a filter: info, or warn,idflow::runs=info. RUST_LOG counts where it is not set",
        "写到标准错误的日志，用过滤表达式说明：info，或 warn,idflow::runs=info。不设置时看 RUST_LOG",
    ),
    (
        "IDFLOW_LOG_FORMAT",
        "json: an object on each line of the log; text, as by default: words for people",
        "json：日志每行一个 JSON 对象；text（默认）：给人看的文字",
    ),
    (
        "IDFLOW_LANG",
        "The language of texts, zh or en. Without it LC_ALL, LC_MESSAGES, LANG",
        "文字的语言，zh 或 en。不设置时看 LC_ALL、LC_MESSAGES、LANG",
    ),
    (
        "IDFLOW_RUNS_AT_WORK",
        "How many small runs are at work at once; a large one counts for several. Without it 16 for each core",
        "同时执行多少个小运行；大的运行按多个计算。不设置时每个处理器核心 16 个",
    ),
    (
        "IDFLOW_OIDC_ISSUER",
        "The address of the provider of OpenID Connect. Where it is set, the settings of this group hold and are changed here alone",
        "OpenID Connect 身份提供方的地址。设置后以这一组设置为准，并且只能在这里修改",
    ),
    ("IDFLOW_OIDC_CLIENT_ID", "What the provider calls us (client id)", "身份提供方给本系统的 client id"),
    (
        "IDFLOW_OIDC_CLIENT_SECRET",
        "The client secret: as it is, or file:PATH",
        "client secret：直接写，或用 file:PATH 指明文件",
    ),
    ("IDFLOW_OIDC_TITLE", "What the button of the sign-in page says", "登录页按钮上的文字"),
    (
        "IDFLOW_OIDC_BY_EMAIL",
        "true: an account is bound at its first sign-in to whoever has its address for mail, verified by the provider",
        "true：首次登录时按身份提供方验证过的邮箱绑定账号",
    ),
    (
        "IDFLOW_CONSOLE_DIR",
        "A folder with a built console in the place of the one in the program; what ships does not know it",
        "用目录里编译好的控制台代替程序自带的；正式程序没有这个设置",
    ),
];

/// The settings that have no option: name, English, Chinese.
pub fn without_option() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    OTHERS.into_iter()
}

/// What a file says, by name.
pub type Settings = BTreeMap<String, String>;

/// Every setting that can stand in a file.
pub fn names() -> impl Iterator<Item = &'static str> {
    EVERYWHERE.into_iter().chain(OF_SERVE).chain(OTHERS.map(|(name, _, _)| name))
}

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, a line that is none, a name that nobody knows: whoever sets something wants it to hold.
pub fn read(file: &Path) -> Result<Settings, Text> {
    let name = file.display();
    let said = |Text { zh, en }| Text { zh: format!("{name}：{zh}"), en: format!("{name}: {en}") };
    let text = std::fs::read_to_string(file).map_err(|error| said(system(&error)))?;
    parse(&text).map_err(said)
}

fn parse(text: &str) -> Result<Settings, Text> {
    let mut settings = Settings::new();
    // Some editors begin a file with a mark of its byte order.
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(|| Text {
            zh: format!("第 {number} 行不是 NAME=VALUE"),
            en: format!("line {number} is not NAME=VALUE"),
        })?;
        let (name, value) = (name.trim(), value.trim());
        if !names().any(|known| known == name) {
            return Err(Text {
                zh: format!("第 {number} 行：没有名为 {name} 的设置"),
                en: format!("line {number}: there is no setting {name}"),
            });
        }
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        settings.insert(name.into(), bare.into());
    }
    Ok(settings)
}

/// The option of a setting: `IDFLOW_TLS_CERT` is `--tls-cert`.
fn option(name: &str) -> String {
    format!("--{}", name.trim_start_matches("IDFLOW_").to_lowercase().replace('_', "-"))
}

/// What was typed, with the options that the file stands for; `set` tells which names the environment has.
pub fn with(typed: Vec<OsString>, settings: &Settings, set: impl Fn(&str) -> bool) -> Vec<OsString> {
    let is_typed = |option: &str| {
        let given = |word: &str| word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='));
        typed.iter().filter_map(|word| word.to_str()).any(given)
    };
    let words = |names: &[&'static str]| {
        let mut words: Vec<OsString> = Vec::new();
        for name in names {
            let option = option(name);
            let Some(value) = settings.get(*name).filter(|_| !set(name) && !is_typed(&option)) else { continue };
            match (*name, value.as_str()) {
                ("IDFLOW_INSECURE_HTTP" | "IDFLOW_ALLOW_PRIVATE", "true" | "1") => words.push(option.into()),
                ("IDFLOW_INSECURE_HTTP" | "IDFLOW_ALLOW_PRIVATE", _) => {}
                _ => words.push(format!("{option}={value}").into()),
            }
        }
        words
    };
    let (everywhere, of_serve) = (words(&EVERYWHERE), words(&OF_SERVE));
    let mut all = typed;
    if let Some(place) = all.iter().position(|word| word == "serve") {
        all.splice(place + 1..place + 1, of_serve);
    }
    let place = all.len().min(1);
    all.splice(place..place, everywhere);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_is_typed_comes_before_the_environment_and_that_before_the_file() {
        let text = "# a comment\n\nIDFLOW_LISTEN = 127.0.0.1:9\nIDFLOW_DATA_DIR=\"/d\"\nIDFLOW_ALLOW_PRIVATE=true\n";
        let settings = parse(text).unwrap();
        let with = |text: &str, set: &[&str]| {
            let all = with(typed(text), &settings, |name| set.contains(&name));
            all.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(with("idflow runs list", &[]), "idflow --data-dir=/d runs list");
        assert_eq!(with("idflow serve", &[]), "idflow --data-dir=/d serve --listen=127.0.0.1:9 --allow-private");
        assert_eq!(
            with("idflow serve --listen 1.1.1.1:1", &["IDFLOW_DATA_DIR", "IDFLOW_ALLOW_PRIVATE"]),
            "idflow serve --listen 1.1.1.1:1"
        );
        for (wrong, why) in
            [("IDFLOW_LISTN=x", "line 1: there is no setting IDFLOW_LISTN"), ("x", "line 1 is not NAME=VALUE")]
        {
            assert_eq!(parse(wrong).unwrap_err().en, why);
        }
    }
}
