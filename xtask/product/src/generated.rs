//! Files that are made from the code: a test compares them with what the code makes, and writes them where `cargo xtask
//! schema` asks for it.
//!
//! A further file is one line in [`GENERATORS`].

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use clap::CommandFactory;

use idflow::cli::{Lang, arguments};
use xtask::{output, workspace};

/// A file and what makes its text.
struct Generator {
    path: &'static str,
    make: fn() -> Result<String>,
}

const GENERATORS: &[Generator] = &[
    Generator { path: "connectors/sdk/src/countries.csv", make: countries },
    Generator { path: "docs/reference/cli.md", make: command_line },
    Generator { path: "docs/reference/cli.zh.md", make: command_line_zh },
    Generator { path: "docs/reference/codes.md", make: codes },
    Generator { path: "docs/reference/configuration.md", make: configuration },
    Generator { path: "docs/reference/language.md", make: crate::language::page },
    Generator { path: "docs/reference/openapi.json", make: openapi },
    Generator { path: "workflows/workflow-1.schema.json", make: workflow_schema },
];

/// Writes all of them.
fn write() -> Result<()> {
    for generator in GENERATORS {
        let path = workspace::root().join(generator.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| workspace::short(folder))?;
        }
        std::fs::write(&path, (generator.make)()?).with_context(|| generator.path)?;
        output::say(&format!("wrote {}", generator.path));
    }
    Ok(())
}

/// The help of every command, in the order of `idflow --help`.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every generator")]
fn command_line() -> Result<String> {
    let mut text = String::from(
        "# The command line\n\n<!-- Made by `cargo xtask schema` from the code of src/cli. Do not edit. -->\n\n\
         Data goes to standard output, everything else to standard error; `--output json` is stable, text for people is not.\n",
    );
    let mut root = still(idflow::cli::Cli::command().term_width(100));
    // Names such as `idflow runs list` in the usage lines come with this.
    root.build();
    describe(&mut text, &root, "idflow");
    Ok(text)
}

/// The same in Chinese.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every generator")]
fn command_line_zh() -> Result<String> {
    let mut text = String::from(
        "# 命令行\n\n<!-- Made by `cargo xtask schema` from the code of src/cli. Do not edit. -->\n\n\
         数据写到标准输出，其余写到标准错误；`--output json` 保持稳定，供人阅读的文字可能变化。\n",
    );
    let mut root = still(arguments::command(Lang::Zh).term_width(100));
    root.build();
    let mut pages = String::new();
    describe(&mut pages, &root, "idflow");
    text.push_str(&arguments::page(&pages));
    Ok(text)
}

/// Every setting: of the environment, of the file that `IDFLOW_CONFIG` names, and as an option.
fn configuration() -> Result<String> {
    let mut text = String::from(
        "# Settings · 设置\n\n<!-- Made by `cargo xtask schema` from the code of src/cli and src/config. Do not edit. -->\n\n\
         Each is an option, a variable of the environment, or a line `NAME=VALUE` of the file that `IDFLOW_CONFIG` names. What is \
         typed comes before the environment, and that before the file. A name in the file that nobody knows is an error.\n\n\
         每项设置可以是命令行选项、环境变量，或 `IDFLOW_CONFIG` 所指文件里的一行 `NAME=VALUE`。命令行优先于环境变量，环境变量优先于文件。\
         文件里出现未知的名称就是错误。\n\n| name · 名称 | option · 选项 | default · 默认 | what · 说明 |\n|---|---|---|---|\n",
    );
    let (english, chinese) = (idflow::cli::Cli::command(), arguments::command(Lang::Zh));
    for name in idflow::config::file::names() {
        if let Some((_, en, zh)) = idflow::config::file::without_option().find(|(other, _, _)| *other == name) {
            text.push_str(&format!("| `{name}` | | | {en}<br>{zh} |\n"));
            continue;
        }
        let option = |command: &clap::Command| {
            let serve = command.find_subcommand("serve").into_iter().flat_map(|serve| serve.get_arguments());
            let mut all = command.get_arguments().chain(serve);
            let found = all.find(|argument| argument.get_env().is_some_and(|env| env == name))?;
            let help = found.get_long_help().or(found.get_help()).map(ToString::to_string).unwrap_or_default();
            let default: Vec<_> = found.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
            Some((
                found.get_long().unwrap_or_default().to_string(),
                default.join(","),
                help.replace('\n', " ").replace('|', "\\|"),
            ))
        };
        let (long, default, en) = option(&english).with_context(|| name)?;
        let (_, _, zh) = option(&chinese).with_context(|| name)?;
        let serve =
            if english.get_arguments().any(|one| one.get_long() == Some(long.as_str())) { "" } else { "serve " };
        let default = if default.is_empty() || default == "false" { String::new() } else { format!("`{default}`") };
        text.push_str(&format!("| `{name}` | `{serve}--{long}` | {default} | {en}<br>{zh} |\n"));
    }
    Ok(text)
}

