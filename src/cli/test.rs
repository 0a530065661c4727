//! `idflow test`: workflow tests, offline. It needs no data folder.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{
    Failure, Lang, Session, exit,
    lang::{both, say},
    output,
};
use crate::app::rehearsal::{SUFFIX, Settings, rehearse};

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
    let (mut files, mut cases, mut failed) = (Vec::new(), 0, 0);
    for test in &tests {
        let file = match rehearse(test, &settings).await {
            Ok(report) => {
                cases += report.cases.len();
                failed += report.cases.iter().filter(|case| !case.passed).count();
                let passed = report.passed();
                let mut file = serde_json::to_value(report).unwrap_or_default();
                file["passed"] = passed.into();
                file
            }
            Err(error) => {
                (cases, failed) = (cases + 1, failed + 1);
                let failure = Failure::from(error);
                let (message, hint) = failure.words(session.lang);
                json!({"file": test.display().to_string(), "passed": false, "error": message, "hint": hint,
                       "details": failure.details})
            }
        };
        if !session.json() {
            show(session.lang, &file);
        }
        files.push(file);
    }
    if session.json() {
        output::json(&json!({"passed": failed == 0, "files": files}));
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
    Ok(if failed == 0 { exit::DONE } else { exit::FAILED })
}

fn show(lang: Lang, file: &Value) {
    let (good, bad) = (lang.pick("通过", "ok    "), lang.pick("失败", "FAILED"));
    output::data(&output::cell(&file["file"]));
    if let Some(error) = file["error"].as_str() {
        output::data(&format!("  {bad}  {error}"));
        for finding in file["details"].as_array().into_iter().flatten() {
            output::data(&format!(
                "          {}:{}:{}: {} {}",
                output::cell(&finding["file"]),
                finding["line"],
                finding["column"],
                output::cell(&finding["code"]),
                output::cell(&finding["message"][lang.key()]),
            ));
        }
        if let Some(hint) = file["hint"].as_str() {
            output::data(&say!(lang, "          提示：{hint}", "          hint: {hint}"));
        }
    }
    for case in file["cases"].as_array().into_iter().flatten() {
        let word = if case["passed"] == true { good } else { bad };
        output::data(&format!("  {word}  {}", output::cell(&case["name"])));
        for difference in case["differences"].as_array().into_iter().flatten() {
            output::data(&format!("          {}", output::cell(difference)));
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
