//! `idflow validate`: what the compiler finds in files, in four forms, and its mends.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use super::{Failure, Form, Lang, Session, exit, lang::both, output};
use crate::{
    app::findings,
    connectors,
    contract::{compiler::ValidatedFinding, problem::Text},
    workflow::{
        self, Environment, apply_fixes,
        diagnostic::{Diagnostic, Language, Severity, Source, Span, sarif},
        other_workflows::Library,
    },
};

/// The name that stands for standard input.
const STDIN: &str = "-";
/// What is read of one file; the compiler refuses far smaller ones.
const MAX_BYTES: u64 = 64 << 20;

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Workflow files, or folders of them; several are checked against each other. `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Apply the fixes that are certain and leave everything else byte for byte. With `-`, the fixed text is written to
    /// standard output.
    #[arg(long)]
    fix: bool,
}

/// One file, looked at.
struct Looked {
    /// Its name for people.
    file: String,
    /// Its text, after mending.
    text: String,
    /// What was found, or is left.
    findings: Vec<Diagnostic>,
    /// What was mended.
    applied: Vec<apply_fixes::Applied>,
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    let from_stdin = args.files.iter().any(|file| file.as_os_str() == STDIN);
    if args.fix && from_stdin && session.form != Form::Text {
        output::error(
            session.lang,
            session.text(
                "`--fix -` 把修正后的文本写到标准输出，而结果也要写到那里",
                "`--fix -` writes the fixed text to standard output, where the findings would go",
            ),
            Some(session.text("请给出文件，或去掉 --output", "give a file, or leave --output out")),
        );
        return Ok(exit::USAGE);
    }
    let files = paths(&args.files)?;
    let mut read_before = Vec::with_capacity(files.len());
    for path in &files {
        read_before.push(read(path));
    }
    let alone = Environment::new(connectors::ALL);
    let library = (files.len() > 1).then(|| {
        let mut library = Library::default();
        for (file, bytes) in read_before.iter().flatten() {
            let text = String::from_utf8_lossy(bytes);
            library.extend(workflow::compile(file, &text, &alone).workflow.as_ref());
        }
        library
    });
    let environment = Environment { library: library.as_ref(), ..alone };
    let mut all = Vec::with_capacity(files.len());
    for (path, read) in files.iter().zip(read_before) {
        // What cannot be read is a finding of that file: the findings of the others are told all the same.
        let looked = read.and_then(|(file, bytes)| look(path, file, bytes, args.fix, &environment));
        let looked = looked.unwrap_or_else(|failure| unread(path, &failure));
        if session.form == Form::Text {
            show(session, &looked);
            if args.fix && path.as_os_str() == STDIN {
                output::data(&looked.text);
            }
        }
        all.push(looked);
    }
    match session.form {
        Form::Text => {}
        Form::Json => output::json(&as_json(&all, args.fix)),
        Form::Sarif => {
            let reports: Vec<sarif::Report<'_>> = all
                .iter()
                .map(|looked| sarif::Report {
                    source: Source::new(&looked.file, &looked.text),
                    findings: &looked.findings,
                })
                .collect();
            output::json(&sarif::sarif(&reports, env!("CARGO_PKG_VERSION")));
        }
    }
    let broken = all.iter().any(|looked| errors(&looked.findings) > 0);
    Ok(if broken { exit::FAILED } else { exit::DONE })
}

fn errors(findings: &[Diagnostic]) -> usize {
    findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}

/// The files that are named, and for a folder its workflows; the tests beside them are none.
fn paths(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in given {
        if !path.is_dir() {
            paths.push(path.clone());
            continue;
        }
        let wrong = |error: std::io::Error| Failure::file(path.display(), &error);
        let before = paths.len();
        for entry in fs::read_dir(path).map_err(wrong)? {
            let file = entry.map_err(wrong)?.path();
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
            if yaml && !name.ends_with(".test.yaml") && !name.ends_with(".test.yml") {
                paths.push(file);
            }
        }
        paths[before..].sort();
        if paths.len() == before {
            let folder = path.display();
            return Err(Failure::new(both!(
                "{folder}：目录中没有工作流文件",
                "{folder}: no workflow files in this folder"
            )));
        }
    }
    Ok(paths)
}

fn look(
    path: &Path,
    file: String,
    bytes: Vec<u8>,
    fix: bool,
    environment: &Environment<'_>,
) -> Result<Looked, Failure> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // The rest cannot be checked, but the answer keeps its form.
            let at = error.utf8_error().valid_up_to();
            let finding = Diagnostic::new(
                "E0101",
                Span::new(at, at),
                format!("第 {at} 个字节不是 UTF-8"),
                format!("byte {at} is not UTF-8"),
            )
            .help("把文件另存为 UTF-8", "save the file as UTF-8");
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            return Ok(Looked { file, text, findings: vec![finding], applied: Vec::new() });
        }
    };
    if !fix {
        let findings = workflow::compile(&file, &text, environment).diagnostics;
        return Ok(Looked { file, text, findings, applied: Vec::new() });
    }
    let mended = apply_fixes::mend(&file, &text, environment);
    if mended.text != text && path.as_os_str() != STDIN {
        replace(path, &text, &mended.text).map_err(|error| Failure::file(&file, &error))?;
    }
    Ok(Looked { file, text: mended.text, findings: mended.left, applied: mended.applied })
}

/// A file that could not be read, or not be written.
fn unread(path: &Path, failure: &Failure) -> Looked {
    let Text { zh, en } = &failure.text;
    let finding = Diagnostic::new(
        "E0101",
        Span::new(0, 0),
        format!("文件不能读写：{zh}"),
        format!("the file cannot be used: {en}"),
    )
    .help("检查文件名和权限", "check its name and its rights");
    Looked { file: path.display().to_string(), text: String::new(), findings: vec![finding], applied: Vec::new() }
}

fn read(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    let (file, result) = if path.as_os_str() == STDIN {
        let stdin = std::io::stdin().lock();
        ("<stdin>".to_string(), stdin.take(MAX_BYTES).read_to_end(&mut bytes))
    } else {
        let opened = fs::File::open(path);
        (path.display().to_string(), opened.and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)))
    };
    result.map_err(|error| Failure::file(&file, &error))?;
    Ok((file, bytes))
}

/// Puts a new text in place of the old one, or leaves everything as it was: the text goes to a file beside it, which then
/// takes the name. Rights are kept; a link stays a link. A file that somebody changed meanwhile is left alone.
fn replace(path: &Path, old: &str, new: &str) -> std::io::Result<()> {
    let path = fs::canonicalize(path)?;
    let rights = fs::metadata(&path)?.permissions();
    if rights.readonly() {
        return Err(std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.idflow", std::process::id()));
    let written = fs::OpenOptions::new().write(true).create_new(true).open(&beside).and_then(|mut file| {
        file.set_permissions(rights)?;
        file.write_all(new.as_bytes())?;
        file.sync_all()?;
        if fs::read(&path)? != old.as_bytes() {
            return Err(std::io::Error::other("the file was changed meanwhile"));
        }
        fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// With `--fix` every entry says whether it was mended; its positions are those of the file before that mend.
fn as_json(all: &[Looked], fix: bool) -> Vec<ValidatedFinding> {
    let mut entries = Vec::new();
    for looked in all {
        entries.extend(looked.applied.iter().map(|applied| ValidatedFinding {
            finding: findings::finding(&applied.finding, &Source::new(&looked.file, &applied.before)),
            fixed: Some(true),
        }));
        let left = findings::all(&looked.file, &looked.text, &looked.findings).into_iter();
        entries.extend(left.map(|finding| ValidatedFinding { finding, fixed: fix.then_some(false) }));
    }
    entries
}

fn show(session: &Session<'_>, looked: &Looked) {
    for applied in &looked.applied {
        let changes: Vec<String> = applied
            .changes
            .iter()
            .map(|(before, after)| match before.as_str() {
                "" => format!("+ `{}`", after.trim()),
                before => format!("`{before}` → `{after}`"),
            })
            .collect();
        let place = format!("{}:{}", looked.file, applied.line);
        output::say(&match session.lang {
            Lang::Zh => format!("已修正 {place} {}：{}", applied.finding.code, changes.join("，")),
            Lang::En => format!("fixed {place} {}: {}", applied.finding.code, changes.join(", ")),
        });
    }
    told(session, &looked.file, &looked.text, &looked.findings);
    if errors(&looked.findings) > 0 {
        return;
    }
    // The file is right, and its triggers would start nothing.
    let live = workflow::compile_live(&looked.file, &looked.text, &Environment::new(connectors::ALL)).diagnostics;
    let source = Source::new(&looked.file, &looked.text);
    for finding in live.iter().filter(|finding| finding.code == "E0606") {
        let line = source.line(finding.span.start);
        output::say(&match session.lang {
            Lang::Zh => format!("{}:{line}：还不能启用：{}（E0606）", looked.file, finding.message.zh),
            Lang::En => format!("{}:{line}: it cannot be activated yet: {} (E0606)", looked.file, finding.message.en),
        });
    }
}

/// Shows what the compiler finds in a file.
pub fn show_findings(session: &Session<'_>, file: &str, text: &str) {
    told(session, file, text, &workflow::compile(file, text, &Environment::new(connectors::ALL)).diagnostics);
}

fn told(session: &Session<'_>, file: &str, text: &str, findings: &[Diagnostic]) {
    let language = if session.lang == Lang::Zh { Language::Zh } else { Language::En };
    let colour = output::is_terminal() && !session.environment.no_color;
    let source = Source::new(file, text);
    for finding in findings {
        output::say(&finding.render(&source, language, colour));
    }
    let errors = errors(findings);
    let warnings = findings.len() - errors;
    let several = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    output::say(&match session.lang {
        Lang::Zh => format!("{file}：{errors} 个错误，{warnings} 个警告"),
        Lang::En => format!("{file}: {}, {}", several(errors, "error"), several(warnings, "warning")),
    });
    let first = findings.iter().find(|finding| finding.severity == Severity::Error);
    if let Some(code) = first.map(|finding| finding.code) {
        output::say(&match session.lang {
            Lang::Zh => format!("详细说明：idflow explain {code}"),
            Lang::En => format!("more about it: idflow explain {code}"),
        });
    }
}
