//! `idflow directory upload` and `directory form`: people from a CSV or XLSX file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    Client, Failure, Lang, Session,
    client::{contents, encode},
    exit,
    lang::{both, say},
    output,
    plan::{self, about::Way, item::Look, load},
    progress, render,
};
use crate::contract::{
    problem::Issue,
    run::Status,
    upload::{
        DepartmentsBy, Upload, UploadDepartments, UploadField, UploadImport, UploadPreview, UploadReading, UploadRow,
        UploadStarted,
    },
};

/// Which file, and how it is read.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The CSV or XLSX file.
    file: PathBuf,
    /// Only show what is in it and what would become of each row; nothing is imported.
    #[arg(long)]
    preview: bool,
    /// Only plan.
    #[arg(long, conflicts_with = "preview")]
    plan: bool,
    /// The sheet of a workbook.
    #[arg(long)]
    sheet: Option<String>,
    /// The number of the row with the headers.
    #[arg(long, value_name = "ROW")]
    header_row: Option<u64>,
    /// Which column is which field, where it is not as proposed: external_id=Number; repeat for several. Then all must be given.
    #[arg(long = "column", value_name = "FIELD=HEADER")]
    columns: Vec<String>,
    /// Departments are ids of an import of departments.
    #[arg(long)]
    by_id: bool,
    /// What separates the names in a path of departments.
    #[arg(long, value_name = "TEXT", conflicts_with = "by_id")]
    separator: Option<String>,
    /// Make departments that are missing.
    #[arg(long, conflicts_with = "by_id")]
    create_departments: bool,
    /// A further word for a state, with active, disabled or left; repeat for several.
    #[arg(long = "state", value_name = "WORD=MEANING")]
    states: Vec<String>,
    /// The file is the full list: whoever this workflow imported before and is not in it leaves.
    #[arg(long)]
    full: bool,
    /// The workflow that keeps the mapping; with one that is there already its mapping is used.
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,
    /// Approve the plan as computed, limits included; source checks stay.
    #[arg(long)]
    yes: bool,
    /// Show phone numbers, e-mail addresses and the like as they are.
    #[arg(long)]
    reveal: bool,
}

fn pairs(given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |one: &String| match one.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_string(), value.trim().to_string())),
        None => Err(Failure::new(both!("“{one}”应写成 KEY=VALUE", "`{one}` is not KEY=VALUE"))),
    };
    given.iter().map(pair).collect()
}

/// Runs `idflow directory upload`.
pub async fn upload(session: &Session<'_>, args: Args) -> Result<u8, Failure> {
    let (columns, states) = (pairs(&args.columns)?, pairs(&args.states)?);
    let told = args.by_id || args.separator.is_some() || args.create_departments;
    let departments = told.then(|| UploadDepartments {
        by: if args.by_id { DepartmentsBy::Id } else { DepartmentsBy::Path },
        separator: args.separator.clone().unwrap_or_else(|| "/".into()),
        create: args.create_departments,
    });
    if args.file.is_dir() {
        let folder = args.file.display();
        return Err(Failure::new(both!("{folder} 是文件夹", "{folder} is a folder")).hint(both!(
            "写出文件夹里的一个 CSV 或 XLSX 文件；含 departments.csv 和 users.csv 的文件夹用 `idflow directory import {folder}` 导入",
            "name a CSV or XLSX file in it; a folder with departments.csv and users.csv is read by `idflow directory import {folder}`"
        )));
    }
    // Nothing is begun for a file that cannot be read.
    let bytes = contents(&args.file).await?;
    let client = session.beginning().await?;
    client.recover().await?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = format!("/directory/uploads?name={}", encode(&name));
    let upload: Upload = client.upload(&path, bytes).await?;
    let path = format!("/directory/uploads/{}", upload.id);
    if args.preview {
        let look = UploadReading {
            sheet: args.sheet,
            header_row: args.header_row,
            columns,
            departments,
            states,
            workflow: args.workflow,
            reveal: args.reveal,
        };
        let shown: Result<UploadPreview, Failure> = client.send(&format!("{path}/preview"), &look).await;
        let _: Upload = client.remove(&path).await?;
        tell(session, &upload, &shown?);
        return Ok(exit::DONE);
    }
    let import = UploadImport {
        sheet: args.sheet,
        header_row: args.header_row,
        columns,
        departments,
        states,
        full: args.full,
        workflow: args.workflow,
        version: None,
        name: None,
        approve: args.yes,
        plan: args.plan,
    };
    let started: Result<UploadStarted, Failure> = client.send(&format!("{path}/import"), &import).await;
    let started = match started {
        Ok(started) => started,
        Err(refused) => {
            let _: Result<Upload, Failure> = client.remove(&path).await;
            return Err(refused);
        }
    };
    if !session.json() {
        noted(session.lang, &started.notes).iter().for_each(|line| output::say(line));
    }
    if !args.plan {
        return super::run::follow(session, &client, &started.run, args.yes).await;
    }
    let code = planned(session, &client, &started.run, (&args.file, args.reveal)).await;
    // The next time it is sent anew.
    let _: Result<Upload, Failure> = client.remove(&path).await;
    code
}

