//! `idflow directory`.

use std::{collections::HashMap, path::PathBuf};

use super::{
    Failure, Lang, Session, by_hand,
    client::encode,
    department_paths::paths,
    exit,
    lang::{both, say},
    output, review, upload, words,
};
use crate::{
    app::directory::has_import_files,
    contract::{
        directory::{DirectoryCounts, DirectoryObject, Import},
        run::RunRef,
    },
};

/// What to do with the directory.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Take departments.csv and users.csv of a folder as the full state.
    Import {
        /// The folder.
        folder: PathBuf,
        /// Approve the plan as computed, limits included; source checks stay.
        #[arg(long)]
        yes: bool,
    },
    /// Take people from a CSV or XLSX file. The mapping of its columns is kept as a workflow, for the next file.
    Upload(upload::Args),
    /// Write a file with headers to fill in, CSV or XLSX.
    Form {
        /// The file; its name ends with .csv or .xlsx.
        file: PathBuf,
        /// Replace the file if it is there.
        #[arg(long)]
        overwrite: bool,
    },
    /// People who wait for somebody to let them in: list them, approve or reject.
    Review {
        /// Let these in, by account or id; repeat for several.
        #[arg(long, value_name = "PERSON")]
        approve: Vec<String>,
        /// Refuse these, by account or id; repeat for several. They count as left.
        #[arg(long, value_name = "PERSON", conflicts_with = "approve")]
        reject: Vec<String>,
        /// Why; kept in the audit.
        #[arg(long)]
        comment: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show what the directory holds: counts, departments or people.
    Show {
        /// List these instead of counts: department or user.
        kind: Option<String>,
        /// Only those found by this: the beginning of a name (also in pinyin or its initials), account or number; a mobile number
        /// or e-mail address in full.
        #[arg(long)]
        find: Option<String>,
        /// Only people of this department, or departments right below it, by its id.
        #[arg(long)]
        department: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
    /// A person, by hand.
    Person {
        #[command(subcommand)]
        command: by_hand::Person,
    },
    /// A department, by hand.
    Department {
        #[command(subcommand)]
        command: by_hand::Department,
    },
    /// Find people, or departments.
    Find {
        /// The beginning of a name (also in pinyin or its initials), account or number; a mobile number or e-mail address in full.
        text: String,
        /// What to look for: user or department.
        #[arg(long, default_value = "user")]
        kind: String,
        /// Only people of this department, or departments right below it, by its id.
        #[arg(long)]
        department: Option<String>,
        /// Maximum number to show.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// Show phone numbers, e-mail addresses and the like as they are.
        #[arg(long)]
        reveal: bool,
    },
}

/// Runs the command.
pub async fn run(session: &Session<'_>, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Person { command } => by_hand::person(session, command).await,
        Command::Department { command } => by_hand::department(session, command).await,
        Command::Review { approve, reject, comment, limit } => {
            review::run(session, approve, reject, comment, limit).await
        }
        Command::Upload(args) => upload::upload(session, args).await,
        Command::Form { file, overwrite } => upload::form(session, file, overwrite).await,
        Command::Import { folder, yes } => {
            if let Some(server) = &session.server {
                let url = &server.url;
                return Err(Failure::new(both!(
                    "{url} 读不到这台机器上的目录",
                    "{url} cannot read a folder of this machine"
                ))
                .hint(both!(
                    "在控制台上传文件，或在那台机器上导入",
                    "upload the files in the console, or import on that machine"
                )));
            }
            let folder = std::fs::canonicalize(&folder).map_err(|error| {
                Failure::file(folder.display(), &error).hint(both!(
                    "请给出放有 departments.csv 和 users.csv 的目录",
                    "give a folder with departments.csv and users.csv"
                ))
            })?;
            let folder = folder.display().to_string();
            // Nothing is begun for files that are not there.
            has_import_files(&folder)?;
            let client = session.beginning().await?;
            client.recover().await?;
            let import = Import { folder, approve: yes, ..Import::default() };
            let started: RunRef = client.send("/directory/import", &import).await?;
            super::run::follow(session, &client, &started.run, yes).await
        }
        Command::Show { kind: Some(kind), find, department, limit, reveal } => {
            find_objects(session, &kind, find, department, limit, reveal).await
        }
        Command::Find { text, kind, department, limit, reveal } => {
            find_objects(session, &kind, Some(text), department, limit, reveal).await
        }
        Command::Show { kind: None, .. } => {
            let counts: DirectoryCounts = session.client().await?.fetch("/directory").await?;
            if session.json() {
                output::json(&counts);
                return Ok(exit::DONE);
            }
            let lang = session.lang;
            for (kind, counts) in &counts.counts {
                let word = |(word, number): (&String, &u64)| {
                    let word = words::counted(lang, word);
                    say!(lang, "{word} {number}", "{number} {word}")
                };
                let counts = lang.list(counts.iter().map(word));
                let counts = if counts.is_empty() { lang.pick("无", "none") } else { &counts };
                let kind = words::kinds(lang, kind, "");
                output::data(&say!(lang, "{kind}：{counts}", "{kind}: {counts}"));
            }
            Ok(exit::DONE)
        }
    }
}

/// Shows the objects that are found.
async fn find_objects(
    session: &Session<'_>,
    kind: &str,
    find: Option<String>,
    department: Option<String>,
    limit: usize,
    reveal: bool,
) -> Result<u8, Failure> {
    let client = session.client().await?;
    let mut path = format!("/directory/objects?kind={}&reveal={reveal}", encode(kind));
    for (name, value) in [("find", find), ("department", department)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", encode(&value)));
        }
    }
    let objects: Vec<DirectoryObject> = client.list(&path, Some(limit)).await?;
    if session.json() {
        output::json(&objects);
    } else {
        list(session.lang, &objects, kind == "department", &paths(&client).await?);
    }
    Ok(exit::DONE)
}

fn list(lang: Lang, objects: &[DirectoryObject], departments: bool, paths: &HashMap<String, String>) {
    let mut table = output::table(match (departments, lang) {
        (true, Lang::Zh) => &["编号", "路径", "状态"][..],
        (true, Lang::En) => &["id", "path", "status"],
        (false, Lang::Zh) => &["编号", "姓名", "账号", "状态", "部门", "手机号", "邮箱"],
        (false, Lang::En) => &["id", "name", "account", "status", "departments", "mobile", "e-mail"],
    });
    for object in objects {
        let cell = |name: &str| object.fields.get(name).map(output::cell).unwrap_or_default();
        let path = |id: &str| paths.get(id).cloned().unwrap_or_else(|| id.to_string());
        let status = words::counted(lang, &cell("status")).to_string();
        table.add_row(if departments {
            vec![object.id.clone(), path(&object.id), status]
        } else {
            let memberships = object.fields.get("departments").and_then(|list| list.as_array()).into_iter().flatten();
            let memberships = memberships.map(|membership| path(&output::cell(&membership["department"])));
            let memberships = memberships.collect::<Vec<_>>().join("\n");
            let name = cell("name");
            vec![object.id.clone(), name, cell("username"), status, memberships, cell("mobile"), cell("email")]
        });
    }
    output::list(lang, table);
}
