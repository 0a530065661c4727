//! How are values and secrets given to a command?

use std::io::Read;

use super::{
    Failure, Session,
    lang::{both, system},
};
use crate::contract::problem::Text;

/// A value as KEY=VALUE.
pub(super) fn pair(text: &str) -> Result<(String, String), Failure> {
    text.split_once('=').map(|(key, value)| (key.trim().to_string(), value.to_string())).ok_or_else(|| {
        Failure::new(both!("值应写成 KEY=VALUE", "a value is given as KEY=VALUE"))
            .hint(both!("例如 --set corp_id=ww0123456789abcdef", "for example --set corp_id=ww0123456789abcdef"))
    })
}

/// Reads one of the secrets that a command takes by `--secret KEY=…` from where it is kept.
pub(super) fn secret(session: &Session<'_>, key: &str, source: &str) -> Result<String, Failure> {
    read(session, key, source, &format!("--secret {key}="))
}

/// Reads the secret of an option of its own, `--token …` for example, from where it is kept.
pub(super) fn secret_option(session: &Session<'_>, option: &str, source: &str) -> Result<String, Failure> {
    read(session, option, source, &format!("{option} "))
}

/// `way`: what stands before the source on the command line.
fn read(session: &Session<'_>, key: &str, source: &str, way: &str) -> Result<String, Failure> {
    if source == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| {
            let Text { zh, en } = system(&error);
            Failure::new(both!("`{key}`：无法读取标准输入：{zh}", "`{key}`: standard input cannot be read: {en}"))
        })?;
        return Ok(text);
    }
    if let Some(name) = source.strip_prefix("env:") {
        return session.environment.secret(name).ok_or_else(|| {
            Failure::new(both!("`{key}`：没有环境变量 {name}", "`{key}`: the environment has no variable {name}"))
                .hint(both!("export {name}=…", "export {name}=…"))
        });
    }
    if let Some(path) = source.strip_prefix("file:") {
        return std::fs::read_to_string(path).map_err(|error| Failure::file(format!("`{key}`: {path}"), &error));
    }
    Err(Failure::new(both!(
        "`{key}`：不要在命令行里写密钥，别人能看到",
        "`{key}`: a secret is not given on the command line, where others can see it"
    ))
    .hint(both!(
        "请用 {way}env:NAME、{way}file:PATH，或 {way}-（标准输入）",
        "use {way}env:NAME, {way}file:PATH, or {way}- for standard input"
    )))
}
