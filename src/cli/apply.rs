//! `idflow apply`: a folder of workflows, as git keeps it.

use std::path::{Path, PathBuf};

use super::{
    Failure, Session, exit,
    lang::{both, say},
    output,
};
use crate::contract::set::{SetChange, SetChangeKind as Kind, SetFile, SetOutcome, WorkflowSet};

/// How deep folders are looked into.
const DEEPEST: usize = 8;

/// What to apply.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; files of folders in it count, tests (NAME.test.yaml) do not.
    folder: PathBuf,
    /// Only show what would change: exit code 0 when that is nothing, 4 when it is something, 1 when a file has errors.
    #[arg(long)]
    plan: bool,
    /// What the folder is called, where its path is another one each time; its full path unless you say otherwise.
    #[arg(long)]
    name: Option<String>,
    /// Archive workflows that came from this folder before and whose file is gone.
    #[arg(long)]
    prune: bool,
    /// Make what is saved live, too.
    #[arg(long)]
    activate: bool,
    /// Apply without being asked.
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub async fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    let mut files = Vec::new();
    gather(&args.folder, &args.folder, DEEPEST, &mut files)?;
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let lang = session.lang;
    if files.is_empty() {
        let folder = args.folder.display();
        return Err(Failure::new(both!("{folder} 里没有工作流文件", "there are no workflow files in {folder}")));
    }
    let client = if args.plan { session.client().await? } else { session.beginning().await? };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => {
            let full =
                std::fs::canonicalize(&args.folder).map_err(|error| Failure::file(args.folder.display(), &error))?;
            full.display().to_string()
        }
    };
    let set =
        WorkflowSet { files, name: Some(name), prune: args.prune, activate: args.activate, plan: true, expected: None };
    let seen: SetOutcome = client.send("/workflow-sets", &set).await?;
    if args.plan || !seen.ok || seen.changing == 0 {
        if !args.plan && seen.ok {
            // Nothing changes, but whose the workflows are may be new.
            let set = WorkflowSet { plan: false, expected: Some(seen.digest.clone()), ..set };
            let _: SetOutcome = client.send("/workflow-sets", &set).await?;
        }
        tell(session, &seen);
        return Ok(match (seen.ok, seen.changing) {
            (false, _) => exit::FAILED,
            (true, 0) => exit::DONE,
            (true, _) => exit::HELD,
        });
    }
    if !args.yes {
        if !session.json() {
            show(session, &seen);
        }
        if !output::can_ask() {
            return Err(Failure::new(both!("应用需要确认", "this needs a confirmation")).hint(both!(
                "请加上 --yes，或用 --plan 只看差异",
                "add --yes, or --plan to see the differences only"
            )));
        }
        let number = seen.changing;
        if !output::ask(lang, &say!(lang, "应用这 {number} 项？", "Apply these {number}?")).await {
            output::say(lang.pick("没有改动", "nothing was changed"));
            return Ok(exit::FAILED);
        }
    }
    let set = WorkflowSet { plan: false, expected: Some(seen.digest), ..set };
    let done: SetOutcome = client.send("/workflow-sets", &set).await?;
    tell(session, &done);
    Ok(exit::DONE)
}

fn gather(root: &Path, folder: &Path, deep: usize, files: &mut Vec<SetFile>) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| Failure::file(folder.display(), error);
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry.file_type().map_err(|error| failed(&error))?;
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            if deep > 0 {
                gather(root, &path, deep - 1, files)?;
            }
            continue;
        }
        let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if !yaml || name.contains(".test.") || !kind.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(path.display(), &error))?;
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        files.push(SetFile { name, text });
    }
    Ok(())
}

fn tell(session: &Session<'_>, outcome: &SetOutcome) {
    if session.json() {
        output::json(outcome);
    } else {
        show(session, outcome);
    }
}

fn show(session: &Session<'_>, outcome: &SetOutcome) {
    let lang = session.lang;
    for change in &outcome.changes {
        if let Some(line) = headline(session, change) {
            output::data(&line);
        }
        for line in &change.lines {
            output::data(&format!("    {}", lang.of(&line.words)));
        }
        if change.lines.is_empty() && change.kind == Kind::Update {
            output::data(lang.pick("    只有注释或排版不同", "    only comments or layout differ"));
        }
        if let Some(error) = &change.error {
            output::data(&format!("    {}", lang.of(&error.reason)));
        }
        let file = change.file.as_deref().unwrap_or_default();
        for finding in change.findings.iter().filter(|finding| finding.code.starts_with('E')) {
            let (place, words) = (format!("{file}:{}:{}", finding.line, finding.column), lang.of(&finding.message));
            output::data(&format!("    {place} {} {words}", finding.code));
        }
    }
    for notice in &outcome.notices {
        output::say(&format!("{}{}", lang.pick("提示：", "note: "), lang.of(notice)));
    }
    let number = outcome.changing;
    output::say(&match (outcome.ok, outcome.applied, number) {
        (false, ..) => lang.pick("有错误，没有改动", "there are errors; nothing was changed").to_string(),
        (true, true, _) => say!(lang, "已应用 {number} 项", "{number} applied"),
        (true, false, 0) => lang.pick("没有差异", "no differences").to_string(),
        (true, false, _) => say!(lang, "将改动 {number} 项", "{number} would change"),
    });
}

/// What happens to a workflow, in a line; nothing for one that stays as it is.
fn headline(session: &Session<'_>, change: &SetChange) -> Option<String> {
    let (lang, id) = (session.lang, &change.id);
    let version = |version: Option<u64>| version.unwrap_or_default();
    let (from, to) = (version(change.from), version(change.to));
    Some(match change.kind {
        Kind::Unchanged => return None,
        Kind::Create => say!(lang, "+ {id}：新建", "+ {id}: new"),
        Kind::Update => say!(lang, "~ {id}：第 {from} 版 → 第 {to} 版", "~ {id}: version {from} → {to}"),
        Kind::Activate => say!(lang, "~ {id}：启用第 {to} 版", "~ {id}: version {to} goes live"),
        Kind::Archive => say!(lang, "- {id}：归档", "- {id}: archived"),
        Kind::Left => say!(
            lang,
            "  {id}：文件已不在，工作流保留（加 --prune 归档）",
            "  {id}: its file is gone; it stays (--prune archives it)"
        ),
        Kind::Invalid => say!(lang, "! {id}：有错误", "! {id}: has errors"),
    })
}
