//! Files by one workflow after another, each with a mapping of its own: what was found, planned or approved by one of them is
//! never read by another one.

use axum::{Router, http::Method};
use idflow::app::caller::Role;
use serde_json::{Value, json};

use super::{
    directory::{Desk, ask, good, refused, run},
    uploads::{imported, people, post, uploaded},
};

type Rows = std::ops::Range<u32>;

/// A file of these people, of whom some have left.
fn list(rows: impl IntoIterator<Item = u32>, left: Rows) -> Vec<u8> {
    let mut text = "工号,姓名,部门,在职状态\n".to_string();
    for row in rows {
        let state = if left.contains(&row) { "离职" } else { "在职" };
        text.push_str(&format!("{row:04},人员{row},总部/组{},{state}\n", row % 3));
    }
    text.into_bytes()
}

/// The same of whom one has a telephone number, which is always the same.
fn list_with_number(rows: impl IntoIterator<Item = u32>, whose: u32) -> Vec<u8> {
    let mut text = "工号,姓名,部门,手机\n".to_string();
    for row in rows {
        let number = if row == whose { "13800138031" } else { "" };
        text.push_str(&format!("{row:04},人员{row},总部/组{},{number}\n", row % 3));
    }
    text.into_bytes()
}

/// An installation, and whoever uploads.
struct Office {
    desk: Desk,
    owner: Router,
}

impl Office {
    async fn new() -> Self {
        let desk = Desk::new().await;
        let owner = desk.role(Role::Owner);
        Self { desk, owner }
    }

    /// Imports a file, whose departments are made, and gives its run.
    async fn upload(&self, rows: Vec<u8>, mut body: Value) -> Value {
        body["departments"] = json!({"by": "path", "separator": "/", "create": true});
        let file = uploaded(&self.owner, "人员.csv", &rows).await;
        imported(&self.desk, &self.owner, &file, body).await
    }

    /// The same of a file that is imported without a word of why it is not.
    async fn succeeds(&self, rows: Vec<u8>, body: Value) -> Value {
        let run = self.upload(rows, body).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        run
    }

    /// The numbers of those who are employed.
    async fn active(&self) -> Vec<String> {
        let all = people(&self.owner).await;
        let here = all.iter().filter(|one| one["status"] == "active");
        let mut numbers: Vec<String> =
            here.map(|one| one["username"].as_str().expect("an account").to_string()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// How many removals are in a state.
    async fn removals(&self, state: &str) -> u64 {
        let path = format!("/removals?state={state}");
        let found = good(ask(&self.owner, Method::GET, &path, &Value::Null, "").await);
        found["total"].as_u64().expect("a total")
    }

    /// Approves removals, and gives the run that carries them out.
    async fn approve(&self, choice: Value) -> Value {
        let done = good(post(&self.owner, "/removals/approve", choice).await);
        let runs = done["runs"].as_array().expect("runs");
        assert_eq!((runs.len(), &done["refused"]), (1, &Value::Null), "{done}");
        self.ended(&runs[0]).await
    }

    /// A run once it is over or held.
    async fn ended(&self, id: &Value) -> Value {
        let id = id.as_str().expect("an id");
        self.desk.shared.app.engine().wait(id.parse().expect("an id")).await.expect("it ends");
        good(ask(&self.owner, Method::GET, &format!("/runs/{id}"), &Value::Null, "").await)
    }

    /// The numbers of those for whom a run did not read its file.
    async fn outside(&self, run: &Value) -> Vec<String> {
        let path = format!("/runs/{}/items?limit=100", run["run"].as_str().expect("an id"));
        let found = good(ask(&self.owner, Method::GET, &path, &Value::Null, "").await);
        let items = found["items"].as_array().expect("items").iter();
        let outside = items.filter(|item| item["error"]["code"] == "not_for_removals");
        let mut numbers: Vec<String> =
            outside.map(|item| item["object"]["source"].as_str().expect("a number").to_string()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// A full list of forty people, and another one without the last ten of them and with eight that are new: ten removals wait.
    async fn full_lists(&self) {
        self.succeeds(list(1..41, 0..0), json!({"full": true})).await;
        self.succeeds(list((1..31).chain(41..49), 0..0), json!({"full": true})).await;
        assert_eq!((self.removals("waiting").await, self.active().await.len()), (10, 48));
    }
}

/// What a workflow is now.
async fn workflow(router: &Router, id: &str) -> Value {
    good(ask(router, Method::GET, &format!("/workflows/{id}"), &Value::Null, "").await)
}

fn numbers(rows: impl IntoIterator<Item = u32>) -> Vec<String> {
    rows.into_iter().map(|row| format!("{row:04}")).collect()
}

#[test]
fn a_part_whose_removals_are_approved_is_read_as_a_part_whatever_was_planned_since() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list(1..42, 0..0), json!({})).await;
        office.succeeds(list(1..2, 1..2), json!({})).await;
        // Two are not in it, and one stays by its word.
        let part = office.upload(list(2..40, 3..40), json!({})).await;
        assert_eq!(office.removals("waiting").await, 37, "{part}");
        // Somebody else only looks what a full list would do.
        let plan = office.upload(list(1..42, 1..2), json!({"plan": true, "full": true})).await;
        assert_ne!(plan["version"], part["version"], "{plan}");
        let done = office.approve(json!({"all": 37, "run": true})).await;
        assert_eq!((&done["status"], &done["version"]), (&json!("succeeded"), &part["version"]), "{done}");
        assert_eq!(office.active().await, numbers([2, 40, 41]), "{done}");
    });
}

