//! The environment and flags to settings. Nothing else reads the environment.

pub mod file;
pub mod servers;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    app::Settings,
    contract::{
        problem::{Text, system},
        sign_in::OidcSettings,
    },
    engine::clock::{Clock, FileClock, SystemClock},
    store::location::Location,
};

/// What was typed itself: it comes before whatever the environment and the file of settings say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Typed {
    /// `--data-dir` or `--store`.
    pub place: bool,
    /// `--server`.
    pub server: bool,
}

impl Typed {
    /// In these words.
    fn of(words: impl Iterator<Item = OsString>) -> Self {
        let mut typed = Self::default();
        for word in words.map(|word| word.to_string_lossy().into_owned()).take_while(|word| word != "--") {
            match word.split('=').next().unwrap_or_default() {
                "--data-dir" | "--store" => typed.place = true,
                "--server" => typed.server = true,
                _ => {}
            }
        }
        typed
    }
}

/// What stands outside the command line.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Which options of a place were typed.
    pub typed: Typed,
    /// `IDFLOW_MASTER_KEY`: 64 hex digits, `file:PATH`, or `command:PROGRAM ARGUMENTS`, which prints them.
    pub master_key: Option<String>,
    /// `IDFLOW_STORE`: where the store is.
    pub store: Option<String>,
    /// What the file of settings says, which `IDFLOW_CONFIG` names, and why it cannot be used.
    pub file: file::Settings,
    /// See there.
    pub wrong: Option<Text>,
    /// A log filter, with the variable that it comes from: `IDFLOW_LOG`, else `RUST_LOG`.
    pub log: Option<(&'static str, String)>,
    /// `IDFLOW_CLOCK_FILE`: a file with milliseconds since 1970 that is the time; for tests.
    pub clock_file: Option<PathBuf>,
    /// The language of texts as a locale: `IDFLOW_LANG` (`zh` or `en`), else `LC_ALL`, `LC_MESSAGES` or `LANG`.
    pub locale: String,
    /// Whether `NO_COLOR` is set.
    pub no_color: bool,
    /// Who is at the keyboard.
    pub user: String,
    /// Bytes that must be free on the disk for a new run; the command line sets it.
    pub disk_floor: u64,
    /// `IDFLOW_FAULT_FILE`: by which tests end a background task. What ships does not know it.
    #[cfg(debug_assertions)]
    pub fault_file: Option<PathBuf>,
    /// `IDFLOW_CONSOLE_DIR`: a folder with a built console, for whoever works on it. What ships has it inside and does not know
    /// this.
    pub console: Option<PathBuf>,
    /// Whether calls to other systems go through a proxy: `HTTPS_PROXY` or `ALL_PROXY`.
    pub proxied: bool,
    /// Whether log lines are JSON: `IDFLOW_LOG_FORMAT=json`.
    pub json_logs: bool,
    /// The file with the servers that the user has logged in to; nothing where nobody knows where settings of the user are.
    pub servers: Option<PathBuf>,
    /// `IDFLOW_TOKEN`: what is shown to the server that `--server` names, in the place of the token that is kept for it.
    pub token: Option<String>,
    /// `IDFLOW_OIDC_…`: how people sign in by OpenID Connect.
    pub oidc: Option<OidcSettings>,
    /// `IDFLOW_RUNS_AT_WORK`: how many small runs may be at work at once.
    pub at_work: Option<usize>,
}

/// What was typed.
#[must_use]
pub fn arguments(environment: &Environment) -> Vec<std::ffi::OsString> {
    file::with(std::env::args_os().collect(), &environment.file, |name| std::env::var_os(name).is_some())
}

/// The file of this program.
///
/// # Errors
/// Those of the system.
pub fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// The first setting whose value means nothing: whoever sets something wants it to hold.
fn wrong_value(get: &impl Fn(&str) -> Option<String>) -> Option<Text> {
    let wrong = |name: &str, is: fn(&str) -> bool, zh: &str, en: &str| {
        get(name).filter(|value| !is(value)).map(|value| Text {
            zh: format!("{name} 的值是“{value}”，可用：{zh}"),
            en: format!("{name} is `{value}`; it can be {en}"),
        })
    };
    let begins = |value: &str| ["zh", "en", "C", "POSIX"].iter().any(|known| value.starts_with(known));
    let counts = |value: &str| value.parse::<usize>().is_ok_and(|number| number > 0);
    let says = |value: &str| matches!(value, "true" | "1" | "false" | "0");
    wrong("IDFLOW_LANG", begins, "zh 或 en", "zh or en")
        .or_else(|| {
            wrong("IDFLOW_LOG_FORMAT", |value| matches!(value, "json" | "text"), "json 或 text", "json or text")
        })
        .or_else(|| wrong("IDFLOW_RUNS_AT_WORK", counts, "从 1 起的整数", "a number from 1"))
        .or_else(|| wrong("IDFLOW_OIDC_BY_EMAIL", says, "true 或 false", "true or false"))
        .or_else(|| wrong_clock(&get("IDFLOW_CLOCK_FILE")?))
}