/// What idflow knows of the phone numbers of each country, by code; those that share one stand together, the main one first.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every generator")]
fn countries() -> Result<String> {
    let mut text = String::from("code,region,prefix,digits\n");
    for code in 1_u16..=999 {
        for country in phonenumber::metadata::DATABASE.by_code(&code).into_iter().flatten() {
            let kinds = country.descriptors();
            let lines = [kinds.mobile(), kinds.fixed_line()].into_iter().flatten();
            let digits: BTreeSet<u16> = lines.flat_map(|kind| kind.possible_length().iter().copied()).collect();
            let digits: Vec<String> = digits.iter().map(ToString::to_string).collect();
            let prefix = country.national_prefix().unwrap_or_default();
            text.push_str(&format!("{code},{},{prefix},{}\n", country.id(), digits.join(" ")));
        }
    }
    Ok(text)
}

/// The document of the API.
fn openapi() -> Result<String> {
    Ok(serde_json::to_string_pretty(&idflow::server::openapi::document())? + "\n")
}

/// The catalogue of all codes: those of the compiler, and those of refusals, runs, values and connectors.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every generator")]
fn codes() -> Result<String> {
    let mut text = String::from(
        "# Codes\n\n<!-- Made by `cargo xtask schema` from the message tables. Do not edit. -->\n\n\
         Every code that idflow gives, with what it means and what to do; `{…}` stands for what it is about. \
         `idflow explain CODE` shows the same. `next` is the step that the API offers, which the command line tells as a \
         command.\n\n## Files (the compiler)\n\n\
         `idflow explain CODE` has a wrong and a right example of each.\n\n| code | | |\n|---|---|---|\n",
    );
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    for group in idflow::workflow::explain::groups() {
        for row in &group.codes {
            text.push_str(&format!("| {} | {} | {} |\n", row.code, cell(row.title.zh), cell(row.title.en)));
        }
    }
    for (name, messages) in idflow::app::problem_words::tables() {
        let title = match name {
            "app" => "Refusals of the API and the command line",
            "runs" => "Runs and items",
            "values" => "Values and files",
            _ => "Connectors",
        };
        text.push_str(&format!("\n## {title}\n\n| code | reason | what to do | next |\n|---|---|---|---|\n"));
        for message in messages {
            let next = message.next.and_then(|next| serde_json::to_value(next).ok());
            let next = next.as_ref().and_then(|next| next.as_str()).map_or(String::new(), |next| format!("`{next}`"));
            let both = |text: idflow_sdk::Text| format!("{}<br>{}", cell(text.zh), cell(text.en));
            text.push_str(&format!(
                "| {} | {} | {} | {next} |\n",
                message.code,
                both(message.reason),
                both(message.hint)
            ));
        }
    }
    Ok(text)
}

/// The JSON schema that templates name in their first line.
fn workflow_schema() -> Result<String> {
    let schema = idflow::workflow::json_schema::workflow(idflow::connectors::ALL);
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

/// Without the values that variables happen to have here.
fn still(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(still)
}

fn describe(text: &mut String, command: &clap::Command, name: &str) {
    let help = command.clone().render_long_help().to_string();
    let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.trim_end()));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(text, below, &format!("{name} {}", below.get_name()));
    }
}

#[cfg(test)]
mod tests {
    use xtask::workspace;

    #[test]
    fn generated_files_are_what_the_code_makes() {
        if std::env::var_os(workspace::WRITE_GENERATED).is_some() {
            super::write().unwrap();
        }
        for generator in super::GENERATORS {
            let written = std::fs::read_to_string(workspace::root().join(generator.path)).unwrap_or_default();
            let same = written == (generator.make)().unwrap();
            assert!(same, "{} is not what the code makes: run `cargo xtask schema`", generator.path);
        }
    }

    #[test]
    fn every_command_has_its_own_heading() {
        let text = super::command_line().unwrap();
        assert!(text.contains("\n## idflow runs list\n"));
        assert!(text.contains("Usage: idflow runs list"));
    }
}