#[test]
fn removals_of_a_full_list_are_carried_out_by_its_mapping_after_a_part_was_planned() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        let plan = office.upload(list(49..50, 0..0), json!({"plan": true})).await;
        assert_eq!(plan["part"], true, "{plan}");
        let done = office.approve(json!({"all": 10, "run": true})).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert_eq!(office.active().await, numbers((1..31).chain(41..49)), "{done}");
        assert_eq!(office.removals("done").await, 10, "{done}");
    });
}

/// Later files know better, also of those who stand in the file whose removals are approved.
#[test]
fn a_part_that_is_read_again_for_its_removals_leaves_what_later_parts_said() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list(1..42, 0..0), json!({})).await;
        let part = office.upload(list(2..41, 4..41), json!({})).await;
        assert_eq!(office.removals("waiting").await, 37, "{part}");
        let later = "工号,姓名,部门,在职状态\n0002,人员2,总部/组2,离职\n0003,改名,总部/组0,在职\n";
        office.succeeds(later.as_bytes().to_vec(), json!({})).await;
        assert_eq!(office.active().await, numbers((1..2).chain(3..42)));
        let done = office.approve(json!({"all": 37, "run": true})).await;
        assert_eq!(office.active().await, numbers([1, 3, 41]), "{done}");
        let all = people(&office.owner).await;
        let renamed = all.iter().find(|one| one["username"] == "0003").expect("he is there");
        assert_eq!(renamed["name"], "改名", "{done}");
        assert_eq!((&done["status"], office.outside(&done).await), (&json!("succeeded"), numbers(2..4)), "{done}");
        let counted = |word: &str| done["counts"]["user"][word].as_u64().unwrap_or_default();
        assert_eq!((counted("removed"), counted("skipped"), counted("updated")), (37, 2, 0), "{done}");
        let planned = |word: &str| done["planned"]["user"][word].as_u64().unwrap_or_default();
        assert_eq!((planned("skipped"), planned("update")), (2, 0), "{done}");
    });
}

/// A removal does not wait for whoever takes what it frees: he is told, and comes with a repetition of the import.
#[test]
fn who_takes_what_an_approved_removal_frees_comes_when_the_import_is_repeated() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list_with_number(1..41, 31), json!({"full": true})).await;
        let import = office.upload(list_with_number((1..31).chain(41..49), 41), json!({"full": true})).await;
        assert_eq!((&import["status"], office.removals("waiting").await), (&json!("partial"), 10), "{import}");
        assert_eq!(office.active().await, numbers((1..41).chain(42..49)), "{import}");
        let done = office.approve(json!({"all": 10, "run": true})).await;
        assert_eq!((&done["status"], office.outside(&done).await), (&json!("succeeded"), numbers([41])), "{done}");
        assert_eq!(office.active().await, numbers((1..31).chain(42..49)), "{done}");
        let retry = format!("/runs/{}/retry", import["run"].as_str().expect("an id"));
        let again = good(post(&office.owner, &retry, json!({})).await);
        let again = office.ended(&again["run"]).await;
        assert_eq!(again["status"], "succeeded", "{again}");
        assert_eq!(office.active().await, numbers((1..31).chain(41..49)), "{again}");
    });
}

