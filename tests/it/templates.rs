//! The templates do what their tests say, and a test that is wrong says so.
//!
//! The tests are run by the product's own runner; here the runner is looked at as well: a plan that is otherwise than
//! expected is told with both values, a file that is not of the format with its place.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use idflow::{
    app::{
        AppError,
        rehearsal::{Report, SUFFIX, Settings, rehearse},
        templates,
    },
    engine::clock::SystemClock,
};
use tempfile::TempDir;

use crate::support::{Corp, House, Organisation};

fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("workflows")
}

/// Runs a test file; what the case needed on disk is gone afterwards.
fn run(test: &Path) -> Result<Report, AppError> {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let settings = Settings { clock: Arc::new(SystemClock), scratch: scratch.path().into() };
    // A second installation is refused and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let report = runtime.block_on(rehearse(test, &settings));
    let left = std::fs::read_dir(scratch.path()).expect("the scratch folder").count();
    assert_eq!(left, 0, "something was left on disk");
    report
}

/// A template with its test in a folder of their own, each with one text replaced by another.
struct Variant {
    folder: TempDir,
    template: &'static str,
}

impl Variant {
    fn of(template: &'static str, workflow: (&str, &str), test: (&str, &str)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, (old, new)) in [(format!("{template}.yaml"), workflow), (format!("{template}{SUFFIX}"), test)] {
            let text = std::fs::read_to_string(shipped().join(&name)).expect("a template");
            assert!(text.contains(old), "{name} has no `{old}`");
            std::fs::write(folder.path().join(&name), text.replacen(old, new, 1)).expect("a copy");
        }
        Self { folder, template }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(format!("{}{SUFFIX}", self.template))
    }

    /// All differences of all cases.
    #[track_caller]
    fn differences(&self) -> Vec<String> {
        let report = run(&self.path()).expect("a report");
        assert!(!report.passed());
        report.cases.into_iter().flat_map(|case| case.differences).map(|text| text.en).collect()
    }

    /// Why there is no report.
    #[track_caller]
    fn refusal(&self) -> String {
        run(&self.path()).expect_err("a refusal").to_string()
    }
}

/// Nothing is replaced.
const AS_IT_IS: (&str, &str) = ("", "");

#[track_caller]
fn one(differences: &[String], wanted: &[&str]) {
    let fits = |said: &&String| wanted.iter().all(|part| said.contains(part));
    assert_eq!(differences.iter().filter(fits).count(), 1, "{wanted:?} in {differences:#?}");
}

/// Whatever can take people out has a limit on that, and doubts a list that shrank.
#[test]
fn every_template_that_can_remove_has_limits() {
    // These bind, or send; nobody who is there is changed by them.
    const HARMLESS: [&str; 3] = ["wecom_upstream_bind", "wecom_message", "wecom_consent_invite"];
    // This one reads those who left: that they become fewer is no loss.
    const OF_LEAVERS: [&str; 1] = ["wecom_disable_leavers"];
    for template in templates::ALL.iter().filter(|template| !HARMLESS.contains(&template.id)) {
        let yaml: serde_json::Value = serde_yaml::from_str(template.text).expect("YAML");
        let safety = &yaml["safety"];
        assert!(safety["remove"].is_object(), "{}: {safety}", template.id);
        assert_eq!(safety["on_exceed"], "hold_removals", "{}", template.id);
        assert!(OF_LEAVERS.contains(&template.id) || !safety["source_shrink"].is_null(), "{}: {safety}", template.id);
    }
}

#[test]
fn every_template_does_what_its_test_says() {
    for template in templates::ALL {
        let report = run(&shipped().join(format!("{}{SUFFIX}", template.id))).expect("a report");
        assert_eq!(report.workflow, template.id);
        assert!(!report.cases.is_empty(), "{} has no case", template.id);
        for case in &report.cases {
            let told: Vec<&str> = case.differences.iter().map(|text| &*text.en).collect();
            assert!(case.passed, "{}: {}:\n{}", template.id, case.name, told.join("\n"));
        }
    }
}

