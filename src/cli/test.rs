//! `idflow test`: workflow tests, offline. It needs no data folder.

use std::path::{Path, PathBuf};

use super::{
    Failure, Lang, Session, exit,
    lang::{both, say},
    output,
};
use crate::{
    app::{
        AppError,
        rehearsal::{CaseReport, Report, SUFFIX, Settings, rehearse},
    },
    contract::{
        problem::Finding,
        rehearsal::{TestCase, TestFile, Tested},
    },
};

/// Where the tests are that ship with the product.
const FOLDER: &str = "./workflows";

/// Which tests to run.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Test files (NAME.test.yaml), workflow files with a test beside them, or folders; by default ./workflows.
    paths: Vec<PathBuf>,
}

/// Runs `idflow test`.
pub async fn run(session: &Session<'_>, args: &Args) -> Result<u8, Failure> {
    let here = [PathBuf::from(FOLDER)];
    let mut tests = Vec::new();
    for path in if args.paths.is_empty() { &here[..] } else { &args.paths } {
        tests.extend(find(path)?);
    }
    tests.dedup();
    let environment = session.environment;
    let settings = Settings { clock: environment.clock(), scratch: environment.scratch() };
    let (mut tested, mut cases, mut failed) = (Tested::default(), 0, 0);
    for test in &tests {
        let (file, findings) = played(session.lang, test, rehearse(test, &settings).await);
        cases += if file.error.is_some() { 1 } else { file.cases.len() };
        let wrong = file.cases.iter().filter(|case| !case.passed).count();
        failed += if file.error.is_some() { 1 } else { wrong };
        if !session.json() {
            show(session.lang, &file, &findings);
        }
        tested.files.push(file);
    }
    tested.passed = failed == 0;
    if session.json() {
        output::json(&tested);
    } else {
        let (lang, files) = (session.lang, tests.len());
        let verdict = match failed {
            0 => lang.pick("全部符合预期", "all as expected").into(),
            failed => say!(lang, "{failed} 个失败", "{failed} failed"),
        };
        output::data(&say!(
            lang,
            "{files} 个文件，{cases} 个用例：{verdict}",
            "{files} files, {cases} cases: {verdict}"
        ));
    }
    Ok(if tested.passed { exit::DONE } else { exit::FAILED })
}

/// What became of a file, and what the compiler found in it.
fn played(lang: Lang, test: &Path, report: Result<Report, AppError>) -> (TestFile, Vec<Finding>) {
    match report {
        Ok(report) => {
            let case = |case: &CaseReport| TestCase {
                name: case.name.clone(),
                passed: case.passed,
                differences: case.differences.iter().map(|text| lang.of(text).to_string()).collect(),
            };
            let file = TestFile {
                passed: report.passed(),
                cases: report.cases.iter().map(case).collect(),
                file: report.file,
                workflow: Some(report.workflow),
                ..TestFile::default()
            };
            (file, Vec::new())
        }
        Err(error) => {
            let findings = error.findings.clone();
            let failure = Failure::from(error);
            let (message, hint) = failure.words(lang);
            let file = TestFile {
                file: test.display().to_string(),
                error: Some(message),
                hint,
                details: failure.details,
                ..TestFile::default()
            };
            (file, findings)
        }
    }
}

fn show(lang: Lang, file: &TestFile, findings: &[Finding]) {
    let (good, bad) = (lang.pick("通过", "ok    "), lang.pick("失败", "FAILED"));
    output::data(&file.file);
    if let Some(error) = &file.error {
        output::data(&format!("  {bad}  {error}"));
        for Finding { file, line, column, code, message, .. } in findings {
            output::data(&format!("          {file}:{line}:{column}: {code} {}", lang.of(message)));
        }
        if let Some(hint) = &file.hint {
            output::data(&say!(lang, "          提示：{hint}", "          hint: {hint}"));
        }
    }
    for case in &file.cases {
        output::data(&format!("  {}  {}", if case.passed { good } else { bad }, case.name));
        for difference in &case.differences {
            output::data(&format!("          {difference}"));
        }
    }
}

/// The test files that a path means, in the order of their names.
fn find(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = path.display();
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| Failure::file(&shown, &error))?;
        let is_test = |path: &PathBuf| path.to_string_lossy().ends_with(SUFFIX);
        let mut tests: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_test).collect();
        tests.sort();
        if tests.is_empty() {
            return Err(Failure::new(both!("{shown} 中没有 NAME{SUFFIX} 文件", "{shown} has no file NAME{SUFFIX}"))
                .hint(both!("请给出有测试的目录或文件", "name a folder or a file with tests")));
        }
        return Ok(tests);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let test = match name.strip_suffix(".yaml") {
        Some(stem) if !name.ends_with(SUFFIX) => path.with_file_name(format!("{stem}{SUFFIX}")),
        _ => path.to_path_buf(),
    };
    if test.is_file() {
        Ok(vec![test])
    } else {
        let test = test.display();
        Err(Failure::new(both!("没有文件 {test}", "there is no file {test}")).hint(both!(
            "idflow test [文件或目录]…；默认 ./workflows",
            "idflow test [FILE or FOLDER]…; by default ./workflows"
        )))
    }
}
