//! Settings from a file: `IDFLOW_CONFIG` names one with `NAME=VALUE` on each line, the names of the environment. What the
//! environment says comes before it, what is typed before both.

use std::{collections::BTreeMap, ffi::OsString, path::Path};

/// Settings that every command has as an option.
const EVERYWHERE: [&str; 5] =
    ["IDFLOW_DATA_DIR", "IDFLOW_STORE", "IDFLOW_TENANT", "IDFLOW_SERVER", "IDFLOW_DISK_FLOOR"];
/// Settings that `serve` has as an option.
const OF_SERVE: [&str; 8] = [
    "IDFLOW_LISTEN",
    "IDFLOW_PUBLIC_URL",
    "IDFLOW_TLS_CERT",
    "IDFLOW_TLS_KEY",
    "IDFLOW_TRUSTED_PROXY",
    "IDFLOW_INSECURE_HTTP",
    "IDFLOW_ALLOW_PRIVATE",
    "IDFLOW_METRICS_TOKEN",
];
/// Settings without an option.
const OTHERS: [&str; 7] = [
    "IDFLOW_MASTER_KEY",
    "IDFLOW_TOKEN",
    "IDFLOW_LOG",
    "IDFLOW_LOG_FORMAT",
    "IDFLOW_LANG",
    "IDFLOW_RUNS_AT_WORK",
    "IDFLOW_CONSOLE_DIR",
];

/// What a file says, by name.
pub type Settings = BTreeMap<String, String>;

/// Every setting that can stand in a file.
pub fn names() -> impl Iterator<Item = &'static str> {
    EVERYWHERE.into_iter().chain(OF_SERVE).chain(OTHERS)
}

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, a line that is none, a name that nobody knows: whoever sets something wants it to hold.
pub fn read(file: &Path) -> Result<Settings, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    parse(&text).map_err(|why| format!("{name}: {why}"))
}

fn parse(text: &str) -> Result<Settings, String> {
    let mut settings = Settings::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(|| format!("line {number} is not NAME=VALUE"))?;
        let (name, value) = (name.trim(), value.trim());
        if !names().any(|known| known == name) {
            return Err(format!("line {number}: there is no setting {name}"));
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
            assert_eq!(parse(wrong).unwrap_err(), why);
        }
    }
}
