//! Arguments to a command, in the language of whoever types them: help and mistakes as well.
//!
//! clap speaks English only. The help texts stand once, in English, as doc comments of the arguments; the Chinese ones stand
//! in `help_zh` under the English text, so that a changed text without a new translation is found by a test. The few
//! words that clap adds itself (`Usage:`, `[default: …]`) are replaced in the finished page, and its errors are put into words
//! here, from their kind and what they are about.

use std::{error::Error as _, ffi::OsString};

use clap::{
    Command, CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

use super::{
    Cli, Lang, exit, help_zh,
    lang::{Wrong, say},
    output,
};

/// What clap writes into a help page by itself, and the Chinese for it.
const FRAME: [(&str, &str); 15] = [
    ("Usage: ", "用法："),
    ("Usage:", "用法："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("Possible values:", "可选值："),
    ("[OPTIONS]", "[选项]"),
    ("<COMMAND>", "<命令>"),
    ("[COMMAND]", "[命令]"),
    ("[default: ", "[默认："),
    ("[possible values: ", "[可选值："),
    ("[env: ", "[环境变量："),
    ("(see more with '--help')", "（用 --help 查看更多）"),
    ("(see a summary with '-h')", "（用 -h 查看摘要）"),
    ("Print this message or the help of the given subcommand(s)", "显示此帮助，或某个命令的帮助"),
];

/// The words for the options that clap adds, which are the beginning of longer ones.
const ADDED: [(&str, &str); 2] = [("Print help", "显示帮助"), ("Print version", "显示版本")];

/// The command line with its help in a language.
#[must_use]
pub fn command(lang: Lang) -> Command {
    match lang {
        Lang::Zh => chinese(Cli::command()),
        Lang::En => Cli::command(),
    }
}

fn chinese(mut command: Command) -> Command {
    let about = command.get_about().map(|text| help_zh::of(&text.to_string()));
    if let Some(about) = about {
        command = command.about(about);
    }
    let long = command.get_long_about().map(|text| help_zh::of(&text.to_string()));
    if let Some(long) = long {
        command = command.long_about(long);
    }
    let argument = |mut argument: clap::Arg| {
        let help = argument.get_help().map(|text| help_zh::of(&text.to_string()));
        if let Some(help) = help {
            argument = argument.help(help);
        }
        let long = argument.get_long_help().map(|text| help_zh::of(&text.to_string()));
        match long {
            Some(long) => argument.long_help(long),
            None => argument,
        }
    };
    command.mut_args(argument).mut_subcommands(chinese)
}

/// A finished help page of clap in Chinese.
#[must_use]
pub fn page(text: &str) -> String {
    let framed = FRAME.iter().chain(&ADDED).fold(text.to_string(), |text, (en, zh)| text.replace(en, zh));
    // Values of an option have a line of help each, which clap does not let be changed.
    help_zh::VALUES.iter().fold(framed, |text, (en, zh)| text.replace(en, zh))
}

/// The language that is asked for: `--lang`, wherever it stands, else that of the environment.
#[must_use]
pub fn lang(arguments: &[OsString], usual: Lang) -> Lang {
    let mut words = arguments.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        match value {
            Some("zh") => return Lang::Zh,
            Some("en") => return Lang::En,
            _ => {}
        }
    }
    usual
}

/// Reads the arguments of a process.
///
/// # Errors
/// The exit code, after help was shown or a mistake was told.
pub fn parse(arguments: Vec<OsString>, usual: Lang, no_color: bool) -> Result<Cli, u8> {
    let lang = lang(&arguments, usual);
    let read = |command: Command| Cli::from_arg_matches(&command.try_get_matches_from(&arguments)?);
    // The Chinese of a thousand help texts is looked up only where a page is shown or a mistake told.
    let read = match read(command(Lang::En)) {
        Err(_) if lang != Lang::En => read(command(lang)),
        read => read,
    };
    match read.map_err(without_stray) {
        Ok(mut cli) => {
            cli.lang.get_or_insert(lang);
            Ok(cli)
        }
        Err(error) if lang == Lang::En => {
            let code = error.exit_code();
            let _ = error.print();
            Err(u8::try_from(code).unwrap_or(exit::USAGE))
        }
        Err(error) => Err(tell(&error, no_color)),
    }
}

/// A mistake without an option that nobody can have meant: `--store` for `--to`, which it only contains. The usage beside it would
/// name it, too.
fn without_stray(mut error: Error) -> Error {
    let first = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.trim_start_matches('-').chars().next(),
        _ => None,
    };
    let (typed, suggested) = (first(ContextKind::InvalidArg), first(ContextKind::SuggestedArg));
    if suggested.is_some() && typed != suggested {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Usage);
    }
    error
}

/// Shows help, or says what is wrong, in Chinese.
fn tell(error: &Error, no_color: bool) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp => {
            let page = page(&styled(error, output::width().is_some() && !no_color));
            output::data(&page);
            exit::DONE
        }
        ErrorKind::DisplayVersion => {
            output::data(&error.render().to_string());
            exit::DONE
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::say(page(&styled(error, output::is_terminal() && !no_color)).trim_end());
            exit::USAGE
        }
        _ => {
            output::error(Lang::Zh, &mistake(error), None);
            if let Some(usage) = error.get(ContextKind::Usage) {
                output::say(&format!("\n{}", page(usage.to_string().trim())));
            }
            output::say("\n更多说明：--help");
            exit::USAGE
        }
    }
}

fn styled(error: &Error, colours: bool) -> String {
    let text = error.render();
    if colours { text.ansi().to_string() } else { text.to_string() }
}