#[test]
fn a_wrong_expectation_is_told_with_both_values() {
    let full = |test| Variant::of("wecom_downstream_full", AS_IT_IS, test).differences();
    one(
        &full(("create_user: {create: 4}", "create_user: {create: 1}")),
        &["create_user: expected 1 create, the plan has 4", "刘洋"],
    );
    one(&full(("        create_user: {create: 4}\n", "")), &["create_user: expected 0 create, the plan has 4"]);
    one(&full(("before: [2], after: [4]", "before: [2], after: [3]")), &["update_user u5", "[2] → [3]", "[2] → [4]"]);
    one(&full(("{userid: liu.yang,", "{userid: liu.yan,")), &["create_user u6: userid", "\"liu.yan\"", "\"liu.yang\""]);
    one(&full(("key: u6, after", "key: u5, after")), &["create_user u5: expected a change", "update in update_user"]);
    one(&full(("create_user: {create: 4}", "crete_user: {create: 4}")), &["there is no step `crete_user` (line "]);
    one(&full(("held: true", "held: false")), &["expected the plan not to be held, it is: ", "deprovision_user"]);
    one(&full(("{remove_leavers: false}", "{remove_leaver: false}")), &["input `remove_leaver`", "`remove_leavers`"]);
}

#[test]
fn a_key_that_the_plan_picks_has_a_name() {
    let full = |value| {
        let new = format!("{{userid: liu.yang, department: [{value}, 4],");
        let copy = Variant::of("wecom_downstream_full", AS_IT_IS, ("{userid: liu.yang,", &new));
        run(&copy.path()).expect("a report")
    };
    assert!(full("~known after apply").passed());
    assert!(full("7").passed());
    assert!(!full("6").passed());
    // The directory picks ULIDs, which nobody can write down.
    let text = "{username: liu.yang,";
    let more = "{username: liu.yang, departments: [{department: ~known after apply, leader: false}],";
    assert!(run(&Variant::of("csv_to_directory", AS_IT_IS, (text, more)).path()).expect("a report").passed());
}

#[test]
fn an_edit_of_the_workflow_is_noticed() {
    let full = |workflow| Variant::of("wecom_downstream_full", workflow, AS_IT_IS).differences();
    let everybody_disabled = full(("{{eq source.status 'active'}}", "{{eq source.status 'gone'}}"));
    one(&everybody_disabled, &["update_user: expected 2 update, the plan has 4"]);
    let fewer = full(("[\"active\", \"disabled\"]", "[\"active\"]"));
    one(&fewer, &["update_user: expected 2 update, the plan has 1"]);
}

#[test]
fn a_file_that_is_not_of_the_format_names_its_place() {
    let csv = |test| Variant::of("csv_to_directory", AS_IT_IS, test);
    let refusal = csv(("    links:", "    linkes:")).refusal();
    assert!(refusal.contains("csv_to_directory.test.yaml:35:5: unknown field `linkes`"), "{refusal}");
    let refusal = csv(("remove_department: {remove: 1}", "remove_department: {remove: one}")).refusal();
    assert!(refusal.contains("csv_to_directory.test.yaml:49:37: "), "{refusal}");
    let refusal = csv(("      files:", "      files: [")).refusal();
    assert!(refusal.contains("csv_to_directory.test.yaml:"), "{refusal}");
    let refusal = csv(("workflow: csv_to_directory", "workflow: csv_to_nowhere")).refusal();
    assert!(
        refusal.contains("csv_to_directory.test.yaml:2:11: ") && refusal.contains("csv_to_nowhere.yaml"),
        "{refusal}"
    );
    let refusal = Variant::of("csv_to_directory", ("uses: csv/read", "uses: csv/red"), AS_IT_IS).refusal();
    assert!(refusal.contains("csv_to_directory.yaml has errors"), "{refusal}");
}

