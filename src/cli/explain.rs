//! `idflow explain`: the page of a code that `validate` gives, the words of one that a run gives, or the list of the former.

use idflow_sdk::{Message, message::in_general};

use super::{Failure, Lang, Session, exit, lang::both, next, output};
use crate::{
    app::problem_words,
    contract::{
        compiler::{CodeGroup, CodeJudged, CodePage, CodeSetting, CodeTitle, ProblemPage},
        problem::{Next, Severity, Text},
    },
    workflow::{
        codes,
        explain::{self, Judged, Page},
        vocabulary,
    },
};

/// What to explain.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code, for example E0508 or WECOM_60020; without one, the codes of `validate` are listed.
    code: Option<String>,
    /// Show both languages.
    #[arg(long)]
    both: bool,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    let langs: &[Lang] = match (args.both, session.lang) {
        (true, _) => &[Lang::Zh, Lang::En],
        (false, Lang::Zh) => &[Lang::Zh],
        (false, Lang::En) => &[Lang::En],
    };
    let Some(code) = &args.code else {
        list(session, langs);
        return Ok(exit::DONE);
    };
    let Some(page) = explain::find(code.trim()) else {
        if let Some(message) = problem_words::all().find(|message| message.code.eq_ignore_ascii_case(code.trim())) {
            problem(session, message, langs);
            return Ok(exit::DONE);
        }
        // The number that a system gives: its own name stands before it.
        let end = format!("_{}", code.trim());
        let is_number = code.trim().parse::<i64>().is_ok();
        let mut numbered = problem_words::all().filter(|message| is_number && message.code.ends_with(&end)).peekable();
        if numbered.peek().is_some() {
            numbered.for_each(|message| problem(session, message, langs));
            return Ok(exit::DONE);
        }
        let failure = Failure::new(both!("没有代码 `{code}`", "there is no code `{code}`"));
        let failure = failure.hint(match explain::similar(code) {
            Some(similar) => both!(
                "是否指 {similar}？用 `idflow explain` 列出 `validate` 的代码",
                "did you mean {similar}? `idflow explain` lists the codes of `validate`"
            ),
            None => {
                both!("用 `idflow explain` 列出 `validate` 的代码", "`idflow explain` lists the codes of `validate`")
            }
        });
        if session.json() {
            output::json(&failure.json(session.lang));
        }
        failure.tell(session.lang);
        return Ok(exit::USAGE);
    };
    if session.json() {
        output::json(&as_json(page));
    } else {
        let pages: Vec<String> = langs.iter().map(|lang| as_text(page, *lang)).collect();
        output::data(&pages.join("\n"));
    }
    Ok(exit::DONE)
}

/// A code that runs, connections and items give: what it says, what to do, and the setting of a workflow that it comes from, if
/// any. `…` stands for what it was about.
fn problem(session: &Session<'_>, message: &Message, langs: &[Lang]) {
    if session.json() {
        output::json(&ProblemPage {
            code: message.code.into(),
            reason: problem_words::both(message.reason),
            owner: message.owner,
            hint: Text { zh: hint_of(message, Lang::Zh), en: hint_of(message, Lang::En) },
            setting: setting(message.code).map(|row| CodeSetting {
                key: format!("safety.{}", row.key),
                doc: problem_words::both(row.doc),
                default: row.default.into(),
            }),
        });
        return;
    }
    for lang in langs {
        let (reason, hint) = (in_general(pick(message.reason, *lang)), in_general(&hint_of(message, *lang)));
        output::data(&format!("{}  {reason}\n\n→ {hint}", message.code));
        if let Some(row) = setting(message.code) {
            let (title, usual) = match lang {
                Lang::Zh => ("工作流中的设置", "不写即为"),
                Lang::En => ("The setting of the workflow", "where it is not written"),
            };
            output::data(&format!("\n{title}\n    safety.{}: {}", row.key, pick(row.doc, *lang)));
            if !row.default.is_empty() {
                output::data(&format!("    {usual}: {}", row.default));
            }
        }
    }
}

/// What to do about a code, with the commands; what they are about stands in capitals.
fn hint_of(message: &Message, lang: Lang) -> String {
    next::hint(message.code, &problem_words::both(message.hint), message.next.map(Next::new).as_ref(), lang)
}

/// The key of `safety` that holds a run with this code.
fn setting(code: &str) -> Option<&'static vocabulary::Row> {
    vocabulary::find("safety", code)
}

fn title(page: &Page, lang: Lang) -> &'static str {
    codes::find(page.code).map_or("", |row| pick(row.title, lang))
}

const fn pick(text: idflow_sdk::Text, lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => text.zh,
        Lang::En => text.en,
    }
}

fn as_json(page: &Page) -> CodePage {
    CodePage {
        code: page.code.into(),
        severity: if page.code.starts_with('W') { Severity::Warning } else { Severity::Error },
        title: Text { zh: title(page, Lang::Zh).into(), en: title(page, Lang::En).into() },
        meaning: problem_words::both(page.meaning),
        why: problem_words::both(page.why),
        fix: problem_words::both(page.mend),
        wrong: page.wrong.into(),
        right: page.right.into(),
        judged: match page.judged {
            Judged::Compiled => CodeJudged::Validate,
            Judged::AtActivation => CodeJudged::Activate,
        },
    }
}

fn as_text(page: &Page, lang: Lang) -> String {
    let words = match lang {
        Lang::Zh => ["为什么要紧", "错误的写法", "正确的写法", "怎样改", "启用工作流时检查，只看文件看不出来。"],
        Lang::En => [
            "Why it matters",
            "Wrong",
            "Right",
            "How to fix it",
            "Judged on activation: the file alone does not show it.",
        ],
    };
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let mut text = format!("{}  {}\n\n{}\n", page.code, title(page, lang), pick(page.meaning, lang));
    if page.judged == Judged::AtActivation {
        text.push_str(&format!("{}\n", words[4]));
    }
    text.push_str(&format!("\n{}\n    {}\n", words[0], pick(page.why, lang)));
    text.push_str(&format!("\n{}\n{}", words[1], indented(page.wrong)));
    text.push_str(&format!("\n{}\n{}", words[2], indented(page.right)));
    text.push_str(&format!("\n{}\n    {}\n", words[3], pick(page.mend, lang)));
    text
}

fn list(session: &Session<'_>, langs: &[Lang]) {
    let groups = explain::groups();
    if session.json() {
        let title = |row: &codes::Code| CodeTitle { code: row.code.into(), title: problem_words::both(row.title) };
        let group = |group: &explain::Group| CodeGroup {
            title: problem_words::both(group.title),
            codes: group.codes.iter().map(|row| title(row)).collect(),
        };
        let groups: Vec<CodeGroup> = groups.iter().map(group).collect();
        output::json(&groups);
        return;
    }
    let mut text = String::new();
    for group in groups.iter().filter(|group| !group.codes.is_empty()) {
        let titles: Vec<&str> = langs.iter().map(|lang| pick(group.title, *lang)).collect();
        text.push_str(&format!("{}{}\n", if text.is_empty() { "" } else { "\n" }, titles.join(" · ")));
        for row in &group.codes {
            let titles: Vec<&str> = langs.iter().map(|lang| pick(row.title, *lang)).collect();
            text.push_str(&format!("  {}  {}\n", row.code, titles.join(" · ")));
        }
    }
    output::data(&text);
}