/// Each file tells of its own leavers: one alone would leave the others where they are.
#[test]
fn removals_of_two_files_that_are_approved_together_are_carried_out_by_a_run_for_each() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list(1..41, 0..0), json!({})).await;
        office.upload(list(1..16, 1..16), json!({})).await;
        office.upload(list(16..31, 16..31), json!({})).await;
        assert_eq!(office.removals("waiting").await, 30);
        let done = good(post(&office.owner, "/removals/approve", json!({"all": 30, "run": true})).await);
        let runs = done["runs"].as_array().expect("runs");
        assert_eq!((runs.len(), &done["refused"]), (2, &Value::Null), "{done}");
        for id in runs {
            office.ended(id).await;
        }
        assert_eq!((office.active().await, office.removals("done").await), (numbers(31..41), 30));
    });
}

/// A part says nothing of whom it lacks: neither that they stay.
#[test]
fn an_approved_removal_of_a_full_list_outlasts_a_part_until_the_next_full_list() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        good(post(&office.owner, "/removals/approve", json!({"all": 10})).await);
        office.succeeds(list(49..50, 0..0), json!({})).await;
        assert_eq!((office.removals("approved").await, office.removals("gone").await), (10, 0));
        let done = office.upload(list((1..31).chain(41..50), 0..0), json!({"full": true})).await;
        assert_eq!(office.active().await, numbers((1..31).chain(41..50)), "{done}");
        assert_eq!(office.removals("done").await, 10, "{done}");
    });
}

/// What nobody decided is withdrawn by a part, as the guide says.
#[test]
fn a_removal_that_nobody_decided_is_withdrawn_by_a_part() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        office.succeeds(list(49..50, 0..0), json!({})).await;
        assert_eq!((office.removals("waiting").await, office.removals("gone").await), (0, 10));
    });
}

/// Whoever stands in a later part is back: leaving again needs another approval.
#[test]
fn an_approved_removal_is_withdrawn_by_a_part_that_names_the_person() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        good(post(&office.owner, "/removals/approve", json!({"all": 10})).await);
        office.succeeds(list((31..32).chain(49..50), 0..0), json!({})).await;
        assert_eq!((office.removals("approved").await, office.removals("gone").await), (9, 1));
    });
}

/// Whoever came with a later file is not in the list that is read again, and nobody was asked about him.
#[test]
fn a_full_list_that_is_read_again_for_its_removals_removes_nobody_who_came_since() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        good(post(&office.owner, "/removals/approve", json!({"all": 10})).await);
        office.succeeds(list(49..50, 0..0), json!({})).await;
        let approved = json!({"filter": {"state": "approved"}, "expected": 10, "run": true});
        let done = office.approve(approved).await;
        assert_eq!(office.active().await, numbers((1..31).chain(41..50)), "{done}");
        // Nor is anybody asked now.
        assert_eq!((office.removals("waiting").await, office.removals("done").await), (0, 10), "{done}");
    });
}

/// What a later file asked is not answered by the list of before.
#[test]
fn a_full_list_that_is_read_again_withdraws_no_question_of_a_later_part() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        good(post(&office.owner, "/removals/approve", json!({"all": 10})).await);
        office.upload(list(1..13, 1..13), json!({})).await;
        assert_eq!((office.removals("approved").await, office.removals("waiting").await), (10, 12));
        let approved = json!({"filter": {"state": "approved"}, "expected": 10, "run": true});
        let done = office.approve(approved).await;
        assert_eq!(office.active().await, numbers((1..31).chain(41..49)), "{done}");
        assert_eq!((office.removals("done").await, office.removals("waiting").await), (10, 12), "{done}");
    });
}

