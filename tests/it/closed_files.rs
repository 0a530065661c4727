//! Files of the server are read for whoever comes over the network only where they are open, whatever has become of the workflow
//! between its start and the reading of the file.

use serde_json::{Value, json};

use super::support::{Api, House, Shown, house::BEGIN};

/// A server, somebody who comes over the network and may do everything, and a file that is closed to him beside an open one.
struct Place {
    house: House,
    api: Api,
    far: Shown,
    _server: super::support::house::Server,
}

/// When the tests begin.
const NOON: i64 = 1_790_000_000_000;
/// Paths begin beside the data folder.
const CLOSED: &str = "closed.csv";
const OPEN: &str = "data/import/open.csv";
const PEOPLE: &str = "number,name\n1,Ann\n";

impl Place {
    fn new() -> Self {
        let house = House::new().clocked(NOON);
        house.good(&BEGIN);
        std::fs::write(house.path(CLOSED), PEOPLE).expect("written");
        std::fs::create_dir_all(house.data().join("import")).expect("a folder");
        std::fs::write(house.data().join("import/open.csv"), PEOPLE).expect("written");
        let server = house.serve();
        let api = Api::of(&house);
        let far = api.first_owner(&house);
        Self { house, api, far, _server: server }
    }

    /// Saves a workflow over the network.
    #[track_caller]
    fn save(&self, text: &str) {
        self.api.post(&self.far, "/workflows", &json!({"text": text})).is(200);
    }

    #[track_caller]
    fn activate(&self, id: &str) {
        self.api.post(&self.far, &format!("/workflows/{id}/activate"), &json!({})).is(200);
    }

    /// What became of a run: its status, and the code of why.
    #[track_caller]
    fn ended(&self, run: &Value) -> (String, String) {
        let id = run.as_str().expect("a run");
        let shown = super::support::eventually("the run ends", super::support::PATIENCE, || {
            let shown = self.api.get(&self.far, &format!("/runs/{id}")).is(200);
            let status = shown["status"].as_str().unwrap_or_default();
            (!["queued", "planning", "applying"].contains(&status)).then_some(shown)
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        (text(&shown["status"]), shown.to_string())
    }

    #[track_caller]
    fn is_closed(&self, run: &Value) {
        let (status, shown) = self.ended(run);
        assert!(status == "failed" && shown.contains("folder_closed"), "{shown}");
    }

    #[track_caller]
    fn is_read(&self, run: &Value) {
        let (status, shown) = self.ended(run);
        assert!(status != "failed" && !shown.contains("folder_closed"), "{shown}");
    }
}

/// A workflow that reads a file of its inputs, or another one, into the directory.
fn reads(path: &str) -> String {
    format!(
        "dsl: 1
id: reads
name: {{zh: 读, en: Read}}
on: {{manual: {{inputs: {{file: {{type: string, required: true}}}}}}}}
connections:
  files: {{type: csv, ref: import}}
  directory: {{type: directory, ref: default}}
mappings:
  user:
    from: csv/row
    to: directory/user
    match: [linked]
    fields: {{username: \"{{{{source.number}}}}\", name: \"{{{{source.name}}}}\", status: active}}
steps:
  - id: read
    name: {{zh: 读, en: Read}}
    uses: csv/read
    with: {{path: {path}, key: number, columns: {{number: [number], name: [name]}}, required: [number, name]}}
  - id: write
    name: {{zh: 写, en: Write}}
    uses: directory/upsert_user
    map: user
    foreach: {{in: steps.read.outputs.rows}}
"
    )
}

/// A workflow that starts by itself every minute and calls the other one with a file.
fn calls(file: &str) -> String {
    format!(
        "dsl: 1
id: calls
name: {{zh: 调用, en: Call}}
on: {{schedule: [{{cron: '* * * * *', timezone: UTC}}]}}
connections:
  directory: {{type: directory, ref: default}}
steps:
  - {{id: look, name: {{zh: 读, en: Look}}, uses: directory/read}}
  - {{id: go, name: {{zh: 调用, en: Go}}, uses: workflow/reads, with: {{file: '{file}'}}}}
"
    )
}

#[test]
fn another_version_reads_no_closed_file_with_the_inputs_of_a_run() {
    let place = Place::new();
    let Place { api, far, .. } = &place;
    place.save(&reads(OPEN));
    place.activate("reads");
    let start = json!({"inputs": {"file": CLOSED}, "approve": true});
    let first = api.post(far, "/workflows/reads/runs", &start).is(200)["run"].clone();
    place.is_read(&first);
    place.save(&reads("'{{inputs.file}}'"));
    place.activate("reads");
    let again = format!("/runs/{}/retry", first.as_str().expect("a run"));
    let newest = json!({"newest": true});
    place.is_closed(&api.post(far, &again, &newest).is(200)["run"]);
    place.is_closed(&api.post(far, &format!("{again}/plan"), &newest).is(200)["run"]);
    place.is_read(&api.post(far, &again, &json!({})).is(200)["run"]);
    // Whoever sits at the machine reads what they want, and what they began is repeated as they began it.
    let near = place.house.good(&["run", "reads", "--input", &format!("file={CLOSED}")]);
    place.is_read(&near["run"]);
    let again = format!("/runs/{}/retry", near["run"].as_str().expect("a run"));
    place.is_read(&api.post(far, &again, &json!({})).is(200)["run"]);
}

#[test]
fn a_workflow_that_starts_by_itself_reads_what_whoever_activated_it_may() {
    let place = Place::new();
    let Place { house, api, far, .. } = &place;
    let mut minute = 0;
    // The next run of the called workflow that a schedule began.
    let mut next = || {
        let known = api.get(far, "/runs?workflow=reads").is(200)["items"].as_array().expect("runs").len();
        minute += 2;
        house.set_clock(NOON + minute * 60_000);
        super::support::eventually("the schedule fires", super::support::PATIENCE, || {
            let runs = api.get(far, "/runs?workflow=reads").is(200)["items"].as_array().expect("runs").clone();
            (runs.len() > known).then(|| runs[0]["run"].clone())
        })
    };
    // Both at once: whoever looks at the one finds no other.
    let files = json!([{"name": "reads.yaml", "text": reads("'{{inputs.file}}'")}, {"name": "calls.yaml", "text": calls(CLOSED)}]);
    api.post(far, "/workflow-sets", &json!({"files": files, "activate": true})).is(200);
    place.is_closed(&next());
    // Activated at the machine, both of them.
    for id in ["reads", "calls"] {
        house.good(&["workflow", "pause", id]);
        house.good(&["workflow", "activate", id, "--yes"]);
    }
    place.is_read(&next());
    // Another version of the called one, by somebody who comes over the network.
    place.save(&reads("'{{inputs.file}}'").replace("[linked]", "[linked, source.number == target.username]"));
    place.activate("reads");
    place.is_closed(&next());
}

#[test]
fn settings_with_a_closed_folder_are_not_even_tried() {
    let place = Place::new();
    let folder = place.house.path("").display().to_string();
    let said = place.api.post(&place.far, "/connectors/csv/test", &json!({"settings": {"folder": folder}}));
    said.refused(403, "folder_closed");
}