/// Without a time in its file a clock would stand at 1970, and runs of today before all others.
fn wrong_clock(file: &str) -> Option<Text> {
    let Text { zh, en } = match std::fs::read_to_string(file) {
        Ok(text) if text.trim().parse::<i64>().is_ok() => return None,
        Ok(_) => Text {
            zh: "内容不是 1970 年以来的毫秒数".into(),
            en: "it does not hold milliseconds since 1970".into(),
        },
        Err(error) => system(&error),
    };
    Some(Text { zh: format!("IDFLOW_CLOCK_FILE：{file}：{zh}"), en: format!("IDFLOW_CLOCK_FILE: {file}: {en}") })
}

impl Environment {
    /// Reads it.
    #[must_use]
    pub fn read() -> Self {
        let named = std::env::var("IDFLOW_CONFIG").ok().filter(|name| !name.is_empty());
        let (file, wrong) = match named.map(|name| file::read(Path::new(&name))) {
            Some(Ok(settings)) => (settings, None),
            Some(Err(why)) => (file::Settings::new(), Some(why)),
            None => (file::Settings::new(), None),
        };
        let given = |name: &str| std::env::var(name).ok().or_else(|| file.get(name).cloned());
        let get = |name: &str| given(name).filter(|value| !value.is_empty());
        let locale = ["IDFLOW_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(get).unwrap_or_default();
        Self {
            typed: Typed::of(std::env::args_os()),
            master_key: get("IDFLOW_MASTER_KEY"),
            store: get("IDFLOW_STORE"),
            log: ["IDFLOW_LOG", "RUST_LOG"].into_iter().find_map(|name| Some((name, get(name)?))),
            clock_file: get("IDFLOW_CLOCK_FILE").map(PathBuf::from),
            locale,
            no_color: get("NO_COLOR").is_some(),
            user: get("USER").or_else(|| get("USERNAME")).unwrap_or_else(|| "owner".into()),
            disk_floor: 0,
            wrong: wrong.or_else(|| wrong_value(&get)),
            #[cfg(debug_assertions)]
            fault_file: get("IDFLOW_FAULT_FILE").map(PathBuf::from),
            console: get("IDFLOW_CONSOLE_DIR").filter(|_| cfg!(debug_assertions)).map(PathBuf::from),
            proxied: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
                .into_iter()
                .any(|name| get(name).is_some()),
            json_logs: get("IDFLOW_LOG_FORMAT").is_some_and(|format| format == "json"),
            servers: get("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| get("HOME").map(|home| Path::new(&home).join(".config")))
                .or_else(|| get("APPDATA").map(PathBuf::from))
                .map(|folder| folder.join("idflow/servers.json")),
            token: get("IDFLOW_TOKEN"),
            oidc: get("IDFLOW_OIDC_ISSUER").map(|issuer| OidcSettings {
                issuer,
                client_id: get("IDFLOW_OIDC_CLIENT_ID").unwrap_or_default(),
                client_secret: Some(get("IDFLOW_OIDC_CLIENT_SECRET").unwrap_or_default()),
                title: get("IDFLOW_OIDC_TITLE"),
                by_email: get("IDFLOW_OIDC_BY_EMAIL").is_some_and(|said| matches!(said.as_str(), "true" | "1")),
                scopes: None,
            }),
            at_work: get("IDFLOW_RUNS_AT_WORK").and_then(|number| number.parse().ok()),
            file: file.clone(),
        }
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        match &self.clock_file {
            Some(file) => Arc::new(FileClock::new(file.clone())),
            None => Arc::new(SystemClock),
        }
    }

    /// The settings of an application over this data folder, and this store if it is elsewhere.
    #[must_use]
    pub fn settings(&self, data_dir: PathBuf, store: Option<Location>) -> Settings {
        let store = store.unwrap_or_else(|| Location::Folder(data_dir.clone()));
        Settings {
            data_dir,
            store,
            master_key: self.master_key.clone(),
            clock: self.clock(),
            disk_floor: self.disk_floor,
            at_work: self.at_work,
        }
    }

    /// Where folders are made that nobody keeps.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        std::env::temp_dir()
    }

    /// A secret given as `env:NAME`.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::wrong_value;

    #[test]
    fn a_setting_that_means_nothing_is_named() {
        let of = |name: &'static str, value: &'static str| {
            wrong_value(&move |asked: &str| (asked == name).then(|| value.to_string()))
        };
        for (name, bad) in [
            ("IDFLOW_LANG", "fr"),
            ("IDFLOW_LOG_FORMAT", "xml"),
            ("IDFLOW_RUNS_AT_WORK", "0"),
            ("IDFLOW_CLOCK_FILE", "/no/file"),
        ] {
            let said = of(name, bad).expect("it is refused").en;
            assert!(said.contains(name) && said.contains(bad), "{said}");
        }
        for (name, good) in
            [("IDFLOW_LANG", "zh_CN.UTF-8"), ("IDFLOW_LOG_FORMAT", "json"), ("IDFLOW_RUNS_AT_WORK", "3")]
        {
            assert_eq!(of(name, good), None);
        }
    }
}
