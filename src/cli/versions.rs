//! `idflow workflow versions`, `diff` and `rollback`.

use super::{Failure, Lang, Session, client::encode, exit, lang::say, output};
use crate::contract::{
    draft::{RollBack, TextDifference, VersionLine},
    workflow::SavedWorkflow,
};

/// The versions of a workflow.
pub async fn list(session: &Session<'_>, id: &str) -> Result<u8, Failure> {
    let path = format!("/workflows/{}/versions", encode(id));
    let versions: Vec<VersionLine> = session.client().await?.list(&path, None).await?;
    if session.json() {
        output::json(&versions);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    let mut table = output::table(&match lang {
        Lang::Zh => ["版本", "保存时间", "保存人", "状态", "说明"],
        Lang::En => ["version", "saved", "by", "state", "note"],
    });
    for version in &versions {
        table.add_row([
            version.version.to_string(),
            output::when(Some(&version.saved)),
            version.by.clone().unwrap_or_default(),
            if version.active { lang.pick("已启用", "active").into() } else { String::new() },
            version.note.clone().unwrap_or_default(),
        ]);
    }
    output::show(table);
    Ok(exit::DONE)
}

/// What is different.
pub async fn diff(
    session: &Session<'_>,
    id: &str,
    (from, to): (Option<u64>, Option<u64>),
    lines: bool,
) -> Result<u8, Failure> {
    let number = |name: &str, version: Option<u64>| version.map(|version| format!("{name}={version}"));
    let query: Vec<String> = [number("from", from), number("to", to)].into_iter().flatten().collect();
    let path = format!("/workflows/{}/difference?{}", encode(id), query.join("&"));
    let found: TextDifference = session.client().await?.fetch(&path).await?;
    if session.json() {
        output::json(&found);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    if lines {
        output::data(found.unified.trim_end());
    } else {
        for line in &found.lines {
            output::data(lang.of(&line.words));
        }
    }
    if found.unified.is_empty() {
        output::say(lang.pick("没有差异", "no differences"));
    } else if found.lines.is_empty() {
        output::say(
            lang.pick("只有注释或排版不同；加 --lines 查看", "only comments or layout differ; --lines shows them"),
        );
    }
    Ok(exit::DONE)
}

/// Goes back.
pub async fn roll_back(session: &Session<'_>, id: &str, number: u64) -> Result<u8, Failure> {
    let path = format!("/workflows/{}/rollback", encode(id));
    let back = RollBack { version: number, note: None };
    let saved: SavedWorkflow = session.client().await?.send(&path, &back).await?;
    if session.json() {
        output::json(&saved);
        return Ok(exit::DONE);
    }
    let (lang, version) = (session.lang, saved.version);
    output::data(&say!(
        lang,
        "工作流 {id} 的第 {version} 版与第 {number} 版内容相同",
        "version {version} of workflow {id} has the text of version {number}"
    ));
    output::say(&say!(lang, "下一步：idflow workflow activate {id}", "next: idflow workflow activate {id}"));
    Ok(exit::DONE)
}
