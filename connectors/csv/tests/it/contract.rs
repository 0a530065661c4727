//! The contract suite, over files in a folder.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

use async_trait::async_trait;
use idflow_csv::SPEC;
use idflow_sdk::{
    ConnectorSpec, Kind, OpenRequest, Params, Record,
    contract::{self, NoDirectory, Sample, Stage, Subject, System, Trouble},
};
use serde_json::json;

struct Csv;

struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn file(&self) -> PathBuf {
        self.folder.path().join("people.csv")
    }

    fn line(&self, line: &str) {
        let mut file = std::fs::OpenOptions::new().append(true).open(self.file()).expect("the file");
        writeln!(file, "{line}").expect("a line");
    }
}

#[async_trait]
impl Subject for Csv {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn begin(&self) -> Stage {
        let system = Folder { folder: tempfile::tempdir().expect("a folder") };
        std::fs::write(system.file(), "no,name,mobile\n").expect("a file");
        let settings = BTreeMap::from([("folder".to_string(), system.folder.path().display().to_string())]);
        let directory = std::sync::Arc::new(NoDirectory);
        let request = OpenRequest { name: "hr".into(), settings, secrets: BTreeMap::new(), directory, granted: None };
        Stage { request, system: Box::new(system) }
    }

    fn sample(&self, _: Kind, _: usize) -> Sample {
        unreachable!("files are read only")
    }

    fn change(&self, _: Kind) -> Record {
        unreachable!("files are read only")
    }

    fn reads(&self) -> Vec<(&'static str, Params)> {
        let with = json!({
            "path": "people.csv", "key": "no", "columns": {"no": "no", "name": "name", "mobile": "mobile"},
        });
        vec![("read", super::support::params(&with))]
    }
}

#[async_trait]
impl System for Folder {
    async fn put(&self, kind: Kind, number: usize) -> Option<String> {
        (kind == Kind::Row).then(|| {
            self.line(&format!("p{number},Person {number},1549800000{number}"));
            format!("p{number}")
        })
    }

    async fn trouble(&self, trouble: Trouble) -> bool {
        match trouble {
            Trouble::Nothing => true,
            // A row of which nobody can say whose it is.
            Trouble::Partial => {
                self.line(",Nobody,");
                true
            }
            _ => false,
        }
    }
}

#[tokio::test]
async fn it_keeps_what_the_engine_relies_on() {
    let report = contract::run(&Csv).await;
    report.expect(&[
        // It writes nothing,
        "what_was_created_can_be_read_back",
        "a_target_is_listed_whole",
        "an_update_changes_what_it_names",
        "what_was_removed_is_gone_or_set",
        "what_is_not_there_is_not_found",
        "each_object_has_its_answer",
        "what_is_hidden_is_not_empty",
        "what_is_required_is_asked_for",
        "one_of_several_is_enough",
        "what_is_unique_is_refused_twice",
        "a_partial_record_stays_partial",
        "a_lost_answer_is_unknown_and_can_be_looked_up",
        // a file is never busy,
        "failures_say_what_to_do",
        "a_call_that_is_given_up_leaves_nothing_behind",
        "nothing_is_sent_without_the_right_to_it",
        "forged_callbacks_are_refused",
        // and there is nothing to keep secret.
        "wrong_secrets_are_found_out",
        "no_text_has_a_secret_in_it",
    ]);
}
