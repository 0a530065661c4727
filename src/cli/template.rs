//! `idflow template`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{
    Failure, Lang, Session,
    client::encode,
    exit,
    lang::{both, say},
    output,
    problem::problem,
    run as files, words,
};
use crate::contract::template::{
    ExportTemplates, ImportedTemplates, Prerequisites, Template, TemplateBundle, TemplateKey,
};

/// What to do with templates.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List templates.
    List,
    /// Show a template's YAML.
    Show {
        /// The template.
        id: String,
    },
    /// Show what a template needs, and whether it is so now.
    Check {
        /// The template.
        id: String,
        /// A connection to ask whether it may do what the template needs.
        #[arg(long)]
        connection: Option<String>,
    },
    /// Put workflows and templates into a bundle that this installation signs.
    Export {
        /// The bundle.
        file: PathBuf,
        /// A workflow: its newest version becomes a template.
        #[arg(long = "workflow", value_name = "ID")]
        workflows: Vec<String>,
        /// A template of one's own.
        #[arg(long = "template", value_name = "ID")]
        templates: Vec<String>,
        /// Replace the file if it is there.
        #[arg(long)]
        overwrite: bool,
    },
    /// Take the templates of a bundle whose key is trusted.
    Import {
        /// The bundle.
        file: PathBuf,
        /// For all tenants, not for this one only.
        #[arg(long)]
        all_tenants: bool,
    },
    /// Remove a template that came in a bundle. Workflows that were made from it stay.
    Remove {
        /// The template.
        id: String,
    },
    /// List the keys whose bundles are taken.
    Keys,
    /// Trust the key of a bundle, after its fingerprint was compared with whoever made it.
    Trust {
        /// The bundle.
        file: PathBuf,
        /// The fingerprint, as whoever made the bundle tells it.
        fingerprint: String,
        /// Whose key it is.
        #[arg(long)]
        name: String,
    },
    /// Trust a key no longer. Templates that came by it stay.
    Distrust {
        /// Its fingerprint.
        fingerprint: String,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    let command = match command {
        Command::Check { id, connection } => return check(session, &id, connection.as_deref()).await,
        Command::Export { file, workflows, templates, overwrite } => {
            return export(session, &file, overwrite, ExportTemplates { templates, workflows }).await;
        }
        Command::Import { file, all_tenants } => return import(session, &file, all_tenants).await,
        Command::Remove { id } => return remove(session, &id).await,
        Command::Keys => return keys(session).await,
        Command::Trust { file, fingerprint, name } => {
            return trust(session, &file, fingerprint, name).await;
        }
        Command::Distrust { fingerprint } => return distrust(session, &fingerprint).await,
        other => other,
    };
    let client = session.shipped().await?;
    let lang = session.lang;
    match command {
        Command::List => {
            let templates: Vec<Template> = client.list("/templates", None).await?;
            if session.json() {
                output::json(&templates);
                return Ok(exit::DONE);
            }
            let mut table = output::table(&match lang {
                Lang::Zh => ["模板", "名称", "类别", "账号连接"],
                Lang::En => ["template", "name", "category", "connections"],
            });
            for template in &templates {
                table.add_row([
                    template.id.clone(),
                    lang.of(&template.name).to_string(),
                    template.labels.get("category").map(|name| words::category(lang, name)).unwrap_or_default().into(),
                    lang.list(template.connections.iter().map(|alias| &alias.alias)),
                ]);
            }
            output::list(lang, table);
        }
        Command::Show { id } => {
            let template: Template = client.fetch(&format!("/templates/{}", encode(&id))).await?;
            if session.json() {
                output::json(&template);
            } else {
                output::data(template.text.as_deref().unwrap_or_default());
            }
        }
        _ => {}
    }
    Ok(exit::DONE)
}

/// What a template needs.
async fn check(session: &Session<'_>, id: &str, connection: Option<&str>) -> Result<u8, Failure> {
    let query = connection.map(|name| format!("?connection={}", encode(name))).unwrap_or_default();
    let path = format!("/templates/{}/prerequisites{query}", encode(id));
    let found: Prerequisites = session.client().await?.fetch(&path).await?;
    let code = if found.ok { exit::DONE } else { exit::FAILED };
    if session.json() {
        output::json(&found);
        return Ok(code);
    }
    let lang = session.lang;
    for item in &found.items {
        let sign = match item.ok {
            Some(true) => lang.pick("满足", "ok     "),
            Some(false) => lang.pick("缺少", "MISSING"),
            None => lang.pick("未查", "unasked"),
        };
        output::data(&format!("{sign} {}", lang.of(&item.title)));
        if let Some(error) = &item.error {
            problem(lang, error, "        ");
        }
    }
    Ok(code)
}

fn read(file: &Path) -> Result<TemplateBundle, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file.display(), &error))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

fn as_type<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| Failure::new(error.to_string()))
}

/// Writes a bundle.
async fn export(session: &Session<'_>, file: &Path, overwrite: bool, wanted: ExportTemplates) -> Result<u8, Failure> {
    files::free(file, overwrite)?;
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
async fn import(session: &Session<'_>, file: &Path, for_all: bool) -> Result<u8, Failure> {
    let bundle = read(file)?;
    let body = json!({"bundle": bundle, "for_all": for_all});
    let answer = session.beginning().await?.post("/templates/import", &body).await.map_err(|refused| {
        let name = file.display();
        match refused.refusal.as_ref().is_some_and(|refusal| refusal.code == "bundle_key_unknown") {
            true => refused.hint(both!(
                "先通过其他途径（例如电话）与对方核对指纹，再执行 idflow template trust {name} 指纹 --name 名称",
                "compare the fingerprint with whoever made the bundle by another way, a call for example, then run idflow template trust {name} FINGERPRINT --name NAME"
            )),
            false => refused,
        }
    })?;
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
async fn remove(session: &Session<'_>, id: &str) -> Result<u8, Failure> {
    let answer = session.client().await?.delete(&format!("/templates/{}", encode(id))).await?;
    if session.json() {
        output::json(&answer);
    } else {
        output::data(&say!(session.lang, "已移除模板 {id}", "template {id} is removed"));
    }
    Ok(exit::DONE)
}

/// The keys whose bundles are taken.
async fn keys(session: &Session<'_>) -> Result<u8, Failure> {
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
    output::list(session.lang, table);
    Ok(exit::DONE)
}

/// Trusts the key of a bundle.
async fn trust(session: &Session<'_>, file: &Path, fingerprint: String, name: String) -> Result<u8, Failure> {
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
async fn distrust(session: &Session<'_>, fingerprint: &str) -> Result<u8, Failure> {
    let answer = session.client().await?.delete(&format!("/template-keys/{}", encode(fingerprint))).await?;
    if session.json() {
        output::json(&answer);
    } else {
        output::data(&say!(session.lang, "不再信任 {fingerprint}", "{fingerprint} is trusted no longer"));
    }
    Ok(exit::DONE)
}
