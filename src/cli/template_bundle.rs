//! `idflow template export | import | remove | keys | trust | distrust`: templates of one's own, in signed bundles.

use std::path::Path;

use serde_json::{Value, json};

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output, run};
use crate::contract::template::{ExportTemplates, ImportedTemplates, TemplateBundle, TemplateKey};

fn read(file: &Path) -> Result<TemplateBundle, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file.display(), &error))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

fn as_type<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| Failure::new(error.to_string()))
}

/// Writes a bundle.
pub async fn export(
    session: &Session<'_>,
    file: &Path,
    overwrite: bool,
    wanted: ExportTemplates,
) -> Result<u8, Failure> {
    run::free(file, overwrite)?;
    let answer = session.client().await?.post("/templates/export", &json!(wanted)).await?;
    let bundle: TemplateBundle = as_type(answer)?;
    let mut text = serde_json::to_string_pretty(&bundle).map_err(|error| Failure::new(error.to_string()))?;
    text.push('\n');
    std::fs::write(file, text).map_err(|error| Failure::file(file.display(), &error))?;
    let (name, number) = (file.display(), bundle.contents.templates.len());
    if session.json() {
        output::json(&json!({"file": name.to_string(), "templates": number, "key": bundle.key}));
    } else {
        output::data(&say!(session.lang, "{name}：{number} 个模板，已签名", "{name}: templates: {number}, signed"));
        output::say(session.text(
            "下一步：用 idflow template keys 查看指纹，通过其他途径告诉对方",
            "next: idflow template keys shows the fingerprint; tell it to whoever gets the bundle by another way",
        ));
    }
    Ok(exit::DONE)
}

/// Takes a bundle.
pub async fn import(session: &Session<'_>, file: &Path, for_all: bool) -> Result<u8, Failure> {
    let bundle = read(file)?;
    let body = json!({"bundle": bundle, "for_all": for_all});
    let answer = session.beginning().await?.post("/templates/import", &body).await?;
    if session.json() {
        output::json(&answer);
        return Ok(exit::DONE);
    }
    let taken: ImportedTemplates = as_type(answer)?;
    let (names, key) = (session.lang.list(taken.templates.iter()), taken.signed_by);
    output::data(&match taken.for_all {
        true => {
            say!(session.lang, "已导入，供所有租户使用：{names}（{key}）", "taken for all tenants: {names} ({key})")
        }
        false => say!(session.lang, "已导入：{names}（{key}）", "taken: {names} ({key})"),
    });
    Ok(exit::DONE)
}

/// Removes a template.
pub async fn remove(session: &Session<'_>, id: &str) -> Result<u8, Failure> {
    let answer = session.client().await?.delete(&format!("/templates/{}", encode(id))).await?;
    if session.json() {
        output::json(&answer);
    } else {
        output::data(&say!(session.lang, "已移除模板 {id}", "template {id} is removed"));
    }
    Ok(exit::DONE)
}

/// The keys whose bundles are taken.
pub async fn keys(session: &Session<'_>) -> Result<u8, Failure> {
    let keys: Vec<TemplateKey> = session.client().await?.list("/template-keys", None).await?;
    if session.json() {
        output::json(&keys);
        return Ok(exit::DONE);
    }
    let mut table = output::table(&match session.lang {
        Lang::Zh => ["指纹", "名称", "信任时间"],
        Lang::En => ["fingerprint", "name", "trusted since"],
    });
    for key in keys {
        let own = session.text("本系统", "this installation").to_string();
        let since = key.since.map(|since| output::when(Some(&since))).unwrap_or_default();
        table.add_row([key.fingerprint, if key.own { own } else { key.name }, since]);
    }
    output::show(table);
    Ok(exit::DONE)
}

/// Trusts the key of a bundle.
pub async fn trust(session: &Session<'_>, file: &Path, fingerprint: String, name: String) -> Result<u8, Failure> {
    let bundle = read(file)?;
    let body = json!({"bundle": bundle, "fingerprint": fingerprint, "name": name});
    let answer = session.beginning().await?.post("/template-keys", &body).await?;
    if session.json() {
        output::json(&answer);
        return Ok(exit::DONE);
    }
    let key: TemplateKey = as_type(answer)?;
    let (fingerprint, name) = (key.fingerprint, key.name);
    output::data(&say!(
        session.lang,
        "已信任 {name} 的密钥：{fingerprint}",
        "the key of {name} is trusted: {fingerprint}"
    ));
    Ok(exit::DONE)
}

/// Trusts a key no longer.
pub async fn distrust(session: &Session<'_>, fingerprint: &str) -> Result<u8, Failure> {
    let answer = session.client().await?.delete(&format!("/template-keys/{}", encode(fingerprint))).await?;
    if session.json() {
        output::json(&answer);
    } else {
        output::data(&say!(session.lang, "不再信任 {fingerprint}", "{fingerprint} is trusted no longer"));
    }
    Ok(exit::DONE)
}