/// Shows what the import of a file would do, and how it is done: the file lies here, so the workflow alone cannot carry it out.
async fn planned(
    session: &Session<'_>,
    client: &Client,
    run: &str,
    (file, reveal): (&Path, bool),
) -> Result<u8, Failure> {
    let ended = progress::watch(client, run).await?;
    if session.json() {
        output::json(&super::run::summary(&ended));
    } else if ended.status == Status::Failed || ended.status == Status::Cancelled {
        render::ended(session.lang, &ended);
    } else {
        let look = Look { lang: session.lang, why: false };
        plan::tell(look, &load::load(client, run, reveal, false).await?, None, Way::Elsewhere);
        let file = file.display();
        output::say(&say!(
            session.lang,
            "下一步：idflow directory upload {file}，选项相同，不带 --plan",
            "next: idflow directory upload {file} with the same options and without --plan"
        ));
    }
    Ok(exit::of_status(ended.status))
}

/// What is worth knowing of a file as a whole, in lines.
fn noted(lang: Lang, notes: &[Issue]) -> Vec<String> {
    notes.iter().map(|note| format!("! {} — {}", lang.of(&note.reason), lang.of(&note.hint))).collect()
}

/// Shows what is in a file.
fn tell(session: &Session<'_>, upload: &Upload, shown: &UploadPreview) {
    if session.json() {
        output::json(shown);
        return;
    }
    let lang = session.lang;
    let (total, refused, row) = (shown.total, shown.refused, shown.header_row);
    let plural = if total == 1 { "row" } else { "rows" };
    let sheet = if shown.sheet.is_empty() { &upload.name } else { &shown.sheet };
    output::data(&match shown.missing_fields.is_empty() {
        true => say!(
            lang,
            "{sheet}：表头在第 {row} 行，共 {total} 人，其中 {refused} 人不能导入",
            "{sheet}: headers in row {row}, {total} {plural}, {refused} cannot be imported"
        ),
        false => say!(
            lang,
            "{sheet}：表头在第 {row} 行，共 {total} 行；缺少必需的列，还没有检查各行",
            "{sheet}: headers in row {row}, {total} {plural}; a column that is needed is missing, so that no row was looked at"
        ),
    });
    let mut table = output::table(&[lang.pick("列", "column"), lang.pick("字段", "field")]);
    for column in &shown.columns {
        let field = shown.fields.iter().find(|field| Some(&field.name) == column.field.as_ref());
        let title = field.map(|field| lang.of(&field.title).to_string()).unwrap_or_default();
        let name = column.field.clone().unwrap_or_else(|| lang.pick("（不读取）", "(not read)").into());
        table.add_row([column.header.clone(), format!("{name} {title}").trim().to_string()]);
    }
    output::show(table);
    missing(lang, shown);
    noted(lang, &shown.notes).iter().for_each(|line| output::data(line));
    if !shown.missing_departments.is_empty() {
        let number = shown.missing_departments_total;
        let named = lang.list(shown.missing_departments.iter().take(10).cloned());
        let then = match (shown.departments.create, shown.departments.by) {
            (true, _) => lang.pick("；将会新建", "; they are made"),
            (false, DepartmentsBy::Path) => {
                lang.pick("；加上 --create-departments 就会新建", "; --create-departments has them made")
            }
            (false, DepartmentsBy::Id) => "",
        };
        output::data(&say!(
            lang,
            "目录中没有的部门（{number} 个）：{named}{then}",
            "departments that are not in the directory ({number}): {named}{then}"
        ));
    }
    for problem in &shown.problems {
        let (rows, first) = (problem.rows, problem.first_row);
        let plural = if rows == 1 { "row" } else { "rows" };
        let reason = lang.of(&problem.issue.reason);
        output::data(&say!(
            lang,
            "{rows} 行（首见第 {first} 行）：{reason}",
            "{rows} {plural} (first: row {first}): {reason}"
        ));
    }
    let line = |row: &UploadRow| format!("{:>6}  {}", row.row, row.cells.join(" | "));
    for row in shown.rows.iter().take(5) {
        output::data(&line(row));
    }
}

/// The fields that need a column and have none, and how they are given one.
fn missing(lang: Lang, shown: &UploadPreview) {
    let title = |field: &UploadField| format!("{} {}", field.name, lang.of(&field.title));
    for field in shown.fields.iter().filter(|field| shown.missing_fields.contains(&field.name)) {
        let (name, title) = (&field.name, title(field));
        output::data(&say!(
            lang,
            "缺少必需的列：{title}（--column {name}=表头）",
            "no column for {title}, which is needed (--column {name}=HEADER)"
        ));
    }
    if !shown.missing_fields.is_empty() {
        let fields = lang.list(shown.fields.iter().map(title));
        output::data(&say!(
            lang,
            "写了 --column 就须写全。可用的字段：{fields}",
            "with --column all of them have to be given. The fields: {fields}"
        ));
    }
}

/// Runs `idflow directory form`.
pub async fn form(session: &Session<'_>, file: PathBuf, overwrite: bool) -> Result<u8, Failure> {
    let format = super::run::format_of(&file)?;
    super::run::free(&file, overwrite)?;
    let client = session.beginning().await?;
    let path = format!("/directory/upload-form?format={format}&lang={}", session.lang.key());
    let bytes = client.download(&path, &file).await?;
    let file = file.display();
    if session.json() {
        output::json(&serde_json::json!({"file": file.to_string(), "bytes": bytes}));
    } else {
        output::say(&say!(session.lang, "{file}：{bytes} 字节", "{file}: {bytes} bytes"));
    }
    Ok(exit::DONE)
}
