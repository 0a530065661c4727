//! `idflow connection doctor` and `connection integration`.

use std::path::Path;

use super::{
    Failure, Lang, Session,
    client::encode,
    exit,
    lang::{both, say},
    output,
    problem::problem,
    words,
};
use crate::contract::{
    examination::{
        AbilityVerdict, ExaminationReport, Examine, Integration, IntegrationValue, NewSiteFile, RemovedSiteFile,
        SiteFile, SiteFileCheck, UntrustedAddress, ValueState,
    },
    problem::Issue,
};

/// Looks closely at a connection.
pub async fn doctor(session: &Session<'_>, name: &str, again: bool) -> Result<u8, Failure> {
    let path = format!("/connections/{}/doctor", encode(name));
    let report: ExaminationReport = session.client().await?.send(&path, &Examine { again }).await?;
    let code = if report.ok { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&report);
    } else {
        tell(session.lang, &report);
    }
    Ok(code)
}

/// What was found, for people.
pub fn tell(lang: Lang, report: &ExaminationReport) {
    let mut table = output::table(&match lang {
        Lang::Zh => ["密钥", "能力", "结论", "依据"],
        Lang::En => ["secret", "ability", "", "evidence"],
    });
    for row in &report.abilities {
        let verdict = match row.verdict {
            AbilityVerdict::Yes => lang.pick("可以", "yes"),
            AbilityVerdict::No => lang.pick("不可以", "no"),
            AbilityVerdict::Unknown => lang.pick("未知", "unknown"),
        };
        let evidence = match (&row.call, row.code) {
            (Some(call), Some(code)) => format!("{call} → {code}"),
            (Some(call), None) => call.clone(),
            (None, _) => "–".into(),
        };
        let (title, secret) = (lang.of(&row.title).to_string(), lang.of(&row.credential_title).to_string());
        table.add_row([secret, title, verdict.into(), evidence]);
    }
    if !report.abilities.is_empty() {
        output::show(table);
    }
    if let Some(range) = &report.range {
        let range = lang.of(range);
        output::data(&say!(lang, "可见范围：{range}", "range: {range}"));
    }
    if !report.hidden.is_empty() {
        let hidden = lang.list(report.hidden.iter());
        output::data(&say!(lang, "看不到的字段：{hidden}", "hidden fields: {hidden}"));
    }
    addresses(lang, &report.addresses);
    if report.findings.is_empty() {
        output::data(lang.pick("没有发现问题", "nothing is wrong"));
    }
    for finding in &report.findings {
        let sign = if finding.fatal { lang.pick("失败", "FAILED ") } else { lang.pick("警告", "warning") };
        output::data(&format!("{sign} {}", words::tested(lang, &finding.subject)));
        if let Some(error) = &finding.error {
            problem(lang, error, "        ");
        }
    }
}

fn addresses(lang: Lang, all: &[UntrustedAddress]) {
    for one in all {
        let (address, secret) = (&one.address, words::tested(lang, &one.credential));
        let at = output::when(Some(&one.at));
        output::data(&say!(
            lang,
            "企业微信看到的出口 IP：{address}（{secret}，{at}），不在可信名单里",
            "our address as it is seen: {address} ({secret}, {at}), not among the trusted ones"
        ));
    }
}

/// What has to be entered in the system of a connection; its files.
pub async fn integration(
    session: &Session<'_>,
    name: &str,
    add: Option<&Path>,
    check: bool,
    remove: Option<&str>,
) -> Result<u8, Failure> {
    let client = session.client().await?;
    let lang = session.lang;
    if let Some(file) = add {
        let content = std::fs::read_to_string(file).map_err(|error| Failure::file(file.display(), &error))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let kept: SiteFile = client.send("/site-files", &NewSiteFile { name, content }).await?;
        if session.json() {
            output::json(&kept);
        } else {
            let place = kept.url.unwrap_or_else(|| format!("/{}", kept.name));
            output::data(&say!(lang, "已提供：{place}", "served at {place}"));
        }
        return Ok(exit::DONE);
    }
    if let Some(name) = remove {
        let removed: RemovedSiteFile = client.remove(&format!("/site-files/{}", encode(name))).await?;
        if session.json() {
            output::json(&removed);
        } else {
            let name = &removed.name;
            output::data(&say!(lang, "{name} 不再提供", "{name} is served no longer"));
        }
        return Ok(exit::DONE);
    }
    let found: Integration = client.fetch(&format!("/connections/{}/integration", encode(name))).await?;
    if check {
        let mut checks: Vec<SiteFileCheck> = Vec::new();
        for file in &found.files {
            checks.push(client.send(&format!("/site-files/{}/check", encode(&file.name)), &()).await?);
        }
        if checks.is_empty() {
            return Err(Failure::new(both!("还没有校验文件", "there is no such file yet")).hint(both!(
                "用 --add-file 上传管理后台下载的文件",
                "give the file that was downloaded from the admin console with --add-file"
            )));
        }
        if session.json() {
            output::json(&checks);
        } else {
            checks.iter().for_each(|check| told(lang, &check.url, check.ok, check.error.as_ref()));
        }
        return Ok(if checks.iter().all(|check| check.ok) { exit::DONE } else { exit::FAILED });
    }
    if session.json() {
        output::json(&found);
        return Ok(exit::DONE);
    }
    if found.public_url.is_none() {
        output::say(lang.pick(
            "服务没有对外地址（--public-url），域名和网址还不知道",
            "the server has no public address (--public-url), so domain and addresses are not known yet",
        ));
    }
    found.values.iter().for_each(|one| value(lang, one));
    for file in &found.files {
        let place = file.url.clone().unwrap_or_else(|| format!("/{}", file.name));
        output::data(&say!(lang, "校验文件：{place}", "file: {place}"));
    }
    addresses(lang, &found.addresses);
    Ok(exit::DONE)
}

fn told(lang: Lang, url: &str, ok: bool, error: Option<&Issue>) {
    output::data(&format!("{} {url}", if ok { lang.pick("正常", "ok    ") } else { lang.pick("失败", "FAILED") }));
    if let Some(error) = error {
        problem(lang, error, "        ");
    }
}

fn value(lang: Lang, value: &IntegrationValue) {
    let title = lang.of(&value.title);
    let shown = value.value.as_deref().unwrap_or("–");
    let state = match value.state {
        ValueState::Same => lang.pick("（已填好）", " (is there)"),
        ValueState::Missing => lang.pick("（还没有填）", " (is not there yet)"),
        ValueState::Different => lang.pick("（与填写的不同）", " (something else is there)"),
        ValueState::Unknown => "",
    };
    output::data(&say!(lang, "{title}：{shown}{state}", "{title}: {shown}{state}"));
    output::data(&format!("    {}", lang.of(&value.find)));
}