#[test]
fn an_object_that_its_system_could_not_hold_names_its_place() {
    let full = |test| Variant::of("wecom_downstream_full", AS_IT_IS, test).differences();
    one(
        &full(("userid: li.na, name", "userid: li.na, nam")),
        &["wecom_downstream_full.test.yaml:29:11: ", "no field `nam`"],
    );
    one(
        &full(("department: [3], main", "department: 3, main")),
        &[":29:11: `department` of `li.na` is 3; a list of keys"],
    );
    one(&full(("key: d6, name: 外部合作", "key: d5, name: 外部合作")), &["two objects of the key `d5`"]);
    let csv = Variant::of("csv_to_directory", AS_IT_IS, ("source: R, target: d4", "source: R, traget: d4")).refusal();
    assert!(csv.contains("unknown field `traget`"), "{csv}");
}

#[test]
fn the_command_needs_no_data_folder() {
    let house = House::new();
    let folder = shipped().display().to_string();
    let good = house.text(&["test", &folder]).expect(0);
    let files = format!("{} files", templates::ALL.len());
    assert!(good.out.contains(&files) && good.out.contains("all as expected"), "{}", good.out);

    let copy = Variant::of("wecom_downstream_full", AS_IT_IS, ("create_user: {create: 4}", "create_user: {create: 1}"));
    let path = copy.path().display().to_string();
    let bad = house.text(&["test", &path]).expect(1);
    assert!(
        bad.out.contains("FAILED  first run") && bad.out.contains("expected 1 create, the plan has 4"),
        "{}",
        bad.out
    );
    let json = house.ask(&["test", &path.replace(SUFFIX, ".yaml")]).expect(1).json();
    assert_eq!(json["passed"], false);
    assert_eq!(json["files"][0]["cases"][0]["passed"], false);
    assert_eq!(json["files"][0]["cases"][1]["passed"], true);

    let nothing = house.text(&["test"]).expect(1);
    assert!(nothing.err.contains("workflows"), "{}", nothing.err);
    assert!(!house.data().exists(), "a data folder was made");
}

/// A department may be called whatever a template has for an example: nobody is left out, and whoever is left out by somebody
/// is counted.
#[test]
fn a_template_leaves_nobody_out_and_a_scope_says_whom_it_leaves_out() {
    let corp = Corp::start();
    let house = House::new();
    let mut source = Organisation::default();
    source.department("D1", "", "研发中心", 1);
    source.department("D2", "", "外部合作", 2);
    source.department("D3", "D2", "供应商", 1);
    for (number, department) in [(1, "D1"), (2, "D2"), (3, "D3")] {
        source.person(number, department, "");
    }
    source.write(&house.source());
    house.import(&[]).expect(0);
    house.connect(&corp);
    house.workflow("wecom_downstream_full");
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["counts"]["user"]["created"], 3, "{run}");
    assert!(!run["notices"].to_string().contains("left_out_by_scope"), "{run}");

    house.workflow_changed(
        "wecom_downstream_full",
        &[(r#"include: ["/**"]"#, r#"include: ["/**"], exclude: ["/外部合作/**"]"#)],
    );
    let plan = house.good(&["plan", "sync"]);
    let notices = plan["notices"].as_array().expect("notices");
    let told = notices.iter().find(|notice| notice["code"] == "left_out_by_scope");
    let text = told.unwrap_or_else(|| panic!("{notices:#?}")).to_string();
    assert!(text.contains("2 departments and 2 people: /外部合作"), "{text}");
    assert!(text.contains("(user0002)") && text.contains("(user0003)"), "the people are named: {text}");
    assert!(!plan["notices"].to_string().contains("scope_fits_nothing"), "{notices:#?}");

    // A path that is spelled otherwise leaves out nobody, or everybody: it is said.
    house.workflow_changed(
        "wecom_downstream_full",
        &[(r#"include: ["/**"]"#, r#"include: ["/示例/**", "/**"], exclude: ["/外部/合作/**"]"#)],
    );
    let plan = house.good(&["plan", "sync"]);
    let notices = plan["notices"].as_array().expect("notices");
    let told = notices.iter().find(|notice| notice["code"] == "scope_fits_nothing");
    let text = told.unwrap_or_else(|| panic!("{notices:#?}")).to_string();
    assert!(text.contains("/外部/合作/**") && text.contains("/示例/**"), "{text}");
}