/// The file of before does not know whose the key is by now.
#[test]
fn a_question_about_an_account_stands_after_the_part_of_before_was_read_again() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list(1..42, 0..0), json!({})).await;
        office.upload(list(2..41, 4..41), json!({})).await;
        let third =
            |name: &str, group: u32| format!("工号,姓名,部门,在职状态\n0003,{name},总部/组{group},在职\n").into_bytes();
        office.succeeds(third("改名", 0), json!({})).await;
        // Another name in another department: perhaps somebody else.
        let asked = office.upload(third("又不同", 1), json!({})).await;
        let questions =
            async || good(ask(&office.owner, Method::GET, "/matching", &Value::Null, "").await)["items"].clone();
        let before = questions().await;
        assert_eq!(before.as_array().map(Vec::len), Some(1), "{before} {asked}");
        let done = office.approve(json!({"all": 37, "run": true})).await;
        assert_eq!(office.outside(&done).await, numbers([3]), "{done}");
        assert_eq!(questions().await, before, "{done}");
    });
}

/// A workflow that is put to rest carries nothing out, by whichever version.
#[test]
fn removals_of_an_upload_wait_as_long_as_its_workflow_rests() {
    run(async {
        let office = Office::new().await;
        office.full_lists().await;
        good(post(&office.owner, "/workflows/upload_people/pause", Value::Null).await);
        let said = good(post(&office.owner, "/removals/approve", json!({"all": 10, "run": true})).await);
        assert_eq!((&said["runs"], &said["refused"]["code"]), (&json!([]), &json!("workflow_not_active")), "{said}");
        assert_eq!(office.active().await.len(), 48);
    });
}

/// A full list that another workflow read protects those who stand in it, also when that one only planned a part since.
#[test]
fn whoever_stands_in_the_full_list_of_another_upload_stays_after_a_part_was_planned() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list(1..41, 0..0), json!({"full": true})).await;
        // A row that cannot be used: the file stays for a repetition.
        let mut rows = list(1..31, 0..0);
        rows.extend("0099,,总部/组0,在职\n".bytes());
        let other = office.upload(rows, json!({"full": true, "workflow": "roster"})).await;
        assert_eq!(other["status"], "partial", "{other}");
        let columns = json!({"external_id": "工号", "name": "姓名", "departments": "部门", "status": "在职状态"});
        let part = json!({"plan": true, "workflow": "roster", "columns": columns});
        let plan = office.upload(list(1..3, 0..0), part).await;
        assert_eq!(plan["part"], true, "{plan}");
        let done = office.upload(list((1..10).chain(11..41), 0..0), json!({"full": true})).await;
        assert_eq!(office.active().await, numbers(1..41), "{done}");
    });
}

#[test]
fn a_mapping_that_was_brought_back_is_made_live_by_the_file_that_asks_for_it() {
    run(async {
        let office = Office::new().await;
        let first = json!({"external_id": "工号", "name": "姓名", "departments": "部门"});
        let second = json!({"external_id": "工号", "name": "姓名", "departments": "部门", "status": "在职状态"});
        for (number, columns) in [(1, &first), (2, &second)] {
            let run = office.upload(list(1..3, 0..0), json!({"workflow": "roster", "columns": columns})).await;
            assert_eq!(run["version"], number, "{run}");
        }
        let back = good(post(&office.owner, "/workflows/roster/rollback", json!({"version": 1})).await);
        assert_eq!((&back["version"], &back["active"]), (&json!(3), &json!(2)), "{back}");
        let plan = json!({"workflow": "roster", "columns": first, "plan": true});
        let plan = office.upload(list(1..3, 0..0), plan).await;
        assert_eq!(plan["version"], 3, "{plan}");
        let now = workflow(&office.owner, "roster").await;
        assert_eq!(now["active"], 3, "{now}");
    });
}

