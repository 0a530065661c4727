//! `idflow store prune`, `compact`, `size`: how long runs are kept, and what they take on disk.

use serde_json::json;

use super::{
    Failure, Lang, Session, exit,
    lang::{Wrong, both, say},
    output, words,
};
use crate::{
    app::retention,
    contract::store::{Pruned, Sizes},
    model::retention::Retention,
    store::location::Location,
};

/// How long each class is kept; what is not given is as the tenant's settings say.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Days that failed calls are kept, with what was sent.
    #[arg(long, value_name = "DAYS")]
    calls: Option<u32>,
    /// Days that changes are kept, with values before and after.
    #[arg(long, value_name = "DAYS")]
    changes: Option<u32>,
    /// Days that failed, blocked and ambiguous items are kept.
    #[arg(long, value_name = "DAYS")]
    failures: Option<u32>,
    /// Days that runs are kept at all: summary, counts, approvals.
    #[arg(long, value_name = "DAYS")]
    runs: Option<u32>,
}

/// `idflow store prune`.
pub async fn prune(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    let ms = |days: Option<u32>| days.map(Retention::ms);
    let body = json!({
        "calls": ms(args.calls),
        "changes": ms(args.changes),
        "failures": ms(args.failures),
        "headers": ms(args.runs),
    });
    let pruned: Pruned = session.client().await?.send("/store/prune", &body).await?;
    if session.json() {
        output::json(&pruned);
    } else {
        let Pruned { calls, changes, failures, headers, audit } = pruned;
        output::data(&say!(
            session.lang,
            "{calls} 次运行清理了调用，{changes} 次只保留出错的明细，{failures} 次只保留概要，{headers} 次已删除；审计记录清理了 {audit} 条",
            "{calls} runs lose their calls, {changes} keep only what went wrong, {failures} only their header, {headers} are forgotten; {audit} audit entries are forgotten"
        ));
        output::say(
            session.text("下一步：idflow store compact 归还空间", "next: idflow store compact gives the space back"),
        );
    }
    Ok(exit::DONE)
}

/// `idflow store compact`.
pub async fn compact(session: &Session<'_>) -> Result<u8, Failure> {
    let Location::Folder(folder) = session.settings().store else {
        return Err(Failure::new(both!("只有目录中的存储需要压缩", "only a store in a folder is compacted"))
            .hint(both!("PostgreSQL 用 VACUUM 归还空间", "PostgreSQL gives space back by VACUUM")));
    };
    let done = retention::compact_folder(&folder).await?;
    if session.json() {
        output::json(&json!(done));
    } else {
        let (before, after, entries) = (size_of(done.before), size_of(done.after), done.entries);
        output::data(&say!(session.lang, "{before} → {after}，{entries} 条", "{before} → {after}, {entries} entries"));
    }
    Ok(exit::DONE)
}

/// `idflow store size`.
pub async fn size(session: &Session<'_>) -> Result<u8, Failure> {
    let sizes: Sizes = session.client().await?.fetch("/store/sizes").await?;
    if session.json() {
        output::json(&sizes);
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    let mut table = output::table(&match lang {
        Lang::Zh => ["类别", "条数", "大小"],
        Lang::En => ["class", "entries", "bytes"],
    });
    for class in &sizes.classes {
        table.add_row([words::stored(lang, &class.class).to_string(), class.entries.to_string(), size_of(class.bytes)]);
    }
    output::show(table);
    let (live, on_disk) = (size_of(sizes.live), size_of(sizes.on_disk));
    output::data(&say!(lang, "在用 {live}，磁盘占用 {on_disk}", "{live} live, {on_disk} on disk"));
    if let Some((free, disk)) = sizes.disk.and_then(|disk| Some((size_of(disk.free?), disk))) {
        let floor = size_of(disk.floor);
        output::data(&say!(
            lang,
            "剩余 {free}；低于 {floor} 时不启动新的运行",
            "{free} free; no new runs below {floor}"
        ));
    }
    if sizes.pruned.is_some() {
        let at = output::when(sizes.pruned.as_deref());
        output::data(&say!(lang, "上次清理：{at}", "pruned last at {at}"));
    }
    Ok(exit::DONE)
}

fn size_of(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 || unit == "GiB" {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{bytes} B")
}

/// A size with a unit: `512MB`, `2GB`, `0`. Units are those of 1,024.
///
/// # Errors
/// A text that is none.
pub fn parse_bytes(text: &str) -> Result<u64, Wrong> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_uppercase();
    let shift = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => {
            return Err(Wrong(both!(
                "“{unit}”不是容量单位，请用 KB、MB、GB 或 TB",
                "`{unit}` is not a unit of size; use KB, MB, GB or TB"
            )));
        }
    };
    let wrong = || Wrong(both!("“{text}”不是容量，应写成 512MB 这样", "`{text}` is not a size such as 512MB"));
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(|| Wrong(both!("“{text}”太大", "`{text}` is too large")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [("0", 0), ("512MB", 512 << 20), ("2 gb", 2 << 30), ("10KiB", 10 << 10), ("7b", 7)] {
            assert_eq!(parse_bytes(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "MB", "1XB", "-1", "1.5GB", "99999999999999TB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
        assert_eq!(size_of(1536), "1.5 KiB");
    }
}