/// What is wrong with the arguments, in Chinese.
fn mistake(error: &Error) -> String {
    let lang = Lang::Zh;
    let one = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => page(text),
        Some(ContextValue::Strings(texts)) => lang.list(texts.iter().map(|text| page(text))),
        Some(ContextValue::StyledStr(text)) => page(&text.to_string()),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let (argument, value) = (one(ContextKind::InvalidArg), one(ContextKind::InvalidValue));
    let similar = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .map(one)
        .into_iter()
        .find(|text| !text.is_empty())
        .map(|text| format!("；是否想写 {text}？"))
        .unwrap_or_default();
    let valid = one(ContextKind::ValidValue);
    let valid = if valid.is_empty() { String::new() } else { format!("；可选值：{valid}") };
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有“{argument}”这个参数{similar}"),
        ErrorKind::InvalidSubcommand => format!("没有“{}”这个命令{similar}", one(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 需要一个值{valid}"),
        ErrorKind::InvalidValue => format!("{argument} 不接受“{value}”{valid}{similar}"),
        ErrorKind::ValueValidation => {
            let why = error.source().map(|source| match source.downcast_ref::<Wrong>() {
                Some(wrong) => wrong.0.zh.clone(),
                None => common(&source.to_string()),
            });
            format!("{argument} 的值“{value}”不对：{}", why.unwrap_or_default())
        }
        ErrorKind::MissingRequiredArgument => format!("缺少参数：{argument}"),
        ErrorKind::MissingSubcommand => format!("缺少命令：{}", one(ContextKind::ValidSubcommand)),
        ErrorKind::ArgumentConflict => match one(ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == argument => format!("{argument} 只能写一次"),
            prior => format!("{argument} 不能与 {prior} 同时使用"),
        },
        ErrorKind::NoEquals => format!("{argument} 的值要用等号写出"),
        ErrorKind::TooManyValues => format!("{argument} 的值“{value}”多余"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            say!(lang, "{argument} 的值个数不对", "{argument}: wrong number of values")
        }
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文本".into(),
        _ => "参数不对".into(),
    }
}

/// What libraries say of numbers, addresses and words that are none.
fn common(why: &str) -> String {
    if let Some((_, words)) = why.split_once("expected one of ") {
        return format!("可选值：{}", words.replace("`, `", "`、`"));
    }
    let zh = match why {
        "invalid digit found in string" => "不是数字",
        "cannot parse integer from empty string" => "是空的，应为数字",
        "number too large to fit in target type" => "数字太大",
        "number too small to fit in target type" => "数字太小",
        "invalid socket address syntax" => "应写成 地址:端口，例如 127.0.0.1:8422",
        other if other.contains("https://id.example.com") => "应写成 https://id.example.com 这样的地址",
        other => other,
    };
    zh.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn words(text: &[&str]) -> Vec<OsString> {
        text.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_language_is_found_before_anything_is_understood() {
        assert_eq!(lang(&words(&["idflow", "--lang", "zh", "nonsense"]), Lang::En), Lang::Zh);
        assert_eq!(lang(&words(&["idflow", "runs", "--lang=en"]), Lang::Zh), Lang::En);
        assert_eq!(lang(&words(&["idflow", "--lang", "fr"]), Lang::Zh), Lang::Zh);
        assert_eq!(lang(&words(&["idflow", "--", "--lang", "en"]), Lang::Zh), Lang::Zh);
    }

    /// Every help text of the program.
    fn texts(command: &Command, found: &mut BTreeSet<String>) {
        found.extend(command.get_about().into_iter().chain(command.get_long_about()).map(ToString::to_string));
        for argument in command.get_arguments() {
            found.extend(argument.get_help().into_iter().chain(argument.get_long_help()).map(ToString::to_string));
        }
        command.get_subcommands().for_each(|below| texts(below, found));
    }

    #[test]
    fn every_help_text_has_its_chinese_and_none_is_left_over() {
        let mut found = BTreeSet::new();
        texts(&Cli::command(), &mut found);
        let known: BTreeSet<String> = help_zh::HELP.iter().map(|(en, _)| (*en).to_string()).collect();
        let missing: Vec<_> = found.difference(&known).collect();
        let unused: Vec<_> = known.difference(&found).collect();
        assert!(missing.is_empty() && unused.is_empty(), "no Chinese for {missing:#?}\nnobody needs {unused:#?}");
    }

    #[test]
    fn mistakes_are_told_in_chinese() {
        for (arguments, told) in [
            (&["runs", "lst"][..], "没有“lst”这个命令；是否想写 list？"),
            (&["runs", "list", "--limt", "3"], "没有“--limt”这个参数；是否想写 --limit？"),
            (&["runs", "list", "--limit", "x"], "--limit <LIMIT> 的值“x”不对：不是数字"),
            (&["--output", "yaml", "schema"], "--output <OUTPUT> 不接受“yaml”；可选值：text、json、sarif"),
            (&["--disk-floor", "1XB", "schema"], "--disk-floor <DISK_FLOOR> 的值“1XB”不对：“XB”不是容量单位"),
            (&["runs", "show"], "缺少参数：<RUN>"),
            (&["demo", "--people", "3", "--data", "x"], " 同时使用"),
        ] {
            let arguments = ["idflow"].iter().chain(arguments);
            let error = command(Lang::Zh).try_get_matches_from(arguments).unwrap_err();
            assert!(mistake(&error).contains(told), "{}", mistake(&error));
        }
    }
}