#[test]
fn the_template_of_the_import_that_is_saved_and_not_live_is_made_live() {
    run(async {
        let office = Office::new().await;
        let folder = office.desk.folder.path().join("import");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("departments.csv"), "dept_id,parent_id,name\nD1,,Lab\n").expect("written");
        std::fs::write(folder.join("users.csv"), "external_id,userid,name,departments\nE1,ann,Ann,D1\n")
            .expect("written");
        let import = async || {
            let body = json!({"folder": folder.display().to_string()});
            let started = good(post(&office.owner, "/directory/import", body).await);
            let id = started["run"].as_str().expect("an id").to_string();
            office.desk.shared.app.engine().wait(id.parse().expect("an id")).await.expect("it ends");
            good(ask(&office.owner, Method::GET, &format!("/runs/{id}"), &Value::Null, "").await)
        };
        assert_eq!(import().await["version"], 1);
        let path = "/workflows/csv_to_directory";
        let kept = good(ask(&office.owner, Method::GET, &format!("{path}/text"), &Value::Null, "").await);
        let text = format!("{}\n# Ours.\n", kept["text"].as_str().expect("a text"));
        good(post(&office.owner, "/workflows", json!({"text": text})).await);
        good(post(&office.owner, &format!("{path}/activate"), Value::Null).await);
        // As whoever updates it leaves it when he is cut off between saving and making live.
        let saved = good(post(&office.owner, "/workflows", json!({"template": "csv_to_directory"})).await);
        assert_eq!((&saved["version"], &saved["active"]), (&json!(3), &json!(2)), "{saved}");
        assert_eq!(import().await["version"], 3);
        assert_eq!(workflow(&office.owner, "csv_to_directory").await["active"], 3);
    });
}

/// By the mapping that was planned with, or by none.
#[test]
fn an_import_that_names_the_version_of_its_plan_goes_by_no_other_one() {
    run(async {
        let office = Office::new().await;
        let file = uploaded(&office.owner, "人员.csv", &list(1..3, 0..0)).await;
        let create = json!({"by": "path", "separator": "/", "create": true});
        let look = json!({"plan": true, "departments": create});
        let plan = imported(&office.desk, &office.owner, &file, look).await;
        // Somebody else keeps another mapping under this name.
        let other = office.upload(list(1..3, 0..0), json!({"plan": true, "full": true})).await;
        assert_eq!((&plan["version"], &other["version"]), (&json!(1), &json!(2)), "{plan} {other}");
        let import = format!("{file}/import");
        let as_planned = json!({"workflow": "upload_people", "version": 1});
        refused(post(&office.owner, &import, as_planned).await, 409, "upload_version_other");
        // A mapping that is said beside the version is not kept, but compared.
        let both = json!({"version": 2, "departments": create, "columns": {
            "external_id": "工号", "name": "姓名", "departments": "部门"
        }});
        refused(post(&office.owner, &import, both).await, 409, "upload_mapping_kept");
        refused(post(&office.owner, &import, json!({"version": 3})).await, 409, "upload_version_other");
        assert_eq!(workflow(&office.owner, "upload_people").await["latest"], 2);
        assert_eq!(office.active().await, Vec::<String>::new());
        let done = json!({"workflow": "upload_people", "version": 2});
        let done = imported(&office.desk, &office.owner, &file, done).await;
        assert_eq!((&done["version"], office.active().await), (&json!(2), numbers(1..3)), "{done}");
    });
}

/// What is refused has begun nothing: the file can still be imported.
#[test]
fn by_a_workflow_that_rests_a_file_is_planned_and_not_imported() {
    run(async {
        let office = Office::new().await;
        office.succeeds(list(1..3, 0..0), json!({})).await;
        good(post(&office.owner, "/workflows/upload_people/pause", Value::Null).await);
        let file = uploaded(&office.owner, "人员.csv", &list(1..4, 0..0)).await;
        let kept = json!({"workflow": "upload_people"});
        let plan = json!({"workflow": "upload_people", "plan": true});
        let plan = imported(&office.desk, &office.owner, &file, plan).await;
        assert_eq!(plan["version"], 1, "{plan}");
        for approve in [false, true] {
            let body = json!({"workflow": "upload_people", "approve": approve});
            refused(post(&office.owner, &format!("{file}/import"), body).await, 409, "workflow_not_active");
        }
        good(post(&office.owner, "/workflows/upload_people/activate", Value::Null).await);
        let done = imported(&office.desk, &office.owner, &file, kept).await;
        assert_eq!((&done["status"], office.active().await.len()), (&json!("succeeded"), 3), "{done}");
    });
}
