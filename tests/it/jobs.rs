//! Import jobs that outlive the run that handed them in: the next run waits for them and makes nobody twice.

use wecom_sim::{Effect, FaultRule, Faults, ImportSpeed};

use super::support::{Corp, House, Organisation};

/// Runs into `faults` while a slow job is at work, so that the run gives it up, and at once into the next run.
#[track_caller]
fn left_at_work(faults: impl IntoIterator<Item = FaultRule>) {
    let corp = Corp::start();
    corp.set_import_speed(ImportSpeed { rows_per_second: 100.0, start_ms: 500 });
    let house = House::new();
    let organisation = Organisation::generated(8, 260).with_few_managers();
    organisation.write(&house.source());
    house.import(&[]).expect(0);
    house.connect_with(&corp, &["import_jobs=always"], true);
    house.workflow("wecom_downstream_full");
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
