//! Import jobs that outlive the run that handed them in: the next run waits for them and makes nobody twice.

use std::time::Duration;

use wecom_sim::{Effect, FaultRule, Faults, ImportSpeed};

use super::support::{Corp, House, Organisation, eventually};

const PATIENCE: Duration = Duration::from_secs(120);

/// Runs into `faults` while a slow job is at work, so that the run gives it up, and at once into the next run.
#[track_caller]
fn left_at_work(faults: impl IntoIterator<Item = FaultRule>) {
    let (corp, house, organisation) = prepared();
    corp.set_import_speed(ImportSpeed { rows_per_second: 100.0, start_ms: 500 });
    corp.set_faults(Faults::rules(faults));
    let first = house.sync(&[]).json();
    assert!(["partial", "failed"].contains(&first["status"].as_str().unwrap_or_default()), "{first}");
    assert!(first["counts"]["user"]["failed"].as_u64() > Some(200), "{first}");
    corp.set_faults(Faults::default());
    let job = corp.jobs().pop().expect("a job");
    assert!(job.percentage < 100, "the job is at work when the next run begins: {job:?}");

    let second = house.sync(&[]).expect(0).json();
    assert!(second["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{second}");
    let check = corp.check();
    assert_eq!(check.creates_of_existing, 0, "creates for what was there: {check:?}");
    assert_eq!(corp.jobs().len(), 1, "nobody was imported twice: {:?}", corp.jobs());
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let third = house.sync(&[]).expect(0).json();
    assert_eq!((&third["status"], &third["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()));
}

/// A company that takes jobs, and everybody who is to go there.
fn prepared() -> (Corp, House, Organisation) {
    let corp = Corp::start();
    corp.set_import_speed(ImportSpeed { rows_per_second: 5000.0, start_ms: 20 });
    let house = House::new();
    let organisation = Organisation::generated(8, 260).with_few_managers();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.connect_with(&corp, &["import_jobs=always"], true);
    house.workflow("wecom_downstream_full");
    (corp, house, organisation)
}

#[test]
fn a_job_that_fails_half_way_fails_nobody() {
    let (corp, house, organisation) = prepared();
    let half = FaultRule::new("/cgi-bin/batch/syncuser", Effect::JobFails(0.5)).times(1);
    corp.set_faults(Faults::rules([half]));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(run["counts"]["user"]["created"], 260, "{run}");
    assert!(corp.jobs().len() > 1 || corp.writes() > 100, "the job failed: {:?}", corp.jobs());
    assert_eq!(corp.check().creates_of_existing, 0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

#[test]
fn a_job_that_says_it_locked_somebody_out_is_not_believed() {
    let (corp, house, mut organisation) = prepared();
    let mut state = corp.state();
    state.corps[0].options.import_disables = false;
    corp.load(state).expect("a state");
    for person in ["E0003", "E0014", "E0159"] {
        organisation.change(person, "enabled", "0");
    }
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(corp.jobs().len(), 1, "they went by a job");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let disabled = corp.now()["users"].as_array().expect("users").iter().filter(|user| user["enable"] == 0).count();
    assert_eq!(disabled, 3);
}

#[test]
fn a_file_that_is_refused_by_its_result_is_handed_in_once() {
    let (corp, house, organisation) = prepared();
    let mut state = corp.state();
    state.corps[0].options.import_account_title = Some("账号".into());
    corp.load(state).expect("a state");
    let run = house.sync(&[]).expect(0).json();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert!(!run["notices"].to_string().contains("job"), "no job is thought to be at work: {}", run["notices"]);
    let counts = corp.counts().calls;
    assert_eq!(counts["/cgi-bin/batch/syncuser"], 1, "another file would fare no better");
    assert_eq!(counts["/cgi-bin/user/create"], 260, "everybody went alone");
    assert_eq!(corp.check().creates_of_existing, 0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}

#[test]
fn whoever_was_made_by_a_job_is_linked_even_if_the_rest_did_not_get_there() {
    let (corp, house, mut organisation) = prepared();
    house.sync(&[]).expect(0);
    // Their manager is there already, so it follows by a call of its own.
    (260..520).for_each(|number| organisation.person(number, "T001", "E0000"));
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    let refusal = Effect::Error { errcode: 60104, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/user/update", refusal).matching("user0300")]));
    let run = house.sync(&[]).expect(3).json();
    assert_eq!(run["counts"]["user"]["created"], 259, "{run}");
    assert_eq!(run["counts"]["user"]["failed"], 1, "{run}");
    corp.set_faults(Faults::default());
    let again = house.sync(&[]).expect(0).json();
    assert_eq!(again["counts"]["user"]["updated"], 1, "the member is known: {again}");
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    assert_eq!(house.sync(&[]).expect(0).json()["api"]["writes"], 0);
}

fn refused(path: &str) -> FaultRule {
    FaultRule::new(path, Effect::Error { errcode: 60011, errmsg: None })
}

#[test]
fn a_job_whose_results_could_not_be_read_is_asked_by_the_next_run() {
    left_at_work([refused("/cgi-bin/batch/getresult"), refused("/cgi-bin/user/list_id").skip(2)]);
}

#[test]
fn a_job_whose_name_was_lost_is_given_time() {
    let lost = FaultRule::new("/cgi-bin/batch/syncuser", Effect::Lost).times(1);
    left_at_work([lost, refused("/cgi-bin/user/list_id").skip(2)]);
}

#[test]
fn a_job_that_was_taken_although_the_answer_was_busy_is_found() {
    let (corp, house, organisation) = prepared();
    let busy = Effect::Error { errcode: -1, errmsg: None };
    corp.set_faults(Faults::rules([FaultRule::new("/cgi-bin/batch/syncuser", busy).after().times(1)]));
    let run = house.sync(&[]).expect(0).json();
    assert_eq!((&run["status"], &run["counts"]["user"]["created"]), (&"succeeded".into(), &260.into()), "{run}");
    assert_eq!(corp.check().creates_of_existing, 0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
    let again = house.sync(&[]).expect(0).json();
    assert_eq!((&again["status"], &again["api"]["writes"]), (&"succeeded_no_change".into(), &0.into()), "{again}");
}

/// A job that never ends keeps nobody: neither the one who cancels twice, nor the one who set a time limit.
#[test]
fn a_job_that_hangs_is_left_when_somebody_insists() {
    let (corp, house, organisation) = prepared();
    corp.set_import_speed(ImportSpeed { rows_per_second: 5000.0, start_ms: 8000 });
    let _server = house.serve();
    let run = house.good(&["run", "sync", "--yes"]);
    let id = run["run"].as_str().expect("an id");
    let waits = || house.good(&["runs", "show", id])["progress"]["waiting"]["why"] == "import_job";
    eventually("the job is at work", PATIENCE, || (!corp.jobs().is_empty() && waits()).then_some(()));
    house.good(&["runs", "cancel", id]);
    house.good(&["runs", "cancel", id]);
    let ended = eventually("the run ends", PATIENCE, || {
        let shown = house.good(&["runs", "show", id]);
        (!shown["ended"].is_null()).then_some(shown)
    });
    assert_eq!(ended["status"], "cancelled", "{ended}");
    assert!(corp.jobs().iter().any(|job| job.percentage < 100), "the job is at work when the run is left");
    // Of those in the job nobody knows: the next run waits for it, and makes nobody twice.
    let next = house.sync(&[]).expect(0).json();
    assert!(next["status"].as_str().is_some_and(|status| status.starts_with("succeeded")), "{next}");
    assert_eq!(corp.check().creates_of_existing, 0);
    assert_eq!(organisation.differences(&corp.now()), Vec::<String>::new());
}
